//! Places in text files, and what a parser could not understand there.
use crate::path::HostPath;
use crate::prelude::*;

/// A run of bytes in one file, with the line on which it starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset just behind the last byte.
    pub end: usize,
    /// Line of the first byte, counted from 1.
    pub line: u32,
}

/// A place in a named file.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file.
    pub file: HostPath,
    /// Where in it.
    pub span: Span,
}

/// Something a parser did not understand; it goes on behind it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What is wrong there, as a lower-case fragment.
    pub what: String,
}

/// Cuts a text into pieces, each with its place. `first` tells the piece that a text begins
/// with, or none where that is a comment or a blank, and its length in bytes.
pub fn cut<T>(text: &[u8], first: impl Fn(&[u8]) -> (Option<T>, usize)) -> Vec<(T, Span)> {
    let (mut at, mut line) = (0_usize, 1_u32);
    let mut all = Vec::new();
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let (piece, length) = first(rest);
        let end = at.saturating_add(length.max(1)).min(text.len());
        let span = Span {
            start: at,
            end,
            line,
        };
        let passed = text.get(at..end).unwrap_or_default();
        let lines = memchr::memchr_iter(b'\n', passed).count();
        line = line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        at = end;
        all.extend(piece.map(|piece| (piece, span)));
    }
    all
}
