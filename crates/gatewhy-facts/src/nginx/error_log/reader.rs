//! From the bytes of a log to its records.
use super::fastcgi;
use super::record::{ErrorRecord, Header, LONGEST, closes_quote};
use crate::log_time;
use crate::prelude::*;
use crate::scan;
use memchr::memmem;

/// The records of a log, or of its last part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorLog<'a> {
    /// The records, in the order of the log.
    pub records: Vec<ErrorRecord<'a>>,
    /// Bytes before the first record: the rest of one whose beginning was not read.
    pub skipped: usize,
}

/// Reads a log file or its tail.
///
/// A record begins where a line begins with its time stamp. Lines without one
/// belong to the record before: applications write newlines into it. Where every
/// line has something before its time stamp (syslog, a container's output), each
/// line is a record, since those keep lines apart themselves.
pub fn read(log: &[u8]) -> ErrorLog<'_> {
    let found = read_own_file(log);
    if !found.records.is_empty() {
        return found;
    }
    let mut collected = ErrorLog::default();
    for line in scan::lines(log) {
        match header_somewhere(line.bytes) {
            Some((header, message)) => {
                let record = ErrorRecord::after(header, line.bytes, message);
                let (line, start) = (line.number, line.start);
                collected.records.push(ErrorRecord {
                    line,
                    start,
                    ..record
                });
            }
            None => collected.skipped = collected.skipped.saturating_add(line.bytes.len() + 1),
        }
    }
    collected.skipped = collected.skipped.min(log.len());
    collected
}

/// Reads the record that `log` begins with: it, and its length with the last
/// newline. `None` when no record begins there.
pub fn first(log: &[u8]) -> Option<(ErrorRecord<'_>, usize)> {
    let raw = log.get(..record_end(log))?;
    let text = raw.strip_suffix(b"\n").unwrap_or(raw);
    let (header, message) = Header::take(text)?;
    Some((ErrorRecord::after(header, text, message), raw.len()))
}

/// Reads a file that nginx writes by itself.
fn read_own_file(log: &[u8]) -> ErrorLog<'_> {
    let mut found = ErrorLog::default();
    let mut start = 0;
    let mut line = 1_u32;
    while let Some(rest) = log.get(start..).filter(|rest| !rest.is_empty()) {
        let end = record_end(rest);
        let raw = rest.get(..end).unwrap_or(rest);
        let text = raw.strip_suffix(b"\n").unwrap_or(raw);
        match Header::take(text) {
            Some((header, message)) => {
                let record = ErrorRecord::after(header, text, message);
                found.records.push(ErrorRecord {
                    line,
                    start,
                    ..record
                });
            }
            None => found.skipped = found.skipped.saturating_add(raw.len()),
        }
        let newlines = memchr::memchr_iter(b'\n', raw).count();
        line = line.saturating_add(u32::try_from(newlines).unwrap_or(u32::MAX));
        start = start.saturating_add(raw.len().max(1));
    }
    found
}

/// Reads one record on its own: an entry of the journal, or a line that somebody
/// pasted, perhaps without its beginning. `None` when it is not nginx's.
pub fn parse(line: &[u8]) -> Option<ErrorRecord<'_>> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    if let Some((header, message)) = header_somewhere(line) {
        return Some(ErrorRecord::after(header, line, message));
    }
    let mut header = Header::default();
    let message = header.take_connection(line).unwrap_or(line);
    let record = ErrorRecord::after(header, line, message);
    record.symptom.is_some().then_some(record)
}

/// Reads a message without a header, whoever wrote it.
pub fn parse_message(line: &[u8]) -> ErrorRecord<'_> {
    let mut header = Header::default();
    let message = header.take_connection(line).unwrap_or(line);
    ErrorRecord::after(header, line, message)
}

/// How far into a line a header may begin: behind what `docker compose`, syslog
/// or the console put before it.
const LONGEST_PREFIX: usize = 120;

fn header_somewhere(line: &[u8]) -> Option<(Header, &[u8])> {
    let bare = line.strip_prefix(b"nginx: ").unwrap_or(line);
    if let Some(found) = Header::take_level(bare) {
        return Some(found);
    }
    let limit = line.len().min(LONGEST_PREFIX);
    let (at, found) = (0..limit).find_map(|at| Some((at, Header::take(line.get(at..)?)?)))?;
    // Visitors may write what looks like a record.
    scan::may_precede(line.get(..at)?).then_some(found)
}

/// Length of the record that `log` begins with, its newline included.
fn record_end(log: &[u8]) -> usize {
    let mut end = application_text_end(log).unwrap_or_else(|| line_end(log, 0));
    while let Some(next) = log.get(end..).filter(|next| !next.is_empty()) {
        if begins_record(next) {
            break;
        }
        end = line_end(log, end);
    }
    end
}

/// Whether a record begins here; cheap, since most lines do.
fn begins_record(line: &[u8]) -> bool {
    log_time::year_first(line).is_some_and(|(_, rest)| rest.starts_with(b" ["))
        && Header::take(line).is_some()
}

/// Offset behind the line that holds `from`.
fn line_end(log: &[u8], from: usize) -> usize {
    let rest = log.get(from..).unwrap_or_default();
    let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
    from.saturating_add(end)
}

/// Where a record ends that quotes an application, which may have written lines
/// that look like records.
///
/// nginx writes such a record in one go, at most [`LONGEST`] bytes: it ends with
/// the line that closes the quote, or exactly at the limit. A later line within
/// the limit that has its fields twice is also from inside the quote: the second
/// set of fields is the real one.
fn application_text_end(log: &[u8]) -> Option<usize> {
    let first = log.get(..line_end(log, 0))?;
    let message = application_message(first)?;
    let offset = first.len().checked_sub(message.len())?;
    let window = log.get(..log.len().min(LONGEST))?;
    let Some(close) = quote_close(window.get(offset..)?) else {
        let full = window.len() == LONGEST && window.ends_with(b"\n");
        return full.then_some(LONGEST);
    };
    let end = line_end(window, offset.checked_add(close)?);
    Some(forged_end(window, end).unwrap_or(end))
}

/// The message of a record that quotes an application.
fn application_message(line: &[u8]) -> Option<&[u8]> {
    let (_, message) = Header::take(line)?;
    message.starts_with(fastcgi::STDERR).then_some(message)
}

/// Offset of the `, client: ` behind the closing quote.
fn quote_close(text: &[u8]) -> Option<usize> {
    memmem::find_iter(text, b", client: ").find(|at| text.get(..*at).is_some_and(closes_quote))
}

/// End of the last line from inside the quote, before the next such record.
fn forged_end(window: &[u8], end: usize) -> Option<usize> {
    let mut last = None;
    let mut at = end;
    while at < window.len() {
        let next = line_end(window, at);
        let line = window.get(at..next)?;
        if application_message(line).is_some() {
            break;
        }
        if has_fields_twice(line) {
            last = Some(next);
        }
        at = next;
    }
    last
}

/// Whether a line holds the fields of a second record behind a closing quote.
fn has_fields_twice(line: &[u8]) -> bool {
    let own = scan::split_once(line, ", client: ");
    own.is_some_and(|(_, rest)| quote_close(rest).is_some())
}
