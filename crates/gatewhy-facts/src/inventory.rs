//! Everything gatewhy may read, run or dial, in words: the reference page is made
//! from this, and a test holds every recorded question against it.

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
    (
        "/proc/*",
        "processes, sockets, memory, mounts, settings of the kernel",
    ),
    (
        "/sys/fs/cgroup/*",
        "memory limits of services, and how often they were hit",
    ),
];

/// Kernel interfaces it reads besides files.
pub const READS: &[(&str, &str)] = &[
    (
        "netlink sock_diag",
        "listening sockets with their queues; connections",
    ),
    (
        "/dev/kmsg",
        "the kernel's log: out-of-memory kills, crashes, dropped connections",
    ),
    (
        "statvfs",
        "free space and inodes of the file systems that logs and temporary files are on",
    ),
    (
        "lstat, getxattr",
        "permissions and access lists along the path to a unix socket",
    ),
    ("getaddrinfo", "names as the system resolves them"),
];

/// Programs it may run, with their fixed arguments.
pub const COMMANDS: &[(&str, &str)] = &[
    (
        "systemctl show --property=… UNIT…",
        "state, result and settings of the services involved",
    ),
    (
        "systemctl list-units --all --type=service,socket --plain --no-legend --full",
        "which services there are",
    ),
    (
        "journalctl --output=json --no-pager --lines=N --unit=UNIT",
        "what a service printed last",
    ),
    (
        "nft --json list ruleset",
        "firewall rules and their counters",
    ),
    (
        "iptables-save --counters",
        "firewall rules of the older kind",
    ),
    ("ip6tables-save --counters", "the same for IPv6"),
    ("ip --json route get ADDRESS", "the route to a backend"),
    (
        "NGINX -V",
        "nginx's version and compiled-in paths; reads no configuration",
    ),
];

/// Conversations it may hold.
pub const PROBES: &[(&str, &str)] = &[
    (
        "GET URL through the proxy",
        "what a visitor gets; `--requests` times",
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
