//! PHP-FPM finds no script at the path that the proxy names.
use crate::prelude::*;

cause! {
    /// PHP-FPM finds no script at the path that the proxy names.
    ///
    /// ## How it looks
    ///
    /// 404 with the body `File not found.`, and `FastCGI sent in stderr: "Primary script
    /// unknown"`. Usually not a gateway's failure, but the gateway's configuration is often
    /// to blame.
    ///
    /// ## Why it happens
    ///
    /// `root` or `SCRIPT_FILENAME` does not fit where the files are, the pool sees another
    /// file system (chroot, container), or its user may not enter a folder.
    ///
    /// ## How to be sure
    ///
    /// The path that nginx sends does not exist for the pool's user.
    ///
    /// ## How to fix it
    ///
    /// Correct `root` (or `SCRIPT_FILENAME`) in the location; or the permissions on the
    /// way.
    ///
    /// ## What looks the same
    ///
    /// A real 404: the visitor asks for a script that does not exist anywhere.
    id: "script-not-found",
    explains: [],
    weigh: weigh,
}
