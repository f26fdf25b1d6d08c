//! The kernel killed the backend because memory ran out.
use crate::case::down::{Down, How, weigh_down};
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
    case.judge(|link| weigh_down(link, &[How::OomKilled], |down| killed(case, down)))
}

fn killed(case: &Case<'_>, down: &Down) -> Finding {
    let unit = down.unit();
    let limit = down.kill.as_ref().is_some_and(|kill| kill.is_limit());
    let whose = if limit {
        "its control group reached its memory limit"
    } else {
        "the machine ran out of memory"
    };
    let ago = down
        .at
        .map(|at| format!(" {}", case.ago(at)))
        .unwrap_or_default();
    let finding = Finding::new(
        HopName::Backend,
        unit,
        format!("the kernel killed {unit}{ago}: {whose}"),
    );
    finding
        .because_all(kernel_record(case, down))
        .because(down.state(case))
        .fix(room(case, down, limit))
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

fn room(case: &Case<'_>, down: &Down, limit: bool) -> Fix {
    let unit = down.unit();
    let fix = Fix::new(format!(
        "systemctl start {unit}, and give it room: see where its memory goes"
    ));
    let fix = fix.run(
        format!("systemctl start {unit}"),
        "brings the site back, until it grows again",
    );
    let fix = if limit {
        fix.run(
            format!("systemctl show -p MemoryMax {unit}"),
            "the limit it reached; raise it with systemctl edit if the machine has room",
        )
    } else {
        fix.run(
            "ps -eo rss,comm,args --sort=-rss | head",
            "shows who holds the machine's memory",
        )
    };
    case.verified(fix.advise("workers × memory of one worker must fit into the limit: fewer workers, more memory, or find the leak"))
}
