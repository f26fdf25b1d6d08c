//! What a container's runtime puts round the lines of a log changes no count.
#![allow(clippy::unwrap_used, reason = "a test")]
use gatewhy_logs::other::OtherLines;
use gatewhy_logs::tally::{Place, Tally};
use std::collections::BTreeMap;

/// Recorded from a real server.
const RECORDED: &str = include_str!("../../gatewhy-facts/tests/logs/nginx-error.log");

fn failures(log: &str) -> BTreeMap<&'static str, u64> {
    let mut tally = Tally::default();
    OtherLines::default().scan(log.as_bytes(), Place::default(), &mut tally);
    let mut counts = BTreeMap::new();
    for (_, what, _, cell) in tally.cells() {
        *counts.entry(what.symptom.id()).or_default() += cell.count;
    }
    counts
}

type Dress = fn(&str) -> String;

fn kept_by_docker(line: &str) -> String {
    let line = line.replace('\\', "\\\\").replace('"', "\\\"");
    format!(r#"{{"log":"{line}\n","stream":"stderr","time":"2026-11-21T09:48:55.123456789Z"}}"#)
}

fn kept_by_journal(line: &str) -> String {
    let line = line.replace('\\', "\\\\").replace('"', "\\\"");
    format!(
        r#"{{"__REALTIME_TIMESTAMP":"1795254392598000","MESSAGE":"{line}","SYSLOG_IDENTIFIER":"nginx","_PID":"812"}}"#
    )
}

#[test]
fn containers_and_collectors_change_no_count() {
    let plain = failures(RECORDED);
    assert!(plain.values().sum::<u64>() > 90, "{plain:?}");
    let dresses: [(&str, Dress); 7] = [
        ("json-file", kept_by_docker),
        ("journalctl -o json", kept_by_journal),
        ("compose", |line| format!("web-1  | {line}")),
        ("compose, coloured", |line| {
            format!("\u{1b}[36mweb-1  |\u{1b}[0m {line}")
        }),
        ("--timestamps", |line| {
            format!("2026-11-21T09:48:55.123456789Z {line}")
        }),
        ("kubectl --prefix", |line| {
            format!("[pod/web-6d4cf56db6-abcde/nginx] {line}")
        }),
        ("Swarm", |line| format!("shop_web.1.k2v@node1    | {line}")),
    ];
    for (name, dress) in dresses {
        let log: Vec<String> = RECORDED.lines().map(dress).collect();
        assert_eq!(failures(&log.join("\n")), plain, "{name}");
    }
}
