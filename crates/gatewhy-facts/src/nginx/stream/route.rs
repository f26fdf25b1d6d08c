//! Which server gets a connection, and where it passes it on to.
use super::super::authority::{self, Authority};
use super::super::listen::{Listen, NameKind};
use super::super::scope::{Scope, flag, text};
use super::super::tree::Directive;
use super::super::units::time;
use super::super::upstream::{Member, Upstream};
use super::variables::Variables;
use super::{Stream, StreamServer};
use crate::fact::Gap;
use crate::forward::{Address, Route, Scheme, Target, Timeout};
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::Place;
use alloc::sync::Arc;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

/// A visitor's connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// nginx's end of it.
    pub local: Authority,
    /// Whether the visitor speaks TLS.
    pub tls: bool,
    /// The server name of its handshake.
    pub server_name: Option<String>,
    /// The visitor's address, if known.
    pub client: Option<IpAddr>,
    /// What is asked for through it: path and query.
    pub target: String,
}

impl Connection {
    /// nginx's end, where it is an address.
    pub const fn address(&self) -> Option<SocketAddr> {
        match &self.local {
            Authority::Ip(address) => Some(*address),
            Authority::Unix(_) | Authority::Name { .. } => None,
        }
    }

    fn canonical(&self) -> Authority {
        match &self.local {
            Authority::Ip(at) => Authority::Ip(SocketAddr::new(at.ip().to_canonical(), at.port())),
            other => other.clone(),
        }
    }
}

/// Follows a connection through the configuration. None where no server of the stream
/// module listens for it.
pub fn route(main: &[Arc<Directive>], stream: &Stream, connection: &Connection) -> Option<Route> {
    let (server, listen, mut gaps) = taker(stream, connection)?;
    gaps.extend(stream.gaps.iter().chain(&server.gaps).cloned());
    let outer = Scope::new(main).inside(stream.directive.block());
    let follow = Follow {
        stream,
        connection,
        scope: outer.inside(server.directive.block()),
        speaks_tls: listen.options.ssl,
    };
    let mut route = Route {
        blocks: vec![("stream server".to_owned(), server.directive.place.clone())],
        connect: Some(follow.timeout("proxy_connect_timeout", 60)),
        read: Some(follow.timeout("proxy_timeout", 600)),
        sent: connection.target.clone(),
        error_log: follow.error_log(),
        sends_proxy: follow.sends_proxy(),
        gaps,
        ..Route::default()
    };
    follow.pass(&mut route);
    Some(route)
}

type Taker<'s> = (&'s StreamServer, &'s Listen, Vec<Gap>);

/// The server on that very address, else the one on all addresses.
fn taker<'s>(stream: &'s Stream, connection: &Connection) -> Option<Taker<'s>> {
    let local = connection.canonical();
    let all = || {
        let servers = stream.servers.iter();
        servers.flat_map(|server| server.listens.iter().map(move |listen| (server, listen)))
    };
    let exact = |listen: &Listen| listen.address == local;
    let wide = |listen: &Listen| match (&listen.address, &local) {
        (Authority::Ip(bound), Authority::Ip(local)) => {
            bound.port() == local.port()
                && bound.ip().is_unspecified()
                && (bound.is_ipv4() == local.is_ipv4() || !listen.options.ipv6only)
        }
        _ => false,
    };
    let mut on: Vec<_> = all().filter(|(_, listen)| exact(listen)).collect();
    if on.is_empty() {
        on = all().filter(|(_, listen)| wide(listen)).collect();
    }
    let first = *on.first()?;
    let (server, listen) = named(&on, connection).unwrap_or_else(|| {
        let default = on.iter().find(|(_, listen)| listen.options.default_server);
        *default.unwrap_or(&first)
    });
    Some((server, listen, undecided(&on)))
}

/// Several servers on one address are told apart by the name of the handshake.
fn named<'s>(
    on: &[(&'s StreamServer, &'s Listen)],
    connection: &Connection,
) -> Option<(&'s StreamServer, &'s Listen)> {
    let name = connection.server_name.as_ref().filter(|_| connection.tls)?;
    let is_named = |server: &StreamServer| {
        let mut names = server.names.iter();
        names.any(|own| matches!(&own.kind, NameKind::Exact(own) if **own == *name.as_bytes()))
    };
    on.iter().find(|(server, _)| is_named(server)).copied()
}

/// Names with wildcards are not followed.
fn undecided(on: &[(&StreamServer, &Listen)]) -> Vec<Gap> {
    let plain = |server: &StreamServer| {
        let mut names = server.names.iter();
        names.all(|name| matches!(name.kind, NameKind::Exact(_)))
    };
    let odd = on
        .iter()
        .find(|(server, _)| !plain(server))
        .filter(|_| on.len() > 1);
    odd.map(|(server, _)| undecidable(&server.directive.place, "its names are not followed"))
        .into_iter()
        .collect()
}

fn undecidable(place: &Place, why: &str) -> Gap {
    Gap::new(format!("{}:{}", place.file, place.span.line), why, "")
}

struct Follow<'a> {
    stream: &'a Stream,
    connection: &'a Connection,
    scope: Scope<'a>,
    speaks_tls: bool,
}

impl Follow<'_> {
    fn on(&self, directive: &str) -> bool {
        self.scope.value(directive, false, flag).value
    }

    fn sends_proxy(&self) -> Option<Place> {
        let set = self.scope.optional("proxy_protocol", flag)?;
        set.place.filter(|_| set.value)
    }

    fn timeout(&self, directive: &'static str, usual: u64) -> Timeout {
        let setting = self
            .scope
            .value(directive, Duration::from_secs(usual), time);
        Timeout {
            time: setting.value,
            directive,
            place: setting.place,
        }
    }

    fn error_log(&self) -> Option<HostPath> {
        let set = self.scope.optional("error_log", text)?.value;
        let is_file = set.starts_with('/');
        is_file.then(|| HostPath::new(set))
    }

    /// Fills in whom `proxy_pass` means.
    fn pass(&self, route: &mut Route) {
        let Some(pass) = self.scope.own().iter().rfind(|d| d.is("proxy_pass")) else {
            return;
        };
        let written = pass.arg(0).unwrap_or_default();
        let variables = Variables {
            stream: self.stream,
            connection: self.connection,
            prereads: self.on("ssl_preread"),
            speaks_tls: self.speaks_tls,
        };
        let goal = match variables.text(written) {
            Ok(goal) => goal,
            Err(gap) => return route.gaps.push(gap),
        };
        let is_variable = written.contains(&b'$');
        route.blocks.extend(Self::choice(pass, is_variable, &goal));
        let name = String::from_utf8_lossy(&goal).into_owned();
        if let Some(group) = self.stream.upstream(&name) {
            route.group = Some(group.name.clone());
            route.gaps.extend(group.gaps.iter().cloned());
            route.targets = self.members(group);
        } else {
            self.lone(route, pass, &name, is_variable);
        }
        self.handshake(route, &name);
    }

    /// What a variable came to, for people.
    fn choice(pass: &Directive, variable: bool, goal: &[u8]) -> Option<(String, Place)> {
        let goal = crate::untrusted::shown(goal);
        variable.then(|| (format!("proxy_pass {goal}"), pass.place.clone()))
    }

    fn members(&self, group: &Upstream) -> Vec<Target> {
        // Here a port has to be written.
        let usable = |member: &&Member| {
            !member.down && (member.has_port || matches!(member.address, Authority::Unix(_)))
        };
        let members = group.servers.iter().filter(usable);
        members
            .map(|member| self.target(&member.address, &member.written, &member.place))
            .collect()
    }

    /// An address, or a name: looked up at the start, or for each connection where it
    /// came out of a variable.
    fn lone(&self, route: &mut Route, pass: &Directive, name: &str, variable: bool) {
        match authority::upstream(name.as_bytes(), 0, false) {
            Ok(parsed) if parsed.has_port || matches!(parsed.authority, Authority::Unix(_)) => {
                if variable && matches!(parsed.authority, Authority::Name { .. }) {
                    let why = "nginx looks it up by itself for each connection";
                    route.gaps.push(Gap::new(name, why, ""));
                }
                let target = self.target(&parsed.authority, name, &pass.place);
                route.targets.push(target);
            }
            Ok(_) | Err(_) => {
                let why = "it comes to no address with a port";
                route.gaps.push(undecidable(&pass.place, why));
            }
        }
    }

    fn target(&self, authority: &Authority, written: &str, place: &Place) -> Target {
        let address = match authority {
            Authority::Unix(path) => Address::Unix(path.clone()),
            Authority::Ip(at) => Address::Host(at.ip().to_string(), at.port()),
            Authority::Name { host, port } => Address::Host(host.clone(), *port),
        };
        Target {
            name: written.to_owned(),
            address,
            scheme: if self.passes_tls() || self.on("proxy_ssl") {
                Scheme::Https
            } else {
                Scheme::Http
            },
            written: written.to_owned(),
            place: place.clone(),
        }
    }

    /// Whether the visitor's own TLS reaches the backend.
    const fn passes_tls(&self) -> bool {
        self.connection.tls && !self.speaks_tls
    }

    /// The server name that the backend's end of TLS sees.
    fn handshake(&self, route: &mut Route, goal: &str) {
        if self.passes_tls() {
            if self.on("proxy_ssl") {
                let why = "it wraps the visitor's TLS into TLS once more";
                let block = &route.blocks.first();
                let gap = block.map(|(_, place)| undecidable(place, why));
                route.gaps.extend(gap);
            }
            route.tls_name.clone_from(&self.connection.server_name);
            return;
        }
        if self.on("proxy_ssl") && self.on("proxy_ssl_server_name") {
            let host = goal.rsplit_once(':').map_or(goal, |(host, _)| host);
            let set = self.scope.optional("proxy_ssl_name", text);
            let name = set.map_or_else(|| host.to_owned(), |set| set.value);
            route.tls_name = Some(name).filter(|name| name.parse::<IpAddr>().is_err());
        }
    }
}
