//! Where a log may be cut in two, so that each part can be read by itself.
//!
//! The place depends on the bytes before it alone. So two threads that read
//! neighbouring parts agree on it without talking to each other.
use gatewhy_facts::nginx::error_log::{self, LONGEST};
use memchr::memmem;

/// How far back a place to cut is looked for at first.
pub(crate) const NEAR: usize = 8 * 1024;
/// How far back it is looked for at all: as much as is read of one line.
pub(crate) const FAR: usize = 64 * 1024;

/// How a message begins that quotes an application.
const STDERR: &[u8] = b"FastCGI sent in stderr: \"";

/// What ends with a newline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// A line.
    Line,
    /// A record of nginx's error log, of one or more lines.
    ErrorRecord,
}

impl Unit {
    /// Where the last unit begins that begins in `before`, as the distance from its
    /// end. `None` when none begins there. `whole` tells that `before` is all there
    /// is before the place.
    pub(crate) fn cut(self, before: &[u8], whole: bool) -> Option<usize> {
        let near = before.len().min(NEAR);
        let far = before.len().min(FAR);
        let in_last = |length: usize, finally: bool| {
            let window = before.get(before.len() - length..)?;
            let starts = whole && length == before.len();
            self.last_start(window, starts, finally)
                .map(|at| length - at)
        };
        in_last(near, near == far).or_else(|| in_last(far, true))
    }

    /// Where the first unit begins behind a newline.
    pub(crate) fn next_start(self, text: &[u8]) -> Option<usize> {
        let mut starts = memchr::memchr_iter(b'\n', text).map(|at| at + 1);
        starts.find(|at| self == Self::Line || begins_record(text, *at))
    }

    /// Offset of the last place where a unit begins: behind a newline, or at the
    /// start where `starts` says that one begins there. `finally`: no longer window
    /// will be looked at, so a likely place will do.
    fn last_start(self, window: &[u8], starts: bool, finally: bool) -> Option<usize> {
        let end = window.len();
        let mut lines = Behind {
            window,
            end,
            starts,
        };
        if self == Self::Line {
            return lines.next();
        }
        let mut records = lines.filter(|at| begins_record(window, *at));
        let last = records.next()?;
        if !may_be_quoted(window, last, starts) {
            return Some(last);
        }
        let mut first = last;
        for at in records {
            first = at;
            if !may_be_quoted(window, at, starts) {
                return Some(forward(window, at));
            }
        }
        (finally || starts).then(|| forward(window, first))
    }
}

/// Starts of lines, last first. The end of the window is one, if a newline is there.
struct Behind<'a> {
    window: &'a [u8],
    end: usize,
    starts: bool,
}

impl Iterator for Behind<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let before = self.window.get(..self.end)?;
        if let Some(at) = memchr::memrchr(b'\n', before) {
            self.end = at;
            return Some(at + 1);
        }
        self.end = 0;
        std::mem::take(&mut self.starts).then_some(0)
    }
}

/// Whether a record begins there. At the window's end nobody can tell.
fn begins_record(window: &[u8], at: usize) -> bool {
    let line = window.get(at..).unwrap_or_default();
    let usual = |line: &[u8; 21]| {
        line.get(4) == Some(&b'/') && line.get(7) == Some(&b'/') && line.get(19..21) == Some(b" [")
    };
    line.first_chunk().is_some_and(usual)
}

/// Whether what begins at `at` may be part of an application's words, which nginx
/// wrote shortly before.
fn may_be_quoted(window: &[u8], at: usize, starts: bool) -> bool {
    let from = at.saturating_sub(LONGEST);
    let before = window.get(from..at).unwrap_or_default();
    let unseen = at < LONGEST && !starts;
    unseen || memmem::find(before, STDERR).is_some()
}

/// Reads from one record to the next, as long as each is sure to be in the window
/// with its end.
fn forward(window: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(rest) = window.get(at..).filter(|rest| rest.len() >= LONGEST) {
        let length = if quotes_application(rest) {
            error_log::first(rest).map_or_else(|| line_length(rest), |(_, length)| length)
        } else {
            line_length(rest)
        };
        let mut next = at + length.max(1);
        while next < window.len() && !begins_record(window, next) {
            next += line_length(window.get(next..).unwrap_or_default()).max(1);
        }
        if next >= window.len() {
            break;
        }
        at = next;
    }
    at
}

/// Whether the record that `text` begins with quotes an application.
fn quotes_application(text: &[u8]) -> bool {
    const LONGEST_HEADER: usize = 100;
    let end = line_length(text).min(LONGEST_HEADER + STDERR.len());
    let head = text.get(..end).unwrap_or(text);
    memmem::find(head, STDERR).is_some()
}

fn line_length(text: &[u8]) -> usize {
    memchr::memchr(b'\n', text).map_or(text.len(), |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = "2026/11/20 03:12:04 [error] 1#1: *1 connect() failed";

    #[test]
    fn lines_are_cut_behind_the_last_newline() {
        assert_eq!(Unit::Line.cut(b"ab\ncd", false), Some(2));
        assert_eq!(Unit::Line.cut(b"ab\n", false), Some(0));
        assert_eq!(Unit::Line.cut(b"ab", false), None);
        assert_eq!(Unit::Line.cut(b"ab", true), Some(2));
    }

    #[test]
    fn records_keep_their_lines() {
        let text = format!("{RECORD}\n{RECORD}\nmore\n");
        assert_eq!(
            Unit::ErrorRecord.cut(text.as_bytes(), false),
            Some(RECORD.len() + 6)
        );
    }

    #[test]
    fn a_line_longer_than_what_is_near_is_found_further_back() {
        let text = format!("{RECORD}\n{RECORD}{}", "x".repeat(3 * NEAR));
        assert_eq!(
            Unit::ErrorRecord.cut(text.as_bytes(), true),
            Some(RECORD.len() + 3 * NEAR)
        );
    }
}
