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
    const LEVELS: [(&[u8], Level); 7] = [
        (b"error] ", Level::Error),
        (b"crit] ", Level::Crit),
        (b"warn] ", Level::Warn),
        (b"info] ", Level::Info),
        (b"notice] ", Level::Notice),
        (b"alert] ", Level::Alert),
        (b"debug] ", Level::Debug),
    ];
    LEVELS
        .iter()
        .find_map(|(name, level)| Some((*level, text.strip_prefix(*name)?)))
}

/// Takes a number off the front.
fn number(text: &[u8]) -> Option<&[u8]> {
    let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
    let fits = (1..MANY_DIGITS).contains(&digits);
    fits.then(|| text.get(digits..))?
}
