//! Tomcat and its kin: `25-Feb-2023 00:18:50.221 SEVERE [main] org.apache.… text`.
use super::record::{LoggedAt, Record, Server};
use super::table::{self, Row};
use crate::log_time;
use crate::nginx::error_log::letters::{self, Field, Spoken};
use crate::scan;
use crate::symptom::Symptom;

const ROWS: &[Row] = &[
    (
        "The AJP Connector is configured with secretRequired=\"true\" but the secret attribute is either null or \"\".{}",
        Symptom::BackendStartFailed,
    ),
    (
        "Header message of length [{#}] received but the packetSize is only [{_#}]",
        Symptom::BackendRequestTooBig,
    ),
    (
        "Invalid message received with signature [{#}]",
        Symptom::ForeignProtocol,
    ),
    (
        "Invalid message received with signature {#}",
        Symptom::ForeignProtocol,
    ),
    (
        "Failed to initialize connector {}",
        Symptom::BackendStartFailed,
    ),
    (
        "Failed to initialize component {}",
        Symptom::BackendStartFailed,
    ),
    ("Failed to start component {}", Symptom::BackendStartFailed),
    ("Failed to start connector {}", Symptom::BackendStartFailed),
    (
        "Protocol handler initialization failed{}",
        Symptom::BackendStartFailed,
    ),
    (
        "Protocol handler start failed{}",
        Symptom::BackendStartFailed,
    ),
    ("Socket accept failed{_}", Symptom::BackendOutOfFiles),
    (
        "Context [{}] startup failed due to previous errors",
        Symptom::BackendUnavailable,
    ),
    (
        "One or more listeners failed to start. {_}",
        Symptom::BackendUnavailable,
    ),
    (
        "One or more Filters failed to start. {_}",
        Symptom::BackendUnavailable,
    ),
    (
        "Marking servlet [{}] as unavailable",
        Symptom::BackendUnavailable,
    ),
    (
        "Servlet [{}] is currently unavailable",
        Symptom::BackendUnavailable,
    ),
    (
        "This application is not currently available",
        Symptom::BackendUnavailable,
    ),
    (
        "Thread [{_}] (id=[{_#}]) has been active for [{_}] milliseconds (since [{_}]) to serve the same request for [{}] and may be stuck {_}",
        Symptom::BackendSlowRequest,
    ),
    (
        "Socket processing request was rejected for [{_}]",
        Symptom::BackendWorkersBusy,
    ),
    ("Executor rejected socket{_}", Symptom::BackendWorkersBusy),
    (
        "Maximum number of threads ({#}) created for connector with address {_}",
        Symptom::BackendWorkersBusy,
    ),
    (
        "All threads ({#}) are currently busy, waiting. {_}",
        Symptom::BackendWorkersBusy,
    ),
    (
        "An attempt was made to write more data to the response headers than there was room available in the buffer.{_}",
        Symptom::BackendRequestFailed,
    ),
    (
        "Error parsing HTTP request header{_}",
        Symptom::BackendRequestInvalid,
    ),
    ("Request header is too large", Symptom::BackendRequestTooBig),
    (
        "Server startup in [{_}] milliseconds",
        Symptom::BackendStarting,
    ),
    ("Server startup in {_} ms", Symptom::BackendStarting),
    ("Stopping service [{_}]", Symptom::BackendStopping),
    ("Pausing ProtocolHandler [{_}]", Symptom::BackendStopping),
    (
        "Servlet.service() for servlet [{_}] in context with path [{_}] threw exception{_}",
        Symptom::BackendRequestFailed,
    ),
];

/// A line of Tomcat's log, whatever it says.
pub(super) fn dated(text: &[u8]) -> Option<Record<'_>> {
    const LEVELS: [&[u8]; 6] = [
        b"SEVERE", b"WARNING", b"INFO", b"CONFIG", b"FINE", b"FINEST",
    ];
    let (civil, rest) = log_time::day_first(text)?;
    let (_, rest) = scan::split_once(rest, " ")?;
    let (level, _) = scan::split_once(rest, " [")?;
    LEVELS.contains(&level).then_some(())?;
    let mut record = Record::new(Server::Tomcat, text);
    record.at = Some(LoggedAt::Civil(civil));
    Some(line(text).unwrap_or(record))
}

/// A line of Tomcat's log, or the exception that follows one.
pub(super) fn line(line: &[u8]) -> Option<Record<'_>> {
    let (at, text) = match log_time::day_first(line) {
        Some((civil, rest)) => (Some(LoggedAt::Civil(civil)), message(rest)?),
        None => (None, exception(line).unwrap_or(line)),
    };
    let record = table::told(Record::new(Server::Tomcat, text), ROWS)?;
    let symptom = record.symptom.map(|symptom| match symptom {
        Symptom::ForeignProtocol if !is_letters(record.number) => Symptom::BackendRequestInvalid,
        symptom => symptom,
    });
    Some(Record {
        at,
        symptom,
        ..record
    })
}

/// Whether the first two bytes of a packet were another protocol's, and not the rest
/// of a packet that is larger than `packetSize`.
fn is_letters(signature: Option<u64>) -> bool {
    let decoded = signature.and_then(|n| letters::decode_number(Field::AjpSignature, n));
    decoded.is_some_and(|decoded| decoded.spoken != Spoken::Text)
}

/// `.221 SEVERE [main] org.apache.catalina.X.method text`
fn message(rest: &[u8]) -> Option<&[u8]> {
    let (_, rest) = scan::split_once(rest, "] ")?;
    scan::split_once(rest, " ").map(|(_, message)| message)
}

/// `Caused by: java.lang.IllegalArgumentException: text`
fn exception(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"Caused by: ").unwrap_or(line);
    let (class, text) = scan::split_once(rest, ": ")?;
    let plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'$');
    (class.contains(&b'.') && class.iter().all(plain)).then_some(text)
}
