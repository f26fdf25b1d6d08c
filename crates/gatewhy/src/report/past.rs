//! The past on the screen: what failed when, and what happened then, in order.
use super::page::{Ink, Page};
use gatewhy_causes::diagnosis::{Diagnosis, Outcome};
use gatewhy_causes::past::report::{Line, Past, Told};
use gatewhy_facts::linux::clock::Clock;
use gatewhy_facts::time::Moment;

/// The most episodes whose timeline is shown; the JSON has all.
const SHOWN: usize = 5;
/// Failures so near to now may go on.
const ONGOING_US: i64 = 60_000_000;

/// What failed, for the first line: `; 214 requests failed between … and …`.
pub(super) fn in_short(past: &Past, diagnosis: &Diagnosis) -> String {
    let clock = diagnosis.clock;
    let worst = past.worst_first();
    let Some(first) = worst.first() else {
        let since = time(past.from, clock);
        return format!("; nothing failed since {since}, as far as the logs tell");
    };
    if past.unasked {
        let but = match diagnosis.observed.failures {
            0 => "but",
            _ => "and",
        };
        return format!("; {but} {}", unasked(past, first, clock));
    }
    let what = match worst.len() {
        1 => said(first, clock),
        times => format!(
            "{} requests failed in {times} episodes since {}, most of them ({}) {}",
            past.failures(),
            time(first_of(past), clock),
            first.failures,
            span(first, clock)
        ),
    };
    format!("; {what}")
}

/// `31 of 140 requests in the last 10 minutes failed, since 03:12:04, all of them at
/// 127.0.0.1:3003`
fn unasked(past: &Past, worst: &Told, clock: Option<Clock>) -> String {
    let failures = past.failures();
    let all = past.requests.filter(|all| *all >= failures);
    let share = all.map_or_else(
        || format!("{failures} requests"),
        |all| format!("{failures} of {all} requests"),
    );
    let minutes = past.until.since(past.from) / 60_000_000;
    let last = past.episodes.iter().map(|told| told.until).max();
    let last = last.unwrap_or(past.until);
    let goes_on = past.until.since(last) < ONGOING_US;
    let when = match (goes_on, past.episodes.len()) {
        (true, _) => format!("since {}", time(first_of(past), clock)),
        (false, 1) => span(worst, clock),
        (false, _) => format!(
            "from {} to {}",
            time(first_of(past), clock),
            time(last, clock)
        ),
    };
    let only = match worst.members.as_slice() {
        [(member, _)] if past.episodes.len() == 1 && *member != worst.upstream => {
            format!(", all of them at {member}")
        }
        _ => String::new(),
    };
    format!("{share} in the last {minutes} minutes failed, {when}{only}")
}

fn first_of(past: &Past) -> Moment {
    past.episodes.first().map_or(past.from, |told| told.from)
}

fn said(told: &Told, clock: Option<Clock>) -> String {
    match told.failures {
        0 => format!("it was down {}", span(told, clock)),
        1 => format!("1 request failed {}", span(told, clock)),
        count => format!("{count} requests failed {}", span(told, clock)),
    }
}

/// `between 03:12:04 and 03:12:31`
fn span(told: &Told, clock: Option<Clock>) -> String {
    if told.from == told.until {
        return format!("at {}", time(told.from, clock));
    }
    let from = time(told.from, clock);
    let until = time(told.until, clock);
    // The day is said once.
    let until = match (from.split_once(' '), until.split_once(' ')) {
        (Some((day, _)), Some((other, hour))) if day == other => hour.to_owned(),
        _ => until,
    };
    format!("between {from} and {until}")
}

/// On the host's clock; with the date when it was not today.
fn time(at: Moment, clock: Option<Clock>) -> String {
    let Some(clock) = clock else {
        return format!("{} UTC", at.local(0));
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

/// The present's colour is its own: the past does not make it worse.
pub(super) const fn now_ink(diagnosis: &Diagnosis) -> Ink {
    match diagnosis.observed.failures {
        0 if !matches!(diagnosis.verdict, Outcome::Undetermined) => Ink::Good,
        _ => Ink::Bad,
    }
}

/// The timelines of the worst episodes, in the order in which they happened.
pub(super) fn episodes(page: &mut Page, diagnosis: &Diagnosis) {
    let Some(past) = &diagnosis.past else {
        return;
    };
    let mut shown: Vec<&Told> = past.worst_first();
    let more = shown.len().saturating_sub(SHOWN) + past.left_out;
    shown.truncate(SHOWN);
    shown.sort_by_key(|told| told.from);
    for told in &shown {
        one(page, told, diagnosis.clock);
    }
    if more > 0 {
        let text = format!("and {more} smaller episodes; --json has them");
        page.paragraph("", "", &[(Ink::Faint, &text)]);
    }
    if past.retried > 0 {
        let text = format!(
            "{} failed tries were made good by another try: no visitor noticed",
            past.retried
        );
        page.gap();
        page.paragraph("", "", &[(Ink::Faint, &text)]);
    }
}

fn one(page: &mut Page, told: &Told, clock: Option<Clock>) {
    page.heading(&format!("What happened {}", span(told, clock)));
    if told.failures > 0 {
        let of = told
            .requests
            .filter(|all| *all >= told.failures)
            .map(|all| format!(" of {all}"))
            .unwrap_or_default();
        let text = format!(
            "{}{of} requests failed, for {}",
            told.failures, told.upstream
        );
        page.paragraph("", "  ", &[(Ink::Strong, &text)]);
        for (words, times) in &told.seen {
            page.paragraph(
                "  • ",
                "    ",
                &[(Ink::Plain, &format!("{times} × {words}"))],
            );
        }
        if told.members.len() > 1 || told.members.iter().any(|(name, _)| *name != told.upstream) {
            members(page, told);
        }
    }
    for line in &told.timeline {
        one_line(page, line, clock);
    }
}

fn members(page: &mut Page, told: &Told) {
    let shares: Vec<String> = told
        .members
        .iter()
        .map(|(address, times)| format!("{address} ({times})"))
        .collect();
    let text = format!("failed at {}", shares.join(", "));
    page.paragraph("  • ", "    ", &[(Ink::Plain, &text)]);
}

fn one_line(page: &mut Page, line: &Line, clock: Option<Clock>) {
    let lead = format!("  {}  ", time(line.at, clock));
    let rest = " ".repeat(lead.len());
    let source = format!("  [{}]", line.source.place);
    let (ink, note) = if line.context {
        (Ink::Faint, "  (context, no proof)")
    } else {
        (Ink::Plain, "")
    };
    page.paragraph(
        &lead,
        &rest,
        &[
            (ink, &line.text),
            (Ink::Source, &source),
            (Ink::Faint, note),
        ],
    );
}
