//! Connection attempts to the backend are not answered, and no deeper reason was found.
use crate::prelude::*;

cause! {
    /// Connection attempts to the backend are not answered, and no deeper reason was found.
    ///
    /// ## How it looks
    ///
    /// 504 after `proxy_connect_timeout` (60 s unless set) with `upstream timed out … while
    /// connecting to upstream`.
    ///
    /// ## Why it happens
    ///
    /// The host is off or its address is wrong, a firewall on the way drops packets, or the
    /// backend's accept queue is full.
    ///
    /// ## How to be sure
    ///
    /// A connection attempt from this host is not answered either; nothing on this host
    /// drops it.
    ///
    /// ## How to fix it
    ///
    /// Check the address and the far host; a shorter `proxy_connect_timeout` (a few
    /// seconds) makes such failures quick.
    ///
    /// ## What looks the same
    ///
    /// `firewall-blocked`: a rule of this host. `listen-backlog-full`: on this host, with a
    /// full queue. `backend-slow`: the connection is made.
    id: "connect-timeout",
    explains: [],
    last_resort: true,
    weigh: weigh,
}
