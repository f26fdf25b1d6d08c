//! HAProxy behind the seam.
use crate::case::Case;
use crate::case::gateway::access_log::is_good;
use crate::case::gateway::log::Logged;
use crate::case::gateway::record::Record;
use crate::case::programs::kind::Kind;
use crate::case::routing::peer::{Dial, Peer, Protocol};
use crate::case::routing::way::{Answer, BY_ITS_LINE, Block, Sent, Wait, Waits, Way};
use crate::case::visit::own_answer::OwnAnswer;
use crate::case::visit::site::Seen;
use core::time::Duration;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::haproxy::config::Config;
use gatewhy_facts::haproxy::log::{self, Request as LogLine};
use gatewhy_facts::haproxy::route::{self, Address, Route, Server};
use gatewhy_facts::haproxy::stats::{self, Row};
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::protocol::tape::Conversation;
use gatewhy_facts::question::{Endpoint, Exchange, Question, Until};
use gatewhy_facts::source_text::Place;
use gatewhy_facts::time::Moment;
use gatewhy_facts::tls::demands::Demands;
use gatewhy_facts::untrusted::shown;

/// The only commands that are sent to the stats socket; both only read.
const SHOW_STAT: &[u8] = b"show stat\n";
/// The most bytes of its answer that are kept.
const STAT_LIMIT: u32 = 256 << 10;
/// How long it is waited for.
const STAT_MS: u32 = 1_000;

impl<'k> Case<'k> {
    /// HAProxy's configuration on disk; absent when the proxy is another one.
    pub fn haproxy(&self) -> Fact<&Config> {
        let load = || self.on_disk(Kind::Haproxy);
        self.cells.haproxy.get_or_init(load).as_ref()
    }

    /// The request's way by HAProxy's own terms.
    pub fn haproxy_route(&self) -> Fact<Route> {
        let (door, socket) = match self.entrance_parts() {
            Ok(parts) => parts,
            Err(gap) => return Fact::Unknown(gap),
        };
        let request = |told| route::Request {
            local: door,
            socket: socket.clone(),
            host: self.request.host.clone(),
            host_header: self.request.host_header(),
            target: self.request.path.clone(),
            tls: self.request.tls,
            server_name: self.offered_by_visitor(),
            told,
        };
        self.haproxy().map(|config| {
            let route = route::route(config, &request(None));
            // A map may have been changed since by HAProxy's own interface: its log knows.
            let known = route.gaps == config.gaps && !route.by_map;
            let ends = route.backend.is_some() || route.answer.is_some();
            if known && ends {
                return route;
            }
            match self.backend_told(config) {
                Some(told) => route::route(config, &request(Some(told))),
                None => route,
            }
        })
    }

    /// The backend that HAProxy took for our own request, as its log says.
    fn backend_told(&self, config: &Config) -> Option<String> {
        if self.visits().iter().any(Fact::is_unknown) {
            return None;
        }
        let of_round = |round| {
            let log = self.haproxy_log(round);
            let own = log.found()?.iter().rfind(|logged| logged.own)?;
            let told = log::request(&own.record.raw)?;
            let name = core::str::from_utf8(told.backend).ok()?;
            let passed = told.answered_itself().is_none() && config.backend(name).is_some();
            passed.then(|| name.to_owned())
        };
        // It may write its line a moment after the visitor has the answer.
        of_round(1).or_else(|| of_round(2))
    }

    pub(in crate::case) fn haproxy_way(&self) -> Fact<Way> {
        self.haproxy_route().map(|route| {
            let sent = route.servers.first().map(|server| Sent {
                target: self.request.path.clone().into_bytes(),
                tls_name: if route.passes_tls {
                    self.offered_by_visitor()
                } else {
                    server.sni.clone()
                },
                ..Sent::default()
            });
            let blocks = route.blocks.iter().cloned();
            Way {
                blocks: blocks.map(|(name, place)| Block { name, place }).collect(),
                peers: self.haproxy_peers(&route),
                asked: Vec::new(),
                waits: Waits {
                    connect: wait(route.connect.as_ref(), "timeout connect"),
                    read: wait(route.server_timeout.as_ref(), "timeout server"),
                },
                sent,
                answer: route.answer.as_ref().map(|(status, place)| Answer {
                    status: *status,
                    why: route.why_answered.unwrap_or(BY_ITS_LINE).to_owned(),
                    place: Some(place.clone()),
                    leads_nowhere: route.why_answered.is_some(),
                }),
                group: None,
                check: None,
                demands: Demands::default(),
                error_log: None,
                gaps: route.gaps.clone(),
            }
        })
    }

    fn haproxy_peers(&self, route: &Route) -> Vec<Peer> {
        let group = route.backend.as_ref().map(|(name, _)| name.clone());
        let of = |server: &Server| {
            let (dials, name) = self.haproxy_dials(server);
            // HAProxy resolves a name once, to one address.
            let dial = dials.into_iter().next()?;
            let peer = Self::haproxy_peer(server, (dial, name), group.as_deref());
            let protocol = protocol(server, route.passes_tls);
            Some(Peer { protocol, ..peer })
        };
        route.servers.iter().filter_map(of).collect()
    }

    fn haproxy_peer(
        server: &Server,
        (dial, name): (Dial, Option<String>),
        group: Option<&str>,
    ) -> Peer {
        Peer {
            dial,
            protocol: protocol(server, false),
            written: server.written.clone(),
            place: Some(server.place.clone()),
            group: group.map(ToOwned::to_owned),
            down: server.disabled,
            backup: server.backup,
            sends_proxy: server.sends_proxy.clone(),
            name,
        }
    }

    fn haproxy_dials(&self, server: &Server) -> (Vec<Dial>, Option<String>) {
        match &server.address {
            Address::Unix(path) => {
                let config = self.haproxy();
                let seen = config.found().map(|config| config.dialled(path));
                (vec![Dial::Unix(seen.unwrap_or_else(|| path.clone()))], None)
            }
            Address::Host(host, port) => self.dials_of(host, *port),
            Address::Abstract(_) => (Vec::new(), None),
        }
    }

    /// The address of a server that a log line names.
    fn dial_named(&self, backend: &[u8], server: &[u8]) -> Option<Dial> {
        let config = self.haproxy();
        let config = config.found()?;
        let section = config.backend(core::str::from_utf8(backend).ok()?)?;
        let servers = route::servers(config, section);
        let named = servers.iter().find(|s| s.name.as_bytes() == server)?;
        self.haproxy_dials(named).0.into_iter().next()
    }

    /// A server by its name (`web/s1`), wherever the request leads.
    pub fn haproxy_server(&self, name: &str) -> Option<Peer> {
        let (backend, server) = name.split_once('/')?;
        let config = self.haproxy();
        let config = config.found()?;
        let servers = route::servers(config, config.backend(backend)?);
        let server = servers.into_iter().find(|known| known.name == server)?;
        let (dials, name) = self.haproxy_dials(&server);
        Some(Self::haproxy_peer(
            &server,
            (dials.into_iter().next()?, name),
            Some(backend),
        ))
    }

    /// The address that connections to a server shall come from, and the line.
    pub(in crate::case) fn haproxy_source(&self, dial: &Dial) -> Option<(String, Place)> {
        let route = self.haproxy_route();
        let mut servers = route.found()?.servers.iter();
        let server = servers.find(|server| self.haproxy_dials(server).0.contains(dial))?;
        server.source.clone()
    }

    /// What HAProxy logged: in the journal of its unit, or in its usual file.
    pub(in crate::case) fn haproxy_log(&self, round: u8) -> Fact<Vec<Logged<'k>>> {
        let journal = self.unit_lines(round, |line, at, place| {
            self.haproxy_logged(line, at, place)
        });
        if journal.found().is_some_and(|lines| !lines.is_empty()) {
            return journal;
        }
        let path = HostPath::new(Kind::Haproxy.default_log());
        match self.log_text(&path, round) {
            Fact::Found(bytes, source) => Fact::Found(self.in_file(bytes, &path), source),
            // No such file: nothing is logged but to the journal.
            Fact::Absent(_) => journal,
            Fact::Unknown(gap) => Fact::Unknown(gap),
        }
    }

    fn in_file(&self, bytes: &'k [u8], path: &HostPath) -> Vec<Logged<'k>> {
        let offset = self.clock().map_or(0, |clock| clock.utc_offset_secs);
        let lines = bytes.split(|byte| *byte == b'\n');
        lines
            .filter_map(|line| {
                let at = log::request(line)?.at?.moment(offset)?;
                self.haproxy_logged(line, at, &path.to_string())
            })
            .collect()
    }

    fn haproxy_logged(&self, line: &[u8], at: Moment, place: &str) -> Option<Logged<'k>> {
        let told = log::request(line)?;
        Some(Logged {
            own: self.is_our_visit(told.client) || self.may_be_handed_over(&told, at),
            record: self.haproxy_record(&told),
            at,
            source: Source::new(place.to_owned()).at_time(at),
        })
    }

    /// Whoever comes by a unix socket has no port: a line is ours by its time and
    /// request.
    fn may_be_handed_over(&self, told: &LogLine<'_>, at: Moment) -> bool {
        let line = format!("GET {} ", self.request.path);
        let since = self.clock().map(|clock| clock.now.plus_secs(-1));
        self.entry_socket().is_some()
            && told.client.starts_with(b"unix:")
            && told.request.starts_with(line.as_bytes())
            && since.is_some_and(|since| at >= since)
    }

    /// Visitors are known by address and port: nobody else has ours.
    fn is_our_visit(&self, client: &[u8]) -> bool {
        self.own_ends().any(|local| {
            let text = format!("{}:{}", local.ip(), local.port());
            text.as_bytes() == client || format!("::ffff:{text}").as_bytes() == client
        })
    }

    pub(crate) fn haproxy_record(&self, told: &LogLine<'_>) -> Record<'k> {
        let upstream = self.dial_named(told.backend, told.server);
        Record {
            raw: told.raw.to_vec().into(),
            message: told.message.to_vec().into(),
            errno: None,
            symptom: told.symptom,
            text: None,
            number: None,
            upstream,
            protocol: None,
            pid: None,
            request: Some(told.request.to_vec().into()),
            host: None,
            is_subrequest: false,
            handshaking: false,
        }
    }

    /// The stats socket that the configuration names: a path that is no other
    /// machine's.
    fn stats_socket(&self) -> Option<HostPath> {
        let config = self.haproxy();
        let mut lines = config.found()?.global();
        let line = lines.find(|line| line.is(&["stats", "socket"]))?;
        let path = line.word(2);
        let path = path.strip_prefix("unix@").unwrap_or(path);
        path.starts_with('/').then(|| HostPath::new(path))
    }

    /// The stats socket's path, for commands.
    pub fn stats_path(&self) -> String {
        self.stats_socket()
            .map_or_else(|| "/run/haproxy/admin.sock".to_owned(), |p| p.to_string())
    }

    /// The table of the stats socket, read after the visits. Absent where the
    /// configuration has no such socket.
    pub fn haproxy_stats(&self) -> Fact<Vec<Row>> {
        let Some(socket) = self.stats_socket() else {
            return Fact::Absent(Source::new(self.config_path().to_string()));
        };
        if let Some(gap) = self.visits().iter().find_map(Fact::gap) {
            return Fact::Unknown(gap.clone());
        }
        let question = Question::Exchange(Exchange {
            endpoint: Endpoint::Unix(socket.clone()),
            view: self.proxy_view(),
            tls: None,
            send: SHOW_STAT.to_vec(),
            until: Until::HttpMessage { limit: STAT_LIMIT },
            patience_ms: STAT_MS,
            attempt: 0,
        });
        let place = format!("{socket} (show stat)");
        let allow = "run as root, or as a member of the group haproxy";
        self.known
            .bytes(&question, &place, allow)
            .and_then(|bytes, source| {
                let rows = stats::parse(Conversation::read(bytes).received);
                if rows.is_empty() {
                    return Fact::Unknown(Gap::new(place.clone(), "it gave no table", allow));
                }
                Fact::Found(rows, source)
            })
    }
}

impl Case<'_> {
    /// The one rule that can have answered our own request, as HAProxy's log says, where
    /// its condition alone does not tell.
    pub(in crate::case) fn haproxy_refusal(&self) -> Option<OwnAnswer> {
        let Seen::Status(status) = self.seen()? else {
            return None;
        };
        let own = self.own_records();
        let told = log::request(&own.last()?.record.raw)?;
        let denies = told.answered_itself()?;
        let route = self.haproxy_route();
        let rules = route.found()?.perhaps.iter();
        let mut rules = rules.filter(|rule| rule.status == status && rule.denies == denies);
        let rule = rules.next().filter(|_| status >= 500)?;
        if rules.next().is_some() || told.status != i64::from(status) {
            return None;
        }
        let does = if denies { "refuses" } else { "answers" };
        Some(OwnAnswer {
            status,
            why: format!("it {does} where this condition holds"),
            place: Some(rule.place.clone()),
            condition: None,
            file: None,
            by_default_server: false,
            counts: rule.counts,
            leads_nowhere: false,
        })
    }
}

fn wait(set: Option<&(Duration, Place)>, directive: &str) -> Option<Wait> {
    set.map(|(time, place)| Wait {
        time: *time,
        directive: directive.to_owned(),
        place: Some(place.clone()),
    })
}

fn protocol(server: &Server, passes_tls: bool) -> Protocol {
    if passes_tls {
        return Protocol::Https;
    }
    match (server.fastcgi, server.http2, server.tls) {
        (true, ..) => Protocol::FastCgi,
        (_, true, false) => Protocol::Grpc,
        (_, _, true) => Protocol::Https,
        _ => Protocol::Http,
    }
}

/// A log line's name of a server, for people.
pub fn server_name(backend: &[u8], server: &[u8]) -> String {
    format!("{}/{}", shown(backend), shown(server))
}

impl Case<'_> {
    /// Whether HAProxy passed a good answer on between two moments.
    pub(in crate::case) fn haproxy_answered(&self, from: Moment, until: Moment) -> Option<bool> {
        let logged = self.log();
        let lines = logged.found()?;
        let good = |line: &&Logged<'_>| {
            let then = line.at >= from.plus_secs(-1) && line.at <= until.plus_secs(1);
            let told = log::request(&line.record.raw);
            then && told.is_some_and(|told| u64::try_from(told.status).is_ok_and(is_good))
        };
        Some(lines.iter().any(|line| good(&line)))
    }
}
