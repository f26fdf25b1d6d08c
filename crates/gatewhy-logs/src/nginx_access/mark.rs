//! The text between two values of a line.

/// The text between two values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    text: Box<[u8]>,
    /// Its first bytes, at most eight, and which of eight they are.
    first: Word,
    /// The same of its last bytes.
    last: Word,
}

/// At most eight bytes that can be compared at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Word {
    bytes: u64,
    mask: u64,
}

impl Word {
    fn is(self, text: [u8; 8]) -> bool {
        u64::from_le_bytes(text) & self.mask == self.bytes
    }
}

impl Mark {
    pub(super) fn new(text: &[u8]) -> Self {
        let mut word = [0; 8];
        let mut mask = [0; 8];
        for ((to, mask), from) in word.iter_mut().zip(&mut mask).zip(text) {
            *to = *from;
            *mask = 0xff;
        }
        let first = Word {
            bytes: u64::from_le_bytes(word),
            mask: u64::from_le_bytes(mask),
        };
        let free = u32::try_from(8_usize.saturating_sub(text.len()) * 8).unwrap_or(0);
        let last = Word {
            bytes: first.bytes.checked_shl(free).unwrap_or(0),
            mask: first.mask.checked_shl(free).unwrap_or(0),
        };
        Self {
            text: text.into(),
            first,
            last,
        }
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Its length.
    #[inline]
    pub(super) fn length(&self) -> usize {
        self.text.len()
    }

    /// Whether the text has it at `at`.
    #[inline]
    pub(super) fn begins_at(&self, text: &[u8], at: usize) -> bool {
        let Some(rest) = text.get(at..) else {
            return false;
        };
        match rest.first_chunk() {
            Some(first) if self.text.len() <= 8 => self.first.is(*first),
            _ => rest.starts_with(&self.text),
        }
    }

    /// Whether the text has it right before `at`.
    #[inline]
    pub(super) fn ends_at(&self, text: &[u8], at: usize) -> bool {
        let Some(before) = text.get(..at) else {
            return false;
        };
        match before.last_chunk() {
            Some(last) if self.text.len() <= 8 => self.last.is(*last),
            _ => before.ends_with(&self.text),
        }
    }

    pub(super) fn first(&self) -> u8 {
        self.text.first().copied().unwrap_or_default()
    }

    pub(super) fn ends_with(&self, byte: u8) -> bool {
        self.text.last() == Some(&byte)
    }

    /// What follows the mark, where the text begins with it.
    #[inline]
    pub(super) fn strip<'a>(&self, text: &'a [u8]) -> Option<&'a [u8]> {
        let length = self.text.len();
        if let (Some(first), true) = (text.first_chunk::<8>(), length <= 8) {
            return self.first.is(*first).then(|| text.get(length..))?;
        }
        text.strip_prefix(self.text.as_ref())
    }

    /// What stands before the mark, where the text ends with it.
    #[inline]
    pub(super) fn strip_end<'a>(&self, text: &'a [u8]) -> Option<&'a [u8]> {
        let length = self.text.len();
        if let (Some(last), true) = (text.last_chunk::<8>(), length <= 8) {
            return self
                .last
                .is(*last)
                .then(|| text.get(..text.len() - length))?;
        }
        text.strip_suffix(self.text.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_at_both_ends_whatever_their_length() {
        for text in ["", "x", " us=", "\" us=\"", "12345678", "123456789"] {
            let mark = Mark::new(text.as_bytes());
            for pad in ["", "y", "more than eight bytes"] {
                let before = [text.as_bytes(), pad.as_bytes()].concat();
                assert_eq!(mark.strip(&before), Some(pad.as_bytes()));
                assert!(mark.begins_at(&before, 0) && mark.ends_at(&before, text.len()));
                let behind = [pad.as_bytes(), text.as_bytes()].concat();
                assert_eq!(mark.strip_end(&behind), Some(pad.as_bytes()));
                assert!(mark.begins_at(&behind, pad.len()) && mark.ends_at(&behind, behind.len()));
            }
            let other = Mark::new(format!("{text}z").as_bytes());
            assert_eq!(other.strip(b"some other text"), None);
            assert!((0..30).all(|at| !other.begins_at(b"some other text", at)));
            assert!((0..30).all(|at| !other.ends_at(b"some other text", at)));
            assert_eq!(other.strip_end(b"some other text"), None);
        }
    }
}
