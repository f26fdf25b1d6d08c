//! `/etc/hosts` (hosts(5)).
use super::field;
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::{Problem, Span};
use core::net::IpAddr;

/// The file's lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts {
    /// Its entries, in order.
    pub entries: Vec<HostsEntry>,
    /// Lines without an address.
    pub problems: Vec<Problem>,
}

/// One address with its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostsEntry {
    /// The address.
    pub address: IpAddr,
    /// The names, the canonical one first.
    pub names: Vec<String>,
    /// Its line.
    pub span: Span,
}

/// Reads the file.
pub fn parse(file: &HostPath, bytes: &[u8]) -> Hosts {
    let mut hosts = Hosts::default();
    for line in field::lines(bytes) {
        let words = line.words_before(b"#");
        let Some((address, names)) = words.split_first() else {
            continue;
        };
        // Names of interfaces (`fe80::1%lo0`) do not change the address.
        let address = address.split('%').next().unwrap_or_default();
        match address.parse() {
            Ok(address) => hosts.entries.push(HostsEntry {
                address,
                names: names.iter().map(ToString::to_string).collect(),
                span: line.span,
            }),
            Err(_) => hosts.problems.push(line.problem(file, "not an address")),
        }
    }
    hosts
}

impl Hosts {
    /// The entries that have this name; case does not matter.
    pub fn named(&self, name: &str) -> impl Iterator<Item = &HostsEntry> {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        self.entries.iter().filter(move |entry| {
            let mut names = entry.names.iter();
            names.any(|known| known.to_ascii_lowercase() == name)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Hosts {
        parse(&HostPath::new("/etc/hosts"), bytes)
    }

    #[test]
    fn names_of_a_real_file() {
        let hosts = read(b"127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n192.0.2.10\tweb1 # this one\n127.0.0.1\tshop.test\n10.0.0.300 wrong\n");
        let found: Vec<_> = hosts.named("LocalHost").map(|e| e.address).collect();
        assert_eq!(found.len(), 2);
        assert!(found[1].is_ipv6());
        assert_eq!(hosts.named("shop.test").next().unwrap().span.line, 4);
        assert_eq!(hosts.named("this").count(), 0);
        assert_eq!(hosts.problems[0].place.span.line, 5);
    }

    proptest::proptest! {
        #[test]
        fn never_panics_and_stays_in_bounds(bytes: Vec<u8>) {
            for entry in read(&bytes).entries {
                proptest::prop_assert!(entry.span.end <= bytes.len());
            }
        }
    }
}
