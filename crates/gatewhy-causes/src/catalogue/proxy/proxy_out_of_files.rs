//! The proxy has no file descriptor left.
use crate::prelude::*;

cause! {
    /// The proxy has no file descriptor left.
    ///
    /// ## How it looks
    ///
    /// 500, or visitors hang: `socket() failed (24: Too many open files)`, `accept4()
    /// failed (24: …)`.
    ///
    /// ## Why it happens
    ///
    /// `LimitNOFILE=` of the unit or `worker_rlimit_nofile` is smaller than two for each
    /// connection plus the open files.
    ///
    /// ## How to be sure
    ///
    /// A worker's open files are at its limit (`/proc/PID/limits`, `/proc/PID/fd`).
    ///
    /// ## How to fix it
    ///
    /// Raise `worker_rlimit_nofile` in `nginx.conf`, and reload.
    ///
    /// ## What looks the same
    ///
    /// `proxy-out-of-connections`: nginx's own number.
    id: "proxy-out-of-files",
    explains: [],
    weigh: weigh,
}
