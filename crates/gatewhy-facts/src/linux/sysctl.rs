//! Settings of the kernel under `/proc/sys` that decide about connections, files
//! and memory.
use super::field;
use core::ops::RangeInclusive;

/// The most connections that may wait in any accept queue.
pub const SOMAXCONN: &str = "/proc/sys/net/core/somaxconn";
/// Half-open connections that may wait.
pub const MAX_SYN_BACKLOG: &str = "/proc/sys/net/ipv4/tcp_max_syn_backlog";
/// Whether a full accept queue answers with a reset instead of silence.
pub const ABORT_ON_OVERFLOW: &str = "/proc/sys/net/ipv4/tcp_abort_on_overflow";
/// Local ports for outgoing connections; IPv6 uses them too.
pub const PORT_RANGE: &str = "/proc/sys/net/ipv4/ip_local_port_range";
/// Whether programs may bind addresses the host does not have.
pub const NONLOCAL_BIND: &str = "/proc/sys/net/ipv4/ip_nonlocal_bind";
/// Whether `::` listeners take IPv6 only, unless they say otherwise.
pub const BINDV6ONLY: &str = "/proc/sys/net/ipv6/bindv6only";
/// Open files of the whole machine.
pub const FILE_NR: &str = "/proc/sys/fs/file-nr";
/// Connections tracked now.
pub const CONNTRACK_COUNT: &str = "/proc/sys/net/netfilter/nf_conntrack_count";
/// Connections that may be tracked.
pub const CONNTRACK_MAX: &str = "/proc/sys/net/netfilter/nf_conntrack_max";
/// Whether memory may be promised beyond what there is.
pub const OVERCOMMIT: &str = "/proc/sys/vm/overcommit_memory";

/// Open files of the whole machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileHandles {
    /// In use.
    pub used: u64,
    /// The most there may be.
    pub limit: u64,
}

/// How the kernel promises memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overcommit {
    /// Obvious excess is refused (the default).
    Heuristic,
    /// Everything is promised.
    Always,
    /// Nothing beyond a limit: allocations fail, nothing is killed.
    Never,
}

/// Reads a file with one number.
pub fn number(bytes: &[u8]) -> Option<u64> {
    field::number(field::trim(bytes))
}

/// Reads [`PORT_RANGE`].
pub fn port_range(bytes: &[u8]) -> Option<RangeInclusive<u16>> {
    let mut words = field::words(bytes);
    Some(field::number(words.next()?)?..=field::number(words.next()?)?)
}

/// Reads [`FILE_NR`]: in use, free (always 0 now), limit.
pub fn file_nr(bytes: &[u8]) -> Option<FileHandles> {
    let mut words = field::words(bytes);
    let used = field::number(words.next()?)?;
    let limit = field::number(words.nth(1)?)?;
    Some(FileHandles { used, limit })
}

/// Reads [`OVERCOMMIT`].
pub fn overcommit(bytes: &[u8]) -> Option<Overcommit> {
    match number(bytes)? {
        0 => Some(Overcommit::Heuristic),
        1 => Some(Overcommit::Always),
        2 => Some(Overcommit::Never),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    #[test]
    fn real_values() {
        assert_eq!(number(b"4096\n"), Some(4096));
        assert_eq!(port_range(b"32768\t60999\n"), Some(32_768..=60_999));
        assert_eq!(
            file_nr(b"907\t0\t2466177\n"),
            Some(FileHandles {
                used: 907,
                limit: 2_466_177
            })
        );
        assert_eq!(overcommit(b"2\n"), Some(Overcommit::Never));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = (number(&bytes), port_range(&bytes), file_nr(&bytes), overcommit(&bytes));
        }
    }
}
