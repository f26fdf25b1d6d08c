//! Failures that are over, and those that come and go: what the logs of a window of
//! time tell, joined into episodes, each with its cause.
//!
//! [`failure`] reads the proxy's logs, [`episode`] puts failures together, `judge`
//! weighs what the service manager, the kernel and the backends wrote at that time,
//! [`context`] shows what was changed shortly before. See `docs/design/the-past.md`.
mod access;
mod apache;
mod backend;
pub mod caddy;
pub mod context;
mod envoy;
pub mod episode;
pub mod failure;
mod haproxy;
mod judge;
mod kernel;
pub(crate) mod lately;
pub mod life;
mod lighttpd;
pub mod logs;
mod nginx_syslog;
mod outage;
pub mod report;
mod site;
mod traefik;
mod varnish;
pub mod window;
mod written;

use crate::case::Case;
use crate::rank::Weighed;
use episode::episodes;
use failure::Seen;
use gatewhy_facts::fact::{Fact, Gap, Why};
use gatewhy_facts::prelude::*;
use gatewhy_facts::time::Moment;
use gatewhy_facts::untrusted::shown;
use judge::Trial;
use logs::Span;
use report::{Past, Told};

/// The most episodes whose causes are looked for: those with most failures.
const JUDGED: usize = 8;
/// The most episodes that are told.
const TOLD: usize = 40;

/// What is told of the window, and what every cause says of it.
#[derive(Debug, Default)]
pub(crate) struct Looked {
    pub(crate) past: Option<Past>,
    pub(crate) weighed: Vec<Weighed>,
    pub(crate) gaps: Vec<Gap>,
}

/// Looks back at the window that the request asks for, if it asks for one.
pub(crate) fn look(case: &Case<'_>) -> Looked {
    let mut looked = Looked::default();
    let (Some(window), Some(clock)) = (case.request.window, case.clock()) else {
        return looked;
    };
    let (from, until) = window.between(&clock);
    let span = Span { from, until };
    match case.seen_within(span) {
        Fact::Found(seen, _) => judged(case, span, &seen, &mut looked),
        Fact::Absent(_) => {}
        Fact::Unknown(gap) => looked.gaps.push(gap),
    }
    let failures = looked.past.as_ref().map_or(0, Past::failures);
    let unasked = window == window::Window::Lately;
    // What the logs' ends told was about another site, or hardly anything.
    if unasked && looked.past.is_some() && failures < lately::LEAST {
        return Looked::default();
    }
    looked
}

/// That nothing is known of the window that was asked for, and why: a site that answers
/// now may have failed then.
pub(crate) fn untold(case: &Case<'_>, looked: &Looked) -> Option<String> {
    let asked = case.request.window? != window::Window::Lately;
    let gap = looked
        .gaps
        .first()
        .filter(|_| asked && looked.past.is_none())?;
    let Why::Refused(why) = &gap.why else {
        return None;
    };
    let text = format!(
        "whether requests failed then is not known: {why} ({})",
        gap.what
    );
    Some(shown(text.as_bytes()).to_string())
}

fn judged<'k>(case: &Case<'k>, span: Span, seen: &Seen<'k>, looked: &mut Looked) {
    let all = episodes(case, &seen.failures, &seen.answers);
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|at| {
        all.get(*at)
            .map(|episode| core::cmp::Reverse(episode.failures.len()))
    });
    let judged: BTreeSet<usize> = order.iter().copied().take(JUDGED).collect();
    let told: BTreeSet<usize> = order.iter().copied().take(TOLD).collect();
    let mut past = Past::new(
        span,
        seen,
        case.request.window == Some(window::Window::Lately),
    );
    for (at, episode) in all.iter().enumerate().filter(|(at, _)| told.contains(at)) {
        let mut trial = Trial {
            case,
            episode,
            seen,
            backends: Vec::new(),
            kernel: case.kernel_within(episode.span),
            gaps: core::cell::RefCell::default(),
        };
        let mut weighed = Vec::new();
        if judged.contains(&at) {
            trial.backends = case.backends_of(episode);
            weighed = judge::weigh(&trial);
            looked.gaps.extend(trial.all_gaps());
        }
        past.episodes.push(Told::of(&trial, &weighed));
        looked.weighed.extend(weighed);
    }
    outage::add(case, span, &mut past, looked);
    past.left_out = all.len().saturating_sub(past.episodes.len());
    looked.gaps.extend(seen.gaps.iter().cloned());
    looked.past = Some(past);
}

impl Case<'_> {
    /// `03:12:04` on the host's clock; with the date when it was not today.
    pub(crate) fn time_of(&self, at: Moment) -> String {
        let Some(clock) = self.clock() else {
            return at.local(0);
        };
        let (then, now) = (
            at.local(clock.utc_offset_secs),
            clock.now.local(clock.utc_offset_secs),
        );
        match (then.split_once(' '), now.split_once(' ')) {
            (Some((day, hour)), Some((today, _))) if day == today => hour.to_owned(),
            _ => then,
        }
    }
}

impl Trial<'_, '_, '_> {
    /// A moment as `journalctl --since` takes it.
    fn stamp(&self, at: Moment) -> String {
        let offset = self.case.clock().map_or(0, |clock| clock.utc_offset_secs);
        at.local(offset)
    }
}
