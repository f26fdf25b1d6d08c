//! The counts as a few facts: what, how often, where, from when to when.
use crate::events::Event;
use crate::hour::{Hour, Stamp};
use crate::intern::Names;
use crate::scan::{Read, Scanned, Skipped};
use crate::tally::{Cell, Place, Quick, Tally, What};
use gatewhy_facts::symptom::Symptom;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// An upstream, as far as the log tells.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Upstream {
    /// Its address, or the name of its group, or the name that could not be looked up.
    Named(Vec<u8>),
    /// The record was longer than the log's lines, and the upstream was cut off.
    Cut,
    /// The record does not name one.
    Unnamed,
    /// One of too many.
    Other,
}

/// One kind of failure, or of anything else.
#[derive(Clone, Debug)]
pub struct Row {
    /// What was seen.
    pub symptom: Symptom,
    /// How often.
    pub count: u64,
    /// When first; none where the log has no times.
    pub first: Option<Stamp>,
    /// When last.
    pub last: Option<Stamp>,
    /// With whom how often, most first.
    pub upstreams: Vec<(Upstream, u64)>,
    /// How often in each hour.
    pub hours: BTreeMap<Hour, u64>,
    /// When it began with an upstream in an hour, in order; empty where nothing is
    /// known to have happened behind the gateway.
    pub onsets: Vec<Stamp>,
    /// The first record, as it is.
    pub example: Vec<u8>,
}

/// What happened in one hour.
#[derive(Clone, Debug, Default)]
pub struct HourRow {
    /// Failed exchanges.
    pub failures: u64,
    /// Requests in access logs.
    pub requests: u64,
    /// Of which kind how often.
    pub symptoms: BTreeMap<Symptom, u64>,
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The first and the last time of a record.
    pub period: Option<(Stamp, Stamp)>,
    /// What was read.
    pub files: Vec<Read>,
    /// What was not read, or not in full.
    pub skipped: Vec<Skipped>,
    /// Lines.
    pub lines: u64,
    /// Records.
    pub records: u64,
    /// Requests in access logs; none where no access log was read.
    pub requests: Option<u64>,
    /// Failed exchanges with an upstream.
    pub failures: u64,
    /// Failed exchanges that an access log tells of and that are not counted, since
    /// an error log that was read tells of its failures better.
    pub told_twice: u64,
    /// They by symptom, most first.
    pub by_symptom: Vec<Row>,
    /// They by hour.
    pub by_hour: BTreeMap<Hour, HourRow>,
    /// Everything else that is known: client-side errors, limits, notices.
    pub other: Vec<Row>,
    /// What happened behind the gateway, the earliest first.
    pub events: Vec<Event>,
    /// Every file that was named, or is in a folder that was.
    pub paths: Vec<PathBuf>,
}

/// What a report is about.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Only failures with upstreams whose address holds this.
    pub upstream: Option<Vec<u8>>,
    /// Only these symptoms.
    pub symptoms: Option<Vec<Symptom>>,
    /// Only kinds of failures that come this often an hour.
    pub min_rate: f64,
}

impl Wanted {
    /// Whether a record of that kind belongs to it.
    pub fn holds(&self, what: What, upstream: &Upstream) -> bool {
        self.holds_symptom(what.symptom) && self.holds_upstream(upstream)
    }

    fn holds_symptom(&self, symptom: Symptom) -> bool {
        let wanted = self.symptoms.as_ref();
        wanted.is_none_or(|all| all.contains(&symptom))
    }

    fn holds_upstream(&self, upstream: &Upstream) -> bool {
        self.upstream.as_ref().is_none_or(|wanted| match upstream {
            Upstream::Named(name) => memchr::memmem::find(name, wanted).is_some(),
            _ => false,
        })
    }
}

impl Report {
    /// The report of what was counted.
    pub fn new(scanned: &Scanned, wanted: &Wanted) -> Self {
        let tally = &scanned.tally;
        let mut report = Self {
            period: tally.span.filter(|(first, _)| first.hour != Hour::UNKNOWN),
            files: scanned.files.clone(),
            skipped: scanned.skipped.clone(),
            lines: tally.lines,
            records: tally.records,
            events: tally.events.all().cloned().collect(),
            paths: scanned.paths.clone(),
            ..Self::default()
        };
        report.take_requests(tally);
        for (what, sum) in report.sums(tally, wanted) {
            let row = sum.row(what, tally);
            if wanted.min_rate > report.rate(&row) {
                continue;
            }
            if what.failed {
                report.take_failures(&row);
                report.by_symptom.push(row);
            } else {
                report.other.push(row);
            }
        }
        for rows in [&mut report.by_symptom, &mut report.other] {
            rows.sort_by(|a, b| b.count.cmp(&a.count).then(a.symptom.cmp(&b.symptom)));
        }
        report
    }

    /// The cells that are wanted, added up by what was counted.
    fn sums(&mut self, tally: &Tally, wanted: &Wanted) -> Vec<(What, Sum)> {
        let twice = has_error_log(tally);
        let upstreams: Vec<bool> = (0..tally.upstreams.count())
            .map(|number| wanted.holds_upstream(&name_of(tally, number)))
            .collect();
        let named = |number: u32| {
            let at = usize::try_from(number).ok();
            at.and_then(|at| upstreams.get(at))
                .is_some_and(|held| *held)
        };
        let mut kinds = Kinds::default();
        for (hour, what, upstream, cell) in tally.cells() {
            if !wanted.holds_symptom(what.symptom) || !named(upstream) {
                continue;
            }
            if twice && is_told_twice(what) {
                self.told_twice += cell.count;
                continue;
            }
            if let Some(sum) = kinds.sum(what) {
                sum.add(upstream, hour, cell, !self.events.is_empty());
            }
        }
        kinds.sums
    }

    fn take_requests(&mut self, tally: &Tally) {
        for (hour, requests) in tally.requests() {
            *self.requests.get_or_insert(0) += requests;
            if hour != Hour::UNKNOWN {
                self.by_hour.entry(hour).or_default().requests += requests;
            }
        }
    }

    fn take_failures(&mut self, row: &Row) {
        self.failures += row.count;
        for (hour, count) in &row.hours {
            let into = self.by_hour.entry(*hour).or_default();
            into.failures += count;
            *into.symptoms.entry(row.symptom).or_default() += count;
        }
    }

    /// The file in which that place is.
    pub fn path(&self, place: Place) -> Option<&Path> {
        let at = usize::try_from(place.file).ok()?;
        self.paths.get(at).map(PathBuf::as_path)
    }

    /// Hours from the first record to the last, at least one.
    pub fn hours(&self) -> f64 {
        let Some((first, last)) = self.period else {
            return 1.0;
        };
        number(
            last.seconds_from_epoch()
                .abs_diff(first.seconds_from_epoch())
                / 36,
        )
        .max(100.0)
            / 100.0
    }

    /// How often an hour.
    pub fn rate(&self, row: &Row) -> f64 {
        number(row.count) / self.hours()
    }

    /// How often an hour in the last eighth of the period, and before. `None` for
    /// periods too short for a trend.
    pub fn trend(&self, row: &Row) -> Option<(f64, f64)> {
        const SHORTEST: i64 = 6;
        let (first, last) = self.period?;
        let hours = last.hour.hours_from_epoch() - first.hour.hours_from_epoch() + 1;
        if hours < SHORTEST {
            return None;
        }
        // The last hour is mostly not over: so at least one whole hour besides.
        let since = last.hour.hours_from_epoch() - (hours / 8).max(1);
        let late: u64 = row
            .hours
            .iter()
            .filter(|(hour, _)| hour.hours_from_epoch() >= since)
            .map(|(_, count)| count)
            .sum();
        let border = since * 3_600;
        let rate = |count: u64, seconds: i64| {
            number(count) * 3_600.0 / number(seconds.max(1).unsigned_abs())
        };
        Some((
            rate(late, last.seconds_from_epoch() - border),
            rate(row.count - late, border - first.seconds_from_epoch()),
        ))
    }
}

/// How many of a hundred.
pub fn share(part: u64, whole: u64) -> f64 {
    number(part) * 100.0 / number(whole.max(1))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a rate for people; counts are far below 2^53"
)]
fn number(count: u64) -> f64 {
    count as f64
}

/// Sums by what was counted.
#[derive(Default)]
struct Kinds {
    sums: Vec<(What, Sum)>,
    /// Where in `sums`, by the numbers of symptoms, twice each: first what did not
    /// fail, then what did.
    places: Vec<Option<usize>>,
}

impl Kinds {
    /// The sum for that kind; a new one where there is none.
    fn sum(&mut self, what: What) -> Option<&mut Sum> {
        let at = (what.symptom as usize) << 1 | usize::from(what.failed);
        if self.places.len() <= at {
            self.places.resize(at + 1, None);
        }
        let place = *self.places.get_mut(at)?.get_or_insert(self.sums.len());
        if place == self.sums.len() {
            let what = What {
                from_access: false,
                ..what
            };
            self.sums.push((what, Sum::default()));
        }
        self.sums.get_mut(place).map(|(_, sum)| sum)
    }
}

#[derive(Default)]
struct Sum {
    count: u64,
    first: Option<Stamp>,
    last: Option<Stamp>,
    upstreams: HashMap<u32, u64, Quick>,
    /// An hour comes in one go.
    hours: Vec<(Hour, u64)>,
    onsets: Vec<Stamp>,
}

impl Sum {
    /// Adds a cell; `onsets` tells whether it matters when it began.
    fn add(&mut self, upstream: u32, hour: Hour, cell: Cell, onsets: bool) {
        self.count += cell.count;
        *self.upstreams.entry(upstream).or_default() += cell.count;
        if hour == Hour::UNKNOWN {
            return;
        }
        match self.hours.last_mut() {
            Some((last, count)) if *last == hour => *count += cell.count,
            _ => self.hours.push((hour, cell.count)),
        }
        let (first, last) = (hour.at(cell.first), hour.at(cell.last));
        if onsets {
            self.onsets.push(first);
        }
        self.first = Some(self.first.map_or(first, |known| known.min(first)));
        self.last = Some(self.last.map_or(last, |known| known.max(last)));
    }

    fn row(self, what: What, tally: &Tally) -> Row {
        let mut upstreams: Vec<(Upstream, u64)> = self
            .upstreams
            .into_iter()
            .map(|(number, count)| (name_of(tally, number), count))
            .collect();
        upstreams.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let mut onsets = self.onsets;
        onsets.sort_unstable();
        onsets.dedup();
        Row {
            symptom: what.symptom,
            onsets,
            count: self.count,
            first: self.first,
            last: self.last,
            upstreams,
            hours: self.hours.into_iter().collect(),
            example: example(tally, what),
        }
    }
}

/// Whether an error log told of failures.
pub fn has_error_log(tally: &Tally) -> bool {
    tally
        .cells()
        .any(|(_, what, _, _)| what.failed && !what.from_access)
}

/// Whether an error log tells of it as well: of every error that nginx makes, and
/// of none that it passes on.
pub fn is_told_twice(what: What) -> bool {
    what.from_access && what.failed && what.symptom != Symptom::PassedOnError
}

fn example(tally: &Tally, what: What) -> Vec<u8> {
    let access = What {
        from_access: true,
        ..what
    };
    let example = tally.example(what).or_else(|| tally.example(access));
    example.unwrap_or_default().to_vec()
}

/// The upstream behind a number of the tally.
pub fn name_of(tally: &Tally, number: u32) -> Upstream {
    match number {
        Names::NONE => Upstream::Unnamed,
        Names::CUT => Upstream::Cut,
        Names::OTHERS => Upstream::Other,
        number => Upstream::Named(tally.upstreams.name(number).to_vec()),
    }
}
