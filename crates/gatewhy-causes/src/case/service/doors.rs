//! Who accepts connections on this host, and where.
use crate::case::Case;
use crate::case::routing::peer::{Dial, Protocol};
use crate::case::service::backend::{self, Software};
use crate::case::system::host::{Listener, unix_listener_of};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use gatewhy_facts::fact::{Fact, Gap};
use gatewhy_facts::linux::processes::Processes;
use gatewhy_facts::linux::sockets::TcpSocket;
use gatewhy_facts::linux::unix_sockets::{UnixKind, UnixName, UnixSocket, UnixState};
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::systemd::socket_proxy::{COMM, PROGRAM};
use gatewhy_facts::untrusted::shown;

/// Programs that listen and speak no HTTP: names as the kernel has them, at most 15 bytes.
const NO_HTTP: &[&str] = &[
    "sshd",
    "dbus-daemon",
    "dbus-broker-lau",
    "mysqld",
    "mariadbd",
    "postgres",
    "redis-server",
    "valkey-server",
    "memcached",
    "mongod",
    "rpcbind",
    "rpc.statd",
    "exim4",
    "master",
    "sendmail",
    "dovecot",
    "chronyd",
    "ntpd",
    "named",
    "unbound",
    "dnsmasq",
    "polkitd",
    "avahi-daemon",
    "rsyslogd",
    "slapd",
    "smbd",
    "nmbd",
    "winbindd",
    "vsftpd",
    "proftpd",
    "epmd",
    "zabbix_agentd",
    "collectd",
    "fail2ban-server",
    "openvpn",
];

/// Programs that are no backend of a web site as a rule, though they speak HTTP: one may
/// stand behind a gateway all the same.
const SELDOM_BACKENDS: &[&str] = &[
    "cupsd",
    "containerd",
    "dockerd",
    "snapd",
    "prometheus",
    "alertmanager",
    "telegraf",
    "netdata",
    "stunnel4",
];

/// A socket that accepts connections, and the program behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    /// Where it is reached from this host.
    pub dial: Dial,
    /// The socket.
    pub listener: Listener,
    /// Its owner, whom the kernel tells everybody.
    pub uid: Option<u32>,
    /// Who holds it.
    pub holder: Fact<Holder>,
}

/// A process that holds a listening socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its id: the lowest, but for process 1, which hands sockets on.
    pub pid: u32,
    /// Its name, as the kernel has it.
    pub comm: String,
}

impl Case<'_> {
    /// Sockets of this host that a backend could be behind: all but the proxy's own
    /// and those of well-known servers of another kind. A socket that listens on
    /// all addresses is reached at `ip`, if it takes that.
    pub fn doors(&self, ip: Option<IpAddr>) -> Fact<Vec<Door>> {
        let doors = self.all_doors(ip);
        let processes = self.processes();
        doors.and_then(|mut doors, source| match processes {
            Fact::Found(all, _) => {
                let mine = |door: &Door| !self.is_no_backend(door, all);
                doors.retain(|door| mine(door) && !self.is_passed(&door.dial));
                Fact::Found(without_twins(doors), source)
            }
            Fact::Absent(_) => Fact::Found(doors, source),
            Fact::Unknown(gap) => Fact::Unknown(gap.clone()),
        })
    }

    /// All sockets of this host that accept connections, whoever holds them.
    pub fn all_doors(&self, ip: Option<IpAddr>) -> Fact<Vec<Door>> {
        let sockets = self.sockets();
        let (tcp, unix) = match (sockets.tcp.as_ref(), sockets.unix.as_ref()) {
            (Fact::Unknown(gap), _) | (_, Fact::Unknown(gap)) => return Fact::Unknown(gap),
            (tcp, unix) => (tcp, unix),
        };
        self.processes().map(|all| {
            let tcp = tcp.found().into_iter().flat_map(|all| all.iter());
            let unix = unix.found().into_iter().flat_map(|all| all.iter());
            let mut doors: Vec<Door> = tcp.filter_map(|s| self.tcp_door(s, ip, all)).collect();
            doors.extend(unix.filter_map(|socket| self.unix_door(socket, all)));
            doors
        })
    }

    fn tcp_door(&self, socket: &TcpSocket, ip: Option<IpAddr>, all: &Processes) -> Option<Door> {
        let queue = socket.queue()?;
        let listener = Listener {
            inode: u64::from(socket.inode),
            address: socket.local.to_string(),
            queue: Some(queue),
        };
        Some(Door {
            dial: Dial::Tcp(reached_at(socket, ip)),
            uid: Some(socket.uid),
            holder: self.holder(listener.inode, all),
            listener,
        })
    }

    fn unix_door(&self, socket: &UnixSocket, all: &Processes) -> Option<Door> {
        if socket.kind != UnixKind::Stream || socket.state != UnixState::Listening {
            return None;
        }
        let UnixName::Path(path) = &socket.name else {
            return None;
        };
        let path = String::from_utf8(path.clone()).ok()?;
        let listener = unix_listener_of(socket);
        let holder = self.holder(listener.inode, all);
        let path = if path.starts_with('/') {
            HostPath::new(path)
        } else {
            self.folder_of(&holder)?.join(&path)
        };
        Some(Door {
            dial: Dial::Unix(path),
            uid: socket.uid,
            holder,
            listener,
        })
    }

    /// The working folder of who holds a socket: a name without a slash in front was bound
    /// there. A folder that was removed since is none.
    fn folder_of(&self, holder: &Fact<Holder>) -> Option<HostPath> {
        let process = self.process(holder.found()?.pid);
        let cwd = String::from_utf8(process.found()?.cwd.clone().ok()?).ok()?;
        (cwd.starts_with('/') && !cwd.ends_with(" (deleted)")).then(|| HostPath::new(cwd))
    }

    fn holder(&self, inode: u64, all: &Processes) -> Fact<Holder> {
        self.holders(inode).and_then(|pids, source| {
            let Some(pid) = pids.iter().find(|pid| **pid != 1).or(pids.first()) else {
                return Fact::Absent(source);
            };
            let comm = all.get(*pid).map(|process| shown(&process.stat.comm));
            let comm = comm.map_or_else(|| "unknown program".to_owned(), |c| c.to_string());
            Fact::Found(Holder { pid: *pid, comm }, source)
        })
    }

    /// Process 1 holds its own sockets and those of services that nobody asked yet;
    /// a probe would start them.
    fn is_no_backend(&self, door: &Door, all: &Processes) -> bool {
        let Some(holder) = door.holder.found() else {
            return false;
        };
        let nginx = self.proxy().found().map(|proxy| proxy.master);
        holder.pid == 1
            || nginx.is_some_and(|master| all.descends(holder.pid, master))
            || is_no_backend(&holder.comm)
    }
}

/// Whether a program of that name is never a web backend.
pub fn is_no_backend(comm: &str) -> bool {
    // A relay passes connections on to a service that may well be a web backend.
    let is_relay = comm == PROGRAM || comm.as_bytes() == COMM;
    let own_part = comm.starts_with("systemd") && !is_relay;
    let seldom = SELDOM_BACKENDS.contains(&comm) || comm.ends_with("exporter");
    speaks_no_http(comm) || own_part || seldom
}

/// Whether a program of that name cannot be one that a gateway passes requests to.
pub fn speaks_no_http(comm: &str) -> bool {
    NO_HTTP.contains(&comm)
}

fn reached_at(socket: &TcpSocket, ip: Option<IpAddr>) -> SocketAddr {
    let (local, port) = (socket.local.ip(), socket.local.port());
    let wanted = ip.map(|ip| SocketAddr::new(ip, port));
    match (wanted, local) {
        (Some(wanted), _) if socket.takes(wanted) => wanted,
        (_, IpAddr::V4(any)) if any.is_unspecified() => {
            SocketAddr::from((Ipv4Addr::LOCALHOST, port))
        }
        (_, IpAddr::V6(any)) if any.is_unspecified() => {
            SocketAddr::from((Ipv6Addr::LOCALHOST, port))
        }
        _ => socket.local,
    }
}

/// One program that listens on one port for both families, or with several sockets,
/// is one door.
fn without_twins(doors: Vec<Door>) -> Vec<Door> {
    let mut kept: Vec<Door> = Vec::new();
    for door in doors {
        let twin = |other: &Door| {
            let port = |dial: &Dial| dial.tcp().map(|address| address.port());
            let same_holder = match (other.holder.found(), door.holder.found()) {
                (Some(a), Some(b)) => a.pid == b.pid,
                _ => false,
            };
            other.dial == door.dial
                || (same_holder
                    && port(&door.dial).is_some()
                    && port(&other.dial) == port(&door.dial))
        };
        if !kept.iter().any(twin) {
            kept.push(door);
        }
    }
    kept
}

impl Door {
    /// Whether its program may be one that is spoken to in that protocol. A holder
    /// that nobody could look at may be anything.
    pub fn may_speak(&self, protocol: Protocol) -> bool {
        let Some(holder) = self.holder.found() else {
            return true;
        };
        let fast_cgi = ["fpm", "fcgi", "fastcgi", "hhvm"]
            .iter()
            .any(|part| holder.comm.contains(part));
        (protocol == Protocol::FastCgi) == fast_cgi
    }

    /// Why its holder is not known, if it is not.
    pub const fn gap(&self) -> Option<&Gap> {
        self.holder.gap()
    }

    /// The program's name.
    pub fn program(&self) -> &str {
        self.holder
            .found()
            .map_or("unknown program", |holder| holder.comm.as_str())
    }

    /// Whether it is PHP-FPM's.
    pub fn is_fpm(&self) -> bool {
        backend::software(self.program()) == Software::PhpFpm
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_of_another_kind_are_no_backends() {
        for name in ["sshd", "mysqld", "systemd-resolve", "node_exporter"] {
            assert!(is_no_backend(name), "{name}");
        }
        for name in [
            "node",
            "gunicorn",
            "php-fpm8.2",
            "docker-proxy",
            "systemd-socket-",
            PROGRAM,
        ] {
            assert!(!is_no_backend(name), "{name}");
        }
    }
}
