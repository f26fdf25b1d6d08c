//! A text cut into words, strings and signs.
use crate::prelude::*;
use crate::source_text::{Span, cut};

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `server.port`, `80`, `include`, `else`.
    Word(String),
    /// `"…"`
    Text(String),
    /// `=`, `+=`, `=>`, `(`, `=~` …
    Sign(&'static str),
    /// The end of a line.
    End,
}

/// A token with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub span: Span,
}

/// Signs, the long ones first.
const SIGNS: &[&str] = &[
    "+=", ":=", "=>", "==", "!=", "=~", "!~", "=^", "=$", "=", "+", "(", ")", "{", "}", ",", "[",
    "]", "$",
];

/// Cuts a text. What is no token is left out.
pub fn tokens(text: &[u8]) -> Vec<Token> {
    let all = cut(text, token).into_iter();
    all.map(|(kind, span)| Token { kind, span }).collect()
}

/// The token that a text begins with, and its length in bytes.
fn token(rest: &[u8]) -> (Option<Kind>, usize) {
    match rest.first() {
        Some(b'\n') => return (Some(Kind::End), 1),
        Some(b'#') => {
            let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            return (None, end);
        }
        Some(quote @ (b'"' | b'\'')) => {
            let (text, length) = quoted(rest, *quote);
            return (Some(Kind::Text(text)), length);
        }
        _ => {}
    }
    let is_word = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let word = rest.iter().take_while(is_word).count();
    if let Some(bytes) = rest.get(..word).filter(|_| word > 0) {
        let text = String::from_utf8_lossy(bytes).into_owned();
        return (Some(Kind::Word(text)), word);
    }
    let sign = SIGNS.iter().find(|sign| rest.starts_with(sign.as_bytes()));
    match sign {
        Some(sign) => (Some(Kind::Sign(sign)), sign.len()),
        None => (None, 1),
    }
}

/// A backslash keeps a quote; others stay, for they belong to patterns.
fn quoted(rest: &[u8], quote: u8) -> (String, usize) {
    let mut text = Vec::new();
    let mut bytes = rest.iter().copied().enumerate().skip(1);
    while let Some((at, byte)) = bytes.next() {
        if byte == quote {
            let text = String::from_utf8_lossy(&text).into_owned();
            return (text, at.saturating_add(1));
        }
        if byte == b'\\' {
            match bytes.next() {
                Some((_, next)) if next == quote => text.push(next),
                Some((_, next)) => text.extend([byte, next]),
                None => {}
            }
        } else {
            text.push(byte);
        }
    }
    (String::from_utf8_lossy(&text).into_owned(), rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_assignment_with_a_comment() {
        let all = tokens(b"a.b += ( \"x\\\"\" => 1 ) # c\n$H");
        let kinds: Vec<Kind> = all.into_iter().map(|token| token.kind).collect();
        assert_eq!(
            kinds,
            [
                Kind::Word("a.b".into()),
                Kind::Sign("+="),
                Kind::Sign("("),
                Kind::Text("x\"".into()),
                Kind::Sign("=>"),
                Kind::Word("1".into()),
                Kind::Sign(")"),
                Kind::End,
                Kind::Sign("$"),
                Kind::Word("H".into()),
            ]
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_cut(text in proptest::collection::vec(any::<u8>(), 0..200)) {
            for token in tokens(&text) {
                prop_assert!(token.span.end <= text.len());
            }
        }
    }
}
