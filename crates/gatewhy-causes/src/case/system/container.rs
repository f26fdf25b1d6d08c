//! Containers and other networks on this host: what the proxy or a backend sees there.
use crate::case::Case;
use crate::case::exchange::link::Link;
use crate::case::system::host::Listener;
use crate::evidence::Evidence;
use core::net::{IpAddr, SocketAddr};
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::linux::container::Container;
use gatewhy_facts::linux::interfaces::{self, OwnAddresses};
use gatewhy_facts::linux::networks;
use gatewhy_facts::linux::proc_net::{self, Listening};
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::Question;

/// The most networks that are looked into.
const NETWORKS: usize = 64;

/// A network on this host that is not ours, and what listens there.
#[derive(Clone, Debug)]
pub struct OtherNetwork {
    /// A process that lives in it.
    pub pid: u32,
    /// The container that this process belongs to, if it does.
    pub container: Option<Container>,
    /// The sockets that listen there.
    pub listening: Vec<Listening>,
    /// Where that was read.
    pub source: Source,
}

impl Case<'_> {
    /// The container that a process runs in.
    pub fn container_of(&self, pid: u32) -> Option<Container> {
        let process = self.process(pid);
        Container::of(process.found()?.cgroups.as_ref().ok()?)
    }

    /// Whether two processes live in one network, as far as both may be looked at.
    pub(in crate::case) fn shares_network_with(&self, one: u32, other: u32) -> bool {
        let of = |pid| {
            let process = self.process(pid);
            process.found()?.namespaces.get("net")?.clone().ok()
        };
        of(one).is_some_and(|network| Some(network) == of(other))
    }

    /// The proxy's master, when it lives in another network than this host's first
    /// process.
    pub fn proxy_apart(&self) -> Option<u32> {
        let master = self.proxy().found()?.master;
        let of = |pid| {
            let process = self.process(pid);
            process.found()?.namespaces.get("net")?.clone().ok()
        };
        (of(master)? != of(1)?).then_some(master)
    }

    /// Why it is not known whether the proxy lives in a network of its own.
    pub fn network_gap(&self) -> Option<Gap> {
        self.proxy().found()?;
        self.process(1).gap().cloned()
    }

    /// Where the proxy lives, when that is another network: `the Docker container …`.
    pub fn proxy_place(&self) -> Option<String> {
        let master = self.proxy_apart()?;
        let container = self.container_of(master);
        Some(container.map_or_else(
            || "a network of its own".to_owned(),
            |container| container.words(),
        ))
    }

    /// The addresses of a process's network.
    fn network_addresses(&self, pid: u32) -> Fact<OwnAddresses> {
        let file = |name: &str| Question::file(format!("/proc/{pid}/net/{name}"));
        let six = self.known.file(&file("if_inet6"));
        let four = self.known.file(&file("fib_trie"));
        four.map(|four| interfaces::parse(four, six.found().copied().unwrap_or_default()))
    }

    /// The sockets that listen in a process's network.
    fn listening_of(&self, pid: u32) -> Fact<Vec<Listening>> {
        let file = |name: &str| Question::file(format!("/proc/{pid}/net/{name}"));
        let six = self.known.file(&file("tcp6"));
        self.known.file(&file("tcp")).map(|four| {
            let mut all = proc_net::listening(four);
            all.extend(
                six.found()
                    .map(|six| proc_net::listening(six))
                    .unwrap_or_default(),
            );
            all
        })
    }

    /// Who takes the proxy's connections to an address, as its own network has it.
    pub(in crate::case) fn listener_apart(
        &self,
        proxy: u32,
        address: SocketAddr,
    ) -> Fact<Listener> {
        let own = match self.network_addresses(proxy) {
            Fact::Found(own, _) => own,
            Fact::Absent(source) => return Fact::Unknown(gone(&source)),
            Fact::Unknown(gap) => return Fact::Unknown(gap),
        };
        if !address.ip().is_loopback() && !own.contains(address.ip()) {
            return match self.is_own_address(address.ip()) {
                Some(true) => self.tcp_listener(address),
                Some(false) | None => Fact::Unknown(Gap::new(
                    format!("who listens on {address}"),
                    "it is another machine, or another container",
                    format!("run gatewhy on {}", address.ip()),
                )),
            };
        }
        self.listening_of(proxy).and_then(|all, source| {
            match all.iter().find(|socket| socket.takes(address)) {
                Some(socket) => Fact::Found(listener(socket), source),
                None => Fact::Absent(source),
            }
        })
    }

    /// The network on this host, other than ours, that has an address.
    pub fn network_with(&self, ip: IpAddr) -> Fact<OtherNetwork> {
        let all = self
            .known
            .bytes(&Question::Networks, "/proc/*/ns/net", "run as root");
        all.map(networks::parse).and_then(|networks, source| {
            let pids: Vec<u32> = networks
                .first
                .values()
                .copied()
                .filter(|pid| *pid != 1)
                .collect();
            let asked: Vec<(u32, Fact<OwnAddresses>)> = pids
                .into_iter()
                .take(NETWORKS)
                .map(|pid| (pid, self.network_addresses(pid)))
                .collect();
            let found = asked
                .iter()
                .find(|(_, own)| own.found().is_some_and(|own| own.contains(ip)));
            if let Some((pid, _)) = found {
                return self.network_of(*pid);
            }
            let gap = asked.iter().find_map(|(_, own)| own.gap()).cloned();
            match (gap, networks.hidden) {
                (Some(gap), _) => Fact::Unknown(gap),
                (None, Some(why)) => {
                    Fact::Unknown(Gap::new("other networks on this host", why, "run as root"))
                }
                (None, None) => Fact::Absent(source),
            }
        })
    }

    /// The same, when it was looked for already: nobody looks for it for this alone.
    pub(in crate::case) fn known_network_with(&self, ip: IpAddr) -> Option<OtherNetwork> {
        self.known
            .is_answered(&Question::Networks)
            .then(|| self.network_with(ip).found().cloned())?
    }

    fn network_of(&self, pid: u32) -> Fact<OtherNetwork> {
        self.listening_of(pid).map(|listening| OtherNetwork {
            pid,
            container: self.container_of(pid),
            listening,
            source: Source::new(format!("/proc/{pid}/net/tcp")),
        })
    }
}

fn gone(source: &Source) -> Gap {
    Gap::new(source.place.clone(), "the process is gone", "")
}

fn listener(socket: &Listening) -> Listener {
    Listener {
        inode: socket.inode,
        address: socket.local.to_string(),
        queue: None,
    }
}

impl Link<'_, '_> {
    /// The network on this host that has the backend's address, when it refuses the
    /// connection there.
    pub fn backend_apart(&self) -> Option<Fact<OtherNetwork>> {
        let address = self.peer.dial.tcp()?;
        let refused = self.nobody_answers_the_door() && self.is_local() == Some(false);
        refused.then(|| self.case.network_with(address.ip()))
    }
}

impl OtherNetwork {
    /// Where it is, in words.
    pub fn place(&self) -> String {
        match &self.container {
            Some(container) => container.words(),
            None => format!("the network of process {}", self.pid),
        }
    }

    /// The socket of the same port that takes no connections from outside.
    pub fn bound_inside(&self, port: u16) -> Option<&Listening> {
        self.listening
            .iter()
            .find(|socket| socket.local.port() == port && socket.local.ip().is_loopback())
    }

    /// That nobody listens on the port there at all, as evidence.
    pub fn nobody_on(&self, port: u16) -> Option<Evidence> {
        let any = self
            .listening
            .iter()
            .any(|socket| socket.local.port() == port);
        let text = format!("nobody listens on port {port} in {}", self.place());
        (!any).then(|| Evidence::proof(text, &self.source))
    }
}
