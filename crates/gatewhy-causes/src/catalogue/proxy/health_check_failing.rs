//! Every server is taken out by its health check, though it serves.
use crate::case::exchange::direct::Direct;
use crate::case::exchange::link::Link;
use crate::case::gateway::log::Logged;
use crate::case::programs::kind::Kind;
use crate::case::routing::route;
use crate::prelude::*;
use gatewhy_facts::haproxy::route::{Check, Route};
use gatewhy_facts::haproxy::stats::Row;
use gatewhy_facts::source_text::Place;
use gatewhy_facts::symptom::Symptom;

/// How far back a failed check is looked for in the log.
const RECENT_SECS: i64 = 600;
/// How many servers that track each other are followed.
const MOST_TRACKED: usize = 8;

cause! {
    /// The servers serve, and the proxy's health check fails, so that none is used.
    ///
    /// ## How it looks
    ///
    /// HAProxy answers 503 at once; its log names no server (`<NOSRV>`, `SC--`). Traefik
    /// answers `no available server`, Envoy `no healthy upstream`. Asked directly, the
    /// backend answers well.
    ///
    /// ## Why it happens
    ///
    /// The check asks for something else than visitors do: a path that moved, a Host
    /// header that the application insists on, an answer (`http-check expect`) that it no
    /// longer gives, another port. Or the server has no check of its own and follows that
    /// of another (`track`), which is down.
    ///
    /// ## How to be sure
    ///
    /// The stats socket says that the server is DOWN, and what the check got
    /// (`check_status`, `last_chk`); the same server answers our own request.
    ///
    /// ## How to fix it
    ///
    /// Let the check ask for a page that the application answers, or give that page back.
    ///
    /// ## What looks the same
    ///
    /// `backend-stopped` and its kin: the check is right, nobody serves.
    /// `upstream-disabled-by-admin`: maintenance, set by hand.
    id: "health-check-failing",
    explains: ["no-live-upstream"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    if case.is_healthy() != Some(false) {
        return Vec::new();
    }
    if case.proxy_kind() != Kind::Haproxy {
        return by_log(case);
    }
    let route = case.haproxy_route();
    let Some(route) = route.found() else {
        return Vec::new();
    };
    let stats = case.haproxy_stats();
    let rows = match &stats {
        Fact::Found(rows, _) => rows,
        Fact::Absent(_) => return Vec::new(),
        Fact::Unknown(gap) => return vec![Verdict::cannot_tell([gap])],
    };
    let down: Vec<(&Row, Link<'_, '_>)> = rows
        .iter()
        .filter(|row| row.is_down() && is_of(row, route))
        .filter_map(|row| Some((row, link_of(case, route, row)?)))
        .collect();
    let well: Vec<_> = down
        .iter()
        .filter(|(_, link)| link.direct().found().is_some_and(Direct::is_good))
        .collect();
    let Some((row, link)) = well.first() else {
        return Vec::new();
    };
    let source = stats
        .source()
        .cloned()
        .unwrap_or_else(|| Source::new("show stat"));
    let used = rows
        .iter()
        .any(|row| is_of(row, route) && is_server(row) && row.value("status").starts_with("UP"));
    match link.tls_fault() {
        Fact::Found(fault, _) => return vec![Verdict::ruled_out(fault.why.words())],
        Fact::Unknown(gap) => return vec![Verdict::cannot_tell([&gap])],
        Fact::Absent(_) => {}
    }
    if used {
        return vec![Verdict::ruled_out(
            "another server passes its check, and is used",
        )];
    }
    let finding = match tracked(rows, row) {
        Some(other) => by_tracked(case, (row, other), *link, &source),
        None => found((case, route), row, *link, &source),
    };
    vec![finding.weigh()]
}

/// The server whose check decides about this one: `track web/s1`, which may itself track
/// another.
fn tracked<'r>(rows: &'r [Row], row: &Row) -> Option<&'r Row> {
    let of = |row: &Row| {
        let (backend, server) = row.value("tracked").split_once('/')?;
        let named = |row: &&Row| row.value("pxname") == backend && row.value("svname") == server;
        rows.iter().find(named)
    };
    let mut last = of(row)?;
    for _ in 0..MOST_TRACKED {
        match of(last) {
            Some(next) => last = next,
            None => break,
        }
    }
    Some(last)
}

/// It has no check of its own: it is out because another server is.
fn by_tracked(
    case: &Case<'_>,
    (row, other): (&Row, &Row),
    link: Link<'_, '_>,
    source: &Source,
) -> Finding {
    let (subject, decides) = (name_of(row), name_of(other));
    let failed = got(other);
    let failed = if failed.is_empty() {
        String::new()
    } else {
        format!(" ({failed})")
    };
    let summary = format!(
        "HAProxy leaves {subject} out because it tracks {decides}, whose check fails{failed}; {subject} itself answers"
    );
    let down = format!(
        "{subject} is {}, as {decides} is, which it tracks{failed}",
        row.value("status")
    );
    let peer = case.haproxy_server(&decides);
    let behind = peer.as_ref().map(|peer| Link { case, peer });
    let fallen = behind.and_then(|link| link.down().found().cloned());
    let state = fallen.as_ref().map(|down| Evidence {
        strength: Strength::Strong,
        ..down.state(case)
    });
    let at = peer.as_ref().map(|peer| peer.dial.to_string());
    let back = format!("bring {decides} back, which {subject} depends on");
    let fix = match (&fallen, at) {
        (Some(down), _) => Fix::new(format!("{back}: see {}", down.unit())).run(
            format!("systemctl status --no-pager {}", down.unit()),
            format!("the service of {decides}, and why it is down; start it"),
        ),
        (None, Some(at)) => Fix::new(back).advise(format!("see why nobody answers at {at}")),
        (None, None) => Fix::new(back).advise("see why its check fails"),
    };
    let apart = Fix::new(format!("or let {subject} be checked by itself"))
        .advise("write `check` in place of `track …` in its server line");
    Finding::new(HopName::Proxy, subject, summary)
        .because(Evidence::proof(down, source))
        .because_all(link.we_saw())
        .because_all(link.proxy_saw())
        .because_all(behind.and_then(|link| link.nobody_listens()))
        .because_all(state)
        .because_all(link.configured())
        .fix(case.verified(fix))
        .fix(case.reloaded(apart))
}

/// A proxy that tells of its checks in its log.
fn by_log(case: &Case<'_>) -> Vec<Verdict> {
    let Some(check) = case.check() else {
        return Vec::new();
    };
    let links = case.links();
    if let Some(gap) = links.iter().find_map(|link| link.direct().gap().cloned()) {
        return vec![Verdict::cannot_tell([&gap])];
    }
    let well = |link: &&Link<'_, '_>| link.direct().found().is_some_and(Direct::is_good);
    let Some(link) = links.iter().find(well) else {
        return Vec::new();
    };
    let state = link.told_state();
    if let Some(gap) = state.gap().filter(|gap| gap.is_pending()) {
        return vec![Verdict::cannot_tell([gap])];
    }
    if state.found().is_some_and(|state| state.well) {
        let why = format!(
            "{} itself takes {} to be well",
            case.proxy_name(),
            link.address()
        );
        return vec![Verdict::ruled_out(why)];
    }
    // Its own word for the server counts more than its answer, which may be a page of
    // somebody's own.
    let said: Vec<Evidence> = link
        .told_down()
        .into_iter()
        .chain(case.used_nobody())
        .collect();
    if said.is_empty() {
        return Vec::new();
    }
    let (proxy, address, path) = (case.proxy_name(), link.address(), &check.path);
    let recent = link.recent(RECENT_SECS).into_iter().rev();
    let failed = |logged: &&Logged<'_>| logged.record.symptom == Some(Symptom::HealthCheckFailed);
    let told = recent.into_iter().find(failed).map(|logged| {
        let text = format!("{proxy} logged of its check: {}", logged.message());
        Evidence::strong(text, &logged.source)
    });
    let summary = format!(
        "{proxy}'s health check of {address} asks for {path} and fails, though the server answers visitors"
    );
    let line = check_line(case, &check.place);
    let finding = Finding::new(HopName::Proxy, address.clone(), summary)
        .because_all(said)
        .because_all(link.we_saw())
        .because_all(told)
        .because(line);
    let at = format!("{}:{}", check.place.file, check.place.span.line);
    let fix = Fix::new(format!(
        "let the check ask for a page that the application answers ({at}), or bring {path} back"
    ))
    .run(
        format!(
            "curl -si {}",
            shell::quoted(&format!("http://{address}{path}"))
        ),
        "what the check gets",
    );
    vec![finding.fix(case.reloaded(fix)).weigh()]
}

fn is_of(row: &Row, route: &Route) -> bool {
    route
        .backend
        .as_ref()
        .is_some_and(|(name, _)| row.value("pxname") == name)
}

fn is_server(row: &Row) -> bool {
    !matches!(row.value("svname"), "BACKEND" | "FRONTEND")
}

/// The link to the server of that row.
fn link_of<'c, 'k>(case: &'c Case<'k>, route: &Route, row: &Row) -> Option<Link<'c, 'k>> {
    let mut servers = route.servers.iter();
    let server = servers.find(|server| server.name == row.value("svname"))?;
    let mut peers = case.peers().iter();
    let peer = peers.find(|peer| peer.place.as_ref() == Some(&server.place))?;
    Some(Link { case, peer })
}

fn found(
    (case, route): (&Case<'_>, &Route),
    row: &Row,
    link: Link<'_, '_>,
    source: &Source,
) -> Finding {
    let subject = name_of(row);
    let got = got(row);
    let asks = route.check.as_ref().map_or_else(
        || "connects".to_owned(),
        |check| format!("asks for {}", check.path),
    );
    let summary = format!(
        "HAProxy's health check of {subject} {asks} and fails ({got}), though the server answers visitors"
    );
    let down = format!("{subject} is {}: {got}", row.value("status"));
    Finding::new(HopName::Proxy, subject, summary)
        .because(Evidence::proof(down, source))
        .because_all(link.we_saw())
        .because_all(link.proxy_saw())
        .because_all(
            route
                .check
                .as_ref()
                .map(|check| check_line(case, &check.place)),
        )
        .because_all(link.configured())
        .fix(fix(case, route.check.as_ref(), link))
}

/// `web/s1`
fn name_of(row: &Row) -> String {
    format!("{}/{}", row.value("pxname"), row.value("svname"))
}

/// `L7STS 404: Not Found`
fn got(row: &Row) -> String {
    let words = [
        row.value("check_status"),
        row.value("check_code"),
        row.value("last_chk"),
    ];
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

fn check_line(case: &Case<'_>, place: &Place) -> Evidence {
    let source = route::source_of(place);
    Evidence::weak("the check", &source).with_excerpt(case.excerpt(place))
}

fn fix(case: &Case<'_>, check: Option<&Check>, link: Link<'_, '_>) -> Fix {
    let Some(check) = check else {
        let fix = Fix::new("see why HAProxy cannot connect to the server for its check");
        return case.verified(fix.advise("look at check-related parameters of the server line: port, addr, check-ssl, check-send-proxy"));
    };
    let at = format!("{}:{}", check.place.file, check.place.span.line);
    let fix = Fix::new(format!(
        "let the check ask for a page that the application answers ({at}), or bring {} back",
        check.path
    ));
    let host = check.host.as_ref().map_or_else(String::new, |host| {
        format!(" -H {}", shell::quoted(&format!("Host: {host}")))
    });
    let fix = match link.peer.dial.tcp() {
        Some(address) => fix.run(
            format!(
                "curl -si{host} {}",
                shell::quoted(&format!("http://{address}{}", check.path))
            ),
            "what the check gets",
        ),
        None => fix,
    };
    let wanted = check
        .expect
        .as_deref()
        .unwrap_or("a status from 200 to 399");
    case.reloaded(fix.advise(format!("the check is content with {wanted}")))
}
