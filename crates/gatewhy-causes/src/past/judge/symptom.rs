//! What the proxy's own words leave open, where nothing else tells.
use super::queue::Queue;
use super::{Said, Trial};
use crate::catalogue;
use crate::evidence::{Evidence, Strength};
use crate::explain::{self, Candidate, Settings};
use crate::past::episode::Family;
use crate::past::logs::Span;
use crate::verdict::{Confidence, Finding, HopName, Verdict};
use gatewhy_facts::fact::Fact;
use gatewhy_facts::log_line;
use gatewhy_facts::prelude::*;
use gatewhy_facts::symptom::Symptom;
use gatewhy_fixes::Fix;

/// Failures so near to now go on.
const ONGOING_SECS: i64 = 60;
/// The most that is guessed.
const GUESSES: usize = 4;

/// What hardly was so where the same configuration works now, unless the proxy says it.
const LASTING: [&str; 6] = [
    "wrong-port",
    "wrong-socket-path",
    "wrong-bind-address",
    "socket-permission-denied",
    "protocol-mismatch",
    "backend-refused-client",
];
/// What the service manager would have told.
const TOLD_BY_MANAGER: [&str; 7] = [
    "backend-stopped",
    "backend-crashed",
    "backend-crash-looping",
    "backend-oom-killed",
    "backend-start-failed",
    "backend-restarting",
    "backend-heap-exhausted",
];
/// What lets nobody through.
const NOBODY_SERVED: [&str; 3] = [
    "backend-hung",
    "worker-pool-exhausted",
    "listen-backlog-full",
];

pub(super) fn weigh(trial: &Trial<'_, '_, '_>) -> Vec<Said> {
    match trial.episode.family {
        Family::Answered(status) => answered(trial, status),
        Family::Away | Family::Seen(_) => guesses(trial),
    }
}

/// What the line of the most frequent symptom leaves open.
fn guesses(trial: &Trial<'_, '_, '_>) -> Vec<Said> {
    if is_seen_now(trial) {
        return Vec::new();
    }
    let Some((symptom, _)) = trial.episode.symptoms().into_iter().next() else {
        return Vec::new();
    };
    let tries = trial
        .episode
        .failures
        .iter()
        .flat_map(|failure| &failure.tries);
    let Some(told) = tries
        .into_iter()
        .find(|told| told.record.symptom == Some(symptom))
    else {
        return Vec::new();
    };
    let Some(record) = log_line::recognise(&told.record.raw) else {
        return Vec::new();
    };
    let explained = explain::line(&record, &Settings::default());
    let queue = Queue::of(trial, symptom);
    let mut fitting = explained.causes;
    fitting.retain(|cause| cause.confidence >= Confidence::Likely || !LASTING.contains(&cause.id));
    let mut said = Vec::new();
    let mut told_likely = false;
    for cause in queue.judge(fitting, GUESSES) {
        if TOLD_BY_MANAGER.contains(&cause.id) && nothing_happened(trial) {
            let why = "the service manager tells of nothing then: the service was up all the time";
            said.push((cause.id, Verdict::ruled_out(why)));
            continue;
        }
        if let Some(why) = queue.alibi(cause.id) {
            said.push((cause.id, Verdict::ruled_out(why)));
            continue;
        }
        let nobody = NOBODY_SERVED.contains(&cause.id) && !queue.lets_others_through(cause.id);
        if nobody && served_meanwhile(trial) {
            let why = "other requests were answered meanwhile";
            said.push((cause.id, Verdict::ruled_out(why)));
            continue;
        }
        // Only the first that is likely is; the others are what else it could be.
        let likely = cause.confidence >= Confidence::Likely && !told_likely;
        told_likely |= likely;
        let strength = if likely {
            Strength::Strong
        } else {
            Strength::Weak
        };
        let counted = queue.evidence().filter(|_| likely);
        let finding = guess(trial, symptom, &cause).because_all(counted);
        said.push((cause.id, finding.at_most(strength).weigh()));
    }
    said
}

/// Whether it goes on: then what is seen now tells more than old lines do. Unless the
/// site is known to answer, it may.
fn is_seen_now(trial: &Trial<'_, '_, '_>) -> bool {
    let now = trial.case.clock().map(|clock| clock.now);
    match trial.case.is_healthy() {
        Some(true) => false,
        Some(false) => now.is_none_or(|now| trial.span().until.plus_secs(ONGOING_SECS) >= now),
        None => true,
    }
}

/// Whether the backend answered others between the first failure and the last.
fn served_meanwhile(trial: &Trial<'_, '_, '_>) -> bool {
    let inside = Span {
        from: trial.span().from.plus_secs(1),
        until: trial.span().until.plus_secs(-1),
    };
    // Another member of a group may have been the one that answered.
    let alone = !trial.case.has_other_members(&trial.episode.via);
    alone && trial.seen.answers.served(inside) == Some(true)
}

/// Whether every service behind the address is known, and was up all the time.
fn nothing_happened(trial: &Trial<'_, '_, '_>) -> bool {
    let span = trial.span();
    let lives = trial.backends.iter().map(|backend| &backend.life);
    !trial.backends.is_empty()
        && lives.into_iter().all(|life| match life {
            Fact::Found(life, _) => !life.is_troubled(span),
            Fact::Absent(_) | Fact::Unknown(_) => false,
        })
}

fn guess(trial: &Trial<'_, '_, '_>, symptom: Symptom, told: &Candidate) -> Finding {
    let hop = if symptom.is_about_upstream() {
        HopName::Backend
    } else {
        HopName::Proxy
    };
    let from = trial.time(trial.span().from);
    let cause = catalogue::all().iter().find(|cause| cause.id == told.id);
    let summary = match (cause, told.why.strip_prefix(explain::SAYS_SO)) {
        (Some(cause), Some(rest)) => {
            format!("at {from}, as its log says: {}{rest}", cause.title_within())
        }
        _ => format!("at {from}: {}", told.why),
    };
    let finding = Finding::new(hop, trial.episode.via.to_string(), summary);
    let finding = finding.because_all(trial.proxy_told());
    match cause {
        Some(cause) => finding.fix(Fix::new(cause.remedy()).run(
            format!("gatewhy explain {}", cause.id),
            "how to be sure, and how it is mended",
        )),
        None => finding,
    }
}

/// Nothing in the error log: the backend said so itself, or the proxy was told to.
fn answered(trial: &Trial<'_, '_, '_>, status: u16) -> Vec<Said> {
    if let Some(gap) = &trial.seen.unexplained {
        // The proxy may have written why, where nobody could read it.
        return vec![("backend-answered-error", Verdict::cannot_tell([gap]))];
    }
    if is_seen_now(trial) {
        return Vec::new();
    }
    let failures = &trial.episode.failures;
    let made: BTreeSet<Option<bool>> = failures
        .iter()
        .map(|failure| failure.from_backend)
        .collect();
    let by_backend = Evidence::strong(
        "the access log has the backend's own answer for it",
        &failures
            .first()
            .map(|failure| failure.source.clone())
            .unwrap_or_default(),
    );
    let finding = |hop, summary: String| {
        Finding::new(hop, trial.episode.via.to_string(), summary).because_all(trial.proxy_told())
    };
    let at = trial.time(trial.span().from);
    let backend = finding(
        HopName::Backend,
        format!("the application itself answered {status} from {at} on"),
    );
    let proxy = finding(
        HopName::Proxy,
        format!("the proxy's own configuration answered {status} from {at} on"),
    );
    let name = trial.case.proxy_name();
    match made.into_iter().collect::<Vec<_>>().as_slice() {
        [Some(true)] => vec![
            (
                "backend-answered-error",
                backend.because(by_backend).weigh(),
            ),
            (
                "proxy-answered-error",
                Verdict::ruled_out("the backend's own answer was passed on"),
            ),
        ],
        [Some(false)] => vec![
            ("proxy-answered-error", proxy.weigh()),
            (
                "backend-answered-error",
                Verdict::ruled_out("no backend was asked"),
            ),
        ],
        _ if trial.case.call().is_some() => vec![
            ("backend-answered-error", backend.weigh()),
            (
                "proxy-answered-error",
                Verdict::ruled_out(format!("{name} passes these requests on")),
            ),
        ],
        _ => vec![
            (
                "backend-answered-error",
                backend.at_most(Strength::Weak).weigh(),
            ),
            (
                "proxy-answered-error",
                proxy.at_most(Strength::Weak).weigh(),
            ),
        ],
    }
}
