//! The runtime's own memory limit ended the backend: the heap was full.
use crate::case::service::down::{Down, How, weigh_down};
use crate::prelude::*;

cause! {
    /// The runtime's own memory limit ended the backend: the heap was full.
    ///
    /// ## How it looks
    ///
    /// 502 in bursts; between them the application works. Memory of the machine is not
    /// short.
    ///
    /// ## Why it happens
    ///
    /// Node's old space (`--max-old-space-size`) or Java's heap (`-Xmx`) is smaller than
    /// what the application keeps alive, or there is a leak.
    ///
    /// ## How to be sure
    ///
    /// The backend's own last words: `FATAL ERROR: Reached heap limit Allocation failed -
    /// JavaScript heap out of memory`, or `java.lang.OutOfMemoryError`. The kernel's log
    /// has no kill.
    ///
    /// ## How to fix it
    ///
    /// Raise the heap limit within the memory the service may use; if it fills again at the
    /// same pace, it is a leak: take a heap snapshot.
    ///
    /// ## What looks the same
    ///
    /// `backend-oom-killed`: the kernel did it. `php-memory-limit`: PHP's limit ends one
    /// request with 500 and not the process.
    id: "backend-heap-exhausted",
    explains: ["backend-crashed", "backend-crash-looping", "response-closed-early", "no-live-upstream"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| weigh_down(link, &[How::HeapExhausted], |down| full(case, down)))
}

fn full(case: &Case<'_>, down: &Down) -> Finding {
    let unit = down.unit();
    let ago = case.ago_if(down.at);
    let finding = Finding::new(
        HopName::Backend,
        unit,
        format!("{unit} ended{ago} because its own heap was full"),
    );
    let fix = Fix::new(format!("systemctl start {unit}, and raise its heap limit or find the leak"))
        .run(format!("systemctl start {unit}"), "brings the site back, until the heap is full again")
        .run(format!("systemctl show -p Environment -p ExecStart -p MemoryMax {unit}"), "shows the heap limit (--max-old-space-size, -Xmx) and what the service may use")
        .advise("raise the heap limit within the service's memory; if it fills at the same pace, it is a leak: take a heap snapshot");
    finding
        .because_all(down.words())
        .because(down.state(case))
        .fix(case.verified(fix))
}
