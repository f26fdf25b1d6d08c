//! FastCGI, from the proxy's side: requests to an application, and its records.
//!
//! The reading keeps whatever came, however broken the stream is: a worker that
//! dies half-way has said something before.
use crate::prelude::*;

mod records;
mod request;

pub(crate) use records::contents;
pub use records::{FastCgiProgress, read};
pub use request::{GetRequest, in_words, request};

/// Everything a FastCGI application sent for one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// Its standard output, put together: header lines and body, to be read with
    /// [`read_cgi`](super::http1::read_cgi).
    pub stdout: Vec<u8>,
    /// Its standard error, put together: PHP's messages.
    pub stderr: Vec<u8>,
    /// The end-of-request record, if it came whole.
    pub end: Option<EndRequest>,
    /// What is not as it should be, in order, at most 100.
    pub oddities: Vec<Oddity>,
    /// Where each piece of `stdout` was found.
    pub(crate) pieces: Vec<Piece>,
}

/// A piece of standard output and its place among the received bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) stdout: usize,
    pub(crate) received: usize,
    pub(crate) len: usize,
}

/// How the application ended the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndRequest {
    /// Its exit status; PHP sends 0, or 255 after a fatal error.
    pub app_status: u32,
    /// Whether it took the request at all.
    pub protocol_status: ProtocolStatus,
}

/// Whether a FastCGI application took a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProtocolStatus {
    /// It ran to its end.
    Complete,
    /// It takes one request per connection only.
    CannotMultiplex,
    /// It is out of some resource.
    Overloaded,
    /// It does not play the responder role.
    UnknownRole,
    /// A number the protocol does not define.
    Undefined(u8),
}

/// Something that is not as it should be, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Oddity {
    /// What.
    pub kind: Kind,
    /// Offset in what was received.
    pub at: usize,
}

/// What can be wrong with a FastCGI stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A record whose version is not 1. 72 is `H`: the peer speaks HTTP.
    Version(u8),
    /// A record type that an application does not send.
    Type(u8),
    /// A record for another request than number 1.
    RequestId(u16),
    /// The output ended before its header lines were complete.
    OutputEndedInHead,
    /// The request ended before its header lines were complete.
    EndedInHead,
    /// An end-of-request record shorter than its eight bytes.
    ShortEnd(u16),
    /// The peer closed inside a record.
    ClosedInRecord,
    /// The peer closed between records, without ending the request.
    ClosedWithoutEnd,
    /// Bytes behind the end of the request.
    ExtraBytes,
}

impl Reply {
    /// What nginx writes into its error log about one of the oddities, if it minds.
    pub fn nginx_says(kind: Kind) -> Option<&'static str> {
        Some(match kind {
            Kind::Version(_) => "upstream sent unsupported FastCGI protocol version",
            Kind::Type(_) => "upstream sent invalid FastCGI record type",
            Kind::RequestId(_) => "upstream sent unexpected FastCGI request id",
            Kind::OutputEndedInHead => "upstream prematurely closed FastCGI stdout",
            Kind::EndedInHead => "upstream sent unexpected FastCGI record: 3",
            Kind::ClosedInRecord | Kind::ClosedWithoutEnd => {
                "upstream prematurely closed connection"
            }
            Kind::ShortEnd(_) | Kind::ExtraBytes => return None,
        })
    }

    /// How many received bytes nginx must hold in `fastcgi_buffer_size` to see a
    /// head that ends at `head_bytes` of the output: record headers, padding and
    /// earlier standard error count as well.
    pub fn received_bytes_of_head(&self, head_bytes: usize) -> Option<usize> {
        let last = head_bytes.checked_sub(1)?;
        let holds = |p: &&Piece| (p.stdout..p.stdout.saturating_add(p.len)).contains(&last);
        let piece = self.pieces.iter().find(holds)?;
        let inside = last.checked_sub(piece.stdout)?;
        piece.received.checked_add(inside)?.checked_add(1)
    }
}

impl From<u8> for ProtocolStatus {
    fn from(number: u8) -> Self {
        match number {
            0 => Self::Complete,
            1 => Self::CannotMultiplex,
            2 => Self::Overloaded,
            3 => Self::UnknownRole,
            other => Self::Undefined(other),
        }
    }
}

#[cfg(test)]
mod tests;
