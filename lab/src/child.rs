//! Runs a program with a time limit, and keeps what it wrote.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

/// What a program left behind.
pub(crate) struct Finished {
    /// Its exit code; none when a signal or the time limit ended it.
    pub(crate) code: Option<i32>,
    /// Everything it wrote to its standard output.
    pub(crate) stdout: Vec<u8>,
    /// Everything it wrote to its standard error.
    pub(crate) stderr: Vec<u8>,
}

impl Finished {
    /// Whether it ended by itself with exit code 0.
    pub(crate) fn success(&self) -> bool {
        self.code == Some(0)
    }

    /// Standard output and error, one after the other, as text.
    pub(crate) fn text(&self) -> String {
        let mut all = self.stdout.clone();
        all.extend_from_slice(&self.stderr);
        String::from_utf8_lossy(&all).into_owned()
    }
}

/// Runs `command` to its end, or kills it after `limit`.
///
/// Its output goes to memory files rather than pipes: background programs that a
/// script leaves behind may hold them open without holding us up.
pub(crate) fn finish(command: &mut Command, limit: Duration) -> Result<Finished> {
    let program = command.get_program().to_string_lossy().into_owned();
    let mut stdout = memory_file()?;
    let mut stderr = memory_file()?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(stdout.try_clone()?)
        .stderr(stderr.try_clone()?)
        .spawn()
        .with_context(|| format!("cannot start {program}"))?;
    if !ends_within(&child, limit)? {
        child
            .kill()
            .with_context(|| format!("cannot kill {program}"))?;
    }
    let status = child.wait()?;
    Ok(Finished {
        code: status.code(),
        stdout: contents(&mut stdout)?,
        stderr: contents(&mut stderr)?,
    })
}

/// Whether `child` ends within `limit`. It still has to be waited for.
pub(crate) fn ends_within(child: &Child, limit: Duration) -> Result<bool> {
    let handle = pidfd_open(Pid::from_child(child), PidfdFlags::empty())?;
    let limit = Timespec::try_from(limit)?;
    let mut ended = [PollFd::new(&handle, PollFlags::IN)];
    Ok(poll(&mut ended, Some(&limit))? > 0)
}

/// An unnamed file in memory, for the output of a program.
pub(crate) fn memory_file() -> Result<File> {
    let file = memfd_create("output", MemfdFlags::CLOEXEC).context("cannot make a memory file")?;
    Ok(File::from(file))
}

/// Everything in `file`, as text.
pub(crate) fn text(file: &mut File) -> String {
    String::from_utf8_lossy(&contents(file).unwrap_or_default()).into_owned()
}

fn contents(file: &mut File) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_and_exit_code_are_kept() {
        let ended = finish(
            Command::new("sh").args(["-c", "echo out; echo err >&2; exit 7"]),
            Duration::from_secs(10),
        )
        .unwrap();
        assert_eq!(ended.code, Some(7));
        assert_eq!(ended.text(), "out\nerr\n");
    }

    #[test]
    fn a_program_that_does_not_end_is_killed() {
        let ended = finish(Command::new("sleep").arg("60"), Duration::from_millis(50)).unwrap();
        assert_eq!(ended.code, None);
    }

    #[test]
    fn a_background_program_does_not_hold_us_up() {
        let ended = finish(
            Command::new("sh").args(["-c", "sleep 5 & echo done"]),
            Duration::from_secs(4),
        )
        .unwrap();
        assert_eq!(ended.stdout, b"done\n");
    }
}
