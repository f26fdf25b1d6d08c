//! `2026/11/20 03:12:04 [error] 812#812: *97 `, where it stands exactly so.
use crate::hour::{Hour, Stamp, seconds_of_hour, words};
use crate::lanes::digits;
use fearless_simd::Simd;
use gatewhy_facts::log_time;
use gatewhy_facts::nginx::error_log::Level;

/// How much of a record is looked at for its header, which ends before that.
pub(super) const HEAD: usize = 64;

/// What stands before a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub(super) at: Stamp,
    pub(super) level: Level,
    /// Its length: where the message begins.
    pub(super) length: usize,
}

/// `2026/11/20 03:`, the part of a time stamp that seldom changes.
const HOUR: usize = 14;

/// Reads time stamps; keeps the last hour, since the next record is mostly of the same.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    text: [u8; HOUR],
    hour: Hour,
}

impl Clock {
    /// Takes a header off the front of a record. `None` also for what is a header in a
    /// less usual shape.
    #[inline(always)]
    pub(super) fn take<S: Simd>(&mut self, simd: S, text: &[u8; HEAD]) -> Option<Header> {
        let (hour, rest) = text.split_first_chunk::<HOUR>()?;
        let (clock, rest) = rest.split_first_chunk::<7>()?;
        let at = self.stamp(hour, *clock)?;
        let (level, name) = level(rest)?;
        let numbers = numbers(simd, rest.get(name..)?.first_chunk()?)?;
        let length = HOUR + 7 + name + numbers;
        Some(Header { at, level, length })
    }

    /// The time, from `2026/11/20 03:` and `12:04 [`.
    #[inline(always)]
    fn stamp(&mut self, hour: &[u8; HOUR], clock: [u8; 7]) -> Option<Stamp> {
        let [m1, m2, colon, s1, s2, blank, bracket] = clock;
        // As the other log has it, and what stands behind it.
        let clock = [b'0', b'0', b':', m1, m2, colon, s1, s2];
        let seconds = seconds_of_hour(clock).filter(|_| [blank, bracket] == *b" [")?;
        if words(hour) != words(&self.text) {
            self.turn_to(hour)?;
        }
        Some(self.hour.at(seconds))
    }

    fn turn_to(&mut self, text: &[u8; HOUR]) -> Option<()> {
        let mut whole = *b"2026/11/20 03:00:00";
        whole.first_chunk_mut::<HOUR>()?.copy_from_slice(text);
        let usual = whole.get(4) == Some(&b'/') && whole.get(10) == Some(&b' ');
        let (civil, _) = log_time::year_first(&whole).filter(|_| usual)?;
        self.hour = Hour::of(civil);
        self.text = *text;
        Some(())
    }
}

/// How a level's name ends the first bytes of a header.
#[derive(Clone, Copy)]
struct Name {
    word: u64,
    length: usize,
    level: Level,
}

const fn name(text: &[u8], level: Level) -> Name {
    Name {
        word: word(text),
        length: text.len(),
        level,
    }
}

/// By the lowest three bits of the first letter, which two of them share. Not `emerg`:
/// what follows it is read in full.
const LEVELS: [Name; 8] = [
    name(b"error] ", Level::Error),
    name(b"info] ", Level::Info),
    name(b"error] ", Level::Error),
    name(b"crit] ", Level::Crit),
    name(b"debug] ", Level::Debug),
    name(b"error] ", Level::Error),
    name(b"notice] ", Level::Notice),
    name(b"warn] ", Level::Warn),
];
const ALERT: Name = name(b"alert] ", Level::Alert);

/// `error] `, with the bracket that opens it taken already, and its length.
fn level(text: &[u8]) -> Option<(Level, usize)> {
    let found = u64::from_le_bytes(*text.first_chunk::<8>()?);
    let usual = LEVELS.get(usize::try_from(found & 7).unwrap_or(0))?;
    let name = [usual, &ALERT].into_iter().find(|name| {
        let unused = 64 - 8 * name.length;
        (found ^ name.word) << unused == 0
    })?;
    Some((name.level, name.length))
}

/// At most eight bytes as one number.
const fn word(mut text: &[u8]) -> u64 {
    let mut word = 0;
    while let [rest @ .., last] = text {
        word = word << 8 | *last as u64;
        text = rest;
    }
    word
}

/// Longest number that has a meaning for certain.
const LONGEST_NUMBER: u32 = 15;

/// Length of `812#812: *97 `, or of `812#812: ` where no connection follows.
#[inline(always)]
fn numbers<S: Simd>(simd: S, text: &[u8; 32]) -> Option<usize> {
    let mut others = !digits(simd, text);
    let mut next = || {
        let at = others.trailing_zeros();
        others &= others.wrapping_sub(1);
        at
    };
    let (hash, colon) = (next(), next());
    let from = usize::try_from(colon).ok()?;
    let marks = text.get(from..)?.first_chunk::<3>()?;
    let fits = |digits: u32| (1..=LONGEST_NUMBER).contains(&digits);
    let at_hash = text.get(usize::try_from(hash).ok()?) == Some(&b'#');
    if !(at_hash && fits(hash) && fits(colon.wrapping_sub(hash + 1))) {
        return None;
    }
    if *marks != *b": *" {
        return marks.starts_with(b": ").then_some(from + 2);
    }
    let (_, star, blank) = (next(), next(), next());
    let end = usize::try_from(blank).ok()?;
    let closed = text.get(end) == Some(&b' ');
    (closed && fits(blank.wrapping_sub(star + 1))).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use fearless_simd::dispatch;

    #[test]
    fn numbers_are_taken_off_the_front() {
        let behind = |text: &str| {
            let mut padded = [0; 32];
            padded
                .iter_mut()
                .zip(text.bytes())
                .for_each(|(to, from)| *to = from);
            let length = dispatch!(fearless_simd::Level::new(), simd => numbers(simd, &padded))?;
            text.get(length..).map(str::to_owned)
        };
        assert_eq!(
            behind("812#812: *97 a message"),
            Some("a message".to_owned())
        );
        assert_eq!(behind("812#0: a message"), Some("a message".to_owned()));
        assert_eq!(behind("1#1: 97 things"), Some("97 things".to_owned()));
        let long = "123456789012345#1: *1 x";
        assert_eq!(behind(long), Some("x".to_owned()));
        for other in [
            "",
            "812",
            "812#",
            "812#812",
            "812#812:",
            "#812: x",
            "812#: x",
            "812#812:x",
            "812:812: *97 x",
            "812#812: *x 97 x",
            "812#812: * 97 x",
            "812#812: *97x 1 ",
            "1234567890123456#1: x",
            "1#1234567890123456: x",
            "1#1: *1234567890123456 x",
        ] {
            assert_eq!(behind(other), None, "{other}");
        }
    }

    #[test]
    fn levels_are_known_by_their_names_alone() {
        let all = [
            ("error", Level::Error),
            ("crit", Level::Crit),
            ("warn", Level::Warn),
            ("info", Level::Info),
            ("notice", Level::Notice),
            ("alert", Level::Alert),
            ("debug", Level::Debug),
        ];
        for (name, expected) in all {
            let text = format!("{name}] 1#1: *1");
            assert_eq!(level(text.as_bytes()), Some((expected, name.len() + 2)));
        }
        assert_eq!(level(b"errors] 1#1"), None);
        assert_eq!(level(b"emerg] 1#1"), None);
    }
}
