//! The past in lighttpd's logs.
//!
//! Its error log names the backend, and neither visitor nor site. That no backend is left
//! it says once, and then answers 503 without a word until it tries one again
//! (`note_is_sent` in `gw_backend.c`); the access log has those answers.
use super::access::Answers;
use super::failure::{Failure, Seen, Told};
use super::logs::Span;
use super::written::{self, Written};
use crate::case::Case;
use crate::case::gateway::record::Record;
use crate::case::routing::peer::Dial;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::lighttpd::access_log;
use gatewhy_facts::log_line::{self, Server};
use gatewhy_facts::log_window;
use gatewhy_facts::nginx::error_log::Peer as Named;
use gatewhy_facts::nginx::log_format::LogFormat;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::LogLines;
use gatewhy_facts::symptom::Symptom;
use gatewhy_facts::untrusted::shown;

/// What lighttpd answers where no backend is left.
const NOBODY: u16 = 503;
/// A request's failed connection and the note that no backend is left follow each other.
const SAME_SECS: i64 = 1;

impl<'k> Case<'k> {
    /// The records of the error log, oldest first.
    pub(super) fn lighttpd_told_within(&self, span: Span) -> Fact<(Vec<Told<'k>>, Vec<Gap>)> {
        self.lighttpd_written(span).map(|(written, gaps)| {
            let told = written
                .iter()
                .filter_map(|line| self.lighttpd_told_of(line));
            (without_echoes(told.collect()), gaps)
        })
    }

    /// Its lines in a span of time: in its file, or in the journal where it has none.
    fn lighttpd_written(&self, span: Span) -> Fact<(Vec<Written<'k>>, Vec<Gap>)> {
        let offset = self.clock().map_or(0, |clock| clock.utc_offset_secs);
        match self.log_within(&self.error_log_path(), span, LogLines::All) {
            Fact::Found(lines, source) => {
                let time_of = |line: &[u8]| log_window::time_of(line, offset);
                let all = written::in_files(&lines, span, time_of);
                Fact::Found((all, lines.gaps), source)
            }
            Fact::Absent(_) => self.written_to_journal(span, |_| true),
            Fact::Unknown(gap) => Fact::Unknown(gap),
        }
    }

    fn lighttpd_told_of(&self, written: &Written<'k>) -> Option<Told<'k>> {
        let line = &written.text;
        let told = log_line::recognise(line).filter(|told| told.server == Server::Lighttpd)?;
        told.symptom?;
        // A line that names nobody may be about the backend of another site.
        let told_peer = told.peer.is_some() || self.has_only_lighttpd_backends();
        let upstream = self.dial_told(told.peer).filter(|_| told_peer);
        let named = match told.peer {
            Some(Named::Name(name)) if upstream.is_none() => Some(shown(name).to_string()),
            _ => None,
        };
        Some(Told {
            at: written.at,
            record: Record {
                upstream,
                host: None,
                ..Record::told(line, &told)
            },
            client: None,
            connection: None,
            server: None,
            named,
            source: Source::new(written.place.clone()).at_time(written.at),
        })
    }

    /// The access log of the site, and the format of its lines.
    pub(super) fn lighttpd_access_log(&self) -> (Option<HostPath>, LogFormat) {
        let config = self.lighttpd();
        let request = self.as_forwarded().ok();
        let log = config
            .found()
            .zip(request)
            .and_then(|(config, request)| access_log::of_request(config, &self.files(), &request));
        let (path, format) = log.unzip();
        (path, format.unwrap_or_else(LogFormat::combined))
    }

    /// Whether lighttpd's configuration names backends in one place only.
    pub(super) fn has_only_lighttpd_backends(&self) -> bool {
        let config = self.lighttpd();
        config
            .found()
            .is_some_and(|config| access_log::has_only_backends(config))
    }

    /// Takes the answers that lighttpd gave without a word, because it had said already
    /// that no backend is left, for what they are.
    pub(super) fn lighttpd_said_once(&self, seen: &mut Seen<'k>, span: Span) {
        let before = span.widened(super::backend::BEFORE_SECS, 0);
        let written = self.lighttpd_written(before);
        if let Some(gap) = written.gap() {
            seen.unexplained = Some(gap.clone());
            seen.gaps.push(gap.clone());
        }
        let lines = written.found().map(|(written, _)| written.as_slice());
        let lines = lines.unwrap_or_default().iter();
        let told: Vec<Told<'k>> = lines
            .filter_map(|line| self.lighttpd_told_of(line))
            .collect();
        for failure in seen
            .failures
            .iter_mut()
            .filter(|failure| is_silent(failure))
        {
            if let Some(note) = note_before(&told, failure, &seen.answers) {
                failure.tries.push(note);
            }
        }
    }
}

/// Without what follows a failed connection and is about the same request: that the
/// backend is left alone for a while, and that none is left.
fn without_echoes(all: Vec<Told<'_>>) -> Vec<Told<'_>> {
    let mut kept: Vec<Told<'_>> = Vec::new();
    for told in all {
        let repeats = is_note(&told) || told.record.symptom == Some(Symptom::UpstreamDisabled);
        let echoes = repeats && kept.last().is_some_and(|last| is_just_before(last, &told));
        if !echoes {
            kept.push(told);
        }
    }
    kept
}

fn is_note(told: &Told<'_>) -> bool {
    told.record.symptom == Some(Symptom::NoLiveUpstreams)
}

/// Whether a record is about a failed try of the request that the note is about.
fn is_just_before(told: &Told<'_>, note: &Told<'_>) -> bool {
    told.failure().is_some() && !is_note(told) && note.at <= told.at.plus_secs(SAME_SECS)
}

fn is_silent(failure: &Failure<'_>) -> bool {
    failure.tries.is_empty() && failure.status == Some(NOBODY)
}

/// The note that still held when a request failed: nothing was tried or served since. Of
/// one second the log does not tell whether the request came before the backend was
/// tried again.
fn note_before<'k>(
    told: &[Told<'k>],
    failure: &Failure<'k>,
    answers: &Answers<'k>,
) -> Option<Told<'k>> {
    let ends = |told: &Told<'_>| told.record.symptom == Some(Symptom::ServerUp);
    let mut past = told.iter().enumerate().filter(|(_, told)| {
        let until = if ends(told) {
            failure.at.plus_secs(-1)
        } else {
            failure.at
        };
        (is_note(told) || ends(told)) && told.at <= until
    });
    let (place, note) = past.next_back().filter(|(_, told)| is_note(told))?;
    let since = Span {
        from: note.at.plus_secs(1),
        until: failure.at.plus_secs(-1),
    };
    (answers.served(since) != Some(true)).then_some(())?;
    let tried = told
        .get(..place)?
        .iter()
        .rev()
        .find(|told| told.failure().is_some() && !is_note(told));
    let dial: Option<Dial> = tried.and_then(|told| told.record.upstream.clone());
    let mut note = note.clone();
    note.at = failure.at;
    note.record.upstream = dial.or(note.record.upstream);
    Some(note)
}
