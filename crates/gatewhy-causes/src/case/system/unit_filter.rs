//! `IPAddressDeny=` of a unit: the kernel drops packets of the unit's sockets, by a program
//! that systemd attaches to its control group. No packet filter shows it.
use crate::case::Case;
use crate::case::exchange::direct::Outcome;
use crate::case::exchange::link::Link;
use crate::case::service::units::unit_source;
use crate::evidence::Evidence;
use core::net::IpAddr;
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::linux::firewall::Packet;
use gatewhy_facts::prelude::*;
use gatewhy_facts::systemd::sandbox::{denied_by, slices};
use gatewhy_facts::systemd::show::Unit;

/// Slices that all services are in: they are asked only where a unit itself denies.
const USUAL: [&str; 2] = ["system.slice", "-.slice"];

/// A list of a unit that lets the kernel drop the connection's packets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// The unit whose socket it is.
    pub unit: String,
    /// The unit or slice that sets the list.
    pub setter: Unit,
    /// The entry that holds the other end.
    pub entry: String,
    /// The other end's address.
    pub other: IpAddr,
    /// At which end of the connection.
    pub side: Side,
}

/// At which end of a connection packets are dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// At the backend's.
    Backend,
    /// At the proxy's.
    Proxy,
}

impl Link<'_, '_> {
    /// The list of addresses, of the backend's unit or the proxy's, that keeps them apart.
    /// Absent where neither denies it.
    pub fn dropped_by_unit(&self) -> Fact<Dropped> {
        let Some(address) = self.peer.dial.tcp().map(|address| address.ip()) else {
            return Fact::Absent(Source::new(self.address()));
        };
        let of = |unit: Fact<String>, other, side| {
            unit.and_then(|unit, _| self.case.dropped_by(&unit, other, side))
        };
        match self.client_address() {
            Some(client) => match of(self.unit_of_listener(), client, Side::Backend) {
                Fact::Absent(_) => of(self.case.unit_of_proxy(), address, Side::Proxy),
                found => found,
            },
            None => of(self.case.unit_of_proxy(), address, Side::Proxy),
        }
    }

    /// The address that the proxy's connections come from, where backend and proxy are on
    /// this host.
    fn client_address(&self) -> Option<IpAddr> {
        let address = self
            .peer
            .dial
            .tcp()
            .filter(|_| self.is_local() == Some(true))?;
        match self.source_address() {
            Some(set) => set.ip,
            None => Packet::local(address, None, None).source,
        }
    }

    /// The unit that made the listening socket: a `.socket` unit's lists hold for it, and
    /// those of the service that it is handed to do not (`systemd.resource-control(5)`).
    fn unit_of_listener(&self) -> Fact<String> {
        self.pid().and_then(|pid, source| {
            if !self.pids().contains(&1) {
                return self.case.unit_of(pid);
            }
            let named = self.case.expected_at(&self.peer.dial).named.into_iter();
            let mut sockets = named.filter(|found| found.unit.ends_with(".socket"));
            match sockets.next() {
                Some(socket) => Fact::Found(socket.unit, source),
                None => Fact::Absent(source),
            }
        })
    }
}

impl Case<'_> {
    fn unit_of_proxy(&self) -> Fact<String> {
        let master = self.proxy().map(|proxy| proxy.master);
        master.and_then(|master, _| self.unit_of(master))
    }

    fn dropped_by(&self, unit: &str, other: IpAddr, side: Side) -> Fact<Dropped> {
        self.listed_with_slices(unit).and_then(|units, source| {
            let deny = units.iter().flat_map(|unit| &unit.context.ip_address_deny);
            let allow = units.iter().flat_map(|unit| &unit.context.ip_address_allow);
            let (deny, allow): (Vec<String>, Vec<String>) =
                (deny.cloned().collect(), allow.cloned().collect());
            let Some(entry) = denied_by(other, &deny, &allow) else {
                return Fact::Absent(source);
            };
            let sets = |unit: &&Unit| unit.context.ip_address_deny.iter().any(|e| e == entry);
            let Some(setter) = units.iter().find(sets) else {
                return Fact::Absent(source);
            };
            let dropped = Dropped {
                unit: unit.to_owned(),
                setter: setter.clone(),
                entry: entry.to_owned(),
                other,
                side,
            };
            Fact::Found(dropped, source)
        })
    }

    /// A unit and the slices that it is in: all their lists hold for it. The slices that
    /// every service is in hardly ever have any, and are asked only where they matter.
    fn listed_with_slices(&self, name: &str) -> Fact<Vec<Unit>> {
        self.unit(name).and_then(|unit, source| {
            let around = slices(unit.told("Slice").unwrap_or("system.slice"));
            let plain = unit.context.ip_address_deny.is_empty()
                && around.iter().all(|slice| USUAL.contains(&slice.as_str()));
            if plain {
                return Fact::Found(vec![unit], source);
            }
            self.units(&around).map(|slices| {
                let all = core::iter::once(&unit).chain(slices.iter());
                all.cloned().collect()
            })
        })
    }
}

impl Dropped {
    /// Whether what was seen agrees that packets are dropped at that end: from outside the
    /// proxy's unit only the backend's list is met, and a queue that is full drops them too.
    pub fn is_seen(&self, link: Link<'_, '_>) -> bool {
        let outcome = link.direct_outcome();
        let unanswered = outcome == Some(Outcome::ConnectTimeout);
        match self.side {
            Side::Backend => unanswered && !link.queue_is_full(),
            Side::Proxy => !unanswered && outcome.is_some() && link.own_record().is_some(),
        }
    }

    /// The list, where it is set.
    pub fn evidence(&self, case: &Case<'_>) -> Vec<Evidence> {
        let (unit, entry) = (&self.unit, &self.entry);
        let in_force = format!(
            "packets between {unit} and {} are dropped: IPAddressDeny= of {} has {entry}, and no IPAddressAllow= has the address",
            self.other, self.setter.id
        );
        let list = Evidence::proof(in_force, &unit_source(&self.setter.id));
        let line = case.set_in_unit(&self.setter, "IPAddressDeny");
        let line =
            line.map(|(source, text)| Evidence::weak(format!("it is set here: {text}"), &source));
        core::iter::once(list).chain(line).collect()
    }
}
