//! nginx's access log in any `log_format`, fast.
//!
//! A line is cut at the marks between its values, where only one way to cut it is
//! possible. Lines that could be cut in several ways go to the reader of
//! `gatewhy-facts`, which tries all of them.
#![expect(
    clippy::inline_always,
    reason = "what is found many bytes at a time is compiled for each kind of processor"
)]
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
use fearless_simd::{Level, Simd, dispatch};
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
        let block = Block { block, map: &map };
        dispatch!(Level::new(), simd => self.lines(simd, format, &block, start, tally));
        self.map = map;
    }

    #[inline(always)]
    fn lines<S: Simd>(
        &mut self,
        simd: S,
        format: &AccessFormat,
        block: &Block<'_>,
        start: Place,
        tally: &mut Tally,
    ) {
        let mut at = 0;
        for end in block.ends() {
            let mut line = block.block.get(at..end).unwrap_or_default();
            // Where the log was emptied under a worker that writes on at its old place.
            if line.first() == Some(&0) {
                let hole = line.iter().take_while(|byte| **byte == 0).count();
                line = line.get(hole..).unwrap_or_default();
                at += hole;
                // A log that ends with a hole has no line there.
                if at == block.block.len() {
                    return;
                }
            }
            // Somebody's editor wrote it with Windows' ends of lines.
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let quotes = block.map.quotes(at, end);
            if !self.is_fine(simd, format, line, quotes, tally) {
                let place = Place {
                    offset: start.offset + at as u64,
                    ..start
                };
                self.line(format, line, quotes, place, tally);
            }
            at = end + 1;
        }
    }

    /// Counts a line that is sure to say that all went well; tells whether it is one.
    #[inline(always)]
    fn is_fine<S: Simd>(
        &mut self,
        simd: S,
        format: &AccessFormat,
        line: &[u8],
        quotes: Quotes<'_>,
        tally: &mut Tally,
    ) -> bool {
        let Some(plan) = format.plain() else {
            return false;
        };
        if line.len() >= LONGEST {
            return false;
        }
        let Some(time) = plan.time_if_fine(simd, line, quotes) else {
            return false;
        };
        let Some(at) = self.clock.local(time) else {
            return false;
        };
        tally.lines += 1;
        if tally.record(at) {
            tally.request(at);
        }
        true
    }

    fn line(
        &mut self,
        format: &AccessFormat,
        line: &[u8],
        quotes: Quotes<'_>,
        place: Place,
        tally: &mut Tally,
    ) {
        if let Some(begin) = line.get(..LONGEST) {
            tally.long_lines += 1;
            let map = Map::of(begin);
            return self.slowly(format, begin, map.quotes(0, LONGEST), place, tally);
        }
        let head = format.head(line, quotes);
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

/// A part of a log, and where its lines and quotes are.
struct Block<'a> {
    block: &'a [u8],
    map: &'a Map,
}

impl Block<'_> {
    /// Where its lines end, the last one perhaps without a newline.
    #[inline(always)]
    fn ends(&self) -> impl Iterator<Item = usize> {
        let unfinished = !(self.block.is_empty() || self.block.ends_with(b"\n"));
        let ends = self.map.newlines().iter();
        let ends = ends.filter_map(|end| usize::try_from(*end).ok());
        ends.chain(unfinished.then_some(self.block.len()))
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

    #[inline(always)]
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
