//! The proxy's own configuration asks for the error.
use crate::case::programs::kind::Kind;
use crate::case::request::Request;
use crate::case::routing::no_address::NoAddress;
use crate::case::routing::route::source_of;
use crate::case::visit::own_answer::{HANG_UP, OwnAnswer};
use crate::case::visit::site::reason;
use crate::prelude::*;
use gatewhy_facts::source_text::Place;

cause! {
    /// The proxy's own configuration asks for the error.
    ///
    /// ## How it looks
    ///
    /// 503 (or another status) at once, often with a maintenance page, and no line in
    /// nginx's error log; or the connection is closed without an answer (`return 444`).
    ///
    /// ## Why it happens
    ///
    /// A maintenance switch was left on: a `return 503`, a flag file that an `if (-f …)`
    /// looks for, a variable. Or no `server_name` matches the host, and the default server
    /// refuses strangers. Or `proxy_pass` has a variable that is empty for this request (a
    /// `map` without an entry for it): 500, `invalid URL prefix` or `no host in upstream`.
    ///
    /// ## How to be sure
    ///
    /// Followed through the configuration, the request never reaches a backend: the line
    /// that answers it is named, and so is the file that switched it on.
    ///
    /// ## How to fix it
    ///
    /// Remove the flag file (no reload is needed), or the line (then reload). For an
    /// unknown host, add it to the `server_name` of the right server.
    ///
    /// ## What looks the same
    ///
    /// `backend-answered-error` and `wordpress-maintenance-mode`: the application says so,
    /// not the proxy. `proxy-rate-limited`: a limit answers 503, and has a line in the
    /// error log.
    id: "proxy-answered-error",
    explains: [],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    if let Some(nowhere) = case.no_address() {
        return vec![no_address(case, &nowhere).weigh()];
    }
    let Some(answer) = case.own_answer().filter(|answer| !answer.counts) else {
        return Vec::new();
    };
    let sure = case.route_gaps().is_empty() && case.log_is_known().is_some();
    let sure = sure && !case.files_may_be_unknown_to_nginx();
    let finding = Finding::new(HopName::Proxy, case.proxy_name(), summary(case, &answer))
        .because_all(case.own_fate())
        .because_all(line(case, &answer))
        .because_all(condition(case, &answer))
        .because_all(flag(case, &answer))
        .because_all(silence(case))
        .fix(fix(case, &answer));
    let most = if sure {
        Strength::Proof
    } else {
        Strength::Strong
    };
    vec![finding.at_most(most).weigh()]
}

/// The variables of its `proxy_pass` come to nothing.
fn no_address(case: &Case<'_>, nowhere: &NoAddress) -> Finding {
    let at = |place: &Place| format!("{}:{}", place.file, place.span.line);
    let (host, says) = (&case.request.host, &nowhere.says);
    let summary = format!(
        "nginx has no address to pass this request to: {says} ({})",
        at(&nowhere.place)
    );
    let line = Evidence::strong("the address has variables", &source_of(&nowhere.place));
    let given = nowhere.variable.as_ref().map(|(name, place)| {
        let text = format!("{name} gets its value here");
        Evidence::strong(text, &source_of(place)).with_excerpt(case.excerpt(place))
    });
    let fix = match &nowhere.variable {
        Some((name, place)) => Fix::new(format!(
            "give {name} a value for this request ({})",
            at(place)
        ))
        .advise(format!(
            "add a line that fits {host}{} to the block at {}, or a default",
            case.request.path_only(),
            at(place)
        )),
        None => Fix::new(format!(
            "give the variables of {} a value for this request",
            at(&nowhere.place)
        ))
        .advise("a `set` that is in another block, or a map without a default, leaves them empty"),
    };
    Finding::new(HopName::Proxy, case.proxy_name(), summary)
        .because_all(case.own_fate())
        .because(nowhere.record.clone())
        .because(line.with_excerpt(case.excerpt(&nowhere.place)))
        .because_all(given)
        .fix(case.reloaded(fix))
}

/// What it does, and what made it do so.
fn summary(case: &Case<'_>, answer: &OwnAnswer) -> String {
    let proxy = case.proxy_name();
    let does = if answer.status == HANG_UP {
        "nginx closes the connection on purpose".to_owned()
    } else {
        let words = format!("{} {}", answer.status, reason(answer.status));
        format!("{proxy} answers {} itself", words.trim_end())
    };
    if answer.by_default_server {
        let sent = meant(case).map(|host| format!(", which the proxy in front sends for {host}"));
        return format!(
            "{does}: no server_name matches {}{}, and the default server refuses",
            case.request.host,
            sent.unwrap_or_default()
        );
    }
    let place = answer.place.as_ref();
    let at = place.map(|place| format!(" ({}:{})", place.file, place.span.line));
    let at = at.unwrap_or_default();
    match &answer.file {
        Some(file) => format!("{does}{at}, since {}", presence(case, file)),
        None => format!("{does}: {}{at}", text_of(case, answer)),
    }
}

fn presence(case: &Case<'_>, file: &gatewhy_facts::path::HostPath) -> String {
    if case.is_there(file) == Some(false) {
        return format!("{file} is not there");
    }
    let since = case.file_changed(file).map(|at| case.ago(at));
    let since = since
        .map(|ago| format!(" (made or changed {ago})"))
        .unwrap_or_default();
    format!("{file} is there{since}")
}

/// The directive's own text, or why there is none.
fn text_of(case: &Case<'_>, answer: &OwnAnswer) -> String {
    if answer.leads_nowhere {
        return answer.why.clone();
    }
    let text = answer
        .place
        .as_ref()
        .and_then(|place| case.line_text(place));
    text.unwrap_or_else(|| answer.why.clone())
}

fn line(case: &Case<'_>, answer: &OwnAnswer) -> Option<Evidence> {
    let place = answer.place.as_ref()?;
    let text = if answer.leads_nowhere {
        answer.why.clone()
    } else {
        format!("the configuration asks for it: {}", answer.why)
    };
    Some(Evidence::strong(text, &source_of(place)).with_excerpt(case.excerpt(place)))
}

fn condition(case: &Case<'_>, answer: &OwnAnswer) -> Option<Evidence> {
    let place = answer.condition.as_ref()?;
    let evidence = Evidence::strong("this condition holds", &source_of(place));
    Some(evidence.with_excerpt(case.excerpt(place)))
}

fn flag(case: &Case<'_>, answer: &OwnAnswer) -> Option<Evidence> {
    let file = answer.file.as_ref()?;
    let source = Source::new(file.to_string());
    Some(Evidence::strong(presence(case, file), &source))
}

fn silence(case: &Case<'_>) -> Option<Evidence> {
    let proxy = case.proxy_name();
    let source = case.log_is_known()?;
    let none = case.own_records().is_empty();
    none.then(|| Evidence::weak(format!("{proxy} logged no error for our request"), &source))
}

fn fix(case: &Case<'_>, answer: &OwnAnswer) -> Fix {
    let proxy = case.proxy_name();
    if answer.by_default_server {
        return name_it(case);
    }
    if answer.leads_nowhere {
        return lead_it(case, answer);
    }
    match (&answer.file, &answer.place) {
        (Some(file), _) if case.is_there(file) == Some(true) => {
            let word = shell::word(&file.to_string());
            let fix = Fix::new(format!("rm {word}, if the maintenance is over"))
                .run(format!("ls -l {word}"), "who switched it on, and when")
                .run(
                    format!("rm {word}"),
                    format!("switches it off at once; {proxy} need not be reloaded"),
                );
            case.verified(fix)
        }
        (_, Some(place)) => take_out(case, place),
        (_, None) => {
            case.verified(Fix::new(format!("see why {proxy} answers so")).advise(&*answer.why))
        }
    }
}

fn lead_it(case: &Case<'_>, answer: &OwnAnswer) -> Fix {
    let at = answer.place.as_ref();
    let at = at.map(|place| format!(" ({}:{})", place.file, place.span.line));
    let host = &case.request.host;
    let fix = Fix::new(format!("lead {host} to a server{}", at.unwrap_or_default()));
    let advice = match case.proxy_kind() {
        Kind::Haproxy => format!(
            "compare the conditions of the use_backend lines with {host}: a name that changed? or add default_backend"
        ),
        _ => "give the service at least one server: its list is empty".to_owned(),
    };
    case.reloaded(fix.advise(advice))
}

/// The line becomes a comment, if it stands on a line of its own.
fn take_out(case: &Case<'_>, place: &Place) -> Fix {
    let at = format!("{}:{}", place.file, place.span.line);
    let alone = case
        .line_text(place)
        .filter(|text| text.starts_with("return") && text.matches(';').count() == 1);
    let title = format!("take {at} out, if it is not wanted any more, and reload");
    match alone {
        Some(text) => {
            let why = format!(
                "{} goes on to the backend, if one is set there",
                case.proxy_name()
            );
            case.nginx_edit(&title, place, (&text, &format!("# {text}")), &why)
        }
        None => case
            .reloaded(Fix::new(title).advise(format!("change {at} so that it lets visitors pass"))),
    }
}

/// The name that the visitor asked for, where a proxy in front sends another one on.
fn meant(case: &Case<'_>) -> Option<String> {
    case.request.inner.as_ref()?;
    let asked = Request::parse(Some(&case.request.url)).ok()?.host;
    (asked != case.request.host).then_some(asked)
}

/// The proxy in front keeps the visitor's name to itself.
fn send_it_on(case: &Case<'_>, host: &str) -> Fix {
    let fix = Fix::new(format!("let the proxy in front send the name {host} on"))
        .advise("nginx: proxy_set_header Host $host; where its proxy_pass stands; Apache: ProxyPreserveHost On")
        .advise("then test that proxy's configuration and reload it");
    case.verified(fix)
}

fn name_it(case: &Case<'_>) -> Fix {
    if let Some(meant) = meant(case) {
        return send_it_on(case, &meant);
    }
    let host = &case.request.host;
    let fix = Fix::new(format!("add {host} to the server_name of the right server"));
    let fix = fix
        .run(
            "nginx -T 2>/dev/null | grep -nE '^# configuration|server_name|listen'",
            "the names that nginx knows; perhaps another one was meant",
        )
        .advise(format!(
            "add {host} to the server_name line of the server that should answer"
        ));
    case.reloaded(fix)
}
