//! The backend's queue of waiting connections overflows, though its workers are not the limit.
use crate::prelude::*;

cause! {
    /// The backend's queue of waiting connections overflows, though its workers are not the limit.
    ///
    /// ## How it looks
    ///
    /// 502 with `(11: Resource temporarily unavailable)` on a unix socket; time-outs while
    /// connecting on TCP. In bursts, at peaks.
    ///
    /// ## Why it happens
    ///
    /// The queue is shorter than a burst: a small `backlog` in the backend, or a small
    /// `net.core.somaxconn`, which caps it.
    ///
    /// ## How to be sure
    ///
    /// The accept queue is at its limit (`ss -ltnx`: Recv-Q above Send-Q), the kernel's
    /// counter of overflows rises, and there are idle workers or a backlog of a few
    /// entries.
    ///
    /// ## How to fix it
    ///
    /// Raise both: the backend's `backlog` and `net.core.somaxconn`; the smaller one
    /// counts.
    ///
    /// ## What looks the same
    ///
    /// `worker-pool-exhausted`: the queue is full because nobody is free to empty it.
    /// `backend-hung`: nobody empties it at all.
    id: "listen-backlog-full",
    explains: [],
    weigh: weigh,
}
