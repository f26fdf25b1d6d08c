//! nginx's error log, fast.
//!
//! The meaning of a record depends on its level and on what stands before
//! `, client: ` alone, and a log repeats the same few of those beginnings. So each
//! beginning is judged once, by the reader of `gatewhy-facts`, and then known by its
//! bytes. What does not have the most usual shape goes to that reader every time:
//! there is one judge, and a short way to its verdicts.
mod fields;
mod header;
pub(crate) mod meaning;
mod memory;
mod shape;
mod stderr;

pub use header::Clock;

use crate::other::OtherLines;
use crate::tally::{Place, Tally, What};
use fields::Found;
use gatewhy_facts::nginx::error_log::{self, ErrorRecord};
use header::Header;
use memory::{Meaning, Memory, Whom};

/// How much of a record is read that has no end.
const LONGEST_RECORD: usize = 65_536;

/// Reads records, and counts what they mean.
#[derive(Debug, Default)]
pub struct ErrorLines {
    clock: Clock,
    memory: Memory,
    said: stderr::Said,
    other: OtherLines,
}

impl ErrorLines {
    /// Counts the records of `block`. It begins with a record, or with lines that
    /// belong to none, and ends with the end of one.
    pub fn scan(&mut self, block: &[u8], start: Place, tally: &mut Tally) {
        self.said.begin_block();
        let mut at = 0;
        while let Some(rest) = block.get(at..).filter(|rest| !rest.is_empty()) {
            let place = Place {
                offset: start.offset + at as u64,
                ..start
            };
            at += self.record(rest, place, tally).max(1);
        }
    }

    /// Counts the record, or the line outside of records, that `text` begins with;
    /// gives its length.
    fn record(&mut self, text: &[u8], place: Place, tally: &mut Tally) -> usize {
        // Where the log was emptied under a worker that writes on at its old place.
        let hole = text.iter().take_while(|byte| **byte == 0).count();
        if hole > 0 {
            return hole;
        }
        let end = memchr::memchr(b'\n', text).map_or(text.len(), |end| end + 1);
        tally.long_lines += u64::from(end > LONGEST_RECORD);
        let line = text.get(..end).unwrap_or(text);
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let Some(header) = self.clock.take(line) else {
            return unusual(&mut self.other, text, end, place, tally);
        };
        if header.message.starts_with(stderr::STDERR) {
            return self.application(text, end, &header, place, tally);
        }
        let Some(meaning) = self.memory.meaning(&header) else {
            return unusual(&mut self.other, text, end, place, tally);
        };
        tally.lines += 1;
        if tally.record(header.at) {
            self.apply(meaning, line, &header, place, tally);
        }
        end
    }

    /// A record that quotes an application; its first line ends at `end`.
    fn application(
        &mut self,
        text: &[u8],
        end: usize,
        header: &Header<'_>,
        place: Place,
        tally: &mut Tally,
    ) -> usize {
        // The message is a part of the first line.
        let line = text.get(..end).unwrap_or(text);
        let behind = usize::from(line.ends_with(b"\n"));
        let offset = end - behind - header.message.len();
        // Only differences between such offsets matter.
        let start = usize::try_from(place.offset).unwrap_or(0);
        let Some(quoted) = stderr::read(text, offset, start, &mut self.said) else {
            return unusual(&mut self.other, text, end, place, tally);
        };
        let record = text.get(..quoted.length - 1).unwrap_or(text);
        let others = record.get(end..).unwrap_or_default();
        let more = usize::from(quoted.length > end) + memchr::memchr_iter(b'\n', others).count();
        tally.lines += 1 + more as u64;
        if tally.record(header.at) {
            let what = What {
                symptom: quoted.symptom,
                failed: false,
                from_access: false,
            };
            tally.tell(what, crate::intern::Names::NONE, header.at, place, record);
        }
        quoted.length
    }

    fn apply(
        &mut self,
        meaning: Meaning,
        line: &[u8],
        header: &Header<'_>,
        place: Place,
        tally: &mut Tally,
    ) {
        let Some(what) = meaning.what else { return };
        let upstream = match meaning.whom {
            Whom::Nobody => crate::intern::Names::NONE,
            Whom::InMessage => {
                let name = self.memory.name(meaning.name);
                tally.upstreams.number(name)
            }
            Whom::InFields => {
                let fields = header.message.get(meaning.length..).unwrap_or_default();
                match fields::upstream(fields, line.len()) {
                    Found::Known(name) => name.number(&mut tally.upstreams),
                    Found::Missing => crate::intern::Names::NONE,
                    Found::Cut => crate::intern::Names::CUT,
                    Found::Unclear => meaning::upstream_of_line(line, tally),
                }
            }
        };
        tally.tell(what, upstream, header.at, place, line);
    }
}

/// Has the reader of `gatewhy-facts` read the record.
fn unusual(
    other: &mut OtherLines,
    text: &[u8],
    end: usize,
    place: Place,
    tally: &mut Tally,
) -> usize {
    let window = text.get(..LONGEST_RECORD.max(end)).unwrap_or(text);
    let head = window.get(..LONGEST_RECORD).unwrap_or(window);
    let Some((record, length)) = error_log::first(head) else {
        // No record begins here: a line of another log, or one that belongs to none.
        let line = text.get(..end.min(LONGEST_RECORD)).unwrap_or(text);
        other.line(line.strip_suffix(b"\n").unwrap_or(line), place, tally);
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
    count_slowly(&record, place, tally);
    length
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
