//! A site that this machine only sees from outside: by its name, its addresses and
//! its answers.
use crate::case::Case;
use crate::case::programs::kind::Kind;
use crate::case::visit::site::{Seen, Visit};
use crate::evidence::Evidence;
use core::net::{IpAddr, SocketAddr};
use gatewhy_facts::dns::hosts;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::nginx::config;
use gatewhy_facts::nginx::listen::NameKind;
use gatewhy_facts::nginx::model;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::protocol::error_page::{self, Signs, Telling};
use gatewhy_facts::question::Question;
use gatewhy_fixes::shell;

/// The most addresses of the site that are tried.
const ADDRESSES: usize = 6;

/// An error that a cache between the visitor and the origin keeps.
#[derive(Clone, Debug)]
pub struct CachedOutside {
    /// The status.
    pub status: u16,
    /// Whose cache it is.
    pub name: &'static str,
    /// The page by a name that the cache cannot know: it is fine.
    pub fresh: Evidence,
    /// The page as asked for, once more after that: it still fails.
    pub again: Evidence,
    /// The header by which the cache says so.
    pub header: Evidence,
}

impl<'k> Case<'k> {
    /// Whether the visitor's connection leaves this machine, for a site that the
    /// proxy here is not set up for. A container's address does not lead away.
    pub fn is_outside(&self) -> bool {
        *self.cells.outside.get_or_init(|| {
            let door = self.front_door();
            let door = door.found().filter(|_| self.request.inner.is_none());
            let leaves = door.is_some_and(|door| self.is_own_address(door.ip()) == Some(false));
            let apart = || door.is_some_and(|door| self.network_with(door.ip()).found().is_some());
            leaves && !self.is_named_here() && !apart()
        })
    }

    /// Whether nginx's usual configuration here has the site's name: then this is its
    /// origin, even if nothing runs.
    fn is_named_here(&self) -> bool {
        let main = HostPath::new(Kind::Nginx.default_config());
        let nginx = model::read(&config::load(&self.host_files(), &main));
        let host = self.request.host.as_bytes();
        let servers = nginx.http.iter().flat_map(|http| &http.servers);
        let mut names = servers.flat_map(|server| &server.names);
        names.any(|name| matches!(&name.kind, NameKind::Exact(exact) if exact.as_slice() == host))
    }

    /// Why it is not known whether visitors are led to another machine than `--origin`.
    pub fn public_gap(&self) -> Option<Gap> {
        let origin = self.request.origin?;
        let own = self.own_addresses().gap().cloned();
        let remote = self.is_own_address(origin.ip()) == Some(false);
        let name = remote.then(|| self.resolved(&self.request.host).gap().cloned());
        own.or_else(|| name.flatten())
    }

    /// Where visitors are led by the name, when `--origin` names another machine
    /// than that: both are asked.
    pub(in crate::case) fn public_door(&self) -> Option<Fact<SocketAddr>> {
        let origin = self.request.origin?;
        match self.is_own_address(origin.ip()) {
            Some(false) => {}
            Some(true) => return None,
            None => {
                let own = self.own_addresses();
                return own
                    .gap()
                    .filter(|gap| gap.is_pending())
                    .map(|gap| Fact::Unknown(gap.clone()));
            }
        }
        if self.request.host.parse::<IpAddr>().is_ok() {
            return None;
        }
        match self.resolved(&self.request.host) {
            Fact::Found(all, source) => {
                let first = *all.first()?;
                let other =
                    !all.contains(&origin.ip()) && self.is_own_address(first) == Some(false);
                other.then(|| Fact::Found(SocketAddr::new(first, self.request.port), source))
            }
            Fact::Unknown(gap) if gap.is_pending() => Some(Fact::Unknown(gap)),
            Fact::Unknown(_) | Fact::Absent(_) => None,
        }
    }

    /// Where the hosts file leads the name, when that is no address of this host: no
    /// visitor from here reaches the proxy that listens here.
    pub(in crate::case) fn door_in_hosts_file(&self) -> Option<Fact<SocketAddr>> {
        if self.request.inner.is_some() {
            return None;
        }
        let path = HostPath::new("/etc/hosts");
        let file = self.known.file(&Question::file(path.as_str()));
        if let Some(gap) = file.gap().filter(|gap| gap.is_pending()) {
            return Some(Fact::Unknown(gap.clone()));
        }
        let hosts = hosts::parse(&path, file.found()?);
        let mut all = hosts.named(&self.request.host).map(|entry| entry.address);
        let first = all.next()?;
        if first.is_loopback() || all.any(|ip| ip.is_loopback()) {
            return None;
        }
        match self.is_own_address(first) {
            Some(false) => {
                let door = SocketAddr::new(first, self.request.port);
                Some(Fact::Found(door, Source::new(path.to_string())))
            }
            Some(true) => None,
            None => {
                let own = self.own_addresses();
                let pending = own.gap().filter(|gap| gap.is_pending());
                pending.map(|gap| Fact::Unknown(gap.clone()))
            }
        }
    }

    /// Where the visitor goes, when that is this host, the port is open here, and yet
    /// nobody listens at that very address: the URL has it as a number, or the hosts file
    /// leads the name to IPv4 alone and all who listen there take IPv6 alone.
    pub(in crate::case) fn unheard_door(&self) -> Option<Fact<SocketAddr>> {
        let port = self.request.port;
        let heard = |ip| {
            self.tcp_listener(SocketAddr::new(ip, port))
                .found()
                .is_some()
        };
        let mut open = self.tcp_addresses().into_iter();
        open.find(|(at, _)| at.port() == port)?;
        let (ip, source) = match self.request.host.parse::<IpAddr>() {
            Ok(ip) => (ip, Source::new("the URL")),
            Err(_) if heard(IpAddr::from([127, 0, 0, 1])) => return None,
            Err(_) => self.only_ipv4_in_hosts_file()?,
        };
        if ip.is_unspecified() || heard(ip) {
            return None;
        }
        match self.is_own_address(ip) {
            Some(true) => Some(Fact::Found(SocketAddr::new(ip, port), source)),
            Some(false) => None,
            None => {
                let own = self.own_addresses();
                let pending = own.gap().filter(|gap| gap.is_pending());
                pending.map(|gap| Fact::Unknown(gap.clone()))
            }
        }
    }

    /// The address of this name in the hosts file, where it has none for IPv6, and none
    /// but the wildcard of IPv6 is listened on.
    fn only_ipv4_in_hosts_file(&self) -> Option<(IpAddr, Source)> {
        let port = self.request.port;
        let mut open = self.tcp_addresses().into_iter();
        if open.any(|(at, _)| at.port() == port && at.is_ipv4()) {
            return None;
        }
        let path = HostPath::new("/etc/hosts");
        let file = self.known.file(&Question::file(path.as_str()));
        let hosts = hosts::parse(&path, file.found()?);
        let all: Vec<IpAddr> = hosts.named(&self.request.host).map(|e| e.address).collect();
        let only = all.iter().all(IpAddr::is_ipv4);
        let first = all.first().filter(|_| only)?;
        Some((*first, Source::new(path.to_string())))
    }

    /// What the failing answer, or the first, tells of those who made it.
    pub fn signs(&self) -> Option<Signs> {
        let visit = self.failed_visit()?;
        Some(error_page::read(&visit.answer, visit.conversation.received))
    }

    /// The same request to the origin that `--origin` names, past the edge. None when
    /// it was not given, or when it is the one that visitors reach.
    pub fn origin_visit(&self) -> Option<Fact<Visit<'k>>> {
        let origin = self.request.origin.filter(|_| self.is_outside())?;
        let door = self.front_door();
        (door.found() != Some(&origin)).then(|| self.visit_at(origin))
    }

    /// The site's other addresses, each asked once.
    pub fn other_doors(&self) -> Vec<(SocketAddr, Fact<Visit<'k>>)> {
        let resolved = match self.request.dial.filter(|_| self.request.origin.is_none()) {
            Some(_) => return Vec::new(),
            None => self.resolved(&self.request.host),
        };
        let door = self.front_door().found().copied();
        let all = resolved.found().into_iter().flatten();
        let doors = all.map(|ip| SocketAddr::new(*ip, self.request.port));
        let others = doors.filter(|other| Some(*other) != door);
        let others = others.take(ADDRESSES);
        others.map(|other| (other, self.visit_at(other))).collect()
    }

    /// Who made the error, as far as headers and page tell.
    pub(in crate::case) fn maker_outside(&self) -> Option<String> {
        let signs = self.signs()?;
        if let Some(edge) = signs.edge().filter(|_| signs.is_origins()) {
            return Some(format!("the origin behind {}", edge.by.name()));
        }
        let mark = signs.maker()?;
        let name = mark.by.name();
        Some(match mark.telling {
            Telling::Own => name.to_owned(),
            Telling::Page => format!("{name}, by its page"),
            Telling::Name | Telling::OnTheWay => format!("{name}, by its Server header alone"),
        })
    }

    /// What cannot be seen from outside.
    pub(in crate::case) fn outside_gaps(&self) -> Vec<Gap> {
        if !self.is_outside() || self.is_healthy() != Some(false) {
            return Vec::new();
        }
        let host = &self.request.host;
        let mut gaps = vec![Gap::new(
            format!("what happens on the machines of {host}"),
            "from outside only answers are seen",
            "run gatewhy on the machine of its proxy, or add --host USER@MACHINE",
        )];
        let edge = self.signs().and_then(|signs| Some(signs.edge()?.by));
        if let Some(edge) = edge.filter(|_| self.request.origin.is_none()) {
            gaps.push(Gap::new(
                format!("the origin behind {}", edge.name()),
                "its address is not known here",
                "add --origin ADDRESS",
            ));
        }
        gaps
    }

    /// The URL as one word of a shell.
    pub fn shown_url(&self) -> String {
        shell::quoted(&self.request.url)
    }

    /// An error that a cache on the way keeps: a page that it cannot know is fine, and
    /// the one asked for still fails after that.
    pub fn cached_outside(&self) -> Option<CachedOutside> {
        let signs = self.signs().filter(|_| self.is_outside())?;
        let Some(Seen::Status(status)) = self.seen() else {
            return None;
        };
        let cache = signs.cache.filter(|cache| cache.hit && status >= 500)?;
        let fresh = self.fresh_visit();
        let words = |visit: &Visit<'_>| visit.seen().words(self.request.patience_ms);
        let fresh = match &fresh {
            Fact::Found(visit, source) if visit.seen().is_good() => Evidence::proof(
                format!(
                    "the same page with one more argument, which the cache cannot know: {}",
                    words(visit)
                ),
                source,
            ),
            _ => return None,
        };
        // Only after the other, so that nobody can say it healed meanwhile.
        let again = match &self.last_visit() {
            Fact::Found(visit, source) if !visit.seen().is_good() => Evidence::proof(
                format!("asked for again without it: {}", words(visit)),
                source,
            ),
            _ => return None,
        };
        let by = signs.marks.iter().find(|mark| mark.by.is_edge());
        Some(CachedOutside {
            status,
            name: by.map_or("a cache on the way", |mark| mark.by.name()),
            fresh,
            again,
            header: Evidence::strong(cache.text, &self.front_source()),
        })
    }

    /// Where an exchange with the site was made, as a source.
    pub(in crate::case) fn visit_source(&self, at: SocketAddr) -> Source {
        Source::new(format!("GET {} at {at}", self.request.url))
    }
}
