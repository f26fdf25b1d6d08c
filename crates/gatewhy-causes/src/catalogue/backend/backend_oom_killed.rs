//! The kernel killed the backend because memory ran out.
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
