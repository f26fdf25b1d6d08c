//! From a request to its backends.
use super::config::{self, Config};
use crate::document::Node;
use crate::fact::Gap;
use crate::forward::{Address, Request, Route, Routes, Scheme, Target, Timeout, duration};
use crate::nginx::files::Files;
use crate::nginx::pattern;
use crate::path::HostPath;
use crate::prelude::*;
use crate::tls::demands::Demands;
use core::time::Duration;

/// Seconds to connect when nothing is written.
const CONNECT_SECS: u64 = 5;
/// Seconds for a whole answer when nothing is written.
const ROUTE_SECS: u64 = 15;

impl Routes for Config {
    fn route(&self, _files: &dyn Files, request: &Request) -> Route {
        let log = self.access_logs().first().map(|path| HostPath::new(*path));
        let mut state = State {
            config: self,
            request,
            out: Route {
                sent: request.target.clone(),
                error_log: log,
                gaps: self.gaps.clone(),
                ..Route::default()
            },
        };
        let door = request.local.port();
        let mut all = self.listeners().iter();
        let listener =
            all.find(|one| config::port(one.get("address")).is_some_and(|(port, _)| port == door));
        if let Some(listener) = listener {
            state.listener(listener);
        }
        state.out
    }
}

struct State<'r> {
    config: &'r Config,
    request: &'r Request,
    out: Route,
}

impl<'r> State<'r> {
    fn block(&mut self, kind: &str, node: &Node) {
        let name = node.get("name").text().unwrap_or_default();
        self.out
            .blocks
            .push((format!("{kind} {name}"), node.place()));
    }

    fn gap(&mut self, name: &str, node: &Node, why: &str) {
        let place = node.place();
        let what = format!("{name} ({}:{})", place.file, place.span.line);
        self.out.gaps.push(Gap::new(what, why.to_owned(), ""));
    }

    fn undecided(&mut self, name: &str, node: &Node) {
        self.gap(
            name,
            node,
            "what it does with this request is not evaluated",
        );
    }

    fn listener(&mut self, listener: &'r Node) {
        self.block("listener", listener);
        let filters: Vec<&Node> = Config::http_filters(listener).collect();
        let [filter] = filters.as_slice() else {
            let why = "which of its filter chains takes the request is not told apart";
            return self.gap("the listener", listener, why);
        };
        if let Some(rds) = filter.find("rds") {
            return self.gap("rds", rds, "what a control plane gives stands in no file");
        }
        let hosts = filter.at(&["route_config", "virtual_hosts"]).items();
        let Some(host) = chosen(hosts, &self.request.host_header) else {
            return;
        };
        self.block("virtual host", host);
        for route in host.get("routes").items() {
            match self.fits(route.get("match")) {
                Some(true) => return self.route(route),
                Some(false) => {}
                None => self.undecided("a route's match", route),
            }
        }
    }

    /// Whether a match fits; none when that is not evaluated.
    fn fits(&self, wanted: &Node) -> Option<bool> {
        let path = self.request.path();
        let mut fits = Some(true);
        for (name, node) in wanted.members() {
            let text = node.text().unwrap_or_default();
            let held = match name.replace('_', "").to_ascii_lowercase().as_str() {
                // It is compared with the query, too.
                "prefix" => Some(self.request.target.starts_with(text)),
                "path" => Some(path == text),
                "pathseparatedprefix" => Some(
                    path.strip_prefix(text)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
                ),
                "saferegex" => whole_match(node.get("regex").text()?, path),
                "casesensitive" | "runtimefraction" if node.text() != Some("false") => Some(true),
                _ => None,
            };
            fits = match (fits, held) {
                (Some(false), _) | (_, Some(false)) => return Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            };
        }
        fits
    }

    fn route(&mut self, route: &'r Node) {
        let place = route.place();
        self.out.blocks.push(("route".to_owned(), place.clone()));
        if let Some(direct) = route.find("direct_response") {
            let status = direct.get("status").number().unwrap_or(200);
            self.out.answer = Some((status, direct.place()));
            return;
        }
        if let Some(redirect) = route.find("redirect") {
            self.out.answer = Some((301, redirect.place()));
            return;
        }
        let action = route.get("route");
        self.rewritten(route.get("match"), action);
        let limit = action.get("timeout");
        self.out.read = match limit.text().and_then(duration) {
            Some(time) => (time > Duration::ZERO).then(|| Timeout {
                time,
                directive: "timeout",
                place: Some(limit.place()),
            }),
            None => Some(Timeout::usual(ROUTE_SECS, "timeout")),
        };
        let weighted = action.at(&["weighted_clusters", "clusters"]).items().iter();
        let weighted = weighted.filter(|one| one.get("weight").text() != Some("0"));
        let names = weighted
            .map(|one| one.get("name"))
            .chain(action.find("cluster"));
        let names: Vec<&Node> = names.collect();
        if names.is_empty() {
            self.undecided("a route's cluster", route);
        }
        for name in names {
            self.cluster(name);
        }
    }

    fn rewritten(&mut self, wanted: &Node, action: &Node) {
        let prefix = wanted
            .find("prefix")
            .or_else(|| wanted.find("path_separated_prefix"));
        if let (Some(to), Some(prefix)) = (
            action.get("prefix_rewrite").text(),
            prefix.and_then(Node::text),
        ) && let Some(rest) = self.request.target.strip_prefix(prefix)
        {
            self.out.sent = format!("{to}{rest}");
        }
        if let Some(regex) = action.find("regex_rewrite") {
            self.undecided("regex_rewrite", regex);
        }
        let host = action.get("host_rewrite_literal").text();
        self.out.host = host.map(ToOwned::to_owned);
    }

    fn cluster(&mut self, named: &Node) {
        let name = named.text().unwrap_or_default();
        let Some(cluster) = self.config.cluster(name) else {
            return self.gap(
                &format!("cluster {name}"),
                named,
                "the file does not have it",
            );
        };
        self.block("cluster", cluster);
        self.out.group = Some(name.to_owned());
        let scheme = scheme(cluster);
        if !cluster.get("eds_cluster_config").is_null() {
            let why = "its servers come from a control plane";
            self.gap(&format!("cluster {name}"), cluster, why);
        }
        let groups = cluster.at(&["load_assignment", "endpoints"]).items().iter();
        for one in groups.flat_map(|group| group.get("lb_endpoints").items()) {
            let address = one.at(&["endpoint", "address"]);
            match target(address, scheme) {
                Some(target) => self.out.targets.push(target),
                None => self.undecided("an address", one),
            }
        }
        let limit = cluster.get("connect_timeout");
        self.out.connect = match limit.text().and_then(duration) {
            Some(time) => Some(Timeout {
                time,
                directive: "connect_timeout",
                place: Some(limit.place()),
            }),
            None => Some(Timeout::usual(CONNECT_SECS, "connect_timeout")),
        };
        let sni = cluster.at(&["transport_socket", "typed_config", "sni"]);
        self.out.tls_name = sni.text().map(ToOwned::to_owned);
        let common = cluster.at(&["transport_socket", "typed_config", "common_tls_context"]);
        self.out.demands = demands(common.get("validation_context"));
        let mut checks = cluster.get("health_checks").items().iter();
        self.out.check = checks.find_map(|check| {
            let path = check.at(&["http_health_check", "path"]);
            Some((path.text()?.to_owned(), path.place()))
        });
    }
}

/// The virtual host of a Host header: by its whole name, then by the longest ending,
/// then by the longest beginning, then the one that takes all.
fn chosen<'n>(hosts: &'n [Node], header: &str) -> Option<&'n Node> {
    let header = header.to_ascii_lowercase();
    let rank = |domain: &str| {
        let domain = domain.to_ascii_lowercase();
        let long = domain.len();
        match (domain.strip_prefix('*'), domain.strip_suffix('*')) {
            _ if domain == header => Some((3, long)),
            _ if domain == "*" => Some((0, long)),
            (Some(end), _) if header.ends_with(end) && header.len() > end.len() => Some((2, long)),
            (_, Some(start)) if header.starts_with(start) && header.len() > start.len() => {
                Some((1, long))
            }
            _ => None,
        }
    };
    let of = |host: &'n Node| {
        let domains = host.get("domains").texts();
        let best = domains.into_iter().filter_map(rank).max()?;
        Some((best, host))
    };
    let all = hosts.iter().filter_map(of);
    all.max_by_key(|(rank, _)| *rank).map(|(_, host)| host)
}

/// A pattern has to fit the whole path.
fn whole_match(regex: &str, path: &str) -> Option<bool> {
    let regex = format!("^(?:{regex})$");
    let found = pattern::find(regex.as_bytes(), false, path.as_bytes());
    found.ok().map(|found| found.is_some())
}

fn scheme(cluster: &Node) -> Scheme {
    let options = cluster.get("typed_extension_protocol_options").members();
    let http2 = options.iter().any(|(_, option)| {
        option
            .get("explicit_http_config")
            .find("http2_protocol_options")
            .is_some()
    });
    match (cluster.find("transport_socket"), http2) {
        (Some(_), _) => Scheme::Https,
        (None, true) => Scheme::H2c,
        (None, false) => Scheme::Http,
    }
}

/// What is demanded of a server's certificate: nothing without a `trusted_ca`, and its
/// name only where one is matched word for word.
fn demands(wanted: &Node) -> Demands {
    let file = wanted.at(&["trusted_ca", "filename"]);
    let all = wanted.get("trust_chain_verification").text() == Some("ACCEPT_UNTRUSTED");
    let Some(path) = file.text().filter(|_| !all) else {
        return Demands::default();
    };
    let names = wanted.get("match_typed_subject_alt_names").items();
    let name = match names {
        [one] if one.get("san_type").text() == Some("DNS") => one.at(&["matcher", "exact"]).text(),
        _ => None,
    };
    Demands {
        authority: true,
        dates: true,
        name: name.map(ToOwned::to_owned),
        depth: None,
        trusted: Some((path.to_owned(), file.place())),
    }
}

fn target(address: &Node, scheme: Scheme) -> Option<Target> {
    let pipe = address.at(&["pipe", "path"]);
    if let Some(path) = pipe.text() {
        return Some(Target {
            name: String::new(),
            address: Address::Unix(HostPath::new(path)),
            scheme,
            written: path.to_owned(),
            place: pipe.place(),
        });
    }
    let socket = address.get("socket_address");
    let host = socket.get("address").text()?;
    let port: u16 = socket.get("port_value").number()?;
    Some(Target {
        name: String::new(),
        address: Address::Host(host.to_owned(), port),
        scheme,
        written: format!("{host}:{port}"),
        place: socket.get("port_value").place(),
    })
}
