//! The short way to a verdict against the long one: every record of recorded and
//! generated logs, read in full by itself.
#![allow(clippy::unwrap_used, reason = "a test")]
#[path = "../benches/generator/mod.rs"]
mod generator;

use gatewhy_facts::nginx::error_log;
use gatewhy_logs::nginx_error::{ErrorLines, what_of};
use gatewhy_logs::tally::{Place, Tally, What};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Recorded from real servers; see the README beside it.
const RECORDED: &[u8] = include_bytes!("../../gatewhy-facts/tests/logs/nginx-error.log");

fn quickly(lines: &mut ErrorLines, log: &[u8]) -> (Tally, BTreeMap<What, u64>) {
    let mut tally = Tally::default();
    lines.scan(log, Place::default(), &mut tally);
    let mut counts = BTreeMap::new();
    for (_, what, _, cell) in tally.cells() {
        *counts.entry(what).or_default() += cell.count;
    }
    (tally, counts)
}

fn slowly(log: &[u8]) -> BTreeMap<What, u64> {
    let mut counts = BTreeMap::new();
    for what in error_log::read(log).records.iter().filter_map(what_of) {
        *counts.entry(what).or_default() += 1;
    }
    counts
}

/// A beginning is judged the first time, looked up the second, known the third.
fn compare_each(log: &[u8]) -> usize {
    let mut lines = ErrorLines::default();
    let read = error_log::read(log);
    for record in &read.records {
        let one = [record.raw, b"\n"].concat();
        let expected: BTreeMap<What, u64> =
            what_of(record).map(|what| (what, 1)).into_iter().collect();
        for _ in 0..4 {
            let (_, found) = quickly(&mut lines, &one);
            assert_eq!(found, expected, "{}", String::from_utf8_lossy(record.raw));
        }
    }
    assert_eq!(quickly(&mut lines, log).1, slowly(log));
    read.records.len()
}

#[test]
fn recorded_records_mean_the_same() {
    assert!(compare_each(RECORDED) > 50);
}

#[test]
fn generated_records_mean_the_same() {
    let mut log = Vec::new();
    generator::error::generate(&mut log, 1 << 20, 9, 5_000).unwrap();
    assert!(compare_each(&log) > 2_000);
}

/// Every kind of message in every level and in every phase.
#[test]
fn messages_mean_the_same_in_every_level_and_phase() {
    let phases = [
        "",
        "connecting to upstream",
        "SSL handshaking to upstream",
        "sending request to upstream",
        "reading response header from upstream",
        "reading upstream",
        "proxying upgraded connection",
        "sending to client",
        "SSL handshaking",
        "reading client request line",
    ];
    let mut lines = ErrorLines::default();
    for record in error_log::read(RECORDED).records {
        let message = String::from_utf8_lossy(record.message).into_owned();
        let errno = record
            .errno
            .map_or_else(String::new, |n| format!(" ({n}: words)"));
        for level in ["info", "warn", "error", "crit", "alert"] {
            for phase in phases {
                let phase = if phase.is_empty() {
                    String::new()
                } else {
                    format!(" while {phase}")
                };
                let line = format!(
                    "2026/11/20 03:12:04 [{level}] 1#1: *1 {message}{errno}{phase}, client: 192.0.2.1, server: x, request: \"GET / HTTP/1.1\", upstream: \"http://192.0.2.2:80/\", host: \"x\"\n"
                );
                for _ in 0..3 {
                    assert_eq!(
                        quickly(&mut lines, line.as_bytes()).1,
                        slowly(line.as_bytes()),
                        "{line}"
                    );
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn damaged_logs_mean_the_same_and_no_line_is_lost(
        at in 0..RECORDED.len(),
        length in 0..6_000_usize,
        changes in proptest::collection::vec((0..6_000_usize, any::<u8>()), 0..12),
    ) {
        let mut log = RECORDED.get(at..(at + length).min(RECORDED.len())).unwrap().to_vec();
        for (place, byte) in changes {
            if let Some(old) = log.get_mut(place) {
                *old = byte;
            }
        }
        let (tally, _) = quickly(&mut ErrorLines::default(), &log);
        let lines = memchr::memchr_iter(b'\n', &log).count();
        let unfinished = usize::from(!log.is_empty() && !log.ends_with(b"\n"));
        prop_assert_eq!(tally.lines, (lines + unfinished) as u64);
    }
}
