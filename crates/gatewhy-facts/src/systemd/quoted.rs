//! Words with quotes and escapes, as systemd's settings have them
//! (systemd.syntax(7), "Quoting").
use crate::prelude::*;

/// Why the words end before the text does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// A quote without its partner.
    OpenQuote,
    /// A backslash before something that is no escape.
    BadEscape,
}

impl Broken {
    pub(super) const fn in_words(self) -> &'static str {
        match self {
            Self::OpenQuote => "a quote is not closed",
            Self::BadEscape => "a backslash before something that is no escape",
        }
    }
}

/// The words of a text, one after the other.
pub(super) struct Words<'a> {
    rest: &'a str,
}

/// One word, with whether any of it was quoted or escaped.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) plain: bool,
}

impl<'a> Words<'a> {
    pub(super) const fn of(text: &'a str) -> Self {
        Self { rest: text }
    }

    /// `true` for a `\;` that stands alone, which is a plain semicolon.
    pub(super) fn take_escaped_semicolon(&mut self) -> bool {
        let text = self.rest.trim_start();
        match text.strip_prefix("\\;") {
            Some(behind) if behind.is_empty() || behind.starts_with(is_space) => {
                self.rest = behind;
                true
            }
            _ => false,
        }
    }
}

impl Iterator for Words<'_> {
    type Item = Result<Word, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.rest.trim_start_matches(is_space);
        if text.is_empty() {
            self.rest = text;
            return None;
        }
        let mut reader = Reader::new(text);
        let word = reader.word();
        self.rest = if word.is_ok() { reader.rest() } else { "" };
        Some(word)
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

struct Reader<'a> {
    chars: core::str::Chars<'a>,
    /// Bytes, because escapes may name any.
    word: Vec<u8>,
    plain: bool,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            chars: text.chars(),
            word: Vec::new(),
            plain: true,
        }
    }

    fn rest(&self) -> &'a str {
        self.chars.as_str()
    }

    fn word(&mut self) -> Result<Word, Broken> {
        let mut quote = None;
        while let Some(c) = self.chars.next() {
            match c {
                '\\' => self.escape()?,
                '"' | '\'' if quote.is_none() => {
                    self.plain = false;
                    quote = Some(c);
                }
                c if quote == Some(c) => quote = None,
                c if quote.is_none() && is_space(c) => break,
                c => self.push(c),
            }
        }
        if quote.is_some() {
            return Err(Broken::OpenQuote);
        }
        let text = String::from_utf8_lossy(&self.word).into_owned();
        let plain = self.plain;
        Ok(Word { text, plain })
    }

    fn push(&mut self, c: char) {
        let mut buffer = [0; 4];
        self.word
            .extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
    }

    fn escape(&mut self) -> Result<(), Broken> {
        self.plain = false;
        let c = self.chars.next().ok_or(Broken::BadEscape)?;
        let plain = match c {
            'a' => '\x07',
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0b',
            's' => ' ',
            '\\' | '"' | '\'' => c,
            'x' => return self.byte(2, 16, None),
            '0'..='7' => return self.byte(2, 8, c.to_digit(8)),
            'u' => return self.character(4),
            'U' => return self.character(8),
            _ => return Err(Broken::BadEscape),
        };
        self.push(plain);
        Ok(())
    }

    fn digits(&mut self, count: usize, base: u32, first: Option<u32>) -> Result<u32, Broken> {
        let mut number = first.unwrap_or(0);
        for _ in 0..count {
            let c = self.chars.next().ok_or(Broken::BadEscape)?;
            let digit = c.to_digit(base).ok_or(Broken::BadEscape)?;
            number = number
                .checked_mul(base)
                .and_then(|n| n.checked_add(digit))
                .ok_or(Broken::BadEscape)?;
        }
        Ok(number)
    }

    fn byte(&mut self, count: usize, base: u32, first: Option<u32>) -> Result<(), Broken> {
        let number = self.digits(count, base, first)?;
        // A zero byte cannot be part of an argument.
        let byte = u8::try_from(number).ok().filter(|byte| *byte != 0);
        self.word.push(byte.ok_or(Broken::BadEscape)?);
        Ok(())
    }

    fn character(&mut self, count: usize) -> Result<(), Broken> {
        let number = self.digits(count, 16, None)?;
        let c = char::from_u32(number).filter(|c| *c != '\0');
        self.push(c.ok_or(Broken::BadEscape)?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Result<Vec<String>, Broken> {
        Words::of(text).map(|word| Ok(word?.text)).collect()
    }

    #[test]
    fn quotes_and_escapes() {
        let text = r#"/bin/x "two words" 'single "q"' plain"joined"x a\x20b \u00e4 "esc \" \\ \t|" "" \101"#;
        let expected = [
            "/bin/x",
            "two words",
            "single \"q\"",
            "plainjoinedx",
            "a b",
            "ä",
            "esc \" \\ \t|",
            "",
            "A",
        ];
        assert_eq!(words(text).unwrap(), expected);
        assert_eq!(words("a 'b"), Err(Broken::OpenQuote));
        assert_eq!(words(r"a \q b"), Err(Broken::BadEscape));
        assert_eq!(words(r"a\"), Err(Broken::BadEscape));
        assert_eq!(words(r"\x00"), Err(Broken::BadEscape));
    }

    proptest::proptest! {
        #[test]
        fn ends_and_never_panics(text: String, odd in "[\\\\\"' xuU0-7a;]{0,40}") {
            let _ = words(&text);
            let _ = words(&odd);
            let mut words = Words::of(&odd);
            let _ = (words.take_escaped_semicolon(), words.next());
        }
    }
}
