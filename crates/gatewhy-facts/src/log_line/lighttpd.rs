//! lighttpd: `2026-11-20 03:12:04: (gw_backend.c.279) message`.
use super::errno;
use super::record::{LoggedAt, Record, Server};
use super::table::{self, Row};
use crate::log_time;
use crate::nginx::error_log::Peer;
use crate::scan;
use crate::symptom::Symptom;

/// A line of the error log.
pub(super) fn error(line: &[u8]) -> Option<Record<'_>> {
    let (before, rest) = scan::split_once(line, "(")?;
    let (place, message) = scan::split_once(rest, ") ")?;
    let (file, number) = scan::rsplit_once(place, ".")?;
    let is_place = file.ends_with(b".c") && number.iter().all(u8::is_ascii_digit);
    (is_place && before.len() <= 40 && scan::may_precede(before)).then_some(())?;
    let mut record = Record::new(Server::Lighttpd, message.trim_ascii_start());
    record.at = log_time::year_first(before).map(|(civil, _)| LoggedAt::Civil(civil));
    let told = connect(record).or_else(|| table::told(record, ROWS).map(with_peer));
    Some(told.unwrap_or(record))
}

/// `establishing connection failed: socket: tcp:127.0.0.1:9000: Connection refused`
fn connect(record: Record<'_>) -> Option<Record<'_>> {
    let rest = record
        .message
        .strip_prefix(b"establishing connection failed: ")
        .or_else(|| record.message.strip_prefix(b"connect() "))?;
    let rest = rest.strip_prefix(b"socket: ").unwrap_or(rest);
    let (socket, words) = scan::rsplit_once(rest, ": ")?;
    // Older versions: `Connection refused  socket: tcp:127.0.0.1:9000`.
    let (socket, words) = match scan::split_once(rest, " socket: ") {
        Some((words, socket)) => (socket, words),
        None => (socket, words),
    };
    let peer = peer(socket);
    let number = errno::number(words)?;
    let record = Record {
        peer: Some(peer),
        errno: Some(number),
        ..record
    };
    Some(record.symptom(errno::connect(number, Some(peer))))
}

/// `… on socket: tcp:127.0.0.1:3000 for /path?, …`
fn with_peer(record: Record<'_>) -> Record<'_> {
    let named = scan::split_once(record.message, "socket: ").map(|(_, rest)| rest);
    let named = named.and_then(|rest| rest.split(|byte| matches!(byte, b' ' | b',')).next());
    record.peer(named.map(peer))
}

fn peer(socket: &[u8]) -> Peer<'_> {
    Peer::parse(socket.strip_prefix(b"tcp:").unwrap_or(socket))
}

const ROWS: &[Row] = &[
    (
        "the fastcgi-backend {} failed to start:{_}",
        Symptom::BackendStartFailed,
    ),
    ("[ERROR]: spawning {_} failed.", Symptom::BackendStartFailed),
    (
        "Configuration of plugins failed. Going down.",
        Symptom::StartConfigInvalid,
    ),
    (
        "source: {} parser failed somehow near here: {_}",
        Symptom::StartConfigInvalid,
    ),
    (
        "all handlers for {} on {_} are down.{_}",
        Symptom::NoLiveUpstreams,
    ),
    (
        "backend error; we'll disable for {_}",
        Symptom::UpstreamDisabled,
    ),
    (
        "If this happened on Linux: You have run out of local ports.{_}",
        Symptom::BacklogFull,
    ),
    (
        "connection was dropped after accept() (perhaps the {_} process died){_}",
        Symptom::BacklogFull,
    ),
    (
        "read() {_} Connection reset by peer",
        Symptom::ResetBeforeResponse,
    ),
    (
        "closing connection; response not received, but request sent on socket: {}",
        Symptom::ClosedBeforeResponse,
    ),
    (
        "reconnecting; response not received, request not sent{_}",
        Symptom::ResetWhileSending,
    ),
    (
        "terminating connection; response already sent out, but backend returned error{_}",
        Symptom::ClosedInBody,
    ),
    (
        "response not received, request sent: {_} closing connection",
        Symptom::ClosedBeforeResponse,
    ),
    (
        "response not received, request sent: {_}",
        Symptom::ClosedBeforeResponse,
    ),
    (
        "response not received, request not sent on socket: {_}",
        Symptom::ResetWhileSending,
    ),
    (
        "response already sent out, but backend returned error{_}",
        Symptom::ClosedInBody,
    ),
    (
        "unexpected end-of-file (perhaps the fastcgi process died): {_}",
        Symptom::ClosedBeforeResponse,
    ),
    ("read timeout on socket: {}", Symptom::ResponseTimeout),
    ("write timeout on socket: {}", Symptom::SendTimeout),
    ("connect timeout on socket: {}", Symptom::ConnectTimeout),
    ("invalid HTTP status line: {}", Symptom::StatusLineMissing),
    (
        "HTTP backend response missing CR before LF{_}",
        Symptom::HeaderInvalid,
    ),
    ("response headers too large for {}", Symptom::HeaderTooBig),
    (
        "too many loops while processing request: {}",
        Symptom::LoopDetected,
    ),
    ("gw-server re-enabled: {}", Symptom::ServerUp),
    ("child exited: {#} {}", Symptom::BackendWorkerExited),
    ("child signalled: {#}{_}", Symptom::BackendWorkerCrashed),
    ("child died somehow{_}", Symptom::BackendWorkerCrashed),
    (
        "[note] sockets disabled, connection limit reached",
        Symptom::GatewayConnectionLimit,
    ),
    ("[note] sockets disabled, out-of-fds", Symptom::OutOfFiles),
    ("[note] sockets enabled again", Symptom::ServerUp),
    ("FastCGI-stderr:{}", Symptom::FastCgiStderr),
];
