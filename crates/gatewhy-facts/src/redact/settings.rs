//! Settings whose names are not enough: nginx directives with a name and a value,
//! FPM's `env[]` and `php_admin_value[]`, units' `Environment=`, and `.env` files.
use super::Ranges;
use super::assignments::without_variables;
use super::formats::run;
use super::names::{is_harmless_setting, is_secret_name};
use crate::prelude::*;
use core::ops::Range;

/// All of them in a text.
pub(super) fn find(bytes: &[u8]) -> Ranges {
    let mut out = Ranges::new();
    let mut at = 0_usize;
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        let start = at;
        at = at.saturating_add(line.len());
        let blanks = line.len() - line.trim_ascii_start().len();
        let place = start.saturating_add(blanks)..start.saturating_add(line.trim_ascii_end().len());
        if place.start < place.end {
            in_line(bytes, place, &mut out);
        }
    }
    out
}

fn in_line(bytes: &[u8], line: Range<usize>, out: &mut Ranges) {
    let text = bytes.get(line.clone()).unwrap_or_default();
    if let Some(rest) = text.strip_prefix(b"Environment=") {
        environment(bytes, line.end.saturating_sub(rest.len())..line.end, out);
    } else if text.starts_with(b"env[") {
        pool_setting(bytes, &line, is_harmless_setting, out);
    } else if text.starts_with(b"php_admin_value[") || text.starts_with(b"php_value[") {
        pool_setting(bytes, &line, |name| !is_secret_name(name), out);
    } else {
        for directive in directives(text) {
            let from = line.start.saturating_add(directive);
            named_value(bytes, from..line.end, out);
        }
    }
}

/// Behind each of nginx's directives in a line that take a name and a value.
fn directives(line: &[u8]) -> Vec<usize> {
    const NAMED: [&[u8]; 7] = [
        b"proxy_set_header",
        b"grpc_set_header",
        b"fastcgi_param",
        b"uwsgi_param",
        b"scgi_param",
        b"add_header",
        b"set",
    ];
    let mut out = Vec::new();
    let mut at = 0_usize;
    for word in line.split(|b| matches!(b, b' ' | b'\t')) {
        let end = at.saturating_add(word.len());
        let start = word.iter().rposition(|b| matches!(b, b';' | b'{' | b'}'));
        let word = word.get(start.map_or(0, |s| s + 1)..).unwrap_or_default();
        if word == b"secure_link_secret" {
            out.push(at);
        } else if NAMED.contains(&word) {
            out.push(end);
        }
        at = end.saturating_add(1);
    }
    out
}

/// `NAME VALUE;` behind a directive: the value, when the name is secret.
fn named_value(bytes: &[u8], from: Range<usize>, out: &mut Ranges) {
    let name = argument(bytes, from.start, from.end);
    let text = bytes.get(name.clone()).unwrap_or_default();
    let bare = text.strip_prefix(b"$").unwrap_or(text);
    // `set` is a common word: only the directive has a variable behind it.
    let is_set = bytes.get(..from.start).is_some_and(|b| b.ends_with(b"set"));
    if is_set && bare.len() == text.len() {
        return;
    }
    let secret = is_secret_name(bare) || bare.ends_with(b"AUTHORIZATION");
    if !secret && bare != b"secure_link_secret" {
        return;
    }
    let closed = name
        .end
        .saturating_add(usize::from(is_quote(bytes.get(name.end))));
    let value = argument(bytes, closed, from.end);
    without_variables(bytes, behind_scheme(bytes, value), out);
}

/// `Bearer abc` keeps its first word, which tells what is expected.
fn behind_scheme(bytes: &[u8], value: Range<usize>) -> Range<usize> {
    let text = bytes.get(value.clone()).unwrap_or_default();
    let kept = [&b"Bearer "[..], b"Basic ", b"Token "];
    let kept = kept
        .iter()
        .find(|k| text.starts_with(k))
        .map_or(0, |k| k.len());
    value.start.saturating_add(kept)..value.end
}

fn is_quote(byte: Option<&u8>) -> bool {
    matches!(byte, Some(b'"' | b'\''))
}

/// The next argument without its quotes.
fn argument(bytes: &[u8], from: usize, end: usize) -> Range<usize> {
    let start = run(bytes, from, |b| matches!(b, b' ' | b'\t')).end;
    let quote = bytes
        .get(start)
        .filter(|_| is_quote(bytes.get(start)))
        .copied();
    let found = match quote {
        Some(quote) => run(bytes, start.saturating_add(1), |b| b != quote && b != b'\n'),
        None => run(bytes, start, |b| !matches!(b, b' ' | b'\t' | b';' | b'\n')),
    };
    found.start.min(end)..found.end.min(end)
}

/// `env[NAME] = VALUE`, unless the name may stay.
fn pool_setting(
    bytes: &[u8],
    line: &Range<usize>,
    stays: impl Fn(&[u8]) -> bool,
    out: &mut Ranges,
) {
    let text = bytes.get(line.clone()).unwrap_or_default();
    let open = memchr::memchr(b'[', text);
    let close = memchr::memchr(b']', text);
    let equals = memchr::memchr(b'=', text);
    let (Some(open), Some(close), Some(equals)) = (open, close, equals) else {
        return;
    };
    let name = text.get(open.saturating_add(1)..close).unwrap_or_default();
    if close < equals && !stays(name) {
        let value = run(
            bytes,
            line.start.saturating_add(equals).saturating_add(1),
            |b| matches!(b, b' ' | b'\t'),
        );
        out.push(unquoted(bytes, value.end..line.end));
    }
}

/// A value without the quotes around it: they are the file's structure.
fn unquoted(bytes: &[u8], value: Range<usize>) -> Range<usize> {
    let value = value.start.min(value.end)..value.end;
    let quote = bytes
        .get(value.start)
        .copied()
        .filter(|b| matches!(b, b'"' | b'\''));
    let last = value
        .end
        .checked_sub(1)
        .and_then(|at| bytes.get(at))
        .copied();
    if quote.is_some() && quote == last && value.len() >= 2 {
        return value.start.saturating_add(1)..value.end.saturating_sub(1);
    }
    value
}

/// `A=b "C=d e" 'F=g'`: the values of all names that may not stay.
fn environment(bytes: &[u8], list: Range<usize>, out: &mut Ranges) {
    let mut at = list.start;
    while at < list.end {
        let start = run(bytes, at, |b| matches!(b, b' ' | b'\t')).end;
        let quote = bytes
            .get(start)
            .copied()
            .filter(|b| matches!(b, b'"' | b'\''));
        let word = match quote {
            Some(quote) => run(bytes, start.saturating_add(1), |b| b != quote && b != b'\n'),
            None => run(bytes, start, |b| !matches!(b, b' ' | b'\t' | b'\n')),
        };
        variable(bytes, word.start..word.end.min(list.end), out);
        at = word.end.saturating_add(1);
    }
}

fn variable(bytes: &[u8], word: Range<usize>, out: &mut Ranges) {
    let text = bytes.get(word.clone()).unwrap_or_default();
    let Some(equals) = memchr::memchr(b'=', text) else {
        return;
    };
    let name = text.get(..equals).unwrap_or_default();
    let value = text.get(equals.saturating_add(1)..).unwrap_or_default();
    let is_url = memchr::memmem::find(value, b"://").is_some() && !is_secret_name(name);
    let is_number = value.iter().all(u8::is_ascii_digit) && !is_secret_name(name);
    if !is_harmless_setting(name) && !is_url && !is_number {
        let start = word.start.saturating_add(equals).saturating_add(1);
        out.push(unquoted(bytes, start..word.end));
    }
}

/// Whether a file holds nothing but `NAME=value` lines of an application.
pub(super) fn is_environment_file(name: &str) -> bool {
    let ends = name
        .rsplit('.')
        .next()
        .is_some_and(|e| e.eq_ignore_ascii_case("env"));
    name.starts_with(".env") || (ends && name.contains('.'))
}

/// The values of an environment file that may not stay.
pub(super) fn in_environment_file(bytes: &[u8]) -> Ranges {
    let mut out = Ranges::new();
    let mut at = 0_usize;
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        let start = at;
        at = at.saturating_add(line.len());
        let text = line.trim_ascii();
        let blanks = line.len() - line.trim_ascii_start().len();
        let exported = text.strip_prefix(b"export ").map_or(0, |_| 7);
        let from = start.saturating_add(blanks).saturating_add(exported);
        if !text.starts_with(b"#") {
            let end = start.saturating_add(line.trim_ascii_end().len()).max(from);
            variable(bytes, from..end, &mut out);
        }
    }
    out
}
