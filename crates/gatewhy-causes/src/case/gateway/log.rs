//! What the proxy's error log says of our own requests, and of recent ones.
use crate::case::Case;
use crate::case::gateway::record::Record;
use crate::case::programs::kind::Kind;
use crate::case::routing::peer::Dial;
use crate::case::service::units;
use crate::case::visit::site::Visit;
use crate::evidence::Evidence;
use crate::past::window::Window;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::nginx::error_log::{self, ErrorRecord};
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::{Part, Question};
use gatewhy_facts::symptom::Symptom;
use gatewhy_facts::time::Moment;
use gatewhy_facts::untrusted::shown_within;

/// How much of the log's end is read: some hundreds of records.
const TAIL: u32 = 128 << 10;

/// A record of the proxy's log with the moment it was written.
#[derive(Clone, Debug)]
pub struct Logged<'k> {
    /// The record.
    pub record: Record<'k>,
    /// When, by the host's clock, to the second.
    pub at: Moment,
    /// The log and the moment.
    pub source: Source,
    /// Whether it is about one of our own requests.
    pub own: bool,
}

impl Logged<'_> {
    /// The record's symptom, when it is about the proxy's upstream side.
    pub fn upstream_symptom(&self) -> Option<Symptom> {
        self.record.symptom.filter(|s| s.is_about_upstream())
    }

    /// That the proxy wrote it, and whether for our request.
    pub fn said_by(&self, proxy: &str) -> String {
        let whose = if self.own { " for our request" } else { "" };
        format!("{proxy} logged{whose}: {}", self.message())
    }

    /// The message as the proxy wrote it, without the fields behind it.
    pub fn message(&self) -> String {
        let raw = &*self.record.raw;
        // A line of JSON holds other fields behind it.
        if raw.starts_with(b"{") {
            return shown_within(&self.record.message, 200);
        }
        let start = find(raw, &self.record.message).unwrap_or(0);
        let rest = raw.get(start..).unwrap_or(raw);
        let end = find(rest, b", client: ").unwrap_or(rest.len());
        shown_within(rest.get(..end).unwrap_or(rest), 200)
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len().max(1))
        .position(|window| window == needle)
}

/// Whether a log of nginx's goes to the socket where the journal takes what programs
/// send to syslog.
pub(crate) fn is_for_journal(path: &str) -> bool {
    let server = path.strip_prefix("syslog:server=unix:");
    let socket = server.and_then(|rest| rest.split(',').next());
    matches!(
        socket,
        Some("/dev/log" | "/run/systemd/journal/dev-log" | "/run/systemd/journal/syslog")
    )
}

impl<'k> Case<'k> {
    /// The error log that this request's failures go to.
    pub fn error_log_path(&self) -> HostPath {
        let way = self.way();
        let set = way.found().and_then(|way| way.error_log.clone());
        set.unwrap_or_else(|| HostPath::new(self.proxy_kind().default_log()))
    }

    /// The newest records of the error log, read after the visits were made, oldest
    /// first.
    pub fn log(&self) -> Fact<&[Logged<'k>]> {
        let log = self.cells.log.get_or_init(|| self.read_log());
        log.as_ref().map(Vec::as_slice)
    }

    fn read_log(&self) -> Fact<Vec<Logged<'k>>> {
        if let Some(gap) = self.visits().iter().find_map(Fact::gap) {
            return Fact::Unknown(gap.clone());
        }
        self.read_log_in(1).and_then(|records, source| {
            // Where members were asked in turn, the log was read after the first of them.
            let in_turn = self.request.window == Some(Window::Lately);
            let told =
                |logged: &Logged<'_>| logged.own && (!in_turn || logged.record.symptom.is_some());
            if self.is_served() != Some(false) || records.iter().any(told) {
                return Fact::Found(records, source);
            }
            // A proxy may write its line a moment after the visitor has the answer.
            self.read_log_in(2)
        })
    }

    fn read_log_in(&self, round: u8) -> Fact<Vec<Logged<'k>>> {
        match self.proxy_kind() {
            Kind::Nginx if self.logs_to_journal() => {
                self.unit_lines(round, |line, at, place| self.handed_over(line, at, place))
            }
            Kind::Nginx => {
                let path = self.error_log_path();
                let text = self.log_text(&path, round);
                text.map(|bytes| self.logged(bytes, &path))
            }
            Kind::Apache => self.apache_log(round),
            Kind::Haproxy => self.haproxy_log(round),
            Kind::Caddy => self.caddy_log(round),
            Kind::Lighttpd => self.lighttpd_log(round),
            Kind::Varnish => self.varnish_log(round),
            Kind::Traefik => self.traefik_log(round),
            Kind::Envoy => self.envoy_log(round),
            Kind::SocketProxy => self.relay_log(round),
        }
    }

    /// Whether nginx hands what it logs of this request to the system's log, and to no
    /// file: then it stands in the journal.
    pub(crate) fn logs_to_journal(&self) -> bool {
        let logs = self.settings().map(|settings| &settings.error_logs);
        let mut paths = logs
            .into_iter()
            .flatten()
            .filter_map(|log| log.value.first());
        let file = self.way_found().is_some_and(|way| way.error_log.is_some());
        !file && paths.any(|path| is_for_journal(path))
    }

    /// A line that nginx handed over to the system's log: whole, with its own time.
    fn handed_over(&self, line: &[u8], at: Moment, place: &str) -> Option<Logged<'k>> {
        let record = error_log::parse(line)?;
        Some(Logged {
            own: self.is_own(&record, at),
            record: Record::from(record).owned(),
            at,
            source: Source::new(place.to_owned()).at_time(at),
        })
    }

    /// The end of a log file of the proxy's, after the visits.
    pub(in crate::case) fn log_text(&self, path: &HostPath, round: u8) -> Fact<&'k [u8]> {
        let question = Question::File {
            path: path.clone(),
            view: self.proxy_view(),
            part: Part::Tail { bytes: TAIL, round },
        };
        let allow = "run as root, or as a member of the group adm";
        self.known.bytes(&question, &path.to_string(), allow)
    }

    /// What the proxy's unit wrote to the journal, as far as `read` makes something
    /// of it.
    pub(in crate::case) fn unit_lines(
        &self,
        round: u8,
        read: impl Fn(&[u8], Moment, &str) -> Option<Logged<'k>>,
    ) -> Fact<Vec<Logged<'k>>> {
        let unit = self.proxy_unit();
        let name = match &unit {
            Fact::Found(unit, _) => unit.id.clone(),
            Fact::Unknown(gap) if gap.is_pending() => return Fact::Unknown(gap.clone()),
            Fact::Absent(_) | Fact::Unknown(_) => format!("{}.service", self.proxy_unit_name()),
        };
        let place = units::journal_place(&name);
        self.journal_in(&name, round).map(|journal| {
            let entries = journal.entries.iter();
            entries
                .filter_map(|entry| read(entry.message.as_deref()?, entry.at, &place))
                .collect()
        })
    }

    /// What a proxy that logs line by line logged: in the file that the way names, else in
    /// the journal of its unit, where `read` is given the time of the entry too.
    pub(in crate::case) fn own_lines(
        &self,
        round: u8,
        read: impl Fn(&[u8], Option<Moment>, &str) -> Option<Logged<'k>>,
    ) -> Fact<Vec<Logged<'k>>> {
        let file = self.way_found().and_then(|way| way.error_log.clone());
        let Some(path) = file else {
            return self.unit_lines(round, |line, at, place| read(line, Some(at), place));
        };
        let place = path.to_string();
        self.log_text(&path, round).map(|bytes| {
            let lines = bytes.split(|byte| *byte == b'\n');
            lines.filter_map(|line| read(line, None, &place)).collect()
        })
    }

    fn logged(&self, bytes: &'k [u8], path: &HostPath) -> Vec<Logged<'k>> {
        let offset = self.clock().map_or(0, |clock| clock.utc_offset_secs);
        let records = error_log::read(bytes).records.into_iter();
        let logged = records.filter_map(|record| {
            let at = record.at?.moment(offset)?;
            let own = self.is_own(&record, at);
            Some(Logged {
                record: Record::from(record),
                at,
                source: Source::new(path.to_string()).at_time(at),
                own,
            })
        });
        logged.collect()
    }

    /// A record is about our own request when time, visitor, request line and host
    /// all fit; nobody else asks from that address in that second by chance.
    fn is_own(&self, record: &ErrorRecord<'_>, at: Moment) -> bool {
        let Some(clock) = self.clock() else {
            return false;
        };
        let line = format!("GET {} HTTP/1.1", self.request.path);
        if self.is_streamed() {
            return at >= clock.now.plus_secs(-1) && self.is_own_connection(record);
        }
        at >= clock.now.plus_secs(-1)
            && record.context.request == Some(line.as_bytes())
            && record.context.host == Some(self.request.host_header().as_bytes())
            && self
                .visits()
                .iter()
                .filter_map(Fact::found)
                .any(|visit| is_client(visit, record))
    }

    /// Records about our own requests, oldest first.
    pub fn own_records(&self) -> Vec<&Logged<'k>> {
        self.all_records().filter(|logged| logged.own).collect()
    }

    /// The last record about our own requests that tells of the upstream side.
    pub fn own_failure(&self) -> Option<&Logged<'k>> {
        let mut own = self.own_records();
        own.retain(|logged| {
            logged
                .record
                .symptom
                .and_then(Symptom::error_type)
                .is_some()
        });
        own.pop()
    }

    /// What the proxy logged of our request, as evidence.
    pub fn said(&self) -> Option<Evidence> {
        let logged = self.own_failure()?;
        let proxy = self.proxy_name();
        let text = format!("{proxy} logged for our request: {}", logged.message());
        Some(Evidence::strong(text, &logged.source))
    }

    /// That the proxy used none of its servers for our request: it says so in its log, or
    /// in its answer.
    pub fn used_nobody(&self) -> Option<Evidence> {
        let nobody = |logged: &Logged<'_>| logged.record.symptom == Some(Symptom::NoLiveUpstreams);
        if self.own_failure().is_some_and(nobody) {
            return self.said();
        }
        let words = self.proxy_kind().words_without_server()?;
        let seen = self.seen_words().filter(|seen| seen.trim() == words)?;
        let text = format!("{} answers: {}", self.proxy_name(), seen.trim());
        let place = format!("GET {}", self.request.url);
        Some(Evidence::strong(text, &Source::new(place)))
    }

    /// Records of the last `secs` seconds, whoever asked.
    pub fn recent_records(&self, secs: i64) -> Vec<&Logged<'k>> {
        let Some(clock) = self.clock() else {
            return Vec::new();
        };
        let since = clock.now.plus_secs(-secs);
        self.all_records()
            .filter(|logged| logged.at >= since)
            .collect()
    }

    /// What was logged of our own request, if it is one of these; or a record of these that
    /// names no visitor, as some of Apache's do, but one of our backends, and was written
    /// just now.
    pub fn just_logged(&self, kinds: &[Symptom]) -> Option<&Logged<'k>> {
        const JUST_NOW: i64 = 5;
        let is_one = |logged: &&Logged<'k>| {
            let symptom = logged.record.symptom;
            symptom.is_some_and(|symptom| kinds.contains(&symptom))
        };
        if let Some(own) = self.own_failure() {
            return Some(own).filter(is_one);
        }
        let unnamed = self.proxy_kind() == Kind::Apache;
        let mut recent = self.recent_records(JUST_NOW).into_iter();
        recent.rfind(|logged| unnamed && is_one(logged) && self.names_a_peer(logged))
    }

    /// Whether a message names one of this site's backends: another site's may fail too.
    fn names_a_peer(&self, logged: &Logged<'_>) -> bool {
        let message = String::from_utf8_lossy(&logged.record.message);
        let mut words = message.split([' ', '(', ')']);
        words.any(|word| {
            let mut peers = self.peers().iter();
            peers.any(|peer| word == peer.written || word == peer.dial.to_string())
        })
    }

    /// Whether the proxy logged, between two moments, that a backend of this request
    /// took a connection and then broke it off: it did serve.
    pub fn broke_off_between(&self, from: Moment, until: Moment) -> bool {
        let served = |symptom: Symptom| {
            matches!(
                symptom,
                Symptom::ClosedBeforeResponse
                    | Symptom::ResetBeforeResponse
                    | Symptom::ClosedInBody
                    | Symptom::ResetInBody
            )
        };
        let peers = self.peers();
        self.all_records().any(|logged| {
            logged.record.symptom.is_some_and(served)
                && logged.at >= from.plus_secs(-1)
                && logged.at <= until.plus_secs(1)
                && peers.iter().any(|peer| is_peer(&logged.record, &peer.dial))
        })
    }

    fn all_records(&self) -> impl Iterator<Item = &Logged<'k>> {
        let log = self.cells.log.get_or_init(|| self.read_log());
        log.found().into_iter().flatten()
    }

    /// Why the error log could not be read, if it could not.
    pub fn log_gap(&self) -> Option<Gap> {
        self.log().gap().cloned()
    }
}

pub(in crate::case) fn is_client(visit: &Visit<'_>, record: &ErrorRecord<'_>) -> bool {
    let local = visit
        .conversation
        .local
        .map(|address| address.ip().to_string());
    // Whoever comes by a unix socket has no address.
    if local.is_none() && record.context.client == Some(b"unix:") {
        return true;
    }
    local.is_some_and(|ip| record.context.client == Some(ip.as_bytes()))
}

/// Whether the record's upstream is this peer.
pub fn is_peer(record: &Record<'_>, address: &Dial) -> bool {
    record.is_about(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_socket_of_this_host_leads_to_the_journal() {
        assert!(is_for_journal("syslog:server=unix:/dev/log"));
        assert!(is_for_journal(
            "syslog:server=unix:/dev/log,tag=web,nohostname"
        ));
        assert!(!is_for_journal("syslog:server=192.0.2.1:514"));
        assert!(!is_for_journal("syslog:server=unix:/run/own.sock"));
        assert!(!is_for_journal("/var/log/nginx/error.log"));
    }
}
