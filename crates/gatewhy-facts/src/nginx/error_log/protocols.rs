//! Messages about FastCGI, uwsgi and HTTP/2 toward the backend.
use super::template::{Row, row};
use crate::symptom::Symptom;

pub(super) static TABLE: &[Row] = &[
    row(
        "upstream sent unsupported FastCGI protocol version: {#}",
        Symptom::FastCgiVersion,
    ),
    row(
        "upstream sent invalid FastCGI record type: {#}",
        Symptom::FastCgiRecordInvalid,
    ),
    row(
        "upstream sent unexpected FastCGI record: {#}",
        Symptom::FastCgiRecordInvalid,
    ),
    row(
        "upstream sent unexpected FastCGI request id high byte: {#}",
        Symptom::FastCgiRecordInvalid,
    ),
    row(
        "upstream sent unexpected FastCGI request id low byte: {#}",
        Symptom::FastCgiRecordInvalid,
    ),
    row(
        "upstream prematurely closed FastCGI {}",
        Symptom::FastCgiClosed,
    ),
    row(
        "fastcgi request record is too big: {#}",
        Symptom::RequestTooBigForProtocol,
    ),
    row(
        "uwsgi request is too big: {#}",
        Symptom::RequestTooBigForProtocol,
    ),
    row(
        "upstream rejected request with error {#}",
        Symptom::Http2StreamReset,
    ),
    row("upstream sent goaway with error {#}", Symptom::Http2Goaway),
    row(
        "upstream prematurely closed stream",
        Symptom::Http2StreamClosed,
    ),
    row(
        "upstream sent too large http2 frame: {#}",
        Symptom::Http2FrameTooLarge,
    ),
    row(
        "upstream sent invalid :status \"{}\"",
        Symptom::StatusInvalid,
    ),
    row(
        "upstream sent unexpected :status \"{}\"",
        Symptom::StatusInvalid,
    ),
    row("upstream sent no :status header", Symptom::StatusInvalid),
    row(
        "upstream sent duplicate :status header",
        Symptom::StatusInvalid,
    ),
    row(
        "upstream sent response body larger than indicated content length",
        Symptom::BodyTooLong,
    ),
    http2("upstream sent unexpected http2 frame: {#}"),
    http2("upstream sent frame for {} stream {#}"),
    http2("upstream sent data frame for unknown stream {#}"),
    http2("upstream sent goaway frame with {}"),
    http2("upstream sent headers frame with {}"),
    http2("upstream sent settings frame with {}"),
    http2("upstream sent ping frame with {}"),
    http2("upstream sent rst stream frame with {}"),
    http2("upstream sent window update frame with {}"),
    http2("upstream sent too many {} frames"),
    http2("upstream sent {} window update"),
    http2("upstream sent too large http2 {}"),
    http2("upstream sent too short http2 frame"),
    http2("upstream sent truncated http2 header"),
    http2("upstream sent zero http2 header name length"),
    http2("upstream sent http2 {}"),
    http2("upstream sent invalid http2 {}"),
    http2("upstream sent invalid encoded header"),
    http2("upstream sent trailer without end stream flag"),
    http2("upstream sent unexpected push promise frame"),
    http2("upstream violated {} flow control, received {}"),
];

const fn http2(template: &'static str) -> Row {
    row(template, Symptom::Http2Invalid)
}
