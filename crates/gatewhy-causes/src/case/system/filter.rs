//! The host's packet filter: rules that stop the proxy's connections to a backend.
use crate::case::Case;
use crate::case::exchange::link::Link;
use core::net::SocketAddr;
use gatewhy_facts::answer::Outcome as Answered;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::linux::firewall::{Blocked, Direction, How, Packet, Ruleset, blocking_rules};
use gatewhy_facts::linux::route::{self, Route};
use gatewhy_facts::linux::{iptables, nft};
use gatewhy_facts::prelude::*;
use gatewhy_facts::protocol::tape::Conversation;
use gatewhy_facts::question::{Command, Endpoint, Exchange, Question, Until, View};

/// How long an attempt is waited for that shall only make a rule count.
const NUDGE_MS: u32 = 300;
/// The number of that attempt: no other conversation has it.
const NUDGE: u8 = 200;

const ALLOW: &str = "run as root, or with the capability CAP_NET_ADMIN";

/// A rule, or a chain's policy, that stops the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// The rule.
    pub rule: Blocked,
    /// Which tool told it.
    pub tool: Tool,
    /// How often it counted before and after one more attempt of ours, if it counts
    /// and was read twice.
    pub counted: Option<(u64, u64)>,
    /// Whether it stops the proxy's worker alone, and not us.
    pub worker_alone: bool,
}

/// The two tools that list rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// `nft`
    Nft,
    /// `iptables-save`
    Iptables,
}

impl Case<'_> {
    /// nftables' rules, in a given round.
    pub(in crate::case) fn nft(&self, round: u8) -> Fact<Ruleset> {
        let question = Question::Run(Command::NftRuleset { round });
        self.known
            .bytes(&question, "nft list ruleset", ALLOW)
            .map(nft::parse)
    }

    /// The rules of iptables; absent where it is not installed.
    pub(in crate::case) fn iptables(&self, v6: bool) -> Fact<Ruleset> {
        let question = Question::Run(Command::IptablesSave { v6 });
        let place = if v6 {
            "ip6tables-save"
        } else {
            "iptables-save"
        };
        let installed = self
            .known
            .ask(&question)
            .is_none_or(|answer| !matches!(answer.outcome, Answered::Unsupported(_)));
        if !installed {
            return Fact::Absent(Source::new(place));
        }
        self.known
            .bytes(&question, place, ALLOW)
            .map(|bytes| iptables::parse(bytes, v6))
    }

    /// Which way packets to an address go.
    pub fn route_to(&self, ip: core::net::IpAddr) -> Fact<Route> {
        let question = Question::Run(Command::RouteTo { address: ip });
        let place = format!("ip route get {ip}");
        self.known
            .bytes(&question, &place, "")
            .and_then(|bytes, source| match route::parse(bytes) {
                Some(route) => Fact::Found(route, source),
                None => Fact::Unknown(Gap::new(place.clone(), "the answer is not understood", "")),
            })
    }
}

impl Link<'_, '_> {
    /// What of this host's packet filter stops the proxy's connections here. Absent
    /// when all rules were looked at and none does.
    pub fn stopped(&self) -> Fact<Stopped> {
        let Some(address) = self.peer.dial.tcp() else {
            return Fact::Absent(Source::new(self.address()));
        };
        let packet = match self.packet(address) {
            Ok(packet) => packet,
            Err(gap) => return Fact::Unknown(gap),
        };
        let (nft, iptables) = (self.case.nft(0), self.case.iptables(address.is_ipv6()));
        let by_iptables = iptables
            .found()
            .and_then(|rules| self.first(rules, &packet, Tool::Iptables));
        let by_nft = nft
            .found()
            .and_then(|rules| self.first(rules, &packet, Tool::Nft));
        // Rules of iptables show up in nft as well, but less plainly.
        let (Some(stopped), source) = (surer(by_iptables, by_nft), Source::new("packet filter"))
        else {
            return match (nft, iptables) {
                (Fact::Unknown(gap), _) | (_, Fact::Unknown(gap)) => Fact::Unknown(gap),
                _ => Fact::Absent(Source::new("nft list ruleset, iptables-save")),
            };
        };
        match self.counted(&stopped, address) {
            Err(gap) if gap.is_pending() => Fact::Unknown(gap),
            Err(_) => Fact::Found(stopped, source),
            Ok(counted) => Fact::Found(Stopped { counted, ..stopped }, source),
        }
    }

    /// The first packet of the worker's connection.
    fn packet(&self, address: SocketAddr) -> Result<Packet, Gap> {
        let worker = self.case.worker_credentials();
        if worker.gap().is_some_and(Gap::is_pending) {
            return worker.gap().cloned().map_or_else(|| Err(nobody()), Err);
        }
        let (uid, gid) = worker
            .found()
            .map_or((None, None), |who| (Some(who.uid), Some(who.gid)));
        match self.is_local() {
            Some(true) => return Ok(Packet::local(address, uid, gid)),
            Some(false) => {}
            None => return Err(self.unknown_place(address)),
        }
        let way = self.case.route_to(address.ip());
        if let Some(gap) = way.gap().filter(|gap| gap.is_pending()) {
            return Err(gap.clone());
        }
        let (interface, source) = match way.found() {
            Some(Route::Out { device, source, .. }) => {
                (Some(String::from_utf8_lossy(device).into_owned()), *source)
            }
            _ => (None, None),
        };
        Ok(Packet {
            destination: address,
            source,
            interface,
            uid,
            gid,
        })
    }

    /// Why it is not known whether the address is the host's own.
    fn unknown_place(&self, address: SocketAddr) -> Gap {
        let own = self.case.own_addresses();
        own.gap().cloned().unwrap_or_else(|| {
            Gap::new(
                format!("where {address} is"),
                "this host's addresses are not known",
                "run as root",
            )
        })
    }

    fn first(&self, rules: &Ruleset, packet: &Packet, tool: Tool) -> Option<Stopped> {
        let rule = self.blocked(rules, packet)?;
        let ours = Packet {
            uid: Some(0),
            gid: Some(0),
            ..packet.clone()
        };
        let also_us = self
            .blocked(rules, &ours)
            .is_some_and(|other| (other.handle, &other.rule) == (rule.handle, &rule.rule));
        Some(Stopped {
            rule,
            tool,
            counted: None,
            worker_alone: !also_us,
        })
    }

    /// The surest rule on the way out, and for the host itself also on the way in.
    fn blocked(&self, rules: &Ruleset, packet: &Packet) -> Option<Blocked> {
        let mut all = blocking_rules(rules, packet, Direction::Outgoing);
        if self.is_local() == Some(true) {
            all.extend(blocking_rules(rules, packet, Direction::Incoming));
        }
        all.sort_by_key(|blocked| !blocked.unjudged.is_empty());
        all.into_iter().next()
    }

    /// The rule's counter before and after one more attempt: ours where the rule
    /// stops us as well, else one through the proxy.
    fn counted(&self, stopped: &Stopped, address: SocketAddr) -> Result<Option<(u64, u64)>, Gap> {
        let (Tool::Nft, Some(before)) = (stopped.tool, stopped.rule.packets) else {
            return Ok(None);
        };
        let nudged = if stopped.worker_alone {
            self.nudge_proxy()
        } else {
            self.nudge(Endpoint::Tcp(address), Vec::new(), Until::Connected)
        };
        if let Fact::Unknown(gap) = nudged {
            return Err(gap);
        }
        let after = match self.case.nft(1) {
            Fact::Found(rules, _) => rules,
            Fact::Absent(_) => return Ok(None),
            Fact::Unknown(gap) => return Err(gap),
        };
        let is_it = |chain: &&gatewhy_facts::linux::firewall::Chain| {
            chain.family_name == stopped.rule.family
                && chain.table == stopped.rule.table
                && chain.name == stopped.rule.chain
        };
        let chain = after.chains.iter().find(is_it);
        let rule = chain.and_then(|chain| {
            let mut rules = chain.rules.iter();
            rules.find(|rule| rule.handle == stopped.rule.handle)
        });
        Ok(rule
            .and_then(|rule| rule.packets)
            .map(|after| (before, after)))
    }

    fn nudge_proxy(&self) -> Fact<()> {
        match self.case.front_door() {
            Fact::Found(door, _) if !self.case.request.tls => self.nudge(
                Endpoint::Tcp(door),
                self.case.visitor_request(),
                Until::HttpMessage { limit: 1 << 10 },
            ),
            Fact::Found(_, source) | Fact::Absent(source) => Fact::Absent(source),
            Fact::Unknown(gap) => Fact::Unknown(gap),
        }
    }

    fn nudge(&self, endpoint: Endpoint, send: Vec<u8>, until: Until) -> Fact<()> {
        let place = format!("{endpoint} asked once more");
        let question = Question::Exchange(Exchange {
            endpoint,
            view: View::Host,
            tls: None,
            send,
            until,
            patience_ms: NUDGE_MS,
            attempt: NUDGE,
        });
        self.case
            .known
            .bytes(&question, &place, "")
            .map(|bytes| drop(Conversation::read(bytes)))
    }
}

fn nobody() -> Gap {
    Gap::new(
        "the user of the proxy's workers",
        "its process could not be read",
        "run as root",
    )
}

/// The certain one of two, the first when both are alike.
fn surer(one: Option<Stopped>, other: Option<Stopped>) -> Option<Stopped> {
    match (one, other) {
        (Some(one), Some(other)) => {
            let doubtful = !one.rule.unjudged.is_empty() && other.rule.unjudged.is_empty();
            Some(if doubtful { other } else { one })
        }
        (one, other) => one.or(other),
    }
}

impl Stopped {
    /// Whether nothing about it is in doubt.
    pub const fn is_certain(&self) -> bool {
        self.rule.unjudged.is_empty()
    }

    /// Whether its counter moved with our own attempt.
    pub fn moved(&self) -> bool {
        self.counted.is_some_and(|(before, after)| after > before)
    }

    /// `drops` or `rejects`.
    pub const fn verb(&self) -> &'static str {
        match self.rule.how {
            How::Dropped => "drops",
            How::Rejected(_) => "rejects",
        }
    }

    /// Where the rule stands: `inet filter input`.
    pub fn chain(&self) -> String {
        format!(
            "{} {} {}",
            self.rule.family, self.rule.table, self.rule.chain
        )
    }

    /// How to list it, as a source.
    pub fn source(&self) -> Source {
        Source::new(match self.tool {
            Tool::Nft => format!("nft --handle list chain {}", self.chain()),
            Tool::Iptables if self.rule.family == "ip6" => "ip6tables-save".to_owned(),
            Tool::Iptables => "iptables-save".to_owned(),
        })
    }
}
