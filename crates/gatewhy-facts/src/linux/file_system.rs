//! How full a file system is.
use super::field;

/// Free and total space of a file system, as ordinary users may use it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileSystem {
    /// Bytes in all.
    pub bytes_total: u64,
    /// Bytes that an ordinary user may still write.
    pub bytes_free: u64,
    /// Inodes in all; 0 where the file system has no such limit.
    pub inodes_total: u64,
    /// Inodes left.
    pub inodes_free: u64,
    /// Whether nothing can be written.
    pub read_only: bool,
}

/// Reads the answer to `Question::FileSystem`.
pub fn parse(bytes: &[u8]) -> Option<FileSystem> {
    Some(FileSystem {
        bytes_total: field::number_after(bytes, b"bytes_total ")?,
        bytes_free: field::number_after(bytes, b"bytes_available ")?,
        inodes_total: field::number_after(bytes, b"inodes_total ").unwrap_or(0),
        inodes_free: field::number_after(bytes, b"inodes_free ").unwrap_or(0),
        read_only: field::number_after::<u8>(bytes, b"read_only ").unwrap_or(0) != 0,
    })
}

impl FileSystem {
    /// Whether an ordinary user can write next to nothing more: a program that failed
    /// for want of room has given its last block back.
    pub const fn is_full(&self) -> bool {
        const NEXT_TO_NOTHING: u64 = 32 << 10;
        self.bytes_total > 0 && self.bytes_free < NEXT_TO_NOTHING
            || self.inodes_total > 0 && self.inodes_free == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_is_next_to_no_byte_or_no_inode_left() {
        let of = |free: u64, inodes: u64| {
            std::format!(
                "bytes_total 8000000\nbytes_available {free}\ninodes_total 100\ninodes_free {inodes}\nread_only 0\n"
            )
        };
        assert!(parse(of(0, 9).as_bytes()).unwrap().is_full());
        assert!(parse(of(8192, 9).as_bytes()).unwrap().is_full());
        assert!(parse(of(65_536, 0).as_bytes()).unwrap().is_full());
        assert!(!parse(of(65_536, 9).as_bytes()).unwrap().is_full());
        assert!(parse(b"").is_none());
    }
}
