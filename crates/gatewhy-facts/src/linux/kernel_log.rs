//! The kernel's log as `/dev/kmsg` records it (`Question::KernelLog`).
use super::field;
use super::kernel_event::{self, KernelEvent};
use super::oom;
use crate::prelude::*;

/// One record of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// `0` emergency to `7` debug.
    pub level: u8,
    /// `0` the kernel itself; else a process wrote it there.
    pub facility: u32,
    /// Counts up; a gap means lost records.
    pub sequence: u64,
    /// Microseconds since boot.
    pub at_us: u64,
    /// What it says, the kernel's escapes undone.
    pub text: Vec<u8>,
}

/// Something in the log that matters to a gateway, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// Microseconds since boot: see [`Clock::at_monotonic`](super::clock::Clock::at_monotonic).
    pub at_us: u64,
    /// What.
    pub event: KernelEvent,
    /// The record's own words, to quote.
    pub text: Vec<u8>,
}

/// What the log tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KernelLog {
    /// What happened, oldest first.
    pub events: Vec<Happened>,
    /// The time of the oldest record: nothing is known of before.
    pub since_us: Option<u64>,
}

/// Reads the records `PRIORITY,SEQUENCE,MICROSECONDS,FLAGS;TEXT`; the lines
/// ` KEY=VALUE` behind one are left out.
pub fn records(bytes: &[u8]) -> impl Iterator<Item = Record> {
    field::lines(bytes).filter_map(record)
}

fn record(line: &[u8]) -> Option<Record> {
    if line.first() == Some(&b' ') {
        return None;
    }
    let (head, text) = field::split_once(line, b';')?;
    let mut numbers = head.split(|byte| *byte == b',');
    let priority: u32 = field::number(numbers.next()?)?;
    Some(Record {
        level: u8::try_from(priority & 7).unwrap_or(7),
        facility: priority >> 3,
        sequence: field::number(numbers.next()?)?,
        at_us: field::number(numbers.next()?)?,
        text: unescape(text),
    })
}

/// Undoes the kernel's `\x1b` for bytes outside printable ASCII.
fn unescape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, behind)) = rest.split_first() {
        let escaped = (*first == b'\\').then(|| escape(behind)).flatten();
        out.push(escaped.unwrap_or(*first));
        rest = behind
            .get(if escaped.is_some() { 3 } else { 0 }..)
            .unwrap_or_default();
    }
    out
}

fn escape(behind: &[u8]) -> Option<u8> {
    let digits = core::str::from_utf8(behind.strip_prefix(b"x")?.get(..2)?).ok()?;
    u8::from_str_radix(digits, 16).ok()
}

/// Reads the log for what matters to a gateway. Only the kernel's own records
/// count: anybody who may write to the log can imitate their words, but not
/// their facility.
pub fn parse(bytes: &[u8]) -> KernelLog {
    let mut log = KernelLog::default();
    let mut report = oom::Report::default();
    for record in records(bytes) {
        log.since_us.get_or_insert(record.at_us);
        if record.facility != 0 {
            continue;
        }
        let kills = report.read(&record);
        log.events.extend(kills);
        if let Some(event) = kernel_event::read(&record.text) {
            log.events.push(Happened {
                at_us: record.at_us,
                event,
                text: record.text,
            });
        }
    }
    log.events.extend(report.finish());
    log.events.sort_by_key(|happened| happened.at_us);
    log
}

impl KernelLog {
    /// The out-of-memory kills, oldest first.
    pub fn oom_kills(&self) -> impl Iterator<Item = (&Happened, &oom::OomKill)> {
        self.events
            .iter()
            .filter_map(|happened| match &happened.event {
                KernelEvent::OomKill(kill) => Some((happened, kill)),
                _ => None,
            })
    }
}

#[cfg(test)]
#[path = "kernel_log_tests.rs"]
mod tests;
