//! Times as people type them.
use gatewhy_facts::log_time::{self, Civil};
use gatewhy_logs::hour::Stamp;
use jiff::{Span, Zoned};

/// The second that `text` names on this host's clock; see the help of `--since`.
pub(super) fn parse(text: &str) -> Option<Stamp> {
    absolute(text).or_else(|| ago(text, &Zoned::now()))
}

fn absolute(text: &str) -> Option<Stamp> {
    let text = text.trim();
    let whole = match text.len() {
        5 if text.contains(':') => format!("{} {text}:00", Zoned::now().date()),
        10 => format!("{text} 00:00:00"),
        13 => format!("{text}:00:00"),
        16 => format!("{text}:00"),
        _ => text.to_owned(),
    };
    let (civil, rest) = log_time::year_first(whole.as_bytes())?;
    rest.is_empty().then(|| Stamp::of(civil))
}

/// `2h`, `30min`, `3 d`: before `now`.
fn ago(text: &str, now: &Zoned) -> Option<Stamp> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(digits)?;
    let number: i64 = number.parse().ok().filter(|n| *n < 1_000_000)?;
    let seconds = match unit.trim() {
        "s" | "sec" | "second" | "seconds" => 1,
        "m" | "min" | "minute" | "minutes" => 60,
        "h" | "hour" | "hours" => 3_600,
        "d" | "day" | "days" => 86_400,
        "w" | "week" | "weeks" => 604_800,
        _ => return None,
    };
    let then = now
        .checked_sub(Span::new().try_seconds(number * seconds).ok()?)
        .ok()?;
    Some(Stamp::of(Civil {
        year: then.year(),
        month: then.month(),
        day: then.day(),
        hour: then.hour(),
        minute: then.minute(),
        second: then.second(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_type_them() {
        let shown = |text: &str| parse(text).map(|at| at.to_string());
        assert_eq!(shown("2026-11-20").as_deref(), Some("2026-11-20T00:00:00"));
        assert_eq!(
            shown("2026-11-20 03:12").as_deref(),
            Some("2026-11-20T03:12:00")
        );
        assert_eq!(
            shown("2026/11/20T03:12:04").as_deref(),
            Some("2026-11-20T03:12:04")
        );
        assert_eq!(parse("soon"), None);
        assert_eq!(parse("2026-13-20"), None);
        assert!(parse("2h") > parse("3 days"));
    }
}
