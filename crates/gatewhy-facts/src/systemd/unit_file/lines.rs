//! Lines of a unit file: continued ones joined, comments left out
//! (systemd.syntax(7)).
use crate::prelude::*;
use crate::source_text::Span;

/// One line as systemd sees it.
pub(super) struct Logical {
    /// Its text; each backslash at a line's end is a space.
    pub(super) bytes: Vec<u8>,
    /// From its first byte that is no white space to its end, newline not included.
    pub(super) span: Span,
}

/// What a line means.
pub(super) enum Meaning {
    Section(String),
    Setting { key: String, value: String },
    Nothing,
    Fault(&'static str),
}

/// The lines of a file.
pub(super) fn logical(bytes: &[u8]) -> Vec<Logical> {
    let bytes_and_mark = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut start = bytes.len().saturating_sub(bytes_and_mark.len());
    let mut all = Vec::new();
    let mut open: Option<Logical> = None;
    for (number, line) in (1_u32..).zip(bytes_and_mark.split(|byte| *byte == b'\n')) {
        let text = line.strip_suffix(b"\r").unwrap_or(line);
        let next = start.saturating_add(line.len()).saturating_add(1);
        let indent = text.len().saturating_sub(text.trim_ascii_start().len());
        // A comment does not end a continued line.
        if !matches!(text.get(indent), Some(b'#' | b';')) {
            let end = start.saturating_add(text.len());
            let span = Span {
                start: start.saturating_add(indent),
                end,
                line: number,
            };
            let mut whole = open.take().unwrap_or(Logical {
                bytes: Vec::new(),
                span,
            });
            whole.span.end = end;
            whole.bytes.extend_from_slice(text);
            if continues(text) {
                whole.bytes.pop();
                whole.bytes.push(b' ');
                open = Some(whole);
            } else {
                all.push(whole);
            }
        }
        start = next;
    }
    all.extend(open);
    all
}

/// Whether the line ends with a backslash that no other one escapes.
fn continues(line: &[u8]) -> bool {
    let backslashes = line.iter().rev().take_while(|byte| **byte == b'\\');
    backslashes.count() % 2 == 1
}

pub(super) fn meaning(line: &[u8]) -> Meaning {
    let Ok(text) = core::str::from_utf8(line) else {
        return Meaning::Fault("systemd ignores a line that is not UTF-8");
    };
    let text = text.trim_matches(is_space);
    if text.is_empty() {
        return Meaning::Nothing;
    }
    if let Some(header) = text.strip_prefix('[') {
        return match header.strip_suffix(']') {
            Some(name) => Meaning::Section(name.to_owned()),
            None => Meaning::Fault("a section's name without `]`"),
        };
    }
    match text.split_once('=') {
        Some((key, value)) if !key.trim_matches(is_space).is_empty() => Meaning::Setting {
            key: key.trim_matches(is_space).to_owned(),
            value: value.trim_matches(is_space).to_owned(),
        },
        Some(_) => Meaning::Fault("no name before the `=`"),
        None => Meaning::Fault("systemd ignores a line without `=`"),
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}
