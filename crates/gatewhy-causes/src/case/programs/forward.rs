//! The way of proxies of which no more need be known than where they forward to.
use crate::case::Case;
use crate::case::routing::peer::{Dial, Peer, Protocol};
use crate::case::routing::way::{Answer, BY_ITS_LINE, Block, Check, Sent, Wait, Waits, Way};
use core::net::SocketAddr;
use gatewhy_facts::fact::{Fact, Gap};
use gatewhy_facts::forward::{Address, Request, Route, Scheme, Script, Target, Timeout};
use gatewhy_facts::nginx::error_log::Peer as Named;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::protocol::fastcgi;
use gatewhy_facts::untrusted::shown;

impl Case<'_> {
    /// The request as those proxies see it.
    pub(crate) fn as_forwarded(&self) -> Result<Request, Gap> {
        let (door, socket) = self.entrance_parts()?;
        Ok(Request {
            local: door,
            socket,
            host: self.request.host.to_ascii_lowercase(),
            host_header: self.request.host_header(),
            target: self.request.path.clone(),
            tls: self.request.tls,
        })
    }

    /// A route as a way; unknown while something of it is still asked for.
    pub(in crate::case) fn forwarded(&self, route: Route) -> Fact<Way> {
        if let Some(gap) = route.gaps.iter().find(|gap| gap.is_pending()) {
            return Fact::Unknown(gap.clone());
        }
        let source = gatewhy_facts::fact::Source::new(self.config_path().to_string());
        let peers: Vec<Peer> = route
            .targets
            .iter()
            .flat_map(|target| self.forward_peers(&route, target))
            .collect();
        let asked: Vec<Peer> = route
            .asked
            .iter()
            .flat_map(|target| self.forward_peers(&route, target))
            .map(|peer| Peer {
                group: None,
                ..peer
            })
            .collect();
        let sent = route.targets.first().map(|_| Sent {
            target: route.sent.clone().into_bytes(),
            host: route.host.clone().map(String::into_bytes),
            headers: Vec::new(),
            params: self.script_params(route.script.as_ref()),
            tls_name: route.tls_name.clone(),
        });
        let blocks = route.blocks.into_iter();
        let way = Way {
            blocks: blocks.map(|(name, place)| Block { name, place }).collect(),
            peers,
            asked,
            waits: Waits {
                connect: route.connect.map(wait),
                read: route.read.map(wait),
            },
            sent,
            answer: route.answer.map(|(status, place)| Answer {
                status,
                why: route.why_answered.unwrap_or(BY_ITS_LINE).to_owned(),
                place: Some(place),
                leads_nowhere: route.why_answered.is_some(),
            }),
            group: None,
            check: route.check.map(|(path, place)| Check { path, place }),
            demands: route.demands,
            error_log: route.error_log,
            gaps: route.gaps,
        };
        Fact::Found(way, source)
    }

    fn forward_peers(&self, route: &Route, target: &Target) -> Vec<Peer> {
        let (dials, name) = match &target.address {
            Address::Unix(path) => (vec![Dial::Unix(path.clone())], None),
            Address::Host(host, port) => self.dials_of(host, *port),
        };
        let dials = self.of_loopback(dials);
        let peer = |dial| Peer {
            dial,
            protocol: protocol(target.scheme),
            written: target.written.clone(),
            place: Some(target.place.clone()),
            group: route.group.clone(),
            down: false,
            backup: false,
            sends_proxy: route.sends_proxy.clone(),
            name: name.clone(),
        };
        dials.into_iter().map(peer).collect()
    }

    /// A name of this host itself, such as `localhost`, has an address of either
    /// family; these proxies try both, and go where somebody listens.
    fn of_loopback(&self, dials: Vec<Dial>) -> Vec<Dial> {
        let is_loopback = |dial: &Dial| dial.tcp().is_some_and(|a| a.ip().is_loopback());
        if dials.len() < 2 || !dials.iter().all(is_loopback) {
            return dials;
        }
        let listens = |dial: &&Dial| {
            let address = dial.tcp();
            address.is_some_and(|address| self.tcp_listener(address).found().is_some())
        };
        let is_v4 = |dial: &&Dial| dial.tcp().is_some_and(|address| address.is_ipv4());
        let chosen = dials
            .iter()
            .find(listens)
            .or_else(|| dials.iter().find(is_v4))
            .or_else(|| dials.first());
        chosen.cloned().into_iter().collect()
    }

    /// The backend that a log means by an address: perhaps the other address of the
    /// same name.
    pub(in crate::case) fn peer_at(&self, dial: Dial) -> Dial {
        let Some(way) = self.way_found() else {
            return dial;
        };
        if way.peers.iter().any(|peer| peer.dial.is_same(&dial)) {
            return dial;
        }
        let same = |peer: &&Peer| match (peer.dial.tcp(), dial.tcp()) {
            (Some(ours), Some(theirs)) => {
                peer.name.is_some()
                    && ours.port() == theirs.port()
                    && ours.ip().is_loopback()
                    && theirs.ip().is_loopback()
            }
            _ => false,
        };
        way.peers
            .iter()
            .find(same)
            .map_or(dial, |peer| peer.dial.clone())
    }

    /// The backend that a log line means; of several none, where it names none.
    pub(crate) fn dial_told(&self, named: Option<Named<'_>>) -> Option<Dial> {
        match named {
            Some(Named::Inet(address)) => Some(self.peer_at(Dial::Tcp(address))),
            Some(Named::Unix(path)) => Some(Dial::Unix(HostPath::new(shown(path).to_string()))),
            Some(Named::Name(_)) | None => self.only_dial(),
        }
    }

    /// Our own ends of the visits: of logs that name visitors with their ports, the
    /// lines with one of these are ours.
    pub(in crate::case) fn own_ends(&self) -> impl Iterator<Item = SocketAddr> {
        let visits = self.visits().iter().filter_map(Fact::found);
        visits.filter_map(|visit| visit.conversation.local)
    }

    /// What a FastCGI application is told.
    fn script_params(&self, script: Option<&Script>) -> Vec<(Vec<u8>, Vec<u8>)> {
        let Some(script) = script else {
            return Vec::new();
        };
        let host = self.request.host_header();
        fastcgi::GetRequest {
            method: "GET",
            script_filename: script.file.as_str().as_bytes(),
            script_name: script.name.as_bytes(),
            request_uri: self.request.path.as_bytes(),
            document_root: script.root.as_str().as_bytes(),
            host: host.as_bytes(),
            https: self.request.tls,
            extra: &[],
        }
        .params()
    }
}

fn wait(timeout: Timeout) -> Wait {
    Wait {
        time: timeout.time,
        directive: timeout.directive.to_owned(),
        place: timeout.place,
    }
}

const fn protocol(scheme: Scheme) -> Protocol {
    match scheme {
        Scheme::Http => Protocol::Http,
        Scheme::Https => Protocol::Https,
        Scheme::H2c => Protocol::Grpc,
        Scheme::FastCgi => Protocol::FastCgi,
        Scheme::Scgi => Protocol::Scgi,
        Scheme::Ajp => Protocol::Ajp,
        Scheme::Uwsgi => Protocol::Uwsgi,
    }
}
