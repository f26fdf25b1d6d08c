//! The backend cannot start.
use crate::prelude::*;

cause! {
    /// The backend cannot start.
    ///
    /// ## How it looks
    ///
    /// A 502 at once on every request, usually right after a deploy, an upgrade or a
    /// reboot.
    ///
    /// ## Why it happens
    ///
    /// Its configuration is invalid, its port or socket is taken, a module is missing, its
    /// program or folder is not there, or a file is not readable for its user.
    ///
    /// ## How to be sure
    ///
    /// The unit failed within moments of its start; its journal names the reason:
    /// `EADDRINUSE`, `Cannot find module`, `ModuleNotFoundError`, `203/EXEC`, a
    /// configuration file and line.
    ///
    /// ## How to fix it
    ///
    /// Mend what the named line says, then start the unit. PHP-FPM: `php-fpm -t` names file
    /// and line.
    ///
    /// ## What looks the same
    ///
    /// `backend-stopped`: nothing failed, somebody stopped it. `backend-crashed`: it had
    /// been serving.
    id: "backend-start-failed",
    explains: ["backend-crash-looping", "backend-crashed", "no-live-upstream"],
    weigh: weigh,
}
