//! Caddy 2 in JSON and on the console, and Caddy 1's error lines.
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

/// Caddy 1: `[ERROR 502 /path] dial tcp …`
pub(super) fn first_version(line: &[u8]) -> Option<Record<'_>> {
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
