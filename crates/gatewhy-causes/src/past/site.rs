//! Which lines of the proxy's logs are about the site that is diagnosed.
use super::failure::Told;
use crate::case::Case;
use crate::case::programs::kind::Kind;
use crate::case::routing::peer::Dial;
use gatewhy_facts::apache::config as httpd;
use gatewhy_facts::apache::site;
use gatewhy_facts::fact::Gap;
use gatewhy_facts::nginx::tree::Directive;
use gatewhy_facts::prelude::*;

/// The site, as logs name it.
#[derive(Clone, Debug, Default)]
pub(super) struct Site {
    /// The host of the URL.
    host: String,
    /// The first `server_name` of the server block that takes the request, which is
    /// what nginx's error log says of it.
    server: Option<Vec<u8>>,
    /// Whether no other server could have written gateway errors into the access log.
    pub(super) alone: bool,
    /// The site's backends, where the error log names neither host nor server, and other
    /// sites write there, too.
    backends: Option<Vec<Dial>>,
    /// Why a record of this site's may not have been known as such, if so.
    pub(super) unknown: Option<Gap>,
}

impl Site {
    pub(super) fn of(case: &Case<'_>) -> Self {
        match case.proxy_kind() {
            Kind::Nginx => Self::of_nginx(case),
            Kind::Apache => Self::of_apache(case),
            Kind::Lighttpd => Self::of_lighttpd(case),
            // Its own log names no more than an address.
            Kind::Traefik => Self {
                host: case.request.host.clone(),
                alone: false,
                backends: Some(case.peers().iter().map(|peer| peer.dial.clone()).collect()),
                ..Self::default()
            },
            // Its lines name frontend and backend.
            Kind::Haproxy | Kind::Caddy | Kind::Varnish | Kind::Envoy | Kind::SocketProxy => Self {
                host: case.request.host.clone(),
                alone: true,
                ..Self::default()
            },
        }
    }

    fn of_nginx(case: &Case<'_>) -> Self {
        let route = case.route();
        let block = route.found().and_then(|routed| routed.route.server.clone());
        let first = block.as_ref().and_then(|server| {
            let names = server.block().iter().find(|d| d.is("server_name"))?;
            names.arg(0).map(<[u8]>::to_vec)
        });
        let nginx = case.nginx();
        let http = nginx.found().and_then(|nginx| nginx.http.as_ref());
        let others = http.into_iter().flat_map(|http| &http.servers);
        let others = others.filter(|other| {
            let same = block
                .as_ref()
                .is_some_and(|own| own.place == other.directive.place);
            !same && passes(&other.directive) && !has_own_log(&other.directive)
        });
        let own = block.as_ref().is_some_and(|server| has_own_log(server));
        // A server that could not be read may write there, too.
        let whole = block.is_some() && nginx.found().is_some_and(|nginx| nginx.gaps.is_empty());
        Self {
            host: case.request.host.clone(),
            server: first,
            alone: whole && (own || others.count() == 0),
            backends: None,
            unknown: None,
        }
    }

    fn of_lighttpd(case: &Case<'_>) -> Self {
        let alone = case.has_only_lighttpd_backends() && !case.peers().is_empty();
        let own = || case.peers().iter().map(|peer| peer.dial.clone()).collect();
        Self {
            host: case.request.host.clone(),
            alone,
            backends: (!alone).then(own),
            unknown: case.route_gaps().into_iter().find(|_| !alone),
            ..Self::default()
        }
    }

    fn of_apache(case: &Case<'_>) -> Self {
        let host = case.request.host.clone();
        let fact = case.apache();
        let (Some(config), Some(door)) = (fact.found(), case.front_door().found().copied()) else {
            return Self {
                host,
                unknown: fact.gap().cloned(),
                ..Self::default()
            };
        };
        let (site, _) = site::choose(config, door, &host);
        let sections = || config.directives.iter().filter(|d| d.is("VirtualHost"));
        let is_other = |d: &&httpd::Directive| site.section.is_none_or(|own| own.place != d.place);
        let outside = config.directives.iter().filter(|d| !d.is("VirtualHost"));
        let all_pass = outside.into_iter().any(hands_on);
        let passing = |d: &&httpd::Directive| all_pass || hands_on(d);
        let others: Vec<_> = sections().filter(is_other).filter(passing).collect();
        let shares = |names: &[&str]| {
            let to = |block| log_in(block, names).or_else(|| log_in(&config.directives, names));
            others.iter().any(|other| to(&other.block) == to(site.own))
        };
        let whole = config.gaps.is_empty();
        let told_alone = whole && !shares(&["ErrorLog"]);
        Self {
            host,
            server: site.name().map(|name| name.as_bytes().to_vec()),
            alone: whole && !shares(&["CustomLog", "TransferLog"]),
            unknown: case.route_gaps().into_iter().find(|_| !told_alone),
            backends: (!told_alone)
                .then(|| case.peers().iter().map(|peer| peer.dial.clone()).collect()),
        }
    }

    /// Whether a record is about a request to this site.
    pub(super) fn is_ours(&self, told: &Told<'_>) -> bool {
        if let Some(backends) = &self.backends {
            let at = told.record.upstream.as_ref();
            return at.is_none_or(|at| backends.iter().any(|own| own.is_same(at)));
        }
        let host = told.record.host.as_deref();
        if host.is_some_and(|host| self.is_host(host)) {
            return true;
        }
        match (&self.server, &told.server) {
            (Some(own), Some(server)) => own == &**server,
            // A proxy whose log names neither has one site here, or tells of all.
            (_, None) => host.is_none(),
            (None, Some(_)) => false,
        }
    }

    /// Whether a record that names no backend may be about another site.
    pub(super) fn may_be_anothers(&self, told: &Told<'_>) -> bool {
        self.backends.is_some() && told.record.upstream.is_none()
    }

    /// Whether a log's field names this site: with its host, or its server's first name.
    pub(super) fn is_named(&self, name: &[u8]) -> bool {
        self.is_host(name) || self.server.as_deref() == Some(name)
    }

    /// Whether a Host header names this site.
    pub(super) fn is_host(&self, host: &[u8]) -> bool {
        let text = String::from_utf8_lossy(host).to_ascii_lowercase();
        let name = match text.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
            _ => &text,
        };
        name.trim_matches(['[', ']']) == self.host
    }
}

/// Whether a server hands requests to backends.
fn passes(directive: &Directive) -> bool {
    let name = directive.name.bytes.as_slice();
    name.ends_with(b"_pass")
        || name == b"return"
        || directive.block().iter().any(|inner| passes(inner))
}

fn has_own_log(server: &Directive) -> bool {
    server.block().iter().any(|d| d.is("access_log"))
}

/// Whether a directive of httpd's hands requests to backends, or answers them with an
/// error.
fn hands_on(directive: &httpd::Directive) -> bool {
    let passes = |word: &String| {
        word.contains("proxy:") || (word.starts_with('[') && word.contains(['P', 'R']))
    };
    ["ProxyPass", "ProxyPassMatch", "Redirect", "RedirectMatch"]
        .iter()
        .any(|name| directive.is(name))
        || directive.args.iter().any(passes)
        || directive.block.iter().any(hands_on)
}

/// The log that is named directly in a section.
fn log_in<'d>(block: &'d [httpd::Directive], names: &[&str]) -> Option<&'d str> {
    let set = block.iter().rfind(|d| names.iter().any(|name| d.is(name)));
    set.map(|d| d.arg(0))
}
