//! Whether the proxy's own processes are held up: stopped by a signal, or in a call
//! to a disk that does not return.
use crate::case::Case;
use crate::case::exchange::stall::state_words;
use crate::case::visit::site::Seen;
use crate::evidence::Evidence;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::linux::processes::Processes;
use gatewhy_facts::linux::stat::ProcessState;
use gatewhy_facts::prelude::*;
use gatewhy_facts::protocol::tape::How;

/// A proxy that serves nobody, though its processes exist.
#[derive(Clone, Debug)]
pub struct Halted {
    /// The processes that take requests.
    pub pids: Vec<u32>,
    /// Whether a signal stopped them all; else they all sleep in the kernel.
    pub by_signal: bool,
    /// Their state, after our visit.
    pub state: Evidence,
    /// Visitors that nobody accepts.
    pub queue: Option<Evidence>,
}

impl Case<'_> {
    /// The proxy's processes when all that take requests are held up. Absent when our
    /// visit was answered, or some of them run.
    pub fn halted(&self) -> Fact<Halted> {
        let waits = matches!(
            self.seen(),
            Some(Seen::NoAnswer | Seen::NotConnected(How::TimedOut))
        );
        if !waits {
            return Fact::Absent(Source::new("the visitor's connection"));
        }
        let pids = match self.proxy() {
            Fact::Found(proxy, _) if proxy.workers.is_empty() => vec![proxy.master],
            Fact::Found(proxy, _) => proxy.workers.clone(),
            Fact::Absent(source) => return Fact::Absent(source),
            Fact::Unknown(gap) => return Fact::Unknown(gap),
        };
        let now = self.processes_again();
        now.and_then(|all, source| match state_of(&all, &pids) {
            Ok(Some(state)) => Fact::Found(self.halted_in(pids.clone(), state, &source), source),
            Ok(None) => Fact::Absent(source),
            Err(gap) => Fact::Unknown(gap),
        })
    }

    fn halted_in(&self, pids: Vec<u32>, state: ProcessState, source: &Source) -> Halted {
        let numbers: Vec<String> = pids.iter().take(8).map(ToString::to_string).collect();
        let text = format!(
            "every process of {} that takes requests ({}) is {}",
            self.proxy_name(),
            numbers.join(", "),
            state_words(state)
        );
        let queue = self.waiting_at_the_door();
        let queue = match &queue {
            Fact::Found((waiting, door), source) if *waiting > 0 => {
                let text = format!("{waiting} connections wait at {door} that nobody has accepted");
                Some(Evidence::strong(text, source))
            }
            _ => None,
        };
        let by_signal = state.is_frozen();
        let state = if by_signal {
            Evidence::proof(text, source)
        } else {
            Evidence::strong(text, source)
        };
        Halted {
            pids,
            by_signal,
            state,
            queue,
        }
    }
}

/// The state that they all share, when it is one of those in which nothing is done.
fn state_of(all: &Processes, pids: &[u32]) -> Result<Option<ProcessState>, Gap> {
    let mut states = Vec::new();
    for pid in pids {
        let process = all.get(*pid).ok_or_else(|| {
            Gap::new(
                format!("/proc/{pid}"),
                "the process is gone",
                "run it again",
            )
        })?;
        states.push(process.stat.state);
    }
    let held = |state: &ProcessState| state.is_frozen() || *state == ProcessState::DiskSleep;
    let Some(first) = states.first().copied().filter(held) else {
        return Ok(None);
    };
    let same = states
        .iter()
        .all(|state| state.is_frozen() == first.is_frozen() && held(state));
    Ok(same.then_some(first))
}
