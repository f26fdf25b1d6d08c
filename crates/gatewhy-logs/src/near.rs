//! Bytes that are mostly near: found in less time than it takes to prepare a longer
//! search.

const ONES: u64 = 0x0101_0101_0101_0101;
/// How many times eight bytes count as near.
const WORDS: usize = 2;

/// Offset of the first `byte`.
pub(crate) fn find(byte: u8, text: &[u8]) -> Option<usize> {
    let (words, _) = text.as_chunks::<8>();
    for (at, word) in words.iter().take(WORDS).enumerate() {
        if let Some(found) = first(zeros(u64::from_le_bytes(*word), byte)) {
            return Some(at * 8 + found);
        }
    }
    let from = words.len().min(WORDS) * 8;
    Some(from + memchr::memchr(byte, text.get(from..)?)?)
}

/// The highest bit of the first byte that is `byte`; perhaps also of bytes behind it.
fn zeros(word: u64, byte: u8) -> u64 {
    let same = word ^ (ONES * u64::from(byte));
    same.wrapping_sub(ONES) & !same & (ONES << 7)
}

fn first(bits: u64) -> Option<usize> {
    let bit = usize::try_from(bits.trailing_zeros()).unwrap_or(0);
    (bits != 0).then_some(bit / 8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_first_one_is_found(text in proptest::collection::vec(0..4_u8, 0..40), far: bool) {
            let text: Vec<u8> = text.iter().map(|b| if far { b | 0x80 } else { *b }).collect();
            for byte in [0, 1, 0x80, 0x82] {
                let expected = text.iter().position(|b| *b == byte);
                prop_assert_eq!(find(byte, &text), expected);
            }
        }
    }
}
