//! The proxy's configuration on disk does not load.
use crate::prelude::*;

cause! {
    /// The proxy's configuration on disk does not load.
    ///
    /// ## How it looks
    ///
    /// After a reboot or restart nothing listens; a reload seems to work and changes
    /// nothing.
    ///
    /// ## Why it happens
    ///
    /// A typing error, a missing file or certificate, a name in `upstream` that does not
    /// resolve at start.
    ///
    /// ## How to be sure
    ///
    /// nginx said so (`[emerg] … in FILE:LINE`) when it was last started, and the file has
    /// not changed since; or the fault is plain to see in the file.
    ///
    /// ## How to fix it
    ///
    /// Mend the named line, check with `nginx -t`, then start or reload.
    ///
    /// ## What looks the same
    ///
    /// `proxy-config-not-loaded`: it would load, and nobody reloaded.
    id: "proxy-config-invalid",
    explains: ["proxy-down", "proxy-config-not-loaded"],
    weigh: weigh,
}
