//! `/etc/hosts`: names set by hand.
use crate::linux::field;
use crate::prelude::*;
use core::net::IpAddr;

/// A line: an address and its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The address.
    pub address: IpAddr,
    /// Its names; the first is the canonical one.
    pub names: Vec<String>,
    /// Line in the file, counted from 1.
    pub line: u32,
}

/// Reads the file; lines without an address are left out, as the resolver does.
pub fn parse(bytes: &[u8]) -> Vec<Entry> {
    let lines = bytes.split(|byte| *byte == b'\n').zip(1..);
    lines
        .filter_map(|(line, number)| entry(line, number))
        .collect()
}

fn entry(line: &[u8], number: u32) -> Option<Entry> {
    let written = line.split(|byte| *byte == b'#').next()?;
    let mut words = field::words(written);
    let address = words.next()?.split(|byte| *byte == b'%').next()?;
    Some(Entry {
        address: field::number(address)?,
        names: words.map(field::text).collect(),
        line: number,
    })
}

/// The lines that name `name`, in the order of the file. Case does not matter,
/// nor a dot at the end.
pub fn named<'a>(entries: &'a [Entry], name: &'a str) -> impl Iterator<Item = &'a Entry> {
    let name = name.trim_end_matches('.');
    let same = move |other: &String| other.trim_end_matches('.').eq_ignore_ascii_case(name);
    entries
        .iter()
        .filter(move |entry| entry.names.iter().any(same))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_both_families_with_their_lines() {
        let all = parse(b"127.0.0.1 localhost\n::1 localhost ip6-localhost # v6\n#192.0.2.1 app\n192.0.2.2\tapp App.internal\n1.2.3 bad\n");
        let lines = |name: &str| named(&all, name).map(|e| e.line).collect::<Vec<_>>();
        assert_eq!(lines("localhost"), [1, 2]);
        assert_eq!((lines("APP"), lines("app.internal.")), (vec![4], vec![4]));
        assert!(lines("bad").is_empty());
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>, name: String) {
            let _ = named(&parse(&bytes), &name).count();
        }
    }
}
