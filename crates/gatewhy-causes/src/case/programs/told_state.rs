//! What a running proxy says of its backends by its own interface: Envoy's admin
//! interface, Traefik's API. Only on this host's own loopback or a unix socket, only by
//! `GET`, and only while the site fails.
use crate::case::Case;
use crate::case::exchange::answer::body;
use crate::case::exchange::link::Link;
use crate::case::programs::kind::Kind;
use crate::case::visit::site::Visit;
use crate::evidence::Evidence;
use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use gatewhy_facts::document::Node;
use gatewhy_facts::envoy::admin;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::{Endpoint, Exchange, Question, Until};
use gatewhy_facts::traefik::api;
use gatewhy_facts::untrusted::shown_within;

/// The most bytes of an answer that are kept.
const LIMIT: u32 = 256 << 10;
/// How long it is waited for.
const PATIENCE_MS: u32 = 1_000;
/// Where Traefik's API is unless its entry point says otherwise.
const TRAEFIK_PORT: u16 = 8080;

/// What the proxy says of a backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Whether it sends requests there.
    pub well: bool,
    /// Its own word: `/failed_active_hc`, `DOWN`.
    pub word: String,
}

impl Link<'_, '_> {
    /// What the running proxy says of this backend. Absent where it has no such interface
    /// here, or says nothing of it.
    pub fn told_state(&self) -> Fact<Told> {
        if self.case.is_healthy() != Some(false) {
            return Fact::Absent(Source::new("the proxy"));
        }
        match self.case.proxy_kind() {
            Kind::Envoy => self.envoy_told(),
            Kind::Traefik => self.traefik_told(),
            _ => Fact::Absent(Source::new("the proxy's configuration")),
        }
    }

    /// That the proxy itself takes this backend to be out of order, as evidence.
    pub fn told_down(&self) -> Option<Evidence> {
        let told = self.told_state();
        let (state, source) = (told.found()?, told.source()?);
        let (proxy, address) = (self.case.proxy_name(), self.address());
        let text = format!("{proxy} itself says of {address}: {}", state.word);
        (!state.well).then(|| Evidence::proof(text, source))
    }

    fn envoy_told(&self) -> Fact<Told> {
        let Some(at) = self.peer.dial.tcp() else {
            return Fact::Absent(Source::new("the proxy's configuration"));
        };
        let group = self.peer.group.clone().unwrap_or_default();
        self.case.envoy_asked("/clusters").and_then(|text, source| {
            let hosts = admin::hosts(&text);
            let mut own = hosts.iter().filter(|host| host.cluster == group);
            match own.find(|host| host.is_at(at)) {
                Some(host) => Fact::Found(
                    Told {
                        well: host.is_well(),
                        word: shown_within(host.flags.as_bytes(), 80),
                    },
                    source,
                ),
                None => Fact::Absent(source),
            }
        })
    }

    fn traefik_told(&self) -> Fact<Told> {
        let group = self.peer.group.clone().unwrap_or_default();
        let name = group.split('@').next().unwrap_or_default().to_owned();
        self.case.traefik_asked().and_then(|text, source| {
            let servers = api::servers(&text);
            let of = |server: &&api::Server| {
                server.service.split('@').next() == Some(name.as_str())
                    && server.authority() == self.peer.written
            };
            match servers.iter().find(of) {
                Some(server) => Fact::Found(
                    Told {
                        well: server.is_well(),
                        word: shown_within(server.status.as_bytes(), 20),
                    },
                    source,
                ),
                None => Fact::Absent(source),
            }
        })
    }

    /// How often the check of this backend's certificate failed, by Envoy's own counters.
    pub(in crate::case) fn envoy_counts_bad_certificates(&self) -> Option<Evidence> {
        if self.case.proxy_kind() != Kind::Envoy {
            return None;
        }
        let lead = format!("cluster.{}.ssl.fail_verify_", self.peer.group.as_ref()?);
        let fact = self
            .case
            .envoy_asked("/stats?filter=ssl.fail_verify&usedonly");
        let counters = admin::counters(fact.found()?);
        let own = counters.iter().find(|(name, _)| name.starts_with(&lead))?;
        let text = format!(
            "Envoy counts {} handshakes that failed its check ({})",
            own.1, own.0
        );
        Some(Evidence::strong(text, fact.source()?))
    }
}

impl Case<'_> {
    /// A page of Envoy's admin interface.
    fn envoy_asked(&self, path: &str) -> Fact<Vec<u8>> {
        let config = self.envoy();
        let admin = config
            .found()
            .map(|config| config.whole.at(&["admin", "address"]));
        let endpoint = admin.and_then(envoy_endpoint);
        self.interface(endpoint, path, "Envoy's admin interface")
    }

    /// The services by Traefik's API, where that is open without a router of its own.
    fn traefik_asked(&self) -> Fact<Vec<u8>> {
        let config = self.traefik();
        let open = config
            .found()
            .filter(|c| c.fixed.at(&["api", "insecure"]).is_on());
        let endpoint = open.map(|config| {
            let points = config.entry_points();
            let own = points.iter().find(|point| point.name == "traefik");
            let port = own.map_or(TRAEFIK_PORT, |point| point.port);
            Endpoint::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        });
        let path = "/api/http/services?per_page=1000";
        self.interface(endpoint, path, "Traefik's API")
    }

    fn interface(&self, endpoint: Option<Endpoint>, path: &str, name: &str) -> Fact<Vec<u8>> {
        let Some(endpoint) = endpoint else {
            return Fact::Absent(Source::new(self.config_path().to_string()));
        };
        let host = endpoint.to_string();
        let question = Question::Exchange(Exchange {
            endpoint,
            view: self.proxy_view(),
            tls: None,
            send: format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
                .into_bytes(),
            until: Until::HttpMessage { limit: LIMIT },
            patience_ms: PATIENCE_MS,
            attempt: 0,
        });
        let bare = path.split('?').next().unwrap_or(path);
        let place = format!("{host}{bare} ({name})");
        let fact = self
            .known
            .bytes(&question, &place, "run on the host itself");
        fact.and_then(|bytes, source| {
            let visit = Visit::read(bytes);
            match visit.answer.code() {
                Some(200) => Fact::Found(body(visit.conversation.received, &visit.answer), source),
                // It does not answer: it was not told to, when it was started.
                _ => Fact::Unknown(Gap::new(place.as_str(), "it gave no answer", "")),
            }
        })
    }
}

/// Only this very host is asked, wherever else it may listen.
fn envoy_endpoint(address: &Node) -> Option<Endpoint> {
    if let Some(path) = address.at(&["pipe", "path"]).text() {
        return path
            .starts_with('/')
            .then(|| Endpoint::Unix(HostPath::new(path)));
    }
    let socket = address.get("socket_address");
    let ip: IpAddr = socket.get("address").text()?.parse().ok()?;
    let port: u16 = socket.get("port_value").number()?;
    let ip = match ip {
        IpAddr::V4(any) if any.is_unspecified() => IpAddr::from(Ipv4Addr::LOCALHOST),
        other => other,
    };
    ip.is_loopback()
        .then(|| Endpoint::Tcp(SocketAddr::new(ip, port)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_asked() {
        let read = |text: &str| {
            let file = HostPath::new("/etc/envoy/envoy.yaml");
            let node = gatewhy_facts::document::yaml::read(text, &file);
            let node = node.unwrap_or_default();
            envoy_endpoint(node.at(&["admin", "address"])).map(|end| end.to_string())
        };
        let at = |ip: &str| {
            format!("admin: {{address: {{socket_address: {{address: {ip}, port_value: 9901}}}}}}")
        };
        assert_eq!(read(&at("0.0.0.0")).as_deref(), Some("127.0.0.1:9901"));
        assert_eq!(read(&at("127.0.0.1")).as_deref(), Some("127.0.0.1:9901"));
        assert_eq!(read(&at("192.0.2.7")), None);
    }
}
