//! Connections that got no answer at a port of this host: the kernel drops them where the
//! queue of who listens there is full, and hardly anything else does.
use super::Trial;
use crate::case::exchange::link::Link;
use crate::evidence::Evidence;
use crate::explain::Candidate;
use crate::verdict::Confidence;
use gatewhy_facts::fact::Fact;
use gatewhy_facts::prelude::*;
use gatewhy_facts::symptom::Symptom;

/// What a full queue shows the proxy.
const DROPPED: [Symptom; 2] = [Symptom::ConnectTimeout, Symptom::ConnectTimeoutKernel];
/// What makes a queue full, or looks the same, the likeliest first.
const CAUSES: [(&str, &str); 5] = [
    (
        "listen-backlog-full",
        "a connection to a port of this host got no answer: the queue of who listens there was full",
    ),
    (
        "worker-pool-exhausted",
        "the queue fills where every worker is busy",
    ),
    (
        "backend-hung",
        "a process that accepts nothing fills its queue",
    ),
    (
        "firewall-blocked",
        "a rule of this host may have dropped the connections",
    ),
    (
        "connect-timeout",
        "a connection to a port of this host got no answer",
    ),
];
/// Programs that hold a container's port open on this host: the kernel leads connections
/// to it past them, into another network with counters of its own.
const RELAYS: [&[u8]; 4] = [b"conmon", b"docker-proxy", b"rootlessport", b"pasta"];
const NEVER: &str = "this host's kernel dropped no connection at a full queue since it was booted (ListenOverflows is 0)";
/// So many of them fill the queue.
const FILL: usize = 3;

/// What the kernel tells of the queues of this host.
#[derive(Debug)]
pub(super) enum Queue {
    /// The backend is elsewhere, or something else failed.
    Else,
    /// Connections were dropped at full queues since the host was booted, or that could
    /// not be looked at.
    MayOverflow(Option<Evidence>),
    /// None was.
    NeverFull(Evidence),
}

impl Queue {
    /// What is known where most requests of an episode failed like this.
    pub(super) fn of(trial: &Trial<'_, '_, '_>, symptom: Symptom) -> Self {
        let timed_out = DROPPED.contains(&symptom);
        let [backend] = trial.backends.as_slice() else {
            return Self::Else;
        };
        let peer = trial.case.past_peer(&backend.dial);
        let link = Link {
            case: trial.case,
            peer: &peer,
        };
        let here = peer.dial.tcp().is_some() && link.is_local() == Some(true);
        if !timed_out || !here {
            return Self::Else;
        }
        // Another network has counters of its own.
        if !link.is_in_our_network() {
            return Self::MayOverflow(None);
        }
        let overflows = trial.case.overflows(false);
        trial.note(&overflows);
        match overflows {
            Fact::Found(0, source) if is_sure_of_none(trial, link) => {
                Self::NeverFull(Evidence::weak(NEVER, &source))
            }
            Fact::Found(count, source) if count > 0 => {
                let text = format!(
                    "since this host was booted its kernel dropped {count} connections at full queues (ListenOverflows); the counter names neither port nor time"
                );
                Self::MayOverflow(Some(Evidence::strong(text, &source)))
            }
            _ => Self::MayOverflow(None),
        }
    }

    /// What the line leaves open, seen in this light: of its own guesses so many at most.
    pub(super) fn judge(&self, mut causes: Vec<Candidate>, most: usize) -> Vec<Candidate> {
        let likely = match self {
            Self::Else => {
                causes.truncate(most);
                return causes;
            }
            Self::MayOverflow(_) => "listen-backlog-full",
            Self::NeverFull(_) => "connect-timeout",
        };
        let open = CAUSES.iter().map(|(id, why)| Candidate {
            id,
            confidence: if *id == likely {
                Confidence::Likely
            } else {
                Confidence::Possible
            },
            why: (*why).to_owned(),
            check: None,
        });
        // That there is no deeper reason says nothing beside one.
        let deeper = matches!(self, Self::MayOverflow(_));
        open.filter(|cause| !(deeper && cause.id == "connect-timeout"))
            .collect()
    }

    /// Whether one of its causes serves others meanwhile: a queue overflows in waves, and
    /// the workers of a full pool do serve.
    pub(super) fn lets_others_through(&self, id: &str) -> bool {
        matches!(self, Self::MayOverflow(_)) && id != "backend-hung"
    }

    /// Why it was none of those that fill a queue.
    pub(super) fn alibi(&self, id: &str) -> Option<&'static str> {
        let fills = CAUSES.iter().take(FILL).any(|(known, _)| *known == id);
        (matches!(self, Self::NeverFull(_)) && fills).then_some(NEVER)
    }

    /// What the kernel counted.
    pub(super) fn evidence(&self) -> Option<Evidence> {
        match self {
            Self::MayOverflow(evidence) => evidence.clone(),
            Self::NeverFull(evidence) => Some(evidence.clone()),
            Self::Else => None,
        }
    }
}

/// Whether a counter that shows nothing tells of the episode: it is of this boot, and the
/// connections went nowhere but to this host's own socket.
fn is_sure_of_none(trial: &Trial<'_, '_, '_>, link: Link<'_, '_>) -> bool {
    let booted = trial.case.clock().map(|clock| clock.booted());
    let of_this_boot = booted.is_some_and(|booted| booted < trial.span().from);
    let loopback = link.peer.dial.tcp().is_some_and(|at| at.ip().is_loopback());
    let listener = link.listener();
    let holders = listener
        .found()
        .and_then(|listener| trial.case.holders(listener.inode).found().cloned());
    // A container's port may be held here for it, and its connections led past the holder.
    let processes = trial.case.processes();
    let serves = |pid: &u32| {
        let listed = processes.found().and_then(|all| all.0.get(pid));
        listed.is_some_and(|listed| !RELAYS.contains(&listed.stat.comm.as_slice()))
    };
    of_this_boot && loopback && holders.is_some_and(|all| !all.is_empty() && all.iter().all(serves))
}
