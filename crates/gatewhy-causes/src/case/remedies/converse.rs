//! Lets the proxy speak another protocol: the line as it is and as it should be.
use crate::case::exchange::link::Link;
use crate::case::programs::kind::Kind;
use crate::case::routing::peer::Protocol;
use gatewhy_facts::nginx::handler::Pass;
use gatewhy_facts::prelude::*;
use gatewhy_fixes::Fix;

impl Link<'_, '_> {
    /// The proxy's line for the other protocol, tested and reloaded.
    pub fn speak_instead(&self, protocol: Protocol) -> Fix {
        let who = self.case.proxy_name();
        let title = if protocol == Protocol::Ajp && self.case.proxy_kind() != Kind::Apache {
            let address = self.address();
            format!(
                "let {who} pass to an HTTP connector of Tomcat, not to {address}, which is for AJP"
            )
        } else {
            format!("let {who} speak {} to {}", name(protocol), self.address())
        };
        let edited = self.case.call().and_then(|call| {
            let line = self.case.excerpt(&call.pass.place)?;
            let wanted = directive(&call.pass, protocol)?;
            let text = |range: core::ops::Range<usize>| {
                Some(String::from_utf8_lossy(line.text.get(range)?).into_owned())
            };
            let before = text(0..line.text.len())?;
            let head = text(0..line.mark_start)?;
            let old = text(line.mark_start..line.mark_end)?;
            let end = if old.ends_with(';') { ";" } else { "" };
            let tail = text(line.mark_end..line.text.len())?;
            let after = format!("{head}{wanted}{end}{tail}");
            let why = "the directive of the protocol that the backend speaks";
            Some(Fix::new(title.clone()).edit(
                (&call.pass.place.file, line.line),
                (before.trim(), after.trim()),
                why,
            ))
        });
        let fix =
            edited.unwrap_or_else(|| Fix::new(title.clone()).advise(self.words_for(protocol)));
        self.case.reloaded(hinted(fix, protocol))
    }
}

impl Link<'_, '_> {
    /// How another proxy than nginx is told to speak it.
    fn words_for(&self, protocol: Protocol) -> String {
        let words = match (self.case.proxy_kind(), protocol) {
            (Kind::Haproxy, Protocol::Grpc) => "add proto h2 to the server's line",
            (Kind::Haproxy, Protocol::Http) => {
                "take proto h2, proto fcgi or ssl, whichever it has, out of the server's line"
            }
            (Kind::Haproxy, Protocol::Https) => {
                "add ssl, with verify required and a ca-file, to the server's line"
            }
            (Kind::Haproxy, Protocol::FastCgi) => {
                "add proto fcgi to the server's line, and use-fcgi-app to its backend"
            }
            (Kind::Caddy | Kind::Traefik, Protocol::Grpc) => "write h2c:// before the address",
            (Kind::Caddy | Kind::Traefik, Protocol::Http) => {
                "write http:// before the address, in place of h2c:// or https://"
            }
            (Kind::Caddy | Kind::Traefik | Kind::Apache, Protocol::Https) => {
                "write https:// before the address"
            }
            (Kind::Apache, Protocol::Grpc) => {
                "write h2c:// before the address (mod_proxy_http2 speaks it)"
            }
            (Kind::Apache, Protocol::Http) => "write http:// before the address",
            (Kind::Apache, Protocol::FastCgi) => "write fcgi:// before the address",
            (Kind::Apache, Protocol::Ajp) => "write ajp:// before the address (mod_proxy_ajp)",
            (_, Protocol::Ajp) => {
                "it does not speak AJP: pass to the port of an HTTP connector of server.xml instead (8080, as Tomcat ships)"
            }
            _ => {
                return format!(
                    "use the directive that speaks {} to the backend",
                    name(protocol)
                );
            }
        };
        words.to_owned()
    }
}

fn hinted(fix: Fix, protocol: Protocol) -> Fix {
    match protocol {
        Protocol::FastCgi => fix.advise(
            "pass only scripts that way, as in: location ~ \\.php$ { include snippets/fastcgi-php.conf; fastcgi_pass …; }",
        ),
        _ => fix,
    }
}

/// The protocol's name for people.
pub const fn name(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Http => "HTTP",
        Protocol::Https => "HTTPS",
        Protocol::FastCgi => "FastCGI",
        Protocol::Uwsgi => "uwsgi",
        Protocol::Scgi => "SCGI",
        Protocol::Ajp => "AJP",
        Protocol::Grpc => "HTTP/2 (gRPC)",
        Protocol::Memcached => "memcached",
    }
}

/// The `*_pass` directive of that protocol to the same address, without its
/// semicolon.
fn directive(pass: &Pass, protocol: Protocol) -> Option<String> {
    let written = core::str::from_utf8(&pass.written).ok()?;
    let (scheme, rest) = written.split_once("://").unwrap_or(("", written));
    let (address, uri) = split_uri(rest);
    let uri = if matches!(scheme, "http" | "https") {
        uri
    } else {
        ""
    };
    Some(match protocol {
        Protocol::Http => format!("proxy_pass http://{address}{uri}"),
        Protocol::Https => format!("proxy_pass https://{address}{uri}"),
        Protocol::FastCgi => format!("include fastcgi.conf; fastcgi_pass {address}"),
        Protocol::Uwsgi => format!("include uwsgi_params; uwsgi_pass {address}"),
        Protocol::Ajp => return None,
        Protocol::Scgi => format!("include scgi_params; scgi_pass {address}"),
        Protocol::Grpc => format!("grpc_pass grpc://{address}"),
        Protocol::Memcached => return None,
    })
}

/// The address and the URI behind it, with the colon that sets it apart from a
/// socket's path.
fn split_uri(rest: &str) -> (&str, &str) {
    let at = match rest.strip_prefix("unix:") {
        Some(path) => path.find(':').map(|at| at.saturating_add(5)),
        None => rest.find('/'),
    };
    at.and_then(|at| rest.split_at_checked(at))
        .unwrap_or((rest, ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatewhy_facts::nginx::backend_settings::Family;
    use gatewhy_facts::nginx::handler::fixed;
    use gatewhy_facts::source_text::Place;

    fn converted(family: Family, written: &str, protocol: Protocol) -> String {
        let (tls, target) = fixed(family, written.as_bytes());
        let pass = Pass {
            family,
            tls,
            written: written.as_bytes().to_vec(),
            target,
            place: Place::default(),
        };
        directive(&pass, protocol).unwrap()
    }

    #[test]
    fn directives_keep_the_address() {
        let http = |written, to| converted(Family::Proxy, written, to);
        assert_eq!(
            http("http://127.0.0.1:3000/api/", Protocol::Https),
            "proxy_pass https://127.0.0.1:3000/api/"
        );
        assert_eq!(
            http("http://127.0.0.1:9000/", Protocol::FastCgi),
            "include fastcgi.conf; fastcgi_pass 127.0.0.1:9000"
        );
        assert_eq!(
            http("http://unix:/run/a.sock:/", Protocol::Uwsgi),
            "include uwsgi_params; uwsgi_pass unix:/run/a.sock"
        );
        assert_eq!(
            converted(Family::FastCgi, "unix:/run/a.sock", Protocol::Http),
            "proxy_pass http://unix:/run/a.sock"
        );
    }
}
