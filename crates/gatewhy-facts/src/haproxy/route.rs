//! From a request to its backend and servers.
use super::acl;
use super::config::{Config, Line, Section};
use super::dynamic;
use super::lists::{self, undecided};
use crate::fact::Gap;
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::Place;
use crate::tls::demands::Demands;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

/// A request, as HAProxy sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The address that it arrives at.
    pub local: SocketAddr,
    /// The unix socket that it arrives at in place of that.
    pub socket: Option<HostPath>,
    /// The host that it names, without port.
    pub host: String,
    /// The Host header.
    pub host_header: String,
    /// Path and query.
    pub target: String,
    /// Whether the visitor speaks TLS.
    pub tls: bool,
    /// The server name of the visitor's handshake.
    pub server_name: Option<String>,
    /// The backend that HAProxy's own log says it took for this request.
    pub told: Option<String>,
}

/// A request's way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// What takes it, outermost first, as a person would name it.
    pub blocks: Vec<(String, Place)>,
    /// The backend's name, and where it begins.
    pub backend: Option<(String, Place)>,
    /// Its servers.
    pub servers: Vec<Server>,
    /// The status that the configuration answers with, and the line.
    pub answer: Option<(u16, Place)>,
    /// Why, where it is not what that line asks for.
    pub why_answered: Option<&'static str>,
    /// Rules that would answer, and of whose conditions it is not known whether they hold.
    pub perhaps: Vec<Refusal>,
    /// `timeout connect`.
    pub connect: Option<(Duration, Place)>,
    /// `timeout server`.
    pub server_timeout: Option<(Duration, Place)>,
    /// `timeout queue`; `timeout connect` when it is not set.
    pub queue: Option<(Duration, Place)>,
    /// The health check, as a person would write it: `GET /health`.
    pub check: Option<Check>,
    /// Whether it passes connections on without looking into them: `mode tcp`, which holds
    /// where nothing is said.
    pub is_tcp: bool,
    /// Whether the visitor's own TLS goes on to the server.
    pub passes_tls: bool,
    /// Whether a map or a list in a file had a say in it, which may be changed while HAProxy runs.
    pub by_map: bool,
    /// What could not be decided.
    pub gaps: Vec<Gap>,
}

/// A rule of HAProxy's own that answers in place of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The status that it answers with.
    pub status: u16,
    /// Whether it refuses (`deny`, `tarpit`), and does not just answer (`return`).
    pub denies: bool,
    /// Whether its condition counts what visitors do: `sc_http_req_rate(0) gt 20`.
    pub counts: bool,
    /// The line.
    pub place: Place,
}

/// A health check over HTTP.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Check {
    /// The request's path.
    pub path: String,
    /// The Host header that it sends.
    pub host: Option<String>,
    /// Which answers are good: `status 200`.
    pub expect: Option<String>,
    /// The line.
    pub place: Place,
}

/// A server of a backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub address: Address,
    /// The address as it is written.
    pub written: String,
    /// The section of name servers that it is looked up at, while HAProxy runs.
    pub resolvers: Option<String>,
    /// The line.
    pub place: Place,
    /// Whether it is checked.
    pub checked: bool,
    /// `backup`
    pub backup: bool,
    /// `disabled`
    pub disabled: bool,
    /// `ssl`
    pub tls: bool,
    /// What is demanded of its certificate; `verify required` holds unless it says
    /// `none`.
    pub demands: Demands,
    /// `sni str(…)`, when it is a plain name.
    pub sni: Option<String>,
    /// The line with `send-proxy`, `send-proxy-v2` …: it says who the visitor is first.
    pub sends_proxy: Option<Place>,
    /// `source`: the address that connections to it come from, and the line.
    pub source: Option<(String, Place)>,
    /// `maxconn`
    pub maxconn: Option<u64>,
    /// `proto fcgi`, or the backend's `use-fcgi-app`.
    pub fastcgi: bool,
    /// `proto h2`
    pub http2: bool,
}

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A host, by name or number, with its port.
    Host(String, u16),
    /// A unix socket.
    Unix(HostPath),
    /// A socket that is no file: `abns@NAME`, as HAProxy writes it.
    Abstract(String),
}

impl Request {
    /// The path without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or("/")
    }
}

/// The ports that the configuration binds, with their lines.
pub fn binds(config: &Config) -> Vec<(SocketAddr, &Line)> {
    let sections = config.entrances();
    let lines = sections.flat_map(|section| &section.lines);
    lines
        .filter(|line| line.is(&["bind"]))
        .flat_map(addresses)
        .collect()
}

fn addresses(line: &Line) -> Vec<(SocketAddr, &Line)> {
    let each = line.word(1).split(',').filter_map(|text| {
        let (host, port) = text.rsplit_once(':')?;
        let host = host.trim_start_matches("ipv4@").trim_start_matches("ipv6@");
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let ip: IpAddr = match bare {
            "" | "*" => IpAddr::from([0, 0, 0, 0]),
            "::" => IpAddr::from([0_u16; 8]),
            bare => bare.parse().ok()?,
        };
        Some((SocketAddr::new(ip, port.parse().ok()?), line))
    });
    each.collect()
}

/// What a request meets that no rule leads anywhere.
const NO_BACKEND: &str =
    "no use_backend applies to this request, and there is no default_backend for the rest";

/// Follows a request through the configuration.
pub fn route(config: &Config, request: &Request) -> Route {
    let mut out = Route {
        gaps: config.gaps.clone(),
        ..Route::default()
    };
    let mut next = pass(config, request, &mut out);
    for _ in 0..STAGES {
        let Some(inner) = next else {
            return out;
        };
        next = pass(config, &inner, &mut out);
    }
    out
}

/// The most frontends of one HAProxy that hand a request on to each other by sockets that
/// are no files.
const STAGES: usize = 8;

/// Follows a request through one frontend and its backend, whose servers are the route's
/// then. The request that another frontend of the same HAProxy gets, where it is handed on
/// to one by a socket that only the two know.
fn pass(config: &Config, request: &Request, out: &mut Route) -> Option<Request> {
    let section = entrance(config, request)?;
    out.backend = None;
    out.servers.clear();
    follow(config, section, request, out);
    let [only] = out.servers.as_slice() else {
        return None;
    };
    let Address::Abstract(name) = &only.address else {
        return None;
    };
    let inner = Request {
        socket: Some(HostPath::new(name.clone())),
        tls: only.tls || out.passes_tls,
        told: None,
        ..request.clone()
    };
    if entrance(config, &inner).is_some() {
        return Some(inner);
    }
    let why = "it is no file, and nothing in HAProxy's configuration binds it";
    out.gaps
        .push(Gap::new(format!("who listens on {name}"), why, "ss -lxp"));
    None
}

/// The section that takes the request.
fn entrance<'c>(config: &'c Config, request: &Request) -> Option<&'c Section> {
    let takes = |section: &&Section| {
        let mut lines = section.lines.iter().filter(|line| line.is(&["bind"]));
        if let Some(path) = &request.socket {
            return lines.any(|line| is_socket(line, path));
        }
        lines
            .flat_map(addresses)
            .any(|(bound, _)| fits(bound, request.local))
    };
    config.entrances().find(takes)
}

fn follow(config: &Config, entrance: &Section, request: &Request, out: &mut Route) {
    let text = format!("{} {}", entrance.kind, entrance.name);
    out.blocks.push((text, entrance.place.clone()));
    let mode = config.setting(entrance, &["mode"]);
    out.is_tcp = mode.is_none_or(|line| line.word(1) == "tcp");
    out.passes_tls = out.is_tcp && request.tls && !decrypts(entrance, request);
    // Who got as far as a backend met no rule that answers.
    if request.told.is_none() && !out.is_tcp && answered(config, entrance, request, out) {
        return;
    }
    let Some(backend) = chosen(config, entrance, request, out) else {
        if request.told.is_none() && !out.is_tcp {
            out.answer = Some((503, entrance.place.clone()));
            out.why_answered = Some(NO_BACKEND);
        }
        return;
    };
    if backend.name != entrance.name {
        let text = format!("backend {}", backend.name);
        out.blocks.push((text, backend.place.clone()));
        if request.told.is_none() && !out.is_tcp && answered(config, backend, request, out) {
            return;
        }
    }
    out.backend = Some((backend.name.clone(), backend.place.clone()));
    out.servers = servers(config, backend);
    out.connect = config.timeout(backend, "connect");
    out.server_timeout = config.timeout(backend, "server");
    out.queue = config
        .timeout(backend, "queue")
        .or_else(|| out.connect.clone());
    out.check = check(config, backend);
}

/// Whether the line that binds where the request arrives has `ssl`.
fn decrypts(entrance: &Section, request: &Request) -> bool {
    let mut lines = entrance.lines.iter().filter(|line| line.is(&["bind"]));
    lines.any(|line| {
        let takes = match &request.socket {
            Some(path) => is_socket(line, path),
            None => addresses(line)
                .iter()
                .any(|(bound, _)| fits(*bound, request.local)),
        };
        takes && line.has("ssl")
    })
}

/// `bind /run/web.sock`, `bind unix@/run/web.sock`
fn is_socket(line: &Line, path: &HostPath) -> bool {
    let mut all = line.word(1).split(',');
    all.any(|bound| bound.strip_prefix("unix@").unwrap_or(bound) == path.as_str())
}

fn fits(bound: SocketAddr, local: SocketAddr) -> bool {
    bound.port() == local.port() && (bound.ip().is_unspecified() || bound.ip() == local.ip())
}

/// `http-request deny`, `tarpit` and `return`: an answer of HAProxy's own.
fn answered(config: &Config, section: &Section, request: &Request, out: &mut Route) -> bool {
    for line in section.lines.iter().filter(|l| l.is(&["http-request"])) {
        let Some(refusal) = refusal(section, line) else {
            continue;
        };
        match applies(config, section, line, request, out) {
            Some(true) => {
                out.answer = Some((refusal.status, refusal.place));
                return true;
            }
            Some(false) => {}
            None => {
                out.gaps.push(undecided(config, section, line));
                out.perhaps.push(refusal);
            }
        }
    }
    false
}

fn refusal(section: &Section, line: &Line) -> Option<Refusal> {
    let usual = match line.word(1) {
        "deny" => 403,
        "tarpit" => 500,
        "return" => 200,
        _ => return None,
    };
    let named = line.value("deny_status").or_else(|| line.value("status"));
    Some(Refusal {
        status: named.and_then(|text| text.parse().ok()).unwrap_or(usual),
        denies: line.word(1) != "return",
        counts: acl::counts(section, line),
        place: line.place.clone(),
    })
}

/// Whether a rule applies. What a list in a file decides may have been changed since by
/// HAProxy's own interface, as a map may.
fn applies(
    config: &Config,
    section: &Section,
    line: &Line,
    request: &Request,
    out: &mut Route,
) -> Option<bool> {
    let lists = &config.lists;
    out.by_map |= !lists::of_rule(section, line).is_empty();
    acl::applies(section, line, acl::Asked { request, lists })
}

/// The first `use_backend` that applies, else `default_backend`.
fn chosen<'c>(
    config: &'c Config,
    entrance: &'c Section,
    request: &Request,
    out: &mut Route,
) -> Option<&'c Section> {
    if let Some(told) = &request.told {
        return config.backend(told);
    }
    for line in entrance.lines.iter().filter(|l| l.is(&["use_backend"])) {
        match applies(config, entrance, line, request, out) {
            Some(true) => {
                let text = line.words.join(" ");
                out.blocks.push((text, line.place.clone()));
                match named(config, line, request, out) {
                    Choice::Made(backend) => return backend,
                    Choice::Default => break,
                }
            }
            Some(false) => {}
            None => out.gaps.push(undecided(config, entrance, line)),
        }
    }
    match config.setting(entrance, &["default_backend"]) {
        Some(line) => config.backend(line.word(1)),
        None if entrance.kind == "listen" => Some(entrance),
        None => None,
    }
}

/// What a rule that applies comes to.
enum Choice<'c> {
    Made(Option<&'c Section>),
    /// A name that no backend has is left to `default_backend`; no rule behind is read.
    Default,
}

fn named<'c>(config: &'c Config, line: &Line, request: &Request, out: &mut Route) -> Choice<'c> {
    if !dynamic::is_dynamic(line.word(1)) {
        return Choice::Made(config.backend(line.word(1)));
    }
    match dynamic::named(config, line, request) {
        Ok(named) => {
            out.by_map |= named.by_map;
            let backend = config.backend(&named.name);
            backend.map_or(Choice::Default, |backend| Choice::Made(Some(backend)))
        }
        Err(gap) => {
            out.gaps.push(gap);
            Choice::Made(None)
        }
    }
}

/// The addresses of the name servers of a `resolvers` section.
pub fn name_servers(config: &Config, name: &str) -> Vec<String> {
    let mut sections = config.sections.iter();
    let section = sections.find(|s| s.kind == "resolvers" && s.name == name);
    let lines = section.into_iter().flat_map(|section| &section.lines);
    let servers = lines.filter(|line| line.is(&["nameserver"]));
    servers
        .map(|line| line.word(2).trim_start_matches("udp@").to_owned())
        .collect()
}

/// The servers of a backend.
pub fn servers(config: &Config, backend: &Section) -> Vec<Server> {
    let defaults = config.setting(backend, &["default-server"]);
    let fastcgi = config.setting(backend, &["use-fcgi-app"]).is_some();
    let is_server = |line: &&Line| line.is(&["server"]) || line.is(&["server-template"]);
    let lines = backend.lines.iter().filter(is_server);
    let source = config.setting(backend, &["source"]);
    let source = source.map(|line| (line.word(1).to_owned(), line.place.clone()));
    lines
        .filter_map(|line| {
            let mut server = server(line, defaults, fastcgi)?;
            server.source = server.source.or_else(|| source.clone());
            Some(server)
        })
        .collect()
}

/// `server NAME ADDRESS …`, or `server-template PREFIX COUNT ADDRESS …`, which stands for
/// its first one: all of them have the one name.
fn server(line: &Line, defaults: Option<&Line>, fastcgi: bool) -> Option<Server> {
    let (name, written) = if line.is(&["server-template"]) {
        let first = line
            .word(2)
            .split('-')
            .next()
            .filter(|_| line.word(2).contains('-'));
        (
            format!("{}{}", line.word(1), first.unwrap_or("1")),
            line.word(3),
        )
    } else {
        (line.word(1).to_owned(), line.word(2))
    };
    let has = |name: &str| {
        let off = format!("no-{name}");
        !line.has(&off) && (line.has(name) || defaults.is_some_and(|d| d.has(name)))
    };
    let value = |name: &str| line.value(name).or_else(|| defaults?.value(name));
    let sni = value("sni").and_then(|text| text.strip_prefix("str(")?.strip_suffix(')'));
    let proto = value("proto").unwrap_or_default();
    let tls = has("ssl");
    Some(Server {
        name,
        address: address(written, tls)?,
        written: written.to_owned(),
        resolvers: value("resolvers").map(ToOwned::to_owned),
        place: line.place.clone(),
        checked: has("check"),
        backup: has("backup"),
        disabled: has("disabled"),
        tls,
        demands: demands(&value, &line.place),
        sni: sni.map(ToOwned::to_owned),
        sends_proxy: [Some(line), defaults]
            .into_iter()
            .flatten()
            .find(|line| line.words.iter().any(|word| word.starts_with("send-proxy")))
            .filter(|_| {
                !line
                    .words
                    .iter()
                    .any(|word| word.starts_with("no-send-proxy"))
            })
            .map(|line| line.place.clone()),
        source: [Some(line), defaults]
            .into_iter()
            .flatten()
            .find_map(|line| {
                let written = line.value("source")?;
                Some((written.to_owned(), line.place.clone()))
            }),
        maxconn: value("maxconn").and_then(|text| text.parse().ok()),
        fastcgi: fastcgi || proto == "fcgi",
        http2: proto == "h2",
    })
}

/// `verifyhost`, or else the name that is sent, must be the certificate's.
fn demands<'a>(value: &impl Fn(&str) -> Option<&'a str>, place: &Place) -> Demands {
    if value("verify") == Some("none") {
        return Demands::default();
    }
    let sent = value("sni").and_then(|text| text.strip_prefix("str(")?.strip_suffix(')'));
    Demands {
        authority: true,
        dates: true,
        name: value("verifyhost").or(sent).map(ToOwned::to_owned),
        depth: None,
        trusted: value("ca-file").map(|file| (file.to_owned(), place.clone())),
    }
}

fn address(text: &str, tls: bool) -> Option<Address> {
    if text.starts_with("abns@") {
        return Some(Address::Abstract(text.to_owned()));
    }
    let bare = text
        .strip_prefix("unix@")
        .or_else(|| text.starts_with('/').then_some(text));
    if let Some(path) = bare {
        return Some(Address::Unix(HostPath::new(path)));
    }
    let text = text.trim_start_matches("ipv4@").trim_start_matches("ipv6@");
    let usual = if tls { 443 } else { 80 };
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => {
            (host, port.parse().unwrap_or(usual))
        }
        _ => (text, usual),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    (!host.is_empty()).then(|| Address::Host(host.to_owned(), port))
}

/// `option httpchk` with `http-check send` and `http-check expect`.
fn check(config: &Config, backend: &Section) -> Option<Check> {
    let line = config.setting(backend, &["option", "httpchk"])?;
    let send = config.setting(backend, &["http-check", "send"]);
    let path = send.and_then(|line| line.value("uri")).or_else(|| {
        line.words
            .iter()
            .skip(2)
            .map(String::as_str)
            .find(|w| w.starts_with('/'))
    });
    let host = send.and_then(|line| {
        let at = line
            .words
            .iter()
            .position(|w| w.eq_ignore_ascii_case("host"))?;
        line.words.get(at.checked_add(1)?).cloned()
    });
    let expect = config.setting(backend, &["http-check", "expect"]);
    Some(Check {
        path: path.unwrap_or("/").to_owned(),
        host,
        expect: expect.map(|line| {
            line.words
                .iter()
                .skip(2)
                .cloned()
                .collect::<Vec<_>>()
                .join(" ")
        }),
        place: line.place.clone(),
    })
}

#[cfg(test)]
mod tests;
