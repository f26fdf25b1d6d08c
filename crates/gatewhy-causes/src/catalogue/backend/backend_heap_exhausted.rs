//! The runtime's own memory limit ended the backend: the heap was full.
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
