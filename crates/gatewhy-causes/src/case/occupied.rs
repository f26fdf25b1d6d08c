//! Which workers of a backend hold requests: by the connections that they accepted.
use super::link::Link;
use super::stall::Workers;
use gatewhy_facts::linux::process::Process;
use gatewhy_facts::linux::sockets::{self, TcpState};
use gatewhy_facts::linux::stat::Stat;
use gatewhy_facts::linux::unix_sockets::{self, UnixName};
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::Question;

impl Link<'_, '_> {
    /// The workers of a server that holds a connection for each request it works on:
    /// uWSGI, Puma. Without a master, the only process is a worker.
    pub(super) fn workers_by_connection(&self, master: u32, children: &[Stat]) -> Option<Workers> {
        let accepted = self.accepted()?;
        let pids: Vec<u32> = match children {
            [] => vec![master],
            children => children.iter().map(|stat| stat.pid).collect(),
        };
        let has_room = |pid: &u32| {
            let process = self.read_again(*pid);
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

    /// The connections, by inode, that were accepted at the peer's address, after our
    /// requests. None when that could not be looked at.
    pub(super) fn accepted(&self) -> Option<BTreeSet<u64>> {
        let ask = |question: Question| {
            let known = self.case.known;
            known.bytes(&question.again(), "connections (sock_diag)", "run as root")
        };
        if let Some(address) = self.peer.dial.tcp() {
            let all = ask(Question::TcpConnected).map(sockets::tcp);
            let here = all.found()?.iter().filter(|socket| {
                socket.local.port() == address.port() && socket.state != TcpState::SynSent
            });
            return Some(here.map(|socket| u64::from(socket.inode)).collect());
        }
        let path = self.peer.dial.unix()?;
        let all = ask(Question::UnixSockets).map(unix_sockets::unix);
        let is_here =
            |name: &UnixName| matches!(name, UnixName::Path(at) if at == path.as_str().as_bytes());
        let here = all.found()?.iter().filter(|socket| is_here(&socket.name));
        let here = here.filter(|socket| !socket.listens_at(path.as_str().as_bytes()));
        Some(here.map(|socket| u64::from(socket.inode)).collect())
    }
}

/// Whether a worker has room for a request: it holds fewer connections that were accepted
/// here than it has threads for them. What it sleeps in does not tell: it waits for
/// connections as it waits for everything else.
fn has_room(worker: &Process, accepted: &BTreeSet<u64>) -> bool {
    let held = worker.open.keys().filter_map(|fd| worker.socket(*fd));
    let held = held.filter(|inode| accepted.contains(inode)).count();
    held < threads(&worker.threads)
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
