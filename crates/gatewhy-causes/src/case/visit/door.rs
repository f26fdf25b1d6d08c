//! Which proxy the visitor reaches, or should reach.
use crate::case::Case;
use crate::case::programs::kind::Kind;
use crate::case::routing::peer::Dial;
use crate::case::service::backend::Service;
use crate::case::visit::front;
use crate::evidence::Evidence;
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::nginx::config;
use gatewhy_facts::nginx::model;
use gatewhy_facts::nginx::stream::Stream;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::systemd::show::Unit;
use gatewhy_facts::{apache, caddy, envoy, haproxy, lighttpd, traefik};

impl Case<'_> {
    /// Which program the proxy is: the one that holds the socket the visitor reaches;
    /// else the one whose configuration wants that port, running or not; else one
    /// that runs; else nginx.
    pub fn proxy_kind(&self) -> Kind {
        *self.cells.kind.get_or_init(|| {
            self.kind_at_the_door()
                .or_else(|| self.kind_that_should())
                .unwrap_or_default()
        })
    }

    fn kind_at_the_door(&self) -> Option<Kind> {
        let listener = self.entrance_inode()?;
        let holders = self.holders(listener).found()?.clone();
        let processes = self.processes();
        let all = processes.found()?;
        Kind::at_doors().find(|kind| {
            let masters = kind.masters(all);
            masters
                .iter()
                .any(|m| holders.iter().any(|pid| all.descends(*pid, m.stat.pid)))
        })
    }

    /// The socket of this host that takes the visitor's connection; none when that goes
    /// to another machine, or another network here.
    pub(in crate::case) fn door_socket(&self) -> Option<u64> {
        let door = self.front_door().found().copied()?;
        let here = self.is_own_address(door.ip()) != Some(false);
        let listener = self.tcp_listener(door);
        here.then(|| Some(listener.found()?.inode))?
    }

    /// Nobody holds the door, or a stranger does.
    fn kind_that_should(&self) -> Option<Kind> {
        let processes = self.processes();
        let all = processes.found()?;
        let runs = |kind: &Kind| !kind.masters(all).is_empty();
        let running: Vec<Kind> = Kind::ALL.into_iter().filter(runs).collect();
        if running == [Kind::Nginx] && self.wants_port(Kind::Nginx) {
            return Some(Kind::Nginx);
        }
        let installed = Kind::ALL
            .into_iter()
            .map(|kind| (kind, self.readiness(kind, running.contains(&kind))));
        let mut wanting: Vec<(Kind, u8)> = installed
            .filter(|(kind, ready)| *ready > 0 && self.wants_port(*kind))
            .collect();
        wanting.sort_by_key(|(kind, ready)| (core::cmp::Reverse(*ready), *kind));
        let first = wanting.first().map(|(kind, _)| *kind);
        first.or_else(|| running.first().copied())
    }

    /// How much the host means the program to run: 0 when it is not installed, more
    /// when it is, when it starts at boot, when it did run, when it does.
    fn readiness(&self, kind: Kind, runs: bool) -> u8 {
        if runs {
            return 4;
        }
        let units = self.usual_units(kind);
        let there = units.found().into_iter().flatten().filter(|u| u.exists());
        let each = there.map(|unit| match () {
            () if unit.is_failed() || unit.times.active_enter.is_some() => 3,
            () if unit.unit_file_state.as_deref() == Some("enabled") => 2,
            () => 1,
        });
        each.max().unwrap_or(0)
    }

    /// Whether its usual configuration names the URL's port.
    fn wants_port(&self, kind: Kind) -> bool {
        self.wants(kind, self.request.port)
    }

    pub(in crate::case) fn wants(&self, kind: Kind, port: u16) -> bool {
        match kind {
            Kind::Nginx => self.nginx_wants(port),
            Kind::Apache => self.usually_wants::<apache::config::Config>(kind, port),
            Kind::Haproxy => self.usually_wants::<haproxy::config::Config>(kind, port),
            Kind::Caddy => self.usually_wants::<caddy::model::Config>(kind, port),
            Kind::Lighttpd => self.usually_wants::<lighttpd::config::Config>(kind, port),
            Kind::Varnish => self.varnish_wants(port),
            Kind::Traefik => {
                self.usually_wants::<traefik::config::Config>(kind, port)
                    || self.traefik_words_want(port)
            }
            Kind::Envoy => self.usually_wants::<envoy::config::Config>(kind, port),
            Kind::SocketProxy => false,
        }
    }

    /// A proxy that does not run, and whose configuration names the port: a backend
    /// like any other.
    pub(in crate::case) fn proxy_set_up_for(&self, dial: &Dial) -> Fact<Service> {
        let nothing = Fact::Absent(Source::new("the host's proxies"));
        let Some(port) = dial.tcp().map(|address| address.port()) else {
            return nothing;
        };
        let mut found = Kind::ALL.into_iter().filter_map(|kind| {
            let ready = self.readiness(kind, false) > 1;
            let unit = self
                .unit_of_kind(kind)
                .filter(|unit| ready && !unit.is_active())?;
            self.wants(kind, port).then_some((kind, unit))
        });
        let Some((kind, unit)) = found.next() else {
            return nothing;
        };
        let source = Source::new(kind.default_config());
        let text = format!("{} of {} listens on port {port}", kind.name(), unit.id);
        let why = Some(Evidence::strong(text, &source));
        Fact::Found(Service::sure(unit, why), source)
    }

    fn unit_of_kind(&self, kind: Kind) -> Option<Unit> {
        let units = self.usual_units(kind);
        units.found()?.iter().find(|unit| unit.exists()).cloned()
    }

    /// The units that packages of `kind` bring, installed or not. Those of all kinds are
    /// asked for at once: a question is a process.
    pub(in crate::case) fn usual_units(&self, kind: Kind) -> Fact<Vec<Unit>> {
        let all = Kind::ALL.into_iter().flat_map(Kind::usual_units);
        let names: Vec<String> = all.map(|name| (*name).to_owned()).collect();
        let is_of =
            |unit: &&Unit, name: &str| unit.id == name || unit.names.iter().any(|n| n == name);
        self.units(&names).map(|units| {
            let own = kind.usual_units().iter();
            own.filter_map(|name| units.iter().find(|unit| is_of(unit, name)).cloned())
                .collect()
        })
    }

    fn nginx_wants(&self, port: u16) -> bool {
        let main = HostPath::new(Kind::Nginx.default_config());
        let nginx = model::read(&config::load(&self.host_files(), &main));
        let http = nginx.http.iter();
        let listens = http.flat_map(|http| &http.servers).flat_map(|s| &s.listens);
        let streams = nginx.stream.iter().flat_map(Stream::listens);
        listens
            .chain(streams)
            .any(|listen| front::port(listen) == port)
    }
}
