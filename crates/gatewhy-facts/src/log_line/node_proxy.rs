//! Proxies for Node.js: http-proxy-middleware, and the development servers of
//! Create React App and Vite, which are built on it or on the same library.
use super::errno;
use super::record::{Record, Server};
use crate::nginx::error_log::Peer;
use crate::scan;
use crate::symptom::Symptom;

/// Names of errors (`errno.h`, and `dns` of Node.js).
const CODES: &[(&str, u16)] = &[
    ("ECONNREFUSED", 111),
    ("ECONNRESET", 104),
    ("ETIMEDOUT", 110),
    ("EHOSTUNREACH", 113),
    ("ENETUNREACH", 101),
    ("EADDRNOTAVAIL", 99),
    ("EACCES", 13),
    ("ENOENT", 2),
    ("EPIPE", 32),
];

/// What a code means for a proxied request; the names of lookups and of OpenSSL
/// have no number.
fn symptom(text: &[u8], peer: Option<Peer<'_>>) -> Option<(Symptom, Option<u16>)> {
    if scan::holds(text, "ENOTFOUND") {
        return Some((Symptom::NameNotFound, None));
    }
    if scan::holds(text, "EAI_AGAIN") {
        return Some((Symptom::NameServerFailure, None));
    }
    if scan::holds(text, "socket hang up") {
        return Some((Symptom::ClosedBeforeResponse, None));
    }
    if scan::holds(text, "EPROTO") || scan::holds(text, "wrong version number") {
        return Some((Symptom::TlsNotSpoken, None));
    }
    if scan::holds(text, "SELF_SIGNED_CERT") || scan::holds(text, "UNABLE_TO_VERIFY_LEAF") {
        return Some((Symptom::TlsVerifyFailed, None));
    }
    let (_, number) = CODES.iter().find(|(name, _)| scan::holds(text, name))?;
    let symptom = match number {
        104 => Symptom::ResetBeforeResponse,
        32 => Symptom::ResetWhileSending,
        other => errno::connect(*other, peer),
    };
    Some((symptom, Some(*number)))
}

/// What the reason of a request that Node.js could not make means: a code, or words.
pub(super) fn of_reason(text: &[u8]) -> Option<(Symptom, Option<u16>)> {
    const WORDS: [(&str, Symptom); 10] = [
        ("network timeout at", Symptom::ResponseTimeout),
        ("ESOCKETTIMEDOUT", Symptom::ResponseTimeout),
        ("ERR_SOCKET_TIMEOUT", Symptom::ResponseTimeout),
        ("Client network socket disconnected", Symptom::TlsClosed),
        ("certificate has expired", Symptom::CertificateRejected),
        ("self signed certificate", Symptom::CertificateRejected),
        ("self-signed certificate", Symptom::CertificateRejected),
        (
            "unable to get local issuer certificate",
            Symptom::CertificateRejected,
        ),
        (
            "unable to verify the first certificate",
            Symptom::CertificateRejected,
        ),
        (
            "does not match certificate's altnames",
            Symptom::CertificateNameMismatch,
        ),
    ];
    let words = WORDS.iter().find(|(words, _)| scan::holds(text, words));
    words
        .map(|(_, symptom)| (*symptom, None))
        .or_else(|| symptom(text, address(text)))
}

/// How such lines begin.
const OPENINGS: [&str; 5] = [
    "Error occurred while trying to proxy",
    "Error occurred while proxying request",
    "Could not proxy request",
    "http proxy error",
    "ws proxy error",
];

/// `[HPM] Error occurred while trying to proxy request PATH from HOST to URL (CODE)`
pub(super) fn line(line: &[u8]) -> Option<Record<'_>> {
    let opening = OPENINGS.iter().find(|words| scan::holds(line, words))?;
    let (_, rest) = scan::split_once(line, opening)?;
    let peer = scan::split_once(rest, " to ").and_then(|(_, target)| {
        let target = scan::split_once(target, "://").map_or(target, |(_, rest)| rest);
        let end = |b: &u8| matches!(b, b' ' | b'/' | b')' | b',');
        let host = target.split(end).next()?;
        Some(Peer::parse(host.strip_suffix(b".").unwrap_or(host)))
    });
    let mut record = Record::new(Server::NodeProxy, rest);
    record.peer = address(rest).or(peer);
    // Visitors choose the path, which stands before the target.
    let behind = scan::rsplit_once(rest, " to ").map_or(rest, |(_, behind)| behind);
    let found = symptom(behind, record.peer);
    record.errno = found.and_then(|(_, errno)| errno);
    record.symptom = found
        .map(|(symptom, _)| symptom)
        .or(Some(Symptom::GatewayAnsweredError));
    record.status = Some(if record.errno == Some(110) { 504 } else { 502 });
    Some(record)
}

/// `{ [Error: socket hang up] code: 'ECONNRESET' }`, as a program prints the error of
/// its request to another server.
pub(super) fn hang_up(line: &[u8]) -> Option<Record<'_>> {
    let (before, rest) = scan::split_once(line, "Error: socket hang up")?;
    let bare = before.len() <= 40 && !scan::holds(line, " HTTP/");
    let ends = rest.is_empty() || matches!(rest.first(), Some(b']' | b' ' | b','));
    let record = Record::new(Server::NodeProxy, line).symptom(Symptom::ClosedBeforeResponse);
    (bare && ends).then_some(record)
}

/// `connect ECONNREFUSED 127.0.0.1:5000`, `::1:5000`
fn address(text: &[u8]) -> Option<Peer<'_>> {
    let (_, rest) = scan::split_once(text, "connect E")?;
    let (_, rest) = scan::split_once(rest, " ")?;
    let word = rest.split(|b| matches!(b, b' ' | b')' | b'\n')).next()?;
    let (host, port) = scan::rsplit_once(word, ":")?;
    let ip = core::str::from_utf8(host).ok()?.parse().ok()?;
    Some(Peer::Inet(core::net::SocketAddr::new(
        ip,
        scan::whole_number(port)?,
    )))
}
