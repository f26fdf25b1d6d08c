//! Which network namespaces there are: a walk over every `/proc/PID/ns/net`.
use super::{open, trouble};
use gatewhy_facts::answer::Outcome;
use rustix::fd::AsFd as _;
use rustix::fs::{CWD, readlinkat};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

const PROCESSES: usize = 32_768;
const NAMESPACES: usize = 4_096;
const TIME: Duration = Duration::from_millis(500);

/// Answers `Question::Networks`.
pub(super) fn answer() -> Result<Outcome, Outcome> {
    let failed = |error| trouble::outcome("list /proc", error);
    let proc = open::folder_at(CWD, "/proc").map_err(failed)?;
    let (mut pids, mut cut) = open::numbers(proc.as_fd(), PROCESSES).map_err(failed)?;
    pids.sort_unstable();
    let until = Instant::now() + TIME;
    let mut first: BTreeMap<u64, u32> = BTreeMap::new();
    let mut hidden: Option<(u32, String)> = None;
    for pid in pids {
        if first.len() >= NAMESPACES || Instant::now() > until {
            cut = true;
            break;
        }
        match readlinkat(&proc, format!("{pid}/ns/net"), Vec::new()) {
            Ok(link) => {
                if let Some(inode) = inode(link.as_bytes()) {
                    first.entry(inode).or_insert(pid);
                }
            }
            Err(error) if trouble::outcome("", error) == Outcome::Absent => {}
            Err(error) => {
                let (count, _) = hidden.get_or_insert_with(|| (0, trouble::words(error)));
                *count = count.saturating_add(1);
            }
        }
    }
    let mut text = String::new();
    for (inode, pid) in &first {
        let _ = writeln!(text, "{inode} {pid}");
    }
    if let Some((count, why)) = hidden {
        let _ = writeln!(text, "! {count} {why}");
    }
    Ok(Outcome::Got {
        bytes: text.into_bytes(),
        cut,
    })
}

/// The inode in `net:[4026531840]`.
fn inode(link: &[u8]) -> Option<u64> {
    let inode = link.strip_prefix(b"net:[")?.strip_suffix(b"]")?;
    core::str::from_utf8(inode).ok()?.parse().ok()
}
