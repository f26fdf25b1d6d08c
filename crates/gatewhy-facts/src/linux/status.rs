//! `/proc/PID/status`.
use super::field;
use super::users::Credentials;
use crate::prelude::*;

/// What a process may do, and what it uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Real, effective, saved and file system user.
    pub uids: Vec<u32>,
    /// Real, effective, saved and file system group.
    pub gids: Vec<u32>,
    /// Supplementary groups.
    pub groups: Vec<u32>,
    /// Its id in each pid namespace, the reader's first, its own last.
    pub ids_in_namespaces: Vec<u32>,
    /// Resident memory in KiB; `None` for a thread of the kernel.
    pub rss_kib: Option<u64>,
    /// Swapped-out memory in KiB.
    pub swap_kib: Option<u64>,
    /// How many threads.
    pub threads: Option<u32>,
    /// Effective capabilities, as a bit set.
    pub capabilities: u64,
    /// How many processors it may run on; `None` where the kernel does not tell.
    pub processors: Option<u32>,
}

/// May do anything with any file (`CAP_DAC_OVERRIDE`).
const DAC_OVERRIDE: u64 = 1 << 1;
/// May read any file and pass any folder (`CAP_DAC_READ_SEARCH`).
const DAC_READ_SEARCH: u64 = 1 << 2;

/// Reads the file; a line that is missing leaves its field empty.
pub fn parse(bytes: &[u8]) -> Status {
    let all = |name: &[u8]| field::numbers(field::after(bytes, name).unwrap_or_default());
    let capabilities = field::after(bytes, b"CapEff:").and_then(|word| {
        let word = core::str::from_utf8(field::trim(word)).ok()?;
        u64::from_str_radix(word, 16).ok()
    });
    Status {
        uids: all(b"Uid:"),
        gids: all(b"Gid:"),
        groups: all(b"Groups:"),
        ids_in_namespaces: all(b"NSpid:"),
        rss_kib: field::number_after(bytes, b"VmRSS:"),
        swap_kib: field::number_after(bytes, b"VmSwap:"),
        threads: field::number_after(bytes, b"Threads:"),
        capabilities: capabilities.unwrap_or_default(),
        processors: field::after(bytes, b"Cpus_allowed_list:").and_then(listed),
    }
}

/// How many numbers a list like `0-3,6` holds.
fn listed(line: &[u8]) -> Option<u32> {
    let line = field::trim(line);
    let mut counts = line.split(|byte| *byte == b',').map(|range| {
        let (first, last) = field::split_once(range, b'-').unwrap_or((range, range));
        let (first, last): (u32, u32) = (field::number(first)?, field::number(last)?);
        last.checked_sub(first)?.checked_add(1)
    });
    counts.try_fold(0_u32, |sum, count| sum.checked_add(count?))
}

impl Status {
    /// As whom the kernel judges this process's access to files.
    pub fn credentials(&self) -> Option<Credentials> {
        Some(Credentials {
            uid: *self.uids.get(3).or(self.uids.get(1))?,
            gid: *self.gids.get(3).or(self.gids.get(1))?,
            groups: self.groups.clone(),
            overrides: self.capabilities & DAC_OVERRIDE != 0,
            searches: self.capabilities & (DAC_OVERRIDE | DAC_READ_SEARCH) != 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKER: &[u8] = b"Name:\tnginx\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t812\nPid:\t812\nPPid:\t811\nUid:\t33\t33\t33\t33\nGid:\t33\t33\t33\t33\nFDSize:\t128\nGroups:\t4 33 \nNStgid:\t812\t44\nNSpid:\t812\t44\nVmRSS:\t    6012 kB\nVmSwap:\t       0 kB\nThreads:\t1\nCapEff:\t0000000000000000\n";

    #[test]
    fn a_worker_is_judged_as_its_own_user_and_groups() {
        let status = parse(WORKER);
        assert_eq!(status.ids_in_namespaces, [812, 44]);
        assert_eq!((status.rss_kib, status.threads), (Some(6012), Some(1)));
        let who = status.credentials().unwrap();
        assert_eq!((who.uid, who.gid, who.groups), (33, 33, vec![4, 33]));
        assert!(!who.overrides && !who.searches);
    }

    #[test]
    fn processors_are_counted() {
        let of = |text: &[u8]| parse(text).processors;
        assert_eq!(of(b"Cpus_allowed_list:\t0-3,6\n"), Some(5));
        assert_eq!(of(b"Cpus_allowed_list:\t1\n"), Some(1));
        assert_eq!(of(b"Cpus_allowed_list:\t3-1\n"), None);
        assert_eq!(of(b"Cpus_allowed_list:\t0-4294967295,7\n"), None);
        assert_eq!(of(b"Threads:\t1\n"), None);
    }

    #[test]
    fn roots_capabilities_override() {
        let who = parse(b"Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff\n");
        assert!(who.credentials().unwrap().overrides);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = parse(&bytes).credentials();
        }
    }
}
