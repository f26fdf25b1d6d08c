//! Where the lines of a block end, and where its quotes are: found in one pass, 64
//! bytes at a time, so that no line needs a search of its own.

use wide::u8x16;

/// The newlines and the quotes of a block.
#[derive(Clone, Debug, Default)]
pub(crate) struct Map {
    /// A bit for each byte: whether it is a quote.
    quotes: Vec<u64>,
    newlines: Vec<u32>,
}

impl Map {
    /// The map of that block.
    pub(crate) fn of(block: &[u8]) -> Self {
        let mut map = Self::default();
        map.read(block);
        map
    }

    /// Reads another block, shorter than 4 GiB.
    pub(crate) fn read(&mut self, block: &[u8]) {
        let (chunks, rest) = block.as_chunks::<64>();
        let mut last = [0; 64];
        for (to, from) in last.iter_mut().zip(rest) {
            *to = *from;
        }
        self.newlines.clear();
        self.quotes.resize(chunks.len() + 1, 0);
        let mut at = 0;
        let Some((end, all)) = self.quotes.split_last_mut() else {
            return;
        };
        for (chunk, quotes) in chunks.iter().zip(all) {
            *quotes = same(chunk, b'"');
            put(&mut self.newlines, at, same(chunk, b'\n'));
            at += 64;
        }
        *end = same(&last, b'"');
        put(&mut self.newlines, at, same(&last, b'\n'));
    }

    /// Offsets of the newlines, in order.
    pub(crate) fn newlines(&self) -> &[u32] {
        &self.newlines
    }

    /// The quotes of a line, from its first byte to behind its last one.
    pub(crate) fn quotes(&self, from: usize, to: usize) -> Quotes<'_> {
        let bits = &self.quotes;
        Quotes { bits, from, to }
    }
}

/// The quotes of one line. Offsets are those in the line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quotes<'a> {
    bits: &'a [u64],
    from: usize,
    to: usize,
}

impl Quotes<'_> {
    /// The first quote at `at` or behind it.
    pub(crate) fn next(self, at: usize) -> Option<usize> {
        let start = self.from.saturating_add(at);
        let (word, shift) = (start / 64, start % 64);
        let low = self.word(word) >> shift;
        let high = (self.word(word + 1) << (63 - shift)) << 1;
        let near = low | high;
        let found = if near == 0 {
            let far = (word + 1..=self.to / 64).find(|word| self.word(*word) != 0)?;
            far * 64 + offset(self.word(far).trailing_zeros())
        } else {
            start + offset(near.trailing_zeros())
        };
        (found < self.to).then(|| found - self.from)
    }

    /// The last quote before `before`.
    pub(crate) fn last(self, before: usize) -> Option<usize> {
        let end = self.from + before;
        let (word, shift) = (end / 64, end % 64);
        let low = word.checked_sub(1).map_or(0, |word| self.word(word));
        // Its highest bit stands for the byte right before the end.
        let near = (self.word(word) << (63 - shift)) << 1 | low >> shift;
        let near = if shift == 0 { low } else { near };
        let found = if near == 0 {
            let words = (self.from / 64..word.checked_sub(1)?).rev();
            let far = words.into_iter().find(|word| self.word(*word) != 0)?;
            far * 64 + 63 - offset(self.word(far).leading_zeros())
        } else {
            end.checked_sub(1 + offset(near.leading_zeros()))?
        };
        found.checked_sub(self.from)
    }

    fn word(self, at: usize) -> u64 {
        self.bits.get(at).copied().unwrap_or(0)
    }
}

/// Puts the places of the bits behind the others.
fn put(places: &mut Vec<u32>, from: u32, mut bits: u64) {
    while bits != 0 {
        places.push(from + bits.trailing_zeros());
        bits &= bits - 1;
    }
}

fn offset(bits: u32) -> usize {
    usize::try_from(bits).unwrap_or(0)
}

/// Which of the bytes are `byte`, a bit each.
fn same(chunk: &[u8; 64], byte: u8) -> u64 {
    let wanted = u8x16::splat(byte);
    let part = |part: [u8; 16]| u64::from(u8x16::new(part).simd_eq(wanted).to_bitmask());
    let (halves, _) = chunk.as_chunks::<32>();
    let halves = halves.iter().map(|half| {
        let (parts, _) = half.as_chunks::<16>();
        match parts {
            [first, second] => part(*first) | part(*second) << 16,
            _ => 0,
        }
    });
    halves.rev().fold(0, |bits, half| bits << 32 | half)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn newlines_and_quotes_are_where_a_search_finds_them(
            text in proptest::collection::vec(
                prop_oneof![5 => Just(b'x'), 1 => Just(b'"'), 1 => Just(b'\n'), 1 => any::<u8>()],
                0..400,
            ),
        ) {
            let mut map = Map::default();
            map.read(b"\"\n what was read before \"\n");
            map.read(&text);
            let ends: Vec<usize> = map.newlines().iter().map(|at| *at as usize).collect();
            prop_assert_eq!(&ends, &memchr::memchr_iter(b'\n', &text).collect::<Vec<_>>());
            let mut from = 0;
            for to in ends.into_iter().chain([text.len()]) {
                let (quotes, line) = (map.quotes(from, to), text.get(from..to).unwrap());
                for at in 0..=line.len() {
                    let (before, behind) = line.split_at(at);
                    let next = memchr::memchr(b'"', behind).map(|found| at + found);
                    prop_assert_eq!(quotes.next(at), next);
                    prop_assert_eq!(quotes.last(at), memchr::memrchr(b'"', before));
                }
                from = to + 1;
            }
        }

        #[test]
        fn each_byte_has_its_bit(
            bytes in proptest::collection::vec(any::<u8>(), 64),
            byte: u8,
        ) {
            let chunk = bytes.first_chunk::<64>().unwrap();
            for byte in [byte, chunk[7], chunk[63]] {
                let expected = chunk.iter().rev().fold(0, |bits, b| bits << 1 | u64::from(*b == byte));
                prop_assert_eq!(same(chunk, byte), expected);
            }
        }
    }
}
