//! The causes of one episode.
//!
//! A past cause is *certain* only where two records agree that do not depend on each
//! other: the proxy's, and the service manager's or the kernel's, about the service
//! that is behind the address. What a log's words say alone is *likely* at most.
mod dependency;
mod down;
mod now;
mod queue;
mod symptom;
mod words;
mod worker;

use super::backend::Backend;
use super::episode::{Episode, Family};
use super::failure::Seen;
use super::logs::Span;
use crate::case::Case;
use crate::case::service::units;
use crate::catalogue;
use crate::cause::Cause;
use crate::evidence::{Evidence, Strength};
use crate::rank::Weighed;
use crate::verdict::{Finding, Verdict};
use core::cell::RefCell;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::linux::kernel_log::KernelLog;
use gatewhy_facts::prelude::*;
use gatewhy_facts::time::Moment;

/// What a judge says: the cause's id, and its verdict.
type Said = (&'static str, Verdict);

/// An episode and everything that may tell of its cause.
pub(super) struct Trial<'t, 's, 'k> {
    pub(super) case: &'t Case<'k>,
    pub(super) episode: &'t Episode<'s, 'k>,
    pub(super) seen: &'t Seen<'k>,
    pub(super) backends: Vec<Backend>,
    pub(super) kernel: Fact<Rc<KernelLog>>,
    /// What could not be looked at and might tell otherwise.
    pub(super) gaps: RefCell<Vec<Gap>>,
}

/// What every judge says of an episode.
pub(super) fn weigh(trial: &Trial<'_, '_, '_>) -> Vec<Weighed> {
    let mut said: Vec<Said> = Vec::new();
    for judge in [down::weigh, worker::weigh, dependency::weigh] {
        said.extend(judge(trial));
    }
    if !is_told(&said) {
        said.extend(now::weigh(trial));
    }
    let told = is_told(&said);
    for (id, verdict) in symptom::weigh(trial) {
        if said.iter().any(|(known, _)| *known == id) {
            continue;
        }
        let verdict = if told {
            Verdict::ruled_out("the records of that time tell another reason")
        } else {
            verdict
        };
        said.push((id, verdict));
    }
    said.extend(untold(trial, &said));
    let doubtful = trial.doubt();
    let gaps = trial.all_gaps();
    let weighed = said.into_iter().filter_map(|(id, verdict)| {
        let cause = cause(id)?;
        let verdict = match verdict {
            Verdict::RuledOut(_) => verdict.with_gaps(&gaps),
            other => other,
        };
        Some((cause, with_doubt(verdict, doubtful.as_ref())))
    });
    weighed.collect()
}

/// Whether something fits well.
fn is_told(said: &[Said]) -> bool {
    let findings = said.iter().filter_map(|(_, verdict)| verdict.finding());
    let mut strengths = findings.map(Finding::strength);
    strengths.any(|strength| strength >= Strength::Strong)
}

/// How a backend went down is not told where the service manager's word is missing.
fn untold(trial: &Trial<'_, '_, '_>, said: &[Said]) -> Vec<Said> {
    let mut gaps = trial
        .backends
        .iter()
        .filter_map(|backend| backend.life.gap());
    let Some(gap) = gaps.next().filter(|_| trial.episode.family == Family::Away) else {
        return Vec::new();
    };
    let rest = down::FAMILY.into_iter();
    let rest = rest.filter(|id| !said.iter().any(|(known, _)| known == id));
    rest.map(|id| (id, Verdict::cannot_tell([gap]))).collect()
}

fn cause(id: &str) -> Option<&'static Cause> {
    catalogue::all()
        .iter()
        .copied()
        .find(|cause| cause.id == id)
}

/// Where visitors may have noticed nothing, nothing can be told.
fn with_doubt(verdict: Verdict, doubt: Option<&Gap>) -> Verdict {
    match doubt {
        Some(gap) => Verdict::cannot_tell([gap]),
        None => verdict,
    }
}

impl Trial<'_, '_, '_> {
    /// Why visitors may have noticed nothing of these failed tries: another member may
    /// have served them, and the log that tells could not be read.
    fn doubt(&self) -> Option<Gap> {
        let gap = self.seen.unnoticed.clone()?;
        let none_known = self
            .episode
            .failures
            .iter()
            .all(|failure| failure.status.is_none());
        (none_known && self.case.has_other_members(&self.episode.via)).then_some(gap)
    }

    /// What could not be looked at: an alibi may be lost with it.
    pub(super) fn all_gaps(&self) -> Vec<Gap> {
        let mut gaps = self.gaps.borrow().clone();
        gaps.extend(self.backends.iter().filter_map(Backend::gap));
        gaps.extend(self.kernel.gap().cloned());
        gaps.extend(self.case.fpm_gap());
        gaps.extend(self.case.route_gaps());
        // That the proxy does not tell why takes no alibi away: how the backend went down
        // is told by the service manager.
        let told_otherwise = self.seen.untold && matches!(self.episode.family, Family::Answered(_));
        let unexplained = self.seen.unexplained.as_ref().filter(|_| told_otherwise);
        let seen = self.seen.gaps.iter();
        gaps.extend(seen.filter(|gap| Some(*gap) != unexplained).cloned());
        gaps
    }

    /// Notes what could not be looked at.
    fn note<T>(&self, fact: &Fact<T>) {
        self.gaps.borrow_mut().extend(fact.gap().cloned());
    }

    /// The span in which a record may be about this episode.
    fn span(&self) -> Span {
        self.episode.span
    }

    /// `03:12:04`, on the host's clock; with the date when it was not today.
    fn time(&self, at: Moment) -> String {
        self.case.time_of(at)
    }

    /// `between 03:12:04 and 03:12:31`, `at 03:12:04`
    fn when(&self) -> String {
        let (from, until) = (self.time(self.span().from), self.time(self.span().until));
        if from == until {
            return format!("at {from}");
        }
        format!("between {from} and {until}")
    }

    /// What the proxy logged, as evidence.
    fn proxy_told(&self) -> Vec<Evidence> {
        let Some(first) = self.episode.failures.first() else {
            return Vec::new();
        };
        let count = self.episode.failures.len();
        let name = self.case.proxy_name();
        let (from, when) = (self.time(self.span().from), self.when());
        let via = &self.episode.via;
        let how = match first.tries.first() {
            Some(told) => format!("; first: {}", told.message()),
            None => match first.status {
                Some(status) => format!("; first: it answered {status}"),
                None => String::new(),
            },
        };
        let text = if count == 1 {
            format!("{name} logged at {from} that a request to {via} failed{how}")
        } else {
            format!("{name} logged {count} failed requests to {via} {when}{how}")
        };
        vec![Evidence::strong(text, &first.source)]
    }

    /// A verdict on evidence of which the first may prove: it does where two records
    /// agree and the service is beyond doubt the one behind the address.
    fn agreed(&self, backend: &Backend, finding: Finding) -> Verdict {
        let proxy_saw = self
            .episode
            .failures
            .iter()
            .any(|failure| !failure.tries.is_empty());
        let finding = finding.because_all(self.proxy_told());
        if backend.is_sure() && proxy_saw {
            finding.weigh()
        } else {
            finding.at_most(Strength::Strong).weigh()
        }
    }
}

/// The service manager's lines about a unit as evidence, the first one as a proof.
fn manager_told(unit: &str, lines: &[(Moment, String)], most: usize) -> Vec<Evidence> {
    let place = units::journal_place(unit);
    let told = lines.iter().take(most).enumerate();
    told.map(|(at, (when, text))| {
        let source = Source::new(place.clone()).at_time(*when);
        let text = format!("systemd logged: {text}");
        match at {
            0 => Evidence::proof(text, &source),
            _ => Evidence::strong(text, &source),
        }
    })
    .collect()
}
