//! The proxy still uses an address that the backend's name no longer has.
use crate::prelude::*;

cause! {
    /// The proxy still uses an address that the backend's name no longer has.
    ///
    /// ## How it looks
    ///
    /// 502 or 504 since the backend moved, while the name itself leads to a working one.
    ///
    /// ## Why it happens
    ///
    /// nginx looks a name in `proxy_pass` or `server` up once, when it starts or reloads.
    ///
    /// ## How to be sure
    ///
    /// The address that nginx's log shows is not among those that the name has now; the new
    /// address answers.
    ///
    /// ## How to fix it
    ///
    /// Reload nginx now. To follow changes: `resolver` with the name in a variable, or
    /// `server … resolve` (1.27.3 and later).
    ///
    /// ## What looks the same
    ///
    /// `backend-stopped`: the name still leads to the address that fails.
    id: "dns-stale-address",
    explains: ["connect-timeout", "host-unreachable", "no-live-upstream"],
    weigh: weigh,
}
