//! Errors as programs in Go print them: `dial tcp 127.0.0.1:3000: connect:
//! connection refused`. Caddy, Traefik and many small proxies log just that.
use super::database::holds_folded;
use super::errno;
use super::record::{Record, Server};
use crate::log_time;
use crate::nginx::error_log::Peer;
use crate::scan;
use crate::symptom::Symptom;

/// What an error's text means, and whom it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct GoError<'a> {
    pub(super) symptom: Symptom,
    pub(super) peer: Option<Peer<'a>>,
    pub(super) errno: Option<u16>,
    pub(super) text: Option<&'a [u8]>,
    pub(super) number: Option<u64>,
}

impl<'a> GoError<'a> {
    const fn of(symptom: Symptom) -> Self {
        Self {
            symptom,
            peer: None,
            errno: None,
            text: None,
            number: None,
        }
    }

    /// The record with what the error says.
    pub(super) fn told(self, record: Record<'a>) -> Record<'a> {
        Record {
            symptom: Some(self.symptom),
            peer: self.peer.or(record.peer),
            errno: self.errno,
            text: self.text.or(record.text),
            number: self.number,
            ..record
        }
    }
}

/// Reads an error's text.
pub(super) fn read(text: &[u8]) -> Option<GoError<'_>> {
    if is_of_visitor(text) {
        return Some(GoError::of(Symptom::ClientIoFailed));
    }
    lookup(text)
        .or_else(|| dial(text))
        .or_else(|| oversized(text))
        .or_else(|| by_words(text))
}

/// What the server of Go's own library says of who connects to it (`net/http`,
/// `server.go` and `h2_bundle.go`); the words behind are about that connection.
fn is_of_visitor(text: &[u8]) -> bool {
    const OPENINGS: [&[u8]; 2] = [
        b"http: TLS handshake error from ",
        b"http2: server: error reading preface from client ",
    ];
    OPENINGS.iter().any(|opening| text.starts_with(opening))
}

/// A line of Go's own logger, behind its time and its place in the source:
/// `2026/11/20 03:12:04 server.go:2753: `.
fn of_logger(line: &[u8]) -> &[u8] {
    let rest = log_time::year_first(line).and_then(|(_, rest)| {
        let digits = |b: &&u8| b.is_ascii_digit() || **b == b'.';
        let fraction = rest.iter().take_while(digits).count();
        rest.get(fraction..)?.strip_prefix(b" ")
    });
    let rest = rest.unwrap_or(line);
    let placed = scan::split_once(rest, ": ").filter(|(place, _)| {
        let file = scan::split_once(place, ".go:");
        file.is_some_and(|(name, line)| {
            !name.contains(&b' ') && scan::whole_number::<u32>(line).is_some()
        })
    });
    placed.map_or(rest, |(_, message)| message)
}

/// `lookup NAME on SERVER:53: no such host`
fn lookup(text: &[u8]) -> Option<GoError<'_>> {
    let (_, rest) = scan::split_once(text, "lookup ")?;
    let (name, why) = scan::split_once(rest, ": ")?;
    let name = name.split(|b| *b == b' ').next()?;
    let unknown = ["no such host", "invalid domain name"];
    let symptom = if unknown.iter().any(|words| scan::holds(why, words)) {
        Symptom::NameNotFound
    } else if scan::holds(why, "i/o timeout") {
        Symptom::NameTimeout
    } else if scan::holds(why, "connection refused") {
        Symptom::ResolverUnreachable
    } else if scan::holds(why, "server misbehaving") || scan::holds(why, "temporary failure") {
        Symptom::NameServerFailure
    } else {
        return None;
    };
    Some(GoError {
        text: Some(name),
        ..GoError::of(symptom)
    })
}

/// `dial tcp ADDRESS: connect: WORDS`, `dial unix PATH: connect: WORDS`
fn dial(text: &[u8]) -> Option<GoError<'_>> {
    let (_, rest) = scan::split_once(text, "dial ")?;
    let (network, rest) = scan::split_once(rest, " ")?;
    if !matches!(network, b"tcp" | b"tcp4" | b"tcp6" | b"unix") {
        return None;
    }
    let (address, why) = scan::split_once(rest, ": ")?;
    // A source address may stand before: `10.0.0.1:0->10.0.0.2:80`.
    let address = scan::rsplit_once(address, "->").map_or(address, |(_, to)| to);
    let peer = if network == b"unix" {
        Peer::Unix(address)
    } else {
        Peer::parse(address)
    };
    // Go before 1.11 named another call.
    let connect = [&b"connect: "[..], b"connectex: ", b"getsockopt: "];
    let words = connect.iter().find_map(|begin| why.strip_prefix(*begin));
    let is_connect = words.is_some();
    let words = words.unwrap_or(why);
    let errno = errno::number(words);
    let symptom = match errno {
        Some(number) if is_connect => errno::connect(number, Some(peer)),
        _ if words.starts_with(b"i/o timeout") || words.starts_with(b"context deadline") => {
            Symptom::ConnectTimeout
        }
        Some(number) => errno::connect(number, Some(peer)),
        None => Symptom::ConnectFailed,
    };
    Some(GoError {
        peer: Some(peer),
        errno,
        ..GoError::of(symptom)
    })
}

/// `tls: oversized record received with length 20527`
fn oversized(text: &[u8]) -> Option<GoError<'_>> {
    let (_, rest) = scan::split_once(text, "tls: oversized record received with length ")?;
    Some(GoError {
        number: scan::number(rest).map(|(number, _)| number),
        ..GoError::of(Symptom::TlsNotSpoken)
    })
}

/// Words that no request can put there, since the whole text is the error's.
const WORDS: &[(&str, Symptom)] = &[
    (
        "server gave HTTP response to HTTPS client",
        Symptom::TlsNotSpoken,
    ),
    (
        "first record does not look like a TLS handshake",
        Symptom::TlsNotSpoken,
    ),
    (
        "x509: certificate is valid for ",
        Symptom::CertificateNameMismatch,
    ),
    (
        "x509: certificate relies on legacy Common Name field",
        Symptom::CertificateNameMismatch,
    ),
    (
        "x509: certificate is not valid for any names",
        Symptom::CertificateNameMismatch,
    ),
    (
        "x509: cannot validate certificate for ",
        Symptom::CertificateNameMismatch,
    ),
    (
        "x509: certificate has expired",
        Symptom::CertificateRejected,
    ),
    (
        "x509: certificate signed by unknown authority",
        Symptom::CertificateRejected,
    ),
    ("x509: ", Symptom::CertificateRejected),
    (
        "tls: failed to verify certificate",
        Symptom::TlsVerifyFailed,
    ),
    (
        "remote error: tls: handshake failure",
        Symptom::TlsAlertHandshakeFailure,
    ),
    (
        "remote error: tls: unrecognized name",
        Symptom::TlsAlertUnrecognizedName,
    ),
    (
        "remote error: tls: certificate required",
        Symptom::TlsAlertCertificateRequired,
    ),
    (
        "remote error: tls: bad certificate",
        Symptom::TlsAlertCertificate,
    ),
    (
        "remote error: tls: unknown certificate authority",
        Symptom::TlsAlertCertificate,
    ),
    (
        "remote error: tls: protocol version not supported",
        Symptom::TlsVersionMismatch,
    ),
    ("remote error: tls: ", Symptom::TlsAlert),
    (
        "tls: server selected unsupported protocol version",
        Symptom::TlsVersionMismatch,
    ),
    ("TLS handshake timeout", Symptom::TlsHandshakeTimeout),
    ("tls: ", Symptom::TlsHandshakeFailed),
    (
        "timeout awaiting response headers",
        Symptom::ResponseTimeout,
    ),
    ("server response headers exceeded", Symptom::HeaderTooBig),
    ("malformed HTTP response", Symptom::StatusLineMissing),
    ("malformed HTTP status code", Symptom::StatusInvalid),
    ("malformed MIME header", Symptom::HeaderInvalid),
    ("invalid header field", Symptom::HeaderInvalid),
    ("invalid Content-Length", Symptom::LengthInvalid),
    ("http2: frame too large", Symptom::Http2Invalid),
    ("looked like an HTTP/1.1 header", Symptom::Http2Invalid),
    (
        "fcgi: invalid header version",
        Symptom::FastCgiRecordInvalid,
    ),
    ("malformed chunked encoding", Symptom::ChunkInvalid),
    ("no upstreams available", Symptom::NoLiveUpstreams),
    ("no available server", Symptom::NoLiveUpstreams),
    (
        "server closed idle connection",
        Symptom::ClosedBeforeResponse,
    ),
    (
        "use of closed network connection",
        Symptom::ClosedBeforeResponse,
    ),
    ("stream error: ", Symptom::Http2StreamReset),
    ("server sent GOAWAY", Symptom::Http2Goaway),
    ("context canceled", Symptom::ClientClosed),
    ("context deadline exceeded", Symptom::ResponseTimeout),
    ("Client.Timeout exceeded", Symptom::ResponseTimeout),
    ("i/o timeout", Symptom::ResponseTimeout),
    ("write: broken pipe", Symptom::ResetWhileSending),
    (
        "write: connection reset by peer",
        Symptom::ResetWhileSending,
    ),
    (
        "read: connection reset by peer",
        Symptom::ResetBeforeResponse,
    ),
    ("connection reset by peer", Symptom::ResetBeforeResponse),
    ("too many open files", Symptom::OutOfFiles),
    ("connect: connection refused", Symptom::ConnectRefused),
    ("unsupported protocol scheme", Symptom::HandlerMissing),
    ("unknown network ", Symptom::UpstreamAddressInvalid),
    ("missing port in address", Symptom::UpstreamAddressInvalid),
    (
        "too many colons in address",
        Symptom::UpstreamAddressInvalid,
    ),
    ("parsing dial address", Symptom::UpstreamAddressInvalid),
    ("client disconnected", Symptom::ClientClosed),
];

fn by_words(text: &[u8]) -> Option<GoError<'_>> {
    if text == b"EOF"
        || text == b"unexpected EOF"
        || text.ends_with(b": EOF")
        || text.ends_with(b": unexpected EOF")
    {
        return Some(GoError::of(Symptom::ClosedBeforeResponse));
    }
    let (words, symptom) = WORDS.iter().find(|(words, _)| scan::holds(text, words))?;
    let (_, rest) = scan::split_once(text, words)?;
    let of_certificate = matches!(
        symptom,
        Symptom::CertificateRejected | Symptom::CertificateNameMismatch | Symptom::TlsVerifyFailed
    );
    let text = if of_certificate {
        Some(text)
    } else {
        Some(rest).filter(|r| !r.is_empty())
    };
    Some(GoError {
        text,
        number: None,
        ..GoError::of(*symptom)
    })
}

/// Words by which proxies in Go introduce the error of a backend.
const PROXIES: &[(&str, Server)] = &[
    ("badgateway: ", Server::GoProxy),
    (
        "not be responding to traffic from cloudflared: ",
        Server::GoProxy,
    ),
    ("http: proxy error: ", Server::GoProxy),
    ("reverseproxy: ", Server::GoProxy),
    ("error proxying", Server::GoProxy),
    ("error forwarding to ", Server::GoProxy),
    ("proxy error", Server::GoProxy),
];

/// A line of another proxy in Go, or the bare error of a connection.
pub(super) fn proxy(line: &[u8]) -> Option<Record<'_>> {
    let own = of_logger(line);
    if is_of_visitor(own) {
        return Some(read(own)?.told(Record::new(Server::GoProxy, own)));
    }
    if line.starts_with(b"dial tcp ") || line.starts_with(b"dial unix ") {
        return Some(read(line)?.told(Record::new(Server::GoProxy, line)));
    }
    if let Some(fields) = super::json::Object::parse(line) {
        let error = fields.get("error").or_else(|| fields.get("err"))?;
        let message = fields.get("msg").or_else(|| fields.get("message"));
        let texts = [message, Some(error)];
        texts.into_iter().flatten().find_map(|text| {
            let of_proxy = |words: &str| holds_folded(text, words.trim_end_matches(": "));
            PROXIES.iter().find(|(words, _)| of_proxy(words))
        })?;
        return Some(read(error)?.told(Record::new(Server::GoProxy, error)));
    }
    if scan::holds(line, " HTTP/") {
        return None;
    }
    // cloudflared: `2026-11-20T03:12:04Z ERR  error="…" cfRay=… originService=URL`
    if let Some((before, rest)) = scan::split_once(line, " error=\"")
        && scan::holds(before, " ERR")
        && scan::holds(rest, " originService=")
    {
        let error = rest.split(|b| *b == b'"').next()?;
        return Some(read(error)?.told(Record::new(Server::GoProxy, error)));
    }
    let (words, server) = PROXIES
        .iter()
        .find(|(words, _)| holds_folded(line, words))?;
    let at = (0..line.len()).find(|at| {
        let piece = line.get(*at..at.saturating_add(words.len()));
        piece.is_some_and(|piece| piece.eq_ignore_ascii_case(words.as_bytes()))
    })?;
    let error = line.get(at + words.len()..)?;
    let error = error.split(|b| *b == b'"').next()?;
    let found = read(error)?;
    Some(found.told(Record::new(*server, error)))
}
