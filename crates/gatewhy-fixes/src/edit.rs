//! Edits of a file's bytes by span: what is not named stays as it is.
use alloc::vec::Vec;
use core::fmt;
use gatewhy_facts::source_text::Span;

/// A replacement of one span of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced.
    pub span: Span,
    /// What the bytes there must be now; anything else is refused.
    pub expect: Vec<u8>,
    /// What they become.
    pub replace: Vec<u8>,
}

/// Why edits were refused. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditError {
    /// A span ends behind the file's end, or before its own start.
    OutOfBounds(Span),
    /// Two spans share bytes, or are out of order.
    Overlap(Span),
    /// The bytes there are not the expected ones: the file has changed.
    Changed(Span),
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfBounds(span) => write!(f, "line {}: edit outside the file", span.line),
            Self::Overlap(span) => write!(f, "line {}: edits overlap", span.line),
            Self::Changed(span) => write!(f, "line {}: the file has changed", span.line),
        }
    }
}

impl core::error::Error for EditError {}

/// The bytes after all edits, which must be in order and apart.
///
/// # Errors
/// When a span is out of bounds, overlaps the one before, or holds other bytes
/// than expected; then nothing is edited.
pub fn apply(original: &[u8], edits: &[Edit]) -> Result<Vec<u8>, EditError> {
    let mut out = Vec::with_capacity(original.len());
    let mut done = 0;
    for edit in edits {
        let Span { start, end, .. } = edit.span;
        let old = original
            .get(start..end)
            .ok_or(EditError::OutOfBounds(edit.span))?;
        let kept = original
            .get(done..start)
            .ok_or(EditError::Overlap(edit.span))?;
        if old != edit.expect {
            return Err(EditError::Changed(edit.span));
        }
        out.extend_from_slice(kept);
        out.extend_from_slice(&edit.replace);
        done = end;
    }
    out.extend_from_slice(original.get(done..).unwrap_or_default());
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn edit(start: usize, expect: &[u8], replace: &[u8]) -> Edit {
        let span = Span {
            start,
            end: start + expect.len(),
            line: 1,
        };
        Edit {
            span,
            expect: expect.to_vec(),
            replace: replace.to_vec(),
        }
    }

    #[test]
    fn only_the_named_bytes_change() {
        let out = apply(
            b"proxy_pass http://a:3000; # x\r\n",
            &[edit(20, b"3000", b"3001")],
        );
        assert_eq!(out, Ok(b"proxy_pass http://a:3001; # x\r\n".to_vec()));
    }

    #[test]
    fn a_changed_file_is_refused() {
        let wrong = edit(0, b"b", b"c");
        assert_eq!(
            apply(b"a", core::slice::from_ref(&wrong)),
            Err(EditError::Changed(wrong.span))
        );
        let outside = edit(9, b"a", b"c");
        let span = outside.span;
        assert_eq!(apply(b"a", &[outside]), Err(EditError::OutOfBounds(span)));
        let overlap = vec![edit(0, b"ab", b"x"), edit(1, b"b", b"y")];
        assert_eq!(
            apply(b"ab", &overlap),
            Err(EditError::Overlap(overlap[1].span))
        );
    }

    proptest::proptest! {
        #[test]
        fn edit_and_inverse_give_the_same_bytes(text: Vec<u8>, at in 0usize..64, new: Vec<u8>) {
            let at = at.min(text.len());
            let old = text[at..].to_vec();
            let there = edit(at, &old, &new);
            let changed = apply(&text, &[there]).unwrap();
            let back = edit(at, &new, &old);
            proptest::prop_assert_eq!(apply(&changed, &[back]).unwrap(), text);
        }
    }
}
