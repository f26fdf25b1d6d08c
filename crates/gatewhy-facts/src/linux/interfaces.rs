//! The host's own addresses, from `/proc/net/fib_trie` and `/proc/net/if_inet6`.
use super::field;
use crate::prelude::*;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The routing tables, in which own IPv4 addresses are marked `LOCAL`.
pub const FIB_TRIE: &str = "/proc/net/fib_trie";
/// Own IPv6 addresses; not there without IPv6.
pub const IF_INET6: &str = "/proc/net/if_inet6";

/// Addresses that belong to the host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnAddresses {
    /// Networks whose every address is the host's own: a single address has its
    /// full length, `127.0.0.0/8` is local as a whole.
    pub networks: BTreeSet<(IpAddr, u8)>,
}

/// Reads both files; either may be empty.
pub fn parse(fib_trie: &[u8], if_inet6: &[u8]) -> OwnAddresses {
    let mut networks = BTreeSet::new();
    let mut leaf = None;
    for line in field::lines(fib_trie) {
        let mut words = field::words(line);
        let (first, second, third) = (words.next(), words.next(), words.next());
        match first {
            Some(b"|--") => leaf = second.and_then(field::number::<Ipv4Addr>),
            Some(prefix) if third == Some(b"LOCAL") => {
                let length = prefix.strip_prefix(b"/").and_then(field::number);
                let own = leaf.zip(length);
                networks.extend(own.map(|(address, length)| (IpAddr::V4(address), length)));
            }
            _ => {}
        }
    }
    networks.extend(
        field::lines(if_inet6)
            .filter_map(v6)
            .map(|address| (address.into(), 128)),
    );
    OwnAddresses { networks }
}

/// `fe80000000000000fc00fffe00000001 04 40 20 80     eth0`
fn v6(line: &[u8]) -> Option<Ipv6Addr> {
    let digits = core::str::from_utf8(field::words(line).next()?).ok()?;
    let whole = u128::from_str_radix(digits, 16).ok()?;
    (digits.len() == 32).then_some(Ipv6Addr::from(whole))
}

impl OwnAddresses {
    /// Whether packets to `address` stay on the host. The unspecified address
    /// means the host itself when it is dialled.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let within = |(network, length): &(IpAddr, u8)| contains(*network, *length, address);
        address.is_unspecified() || self.networks.iter().any(within)
    }

    /// Whether there is an IPv6 address from which a connection to `address` can come:
    /// for `::1` that very address, for a link's own addresses one of a link, for all
    /// others one that is neither.
    pub fn may_reach(&self, address: Ipv6Addr) -> bool {
        let kind = |ip: &Ipv6Addr| (ip.is_loopback(), ip.is_unicast_link_local());
        self.networks.iter().any(|(own, _)| match own {
            IpAddr::V6(own) => kind(own) == kind(&address),
            IpAddr::V4(_) => false,
        })
    }
}

/// Whether a network holds an address; never across families.
pub fn contains(network: IpAddr, length: u8, address: IpAddr) -> bool {
    let (network, address, width) = match (network, address) {
        (IpAddr::V4(n), IpAddr::V4(a)) => (u128::from(n.to_bits()), u128::from(a.to_bits()), 32),
        (IpAddr::V6(n), IpAddr::V6(a)) => (n.to_bits(), a.to_bits(), 128),
        _ => return false,
    };
    let free = 128u32.min(width).saturating_sub(u32::from(length));
    let cut = |bits: u128| bits.checked_shr(free).unwrap_or(0);
    cut(network) == cut(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRIE: &[u8] = b"Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n        /0 universe UNICAST\n     +-- 127.0.0.0/8 2 0 2\n        +-- 127.0.0.0/31 1 0 0\n           |-- 127.0.0.0\n              /8 host LOCAL\n           |-- 127.0.0.1\n              /32 host LOCAL\n        |-- 127.255.255.255\n           /32 link BROADCAST\n           |-- 192.0.2.0\n              /24 link UNICAST\n           |-- 192.0.2.2\n              /32 host LOCAL\n";
    const V6: &[u8] = b"00000000000000000000000000000001 01 80 10 80       lo\nfd000000000000000000000000000002 04 40 00 82     eth0\n";

    #[test]
    fn a_way_to_ipv6_needs_an_address_of_its_kind() {
        let reaches =
            |six: &[u8], address: &str| parse(TRIE, six).may_reach(address.parse().unwrap());
        assert!(reaches(V6, "::1") && reaches(V6, "2001:db8::1") && !reaches(V6, "fe80::1"));
        let loopback = V6.split_inclusive(|b| *b == b'\n').next().unwrap();
        assert!(reaches(loopback, "::1") && !reaches(loopback, "2001:db8::1"));
        assert!(!reaches(b"", "::1"));
    }

    #[test]
    fn own_addresses_of_both_families() {
        let own = parse(TRIE, V6);
        let has = |address: &str| own.contains(address.parse().unwrap());
        assert!(has("127.0.0.1") && has("127.8.9.1") && has("192.0.2.2") && has("0.0.0.0"));
        assert!(!has("192.0.2.3") && !has("127.0.0.1".replace("127", "128").as_str()));
        assert!(has("::1") && has("fd00::2") && !has("fd00::3"));
        assert!(has("::ffff:192.0.2.2"));
    }

    #[test]
    fn networks_hold_their_addresses_only() {
        let holds =
            |net: &str, length, a: &str| contains(net.parse().unwrap(), length, a.parse().unwrap());
        assert!(holds("10.0.0.0", 8, "10.255.0.1") && !holds("10.0.0.0", 8, "11.0.0.1"));
        assert!(holds("0.0.0.0", 0, "1.2.3.4") && !holds("::", 0, "1.2.3.4"));
        assert!(holds("::", 0, "2001:db8::1") && holds("fe80::", 10, "febf::1"));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(a: Vec<u8>, b: Vec<u8>, bits: u128, length: u8, v4: u32) {
            let _ = parse(&a, &b);
            let (six, four) = (Ipv6Addr::from(bits), Ipv4Addr::from(v4));
            proptest::prop_assert!(contains(six.into(), length, six.into()));
            proptest::prop_assert!(contains(four.into(), length, four.into()));
        }
    }
}
