//! Which process holds which socket: a walk over every `/proc/PID/fd`.
use super::open;
use super::trouble;
use gatewhy_facts::answer::Outcome;
use rustix::fd::{AsFd, BorrowedFd};
use rustix::fs::{CWD, readlinkat_raw};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

const PROCESSES: usize = 32_768;
const DESCRIPTORS: usize = 1 << 20;
const TIME: Duration = Duration::from_millis(1500);

/// Answers `Question::SocketOwners`.
pub(super) fn answer() -> Result<Outcome, Outcome> {
    let failed = |error| trouble::outcome("list /proc", error);
    let proc = open::folder_at(CWD, "/proc").map_err(failed)?;
    let (pids, mut cut) = open::numbers(proc.as_fd(), PROCESSES).map_err(failed)?;
    let mut walk = Walk {
        proc: proc.as_fd(),
        text: String::with_capacity(1 << 13),
        left: DESCRIPTORS,
        until: Instant::now() + TIME,
    };
    for pid in pids {
        if walk.left == 0 || Instant::now() > walk.until {
            cut = true;
            break;
        }
        walk.process(pid);
    }
    Ok(Outcome::Got {
        bytes: walk.text.into_bytes(),
        cut,
    })
}

struct Walk<'a> {
    proc: BorrowedFd<'a>,
    text: String,
    left: usize,
    until: Instant,
}

impl Walk<'_> {
    fn process(&mut self, pid: u32) {
        let listed = open::folder_at(self.proc, &format!("{pid}/fd")).and_then(|folder| {
            open::numbers(folder.as_fd(), self.left).map(|(fds, _)| (folder, fds))
        });
        match listed {
            Ok((folder, fds)) => {
                self.left = self.left.saturating_sub(fds.len());
                self.descriptors(folder.as_fd(), pid, &fds);
            }
            Err(error) if trouble::outcome("", error) == Outcome::Absent => {}
            Err(error) => {
                let _ = writeln!(self.text, "! {pid} {}", trouble::words(error));
            }
        }
    }

    fn descriptors(&mut self, folder: BorrowedFd<'_>, pid: u32, fds: &[u32]) {
        let mut target = Vec::with_capacity(64);
        let mut name = String::new();
        for fd in fds {
            name.clear();
            let _ = write!(name, "{fd}");
            target.clear();
            let spare = rustix::buffer::spare_capacity(&mut target);
            if readlinkat_raw(folder, name.as_str(), spare).is_err() {
                continue;
            }
            if let Some(inode) = socket_inode(&target) {
                let _ = writeln!(self.text, "{inode} {pid} {fd}");
            }
        }
    }
}

/// The inode in `socket:[123]`.
fn socket_inode(target: &[u8]) -> Option<&str> {
    let inode = target.strip_prefix(b"socket:[")?.strip_suffix(b"]")?;
    core::str::from_utf8(inode).ok()
}
