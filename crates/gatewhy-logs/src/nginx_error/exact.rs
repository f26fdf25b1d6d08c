//! Beginnings of records that are known by all of their bytes. Most records have one:
//! so it is found, and compared, without a step that depends on which one it is.
use super::memory::Meaning;
use crate::intern::mix;
use crate::lanes::{self, agree, first_bytes};
use fearless_simd::Simd;
use gatewhy_facts::nginx::error_log::Level;

/// Longest beginning that is kept here.
pub(super) const ROOM: usize = 192;
/// Bytes that tell families of beginnings apart. No beginning here is shorter.
const FAMILY: usize = 24;
/// Words behind those that tell the members of a family apart, at most.
const MORE: usize = 6;
/// Most beginnings that are kept.
const MOST: usize = 1_024;
/// Places for them, and for families.
const PLACES: usize = 2_048;
/// How many places are looked at for one.
const TRIES: usize = 4;

/// All bytes of a beginning, and what it means.
#[derive(Clone, Debug)]
struct Entry {
    level: Level,
    text: [u8; ROOM],
    meaning: Meaning,
}

/// Meanings by the bytes of beginnings.
#[derive(Debug)]
pub(super) struct Exact {
    /// By a hash of the first bytes: how many words behind them belong to each
    /// beginning that has them; none where there is no such beginning.
    families: Vec<Option<u8>>,
    /// Tags, and which entry it is.
    places: Vec<(u64, u32)>,
    entries: Vec<Entry>,
}

impl Default for Exact {
    fn default() -> Self {
        Self {
            families: vec![None; PLACES],
            places: vec![(0, u32::MAX); PLACES],
            entries: Vec::new(),
        }
    }
}

impl Exact {
    /// What the record means whose message begins so.
    #[inline(always)]
    pub(super) fn find<S: Simd>(
        &self,
        simd: S,
        level: Level,
        message: &[u8; ROOM],
    ) -> Option<Meaning> {
        let family = family(level, message)?;
        let words = (*self.families.get(place(family))?)?;
        let tag = tag(family, message, words)?;
        // Members that differ only behind those words have the same tag.
        for (known, at) in self.places.get(place(tag)..)?.iter().take(TRIES) {
            if *known != tag {
                continue;
            }
            let entry = self.entries.get(usize::try_from(*at).ok()?)?;
            let mask = first_bytes(entry.meaning.length)?;
            if agree(simd, &entry.text, message, mask) && entry.level == level {
                return Some(entry.meaning);
            }
        }
        None
    }

    /// Keeps the beginning that `message` has; tells whether there was room for it.
    pub(super) fn keep(&mut self, level: Level, message: &[u8; ROOM], meaning: Meaning) -> bool {
        let fits = (FAMILY..=ROOM).contains(&meaning.length) && self.entries.len() < MOST;
        fits && self.put(level, message, meaning).is_some()
    }

    fn put(&mut self, level: Level, message: &[u8; ROOM], meaning: Meaning) -> Option<()> {
        let family = family(level, message)?;
        let own = ((meaning.length - FAMILY) / 8).min(MORE);
        let own = u8::try_from(own).ok()?;
        let words = self.families.get_mut(place(family))?;
        // Members whose tag has too many words are met again, and kept again.
        let all = words.map_or(own, |words| words.min(own));
        *words = Some(all);
        let tag = tag(family, message, all)?;
        let mut tries = self.places.get_mut(place(tag)..)?.iter_mut().take(TRIES);
        let free = tries.find(|(_, at)| *at == u32::MAX)?;
        *free = (tag, u32::try_from(self.entries.len()).ok()?);
        self.entries.push(Entry {
            level,
            text: *message,
            meaning,
        });
        Some(())
    }
}

/// A hash of the first bytes and of the level.
fn family(level: Level, message: &[u8; ROOM]) -> Option<u64> {
    let first = message.first_chunk::<FAMILY>()?;
    let [a, b, c] = first.as_chunks::<8>().0 else {
        return None;
    };
    let [a, b, c] = [a, b, c].map(|word| u64::from_le_bytes(*word));
    Some(mix(&[a, b, c]) ^ u64::from(level as u8).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// A hash of so many words more.
fn tag(family: u64, message: &[u8; ROOM], words: u8) -> Option<u64> {
    const SIZE: usize = 8 * MORE;
    let more = message.get(FAMILY..)?.first_chunk::<SIZE>()?;
    let all: [u64; MORE] = lanes::words(more, first_bytes(usize::from(words) * 8)?);
    // Turned, so that equal words here and there do not cancel each other.
    Some(family.rotate_left(21) ^ mix(&all))
}

fn place(hash: u64) -> usize {
    // The highest bits, which depend on all others; room for further tries behind.
    usize::try_from(hash >> 53).map_or(0, |at| at.min(PLACES - TRIES))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nginx_error::memory::Whom;
    use fearless_simd::dispatch;

    /// A beginning, and what a line may have behind it.
    fn message(beginning: &str, behind: &str) -> [u8; ROOM] {
        let mut message = [b'x'; ROOM];
        let text = beginning.bytes().chain(behind.bytes());
        message
            .iter_mut()
            .zip(text)
            .for_each(|(to, from)| *to = from);
        message
    }

    fn number(exact: &Exact, level: Level, message: &[u8; ROOM]) -> Option<u32> {
        let found = dispatch!(
            fearless_simd::Level::new(), simd => exact.find(simd, level, message)
        );
        found.map(|meaning| meaning.name)
    }

    #[test]
    fn a_beginning_is_known_by_all_of_its_bytes_and_its_level() {
        const ALL: [&str; 5] = [
            "upstream timed out (110: Connection timed out) while reading upstream, client: ",
            "upstream timed out (110: Connection timed out) while connecting to upstream, client: ",
            "upstream timed out (110: Connection timed out), client: ",
            "upstream timed out (110: x, client: ",
            "access forbidden by rule, client: ",
        ];
        let mut exact = Exact::default();
        // Shorter members of a family come last: longer ones are then kept once more.
        for _ in 0..2 {
            for (name, text) in (0..).zip(ALL) {
                let meaning = Meaning {
                    what: None,
                    whom: Whom::Nobody,
                    name,
                    length: text.len(),
                };
                assert!(exact.keep(Level::Error, &message(text, "192.0.2.1"), meaning));
            }
        }
        for (name, text) in (0..).zip(ALL) {
            let told = message(text, "203.0.113.77, server: other");
            assert_eq!(number(&exact, Level::Error, &told), Some(name), "{text}");
            assert_eq!(number(&exact, Level::Info, &told), None, "{text}");
            for at in 0..text.len() {
                let mut other = told;
                *other.get_mut(at).unwrap() ^= 1;
                assert_eq!(number(&exact, Level::Error, &other), None, "{text} {at}");
            }
        }
    }
}
