//! The command that tells whether it is this cause.
use gatewhy_facts::log_line::{Record, Server};
use gatewhy_facts::nginx::error_log::Peer;
use gatewhy_facts::prelude::*;

/// Ids with the command for a unix socket and the one for anything else.
/// `PORT`, `ADDRESS`, `HOST` and `PATH` are replaced where the line tells them.
const CHECKS: &[(&str, &str, &str)] = &[
    (
        "backend-stopped",
        "ss -xlp | grep -F 'PATH'",
        "ss -ltnp 'sport = :PORT'",
    ),
    ("wrong-port", "ss -ltnp", "ss -ltnp"),
    ("wrong-bind-address", "ss -ltnp", "ss -ltn 'sport = :PORT'"),
    (
        "wrong-source-address",
        "ip -brief address",
        "ip -brief address",
    ),
    ("wrong-socket-path", "ss -xlp", "ss -xlp"),
    ("backend-crashed", CRASH, CRASH),
    ("proxy-crashed", CRASH, CRASH),
    (
        "backend-crash-looping",
        "systemctl show -p NRestarts,Result UNIT",
        "systemctl show -p NRestarts,Result UNIT",
    ),
    (
        "backend-start-failed",
        "systemctl status UNIT; journalctl -b -u UNIT -n 50",
        "systemctl status UNIT; journalctl -b -u UNIT -n 50",
    ),
    ("backend-oom-killed", OOM, OOM),
    ("memory-exhausted", OOM, OOM),
    (
        "backend-restarting",
        "journalctl --since -1h | grep -E 'Stopp|Start|Reload'",
        "journalctl --since -1h | grep -E 'Stopp|Start|Reload'",
    ),
    (
        "backend-heap-exhausted",
        "journalctl -b | grep -iE 'heap|OutOfMemory'",
        "journalctl -b | grep -iE 'heap|OutOfMemory'",
    ),
    (
        "backend-worker-timeout",
        "journalctl -b | grep -E 'WORKER TIMEOUT|HARAKIRI|execution timed out'",
        "journalctl -b | grep -E 'WORKER TIMEOUT|HARAKIRI|execution timed out'",
    ),
    (
        "backend-hung",
        "ss -xl | grep -F 'PATH'; top -b -n 1",
        "ss -ltn 'sport = :PORT'; top -b -n 1",
    ),
    (
        "backend-slow",
        "curl -s -o /dev/null -w '%{time_starttransfer}\\n' --unix-socket 'PATH' http://localhost/",
        "curl -s -o /dev/null -w '%{time_starttransfer}\\n' http://ADDRESS/",
    ),
    (
        "loopback-timeout",
        "ss -tnp | grep -E ':(80|443) '",
        "ss -tnp | grep -E ':(80|443) '",
    ),
    (
        "worker-pool-exhausted",
        "ss -xl | grep -F 'PATH'; journalctl -b | grep -E 'max_children|listen queue'",
        "ss -ltn 'sport = :PORT'; journalctl -b | grep -E 'max_children|listen queue'",
    ),
    (
        "listen-backlog-full",
        "ss -xl | grep -F 'PATH'; sysctl net.core.somaxconn",
        "ss -ltn 'sport = :PORT'; nstat -az TcpExtListenOverflows",
    ),
    (
        "backend-answered-error",
        "curl -si --unix-socket 'PATH' http://localhost/ | head -n 1",
        "curl -si http://ADDRESS/ | head -n 1",
    ),
    (
        "backend-out-of-files",
        "cat /proc/PID/limits | grep files; ls /proc/PID/fd | wc -l",
        "cat /proc/PID/limits | grep files; ls /proc/PID/fd | wc -l",
    ),
    (
        "backend-refused-client",
        "grep -rn allowed_clients /etc/php/",
        "grep -rn allowed_clients /etc/php/",
    ),
    (
        "socket-permission-denied",
        "namei -l 'PATH'",
        "namei -l PATH",
    ),
    (
        "security-policy-denied",
        "journalctl -k | grep -E 'avc: +denied|apparmor=\"DENIED\"'",
        "journalctl -k | grep -E 'avc: +denied|apparmor=\"DENIED\"'",
    ),
    (
        "protocol-mismatch",
        "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -U 'PATH' | head -c 64 | xxd",
        "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc HOST PORT | head -c 64 | xxd",
    ),
    (
        "dns-name-not-found",
        "getent ahosts NAME; dig NAME @RESOLVER",
        "getent ahosts NAME; dig NAME @RESOLVER",
    ),
    (
        "dns-stale-address",
        "getent ahosts NAME",
        "getent ahosts NAME",
    ),
    (
        "dns-resolver-failed",
        "grep -rn 'resolver ' /etc/nginx/; dig NAME @RESOLVER",
        "grep -rn 'resolver ' /etc/nginx/; dig NAME @RESOLVER",
    ),
    (
        "no-live-upstream",
        "grep -E 'while (connecting|reading|SSL)' error.log | tail",
        "grep -E 'while (connecting|reading|SSL)' error.log | tail",
    ),
    (
        "firewall-blocked",
        "nft list ruleset",
        "nft list ruleset; nc -vz HOST PORT",
    ),
    (
        "host-unreachable",
        "ip route",
        "ip route get HOST; ip neigh",
    ),
    ("connect-timeout", "ss -xl", "nc -vz -w 3 HOST PORT"),
    (
        "ephemeral-ports-exhausted",
        "ss -s",
        "ss -tan dst ADDRESS | wc -l; sysctl net.ipv4.ip_local_port_range",
    ),
    (
        "conntrack-full",
        "sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max",
        "sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max",
    ),
    (
        "response-header-too-big",
        "curl -s -D - -o /dev/null --unix-socket 'PATH' http://localhost/ | wc -c",
        "curl -s -D - -o /dev/null http://ADDRESS/ | wc -c",
    ),
    (
        "response-header-invalid",
        "curl -sv --unix-socket 'PATH' http://localhost/ -o /dev/null",
        "curl -sv http://ADDRESS/ -o /dev/null",
    ),
    (
        "response-body-invalid",
        "curl -sv --unix-socket 'PATH' http://localhost/ -o /dev/null",
        "curl -sv http://ADDRESS/ -o /dev/null",
    ),
    (
        "response-closed-early",
        "journalctl -b -u UNIT -n 50",
        "journalctl -b -u UNIT -n 50",
    ),
    (
        "keepalive-race",
        "grep -rn keepalive /etc/nginx/",
        "grep -rn keepalive /etc/nginx/",
    ),
    ("tls-certificate-expired", TLS_DATES, TLS_DATES),
    ("tls-certificate-untrusted", TLS, TLS),
    ("tls-name-mismatch", TLS_NAMES, TLS_NAMES),
    ("tls-sni-missing", TLS, TLS),
    ("tls-version-mismatch", TLS, TLS),
    ("tls-client-certificate-missing", TLS_WANTS, TLS_WANTS),
    ("tls-handshake-failed", TLS, TLS),
    (
        "proxy-down",
        "systemctl status nginx; ss -ltnp 'sport = :80 or sport = :443'",
        "systemctl status nginx; ss -ltnp 'sport = :80 or sport = :443'",
    ),
    ("proxy-config-invalid", "nginx -t", "nginx -t"),
    (
        "proxy-config-not-loaded",
        "nginx -T | less; systemctl status nginx",
        "nginx -T | less; systemctl status nginx",
    ),
    (
        "proxy-module-missing",
        "nginx -V; apachectl -M",
        "nginx -V; apachectl -M",
    ),
    (
        "proxy-out-of-connections",
        "ss -s; grep -rn worker_connections /etc/nginx/",
        "ss -s; grep -rn worker_connections /etc/nginx/",
    ),
    (
        "proxy-out-of-files",
        "grep files /proc/$(pgrep -o nginx)/limits",
        "grep files /proc/$(pgrep -o nginx)/limits",
    ),
    (
        "proxy-temp-unwritable",
        "namei -l /var/lib/nginx/proxy; df -h; df -i",
        "namei -l /var/lib/nginx/proxy; df -h; df -i",
    ),
    ("disk-full", "df -h; df -i", "df -h; df -i"),
    (
        "proxy-rate-limited",
        "grep -rnE 'limit_(req|conn)|maxconn' /etc/nginx/ /etc/haproxy/",
        "grep -rnE 'limit_(req|conn)|maxconn' /etc/nginx/ /etc/haproxy/",
    ),
    (
        "proxy-answered-error",
        "grep -rnE 'return +50[0-9]|error_page' /etc/nginx/",
        "grep -rnE 'return +50[0-9]|error_page' /etc/nginx/",
    ),
    (
        "health-check-failing",
        "grep -rnE 'httpchk|health' /etc/haproxy/ /etc/caddy/",
        "curl -si http://ADDRESS/ | head -n 1",
    ),
    (
        "upstream-disabled-by-admin",
        "grep -rnE ' down;|disabled' /etc/nginx/ /etc/haproxy/",
        "grep -rnE ' down;|disabled' /etc/nginx/ /etc/haproxy/",
    ),
    (
        "proxy-loop",
        "nginx -T | grep -E 'listen|_pass'",
        "nginx -T | grep -E 'listen|_pass'",
    ),
    (
        "request-header-too-big",
        "grep -rn buffer-size /etc/uwsgi/",
        "grep -rnE 'buffer-size|large_client_header_buffers' /etc/",
    ),
    (
        "request-body-too-large",
        "grep -rnE 'client_max_body_size|post_max_size' /etc/nginx/ /etc/php/",
        "grep -rnE 'client_max_body_size|post_max_size' /etc/nginx/ /etc/php/",
    ),
    (
        "script-not-found",
        "grep -rn SCRIPT_FILENAME /etc/nginx/; ls -l DOCUMENT_ROOT",
        "grep -rn SCRIPT_FILENAME /etc/nginx/; ls -l DOCUMENT_ROOT",
    ),
    (
        "php-memory-limit",
        "php -i | grep memory_limit",
        "php -i | grep memory_limit",
    ),
    (
        "database-down",
        "systemctl status mariadb mysql postgresql redis",
        "systemctl status mariadb mysql postgresql redis",
    ),
    (
        "database-connections-exhausted",
        "mysqladmin status; mysqladmin variables | grep max_connections",
        "mysqladmin status; mysqladmin variables | grep max_connections",
    ),
    (
        "wordpress-maintenance-mode",
        "ls -l WORDPRESS/.maintenance",
        "ls -l WORDPRESS/.maintenance",
    ),
    (
        "wordpress-plugin-failed",
        "wp plugin list",
        "wp plugin list",
    ),
    (
        "wordpress-cron-overload",
        "grep -c wp-cron access.log",
        "grep -c wp-cron access.log",
    ),
    (
        "loopback-timeout",
        "gatewhy diagnose URL",
        "gatewhy diagnose URL",
    ),
    (
        "cpu-saturated",
        "uptime; cat /proc/pressure/cpu",
        "uptime; cat /proc/pressure/cpu",
    ),
    (
        "edge-cannot-reach-origin",
        "curl -si --resolve SITE:443:ORIGIN https://SITE/ | head -n 1",
        "curl -si --resolve SITE:443:ORIGIN https://SITE/ | head -n 1",
    ),
    (
        "edge-firewalled-by-origin",
        "nft list ruleset | grep -E 'drop|reject'",
        "nft list ruleset | grep -E 'drop|reject'",
    ),
    (
        "edge-tls-mode-mismatch",
        "openssl s_client -connect ORIGIN:443 -servername SITE </dev/null",
        "openssl s_client -connect ORIGIN:443 -servername SITE </dev/null",
    ),
    (
        "edge-origin-address-stale",
        "curl -s https://ifconfig.me; dig SITE",
        "curl -s https://ifconfig.me; dig SITE",
    ),
    ("edge-worker-failed", "wrangler tail", "wrangler tail"),
    (
        "error-page-cached",
        "curl -si -H 'Cache-Control: no-cache' URL | head -n 20",
        "curl -si -H 'Cache-Control: no-cache' URL | head -n 20",
    ),
    (
        "registry-outage",
        "curl -si REGISTRY/ | head -n 1",
        "curl -si REGISTRY/ | head -n 1",
    ),
    (
        "registry-misconfigured",
        "npm config get registry; docker info",
        "npm config get registry; docker info",
    ),
    (
        "client-proxy-interference",
        "env | grep -i proxy",
        "env | grep -i proxy",
    ),
    (
        "client-dns-stale",
        "dig SITE @1.1.1.1; dig SITE",
        "dig SITE @1.1.1.1; dig SITE",
    ),
];

const CRASH: &str = "coredumpctl list; journalctl -b | grep -E 'segfault|exited on signal|dumped'";
const OOM: &str = "journalctl -k | grep -iE 'out of memory|oom-kill'";
const TLS: &str = "openssl s_client -connect ADDRESS -servername NAME </dev/null";
const TLS_DATES: &str =
    "openssl s_client -connect ADDRESS -servername NAME </dev/null | openssl x509 -noout -dates";
const TLS_NAMES: &str = "openssl s_client -connect ADDRESS -servername NAME </dev/null | openssl x509 -noout -ext subjectAltName";
const TLS_WANTS: &str =
    "openssl s_client -connect ADDRESS </dev/null | grep -A3 'Acceptable client'";

/// The command for a cause, with the line's own address in it.
pub(super) fn command(id: &str, record: &Record<'_>) -> Option<String> {
    let (_, unix, other) = CHECKS.iter().find(|(known, _, _)| *known == id)?;
    let socket = record.socket_path();
    let common = if socket.is_some() { *unix } else { *other };
    let mut command = super::check_by::command(id, record).unwrap_or_else(|| common.into());
    if let Some(socket) = socket {
        command = match plain(socket) {
            Some(path) => command.replace("PATH", path),
            // All sockets are listed then: the one that is meant may be among them.
            None => command.replace(" | grep -F 'PATH'", ""),
        };
    }
    // HAProxy and Varnish name a server as their configuration does.
    let named = matches!(record.server, Server::Haproxy | Server::Varnish);
    let peer = record
        .peer
        .filter(|peer| !named || !matches!(peer, Peer::Name(_)));
    let address = peer.map(|peer| peer.to_string());
    let address = address
        .as_deref()
        .and_then(|a| plain(a.as_bytes()))
        .filter(|_| socket.is_none());
    if let Some(address) = address {
        command = command.replace("ADDRESS", address);
        let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
        command = command.replace("HOST", host.trim_matches(['[', ']']));
    }
    if let Some(port) = record.port() {
        command = command.replace("PORT", &port.to_string());
    }
    Some(command)
}

/// Every id that has a command.
#[cfg(test)]
pub(super) fn ids() -> impl Iterator<Item = &'static str> {
    CHECKS.iter().map(|(id, _, _)| *id)
}

/// A piece of a line that can stand in a command without harm: what a log says
/// must never become a second command.
fn plain(bytes: &[u8]) -> Option<&str> {
    let text = core::str::from_utf8(bytes).ok()?;
    let harmless = |c: char| c.is_ascii_alphanumeric() || "/.:_-@[]+,=".contains(c);
    let fits = !text.is_empty() && text.len() <= 120 && text.chars().all(harmless);
    (fits && !text.starts_with('-')).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(id: &str, path: &[u8]) -> String {
        let mut record = Record::new(Server::Nginx, b"");
        record.peer = Some(Peer::Unix(path));
        command(id, &record).unwrap_or_default()
    }

    #[test]
    fn a_socket_is_looked_for_by_its_path() {
        let told = at("backend-stopped", b"/run/app.sock");
        assert_eq!(told, "ss -xlp | grep -F '/run/app.sock'");
    }

    #[test]
    fn a_path_that_no_command_can_hold_is_still_one_of_a_socket() {
        for path in [
            &b"/srv/my app/a.sock"[..],
            b"/srv/'; reboot;'.sock",
            b"/\xff",
        ] {
            assert_eq!(at("backend-stopped", path), "ss -xlp");
            assert_eq!(at("backend-hung", path), "ss -xl; top -b -n 1");
        }
    }
}
