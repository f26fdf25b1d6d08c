//! Commands that differ by who wrote the line, and by what the backend speaks.
use super::lead::is_in_container;
use gatewhy_facts::log_line::{Record, Server};
use gatewhy_facts::nginx::error_log::Peer;
use gatewhy_facts::prelude::*;

/// An id with the commands of servers that have one of their own.
type Own = (&'static str, &'static [(Server, &'static str)]);

/// What each proxy calls it, and where it keeps it. nginx's stand in the common table.
const BY_SERVER: &[Own] = &[
    (
        "proxy-config-invalid",
        &[
            (Server::Apache, "apachectl configtest"),
            (Server::Haproxy, "haproxy -c -f /etc/haproxy/haproxy.cfg"),
            (
                Server::Caddy,
                "caddy validate --config /etc/caddy/Caddyfile",
            ),
            (
                Server::Traefik,
                "journalctl -b -u traefik | grep -iE 'ERR|level=error'",
            ),
            (
                Server::Envoy,
                "envoy --mode validate -c /etc/envoy/envoy.yaml",
            ),
            (
                Server::Varnish,
                "varnishd -C -f /etc/varnish/default.vcl >/dev/null",
            ),
            (
                Server::Lighttpd,
                "lighttpd -tt -f /etc/lighttpd/lighttpd.conf",
            ),
        ],
    ),
    (
        "proxy-config-not-loaded",
        &[
            (
                Server::Apache,
                "ls -lt /etc/apache2/*-enabled /etc/httpd/conf.d; systemctl show -p ActiveEnterTimestamp apache2 httpd",
            ),
            (
                Server::Haproxy,
                "ls -l /etc/haproxy/haproxy.cfg; systemctl status haproxy",
            ),
            (
                Server::Caddy,
                "curl -s localhost:2019/config/ | less; ls -l /etc/caddy/Caddyfile",
            ),
            (Server::Varnish, "varnishadm vcl.list; ls -l /etc/varnish/"),
            (
                Server::Lighttpd,
                "ls -lt /etc/lighttpd/; systemctl status lighttpd",
            ),
        ],
    ),
    (
        "proxy-module-missing",
        &[
            (Server::Apache, "apachectl -M | grep proxy"),
            (Server::Haproxy, "haproxy -vv"),
            (Server::Caddy, "caddy list-modules"),
            (Server::Lighttpd, "lighttpd -V"),
        ],
    ),
    (
        "proxy-out-of-connections",
        &[
            (
                Server::Apache,
                "ss -s; grep -rniE 'MaxRequestWorkers|ServerLimit' /etc/apache2/ /etc/httpd/",
            ),
            (
                Server::Haproxy,
                "ss -s; grep -n maxconn /etc/haproxy/haproxy.cfg",
            ),
            (
                Server::Lighttpd,
                "ss -s; grep -rn max-connections /etc/lighttpd/",
            ),
        ],
    ),
    (
        "proxy-temp-unwritable",
        &[
            (
                Server::Apache,
                "df -h /tmp /var/tmp; df -i /tmp; namei -l /var/cache/apache2",
            ),
            (
                Server::Lighttpd,
                "namei -l /var/cache/lighttpd/uploads; df -h; df -i",
            ),
            (
                Server::Varnish,
                "df -h /var/lib/varnish; df -i /var/lib/varnish",
            ),
        ],
    ),
    (
        "proxy-rate-limited",
        &[
            (
                Server::Haproxy,
                "grep -nE 'maxconn|maxqueue|timeout queue|stick-table' /etc/haproxy/haproxy.cfg",
            ),
            (
                Server::Traefik,
                "grep -rniE 'ratelimit|inflightreq' /etc/traefik/",
            ),
            (
                Server::Envoy,
                "curl -s localhost:9901/stats | grep -E 'overflow|ratelimit'",
            ),
            (
                Server::Apache,
                "grep -rniE 'mod_evasive|ratelimit|max=' /etc/apache2/ /etc/httpd/",
            ),
        ],
    ),
    (
        "proxy-answered-error",
        &[
            (
                Server::Apache,
                "grep -rniE 'ErrorDocument|R=50[0-9]' /etc/apache2/ /etc/httpd/",
            ),
            (
                Server::Haproxy,
                "grep -nE 'http-request (return|deny)|errorfile|monitor fail' /etc/haproxy/haproxy.cfg",
            ),
            (
                Server::Caddy,
                "grep -nE 'respond|error' /etc/caddy/Caddyfile",
            ),
            (Server::Varnish, "grep -rn synth /etc/varnish/"),
            (
                Server::Envoy,
                "curl -s localhost:9901/config_dump | grep -A3 direct_response",
            ),
        ],
    ),
    ("health-check-failing", STATES),
    ("no-live-upstream", STATES),
    ("upstream-disabled-by-admin", STATES),
    (
        "proxy-loop",
        &[
            (
                Server::Apache,
                "apachectl -S; grep -rniE 'ProxyPass|RewriteRule.*P' /etc/apache2/ /etc/httpd/",
            ),
            (
                Server::Haproxy,
                "grep -nE '^ *(bind|server) ' /etc/haproxy/haproxy.cfg",
            ),
            (
                Server::Caddy,
                "grep -nE 'reverse_proxy|^[^ #]' /etc/caddy/Caddyfile",
            ),
        ],
    ),
    (
        "keepalive-race",
        &[
            (
                Server::Apache,
                "grep -rniE 'ProxyPass|disablereuse|ttl=' /etc/apache2/ /etc/httpd/",
            ),
            (
                Server::Haproxy,
                "grep -nE 'http-reuse|keep-alive|pool-purge-delay' /etc/haproxy/haproxy.cfg",
            ),
            (
                Server::Caddy,
                "grep -nE 'keepalive|transport' /etc/caddy/Caddyfile",
            ),
            (Server::Traefik, "grep -rni idleConnTimeout /etc/traefik/"),
            (
                Server::Envoy,
                "curl -s localhost:9901/config_dump | grep -i idle_timeout",
            ),
            (
                Server::Varnish,
                "varnishadm param.show backend_idle_timeout",
            ),
            (Server::Lighttpd, "grep -rn keep-alive /etc/lighttpd/"),
            (
                Server::Alb,
                "aws elbv2 describe-load-balancer-attributes --load-balancer-arn ARN",
            ),
            (Server::Passenger, "passenger-status --show=requests"),
        ],
    ),
    (
        "dns-resolver-failed",
        &[
            (Server::Apache, SYSTEM_RESOLVER),
            (
                Server::Haproxy,
                "grep -nA6 '^resolvers' /etc/haproxy/haproxy.cfg; cat /etc/resolv.conf; dig NAME @RESOLVER",
            ),
            (Server::Caddy, SYSTEM_RESOLVER),
            (Server::Traefik, SYSTEM_RESOLVER),
            (Server::GoProxy, SYSTEM_RESOLVER),
            (Server::Verdaccio, SYSTEM_RESOLVER),
            (Server::Nexus, SYSTEM_RESOLVER),
            (Server::Artifactory, SYSTEM_RESOLVER),
            (Server::Envoy, SYSTEM_RESOLVER),
            (Server::NodeProxy, SYSTEM_RESOLVER),
            (Server::Node, SYSTEM_RESOLVER),
            (Server::Python, SYSTEM_RESOLVER),
            (Server::Java, SYSTEM_RESOLVER),
            (Server::Application, SYSTEM_RESOLVER),
        ],
    ),
    (
        "registry-misconfigured",
        &[
            (
                Server::Verdaccio,
                "grep -nE -A8 '^uplinks|_proxy|timeout|max_fails' /verdaccio/conf/config.yaml ~/verdaccio/config.yaml",
            ),
            (
                Server::Nexus,
                "curl -su USER http://localhost:8081/service/rest/v1/repositories",
            ),
        ],
    ),
    (
        "request-header-too-big",
        &[
            (
                Server::Apache,
                "grep -rniE 'LimitRequest(FieldSize|Line)|ProxyIOBufferSize' /etc/apache2/ /etc/httpd/",
            ),
            (
                Server::Haproxy,
                "grep -n tune.bufsize /etc/haproxy/haproxy.cfg",
            ),
            (
                Server::Tomcat,
                "grep -nE 'maxHttp.*HeaderSize|packetSize' /etc/tomcat*/server.xml",
            ),
            (
                Server::Nginx,
                "grep -rnE 'large_client_header_buffers' /etc/nginx/",
            ),
        ],
    ),
    (
        "request-body-too-large",
        &[
            (
                Server::Apache,
                "grep -rniE 'LimitRequestBody|MaxRequestLen|post_max_size' /etc/apache2/ /etc/httpd/ /etc/php/",
            ),
            (
                Server::Tomcat,
                "grep -nE 'maxPostSize|maxSwallowSize' /etc/tomcat*/server.xml",
            ),
        ],
    ),
    (
        "script-not-found",
        &[(
            Server::Apache,
            "grep -rniE 'proxy:|DocumentRoot|ProxyPassMatch' /etc/apache2/ /etc/httpd/",
        )],
    ),
    (
        "worker-pool-exhausted",
        &[
            (
                Server::PhpFpm,
                "grep -rnE '^pm' /etc/php/ /etc/php-fpm.d/; ps -C php-fpm -o pid,etime,stat,args",
            ),
            (
                Server::Passenger,
                "passenger-status; passenger-status --show=requests",
            ),
            (
                Server::Uwsgi,
                "ss -ltnx; ps -C uwsgi -o pid,etime,stat,args",
            ),
            (Server::Gunicorn, "ps -C gunicorn -o pid,etime,stat,args"),
            (Server::Tomcat, "jstack PID | grep -A2 -E 'exec-[0-9]+'"),
        ],
    ),
];

const SYSTEM_RESOLVER: &str = "cat /etc/resolv.conf; dig NAME";

/// What each proxy thinks of its servers.
const STATES: &[(Server, &str)] = &[
    (
        Server::Apache,
        "grep -rniE 'BalancerMember|status=|hcmethod' /etc/apache2/ /etc/httpd/",
    ),
    (
        Server::Haproxy,
        "echo 'show servers state' | socat - /run/haproxy/admin.sock",
    ),
    (
        Server::Caddy,
        "curl -s localhost:2019/reverse_proxy/upstreams",
    ),
    (Server::Traefik, "curl -s localhost:8080/api/http/services"),
    (Server::Envoy, "curl -s localhost:9901/clusters"),
    (Server::Varnish, "varnishadm backend.list"),
    (
        Server::IngressController,
        "kubectl get endpoints,pods -A -o wide",
    ),
];

/// The command that the writer of the line has for it.
fn of_server(id: &str, server: Server) -> Option<&'static str> {
    let (_, own) = BY_SERVER.iter().find(|(known, _)| *known == id)?;
    own.iter()
        .find(|(known, _)| *known == server)
        .map(|(_, command)| *command)
}

/// Asks a FastCGI application; FPM answers where its pool sets `ping.path`.
const PING_UNIX: &str = "SCRIPT_NAME=/ping SCRIPT_FILENAME=/ping REQUEST_METHOD=GET timeout 5 cgi-fcgi -bind -connect 'PATH'";
const PING: &str = "SCRIPT_NAME=/ping SCRIPT_FILENAME=/ping REQUEST_METHOD=GET timeout 5 cgi-fcgi -bind -connect ADDRESS";

/// Commands that speak the backend's protocol.
fn of_scheme(id: &str, scheme: &[u8], is_unix: bool) -> Option<&'static str> {
    let plain = matches!(
        id,
        "backend-slow" | "backend-answered-error" | "response-header-too-big"
    );
    match scheme {
        b"fastcgi" if plain => Some(if is_unix { PING_UNIX } else { PING }),
        b"https" if is_unix => None,
        b"https" => Some(match id {
            "backend-slow" => {
                "curl -sk -o /dev/null -w '%{time_starttransfer}\\n' https://ADDRESS/"
            }
            "backend-answered-error" => "curl -ski https://ADDRESS/ | head -n 1",
            "response-header-too-big" => "curl -sk -D - -o /dev/null https://ADDRESS/ | wc -c",
            "response-header-invalid" | "response-body-invalid" => {
                "curl -skv https://ADDRESS/ -o /dev/null"
            }
            _ => return None,
        }),
        b"uwsgi" | b"suwsgi" | b"scgi" | b"ajp" if plain => Some("journalctl -b -u UNIT -n 50"),
        b"grpc" | b"grpcs" if plain => Some("journalctl -b -u UNIT -n 50"),
        _ => None,
    }
}

/// Commands for a proxy in a container: sockets and addresses are each container's own.
fn of_container(id: &str) -> Option<&'static str> {
    Some(match id {
        "backend-stopped" => "docker ps -a",
        "backend-crashed" | "backend-start-failed" | "backend-crash-looping" => {
            "docker ps -a; docker logs --tail 50 CONTAINER"
        }
        "wrong-bind-address" | "wrong-port" => "docker exec CONTAINER netstat -ltn",
        "dns-stale-address" => "docker exec PROXY getent hosts NAME",
        _ => return None,
    })
}

/// Where a proxy keeps its configuration, and what its unit and process are called.
const PLACES: &[(Server, &str, &str)] = &[
    (Server::Apache, "/etc/apache2/ /etc/httpd/", "apache2 httpd"),
    (Server::Haproxy, "/etc/haproxy/", "haproxy"),
    (Server::Caddy, "/etc/caddy/", "caddy"),
    (Server::Traefik, "/etc/traefik/", "traefik"),
    (Server::Envoy, "/etc/envoy/", "envoy"),
    (Server::Varnish, "/etc/varnish/", "varnish"),
    (Server::Lighttpd, "/etc/lighttpd/", "lighttpd"),
];

/// What can be looked at in any proxy; `FOLDERS` and `UNITS` are its own.
const ANYWHERE: &[(&str, &str)] = &[
    (
        "proxy-down",
        "systemctl status UNITS; ss -ltnp 'sport = :80 or sport = :443'",
    ),
    (
        "proxy-config-not-loaded",
        "ls -lt FOLDERS; systemctl status UNITS",
    ),
    (
        "proxy-out-of-files",
        "for pid in $(pidof UNITS); do grep files /proc/$pid/limits; ls /proc/$pid/fd | wc -l; done",
    ),
    ("proxy-module-missing", "systemctl status -n 50 UNITS"),
    (
        "proxy-temp-unwritable",
        "df -h; df -i; systemctl status -n 50 UNITS",
    ),
    (
        "proxy-out-of-connections",
        "ss -s; grep -rniE 'max|limit' FOLDERS",
    ),
    ("proxy-rate-limited", "grep -rniE 'max|limit' FOLDERS"),
    ("request-body-too-large", "grep -rniE 'max|limit' FOLDERS"),
    ("proxy-answered-error", "grep -rn '50[0-9]' FOLDERS"),
    (
        "proxy-loop",
        "grep -rniE 'listen|bind|address|server|proxy' FOLDERS",
    ),
    ("script-not-found", "grep -rniE 'root|fastcgi|php' FOLDERS"),
    (
        "upstream-disabled-by-admin",
        "grep -rniE 'disabled|down|weight' FOLDERS",
    ),
    ("dns-resolver-failed", SYSTEM_RESOLVER),
];

fn anywhere(id: &str, server: Server) -> Option<String> {
    let (_, folders, units) = PLACES.iter().find(|(known, ..)| *known == server)?;
    let (_, command) = ANYWHERE.iter().find(|(known, _)| *known == id)?;
    let command = command.replace("FOLDERS", folders);
    Some(command.replace("UNITS", units))
}

/// The command for this record, where the common one would be another's.
pub(super) fn command(id: &str, record: &Record<'_>) -> Option<String> {
    if record.server == Server::Heroku {
        return Some("heroku ps; heroku logs -n 200".into());
    }
    let is_unix = matches!(record.peer, Some(Peer::Unix(_)));
    let by_scheme = || of_scheme(id, record.scheme?, is_unix);
    let contained = is_in_container(record) && !is_unix && record.peer.is_some();
    let by_container = || contained.then(|| of_container(id)).flatten();
    let own = of_server(id, record.server).map(String::from);
    own.or_else(|| anywhere(id, record.server))
        .or_else(|| by_scheme().or_else(by_container).map(String::from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::check;

    #[test]
    fn no_proxy_is_told_to_look_into_nginx() {
        let others = [
            Server::Apache,
            Server::Haproxy,
            Server::Caddy,
            Server::Traefik,
            Server::Envoy,
            Server::Varnish,
            Server::Lighttpd,
        ];
        let mut wrong = Vec::new();
        for server in others {
            let record = Record::new(server, b"");
            for id in check::ids() {
                let command = check::command(id, &record).unwrap_or_default();
                if command.contains("nginx") {
                    wrong.push(format!("{} {id}: {command}", server.id()));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn every_id_is_one_that_has_a_command() {
        for (id, _) in BY_SERVER {
            assert!(check::ids().any(|known| known == *id), "{id}");
        }
    }

    #[test]
    fn a_command_speaks_what_the_backend_speaks() {
        let mut record = Record::new(Server::Nginx, b"");
        record.peer = Some(Peer::Unix(b"/run/php/fpm.sock"));
        record.scheme = Some(b"fastcgi");
        let command = check::command("backend-slow", &record).unwrap_or_default();
        assert!(command.contains("cgi-fcgi -bind -connect '/run/php/fpm.sock'"));
        record.peer = Some(Peer::Name(b"app:8443"));
        record.scheme = Some(b"https");
        let command = check::command("backend-slow", &record).unwrap_or_default();
        assert!(command.ends_with("https://app:8443/"), "{command}");
    }

    #[test]
    fn a_name_in_a_configuration_is_no_address() {
        let mut record = Record::new(Server::Haproxy, b"");
        record.peer = Some(Peer::Name(b"a1"));
        let command = check::command("backend-slow", &record).unwrap_or_default();
        assert!(command.ends_with("http://ADDRESS/"), "{command}");
    }
}
