//! The upstream's address among a record's fields, where they have the usual shape.
use super::Start;
use crate::intern::Names;
use crate::lanes::{find, lower_case, same};
use crate::quotes::Quotes;
use fearless_simd::Simd;

/// What was found of the upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found<'a> {
    /// Its address.
    Known(Address<'a>),
    /// The record has no such field.
    Missing,
    /// The line ended before it.
    Cut,
    /// The fields do not have the usual shape.
    Unclear,
}

/// An address as the log has it: `10.0.0.1:80`, `[::1]:80`, `unix:/path`, a group's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Address<'a> {
    /// What begins with it.
    text: &'a [u8],
    length: usize,
}

impl Address<'_> {
    #[inline(always)]
    pub(super) fn number(self, names: &mut Names) -> u32 {
        match self.text.first_chunk() {
            Some(text) => names.number_in(text, self.length),
            None => names.number(self.text.get(..self.length).unwrap_or(self.text)),
        }
    }
}

/// Lines of this length, without the newline, are as long as nginx makes them.
const FULL: usize = 2_047;

/// The upstream of a record; its fields behind `, client: ` are at `fields`.
#[inline(always)]
pub(super) fn upstream<'a, S: Simd>(simd: S, start: &Start<'a>, fields: usize) -> Found<'a> {
    let line = start.line();
    let quotes = start.quotes.before(line.len());
    let absent = if line.len() >= FULL {
        Found::Cut
    } else {
        Found::Missing
    };
    let Some(server) = after_comma(simd, line.get(fields..).unwrap_or_default())
        .and_then(|text| text.strip_prefix(b", server: "))
    else {
        return Found::Unclear;
    };
    let Some(mut rest) = after_comma(simd, server) else {
        return absent;
    };
    if let Some(request) = rest.strip_prefix(b", request: \"") {
        match behind_request(line, line.len() - request.len(), quotes) {
            Some(behind) => rest = behind,
            None => return unfinished(request, absent),
        }
    }
    if let Some(value) = rest.strip_prefix(b", upstream: \"") {
        return address(
            simd,
            value,
            start.text.get(line.len() - value.len()..).unwrap_or(value),
        );
    }
    let other = rest.starts_with(b", host: \"") || rest.starts_with(b", referrer: \"");
    if rest.is_empty() || other {
        absent
    } else {
        Found::Unclear
    }
}

/// From the first comma on.
#[inline(always)]
fn after_comma<S: Simd>(simd: S, text: &[u8]) -> Option<&[u8]> {
    let comma = find(simd, text, b',')?;
    text.get(comma..)
}

/// Behind the closing quote of the request line at `from`: the first that follows
/// ` HTTP/x.y` and ends the field.
#[inline(always)]
fn behind_request<'a>(line: &'a [u8], from: usize, quotes: Quotes<'_>) -> Option<&'a [u8]> {
    let mut at = from;
    loop {
        let quote = quotes.next(at)?;
        at = quote + 1;
        let version = line.get(from..quote).and_then(<[u8]>::last_chunk::<9>);
        let Some([b' ', b'H', b'T', b'T', b'P', b'/', major, b'.', minor]) = version else {
            continue;
        };
        let rest = line.get(at..)?;
        let fits = major.is_ascii_digit() && minor.is_ascii_digit();
        let closes = rest.first().is_none_or(|b| *b == b',');
        if fits && closes {
            return Some(rest);
        }
    }
}

/// A request without an end, in a line without room for more.
fn unfinished<'a>(request: &[u8], absent: Found<'a>) -> Found<'a> {
    let ends = memchr::memchr(b'"', request).is_some();
    if ends || absent != Found::Cut {
        Found::Unclear
    } else {
        Found::Cut
    }
}

/// The address in the value of the field; `text` begins with the value, and goes on
/// behind the end of its line.
#[inline(always)]
fn address<'a, S: Simd>(simd: S, value: &'a [u8], text: &'a [u8]) -> Found<'a> {
    let near = match text.first_chunk() {
        Some(text) => address_near(simd, text),
        None => None,
    };
    let (from, length) = match near {
        Some(found) => found,
        None => match address_far(value) {
            Some(found) => found,
            None => return Found::Unclear,
        },
    };
    let end = from + length;
    let Some(stop) = value.get(end) else {
        return Found::Unclear;
    };
    let behind = value.get(end + 1..).unwrap_or_default();
    if *stop == b'"' && !(behind.is_empty() || behind.starts_with(b", host: \"")) {
        return Found::Unclear;
    }
    let text = text.get(from..).unwrap_or_default();
    Found::Known(Address { text, length })
}

/// Where the address is, and its length, if it ends within so many bytes.
#[inline(always)]
fn address_near<S: Simd>(simd: S, text: &[u8; 64]) -> Option<(usize, usize)> {
    let colons = same(simd, text, b':');
    let colon = colons.trailing_zeros();
    let scheme = (1_u64.checked_shl(colon)?).wrapping_sub(1);
    let letters = lower_case(simd, text) & scheme == scheme;
    let from = usize::try_from(colon).ok()?;
    let host = text.get(from..)?.strip_prefix(b"://").filter(|_| letters)?;
    let from = from + 3;
    let is_unix = host.starts_with(b"unix:");
    let (marks, skip) = if is_unix {
        (colons, from + 5)
    } else {
        (same(simd, text, b'/'), from)
    };
    let stops = (marks | same(simd, text, b'"')).checked_shr(u32::try_from(skip).ok()?)?;
    let length = usize::try_from(stops.trailing_zeros()).ok()?;
    (stops != 0).then_some((from, skip + length - from))
}

/// The same, however far away its end is.
fn address_far(value: &[u8]) -> Option<(usize, usize)> {
    let rest = behind_scheme(value)?;
    let is_unix = rest.starts_with(b"unix:");
    let (from, stop) = if is_unix { (5, b':') } else { (0, b'/') };
    let end = memchr::memchr2(stop, b'"', rest.get(from..)?)?;
    Some((value.len() - rest.len(), from + end))
}

/// Behind `http://` or the like.
fn behind_scheme(value: &[u8]) -> Option<&[u8]> {
    let letter = |b: &&u8| b.is_ascii_alphanumeric();
    let letters = value.iter().take_while(letter).count();
    value.get(letters..)?.strip_prefix(b"://")
}
