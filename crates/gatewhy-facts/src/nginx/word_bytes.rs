//! Short byte strings without an allocation of their own.
//!
//! A configuration of ten thousand sites is half a million words, and nearly all
//! of them are short: allocating each would take longer than reading them.
use crate::prelude::*;
use core::borrow::Borrow;
use core::cmp::Ordering;
use core::fmt;
use core::ops::Deref;

const INLINE: usize = 22;

/// Bytes of a word; used as a slice.
#[derive(Clone)]
pub struct WordBytes(Repr);

#[derive(Clone)]
enum Repr {
    Inline { length: u8, bytes: [u8; INLINE] },
    Heap(Box<[u8]>),
}

impl WordBytes {
    /// All of them.
    pub fn as_slice(&self) -> &[u8] {
        match &self.0 {
            Repr::Inline { length, bytes } => bytes.get(..usize::from(*length)).unwrap_or_default(),
            Repr::Heap(bytes) => bytes,
        }
    }
}

impl From<&[u8]> for WordBytes {
    fn from(slice: &[u8]) -> Self {
        let mut bytes = [0; INLINE];
        let length = u8::try_from(slice.len()).ok();
        match (length, bytes.get_mut(..slice.len())) {
            (Some(length), Some(place)) => {
                place.copy_from_slice(slice);
                Self(Repr::Inline { length, bytes })
            }
            _ => Self(Repr::Heap(slice.into())),
        }
    }
}

impl From<Vec<u8>> for WordBytes {
    fn from(bytes: Vec<u8>) -> Self {
        if bytes.len() <= INLINE {
            return Self::from(bytes.as_slice());
        }
        Self(Repr::Heap(bytes.into_boxed_slice()))
    }
}

impl Default for WordBytes {
    fn default() -> Self {
        Self::from(&[][..])
    }
}

impl Deref for WordBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl Borrow<[u8]> for WordBytes {
    fn borrow(&self) -> &[u8] {
        self
    }
}

impl fmt::Debug for WordBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.escape_ascii())
    }
}

impl PartialEq for WordBytes {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for WordBytes {}

impl PartialEq<[u8]> for WordBytes {
    fn eq(&self, other: &[u8]) -> bool {
        self.as_slice() == other
    }
}

impl PartialEq<&[u8]> for WordBytes {
    fn eq(&self, other: &&[u8]) -> bool {
        self.as_slice() == *other
    }
}

impl PartialOrd for WordBytes {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for WordBytes {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_slice().cmp(other.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn bytes_come_back_whatever_their_length(bytes in proptest::collection::vec(0_u8.., 0..60)) {
            proptest::prop_assert_eq!(&WordBytes::from(&bytes[..])[..], &bytes[..]);
            proptest::prop_assert_eq!(WordBytes::from(bytes.clone()).to_vec(), bytes);
        }
    }

    #[test]
    fn a_word_is_no_larger_than_a_vector() {
        assert_eq!(size_of::<WordBytes>(), size_of::<Vec<u8>>());
    }
}
