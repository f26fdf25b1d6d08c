//! nginx's stream module behind the seam: it passes a visitor's connection on as it is,
//! and answers nothing itself. HAProxy does the same in its mode `tcp`.
use crate::case::Case;
use crate::case::gateway::log::is_client;
use crate::case::gateway::record;
use crate::case::programs::kind::Kind;
use crate::case::routing::peer::{Dial, Peer};
use core::net::IpAddr;
use gatewhy_facts::fact::Fact;
use gatewhy_facts::forward::Route;
use gatewhy_facts::nginx::error_log::ErrorRecord;
use gatewhy_facts::nginx::stream::{self, Connection};
use gatewhy_facts::prelude::*;

impl Case<'_> {
    /// The way of the visitor's connection through nginx's stream module; none when no
    /// server of that takes it.
    pub(in crate::case) fn stream_route(&self) -> Option<Route> {
        let find = || self.find_stream_route();
        self.cells.stream.get_or_init(find).clone()
    }

    /// Whether a server of nginx's stream module takes the connection.
    pub fn is_streamed(&self) -> bool {
        let find = || self.find_stream_route();
        self.cells.stream.get_or_init(find).is_some()
    }

    fn find_stream_route(&self) -> Option<Route> {
        let nginx = self.nginx();
        let nginx = nginx.found()?;
        let stream = nginx.stream.as_ref()?;
        let request = self.request;
        let local = self.entrance_authority().ok()?;
        let connection = Connection {
            client: self.front_door().found().map(core::net::SocketAddr::ip),
            local,
            tls: request.tls,
            server_name: self.offered_by_visitor(),
            target: request.path.clone(),
        };
        stream::route(&nginx.directives, stream, &connection)
    }

    /// Whether the proxy passes the visitor's bytes on as they are.
    pub(in crate::case) fn passes_connections_on(&self) -> bool {
        match self.proxy_kind() {
            Kind::Nginx => self.is_streamed(),
            Kind::SocketProxy => true,
            Kind::Haproxy => {
                let route = self.haproxy_route();
                route.found().is_some_and(|route| route.is_tcp)
            }
            _ => false,
        }
    }

    /// The server name of the visitor's handshake.
    pub(in crate::case) fn offered_by_visitor(&self) -> Option<String> {
        let request = self.request;
        let name = match &request.inner {
            Some(inner) => inner.tls_name.clone(),
            None => Some(request.host.clone()).filter(|host| host.parse::<IpAddr>().is_err()),
        };
        name.filter(|_| request.tls)
    }

    /// The stream module knows no request: a record is ours by the visitor's address and
    /// the socket that took the connection.
    pub(in crate::case) fn is_own_connection(&self, record: &ErrorRecord<'_>) -> bool {
        let context = &record.context;
        let Some(door) = self.request_door() else {
            return false;
        };
        let port = context
            .server
            .and_then(|server| server.rsplit(|b| *b == b':').next());
        let mut visits = self.visits().iter().filter_map(Fact::found);
        context.request.is_none()
            && port == Some(door.as_bytes())
            && self.may_lead_to(record)
            && visits.any(|visit| is_client(visit, record))
    }

    /// Other conversations of ours may have come to another backend: a handshake that asks
    /// for old versions names no server. A name may have had another address.
    fn may_lead_to(&self, record: &ErrorRecord<'_>) -> bool {
        let Some(dial) = record::dial_of(record) else {
            return true;
        };
        let way = self.way_found();
        way.is_none_or(|way| {
            let named = |peer: &Peer| peer.name.is_some() || peer.dial.is_same(&dial);
            way.peers.is_empty() || way.peers.iter().any(named)
        })
    }

    /// How the log names the end of a listening socket: its port, or its path.
    fn request_door(&self) -> Option<String> {
        match self.entrance() {
            Fact::Found(Dial::Tcp(door), _) => Some(door.port().to_string()),
            Fact::Found(Dial::Unix(path), _) => Some(path.to_string()),
            _ => None,
        }
    }
}
