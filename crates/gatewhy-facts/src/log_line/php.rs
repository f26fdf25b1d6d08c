//! PHP-FPM's log and slow log, and PHP's own messages.
use super::record::{LoggedAt, Record, Server};
use super::table::{self, Row};
use crate::log_time;
use crate::nginx::error_log::{Peer, fastcgi};
use crate::php_fpm::log::{Event, FpmRecord, Level, Slow, parse};
use crate::scan;
use crate::symptom::Symptom;

/// A line of FPM's log.
pub(super) fn fpm(line: &[u8]) -> Option<Record<'_>> {
    if let Some(found) = slow_log(line) {
        return Some(found);
    }
    let Some(found) = parse(line) else {
        return table::told(Record::new(Server::PhpFpm, line), BARE);
    };
    // Other programs also begin with a level: only FPM's time or words count.
    if found.at.is_none() && found.event == Event::Other {
        return worker(line, found.message);
    }
    let mut record = Record::new(Server::PhpFpm, found.message);
    record.at = found.at.map(LoggedAt::Civil);
    record.group = found.pool;
    Some(of_event(record, &found))
}

/// A worker's own line in the output of a container: FPM's level, and PHP's words or
/// those of FPM about a script.
fn worker<'a>(line: &'a [u8], message: &'a [u8]) -> Option<Record<'a>> {
    const OPENINGS: [&[u8]; 3] = [
        b"PHP message: ",
        b"Unable to open primary script: ",
        b"Access to the script '",
    ];
    OPENINGS
        .iter()
        .find(|opening| message.starts_with(opening))?;
    Some(said(Record::new(Server::PhpFpm, line), message))
}

/// Messages that nobody else writes, without the level and the pool before them.
const BARE: &[Row] = &[
    (
        "server reached pm.max_children setting ({#}), consider raising it",
        Symptom::BackendWorkersBusy,
    ),
    (
        "server reached max_children setting ({#}), consider raising it",
        Symptom::BackendWorkersBusy,
    ),
    (
        "seems busy (you may need to increase {_}), spawning {_#} children, there are {_#} idle, and {#} total children",
        Symptom::BackendBusy,
    ),
];

/// `[21-Nov-2026 09:46:48]  [pool www] pid 22647`
fn slow_log(line: &[u8]) -> Option<Record<'_>> {
    let (civil, rest) = log_time::day_first(line.strip_prefix(b"[")?)?;
    let rest = rest.strip_prefix(b"]")?.trim_ascii_start();
    let (pool, pid) = scan::rsplit_once(rest.strip_prefix(b"[pool ")?, "] pid ")?;
    let mut record = Record::new(Server::PhpFpm, rest).symptom(Symptom::BackendSlowRequest);
    record.at = Some(LoggedAt::Civil(civil));
    record.group = Some(pool);
    record.pid = Some(scan::whole_number(pid)?);
    Some(record)
}

fn of_event<'a>(record: Record<'a>, found: &FpmRecord<'a>) -> Record<'a> {
    match found.event {
        Event::MaxChildrenReached { limit } => record
            .symptom(Symptom::BackendWorkersBusy)
            .number(Some(limit)),
        Event::ProcessMaxReached => record.symptom(Symptom::BackendWorkersBusy),
        Event::SeemsBusy { total, .. } => record.symptom(Symptom::BackendBusy).number(Some(total)),
        Event::TooSlow(slow) => of_slow(record.symptom(Symptom::BackendSlowRequest), slow),
        Event::Terminated(slow) => of_slow(record.symptom(Symptom::BackendWorkerTimeout), slow),
        Event::ClientDropped { address } => record
            .symptom(Symptom::BackendRefusedClient)
            .text(Some(address)),
        Event::ScriptDenied { script } => record.symptom(Symptom::ScriptDenied).text(Some(script)),
        Event::Said { text, pid } => said(record.pid(Some(pid)), text),
        Event::Running { .. }
        | Event::Started { .. }
        | Event::Ready
        | Event::InheritedSocket { .. } => record.symptom(Symptom::BackendStarting),
        Event::Reloading => record.symptom(Symptom::BackendReloading),
        Event::Stopping => record.symptom(Symptom::BackendStopping),
        _ => of_end(record, found),
    }
}

fn of_slow<'a>(record: Record<'a>, slow: Slow<'a>) -> Record<'a> {
    record
        .pid(Some(slow.pid))
        .text(Some(slow.script))
        .number(Some(slow.for_ms / 1_000))
}

/// Workers that ended, and an FPM that does not start.
fn of_end<'a>(record: Record<'a>, found: &FpmRecord<'a>) -> Record<'a> {
    let quiet = found.level <= Level::Notice;
    let failed = |text| record.symptom(Symptom::BackendStartFailed).text(Some(text));
    match found.event {
        Event::ExitedOnSignal { pid, signal, .. } => {
            let symptom = match signal {
                9 | 15 | 3 => Symptom::BackendWorkerKilled,
                _ => Symptom::BackendWorkerCrashed,
            };
            let number = Some(u64::from(signal));
            record.symptom(symptom).pid(Some(pid)).number(number)
        }
        Event::ExitedWithCode { pid, code, .. } => {
            let symptom = if code == 0 || quiet {
                Symptom::BackendWorkerRecycled
            } else {
                Symptom::BackendWorkerExited
            };
            let number = Some(u64::from(code));
            record.symptom(symptom).pid(Some(pid)).number(number)
        }
        Event::EmergencyReload { crashes, .. } => record
            .symptom(Symptom::BackendWorkerCrashed)
            .number(Some(crashes)),
        Event::BindFailed { address, errno } => {
            let symptom = if errno == 98 {
                Symptom::BackendAddressInUse
            } else {
                Symptom::BackendCannotListen
            };
            let record = Record {
                errno: Some(errno),
                ..record.symptom(symptom)
            };
            record.text(Some(address)).peer(Some(Peer::parse(address)))
        }
        Event::AlreadyListening { address } => record
            .symptom(Symptom::BackendAddressInUse)
            .text(Some(address)),
        Event::UnknownAccount { name } => failed(name),
        Event::ConfigInvalid { why, .. } | Event::WorkerStartFailed { why } => failed(why),
        Event::StartFailed => failed(found.message),
        Event::Other if found.message.starts_with(b"Unable to include ") => failed(found.message),
        _ => record,
    }
}

/// What a worker said of itself: FPM's level stands before it where it has one.
fn said<'a>(record: Record<'a>, text: &'a [u8]) -> Record<'a> {
    let text = parse(text).map_or(text, |inner| inner.message);
    let (symptom, captured) = fastcgi::of_text(text);
    record
        .symptom(symptom)
        .text(captured.text)
        .number(captured.number)
}

/// `PHP Fatal error:  …`, with PHP's own time before it or without.
pub(super) fn message(line: &[u8]) -> Option<Record<'_>> {
    let mut record = Record::new(Server::Php, line);
    let text = match line.strip_prefix(b"[").and_then(log_time::day_first) {
        Some((civil, rest)) => {
            record.at = Some(LoggedAt::Civil(civil));
            scan::split_once(rest, "] ")?.1
        }
        None => line,
    };
    let text = text.strip_prefix(b"PHP message: ").unwrap_or(text);
    let known = text
        .strip_prefix(b"PHP ")
        .or_else(|| text.starts_with(b"Fatal error: ").then_some(text))?;
    record.message = known;
    if let Some(found) = super::database::words(known) {
        return Some(Record {
            symptom: found.symptom,
            ..record
        });
    }
    let (symptom, captured) = fastcgi::of_text(known);
    let text = captured.text.unwrap_or(known);
    Some(
        record
            .symptom(symptom)
            .text(Some(text))
            .number(captured.number),
    )
}
