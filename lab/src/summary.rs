//! The end of a run: how many passed, and what the diagnoses cost.

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

/// Prints median and worst of wall time, CPU time and peak memory.
pub(crate) fn bench(outcomes: &[Outcome]) {
    let costs: Vec<_> = outcomes
        .iter()
        .filter_map(|outcome| Some((outcome.cost?, outcome.name.as_str())))
        .collect();
    say!("{:12} {:>10} {:>10}  worst in", "", "median", "worst");
    row(
        "wall",
        "ms",
        costs
            .iter()
            .map(|(cost, name)| (cost.wall_ms, *name))
            .collect(),
    );
    row(
        "cpu",
        "ms",
        costs
            .iter()
            .map(|(cost, name)| (cost.cpu_ms, *name))
            .collect(),
    );
    row(
        "peak memory",
        "KiB",
        costs
            .iter()
            .map(|(cost, name)| {
                (
                    f64::from(u32::try_from(cost.peak_kib).unwrap_or(u32::MAX)),
                    *name,
                )
            })
            .collect(),
    );
}

fn row(title: &str, unit: &str, mut values: Vec<(f64, &str)>) {
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (Some(median), Some(worst)) = (values.get(values.len() / 2), values.last()) else {
        return;
    };
    say!(
        "{title:12} {:>6.0} {unit:3} {:>6.0} {unit:3}  {}",
        median.0,
        worst.0,
        worst.1
    );
}
