//! The order of causes: a total one, without scores.
//!
//! More certain before less; a root before what it explains; stronger evidence
//! before weaker; then by id and subject, so that the same answers always give
//! the same order.
use crate::cause::Cause;
use crate::diagnosis::RankedCause;
use crate::verdict::{Finding, Verdict};
use gatewhy_facts::prelude::*;

/// One verdict with the cause that gave it.
pub type Weighed = (&'static Cause, Verdict);

/// The causes that fit, in order.
pub fn rank(weighed: &[Weighed]) -> Vec<RankedCause> {
    let mut fitting: Vec<_> = weighed.iter().filter_map(fits).collect();
    fitting.sort_by(|a, b| key(a, weighed).cmp(&key(b, weighed)));
    once_each(&mut fitting);
    let present: Vec<&str> = fitting.iter().map(|(cause, ..)| cause.id).collect();
    fitting.iter().map(|fit| ranked(fit, &present)).collect()
}

type Fit<'a> = (&'static Cause, &'a Verdict, &'a Finding);

fn fits((cause, verdict): &Weighed) -> Option<Fit<'_>> {
    verdict.finding().map(|finding| (*cause, verdict, finding))
}

/// One service behind several addresses is told of once, as surely as it can be.
fn once_each(fitting: &mut Vec<Fit<'_>>) {
    let mut told = BTreeSet::new();
    fitting.retain(|(cause, _, finding)| {
        let what = (cause.id, finding.subject.clone(), finding.summary.clone());
        told.insert(what)
    });
}

type Key<'a> = (
    core::cmp::Reverse<Option<crate::verdict::Confidence>>,
    usize,
    core::cmp::Reverse<crate::evidence::Strength>,
    &'a str,
    &'a str,
);

fn key<'a>(fit: &Fit<'a>, weighed: &[Weighed]) -> Key<'a> {
    let (cause, verdict, finding) = *fit;
    let depth = explained_by(cause.id, finding, weighed);
    (
        core::cmp::Reverse(verdict.confidence()),
        depth,
        core::cmp::Reverse(finding.strength()),
        cause.id,
        &finding.subject,
    )
}

/// How many fitting causes explain this one, directly or through others.
fn explained_by(id: &str, finding: &Finding, weighed: &[Weighed]) -> usize {
    let mut seen = BTreeSet::new();
    let mut open = vec![id.to_owned()];
    while let Some(effect) = open.pop() {
        for (cause, verdict) in weighed {
            let Some(root) = verdict.finding() else {
                continue;
            };
            let same = cause.id == id && root.subject == finding.subject;
            if !same && explains(cause, root, &effect) && seen.insert(cause.id) {
                open.push(cause.id.to_owned());
            }
        }
    }
    seen.remove(id);
    seen.len()
}

fn explains(cause: &Cause, finding: &Finding, effect: &str) -> bool {
    cause.id != effect
        && (cause.explains.contains(&effect) || finding.explains.iter().any(|e| e == effect))
}

fn ranked(fit: &Fit<'_>, present: &[&str]) -> RankedCause {
    let (cause, verdict, finding) = *fit;
    let follows = cause.explains.iter().filter(|id| present.contains(id));
    let mut explained: Vec<String> = follows.map(|id| (*id).to_owned()).collect();
    explained.extend(
        finding
            .explains
            .iter()
            .filter(|id| !cause.explains.contains(&id.as_str()))
            .cloned(),
    );
    RankedCause {
        id: cause.id,
        confidence: verdict
            .confidence()
            .unwrap_or(crate::verdict::Confidence::Possible),
        hop: finding.hop,
        subject: finding.subject.clone(),
        summary: finding.summary.clone(),
        explains: explained,
        evidence: finding.evidence.clone(),
        fixes: finding.fixes.clone(),
    }
}
