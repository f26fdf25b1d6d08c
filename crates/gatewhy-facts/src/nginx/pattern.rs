//! Regular expressions as nginx runs them: PCRE over bytes.
//!
//! The engine here works on text, so every byte becomes the character of the same
//! number, in the pattern and in the subject alike. The pattern is rewritten where
//! the engines' dialects differ.
use super::pattern_text::{Subject, translate};
use crate::prelude::*;
use fancy_regex::Regex;

/// What a regular expression found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captures {
    /// The groups, the whole match first; empty where a group took no part.
    pub groups: Vec<Vec<u8>>,
    /// The named groups.
    pub named: Vec<(String, Vec<u8>)>,
}

/// Looks for a pattern; `None` when it does not match. The error says that the
/// pattern is not understood here, or takes too long.
pub fn find(pattern: &[u8], caseless: bool, subject: &[u8]) -> Result<Option<Captures>, String> {
    let regex = compile(pattern, caseless, Subject::of(subject))?;
    let text = to_text(subject);
    let found = regex.captures(&text).map_err(|error| error.to_string())?;
    let Some(found) = found else {
        return Ok(None);
    };
    let group = |group: Option<fancy_regex::Match<'_>>| match group {
        Some(group) => to_bytes(group.as_str()),
        None => Vec::new(),
    };
    // PCRE reports groups up to the last one that took part.
    let mut groups: Vec<_> = found.iter().collect();
    while groups.last().is_some_and(Option::is_none) {
        groups.pop();
    }
    let names = regex.capture_names().flatten();
    Ok(Some(Captures {
        groups: groups.into_iter().map(group).collect(),
        named: names
            .map(|name| (name.to_owned(), group(found.name(name))))
            .collect(),
    }))
}

/// Whether the pattern is understood here; the error says why not.
pub fn check(pattern: &[u8], caseless: bool) -> Result<(), String> {
    compile(pattern, caseless, Subject::default()).map(drop)
}

fn compile(pattern: &[u8], caseless: bool, subject: Subject) -> Result<Regex, String> {
    let translated = translate(pattern, caseless, subject)?;
    let built = fancy_regex::RegexBuilder::new(&translated)
        .backtrack_limit(200_000)
        .build();
    built.map_err(|error| error.to_string())
}

pub(super) fn to_text(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// The inverse of [`to_text`]: every character there is one byte.
fn to_bytes(text: &str) -> Vec<u8> {
    text.chars()
        .filter_map(|c| u8::try_from(u32::from(c)).ok())
        .collect()
}
