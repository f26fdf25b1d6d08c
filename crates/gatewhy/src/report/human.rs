//! The report for a person at 3 a.m.: the first three lines suffice.
use super::page::{Ink, Page};
use super::past;
use gatewhy_causes::diagnosis::{Diagnosis, Hop, HopState, Outcome, RankedCause};
use gatewhy_causes::evidence::{Evidence, Excerpt};
use gatewhy_causes::verdict::Confidence;
use gatewhy_facts::fact::Why;
use gatewhy_facts::linux::clock::Clock;
use gatewhy_facts::time::{Moment, for_people};
use gatewhy_fixes::{Fix, Step};

/// The report as text with ANSI styles.
pub fn diagnosis(diagnosis: &Diagnosis, width: usize) -> String {
    let mut page = Page::new(width);
    first_lines(&mut page, diagnosis);
    past::episodes(&mut page, diagnosis);
    chain(&mut page, diagnosis);
    for (at, cause) in diagnosis.causes.iter().enumerate() {
        one_cause(&mut page, diagnosis, at, cause);
    }
    said(&mut page, diagnosis);
    ruled_out(&mut page, diagnosis);
    unchecked(&mut page, diagnosis);
    more(&mut page, diagnosis);
    page.finish()
}

fn first_lines(page: &mut Page, diagnosis: &Diagnosis) {
    let seen = &diagnosis.observed;
    let ink = match diagnosis.verdict {
        Outcome::Healthy => Ink::Good,
        Outcome::Broken => Ink::Bad,
        Outcome::Intermittent | Outcome::Undetermined => Ink::Unsure,
    };
    let by = seen
        .generated_by
        .as_ref()
        .map(|who| format!(", made by {who}"))
        .unwrap_or_default();
    let kind = seen
        .error_type
        .map(|kind| format!(" ({kind})"))
        .unwrap_or_default();
    let often = if seen.requests > 1 && seen.failures == 0 && diagnosis.past.is_some() {
        format!(" now ({} of {} requests)", seen.requests, seen.requests)
    } else if seen.requests > 1 {
        format!(", {} of {} requests failed", seen.failures, seen.requests)
    } else if diagnosis.past.is_some() {
        " now".to_owned()
    } else {
        String::new()
    };
    let before = diagnosis
        .past
        .as_ref()
        .map(|past| past::in_short(past, diagnosis));
    let before = before.unwrap_or_default();
    let runs = [
        (Ink::Strong, diagnosis.target.as_str()),
        (Ink::Plain, "  "),
        (
            if before.is_empty() {
                ink
            } else {
                past::now_ink(diagnosis)
            },
            &seen.what,
        ),
        (Ink::Plain, &by),
        (Ink::Plain, &often),
        (Ink::Faint, &kind),
        (Ink::Plain, &before),
    ];
    page.paragraph("", "       ", &runs);
    for note in &diagnosis.notes {
        page.paragraph("Note:  ", "       ", &[(Ink::Unsure, note)]);
    }
    match diagnosis.causes.first() {
        Some(cause) => cause_and_fix(page, cause),
        None if diagnosis.verdict == Outcome::Healthy => {}
        None => {
            let cause = if diagnosis.unchecked.is_empty() {
                "not determined, though everything asked was answered; -v lists it"
            } else {
                "not determined; see below what could not be checked"
            };
            page.paragraph("Cause: ", "       ", &[(Ink::Unsure, cause)]);
        }
    }
}

fn cause_and_fix(page: &mut Page, cause: &RankedCause) {
    let sure = format!(" ({})", cause.confidence.word());
    let runs = [
        (Ink::Strong, cause.summary.as_str()),
        (confidence_ink(cause.confidence), &sure),
    ];
    page.paragraph("Cause: ", "       ", &runs);
    if let Some(fix) = cause.fixes.first() {
        page.paragraph("Fix:   ", "       ", &[(Ink::Code, &fix.title)]);
    }
}

const fn confidence_ink(confidence: Confidence) -> Ink {
    match confidence {
        Confidence::Certain => Ink::Bad,
        Confidence::Likely | Confidence::Possible => Ink::Unsure,
    }
}

fn chain(page: &mut Page, diagnosis: &Diagnosis) {
    if diagnosis.hops.is_empty() {
        return;
    }
    page.heading("The request's way");
    page.verbatim("", Ink::Plain, "visitor");
    let mut depth = 0;
    for (at, hop) in diagnosis.hops.iter().enumerate() {
        // Servers of one upstream stand beside each other, not behind.
        let before = at.checked_sub(1).and_then(|at| diagnosis.hops.get(at));
        if before.is_some_and(|before| before.name != hop.name) {
            depth += 1;
        }
        hop_lines(page, hop, &"   ".repeat(depth));
    }
}

fn hop_lines(page: &mut Page, hop: &Hop, indent: &str) {
    if let Some(link) = &hop.link {
        let (ink, mark) = mark(link.state);
        let at = link
            .configured_at
            .as_ref()
            .map(|at| format!("  {at}"))
            .unwrap_or_default();
        let says = format!("{} to {}: {}", link.protocol, link.address, link.seen);
        let (first, rest) = (format!("{indent}│  "), format!("{indent}│    "));
        page.paragraph(
            &first,
            &rest,
            &[
                (ink, mark),
                (Ink::Plain, " "),
                (Ink::Plain, &says),
                (Ink::Faint, &at),
            ],
        );
    }
    let (ink, mark) = mark(hop.state);
    let software = hop.software.as_deref().unwrap_or("unknown program");
    let version = hop
        .version
        .as_ref()
        .map(|v| format!(" {v}"))
        .unwrap_or_default();
    let name = format!("{software}{version}");
    let address = format!("  {}", hop.address);
    let runs = [
        (ink, mark),
        (Ink::Plain, " "),
        (Ink::Strong, &name),
        (Ink::Plain, &address),
    ];
    page.paragraph(&format!("{indent}└─ "), &format!("{indent}     "), &runs);
    for detail in &hop.details {
        let lead = format!("{indent}     ");
        page.paragraph(&lead, &lead, &[(Ink::Faint, detail)]);
    }
}

const fn mark(state: HopState) -> (Ink, &'static str) {
    match state {
        HopState::Ok => (Ink::Good, "✓"),
        HopState::Broken => (Ink::Bad, "✗"),
        HopState::Unknown => (Ink::Unsure, "?"),
    }
}

fn one_cause(page: &mut Page, diagnosis: &Diagnosis, at: usize, cause: &RankedCause) {
    let before = diagnosis.causes.get(..at).unwrap_or_default();
    let root = before
        .iter()
        .find(|c| c.explains.iter().any(|id| id == cause.id));
    page.heading(&match root {
        _ if at == 0 => "Why".to_owned(),
        Some(root) => format!("Follows from {}", root.id),
        None => "Also possible, or also broken".to_owned(),
    });
    let sure = format!("  {}, {}", cause.confidence.word(), cause.subject);
    let runs = [(Ink::Strong, cause.id), (Ink::Faint, &sure)];
    page.paragraph("", "  ", &runs);
    if at > 0 {
        page.paragraph("  ", "  ", &[(Ink::Plain, &cause.summary)]);
    }
    for evidence in &cause.evidence {
        // What another cause was told with already is not told again.
        if !before.iter().any(|c| c.evidence.contains(evidence)) {
            one_evidence(page, evidence, diagnosis.clock);
        }
    }
    if !cause.explains.is_empty() {
        let all = cause.explains.join(" → ");
        page.paragraph(
            "  ⇒ ",
            "    ",
            &[(Ink::Faint, "explains "), (Ink::Plain, &all)],
        );
    }
    if root.is_some() {
        // Who mends the root has mended this; the JSON has its fixes as well.
        return;
    }
    for fix in &cause.fixes {
        one_fix(page, fix);
    }
}

fn one_evidence(page: &mut Page, evidence: &Evidence, clock: Option<Clock>) {
    let source = source(evidence, clock);
    page.paragraph(
        "  • ",
        "    ",
        &[(Ink::Plain, &evidence.text), (Ink::Source, &source)],
    );
    if let Some(excerpt) = &evidence.excerpt {
        one_excerpt(page, excerpt);
    }
}

fn source(evidence: &Evidence, clock: Option<Clock>) -> String {
    let from = &evidence.source;
    let line = from.line.map(|line| format!(":{line}")).unwrap_or_default();
    let time = from
        .time
        .map(|time| format!(", {}", when(time, clock)))
        .unwrap_or_default();
    format!("  [{}{line}{time}]", from.place)
}

/// A moment as the host's people would say it: `14:02:11, 3 min ago`; with the date
/// when it was another day; in UTC when the host's clock is not known.
fn when(time: Moment, clock: Option<Clock>) -> String {
    let Some(clock) = clock else {
        return format!("{} UTC", time.local(0));
    };
    let (then, now) = (
        time.local(clock.utc_offset_secs),
        clock.now.local(clock.utc_offset_secs),
    );
    let shown = match (then.split_once(' '), now.split_once(' ')) {
        (Some((day, hour)), Some((today, _))) if day == today => hour.to_owned(),
        _ => then,
    };
    match clock.now.since(time).div_euclid(1_000_000) {
        // Logs tell whole seconds, and our own requests were made after the clock was read.
        -60..=1 => format!("{shown}, just now"),
        ago if ago > 1 => format!("{shown}, {} ago", for_people(ago)),
        _ => format!("{shown}, in the future"),
    }
}

fn one_excerpt(page: &mut Page, excerpt: &Excerpt) {
    let text = String::from_utf8_lossy(&excerpt.text).replace('\t', " ");
    let skipped = text.len() - text.trim_start().len();
    let number = excerpt.line.to_string();
    page.line(&format!("    {number} │ "), Ink::Plain, text.trim());
    let start = excerpt.mark_start.saturating_sub(skipped);
    let length = excerpt.mark_end.saturating_sub(excerpt.mark_start).max(1);
    if start == 0 && length >= text.trim().len() {
        return; // It is all about the whole line.
    }
    let caret = format!("{}{}", " ".repeat(start), "^".repeat(length));
    page.line(
        &format!("    {} │ ", " ".repeat(number.len())),
        Ink::Bad,
        &caret,
    );
}

fn one_fix(page: &mut Page, fix: &Fix) {
    page.gap();
    let review = match fix.disposition {
        gatewhy_fixes::Disposition::Safe => "  (safe)",
        gatewhy_fixes::Disposition::NeedsReview => "  (needs review)",
    };
    page.paragraph(
        "  Fix: ",
        "       ",
        &[(Ink::Strong, &fix.title), (Ink::Faint, review)],
    );
    for (at, step) in fix.steps.iter().enumerate() {
        one_step(page, at + 1, step);
    }
}

fn one_step(page: &mut Page, number: usize, step: &Step) {
    let lead = format!("    {number}. ");
    let rest = " ".repeat(lead.len());
    match step {
        Step::Edit {
            file,
            line,
            before,
            after,
            why,
        } => {
            page.paragraph(
                &lead,
                &rest,
                &[
                    (Ink::Plain, &format!("{file}:{line}")),
                    (Ink::Faint, &format!("  {why}")),
                ],
            );
            changed_line(page, &rest, before, after);
        }
        Step::Run { command, why } => {
            page.verbatim(&lead, Ink::Code, command);
            page.paragraph(&rest, &rest, &[(Ink::Faint, why)]);
        }
        Step::Verify { command, expect } => {
            page.verbatim(&lead, Ink::Code, command);
            page.paragraph(
                &rest,
                &rest,
                &[(Ink::Faint, &format!("must show: {expect}"))],
            );
        }
        Step::Advise { text } => page.paragraph(&lead, &rest, &[(Ink::Plain, text)]),
    }
}

/// What a line becomes; nothing before is a new line, nothing after a line less.
fn changed_line(page: &mut Page, indent: &str, before: &str, after: &str) {
    if !before.is_empty() {
        page.verbatim(indent, Ink::Bad, &format!("- {before}"));
    }
    if !after.is_empty() {
        page.verbatim(indent, Ink::Good, &format!("+ {after}"));
    }
}

/// Without a cause the proxy's own words are the best that there is.
fn said(page: &mut Page, diagnosis: &Diagnosis) {
    if let Some(said) = diagnosis
        .said
        .as_ref()
        .filter(|_| diagnosis.causes.is_empty())
    {
        page.heading("What was seen");
        one_evidence(page, said, diagnosis.clock);
    }
}

fn ruled_out(page: &mut Page, diagnosis: &Diagnosis) {
    if diagnosis.ruled_out.is_empty() {
        return;
    }
    page.heading("What it is not");
    for (why, ids) in by_reason(diagnosis) {
        let ids = ids.join(", ");
        page.paragraph(
            "  • ",
            "    ",
            &[(Ink::Plain, &ids), (Ink::Faint, ": "), (Ink::Faint, why)],
        );
    }
}

/// Causes ruled out for the same reason stand together.
fn by_reason(diagnosis: &Diagnosis) -> Vec<(&str, Vec<&str>)> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for ruled in &diagnosis.ruled_out {
        match groups.iter_mut().find(|(why, _)| *why == ruled.why) {
            Some((_, ids)) => ids.push(ruled.id),
            None => groups.push((&ruled.why, vec![ruled.id])),
        }
    }
    groups
}

fn unchecked(page: &mut Page, diagnosis: &Diagnosis) {
    if diagnosis.unchecked.is_empty() {
        return;
    }
    page.heading("What could not be checked");
    for gap in &diagnosis.unchecked {
        let why = match &gap.why {
            Why::Pending => "not answered in time",
            Why::Refused(why) => why,
        };
        let allow = if gap.allow_by.is_empty() {
            String::new()
        } else {
            format!(" → {}", gap.allow_by)
        };
        page.paragraph(
            "  • ",
            "    ",
            &[
                (Ink::Plain, &gap.what),
                (Ink::Faint, &format!(": {why}")),
                (Ink::Unsure, &allow),
            ],
        );
    }
}

fn more(page: &mut Page, diagnosis: &Diagnosis) {
    let Some(cause) = diagnosis.causes.first() else {
        return;
    };
    page.gap();
    let explain = format!("gatewhy explain {}", cause.id);
    page.paragraph(
        "",
        "",
        &[
            (Ink::Faint, "More about this cause: "),
            (Ink::Code, &explain),
        ],
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(now: &str) -> Clock {
        let text = format!("realtime_us {now}000000\nboottime_us 0\nutc_offset_secs 3600\n");
        gatewhy_facts::linux::clock::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn times_are_local_and_relative() {
        // 2026-11-20 23:30:00 UTC, which is half past midnight on the host.
        let now = Some(clock("1795217400"));
        let at = |secs: i64| when(Moment::from_secs(1_795_217_400 + secs), now);
        assert_eq!(at(0), "00:30:00, just now");
        assert_eq!(at(2), "00:30:02, just now");
        assert_eq!(at(-300), "00:25:00, 5 min ago");
        assert_eq!(at(-3_600), "2026-11-20 23:30:00, 60 min ago");
        assert_eq!(at(7_200), "02:30:00, in the future");
        assert_eq!(
            when(Moment::from_secs(1_795_217_400), None),
            "2026-11-20 23:30:00 UTC"
        );
    }
}
