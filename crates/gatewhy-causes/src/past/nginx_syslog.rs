//! The past of an nginx that hands its logs to the system's log: they stand in the journal
//! of its unit, each line as it would stand in a file.
use super::access::{Line, Read, line_of};
use super::failure::{Told, told_at};
use super::logs::Span;
use super::site::Site;
use crate::case::Case;
use crate::case::gateway::log::is_for_journal;
use crate::case::programs::kind::Kind;
use gatewhy_facts::fact::{Fact, Gap};
use gatewhy_facts::nginx::access_log;
use gatewhy_facts::nginx::error_log;
use gatewhy_facts::nginx::log_format::LogFormat;
use gatewhy_facts::prelude::*;

impl<'k> Case<'k> {
    /// The records of the error log, oldest first.
    pub(super) fn nginx_told_to_journal(&self, span: Span) -> Fact<(Vec<Told<'k>>, Vec<Gap>)> {
        let is_record = |text: &[u8]| error_log::parse(text).is_some();
        self.written_to_journal(span, is_record)
            .map(|(written, gaps)| {
                let told = written.iter().filter_map(|line| {
                    let record = error_log::parse(&line.text)?;
                    Some(told_at(&record, line.at, &line.place)?.owned())
                });
                (told.collect(), gaps)
            })
    }

    /// The format of the access log's lines, where nginx hands them over too.
    pub(super) fn access_format_in_journal(&self) -> Option<LogFormat> {
        let settings = self
            .settings()
            .filter(|_| self.proxy_kind() == Kind::Nginx)?;
        let words = settings.access_logs.first()?.value.as_slice();
        words.first().filter(|path| is_for_journal(path))?;
        Some(self.access_log_setting().1)
    }

    /// What visitors got, by the lines that were handed over.
    pub(super) fn access_lines_in_journal(
        &self,
        span: Span,
        site: &Site,
        format: &LogFormat,
    ) -> Fact<Read<'k>> {
        let is_line = |text: &[u8]| error_log::parse(text).is_none();
        self.written_to_journal(span, is_line)
            .map(|(written, gaps)| {
                let of = |text: &[u8], place: &str| -> Option<Line<'k>> {
                    let record = access_log::read(text, format).records.into_iter().next()?;
                    Some(line_of(&record, site, place)?.owned())
                };
                let lines = written.iter();
                let lines = lines.filter_map(|line| of(&line.text, &line.place));
                (lines.filter(|line| span.holds(line.at)).collect(), gaps)
            })
    }
}

fn owned(bytes: Cow<'_, [u8]>) -> Cow<'static, [u8]> {
    Cow::Owned(bytes.into_owned())
}

impl Told<'_> {
    /// The same with bytes of its own.
    fn owned(self) -> Told<'static> {
        Told {
            at: self.at,
            client: self.client.map(owned),
            connection: self.connection,
            server: self.server.map(owned),
            named: self.named,
            source: self.source,
            record: self.record.owned(),
        }
    }
}

impl Line<'_> {
    /// The same with bytes of its own.
    fn owned(self) -> Line<'static> {
        Line {
            at: self.at,
            status: self.status,
            client: self.client.map(owned),
            request: self.request.map(owned),
            from_backend: self.from_backend,
            dial: self.dial,
            told: self.told.map(Told::owned),
            retries: self.retries,
            ours: self.ours,
            path: self.path,
            used: self.used,
        }
    }
}
