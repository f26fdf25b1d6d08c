//! There is no way to the backend's host.
use crate::prelude::*;

cause! {
    /// There is no way to the backend's host.
    ///
    /// ## How it looks
    ///
    /// 502 with `(113: No route to host)` or `(101: Network is unreachable)`.
    ///
    /// ## Why it happens
    ///
    /// The host is down, its address is wrong, or a route is missing. A firewall can send
    /// the same message.
    ///
    /// ## How to be sure
    ///
    /// The kernel says so at once or after it has looked for the neighbour in vain; no rule
    /// of this host does it.
    ///
    /// ## How to fix it
    ///
    /// Bring the host or the route back, or correct the address.
    ///
    /// ## What looks the same
    ///
    /// `firewall-blocked` on this host or a rejecting firewall in between;
    /// `connect-timeout`: nobody says anything.
    id: "host-unreachable",
    explains: [],
    weigh: weigh,
}
