//! `/var/log/nginx/*.log`, where no shell has put files in its place.
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

/// Most files that one pattern stands for.
const MOST: usize = 10_000;

/// Whether it is a pattern.
pub(crate) fn is_pattern(path: &Path) -> bool {
    let bytes = path.as_os_str().as_bytes();
    bytes.iter().any(|b| matches!(b, b'*' | b'?' | b'['))
}

/// The files and folders that fit, in order.
pub(crate) fn expand(pattern: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::new()];
    for part in pattern.components() {
        found = match part {
            Component::Normal(name) if is_pattern(Path::new(name)) => {
                let inside = found.iter().flat_map(|folder| fitting(folder, name));
                inside.take(MOST).collect()
            }
            part => found.into_iter().map(|folder| folder.join(part)).collect(),
        };
    }
    found.retain(|path| path.symlink_metadata().is_ok());
    found.sort();
    found
}

fn fitting(folder: &Path, pattern: &OsStr) -> Vec<PathBuf> {
    let here = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let Ok(entries) = std::fs::read_dir(here) else {
        return Vec::new();
    };
    let names = entries
        .filter_map(Result::ok)
        .map(|entry| entry.file_name());
    let hidden = pattern.as_bytes().starts_with(b".");
    names
        .filter(|name| hidden || !name.as_bytes().starts_with(b"."))
        .filter(|name| fits(pattern.as_bytes(), name.as_bytes()))
        .map(|name| folder.join(name))
        .collect()
}

/// Whether the name fits: `*` any bytes, `?` any one, `[a-z]` one of these.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    let (mut pattern, mut name) = (pattern, name);
    // Where to go on if the bytes that a star stands for must be one more.
    let mut retry: Option<(&[u8], &[u8])> = None;
    loop {
        if let [b'*', rest @ ..] = pattern {
            retry = Some((rest, name));
            pattern = rest;
        } else if let (Some((rest, true)), [_, after @ ..]) = (one(pattern, name), name) {
            (pattern, name) = (rest, after);
        } else if pattern.is_empty() && name.is_empty() {
            return true;
        } else if let Some((rest, [_, after @ ..])) = retry {
            retry = Some((rest, after));
            (pattern, name) = (rest, after);
        } else {
            return false;
        }
    }
}

/// The pattern behind its first element, and whether that fits the name's first byte.
fn one<'a>(pattern: &'a [u8], name: &[u8]) -> Option<(&'a [u8], bool)> {
    let byte = *name.first()?;
    match pattern {
        [] => None,
        [b'?', rest @ ..] => Some((rest, true)),
        [b'[', rest @ ..] => Some(set(rest, byte).unwrap_or((rest, byte == b'['))),
        [own, rest @ ..] => Some((rest, *own == byte)),
    }
}

/// `a-z]`, behind its first bracket. `None` without the last one.
fn set(text: &[u8], byte: u8) -> Option<(&[u8], bool)> {
    let (negated, text) = match text {
        [b'!' | b'^', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    // A bracket that comes first is one of the bytes.
    let end = text.iter().skip(1).position(|b| *b == b']')? + 1;
    let (mut members, rest) = text.split_at_checked(end)?;
    let mut holds = false;
    while let [first, others @ ..] = members {
        if let [b'-', last, others @ ..] = others {
            holds |= (*first..=*last).contains(&byte);
            members = others;
        } else {
            holds |= *first == byte;
            members = others;
        }
    }
    Some((rest.get(1..)?, holds != negated))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_fit_as_in_a_shell() {
        let all = |pattern: &str, names: &[(&str, bool)]| {
            for (name, expected) in names {
                let found = fits(pattern.as_bytes(), name.as_bytes());
                assert_eq!(found, *expected, "{pattern} {name}");
            }
        };
        all(
            "*.log",
            &[("a.log", true), (".log", true), ("a.log.1", false)],
        );
        all(
            "*.log*",
            &[("a.log.1", true), ("a.logs", true), ("a.txt", false)],
        );
        all(
            "?.[a-c1]",
            &[
                ("x.b", true),
                ("x.1", true),
                ("x.d", false),
                ("xx.b", false),
            ],
        );
        all("[!a]*", &[("b", true), ("a", false)]);
        all("[]x]", &[("]", true), ("x", true)]);
        all("a[b", &[("a[b", true), ("ab", false)]);
        all("*a*b*c", &[("xxaxxbxxc", true), ("xxaxxcxxb", false)]);
    }

    proptest! {
        #[test]
        fn every_name_fits_itself_and_a_star(name in "[a-z.]{0,12}", pattern in "[a*?\\[\\]!-]{0,12}") {
            prop_assert!(fits(name.as_bytes(), name.as_bytes()));
            prop_assert!(fits(b"*", name.as_bytes()));
            let _ = fits(pattern.as_bytes(), name.as_bytes());
        }
    }
}
