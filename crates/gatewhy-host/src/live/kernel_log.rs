//! The kernel's log, read without waiting for its next record.
use super::trouble;
use gatewhy_facts::answer::Outcome;
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::{Errno, read};
use std::time::{Duration, Instant};

/// The newest bytes that are kept.
const BYTES: usize = 512 << 10;
/// Longer than any record.
const RECORD: usize = 8 << 10;
const TIME: Duration = Duration::from_millis(1500);

/// Answers `Question::KernelLog`.
pub(super) fn answer() -> Result<Outcome, Outcome> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let log = openat(CWD, "/dev/kmsg", flags, Mode::empty()).map_err(refused)?;
    let until = Instant::now() + TIME;
    let mut bytes = Vec::with_capacity(1 << 16);
    let mut cut = false;
    let mut record = Vec::with_capacity(RECORD);
    while Instant::now() < until {
        record.clear();
        match read(&log, rustix::buffer::spare_capacity(&mut record)) {
            Ok(0) | Err(Errno::AGAIN) => return Ok(newest(bytes, cut)),
            Ok(_) => bytes.extend_from_slice(&record),
            // Records were overwritten before we read them: go on with the oldest left.
            Err(Errno::PIPE) => cut = true,
            Err(Errno::INTR) => {}
            Err(error) => return Err(trouble::outcome("read /dev/kmsg", error)),
        }
        if bytes.len() > 2 * BYTES {
            cut = true;
            bytes = tail(bytes);
        }
    }
    Ok(newest(bytes, true))
}

fn refused(error: Errno) -> Outcome {
    match trouble::outcome("open /dev/kmsg", error) {
        Outcome::Absent => Outcome::Unsupported("there is no /dev/kmsg here".to_owned()),
        Outcome::Denied(why) => Outcome::Denied(format!("{why} (needs root or CAP_SYSLOG)")),
        other => other,
    }
}

fn newest(bytes: Vec<u8>, cut: bool) -> Outcome {
    let cut = cut || bytes.len() > BYTES;
    Outcome::Got {
        bytes: tail(bytes),
        cut,
    }
}

/// The last whole lines within the budget.
fn tail(bytes: Vec<u8>) -> Vec<u8> {
    let from = bytes.len().saturating_sub(BYTES);
    let kept = bytes.get(from..).unwrap_or_default();
    match kept.iter().position(|byte| *byte == b'\n') {
        Some(newline) if from > 0 => kept.get(newline + 1..).unwrap_or_default().to_vec(),
        _ => bytes,
    }
}
