//! Files, folders and file systems.
use super::log;
use super::open;
use super::trouble;
use super::walk;
use gatewhy_facts::answer::Outcome;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::question::{Part, View};
use rustix::fd::{AsFd, BorrowedFd};
use rustix::fs::{FileType, RawDir, SeekFrom, StatVfsMountFlags, fstatvfs, seek};
use rustix::io::Errno;

/// The most names of one folder.
const NAMES: usize = 20_000;
/// The most bytes of one file, whatever the question says.
const BYTES: usize = 64 << 20;

/// How long a log is waited for whose line may not have been written yet.
const A_MOMENT: std::time::Duration = std::time::Duration::from_millis(25);

/// Room for a whole setting of the kernel.
const SMALLEST: usize = 512;

/// Answers `Question::File`.
pub(super) fn read(path: &HostPath, view: View, part: Part) -> Result<Outcome, Outcome> {
    if matches!(part, Part::Tail { round: 2.., .. }) {
        std::thread::sleep(A_MOMENT);
    }
    let (file, stat) = open::regular(path, view)?;
    if let Part::Within(window) = part {
        return log::read(path, file, &stat, &window);
    }
    let size = usize::try_from(stat.st_size).unwrap_or(0);
    let failed = |error| trouble::outcome(&format!("read {path}"), error);
    let (budget, skipped) = match part {
        Part::Head(bytes) => (budget(bytes), 0),
        Part::Within(_) => (0, 0),
        Part::Tail { bytes, .. } => (budget(bytes), size.saturating_sub(budget(bytes))),
    };
    if skipped > 0 {
        seek(&file, SeekFrom::Start(skipped as u64)).map_err(failed)?;
    }
    // One byte more than expected, so that the end is seen without growing. Files below
    // /proc have no size, and a setting of the kernel gives nothing more after the first
    // read, however short that was.
    let expected = size.saturating_sub(skipped).min(budget) + 1;
    let mut bytes = Vec::with_capacity(expected.max(SMALLEST));
    let more = open::read_onto(file.as_fd(), &mut bytes, budget).map_err(failed)?;
    Ok(Outcome::Got {
        bytes,
        cut: more || skipped > 0,
    })
}

fn budget(bytes: u32) -> usize {
    usize::try_from(bytes).unwrap_or(BYTES).min(BYTES)
}

/// Answers `Question::Folder`.
pub(super) fn list(path: &HostPath, view: View) -> Result<Outcome, Outcome> {
    let folder = open::folder(path, view)?;
    let (mut names, cut) =
        names(folder.as_fd()).map_err(|error| trouble::outcome(&format!("list {path}"), error))?;
    names.sort_unstable();
    let mut bytes = Vec::new();
    for (name, kind) in &names {
        bytes.push(*kind as u8);
        bytes.push(b' ');
        bytes.extend_from_slice(name);
        bytes.push(0);
    }
    Ok(Outcome::Got { bytes, cut })
}

/// A name and the letter of its kind.
type Name = (Vec<u8>, char);

fn names(folder: BorrowedFd<'_>) -> Result<(Vec<Name>, bool), Errno> {
    let mut buffer = Vec::with_capacity(1 << 15);
    let mut entries = RawDir::new(folder, buffer.spare_capacity_mut());
    let mut names = Vec::new();
    while let Some(entry) = entries.next() {
        let entry = entry?;
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        if names.len() == NAMES {
            return Ok((names, true));
        }
        let kind = match entry.file_type() {
            FileType::Unknown => walk::letter_at(folder, name),
            known => walk::letter(known),
        };
        names.push((name.to_bytes().to_vec(), kind));
    }
    Ok((names, false))
}

/// Answers `Question::FileSystem`.
pub(super) fn file_system(path: &HostPath, view: View) -> Result<Vec<u8>, Outcome> {
    let handle = open::locate(path, view)?;
    let held =
        fstatvfs(&handle).map_err(|error| trouble::outcome(&format!("statvfs {path}"), error))?;
    let block = held.f_frsize;
    let read_only = held.f_flag.contains(StatVfsMountFlags::RDONLY);
    let text = format!(
        "bytes_total {}\nbytes_free {}\nbytes_available {}\ninodes_total {}\ninodes_free {}\nread_only {}\n",
        held.f_blocks.saturating_mul(block),
        held.f_bfree.saturating_mul(block),
        held.f_bavail.saturating_mul(block),
        held.f_files,
        held.f_ffree,
        u8::from(read_only),
    );
    Ok(text.into_bytes())
}
