//! What the bytes of a text are, a bit for each: as many at a time as the processor
//! can look at. All of it is compiled into its callers, for each kind of processor.
#![expect(
    clippy::inline_always,
    reason = "without it the instructions would be called one by one"
)]
use fearless_simd::{Simd, SimdBase as _, SimdMask as _, u8x32, u8x64};

/// Which of the bytes are `byte`.
#[inline(always)]
pub(crate) fn same<S: Simd>(simd: S, chunk: &[u8; 64], byte: u8) -> u64 {
    let wanted = u8x64::splat(simd, byte);
    u8x64::from_slice(simd, chunk).simd_eq(wanted).to_bitmask()
}

/// Which of the bytes are letters from `a` to `z`.
#[inline(always)]
pub(crate) fn lower_case<S: Simd>(simd: S, chunk: &[u8; 64]) -> u64 {
    let value = u8x64::from_slice(simd, chunk) - u8x64::splat(simd, b'a');
    value.simd_le(u8x64::splat(simd, 25)).to_bitmask()
}

/// Which of the bytes are digits.
#[inline(always)]
pub(crate) fn digits<S: Simd>(simd: S, chunk: &[u8; 32]) -> u64 {
    let value = u8x32::from_slice(simd, chunk) - u8x32::splat(simd, b'0');
    value.simd_le(u8x32::splat(simd, 9)).to_bitmask()
}

/// Offset of the first `byte`, which is mostly near.
#[inline(always)]
pub(crate) fn find<S: Simd>(simd: S, text: &[u8], byte: u8) -> Option<usize> {
    if let Some(near) = text.first_chunk::<32>() {
        let wanted = u8x32::splat(simd, byte);
        let found = u8x32::from_slice(simd, near).simd_eq(wanted).to_bitmask();
        if found != 0 {
            return usize::try_from(found.trailing_zeros()).ok();
        }
    }
    memchr::memchr(byte, text)
}

/// Whether two texts are the same where `mask` has bits.
#[inline(always)]
pub(crate) fn agree<S: Simd, const N: usize>(
    simd: S,
    one: &[u8; N],
    other: &[u8; N],
    mask: &[u8; N],
) -> bool {
    const { assert!(N.is_multiple_of(64), "all of a text must be compared") };
    let (one, _) = one.as_chunks::<64>();
    let (other, _) = other.as_chunks::<64>();
    let (mask, _) = mask.as_chunks::<64>();
    let mut differences = u8x64::splat(simd, 0);
    for ((one, other), mask) in one.iter().zip(other).zip(mask) {
        let difference = u8x64::from_slice(simd, one) ^ u8x64::from_slice(simd, other);
        differences |= difference & u8x64::from_slice(simd, mask);
    }
    let none = u8x64::splat(simd, 0);
    differences.simd_eq(none).to_bitmask() == u64::MAX
}

/// A mask for the first `length` of so many bytes.
pub(crate) fn first_bytes<const N: usize>(length: usize) -> Option<&'static [u8; N]> {
    static MASKS: [u8; 2 * LONGEST_MASK] = masks();
    MASKS
        .get(LONGEST_MASK.checked_sub(length)?..)?
        .first_chunk()
}

const LONGEST_MASK: usize = 192;

const fn masks() -> [u8; 2 * LONGEST_MASK] {
    let mut masks = [0; 2 * LONGEST_MASK];
    let mut at = 0;
    while at < LONGEST_MASK {
        masks[at] = 0xff;
        at += 1;
    }
    masks
}

/// The words of a text where `mask` has bits, and zeros elsewhere.
pub(crate) fn words<const N: usize, const WORDS: usize>(
    text: &[u8; N],
    mask: &[u8; N],
) -> [u64; WORDS] {
    let mut words = [0; WORDS];
    let both = text.as_chunks::<8>().0.iter().zip(mask.as_chunks::<8>().0);
    for (word, (text, mask)) in words.iter_mut().zip(both) {
        *word = u64::from_le_bytes(*text) & u64::from_le_bytes(*mask);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use fearless_simd::{Level, dispatch};
    use proptest::prelude::*;

    fn expected(bytes: &[u8], is: impl Fn(u8) -> bool) -> u64 {
        let bits = bytes.iter().rev();
        bits.fold(0, |bits, b| bits << 1 | u64::from(is(*b)))
    }

    proptest! {
        #[test]
        fn each_byte_has_its_bit(
            bytes in proptest::collection::vec(any::<u8>(), 64),
            byte: u8,
        ) {
            let chunk = bytes.first_chunk::<64>().unwrap();
            for byte in [byte, chunk[7], chunk[63]] {
                let found = dispatch!(Level::new(), simd => same(simd, chunk, byte));
                prop_assert_eq!(found, expected(chunk, |b| b == byte));
                let found = dispatch!(Level::new(), simd => find(simd, chunk, byte));
                prop_assert_eq!(found, chunk.iter().position(|b| *b == byte));
            }
            let chunk = bytes.first_chunk::<32>().unwrap();
            let found = dispatch!(Level::new(), simd => digits(simd, chunk));
            prop_assert_eq!(found, expected(chunk, |b| b.is_ascii_digit()));
        }

        #[test]
        fn texts_agree_where_no_bit_of_the_mask_says_otherwise(
            one in proptest::collection::vec(0..2_u8, 64),
            other in proptest::collection::vec(0..2_u8, 64),
            length in 0..=64_usize,
        ) {
            let (one, other) = (one.first_chunk::<64>().unwrap(), other.first_chunk().unwrap());
            let mask = first_bytes(length).unwrap();
            let same = one[..length] == other[..length];
            let found = dispatch!(Level::new(), simd => agree(simd, one, other, mask));
            prop_assert_eq!(found, same);
            prop_assert_eq!(words::<64, 8>(one, mask) == words::<64, 8>(other, mask), same);
        }
    }

    #[test]
    fn every_byte_is_of_a_kind_or_not() {
        for byte in 0..=u8::MAX {
            let all = if byte.is_ascii_lowercase() {
                u64::MAX
            } else {
                0
            };
            let found = dispatch!(Level::new(), simd => lower_case(simd, &[byte; 64]));
            assert_eq!(found, all);
            let all = if byte.is_ascii_digit() {
                0xffff_ffff
            } else {
                0
            };
            let found = dispatch!(Level::new(), simd => digits(simd, &[byte; 32]));
            assert_eq!(found, all);
        }
    }
}
