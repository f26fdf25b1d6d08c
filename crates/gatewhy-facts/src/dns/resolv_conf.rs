//! `/etc/resolv.conf`: which name servers the system's resolver asks.
use crate::linux::field;
use crate::prelude::*;
use core::net::{IpAddr, Ipv4Addr};

/// The resolver's settings, with the C library's defaults where none are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvConf {
    /// The servers as written, each with its line. The C library asks the first
    /// three.
    pub servers: Vec<Server>,
    /// Suffixes tried for short names.
    pub search: Vec<String>,
    /// A name with fewer dots is tried with the suffixes first.
    pub ndots: u8,
    /// Seconds before the next server is asked.
    pub timeout_secs: u8,
    /// How often each server is asked.
    pub attempts: u8,
}

/// A name server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its address; an interface behind `%` is left out.
    pub address: IpAddr,
    /// Line in the file, counted from 1.
    pub line: u32,
}

/// As many servers as the C library asks.
const USED: usize = 3;

/// Reads the file. Later `search` and `domain` lines replace earlier ones.
pub fn parse(bytes: &[u8]) -> ResolvConf {
    let mut conf = ResolvConf {
        servers: Vec::new(),
        search: Vec::new(),
        ndots: 1,
        timeout_secs: 5,
        attempts: 2,
    };
    for (line, number) in bytes.split(|byte| *byte == b'\n').zip(1..) {
        conf.line(line, number);
    }
    conf
}

impl ResolvConf {
    fn line(&mut self, line: &[u8], number: u32) {
        let mut words = field::words(line);
        // Keywords stand at the start of the line; so do the comment marks.
        let keyword = words.next().filter(|word| line.starts_with(word));
        match keyword {
            Some(b"nameserver") => {
                let address = words.next().and_then(address);
                self.servers.extend(address.map(|address| Server {
                    address,
                    line: number,
                }));
            }
            Some(b"search") => self.search = words.map(field::text).collect(),
            Some(b"domain") => self.search = words.take(1).map(field::text).collect(),
            Some(b"options") => words.for_each(|word| self.option(word)),
            _ => {}
        }
    }

    /// The C library caps what it takes.
    fn option(&mut self, word: &[u8]) {
        let Some((name, value)) = field::split_once(word, b':') else {
            return;
        };
        let Some(value) = field::number::<u32>(value) else {
            return;
        };
        let capped = |most: u8| u8::try_from(value).unwrap_or(most).min(most);
        match name {
            b"ndots" => self.ndots = capped(15),
            b"timeout" => self.timeout_secs = capped(30),
            b"attempts" => self.attempts = capped(5),
            _ => {}
        }
    }

    /// The servers that are really asked: the first three, or the host itself
    /// where none is written.
    pub fn asked(&self) -> Vec<IpAddr> {
        if self.servers.is_empty() {
            return vec![Ipv4Addr::LOCALHOST.into()];
        }
        self.servers
            .iter()
            .take(USED)
            .map(|server| server.address)
            .collect()
    }
}

fn address(word: &[u8]) -> Option<IpAddr> {
    field::number(word.split(|byte| *byte == b'%').next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_search_and_options() {
        let conf = parse(b"# made by hand\nnameserver 192.0.2.53 # trailing\n ; no\nnameserver fe80::1%eth0\nnameserver bad\ndomain old.example\nsearch a.example b.example\noptions ndots:99 timeout:1 rotate\n");
        let lines: Vec<u32> = conf.servers.iter().map(|server| server.line).collect();
        assert_eq!(lines, [2, 4]);
        assert_eq!(conf.search, ["a.example", "b.example"]);
        assert_eq!((conf.ndots, conf.timeout_secs, conf.attempts), (15, 1, 2));
    }

    #[test]
    fn only_three_are_asked_and_the_host_itself_without_any() {
        let four =
            b"nameserver 1.1.1.1\nnameserver 2.2.2.2\nnameserver 3.3.3.3\nnameserver 4.4.4.4\n";
        assert_eq!(parse(four).asked().len(), 3);
        assert_eq!(parse(b"").asked(), [IpAddr::from([127, 0, 0, 1])]);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>, text in "(nameserver|search|options|domain)[ :a-z0-9%.]{0,40}") {
            let _ = (parse(&bytes).asked(), parse(text.as_bytes()).asked());
        }
    }
}
