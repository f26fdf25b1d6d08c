//! Texts as arrays of numbers: `journalctl --output=json` prints them so where a
//! message holds a byte that is not printable, such as the escape of a colour.
use super::{Ranges, found_in};
use crate::prelude::*;
use core::ops::Range;

/// Masks the secrets in all such arrays. Every number keeps its length, so that the
/// line stays sound: a hidden byte of two digits becomes `42` (`*`), one of three
/// digits `120` (`x`).
pub(super) fn mask(bytes: &mut [u8]) {
    let mut at = 0_usize;
    while let Some(array) = next_array(bytes, at) {
        at = array.end;
        let found = found_in(&array.text);
        for number in hidden(&array, &found) {
            let digits: &[u8] = match number.len() {
                2 => b"42",
                3 => b"120",
                _ => continue,
            };
            if let Some(place) = bytes.get_mut(number) {
                place.copy_from_slice(digits);
            }
        }
    }
}

/// One array: the bytes it stands for, and where each stands.
struct Array {
    text: Vec<u8>,
    places: Vec<Range<usize>>,
    end: usize,
}

fn hidden(array: &Array, found: &Ranges) -> Vec<Range<usize>> {
    let printable = |at: &usize| {
        array
            .text
            .get(*at)
            .is_some_and(|b| *b >= b' ' && *b != 0x7f)
    };
    let all = found
        .iter()
        .flat_map(|range| range.clone().filter(printable));
    all.filter_map(|at| array.places.get(at).cloned()).collect()
}

fn next_array(bytes: &[u8], from: usize) -> Option<Array> {
    let mut at = from;
    loop {
        let rest = bytes.get(at..)?;
        let open = memchr::memchr(b'[', rest)?;
        at = at.saturating_add(open).saturating_add(1);
        if let Some(array) = array_at(bytes, at) {
            return Some(array);
        }
    }
}

/// The numbers from there to the closing bracket; none for anything else.
fn array_at(bytes: &[u8], start: usize) -> Option<Array> {
    let mut array = Array {
        text: Vec::new(),
        places: Vec::new(),
        end: start,
    };
    let mut at = start;
    loop {
        let rest = bytes.get(at..)?;
        let blanks = rest.iter().take_while(|b| **b == b' ').count();
        let rest = rest.get(blanks..)?;
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        let number = core::str::from_utf8(rest.get(..digits)?).ok()?;
        array.text.push(number.parse().ok()?);
        let begin = at.saturating_add(blanks);
        let end = begin.saturating_add(digits);
        array.places.push(begin..end);
        let behind = bytes.get(end..)?;
        let blanks = behind.iter().take_while(|b| **b == b' ').count();
        at = end.saturating_add(blanks).saturating_add(1);
        match behind.get(blanks)? {
            b',' => {}
            b']' => {
                array.end = at;
                return Some(array);
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn as_array(text: &[u8]) -> String {
        let numbers: Vec<String> = text.iter().map(ToString::to_string).collect();
        format!("{{\"MESSAGE\":[{}],\"_PID\":\"7\"}}", numbers.join(","))
    }

    #[test]
    fn a_secret_in_numbers_is_masked_and_the_line_stays_sound() {
        let line = as_array(b"\x1b[31mpassword=hunter2 next");
        let mut bytes = line.clone().into_bytes();
        mask(&mut bytes);
        assert_eq!(bytes.len(), line.len());
        let array = next_array(&bytes, 0).unwrap();
        assert!(!array.text.windows(7).any(|w| w == b"hunter2"));
        assert!(array.text.starts_with(b"\x1b[31mpassword="));
        assert!(array.text.ends_with(b" next"));
    }

    #[test]
    fn other_arrays_stay() {
        for text in [
            "[1,2",
            "[]",
            "[ \"a\" ]",
            "[1,2,300]",
            "[1, 2, 3]",
            "[31mpassword",
        ] {
            let mut bytes = text.as_bytes().to_vec();
            mask(&mut bytes);
            assert_eq!(bytes, text.as_bytes());
        }
    }
}
