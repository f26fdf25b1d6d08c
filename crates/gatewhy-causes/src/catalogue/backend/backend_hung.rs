//! The backend accepts connections and never answers.
use crate::prelude::*;

cause! {
    /// The backend accepts connections and never answers.
    ///
    /// ## How it looks
    ///
    /// 504 after the proxy's read time-out, on every page, even the simplest.
    ///
    /// ## Why it happens
    ///
    /// Its process is stopped, its event loop is blocked by a computation or a lock, or all
    /// of it waits for something that does not come.
    ///
    /// ## How to be sure
    ///
    /// Its process exists and the kernel completes connections, but nobody accepts or
    /// answers: the accept queue grows (`ss -ltn`, Recv-Q), the process is stopped (state
    /// T) or busy without answering.
    ///
    /// ## How to fix it
    ///
    /// See what it is doing (state, wait channel, stack), then restart it. Take blocking
    /// work off the event loop.
    ///
    /// ## What looks the same
    ///
    /// `backend-slow`: an answer comes, later. `worker-pool-exhausted`: workers are busy
    /// with other requests, and each of them will end.
    id: "backend-hung",
    explains: ["listen-backlog-full", "connect-timeout"],
    weigh: weigh,
}
