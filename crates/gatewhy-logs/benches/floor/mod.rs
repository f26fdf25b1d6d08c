//! What reading costs that nobody can save: the same parts on as many threads, with
//! next to nothing done to them.
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

const PART: u64 = 512 * 1024;
const THREADS: usize = 2;

/// What is done to the bytes.
#[derive(Clone, Copy)]
pub(crate) enum Work {
    /// Nothing.
    Read,
    /// The end of each line is found, one after the other.
    Lines,
}

/// The shortest of several runs.
pub(crate) fn seconds(path: &Path, work: Work, runs: usize) -> f64 {
    let file = File::open(path).expect("open the log");
    let length = file.metadata().expect("its length").len();
    let each = (0..runs).map(|_| {
        let start = Instant::now();
        std::hint::black_box(once(&file, length, work));
        start.elapsed().as_secs_f64()
    });
    each.fold(f64::MAX, f64::min)
}

fn once(file: &File, length: u64, work: Work) -> usize {
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..THREADS)
            .map(|_| scope.spawn(|| parts(file, length, work, &next)))
            .collect();
        all.into_iter().map(|one| one.join().expect("count")).sum()
    })
}

fn parts(file: &File, length: u64, work: Work, next: &AtomicU64) -> usize {
    let mut buffer = vec![0; PART as usize];
    let mut lines = 0;
    loop {
        let start = next.fetch_add(PART, Ordering::Relaxed);
        let Some(left) = length.checked_sub(start).filter(|left| *left > 0) else {
            return lines;
        };
        let part = &mut buffer[..left.min(PART) as usize];
        file.read_exact_at(part, start).expect("read the log");
        if let Work::Lines = work {
            let mut rest: &[u8] = part;
            while let Some(end) = memchr::memchr(b'\n', rest) {
                rest = &rest[end + 1..];
                lines += 1;
            }
        }
    }
}
