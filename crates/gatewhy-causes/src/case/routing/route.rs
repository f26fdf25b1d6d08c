//! Which server and location take the request, and which backends it may reach.
use crate::case::Case;
use crate::case::programs::kind::Kind;
use crate::case::routing::peer::{Dial, Peer, Protocol};
use crate::case::routing::way::{Answer, Block, Sent, Wait, Waits, Way};
use core::net::{IpAddr, SocketAddr};
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::nginx::authority::Authority;
use gatewhy_facts::nginx::backend_settings::{BackendSettings, Family};
use gatewhy_facts::nginx::config;
use gatewhy_facts::nginx::files::{Files, KnownFiles};
use gatewhy_facts::nginx::model::{self, Nginx};
use gatewhy_facts::nginx::route::{self, Call, Outcome, Resolution, Route};
use gatewhy_facts::nginx::setting::Setting;
use gatewhy_facts::nginx::settings::Settings;
use gatewhy_facts::nginx::upstream::Upstream;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::protocol::{fastcgi, http_request};
use gatewhy_facts::question::{Question, View};
use gatewhy_facts::source_text::Place;
use gatewhy_facts::tls::demands::Demands;
use gatewhy_facts::untrusted::shown;

/// The request's way through the configuration on disk.
#[derive(Clone, Debug)]
pub struct Routed {
    /// As nginx decides it.
    pub route: Route,
    /// The log that failures of this request go to.
    pub error_log: Option<HostPath>,
}

impl<'k> Case<'k> {
    /// The configuration on disk. nginx may run with an older one.
    pub fn nginx(&self) -> Fact<&Nginx> {
        self.cells.nginx.get_or_init(|| self.load()).as_ref()
    }

    /// The main configuration file: the running nginx's, that of the unit that would
    /// start it, or the usual one.
    pub fn config_path(&self) -> HostPath {
        if let Some(proxy) = self.proxy().found() {
            return proxy.config.clone();
        }
        let usual = || HostPath::new(self.proxy_kind().default_config());
        self.idle_config().unwrap_or_else(usual)
    }

    fn load(&self) -> Fact<Nginx> {
        if let Fact::Unknown(gap) = self.proxy() {
            return Fact::Unknown(gap);
        }
        if self.proxy_kind() != Kind::Nginx {
            return Fact::Absent(Source::new("the proxy's executable"));
        }
        let main = self.config_path();
        let files = self.files();
        match files.read(&main) {
            Fact::Found(_, source) => {
                Fact::Found(model::read(&config::load(&files, &main)), source)
            }
            Fact::Absent(source) => Fact::Absent(source),
            Fact::Unknown(gap) => Fact::Unknown(gap),
        }
    }

    /// What could not be read of the proxy's configuration on disk.
    pub fn config_gaps(&self) -> Fact<Vec<Gap>> {
        match self.proxy_kind() {
            Kind::Nginx => self.nginx().map(|nginx| nginx.gaps.clone()),
            Kind::Apache => self.apache().map(|config| config.gaps.clone()),
            Kind::Haproxy => self.haproxy().map(|config| config.gaps.clone()),
            Kind::Caddy => self.caddy().map(|config| config.gaps.clone()),
            Kind::Lighttpd => self.lighttpd().map(|config| config.gaps.clone()),
            Kind::Varnish => self.varnish().map(|config| config.gaps.clone()),
            Kind::Traefik => self.traefik().map(|config| config.gaps.clone()),
            Kind::Envoy => self.envoy().map(|config| config.gaps.clone()),
            Kind::SocketProxy => self.proxy().map(|_| Vec::new()),
        }
    }

    /// Files as the proxy sees them.
    pub fn files(&self) -> KnownFiles<'k> {
        KnownFiles {
            known: self.known,
            view: self.proxy_view(),
        }
    }

    /// Files as the host itself sees them.
    pub fn host_files(&self) -> KnownFiles<'k> {
        KnownFiles {
            known: self.known,
            view: View::Host,
        }
    }

    /// The request's way, as far as it can be told.
    pub fn route(&self) -> Fact<&Routed> {
        self.cells.route.get_or_init(|| self.find_route()).as_ref()
    }

    /// Where a subrequest for this URI goes, which nginx makes on behalf of our request.
    pub(in crate::case) fn subrequest(&self, uri: &str) -> Option<Route> {
        let door = self.entrance_authority().ok()?;
        let nginx = self.nginx();
        let nginx = nginx.found()?;
        let mut request = self.as_nginx_sees_it(&door);
        request.target = uri.as_bytes().to_vec();
        let (http, files, host) = (nginx.http.as_ref()?, self.files(), self.prefix());
        let way = route::subrequest(nginx, http, &files, &host, &request);
        way.gaps.is_empty().then_some(way)
    }

    fn prefix(&self) -> route::Host {
        route::Host {
            name: None,
            prefix: self.config_path().parent().into(),
        }
    }

    fn find_route(&self) -> Fact<Routed> {
        let door = match self.entrance_authority() {
            Ok(door) => door,
            Err(gap) => return Fact::Unknown(gap),
        };
        self.nginx().and_then(|nginx, source| {
            let request = self.as_nginx_sees_it(&door);
            let host = self.prefix();
            let Some(http) = &nginx.http else {
                return Fact::Absent(source);
            };
            let way = route::route(nginx, http, &self.files(), &host, &request);
            let pending = way.gaps.iter().find(|gap| gap.is_pending());
            if let Some(gap) = pending {
                return Fact::Unknown(gap.clone());
            }
            let error_log = error_log(way.settings.as_ref(), &self.config_path());
            Fact::Found(
                Routed {
                    route: way,
                    error_log,
                },
                source,
            )
        })
    }

    fn as_nginx_sees_it(&self, door: &Authority) -> route::Request {
        let request = self.request;
        let mut seen = route::Request::get(door.clone(), &request.host_header(), &request.path);
        seen.tls = request.tls;
        seen.sni = request.tls.then(|| request.host.clone());
        seen.client = match door {
            Authority::Ip(door) => Some(door.ip()),
            Authority::Unix(_) | Authority::Name { .. } => None,
        };
        seen.headers
            .push(("User-Agent".into(), http_request::USER_AGENT.into()));
        seen
    }

    /// What could not be looked at on the request's way.
    pub fn route_gaps(&self) -> Vec<Gap> {
        match self.way() {
            Fact::Found(way, _) => way.gaps.clone(),
            Fact::Unknown(gap) => vec![gap],
            Fact::Absent(_) => Vec::new(),
        }
    }

    /// The backend call that the route ends in, if it does.
    pub fn call(&self) -> Option<&Call> {
        let routed = self.cells.route.get_or_init(|| self.find_route()).found()?;
        match &routed.route.outcome {
            Outcome::Backend(call) => Some(call),
            _ => None,
        }
    }

    /// What holds at the location that takes the request.
    pub fn settings(&self) -> Option<&Settings> {
        self.cells
            .route
            .get_or_init(|| self.find_route())
            .found()?
            .route
            .settings
            .as_ref()
    }

    /// What holds between the proxy and the backend.
    pub fn backend_settings(&self) -> Option<&BackendSettings> {
        self.settings()?.backend.as_ref()
    }

    /// The `upstream` block that the request goes to, if it goes to one.
    pub fn group(&self) -> Option<&Upstream> {
        let name = self.call()?.group.as_ref()?;
        let nginx = self.cells.nginx.get_or_init(|| self.load()).found()?;
        nginx.http.as_ref()?.upstream(name)
    }

    /// Every backend that the request may reach: by the configuration on disk,
    /// unless the running proxy uses others that matter more.
    pub fn peers(&self) -> &[Peer] {
        self.cells.peers.get_or_init(|| {
            let mut peers = self.peers_that_count(self.peers_on_disk());
            for other in self.peers_asked_besides() {
                if !peers.iter().any(|peer| peer.dial.is_same(&other.dial)) {
                    peers.push(other);
                }
            }
            peers
        })
    }

    /// Every backend that the request may reach by the configuration on disk.
    pub fn peers_on_disk(&self) -> Vec<Peer> {
        self.way_found()
            .map_or_else(Vec::new, |way| way.peers.clone())
    }

    /// nginx's way of telling a way.
    pub(in crate::case) fn nginx_way(&self) -> Fact<Way> {
        if let Some(route) = self.stream_route() {
            return self.forwarded(route);
        }
        self.route().map(|routed| {
            let route = &routed.route;
            let call = self.call();
            Way {
                blocks: self.nginx_blocks(route),
                peers: call.map(|call| self.peers_of(call)).unwrap_or_default(),
                asked: Vec::new(),
                waits: self.nginx_waits(),
                sent: call.map(|call| self.nginx_sent(call)),
                answer: match &route.outcome {
                    Outcome::Answer(answer) => Some(Answer {
                        status: answer.status,
                        why: answer.why.clone(),
                        place: answer.place.clone(),
                        leads_nowhere: false,
                    }),
                    _ => None,
                },
                group: None,
                check: None,
                demands: Demands::default(),
                error_log: routed.error_log.clone(),
                gaps: route.gaps.iter().chain(undecided(route)).cloned().collect(),
            }
        })
    }

    fn nginx_blocks(&self, route: &Route) -> Vec<Block> {
        let server = route.server.as_ref().map(|server| Block {
            name: format!("server {}", self.request.host),
            place: server.place.clone(),
        });
        let location = route.locations.last().map(|location| {
            let words = location.args.iter();
            let words: Vec<String> = words.map(|word| shown(&word.bytes).to_string()).collect();
            Block {
                name: format!("{} {}", shown(&location.name.bytes), words.join(" ")),
                place: location.place.clone(),
            }
        });
        server.into_iter().chain(location).collect()
    }

    fn nginx_waits(&self) -> Waits {
        let Some(settings) = self.backend_settings() else {
            return Waits::default();
        };
        let prefix = settings.family.prefix();
        let wait = |setting: &Setting<core::time::Duration>, name: &str| Wait {
            time: setting.value,
            directive: format!("{prefix}_{name}"),
            place: setting.place.clone(),
        };
        Waits {
            connect: Some(wait(&settings.connect_timeout, "connect_timeout")),
            read: Some(wait(&settings.read_timeout, "read_timeout")),
        }
    }

    fn nginx_sent(&self, call: &Call) -> Sent {
        let sent = &call.request;
        let set = sent
            .headers
            .iter()
            .filter(|(_, value)| value.as_ref().is_ok_and(|v| !v.is_empty()));
        let params = sent.params.iter();
        let sends_name = self
            .backend_settings()
            .is_some_and(|s| s.tls.server_name.value);
        let tls_name = sent.tls_name.as_ref().ok().filter(|_| sends_name);
        Sent {
            target: sent.target.clone(),
            host: sent.host.as_ref().ok().cloned(),
            headers: set
                .map(|(name, value)| (name.clone(), value.clone().unwrap_or_default()))
                .collect(),
            params: params
                .filter_map(|(name, value)| {
                    Some((name.clone().into_bytes(), value.as_ref().ok()?.clone()))
                })
                .collect(),
            tls_name: tls_name.map(|name| String::from_utf8_lossy(name).into_owned()),
        }
    }

    fn peers_of(&self, call: &Call) -> Vec<Peer> {
        call.peers
            .iter()
            .flat_map(|member| self.addresses_of(call, member))
            .collect()
    }

    /// A name in the configuration stands for every address it has.
    fn addresses_of(&self, call: &Call, member: &route::Peer) -> Vec<Peer> {
        let peer = |dial: Dial, name: Option<String>| Peer {
            dial,
            protocol: protocol(call),
            written: member.address.to_string(),
            place: Some(member.place.clone()),
            group: call.group.clone(),
            down: member.down,
            backup: member.backup,
            sends_proxy: None,
            name,
        };
        match &member.address {
            Authority::Unix(path) => vec![peer(Dial::Unix(path.clone()), None)],
            Authority::Ip(address) => vec![peer(Dial::Tcp(*address), None)],
            Authority::Name { host: name, port } => {
                let known = match &member.resolution {
                    Resolution::AtRunTime(servers) => self.looked_up_by_nginx(name, servers),
                    Resolution::None | Resolution::AtStart => self.resolved(name).found().cloned(),
                };
                let addresses = known.unwrap_or_default();
                if addresses.is_empty() {
                    return vec![peer(Dial::Name(name.clone(), *port), Some(name.clone()))];
                }
                let dial = |ip| Dial::Tcp(SocketAddr::new(ip, *port));
                addresses
                    .into_iter()
                    .map(|ip| peer(dial(ip), Some(name.clone())))
                    .collect()
            }
        }
    }

    /// The system's addresses for a name.
    pub fn resolved(&self, name: &str) -> Fact<Vec<IpAddr>> {
        let question = Question::Resolve {
            name: name.to_owned(),
        };
        let place = format!("{name} (system resolver)");
        self.known.bytes(&question, &place, "").map(|bytes| {
            let text = String::from_utf8_lossy(bytes).into_owned();
            let mut all: Vec<IpAddr> = text
                .lines()
                .filter_map(|line| line.trim().parse().ok())
                .collect();
            all.dedup();
            all
        })
    }

    /// The request as the proxy sends it to an HTTP backend.
    pub fn backend_request(&self) -> Vec<u8> {
        if self.passes_connections_on() {
            return self.visitor_request();
        }
        self.backend_request_for(self.backend_target())
    }

    /// What the proxy asks an HTTP backend for.
    pub fn backend_target(&self) -> &[u8] {
        let sent = self.sent().map(|sent| sent.target.as_slice());
        sent.unwrap_or(self.request.path.as_bytes())
    }

    /// A request to the same backend for this target, with all that the proxy sends.
    pub fn backend_request_for(&self, target: &[u8]) -> Vec<u8> {
        let host = self.request.host_header();
        let sent = self.sent();
        let set = sent.into_iter().flat_map(|sent| &sent.headers);
        let extra: Vec<(Vec<u8>, Vec<u8>)> = set
            .filter(|(name, _)| !is_own_header(name))
            .map(|(name, value)| (name.clone().into_bytes(), value.clone()))
            .collect();
        let name = sent.and_then(|sent| sent.host.as_deref());
        http_request::Request {
            method: "GET",
            target,
            host: name.unwrap_or(host.as_bytes()),
            minor: 1,
            extra: &extra,
        }
        .bytes()
    }

    /// The parameters as the proxy sends them to a FastCGI application.
    pub fn backend_params(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let host = self.request.host_header();
        let known = self.sent().map(|sent| sent.params.clone());
        known
            .filter(|params| !params.is_empty())
            .unwrap_or_else(|| {
                fastcgi::GetRequest {
                    method: "GET",
                    script_filename: b"",
                    script_name: self.request.path_only().as_bytes(),
                    request_uri: self.request.path.as_bytes(),
                    document_root: b"",
                    host: host.as_bytes(),
                    https: self.request.tls,
                    extra: &[],
                }
                .params()
            })
    }

    /// The server name that the proxy sends in a TLS handshake with the backend.
    pub fn tls_server_name(&self) -> Option<String> {
        self.sent()?.tls_name.clone()
    }

    /// A line of a configuration file, with the directive marked.
    pub fn excerpt(&self, place: &Place) -> Option<crate::evidence::Excerpt> {
        let files = self.files();
        let text = files.read(&place.file).found()?.bytes;
        let start = place.span.start.min(text.len());
        let from = memchr_before(text, start);
        let until = text
            .get(start..)?
            .iter()
            .position(|b| *b == b'\n')
            .map_or(text.len(), |n| start.saturating_add(n));
        Some(crate::evidence::Excerpt {
            line: place.span.line,
            text: text.get(from..until)?.to_vec(),
            mark_start: start.saturating_sub(from),
            mark_end: place.span.end.clamp(start, until).saturating_sub(from),
        })
    }

    /// The text of one line of a configuration file, without indentation.
    pub fn line_text(&self, place: &Place) -> Option<String> {
        let excerpt = self.excerpt(place)?;
        Some(String::from_utf8_lossy(&excerpt.text).trim().to_owned())
    }
}

fn undecided(route: &Route) -> Option<&Gap> {
    match &route.outcome {
        Outcome::Undecided(gap) => Some(gap),
        _ => None,
    }
}

fn memchr_before(text: &[u8], at: usize) -> usize {
    text.get(..at)
        .and_then(|before| before.iter().rposition(|b| *b == b'\n'))
        .map_or(0, |newline| newline.saturating_add(1))
}

/// Headers that our own request sets itself.
fn is_own_header(name: &str) -> bool {
    [
        "host",
        "connection",
        "user-agent",
        "content-length",
        "accept",
    ]
    .iter()
    .any(|own| name.eq_ignore_ascii_case(own))
}

fn protocol(call: &Call) -> Protocol {
    match (call.pass.family, call.tls) {
        (Family::Proxy, false) => Protocol::Http,
        (Family::Proxy, true) => Protocol::Https,
        (Family::FastCgi, _) => Protocol::FastCgi,
        (Family::Uwsgi, _) => Protocol::Uwsgi,
        (Family::Scgi, _) => Protocol::Scgi,
        (Family::Grpc, _) => Protocol::Grpc,
        (Family::Memcached, _) => Protocol::Memcached,
    }
}

/// The first log in force that is a file; nginx's own default when none is set.
fn error_log(settings: Option<&Settings>, config: &HostPath) -> Option<HostPath> {
    let is_file = |path: &&String| {
        *path != "stderr" && !path.starts_with("syslog:") && !path.starts_with("memory:")
    };
    let mut set = settings?
        .error_logs
        .iter()
        .filter_map(|log| log.value.first());
    Some(config.parent().join(set.find(is_file)?))
}

/// Where something of the configuration stands, as a source.
pub fn source_of(place: &Place) -> Source {
    Source::new(place.file.to_string()).at_line(place.span.line)
}
