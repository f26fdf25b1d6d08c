//! The way to another machine: the route, and the next machine on it.
use crate::case::exchange::link::Link;
use crate::case::routing::peer::Dial;
use core::net::IpAddr;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::linux::neighbours::{self, ARP, Neighbour};
use gatewhy_facts::linux::route::Route;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::Question;

/// How far packets to another machine get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// There is no route; the kernel's words.
    NoRoute(String),
    /// The next machine on the way does not answer at layer 2.
    NextHopSilent(NextHop),
    /// It does: packets leave this network.
    Leaves(NextHop),
    /// Which it is was not told: for IPv6, or before anybody was asked.
    Sent,
}

/// The next machine on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextHop {
    /// Its address.
    pub address: IpAddr,
    /// The interface it is reached by.
    pub device: String,
    /// Whether it is a router, and not the backend itself.
    pub is_router: bool,
}

impl Link<'_, '_> {
    /// That this host has no IPv6 address from which the peer can be reached.
    pub fn lacks_ipv6(&self) -> Fact<()> {
        match &self.peer.dial {
            Dial::Tcp(address) => self.case.lacks_ipv6(address.ip()),
            Dial::Unix(_) | Dial::Name(..) => Fact::Absent(Source::new(self.address())),
        }
    }

    /// How far packets to this peer get, after it was asked directly. Absent for
    /// addresses of this host.
    pub fn reach(&self) -> Fact<Reach> {
        let Dial::Tcp(address) = &self.peer.dial else {
            return Fact::Absent(Source::new(self.address()));
        };
        if self.is_local() != Some(false) {
            return Fact::Absent(Source::new(self.address()));
        }
        // The neighbour is looked for because somebody talks to it: ask first.
        if let Some(gap) = self.direct().gap().filter(|gap| gap.is_pending()) {
            return Fact::Unknown(gap.clone());
        }
        self.case
            .route_to(address.ip())
            .and_then(|route, source| match route {
                Route::None(words) => Fact::Found(Reach::NoRoute(words), source),
                Route::Local => Fact::Absent(source),
                Route::Out {
                    device, gateway, ..
                } => {
                    let hop = NextHop {
                        address: gateway.unwrap_or(address.ip()),
                        device: String::from_utf8_lossy(&device).into_owned(),
                        is_router: gateway.is_some(),
                    };
                    self.next_hop(hop)
                }
            })
    }

    fn next_hop(&self, hop: NextHop) -> Fact<Reach> {
        let IpAddr::V4(wanted) = hop.address else {
            return Fact::Found(Reach::Sent, Source::new("ip route get"));
        };
        let all = self
            .case
            .known
            .file(&Question::file(ARP))
            .map(neighbours::parse);
        all.map(|all| {
            let is_it = |known: &&Neighbour| {
                known.address == wanted && known.device == hop.device.as_bytes()
            };
            match all.iter().find(is_it).map(|known| known.answers) {
                Some(true) => Reach::Leaves(hop),
                Some(false) => Reach::NextHopSilent(hop),
                None => Reach::Sent,
            }
        })
    }

    /// The gap, if it is not known how far packets get.
    pub fn reach_gap(&self) -> Option<Gap> {
        self.reach().gap().cloned()
    }
}
