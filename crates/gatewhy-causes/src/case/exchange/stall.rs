//! Why a backend that can be connected to does not answer, or not in time.
//! Exactly one answer, so that the causes of one family exclude each other.
//!
//! What tells is the accept queue *after* our own requests: a request that nobody
//! accepted waits there, one that is being worked on does not.
use crate::case::exchange::direct::Outcome;
use crate::case::exchange::link::Link;
use crate::case::routing::peer::Dial;
use crate::case::service::backend::Software;
use crate::case::system::host::{self, Listener, unix_listener_of};
use crate::case::visit::site::Seen;
use crate::count::counted;
use crate::evidence::Evidence;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::linux::stat::{ProcessState, Stat};
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::Question;
use gatewhy_facts::symptom::Symptom;

/// Why a backend does not answer in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Its process is stopped by a signal or a debugger.
    Frozen,
    /// Every worker is busy with other requests; ours was not accepted.
    WorkersBusy,
    /// The process runs and accepts nobody, ours neither.
    NotAccepting,
    /// It accepts, too slowly for a queue this short.
    QueueShort,
    /// It accepted our request and works on it.
    Working,
}

/// A backend that does not answer in time.
#[derive(Clone, Debug)]
pub struct Stall {
    /// Why.
    pub why: Why,
    /// The listening socket after our requests.
    pub listener: Fact<Listener>,
    /// Its processes, the master first.
    pub processes: Vec<Stat>,
    /// Workers, and how many of them may work at a time, when it has such.
    pub workers: Option<Workers>,
    /// What could not be looked at and might tell otherwise.
    pub gaps: Vec<Gap>,
}

/// Workers that take one request at a time each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workers {
    /// How many there are.
    pub count: u64,
    /// How many there may be, where a setting says it.
    pub limit: Option<u64>,
    /// How many of them wait for a request.
    pub idle: u64,
    /// The processes of those that do not.
    pub busy: Vec<u32>,
}

impl Link<'_, '_> {
    /// Whether the link fails because no answer comes, or none in time.
    pub fn is_stalled(&self) -> bool {
        let logged = matches!(
            self.own_symptom(),
            Some(
                Symptom::ResponseTimeout
                    | Symptom::UpstreamTimeout
                    | Symptom::ConnectTimeout
                    | Symptom::BacklogFull
                    | Symptom::SendTimeout
            )
        );
        let direct = matches!(
            self.direct_outcome(),
            Some(Outcome::Silent | Outcome::QueueFull | Outcome::ConnectTimeout)
        );
        logged || direct && self.own_record().is_none()
    }

    /// Why it stalls; absent when it does not, or is not on this host.
    pub fn stall(&self) -> Fact<Stall> {
        if !self.is_stalled() || self.is_local() != Some(true) {
            return Fact::Absent(Source::new("our own requests"));
        }
        if let Some(gap) = self.direct().gap().filter(|gap| gap.is_pending()) {
            return Fact::Unknown(gap.clone());
        }
        let listener = self.listener_again();
        if self.connects_in_vain() && !self.queue_was_full() {
            return Fact::Absent(Source::new(
                "the listening socket's queue, which is not full",
            ));
        }
        match self.listener() {
            Fact::Found(_, source) => Fact::Found(self.judge_stall(listener), source),
            Fact::Absent(source) => Fact::Absent(source),
            Fact::Unknown(gap) => Fact::Unknown(gap),
        }
    }

    fn judge_stall(&self, listener: Fact<Listener>) -> Stall {
        let processes = self.serving();
        let workers = self.workers(&processes);
        let again = self.case.processes_again();
        let told = [
            listener.gap().cloned(),
            self.pid().gap().cloned(),
            again.gap().cloned(),
            self.case.fpm_gap(),
            self.case.answered_gap(),
            self.case.clock_gap(),
            self.case.processes().gap().cloned(),
            self.threads_gap(),
        ];
        let mut gaps: Vec<Gap> = told.into_iter().flatten().collect();
        gaps.extend(self.unread_workers(&processes));
        gaps.extend(
            workers
                .as_ref()
                .and_then(|workers| self.unread_again(workers)),
        );
        let mut stall = Stall {
            why: Why::Working,
            listener,
            processes,
            workers,
            gaps,
        };
        stall.why = self.why_stalled(&stall);
        stall
    }

    fn why_stalled(&self, stall: &Stall) -> Why {
        if stall
            .processes
            .first()
            .is_some_and(|process| process.state.is_frozen())
            || !stall.processes.is_empty()
                && stall
                    .processes
                    .iter()
                    .all(|process| process.state.is_frozen())
        {
            return Why::Frozen;
        }
        if self.threads_are_taken() {
            return Why::WorkersBusy;
        }
        if stall.waiting() < self.unaccepted_if_idle() {
            return if self.queue_was_full() {
                Why::QueueShort
            } else {
                Why::Working
            };
        }
        let busy = stall
            .workers
            .as_ref()
            .is_some_and(|workers| workers.idle == 0);
        match (busy, self.queue_was_full(), self.accepts_meanwhile()) {
            (true, ..) => Why::WorkersBusy,
            (false, true, true) => Why::QueueShort,
            (false, ..) => Why::NotAccepting,
        }
    }

    /// How many connections wait at least when nobody accepted ours: the one that
    /// the proxy made for our visit, and our direct one. One that waits beside a
    /// visit that was accepted only shows that one worker is busy: with the visit.
    pub(in crate::case) fn unaccepted_if_idle(&self) -> u32 {
        if self.case.peers().len() == 1 { 2 } else { 1 }
    }

    /// Whether connections find no place in the queue: the kernel says so for a unix
    /// socket, and drops them in silence for TCP, as a firewall does too.
    pub fn queue_was_full(&self) -> bool {
        let told = matches!(self.direct_outcome(), Some(Outcome::QueueFull))
            || self.own_symptom() == Some(Symptom::BacklogFull);
        told || self.connects_in_vain() && (self.queue_is_full() || self.has_overflowed())
    }

    /// Whether the kernel dropped connections at a full queue while the proxy's attempt
    /// got no answer here, though the queue had room at the moments of looking: it
    /// overflows in waves. The counter is the whole host's.
    fn has_overflowed(&self) -> bool {
        self.peer.dial.tcp().is_some()
            && self.own_symptom() == Some(Symptom::ConnectTimeout)
            && self.overflowed_meanwhile()
    }

    /// How many connections the kernel dropped during our requests, as evidence.
    pub fn overflow(&self) -> Option<Evidence> {
        self.peer.dial.tcp()?;
        let (before, after) = (self.case.overflows(false), self.case.overflows(true));
        let grown = after.found()?.checked_sub(*before.found()?)?;
        let text = format!(
            "during our requests this host dropped {grown} connections at full queues (ListenOverflows)"
        );
        let source = after.source().filter(|_| grown > 0)?;
        Some(Evidence::strong(text, source))
    }

    fn connects_in_vain(&self) -> bool {
        matches!(self.direct_outcome(), Some(Outcome::ConnectTimeout))
            || self.own_symptom() == Some(Symptom::ConnectTimeout)
    }

    /// Whether its queue is, or was, full: what is seen at one moment, or what the
    /// kernel counted while connections were dropped and the queue was near its limit.
    pub fn queue_is_full(&self) -> bool {
        let queues = [self.listener(), self.listener_again()];
        let mut queues = queues.iter().filter_map(|listener| listener.found()?.queue);
        let overflowed = self.peer.dial.tcp().is_some() && self.overflowed_meanwhile();
        queues.any(|queue| queue.is_full() || overflowed && queue.length >= queue.limit)
    }

    fn overflowed_meanwhile(&self) -> bool {
        let (before, after) = (self.case.overflows(false), self.case.overflows(true));
        before
            .found()
            .zip(after.found())
            .is_some_and(|(b, a)| b < a)
    }

    /// Whether connections are accepted now, though ours was not.
    fn accepts_meanwhile(&self) -> bool {
        self.is_seen_to_accept() || self.has_answered_meanwhile()
    }

    /// Whether it was seen to: the queue no longer holds who waited before our requests,
    /// or another of them was answered through this link.
    pub fn is_seen_to_accept(&self) -> bool {
        let before: BTreeSet<u32> = self.waiting(false);
        let after: BTreeSet<u32> = self.waiting(true);
        let visits = self.case.visits().iter();
        let mut seen = visits.filter_map(|visit| Some(visit.found()?.seen()));
        before.iter().any(|inode| !after.contains(inode))
            || self.case.peers().len() == 1 && seen.any(Seen::is_good)
    }

    /// Whether the proxy gave a good answer since our requests began: from here, or from
    /// elsewhere, as a log seldom says. An earlier one says nothing: that is how a
    /// server looked that hangs since.
    fn has_answered_meanwhile(&self) -> bool {
        let Some(clock) = self.case.clock() else {
            return false;
        };
        let long = clock.now.plus_secs(3600);
        self.case.answered_between(clock.now, long) == Some(true)
    }

    /// The connections that nobody has accepted, by inode.
    fn waiting(&self, again: bool) -> BTreeSet<u32> {
        let Dial::Unix(path) = &self.peer.dial else {
            return BTreeSet::new();
        };
        let sockets = if again {
            self.case.unix_again()
        } else {
            self.case.sockets().unix.clone()
        };
        let found = sockets
            .found()
            .into_iter()
            .flat_map(|all| all.iter())
            .find(|s| s.listens_at(path.as_str().as_bytes()));
        found
            .map(|socket| {
                socket
                    .pending
                    .iter()
                    .copied()
                    .filter(|inode| *inode != 0)
                    .collect()
            })
            .unwrap_or_default()
    }

    /// The listening socket as it was after our requests.
    fn listener_again(&self) -> Fact<Listener> {
        match &self.peer.dial {
            Dial::Unix(path) => self.case.unix_again().and_then(|all, source| {
                match all
                    .iter()
                    .find(|socket| socket.listens_at(path.as_str().as_bytes()))
                {
                    Some(socket) => Fact::Found(unix_listener_of(socket), source),
                    None => Fact::Absent(source),
                }
            }),
            Dial::Tcp(address) => self.case.listening_again().and_then(|all, source| {
                match all.iter().find(|socket| socket.takes(*address)) {
                    Some(socket) => Fact::Found(host::listener_of(socket), source),
                    None => Fact::Absent(source),
                }
            }),
            Dial::Name(..) => self.listener(),
        }
    }

    /// The processes that serve the address: those that hold the socket, the oldest
    /// first, in the state they are in after our requests.
    fn serving(&self) -> Vec<Stat> {
        let pids = self.pids();
        let fact = self.case.processes_again();
        let Some(all) = fact.found() else {
            return Vec::new();
        };
        let mut stats: Vec<Stat> = pids
            .iter()
            .filter(|pid| **pid != 1)
            .filter_map(|pid| all.get(*pid))
            .map(|listed| listed.stat.clone())
            .collect();
        stats.sort_by_key(|stat| (stat.start_ticks, stat.pid));
        stats
    }

    /// Workers of servers that fork one for each request at a time.
    fn workers(&self, processes: &[Stat]) -> Option<Workers> {
        let (master, children) = processes.split_first()?;
        match self.software() {
            Software::PhpFpm => self.fpm_workers(master.pid),
            Software::Gunicorn => Some(self.count(
                &children.iter().map(|stat| stat.pid).collect::<Vec<_>>(),
                None,
            )),
            Software::Tomcat => self.tomcat_workers(),
            Software::Uwsgi | Software::Puma => self.workers_by_connection(master.pid, children),
            _ => None,
        }
    }

    /// Processes that serve the address and may not be looked into.
    fn unread_workers(&self, processes: &[Stat]) -> Vec<Gap> {
        let read = processes
            .iter()
            .map(|process| self.case.process(process.pid));
        read.filter_map(|fact| fact.gap().cloned()).collect()
    }

    /// Of a worker that could not be looked into once more it is not known whether it is
    /// busy. Tomcat's are threads.
    fn unread_again(&self, workers: &Workers) -> Option<Gap> {
        let mut asked = workers
            .busy
            .iter()
            .map(|pid| Question::Process { pid: *pid });
        if self.software() == Software::Tomcat {
            return None;
        }
        asked.find_map(|question| {
            let bytes = |question| self.case.known.bytes(question, "/proc", "run as root");
            bytes(&question.again()).gap().cloned()
        })
    }

    /// The workers of this pool: they say which in their title.
    fn fpm_workers(&self, master: u32) -> Option<Workers> {
        let pool = self.configured_pool()?;
        let title = format!("php-fpm: pool {}", pool.pool.name);
        let processes = self.case.processes();
        let all = processes.found()?;
        let of_pool = all.children(master).filter(|p| {
            p.arguments
                .first()
                .is_some_and(|a| a.starts_with(title.as_bytes()))
        });
        let pids: Vec<u32> = of_pool.map(|process| process.stat.pid).collect();
        let limit = pool
            .pool
            .max_children()
            .and_then(|limit| u64::try_from(limit.value).ok());
        Some(self.count(&pids, limit))
    }

    fn count(&self, pids: &[u32], limit: Option<u64>) -> Workers {
        let (idle, busy): (Vec<u32>, Vec<u32>) = pids.iter().partition(|pid| self.is_idle(**pid));
        Workers {
            count: pids.len() as u64,
            limit,
            idle: idle.len() as u64,
            busy,
        }
    }

    /// Whether a worker waits for a connection: it sleeps in `accept`, or polls
    /// without having one.
    fn is_idle(&self, pid: u32) -> bool {
        let fact = self.case.process_again(pid);
        let Some(process) = fact.found() else {
            return false;
        };
        let call = process
            .syscall
            .as_ref()
            .ok()
            .and_then(|call| call.split(|b| *b == b' ').next().map(<[u8]>::to_vec));
        // accept and accept4 on x86-64, then on arm64.
        let accepts: [&[u8]; 4] = [b"43", b"288", b"202", b"242"];
        call.is_some_and(|call| accepts.contains(&call.as_slice()))
            && process
                .stat
                .as_ref()
                .is_ok_and(|stat| stat.state == ProcessState::Sleeping)
    }
}

impl Stall {
    /// How many connections wait that nobody has accepted.
    pub fn waiting(&self) -> u32 {
        let queue = self.listener.found().and_then(|listener| listener.queue);
        queue.map_or(0, |queue| queue.length)
    }

    /// Whether everything that could tell otherwise was looked at.
    pub fn is_sure(&self) -> bool {
        self.gaps.is_empty()
    }

    /// The queue as evidence.
    pub fn queue(&self) -> Option<Evidence> {
        let Fact::Found(listener, source) = &self.listener else {
            return None;
        };
        let queue = listener.queue?;
        let text = format!(
            "nobody has accepted {} at {}; {} may wait",
            counted(queue.length, "connection"),
            listener.address,
            queue.limit
        );
        (queue.length > 0).then(|| Evidence::proof(text, source))
    }

    /// The main process as evidence.
    pub fn state(&self) -> Option<Evidence> {
        let process = self.processes.first()?;
        let text = format!("process {} is {}", process.pid, state_words(process.state));
        Some(Evidence::strong(
            text,
            &Source::new(format!("/proc/{}/stat", process.pid)),
        ))
    }
}

/// A process's state in words.
pub const fn state_words(state: ProcessState) -> &'static str {
    match state {
        ProcessState::Running => "running: it uses the processor",
        ProcessState::Sleeping => "sleeping: it waits for something",
        ProcessState::DiskSleep => "waiting for a disk or a file server, and cannot be interrupted",
        ProcessState::Stopped => "stopped by a signal (state T)",
        ProcessState::Traced => "stopped by a debugger (state t)",
        _ => "neither running nor sleeping",
    }
}
