//! The counts: by symptom, upstream and hour, in memory that does not grow with
//! the log.
use crate::events::Events;
use crate::hour::{Hour, Stamp};
use crate::intern::Names;
use gatewhy_facts::nginx::error_log;
use gatewhy_facts::symptom::Symptom;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

/// Most hours that are told apart: more than eleven years.
const MOST_HOURS: usize = 100_000;
/// Longest example that is kept.
const LONGEST_EXAMPLE: usize = 2_048;

/// What is counted of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct What {
    /// What was seen.
    pub symptom: Symptom,
    /// Whether an exchange with an upstream failed of it; everything else is
    /// counted apart.
    pub failed: bool,
    /// Whether an access log tells it: an error log may tell the same once more.
    pub from_access: bool,
}

/// Where a record stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Number of the file, in the order they were given.
    pub file: u32,
    /// Offset of its first byte in the file, decompressed.
    pub offset: u64,
}

/// How often something happened in one hour, and between which seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// How often.
    pub count: u64,
    /// Second of the hour when it happened first.
    pub first: u16,
    /// Second of the hour when it happened last.
    pub last: u16,
}

impl Cell {
    /// Adds what happened in the same hour.
    pub fn add(&mut self, other: Self) {
        self.count += other.count;
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

/// Keys are numbers that we gave ourselves; nobody can make them collide.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mixer(u64);

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }
    fn write_u32(&mut self, n: u32) {
        self.write_u64(u64::from(n));
    }
    fn write_u64(&mut self, n: u64) {
        let mixed = (self.0.rotate_left(7) ^ n).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 32);
    }
}

pub(crate) type Quick = BuildHasherDefault<Mixer>;

/// A failed exchange, as it is found in a log.
#[derive(Clone, Copy, Debug)]
pub struct Failure<'a> {
    /// When, on the clock of the host that wrote the log.
    pub at: Stamp,
    /// What failed.
    pub what: What,
    /// With whom; empty where the record does not tell.
    pub upstream: &'a [u8],
    /// Where the record stands.
    pub place: Place,
    /// The record.
    pub record: &'a [u8],
}

/// Who wants to be told of every failure; from several threads at once.
#[derive(Clone)]
pub struct Listener(pub Arc<dyn Fn(&Failure<'_>) + Send + Sync>);

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

/// Everything that was counted.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Upstreams, by the number that the cells name.
    pub upstreams: Names,
    /// Lines.
    pub lines: u64,
    /// Records: a record may have several lines.
    pub records: u64,
    /// Lines longer than what is read of one.
    pub long_lines: u64,
    /// What happened behind the gateway.
    pub events: Events,
    /// Only records between these are counted, both included.
    pub within: Within,
    /// Who is told of every failure.
    pub listener: Option<Listener>,
    /// Only what a visitor saw as this status is counted.
    pub status: Option<u16>,
    /// The first and the last time of a record.
    pub span: Option<(Stamp, Stamp)>,
    hours: Vec<HourCells>,
    recent: Recent,
    /// Of which file and hour the recent ones are.
    recent_of: Option<(u32, Hour)>,
    hour_places: HashMap<Hour, usize, Quick>,
    current: usize,
    current_hour: Option<Hour>,
    examples: BTreeMap<What, (Place, Box<[u8]>)>,
    /// By the low bits of a cell's key: one more than the number of the file in
    /// which an example was last looked for.
    looked: Vec<u32>,
}

/// From when to when records are counted, both included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Within {
    /// The first second; none: from the beginning.
    pub since: Option<Stamp>,
    /// The last second; none: to the end.
    pub until: Option<Stamp>,
}

impl Within {
    /// Whether a record of that time is counted.
    pub fn holds(&self, at: Stamp) -> bool {
        self.since.is_none_or(|since| at >= since) && self.until.is_none_or(|until| at <= until)
    }
}

/// What was counted in one hour.
#[derive(Clone, Debug, Default)]
struct HourCells {
    hour: Hour,
    /// Requests of access logs.
    requests: u64,
    /// Places in `cells`, by key.
    places: HashMap<u32, u32, Quick>,
    /// Cells with their keys, in the order in which they were needed first.
    cells: Vec<(u32, Cell)>,
}

/// Places in the cells of one hour of the keys that came last, by some of their bits.
#[derive(Clone, Debug, Default)]
struct Recent(Vec<(u32, u32)>);

impl Recent {
    const SLOTS: usize = 2_048;

    fn slot(key: u32) -> usize {
        usize::try_from(key.wrapping_mul(0x9e37_79b1) >> 21).unwrap_or(0)
    }

    fn place(&self, key: u32) -> Option<u32> {
        let (known, place) = self.0.get(Self::slot(key))?;
        (*known == key).then_some(*place)
    }

    fn remember(&mut self, key: u32, place: u32) {
        if let Some(slot) = self.0.get_mut(Self::slot(key)) {
            *slot = (key, place);
        }
    }

    /// Forgets all, for another hour. No cell has the key that stands for none.
    fn clear(&mut self) {
        self.0.clear();
        self.0.resize(Self::SLOTS, (u32::MAX, 0));
    }
}

impl HourCells {
    /// The place of the cell with that key; a new one where there is none.
    fn place(&mut self, key: u32, new: Cell) -> u32 {
        let next = u32::try_from(self.cells.len()).unwrap_or(u32::MAX);
        let place = *self.places.entry(key).or_insert(next);
        if place == next {
            self.cells.push((key, new));
        }
        place
    }

    fn cell(&mut self, place: u32) -> Option<&mut Cell> {
        let (_, cell) = self.cells.get_mut(usize::try_from(place).ok()?)?;
        Some(cell)
    }

    /// Adds what another thread counted; `numbers` are those of its upstreams here.
    fn merge(&mut self, other: &Self, numbers: &[u32]) {
        self.requests += other.requests;
        let more = other.cells.len().saturating_sub(self.cells.len());
        self.places.reserve(more);
        for (there, cell) in other.all() {
            let upstream = usize::try_from(there >> 12).ok();
            let number = upstream.and_then(|at| numbers.get(at)).copied();
            let key = number.unwrap_or(Names::NONE) << 12 | there & 0xfff;
            let new = Cell { count: 0, ..cell };
            let place = self.place(key, new);
            if let Some(own) = self.cell(place) {
                own.add(cell);
            }
        }
    }

    fn all(&self) -> impl Iterator<Item = (u32, Cell)> {
        self.cells.iter().copied()
    }
}

/// The key of a cell: upstream, symptom, failed.
fn key(what: What, upstream: u32) -> u32 {
    // There are fewer than 1,024 symptoms, and fewer than 2^20 upstreams.
    let kind = (what.symptom as u32) << 2 | u32::from(what.from_access) << 1;
    upstream << 12 | kind | u32::from(what.failed)
}

fn unkey(key: u32) -> Option<(What, u32)> {
    let at = usize::try_from(key >> 2 & 0x3ff).ok()?;
    let symptom = *symptoms().get(at)?;
    let what = What {
        symptom,
        failed: key & 1 == 1,
        from_access: key & 2 == 2,
    };
    Some((what, key >> 12))
}

fn symptoms() -> &'static [Symptom] {
    static ALL: std::sync::OnceLock<Vec<Symptom>> = std::sync::OnceLock::new();
    ALL.get_or_init(|| Symptom::all().collect())
}

/// Whether a visitor saw that status: the access log's, or the one that nginx
/// answers with, unless another server or an `error_page` changes it.
fn was_seen_as(status: u16, record: &[u8]) -> bool {
    if let Some((record, _)) = error_log::first(record) {
        return record.effect() == error_log::Effect::Status(status);
    }
    let record = gatewhy_facts::log_line::recognise(record);
    record.and_then(|record| record.status) == Some(status)
}

impl Tally {
    /// Notes a record of that time; tells whether it is to be counted.
    pub fn record(&mut self, at: Stamp) -> bool {
        if !self.within.holds(at) {
            return false;
        }
        self.records += 1;
        if at.hour == Hour::UNKNOWN {
            return true;
        }
        match &mut self.span {
            Some((first, last)) => {
                *first = (*first).min(at);
                *last = (*last).max(at);
            }
            None => self.span = Some((at, at)),
        }
        true
    }

    /// Counts a request of an access log.
    pub fn request(&mut self, at: Stamp) {
        if self.current_hour != Some(at.hour) {
            self.turn_to(at.hour);
        }
        if let Some(hour) = self.hours.get_mut(self.current) {
            hour.requests += 1;
        }
    }

    /// Requests of access logs, by hour; empty where no access log was read.
    pub fn requests(&self) -> impl Iterator<Item = (Hour, u64)> {
        let all = self.hours.iter().map(|hour| (hour.hour, hour.requests));
        all.filter(|(_, requests)| *requests > 0)
    }

    /// Counts what a record means, keeps it as an example, and tells who listens.
    pub fn tell(&mut self, what: What, upstream: u32, at: Stamp, place: Place, record: &[u8]) {
        let seen = |status| was_seen_as(status, record);
        if self.status.is_some_and(|status| !seen(status)) {
            return;
        }
        if self.recent_of != Some((place.file, at.hour)) {
            self.turn_to(at.hour);
            self.recent.clear();
            self.recent_of = Some((place.file, at.hour));
        }
        let key = key(what, upstream);
        let known = self.recent.place(key);
        let cell = known.unwrap_or_else(|| self.first_in_a_while(key, what, at, place, record));
        self.count(cell, at.seconds);
        if let (Some(listener), true) = (&self.listener, what.failed) {
            (listener.0)(&Failure {
                at,
                what,
                upstream: self.upstreams.name(upstream),
                place,
                record,
            });
        }
    }

    /// What is not among the last ones of its file and hour: gives its cell.
    #[cold]
    fn first_in_a_while(
        &mut self,
        key: u32,
        what: What,
        at: Stamp,
        place: Place,
        record: &[u8],
    ) -> u32 {
        self.offer_example(what, place, record);
        let new = Cell {
            count: 0,
            first: at.seconds,
            last: at.seconds,
        };
        let hour = self.hours.get_mut(self.current);
        let cell = hour.map_or(u32::MAX, |hour| hour.place(key, new));
        self.recent.remember(key, cell);
        cell
    }

    fn count(&mut self, cell: u32, second: u16) {
        let hour = self.hours.get_mut(self.current);
        if let Some(cell) = hour.and_then(|hour| hour.cell(cell)) {
            cell.count += 1;
            cell.first = cell.first.min(second);
            cell.last = cell.last.max(second);
        }
    }

    fn turn_to(&mut self, hour: Hour) {
        let hour = if self.hours.len() < MOST_HOURS || self.hour_places.contains_key(&hour) {
            hour
        } else {
            Hour::UNKNOWN
        };
        let next = self.hours.len();
        self.current = *self.hour_places.entry(hour).or_insert(next);
        if self.current == next {
            self.hours.push(HourCells {
                hour,
                ..HourCells::default()
            });
        }
        self.current_hour = Some(hour);
        self.recent_of = None;
    }

    /// Keeps the record as the example of `what`, if it is the first in its file,
    /// and no earlier file has one. Records of one file come in their order.
    fn offer_example(&mut self, what: What, place: Place, record: &[u8]) {
        let at = usize::try_from(key(what, 0)).unwrap_or(0);
        if self.looked.get(at) == Some(&place.file.wrapping_add(1)) {
            return;
        }
        if self.looked.len() <= at {
            self.looked.resize(4_096, 0);
        }
        if let Some(looked) = self.looked.get_mut(at) {
            *looked = place.file.wrapping_add(1);
        }
        if self.wants_example(what, place) {
            let text = record.get(..LONGEST_EXAMPLE).unwrap_or(record);
            self.examples.insert(what, (place, text.into()));
        }
    }

    fn wants_example(&self, what: What, place: Place) -> bool {
        self.examples.get(&what).is_none_or(|(at, _)| *at > place)
    }

    /// The first record of that kind.
    pub fn example(&self, what: What) -> Option<&[u8]> {
        self.examples.get(&what).map(|(_, text)| text.as_ref())
    }

    /// Adds what another thread counted.
    pub fn merge(&mut self, other: Self) {
        if self.hours.is_empty() && self.lines == 0 && self.examples.is_empty() {
            *self = other;
            return;
        }
        self.events.merge(other.events);
        self.lines += other.lines;
        self.long_lines += other.long_lines;
        self.records += other.records;
        self.span = match (self.span, other.span) {
            (Some(own), Some(there)) => Some((own.0.min(there.0), own.1.max(there.1))),
            (own, there) => own.or(there),
        };
        let numbers: Vec<u32> = (0..other.upstreams.count())
            .map(|number| self.upstreams.adopt(&other.upstreams, number))
            .collect();
        for there in other.hours {
            self.turn_to(there.hour);
            if let Some(own) = self.hours.get_mut(self.current) {
                own.merge(&there, &numbers);
            }
        }
        for (what, (place, text)) in other.examples {
            if self.wants_example(what, place) {
                self.examples.insert(what, (place, text));
            }
        }
    }

    /// Every cell; those of one hour follow each other, and are else in no order.
    pub fn cells(&self) -> impl Iterator<Item = (Hour, What, u32, Cell)> {
        self.hours.iter().flat_map(|hour| {
            hour.all().filter_map(|(key, cell)| {
                let (what, upstream) = unkey(key)?;
                Some((hour.hour, what, upstream, cell))
            })
        })
    }
}
