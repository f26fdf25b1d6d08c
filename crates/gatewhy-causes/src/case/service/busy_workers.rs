//! Which workers of a backend hold requests: by the connections that they accepted.
use crate::case::exchange::link::Link;
use crate::case::exchange::stall::Workers;
use crate::case::service::backend::Software;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::linux::process::Process;
use gatewhy_facts::linux::sockets::{TcpSocket, TcpState};
use gatewhy_facts::linux::stat::Stat;
use gatewhy_facts::linux::unix_sockets::{UnixName, UnixSocket};
use gatewhy_facts::prelude::*;

impl Link<'_, '_> {
    /// The workers of a server that holds a connection for each request it works on:
    /// uWSGI, Puma. Without a master, the only process is a worker.
    pub(in crate::case) fn workers_by_connection(
        &self,
        master: u32,
        children: &[Stat],
    ) -> Option<Workers> {
        let accepted = self.accepted().found().cloned()?;
        let pids: Vec<u32> = match children {
            [] => vec![master],
            children => children.iter().map(|stat| stat.pid).collect(),
        };
        let has_room = |pid: &u32| {
            let process = self.case.process_again(*pid).found().cloned();
            process.is_some_and(|process| has_room(&process, &accepted))
        };
        let (idle, busy): (Vec<u32>, Vec<u32>) = pids.iter().partition(|pid| has_room(pid));
        let limit = self.uwsgi_setting("processes");
        Some(Workers {
            count: pids.len() as u64,
            limit: limit.and_then(|limit| limit.value.parse().ok()),
            idle: idle.len() as u64,
            busy,
        })
    }

    /// How many connections its processes hold that they accepted here, when each may have
    /// a thread or a process of its own; absent when they hold one at most, or a single
    /// loop serves them all.
    pub fn may_be_full(&self, processes: &[Stat]) -> Fact<usize> {
        let source = Source::new("/proc and sock_diag");
        if self.software() == Software::Node {
            return Fact::Absent(source);
        }
        let accepted = match self.accepted() {
            Fact::Found(accepted, _) => accepted,
            Fact::Absent(source) => return Fact::Absent(source),
            Fact::Unknown(gap) => return Fact::Unknown(gap),
        };
        let read = processes
            .iter()
            .map(|process| self.case.process_again(process.pid).found().cloned());
        let Some(read) = read.collect::<Option<Vec<Rc<Process>>>>() else {
            let why = "a process could not be read";
            return Fact::Unknown(Gap::new("/proc", why, "run as root"));
        };
        let held: BTreeSet<u64> = read.iter().flat_map(|p| held(p, &accepted)).collect();
        let threads: usize = read
            .iter()
            .map(|process| process.threads.len().max(1))
            .sum();
        match held.len() {
            0 | 1 => Fact::Absent(source),
            held if threads < held => Fact::Absent(source),
            held => Fact::Found(held, source),
        }
    }

    /// The connections, by inode, that were accepted at the peer's address, after our
    /// requests.
    pub(in crate::case) fn accepted(&self) -> Fact<BTreeSet<u64>> {
        if let Some(address) = self.peer.dial.tcp() {
            let of_port = |socket: &&TcpSocket| {
                socket.local.port() == address.port() && socket.state != TcpState::SynSent
            };
            let inode = |socket: &TcpSocket| u64::from(socket.inode);
            let all = self.case.connected_again();
            return all.map(|all| all.iter().filter(of_port).map(inode).collect());
        }
        let Some(path) = self.peer.dial.unix() else {
            return Fact::Absent(Source::new("the peer's address"));
        };
        let path = path.as_str().as_bytes();
        let of_path = |socket: &&UnixSocket| {
            matches!(&socket.name, UnixName::Path(at) if at == path) && !socket.listens_at(path)
        };
        let inode = |socket: &UnixSocket| u64::from(socket.inode);
        let all = self.case.unix_again();
        all.map(|all| all.iter().filter(of_path).map(inode).collect())
    }
}

/// Whether a worker has room for a request: it holds fewer connections that were accepted
/// here than it has threads for them. What it sleeps in does not tell: it waits for
/// connections as it waits for everything else.
fn has_room(worker: &Process, accepted: &BTreeSet<u64>) -> bool {
    held(worker, accepted).count() < threads(&worker.threads)
}

fn held<'a>(worker: &'a Process, accepted: &'a BTreeSet<u64>) -> impl Iterator<Item = u64> + 'a {
    let held = worker.open.keys().filter_map(|fd| worker.socket(*fd));
    held.filter(|inode| accepted.contains(inode))
}

/// The threads that serve requests. Puma gives its own a name (`puma srv tp 001`) and has
/// others besides.
fn threads(all: &[Stat]) -> usize {
    let of_puma = all.iter().filter(|thread| {
        thread.comm.starts_with(b"puma") && thread.comm.windows(4).any(|word| word == b" tp ")
    });
    match of_puma.count() {
        0 => all.len().max(1),
        named => named,
    }
}
