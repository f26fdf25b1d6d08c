//! A file system that the proxy or the backend writes to is full.
use crate::prelude::*;

cause! {
    /// A file system that the proxy or the backend writes to is full.
    ///
    /// ## How it looks
    ///
    /// 500, 502 or pages cut short; `No space left on device` in one log or another.
    ///
    /// ## Why it happens
    ///
    /// Logs, temporary files, caches or uploads filled the space, or many small files used
    /// up the inodes.
    ///
    /// ## How to be sure
    ///
    /// The file system has no free bytes, or no free inodes, and something that failed
    /// wanted to write there.
    ///
    /// ## How to fix it
    ///
    /// Free space: find the largest files there; rotate logs. Then restart what failed.
    ///
    /// ## What looks the same
    ///
    /// A full disk beside the trouble proves nothing: somebody must have wanted to write
    /// there.
    id: "disk-full",
    explains: ["backend-start-failed", "backend-crashed", "backend-answered-error", "response-closed-early", "backend-crash-looping"],
    weigh: weigh,
}
