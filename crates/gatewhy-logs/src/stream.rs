//! Logs that can only be read from front to back: compressed files and pipes.
use crate::cut::{FAR, Unit};
use std::io::{self, Read};

/// How much is read in one go.
const PART: usize = 512 * 1024;
/// What a compressed file may unpack to in any case.
const ALLOWANCE: u64 = 1 << 30;
/// Beyond that, how many times its own size.
const RATIO: u64 = 300;

/// Whole units out of a stream.
pub(crate) struct Stream {
    reader: Box<dyn Read + Send>,
    /// What was read and belongs to the next block.
    carry: Vec<u8>,
    /// Offset of the carry's first byte.
    offset: u64,
    /// Whether the next byte is in the middle of a unit too long to be kept.
    in_middle: bool,
    /// Most bytes that are read.
    limit: u64,
    ended: bool,
    /// What went wrong, once something has.
    pub(crate) failed: Option<String>,
}

/// A block that was cut out of a stream.
#[derive(Debug, Default)]
pub(crate) struct Block {
    pub(crate) bytes: Vec<u8>,
    /// Where the first unit begins in it.
    pub(crate) start: usize,
    /// Where the last unit ends in it.
    pub(crate) end: usize,
    /// Offset of its first byte in the stream.
    pub(crate) offset: u64,
}

impl Stream {
    /// `size` is that of the compressed file; none for a pipe.
    pub(crate) fn new(reader: Box<dyn Read + Send>, size: Option<u64>) -> Self {
        let limit = size.map_or(u64::MAX, |size| {
            ALLOWANCE.saturating_add(size.saturating_mul(RATIO))
        });
        Self {
            reader,
            carry: Vec::new(),
            offset: 0,
            in_middle: false,
            limit,
            ended: false,
            failed: None,
        }
    }

    /// How many bytes came out so far.
    pub(crate) fn position(&self) -> u64 {
        self.offset + self.carry.len() as u64
    }

    /// The first bytes, which stay to be read.
    pub(crate) fn peek(&mut self) -> &[u8] {
        let mut carry = std::mem::take(&mut self.carry);
        self.fill(&mut carry, FAR);
        self.carry = carry;
        &self.carry
    }

    /// Fills `block`; tells whether there is anything in it.
    pub(crate) fn next(&mut self, unit: Unit, block: &mut Block) -> bool {
        let bytes = &mut block.bytes;
        bytes.clear();
        bytes.append(&mut self.carry);
        block.offset = self.offset;
        self.fill(bytes, PART);
        if bytes.is_empty() {
            return false;
        }
        let whole = !self.in_middle;
        block.start = if self.in_middle {
            unit.next_start(bytes).unwrap_or(bytes.len())
        } else {
            0
        };
        self.in_middle &= block.start == bytes.len();
        let behind = if self.ended {
            Some(0)
        } else {
            unit.cut(bytes, whole)
        };
        // A unit that begins where the last one began is longer than the buffer.
        let behind = behind.filter(|behind| *behind < bytes.len());
        self.in_middle |= behind.is_none();
        block.end = bytes.len() - behind.unwrap_or(0);
        block.start = block.start.min(block.end);
        self.offset += block.end as u64;
        self.carry
            .extend_from_slice(bytes.get(block.end..).unwrap_or_default());
        true
    }

    /// Reads until there are `enough` bytes, or the stream ends.
    fn fill(&mut self, bytes: &mut Vec<u8>, enough: usize) {
        let mut done = bytes.len();
        if self.ended || done >= enough {
            return;
        }
        bytes.resize(enough, 0);
        while let Some(room) = bytes.get_mut(done..).filter(|room| !room.is_empty()) {
            match self.reader.read(room) {
                Ok(0) => self.ended = true,
                Ok(read) => done += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.ended = true;
                    let at = self.offset + done as u64;
                    self.failed = Some(format!(
                        "damaged behind byte {at}, counted up to there: {error}"
                    ));
                }
            }
            if self.offset + done as u64 > self.limit {
                self.ended = true;
                self.failed = Some(format!(
                    "unpacks to more than {RATIO} times its size; counted its first {} bytes",
                    self.offset + done as u64
                ));
            }
            if self.ended {
                break;
            }
        }
        bytes.truncate(done);
    }
}
