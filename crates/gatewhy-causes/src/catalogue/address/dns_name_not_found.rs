//! The backend's name has no address.
use crate::prelude::*;

cause! {
    /// The backend's name has no address.
    ///
    /// ## How it looks
    ///
    /// 502 with `… could not be resolved (3: Host not found)`.
    ///
    /// ## Why it happens
    ///
    /// A typing error, a name that was removed, or a name that only `/etc/hosts` or the
    /// search domain knows: nginx's `resolver` uses neither.
    ///
    /// ## How to be sure
    ///
    /// The name server that nginx uses answers NXDOMAIN, or has no address for the name.
    ///
    /// ## How to fix it
    ///
    /// Correct the name, or add it to the zone. For names of `/etc/hosts`, do not use a
    /// variable: then the system's resolver is asked, once, at start.
    ///
    /// ## What looks the same
    ///
    /// `dns-resolver-failed`: the name server does not answer.
    id: "dns-name-not-found",
    explains: [],
    weigh: weigh,
}
