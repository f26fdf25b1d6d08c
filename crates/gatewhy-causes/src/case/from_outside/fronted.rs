//! A site on this host that visitors reach through a CDN: known by the access log, in
//! which most requests come from its published addresses. Whether this host's packet
//! filter lets them in.
use crate::case::Case;
use crate::case::programs::kind::Kind;
use crate::case::system::filter::{Stopped, Tool};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use gatewhy_facts::cdn;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::haproxy;
use gatewhy_facts::linux::firewall::{Direction, Packet, blocking_rules};
use gatewhy_facts::linux::route::Route;
use gatewhy_facts::nginx::access_log::AccessRecord;
use gatewhy_facts::prelude::*;
use gatewhy_facts::scan;
use gatewhy_facts::time::Moment;

/// Fewer requests may be visitors with a service of the CDN's own, such as a VPN.
const LEAST: usize = 5;
const IN: Direction = Direction::Incoming;
/// The most of its addresses that are looked for among the rules.
const MOST: usize = 8;

/// A visitor's address, and when it asked.
type Visitor = (IpAddr, Option<Moment>);

/// The CDN before a site of this host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fronted {
    /// Its name.
    pub cdn: String,
    /// Its addresses that asked, the last one first.
    pub clients: Vec<IpAddr>,
    /// How many of the log's requests came from it, and from others.
    pub requests: (usize, usize),
    /// Its last request.
    pub last: Moment,
    /// The log.
    pub source: Source,
}

/// An address of the CDN's that the packet filter keeps out.
#[derive(Clone, Debug)]
pub struct Shut {
    /// The address.
    pub ip: IpAddr,
    /// The published range that it lies in.
    pub range: cdn::Range,
    /// The rule.
    pub by: Stopped,
}

impl Case<'_> {
    /// The ranges that CDNs publish: those brought along, and newer ones that were given.
    pub fn cdn_list(&self) -> cdn::List {
        cdn::List::shipped().with(&self.request.cdn_ranges)
    }

    /// The CDN through which visitors reach this site, as far as the access log tells.
    pub fn fronted(&self) -> Option<Fronted> {
        if self.request.inner.is_some() || self.is_outside() {
            return None;
        }
        let visitors = self.visitors();
        let source = visitors.source().cloned()?;
        let mut clients: Vec<IpAddr> = Vec::new();
        let (mut others, mut last) = (0_usize, None);
        let mut of: BTreeMap<&str, usize> = BTreeMap::new();
        let list = self.cdn_list();
        for (ip, at) in visitors.found()?.iter().rev() {
            let (ip, at) = (*ip, *at);
            let Some(range) = list.range_of(ip) else {
                others = others.saturating_add(1);
                continue;
            };
            let count = of.entry(range.cdn.as_str()).or_default();
            *count = count.saturating_add(1);
            last = last.or(at);
            if !clients.contains(&ip) && clients.len() < MOST {
                clients.push(ip);
            }
        }
        let (cdn, count) = of.into_iter().max_by_key(|(_, count)| *count)?;
        clients.retain(|ip| list.range_of(*ip).is_some_and(|range| range.cdn == cdn));
        // A second address: one alone may be a single visitor.
        let usual = count >= LEAST && count > others && clients.len() > 1;
        Some(Fronted {
            cdn: cdn.to_owned(),
            clients,
            requests: (count, others),
            last: last.filter(|_| usual)?,
            source,
        })
    }

    /// The visitors' addresses in the proxy's log, oldest first.
    fn visitors(&self) -> Fact<Vec<Visitor>> {
        let of_records = |log: Vec<AccessRecord<'_>>| -> Vec<Visitor> {
            let all = log.into_iter();
            all.filter_map(|record| Some((ip_of(record.client?)?, record.at)))
                .collect()
        };
        match self.proxy_kind() {
            Kind::Nginx => self.access_log().map(of_records),
            Kind::Apache => self.apache_access_records().map(of_records),
            Kind::Haproxy => self.log().map(|lines| {
                let all = lines.iter().filter_map(|logged| {
                    let told = haproxy::log::request(&logged.record.raw)?;
                    let (client, _) = scan::rsplit_once(told.client, ":")?;
                    Some((ip_of(client)?, Some(logged.at)))
                });
                all.collect()
            }),
            other => Fact::Absent(Source::new(format!("{}'s access log", other.name()))),
        }
        .map(|all: Vec<Visitor>| {
            all.into_iter()
                .filter(|(ip, _)| !ip.is_loopback())
                .collect()
        })
    }

    /// The CDN's addresses that this host's packet filter keeps from the site's port:
    /// those that asked lately, and one of each published range.
    pub fn shut_out(&self, fronted: &Fronted) -> Fact<Vec<Shut>> {
        let mut shut = Vec::new();
        let list = self.cdn_list();
        let published = list.of(&fronted.cdn);
        let mut all = fronted.clients.clone();
        all.extend(published.map(|range| range.first));
        let (nft, four, six) = (self.nft(0), self.iptables(false), self.iptables(true));
        for fact in [&nft, &four, &six] {
            if let Some(gap) = fact.gap() {
                return Fact::Unknown(gap.clone());
            }
        }
        let mut doubt = None;
        for ip in all {
            // All of a family come the same way: one is asked for.
            let first = fronted
                .clients
                .iter()
                .find(|own| own.is_ipv4() == ip.is_ipv4());
            let packet = match self.arriving(ip, first.copied().unwrap_or(usual(ip))) {
                Ok(Some(packet)) => packet,
                Ok(None) => continue,
                Err(gap) => return Fact::Unknown(gap),
            };
            let iptables = if ip.is_ipv6() { &six } else { &four };
            for (rules, tool) in [(&nft, Tool::Nft), (iptables, Tool::Iptables)] {
                let blocked = rules.found().map(|r| blocking_rules(r, &packet, IN));
                let blocked = blocked.unwrap_or_default();
                let certain = blocked.iter().find(|rule| rule.unjudged.is_empty());
                let (Some(rule), Some(range)) = (certain, list.range_of(ip)) else {
                    doubt = doubt.or_else(|| blocked.first().map(|rule| rule.unjudged.join(", ")));
                    continue;
                };
                shut.push(Shut {
                    ip,
                    range: range.clone(),
                    by: Stopped {
                        rule: rule.clone(),
                        tool,
                        counted: None,
                        worker_alone: false,
                    },
                });
                break;
            }
        }
        match doubt.filter(|_| shut.is_empty()) {
            Some(doubt) => {
                let why = format!("a rule of the packet filter cannot be judged: {doubt}");
                Fact::Unknown(Gap::new(
                    format!("whether {} is let in", fronted.cdn),
                    why,
                    "",
                ))
            }
            None => Fact::Found(shut, Source::new("packet filter")),
        }
    }

    /// The first packet of a visitor's connection from that address, which comes the way
    /// that packets to `near` go; none where this host has no address of its family.
    fn arriving(&self, from: IpAddr, near: IpAddr) -> Result<Option<Packet>, Gap> {
        let own = self.own_addresses();
        if let Some(gap) = own.gap() {
            return Err(gap.clone());
        }
        let mut all = own.found().into_iter().flat_map(|own| &own.networks);
        let same = all.find(|(ip, _)| !ip.is_loopback() && ip.is_ipv4() == from.is_ipv4());
        let Some((to, _)) = same else {
            return Ok(None);
        };
        let interface = match self.route_to(near) {
            Fact::Found(Route::Out { device, .. }, _) => {
                Some(String::from_utf8_lossy(&device).into_owned())
            }
            Fact::Unknown(gap) => return Err(gap),
            Fact::Found(..) | Fact::Absent(_) => None,
        };
        Ok(Some(Packet {
            destination: SocketAddr::new(*to, self.request.port),
            source: Some(from),
            interface,
            uid: None,
            gid: None,
        }))
    }
}

/// An address of the same family that is far away.
const fn usual(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::new(173, 245, 48, 0)),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::new(0x2606, 0x4700, 0, 0, 0, 0, 0, 0)),
    }
}

fn ip_of(text: &[u8]) -> Option<IpAddr> {
    core::str::from_utf8(text).ok()?.parse().ok()
}
