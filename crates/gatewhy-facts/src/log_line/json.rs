//! JSON lines without a tree: members are found in the text itself.
use crate::prelude::*;

/// One object of a line: the bytes between its braces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Object<'a> {
    inside: &'a [u8],
}

/// Objects within objects that are read.
const DEEPEST: usize = 64;

impl<'a> Object<'a> {
    /// A line that is one object.
    pub fn parse(line: &'a [u8]) -> Option<Self> {
        let line = line.trim_ascii();
        let inside = line.strip_prefix(b"{")?.strip_suffix(b"}")?;
        let object = Self { inside };
        // The first member must be one, or the braces are somebody's prose.
        (inside.trim_ascii().is_empty() || object.members().next().is_some()).then_some(object)
    }

    /// The members in order: names and values as they stand there. Strings lose
    /// their quotes and keep their escapes.
    pub fn members(self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        let mut rest = self.inside;
        core::iter::from_fn(move || {
            let (name, behind) = string(rest.trim_ascii_start())?;
            let behind = behind.trim_ascii_start().strip_prefix(b":")?;
            let (value, behind) = value(behind.trim_ascii_start())?;
            let behind = behind.trim_ascii_start();
            rest = behind.strip_prefix(b",").unwrap_or(b"");
            Some((name, value))
        })
    }

    /// The first member of that name, unless it is null or an empty string.
    pub fn get(self, name: &str) -> Option<&'a [u8]> {
        let found = self.members().find(|(known, _)| *known == name.as_bytes());
        let value = found.map(|(_, value)| value)?;
        (!value.is_empty() && value != b"null").then_some(value)
    }

    /// For each list of names the value of the first name that has one, as [`Self::get`]
    /// gives them; in one pass for all. Of a list at most 64 names count.
    pub(super) fn pick<const N: usize>(self, lists: [&[&str]; N]) -> [Option<&'a [u8]>; N] {
        let mut best = [(u32::MAX, None); N];
        let mut seen = [0_u64; N];
        for (name, value) in self.members() {
            let there = !value.is_empty() && value != b"null";
            for ((names, best), seen) in lists.iter().zip(&mut best).zip(&mut seen) {
                let mut names = (0..64).zip(names.iter());
                let Some((at, _)) = names.find(|(_, known)| known.as_bytes() == name) else {
                    continue;
                };
                let is_first = *seen & (1 << at) == 0;
                *seen |= 1 << at;
                if is_first && there && at < best.0 {
                    *best = (at, Some(value));
                }
            }
        }
        best.map(|(_, value)| value)
    }

    /// The object of that name.
    pub fn object(self, name: &str) -> Option<Self> {
        Self::parse(self.get(name)?)
    }
}

/// A string that the text begins with, without its quotes, and what follows.
fn string(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let inside = text.strip_prefix(b"\"")?;
    let mut from = 0;
    loop {
        let at = from + memchr::memchr2(b'"', b'\\', inside.get(from..)?)?;
        if inside.get(at) == Some(&b'"') {
            return Some((inside.get(..at)?, inside.get(at + 1..)?));
        }
        from = at + 2;
    }
}

fn value(text: &[u8]) -> Option<(&[u8], &[u8])> {
    match text.first()? {
        b'"' => string(text),
        b'{' | b'[' => nested(text),
        _ => {
            let ends = |b: &u8| matches!(b, b',' | b'}' | b']') || b.is_ascii_whitespace();
            let end = text.iter().position(ends).unwrap_or(text.len());
            text.split_at_checked(end)
                .filter(|(value, _)| !value.is_empty())
        }
    }
}

/// An object or array with its brackets, and what follows.
fn nested(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => {
                let (_, rest) = string(text.get(at..)?)?;
                at = text.len() - rest.len();
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return text.split_at_checked(at + 1);
        }
        if depth > DEEPEST {
            return None;
        }
        at += 1;
    }
    None
}

/// Undoes the escapes of a JSON string; what is no escape stays.
pub fn unescape(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.contains(&b'\\') {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        match (*first, behind.first()) {
            (b'\\', Some(b'u')) => rest = unicode(behind, &mut out),
            (b'\\', Some(byte)) => {
                out.push(escaped(*byte));
                rest = behind.get(1..).unwrap_or_default();
            }
            (byte, _) => out.push(byte),
        }
    }
    Cow::Owned(out)
}

const fn escaped(byte: u8) -> u8 {
    match byte {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 8,
        b'f' => 12,
        other => other,
    }
}

/// Behind the backslash: `u` and four hexadecimal digits. Halves of pairs become the replacement character.
fn unicode<'a>(behind: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let digits = behind.get(1..5).and_then(|d| core::str::from_utf8(d).ok());
    let code = digits.and_then(|d| u32::from_str_radix(d, 16).ok());
    let Some(code) = code else {
        out.push(b'\\');
        return behind;
    };
    let mut room = [0; 4];
    let c = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend_from_slice(c.encode_utf8(&mut room).as_bytes());
    behind.get(5..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_without_a_tree() {
        let line = br#" {"a":"x\"y,}", "b" : -1.5 ,"c":{"d":["}",2],"e":null},"f":true,"g":""} "#;
        let object = Object::parse(line).unwrap();
        assert_eq!(object.get("a"), Some(&br#"x\"y,}"#[..]));
        assert_eq!(object.get("b"), Some(&b"-1.5"[..]));
        let inner = object.object("c").unwrap();
        assert_eq!(inner.get("d"), Some(&br#"["}",2]"#[..]));
        assert_eq!((inner.get("e"), object.get("g")), (None, None));
        assert_eq!(object.get("f"), Some(&b"true"[..]));
    }

    #[test]
    fn escapes_are_undone() {
        assert_eq!(
            &*unescape(br#"a\"b\\c\n\u00e4\ud800"#),
            "a\"b\\c\nä\u{fffd}".as_bytes()
        );
    }

    proptest::proptest! {
        #[test]
        fn what_is_picked_is_what_each_name_alone_gets(
            members in proptest::collection::vec((0..4_usize, 0..4_usize), 0..8),
        ) {
            let (names, values) = (["a", "b", "c", "d"], ["1", "null", "\"\"", "\"x\""]);
            let all: Vec<String> = members
                .iter()
                .map(|(name, value)| format!("\"{}\":{}", names[*name], values[*value]))
                .collect();
            let line = format!("{{{}}}", all.join(","));
            let object = Object::parse(line.as_bytes()).unwrap();
            let lists: [&[&str]; 4] = [&["a"], &["b", "a"], &["c", "d", "a"], &[]];
            let get = |names: &[&str]| names.iter().find_map(|name| object.get(name));
            proptest::prop_assert_eq!(object.pick(lists), lists.map(get));
        }

        #[test]
        fn no_input_panics(bytes: Vec<u8>) {
            let _ = unescape(&bytes);
            let whole = [b"{\"a\":", bytes.as_slice(), b"}"].concat();
            for line in [bytes.as_slice(), &whole] {
                if let Some(object) = Object::parse(line) {
                    let _ = (object.members().count(), object.get("a"), object.object("a"));
                }
            }
        }
    }
}
