//! Lines and columns of the kernel's text files, as byte strings.
use crate::prelude::*;

/// The lines of a text, without their newlines; the empty last one left out.
pub(crate) fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
}

/// The words of a line, separated by any run of spaces and tabs.
pub(crate) fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty())
}

/// A decimal number that fills the whole word.
pub(crate) fn number<T: core::str::FromStr>(word: &[u8]) -> Option<T> {
    core::str::from_utf8(word).ok()?.parse().ok()
}

/// All numbers of a line of words.
pub(crate) fn numbers<T: core::str::FromStr>(line: &[u8]) -> Vec<T> {
    words(line).filter_map(number).collect()
}

/// What follows `name` at the start of one of the lines.
pub(crate) fn after<'a>(text: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    lines(text).find_map(|line| line.strip_prefix(name))
}

/// The first word after `name`, as a number.
pub(crate) fn number_after<T: core::str::FromStr>(text: &[u8], name: &[u8]) -> Option<T> {
    number(words(after(text, name)?).next()?)
}

/// Both sides of the first `separator`.
pub(crate) fn split_once(line: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(separator, line)?;
    Some((line.get(..at)?, line.get(at + 1..)?))
}

/// Without the white space at both ends.
pub(crate) fn trim(line: &[u8]) -> &[u8] {
    line.trim_ascii()
}

/// Text with every invalid byte replaced, for messages and map keys.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
