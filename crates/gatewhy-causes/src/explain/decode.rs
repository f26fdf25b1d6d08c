//! Numbers that are letters of another protocol, and error codes in words.
use gatewhy_facts::log_line::{Record, Server};
use gatewhy_facts::nginx::error_log::letters::{self, Decoded, Field, Spoken};
use gatewhy_facts::prelude::*;
use gatewhy_facts::symptom::Symptom;
use gatewhy_facts::untrusted::shown;

/// Where the number of a record stood in the other side's bytes.
fn field(record: &Record<'_>) -> Option<Field> {
    Some(match record.symptom? {
        Symptom::FastCgiVersion => Field::FastCgiVersion,
        Symptom::Http2FrameTooLarge => Field::Http2FrameLength,
        Symptom::AjpSignature => Field::AjpSignature,
        Symptom::ForeignProtocol if record.server == Server::Tomcat => Field::AjpSignature,
        Symptom::BackendRequestTooBig if record.server == Server::Uwsgi => Field::UwsgiBlockSize,
        Symptom::TlsNotSpoken => Field::TlsRecordLength,
        Symptom::ForeignProtocol => Field::FirstFour,
        _ => return None,
    })
}

fn decoded(record: &Record<'_>) -> Option<Decoded> {
    letters::decode_number(field(record)?, record.number?)
}

/// Whether the number of the record is letters of a protocol that is known.
pub(super) fn is_letters(record: &Record<'_>) -> bool {
    decoded(record).is_some_and(|decoded| decoded.spoken != Spoken::Text)
}

/// Error codes of HTTP/2 (RFC 9113, section 7).
const HTTP2: [&str; 14] = [
    "NO_ERROR",
    "PROTOCOL_ERROR",
    "INTERNAL_ERROR",
    "FLOW_CONTROL_ERROR",
    "SETTINGS_TIMEOUT",
    "STREAM_CLOSED",
    "FRAME_SIZE_ERROR",
    "REFUSED_STREAM",
    "CANCEL",
    "COMPRESSION_ERROR",
    "CONNECT_ERROR",
    "ENHANCE_YOUR_CALM",
    "INADEQUATE_SECURITY",
    "HTTP_1_1_REQUIRED",
];

/// The number of the record in words: `72 is the letter "H": an HTTP/1 response`.
pub(super) fn in_words(record: &Record<'_>) -> Option<String> {
    let number = record.number?;
    if matches!(
        record.symptom,
        Some(Symptom::Http2StreamReset | Symptom::Http2Goaway)
    ) {
        let name = HTTP2.get(usize::try_from(number).ok()?)?;
        return Some(format!("HTTP/2 error {number} is {name}"));
    }
    let decoded = decoded(record)?;
    let printable = decoded.bytes.iter().all(|b| (b' '..=b'~').contains(b));
    let what = match (decoded.bytes.len(), printable) {
        (1, true) => "the letter ",
        (_, true) => "the letters ",
        (1, false) => "the byte ",
        (_, false) => "the bytes ",
    };
    let bytes = if printable {
        format!("\"{}\"", shown(&decoded.bytes))
    } else {
        let hex: Vec<String> = decoded.bytes.iter().map(|b| format!("{b:02x}")).collect();
        hex.join(" ")
    };
    Some(format!(
        "{number} is {what}{bytes}: the other side speaks {}",
        decoded.spoken.says()
    ))
}
