//! WordPress is in maintenance mode: a file `.maintenance` lies in its folder.
use crate::prelude::*;

cause! {
    /// WordPress is in maintenance mode: a file `.maintenance` lies in its folder.
    ///
    /// ## How it looks
    ///
    /// 503 `Briefly unavailable for scheduled maintenance. Check back in a minute.`
    ///
    /// ## Why it happens
    ///
    /// An update is running; or it was interrupted and left the file behind. WordPress
    /// ignores the file once it is ten minutes old.
    ///
    /// ## How to be sure
    ///
    /// The file is there, and its age tells whether an update can still be running.
    ///
    /// ## How to fix it
    ///
    /// When no update is running, remove the file.
    ///
    /// ## What looks the same
    ///
    /// `backend-answered-error`: another 503 of the application.
    id: "wordpress-maintenance-mode",
    explains: ["backend-answered-error"],
    weigh: weigh,
}
