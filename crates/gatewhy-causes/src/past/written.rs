//! Lines of a proxy that writes to a file of its own or to the journal.
use super::failure::Told;
use super::logs::{Lines, Span};
use crate::case::Case;
use crate::case::gateway::record::Record;
use crate::case::service::units;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::log_line::{self, Server};
use gatewhy_facts::nginx::error_log::Peer as Named;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::{Entries, LogLines, LogWindow};
use gatewhy_facts::time::Moment;
use gatewhy_facts::untrusted::shown;

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

impl<'k> Written<'k> {
    /// What the line tells, with the record made of it.
    pub(super) fn told(&self, told: &log_line::Record<'_>, record: Record<'k>) -> Told<'k> {
        let named = match told.peer {
            Some(Named::Name(name)) if record.upstream.is_none() => Some(shown(name).to_string()),
            _ => None,
        };
        Told {
            at: self.at,
            record,
            client: told.client.map(|client| Cow::Owned(client.to_vec())),
            connection: None,
            server: None,
            named,
            source: self.source(),
        }
    }

    /// The log and the moment.
    pub(super) fn source(&self) -> Source {
        Source::new(self.place.clone()).at_time(self.at)
    }

    /// What that server's line says.
    pub(super) fn read_as(&self, server: Server) -> Option<log_line::Record<'_>> {
        log_line::recognise(&self.text).filter(|told| told.server == server)
    }
}

impl<'k> Case<'k> {
    /// The proxy's lines in a span of time: in the file that the way names, or in the
    /// journal of its unit.
    pub(super) fn own_written(
        &self,
        span: Span,
        which: LogLines,
    ) -> Fact<(Vec<Written<'k>>, Vec<Gap>)> {
        let way = self.way();
        let file = match &way {
            Fact::Unknown(gap) if gap.is_pending() => return Fact::Unknown(gap.clone()),
            way => way.found().and_then(|way| way.error_log.clone()),
        };
        let offset = self.clock().map_or(0, |clock| clock.utc_offset_secs);
        self.written_to(file.as_ref(), span, which, |line| {
            log_line::recognise(line)?.at?.moment(offset)
        })
    }

    /// The lines of a file in a span of time; where there is none, of the journal.
    pub(super) fn written_to(
        &self,
        file: Option<&HostPath>,
        span: Span,
        which: LogLines,
        time_of: impl Fn(&[u8]) -> Option<Moment>,
    ) -> Fact<(Vec<Written<'k>>, Vec<Gap>)> {
        let Some(path) = file else {
            let window = self.window(span);
            let wanted = |text: &[u8]| which == LogLines::All || window.may_have_failed(text);
            return self.written_to_journal(span, wanted);
        };
        self.log_within(path, span, which).map(|lines| {
            let all = in_files(&lines, span, time_of);
            (all, lines.gaps)
        })
    }

    /// The span as the host is asked for it.
    pub(super) fn window(&self, span: Span) -> LogWindow {
        LogWindow {
            from: span.from.secs(),
            until: span.until.secs(),
            offset: self.clock().map_or(0, |clock| clock.utc_offset_secs),
            lines: LogLines::Failed,
            bytes: 0,
        }
    }

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
