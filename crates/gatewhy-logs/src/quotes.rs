//! Where the lines of a block end, and where its quotes are: found in one pass, 64
//! bytes at a time, so that no line needs a search of its own.
use crate::lanes::same;
use fearless_simd::{Level, Simd, dispatch};

/// The newlines and the quotes of a block.
#[derive(Clone, Debug, Default)]
pub(crate) struct Map {
    /// A bit for each byte: whether it is a quote.
    quotes: Vec<u64>,
    /// A bit for each byte: whether it is the first letter of `" while ` or of
    /// `", client: `, or may be; where that was asked for.
    closes: Vec<u64>,
    /// Offsets of newlines; of these so many are of this block.
    newlines: Vec<u32>,
    count: usize,
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
        dispatch!(Level::new(), simd => self.fill::<_, false>(simd, block));
    }

    /// Reads another block, shorter than 4 GiB, and where quoted words may end in an
    /// error log.
    pub(crate) fn read_with_closes(&mut self, block: &[u8]) {
        dispatch!(Level::new(), simd => self.fill::<_, true>(simd, block));
    }

    #[expect(clippy::inline_always, reason = "as in `lanes`")]
    #[inline(always)]
    fn fill<S: Simd, const CLOSES: bool>(&mut self, simd: S, block: &[u8]) {
        let (chunks, rest) = block.as_chunks::<64>();
        let mut last = [0; 64];
        for (to, from) in last.iter_mut().zip(rest) {
            *to = *from;
        }
        self.quotes.resize(chunks.len() + 1, 0);
        self.closes
            .resize(if CLOSES { chunks.len() + 1 } else { 0 }, 0);
        // Room for a newline in every byte. Of new memory only what is written is taken.
        if self.newlines.len() < block.len() + 1 {
            self.newlines = vec![0; block.len() + 1];
        }
        let newlines = self.newlines.as_mut_slice();
        let (mut count, mut at, mut before) = (0, 0, 0);
        let mut closes = self.closes.iter_mut();
        for (chunk, quotes) in chunks.iter().chain([&last]).zip(&mut self.quotes) {
            *quotes = same(simd, chunk, b'"');
            count = put(newlines, count, at, same(simd, chunk, b'\n'));
            if CLOSES && let Some(closes) = closes.next() {
                let (w, c) = (same(simd, chunk, b'w'), same(simd, chunk, b'c'));
                let behind = |by: u32| *quotes << by | before >> (64 - by);
                *closes = behind(2) & w | behind(3) & c;
                before = *quotes;
            }
            at += 64;
        }
        self.count = count;
    }

    /// Offsets of the newlines, in order.
    pub(crate) fn newlines(&self) -> &[u32] {
        self.newlines.get(..self.count).unwrap_or_default()
    }

    /// The quotes of a line, from its first byte to behind its last one.
    pub(crate) fn quotes(&self, from: usize, to: usize) -> Quotes<'_> {
        Quotes {
            bits: &self.quotes,
            closes: &self.closes,
            from,
            to,
        }
    }
}

/// The quotes of one line. Offsets are those in the line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quotes<'a> {
    bits: &'a [u64],
    closes: &'a [u64],
    from: usize,
    to: usize,
}

impl Quotes<'_> {
    /// The first quote at `at` or behind it.
    pub(crate) fn next(self, at: usize) -> Option<usize> {
        let start = self.from.saturating_add(at);
        let (word, near) = (start / 64, self.bits(at));
        let found = if near == 0 {
            let far = (word + 1..=self.to / 64).find(|word| self.word(*word) != 0)?;
            far * 64 + offset(self.word(far).trailing_zeros())
        } else {
            start + offset(near.trailing_zeros())
        };
        (found < self.to).then(|| found - self.from)
    }

    /// The quotes of 64 bytes from `at` on, a bit each.
    #[inline]
    pub(crate) fn bits(self, at: usize) -> u64 {
        let start = self.from.saturating_add(at);
        let (word, shift) = (start / 64, start % 64);
        let high = (self.word(word + 1) << (63 - shift)) << 1;
        self.word(word) >> shift | high
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

    /// Only those before `length`.
    pub(crate) fn before(self, length: usize) -> Self {
        let to = self.to.min(self.from + length);
        Self { to, ..self }
    }

    /// Asks about the places where quoted words may end, from `from` to before `to`,
    /// until there is an answer. A place is where the word behind the quote begins.
    pub(crate) fn find_close<T>(
        self,
        from: usize,
        to: usize,
        mut ask: impl FnMut(usize) -> Option<T>,
    ) -> Option<T> {
        let (from, to) = (self.from + from, self.to.min(self.from + to));
        let words = self.closes.get(from / 64..to.div_ceil(64))?;
        let mut low = u64::MAX << (from % 64);
        for (word, bits) in words.iter().enumerate() {
            let mut bits = bits & low;
            while bits != 0 {
                let at = (from / 64 + word) * 64 + offset(bits.trailing_zeros());
                if at >= to {
                    return None;
                }
                if let Some(answer) = ask(at - self.from) {
                    return Some(answer);
                }
                bits &= bits - 1;
            }
            low = u64::MAX;
        }
        None
    }

    fn word(self, at: usize) -> u64 {
        self.bits.get(at).copied().unwrap_or(0)
    }
}

/// Puts the places of the bits behind the `count` first ones; gives their new count.
#[expect(clippy::inline_always, reason = "as in `lanes`")]
#[inline(always)]
fn put(places: &mut [u32], count: usize, from: u32, bits: u64) -> usize {
    // Mostly there is one or none: it is written in any case, and counted if it is there.
    if let Some(place) = places.get_mut(count) {
        *place = from + bits.trailing_zeros();
    }
    let mut count = count + usize::from(bits != 0);
    let mut more = bits & bits.wrapping_sub(1);
    while more != 0 {
        if let Some(place) = places.get_mut(count) {
            *place = from + more.trailing_zeros();
        }
        count += 1;
        more &= more - 1;
    }
    count
}

fn offset(bits: u32) -> usize {
    usize::try_from(bits).unwrap_or(0)
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
        fn quoted_words_may_end_where_a_search_finds_it(
            parts in proptest::collection::vec(
                prop_oneof![Just("\" while "), Just("\", client: "), Just("\", x"), Just("c"), Just("w\" "), Just("\n1234567")],
                0..60,
            ),
            from in 0..200_usize,
            length in 0..200_usize,
        ) {
            let text = parts.concat().into_bytes();
            let mut map = Map::default();
            map.read_with_closes(&text);
            let mut found = Vec::new();
            map.quotes(3, text.len()).find_close(from, from + length, |at| {
                found.push(at);
                None::<()>
            });
            let expected: Vec<usize> = (from..from + length)
                .filter(|at| {
                    let two = text.get(at + 1..at + 4);
                    let three = text.get(*at..at + 4);
                    two.is_some_and(|t| t.first() == Some(&b'"') && t.last() == Some(&b'w'))
                        || three.is_some_and(|t| t.first() == Some(&b'"') && t.last() == Some(&b'c'))
                })
                .collect();
            prop_assert_eq!(found, expected);
        }
    }
}
