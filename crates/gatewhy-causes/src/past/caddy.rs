//! The past in Caddy's log. A line of an error names visitor, site and request, and the
//! reason; where access is logged, a second line of the same request tells what the
//! visitor got. Both stand in the journal of its unit, or in the file that the
//! configuration names.
use super::access::{Line, Read};
use super::failure::Told;
use super::logs::Span;
use super::site::Site;
use super::written::Written;
use crate::case::Case;
use gatewhy_facts::fact::{Fact, Gap};
use gatewhy_facts::log_line::Server;
use gatewhy_facts::log_line::json::Object;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::LogLines;
use gatewhy_facts::scan;

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
        self.own_written(span, LogLines::All)
            .map(|(written, gaps)| {
                let errors = written.iter().filter(|line| !line.is_access());
                let told = errors.filter_map(|line| self.caddy_told_of(line));
                (told.collect(), gaps)
            })
    }

    /// What visitors got; absent where access is not logged.
    pub(super) fn caddy_lines(&self, span: Span, site: &Site) -> Fact<Read<'k>> {
        self.own_written(span, LogLines::All)
            .and_then(|(written, gaps), source| {
                let access = written.iter().filter(|line| line.is_access());
                let lines: Vec<Line<'k>> = access.filter_map(|line| answer(line, site)).collect();
                if lines.is_empty() {
                    return Fact::Absent(source);
                }
                Fact::Found((lines, gaps), source)
            })
    }

    fn caddy_told_of(&self, written: &Written<'k>) -> Option<Told<'k>> {
        let told = written.read_as(Server::Caddy)?;
        told.symptom?;
        let mut record = self.caddy_record(&written.text, &told);
        record.request = told.request.map(|text| Cow::Owned(text.to_vec()));
        Some(written.told(&told, record))
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
