//! From files to counts.
use crate::grammar::Grammar;
use crate::read::{Parts, Worker};
use crate::source::{self, Source};
use crate::stream::{Block, Stream};
use crate::tally::{Listener, Tally, Within};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

/// What became of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// Where it is.
    pub path: PathBuf,
    /// What it is, such as `nginx-error`.
    pub format: &'static str,
    /// How many bytes were read; decompressed ones where it is compressed.
    pub bytes: u64,
}

/// A file that was not read, or not to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Where it is.
    pub path: PathBuf,
    /// Why.
    pub why: String,
}

/// What came of reading.
#[derive(Clone, Debug, Default)]
pub struct Scanned {
    /// The counts.
    pub tally: Tally,
    /// What was read.
    pub files: Vec<Read>,
    /// What was not.
    pub skipped: Vec<Skipped>,
    /// Every file, by the number that a place in it has.
    pub paths: Vec<PathBuf>,
    /// Files whose first lines are in no known format, and what to do.
    foreign: Vec<Skipped>,
}

/// A log that is no file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// What it is called in place of a path.
    pub name: PathBuf,
    /// The log.
    pub bytes: Arc<[u8]>,
}

/// What to read, and how.
#[derive(Clone, Debug, Default)]
pub struct Job {
    /// Files and folders; `-` is standard input.
    pub paths: Vec<PathBuf>,
    /// What is at hand already.
    pub texts: Vec<Text>,
    /// Formats of access logs, as `log_format` has them, without its name.
    pub formats: Vec<String>,
    /// Only records between these.
    pub within: Within,
    /// Who is told of every failure.
    pub listener: Option<Listener>,
    /// Only failures that a visitor saw as this status.
    pub status: Option<u16>,
    /// On how many threads; 0 counts as 1.
    pub threads: usize,
}

/// How far reading has come; others may look while it goes on.
#[derive(Debug, Default)]
pub struct Progress {
    /// Bytes that were read, of plain and of compressed files as they are on disk.
    pub read: AtomicU64,
    /// Bytes that there are.
    pub total: AtomicU64,
}

/// A file on its way.
struct Open {
    number: usize,
    grammar: Grammar,
    kind: Kind,
    /// When it was written to last; now, where it is no file.
    written: SystemTime,
}

enum Kind {
    Plain(Parts),
    Stream(Mutex<Option<Box<Stream>>>, u64),
}

/// What several threads share.
struct Shared<'a> {
    job: &'a Job,
    open: Vec<Open>,
    next_stream: AtomicUsize,
    notes: Mutex<Vec<Note>>,
    progress: &'a Progress,
}

/// What came of one file.
enum Note {
    Failed(usize, String),
    Bytes(usize, u64),
}

/// Most files that are open at once.
const AT_ONCE: usize = 200;

/// The files behind what was named, in the order in which they are numbered.
pub fn files(job: &Job) -> Vec<PathBuf> {
    numbered(job, &mut Vec::new())
}

fn numbered(job: &Job, skipped: &mut Vec<Skipped>) -> Vec<PathBuf> {
    let mut paths = source::files(&job.paths, skipped);
    paths.extend(job.texts.iter().map(|text| text.name.clone()));
    paths
}

/// Reads the files.
pub fn scan(job: &Job, progress: &Progress) -> Scanned {
    let mut scanned = Scanned::default();
    let paths = numbered(job, &mut scanned.skipped);
    let mut first = 0;
    for some in paths.chunks(AT_ONCE) {
        let open = open_all(some, first, job, progress, &mut scanned);
        first += some.len();
        let shared = Shared {
            job,
            open,
            next_stream: AtomicUsize::new(0),
            notes: Mutex::default(),
            progress,
        };
        shared.run(&mut scanned);
        shared.finish(&paths, &mut scanned);
    }
    scanned.paths = paths;
    // In a folder of logs most are of programs that have nothing to do with a gateway.
    if scanned.tally.records == 0 {
        scanned.skipped.append(&mut scanned.foreign);
    }
    if scanned.tally.long_lines > 0 {
        let lines = scanned.tally.long_lines;
        scanned.skipped.push(Skipped {
            path: PathBuf::from("(ends of lines)"),
            why: format!("{lines} longer than 64 KiB: only their first 64 KiB were read"),
        });
    }
    scanned
}

fn open_all(
    paths: &[PathBuf],
    first: usize,
    job: &Job,
    progress: &Progress,
    into: &mut Scanned,
) -> Vec<Open> {
    let formats = crate::grammar::formats(&job.formats);
    let mut all = Vec::new();
    for (number, path) in paths.iter().enumerate() {
        let text = job.texts.iter().find(|text| text.name == *path);
        let source = match text {
            Some(text) => source::text(&text.bytes),
            None => source::open(path),
        };
        match source {
            Ok(source) => {
                let open = open_one(first + number, path, source, &formats, into);
                progress.total.fetch_add(open.size(), Ordering::Relaxed);
                all.push(open);
            }
            Err(error) => into.skipped.push(Skipped {
                path: path.clone(),
                why: error.to_string(),
            }),
        }
    }
    all
}

fn open_one(
    number: usize,
    path: &Path,
    source: Source,
    formats: &crate::grammar::Formats,
    into: &mut Scanned,
) -> Open {
    let (grammar, foreign, kind) = match source {
        Source::Plain {
            file,
            length,
            first,
        } => {
            let grammar = Grammar::of(&first, formats);
            let (unit, foreign) = (grammar.unit(), grammar.foreign(&first));
            (
                grammar,
                foreign,
                Kind::Plain(Parts::new(file, length, unit)),
            )
        }
        Source::Stream(mut stream, size) => {
            let grammar = Grammar::of(stream.peek(), formats);
            let foreign = grammar.foreign(stream.peek());
            (
                grammar,
                foreign,
                Kind::Stream(Mutex::new(Some(stream)), size),
            )
        }
    };
    into.files.push(Read {
        path: path.to_owned(),
        format: grammar.name(),
        bytes: 0,
    });
    into.foreign.extend(foreign.map(|why| Skipped {
        path: path.to_owned(),
        why: why.to_owned(),
    }));
    let written = std::fs::metadata(path).and_then(|meta| meta.modified());
    Open {
        number,
        grammar,
        kind,
        written: written.unwrap_or_else(|_| SystemTime::now()),
    }
}

impl Open {
    /// Bytes on disk.
    fn size(&self) -> u64 {
        match &self.kind {
            Kind::Plain(parts) => parts.length,
            Kind::Stream(_, size) => *size,
        }
    }

    fn place(&self) -> u32 {
        u32::try_from(self.number).unwrap_or(u32::MAX)
    }
}

impl Shared<'_> {
    /// Reads all that is open, on several threads.
    fn run(&self, scanned: &mut Scanned) {
        let helpers = self.job.threads.saturating_sub(1);
        std::thread::scope(|scope| {
            let others: Vec<_> = (0..helpers).map(|_| scope.spawn(|| self.work())).collect();
            scanned.tally.merge(self.work());
            for other in others {
                match other.join() {
                    Ok(tally) => scanned.tally.merge(tally),
                    // Counts that are missing must not look like counts.
                    Err(_) => scanned.skipped.push(Skipped {
                        path: PathBuf::from("(a part of the files)"),
                        why: "a bug in gatewhy ended a thread; the counts are not complete"
                            .to_owned(),
                    }),
                }
            }
        });
    }

    /// What one thread does: parts of every plain file, then whole streams.
    fn work(&self) -> Tally {
        let mut worker = Worker::default();
        worker.tally.within = self.job.within;
        worker.tally.status = self.job.status;
        worker.tally.listener.clone_from(&self.job.listener);
        for open in &self.open {
            if let Kind::Plain(parts) = &open.kind {
                worker.open(open.place(), open.written);
                let read = worker.read(parts, &open.grammar, &self.progress.read);
                if let Err(error) = read {
                    self.note(Note::Failed(open.number, error.to_string()));
                } else if std::mem::take(&mut worker.is_short) {
                    let why = "became shorter while it was read; counted what was there";
                    self.note(Note::Failed(open.number, why.to_owned()));
                }
            }
        }
        let streams: Vec<&Open> = self.open.iter().filter(|open| open.is_stream()).collect();
        while let Some(open) = streams.get(self.next_stream.fetch_add(1, Ordering::Relaxed)) {
            self.stream(open, &mut worker, streams.len() < self.job.threads);
        }
        worker.tally
    }

    fn stream(&self, open: &Open, worker: &mut Worker, alone: bool) {
        let Kind::Stream(stream, size) = &open.kind else {
            return;
        };
        let Some(mut stream) = stream.lock().ok().and_then(|mut stream| stream.take()) else {
            return;
        };
        worker.open(open.place(), open.written);
        if alone {
            two_threads(&mut stream, worker, &open.grammar);
        } else {
            let mut block = Block::default();
            while stream.next(open.grammar.unit(), &mut block) {
                worker.block(&block, &open.grammar);
            }
        }
        self.progress.read.fetch_add(*size, Ordering::Relaxed);
        self.note(Note::Bytes(open.number, stream.position()));
        if let Some(why) = stream.failed.take() {
            self.note(Note::Failed(open.number, why));
        }
    }

    fn note(&self, note: Note) {
        if let Ok(mut notes) = self.notes.lock() {
            notes.push(note);
        }
    }

    fn finish(self, paths: &[PathBuf], scanned: &mut Scanned) {
        for open in &self.open {
            if let (Kind::Plain(parts), Some(path)) = (&open.kind, paths.get(open.number)) {
                let read = scanned.files.iter_mut().find(|read| read.path == *path);
                if let Some(read) = read {
                    read.bytes = parts.length;
                }
            }
        }
        for note in self.notes.into_inner().unwrap_or_default() {
            match note {
                Note::Bytes(number, bytes) => {
                    let path = paths.get(number);
                    let read = scanned.files.iter_mut().find(|r| Some(&r.path) == path);
                    if let Some(read) = read {
                        read.bytes = bytes;
                    }
                }
                Note::Failed(number, why) => {
                    let path = paths.get(number).cloned().unwrap_or_default();
                    let skipped = Skipped { path, why };
                    if !scanned.skipped.contains(&skipped) {
                        scanned.skipped.push(skipped);
                    }
                }
            }
        }
    }
}

impl Open {
    const fn is_stream(&self) -> bool {
        matches!(self.kind, Kind::Stream(..))
    }
}

/// One thread unpacks while this one counts.
fn two_threads(stream: &mut Stream, worker: &mut Worker, grammar: &Grammar) {
    const BLOCKS: usize = 4;
    let (full, to_count) = sync_channel::<Block>(BLOCKS);
    let (empty, to_fill) = sync_channel::<Block>(BLOCKS);
    let unit = grammar.unit();
    std::thread::scope(|scope| {
        scope.spawn(move || fill(stream, unit, &full, &to_fill));
        for block in to_count {
            worker.block(&block, grammar);
            // The other side may be done already.
            drop(empty.try_send(block));
        }
    });
}

fn fill(
    stream: &mut Stream,
    unit: crate::cut::Unit,
    full: &SyncSender<Block>,
    empty: &Receiver<Block>,
) {
    loop {
        let mut block = empty.try_recv().unwrap_or_default();
        if !stream.next(unit, &mut block) || full.send(block).is_err() {
            return;
        }
    }
}
