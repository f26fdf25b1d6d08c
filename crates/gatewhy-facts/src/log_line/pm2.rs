//! PM2's own log: `2026-11-20T03:12:04: PM2 log: App [shop:0] exited with code [1]
//! via signal [SIGINT]`; and supervisord, which does the same for any program.
use super::record::{Record, Server};
use super::table::{self, Row};
use crate::log_time;
use crate::scan;
use crate::symptom::Symptom;

const PM2: &[Row] = &[
    (
        "Script {} had too many unstable restarts ({_#}). Stopped. {_}",
        Symptom::BackendRestartLoop,
    ),
    (
        "App [{}] will restart in {_#}ms",
        Symptom::BackendRestartLoop,
    ),
    ("App [{}] starting in {_}", Symptom::BackendStarting),
    ("App [{}] online", Symptom::BackendStarting),
    (
        "Process with pid {_#} still alive after {_#}ms, sending {_}",
        Symptom::BackendStopping,
    ),
    (
        "[PM2][WORKER] Process {} restarted because it exceeds --max-memory-restart value {_}",
        Symptom::BackendHeapExhausted,
    ),
    (
        "[PM2] Process {} restarted because it exceeds --max-memory-restart value {_}",
        Symptom::BackendHeapExhausted,
    ),
    ("Stopping app:{}", Symptom::BackendStopping),
    ("pid={_#} msg=process killed", Symptom::BackendStopping),
    ("[PM2][ERROR] {}", Symptom::BackendStartFailed),
];

/// A line of PM2.
pub(super) fn pm2(line: &[u8]) -> Option<Record<'_>> {
    let text = scan::split_once(line, "PM2 log: ")
        .or_else(|| scan::split_once(line, "PM2 error: "))
        .map_or_else(
            || scan::split_once(line, "PM2        | ").map_or(line, |(_, rest)| rest),
            |(_, rest)| rest,
        );
    let record = Record::new(Server::Pm2, without_colour(text));
    exited(record).or_else(|| table::told(record, PM2))
}

/// Its program writes colours, to the journal as well: `ESC[31m[PM2][ERROR] …`.
fn without_colour(text: &[u8]) -> &[u8] {
    let coloured = text.strip_prefix(b"\x1b[");
    let bare = coloured.and_then(|rest| scan::split_once(rest, "m"));
    let is_code =
        |code: &[u8]| code.len() <= 5 && code.iter().all(|b| b.is_ascii_digit() || *b == b';');
    bare.filter(|(code, _)| is_code(code))
        .map_or(text, |(_, rest)| rest)
}

/// `App [NAME:ID] exited with code [1] via signal [SIGINT]`: the signal is SIGINT
/// also where there was none at all.
fn exited(record: Record<'_>) -> Option<Record<'_>> {
    let rest = record.message.strip_prefix(b"App [")?;
    // Version 2: `App [NAME] with id [0] and pid [812], exited with code [1] via …`.
    let (name, rest) = scan::split_once(rest, "]")?;
    let (between, rest) = scan::split_once(rest, "exited with code [")?;
    let second = || {
        let ids = between.strip_prefix(b" with id [")?.strip_suffix(b"], ")?;
        let (id, pid) = scan::split_once(ids, "] and pid [")?;
        let number = |text| scan::whole_number::<u32>(text).is_some();
        (number(id) && number(pid)).then_some(())
    };
    (between == b" ").then_some(()).or_else(second)?;
    let (code, rest) = scan::number(rest)?;
    let signal = scan::between(rest, "via signal [", "]").unwrap_or_default();
    let record = record.text(Some(name));
    Some(match signal {
        b"SIGKILL" => record.symptom(Symptom::BackendWorkerKilled).number(Some(9)),
        b"SIGSEGV" => record
            .symptom(Symptom::BackendWorkerCrashed)
            .number(Some(11)),
        b"SIGABRT" => record
            .symptom(Symptom::BackendWorkerCrashed)
            .number(Some(6)),
        _ if code == 0 => record.symptom(Symptom::BackendStopping),
        _ => record
            .symptom(Symptom::BackendWorkerExited)
            .number(Some(code)),
    })
}

const SUPERVISORD: &[Row] = &[
    (
        "gave up: {} entered FATAL state, too many start retries too quickly",
        Symptom::BackendRestartLoop,
    ),
    ("spawnerr: {}", Symptom::BackendStartFailed),
    (
        "exited: {} (terminated by SIGKILL; not expected)",
        Symptom::BackendWorkerKilled,
    ),
    (
        "exited: {} (terminated by {_}; not expected)",
        Symptom::BackendWorkerCrashed,
    ),
    (
        "exited: {} (exit status {#}; not expected)",
        Symptom::BackendWorkerExited,
    ),
    (
        "exited: {} (exit status {_#}; expected)",
        Symptom::BackendStopping,
    ),
    ("stopped: {} ({_})", Symptom::BackendStopping),
    ("spawned: '{}' with pid {_#}", Symptom::BackendStarting),
    (
        "success: {} entered RUNNING state{_}",
        Symptom::BackendStarting,
    ),
    ("waiting for {} to stop", Symptom::BackendStopping),
    ("killing '{}' ({_#}) with SIGKILL", Symptom::BackendStopping),
];

const LEVELS: [&[u8]; 5] = [b"INFO ", b"WARN ", b"CRIT ", b"ERRO ", b"DEBG "];

/// `2026-11-20 03:12:04,123 INFO exited: shop (exit status 1; not expected)`
pub(super) fn supervisord(line: &[u8]) -> Option<Record<'_>> {
    let rest = match log_time::year_first(line) {
        Some((_, rest)) => scan::split_once(rest, " ")?.1,
        None => line,
    };
    let message = LEVELS.iter().find_map(|level| rest.strip_prefix(*level))?;
    let record = table::told(Record::new(Server::Supervisord, message), SUPERVISORD)?;
    let killed = record.symptom == Some(Symptom::BackendWorkerKilled);
    Some(if killed {
        record.number(Some(9))
    } else {
        record
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_no_part_of_the_message() {
        let line =
            b"\x1b[31m[PM2][ERROR] \x1b[39mFailed to read dump file in /home/shop/.pm2/dump.pm2";
        let told = pm2(line).and_then(|record| record.symptom);
        assert_eq!(told, Some(Symptom::BackendStartFailed));
        assert_eq!(without_colour(b"\x1b[what]m"), b"\x1b[what]m");
    }
}
