//! Generates logs, and holds the reader against other programs on them.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that measures"
)]
mod generator;

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["generate", what, mib, path] => {
            let size = mib.parse::<u64>().unwrap_or(1_024) << 20;
            write(what, size, Path::new(path));
        }
        _ => eprintln!("logs generate error|sparse|access MIB FILE"),
    }
}

fn write(what: &str, size: u64, path: &Path) {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path).expect("create the log"));
    let truth = match what {
        "error" => generator::error::generate(&mut out, size, 1, 5_000),
        "sparse" => generator::error::generate(&mut out, size, 1, 500),
        _ => return,
    };
    let truth = truth.expect("write the log");
    out.flush().expect("write the log");
    let csv = path.with_extension("truth.csv");
    std::fs::write(csv, truth.csv()).expect("write the truth");
    let others: u64 = truth.others.values().sum();
    let failures: u64 = truth.failures.values().sum();
    println!(
        "{}: {} lines, {} records, {failures} failures, {others} others",
        path.display(),
        truth.lines,
        truth.records
    );
}
