//! One page for a browser: nothing is loaded from elsewhere, and it runs no script.
use super::causes;
use super::human::{percent, period, thousands};
use super::join;
use super::table::upstream_name;
use gatewhy_facts::untrusted::shown;
use gatewhy_logs::report::{Report, Row};
use std::collections::BTreeMap;

/// Kinds that have a colour of their own in the chart.
const COLOURS: usize = 6;
/// Most columns of the chart.
const MOST_COLUMNS: usize = 168;

const STYLE: &str = include_str!("page.css");

/// The page.
pub(super) fn page(report: &Report) -> String {
    let mut page =
        String::from("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
    page.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
    page.push_str("<meta name=\"color-scheme\" content=\"light dark\">");
    page.push_str(&format!(
        "<title>{}</title><style>{STYLE}</style></head><body>",
        title(report)
    ));
    page.push_str(&format!("<h1>{}</h1>", title(report)));
    page.push_str(&summary(report));
    page.push_str(&chart(report));
    page.push_str("<h2>What failed</h2>");
    for (at, row) in report.by_symptom.iter().enumerate() {
        page.push_str(&kind(report, at, row));
    }
    page.push_str(&other(report));
    page.push_str(&files(report));
    page.push_str("</body></html>\n");
    page
}

fn title(report: &Report) -> String {
    match report.failures {
        0 => "No failed exchange with an upstream".to_owned(),
        1 => "1 failed exchange with an upstream".to_owned(),
        n => format!("{} failed exchanges with upstreams", thousands(n)),
    }
}

fn summary(report: &Report) -> String {
    let when = report.period.map_or_else(
        || "no times in these logs".to_owned(),
        |(from, to)| period(from, to),
    );
    let requests = report.requests.map_or_else(String::new, |requests| {
        // Tries at upstreams, of which a request may have several.
        let share = percent(report.failures, requests).replace(" %", " in a hundred");
        format!(", {} requests (failures: {share})", thousands(requests))
    });
    format!(
        "<p>{when}, {} records in {} {}{requests}</p>",
        thousands(report.records),
        report.files.len(),
        if report.files.len() == 1 {
            "file"
        } else {
            "files"
        }
    )
}

/// Stacked columns, one for one hour or several.
fn chart(report: &Report) -> String {
    let (Some((first, last)), true) = (report.period, report.failures > 0) else {
        return String::new();
    };
    let from = first.hour.hours_from_epoch();
    let hours = usize::try_from(last.hour.hours_from_epoch() - from + 1).unwrap_or(1);
    let each = hours.div_ceil(MOST_COLUMNS).max(1);
    let mut columns: BTreeMap<usize, [u64; COLOURS]> = BTreeMap::new();
    for (hour, row) in &report.by_hour {
        let at = usize::try_from(hour.hours_from_epoch() - from).unwrap_or(0) / each;
        let column = columns.entry(at).or_default();
        for (symptom, count) in &row.symptoms {
            let place = report.by_symptom.iter().position(|r| r.symptom == *symptom);
            let place = place.unwrap_or(COLOURS).min(COLOURS - 1);
            if let Some(sum) = column.get_mut(place) {
                *sum += count;
            }
        }
    }
    let most = columns
        .values()
        .map(|c| c.iter().sum::<u64>())
        .max()
        .unwrap_or(1);
    let count = hours.div_ceil(each);
    let mut svg = format!(
        "<figure><svg viewBox=\"0 0 {} 220\" role=\"img\" aria-label=\"Failures over time\" preserveAspectRatio=\"none\">",
        count * 10
    );
    for (at, column) in &columns {
        svg.push_str(&stack(*at, column, most));
    }
    svg.push_str("</svg><figcaption>");
    let unit = if each == 1 {
        "one hour".to_owned()
    } else {
        format!("{each} hours")
    };
    svg.push_str(&format!(
        "<span>{}</span><span>a column is {unit}, the highest {}</span><span>{}</span></figcaption>{}</figure>",
        moment(&first.to_string()),
        thousands(most),
        moment(&last.to_string()),
        legend(report)
    ));
    svg
}

fn stack(at: usize, column: &[u64; COLOURS], most: u64) -> String {
    let mut svg = String::new();
    let mut top = 220;
    for (colour, count) in column.iter().enumerate().filter(|(_, count)| **count > 0) {
        let height = (count.saturating_mul(216) / most.max(1)).max(1);
        top = u64::saturating_sub(top, height);
        svg.push_str(&format!(
            "<rect class=\"c{colour}\" x=\"{}\" y=\"{top}\" width=\"9\" height=\"{height}\"><title>{}</title></rect>",
            at * 10,
            thousands(*count)
        ));
    }
    svg
}

fn legend(report: &Report) -> String {
    let mut items = String::from("<ul class=\"legend\">");
    for (at, row) in report.by_symptom.iter().enumerate().take(COLOURS) {
        let last = at + 1 == COLOURS && report.by_symptom.len() > COLOURS;
        let name = if last { "all others" } else { row.symptom.id() };
        items.push_str(&format!("<li><i class=\"c{at}\"></i>{name}</li>"));
    }
    items.push_str("</ul>");
    items
}

/// The causes that are open, what another log tells of them, and what tells the first
/// from the others.
fn open_causes(report: &Report, row: &Row) -> String {
    let joined = join::of(report, row);
    let known = joined.as_ref().map(|joined| joined.cause.id);
    let mut candidates = causes::of(row);
    candidates.sort_by_key(|cause| Some(cause.id) != known);
    let mut text = joined.as_ref().map_or_else(String::new, |joined| {
        let file = report.path(joined.event.place);
        let file = file.map_or_else(String::new, |path| path.display().to_string());
        format!(
            "<p>Likely <b>{}</b>: shortly before, {} says</p><pre>{}</pre>",
            joined.cause.id,
            escaped(file.as_bytes()),
            escaped(joined.message),
        )
    });
    let others = candidates.iter().filter(|cause| Some(cause.id) != known);
    let ids: Vec<String> = others
        .take(5)
        .map(|cause| format!("<b>{}</b>", escaped(cause.id.as_bytes())))
        .collect();
    if !ids.is_empty() {
        let word = if known.is_some() {
            "Or else"
        } else {
            "Perhaps"
        };
        text.push_str(&format!("<p>{word} {}</p>", ids.join(", ")));
    }
    if let Some(check) = candidates.iter().find_map(|cause| cause.check.as_deref()) {
        text.push_str(&format!(
            "<pre class=\"run\">{}</pre>",
            escaped(check.as_bytes())
        ));
    }
    text
}

fn kind(report: &Report, at: usize, row: &Row) -> String {
    let perhaps = open_causes(report, row);
    let mut upstreams = String::new();
    let most = row.upstreams.first().map_or(1, |(_, count)| *count).max(1);
    for (upstream, count) in row.upstreams.iter().take(10) {
        let name = escaped(upstream_name(upstream).as_bytes());
        let length = count.saturating_mul(100) / most;
        upstreams.push_str(&format!(
            "<tr><td>{name}</td><td>{}</td><td><meter min=\"0\" max=\"100\" value=\"{length}\"></meter></td></tr>",
            thousands(*count)
        ));
    }
    let more = row.upstreams.len().saturating_sub(10);
    let more = if more > 0 {
        format!("<p>and {more} more upstreams</p>")
    } else {
        String::new()
    };
    let when = match (row.first, row.last) {
        (Some(a), Some(b)) => period(a, b),
        _ => String::new(),
    };
    let kind = row
        .symptom
        .error_type()
        .map_or_else(String::new, |kind| kind.to_string());
    format!(
        "<section><h3><i class=\"c{}\"></i>{} <small>{} ({}) {kind}</small></h3><p>{}; {when}</p>{perhaps}<table>{upstreams}</table>{more}<pre>{}</pre></section>",
        at.min(COLOURS - 1),
        row.symptom.id(),
        thousands(row.count),
        percent(row.count, report.failures),
        escaped(row.symptom.says().as_bytes()),
        escaped(&row.example),
    )
}

fn other(report: &Report) -> String {
    if report.other.is_empty() {
        return String::new();
    }
    let mut rows = String::new();
    for row in &report.other {
        let says = escaped(row.symptom.says().as_bytes());
        let count = thousands(row.count);
        rows.push_str(&format!(
            "<tr><td>{}</td><td>{count}</td><td>{says}</td></tr>",
            row.symptom.id()
        ));
    }
    format!("<h2>Not failures of an upstream</h2><table>{rows}</table>")
}

fn files(report: &Report) -> String {
    let mut rows = String::new();
    for file in &report.files {
        let path = escaped(file.path.as_os_str().as_encoded_bytes());
        rows.push_str(&format!(
            "<tr><td>{path}</td><td>{}</td><td>{} bytes</td></tr>",
            file.format,
            thousands(file.bytes)
        ));
    }
    for skipped in &report.skipped {
        let path = escaped(skipped.path.as_os_str().as_encoded_bytes());
        rows.push_str(&format!(
            "<tr><td>{path}</td><td colspan=\"2\">{}</td></tr>",
            escaped(skipped.why.as_bytes())
        ));
    }
    format!("<h2>Files</h2><table>{rows}</table>")
}

/// `2026-11-20 03:12`
fn moment(text: &str) -> String {
    text.get(..16).unwrap_or(text).replace('T', " ")
}

/// The encoder for HTML: nothing that was logged is a tag, an attribute or a script.
fn escaped(bytes: &[u8]) -> String {
    let mut text = String::new();
    for c in shown(bytes).to_string().chars() {
        match c {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\'' => text.push_str("&#39;"),
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn what_was_logged_stays_text() {
        assert_eq!(
            escaped(b"<script>alert('\x1b\"&')</script>"),
            "&lt;script&gt;alert(&#39;\\x1b&quot;&amp;&#39;)&lt;/script&gt;"
        );
    }
}
