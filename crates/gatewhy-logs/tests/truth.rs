//! The reader against the truth about generated logs, and against the slow reader.
#![allow(clippy::unwrap_used, reason = "a test")]
#[path = "../benches/generator/mod.rs"]
mod generator;

use gatewhy_logs::scan::{Job, Progress, Scanned, scan};
use gatewhy_logs::tally::Tally;
use std::collections::BTreeMap;
use std::path::PathBuf;

type Cells = BTreeMap<(String, String, String), u64>;

fn scanned(name: &str, bytes: &[u8], threads: usize) -> Scanned {
    let path = std::env::temp_dir().join(format!("gatewhy-logs-{}-{name}", std::process::id()));
    std::fs::write(&path, bytes).unwrap();
    let scanned = scan(
        &Job {
            paths: vec![PathBuf::from(&path)],
            threads,
            ..Job::default()
        },
        &Progress::default(),
    );
    std::fs::remove_file(path).unwrap();
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
        *cells
            .entry((what.symptom.id().to_owned(), name, hour))
            .or_default() += cell.count;
    }
    cells
}

fn generated(size: u64, seed: u64, failing: u64) -> (Vec<u8>, generator::Truth) {
    let mut log = Vec::new();
    let truth = generator::error::generate(&mut log, size, seed, failing).unwrap();
    (log, truth)
}

#[test]
fn every_count_of_an_error_log_is_true() {
    for (seed, threads) in [(1, 1), (2, 2), (3, 3)] {
        let (log, truth) = generated(6 << 20, seed, 5_000);
        let found = scanned(&format!("truth-{seed}"), &log, threads);
        let expected: Cells = truth
            .failures
            .iter()
            .map(|((s, u, h), n)| (((*s).to_owned(), u.clone(), h.clone()), *n))
            .collect();
        let found_cells = cells(&found.tally, true);
        for (key, count) in &expected {
            assert_eq!(found_cells.get(key), Some(count), "{key:?}");
        }
        let forged = found_cells.keys().find(|key| !expected.contains_key(*key));
        assert_eq!(forged, None);
        assert_eq!(found.tally.lines, truth.lines);
        assert_eq!(found.tally.records, truth.records);
        let mut others: BTreeMap<String, u64> = BTreeMap::new();
        for ((symptom, _, _), n) in cells(&found.tally, false) {
            *others.entry(symptom).or_default() += n;
        }
        let expected: BTreeMap<String, u64> = truth
            .others
            .iter()
            .map(|(s, n)| ((*s).to_owned(), *n))
            .collect();
        assert_eq!(others, expected);
    }
}
