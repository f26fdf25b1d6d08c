//! What came back: raw bytes, or why none did.
use crate::prelude::*;
use core::fmt;
use core::time::Duration;

/// The answer to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What came back.
    pub outcome: Outcome,
    /// How long it took to get.
    pub took: Duration,
}

/// What came back of a question. Bytes are raw; parsers give them a meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The bytes. `cut` says that a budget was hit and there was more.
    Got {
        /// What was read.
        bytes: Vec<u8>,
        /// Whether there was more than the budget allowed.
        cut: bool,
    },
    /// Looked, and there is no such thing.
    Absent,
    /// Not allowed to look; why, as the system said it.
    Denied(String),
    /// No answer within so much time.
    TimedOut(Duration),
    /// This host has no means to answer; why.
    Unsupported(String),
    /// Something else failed; what was attempted and why it failed.
    Failed(String),
    /// A recording that does not hold this question.
    NotRecorded,
}

impl Answer {
    /// Whole bytes, got at once.
    pub fn got(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            outcome: Outcome::Got {
                bytes: bytes.into(),
                cut: false,
            },
            took: Duration::ZERO,
        }
    }

    /// An outcome without bytes.
    pub const fn none(outcome: Outcome) -> Self {
        Self {
            outcome,
            took: Duration::ZERO,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Got { bytes, cut: false } => write!(f, "{} bytes", bytes.len()),
            Self::Got { bytes, cut: true } => write!(f, "{} bytes, cut", bytes.len()),
            Self::Absent => f.write_str("absent"),
            Self::Denied(why) => write!(f, "denied: {why}"),
            Self::TimedOut(after) => write!(f, "no answer within {} ms", after.as_millis()),
            Self::Unsupported(why) => write!(f, "not possible here: {why}"),
            Self::Failed(why) => write!(f, "failed: {why}"),
            Self::NotRecorded => f.write_str("not in the recording"),
        }
    }
}
