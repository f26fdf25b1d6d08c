//! The reader against the truth about generated logs.
#![allow(clippy::unwrap_used, reason = "a test")]
#[path = "../benches/generator/mod.rs"]
mod generator;

use gatewhy_logs::scan::{Job, Progress, Scanned, scan};
use gatewhy_logs::tally::Tally;
use generator::Truth;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;

type Cells = BTreeMap<(String, String, String), u64>;

fn scanned(name: &str, bytes: &[u8], threads: usize) -> Scanned {
    let path = std::env::temp_dir().join(format!("gatewhy-logs-{}-{name}", std::process::id()));
    std::fs::write(&path, bytes).unwrap();
    let job = Job {
        paths: vec![PathBuf::from(&path)],
        threads,
        ..Job::default()
    };
    let scanned = scan(&job, &Progress::default());
    std::fs::remove_file(path).unwrap();
    assert_eq!(scanned.skipped, []);
    scanned
}

fn cells(tally: &Tally, failed: bool) -> Cells {
    let mut cells = Cells::new();
    for (hour, what, upstream, cell) in tally.cells().filter(|c| c.1.failed == failed) {
        let name = match upstream {
            2 => "(cut)".to_owned(),
            other => String::from_utf8_lossy(tally.upstreams.name(other)).into_owned(),
        };
        let hour = hour.to_string().get(..13).unwrap().to_owned();
        let key = (what.symptom.id().to_owned(), name, hour);
        *cells.entry(key).or_default() += cell.count;
    }
    cells
}

fn compare(tally: &Tally, truth: &Truth) {
    let expected: Cells = truth
        .failures
        .iter()
        .map(|((s, u, h), n)| (((*s).to_owned(), u.clone(), h.clone()), *n))
        .collect();
    let found = cells(tally, true);
    for (key, count) in &expected {
        assert_eq!(found.get(key), Some(count), "{key:?}");
    }
    let forged = found.keys().find(|key| !expected.contains_key(*key));
    assert_eq!(forged, None);
    assert_eq!(tally.lines, truth.lines);
    assert_eq!(tally.records, truth.records);
    let mut others: BTreeMap<String, u64> = BTreeMap::new();
    for ((symptom, _, _), n) in cells(tally, false) {
        *others.entry(symptom).or_default() += n;
    }
    let expected = truth.others.iter().map(|(s, n)| ((*s).to_owned(), *n));
    assert_eq!(others, expected.collect());
}

fn error_log(size: u64, seed: u64) -> (Vec<u8>, Truth) {
    let mut log = Vec::new();
    let truth = generator::error::generate(&mut log, size, seed, 5_000).unwrap();
    (log, truth)
}

#[test]
fn every_count_of_an_error_log_is_true() {
    for (seed, threads) in [(1, 1), (2, 2), (3, 3)] {
        let (log, truth) = error_log(6 << 20, seed);
        compare(
            &scanned(&format!("error-{seed}"), &log, threads).tally,
            &truth,
        );
    }
}

#[test]
fn every_count_of_an_access_log_is_true() {
    for (seed, threads) in [(1, 1), (2, 2)] {
        let mut log = Vec::new();
        let truth = generator::access::generate(&mut log, 4 << 20, seed).unwrap();
        let found = scanned(&format!("access-{seed}"), &log, threads).tally;
        compare(&found, &truth);
        let requests: u64 = found.requests().map(|(_, n)| n).sum();
        assert_eq!(requests, truth.lines);
    }
}

#[test]
fn every_count_of_a_log_of_json_is_true() {
    for (seed, threads) in [(1, 1), (2, 2)] {
        let mut log = Vec::new();
        let truth = generator::json::generate(&mut log, 4 << 20, seed).unwrap();
        let found = scanned(&format!("json-{seed}"), &log, threads).tally;
        compare(&found, &truth);
        let requests: u64 = found.requests().map(|(_, n)| n).sum();
        assert_eq!(requests, truth.lines);
    }
}

#[test]
fn compressed_logs_count_the_same() {
    let (log, truth) = error_log(3 << 20, 4);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(&log).unwrap();
    compare(&scanned("gz", &gz.finish().unwrap(), 2).tally, &truth);
    let zst = zstd::bulk::compress(&log, 1).unwrap();
    compare(&scanned("zst", &zst, 1).tally, &truth);
}
