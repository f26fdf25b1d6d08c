//! Patterns in `include`: `glob(3)` and the `fnmatch(3)` below it.
use super::files::{Files, Kind};
use crate::fact::{Fact, Gap};
use crate::path::HostPath;
use crate::prelude::*;

/// The most paths one pattern may give.
const MATCHES: usize = 20_000;

/// Whether a path holds a byte that makes nginx use `glob(3)`.
pub fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

/// The existing paths that match an absolute pattern, sorted bytewise, each with
/// its kind where a folder's list told it. A folder that is not there matches
/// nothing; one that cannot be read is a gap.
pub fn expand(files: &dyn Files, pattern: &str) -> Result<Vec<(HostPath, Option<Kind>)>, Gap> {
    let mut found = vec![(HostPath::new("/"), Some(Kind::Folder))];
    let mut rest = pattern
        .split('/')
        .filter(|part| !part.is_empty())
        .peekable();
    let mut listed = false;
    while let Some(part) = rest.next() {
        let is_last = rest.peek().is_none();
        listed |= is_pattern(part);
        let mut next = Vec::new();
        for (folder, _) in &found {
            // Behind a pattern, a plain element must exist to match.
            if is_pattern(part) || (listed && is_last) {
                next.extend(matching(files, folder, part, is_last)?);
            } else {
                next.push((folder.join(part), None));
            }
            if next.len() > MATCHES {
                let why = format!("more than {MATCHES} paths match");
                return Err(Gap::new(pattern, why, ""));
            }
        }
        found = next;
    }
    found.sort();
    Ok(found)
}

fn matching(
    files: &dyn Files,
    folder: &HostPath,
    pattern: &str,
    is_last: bool,
) -> Result<Vec<(HostPath, Option<Kind>)>, Gap> {
    let names = match files.list(folder) {
        Fact::Found(names, _) => names,
        Fact::Absent(_) => return Ok(Vec::new()),
        Fact::Unknown(gap) => return Err(gap),
    };
    let wanted = |kind: Kind| is_last || matches!(kind, Kind::Folder | Kind::Link);
    let paths = names
        .into_iter()
        .filter(|(name, kind)| wanted(*kind) && matches(pattern.as_bytes(), name.as_bytes()))
        .map(|(name, kind)| (folder.join(&name), Some(kind)));
    Ok(paths.collect())
}

/// Whether a name in a folder matches a pattern without `/`. A leading dot is
/// only matched by a dot.
pub fn matches(pattern: &[u8], name: &[u8]) -> bool {
    if name.first() == Some(&b'.') && pattern.first() != Some(&b'.') {
        return false;
    }
    let (mut p, mut n) = (0, 0);
    // Where to go on when the text behind the last star does not match.
    let mut retry: Option<(usize, usize)> = None;
    loop {
        let rest = pattern.get(p..).unwrap_or_default();
        let byte = name.get(n).copied();
        if rest.first() == Some(&b'*') {
            retry = Some((p + 1, n));
            p += 1;
            continue;
        }
        match (rest.is_empty(), byte) {
            (true, None) => return true,
            (false, Some(byte)) => {
                if let Some(used) = one(rest, byte) {
                    p += used;
                    n += 1;
                    continue;
                }
            }
            (true, Some(_)) | (false, None) => {}
        }
        match retry {
            Some((star, from)) if from < name.len() => {
                retry = Some((star, from + 1));
                (p, n) = (star, from + 1);
            }
            _ => return false,
        }
    }
}

/// How much of the pattern matches this byte.
fn one(pattern: &[u8], byte: u8) -> Option<usize> {
    match pattern {
        [b'?', ..] => Some(1),
        [b'\\', literal, ..] => (*literal == byte).then_some(2),
        [b'[', set @ ..] => match bracket(set, byte) {
            Some((true, used)) => Some(used + 1),
            Some((false, _)) => None,
            None => (byte == b'[').then_some(1),
        },
        [literal, ..] => (*literal == byte).then_some(1),
        [] => None,
    }
}

/// Whether the bracket expression behind `[` holds the byte, and its length;
/// `None` when it never closes, for then `[` means itself.
fn bracket(set: &[u8], byte: u8) -> Option<(bool, usize)> {
    let negated = matches!(set.first(), Some(b'!' | b'^'));
    let mut at = usize::from(negated);
    let first = at;
    let mut found = false;
    loop {
        let rest = set.get(at..)?;
        match rest {
            [b']', ..] if at > first => return Some((found != negated, at + 1)),
            [b'[', b':', class @ ..] => {
                let end = memchr::memmem::find(class, b":]")?;
                found |= in_class(class.get(..end)?, byte);
                at += end + 4;
            }
            [b'\\', low, b'-', high, ..] if *high != b']' => {
                found |= (*low..=*high).contains(&byte);
                at += 4;
            }
            [b'\\', literal, ..] => {
                found |= *literal == byte;
                at += 2;
            }
            [low, b'-', high, ..] if *high != b']' => {
                found |= (*low..=*high).contains(&byte);
                at += 3;
            }
            [literal, ..] => {
                found |= *literal == byte;
                at += 1;
            }
            [] => return None,
        }
    }
}

fn in_class(class: &[u8], byte: u8) -> bool {
    match class {
        b"alpha" => byte.is_ascii_alphabetic(),
        b"digit" => byte.is_ascii_digit(),
        b"alnum" => byte.is_ascii_alphanumeric(),
        b"upper" => byte.is_ascii_uppercase(),
        b"lower" => byte.is_ascii_lowercase(),
        b"space" => byte.is_ascii_whitespace() || byte == 0x0b,
        b"blank" => matches!(byte, b' ' | b'\t'),
        b"punct" => byte.is_ascii_punctuation(),
        b"xdigit" => byte.is_ascii_hexdigit(),
        b"cntrl" => byte.is_ascii_control(),
        b"graph" => byte.is_ascii_graphic(),
        b"print" => byte.is_ascii_graphic() || byte == b' ',
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_sets_and_dots_match_as_in_a_shell() {
        for (pattern, name, expected) in [
            ("*", "a.conf", true),
            ("*", ".a.conf", false),
            (".*", ".a.conf", true),
            ("*.conf", "a.conf", true),
            ("*.conf", "a.conf.bak", false),
            ("*a*b", "xaxbxb", true),
            ("?.conf", "ab.conf", false),
            ("[a-c]*", "bee", true),
            ("[!a-c]*", "bee", false),
            ("[^a]", "b", true),
            ("[]x]", "]", true),
            ("[[:digit:]]*", "7up", true),
            ("a[b", "a[b", true),
            ("\\*", "*", true),
            ("\\*", "x", false),
            ("[a-]", "-", true),
            ("", "", true),
        ] {
            let got = matches(pattern.as_bytes(), name.as_bytes());
            assert_eq!(got, expected, "{pattern} {name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_pattern_comes_to_an_end(pattern: alloc::vec::Vec<u8>, name: alloc::vec::Vec<u8>) {
            let _ = matches(&pattern, &name);
        }
    }
}
