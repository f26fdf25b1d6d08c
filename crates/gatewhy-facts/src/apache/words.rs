//! Lines of a configuration file, cut into words.
//!
//! A backslash at the end of a line continues it. A word may be quoted with `"` or
//! `'`; within quotes a backslash takes the quote's meaning away.
use crate::prelude::*;
use crate::source_text::Span;

/// One logical line with its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The words; the first is the directive or `<Section`.
    pub words: Vec<String>,
    /// Where it stands, continuations included, blanks around it not.
    pub span: Span,
}

/// The lines of a file that are neither empty nor comments.
pub fn lines(text: &[u8]) -> Vec<Line> {
    let mut lines = Vec::new();
    let (mut start, mut number) = (0, 1_u32);
    while start < text.len() {
        let end = logical_end(text, start);
        let raw = text.get(start..end).unwrap_or_default();
        if let Some(line) = line_of(raw, start, number) {
            lines.push(line);
        }
        let newlines = memchr::memchr_iter(b'\n', raw).count();
        let passed = u32::try_from(newlines.saturating_add(1)).unwrap_or(u32::MAX);
        number = number.saturating_add(passed);
        start = end.saturating_add(1);
    }
    lines
}

/// The newline that ends a line which may be continued.
fn logical_end(text: &[u8], start: usize) -> usize {
    let mut at = start;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let Some(length) = memchr::memchr(b'\n', rest) else {
            return text.len();
        };
        let end = at.saturating_add(length);
        let before = text.get(start..end).unwrap_or_default();
        let before = before.strip_suffix(b"\r").unwrap_or(before);
        if !before.ends_with(b"\\") {
            return end;
        }
        at = end.saturating_add(1);
    }
}

fn line_of(raw: &[u8], start: usize, number: u32) -> Option<Line> {
    let trimmed = raw.trim_ascii();
    if trimmed.is_empty() || trimmed.starts_with(b"#") {
        return None;
    }
    let lead = raw.len().saturating_sub(raw.trim_ascii_start().len());
    let skipped = raw.get(..lead).unwrap_or_default();
    let lines_before = memchr::memchr_iter(b'\n', skipped).count();
    let from = start.saturating_add(lead);
    Some(Line {
        words: words(trimmed),
        span: Span {
            start: from,
            end: from.saturating_add(trimmed.len()),
            line: number.saturating_add(u32::try_from(lines_before).unwrap_or(0)),
        },
    })
}

fn words(text: &[u8]) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = skip_blanks(text);
    while let Some((first, behind)) = rest.split_first() {
        let (word, after) = match first {
            b'"' | b'\'' => quoted(*first, behind),
            _ => plain(rest),
        };
        words.push(String::from_utf8_lossy(&word).into_owned());
        rest = skip_blanks(after);
    }
    words
}

/// Blanks and continuations.
fn skip_blanks(mut text: &[u8]) -> &[u8] {
    loop {
        let trimmed = text.trim_ascii_start();
        let next = [&b"\\\n"[..], b"\\\r\n"]
            .iter()
            .find_map(|continued| trimmed.strip_prefix(*continued));
        match next {
            Some(next) => text = next,
            None => return trimmed,
        }
    }
}

fn quoted(quote: u8, text: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut word = Vec::new();
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let next = text.get(at.saturating_add(1)).copied();
        match (*byte, next) {
            (b'\\', Some(escaped)) if escaped == quote || escaped == b'\\' => {
                word.push(escaped);
                at = at.saturating_add(2);
            }
            (byte, _) if byte == quote => {
                return (word, text.get(at.saturating_add(1)..).unwrap_or_default());
            }
            (byte, _) => {
                word.push(byte);
                at = at.saturating_add(1);
            }
        }
    }
    (word, &[])
}

/// Up to the next blank.
fn plain(text: &[u8]) -> (Vec<u8>, &[u8]) {
    let end = text.iter().position(u8::is_ascii_whitespace);
    let (word, rest) = text.split_at(end.unwrap_or(text.len()).min(text.len()));
    (word.to_vec(), rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_are_continued_and_words_quoted() {
        let text = b"# no\nProxyPass \"/a b\" \\\n  http://x/\n\n  ServerName 'y \\' z'\n";
        let found = lines(text);
        assert_eq!(found[0].words, ["ProxyPass", "/a b", "http://x/"]);
        assert_eq!(found[0].span.line, 2);
        assert_eq!(found[1].words, ["ServerName", "y ' z"]);
        assert_eq!(found[1].span.line, 5);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(text in proptest::collection::vec(any::<u8>(), 0..200)) {
            for line in lines(&text) {
                prop_assert!(line.span.start <= line.span.end && line.span.end <= text.len());
                prop_assert!(!line.words.is_empty());
            }
        }
    }
}
