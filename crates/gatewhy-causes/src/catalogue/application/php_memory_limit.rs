//! A PHP script needed more memory than `memory_limit` allows.
use crate::prelude::*;

cause! {
    /// A PHP script needed more memory than `memory_limit` allows.
    ///
    /// ## How it looks
    ///
    /// 500 on one page: `PHP Fatal error:  Allowed memory size of … bytes exhausted`.
    ///
    /// ## Why it happens
    ///
    /// The page loads too much at once: a large query, an image, an import.
    ///
    /// ## How to be sure
    ///
    /// PHP says so in the proxy's error log (`FastCGI sent in stderr`) or in its own, for
    /// this very request.
    ///
    /// ## How to fix it
    ///
    /// Find what loads so much: the message names file and line. Raise `memory_limit` of
    /// that pool if the work is legitimate and workers × limit fits the machine.
    ///
    /// ## What looks the same
    ///
    /// `backend-oom-killed`: the kernel kills the worker, and the answer is 502.
    id: "php-memory-limit",
    explains: [],
    weigh: weigh,
}
