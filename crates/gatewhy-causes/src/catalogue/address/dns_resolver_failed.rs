//! nginx has no name server to ask, or the one it asks does not answer.
use crate::prelude::*;

cause! {
    /// nginx has no name server to ask, or the one it asks does not answer.
    ///
    /// ## How it looks
    ///
    /// 502 with `no resolver defined to resolve …`, or with `… could not be resolved (110:
    /// Operation timed out)` after `resolver_timeout`.
    ///
    /// ## Why it happens
    ///
    /// A name in a variable needs `resolver`: nginx does not read `/etc/resolv.conf`. Or
    /// the address there is wrong, or that server is down.
    ///
    /// ## How to be sure
    ///
    /// No `resolver` is in force at that place, or the name server there does not answer a
    /// question sent by hand.
    ///
    /// ## How to fix it
    ///
    /// Set `resolver` to a name server that answers, such as the one in `/etc/resolv.conf`.
    ///
    /// ## What looks the same
    ///
    /// `dns-name-not-found`: the server answers that there is no such name.
    id: "dns-resolver-failed",
    explains: [],
    weigh: weigh,
}
