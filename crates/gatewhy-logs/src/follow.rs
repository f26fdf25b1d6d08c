//! Logs while they grow, across rotation.
//!
//! A file is who it is by device, inode and first bytes: names move, inodes are used
//! again, and a log may be cut and begin anew. The file that was open stays open
//! after it was renamed, since its writer goes on until it is told.
use crate::grammar::{Formats, Grammar, formats};
use crate::read::Worker;
use crate::tally::{Listener, Tally};
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// How many first bytes tell a file from another one.
const HEAD: usize = 1_024;
/// How much is read in one go.
const PART: usize = 256 * 1024;
/// How much of a line without an end is kept.
const LONGEST_LINE: usize = 64 * 1024;
/// How long a renamed file is still read.
const LINGER: Duration = Duration::from_mins(2);

/// Logs that are followed.
pub struct Follower {
    logs: Vec<Log>,
    formats: Formats,
    worker: Worker,
}

/// One name, and the files that had it.
struct Log {
    path: PathBuf,
    number: u32,
    /// The file of that name now, and those it had before.
    current: Option<Tail>,
    former: Vec<(Tail, Instant)>,
    /// Files that are known, and need not be read when they turn up.
    known: Vec<Identity>,
}

#[derive(Clone, Debug)]
struct Identity {
    device: u64,
    inode: u64,
    head: Vec<u8>,
}

/// One file, read as far as it goes.
struct Tail {
    file: File,
    identity: Identity,
    offset: u64,
    /// What was read of a line that has no end yet.
    partial: Vec<u8>,
    /// Whether the rest of a line that is too long is left out.
    skipping: bool,
    grammar: Option<Grammar>,
}

impl Follower {
    /// Follows `paths`: from their ends, or from their beginnings.
    pub fn new(paths: &[PathBuf], given: &[String], from_end: bool, listener: Listener) -> Self {
        let mut worker = Worker::default();
        worker.tally.listener = Some(listener);
        let logs = paths.iter().zip(0..);
        Self {
            logs: logs
                .map(|(path, number)| Log::new(path, number, from_end))
                .collect(),
            formats: formats(given),
            worker,
        }
    }

    /// Reads what came since the last time.
    pub fn tick(&mut self) {
        for log in &mut self.logs {
            log.tick(&mut self.worker, &self.formats);
        }
    }

    /// What was counted so far.
    pub fn tally(&self) -> &Tally {
        &self.worker.tally
    }
}

impl Log {
    fn new(path: &Path, number: u32, from_end: bool) -> Self {
        let mut log = Self {
            path: path.to_owned(),
            number,
            current: Tail::open(path).ok(),
            former: Vec::new(),
            known: Vec::new(),
        };
        log.known = log
            .relatives()
            .into_iter()
            .map(|tail| tail.identity)
            .collect();
        if let Some(tail) = log.current.as_mut().filter(|_| from_end) {
            tail.go_to_end();
        }
        log
    }

    fn tick(&mut self, worker: &mut Worker, formats: &Formats) {
        worker.open(self.number, SystemTime::now());
        for (tail, _) in &mut self.former {
            tail.read(worker, formats);
        }
        if let Some(tail) = &mut self.current {
            tail.read(worker, formats);
        }
        if self.has_moved() {
            self.turn(worker, formats);
        }
        self.former.retain_mut(|(tail, since)| {
            let stays = since.elapsed() < LINGER;
            if !stays {
                tail.end(worker, formats);
            }
            stays
        });
    }

    /// Whether the name leads to another file than the one that is open.
    fn has_moved(&self) -> bool {
        let Ok(meta) = std::fs::metadata(&self.path) else {
            return false;
        };
        self.current.as_ref().is_none_or(|tail| {
            (meta.dev(), meta.ino()) != (tail.identity.device, tail.identity.inode)
        })
    }

    /// Goes on with the file that has the name now, and with those that had it and
    /// were renamed in between.
    fn turn(&mut self, worker: &mut Worker, formats: &Formats) {
        let Ok(next) = Tail::open(&self.path) else {
            return;
        };
        let before = self.current.replace(next);
        let own = self.current.as_ref().map(|tail| tail.identity.clone());
        self.known
            .extend(before.as_ref().map(|tail| tail.identity.clone()));
        self.former
            .extend(before.map(|tail| (tail, Instant::now())));
        for mut tail in self.relatives() {
            let is_known = |known: &Identity| known.is(&tail.identity);
            let is_own = own.as_ref().is_some_and(is_known);
            if !is_own && !self.known.iter().any(is_known) {
                tail.read(worker, formats);
                self.known.push(tail.identity.clone());
                self.former.push((tail, Instant::now()));
            }
        }
        self.known.extend(own);
        if let Some(tail) = &mut self.current {
            tail.read(worker, formats);
        }
    }

    /// The files beside this one that may have had its name, oldest first. Packed
    /// ones were read before they were packed.
    fn relatives(&self) -> Vec<Tail> {
        let (Some(folder), Some(name)) = (self.path.parent(), self.path.file_name()) else {
            return Vec::new();
        };
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        let name = name.as_encoded_bytes();
        let Ok(entries) = std::fs::read_dir(folder) else {
            return Vec::new();
        };
        let mut found: Vec<(i128, Tail)> = entries
            .filter_map(Result::ok)
            .filter(|entry| {
                let other = entry.file_name();
                let rest = other.as_encoded_bytes().strip_prefix(name);
                rest.is_some_and(|rest| matches!(rest.first(), Some(b'.' | b'-')))
            })
            .filter_map(|entry| {
                let tail = Tail::open(&entry.path()).ok()?;
                let meta = tail.file.metadata().ok()?;
                let packed = crate::packed::Packed::of(&tail.identity.head).is_some();
                let age = i128::from(meta.mtime()) * 1_000_000_000 + i128::from(meta.mtime_nsec());
                (!packed).then_some((age, tail))
            })
            .collect();
        found.sort_by_key(|(age, _)| *age);
        found.into_iter().map(|(_, tail)| tail).collect()
    }
}

impl Identity {
    fn of(file: &File) -> io::Result<Self> {
        let meta = file.metadata()?;
        let mut head = vec![0; HEAD];
        let mut done = 0;
        while let Some(room) = head.get_mut(done..).filter(|room| !room.is_empty()) {
            match file.read_at(room, done as u64)? {
                0 => break,
                read => done += read,
            }
        }
        head.truncate(done);
        Ok(Self {
            device: meta.dev(),
            inode: meta.ino(),
            head,
        })
    }

    /// Whether it is the same file, which may have grown since.
    fn is(&self, later: &Self) -> bool {
        let same = (self.device, self.inode) == (later.device, later.inode);
        same && !self.head.is_empty() && later.head.starts_with(&self.head)
    }
}

impl Tail {
    fn open(path: &Path) -> io::Result<Self> {
        let flags =
            rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::CLOEXEC | rustix::fs::OFlags::NONBLOCK;
        let file = File::from(rustix::fs::open(path, flags, rustix::fs::Mode::empty())?);
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("not a file"));
        }
        let identity = Identity::of(&file)?;
        Ok(Self {
            file,
            identity,
            offset: 0,
            partial: Vec::new(),
            skipping: false,
            grammar: None,
        })
    }

    /// Skips what is there; a last line without an end will be read when it has one.
    fn go_to_end(&mut self) {
        let length = self.file.metadata().map_or(0, |meta| meta.len());
        let from = length.saturating_sub(LONGEST_LINE as u64);
        let mut last = vec![0; LONGEST_LINE];
        let read = self.file.read_at(&mut last, from).unwrap_or(0);
        last.truncate(read);
        let end = memchr::memrchr(b'\n', &last).map_or(0, |at| at + 1);
        self.offset = from + end as u64;
    }

    /// Reads to the end of the file as it is now.
    fn read(&mut self, worker: &mut Worker, formats: &Formats) {
        if self.began_anew() {
            self.offset = 0;
            self.partial.clear();
            self.skipping = false;
            self.grammar = None;
        }
        let mut buffer = vec![0; PART];
        loop {
            match self.file.read_at(&mut buffer, self.offset) {
                Ok(read) if read > 0 => {
                    self.offset += read as u64;
                    self.take(buffer.get(..read).unwrap_or_default(), worker, formats);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                _ => break,
            }
        }
    }

    /// Whether the file was cut since it was last read: it is shorter, or begins
    /// with something else.
    fn began_anew(&mut self) -> bool {
        let Ok(now) = Identity::of(&self.file) else {
            return false;
        };
        let length = self.file.metadata().map_or(u64::MAX, |meta| meta.len());
        let same = now.head.starts_with(&self.identity.head);
        self.identity = now;
        length < self.offset || !same
    }

    fn take(&mut self, bytes: &[u8], worker: &mut Worker, formats: &Formats) {
        let mut bytes = bytes;
        if self.skipping {
            let Some(at) = memchr::memchr(b'\n', bytes) else {
                return;
            };
            self.skipping = false;
            bytes = bytes.get(at + 1..).unwrap_or_default();
        }
        let Some(last) = memchr::memrchr(b'\n', bytes) else {
            self.partial.extend_from_slice(bytes);
            if self.partial.len() > LONGEST_LINE {
                self.end(worker, formats);
                self.skipping = true;
            }
            return;
        };
        let (whole, rest) = bytes.split_at_checked(last + 1).unwrap_or((bytes, b""));
        let mut block = std::mem::take(&mut self.partial);
        block.extend_from_slice(whole);
        self.partial.extend_from_slice(rest);
        self.scan(&block, worker, formats);
    }

    /// Counts what is left: a last line without an end.
    fn end(&mut self, worker: &mut Worker, formats: &Formats) {
        let block = std::mem::take(&mut self.partial);
        self.scan(&block, worker, formats);
    }

    fn scan(&mut self, block: &[u8], worker: &mut Worker, formats: &Formats) {
        if block.is_empty() {
            return;
        }
        let grammar = self
            .grammar
            .get_or_insert_with(|| Grammar::of(block, formats));
        let offset = self
            .offset
            .saturating_sub((block.len() + self.partial.len()) as u64);
        worker.scan(block, offset, grammar);
    }
}
