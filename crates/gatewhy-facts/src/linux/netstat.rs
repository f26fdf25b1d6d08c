//! `/proc/net/netstat` and `/proc/net/snmp`: the kernel's network counters.
use super::field;
use crate::prelude::*;

/// Counters by name, `TcpExt.ListenOverflows`. They count since boot, for one
/// network namespace: only their growth says something about now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters(BTreeMap<String, u64>);

/// Reads pairs of lines: `TcpExt: NAME NAME…`, then `TcpExt: NUMBER NUMBER…`.
pub fn parse(bytes: &[u8]) -> Counters {
    let mut counters = BTreeMap::new();
    let mut lines = field::lines(bytes);
    while let (Some(names), Some(numbers)) = (lines.next(), lines.next()) {
        let Some((group, names)) = field::split_once(names, b':') else {
            continue;
        };
        let numbers = numbers.get(group.len() + 1..).unwrap_or_default();
        for (name, number) in field::words(names).zip(field::words(numbers)) {
            let name = format!("{}.{}", field::text(group), field::text(name));
            // Some counters may be negative (`Tcp.MaxConn`); they are not asked for.
            counters.extend(field::number(number).map(|number| (name, number)));
        }
    }
    Counters(counters)
}

impl Counters {
    /// A counter by its group and name.
    pub fn get(&self, name: &str) -> Option<u64> {
        self.0.get(name).copied()
    }

    /// Connections dropped because an accept queue was full.
    pub fn listen_overflows(&self) -> Option<u64> {
        self.get("TcpExt.ListenOverflows")
    }

    /// Connections dropped by listeners for any reason, overflows included.
    pub fn listen_drops(&self) -> Option<u64> {
        self.get("TcpExt.ListenDrops")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REAL: &[u8] = b"TcpExt: SyncookiesSent SyncookiesRecv ListenOverflows ListenDrops TCPHPHits\nTcpExt: 0 0 31 33 1204\nIpExt: InNoRoutes InOctets\nIpExt: 2 90210\n";

    #[test]
    fn names_and_numbers_are_paired_by_column() {
        let counters = parse(REAL);
        assert_eq!(counters.listen_overflows(), Some(31));
        assert_eq!(counters.listen_drops(), Some(33));
        assert_eq!(counters.get("IpExt.InOctets"), Some(90_210));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = parse(&bytes).listen_drops();
        }
    }
}
