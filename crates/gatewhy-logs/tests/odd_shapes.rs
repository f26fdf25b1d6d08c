//! Logs that are whole, and were only written or carried in an unusual way: every
//! record of them is counted, with its own time; and where nothing is understood, that
//! is told.
#![allow(clippy::unwrap_used, reason = "a test")]

use gatewhy_logs::scan::{Job, Progress, Scanned, Text, scan};
use std::path::PathBuf;
use std::sync::Arc;

const RECORDS: u32 = 40;

fn errors() -> Vec<String> {
    let all = (0..RECORDS).map(|n| {
        format!("2026/11/20 03:{n:02}:04 [error] 812#812: *{n} connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.1, server: _, request: \"GET / HTTP/1.1\", upstream: \"http://192.0.2.2:80/\", host: \"x\"")
    });
    all.collect()
}

fn accesses() -> Vec<String> {
    let all = (0..RECORDS).map(|n| {
        format!("192.0.2.1 - - [20/Nov/2026:03:{n:02}:04 +0100] \"GET / HTTP/1.1\" 502 157 \"-\" \"curl/8\"")
    });
    all.collect()
}

fn joined(lines: &[String], end: &str) -> Vec<u8> {
    lines
        .iter()
        .flat_map(|line| [line.as_str(), end].concat().into_bytes())
        .collect()
}

fn utf16(text: &[u8], mark: bool) -> Vec<u8> {
    let text = String::from_utf8(text.to_vec()).unwrap();
    let mark = mark.then_some(0xfeff_u16);
    let units = mark.into_iter().chain(text.encode_utf16());
    units.flat_map(u16::to_le_bytes).collect()
}

/// The header of a file in a tar archive, and what fills up the end of one.
fn tar(text: &[u8]) -> Vec<u8> {
    let mut header = vec![0; 512];
    header[..9].copy_from_slice(b"error.log");
    header[257..262].copy_from_slice(b"ustar");
    [header, text.to_vec(), vec![0; 700]].concat()
}

fn read(bytes: Vec<u8>) -> Scanned {
    let text = Text {
        name: PathBuf::from("a log"),
        bytes: Arc::from(bytes),
    };
    let job = Job {
        texts: vec![text],
        threads: 1,
        ..Job::default()
    };
    scan(&job, &Progress::default())
}

fn shapes(lines: &[String]) -> Vec<(&'static str, Vec<u8>)> {
    let plain = joined(lines, "\n");
    let colours: Vec<String> = lines
        .iter()
        .map(|line| format!("\x1b[36mweb-1  | \x1b[0m\x1b[31m{line}\x1b[0m"))
        .collect();
    let (before, behind) = lines.split_at(lines.len() / 2);
    let hole = [joined(before, "\n"), vec![0; 100_000], joined(behind, "\n")].concat();
    vec![
        ("plain", plain.clone()),
        ("Windows' ends of lines", joined(lines, "\r\n")),
        (
            "a mark of UTF-8",
            [b"\xef\xbb\xbf".to_vec(), plain.clone()].concat(),
        ),
        ("UTF-16", utf16(&joined(lines, "\r\n"), true)),
        ("UTF-16 without a mark", utf16(&plain, false)),
        (
            "a hole at the start",
            [vec![0; 20_000], plain.clone()].concat(),
        ),
        ("a hole", hole),
        ("a tar archive", tar(&plain)),
        ("colours", joined(&colours, "\n")),
    ]
}

#[test]
fn every_record_of_an_error_log_is_counted() {
    for (shape, bytes) in shapes(&errors()) {
        let scanned = read(bytes);
        assert_eq!(scanned.tally.records, u64::from(RECORDS), "{shape}");
        let failed: u64 = scanned
            .tally
            .cells()
            .filter(|cell| cell.1.failed)
            .map(|cell| cell.3.count)
            .sum();
        assert_eq!(failed, u64::from(RECORDS), "{shape}");
    }
}

#[test]
fn every_request_of_an_access_log_is_counted_at_the_same_time() {
    let span = read(joined(&accesses(), "\n")).tally.span;
    for (shape, bytes) in shapes(&accesses()) {
        if shape == "colours" {
            continue;
        }
        let scanned = read(bytes);
        assert_eq!(scanned.tally.records, u64::from(RECORDS), "{shape}");
        assert_eq!(scanned.tally.span, span, "{shape}");
    }
}

#[test]
fn a_hole_at_the_end_is_no_line() {
    for lines in [errors(), accesses()] {
        let plain = joined(&lines, "\n");
        let scanned = read([plain, vec![0; 20_000]].concat());
        assert_eq!(scanned.tally.lines, u64::from(RECORDS));
    }
}

#[test]
fn what_is_not_understood_is_told_and_not_called_free_of_failures() {
    let why = |bytes: &[u8]| {
        let scanned = read(bytes.to_vec());
        let told: Vec<String> = scanned
            .skipped
            .into_iter()
            .map(|skipped| skipped.why)
            .collect();
        (scanned.tally.records, told.join("\n"))
    };
    let (records, told) = why(&b"{\"s\":502,\"ua\":\"192.0.2.2:80\"}\n".repeat(30));
    assert_eq!(records, 0);
    assert!(told.contains("--format"), "{told}");
    let (_, told) = why(b"PK\x03\x04\x14\0\0\0\x08\0and what is packed");
    assert!(told.contains("unzip -p"), "{told}");
    let (_, told) = why(&b"key: value\n".repeat(30));
    assert!(told.contains("is known or was given"), "{told}");
    let (_, told) = why(&joined(&errors(), "\n"));
    assert_eq!(told, "");
}
