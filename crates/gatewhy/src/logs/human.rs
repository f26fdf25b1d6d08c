//! The report for people: one screen.
use super::join::{self, Joined};
use super::table::upstream_name;
use crate::report::page::{Ink, Page};
use gatewhy_facts::untrusted::shown;
use gatewhy_logs::hour::Stamp;
use gatewhy_logs::report::{Report, Row, Upstream};

/// Most kinds of failures that are shown in full.
const MOST_KINDS: usize = 5;
/// Most others that are named.
const MOST_OTHERS: usize = 8;

/// The report as text with ANSI styles.
pub(super) fn report(report: &Report, width: usize) -> String {
    let mut page = Page::new(width);
    summary(&mut page, report);
    timeline(&mut page, report, width);
    for row in report.by_symptom.iter().take(MOST_KINDS) {
        kind(&mut page, report, row);
    }
    fewer(&mut page, report);
    other(&mut page, report);
    skipped(&mut page, report);
    next(&mut page, report);
    page.finish()
}

fn summary(page: &mut Page, report: &Report) {
    let period = match report.period {
        Some((from, to)) => period(from, to),
        None => "no times in these logs".to_owned(),
    };
    let read = format!(
        "  {} {} in {} {}",
        thousands(report.records),
        if report.records == 1 {
            "record"
        } else {
            "records"
        },
        report.files.len(),
        if report.files.len() == 1 {
            "file"
        } else {
            "files"
        }
    );
    page.paragraph("", "", &[(Ink::Strong, &period), (Ink::Faint, &read)]);
    let ink = match report.failures {
        0 if report.records == 0 => Ink::Unsure,
        0 => Ink::Good,
        _ => Ink::Bad,
    };
    let failures = match report.failures {
        0 if report.records == 0 => "nothing to judge: no record was read".to_owned(),
        0 => "no failed exchange with an upstream".to_owned(),
        1 => "1 failed exchange with an upstream".to_owned(),
        n => format!("{} failed exchanges with upstreams", thousands(n)),
    };
    let of = report.requests.map_or_else(String::new, |requests| {
        format!(
            ", in {} requests ({})",
            thousands(requests),
            percent(report.failures, requests)
        )
    });
    page.paragraph("", "", &[(ink, &failures), (Ink::Plain, &of)]);
}

/// One bar a column, so many hours each.
fn timeline(page: &mut Page, report: &Report, width: usize) {
    let (Some((first, last)), true) = (report.period, report.failures > 0) else {
        return;
    };
    let (from, to) = (first.hour.hours_from_epoch(), last.hour.hours_from_epoch());
    let hours = usize::try_from(to - from + 1).unwrap_or(1);
    let columns = width.saturating_sub(4).clamp(10, 72);
    let each = hours.div_ceil(columns).max(1);
    let mut bars = vec![0_u64; hours.div_ceil(each)];
    for (hour, row) in &report.by_hour {
        let at = usize::try_from(hour.hours_from_epoch() - from).unwrap_or(0) / each;
        if let Some(bar) = bars.get_mut(at) {
            *bar += row.failures;
        }
    }
    if bars.len() < 2 {
        return;
    }
    let most = bars.iter().copied().max().unwrap_or(1).max(1);
    let line: String = bars.iter().map(|count| bar(*count, most)).collect();
    page.gap();
    page.line("  ", Ink::Bad, &line);
    let unit = if each == 1 {
        "an hour".to_owned()
    } else {
        format!("{each} hours")
    };
    let legend = format!(
        "a column is {unit}; the highest has {} failures",
        thousands(most)
    );
    page.line("  ", Ink::Faint, &legend);
}

fn bar(count: u64, most: u64) -> char {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    if count == 0 {
        return ' ';
    }
    let at = (count.saturating_mul(8)).div_ceil(most).clamp(1, 8) - 1;
    usize::try_from(at)
        .ok()
        .and_then(|at| BARS.get(at))
        .copied()
        .unwrap_or('█')
}

fn kind(page: &mut Page, report: &Report, row: &Row) {
    page.gap();
    let share = percent(row.count, report.failures);
    let count = format!("{:>9} ", thousands(row.count));
    let kind = row
        .symptom
        .error_type()
        .map(|kind| format!(" ({kind})"))
        .unwrap_or_default();
    let share = format!("  {share}  ");
    page.paragraph(
        &count,
        "          ",
        &[
            (Ink::Bad, row.symptom.id()),
            (Ink::Strong, &share),
            (Ink::Plain, row.symptom.says()),
            (Ink::Faint, &kind),
        ],
    );
    let lead = "          ";
    page.paragraph(lead, lead, &[(Ink::Plain, &upstreams(row))]);
    if let (Some(first), Some(last)) = (row.first, row.last) {
        let when = period(first, last);
        page.paragraph(
            lead,
            lead,
            &[(Ink::Plain, &when), (Ink::Unsure, &trend(report, row))],
        );
    }
    page.line(&format!("{lead}│ "), Ink::Faint, &quote(&row.example));
    causes(page, report, row);
}

/// The causes that are open, and what tells the first of them from the others.
fn causes(page: &mut Page, report: &Report, row: &Row) {
    let lead = "          ";
    let joined = join::of(report, row);
    if let Some(joined) = &joined {
        elsewhere(page, report, joined);
    }
    let known = joined.as_ref().map(|joined| joined.cause.id);
    let mut causes = super::causes::of(row);
    // What the gateway's own record leads to tells it best.
    causes.sort_by_key(|cause| Some(cause.id) != known);
    let others = causes.iter().filter(|cause| Some(cause.id) != known);
    let ids: Vec<&str> = others.take(4).map(|cause| cause.id).collect();
    if !ids.is_empty() {
        let word = if known.is_some() {
            "or else "
        } else {
            "perhaps "
        };
        let runs = [(Ink::Faint, word), (Ink::Strong, &ids.join(", "))];
        page.paragraph(lead, lead, &runs);
    }
    let elsewhere = joined.iter().map(|joined| &joined.cause);
    let mut checks = causes.iter().chain(elsewhere);
    if let Some(check) = checks.find_map(|cause| cause.check.as_deref()) {
        page.verbatim(&format!("{lead}$ "), Ink::Code, check);
    }
}

/// What another log tells of the reason, quoted.
fn elsewhere(page: &mut Page, report: &Report, joined: &Joined<'_>) {
    let lead = "          ";
    let sure = format!("{} ", joined.cause.confidence.word());
    let when = match joined.seconds.max(0) {
        0 => "at the same second".to_owned(),
        1 => "a second before".to_owned(),
        n => format!("{n} seconds before"),
    };
    let file = report.path(joined.event.place);
    let file = file.map_or_else(String::new, |path| path.display().to_string());
    let said = format!(": {when}, {file} says");
    let runs = [
        (Ink::Bad, sure.as_str()),
        (Ink::Strong, joined.cause.id),
        (Ink::Plain, said.as_str()),
    ];
    page.paragraph(lead, lead, &runs);
    let line = shown(joined.message).to_string();
    page.line(&format!("{lead}│ "), Ink::Faint, &line);
}

/// A record without what stands before its message: that was said already.
fn quote(example: &[u8]) -> String {
    let text = String::from_utf8_lossy(example);
    let message = text
        .split_once("] ")
        .and_then(|(_, rest)| rest.split_once(": "))
        .map_or(text.as_ref(), |(_, message)| message);
    let own = message.strip_prefix('*').and_then(|m| m.split_once(' '));
    own.map_or(message, |(_, message)| message).to_owned()
}

fn upstreams(row: &Row) -> String {
    let known = row
        .upstreams
        .iter()
        .filter(|(upstream, _)| *upstream != Upstream::Unnamed);
    let shown: Vec<String> = known
        .clone()
        .take(3)
        .map(|(upstream, count)| format!("{} ({})", upstream_name(upstream), thousands(*count)))
        .collect();
    match known.count() {
        0 => "no upstream is named".to_owned(),
        n if n > shown.len() => format!("{}, and {} more", shown.join(", "), n - shown.len()),
        _ => shown.join(", "),
    }
}

/// How the rate of late compares with that of before.
fn trend(report: &Report, row: &Row) -> String {
    // A handful has no trend.
    const FEW: u64 = 10;
    if row.count < FEW {
        return String::new();
    }
    let Some((late, early)) = report.trend(row) else {
        return String::new();
    };
    let (late_text, early_text) = (rate(late), rate(early));
    if early <= 0.0 && late > 0.0 {
        return format!("  new: {late_text} an hour");
    }
    if late > early * 1.5 {
        format!("  rising: {early_text} → {late_text} an hour")
    } else if late < early / 1.5 {
        format!("  falling: {early_text} → {late_text} an hour")
    } else {
        format!("  {} an hour", rate(report.rate(row)))
    }
}

fn rate(rate: f64) -> String {
    if rate >= 10.0 {
        thousands(whole(rate))
    } else if rate > 0.0 && rate < 0.1 {
        "under 0.1".to_owned()
    } else {
        format!("{rate:.1}")
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate for people, far below 2^63"
)]
fn whole(rate: f64) -> u64 {
    rate.round().max(0.0) as u64
}

fn fewer(page: &mut Page, report: &Report) {
    let rest = report.by_symptom.get(MOST_KINDS..).unwrap_or_default();
    if rest.is_empty() {
        return;
    }
    page.gap();
    page.paragraph("fewer: ", "  ", &[(Ink::Plain, &named(rest))]);
}

fn named(rows: &[Row]) -> String {
    let shown = rows.iter().take(MOST_OTHERS);
    let all: Vec<String> = shown
        .map(|row| format!("{} {}", row.symptom.id(), thousands(row.count)))
        .collect();
    match rows.len().saturating_sub(MOST_OTHERS) {
        0 => all.join(", "),
        more => format!("{}, and {more} more kinds", all.join(", ")),
    }
}

fn other(page: &mut Page, report: &Report) {
    if report.other.is_empty() {
        return;
    }
    page.gap();
    let lead = "not failures of an upstream: ";
    page.paragraph(
        "",
        "  ",
        &[(Ink::Faint, lead), (Ink::Plain, &named(&report.other))],
    );
}

fn skipped(page: &mut Page, report: &Report) {
    const MOST: usize = 4;
    if report.told_twice > 0 {
        let text = format!(
            "{} failed tries in access logs are not counted again: the error log tells of them",
            thousands(report.told_twice)
        );
        page.paragraph("", "  ", &[(Ink::Faint, &text)]);
    }
    for skipped in report.skipped.iter().take(MOST) {
        let text = format!("{}: {}", skipped.path.display(), skipped.why);
        page.paragraph("beware: ", "  ", &[(Ink::Unsure, &text)]);
    }
    if let Some(more) = report.skipped.len().checked_sub(MOST).filter(|n| *n > 0) {
        let text = format!("and {more} more; --json lists them");
        page.paragraph("beware: ", "  ", &[(Ink::Unsure, &text)]);
    }
}

fn next(page: &mut Page, report: &Report) {
    let Some(row) = report.by_symptom.first() else {
        return;
    };
    page.gap();
    let id = row.symptom.id();
    let commands = [
        (
            "gatewhy logs --cause ".to_owned() + id + " --by upstream,hour …",
            "where and when",
        ),
        (
            "gatewhy diagnose URL".to_owned(),
            "what is broken now, with proof",
        ),
    ];
    for (command, why) in &commands {
        let runs = [
            (Ink::Faint, "next: "),
            (Ink::Code, command.as_str()),
            (Ink::Faint, "  "),
            (Ink::Faint, why),
        ];
        page.paragraph("", "      ", &runs);
    }
}

/// `2026-11-20 03:12 to 05:01`
pub(super) fn period(from: Stamp, to: Stamp) -> String {
    let (from, to) = (day(from), day(to));
    if from == to {
        return from;
    }
    let to = match (from.split_once(' '), to.split_once(' ')) {
        (Some((day, _)), Some((same, time))) if day == same => time,
        _ => to.as_str(),
    };
    format!("{from} to {to}")
}

/// `2026-11-20 03:12`
fn day(at: Stamp) -> String {
    let text = at.to_string().replace('T', " ");
    text.get(..16).unwrap_or(&text).to_owned()
}

pub(super) fn percent(part: u64, whole: u64) -> String {
    let share = gatewhy_logs::report::share(part, whole);
    if share < 1.0 {
        "under 1 %".to_owned()
    } else {
        format!("{share:.0} %")
    }
}

/// `1,616,611`
pub(super) fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
