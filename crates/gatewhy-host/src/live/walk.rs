//! Walks a path element by element, as the kernel does, inside any root folder.
//!
//! The kernel would follow an absolute link out of `/proc/PID/root` into our own
//! root folder, so another process's view needs its own walk. The same walk
//! tells what stands on the way: whose each folder is, and where links lead.
use super::open;
use super::trouble;
use gatewhy_facts::answer::Outcome;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::question::View;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat, fstat, openat, readlinkat, statat};
use rustix::io::Errno;
use std::collections::VecDeque;
use std::fmt::Write as _;

/// As many links as the kernel follows in one path.
const LINKS: usize = 40;
/// More elements than any sensible path has, links included.
const STEPS: usize = 512;
/// The attribute that holds a POSIX access control list.
const ACL: &str = "system.posix_acl_access";

/// Answers `Question::Walk`.
pub(super) fn answer(path: &HostPath, view: View) -> Result<Vec<u8>, Outcome> {
    let root = open::root(view)?;
    let mut out = Vec::new();
    let ended = walk(&root, path.as_str().as_bytes(), |element| {
        element.write(&mut out);
    });
    match ended {
        Ok(_) => {}
        Err(Stop { path, error }) => {
            let kind = if trouble::outcome("", error) == Outcome::Absent {
                '-'
            } else {
                '?'
            };
            out.extend_from_slice(format!("0 0 0 {kind} 0:0 0 - 0 ").as_bytes());
            out.extend_from_slice(&path);
            out.push(0);
            if kind == '?' {
                out.extend_from_slice(trouble::words(error).as_bytes());
                out.push(0);
            }
            out.push(b'\n');
        }
    }
    Ok(out)
}

/// What `path` names inside `root`, links followed there.
pub(super) fn follow(root: &OwnedFd, path: &HostPath) -> Result<OwnedFd, Outcome> {
    walk(root, path.as_str().as_bytes(), |_| {})
        .map_err(|stop| trouble::outcome(&format!("open {path}"), stop.error))
}

/// As `follow`, with the system's own error: what a connection to a socket at that
/// path would have ended with.
pub(crate) fn find(root: &OwnedFd, path: &str) -> Result<OwnedFd, Errno> {
    walk(root, path.as_bytes(), |_| {}).map_err(|stop| stop.error)
}

/// One element on the way.
struct Element<'a> {
    /// Absolute, inside the root.
    path: &'a [u8],
    stat: &'a Stat,
    /// Where it leads, for a link.
    target: Option<&'a [u8]>,
    handle: BorrowedFd<'a>,
}

/// The element that could not be reached, and why.
struct Stop {
    path: Vec<u8>,
    error: Errno,
}

impl Element<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let stat = self.stat;
        let head = format!(
            "{:o} {} {} {} {}:{} {} {} {} ",
            stat.st_mode & 0o7777,
            stat.st_uid,
            stat.st_gid,
            letter(FileType::from_raw_mode(stat.st_mode)),
            rustix::fs::major(stat.st_dev),
            rustix::fs::minor(stat.st_dev),
            stat.st_ino,
            self.access_list(),
            changed_us(stat),
        );
        out.extend_from_slice(head.as_bytes());
        out.extend_from_slice(self.path);
        out.push(0);
        if let Some(target) = self.target {
            out.extend_from_slice(target);
            out.push(0);
        }
        out.push(b'\n');
    }

    /// The access control list in hexadecimal, `-` without one.
    fn access_list(&self) -> String {
        let mut list = Vec::with_capacity(1024);
        let way = format!(
            "/proc/self/fd/{}",
            rustix::fd::AsRawFd::as_raw_fd(&self.handle)
        );
        let spare = rustix::buffer::spare_capacity(&mut list);
        match self.target {
            None if rustix::fs::getxattr(way, ACL, spare).is_ok() && !list.is_empty() => {
                hexadecimal(&list)
            }
            _ => "-".to_owned(),
        }
    }
}

/// When the inode last changed, in microseconds since 1970. The types of the fields
/// differ between architectures.
fn changed_us(stat: &Stat) -> i128 {
    let (secs, nanos) = (i128::from(stat.st_ctime), i128::from(stat.st_ctime_nsec));
    secs.saturating_mul(1_000_000).saturating_add(nanos / 1000)
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The letter of a kind of file in answers.
pub(super) fn letter(kind: FileType) -> char {
    match kind {
        FileType::RegularFile => 'f',
        FileType::Directory => 'd',
        FileType::Symlink => 'l',
        FileType::Socket => 's',
        _ => 'o',
    }
}

/// Where a walk stands.
struct Walker<'a> {
    root: &'a OwnedFd,
    /// Handles and names of the elements between the root and here.
    here: Vec<(OwnedFd, Vec<u8>)>,
    /// Names still to go, links already replaced by their targets.
    ahead: VecDeque<Vec<u8>>,
    links: usize,
}

fn walk(root: &OwnedFd, path: &[u8], mut each: impl FnMut(&Element<'_>)) -> Result<OwnedFd, Stop> {
    let mut walker = Walker {
        root,
        here: Vec::new(),
        ahead: names(path).collect(),
        links: 0,
    };
    walker
        .start(&mut each)
        .map_err(|error| walker.stop(b"", error))?;
    for _ in 0..STEPS {
        let Some(name) = walker.ahead.pop_front() else {
            return walker.end();
        };
        walker
            .step(&name, &mut each)
            .map_err(|error| walker.stop(&name, error))?;
    }
    Err(walker.stop(b"", Errno::LOOP))
}

impl Walker<'_> {
    fn start(&self, each: &mut impl FnMut(&Element<'_>)) -> Result<(), Errno> {
        let stat = fstat(self.root)?;
        let handle = self.root.as_fd();
        each(&Element {
            path: b"/",
            stat: &stat,
            target: None,
            handle,
        });
        Ok(())
    }

    fn step(&mut self, name: &[u8], each: &mut impl FnMut(&Element<'_>)) -> Result<(), Errno> {
        if name == b".." {
            self.here.pop();
            return Ok(());
        }
        let at = self.here.last().map_or(self.root, |(handle, _)| handle);
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let handle = openat(at, name, flags, Mode::empty())?;
        let stat = fstat(&handle)?;
        let target = match FileType::from_raw_mode(stat.st_mode) {
            FileType::Symlink => Some(readlinkat(at, name, Vec::new())?.into_bytes()),
            _ => None,
        };
        let path = self.path_of(name);
        let target_bytes = target.as_deref();
        each(&Element {
            path: &path,
            stat: &stat,
            target: target_bytes,
            handle: handle.as_fd(),
        });
        if let Some(target) = target {
            return self.turn(&target);
        }
        self.here.push((handle, name.to_owned()));
        Ok(())
    }

    /// Goes on where a link leads.
    fn turn(&mut self, target: &[u8]) -> Result<(), Errno> {
        self.links += 1;
        if self.links > LINKS {
            return Err(Errno::LOOP);
        }
        if target.first() == Some(&b'/') {
            self.here.clear();
        }
        let behind: Vec<_> = names(target).collect();
        for name in behind.into_iter().rev() {
            self.ahead.push_front(name);
        }
        Ok(())
    }

    fn path_of(&self, name: &[u8]) -> Vec<u8> {
        let mut path = Vec::new();
        let last = (!name.is_empty()).then_some(name);
        for part in self
            .here
            .iter()
            .map(|(_, name)| name.as_slice())
            .chain(last)
        {
            path.push(b'/');
            path.extend_from_slice(part);
        }
        if path.is_empty() {
            path.push(b'/');
        }
        path
    }

    fn stop(&self, name: &[u8], error: Errno) -> Stop {
        Stop {
            path: self.path_of(name),
            error,
        }
    }

    fn end(mut self) -> Result<OwnedFd, Stop> {
        match self.here.pop() {
            Some((handle, _)) => Ok(handle),
            None => {
                rustix::io::fcntl_dupfd_cloexec(self.root, 0).map_err(|error| self.stop(b"", error))
            }
        }
    }
}

fn names(path: &[u8]) -> impl DoubleEndedIterator<Item = Vec<u8>> {
    path.split(|byte| *byte == b'/')
        .filter(|name| !name.is_empty() && *name != b".")
        .map(<[u8]>::to_vec)
}

/// The letter of what `name` in `folder` is, when the listing does not say.
pub(super) fn letter_at(folder: BorrowedFd<'_>, name: &core::ffi::CStr) -> char {
    match statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => letter(FileType::from_raw_mode(stat.st_mode)),
        Err(_) => 'o',
    }
}
