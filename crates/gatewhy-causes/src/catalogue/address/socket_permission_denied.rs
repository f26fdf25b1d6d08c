//! The proxy's worker may not open the backend's unix socket.
use crate::prelude::*;

cause! {
    /// The proxy's worker may not open the backend's unix socket.
    ///
    /// ## How it looks
    ///
    /// 502 at once with `connect() to unix:… failed (13: Permission denied)`.
    ///
    /// ## Why it happens
    ///
    /// The socket's owner, group and mode do not admit the worker's user (PHP-FPM:
    /// `listen.owner`, `listen.group`, `listen.mode`), or a folder above it may not be
    /// entered by that user.
    ///
    /// ## How to be sure
    ///
    /// Walk the path as the worker's user: the first folder without `x`, or the socket
    /// without `w`, for that user and its groups.
    ///
    /// ## How to fix it
    ///
    /// Set owner, group or mode of exactly that element, in the backend's configuration so
    /// that it lasts.
    ///
    /// ## What looks the same
    ///
    /// `security-policy-denied`: SELinux and AppArmor say the same `(13: Permission
    /// denied)`, and the modes are fine.
    id: "socket-permission-denied",
    explains: [],
    weigh: weigh,
}
