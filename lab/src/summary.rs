//! The end of a run: how many passed, and what failed.

use crate::console::say;
use crate::run::{Outcome, State};

/// Prints the counts and the names of what failed. Whether nothing failed.
pub(crate) fn print(outcomes: &[Outcome]) -> bool {
    let count = |state| {
        outcomes
            .iter()
            .filter(|outcome| outcome.state == state)
            .count()
    };
    let failed: Vec<&str> = outcomes
        .iter()
        .filter(|outcome| outcome.state == State::Failed)
        .map(|outcome| outcome.name.as_str())
        .collect();
    say!(
        "{} passed, {} failed, {} skipped",
        count(State::Passed),
        failed.len(),
        count(State::Skipped)
    );
    if !failed.is_empty() {
        say!("failed: {}", failed.join(" "));
    }
    failed.is_empty()
}
