//! What is to be diagnosed: one request, as a visitor would send it.
use crate::past::window::Window;
use core::net::{IpAddr, SocketAddr};
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::View;

/// One request, as a visitor would send it, and how to reach its server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The URL as given; empty when none was.
    pub url: String,
    /// Whether `https`.
    pub tls: bool,
    /// The host, lower case, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Path and query, raw, starting with `/`.
    pub path: String,
    /// How many requests to send.
    pub requests: u8,
    /// How long to wait for the site and for the backend, in milliseconds.
    pub patience_ms: u32,
    /// Where to dial instead of the proxy found on this host.
    pub dial: Option<SocketAddr>,
    /// Which time is looked back at as well, if any.
    pub window: Option<Window>,
    /// The machine behind the edge that the name leads to (`--origin`).
    pub origin: Option<SocketAddr>,
    /// `NAME RANGE` lines of addresses that CDNs publish, newer than those brought along.
    pub cdn_ranges: String,
    /// Set for the request that a proxy sends on to another one.
    pub inner: Option<Inner>,
}

/// A request as one proxy sends it to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inner {
    /// Its very bytes.
    pub bytes: Vec<u8>,
    /// Whether a header of the PROXY protocol stands before them.
    pub proxy_header: bool,
    /// The Host header in them.
    pub host_header: String,
    /// The server name in the TLS handshake.
    pub tls_name: Option<String>,
    /// The command that asks as the visitor does, and what it must show.
    pub verify: (String, &'static str),
    /// The unix socket at which it arrives, if it is one, and from whose mount namespace
    /// it is seen.
    pub socket: Option<(HostPath, View)>,
    /// The ports at which it passed the proxies before.
    pub passed: Vec<u16>,
}

impl Request {
    /// From a URL; `http://` when no scheme is given; `None` is `http://localhost/`.
    ///
    /// # Errors
    /// What is wrong with it, as a lower-case fragment.
    pub fn parse(url: Option<&str>) -> Result<Self, String> {
        let given = url.unwrap_or_default();
        let text = if given.is_empty() {
            "http://localhost/"
        } else {
            given
        };
        let (tls, rest) = scheme(text)?;
        let at = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(at);
        if authority.contains('@') {
            return Err("it holds a user name or password".into());
        }
        let (host, port) = host_and_port(authority)?;
        let path = path.split('#').next().unwrap_or_default();
        let path = if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("/{path}")
        };
        if text.bytes().any(|b| b <= b' ' || b == 0x7f) {
            return Err("it holds a space or a control character".into());
        }
        Ok(Self {
            url: text.to_owned(),
            tls,
            host,
            port: port.unwrap_or(if tls { 443 } else { 80 }),
            path,
            requests: 1,
            patience_ms: 2_500,
            dial: None,
            window: None,
            origin: None,
            cdn_ranges: String::new(),
            inner: None,
        })
    }

    /// The same request for another URL: where a redirect leads.
    #[must_use]
    pub fn at(&self, url: &str) -> Option<Self> {
        let next = Self::parse(Some(url)).ok()?;
        let on_port = |dial: SocketAddr| SocketAddr::new(dial.ip(), next.port);
        let (dial, origin) = (self.dial.map(on_port), self.origin.map(on_port));
        Some(Self {
            requests: self.requests,
            patience_ms: self.patience_ms,
            window: self.window,
            cdn_ranges: self.cdn_ranges.clone(),
            dial,
            origin,
            ..next
        })
    }

    /// Takes in `--origin ADDR` or `--resolve HOST:PORT:ADDR`.
    ///
    /// # Errors
    /// What is wrong with the value, as a lower-case fragment.
    pub fn dial(&mut self, flag: &str, value: &str) -> Result<(), String> {
        let address = if flag == "--resolve" {
            let lead = format!("{}:{}:", self.host, self.port);
            match value.strip_prefix(&lead) {
                Some(address) => address,
                None => {
                    return Err(format!(
                        "does not start with {lead}, the URL's host and port"
                    ));
                }
            }
        } else {
            value
        };
        self.dial = Some(self.address(address)?);
        if flag == "--origin" {
            self.origin = self.dial;
        }
        Ok(())
    }

    fn address(&self, text: &str) -> Result<SocketAddr, String> {
        if let Ok(whole) = text.parse() {
            return Ok(whole);
        }
        let bare = text.trim_start_matches('[').trim_end_matches(']');
        let ip: IpAddr = bare
            .parse()
            .map_err(|_| format!("'{text}' is not an IP address"))?;
        Ok(SocketAddr::new(ip, self.port))
    }

    /// The `Host` header's value: with the port when it is not the scheme's own.
    pub fn host_header(&self) -> String {
        if let Some(inner) = &self.inner {
            return inner.host_header.clone();
        }
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        let usual = if self.tls { 443 } else { 80 };
        if self.port == usual {
            host
        } else {
            format!("{host}:{}", self.port)
        }
    }

    /// The path without its query.
    pub fn path_only(&self) -> &str {
        self.path.split('?').next().unwrap_or("/")
    }
}

fn scheme(text: &str) -> Result<(bool, &str), String> {
    match text.split_once("://") {
        None => {
            let authority = text.split(['/', '?', '#']).next().unwrap_or_default();
            match authority.strip_suffix(':') {
                Some(scheme) => Err(format!("behind '{scheme}:' there are not two slashes")),
                None => Ok((false, text)),
            }
        }
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => Ok((false, rest)),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => Ok((true, rest)),
        Some((scheme, _)) => Err(format!("'{scheme}' is not http or https")),
    }
}

fn host_and_port(authority: &str) -> Result<(String, Option<u16>), String> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']').ok_or("a bracket is not closed")?;
            (host, after.strip_prefix(':'))
        }
        None => match authority.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    if host.is_empty() {
        return Err("it names no host".into());
    }
    // Commands that are shown hold the host; no name or address has any other.
    let odd = |c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && !"-._:%~".contains(c);
    if let Some(odd) = host.chars().find(|c| odd(*c)) {
        return Err(format!("its host holds '{odd}'"));
    }
    let port = match port {
        None | Some("") => None,
        Some(text) => match text.parse() {
            Ok(port) if port > 0 => Some(port),
            _ => return Err(format!("'{text}' is not a port")),
        },
    };
    Ok((host.to_ascii_lowercase(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Request {
        Request::parse(Some(url)).unwrap()
    }

    #[test]
    fn urls_are_taken_apart_as_a_visitor_means_them() {
        let shop = parse("https://Shop.test/a?b#c");
        assert_eq!(
            (shop.host.as_str(), shop.port, shop.path.as_str()),
            ("shop.test", 443, "/a?b")
        );
        assert_eq!(parse("shop.test:8080").host_header(), "shop.test:8080");
        assert_eq!(parse("http://[::1]:81/").host_header(), "[::1]:81");
        assert_eq!(parse("http://shop.test?x=1").path, "/?x=1");
        assert_eq!(Request::parse(None).unwrap().host, "localhost");
    }

    #[test]
    fn what_cannot_be_followed_is_refused_in_words() {
        for bad in [
            "htp:/x",
            "http:/shop.test",
            "shop.test:",
            "ftp://x/",
            "http:///",
            "http://x:0/",
            "http://u:p@x/",
            "http://x/a b",
            "http://[::1/",
        ] {
            assert!(Request::parse(Some(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn origin_and_resolve_name_an_address() {
        let mut shop = parse("http://shop.test/");
        assert!(shop.dial("--resolve", "other:80:127.0.0.1").is_err());
        shop.dial("--resolve", "shop.test:80:127.0.0.1").unwrap();
        assert_eq!(shop.dial.unwrap().to_string(), "127.0.0.1:80");
        shop.dial("--origin", "[::1]:81").unwrap();
        assert_eq!(shop.dial.unwrap().to_string(), "[::1]:81");
    }
}
