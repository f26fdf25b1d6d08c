//! Addresses as runtimes print them.
use crate::scan;
use core::fmt;

/// An address in an application's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address<'a> {
    /// Host, where it is named (`127.0.0.1`, `::`, `db`), and port.
    Inet(Option<&'a [u8]>, u16),
    /// A unix socket's path.
    Unix(&'a [u8]),
}

impl<'a> Address<'a> {
    /// `127.0.0.1:80`, `[::1]:80`, `:::80` (Node.js, for every address), `:80`,
    /// `*:80`, `/run/x.sock`, `unix:/run/x.sock`, with or without `http://` before.
    pub fn parse(text: &'a [u8]) -> Option<Self> {
        let text = text
            .strip_prefix(b"http://")
            .or_else(|| text.strip_prefix(b"https://"))
            .unwrap_or(text);
        let path = text.strip_prefix(b"unix:").unwrap_or(text);
        if path.starts_with(b"/") {
            return Some(Self::Unix(path));
        }
        let (host, port) = scan::rsplit_once(text, ":")?;
        let port = scan::whole_number(port.strip_suffix(b"/").unwrap_or(port))?;
        let bare = host
            .strip_prefix(b"[")
            .and_then(|h| h.strip_suffix(b"]"))
            .unwrap_or(host);
        let fits = bare
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || b"-._:*%".contains(b));
        fits.then_some(Self::Inet(
            (!bare.is_empty() && bare != b"*").then_some(bare),
            port,
        ))
    }

    /// Python's `('127.0.0.1', 8000)`, or a path.
    pub fn parse_tuple(text: &'a [u8]) -> Option<Self> {
        let Some(inside) = text.strip_prefix(b"(") else {
            return text.starts_with(b"/").then_some(Self::Unix(text));
        };
        let host = scan::between(inside, "'", "'")?;
        let (_, rest) = scan::split_once(inside, "', ")?;
        let (port, _) = scan::number(rest)?;
        Some(Self::Inet(
            (!host.is_empty()).then_some(host),
            u16::try_from(port).ok()?,
        ))
    }

    /// The port, unless it is a unix socket.
    pub const fn port(&self) -> Option<u16> {
        match self {
            Self::Inet(_, port) => Some(*port),
            Self::Unix(_) => None,
        }
    }
}

impl fmt::Display for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inet(Some(host), port) => write!(f, "{}:{port}", crate::untrusted::shown(host)),
            Self::Inet(None, port) => write!(f, "*:{port}"),
            Self::Unix(path) => write!(f, "unix:{}", crate::untrusted::shown(path)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_runtime_s_spelling() {
        let inet = |host: &'static [u8], port| Some(Address::Inet(Some(host), port));
        assert_eq!(Address::parse(b"127.0.0.1:80"), inet(b"127.0.0.1", 80));
        assert_eq!(Address::parse(b":::3000"), inet(b"::", 3000));
        assert_eq!(Address::parse(b"[::1]:3000"), inet(b"::1", 3000));
        assert_eq!(Address::parse(b":8080"), Some(Address::Inet(None, 8080)));
        assert_eq!(
            Address::parse(b"http://0.0.0.0:8000/"),
            inet(b"0.0.0.0", 8000)
        );
        assert_eq!(
            Address::parse(b"unix:/run/a.sock"),
            Some(Address::Unix(b"/run/a.sock"))
        );
        assert_eq!(Address::parse(b"port 80"), None);
        assert_eq!(Address::parse(b"a b:80"), None);
        assert_eq!(
            Address::parse_tuple(b"('127.0.0.1', 9420)"),
            inet(b"127.0.0.1", 9420)
        );
        assert_eq!(
            Address::parse_tuple(b"/nope/x.sock"),
            Some(Address::Unix(b"/nope/x.sock"))
        );
    }
}
