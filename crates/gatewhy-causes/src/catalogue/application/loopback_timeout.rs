//! The application asks its own site, and waits for a worker that waits for it.
use crate::case::exchange::link::Link;
use crate::case::exchange::stall::{Stall, Why};
use crate::case::service::waits_for::{Awaited, What};
use crate::prelude::*;

cause! {
    /// The application asks its own site, and waits for a worker that waits for it.
    ///
    /// ## How it looks
    ///
    /// 504 on a few pages, or on all of them, as soon as a few visitors come at once; the
    /// workers use no processor time. A restart helps for minutes.
    ///
    /// ## Why it happens
    ///
    /// A page fetches another page of the same site (a REST call, a cron URL, an image, a
    /// health check) through the proxy. That request needs a second worker of the same
    /// pool. When every worker holds such a page, none is left for the inner requests, and
    /// all wait for each other until a time-out.
    ///
    /// ## How to be sure
    ///
    /// The workers that are busy hold connections to the proxy's own address, have sent a
    /// request there and had no answer since: `ss -tnpi` on the host shows it.
    ///
    /// ## How to fix it
    ///
    /// Call the code instead of the URL; or send such calls to a pool of their own; give
    /// them a short time-out. WordPress: run `wp-cron.php` from cron and set
    /// `DISABLE_WP_CRON`. More workers only move the limit.
    ///
    /// ## What looks the same
    ///
    /// `worker-pool-exhausted` by a database or by another service: the workers wait for
    /// that one. `proxy-loop`: the proxy itself sends the request round.
    id: "loopback-timeout",
    explains: ["worker-pool-exhausted", "backend-slow", "listen-backlog-full"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| {
        let stall = link.stall();
        let stall = stall.found()?;
        let awaited = link.awaits(stall);
        let own = awaited
            .found()?
            .iter()
            .find(|awaited| is_own(case, awaited));
        let own = own.cloned()?;
        Some(finding(link, stall, &own).weigh().with_gaps(&stall.gaps))
    })
}

/// Whether an answer of this very site's proxy is awaited.
fn is_own(case: &Case<'_>, awaited: &Awaited) -> bool {
    let What::Answer(dial) = &awaited.what else {
        return false;
    };
    let Some(address) = dial.tcp() else {
        return false;
    };
    let door = case.front_door();
    let same_port = door
        .found()
        .is_some_and(|door| door.port() == address.port());
    same_port && case.is_own_address(address.ip()) == Some(true)
}

fn finding(link: Link<'_, '_>, stall: &Stall, own: &Awaited) -> Finding {
    let proxy = link.case.proxy_name();
    let program = link.program();
    let (count, of) = (own.processes, own.of);
    let stuck = own.is_all() && stall.why == Why::WorkersBusy;
    let summary = if stuck {
        let all = if of == 1 {
            "its only worker asks its".to_owned()
        } else {
            format!("all {of} workers ask their")
        };
        format!(
            "{program} waits for itself: {all} own site through {proxy}, and no worker is left to answer"
        )
    } else {
        format!(
            "{program} asks its own site through {proxy} and waits for it ({count} of {of} busy workers)"
        )
    };
    let mut seen = own.evidence(link);
    seen.text.push_str(", which is this site's own door");
    if stuck && own.sure {
        seen.strength = Strength::Proof;
    }
    Finding::new(HopName::Backend, program, summary)
        .because(seen)
        .because_all(stall.queue())
        .because_all(link.limit_line())
        .because_all(link.proxy_saw())
        .because_all(link.configured())
        .fix(apart(link))
}

fn apart(link: Link<'_, '_>) -> Fix {
    let fix =
        Fix::new("take the call to the own site out of the request, or give it a pool of its own");
    let fix = match link.live_service().found() {
        Some(service) => fix.run(
            format!("systemctl restart {}", service.unit.id),
            "frees the workers now; it comes back with the next few visitors",
        ),
        None => fix,
    };
    let port = link
        .case
        .front_door()
        .found()
        .map_or(80, core::net::SocketAddr::port);
    let fix = fix
        .run(
            format!("ss -tnp state established '( dport = :{port} )'"),
            "which processes ask the own site",
        )
        .advise("in the application: call the function instead of its URL, give such calls a short time-out (2 s), or do them outside of requests; WordPress: define('DISABLE_WP_CRON', true) and run wp-cron.php from cron");
    link.case.verified(fix)
}
