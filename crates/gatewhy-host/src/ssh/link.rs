//! One `ssh` process and its pipes, with limits on all that comes out of it.
use super::refusal::{CannotAsk, Stage};
use std::io::{self, BufRead, BufReader, Read, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// What login shells may print before we are reached.
const NOISE: usize = 256 << 10;
/// The most that is kept of what ssh and the far side say in words.
const MESSAGES: usize = 8 << 10;
/// How long a line that sends nothing is waited for.
const SILENCE: Duration = Duration::from_secs(45);
/// Nobody but us uses the connection for anything, whatever the configuration says.
const OPTIONS: [&str; 11] = [
    "IgnoreUnknown=RemoteCommand",
    "ConnectTimeout=10",
    "ServerAliveInterval=5",
    "ServerAliveCountMax=3",
    "ClearAllForwardings=yes",
    "ForwardAgent=no",
    "ForwardX11=no",
    "PermitLocalCommand=no",
    "RemoteCommand=none",
    "RequestTTY=no",
    "Compression=yes",
];

/// An `ssh` process.
#[derive(Debug)]
pub(super) struct Link {
    ssh: Child,
    input: Option<ChildStdin>,
    output: Pieces,
    messages: Arc<Mutex<Vec<u8>>>,
}

/// What comes out of a pipe, each wait limited.
#[derive(Debug)]
pub(super) struct Pieces {
    inbox: Receiver<Vec<u8>>,
    piece: Vec<u8>,
    read: usize,
    until: Instant,
}

impl Link {
    /// Starts `ssh`. Its questions to the user (a password, a new host's key) go to
    /// the terminal, not through our pipes.
    pub(super) fn open(host: &str, script: &str) -> Result<Self, CannotAsk> {
        if host.is_empty() || host.starts_with('-') || host.chars().any(char::is_control) {
            return Err(CannotAsk::Destination(host.to_owned()));
        }
        let mut command = Command::new("ssh");
        command.arg("-T");
        for option in OPTIONS {
            command.args(["-o", option]);
        }
        command
            .args(["--", host, script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut ssh = command.spawn().map_err(CannotAsk::NoSsh)?;
        let messages = Arc::new(Mutex::new(Vec::new()));
        if let Some(pipe) = ssh.stderr.take() {
            let kept = Arc::clone(&messages);
            thread::spawn(move || keep(pipe, &kept));
        }
        // Few pieces at once: a far side that pours is held up by its own pipe.
        let (sender, inbox) = sync_channel(16);
        if let Some(pipe) = ssh.stdout.take() {
            thread::spawn(move || pump(pipe, &sender));
        }
        Ok(Self {
            input: ssh.stdin.take(),
            ssh,
            output: Pieces {
                inbox,
                piece: Vec::new(),
                read: 0,
                until: Instant::now(),
            },
            messages,
        })
    }

    /// The next line that starts so; others before it are passed over.
    pub(super) fn line_that_starts(
        &mut self,
        start: &str,
        patience: Duration,
    ) -> io::Result<String> {
        self.output.until = Instant::now() + patience;
        let mut left = NOISE;
        loop {
            let mut line = Vec::new();
            let limit = u64::try_from(left).unwrap_or(u64::MAX);
            let read = (&mut self.output)
                .take(limit)
                .read_until(b'\n', &mut line)?;
            left = left.saturating_sub(read);
            if read == 0 || left == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let line = String::from_utf8_lossy(&line).into_owned();
            if line.starts_with(start) {
                return Ok(line.trim_end().to_owned());
            }
        }
    }

    /// Sends the program's size and bytes, beside everything else: a far side that
    /// does not read must not stop us.
    pub(super) fn send_program(&mut self, program: Vec<u8>) {
        let Some(mut pipe) = self.input.take() else {
            return;
        };
        let (sender, receiver) = sync_channel(1);
        thread::spawn(move || {
            let size = format!("{}\n", program.len());
            // Whoever waits for the answer sees that none comes.
            let sent = pipe
                .write_all(size.as_bytes())
                .and_then(|()| pipe.write_all(&program))
                .and_then(|()| pipe.flush());
            if sent.is_ok() {
                drop(sender.send(pipe));
            }
        });
        self.input = receiver.recv_timeout(super::UPLOAD).ok();
    }

    /// Sends one line, the last thing that is sent.
    pub(super) fn send_line(&mut self, line: &str) {
        if let Some(mut pipe) = self.input.take() {
            // Whoever waits for the answer sees that none comes.
            drop(writeln!(pipe, "{line}"));
        }
    }

    /// All that still comes.
    pub(super) fn rest(&mut self, patience: Duration) -> impl BufRead {
        self.output.until = Instant::now() + patience;
        BufReader::new(&mut self.output)
    }

    /// What ssh and the far side said in words, in one line.
    pub(super) fn messages(&mut self) -> String {
        // Words may come a little after the end of the output.
        let soon = Instant::now() + Duration::from_millis(300);
        while Instant::now() < soon && matches!(self.ssh.try_wait(), Ok(None)) {
            thread::sleep(Duration::from_millis(10));
        }
        thread::sleep(Duration::from_millis(20));
        let kept = self.messages.lock();
        let kept = kept.unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&kept);
        let lines = text
            .lines()
            .map(|line| line.trim_matches(['@', ' ', '\t', '\r']));
        let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
        let from = lines.len().saturating_sub(12);
        lines.get(from..).unwrap_or_default().join("; ")
    }

    /// Why the far side did not get so far.
    pub(super) fn refused(&mut self, stage: Stage, why: &io::Error) -> CannotAsk {
        let said = self.messages();
        let said = match (said.is_empty(), why.kind()) {
            (false, _) => said,
            (true, io::ErrorKind::TimedOut) => "no answer in time".to_owned(),
            (true, _) => "the connection ended without a word".to_owned(),
        };
        CannotAsk::Refused(stage, said)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.ssh.kill());
        drop(self.ssh.wait());
    }
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let have = self.fill_buf()?;
        let count = have.len().min(into.len());
        if let (Some(to), Some(from)) = (into.get_mut(..count), have.get(..count)) {
            to.copy_from_slice(from);
        }
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Pieces {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.read >= self.piece.len() {
            let left = self.until.saturating_duration_since(Instant::now());
            match self.inbox.recv_timeout(left.min(SILENCE)) {
                Ok(piece) => self.piece = piece,
                Err(RecvTimeoutError::Disconnected) => self.piece.clear(),
                Err(RecvTimeoutError::Timeout) => {
                    return Err(io::Error::new(io::ErrorKind::TimedOut, "no answer in time"));
                }
            }
            self.read = 0;
        }
        Ok(self.piece.get(self.read..).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        self.read = self.read.saturating_add(count);
    }
}

fn pump(mut pipe: impl Read, into: &SyncSender<Vec<u8>>) {
    let mut piece = vec![0; 32 << 10];
    loop {
        match pipe.read(&mut piece) {
            Ok(0) => return,
            Ok(n) => {
                let read = piece.get(..n).unwrap_or_default().to_vec();
                if into.send(read).is_err() {
                    return;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

/// Reads to the end, and keeps the last part.
fn keep(mut pipe: impl Read, kept: &Mutex<Vec<u8>>) {
    let mut piece = [0; 1024];
    while let Ok(n) = pipe.read(&mut piece) {
        if n == 0 {
            return;
        }
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(piece.get(..n).unwrap_or_default());
        let over = kept.len().saturating_sub(MESSAGES);
        kept.drain(..over);
    }
}
