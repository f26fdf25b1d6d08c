//! Finds and opens what a path names, without disturbing it.
//!
//! A path may name a FIFO, a device or a socket, by accident or by malice: an
//! ordinary open would hang or act on it. So everything is first found with
//! `O_PATH`, which touches nothing, then looked at, and only then opened.
use super::trouble;
use super::walk;
use gatewhy_facts::answer::Outcome;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::question::View;
use rustix::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use rustix::fs::{CWD, FileType, Mode, OFlags, RawDir, Stat, fstat, openat};
use rustix::io::Errno;

/// What the path names, links followed, as a handle that cannot be read.
pub(super) fn locate(path: &HostPath, view: View) -> Result<OwnedFd, Outcome> {
    if !path.as_str().starts_with('/') {
        return Err(Outcome::Failed(format!("not an absolute path: {path}")));
    }
    match view {
        View::Host => openat(CWD, path.as_str(), HANDLE, Mode::empty())
            .map_err(|error| trouble::outcome(&format!("open {path}"), error)),
        View::Process(_) => walk::follow(&root(view)?, path),
    }
}

/// The root folder of a view, as a handle.
pub(super) fn root(view: View) -> Result<OwnedFd, Outcome> {
    let path = match view {
        View::Host => "/".to_owned(),
        View::Process(pid) => format!("/proc/{pid}/root"),
    };
    openat(CWD, &path, HANDLE.union(OFlags::DIRECTORY), Mode::empty())
        .map_err(|error| trouble::outcome(&format!("open {path}"), error))
}

/// Opens a regular file for reading; anything else is refused with its kind.
pub(super) fn regular(path: &HostPath, view: View) -> Result<(OwnedFd, Stat), Outcome> {
    let handle = locate(path, view)?;
    let failed = |error| trouble::outcome(&format!("stat {path}"), error);
    let stat = fstat(&handle).map_err(failed)?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => {}
        other => {
            let kind = kind_in_words(other);
            return Err(Outcome::Failed(format!("{path} is {kind}, not a file")));
        }
    }
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let opened = openat(CWD, again(&handle), flags, Mode::empty());
    opened
        .map(|fd| (fd, stat))
        .map_err(|error| trouble::outcome_for(&format!("open {path}"), &stat, error))
}

/// Opens a folder for listing.
pub(super) fn folder(path: &HostPath, view: View) -> Result<OwnedFd, Outcome> {
    let handle = locate(path, view)?;
    let failed = |error| trouble::outcome(&format!("stat {path}"), error);
    let stat = fstat(&handle).map_err(failed)?;
    let kind = FileType::from_raw_mode(stat.st_mode);
    if kind != FileType::Directory {
        let kind = kind_in_words(kind);
        return Err(Outcome::Failed(format!("{path} is {kind}, not a folder")));
    }
    folder_at(handle.as_fd(), ".")
        .map_err(|error| trouble::outcome_for(&format!("list {path}"), &stat, error))
}

/// Opens the folder `name` inside `at` for listing.
pub(super) fn folder_at(at: BorrowedFd<'_>, name: &str) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    openat(at, name, flags, Mode::empty())
}

/// The way to open a handle's object again, as `/proc` offers it.
pub(super) fn again(handle: &OwnedFd) -> String {
    format!("/proc/self/fd/{}", handle.as_raw_fd())
}

/// Reads `fd` to its end onto the end of `into`; `true` when `budget` bytes were
/// not enough.
pub(super) fn read_onto(
    fd: BorrowedFd<'_>,
    into: &mut Vec<u8>,
    budget: usize,
) -> Result<bool, Errno> {
    let start = into.len();
    loop {
        let got = into.len() - start;
        if got > budget {
            into.truncate(start + budget);
            return Ok(true);
        }
        if into.capacity() == into.len() {
            into.reserve(got.clamp(4096, 1 << 18));
        }
        match rustix::io::read(fd, rustix::buffer::spare_capacity(into)) {
            Ok(0) => return Ok(false),
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
    }
}

/// Reads a small file of `/proc` inside `at` onto the end of `into`.
pub(super) fn read_at(
    at: BorrowedFd<'_>,
    name: &str,
    into: &mut Vec<u8>,
    budget: usize,
) -> Result<bool, Errno> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let fd = openat(at, name, flags, Mode::empty())?;
    read_onto(fd.as_fd(), into, budget)
}

/// The numeric names in a folder of `/proc` (processes, threads, descriptors),
/// ascending; `true` when there were more than `limit`.
pub(super) fn numbers(folder: BorrowedFd<'_>, limit: usize) -> Result<(Vec<u32>, bool), Errno> {
    let mut buffer = Vec::with_capacity(1 << 15);
    let mut entries = RawDir::new(folder, buffer.spare_capacity_mut());
    let mut found = Vec::new();
    while let Some(entry) = entries.next() {
        let entry = entry?;
        let name = core::str::from_utf8(entry.file_name().to_bytes()).unwrap_or_default();
        let Ok(number) = name.parse() else { continue };
        if found.len() == limit {
            return Ok((found, true));
        }
        found.push(number);
    }
    found.sort_unstable();
    Ok((found, false))
}

const HANDLE: OFlags = OFlags::PATH.union(OFlags::CLOEXEC);

fn kind_in_words(kind: FileType) -> &'static str {
    match kind {
        FileType::Directory => "a folder",
        FileType::Fifo => "a FIFO",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        FileType::RegularFile => "a regular file",
        FileType::Symlink => "a link",
        FileType::Unknown => "of an unknown kind",
    }
}
