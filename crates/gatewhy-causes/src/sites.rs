//! Which of the configured sites fails: what a person means who names no URL, where no
//! log tells of a failure.
use crate::case::Case;
use crate::case::programs::kind::Kind;
use crate::case::request::Request;
use gatewhy_facts::apache::config::Directive;
use gatewhy_facts::caddy;
use gatewhy_facts::known::Known;
use gatewhy_facts::nginx::authority::Authority;
use gatewhy_facts::nginx::listen::NameKind;
use gatewhy_facts::nginx::model;
use gatewhy_facts::prelude::*;

/// The most sites that are asked.
const SITES: usize = 12;
/// How long each is waited for.
const PATIENCE_MS: u32 = 1_500;

/// The sites that were asked, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// How many are configured.
    pub configured: usize,
    /// How many of them were asked.
    pub asked: usize,
    /// The addresses of those that fail, as they stand in the configuration.
    pub failing: Vec<String>,
    /// The addresses of those that could not be told good or bad.
    pub unclear: Vec<String>,
}

/// Asks each configured site once. What is still wanted is noted in `known`.
pub fn failing_sites(known: &Known) -> Asked {
    let Ok(anywhere) = Request::parse(None) else {
        return Asked::default();
    };
    let case = Case::new(known, &anywhere);
    // Before the door is known, the kind of the proxy may turn out another.
    if case.front_door().is_unknown() {
        return Asked::default();
    }
    let mut urls = urls(&case);
    let mut seen = BTreeSet::new();
    urls.retain(|url| seen.insert(url.clone()));
    let configured = urls.len();
    urls.truncate(SITES);
    let answers: Vec<_> = urls.iter().map(|url| is_served(known, url)).collect();
    let those = |wanted: Option<bool>| {
        let all = urls.iter().zip(&answers);
        let fit = all.filter(|(_, served)| **served == wanted);
        fit.map(|(url, _)| url.clone()).collect()
    };
    Asked {
        configured,
        asked: urls.len(),
        failing: those(Some(false)),
        unclear: those(None),
    }
}

fn is_served(known: &Known, url: &str) -> Option<bool> {
    let mut request = Request::parse(Some(url)).ok()?;
    request.patience_ms = PATIENCE_MS;
    let case = Case::new(known, &request);
    // A site that hangs up because it is told to does as it should.
    case.is_served()
        .map(|served| served || case.hangs_up_as_told())
}

fn urls(case: &Case<'_>) -> Vec<String> {
    match case.proxy_kind() {
        Kind::Nginx => of_nginx(case),
        Kind::Apache => of_apache(case),
        Kind::Caddy => of_caddy(case),
        // They have routes and no sites; a request to any name takes the first.
        Kind::Haproxy
        | Kind::Lighttpd
        | Kind::Varnish
        | Kind::Traefik
        | Kind::Envoy
        | Kind::SocketProxy => Vec::new(),
    }
}

fn of_nginx(case: &Case<'_>) -> Vec<String> {
    let nginx = case.nginx();
    let http = nginx.found().and_then(|nginx| nginx.http.as_ref());
    let servers = http.into_iter().flat_map(|http| &http.servers);
    servers.filter_map(of_server).collect()
}

/// The plain socket of a server before one with TLS; its first name.
fn of_server(server: &model::Server) -> Option<String> {
    let mut doors = server.listens.iter().filter(|listen| {
        // To one that wants the PROXY header, no visitor speaks himself.
        !listen.options.quic && !listen.options.proxy_protocol
    });
    let door = doors
        .clone()
        .find(|listen| !listen.options.ssl)
        .or_else(|| doors.next())?;
    let Authority::Ip(address) = &door.address else {
        return None;
    };
    let name = server.names.iter().find_map(|name| match &name.kind {
        NameKind::Exact(exact) => Some(String::from_utf8_lossy(exact).into_owned()),
        _ => None,
    })?;
    url(&name, address.port(), door.options.ssl)
}

fn of_apache(case: &Case<'_>) -> Vec<String> {
    let apache = case.apache();
    let sites = apache.found().into_iter().flat_map(|c| &c.directives);
    let sites = sites.filter(|directive| directive.is("VirtualHost"));
    sites.filter_map(of_virtual_host).collect()
}

fn of_virtual_host(site: &Directive) -> Option<String> {
    let own = |name: &str| site.block.iter().find(|d| d.is(name));
    let name = own("ServerName")?.arg(0);
    let bare = name.split_once("://").map_or(name, |(_, rest)| rest);
    let bare = bare.split(':').next()?;
    let port = site.arg(0).rsplit_once(':')?.1.parse().ok()?;
    let tls = own("SSLEngine").is_some_and(|d| d.arg(0).eq_ignore_ascii_case("on"));
    url(bare, port, tls)
}

fn of_caddy(case: &Case<'_>) -> Vec<String> {
    let caddy = case.caddy();
    let servers = caddy.found().into_iter().flat_map(|config| &config.servers);
    servers.flat_map(of_caddy_server).collect()
}

fn of_caddy_server(server: &caddy::model::Server) -> Vec<String> {
    let Some((port, _)) = server.ports.first() else {
        return Vec::new();
    };
    let hosts = server.routes.iter().flat_map(|route| &route.matches);
    let hosts = hosts.flat_map(|fits| &fits.hosts);
    let tls = *port == 443;
    hosts.filter_map(|host| url(host, *port, tls)).collect()
}

/// The address of a site; none for a name that nobody can type.
fn url(name: &str, port: u16, tls: bool) -> Option<String> {
    let typed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
    if name.is_empty() || !name.bytes().all(typed) {
        return None;
    }
    let (scheme, usual) = if tls { ("https", 443) } else { ("http", 80) };
    Some(if port == usual {
        format!("{scheme}://{name}/")
    } else {
        format!("{scheme}://{name}:{port}/")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_has_the_address_that_a_visitor_types() {
        let of = |name, port, tls| url(name, port, tls);
        assert_eq!(
            of("shop.test", 80, false).as_deref(),
            Some("http://shop.test/")
        );
        assert_eq!(
            of("shop.test", 443, true).as_deref(),
            Some("https://shop.test/")
        );
        assert_eq!(
            of("a.test", 8443, true).as_deref(),
            Some("https://a.test:8443/")
        );
        assert_eq!(of("_", 80, false), None);
        assert_eq!(of("*.shop.test", 80, false), None);
    }

    #[test]
    fn without_answers_no_site_fails() {
        assert_eq!(failing_sites(&Known::new()), Asked::default());
    }
}
