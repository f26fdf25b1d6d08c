//! How a proxy forwards a request, told alike for proxies of which no more need be
//! known: Caddy, lighttpd, Varnish.
use crate::fact::Gap;
use crate::nginx::files::Files;
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::Place;
use crate::tls::demands::Demands;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

/// A configuration on disk, as far as every proxy has one.
pub trait Configuration: Sized {
    /// Reads it, and what it includes, from its main file.
    fn load(files: &dyn Files, main: &HostPath) -> Self;
    /// Whether there is one at all.
    fn is_there(&self) -> bool;
    /// What could not be looked at.
    fn gaps(&self) -> &[Gap];
    /// The ports that it asks for, each with its line.
    fn ports(&self) -> Vec<(u16, Place)>;
}

/// A configuration that alone tells where a request goes.
pub trait Routes: Configuration {
    /// Follows a request through it.
    fn route(&self, files: &dyn Files, request: &Request) -> Route;
}

/// A request, as the proxy sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The address that it arrives at.
    pub local: SocketAddr,
    /// The unix socket that it arrives at in place of an address.
    pub socket: Option<HostPath>,
    /// The host that it names, without port, in lower case.
    pub host: String,
    /// The Host header.
    pub host_header: String,
    /// Path and query.
    pub target: String,
    /// Whether it comes over TLS.
    pub tls: bool,
}

impl Request {
    /// The path without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or("/")
    }

    /// The query with its question mark; empty when there is none.
    pub fn query(&self) -> &str {
        self.target
            .find('?')
            .and_then(|at| self.target.get(at..))
            .unwrap_or("")
    }
}

/// A request's way through a configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// What takes it, outermost first, as a person would name it.
    pub blocks: Vec<(String, Place)>,
    /// The backends that it may reach.
    pub targets: Vec<Target>,
    /// The backends that are asked before whether the request may go on.
    pub asked: Vec<Target>,
    /// How long the proxy waits to connect; none when for ever.
    pub connect: Option<Timeout>,
    /// How long it waits for an answer; none when for ever.
    pub read: Option<Timeout>,
    /// Path and query as they are sent on.
    pub sent: String,
    /// The Host header that is sent on; none for the visitor's.
    pub host: Option<String>,
    /// The server name in a TLS handshake with the backend.
    pub tls_name: Option<String>,
    /// What is demanded of a backend's certificate; nothing unless TLS is spoken.
    pub demands: Demands,
    /// The script that a FastCGI application is asked to run.
    pub script: Option<Script>,
    /// The status that the configuration answers with, and the line.
    pub answer: Option<(u16, Place)>,
    /// Why, where it is not what that line asks for.
    pub why_answered: Option<&'static str>,
    /// What the health check asks for, and the line.
    pub check: Option<(String, Place)>,
    /// The group that the targets are members of.
    pub group: Option<String>,
    /// The line that makes the proxy say first who the visitor is, by a header of the
    /// PROXY protocol.
    pub sends_proxy: Option<Place>,
    /// The file that failures of this request are logged to.
    pub error_log: Option<HostPath>,
    /// What could not be decided or looked at.
    pub gaps: Vec<Gap>,
}

/// A backend as a configuration names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its name, where the configuration gives it one.
    pub name: String,
    /// Where it is.
    pub address: Address,
    /// What it is spoken to in.
    pub scheme: Scheme,
    /// The address as it is written.
    pub written: String,
    /// The line.
    pub place: Place,
}

/// Where a backend is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A host, by name or number, with its port.
    Host(String, u16),
    /// A unix socket.
    Unix(HostPath),
}

/// What a proxy speaks to a backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// HTTP/1 in plain.
    Http,
    /// HTTP over TLS.
    Https,
    /// HTTP/2 in plain.
    H2c,
    /// FastCGI.
    FastCgi,
    /// SCGI.
    Scgi,
    /// AJP.
    Ajp,
    /// uwsgi.
    Uwsgi,
}

/// A time-out with the directive that sets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeout {
    /// How long.
    pub time: Duration,
    /// The name of the directive or parameter.
    pub directive: &'static str,
    /// The line; none for the proxy's default.
    pub place: Option<Place>,
}

/// The script that a FastCGI application is asked to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// The document root.
    pub root: HostPath,
    /// The script's file.
    pub file: HostPath,
    /// Its path in the URL.
    pub name: String,
}

impl Timeout {
    /// What holds when nothing is written.
    pub const fn usual(secs: u64, directive: &'static str) -> Self {
        Self {
            time: Duration::from_secs(secs),
            directive,
            place: None,
        }
    }
}

/// `HOST:PORT`, `[::1]:PORT`, or a host alone with the usual port.
pub fn host_and_port(text: &str, usual: u16) -> Option<(String, u16)> {
    if text.parse::<core::net::Ipv6Addr>().is_ok() {
        return Some((text.to_owned(), usual));
    }
    let (host, port) = match text.rsplit_once(':') {
        Some(_) if text.ends_with(']') => (text, usual),
        Some((host, port)) => (host, port.parse().ok()?),
        None => (text, usual),
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    // Without a host, this one is meant.
    let bare = if bare.is_empty() { "localhost" } else { bare };
    Some((bare.to_owned(), port))
}

/// Whether a host is a number and no name.
pub fn is_number(host: &str) -> bool {
    host.parse::<IpAddr>().is_ok()
}

/// `10s`, `1m30s`, `1.5h`, `250ms` as Go and Varnish write durations; a bare number
/// is read in seconds.
pub fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut whole = Duration::ZERO;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (digits, behind) = rest.split_at(end);
        let end = behind
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(end);
        let number: f64 = digits.parse().ok()?;
        let secs = number * seconds(unit)?;
        whole = whole.checked_add(Duration::try_from_secs_f64(secs).ok()?)?;
        rest = behind;
    }
    Some(whole)
}

fn seconds(unit: &str) -> Option<f64> {
    Some(match unit.trim() {
        "ns" => 1e-9,
        "us" | "µs" => 1e-6,
        "ms" => 1e-3,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        "w" => 604_800.0,
        "y" => 31_536_000.0,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units_of_several_servers() {
        assert_eq!(duration("1m30s"), Some(Duration::from_secs(90)));
        assert_eq!(duration("0.5s"), Some(Duration::from_millis(500)));
        assert_eq!(duration("250ms"), Some(Duration::from_millis(250)));
        assert_eq!(duration("7"), Some(Duration::from_secs(7)));
        assert_eq!(duration("x"), None);
        assert_eq!(duration("99999999999999999999999h"), None);
    }

    #[test]
    fn addresses_may_lack_host_or_port() {
        let of = |text| host_and_port(text, 80);
        assert_eq!(of(":3000"), Some(("localhost".into(), 3000)));
        assert_eq!(of("node1"), Some(("node1".into(), 80)));
        assert_eq!(of("[::1]:3000"), Some(("::1".into(), 3000)));
        assert_eq!(of("::1"), Some(("::1".into(), 80)));
        assert_eq!(of("[::1]"), Some(("::1".into(), 80)));
        assert_eq!(of("a:b"), None);
    }
}
