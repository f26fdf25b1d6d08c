//! The `upstream:` field: whom nginx talked to.
use crate::scan;
use core::fmt;
use core::net::SocketAddr;

/// Whom nginx talked to, as the error log names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upstream<'a> {
    /// `http`, `https`, `fastcgi`, `uwsgi`, `grpc` …; none in the stream module.
    pub scheme: Option<&'a [u8]>,
    /// The address.
    pub peer: Peer<'a>,
    /// The URI sent to the peer, where the module has one.
    pub uri: Option<&'a [u8]>,
}

/// An address as nginx prints it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer<'a> {
    /// `127.0.0.1:3000`, `[::1]:3000`.
    Inet(SocketAddr),
    /// `unix:/run/app.sock`: the path.
    Unix(&'a [u8]),
    /// A name: of the upstream group (with `no live upstreams`), or of a host
    /// that is not looked up yet.
    Name(&'a [u8]),
}

impl<'a> Upstream<'a> {
    /// Reads the field's value.
    pub fn parse(value: &'a [u8]) -> Self {
        let (scheme, rest) = split_scheme(value);
        if let Some(path) = rest.strip_prefix(b"unix:") {
            let (path, uri) = without_colon(scheme, path)
                .or_else(|| scan::split_once(path, ":"))
                .unwrap_or((path, b""));
            return Self {
                scheme,
                peer: Peer::Unix(path),
                uri: some(uri),
            };
        }
        if scheme.is_some() && rest.starts_with(b"/") {
            let path = rest.split(|b| *b == b':').next().unwrap_or(rest);
            return Self {
                scheme,
                peer: Peer::Unix(path),
                uri: None,
            };
        }
        let end = memchr::memchr(b'/', rest).unwrap_or(rest.len());
        let (address, uri) = rest.split_at_checked(end).unwrap_or((rest, b""));
        Self {
            scheme,
            peer: Peer::parse(address),
            uri: some(uri),
        }
    }

    /// The directive that sizes the buffer for the response header; `None` for a
    /// module without one.
    pub fn header_buffer_directive(&self) -> Option<&'static str> {
        match self.scheme? {
            b"http" | b"https" => Some("proxy_buffer_size"),
            b"fastcgi" => Some("fastcgi_buffer_size"),
            b"uwsgi" | b"suwsgi" => Some("uwsgi_buffer_size"),
            b"scgi" => Some("scgi_buffer_size"),
            b"grpc" | b"grpcs" => Some("grpc_buffer_size"),
            b"memcached" => Some("memcached_buffer_size"),
            _ => None,
        }
    }
}

/// Once it is connected to a unix socket, nginx writes the URI right behind the path,
/// without a colon: `http://unix:/run/app.sock/page`. The usual ending tells where.
fn without_colon<'a>(scheme: Option<&[u8]>, path: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    const END: &[u8] = b".sock";
    if !matches!(scheme?, b"http" | b"https" | b"grpc" | b"grpcs") {
        return None;
    }
    let at = memchr::memmem::find(path, b".sock/")?;
    let (path, uri) = path.split_at_checked(at.checked_add(END.len())?)?;
    (!path.contains(&b':')).then_some((path, uri))
}

impl<'a> Peer<'a> {
    /// Reads an address: `127.0.0.1:80`, `[::1]:80`, `unix:/path`, or a name.
    pub fn parse(address: &'a [u8]) -> Self {
        if let Some(path) = address.strip_prefix(b"unix:") {
            return Self::Unix(path);
        }
        if address.starts_with(b"/") {
            return Self::Unix(address);
        }
        let inet = core::str::from_utf8(address)
            .ok()
            .and_then(|a| a.parse().ok());
        inet.map_or(Self::Name(address), Self::Inet)
    }
}

impl fmt::Display for Peer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inet(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", crate::untrusted::shown(path)),
            Self::Name(name) => crate::untrusted::shown(name).fmt(f),
        }
    }
}

/// `http://`, or `passenger:` before a path.
fn split_scheme(value: &[u8]) -> (Option<&[u8]>, &[u8]) {
    let letters = value
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric())
        .count();
    let Some((scheme, rest)) = value.split_at_checked(letters) else {
        return (None, value);
    };
    if let Some(rest) = rest.strip_prefix(b"://") {
        return (some(scheme), rest);
    }
    match rest.strip_prefix(b":") {
        Some(rest) if rest.starts_with(b"unix:") || rest.starts_with(b"/") => (some(scheme), rest),
        _ => (None, value),
    }
}

fn some(bytes: &[u8]) -> Option<&[u8]> {
    (!bytes.is_empty()).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    fn read(text: &str) -> (Option<&str>, String, Option<&str>) {
        let upstream = Upstream::parse(text.as_bytes());
        let utf8 = |bytes| core::str::from_utf8(bytes).ok();
        (
            upstream.scheme.and_then(utf8),
            upstream.peer.to_string(),
            upstream.uri.and_then(utf8),
        )
    }

    #[test]
    fn every_spelling_nginx_has() {
        for (text, scheme, peer, uri) in SPELLINGS {
            assert_eq!(read(text), (*scheme, (*peer).to_owned(), *uri), "{text}");
        }
    }

    type Spelling = (
        &'static str,
        Option<&'static str>,
        &'static str,
        Option<&'static str>,
    );

    /// As logged, its scheme, its peer, its URI.
    const SPELLINGS: &[Spelling] = &[
        (
            "http://127.0.0.1:3000/a?b",
            Some("http"),
            "127.0.0.1:3000",
            Some("/a?b"),
        ),
        (
            "https://[::1]:8443/",
            Some("https"),
            "[::1]:8443",
            Some("/"),
        ),
        (
            "fastcgi://unix:/run/php/fpm.sock:",
            Some("fastcgi"),
            "unix:/run/php/fpm.sock",
            None,
        ),
        (
            "fastcgi://unix:/run/php/fpm.sock",
            Some("fastcgi"),
            "unix:/run/php/fpm.sock",
            None,
        ),
        (
            "http://unix:/tmp/a.sock:/x:y",
            Some("http"),
            "unix:/tmp/a.sock",
            Some("/x:y"),
        ),
        (
            "http://unix:/run/prices/prices.sock/a?at=1:2",
            Some("http"),
            "unix:/run/prices/prices.sock",
            Some("/a?at=1:2"),
        ),
        (
            "http://unix:/tmp/a.sock:/b.sock/c",
            Some("http"),
            "unix:/tmp/a.sock",
            Some("/b.sock/c"),
        ),
        (
            "uwsgi://unix:///var/s.sock:",
            Some("uwsgi"),
            "unix:///var/s.sock",
            None,
        ),
        (
            "passenger:unix:/helper:",
            Some("passenger"),
            "unix:/helper",
            None,
        ),
        (
            "passenger:/tmp/passenger.1/request:",
            Some("passenger"),
            "unix:/tmp/passenger.1/request",
            None,
        ),
        ("http://backend/x", Some("http"), "backend", Some("/x")),
        (
            "fastcgi://172.17.0.238:9000",
            Some("fastcgi"),
            "172.17.0.238:9000",
            None,
        ),
        ("127.0.0.1:5432", None, "127.0.0.1:5432", None),
    ];

    #[test]
    fn the_buffer_directive_follows_the_scheme() {
        let of = |text: &'static str| Upstream::parse(text.as_bytes()).header_buffer_directive();
        assert_eq!(of("http://a/"), Some("proxy_buffer_size"));
        assert_eq!(of("fastcgi://a"), Some("fastcgi_buffer_size"));
        assert_eq!(of("passenger:unix:/x:"), None);
    }
}
