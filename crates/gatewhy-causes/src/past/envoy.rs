//! The past in Envoy's access log: one line tells of a request, what the visitor got, and
//! by its flags what went wrong. Envoy writes only where its configuration says so, and
//! what it logs some seconds later.
use super::access::{Line, Read};
use super::failure::Told;
use super::logs::Span;
use super::site::Site;
use super::written::Written;
use crate::case::Case;
use crate::case::gateway::record::Record;
use crate::case::programs::envoy::ended;
use gatewhy_facts::fact::{Fact, Gap};
use gatewhy_facts::log_line::Server;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::LogLines;
use gatewhy_facts::symptom::Symptom;

/// It flushes its logs every ten seconds (`--file-flush-interval-msec`).
const FLUSH_SECS: i64 = 12;

impl<'k> Case<'k> {
    /// Nothing that the lines do not tell; unknown where it writes none.
    pub(super) fn envoy_told_within(&self) -> Fact<(Vec<Told<'k>>, Vec<Gap>)> {
        let config = self.envoy();
        match config {
            Fact::Found(config, source) if config.logs_requests() => {
                Fact::Found((Vec::new(), Vec::new()), source)
            }
            Fact::Unknown(gap) => Fact::Unknown(gap),
            Fact::Found(..) | Fact::Absent(_) => {
                let why = "Envoy's configuration has no access_log";
                let allow = "an access_log in the HttpConnectionManager, and restart Envoy";
                Fact::Unknown(Gap::new("the requests that Envoy served", why, allow))
            }
        }
    }

    /// The lines about requests.
    pub(super) fn envoy_lines(&self, span: Span, site: &Site, which: LogLines) -> Fact<Read<'k>> {
        let written = self.own_written(span.widened(0, FLUSH_SECS), which);
        written.map(|(written, mut gaps)| {
            let lines = written.iter();
            let read: Vec<Line<'k>> = lines
                .filter_map(|line| self.envoy_line(line, site))
                .collect();
            let failed = read.iter().any(|line| line.status >= 500);
            if !failed && let Some(line) = written.iter().find(|line| may_be_unread(line)) {
                let why = "its lines are in a format that is not read";
                let allow = "leave log_format out, which gives Envoy's own";
                gaps.push(Gap::new(line.place.clone(), why, allow));
            }
            let within = read.into_iter().filter(|line| span.holds(line.at));
            (within.collect(), gaps)
        })
    }

    fn envoy_line(&self, written: &Written<'k>, site: &Site) -> Option<Line<'k>> {
        let read = written.read_as(Server::Envoy)?;
        let (request, status) = (read.request?, read.status?);
        let offset = self.clock().map_or(0, |clock| clock.utc_offset_secs);
        let at = ended(&read, offset).unwrap_or(written.at);
        let dial = read.peer.and_then(|peer| self.dial_told(Some(peer)));
        let of_peer = || {
            let dial = dial.as_ref()?;
            Some(self.peers().iter().any(|peer| peer.dial.is_same(dial)))
        };
        let ours = match read.host {
            Some(host) if site.is_host(host) => Some(true),
            Some(_) if !self.envoy_rewrites_hosts() => Some(false),
            _ => of_peer(),
        };
        let record = Record {
            upstream: dial.clone(),
            ..Record::told(&written.text, &read)
        };
        let told = Told {
            at,
            ..written.told(&read, record)
        };
        // Envoy's own answers have flags; what is passed on has none.
        let passed_on = read.symptom == Some(Symptom::PassedOnError);
        let from_backend = match told.failure() {
            Some(_) => Some(false),
            None => passed_on.then_some(dial.is_some()),
        };
        Some(Line {
            at,
            status,
            client: None,
            request: Some(Cow::Owned(request.to_vec())),
            from_backend,
            dial,
            told: Some(told),
            retries: 0,
            ours,
            path: written.place.clone(),
            used: false,
        })
    }

    /// Whether Envoy logs another host than the visitor asked for.
    fn envoy_rewrites_hosts(&self) -> bool {
        let config = self.envoy();
        config.found().is_none_or(|config| config.rewrites_hosts())
    }
}

/// Whether a line may tell of a request in words that nobody reads: not one of Envoy's
/// own messages, which begin with their time and a thread.
fn may_be_unread(line: &Written<'_>) -> bool {
    line.read_as(Server::Envoy).is_none() && !gatewhy_facts::scan::holds(&line.text, "][")
}
