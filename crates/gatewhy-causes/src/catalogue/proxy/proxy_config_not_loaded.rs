//! The running proxy uses an older configuration than the one on disk.
use crate::prelude::*;

cause! {
    /// The running proxy uses an older configuration than the one on disk.
    ///
    /// ## How it looks
    ///
    /// The file is right, and the failure is the old one: the log shows an address that is
    /// no longer in the configuration.
    ///
    /// ## Why it happens
    ///
    /// Somebody edited the file and did not reload, or the reload failed: `nginx -s reload`
    /// reports nothing when the new configuration cannot be used.
    ///
    /// ## How to be sure
    ///
    /// Files are newer than the newest worker process, and what nginx does (the address in
    /// its log) is not what the files say.
    ///
    /// ## How to fix it
    ///
    /// `nginx -t && systemctl reload nginx`.
    ///
    /// ## What looks the same
    ///
    /// `proxy-config-invalid`: a reload would fail.
    id: "proxy-config-not-loaded",
    explains: ["wrong-port", "wrong-socket-path", "backend-stopped", "no-live-upstream", "dns-stale-address", "wrong-bind-address"],
    weigh: weigh,
}
