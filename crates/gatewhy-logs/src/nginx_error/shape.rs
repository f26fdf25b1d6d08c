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
        let path = |b: &&u8| b.is_ascii_alphanumeric() || b"/._-+%~=".contains(b);
        let amount = |b: &&u8| b.is_ascii_digit() || **b == b'.';
        let address = |b: &&u8| b.is_ascii_hexdigit() || b".:[]".contains(b);
        match self {
            Self::Address => text.iter().take_while(address).count(),
            Self::Path => text.iter().take_while(path).count(),
            Self::Amount => text.iter().take_while(amount).count(),
        }
    }
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
