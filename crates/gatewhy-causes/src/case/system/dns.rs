//! Names of backends: what nginx's own resolver answers, and what the system's does.
use crate::case::Case;
use crate::case::gateway::log::Logged;
use crate::case::programs::kind::Kind;
use crate::evidence::Evidence;
use core::net::{IpAddr, SocketAddr};
use gatewhy_facts::dns::hosts;
use gatewhy_facts::dns::lookup::{self, Meaning};
use gatewhy_facts::dns::resolv_conf;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::haproxy::route as haproxy;
use gatewhy_facts::nginx::authority::Authority;
use gatewhy_facts::nginx::route::Resolution;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::Question;
use gatewhy_facts::source_text::Place;
use gatewhy_facts::untrusted::shown;
use gatewhy_fixes::Fix;

/// DNS record types.
pub(in crate::case) const A: u16 = 1;
pub(in crate::case) const AAAA: u16 = 28;
/// The port of name servers.
pub(in crate::case) const PORT: u16 = 53;
/// The most name servers that are asked.
const SERVERS: usize = 3;

/// A backend that the configuration names, and does not give the address of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The name.
    pub name: String,
    /// The port.
    pub port: u16,
    /// The parameters of `resolver`, when it is looked up while nginx runs.
    pub resolver: Option<Vec<String>>,
    /// The directive that names it.
    pub place: Place,
}

/// What one name server says of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The server.
    pub server: SocketAddr,
    /// What it says: addresses of either family, else of the first that was asked.
    pub meaning: Meaning,
    /// Where that was seen.
    pub source: Source,
}

impl Case<'_> {
    /// The backends of this request that the configuration names.
    pub fn named_backends(&self) -> Vec<Named> {
        if self.proxy_kind() == Kind::Haproxy {
            return self.named_by_haproxy();
        }
        let peers = self.call().map(|call| call.peers.as_slice());
        let named = peers.unwrap_or_default().iter().filter_map(|peer| {
            let Authority::Name { host, port } = &peer.address else {
                return None;
            };
            let resolver = match &peer.resolution {
                Resolution::AtRunTime(words) => Some(words.clone()),
                Resolution::None | Resolution::AtStart => None,
            };
            Some(Named {
                name: host.clone(),
                port: *port,
                resolver,
                place: peer.place.clone(),
            })
        });
        named.collect()
    }

    /// HAProxy asks the name servers of a `resolvers` section, over and over.
    fn named_by_haproxy(&self) -> Vec<Named> {
        let (config, route) = (self.haproxy(), self.haproxy_route());
        let (Some(config), Some(route)) = (config.found(), route.found()) else {
            return Vec::new();
        };
        let named = route.servers.iter().filter_map(|server| {
            let haproxy::Address::Host(name, port) = &server.address else {
                return None;
            };
            let section = server.resolvers.as_ref()?;
            name.parse::<IpAddr>().is_err().then(|| Named {
                name: name.clone(),
                port: *port,
                resolver: Some(haproxy::name_servers(config, section)),
                place: server.place.clone(),
            })
        });
        named.collect()
    }

    /// The name servers that a `resolver` directive names.
    pub fn name_servers(&self, words: &[String]) -> Vec<SocketAddr> {
        let addresses = words.iter().filter(|word| !word.contains('='));
        let servers = addresses.flat_map(|word| self.server_addresses(word));
        servers.take(SERVERS).collect()
    }

    /// A name server may be a name itself, which the system resolves.
    fn server_addresses(&self, word: &str) -> Vec<SocketAddr> {
        if let Ok(whole) = word.parse() {
            return vec![whole];
        }
        let bare = word.trim_start_matches('[').trim_end_matches(']');
        if let Ok(ip) = bare.parse::<IpAddr>() {
            return vec![SocketAddr::new(ip, PORT)];
        }
        let (host, port) = match word.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().unwrap_or(PORT)),
            None => (word, PORT),
        };
        let known = self.resolved(host);
        let all = known.found().into_iter().flatten();
        all.map(|ip| SocketAddr::new(*ip, port)).collect()
    }

    /// What each of nginx's name servers says of a name, for the families that it
    /// asks for. An error is what could not be asked, or not yet.
    pub fn told_by_servers(&self, name: &str, words: &[String]) -> Result<Vec<Told>, Gap> {
        let off = |family: &str| words.iter().any(|word| word == family);
        let mut kinds = vec![A, AAAA];
        kinds.retain(|kind| match *kind {
            A => !off("ipv4=off"),
            _ => !off("ipv6=off"),
        });
        let servers = self.name_servers(words);
        // All are asked before any answer is looked at.
        let asked: Vec<_> = servers
            .iter()
            .map(|server| {
                let answers = kinds
                    .iter()
                    .map(|kind| self.ask_server(*server, name, *kind));
                (*server, answers.collect::<Vec<_>>())
            })
            .collect();
        asked
            .into_iter()
            .map(|(server, answers)| told(server, answers))
            .collect()
    }

    pub(in crate::case) fn ask_server(
        &self,
        server: SocketAddr,
        name: &str,
        kind: u16,
    ) -> Fact<Meaning> {
        let question = Question::Dns {
            server,
            name: name.to_owned(),
            kind,
        };
        let place = format!("name server {server}, asked for {}", shown(name.as_bytes()));
        self.known
            .bytes(&question, &place, "")
            .map(|bytes| lookup::parse(bytes).meaning())
    }

    /// The addresses that nginx gets for a name at run time: of the first server
    /// that has any.
    pub fn looked_up_by_nginx(&self, name: &str, words: &[String]) -> Option<Vec<IpAddr>> {
        let told = self.told_by_servers(name, words).ok()?;
        told.into_iter().find_map(|told| match told.meaning {
            Meaning::Addresses(all) => Some(all),
            _ => None,
        })
    }

    /// Whether `/etc/hosts` has the name; none where the file could not be read.
    pub fn is_in_hosts_file(&self, name: &str) -> Option<bool> {
        let path = HostPath::new("/etc/hosts");
        let file = self.known.file(&Question::file(path.as_str()));
        match file {
            Fact::Found(text, _) => Some(hosts::parse(&path, text).named(name).next().is_some()),
            Fact::Absent(_) => Some(false),
            Fact::Unknown(_) => None,
        }
    }

    /// The line of `/etc/hosts` that has the name, as evidence.
    pub fn in_hosts_file(&self, name: &str) -> Option<Evidence> {
        let proxy = self.proxy_name();
        let path = HostPath::new("/etc/hosts");
        let file = self.known.file(&Question::file(path.as_str()));
        let hosts = hosts::parse(&path, file.found()?);
        let entry = hosts.named(name).next()?;
        let source = Source::new(path.to_string()).at_line(entry.span.line);
        let text = format!(
            "{} is {} there, which {proxy}'s resolver does not read",
            shown(name.as_bytes()),
            entry.address
        );
        Some(Evidence::strong(text, &source))
    }

    /// The system's own name servers.
    pub fn system_servers(&self) -> Vec<IpAddr> {
        let path = HostPath::new("/etc/resolv.conf");
        let file = self.known.file(&Question::file(path.as_str()));
        file.found()
            .map(|bytes| resolv_conf::parse(&path, bytes).asked())
            .unwrap_or_default()
    }

    /// The name itself where a variable stands: then the system's resolver is asked,
    /// once, when nginx starts.
    pub fn without_variable(&self, named: &Named) -> Fix {
        let name = shown(named.name.as_bytes());
        let title = format!("write {name} without a variable, so that the system looks it up");
        let why = "the system is asked when nginx starts: /etc/hosts and search domains count";
        let edited = self.call().and_then(|call| {
            let written = core::str::from_utf8(&call.pass.written).ok()?;
            let (scheme, rest) = match written.split_once("://") {
                Some((scheme, rest)) => (format!("{scheme}://"), rest),
                None => (String::new(), written),
            };
            let plain = !rest.contains('/') && call.pass.place == named.place;
            let literal = format!("{scheme}{name}:{}", named.port);
            plain
                .then(|| self.nginx_replace(&title, &named.place, (written, &literal), why))
                .flatten()
        });
        edited.unwrap_or_else(|| {
            let text = format!(
                "write {name}:{} itself where the variable stands; {why}",
                named.port
            );
            self.reloaded(Fix::new(title).advise(text))
        })
    }

    /// The proxy's record of our failed request, as evidence.
    pub fn failure_logged(&self) -> Option<Evidence> {
        let record = self.own_failure()?;
        Some(logged(self.proxy_name(), record))
    }
}

/// A record of the proxy's log as evidence.
pub fn logged(proxy: &str, record: &Logged<'_>) -> Evidence {
    Evidence::strong(
        format!("{proxy} logged for our request: {}", record.message()),
        &record.source,
    )
}

/// The addresses of either family; without any, what the first answer means.
pub(in crate::case) fn told(server: SocketAddr, answers: Vec<Fact<Meaning>>) -> Result<Told, Gap> {
    let mut source = Source::new(format!("name server {server}"));
    let mut addresses = Vec::new();
    let mut first = None;
    for answer in answers {
        match answer {
            Fact::Found(Meaning::Addresses(all), at) => {
                addresses.extend(all);
                source = at;
            }
            Fact::Found(meaning, at) if first.is_none() => {
                first = Some(meaning);
                source = at;
            }
            Fact::Found(..) | Fact::Absent(_) => {}
            Fact::Unknown(gap) => return Err(gap),
        }
    }
    let meaning = if addresses.is_empty() {
        first.unwrap_or(Meaning::NoAnswer(None))
    } else {
        Meaning::Addresses(addresses)
    };
    Ok(Told {
        server,
        meaning,
        source,
    })
}

impl Told {
    /// What the server says, in words.
    pub fn words(&self, name: &str) -> String {
        let (server, name) = (self.server, shown(name.as_bytes()));
        match &self.meaning {
            Meaning::Addresses(all) => {
                let all: Vec<String> = all.iter().map(ToString::to_string).collect();
                format!("{server} says that {name} is {}", all.join(", "))
            }
            Meaning::NoSuchName => format!("{server} says that there is no name {name}"),
            Meaning::NoAddresses => format!("{server} says that {name} has no address"),
            Meaning::ServerFailed(code) => format!("{server} answers with an error ({code:?})"),
            Meaning::NoAnswer(Some(how)) => format!("{server} does not answer ({how})"),
            Meaning::NoAnswer(None) => format!("{server} does not answer"),
        }
    }

    /// Whether the server gave an answer about the name at all.
    pub const fn is_answer(&self) -> bool {
        matches!(
            self.meaning,
            Meaning::Addresses(_) | Meaning::NoSuchName | Meaning::NoAddresses
        )
    }

    /// Whether it says that there is no address.
    pub const fn is_none(&self) -> bool {
        matches!(self.meaning, Meaning::NoSuchName | Meaning::NoAddresses)
    }
}
