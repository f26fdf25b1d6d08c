//! `/proc/meminfo`, `/proc/pressure/*`, `/proc/loadavg` and the number of CPUs.
use super::field;

/// The machine's memory in KiB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// All of it.
    pub total: u64,
    /// What could be had without swapping; estimated as free plus caches on
    /// kernels before 3.14.
    pub available: u64,
    /// All swap space.
    pub swap_total: u64,
    /// Unused swap space.
    pub swap_free: u64,
}

/// How much of the time somebody waited for a resource (`PSI`), in hundredths of
/// a percent over the last 10, 60 and 300 seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stall {
    /// Over 10 seconds.
    pub avg10: u32,
    /// Over a minute.
    pub avg60: u32,
    /// Over five minutes.
    pub avg300: u32,
}

/// A pressure file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pressure {
    /// Some process waited.
    pub some: Option<Stall>,
    /// All processes waited: nothing went on.
    pub full: Option<Stall>,
}

/// `/proc/loadavg`: processes that run or wait for storage, in hundredths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Over a minute.
    pub one: u32,
    /// Over five minutes.
    pub five: u32,
    /// Over fifteen minutes.
    pub fifteen: u32,
    /// Threads that run or want to, now.
    pub running: u32,
}

/// Reads `/proc/meminfo`.
pub fn meminfo(bytes: &[u8]) -> Option<Memory> {
    let get = |name: &[u8]| field::number_after::<u64>(bytes, name);
    let reclaimable = || {
        let parts = [&b"MemFree:"[..], b"Buffers:", b"Cached:"].map(|name| get(name).unwrap_or(0));
        parts
            .iter()
            .fold(0u64, |sum, part| sum.saturating_add(*part))
    };
    Some(Memory {
        total: get(b"MemTotal:")?,
        available: get(b"MemAvailable:").unwrap_or_else(reclaimable),
        swap_total: get(b"SwapTotal:").unwrap_or(0),
        swap_free: get(b"SwapFree:").unwrap_or(0),
    })
}

/// Reads a file of `/proc/pressure`, or `memory.pressure` of a control group.
pub fn pressure(bytes: &[u8]) -> Pressure {
    Pressure {
        some: field::after(bytes, b"some ").map(stall),
        full: field::after(bytes, b"full ").map(stall),
    }
}

fn stall(line: &[u8]) -> Stall {
    let get = |name: &[u8]| {
        let value = field::words(line).find_map(|word| word.strip_prefix(name));
        value.and_then(hundredths).unwrap_or_default()
    };
    Stall {
        avg10: get(b"avg10="),
        avg60: get(b"avg60="),
        avg300: get(b"avg300="),
    }
}

/// Reads `/proc/loadavg`.
pub fn loadavg(bytes: &[u8]) -> Option<Load> {
    let mut words = field::words(bytes);
    let mut average = || hundredths(words.next()?);
    let (one, five, fifteen) = (average()?, average()?, average()?);
    let (running, _) = field::split_once(words.next()?, b'/')?;
    let running = field::number(running)?;
    Some(Load {
        one,
        five,
        fifteen,
        running,
    })
}

/// Reads a list like `0-3,6` (`/sys/devices/system/cpu/online`): how many.
pub fn count_of_list(bytes: &[u8]) -> Option<u32> {
    let mut count = 0u32;
    for part in field::trim(bytes).split(|byte| *byte == b',') {
        let (first, last) = field::split_once(part, b'-').unwrap_or((part, part));
        let (first, last): (u32, u32) = (field::number(first)?, field::number(last)?);
        count = count.saturating_add(last.checked_sub(first)?.saturating_add(1));
    }
    Some(count)
}

/// `1.07` as 107.
fn hundredths(word: &[u8]) -> Option<u32> {
    let (whole, part) = field::split_once(word, b'.').unwrap_or((word, b"0"));
    let part: u32 = field::number(part.get(..2).unwrap_or(part))?;
    field::number::<u32>(whole)?
        .checked_mul(100)?
        .checked_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    #[test]
    fn real_files_of_linux_6() {
        let memory = meminfo(b"MemTotal:       16322660 kB\nMemFree:          412312 kB\nMemAvailable:    9012344 kB\nSwapTotal:       2097148 kB\nSwapFree:         100 kB\n").unwrap();
        assert_eq!((memory.total, memory.available), (16_322_660, 9_012_344));
        assert_eq!((memory.swap_total, memory.swap_free), (2_097_148, 100));
        let pressure = pressure(b"some avg10=12.34 avg60=1.00 avg300=0.07 total=74141\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=23829\n");
        let some = pressure.some.unwrap();
        assert_eq!((some.avg10, some.avg60, some.avg300), (1234, 100, 7));
        let load = loadavg(b"2.65 3.59 2.28 2/165 17727\n").unwrap();
        assert_eq!((load.one, load.fifteen, load.running), (265, 228, 2));
        assert_eq!(count_of_list(b"0-3,6\n"), Some(5));
    }

    #[test]
    fn old_kernels_do_not_tell_what_is_available() {
        let memory = meminfo(b"MemTotal: 100 kB\nMemFree: 10 kB\nBuffers: 5 kB\nCached: 20 kB\n");
        assert_eq!(memory.unwrap().available, 35);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>, text in "[0-9,.-]{0,24}") {
            let _ = (meminfo(&bytes), pressure(&bytes), loadavg(&bytes));
            let _ = (count_of_list(text.as_bytes()), loadavg(text.as_bytes()), hundredths(text.as_bytes()));
        }
    }
}
