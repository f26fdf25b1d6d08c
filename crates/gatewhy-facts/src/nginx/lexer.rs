//! nginx's tokenizer, byte for byte (`ngx_conf_read_token`).
//!
//! The language has no encoding, no numbers and no keywords: words, `;`, `{` and
//! `}`. Words lose `\` before quotes and backslashes, and `\t`, `\r`, `\n` become
//! control bytes; every other escape stays, so that regular expressions survive.
use super::word_bytes::WordBytes;
use crate::prelude::*;
use crate::source_text::Span;

/// The size of nginx's read buffer: no word, and no comment, may be longer.
pub const BUFFER: usize = 4096;

/// One word of a directive.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Word {
    /// The word as nginx uses it: without quotes and escapes.
    pub bytes: WordBytes,
    /// Where it stands, quotes included.
    pub span: Span,
    /// The quote around it, `"` or `'`.
    pub quote: Option<u8>,
}

/// What ended a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// `;`
    Semicolon,
    /// `{`
    Open,
    /// `}`, always without words before it.
    Close,
    /// The end of the file, always without words before it.
    File,
    /// The terminator is missing; the reason is among the faults.
    Missing,
}

/// Words up to a terminator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The words: none for [`End::Close`] and [`End::File`].
    pub words: Vec<Word>,
    /// What ended them.
    pub end: End,
    /// The terminator itself; empty when it is missing.
    pub end_span: Span,
}

/// Something for which nginx refuses the file, with nginx's own words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Where nginx stops.
    pub span: Span,
    /// What it says.
    pub what: String,
}

/// Walks one file statement by statement.
#[derive(Clone, Debug)]
pub struct Lexer<'a> {
    text: &'a [u8],
    at: usize,
    line: u32,
    /// Where nginx's current token starts, for [`BUFFER`]; a mark, not a bound.
    anchor: usize,
    anchor_line: u32,
    too_long: bool,
    faults: Vec<Fault>,
}

impl<'a> Lexer<'a> {
    /// Starts at the beginning of a file.
    pub const fn new(text: &'a [u8]) -> Self {
        Self {
            text,
            at: 0,
            line: 1,
            anchor: 0,
            anchor_line: 1,
            too_long: false,
            faults: Vec::new(),
        }
    }

    /// What nginx would refuse so far, in the order of the file. nginx stops at
    /// the first; the others follow from going on behind it.
    pub fn into_faults(self) -> Vec<Fault> {
        self.faults
    }

    /// Whether nginx would have stopped already.
    pub const fn has_faults(&self) -> bool {
        !self.faults.is_empty()
    }

    /// The next statement; [`End::File`] for ever at the end.
    pub fn statement(&mut self) -> Statement {
        let mut words = Vec::new();
        let (end, end_span) = self.read(&mut words);
        Statement {
            words,
            end,
            end_span,
        }
    }

    /// The same, with the words put into a vector that is used again and again.
    pub fn read(&mut self, words: &mut Vec<Word>) -> (End, Span) {
        words.clear();
        self.anchor_here();
        loop {
            let start = self.here();
            let Some(byte) = self.take() else {
                return self.end_of_file(words.is_empty());
            };
            self.anchor_at(start);
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => {}
                b'#' => self.comment(),
                b';' | b'{' if words.is_empty() => {
                    self.fault(self.since(start), unexpected(byte));
                    if byte == b'{' {
                        return self.ended(End::Open, start);
                    }
                }
                b';' => return self.ended(End::Semicolon, start),
                b'{' => return self.ended(End::Open, start),
                b'}' if words.is_empty() => return self.ended(End::Close, start),
                b'}' => {
                    self.fault(self.since(start), unexpected(b'}'));
                    self.step_back(start);
                    return self.ended(End::Missing, start);
                }
                b'"' | b'\'' => {
                    if let Some(end) = self.quoted(byte, start, words) {
                        return self.ended(end.0, end.1);
                    }
                }
                _ => {
                    if let Some(end) = self.bare(byte, start, words) {
                        return self.ended(end.0, end.1);
                    }
                }
            }
        }
    }

    /// Skips the body of a Lua block whose `{` was just read; the span covers the
    /// code, without the closing brace.
    pub fn lua_block(&mut self) -> Span {
        let start = self.here();
        let rest = self.text.get(self.at..).unwrap_or_default();
        let (code, closed) = super::lua::block_length(rest);
        let lines = memchr::memchr_iter(b'\n', rest.get(..code).unwrap_or_default()).count();
        self.at = self.at.saturating_add(code);
        self.line = self
            .line
            .saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        let span = self.since(start);
        if closed {
            self.at = self.at.saturating_add(1);
        } else {
            let what =
                "unexpected end of file, expecting terminating characters for lua code block";
            self.fault(start, what.into());
        }
        span
    }

    /// A word without quotes, from its first byte on; gives the terminator that
    /// ended it, if that was not white space.
    fn bare(&mut self, first: u8, start: Span, words: &mut Vec<Word>) -> Option<(End, Span)> {
        let mut variable = first == b'$';
        let mut escaped = first == b'\\';
        loop {
            let before = self.here();
            let Some(byte) = self.take() else {
                words.push(self.word(start, start.start, self.at, None));
                return None;
            };
            if escaped || (byte == b'{' && variable) {
                escaped = false;
                continue;
            }
            variable = byte == b'$';
            escaped = byte == b'\\';
            if matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b';' | b'{') {
                words.push(self.word(start, start.start, before.start, None));
                return match byte {
                    b';' => Some((End::Semicolon, before)),
                    b'{' => Some((End::Open, before)),
                    _ => None,
                };
            }
        }
    }

    /// A quoted word, from behind its opening quote on, and what follows it.
    fn quoted(&mut self, quote: u8, start: Span, words: &mut Vec<Word>) -> Option<(End, Span)> {
        self.anchor = self.at;
        let mut variable = false;
        let mut escaped = false;
        let inside = self.at;
        loop {
            let before = self.here();
            let Some(byte) = self.take_in_quotes(quote) else {
                self.give_up_quote(quote, start, words);
                return None;
            };
            if escaped || (byte == b'{' && variable) {
                escaped = false;
                continue;
            }
            variable = byte == b'$';
            escaped = byte == b'\\';
            if byte == quote {
                words.push(self.word(start, inside, before.start, Some(quote)));
                return self.behind_quote();
            }
        }
    }

    /// Only white space, `;`, `{` or `)` may follow a closing quote.
    fn behind_quote(&mut self) -> Option<(End, Span)> {
        let before = self.here();
        match self.take()? {
            b' ' | b'\t' | b'\r' | b'\n' => None,
            b';' => Some((End::Semicolon, before)),
            b'{' => Some((End::Open, before)),
            b')' => {
                self.step_back(before);
                None
            }
            other => {
                self.fault(self.since(before), unexpected(other));
                self.step_back(before);
                None
            }
        }
    }

    /// A quote that never closes, or not within [`BUFFER`]: the word is taken to
    /// end with its line, so that the rest of the file is still understood.
    fn give_up_quote(&mut self, quote: u8, start: Span, words: &mut Vec<Word>) {
        let inside = start.start.saturating_add(1);
        let rest = self.text.get(inside..).unwrap_or_default();
        let length = memchr::memchr2(b'\n', b';', rest).unwrap_or(rest.len());
        self.at = inside.saturating_add(length);
        self.line = start.line;
        words.push(self.word(start, inside, self.at, Some(quote)));
        self.anchor_here();
    }

    fn comment(&mut self) {
        loop {
            let before = self.here();
            match self.take() {
                // nginx sees the newline as white space, where a token may begin.
                Some(b'\n') => return self.anchor_at(before),
                Some(_) => {}
                None => return,
            }
        }
    }

    fn end_of_file(&mut self, is_between: bool) -> (End, Span) {
        let here = self.here();
        if is_between {
            return self.ended(End::File, here);
        }
        if !self.too_long {
            let what = "unexpected end of file, expecting \";\" or \"}\"";
            self.fault(here, what.into());
        }
        self.ended(End::Missing, here)
    }

    const fn ended(&self, end: End, start: Span) -> (End, Span) {
        let end_span = match end {
            End::Missing | End::File => start,
            End::Semicolon | End::Open | End::Close => self.since(start),
        };
        (end, end_span)
    }

    fn word(&self, start: Span, from: usize, to: usize, quote: Option<u8>) -> Word {
        let raw = self.text.get(from..to).unwrap_or_default();
        let closed = quote.is_some() && self.text.get(to).copied() == quote;
        let span = Span {
            end: to.saturating_add(usize::from(closed)),
            ..start
        };
        Word {
            bytes: unescape(raw),
            span,
            quote,
        }
    }

    /// The next byte; notes when nginx's buffer would have overflowed on it.
    fn take(&mut self) -> Option<u8> {
        let byte = *self.text.get(self.at)?;
        if self.at == self.anchor.saturating_add(BUFFER) {
            self.overflow(None);
        }
        self.at += 1;
        self.line = self.line.saturating_add(u32::from(byte == b'\n'));
        Some(byte)
    }

    /// As [`Self::take`], but stops where nginx misses the closing quote.
    fn take_in_quotes(&mut self, quote: u8) -> Option<u8> {
        let byte = self.text.get(self.at).copied();
        if byte.is_some() && self.at == self.anchor.saturating_add(BUFFER) {
            self.overflow(Some(quote));
            return None;
        }
        if byte.is_none() {
            let what = "unexpected end of file, expecting \";\" or \"}\"";
            self.fault(self.here(), what.into());
        }
        self.take()
    }

    fn overflow(&mut self, quote: Option<u8>) {
        self.too_long = true;
        let head = self.text.get(self.anchor..self.at).unwrap_or_default();
        let head = head.get(..10).unwrap_or(head);
        let head = crate::untrusted::shown(head);
        let what = match quote {
            None => format!("too long parameter \"{head}...\" started"),
            Some(quote) => format!(
                "too long parameter, probably missing terminating \"{}\" character",
                char::from(quote)
            ),
        };
        let span = Span {
            start: self.anchor,
            end: self.at,
            line: self.anchor_line,
        };
        self.fault(span, what);
    }

    fn fault(&mut self, span: Span, what: String) {
        self.faults.push(Fault { span, what });
    }

    const fn here(&self) -> Span {
        Span {
            start: self.at,
            end: self.at,
            line: self.line,
        }
    }

    const fn since(&self, start: Span) -> Span {
        Span {
            start: start.start,
            end: self.at,
            line: start.line,
        }
    }

    const fn anchor_here(&mut self) {
        self.anchor = self.at;
        self.anchor_line = self.line;
    }

    const fn anchor_at(&mut self, start: Span) {
        self.anchor = start.start;
        self.anchor_line = start.line;
    }

    /// Reads a byte again. It is not a newline, so the line stays.
    const fn step_back(&mut self, to: Span) {
        self.at = to.start;
    }
}

fn unexpected(byte: u8) -> String {
    format!("unexpected \"{}\"", crate::untrusted::shown(&[byte]))
}

fn unescape(raw: &[u8]) -> WordBytes {
    if memchr::memchr(b'\\', raw).is_none() {
        return raw.into();
    }
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let [first, tail @ ..] = rest {
        let (byte, used) = match (first, tail.first()) {
            (b'\\', Some(next @ (b'"' | b'\'' | b'\\'))) => (*next, 2),
            (b'\\', Some(b't')) => (b'\t', 2),
            (b'\\', Some(b'r')) => (b'\r', 2),
            (b'\\', Some(b'n')) => (b'\n', 2),
            _ => (*first, 1),
        };
        out.push(byte);
        rest = rest.get(used..).unwrap_or_default();
    }
    out.into()
}
