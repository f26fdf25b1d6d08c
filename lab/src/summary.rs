//! The end of a run: how many passed, and what failed.

use crate::console::say;
use crate::run::{Outcome, State, tell};

/// Prints the counts, the names of what passed only when booted again, and what failed
/// once more with all that was said of it: a log is read from its end. Whether nothing
/// failed.
pub(crate) fn print(outcomes: &[Outcome]) -> bool {
    let of = |state| {
        outcomes
            .iter()
            .filter(move |outcome| outcome.state == state)
    };
    let again: Vec<&str> = of(State::Passed)
        .filter(|outcome| outcome.again > 0)
        .map(|outcome| outcome.name.as_str())
        .collect();
    let failed: Vec<&str> = of(State::Failed).map(|o| o.name.as_str()).collect();
    if failed.len() < outcomes.len() {
        of(State::Failed).for_each(tell);
    }
    let passed = of(State::Passed).count();
    let skipped = of(State::Skipped).count();
    say!(
        "{passed} passed, {} failed, {skipped} skipped",
        failed.len()
    );
    if !again.is_empty() {
        say!("passed when booted again: {}", again.join(" "));
    }
    if !failed.is_empty() {
        say!("failed: {}", failed.join(" "));
    }
    failed.is_empty()
}
