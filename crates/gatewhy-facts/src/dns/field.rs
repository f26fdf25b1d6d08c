//! Lines and words of the resolver's text files.
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::{Place, Problem, Span};

/// One line with its place in the file.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) text: &'a [u8],
    pub(super) span: Span,
}

/// All lines, without their newlines.
pub(super) fn lines(bytes: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let mut start = 0_usize;
    let mut number = 0_u32;
    bytes.split(|byte| *byte == b'\n').map(move |text| {
        let end = start.saturating_add(text.len());
        number = number.saturating_add(1);
        let line = number;
        let span = Span { start, end, line };
        start = end.saturating_add(1);
        Line { text, span }
    })
}

impl<'a> Line<'a> {
    /// The words before any of the comment characters.
    pub(super) fn words_before(self, comments: &[u8]) -> Vec<Cow<'a, str>> {
        let ends = self.text.iter().position(|byte| comments.contains(byte));
        let text = self.text.get(..ends.unwrap_or(self.text.len()));
        let words = text.unwrap_or_default().split(u8::is_ascii_whitespace);
        let words = words.filter(|word| !word.is_empty());
        words.map(String::from_utf8_lossy).collect()
    }

    /// A problem with this line.
    pub(super) fn problem(self, file: &HostPath, what: impl Into<String>) -> Problem {
        let (file, span) = (file.clone(), self.span);
        Problem {
            place: Place { file, span },
            what: what.into(),
        }
    }
}
