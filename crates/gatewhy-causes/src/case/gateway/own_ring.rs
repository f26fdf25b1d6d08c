//! A proxy that sends requests to itself, directly or round a ring of its own
//! servers.
use crate::case::Case;
use crate::case::routing::peer::Dial;
use core::net::SocketAddr;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::nginx::authority::Authority;
use gatewhy_facts::nginx::route::{self, Call, Outcome, Resolution};
use gatewhy_facts::prelude::*;
use gatewhy_facts::source_text::Place;
use gatewhy_facts::untrusted::shown;

/// The most passes that are followed.
const PASSES: usize = 8;

/// A request that comes back to where it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circle {
    /// Each pass on the way round: the address dialled and the directive.
    pub passes: Vec<Pass>,
}

/// One pass from nginx to nginx.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// The address dialled.
    pub dial: Dial,
    /// The directive that names it.
    pub place: Place,
    /// The host that is asked for there.
    pub host: String,
}

impl Case<'_> {
    /// Whether the request comes back to the proxy, by the configuration on disk and
    /// the sockets that the proxy holds. Absent when it leaves it.
    pub fn circle(&self) -> Fact<&Circle> {
        let find = || self.find_circle();
        self.cells.circle.get_or_init(find).as_ref()
    }

    fn find_circle(&self) -> Fact<Circle> {
        let source = Source::new("the request's way through nginx's own servers");
        let Some(call) = self.call() else {
            return match self.route() {
                Fact::Unknown(gap) => Fact::Unknown(gap),
                Fact::Found(..) | Fact::Absent(_) => Fact::Absent(source),
            };
        };
        let mut passes: Vec<Pass> = Vec::new();
        let mut call = call.clone();
        for _ in 0..PASSES {
            let pass = match self.pass_to_itself(&call) {
                Ok(Some(pass)) => pass,
                Ok(None) => return Fact::Absent(source),
                Err(gap) => return Fact::Unknown(gap),
            };
            if passes.contains(&pass) {
                passes.push(pass);
                return Fact::Found(from_first_repeat(passes), source);
            }
            let next = self.route_at(&pass, &call);
            passes.push(pass);
            match next {
                Some(Outcome::Backend(next)) => call = *next,
                Some(Outcome::Undecided(gap)) => return Fact::Unknown(gap),
                Some(_) | None => return Fact::Absent(source),
            }
        }
        Fact::Absent(source)
    }

    /// The only peer of a call, when it is a socket that this nginx holds.
    fn pass_to_itself(&self, call: &Call) -> Result<Option<Pass>, Gap> {
        let [peer] = call.peers.as_slice() else {
            return Ok(None);
        };
        let dial = match (&peer.address, &peer.resolution) {
            (Authority::Ip(address), _) => Dial::Tcp(*address),
            (Authority::Unix(path), _) => Dial::Unix(path.clone()),
            (Authority::Name { host, port }, Resolution::AtStart | Resolution::None) => {
                match self.resolved(host).found().and_then(|all| all.first()) {
                    Some(ip) => Dial::Tcp(SocketAddr::new(*ip, *port)),
                    None => return Ok(None),
                }
            }
            (Authority::Name { .. }, Resolution::AtRunTime(_)) => return Ok(None),
        };
        let host = call.request.host.as_ref();
        let host = host.map(|host| shown(host).to_string()).unwrap_or_default();
        let pass = Pass {
            place: call.pass.place.clone(),
            host,
            dial,
        };
        Ok(self.is_own_socket(&pass.dial)?.then_some(pass))
    }

    /// Whether this nginx listens there.
    pub(in crate::case) fn is_own_socket(&self, dial: &Dial) -> Result<bool, Gap> {
        let Some(master) = self.proxy().found().map(|proxy| proxy.master) else {
            return self.proxy().gap().cloned().map_or(Ok(false), Err);
        };
        let inode = match dial {
            Dial::Tcp(address) if self.is_own_address(address.ip()) != Some(true) => {
                return Ok(false);
            }
            Dial::Tcp(address) => self.tcp_listener(*address).map(|listener| listener.inode),
            Dial::Unix(path) => self.sockets().unix.as_ref().and_then(|all, source| {
                match all
                    .iter()
                    .find(|socket| socket.listens_at(path.as_str().as_bytes()))
                {
                    Some(socket) => Fact::Found(u64::from(socket.inode), source),
                    None => Fact::Absent(source),
                }
            }),
            Dial::Name(..) => return Ok(false),
        };
        match inode.and_then(|inode, _| self.holders(inode)) {
            Fact::Found(pids, _) => Ok(pids.contains(&master)),
            Fact::Absent(_) => Ok(false),
            Fact::Unknown(gap) => Err(gap),
        }
    }

    /// What nginx does with the request that it sends to itself.
    fn route_at(&self, pass: &Pass, call: &Call) -> Option<Outcome> {
        let nginx = self.nginx();
        let nginx = nginx.found()?;
        let local = match &pass.dial {
            Dial::Tcp(address) => Authority::Ip(*address),
            Dial::Unix(path) => Authority::Unix(path.clone()),
            Dial::Name(..) => return None,
        };
        let target = String::from_utf8_lossy(&call.request.target).into_owned();
        let mut request = route::Request::get(local, &pass.host, &target);
        request.tls = call.tls;
        request.sni = call
            .request
            .tls_name
            .as_ref()
            .ok()
            .map(|name| shown(name).to_string());
        let sent = call.request.headers.iter().filter_map(|(name, value)| {
            let value = value.as_ref().ok().filter(|value| !value.is_empty())?;
            Some((name.clone(), value.clone()))
        });
        let named = |name: &str| name.eq_ignore_ascii_case("host");
        request
            .headers
            .extend(sent.filter(|(name, _)| !named(name)));
        let host = route::Host {
            name: None,
            prefix: self.config_path().parent().into(),
        };
        let way = route::route(nginx, nginx.http.as_ref()?, &self.files(), &host, &request);
        Some(way.outcome)
    }
}

/// Only the passes on the way round.
fn from_first_repeat(mut passes: Vec<Pass>) -> Circle {
    let last = passes.pop();
    let from = passes.iter().position(|pass| Some(pass) == last.as_ref());
    Circle {
        passes: passes.split_off(from.unwrap_or(0)),
    }
}

impl Circle {
    /// The addresses on the way round, as one text.
    pub fn way(&self) -> String {
        let all: Vec<String> = self
            .passes
            .iter()
            .map(|pass| pass.dial.to_string())
            .collect();
        all.join(" → ")
    }
}
