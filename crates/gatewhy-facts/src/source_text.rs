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
