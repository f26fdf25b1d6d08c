//! A byte-level reading of an HTTP/1 answer.
//!
//! It understands as much as any proxy would and notes everything that some proxy
//! would not: each fault is an [`Oddity`] with its place. Whether a given proxy
//! refuses it is that proxy's matter; see [`nginx`].
use crate::prelude::*;
use crate::protocol::identify::{Protocol, identify};

mod body;
mod drain;
mod head;
pub mod nginx;
mod progress;

pub use body::decode_chunks;
pub use drain::Drain;
pub use progress::{Progress, Want};

/// What came, as HTTP/1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Codes of the interim (1xx) answers before the real one, at most 8.
    pub interim: Vec<u16>,
    /// The status line, if there was one.
    pub status: Option<Status>,
    /// The header lines of the final answer in order, at most 1000.
    pub headers: Vec<Header>,
    /// Offset of the first byte of the final answer, behind any interim ones.
    pub head_start: usize,
    /// Bytes of the final answer's status line and header lines, with the blank
    /// line: what a proxy's header buffer must hold. As much as came, when the
    /// head is not complete.
    pub head_bytes: usize,
    /// Whether the blank line at the end of the head came.
    pub head_complete: bool,
    /// How the body is framed, and how much of it came.
    pub body: Body,
    /// Everything that is not as it should be, in the order of its place.
    pub oddities: Vec<Oddity>,
}

/// A status line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// Major and minor version.
    pub version: (u8, u8),
    /// The three-digit code.
    pub code: u16,
}

/// One header line. Offsets are into what was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// First byte of the name, and of the line.
    pub start: usize,
    /// Just behind the name.
    pub name_end: usize,
    /// First byte of the value, behind blanks.
    pub value: usize,
    /// Just behind the value, before blanks and the line's end.
    pub end: usize,
}

/// A body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Body {
    /// How its end is told.
    pub framing: Framing,
    /// Offset of its first byte.
    pub start: usize,
    /// Bytes of it that came, framing included.
    pub bytes: usize,
    /// Whether all of it came. A body that ends with the connection is complete
    /// when the peer closed it in an orderly way.
    pub complete: bool,
}

/// How the end of a body is told (RFC 9112 section 6.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// There is none: an answer to HEAD, 1xx, 204, 304, or no head at all.
    #[default]
    Nothing,
    /// By `Content-Length`.
    Length(u64),
    /// By `Transfer-Encoding: chunked`.
    Chunked,
    /// By the end of the connection.
    UntilClose,
}

/// Something that is not as it should be, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Oddity {
    /// What.
    pub kind: Kind,
    /// Offset of its first byte in what was received.
    pub start: usize,
    /// Just behind its last byte.
    pub end: usize,
}

/// What can be wrong with an HTTP/1 answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Not HTTP/1 at all; what it looks like instead.
    NotHttp(Protocol),
    /// Begins with `HTTP/`, but no version and three-digit code follow.
    BadStatusLine,
    /// An interim answer (1xx) that nobody asked for.
    Interim(u16),
    /// An interim answer with a version below 1.1.
    InterimInHttp10(u16),
    /// A header line without a colon; all its bytes may stand in a name.
    NoColon,
    /// A byte that may not stand in a header name: a control byte or a blank.
    ByteInName(u8),
    /// A header line that begins with a colon.
    EmptyName,
    /// A header line that begins with a blank: a folded line (RFC 9112 section 5.2).
    FoldedLine,
    /// A second status line among the headers.
    StatusLineAmongHeaders,
    /// A zero byte in a header value.
    NulInValue,
    /// Another control byte in a header value.
    ControlInValue(u8),
    /// A carriage return without a line feed behind it, inside a line.
    BareCarriageReturn,
    /// Head lines that end with a line feed alone. Noted once.
    BareLineFeed,
    /// `Content-Length` more than once.
    DuplicateLength {
        /// Whether both have the same value.
        same: bool,
    },
    /// `Transfer-Encoding` more than once.
    DuplicateEncoding,
    /// `Content-Length` and `Transfer-Encoding` both.
    LengthAndEncoding,
    /// A `Content-Length` that is not a number.
    BadLength,
    /// A `Transfer-Encoding` other than `chunked`.
    UnknownEncoding,
    /// A chunked body in an answer with a version below 1.1.
    ChunkedInHttp10,
    /// A `Status` line of a CGI head that is not a three-digit code.
    BadCgiStatus,
    /// A chunk size that is not one, or no line end behind a chunk.
    BadChunk,
    /// A chunk line that ends with a line feed alone.
    BareLineFeedInChunk,
    /// The peer closed before the head was complete.
    ClosedInHead,
    /// The peer closed before the body was complete; bytes that are missing, where
    /// a length was told.
    ShortBody {
        /// Missing bytes, if a length was told.
        missing: Option<u64>,
    },
    /// Bytes behind the end of the answer.
    ExtraBytes,
}

/// What is known of the conversation besides the bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Context<'a> {
    /// What was sent. It tells a HEAD request and an echo.
    pub sent: &'a [u8],
    /// Whether the peer ended the connection, so that nothing more would come.
    pub ended: bool,
}

impl Context<'_> {
    fn is_head(&self) -> bool {
        self.sent.starts_with(b"HEAD ")
    }
}

/// Reads what came as the answer to an HTTP/1 request. Never fails: see
/// [`Reading::oddities`].
pub fn read(received: &[u8], context: &Context<'_>) -> Reading {
    let mut out = Reading::default();
    if received.is_empty() {
        return out;
    }
    if !crate::protocol::identify::may_be_http1(received) {
        out.note(
            Kind::NotHttp(identify(received, context.sent)),
            0,
            received.len(),
        );
        return out;
    }
    head::read_answers(received, context, &mut out);
    if out.head_complete {
        body::read(received, context, &mut out);
    }
    out.oddities.sort_by_key(|o| o.start);
    out
}

/// Reads the output of a CGI-like application (the standard output of FastCGI):
/// header lines without a status line, then a body that ends with the stream.
/// `Status:` becomes the status, as [RFC 3875 section 6.3.3] has it; 302 with a
/// `Location` and 200 otherwise, as nginx does.
///
/// [RFC 3875 section 6.3.3]: https://www.rfc-editor.org/rfc/rfc3875#section-6.3.3
pub fn read_cgi(output: &[u8], ended: bool) -> Reading {
    let mut out = Reading::default();
    head::read_headers(output, 0, &mut out);
    out.status = Some(head::cgi_status(output, &mut out));
    if out.head_complete {
        out.body = Body {
            framing: Framing::UntilClose,
            start: out.head_bytes,
            bytes: output.len().saturating_sub(out.head_bytes),
            complete: ended,
        };
    } else if ended {
        out.note(Kind::ClosedInHead, output.len(), output.len());
    }
    out
}

impl Reading {
    fn note(&mut self, kind: Kind, start: usize, end: usize) {
        const MOST: usize = 100;
        if self.oddities.len() < MOST {
            self.oddities.push(Oddity { kind, start, end });
        }
    }

    /// The status code, if there was a status line.
    pub fn code(&self) -> Option<u16> {
        self.status.map(|s| s.code)
    }

    /// All values of one header, in order; names compare without regard to case.
    pub fn values<'a>(&self, received: &'a [u8], name: &str) -> Vec<&'a [u8]> {
        let same = |h: &&Header| h.name(received).eq_ignore_ascii_case(name.as_bytes());
        let found = self.headers.iter().filter(same);
        found.map(|h| h.value(received)).collect()
    }

    /// The first value of one header.
    pub fn value<'a>(&self, received: &'a [u8], name: &str) -> Option<&'a [u8]> {
        self.values(received, name).first().copied()
    }

    /// Whether the whole answer came, head and body.
    pub fn is_complete(&self) -> bool {
        self.head_complete && self.body.complete
    }

    /// What the bytes look like when they are not HTTP.
    pub fn other_protocol(&self) -> Option<Protocol> {
        self.oddities.iter().find_map(|o| match o.kind {
            Kind::NotHttp(protocol) => Some(protocol),
            _ => None,
        })
    }

    /// The longest header line, for reports: its bytes with the line end.
    pub fn longest_header(&self) -> Option<&Header> {
        self.headers
            .iter()
            .max_by_key(|h| h.end.saturating_sub(h.start))
    }
}

impl Header {
    /// The name's bytes.
    pub fn name<'a>(&self, received: &'a [u8]) -> &'a [u8] {
        received.get(self.start..self.name_end).unwrap_or_default()
    }

    /// The value's bytes, without blanks around it.
    pub fn value<'a>(&self, received: &'a [u8]) -> &'a [u8] {
        received.get(self.value..self.end).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
