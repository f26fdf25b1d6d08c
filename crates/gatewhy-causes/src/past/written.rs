//! Lines of a proxy that writes to a file of its own or to the journal.
use super::logs::{Lines, Span};
use crate::case::Case;
use crate::case::service::units;
use gatewhy_facts::fact::{Fact, Gap};
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::Entries;
use gatewhy_facts::time::Moment;

/// The most of its entries that are read from the journal.
const ENTRIES: u32 = 6_000;

/// A line with the moment it was written, and the log it stands in.
pub(super) struct Written<'k> {
    pub(super) at: Moment,
    pub(super) text: Cow<'k, [u8]>,
    pub(super) place: String,
}

/// The lines of files in a span of time, oldest first.
pub(super) fn in_files<'k>(
    lines: &Lines<'k>,
    span: Span,
    time_of: impl Fn(&[u8]) -> Option<Moment>,
) -> Vec<Written<'k>> {
    let mut all = Vec::new();
    for (path, bytes) in &lines.files {
        let place = path.to_string();
        let of = bytes.split(|byte| *byte == b'\n').filter_map(|line| {
            let at = time_of(line)?;
            let (text, place) = (Cow::Borrowed(line), place.clone());
            Some(Written { at, text, place })
        });
        all.extend(of.filter(|line| span.holds(line.at)));
    }
    all.sort_by_key(|line| line.at);
    all
}

impl<'k> Case<'k> {
    /// What the proxy's unit wrote to the journal in a span of time.
    pub(super) fn written_to_journal(
        &self,
        span: Span,
        wanted: impl Fn(&[u8]) -> bool,
    ) -> Fact<(Vec<Written<'k>>, Vec<Gap>)> {
        let unit = match self.proxy_unit() {
            Fact::Found(unit, _) => unit.id.clone(),
            Fact::Unknown(gap) if gap.is_pending() => return Fact::Unknown(gap),
            Fact::Absent(_) | Fact::Unknown(_) => format!("{}.service", self.proxy_unit_name()),
        };
        let place = units::journal_place(&unit);
        let journal = self.journal_of(Entries::Unit(unit), span, ENTRIES);
        journal.map(|journal| {
            let full = journal.entries.len() >= usize::try_from(ENTRIES).unwrap_or(usize::MAX);
            let gap = full.then(|| {
                let why = format!("only the newest {ENTRIES} entries are read");
                let allow = "a shorter window, with --at or --since";
                Gap::new(format!("the older entries of {place}"), why, allow)
            });
            let entries = journal.entries.into_iter();
            let written = entries.filter_map(|entry| {
                let text = Cow::Owned(entry.message?);
                let (at, place) = (entry.at, place.clone());
                (wanted(&text) && span.holds(at)).then_some(Written { at, text, place })
            });
            (written.collect(), gap.into_iter().collect())
        })
    }
}
