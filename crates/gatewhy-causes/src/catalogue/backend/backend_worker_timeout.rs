//! The backend's own supervisor killed the worker because the request took too long.
use crate::prelude::*;

cause! {
    /// The backend's own supervisor killed the worker because the request took too long.
    ///
    /// ## How it looks
    ///
    /// 502 (sometimes 500) after the same number of seconds, on slow pages only; never 504,
    /// since the proxy would have waited longer.
    ///
    /// ## Why it happens
    ///
    /// gunicorn's `--timeout` (30 s), PHP-FPM's `request_terminate_timeout` or uWSGI's
    /// harakiri is shorter than the work.
    ///
    /// ## How to be sure
    ///
    /// The supervisor says so: `WORKER TIMEOUT (pid:…)`, or `execution timed out (… sec),
    /// terminating`.
    ///
    /// ## How to fix it
    ///
    /// Make the slow request fast, or do it in the background. Where the work is
    /// legitimate, raise the limit, and keep limits ordered: backend below proxy, proxy
    /// below the visitor's patience.
    ///
    /// ## What looks the same
    ///
    /// `backend-oom-killed`: gunicorn prints `Perhaps out of memory?` after its own kill
    /// too. `backend-slow`: the proxy gave up first, with 504.
    id: "backend-worker-timeout",
    explains: ["response-closed-early", "backend-crashed", "backend-slow"],
    weigh: weigh,
}
