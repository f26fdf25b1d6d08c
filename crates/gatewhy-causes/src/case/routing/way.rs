//! The request's way through the proxy's configuration, told alike for every proxy.
//!
//! This is the seam: what differs from proxy to proxy ends here. Causes about a link
//! ask for a [`Way`]; only causes about nginx's own directives ask for nginx's
//! [`Routed`](crate::case::routing::route::Routed) beside it.
use crate::case::Case;
use crate::case::programs::kind::Kind;
use crate::case::routing::peer::Peer;
use core::time::Duration;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::source_text::Place;
use gatewhy_facts::tls::demands::Demands;

/// The request's way through the configuration on disk.
#[derive(Clone, Debug, Default)]
pub struct Way {
    /// The parts of the configuration that take the request, outermost first.
    pub blocks: Vec<Block>,
    /// Every backend that the request may reach.
    pub peers: Vec<Peer>,
    /// Those that are asked before whether it may go on: each answers for its own request.
    pub asked: Vec<Peer>,
    /// How long the proxy waits for the backend.
    pub waits: Waits,
    /// The request as the proxy sends it on; none when it sends none.
    pub sent: Option<Sent>,
    /// What the proxy answers itself.
    pub answer: Option<Answer>,
    /// The group that the backends are members of.
    pub group: Option<Group>,
    /// The health check of the backends, where their state is not told by the proxy
    /// itself.
    pub check: Option<Check>,
    /// What is demanded of a backend's certificate, where all backends have it in common.
    pub demands: Demands,
    /// The log that failures of this request go to, when it is a file.
    pub error_log: Option<HostPath>,
    /// What could not be looked at on the way.
    pub gaps: Vec<Gap>,
}

/// A part of the configuration that takes the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// As a person would name it: `server shop.test`, `location /`, `backend app`.
    pub name: String,
    /// Where it stands.
    pub place: Place,
}

/// How long the proxy waits for the backend.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waits {
    /// To connect; none when it waits for ever, or that is not known.
    pub connect: Option<Wait>,
    /// For the next bytes of an answer.
    pub read: Option<Wait>,
}

/// A time-out and the directive that sets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// How long.
    pub time: Duration,
    /// The directive's name: `proxy_read_timeout`, `timeout server`.
    pub directive: String,
    /// Where it stands; none for the proxy's default.
    pub place: Option<Place>,
}

/// The request as the proxy sends it on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// The target of the request line.
    pub target: Vec<u8>,
    /// The Host header; none for the visitor's.
    pub host: Option<Vec<u8>>,
    /// Further headers that the proxy sets.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Parameters of FastCGI and its kin.
    pub params: Vec<(Vec<u8>, Vec<u8>)>,
    /// The server name in a TLS handshake with the backend.
    pub tls_name: Option<String>,
}

/// A group of backends, and how the proxy takes members out after a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Seconds that a failed member is left alone.
    pub retry_secs: u64,
    /// The parameter that sets them.
    pub directive: &'static str,
    /// The line that names its first member.
    pub place: Option<Place>,
    /// Whether every member is switched off in the configuration.
    pub all_down: bool,
}

/// A health check of the backends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What it asks for: path and query.
    pub path: String,
    /// The line that sets it.
    pub place: Place,
}

/// Why a proxy answers itself where one line of its configuration asks for it.
pub const BY_ITS_LINE: &str = "the configuration says so";

/// What the proxy answers itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Why, as a lower-case fragment.
    pub why: String,
    /// The directive that asks for it.
    pub place: Option<Place>,
    /// Whether no line asks for it: the request only leads to no server.
    pub leads_nowhere: bool,
}

impl Case<'_> {
    /// The request's way through the configuration, as far as it can be told.
    pub fn way(&self) -> Fact<&Way> {
        self.cells.way.get_or_init(|| self.find_way()).as_ref()
    }

    fn find_way(&self) -> Fact<Way> {
        match self.proxy_kind() {
            Kind::Nginx => self.nginx_way(),
            Kind::Apache => self.apache_way(),
            Kind::Haproxy => self.haproxy_way(),
            Kind::Caddy => self.routed(self.caddy()),
            Kind::Lighttpd => self.routed(self.lighttpd()),
            Kind::Varnish => self.varnish_way(),
            Kind::Traefik => self.routed(self.traefik()),
            Kind::Envoy => self.routed(self.envoy()),
            Kind::SocketProxy => self.relay_way(),
        }
    }

    /// The request as the proxy sends it on, when it does.
    pub(in crate::case) fn sent(&self) -> Option<&Sent> {
        self.way_found()?.sent.as_ref()
    }

    /// How long the proxy waits for the backend.
    pub fn waits(&self) -> Option<&Waits> {
        self.way_found()
            .filter(|way| way.sent.is_some())
            .map(|way| &way.waits)
    }

    /// The health check of the backends.
    pub fn check(&self) -> Option<&Check> {
        self.way_found()?.check.as_ref()
    }

    /// Whether the proxy sets no limit to how long a backend may take.
    pub fn waits_for_ever(&self) -> bool {
        let unlimited = |waits: &Waits| waits.read.is_none();
        self.proxy_kind() != Kind::Nginx && self.waits().is_some_and(unlimited)
    }

    /// The group that the backends are members of, for other proxies than nginx.
    pub fn way_group(&self) -> Option<&Group> {
        self.way_found()?.group.as_ref()
    }

    pub(crate) fn way_found(&self) -> Option<&Way> {
        self.cells.way.get_or_init(|| self.find_way()).found()
    }
    /// Whether something holds of any of the servers on the way that `which` chooses.
    /// Absent only where it is known of all of them.
    pub(in crate::case) fn any_peer(
        &self,
        which: impl Fn(&&Peer) -> bool,
        holds: impl Fn(&Peer) -> Fact<()>,
    ) -> Fact<()> {
        let source = Source::new("the proxy's configuration");
        let Some(way) = self.way_found() else {
            return match self.way() {
                Fact::Unknown(gap) => Fact::Unknown(gap),
                Fact::Found(..) | Fact::Absent(_) => Fact::Absent(source),
            };
        };
        if let Some(gap) = way.gaps.first().filter(|_| way.peers.is_empty()) {
            return Fact::Unknown(gap.clone());
        }
        let mut missing = None;
        for peer in way.peers.iter().filter(which) {
            match holds(peer) {
                Fact::Absent(_) => {}
                Fact::Unknown(gap) => missing = Some(gap),
                found @ Fact::Found(..) => return found,
            }
        }
        missing.map_or(Fact::Absent(source), Fact::Unknown)
    }
}
