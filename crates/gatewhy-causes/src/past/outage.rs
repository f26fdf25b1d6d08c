//! Times during which the proxy itself was down: nobody was there to count.
use super::Looked;
use super::life::{self, Down, How};
use super::logs::Span;
use super::report::{Line, Past, Told};
use crate::case::Case;
use crate::case::service::units;
use crate::catalogue;
use crate::evidence::Evidence;
use crate::rank::{Weighed, rank};
use crate::verdict::{Finding, HopName};
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::Entries;
use gatewhy_fixes::Fix;

/// A shorter time is a restart that visitors hardly see.
const LEAST_SECS: i64 = 2;

/// Adds the times during which the proxy was down to what is told.
pub(super) fn add(case: &Case<'_>, span: Span, past: &mut Past, looked: &mut Looked) {
    let unit = case.proxy_unit();
    let Fact::Found(unit, _) = unit else {
        looked.gaps.extend(unit.gap().cloned());
        return;
    };
    let journal = case.journal_within(Entries::Unit(unit.id.clone()), span);
    let Fact::Found(journal, _) = journal else {
        looked.gaps.extend(journal.gap().cloned());
        return;
    };
    let Some(cause) = catalogue::all()
        .iter()
        .copied()
        .find(|cause| cause.id == "proxy-down")
    else {
        return;
    };
    for down in life::read(&journal, &unit.id).downs {
        if down.secs().is_none_or(|secs| secs < LEAST_SECS) {
            continue;
        }
        let weighed: Vec<Weighed> = vec![(cause, finding(case, &unit.id, &down).weigh())];
        past.episodes.push(told(case, &down, &weighed));
        looked.weighed.extend(weighed);
    }
    past.episodes.sort_by_key(|told| told.from);
}

fn finding(case: &Case<'_>, unit: &str, down: &Down) -> Finding {
    let how = match down.how {
        How::Requested | How::Ended => "was stopped".to_owned(),
        How::Oom => "was killed for want of memory".to_owned(),
        How::Exited(exit) => format!("ended ({exit})"),
        How::Watchdog | How::StartFailed => "could not start".to_owned(),
    };
    let secs = gatewhy_facts::time::for_people(down.secs().unwrap_or(0));
    let summary = format!(
        "{unit} {how} at {}, and was up again {secs} later",
        case.time_of(down.from)
    );
    let place = units::journal_place(unit);
    let told = down.lines.iter().take(3).map(|(at, text)| {
        Evidence::proof(
            format!("systemd logged: {text}"),
            &Source::new(place.clone()).at_time(*at),
        )
    });
    Finding::new(HopName::Proxy, unit, summary)
        .because_all(told)
        .fix(
            Fix::new("reload instead of restarting, after a test of the configuration").run(
                case.reload_command(),
                "takes up a configuration without dropping a request",
            ),
        )
}

fn told(case: &Case<'_>, down: &Down, weighed: &[Weighed]) -> Told {
    let causes = rank(weighed);
    let evidence = causes
        .first()
        .map(|cause| cause.evidence.as_slice())
        .unwrap_or_default();
    let timeline = evidence.iter().filter_map(|evidence| {
        Some(Line {
            at: evidence.source.time?,
            text: evidence.text.clone(),
            source: evidence.source.clone(),
            context: false,
        })
    });
    Told {
        from: down.from,
        until: down.up.unwrap_or(down.from),
        requests: None,
        failures: 0,
        upstream: case.proxy_name().to_owned(),
        symptom: "connect-refused".to_owned(),
        seen: Vec::new(),
        members: Vec::new(),
        timeline: timeline.collect(),
        served_again: None,
        causes,
    }
}
