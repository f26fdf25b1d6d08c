//! Recordings: what was asked of a host and the raw bytes that came back.
//!
//! A versioned text format. Raw bytes and not parsed values are kept, so that a
//! better parser improves old recordings.
//!
//! ```text
//! gatewhy-recording 1.0
//! question file /etc/hosts head=1048576
//! outcome got
//! took 41
//! bytes 23
//! 127.0.0.1 localhost
//! …
//! end 1
//! ```
//!
//! Each record is lines `NAME VALUE` up to `bytes N`, which is followed by N raw
//! bytes and a newline. The bytes are the answer; for other outcomes the reason, or
//! the microseconds after which a question timed out. Readers skip lines whose name they do not know, so minor
//! versions may add some. `took` is in microseconds. The last line counts the
//! records, so that a recording that was cut off is known as such.
use crate::answer::{Answer, Outcome};
use crate::prelude::*;
use crate::untrusted::shown;
use core::fmt;
use core::time::Duration;

mod decoder;
pub use decoder::{Decoder, Limits};

/// The version this program writes, major and minor.
pub const VERSION: (u16, u16) = (1, 0);

const MAGIC: &str = "gatewhy-recording";

/// One question and what came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The question's key, as [`redact::key`](crate::redact::key) gives it.
    pub key: String,
    /// What came back.
    pub answer: Answer,
}

/// Why a recording cannot be read (on).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordingError {
    /// It does not begin as a recording does.
    NoRecording,
    /// A later program wrote it, in this version.
    TooNew(u16, u16),
    /// An earlier program wrote it, in a version that is no longer read.
    TooOld(u16, u16),
    /// It makes no sense at this offset (of the unpacked recording).
    DamagedAt(u64),
    /// It ends at this offset, before its end.
    CutAt(u64),
    /// It holds more than a recording may; which limit it breaks.
    OverLimit(&'static str),
}

impl fmt::Display for RecordingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (major, minor) = VERSION;
        match self {
            Self::NoRecording => f.write_str("this is no recording of gatewhy"),
            Self::TooNew(a, b) => write!(
                f,
                "the recording has version {a}.{b}, and this program reads up to {major}.{minor}: use a newer gatewhy"
            ),
            Self::TooOld(a, b) => write!(
                f,
                "the recording has version {a}.{b}, which this program no longer reads"
            ),
            Self::DamagedAt(at) => write!(f, "the recording is damaged at byte {at}"),
            Self::CutAt(at) => write!(f, "the recording ends at byte {at}, before its end"),
            Self::OverLimit(what) => write!(f, "the recording is over the limit of {what}"),
        }
    }
}

impl core::error::Error for RecordingError {}

/// The first line.
pub fn encode_start() -> Vec<u8> {
    format!("{MAGIC} {}.{}\n", VERSION.0, VERSION.1).into_bytes()
}

/// One record.
pub fn encode(record: &Record) -> Vec<u8> {
    let (outcome, bytes) = outcome_words(&record.answer.outcome);
    let took = record.answer.took.as_micros();
    let key = shown(record.key.as_bytes());
    let mut out = format!(
        "question {key}\noutcome {outcome}\ntook {took}\nbytes {}\n",
        bytes.len()
    )
    .into_bytes();
    out.extend_from_slice(&bytes);
    out.push(b'\n');
    out
}

/// The last line, behind so many records.
pub fn encode_end(records: u64) -> Vec<u8> {
    format!("end {records}\n").into_bytes()
}

/// A question's key without its budgets: how many bytes, lines and milliseconds it
/// may cost. A later version may ask with others, and what was got still is true:
/// an answer that was cut says so itself.
pub fn without_budgets(key: &str) -> String {
    const BUDGETS: [&str; 5] = ["head=", "tail=", "lines=", "limit: ", "patience="];
    let (mut rest, sent) = key.split_once(" send=").unwrap_or((key, ""));
    let mut out = String::new();
    while let Some(character) = rest.chars().next() {
        let budget = BUDGETS.iter().find(|name| rest.starts_with(**name));
        let length = budget.map_or(character.len_utf8(), |name| name.len());
        let (taken, behind) = rest.split_at(length);
        out.push_str(taken);
        let digit = |c: char| budget.is_some() && c.is_ascii_digit();
        rest = behind.trim_start_matches(digit);
    }
    format!("{out} send={sent}")
}

/// An outcome as a word, and the bytes that go with it: the answer's, or the reason.
fn outcome_words(outcome: &Outcome) -> (&'static str, Cow<'_, [u8]>) {
    let (word, bytes): (_, &[u8]) = match outcome {
        Outcome::Got { bytes, cut: false } => ("got", bytes),
        Outcome::Got { bytes, cut: true } => ("got-cut", bytes),
        Outcome::Absent => ("absent", b""),
        Outcome::Denied(why) => ("denied", why.as_bytes()),
        Outcome::TimedOut(after) => {
            let micros = after.as_micros().to_string();
            return ("timed-out", Cow::Owned(micros.into_bytes()));
        }
        Outcome::Unsupported(why) => ("unsupported", why.as_bytes()),
        Outcome::Failed(why) => ("failed", why.as_bytes()),
        Outcome::NotRecorded => ("not-recorded", b""),
    };
    (word, Cow::Borrowed(bytes))
}

/// The outcome of a word and its bytes.
fn outcome_of(word: &str, bytes: Vec<u8>) -> Option<Outcome> {
    let why = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Some(match word {
        "got" => Outcome::Got { bytes, cut: false },
        "got-cut" => Outcome::Got { bytes, cut: true },
        "absent" => Outcome::Absent,
        "denied" => Outcome::Denied(why(bytes)),
        "timed-out" => {
            let micros = core::str::from_utf8(&bytes).ok()?.parse().ok()?;
            Outcome::TimedOut(Duration::from_micros(micros))
        }
        "unsupported" => Outcome::Unsupported(why(bytes)),
        "failed" => Outcome::Failed(why(bytes)),
        "not-recorded" => Outcome::NotRecorded,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
