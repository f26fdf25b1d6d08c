//! The fields behind a message: `client`, `server`, `request` … `referrer`.
//!
//! nginx appends them last and always in this order, and escapes nothing, so a
//! visitor may put anything into the request line, the host and the referrer. The
//! first field that fits therefore wins: what a visitor writes comes later.
use super::upstream::Upstream;
use crate::prelude::*;
use crate::scan;
use memchr::memmem;

/// The fields of one record; a field that nginx did not write is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Context<'a> {
    /// The visitor's address, or `unix:`.
    pub client: Option<&'a [u8]>,
    /// The first `server_name` of the server block, not the Host header.
    pub server: Option<&'a [u8]>,
    /// The request line as the visitor sent it, unescaped.
    pub request: Option<&'a [u8]>,
    /// URI of the sub-request, if it was one.
    pub subrequest: Option<&'a [u8]>,
    /// Whom nginx talked to.
    pub upstream: Option<Upstream<'a>>,
    /// The Host header, unescaped.
    pub host: Option<&'a [u8]>,
    /// The Referer header, unescaped.
    pub referrer: Option<&'a [u8]>,
    /// The name server, in records of the resolver.
    pub resolver: Option<&'a [u8]>,
    /// The fields end in the middle of one.
    pub cut: bool,
    /// The text holds more than one place where these fields could begin, so
    /// somebody may have forged them.
    pub ambiguous: bool,
}

const QUOTED: [&str; 5] = ["request", "subrequest", "upstream", "host", "referrer"];
const STREAM_TAIL: &str = ", bytes from/to client:";

/// Reads the fields; `text` begins with `, client: ` or `, resolver: `.
pub(super) fn parse(text: &[u8]) -> Context<'_> {
    let mut context = Context::default();
    if let Some(resolver) = text.strip_prefix(b", resolver: ") {
        context.resolver = Some(resolver);
        return context;
    }
    let Some((_, rest)) = scan::split_once(text, "client: ") else {
        return context;
    };
    context.ambiguous = is_ambiguous(text);
    let Some((client, rest)) = scan::split_once(rest, ", server: ") else {
        context.client = Some(rest);
        context.cut = true;
        return context;
    };
    context.client = Some(client);
    let end = first_key(rest, &QUOTED, ", ").min(find(rest, STREAM_TAIL));
    context.server = rest.get(..end);
    quoted_fields(rest.get(end..).unwrap_or_default(), &mut context);
    context
}

fn quoted_fields<'a>(mut rest: &'a [u8], context: &mut Context<'a>) {
    let mut later: &[&str] = &QUOTED;
    while let Some((key, tail)) = later.split_first() {
        later = tail;
        let Some(value) = strip_key(rest, key) else {
            continue;
        };
        let (value, after, complete) = take_value(value, later, *key == "request");
        context.cut |= !complete;
        rest = after;
        match *key {
            "request" => context.request = Some(value),
            "subrequest" => context.subrequest = Some(value),
            "upstream" => context.upstream = Some(Upstream::parse(value)),
            "host" => context.host = Some(value),
            _ => context.referrer = Some(value),
        }
    }
}

/// The value up to its closing quote, what follows, and whether it was closed.
fn take_value<'a>(text: &'a [u8], later: &[&str], is_request: bool) -> (&'a [u8], &'a [u8], bool) {
    let end = match is_request.then(|| request_end(text)).flatten() {
        Some(end) => end,
        None => first_key(text, later, "\", ").min(find(text, &format!("\"{STREAM_TAIL}"))),
    };
    if let (Some(value), Some(after)) = (text.get(..end), text.get(end.saturating_add(1)..)) {
        return (value, after, true);
    }
    match text.strip_suffix(b"\"") {
        Some(value) => (value, b"", true),
        None => (text, b"", false),
    }
}

/// Where a request line that ends in its HTTP version ends.
fn request_end(text: &[u8]) -> Option<usize> {
    memmem::find_iter(text, b" HTTP/").find_map(|at| {
        let version = text.get(at + 6..at + 9)?;
        let fits = version.first()?.is_ascii_digit()
            && version.get(1) == Some(&b'.')
            && version.get(2)?.is_ascii_digit();
        let closes =
            text.get(at + 9) == Some(&b'"') && text.get(at + 10).is_none_or(|b| *b == b',');
        (fits && closes).then_some(at + 9)
    })
}

fn strip_key<'a>(text: &'a [u8], key: &str) -> Option<&'a [u8]> {
    let text = text.strip_prefix(b", ")?.strip_prefix(key.as_bytes())?;
    text.strip_prefix(b": \"")
}

/// Offset of the first `BEFOREkey: "` of any of the keys, or beyond the end.
fn first_key(text: &[u8], keys: &[&str], before: &str) -> usize {
    let offsets = keys
        .iter()
        .map(|key| find(text, &format!("{before}{key}: \"")));
    let found = offsets.min().unwrap_or(usize::MAX);
    if before == ", " {
        found.min(text.len())
    } else {
        found
    }
}

fn find(text: &[u8], needle: &str) -> usize {
    memmem::find(text, needle.as_bytes()).unwrap_or(usize::MAX)
}

/// Whether the fields could begin in more than one place.
fn is_ambiguous(text: &[u8]) -> bool {
    let twice = |needle: &[u8]| memmem::find_iter(text, needle).nth(1).is_some();
    twice(b", client: ") || twice(b"\", upstream: \"")
}
