//! The host's clocks, read once.
use gatewhy_facts::prelude::*;
use gatewhy_facts::time::Moment;

/// The host's clocks at the beginning of the diagnosis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Wall-clock time.
    pub now: Moment,
    /// Microseconds since boot, suspended time included.
    pub since_boot: i64,
    /// Seconds east of UTC that local times in logs are.
    pub offset_secs: i32,
    /// Clock ticks a second, the unit of process start times.
    pub ticks: i64,
}

impl Clock {
    /// Reads the answer to the question for the clock.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let text = core::str::from_utf8(bytes).ok()?;
        let number = |name: &str| {
            text.lines().find_map(|l| l.strip_prefix(name)?.trim_start_matches(['=', ' ']).trim().parse::<i64>().ok())
        };
        Some(Self {
            now: Moment(number("realtime_us")?),
            since_boot: number("boottime_us")?,
            offset_secs: number("utc_offset_secs").and_then(|o| i32::try_from(o).ok()).unwrap_or(0),
            ticks: number("clock_ticks").filter(|t| *t > 0).unwrap_or(100),
        })
    }

    /// The moment that was so many microseconds after boot.
    pub fn at_boot_plus(&self, micros: i64) -> Moment {
        Moment(self.now.0.saturating_sub(self.since_boot).saturating_add(micros))
    }

    /// The moment of a process start time in clock ticks after boot.
    pub fn at_ticks(&self, ticks: u64) -> Moment {
        let ticks = i64::try_from(ticks).unwrap_or(i64::MAX);
        self.at_boot_plus(ticks.saturating_mul(1_000_000) / self.ticks)
    }

    /// How long ago, for people: `12 min ago`.
    pub fn ago(&self, moment: Moment) -> String {
        format!("{} ago", gatewhy_facts::time::for_people(self.now.since(moment) / 1_000_000))
    }
}
