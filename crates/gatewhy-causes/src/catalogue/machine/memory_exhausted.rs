//! The machine has no memory left.
use crate::case::exchange::link::Link;
use crate::case::service::killed::{Bound, Killed};
use crate::prelude::*;
use gatewhy_facts::linux::memory::Memory;
use gatewhy_facts::linux::oom::Holder;

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
    /// Available memory is near zero now, or the kernel killed the backend for want of
    /// memory on the whole host: the machine's, or the limit of the container that the host
    /// is. The kernel's report says who held the most.
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
/// All processes waited for memory so much of the time: hundredths of a percent.
const STALLED: u32 = 1_000;

/// A suspected service's death when all of the host's memory was used up.
struct Death {
    /// The kernel's kill.
    kill: Killed,
    /// Whether it is that service's death beyond doubt.
    sure: bool,
    /// The service that is down since; none when only a worker died.
    down: Option<String>,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    match case.memory() {
        Fact::Unknown(gap) => vec![Verdict::cannot_tell([&gap])],
        Fact::Absent(_) => Vec::new(),
        Fact::Found(memory, source) => {
            let scarce = memory.available.saturating_mul(PART) < memory.total;
            let death = case.links().into_iter().find_map(death);
            if !scarce && death.is_none() {
                return Vec::new();
            }
            vec![exhausted(case, &memory, scarce, death.as_ref(), &source).weigh()]
        }
    }
}

fn death(link: Link<'_, '_>) -> Option<Death> {
    if let Fact::Found(down, _) = link.down() {
        let kill = down.kill.clone()?;
        let sure = down.is_sure();
        let host = kill.bound(down.unit()) == Bound::Host;
        let down = Some(down.unit().to_owned());
        return host.then_some(Death { kill, sure, down });
    }
    let fate = link.fate();
    let fate = fate.found()?;
    let kill = fate.kill.clone()?;
    let service = link.service();
    let host = kill.bound(&service.found()?.unit.id) == Bound::Host;
    let sure = link.is_sure_of(fate);
    let down = None;
    host.then_some(Death { kill, sure, down })
}

/// The kernel's record, and who held the most at that moment.
fn recorded(case: &Case<'_>, death: &Death) -> [Option<Evidence>; 2] {
    let kill = &death.kill;
    let mut source = Source::new("kernel log (dmesg)");
    source.time = case.at_kernel(kill.at_us);
    let (pid, comm) = (kill.kill.pid, shown(&kill.kill.comm));
    let text = format!("the kernel killed process {pid} ({comm}): the host's memory was used up");
    let killed = if death.sure {
        Evidence::proof(text, &source)
    } else {
        Evidence::strong(text, &source)
    };
    let largest = kill.kill.largest.as_ref().map(|holder| {
        let text = format!("{} held the most then", held(case, holder));
        Evidence::strong(text, &source)
    });
    [Some(killed), largest]
}

fn held(case: &Case<'_>, holder: &Holder) -> String {
    let mib = holder.rss_pages.saturating_mul(case.page_size()) >> 20;
    format!("{} ({mib} MiB)", shown(&holder.comm))
}

/// What there is now. That memory is scarce does not say that the site fails for it:
/// only when everybody waits for memory is it likely.
fn now(case: &Case<'_>, memory: &Memory, scarce: bool, source: &Source) -> Evidence {
    let text = format!(
        "{} of {} MiB of memory are available, {} of {} MiB of swap",
        memory.available >> 10,
        memory.total >> 10,
        memory.swap_free >> 10,
        memory.swap_total >> 10
    );
    let stalled = case.memory_stall().is_some_and(|share| share >= STALLED);
    if scarce && stalled {
        Evidence::strong(format!("{text}, and all processes wait for some"), source)
    } else {
        Evidence::weak(text, source)
    }
}

fn exhausted(
    case: &Case<'_>,
    memory: &Memory,
    scarce: bool,
    death: Option<&Death>,
    source: &Source,
) -> Finding {
    let (free, all) = (memory.available >> 10, memory.total >> 10);
    let largest = death.and_then(|death| death.kill.kill.largest.as_ref());
    let most = largest.map(|holder| format!("; {} held the most", held(case, holder)));
    let most = most.unwrap_or_default();
    let summary = if scarce {
        format!("this host has no memory left: {free} of {all} MiB are available{most}")
    } else {
        format!("this host ran out of memory ({all} MiB){most}; {free} MiB are available again")
    };
    let records = death.map(|death| recorded(case, death));
    Finding::new(HopName::Machine, "memory", summary)
        .because_all(records.into_iter().flatten().flatten())
        .because(now(case, memory, scarce, source))
        .fix(room(case, death.and_then(|death| death.down.as_deref())))
}

/// The service comes back first; who used the memory up is looked for next.
fn room(case: &Case<'_>, down: Option<&str>) -> Fix {
    let fix = match down {
        Some(unit) => Fix::new(format!(
            "systemctl start {unit}, and see who used up the memory"
        ))
        .run(format!("systemctl start {unit}"), "brings the site back"),
        None => Fix::new("see who holds the memory; fewer workers, or more memory"),
    };
    let fix = fix.run(
        "ps -eo rss,pid,comm,args --sort=-rss | head",
        "shows who holds memory now",
    );
    let fix = fix.advise(
        "what all services may hold at worst, workers × memory of one worker, must fit into the host; limit what may grow without end (MemoryMax= in its unit)",
    );
    case.verified(fix)
}
