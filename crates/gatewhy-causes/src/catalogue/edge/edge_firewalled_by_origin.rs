//! The origin answers others, and not the edge before it.
use crate::case::edge::{Edge, Origin};
use crate::prelude::*;
use gatewhy_facts::protocol::error_page::EdgeFault;

cause! {
    /// The origin answers others, and takes no connections from the edge before it.
    ///
    /// ## How it looks
    ///
    /// Cloudflare's 521 or 522, or another edge's words for a connection that fails, while
    /// the origin answers when it is asked directly.
    ///
    /// ## Why it happens
    ///
    /// A firewall, fail2ban or a limit on connections at the origin counts the edge as one
    /// busy stranger: all visitors come from its few addresses.
    ///
    /// ## How to be sure
    ///
    /// `gatewhy URL --origin ADDRESS` reaches the origin. On the origin, the counters of the
    /// firewall's rules move, and `tcpdump` shows the edge's attempts unanswered.
    ///
    /// ## How to fix it
    ///
    /// Let the edge's published address ranges through, before any rule that limits or bans.
    ///
    /// ## What looks the same
    ///
    /// `edge-origin-address-stale`: the edge dials another machine, perhaps one that is gone.
    /// `edge-cannot-reach-origin`: nobody reaches the origin.
    id: "edge-firewalled-by-origin",
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
    let strength = match edge.fault {
        EdgeFault::Refused | EdgeFault::ConnectTimeout => Strength::Strong,
        EdgeFault::Unreachable => Strength::Weak,
        _ => return Verdict::ruled_out(edge.not_it()),
    };
    match &edge.origin {
        Origin::Unknown(gap) => return Verdict::cannot_tell([gap]),
        Origin::Bad(..) if edge.origin_is_shut() => {
            return Verdict::ruled_out("the origin does not take our connection either");
        }
        Origin::Bad(..) => {
            return Verdict::ruled_out("the origin fails when asked directly as well");
        }
        Origin::Good(_) => {}
    }
    let name = edge.name;
    let origin = case
        .request
        .origin
        .map_or_else(|| "the origin".to_owned(), |at| at.to_string());
    let summary = format!(
        "{origin} answers us and not {name}: a firewall there, or {name} dials another address"
    );
    let fix = Fix::new(format!("let {name}'s published address ranges through the origin's firewall"))
        .run("nft list ruleset", "on the origin: which rule drops or rejects them, and its counter")
        .advise(format!("{name} publishes its address ranges; allow them to the site's ports before any rule that limits or bans"))
        .advise("look for them among the banned: fail2ban-client banned");
    Finding::new(HopName::Edge, origin, summary)
        .because(edge.says(case))
        .because_all(edge.origin_evidence(strength))
        .because(edge.mark.clone())
        .fix(fix)
        .at_most(strength)
        .weigh()
}
