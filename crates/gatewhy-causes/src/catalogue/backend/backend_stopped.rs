//! The backend is not running: it was stopped in an orderly way, or never started.
use crate::prelude::*;

cause! {
    /// The backend is not running: it was stopped in an orderly way, or never started.
    ///
    /// ## How it looks
    ///
    /// A 502 at once, on every request: nginx logs `connect() failed (111: Connection
    /// refused)` for a TCP address, `(2: No such file or directory)` or `(111: …)` for a
    /// unix socket.
    ///
    /// ## Why it happens
    ///
    /// Somebody stopped the service, it was never enabled and the machine rebooted, or a
    /// package upgrade left it stopped. nginx has nobody to talk to.
    ///
    /// ## How to be sure
    ///
    /// No process listens at the address (`ss -ltnxp`), and the service manager says that
    /// the unit is inactive with the result *success*, or that there never was one.
    /// `systemctl status UNIT` and `journalctl -u UNIT` tell when and by whom it was
    /// stopped.
    ///
    /// ## How to fix it
    ///
    /// Start it, and enable it so that it comes back after a reboot: `systemctl enable
    /// --now UNIT`. If there is no unit, write one: an application started by hand dies
    /// with the session.
    ///
    /// ## What looks the same
    ///
    /// `backend-crashed`: the unit has an exit code or a signal. `wrong-port` and
    /// `wrong-socket-path`: the backend runs and listens elsewhere. `firewall-blocked`: a
    /// firewall can refuse in the backend's name.
    id: "backend-stopped",
    explains: ["no-live-upstream"],
    weigh: weigh,
}
