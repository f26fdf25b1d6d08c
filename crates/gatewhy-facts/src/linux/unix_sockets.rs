//! Unix sockets (`Question::UnixSockets`).
use super::netlink::{self, u32_at};
use super::sockets::{Queue, SOCKET};
use crate::prelude::*;

/// One unix socket, as the kernel's `unix_diag_msg` tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnixSocket {
    /// Stream, datagram or sequenced packets.
    pub kind: UnixKind,
    /// What it is for now.
    pub state: UnixState,
    /// Its inode among sockets: the one in `socket:[INODE]`.
    pub inode: u32,
    /// Where it is bound.
    pub name: UnixName,
    /// Device and inode of the file it is bound to, as the file system counts.
    pub file: Option<SocketFile>,
    /// The inode of the socket at the other end.
    pub peer: Option<u32>,
    /// Of a listener: the inodes of the connections nobody has accepted yet.
    /// 0 stands for one whose client is gone already.
    pub pending: Vec<u32>,
    /// Of a listener: its queue and backlog; else bytes to read and to send.
    pub queues: Option<(u32, u32)>,
    /// The owner, where the kernel tells it.
    pub uid: Option<u32>,
}

/// The file a socket is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocketFile {
    /// Major number of its device.
    pub major: u32,
    /// Minor number of its device.
    pub minor: u32,
    /// Its inode, the lower 32 bits.
    pub inode: u32,
}

/// The type of a unix socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnixKind {
    /// `SOCK_STREAM`
    Stream,
    /// `SOCK_DGRAM`
    Datagram,
    /// `SOCK_SEQPACKET`
    Packets,
    /// Another number.
    Other(u8),
}

/// The state of a unix socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnixState {
    /// Waits for connections.
    Listening,
    /// Connected.
    Connected,
    /// Neither; a stream socket that is bound and does not listen refuses.
    Idle,
    /// Another number.
    Other(u8),
}

/// Where a unix socket is bound.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnixName {
    /// Nowhere.
    Unnamed,
    /// To a path, as the process spelt it: perhaps relative, and in its own
    /// mount namespace.
    Path(Vec<u8>),
    /// To an abstract name, without its leading zero byte.
    Abstract(Vec<u8>),
}

/// Reads the messages; those that are no unix socket are left out.
pub fn unix(bytes: &[u8]) -> Vec<UnixSocket> {
    netlink::messages(bytes)
        .filter(|(kind, _)| *kind == SOCKET)
        .filter_map(|(_, body)| socket(body))
        .collect()
}

fn socket(body: &[u8]) -> Option<UnixSocket> {
    if *body.first()? != 1 {
        return None;
    }
    // UNIX_DIAG_NAME 0, VFS 1, PEER 2, ICONS 3, RQLEN 4, UID 7
    let attributes = netlink::attributes(body.get(16..)?);
    let number = |kind, at| attributes.get(&kind).and_then(|b| u32_at(b, at));
    Some(UnixSocket {
        kind: kind(*body.get(1)?),
        state: state(*body.get(2)?),
        inode: u32_at(body, 4)?,
        name: name(attributes.get(&0).copied().unwrap_or_default()),
        file: number(1, 0)
            .zip(number(1, 4))
            .map(|(inode, device)| file(inode, device)),
        peer: number(2, 0).filter(|inode| *inode != 0),
        pending: attributes.get(&3).map_or_else(Vec::new, |icons| {
            icons
                .chunks_exact(4)
                .filter_map(|icon| u32_at(icon, 0))
                .collect()
        }),
        queues: number(4, 0).zip(number(4, 4)),
        uid: number(7, 0),
    })
}

/// The kernel's own device number: 12 bits major, 20 bits minor.
const fn file(inode: u32, device: u32) -> SocketFile {
    SocketFile {
        major: device >> 20,
        minor: device & 0xf_ffff,
        inode,
    }
}

const fn kind(number: u8) -> UnixKind {
    match number {
        1 => UnixKind::Stream,
        2 => UnixKind::Datagram,
        5 => UnixKind::Packets,
        other => UnixKind::Other(other),
    }
}

const fn state(number: u8) -> UnixState {
    match number {
        1 => UnixState::Connected,
        7 => UnixState::Idle,
        10 => UnixState::Listening,
        other => UnixState::Other(other),
    }
}

fn name(bytes: &[u8]) -> UnixName {
    match bytes {
        [] => UnixName::Unnamed,
        [0, name @ ..] => UnixName::Abstract(name.to_vec()),
        path => {
            let end = memchr::memchr(0, path).unwrap_or(path.len());
            UnixName::Path(path.get(..end).unwrap_or(path).to_vec())
        }
    }
}

impl UnixSocket {
    /// The accept queue, of a listener.
    pub fn queue(&self) -> Option<Queue> {
        let (length, limit) = self.queues?;
        (self.state == UnixState::Listening).then_some(Queue { length, limit })
    }

    /// Whether it listens for streams at that path, as its process spelt it.
    pub fn listens_at(&self, path: &[u8]) -> bool {
        let at_path = matches!(&self.name, UnixName::Path(name) if name == path);
        at_path && self.kind == UnixKind::Stream && self.state == UnixState::Listening
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_three_kinds() {
        assert_eq!(name(b""), UnixName::Unnamed);
        assert_eq!(name(b"\0php"), UnixName::Abstract(b"php".to_vec()));
        assert_eq!(
            name(b"/run/a.sock\0"),
            UnixName::Path(b"/run/a.sock".to_vec())
        );
        assert_eq!(
            name(b"/run/a.sock"),
            UnixName::Path(b"/run/a.sock".to_vec())
        );
    }

    /// Recorded beside `ss -Hlx` and `stat` on a booted host.
    #[test]
    fn recorded_listeners_are_those_of_ss() {
        let all = unix(include_bytes!("recorded/unix_sockets.netlink"));
        let shown = |name: &UnixName| match name {
            UnixName::Path(path) => String::from_utf8(path.clone()).unwrap(),
            UnixName::Abstract(name) => std::format!("@{}", String::from_utf8_lossy(name)),
            UnixName::Unnamed => "*".to_owned(),
        };
        let ours: BTreeSet<(String, u32, u32, u32)> = all
            .iter()
            .filter(|socket| socket.kind == UnixKind::Stream)
            .filter_map(|socket| {
                let queue = socket.queue()?;
                Some((shown(&socket.name), socket.inode, queue.length, queue.limit))
            })
            .collect();
        let theirs: BTreeSet<(String, u32, u32, u32)> = include_str!("recorded/ss_unix.txt")
            .lines()
            .filter(|line| line.starts_with("u_str"))
            .map(|line| {
                let words: Vec<&str> = line.split_whitespace().collect();
                let number = |at: usize| words[at].parse().unwrap();
                (words[4].to_owned(), number(5), number(2), number(3))
            })
            .collect();
        assert_eq!(ours, theirs);
        let full = all
            .iter()
            .find(|s| s.listens_at(b"/run/full.sock"))
            .unwrap();
        assert!(full.queue().unwrap().is_full());
        assert_eq!(full.pending.len(), 2);
        // `stat` said device 82 (0:82) and inode 152.
        let file = SocketFile {
            major: 0,
            minor: 82,
            inode: 152,
        };
        assert_eq!(full.file, Some(file));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let mut whole = vec![60, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
            whole.extend_from_slice(&bytes);
            let _ = (unix(&bytes), unix(&whole));
        }
    }
}
