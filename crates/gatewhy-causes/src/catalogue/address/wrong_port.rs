//! The proxy names a port where nobody, or a stranger, listens; the backend listens on another.
use crate::prelude::*;

cause! {
    /// The proxy names a port where nobody, or a stranger, listens; the backend listens on another.
    ///
    /// ## How it looks
    ///
    /// 502 at once with `connect() failed (111: Connection refused)` while the service is
    /// running.
    ///
    /// ## Why it happens
    ///
    /// The application's port was changed (an environment variable, a default) and the
    /// proxy's configuration was not, or the other way round.
    ///
    /// ## How to be sure
    ///
    /// Nobody listens on the port that the proxy names; the backend's process listens on
    /// another, and answers there.
    ///
    /// ## How to fix it
    ///
    /// Change the port in the proxy's configuration, or in the application's; then reload
    /// or restart.
    ///
    /// ## What looks the same
    ///
    /// `backend-stopped`: no backend runs at all. `wrong-bind-address`: the right port on
    /// another address.
    id: "wrong-port",
    explains: ["no-live-upstream"],
    weigh: weigh,
}
