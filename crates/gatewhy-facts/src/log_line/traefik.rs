//! Traefik: its access log in JSON, and its own log in JSON, logfmt or on the
//! console.
use super::go_error;
use super::json::Object;
use super::record::{Record, Server};
use super::wrapper;
use crate::nginx::error_log::Peer;
use crate::scan;
use crate::symptom::Symptom;
use crate::traefik::access_log;

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
    let passed_on = status >= 500 && access_log::read(line)?.from_backend == Some(true);
    record.symptom = match (status, origin) {
        (499, _) => Some(Symptom::ClientClosed),
        // Traefik writes its own answer in the backend's place: the status alone proves nothing.
        (500 | 502 | 504, Some(_)) if !passed_on => Some(Symptom::GatewayAnsweredError),
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
    // Names get their certificates without any backend (`pkg/provider/acme`).
    if message.starts_with(b"Unable to obtain ACME certificate ") {
        return Some(record);
    }
    if message.starts_with(b"http: ") || message.starts_with(b"http2: server: ") {
        return Some(go_error::read(message)?.told(record));
    }
    // Version 1 (oxy): the visitor's address stands before the error.
    if let Some(rest) = message.strip_prefix(b"Error forwarding to ") {
        let (_, error) = scan::rsplit_once(rest, ", err: ")?;
        return Some(go_error::read(error)?.told(record));
    }
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
    if message == b"Command error" {
        return Some(record.symptom(Symptom::StartConfigInvalid).text(error));
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
    // `2026-11-20T03:12:04Z DBG github.com/…/proxy.go:117 > 502 Bad Gateway error="…"`,
    // to the standard output with colours, though nobody sees them there.
    let rest = behind_level(line)?;
    let (message, error) = match scan::split_once(rest, "error=") {
        Some((message, error)) => (message, scan::split_once(error, "\"")),
        None => (rest, None),
    };
    Some((bare(message), error.map(|(_, error)| closed(error))))
}

/// Levels as zerolog writes them for people.
const LEVELS: [&str; 4] = ["WRN", "ERR", "DBG", "INF"];

/// What stands behind the level, and behind the caller that the level `DEBUG` adds.
fn behind_level(line: &[u8]) -> Option<&[u8]> {
    if let Some((before, rest)) = scan::split_once(line, " >") {
        let word = bare(before).split(|b| matches!(*b, b' ' | 0x1b)).next()?;
        let is_level = LEVELS.iter().any(|level| level.as_bytes() == word);
        let is_head = is_level || wrapper::iso(word).is_some() || scan::may_precede(before);
        return is_head.then_some(rest);
    }
    bare(line).first().filter(|byte| byte.is_ascii_digit())?;
    let mut found = LEVELS
        .iter()
        .filter_map(|level| scan::split_once(line, level));
    found
        .find(|(before, _)| before.len() < 48)
        .map(|(_, rest)| rest)
}

/// Without blanks and colours at its ends.
fn bare(text: &[u8]) -> &[u8] {
    let mut text = text.trim_ascii();
    while let Some(rest) = text.strip_prefix(b"\x1b[") {
        let Some(end) = rest.iter().position(|byte| *byte == b'm') else {
            break;
        };
        text = rest.get(end.saturating_add(1)..).unwrap_or_default();
        text = text.trim_ascii_start();
    }
    while let Some(start) = text.iter().rposition(|byte| *byte == 0x1b) {
        let Some((before, escape)) = text.split_at_checked(start) else {
            break;
        };
        if !escape.ends_with(b"m") || escape.len() > 6 {
            break;
        }
        text = before.trim_ascii_end();
    }
    text
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

#[cfg(test)]
mod tests {
    use super::*;

    /// As version 3.7 writes to its standard output.
    #[test]
    fn colours_are_no_part_of_the_message() {
        let line = b"\x1b[90m2026-11-21T19:36:00Z\x1b[0m DBG \x1b[1mgithub.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199\x1b[0m\x1b[36m >\x1b[0m 502 Bad Gateway \x1b[36merror=\x1b[0m\x1b[31m\x1b[1m\"dial tcp 127.0.0.1:13000: connect: connection refused\"\x1b[0m\x1b[0m";
        let record = own(line).unwrap();
        assert_eq!(record.symptom, Some(Symptom::ConnectRefused));
        let peer: core::net::SocketAddr = "127.0.0.1:13000".parse().unwrap();
        assert_eq!(record.peer, Some(Peer::Inet(peer)));
        let line = b"\x1b[33mWRN\x1b[0m \x1b[1mgithub.com/x/healthcheck.go:185\x1b[0m\x1b[36m >\x1b[0m \x1b[1mHealth check failed.\x1b[0m \x1b[36merror=\x1b[0m\x1b[31m\x1b[1m\"checking HTTP health: received error status code: 404\"\x1b[0m\x1b[0m \x1b[36mserviceName=\x1b[0mshop@file";
        let record = own(line).unwrap();
        assert_eq!(record.symptom, Some(Symptom::HealthCheckFailed));
        assert_eq!(record.message, b"Health check failed.");
        let short = b"2026-11-21T19:40:34Z WRN Health check failed. error=\"checking HTTP health: received error status code: 404\" serviceName=api@file";
        assert_eq!(own(short).unwrap().symptom, record.symptom);
        assert_eq!(own(short).unwrap().text, record.text);
        assert_eq!(
            record.text,
            Some(b"checking HTTP health: received error status code: 404".as_slice())
        );
    }
}
