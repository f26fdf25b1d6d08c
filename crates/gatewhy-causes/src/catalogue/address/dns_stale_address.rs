//! The proxy still uses an address that the backend's name no longer has.
use crate::case::exchange::direct::Direct;
use crate::case::gateway::log::Logged;
use crate::case::programs::kind::Kind;
use crate::case::routing::peer::Dial;
use crate::case::system::dns::{Named, logged};
use crate::prelude::*;
use core::net::{IpAddr, SocketAddr};
use gatewhy_facts::haproxy::route::{Address, Server};
use gatewhy_facts::haproxy::stats::Row;

cause! {
    /// The proxy still uses an address that the backend's name no longer has.
    ///
    /// ## How it looks
    ///
    /// 502 or 504 since the backend moved, while the name itself leads to a working one.
    ///
    /// ## Why it happens
    ///
    /// nginx looks a name in `proxy_pass` or `server` up once, when it starts or reloads;
    /// HAProxy does so for a server without `resolvers`.
    ///
    /// ## How to be sure
    ///
    /// The address that nginx's log shows is not among those that the name has now; the new
    /// address answers.
    ///
    /// ## How to fix it
    ///
    /// Reload nginx now. To follow changes: `resolver` with the name in a variable, or
    /// `server … resolve` (1.27.3 and later).
    ///
    /// ## What looks the same
    ///
    /// `backend-stopped`: the name still leads to the address that fails.
    id: "dns-stale-address",
    explains: ["connect-timeout", "host-unreachable", "no-live-upstream"],
    weigh: weigh,
}

/// How far back the log may tell which address nginx uses, in seconds.
const BACK: i64 = 3600;

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    if case.proxy_kind() == Kind::Haproxy {
        return by_haproxy(case);
    }
    let named = case.named_backends();
    let at_start = named.iter().filter(|named| named.resolver.is_none());
    at_start.filter_map(|named| judge(case, named)).collect()
}

fn judge(case: &Case<'_>, named: &Named) -> Option<Verdict> {
    let (record, dialled) = dialled(case, named)?;
    let now = match case.resolved(&named.name) {
        Fact::Found(now, _) if now.is_empty() => return None,
        Fact::Found(now, _) => now,
        Fact::Absent(_) => return None,
        Fact::Unknown(gap) => return Some(Verdict::cannot_tell([&gap])),
    };
    if now.contains(&dialled.ip()) {
        return Some(Verdict::ruled_out(format!(
            "{} still has the address {}",
            named.name,
            dialled.ip()
        )));
    }
    // A literal address beside the name may be another server of the group.
    if is_written(case, dialled) {
        return None;
    }
    let answers = answers(case, named);
    let finding = stale(case, named, record, dialled, &now).because_all(answers.clone());
    Some(if record.own && answers.is_some() {
        finding.weigh()
    } else {
        Verdict::Suspected(finding.at_most(Strength::Strong))
    })
}

/// `HAProxy` looks a name up when it starts, unless its server has `resolvers`; its table
/// of servers has the address that it uses.
fn by_haproxy(case: &Case<'_>) -> Vec<Verdict> {
    let route = case.haproxy_route();
    let servers = route.found().map(|route| route.servers.as_slice());
    let at_start = servers.unwrap_or_default().iter();
    let at_start = at_start.filter(|server| server.resolvers.is_none() && has_name(server));
    let at_start: Vec<&Server> = at_start.collect();
    if at_start.is_empty() || case.is_healthy() != Some(false) {
        return Vec::new();
    }
    let stats = case.haproxy_stats();
    match &stats {
        Fact::Absent(_) => Vec::new(),
        Fact::Unknown(gap) => vec![Verdict::cannot_tell([gap])],
        Fact::Found(rows, source) => {
            let judged = at_start.into_iter();
            let judged = judged.filter_map(|server| used_since_start(case, server, rows, source));
            judged.collect()
        }
    }
}

fn has_name(server: &Server) -> bool {
    matches!(&server.address, Address::Host(name, _) if name.parse::<IpAddr>().is_err())
}

fn used_since_start(
    case: &Case<'_>,
    server: &Server,
    rows: &[Row],
    source: &Source,
) -> Option<Verdict> {
    let Address::Host(name, port) = &server.address else {
        return None;
    };
    let route = case.haproxy_route();
    let (backend, _) = route.found()?.backend.clone()?;
    let is_its = |row: &&Row| row.value("pxname") == backend && row.value("svname") == server.name;
    let row = rows.iter().find(is_its)?;
    let used: SocketAddr = row.value("addr").parse().ok()?;
    let resolved = case.resolved(name);
    let now = match &resolved {
        Fact::Found(now, _) if !now.is_empty() => now,
        Fact::Unknown(gap) => return Some(Verdict::cannot_tell([gap])),
        _ => return None,
    };
    if now.contains(&used.ip()) {
        let why = format!("{name} still has the address {}", used.ip());
        return Some(Verdict::ruled_out(why));
    }
    let name = shown(name.as_bytes());
    let addresses = listed(now);
    let summary = summary(case, &name.to_string(), used.ip(), &addresses);
    let uses = format!("HAProxy uses {used} for {backend}/{}", server.name);
    let line = Source::new(server.place.file.to_string()).at_line(server.place.span.line);
    let of_name = Named {
        name: name.to_string(),
        port: *port,
        resolver: None,
        place: server.place.clone(),
    };
    let answers = answers(case, &of_name);
    let sure = answers.is_some();
    let finding = Finding::new(HopName::Proxy, name.to_string(), summary)
        .explains("health-check-failing")
        .because(Evidence::proof(uses, source))
        .because(Evidence::strong(
            format!("{name} is {addresses}"),
            resolved.source()?,
        ))
        .because_all(answers)
        .because(Evidence::weak(
            "the name stands here, without resolvers",
            &line,
        ))
        .fix(look_up_again(case, format!("to follow the name from now on: a resolvers section (parse-resolv-conf), and on the server's line: {name}:{port} resolvers NAME init-addr last,libc,none")));
    Some(if sure {
        finding.weigh()
    } else {
        Verdict::Suspected(finding.at_most(Strength::Strong))
    })
}

fn listed(addresses: &[IpAddr]) -> String {
    let all: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    all.join(", ")
}

fn summary(case: &Case<'_>, name: &str, used: IpAddr, now: &str) -> String {
    let proxy = case.proxy_name();
    format!(
        "{proxy} still sends requests for {name} to {used}, the address from its start; the name leads to {now} now"
    )
}

fn look_up_again(case: &Case<'_>, lasting: String) -> Fix {
    let reload = case.reload_command();
    let fix = Fix::new(reload.clone()).safe();
    let fix = fix.run(
        reload,
        "looks the name up again, without dropping a request",
    );
    case.verified(fix.advise(lasting))
}

/// The address that nginx used for the name: for our own request, or else lately.
fn dialled<'c, 'k>(case: &'c Case<'k>, named: &Named) -> Option<(&'c Logged<'k>, SocketAddr)> {
    let of = |logged: &'c Logged<'k>| match logged.record.upstream {
        Some(Dial::Tcp(address)) if address.port() == named.port => Some((logged, address)),
        _ => None,
    };
    let own = case.own_records();
    let failed = own
        .iter()
        .rev()
        .copied()
        .filter(|logged| logged.upstream_symptom().is_some());
    let mut failed = failed.filter_map(of);
    failed.next().or_else(|| {
        let lately = case.recent_records(BACK);
        let about = lately.iter().rev().copied().filter(|logged| {
            own.is_empty()
                && logged.upstream_symptom().is_some()
                && logged.record.host.as_deref() == Some(case.request.host_header().as_bytes())
        });
        let mut about = about.filter_map(of);
        about.next()
    })
}

fn is_written(case: &Case<'_>, address: SocketAddr) -> bool {
    case.peers()
        .iter()
        .any(|peer| peer.name.is_none() && peer.dial == Dial::Tcp(address))
}

/// An address that the name has now, and that answers.
fn answers(case: &Case<'_>, named: &Named) -> Option<Evidence> {
    let peers = case
        .peers()
        .iter()
        .filter(|peer| peer.name.as_deref() == Some(named.name.as_str()));
    let mut good = peers.filter_map(|peer| {
        let direct = case.direct(peer);
        let seen: &Direct<'_> = direct.found()?;
        let text = format!("{} asked directly: {}", peer.dial, seen.outcome.words());
        seen.is_good()
            .then(|| Evidence::proof(text, &direct.source().cloned().unwrap_or_default()))
    });
    good.next()
}

fn stale(
    case: &Case<'_>,
    named: &Named,
    record: &Logged<'_>,
    dialled: SocketAddr,
    now: &[IpAddr],
) -> Finding {
    let name = shown(named.name.as_bytes());
    let addresses = listed(now);
    let summary = summary(case, &name.to_string(), dialled.ip(), &addresses);
    let resolved = case.resolved(&named.name);
    let source = resolved.source().cloned().unwrap_or_default();
    let lasting = format!(
        "to follow the name from now on: resolver with the name in a variable (set $backend {name}; proxy_pass http://$backend:{};), or server … resolve in nginx 1.27.3 and later",
        named.port
    );
    Finding::new(HopName::Proxy, name.to_string(), summary)
        .because(Evidence::strong(format!("{name} is {addresses}"), &source))
        .because(logged(case.proxy_name(), record))
        .fix(look_up_again(case, lasting))
}
