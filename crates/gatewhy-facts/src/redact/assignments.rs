//! Values behind secret names: `password=…`, `"token": "…"`, `?key=…`,
//! `Authorization: …`, `Cookie: a=…; b=…`.
use super::Ranges;
use super::formats::run;
use super::names::{Secrecy, secrecy};
use crate::prelude::*;
use core::ops::Range;

/// All of them in a text.
pub(super) fn find(bytes: &[u8]) -> Ranges {
    let mut out = Ranges::new();
    let mut at = 0;
    while let Some(name) = next_name(bytes, at) {
        at = name.end;
        let Some(value) = behind(bytes, &name) else {
            continue;
        };
        if opens_map(bytes, value.start) {
            continue;
        }
        let text = bytes.get(name.clone()).unwrap_or_default();
        let in_query = value.query || is_before(bytes, name.start, b"?&");
        if let Some(secrecy) = secrecy(text, in_query) {
            let value = whole_value(bytes, &name, &value, in_query, secrecy);
            at = at.max(value.end);
            note(bytes, value, secrecy, &mut out);
        }
    }
    calls(bytes, &mut out);
    out
}

const fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

fn next_name(bytes: &[u8], from: usize) -> Option<Range<usize>> {
    let mut at = from;
    loop {
        let rest = bytes.get(at..)?;
        let start = rest.iter().position(|b| is_name(*b) || *b == b'%')?;
        at = at.saturating_add(start);
        if bytes.get(at) == Some(&b'%') {
            // An escape: its digits do not belong to a name.
            let escape = bytes.get(at.saturating_add(1)..at.saturating_add(3));
            let is_escape = escape.is_some_and(|e| e.iter().all(u8::is_ascii_hexdigit));
            at = at.saturating_add(if is_escape { 3 } else { 1 });
            continue;
        }
        let name = run(bytes, at, is_name);
        // Dashes before a name belong to an option.
        let text = bytes.get(name.clone()).unwrap_or_default();
        let dashes = text
            .iter()
            .take_while(|b| !b.is_ascii_alphabetic() && **b != b'_')
            .count();
        let start = name.start.saturating_add(dashes);
        let start = behind_escape(bytes, start, name.end);
        if start < name.end {
            return Some(start..name.end);
        }
        at = name.end;
    }
}

/// Where a name begins that stands behind a terminal's escape sequence: in
/// `\x1b[1;31mpassword` the sequence ends with its `m`. Logs also hold the escape
/// byte in words.
fn behind_escape(bytes: &[u8], start: usize, end: usize) -> usize {
    const WORDS: [&[u8]; 7] = [
        b"\x1b", b"\\x1b", b"\\x1B", b"u001b", b"u001B", b"\\033", b"#033",
    ];
    const LONGEST: usize = 24;
    let digits = |b: &u8| b.is_ascii_digit() || *b == b';';
    let name = bytes.get(start..end).unwrap_or_default();
    let inside = name.iter().take_while(|b| digits(b)).count();
    let last = name.get(inside).is_some_and(u8::is_ascii_alphabetic);
    let before = bytes
        .get(start.saturating_sub(LONGEST)..start)
        .unwrap_or_default();
    let head = before.iter().rposition(|b| !digits(b));
    let head = head.and_then(|at| before.get(..=at)).unwrap_or_default();
    let opened = head.strip_suffix(b"[");
    let escaped = opened.is_some_and(|head| WORDS.iter().any(|word| head.ends_with(word)));
    if last && escaped {
        start.saturating_add(inside).saturating_add(1)
    } else {
        start
    }
}

/// What stands between a name and its value.
struct Value {
    start: usize,
    /// The separator is an escaped `=`, so the whole is a query inside a query.
    query: bool,
    colon: bool,
}

/// Longer ones first.
const SEPARATORS: [&[u8]; 10] = [
    b"===", b"!==", b"==", b"!=", b"=>", b":=", b"=~", b"=", b":", b"~",
];

/// Where a value begins behind a name, if anything there gives it one.
fn behind(bytes: &[u8], name: &Range<usize>) -> Option<Value> {
    let closers = run_at_most(bytes, name.end, 3, |b| {
        matches!(b, b'"' | b'\'' | b'\\' | b']')
    });
    let blanks = run_at_most(bytes, closers.end, 8, |b| matches!(b, b' ' | b'\t'));
    let rest = bytes.get(blanks.end..)?;
    let found = SEPARATORS.iter().find(|s| rest.starts_with(s));
    let length = match found {
        Some(_) if rest.starts_with(b"::") => return None,
        Some(separator) => separator.len(),
        None if rest.starts_with(b",") && !closers.is_empty() && is_quoted(rest) => 1,
        None if rest.starts_with(b"%3D") || rest.starts_with(b"%3d") => {
            let start = blanks.end.saturating_add(3);
            return Some(Value {
                start,
                query: true,
                colon: false,
            });
        }
        None => return option_value(bytes, name, blanks.end),
    };
    let start = blanks.end.saturating_add(length);
    Some(Value {
        start: run_at_most(bytes, start, 8, |b| matches!(b, b' ' | b'\t')).end,
        query: false,
        colon: rest.starts_with(b":"),
    })
}

/// Whether a quoted value stands behind the comma: `"password", "…"` is a pair, and
/// `subrequest: "/auth", upstream: …` is none.
fn is_quoted(rest: &[u8]) -> bool {
    let value = rest.get(1..).unwrap_or_default().trim_ascii_start();
    matches!(value.first(), Some(b'"' | b'\'' | b'\\'))
}

/// Whether braces open a map there, whose members have names of their own: `auth:
/// {address: …}` in YAML, `"auth": {"address": …}`. A hash such as `{SSHA}…` is none.
fn opens_map(bytes: &[u8], at: usize) -> bool {
    let rest = bytes.get(at..).unwrap_or_default();
    let Some(inside) = rest.strip_prefix(b"{") else {
        return false;
    };
    let inside = inside.trim_ascii_start();
    let name = run(inside, 0, is_name);
    let behind = inside.get(name.end..).unwrap_or_default();
    match inside.first() {
        Some(b'"' | b'\'' | b'}') => true,
        Some(_) => {
            !name.is_empty() && matches!(behind.trim_ascii_start().first(), Some(b':' | b'='))
        }
        None => false,
    }
}

/// `--password VALUE`, in a text or between the zero bytes of a command line.
fn option_value(bytes: &[u8], name: &Range<usize>, behind_blanks: usize) -> Option<Value> {
    let dashed = is_before(bytes, name.start, b"-");
    let zero = bytes.get(name.end) == Some(&0);
    let start = if zero {
        name.end.saturating_add(1)
    } else {
        behind_blanks
    };
    let another = matches!(bytes.get(start), None | Some(b'-' | b'\n' | 0));
    (dashed && !another && start > name.end).then_some(Value {
        start,
        query: false,
        colon: false,
    })
}

fn run_at_most(bytes: &[u8], from: usize, most: usize, take: impl Fn(u8) -> bool) -> Range<usize> {
    let end = from.saturating_add(most).min(bytes.len());
    run(bytes.get(..end).unwrap_or_default(), from, take)
}

fn is_before(bytes: &[u8], at: usize, any_of: &[u8]) -> bool {
    let before = at.checked_sub(1).and_then(|at| bytes.get(at));
    let escaped = at.checked_sub(3).and_then(|from| bytes.get(from..at));
    let escaped = escaped.is_some_and(|e| matches!(e, b"%3F" | b"%3f" | b"%26")) && any_of != b"-";
    escaped || before.is_some_and(|b| any_of.contains(b))
}

/// Whether only blanks, or `export `, stand before a name in its line.
fn starts_line(bytes: &[u8], at: usize) -> bool {
    const WINDOW: usize = 40;
    let before = bytes.get(at.saturating_sub(WINDOW)..at).unwrap_or_default();
    let line = match memchr::memrchr(b'\n', before) {
        Some(newline) => before.get(newline..).unwrap_or_default(),
        None if at <= WINDOW => before,
        None => return false,
    };
    matches!(line.trim_ascii(), b"" | b"export")
}

fn whole_value(
    bytes: &[u8],
    name: &Range<usize>,
    value: &Value,
    in_query: bool,
    secrecy: Secrecy,
) -> Range<usize> {
    let start = value.start;
    let rest = bytes.get(start..).unwrap_or_default();
    let header = value.colon && (secrecy != Secrecy::IfLong) && is_header(bytes, name);
    match rest {
        [b'\\', quote @ (b'"' | b'\''), ..] => quoted(bytes, start.saturating_add(2), *quote),
        [quote @ (b'"' | b'\''), ..] => quoted(bytes, start.saturating_add(1), *quote),
        _ if in_query => in_query_value(bytes, start),
        _ if header => {
            let quoted = !starts_line(bytes, name.start);
            run(bytes, start, |b| {
                !matches!(b, b'\r' | b'\n' | 0) && (b != b'"' || !quoted)
            })
        }
        _ if is_before(bytes, name.start, b"\"'") => {
            let quote = name
                .start
                .checked_sub(1)
                .and_then(|at| bytes.get(at))
                .copied();
            run(bytes, start, |b| {
                Some(b) != quote && !matches!(b, b'\n' | b'\r' | 0)
            })
        }
        _ if starts_line(bytes, name.start) => trimmed(
            bytes,
            run(bytes, start, |b| !matches!(b, b'\n' | b'\r' | 0)),
        ),
        _ => run(bytes, start, |b| {
            b > b' '
                && !matches!(
                    b,
                    b',' | b';' | b'&' | b'"' | b'\'' | b'<' | b'>' | b')' | b'}' | b'|' | 0x7f
                )
        }),
    }
}

/// Headers whose values hold blanks.
fn is_header(bytes: &[u8], name: &Range<usize>) -> bool {
    let text = bytes
        .get(name.clone())
        .unwrap_or_default()
        .to_ascii_lowercase();
    matches!(text.as_slice(), b"cookie" | b"set-cookie") || text.ends_with(b"authorization")
}

fn quoted(bytes: &[u8], start: usize, quote: u8) -> Range<usize> {
    let mut at = start;
    loop {
        at = run(bytes, at, |b| b != quote && !matches!(b, b'\\' | b'\n' | 0)).end;
        match bytes.get(at..).unwrap_or_default() {
            // An escaped quote ends what an escaped quote began.
            [b'\\', b, ..] if *b == quote && bytes.get(start.saturating_sub(2)) == Some(&b'\\') => {
                break;
            }
            [b'\\', _, ..] => at = at.saturating_add(2),
            _ => break,
        }
    }
    start..at.min(bytes.len())
}

fn in_query_value(bytes: &[u8], start: usize) -> Range<usize> {
    let ends = |b: u8| {
        b <= b' '
            || matches!(
                b,
                b'&' | b'"' | b'\'' | b'<' | b'>' | b'#' | b';' | b'|' | b')' | 0x7f
            )
    };
    let value = run(bytes, start, |b| !ends(b));
    let text = bytes.get(value.clone()).unwrap_or_default();
    let next = memchr::memmem::find(text, b"%26").unwrap_or(text.len());
    start..start.saturating_add(next)
}

fn trimmed(bytes: &[u8], value: Range<usize>) -> Range<usize> {
    let text = bytes.get(value.clone()).unwrap_or_default();
    value.start..value.start.saturating_add(text.trim_ascii_end().len())
}

fn note(bytes: &[u8], value: Range<usize>, secrecy: Secrecy, out: &mut Ranges) {
    let text = bytes.get(value.clone()).unwrap_or_default();
    match secrecy {
        Secrecy::Cookies => cookies(bytes, value, usize::MAX, out),
        Secrecy::SetCookie => cookies(bytes, value, 1, out),
        Secrecy::IfLong if text.len() < 8 => {}
        _ if is_plain(text) => {}
        _ => without_variables(bytes, value, out),
    }
}

/// Answers and variables that are no secrets.
fn is_plain(value: &[u8]) -> bool {
    const PLAIN: [&[u8]; 12] = [
        b"yes",
        b"no",
        b"true",
        b"false",
        b"null",
        b"none",
        b"nil",
        b"on",
        b"off",
        b"undefined",
        b"0",
        b"1",
    ];
    let lower = value.trim_ascii().to_ascii_lowercase();
    let lower = lower.trim_ascii_end().strip_suffix(b")").unwrap_or(&lower);
    PLAIN.contains(&lower)
}

/// `name=value; name=value`: the values of the first `most` pairs.
fn cookies(bytes: &[u8], list: Range<usize>, most: usize, out: &mut Ranges) {
    let text = bytes.get(list.clone()).unwrap_or_default();
    if text.starts_with(b"$") {
        return;
    }
    let mut at = list.start;
    for (n, pair) in text.split(|b| *b == b';').enumerate() {
        if n < most {
            let value = memchr::memchr(b'=', pair).map_or(0, |equals| equals.saturating_add(1));
            out.push(at.saturating_add(value)..at.saturating_add(pair.len()));
        }
        at = at.saturating_add(pair.len()).saturating_add(1);
    }
}

/// A value but for the nginx variables in it: `Bearer $http_x_token` has no secret.
pub(super) fn without_variables(bytes: &[u8], value: Range<usize>, out: &mut Ranges) {
    let mut at = value.start;
    while at < value.end {
        let rest = bytes.get(at..value.end).unwrap_or_default();
        let dollar = memchr::memchr(b'$', rest).unwrap_or(rest.len());
        let hidden = at.saturating_add(dollar);
        out.push(at..hidden);
        at = variable_end(bytes, hidden).clamp(hidden, value.end);
        if at == hidden && hidden < value.end {
            out.push(hidden..hidden.saturating_add(1));
            at = hidden.saturating_add(1);
        }
    }
}

/// Behind the variable of a well-known kind at this place, or the place itself.
fn variable_end(bytes: &[u8], at: usize) -> usize {
    const KINDS: [&[u8]; 16] = [
        b"http_",
        b"cookie_",
        b"arg_",
        b"upstream_",
        b"sent_http_",
        b"remote_",
        b"request",
        b"ssl_",
        b"server_",
        b"proxy_",
        b"host",
        b"uri",
        b"args",
        b"scheme",
        b"binary_",
        b"connection",
    ];
    let braced = usize::from(bytes.get(at.saturating_add(1)) == Some(&b'{'));
    let name = run(bytes, at.saturating_add(1).saturating_add(braced), |b| {
        b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'
    });
    let text = bytes.get(name.clone()).unwrap_or_default();
    if KINDS.iter().any(|kind| text.starts_with(kind)) {
        return name.end.saturating_add(braced);
    }
    at
}

/// `PDO->__construct('mysql:…', 'user', 'password')` in stack traces: every quoted
/// argument behind the second.
fn calls(bytes: &[u8], out: &mut Ranges) {
    const CALLS: [&[u8]; 4] = [b"__construct(", b"_connect(", b"->connect(", b"->login("];
    for call in CALLS {
        for mark in memchr::memmem::find_iter(bytes, call) {
            let start = mark.saturating_add(call.len());
            let line = run_at_most(bytes, start, 1024, |b| {
                !matches!(b, b'\n' | b'\r' | b')' | 0)
            });
            let text = bytes.get(line).unwrap_or_default();
            let quotes: Vec<usize> = memchr::memchr_iter(b'\'', text).take(16).collect();
            for pair in quotes.chunks_exact(2).skip(2) {
                if let [open, close] = pair {
                    out.push(start.saturating_add(open + 1)..start.saturating_add(*close));
                }
            }
        }
    }
}
