//! The requests of this site that failed in the window, as the proxy's logs tell it.
//!
//! The error log tells why, once for each try; the access log tells what the visitor
//! got, once for each request. Joined, a try that another member made good is no
//! failure, and an error without a try is the backend's own or the proxy's.
use super::access::{Answered, Answers};
use super::logs::Span;
use super::site::Site;
use crate::case::Case;
use crate::case::gateway::record::Record;
use crate::case::programs::kind::Kind;
use crate::case::routing::peer::Dial;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::nginx::error_log::{self, ErrorRecord, Peer as Named};
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::LogLines;
use gatewhy_facts::scan;
use gatewhy_facts::symptom::{About, Symptom};
use gatewhy_facts::time::Moment;
use gatewhy_facts::untrusted::{shown, shown_within};

/// Tries of one request are no further apart.
const SAME_REQUEST_SECS: i64 = 130;

/// One record of the proxy's log.
#[derive(Clone, Debug)]
pub struct Told<'k> {
    /// When it was written.
    pub at: Moment,
    /// What it says.
    pub record: Record<'k>,
    /// The visitor's address.
    pub client: Option<Cow<'k, [u8]>>,
    /// The proxy's number of the visitor's connection.
    pub connection: Option<u64>,
    /// The first name of the server block that took the request.
    pub server: Option<Cow<'k, [u8]>>,
    /// The upstream, where it is told by a name.
    pub named: Option<String>,
    /// The log and the moment.
    pub source: Source,
}

/// A request that failed.
#[derive(Clone, Debug)]
pub struct Failure<'k> {
    /// When its first try failed, or when it was answered.
    pub at: Moment,
    /// When its last try failed.
    pub last: Moment,
    /// What the proxy logged of its tries, oldest first.
    pub tries: Vec<Told<'k>>,
    /// What the visitor got, where the access log tells.
    pub status: Option<u16>,
    /// Whether the backend itself made that status, where the access log tells.
    pub from_backend: Option<bool>,
    /// The backend that answered, where only the access log tells.
    pub answered_by: Option<Dial>,
    /// The record that tells of it.
    pub source: Source,
}

/// What the proxy's logs tell of the window.
#[derive(Clone, Debug, Default)]
pub struct Seen<'k> {
    /// The requests that failed, oldest first.
    pub failures: Vec<Failure<'k>>,
    /// How many tries failed that another try made good.
    pub retried: u64,
    /// The site's answers near the failures.
    pub answers: Answers<'k>,
    /// What the proxy logged of itself: reloads, crashed workers.
    pub own: Vec<Told<'k>>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
    /// Why it is not known of every failure what the proxy logged of it, if it is not.
    pub unexplained: Option<Gap>,
    /// Whether the proxy knew why, and does not tell: its log in memory was overwritten, or
    /// it writes no reasons.
    pub untold: bool,
    /// Why it is not known which failed tries visitors noticed, if it is not.
    pub unnoticed: Option<Gap>,
}

impl Told<'_> {
    /// Its symptom, when it tells of a request that the gateway could not serve.
    pub fn failure(&self) -> Option<Symptom> {
        self.record.symptom.filter(|symptom| is_failure(*symptom))
    }

    /// The message as the proxy wrote it, without the fields behind it.
    pub fn message(&self) -> String {
        let raw = &*self.record.raw;
        // A line of JSON holds other fields behind it.
        if raw.starts_with(b"{") {
            return shown_within(&self.record.message, 160);
        }
        let end = scan::find(raw, b", client: ").unwrap_or(raw.len());
        let head = raw.get(..end).unwrap_or(raw);
        let start = scan::find(head, &self.record.message).unwrap_or(0);
        shown_within(head.get(start..).unwrap_or(head), 160)
    }
}

/// Whether a visitor gets a gateway's error for it.
pub(super) fn is_failure(symptom: Symptom) -> bool {
    let refused = matches!(
        symptom,
        Symptom::RequestDenied
            | Symptom::NoRoute
            | Symptom::UpgradedIdle
            | Symptom::WorkerCrashed
            | Symptom::WorkerGone
            | Symptom::ServedFromCache
            | Symptom::ServerMarkedDown
            | Symptom::ServerDisabledByAdmin
    );
    let about = symptom.about();
    symptom.error_type().is_some()
        && !refused
        && matches!(about, About::Upstream | About::Resolver | About::Gateway)
}

impl<'k> Case<'k> {
    /// What the proxy's logs tell of a span of time.
    pub(super) fn seen_within(&self, span: Span) -> Fact<Seen<'k>> {
        let site = Site::of(self);
        let told = match self.told_within(span, &site) {
            Fact::Found(told, _) => told,
            Fact::Absent(source) => {
                let why = "the proxy writes none";
                let gap = Gap::new(format!("the error log {}", source.place), why, "");
                (Vec::new(), vec![gap])
            }
            Fact::Unknown(gap) => return Fact::Unknown(gap),
        };
        let (told, mut gaps) = told;
        let mut seen = Seen {
            unexplained: gaps.first().or(site.unknown.as_ref()).cloned(),
            untold: !gaps.is_empty()
                && (self.varnish_holds_something() || self.traefik_tells_no_reasons()),
            ..Seen::default()
        };
        let mut requests: Vec<Failure<'k>> = Vec::new();
        for told in told {
            if told.failure().is_none() {
                seen.own.push(told);
            } else if site.is_ours(&told) {
                add(&mut requests, told);
            }
        }
        let times: Vec<Moment> = requests.iter().map(|failure| failure.at).collect();
        match self.answers_within(span, &site, &times) {
            Fact::Found(answers, _) => seen.answers = answers,
            Fact::Absent(_) => {}
            Fact::Unknown(gap) if gap.is_pending() => return Fact::Unknown(gap),
            Fact::Unknown(gap) => {
                seen.unnoticed = Some(gap.clone());
                gaps.push(gap);
            }
        }
        gaps.append(&mut seen.answers.gaps);
        seen.gaps = gaps;
        seen.join(requests, &site);
        if self.proxy_kind() == Kind::Lighttpd {
            self.lighttpd_said_once(&mut seen, span);
        }
        Fact::Found(seen, Source::new(self.error_log_path().to_string()))
    }

    /// The records of the error log, oldest first.
    fn told_within(&self, span: Span, site: &Site) -> Fact<(Vec<Told<'k>>, Vec<Gap>)> {
        match self.proxy_kind() {
            Kind::Nginx => self.nginx_told(span),
            Kind::Apache => self.apache_told_within(span),
            // One line tells of the request and of what went wrong.
            Kind::Haproxy => self.haproxy_notices(span),
            Kind::Caddy => self.caddy_told_within(span),
            Kind::Lighttpd => self.lighttpd_told_within(span),
            Kind::Varnish => self.varnish_told_within(span, site),
            Kind::Traefik => self.traefik_told_within(span),
            Kind::Envoy => self.envoy_told_within(),
            Kind::SocketProxy => {
                let what = format!("the past in {}'s logs", Kind::SocketProxy.name());
                let why = "it tells of no visitor's connection";
                Fact::Unknown(Gap::new(what, why, ""))
            }
        }
    }

    fn nginx_told(&self, span: Span) -> Fact<(Vec<Told<'k>>, Vec<Gap>)> {
        if self.logs_to_journal() {
            return self.nginx_told_to_journal(span);
        }
        let offset = self.clock().map_or(0, |clock| clock.utc_offset_secs);
        let log = self.log_within(&self.error_log_path(), span, LogLines::All);
        log.map(|lines| {
            let files = lines.files.iter();
            let mut all: Vec<Told<'k>> = files
                .flat_map(|(path, bytes)| {
                    let records = error_log::read(bytes).records.into_iter();
                    let path = path.to_string();
                    records.filter_map(move |record| told(&record, offset, &path))
                })
                .filter(|told| span.holds(told.at))
                .collect();
            all.sort_by_key(|told| told.at);
            (all, lines.gaps)
        })
    }
}

fn told<'k>(record: &ErrorRecord<'k>, offset: i32, path: &str) -> Option<Told<'k>> {
    told_at(record, record.at?.moment(offset)?, path)
}

/// What a record of a failure tells.
pub(super) fn told_at<'k>(record: &ErrorRecord<'k>, at: Moment, path: &str) -> Option<Told<'k>> {
    record.symptom?;
    let named = match record.context.upstream.map(|upstream| upstream.peer) {
        Some(Named::Name(name)) => Some(shown(name).to_string()),
        _ => None,
    };
    Some(Told {
        at,
        client: record.context.client.map(Cow::Borrowed),
        connection: record.connection,
        server: record.context.server.map(Cow::Borrowed),
        named,
        source: Source::new(path).at_time(at),
        record: Record::from(*record),
    })
}

/// Adds a failed try to the request that it belongs to: of the same connection, for
/// the same request line, at another backend.
fn add<'k>(requests: &mut Vec<Failure<'k>>, told: Told<'k>) {
    let same = |request: &&mut Failure<'k>| {
        let Some(first) = request.tries.first() else {
            return false;
        };
        told.connection.is_some()
            && (first.connection, first.record.pid) == (told.connection, told.record.pid)
            && first.record.request == told.record.request
            && told.at <= request.last.plus_secs(SAME_REQUEST_SECS)
            && !request.tries.iter().any(|tried| {
                (&tried.record.upstream, &tried.named) == (&told.record.upstream, &told.named)
            })
    };
    let recent = requests.iter_mut().rev().take(256);
    if let Some(request) = recent.into_iter().find(same) {
        request.last = request.last.max(told.at);
        request.tries.push(told);
        return;
    }
    requests.push(Failure {
        at: told.at,
        last: told.at,
        status: None,
        from_backend: None,
        answered_by: None,
        source: told.source.clone(),
        tries: vec![told],
    });
}

impl<'k> Seen<'k> {
    /// Takes in the requests whose tries failed, with what became of them, and those
    /// that only the access log tells of.
    fn join(&mut self, requests: Vec<Failure<'k>>, site: &Site) {
        self.failures = self.answers.take_told();
        self.retried = self.answers.retried();
        for mut failure in requests {
            match self.answers.of_request(&failure) {
                Answered::Failed(status, from_backend) => {
                    failure.status = Some(status);
                    failure.from_backend = from_backend;
                    self.failures.push(failure);
                }
                Answered::Well if failure.breaks_body() => self.failures.push(failure),
                Answered::Well if !failure.is_about_backend() => {}
                Answered::Well => {
                    let tries = u64::try_from(failure.tries.len()).unwrap_or(u64::MAX);
                    self.retried = self.retried.saturating_add(tries);
                }
                Answered::Unknown if failure.tries.iter().all(|t| site.may_be_anothers(t)) => {}
                Answered::Unknown => self.failures.push(failure),
            }
        }
        let rest = self.answers.other_failures();
        self.failures.extend(rest);
        self.failures.sort_by_key(|failure| failure.at);
    }
}

impl Failure<'_> {
    /// Whether the visitor had a good status already when it failed.
    fn breaks_body(&self) -> bool {
        self.tries.iter().any(|told| {
            matches!(
                told.record.symptom,
                Some(
                    Symptom::ClosedInBody
                        | Symptom::ResetInBody
                        | Symptom::BodyTimeout
                        | Symptom::ChunkInvalid
                        | Symptom::DiskFull
                        | Symptom::FileDenied
                        | Symptom::FileMissing
                        | Symptom::ReadOnlyFileSystem
                )
            )
        })
    }

    /// Whether every try failed at a backend, so that another one may have served it.
    fn is_about_backend(&self) -> bool {
        let mut symptoms = self.tries.iter().filter_map(|told| told.record.symptom);
        symptoms.all(Symptom::is_about_upstream)
    }

    /// The last thing that the proxy logged of it.
    pub fn symptom(&self) -> Option<Symptom> {
        // That no member is left follows from the tries before, as does what becomes of a
        // failed check.
        let tries = self.tries.iter().rev();
        let mut symptoms = tries.filter_map(Told::failure);
        let last = symptoms.clone().next();
        symptoms
            .find(|symptom| {
                !matches!(
                    symptom,
                    Symptom::NoLiveUpstreams | Symptom::AuthRequestFailed
                )
            })
            .or(last)
    }

    /// Every backend that was tried.
    pub fn dials(&self) -> impl Iterator<Item = &Dial> {
        let tried = self
            .tries
            .iter()
            .filter_map(|told| told.record.upstream.as_ref());
        tried.chain(&self.answered_by)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a check before the request and what follows from it there are two records.
    #[test]
    fn records_of_one_request_are_one_failure() {
        let log = br#"2026/11/22 13:24:55 [error] 220#220: *13 connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, server: app.test, request: "GET / HTTP/1.1", subrequest: "/_auth", upstream: "http://127.0.0.1:4180/check", host: "app.test"
2026/11/22 13:24:55 [error] 220#220: *13 auth request unexpected status: 502 while sending to client, client: 127.0.0.1, server: app.test, request: "GET / HTTP/1.1", host: "app.test"
2026/11/22 13:24:55 [error] 220#220: *15 connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, server: app.test, request: "GET / HTTP/1.1", subrequest: "/_auth", upstream: "http://127.0.0.1:4180/check", host: "app.test"
"#;
        let mut requests = Vec::new();
        for record in error_log::read(log).records {
            add(&mut requests, told(&record, 0, "error.log").unwrap());
        }
        let tries: Vec<usize> = requests.iter().map(|request| request.tries.len()).collect();
        assert_eq!(tries, [2, 1]);
    }
}
