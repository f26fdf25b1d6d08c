//! Which of a log's lines belong to a window of time, whoever wrote the log.
use crate::log_time;
use crate::prelude::*;
use crate::question::{LogLines, LogWindow};
use crate::scan;
use crate::time::Moment;

/// How much of a line's beginning is searched for its time.
const HEAD: usize = 300;
const WEEKDAYS: [&[u8; 4]; 7] = [
    b"Mon ", b"Tue ", b"Wed ", b"Thu ", b"Fri ", b"Sat ", b"Sun ",
];

/// When a line was written: the first time in its beginning, in the form of nginx's,
/// Apache's, PHP-FPM's or gunicorn's logs, of an access log, or of ISO 8601. A time
/// without a zone is in the one `offset` seconds east of UTC.
pub fn time_of(line: &[u8], offset: i32) -> Option<Moment> {
    let head = line.get(..line.len().min(HEAD)).unwrap_or(line);
    if let Some(at) = since_epoch(head).or_else(|| of_member(line, offset)) {
        return Some(at);
    }
    let mut before = b' ';
    for at in 0..head.len() {
        let byte = *head.get(at)?;
        let starts_number = byte.is_ascii_digit() && !before.is_ascii_digit();
        let found = match () {
            () if starts_number => numeric(line.get(at..)?, offset),
            () if byte.is_ascii_uppercase() => apache(line.get(at..)?, offset),
            () => None,
        };
        if found.is_some() {
            return found;
        }
        before = byte;
    }
    None
}

/// `{"level":"error","ts":1795292630.539…`: seconds since 1970, as Caddy's JSON has them.
fn since_epoch(head: &[u8]) -> Option<Moment> {
    let (_, rest) = scan::split_once(head.strip_prefix(b"{")?, "\"ts\":")?;
    let (secs, rest) = scan::number(rest)?;
    let is_whole = rest
        .first()
        .is_some_and(|b| matches!(b, b'.' | b',' | b'}'));
    (is_whole && secs > 1_000_000_000).then_some(())?;
    Some(Moment::from_secs(i64::try_from(secs).ok()?))
}

/// In a line of JSON the member that holds the time, wherever it stands: the members of
/// some are sorted by name, and those before hold what visitors wrote. Within a string
/// its quotation marks would have a backslash before them.
fn of_member(line: &[u8], offset: i32) -> Option<Moment> {
    const MEMBERS: [&str; 3] = ["\"time\":\"", "\"start_time\":\"", "\"timestamp\":\""];
    line.starts_with(b"{").then_some(())?;
    let mut found = MEMBERS.iter().filter_map(|name| {
        let (before, text) = scan::split_once(line, name)?;
        let is_member = matches!(before.trim_ascii_end().last(), Some(b'{' | b','));
        is_member.then(|| numeric(text, offset))?
    });
    found.next()
}

fn numeric(text: &[u8], offset: i32) -> Option<Moment> {
    let (civil, rest) = log_time::year_first(text).or_else(|| log_time::day_first(text))?;
    civil.moment(zone(rest).unwrap_or(offset))
}

/// The zone behind a time, and behind its fraction of a second.
fn zone(rest: &[u8]) -> Option<i32> {
    let rest = match rest.split_first() {
        Some((b'.' | b',', fraction)) => {
            let digits = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
            fraction.get(digits..)?
        }
        _ => rest,
    };
    let (secs, _) = log_time::zone(rest.trim_ascii_start())?;
    Some(secs)
}

/// `Fri Nov 20 03:12:04.123456 2026`
fn apache(text: &[u8], offset: i32) -> Option<Moment> {
    let day = text.get(..4)?;
    if !WEEKDAYS.iter().any(|name| name.as_slice() == day) {
        return None;
    }
    let (month_day, rest) = text.get(4..)?.split_at_checked(7)?;
    let (clock, rest) = rest.split_at_checked(8)?;
    let rest = rest.get(rest.iter().position(|b| *b == b' ')?..)?;
    let (month, day) = (month_day.get(..3)?, month_day.get(4..6)?);
    let spelt = [day, b"-", month, b"-", rest.get(1..5)?, b" ", clock].concat();
    let spelt: Vec<u8> = match spelt.strip_prefix(b" ") {
        Some(single) => [b"0", single].concat(),
        None => spelt,
    };
    let (civil, _) = log_time::day_first(&spelt)?;
    civil.moment(offset)
}

impl LogWindow {
    /// When a line was written: what syslog put before it, which names no year, or the
    /// first time in it; see [`time_of`].
    pub fn time_of(&self, line: &[u8]) -> Option<Moment> {
        let near = Moment::from_secs(self.until);
        let stamped = log_time::syslog(line, near, self.offset).map(|(at, _)| at);
        stamped.or_else(|| time_of(line, self.offset))
    }

    /// Whether a line written at that moment lies in the window.
    pub const fn holds(&self, at: Moment) -> bool {
        let secs = at.secs();
        self.from <= secs && secs <= self.until
    }

    /// Whether a line in the window is wanted.
    pub fn wants(&self, line: &[u8]) -> bool {
        match self.lines {
            LogLines::All => true,
            LogLines::Failed => self.may_have_failed(line),
        }
    }

    /// Whether a line may be one about a gateway's error, or a proxy's notice that a
    /// server went down or came back.
    pub fn may_have_failed(&self, line: &[u8]) -> bool {
        const TELLING: [&str; 5] = ["502", "503", "504", " is DOWN", " is UP"];
        TELLING.iter().any(|told| scan::holds(line, told))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_log_tells_its_time() {
        let lines = [
            "2026/11/20 03:12:04 [error] 1#1: *1 connect() failed",
            "127.0.0.1 - - [20/Nov/2026:04:12:04 +0100] \"GET / HTTP/1.1\" 502 1",
            "[20-Nov-2026 03:12:04] WARNING: [pool www] server reached",
            "[2026-11-20 03:12:04 +0000] [12] [CRITICAL] WORKER TIMEOUT",
            "[Fri Nov 20 03:12:04.123456 2026] [proxy:error] [pid 1] AH00957",
            "{\"time\":\"2026-11-20T04:12:04.123+01:00\",\"status\":502}",
            "2026-11-20T03:12:04Z web1 app: gone",
            "{\"level\":\"error\",\"ts\":1795144324.531,\"logger\":\"http.log.error\"}",
            "{\"ClientHost\":\"192.0.2.1\",\"RequestPath\":\"/2020-01-01T00:00:00Z\",\"time\":\"2026-11-20T03:12:04Z\"}",
        ];
        for line in lines {
            let at = time_of(line.as_bytes(), 0).map(|at| at.local(0));
            assert_eq!(at.as_deref(), Some("2026-11-20 03:12:04"), "{line}");
        }
        let single = time_of(b"[Fri Nov  6 03:12:04.1 2026] x", 0).map(|at| at.local(0));
        assert_eq!(single.as_deref(), Some("2026-11-06 03:12:04"));
        assert_eq!(time_of(b"  at Server.<anonymous> (/srv/a.js:1:2)", 0), None);
    }

    #[test]
    fn a_window_holds_its_ends_and_wants_what_may_have_failed() {
        let window = LogWindow {
            from: 10,
            until: 20,
            offset: 0,
            lines: LogLines::Failed,
            bytes: 1,
        };
        let held = [9, 10, 20, 21].map(|secs| window.holds(Moment::from_secs(secs)));
        assert_eq!(held, [false, true, true, false]);
        let year = Moment::from_secs(10).local(0);
        assert!(year.starts_with("1970"));
        let at = window.time_of(b"Jan  1 00:00:15 web1 haproxy[3]: Server app/a is DOWN");
        assert_eq!(at, Some(Moment::from_secs(15)));
        assert!(window.wants(b"\"GET / HTTP/1.1\" 503 1") && !window.wants(b"200 12"));
    }

    proptest::proptest! {
        #[test]
        fn no_input_panics(bytes: Vec<u8>, offset: i32) {
            let _ = time_of(&bytes, offset);
            let weekday = [b"[Mon ".as_slice(), &bytes].concat();
            let _ = time_of(&weekday, offset);
        }
    }
}
