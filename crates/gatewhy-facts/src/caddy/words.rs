//! A Caddyfile's lines and words.
//!
//! Words are parted by blanks; `"…"` and `` `…` `` keep blanks together where they
//! begin a word, `#` there begins a comment, and a backslash before the end of a line
//! takes that end away.
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::{Place, Span};

/// A word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Its text without quotes.
    pub text: String,
    /// Whether it was quoted: a quoted brace is none.
    pub quoted: bool,
    /// Where it stands.
    pub place: Place,
}

/// The words of each line that has any.
pub fn lines(text: &[u8], file: &HostPath) -> Vec<Vec<Word>> {
    let mut reader = Reader {
        text,
        at: 0,
        line: 1,
    };
    let mut all: Vec<Vec<Word>> = Vec::new();
    let mut last = 0_u32;
    while let Some((word, quoted, span, begins)) = reader.next() {
        let word = Word {
            text: String::from_utf8_lossy(&word).into_owned(),
            quoted,
            place: Place {
                file: file.clone(),
                span,
            },
        };
        match all.last_mut() {
            Some(line) if begins == last => line.push(word),
            _ => all.push(vec![word]),
        }
        last = reader.line;
    }
    all
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
    line: u32,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn take(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at = self.at.saturating_add(1);
        if byte == b'\n' {
            self.line = self.line.saturating_add(1);
        }
        Some(byte)
    }

    /// Blanks, comments and taken-away line ends; the latter do not count as lines,
    /// so that the words behind still belong to the line before.
    fn skip(&mut self) -> u32 {
        let mut joined = 0_u32;
        loop {
            match self.peek() {
                Some(b'#') => {
                    while self.peek().is_some_and(|byte| byte != b'\n') {
                        self.take();
                    }
                }
                Some(b'\\') if self.ends_line() => {
                    while self.take().is_some_and(|byte| byte != b'\n') {}
                    joined = joined.saturating_add(1);
                }
                Some(byte) if byte.is_ascii_whitespace() => {
                    self.take();
                }
                _ => return joined,
            }
        }
    }

    fn ends_line(&self) -> bool {
        let rest = self.text.get(self.at..).unwrap_or_default();
        rest.starts_with(b"\\\n") || rest.starts_with(b"\\\r\n")
    }

    /// A word, whether it was quoted, where it stands, and the line it counts to.
    fn next(&mut self) -> Option<(Vec<u8>, bool, Span, u32)> {
        let joined = self.skip();
        let (start, line) = (self.at, self.line);
        let first = self.peek()?;
        let quoted = matches!(first, b'"' | b'`');
        let word = if quoted {
            self.take();
            self.quoted(first)
        } else {
            self.plain()
        };
        let span = Span {
            start,
            end: self.at,
            line,
        };
        Some((word, quoted, span, line.saturating_sub(joined)))
    }

    fn quoted(&mut self, quote: u8) -> Vec<u8> {
        let mut word = Vec::new();
        while let Some(byte) = self.take() {
            match byte {
                b'\\' if quote == b'"' && self.peek() == Some(b'"') => word.extend(self.take()),
                _ if byte == quote => break,
                _ => word.push(byte),
            }
        }
        word
    }

    fn plain(&mut self) -> Vec<u8> {
        let mut word = Vec::new();
        while let Some(byte) = self.peek() {
            if byte.is_ascii_whitespace() || (byte == b'\\' && self.ends_line()) {
                break;
            }
            word.extend(self.take());
        }
        word
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(text: &[u8]) -> Vec<Vec<String>> {
        let lines = lines(text, &HostPath::new("/Caddyfile"));
        let words = lines
            .iter()
            .map(|line| line.iter().map(|word| word.text.clone()).collect());
        words.collect()
    }

    #[test]
    fn words_of_a_caddyfile() {
        let text = b"a.test, # x\nb#c {\n\trespond \"x \\\" y\" 200 \\\n  z\n}\n`q q`";
        assert_eq!(
            texts(text),
            [
                vec!["a.test,"],
                vec!["b#c", "{"],
                vec!["respond", "x \" y", "200", "z"],
                vec!["}"],
                vec!["q q"]
            ]
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_cut(text in proptest::collection::vec(any::<u8>(), 0..200)) {
            for word in lines(&text, &HostPath::new("/c")).iter().flatten() {
                prop_assert!(word.place.span.end <= text.len());
            }
        }

        #[test]
        fn braces_and_quotes_are_cut(text in "[a{} \n\\\\\"`#]{0,60}") {
            let _ = texts(text.as_bytes());
        }
    }
}
