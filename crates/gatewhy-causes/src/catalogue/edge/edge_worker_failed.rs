//! A program that runs on the edge failed.
use crate::prelude::*;
use gatewhy_facts::protocol::error_page::EdgeFault;

cause! {
    /// A program that runs on the edge (a Worker, an edge function) failed.
    ///
    /// ## How it looks
    ///
    /// Cloudflare's 1101 (exception) or 1102 (too much processor time), CloudFront's words
    /// about a Lambda function.
    ///
    /// ## Why it happens
    ///
    /// An exception that nobody caught, or a limit of the edge's plan.
    ///
    /// ## How to be sure
    ///
    /// `wrangler tail`, or the function's log, shows the exception; the origin answers when
    /// it is asked directly.
    ///
    /// ## How to fix it
    ///
    /// Roll the program back; then mend what its log names.
    ///
    /// ## What looks the same
    ///
    /// `edge-cannot-reach-origin`: the edge itself is well and gets no connection.
    id: "edge-worker-failed",
    explains: [],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    let Some(edge) = case.edge() else {
        return Vec::new();
    };
    if edge.fault != EdgeFault::Worker {
        return vec![Verdict::ruled_out(edge.not_it())];
    }
    let summary = format!("a program that runs on {} failed", edge.name);
    let fix = Fix::new("roll the edge's program back, then read its log")
        .run(
            "wrangler deployments list",
            "Cloudflare: which version came when",
        )
        .run("wrangler tail", "Cloudflare: the exception, as it happens");
    let finding = Finding::new(HopName::Edge, edge.name, summary)
        .because(edge.says(case))
        .because_all(edge.origin_evidence(Strength::Strong))
        .because(edge.mark.clone())
        .fix(fix);
    vec![finding.weigh()]
}
