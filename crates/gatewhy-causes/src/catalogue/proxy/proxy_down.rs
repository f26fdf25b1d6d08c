//! The proxy is not running, or not listening where the URL leads.
use crate::prelude::*;

cause! {
    /// The proxy is not running, or not listening where the URL leads.
    ///
    /// ## How it looks
    ///
    /// No status at all: the connection is refused.
    ///
    /// ## Why it happens
    ///
    /// nginx was stopped, crashed or could not start; or the URL's port is in no `listen`.
    ///
    /// ## How to be sure
    ///
    /// No process listens on the port; nginx's unit is not active.
    ///
    /// ## How to fix it
    ///
    /// Start it: `systemctl start nginx`. If it does not start, its journal names file and
    /// line.
    ///
    /// ## What looks the same
    ///
    /// `proxy-config-invalid`: why it does not start. A firewall before the port.
    id: "proxy-down",
    explains: [],
    weigh: weigh,
}
