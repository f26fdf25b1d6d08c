//! What a configuration comes to: servers with routes, as Caddy's JSON has them.
use crate::fact::Gap;
use crate::forward::Timeout;
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::Place;

/// A configuration, as far as it could be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The servers.
    pub servers: Vec<Server>,
    /// Where it may be asked what it runs with: `localhost:2019` unless told otherwise,
    /// `off` for nowhere.
    pub admin: Option<String>,
    /// The file that errors are logged to, when it is not the standard error.
    pub log_file: Option<HostPath>,
    /// Every file that something is logged to.
    pub logs: Vec<HostPath>,
    /// What could not be looked at.
    pub gaps: Vec<Gap>,
    /// Whether the main file is there at all.
    pub is_there: bool,
    /// Whether it names variables of Caddy's environment: `{$NAME}`.
    pub names_variables: bool,
}

/// What listens on some ports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Server {
    /// The ports, each with the line that asks for it.
    pub ports: Vec<(u16, Place)>,
    /// Its routes, in order.
    pub routes: Vec<Route>,
}

/// Handlers for the requests that fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// As a person would name it, and where it stands.
    pub block: Option<(String, Place)>,
    /// Any of these must fit; a route without any takes all.
    pub matches: Vec<Match>,
    /// What is done, in order.
    pub handlers: Vec<Handler>,
    /// Of the routes of one group only the first that fits is taken.
    pub group: Option<String>,
    /// Whether no further route is looked at.
    pub terminal: bool,
}

/// Conditions that must all hold; those that are empty always do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Match {
    /// Hosts, perhaps with `*` for a label.
    pub hosts: Vec<String>,
    /// Paths, perhaps with `*` at an end.
    pub paths: Vec<String>,
    /// A regular expression on the path.
    pub path_regexp: Option<String>,
    /// Methods.
    pub methods: Vec<String>,
    /// `http` or `https`.
    pub protocol: Option<String>,
    /// Headers with the values of which any will do.
    pub headers: Vec<(String, Vec<String>)>,
    /// One of these files must be there.
    pub file: Option<TryFiles>,
    /// None of these may hold.
    pub not: Vec<Match>,
    /// A condition that is not evaluated, by its name and place.
    pub unknown: Option<(String, Place)>,
}

/// A matcher on files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TryFiles {
    /// The folder they are in; none for the site's.
    pub root: Option<String>,
    /// The names, with placeholders.
    pub names: Vec<String>,
    /// Endings at which a name is cut: `.php`.
    pub split: Vec<String>,
}

/// What is done with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handler {
    /// Routes within a route.
    Subroute(Vec<Route>),
    /// `reverse_proxy`
    Proxy(Box<Proxy>),
    /// `forward_auth`: a backend that is asked whether the request may go on.
    Ask(Box<Proxy>),
    /// An answer with this status.
    Respond(u16, Place),
    /// `strip_path_prefix`
    StripPrefix(String),
    /// `strip_path_suffix`
    StripSuffix(String),
    /// Another path or query, with placeholders.
    Rewrite(String),
    /// The site's folder.
    Root(String),
    /// `file_server`
    FileServer,
    /// Something that may end the request and is not known, by its name.
    Unknown(String, Place),
}

/// `reverse_proxy`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxy {
    /// Where it stands.
    pub place: Place,
    /// The backends.
    pub upstreams: Vec<Upstream>,
    /// Whether further ones are looked up at run time.
    pub dynamic: bool,
    /// `transport fastcgi`
    pub fastcgi: bool,
    /// TLS to the backend.
    pub tls: bool,
    /// HTTP/2 without TLS.
    pub h2c: bool,
    /// The name in the handshake.
    pub tls_name: Option<String>,
    /// Whether the backend's certificate is taken as it is: `tls_insecure_skip_verify`.
    pub tls_unchecked: bool,
    /// The files of certificates that are trusted in place of the system's, with the line.
    pub tls_trusted: Vec<(String, Place)>,
    /// `header_up Host`
    pub host: Option<String>,
    /// The folder of FastCGI scripts.
    pub root: Option<String>,
    /// Endings at which the script's name is cut.
    pub split: Vec<String>,
    /// What an active health check asks for.
    pub check: Option<(String, Place)>,
    /// `dial_timeout`
    pub dial_timeout: Option<Timeout>,
    /// `response_header_timeout`, or FastCGI's `read_timeout`.
    pub read_timeout: Option<Timeout>,
}

/// A backend.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upstream {
    /// `HOST:PORT` or `unix/PATH`, as written without its scheme.
    pub dial: String,
    /// Where it stands.
    pub place: Place,
}

impl Match {
    /// Whether it asks for nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
