//! Counts by what the user names, one row each.
use super::args::{By, LogsArgs};
use super::groups::Groups;
use super::record;
use gatewhy_facts::log_line;
use gatewhy_facts::untrusted::shown;
use gatewhy_logs::report::{Upstream, Wanted, has_error_log, is_told_twice, name_of};
use gatewhy_logs::tally::{Failure, Tally};

/// The table of what was counted: comma-separated, or in columns.
pub(super) fn table(tally: &Tally, wanted: &Wanted, args: &LogsArgs) -> String {
    let by: &[By] = if args.by.is_empty() {
        &[By::Cause]
    } else {
        &args.by
    };
    let mut groups = Groups::default();
    let twice = has_error_log(tally);
    let told = |what| !(twice && is_told_twice(what));
    for (hour, what, upstream, cell) in tally.cells().filter(|c| c.1.failed && told(c.1)) {
        let upstream = name_of(tally, upstream);
        if !wanted.holds(what, &upstream) {
            continue;
        }
        let key = by.iter().map(|by| match by {
            By::Upstream => upstream_name(&upstream),
            By::Cause => what.symptom.id().to_owned(),
            By::Hour => hour.to_string(),
            // Those are counted record by record; see `listen`.
            By::Host | By::Route | By::Client => String::new(),
        });
        groups.add_many(key.collect(), cell.count);
    }
    lay_out(by, groups, args.csv)
}

/// Whether `by` names something that is not counted while reading.
pub(super) fn needs_records(by: &[By]) -> bool {
    by.iter()
        .any(|by| matches!(by, By::Host | By::Route | By::Client))
}

/// The key of one failure.
pub(super) fn key(failure: &Failure<'_>, by: &[By]) -> Vec<String> {
    let record = log_line::recognise(failure.record);
    let key = by.iter().map(|by| match by {
        By::Upstream if failure.upstream.is_empty() => "(none)".to_owned(),
        By::Upstream => shown(failure.upstream).to_string(),
        By::Cause => failure.what.symptom.id().to_owned(),
        By::Hour => failure.at.hour.to_string(),
        By::Host => record::host(record.as_ref()),
        By::Route => record::route_of(record.as_ref()),
        By::Client => record::client(record.as_ref()),
    });
    key.collect()
}

/// The table as text.
pub(super) fn lay_out(by: &[By], groups: Groups, csv: bool) -> String {
    let too_low = groups.too_low;
    let mut rows = groups.rows();
    if by.first() != Some(&By::Hour) && !csv {
        rows.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    }
    let head: Vec<String> = by.iter().map(|by| heading(*by).to_owned()).collect();
    if csv {
        return comma_separated(&head, &rows);
    }
    let mut text = columns(&head, &rows);
    if too_low > 0 {
        text.push_str(&format!(
            "more than 10,000 different ones: a count may be too low by {too_low}\n"
        ));
    }
    text
}

/// An upstream as it is shown.
pub(super) fn upstream_name(upstream: &Upstream) -> String {
    match upstream {
        Upstream::Named(name) => shown(name).to_string(),
        Upstream::Cut => "(cut)".to_owned(),
        Upstream::Unnamed => "(none)".to_owned(),
        Upstream::Other => "(others)".to_owned(),
    }
}

const fn heading(by: By) -> &'static str {
    match by {
        By::Upstream => "upstream",
        By::Cause => "symptom",
        By::Hour => "hour",
        By::Host => "host",
        By::Route => "route",
        By::Client => "client",
    }
}

fn comma_separated(head: &[String], rows: &[(Vec<String>, u64)]) -> String {
    let mut text = format!("{},count\n", head.join(","));
    for (key, count) in rows {
        let cells: Vec<String> = key.iter().map(|cell| quoted(cell)).collect();
        text.push_str(&format!("{},{count}\n", cells.join(",")));
    }
    text
}

/// One cell. What a spreadsheet takes for a formula gets an apostrophe.
fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@']);
    let cell = if formula {
        format!("'{cell}")
    } else {
        cell.to_owned()
    };
    if cell.contains([',', '"', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell
    }
}

fn columns(head: &[String], rows: &[(Vec<String>, u64)]) -> String {
    let width = |at: usize| {
        let cells = rows.iter().filter_map(|(key, _)| key.get(at));
        cells
            .chain(head.get(at))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |count: &str, cells: &[String]| {
        let cells: Vec<String> = cells
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        format!("{count:>12}  {}\n", cells.join("  ").trim_end())
    };
    let mut text = line("count", head);
    for (key, count) in rows {
        text.push_str(&line(&super::human::thousands(*count), key));
    }
    text
}
