//! Several named byte strings as one: how an answer of many parts is stored.
//!
//! Each part is `NAME LENGTH\n`, then that many bytes, then `\n`. Names hold no
//! space and no newline. Files of `/proc` keep their own names (`1234/stat`), so
//! a bundle is readable as it is.
use crate::prelude::*;

/// Puts one part at the end of `into`.
pub fn push(into: &mut Vec<u8>, name: &str, bytes: &[u8]) {
    into.extend_from_slice(name.as_bytes());
    into.extend_from_slice(format!(" {}\n", bytes.len()).as_bytes());
    into.extend_from_slice(bytes);
    into.push(b'\n');
}

/// Walks the parts in order; stops at the first that is damaged.
pub fn parts(bundle: &[u8]) -> Parts<'_> {
    Parts { rest: bundle }
}

/// The first part of that name.
pub fn part<'a>(bundle: &'a [u8], name: &str) -> Option<&'a [u8]> {
    parts(bundle)
        .find(|(n, _)| *n == name)
        .map(|(_, bytes)| bytes)
}

/// The iterator that [`parts`] gives.
#[derive(Clone, Debug)]
pub struct Parts<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Parts<'a> {
    type Item = (&'a str, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let newline = memchr::memchr(b'\n', self.rest)?;
        let head = core::str::from_utf8(&self.rest[..newline]).ok()?;
        let (name, length) = head.rsplit_once(' ')?;
        let length: usize = length.parse().ok()?;
        let body = newline + 1;
        let end = body.checked_add(length)?;
        let bytes = self.rest.get(body..end)?;
        self.rest = self.rest.get(end + 1..).unwrap_or_default();
        Some((name, bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_back_as_they_went_in() {
        let mut all = Vec::new();
        push(&mut all, "1/stat", b"1 (x) S\n");
        push(&mut all, "1/cmdline", b"");
        assert_eq!(part(&all, "1/stat"), Some(&b"1 (x) S\n"[..]));
        assert_eq!(part(&all, "1/cmdline"), Some(&b""[..]));
        assert_eq!(parts(&all).count(), 2);
    }

    proptest::proptest! {
        #[test]
        fn damaged_bundles_never_panic(bytes: Vec<u8>) {
            let _ = parts(&bytes).count();
        }
    }
}
