//! Lengths of time as systemd writes them: `1min 30s`, `100ms`, `infinity`.
use super::show::Bound;

/// Reads a length of time into microseconds; `None` when it is not one.
pub(super) fn microseconds(text: &str) -> Option<Bound> {
    if text == "infinity" {
        return Some(Bound::Unlimited);
    }
    let mut total = None;
    for word in text.split_ascii_whitespace() {
        let part = word_of(word)?;
        total = Some(total.unwrap_or(0_u64).checked_add(part)?);
    }
    total.map(Bound::At)
}

fn word_of(word: &str) -> Option<u64> {
    let unit_at = word.find(|c: char| !c.is_ascii_digit() && c != '.');
    let (number, unit) = word.split_at_checked(unit_at.unwrap_or(word.len()))?;
    let unit = unit_microseconds(unit)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole: u64 = whole.parse().ok()?;
    let whole = whole.checked_mul(unit)?;
    whole.checked_add(fraction_of(fraction, unit)?)
}

/// `98` of `1.98s` in microseconds.
fn fraction_of(digits: &str, unit: u64) -> Option<u64> {
    let mut scale = unit;
    let mut sum = 0_u64;
    for digit in digits.chars() {
        scale /= 10;
        sum = sum.checked_add(u64::from(digit.to_digit(10)?).checked_mul(scale)?)?;
    }
    Some(sum)
}

/// The units that systemd prints, and a bare number, which is microseconds in
/// the older versions that print it.
fn unit_microseconds(unit: &str) -> Option<u64> {
    Some(match unit {
        "us" | "" => 1,
        "ms" => 1_000,
        "s" => 1_000_000,
        "min" => 60_000_000,
        "h" => 3_600_000_000,
        "d" => 86_400_000_000,
        "w" => 604_800_000_000,
        "month" => 2_629_800_000_000,
        "y" => 31_557_600_000_000,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    #[test]
    fn lengths_that_systemd_prints() {
        assert_eq!(microseconds("1min 30s"), Some(Bound::At(90_000_000)));
        assert_eq!(microseconds("100ms"), Some(Bound::At(100_000)));
        assert_eq!(microseconds("1.250s"), Some(Bound::At(1_250_000)));
        assert_eq!(microseconds("0"), Some(Bound::At(0)));
        assert_eq!(microseconds("infinity"), Some(Bound::Unlimited));
        assert_eq!(microseconds(""), None);
        assert_eq!(microseconds("3 apples"), None);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text: String) {
            let _ = microseconds(&text);
        }

        #[test]
        fn never_panics_on_numbers(text in "[0-9.]{0,30}(us|ms|s|y)?") {
            let _ = microseconds(&text);
        }
    }
}
