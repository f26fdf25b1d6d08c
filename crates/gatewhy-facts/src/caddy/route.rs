//! From a request to its backends.
use super::directives::undecided;
use super::model::{Config, Handler, Match, Proxy, Route, TryFiles, Upstream};
use crate::fact::{Fact, Gap};
use crate::forward::{self, Address, Request, Route as Forward, Scheme, Script, Target};
use crate::nginx::files::{Files, Kind};
use crate::nginx::pattern;
use crate::path::HostPath;
use crate::prelude::*;
use crate::tls::demands::Demands;

/// The deepest nesting of routes that is followed.
const DEPTH: usize = 32;
/// Names that matchers on files try in all.
const TRIES: usize = 64;

/// Follows a request through the configuration.
pub fn route(config: &Config, files: &dyn Files, request: &Request) -> Forward {
    let mut state = State {
        files,
        request,
        path: request.path().to_owned(),
        query: request.query().to_owned(),
        root: None,
        matched: String::new(),
        tries: 0,
        out: Forward {
            error_log: config.log_file.clone(),
            gaps: config.gaps.clone(),
            ..Forward::default()
        },
    };
    let takes = |ports: &[(u16, crate::source_text::Place)]| {
        ports.iter().any(|(port, _)| *port == request.local.port())
    };
    // Which sites listen on a socket (`bind`) is not told apart.
    let by_socket = request.socket.is_some();
    for server in &config.servers {
        if (by_socket || takes(&server.ports)) && state.run(&server.routes, DEPTH) {
            break;
        }
    }
    if by_socket && config.servers.len() > 1 {
        let why = "which of the sites listens on it is not told apart";
        let what = request.socket.as_ref().map(ToString::to_string);
        let gap = Gap::new(what.unwrap_or_default(), why, "");
        state.out.gaps.push(gap);
    }
    state.out
}

struct State<'r> {
    files: &'r dyn Files,
    request: &'r Request,
    path: String,
    query: String,
    root: Option<String>,
    matched: String,
    tries: usize,
    out: Forward,
}

impl State<'_> {
    /// Whether the request ended in one of these routes.
    fn run(&mut self, routes: &[Route], depth: usize) -> bool {
        let mut taken: BTreeSet<&str> = BTreeSet::new();
        for route in routes {
            let group = route.group.as_deref();
            if group.is_some_and(|group| taken.contains(group)) || !self.fits(route) {
                continue;
            }
            taken.extend(group);
            let blocks = self.out.blocks.len();
            self.out.blocks.extend(route.block.clone());
            if depth == 0 || self.handle(&route.handlers, depth.saturating_sub(1)) {
                return true;
            }
            self.out.blocks.truncate(blocks);
            if route.terminal {
                return true;
            }
        }
        false
    }

    fn handle(&mut self, handlers: &[Handler], depth: usize) -> bool {
        handlers.iter().any(|handler| match handler {
            Handler::Subroute(routes) => self.run(routes, depth),
            Handler::Proxy(proxy) => {
                self.forward(proxy);
                true
            }
            Handler::Ask(proxy) => {
                self.ask(proxy);
                false
            }
            Handler::Respond(status, place) => {
                self.out.answer = Some((*status, place.clone()));
                true
            }
            Handler::FileServer => true,
            Handler::Unknown(name, place) => {
                self.out.gaps.push(undecided(name, place));
                false
            }
            change => {
                self.change(change);
                false
            }
        })
    }

    fn change(&mut self, handler: &Handler) {
        match handler {
            Handler::StripPrefix(prefix) => {
                let rest = self
                    .path
                    .strip_prefix(prefix.as_str())
                    .unwrap_or(&self.path);
                let slash = if rest.starts_with('/') { "" } else { "/" };
                self.path = format!("{slash}{rest}");
            }
            Handler::StripSuffix(suffix) => {
                let rest = self.path.strip_suffix(suffix.as_str());
                self.path = rest.unwrap_or(&self.path).to_owned();
            }
            Handler::Rewrite(to) => {
                let new = self.filled(to);
                let (path, query) = match new.find('?').and_then(|at| new.split_at_checked(at)) {
                    Some((path, query)) => (path.to_owned(), Some(query.to_owned())),
                    None => (new, None),
                };
                if !path.is_empty() {
                    self.path = path;
                }
                self.query = query.unwrap_or_else(|| self.query.clone());
            }
            Handler::Root(root) => self.root = Some(root.clone()),
            _ => {}
        }
    }

    /// Placeholders replaced.
    fn filled(&self, text: &str) -> String {
        let uri = format!("{}{}", self.path, self.query);
        let query = self.query.trim_start_matches('?');
        let values: [(&str, &str); 10] = [
            ("{http.matchers.file.relative}", &self.matched),
            ("{file_match.relative}", &self.matched),
            ("{http.request.uri.path}", &self.path),
            ("{path}", &self.path),
            ("{http.request.uri.query}", query),
            ("{query}", query),
            ("{http.request.uri}", &uri),
            ("{uri}", &uri),
            ("{http.request.host}", &self.request.host),
            ("{host}", &self.request.host),
        ];
        let mut out = text.to_owned();
        for (name, value) in values {
            out = out.replace(name, value);
        }
        out
    }

    fn fits(&mut self, route: &Route) -> bool {
        route.matches.is_empty() || route.matches.iter().any(|one| self.holds(one))
    }

    fn holds(&mut self, one: &Match) -> bool {
        let plain = self.host(one) && self.on_path(one) && self.on_method(one);
        if !plain || !headers(one) {
            return false;
        }
        if let Some((name, place)) = &one.unknown {
            self.out.gaps.push(undecided(name, place));
            return false;
        }
        if one.not.iter().any(|not| self.holds(not)) {
            return false;
        }
        one.file.as_ref().is_none_or(|file| self.finds(file))
    }

    fn host(&self, one: &Match) -> bool {
        let fits = |pattern: &String| host_fits(pattern, &self.request.host);
        one.hosts.is_empty() || one.hosts.iter().any(fits)
    }

    fn on_path(&self, one: &Match) -> bool {
        let listed = one.paths.is_empty() || one.paths.iter().any(|p| path_fits(p, &self.path));
        let regexp = one.path_regexp.as_ref().is_none_or(|regexp| {
            let found = pattern::find(regexp.as_bytes(), false, self.path.as_bytes());
            found.is_ok_and(|found| found.is_some())
        });
        listed && regexp
    }

    fn on_method(&self, one: &Match) -> bool {
        let method = one.methods.is_empty() || one.methods.iter().any(|m| m == "GET");
        let scheme = if self.request.tls { "https" } else { "http" };
        let protocol = one.protocol.as_ref();
        method && protocol.is_none_or(|p| p.eq_ignore_ascii_case(scheme))
    }

    /// Whether one of the files is there, which placeholders then name.
    fn finds(&mut self, file: &TryFiles) -> bool {
        let root = file.root.clone().or_else(|| self.root.clone());
        let root = HostPath::new(root.unwrap_or_else(|| ".".to_owned()));
        for name in &file.names {
            self.tries = self.tries.saturating_add(1);
            if name.starts_with('=') || self.tries > TRIES {
                return false;
            }
            let relative = cut(&self.filled(name), &file.split).0;
            let path = root.join(relative.trim_start_matches('/'));
            // Only where the pattern itself ends so is a folder meant.
            let wanted = if name.ends_with('/') {
                Kind::Folder
            } else {
                Kind::File
            };
            match self.files.kind(&path) {
                Fact::Found(kind, _) if kind == wanted => {
                    let slash = if relative.starts_with('/') { "" } else { "/" };
                    self.matched = format!("{slash}{relative}");
                    return true;
                }
                Fact::Found(..) | Fact::Absent(_) => {}
                Fact::Unknown(gap) => self.out.gaps.push(gap),
            }
        }
        false
    }

    /// Asked before the request goes on.
    fn ask(&mut self, proxy: &Proxy) {
        let out = &mut self.out;
        let block = ("forward_auth".to_owned(), proxy.place.clone());
        out.blocks.push(block);
        for upstream in &proxy.upstreams {
            match target(proxy, upstream) {
                Some(target) => out.asked.push(target),
                None => out.gaps.push(undecided(&upstream.dial, &upstream.place)),
            }
        }
    }

    fn forward(&mut self, proxy: &Proxy) {
        let out = &mut self.out;
        out.blocks
            .push(("reverse_proxy".to_owned(), proxy.place.clone()));
        for upstream in &proxy.upstreams {
            match target(proxy, upstream) {
                Some(target) => out.targets.push(target),
                None => out.gaps.push(undecided(&upstream.dial, &upstream.place)),
            }
        }
        if proxy.dynamic {
            out.gaps.push(undecided("dynamic", &proxy.place));
        }
        if proxy.upstreams.len() > 1 {
            out.group = Some("reverse_proxy".to_owned());
        }
        out.check.clone_from(&proxy.check);
        out.connect.clone_from(&proxy.dial_timeout);
        out.read.clone_from(&proxy.read_timeout);
        out.sent = format!("{}{}", self.path, self.query);
        let dialled = match out.targets.first().map(|target| &target.address) {
            Some(Address::Host(host, _)) => Some(host.clone()),
            _ => None,
        };
        out.demands = demands(proxy, dialled.as_ref());
        let named = dialled.filter(|host| !forward::is_number(host));
        out.tls_name = proxy.tls_name.clone().or(named);
        out.host = proxy.host.as_deref().and_then(|host| match host {
            "{host}" | "{http.request.host}" | "{http.request.hostport}" => None,
            "{upstream_hostport}" | "{http.reverse_proxy.upstream.hostport}" => proxy
                .upstreams
                .first()
                .map(|upstream| upstream.dial.clone()),
            host => Some(host.to_owned()),
        });
        if proxy.fastcgi {
            self.out.script = Some(self.script(proxy));
        }
    }

    fn script(&self, proxy: &Proxy) -> Script {
        let root = proxy.root.clone().or_else(|| self.root.clone());
        let root = HostPath::new(root.unwrap_or_else(|| ".".to_owned()));
        let (name, _) = cut(&self.path, &proxy.split);
        Script {
            file: root.join(name.trim_start_matches('/')),
            root,
            name,
        }
    }
}

/// A name up to the first ending, and what follows.
fn cut(name: &str, endings: &[String]) -> (String, String) {
    let lower = name.to_ascii_lowercase();
    let ends = endings.iter().filter_map(|end| {
        let at = lower.find(&end.to_ascii_lowercase())?;
        at.checked_add(end.len())
    });
    match ends.min().and_then(|at| name.split_at_checked(at)) {
        Some((name, rest)) => (name.to_owned(), rest.to_owned()),
        None => (name.to_owned(), String::new()),
    }
}

/// What our own requests do not send does not fit.
fn headers(one: &Match) -> bool {
    let sent = ["host", "user-agent", "accept", "connection"];
    one.headers.iter().all(|(name, _)| {
        name.starts_with('!') || sent.iter().any(|own| own.eq_ignore_ascii_case(name))
    })
}

fn host_fits(pattern: &str, host: &str) -> bool {
    let labels = (pattern.split('.'), host.split('.'));
    if !pattern.contains('*') {
        return pattern.eq_ignore_ascii_case(host);
    }
    pattern.split('.').count() == host.split('.').count()
        && labels
            .0
            .zip(labels.1)
            .all(|(wanted, label)| wanted == "*" || wanted.eq_ignore_ascii_case(label))
}

/// `*` stands for anything at an end; paths have no case here.
fn path_fits(pattern: &str, path: &str) -> bool {
    let (pattern, path) = (pattern.to_ascii_lowercase(), path.to_ascii_lowercase());
    let (lead, tail) = (pattern.starts_with('*'), pattern.ends_with('*'));
    let bare = pattern.trim_matches('*');
    match (lead, tail) {
        (true, true) => path.contains(bare),
        (true, false) => path.ends_with(bare),
        (false, true) => path.starts_with(bare),
        (false, false) if bare.contains('*') => fits_in_parts(bare, &path),
        (false, false) => path == bare,
    }
}

/// A `*` inside stands for one part between slashes.
fn fits_in_parts(pattern: &str, path: &str) -> bool {
    let (wanted, parts) = (pattern.split('/'), path.split('/'));
    pattern.split('/').count() == path.split('/').count()
        && wanted
            .zip(parts)
            .all(|(wanted, part)| crate::nginx::glob::matches(wanted.as_bytes(), part.as_bytes()))
}

/// Of several files of trusted certificates none is read: what they hold together is
/// not known here.
fn demands(proxy: &Proxy, dialled: Option<&String>) -> Demands {
    if !proxy.tls || proxy.tls_unchecked {
        return Demands::default();
    }
    let name = proxy.tls_name.as_ref().or(dialled);
    let plain = name.filter(|name| !name.contains('{'));
    let trusted = match proxy.tls_trusted.as_slice() {
        [one] => Some(one.clone()),
        _ => None,
    };
    Demands::of_go(plain.cloned(), trusted)
}

fn target(proxy: &Proxy, upstream: &Upstream) -> Option<Target> {
    let dial = upstream.dial.as_str();
    if dial.contains('{') {
        return None;
    }
    let usual = if proxy.tls { 443 } else { 80 };
    let address = if let Some(path) = dial.strip_prefix("unix/") {
        Address::Unix(HostPath::new(path))
    } else {
        let (host, port) = forward::host_and_port(dial, usual)?;
        Address::Host(host, port)
    };
    Some(Target {
        name: dial.to_owned(),
        address,
        scheme: match (proxy.fastcgi, proxy.tls, proxy.h2c) {
            (true, ..) => Scheme::FastCgi,
            (_, true, _) => Scheme::Https,
            (_, _, true) => Scheme::H2c,
            _ => Scheme::Http,
        },
        written: dial.to_owned(),
        place: upstream.place.clone(),
    })
}

/// The ports that the configuration listens on, with their lines.
pub fn ports(config: &Config) -> Vec<(u16, crate::source_text::Place)> {
    let servers = config.servers.iter();
    servers.flat_map(|server| server.ports.clone()).collect()
}
