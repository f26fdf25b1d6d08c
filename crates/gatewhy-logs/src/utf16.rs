//! Logs in UTF-16, as Windows' shell and editors write them: `docker logs shop >
//! shop.log` in PowerShell.
use std::io::{self, BufRead as _, BufReader, Read};

/// Which of a unit's two bytes comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The low one: what Windows writes.
    Little,
    /// The high one.
    Big,
}

/// How much is read in one go.
const READ: usize = 64 * 1024;

/// The order of bytes in a text that begins so; `None` when it is not UTF-16.
///
/// A mark at the beginning tells it; without one, a log that begins with letters of
/// ASCII has a zero beside each of them.
pub fn order(first: &[u8]) -> Option<Order> {
    match first {
        // With two zeros behind it would be UTF-32.
        [0xff, 0xfe, 0, 0, ..] => None,
        [0xff, 0xfe, ..] => Some(Order::Little),
        [0xfe, 0xff, ..] => Some(Order::Big),
        [a, 0, b, 0, c, 0, ..] if printable([*a, *b, *c]) => Some(Order::Little),
        [0, a, 0, b, 0, c, ..] if printable([*a, *b, *c]) => Some(Order::Big),
        _ => None,
    }
}

fn printable(letters: [u8; 3]) -> bool {
    letters.iter().all(|b| (b' '..=b'~').contains(b))
}

/// The whole text as UTF-8, where it is UTF-16.
pub fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let mut utf8 = Utf8::new(io::Cursor::new(text.to_vec()), order(text)?);
    let mut all = Vec::new();
    utf8.read_to_end(&mut all).ok()?;
    Some(all)
}

/// Reads UTF-16 as UTF-8.
#[derive(Debug)]
pub(crate) struct Utf8<R> {
    from: BufReader<R>,
    order: Order,
    /// First half of a character that takes two units.
    half: Option<u16>,
    ready: Vec<u8>,
    given: usize,
}

impl<R: Read> Utf8<R> {
    pub(crate) fn new(from: R, order: Order) -> Self {
        Self {
            from: BufReader::with_capacity(READ, from),
            order,
            half: None,
            ready: Vec::new(),
            given: 0,
        }
    }

    /// Makes more ready; nothing at the end.
    fn refill(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.given = 0;
        while self.ready.is_empty() {
            let Some(units) = self.units()? else {
                return Ok(());
            };
            let half = self.half.take();
            let mut all = half.into_iter().chain(units).peekable();
            while let Some(unit) = all.next() {
                let opens = (0xd800..0xdc00).contains(&unit);
                if opens && all.peek().is_none() && half != Some(unit) {
                    self.half = Some(unit);
                    break;
                }
                let low = all.next_if(|low| opens && (0xdc00..0xe000).contains(low));
                self.put(unit, low);
            }
        }
        Ok(())
    }

    fn put(&mut self, unit: u16, low: Option<u16>) {
        let pair = [unit, low.unwrap_or(0)];
        let known = pair.get(..1 + usize::from(low.is_some())).unwrap_or(&[]);
        for char in char::decode_utf16(known.iter().copied()) {
            let char = char.unwrap_or(char::REPLACEMENT_CHARACTER);
            // The mark at the beginning is no part of the text.
            if char != '\u{feff}' {
                let mut bytes = [0; 4];
                self.ready
                    .extend_from_slice(char.encode_utf8(&mut bytes).as_bytes());
            }
        }
    }

    /// Whole units that are there; `None` at the end. A last odd byte is left out.
    fn units(&mut self) -> io::Result<Option<Vec<u16>>> {
        let order = self.order;
        let buffer = self.from.fill_buf()?;
        if let [_] = buffer {
            return self.torn();
        }
        let pairs = buffer.chunks_exact(2);
        let units: Vec<u16> = pairs.map(|pair| unit(pair, order)).collect();
        self.from.consume(units.len() * 2);
        Ok((!units.is_empty()).then_some(units))
    }

    /// A unit whose bytes came apart.
    fn torn(&mut self) -> io::Result<Option<Vec<u16>>> {
        let mut pair = [0; 2];
        match self.from.read_exact(&mut pair) {
            Ok(()) => Ok(Some(vec![unit(&pair, self.order)])),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn unit(pair: &[u8], order: Order) -> u16 {
    let pair = <[u8; 2]>::try_from(pair).unwrap_or_default();
    match order {
        Order::Little => u16::from_le_bytes(pair),
        Order::Big => u16::from_be_bytes(pair),
    }
}

impl<R: Read> Read for Utf8<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.given >= self.ready.len() {
            self.refill()?;
        }
        let rest = self.ready.get(self.given..).unwrap_or_default();
        let count = rest.len().min(into.len());
        if let (Some(room), Some(given)) = (into.get_mut(..count), rest.get(..count)) {
            room.copy_from_slice(given);
        }
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encoded(text: &str, order: Order, marked: bool) -> Vec<u8> {
        let mark = marked.then_some(0xfeff_u16);
        let units = mark.into_iter().chain(text.encode_utf16());
        let bytes = |unit: u16| match order {
            Order::Little => unit.to_le_bytes(),
            Order::Big => unit.to_be_bytes(),
        };
        units.flat_map(bytes).collect()
    }

    #[test]
    fn what_is_not_utf_16_is_left_as_it_is() {
        assert_eq!(order(b"2026/11/20 03:12:04"), None);
        assert_eq!(order(b"\0\0\0\0\0\0\0\0"), None);
        assert_eq!(order(b"\xff\xfe\0\0a\0\0\0"), None);
        assert_eq!(order(b"a\0"), None);
        assert_eq!(decoded(b"plain"), None);
        assert_eq!(decoded(b"a\0b\0c\0d"), Some(b"abc".to_vec()));
    }

    /// Gives few bytes at a time, as a pipe may.
    struct Slow(Vec<u8>);

    impl Read for Slow {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = self.0.len().min(into.len()).min(3);
            let rest = self.0.split_off(count);
            into[..count].copy_from_slice(&self.0);
            self.0 = rest;
            Ok(count)
        }
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in "[ -~]{3}[\\PC\n]{0,200}", little: bool, marked: bool) {
            let order_of_bytes = if little { Order::Little } else { Order::Big };
            let bytes = encoded(&text, order_of_bytes, marked);
            let expected = text.replace('\u{feff}', "");
            prop_assert_eq!(order(&bytes), Some(order_of_bytes));
            let whole = decoded(&bytes);
            prop_assert_eq!(whole.as_deref(), Some(expected.as_bytes()));
            let mut slowly = Vec::new();
            Utf8::new(Slow(bytes), order_of_bytes).read_to_end(&mut slowly).unwrap();
            prop_assert_eq!(slowly, expected.into_bytes());
        }

        #[test]
        fn damaged_texts_end(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut all = Vec::new();
            Utf8::new(Slow(bytes.clone()), Order::Little).read_to_end(&mut all).unwrap();
            prop_assert!(all.len() <= bytes.len() * 3);
            let _ = decoded(&bytes);
        }
    }
}
