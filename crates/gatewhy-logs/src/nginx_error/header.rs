//! `2026/11/20 03:12:04 [error] 812#812: *97 `, where it stands exactly so.
use crate::hour::{Hour, Stamp};
use gatewhy_facts::log_time;
use gatewhy_facts::nginx::error_log::Level;

/// What stands before a message, and what follows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header<'a> {
    pub(super) at: Stamp,
    pub(super) level: Level,
    /// The message and all that follows it in the line.
    pub(super) message: &'a [u8],
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
    /// Takes a header off the front of a line. `None` also for what is a header in a
    /// less usual shape.
    pub(super) fn take<'a>(&mut self, line: &'a [u8]) -> Option<Header<'a>> {
        let (stamp, rest) = line.split_first_chunk::<21>()?;
        let at = self.stamp(stamp)?;
        let (level, rest) = level(rest)?;
        let rest = number(rest)?.strip_prefix(b"#")?;
        let rest = number(rest)?.strip_prefix(b": ")?;
        let message = match rest.strip_prefix(b"*") {
            Some(rest) => number(rest)?.strip_prefix(b" ")?,
            None => rest,
        };
        Some(Header { at, level, message })
    }

    fn stamp(&mut self, text: &[u8; 21]) -> Option<Stamp> {
        let (hour, rest) = text.split_first_chunk::<HOUR>()?;
        let [m1, m2, b':', s1, s2, b' ', b'['] = rest else {
            return None;
        };
        let digit = |byte: &u8| {
            let digit = byte.wrapping_sub(b'0');
            (digit < 10).then_some(u16::from(digit))
        };
        let minute = digit(m1)? * 10 + digit(m2)?;
        let second = digit(s1)? * 10 + digit(s2)?;
        if minute > 59 || second > 60 {
            return None;
        }
        if *hour != self.text {
            self.turn_to(hour)?;
        }
        Some(self.hour.at(minute * 60 + second))
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

/// `error] `, with the bracket that opens it taken already.
fn level(text: &[u8]) -> Option<(Level, &[u8])> {
    let found = u64::from_le_bytes(*text.first_chunk::<8>()?);
    let usual = LEVELS.get(usize::try_from(found & 7).unwrap_or(0))?;
    let name = [usual, &ALERT].into_iter().find(|name| {
        let unused = 64 - 8 * name.length;
        (found ^ name.word) << unused == 0
    })?;
    Some((name.level, text.get(name.length..)?))
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

/// Takes a number off the front. `None` also at the end of a line, where no message
/// can follow, and for numbers of sixteen digits or more.
fn number(text: &[u8]) -> Option<&[u8]> {
    let [first, second] = text.first_chunk::<16>()?.as_chunks::<8>().0 else {
        return None;
    };
    let first = leading_digits(u64::from_le_bytes(*first));
    let more = leading_digits(u64::from_le_bytes(*second));
    // Both are counted in any case: that costs less than to guess wrong.
    let digits = first + if first == 8 { more } else { 0 };
    (1..16).contains(&digits).then(|| text.get(digits..))?
}

/// How many of eight bytes are digits before the first that is none.
fn leading_digits(eight: u64) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    // Digits become 0 to 9. What is greater reaches the highest bit when 0x76 is added.
    let value = eight ^ (ONES * 0x30);
    let other = (((value & (ONES * 0x7f)) + ONES * 0x76) | value) & (ONES << 7);
    usize::try_from(other.trailing_zeros() / 8).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_counted_up_to_the_first_byte_that_is_none() {
        for byte in 0..=u8::MAX {
            for at in 0..8 {
                let mut eight = *b"90817263";
                *eight.get_mut(at).unwrap() = byte;
                let expected = eight.iter().take_while(|b| b.is_ascii_digit()).count();
                assert_eq!(leading_digits(u64::from_le_bytes(eight)), expected);
            }
        }
    }

    #[test]
    fn numbers_are_taken_off_the_front() {
        let behind = |text: &'static str| number(text.as_bytes());
        assert_eq!(
            behind("812#812: *97 a message"),
            Some(&b"#812: *97 a message"[..])
        );
        assert_eq!(behind("12345678 and more"), Some(&b" and more"[..]));
        assert_eq!(behind("123456789 and more"), Some(&b" and more"[..]));
        assert_eq!(behind("1234567890123456 and more"), None);
        assert_eq!(behind(" and more than that"), None);
        assert_eq!(behind("12"), None);
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
            assert_eq!(level(text.as_bytes()), Some((expected, &b"1#1: *1"[..])));
        }
        assert_eq!(level(b"errors] 1#1"), None);
        assert_eq!(level(b"emerg] 1#1"), None);
    }
}
