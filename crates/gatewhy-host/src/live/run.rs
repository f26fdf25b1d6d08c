//! Runs one program that only reads, with a budget of time and bytes.
use super::trouble;
use gatewhy_facts::answer::Outcome;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, BorrowedFd};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long any program may take.
pub(super) const TIME: Duration = Duration::from_secs(3);
/// The most bytes kept of each of its outputs.
const BYTES: usize = 4 << 20;
/// The only folders programs are taken from; `PATH` is not asked.
const FOLDERS: [&str; 5] = [
    "/usr/sbin",
    "/usr/bin",
    "/sbin",
    "/bin",
    "/run/current-system/sw/bin",
];

/// What a program printed, and how it ended.
pub(super) struct Finished {
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
    pub(super) status: ExitStatus,
    /// More was printed than is kept.
    pub(super) cut: bool,
}

/// Where `program` is installed.
pub(super) fn find(program: &str) -> Result<String, Outcome> {
    let mut paths = FOLDERS.iter().map(|folder| format!("{folder}/{program}"));
    let found = paths.find(|path| Path::new(path).is_file());
    found.ok_or_else(|| Outcome::Unsupported(format!("{program} is not installed")))
}

/// Runs it: empty environment, no input, its own process group.
pub(super) fn run(path: &str, arguments: &[&str]) -> Result<Finished, Outcome> {
    let spawned = Command::new(path)
        .args(arguments)
        .env_clear()
        .env("LC_ALL", "C")
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn();
    let child = spawned.map_err(|error| match Errno::from_io_error(&error) {
        Some(errno) => trouble::outcome(&format!("run {path}"), errno),
        None => Outcome::Failed(format!("run {path}: {error}")),
    })?;
    let mut running = Running {
        child,
        stdout: Vec::new(),
        stderr: Vec::new(),
        until: Instant::now() + TIME,
        cut: false,
    };
    let ended = running.collect();
    if ended.is_err() || running.cut {
        running.kill();
    }
    running.finish(path, ended)
}

struct Running {
    child: Child,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    until: Instant,
    cut: bool,
}

impl Running {
    /// Reads both outputs until both have ended, or a budget is used up.
    fn collect(&mut self) -> Result<(), Errno> {
        let (stdout, stderr) = (self.child.stdout.take(), self.child.stderr.take());
        let mut open = [
            stdout.as_ref().map(|pipe| (pipe.as_fd(), &mut self.stdout)),
            stderr.as_ref().map(|pipe| (pipe.as_fd(), &mut self.stderr)),
        ];
        while open.iter().any(Option::is_some) {
            let left = self.until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Errno::TIMEDOUT);
            }
            wait(&open, left)?;
            for slot in &mut open {
                let Some((pipe, into)) = slot else { continue };
                match read_some(*pipe, into)? {
                    Some(0) => *slot = None,
                    _ if into.len() >= BYTES => {
                        self.cut = true;
                        return Ok(());
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn kill(&self) {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }

    fn finish(mut self, path: &str, ended: Result<(), Errno>) -> Result<Finished, Outcome> {
        let status = self.wait();
        match (ended, status) {
            (Err(Errno::TIMEDOUT), _) | (Ok(()), None) => Err(Outcome::TimedOut(TIME)),
            (Err(error), _) => Err(trouble::outcome(&format!("read from {path}"), error)),
            (Ok(()), Some(status)) => Ok(Finished {
                stdout: self.stdout,
                stderr: self.stderr,
                status,
                cut: self.cut,
            }),
        }
    }

    /// Waits for the end; a program may close its outputs and stay.
    fn wait(&mut self) -> Option<ExitStatus> {
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) if Instant::now() < self.until => {
                    std::thread::sleep(Duration::from_micros(200));
                }
                _ => break,
            }
        }
        self.kill();
        let _ = self.child.wait();
        None
    }
}

type Open<'a> = Option<(BorrowedFd<'a>, &'a mut Vec<u8>)>;

/// Waits until one of the pipes has something, at most so long.
fn wait(open: &[Open<'_>; 2], at_most: Duration) -> Result<(), Errno> {
    let pipes = open.iter().flatten();
    let mut fds: Vec<_> = pipes
        .map(|(pipe, _)| PollFd::from_borrowed_fd(*pipe, PollFlags::IN))
        .collect();
    let timeout = Timespec::try_from(at_most).map_err(|_| Errno::INVAL)?;
    match poll(&mut fds, Some(&timeout)) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Reads once where there is something; `Some(0)` at the end.
fn read_some(pipe: BorrowedFd<'_>, into: &mut Vec<u8>) -> Result<Option<usize>, Errno> {
    let mut fds = [PollFd::from_borrowed_fd(pipe, PollFlags::IN)];
    let ready = poll(&mut fds, Some(&Timespec::default()))?;
    if ready == 0 {
        return Ok(None);
    }
    into.reserve(1 << 15);
    match rustix::io::read(pipe, rustix::buffer::spare_capacity(into)) {
        Ok(count) => Ok(Some(count)),
        Err(Errno::INTR | Errno::AGAIN) => Ok(None),
        Err(error) => Err(error),
    }
}
