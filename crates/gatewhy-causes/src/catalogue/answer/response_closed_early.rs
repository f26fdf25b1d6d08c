//! The backend closed the connection before its answer was complete, and no deeper reason was found.
use crate::prelude::*;

cause! {
    /// The backend closed the connection before its answer was complete, and no deeper reason was found.
    ///
    /// ## How it looks
    ///
    /// 502 with `upstream prematurely closed connection` or `recv() failed (104: Connection
    /// reset by peer)`; or a page that is cut.
    ///
    /// ## Why it happens
    ///
    /// A worker died or was killed, the application closed the connection itself, or it
    /// refuses this client.
    ///
    /// ## How to be sure
    ///
    /// Ask the backend directly: it closes the connection in the same way.
    ///
    /// ## How to fix it
    ///
    /// Look into the backend's log at that very second.
    ///
    /// ## What looks the same
    ///
    /// `backend-crashed`, `backend-oom-killed`, `backend-worker-timeout`, `keepalive-race`,
    /// `protocol-mismatch`: each looks the same to the proxy.
    id: "response-closed-early",
    explains: [],
    weigh: weigh,
}
