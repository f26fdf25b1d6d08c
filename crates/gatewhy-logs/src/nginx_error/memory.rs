//! Beginnings of records, and what they mean.
use super::exact::{Exact, ROOM};
use super::meaning;
use super::shape::{Hole, holes};
use crate::intern::hash;
use crate::tally::What;
use fearless_simd::Simd;
use gatewhy_facts::nginx::error_log::{self, Level, Phase};
use gatewhy_facts::symptom::Symptom;
use memchr::memmem::Finder;
use std::collections::HashMap;
use std::ops::Range;
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

/// What the fields of a record begin with.
pub(super) const CLIENT: &[u8] = b", client: ";
pub(super) static FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(CLIENT));

/// Places for beginnings by their first bytes, and beginnings in each.
const PLACES: usize = 1_024;
const IN_ONE_PLACE: usize = 12;
const FIRST_BYTES: usize = 24;
/// Most kinds of beginnings that are remembered.
const MOST: usize = 8_192;
/// Longest beginning that is remembered.
const LONGEST: usize = 400;

/// A message, and all that follows it in its line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message<'a> {
    pub(super) level: Level,
    pub(super) text: &'a [u8],
    /// So much from where it begins, whether its line is so long or not.
    pub(super) start: &'a [u8; ROOM],
}

/// A beginning that is known by its bytes.
#[derive(Clone, Debug)]
struct Entry {
    level: Level,
    /// All of it, or what stands before its one hole.
    before: Box<[u8]>,
    /// Its hole, and what stands behind it.
    hole: Option<(Hole, Box<[u8]>)>,
    meaning: Meaning,
}

impl Entry {
    /// The length of the beginning, if it fits.
    fn fits(&self, message: &Message<'_>) -> Option<usize> {
        let rest = message.text.strip_prefix(self.before.as_ref())?;
        let Some((hole, behind)) = &self.hole else {
            return (self.level == message.level).then_some(self.before.len());
        };
        let length = hole.length(rest);
        let fits = rest.get(length..)?.starts_with(behind) && self.level == message.level;
        fits.then_some(self.before.len() + length + behind.len())
    }
}

/// Meanings by the beginnings of records.
#[derive(Debug)]
pub(super) struct Memory {
    /// Beginnings that came twice.
    exact: Exact,
    /// Those that are not kept there, by a hash of their first bytes.
    others: Vec<Vec<Entry>>,
    /// Meanings of beginnings without what differs from record to record.
    kinds: HashMap<Box<[u8]>, Meaning>,
    /// Names that messages hold.
    names: Vec<Box<[u8]>>,
    /// The kind that is being looked up.
    scratch: Vec<u8>,
    holes: Vec<(Hole, Range<usize>)>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            exact: Exact::default(),
            others: vec![Vec::new(); PLACES],
            kinds: HashMap::new(),
            names: Vec::new(),
            scratch: Vec::new(),
            holes: Vec::new(),
        }
    }
}

impl Memory {
    /// What the record means; `None` where only the whole of it tells.
    #[inline(always)]
    pub(super) fn meaning<S: Simd>(&mut self, simd: S, message: &Message<'_>) -> Option<Meaning> {
        match self.exact.find(simd, message.level, message.start) {
            Some(meaning) => Some(meaning),
            None => self.other_meaning(message),
        }
    }

    fn other_meaning(&mut self, message: &Message<'_>) -> Option<Meaning> {
        let place = place_of(message);
        if let Some(meaning) = self.known(place, message) {
            return Some(meaning);
        }
        let at = FINDER.find(message.text)?;
        let beginning = message.text.get(..at)?;
        let length = at + CLIENT.len();
        // The byte that stands for a hole below.
        if memchr::memchr(0, beginning).is_some() {
            return None;
        }
        holes(beginning, &mut self.holes);
        self.write_kind(message.level, beginning);
        if let Some(known) = self.kinds.get(self.scratch.as_slice()) {
            let meaning = Meaning { length, ..*known };
            self.remember(place, message, meaning);
            return Some(meaning);
        }
        let meaning = self.judge(message.level, beginning)?;
        if self.kinds.len() < MOST && beginning.len() <= LONGEST {
            self.kinds.insert(self.scratch.as_slice().into(), meaning);
        }
        Some(Meaning { length, ..meaning })
    }

    fn known(&mut self, place: usize, message: &Message<'_>) -> Option<Meaning> {
        let entries = self.others.get_mut(place)?;
        let mut all = entries.iter().enumerate();
        let (at, length) = all.find_map(|(at, entry)| Some((at, entry.fits(message)?)))?;
        // Failures come in bursts: what came last comes next.
        if at > 0 {
            entries.swap(at, at / 2);
        }
        let meaning = entries.get(at / 2)?.meaning;
        Some(Meaning { length, ..meaning })
    }

    /// Writes the kind of a beginning: its level, and its text without its holes.
    fn write_kind(&mut self, level: Level, beginning: &[u8]) {
        self.scratch.clear();
        self.scratch.push(level as u8);
        let mut at = 0;
        for (_, hole) in &self.holes {
            self.scratch
                .extend_from_slice(beginning.get(at..hole.start).unwrap_or_default());
            self.scratch.push(0);
            at = hole.end;
        }
        self.scratch
            .extend_from_slice(beginning.get(at..).unwrap_or_default());
    }

    fn remember(&mut self, place: usize, message: &Message<'_>, meaning: Meaning) {
        let Some(whole) = message.text.get(..meaning.length) else {
            return;
        };
        // Sockets and addresses are few, files are not.
        let few = |(hole, at): &(Hole, Range<usize>)| match hole {
            Hole::Address => true,
            Hole::Path => whole
                .get(..at.start)
                .is_some_and(|text| text.ends_with(b"unix:/")),
            Hole::Amount => false,
        };
        if self.holes.iter().all(few) && self.exact.keep(message.level, message.start, meaning) {
            return;
        }
        let (before, hole) = match self.holes.as_slice() {
            [] => (Some(whole), None),
            [(hole, at)] => {
                let behind = whole.get(at.end..).unwrap_or_default();
                (whole.get(..at.start), Some((*hole, behind.into())))
            }
            _ => return,
        };
        let entries = self.others.get_mut(place);
        let room = entries.filter(|e| e.len() < IN_ONE_PLACE && meaning.length <= LONGEST);
        if let (Some(before), Some(entries)) = (before, room) {
            entries.push(Entry {
                level: message.level,
                before: before.into(),
                hole,
                meaning,
            });
        }
    }

    /// Has a record that consists of nothing but this beginning read in full.
    fn judge(&mut self, level: Level, beginning: &[u8]) -> Option<Meaning> {
        let name = level_name(level);
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
            Some(what) if what.failed || what.symptom == Symptom::UpstreamDisabled => {
                Whom::InFields
            }
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
        at.and_then(|at| self.names.get(at))
            .map_or(b"", AsRef::as_ref)
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

fn place_of(message: &Message<'_>) -> usize {
    let first = message.text.get(..FIRST_BYTES).unwrap_or(message.text);
    usize::try_from(hash(first) >> 54).unwrap_or(0)
}
