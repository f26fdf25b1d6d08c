//! The host's clock (`Question::Now`) and its other ways to tell a time.
use super::field;
use crate::time::Moment;

/// What time it is on the host, and how its kernel counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Now.
    pub now: Moment,
    /// Microseconds since boot, time asleep included (`CLOCK_BOOTTIME`).
    pub since_boot_us: i64,
    /// Microseconds since boot, time asleep not included (`CLOCK_MONOTONIC`).
    pub monotonic_us: i64,
    /// The host's time zone, in seconds east of UTC.
    pub utc_offset_secs: i32,
    /// Clock ticks per second, the unit of `/proc/PID/stat`.
    pub ticks_per_second: u32,
    /// Bytes per page, the unit of resident memory there.
    pub page_size: u32,
}

/// Reads the answer to `Question::Now`.
pub fn parse(bytes: &[u8]) -> Option<Clock> {
    let since_boot_us = field::number_after(bytes, b"boottime_us ")?;
    let monotonic = field::number_after(bytes, b"monotonic_us ");
    Some(Clock {
        now: Moment(field::number_after(bytes, b"realtime_us ")?),
        since_boot_us,
        monotonic_us: monotonic.unwrap_or(since_boot_us),
        utc_offset_secs: field::number_after(bytes, b"utc_offset_secs ").unwrap_or(0),
        ticks_per_second: field::number_after(bytes, b"clock_ticks ").unwrap_or(100),
        page_size: field::number_after(bytes, b"page_size ").unwrap_or(4096),
    })
}

impl Clock {
    /// When the host booted.
    pub const fn booted(&self) -> Moment {
        Moment(self.now.0.saturating_sub(self.since_boot_us))
    }

    /// The moment so many clock ticks after boot: a process's start.
    pub fn at_ticks(&self, ticks: u64) -> Moment {
        let micros = self.ticks_to_micros(ticks);
        Moment(self.booted().0.saturating_add(micros))
    }

    /// A length of processor time in microseconds.
    pub fn ticks_to_micros(&self, ticks: u64) -> i64 {
        let per_tick = 1_000_000 / u64::from(self.ticks_per_second.max(1));
        i64::try_from(ticks.saturating_mul(per_tick)).unwrap_or(i64::MAX)
    }

    /// The moment of a monotonic time stamp: of systemd, the journal and the
    /// kernel's log. Off by the time the host slept since then, if it ever did.
    pub fn at_monotonic(&self, micros: u64) -> Moment {
        let micros = i64::try_from(micros).unwrap_or(i64::MAX);
        let ago = self.monotonic_us.saturating_sub(micros);
        Moment(self.now.0.saturating_sub(ago))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    #[test]
    fn ticks_and_monotonic_stamps_become_moments() {
        let text = b"realtime_us 1795165200000000\nboottime_us 5000000\nmonotonic_us 4000000\nutc_offset_secs 3600\nclock_ticks 100\npage_size 4096\n";
        let clock = parse(text).unwrap();
        assert_eq!(clock.booted(), Moment(1_795_165_195_000_000));
        assert_eq!(clock.at_ticks(250), Moment(1_795_165_197_500_000));
        assert_eq!(clock.at_monotonic(3_000_000), Moment(1_795_165_199_000_000));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>, now: i64, boot: i64, ticks: u64, hz: u32) {
            let _ = parse(&bytes);
            let text = std::format!("realtime_us {now}\nboottime_us {boot}\nclock_ticks {hz}\n");
            if let Some(clock) = parse(text.as_bytes()) {
                let _ = (clock.at_ticks(ticks), clock.at_monotonic(ticks), clock.booted());
            }
        }
    }
}
