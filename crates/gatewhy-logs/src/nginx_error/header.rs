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

/// More digits than a number of a process or a connection has.
const MANY_DIGITS: usize = 18;

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

/// `error] `, with the bracket that opens it taken already. Not `emerg`: what
/// follows it is read in full.
fn level(text: &[u8]) -> Option<(Level, &[u8])> {
    const LEVELS: [(u64, usize, Level); 7] = [
        (word(b"error] "), 7, Level::Error),
        (word(b"crit] "), 6, Level::Crit),
        (word(b"warn] "), 6, Level::Warn),
        (word(b"info] "), 6, Level::Info),
        (word(b"notice] "), 8, Level::Notice),
        (word(b"alert] "), 7, Level::Alert),
        (word(b"debug] "), 7, Level::Debug),
    ];
    let found = u64::from_le_bytes(*text.first_chunk::<8>()?);
    let (_, length, level) = LEVELS.iter().find(|(name, length, _)| {
        let unused = 64 - 8 * *length;
        (found ^ name) << unused == 0
    })?;
    Some((*level, text.get(*length..)?))
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

/// Takes a number off the front.
fn number(text: &[u8]) -> Option<&[u8]> {
    let mut digits = 0;
    while let Some(eight) = text.get(digits..).and_then(<[u8]>::first_chunk::<8>) {
        let found = leading_digits(u64::from_le_bytes(*eight));
        digits += found;
        if found < 8 {
            break;
        }
    }
    // The last bytes of a line, which are never the rest of a header.
    let fits = (1..MANY_DIGITS).contains(&digits);
    fits.then(|| text.get(digits..))?
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
    fn levels_are_known_by_their_names_alone() {
        assert_eq!(level(b"error] 1#1"), Some((Level::Error, &b"1#1"[..])));
        assert_eq!(level(b"notice] 1#1"), Some((Level::Notice, &b"1#1"[..])));
        assert_eq!(level(b"errors] 1#1"), None);
        assert_eq!(level(b"emerg] 1#1"), None);
    }
}
