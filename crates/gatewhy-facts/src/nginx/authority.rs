//! Addresses in directives: `ngx_parse_url` for upstreams and for `listen`.
use super::units::number;
use crate::path::HostPath;
use crate::prelude::*;
use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Where a connection goes, or is accepted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Authority {
    /// A unix stream socket.
    Unix(HostPath),
    /// An address.
    Ip(SocketAddr),
    /// A name that must be resolved.
    Name {
        /// The name, as written.
        host: String,
        /// The port, or the protocol's own.
        port: u16,
    },
}

/// An address with what was written around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The address.
    pub authority: Authority,
    /// Whether a port was written.
    pub has_port: bool,
    /// The host as written: with brackets around IPv6; a unix path without `unix:`.
    pub host: String,
    /// What follows the authority, from its `/` or `?` on.
    pub uri: Vec<u8>,
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{path}"),
            Self::Ip(address) => address.fmt(f),
            Self::Name { host, port } => {
                write!(f, "{}:{port}", crate::untrusted::shown(host.as_bytes()))
            }
        }
    }
}

/// The longest path of a unix socket, without the closing zero.
const UNIX_PATH: usize = 107;

/// An upstream's address, with the URI that may follow it. The error is nginx's.
pub fn upstream(text: &[u8], default_port: u16, uri_part: bool) -> Result<Parsed, &'static str> {
    if let Some(path) = unix(text) {
        return unix_upstream(path, uri_part);
    }
    let from = match text {
        [b'[', ..] => memchr::memchr(b']', text).ok_or("invalid host")?,
        _ => 0,
    };
    let cut = |byte| memchr::memchr(byte, text.get(from..).unwrap_or_default());
    let slash = cut(b'/');
    let question = if from == 0 { cut(b'?') } else { None };
    let end = match (slash, question) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    if end.is_some() && !uri_part {
        return Err("invalid host");
    }
    let (address, uri) = text.split_at(end.map_or(text.len(), |end| end.saturating_add(from)));
    let (host, port) = host_and_port(address)?;
    let port_number = match port {
        Some(port) => one_port(port)?,
        None => default_port,
    };
    Ok(Parsed {
        authority: authority(host, port_number)?,
        has_port: port.is_some(),
        host: String::from_utf8_lossy(host).into_owned(),
        uri: uri.to_vec(),
    })
}

fn unix_upstream(path: &[u8], uri_part: bool) -> Result<Parsed, &'static str> {
    let colon = memchr::memchr(b':', path).filter(|_| uri_part);
    let (path, uri) = match colon {
        Some(at) => (
            path.get(..at).unwrap_or_default(),
            path.get(at.saturating_add(1)..).unwrap_or_default(),
        ),
        None => (path, &[][..]),
    };
    let path = unix_path(path)?;
    Ok(Parsed {
        host: path.as_str().to_owned(),
        authority: Authority::Unix(path),
        has_port: false,
        uri: uri.to_vec(),
    })
}

/// The addresses of a `listen`: a port range gives several.
pub fn listen(text: &[u8]) -> Result<Vec<Authority>, &'static str> {
    if let Some(path) = unix(text) {
        return Ok(vec![Authority::Unix(unix_path(path)?)]);
    }
    if memchr::memchr2(b'/', b'?', text).is_some() {
        return Err("invalid host");
    }
    let any = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    if let Some(ports) = bare_ports(text) {
        let sockets = ports?.map(|port| Authority::Ip(SocketAddr::new(any, port)));
        return Ok(sockets.collect());
    }
    let (host, port) = host_and_port(text)?;
    let ports = match port {
        Some(port) => port_range(port)?,
        None => 80..=80,
    };
    ports
        .map(|port| match host {
            b"*" => Ok(Authority::Ip(SocketAddr::new(any, port))),
            host => authority(host, port),
        })
        .collect()
}

type Ports = core::ops::RangeInclusive<u16>;

/// A `listen` of only a port or a range; `None` when it is a host.
fn bare_ports(text: &[u8]) -> Option<Result<Ports, &'static str>> {
    if text.contains(&b':') {
        return None;
    }
    let mut parts = text.splitn(2, |byte| *byte == b'-');
    number(parts.next()?)?;
    if let Some(last) = parts.next() {
        number(last)?;
    }
    Some(port_range(text))
}

fn port_range(text: &[u8]) -> Result<Ports, &'static str> {
    match memchr::memchr(b'-', text) {
        None => one_port(text).map(|port| port..=port),
        Some(dash) => {
            let (first, last) = text.split_at(dash);
            let first = one_port(first)?;
            let last = one_port(last.get(1..).unwrap_or_default())?;
            if first > last {
                return Err("invalid port range");
            }
            Ok(first..=last)
        }
    }
}

fn one_port(text: &[u8]) -> Result<u16, &'static str> {
    let port = number(text).and_then(|port| u16::try_from(port).ok());
    port.filter(|port| *port > 0).ok_or("invalid port")
}

/// Splits at the colon behind the host; brackets keep an IPv6 host whole.
fn host_and_port(text: &[u8]) -> Result<(&[u8], Option<&[u8]>), &'static str> {
    if text.first() == Some(&b'[') {
        let close = memchr::memchr(b']', text).ok_or("invalid host")?;
        let (host, rest) = text.split_at(close.saturating_add(1));
        return match rest {
            [] => Ok((host, None)),
            [b':', port @ ..] => Ok((host, Some(port))),
            _ => Err("invalid host"),
        };
    }
    match memchr::memchr(b':', text) {
        None => Ok((text, None)),
        Some(colon) => {
            let (host, port) = text.split_at(colon);
            Ok((host, Some(port.get(1..).unwrap_or_default())))
        }
    }
}

fn authority(host: &[u8], port: u16) -> Result<Authority, &'static str> {
    if host.is_empty() {
        return Err("no host");
    }
    if let [b'[', inner @ .., b']'] = host {
        let text = core::str::from_utf8(inner).map_err(|_| "invalid IPv6 address")?;
        if text.is_empty() {
            return Err("no host");
        }
        let ip: Ipv6Addr = text.parse().map_err(|_| "invalid IPv6 address")?;
        return Ok(Authority::Ip(SocketAddr::new(IpAddr::V6(ip), port)));
    }
    Ok(match dotted_quad(host) {
        Some(ip) => Authority::Ip(SocketAddr::new(IpAddr::V4(ip), port)),
        None => Authority::Name {
            host: String::from_utf8_lossy(host).into_owned(),
            port,
        },
    })
}

/// An IPv4 address as `ngx_inet_addr` takes it: leading zeros are decimal.
pub fn dotted_quad(text: &[u8]) -> Option<Ipv4Addr> {
    let mut octets = [0_u8; 4];
    let mut parts = text.split(|byte| *byte == b'.');
    for octet in &mut octets {
        *octet = u8::try_from(number(parts.next()?)?).ok()?;
    }
    parts.next().is_none().then(|| octets.into())
}

fn unix(text: &[u8]) -> Option<&[u8]> {
    let (scheme, path) = text.split_at_checked(5)?;
    scheme.eq_ignore_ascii_case(b"unix:").then_some(path)
}

fn unix_path(path: &[u8]) -> Result<HostPath, &'static str> {
    match path.len() {
        0 => Err("no path in the unix domain socket"),
        1..=UNIX_PATH => Ok(HostPath::new(String::from_utf8_lossy(path).into_owned())),
        _ => Err("too long path in the unix domain socket"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(result: Result<Parsed, &'static str>) -> String {
        match result {
            Ok(parsed) => format!(
                "{} {}",
                parsed.authority,
                String::from_utf8_lossy(&parsed.uri)
            ),
            Err(why) => why.to_owned(),
        }
    }

    #[test]
    fn upstreams_are_read_as_nginx_reads_them() {
        for (text, expected) in [
            ("app", "app:80 "),
            ("app:3000/x?y", "app:3000 /x?y"),
            ("app?y", "app:80 ?y"),
            ("127.0.0.1:9000", "127.0.0.1:9000 "),
            ("127.0.0.256:9000", "127.0.0.256:9000 "),
            ("[::1]:9000/", "[::1]:9000 /"),
            ("[::1]", "[::1]:80 "),
            ("[::1", "invalid host"),
            ("[::1]x", "invalid host"),
            ("unix:/run/a.sock", "unix:/run/a.sock "),
            ("unix:/run/a.sock:/x/", "unix:/run/a.sock /x/"),
            ("UNIX:/run/a.sock", "unix:/run/a.sock "),
            ("unix:", "no path in the unix domain socket"),
            ("app:0", "invalid port"),
            ("app:65536", "invalid port"),
            ("app:", "invalid port"),
            (":80", "no host"),
            ("a/b:c", "a:80 /b:c"),
        ] {
            assert_eq!(
                shown(upstream(text.as_bytes(), 80, true)),
                expected,
                "{text}"
            );
        }
        assert_eq!(shown(upstream(b"app/x", 80, false)), "invalid host");
    }

    #[test]
    fn listen_takes_ports_ranges_and_hosts() {
        for (text, expected) in [
            ("80", "0.0.0.0:80"),
            ("8000-8002", "0.0.0.0:8000 0.0.0.0:8001 0.0.0.0:8002"),
            ("*:81", "0.0.0.0:81"),
            ("*", "0.0.0.0:80"),
            ("127.0.0.1", "127.0.0.1:80"),
            ("[::]:443", "[::]:443"),
            ("localhost:82", "localhost:82"),
            ("my-host", "my-host:80"),
            ("unix:/run/n.sock", "unix:/run/n.sock"),
            ("0", "invalid port"),
            ("9-8", "invalid port range"),
            ("a/b", "invalid host"),
        ] {
            let got = match listen(text.as_bytes()) {
                Ok(all) => all
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(" "),
                Err(why) => why.to_owned(),
            };
            assert_eq!(got, expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text: Vec<u8>, like in "(unix:|\\[)?[0-9a-z:/?*.-]{0,12}\\]?(:[0-9-]{0,7})?") {
            for text in [&text[..], like.as_bytes()] {
                let _ = (upstream(text, 80, true), upstream(text, 80, false), listen(text));
            }
        }
    }
}
