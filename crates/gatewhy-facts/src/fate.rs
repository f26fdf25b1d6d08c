//! What becomes of an application that a process manager starts, by its log.

/// What last became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was started.
    Online,
    /// Somebody stopped it.
    Stopped,
    /// It ended by itself, with this exit code.
    Exited(u64),
    /// A signal ended it.
    Killed,
    /// The manager gave up starting it: after so many restarts, where it says so.
    Errored(Option<u64>),
}
