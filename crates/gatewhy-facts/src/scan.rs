//! Small steps over bytes from outside: take a number, a line, a piece.
//!
//! Nothing here panics or fails: a step that does not fit gives `None`.
use crate::prelude::*;
use memchr::memmem;

/// Takes a decimal number off the front; `None` without a digit, or when it does
/// not fit.
pub fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let digits = bytes.iter().take_while(|b| b.is_ascii_digit()).count();
    let (head, rest) = bytes.split_at_checked(digits)?;
    let text = core::str::from_utf8(head).ok()?;
    Some((text.parse().ok()?, rest))
}

/// The whole of `bytes` as a decimal number.
pub fn whole_number<N: core::str::FromStr>(bytes: &[u8]) -> Option<N> {
    if !bytes.iter().all(u8::is_ascii_digit) {
        return None;
    }
    core::str::from_utf8(bytes).ok()?.parse().ok()
}

/// Text that is shorter is searched by its first byte: to prepare for a search
/// takes longer than that.
const SHORT: usize = 256;

/// Offset of the first `needle`.
pub fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let Some((first, rest)) = needle.split_first().filter(|_| bytes.len() < SHORT) else {
        return memmem::find(bytes, needle);
    };
    let follows = |at: &usize| bytes.get(at + 1..).is_some_and(|b| b.starts_with(rest));
    memchr::memchr_iter(*first, bytes).find(follows)
}

/// The two sides of the first `needle`.
pub fn split_once<'a>(bytes: &'a [u8], needle: &str) -> Option<(&'a [u8], &'a [u8])> {
    let at = find(bytes, needle.as_bytes())?;
    Some((bytes.get(..at)?, bytes.get(at + needle.len()..)?))
}

/// Offset of the last `needle`.
pub fn rfind(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let Some((last, rest)) = needle.split_last().filter(|_| bytes.len() < 4 * SHORT) else {
        return memmem::rfind(bytes, needle);
    };
    let precedes = |at: &usize| bytes.get(..*at).is_some_and(|b| b.ends_with(rest));
    let at = memchr::memrchr_iter(*last, bytes).find(precedes)?;
    at.checked_sub(rest.len())
}

/// The two sides of the last `needle`.
pub fn rsplit_once<'a>(bytes: &'a [u8], needle: &str) -> Option<(&'a [u8], &'a [u8])> {
    let at = rfind(bytes, needle.as_bytes())?;
    Some((bytes.get(..at)?, bytes.get(at + needle.len()..)?))
}

/// What lies between the first `open` and the next `close` behind it.
pub fn between<'a>(bytes: &'a [u8], open: &str, close: &str) -> Option<&'a [u8]> {
    let (_, inside) = split_once(bytes, open)?;
    split_once(inside, close).map(|(piece, _)| piece)
}

/// Whether `before` is what programs put before a line that is another's: names,
/// clocks, brackets, or a path as `grep` prints it. Not the beginning of a line in
/// which visitors write.
pub fn may_precede(before: &[u8]) -> bool {
    let before = match before.strip_prefix(b"[pod/") {
        Some(rest) => split_once(rest, "] ").map_or(before, |(_, rest)| rest),
        None => before,
    };
    let quiet = |b: &u8| !matches!(b, b'"' | b'\'' | b'=' | b'?' | b'%' | b'{' | b'<' | b'&');
    let is_path = !before.contains(&b' ') && before.ends_with(b":");
    let digit = |at: Option<usize>| {
        at.and_then(|at| before.get(at))
            .is_some_and(u8::is_ascii_digit)
    };
    let in_date = |at: usize| digit(at.checked_sub(1)) && digit(at.checked_add(1));
    let path = || memchr::memchr_iter(b'/', before).any(|at| !in_date(at));
    let ends = before
        .last()
        .is_none_or(|b| matches!(b, b' ' | b':' | b'|' | b']' | b'\t' | b'>'));
    ends && before.iter().all(quiet) && (is_path || !path())
}

/// Whether `needle` stands anywhere in `bytes`.
pub fn holds(bytes: &[u8], needle: &str) -> bool {
    find(bytes, needle.as_bytes()).is_some()
}

/// Text of a known encoding (numbers, addresses, paths of a configuration);
/// invalid UTF-8 is replaced.
pub fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// One line of a text, without its line end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Counted from 1.
    pub number: u32,
    /// Offset of its first byte.
    pub start: usize,
    /// Its bytes, without `\n` and without a `\r` before it.
    pub bytes: &'a [u8],
}

/// The lines of a text. Only `\n` ends a line: a lone `\r` does not.
pub fn lines(text: &[u8]) -> Lines<'_> {
    Lines {
        text,
        start: 0,
        number: 0,
    }
}

/// The iterator that [`lines`] gives.
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    text: &'a [u8],
    start: usize,
    number: u32,
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let rest = self.text.get(self.start..).filter(|r| !r.is_empty())?;
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let bytes = rest.get(..end)?;
        let start = self.start;
        self.start = start.saturating_add(end).saturating_add(1);
        self.number = self.number.saturating_add(1);
        Some(Line {
            number: self.number,
            start,
            bytes: bytes.strip_suffix(b"\r").unwrap_or(bytes),
        })
    }
}

/// A line without the colours (`ESC [ … m`) that some programs write even where nobody
/// sees them.
pub fn without_colours(line: &[u8]) -> Vec<u8> {
    let mut pieces = line.split(|byte| *byte == 0x1b);
    let mut out = pieces.next().unwrap_or_default().to_vec();
    for piece in pieces {
        let rest = piece.strip_prefix(b"[").and_then(|codes| {
            let end = codes
                .iter()
                .position(|b| !b.is_ascii_digit() && *b != b';')?;
            codes.get(end..)?.strip_prefix(b"m")
        });
        out.extend_from_slice(rest.unwrap_or(piece));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_lone_carriage_returns_and_count_from_one() {
        let all: Vec<_> = lines(b"a\r\n\nb\rc").map(|l| (l.number, l.bytes)).collect();
        assert_eq!(all, [(1, &b"a"[..]), (2, &b""[..]), (3, &b"b\rc"[..])]);
    }

    #[test]
    fn numbers_end_at_the_first_other_byte_and_never_overflow() {
        assert_eq!(number(b"104: x"), Some((104, &b": x"[..])));
        assert_eq!(number(b": x"), None);
        assert_eq!(number(b"99999999999999999999999"), None);
        assert_eq!(whole_number::<u16>(b"70000"), None);
        assert_eq!(whole_number::<u16>(b""), None);
    }

    #[test]
    fn pieces_are_cut_at_the_first_mark() {
        assert_eq!(between(b"a <b> <c>", "<", ">"), Some(&b"b"[..]));
        assert_eq!(rsplit_once(b"a:b:c", ":"), Some((&b"a:b"[..], &b"c"[..])));
    }
}
