//! The past in HAProxy's log: one line tells of a request, what the visitor got, and by
//! its termination state what went wrong. Beside them stand its notices about servers.
use super::access::{Line, Read};
use super::failure::Told;
use super::logs::Span;
use super::written::{self, Written};
use crate::case::Case;
use crate::case::gateway::record::Record;
use crate::case::programs::haproxy;
use crate::case::programs::kind::Kind;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::haproxy::log::{self, Request};
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::LogLines;
use gatewhy_facts::scan;
use gatewhy_facts::symptom::Symptom;
use gatewhy_facts::untrusted::shown;

impl<'k> Case<'k> {
    /// The lines about requests of this site.
    pub(super) fn haproxy_lines(&self, span: Span, which: LogLines) -> Fact<Read<'k>> {
        let route = self.haproxy_route();
        let backend = route.found().and_then(|route| route.backend.clone());
        let backend = backend.map(|(name, _)| name.into_bytes());
        let written = self.haproxy_written(span, which);
        written.map(|(written, gaps)| {
            let lines = written.into_iter();
            let lines = lines.filter_map(|line| self.haproxy_line(&line, backend.as_deref()));
            (lines.collect(), gaps)
        })
    }

    /// What HAProxy wrote in a span of time: in its usual file, or in the journal.
    fn haproxy_written(&self, span: Span, which: LogLines) -> Fact<(Vec<Written<'k>>, Vec<Gap>)> {
        let path = HostPath::new(Kind::Haproxy.default_log());
        match self.log_within(&path, span, which) {
            Fact::Found(lines, source) => {
                let window = self.window(span);
                let all = written::in_files(&lines, span, |line| window.time_of(line));
                Fact::Found((all, lines.gaps), source)
            }
            Fact::Absent(_) => self.written_to(None, span, which, |_| None),
            Fact::Unknown(gap) => Fact::Unknown(gap),
        }
    }

    /// A line about a request to the backend of this site.
    fn haproxy_line(&self, written: &Written<'k>, backend: Option<&[u8]>) -> Option<Line<'k>> {
        // A connection that was passed on names no request that could be looked for.
        let told = log::request(&written.text).filter(|told| !told.is_connection)?;
        let ours = backend.map(|backend| backend == told.backend);
        let (at, place) = (written.at, written.place.clone());
        let client = Cow::<[u8]>::Owned(address(told.client).to_vec());
        let request = Cow::<[u8]>::Owned(told.request.to_vec());
        let record = self.haproxy_record(&told);
        Some(Line {
            at,
            status: u16::try_from(told.status).unwrap_or(0),
            client: Some(client.clone()),
            request: Some(request),
            from_backend: told.is_from_server(),
            dial: record.upstream.clone(),
            retries: u64::try_from(told.retries).unwrap_or(0),
            told: told.symptom.is_some().then(|| Told {
                at,
                client: Some(client),
                connection: None,
                server: None,
                named: group(&told),
                source: Source::new(place.clone()).at_time(at),
                record,
            }),
            ours,
            path: place,
            used: false,
        })
    }

    /// Its notices about servers: they went down, and came back.
    pub(super) fn haproxy_notices(&self, span: Span) -> Fact<(Vec<Told<'k>>, Vec<Gap>)> {
        self.haproxy_written(span, LogLines::Failed)
            .map(|(written, gaps)| {
                let notices = written.iter().filter_map(notice);
                (notices.collect(), gaps)
            })
    }
}

/// The visitor's address without the port.
fn address(client: &[u8]) -> &[u8] {
    scan::rsplit_once(client, ":").map_or(client, |(address, _)| address)
}

/// The backend that no server of could be used.
fn group(told: &Request<'_>) -> Option<String> {
    told.has_no_server()
        .then(|| shown(told.backend).to_string())
}

fn notice<'k>(written: &Written<'k>) -> Option<Told<'k>> {
    let health = log::health(&written.text)?;
    let symptom = if health.up {
        Symptom::ServerUp
    } else {
        Symptom::ServerMarkedDown
    };
    let start = scan::find(&written.text, b"Server ").unwrap_or(0);
    let message = written.text.get(start..).unwrap_or_default().to_vec();
    let record = Record {
        raw: written.text.to_vec().into(),
        message: message.into(),
        errno: None,
        symptom: Some(symptom),
        text: None,
        number: None,
        upstream: None,
        protocol: None,
        pid: None,
        request: None,
        host: None,
        is_subrequest: false,
        handshaking: false,
    };
    Some(Told {
        at: written.at,
        record,
        client: None,
        connection: None,
        server: None,
        named: Some(haproxy::server_name(health.backend, health.server)),
        source: Source::new(written.place.clone()).at_time(written.at),
    })
}
