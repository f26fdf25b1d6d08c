//! Sizes, times and numbers, as nginx reads them.
use core::time::Duration;

/// Digits only; `None` on anything else and on overflow.
pub fn number(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_u64, |value, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        value.checked_mul(10)?.checked_add(digit)
    })
}

/// A size in bytes: `k` and `m` behind it multiply (`ngx_parse_size`).
pub fn size(text: &[u8]) -> Option<u64> {
    scaled(text, b"km")
}

/// A size that may also end in `g` (`ngx_parse_offset`).
pub fn offset(text: &[u8]) -> Option<u64> {
    scaled(text, b"kmg")
}

fn scaled(text: &[u8], units: &[u8]) -> Option<u64> {
    let (unit, digits) = text.split_last()?;
    let unit = unit.to_ascii_lowercase();
    match units.iter().position(|known| *known == unit) {
        None => number(text),
        Some(0) => number(digits)?.checked_mul(1 << 10),
        Some(1) => number(digits)?.checked_mul(1 << 20),
        Some(_) => number(digits)?.checked_mul(1 << 30),
    }
}

/// What a number without a unit means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bare {
    Seconds,
    Milliseconds,
}

/// A time for a directive that is kept in milliseconds: `1d 2h`, `90`, `1.5s` is
/// refused, `1500ms` is fine (`ngx_parse_time`).
pub fn time(text: &[u8]) -> Option<Duration> {
    parse_time(text, Bare::Milliseconds).map(Duration::from_millis)
}

/// A time for a directive that is kept in seconds: years are allowed,
/// milliseconds are not.
pub fn seconds(text: &[u8]) -> Option<Duration> {
    parse_time(text, Bare::Seconds).map(Duration::from_secs)
}

/// Each unit with its rank (they must come in falling order) and its seconds.
const UNITS: [(u8, u8, u64); 7] = [
    (b'y', 1, 365 * 86_400),
    (b'M', 2, 30 * 86_400),
    (b'w', 3, 7 * 86_400),
    (b'd', 4, 86_400),
    (b'h', 5, 3_600),
    (b'm', 6, 60),
    (b's', 7, 1),
];

fn parse_time(text: &[u8], kept: Bare) -> Option<u64> {
    let in_ms = kept == Bare::Milliseconds;
    let scale: u64 = if in_ms { 1_000 } else { 1 };
    let (mut total, mut value, mut valid) = (0_u64, 0_u64, false);
    // Years and months may not follow each other in milliseconds' directives.
    let mut rank: u8 = if in_ms { 2 } else { 0 };
    let mut rest = text;
    while let [byte, tail @ ..] = rest {
        rest = tail;
        if byte.is_ascii_digit() {
            value = value.checked_mul(10)?.checked_add(u64::from(byte - b'0'))?;
            valid = true;
            continue;
        }
        let millis = *byte == b'm' && tail.first() == Some(&b's');
        let (next, factor) = match *byte {
            b'm' if millis => (8, 1),
            b' ' => (9, scale),
            unit => {
                let (_, next, secs) = UNITS.iter().find(|(u, ..)| *u == unit)?;
                (*next, secs.checked_mul(scale)?)
            }
        };
        let refused = match next {
            8 => !in_ms || rank >= 8,
            9 => rank >= 7,
            _ => rank >= next,
        };
        if refused {
            return None;
        }
        rank = next;
        total = total.checked_add(value.checked_mul(factor)?)?;
        value = 0;
        rest = rest.get(usize::from(millis)..).unwrap_or_default();
        while let [b' ', tail @ ..] = rest {
            rest = tail;
        }
    }
    let last = value.checked_mul(scale)?;
    let sum = total
        .checked_add(last)
        .filter(|sum| i64::try_from(*sum).is_ok());
    if valid { sum } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_follow_nginx() {
        assert_eq!(size(b"8k"), Some(8192));
        assert_eq!(size(b"1M"), Some(1 << 20));
        assert_eq!(size(b"1g"), None);
        assert_eq!(offset(b"1g"), Some(1 << 30));
        assert_eq!(size(b""), None);
        assert_eq!(size(b"k"), None);
        assert_eq!(time(b"60"), Some(Duration::from_mins(1)));
        assert_eq!(time(b"60s"), Some(Duration::from_mins(1)));
        assert_eq!(time(b"1500ms"), Some(Duration::from_millis(1500)));
        assert_eq!(time(b"1m 30s"), Some(Duration::from_secs(90)));
        assert_eq!(time(b"1h30m"), Some(Duration::from_mins(90)));
        assert_eq!(time(b"30s1m"), None);
        assert_eq!(time(b"1.5s"), None);
        assert_eq!(time(b"1M"), None);
        assert_eq!(time(b""), None);
        assert_eq!(seconds(b"1M"), Some(Duration::from_hours(30 * 24)));
        assert_eq!(seconds(b"1500ms"), None);
        assert_eq!(seconds(b"10"), Some(Duration::from_secs(10)));
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text: alloc::vec::Vec<u8>, like in "[0-9yMwdhms ]{0,20}") {
            for text in [&text[..], like.as_bytes()] {
                let _ = (time(text), seconds(text), size(text), offset(text));
            }
        }
    }
}
