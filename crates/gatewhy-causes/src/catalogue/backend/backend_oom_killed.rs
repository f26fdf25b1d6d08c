//! The kernel killed the backend because memory ran out.
use crate::case::exchange::link::Link;
use crate::case::service::down::{Down, How, weigh_down};
use crate::case::service::killed::Bound;
use crate::case::service::lost_worker::{self, Fate};
use crate::prelude::*;

cause! {
    /// The kernel killed the backend because memory ran out.
    ///
    /// ## How it looks
    ///
    /// A burst of 502 (`recv() failed (104` or `upstream prematurely closed connection`),
    /// then refused connections until it is started again.
    ///
    /// ## Why it happens
    ///
    /// The whole machine ran out of memory, or the service reached the memory limit of its
    /// control group (`MemoryMax=`). The kernel kills the process that frees most.
    ///
    /// ## How to be sure
    ///
    /// The kernel's log has the record (`Out of memory: Killed process …` or `Memory cgroup
    /// out of memory`) with this service's process id or control group. A kill of another
    /// service proves nothing.
    ///
    /// ## How to fix it
    ///
    /// Size the pool against memory: workers × memory of one worker must fit. Raise the
    /// limit if the machine has room, find the leak if it grows without end.
    ///
    /// ## What looks the same
    ///
    /// Signal 9 by hand or by the service manager: no record in the kernel's log.
    /// gunicorn's `Perhaps out of memory?` is only its guess. `backend-heap-exhausted`: the
    /// runtime's own limit.
    id: "backend-oom-killed",
    explains: ["backend-crashed", "backend-crash-looping", "backend-stopped", "response-closed-early", "no-live-upstream"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| match link.fate() {
        Fact::Unknown(gap) => Some(Verdict::cannot_tell([&gap])),
        Fact::Absent(_) => weigh_down(link, &[How::OomKilled], |down| killed(case, down)),
        Fact::Found(fate, _) => {
            let verdict = match fate.how {
                lost_worker::How::OomKilled => worker_killed(link, &fate),
                lost_worker::How::Crashed { .. } => {
                    Verdict::ruled_out("the kernel's log has no kill of this worker")
                }
                lost_worker::How::TimedOut => {
                    Verdict::ruled_out("its own supervisor killed the worker")
                }
            };
            Some(verdict.with_gaps(&fate.gaps))
        }
    })
}

/// A worker was killed with our request, and its service lives on.
fn worker_killed(link: Link<'_, '_>, fate: &Fate) -> Verdict {
    let name = link
        .service()
        .found()
        .map_or_else(|| link.program(), |service| service.unit.id.clone());
    let path = link.case.request.path_only();
    let finding = Finding::new(
        HopName::Backend,
        name.clone(),
        format!(
            "the kernel kills a worker of {name} for want of memory when it is asked for {path}"
        ),
    );
    let finding = finding
        .because_all(link.we_saw())
        .because_all(link.proxy_saw())
        .because_all(link.configured());
    let fix = Fix::new("give the service room, or find what needs so much memory")
        .run(format!("systemctl show -p MemoryMax -p MemoryCurrent {name}"), "the service's own limit, if it has one")
        .advise("limit a single request below it (PHP memory_limit), so that one page cannot take the service with it");
    link.worker_verdict(finding.fix(link.case.verified(fix)), fate)
}

fn killed(case: &Case<'_>, down: &Down) -> Finding {
    let unit = down.unit();
    let bound = down.kill.as_ref().map(|kill| kill.bound(unit));
    let bound = bound.unwrap_or(Bound::Unknown);
    let whose = whose(&bound);
    let ago = case.ago_if(down.at);
    let finding = Finding::new(
        HopName::Backend,
        unit,
        format!("the kernel killed {unit}{ago}: {whose}"),
    );
    finding
        .because_all(kernel_record(case, down))
        .because(down.state(case))
        .fix(room(case, down, &bound))
}

fn whose(bound: &Bound) -> String {
    match bound {
        Bound::Unit => "it reached its own memory limit".into(),
        Bound::Slice(name) => format!("{name}, which it belongs to, reached its memory limit"),
        Bound::Host => "the host ran out of memory".into(),
        Bound::Unknown => "memory was short".into(),
    }
}

/// The kernel's own record of the kill.
fn kernel_record(case: &Case<'_>, down: &Down) -> Option<Evidence> {
    let kill = down.kill.as_ref()?;
    let mut source = Source::new("kernel log (dmesg)");
    source.time = case.at_kernel(kill.at_us);
    let held = kill
        .kill
        .anon_rss_kib
        .map(|kib| format!(", which held {} MiB", kib / 1024))
        .unwrap_or_default();
    let text = format!(
        "the kernel killed process {} ({}){held}",
        kill.kill.pid,
        shown(&kill.kill.comm)
    );
    Some(Evidence::proof(text, &source))
}

fn room(case: &Case<'_>, down: &Down, bound: &Bound) -> Fix {
    let unit = down.unit();
    let fix = Fix::new(format!(
        "systemctl start {unit}, and give it room: see where its memory goes"
    ));
    let fix = fix.run(
        format!("systemctl start {unit}"),
        "brings the site back, until it grows again",
    );
    let limited = match bound {
        Bound::Unit => Some(unit),
        Bound::Slice(name) => Some(name.as_str()),
        Bound::Host | Bound::Unknown => None,
    };
    let fix = match limited {
        Some(name) => fix.run(
            format!("systemctl show -p MemoryMax {name}"),
            "the limit it reached; raise it with systemctl edit if the machine has room",
        ),
        None => fix.run(
            "ps -eo rss,comm,args --sort=-rss | head",
            "shows who holds the host's memory",
        ),
    };
    case.verified(fix.advise("workers × memory of one worker must fit into the limit: fewer workers, more memory, or find the leak"))
}
