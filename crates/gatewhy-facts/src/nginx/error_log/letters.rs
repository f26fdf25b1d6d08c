//! Numbers that are letters of another protocol.
//!
//! A party that expects one protocol and hears another takes text for numbers:
//! nginx says *FastCGI version 72* when the backend says `HTTP`, and uWSGI says
//! *block size 21573* when the proxy says `GET`. Turning the number back into
//! bytes shows what was said.
use crate::prelude::*;

/// What the other side was really saying.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spoken {
    /// An HTTP/1 response: `HTTP/1.1 …`.
    HttpResponse,
    /// An HTTP/1 request: `GET /…`.
    HttpRequest,
    /// A TLS record: 20 change cipher spec, 21 alert, 22 handshake, 23 data.
    Tls,
    /// An SSH banner: `SSH-2.0-…`.
    Ssh,
    /// A FastCGI record.
    FastCgi,
    /// A PROXY protocol header.
    ProxyHeader,
    /// Printable text of some other protocol.
    Text,
}

impl Spoken {
    /// Who speaks like that, in plain words.
    pub const fn says(self) -> &'static str {
        match self {
            Self::HttpResponse => "HTTP/1",
            Self::HttpRequest => "HTTP/1 (a request)",
            Self::Tls => "TLS",
            Self::Ssh => "SSH",
            Self::FastCgi => "FastCGI",
            Self::ProxyHeader => "the PROXY protocol",
            Self::Text => "text of another protocol",
        }
    }
}

/// Where in the other side's bytes the number was read, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// FastCGI version: the first byte.
    FastCgiVersion,
    /// HTTP/2 frame length: the first three bytes, most significant first.
    Http2FrameLength,
    /// uwsgi packet size: the second and third byte, least significant first.
    UwsgiBlockSize,
    /// AJP signature: the first two bytes, most significant first.
    AjpSignature,
    /// TLS record length: the fourth and fifth byte, most significant first.
    TlsRecordLength,
    /// A length or magic number of four bytes at the front, most significant first.
    FirstFour,
}

/// A number turned back into what was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The bytes the number was read from.
    pub bytes: Vec<u8>,
    /// Who speaks like that.
    pub spoken: Spoken,
}

/// Beginnings by which protocols are known.
const OPENINGS: &[(&[u8], Spoken)] = &[
    (b"HTTP/1.", Spoken::HttpResponse),
    (b"GET /", Spoken::HttpRequest),
    (b"HEAD /", Spoken::HttpRequest),
    (b"POST /", Spoken::HttpRequest),
    (b"PUT /", Spoken::HttpRequest),
    (b"CONNECT ", Spoken::HttpRequest),
    (b"PATCH /", Spoken::HttpRequest),
    (b"DELETE /", Spoken::HttpRequest),
    (b"OPTIONS /", Spoken::HttpRequest),
    (b"PRI * HTTP/2.0", Spoken::HttpRequest),
    (b"SSH-", Spoken::Ssh),
    (b"PROXY ", Spoken::ProxyHeader),
    (b"\r\n\r\n\0\r\nQUIT\n", Spoken::ProxyHeader),
    (b"\x16\x03", Spoken::Tls),
    (b"\x15\x03", Spoken::Tls),
    (b"\x14\x03", Spoken::Tls),
    (b"\x17\x03", Spoken::Tls),
    (b"\x01\x03", Spoken::FastCgi),
    (b"\x01\x06", Spoken::FastCgi),
    (b"\x01\x07", Spoken::FastCgi),
];

/// Turns a number of a log line back into bytes and says who speaks like that;
/// `None` when the number is what it should be, or no letters.
pub fn decode_number(field: Field, number: u64) -> Option<Decoded> {
    let whole = number.to_be_bytes();
    let [.., first, high, middle, low] = whole;
    let fits = |bytes: u32| number >> (8 * bytes) == 0;
    let (bytes, at) = match field {
        Field::FastCgiVersion if fits(1) && number != 1 => (vec![low], 0),
        Field::Http2FrameLength if fits(3) => (vec![high, middle, low], 0),
        Field::UwsgiBlockSize if fits(2) => (vec![low, middle], 1),
        Field::AjpSignature if fits(2) => (vec![middle, low], 0),
        Field::TlsRecordLength if fits(2) => (vec![middle, low], 3),
        Field::FirstFour if fits(4) && !fits(3) => (vec![first, high, middle, low], 0),
        _ => return None,
    };
    let spoken = who_says(&bytes, at)?;
    Some(Decoded { bytes, spoken })
}

/// Who says these bytes at that offset of its first message.
fn who_says(bytes: &[u8], at: usize) -> Option<Spoken> {
    let says = |opening: &[u8]| opening.get(at..).is_some_and(|o| begins_alike(o, bytes));
    let known = OPENINGS.iter().find(|(opening, _)| says(opening));
    let printable = bytes.iter().all(u8::is_ascii_graphic);
    known
        .map(|(_, spoken)| *spoken)
        .or(printable.then_some(Spoken::Text))
}

fn begins_alike(opening: &[u8], bytes: &[u8]) -> bool {
    let shared = opening.len().min(bytes.len());
    shared > 0 && opening.get(..shared) == bytes.get(..shared)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken(field: Field, number: u64) -> Option<Spoken> {
        decode_number(field, number).map(|decoded| decoded.spoken)
    }

    #[test]
    fn numbers_become_what_was_said() {
        assert_eq!(
            spoken(Field::FastCgiVersion, 72),
            Some(Spoken::HttpResponse)
        );
        assert_eq!(spoken(Field::FastCgiVersion, 21), Some(Spoken::Tls));
        assert_eq!(spoken(Field::FastCgiVersion, 83), Some(Spoken::Ssh));
        assert_eq!(
            spoken(Field::Http2FrameLength, 4_740_180),
            Some(Spoken::HttpResponse)
        );
        assert_eq!(
            spoken(Field::UwsgiBlockSize, 21_573),
            Some(Spoken::HttpRequest)
        );
        assert_eq!(
            spoken(Field::UwsgiBlockSize, 21_327),
            Some(Spoken::HttpRequest)
        );
        assert_eq!(
            spoken(Field::AjpSignature, 0x4854),
            Some(Spoken::HttpResponse)
        );
        assert_eq!(
            spoken(Field::TlsRecordLength, 20_527),
            Some(Spoken::HttpResponse)
        );
        assert_eq!(
            spoken(Field::FirstFour, 1_195_725_856),
            Some(Spoken::HttpRequest)
        );
    }

    #[test]
    fn letters_of_an_unlisted_protocol_are_still_text() {
        let smtp = decode_number(Field::Http2FrameLength, 0x32_32_30);
        assert_eq!(
            smtp.map(|d| (d.bytes, d.spoken)),
            Some((b"220".to_vec(), Spoken::Text))
        );
    }

    #[test]
    fn plain_numbers_stay_numbers() {
        assert_eq!(spoken(Field::FastCgiVersion, 1), None);
        assert_eq!(spoken(Field::FastCgiVersion, 300), None);
        assert_eq!(spoken(Field::Http2FrameLength, 16_385), None);
        assert_eq!(spoken(Field::UwsgiBlockSize, 4_200), None);
    }

    proptest::proptest! {
        #[test]
        fn what_is_said_is_found_again(a: u8, b: u8, c: u8) {
            let number = u64::from(a) << 16 | u64::from(b) << 8 | u64::from(c);
            if let Some(decoded) = decode_number(Field::Http2FrameLength, number) {
                proptest::prop_assert_eq!(decoded.bytes, [a, b, c]);
            }
        }
    }
}
