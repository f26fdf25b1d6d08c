//! Which server takes a request: by address, then by name.
use super::super::authority::Authority;
use super::super::listen::{Listen, NameKind};
use super::super::model::{Http, Server};
use super::super::pattern;
use super::super::scope::flag;
use super::super::uri::{self, Target};
use super::answer::{Outcome, Step};
use super::router::refuse;
use super::{Host, Request};
use crate::fact::Gap;
use crate::prelude::*;
use core::net::{IpAddr, Ipv6Addr, SocketAddr};

/// A request at its server, before any of the server's rules.
pub(super) struct Arrival<'a> {
    pub server: &'a Server,
    pub host_name: Vec<u8>,
    pub unparsed: Vec<u8>,
    pub target: Target,
    pub captures: pattern::Captures,
}

/// What stops a request before it reaches a server's rules.
pub(super) struct Stop<'a> {
    pub outcome: Outcome,
    pub server: Option<&'a Server>,
}

/// Notes for the trace, and what could not be looked at.
#[derive(Default)]
pub(super) struct Notes {
    pub trace: Vec<Step>,
    pub gaps: Vec<Gap>,
}

impl Notes {
    fn step(&mut self, what: String, server: &Server) {
        let place = Some(server.place().clone());
        self.trace.push(Step {
            what,
            place,
            file: None,
        });
    }
}

/// The servers on one socket, in file order.
type Candidates<'a> = Vec<(&'a Server, &'a Listen)>;

/// Finds the server.
pub(super) fn arrive<'a>(
    http: &'a Http,
    host: &Host,
    request: &Request,
    notes: &mut Notes,
) -> Result<Arrival<'a>, Box<Stop<'a>>> {
    notes.gaps.extend(http.gaps.iter().cloned());
    let candidates = on_address(http, &request.local, notes);
    let Some(default) = default_server(&candidates) else {
        return Err(Box::new(Stop {
            outcome: Outcome::NotListening,
            server: None,
        }));
    };
    let servers = candidates.iter().map(|(server, _)| server);
    notes
        .gaps
        .extend(servers.flat_map(|server| server.gaps.clone()));
    let what = format!("{} servers listen on {}", candidates.len(), request.local);
    notes.step(what, default);
    let mut handshake = Match::of(default);
    let mut sni = None;
    if speaks_tls(&candidates, default, request)? {
        (handshake, sni) = by_sni(&candidates, default, host, request, notes);
    }
    // Request-line settings are those of the server known so far.
    let early = handshake.server;
    let (authority, unparsed) = split_target(&request.target);
    let Some(target) = uri::parse(&unparsed, merge_slashes(http, early)) else {
        return Err(bad_request("client sent an invalid request line", early));
    };
    let host_name = host_name(authority, request).map_err(|why| bad_request(why, early))?;
    let found = if sni.as_ref() == Some(&host_name) {
        handshake
    } else {
        by_name(&candidates, &host_name, host, notes).unwrap_or_else(|| {
            let shown = crate::untrusted::shown(&host_name);
            let what = format!("no name matches \"{shown}\": the default server");
            notes.step(what, default);
            Match::of(default)
        })
    };
    Ok(Arrival {
        server: found.server,
        host_name,
        unparsed,
        target,
        captures: found.captures,
    })
}

/// A server, and what its regular expression found in the name.
struct Match<'a> {
    server: &'a Server,
    captures: pattern::Captures,
}

impl<'a> Match<'a> {
    fn of(server: &'a Server) -> Self {
        Self {
            server,
            captures: pattern::Captures::default(),
        }
    }
}

fn bad_request<'a>(why: &str, server: &'a Server) -> Box<Stop<'a>> {
    Box::new(Stop {
        outcome: refuse(400, why, None),
        server: Some(server),
    })
}

/// Whether TLS is spoken; one `ssl` is enough for an address.
fn speaks_tls<'a>(
    candidates: &Candidates<'a>,
    default: &'a Server,
    request: &Request,
) -> Result<bool, Box<Stop<'a>>> {
    let wanted = candidates.iter().any(|(_, listen)| listen.options.ssl) || ssl_on(default);
    match (request.tls, wanted) {
        (true, false) => Err(bad_request("TLS was spoken to a port without ssl", default)),
        (false, true) => Err(bad_request(
            "the plain HTTP request was sent to HTTPS port",
            default,
        )),
        (tls, _) => Ok(tls),
    }
}

/// The name of the request line, else of the `Host` field, validated.
fn host_name(authority: Option<Vec<u8>>, request: &Request) -> Result<Vec<u8>, &'static str> {
    let written = authority.or_else(|| request.header("host").map(<[u8]>::to_vec));
    match written {
        Some(written) => validated_host(&written).ok_or("client sent an invalid Host"),
        None if request.protocol == "HTTP/1.1" => Err("client sent a request without a Host"),
        None => Ok(Vec::new()),
    }
}

fn ssl_on(server: &Server) -> bool {
    let block = server.directive.block();
    block
        .iter()
        .any(|d| d.is("ssl") && d.arg(0).and_then(flag) == Some(true))
}

fn merge_slashes(http: &Http, server: &Server) -> bool {
    let levels = [server.directive.block(), http.directive.block()];
    let written = levels.iter().find_map(|level| {
        let directive = level.iter().rfind(|d| d.is("merge_slashes"))?;
        flag(directive.arg(0)?)
    });
    written.unwrap_or(true)
}

/// The servers on the exact address; else those on the wildcard of its port.
fn on_address<'a>(http: &'a Http, local: &Authority, notes: &mut Notes) -> Candidates<'a> {
    let all = || {
        let servers = http.servers.iter();
        servers
            .flat_map(|server| server.listens.iter().map(move |listen| (server, listen)))
            .filter(|(_, listen)| !listen.options.quic)
    };
    let Authority::Ip(local) = local else {
        return all()
            .filter(|(_, listen)| listen.address == *local)
            .collect();
    };
    let local = SocketAddr::new(local.ip().to_canonical(), local.port());
    for (_, listen) in all() {
        if let Authority::Name { host, port } = &listen.address
            && *port == local.port()
            && !is_localhost(host)
        {
            let what = format!("the address of \"{host}\" in listen");
            let why = "it was resolved when nginx started";
            notes
                .gaps
                .push(Gap::new(what, why, "write the address itself"));
        }
    }
    let exact = |listen: &Listen| match &listen.address {
        Authority::Ip(address) => *address == local,
        Authority::Name { host, port } => {
            *port == local.port() && is_localhost(host) && local.ip().is_loopback()
        }
        Authority::Unix(_) => false,
    };
    let any_of = |ip: IpAddr| {
        let address = Authority::Ip(SocketAddr::new(ip, local.port()));
        move |listen: &Listen| listen.address == address
    };
    let unspecified = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
    let own_any = match local.ip() {
        IpAddr::V4(_) => IpAddr::V4(core::net::Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => unspecified,
    };
    let collect = |fits: &dyn Fn(&Listen) -> bool| -> Candidates<'a> {
        all().filter(|(_, listen)| fits(listen)).collect()
    };
    let mut found = collect(&exact);
    if found.is_empty() {
        found = collect(&any_of(own_any));
    }
    if found.is_empty() && local.is_ipv4() {
        // An IPv6 socket takes IPv4 as well only when somebody said so.
        let both = collect(&any_of(unspecified));
        if both.iter().any(|(_, listen)| !listen.options.ipv6only) {
            found = both;
        }
    }
    found
}

fn is_localhost(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
}

fn default_server<'a>(candidates: &Candidates<'a>) -> Option<&'a Server> {
    let written = candidates
        .iter()
        .find(|(_, listen)| listen.options.default_server);
    written
        .or_else(|| candidates.first())
        .map(|(server, _)| *server)
}

/// The server of the handshake, which also holds for the request line.
fn by_sni<'a>(
    candidates: &Candidates<'a>,
    default: &'a Server,
    host: &Host,
    request: &Request,
    notes: &mut Notes,
) -> (Match<'a>, Option<Vec<u8>>) {
    let name = request.sni.as_deref().unwrap_or_default().as_bytes();
    let name = validated_host(name).filter(|name| !name.is_empty());
    let found = name.and_then(|name| {
        let found = by_name(candidates, &name, host, notes)?;
        Some((found, Some(name)))
    });
    let (found, name) = found.unwrap_or_else(|| (Match::of(default), None));
    let block = found.server.directive.block();
    if let Some(reject) = block.iter().find(|d| d.is("ssl_reject_handshake"))
        && reject.arg(0).and_then(flag) == Some(true)
    {
        let what = "ssl_reject_handshake: the handshake is refused".to_owned();
        let place = Some(reject.place.clone());
        notes.trace.push(Step {
            what,
            place,
            file: None,
        });
    }
    (found, name)
}

/// Exact name, longest suffix, longest prefix, first regular expression.
fn by_name<'a>(
    candidates: &Candidates<'a>,
    name: &[u8],
    host: &Host,
    notes: &mut Notes,
) -> Option<Match<'a>> {
    let mut best: Option<(u8, usize, &'a Server, &'a [u8])> = None;
    for (server, _) in candidates {
        for own in &server.names {
            let rank = match &own.kind {
                NameKind::Exact(exact) if exact == name => (3, 0),
                NameKind::Hostname => match &host.name {
                    Some(machine) if machine.as_bytes().eq_ignore_ascii_case(name) => (3, 0),
                    Some(_) => continue,
                    None => {
                        let why = "it is not known yet";
                        notes
                            .gaps
                            .push(Gap::new("the machine's name for $hostname", why, ""));
                        continue;
                    }
                },
                NameKind::Suffix { suffix, bare } if ends_below(name, suffix, *bare) => {
                    (2, suffix.len())
                }
                NameKind::Prefix(prefix)
                    if name.starts_with(prefix) && name.len() > prefix.len() =>
                {
                    (1, prefix.len())
                }
                _ => continue,
            };
            // The first of equals wins: nginx ignores the others.
            if best.is_none_or(|(kind, length, ..)| rank > (kind, length)) {
                best = Some((rank.0, rank.1, server, &own.written));
            }
        }
    }
    if let Some((_, _, server, written)) = best {
        let what = format!(
            "server_name \"{}\" matches",
            crate::untrusted::shown(written)
        );
        notes.step(what, server);
        return Some(Match::of(server));
    }
    by_regex(candidates, name, notes)
}

fn ends_below(name: &[u8], suffix: &[u8], bare: bool) -> bool {
    let below = name.len() > suffix.len() && name.ends_with(suffix);
    below || (bare && suffix.get(1..) == Some(name))
}

fn by_regex<'a>(candidates: &Candidates<'a>, name: &[u8], notes: &mut Notes) -> Option<Match<'a>> {
    if name.is_empty() {
        return None;
    }
    for (server, _) in candidates {
        for own in &server.names {
            let NameKind::Regex { pattern, caseless } = &own.kind else {
                continue;
            };
            let shown = crate::untrusted::shown(&own.written);
            match pattern::find(pattern, *caseless, name) {
                Ok(None) => {}
                Ok(Some(captures)) => {
                    notes.step(format!("server_name \"{shown}\" matches"), server);
                    return Some(Match { server, captures });
                }
                Err(why) => {
                    let what = format!("whether server_name \"{shown}\" matches");
                    notes.gaps.push(Gap::new(what, why, ""));
                }
            }
        }
    }
    None
}

/// Takes scheme and host off an absolute target.
fn split_target(target: &[u8]) -> (Option<Vec<u8>>, Vec<u8>) {
    let Some(scheme) = memchr::memmem::find(target, b"://") else {
        return (None, target.to_vec());
    };
    let (head, rest) = target.split_at(scheme);
    if !head
        .iter()
        .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(b))
    {
        return (None, target.to_vec());
    }
    let rest = rest.get(3..).unwrap_or_default();
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?'));
    let (authority, path) = rest.split_at(end.unwrap_or(rest.len()));
    let path = match path {
        [b'/', ..] => path.to_vec(),
        other => [b"/", other].concat(),
    };
    (Some(authority.to_vec()), path)
}

/// The host in lower case, without port and trailing dot; `None` where nginx
/// answers 400. A missing host stays empty.
fn validated_host(written: &[u8]) -> Option<Vec<u8>> {
    if written.is_empty() {
        return Some(Vec::new());
    }
    let (host, port) = match written {
        [b'[', ..] => {
            let close = memchr::memchr(b']', written)?;
            let (host, rest) = written.split_at(close.saturating_add(1));
            match rest {
                [] => (host, None),
                [b':', port @ ..] => (host, Some(port)),
                _ => return None,
            }
        }
        _ => match memchr::memchr(b':', written) {
            None => (written, None),
            Some(colon) => {
                let (host, port) = written.split_at(colon);
                (host, port.get(1..))
            }
        },
    };
    // Versions of 2026 refuse more; no real name holds what they refuse.
    let allowed = |byte: &u8| !matches!(byte, 0..=b' ' | b'/' | 0x7f);
    let port_ok = port.unwrap_or_default().iter().all(u8::is_ascii_digit)
        && super::super::units::number(port.filter(|p| !p.is_empty()).unwrap_or(b"0"))
            .is_some_and(|port| port <= 65_535);
    let dots = host.windows(2).any(|pair| pair == b"..");
    if !port_ok || dots || !host.iter().all(allowed) {
        return None;
    }
    let host = host.strip_suffix(b".").unwrap_or(host);
    (!host.is_empty()).then(|| host.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_validated_as_nginx_does_it() {
        for (written, expected) in [
            ("Example.ORG:8080", Some("example.org")),
            ("example.org.", Some("example.org")),
            ("example.org.:80", Some("example.org")),
            ("[::1]:80", Some("[::1]")),
            ("a..b", None),
            ("a b", None),
            ("a/b", None),
            ("a:x", None),
            ("a:65536", None),
            ("a:", Some("a")),
            (".", None),
            ("", Some("")),
            ("[::1", None),
        ] {
            let got = validated_host(written.as_bytes());
            assert_eq!(got.as_deref(), expected.map(str::as_bytes), "{written}");
        }
    }

    #[test]
    fn absolute_targets_lose_scheme_and_host() {
        let split = |text: &str| split_target(text.as_bytes());
        assert_eq!(split("/a?b=c://d"), (None, b"/a?b=c://d".to_vec()));
        assert_eq!(
            split("http://h:1/a"),
            (Some(b"h:1".to_vec()), b"/a".to_vec())
        );
        assert_eq!(split("http://h?a"), (Some(b"h".to_vec()), b"/?a".to_vec()));
        assert_eq!(split("http://h"), (Some(b"h".to_vec()), b"/".to_vec()));
    }
}
