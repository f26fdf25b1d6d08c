//! Puma and Passenger.
use super::record::{LoggedAt, Record, Server};
use super::table::{self, Row};
use crate::log_time;
use crate::symptom::Symptom;

const PUMA: &[Row] = &[
    (
        "! Terminating timed out worker (Worker {_#} failed to check in within {#} seconds): {_}",
        Symptom::BackendWorkerTimeout,
    ),
    (
        "! Terminating timed out worker{_}: {_}",
        Symptom::BackendWorkerTimeout,
    ),
    (
        "! Terminating timed out worker (Worker {_#} failed to boot within {_} seconds){_}",
        Symptom::BackendStartFailed,
    ),
    (
        "! Complete inability to spawn new workers detected",
        Symptom::BackendRestartLoop,
    ),
    ("! Seppuku is the only choice.", Symptom::BackendRestartLoop),
    (
        "! reaped unknown child process {_}",
        Symptom::BackendWorkerExited,
    ),
    (
        "Detected force shutdown of a thread{_}",
        Symptom::BackendStopping,
    ),
    (
        "HTTP parse error, malformed request{}",
        Symptom::BackendRequestInvalid,
    ),
    (
        "{_}HTTP parse error, malformed request{}",
        Symptom::BackendRequestInvalid,
    ),
    ("{_}SSL error, peer: {}", Symptom::BackendRequestInvalid),
    (
        "- Gracefully shutting down workers...",
        Symptom::BackendStopping,
    ),
    (
        "- Gracefully stopping, waiting for requests to finish",
        Symptom::BackendStopping,
    ),
    ("=== puma shutdown: {_} ===", Symptom::BackendStopping),
    ("Puma starting in {_} mode...", Symptom::BackendStarting),
    ("* Listening on {}", Symptom::BackendStarting),
    (
        "{_}Address already in use - bind(2) for {} (Errno::EADDRINUSE)",
        Symptom::BackendAddressInUse,
    ),
    (
        "{_}Permission denied - bind(2) for {}",
        Symptom::BackendCannotListen,
    ),
];

/// A line of Puma; in clusters `[PID] ` stands before it.
pub(super) fn puma(line: &[u8]) -> Option<Record<'_>> {
    let text = match line.strip_prefix(b"[").and_then(crate::scan::number) {
        Some((_, rest)) => rest.strip_prefix(b"] ")?,
        None => line,
    };
    let bare = text
        .strip_prefix(b"* ")
        .filter(|rest| rest.starts_with(b"Puma starting"))
        .unwrap_or(text);
    table::told(Record::new(Server::Puma, bare), PUMA)
}

const PASSENGER: &[Row] = &[
    (
        "{_}Returning HTTP {_#} due to: Request queue full{_}",
        Symptom::BackendWorkersBusy,
    ),
    (
        "{_}Sending 502 response: application did not send a complete response{_}",
        Symptom::ClosedBeforeResponse,
    ),
    (
        "{_}Sending 502 response: application socket read error{_}",
        Symptom::ResetBeforeResponse,
    ),
    (
        "{_}application did not send a complete response",
        Symptom::ClosedInBody,
    ),
    ("{_}app socket read error: {_}", Symptom::ResetInBody),
    ("{_}app socket write error: {_}", Symptom::ResetInBody),
    (
        "{_}client socket write error: {_}",
        Symptom::BackendClientGone,
    ),
    (
        "{_}Cannot checkout session because a spawning error occurred{_}",
        Symptom::BackendStartFailed,
    ),
    (
        "{_}Could not spawn process for application {}: {_}",
        Symptom::BackendStartFailed,
    ),
    (
        "{_}Cannot spawn application '{}'{_}",
        Symptom::BackendStartFailed,
    ),
    (
        "{_}Web application could not be started{_}",
        Symptom::BackendStartFailed,
    ),
    (
        "{_}Request queue full. Returning error page",
        Symptom::BackendWorkersBusy,
    ),
    (
        "{_}request queue is full. Returning an error{_}",
        Symptom::BackendWorkersBusy,
    ),
    (
        "{_}Passenger {_}process {_} crashed{_}",
        Symptom::BackendWorkerCrashed,
    ),
];

/// A line of Passenger: `[ E 2026-11-20 03:12:04.1 812/T3 age/Cor/App/… ]: message`;
/// version 5 left the level out.
pub(super) fn passenger(line: &[u8]) -> Option<Record<'_>> {
    let (head, message) = crate::scan::split_once(line.strip_prefix(b"[ ")?, " ]: ")?;
    let time = head.get(2..).filter(|_| head.get(1) == Some(&b' '));
    let at = log_time::year_first(time.unwrap_or(head));
    let old = head.starts_with(b"pid=");
    (at.is_some() || old).then_some(())?;
    let record = table::told(Record::new(Server::Passenger, message), PASSENGER)?;
    let at = at.map(|(civil, _)| LoggedAt::Civil(civil));
    Some(Record { at, ..record })
}
