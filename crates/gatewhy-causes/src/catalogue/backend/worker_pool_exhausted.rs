//! Every worker of the backend is busy; new requests wait in the queue.
use crate::case::exchange::link::Link;
use crate::case::exchange::stall::{Stall, Why, Workers};
use crate::case::service::process_max::SharedLimit;
use crate::prelude::*;

cause! {
    /// Every worker of the backend is busy; new requests wait in the queue.
    ///
    /// ## How it looks
    ///
    /// Pages become slow, then 504; with PHP-FPM on a unix socket also 502 with `(11:
    /// Resource temporarily unavailable)` once the queue is full.
    ///
    /// ## Why it happens
    ///
    /// More requests at once than workers, most often because requests wait for something
    /// slow: a database, a remote service, a lock.
    ///
    /// ## How to be sure
    ///
    /// Connections wait in the accept queue while all workers work: PHP-FPM logs `server
    /// reached pm.max_children`, every child runs a request, and the queue in the kernel is
    /// not empty. PHP-FPM's own status page does not see the queue of a unix socket; the
    /// kernel does.
    ///
    /// ## How to fix it
    ///
    /// First see what the workers wait for; a larger pool only helps when memory and the
    /// thing they wait for can take it. Size it: memory for the pool ÷ memory of one
    /// worker. PHP-FPM's `process.max` limits all pools of one master together: another
    /// pool may have them all.
    ///
    /// ## What looks the same
    ///
    /// `listen-backlog-full`: workers are idle and only the queue is short. `backend-hung`:
    /// nobody works at all.
    id: "worker-pool-exhausted",
    explains: ["listen-backlog-full", "backend-slow"],
    weigh: weigh,
}

/// How many things that workers wait for are told.
const TOLD: usize = 3;

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| match link.stall() {
        Fact::Absent(_) => None,
        Fact::Unknown(gap) => Some(Verdict::cannot_tell([&gap])),
        Fact::Found(stall, _) => {
            let verdict = match (&stall.workers, stall.why) {
                (Some(workers), Why::WorkersBusy) => busy(link, &stall, workers).weigh(),
                (Some(workers), _) if workers.idle > 0 => Verdict::ruled_out(format!(
                    "{} of {} idle",
                    workers.idle,
                    counted(workers.count, "worker")
                )),
                (Some(_), _) => Verdict::ruled_out("our request was accepted: a worker was free"),
                (None, _) => return None,
            };
            Some(verdict.with_gaps(&stall.gaps))
        }
    })
}

/// All pools together have as many workers as the master may start.
fn shared(link: Link<'_, '_>, stall: &Stall, limit: &SharedLimit, pool: &str) -> Finding {
    let name = format!("pool {pool} of {}", limit.unit);
    let summary = format!(
        "all {} workers that {} may have (process.max) are taken: {}; {name} gets no more",
        limit.limit,
        limit.unit,
        limit.holders()
    );
    Finding::new(HopName::Backend, name, summary)
        .because_all(stall.queue())
        .because_all(limit.evidence())
        .because_all(link.we_saw())
        .because_all(link.proxy_saw())
        .because_all(link.configured())
        .fix(link.raise_process_max(limit))
}

fn busy(link: Link<'_, '_>, stall: &Stall, workers: &Workers) -> Finding {
    let pool = link.configured_pool();
    if let (Some(limit), Some(pool)) = (link.process_max(), &pool) {
        return shared(link, stall, &limit, &pool.pool.name);
    }
    let name = pool.as_ref().map_or_else(
        || link.program(),
        |pool| format!("pool {} of {}", pool.pool.name, pool.fpm.unit),
    );
    let setting = if pool.is_some() {
        " (pm.max_children)"
    } else {
        ""
    };
    let all = match workers.count {
        1 => format!("the only worker{setting} of {name} is"),
        count => format!("all {count} workers{setting} of {name} are"),
    };
    let summary = format!("{all} busy, and further requests wait");
    let awaited = link.awaits(stall);
    let awaited = awaited.found().map(Vec::as_slice).unwrap_or_default();
    let most = awaited
        .first()
        .filter(|first| first.processes > 1 || first.is_all());
    let summary = match most {
        Some(most) if most.is_all() => format!("{summary}: they wait for {}", most.words(link)),
        _ => summary,
    };
    let source = Source::new("/proc (states and system calls of the workers)");
    let text = format!(
        "{} workers, none of them waits for a request",
        workers.count
    );
    let threads = link.tomcat_threads();
    let busy = match threads.found() {
        Some(threads) => vec![threads.waiting(), threads.line()],
        None => vec![Evidence::strong(text, &source)],
    };
    let finding = Finding::new(HopName::Backend, name, summary)
        .because_all(stall.queue())
        .because_all(busy);
    let finding = finding
        .because_all(
            awaited
                .iter()
                .take(TOLD)
                .map(|awaited| awaited.evidence(link)),
        )
        .because_all(link.limit_line())
        .because_all(link.we_saw())
        .because_all(link.proxy_saw());
    finding
        .because_all(link.configured())
        .fix(link.larger_pool(workers, most))
}
