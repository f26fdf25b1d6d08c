//! Which causes a symptom leaves open: data, ranked.
use crate::verdict::Confidence;
use core::net::IpAddr;
use gatewhy_facts::log_line::{Record, Role, Server};
use gatewhy_facts::nginx::error_log::Peer;
use gatewhy_facts::symptom::Symptom;

/// What one or more symptoms leave open.
pub(super) struct Lead {
    /// The symptoms.
    pub(super) on: &'static [Symptom],
    /// Only for records like that.
    pub(super) when: Test,
    /// Whether a visitor gets, or soon will get, a gateway's error for it.
    pub(super) failure: bool,
    /// What it is instead, where it is no failure of a gateway.
    pub(super) instead: &'static str,
    /// The causes, likeliest first.
    pub(super) guesses: &'static [Guess],
}

/// One cause that is left open.
pub(super) struct Guess {
    /// Its id.
    pub(super) id: &'static str,
    /// How sure the line makes it.
    pub(super) confidence: Confidence,
    /// Why, with placeholders for the line's own details.
    pub(super) why: &'static str,
    /// Only for records like that.
    pub(super) when: Test,
}

/// A question about a record.
pub(super) type Test = fn(&Record<'_>) -> bool;

/// Failures that leave these causes open.
pub(super) const fn lead(on: &'static [Symptom], guesses: &'static [Guess]) -> Lead {
    Lead {
        on,
        when: always,
        failure: true,
        instead: "",
        guesses,
    }
}

/// Lines that are no failure of a gateway, and what they are instead.
pub(super) const fn no_failure(on: &'static [Symptom], instead: &'static str) -> Lead {
    Lead {
        on,
        when: always,
        failure: false,
        instead,
        guesses: &[],
    }
}

impl Lead {
    /// The same for some records only.
    pub(super) const fn when(mut self, test: Test) -> Self {
        self.when = test;
        self
    }

    /// The same with causes that are worth knowing all the same.
    pub(super) const fn of(mut self, guesses: &'static [Guess]) -> Self {
        self.guesses = guesses;
        self
    }
}

const fn guess(id: &'static str, confidence: Confidence, why: &'static str) -> Guess {
    Guess {
        id,
        confidence,
        why,
        when: always,
    }
}

/// The line itself says it.
pub(super) const fn certain(id: &'static str, why: &'static str) -> Guess {
    guess(id, Confidence::Certain, why)
}

/// Hard to explain otherwise.
pub(super) const fn likely(id: &'static str, why: &'static str) -> Guess {
    guess(id, Confidence::Likely, why)
}

/// Fits as well.
pub(super) const fn possible(id: &'static str, why: &'static str) -> Guess {
    guess(id, Confidence::Possible, why)
}

impl Guess {
    /// The same for some records only.
    pub(super) const fn when(mut self, test: Test) -> Self {
        self.when = test;
        self
    }
}

pub(super) const fn always(_: &Record<'_>) -> bool {
    true
}

fn ip(record: &Record<'_>) -> Option<IpAddr> {
    match record.peer? {
        Peer::Inet(address) => Some(address.ip()),
        Peer::Name(name) => {
            let name = core::str::from_utf8(name).ok()?;
            let host = name.rsplit_once(':').map_or(name, |(host, _)| host);
            host.parse().ok()
        }
        Peer::Unix(_) => None,
    }
}

pub(super) fn is_unix(record: &Record<'_>) -> bool {
    matches!(record.peer, Some(Peer::Unix(_)))
}

pub(super) fn is_not_unix(record: &Record<'_>) -> bool {
    !is_unix(record)
}

pub(super) fn is_loopback(record: &Record<'_>) -> bool {
    let named = matches!(record.peer, Some(Peer::Name(name)) if name == b"localhost" || name.starts_with(b"localhost:"));
    named || ip(record).is_some_and(|ip| ip.is_loopback())
}

/// An address of another host or container.
pub(super) fn is_elsewhere(record: &Record<'_>) -> bool {
    !is_unix(record) && !is_loopback(record)
}

pub(super) fn is_v6(record: &Record<'_>) -> bool {
    ip(record).is_some_and(|ip| ip.is_ipv6())
}

/// An address that nobody may use: a placeholder for *no endpoint*; or the socket at which
/// NGINX Ingress Controller answers 502 for services without any.
pub(super) fn is_placeholder(record: &Record<'_>) -> bool {
    let of_ingress = |path: &[u8]| path.ends_with(b"/nginx-502-server.sock");
    let nobody = match ip(record) {
        Some(IpAddr::V4(ip)) => ip.octets().starts_with(&[0]),
        Some(IpAddr::V6(ip)) => ip.is_unspecified(),
        None => false,
    };
    nobody || record.port() == Some(9) || record.socket_path().is_some_and(of_ingress)
}

pub(super) fn is_fastcgi(record: &Record<'_>) -> bool {
    record.scheme == Some(b"fastcgi")
}

pub(super) fn is_uwsgi(record: &Record<'_>) -> bool {
    matches!(record.scheme, Some(b"uwsgi" | b"suwsgi"))
}

pub(super) fn is_https(record: &Record<'_>) -> bool {
    matches!(
        record.scheme,
        Some(b"https" | b"grpcs" | b"suwsgi" | b"wss")
    )
}

pub(super) fn is_not_https(record: &Record<'_>) -> bool {
    !is_https(record)
}

pub(super) fn is_edge(record: &Record<'_>) -> bool {
    record.server.role() == Role::Edge
}

pub(super) fn is_not_edge(record: &Record<'_>) -> bool {
    !is_edge(record)
}

pub(super) fn is_alb(record: &Record<'_>) -> bool {
    record.server == Server::Alb
}

/// A unit or process that is itself a gateway: by its name, or by the description
/// that its package gives its unit.
pub(super) fn is_gateway_program(record: &Record<'_>) -> bool {
    const NAMES: [&str; 11] = [
        "nginx",
        "apache",
        "httpd",
        "haproxy",
        "caddy",
        "traefik",
        "envoy",
        "varnish",
        "lighttpd",
        "high performance web server",
        "load balancer",
    ];
    let name = record.text.unwrap_or_default().to_ascii_lowercase();
    NAMES
        .iter()
        .any(|known| gatewhy_facts::scan::holds(&name, known))
}

/// nginx in a container: on a booted host such small numbers are the kernel's own
/// threads.
pub(super) fn is_in_container(record: &Record<'_>) -> bool {
    record.server == Server::Nginx && record.pid.is_some_and(|pid| pid < 100)
}

pub(super) fn is_other_program(record: &Record<'_>) -> bool {
    !is_gateway_program(record)
}

pub(super) fn is_signal_9(record: &Record<'_>) -> bool {
    record.number == Some(9)
}

pub(super) fn is_signal_15(record: &Record<'_>) -> bool {
    record.number == Some(15)
}

/// Whether the text that the line quotes holds a word.
pub(super) fn text_has(record: &Record<'_>, word: &str) -> bool {
    let text = record.text.unwrap_or(record.message);
    gatewhy_facts::scan::holds(text, word)
}
