//! Regular expressions as nginx runs them: PCRE over bytes.
//!
//! The engine here works on text, so every byte becomes the character of the same
//! number, in the pattern and in the subject alike. The pattern is rewritten where
//! the engines' dialects differ.
use super::pattern_class::class;
use crate::prelude::*;
use core::fmt::Write as _;
use fancy_regex::Regex;

/// What a regular expression found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captures {
    /// The groups, the whole match first; empty where a group took no part.
    pub groups: Vec<Vec<u8>>,
    /// The named groups.
    pub named: Vec<(String, Vec<u8>)>,
}

/// Looks for a pattern; `None` when it does not match. The error says that the
/// pattern is not understood here, or takes too long.
pub fn find(pattern: &[u8], caseless: bool, subject: &[u8]) -> Result<Option<Captures>, String> {
    let regex = compile(pattern, caseless, subject.ends_with(b"\n"))?;
    let text = to_text(subject);
    let found = regex.captures(&text).map_err(|error| error.to_string())?;
    let Some(found) = found else {
        return Ok(None);
    };
    let group = |group: Option<fancy_regex::Match<'_>>| match group {
        Some(group) => to_bytes(group.as_str()),
        None => Vec::new(),
    };
    // PCRE reports groups up to the last one that took part.
    let mut groups: Vec<_> = found.iter().collect();
    while groups.last().is_some_and(Option::is_none) {
        groups.pop();
    }
    let names = regex.capture_names().flatten();
    Ok(Some(Captures {
        groups: groups.into_iter().map(group).collect(),
        named: names
            .map(|name| (name.to_owned(), group(found.name(name))))
            .collect(),
    }))
}

/// Whether the pattern is understood here; the error says why not.
pub fn check(pattern: &[u8], caseless: bool) -> Result<(), String> {
    compile(pattern, caseless, false).map(drop)
}

fn compile(pattern: &[u8], caseless: bool, before_newline: bool) -> Result<Regex, String> {
    let translated = Translator {
        rest: pattern,
        out: String::from(if caseless { "(?i)" } else { "" }),
        before_newline,
    }
    .run()?;
    let built = fancy_regex::RegexBuilder::new(&translated)
        .backtrack_limit(200_000)
        .build();
    built.map_err(|error| error.to_string())
}

fn to_text(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// The inverse of [`to_text`]: every character there is one byte.
fn to_bytes(text: &str) -> Vec<u8> {
    text.chars()
        .filter_map(|c| u8::try_from(u32::from(c)).ok())
        .collect()
}

struct Translator<'a> {
    rest: &'a [u8],
    out: String,
    /// The subject ends in a newline, before which `$` matches too.
    before_newline: bool,
}

impl Translator<'_> {
    fn run(mut self) -> Result<String, String> {
        if self.rest.starts_with(b"(*") {
            return Err("verbs such as (*UTF8) are not understood here".into());
        }
        while let [first, tail @ ..] = self.rest {
            self.rest = tail;
            match first {
                b'\\' => self.escape()?,
                b'[' => {
                    let (set, used) = class(self.rest).ok_or("missing ] in a class")?;
                    self.out.push_str(&set);
                    self.rest = self.rest.get(used..).unwrap_or_default();
                }
                b'$' if self.before_newline => self.out.push_str(r"(?=\n?\z)"),
                b'{' => self.brace(),
                b'(' => self.group()?,
                b'.' | b'*' | b'+' | b'?' | b'|' | b'^' | b'$' | b')' => {
                    self.out.push(char::from(*first));
                }
                literal => push_literal(&mut self.out, *literal),
            }
        }
        Ok(self.out)
    }

    /// `{` counts only in `{2}`, `{2,}` and `{2,3}`; else it means itself.
    fn brace(&mut self) {
        let close = memchr::memchr(b'}', self.rest);
        let inner = close.and_then(|close| self.rest.get(..close));
        let inner = inner.and_then(|inner| core::str::from_utf8(inner).ok());
        let Some(inner) = inner.filter(|inner| is_quantifier(inner)) else {
            push_literal(&mut self.out, b'{');
            return;
        };
        self.out.push('{');
        self.out.push_str(inner);
        self.out.push('}');
        let used = inner.len().saturating_add(1);
        self.rest = self.rest.get(used..).unwrap_or_default();
    }

    fn group(&mut self) -> Result<(), String> {
        self.out.push('(');
        let Some(tail) = self.rest.strip_prefix(b"?") else {
            return Ok(());
        };
        let named = |open: &[u8], close: u8| {
            let name = tail.strip_prefix(open)?;
            let end = memchr::memchr(close, name)?;
            let name = core::str::from_utf8(name.get(..end)?).ok()?;
            let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            plain.then_some((name, open.len() + end + 2))
        };
        match tail {
            [b'#', ..] => {
                self.out.pop();
                let end = memchr::memchr(b')', tail).ok_or("missing ) after (?#")?;
                self.rest = tail.get(end.saturating_add(1)..).unwrap_or_default();
            }
            [b'<', b'=' | b'!', ..] => self.take(3),
            [b'<' | b'P' | b'\'', ..] => {
                let name = named(b"<", b'>')
                    .or_else(|| named(b"P<", b'>'))
                    .or_else(|| named(b"'", b'\''));
                let (name, used) = name.ok_or("a group name is not understood")?;
                self.out.push_str("?<");
                self.out.push_str(name);
                self.out.push('>');
                self.rest = self.rest.get(used..).unwrap_or_default();
            }
            [b':' | b'=' | b'!' | b'>', ..] => self.take(2),
            _ => self.flags()?,
        }
        Ok(())
    }

    /// `(?i)` and `(?i:`; recursion and branch reset are not understood.
    fn flags(&mut self) -> Result<(), String> {
        let length = self.rest.iter().position(|b| matches!(b, b')' | b':'));
        let length = length.ok_or("missing ) after (?")?;
        let flags = self.rest.get(1..length).unwrap_or_default();
        if !flags.iter().all(|flag| b"imsx-".contains(flag)) || flags.contains(&b'x') {
            return Err("a group beginning with (? is not understood".into());
        }
        self.take(length.saturating_add(1));
        Ok(())
    }

    /// Takes bytes over as they are; all of them are ASCII.
    fn take(&mut self, count: usize) {
        let (taken, rest) = self.rest.split_at(count.min(self.rest.len()));
        self.out.push_str(&to_text(taken));
        self.rest = rest;
    }

    fn escape(&mut self) -> Result<(), String> {
        let [first, tail @ ..] = self.rest else {
            return Err("\\ at end of pattern".into());
        };
        self.rest = tail;
        match first {
            b'Q' => self.quoted(),
            b'E' => {}
            b'Z' => self.out.push_str(r"(?=\n?\z)"),
            b'A' | b'z' | b'b' | b'B' | b'K' | b'G' => {
                self.out.push('\\');
                self.out.push(char::from(*first));
            }
            b'R' => self.out.push_str(r"(?:\r\n|[\n\x0b\f\r\x85])"),
            b'1'..=b'9' | b'g' | b'k' => {
                self.out.push('\\');
                self.out.push(char::from(*first));
            }
            other => match super::pattern_class::escape(*other, self.rest) {
                Some((set, used)) => {
                    self.out.push_str(&set);
                    self.rest = self.rest.get(used..).unwrap_or_default();
                }
                None => return Err(format!("\\{} is not understood", char::from(*other))),
            },
        }
        Ok(())
    }

    fn quoted(&mut self) {
        let end = memchr::memmem::find(self.rest, b"\\E").unwrap_or(self.rest.len());
        let (literal, rest) = self.rest.split_at(end);
        for byte in literal {
            push_literal(&mut self.out, *byte);
        }
        self.rest = rest.strip_prefix(b"\\E").unwrap_or(rest);
    }
}

fn is_quantifier(inner: &str) -> bool {
    let (low, high) = inner.split_once(',').unwrap_or((inner, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !low.is_empty() && digits(low) && digits(high)
}

/// A byte that means itself.
pub(super) fn push_literal(out: &mut String, byte: u8) {
    if byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'/' || byte == b'-' {
        out.push(char::from(byte));
    } else {
        // Writing to a string cannot fail.
        let _ = write!(out, "\\x{{{byte:X}}}");
    }
}
