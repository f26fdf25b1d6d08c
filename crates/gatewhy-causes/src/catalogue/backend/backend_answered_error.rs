//! The application itself sent the error; the proxy only passed it on.
use crate::case::exchange::answer::status_words;
use crate::case::exchange::link::Link;
use crate::case::routing::access_check::AccessCheck;
use crate::case::routing::route;
use crate::case::service::backend::Software;
use crate::case::software::script::PhpError;
use crate::prelude::*;

cause! {
    /// The application itself sent the error; the proxy only passed it on.
    ///
    /// ## How it looks
    ///
    /// 502, 503 or 504 with no line in nginx's error log, and `$upstream_status` has the
    /// same number. A 500 is always the application's, or a mistake in the proxy's
    /// configuration.
    ///
    /// ## Why it happens
    ///
    /// The application is in maintenance, overloaded, or is itself a gateway to something
    /// that fails. Or it decides about access (`auth_request`) and answers neither 2xx nor
    /// 401 or 403 but, say, a redirect to its login page: nginx makes a 500 of that.
    ///
    /// ## How to be sure
    ///
    /// The same request sent straight to the backend gives the same status.
    ///
    /// ## How to fix it
    ///
    /// Not the proxy: look into the application's own log. A status that the application
    /// chose with care (503 with `Retry-After`) says itself when to come back.
    ///
    /// ## What looks the same
    ///
    /// An error that the proxy made has a line in its error log.
    /// `wordpress-maintenance-mode`: WordPress answers 503 while a file `.maintenance` is
    /// there.
    id: "backend-answered-error",
    explains: [],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    if let Some(check) = case.undecided_access() {
        return vec![undecided(case, &check).weigh()];
    }
    case.judge(|link| {
        let status = link.direct_status().filter(|status| *status >= 500)?;
        let seen = case.seen_status()?;
        if case.own_failure().is_some() {
            let made = format!("{} logged that it made the error itself", case.proxy_name());
            return Some(Verdict::ruled_out(made));
        }
        if !case.passes_on(status, seen) {
            return None;
        }
        if let Some(deeper) = link.deeper_application_cause() {
            return Some(Verdict::ruled_out(deeper));
        }
        let finding = answered(link, status);
        // Why it is asked at all is the cause: a stand-in says that the site is down.
        let finding = if stands_in(link) {
            finding.at_most(Strength::Weak)
        } else if link.registry_refusal().is_some() {
            // A gateway of its own, which says by the status that another failed.
            finding.at_most(Strength::Strong)
        } else {
            finding
        };
        let verdict = finding.weigh();
        Some(verdict.with_gaps(&link.application_gaps()))
    })
}

/// The service that decides about access says neither yes nor no.
fn undecided(case: &Case<'_>, check: &AccessCheck) -> Finding {
    let (uri, status) = (&check.uri, check.status);
    let who = check.asks.as_ref().map(|asks| asks.written.as_str());
    let subject = who.unwrap_or(uri).to_owned();
    let words = u16::try_from(status).map_or_else(|_| status.to_string(), status_words);
    let summary = format!(
        "the access check (auth_request {uri}) got {words} from {}, which is neither yes (2xx) nor no (401, 403): nginx makes a 500 of it",
        who.unwrap_or("its service")
    );
    let fix = Fix::new(format!(
        "let the access check answer 2xx, 401 or 403 in place of {status}"
    ));
    let command = check.asks.as_ref().and_then(|asks| asks.command.clone());
    let fix = match command {
        Some(command) => fix.run(
            command,
            "asks the deciding service as nginx does, without the visitor's cookies",
        ),
        None => fix,
    };
    let advice = match status {
        300..=399 => {
            "ask a path of it that never redirects (oauth2-proxy: /oauth2/auth), and send visitors to the login page by error_page 401"
        }
        400..=499 => {
            "it does not know that path, or refuses how it is asked: see what it was set up to answer"
        }
        _ => "it fails itself: its own log tells why",
    };
    let line = Evidence::strong("this line asks it first", &route::source_of(&check.place));
    Finding::new(HopName::Backend, subject, summary)
        .because_all(case.own_fate())
        .because(check.record.clone())
        .because(line.with_excerpt(case.excerpt(&check.place)))
        .because_all(check.asks.as_ref().map(|asks| asks.line(case)))
        .fix(case.verified(fix.advise(advice)))
}

/// Whether it is a `backup` server, and none of those in whose place it is asked is seen
/// to accept connections.
fn stands_in(link: Link<'_, '_>) -> bool {
    let links = link.case.links();
    let mut first = links.iter().filter(|other| !other.peer.backup).peekable();
    link.peer.backup
        && first.peek().is_some()
        && first.all(|other| other.listener().found().is_none())
}

fn answered(link: Link<'_, '_>, status: u16) -> Finding {
    let proxy = link.case.proxy_name();
    let program = link.program();
    let words = status_words(status);
    let errors = link.php_errors();
    let says = errors.first().map(|error| error.text.clone());
    let says = says.or_else(|| link.direct_words());
    let says = says.map(|says| format!(": \u{201c}{says}\u{201d}"));
    let summary = format!(
        "{program} on {} itself answers {words}{}; {proxy} only passes it on",
        link.address(),
        says.unwrap_or_default()
    );
    let finding = Finding::new(HopName::Backend, link.address(), summary);
    finding
        .because_all(same(link, &words))
        .because_all(errors.into_iter().map(said))
        .because_all(link.script_words())
        .because_all(silence(link))
        .because_all(retry_after(link))
        .because_all(page(link, status))
        .because_all(link.wrote_meanwhile())
        .because_all(link.configured())
        .fix(look(link))
}

/// PHP's own error tells more than the status, and does not prove what is behind it.
fn said(error: PhpError) -> Evidence {
    Evidence {
        strength: Strength::Strong,
        ..error.evidence
    }
}

/// A gateway's status is the application's own word when nginx is known to have said
/// nothing. A 500 has a reason that the status does not tell.
fn same(link: Link<'_, '_>, words: &str) -> Option<Evidence> {
    let proxy = link.case.proxy_name();
    let direct = link.direct();
    let source = direct.source()?.clone();
    let text = format!("asked directly, past {proxy}, it answers {words} as well");
    let gateway = link
        .direct_status()
        .is_some_and(|status| (502..=504).contains(&status));
    let known = link.pid().gap().is_none() && link.proxy_behind().is_none();
    let last = link.software() != Software::Nginx && known;
    let sure =
        gateway && last && link.case.log_is_known().is_some() && link.case.route_gaps().is_empty();
    Some(if sure {
        Evidence::proof(text, &source)
    } else {
        Evidence::strong(text, &source)
    })
}

fn silence(link: Link<'_, '_>) -> Option<Evidence> {
    let source = link.case.log_is_known()?;
    let proxy = link.case.proxy_name();
    let text = format!("{proxy} logged no error of its own for our request");
    Some(Evidence::weak(text, &source))
}

fn retry_after(link: Link<'_, '_>) -> Option<Evidence> {
    let value = link.direct_header("retry-after")?;
    let direct = link.direct();
    let text = format!("it says when to come back: Retry-After: {value}");
    Some(Evidence::weak(text, direct.source()?))
}

/// The visitor sees another page than the application's.
fn page(link: Link<'_, '_>, status: u16) -> Option<Evidence> {
    let proxy = link.case.proxy_name();
    let page = link.case.intercepting_page(status)?;
    let text = format!("visitors see {proxy}'s own page for {status} in place of it");
    let source = route::source_of(&page.place);
    Some(Evidence::weak(text, &source).with_excerpt(link.case.excerpt(&page.place)))
}

fn look(link: Link<'_, '_>) -> Fix {
    let proxy = link.case.proxy_name();
    let program = link.program();
    let fix = Fix::new(format!("look into {program}: {proxy} is not to blame"));
    let fix = match link.ask_command() {
        Some(command) => fix.run(
            command,
            "asks the backend itself, and shows the whole answer",
        ),
        None => fix,
    };
    let service = link.live_service();
    let fix = match service.found() {
        Some(service) => fix.run(
            format!("journalctl -u {} -n 50 --no-pager", service.unit.id),
            "what it wrote at that time",
        ),
        None => fix,
    };
    let advice = match link.software() {
        Software::Nginx => {
            "it is a gateway itself: diagnose the address it listens on, and what is behind it"
        }
        Software::PhpFpm => "the script sends this status, or PHP ended it: see PHP's error_log",
        _ => {
            "the application sends this status on purpose, or its framework does after an error: its log names it"
        }
    };
    link.case.verified(fix.advise(advice))
}
