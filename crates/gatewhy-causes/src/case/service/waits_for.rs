//! What the processes behind an address wait for: an answer of somebody else, a lock,
//! a disk, the processor. The kernel knows each process's connections, whether it sent
//! something there and had no answer since, and the call it sleeps in.
use crate::case::Case;
use crate::case::exchange::link::Link;
use crate::case::exchange::stall::Stall;
use crate::case::routing::peer::Dial;
use crate::case::system::dns::PORT as NAMES;
use crate::evidence::Evidence;
use core::net::SocketAddr;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::linux::proc_net::{self, Connected};
use gatewhy_facts::linux::process::Process;
use gatewhy_facts::linux::sockets::{Awaits, TcpSocket, TcpState};
use gatewhy_facts::linux::stat::ProcessState;
use gatewhy_facts::linux::unix_sockets::{UnixName, UnixSocket};
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::Question;
use gatewhy_facts::untrusted::shown;
use gatewhy_fixes::shell;

/// The most processes looked into.
const PROCESSES: usize = 64;

/// What a process waits for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// An answer of another server.
    Answer(Dial),
    /// A connection to another server.
    Connection(Dial),
    /// A name's address, from this name server.
    Name(SocketAddr),
    /// A lock on a file that another process holds.
    Lock(String),
    /// A disk or a file server.
    Disk,
    /// Nothing: it uses the processor, or wants to.
    Processor,
    /// Time to pass.
    Sleep,
}

/// What some of the processes wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaited {
    /// What.
    pub what: What,
    /// How many of them do.
    pub processes: usize,
    /// How many are busy.
    pub of: usize,
    /// How long the longest has waited, where the kernel tells, in milliseconds.
    pub longest_ms: Option<u32>,
    /// Whether the kernel's own stamps say so of all of them.
    pub sure: bool,
}

/// One process's wait.
#[derive(Clone, Copy, Debug)]
struct Wait {
    since_ms: Option<u32>,
    sure: bool,
}

/// Connections of this host, after our requests.
struct Connections {
    tcp: BTreeMap<u64, TcpSocket>,
    unix: BTreeMap<u64, UnixSocket>,
    /// Name servers that were asked.
    names: BTreeMap<u64, Connected>,
}

/// What was looked at; nothing where there is no such thing.
fn there<T: Default>(fact: Fact<Rc<T>>) -> Result<Rc<T>, Gap> {
    match fact {
        Fact::Found(all, _) => Ok(all),
        Fact::Absent(_) => Ok(Rc::default()),
        Fact::Unknown(gap) => Err(gap),
    }
}

impl Link<'_, '_> {
    /// What the processes that are busy wait for, what most of them wait for first.
    pub fn awaits(&self, stall: &Stall) -> Fact<Vec<Awaited>> {
        let busy = Self::busy(stall);
        let connections = match self.connections_again(busy.first().copied()) {
            Ok(connections) => connections,
            Err(gap) => return Fact::Unknown(gap),
        };
        let mut all: BTreeMap<What, Vec<Wait>> = BTreeMap::new();
        // One that could not be looked into counts as well: not all are known to wait.
        let read = busy.iter().take(PROCESSES);
        for process in read.filter_map(|pid| self.case.process_again(*pid).found().cloned()) {
            for (what, wait) in self.waits_of(&process, stall, &connections) {
                all.entry(what).or_default().push(wait);
            }
        }
        let told = all.into_iter().map(|(what, waits)| Awaited {
            what,
            processes: waits.len(),
            of: busy.len(),
            longest_ms: waits.iter().filter_map(|wait| wait.since_ms).max(),
            sure: waits.iter().all(|wait| wait.sure),
        });
        let mut told: Vec<Awaited> = told.collect();
        told.sort_by_key(|awaited| core::cmp::Reverse(awaited.processes));
        Fact::Found(told, Source::new("/proc and sock_diag"))
    }

    fn connections_again(&self, pid: Option<u32>) -> Result<Connections, Gap> {
        // Both are asked for, whatever comes of the one.
        let (tcp, unix) = (self.case.connected_again(), self.case.unix_again());
        let tcp = there(tcp)?;
        let unix = there(unix)?;
        let tcp = tcp
            .iter()
            .map(|socket| (u64::from(socket.inode), socket.clone()));
        let unix = unix
            .iter()
            .map(|socket| (u64::from(socket.inode), socket.clone()));
        Ok(Connections {
            tcp: tcp.collect(),
            unix: unix.collect(),
            names: pid.map_or_else(BTreeMap::new, |pid| self.names_asked(pid)),
        })
    }

    /// Sockets that ask a name server, in the network of this process. A table that
    /// cannot be read tells of no wait, as one without such sockets.
    fn names_asked(&self, pid: u32) -> BTreeMap<u64, Connected> {
        let table = |name: &str| {
            let question = Question::file(format!("/proc/{pid}/net/{name}")).again();
            let table = self.case.known.bytes(&question, "/proc/net", "run as root");
            table
                .map(proc_net::connected)
                .found()
                .cloned()
                .unwrap_or_default()
        };
        let all = table("udp").into_iter().chain(table("udp6"));
        let asked = all.filter(|socket| socket.remote.port() == NAMES && !socket.unread);
        asked.map(|socket| (socket.inode, socket)).collect()
    }

    /// The processes that work on a request: workers that do not wait for one, or all
    /// that serve the address where it has no workers.
    pub(in crate::case) fn busy(stall: &Stall) -> Vec<u32> {
        match &stall.workers {
            Some(workers) => workers.busy.clone(),
            None => stall.processes.iter().map(|stat| stat.pid).collect(),
        }
    }

    fn waits_of(
        &self,
        process: &Process,
        stall: &Stall,
        all: &Connections,
    ) -> BTreeMap<What, Wait> {
        // A worker has one request; a program that has many keeps connections open
        // that nobody waits for.
        let least = match stall.workers {
            Some(_) => Awaits::Perhaps,
            None => Awaits::Yes,
        };
        let inodes = process.open.keys().filter_map(|fd| process.socket(*fd));
        let mut waits: BTreeMap<What, Wait> = inodes
            .filter_map(|inode| {
                let tcp = all.tcp.get(&inode);
                let tcp = tcp.and_then(|socket| self.tcp_wait(socket, least));
                tcp.or_else(|| self.unix_wait(all.unix.get(&inode)?, all))
                    .or_else(|| name_wait(all.names.get(&inode)?, least))
            })
            .collect();
        if waits.is_empty() {
            let wait = Wait {
                since_ms: None,
                sure: true,
            };
            waits.extend(asleep(process).map(|what| (what, wait)));
        }
        waits
    }

    /// A connection that the process made, and on which it sent something and has had
    /// no answer since.
    fn tcp_wait(&self, socket: &TcpSocket, least: Awaits) -> Option<(What, Wait)> {
        let own = self.peer.dial.tcp();
        if own.is_some_and(|own| own.port() == socket.local.port()) {
            return None;
        }
        let dial = Dial::Tcp(socket.remote);
        if socket.state == TcpState::SynSent {
            let (since_ms, sure) = (None, true);
            return Some((What::Connection(dial), Wait { since_ms, sure }));
        }
        let info = socket
            .info
            .filter(|_| socket.state == TcpState::Established)?;
        let awaits = info.awaits_answer();
        let wait = Wait {
            since_ms: Some(info.last_sent_ms),
            sure: awaits == Awaits::Yes,
        };
        (awaits >= least && socket.receive_queue == 0).then_some((What::Answer(dial), wait))
    }

    /// A connection to a server's unix socket. Whether its answer is awaited, the
    /// kernel does not tell.
    fn unix_wait(&self, socket: &UnixSocket, all: &Connections) -> Option<(What, Wait)> {
        let accepted = socket.peer.and_then(|peer| all.unix.get(&u64::from(peer)));
        // Nobody took the connection yet: then it has no other end.
        let mut servers = all.unix.values();
        let waiting = servers.find(|server| server.pending.contains(&socket.inode));
        let UnixName::Path(path) = &accepted.or(waiting)?.name else {
            return None;
        };
        let path = HostPath::new(shown(path).to_string());
        // The journal takes what a service writes, and answers nothing.
        let silent = path.as_str().starts_with("/run/systemd/");
        let dial = Dial::Unix(path);
        let own = dial.is_same(&self.peer.dial) || socket.name != UnixName::Unnamed;
        let (since_ms, sure) = (None, accepted.is_none());
        (!own && !silent).then_some((What::Answer(dial), Wait { since_ms, sure }))
    }
}

/// The C library opens a socket for every name that it asks for, and closes it with
/// the answer; programs that resolve by themselves keep theirs.
fn name_wait(socket: &Connected, least: Awaits) -> Option<(What, Wait)> {
    let (since_ms, sure) = (None, true);
    let one_at_a_time = least == Awaits::Perhaps;
    one_at_a_time.then_some((What::Name(socket.remote), Wait { since_ms, sure }))
}

/// What a process sleeps in, by its system call; numbers of x86-64, then of arm64.
fn asleep(process: &Process) -> Option<What> {
    let state = process.stat.as_ref().ok()?.state;
    match state {
        ProcessState::DiskSleep => return Some(What::Disk),
        ProcessState::Running => return Some(What::Processor),
        ProcessState::Sleeping => {}
        _ => return None,
    }
    let call = process.syscall.as_ref().ok()?;
    let mut words = call.split(|byte| *byte == b' ');
    let number = words.next()?;
    match number {
        // flock and fcntl
        b"73" | b"32" | b"72" | b"25" => {
            let file = u32::from_str_radix(
                core::str::from_utf8(words.next()?)
                    .ok()?
                    .strip_prefix("0x")?,
                16,
            );
            let path = process.open.get(&file.ok()?)?;
            Some(What::Lock(shown(path).to_string()))
        }
        // nanosleep and clock_nanosleep
        b"35" | b"230" | b"101" | b"115" => Some(What::Sleep),
        _ => None,
    }
}

impl What {
    /// Whom it waits for, when that is another server.
    pub const fn server(&self) -> Option<&Dial> {
        match self {
            Self::Answer(dial) | Self::Connection(dial) => Some(dial),
            Self::Name(_) | Self::Lock(_) | Self::Disk | Self::Processor | Self::Sleep => None,
        }
    }
}

impl Awaited {
    /// Whether all that were looked into wait for it.
    pub const fn is_all(&self) -> bool {
        self.processes == self.of
    }

    /// What is awaited, as the end of a sentence.
    pub fn words(&self, link: Link<'_, '_>) -> String {
        match &self.what {
            What::Answer(dial) => format!("an answer from {}", link.case.who_is_at(dial)),
            What::Connection(dial) => format!("a connection to {}", link.case.who_is_at(dial)),
            What::Name(server) => format!("the name server {}", server.ip()),
            What::Lock(path) => format!("a lock on {path} that another process holds"),
            What::Disk => "a disk or a file server".into(),
            What::Processor => "nothing: they use the processor".into(),
            What::Sleep => "time to pass (sleep)".into(),
        }
    }

    /// The same as evidence.
    pub fn evidence(&self, link: Link<'_, '_>) -> Evidence {
        let (count, of) = (self.processes, self.of);
        let who = match (count, of) {
            (1, 1) => "the process waits".to_owned(),
            _ => format!("{count} of {of} busy processes wait"),
        };
        let since = self
            .longest_ms
            .filter(|ms| *ms >= 1_000)
            .map(|ms| format!(", for up to {} s", ms / 1_000))
            .unwrap_or_default();
        let text = format!("{who} for {}{since}", self.words(link));
        Evidence::strong(text, &Source::new("/proc and sock_diag"))
    }

    /// How to see what is behind it: a command and what it shows.
    pub fn look(&self) -> Option<(String, &'static str)> {
        let dial = match &self.what {
            What::Lock(path) => {
                let holders = format!("fuser -v {}", shell::word(path));
                return Some((holders, "who holds the lock"));
            }
            What::Disk => return Some(("iostat -x 1 3".into(), "which disk is slow")),
            What::Processor => {
                return Some(("top -b -n 1 | head -20".into(), "who uses the processor"));
            }
            What::Name(server) => {
                let asks = format!("dig +tries=1 +time=2 @{} example.com", server.ip());
                return Some((asks, "whether the name server answers"));
            }
            What::Sleep => return None,
            What::Answer(dial) | What::Connection(dial) => dial,
        };
        Some(look_at(dial))
    }
}

fn look_at(dial: &Dial) -> (String, &'static str) {
    let queries = "the queries that run, and what each waits for";
    let named = |port: u16, name: &str| match dial {
        Dial::Tcp(address) => address.port() == port,
        Dial::Name(_, other) => *other == port,
        Dial::Unix(path) => path.as_str().contains(name),
    };
    match () {
        () if named(3306, "mysql") => ("mysql -e 'SHOW FULL PROCESSLIST'".into(), queries),
        () if named(5432, "PGSQL") => (
            "psql -c \"SELECT pid, state, wait_event_type, now() - query_start AS since, left(query, 80) FROM pg_stat_activity WHERE state <> 'idle'\"".into(),
            queries,
        ),
        () if named(6379, "redis") => ("redis-cli SLOWLOG GET 5".into(), "its slowest commands"),
        () => match dial {
            Dial::Unix(path) => (format!("ss -xp | grep {path}"), "who is connected to it"),
            other => (
                format!("curl -sS -o /dev/null -m 10 -w '%{{http_code}} after %{{time_total}} s\\n' http://{other}/"),
                "whether it answers, and how fast, if it speaks HTTP",
            ),
        },
    }
}

impl Case<'_> {
    /// An address, and the program that listens there on this host.
    pub fn who_is_at(&self, dial: &Dial) -> String {
        let inode = match dial {
            Dial::Tcp(address) if self.is_own_address(address.ip()) == Some(true) => {
                self.tcp_listener(*address).found().map(|found| found.inode)
            }
            Dial::Unix(path) => {
                let sockets = self.sockets().unix.as_ref().found().copied();
                let all = sockets.into_iter().flat_map(|all| all.iter());
                let mut there = all.filter(|socket| socket.listens_at(path.as_str().as_bytes()));
                there.next().map(|socket| u64::from(socket.inode))
            }
            Dial::Tcp(_) | Dial::Name(..) => None,
        };
        let pids = inode.and_then(|inode| self.holders(inode).found().cloned());
        let pid = pids.and_then(|pids| pids.iter().copied().find(|pid| *pid != 1));
        let processes = self.processes();
        let program = pid.and_then(|pid| {
            let name = &processes.found()?.get(pid)?.stat.comm;
            Some(shown(name).to_string())
        });
        match program {
            Some(program) => format!("{program} on {dial}"),
            None => dial.to_string(),
        }
    }
}
