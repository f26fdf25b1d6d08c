//! Every worker of the backend is busy; new requests wait in the queue.
use crate::prelude::*;

cause! {
    /// Every worker of the backend is busy; new requests wait in the queue.
    ///
    /// ## How it looks
    ///
    /// Pages become slow, then 504; with PHP-FPM on a unix socket also 502 with `(11:
    /// Resource temporarily unavailable)` once the queue is full.
    ///
    /// ## Why it happens
    ///
    /// More requests at once than workers, most often because requests wait for something
    /// slow: a database, a remote service, a lock.
    ///
    /// ## How to be sure
    ///
    /// Connections wait in the accept queue while all workers work: PHP-FPM logs `server
    /// reached pm.max_children`, every child runs a request, and the queue in the kernel is
    /// not empty. PHP-FPM's own status page does not see the queue of a unix socket; the
    /// kernel does.
    ///
    /// ## How to fix it
    ///
    /// First see what the workers wait for; a larger pool only helps when memory and the
    /// thing they wait for can take it. Size it: memory for the pool ÷ memory of one
    /// worker.
    ///
    /// ## What looks the same
    ///
    /// `listen-backlog-full`: workers are idle and only the queue is short. `backend-hung`:
    /// nobody works at all.
    id: "worker-pool-exhausted",
    explains: ["listen-backlog-full", "backend-slow"],
    weigh: weigh,
}
