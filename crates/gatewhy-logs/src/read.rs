//! Reads files in parts, on several threads, into buffers that are used again.
//!
//! Not by mapping them: a log that is cut while it is mapped kills the process.
use crate::cut::{FAR, NEAR, Unit};
use crate::grammar::Grammar;
use crate::nginx_access::AccessLines;
use crate::nginx_error::ErrorLines;
use crate::other::OtherLines;
use crate::pages::Pages;
use crate::stream::Block;
use crate::tally::{Place, Tally};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

/// How much is read in one go; whole pages, as all distances between parts are.
const PART: u64 = 512 * 1024;

/// A plain file that is read by several threads.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) file: File,
    pub(crate) length: u64,
    pub(crate) unit: Unit,
    next: AtomicU64,
}

impl Parts {
    pub(crate) fn new(file: File, length: u64, unit: Unit) -> Self {
        Self {
            file,
            length,
            unit,
            next: AtomicU64::new(0),
        }
    }

    /// Hands out the next part: where it begins in the file.
    pub(crate) fn take(&self) -> Option<u64> {
        let part = self.next.fetch_add(1, Ordering::Relaxed);
        let start = part.checked_mul(PART)?;
        (start < self.length).then_some(start)
    }
}

/// What one thread has: a buffer, and the counts.
#[derive(Debug, Default)]
pub(crate) struct Worker {
    buffer: Pages,
    error_lines: ErrorLines,
    access_lines: AccessLines,
    other_lines: OtherLines,
    pub(crate) tally: Tally,
    /// Number of the file that is read.
    file: u32,
    /// Whether a file became shorter while it was read.
    pub(crate) is_short: bool,
}

impl Worker {
    /// Reads all parts of a file that nobody else takes.
    pub(crate) fn read(
        &mut self,
        parts: &Parts,
        grammar: &Grammar,
        progress: &AtomicU64,
    ) -> io::Result<()> {
        while let Some(start) = parts.take() {
            let end = (start + PART).min(parts.length);
            if let Some((from, first, last)) = self.part(parts, start, end)? {
                let buffer = std::mem::take(&mut self.buffer);
                let bytes = buffer.get(first..last).unwrap_or_default();
                self.scan(bytes, from + first as u64, grammar);
                self.buffer = buffer;
            }
            progress.fetch_add(end - start, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Counts a block of a stream.
    pub(crate) fn block(&mut self, block: &Block, grammar: &Grammar) {
        let bytes = block.bytes.get(block.start..block.end).unwrap_or_default();
        self.scan(bytes, block.offset + block.start as u64, grammar);
    }

    /// Goes on with another file, which was written to last at `written`.
    pub(crate) fn open(&mut self, file: u32, written: SystemTime) {
        self.file = file;
        self.other_lines.written(written);
    }

    /// Counts whole units.
    pub(crate) fn scan(&mut self, bytes: &[u8], offset: u64, grammar: &Grammar) {
        let place = Place {
            file: self.file,
            offset,
        };
        let tally = &mut self.tally;
        match grammar {
            Grammar::NginxError => self.error_lines.scan(bytes, place, tally),
            Grammar::Access(format) => self.access_lines.scan(format, bytes, place, tally),
            Grammar::Other => self.other_lines.scan(bytes, place, tally),
        }
    }

    /// Reads one part into the buffer; gives the buffer's offset in the file, and
    /// where in it the first unit begins and the last one ends.
    fn part(
        &mut self,
        parts: &Parts,
        start: u64,
        end: u64,
    ) -> io::Result<Option<(u64, usize, usize)>> {
        let mut from = start.saturating_sub(NEAR as u64);
        self.fill(parts, from, end)?;
        let mut first = self.first_start(parts.unit, from, start);
        if first.is_none() {
            from = start.saturating_sub(FAR as u64);
            self.fill(parts, from, end)?;
            first = self.first_start(parts.unit, from, start);
        }
        self.is_short |= from + (self.buffer.len() as u64) < end;
        let first = first.or_else(|| self.next_start(parts.unit, from, start));
        let Some(first) = first else {
            return Ok(None);
        };
        let behind = match parts.unit.cut(&self.buffer, from == 0) {
            Some(behind) if end < parts.length => behind,
            _ => 0,
        };
        let last = self.buffer.len() - behind;
        Ok(Some((from, first, last)))
    }

    /// Where the last unit that begins before `start` begins in the buffer.
    fn first_start(&self, unit: Unit, from: u64, start: u64) -> Option<usize> {
        let before = usize::try_from(start - from).ok()?;
        let window = self.buffer.get(..before)?;
        if start == 0 {
            return Some(0);
        }
        unit.cut(window, from == 0).map(|behind| before - behind)
    }

    /// Where the first unit begins behind `start`, in the middle of a very long one.
    fn next_start(&self, unit: Unit, from: u64, start: u64) -> Option<usize> {
        let before = usize::try_from(start - from).ok()?;
        let rest = self.buffer.get(before..)?;
        unit.next_start(rest).map(|at| before + at)
    }

    /// Reads `from..end` into the buffer; less where the file has become shorter.
    fn fill(&mut self, parts: &Parts, from: u64, end: u64) -> io::Result<()> {
        let length = usize::try_from(end - from).unwrap_or(0);
        self.buffer.resize(length);
        let mut done = 0;
        while let Some(room) = self.buffer.get_mut(done..).filter(|room| !room.is_empty()) {
            match parts.file.read_at(room, from + done as u64) {
                Ok(0) => break,
                Ok(read) => done += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.buffer.truncate(done);
        Ok(())
    }
}
