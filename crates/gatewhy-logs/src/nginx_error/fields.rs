//! The upstream's address among a record's fields, where they have the usual shape.
use crate::intern::Names;
use crate::near;

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
pub(super) struct Address<'a>(&'a [u8]);

impl Address<'_> {
    pub(super) fn number(self, names: &mut Names) -> u32 {
        names.number(self.0)
    }
}

/// Lines of this length, without the newline, are as long as nginx makes them.
const FULL: usize = 2_047;

/// The upstream; `text` begins behind `, client: ` and ends with the line.
pub(super) fn upstream(text: &[u8], line_length: usize) -> Found<'_> {
    let absent = if line_length >= FULL {
        Found::Cut
    } else {
        Found::Missing
    };
    let Some(text) = after_comma(text) else {
        return Found::Unclear;
    };
    let Some(text) = text.strip_prefix(b", server: ") else {
        return Found::Unclear;
    };
    let Some(text) = after_comma(text) else {
        return absent;
    };
    let text = match text.strip_prefix(b", request: \"") {
        Some(request) => match behind_request(request) {
            Some(text) => text,
            None => return unfinished(request, absent),
        },
        None => text,
    };
    if let Some(value) = text.strip_prefix(b", upstream: \"") {
        return address(value);
    }
    let other = text.starts_with(b", host: \"") || text.starts_with(b", referrer: \"");
    if text.is_empty() || other {
        absent
    } else {
        Found::Unclear
    }
}

/// From the first comma on.
fn after_comma(text: &[u8]) -> Option<&[u8]> {
    text.get(near::find(b',', text)?..)
}

/// Behind the closing quote of a request line: the first that follows ` HTTP/x.y`
/// and ends the field.
fn behind_request(text: &[u8]) -> Option<&[u8]> {
    memchr::memchr_iter(b'"', text).find_map(|quote| {
        let (request, rest) = text.split_at_checked(quote)?;
        let version = request.last_chunk::<9>()?;
        let [b' ', b'H', b'T', b'T', b'P', b'/', major, b'.', minor] = version else {
            return None;
        };
        let rest = rest.get(1..)?;
        let fits = major.is_ascii_digit() && minor.is_ascii_digit();
        let closes = rest.first().is_none_or(|b| *b == b',');
        (fits && closes).then_some(rest)
    })
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

/// The address in the value of the field.
fn address(value: &[u8]) -> Found<'_> {
    let Some(rest) = behind_scheme(value) else {
        return Found::Unclear;
    };
    let is_unix = rest.starts_with(b"unix:");
    let from = if is_unix { 5 } else { 0 };
    let stop = if is_unix { b':' } else { b'/' };
    let Some(tail) = rest.get(from..) else {
        return Found::Unclear;
    };
    let Some(end) = near::find2(stop, b'"', tail) else {
        return Found::Unclear;
    };
    let closed = tail.get(end) == Some(&b'"');
    let behind = tail.get(end + 1..).unwrap_or_default();
    if closed && !(behind.is_empty() || behind.starts_with(b", host: \"")) {
        return Found::Unclear;
    }
    rest.get(..from + end)
        .map_or(Found::Unclear, |name| Found::Known(Address(name)))
}

/// Behind `http://` or the like.
fn behind_scheme(value: &[u8]) -> Option<&[u8]> {
    const USUAL: [&[u8]; 3] = [b"http://", b"fastcgi://", b"https://"];
    if let Some(rest) = USUAL.iter().find_map(|scheme| value.strip_prefix(*scheme)) {
        return Some(rest);
    }
    let letters = value
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric())
        .count();
    value.get(letters..)?.strip_prefix(b"://")
}
