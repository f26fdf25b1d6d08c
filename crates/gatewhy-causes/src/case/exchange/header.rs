//! The backend's answer head: how large it is against the proxy's buffer for it,
//! and what in it the proxy refuses.
use crate::case::Case;
use crate::case::exchange::direct::Direct;
use crate::case::exchange::link::Link;
use crate::evidence::Excerpt;
use gatewhy_facts::nginx::backend_settings::BackendSettings;
use gatewhy_facts::prelude::*;
use gatewhy_facts::protocol::http1::nginx::{self, Release, Verdict};
use gatewhy_facts::protocol::http1::{Header, Kind, Oddity};
use gatewhy_facts::source_text::Place;
use gatewhy_facts::untrusted::shown;

/// nginx's file header in front of a response that it will cache, without the key:
/// `ngx_http_file_cache_header_t` on 64-bit machines, and `KEY: ` with its line ends.
const CACHE_HEADER: u64 = 343;

/// The buffer that the whole answer head must fit into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderBuffer {
    /// The directive: `proxy_buffer_size`.
    pub directive: String,
    /// Its value in bytes.
    pub bytes: u64,
    /// Where it is written; none for nginx's default, one page of memory.
    pub place: Option<Place>,
    /// Whether a file that could set it otherwise could not be read.
    pub is_sure: bool,
    /// Whether the response goes through a cache, whose own header takes room.
    pub cached: bool,
}

impl HeaderBuffer {
    /// How many bytes are left for the head.
    pub const fn room(&self) -> u64 {
        if self.cached {
            self.bytes.saturating_sub(CACHE_HEADER)
        } else {
            self.bytes
        }
    }
}

/// Header lines of one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedLines {
    /// The name as it was sent first.
    pub name: String,
    /// How many lines.
    pub lines: usize,
    /// Their bytes, line ends included.
    pub bytes: usize,
}

/// Something in the answer head that this release of nginx refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What it is.
    pub oddity: Oddity,
    /// What nginx's log says of it.
    pub says: &'static str,
    /// The line, with the offending bytes marked.
    pub excerpt: Excerpt,
}

impl Case<'_> {
    /// The release of the nginx that runs.
    pub fn release(&self) -> Option<Release> {
        let proxy = self.proxy();
        let version = proxy.found()?.version.clone()?;
        let mut numbers = version.split('.').map(str::parse);
        let mut next = || numbers.next()?.ok();
        Some(Release(next()?, next()?, next()?))
    }
}

impl Link<'_, '_> {
    /// The buffer in force for the answer head.
    pub fn header_buffer(&self) -> Option<HeaderBuffer> {
        let settings = self.case.backend_settings()?;
        let gaps = &self.case.settings()?.gaps;
        Some(HeaderBuffer {
            directive: format!("{}_buffer_size", settings.family.prefix()),
            bytes: self.buffer_bytes(settings),
            place: settings.buffer_size.place.clone(),
            is_sure: gaps.is_empty(),
            cached: settings
                .cache
                .as_ref()
                .is_some_and(|zone| zone.value != "off"),
        })
    }

    /// nginx's default is one page of this machine's memory.
    fn buffer_bytes(&self, settings: &BackendSettings) -> u64 {
        if settings.buffer_size.is_written() {
            return settings.buffer_size.value;
        }
        self.case.page_size()
    }

    /// Bytes that the proxy must hold at once to see the whole head that the backend
    /// sends: the head itself; for FastCGI with what comes before and between.
    /// `false` when the head was longer than we kept.
    pub fn head_bytes(&self) -> Option<(u64, bool)> {
        let direct = self.direct();
        let direct = direct.found()?;
        let bytes = match &direct.fastcgi {
            Some(reply) => reply.received_bytes_of_head(direct.answer.head_bytes)?,
            None => direct.answer.head_bytes,
        };
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        (bytes > 0).then_some((bytes, direct.answer.head_complete))
    }

    /// The head's lines by name, those that take most room first.
    pub fn largest_headers(&self) -> Vec<NamedLines> {
        let direct = self.direct();
        let Some(direct) = direct.found() else {
            return Vec::new();
        };
        let text = direct.answer_text();
        let mut named: Vec<NamedLines> = Vec::new();
        for header in &direct.answer.headers {
            let name = shown(header.name(text)).to_string();
            let bytes = header.end.saturating_sub(header.start).saturating_add(2);
            match named
                .iter_mut()
                .find(|n| n.name.eq_ignore_ascii_case(&name))
            {
                Some(known) => {
                    known.lines = known.lines.saturating_add(1);
                    known.bytes = known.bytes.saturating_add(bytes);
                }
                None => named.push(NamedLines {
                    name,
                    lines: 1,
                    bytes,
                }),
            }
        }
        named.sort_by_key(|n| core::cmp::Reverse(n.bytes));
        named
    }

    /// What in the backend's answer head nginx of this release refuses, in order.
    pub fn refused_in_head(&self) -> Vec<Refused> {
        let direct = self.direct();
        let Some(direct) = direct.found() else {
            return Vec::new();
        };
        let release = self.case.release();
        let refused = direct.answer.oddities.iter().filter_map(|oddity| {
            let Verdict::Refuses(says) = nginx::verdict(oddity.kind, release) else {
                return None;
            };
            let is_end = oddity.start == oddity.end;
            (!is_end).then(|| Refused {
                oddity: *oddity,
                says,
                excerpt: excerpt(direct.answer_text(), oddity),
            })
        });
        refused.collect()
    }
}

impl Direct<'_> {
    /// The text that the answer's offsets point into.
    pub fn answer_text(&self) -> &[u8] {
        match &self.fastcgi {
            Some(reply) => &reply.stdout,
            None => self.conversation.received,
        }
    }

    /// The header that an oddity stands in.
    pub fn header_at(&self, offset: usize) -> Option<&Header> {
        let mut all = self.answer.headers.iter();
        all.find(|header| (header.start..=header.end).contains(&offset))
    }
}

impl Refused {
    /// What is wrong, in plain words.
    pub fn words(&self) -> String {
        match self.oddity.kind {
            Kind::ByteInName(b' ') => "a blank in a header's name".into(),
            Kind::ByteInName(byte) => format!("the byte {byte:#04x} in a header's name"),
            Kind::EmptyName => "a header line without a name".into(),
            Kind::FoldedLine => "a header line that begins with a blank".into(),
            Kind::NulInValue => "a zero byte in a header's value".into(),
            Kind::BareCarriageReturn => "a carriage return inside a header's value".into(),
            Kind::DuplicateLength { .. } => "Content-Length twice".into(),
            Kind::DuplicateEncoding => "Transfer-Encoding twice".into(),
            Kind::LengthAndEncoding => "Content-Length and Transfer-Encoding together".into(),
            Kind::BadLength => "a Content-Length that is not a number".into(),
            Kind::UnknownEncoding => "a Transfer-Encoding that is not chunked".into(),
            Kind::BadCgiStatus => "a Status that is not a three-digit code".into(),
            Kind::InterimInHttp10(code) => format!("an interim answer {code} in HTTP/1.0"),
            _ => self.says.to_owned(),
        }
    }
}

/// The longest piece of a line that is shown on either side of the fault.
const AROUND: usize = 60;

/// The line around an oddity, its bytes made visible, the offending ones marked.
fn excerpt(text: &[u8], oddity: &Oddity) -> Excerpt {
    let start = oddity.start.min(text.len());
    let end = oddity.end.clamp(start, text.len());
    let (before, rest) = text.split_at(start);
    let feeds = before.split(|b| *b == b'\n').count();
    let from = before.iter().rposition(|b| *b == b'\n');
    let from = from.map_or(0, |at| at.saturating_add(1));
    let from = from.max(start.saturating_sub(AROUND));
    let length = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
    let until = start
        .saturating_add(length)
        .min(end.saturating_add(AROUND))
        .max(end);
    let part = |from: usize, until: usize| text.get(from..until).unwrap_or_default();
    let tail = part(end, until);
    let tail = tail.strip_suffix(b"\r").unwrap_or(tail);
    let (head, mark) = (
        shown(part(from, start)).to_string(),
        shown(part(start, end)).to_string(),
    );
    Excerpt {
        line: u32::try_from(feeds).unwrap_or(u32::MAX),
        mark_start: head.len(),
        mark_end: head.len().saturating_add(mark.len()),
        text: format!("{head}{mark}{}", shown(tail)).into_bytes(),
    }
}
