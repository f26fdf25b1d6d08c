//! nginx's error log, fast.
//!
//! The meaning of a record depends on its level and on what stands before
//! `, client: ` alone, and a log repeats the same few of those beginnings. So each
//! beginning is judged once, by the reader of `gatewhy-facts`, and then known by its
//! bytes. What does not have the most usual shape goes to that reader every time:
//! there is one judge, and a short way to its verdicts.
#![expect(
    clippy::inline_always,
    reason = "what is found many bytes at a time is compiled for each kind of processor"
)]
mod exact;
mod fields;
mod header;
pub(crate) mod meaning;
mod memory;
mod shape;
mod stderr;

pub use header::Clock;

use crate::intern::Names;
use crate::other::OtherLines;
use crate::quotes::{Map, Quotes};
use crate::tally::{Place, Tally, What};
use exact::ROOM;
use fearless_simd::{Level, Simd, dispatch};
use fields::Found;
use gatewhy_facts::nginx::error_log::{self, ErrorRecord};
use header::{HEAD, Header};
use memory::{Meaning, Memory, Message, Whom};

/// How much of a record is read that has no end.
const LONGEST_RECORD: usize = 65_536;

/// Reads records, and counts what they mean.
#[derive(Debug, Default)]
pub struct ErrorLines {
    clock: Clock,
    memory: Memory,
    said: stderr::Said,
    other: OtherLines,
    map: Map,
}

/// How much from the start of a record is looked at before its line's end matters.
const START: usize = HEAD + ROOM;

/// What a record begins with, and where it is.
#[derive(Clone, Copy)]
struct Start<'a> {
    /// From its first byte to the end of the block.
    text: &'a [u8],
    /// Its first bytes, with zeros behind the end of the block.
    first: &'a [u8; START],
    /// Length of its first line, with the newline.
    end: usize,
    /// The quotes of the block, counted from the record on.
    quotes: Quotes<'a>,
    place: Place,
}

impl<'a> Start<'a> {
    /// The first line, without its newline.
    fn line(&self) -> &'a [u8] {
        let line = self.text.get(..self.end).unwrap_or(self.text);
        line.strip_suffix(b"\n").unwrap_or(line)
    }
}

/// A text with zeros behind it.
#[cold]
fn with_zeros(text: &[u8]) -> [u8; START] {
    let mut padded = [0; START];
    padded
        .iter_mut()
        .zip(text)
        .for_each(|(to, from)| *to = *from);
    padded
}

impl ErrorLines {
    /// Counts the records of `block`. It begins with a record, or with lines that
    /// belong to none, and ends with the end of one.
    pub fn scan(&mut self, block: &[u8], start: Place, tally: &mut Tally) {
        dispatch!(Level::new(), simd => self.scan_with(simd, block, start, tally));
    }

    #[inline(always)]
    fn scan_with<S: Simd>(&mut self, simd: S, block: &[u8], start: Place, tally: &mut Tally) {
        let mut map = std::mem::take(&mut self.map);
        map.read_with_closes(block);
        let mut ends = map.newlines().iter().copied();
        let (mut at, mut end) = (0, 0);
        while let Some(text) = block.get(at..).filter(|text| !text.is_empty()) {
            // A record may have taken several lines.
            while end <= at {
                let next = ends.next().and_then(|end| usize::try_from(end).ok());
                end = next.map_or(block.len(), |end| end + 1);
            }
            let padded;
            let first = if let Some(first) = text.first_chunk() {
                first
            } else {
                padded = with_zeros(text);
                &padded
            };
            let place = Place {
                offset: start.offset + at as u64,
                ..start
            };
            let record = Start {
                text,
                first,
                end: end - at,
                quotes: map.quotes(at, block.len()),
                place,
            };
            at += self.record(simd, &record, tally).max(1);
        }
        self.map = map;
    }

    /// Counts a record, or a line outside of records; gives its length.
    #[inline(always)]
    fn record<S: Simd>(&mut self, simd: S, start: &Start<'_>, tally: &mut Tally) -> usize {
        // Where the log was emptied under a worker that writes on at its old place.
        if start.first.first() == Some(&0) {
            return start.text.iter().take_while(|byte| **byte == 0).count();
        }
        tally.long_lines += u64::from(start.end > LONGEST_RECORD);
        let line = start.line();
        let Some(header) = self.header(simd, start) else {
            return self.unusual(start, tally);
        };
        let (Some(text), Some(first)) = (
            line.get(header.length..),
            start
                .first
                .get(header.length..)
                .and_then(<[u8]>::first_chunk),
        ) else {
            return self.unusual(start, tally);
        };
        if text.starts_with(stderr::STDERR) {
            return self.application(start, &header, tally);
        }
        let message = Message {
            level: header.level,
            text,
            start: first,
        };
        let Some(meaning) = self.memory.meaning(simd, &message) else {
            return self.unusual(start, tally);
        };
        tally.lines += 1;
        if tally.record(header.at)
            && let Some(what) = meaning.what
        {
            let fields = header.length + meaning.length;
            let upstream = self.upstream(simd, meaning, start, fields, tally);
            tally.tell(what, upstream, header.at, start.place, line);
        }
        start.end
    }

    #[inline(always)]
    fn header<S: Simd>(&mut self, simd: S, start: &Start<'_>) -> Option<Header> {
        let text = start.first.first_chunk()?;
        self.clock.take(simd, text)
    }

    /// A record that quotes an application.
    fn application(&mut self, start: &Start<'_>, header: &Header, tally: &mut Tally) -> usize {
        let Some(quoted) = stderr::read(start, header.length, &mut self.said) else {
            return self.unusual(start, tally);
        };
        let record = start.text.get(..quoted.length - 1).unwrap_or(start.text);
        let others = record.get(start.end..).unwrap_or_default();
        let more =
            usize::from(quoted.length > start.end) + memchr::memchr_iter(b'\n', others).count();
        tally.lines += 1 + more as u64;
        if tally.record(header.at) {
            let what = What {
                symptom: quoted.symptom,
                failed: false,
                from_access: false,
            };
            tally.tell(what, Names::NONE, header.at, start.place, record);
        }
        quoted.length
    }

    /// The upstream's number; the fields behind `, client: ` are at `at`.
    #[inline(always)]
    fn upstream<S: Simd>(
        &self,
        simd: S,
        meaning: Meaning,
        start: &Start<'_>,
        at: usize,
        tally: &mut Tally,
    ) -> u32 {
        match meaning.whom {
            Whom::Nobody => Names::NONE,
            Whom::InMessage => tally.upstreams.number(self.memory.name(meaning.name)),
            Whom::InFields => match fields::upstream(simd, start, at) {
                Found::Known(name) => name.number(&mut tally.upstreams),
                Found::Missing => Names::NONE,
                Found::Cut => Names::CUT,
                Found::Unclear => meaning::upstream_of_line(start.line(), tally),
            },
        }
    }

    /// Has the reader of `gatewhy-facts` read the record.
    fn unusual(&mut self, start: &Start<'_>, tally: &mut Tally) -> usize {
        let (text, end) = (start.text, start.end);
        let window = text.get(..LONGEST_RECORD.max(end)).unwrap_or(text);
        let head = window.get(..LONGEST_RECORD).unwrap_or(window);
        let Some((record, length)) = error_log::first(head) else {
            // No record begins here: a line of another log, or one that belongs to none.
            let line = start.line();
            let line = line.get(..LONGEST_RECORD).unwrap_or(line);
            self.other.line(line, start.place, tally);
            return end;
        };
        let length = if length == head.len() && length < end {
            end
        } else {
            length
        };
        let newlines = memchr::memchr_iter(b'\n', text.get(..length).unwrap_or(text)).count();
        let unfinished = u64::from(!text.get(..length).unwrap_or(text).ends_with(b"\n"));
        tally.lines += newlines as u64 + unfinished;
        count_slowly(&record, start.place, tally);
        length
    }
}

/// Counts a record that has been read in full.
pub(crate) fn count_slowly(record: &ErrorRecord<'_>, place: Place, tally: &mut Tally) {
    let at = record
        .at
        .map_or_else(Default::default, crate::hour::Stamp::of);
    if !tally.record(at) {
        return;
    }
    let Some(what) = meaning::of_record(record) else {
        return;
    };
    let upstream = meaning::upstream_of(record, what, tally);
    tally.tell(what, upstream, at, place, record.raw);
}

/// What nginx's own words for a record mean for the counts.
pub fn what_of(record: &ErrorRecord<'_>) -> Option<What> {
    meaning::of_record(record)
}
