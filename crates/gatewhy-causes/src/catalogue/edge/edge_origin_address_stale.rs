//! The edge looks for the origin where it is not.
use crate::case::from_outside::edge::{Edge, Origin};
use crate::prelude::*;
use gatewhy_facts::protocol::error_page::EdgeFault;

cause! {
    /// The edge looks for the origin at a name or an address where it is not.
    ///
    /// ## How it looks
    ///
    /// Cloudflare's 523, 1000 or 1016, `CloudFront wasn't able to resolve the origin domain
    /// name`, or refused connections while the origin answers at its new address.
    ///
    /// ## Why it happens
    ///
    /// The origin moved or its name was removed, and the edge's settings, or its DNS record,
    /// still have the old one.
    ///
    /// ## How to be sure
    ///
    /// Compare the address in the edge's settings with `ip address` on the origin.
    ///
    /// ## How to fix it
    ///
    /// Set the origin's present address or name at the edge.
    ///
    /// ## What looks the same
    ///
    /// `edge-firewalled-by-origin`: the right machine refuses. `dns-stale-address`: the same
    /// between a proxy of your own and its backend.
    id: "edge-origin-address-stale",
    explains: ["edge-cannot-reach-origin"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.edge()
        .map(|edge| verdict(case, &edge))
        .into_iter()
        .collect()
}

fn verdict(case: &Case<'_>, edge: &Edge) -> Verdict {
    let (words, strength) = match (edge.fault, &edge.origin) {
        (EdgeFault::Unresolved, _) => ("a name that has no address", Strength::Strong),
        (EdgeFault::ProhibitedAddress, _) => ("an address that it may not use", Strength::Strong),
        (EdgeFault::Unroutable, _) => ("an address that cannot be reached", Strength::Strong),
        (_, _) if !edge.fault.is_connection() => return Verdict::ruled_out(edge.not_it()),
        (EdgeFault::TunnelDown, _) => return Verdict::ruled_out(edge.not_it()),
        (_, Origin::Good(_)) => (
            "another address than the one where it answers",
            Strength::Weak,
        ),
        (_, Origin::Unknown(gap)) => return Verdict::cannot_tell([gap]),
        (_, Origin::Bad(..)) => {
            return Verdict::ruled_out("the origin fails when asked directly as well");
        }
    };
    let name = edge.name;
    let summary = match strength {
        Strength::Weak => format!("{name} may look for the origin at {words}"),
        _ => format!("{name} looks for the origin at {words}"),
    };
    let fix = Fix::new(format!(
        "set the origin's present address in {name}'s settings"
    ))
    .run("ip -brief address", "on the origin: its addresses")
    .advise(format!(
        "compare with the DNS record or origin setting at {name}"
    ));
    Finding::new(HopName::Edge, name, summary)
        .because(edge.says(case))
        .because_all(edge.origin_evidence(strength))
        .because(edge.mark.clone())
        .fix(fix)
        .at_most(strength)
        .weigh()
}
