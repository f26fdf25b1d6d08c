//! Small numbers for names that come again and again.
use crate::lanes::{first_bytes, words};
use std::collections::HashMap;

/// Most names that are told apart; see [`Names::OTHERS`].
const MOST: usize = 65_536;
/// Longest name that is kept whole.
const LONGEST: usize = 255;
const CACHED: usize = 1_024;
/// Longest name that is known by its words.
pub(crate) const SHORT: usize = 32;

/// Names, each with a number: its place in the order of first sight.
///
/// Two are always there: [`Names::NONE`] and [`Names::OTHERS`].
#[derive(Clone, Debug)]
pub struct Names {
    numbers: HashMap<Box<[u8]>, u32>,
    all: Vec<Box<[u8]>>,
    cache: Vec<(u64, u32)>,
    short: Vec<Short>,
}

/// A short name, with zeros behind it, and its number.
#[derive(Clone, Copy, Debug, Default)]
struct Short {
    words: [u64; SHORT / 8],
    number: u32,
}

impl Default for Names {
    fn default() -> Self {
        let all: Vec<Box<[u8]>> = vec![Box::default(), Box::default(), Box::default()];
        Self {
            numbers: HashMap::new(),
            all,
            cache: vec![(0, 0); CACHED],
            short: vec![Short::default(); CACHED],
        }
    }
}

impl Names {
    /// The number that stands for no name: the log does not tell it.
    pub const NONE: u32 = 0;
    /// The number that stands for all names beyond the first 65,536.
    pub const OTHERS: u32 = 1;
    /// The number that stands for a name that was cut off with the end of its line.
    pub const CUT: u32 = 2;

    /// The number of `name`.
    pub fn number(&mut self, name: &[u8]) -> u32 {
        let name = name.get(..LONGEST).unwrap_or(name);
        let hash = hash(name);
        // The mask keeps it in range.
        let slot = usize::try_from(hash >> 54).unwrap_or(0);
        if let Some((known, number)) = self.cache.get(slot)
            && *known == hash
            && self.name(*number) == name
        {
            return *number;
        }
        let number = self.look_up(name);
        if let Some(entry) = self.cache.get_mut(slot) {
            *entry = (hash, number);
        }
        number
    }

    /// The number of the first `length` bytes of `text`, as [`Names::number`] gives it.
    /// Takes the same time for every length, where the name is known and short.
    pub(crate) fn number_in(&mut self, text: &[u8; SHORT], length: usize) -> u32 {
        let Some(mask) = first_bytes(length).filter(|_| (1..=SHORT).contains(&length)) else {
            return self.number(text.get(..length).unwrap_or(text));
        };
        let words = words(text, mask);
        let hash = mix(&words);
        let slot = usize::try_from(hash >> 54).unwrap_or(0);
        if let Some(known) = self.short.get(slot)
            && known.words == words
        {
            return known.number;
        }
        let number = self.number(text.get(..length).unwrap_or(text));
        if let Some(short) = self.short.get_mut(slot) {
            *short = Short { words, number };
        }
        number
    }

    fn look_up(&mut self, name: &[u8]) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let next = self.all.len();
        if next >= MOST {
            return Self::OTHERS;
        }
        let number = u32::try_from(next).unwrap_or(Self::OTHERS);
        self.all.push(name.into());
        self.numbers.insert(name.into(), number);
        number
    }

    /// The name behind a number; empty for the ones that stand for no single name.
    pub fn name(&self, number: u32) -> &[u8] {
        usize::try_from(number)
            .ok()
            .and_then(|at| self.all.get(at))
            .map_or(b"", AsRef::as_ref)
    }

    /// How many numbers there are.
    pub fn count(&self) -> u32 {
        u32::try_from(self.all.len()).unwrap_or(u32::MAX)
    }

    /// The number that `other`'s `number` has here.
    pub fn adopt(&mut self, other: &Self, number: u32) -> u32 {
        match number {
            Self::NONE | Self::OTHERS | Self::CUT => number,
            _ => self.number(other.name(number)),
        }
    }
}

/// A quick hash of at most six words.
pub(crate) fn mix(words: &[u64]) -> u64 {
    const MULTIPLIERS: [u64; 6] = [
        0x9e37_79b9_7f4a_7c15,
        0xbf58_476d_1ce4_e5b9,
        0x94d0_49bb_1331_11eb,
        0xff51_afd7_ed55_8ccd,
        0xc4ce_b9fe_1a85_ec53,
        0xd6e8_feb8_6659_fd93,
    ];
    let parts = words.iter().zip(MULTIPLIERS);
    parts.fold(0, |sum, (word, by)| sum ^ word.wrapping_mul(by))
}

/// A quick hash of a short name. The table behind the cache has a seeded one, so
/// that nobody can choose names that collide there.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
    const OTHER: u64 = 0xbf58_476d_1ce4_e5b9;
    let length = u64::try_from(bytes.len()).unwrap_or(0);
    let mut hash = length.wrapping_mul(OTHER);
    let Some(last) = bytes.last_chunk::<8>() else {
        let word = bytes.iter().fold(0, |word, b| word << 8 | u64::from(*b));
        hash = (hash ^ word).wrapping_mul(MULTIPLIER);
        return hash ^ (hash >> 29);
    };
    // The last word may begin in the one before it.
    let (words, _) = bytes.as_chunks::<8>();
    for word in words {
        hash = (hash.rotate_left(5) ^ u64::from_le_bytes(*word)).wrapping_mul(MULTIPLIER);
    }
    hash ^= u64::from_le_bytes(*last).wrapping_mul(OTHER);
    hash ^ (hash >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_number_and_comes_back_from_it() {
        let mut names = Names::default();
        let first = names.number(b"10.0.0.1:80");
        let second = names.number(b"10.0.0.2:80");
        assert_ne!(first, second);
        assert_eq!(names.number(b"10.0.0.1:80"), first);
        assert_eq!(names.name(second), b"10.0.0.2:80");
        let mut other = Names::default();
        let there = other.adopt(&names, second);
        assert_eq!(other.name(there), b"10.0.0.2:80");
    }

    #[test]
    fn a_name_in_a_text_has_the_number_of_the_name() {
        let mut names = Names::default();
        let text = *b"10.0.0.1:80/and what follows it!";
        for length in (0..=SHORT).chain(0..=SHORT) {
            let found = names.number_in(&text, length);
            assert_eq!(found, names.number(&text[..length]));
        }
    }

    #[test]
    fn names_beyond_the_limit_share_one_number() {
        let mut names = Names::default();
        let numbers: Vec<u32> = (0..70_000)
            .map(|n: u32| names.number(n.to_string().as_bytes()))
            .collect();
        assert_eq!(numbers.last(), Some(&Names::OTHERS));
        assert!(numbers.iter().take(60_000).all(|n| *n > Names::CUT));
    }
}
