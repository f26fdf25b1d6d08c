//! What differs between two records that say the same: paths, amounts, addresses.
use std::ops::Range;

/// A part of a message that is new each time, and on which no meaning depends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hole {
    /// What follows the `/` at the start of a word. No message that is known has a
    /// word of its own that begins so.
    Path,
    /// A number, perhaps with a point.
    Amount,
    /// An address with its port.
    Address,
}

impl Hole {
    /// How much of `text` it takes.
    pub(super) fn length(self, text: &[u8]) -> usize {
        let kind = match self {
            Self::Path => PATH,
            Self::Amount => AMOUNT,
            Self::Address => ADDRESS,
        };
        let inside = |b: &&u8| KINDS.get(usize::from(**b)).is_some_and(|k| k & kind != 0);
        text.iter().take_while(inside).count()
    }
}

const PATH: u8 = 1;
const AMOUNT: u8 = 2;
const ADDRESS: u8 = 4;

/// Of which holes a byte may be a part.
static KINDS: [u8; 256] = kinds();

const fn kinds() -> [u8; 256] {
    let mut kinds = [0; 256];
    let mut rest: &mut [u8] = &mut kinds;
    let mut byte = 0_u8;
    while let [first, others @ ..] = rest {
        let path = byte.is_ascii_alphanumeric()
            || matches!(byte, b'/' | b'.' | b'_' | b'-' | b'+' | b'%' | b'~' | b'=');
        let amount = byte.is_ascii_digit() || byte == b'.';
        let address = byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':' | b'[' | b']');
        *first = (path as u8 * PATH) | (amount as u8 * AMOUNT) | (address as u8 * ADDRESS);
        byte = byte.wrapping_add(1);
        rest = others;
    }
    kinds
}

/// Messages with one part that is seldom the same, what stands before it, and what it
/// is.
const CHANGING: [(&[u8], &[u8], Hole); 5] = [
    (b"limiting requests, ", b"excess: ", Hole::Amount),
    (b"delaying request, ", b"excess: ", Hole::Amount),
    (b"client intended to send ", b"body: ", Hole::Amount),
    (b"connect() to unix:/", b"unix:/", Hole::Path),
    (b"connect() to ", b"to ", Hole::Address),
];

/// The holes of a message, in order.
pub(super) fn holes(message: &[u8], into: &mut Vec<(Hole, Range<usize>)>) {
    into.clear();
    let changing = CHANGING
        .iter()
        .find(|(start, _, _)| message.starts_with(start))
        .and_then(|(_, before, hole)| {
            Some((memchr::memmem::find(message, before)? + before.len(), *hole))
        });
    if let Some((from, hole)) = changing {
        let length = hole.length(message.get(from..).unwrap_or_default());
        // Without a first digit it is no number.
        if length > 0 {
            into.push((hole, from..from + length));
        }
        return;
    }
    let mut at = 0;
    while let Some(found) = message
        .get(at..)
        .and_then(|rest| memchr::memchr(b'/', rest))
    {
        let from = at + found + 1;
        let before = from.checked_sub(2).and_then(|at| message.get(at));
        at = from;
        if matches!(before, Some(b' ' | b'"')) {
            let length = Hole::Path.length(message.get(from..).unwrap_or_default());
            into.push((Hole::Path, from..from + length));
            at += length;
        }
    }
}
