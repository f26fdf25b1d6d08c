//! All processes in short, and one process in depth.
use super::open;
use super::trouble;
use gatewhy_facts::answer::Outcome;
use gatewhy_facts::bundle;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{AtFlags, CWD, Mode, OFlags, openat, readlinkat, statat};
use rustix::io::Errno;

/// The most processes looked at.
const PROCESSES: usize = 32_768;
/// The most threads of one process looked at.
const THREADS: usize = 256;
/// The most descriptors of one process counted.
const DESCRIPTORS: usize = 1 << 20;
/// The most descriptors of one process whose target is read.
const LINKS: usize = 512;
/// The most bytes of one command line.
const CMDLINE: usize = 4096;
/// The most bytes of one file of one process.
const BYTES: usize = 1 << 16;

/// Answers `Question::Processes`.
pub(super) fn all() -> Result<Outcome, Outcome> {
    let failed = |error| trouble::outcome("list /proc", error);
    let proc = open::folder_at(CWD, "/proc").map_err(failed)?;
    let (pids, more) = open::numbers(proc.as_fd(), PROCESSES).map_err(failed)?;
    let mut bytes = Vec::with_capacity(pids.len() * 400);
    let mut buffer = Vec::with_capacity(CMDLINE + 1);
    for pid in &pids {
        one_of_all(proc.as_fd(), *pid, &mut buffer, &mut bytes);
    }
    // With `hidepid`, /proc shows no process of other users, not even the first.
    let hidden = pids.first() != Some(&1);
    Ok(Outcome::Got {
        bytes,
        cut: more || hidden,
    })
}

/// Adds one process to the bundle, or nothing when it has just ended.
fn one_of_all(proc: BorrowedFd<'_>, pid: u32, buffer: &mut Vec<u8>, bundle: &mut Vec<u8>) {
    let name = format!("{pid}/stat");
    buffer.clear();
    if open::read_at(proc, &name, buffer, BYTES).is_err() {
        return;
    }
    bundle::push(bundle, &name, buffer);
    // The owner of the folder is the effective user, even of a process that
    // does not allow itself to be dumped.
    if let Ok(stat) = statat(proc, pid.to_string(), AtFlags::empty()) {
        bundle::push(
            bundle,
            &format!("{pid}/uid"),
            stat.st_uid.to_string().as_bytes(),
        );
    }
    let name = format!("{pid}/cmdline");
    buffer.clear();
    if open::read_at(proc, &name, buffer, CMDLINE).is_ok() && !buffer.is_empty() {
        bundle::push(bundle, &name, buffer);
    }
}

/// Answers `Question::Process`.
pub(super) fn one(pid: u32) -> Result<Vec<u8>, Outcome> {
    let path = format!("/proc/{pid}");
    let folder = open::folder_at(CWD, &path)
        .map_err(|error| trouble::outcome(&format!("open {path}"), error))?;
    let mut parts = Parts {
        folder,
        bundle: Vec::with_capacity(1 << 13),
    };
    for name in [
        "stat", "cmdline", "status", "limits", "cgroup", "wchan", "syscall",
    ] {
        parts.file(name);
    }
    for name in [
        "exe", "cwd", "root", "ns/mnt", "ns/net", "ns/pid", "ns/user",
    ] {
        parts.link(name, name);
    }
    parts.exe_id();
    parts.descriptors();
    parts.threads();
    Ok(parts.bundle)
}

/// The parts of one process as they are collected.
struct Parts {
    folder: OwnedFd,
    bundle: Vec<u8>,
}

impl Parts {
    fn add(&mut self, name: &str, part: Result<Vec<u8>, Errno>) {
        match part {
            Ok(bytes) => bundle::push(&mut self.bundle, name, &bytes),
            Err(error) => {
                let words = trouble::words(error);
                bundle::push(&mut self.bundle, &format!("{name}!"), words.as_bytes());
            }
        }
    }

    fn file(&mut self, name: &str) {
        let mut bytes = Vec::new();
        let read = open::read_at(self.folder.as_fd(), name, &mut bytes, BYTES);
        self.add(name, read.map(|_| bytes));
    }

    fn link(&mut self, name: &str, part: &str) {
        let target = readlinkat(&self.folder, name, Vec::new());
        self.add(part, target.map(std::ffi::CString::into_bytes));
    }

    /// Which file the executable is: its path may have been replaced since.
    fn exe_id(&mut self) {
        let stat = statat(&self.folder, "exe", AtFlags::empty());
        let id = stat.map(|stat| {
            let (major, minor) = (
                rustix::fs::major(stat.st_dev),
                rustix::fs::minor(stat.st_dev),
            );
            format!("{major}:{minor} {}", stat.st_ino).into_bytes()
        });
        self.add("exe-id", id);
    }

    fn descriptors(&mut self) {
        let listed = open::folder_at(self.folder.as_fd(), "fd")
            .and_then(|folder| open::numbers(folder.as_fd(), DESCRIPTORS));
        let numbers = match listed {
            Ok((numbers, _)) => numbers,
            Err(error) => return self.add("fds", Err(error)),
        };
        self.add("fds", Ok(numbers.len().to_string().into_bytes()));
        for number in numbers.iter().take(LINKS) {
            let name = format!("fd/{number}");
            self.link(&name, &name);
        }
    }

    fn threads(&mut self) {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let listed = openat(&self.folder, "task", flags, Mode::empty()).and_then(|folder| {
            open::numbers(folder.as_fd(), THREADS).map(|(ids, _)| (folder, ids))
        });
        let Ok((folder, threads)) = listed else {
            return;
        };
        let mut bytes = Vec::new();
        for thread in threads {
            let name = format!("{thread}/stat");
            bytes.clear();
            if open::read_at(folder.as_fd(), &name, &mut bytes, BYTES).is_ok() {
                bundle::push(&mut self.bundle, &name, &bytes);
            }
        }
    }
}
