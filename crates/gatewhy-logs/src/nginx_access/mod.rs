//! nginx's access log in any `log_format`, fast.
//!
//! A line is cut at the marks between its values, where only one way to cut it is
//! possible. Lines that could be cut in several ways go to the reader of
//! `gatewhy-facts`, which tries all of them.
mod format;
mod guess;
mod judge;
mod mark;
mod plain;

pub use format::AccessFormat;

use crate::hour::{Hour, Stamp};
use crate::other::OtherLines;
use crate::tally::{Place, Tally, What};
use format::Values;
use gatewhy_facts::log_time;
use plain::TIME;

/// How much of a line is read.
const LONGEST: usize = 65_536;

/// Reads lines, and counts what they mean.
#[derive(Debug, Default)]
pub struct AccessLines {
    clock: Clock,
    other: OtherLines,
}

impl AccessLines {
    /// Counts the lines of `block`.
    pub fn scan(&mut self, format: &AccessFormat, block: &[u8], start: Place, tally: &mut Tally) {
        let mut at = 0;
        while let Some(rest) = block.get(at..).filter(|rest| !rest.is_empty()) {
            let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            tally.long_lines += u64::from(end > LONGEST);
            let line = rest.get(..end.min(LONGEST)).unwrap_or(rest);
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            let place = Place {
                offset: start.offset + at as u64,
                ..start
            };
            self.line(format, line, place, tally);
            at += end;
        }
    }

    fn line(&mut self, format: &AccessFormat, line: &[u8], place: Place, tally: &mut Tally) {
        let head = format.head(line);
        if let Some(head) = head.filter(|head| format.is_fine(head))
            && let Some(at) = self.clock.local(head.time)
        {
            tally.lines += 1;
            if tally.record(at) {
                tally.request(at);
            }
            return;
        }
        let quick = head.and_then(|head| format.split_behind(&head));
        let Some(values) = quick.or_else(|| format.split(line)) else {
            let slow = format.read(line);
            let Some(values) = slow.as_ref().map(Values::of_fields) else {
                return self.other.line(line, place, tally);
            };
            return self.count(&values, line, place, tally);
        };
        self.count(&values, line, place, tally);
    }

    fn count(&mut self, values: &Values<'_>, line: &[u8], place: Place, tally: &mut Tally) {
        tally.lines += 1;
        let at = self.clock.stamp(values);
        if !tally.record(at) {
            return;
        }
        tally.request(at);
        if judge::is_plainly_fine(values) {
            return;
        }
        judge::failures(values, |what: What, upstream| {
            let upstream = upstream.map_or(crate::intern::Names::NONE, |name| {
                tally.upstreams.number(name)
            });
            tally.tell(what, upstream, at, place, line);
        });
    }
}

/// Reads time stamps; keeps the last one, since the next line is mostly of the same
/// hour, and often of the same second.
#[derive(Clone, Debug, Default)]
struct Clock {
    /// `20/Nov/2026:03`, the part of a time stamp that seldom changes.
    hour_text: [u8; 14],
    hour: Hour,
}

impl Clock {
    fn stamp(&mut self, values: &Values<'_>) -> Stamp {
        match values.time_local {
            Some(text) => text.first_chunk().and_then(|text| self.local(text)),
            None => values.time(),
        }
        .unwrap_or_default()
    }

    fn local(&mut self, text: &[u8; TIME]) -> Option<Stamp> {
        let (hour, rest) = text.split_first_chunk::<14>()?;
        let [b':', m1, m2, b':', s1, s2, ..] = rest else {
            return None;
        };
        let digit = |byte: &u8| u16::from(byte.wrapping_sub(b'0'));
        let digits = [digit(m1), digit(m2), digit(s1), digit(s2)];
        let [m1, m2, s1, s2] = digits;
        let (minute, second) = (m1 * 10 + m2, s1 * 10 + s2);
        if digits.iter().any(|digit| *digit > 9) || minute > 59 || second > 60 {
            return None;
        }
        if words(hour) != words(&self.hour_text) {
            let (civil, _) = log_time::day_first(text)?;
            self.hour = Hour::of(civil);
            self.hour_text = *hour;
        }
        Some(self.hour.at(minute * 60 + second))
    }
}

/// All fourteen bytes as two numbers: compared in less time than as text.
fn words(text: &[u8; 14]) -> Option<(u64, u64)> {
    let (first, last) = (text.first_chunk()?, text.last_chunk()?);
    Some((u64::from_le_bytes(*first), u64::from_le_bytes(*last)))
}

#[cfg(test)]
mod tests;
