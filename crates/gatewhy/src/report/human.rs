//! The report for a person at 3 a.m.: the first three lines suffice.
use super::page::{Ink, Page};
use gatewhy_causes::diagnosis::{Diagnosis, Hop, HopState, Outcome, RankedCause};
use gatewhy_causes::evidence::{Evidence, Excerpt};
use gatewhy_causes::verdict::Confidence;
use gatewhy_facts::fact::Why;
use gatewhy_fixes::{Fix, Step};

/// The report as text with ANSI styles.
pub(crate) fn diagnosis(diagnosis: &Diagnosis, width: usize) -> String {
    let mut page = Page::new(width);
    first_lines(&mut page, diagnosis);
    chain(&mut page, diagnosis);
    for (at, cause) in diagnosis.causes.iter().enumerate() {
        one_cause(&mut page, diagnosis, at, cause);
    }
    ruled_out(&mut page, diagnosis);
    unchecked(&mut page, diagnosis);
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
    let runs = [
        (Ink::Strong, diagnosis.target.as_str()),
        (Ink::Plain, "  "),
        (ink, &seen.what),
        (Ink::Plain, &by),
        (Ink::Faint, &kind),
    ];
    page.paragraph("", "       ", &runs);
    match diagnosis.causes.first() {
        Some(cause) => cause_and_fix(page, cause),
        None if diagnosis.verdict == Outcome::Healthy => {}
        None => page.paragraph(
            "Cause: ",
            "       ",
            &[(
                Ink::Unsure,
                "not determined; see below what could not be checked",
            )],
        ),
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
    for (at, hop) in diagnosis.hops.iter().enumerate() {
        hop_lines(page, hop, &"   ".repeat(at));
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
    if at == 0 {
        page.heading("Why");
    } else {
        let follows = diagnosis.causes[..at]
            .iter()
            .find(|c| c.explains.iter().any(|id| id == cause.id));
        page.heading(&match follows {
            Some(root) => format!("Follows from {}", root.id),
            None => "Also possible, or also broken".to_owned(),
        });
    }
    let sure = format!("  {}, ", cause.confidence.word());
    let runs = [
        (Ink::Strong, cause.id),
        (Ink::Faint, &sure),
        (Ink::Faint, &cause.subject),
    ];
    page.paragraph("", "  ", &runs);
    if at > 0 {
        page.paragraph("  ", "  ", &[(Ink::Plain, &cause.summary)]);
    }
    for evidence in &cause.evidence {
        one_evidence(page, evidence);
    }
    if !cause.explains.is_empty() {
        let all = cause.explains.join(" → ");
        page.paragraph(
            "  ⇒ ",
            "    ",
            &[(Ink::Faint, "explains "), (Ink::Plain, &all)],
        );
    }
    for fix in &cause.fixes {
        one_fix(page, fix);
    }
}

fn one_evidence(page: &mut Page, evidence: &Evidence) {
    let source = source(evidence);
    page.paragraph(
        "  • ",
        "    ",
        &[(Ink::Plain, &evidence.text), (Ink::Faint, &source)],
    );
    if let Some(excerpt) = &evidence.excerpt {
        one_excerpt(page, excerpt);
    }
}

fn source(evidence: &Evidence) -> String {
    let from = &evidence.source;
    let line = from.line.map(|line| format!(":{line}")).unwrap_or_default();
    let time = from
        .time
        .map(|time| format!(", {} UTC", time.local(0)))
        .unwrap_or_default();
    format!("  [{}{line}{time}]", from.place)
}

fn one_excerpt(page: &mut Page, excerpt: &Excerpt) {
    let text = String::from_utf8_lossy(&excerpt.text).replace('\t', " ");
    let skipped = text.len() - text.trim_start().len();
    let number = excerpt.line.to_string();
    page.line(&format!("    {number} │ "), Ink::Plain, text.trim());
    let start = excerpt.mark_start.saturating_sub(skipped);
    let length = excerpt.mark_end.saturating_sub(excerpt.mark_start).max(1);
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
            changed_lines(page, &rest, before, after);
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

/// What a line becomes; a line that stays among new ones is shown as it is.
fn changed_lines(page: &mut Page, indent: &str, before: &str, after: &str) {
    let stays = after.lines().count() > 1 && after.lines().any(|line| line == before);
    if !stays {
        page.verbatim(indent, Ink::Bad, &format!("- {before}"));
    }
    for line in after.lines() {
        if stays && line == before {
            page.verbatim(indent, Ink::Plain, &format!("  {line}"));
        } else {
            page.verbatim(indent, Ink::Good, &format!("+ {line}"));
        }
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
