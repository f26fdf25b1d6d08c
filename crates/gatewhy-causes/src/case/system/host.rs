//! The host's processes and sockets.
use crate::case::Case;
use crate::case::routing::peer::Dial;
use core::net::{IpAddr, SocketAddr};
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::linux::clock::{self, Clock};
use gatewhy_facts::linux::interfaces::{self, OwnAddresses};
use gatewhy_facts::linux::netstat;
use gatewhy_facts::linux::owners::{self, Owners};
use gatewhy_facts::linux::process::{self, Process};
use gatewhy_facts::linux::processes::{self, Processes};
use gatewhy_facts::linux::sockets::{self, Queue, TcpSocket};
use gatewhy_facts::linux::unix_sockets::{self, UnixKind, UnixName, UnixSocket, UnixState};
use gatewhy_facts::linux::walk::Element;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::{Question, View};
use gatewhy_facts::time::{Moment, for_people};
use gatewhy_facts::untrusted::shown;

/// All listening sockets of the host.
#[derive(Clone, Debug)]
pub struct Sockets {
    /// TCP sockets that listen.
    pub tcp: Fact<Rc<Vec<TcpSocket>>>,
    /// Unix sockets, listening and connected.
    pub unix: Fact<Rc<Vec<UnixSocket>>>,
    /// Who holds which.
    pub owners: Fact<Rc<Owners>>,
}

/// A socket that accepts connections at the address that is dialled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Its inode.
    pub inode: u64,
    /// Where it listens, as a person would write it.
    pub address: String,
    /// Connections that wait to be accepted, and how many may.
    pub queue: Option<Queue>,
}

const AS_ROOT: &str = "run as root";

impl Case<'_> {
    /// The host's clock, read at the beginning.
    pub fn clock(&self) -> Option<Clock> {
        clock::parse(
            self.known
                .bytes(&Question::Now, "the host's clock", "")
                .found()?,
        )
    }

    /// Why no time of the host can be told, if so.
    pub fn clock_gap(&self) -> Option<Gap> {
        let unread = || Gap::new("the host's clock", "it could not be read", "");
        self.clock().is_none().then(unread)
    }

    /// Bytes of a page of memory, the size of nginx's buffers unless set.
    pub fn page_size(&self) -> u64 {
        self.clock()
            .map_or(4096, |clock| u64::from(clock.page_size))
    }

    /// `12 min ago`, for a moment of the host's clock.
    pub fn ago(&self, moment: Moment) -> String {
        self.clock().map_or_else(String::new, |clock| {
            match clock.now.since(moment) / 1_000_000 {
                ..=1 => "just now".to_owned(),
                secs => format!("{} ago", for_people(secs)),
            }
        })
    }

    /// ` 12 min ago`, to stand behind a verb; empty where the moment is not known.
    pub fn ago_if(&self, moment: Option<Moment>) -> String {
        moment.map_or_else(String::new, |at| format!(" {}", self.ago(at)))
    }

    /// Every process.
    pub fn processes(&self) -> Fact<&Processes> {
        let read = || {
            self.known
                .read(&Question::Processes, "/proc", AS_ROOT, processes::parse)
        };
        let all = self.cells.processes.get_or_init(read);
        all.as_ref().map(Rc::as_ref)
    }

    /// One process in depth.
    pub fn process(&self, pid: u32) -> Fact<Rc<Process>> {
        let question = Question::Process { pid };
        let place = format!("/proc/{pid}");
        self.known.read(&question, &place, AS_ROOT, process::parse)
    }

    /// All sockets.
    pub fn sockets(&self) -> &Sockets {
        self.cells.sockets.get_or_init(|| {
            // Counters tell by their growth: they are read before the visits end.
            self.overflows(false);
            let (known, place) = (self.known, "sockets (sock_diag)");
            Sockets {
                tcp: known.read(&Question::TcpListeners, place, AS_ROOT, sockets::tcp),
                unix: known.read(&Question::UnixSockets, place, AS_ROOT, unix_sockets::unix),
                owners: known.read(&Question::SocketOwners, place, AS_ROOT, owners::parse),
            }
        })
    }

    /// How many connections the kernel dropped since boot because an accept queue was
    /// full; as it was before our requests, or `again` after them.
    pub fn overflows(&self, again: bool) -> Fact<u64> {
        let before = Question::file("/proc/net/netstat");
        let question = if again { before.again() } else { before };
        let place = "/proc/net/netstat";
        let fact = self.known.read(&question, place, AS_ROOT, netstat::parse);
        fact.and_then(|counters, source| match counters.listen_overflows() {
            Some(count) => Fact::Found(count, source),
            None => Fact::Absent(source),
        })
    }

    /// The processes that hold a socket, in the order of their ids; a socket whose
    /// holder may not be looked at is unknown.
    pub fn holders(&self, inode: u64) -> Fact<Vec<u32>> {
        self.sockets().owners.as_ref().and_then(|owners, _| {
            owners.of(inode).map(|holders| {
                let pids: BTreeSet<u32> = holders.iter().map(|holder| holder.pid).collect();
                pids.into_iter().collect()
            })
        })
    }

    /// The TCP socket that would take a connection to `address`, if it is an address
    /// of this host.
    pub fn tcp_listener(&self, address: SocketAddr) -> Fact<Listener> {
        self.sockets().tcp.as_ref().and_then(|all, source| {
            let best = all.iter().filter(|socket| socket.takes(address));
            match best.min_by_key(|socket| socket.local.ip().is_unspecified()) {
                Some(socket) => Fact::Found(listener_of(socket), source),
                None => Fact::Absent(source),
            }
        })
    }

    /// Every TCP address that is listened on.
    pub fn tcp_addresses(&self) -> Vec<(SocketAddr, Listener)> {
        let all = self
            .sockets()
            .tcp
            .found()
            .into_iter()
            .flat_map(|all| all.iter());
        all.filter(|s| s.queue().is_some())
            .map(|s| (s.local, listener_of(s)))
            .collect()
    }

    /// Whether the address belongs to this very host; unknown when nobody could
    /// look.
    pub fn is_own_address(&self, ip: IpAddr) -> Option<bool> {
        if ip.is_loopback() || ip.is_unspecified() {
            return Some(true);
        }
        self.own_addresses().found().map(|own| own.contains(ip))
    }

    /// The addresses of this host's interfaces.
    pub fn own_addresses(&self) -> Fact<OwnAddresses> {
        let six = self.known.file(&Question::file("/proc/net/if_inet6"));
        self.known
            .file(&Question::file("/proc/net/fib_trie"))
            .map(|four| interfaces::parse(four, six.found().copied().unwrap_or_default()))
    }

    /// That no interface has an IPv6 address from which `ip` can be reached, be it that
    /// IPv6 is switched off. Absent where there is one, and for IPv4.
    pub fn lacks_ipv6(&self, ip: IpAddr) -> Fact<()> {
        let IpAddr::V6(wanted) = ip else {
            return Fact::Absent(Source::new(interfaces::IF_INET6));
        };
        if let Some(gap) = self.network_gap() {
            return Fact::Unknown(gap);
        }
        if self.proxy_apart().is_some() {
            let gap = Gap::new(
                "the IPv6 addresses of the proxy's network",
                "it has a network of its own",
                "run where the proxy runs",
            );
            return Fact::Unknown(gap);
        }
        let none = |source: Source| Fact::Found((), source);
        match self.known.file(&Question::file(interfaces::IF_INET6)) {
            Fact::Unknown(gap) => Fact::Unknown(gap),
            Fact::Absent(source) => none(source),
            Fact::Found(six, source) if interfaces::parse(b"", six).may_reach(wanted) => {
                Fact::Absent(source)
            }
            Fact::Found(_, source) => none(source),
        }
    }

    /// Whether a process, or one that it started, listens on any address; unknown
    /// when nobody could look.
    pub fn listens_anywhere(&self, pid: u32) -> Option<bool> {
        let processes = self.processes();
        let all = processes.found()?;
        let tcp = self
            .sockets()
            .tcp
            .found()?
            .iter()
            .filter(|s| s.queue().is_some())
            .map(|s| u64::from(s.inode));
        let unix = self
            .sockets()
            .unix
            .found()?
            .iter()
            .filter(|s| s.queue().is_some())
            .map(|s| u64::from(s.inode));
        let owners = self.sockets().owners.found()?;
        let family = all.0.keys().filter(|other| all.descends(**other, pid));
        let hidden = |pid: &u32| owners.unreadable.iter().any(|(other, _)| other == pid);
        if family.clone().any(hidden) {
            return None;
        }
        let held: BTreeSet<u64> = family.flat_map(|other| owners.held_by(*other)).collect();
        Some(tcp.chain(unix).any(|inode| held.contains(&inode)))
    }

    /// The view in which the proxy sees files.
    pub fn proxy_view(&self) -> View {
        self.proxy().found().map_or(View::Host, |proxy| proxy.view)
    }

    /// The socket that listens on a file, by the file's inode. The device counts
    /// only together with the name: some file systems have one for themselves and
    /// another for whoever asks.
    pub fn listener_on(&self, file: &Element, path: &HostPath) -> Fact<UnixSocket> {
        let name = path.file_name().as_bytes();
        let is_it = |socket: &&UnixSocket| match (&socket.name, socket.file) {
            (UnixName::Path(bound), Some(bound_to)) => {
                let same_device = file.device == (bound_to.major, bound_to.minor);
                u64::from(bound_to.inode) == file.inode & 0xffff_ffff
                    && (same_device || bound.ends_with(name))
            }
            (UnixName::Path(bound), None) => bound == path.as_str().as_bytes(),
            (UnixName::Unnamed | UnixName::Abstract(_), _) => false,
        };
        self.sockets().unix.as_ref().and_then(|all, source| {
            let mut streams = all.iter().filter(|socket| {
                socket.kind == UnixKind::Stream && socket.state == UnixState::Listening
            });
            match streams.find(is_it) {
                Some(socket) => Fact::Found(socket.clone(), source),
                None => Fact::Absent(source),
            }
        })
    }

    /// Whether the peer is on this host; a name is not known to be.
    pub fn is_local(&self, dial: &Dial) -> Option<bool> {
        match dial {
            Dial::Unix(_) => Some(true),
            Dial::Tcp(address) => self.is_own_address(address.ip()),
            Dial::Name(..) => None,
        }
    }
}

pub(in crate::case) fn listener_of(socket: &TcpSocket) -> Listener {
    Listener {
        inode: u64::from(socket.inode),
        address: socket.local.to_string(),
        queue: socket.queue(),
    }
}

/// A unix listener as the same kind of thing.
pub fn unix_listener_of(socket: &UnixSocket) -> Listener {
    let address = match &socket.name {
        UnixName::Path(path) => format!("unix:{}", shown(path)),
        UnixName::Abstract(name) => format!("unix:@{}", shown(name)),
        UnixName::Unnamed => "unix:".to_owned(),
    };
    Listener {
        inode: u64::from(socket.inode),
        address,
        queue: socket.queue(),
    }
}

/// Where the listening sockets were read.
pub fn sockets_source() -> Source {
    Source::new("listening sockets (sock_diag, as in ss -ltnxp)")
}
