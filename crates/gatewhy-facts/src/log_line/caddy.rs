//! Caddy 2 in JSON and on the console, and Caddy 1's error lines.
use super::errno;
use super::go_error;
use super::json::Object;
use super::nginx::judge_access;
use super::record::{LoggedAt, Record, Server};
use super::wrapper;
use crate::log_time;
use crate::nginx::error_log::Peer;
use crate::scan;
use crate::symptom::Symptom;
use crate::time::Moment;

/// A line of JSON.
pub(super) fn json(line: &[u8]) -> Option<Record<'_>> {
    let fields = Object::parse(line)?;
    let logger = fields.get("logger")?;
    let message = fields.get("msg")?;
    let known =
        logger.starts_with(b"http") || logger.starts_with(b"tls") || logger.starts_with(b"admin");
    known.then_some(())?;
    let mut record = Record::new(Server::Caddy, message);
    record.at = fields.get("ts").and_then(moment);
    record.status = fields.get("status").and_then(scan::whole_number);
    let request = fields.object("request");
    record.host = request.and_then(|request| request.get("host"));
    record.request = request.and_then(|request| request.get("uri"));
    record.client = request.and_then(|request| request.get("remote_ip"));
    record.peer = fields.get("upstream").map(Peer::parse);
    Some(of_message(
        record,
        logger,
        fields.get("error").or_else(|| fields.get("status_code")),
    ))
}

/// Seconds with a fraction, or an ISO time.
pub(super) fn moment(text: &[u8]) -> Option<LoggedAt> {
    match scan::number(text) {
        Some((secs, b"")) => Some(LoggedAt::Moment(Moment::from_secs(
            i64::try_from(secs).ok()?,
        ))),
        Some((secs, rest)) if rest.starts_with(b".") => Some(LoggedAt::Moment(Moment::from_secs(
            i64::try_from(secs).ok()?,
        ))),
        _ => wrapper::iso(text),
    }
}

fn of_message<'a>(record: Record<'a>, logger: &[u8], error: Option<&'a [u8]>) -> Record<'a> {
    // Names get their certificates without any backend.
    if logger.starts_with(b"tls") || logger.starts_with(b"http.acme") {
        return record;
    }
    if scan::holds(logger, "log.access") {
        return judge_access(record, super::nginx::UpstreamFields::default());
    }
    if scan::holds(logger, "health_checker") {
        let symptom = match record.message {
            b"host is up" => Symptom::ServerUp,
            _ => Symptom::HealthCheckFailed,
        };
        return record.symptom(symptom).text(error.or(Some(record.message)));
    }
    if record.message == b"aborting with incomplete response" {
        return record.symptom(Symptom::ClosedInBody);
    }
    if record.message == b"stderr" {
        return record.symptom(Symptom::FastCgiStderr);
    }
    let texts = [Some(record.message), error];
    let found = texts.into_iter().flatten().find_map(go_error::read);
    found.map_or(record, |found| found.told(record))
}

/// `2026/11/20 03:12:04.123 ERROR http.log.error dial tcp …: connection refused {"request": …}`
pub(super) fn console(line: &[u8]) -> Option<Record<'_>> {
    let (level_at, logger) = [
        "http.log.error",
        "http.log.access",
        "http.handlers.reverse_proxy",
        "http.reverse_proxy",
    ]
    .iter()
    .find_map(|logger| Some((memchr::memmem::find(line, logger.as_bytes())?, *logger)))?;
    let before = line.get(..level_at)?;
    scan::may_precede(before).then_some(())?;
    ["ERROR", "WARN", "INFO", "DEBUG"]
        .iter()
        .any(|level| scan::holds(before, level))
        .then_some(())?;
    let rest = line.get(level_at..)?;
    let name = rest.iter().take_while(|b| !b.is_ascii_whitespace()).count();
    let logger = rest.get(..name).unwrap_or(logger.as_bytes());
    let message = rest.get(name..)?.trim_ascii();
    let (message, fields) = match scan::split_once(message, "{\"") {
        Some((message, _)) => (
            message.trim_ascii_end(),
            Object::parse(rest.get(rest.len() - message_tail(message, rest)..)?),
        ),
        None => (message, None),
    };
    let mut record = Record::new(Server::Caddy, message);
    record.status = fields
        .and_then(|f| f.get("status"))
        .and_then(scan::whole_number);
    let error = fields.and_then(|fields| fields.get("error"));
    Some(of_message(record, logger, error))
}

/// Bytes from the opening brace to the end.
fn message_tail(_message: &[u8], rest: &[u8]) -> usize {
    memchr::memmem::find(rest, b"{\"").map_or(0, |at| rest.len() - at)
}

/// What the program says when it ends because of its configuration
/// (`cmd/commandfuncs.go`): `Error: loading initial config: …`.
pub(super) fn command(line: &[u8]) -> Option<Record<'_>> {
    const OPENINGS: [&[u8]; 6] = [
        b"loading initial config: ",
        b"adapting config using ",
        b"reading config from file: ",
        b"reading config file: ",
        b"sending configuration to instance: ",
        b"caddy process exited with error: ",
    ];
    let why = line
        .strip_prefix(b"Error: ")
        .or_else(|| line.strip_prefix(b"run: "))?;
    OPENINGS.iter().find(|opening| why.starts_with(opening))?;
    let (_, last) = scan::rsplit_once(why, ": ")?;
    let listens = scan::holds(why, ": listen tcp");
    let symptom = match errno::number(last) {
        Some(98) if listens => Symptom::StartAddressInUse,
        Some(13) if listens => Symptom::StartBindDenied,
        Some(99) if listens => Symptom::StartAddressAbsent,
        _ => Symptom::StartConfigInvalid,
    };
    let text = scan::between(why, ": listen tcp ", ": ").unwrap_or(why);
    Some(
        Record::new(Server::Caddy, why)
            .symptom(symptom)
            .text(Some(text)),
    )
}

/// What Caddy 1 logs of its own affairs: certificates (`[ERROR][NAME] …`, in the words
/// of its ACME library) and telemetry. Requests have a status instead.
fn own_affairs(line: &[u8]) -> Option<Record<'_>> {
    let (_, rest) = log_time::year_first(line)?;
    let rest = rest.strip_prefix(b" [")?;
    let (level, rest) = scan::split_once(rest, "]")?;
    matches!(level, b"ERROR" | b"WARNING" | b"INFO" | b"NOTICE").then_some(())?;
    let named = rest.strip_prefix(b"[").and_then(|rest| {
        let (name, message) = scan::split_once(rest, "] ")?;
        let plain = |b: &u8| b.is_ascii_alphanumeric() || b"-_.*, ".contains(b);
        name.iter().all(plain).then_some(message)
    });
    let telemetry = rest.strip_prefix(b" Sending telemetry: ");
    Some(Record::new(Server::Caddy, named.or(telemetry)?))
}

/// Caddy 1: `[ERROR 502 /path] dial tcp …`
pub(super) fn first_version(line: &[u8]) -> Option<Record<'_>> {
    if let Some(found) = own_affairs(line) {
        return Some(found);
    }
    let at = memchr::memmem::find(line, b"[ERROR ")?;
    let before = line.get(..at)?;
    // `20/Nov/2026:03:12:04 +0000 `
    (log_time::day_first(before).is_some() || scan::may_precede(before)).then_some(())?;
    let rest = line.get(at + 7..)?;
    let (status, rest) = scan::number(rest)?;
    let (_, message) = scan::split_once(rest, "] ")?;
    let mut record = Record::new(Server::Caddy, message);
    record.status = u16::try_from(status).ok();
    if matches!(
        message,
        b"no hosts available upstream" | b"unreachable backend"
    ) {
        return Some(record.symptom(Symptom::NoLiveUpstreams));
    }
    let found = go_error::read(message);
    Some(found.map_or(record, |found| found.told(record)))
}
