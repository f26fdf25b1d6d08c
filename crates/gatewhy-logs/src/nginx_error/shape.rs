//! What differs between two records that say the same: paths and amounts.
use std::ops::Range;

/// A part of a message that is new each time, and on which no meaning depends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hole {
    /// What follows the `/` at the start of a word. No message that is known has a
    /// word of its own that begins so.
    Path,
    /// A number, perhaps with a point.
    Amount,
}

impl Hole {
    /// How much of `text` it takes.
    pub(super) fn length(self, text: &[u8]) -> usize {
        let path = |b: &&u8| b.is_ascii_alphanumeric() || b"/._-+%~=".contains(b);
        let amount = |b: &&u8| b.is_ascii_digit() || **b == b'.';
        match self {
            Self::Path => text.iter().take_while(path).count(),
            Self::Amount => text.iter().take_while(amount).count(),
        }
    }
}

/// Messages with an amount that is never the same, and what stands before it.
const AMOUNTS: [(&[u8], &[u8]); 3] = [
    (b"limiting requests, ", b"excess: "),
    (b"delaying request, ", b"excess: "),
    (b"client intended to send ", b"body: "),
];

/// The holes of a message, in order.
pub(super) fn holes(message: &[u8], into: &mut Vec<(Hole, Range<usize>)>) {
    into.clear();
    let amount = AMOUNTS
        .iter()
        .find(|(start, _)| message.starts_with(start))
        .and_then(|(_, before)| Some(memchr::memmem::find(message, before)? + before.len()));
    if let Some(from) = amount {
        let length = Hole::Amount.length(message.get(from..).unwrap_or_default());
        // Without a first digit it is no number.
        if length > 0 {
            into.push((Hole::Amount, from..from + length));
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
