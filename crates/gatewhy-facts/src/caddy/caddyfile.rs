//! A Caddyfile: its sites, their addresses, and what they come to.
use super::directives;
use super::model::{Config, Handler, Match, Route, Server};
use super::tree::{self, Importer, Line};
use crate::nginx::files::Files;
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::Place;

/// A site: its addresses and its directives.
struct Site {
    addresses: Vec<Address>,
    place: Place,
    block: Vec<Line>,
}

/// The address of a site.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Address {
    written: String,
    host: String,
    port: u16,
    path: String,
    /// Whether plain visitors at port 80 are sent here.
    redirected: bool,
}

/// Reads a Caddyfile. Of a variable that is not among these the default holds.
pub fn read(
    files: &dyn Files,
    text: &[u8],
    main: &HostPath,
    variables: &[(String, String)],
) -> Config {
    let mut importer = Importer {
        files,
        snippets: BTreeMap::new(),
        count: 0,
        gaps: Vec::new(),
    };
    let mut lines = importer.expand(tree::parse(text, main), 0);
    let names_variables = tree::with_environment(&mut lines, variables);
    let mut files = Vec::new();
    logs(&lines, 8, &mut files);
    let (global, lines) = split(lines);
    let ports = (
        port_option(&global, "http_port", 80),
        port_option(&global, "https_port", 443),
    );
    let redirects = !global
        .iter()
        .any(|line| line.word(0) == "auto_https" && line.word(1) != "ignore_loaded_certs");
    let sites: Vec<Site> = sites(lines, ports, redirects);
    let mut gaps = importer.gaps;
    Config {
        servers: servers(&sites, ports.0, &mut gaps),
        log_file: log_file(&global),
        logs: files,
        admin: admin(&global),
        gaps,
        is_there: true,
        names_variables,
    }
}

/// The global options, which stand first in a block without a name.
fn split(lines: Vec<Line>) -> (Vec<Line>, Vec<Line>) {
    let mut lines = lines;
    let is_global = lines
        .first()
        .is_some_and(|line| line.words.is_empty() && line.has_block);
    if !is_global {
        return (Vec::new(), lines);
    }
    let rest = lines.split_off(1);
    (lines.pop().map(|line| line.block).unwrap_or_default(), rest)
}

fn port_option(global: &[Line], name: &str, usual: u16) -> u16 {
    let line = global.iter().find(|line| line.word(0) == name);
    line.and_then(|line| line.word(1).parse().ok())
        .unwrap_or(usual)
}

/// The files of every `log { output file PATH }`, of sites and of the whole.
fn logs(lines: &[Line], depth: usize, found: &mut Vec<HostPath>) {
    let Some(deeper) = depth.checked_sub(1) else {
        return;
    };
    for line in lines {
        let outputs = line
            .block
            .iter()
            .filter(|l| line.word(0) == "log" && l.word(0) == "output");
        let files = outputs.filter(|output| output.word(1) == "file");
        found.extend(files.map(|output| HostPath::new(output.word(2))));
        logs(&line.block, deeper, found);
    }
}

/// `admin ADDRESS`, `admin off`.
fn admin(global: &[Line]) -> Option<String> {
    let line = global.iter().find(|line| line.word(0) == "admin")?;
    let address = line.word(1);
    (!address.is_empty()).then(|| address.to_owned())
}

/// `log { output file PATH }` of the default logger.
fn log_file(global: &[Line]) -> Option<HostPath> {
    let logs = global.iter().filter(|line| line.word(0) == "log");
    let mut usual = logs.filter(|line| matches!(line.word(1), "" | "default"));
    let output = usual.find_map(|line| line.block.iter().find(|l| l.word(0) == "output"))?;
    (output.word(1) == "file").then(|| HostPath::new(output.word(2)))
}

fn sites(lines: Vec<Line>, ports: (u16, u16), redirects: bool) -> Vec<Site> {
    let mut out = Vec::new();
    let mut keys: Vec<super::words::Word> = Vec::new();
    let mut lines = lines.into_iter();
    while let Some(line) = lines.next() {
        keys.extend(line.words.iter().cloned());
        let goes_on = keys.last().is_some_and(|word| word.text.ends_with(','));
        if !line.has_block && goes_on {
            continue;
        }
        let texts = keys.iter().flat_map(|word| word.text.split(','));
        let addresses = texts
            .filter(|text| !text.is_empty())
            .filter_map(|text| address(text, ports, redirects))
            .collect();
        let place = keys
            .first()
            .map(|word| word.place.clone())
            .unwrap_or_default();
        keys.clear();
        let whole = !line.has_block;
        // Without braces, all that follows is the one site's.
        let block = if whole {
            lines.by_ref().collect()
        } else {
            line.block
        };
        out.push(Site {
            addresses,
            place,
            block,
        });
    }
    out
}

/// `[SCHEME://][HOST][:PORT][/PATH]`
fn address(text: &str, (http, https): (u16, u16), redirects: bool) -> Option<Address> {
    let (scheme, rest) = text.split_once("://").map_or(("", text), |(s, r)| (s, r));
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let (host, port) = if authority.ends_with(']') {
        (authority, None)
    } else {
        match authority.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse::<u16>().ok()?)),
            None => (authority, None),
        }
    };
    let usual = if scheme == "http" { http } else { https };
    let port = port.unwrap_or(usual);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    Some(Address {
        written: text.to_owned(),
        redirected: redirects && port == https && !host.is_empty(),
        host: host.to_ascii_lowercase(),
        port,
        path: path.to_owned(),
    })
}

/// One server for each port, its sites the most exact first.
fn servers(sites: &[Site], http: u16, gaps: &mut Vec<crate::fact::Gap>) -> Vec<Server> {
    let mut all: BTreeMap<u16, Vec<(usize, Route, Place)>> = BTreeMap::new();
    for site in sites {
        let routes = directives::routes(&site.block, gaps);
        for address in &site.addresses {
            let route = site_route(site, address, Handler::Subroute(routes.clone()));
            let entry = (rank(address), route, site.place.clone());
            all.entry(address.port).or_default().push(entry);
        }
    }
    redirects(sites, http, &mut all);
    let servers = all.into_iter().map(|(port, mut routes)| {
        routes.sort_by_key(|(rank, ..)| core::cmp::Reverse(*rank));
        Server {
            ports: routes
                .iter()
                .map(|(.., place)| (port, place.clone()))
                .collect(),
            routes: routes.into_iter().map(|(_, route, _)| route).collect(),
        }
    });
    servers.collect()
}

/// Sites with TLS send plain visitors on.
fn redirects(sites: &[Site], http: u16, all: &mut BTreeMap<u16, Vec<(usize, Route, Place)>>) {
    for site in sites {
        for address in site.addresses.iter().filter(|a| a.redirected) {
            let answer = Handler::Respond(308, site.place.clone());
            let entry = (0, site_route(site, address, answer), site.place.clone());
            all.entry(http).or_default().push(entry);
        }
    }
}

/// Names go before patterns, those before none; long ones before short ones.
fn rank(address: &Address) -> usize {
    let host = address.host.len().saturating_mul(1_000);
    let exact = if address.host.is_empty() || address.host.contains('*') {
        0
    } else {
        1_000_000
    };
    host.saturating_add(exact)
        .saturating_add(address.path.len())
}

fn site_route(site: &Site, address: &Address, handler: Handler) -> Route {
    let mut fits = Match::default();
    if !address.host.is_empty() {
        fits.hosts.push(address.host.clone());
    }
    if !address.path.is_empty() && address.path != "/" {
        fits.paths.push(address.path.clone());
    }
    Route {
        block: Some((format!("site {}", address.written), site.place.clone())),
        matches: if fits.is_empty() {
            Vec::new()
        } else {
            vec![fits]
        },
        handlers: vec![handler],
        group: None,
        terminal: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_tell_host_port_and_path() {
        let of = |text| {
            let found = address(text, (80, 443), true).unwrap();
            (found.host, found.port, found.path, found.redirected)
        };
        assert_eq!(
            of("Shop.test"),
            ("shop.test".into(), 443, String::new(), true)
        );
        assert_eq!(of(":80"), (String::new(), 80, String::new(), false));
        assert_eq!(
            of("http://shop.test/a"),
            ("shop.test".into(), 80, "/a".into(), false)
        );
        assert_eq!(of("[::1]:8080"), ("::1".into(), 8080, String::new(), false));
        assert_eq!(address("a:x", (80, 443), true), None);
    }
}
