//! `/proc/PID/stat`.
use super::field;
use crate::prelude::*;

/// One process or thread, as its `stat` file tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Its id: the process's, or the thread's for a thread's file.
    pub pid: u32,
    /// Its name: at most 15 bytes, chosen by the process itself.
    pub comm: Vec<u8>,
    /// What it is doing.
    pub state: ProcessState,
    /// Its parent.
    pub ppid: u32,
    /// Its process group.
    pub process_group: u32,
    /// Whether it is a thread of the kernel.
    pub kernel_thread: bool,
    /// Processor time in user mode, in clock ticks.
    pub user_ticks: u64,
    /// Processor time in the kernel, in clock ticks.
    pub system_ticks: u64,
    /// When it started, in clock ticks since the host booted.
    pub start_ticks: u64,
    /// How many threads it has.
    pub threads: u32,
    /// Resident memory, in pages.
    pub rss_pages: u64,
}

/// The state letter of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProcessState {
    /// `R`: running, or ready to.
    Running,
    /// `S`: waiting, can be interrupted.
    Sleeping,
    /// `D`: waiting for storage, not to be interrupted.
    DiskSleep,
    /// `T`: stopped by a signal.
    Stopped,
    /// `t`: stopped by a debugger.
    Traced,
    /// `Z`: ended, and its parent has not noticed.
    Zombie,
    /// `X` or `x`: ending.
    Dead,
    /// `I`: an idle thread of the kernel.
    Idle,
    /// Another letter.
    Other(u8),
}

/// `PF_KTHREAD` among the process flags.
const KERNEL_THREAD: u64 = 0x0020_0000;

/// Reads the file. The name may hold spaces, parentheses and newlines, so the
/// columns are counted from the last `)`.
pub fn parse(bytes: &[u8]) -> Option<Stat> {
    let open = memchr::memchr(b'(', bytes)?;
    let close = memchr::memrchr(b')', bytes)?;
    let columns: Vec<&[u8]> = field::words(bytes.get(close + 1..)?).collect();
    // Columns are numbered from 1 in proc(5); the state is the third.
    let column = |n: usize| columns.get(n.checked_sub(3)?).copied();
    let number = |n: usize| field::number::<u64>(column(n)?);
    let small = |n: usize| number(n).and_then(|n| u32::try_from(n).ok());
    Some(Stat {
        pid: field::number(bytes.get(..open)?.trim_ascii())?,
        comm: bytes.get(open + 1..close)?.to_vec(),
        state: ProcessState::from_letter(*column(3)?.first()?),
        ppid: small(4)?,
        process_group: small(5).unwrap_or_default(),
        kernel_thread: number(9)? & KERNEL_THREAD != 0,
        user_ticks: number(14)?,
        system_ticks: number(15)?,
        threads: small(20).unwrap_or(1),
        start_ticks: number(22)?,
        rss_pages: number(24).unwrap_or_default(),
    })
}

impl ProcessState {
    const fn from_letter(letter: u8) -> Self {
        match letter {
            b'R' => Self::Running,
            b'S' => Self::Sleeping,
            b'D' => Self::DiskSleep,
            b'T' => Self::Stopped,
            b't' => Self::Traced,
            b'Z' => Self::Zombie,
            b'X' | b'x' => Self::Dead,
            b'I' => Self::Idle,
            other => Self::Other(other),
        }
    }

    /// Whether it can never answer a request in this state.
    pub const fn is_frozen(self) -> bool {
        matches!(
            self,
            Self::Stopped | Self::Traced | Self::Zombie | Self::Dead
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REAL: &[u8] = b"3771 (bash) S 3770 3771 3765 34816 3771 4194304 1480 2931 0 0 2 1 3 2 20 0 1 0 144720 4640768 931 18446744073709551615 1 1 0 0 0 0 65536 3686404 1266761467 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n";

    #[test]
    fn columns_are_those_of_proc_5() {
        let stat = parse(REAL).unwrap();
        assert_eq!((stat.pid, stat.ppid, stat.threads), (3771, 3770, 1));
        assert_eq!((stat.user_ticks, stat.system_ticks), (2, 1));
        assert_eq!((stat.start_ticks, stat.rss_pages), (144_720, 931));
        assert_eq!(stat.state, ProcessState::Sleeping);
        assert!(!stat.kernel_thread);
    }

    #[test]
    fn a_name_that_imitates_the_columns_is_only_a_name() {
        let forged = [b"42 (x) R 1\n2 S 1)".as_slice(), &REAL[11..]].concat();
        let stat = parse(&forged).unwrap();
        assert_eq!(stat.comm, b"x) R 1\n2 S 1");
        assert_eq!((stat.pid, stat.ppid), (42, 3770));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>, name: Vec<u8>) {
            let _ = parse(&bytes);
            let whole = [b"7 (".as_slice(), &name, &REAL[10..]].concat();
            proptest::prop_assert_eq!(parse(&whole).map(|s| s.comm), Some(name));
        }
    }
}
