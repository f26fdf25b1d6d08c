//! Every message that the servers' sources and live runs are known to write is
//! recognised, and nothing that a visitor writes is.
use gatewhy_facts::log_line::{self, FORMATS, Server, join, recognise};
use gatewhy_facts::symptom::Symptom;

const SIGNATURES: &str = include_str!("logs/signatures.txt");

/// Server, symptom and line of every row.
fn rows() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let rows = SIGNATURES.lines().filter(|row| !row.starts_with('#'));
    rows.map(|row| {
        let (server, rest) = row.split_once(' ').unwrap();
        let (symptom, line) = rest.split_once(' ').unwrap();
        (server, symptom, line)
    })
}

#[test]
fn every_signature_is_recognised() {
    let mut wrong = Vec::new();
    for (server, symptom, line) in rows() {
        let record = recognise(line.as_bytes());
        let got = record.map(|record| {
            let symptom = record.symptom.map_or("none", Symptom::id);
            (record.server.id(), symptom)
        });
        if got != Some((server, symptom)) {
            wrong.push(format!("{server} {symptom}, got {got:?}: {line}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
