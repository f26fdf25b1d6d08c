//! Messages of httpd's log without a permanent number: those of version 2.2, and of
//! modules from elsewhere (`mod_fcgid`, `mod_fastcgi`, `mod_wsgi`).
use super::errno;
use super::record::{Record, Server};
use super::table::{self, Row};
use crate::nginx::error_log::Peer;
use crate::scan;
use crate::symptom::Symptom;

/// What version 2.2 wrote, and the number that the same message has since 2.4.
pub(super) const OLD: &[(&str, u32)] = &[
    ("ap_proxy_connect_backend disabling worker for {_}", 959),
    ("ajp_ilink_receive() can't receive header", 1030),
    ("ajp_read_header: ajp_ilink_receive failed", 992),
    ("ajp_ilink_send(): send failed", 1029),
    ("proxy: read response failed from {_}", 878),
    ("proxy: dialog to {_} failed", 893),
    ("proxy: request failed to {_}", 868),
    (
        "proxy: error reading status line from remote server {_}",
        1102,
    ),
    ("error reading status line from remote server {_}", 1102),
    ("proxy: pass request body failed to {_}", 1097),
    ("proxy: prefetch request body failed to {_}", 1095),
    ("proxy: {_}: failed to enable ssl support for {_}", 961),
    ("No protocol handler was valid for the URL {_}", 1144),
    (
        "SSL Proxy requested for {_} but not enabled [Hint: SSLProxyEngine]",
        1961,
    ),
    (
        "proxy: BALANCER: {_}. All workers are in error state{_}",
        1170,
    ),
];

/// Modules that are not part of httpd.
pub(super) const MODULES: &[Row] = &[
    (
        "mod_fcgid: read data timeout in {#} seconds{_}",
        Symptom::ResponseTimeout,
    ),
    (
        "mod_fcgid: error reading data, FastCGI server closed connection{_}",
        Symptom::ClosedBeforeResponse,
    ),
    (
        "mod_fcgid: error reading data from FastCGI server{_}",
        Symptom::ResetBeforeResponse,
    ),
    (
        "mod_fcgid: can't apply process slot for {}",
        Symptom::BackendWorkersBusy,
    ),
    (
        "mod_fcgid: HTTP request length {_} exceeds MaxRequestLen {_}",
        Symptom::RequestBodyTooLarge,
    ),
    (
        "mod_fcgid: process {} exit(communication error), get unexpected signal {#}{_}",
        Symptom::BackendWorkerCrashed,
    ),
    (
        "mod_fcgid: process {} exit(communication error), get signal {#}{_}",
        Symptom::BackendWorkerCrashed,
    ),
    (
        "mod_fcgid: process {} exit(communication error), {_}",
        Symptom::BackendWorkerExited,
    ),
    (
        "mod_fcgid: can't create process{_}",
        Symptom::BackendStartFailed,
    ),
    (
        "mod_fcgid: ap_pass_brigade failed {_}",
        Symptom::ClientIoFailed,
    ),
    ("mod_fcgid: stderr: {}", Symptom::FastCgiStderr),
    (
        "FastCGI: incomplete headers ({_#} bytes) received from server \"{}\"{_}",
        Symptom::ClosedBeforeResponse,
    ),
    (
        "FastCGI: comm with {_} aborted: {_}idle timeout{_}",
        Symptom::ResponseTimeout,
    ),
    (
        "FastCGI: comm with {_} aborted: error parsing headers{_}",
        Symptom::HeaderInvalid,
    ),
    (
        "FastCGI: comm with {_} aborted: read failed{_}",
        Symptom::ResetBeforeResponse,
    ),
    (
        "FastCGI: comm with {_} aborted: write failed{_}",
        Symptom::ResetWhileSending,
    ),
    (
        "FastCGI: can't start {_}server \"{}\"{_}",
        Symptom::BackendStartFailed,
    ),
    (
        "FastCGI: {_}server \"{_}\" stderr: {}",
        Symptom::FastCgiStderr,
    ),
    // The script's path stands behind it since version 4.4.
    (
        "Timeout when reading response headers from daemon process '{}'{_}",
        Symptom::ResponseTimeout,
    ),
    (
        "Truncated or oversized response headers received from daemon process '{}'{_}",
        Symptom::ClosedBeforeResponse,
    ),
    (
        "Queue timeout expired for WSGI daemon process '{}'{_}",
        Symptom::QueueTimeout,
    ),
    (
        "mod_wsgi (pid={_}): Unable to connect to WSGI daemon process '{}' on '{_}' after multiple attempts{_}",
        Symptom::BacklogFull,
    ),
    (
        "mod_wsgi (pid={_}): Daemon process deadlock timer expired, stopping process '{}'{_}",
        Symptom::BackendWorkerTimeout,
    ),
    (
        "mod_wsgi (pid={_}): {_} timer expired, stopping process '{}'{_}",
        Symptom::BackendWorkerTimeout,
    ),
    (
        "mod_wsgi (pid={_}): Target WSGI script '{}' cannot be loaded as Python module{_}",
        Symptom::BackendRequestFailed,
    ),
    (
        "mod_wsgi (pid={_}): Exception occurred processing WSGI script '{}'{_}",
        Symptom::BackendRequestFailed,
    ),
];

/// Beginnings of messages whose meaning is in the error's number, as of a connection
/// that could not be made.
pub(super) const CONNECTS: &[&str] = &[
    "FastCGI: failed to connect to ",
    "mod_wsgi (pid={_}): Unable to connect to WSGI daemon process ",
    "mod_fcgid: can't connect ",
];

/// A message of a module that names itself or its processes. Only at the beginning:
/// further on it may be anybody's.
pub(super) fn nameless_module(text: &[u8]) -> Option<Record<'_>> {
    let starts = ["mod_fcgid: ", "mod_wsgi (pid=", "FastCGI: "];
    let named = starts
        .iter()
        .any(|start| text.starts_with(start.as_bytes()));
    let own = named || scan::holds(text, " daemon process '");
    let message = own.then(|| text.trim_ascii_end())?;
    let mut record = Record::new(Server::Apache, message);
    record.peer = super::apache::peer(message);
    record.text = record
        .peer
        .is_none()
        .then(|| scan::between(message, "'", "'"))
        .flatten();
    table::told(record, MODULES)
}

/// `mod_jk` has a log of its own: `… [error] FUNCTION::jk_FILE.c (LINE): (WORKER) WORDS`.
pub(super) const JK: &[Row] = &[
    ("{_}connecting to tomcat failed{_}", Symptom::ConnectFailed),
    (
        "{_}connecting to backend failed. Tomcat is probably not started or is listening on the wrong port{_}",
        Symptom::ConnectRefused,
    ),
    (
        "{_}All tomcat instances {_}, no more workers left{_}",
        Symptom::NoLiveUpstreams,
    ),
    (
        "{_}All endpoints are disconnected or dead{_}",
        Symptom::ClosedBeforeResponse,
    ),
    (
        "{_}all endpoints are disconnected{_}",
        Symptom::ClosedBeforeResponse,
    ),
    (
        "{_}Timeout with waiting reply from tomcat{_}",
        Symptom::ResponseTimeout,
    ),
    ("{_}timeout in reply {_}", Symptom::ResponseTimeout),
    ("{_}timeout in cping {_}", Symptom::ResponseTimeout),
    (
        "{_}Tomcat is down or network problems{_}",
        Symptom::ClosedBeforeResponse,
    ),
    (
        "{_}Tomcat is down or refused connection{_}",
        Symptom::ClosedBeforeResponse,
    ),
    (
        "{_}sending request to tomcat failed{_}",
        Symptom::ResetWhileSending,
    ),
    (
        "{_}Tomcat is down, stopped or network problems{_}",
        Symptom::ResponseTimeout,
    ),
];

/// A line of `mod_jk`'s own log, which names the place in its source.
pub(super) fn jk(record: Record<'_>) -> Option<Record<'_>> {
    let (place, rest) = scan::split_once(record.message, ".c (")?;
    let (function, file) = scan::split_once(place, "::jk_")?;
    let plain = |b: &u8| b.is_ascii_lowercase() || *b == b'_';
    let is_place = function.iter().chain(file).all(plain);
    let (_, message) = scan::split_once(rest, "): ").filter(|_| is_place)?;
    let record = Record { message, ..record };
    let number = scan::rsplit_once(message, "(errno=").and_then(|(_, rest)| scan::number(rest));
    let errno = number.and_then(|(number, _)| u16::try_from(number).ok());
    let target = scan::between(message, "connect to ", " failed")
        .or_else(|| scan::between(message, "socket to (", ")"));
    let peer = target.map(Peer::parse);
    let found = match (errno, peer) {
        (Some(errno), Some(_)) => Some(record.symptom(errno::connect(errno, peer))),
        _ => table::told(record, JK),
    };
    let peer = peer.or(record.peer);
    found.map(|found| Record {
        errno,
        peer,
        ..found
    })
}

/// The message of an `ErrorLogFormat` with brackets round it, `[client: 192.0.2.7]
/// [AH01144: …] […]`. Before it only what the server itself writes may stand.
pub(super) fn boxed<'a>(before: &[u8], message: &'a [u8]) -> Option<&'a [u8]> {
    let mut before = before.strip_suffix(b"[")?;
    while !before.is_empty() {
        let (inside, behind) = scan::split_once(before.strip_prefix(b"[")?, "] ")?;
        let known = [&b"client"[..], b"pid ", b"tid ", b"remote "];
        known.iter().find(|name| inside.starts_with(name))?;
        before = behind;
    }
    scan::split_once(message, "] [")
        .map(|(inside, _)| inside)
        .or_else(|| message.trim_ascii_end().strip_suffix(b"]"))
}
