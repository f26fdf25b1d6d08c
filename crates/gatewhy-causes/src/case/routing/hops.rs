//! The chain of hops, for the report.
use crate::case::Case;
use crate::case::exchange::direct::Outcome as DirectOutcome;
use crate::case::exchange::link::Link;
use crate::case::programs::kind::Kind;
use crate::case::routing::peer::Protocol;
use crate::case::service::units;
use crate::case::visit::site::Seen;
use crate::count::counted;
use crate::diagnosis::{Hop, HopState, Link as Shown, RankedCause};
use crate::verdict::HopName;
use gatewhy_facts::fact::Fact;
use gatewhy_facts::prelude::*;
use gatewhy_facts::symptom::Symptom;
use gatewhy_facts::untrusted::{shown, shown_within};

/// The most members of an upstream group that are shown one by one.
const MEMBERS: usize = 6;

impl Case<'_> {
    /// The hops from the visitor inwards.
    pub fn hops(&self, causes: &[RankedCause]) -> Vec<Hop> {
        if self.is_outside() {
            return self.outside_hops();
        }
        let mut hops = vec![self.proxy_hop(causes)];
        let links: Vec<Link<'_, '_>> = self
            .peers()
            .iter()
            .take(MEMBERS)
            .map(|peer| Link { case: self, peer })
            .collect();
        hops.extend(links.iter().map(Link::hop));
        hops
    }

    fn proxy_hop(&self, causes: &[RankedCause]) -> Hop {
        let door = self.entrance().found().map_or_else(
            || format!("{}:{}", self.request.host, self.request.port),
            ToString::to_string,
        );
        Hop {
            name: HopName::Proxy,
            kind: "proxy",
            software: Some(self.door_software()),
            version: self.door_version(),
            address: door,
            state: self.proxy_state(causes),
            details: self.proxy_details(),
            link: None,
        }
    }

    fn door_software(&self) -> String {
        if self.proxy().found().is_some() {
            return self.proxy_name().into();
        }
        let stranger = self.stranger_at_the_door();
        let idle = || {
            self.proxy_unit()
                .found()
                .map(|_| self.proxy_name().to_owned())
        };
        stranger
            .or_else(idle)
            .or_else(|| Some(self.server_header()?.0))
            .unwrap_or_else(|| "no proxy found here".into())
    }

    fn door_version(&self) -> Option<String> {
        match self.proxy() {
            Fact::Found(proxy, _) => proxy.version.clone(),
            Fact::Absent(_) | Fact::Unknown(_) if self.stranger_at_the_door().is_none() => {
                self.server_header()?.1
            }
            Fact::Absent(_) | Fact::Unknown(_) => None,
        }
    }

    /// What answers the visitor calls itself, and its version: the first product of
    /// the header `Server`.
    fn server_header(&self) -> Option<(String, Option<String>)> {
        let visit = self.failed_visit()?;
        let value = visit.answer.value(visit.conversation.received, "Server")?;
        let text = shown_within(value, 40);
        let product = text.split(' ').next().filter(|word| !word.is_empty())?;
        Some(match product.split_once('/') {
            Some((name, version)) => (name.to_owned(), Some(version.to_owned())),
            None => (product.to_owned(), None),
        })
    }

    /// Where to look on, when the proxy was not found here.
    fn proxy_not_found(&self) -> Option<String> {
        match self.proxy() {
            Fact::Found(..) => None,
            Fact::Absent(_) if self.proxy_unit().found().is_some() => None,
            Fact::Absent(_) => {
                Some("no proxy runs on this machine: run gatewhy where the proxy runs".into())
            }
            Fact::Unknown(gap) if gap.is_pending() => None,
            Fact::Unknown(_) => Some("its process could not be looked into, see below".into()),
        }
    }

    /// The program that holds the door when it is not nginx.
    pub fn stranger_at_the_door(&self) -> Option<String> {
        let inode = self.entrance_inode()?;
        let pid = self.holders(inode).found()?.first().copied()?;
        let processes = self.processes();
        Some(shown(&processes.found()?.get(pid)?.stat.comm).to_string())
    }

    fn proxy_state(&self, causes: &[RankedCause]) -> HopState {
        let blamed = causes
            .first()
            .is_some_and(|cause| cause.hop == HopName::Proxy);
        match (self.is_healthy(), self.seen()) {
            (None, _) | (Some(false), None) => HopState::Unknown,
            (Some(true), _) => HopState::Ok,
            (
                Some(false),
                Some(Seen::Refused | Seen::NotConnected(_) | Seen::ClosedWithoutAnswer),
            ) => HopState::Broken,
            (Some(false), _) if blamed => HopState::Broken,
            (Some(false), _) => HopState::Ok,
        }
    }

    fn proxy_details(&self) -> Vec<String> {
        let mut details: Vec<String> = self.proxy_not_found().into_iter().collect();
        if let Some(proxy) = self.proxy().found() {
            details.push(match proxy.kind {
                Kind::SocketProxy => format!("passes connections on, {}", proxy.config),
                _ => format!(
                    "master process {}, {}, {}",
                    proxy.master,
                    counted(proxy.workers.len(), "worker"),
                    proxy.config
                ),
            });
            details.extend(self.proxy_place().map(|place| format!("in {place}")));
        }
        if self.proxy().is_absent()
            && let Some(unit) = self.proxy_unit().found()
        {
            details.push(format!("{}: {}", unit.id, units::state_phrase(unit)));
        }
        let Some(way) = self.way_found() else {
            return details;
        };
        details.extend(way.blocks.iter().map(|block| {
            let (file, line) = (&block.place.file, block.place.span.line);
            format!("{}  {file}:{line}", block.name)
        }));
        if let Some(answer) = &way.answer {
            details.push(format!("answers {} itself: {}", answer.status, answer.why));
        }
        details
    }
}

impl Link<'_, '_> {
    fn hop(&self) -> Hop {
        let service = self.service();
        let unit = service.found().map(|service| {
            format!(
                "{}: {}",
                service.unit.id,
                units::state_phrase(&service.unit)
            )
        });
        let mut details: Vec<String> = unit.into_iter().collect();
        if let Some(pid) = self.pid().found() {
            details.push(format!("process {pid}"));
            let container = self.case.container_of(*pid);
            details.extend(container.map(|container| format!("in {}", container.words())));
        }
        Hop {
            name: HopName::Backend,
            kind: kind(self.peer.protocol),
            software: Some(self.program()),
            version: None,
            address: self.address(),
            state: self.backend_state(),
            details,
            link: Some(self.shown()),
        }
    }

    fn backend_state(&self) -> HopState {
        match self.direct().found() {
            Some(direct) if direct.is_good() => HopState::Ok,
            Some(_) => HopState::Broken,
            None => HopState::Unknown,
        }
    }

    fn shown(&self) -> Shown {
        let waits = self.case.waits();
        let millis =
            |time: core::time::Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Shown {
            protocol: self.peer.protocol.word().to_owned(),
            address: self.address(),
            state: self.link_state(),
            seen: self.seen(),
            configured_at: self
                .peer
                .place
                .as_ref()
                .map(|place| format!("{}:{}", place.file, place.span.line)),
            connect_timeout_ms: waits.and_then(|w| Some(millis(w.connect.as_ref()?.time))),
            read_timeout_ms: waits.and_then(|w| Some(millis(w.read.as_ref()?.time))),
        }
    }

    fn link_state(&self) -> HopState {
        if self.told().is_some_and(Symptom::is_about_upstream) {
            return HopState::Broken;
        }
        match self.direct_outcome() {
            None => HopState::Unknown,
            Some(DirectOutcome::Answered(_)) => HopState::Ok,
            Some(_) => HopState::Broken,
        }
    }

    /// What the proxy says of our request; where it is served, what it says is over.
    fn told(&self) -> Option<Symptom> {
        self.own_symptom()
            .filter(|_| self.case.is_healthy() != Some(true))
    }

    /// What was seen on the link: the proxy's own word first.
    fn seen(&self) -> String {
        if let Some(symptom) = self.told() {
            return symptom.says().to_owned();
        }
        match self.direct() {
            Fact::Found(direct, _) => format!("asked directly, {}", direct.words()),
            Fact::Absent(_) | Fact::Unknown(_) => "not asked".to_owned(),
        }
    }
}

const fn kind(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Http | Protocol::Https => "http-server",
        Protocol::FastCgi => "fastcgi-server",
        Protocol::Uwsgi => "uwsgi-server",
        Protocol::Scgi => "scgi-server",
        Protocol::Ajp => "ajp-server",
        Protocol::Grpc => "grpc-server",
        Protocol::Memcached => "memcached",
    }
}
