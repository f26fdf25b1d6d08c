//! What a service wrote itself at the time.
use crate::case::service::fault::prevents_start;
use crate::case::service::units;
use crate::evidence::Evidence;
use crate::past::backend::Backend;
use crate::past::life::Down;
use crate::past::logs::Span;
use gatewhy_facts::app_log::{self, Kind, Output};
use gatewhy_facts::fact::Source;
use gatewhy_facts::prelude::*;
use gatewhy_facts::systemd::journal::Journal;
use gatewhy_facts::time::Moment;
use gatewhy_facts::untrusted::shown_within;

/// How long before its end a service may have said why.
const LAST_SECS: i64 = 10;

/// Something a service wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrote {
    pub(super) kind: Kind,
    pub(super) at: Moment,
    pub(super) text: String,
    pub(super) pid: Option<u32>,
    pub(super) number: Option<u64>,
    pub(super) fatal: bool,
}

impl Wrote {
    /// As evidence: words alone are no proof.
    pub(super) fn evidence(&self, unit: &str) -> Evidence {
        let source = Source::new(units::journal_place(unit)).at_time(self.at);
        Evidence::strong(format!("{unit} wrote: {}", self.text), &source)
    }

    /// For a summary.
    pub(super) fn short(&self) -> String {
        shown_within(self.text.as_bytes(), 80)
    }
}

/// What a service wrote in a span of time, oldest first.
pub(super) fn wrote(journal: &Journal, span: Span) -> Vec<Wrote> {
    let entries = journal.own_output().filter(|entry| span.holds(entry.at));
    let output = entries.map(|entry| Output {
        text: entry.message.as_deref().unwrap_or_default(),
        at: Some(entry.at),
        pid: entry.pid,
    });
    let events = app_log::read(output).into_iter();
    let timed = events.filter_map(|event| {
        Some(Wrote {
            kind: event.kind,
            at: event.at?,
            text: shown_within(event.text.trim_ascii(), 160),
            pid: event.pid,
            number: event.number,
            fatal: event.fatal,
        })
    });
    timed.collect()
}

/// The last telling thing that a service wrote before it ended.
pub(super) fn last_words(backend: &Backend, down: &Down) -> Option<Wrote> {
    let span = Span {
        from: down.from.plus_secs(-LAST_SECS),
        until: down.up.unwrap_or(down.from).plus_secs(1),
    };
    let all = wrote(backend.journal.found()?, span);
    let tells = |told: &&Wrote| {
        told.fatal
            || prevents_start(told.kind)
            || matches!(
                told.kind,
                Kind::HeapExhausted | Kind::Crashed | Kind::Exception
            )
    };
    let heap = all.iter().find(|told| told.kind == Kind::HeapExhausted);
    let first_reason = heap.or_else(|| all.iter().find(|told| prevents_start(told.kind)));
    first_reason
        .or_else(|| all.iter().rev().find(tells))
        .cloned()
}
