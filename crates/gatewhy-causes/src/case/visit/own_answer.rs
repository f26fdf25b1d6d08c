//! Errors that the proxy's own configuration asks for: a `return`, a flag file, a
//! default server that hangs up, a limit.
use crate::case::Case;
use crate::case::exchange::direct::Outcome as Direct;
use crate::case::exchange::link::Link;
use crate::case::programs::kind::Kind;
use crate::case::visit::site::Seen;
use crate::evidence::Evidence;
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::nginx::error_log::Level;
use gatewhy_facts::nginx::files::Files;
use gatewhy_facts::nginx::route::{Answer, Outcome, Route, Step};
use gatewhy_facts::nginx::setting::Setting;
use gatewhy_facts::nginx::settings::Settings;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::source_text::Place;
use gatewhy_facts::symptom::Symptom;
use gatewhy_facts::time::Moment;
use gatewhy_facts::untrusted::shown;

/// nginx's way to close a connection without an answer.
pub const HANG_UP: u16 = 444;

/// An error that the configuration asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnAnswer {
    /// The status that the configuration names.
    pub status: u16,
    /// Why, as a lower-case fragment.
    pub why: String,
    /// The directive that asks for it.
    pub place: Option<Place>,
    /// The condition that held.
    pub condition: Option<Place>,
    /// The file whose presence or absence decided it.
    pub file: Option<HostPath>,
    /// Whether the visitor's host is no server's name, so that the default one
    /// answered.
    pub by_default_server: bool,
    /// Whether its condition counts what visitors do: a limit.
    pub counts: bool,
    /// Whether no line asks for it: the request only leads to no server.
    pub leads_nowhere: bool,
}

/// A limit that refused our own request.
#[derive(Clone, Debug)]
pub struct Limited {
    /// Whether connections are limited, and not requests.
    pub connections: bool,
    /// The zone that counts.
    pub zone: String,
    /// The record of our own request.
    pub record: Evidence,
    /// The line that limits.
    pub rule: Option<Setting<Vec<String>>>,
    /// The line that makes the zone.
    pub zone_line: Option<Place>,
    /// What is counted, as it is written: `$binary_remote_addr`.
    pub key: Option<String>,
    /// How many requests a zone lets through, as it is written: `10r/s`.
    pub rate: Option<String>,
}

/// How many visitors asked lately, by the access log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traffic {
    /// Requests in the last minute.
    pub in_a_minute: u64,
    /// The most of them in one second.
    pub in_a_second: u64,
}

impl Case<'_> {
    /// The error that the visitor got, when the configuration on disk asks for it.
    pub fn own_answer(&self) -> Option<OwnAnswer> {
        if self.proxy_kind() != Kind::Nginx {
            return self.plain_answer();
        }
        let route = self.route();
        let route = &route.found()?.route;
        if let Some(refused) = self.refused_handshake(route) {
            return Some(refused);
        }
        let Outcome::Answer(last) = &route.outcome else {
            return None;
        };
        let fits = match self.seen()? {
            Seen::Status(status) => status >= 500 && route.status() == Some(status),
            Seen::ClosedWithoutAnswer => last.status == HANG_UP,
            _ => false,
        };
        let other = self.own_failure().and_then(|logged| logged.record.symptom);
        let own = matches!(
            other,
            None | Some(Symptom::RewriteCycle | Symptom::GatewayMisconfigured)
        );
        let first = route.replaced.first().unwrap_or(last);
        (fits && own).then(|| Self::told_by(route, first))
    }

    /// Whether nginx closes the visitor's connection because its configuration says so;
    /// also while that is being asked.
    pub fn hangs_up_as_told(&self) -> bool {
        if self.proxy_kind() != Kind::Nginx || self.seen() != Some(Seen::ClosedWithoutAnswer) {
            return false;
        }
        match self.route() {
            Fact::Found(routed, _) => routed.route.status() == Some(HANG_UP),
            Fact::Unknown(gap) => gap.is_pending(),
            Fact::Absent(_) => false,
        }
    }

    /// What Apache or HAProxy answer by their own configuration.
    fn plain_answer(&self) -> Option<OwnAnswer> {
        let Some(answer) = self.way_found()?.answer.as_ref() else {
            return self.haproxy_refusal();
        };
        let fits = self.seen()? == Seen::Status(answer.status) && answer.status >= 500;
        // Without a backend HAProxy has no server, and logs no more than that.
        let other = self.own_failure().and_then(|logged| logged.record.symptom);
        let none = answer.leads_nowhere && other == Some(Symptom::NoLiveUpstreams);
        (fits && (other.is_none() || none)).then(|| OwnAnswer {
            status: answer.status,
            why: answer.why.clone(),
            place: answer.place.clone(),
            condition: None,
            file: None,
            by_default_server: false,
            counts: false,
            leads_nowhere: answer.leads_nowhere,
        })
    }

    fn told_by(route: &Route, answer: &Answer) -> OwnAnswer {
        let condition = condition_of(route, answer);
        OwnAnswer {
            status: answer.status,
            why: answer.why.clone(),
            place: answer.place.clone(),
            condition: condition.and_then(|step| step.place.clone()),
            file: condition.and_then(|step| step.file.clone()),
            by_default_server: has_step(route, "no name matches"),
            counts: false,
            leads_nowhere: false,
        }
    }

    /// `ssl_reject_handshake`: no server on that port has this name.
    fn refused_handshake(&self, route: &Route) -> Option<OwnAnswer> {
        let step = route
            .trace
            .iter()
            .find(|step| step.what.starts_with("ssl_reject_handshake"))?;
        (self.seen()? == Seen::TlsFailed).then(|| OwnAnswer {
            status: HANG_UP,
            why: "the TLS handshake is refused on purpose".into(),
            place: step.place.clone(),
            condition: None,
            file: None,
            by_default_server: true,
            counts: false,
            leads_nowhere: false,
        })
    }

    /// Whether a file is there, as the proxy sees it.
    pub fn is_there(&self, file: &HostPath) -> Option<bool> {
        match self.files().kind(file) {
            Fact::Found(..) => Some(true),
            Fact::Absent(_) => Some(false),
            Fact::Unknown(_) => None,
        }
    }

    /// When a file was last changed, or made.
    pub fn file_changed(&self, file: &HostPath) -> Option<Moment> {
        self.walk(file).found()?.changed()
    }

    /// The limit of the proxy's own that refused our request: it says so in its log, or
    /// is the only thing of its own that answers so.
    pub fn limited(&self) -> Option<Limited> {
        if self.proxy_kind() != Kind::Nginx {
            return None;
        }
        let kinds = [Symptom::RateLimited, Symptom::ConnectionLimited];
        let mut own = self.own_records();
        own.retain(|logged| logged.record.symptom.is_some_and(|s| kinds.contains(&s)));
        let Some(logged) = own.pop() else {
            return self.silent_limit();
        };
        let connections = logged.record.symptom == Some(Symptom::ConnectionLimited);
        let zone = shown(logged.record.text.as_deref().unwrap_or_default()).to_string();
        let message = logged.message();
        let text = format!("nginx logged for our request: {message}");
        let rule = if connections {
            self.limit_conn_of(&zone)
        } else {
            self.limit_req_of(&zone)
        };
        let record = Evidence::strong(text, &logged.source);
        Some(self.limit_told(connections, zone, rule, record))
    }

    /// A limit that logs at a level that the error log leaves out. Of itself nginx answers
    /// with that status for nothing else, and the backend does not.
    fn silent_limit(&self) -> Option<Limited> {
        let Seen::Status(status) = self.seen()? else {
            return None;
        };
        let by_backend = |link: Link<'_, '_>| match link.direct_outcome() {
            Some(Direct::Answered(code)) => code >= 500,
            _ => true,
        };
        let settings = self.settings()?;
        self.call()?;
        self.log_is_known()?;
        let links = self.links();
        if !self.own_records().is_empty() || links.is_empty() || links.into_iter().any(by_backend) {
            return None;
        }
        // What a cache kept is no answer of the backend's now.
        if self.backend_settings().is_some_and(|s| s.cache.is_some()) {
            return None;
        }
        let least = least_logged(settings)?;
        let silent = |set: &Setting<u64>, level: &Setting<Level>| {
            set.value == u64::from(status) && level.value < least
        };
        let requests = settings.limit_req.first();
        let requests =
            requests.filter(|_| silent(&settings.limit_req_status, &settings.limit_req_log_level));
        let connections = settings.limit_conn.first();
        let connections = connections
            .filter(|_| silent(&settings.limit_conn_status, &settings.limit_conn_log_level));
        let (rule, counts) = match (requests, connections) {
            (Some(rule), None) => (rule, false),
            (None, Some(rule)) => (rule, true),
            _ => return None,
        };
        let mut words = rule.value.iter();
        let zone = if counts {
            rule.value.first().cloned()
        } else {
            words
                .find_map(|word| word.strip_prefix("zone="))
                .map(ToOwned::to_owned)
        };
        let text = "nginx logged no error, since limits log at a level that its log leaves out, and the backend does not answer so when it is asked directly";
        let record = Evidence::strong(text, &Source::new(self.error_log_path().to_string()));
        Some(self.limit_told(counts, zone?, Some(rule.clone()), record))
    }

    /// With what the zone's own line says.
    fn limit_told(
        &self,
        connections: bool,
        zone: String,
        rule: Option<Setting<Vec<String>>>,
        record: Evidence,
    ) -> Limited {
        let directive = if connections {
            "limit_conn_zone"
        } else {
            "limit_req_zone"
        };
        let nginx = self.nginx();
        let http = nginx.found().and_then(|nginx| nginx.http.as_ref());
        let lines = http.into_iter().flat_map(|http| http.directive.block());
        let lead = format!("zone={zone}:");
        let line = lines.filter(|d| d.is(directive)).find(|d| {
            d.args
                .iter()
                .any(|word| word.bytes.starts_with(lead.as_bytes()))
        });
        let words = line.into_iter().flat_map(|d| &d.args);
        let mut words = words.map(|word| shown(&word.bytes).to_string());
        let key = words.next();
        let rate = words.find_map(|word| word.strip_prefix("rate=").map(ToOwned::to_owned));
        Limited {
            connections,
            record,
            rule,
            zone_line: line.map(|d| d.place.clone()),
            key,
            rate,
            zone,
        }
    }

    fn limit_req_of(&self, zone: &str) -> Option<Setting<Vec<String>>> {
        let wanted = format!("zone={zone}");
        let all = &self.settings()?.limit_req;
        let mut all = all.iter();
        all.find(|rule| rule.value.contains(&wanted)).cloned()
    }

    fn limit_conn_of(&self, zone: &str) -> Option<Setting<Vec<String>>> {
        let all = &self.settings()?.limit_conn;
        let mut all = all.iter();
        all.find(|rule| rule.value.first().is_some_and(|name| name == zone))
            .cloned()
    }

    /// How many visitors asked in the last minute; none when nothing is logged.
    pub fn traffic(&self) -> Option<Traffic> {
        let now = self.clock()?.now;
        let log = self.access_log();
        let times = log.found()?.iter().filter_map(|record| record.at);
        let mut seconds: BTreeMap<i64, u64> = BTreeMap::new();
        for at in times.filter(|at| *at >= now.plus_secs(-60)) {
            let count = seconds.entry(at.secs()).or_default();
            *count = count.saturating_add(1);
        }
        let sum = seconds
            .values()
            .fold(0_u64, |sum, n| sum.saturating_add(*n));
        Some(Traffic {
            in_a_minute: sum,
            in_a_second: seconds.values().copied().max().unwrap_or(0),
        })
    }

    /// Our own request's fate, which is seen now and not read from a log.
    pub fn own_fate(&self) -> Option<Evidence> {
        let words = self.seen()?.words(self.request.patience_ms);
        let source = Source::new(format!("GET {}", self.request.url));
        Some(Evidence::proof(
            format!("our own request got: {words}"),
            &source,
        ))
    }

    /// Whether files of the configuration are newer than the workers: then nginx may
    /// do otherwise than they say.
    pub fn files_may_be_unknown_to_nginx(&self) -> bool {
        self.newest_worker()
            .is_none_or(|(_, at)| !self.changed_since(at).is_empty())
    }
}

/// The last condition that held in front of an answer, in the same file.
fn condition_of<'r>(route: &'r Route, answer: &Answer) -> Option<&'r Step> {
    let place = answer.place.as_ref()?;
    let mut steps = route.trace.iter().rev();
    steps.find(|step| {
        let before = step
            .place
            .as_ref()
            .is_some_and(|at| at.file == place.file && at.span.line <= place.span.line);
        step.what == "if is true" && before
    })
}

fn has_step(route: &Route, lead: &str) -> bool {
    route.trace.iter().any(|step| step.what.starts_with(lead))
}
/// The least grave level that nginx logs; nothing where a level is not understood.
fn least_logged(settings: &Settings) -> Option<Level> {
    let logs = settings.error_logs.iter();
    let levels = logs.map(|log| match log.value.get(1) {
        Some(name) => Level::of(name.as_bytes()),
        None => Some(Level::Error),
    });
    let levels: Vec<Level> = levels.collect::<Option<_>>()?;
    Some(levels.into_iter().min().unwrap_or(Level::Error))
}
