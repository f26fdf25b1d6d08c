//! The application itself sent the error; the proxy only passed it on.
use crate::prelude::*;

cause! {
    /// The application itself sent the error; the proxy only passed it on.
    ///
    /// ## How it looks
    ///
    /// 502, 503 or 504 with no line in nginx's error log, and `$upstream_status` has the
    /// same number.
    ///
    /// ## Why it happens
    ///
    /// The application is in maintenance, overloaded, or is itself a gateway to something
    /// that fails.
    ///
    /// ## How to be sure
    ///
    /// The same request sent straight to the backend gives the same status.
    ///
    /// ## How to fix it
    ///
    /// Not the proxy: look into the application's own log.
    ///
    /// ## What looks the same
    ///
    /// An error that the proxy made has a line in its error log.
    /// `wordpress-maintenance-mode`: WordPress answers 503 while a file `.maintenance` is
    /// there.
    id: "backend-answered-error",
    explains: [],
    weigh: weigh,
}
