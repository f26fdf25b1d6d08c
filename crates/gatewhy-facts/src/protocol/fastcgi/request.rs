//! Requests to a FastCGI application.
use crate::prelude::*;

const BEGIN_REQUEST: u8 = 1;
const PARAMS: u8 = 4;
const STDIN: u8 = 5;
/// The most content of one record; a multiple of eight, as padding likes it.
const MOST_CONTENT: usize = 65_528;

/// A GET or HEAD request for one script, as nginx's `fastcgi_params` fills it in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetRequest<'a> {
    /// `GET` or `HEAD`.
    pub method: &'a str,
    /// `SCRIPT_FILENAME`: the script's path as the application sees it.
    pub script_filename: &'a [u8],
    /// `SCRIPT_NAME`: the path part of the URI that names the script.
    pub script_name: &'a [u8],
    /// `REQUEST_URI`: path and query as the visitor sent them.
    pub request_uri: &'a [u8],
    /// `DOCUMENT_ROOT`.
    pub document_root: &'a [u8],
    /// `HTTP_HOST` and `SERVER_NAME`.
    pub host: &'a [u8],
    /// `HTTPS=on`.
    pub https: bool,
    /// Further parameters; they replace those above when they have the same name.
    pub extra: &'a [(Vec<u8>, Vec<u8>)],
}

impl GetRequest<'_> {
    /// The parameters in the order in which nginx sends them.
    pub fn params(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let query = memchr::memchr(b'?', self.request_uri)
            .and_then(|at| self.request_uri.get(at + 1..))
            .unwrap_or_default();
        let agent = crate::protocol::http_request::USER_AGENT.as_bytes();
        let own: [(&str, &[u8]); 17] = [
            ("SCRIPT_FILENAME", self.script_filename),
            ("QUERY_STRING", query),
            ("REQUEST_METHOD", self.method.as_bytes()),
            ("CONTENT_TYPE", b""),
            ("CONTENT_LENGTH", b""),
            ("SCRIPT_NAME", self.script_name),
            ("REQUEST_URI", self.request_uri),
            ("DOCUMENT_URI", self.script_name),
            ("DOCUMENT_ROOT", self.document_root),
            ("SERVER_PROTOCOL", b"HTTP/1.1"),
            (
                "REQUEST_SCHEME",
                if self.https { b"https" } else { b"http" },
            ),
            ("GATEWAY_INTERFACE", b"CGI/1.1"),
            ("REMOTE_ADDR", b"127.0.0.1"),
            ("SERVER_NAME", self.host),
            ("HTTP_HOST", self.host),
            ("HTTP_USER_AGENT", agent),
            ("HTTPS", if self.https { b"on" } else { b"" }),
        ];
        let replaced = |name: &str| self.extra.iter().any(|(n, _)| n == name.as_bytes());
        let kept = own.iter().filter(|(name, _)| !replaced(name));
        let kept = kept.map(|(name, value)| (name.as_bytes().to_vec(), value.to_vec()));
        kept.chain(self.extra.iter().cloned()).collect()
    }
}

/// The bytes of a whole request with an empty body, as request number 1 in the
/// responder role, the connection to be closed by the application afterwards.
pub fn request(params: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut encoded = Vec::new();
    for (name, value) in params {
        push_length(&mut encoded, name.len());
        push_length(&mut encoded, value.len());
        encoded.extend_from_slice(name);
        encoded.extend_from_slice(value);
    }
    let mut out = Vec::new();
    push_record(&mut out, BEGIN_REQUEST, &[0, 1, 0, 0, 0, 0, 0, 0]);
    for piece in encoded.chunks(MOST_CONTENT) {
        push_record(&mut out, PARAMS, piece);
    }
    push_record(&mut out, PARAMS, b"");
    push_record(&mut out, STDIN, b"");
    out
}

fn push_length(out: &mut Vec<u8>, length: usize) {
    if let Ok(short @ 0..=127) = u8::try_from(length) {
        return out.push(short);
    }
    let long = u32::try_from(length).unwrap_or(u32::MAX) | 0x8000_0000;
    out.extend_from_slice(&long.to_be_bytes());
}

fn push_record(out: &mut Vec<u8>, kind: u8, content: &[u8]) {
    let [hi, lo] = u16::try_from(content.len()).unwrap_or(0).to_be_bytes();
    let padding = u8::try_from(content.len().wrapping_neg() % 8).unwrap_or(0);
    out.extend_from_slice(&[1, kind, 0, 1, hi, lo, padding, 0]);
    out.extend_from_slice(content);
    out.resize(out.len().saturating_add(usize::from(padding)), 0);
}

/// A request in words, one `NAME=VALUE` a line, without the lengths around them;
/// `None` when it is none of those that [`request`] makes.
pub fn in_words(request: &[u8]) -> Option<Vec<u8>> {
    let mut rest = request;
    let mut encoded = Vec::new();
    while let [1, kind, _, _, hi, lo, padding, _, behind @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*hi, *lo]));
        let (content, behind) = behind.split_at_checked(length)?;
        if *kind == PARAMS {
            encoded.extend_from_slice(content);
        }
        rest = behind.get(usize::from(*padding)..)?;
    }
    let mut pairs = encoded.as_slice();
    let mut words = Vec::new();
    while !pairs.is_empty() {
        let name_length = take_length(&mut pairs)?;
        let value_length = take_length(&mut pairs)?;
        let (name, behind) = pairs.split_at_checked(name_length)?;
        let (value, behind) = behind.split_at_checked(value_length)?;
        words.extend([name, b"=", value, b"\n"].concat());
        pairs = behind;
    }
    (rest.is_empty() && !words.is_empty()).then_some(words)
}

fn take_length(pairs: &mut &[u8]) -> Option<usize> {
    let (length, rest) = match pairs {
        [short @ 0..=127, rest @ ..] => (u32::from(*short), rest),
        [a, b, c, d, rest @ ..] => (u32::from_be_bytes([*a & 0x7f, *b, *c, *d]), rest),
        _ => return None,
    };
    *pairs = rest;
    usize::try_from(length).ok()
}
