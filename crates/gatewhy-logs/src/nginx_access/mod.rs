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

use crate::hour::{Hour, Stamp, seconds_of_hour, words};
use crate::other::OtherLines;
use crate::quotes::{Map, Quotes};
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
    map: Map,
    other: OtherLines,
}

impl AccessLines {
    /// Counts the lines of `block`.
    pub fn scan(&mut self, format: &AccessFormat, block: &[u8], start: Place, tally: &mut Tally) {
        let mut map = std::mem::take(&mut self.map);
        map.read(block);
        let mut at = 0;
        let unfinished = (!block.ends_with(b"\n")).then_some(block.len());
        let ends = map.newlines().iter();
        let ends = ends.filter_map(|end| usize::try_from(*end).ok());
        for end in ends.chain(unfinished.filter(|end| *end > 0)) {
            let line = block.get(at..end).unwrap_or_default();
            // Where the log was emptied under a worker that writes on at its old place.
            let hole = line.iter().take_while(|byte| **byte == 0).count();
            let line = line.get(hole..).unwrap_or_default();
            at += hole;
            let place = Place {
                offset: start.offset + at as u64,
                ..start
            };
            self.line(format, line, map.quotes(at, end), place, tally);
            at = end + 1;
        }
        self.map = map;
    }

    fn line(
        &mut self,
        format: &AccessFormat,
        line: &[u8],
        quotes: Quotes<'_>,
        place: Place,
        tally: &mut Tally,
    ) {
        // Somebody's editor wrote it with Windows' ends of lines.
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if let Some(begin) = line.get(..LONGEST) {
            tally.long_lines += 1;
            let map = Map::of(begin);
            return self.slowly(format, begin, map.quotes(0, LONGEST), place, tally);
        }
        let head = format.head(line, quotes);
        if let Some(head) = head.filter(|head| format.is_fine(line, head, quotes))
            && let Some(at) = self.clock.local(head.time)
        {
            tally.lines += 1;
            if tally.record(at) {
                tally.request(at);
            }
            return;
        }
        match head.and_then(|head| format.split_behind(line, &head, quotes)) {
            Some(values) => self.count(&values, line, place, tally),
            None => self.slowly(format, line, quotes, place, tally),
        }
    }

    /// Cuts a whole line into its values.
    fn slowly(
        &mut self,
        format: &AccessFormat,
        line: &[u8],
        quotes: Quotes<'_>,
        place: Place,
        tally: &mut Tally,
    ) {
        let Some(values) = format.split(line, quotes) else {
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
        let (hour, _) = text.split_first_chunk::<14>()?;
        let seconds = seconds_of_hour(*text.get(12..)?.first_chunk()?)?;
        if words(hour) != words(&self.hour_text) {
            let (civil, _) = log_time::day_first(text)?;
            self.hour = Hour::of(civil);
            self.hour_text = *hour;
        }
        Some(self.hour.at(seconds))
    }
}

#[cfg(test)]
mod tests;
