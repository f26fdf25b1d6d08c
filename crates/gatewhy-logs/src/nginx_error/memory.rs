//! Beginnings of records, and what they mean.
use super::header::Header;
use super::meaning;
use crate::intern::hash;
use crate::tally::What;
use gatewhy_facts::nginx::error_log::{self, Level, Phase};
use gatewhy_facts::symptom::Symptom;
use memchr::memmem::Finder;
use std::collections::HashMap;
use std::sync::LazyLock;

/// What a beginning means.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meaning {
    /// What is counted; `None` where nothing is.
    pub(super) what: Option<What>,
    /// Where the upstream is named.
    pub(super) whom: Whom,
    /// Number of the name, where the beginning itself holds it.
    pub(super) name: u32,
    /// Length of the beginning, with its `, client: `.
    pub(super) length: usize,
}

/// Where the upstream is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whom {
    /// Nowhere, or it does not matter.
    Nobody,
    /// In the message itself: a name that could not be looked up.
    InMessage,
    /// In the field `upstream`.
    InFields,
}

const CLIENT: &[u8] = b", client: ";
static FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(CLIENT));

/// Places for beginnings by their first bytes, and beginnings in each.
const PLACES: usize = 1_024;
const IN_ONE_PLACE: usize = 12;
const FIRST_BYTES: usize = 24;
/// Most kinds of beginnings that are remembered.
const MOST: usize = 8_192;
/// Longest beginning that is remembered.
const LONGEST: usize = 400;

/// Meanings by the beginnings of records.
#[derive(Debug)]
pub(super) struct Memory {
    /// Whole beginnings that came often enough, by a hash of their first bytes.
    exact: Vec<Vec<(Level, Box<[u8]>, Meaning)>>,
    /// Meanings of beginnings without what differs from record to record.
    kinds: HashMap<Box<[u8]>, Meaning>,
    /// Names that messages hold.
    names: Vec<Box<[u8]>>,
    /// The kind that is being looked up.
    scratch: Vec<u8>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            exact: vec![Vec::new(); PLACES],
            kinds: HashMap::new(),
            names: Vec::new(),
            scratch: Vec::new(),
        }
    }
}

impl Memory {
    /// What the record means; `None` where only the whole of it tells.
    pub(super) fn meaning(&mut self, header: &Header<'_>) -> Option<Meaning> {
        let place = place_of(header);
        if let Some(meaning) = self.known(place, header) {
            return Some(meaning);
        }
        let at = FINDER.find(header.message)?;
        let beginning = header.message.get(..at)?;
        let length = at + CLIENT.len();
        let varies = shape(header.level, beginning, &mut self.scratch);
        if let Some(known) = self.kinds.get(self.scratch.as_slice()) {
            let meaning = Meaning { length, ..*known };
            self.remember(place, header, meaning, varies);
            return Some(meaning);
        }
        let meaning = self.judge(header, beginning)?;
        if self.kinds.len() < MOST && beginning.len() <= LONGEST {
            self.kinds.insert(self.scratch.as_slice().into(), meaning);
        }
        Some(Meaning { length, ..meaning })
    }

    fn known(&self, place: usize, header: &Header<'_>) -> Option<Meaning> {
        let entries = self.exact.get(place)?;
        let fits = |(level, beginning, _): &&(Level, Box<[u8]>, Meaning)| {
            *level == header.level && header.message.starts_with(beginning)
        };
        entries.iter().find(fits).map(|(_, _, meaning)| *meaning)
    }

    fn remember(&mut self, place: usize, header: &Header<'_>, meaning: Meaning, varies: bool) {
        let Some(entries) = self.exact.get_mut(place) else {
            return;
        };
        let whole = header.message.get(..meaning.length);
        let fits = !varies && meaning.length <= LONGEST && entries.len() < IN_ONE_PLACE;
        if let (Some(whole), true) = (whole, fits) {
            entries.push((header.level, whole.into(), meaning));
        }
    }

    /// Has a record that consists of nothing but this beginning read in full.
    fn judge(&mut self, header: &Header<'_>, beginning: &[u8]) -> Option<Meaning> {
        let name = level_name(header.level);
        let line = [
            b"2026/01/01 00:00:00 [",
            name,
            b"] 1#1: *1 ",
            beginning,
            CLIENT,
            b"192.0.2.1, server: _",
        ]
        .concat();
        let (record, _) = error_log::first(&line)?;
        if depends_on_fields(&record) {
            return None;
        }
        let what = meaning::of_record(&record);
        let in_message = meaning::name_in_message(&record);
        let whom = match what {
            Some(_) if in_message.is_some() => Whom::InMessage,
            Some(what) if what.failed || what.symptom == Symptom::UpstreamDisabled => Whom::InFields,
            _ => Whom::Nobody,
        };
        let number = self.names.len();
        if let Some(name) = in_message {
            // Whoever looks names up by the thousand is read slowly.
            (number < MOST).then_some(())?;
            self.names.push(name.into());
        }
        Some(Meaning {
            what,
            whom,
            name: u32::try_from(number).unwrap_or(0),
            length: 0,
        })
    }

    /// The name in a message.
    pub(super) fn name(&self, number: u32) -> &[u8] {
        let at = usize::try_from(number).ok();
        at.and_then(|at| self.names.get(at)).map_or(b"", AsRef::as_ref)
    }
}

/// While nginx sends to a visitor it also reads the backend: whether it has one
/// decides whose connection an error is about.
fn depends_on_fields(record: &error_log::ErrorRecord<'_>) -> bool {
    let reads = matches!(record.message, b"recv() failed" | b"readv() failed");
    reads && record.phase == Some(Phase::SendingToClient)
}

const fn level_name(level: Level) -> &'static [u8] {
    match level {
        Level::Debug => b"debug",
        Level::Info => b"info",
        Level::Notice => b"notice",
        Level::Warn => b"warn",
        Level::Error => b"error",
        Level::Crit => b"crit",
        Level::Alert => b"alert",
        Level::Emerg => b"emerg",
    }
}

fn place_of(header: &Header<'_>) -> usize {
    let first = header.message.first_chunk::<FIRST_BYTES>();
    let hash = hash(first.map_or(header.message, |first| first.as_slice()));
    usize::try_from(hash >> 54).unwrap_or(0)
}

/// Writes the kind of a beginning: its level and its text, with paths and amounts
/// left out, since no meaning depends on them. Tells whether anything was left out.
///
/// No message that is known has a `/` at the start of one of its own words.
fn shape(level: Level, beginning: &[u8], into: &mut Vec<u8>) -> bool {
    into.clear();
    into.push(level as u8);
    let mut rest = beginning;
    while let Some(at) = memchr::memchr(b'/', rest) {
        let (before, path) = rest.split_at_checked(at).unwrap_or((rest, b""));
        into.extend_from_slice(before);
        let starts_word = matches!(before.last(), Some(b' ' | b'"'));
        let length = if starts_word { path_length(path) } else { 1 };
        into.extend_from_slice(path.get(..1).unwrap_or_default());
        rest = path.get(length..).unwrap_or_default();
    }
    into.extend_from_slice(rest);
    amounts(into);
    into.len() != beginning.len() + 1
}

fn path_length(text: &[u8]) -> usize {
    let is_path = |b: &&u8| b.is_ascii_alphanumeric() || b"/._-+%~=".contains(b);
    text.iter().take_while(is_path).count().max(1)
}

/// Messages with an amount that is never the same, and what stands before it.
const AMOUNTS: [(&[u8], &[u8]); 4] = [
    (b"limiting requests, ", b"excess: "),
    (b"delaying request, ", b"excess: "),
    (b"client intended to send ", b"body: "),
    (b"upstream sent ", b"record: "),
];

fn amounts(shape: &mut Vec<u8>) {
    let text = shape.get(1..).unwrap_or_default();
    let Some((_, before)) = AMOUNTS.iter().find(|(start, _)| text.starts_with(start)) else {
        return;
    };
    let Some(at) = memchr::memmem::find(shape, before) else {
        return;
    };
    let from = at + before.len();
    let amount = |b: &&u8| b.is_ascii_digit() || **b == b'.';
    let length = shape.get(from..).map_or(0, |t| t.iter().take_while(amount).count());
    // The first digit stays, so that a number stays a number.
    if length > 1 {
        shape.drain(from + 1..from + length);
        if let Some(digit) = shape.get_mut(from) {
            *digit = b'0';
        }
    }
}
