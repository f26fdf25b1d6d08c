//! A firewall rule drops or rejects the connection to the backend.
use crate::prelude::*;

cause! {
    /// A firewall rule drops or rejects the connection to the backend.
    ///
    /// ## How it looks
    ///
    /// 504 after the connect time-out (dropped), or 502 at once (rejected: refused, `No
    /// route to host` or `Permission denied`), though the backend runs.
    ///
    /// ## Why it happens
    ///
    /// A rule of nftables or iptables matches the port, the address or the worker's user.
    ///
    /// ## How to be sure
    ///
    /// The rule itself, and its counter, which moves with each attempt.
    ///
    /// ## How to fix it
    ///
    /// Remove or amend that rule, at the place it is loaded from, and reload the rules.
    ///
    /// ## What looks the same
    ///
    /// Nobody listens: also refused, but no rule counts. `listen-backlog-full` drops
    /// connection attempts too.
    id: "firewall-blocked",
    explains: ["connect-timeout", "host-unreachable"],
    weigh: weigh,
}
