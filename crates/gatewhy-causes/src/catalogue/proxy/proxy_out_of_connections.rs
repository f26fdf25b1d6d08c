//! The proxy's workers have no connection left.
use crate::prelude::*;

cause! {
    /// The proxy's workers have no connection left.
    ///
    /// ## How it looks
    ///
    /// 500 or connections closed without an answer: `… worker_connections are not enough`.
    ///
    /// ## Why it happens
    ///
    /// `worker_connections` is too small for the traffic; each proxied request takes two.
    /// Slow backends keep them occupied.
    ///
    /// ## How to be sure
    ///
    /// The log says so now, and the workers hold as many connections as are allowed.
    ///
    /// ## How to fix it
    ///
    /// Raise `worker_connections` (and `worker_rlimit_nofile`, at least twice as much).
    ///
    /// ## What looks the same
    ///
    /// `proxy-out-of-files`: the system's limit, not nginx's own.
    id: "proxy-out-of-connections",
    explains: [],
    weigh: weigh,
}
