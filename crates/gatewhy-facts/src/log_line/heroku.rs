//! Heroku's router, and what the platform says of an application's processes.
//! The codes are those of its documentation, "Heroku Error Codes".
use super::record::{Record, Server, Timing};
use super::table::{self, Row};
use crate::nginx::error_log::Peer;
use crate::scan;
use crate::symptom::Symptom;

const CODES: &[(&[u8], Symptom)] = &[
    (b"H10", Symptom::BackendWorkerCrashed),
    (b"H11", Symptom::QueueTimeout),
    (b"H12", Symptom::ResponseTimeout),
    (b"H13", Symptom::ClosedBeforeResponse),
    (b"H14", Symptom::NoTargets),
    (b"H15", Symptom::BodyTimeout),
    (b"H17", Symptom::ResponseInvalid),
    (b"H18", Symptom::ClosedInBody),
    (b"H19", Symptom::ConnectTimeout),
    (b"H20", Symptom::BackendStartFailed),
    (b"H21", Symptom::ConnectRefused),
    (b"H22", Symptom::GatewayConnectionLimit),
    (b"H25", Symptom::ResponseInvalid),
    (b"H26", Symptom::ClientRequestInvalid),
    (b"H27", Symptom::ClientClosed),
    (b"H28", Symptom::ClientTimeout),
];

/// `at=error code=H12 desc="Request timeout" method=GET path="/" …`. The path is a
/// visitor's, and stands behind the code.
pub(super) fn router(line: &[u8]) -> Option<Record<'_>> {
    let message = line.strip_prefix(b"heroku router - - ").unwrap_or(line);
    let (level, rest) = scan::split_once(message.strip_prefix(b"at=")?, " ")?;
    let known = matches!(level, b"info" | b"warning" | b"error") && scan::holds(rest, " dyno=");
    known.then_some(())?;
    let mut record = Record::new(Server::Heroku, message);
    if let Some((code, rest)) = rest
        .strip_prefix(b"code=")
        .and_then(|rest| scan::split_once(rest, " "))
    {
        let found = CODES.iter().find(|(known, _)| *known == code);
        record.symptom = found.map(|(_, symptom)| *symptom);
        record.code = Some(code);
        record.text = scan::between(rest, "desc=\"", "\"");
    }
    // Behind everything that a visitor may write.
    let (_, tail) = scan::rsplit_once(rest, " dyno=").unwrap_or((rest, rest));
    let dyno = tail.split(|b| *b == b' ').next();
    record.peer = dyno.filter(|d| !d.is_empty()).map(Peer::Name);
    record.status = scan::split_once(tail, "status=").and_then(|(_, n)| leading(n));
    let passed_on = record.code.is_none() && record.status.is_some_and(|status| status >= 500);
    if passed_on {
        record.symptom = Some(Symptom::PassedOnError);
        record.number = record.status.map(u64::from);
    }
    let ms = |name| scan::split_once(tail, name).and_then(|(_, n)| leading(n));
    record.timing = Timing {
        connect_ms: ms("connect="),
        total_ms: ms("service="),
        logged: true,
        ..Timing::default()
    };
    Some(record)
}

fn leading<T: TryFrom<u64>>(text: &[u8]) -> Option<T> {
    T::try_from(scan::number(text)?.0).ok()
}

const PLATFORM: &[Row] = &[
    ("Error R10 ({}) -> {_}", Symptom::BackendStartFailed),
    ("Error R15 ({}){_}", Symptom::UnitOomKilled),
    (
        "State changed from {_} to crashed",
        Symptom::BackendWorkerCrashed,
    ),
    ("Process exited with status 0", Symptom::BackendStopping),
    (
        "Process exited with status {#}",
        Symptom::BackendWorkerExited,
    ),
    (
        "Stopping all processes with SIGTERM",
        Symptom::BackendStopping,
    ),
    ("Restarting", Symptom::BackendStopping),
];

/// What the platform says: only where the log says that it was the platform.
pub(super) fn platform(line: &[u8]) -> Option<Record<'_>> {
    table::told(Record::new(Server::Heroku, line), PLATFORM)
}
