//! Logs that never were, with the truth about them: the same bytes for the same seed.
#![allow(
    clippy::cast_possible_truncation,
    clippy::naive_bytecount,
    clippy::unwrap_used,
    missing_docs,
    dead_code,
    reason = "makes test data; shared by a benchmark and tests"
)]
pub(crate) mod access;
pub(crate) mod dice;
pub(crate) mod error;
pub(crate) mod json;

use std::collections::BTreeMap;

/// What a generated log holds.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    /// Lines.
    pub(crate) lines: u64,
    /// Records.
    pub(crate) records: u64,
    /// Failed exchanges by symptom (or status), upstream, and hour (`2026-11-13T04`).
    pub(crate) failures: BTreeMap<(&'static str, String, String), u64>,
    /// Records that are something else, by symptom.
    pub(crate) others: BTreeMap<&'static str, u64>,
}

impl Truth {
    /// `symptom,upstream,hour,count`, a line each, in order.
    pub(crate) fn csv(&self) -> String {
        let mut text = String::from("symptom,upstream,hour,count\n");
        for ((symptom, upstream, hour), count) in &self.failures {
            text.push_str(&format!("{symptom},{upstream},{hour}:00:00,{count}\n"));
        }
        text
    }
}

/// Days from 1970-01-01 as year, month and day.
pub(crate) fn civil(days: u64) -> (u64, u64, u64) {
    // Howard Hinnant's algorithm for the proleptic Gregorian calendar.
    let z = days + 719_468;
    let era = z / 146_097;
    let doe = z % 146_097;
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + u64::from(month <= 2);
    (year, month, doy - (153 * mp + 2) / 5 + 1)
}
