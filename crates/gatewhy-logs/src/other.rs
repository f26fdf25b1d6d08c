//! Every other log, a line at a time, by the readers of `gatewhy-facts`.
use crate::hour::{LocalClock, Stamp, civil};
use crate::intern::Names;
use crate::nginx_error::meaning::is_failure;
use crate::tally::{Place, Tally, What};
use gatewhy_facts::log_line::{self, LoggedAt, Record, Role};
use gatewhy_facts::log_time::Civil;
use gatewhy_facts::nginx::error_log::Peer;
use gatewhy_facts::scan::without_colours;
use std::borrow::Cow;
use std::time::{Duration, SystemTime};

/// How much of a line is read.
const LONGEST: usize = 65_536;

/// The host that wrote a line may be in another zone, or its clock be wrong.
const CLOCKS_DIFFER: Duration = Duration::from_hours(24);

/// Reads lines whose format is found line by line.
#[derive(Debug, Default)]
pub struct OtherLines {
    clock: LocalClock,
    /// No line is from later than that; it tells the year where lines name none.
    latest: Option<Civil>,
}

/// How some editors mark a text as UTF-8.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// A line without what no server writes into it: what stands before a hole or behind
/// the header of a file in a tar archive, an editor's mark, a terminal's colours.
pub(crate) fn bare(line: &[u8]) -> Cow<'_, [u8]> {
    let line = if memchr::memchr(0, line).is_some() {
        behind_hole(line)
    } else {
        line
    };
    let line = line.strip_prefix(MARK).unwrap_or(line);
    if memchr::memchr(0x1b, line).is_none() {
        return Cow::Borrowed(line);
    }
    Cow::Owned(without_colours(line))
}

fn behind_hole(line: &[u8]) -> &[u8] {
    let mut pieces = line.rsplit(|byte| *byte == 0);
    pieces.find(|piece| !piece.is_empty()).unwrap_or(line)
}

impl OtherLines {
    /// Takes note of when a log was written to last.
    pub(crate) fn written(&mut self, at: SystemTime) {
        let next_day = at.checked_add(CLOCKS_DIFFER).unwrap_or(at);
        let at = jiff::Timestamp::try_from(next_day).ok();
        self.latest = at.map(|at| civil(at, &self.clock.zone));
    }

    /// Counts the lines of `block`.
    pub fn scan(&mut self, block: &[u8], start: Place, tally: &mut Tally) {
        let mut at = 0;
        while let Some(rest) = block.get(at..).filter(|rest| !rest.is_empty()) {
            // Where a log was emptied under a server that writes on at its old place.
            let hole = rest.iter().take_while(|byte| **byte == 0).count();
            if hole > 0 {
                at += hole;
                continue;
            }
            let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            tally.long_lines += u64::from(end > LONGEST);
            let line = rest.get(..end.min(LONGEST)).unwrap_or(rest);
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let place = Place {
                offset: start.offset + at as u64,
                ..start
            };
            self.line(line, place, tally);
            at += end;
        }
    }

    /// Counts one line.
    pub fn line(&mut self, line: &[u8], place: Place, tally: &mut Tally) {
        tally.lines += 1;
        let plain = bare(line);
        let line = plain.as_ref();
        if let Some(at) = log_line::fine(line) {
            let at = self.stamp(at);
            if tally.record(at) {
                tally.request(at);
            }
            return;
        }
        let kept = log_line::kept(line).filter(|_| line.starts_with(b"{\""));
        let taken_in = kept.as_ref().and_then(|kept| kept.at);
        let line = kept.as_ref().map_or(line, |kept| &kept.text);
        let Some(mut record) = log_line::recognise(line) else {
            return;
        };
        record.at = record.at.or(taken_in);
        let at = record.at.map_or_else(Stamp::default, |at| self.stamp(at));
        if !tally.record(at) {
            return;
        }
        if record.status.is_some() {
            tally.request(at);
        }
        let Some(symptom) = record.symptom.filter(|_| !is_said_again(&record)) else {
            return;
        };
        tally.events.offer(at, &record, place, line);
        let gateway_status = record.status.is_some_and(|s| (502..=504).contains(&s));
        let what = What {
            symptom,
            // What a program on the visitor's side says is not told by a gateway.
            failed: record.server.role() != Role::Client && is_failure(symptom, gateway_status),
            from_access: record.status.is_some(),
        };
        let upstream = upstream(&record, tally);
        tally.tell(what, upstream, at, place, line);
    }

    /// The second on this host's clock.
    fn stamp(&mut self, at: LoggedAt) -> Stamp {
        match at {
            LoggedAt::Civil(civil) => Stamp::of(civil),
            LoggedAt::Yearless(civil) => self
                .latest
                .map_or_else(Stamp::default, |latest| Stamp::of(civil.not_after(latest))),
            LoggedAt::Moment(moment) => self.clock.stamp(moment.secs()).unwrap_or_default(),
        }
    }
}

/// Whether Apache says the same of the same request once more: that a connection could
/// not be made, or an answer not be read. The line before says why.
fn is_said_again(record: &Record<'_>) -> bool {
    let Some(code) = record.code else {
        return false;
    };
    match code {
        b"AH01114" | b"AH01079" | b"AH00896" => true,
        b"AH00898" => record
            .message
            .starts_with(b"Error reading from remote server"),
        _ => false,
    }
}

fn upstream(record: &Record<'_>, tally: &mut Tally) -> u32 {
    match record.peer {
        None => Names::NONE,
        Some(Peer::Unix(path)) => tally.upstreams.number(&[b"unix:", path].concat()),
        Some(Peer::Name(name)) => tally.upstreams.number(name),
        Some(Peer::Inet(address)) => tally.upstreams.number(address.to_string().as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_headers_marks_and_colours_are_taken_off() {
        assert_eq!(*bare(b"error.log\0\0ustar\0\0line"), *b"line");
        assert_eq!(*bare(b"line\0\0"), *b"line");
        assert_eq!(*bare(b"\0\0"), *b"\0\0");
        assert_eq!(*bare("\u{feff}line".as_bytes()), *b"line");
        assert_eq!(*bare(b"\x1b[36mshop-1 | \x1b[0mline"), *b"shop-1 | line");
    }
}
