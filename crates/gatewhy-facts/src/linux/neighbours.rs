//! Machines of the same IPv4 network (`/proc/net/arp`).
use super::field;
use crate::prelude::*;
use core::net::Ipv4Addr;

/// The file with the neighbours that the kernel has lately talked to, or tried to.
pub const ARP: &str = "/proc/net/arp";

/// A bit of the flags: its hardware address is known.
const COMPLETE: u32 = 2;

/// One neighbour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// Its address.
    pub address: Ipv4Addr,
    /// Whether it told its hardware address. If not, it was asked in vain so far.
    pub answers: bool,
    /// The interface it is looked for on.
    pub device: Vec<u8>,
}

/// Reads the file; its first line has the columns' names.
pub fn parse(bytes: &[u8]) -> Vec<Neighbour> {
    field::lines(bytes).filter_map(neighbour).collect()
}

fn neighbour(line: &[u8]) -> Option<Neighbour> {
    let words: Vec<&[u8]> = field::words(line).collect();
    let flags = core::str::from_utf8(words.get(2)?).ok()?;
    let flags = u32::from_str_radix(flags.strip_prefix("0x")?, 16).ok()?;
    Some(Neighbour {
        address: field::number(words.first()?)?,
        answers: flags & COMPLETE != 0,
        device: words.get(5)?.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const REAL: &[u8] = b"IP address       HW type     Flags       HW address            Mask     Device\n192.0.2.77       0x1         0x0         00:00:00:00:00:00     *        eth0\n192.0.2.1        0x1         0x2         52:54:00:12:35:02     *        eth0\n";

    #[test]
    fn who_was_asked_in_vain() {
        let all = parse(REAL);
        assert_eq!(all.len(), 2);
        assert_eq!(
            (all[0].address.to_string().as_str(), all[0].answers),
            ("192.0.2.77", false)
        );
        assert!(all[1].answers && all[1].device == b"eth0");
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = parse(&bytes);
        }
    }
}
