//! What pages, terminals and people put round a line that they show: colours,
//! quotation marks of Markdown, entities of HTML, words of their own.
use super::json::unescape;
use super::strictly;
use super::visitor_words::quotes_visitor;
use crate::prelude::*;
use crate::scan::{self, may_precede};

/// The same line with less and less round it, until a format takes it; nothing when
/// none does, or when nothing stood round it.
///
/// Only for lines in no known format: in others these characters may be a visitor's.
pub(super) fn off(line: &[u8]) -> Option<Vec<u8>> {
    let plain = plain(line);
    let spelt = decoded(&plain);
    let texts = [Some(&plain), spelt.as_ref()].into_iter().flatten();
    let forms: Vec<&[u8]> = texts.flat_map(|text| forms(text)).collect();
    let mut known = None;
    for form in &forms {
        for text in [Some(form.to_vec()), unescaped(form)].into_iter().flatten() {
            match strictly(&text) {
                Some(record) if record.symptom.is_some() => return Some(text),
                Some(_) if known.is_none() => known = Some(text),
                _ => {}
            }
        }
    }
    let barest = forms.iter().min_by_key(|form| form.len()).copied();
    let own = || barest.and_then(behind_words);
    known.or_else(|| Some(own().or(barest)?.to_vec()))
}

/// A line in a known format that tells nothing, or less, because of how its quotation
/// marks are written or what follows it: three dots, a backquote.
pub(super) fn quotes_and_tail_off(line: &[u8]) -> Option<Vec<u8>> {
    if unpaired(line.trim_ascii()).is_some() {
        return off(line);
    }
    let spelt = if line.contains(&b'"') {
        unescaped(line)
    } else {
        decoded(&plain(line)).or_else(|| Some(plain(line)))
    };
    let text = without_tail(spelt.as_deref().unwrap_or(line));
    (text != line.trim_ascii_end()).then(|| text.to_vec())
}

/// Without colours and other things that are not seen, and with the marks of ASCII
/// where a word processor put its own.
fn plain(line: &[u8]) -> Vec<u8> {
    const MARKS: [(&str, &str); 10] = [
        ("\u{feff}", ""),
        ("\u{200b}", ""),
        ("\u{201c}", "\""),
        ("\u{201d}", "\""),
        ("\u{201e}", "\""),
        ("\u{2018}", "'"),
        ("\u{2019}", "'"),
        ("\u{2026}", "..."),
        ("\u{2022}", "-"),
        ("\t", " "),
    ];
    let mut out = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some((first, behind)) = rest.split_first() {
        if let Some(behind) = colour(rest) {
            rest = behind;
            continue;
        }
        let mark = MARKS.iter().find_map(|(mark, ascii)| {
            let behind = rest.strip_prefix(mark.as_bytes())?;
            Some((ascii.as_bytes(), behind))
        });
        let (put, behind) = mark.unwrap_or((core::slice::from_ref(first), behind));
        out.extend_from_slice(put);
        rest = behind;
    }
    out.trim_ascii().to_vec()
}

/// Behind `ESC [31m`, or `[31m` where a page swallowed the first character.
pub(super) fn colour(text: &[u8]) -> Option<&[u8]> {
    let inside = text
        .strip_prefix(b"\x1b[")
        .or_else(|| text.strip_prefix(b"\\x1b["))
        .or_else(|| text.strip_prefix(b"\\u001b["))
        .or_else(|| text.strip_prefix(b"["))?;
    let digits = |b: &&u8| b.is_ascii_digit() || **b == b';';
    let length = inside.iter().take_while(digits).count();
    let behind = inside.get(length..)?.strip_prefix(b"m")?;
    let lost = text.first() == Some(&b'[');
    (length <= 12 && (length > 0 || !lost)).then_some(behind)
}

/// What stands on both sides of a line that is quoted.
const PAIRS: [(&[u8], &[u8]); 8] = [
    (b"```", b"```"),
    (b"`", b"`"),
    (b"**", b"**"),
    (b"\"", b"\""),
    (b"'", b"'"),
    (b"<pre>", b"</pre>"),
    (b"<code>", b"</code>"),
    (b"<p>", b"</p>"),
];

/// What quotes a line, or begins an item of a list.
const LEADS: [&[u8]; 12] = [
    b"```", b"`", b"**", b"* ", b">", b"- ", b"+ ", b"# ", b"<pre>", b"<code>", b"<p>", b"<br>",
];

/// What ends a line that goes on elsewhere, or a paragraph of a page.
const TAILS: [&[u8]; 13] = [
    b"```", b"`", b"**", b"...", b"[...]", b"[snip]", b"(...)", b"\\n", b"\\r", b"</pre>",
    b"</code>", b"</p>", b"<br>",
];

/// Most marks before one line.
const MOST_MARKS: usize = 4;

/// The line with less and less round it, the barest last.
fn forms(text: &[u8]) -> Vec<&[u8]> {
    let mut text = text.trim_ascii();
    let mut forms = vec![text];
    for _ in 0..MOST_MARKS {
        let Some(inside) = unpaired(text).or_else(|| unled(text)) else {
            break;
        };
        text = inside.trim_ascii();
        forms.push(text);
    }
    forms.extend(last_cell(text));
    let short = forms.iter().map(|form| without_tail(form));
    let short: Vec<&[u8]> = short.filter(|form| !forms.contains(form)).collect();
    forms.extend(short);
    forms
}

/// What stands last in the row of a table: `TIME | Error | lighttpd | MESSAGE |`.
fn last_cell(text: &[u8]) -> Option<&[u8]> {
    let row = text.strip_suffix(b"|").unwrap_or(text).trim_ascii_end();
    let row = row.strip_prefix(b"| ").unwrap_or(row);
    let (_, cell) = scan::rsplit_once(row, " | ")?;
    let before = row.get(..row.len().checked_sub(cell.len())?)?;
    may_precede(before).then_some(cell.trim_ascii())
}

fn unpaired(text: &[u8]) -> Option<&[u8]> {
    let ends = [b'.', b',', b';', b':'];
    let text = match text.split_last() {
        Some((last, rest)) if ends.contains(last) => rest,
        _ => text,
    };
    PAIRS
        .iter()
        .find_map(|(lead, tail)| text.strip_prefix(*lead)?.strip_suffix(*tail))
}

fn unled(text: &[u8]) -> Option<&[u8]> {
    LEADS.iter().find_map(|lead| text.strip_prefix(*lead))
}

fn without_tail(text: &[u8]) -> &[u8] {
    let mut rest = text.trim_ascii_end();
    while let Some(short) = TAILS.iter().find_map(|tail| rest.strip_suffix(*tail)) {
        rest = short.trim_ascii_end();
    }
    rest
}

/// With the characters that a page's source spells out. Where a page spells quotation
/// marks, none stand there as they are.
fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    const ENTITIES: [(&[u8], u8); 10] = [
        (b"&quot;", b'"'),
        (b"&#34;", b'"'),
        (b"&#x22;", b'"'),
        (b"&#39;", b'\''),
        (b"&#x27;", b'\''),
        (b"&apos;", b'\''),
        (b"&lt;", b'<'),
        (b"&gt;", b'>'),
        (b"&nbsp;", b' '),
        (b"&amp;", b'&'),
    ];
    let at = memchr::memchr(b'&', text)?;
    let spelt = scan::holds(text, "&quot;") || scan::holds(text, "&#34;");
    if (spelt && text.contains(&b'"')) || quotes_visitor(text.get(..at)?) {
        return None;
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, behind)) = rest.split_first() {
        let entity = ENTITIES
            .iter()
            .find_map(|(name, byte)| Some((*byte, rest.strip_prefix(*name)?)));
        let entity = entity.or_else(|| numbered(rest));
        let (byte, behind) = entity.unwrap_or((*first, behind));
        out.push(byte);
        rest = behind;
    }
    (out != text).then_some(out)
}

/// `&#42;`: a character of ASCII by its number.
fn numbered(text: &[u8]) -> Option<(u8, &[u8])> {
    let (number, rest) = scan::number(text.strip_prefix(b"&#")?)?;
    let byte = u8::try_from(number).ok()?;
    let printed = byte.is_ascii_graphic() || byte == b' ';
    Some((byte, rest.strip_prefix(b";")?)).filter(|_| printed)
}

/// A line as it stands in a string of JSON or of a program: every quotation mark has
/// its backslash.
fn unescaped(text: &[u8]) -> Option<Vec<u8>> {
    let first = memchr::memchr(b'"', text)?;
    let mut quotes = memchr::memchr_iter(b'"', text);
    // A visitor's words that stand in no quotation marks may hold some.
    if quotes_visitor(text.get(..first)?) {
        return None;
    }
    let escaped = |at: usize| {
        at.checked_sub(1)
            .is_some_and(|at| text.get(at) == Some(&b'\\'))
    };
    quotes
        .all(escaped)
        .then(|| unescape(text).trim_ascii_end().to_vec())
}

/// Longest words that somebody puts before a line.
const LONGEST_WORDS: usize = 80;

/// A line behind somebody's words or a name: `Log: raspberrypi uwsgi[1878]: …`.
pub(super) fn behind_words(text: &[u8]) -> Option<&[u8]> {
    let ends = memchr::memchr2_iter(b' ', b':', text).take_while(|at| *at < LONGEST_WORDS);
    ends.take(8).find_map(|end| {
        let (before, rest) = (text.get(..=end)?, text.get(end + 1..)?.trim_ascii_start());
        let own = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'[' | b'{' | b'<');
        let tells = rest.first().is_some_and(own) && strictly(rest)?.symptom.is_some();
        (tells && may_precede(before) && (begins(rest) || is_clock(before))).then_some(rest)
    })
}

/// Whether a line begins as one of a server does, not in the middle of a sentence.
fn begins(line: &[u8]) -> bool {
    let (wrapper, own) = super::strip_wrappers(line);
    let wrapped = own.len() < line.len() && (wrapper.at.is_some() || wrapper.pid.is_some());
    let members = own.starts_with(b"{\"") || own.starts_with(b"time=\"");
    wrapped || members || strictly(line).is_some_and(|record| record.at.is_some())
}

/// `2026-11-20T03:12:04.123Z `
fn is_clock(before: &[u8]) -> bool {
    let time = before.trim_ascii_end();
    let plain = |b: &u8| b.is_ascii_digit() || b"-:.TZ+".contains(b);
    time.get(10) == Some(&b'T') && time.iter().all(plain) && super::wrapper::iso(time).is_some()
}
