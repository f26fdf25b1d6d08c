//! Workers of the proxy that died.
use crate::case::Case;
use crate::case::visit::site::Seen;
use crate::evidence::Evidence;
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::linux::kernel_event::KernelEvent;
use gatewhy_facts::nginx::error_log::ErrorRecord;
use gatewhy_facts::prelude::*;
use gatewhy_facts::symptom::Symptom;
use gatewhy_facts::time::Moment;
use gatewhy_facts::untrusted::{shown, shown_within};

/// How far back a worker's death still belongs to visitors of now.
const LATELY_SECS: i64 = 60;
/// The kernel's record and the master's are so close together at most.
const SAME_EVENT_SECS: i64 = 2;

/// A worker of the proxy that died.
#[derive(Clone, Debug)]
pub struct DeadWorker {
    /// The signal; none when it ended by itself.
    pub signal: Option<u8>,
    /// The master's record.
    pub record: Evidence,
    /// When, to the second.
    pub at: Moment,
    /// Whether it died while we asked.
    pub own: bool,
    /// How many died in the last minute.
    pub count: usize,
    /// Workers that were started in its place since we began to ask.
    pub replaced: Option<Evidence>,
    /// What the kernel says of it: where it crashed, or that it was killed for want
    /// of memory.
    pub kernel: Option<Kernel>,
}

/// What the kernel says of a worker's death.
#[derive(Clone, Debug)]
pub struct Kernel {
    /// Whether it was killed for want of memory.
    pub out_of_memory: bool,
    /// The library or module whose code it was in.
    pub object: Option<String>,
    /// The record.
    pub evidence: Evidence,
}

impl Case<'_> {
    /// The last worker that died, when visitors are left without an answer.
    pub fn dead_worker(&self) -> Option<DeadWorker> {
        let unanswered = matches!(
            self.seen(),
            Some(Seen::ClosedWithoutAnswer | Seen::Cut(_) | Seen::NoAnswer | Seen::NotConnected(_))
        );
        if !unanswered || self.is_healthy() != Some(false) {
            return None;
        }
        let now = self.clock()?.now;
        let log = self.main_log();
        let since = now.plus_secs(-LATELY_SECS);
        let died: Vec<&(ErrorRecord<'_>, Moment)> = log
            .found()?
            .iter()
            .filter(|(record, at)| is_death(record) && *at >= since)
            .collect();
        let (record, at) = died.last()?;
        let source = Source::new(self.main_log_path().to_string()).at_time(*at);
        let message = shown_within(record.message, 160);
        Some(DeadWorker {
            signal: signal_of(record),
            record: Evidence::strong(format!("nginx's master logged: {message}"), &source),
            at: *at,
            own: *at >= now.plus_secs(-1),
            count: died.len(),
            replaced: self.replaced(now),
            kernel: self.kernel_on_death(*at),
        })
    }

    /// Workers that were started after a moment.
    fn replaced(&self, since: Moment) -> Option<Evidence> {
        let clock = self.clock()?;
        let master = self.proxy().found()?.master;
        let all = self.processes_again();
        let all = all.found()?;
        let new = all
            .children(master)
            .filter(|child| clock.at_ticks(child.stat.start_ticks) >= since);
        let pids: Vec<String> = new.map(|child| child.stat.pid.to_string()).collect();
        let text = format!(
            "the master started new workers while we asked: processes {}",
            pids.join(", ")
        );
        (!pids.is_empty()).then(|| Evidence::proof(text, &Source::new("/proc/PID/stat")))
    }

    fn kernel_on_death(&self, at: Moment) -> Option<Kernel> {
        let Fact::Found(log, source) = self.kernel_log_again() else {
            return None;
        };
        let near = |at_us: u64| {
            let then = self.at_kernel(at_us)?;
            let apart = then.since(at).abs() <= SAME_EVENT_SECS * 1_000_000;
            apart.then_some(then)
        };
        log.events.iter().rev().find_map(|happened| {
            let when = near(happened.at_us)?;
            let (out_of_memory, object) = match &happened.event {
                KernelEvent::OomKill(kill) if kill.comm == b"nginx" => (true, None),
                KernelEvent::Crash(crash) if crash.comm == b"nginx" => {
                    let object = crash.object.as_ref();
                    (false, object.map(|object| shown(object).to_string()))
                }
                _ => return None,
            };
            let text = format!("the kernel logged: {}", shown_within(&happened.text, 160));
            Some(Kernel {
                out_of_memory,
                object,
                evidence: Evidence::strong(text, &source.clone().at_time(when)),
            })
        })
    }
}

fn is_death(record: &ErrorRecord<'_>) -> bool {
    matches!(
        record.symptom,
        Some(Symptom::WorkerCrashed | Symptom::WorkerGone)
    )
}

/// A worker that ended by an exit code has none.
fn signal_of(record: &ErrorRecord<'_>) -> Option<u8> {
    let crashed = record.symptom == Some(Symptom::WorkerCrashed);
    record
        .number
        .filter(|_| crashed)
        .and_then(|number| u8::try_from(number).ok())
}
