//! What single records of the kernel's log mean for a gateway.
use super::denial::{self, Denial};
use super::field;
use super::oom::{OomKill, before, split_first, split_last};
use crate::prelude::*;

/// Something that the kernel reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KernelEvent {
    /// A process was killed for want of memory.
    OomKill(OomKill),
    /// A process did something forbidden and got a signal.
    Crash(Crash),
    /// A listener's queue overflows.
    SynFlood {
        /// The port.
        port: u16,
        /// Whether SYN cookies are sent; else connections are dropped.
        cookies: bool,
    },
    /// The table of tracked connections is full; packets are dropped.
    ConntrackFull,
    /// A process waits so long that the kernel complains: storage hangs.
    HungTask {
        /// The process or thread.
        pid: u32,
        /// Its name.
        comm: Vec<u8>,
        /// For how long at least.
        seconds: u64,
    },
    /// A file system or device fails.
    StorageError {
        /// The device, where it is named.
        device: Option<Vec<u8>>,
        /// Whether the file system is read-only or shut down from now on.
        read_only: bool,
    },
    /// The whole machine has no file descriptor left.
    FileMax,
    /// TCP has no memory, or too many sockets without a process.
    TcpMemory,
    /// A control group may not have another process.
    ForkRefused {
        /// The group.
        group: Vec<u8>,
    },
    /// The table of neighbours is full: no new addresses on the local network.
    NeighbourTableFull,
    /// SELinux or AppArmor refused something.
    Denied(Denial),
}

/// A process that crashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crash {
    /// The process or thread, in the first pid namespace.
    pub pid: u32,
    /// Its name.
    pub comm: Vec<u8>,
    /// `segfault`, `general protection fault`, `trap invalid opcode`, …
    pub how: Vec<u8>,
    /// The library or program whose code it was in (`libc.so.6`).
    pub object: Option<Vec<u8>>,
}

/// Reads one record; `None` where it does not matter, and for the records of
/// out-of-memory reports, which are joined elsewhere.
pub(crate) fn read(text: &[u8]) -> Option<KernelEvent> {
    let readers = [crash, network, waiting, storage, limits, denied];
    readers.iter().find_map(|reader| reader(text))
}

/// `NAME[PID]: segfault at … in OBJECT[…]`, `traps: NAME[PID] trap … in OBJECT[…]`.
/// The name may hold anything but is the first thing, so the last match counts.
fn crash(text: &[u8]) -> Option<KernelEvent> {
    let (who, how, rest) = segfault(text).or_else(|| trap(text))?;
    let (comm, pid) = split_last(who, b"[")?;
    let object = split_first(rest, b" in ").and_then(|(_, object)| before(object, b"["));
    Some(KernelEvent::Crash(Crash {
        pid: field::number(pid)?,
        comm: comm.to_vec(),
        how: how.to_vec(),
        object: object.map(<[u8]>::to_vec),
    }))
}

/// Who crashed, how, and what follows.
type Crashed<'a> = (&'a [u8], &'a [u8], &'a [u8]);

fn segfault(text: &[u8]) -> Option<Crashed<'_>> {
    let (who, rest) = split_last(text, b"]: segfault at ")?;
    Some((who, b"segfault", rest))
}

fn trap(text: &[u8]) -> Option<Crashed<'_>> {
    let (who, rest) = split_last(text.strip_prefix(b"traps: ")?, b"] ")?;
    let (how, rest) = split_first(rest, b" ip:")?;
    Some((who, how, rest))
}

fn network(text: &[u8]) -> Option<KernelEvent> {
    if let Some((_, rest)) = split_first(text, b"ossible SYN flooding on port ") {
        return syn_flood(rest);
    }
    if has(text, b"_conntrack: table full, dropping packet") {
        return Some(KernelEvent::ConntrackFull);
    }
    if text.starts_with(b"TCP: out of memory")
        || text.starts_with(b"TCP: too many orphaned sockets")
    {
        return Some(KernelEvent::TcpMemory);
    }
    let full = has(text, b"neighbor table overflow") || has(text, b"Neighbour table overflow");
    full.then_some(KernelEvent::NeighbourTableFull)
}

/// `8080. Sending cookies.`; since 6.1 with the address: `[::1]:8080. Dropping request.`
fn syn_flood(rest: &[u8]) -> Option<KernelEvent> {
    let (place, rest) = split_first(rest, b". ")?;
    let port = place.rsplit(|byte| *byte == b':').next()?;
    Some(KernelEvent::SynFlood {
        port: field::number(port)?,
        cookies: rest.starts_with(b"Sending cookies"),
    })
}

/// `INFO: task NAME:PID blocked for more than N seconds.`
fn waiting(text: &[u8]) -> Option<KernelEvent> {
    let rest = text.strip_prefix(b"INFO: task ")?;
    let (who, rest) = split_last(rest, b" blocked for more than ")?;
    let (comm, pid) = split_last(who, b":")?;
    Some(KernelEvent::HungTask {
        pid: field::number(pid)?,
        comm: comm.to_vec(),
        seconds: field::number(field::words(rest).next()?)?,
    })
}

fn storage(text: &[u8]) -> Option<KernelEvent> {
    let file_systems: [&[u8]; 5] = [b"EXT4-fs ", b"EXT3-fs ", b"XFS (", b"BTRFS", b"F2FS-fs "];
    let of_file_system = file_systems.iter().any(|name| text.starts_with(name));
    let read_only = of_file_system
        && [
            &b"Remounting filesystem read-only"[..],
            b"forced readonly",
            b"Filesystem has been shut down",
            b"Shutting down filesystem",
        ]
        .iter()
        .any(|words| has(text, words));
    let failed = of_file_system && (has(text, b" error (device ") || has(text, b"Corruption"));
    let io = has(text, b"I/O error, dev ") || has(text, b"Buffer I/O error on dev");
    (read_only || failed || io).then(|| KernelEvent::StorageError {
        device: device(text).map(<[u8]>::to_vec),
        read_only,
    })
}

/// `(device sda1)`, `(sda1)` or `dev sda1,`.
fn device(text: &[u8]) -> Option<&[u8]> {
    if let Some((_, rest)) = split_first(text, b"(device ").or_else(|| split_first(text, b"fs (")) {
        return rest.split(|byte| matches!(byte, b')' | b':' | b' ')).next();
    }
    if let Some(rest) = text.strip_prefix(b"XFS (") {
        return before(rest, b")");
    }
    let (_, rest) = split_first(text, b" dev ").or_else(|| split_first(text, b" device "))?;
    rest.split(|byte| matches!(byte, b',' | b' ' | b'.')).next()
}

fn limits(text: &[u8]) -> Option<KernelEvent> {
    if text.starts_with(b"VFS: file-max limit ") {
        return Some(KernelEvent::FileMax);
    }
    let group = text.strip_prefix(b"cgroup: fork rejected by pids controller in ")?;
    Some(KernelEvent::ForkRefused {
        group: field::trim(group).to_vec(),
    })
}

fn denied(text: &[u8]) -> Option<KernelEvent> {
    let audited = text.strip_prefix(b"audit: ")?;
    denial::read(audited).map(KernelEvent::Denied)
}

fn has(text: &[u8], words: &[u8]) -> bool {
    memchr::memmem::find(text, words).is_some()
}
