//! Traefik: its access log in JSON, and its own log in JSON, logfmt or on the
//! console.
use super::go_error;
use super::json::Object;
use super::record::{Record, Server};
use super::wrapper;
use crate::nginx::error_log::Peer;
use crate::scan;
use crate::symptom::Symptom;

/// The access log.
pub(super) fn access(line: &[u8]) -> Option<Record<'_>> {
    let fields = Object::parse(line)?;
    let status: u16 = scan::whole_number(fields.get("DownstreamStatus")?)?;
    let origin: Option<u16> = fields
        .get("OriginStatus")
        .and_then(scan::whole_number)
        .filter(|s| *s > 0);
    let mut record = Record::new(Server::Traefik, line);
    record.at = fields
        .get("time")
        .or_else(|| fields.get("StartUTC"))
        .and_then(wrapper::iso);
    record.status = Some(status);
    record.client = fields.get("ClientHost");
    record.host = fields.get("RequestHost");
    record.request = fields.get("RequestPath");
    record.group = fields.get("ServiceName");
    record.peer = fields
        .get("ServiceAddr")
        .or_else(|| fields.get("ServiceURL"))
        .map(peer);
    record.symptom = match (status, origin) {
        (499, _) => Some(Symptom::ClientClosed),
        (500..=599, Some(origin)) if origin == status => Some(Symptom::PassedOnError),
        (503, None) => Some(Symptom::NoLiveUpstreams),
        (500 | 502 | 504, None) => Some(Symptom::GatewayAnsweredError),
        (502..=504, _) => Some(Symptom::GatewayAnsweredError),
        _ => None,
    };
    Some(record)
}

fn peer(url: &[u8]) -> Peer<'_> {
    let rest = scan::split_once(url, "://").map_or(url, |(_, rest)| rest);
    Peer::parse(rest.split(|b| *b == b'/').next().unwrap_or(rest))
}

/// The log itself: the error of a backend is written at debug level only.
pub(super) fn own(line: &[u8]) -> Option<Record<'_>> {
    let (message, error) = parts(line)?;
    let record = Record::new(Server::Traefik, message);
    let bad = [
        "502 Bad Gateway",
        "504 Gateway Timeout",
        "500 Internal Server Error",
        "499 Client Closed Request",
    ]
    .iter()
    .any(|words| scan::holds(message, words));
    if bad {
        let caused = scan::split_once(message, "caused by: ").map(|(_, error)| error);
        let error = error.or(caused)?;
        let found = go_error::read(error);
        return Some(found.map_or(record, |found| found.told(record)));
    }
    if scan::holds(message, "Health check failed") {
        return Some(record.symptom(Symptom::HealthCheckFailed).text(error));
    }
    None
}

/// Message and error of a line in any of its forms.
fn parts(line: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    if let Some(fields) = Object::parse(line) {
        let message = fields.get("message").or_else(|| fields.get("msg"))?;
        return Some((message, fields.get("error")));
    }
    // The message alone.
    if line.starts_with(b"'5") && scan::holds(line, "' caused by: ") {
        return Some((line, None));
    }
    if let Some((before, rest)) = scan::split_once(line, " msg=\"") {
        before.starts_with(b"time=\"").then_some(())?;
        return Some((
            closed(rest),
            scan::split_once(line, " error=\"").map(|(_, e)| closed(e)),
        ));
    }
    // `2026-11-20T03:12:04Z DBG github.com/…/proxy.go:117 > 502 Bad Gateway error="…"`
    let (before, rest) = scan::split_once(line, " > ")?;
    let word = before.split(|b| *b == b' ').next()?;
    (wrapper::iso(word).is_some() || scan::may_precede(before)).then_some(())?;
    let (message, error) = match scan::split_once(rest, " error=\"") {
        Some((message, error)) => (message, Some(closed(error))),
        None => (rest, None),
    };
    Some((message, error))
}

/// Up to a quote that is not escaped.
fn closed(text: &[u8]) -> &[u8] {
    let mut before = 0;
    for (at, byte) in text.iter().enumerate() {
        if *byte == b'"' && before != b'\\' {
            return text.get(..at).unwrap_or(text);
        }
        before = *byte;
    }
    text
}
