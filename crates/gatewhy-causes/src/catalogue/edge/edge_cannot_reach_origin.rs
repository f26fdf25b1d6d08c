//! The edge before the site gets no connection to its origin.
use crate::case::from_outside::edge::{Edge, Origin};
use crate::prelude::*;

cause! {
    /// The edge before the site (CDN, load balancer, cache) gets no connection to its origin.
    ///
    /// ## How it looks
    ///
    /// Cloudflare's 521, 522, 523 and 1033; `CloudFront wasn't able to connect to the origin`;
    /// `Backend fetch failed` of Varnish and Fastly. Pages that the edge keeps still work.
    ///
    /// ## Why it happens
    ///
    /// The origin's proxy does not run, its machine or tunnel is down, or something between
    /// the two refuses the connection.
    ///
    /// ## How to be sure
    ///
    /// Ask the origin past the edge (`--origin ADDRESS`): it refuses or does not answer
    /// either.
    ///
    /// ## How to fix it
    ///
    /// Run gatewhy on the origin (`--host USER@ORIGIN`): it names what is down there.
    ///
    /// ## What looks the same
    ///
    /// `edge-firewalled-by-origin`: the origin answers others. `edge-origin-address-stale`:
    /// the edge dials another machine. `edge-tls-mode-mismatch`: the connection is made.
    id: "edge-cannot-reach-origin",
    explains: [],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.edge()
        .map(|edge| verdict(case, &edge))
        .into_iter()
        .collect()
}

fn verdict(case: &Case<'_>, edge: &Edge) -> Verdict {
    if !edge.fault.is_connection() {
        return Verdict::ruled_out(edge.not_it());
    }
    let (summary, strength) = match &edge.origin {
        _ if edge.origin_is_shut() => (
            format!(
                "{} gets no connection to the origin, and neither do we",
                edge.name
            ),
            Strength::Proof,
        ),
        Origin::Bad(..) => (
            format!(
                "{} cannot fetch from the origin, which fails when asked directly as well",
                edge.name
            ),
            Strength::Strong,
        ),
        Origin::Good(_) | Origin::Unknown(_) => (
            format!("{} gets no connection to the origin", edge.name),
            Strength::Strong,
        ),
    };
    let origin = case
        .request
        .origin
        .map_or_else(|| "the origin".to_owned(), |at| at.to_string());
    let fix = Fix::new("bring the origin back: see what is down there")
        .run(
            format!("gatewhy {} --host USER@ORIGIN", case.shown_url()),
            "names what is down on the origin's machine",
        )
        .advise("check the origin's address and port in the edge's settings");
    Finding::new(HopName::Edge, origin, summary)
        .because(edge.says(case))
        .because_all(edge.origin_evidence(strength))
        .because(edge.mark.clone())
        .fix(fix)
        .weigh()
}
