//! Everything gatewhy may read, run or dial, in words: the reference page is made
//! from this. Every kind of question and every program has its line here; tests
//! hold that.
use crate::question::Command;

/// Files it may read, as patterns: `*` stands for any run of characters.
pub const FILES: &[(&str, &str)] = &[
    ("/etc/nginx/*", "nginx's configuration"),
    (
        "CONFIGURED",
        "files and folders that nginx's configuration names: includes, logs, certificates, document roots, temporary folders",
    ),
    ("/etc/php*", "PHP-FPM's configuration and its pools"),
    ("/var/log/php*", "PHP-FPM's log"),
    (
        "/var/log/nginx*",
        "nginx's logs, and with --since or --at the rotated ones beside them, unpacked",
    ),
    (
        "/var/log/dpkg.log*",
        "with --since or --at: which packages were changed near a failure",
    ),
    (
        "/etc/systemd/system*",
        "services that an administrator wrote, and their drop-ins",
    ),
    ("/run/systemd/*", "services made at run time"),
    ("/usr/lib/systemd/system*", "services that packages brought"),
    ("/lib/systemd/system*", "services that packages brought"),
    (
        "SERVICE",
        "files that a service's unit names: its program's script, environment files, working folder",
    ),
    ("/etc/hosts", "names set by hand"),
    ("/etc/resolv.conf", "which resolver the host uses"),
    ("/etc/nsswitch.conf", "in which order names are looked up"),
    ("/etc/passwd", "the users of workers and services"),
    ("/etc/group", "the groups of those users"),
    ("/etc/ssl/certs/*", "the authorities the host trusts"),
    ("/etc/pki/tls/certs/*", "likewise"),
    ("/etc/ssl/ca-bundle.pem", "likewise"),
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
        "/var/log/audit/audit.log",
        "what SELinux or AppArmor refused",
    ),
];

/// What it asks the kernel and the system's libraries besides files.
pub const READS: &[(&str, &str)] = &[
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

/// A program it may run: its fixed arguments, and what for.
type Line = (&'static str, &'static str);

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

/// Conversations it may hold.
pub const PROBES: &[(&str, &str)] = &[
    (
        "GET URL through the proxy",
        "what a visitor gets; `--requests` times; of a group whose failures the log tells of, twice as often as it has members, at most 8 times",
    ),
    (
        "GET or FastCGI request to the backend itself",
        "whether the backend or the way to it is broken; once for each member",
    ),
    (
        "connect, TLS handshake",
        "which phase fails, and the certificate that is shown",
    ),
    (
        "DNS question to the resolver that nginx uses",
        "what nginx is told",
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
