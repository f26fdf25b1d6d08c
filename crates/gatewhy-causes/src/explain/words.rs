//! The table's sentences with a line's own details in them.
use super::decode;
use gatewhy_facts::log_line::Record;
use gatewhy_facts::prelude::*;
use gatewhy_facts::untrusted::shown_within;

/// Characters of quoted text that suffice to find it again.
const LONGEST: usize = 100;

/// Fills the placeholders of a sentence.
pub(super) fn fill(sentence: &str, record: &Record<'_>) -> String {
    let mut out = String::new();
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            rest = after;
            break;
        };
        out.push_str(&value(name, record));
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// What a placeholder stands for; general words where the line does not tell.
fn value(name: &str, record: &Record<'_>) -> String {
    let quoted = |bytes: Option<&[u8]>, general: &str| {
        bytes
            .filter(|bytes| !bytes.is_empty())
            .map_or_else(|| general.to_owned(), |bytes| shown_within(bytes, LONGEST))
    };
    match name {
        "peer" => record
            .peer
            .map_or_else(|| "that address".to_owned(), |peer| cut(&peer.to_string())),
        "port" => record
            .port()
            .map_or_else(|| "the proxy's".to_owned(), |port| port.to_string()),
        "path" => quoted(record.socket_path(), "the socket"),
        "text" => quoted(record.text, "it"),
        "number" => record
            .number
            .map_or_else(|| "that".to_owned(), |number| number.to_string()),
        "status" => record
            .status
            .map_or_else(|| "an error".to_owned(), |status| status.to_string()),
        "buffer" => buffer(record),
        "decoded" => decode::in_words(record)
            .unwrap_or_else(|| "what came is not of the protocol that was expected".to_owned()),
        _ => String::new(),
    }
}

fn cut(text: &str) -> String {
    shown_within(text.as_bytes(), LONGEST)
}

/// The directive that sizes the buffer for the response header.
fn buffer(record: &Record<'_>) -> String {
    let directive = match record.scheme {
        Some(b"http" | b"https") => "proxy_buffer_size",
        Some(b"fastcgi") => "fastcgi_buffer_size",
        Some(b"uwsgi" | b"suwsgi") => "uwsgi_buffer_size",
        Some(b"scgi") => "scgi_buffer_size",
        Some(b"grpc" | b"grpcs") => "grpc_buffer_size",
        Some(b"passenger") => "passenger_buffer_size",
        _ => "its buffer",
    };
    directive.to_owned()
}
