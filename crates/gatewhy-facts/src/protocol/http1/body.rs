//! How a body is framed, and whether all of it came.
use super::head::digits;
use super::{Body, Context, Framing, Header, Kind, Reading};
use crate::prelude::*;

/// Reads the framing headers and the body behind a complete head.
pub(super) fn read(bytes: &[u8], context: &Context<'_>, out: &mut Reading) {
    let framing = framing(bytes, context.is_head(), out);
    let start = out
        .head_start
        .saturating_add(out.head_bytes)
        .min(bytes.len());
    let got = bytes.len() - start;
    out.body = Body {
        framing,
        start,
        bytes: got,
        complete: false,
    };
    match framing {
        Framing::Nothing => end_at(start, bytes, out),
        Framing::UntilClose => out.body.complete = context.ended,
        Framing::Length(length) => read_length(length, bytes, context, out),
        Framing::Chunked => read_chunks(bytes, context, out),
    }
}

/// The body ends here; whatever follows does not belong to the answer.
fn end_at(end: usize, bytes: &[u8], out: &mut Reading) {
    out.body.complete = true;
    out.body.bytes = end.saturating_sub(out.body.start);
    if end < bytes.len() {
        out.note(Kind::ExtraBytes, end, bytes.len());
    }
}

fn read_length(length: u64, bytes: &[u8], context: &Context<'_>, out: &mut Reading) {
    let missing = length.saturating_sub(out.body.bytes as u64);
    if missing == 0 {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        return end_at(out.body.start.saturating_add(length), bytes, out);
    }
    if context.ended {
        let missing = Some(missing);
        out.note(Kind::ShortBody { missing }, bytes.len(), bytes.len());
    }
}

fn read_chunks(bytes: &[u8], context: &Context<'_>, out: &mut Reading) {
    let mut chunks = Chunks::new(out.body.start);
    match chunks.run(bytes) {
        Scan::Done => end_at(chunks.at, bytes, out),
        Scan::Bad { at, feed: false } => out.note(Kind::BadChunk, at, bytes.len().min(at + 16)),
        Scan::Bad { at, feed: true } => out.note(Kind::BareLineFeedInChunk, at, at + 1),
        Scan::More if context.ended => {
            let missing = None;
            out.note(Kind::ShortBody { missing }, bytes.len(), bytes.len());
        }
        Scan::More => {}
    }
}

/// Which framing the headers tell (RFC 9112 section 6.3), noting contradictions.
pub(super) fn framing(bytes: &[u8], is_head: bool, out: &mut Reading) -> Framing {
    let coding = encoding(bytes, out);
    let length = length(bytes, coding.is_some(), out);
    let code = out.code().unwrap_or(0);
    if is_head || (100..200).contains(&code) || code == 204 || code == 304 {
        return Framing::Nothing;
    }
    match (coding, length) {
        (Some(true), _) => Framing::Chunked,
        (Some(false), _) | (None, None) => Framing::UntilClose,
        (None, Some(length)) => Framing::Length(length),
    }
}

fn named(bytes: &[u8], name: &str, out: &Reading) -> Vec<Header> {
    let same = |h: &&Header| h.name(bytes).eq_ignore_ascii_case(name.as_bytes());
    out.headers.iter().filter(same).copied().collect()
}

/// Whether the transfer coding is `chunked`, if there is one.
fn encoding(bytes: &[u8], out: &mut Reading) -> Option<bool> {
    let all = named(bytes, "transfer-encoding", out);
    let first = all.first()?;
    if let Some(second) = all.get(1) {
        out.note(Kind::DuplicateEncoding, second.start, second.end);
    }
    let chunked = first.value(bytes).eq_ignore_ascii_case(b"chunked");
    if !chunked {
        out.note(Kind::UnknownEncoding, first.start, first.end);
    } else if out.status.is_some_and(|s| s.version < (1, 1)) {
        out.note(Kind::ChunkedInHttp10, first.start, first.end);
    }
    Some(chunked)
}

fn length(bytes: &[u8], has_encoding: bool, out: &mut Reading) -> Option<u64> {
    let all = named(bytes, "content-length", out);
    let first = *all.first()?;
    if let Some(second) = all.get(1) {
        let same = second.value(bytes) == first.value(bytes);
        out.note(Kind::DuplicateLength { same }, second.start, second.end);
    }
    if has_encoding {
        out.note(Kind::LengthAndEncoding, first.start, first.end);
    }
    let value: Option<i64> = digits(first.value(bytes));
    if value.is_none() {
        out.note(Kind::BadLength, first.start, first.end);
    }
    value.and_then(|v| u64::try_from(v).ok())
}

/// A walk over a chunked body which can go on when more bytes have come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunks {
    /// Where the next chunk's size line begins; behind the body when done.
    pub(super) at: usize,
    in_trailer: bool,
}

/// How far a walk got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scan {
    /// The last chunk and the trailer came.
    Done,
    /// More bytes are needed.
    More,
    /// Not a chunk, from there on; `feed` when only a carriage return is missing.
    Bad { at: usize, feed: bool },
}

/// One step of a walk.
enum Step {
    /// A chunk's data.
    Data(usize, usize),
    /// Something without data.
    Moved,
    Ended(Scan),
}

impl Chunks {
    pub(super) const fn new(at: usize) -> Self {
        Self {
            at,
            in_trailer: false,
        }
    }

    pub(super) fn run(&mut self, bytes: &[u8]) -> Scan {
        loop {
            if let Step::Ended(scan) = self.step(bytes) {
                return scan;
            }
        }
    }

    fn step(&mut self, bytes: &[u8]) -> Step {
        const LONGEST_LINE: usize = 16 << 10;
        let rest = bytes.get(self.at..).unwrap_or_default();
        let Some(feed) = memchr::memchr(b'\n', rest) else {
            return Step::Ended(self.unfinished_line(rest, LONGEST_LINE));
        };
        let line = rest.get(..feed).unwrap_or_default();
        let Some(line) = line.strip_suffix(b"\r") else {
            return Step::Ended(self.bare_line_feed(line));
        };
        let next = self.at.saturating_add(feed + 1);
        if self.in_trailer {
            self.at = next;
            return if line.is_empty() {
                Step::Ended(Scan::Done)
            } else {
                Step::Moved
            };
        }
        match size(line) {
            None => Step::Ended(Scan::Bad {
                at: self.at,
                feed: false,
            }),
            Some(0) => {
                (self.at, self.in_trailer) = (next, true);
                Step::Moved
            }
            Some(size) => self.data(bytes, next, size),
        }
    }

    /// A line that ends without a carriage return: only that, or no chunk line?
    fn bare_line_feed(&self, line: &[u8]) -> Scan {
        if self.in_trailer || size(line).is_some() {
            let at = self.at.saturating_add(line.len());
            return Scan::Bad { at, feed: true };
        }
        Scan::Bad {
            at: self.at,
            feed: false,
        }
    }

    /// A line whose end has not come: is it hopeless already?
    fn unfinished_line(&self, rest: &[u8], longest: usize) -> Scan {
        let hopeful =
            self.in_trailer || rest.is_empty() || rest.first().is_some_and(u8::is_ascii_hexdigit);
        if hopeful && rest.len() <= longest {
            return Scan::More;
        }
        Scan::Bad {
            at: self.at,
            feed: false,
        }
    }

    fn data(&mut self, bytes: &[u8], start: usize, size: u64) -> Step {
        let end = usize::try_from(size)
            .ok()
            .and_then(|s| start.checked_add(s));
        let Some(end) = end.filter(|end| *end <= bytes.len()) else {
            return Step::Ended(Scan::More);
        };
        match bytes.get(end..).unwrap_or_default() {
            [] | [b'\r'] => Step::Ended(Scan::More),
            [b'\r', b'\n', ..] => {
                self.at = end + 2;
                Step::Data(start, end)
            }
            [first, ..] => Step::Ended(Scan::Bad {
                at: end,
                feed: *first == b'\n',
            }),
        }
    }
}

/// The size in a chunk line: hexadecimal digits, then nothing, a blank or `;`.
fn size(line: &[u8]) -> Option<u64> {
    let digits = line.iter().take_while(|b| b.is_ascii_hexdigit()).count();
    let (size, rest) = line.split_at_checked(digits)?;
    let ends = matches!(rest.first(), None | Some(b';' | b' ' | b'\t'));
    let text = core::str::from_utf8(size).ok().filter(|_| ends)?;
    u64::from_str_radix(text, 16).ok()
}

/// The data of a chunked body without its framing, as far as it is sound.
pub fn decode_chunks(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut chunks = Chunks::new(0);
    loop {
        match chunks.step(body) {
            Step::Data(start, end) => {
                out.extend_from_slice(body.get(start..end).unwrap_or_default());
            }
            Step::Moved => {}
            Step::Ended(_) => return out,
        }
    }
}
