//! The backend's queue of waiting connections overflows, though its workers are not the limit.
use crate::case::exchange::link::Link;
use crate::case::exchange::stall::{Stall, Why};
use crate::case::system::filter::Stopped;
use crate::prelude::*;

cause! {
    /// The backend's queue of waiting connections overflows, though its workers are not the limit.
    ///
    /// ## How it looks
    ///
    /// 502 with `(11: Resource temporarily unavailable)` on a unix socket; time-outs while
    /// connecting on TCP. In bursts, at peaks.
    ///
    /// ## Why it happens
    ///
    /// The queue is shorter than a burst: a small `backlog` in the backend, or a small
    /// `net.core.somaxconn`, which caps it.
    ///
    /// ## How to be sure
    ///
    /// The accept queue is at its limit (`ss -ltnx`: Recv-Q above Send-Q), the kernel's
    /// counter of overflows rises, and there are idle workers or a backlog of a few
    /// entries.
    ///
    /// ## How to fix it
    ///
    /// Raise both: the backend's `backlog` and `net.core.somaxconn`; the smaller one
    /// counts.
    ///
    /// ## What looks the same
    ///
    /// `worker-pool-exhausted`: the queue is full because nobody is free to empty it.
    /// `backend-hung`: nobody empties it at all.
    id: "listen-backlog-full",
    explains: [],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| match link.stall() {
        Fact::Absent(_) => None,
        Fact::Unknown(gap) => Some(Verdict::cannot_tell([&gap])),
        Fact::Found(stall, _) if !link.queue_was_full() && stall.why != Why::QueueShort => None,
        Fact::Found(..) if link.stopped().found().is_some_and(Stopped::is_certain) => Some(
            Verdict::ruled_out("a rule of the packet filter stops the connections"),
        ),
        Fact::Found(stall, _) => {
            let verdict = match stall.why {
                Why::QueueShort if link.is_seen_to_accept() => short(link, &stall).weigh(),
                Why::QueueShort => {
                    Verdict::Suspected(short(link, &stall).at_most(Strength::Strong))
                }
                Why::WorkersBusy => {
                    Verdict::ruled_out("the queue is full because every worker is busy")
                }
                Why::Frozen | Why::NotAccepting => {
                    Verdict::ruled_out("the queue is full because nobody empties it")
                }
                Why::Working => return None,
            };
            Some(verdict.with_gaps(&stall.gaps))
        }
    })
}

fn short(link: Link<'_, '_>, stall: &Stall) -> Finding {
    let limit = stall
        .listener
        .found()
        .and_then(|listener| listener.queue)
        .map_or(0, |queue| queue.limit);
    let name = link
        .live_service()
        .found()
        .map_or_else(|| link.program(), |service| service.unit.id.clone());
    let summary = format!(
        "the queue of {name} holds only {} and overflows",
        counted(limit, "waiting connection")
    );
    let somaxconn = link.case.sysctl("net.core.somaxconn");
    let cap = somaxconn
        .found()
        .map(|cap| format!("net.core.somaxconn is {cap}, the most that any backlog may be"));
    let cap = cap
        .zip(somaxconn.source().cloned())
        .map(|(text, source)| Evidence::weak(text, &source));
    let finding = Finding::new(HopName::Backend, name, summary)
        .because_all(stall.queue())
        .because_all(link.overflow())
        .because_all(link.we_saw());
    let finding = finding
        .because_all(link.proxy_saw())
        .because_all(cap)
        .because_all(link.configured());
    let fix = Fix::new("raise the backend's backlog, and net.core.somaxconn if it is lower")
        .advise(format!("set the backend's backlog (PHP-FPM listen.backlog, gunicorn --backlog, node server.listen's backlog) from {limit} to 511 or more, and restart it"))
        .run("sysctl net.core.somaxconn", "must be at least as large: the smaller of both counts");
    finding.fix(link.case.verified(fix))
}
