//! There is no way to the backend's host.
use crate::case::direct::Outcome;
use crate::case::link::Link;
use crate::case::path_to::{NextHop, Reach};
use crate::prelude::*;
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
    /// the same message.
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

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| {
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

fn fix(link: Link<'_, '_>, reach: &Reach) -> Fix {
    let Some(ip) = link.peer.dial.tcp().map(|address| address.ip()) else {
        return Fix::new("correct the address");
    };
    let fix = match reach {
        Reach::NoRoute(_) => Fix::new(format!("bring the route to {ip} back"))
            .run("ip route", "shows the routes that are left: a default route is missing, or its interface is down")
            .advise(format!("add the missing one: ip route add default via ROUTER, or a route to {ip}; and set it where the network is configured, so that it lasts")),
        Reach::NextHopSilent(hop) if hop.is_router => {
            Fix::new(format!("bring the router {} back, or another route", hop.address))
                .run(format!("ip neigh show {}", hop.address), "FAILED or INCOMPLETE: it does not answer")
        }
        Reach::NextHopSilent(_) | Reach::Leaves(_) | Reach::Sent => {
            Fix::new(format!("bring the machine {ip} back, or correct its address"))
                .run(format!("ip neigh show {ip}"), "FAILED or INCOMPLETE: it does not answer on this network")
                .advise("start it, or dial the address that it has now")
        }
    };
    link.case.verified(fix)
}
