//! What happened to workers while the service lived on: a full pool, a worker killed
//! by its supervisor, by the kernel, or by its own crash.
use super::words;
use super::{Said, Trial};
use crate::case::service::killed::{self, Victim};
use crate::evidence::{Evidence, Strength};
use crate::past::backend::{BEFORE_SECS, Backend};
use crate::past::episode::Family;
use crate::verdict::{Finding, HopName, Verdict};
use gatewhy_facts::app_log::Kind;
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::php_fpm::log::{self as fpm_log, Event};
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::{LogLines, View};
use gatewhy_facts::symptom::Symptom;
use gatewhy_facts::time::Moment;
use gatewhy_facts::untrusted::shown_within;
use gatewhy_fixes::Fix;

/// A record of the backend's and one of the proxy's so near each other are about the
/// same request.
const SAME_SECS: i64 = 3;
/// What a proxy sees of a worker that dies.
const BROKEN: [Symptom; 6] = [
    Symptom::ClosedBeforeResponse,
    Symptom::ResetBeforeResponse,
    Symptom::FastCgiClosed,
    Symptom::ClosedInBody,
    Symptom::ResetInBody,
    Symptom::ResetWhileSending,
];
/// What a proxy sees of a pool in which nobody is free.
const WAITS: [Symptom; 5] = [
    Symptom::BacklogFull,
    Symptom::ResponseTimeout,
    Symptom::ConnectTimeout,
    Symptom::SendTimeout,
    Symptom::UpstreamTimeout,
];

/// Something that happened to a pool or a worker of it.
struct Happened {
    at: Moment,
    what: What,
    evidence: Evidence,
    pid: Option<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    /// No worker is free and no more may be started; the limit.
    Full(u64),
    /// The supervisor killed a worker whose time was up.
    TimedOut,
    /// A signal ended a worker.
    Signal(u64),
    /// Its accept queue is full.
    QueueFull,
}

pub(super) fn weigh(trial: &Trial<'_, '_, '_>) -> Vec<Said> {
    if trial.episode.family != Family::Away {
        return Vec::new();
    }
    let mut said = Vec::new();
    for backend in &trial.backends {
        let mut all = in_fpm_log(trial, backend);
        all.extend(in_journal(trial, backend));
        all.sort_by_key(|happened| happened.at);
        said.extend(died(trial, backend, &all));
        said.extend(full(trial, backend, &all));
    }
    said
}

/// What PHP-FPM logged of the pool.
fn in_fpm_log(trial: &Trial<'_, '_, '_>, backend: &Backend) -> Vec<Happened> {
    let case = trial.case;
    let Some(pool) = case.pool_at(&backend.dial) else {
        return Vec::new();
    };
    let (Some(path), Some(clock)) = (pool.error_log(), case.clock()) else {
        return Vec::new();
    };
    let span = trial.span().widened(BEFORE_SECS, SAME_SECS);
    let lines = case.log_within_as(&path, View::Host, span, LogLines::All);
    trial.note(&lines);
    let Fact::Found(lines, _) = lines else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for (path, bytes) in &lines.files {
        for record in fpm_log::read(bytes) {
            let at = record.at.and_then(|at| at.moment(clock.utc_offset_secs));
            let other = record
                .pool
                .is_some_and(|name| name != pool.pool.name.as_bytes());
            let (Some(at), false, Some((what, pid))) = (at, other, fpm_event(&record.event)) else {
                continue;
            };
            let text = format!("PHP-FPM logged: {}", shown_within(record.message, 140));
            let source = Source::new(path.to_string()).at_time(at);
            all.push(Happened {
                at,
                what,
                evidence: Evidence::strong(text, &source),
                pid,
            });
        }
    }
    all
}

const fn fpm_event(event: &Event<'_>) -> Option<(What, Option<u32>)> {
    Some(match event {
        Event::MaxChildrenReached { limit } => (What::Full(*limit), None),
        Event::Terminated(slow) => (What::TimedOut, Some(slow.pid)),
        Event::ExitedOnSignal { signal: 15, .. } => return None,
        Event::ExitedOnSignal { signal, pid, .. } => (What::Signal(*signal as u64), Some(*pid)),
        _ => return None,
    })
}

/// What the service itself wrote into the journal.
fn in_journal(trial: &Trial<'_, '_, '_>, backend: &Backend) -> Vec<Happened> {
    let Some(journal) = backend.journal.found() else {
        return Vec::new();
    };
    let name = backend.name();
    let span = trial.span().widened(SAME_SECS, SAME_SECS);
    let wrote = words::wrote(journal, span).into_iter();
    let told = wrote.filter_map(|told| {
        let what = match told.kind {
            Kind::WorkerTimeout => What::TimedOut,
            Kind::WorkerKilled => What::Signal(told.number.unwrap_or(9)),
            Kind::Crashed => What::Signal(11),
            Kind::ListenQueueFull => What::QueueFull,
            _ => return None,
        };
        Some(Happened {
            at: told.at,
            what,
            evidence: told.evidence(&name),
            pid: told.pid,
        })
    });
    told.collect()
}

/// A worker died with the proxy's request.
fn died(trial: &Trial<'_, '_, '_>, backend: &Backend, all: &[Happened]) -> Vec<Said> {
    let Some(first) = trial.episode.first(&BROKEN) else {
        return Vec::new();
    };
    let near = |happened: &&Happened| happened.at.since(first).abs() <= SAME_SECS * 1_000_000;
    let name = backend.name();
    // A worker that was killed as its time was up is logged as killed, too.
    if let Some(timed_out) = all.iter().filter(near).find(|h| h.what == What::TimedOut) {
        let summary = format!(
            "the supervisor of {name} killed a worker at {}, as its request took longer than it allows",
            trial.time(timed_out.at)
        );
        let finding = Finding::new(HopName::Backend, name, summary)
            .because(timed_out.evidence.clone())
            .because_all(trial.proxy_told());
        let why = "its own supervisor killed the worker";
        return vec![
            ("backend-worker-timeout", finding.weigh()),
            ("backend-crashed", Verdict::ruled_out(why)),
            ("backend-oom-killed", Verdict::ruled_out(why)),
        ];
    }
    let signal = |h: &&Happened| matches!(h.what, What::Signal(_));
    let Some(killed) = all.iter().filter(near).find(signal) else {
        return Vec::new();
    };
    let What::Signal(number) = killed.what else {
        return Vec::new();
    };
    let by_kernel = (number == 9).then(|| oom_of_worker(trial, backend, killed));
    if let Some(said) = by_kernel.flatten() {
        return said;
    }
    let summary = format!(
        "a worker of {name} was ended by signal {number} at {}, with the request it had",
        trial.time(killed.at)
    );
    let finding = Finding::new(HopName::Backend, name, summary)
        .because(killed.evidence.clone())
        .because_all(trial.proxy_told());
    let oom = Verdict::ruled_out("the kernel's log has no kill of this worker");
    let oom = match trial.kernel.gap() {
        Some(gap) => Verdict::cannot_tell([gap]),
        None => oom,
    };
    vec![
        ("backend-crashed", finding.weigh()),
        ("backend-oom-killed", oom),
    ]
}

/// The kernel's record of the worker's end: with the supervisor's two that agree.
fn oom_of_worker(
    trial: &Trial<'_, '_, '_>,
    backend: &Backend,
    killed: &Happened,
) -> Option<Vec<Said>> {
    let unit = backend.unit()?;
    let version = unit
        .id
        .strip_prefix("php")
        .and_then(|rest| rest.strip_suffix("-fpm.service"));
    let program = version.map(|version| format!("php-fpm{version}"));
    let victim = Victim {
        unit: &unit.id,
        pid: killed.pid,
        program: program
            .as_deref()
            .map(str::as_bytes)
            .or_else(|| killed::program_of(unit)),
        at: killed.at,
    };
    let kill = trial.case.kill_of(trial.kernel.found()?, &victim)?;
    let mut source = Source::new("kernel log (dmesg)");
    source.time = trial.case.at_kernel(kill.at_us);
    let text = format!("the kernel logged: {}", shown_within(&kill.text, 160));
    let summary = format!(
        "the kernel killed a worker of {} for want of memory at {}",
        unit.id,
        trial.time(killed.at)
    );
    let mut finding = Finding::new(HopName::Backend, unit.id.clone(), summary)
        .because(Evidence::proof(text, &source))
        .because(killed.evidence.clone());
    if !kill.sure {
        finding = finding.at_most(Strength::Strong);
    }
    let fix = Fix::new(format!("give {} room, or bound what one request may use", unit.id))
        .run(
            format!("systemctl show -p MemoryMax -p MemoryPeak -p MemoryCurrent {}", unit.id),
            "its limit, if it has one, and what it uses",
        )
        .advise("limit a single request below it (PHP memory_limit), so that one page cannot take others with it");
    Some(vec![
        (
            "backend-oom-killed",
            trial.agreed(backend, finding.fix(fix)),
        ),
        (
            "backend-crashed",
            Verdict::ruled_out("the kernel killed it"),
        ),
    ])
}

/// No worker was free.
fn full(trial: &Trial<'_, '_, '_>, backend: &Backend, all: &[Happened]) -> Vec<Said> {
    if !trial.episode.has(&WAITS) {
        return Vec::new();
    }
    let name = backend.name();
    let found = all.iter().find_map(|happened| match happened.what {
        What::Full(limit) => Some((happened, format!("all {limit} workers of {name} were busy"))),
        What::QueueFull => Some((happened, format!("the queue of {name} was full"))),
        What::TimedOut | What::Signal(_) => None,
    });
    let Some((happened, what)) = found else {
        return Vec::new();
    };
    let summary = format!("{what}: requests {} waited in vain", trial.when());
    let fix = Fix::new("find what the workers waited for, then size the pool from measured memory")
        .advise("request_slowlog_timeout in the pool writes the stack of every request that takes long")
        .run(
            format!("ps -o rss,args -C $(systemctl show -p MainPID --value {name} | xargs ps -o comm= -p)"),
            "memory of one worker: so many fit into what the machine can spare",
        );
    let finding = Finding::new(HopName::Backend, name, summary)
        .because(happened.evidence.clone())
        .because_all(trial.proxy_told())
        .fix(fix);
    let why = "the workers were the limit, not the queue or the machine";
    vec![
        ("worker-pool-exhausted", finding.weigh()),
        ("listen-backlog-full", Verdict::ruled_out(why)),
        (
            "backend-hung",
            Verdict::ruled_out("it served as many requests as it has workers for"),
        ),
    ]
}
