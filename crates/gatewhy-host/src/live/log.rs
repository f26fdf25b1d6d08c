//! The lines of a log within a window of time, packed or not, from the middle of
//! gigabytes.
use super::trouble;
use gatewhy_facts::answer::Outcome;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::question::LogWindow;
use gatewhy_facts::time::Moment;
use gatewhy_logs::packed::Packed;
use rustix::fd::OwnedFd;
use rustix::fs::Stat;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::FileExt as _;
use std::time::{Duration, Instant};

/// How long one log is read.
const TIME: Duration = Duration::from_secs(2);
/// The most bytes of a line that are looked at and kept.
const LINE: u64 = 64 << 10;
/// How much is read to find a time in the middle of a file.
const SAMPLE: usize = 16 << 10;
/// Within so many bytes lines are read one by one.
const NEAR: u64 = 256 << 10;
/// Servers write lines out of order by as much as a long request; behind this the
/// window has ended.
const SLACK: i64 = 120;

/// Answers `Question::File` with a window. A file that was last written before the
/// window begins has no line in it.
pub(super) fn read(
    path: &HostPath,
    file: OwnedFd,
    stat: &Stat,
    window: &LogWindow,
) -> Result<Outcome, Outcome> {
    // One field's type differs from one kernel's interface to another.
    #[allow(
        clippy::useless_conversion,
        clippy::unnecessary_fallible_conversions,
        reason = "its type differs between architectures"
    )]
    let written = i64::try_from(stat.st_mtime).unwrap_or(i64::MAX);
    if written < window.from {
        return Ok(Outcome::Got {
            bytes: Vec::new(),
            cut: false,
        });
    }
    found(File::from(file), window).map_err(|error| {
        let attempt = format!("read {path}");
        match rustix::io::Errno::from_io_error(&error) {
            Some(errno) => trouble::outcome(&attempt, errno),
            None => Outcome::Failed(format!("{attempt}: {error}")),
        }
    })
}

fn found(mut file: File, window: &LogWindow) -> io::Result<Outcome> {
    let mut first = [0; 8];
    let got = file.read_at(&mut first, 0)?;
    let packed = Packed::of(first.get(..got).unwrap_or_default());
    let (bytes, cut) = if let Some(packed) = packed {
        lines_within(BufReader::new(packed.open(file)?), window)?
    } else {
        let start = first_near(&file, window)?;
        file.seek(SeekFrom::Start(start))?;
        lines_within(BufReader::with_capacity(64 << 10, file), window)?
    };
    Ok(Outcome::Got { bytes, cut })
}

/// An offset not far before the first line of the window, found by halving: a log's
/// times grow.
fn first_near(file: &File, window: &LogWindow) -> io::Result<u64> {
    let (mut low, mut high) = (0, file.metadata()?.len());
    while high.saturating_sub(low) > NEAR {
        let middle = low + (high - low) / 2;
        match time_at(file, middle, window)? {
            // Lines are out of order by a little; so much before is before.
            Some(secs) if secs < window.from.saturating_sub(SLACK) => low = middle,
            _ => high = middle,
        }
    }
    Ok(low)
}

/// The time of the first line behind an offset that tells one.
fn time_at(file: &File, offset: u64, window: &LogWindow) -> io::Result<Option<i64>> {
    let mut sample = vec![0; SAMPLE];
    let got = file.read_at(&mut sample, offset)?;
    let lines = sample.get(..got).unwrap_or_default();
    // The first piece is the end of a line.
    let mut lines = lines.split(|byte| *byte == b'\n').skip(1);
    let told = lines.find_map(|line| window.time_of(line));
    Ok(told.map(Moment::secs))
}

/// The lines of a log that lie in the window, and whether that is not all: the newest
/// are kept within the budget, and reading ends when the time is up.
///
/// # Errors
/// When the log cannot be read; what was read of a damaged packed file until then is
/// kept.
pub fn lines_within(mut log: impl BufRead, window: &LogWindow) -> io::Result<(Vec<u8>, bool)> {
    let until = Instant::now() + TIME;
    let mut kept = Kept::new(window);
    let mut line = Vec::new();
    let mut any = false;
    for count in 0_u64.. {
        line.clear();
        match log.by_ref().take(LINE).read_until(b'\n', &mut line) {
            Ok(0) => break,
            Ok(_) => any = true,
            Err(_) if any => return Ok((kept.bytes, true)),
            Err(error) => return Err(error),
        }
        if !line.ends_with(b"\n") {
            skip_line(&mut log)?;
            line.push(b'\n');
        }
        if kept.take(&line) == Place::Behind {
            break;
        }
        if count.is_multiple_of(4_096) && Instant::now() > until {
            return Ok((kept.bytes, true));
        }
    }
    kept.trim(kept.budget);
    Ok((kept.bytes, kept.cut))
}

/// The rest of a line that is longer than what is kept of one.
fn skip_line(log: &mut impl BufRead) -> io::Result<()> {
    log.skip_until(b'\n').map(|_| ())
}

/// Where a line lies.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Before,
    Inside,
    /// So far behind that none inside follows.
    Behind,
}

/// The lines kept so far.
struct Kept<'w> {
    window: &'w LogWindow,
    budget: usize,
    bytes: Vec<u8>,
    cut: bool,
    last: Place,
    /// Whether the last line with a time was wanted.
    wanted: bool,
}

impl<'w> Kept<'w> {
    fn new(window: &'w LogWindow) -> Self {
        Self {
            window,
            budget: usize::try_from(window.bytes).unwrap_or(usize::MAX),
            bytes: Vec::new(),
            cut: false,
            last: Place::Before,
            wanted: false,
        }
    }

    fn take(&mut self, line: &[u8]) -> Place {
        if let Some(at) = self.window.time_of(line) {
            self.last = match () {
                () if self.window.holds(at) => Place::Inside,
                () if at.secs() > self.window.until.saturating_add(SLACK) => Place::Behind,
                () => Place::Before,
            };
            self.wanted = self.window.wants(line);
        }
        if self.last == Place::Inside && self.wanted {
            self.bytes.extend_from_slice(line);
            if self.bytes.len() > self.budget.saturating_mul(2) {
                self.trim(self.budget);
            }
        }
        self.last
    }

    /// Leaves the newest whole lines that fit.
    fn trim(&mut self, budget: usize) {
        let over = self.bytes.len().saturating_sub(budget);
        if over == 0 {
            return;
        }
        let rest = self.bytes.get(over..).unwrap_or_default();
        let whole = rest.iter().position(|byte| *byte == b'\n');
        let end = over + whole.map_or(rest.len(), |at| at + 1);
        self.bytes.drain(..end.min(self.bytes.len()));
        self.cut = true;
    }
}
