//! VCL cut into words, strings and signs; comments and inline C are left out.
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::{Place, cut};

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `req.url`, `backend`, `10s`, `.host`.
    Word(String),
    /// `"…"`, `{"…"}`, `"""…"""`
    Text(String),
    /// `{`, `==`, `;` …
    Sign(&'static str),
}

/// A token with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub place: Place,
}

impl Token {
    /// Whether it is this sign.
    pub fn is(&self, sign: &str) -> bool {
        matches!(&self.kind, Kind::Sign(found) if *found == sign)
    }

    /// The word; none for anything else.
    pub fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    /// The text of a word or string.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(text) | Kind::Text(text) => Some(text),
            Kind::Sign(_) => None,
        }
    }
}

/// Signs, the long ones first.
const SIGNS: &[&str] = &[
    "==", "!=", "!~", "&&", "||", "<=", ">=", "+=", "{", "}", "(", ")", ";", ",", "=", "~", "!",
    "<", ">", "+", "-", "*", "/",
];

/// Cuts a text.
pub fn tokens(text: &[u8], file: &HostPath) -> Vec<Token> {
    let at = |span| Place {
        file: file.clone(),
        span,
    };
    let all = cut(text, token).into_iter();
    all.map(|(kind, span)| Token {
        kind,
        place: at(span),
    })
    .collect()
}

/// Texts that begin and end with more than one byte: what is kept of them.
const LONG: &[(&str, &str, bool)] = &[
    ("/*", "*/", false),
    ("C{", "}C", false),
    ("{\"", "\"}", true),
    ("\"\"\"", "\"\"\"", true),
];

/// The token that a text begins with, and its length in bytes.
fn token(rest: &[u8]) -> (Option<Kind>, usize) {
    if rest.starts_with(b"#") || rest.starts_with(b"//") {
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        return (None, end);
    }
    for (open, close, keep) in LONG {
        let Some(inside) = rest.strip_prefix(open.as_bytes()) else {
            continue;
        };
        let end = memchr::memmem::find(inside, close.as_bytes()).unwrap_or(inside.len());
        let length = open.len().saturating_add(end).saturating_add(close.len());
        let text = inside.get(..end).unwrap_or_default();
        return (keep.then(|| text_of(text)), length);
    }
    if let Some(inside) = rest.strip_prefix(b"\"") {
        let end = memchr::memchr2(b'"', b'\n', inside).unwrap_or(inside.len());
        let text = inside.get(..end).unwrap_or_default();
        return (Some(text_of(text)), end.saturating_add(2));
    }
    let is_word = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let starts = rest
        .first()
        .is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_'));
    if starts {
        let word = rest.iter().take_while(is_word).count();
        let bytes = rest.get(..word).unwrap_or_default();
        return (
            Some(Kind::Word(String::from_utf8_lossy(bytes).into_owned())),
            word,
        );
    }
    let sign = SIGNS.iter().find(|sign| rest.starts_with(sign.as_bytes()));
    match sign {
        Some(sign) => (Some(Kind::Sign(sign)), sign.len()),
        None => (None, 1),
    }
}

fn text_of(bytes: &[u8]) -> Kind {
    Kind::Text(String::from_utf8_lossy(bytes).into_owned())
}
