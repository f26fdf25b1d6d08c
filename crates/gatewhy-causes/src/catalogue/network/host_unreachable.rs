//! There is no way to the backend's host.
use crate::case::exchange::direct::Outcome;
use crate::case::exchange::link::Link;
use crate::case::programs::kind::Kind;
use crate::case::routing::peer::Dial;
use crate::case::system::route_to::{NextHop, Reach};
use crate::prelude::*;
use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use gatewhy_facts::protocol::tape::How;
use gatewhy_facts::symptom::Symptom;

cause! {
    /// There is no way to the backend's host.
    ///
    /// ## How it looks
    ///
    /// 502 with `(113: No route to host)` or `(101: Network is unreachable)`.
    ///
    /// ## Why it happens
    ///
    /// The host is down, its address is wrong, or a route is missing. A firewall can send
    /// the same message. Where IPv6 is switched off, an IPv6 address has no way at all,
    /// not even `::1`: `(99: Cannot assign requested address)`.
    ///
    /// ## How to be sure
    ///
    /// The kernel says so at once or after it has looked for the neighbour in vain; no rule
    /// of this host does it.
    ///
    /// ## How to fix it
    ///
    /// Bring the host or the route back, or correct the address.
    ///
    /// ## What looks the same
    ///
    /// `firewall-blocked` on this host or a rejecting firewall in between;
    /// `connect-timeout`: nobody says anything.
    id: "host-unreachable",
    explains: [],
    weigh: weigh,
}

/// `EADDRNOTAVAIL`.
const NO_ADDRESS: i32 = 99;

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| {
        if has_no_address(link) {
            return without_ipv6(link);
        }
        let told = is_told(link);
        if !told && !is_unanswered(link) {
            return None;
        }
        if let Some(stopped) = link
            .stopped()
            .found()
            .filter(|stopped| stopped.is_certain())
        {
            let why = format!("a rule of this host's packet filter {} it", stopped.verb());
            return told.then(|| Verdict::ruled_out(why));
        }
        match link.reach() {
            Fact::Unknown(gap) => Some(Verdict::cannot_tell([&gap])),
            Fact::Absent(_) => None,
            Fact::Found(reach, source) => verdict(link, &reach, &source, told),
        }
    })
}

/// Whether the kernel told the proxy, or us, that there is no way.
fn is_told(link: Link<'_, '_>) -> bool {
    matches!(
        link.own_symptom(),
        Some(Symptom::HostUnreachable | Symptom::NetworkUnreachable)
    ) || matches!(link.direct_outcome(), Some(Outcome::Unreachable(_)))
        || is_prohibited(link)
}

/// Whether the kernel found no address of this host to connect from, or no port.
fn has_no_address(link: Link<'_, '_>) -> bool {
    link.own_symptom() == Some(Symptom::NoLocalAddress)
        || link.direct_outcome() == Some(Outcome::NotConnected(How::Errno(NO_ADDRESS)))
}

/// An IPv6 address is dialled, and this host has none to connect from.
fn without_ipv6(link: Link<'_, '_>) -> Option<Verdict> {
    let source = match link.lacks_ipv6() {
        Fact::Found((), source) => source,
        Fact::Unknown(gap) => return Some(Verdict::cannot_tell([&gap])),
        Fact::Absent(_) => return None,
    };
    let ip = link.peer.dial.tcp()?.ip();
    let address = link.address();
    let (summary, seen) = if ip.is_loopback() {
        (
            format!("IPv6 is switched off on this host, so that nothing can reach {address}"),
            "no interface has the address ::1".to_owned(),
        )
    } else {
        (
            format!("this host has no IPv6 address from which it could reach {address}"),
            "no interface has an IPv6 address that leads beyond its own link".to_owned(),
        )
    };
    let finding = Finding::new(HopName::Machine, address, summary)
        .because(Evidence::proof(seen, &source))
        .because_all(link.proxy_saw())
        .because_all(link.we_saw())
        .because_all(link.configured());
    Some(with_ways(link, finding).weigh())
}

/// Dial the same port over IPv4, or bring IPv6 back.
fn with_ways(link: Link<'_, '_>, finding: Finding) -> Finding {
    let address = link.peer.dial.tcp().filter(|at| at.ip().is_loopback());
    let four = address.map(|at| SocketAddr::from((Ipv4Addr::LOCALHOST, at.port())));
    let takes = four.filter(|four| link.case.tcp_listener(*four).found().is_some());
    let finding = match takes {
        Some(four) => finding.fix(link.dial_instead(&Dial::Tcp(four))),
        None => finding,
    };
    let or = if takes.is_some() { "or " } else { "" };
    let back = Fix::new(format!("{or}bring IPv6 back"))
        .run("sysctl -a 2>/dev/null | grep disable_ipv6", "1: it is switched off there; ipv6.disable=1 in /proc/cmdline switches it off as a whole")
        .run("sysctl -w net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.lo.disable_ipv6=0", "switches it on again, until the next boot")
        .run("grep -rs disable_ipv6 /etc/sysctl.conf /etc/sysctl.d /usr/lib/sysctl.d", "the line that switches it off, to be taken out");
    finding.fix(link.case.verified(back))
}

/// Whether the kernel forbids the address to everybody: a route of the type `prohibit`.
fn is_prohibited(link: Link<'_, '_>) -> bool {
    link.peer.dial.tcp().is_some()
        && link.own_symptom() == Some(Symptom::ConnectDenied)
        && link.direct_outcome() == Some(Outcome::Denied)
}

/// Whether nobody has said anything yet: the kernel takes three seconds to give a
/// neighbour up.
fn is_unanswered(link: Link<'_, '_>) -> bool {
    matches!(link.direct_outcome(), Some(Outcome::ConnectTimeout))
        && link.own_symptom().is_none_or(|symptom| {
            matches!(
                symptom,
                Symptom::ConnectTimeout | Symptom::ConnectTimeoutKernel
            )
        })
}

fn verdict(link: Link<'_, '_>, reach: &Reach, source: &Source, told: bool) -> Option<Verdict> {
    let address = link.address();
    let (summary, proof) = match reach {
        Reach::NoRoute(words) => (
            format!("this host has no route to {address}"),
            Evidence::proof(format!("the kernel says: {words}"), source),
        ),
        Reach::NextHopSilent(hop) => (
            silent(&address, hop),
            Evidence::proof(
                format!(
                    "{} was asked for its hardware address on {}, in vain",
                    hop.address, hop.device
                ),
                source,
            ),
        ),
        Reach::Leaves(_) | Reach::Sent if !told => return None,
        Reach::Leaves(hop) => (
            format!("a machine on the way says that {address} cannot be reached"),
            Evidence::strong(
                format!(
                    "{} answers at layer 2 on {}: the refusal comes from it or from behind",
                    hop.address, hop.device
                ),
                source,
            ),
        ),
        Reach::Sent => (
            format!("{address} cannot be reached"),
            Evidence::strong("the kernel has a route there", source),
        ),
    };
    let sure = matches!(reach, Reach::NoRoute(_) | Reach::NextHopSilent(_));
    let finding = Finding::new(HopName::Machine, address, summary)
        .because(proof)
        .because_all(link.proxy_saw())
        .because_all(link.we_saw())
        .because_all(link.configured())
        .fix(fix(link, reach));
    Some(if sure {
        finding.weigh()
    } else {
        Verdict::Suspected(finding.at_most(Strength::Strong))
    })
}

fn silent(address: &str, hop: &NextHop) -> String {
    if hop.is_router {
        format!(
            "the router {} on the way to {address} does not answer",
            hop.address
        )
    } else {
        format!(
            "the machine of {address} does not answer on the network: it is off, or has another address"
        )
    }
}

/// `ip route` alone shows and sets routes of IPv4.
fn route_back(link: Link<'_, '_>, ip: IpAddr) -> Fix {
    let command = if ip.is_ipv6() {
        "ip -6 route"
    } else {
        "ip route"
    };
    let fix = Fix::new(format!("bring the route to {ip} back"))
        .run(command, "shows the routes that are left: a default route is missing, or its interface is down")
        .advise(format!("add the missing one: {command} add default via ROUTER, or a route to {ip}; and set it where the network is configured, so that it lasts"));
    let looked_up = link.peer.name.is_some() && link.case.proxy_kind() == Kind::Nginx;
    if ip.is_ipv6() && looked_up {
        return fix.advise("or, where this host is to go without IPv6: resolver … ipv6=off, if nginx looks the name up while it runs");
    }
    fix
}

fn fix(link: Link<'_, '_>, reach: &Reach) -> Fix {
    let Some(ip) = link.peer.dial.tcp().map(|address| address.ip()) else {
        return Fix::new("correct the address");
    };
    let fix = match reach {
        Reach::NoRoute(_) => route_back(link, ip),
        Reach::NextHopSilent(hop) if hop.is_router => Fix::new(format!(
            "bring the router {} back, or another route",
            hop.address
        ))
        .run(
            format!("ip neigh show {}", hop.address),
            "FAILED or INCOMPLETE: it does not answer",
        ),
        Reach::NextHopSilent(_) | Reach::Leaves(_) | Reach::Sent => Fix::new(format!(
            "bring the machine {ip} back, or correct its address"
        ))
        .run(
            format!("ip neigh show {ip}"),
            "FAILED or INCOMPLETE: it does not answer on this network",
        )
        .advise("start it, or dial the address that it has now"),
    };
    link.case.verified(fix)
}
