//! The closed list of what gatewhy may ask of the outside world.
//!
//! A question is a read; none changes the host. There is no free-form command:
//! every program that may run is a value of [`Command`], with fixed arguments.
use crate::path::HostPath;
use crate::prelude::*;
use core::fmt;
use core::net::SocketAddr;

/// One read of the outside world. `Display` gives its canonical, one-line key,
/// which recordings use and `-v` prints.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// The host's clock: text lines `realtime_us`, `boottime_us`, `monotonic_us`,
    /// `utc_offset_secs`, `clock_ticks` (a second), `page_size` (bytes).
    Now,
    /// Who is looking: text lines `euid`, `egid`, `groups`, `cap_eff`
    /// (hexadecimal), `hostname`, `kernel` (its release).
    Whoami,
    /// A regular file's bytes.
    File {
        /// Which file.
        path: HostPath,
        /// As whom it is seen.
        view: View,
        /// How much of it.
        part: Part,
    },
    /// The names in a folder, sorted bytewise, each with its kind: `KIND NAME\0`
    /// where the kind is `f`, `d`, `l`, `s` (socket) or `o` (other).
    Folder {
        /// Which folder.
        path: HostPath,
        /// As whom it is seen.
        view: View,
    },
    /// What `lstat` says of every element along a path, links followed, from `/`
    /// down. A record each: `MODE UID GID KIND MAJOR:MINOR INODE ACL CHANGED PATH\0`,
    /// for a link `TARGET\0`, then a newline. The mode is octal, the kind that of
    /// [`Question::Folder`], the ACL the attribute `system.posix_acl_access` in
    /// hexadecimal or `-`, the change of the inode (`ctime`) in microseconds since
    /// 1970; recordings from before that column have none. A walk that ends early has a last record of kind `-`
    /// (not there) or `?` (could not look; the reason in place of the target).
    Walk {
        /// The path to walk.
        path: HostPath,
        /// As whom it is seen.
        view: View,
    },
    /// Free and total bytes and inodes of the file system that holds a path:
    /// text lines `bytes_total`, `bytes_free`, `bytes_available` (to others than
    /// root), `inodes_total`, `inodes_free`, `read_only` (`0` or `1`).
    FileSystem {
        /// A path on that file system.
        path: HostPath,
        /// As whom it is seen.
        view: View,
    },
    /// Every process: a bundle of `PID/stat`, `PID/uid` (effective) and, unless it
    /// is empty, `PID/cmdline`. Cut when `/proc` hides other users' processes.
    Processes,
    /// One process in depth: a bundle of its `/proc` files `stat`, `cmdline`,
    /// `status`, `limits`, `cgroup`, `wchan`, `syscall`; of its links `exe`, `cwd`,
    /// `root`, `ns/mnt`, `ns/net`, `ns/pid`, `ns/user`, `fd/N` (the first 512);
    /// of `exe-id` (`MAJOR:MINOR INODE`), `fds` (how many) and `TID/stat` of its
    /// threads. A part that could not be read is `NAME!` and holds the reason.
    Process {
        /// The process.
        pid: u32,
    },
    /// All listening TCP sockets of our network namespace: netlink `sock_diag`
    /// messages as the kernel sent them (little-endian), IPv4 then IPv6.
    TcpListeners,
    /// All TCP sockets to or from one port that are not listening, likewise, each
    /// with its `tcp_info`.
    TcpConnections {
        /// The local or remote port.
        port: u16,
    },
    /// All TCP sockets that are connected or on their way to be, likewise.
    TcpConnected,
    /// All unix sockets, likewise, each with name, file, peer, pending
    /// connections, queue and owner.
    UnixSockets,
    /// Which process holds which socket: text lines `INODE PID FD`, and
    /// `! PID WHY` for a process whose descriptors could not be read.
    SocketOwners,
    /// The network namespaces that processes live in: text lines `INODE PID` with the
    /// lowest process of each, and `! COUNT WHY` for processes that could not be read.
    Networks,
    /// The kernel's log, newest part, as `/dev/kmsg` records one a line.
    KernelLog,
    /// The system resolver's addresses for a name (`getent ahosts`, or
    /// `getaddrinfo` itself): one a line. Absent when there is no such name.
    Resolve {
        /// The name.
        name: String,
    },
    /// One DNS question to one server: a bundle of `outcome` (one line
    /// `TRANSPORT OUTCOME MICROSECONDS` for each try: `udp`, at most twice, then
    /// `tcp` when the answer was truncated; outcomes are the words of
    /// [`How`](crate::protocol::tape::How)) and `message` (the raw answer, empty if
    /// none came).
    Dns {
        /// The server to ask.
        server: SocketAddr,
        /// The name to ask for.
        name: String,
        /// `A` (1) or `AAAA` (28).
        kind: u16,
    },
    /// A conversation with one end point; see [`Exchange`].
    Exchange(Exchange),
    /// A read-only program; its standard output.
    Run(Command),
    /// Another question, asked again after the probes: queues, processes and the
    /// kernel's log tell what a probe met only once it was made.
    Again(Box<Question>),
}

/// Which entries of the journal are meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entries {
    /// A unit's, as `--unit=` chooses them: its own, and systemd's about it.
    Unit(String),
    /// Those of the service manager, about every unit: `_PID=1`.
    Manager,
    /// The kernel's, of earlier boots as well: `_TRANSPORT=kernel`.
    Kernel,
}

/// From whose point of view a path is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum View {
    /// As gatewhy itself sees it.
    Host,
    /// As that process sees it: its root folder and mount namespace.
    Process(u32),
}

/// How much of a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The first so many bytes.
    Head(u32),
    /// The last so many bytes, asked in a given round: a log read before and
    /// after a probe is two questions.
    Tail {
        /// How many bytes.
        bytes: u32,
        /// `0` before any probe, `1` after the site was probed, `2` a moment later.
        round: u8,
    },
    /// The lines of a log that were written within a window of time; a file that is
    /// packed (gzip, zstd, xz, bzip2) is unpacked. See [`LogWindow`].
    Within(LogWindow),
}

/// Which lines of a log are wanted. A line's time is what
/// [`log_window::time_of`](crate::log_window::time_of) finds in it; a line without one
/// belongs to the line before. Of a log in which no line tells a time nothing comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogWindow {
    /// The first second, since 1970.
    pub from: i64,
    /// The last second.
    pub until: i64,
    /// The zone of lines that name none, in seconds east of UTC.
    pub offset: i32,
    /// Which of those lines.
    pub lines: LogLines,
    /// At most so many bytes of them, the newest; the answer is cut when there were
    /// more.
    pub bytes: u32,
}

/// Which lines of a window are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLines {
    /// Every line.
    All,
    /// Those that hold the digits `502`, `503` or `504` anywhere, or the words `is DOWN`
    /// or `is UP`: a site's busy access log has few of them.
    Failed,
}

/// Where a conversation is held.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Endpoint {
    /// A TCP address.
    Tcp(SocketAddr),
    /// A unix stream socket.
    Unix(HostPath),
}

/// One conversation: connect, perhaps TLS, send once, read until done.
///
/// The answer is a bundle, which [`Conversation`](crate::protocol::tape::Conversation)
/// reads:
///
/// - `phases`: one line `STEP OUTCOME MICROSECONDS` for each step that was begun, in
///   order. Steps: `connect`, `tls`, `send`, `first-byte`, `end`. Outcomes: `ok`,
///   `refused`, `timeout`, `reset`, `closed`, `foreign` (another protocol, then
///   silence), `limit`, `alert:N`, `tls-failed`, `errno:N`. The microseconds are the
///   step's own. A peer that closes while we send is still listened to.
/// - `local`: own address, for TCP.
/// - `peer`: `PID UID GID` of the listening process, for unix sockets.
/// - `received`: raw bytes, inside TLS where there is TLS. `counted`: how many bytes
///   came in all, when the answer is longer than what is kept of it.
/// - with TLS, `tls`: lines `version`, `cipher`, `alpn`, `error`, `alert N`,
///   `wants-client-certificate`, and after a refused handshake `offer VERSION
///   accepted:CIPHER|alert:N|refused|timeout` for old versions; `tls-received`: the
///   first raw bytes that came in place of a handshake; `certificate/N`: DER, the
///   peer's own first.
///
/// A conversation that fails is an answer all the same. Other outcomes mean that it
/// could not be tried.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exchange {
    /// Whom to talk to.
    pub endpoint: Endpoint,
    /// From whose mount and network namespace.
    pub view: View,
    /// TLS to speak first, if any.
    pub tls: Option<TlsOffer>,
    /// The bytes to send; nothing is sent when empty.
    pub send: Vec<u8>,
    /// When the answer is complete.
    pub until: Until,
    /// Milliseconds for the whole conversation.
    pub patience_ms: u32,
    /// Which try this is: the same conversation may be held several times.
    pub attempt: u8,
}

/// What our side offers in a TLS handshake. The peer's certificate is recorded
/// and never refused: the causes judge it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TlsOffer {
    /// Server name indication to send, if any.
    pub server_name: Option<String>,
    /// What is sent in plain before the handshake: a header of the PROXY protocol.
    pub before: Vec<u8>,
}

/// When a conversation ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Until {
    /// As soon as the connection is made (after TLS, if any).
    Connected,
    /// With the first bytes of the peer.
    FirstBytes,
    /// After a whole HTTP/1 message; what is longer than the limit is counted to its
    /// end, up to 64 MiB.
    HttpMessage {
        /// The most bytes to keep.
        limit: u32,
    },
    /// After the FastCGI end-of-request record.
    FastCgiEnd {
        /// The most bytes to keep.
        limit: u32,
    },
}

/// The programs gatewhy may run. All only read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Command {
    /// `systemctl show --property=… UNIT…`: blocks of `NAME=VALUE`, one a unit,
    /// separated by an empty line.
    SystemctlShow {
        /// Unit names, with their suffix.
        units: Vec<String>,
    },
    /// `systemctl list-units --all --type=service,socket --plain --no-legend --full`
    SystemctlListUnits,
    /// `journalctl --output=json --no-pager --all --lines=N --unit=UNIT`: one JSON
    /// object a line. Cut when other users' messages are hidden from us.
    Journal {
        /// Unit name, with its suffix.
        unit: String,
        /// At most so many entries, the newest.
        lines: u32,
        /// Asked in a given round, as [`Part::Tail`].
        round: u8,
    },
    /// The same with `--since=@FROM --until=@UNTIL`: what was written within a window
    /// of time, in seconds since 1970.
    JournalWithin {
        /// Whose entries.
        of: Entries,
        /// The first second.
        from: i64,
        /// The last second.
        until: i64,
        /// At most so many entries, the newest.
        lines: u32,
    },
    /// `nft --json list ruleset`, in a given round: rule counters are read before
    /// and after a probe. Without the sets' elements (`--terse`) where those are
    /// more than 4 MiB. Absent, as is [`Self::IptablesSave`], where the kernel has
    /// no packet filter loaded: asking would load it.
    NftRuleset {
        /// `0` before a probe, `1` after.
        round: u8,
    },
    /// `iptables-save --counters`
    IptablesSave {
        /// Whether IPv6 rules are meant (`ip6tables-save`).
        v6: bool,
    },
    /// `ip -json route get ADDRESS`: its JSON, or its line `RTNETLINK answers: …`
    /// where the kernel knows no way.
    RouteTo {
        /// The destination.
        address: core::net::IpAddr,
    },
    /// `varnishlog -d -g request`: requests that were answered with 500 or more, out
    /// of Varnish's memory; of the visitors' headers only Host.
    VarnishLog {
        /// The instance (`-n`), unless it is the usual one.
        name: Option<String>,
        /// Since when, in seconds since 1970.
        since: i64,
        /// Asked in a given round, as [`Part::Tail`].
        round: u8,
    },
    /// `NGINX -V`: version and build options, printed on standard error.
    NginxVersion {
        /// The running master's executable.
        exe: HostPath,
    },
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now => f.write_str("now"),
            Self::Whoami => f.write_str("whoami"),
            Self::File { path, view, part } => write!(f, "file {path}{view}{part}"),
            Self::Folder { path, view } => write!(f, "folder {path}{view}"),
            Self::Walk { path, view } => write!(f, "walk {path}{view}"),
            Self::FileSystem { path, view } => write!(f, "file-system {path}{view}"),
            Self::Processes => f.write_str("processes"),
            Self::Process { pid } => write!(f, "process {pid}"),
            Self::TcpListeners => f.write_str("tcp-listeners"),
            Self::TcpConnections { port } => write!(f, "tcp-connections {port}"),
            Self::TcpConnected => f.write_str("tcp-connected"),
            Self::UnixSockets => f.write_str("unix-sockets"),
            Self::SocketOwners => f.write_str("socket-owners"),
            Self::Networks => f.write_str("networks"),
            Self::KernelLog => f.write_str("kernel-log"),
            Self::Resolve { name } => write!(f, "resolve {}", one_word(name)),
            Self::Dns { server, name, kind } => {
                write!(f, "dns {server} {} type={kind}", one_word(name))
            }
            Self::Exchange(exchange) => exchange.fmt(f),
            Self::Run(command) => write!(f, "run {command}"),
            Self::Again(question) => write!(f, "again {question}"),
        }
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host => Ok(()),
            Self::Process(pid) => write!(f, " view={pid}"),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head(bytes) => write!(f, " head={bytes}"),
            Self::Tail { bytes, round } => write!(f, " tail={bytes} round={round}"),
            Self::Within(window) => window.fmt(f),
        }
    }
}

impl fmt::Display for LogWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = match self.lines {
            LogLines::All => "all",
            LogLines::Failed => "failed",
        };
        write!(
            f,
            " from={} until={} offset={} lines={lines} bytes={}",
            self.from, self.until, self.offset, self.bytes
        )
    }
}

impl fmt::Display for Entries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unit(unit) => f.write_str(unit),
            Self::Manager => f.write_str("_PID=1"),
            Self::Kernel => f.write_str("_TRANSPORT=kernel"),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{path}"),
        }
    }
}

impl fmt::Display for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exchange {}{}", self.endpoint, self.view)?;
        match &self.tls {
            None => {}
            Some(TlsOffer {
                server_name: None, ..
            }) => f.write_str(" tls")?,
            Some(TlsOffer {
                server_name: Some(name),
                ..
            }) => write!(f, " tls={}", one_word(name))?,
        }
        if let Some(offer) = self.tls.as_ref().filter(|offer| !offer.before.is_empty()) {
            let before = crate::untrusted::shown(&offer.before).to_string();
            write!(f, " before={}", one_word(&before))?;
        }
        write!(
            f,
            " until={:?} patience={} attempt={}",
            self.until, self.patience_ms, self.attempt
        )?;
        write!(f, " send={}", crate::untrusted::shown(&self.send))
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SystemctlShow { units } => write!(f, "systemctl show {}", units.join(" ")),
            Self::SystemctlListUnits => f.write_str("systemctl list-units"),
            Self::Journal { unit, lines, round } => {
                write!(f, "journalctl {unit} lines={lines} round={round}")
            }
            Self::JournalWithin {
                of,
                from,
                until,
                lines,
            } => write!(f, "journalctl {of} from={from} until={until} lines={lines}"),
            Self::NftRuleset { round } => write!(f, "nft list ruleset round={round}"),
            Self::IptablesSave { v6: false } => f.write_str("iptables-save"),
            Self::IptablesSave { v6: true } => f.write_str("ip6tables-save"),
            Self::RouteTo { address } => write!(f, "ip route get {address}"),
            Self::VarnishLog { name, since, round } => {
                f.write_str("varnishlog")?;
                if let Some(name) = name {
                    write!(f, " name={}", one_word(name))?;
                }
                write!(f, " since={since} round={round}")
            }
            Self::NginxVersion { exe } => write!(f, "{exe} -V"),
        }
    }
}

fn one_word(name: &str) -> String {
    crate::untrusted::shown(name.as_bytes())
        .to_string()
        .replace(' ', "\\x20")
}

impl Question {
    /// Whether the answer may take long because somebody else is waited for.
    pub fn is_slow(&self) -> bool {
        if let Self::Again(question) = self {
            return question.is_slow();
        }
        matches!(
            self,
            Self::Exchange(_) | Self::Resolve { .. } | Self::Dns { .. }
        )
    }

    /// The same question, after the probes.
    #[must_use]
    pub fn again(self) -> Self {
        Self::Again(Box::new(self))
    }

    /// The whole of a small file, as gatewhy sees it (at most 1 MiB).
    pub fn file(path: impl Into<String>) -> Self {
        Self::file_in(path, View::Host)
    }

    /// The whole of a small file as `view` sees it (at most 1 MiB).
    pub fn file_in(path: impl Into<String>, view: View) -> Self {
        Self::File {
            path: HostPath::new(path),
            view,
            part: Part::Head(1 << 20),
        }
    }
}
