//! Messages about sending the request and about what came back.
use super::template::{During, Row, row};
use crate::symptom::Symptom;

const EPIPE: u16 = 32;
const ECONNRESET: u16 = 104;

const GONE: &[u16] = &[ECONNRESET, EPIPE];
const RECV: &str = "recv() failed";
const READV: &str = "readv() failed";
const CLOSED: &str = "upstream prematurely closed connection";
const TIMED_OUT: &str = "upstream timed out";
const HINTS: &str = "upstream sent HTTP/1.0 response with early hints";

/// Before the response header is complete: the visitor gets an error page.
pub(super) static BEFORE_RESPONSE: &[Row] = &[
    row(CLOSED, Symptom::ClosedInBody).during(During::Passing),
    row(CLOSED, Symptom::ClosedInBody).during(During::Upgraded),
    row(CLOSED, Symptom::ClosedBeforeResponse),
    row(RECV, Symptom::ResetBeforeResponse)
        .errno(GONE)
        .during(During::Header),
    row(READV, Symptom::ResetBeforeResponse)
        .errno(GONE)
        .during(During::Header),
    row(RECV, Symptom::ResetWhileSending)
        .errno(GONE)
        .during(During::Sending),
    row("writev() failed", Symptom::ResetWhileSending)
        .errno(GONE)
        .during(During::Sending),
    row("send() failed", Symptom::ResetWhileSending)
        .errno(GONE)
        .during(During::Sending),
    row("sendfile() failed", Symptom::ResetWhileSending)
        .errno(GONE)
        .during(During::Sending),
    row(TIMED_OUT, Symptom::ResponseTimeout).during(During::Header),
    row(TIMED_OUT, Symptom::SendTimeout).during(During::Sending),
    row("upstream sent too big header", Symptom::HeaderTooBig),
    row(
        "upstream sent invalid header: \"{}...\"",
        Symptom::HeaderInvalid,
    ),
    row(
        "upstream sent invalid header: \"{}\"",
        Symptom::HeaderInvalid,
    ),
    row(
        "upstream sent invalid header \"{}\"",
        Symptom::HeaderInvalid,
    ),
    row("upstream sent invalid header", Symptom::HeaderInvalid),
    row(
        "upstream sent duplicate header line: \"{}\", previous value: \"{}\", ignored",
        Symptom::HeaderDuplicateIgnored,
    ),
    row(
        "upstream sent duplicate header line: \"{}\", previous value: \"{}\"",
        Symptom::HeaderDuplicate,
    ),
    row(
        "upstream sent \"Content-Length\" and \"Transfer-Encoding\" headers at the same time",
        Symptom::LengthConflict,
    ),
    row(
        "upstream sent invalid \"Content-Length\" header: \"{}\"",
        Symptom::LengthInvalid,
    ),
    row(
        "upstream sent unknown \"Transfer-Encoding\": \"{}\"",
        Symptom::TransferEncodingUnknown,
    ),
    row(
        "upstream sent no valid HTTP/1.0 header",
        Symptom::StatusLineMissing,
    ),
    row(
        "upstream sent invalid status \"{}\"",
        Symptom::StatusInvalid,
    ),
    row(
        "upstream prematurely sent response",
        Symptom::ResponseBeforeRequest,
    ),
    row(HINTS, Symptom::EarlyHintsInvalid),
    row(
        "upstream sent too big early hints",
        Symptom::EarlyHintsInvalid,
    ),
    row(
        "memcached sent invalid response: \"{}\"",
        Symptom::MemcachedInvalid,
    ),
    row(
        "memcached sent invalid key in response \"{}\" for key \"{}\"",
        Symptom::MemcachedInvalid,
    ),
    row(
        "memcached sent invalid flags in response \"{}\" for key \"{}\"",
        Symptom::MemcachedInvalid,
    ),
    row(
        "memcached sent invalid length in response \"{}\" for key \"{}\"",
        Symptom::MemcachedInvalid,
    ),
    row("memcached sent invalid trailer", Symptom::MemcachedInvalid),
];

/// After the response header: the visitor has its status and gets a cut body.
pub(super) static BODY: &[Row] = &[
    row(RECV, Symptom::ResetInBody)
        .errno(GONE)
        .during(During::Body),
    row(READV, Symptom::ResetInBody)
        .errno(GONE)
        .during(During::Body),
    row(TIMED_OUT, Symptom::BodyTimeout).during(During::Passing),
    row(TIMED_OUT, Symptom::UpgradedIdle).during(During::Upgraded),
    row(TIMED_OUT, Symptom::TlsHandshakeTimeout).during(During::Handshaking),
    row(TIMED_OUT, Symptom::UpstreamTimeout),
    row(
        "upstream sent invalid chunked response",
        Symptom::ChunkInvalid,
    ),
    row(
        "upstream sent more data than specified in \"Content-Length\" header",
        Symptom::BodyTooLong,
    ),
    row("upstream sent data after final chunk", Symptom::BodyTooLong),
    row("upstream sent data after trailers", Symptom::BodyTooLong),
    row("upstream sent too big trailers", Symptom::TrailerInvalid),
    row(
        "upstream sent invalid trailer: \"{}...\"",
        Symptom::TrailerInvalid,
    ),
    row(
        "upstream sent invalid trailer: \"{}\"",
        Symptom::TrailerInvalid,
    ),
    row(
        "upstream sent invalid trailer \"{}\"",
        Symptom::TrailerInvalid,
    ),
    row("upstream sent invalid trailer", Symptom::TrailerInvalid),
    row("connection upgrade in subrequest", Symptom::UpgradeFailed),
    row(
        "an upstream response is buffered to a temporary file {}",
        Symptom::BufferedToDisk,
    ),
    row(
        "a client request body is buffered to a temporary file {}",
        Symptom::BufferedToDisk,
    ),
    io("recv() failed"),
    io("readv() failed"),
    io("send() failed"),
    io("writev() failed"),
    io("sendfile() failed"),
];

const fn io(template: &'static str) -> Row {
    row(template, Symptom::UpstreamIoFailed).during(During::Upstream)
}
