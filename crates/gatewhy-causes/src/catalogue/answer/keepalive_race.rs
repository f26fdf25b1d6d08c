//! The backend closes idle connections sooner than the proxy reuses them.
use crate::case::exchange::keepalive::{BROKEN, IdleLimit, KeptOpen};
use crate::case::exchange::link::Link;
use crate::case::gateway::log::Logged;
use crate::case::routing::route;
use crate::case::service::backend::Software;
use crate::prelude::*;
use gatewhy_facts::time::for_people;

cause! {
    /// The backend closes idle connections sooner than the proxy reuses them.
    ///
    /// ## How it looks
    ///
    /// Single 502 now and then, on quick requests, mostly POST, with `upstream prematurely
    /// closed connection` or `(104: Connection reset by peer)`; trying again works.
    ///
    /// ## Why it happens
    ///
    /// The proxy keeps connections open (`keepalive` in `upstream`, and by default since
    /// nginx 1.29.7) for 60 s; Node closes idle ones after 5 s, gunicorn after 2 s. Now and
    /// then both act at the same moment. nginx tries a GET again by itself, unless
    /// `proxy_next_upstream` is off; a POST fails.
    ///
    /// ## How to be sure
    ///
    /// The backend tells its idle time (`Keep-Alive: timeout=5`) or closes idle connections
    /// sooner than the proxy's `keepalive_timeout`; failures come on connections that had
    /// been idle; a fresh connection is always answered.
    ///
    /// ## How to fix it
    ///
    /// Let the backend keep idle connections longer than the proxy: Node
    /// `server.keepAliveTimeout = 65000`; or `keepalive_timeout` in the `upstream` block
    /// below the backend's.
    ///
    /// ## What looks the same
    ///
    /// `backend-crashed`: fresh connections fail as well.
    id: "keepalive-race",
    explains: ["response-closed-early"],
    when: Intermittent,
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| {
        let kept = link.kept_open()?;
        let own = link.logged_as(&BROKEN).is_some();
        let lately = failed_lately(link);
        if !own && lately.is_empty() {
            return None;
        }
        if let Some(gap) = case.access_log().gap().or(link.pid().gap()) {
            return Some(Verdict::cannot_tell([gap]));
        }
        match (link.direct(), link.idle_limit()) {
            (Fact::Unknown(gap), _) | (_, Fact::Unknown(gap)) => Some(Verdict::cannot_tell([&gap])),
            (Fact::Found(direct, _), Fact::Found(limit, _)) if direct.is_good() => {
                Some(judge(link, &kept, &limit, &lately))
            }
            (Fact::Found(direct, _), _) if own && !direct.is_good() => {
                Some(Verdict::ruled_out("a fresh connection fails as well"))
            }
            _ => None,
        }
    })
}

/// Never proven: that the broken connection had been idle is in no log.
fn judge(
    link: Link<'_, '_>,
    kept: &KeptOpen,
    limit: &IdleLimit,
    lately: &[&Logged<'_>],
) -> Verdict {
    let proxy = link.case.proxy_name();
    let timeout = kept.timeout.value.as_secs();
    if limit.secs >= timeout {
        return Verdict::ruled_out(format!(
            "the backend keeps idle connections for {} s, {proxy} for {timeout} s",
            limit.secs
        ));
    }
    let summary = format!(
        "{} closes idle connections after {}, and {proxy} uses them again for up to {timeout} s",
        link.program(),
        in_words(limit.secs)
    );
    let finding = Finding::new(HopName::Backend, link.address(), summary)
        .because(told(link, limit))
        .because_all(logged(link, lately))
        .because(fresh(link))
        .because(keeps(link, kept))
        .fix(backend_longer(link, timeout));
    Verdict::Suspected(match proxy_shorter(link, kept, limit) {
        Some(fix) => finding.fix(fix),
        None => finding,
    })
}

/// Connections that broke lately and cost a visitor an error, our own included.
fn failed_lately<'c, 'k>(link: Link<'c, 'k>) -> Vec<&'c Logged<'k>> {
    let mut broken = link.broken_lately();
    broken.retain(|logged| logged.own || link.case.visitor_failed(logged) == Some(true));
    broken
}

fn in_words(secs: u64) -> String {
    match secs {
        0 => "less than a second".to_owned(),
        secs => format!("{secs} s"),
    }
}

fn told(link: Link<'_, '_>, limit: &IdleLimit) -> Evidence {
    if limit.announced {
        let text = format!(
            "asked just now, it says how long: Keep-Alive: timeout={}",
            limit.secs
        );
        return Evidence::strong(text, &limit.source);
    }
    let text = format!(
        "it does not say how long; {} s is the default of {}",
        limit.secs,
        link.program()
    );
    Evidence::weak(text, &limit.source)
}

fn logged(link: Link<'_, '_>, lately: &[&Logged<'_>]) -> Vec<Evidence> {
    let proxy = link.case.proxy_name();
    let Some(last) = lately.last() else {
        let own = link.logged_as(&BROKEN).map(|logged| {
            let text = format!("{proxy} logged for our request: {}", logged.message());
            Evidence::strong(text, &logged.source)
        });
        return own.into_iter().collect();
    };
    let since = link
        .listens_since()
        .and_then(|at| Some(link.case.clock()?.now.since(at)));
    let alive = since.map_or_else(String::new, |micros| {
        format!(
            " while the same process has been listening for {}",
            for_people(micros / 1_000_000)
        )
    });
    let text = format!(
        "{} request{} failed in the last hour{alive}; the last: {}",
        lately.len(),
        if lately.len() == 1 { "" } else { "s" },
        last.message()
    );
    vec![Evidence::strong(text, &last.source)]
}

fn fresh(link: Link<'_, '_>) -> Evidence {
    let direct = link.direct();
    let source = direct.source().cloned().unwrap_or_default();
    Evidence::weak("a fresh connection is answered", &source)
}

fn keeps(link: Link<'_, '_>, kept: &KeptOpen) -> Evidence {
    let proxy = link.case.proxy_name();
    let keepalive = kept.keepalive.as_ref();
    let Some(place) = keepalive.and_then(|setting| setting.place.as_ref()) else {
        let text = "nginx keeps connections to it open: the default since 1.29.7";
        return Evidence::weak(text, &Source::new(link.case.config_path().to_string()));
    };
    let source = route::source_of(place);
    Evidence::weak(format!("{proxy} keeps connections to it open"), &source)
        .with_excerpt(link.case.excerpt(place))
}

fn backend_longer(link: Link<'_, '_>, timeout: u64) -> Fix {
    let longer = timeout.saturating_add(5);
    let how = match link.software() {
        Software::Node => format!(
            "in the application: server.keepAliveTimeout = {}; (milliseconds), and \
             server.headersTimeout above it where that is set",
            longer.saturating_mul(1000)
        ),
        Software::Gunicorn => format!("start gunicorn with --keep-alive {longer}"),
        _ => format!("set the idle time of its connections to {longer} s (its keep-alive timeout)"),
    };
    let fix = Fix::new(format!(
        "let the backend keep idle connections for {longer} s"
    ))
    .advise(how);
    let service = link.live_service();
    let fix = match service.found() {
        Some(service) => fix.run(
            format!("systemctl restart {}", service.unit.id),
            "takes it up",
        ),
        None => fix,
    };
    link.case.verified(fix)
}

/// nginx lets go of a connection before the backend does.
fn proxy_shorter(link: Link<'_, '_>, kept: &KeptOpen, limit: &IdleLimit) -> Option<Fix> {
    let secs = limit.secs.checked_sub(1).filter(|secs| *secs > 0)?;
    let fix = Fix::new(format!("or let nginx keep them for {secs} s only"));
    let shorter = format!("keepalive_timeout {secs}s;");
    let why = "nginx lets go before the backend does";
    let fix = match (&kept.timeout.place, &kept.keepalive.as_ref()?.place) {
        (Some(place), _) => {
            let before = link.case.line_text(place)?;
            fix.edit((&place.file, place.span.line), (&before, &shorter), why)
        }
        (None, Some(place)) => link.case.add_before(fix, place, &[shorter], why)?,
        (None, None) => return None,
    };
    Some(link.case.reloaded(fix))
}
