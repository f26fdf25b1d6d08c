//! From a message to its symptom.
use super::phase::Phase;
use super::record::Level;
use super::template::{Captured, Row};
use super::{answer, connect, fastcgi, gateway, names, protocols, startup, tls};
use crate::symptom::{About, Symptom};

/// A message at its grammar position: nothing a visitor wrote is part of it,
/// except where nginx quotes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message<'a> {
    pub(super) level: Option<Level>,
    pub(super) text: &'a [u8],
    pub(super) errno: Option<u16>,
    pub(super) phase: Option<Phase<'a>>,
    /// Whether the record has an `upstream:` field.
    pub(super) has_upstream: bool,
}

static TABLES: &[&[Row]] = &[
    connect::TABLE,
    names::TABLE,
    answer::BEFORE_RESPONSE,
    protocols::TABLE,
    answer::BODY,
    gateway::TABLE,
];

impl<'a> Message<'a> {
    /// What the message means, and what it quotes.
    pub(super) fn classify(&self) -> Option<(Symptom, Captured<'a>)> {
        if self.level == Some(Level::Emerg) {
            return Some(self.classify_emergency());
        }
        fastcgi::recognise(self.text)
            .or_else(|| tls::recognise(self.text, self.phase))
            .or_else(|| TABLES.iter().find_map(|table| self.in_table(table)))
            .or_else(|| self.file_error())
            .or_else(|| {
                self.in_table(gateway::CLIENT)
                    .map(|found| self.whose_read(found))
            })
            .filter(|(symptom, captured)| is_plausible(*symptom, captured))
    }

    fn classify_emergency(&self) -> (Symptom, Captured<'a>) {
        let whole = Captured {
            text: Some(self.text),
            number: None,
        };
        self.in_table(gateway::TABLE)
            .or_else(|| self.in_table(startup::TABLE))
            .unwrap_or((Symptom::StartConfigInvalid, whole))
    }

    fn in_table(&self, table: &[Row]) -> Option<(Symptom, Captured<'a>)> {
        let call = self.call();
        let mut rows = table.iter().filter(|row| row.may_begin(call));
        rows.find_map(|row| {
            let captured = row.fits(call, self.errno, self.phase)?;
            Some((row.symptom, captured))
        })
    }

    /// The message in the words of Linux: with kqueue (BSD, macOS) and on Windows
    /// nginx names the calls of those systems.
    fn call(&self) -> &'a [u8] {
        match self.text {
            b"kevent() reported that connect() failed" => b"connect() failed",
            b"kevent() reported about an closed connection" | b"WSARecv() failed" => {
                b"recv() failed"
            }
            b"WSASend() failed" => b"send() failed",
            text => text,
        }
    }

    /// A missing or unreadable *static* file is logged as `error` and is a plain
    /// 404 or 403; files that nginx itself needs are `crit` or worse.
    fn file_error(&self) -> Option<(Symptom, Captured<'a>)> {
        let is_own = self.level.is_some_and(|level| level >= Level::Crit);
        is_own.then(|| self.in_table(gateway::FILES))?
    }

    /// While sending to the visitor nginx also reads the backend. It logs errors
    /// of a visitor's connection as `info`, those of a backend's as `error`.
    fn whose_read(&self, found: (Symptom, Captured<'a>)) -> (Symptom, Captured<'a>) {
        let loud = self.level.is_some_and(|level| level >= Level::Error);
        let reads = matches!(self.call(), b"recv() failed" | b"readv() failed");
        let both = self.phase == Some(Phase::SendingToClient) && self.has_upstream;
        if both && loud && reads {
            (Symptom::ResetInBody, found.1)
        } else {
            found
        }
    }
}

/// Names that were looked up hold no space; a longer text is somebody's prose.
fn is_plausible(symptom: Symptom, captured: &Captured<'_>) -> bool {
    let is_name = symptom.about() == About::Resolver || symptom == Symptom::NoResolver;
    let prose = |text: &[u8]| text.contains(&b' ') && !text.starts_with(b"service ");
    !is_name || symptom == Symptom::ResolverAnswerOdd || !captured.text.is_some_and(prose)
}
