//! From a request to its backends.
use super::config::{Config, EntryPoint};
use super::rule;
use crate::document::Node;
use crate::fact::Gap;
use crate::forward::{
    Address, Request, Route, Routes, Scheme, Target, Timeout, duration, host_and_port,
};
use crate::nginx::files::Files;
use crate::prelude::*;
use crate::tls::demands::Demands;
use core::time::Duration;

/// How deep services may stand for one another.
const DEPTH: usize = 8;
/// The most middlewares that one request goes through.
const MIDDLEWARES: usize = 64;
/// Seconds to connect when nothing is written.
const DIAL_SECS: u64 = 30;

impl Routes for Config {
    fn route(&self, _files: &dyn Files, request: &Request) -> Route {
        let mut state = State {
            config: self,
            request,
            path: request.path().to_owned(),
            out: Route {
                error_log: self.log_file(),
                gaps: self.gaps.clone(),
                ..Route::default()
            },
            left: MIDDLEWARES,
        };
        let points = self.entry_points();
        let point = points
            .iter()
            .find(|point| point.port == request.local.port());
        if let Some(point) = point {
            state.enter(point);
        }
        let query = request.query();
        state.out.sent = format!("{}{query}", state.path);
        state.out
    }
}

struct State<'r> {
    config: &'r Config,
    request: &'r Request,
    path: String,
    out: Route,
    left: usize,
}

/// A router with what decides about it.
struct Router<'r> {
    name: &'r str,
    node: &'r Node,
    priority: i64,
}

impl<'r> State<'r> {
    fn block(&mut self, name: String, node: &Node) {
        self.out.blocks.push((name, node.place()));
    }

    fn undecided(&mut self, name: &str, node: &Node) {
        let place = node.place();
        self.out.gaps.push(Gap::new(
            format!("{name} ({}:{})", place.file, place.span.line),
            "what it does with this request is not evaluated",
            "",
        ));
    }

    fn enter(&mut self, point: &EntryPoint<'_>) {
        self.out
            .blocks
            .push((format!("entryPoint {}", point.name), point.place.clone()));
        let to = point.node.at(&["http", "redirections", "entryPoint", "to"]);
        if to.text().is_some() {
            self.out.answer = Some((301, to.place()));
            return;
        }
        let Some(router) = self.chosen(point) else {
            return;
        };
        self.block(format!("router {}", router.name), router.node);
        let every = point.node.at(&["http", "middlewares"]).texts();
        let own = router.node.get("middlewares").texts();
        for name in every.into_iter().chain(own) {
            self.middleware(name);
        }
        if self.out.answer.is_some() {
            return;
        }
        match router.node.get("service").text() {
            Some(name) => self.service(name, DEPTH),
            None => self.undecided("a router without a service", router.node),
        }
    }

    /// The router of the highest priority that fits.
    fn chosen(&mut self, point: &EntryPoint<'_>) -> Option<Router<'r>> {
        let points = self.config.entry_points();
        let all = self.config.part("routers");
        let mut routers: Vec<Router<'r>> = all
            .filter(|(_, node)| {
                enters(node, point, &points) && takes(node, point, self.request.tls)
            })
            .map(|(name, node)| Router {
                name,
                node,
                priority: priority(node),
            })
            .collect();
        routers.sort_by_key(|router| core::cmp::Reverse(router.priority));
        for router in routers {
            let rule = router.node.get("rule");
            match rule::fits(rule.text().unwrap_or_default(), self.request) {
                Some(true) => return Some(router),
                Some(false) => {}
                None => self.undecided(&format!("the rule of router {}", router.name), rule),
            }
        }
        None
    }

    fn middleware(&mut self, name: &str) {
        let Some(left) = self.left.checked_sub(1) else {
            return;
        };
        self.left = left;
        let Some(node) = self.config.member("middlewares", name) else {
            let what = format!("middleware {name}");
            let why = "no file of the file provider has it";
            self.out.gaps.push(Gap::new(what, why, ""));
            return;
        };
        let config = self.config;
        for (kind, set) in config.member("middlewares", name).unwrap_or(node).members() {
            self.change(&kind.to_ascii_lowercase(), set);
        }
    }

    fn change(&mut self, kind: &str, set: &'r Node) {
        match kind {
            "stripprefix" => {
                let prefixes = set.get("prefixes").texts();
                let mut found = prefixes.iter().filter_map(|p| self.path.strip_prefix(p));
                if let Some(rest) = found.next() {
                    let slash = if rest.starts_with('/') { "" } else { "/" };
                    self.path = format!("{slash}{rest}");
                }
            }
            "addprefix" => {
                let prefix = set.get("prefix").text().unwrap_or_default();
                self.path = format!("{prefix}{}", self.path);
            }
            "replacepath" => {
                let path = set.get("path").text();
                self.path = path.map_or_else(|| self.path.clone(), ToOwned::to_owned);
            }
            "redirectscheme" => {
                let https = set.get("scheme").text() == Some("https");
                if https != self.request.tls {
                    self.out.answer = Some((302, set.place()));
                }
            }
            "chain" => {
                for name in set.get("middlewares").texts() {
                    self.middleware(name);
                }
            }
            "headers" => {
                let host = set.at(&["customRequestHeaders", "Host"]).text();
                self.out.host = host.map(ToOwned::to_owned).or(self.out.host.take());
            }
            // They keep somebody out, or change nothing of where a request goes.
            "basicauth" | "digestauth" | "compress" | "retry" | "ratelimit" | "buffering"
            | "inflightreq" | "ipallowlist" | "ipwhitelist" | "contenttype" | "errors"
            | "circuitbreaker" | "passtlsclientcert" | "grpcweb" => {}
            other => self.undecided(other, set),
        }
    }

    fn service(&mut self, name: &str, depth: usize) {
        let config = self.config;
        let Some(node) = config.member("services", name) else {
            let what = format!("service {name}");
            let why = "no file of the file provider has it";
            self.out.gaps.push(Gap::new(what, why, ""));
            return;
        };
        let Some(below) = depth.checked_sub(1) else {
            return self.undecided("services that stand for one another", node);
        };
        self.block(format!("service {name}"), node);
        for (kind, set) in node.members() {
            match kind.to_ascii_lowercase().as_str() {
                "loadbalancer" => self.balanced(name, set),
                "weighted" => {
                    for one in set.get("services").items() {
                        let none = one.get("weight").number::<u32>() == Some(0);
                        let name = one.get("name").text().filter(|_| !none);
                        if let Some(name) = name {
                            self.service(name, below);
                        }
                    }
                }
                "failover" | "mirroring" => {
                    let names = [set.get("service"), set.get("fallback")];
                    for name in names.into_iter().filter_map(Node::text) {
                        self.service(name, below);
                    }
                }
                other => self.undecided(other, set),
            }
        }
    }

    fn balanced(&mut self, name: &str, set: &'r Node) {
        self.out.group = Some(name.to_owned());
        for server in set.get("servers").items() {
            match target(server.get("url")) {
                Some(target) => self.out.targets.push(target),
                None => self.undecided("a server's url", server),
            }
        }
        if set.get("servers").items().is_empty() {
            self.out.answer = Some((503, set.place()));
            self.out.why_answered = Some("its service has no servers");
        }
        let path = set.at(&["healthCheck", "path"]);
        if let Some(text) = path.text() {
            self.out.check = Some((text.to_owned(), path.place()));
        }
        let first = self.out.targets.first();
        if set.get("passHostHeader").text() == Some("false") {
            self.out.host = first.map(|first| first.written.clone());
        }
        let named = set.get("serversTransport").text();
        let transport = named.and_then(|name| self.config.member("serversTransports", name));
        let fixed = self.config.fixed.get("serversTransport");
        let times = transport.unwrap_or(fixed).get("forwardingTimeouts");
        self.out.connect = timeout(times.get("dialTimeout"), "dialTimeout")
            .or_else(|| Some(Timeout::usual(DIAL_SECS, "dialTimeout")));
        self.out.read = timeout(times.get("responseHeaderTimeout"), "responseHeaderTimeout");
        let dialled = first.and_then(|first| match &first.address {
            Address::Host(host, _) => Some(host.as_str()),
            Address::Unix(_) => None,
        });
        let https = first.is_some_and(|first| first.scheme == Scheme::Https);
        // Where a transport is named, what the static file says of transports holds not.
        self.out.demands = demands(transport.unwrap_or(fixed), dialled.filter(|_| https));
        let server_name = transport.and_then(|node| node.get("serverName").text());
        let host = first.and_then(|first| match &first.address {
            Address::Host(host, _) if !crate::forward::is_number(host) => Some(host.as_str()),
            Address::Host(..) | Address::Unix(_) => None,
        });
        self.out.tls_name = server_name.or(host).map(ToOwned::to_owned);
    }
}

/// What a `serversTransport` demands of a server's certificate. Several root
/// certificates, or one written out, are not read.
fn demands(transport: &Node, dialled: Option<&str>) -> Demands {
    let Some(dialled) = dialled.filter(|_| !transport.get("insecureSkipVerify").is_on()) else {
        return Demands::default();
    };
    let name = transport.get("serverName").text().unwrap_or(dialled);
    let trusted = match transport.get("rootCAs").items() {
        [one] => one
            .text()
            .filter(|file| file.starts_with('/'))
            .map(|file| (file, one)),
        _ => None,
    };
    let trusted = trusted.map(|(file, node)| (file.to_owned(), node.place()));
    Demands::of_go(Some(name.to_owned()), trusted)
}

/// Whether a router is of an entry point. One that names none is of those that are
/// said to be the usual ones, or else of all.
fn enters(node: &Node, point: &EntryPoint<'_>, all: &[EntryPoint<'_>]) -> bool {
    let names = node.get("entryPoints").texts();
    let usual = |point: &EntryPoint<'_>| point.node.get("asDefault").is_on();
    match () {
        () if !names.is_empty() => names.contains(&point.name),
        () if all.iter().any(usual) => usual(point),
        () => point.name != "traefik",
    }
}

/// A router with TLS, its own or its entry point's, takes nothing else; one without
/// takes nothing but plain HTTP.
fn takes(node: &Node, point: &EntryPoint<'_>, over_tls: bool) -> bool {
    let everywhere = point.node.at(&["http", "tls"]);
    let with_tls = !node.get("tls").is_null() || !everywhere.is_null();
    with_tls == over_tls
}

/// Unless one is set, the longer rule goes first.
fn priority(node: &Node) -> i64 {
    let set = node.get("priority").number::<i64>().filter(|set| *set != 0);
    let length = node.get("rule").text().map_or(0, str::len);
    set.unwrap_or_else(|| i64::try_from(length).unwrap_or(i64::MAX))
}

/// `http://127.0.0.1:3000/` without its scheme and what follows the address.
fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

fn target(url: &Node) -> Option<Target> {
    let written = url.text()?;
    let (scheme, usual) = match written.split_once("://")?.0 {
        "http" => (Scheme::Http, 80),
        "https" => (Scheme::Https, 443),
        "h2c" => (Scheme::H2c, 80),
        _ => return None,
    };
    let (host, port) = host_and_port(authority(written), usual)?;
    Some(Target {
        name: String::new(),
        address: Address::Host(host, port),
        scheme,
        written: authority(written).to_owned(),
        place: url.place(),
    })
}

/// A duration; nothing, which is no limit, when it is zero.
fn timeout(node: &Node, directive: &'static str) -> Option<Timeout> {
    let time = duration(node.text()?).filter(|time| *time > Duration::ZERO)?;
    Some(Timeout {
        time,
        directive,
        place: Some(node.place()),
    })
}
