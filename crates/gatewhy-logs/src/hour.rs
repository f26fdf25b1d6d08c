//! Hours of the wall clock, as the log has them.
use gatewhy_facts::log_time::Civil;
use jiff::tz::TimeZone;
use std::fmt;

/// One hour of one day on the clock of the host that wrote the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hour(u32);

impl Hour {
    /// The hour of records without a time.
    pub const UNKNOWN: Self = Self(0);

    /// The hour that holds this time.
    pub fn of(at: Civil) -> Self {
        let part = |n: i8| u32::try_from(n).unwrap_or(0);
        let year = u32::try_from(at.year).unwrap_or(0).min(4_000);
        Self(year * 1_000_000 + part(at.month) * 10_000 + part(at.day) * 100 + part(at.hour))
    }

    /// Hours since 1970-01-01, on the same clock.
    pub fn hours_from_epoch(self) -> i64 {
        let Self(h) = self;
        let part = |n: u32| i8::try_from(n).unwrap_or(0);
        let year = i16::try_from(h / 1_000_000).unwrap_or(0);
        let date = (year, part(h / 10_000 % 100), part(h / 100 % 100));
        let hour = (part(h % 100), 0, 0);
        gatewhy_facts::time::from_civil(date, hour, 0).map_or(0, |at| at.secs() / 3_600)
    }

    /// The hour of the day, 0 to 23.
    pub const fn of_day(self) -> u32 {
        self.0 % 100
    }

    /// The time in this hour, `seconds` after its start.
    pub fn at(self, seconds: u16) -> Stamp {
        Stamp {
            hour: self,
            seconds,
        }
    }
}

/// A second of the wall clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp {
    /// Its hour.
    pub hour: Hour,
    /// Seconds since the hour began.
    pub seconds: u16,
}

impl Stamp {
    /// Seconds since 1970-01-01, on the same clock.
    pub fn seconds_from_epoch(self) -> i64 {
        self.hour.hours_from_epoch() * 3_600 + i64::from(self.seconds)
    }

    /// The second on the clock of that zone.
    pub fn of_moment(at: jiff::Timestamp, zone: &TimeZone) -> Self {
        Self::of(civil(at, zone))
    }

    /// The second that a log names.
    pub fn of(at: Civil) -> Self {
        let part = |n: i8| u16::try_from(n).unwrap_or(0);
        Hour::of(at).at(part(at.minute) * 60 + part(at.second))
    }
}

/// Seconds since the hour began, from `03:12:04`.
pub(crate) fn seconds_of_hour(clock: [u8; 8]) -> Option<u16> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    // Digits become 0 to 9 and colons 0; then whatever is more reaches a highest bit.
    let value = u64::from_le_bytes(clock) ^ u64::from_le_bytes(*b"00:00:00");
    let over = value.wrapping_add(u64::from_le_bytes(*b"vv\x7fvv\x7fvv")) | value;
    if over & (ONES << 7) != 0 {
        return None;
    }
    let digit = |at: usize| {
        value
            .to_le_bytes()
            .get(at)
            .map_or(0, |digit| u16::from(*digit))
    };
    let minute = digit(3) * 10 + digit(4);
    let second = digit(6) * 10 + digit(7);
    (minute < 60 && second < 61).then_some(minute * 60 + second)
}

/// A day and an hour, as logs have them, as two numbers: compared in less time than as text.
pub(crate) fn words(text: &[u8; 14]) -> Option<(u64, u64)> {
    let (first, last) = (text.first_chunk()?, text.last_chunk()?);
    Some((u64::from_le_bytes(*first), u64::from_le_bytes(*last)))
}

/// This host's clock on the wall. What it was last asked is mostly asked again: the
/// same hour of a time without a change of its offset.
#[derive(Clone, Debug)]
pub(crate) struct LocalClock {
    pub(crate) zone: TimeZone,
    /// From when to before when it is `offset` seconds ahead of UTC.
    from: i64,
    to: i64,
    offset: i64,
    /// The last hour, as hours since 1970 on this clock.
    hour: (i64, Hour),
}

impl Default for LocalClock {
    fn default() -> Self {
        Self {
            zone: TimeZone::system(),
            from: 0,
            to: 0,
            offset: 0,
            hour: (i64::MIN, Hour::UNKNOWN),
        }
    }
}

impl LocalClock {
    /// The second on this clock that is so many after 1970 began in UTC.
    pub(crate) fn stamp(&mut self, seconds: i64) -> Option<Stamp> {
        let at = jiff::Timestamp::from_second(seconds).ok()?;
        if !(self.from..self.to).contains(&seconds) {
            self.offset = i64::from(self.zone.to_offset(at).seconds());
            let change = self.zone.following(at).next();
            self.from = seconds;
            self.to = change.map_or(i64::MAX, |change| change.timestamp().as_second());
        }
        let local = seconds + self.offset;
        let hours = local.div_euclid(3_600);
        if hours != self.hour.0 {
            self.hour = (hours, Hour::of(civil(at, &self.zone)));
        }
        let seconds = u16::try_from(local.rem_euclid(3_600)).ok()?;
        Some(self.hour.1.at(seconds))
    }
}

/// The time on the clock of that zone.
pub(crate) fn civil(at: jiff::Timestamp, zone: &TimeZone) -> Civil {
    let local = zone.to_datetime(at);
    Civil {
        year: local.year(),
        month: local.month(),
        day: local.day(),
        hour: local.hour(),
        minute: local.minute(),
        second: local.second(),
    }
}

/// `2026-11-20T03:00:00`
impl fmt::Display for Hour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.at(0).fmt(f)
    }
}

/// `2026-11-20T03:12:04`: no zone, since most logs name none.
impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Hour(h) = self.hour;
        let (year, month, day, hour) = (h / 1_000_000, h / 10_000 % 100, h / 100 % 100, h % 100);
        let (minute, second) = (self.seconds / 60, self.seconds % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_clock_on_the_wall_is_that_of_its_zone(
            seconds in proptest::collection::vec(-3_000_000_000..5_000_000_000_i64, 1..20),
            near in proptest::collection::vec(1_793_000_000..1_794_000_000_i64, 1..20),
            name in proptest::sample::select(vec!["UTC", "Europe/Berlin", "Asia/Kathmandu"]),
        ) {
            let Ok(zone) = TimeZone::get(name) else { return Ok(()) };
            let mut clock = LocalClock { zone: zone.clone(), ..LocalClock::default() };
            for seconds in seconds.into_iter().chain(near) {
                let at = jiff::Timestamp::from_second(seconds).unwrap();
                prop_assert_eq!(clock.stamp(seconds), Some(Stamp::of_moment(at, &zone)));
            }
        }
    }
}
