//! The proxy's workers have no connection left.
use crate::case::exchange::link::Link;
use crate::case::gateway::haproxy_maxconn::Places;
use crate::case::gateway::worker_limits::{Room, Shortage};
use crate::case::programs::kind::Kind;
use crate::case::routing::route;
use crate::case::visit::site::Seen;
use crate::prelude::*;
use gatewhy_facts::protocol::tape::How;
use gatewhy_facts::symptom::Symptom;

cause! {
    /// The proxy's workers have no connection left.
    ///
    /// ## How it looks
    ///
    /// 500 or connections closed without an answer: `… worker_connections are not enough`.
    /// HAProxy: 503 after `timeout queue` (`sQ--`), or visitors who wait for a connection.
    ///
    /// ## Why it happens
    ///
    /// `worker_connections` is too small for the traffic; each proxied request takes two.
    /// Slow backends keep them occupied. HAProxy: `maxconn` of a server, of a frontend, or
    /// of all. Apache: `MaxRequestWorkers`, or `max=` of a `ProxyPass` (503, `AH00941`).
    ///
    /// ## How to be sure
    ///
    /// The log says so now, and the workers hold as many connections as are allowed.
    /// HAProxy's stats socket tells both numbers (`scur`, `slim`) and who waits (`qcur`).
    ///
    /// ## How to fix it
    ///
    /// Raise `worker_connections` (and `worker_rlimit_nofile`, at least twice as much).
    ///
    /// ## What looks the same
    ///
    /// `proxy-out-of-files`: the system's limit, not nginx's own.
    id: "proxy-out-of-connections",
    explains: [],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    if let Some(verdict) = own_limit(case) {
        return vec![verdict];
    }
    if case.proxy_kind() == Kind::Apache {
        return apache(case).into_iter().collect();
    }
    if case.proxy_kind() == Kind::Haproxy {
        return haproxy(case).into_iter().collect();
    }
    let proxy = case.proxy_name();
    let Some(shortage) = case.shortage(&[Symptom::WorkerConnectionsUsedUp]) else {
        return Vec::new();
    };
    vec![match case.circle() {
        Fact::Found(..) => Verdict::ruled_out(format!(
            "the connections are used up only because {proxy} sends the request to itself"
        )),
        Fact::Unknown(gap) => Verdict::cannot_tell([&gap]),
        Fact::Absent(_) => used_up(case, shortage),
    }]
}

/// Apache accepts nobody, since all its workers are taken.
fn apache(case: &Case<'_>) -> Option<Verdict> {
    let full = match case.full() {
        Fact::Found(full, _) => full,
        Fact::Absent(_) => return None,
        Fact::Unknown(gap) => return Some(Verdict::cannot_tell([&gap])),
    };
    let limit = full.limit;
    let summary = format!(
        "all of Apache's workers are taken: MaxRequestWorkers is {limit}, and visitors wait in the queue"
    );
    let line = full.place.as_ref().map(|place| {
        let source = route::source_of(place);
        Evidence::weak("the limit", &source).with_excerpt(case.excerpt(place))
    });
    let sure = full.workers.is_some() && full.record.is_some();
    let fix = Fix::new(format!(
        "find what the workers wait for; then raise MaxRequestWorkers above {limit}, as far as memory allows"
    ))
    .run(
        "ss -tnp state established | grep -E 'apache2|httpd' | awk '{print $4, $5}' | sort | uniq -c | sort -rn | head",
        "whom the workers talk to: a backend that is slow, or visitors who stay",
    );
    let finding = Finding::new(HopName::Proxy, case.proxy_name(), summary)
        .because(full.queue)
        .because_all(full.workers)
        .because_all(full.record)
        .because_all(line)
        .fix(case.verified(fix));
    let most = if sure {
        Strength::Proof
    } else {
        Strength::Strong
    };
    Some(finding.at_most(most).weigh())
}

/// Varnish's `.max_connections`, Envoy's circuit breaker and Apache's `max=`: what is
/// beyond is refused without being sent, and the backend may be well.
fn own_limit(case: &Case<'_>) -> Option<Verdict> {
    let limits = [
        Symptom::GatewayConnectionLimit,
        Symptom::CircuitOpen,
        Symptom::ConnectionLimited,
    ];
    let logged = case.just_logged(&limits)?;
    let (what, raise) = match case.proxy_kind() {
        Kind::Varnish => ("max_connections of its backend", ".max_connections"),
        Kind::Envoy => (
            "the cluster's circuit breaker",
            "max_connections and max_requests in circuit_breakers",
        ),
        Kind::Apache => (
            "max= of its ProxyPass, for each of its processes,",
            "max= (and acquire=, how long a request waits for its turn)",
        ),
        _ => return None,
    };
    let proxy = case.proxy_name();
    let subject = case
        .links()
        .first()
        .map_or_else(|| proxy.to_owned(), Link::address);
    let summary = format!(
        "{proxy} has as many requests under way to {subject} as {what} allows, and refuses the rest"
    );
    let fix = Fix::new(format!("find what holds the requests that are under way; raise {raise} only as far as the server can serve them"))
        .run("ss -tnp state established", "how many connections to the backend are open");
    let finding = Finding::new(HopName::Proxy, subject, summary)
        .because(Evidence::strong(logged.said_by(proxy), &logged.source))
        .because_all(case.links().first().and_then(Link::we_saw))
        .fix(case.reloaded(fix));
    Some(finding.at_most(Strength::Strong).weigh())
}

/// HAProxy lets no more connections through than `maxconn` says.
fn haproxy(case: &Case<'_>) -> Option<Verdict> {
    let places = match case.taken_places() {
        Fact::Found(places, _) => places,
        Fact::Absent(_) => return None,
        Fact::Unknown(gap) => return Some(Verdict::cannot_tell([&gap])),
    };
    let queued = case
        .own_failure()
        .filter(|logged| logged.record.symptom == Some(Symptom::ConnectionLimited));
    // HAProxy leaves further visitors in the kernel's queue, until that is full too.
    let waits = matches!(
        case.seen(),
        Some(Seen::NoAnswer | Seen::NotConnected(How::TimedOut))
    );
    if queued.is_none() && !waits {
        return None;
    }
    let (subject, limit) = (&places.subject, places.limit);
    let summary = if places.of_visitors {
        format!("all connections of {subject} are taken (maxconn {limit}): visitors wait for one")
    } else {
        format!(
            "{subject} has all the connections that maxconn allows ({limit}): requests wait in HAProxy's queue"
        )
    };
    let line = places.place.as_ref().map(|place| {
        let source = route::source_of(place);
        Evidence::weak("the limit", &source).with_excerpt(case.excerpt(place))
    });
    let queue = places.queue.as_ref().map(|(millis, place)| {
        let text = format!("a request may wait {} s for one", millis / 1000);
        Evidence::weak(text, &route::source_of(place))
    });
    let finding = Finding::new(HopName::Proxy, subject.clone(), summary)
        .because_all(queued.and_then(|_| case.said()))
        .because(places.taken.clone())
        .because_all(line)
        .because_all(queue)
        .fix(more_places(case, &places));
    // What waits may wait for another reason; who was turned away in the queue did not.
    let most = if queued.is_some() {
        Strength::Proof
    } else {
        Strength::Strong
    };
    Some(finding.at_most(most).weigh())
}

fn more_places(case: &Case<'_>, places: &Places) -> Fix {
    let limit = places.limit;
    let fix = Fix::new(format!(
        "find what holds the {limit} connections; raise maxconn only as far as the server can serve them"
    ))
    .run(
        format!("echo 'show sess' | socat - {}", case.stats_path()),
        "who holds them, and for how long",
    );
    let edited = places.place.as_ref().and_then(|place| {
        let before = case.line_text(place)?;
        let old = format!("maxconn {limit}");
        let after = before.replacen(&old, &format!("maxconn {}", limit.saturating_mul(4)), 1);
        (after != before).then(|| {
            let why = "only where the server can take as many at once";
            fix.clone()
                .edit((&place.file, place.span.line), (&before, &after), why)
        })
    });
    case.reloaded(edited.unwrap_or(fix))
}

fn used_up(case: &Case<'_>, shortage: Shortage) -> Verdict {
    let proxy = case.proxy_name();
    let limit = shortage.limit.unwrap_or_else(|| configured(case));
    let summary =
        format!("{proxy}'s workers have no connection left: worker_connections is {limit}");
    let own = shortage.own.then(|| case.own_fate()).flatten();
    let finding = Finding::new(HopName::Proxy, "nginx", summary)
        .because_all(own)
        .because(shortage.evidence)
        .because_all(full_worker(case, limit))
        .because_all(setting(case))
        .fix(more(case, limit));
    finding.weigh()
}

fn configured(case: &Case<'_>) -> u64 {
    let nginx = case.nginx();
    nginx
        .found()
        .map_or(512, |nginx| nginx.worker_connections.value)
}

/// The fullest worker, when it is at the limit.
fn full_worker(case: &Case<'_>, limit: u64) -> Option<Evidence> {
    let rooms = case.rooms();
    let fullest: &Room = rooms.found()?.iter().max_by_key(|room| room.sockets)?;
    let source = Source::new(format!("/proc/{}/fd", fullest.pid));
    let text = format!(
        "worker {} holds {} sockets of {limit}",
        fullest.pid, fullest.sockets
    );
    fullest
        .is_out_of_connections(limit)
        .then(|| Evidence::proof(text, &source))
}

fn setting(case: &Case<'_>) -> Option<Evidence> {
    let nginx = case.nginx();
    let place = nginx.found()?.worker_connections.place.clone()?;
    let source = route::source_of(&place);
    Some(Evidence::weak("the limit", &source).with_excerpt(case.excerpt(&place)))
}

/// Four times as many, and as many open files as those need.
fn more(case: &Case<'_>, limit: u64) -> Fix {
    let new = limit.saturating_mul(4).max(1024);
    let title = format!("worker_connections {new}; and find out what holds the connections");
    let fix = Fix::new(title.clone());
    let nginx = case.nginx();
    let place = nginx
        .found()
        .and_then(|nginx| nginx.worker_connections.place.clone());
    let edited = place.and_then(|place| {
        let before = case.line_text(&place)?;
        let after = before.replacen(&limit.to_string(), &new.to_string(), 1);
        let why = "each proxied request takes two connections";
        Some(
            fix.clone()
                .edit((&place.file, place.span.line), (&before, &after), why),
        )
    });
    let fix = edited.unwrap_or_else(|| {
        fix.advise(format!(
            "set worker_connections {new}; in the events block of nginx.conf"
        ))
    });
    let fix = case.more_files(fix, new.saturating_mul(2));
    let fix = case.reloaded(fix);
    fix.run(
        "ss -tnp state established | grep nginx | awk '{print $4}' | sort | uniq -c | sort -rn | head",
        "who holds the connections: visitors who stay (events, uploads), or a backend that is slow",
    )
}
