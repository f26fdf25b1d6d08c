//! What was changed shortly before an episode: packages, reloads, starts. Shown beside
//! it, never weighed: that two things happened one after the other proves nothing.
use super::judge::Trial;
use super::logs::Span;
use super::report::Line;
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::log_window::time_of;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::{Entries, LogLines, View};
use gatewhy_facts::symptom::Symptom;
use gatewhy_facts::systemd::journal::UnitEvent;
use gatewhy_facts::time::Moment;
use gatewhy_facts::untrusted::shown_within;

/// How long before the first failure a change still counts as near.
const BEFORE_SECS: i64 = 30 * 60;
/// A health check notices so soon after.
const NOTICED_SECS: i64 = 120;
/// What dpkg did.
const PACKAGES: &str = "/var/log/dpkg.log";
/// The most packages that are named.
const MOST: usize = 5;

/// The changes near an episode, oldest first.
pub(super) fn of(trial: &Trial<'_, '_, '_>) -> Vec<Line> {
    let mut told = notices(trial);
    if trial.backends.is_empty() {
        return told;
    }
    let span = trial.episode.span.widened(BEFORE_SECS, 0);
    let mut lines = packages(trial, span);
    lines.extend(services(trial, span));
    lines.append(&mut told);
    lines
}

/// What the proxy itself noticed of the backends: they went down, and came back.
fn notices(trial: &Trial<'_, '_, '_>) -> Vec<Line> {
    let span = trial.episode.span.widened(NOTICED_SECS, NOTICED_SECS);
    let own = trial.seen.own.iter().filter(|told| span.holds(told.at));
    let about = own.filter(|told| {
        matches!(
            told.record.symptom,
            Some(Symptom::ServerMarkedDown | Symptom::ServerUp)
        )
    });
    let lines = about.map(|told| Line {
        at: told.at,
        text: format!("{}: {}", trial.case.proxy_name(), told.message()),
        source: told.source.clone(),
        context: true,
    });
    lines.take(MOST).collect()
}

/// `2026-11-20 03:05:04 upgrade nginx:amd64 1.22.1-9 1.22.1-10`
fn packages(trial: &Trial<'_, '_, '_>, span: Span) -> Vec<Line> {
    let path = HostPath::new(PACKAGES);
    let Fact::Found(log, _) = trial
        .case
        .log_within_as(&path, View::Host, span, LogLines::All)
    else {
        return Vec::new();
    };
    let offset = trial.case.clock().map_or(0, |clock| clock.utc_offset_secs);
    let mut changes: Vec<(Moment, String, String)> = Vec::new();
    for (file, bytes) in &log.files {
        for text in bytes.split(|byte| *byte == b'\n') {
            let told = time_of(text, offset).zip(change(text));
            if let Some((at, what)) = told.filter(|(at, _)| span.holds(*at)) {
                changes.push((at, what, file.to_string()));
            }
        }
    }
    let more = changes.len().saturating_sub(MOST);
    let shown = changes.iter().rev().take(MOST).rev();
    let mut lines: Vec<Line> = shown
        .map(|(at, what, file)| line(*at, format!("dpkg: {what}"), file))
        .collect();
    if let (true, Some((at, _, file))) = (more > 0, changes.first()) {
        lines.push(line(
            *at,
            format!("dpkg: {more} other packages changed"),
            file,
        ));
    }
    lines
}

fn change(text: &[u8]) -> Option<String> {
    let mut words = text.get(20..)?.split(|byte| *byte == b' ');
    let verb = words.next()?;
    if !matches!(verb, b"install" | b"upgrade" | b"remove" | b"purge") {
        return None;
    }
    let words: Vec<&[u8]> = words.take(3).collect();
    let (package, versions) = words.split_first()?;
    let versions: Vec<String> = versions.iter().map(|word| shown_within(word, 40)).collect();
    Some(format!(
        "{} {} {}",
        shown_within(verb, 10),
        shown_within(package, 60),
        versions.join(" → ")
    ))
}

/// Reloads and starts of the proxy and of the backends.
fn services(trial: &Trial<'_, '_, '_>, span: Span) -> Vec<Line> {
    let proxy = trial.case.proxy_unit();
    let mut names: Vec<String> = proxy
        .found()
        .map(|unit| unit.id.clone())
        .into_iter()
        .collect();
    names.extend(
        trial
            .backends
            .iter()
            .filter_map(|backend| Some(backend.unit()?.id.clone())),
    );
    let Fact::Found(journal, _) = trial.case.journal_within(Entries::Manager, span) else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    for (entry, event) in journal.events() {
        let named = entry.unit.as_ref().is_some_and(|unit| names.contains(unit));
        let changed = matches!(
            event,
            UnitEvent::Started | UnitEvent::Stopped | UnitEvent::Reloaded | UnitEvent::ReloadFailed
        );
        // What happens in the episode itself is told with its cause.
        if named && changed && entry.at < trial.episode.span.from.plus_secs(-2) {
            lines.push(line(
                entry.at,
                format!("systemd: {}", entry.text()),
                "journalctl _PID=1",
            ));
        }
    }
    lines
}

fn line(at: Moment, text: String, place: &str) -> Line {
    Line {
        at,
        text,
        source: Source::new(place).at_time(at),
        context: true,
    }
}
