//! A proxy behind the proxy: the same request, as the outer one sends it on, is a
//! case of its own.
use crate::case::Case;
use crate::case::exchange::direct::Direct;
use crate::case::exchange::link::Link;
use crate::case::programs::kind::Kind;
use crate::case::request::{Inner, Request};
use crate::case::routing::peer::{Dial, Protocol};
use crate::diagnosis::Hop;
use gatewhy_facts::prelude::*;
use gatewhy_facts::untrusted::shown;

/// The longest chain that is followed.
pub const LONGEST: usize = 5;

impl Link<'_, '_> {
    /// Which proxy it is that listens there, when it is one.
    pub fn proxy_behind(&self) -> Option<Kind> {
        let pid = self.pid().found().copied()?;
        let processes = self.case.processes();
        let all = processes.found()?;
        Kind::at_doors().find(|kind| {
            let masters = kind.masters(all);
            masters.iter().any(|m| all.descends(pid, m.stat.pid))
        })
    }
}

impl Case<'_> {
    /// The request that a proxy behind this one gets, when this one has such a
    /// backend on this host and that is not known to answer.
    pub fn inner_request(&self) -> Option<Request> {
        if self.is_healthy() == Some(true) || self.circle().found().is_some() {
            return None;
        }
        self.links()
            .into_iter()
            .find_map(|link| self.inner_of(link))
    }

    fn inner_of(&self, link: Link<'_, '_>) -> Option<Request> {
        link.proxy_behind()?;
        // Where the handshake between the two fails, no request arrives.
        let unread = link.is_tls() && (self.log_gap().is_some() || self.clock_gap().is_some());
        if unread || link.tls_record().is_some() {
            return None;
        }
        let (door, socket) = match &link.peer.dial {
            Dial::Tcp(door) => (Some(*door), None),
            Dial::Unix(path) => (None, Some((path.clone(), self.proxy_view()))),
            Dial::Name(..) => return None,
        };
        let tls = match link.peer.protocol {
            Protocol::Http => false,
            Protocol::Https => true,
            _ => return None,
        };
        // One conversation serves both cases; nobody waits for it here.
        if link.direct().found().is_some_and(Direct::is_good) {
            return None;
        }
        let sent = self.sent()?;
        let header = sent.host.as_ref().map_or_else(
            || self.request.host_header(),
            |host| shown(host).to_string(),
        );
        let scheme = if tls { "https" } else { "http" };
        let mut inner = Request::parse(Some(&format!("{scheme}://{header}/"))).ok()?;
        inner.path = String::from_utf8_lossy(&sent.target).into_owned();
        inner.url.clone_from(&self.request.url);
        inner.port = door.map_or(inner.port, |door| door.port());
        inner.dial = door;
        inner.patience_ms = self.request.patience_ms;
        inner.inner = Some(Inner {
            bytes: self.backend_request(),
            proxy_header: link.peer.sends_proxy.is_some(),
            host_header: header,
            tls_name: self.tls_server_name().filter(|_| tls),
            verify: self.verification(),
            passed: self.passed(),
            socket,
        });
        Some(inner)
    }

    /// The ports of the proxies up to this one.
    fn passed(&self) -> Vec<u16> {
        let before = self.request.inner.iter().flat_map(|inner| &inner.passed);
        before.copied().chain([self.request.port]).collect()
    }

    /// Whether it is a proxy that the request has passed already.
    pub(in crate::case) fn is_passed(&self, dial: &Dial) -> bool {
        let mut passed = self.request.inner.iter().flat_map(|inner| &inner.passed);
        dial.tcp()
            .is_some_and(|address| passed.any(|port| *port == address.port()))
    }

    /// The hops of an inner case behind those of this one: the backend that it is
    /// about becomes a proxy.
    pub fn with_inner(hops: Vec<Hop>, inner: Vec<Hop>) -> Vec<Hop> {
        let mut inner = inner.into_iter();
        let Some(proxy) = inner.next() else {
            return hops;
        };
        let mut out: Vec<Hop> = Vec::new();
        let mut behind: Vec<Hop> = inner.collect();
        for mut hop in hops {
            if hop.link.is_some() && hop.address == proxy.address {
                hop.kind = proxy.kind;
                hop.software.clone_from(&proxy.software);
                hop.version.clone_from(&proxy.version);
                hop.state = proxy.state;
                hop.details.extend(proxy.details.iter().cloned());
                out.push(hop);
                out.append(&mut behind);
            } else {
                out.push(hop);
            }
        }
        out.append(&mut behind);
        out
    }

    /// Whether the access to this case's proxy was tried and failed.
    pub fn is_broken(&self) -> bool {
        self.is_healthy() == Some(false)
    }
}
