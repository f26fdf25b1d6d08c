//! What nginx refuses once it has read all of a configuration: duplicates,
//! addresses that cannot be, locations outside their parents.
use super::authority::Authority;
use super::handler::{self, Pass, Target};
use super::model::{Http, Location, Matcher, Server};
use super::scope::flag;
use super::tree::Directive;
use crate::prelude::*;
use crate::source_text::{Place, Problem};
use alloc::sync::Arc;

/// What is wrong with the `http` block as a whole.
pub(super) fn check(http: &Http, problems: &mut Vec<Problem>) {
    let mut checker = Checker { http, problems };
    checker.upstreams();
    checker.listens();
    checker.log_formats();
    for server in &http.servers {
        checker.server(server);
    }
}

struct Checker<'a> {
    http: &'a Http,
    problems: &'a mut Vec<Problem>,
}

impl Checker<'_> {
    fn problem(&mut self, place: &Place, what: String) {
        let place = place.clone();
        self.problems.push(Problem { place, what });
    }

    fn upstreams(&mut self) {
        let mut names = BTreeSet::new();
        for upstream in &self.http.upstreams {
            let name = crate::untrusted::shown(upstream.name.as_bytes());
            if !names.insert(upstream.name.to_ascii_lowercase()) {
                self.problem(&upstream.place, format!("duplicate upstream \"{name}\""));
            }
            let is_empty = upstream.servers.is_empty() && upstream.gaps.is_empty();
            if is_empty && !self.has_refused_servers(&upstream.place) {
                self.problem(&upstream.place, "no servers are inside upstream".into());
            }
        }
    }

    /// A server that was refused stands there all the same.
    fn has_refused_servers(&self, place: &Place) -> bool {
        let block = self.http.directive.block();
        let upstream = block.iter().find(|d| d.place == *place);
        upstream.is_some_and(|d| d.block().iter().any(|d| d.is("server")))
    }

    fn listens(&mut self) {
        let mut defaults: BTreeSet<(&Authority, bool)> = BTreeSet::new();
        let mut found = Vec::new();
        for server in &self.http.servers {
            for (index, listen) in server.listens.iter().enumerate() {
                let key = (&listen.address, listen.options.quic);
                let mut before = server.listens.iter().take(index);
                let is_repeated = before.any(|l| (&l.address, l.options.quic) == key);
                let what = if is_repeated {
                    format!("a duplicate listen {}", listen.address)
                } else if listen.options.default_server && !defaults.insert(key) {
                    format!("a duplicate default server for {}", listen.address)
                } else {
                    continue;
                };
                let place = listen.place.as_ref().unwrap_or(&server.directive.place);
                found.push((place.clone(), what));
            }
        }
        for (place, what) in found {
            self.problem(&place, what);
        }
    }

    /// `access_log` may only name formats that exist, `combined` or none.
    fn log_formats(&mut self) {
        let block = self.http.directive.block();
        if !self.http.gaps.is_empty() {
            return;
        }
        let formats = block.iter().filter(|d| d.is("log_format"));
        let mut names: BTreeSet<&[u8]> = formats.filter_map(|d| d.arg(0)).collect();
        names.insert(b"combined");
        let mut found = Vec::new();
        unknown_formats(block, &names, &mut found);
        for (place, what) in found {
            self.problem(&place, what);
        }
    }

    fn server(&mut self, server: &Server) {
        self.certificate(server);
        self.locations(&server.locations, None);
    }

    /// A TLS socket needs a certificate, unless the handshake is refused anyway.
    fn certificate(&mut self, server: &Server) {
        let http = self.http;
        let Some(listen) = server.listens.iter().find(|l| l.options.ssl) else {
            return;
        };
        let levels = [server.directive.block(), http.directive.block()];
        let has = |name: &str| levels.iter().any(|level| level.iter().any(|d| d.is(name)));
        let rejects = levels.iter().any(|level| {
            let mut all = level.iter().filter(|d| d.is("ssl_reject_handshake"));
            all.any(|d| d.arg(0).and_then(flag) == Some(true))
        });
        let code = [
            "ssl_certificate_by_lua_block",
            "ssl_certificate_by_lua_file",
        ];
        let unsure =
            !server.gaps.is_empty() || !http.gaps.is_empty() || code.iter().any(|c| has(c));
        if has("ssl_certificate") || rejects || unsure || self.default_has_certificate(listen) {
            return;
        }
        let what = "no \"ssl_certificate\" is defined for the \"listen ... ssl\" directive";
        let place = listen.place.clone().unwrap_or_default();
        self.problem(&place, what.into());
    }

    /// Only the default server of an address must have a certificate to start.
    fn default_has_certificate(&self, listen: &super::listen::Listen) -> bool {
        let on_it = self.http.servers.iter().flat_map(|server| {
            let same = server
                .listens
                .iter()
                .filter(|l| l.address == listen.address);
            same.map(move |l| (server, l))
        });
        let all: Vec<_> = on_it.collect();
        let default = all.iter().find(|(_, l)| l.options.default_server);
        let default = default.or_else(|| all.first());
        default.is_some_and(|(server, _)| {
            let block = server.directive.block();
            block
                .iter()
                .any(|d| d.is("ssl_certificate") || d.is("ssl_reject_handshake"))
        })
    }

    fn locations(&mut self, level: &[Location], parent: Option<&Location>) {
        let mut seen = BTreeSet::new();
        for (index, location) in level.iter().enumerate() {
            let place = &location.directive.place;
            let (kind, name) = kind_and_name(&location.matcher);
            let is_repeated = if level.len() <= 16 {
                let mut before = level.iter().take(index);
                before.any(|other| kind_and_name(&other.matcher) == (kind, name))
            } else {
                !seen.insert((kind, name))
            };
            if kind != Kind::Regex && is_repeated {
                let name = crate::untrusted::shown(name);
                self.problem(place, format!("duplicate location \"{name}\""));
            }
            if let Some(parent) = parent {
                self.nested(location, parent);
            }
            self.passes(location);
            self.locations(&location.locations, Some(location));
        }
    }

    fn nested(&mut self, location: &Location, parent: &Location) {
        let (kind, name) = kind_and_name(&location.matcher);
        let (outer_kind, outer) = kind_and_name(&parent.matcher);
        let (inner, of) = (
            crate::untrusted::shown(name),
            crate::untrusted::shown(outer),
        );
        let what = match (kind, outer_kind) {
            (_, Kind::Exact) => {
                format!("location \"{inner}\" cannot be inside the exact location \"{of}\"")
            }
            (_, Kind::Named) => {
                format!("location \"{inner}\" cannot be inside the named location \"{of}\"")
            }
            (Kind::Named, _) => {
                format!("named location \"{inner}\" can be on the server level only")
            }
            (Kind::Exact | Kind::Prefix, _) if !name.starts_with(outer) => {
                format!("location \"{inner}\" is outside location \"{of}\"")
            }
            _ => return,
        };
        self.problem(&location.directive.place, what);
    }

    fn passes(&mut self, location: &Location) {
        let (kind, _) = kind_and_name(&location.matcher);
        let named = matches!(kind, Kind::Regex | Kind::Named);
        for directive in location.directive.block() {
            if let Some(pass) = handler::pass(directive) {
                self.pass(&pass, named);
            }
            let is_inner = directive.is("if") || directive.is("limit_except");
            for inner in directive.block().iter().filter(|_| is_inner) {
                if let Some(pass) = handler::pass(inner) {
                    self.pass(&pass, true);
                }
            }
        }
    }

    fn pass(&mut self, pass: &Pass, no_uri: bool) {
        let what = match &pass.target {
            Target::Invalid(why @ "invalid URL prefix") => (*why).to_owned(),
            Target::Invalid(why) => {
                let url = crate::untrusted::shown(&pass.written);
                format!("{why} in upstream \"{url}\"")
            }
            Target::Fixed { uri: Some(_), .. } if no_uri => {
                "\"proxy_pass\" cannot have URI part in location given by regular expression, \
                 or inside named location, or inside \"if\" statement, or inside \
                 \"limit_except\" block"
                    .into()
            }
            Target::Fixed {
                authority: Authority::Name { port, .. },
                host,
                has_port,
                ..
            } => match self.http.upstream(host) {
                Some(_) if *has_port => {
                    let host = crate::untrusted::shown(host.as_bytes());
                    format!("upstream \"{host}\" may not have port {port}")
                }
                None if *port == 0 && self.http.gaps.is_empty() => {
                    let host = crate::untrusted::shown(host.as_bytes());
                    format!("no port in upstream \"{host}\"")
                }
                _ => return,
            },
            Target::Fixed { .. } | Target::Variable => return,
        };
        self.problem(&pass.place, what);
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Exact,
    Prefix,
    Regex,
    Named,
}

fn kind_and_name(matcher: &Matcher) -> (Kind, &[u8]) {
    match matcher {
        Matcher::Exact(path) => (Kind::Exact, path),
        Matcher::Prefix { path, .. } => (Kind::Prefix, path),
        Matcher::Regex { pattern, .. } => (Kind::Regex, pattern),
        Matcher::Named(name) => (Kind::Named, name),
    }
}

fn unknown_formats(
    block: &[Arc<Directive>],
    names: &BTreeSet<&[u8]>,
    found: &mut Vec<(Place, String)>,
) {
    for directive in block {
        if directive.is("access_log")
            && let Some(format) = directive.arg(1)
            && !format.contains(&b'=')
            && !names.contains(format)
        {
            let shown = crate::untrusted::shown(format);
            let what = format!("unknown log format \"{shown}\"");
            found.push((directive.place.clone(), what));
        }
        unknown_formats(directive.block(), names, found);
    }
}
