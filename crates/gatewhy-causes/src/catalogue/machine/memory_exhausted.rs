//! The machine has no memory left.
use crate::prelude::*;
use gatewhy_facts::linux::memory::Memory;

cause! {
    /// The machine has no memory left.
    ///
    /// ## How it looks
    ///
    /// Everything is slow, then processes disappear: 502, 504.
    ///
    /// ## Why it happens
    ///
    /// Workers × memory of each is more than the machine has; or one process grows without
    /// end.
    ///
    /// ## How to be sure
    ///
    /// Available memory is near zero now, or the kernel killed for want of memory on the
    /// whole machine moments ago.
    ///
    /// ## How to fix it
    ///
    /// Fewer workers or more memory; find who holds it (`ps aux --sort=-rss`). Swap only
    /// hides it.
    ///
    /// ## What looks the same
    ///
    /// `backend-oom-killed` by a control group's own limit: the machine has room.
    id: "memory-exhausted",
    explains: ["backend-oom-killed", "backend-slow", "backend-start-failed", "worker-pool-exhausted"],
    weigh: weigh,
}

/// Less than this part of the memory is as good as none.
const PART: u64 = 50;

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    match case.memory() {
        Fact::Unknown(gap) => vec![Verdict::cannot_tell([&gap])],
        Fact::Absent(_) => Vec::new(),
        Fact::Found(memory, source) => {
            let scarce = memory.available.saturating_mul(PART) < memory.total;
            let killed = machine_wide_kill(case);
            if !scarce && killed.is_none() {
                return Vec::new();
            }
            vec![exhausted(case, &memory, scarce, killed, &source).weigh()]
        }
    }
}

/// The kernel's kill of one of the suspected services for want of memory on the
/// whole machine.
fn machine_wide_kill(case: &Case<'_>) -> Option<Evidence> {
    case.links().into_iter().find_map(|link| {
        let down = link.down();
        let kill = down.found()?.kill.clone().filter(|kill| !kill.is_limit())?;
        let mut source = Source::new("kernel log (dmesg)");
        source.time = case.at_kernel(kill.at_us);
        let text = format!(
            "the kernel killed process {} ({}) for want of memory on the whole machine",
            kill.kill.pid,
            shown(&kill.kill.comm)
        );
        Some(Evidence::strong(text, &source))
    })
}

fn exhausted(
    case: &Case<'_>,
    memory: &Memory,
    scarce: bool,
    killed: Option<Evidence>,
    source: &Source,
) -> Finding {
    let (free, all) = (memory.available >> 10, memory.total >> 10);
    let summary = if scarce {
        format!("the machine has no memory left: {free} of {all} MiB are available")
    } else {
        format!("the machine ran out of memory; {free} of {all} MiB are available again")
    };
    let text = format!(
        "{free} of {all} MiB of memory are available, {} of {} MiB of swap",
        memory.swap_free >> 10,
        memory.swap_total >> 10
    );
    let now = if scarce {
        Evidence::proof(text, source)
    } else {
        Evidence::weak(text, source)
    };
    let fix = Fix::new("see who holds the memory; fewer workers, or more memory")
        .run(
            "ps -eo rss,pid,comm,args --sort=-rss | head",
            "shows who holds it",
        )
        .advise("workers × memory of one worker, over all services, must fit into the machine");
    Finding::new(HopName::Machine, "memory", summary)
        .because_all(killed)
        .because(now)
        .fix(case.verified(fix))
}
