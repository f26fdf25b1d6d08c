//! Which process holds which socket (`Question::SocketOwners`).
use super::field;
use crate::fact::{Fact, Gap, Source};
use crate::prelude::*;

/// Sockets and their holders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owners {
    holders: BTreeMap<u64, Vec<Holder>>,
    /// Processes whose descriptors could not be read, and why not.
    pub unreadable: Vec<(u32, String)>,
}

/// A process that holds a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holder {
    /// The process.
    pub pid: u32,
    /// Its descriptor.
    pub fd: u32,
}

/// Reads the lines `INODE PID FD` and `! PID WHY`.
pub fn parse(bytes: &[u8]) -> Owners {
    let mut owners = Owners::default();
    for line in field::lines(bytes) {
        owners.line(line);
    }
    owners
}

impl Owners {
    fn line(&mut self, line: &[u8]) {
        let mut words = field::words(line);
        let (Some(first), Some(pid)) = (words.next(), words.next().and_then(field::number)) else {
            return;
        };
        if first == b"!" {
            let why: Vec<String> = words.map(field::text).collect();
            self.unreadable.push((pid, why.join(" ")));
        } else if let (Some(inode), Some(fd)) =
            (field::number(first), words.next().and_then(field::number))
        {
            let holders = self.holders.entry(inode).or_default();
            holders.push(Holder { pid, fd });
        }
    }

    /// Who holds the socket. Nobody is only known where every process was read.
    pub fn of(&self, inode: u64) -> Fact<&[Holder]> {
        let source = Source::new("/proc/*/fd");
        match self.holders.get(&inode) {
            Some(holders) => Fact::Found(holders, source),
            None if self.unreadable.is_empty() => Fact::Absent(source),
            None => {
                let count = self.unreadable.len();
                let why = format!("the descriptors of {count} processes cannot be read");
                Fact::Unknown(Gap::new("which process holds a socket", why, "run as root"))
            }
        }
    }

    /// The sockets that a process holds.
    pub fn held_by(&self, pid: u32) -> impl Iterator<Item = u64> {
        self.holders
            .iter()
            .filter(move |(_, holders)| holders.iter().any(|h| h.pid == pid))
            .map(|(inode, _)| *inode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_only_known_where_all_could_be_read() {
        let all = parse(b"77 1 3\n77 12 3\n");
        assert_eq!(all.of(77).found().map(|h| h.len()), Some(2));
        assert!(all.of(78).is_absent());
        let some = parse(b"77 1 3\n! 9 Permission denied\n");
        assert!(some.of(78).is_unknown());
        assert_eq!(some.unreadable, [(9, "Permission denied".to_owned())]);
        assert_eq!(all.held_by(12).collect::<Vec<_>>(), [77]);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = parse(&bytes).of(1);
        }
    }
}
