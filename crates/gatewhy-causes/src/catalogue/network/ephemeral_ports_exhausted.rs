//! The proxy has no local port left for connections to the backend's address.
use crate::case::exchange::direct::Outcome;
use crate::case::exchange::link::Link;
use crate::case::programs::kind::Kind;
use crate::prelude::*;
use gatewhy_facts::protocol::tape::How;
use gatewhy_facts::symptom::Symptom;

cause! {
    /// The proxy has no local port left for connections to the backend's address.
    ///
    /// ## How it looks
    ///
    /// 502 at peaks with `connect() … failed (99: Cannot assign requested address)`.
    ///
    /// ## Why it happens
    ///
    /// Each connection to one address and port takes a local port, and keeps it for a
    /// minute after its end (TIME-WAIT). Without keepalive to the backend, a busy
    /// proxy uses them up.
    ///
    /// ## How to be sure
    ///
    /// A connection from this host to that address fails with the same error now;
    /// `ss -tan` shows thousands of connections to it, and
    /// `net.ipv4.ip_local_port_range` holds no more.
    ///
    /// ## How to fix it
    ///
    /// Let the proxy keep connections open (`keepalive` in the `upstream` block);
    /// widen `net.ipv4.ip_local_port_range`; a unix socket needs no port at all.
    ///
    /// ## What looks the same
    ///
    /// `bind() … failed (99: …)` is another thing: the `proxy_bind` address is not on
    /// this host. `connect() to [::1]:… failed (99: …)` on a host without IPv6 is
    /// `host-unreachable`: there is no address to come from, and ports are plenty.
    id: "ephemeral-ports-exhausted",
    explains: ["no-live-upstream"],
    weigh: weigh,
}

/// `EADDRNOTAVAIL`.
const NO_ADDRESS: i32 = 99;

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| {
        let ourselves =
            link.direct_outcome() == Some(Outcome::NotConnected(How::Errno(NO_ADDRESS)));
        let logged = link.own_symptom() == Some(Symptom::NoLocalAddress);
        let source = link.source_address().and_then(|set| set.ip);
        if let Some(ip) = source.filter(|ip| logged && !ourselves && link.has_not(*ip).is_some()) {
            let why =
                format!("the configuration names the address {ip}, which is not on this host");
            return Some(Verdict::ruled_out(why));
        }
        (ourselves || logged).then(|| verdict(link, ourselves))
    })
}

/// The kernel says the same where it is the address to come from that is missing.
fn verdict(link: Link<'_, '_>, ourselves: bool) -> Verdict {
    match link.lacks_ipv6() {
        Fact::Found((), _) => Verdict::ruled_out("this host has no IPv6 address to connect from"),
        Fact::Absent(_) => used_up(link, ourselves).weigh(),
        Fact::Unknown(_) => Verdict::Suspected(used_up(link, ourselves).at_most(Strength::Strong)),
    }
}

fn used_up(link: Link<'_, '_>, ourselves: bool) -> Finding {
    let address = link.address();
    let summary = format!("this host has no local port left for connections to {address}");
    let seen = link.we_saw().map(|seen| {
        if ourselves {
            Evidence {
                strength: Strength::Proof,
                ..seen
            }
        } else {
            seen
        }
    });
    let finding = Finding::new(HopName::Machine, address.clone(), summary)
        .because_all(seen)
        .because_all(link.proxy_saw());
    let finding = finding
        .because_all(range(link.case))
        .because_all(link.configured());
    let proxy = link.case.proxy_name();
    let keep = match link.case.proxy_kind() {
        Kind::Nginx => {
            "name the backend in an upstream block with keepalive 32; and set proxy_http_version 1.1; proxy_set_header Connection \"\"; (the default from nginx 1.29.7 on)"
        }
        Kind::Apache => {
            "take disablereuse=on and proxy-nokeepalive away from the backend, so that its connections are used again"
        }
        Kind::Haproxy => "http-reuse safe (or always) in the backend, and no option httpclose",
        _ => "let its connections to the backend be used again (keep-alive), as its manual has it",
    };
    let fix = Fix::new(format!("let {proxy} keep connections to the backend open"))
        .run(format!("ss -Htan dst {address} | awk '{{print $1}}' | sort | uniq -c"), "how many there are, and in which state")
        .advise(keep)
        .run("sysctl -w net.ipv4.ip_local_port_range='15000 65535'", "more ports at once, until the next boot; services that listen on one of them must not be restarted meanwhile, or be named in net.ipv4.ip_local_reserved_ports");
    finding.fix(link.case.reloaded(fix))
}

/// The range of local ports.
fn range(case: &Case<'_>) -> Option<Evidence> {
    let fact = case.local_ports();
    let (first, last) = *fact.found()?;
    let count = u32::from(last)
        .saturating_sub(u32::from(first))
        .saturating_add(1);
    let text = format!("net.ipv4.ip_local_port_range is {first} to {last}: {count} ports");
    Some(Evidence::weak(text, fact.source()?))
}
