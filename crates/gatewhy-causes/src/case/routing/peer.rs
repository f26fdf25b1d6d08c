//! The backends that a request may reach, as the proxy dials them.
use crate::case::Case;
use crate::case::gateway::log;
use core::fmt;
use core::net::SocketAddr;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::Endpoint;
use gatewhy_facts::source_text::Place;

/// Where the proxy connects to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dial {
    /// A TCP address.
    Tcp(SocketAddr),
    /// A unix socket.
    Unix(HostPath),
    /// A name that is not resolved, with its port.
    Name(String, u16),
}

/// What the proxy speaks to the backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// HTTP/1 in plain.
    Http,
    /// HTTP/1 over TLS.
    Https,
    /// FastCGI.
    FastCgi,
    /// uwsgi.
    Uwsgi,
    /// SCGI.
    Scgi,
    /// AJP, as Tomcat speaks it.
    Ajp,
    /// gRPC over HTTP/2.
    Grpc,
    /// memcached.
    Memcached,
}

impl Protocol {
    /// The word used in output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::FastCgi => "fastcgi",
            Self::Uwsgi => "uwsgi",
            Self::Scgi => "scgi",
            Self::Ajp => "ajp",
            Self::Grpc => "grpc",
            Self::Memcached => "memcached",
        }
    }

    /// The prefix of the directives that set this protocol: `proxy`, `fastcgi` ….
    pub const fn directive_prefix(self) -> &'static str {
        match self {
            Self::Http | Self::Https => "proxy",
            Self::FastCgi | Self::Uwsgi | Self::Scgi | Self::Ajp | Self::Grpc | Self::Memcached => {
                self.word()
            }
        }
    }
}

/// One backend that a request may reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Where the proxy connects to.
    pub dial: Dial,
    /// What it speaks there.
    pub protocol: Protocol,
    /// The address as the configuration has it.
    pub written: String,
    /// The directive that names it.
    pub place: Option<Place>,
    /// The `upstream` group it is a member of.
    pub group: Option<String>,
    /// Marked `down` in the configuration.
    pub down: bool,
    /// Marked `backup`.
    pub backup: bool,
    /// The line that makes the proxy begin with a header of the PROXY protocol there.
    pub sends_proxy: Option<Place>,
    /// The name it was resolved from, when the configuration has a name.
    pub name: Option<String>,
}

impl Dial {
    /// As an end point for a probe; a name is none.
    pub fn endpoint(&self) -> Option<Endpoint> {
        match self {
            Self::Tcp(address) => Some(Endpoint::Tcp(*address)),
            Self::Unix(path) => Some(Endpoint::Unix(path.clone())),
            Self::Name(..) => None,
        }
    }

    /// The TCP address, if it is one.
    pub const fn tcp(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(address) => Some(*address),
            Self::Unix(_) | Self::Name(..) => None,
        }
    }

    /// The socket's path, if it is one.
    pub const fn unix(&self) -> Option<&HostPath> {
        match self {
            Self::Unix(path) => Some(path),
            Self::Tcp(_) | Self::Name(..) => None,
        }
    }
}

/// `/var/run` has been another name of `/run` for as long as there is systemd.
pub fn below_run(path: &str) -> &str {
    match path.strip_prefix("/var") {
        Some(rest) if rest.starts_with("/run/") => rest,
        _ => path,
    }
}

impl Dial {
    /// Whether both lead to the same place, whichever way a path is spelt.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Unix(a), Self::Unix(b)) => below_run(a.as_str()) == below_run(b.as_str()),
            _ => self == other,
        }
    }
}

impl fmt::Display for Dial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{path}"),
            Self::Name(name, port) => write!(
                f,
                "{}:{port}",
                gatewhy_facts::untrusted::shown(name.as_bytes())
            ),
        }
    }
}

impl Case<'_> {
    /// The peers that matter: those the proxy's log blames for our own requests;
    /// all of them when it names none.
    pub fn suspects(&self) -> Vec<&Peer> {
        let own = self.own_records();
        let blamed = |peer: &&Peer| own.iter().any(|l| log::is_peer(&l.record, &peer.dial));
        let peers = self.peers();
        let named: Vec<&Peer> = peers.iter().filter(blamed).collect();
        if named.is_empty() {
            return peers.iter().filter(|peer| !peer.down).collect();
        }
        // A proxy goes straight to a backup only while it takes the others for failed.
        let passed_over = named.iter().all(|peer| peer.backup);
        let first = peers.iter().filter(|peer| !peer.backup && !peer.down);
        first.filter(|_| passed_over).chain(named).collect()
    }
}
