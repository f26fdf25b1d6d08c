//! The past in Caddy's log. A line of an error names visitor, site and request, and the
//! reason; where access is logged, a second line of the same request tells what the
//! visitor got. Both stand in the journal of its unit, or in the file that the
//! configuration names.
use super::access::{Line, Read};
use super::failure::Told;
use super::logs::Span;
use super::site::Site;
use super::written::{self, Written};
use crate::case::Case;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::log_line::json::Object;
use gatewhy_facts::log_line::{self, Server};
use gatewhy_facts::nginx::error_log::Peer as Named;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::LogLines;
use gatewhy_facts::scan;
use gatewhy_facts::time::Moment;
use gatewhy_facts::untrusted::shown;

impl Written<'_> {
    fn is_access(&self) -> bool {
        let fields = Object::parse(&self.text);
        let logger = fields.and_then(|fields| fields.get("logger"));
        logger.is_some_and(|logger| logger.starts_with(b"http.log.access"))
    }
}

impl<'k> Case<'k> {
    /// What Caddy logged of requests that it could not serve, and of its servers'
    /// health, oldest first.
    pub(super) fn caddy_told_within(&self, span: Span) -> Fact<(Vec<Told<'k>>, Vec<Gap>)> {
        self.caddy_written(span).map(|(written, gaps)| {
            let errors = written.iter().filter(|line| !line.is_access());
            let told = errors.filter_map(|line| self.caddy_told_of(line));
            (told.collect(), gaps)
        })
    }

    /// What visitors got; absent where access is not logged.
    pub(super) fn caddy_lines(&self, span: Span, site: &Site) -> Fact<Read<'k>> {
        self.caddy_written(span)
            .and_then(|(written, gaps), source| {
                let access = written.iter().filter(|line| line.is_access());
                let lines: Vec<Line<'k>> = access.filter_map(|line| answer(line, site)).collect();
                if lines.is_empty() {
                    return Fact::Absent(source);
                }
                Fact::Found((lines, gaps), source)
            })
    }

    /// Its lines in a span of time: in the file that the configuration names, or in the
    /// journal.
    fn caddy_written(&self, span: Span) -> Fact<(Vec<Written<'k>>, Vec<Gap>)> {
        let way = self.way();
        let file = match &way {
            Fact::Unknown(gap) if gap.is_pending() => return Fact::Unknown(gap.clone()),
            way => way.found().and_then(|way| way.error_log.clone()),
        };
        let Some(path) = file else {
            return self.written_to_journal(span, |_| true);
        };
        self.log_within(&path, span, LogLines::All).map(|lines| {
            let all = written::in_files(&lines, span, |line| self.caddy_time(line));
            (all, lines.gaps)
        })
    }

    fn caddy_time(&self, line: &[u8]) -> Option<Moment> {
        let offset = self.clock().map_or(0, |clock| clock.utc_offset_secs);
        log_line::recognise(line)?.at?.moment(offset)
    }

    fn caddy_told_of(&self, written: &Written<'k>) -> Option<Told<'k>> {
        let told =
            log_line::recognise(&written.text).filter(|told| told.server == Server::Caddy)?;
        told.symptom?;
        let owned = |text: &[u8]| Cow::<[u8]>::Owned(text.to_vec());
        let mut record = self.caddy_record(&written.text, &told);
        record.request = told.request.map(owned);
        let named = match told.peer {
            Some(Named::Name(name)) if record.upstream.is_none() => Some(shown(name).to_string()),
            _ => None,
        };
        Some(Told {
            at: written.at,
            record,
            client: told.client.map(owned),
            connection: None,
            server: None,
            named,
            source: Source::new(written.place.clone()).at_time(written.at),
        })
    }
}

/// A line of the access log.
fn answer<'k>(written: &Written<'k>, site: &Site) -> Option<Line<'k>> {
    let fields = Object::parse(&written.text)?;
    let request = fields.object("request")?;
    let owned = |name: &str| request.get(name).map(|text| Cow::Owned(text.to_vec()));
    Some(Line {
        at: written.at,
        status: scan::whole_number(fields.get("status")?)?,
        client: owned("remote_ip"),
        request: owned("uri"),
        from_backend: None,
        dial: None,
        told: None,
        retries: 0,
        ours: request.get("host").map(|host| site.is_host(host)),
        path: written.place.clone(),
        used: false,
    })
}
