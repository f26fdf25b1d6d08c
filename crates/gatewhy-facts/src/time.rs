//! Moments, as the diagnosed host's clock tells them.
use crate::prelude::*;
use core::fmt;

/// A moment in microseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub i64);

impl Moment {
    /// From whole seconds since the epoch.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1_000_000))
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Microseconds from `earlier` to this moment; negative when it is later.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// This moment moved by whole seconds.
    #[must_use]
    pub const fn plus_secs(self, secs: i64) -> Self {
        Self(self.0.saturating_add(secs.saturating_mul(1_000_000)))
    }

    /// `2026-11-20 03:12:04` in the zone `offset_secs` east of UTC.
    pub fn local(self, offset_secs: i32) -> String {
        let shifted = self.secs().saturating_add(i64::from(offset_secs));
        match jiff::Timestamp::from_second(shifted) {
            Ok(at) => at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            Err(_) => String::from("(time out of range)"),
        }
    }

    /// This moment in UTC, as `strftime(3)` writes it; none where the template has an item
    /// that nobody knows.
    pub fn strftime(self, template: &str) -> Option<String> {
        let at = jiff::Timestamp::from_second(self.secs()).ok()?;
        jiff::fmt::strtime::format(template, at).ok()
    }
}

/// From civil time in the zone `offset_secs` east of UTC; `None` when no such
/// day or hour exists.
pub fn from_civil(date: (i16, i8, i8), clock: (i8, i8, i8), offset_secs: i32) -> Option<Moment> {
    let civil = jiff::civil::DateTime::new(date.0, date.1, date.2, clock.0, clock.1, clock.2, 0);
    let utc = civil.ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    let secs = utc
        .timestamp()
        .as_second()
        .checked_sub(i64::from(offset_secs))?;
    Some(Moment::from_secs(secs))
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.local(0))
    }
}

/// A length of time for people: `3 s`, `12 min`, `4 h`, `2 days`.
pub fn for_people(secs: i64) -> String {
    match secs.max(0) {
        s @ 0..=119 => format!("{s} s"),
        s @ 120..=7_199 => format!("{} min", s / 60),
        s @ 7_200..=172_799 => format!("{} h", s / 3_600),
        s => format!("{} days", s / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn civil_time_round_trips_through_the_offset() {
        let at = from_civil((2026, 11, 20), (3, 12, 4), 3_600).map(|m| m.local(3_600));
        assert_eq!(at.as_deref(), Some("2026-11-20 03:12:04"));
        assert_eq!(from_civil((2026, 2, 30), (0, 0, 0), 0), None);
    }
}
