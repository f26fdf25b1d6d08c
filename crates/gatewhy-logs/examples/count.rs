//! Counts.
use std::path::PathBuf;
fn main() {
    let paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let scanned = gatewhy_logs::scan::scan(&paths, 2);
    let t = &scanned.tally;
    println!("{} {} {}", t.lines, t.records, t.cells().filter(|c| c.1.failed).map(|c| c.3.count).sum::<u64>());
}
