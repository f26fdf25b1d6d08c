//! A PCRE pattern over bytes, rewritten for the engine here, which works on text.
//!
//! Case is folded here and not by the engine: PCRE folds ASCII only.
use super::pattern::to_text;
use super::pattern_class::{class, escape, literal};
use crate::prelude::*;
use core::fmt::Write as _;

/// What of the subject decides how a pattern is written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Subject {
    /// It ends in a newline, before which `$` matches too.
    ends_in_newline: bool,
    /// It holds bytes above ASCII, which PCRE takes for no letters.
    has_high_bytes: bool,
}

impl Subject {
    pub(super) fn of(subject: &[u8]) -> Self {
        Self {
            ends_in_newline: subject.ends_with(b"\n"),
            has_high_bytes: !subject.is_ascii(),
        }
    }
}

/// Rewrites a pattern; the error says what is not understood.
pub(super) fn translate(
    pattern: &[u8],
    caseless: bool,
    subject: Subject,
) -> Result<String, String> {
    if pattern.starts_with(b"(*") {
        return Err("verbs such as (*UTF8) are not understood here".into());
    }
    let translator = Translator {
        rest: pattern,
        out: String::new(),
        subject,
        caseless,
        outer: Vec::new(),
    };
    translator.run()
}

struct Translator<'a> {
    rest: &'a [u8],
    out: String,
    subject: Subject,
    /// Whether case does not matter at this point.
    caseless: bool,
    /// The groups around, outermost first.
    outer: Vec<Group>,
}

/// A group that is open.
struct Group {
    /// Whether case did not matter before it.
    caseless: bool,
    /// Where its body begins in the text that was written.
    body: usize,
    captures: bool,
}

/// A word boundary where only ASCII letters make words.
const BOUNDARY: &str = "(?:(?<=[0-9A-Za-z_])(?![0-9A-Za-z_])|(?<![0-9A-Za-z_])(?=[0-9A-Za-z_]))";
/// Everywhere else.
const NO_BOUNDARY: &str = "(?:(?<=[0-9A-Za-z_])(?=[0-9A-Za-z_])|(?<![0-9A-Za-z_])(?![0-9A-Za-z_]))";

impl<'a> Translator<'a> {
    fn run(mut self) -> Result<String, String> {
        while let [first, tail @ ..] = self.rest {
            self.rest = tail;
            match first {
                b'\\' => self.escape()?,
                b'[' => {
                    let set = class(self.rest, self.caseless);
                    let (set, used) = set.ok_or("missing ] in a class")?;
                    self.out.push_str(&set);
                    self.skip(used);
                }
                b'$' if self.subject.ends_in_newline => self.out.push_str(r"(?=\n?\z)"),
                b'{' => self.brace(),
                b'(' => self.group()?,
                b')' => self.close()?,
                b'.' | b'*' | b'+' | b'?' | b'|' | b'^' | b'$' => {
                    self.out.push(char::from(*first));
                }
                byte => self.out.push_str(&literal(*byte, self.caseless)),
            }
        }
        Ok(self.out)
    }

    fn write(&mut self, text: core::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.out.write_fmt(text);
    }

    fn skip(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    /// Takes bytes over as they are.
    fn take(&mut self, count: usize) {
        let (taken, rest) = self.rest.split_at(count.min(self.rest.len()));
        self.out.push_str(&to_text(taken));
        self.rest = rest;
    }

    /// `{` counts only in `{2}`, `{2,}` and `{2,3}`; else it means itself.
    fn brace(&mut self) {
        let close = memchr::memchr(b'}', self.rest);
        let inner = close.and_then(|close| self.rest.get(..close));
        let inner = inner.and_then(|inner| core::str::from_utf8(inner).ok());
        let Some(inner) = inner.filter(|inner| is_quantifier(inner)) else {
            self.out.push_str(&literal(b'{', false));
            return;
        };
        self.out.push('{');
        self.out.push_str(inner);
        self.out.push('}');
        self.skip(inner.len().saturating_add(1));
    }

    fn group(&mut self) -> Result<(), String> {
        let Some(tail) = self.rest.strip_prefix(b"?") else {
            self.open("(", true);
            return Ok(());
        };
        match tail {
            [b'#', ..] => {
                let end = memchr::memchr(b')', tail).ok_or("missing ) after (?#")?;
                self.rest = tail.get(end.saturating_add(1)..).unwrap_or_default();
            }
            [b'<', b'=' | b'!', ..] => {
                self.open("(", false);
                self.take(3);
            }
            [b'<' | b'P' | b'\'', ..] => {
                let (name, used) = group_name(tail).ok_or("a group name is not understood")?;
                self.open(&format!("(?<{name}>"), true);
                self.skip(used);
            }
            [b':' | b'=' | b'!' | b'>', ..] => {
                self.open("(", false);
                self.take(2);
            }
            _ => self.flags(tail)?,
        }
        Ok(())
    }

    fn open(&mut self, text: &str, captures: bool) {
        self.out.push_str(text);
        self.outer.push(Group {
            caseless: self.caseless,
            body: self.out.len(),
            captures,
        });
    }

    /// The engines differ where a group is repeated whose body is lazy, or may be
    /// empty: then the last, empty round is what PCRE captures.
    fn close(&mut self) -> Result<(), String> {
        let repeats = match self.rest {
            [b'*' | b'+', ..] | [b'(', b'?', b'#', ..] => true,
            [b'{', tail @ ..] => tail.first().is_some_and(u8::is_ascii_digit),
            _ => false,
        };
        if let Some(group) = self.outer.pop() {
            self.caseless = group.caseless;
            let body = self.out.get(group.body..).unwrap_or_default();
            let is_lazy = ["*?", "+?", "}?"].iter().any(|lazy| body.contains(lazy));
            if repeats && (is_lazy || (group.captures && may_be_empty(body))) {
                return Err("a repeated group whose body may be empty is not understood".into());
            }
        }
        self.out.push(')');
        Ok(())
    }

    /// `(?i)` and `(?i:`; recursion and branch reset are not understood.
    fn flags(&mut self, tail: &'a [u8]) -> Result<(), String> {
        let length = tail.iter().position(|b| matches!(b, b')' | b':'));
        let length = length.ok_or("missing ) after (?")?;
        let (flags, rest) = tail.split_at(length);
        if !flags.iter().all(|flag| b"ims-".contains(flag)) {
            return Err("a group beginning with (? is not understood".into());
        }
        let is_group = rest.first() == Some(&b':');
        let (mut on, mut kept) = (true, String::new());
        if is_group {
            self.open("", false);
        }
        for flag in flags {
            match flag {
                b'i' => self.caseless = on,
                b'-' => on = false,
                _ => {}
            }
            if *flag != b'i' {
                kept.push(char::from(*flag));
            }
        }
        let kept = kept.trim_end_matches('-');
        match (is_group, kept) {
            (true, kept) => self.write(format_args!("(?{kept}:")),
            (false, "") => {}
            (false, kept) => self.write(format_args!("(?{kept})")),
        }
        self.rest = rest.get(1..).unwrap_or_default();
        Ok(())
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
            b'b' if self.subject.has_high_bytes => self.out.push_str(BOUNDARY),
            b'B' if self.subject.has_high_bytes => self.out.push_str(NO_BOUNDARY),
            b'A' | b'z' | b'b' | b'B' | b'K' | b'G' => {
                self.out.push('\\');
                self.out.push(char::from(*first));
            }
            b'R' => self.out.push_str(r"(?:\r\n|[\n\x0b\f\r\x85])"),
            b'1'..=b'9' if !tail.first().is_some_and(u8::is_ascii_digit) => {
                let digit = char::from(*first);
                let flag = if self.caseless { "(?i:" } else { "(?:" };
                self.write(format_args!("{flag}\\{digit})"));
            }
            other => match escape(*other, tail, self.caseless) {
                Some((set, used)) => {
                    self.out.push_str(&set);
                    self.skip(used);
                }
                None => return Err(format!("\\{} is not understood", char::from(*other))),
            },
        }
        Ok(())
    }

    fn quoted(&mut self) {
        let end = memchr::memmem::find(self.rest, b"\\E").unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(end);
        for byte in text {
            self.out.push_str(&literal(*byte, self.caseless));
        }
        self.rest = rest.strip_prefix(b"\\E").unwrap_or(rest);
    }
}

/// The name in `<name>`, `P<name>` or `'name'`, and how much of the pattern behind
/// the bracket it takes.
fn group_name(tail: &[u8]) -> Option<(&str, usize)> {
    let forms: [(&[u8], u8); 3] = [(b"<", b'>'), (b"P<", b'>'), (b"'", b'\'')];
    forms.into_iter().find_map(|(open, close)| {
        let name = tail.strip_prefix(open)?;
        let end = memchr::memchr(close, name)?;
        let name = core::str::from_utf8(name.get(..end)?).ok()?;
        let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        plain.then_some((name, open.len() + end + 2))
    })
}

fn is_quantifier(inner: &str) -> bool {
    let (low, high) = inner.split_once(',').unwrap_or((inner, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !low.is_empty() && digits(low) && digits(high)
}

fn may_be_empty(body: &str) -> bool {
    let whole = fancy_regex::Regex::new(&format!("^(?:{body})$"));
    whole.is_ok_and(|whole| whole.is_match("").unwrap_or(true))
}
