//! The machine has no memory left.
use crate::prelude::*;

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
