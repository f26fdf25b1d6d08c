//! Varnish: records of its shared log as `varnishlog` prints them, and what its
//! manager writes to syslog.
use super::record::{Record, Server};
use super::table::{self, Row};
use crate::scan;
use crate::symptom::Symptom;

/// `-   FetchError     backend default: fail errno 111 (Connection refused)`
pub(super) fn record(line: &[u8]) -> Option<Record<'_>> {
    let text = line.trim_ascii_start();
    // Behind the dashes of a grouped output, or an id of a raw one.
    let marks = text
        .iter()
        .take_while(|b| matches!(b, b'-' | b'*' | b'<'))
        .count();
    let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
    let mut text = text.get(marks.max(digits)..)?.trim_ascii_start();
    let grouped = marks > 0 || digits > 0;
    // `-v` puts the id behind the dashes as well.
    if let Some((_, behind)) = scan::number(text).filter(|_| marks > 0) {
        text = behind.trim_ascii_start();
    }
    let end = text.iter().position(u8::is_ascii_whitespace)?;
    let (tag, rest) = text.split_at_checked(end)?;
    let mut message = rest.trim_ascii();
    if let Some(raw) = message
        .strip_prefix(b"b ")
        .or_else(|| message.strip_prefix(b"c "))
    {
        message = raw;
    }
    let record = Record::new(Server::Varnish, message);
    match tag {
        b"FetchError" => fetch_error(record),
        b"VCL_Error" => table::told(record, VCL),
        b"BerespStatus" | b"RespStatus" if grouped => status(record, tag),
        b"Backend_health" if grouped => health(record),
        _ => None,
    }
}

const FETCH: &[Row] = &[
    ("backend {}: unhealthy", Symptom::NoLiveUpstreams),
    ("backend {}: busy", Symptom::GatewayConnectionLimit),
    (
        "backend {}: proxy write errno {_}",
        Symptom::ResetWhileSending,
    ),
    ("backend {}: fail", Symptom::ConnectFailed),
    ("no backend connection", Symptom::ConnectFailed),
    ("No backend", Symptom::NoLiveUpstreams),
    ("Director {} returned no backend", Symptom::NoLiveUpstreams),
    ("HTC eof {_}", Symptom::ClosedBeforeResponse),
    ("HTC status -1", Symptom::ClosedBeforeResponse),
    // Version 5 wrote its own number for a backend that said nothing in time.
    ("HTC status 3", Symptom::ResponseTimeout),
    ("HTC idle {_}", Symptom::ResponseTimeout),
    // Version 3: the number of a read that ran out of time.
    (
        "http first read error: {_} 11 {_}",
        Symptom::ResponseTimeout,
    ),
    ("http first read error: {_}", Symptom::ClosedBeforeResponse),
    ("http read error: {_} 11 {_}", Symptom::BodyTimeout),
    ("straight read_error: {_} 11 {_}", Symptom::BodyTimeout),
    ("straight read_error: {_}", Symptom::ClosedInBody),
    ("chunked read_error: {_} 11 {_}", Symptom::BodyTimeout),
    ("chunked read_error: {_}", Symptom::ClosedInBody),
    ("first byte timeout{_}", Symptom::ResponseTimeout),
    ("timeout", Symptom::ResponseTimeout),
    ("overflow", Symptom::HeaderTooBig),
    ("Received junk", Symptom::StatusLineMissing),
    ("http format error", Symptom::HeaderInvalid),
    ("backend write error: {_}", Symptom::ResetWhileSending),
    ("req.body read error: {_}", Symptom::ClientIoFailed),
    ("straight insufficient bytes", Symptom::ClosedInBody),
    ("chunked insufficient bytes", Symptom::ClosedInBody),
    ("chunked read err", Symptom::ClosedInBody),
    ("eof socket fail", Symptom::ClosedInBody),
    ("chunked {}", Symptom::ChunkInvalid),
    ("bogusly large chunk size", Symptom::ChunkInvalid),
    ("Resource temporarily unavailable", Symptom::BodyTimeout),
    ("Could not get storage", Symptom::GatewayWorkspaceExhausted),
    ("out of workspace{_}", Symptom::GatewayWorkspaceExhausted),
    ("Workspace overflow", Symptom::GatewayWorkspaceExhausted),
    (
        "No thread available for bgfetch",
        Symptom::GatewayWorkspaceExhausted,
    ),
    ("Junk after gzip data", Symptom::ContentCodingInvalid),
    (
        "Gunzip error at the very end",
        Symptom::ContentCodingInvalid,
    ),
    ("Gzip failed", Symptom::ContentCodingInvalid),
    ("Invalid Gzip{_}", Symptom::ContentCodingInvalid),
];

fn fetch_error(record: Record<'_>) -> Option<Record<'_>> {
    let errno = scan::split_once(record.message, ": fail errno ");
    if let Some((name, rest)) = errno {
        let (number, _) = scan::number(rest)?;
        let number = u16::try_from(number).ok()?;
        let record = Record {
            errno: Some(number),
            ..record
        };
        // Version 7.1 says "errno 0" for a refused connection.
        let symptom = match number {
            0 => Symptom::ConnectFailed,
            11 => Symptom::BacklogFull,
            110 => Symptom::ConnectTimeout,
            other => super::errno::connect(other, None),
        };
        return Some(record.symptom(symptom).text(name.strip_prefix(b"backend ")));
    }
    table::told(record, FETCH).or(Some(record))
}

const VCL: &[Row] = &[
    (
        "Too many retries, delivering 503",
        Symptom::GatewayAnsweredError,
    ),
    ("{_}", Symptom::GatewayMisconfigured),
];

/// The backend's own status; the visitor's alone says less.
fn status<'a>(record: Record<'a>, tag: &[u8]) -> Option<Record<'a>> {
    let status: u16 = scan::whole_number(record.message)?;
    let symptom = match tag {
        b"BerespStatus" => Symptom::PassedOnError,
        _ => Symptom::GatewayAnsweredError,
    };
    let record = Record {
        status: Some(status),
        ..record
    };
    // Varnish's own error page counts as the backend's status 503, too.
    Some(if status >= 500 {
        record.symptom(symptom)
    } else {
        record
    })
}

/// `boot.default Went sick -------- 0 3 5 0.0 0.0 Open timeout`
fn health(record: Record<'_>) -> Option<Record<'_>> {
    let words = [
        ("Went sick", Symptom::ServerMarkedDown),
        ("Still sick", Symptom::HealthCheckFailed),
        ("Back healthy", Symptom::ServerUp),
        ("Went healthy", Symptom::ServerUp),
    ];
    let (_, symptom) = words
        .into_iter()
        .find(|(words, _)| scan::holds(record.message, words))?;
    Some(record.symptom(symptom).text(Some(record.message)))
}

/// `Child (812) died signal=6`
pub(super) fn manager(line: &[u8]) -> Option<Record<'_>> {
    const ROWS: &[Row] = &[
        ("Child ({_#}) died signal={#}{_}", Symptom::WorkerCrashed),
        ("Child ({_#}) Panic at: {}", Symptom::WorkerCrashed),
        ("Child ({_#}) Panic message:{}", Symptom::WorkerCrashed),
        (
            "Child ({_#}) not responding to CLI, killed it.",
            Symptom::WorkerCrashed,
        ),
        (
            "Child ({_#}) not responding to CLI, killing it.",
            Symptom::WorkerCrashed,
        ),
        ("VCL compilation failed", Symptom::StartConfigInvalid),
        (
            "Running VCC-compiler failed, exited with {_}",
            Symptom::StartConfigInvalid,
        ),
    ];
    let line = line.strip_prefix(b"Error: ").unwrap_or(line);
    table::told(Record::new(Server::Varnish, line), ROWS)
}
