//! From answers to a diagnosis: a pure function.
use crate::case::Case;
pub use crate::case::request::Request;
use crate::case::routing::chain;
use crate::catalogue;
use crate::cause::{Cause, When};
use crate::diagnosis::{Diagnosis, Hop, Observed, Outcome, RankedCause, RuledOut};
use crate::past::{self, report::Past};
use crate::rank::{Weighed, rank};
use crate::verdict::{Confidence, HopName, Verdict};
use gatewhy_facts::answer::Outcome as AnswerOutcome;
use gatewhy_facts::fact::Gap;
use gatewhy_facts::known::Known;
use gatewhy_facts::prelude::*;

/// Runs a piece of work and tells whether it ended; `false` means it panicked.
/// This crate cannot catch a panic itself.
#[expect(missing_debug_implementations, reason = "holds a closure")]
pub struct Guard<'a>(pub &'a dyn Fn(&mut dyn FnMut()) -> bool);

/// The diagnosis of `request` as far as the answers go. What it still wants to
/// know is noted in `known`; once nothing is wanted, the diagnosis is final.
pub fn diagnose(request: &Request, known: &Known, guard: &Guard<'_>) -> Diagnosis {
    let lately = past::lately::request(&Case::new(known, request));
    let case = Case::new(known, lately.as_ref().unwrap_or(request));
    let chain = Chain::follow(&case, guard, chain::LONGEST);
    let (weighed, crashed) = (chain.weighed, chain.crashed);
    let looked = past::look(&case);
    let mut causes = rank(&weighed);
    let now = causes.len();
    if let Some(past) = &looked.past {
        let new = |cause: &RankedCause| {
            !causes
                .iter()
                .any(|c| (c.id, &c.subject) == (cause.id, &cause.subject))
        };
        let mut then: Vec<RankedCause> = past.causes().into_iter().filter(new).collect();
        // What is seen now tells more than what old lines leave open.
        let sure = causes
            .iter()
            .any(|cause| cause.confidence >= Confidence::Likely);
        then.retain(|cause| !sure || cause.confidence >= Confidence::Likely);
        causes.extend(then);
    }
    let mut unchecked = case.gaps();
    unchecked.extend(chain.gaps);
    unchecked.extend(cannot_tell(&weighed));
    let mut notes = case.outside_notes();
    notes.extend(past::untold(&case, &looked));
    unchecked.extend(looked.gaps);
    unchecked.extend(cannot_tell(&looked.weighed));
    unchecked.extend(crashed);
    let verdict = outcome(&case, &causes, looked.past.as_ref());
    if verdict == Outcome::Healthy {
        unchecked.extend(denied(known));
    }
    unchecked.retain(|gap| !gap.is_pending());
    unchecked.sort();
    unchecked.dedup();
    Diagnosis {
        target: request.url.clone(),
        verdict,
        observed: chain.observed,
        notes,
        redirect: case.redirect(),
        // The hops are shown as they are now.
        hops: Case::with_inner(case.hops(causes.get(..now).unwrap_or_default()), chain.hops),
        ruled_out: ruled_out(&case, &weighed),
        said: case.said(),
        causes,
        unchecked,
        past: looked.past,
        clock: case.clock(),
    }
}

/// What every cause says of `request`, as far as the answers go: more than a
/// diagnosis shows. A cause that says nothing does not apply.
pub fn verdicts(request: &Request, known: &Known, guard: &Guard<'_>) -> Vec<Weighed> {
    let lately = past::lately::request(&Case::new(known, request));
    let case = Case::new(known, lately.as_ref().unwrap_or(request));
    let mut weighed = Chain::follow(&case, guard, chain::LONGEST).weighed;
    weighed.extend(past::look(&case).weighed);
    weighed
}

/// What the causes say of a request at this proxy and at those behind it.
struct Chain {
    weighed: Vec<Weighed>,
    crashed: Vec<Gap>,
    gaps: Vec<Gap>,
    hops: Vec<Hop>,
    observed: Observed,
}

impl Chain {
    /// Weighs a case, and then the same request at the proxy behind, if that fails.
    fn follow(case: &Case<'_>, guard: &Guard<'_>, left: usize) -> Self {
        let (mut weighed, mut crashed) = weigh_all(case, guard);
        let mut observed = case.observed();
        let nothing = |weighed, crashed, observed| Self {
            weighed,
            crashed,
            gaps: Vec::new(),
            hops: Vec::new(),
            observed,
        };
        let request = case.inner_request().filter(|_| left > 0);
        let Some(request) = request else {
            return nothing(weighed, crashed, observed);
        };
        let inner = Case::new(case.known, &request);
        if !case.is_broken() || !inner.is_broken() {
            // Backends are asked while the visitor's answer is waited for.
            let _ = inner.hops(&[]);
            return nothing(weighed, crashed, observed);
        }
        let behind = Self::follow(&inner, guard, left.saturating_sub(1));
        pass_on(&mut weighed, &behind.weighed, inner.proxy_name());
        let hops = Case::with_inner(inner.hops(&rank(&behind.weighed)), behind.hops);
        let mut gaps = inner.gaps();
        gaps.extend(behind.gaps);
        crashed.extend(behind.crashed);
        weighed.extend(behind.weighed);
        observed.generated_by = behind.observed.generated_by.or(observed.generated_by);
        Self {
            weighed,
            crashed,
            gaps,
            hops,
            observed,
        }
    }
}

/// What was said of the backend is told better by the causes behind it, when that is
/// a proxy itself and they are as sure.
fn pass_on(weighed: &mut Vec<Weighed>, behind: &[Weighed], name: &str) {
    // What is ruled out behind says more than that this backend, the proxy, is well.
    let is_told = |id: &str| behind.iter().any(|(cause, _)| cause.id == id);
    weighed
        .retain(|(cause, verdict)| !(matches!(verdict, Verdict::RuledOut(_)) && is_told(cause.id)));
    let surest: Option<Confidence> = behind.iter().filter_map(|(_, v)| v.confidence()).max();
    for (_, verdict) in weighed {
        let about_it = verdict.finding().is_some_and(|f| f.hop == HopName::Backend);
        if about_it && surest >= verdict.confidence() {
            *verdict =
                Verdict::ruled_out(format!("{name} is a proxy itself, and only passes it on"));
        }
    }
}

fn weigh_all(case: &Case<'_>, guard: &Guard<'_>) -> (Vec<Weighed>, Vec<Gap>) {
    let (mut weighed, mut crashed) = (Vec::new(), Vec::new());
    for cause in catalogue::all()
        .iter()
        .copied()
        .filter(|cause| applies(cause, case))
    {
        let mut verdicts = Vec::new();
        if (guard.0)(&mut || verdicts = (cause.weigh)(case)) {
            weighed.extend(verdicts.into_iter().map(|verdict| (cause, verdict)));
        } else {
            let what = format!("the check for {}", cause.id);
            crashed.push(Gap::new(
                what,
                "it crashed: a bug in gatewhy",
                "report it, with --record",
            ));
        }
    }
    give_way(&mut weighed);
    (weighed, crashed)
}

/// A cause of last resort gives way to one that fits as surely and explains it.
fn give_way(weighed: &mut [Weighed]) {
    let deeper: Vec<Option<&'static str>> = weighed
        .iter()
        .map(|one| explained_by(one, weighed))
        .collect();
    for ((cause, verdict), deeper) in weighed.iter_mut().zip(deeper) {
        if let Some(id) = deeper.filter(|_| cause.last_resort) {
            *verdict = Verdict::ruled_out(format!("{id} explains it"));
        }
    }
}

/// The cause that explains this one and is as sure.
fn explained_by((cause, verdict): &Weighed, weighed: &[Weighed]) -> Option<&'static str> {
    let sure = verdict.confidence()?;
    let explains = |(other, fits): &&Weighed| {
        let named = |finding: &crate::verdict::Finding| {
            other.explains.contains(&cause.id) || finding.explains.iter().any(|id| id == cause.id)
        };
        other.id != cause.id && fits.confidence() >= Some(sure) && fits.finding().is_some_and(named)
    };
    weighed.iter().find(explains).map(|(other, _)| other.id)
}

fn applies(cause: &Cause, case: &Case<'_>) -> bool {
    match (case.is_healthy(), cause.when) {
        (Some(false), _) | (Some(true), When::Intermittent) => true,
        (Some(true), When::Broken) | (None, _) => false,
    }
}

fn outcome(case: &Case<'_>, causes: &[RankedCause], past: Option<&Past>) -> Outcome {
    let failed = past.is_some_and(|past| !past.episodes.is_empty());
    match case.is_healthy() {
        Some(true) if failed => Outcome::Intermittent,
        // It may be only the origin that is well.
        Some(true) if causes.is_empty() && case.public_gap().is_some() => Outcome::Undetermined,
        Some(true) if causes.is_empty() => Outcome::Healthy,
        Some(true) => Outcome::Intermittent,
        Some(false) if case.failed_sometimes() => Outcome::Intermittent,
        Some(false) => Outcome::Broken,
        None => Outcome::Undetermined,
    }
}

fn cannot_tell(weighed: &[Weighed]) -> Vec<Gap> {
    let gaps = weighed.iter().flat_map(|(_, verdict)| verdict.gaps());
    gaps.cloned().collect()
}

/// That some of what tells of failures that come and go may not be read.
fn denied(known: &Known) -> Option<Gap> {
    let mut answers = known.answers().map(|(_, answer)| &answer.outcome);
    let any = answers.any(|outcome| matches!(outcome, AnswerOutcome::Denied(_)));
    let why = "some of what tells of them may not be read";
    any.then(|| Gap::new("failures that come and go", why, "run as root"))
}

/// Near misses, once each, unless the same cause fits another subject; nothing on
/// a healthy target, where there is nothing to rule out.
fn ruled_out(case: &Case<'_>, weighed: &[Weighed]) -> Vec<RuledOut> {
    if case.is_healthy() != Some(false) {
        return Vec::new();
    }
    let fits = |id| {
        weighed
            .iter()
            .any(|(c, v)| c.id == id && v.finding().is_some())
    };
    let mut out: Vec<RuledOut> = Vec::new();
    for (cause, verdict) in weighed {
        let Verdict::RuledOut(why) = verdict else {
            continue;
        };
        if !fits(cause.id) && !out.iter().any(|r| r.id == cause.id) {
            out.push(RuledOut {
                id: cause.id,
                why: why.clone(),
            });
        }
    }
    out
}
