//! From a request to the backend that gets it, with every step on the way.
//!
//! [`route`] follows nginx's phases: which server, the normalised URI, the
//! server's rewrites, which location, its rewrites (again, when the URI changed),
//! access, `try_files`, `index`, and the handler. What depends on something that
//! nobody could look at ends in [`Outcome::Undecided`], not in a guess.
mod access;
mod answer;
mod backend;
mod content;
mod location;
mod maps;
mod rewrite;
mod router;
mod server;
mod variables;

pub(super) use maps::map_value;
pub(super) use variables::unknown;

pub use answer::{Answer, BackendRequest, Call, Outcome, Peer, Resolution, Route, Step, Text};

use super::authority::Authority;
use super::files::Files;
use super::model::{Http, Nginx};
use crate::path::HostPath;
use crate::prelude::*;
use core::net::IpAddr;

/// A request as it arrives at nginx.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The address of nginx's end of the connection.
    pub local: Authority,
    /// Whether TLS is spoken.
    pub tls: bool,
    /// The server name of the TLS handshake.
    pub sni: Option<String>,
    /// `GET`, `POST` …
    pub method: String,
    /// The target of the request line, raw: `/path?arguments`, or a whole URL.
    pub target: Vec<u8>,
    /// `HTTP/1.1` and so on.
    pub protocol: String,
    /// The header fields in order, names as sent.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The visitor's address, if known.
    pub client: Option<IpAddr>,
}

/// What of the host a configuration refers to without naming it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Host {
    /// The machine's name, for `$hostname`.
    pub name: Option<String>,
    /// nginx's prefix, for relative paths such as the default root.
    pub prefix: Option<HostPath>,
}

impl Request {
    /// A plain `GET` over HTTP/1.1 with that `Host`.
    pub fn get(local: Authority, host: &str, target: &str) -> Self {
        Self {
            local,
            tls: false,
            sni: None,
            method: "GET".into(),
            target: target.as_bytes().to_vec(),
            protocol: "HTTP/1.1".into(),
            headers: vec![("Host".into(), host.as_bytes().to_vec())],
            client: None,
        }
    }

    /// The first header field of that name.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        let mut all = self.headers.iter();
        let found = all.find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_slice())
    }
}

/// Follows a request through a configuration.
pub fn route(
    nginx: &Nginx,
    http: &Http,
    files: &dyn Files,
    host: &Host,
    request: &Request,
) -> Route {
    router::follow(nginx, http, files, host, request, false)
}

/// Follows a subrequest that nginx itself makes on behalf of that one: locations that are
/// `internal` are open to it.
pub fn subrequest(
    nginx: &Nginx,
    http: &Http,
    files: &dyn Files,
    host: &Host,
    request: &Request,
) -> Route {
    router::follow(nginx, http, files, host, request, true)
}
