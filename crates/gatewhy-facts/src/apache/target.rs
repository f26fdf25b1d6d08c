//! Backends as `ProxyPass`, `SetHandler` and `BalancerMember` write them.
use crate::path::HostPath;
use crate::prelude::*;

/// A backend's address with its scheme and path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// `http`, `https`, `fcgi`, `ajp`, `uwsgi`, `scgi`, `ws`, `balancer` …
    pub scheme: String,
    /// Where it is.
    pub to: Address,
    /// The path behind the address, with its leading slash; empty when there is none.
    pub path: String,
    /// The address as it is written, without scheme and path.
    pub written: String,
}

/// Where a backend is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A host, by name or number, with its port.
    Host(String, u16),
    /// A unix socket.
    Unix(HostPath),
    /// A balancer of that name.
    Balancer(String),
}

/// Reads `scheme://host[:port][/path]` or `unix:PATH|scheme://…`, perhaps with
/// `proxy:` in front.
pub fn parse(text: &str) -> Option<Target> {
    let text = text.strip_prefix("proxy:").unwrap_or(text);
    if let Some(rest) = text.strip_prefix("unix:") {
        let (socket, url) = rest.split_once('|')?;
        let (scheme, rest) = url.split_once(':')?;
        let rest = rest.trim_start_matches('/');
        let path = rest.find('/').map_or("", |at| rest.get(at..).unwrap_or(""));
        return Some(Target {
            scheme: scheme.to_ascii_lowercase(),
            to: Address::Unix(HostPath::new(socket)),
            path: path.to_owned(),
            written: format!("unix:{socket}"),
        });
    }
    let (scheme, rest) = text.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let at = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(at);
    let to = if scheme == "balancer" {
        Address::Balancer(authority.to_ascii_lowercase())
    } else {
        let (host, port) = host_and_port(authority, default_port(&scheme));
        Address::Host(host, port)
    };
    (!authority.is_empty()).then(|| Target {
        scheme,
        to,
        path: path.to_owned(),
        written: authority.to_owned(),
    })
}

fn host_and_port(authority: &str, usual: u16) -> (String, u16) {
    let authority = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !authority.ends_with(']') => (host, port.parse().unwrap_or(usual)),
        _ => (authority, usual),
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    (bare.to_owned(), port)
}

/// The module that speaks a scheme, as `a2enmod` names it; none of a scheme that there is
/// not.
pub fn module_of(scheme: &str) -> Option<&'static str> {
    Some(match scheme {
        "http" | "https" => "proxy_http",
        "h2" | "h2c" => "proxy_http2",
        "fcgi" => "proxy_fcgi",
        "scgi" => "proxy_scgi",
        "uwsgi" => "proxy_uwsgi",
        "ajp" => "proxy_ajp",
        "ws" | "wss" => "proxy_wstunnel",
        "balancer" => "proxy_balancer",
        "ftp" => "proxy_ftp",
        "fdpass" => "proxy_fdpass",
        _ => return None,
    })
}

fn default_port(scheme: &str) -> u16 {
    match scheme {
        "https" | "wss" | "h2" => 443,
        "fcgi" => 8_000,
        "ajp" => 8_009,
        "scgi" => 4_000,
        "uwsgi" => 3_031,
        _ => 80,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_backend_is_understood() {
        let at = |text| parse(text).map(|t| (t.scheme, t.to, t.path));
        let unix = Address::Unix(HostPath::new("/run/php/a.sock"));
        assert_eq!(
            at("proxy:unix:/run/php/a.sock|fcgi://localhost/"),
            Some(("fcgi".into(), unix, "/".into()))
        );
        let host = Address::Host("127.0.0.1".into(), 3000);
        assert_eq!(
            at("http://127.0.0.1:3000/app/"),
            Some(("http".into(), host, "/app/".into()))
        );
        let v6 = Address::Host("::1".into(), 8009);
        assert_eq!(at("ajp://[::1]"), Some(("ajp".into(), v6, String::new())));
        let balancer = Address::Balancer("app".into());
        assert_eq!(
            at("balancer://app"),
            Some(("balancer".into(), balancer, String::new()))
        );
        assert_eq!(at("!"), None);
        assert_eq!(at("http://"), None);
    }
}
