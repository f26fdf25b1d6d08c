//! Everything gatewhy may read, run or dial, in words: the reference page is made
//! from this. Every kind of question and every program has its line here; tests
//! hold that.
use crate::question::Command;

/// A row of a list: what, and what for.
type Line = (&'static str, &'static str);

/// Files it may read, as patterns: `*` stands for any run of characters. Those that
/// begin with `*` are looked for in folders that [`NAMED`] tells of.
pub const FILES: &[Line] = &[
    ("/etc/nginx*", "nginx's configuration"),
    ("/etc/apache2*", "Apache httpd's configuration"),
    ("/etc/httpd*", "likewise, where Red Hat keeps it"),
    (
        "*/.htaccess",
        "Apache's rules for a folder, on the request's way, where the configuration allows them",
    ),
    (
        "/etc/haproxy*",
        "HAProxy's configuration, its lists and maps",
    ),
    ("/etc/caddy*", "Caddy's configuration"),
    (
        "/var/lib/caddy/.config/caddy/autosave.json",
        "likewise, as it was last loaded, where Caddy resumes from it",
    ),
    ("/etc/lighttpd*", "lighttpd's configuration"),
    ("/etc/varnish*", "Varnish's configuration"),
    (
        "/usr/share/varnish/vcl/*",
        "likewise, files that it includes by name alone",
    ),
    ("/etc/traefik*", "Traefik's configuration and its routes"),
    ("/etc/envoy*", "Envoy's configuration"),
    (
        "/etc/php*",
        "PHP-FPM's configuration, its pools and PHP's settings",
    ),
    ("/etc/verdaccio*", "a package registry's configuration"),
    (
        "*/conf/server.xml",
        "Tomcat's connectors, below the folder that it is started with",
    ),
    ("/etc/supervisor*", "the programs that Supervisor keeps"),
    (
        "*/.pm2/*",
        "the applications that PM2 keeps, and its log, where PM2 runs or a service starts it",
    ),
    ("*/wp-load.php", "whether a site is a WordPress"),
    (
        "*/.maintenance",
        "whether that WordPress is in maintenance mode",
    ),
    (
        "*/.env",
        "the port of a service, in its working folder; secrets in it are masked",
    ),
    ("*/gunicorn.conf.py", "the address of gunicorn, likewise"),
    (
        "*/package.json",
        "the port of a Node application whose command names no file, likewise",
    ),
    ("*/ecosystem.config.js", "likewise"),
    ("*/config.json", "likewise"),
    (
        "/var/log/nginx*",
        "nginx's logs, and with --since or --at the rotated ones beside them, unpacked; those of the other proxies likewise",
    ),
    ("/var/log/apache2*", "Apache's logs"),
    ("/var/log/haproxy.log*", "HAProxy's log"),
    ("/var/log/caddy*", "Caddy's logs"),
    ("/var/log/lighttpd*", "lighttpd's logs"),
    ("/var/log/varnish*", "the log of varnishncsa"),
    ("/var/log/php*", "PHP-FPM's log"),
    (
        "/var/log/supervisor*",
        "Supervisor's log, and what its programs printed",
    ),
    (
        "/var/log/dpkg.log*",
        "with --since or --at: which packages were changed near a failure",
    ),
    (
        "/etc/systemd/system*",
        "services that an administrator wrote, and their drop-ins",
    ),
    ("/usr/local/lib/systemd/system*", "likewise"),
    ("/run/systemd/*", "services made at run time"),
    ("/usr/lib/systemd/system*", "services that packages brought"),
    ("/lib/systemd/system*", "services that packages brought"),
    ("/etc/init.d/*", "scripts of which systemd makes services"),
    ("/etc/default/*", "their settings"),
    ("/etc/hosts", "names set by hand"),
    ("/etc/resolv.conf", "which resolver the host uses"),
    ("/etc/passwd", "the users of workers and services"),
    ("/etc/group", "the groups of those users"),
    ("/etc/ssl/certs/*", "the authorities the host trusts"),
    ("/etc/pki/tls/certs/*", "likewise"),
    ("/etc/ssl/ca-bundle.pem", "likewise"),
    (
        "/etc/nftables.conf",
        "which file keeps a firewall rule that blocks a backend",
    ),
    ("/etc/sysconfig/nftables.conf", "likewise"),
    ("/etc/iptables/rules.v*", "likewise"),
    (
        "/proc/*",
        "processes, sockets, memory, mounts, settings of the kernel",
    ),
    (
        "/sys/fs/cgroup/*",
        "limits of services on memory and processor time, and how often they were hit",
    ),
    (
        "/sys/fs/selinux/*",
        "whether SELinux enforces, and its switch for a web server's connections",
    ),
    (
        "/sys/module/*",
        "whether AppArmor is on, and whether a packet filter is loaded",
    ),
    (
        "/lib/modules/*/modules.builtin",
        "whether a packet filter is part of the kernel",
    ),
    (
        "/var/log/audit/audit.log",
        "what SELinux or AppArmor refused",
    ),
    ("/etc/machine-id", "the name of the journal's folder"),
    (
        "/var/log/journal/*",
        "whether the journal may be read; journalctl reads it",
    ),
    ("/run/log/journal/*", "likewise"),
];

/// Further files, and who names them: answers to earlier questions.
pub const NAMED: &[Line] = &[
    (
        "CONFIGURED",
        "what the configuration of the proxy, of PHP or of a backend names: includes, lists, certificates, sockets, logs and the rotated ones beside them, temporary folders, document roots and what a request leads to below them",
    ),
    (
        "SERVICE",
        "what a service's unit names: its program and that one's script, settings, environment files, working folder, socket",
    ),
    (
        "RUNNING",
        "what a running process names: its configuration, its working folder, the script that it works on",
    ),
    (
        "LOGGED",
        "what a line of a log names: who may use that file or folder, never what it holds",
    ),
];

/// What it asks the kernel and the system's libraries besides files.
pub const READS: &[Line] = &[
    (
        "clock_gettime, sysconf",
        "the host's clocks, to place log lines in time",
    ),
    (
        "uname, geteuid, getgroups",
        "who is looking, and so what may be missing from the view",
    ),
    (
        "stat, statvfs, getxattr",
        "permissions and access lists along a path; free space and inodes of a file system",
    ),
    (
        "readdir of /proc",
        "processes: state, user, program, open files, namespaces, limits",
    ),
    (
        "netlink sock_diag",
        "listening sockets with their queues; connections of one port; unix sockets",
    ),
    (
        "/dev/kmsg",
        "the kernel's log: out-of-memory kills, crashes, dropped connections",
    ),
    (
        "getaddrinfo",
        "names as the system resolves them, where there is no getent",
    ),
];

const SHOW: Line = (
    "systemctl --no-pager --no-ask-password show --property=… -- UNIT…",
    "state, result and settings of the services involved",
);
const LIST_UNITS: Line = (
    "systemctl --no-pager --no-ask-password list-units --all --type=service,socket --plain --no-legend --full",
    "which services there are",
);
const JOURNAL: Line = (
    "journalctl --output=json --no-pager --all --output-fields=… --unit=UNIT --lines=N",
    "what a service printed last",
);
const JOURNAL_WITHIN: Line = (
    "journalctl --output=json --no-pager --all --output-fields=… --since=@SECONDS --until=@SECONDS --lines=N [--unit=UNIT | _PID=1 | _TRANSPORT=kernel]",
    "what a service, the service manager or the kernel wrote at the time of past failures, with --since or --at",
);
const NFT: Line = (
    "nft --json [--terse] list ruleset",
    "firewall rules and their counters; not run where the kernel has no packet filter loaded",
);
const IPTABLES: Line = (
    "iptables-save --counters",
    "firewall rules of the older kind; under the same condition",
);
const IP6TABLES: Line = ("ip6tables-save --counters", "the same for IPv6");
const ROUTE: Line = ("ip -json route get ADDRESS", "the route to a backend");
const GETENT: Line = ("getent ahosts NAME", "a name as the system resolves it");
const VARNISH_LOG: Line = (
    "varnishlog -d -g request -q 'RespStatus >= 500 and Timestamp:Start[1] >= SECONDS'",
    "requests that failed within the last minute, out of Varnish's memory, without the visitors' headers; only where Varnish is the proxy",
);
const NGINX_VERSION: Line = (
    "NGINX -V",
    "nginx's version and compiled-in paths: reads no configuration, and runs only where nobody but root may change the file",
);

/// Programs it may run, with their fixed arguments.
pub const COMMANDS: &[Line] = &[
    SHOW,
    LIST_UNITS,
    JOURNAL,
    JOURNAL_WITHIN,
    NFT,
    IPTABLES,
    IP6TABLES,
    ROUTE,
    GETENT,
    VARNISH_LOG,
    NGINX_VERSION,
];

/// The line of [`COMMANDS`] that tells of a program.
pub const fn line_of(command: &Command) -> Line {
    match command {
        Command::SystemctlShow { .. } => SHOW,
        Command::SystemctlListUnits => LIST_UNITS,
        Command::Journal { .. } => JOURNAL,
        Command::JournalWithin { .. } => JOURNAL_WITHIN,
        Command::NftRuleset { .. } => NFT,
        Command::IptablesSave { v6: false } => IPTABLES,
        Command::IptablesSave { v6: true } => IP6TABLES,
        Command::RouteTo { .. } => ROUTE,
        Command::VarnishLog { .. } => VARNISH_LOG,
        Command::NginxVersion { .. } => NGINX_VERSION,
    }
}

/// Conversations it may hold. The interfaces of proxies are asked on this host only,
/// at a loopback address or a unix socket, and say no `User-Agent`.
pub const PROBES: &[Line] = &[
    (
        "GET URL through the proxy",
        "what a visitor gets; `--requests` times; of a group whose failures the log tells of, twice as often as it has members, at most 8 times; without a URL, where no log tells of a failure, once of each of the first 12 sites that are configured",
    ),
    (
        "GET request to the backend itself, over HTTP, FastCGI, uwsgi or SCGI",
        "whether the backend or the way to it is broken; once for each member; in another of these protocols, where it does not speak the one that is configured",
    ),
    (
        "GET /-/ping, /service/rest/v1/status/writable, /artifactory/api/system/ping",
        "whether a package registry that answers an error is well itself: Verdaccio, Nexus Repository, Artifactory; where one of them is the backend",
    ),
    (
        "PROXY header before such a request",
        "the same, where the configuration has one sent or expected",
    ),
    (
        "AJP ping, opening of HTTP/2",
        "whether a backend speaks AJP or gRPC; no request",
    ),
    (
        "connect, TLS handshake",
        "which phase fails, and the certificate that is shown",
    ),
    (
        "greeting of a database",
        "whether MySQL turns clients away; nothing is sent",
    ),
    (
        "show stat to HAProxy's stats socket",
        "which of its servers HAProxy takes to be up; where the configuration has that socket",
    ),
    (
        "GET /config/ of Caddy's admin API",
        "what Caddy runs with; while the site fails",
    ),
    (
        "GET /clusters, GET /stats of Envoy's admin interface",
        "which backends Envoy takes to be up, and failed checks of certificates; while the site fails",
    ),
    (
        "GET /api/http/services of Traefik's API",
        "which backends Traefik takes to be up; while the site fails, and where the API is open",
    ),
    (
        "DNS question to the resolver that the proxy uses",
        "what the proxy is told",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::HostPath;
    use crate::prelude::*;
    use crate::question::Entries;

    /// One of each program. [`line_of`] has no wildcard, so a new one cannot be
    /// added without its line; this says that the line is in the list.
    fn every_command() -> Vec<Command> {
        let unit = String::from("x.service");
        vec![
            Command::SystemctlShow {
                units: vec![unit.clone()],
            },
            Command::SystemctlListUnits,
            Command::Journal {
                unit,
                lines: 1,
                round: 0,
            },
            Command::JournalWithin {
                of: Entries::Manager,
                from: 0,
                until: 1,
                lines: 1,
            },
            Command::NftRuleset { round: 0 },
            Command::IptablesSave { v6: false },
            Command::IptablesSave { v6: true },
            Command::RouteTo {
                address: [127, 0, 0, 1].into(),
            },
            Command::VarnishLog {
                name: None,
                since: 0,
                round: 0,
            },
            Command::NginxVersion {
                exe: HostPath::new("/usr/sbin/nginx"),
            },
        ]
    }

    #[test]
    fn every_program_is_listed() {
        for command in every_command() {
            assert!(COMMANDS.contains(&line_of(&command)), "{command}");
        }
        let told: Vec<Line> = every_command().iter().map(line_of).collect();
        let spare = COMMANDS.iter().filter(|line| !told.contains(line));
        // `getent` answers a question of its own, `Question::Resolve`.
        assert_eq!(spare.collect::<Vec<_>>(), [&GETENT]);
    }

    #[test]
    fn a_programs_line_begins_as_its_key_does() {
        for command in every_command() {
            let key = command.to_string();
            let program = key.split([' ', '/']).rfind(|word| {
                [
                    "systemctl",
                    "journalctl",
                    "nft",
                    "iptables-save",
                    "ip6tables-save",
                    "ip",
                    "varnishlog",
                    "nginx",
                ]
                .contains(word)
            });
            let line = line_of(&command).0.to_lowercase();
            assert!(line.starts_with(program.unwrap()), "{key}: {line}");
        }
    }
}
