//! Every address that the proxy's configuration sends requests to.
use crate::case::Case;
use crate::case::routing::peer::{Dial, Peer};
use alloc::sync::Arc;
use core::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use gatewhy_facts::fact::Fact;
use gatewhy_facts::nginx::authority::{self, Authority};
use gatewhy_facts::nginx::handler::{self, Target};
use gatewhy_facts::nginx::model::Http;
use gatewhy_facts::nginx::stream::Stream;
use gatewhy_facts::nginx::tree::Directive;
use gatewhy_facts::prelude::*;
use gatewhy_facts::source_text::Place;

/// The deepest nesting of blocks that is followed.
const DEPTH: usize = 32;

/// An address and the directive that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialled {
    /// The address.
    pub dial: Dial,
    /// The directive.
    pub place: Place,
}

impl Case<'_> {
    /// Addresses that the configuration dials from other directives than the one
    /// that names `peer`. Unknown when a part of the configuration could not be
    /// read: it may name more.
    pub fn dialled_besides(&self, peer: &Peer) -> Fact<Vec<Dialled>> {
        self.dialled().map(|mut all| {
            all.retain(|found| Some(&found.place) != peer.place.as_ref());
            all
        })
    }

    /// All addresses that the configuration dials. Unknown when a part of it could
    /// not be read.
    pub fn dialled(&self) -> Fact<Vec<Dialled>> {
        self.nginx().and_then(|nginx, source| {
            if let Some(gap) = nginx.gaps.first() {
                return Fact::Unknown(gap.clone());
            }
            let mut all = nginx.http.as_ref().map(dialled).unwrap_or_default();
            all.extend(nginx.stream.iter().flat_map(streamed));
            Fact::Found(all, source)
        })
    }
}

fn dialled(http: &Http) -> Vec<Dialled> {
    let mut all = Vec::new();
    passes(http, http.directive.block(), DEPTH, &mut all);
    let members = http.upstreams.iter().flat_map(|group| &group.servers);
    for member in members {
        add(&mut all, &member.address, &member.place);
    }
    all
}

/// Variables aside: whom the stream module passes connections on to.
fn streamed(stream: &Stream) -> Vec<Dialled> {
    let mut all = Vec::new();
    let members = stream.upstreams.iter().flat_map(|group| &group.servers);
    for member in members {
        add(&mut all, &member.address, &member.place);
    }
    let blocks = stream.servers.iter().flat_map(|s| s.directive.block());
    for pass in blocks.filter(|d| d.is("proxy_pass")) {
        let parsed = authority::upstream(pass.arg(0).unwrap_or_default(), 0, false);
        if let Some(parsed) = parsed.ok().filter(|parsed| parsed.has_port) {
            add(&mut all, &parsed.authority, &pass.place);
        }
    }
    all
}

fn passes(http: &Http, block: &[Arc<Directive>], depth: usize, all: &mut Vec<Dialled>) {
    let Some(deeper) = depth.checked_sub(1) else {
        return;
    };
    for directive in block {
        let target = handler::pass(directive).map(|pass| pass.target);
        if let Some(Target::Fixed {
            authority,
            host,
            has_port,
            ..
        }) = target
            && (has_port || http.upstream(&host).is_none())
        {
            add(all, &authority, &directive.place);
        }
        passes(http, directive.block(), deeper, all);
    }
}

fn add(all: &mut Vec<Dialled>, authority: &Authority, place: &Place) {
    let dials = match authority {
        Authority::Unix(path) => vec![Dial::Unix(path.clone())],
        Authority::Ip(address) => vec![Dial::Tcp(*address)],
        Authority::Name { host, port } if host.eq_ignore_ascii_case("localhost") => vec![
            Dial::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, *port))),
            Dial::Tcp(SocketAddr::from((Ipv6Addr::LOCALHOST, *port))),
        ],
        Authority::Name { host, port } => vec![Dial::Name(host.clone(), *port)],
    };
    all.extend(dials.into_iter().map(|dial| Dialled {
        dial,
        place: place.clone(),
    }));
}
