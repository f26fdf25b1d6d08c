//! Why nobody takes the visitor's connection: the proxy, its service, its sockets.
//! Exactly one answer, so that the causes of one family exclude each other.
use crate::case::Case;
use crate::case::gateway::misconfigured::Misconfigured;
use crate::case::gateway::proxy::Proxy;
use crate::case::gateway::proxy_unit::Emergency;
use crate::case::programs::kind::Kind;
use crate::case::service::served::lived_long;
use crate::case::system::host::sockets_source;
use crate::case::visit::site::Seen;
use crate::evidence::{Evidence, Strength};
use core::net::SocketAddr;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::nginx::authority::Authority;
use gatewhy_facts::nginx::listen::{Listen, NameKind};
use gatewhy_facts::nginx::stream::Stream;
use gatewhy_facts::prelude::*;
use gatewhy_facts::source_text::Place;
use gatewhy_facts::systemd::journal;
use gatewhy_facts::systemd::show::{ActiveState, Unit};
use gatewhy_facts::time::Moment;

/// The time within which systemd counts failed starts.
const GAVE_UP_SECS: i64 = 10;

/// A front door that nobody opens.
#[derive(Clone, Debug)]
pub struct Front {
    /// Why.
    pub why: Why,
    /// The proxy's name, for sentences.
    pub proxy: &'static str,
    /// Where the visitor's connection goes.
    pub door: String,
    /// nginx's unit, if it is a service here.
    pub unit: Option<Unit>,
    /// When it came to this.
    pub at: Option<Moment>,
    /// Why nginx does not load what is on disk, if that is known.
    pub fault: Option<Misconfigured>,
    /// How sure it is that the URL leads to this host at all.
    pub leads_here: Strength,
    /// What could not be looked at and might tell otherwise.
    pub gaps: Vec<Gap>,
}

/// Why nobody opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// No proxy runs, and none is set up as a service.
    NoProxy,
    /// Somebody stopped it.
    Stopped,
    /// It was not started since the machine booted.
    NeverStarted,
    /// It ended by itself, without an error.
    Ended,
    /// It ended by itself with an error, long after it was started.
    Exited,
    /// It refused to start.
    StartFailed,
    /// It died by this signal.
    Died(i32),
    /// It is being started or stopped just now.
    Changing,
    /// It runs, and its configuration names no such port; the ports it listens on.
    NoListen(Vec<u16>),
    /// It runs, and listens on that port at these addresses only.
    OtherAddress(Vec<SocketAddr>),
    /// It runs, and listens not where the configuration on disk says.
    NotLoaded(Option<Place>),
    /// Another program took its place.
    Taken(String),
}

impl Case<'_> {
    /// Why nobody takes the visitor's connection. Absent when somebody does, or when
    /// the URL leads elsewhere.
    pub fn front(&self) -> Fact<&Front> {
        self.cells.front.get_or_init(|| self.find_front()).as_ref()
    }

    fn find_front(&self) -> Fact<Front> {
        let nothing = || Fact::Absent(Source::new("the visitor's connection"));
        // Whether somebody takes a unix socket's connections is the outer case's matter.
        if self.is_healthy() != Some(false) || self.entry_socket().is_some() {
            return nothing();
        }
        match self.seen() {
            Some(Seen::Refused | Seen::NotConnected(_)) => {}
            None if self.front_door().is_absent() => {}
            Some(_) => return self.taken_front(),
            None => return nothing(),
        }
        let leads_here = match self.leads_here() {
            Fact::Found(strength, _) => strength,
            Fact::Absent(_) => return nothing(),
            Fact::Unknown(gap) => return Fact::Unknown(gap),
        };
        if let Some(gap) = self.sockets().tcp.gap() {
            return Fact::Unknown(gap.clone());
        }
        if self.listens_on_port() {
            return self.other_address(leads_here);
        }
        self.shut(leads_here)
    }

    /// Whether the URL leads to this host: to one of its addresses, or by a name
    /// that the proxy on disk is set up for, while the name leads to some address
    /// before this host, or to none.
    fn leads_here(&self) -> Fact<Strength> {
        let door = self.front_door();
        let own = door.found().map(|door| self.is_own_address(door.ip()));
        match own {
            Some(Some(true)) => return Fact::Found(Strength::Proof, sockets_source()),
            Some(None) => {
                let gap = Gap::new("this host's addresses", "they are not known", "run as root");
                return Fact::Unknown(gap);
            }
            Some(Some(false)) | None => {}
        }
        let source = Source::new(format!(
            "the names in {}'s configuration",
            self.proxy_name()
        ));
        if self.is_configured_name() {
            Fact::Found(Strength::Strong, source)
        } else {
            Fact::Absent(source)
        }
    }

    /// Whether the configuration on disk has this very name on this port.
    fn is_configured_name(&self) -> bool {
        let nginx = self.nginx();
        let Some(http) = nginx.found().and_then(|nginx| nginx.http.as_ref()) else {
            return false;
        };
        let host = self.request.host.as_bytes();
        http.servers.iter().any(|server| {
            let named = server.names.iter().any(
                |name| matches!(&name.kind, NameKind::Exact(exact) if exact.as_slice() == host),
            );
            named && server.listens.iter().any(|l| port(l) == self.request.port)
        })
    }

    fn listens_on_port(&self) -> bool {
        let port = self
            .front_door()
            .found()
            .map_or(self.request.port, SocketAddr::port);
        self.tcp_addresses()
            .iter()
            .any(|(address, _)| address.port() == port)
    }

    fn shut(&self, leads_here: Strength) -> Fact<Front> {
        match self.proxy() {
            Fact::Unknown(gap) => Fact::Unknown(gap),
            Fact::Found(proxy, _) => self.runs_elsewhere(proxy, leads_here),
            Fact::Absent(_) => match self.proxy_unit() {
                Fact::Unknown(gap) => Fact::Unknown(gap),
                Fact::Absent(source) => {
                    Fact::Found(self.new_front(Why::NoProxy, leads_here), source)
                }
                Fact::Found(unit, source) => match self.idle_front(unit, leads_here) {
                    Ok(front) => Fact::Found(front, source),
                    Err(gap) => Fact::Unknown(gap),
                },
            },
        }
    }

    fn new_front(&self, why: Why, leads_here: Strength) -> Front {
        let door = self.front_door().found().map_or_else(
            || format!("port {}", self.request.port),
            ToString::to_string,
        );
        Front {
            why,
            proxy: self.proxy_name(),
            door,
            unit: None,
            at: None,
            fault: None,
            leads_here,
            gaps: Vec::new(),
        }
    }

    /// nginx is a service, and does not run.
    fn idle_front(&self, unit: Unit, leads_here: Strength) -> Result<Front, Gap> {
        if unit.is_active() {
            let what = format!("the processes of {}", unit.id);
            return Err(Gap::new(what, "they cannot be seen", "run as root"));
        }
        let mut front = self.new_front(Why::Stopped, leads_here);
        front.at = self.changed_at(&unit);
        front.gaps.extend(self.journal(&unit.id).gap().cloned());
        let said = self.last_emergency(&unit);
        front.fault = self.misconfigured(said);
        front.why = self.why_idle(&unit, front.fault.as_ref());
        front.unit = Some(unit);
        Ok(front)
    }

    fn why_idle(&self, unit: &Unit, fault: Option<&Misconfigured>) -> Why {
        match unit.active_state {
            Some(ActiveState::Inactive) => self.why_inactive(unit),
            Some(ActiveState::Activating | ActiveState::Deactivating)
                if !unit.is_auto_restarting() =>
            {
                Why::Changing
            }
            _ if fault.is_some_and(|fault| fault.said.is_some()) => Why::StartFailed,
            _ => match unit.failed_by_signal() {
                Some(signal) => Why::Died(signal),
                None => self.why_failed(unit),
            },
        }
    }

    /// Some programs end with an error when they are asked to end.
    fn why_failed(&self, unit: &Unit) -> Why {
        let journal = self.journal(&unit.id);
        if journal
            .found()
            .is_some_and(|told| journal::was_stopped_on_request(told))
        {
            Why::Stopped
        } else if lived_long(unit) {
            Why::Exited
        } else {
            Why::StartFailed
        }
    }

    fn why_inactive(&self, unit: &Unit) -> Why {
        if unit.times.active_enter.is_none() && unit.times.main_start.is_none() {
            return Why::NeverStarted;
        }
        match self.journal(&unit.id) {
            Fact::Found(told, _) if !journal::was_stopped_on_request(&told) => Why::Ended,
            Fact::Found(..) | Fact::Absent(_) | Fact::Unknown(_) => Why::Stopped,
        }
    }

    /// What nginx said at its last attempt to start.
    fn last_emergency(&self, unit: &Unit) -> Option<Emergency> {
        // While it waits for the next attempt, it has left and entered `inactive` anew.
        let attempt = unit.times.main_start.filter(|_| unit.is_auto_restarting());
        let begun = attempt.or(unit.times.inactive_exit);
        let begun = self.at(begun.or(unit.times.condition))?;
        // The attempt that systemd did not even make says nothing; the one before did.
        let begun = if self.gave_up(unit) {
            begun.plus_secs(-GAVE_UP_SECS)
        } else {
            begun
        };
        let all = self.emergencies(Some(unit), begun);
        all.into_iter().next_back()
    }

    /// nginx runs, and nobody listens on the port.
    fn runs_elsewhere(&self, proxy: &Proxy, leads_here: Strength) -> Fact<Front> {
        match self.shares_network(proxy) {
            Some(true) => {}
            Some(false) | None => {
                return Fact::Unknown(Gap::new(
                    format!("{}'s listening sockets", self.proxy_name()),
                    "it runs in a network of its own",
                    "run gatewhy there",
                ));
            }
        }
        self.config_gaps().and_then(|gaps, source| {
            let listens = self.listens_on_disk();
            let mut front = self.new_front(Why::NotLoaded(None), leads_here);
            front.unit = self.proxy_unit().found().cloned();
            if listens.is_empty() {
                if let Some(gap) = gaps.first() {
                    return Fact::Unknown(gap.clone());
                }
                front.why = Why::NoListen(self.own_ports(proxy));
            } else {
                front.why = Why::NotLoaded(listens.first().cloned());
                let since = self.newest_worker().map(|(_, at)| at);
                let said = since.and_then(|since| {
                    let all = self.emergencies(front.unit.as_ref(), since);
                    all.into_iter().next_back()
                });
                front.fault = self.misconfigured(said);
            }
            Fact::Found(front, source)
        })
    }

    /// nginx runs and listens on the port, but not at the address that visitors dial.
    fn other_address(&self, leads_here: Strength) -> Fact<Front> {
        let nothing = Fact::Absent(Source::new("the visitor's connection"));
        let proxy = match self.proxy() {
            Fact::Found(proxy, _) => proxy,
            Fact::Absent(_) => return nothing,
            Fact::Unknown(gap) => return Fact::Unknown(gap),
        };
        let (Some(Fact::Found(door, source)), Some(true)) =
            (self.unheard_door(), self.shares_network(proxy))
        else {
            return nothing;
        };
        let mut own = self.own_sockets(proxy);
        own.retain(|at| at.port() == door.port());
        if own.is_empty() {
            return nothing;
        }
        let mut front = self.new_front(Why::OtherAddress(own), leads_here);
        front.unit = self.proxy_unit().found().cloned();
        if let Some(place) = self.nginx_listen_for(door) {
            front.why = Why::NotLoaded(Some(place));
        }
        Fact::Found(front, source)
    }

    /// The line of nginx's configuration on disk that would take a connection there.
    fn nginx_listen_for(&self, door: SocketAddr) -> Option<Place> {
        if self.proxy_kind() != Kind::Nginx {
            return None;
        }
        let nginx = self.nginx();
        let http = nginx.found()?.http.as_ref()?;
        let mut listens = http.servers.iter().flat_map(|server| &server.listens);
        let takes = |listen: &&Listen| match &listen.address {
            Authority::Ip(at) => {
                let same_family = at.is_ipv4() == door.is_ipv4();
                let any = at.ip().is_unspecified() && same_family;
                at.port() == door.port() && (any || at.ip() == door.ip())
            }
            Authority::Name { .. } | Authority::Unix(_) => false,
        };
        listens.find(takes)?.place.clone()
    }

    /// The sockets on the URL's port that the configuration on disk asks for.
    pub fn listens_on_disk(&self) -> Vec<Place> {
        match self.proxy_kind() {
            Kind::Nginx => self.nginx_listens(),
            Kind::Apache => self.lines_that_listen(&self.apache()),
            Kind::Haproxy => self.lines_that_listen(&self.haproxy()),
            Kind::Caddy => self.lines_that_listen(&self.caddy()),
            Kind::Lighttpd => self.lines_that_listen(&self.lighttpd()),
            Kind::Varnish => self.varnish_listens(),
            Kind::Traefik => self.lines_that_listen(&self.traefik()),
            Kind::Envoy => self.lines_that_listen(&self.envoy()),
            // A `.socket` unit listens for it.
            Kind::SocketProxy => Vec::new(),
        }
    }

    fn nginx_listens(&self) -> Vec<Place> {
        let nginx = self.nginx();
        let servers = nginx
            .found()
            .and_then(|nginx| nginx.http.as_ref())
            .map(|http| &http.servers);
        let listens = servers.into_iter().flatten().flat_map(|s| &s.listens);
        let stream = nginx.found().and_then(|nginx| nginx.stream.as_ref());
        let streams = stream.into_iter().flat_map(Stream::listens);
        listens
            .chain(streams)
            .filter(|listen| port(listen) == self.request.port && !listen.options.quic)
            .filter_map(|listen| listen.place.clone())
            .collect()
    }

    /// Whether the proxy lives in the network that we see; none when nobody could look.
    fn shares_network(&self, proxy: &Proxy) -> Option<bool> {
        let of = |pid| {
            let process = self.process(pid);
            process.found()?.namespaces.get("net")?.clone().ok()
        };
        Some(of(proxy.master)? == of(1)?)
    }

    /// The ports that this nginx listens on, lowest first.
    fn own_ports(&self, proxy: &Proxy) -> Vec<u16> {
        let ports: BTreeSet<u16> = self
            .own_sockets(proxy)
            .iter()
            .map(SocketAddr::port)
            .collect();
        ports.into_iter().collect()
    }

    /// The addresses that this nginx listens on.
    fn own_sockets(&self, proxy: &Proxy) -> Vec<SocketAddr> {
        let addresses = self.tcp_addresses().into_iter();
        let own = addresses.filter(|(_, listener)| {
            let holders = self.holders(listener.inode);
            holders
                .found()
                .is_some_and(|pids| pids.contains(&proxy.master))
        });
        let own: BTreeSet<SocketAddr> = own.map(|(address, _)| address).collect();
        own.into_iter().collect()
    }

    /// Another program answers, since nginx found its address taken.
    fn taken_front(&self) -> Fact<Front> {
        let nothing = Fact::Absent(Source::new("the visitor's connection"));
        if !self.proxy().is_absent() {
            return nothing;
        }
        let Some(program) = self.stranger_at_the_door() else {
            return nothing;
        };
        self.proxy_unit().and_then(|unit, source| {
            if unit.is_active() {
                return Fact::Absent(source);
            }
            match self.idle_front(unit, Strength::Strong) {
                Ok(front)
                    if front
                        .fault
                        .as_ref()
                        .is_some_and(Misconfigured::is_taken_address) =>
                {
                    let why = Why::Taken(program);
                    Fact::Found(Front { why, ..front }, source)
                }
                Ok(_) => Fact::Absent(source),
                Err(gap) => Fact::Unknown(gap),
            }
        })
    }
}

/// The port that a `listen` names; 0 for a unix socket.
pub(in crate::case) fn port(listen: &Listen) -> u16 {
    match &listen.address {
        Authority::Ip(address) => address.port(),
        Authority::Name { port, .. } => *port,
        Authority::Unix(_) => 0,
    }
}

impl Front {
    /// That nobody listens, as evidence.
    pub fn nobody_listens(&self) -> Option<Evidence> {
        if let Why::Taken(program) = &self.why {
            let proxy = self.proxy;
            let text = format!("{program} listens on {}, and not {proxy}", self.door);
            return Some(Evidence::proof(text, &sockets_source()));
        }
        let text = format!("nobody listens on {}", self.door);
        Some(Evidence::proof(text, &sockets_source()))
    }

    /// What the visitor saw, as evidence.
    pub fn visitor_saw(&self, case: &Case<'_>) -> Option<Evidence> {
        let words = case.seen()?.words(case.request.patience_ms);
        let source = Source::new(format!("GET {} at {}", case.request.url, self.door));
        Some(Evidence::weak(words, &source))
    }

    /// The name of the unit, or of the program.
    pub fn name(&self) -> &str {
        self.unit
            .as_ref()
            .map_or(self.proxy, |unit| unit.id.as_str())
    }

    /// The most that evidence may weigh here.
    pub const fn most(&self) -> Strength {
        match (self.gaps.is_empty(), self.leads_here) {
            (true, Strength::Proof) => Strength::Proof,
            (_, Strength::Weak) => Strength::Weak,
            _ => Strength::Strong,
        }
    }

    /// Whether nginx runs.
    pub const fn runs(&self) -> bool {
        matches!(
            self.why,
            Why::NoListen(_) | Why::NotLoaded(_) | Why::OtherAddress(_)
        )
    }
}
