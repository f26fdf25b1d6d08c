//! The time stamps that servers put into their logs.
use crate::scan;
use crate::time::{self, Moment};

/// A wall-clock time as a log line has it: no zone unless the log names one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Civil {
    /// Year, all four digits; 0 where a log names none.
    pub year: i16,
    /// Month, 1 to 12.
    pub month: i8,
    /// Day of the month, 1 to 31.
    pub day: i8,
    /// Hour, 0 to 23.
    pub hour: i8,
    /// Minute, 0 to 59.
    pub minute: i8,
    /// Second, 0 to 60.
    pub second: i8,
}

impl Civil {
    /// The moment this is in the zone `offset_secs` east of UTC.
    pub fn moment(self, offset_secs: i32) -> Option<Moment> {
        let clock = (self.hour, self.minute, self.second.min(59));
        time::from_civil((self.year, self.month, self.day), clock, offset_secs)
    }

    /// The same day and clock in the last year in which that is not after `latest`,
    /// on the same clock. For logs that name no year.
    #[must_use]
    pub fn not_after(self, latest: Self) -> Self {
        // February 29 may be eight years back.
        const YEARS: i16 = 8;
        let at = |back| Self {
            year: latest.year.saturating_sub(back),
            ..self
        };
        let mut years = (0..=YEARS).map(at);
        let fits = |at: &Self| *at <= latest && at.moment(0).is_some();
        years.find(fits).unwrap_or_else(|| at(0))
    }
}

const MONTHS: [&[u8; 3]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

/// Takes `YYYY/MM/DD HH:MM:SS` off the front, with any one byte between the
/// parts of the date and `T` or a space before the clock (nginx, gunicorn, ISO).
pub fn year_first(bytes: &[u8]) -> Option<(Civil, &[u8])> {
    let date = bytes.get(..10)?;
    let separator = *date.get(4)?;
    if !matches!(separator, b'/' | b'-') || date.get(7) != Some(&separator) {
        return None;
    }
    if !matches!(bytes.get(10), Some(b' ' | b'T')) {
        return None;
    }
    let (hour, minute, second, rest) = clock(bytes.get(11..)?)?;
    let civil = Civil {
        year: i16::from(two(date, 0)?) * 100 + i16::from(two(date, 2)?),
        month: two(date, 5)?,
        day: two(date, 8)?,
        hour,
        minute,
        second,
    };
    (1..=12).contains(&civil.month).then_some((civil, rest))
}

/// Takes `DD-Mon-YYYY HH:MM:SS` (PHP-FPM) or `DD/Mon/YYYY:HH:MM:SS` (access
/// logs) off the front.
pub fn day_first(bytes: &[u8]) -> Option<(Civil, &[u8])> {
    let name = bytes.get(3..6)?;
    let month = MONTHS.iter().position(|m| m.as_slice() == name)?;
    let separator = *bytes.get(2)?;
    if !matches!(separator, b'/' | b'-') || bytes.get(6) != Some(&separator) {
        return None;
    }
    if !matches!(bytes.get(11), Some(b' ' | b':')) {
        return None;
    }
    let (hour, minute, second, rest) = clock(bytes.get(12..)?)?;
    let civil = Civil {
        year: scan::whole_number(bytes.get(7..11)?)?,
        month: i8::try_from(month).ok()?.checked_add(1)?,
        day: two(bytes, 0)?,
        hour,
        minute,
        second,
    };
    Some((civil, rest))
}

/// Takes `Nov 20 03:12:04 ` (syslog), which names neither year nor zone, off the front:
/// of all years the one that puts it next to `near`, in the zone `offset_secs` east of
/// UTC.
pub fn syslog(bytes: &[u8], near: Moment, offset_secs: i32) -> Option<(Moment, &[u8])> {
    let (civil, rest) = month_first(bytes)?;
    let rest = rest.strip_prefix(b" ")?;
    let year: i16 = scan::whole_number(near.local(offset_secs).as_bytes().get(..4)?)?;
    let of = |year| Civil { year, ..civil }.moment(offset_secs);
    let years = [year.checked_sub(1)?, year, year.checked_add(1)?];
    let nearest = years.into_iter().filter_map(of);
    let nearest = nearest.min_by_key(|at| at.since(near).unsigned_abs())?;
    Some((nearest, rest))
}

/// Takes `Nov 20 03:12:04` (old syslog) off the front: a day without a year.
pub fn month_first(bytes: &[u8]) -> Option<(Civil, &[u8])> {
    let name = bytes.get(..3)?;
    let month = MONTHS.iter().position(|m| m.as_slice() == name)?;
    // `Nov  3`; where it was pasted, a blank may be lost.
    let rest = bytes.get(3..)?.strip_prefix(b" ")?;
    let (day, rest) = scan::number(rest.strip_prefix(b" ").unwrap_or(rest))?;
    let (hour, minute, second, rest) = clock(rest.strip_prefix(b" ")?)?;
    let civil = Civil {
        year: 0,
        month: i8::try_from(month).ok()?.checked_add(1)?,
        day: i8::try_from(day)
            .ok()
            .filter(|day| (1..=31).contains(day))?,
        hour,
        minute,
        second,
    };
    Some((civil, rest))
}

/// Takes a zone such as `+0200`, `-03:30` or `Z` off the front: seconds east of UTC.
pub fn zone(bytes: &[u8]) -> Option<(i32, &[u8])> {
    if let Some(rest) = bytes.strip_prefix(b"Z") {
        return Some((0, rest));
    }
    let sign = match bytes.first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let hours = two(bytes, 1)?;
    let colon = usize::from(bytes.get(3) == Some(&b':'));
    let minutes = two(bytes, 3 + colon)?;
    let secs = i32::from(hours) * 3_600 + i32::from(minutes) * 60;
    Some((sign * secs, bytes.get(5 + colon..)?))
}

fn clock(bytes: &[u8]) -> Option<(i8, i8, i8, &[u8])> {
    if bytes.get(2) != Some(&b':') || bytes.get(5) != Some(&b':') {
        return None;
    }
    let (hour, minute, second) = (two(bytes, 0)?, two(bytes, 3)?, two(bytes, 6)?);
    (hour < 24 && minute < 60 && second < 61).then_some((hour, minute, second, bytes.get(8..)?))
}

fn two(bytes: &[u8], at: usize) -> Option<i8> {
    let [tens, ones] = bytes.get(at..at.checked_add(2)?)? else {
        return None;
    };
    let digit = |byte: &u8| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then_some(digit.cast_signed())
    };
    Some(digit(tens)? * 10 + digit(ones)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    fn shown(found: Option<(Civil, &[u8])>) -> Option<String> {
        let (civil, rest) = found?;
        Some(format!("{}|{}", civil.moment(0)?, scan::lossy(rest)))
    }

    #[test]
    fn a_day_without_a_year_is_of_the_last_year_that_fits() {
        let of = |day: &[u8], latest: &[u8]| {
            let (day, _) = month_first(day).unwrap();
            let (latest, _) = year_first(latest).unwrap();
            day.not_after(latest).year
        };
        assert_eq!(of(b"Nov 20 03:12:04", b"2026-11-20 03:12:04"), 2026);
        assert_eq!(of(b"Nov 20 03:12:05", b"2026-11-20 03:12:04"), 2025);
        assert_eq!(of(b"Dec 31 23:59:59", b"2027-01-01 00:00:10"), 2026);
        assert_eq!(of(b"Jan  1 00:00:01", b"2027-01-01 00:00:10"), 2027);
        assert_eq!(of(b"Feb 29 12:00:00", b"2027-03-01 00:00:00"), 2024);
    }

    #[test]
    fn every_server_s_spelling_is_the_same_moment() {
        let nginx = shown(year_first(b"2026/11/20 03:12:04 [error]"));
        assert_eq!(nginx.as_deref(), Some("2026-11-20 03:12:04| [error]"));
        let gunicorn = shown(year_first(b"2026-11-20 03:12:04 +0000]"));
        assert_eq!(gunicorn.as_deref(), Some("2026-11-20 03:12:04| +0000]"));
        let fpm = shown(day_first(b"20-Nov-2026 03:12:04] x"));
        assert_eq!(fpm.as_deref(), Some("2026-11-20 03:12:04|] x"));
        let access = shown(day_first(b"20/Nov/2026:03:12:04 +0100]"));
        assert_eq!(access.as_deref(), Some("2026-11-20 03:12:04| +0100]"));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        assert!(year_first(b"2026/13/20 03:12:04").is_none());
        assert!(year_first(b"2026/11/20 25:12:04").is_none());
        assert!(year_first(b"20260/1/20 03:12:04").is_none());
        assert!(day_first(b"20-Nov-2026").is_none());
    }

    #[test]
    fn syslogs_year_is_the_one_nearest_by() {
        let near = |text: &[u8]| syslog(text, text_near(), 3_600).map(|(at, _)| at.local(3_600));
        let shown = |text: &str| near(text.as_bytes());
        assert_eq!(
            shown("Nov  6 03:12:04 web1 haproxy[1]: x").as_deref(),
            Some("2026-11-06 03:12:04")
        );
        // The night in which the year ends.
        let new_year = time::from_civil((2027, 1, 1), (0, 0, 9), 0).unwrap();
        let (at, rest) = syslog(b"Dec 31 23:59:58 web1 x", new_year, 0).unwrap();
        assert_eq!(
            (at.local(0).as_str(), rest),
            ("2026-12-31 23:59:58", &b"web1 x"[..])
        );
        assert_eq!(shown("Nov 20"), None);
        assert_eq!(shown("Now 20 03:12:04 x"), None);
    }

    fn text_near() -> Moment {
        time::from_civil((2026, 11, 20), (3, 0, 0), 0).unwrap()
    }

    #[test]
    fn zones_count_east_of_utc() {
        assert_eq!(zone(b"+0200]").map(|z| z.0), Some(7_200));
        assert_eq!(zone(b"-03:30").map(|z| z.0), Some(-12_600));
        assert_eq!(zone(b"Z").map(|z| z.0), Some(0));
    }

    proptest::proptest! {
        #[test]
        fn no_input_panics(bytes: Vec<u8>) {
            let _ = (year_first(&bytes), day_first(&bytes), zone(&bytes));
            let spelt = [b"Feb ", bytes.as_slice()].concat();
            let _ = syslog(&spelt, Moment(i64::MAX), i32::MIN);
        }
    }
}
