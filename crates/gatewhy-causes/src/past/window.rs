//! Which time is looked back at: `--since` and `--at`.
use gatewhy_facts::linux::clock::Clock;
use gatewhy_facts::log_time;
use gatewhy_facts::prelude::*;
use gatewhy_facts::time::{Moment, from_civil};

/// How far around the moment of `--at` is looked.
const AROUND_SECS: i64 = 15 * 60;
const MINUTE: i64 = 60;
const DAY: i64 = 86_400;
/// Logs are not kept longer, and a mistyped year must not look like one.
const LONGEST: i64 = 400 * DAY;

/// A window of time as somebody asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// The last minutes, as nobody asked for a time.
    Lately,
    /// From so many seconds ago until now.
    Last(i64),
    /// From a time until now.
    Since(Spoken),
    /// A while before and after a time.
    Around(Spoken),
}

/// A time as people say it, on the host's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// Year, month and day; none for the last time that the clock showed that hour.
    date: Option<(i16, i8, i8)>,
    /// Hour, minute and second; the second is none when only the minute was said.
    clock: (i8, i8, Option<i8>),
    /// Seconds east of UTC; none for the host's own zone.
    zone: Option<i32>,
}

impl Window {
    /// From the value of `--since`: a length of time (`2h`, `90min`, `1h30m`), or a time.
    ///
    /// # Errors
    /// What is wrong with it, as a lower-case fragment.
    pub fn since(text: &str) -> Result<Self, String> {
        if let Some(secs) = span(text.trim()) {
            return match secs {
                1..=LONGEST => Ok(Self::Last(secs)),
                _ => Err("not between a second and 400 days".into()),
            };
        }
        Spoken::parse(text).map(Self::Since)
    }

    /// From the value of `--at`: a time.
    ///
    /// # Errors
    /// What is wrong with it, as a lower-case fragment.
    pub fn at(text: &str) -> Result<Self, String> {
        Spoken::parse(text).map(Self::Around)
    }

    /// The first and the last moment of it, by the host's clock.
    pub fn between(&self, clock: &Clock) -> (Moment, Moment) {
        let now = clock.now;
        let (from, until) = match self {
            Self::Lately => (now.plus_secs(-super::lately::SECS), now),
            Self::Last(secs) => (now.plus_secs(secs.saturating_neg()), now),
            Self::Since(spoken) => (spoken.moment(clock), now),
            Self::Around(spoken) => {
                let at = spoken.moment(clock);
                let whole = if spoken.clock.2.is_none() {
                    MINUTE - 1
                } else {
                    0
                };
                let until = at.plus_secs(whole + AROUND_SECS);
                (at.plus_secs(-AROUND_SECS), until.min(now))
            }
        };
        // Whole seconds, as logs have them.
        let from = from.max(now.plus_secs(-LONGEST));
        (
            Moment::from_secs(from.secs()),
            Moment::from_secs(until.secs()),
        )
    }
}

impl Spoken {
    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let refused = || {
            "neither a length of time such as 2h nor a time such as '2026-11-20 03:12'".to_owned()
        };
        let (date, rest) = match text.split_at_checked(10) {
            Some((day, rest)) if is_day(day) => (Some(civil_day(day).ok_or_else(refused)?), rest),
            _ => (None, text),
        };
        let rest = rest.trim_start_matches([' ', 'T']);
        if rest.is_empty() && date.is_some() {
            let clock = (0, 0, Some(0));
            return Ok(Self {
                date,
                clock,
                zone: None,
            });
        }
        let (clock, rest) = clock_of(rest).ok_or_else(refused)?;
        let zone = match rest.trim() {
            "" => None,
            zone => Some(log_time::zone(zone.as_bytes()).ok_or_else(refused)?.0),
        };
        let spoken = Self { date, clock, zone };
        // A day that no calendar has.
        let (year, month, day) = date.unwrap_or((2000, 1, 1));
        from_civil((year, month, day), (clock.0, clock.1, 0), 0).ok_or_else(refused)?;
        Ok(spoken)
    }

    fn moment(&self, clock: &Clock) -> Moment {
        let offset = self.zone.unwrap_or(clock.utc_offset_secs);
        let time = (self.clock.0, self.clock.1, self.clock.2.unwrap_or(0));
        if let Some(date) = self.date {
            return from_civil(date, time, offset).unwrap_or(clock.now);
        }
        let local = clock.now.secs().saturating_add(i64::from(offset));
        let midnight = local.saturating_sub(local.rem_euclid(DAY));
        let in_day = i64::from(time.0) * 3_600 + i64::from(time.1) * MINUTE + i64::from(time.2);
        let today = Moment::from_secs(
            midnight
                .saturating_add(in_day)
                .saturating_sub(i64::from(offset)),
        );
        if today > clock.now {
            today.plus_secs(-DAY)
        } else {
            today
        }
    }
}

/// `YYYY-MM-DD`, or with slashes as logs write it.
fn is_day(text: &str) -> bool {
    let bytes = text.as_bytes();
    matches!(
        (bytes.get(4), bytes.get(7)),
        (Some(b'-'), Some(b'-')) | (Some(b'/'), Some(b'/'))
    )
}

fn civil_day(text: &str) -> Option<(i16, i8, i8)> {
    let mut parts = text.split(['-', '/']);
    let year = parts.next()?.parse().ok()?;
    Some((
        year,
        parts.next()?.parse().ok()?,
        parts.next()?.parse().ok()?,
    ))
}

/// Hour, minute, and the second if there is one; and what stands behind.
type ClockAnd<'a> = ((i8, i8, Option<i8>), &'a str);

fn clock_of(text: &str) -> Option<ClockAnd<'_>> {
    let (hour, rest) = text.split_once(':')?;
    let (minute, rest) = rest.split_at_checked(2)?;
    let (hour, minute) = (number(hour, 23)?, number(minute, 59)?);
    let Some(behind) = rest.strip_prefix(':') else {
        return Some(((hour, minute, None), rest));
    };
    let (second, rest) = behind.split_at_checked(2)?;
    Some(((hour, minute, Some(number(second, 59)?)), rest))
}

fn number(text: &str, most: i8) -> Option<i8> {
    let digits = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|n| digits && *n <= most)
}

/// `1h30m`, `90 min`, `2 days`: its seconds.
fn span(text: &str) -> Option<i64> {
    let mut rest = text;
    let mut all = 0_i64;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (count, behind) = rest.split_at_checked(digits)?;
        let behind = behind.trim_start();
        let letters = behind.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (unit, behind) = behind.split_at_checked(letters)?;
        let secs = match unit {
            "s" | "sec" | "secs" | "second" | "seconds" => 1,
            "m" | "min" | "mins" | "minute" | "minutes" => MINUTE,
            "h" | "hr" | "hour" | "hours" => 3_600,
            "d" | "day" | "days" => DAY,
            "w" | "week" | "weeks" => 7 * DAY,
            _ => return None,
        };
        all = all.checked_add(count.parse::<i64>().ok()?.checked_mul(secs)?)?;
        rest = behind.trim_start();
    }
    (!text.is_empty()).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatewhy_facts::linux::clock;

    /// 2026-11-20 04:00:30 on a host one hour east of UTC.
    fn now() -> Clock {
        let text = "realtime_us 1795143630000000\nboottime_us 0\nutc_offset_secs 3600\n";
        clock::parse(text.as_bytes()).unwrap()
    }

    fn shown(window: Result<Window, String>) -> String {
        let (from, until) = window.unwrap().between(&now());
        format!("{} – {}", from.local(3_600), until.local(3_600))
    }

    #[test]
    fn lengths_and_times_are_understood_as_people_say_them() {
        let long = "2026-11-20 02:00:30 – 2026-11-20 04:00:30";
        for text in ["2h", "120min", "1h 60m", "2 hours", "7200s"] {
            assert_eq!(shown(Window::since(text)), long, "{text}");
        }
        assert_eq!(
            shown(Window::since("03:12")),
            "2026-11-20 03:12:00 – 2026-11-20 04:00:30"
        );
        assert_eq!(
            shown(Window::since("2026-11-19")),
            "2026-11-19 00:00:00 – 2026-11-20 04:00:30"
        );
        let around = "2026-11-20 02:57:00 – 2026-11-20 03:27:59";
        for text in [
            "2026-11-20 03:12",
            "03:12",
            "2026/11/20 03:12",
            "2026-11-20T02:12Z",
        ] {
            assert_eq!(shown(Window::at(text)), around, "{text}");
        }
        assert_eq!(
            shown(Window::at("3:12:04")),
            "2026-11-20 02:57:04 – 2026-11-20 03:27:04"
        );
        // Later than now was yesterday; and what has not come yet is not looked at.
        assert_eq!(
            shown(Window::at("23:50")),
            "2026-11-19 23:35:00 – 2026-11-20 00:05:59"
        );
        assert_eq!(
            shown(Window::at("04:00")),
            "2026-11-20 03:45:00 – 2026-11-20 04:00:30"
        );
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "2",
            "h",
            "2x",
            "2026-02-30 10:00",
            "25:00",
            "03:12 x",
            "0s",
            "9999d",
            "tomorrow",
        ] {
            assert!(Window::since(text).is_err(), "{text}");
        }
        assert!(Window::at("2h").is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text: String, digits in "[0-9:/ TZhm-]{0,24}") {
            for text in [text, digits] {
                for window in [Window::since(&text), Window::at(&text)].into_iter().flatten() {
                    let _ = window.between(&now());
                }
            }
        }
    }
}
