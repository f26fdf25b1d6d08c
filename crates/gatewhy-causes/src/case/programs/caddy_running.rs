//! What Caddy runs with, by its admin API: a changed Caddyfile is not read until somebody
//! reloads.
use crate::case::Case;
use crate::case::exchange::answer::body;
use crate::case::gateway::loaded_config::Way;
use crate::case::routing::peer::Peer;
use crate::case::routing::way;
use crate::case::visit::site::Visit;
use crate::evidence::{Evidence, Strength};
use core::net::SocketAddr;
use gatewhy_facts::caddy::json;
use gatewhy_facts::caddy::model::Config;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::{Endpoint, Exchange, Question, Until};

/// Where it is asked, unless its configuration says otherwise.
const USUAL: &str = "localhost:2019";
/// The most bytes of its answer that are kept.
const LIMIT: u32 = 256 << 10;
/// How long it is waited for.
const PATIENCE_MS: u32 = 1_000;

impl Case<'_> {
    /// Where Caddy may be asked. Only this host itself is.
    fn caddy_admin(&self) -> Option<(Endpoint, String)> {
        let config = self.caddy();
        let set = config.found()?.admin.clone();
        let address = set.unwrap_or_else(|| USUAL.to_owned());
        if let Some(path) = address.strip_prefix("unix/") {
            let path = path.split('|').next().unwrap_or(path);
            return Some((Endpoint::Unix(HostPath::new(path)), String::new()));
        }
        let number = address.replacen("localhost", "127.0.0.1", 1);
        let at: SocketAddr = number.parse().ok()?;
        at.ip()
            .is_loopback()
            .then_some((Endpoint::Tcp(at), address))
    }

    /// The configuration that the running Caddy was last given.
    fn caddy_running(&self) -> Fact<Config> {
        let Some((endpoint, host)) = self.caddy_admin() else {
            return Fact::Absent(Source::new(self.config_path().to_string()));
        };
        let send = format!("GET /config/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let place = format!("{host}/config/ (Caddy's admin API)");
        let question = Question::Exchange(Exchange {
            endpoint,
            view: self.proxy_view(),
            tls: None,
            send: send.into_bytes(),
            until: Until::HttpMessage { limit: LIMIT },
            patience_ms: PATIENCE_MS,
            attempt: 0,
        });
        let allow = "run on the host itself";
        self.known
            .bytes(&question, &place, allow)
            .and_then(|bytes, source| {
                let visit = Visit::read(bytes);
                let text = body(visit.conversation.received, &visit.answer);
                let read = json::read(&text, &HostPath::new(place.as_str()));
                match read.gaps.first() {
                    Some(_) => Fact::Unknown(Gap::new(&*place, "it gave no configuration", "")),
                    None => Fact::Found(read, source),
                }
            })
    }

    /// The backend that the running configuration has for the request, when the one on
    /// disk has it nowhere.
    pub(in crate::case) fn caddy_dials_otherwise(&self) -> Option<(Way, Strength)> {
        if self.is_healthy() != Some(false) {
            return None;
        }
        let disk = self.way_found().filter(|way| way.gaps.is_empty())?;
        let running = self.caddy_running();
        let (config, source) = match &running {
            Fact::Found(config, source) => (config, source),
            Fact::Absent(_) | Fact::Unknown(_) => return None,
        };
        let runs = self.routed(Fact::Found(config, source.clone()));
        let runs = runs.found().filter(|way| way.gaps.is_empty())?;
        let used = foreign(runs, disk)?;
        let text = format!("Caddy runs with {}, by its admin API", used.written);
        let way = Way::Dials {
            used: used.dial.clone(),
            known: Box::new(Evidence::proof(text, source)),
            on_disk: disk
                .peers
                .iter()
                .map(|peer| (peer.dial.clone(), peer.place.clone()))
                .collect(),
        };
        Some((way, Strength::Proof))
    }
}

/// The first backend of one way, when the other has none of its backends.
fn foreign<'w>(runs: &'w way::Way, disk: &way::Way) -> Option<&'w Peer> {
    let on_disk = |peer: &Peer| {
        disk.peers
            .iter()
            .any(|other| other.dial.is_same(&peer.dial))
    };
    if disk.peers.is_empty() || runs.peers.iter().any(on_disk) {
        return None;
    }
    runs.peers.first()
}
