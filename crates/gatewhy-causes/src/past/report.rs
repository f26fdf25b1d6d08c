//! What is told of the past: episodes with their counts, causes and timeline.
use super::context;
use super::episode::{Episode, Family};
use super::failure::Seen;
use super::judge::Trial;
use super::logs::Span;
use crate::diagnosis::RankedCause;
use crate::rank::{Weighed, rank};
use gatewhy_facts::fact::Source;
use gatewhy_facts::prelude::*;
use gatewhy_facts::symptom::Symptom;
use gatewhy_facts::time::Moment;

/// The most lines of a timeline.
const LINES: usize = 14;
/// How long after the last failure a good answer is waited for.
const AGAIN_SECS: i64 = 100;

/// What the window holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// Whether nobody asked for it: our own request was served, and the logs tell that
    /// others were not.
    pub unasked: bool,
    /// All requests of the site in a window that nobody asked for; none where the log
    /// does not tell.
    pub requests: Option<u64>,
    /// The window.
    pub from: Moment,
    /// Its end.
    pub until: Moment,
    /// Episodes of failures, oldest first.
    pub episodes: Vec<Told>,
    /// Episodes that are not told, as there are too many.
    pub left_out: usize,
    /// Failed tries that another backend made good: no visitor noticed.
    pub retried: u64,
}

/// One episode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The first failure.
    pub from: Moment,
    /// The last failure.
    pub until: Moment,
    /// All requests of the site between them; none where the log does not tell.
    pub requests: Option<u64>,
    /// Requests that failed.
    pub failures: u64,
    /// Whom they were for: an address, a group's name.
    pub upstream: String,
    /// What the proxy saw most: a symptom's id, or `answered-503`.
    pub symptom: String,
    /// The same in words, with how often each was seen.
    pub seen: Vec<(String, u64)>,
    /// The backends at which tries failed, each with how many requests.
    pub members: Vec<(String, u64)>,
    /// Why, root first.
    pub causes: Vec<RankedCause>,
    /// What happened, in order.
    pub timeline: Vec<Line>,
    /// The site's first good answer afterwards, where the log tells.
    pub served_again: Option<Moment>,
}

/// A line of a timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When.
    pub at: Moment,
    /// What, as a sentence fragment.
    pub text: String,
    /// Where it was seen.
    pub source: Source,
    /// Whether it merely happened near by: context is no proof.
    pub context: bool,
}

impl Past {
    pub(super) fn new(span: Span, seen: &Seen<'_>, unasked: bool) -> Self {
        Self {
            unasked,
            requests: seen.answers.requests(span).filter(|_| unasked),
            from: span.from,
            until: span.until,
            episodes: Vec::new(),
            left_out: 0,
            retried: seen.retried,
        }
    }

    /// How many requests failed.
    pub fn failures(&self) -> u64 {
        self.episodes.iter().map(|told| told.failures).sum()
    }

    /// The episodes by how many requests failed, the worst first; of equals the newest.
    pub fn worst_first(&self) -> Vec<&Told> {
        let mut all: Vec<&Told> = self.episodes.iter().collect();
        all.sort_by_key(|told| {
            (
                core::cmp::Reverse(told.failures),
                core::cmp::Reverse(told.from),
            )
        });
        all
    }

    /// The causes of all episodes, those of the worst one first, each subject once.
    pub fn causes(&self) -> Vec<RankedCause> {
        let mut all: Vec<RankedCause> = Vec::new();
        for cause in self.worst_first().into_iter().flat_map(|told| &told.causes) {
            let known = all
                .iter()
                .any(|k| (k.id, &k.subject) == (cause.id, &cause.subject));
            if !known {
                all.push(cause.clone());
            }
        }
        all
    }
}

impl Told {
    pub(super) fn of(trial: &Trial<'_, '_, '_>, weighed: &[Weighed]) -> Self {
        let episode = trial.episode;
        let causes = rank(weighed);
        let after = Span {
            from: episode.span.until,
            until: episode.span.until.plus_secs(AGAIN_SECS),
        };
        let answers = &trial.seen.answers;
        let mut told = Self {
            from: episode.span.from,
            until: episode.span.until,
            requests: answers.requests(episode.span),
            failures: count(episode.failures.len()),
            upstream: episode.via.to_string(),
            symptom: symptom(episode),
            seen: seen(episode),
            members: members(episode),
            served_again: answers.first_good(after),
            timeline: Vec::new(),
            causes,
        };
        told.timeline = told.lines(trial);
        told
    }

    fn lines(&self, trial: &Trial<'_, '_, '_>) -> Vec<Line> {
        let mut lines = context::of(trial);
        if let Some(cause) = self.causes.first() {
            let timed = cause
                .evidence
                .iter()
                .filter(|evidence| evidence.source.time.is_some());
            lines.extend(timed.filter_map(|evidence| {
                Some(Line {
                    at: evidence.source.time?,
                    text: evidence.text.clone(),
                    source: evidence.source.clone(),
                    context: false,
                })
            }));
        }
        let log = trial
            .episode
            .failures
            .last()
            .map(|failure| failure.source.clone());
        if self.until > self.from {
            lines.push(line(
                self.until,
                "the last request failed",
                log.unwrap_or_default(),
            ));
        }
        if let Some(again) = self.served_again {
            let source = Source::new("the access log").at_time(again);
            lines.push(line(again, "the site answered well again", source));
        }
        lines.sort_by(|a, b| a.order().cmp(&b.order()));
        lines.dedup();
        // What happened is told before what merely happened near by.
        while lines.len() > LINES {
            let spare = lines.iter().position(|line| line.context);
            lines.remove(spare.unwrap_or(lines.len() / 2));
        }
        lines
    }
}

impl Line {
    /// Log files tell whole seconds: what has a finer time goes before them within a
    /// second, as a reason goes before what follows from it.
    fn order(&self) -> (i64, bool, Moment, bool, &str) {
        let coarse = self.at.0.rem_euclid(1_000_000) == 0;
        (self.at.secs(), coarse, self.at, self.context, &self.text)
    }
}

fn line(at: Moment, text: &str, source: Source) -> Line {
    Line {
        at,
        text: text.to_owned(),
        source,
        context: false,
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn symptom(episode: &Episode<'_, '_>) -> String {
    match (episode.symptoms().first(), episode.family) {
        (Some((symptom, _)), _) => symptom.id().to_owned(),
        (None, Family::Answered(status)) => format!("answered-{status}"),
        (None, _) => "unknown".to_owned(),
    }
}

fn seen(episode: &Episode<'_, '_>) -> Vec<(String, u64)> {
    let mut all: Vec<(String, u64)> = episode
        .symptoms()
        .into_iter()
        .map(|(symptom, times): (Symptom, usize)| (symptom.says().to_owned(), count(times)))
        .collect();
    if let (true, Family::Answered(status)) = (all.is_empty(), episode.family) {
        all.push((format!("answered {status}"), count(episode.failures.len())));
    }
    all
}

fn members(episode: &Episode<'_, '_>) -> Vec<(String, u64)> {
    let members = episode.members().into_iter();
    members
        .map(|(dial, times)| (dial.to_string(), count(times)))
        .collect()
}
