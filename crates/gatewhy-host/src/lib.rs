//! The only part of gatewhy that touches a host.
//!
//! Everything goes through [`Host::answer`]: a live machine, a recording, and a
//! recorder around either of them look the same from above.
pub mod live;
pub mod probe;
pub mod recorded;
pub mod recorder;
pub mod ssh;

use gatewhy_facts::answer::Answer;
use gatewhy_facts::question::Question;

/// Something that can answer questions about a host.
pub trait Host: Sync {
    /// One answer for each question, in the same order. Never panics, and never
    /// takes longer than the questions' own patience and the host's budgets.
    fn answer(&self, questions: &[Question]) -> Vec<Answer>;
}
