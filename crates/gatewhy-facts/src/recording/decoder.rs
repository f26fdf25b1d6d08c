//! Reading a recording piece by piece.
use super::{MAGIC, Record, RecordingError, VERSION, outcome_of};
use crate::answer::Answer;
use crate::prelude::*;
use core::time::Duration;

/// What a recording may hold at most. Recordings come from strangers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one line, a question's key included.
    pub line: usize,
    /// Bytes of one answer.
    pub answer: usize,
    /// Bytes of the whole, unpacked.
    pub whole: u64,
    /// Records.
    pub records: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line: 1 << 20,
            answer: 64 << 20,
            whole: 512 << 20,
            records: 100_000,
        }
    }
}

/// Takes a recording in pieces and gives its records, holding no more than one of
/// them and the piece that came last.
#[derive(Debug)]
pub struct Decoder {
    limits: Limits,
    buffer: Vec<u8>,
    /// What of the buffer is read already.
    read: usize,
    /// Offset of the buffer's first byte in the whole.
    offset: u64,
    records: u64,
    stage: Stage,
    begun: Begun,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Start,
    Lines,
    Bytes(usize),
    Ended,
    Broken,
}

/// The lines of the record that is being read.
#[derive(Debug, Default)]
struct Begun {
    key: Option<String>,
    outcome: Option<String>,
    took: Duration,
}

type Step = Result<Option<Record>, RecordingError>;

impl Decoder {
    /// A decoder that has seen nothing.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            buffer: Vec::new(),
            read: 0,
            offset: 0,
            records: 0,
            stage: Stage::Start,
            begun: Begun::default(),
        }
    }

    /// Takes in the next piece.
    pub fn feed(&mut self, piece: &[u8]) -> Result<(), RecordingError> {
        self.buffer.drain(..self.read.min(self.buffer.len()));
        self.offset = self.offset.saturating_add(self.read as u64);
        self.read = 0;
        let whole = self.offset.saturating_add(self.buffer.len() as u64);
        if whole.saturating_add(piece.len() as u64) > self.limits.whole {
            return Err(RecordingError::OverLimit("its whole size"));
        }
        self.buffer.extend_from_slice(piece);
        Ok(())
    }

    /// The next record, or `None` when more must be fed first. After an error
    /// nothing more comes.
    pub fn take(&mut self) -> Step {
        loop {
            let step = match self.stage {
                Stage::Start | Stage::Lines => self.line(),
                Stage::Bytes(length) => return self.bytes(length),
                Stage::Ended => return self.behind_end(),
                Stage::Broken => return Ok(None),
            };
            match step {
                Ok(true) => {}
                Ok(false) => return Ok(None),
                Err(error) => return self.fail(error),
            }
        }
    }

    /// Whether the recording was whole, now that everything was fed and taken.
    pub fn finish(&self) -> Result<(), RecordingError> {
        match self.stage {
            Stage::Ended => Ok(()),
            Stage::Start => Err(RecordingError::NoRecording),
            Stage::Lines | Stage::Bytes(_) | Stage::Broken => {
                let end = self.offset.saturating_add(self.buffer.len() as u64);
                Err(RecordingError::CutAt(end))
            }
        }
    }

    fn fail<T>(&mut self, error: RecordingError) -> Result<T, RecordingError> {
        self.stage = Stage::Broken;
        Err(error)
    }

    fn here(&self) -> u64 {
        self.offset.saturating_add(self.read as u64)
    }

    fn rest(&self) -> &[u8] {
        self.buffer.get(self.read..).unwrap_or_default()
    }

    /// Reads one line; whether there was a whole one.
    fn line(&mut self) -> Result<bool, RecordingError> {
        let damaged = RecordingError::DamagedAt(self.here());
        let limit = self.limits.line;
        let window = self.rest();
        let window = window.get(..window.len().min(limit)).unwrap_or_default();
        let Some(newline) = memchr::memchr(b'\n', window) else {
            return self.no_line(window.len());
        };
        let line = window.get(..newline).unwrap_or_default().to_vec();
        let line = String::from_utf8(line).map_err(|_| damaged.clone())?;
        if self.stage == Stage::Start {
            start_line(&line)?;
            self.stage = Stage::Lines;
        } else {
            let (name, value) = line.split_once(' ').ok_or(damaged.clone())?;
            self.named_line(name, value).ok_or(damaged)?;
        }
        self.read = self.read.saturating_add(newline).saturating_add(1);
        self.check_records()?;
        Ok(true)
    }

    fn no_line(&self, seen: usize) -> Result<bool, RecordingError> {
        let start = MAGIC.as_bytes();
        let begins = self.rest().iter().zip(start).all(|(a, b)| a == b);
        if self.stage == Stage::Start && !begins {
            return Err(RecordingError::NoRecording);
        }
        if seen >= self.limits.line {
            return Err(RecordingError::OverLimit("one line's size"));
        }
        Ok(false)
    }

    fn named_line(&mut self, name: &str, value: &str) -> Option<()> {
        let none_begun = self.begun.key.is_none();
        match name {
            "question" if none_begun => self.begun.key = Some(value.to_owned()),
            "question" => return None,
            "outcome" => self.begun.outcome = Some(value.to_owned()),
            "took" => self.begun.took = Duration::from_micros(value.parse().ok()?),
            "bytes" => {
                let complete = !none_begun && self.begun.outcome.is_some();
                self.stage = Stage::Bytes(value.parse().ok().filter(|_| complete)?);
            }
            "end" => {
                let count: u64 = value.parse().ok()?;
                self.stage = Stage::Ended;
                return (none_begun && count == self.records).then_some(());
            }
            _ => {}
        }
        Some(())
    }

    fn check_records(&self) -> Result<(), RecordingError> {
        if let Stage::Bytes(length) = self.stage {
            if length > self.limits.answer {
                return Err(RecordingError::OverLimit("one answer's size"));
            }
            if self.records >= self.limits.records {
                return Err(RecordingError::OverLimit("the number of its answers"));
            }
        }
        Ok(())
    }

    fn bytes(&mut self, length: usize) -> Step {
        let Some((bytes, newline)) = self.rest().split_at_checked(length) else {
            return Ok(None);
        };
        let behind = self.here().saturating_add(length as u64);
        match newline.first() {
            None => return Ok(None),
            Some(b'\n') => {}
            Some(_) => return self.fail(RecordingError::DamagedAt(behind)),
        }
        let bytes = bytes.to_vec();
        let begun = core::mem::take(&mut self.begun);
        let word = begun.outcome.unwrap_or_default();
        let Some(outcome) = outcome_of(&word, bytes) else {
            return self.fail(RecordingError::DamagedAt(self.here()));
        };
        self.read = self.read.saturating_add(length).saturating_add(1);
        self.records = self.records.saturating_add(1);
        self.stage = Stage::Lines;
        Ok(Some(Record {
            key: begun.key.unwrap_or_default(),
            answer: Answer {
                outcome,
                took: begun.took,
            },
        }))
    }

    fn behind_end(&mut self) -> Step {
        if self.rest().is_empty() {
            return Ok(None);
        }
        self.fail(RecordingError::DamagedAt(self.here()))
    }
}

fn start_line(line: &str) -> Result<(), RecordingError> {
    let version = line
        .strip_prefix(MAGIC)
        .and_then(|v| v.strip_prefix(' '))
        .and_then(|v| v.split_once('.'));
    let (major, minor) = version.ok_or(RecordingError::NoRecording)?;
    let number = |n: &str| n.parse::<u16>().map_err(|_| RecordingError::NoRecording);
    let (major, minor) = (number(major)?, number(minor)?);
    match major.cmp(&VERSION.0) {
        core::cmp::Ordering::Greater => Err(RecordingError::TooNew(major, minor)),
        core::cmp::Ordering::Less => Err(RecordingError::TooOld(major, minor)),
        core::cmp::Ordering::Equal => Ok(()),
    }
}
