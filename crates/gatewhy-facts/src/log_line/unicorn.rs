//! Unicorn: `E, [2015-12-01T10:25:17.009853 #13444] ERROR -- : message`, the form of
//! Ruby's own logger.
use super::record::{LoggedAt, Record, Server};
use super::table::{self, Row};
use super::wrapper;
use crate::scan;
use crate::symptom::Symptom;

const ROWS: &[Row] = &[
    (
        "worker={_#} PID:{_#} timeout ({#}s > {_#}s), killing",
        Symptom::BackendWorkerTimeout,
    ),
    (
        "worker={_#} PID:{_#} running too long ({#}s), sending {_}",
        Symptom::BackendSlowRequest,
    ),
    (
        "adding listener failed addr={} (in use)",
        Symptom::BackendAddressInUse,
    ),
    (
        "error adding listener addr={}",
        Symptom::BackendCannotListen,
    ),
    ("listening on addr={} fd={_#}", Symptom::BackendStarting),
    ("master process ready", Symptom::BackendStarting),
    ("worker={_#} ready", Symptom::BackendStarting),
    ("master complete", Symptom::BackendStopping),
    ("gracefully stopping all workers", Symptom::BackendStopping),
    ("executing [{_}", Symptom::BackendReloading),
    ("master loop error: {}", Symptom::BackendUncaught),
    ("app error: {}", Symptom::BackendRequestFailed),
    // unicorn-worker-killer
    (
        "{_}: worker (pid: {_#}) exceeds memory limit ({_}",
        Symptom::BackendWorkerRecycled,
    ),
    (
        "{_}: worker (pid: {_#}) exceeds max number of requests (limit: {_}",
        Symptom::BackendWorkerRecycled,
    ),
];

/// A line of Unicorn's log.
pub(super) fn line(line: &[u8]) -> Option<Record<'_>> {
    let (at, writer, message) = header(line)?;
    let record = Record::new(Server::Unicorn, message);
    let mut found = reaped(record).or_else(|| table::told(record, ROWS))?;
    found.at = Some(at);
    let about = scan::split_once(message, " PID:").and_then(|(_, rest)| scan::number(rest));
    let about = about.and_then(|(pid, _)| u32::try_from(pid).ok());
    found.pid = found.pid.or(about).or(Some(writer));
    Some(found)
}

/// When, by which process, and the message.
fn header(line: &[u8]) -> Option<(LoggedAt, u32, &[u8])> {
    let rest = line.get(1..)?.strip_prefix(b", [")?;
    let (time, rest) = scan::split_once(rest, " #")?;
    let (pid, rest) = scan::number(rest)?;
    let (level, rest) = scan::split_once(rest.strip_prefix(b"]")?, " -- ")?;
    let level = level.trim_ascii();
    let known = [&b"DEBUG"[..], b"INFO", b"WARN", b"ERROR", b"FATAL", b"ANY"];
    known.contains(&level).then_some(())?;
    let (_program, message) = scan::split_once(rest, ": ")?;
    Some((wrapper::iso(time)?, u32::try_from(pid).ok()?, message))
}

/// `reaped #<Process::Status: pid 812 SIGKILL (signal 9)> worker=1`; Ruby 1.8 writes
/// `pid=812,signaled(SIGKILL=9)`.
fn reaped(record: Record<'_>) -> Option<Record<'_>> {
    let status = record
        .message
        .strip_prefix(b"reaped #<Process::Status: pid")?;
    let (pid, rest) = scan::number(status.get(1..)?)?;
    let number_in = |open, close| scan::whole_number::<u64>(scan::between(rest, open, close)?);
    let signal = number_in("(signal ", ")").or_else(|| {
        let inside = scan::between(rest, "signaled(", ")")?;
        scan::whole_number(scan::split_once(inside, "=")?.1)
    });
    let code = number_in("exited(", ")").or_else(|| number_in(" exit ", ">"));
    let symptom = match (signal, code) {
        (Some(3 | 9 | 15), _) => Symptom::BackendWorkerKilled,
        (Some(_), _) => Symptom::BackendWorkerCrashed,
        (None, Some(0)) => Symptom::BackendWorkerRecycled,
        (None, _) => Symptom::BackendWorkerExited,
    };
    let record = record.symptom(symptom).number(signal.or(code));
    Some(record.pid(u32::try_from(pid).ok()))
}
