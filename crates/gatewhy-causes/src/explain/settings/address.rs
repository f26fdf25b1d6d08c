//! Addresses as configurations write them.
use core::fmt;
use core::net::{IpAddr, Ipv4Addr};
use gatewhy_facts::nginx::error_log::Peer;
use gatewhy_facts::prelude::*;

/// An address of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// `http`, `https` …, where it is written.
    pub(super) scheme: Option<String>,
    /// The host; none for every address of the host, or for a unix socket.
    pub(super) host: Option<String>,
    /// The port, or the scheme's own one.
    pub(super) port: Option<u16>,
    /// The path of a unix socket.
    pub(super) path: Option<String>,
}

impl Address {
    /// A place to send requests to; `None` for words with variables, and for names
    /// without a scheme or port.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.contains('$') {
            return None;
        }
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
            None => (None, text),
        };
        if let Some((_, path)) = rest
            .split_once("unix:")
            .or_else(|| text.split_once("unix:"))
        {
            let path = path.trim_start_matches("//").split([':', '|']).next()?;
            let path = if path.starts_with('/') {
                path.to_owned()
            } else {
                format!("/{path}")
            };
            return Some(Self::unix(scheme, path));
        }
        if let Some(path) = text.strip_prefix('/').filter(|_| text.ends_with("sock")) {
            return Some(Self::unix(None, format!("/{path}")));
        }
        let place = rest.split('/').next()?;
        let (host, port) = split_port(place);
        let port = port.or(match scheme.as_deref() {
            Some("http" | "ws") => Some(80),
            Some("https" | "wss") => Some(443),
            _ => None,
        });
        let known = scheme.is_some() || port.is_some();
        (known && !host.is_empty()).then(|| Self {
            scheme,
            host: Some(host.to_owned()),
            port,
            path: None,
        })
    }

    const fn unix(scheme: Option<String>, path: String) -> Self {
        Self {
            scheme,
            host: None,
            port: None,
            path: Some(path),
        }
    }

    /// A place to listen: also a port alone.
    pub(super) fn listener(text: &str) -> Option<Self> {
        let text = text.trim_end_matches([',', ')']);
        if let Ok(port) = text.parse() {
            return Some(Self {
                scheme: None,
                host: None,
                port: Some(port),
                path: None,
            });
        }
        if text.starts_with('/') {
            return Some(Self::unix(None, text.to_owned()));
        }
        let mut found = Self::parse(text)
            .or_else(|| Self::parse(&format!("x{text}")).filter(|_| text.starts_with(':')))?;
        let any = matches!(found.host.as_deref(), Some("*" | "::" | "x"));
        if any {
            found.host = None;
        }
        Some(found)
    }

    /// A socket of uWSGI: without a host it is one of IPv4 only.
    pub(super) fn uwsgi(text: &str) -> Option<Self> {
        if text.starts_with(':') {
            return Self::parse(&format!("0.0.0.0{text}"));
        }
        Self::listener(text)
    }

    /// Whether its host is a name that DNS must know.
    pub(super) fn is_name(&self) -> bool {
        let host = self.host.as_deref().unwrap_or_default();
        !host.is_empty() && host != "localhost" && self.ip().is_none()
    }

    pub(super) fn ip(&self) -> Option<IpAddr> {
        self.host.as_deref()?.parse().ok()
    }

    /// Whether only the host itself can reach it.
    pub(super) fn is_loopback(&self) -> bool {
        self.host.as_deref() == Some("localhost") || self.ip().is_some_and(|ip| ip.is_loopback())
    }

    /// Whether somebody who dials `peer` reaches what listens here.
    pub(super) fn takes(&self, peer: Peer<'_>) -> bool {
        match peer {
            Peer::Unix(path) => self.path.as_ref().is_some_and(|own| own.as_bytes() == path),
            Peer::Inet(address) => {
                let own = self.ip();
                let every = own == Some(IpAddr::V4(Ipv4Addr::UNSPECIFIED)) && address.is_ipv4();
                let host = self.host.is_none() || own == Some(address.ip()) || self.is_name();
                let local = self.host.as_deref() == Some("localhost") && address.ip().is_loopback();
                self.port == Some(address.port()) && (host || every || local)
            }
            Peer::Name(_) => false,
        }
    }
}

/// `HOST:PORT`, `[::1]:PORT`
fn split_port(place: &str) -> (&str, Option<u16>) {
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (place, None),
        },
        None => (place, None),
    };
    (host.trim_matches(['[', ']']), port)
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            return write!(f, "unix:{path}");
        }
        if let Some(scheme) = &self.scheme {
            write!(f, "{scheme}://")?;
        }
        f.write_str(self.host.as_deref().unwrap_or("*"))?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}
