//! From files to counts.
use crate::cut::Unit;
use crate::read::{Parts, Worker};
use crate::tally::{Tally, Within};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// What became of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// Where it is.
    pub path: PathBuf,
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
}

/// What to read, and how.
#[derive(Clone, Debug, Default)]
pub struct Job {
    /// The files.
    pub paths: Vec<PathBuf>,
    /// Only records between these.
    pub within: Within,
    /// On how many threads; 0 counts as 1.
    pub threads: usize,
}

/// Reads the files.
pub fn scan(job: &Job) -> Scanned {
    let (paths, threads) = (&job.paths, job.threads);
    let mut scanned = Scanned::default();
    let mut all = Vec::new();
    for (number, path) in paths.iter().enumerate() {
        match open(path, number) {
            Ok(parts) => {
                scanned.files.push(Read {
                    path: path.clone(),
                    bytes: parts.length,
                });
                all.push(parts);
            }
            Err(error) => scanned.skipped.push(Skipped {
                path: path.clone(),
                why: error.to_string(),
            }),
        }
    }
    let failed = Mutex::new(&mut scanned.skipped);
    let work = || {
        let mut worker = Worker::default();
        worker.tally.within = job.within;
        for (parts, path) in all.iter().zip(paths) {
            if let Err(error) = worker.read(parts) {
                let why = error.to_string();
                let path = path.clone();
                if let Ok(mut failed) = failed.lock() {
                    failed.push(Skipped { path, why });
                }
            }
        }
        worker
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let own = work();
        scanned.tally.merge(own.tally);
        for other in others {
            if let Ok(worker) = other.join() {
                scanned.tally.merge(worker.tally);
            }
        }
    });
    scanned
}

fn open(path: &Path, number: usize) -> io::Result<Parts> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    Ok(Parts::new(file, number, length, Unit::ErrorRecord))
}
