//! Lines that belong to one incident, judged together.
//!
//! A line of the backend, its supervisor or the kernel settles what a gateway's
//! line leaves open; some lines are consequences of others.
use super::lead::is_gateway_program;
use super::{Candidate, Explanation};
use crate::verdict::Confidence;
use gatewhy_facts::log_line::{Record, Role, Server};
use gatewhy_facts::nginx::error_log::Peer;
use gatewhy_facts::prelude::*;
use gatewhy_facts::symptom::Symptom;

/// Most causes of one incident: those of several lines.
const MOST: usize = 16;

/// A line with what it means alone.
pub type Explained<'r, 'a> = (&'r Record<'a>, &'r Explanation);

/// What lines of one incident mean together: causes, likeliest and deepest first.
/// Nothing when no line tells of a gateway's failure.
pub fn judge(lines: &[Explained<'_, '_>]) -> Vec<Candidate> {
    let kinds = Kinds::of(lines);
    let telling: Vec<_> = lines.iter().filter(|line| kinds.hears(line)).collect();
    let mut all: Vec<Weighed> = Vec::new();
    for (position, (_, explanation)) in telling.iter().enumerate() {
        for (rank, cause) in explanation.causes.iter().enumerate() {
            add(&mut all, cause, position, rank);
        }
    }
    for settled in rules(lines) {
        settle(&mut all, &settled);
    }
    // Once the lines settle it, what was merely possible is not worth a look.
    let is_settled = |weighed: &Weighed| {
        weighed.standing == Standing::Root && weighed.cause.confidence == Confidence::Certain
    };
    let settled = all.iter().any(is_settled);
    all.retain(|weighed| {
        let doubtful = settled && weighed.cause.confidence == Confidence::Possible;
        weighed.standing != Standing::Out && !doubtful
    });
    all.sort_by_key(Weighed::order);
    all.into_iter()
        .map(|weighed| weighed.cause)
        .take(MOST)
        .collect()
}

/// What there is among the lines.
#[derive(Clone, Copy)]
struct Kinds {
    /// A failure of a gateway.
    failures: bool,
    /// One that an access line without details does not tell alone.
    detailed: bool,
    /// An error of a gateway whose name is known: then a page without one is the same
    /// answer once more.
    named: bool,
    /// A failed TLS handshake: Apache then also says that it could not send.
    handshake: bool,
    /// A relay that could not connect: it hangs up on the proxy before it.
    relayed: bool,
}

impl Kinds {
    fn of(lines: &[Explained<'_, '_>]) -> Self {
        let mut failures = lines
            .iter()
            .filter(|(_, explanation)| explanation.gateway_failure);
        Self {
            failures: failures.clone().next().is_some(),
            detailed: failures.any(|(record, _)| record.symptom != VAGUE),
            named: lines.iter().any(|(record, _)| {
                record.symptom == VAGUE && record.server != Server::HttpResponse
            }),
            handshake: lines
                .iter()
                .any(|(record, _)| record.symptom == Some(Symptom::TlsHandshakeFailed)),
            relayed: lines.iter().any(|(record, explanation)| {
                record.server == Server::SocketProxy && explanation.gateway_failure
            }),
        }
    }

    /// Whether a line has a say: failures always; others only where there is nothing
    /// else to go by, or where they are the backend's own.
    fn hears(self, line: &Explained<'_, '_>) -> bool {
        let (record, explanation) = line;
        let own = matches!(
            record.server.role(),
            Role::Backend | Role::Supervisor | Role::Kernel
        );
        let nameless = self.named && record.server == Server::HttpResponse;
        let vague = (record.symptom == VAGUE && (self.detailed || nameless))
            || (record.symptom == Some(Symptom::ResetWhileSending) && self.handshake)
            || (self.relayed && record.symptom.is_some_and(|s| HUNG_UP.contains(&s)));
        !vague && (explanation.gateway_failure || own || !self.failures)
    }
}

/// What a proxy says when it is hung up on.
const HUNG_UP: [Symptom; 3] = [
    Symptom::ClosedBeforeResponse,
    Symptom::ResetBeforeResponse,
    Symptom::ResetWhileSending,
];

/// An access line without details says less than any other.
const VAGUE: Option<Symptom> = Some(Symptom::GatewayAnsweredError);

/// How a cause stands after the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    /// A rule says that it is the reason of the others.
    Root,
    /// Nothing is said.
    Open,
    /// A rule says that it is a consequence.
    Consequence,
    /// A rule says that it is not so.
    Out,
}

struct Weighed {
    cause: Candidate,
    standing: Standing,
    /// Lines that name it.
    lines: usize,
    /// Where the first of them stands, and where it stands among that line's causes.
    first: (usize, usize),
}

impl Weighed {
    fn order(&self) -> impl Ord + use<> {
        let sure = core::cmp::Reverse(self.cause.confidence);
        let often = core::cmp::Reverse(self.lines);
        (
            self.standing,
            sure,
            often,
            self.first.1,
            self.first.0,
            self.cause.id,
        )
    }
}

fn add(all: &mut Vec<Weighed>, cause: &Candidate, position: usize, rank: usize) {
    if let Some(known) = all.iter_mut().find(|known| known.cause.id == cause.id) {
        known.lines = known.lines.saturating_add(1);
        if cause.confidence > known.cause.confidence {
            known.cause = cause.clone();
        }
        return;
    }
    all.push(Weighed {
        cause: cause.clone(),
        standing: Standing::Open,
        lines: 1,
        first: (position, rank),
    });
}

/// What several lines together say of a cause.
struct Settled {
    id: &'static str,
    standing: Standing,
    confidence: Option<Confidence>,
    why: &'static str,
}

const fn root(id: &'static str, confidence: Confidence, why: &'static str) -> Settled {
    Settled {
        id,
        standing: Standing::Root,
        confidence: Some(confidence),
        why,
    }
}

const fn demoted(id: &'static str, standing: Standing) -> Settled {
    Settled {
        id,
        standing,
        confidence: None,
        why: "",
    }
}

fn settle(all: &mut Vec<Weighed>, settled: &Settled) {
    let known = all.iter_mut().find(|known| known.cause.id == settled.id);
    let Some(known) = known else {
        if let Some(confidence) = settled.confidence {
            all.push(Weighed {
                cause: Candidate {
                    id: settled.id,
                    confidence,
                    why: settled.why.into(),
                    check: None,
                },
                standing: settled.standing,
                lines: 1,
                first: (usize::MAX, 0),
            });
        }
        return;
    };
    known.standing = settled.standing;
    if let Some(confidence) = settled.confidence {
        known.cause.confidence = confidence;
        settled.why.clone_into(&mut known.cause.why);
    }
}

/// The lines, and questions about them.
struct Lines<'l, 'r, 'a>(&'l [Explained<'r, 'a>]);

impl<'r, 'a> Lines<'_, 'r, 'a> {
    fn with(&self, symptoms: &[Symptom]) -> impl Iterator<Item = &'r Record<'a>> {
        let records = self.0.iter().map(|(record, _)| *record);
        records.filter(|record| {
            record
                .symptom
                .is_some_and(|symptom| symptoms.contains(&symptom))
        })
    }

    fn has(&self, symptoms: &[Symptom]) -> bool {
        self.with(symptoms).next().is_some()
    }

    fn upstream_failures(&self) -> bool {
        self.0.iter().any(|(record, explanation)| {
            explanation.gateway_failure
                && record.symptom.is_some_and(Symptom::is_about_upstream)
                && record.symptom != Some(Symptom::NoLiveUpstreams)
        })
    }

    /// Whether a line of the backend's own says for certain what was wrong with it.
    fn certain(&self) -> bool {
        self.0.iter().any(|(record, explanation)| {
            let own = record.server.role() == Role::Backend;
            let mut causes = explanation.causes.iter();
            own && causes.any(|cause| cause.confidence == Confidence::Certain)
        })
    }

    /// A process that was killed by signal 9.
    fn killed(&self) -> Option<&'r Record<'a>> {
        let killed = [Symptom::BackendWorkerKilled, Symptom::UnitKilled];
        self.with(&killed).find(|record| record.number == Some(9))
    }
}

fn rules(lines: &[Explained<'_, '_>]) -> Vec<Settled> {
    let lines = Lines(lines);
    let mut settled = Vec::new();
    settled.extend(who_killed(&lines));
    settled.extend(busy(&lines));
    settled.extend(restarts(&lines));
    settled.extend(loopback_twice(&lines));
    settled.extend(daemon_of_httpd(&lines));
    if lines.has(&[Symptom::NoLiveUpstreams]) && lines.upstream_failures() {
        settled.push(demoted("no-live-upstream", Standing::Consequence));
        // nginx marks servers after failures like those above; no check is needed for it.
        if !lines.has(&[Symptom::ServerMarkedDown, Symptom::HealthCheckFailed]) {
            settled.push(demoted("health-check-failing", Standing::Out));
        }
    }
    settled
}

const OOM: &[Symptom] = &[Symptom::OomKilled, Symptom::UnitOomKilled];

/// Signal 9 comes from the out-of-memory killer, or from a supervisor that waited
/// long enough: other lines tell which.
fn who_killed(lines: &Lines<'_, '_, '_>) -> Vec<Settled> {
    let mut settled = Vec::new();
    let timeouts = lines.with(&[Symptom::BackendWorkerTimeout]);
    let killed = lines.killed();
    let same = |a: Option<u32>, b: Option<u32>| a.is_none() || b.is_none() || a == b;
    let by_supervisor = timeouts
        .map(|record| record.pid)
        .any(|pid| killed.is_none_or(|killed| same(killed.pid, pid)));
    if by_supervisor {
        settled.push(root(
            "backend-worker-timeout",
            Confidence::Certain,
            "the supervisor ended the worker after its time limit; the signal that follows is its own",
        ));
        if !lines.has(OOM) {
            settled.push(demoted("backend-oom-killed", Standing::Out));
        }
        let crashed = [
            Symptom::BackendWorkerCrashed,
            Symptom::ProcessCrashed,
            Symptom::BackendUncaught,
        ];
        // Gunicorn first sends signal 6, for a traceback, and then signal 9.
        let aborted =
            |record: &Record<'_>| record.server == Server::Gunicorn && record.number == Some(6);
        if lines.with(&crashed).all(aborted) {
            settled.push(demoted("backend-crashed", Standing::Out));
        }
        if !lines.has(&[
            Symptom::UnitStopped,
            Symptom::BackendStopping,
            Symptom::BackendReloading,
        ]) {
            settled.push(demoted("backend-restarting", Standing::Out));
        }
    }
    let victim = lines
        .with(OOM)
        .any(|record| killed.is_some_and(|k| same(k.pid, record.pid)));
    if victim && !by_supervisor {
        settled.push(root(
            "backend-oom-killed",
            Confidence::Certain,
            "the process that was killed is the one that the out-of-memory killer names",
        ));
        settled.push(demoted("backend-worker-timeout", Standing::Out));
    }
    settled
}

/// A full pool is the reason for a full queue and for late answers.
fn busy(lines: &Lines<'_, '_, '_>) -> Vec<Settled> {
    let waits = [
        Symptom::BacklogFull,
        Symptom::ResponseTimeout,
        Symptom::ConnectTimeout,
        Symptom::BackendQueueFull,
        Symptom::SynFlooding,
    ];
    if lines.has(&[Symptom::BackendQueueFull]) && lines.upstream_failures() {
        return vec![root(
            "worker-pool-exhausted",
            Confidence::Likely,
            "the backend says that its queue is full, and the gateway's connections fail because of that; a queue fills while every worker is busy",
        )];
    }
    if !lines.has(&[Symptom::BackendWorkersBusy]) || !lines.has(&waits) {
        return Vec::new();
    }
    vec![
        root(
            "worker-pool-exhausted",
            Confidence::Certain,
            "the backend says that every worker is busy, and the gateway waits for one",
        ),
        demoted("listen-backlog-full", Standing::Consequence),
    ]
}

/// What happens again and again, and what stops and starts.
fn restarts(lines: &Lines<'_, '_, '_>) -> Vec<Settled> {
    let mut settled = Vec::new();
    let gave_up = lines.has(&[Symptom::UnitGaveUp, Symptom::BackendRestartLoop]);
    let reasons = [
        Symptom::BackendStartFailed,
        Symptom::BackendAddressInUse,
        Symptom::BackendCannotListen,
    ];
    let failures = [
        Symptom::UnitExited,
        Symptom::UnitKilled,
        Symptom::UnitRestarting,
        Symptom::BackendWorkerExited,
        Symptom::BackendWorkerCrashed,
        Symptom::BackendUncaught,
    ];
    let often = lines.with(&failures).count() >= 3;
    if lines.has(&reasons) {
        settled.push(root(
            "backend-start-failed",
            Confidence::Certain,
            "its own line says why it does not start",
        ));
    }
    // A supervisor's words about the gateway itself are no backend's.
    let told = failures
        .iter()
        .chain(&[Symptom::UnitGaveUp, Symptom::BackendRestartLoop]);
    let told: Vec<Symptom> = told.copied().collect();
    let of_backend = lines.with(&told).any(|record| !is_gateway_program(record));
    if of_backend && (gave_up || often) {
        settled.push(Settled {
            id: "backend-crash-looping",
            standing: Standing::Open,
            confidence: Some(Confidence::Certain),
            why: "it was started and failed again and again",
        });
    }
    let stopping = [
        Symptom::UnitStopped,
        Symptom::BackendStopping,
        Symptom::BackendReloading,
    ];
    let stops = lines
        .with(&stopping)
        .any(|record| !is_gateway_program(record));
    let starts = lines.has(&[Symptom::UnitStarted, Symptom::BackendStarting]);
    if stops && starts && !gave_up && !often {
        let why = "it was stopped and started again; what failed in between failed because of that";
        let restarting = root("backend-restarting", Confidence::Likely, why);
        // What a line is certain of may be why somebody restarted it.
        let standing = if lines.certain() {
            Standing::Open
        } else {
            Standing::Root
        };
        settled.push(Settled {
            standing,
            ..restarting
        });
    }
    settled
}

/// A child of httpd that crashed while an answer of `mod_wsgi`'s daemon broke off: the
/// daemon is such a child.
fn daemon_of_httpd(lines: &Lines<'_, '_, '_>) -> Vec<Settled> {
    let broke_off = lines
        .with(&[Symptom::ClosedBeforeResponse, Symptom::ResetBeforeResponse])
        .any(|record| gatewhy_facts::scan::holds(record.message, " daemon process '"));
    let mut crashed = lines.with(&[Symptom::WorkerCrashed]);
    if !broke_off || !crashed.any(|record| record.server == Server::Apache) {
        return Vec::new();
    }
    vec![root(
        "backend-crashed",
        Confidence::Likely,
        "mod_wsgi's daemon process is a child of httpd: it broke its answer off, and a child died by a signal",
    )]
}

/// Both addresses of localhost refused: then the family is not the reason.
fn loopback_twice(lines: &Lines<'_, '_, '_>) -> Vec<Settled> {
    let refused = |v6: bool| {
        lines
            .with(&[Symptom::ConnectRefused])
            .any(|record| match record.peer {
                Some(Peer::Inet(address)) => address.ip().is_loopback() && address.is_ipv6() == v6,
                _ => false,
            })
    };
    let in_container = lines
        .with(&[Symptom::ConnectRefused])
        .any(super::lead::is_in_container);
    if !refused(true) || !refused(false) || in_container {
        return Vec::new();
    }
    vec![Settled {
        id: "wrong-bind-address",
        standing: Standing::Open,
        confidence: Some(Confidence::Possible),
        why: "both 127.0.0.1 and ::1 refuse, so it is not the family; but loopback inside a container is that container alone",
    }]
}
