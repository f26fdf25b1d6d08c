//! `/proc/PID/net/tcp`, `tcp6`, `udp` and `udp6`: the sockets of that process's network.
use super::field;
use crate::prelude::*;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// A socket that listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listening {
    /// Where.
    pub local: SocketAddr,
    /// The socket's inode.
    pub inode: u64,
}

/// A socket that has one other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connected {
    /// The other end.
    pub remote: SocketAddr,
    /// Whether something came from there that the process has not read yet.
    pub unread: bool,
    /// The socket's inode.
    pub inode: u64,
}

/// The state of a socket that listens (`TCP_LISTEN`).
const LISTEN: &[u8] = b"0A";
/// The state of a socket that has one other end (`TCP_ESTABLISHED`, of UDP as well).
const CONNECTED: &[u8] = b"01";

/// The sockets that listen.
pub fn listening(table: &[u8]) -> Vec<Listening> {
    field::lines(table).filter_map(one).collect()
}

/// The sockets that have one other end.
pub fn connected(table: &[u8]) -> Vec<Connected> {
    field::lines(table).filter_map(one_connected).collect()
}

/// `sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode …`
fn one(line: &[u8]) -> Option<Listening> {
    let words: Vec<&[u8]> = field::words(line).collect();
    if *words.get(3)? != LISTEN {
        return None;
    }
    Some(Listening {
        local: end(words.get(1)?)?,
        inode: field::number(words.get(9)?)?,
    })
}

fn one_connected(line: &[u8]) -> Option<Connected> {
    let words: Vec<&[u8]> = field::words(line).collect();
    if *words.get(3)? != CONNECTED {
        return None;
    }
    let (_, received) = core::str::from_utf8(words.get(4)?).ok()?.split_once(':')?;
    Some(Connected {
        remote: end(words.get(2)?)?,
        unread: received.bytes().any(|digit| digit != b'0'),
        inode: field::number(words.get(9)?)?,
    })
}

/// `0100007F:0BB8`
fn end(words: &[u8]) -> Option<SocketAddr> {
    let (ip, port) = core::str::from_utf8(words).ok()?.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    Some(SocketAddr::new(address(ip)?, port))
}

/// Words of 32 bits in the machine's order, which is little-endian on every machine
/// that this program is built for.
fn address(hex: &str) -> Option<IpAddr> {
    let word = |at: usize| {
        let digits = hex.get(at.checked_mul(8)?..at.checked_add(1)?.checked_mul(8)?)?;
        u32::from_str_radix(digits, 16).ok().map(u32::to_le_bytes)
    };
    match hex.len() {
        8 => Some(IpAddr::V4(Ipv4Addr::from(word(0)?))),
        32 => {
            let words = [word(0)?, word(1)?, word(2)?, word(3)?];
            let mut bytes = [0; 16];
            for (to, from) in bytes.iter_mut().zip(words.iter().flatten()) {
                *to = *from;
            }
            Some(IpAddr::V6(Ipv6Addr::from(bytes)))
        }
        _ => None,
    }
}

impl Listening {
    /// Whether it takes a connection to that address.
    pub fn takes(&self, address: SocketAddr) -> bool {
        let ip = self.local.ip();
        let wild = ip.is_unspecified() && (ip.is_ipv6() || address.is_ipv4());
        self.local.port() == address.port() && (ip == address.ip() || wild)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[u8] = b"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000   998        0 4711 1 0000000000000000 100 0 0 10 0
   1: 0203000A:D431 0103000A:0BB8 01 00000000:00000000 00:00000000 00000000     0        0 4712 1
   2: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 9 1
";

    #[test]
    fn only_listeners_are_taken() {
        let all = listening(TABLE);
        let shown: Vec<String> = all.iter().map(|l| l.local.to_string()).collect();
        assert_eq!(shown, ["127.0.0.1:3000", "[::1]:8080"]);
        assert_eq!(all[0].inode, 4711);
        assert!(all[0].takes("127.0.0.1:3000".parse().unwrap()));
        assert!(!all[0].takes("10.0.3.2:3000".parse().unwrap()));
    }

    #[test]
    fn another_end_is_told() {
        let all = connected(TABLE);
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].remote.to_string(), "10.0.3.1:3000");
        assert!(!all[0].unread && all[0].inode == 4712);
    }

    proptest::proptest! {
        #[test]
        fn no_table_makes_it_panic(table: Vec<u8>) {
            let _ = (listening(&table), connected(&table));
        }

        #[test]
        fn no_line_makes_it_panic(local in "[0-9A-F:é]{0,40}") {
            let _ = listening(format!("0: {local} x 0A a b c d e 5").as_bytes());
        }
    }
}
