//! Exit codes: a contract with scripts.
use gatewhy_causes::diagnosis::{Diagnosis, Outcome};

/// What the process ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// The target is healthy.
    Healthy = 0,
    /// A cause was found.
    CauseFound = 1,
    /// The command line was not understood, or the target cannot be one.
    Usage = 2,
    /// Broken, and the cause could not be determined.
    Undetermined = 3,
    /// A bug in gatewhy.
    Bug = 70,
}

/// What the codes mean that a program would end with which changes a host: the numbers
/// are promised for *fix failed and rolled back* and *rollback incomplete*.
const RESERVED: &str = "reserved: no version so far changes a host";

impl Exit {
    /// Every code with its meaning, for the help text and the documentation.
    pub(crate) const ALL: [(u8, &'static str); 7] = [
        (0, "healthy"),
        (1, "cause found"),
        (2, "usage"),
        (3, "broken, cause not determined"),
        (4, RESERVED),
        (5, RESERVED),
        (70, "bug in gatewhy"),
    ];

    /// The code that tells the outcome of a diagnosis.
    pub(crate) fn of(diagnosis: &Diagnosis) -> Self {
        match diagnosis.verdict {
            Outcome::Healthy => Self::Healthy,
            _ if !diagnosis.causes.is_empty() => Self::CauseFound,
            Outcome::Broken | Outcome::Intermittent | Outcome::Undetermined => Self::Undetermined,
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
