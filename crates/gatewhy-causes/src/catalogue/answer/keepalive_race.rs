//! The backend closes idle connections sooner than the proxy reuses them.
use crate::prelude::*;

cause! {
    /// The backend closes idle connections sooner than the proxy reuses them.
    ///
    /// ## How it looks
    ///
    /// Single 502 now and then, on quick requests, mostly POST, with `upstream prematurely
    /// closed connection` or `(104: Connection reset by peer)`; trying again works.
    ///
    /// ## Why it happens
    ///
    /// The proxy keeps connections open (`keepalive` in `upstream`) for 60 s; Node closes
    /// idle ones after 5 s, gunicorn after 2 s. Now and then both act at the same moment.
    ///
    /// ## How to be sure
    ///
    /// The backend tells its idle time (`Keep-Alive: timeout=5`) or closes idle connections
    /// sooner than the proxy's `keepalive_timeout`; failures come on connections that had
    /// been idle; a fresh connection is always answered.
    ///
    /// ## How to fix it
    ///
    /// Let the backend keep idle connections longer than the proxy: Node
    /// `server.keepAliveTimeout = 65000`; or `keepalive_timeout` in the `upstream` block
    /// below the backend's.
    ///
    /// ## What looks the same
    ///
    /// `backend-crashed`: fresh connections fail as well.
    id: "keepalive-race",
    explains: ["response-closed-early"],
    when: Intermittent,
    weigh: weigh,
}
