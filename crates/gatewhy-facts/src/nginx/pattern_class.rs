//! Character classes and escapes of PCRE, worked out to the bytes they hold.
use crate::prelude::*;
use core::fmt::Write as _;

/// A set of bytes.
#[derive(Clone, Copy)]
struct Set([bool; 256]);

impl Set {
    const fn empty() -> Self {
        Self([false; 256])
    }

    fn of(test: impl Fn(u8) -> bool) -> Self {
        let mut set = Self::empty();
        for (byte, slot) in (0..=u8::MAX).zip(&mut set.0) {
            *slot = test(byte);
        }
        set
    }

    fn has(&self, byte: u8) -> bool {
        self.0.get(usize::from(byte)).copied().unwrap_or_default()
    }

    fn add(&mut self, other: &Self) {
        for (slot, more) in self.0.iter_mut().zip(other.0) {
            *slot |= more;
        }
    }

    /// The same without regard to the case of ASCII letters.
    fn folded(&self) -> Self {
        Self::of(|byte| self.has(byte.to_ascii_lowercase()) || self.has(byte.to_ascii_uppercase()))
    }

    fn not(&self) -> Self {
        Self::of(|byte| !self.has(byte))
    }

    /// As a class of explicit ranges.
    fn text(&self) -> String {
        let mut out = String::from("[");
        let mut byte = 0_u16;
        while let Ok(low) = u8::try_from(byte) {
            byte += 1;
            if !self.has(low) {
                continue;
            }
            let more = (low..=u8::MAX).take_while(|b| self.has(*b)).last();
            let high = more.unwrap_or(low);
            // Writing to a string cannot fail.
            let _ = write!(out, "\\x{{{low:X}}}-\\x{{{high:X}}}");
            byte = u16::from(high) + 1;
        }
        out.push(']');
        // No byte at all: a class must not be empty, so never match.
        if out == "[]" { "(?!)".into() } else { out }
    }
}

/// The class behind `[`, rewritten, and how many bytes it takes.
pub(super) fn class(body: &[u8], caseless: bool) -> Option<(String, usize)> {
    let negated = body.first() == Some(&b'^');
    let mut at = usize::from(negated);
    let first = at;
    let mut set = Set::empty();
    loop {
        let rest = body.get(at..)?;
        if rest.first()? == &b']' && at > first {
            let set = if caseless { set.folded() } else { set };
            let set = if negated { set.not() } else { set };
            return Some((set.text(), at + 1));
        }
        let (item, used) = item(rest)?;
        at += used;
        let low = match item {
            Item::Set(more) => {
                set.add(&more);
                continue;
            }
            Item::Byte(byte) => byte,
        };
        let high = match body.get(at..)? {
            [b'-', b']', ..] => None,
            [b'-', tail @ ..] => match self::item(tail)? {
                (Item::Byte(high), used) => Some((high, used + 1)),
                (Item::Set(_), _) => None,
            },
            _ => None,
        };
        let (high, used) = high.unwrap_or((low, 0));
        at += used;
        set.add(&Set::of(|byte| (low..=high).contains(&byte)));
    }
}

enum Item {
    Byte(u8),
    Set(Box<Set>),
}

fn item(rest: &[u8]) -> Option<(Item, usize)> {
    match rest {
        [b'[', b':', tail @ ..] => match posix(tail) {
            Some((set, used)) => Some((Item::Set(Box::new(set)), used + 2)),
            None => Some((Item::Byte(b'['), 1)),
        },
        [b'\\', b'b', ..] => Some((Item::Byte(8), 2)),
        [b'\\', letter, tail @ ..] => {
            if let Some(set) = named_set(*letter) {
                return Some((Item::Set(Box::new(set)), 2));
            }
            let (byte, used) = escaped_byte(*letter, tail)?;
            Some((Item::Byte(byte), used + 2))
        }
        [byte, ..] => Some((Item::Byte(*byte), 1)),
        [] => None,
    }
}

/// An escape outside a class, rewritten, and how many bytes behind its letter it takes.
pub(super) fn escape(letter: u8, tail: &[u8], caseless: bool) -> Option<(String, usize)> {
    if let Some(set) = named_set(letter) {
        return Some((set.text(), 0));
    }
    let (byte, used) = escaped_byte(letter, tail)?;
    Some((literal(byte, caseless), used))
}

/// A byte that means itself.
pub(super) fn literal(byte: u8, caseless: bool) -> String {
    if caseless && byte.is_ascii_alphabetic() {
        let (low, high) = (byte.to_ascii_lowercase(), byte.to_ascii_uppercase());
        return format!("[{}{}]", char::from(low), char::from(high));
    }
    if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'/' | b'-') {
        return char::from(byte).to_string();
    }
    format!("\\x{{{byte:X}}}")
}

fn named_set(letter: u8) -> Option<Set> {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let space = |b: u8| matches!(b, b' ' | 9..=13);
    let horizontal = |b: u8| matches!(b, b' ' | b'\t' | 0xa0);
    let vertical = |b: u8| matches!(b, 10..=13 | 0x85);
    Some(match letter {
        b'd' => Set::of(|b| b.is_ascii_digit()),
        b'D' => Set::of(|b| !b.is_ascii_digit()),
        b'w' => Set::of(word),
        b'W' => Set::of(|b| !word(b)),
        b's' => Set::of(space),
        b'S' => Set::of(|b| !space(b)),
        b'h' => Set::of(horizontal),
        b'H' => Set::of(|b| !horizontal(b)),
        b'v' => Set::of(vertical),
        b'V' => Set::of(|b| !vertical(b)),
        b'N' => Set::of(|b| b != b'\n'),
        _ => return None,
    })
}

/// The byte that an escape means; `None` when PCRE gives it another meaning.
fn escaped_byte(letter: u8, tail: &[u8]) -> Option<(u8, usize)> {
    let plain = |byte| Some((byte, 0));
    match letter {
        b'n' => plain(b'\n'),
        b'r' => plain(b'\r'),
        b't' => plain(b'\t'),
        b'f' => plain(0x0c),
        b'a' => plain(7),
        b'e' => plain(0x1b),
        b'x' => hex(tail),
        // Outside a class, one digit was taken for a group before.
        b'0'..=b'7' => octal(letter, tail),
        other if !other.is_ascii_alphanumeric() => plain(other),
        _ => None,
    }
}

fn hex(tail: &[u8]) -> Option<(u8, usize)> {
    let (digits, used) = if let [b'{', inner @ ..] = tail {
        let end = memchr::memchr(b'}', inner)?;
        (inner.get(..end)?, end + 2)
    } else {
        let digits = tail.iter().take(2).take_while(|b| b.is_ascii_hexdigit());
        let count = digits.count();
        (tail.get(..count)?, count)
    };
    let digits = core::str::from_utf8(digits).ok()?;
    let value = match digits {
        "" => 0,
        digits => u8::from_str_radix(digits, 16).ok()?,
    };
    Some((value, used))
}

fn octal(letter: u8, tail: &[u8]) -> Option<(u8, usize)> {
    let more = tail.iter().take(2).take_while(|b| matches!(b, b'0'..=b'7'));
    let digits: Vec<u8> = core::iter::once(letter).chain(more.copied()).collect();
    let value = digits.iter().try_fold(0_u8, |value, digit| {
        value.checked_mul(8)?.checked_add(digit - b'0')
    })?;
    Some((value, digits.len().saturating_sub(1)))
}

fn posix(tail: &[u8]) -> Option<(Set, usize)> {
    let end = memchr::memmem::find(tail, b":]")?;
    let name = tail.get(..end)?;
    let (negated, name) = match name {
        [b'^', name @ ..] => (true, name),
        name => (false, name),
    };
    let set = match name {
        b"alpha" => Set::of(|b| b.is_ascii_alphabetic()),
        b"digit" => Set::of(|b| b.is_ascii_digit()),
        b"alnum" => Set::of(|b| b.is_ascii_alphanumeric()),
        b"upper" => Set::of(|b| b.is_ascii_uppercase()),
        b"lower" => Set::of(|b| b.is_ascii_lowercase()),
        b"space" => Set::of(|b| matches!(b, b' ' | 9..=13)),
        b"blank" => Set::of(|b| matches!(b, b' ' | b'\t')),
        b"punct" => Set::of(|b| b.is_ascii_punctuation()),
        b"xdigit" => Set::of(|b| b.is_ascii_hexdigit()),
        b"cntrl" => Set::of(|b| b.is_ascii_control()),
        b"graph" => Set::of(|b| b.is_ascii_graphic()),
        b"print" => Set::of(|b| b.is_ascii_graphic() || b == b' '),
        b"word" => Set::of(|b| b.is_ascii_alphanumeric() || b == b'_'),
        _ => return None,
    };
    let set = if negated { set.not() } else { set };
    Some((set, end + 2))
}
