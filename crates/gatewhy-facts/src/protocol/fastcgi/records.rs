//! Records that a FastCGI application sends.
use super::{EndRequest, Kind, Oddity, Piece, Reply};
use crate::prelude::*;
use crate::protocol::http1::Want;
use crate::protocol::identify::may_be_fastcgi;

const END_REQUEST: u8 = 3;
const STDOUT: u8 = 6;
const STDERR: u8 = 7;
const HEADER: usize = 8;

/// A record's header.
#[derive(Clone, Copy, Debug)]
struct RecordHead {
    version: u8,
    kind: u8,
    request: u16,
    content: usize,
    padding: usize,
}

fn head_at(bytes: &[u8], at: usize) -> Option<RecordHead> {
    match bytes.get(at..at.checked_add(HEADER)?)? {
        [version, kind, id_hi, id_lo, len_hi, len_lo, padding, _] => Some(RecordHead {
            version: *version,
            kind: *kind,
            request: u16::from_be_bytes([*id_hi, *id_lo]),
            content: usize::from(u16::from_be_bytes([*len_hi, *len_lo])),
            padding: usize::from(*padding),
        }),
        _ => None,
    }
}

/// Reads everything that came. `ended` says that the peer ended the connection.
pub fn read(received: &[u8], ended: bool) -> Reply {
    let mut reader = Reader {
        received,
        at: 0,
        head: None,
        out: Reply::default(),
    };
    while reader.out.end.is_none() && reader.step() {}
    reader.close(ended);
    reader.out
}

struct Reader<'a> {
    received: &'a [u8],
    at: usize,
    /// Whether the output held a whole head when it first had to.
    head: Option<bool>,
    out: Reply,
}

impl Reader<'_> {
    fn note(&mut self, kind: Kind, at: usize) {
        const MOST: usize = 100;
        if self.out.oddities.len() < MOST {
            self.out.oddities.push(Oddity { kind, at });
        }
    }

    /// Takes one record; whether there may be another.
    fn step(&mut self) -> bool {
        let Some(head) = head_at(self.received, self.at) else {
            self.note_foreign_start();
            return false;
        };
        if head.version != 1 {
            self.note(Kind::Version(head.version), self.at);
            return false;
        }
        if head.request != 1 {
            self.note(Kind::RequestId(head.request), self.at.saturating_add(2));
        }
        let start = self.at.saturating_add(HEADER);
        let rest = self.received.get(start..).unwrap_or_default();
        let content = rest.get(..head.content.min(rest.len())).unwrap_or_default();
        self.take(&head, content, start);
        let whole = head.content.saturating_add(head.padding);
        if rest.len() < whole {
            return false;
        }
        self.at = start.saturating_add(whole);
        true
    }

    /// Fewer bytes than a record's header can still show a foreign protocol.
    fn note_foreign_start(&mut self) {
        if let Some(version) = self.received.get(self.at).filter(|v| **v != 1) {
            self.note(Kind::Version(*version), self.at);
        }
    }

    fn take(&mut self, head: &RecordHead, content: &[u8], start: usize) {
        match head.kind {
            STDOUT => self.take_stdout(head, content, start),
            STDERR => self.out.stderr.extend_from_slice(content),
            END_REQUEST => self.take_end(head, content, start),
            other => self.note(Kind::Type(other), start.saturating_sub(HEADER - 1)),
        }
    }

    fn take_stdout(&mut self, head: &RecordHead, content: &[u8], start: usize) {
        if head.content == 0 {
            return self.need_head(Kind::OutputEndedInHead, start);
        }
        self.out.pieces.push(Piece {
            stdout: self.out.stdout.len(),
            received: start,
            len: content.len(),
        });
        self.out.stdout.extend_from_slice(content);
    }

    fn take_end(&mut self, head: &RecordHead, content: &[u8], start: usize) {
        self.need_head(Kind::EndedInHead, start);
        if head.content < HEADER {
            let length = u16::try_from(head.content).unwrap_or(u16::MAX);
            self.note(Kind::ShortEnd(length), start);
        }
        if let [a, b, c, d, status, ..] = content {
            self.out.end = Some(EndRequest {
                app_status: u32::from_be_bytes([*a, *b, *c, *d]),
                protocol_status: (*status).into(),
            });
        }
    }

    /// The output, or the request, ends here: it must hold a whole head. That is
    /// looked for once, or a stream of empty records would be searched for each.
    fn need_head(&mut self, otherwise: Kind, start: usize) {
        if self.head.is_none() {
            let has_head = has_head(&self.out.stdout);
            self.head = Some(has_head);
            if !has_head {
                self.note(otherwise, start.saturating_sub(HEADER));
            }
        }
    }

    fn close(&mut self, ended: bool) {
        let left = self.received.len().saturating_sub(self.at);
        let foreign = self
            .out
            .oddities
            .iter()
            .any(|o| matches!(o.kind, Kind::Version(_)));
        if self.out.end.is_some() {
            if left > 0 {
                self.note(Kind::ExtraBytes, self.at);
            }
        } else if ended && !foreign && !self.received.is_empty() {
            let kind = if left > 0 {
                Kind::ClosedInRecord
            } else {
                Kind::ClosedWithoutEnd
            };
            self.note(kind, self.received.len());
        }
    }
}

fn has_head(output: &[u8]) -> bool {
    let blank = |end: &[u8]| memchr::memmem::find(output, end).is_some();
    let at_once = output.starts_with(b"\n") || output.starts_with(b"\r\n");
    at_once || blank(b"\n\r\n") || blank(b"\n\n")
}

/// Watches records come in, without reading old bytes again.
#[derive(Clone, Copy, Debug, Default)]
pub struct FastCgiProgress {
    at: usize,
}

impl FastCgiProgress {
    /// Looks at everything that has come so far.
    pub fn look(&mut self, received: &[u8]) -> Want {
        loop {
            let rest = received.get(self.at..).unwrap_or_default();
            if !may_be_fastcgi(rest) {
                return Want::Foreign;
            }
            let Some(head) = head_at(received, self.at) else {
                return Want::More;
            };
            let whole = HEADER
                .saturating_add(head.content)
                .saturating_add(head.padding);
            if rest.len() < whole {
                return Want::More;
            }
            if head.kind == END_REQUEST {
                return Want::Nothing;
            }
            self.at = self.at.saturating_add(whole);
        }
    }
}

/// The places of `stdout`'s and `stderr`'s content among the received bytes.
pub(crate) fn contents(received: &[u8]) -> Vec<core::ops::Range<usize>> {
    let mut out = Vec::new();
    let mut at = 0_usize;
    while let Some(head) = head_at(received, at).filter(|h| h.version == 1) {
        let start = at.saturating_add(HEADER);
        let end = start.saturating_add(head.content).min(received.len());
        if matches!(head.kind, STDOUT | STDERR) && start < end {
            out.push(start..end);
        }
        at = start
            .saturating_add(head.content)
            .saturating_add(head.padding);
    }
    out
}
