//! Packet filter rules of nftables and iptables, and which of them would stop a
//! new connection.
//!
//! A rule may test what cannot be known from outside (a mark, a rate, an
//! extension). Such a rule is never taken for certain in either direction: its
//! verdict, and all that comes behind it, is marked with what was not judged.
use crate::prelude::*;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

#[path = "firewall_run.rs"]
mod run;

pub use run::{Blocked, How, blocking_rules};

/// All chains of a host, as one of the two tools lists them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ruleset {
    /// The chains, each with its rules in order.
    pub chains: Vec<Chain>,
    /// What was not understood.
    pub problems: Vec<String>,
}

/// A chain of rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The packets it sees.
    pub family: Family,
    /// The family's name as the tool spells it: `inet`, `ip`, `ip6`.
    pub family_name: String,
    /// The table it belongs to.
    pub table: String,
    /// Its name.
    pub name: String,
    /// Where the kernel enters it; a chain without is only jumped to.
    pub base: Option<Base>,
    /// Its rules.
    pub rules: Vec<Rule>,
}

/// Where the kernel enters a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Base {
    /// At which point.
    pub hook: Hook,
    /// Lower ones come first.
    pub priority: i64,
    /// Whether packets that no rule decides are dropped.
    pub drops: bool,
}

/// A point on a packet's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hook {
    /// Came from outside, or over the loopback.
    Prerouting,
    /// For a process of this host.
    Input,
    /// From a process of this host.
    Output,
    /// Leaves the host.
    Postrouting,
    /// Passes through.
    Forward,
    /// Another one.
    Other,
}

/// Which packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// IPv4 only.
    V4,
    /// IPv6 only.
    V6,
    /// Both.
    Both,
    /// Neither: bridges, ARP, single devices.
    Neither,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its handle, by which nftables deletes it.
    pub handle: Option<u64>,
    /// As the tool would print it.
    pub text: String,
    /// How many packets it matched, if it counts.
    pub packets: Option<u64>,
    /// What a packet must be like.
    pub tests: Vec<Test>,
    /// What then happens; several for a verdict map, of which one applies.
    pub outcomes: Vec<Outcome>,
}

/// What a rule does, under further tests for a verdict map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What the map's key must be.
    pub when: Vec<Test>,
    /// What happens.
    pub verdict: Verdict,
}

/// What happens to a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It passes this base chain.
    Accept,
    /// It vanishes: the caller waits and times out.
    Drop,
    /// It is refused at once, with that answer (`tcp reset`, `port-unreachable`).
    Reject(String),
    /// That chain decides, then the next rule.
    Jump(String),
    /// That chain decides, then the caller's next rule.
    Goto(String),
    /// The caller's next rule.
    Return,
    /// Something that cannot be judged: another address, a queue, an extension.
    Unjudged(String),
}

/// One test of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// Whether it must not hold.
    pub negated: bool,
    /// What is tested.
    pub what: What,
}

/// What a test looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The address family.
    Family(Family),
    /// The transport protocol, in lower case.
    Protocol(Vec<String>),
    /// The destination port.
    DestinationPort(Ranges),
    /// The source port: an ephemeral one, unknown.
    SourcePort(Ranges),
    /// The destination address.
    Destination(Networks),
    /// The source address.
    Source(Networks),
    /// The sending process's user.
    User(Ranges),
    /// The sending process's group.
    Group(Ranges),
    /// The interface it came by; `*` at the end stands for anything.
    ArrivesBy(Vec<String>),
    /// The interface it leaves by, likewise.
    LeavesBy(Vec<String>),
    /// The connection's state, in lower case: ours is `new`.
    State(Vec<String>),
    /// Anything else, in the tool's words.
    Other(String),
}

/// Numbers from and to, both included.
pub type Ranges = Vec<(u32, u32)>;
/// Addresses from and to, both included.
pub type Networks = Vec<(IpAddr, IpAddr)>;

/// The first packet of a TCP connection, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Where to.
    pub destination: SocketAddr,
    /// Where from.
    pub source: Option<IpAddr>,
    /// The interface it leaves or comes by: `lo` within the host.
    pub interface: Option<String>,
    /// The user of the process that connects; `None` where it is on another host.
    pub uid: Option<u32>,
    /// Its group.
    pub gid: Option<u32>,
}

/// Which way a packet goes, from this host's view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From a process of this host.
    Outgoing,
    /// To a process of this host.
    Incoming,
}

impl Packet {
    /// A connection within the host to one of its own addresses.
    pub fn local(destination: SocketAddr, uid: Option<u32>, gid: Option<u32>) -> Self {
        let source = match destination.ip() {
            IpAddr::V4(address) if address.is_loopback() => Ipv4Addr::LOCALHOST.into(),
            own => own,
        };
        Self {
            destination,
            source: Some(source),
            interface: Some("lo".to_owned()),
            uid,
            gid,
        }
    }
}

impl Test {
    /// A test that must hold.
    pub const fn of(what: What) -> Self {
        Self {
            negated: false,
            what,
        }
    }

    /// Whether the packet passes; `None` where that is not known.
    fn holds(&self, packet: &Packet, direction: Direction) -> Option<bool> {
        let holds = self.what.holds(packet, direction)?;
        Some(holds != self.negated)
    }
}

impl What {
    fn holds(&self, packet: &Packet, direction: Direction) -> Option<bool> {
        let outgoing = direction == Direction::Outgoing;
        let interface = |names: &[String], same: bool| match &packet.interface {
            // The other side's interface is empty on this hook: no name matches.
            _ if !same => Some(false),
            Some(interface) => Some(named(names, interface)),
            None => None,
        };
        match self {
            Self::Family(family) => Some(family.sees(packet.destination)),
            Self::Protocol(names) => Some(names.iter().any(|name| name == "tcp" || name == "6")),
            Self::DestinationPort(ports) => Some(within(ports, packet.destination.port().into())),
            Self::SourcePort(_) => None,
            Self::Destination(networks) => Some(among(networks, packet.destination.ip())),
            Self::Source(networks) => packet.source.map(|source| among(networks, source)),
            // Only a packet that a process of this host sends has an owner.
            Self::User(users) if outgoing => packet.uid.map(|uid| within(users, uid)),
            Self::Group(groups) if outgoing => packet.gid.map(|gid| within(groups, gid)),
            Self::User(_) | Self::Group(_) => Some(false),
            Self::ArrivesBy(names) => interface(names, !outgoing),
            Self::LeavesBy(names) => interface(names, outgoing),
            Self::State(states) => Some(states.iter().any(|state| state == "new")),
            Self::Other(_) => None,
        }
    }
}

impl Family {
    fn sees(self, destination: SocketAddr) -> bool {
        match self {
            Self::Both => true,
            Self::V4 => destination.is_ipv4(),
            Self::V6 => destination.is_ipv6(),
            Self::Neither => false,
        }
    }
}

fn within(ranges: &Ranges, number: u32) -> bool {
    ranges
        .iter()
        .any(|(from, to)| (*from..=*to).contains(&number))
}

fn among(networks: &Networks, address: IpAddr) -> bool {
    networks
        .iter()
        .any(|(from, to)| from.is_ipv4() == address.is_ipv4() && *from <= address && address <= *to)
}

fn named(names: &[String], interface: &str) -> bool {
    names.iter().any(|name| match name.strip_suffix('*') {
        Some(start) => interface.starts_with(start),
        None => name == interface,
    })
}

/// The addresses of `10.0.0.0/8`, or of a single address.
pub(crate) fn network(text: &str) -> Option<(IpAddr, IpAddr)> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address.parse().ok()?, Some(length)),
        None => (text.parse().ok()?, None),
    };
    let width = if matches!(address, IpAddr::V4(_)) {
        32
    } else {
        128
    };
    let length = match length {
        None => width,
        Some(length) => length.parse().ok().or_else(|| mask_length(length))?,
    };
    prefix(address, length)
}

/// First and last address of a prefix.
pub(crate) fn prefix(address: IpAddr, length: u32) -> Option<(IpAddr, IpAddr)> {
    match address {
        IpAddr::V4(address) if length <= 32 => {
            let host = u32::MAX.checked_shr(length).unwrap_or(0);
            let first = address.to_bits() & !host;
            let last = first | host;
            Some((Ipv4Addr::from(first).into(), Ipv4Addr::from(last).into()))
        }
        IpAddr::V6(address) if length <= 128 => {
            let host = u128::MAX.checked_shr(length).unwrap_or(0);
            let first = address.to_bits() & !host;
            let last = first | host;
            Some((Ipv6Addr::from(first).into(), Ipv6Addr::from(last).into()))
        }
        _ => None,
    }
}

/// The length of a mask in the old spelling `255.255.255.0`.
fn mask_length(mask: &str) -> Option<u32> {
    let bits = mask.parse::<Ipv4Addr>().ok()?.to_bits();
    (bits.leading_ones() == bits.count_ones()).then(|| bits.leading_ones())
}

#[cfg(test)]
#[path = "firewall_tests.rs"]
mod tests;
