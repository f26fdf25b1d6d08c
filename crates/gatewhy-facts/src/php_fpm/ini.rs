//! The INI dialect of PHP-FPM's configuration: one line at a time.
//!
//! FPM hands every line to PHP's INI scanner on its own, so nothing spans lines.
//! `;` begins a comment, also behind a value; `#` does not. Quoted and bare parts
//! of a value are joined. Bare `on`, `yes`, `true` become `1`; `off`, `no`,
//! `false`, `none`, `null` become nothing.
use crate::path::HostPath;
use crate::prelude::*;
use crate::scan;
use crate::source_text::{Place, Problem, Span};

/// One line that says something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it says.
    pub content: Content,
    /// The line, without its line end.
    pub place: Place,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// `[name]`
    Section(String),
    /// `key = value` or `key[subscript] = value`
    Value {
        /// The key as written.
        key: String,
        /// What stands in the brackets behind it.
        subscript: Option<String>,
        /// The value as PHP reads it; variables of the environment stay as `${NAME}`.
        value: String,
        /// The value with its quotes, in the file.
        span: Span,
    },
}

/// The lines of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ini {
    /// In the order of the file.
    pub entries: Vec<Entry>,
    /// Lines that PHP would not accept, or whose value it computes.
    pub problems: Vec<Problem>,
}

/// Reads one file. A line that PHP would refuse gives a problem and, as far as it
/// is clear, an entry.
pub fn parse(file: &HostPath, text: &[u8]) -> Ini {
    let mut ini = Ini::default();
    for line in scan::lines(text) {
        let place = Place {
            file: file.clone(),
            span: span(line.start, line.bytes.len(), line.number),
        };
        let mut reader = LineReader { line, what: None };
        let content = reader.content();
        if let Some(what) = reader.what {
            ini.problems.push(Problem {
                place: place.clone(),
                what,
            });
        }
        ini.entries
            .extend(content.map(|content| Entry { content, place }));
    }
    ini
}

fn span(start: usize, length: usize, line: u32) -> Span {
    Span {
        start,
        end: start.saturating_add(length),
        line,
    }
}

struct LineReader<'a> {
    line: scan::Line<'a>,
    what: Option<String>,
}

impl LineReader<'_> {
    fn content(&mut self) -> Option<Content> {
        let text = self.line.bytes.trim_ascii();
        match text.first()? {
            b';' => None,
            b'[' => self.section(text),
            _ => self.value(text),
        }
    }

    fn complain(&mut self, what: &str) {
        self.what.get_or_insert_with(|| what.to_owned());
    }

    fn section(&mut self, text: &[u8]) -> Option<Content> {
        let Some(name) = scan::between(text, "[", "]") else {
            self.complain("the section's name has no closing bracket");
            return None;
        };
        Some(Content::Section(scan::lossy(unquoted(name.trim_ascii()))))
    }

    fn value(&mut self, text: &[u8]) -> Option<Content> {
        let Some((left, right)) = scan::split_once(text, "=") else {
            self.complain("a line without '='");
            return None;
        };
        let (key, subscript) = self.key(left.trim_ascii());
        let (value, raw) = self.joined(right.trim_ascii_start());
        let offset = offset_in(self.line.bytes, raw);
        Some(Content::Value {
            key,
            subscript,
            value,
            span: span(
                self.line.start.saturating_add(offset),
                raw.len(),
                self.line.number,
            ),
        })
    }

    fn key(&mut self, left: &[u8]) -> (String, Option<String>) {
        let Some((key, rest)) = scan::split_once(left, "[") else {
            return (scan::lossy(left), None);
        };
        let Some(subscript) = rest.strip_suffix(b"]") else {
            self.complain("the bracket behind the key is not closed");
            return (scan::lossy(key), Some(scan::lossy(rest)));
        };
        let subscript = unquoted(subscript.trim_ascii());
        (scan::lossy(key.trim_ascii()), Some(scan::lossy(subscript)))
    }

    /// The parts of a value joined, and the bytes they were written in.
    fn joined<'t>(&mut self, text: &'t [u8]) -> (String, &'t [u8]) {
        let mut value = Vec::new();
        let mut rest = text;
        let mut end = 0;
        let mut bare_only = true;
        while let Some(first) = rest.first().filter(|b| **b != b';') {
            let before = rest.len();
            if matches!(first, b'"' | b'\'') {
                bare_only = false;
                rest = self.quoted(*first, rest.get(1..).unwrap_or_default(), &mut value);
                end = text.len().saturating_sub(rest.len());
            } else {
                let length = bare_length(rest);
                let (bare, after) = rest.split_at_checked(length).unwrap_or((rest, b""));
                self.check_bare(bare);
                value.extend_from_slice(bare.trim_ascii());
                if !bare.trim_ascii().is_empty() {
                    end = text.len().saturating_sub(before) + bare.trim_ascii_end().len();
                }
                rest = after;
            }
        }
        let value = scan::lossy(&value);
        let value = if bare_only { plain_word(value) } else { value };
        (value, text.get(..end).unwrap_or_default())
    }

    /// Reads on behind an opening quote; gives what follows the closing one.
    fn quoted<'t>(&mut self, quote: u8, text: &'t [u8], value: &mut Vec<u8>) -> &'t [u8] {
        let mut rest = text;
        while let Some((byte, after)) = rest.split_first() {
            rest = after;
            match (*byte, after.first()) {
                (b, _) if b == quote => return rest,
                (b'\\', Some(next @ (b'"' | b'\\' | b'\''))) if quote == b'"' => {
                    value.push(*next);
                    rest = after.get(1..).unwrap_or_default();
                }
                (b, _) => value.push(b),
            }
        }
        self.complain("a quote is not closed");
        rest
    }

    fn check_bare(&mut self, bare: &[u8]) {
        if bare.contains(&b'=') {
            self.complain("a second '=' must stand in quotes");
        } else if bare.iter().any(|b| b"|&^~!()".contains(b)) {
            self.complain("PHP computes this value: | & ^ ~ ! ( ) are operators outside quotes");
        } else if scan::holds(bare, "${") {
            self.complain("the value depends on the environment in which FPM was started");
        }
    }
}

fn bare_length(text: &[u8]) -> usize {
    text.iter()
        .position(|b| matches!(b, b';' | b'"' | b'\''))
        .unwrap_or(text.len())
}

/// Words that PHP turns into booleans.
fn plain_word(value: String) -> String {
    match value.to_ascii_lowercase().as_str() {
        "on" | "yes" | "true" => String::from("1"),
        "off" | "no" | "false" | "none" | "null" => String::new(),
        _ => value,
    }
}

fn unquoted(text: &[u8]) -> &[u8] {
    let inside = |quote: u8| text.strip_prefix(&[quote])?.strip_suffix(&[quote]);
    inside(b'"').or_else(|| inside(b'\'')).unwrap_or(text)
}

/// Offset of `part` in `whole`, of which it is a slice.
fn offset_in(whole: &[u8], part: &[u8]) -> usize {
    (part.as_ptr() as usize)
        .saturating_sub(whole.as_ptr() as usize)
        .min(whole.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(line: &str) -> Option<String> {
        match &parse(&HostPath::new("/f"), line.as_bytes())
            .entries
            .first()?
            .content
        {
            Content::Value { value, .. } => Some(value.clone()),
            Content::Section(_) => None,
        }
    }

    /// As `php-fpm8.2 -tt` printed them.
    #[test]
    fn values_are_read_as_php_fpm_reads_them() {
        let cases = [
            ("access.format = %R \"x\" y", "%Rxy"),
            ("chdir = \"/tmp\" \"x\"", "/tmpx"),
            ("chdir = /tmp\"/x\"", "/tmp/x"),
            ("env[X] = a\\;b", "a\\"),
            ("env[X] = 'a\"b'", "a\"b"),
            ("env[X] = \"a\\\"b\"", "a\"b"),
            ("env[X] = yes", "1"),
            ("env[X] = none", ""),
            ("env[X] = a b  c ", "a b  c"),
            ("env[X] = true1", "true1"),
            ("env[X] = \"yes\"", "yes"),
            ("x = 1 # y", "1 # y"),
            ("x = \"a; b # c\" ; comment", "a; b # c"),
            ("x=\"${HOME}\"", "${HOME}"),
        ];
        for (line, expected) in cases {
            assert_eq!(value(line).as_deref(), Some(expected), "{line}");
        }
    }

    #[test]
    fn lines_that_php_refuses_are_problems() {
        for line in ["# comment", "foo", "env[X]=a=b", "[global", "env[X]=a\"b"] {
            assert_eq!(
                parse(&HostPath::new("/f"), line.as_bytes()).problems.len(),
                1,
                "{line}"
            );
        }
        for line in ["", "; x", "[x y]", "  a = b", "listen = /run/x.sock ; y"] {
            assert_eq!(
                parse(&HostPath::new("/f"), line.as_bytes()).problems,
                [],
                "{line}"
            );
        }
    }

    #[test]
    fn spans_are_the_value_with_its_quotes() {
        let text = b"[www]\n listen = \"/run/a.sock\" ; x\npm=static\n";
        let ini = parse(&HostPath::new("/f"), text);
        let spans: Vec<_> = ini
            .entries
            .iter()
            .filter_map(|e| match &e.content {
                Content::Value { span, .. } => text.get(span.start..span.end),
                Content::Section(_) => None,
            })
            .collect();
        assert_eq!(spans, [&b"\"/run/a.sock\""[..], b"static"]);
        assert_eq!(ini.entries.get(1).map(|e| e.place.span.line), Some(2));
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics_and_spans_lie_in_it(text: Vec<u8>) {
            let ini = parse(&HostPath::new("/f"), &text);
            for entry in &ini.entries {
                proptest::prop_assert!(text.get(entry.place.span.start..entry.place.span.end).is_some());
                if let Content::Value { span, .. } = &entry.content {
                    proptest::prop_assert!(text.get(span.start..span.end).is_some());
                }
            }
        }

        #[test]
        fn ini_like_text_keeps_its_spans(text in "[\\[\\]a=;'\"\\\\ $\n]{0,40}") {
            for entry in parse(&HostPath::new("/f"), text.as_bytes()).entries {
                if let Content::Value { span, .. } = entry.content {
                    let written = text.as_bytes().get(span.start..span.end);
                    proptest::prop_assert!(written.is_some_and(|w| w.trim_ascii() == w));
                }
            }
        }
    }
}
