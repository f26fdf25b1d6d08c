//! `/proc/PID/limits`.
use super::field;
use crate::prelude::*;

/// The resource limits of one process, by their names in that file
/// (`Max open files`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits(pub BTreeMap<String, Limit>);

/// One limit; `None` stands for unlimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What is enforced.
    pub soft: Option<u64>,
    /// How far the process may raise it.
    pub hard: Option<u64>,
}

/// Reads the file: names and values are separated by two spaces or more.
pub fn parse(bytes: &[u8]) -> Limits {
    Limits(field::lines(bytes).filter_map(line).collect())
}

fn line(line: &[u8]) -> Option<(String, Limit)> {
    let name_ends = line.windows(2).position(|pair| pair == b"  ")?;
    let name = line.get(..name_ends)?;
    let mut values = field::words(line.get(name_ends..)?);
    let (soft, hard) = (value(values.next()?)?, value(values.next()?)?);
    Some((field::text(name), Limit { soft, hard }))
}

#[expect(clippy::option_option, reason = "not a value at all, or unlimited")]
fn value(word: &[u8]) -> Option<Option<u64>> {
    match word {
        b"unlimited" => Some(None),
        number => field::number(number).map(Some),
    }
}

impl Limits {
    /// How many descriptors it may have open (`RLIMIT_NOFILE`).
    pub fn open_files(&self) -> Option<Limit> {
        self.0.get("Max open files").copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REAL: &[u8] = b"Limit                     Soft Limit           Hard Limit           Units     \nMax cpu time              unlimited            unlimited            seconds   \nMax open files            1024                 524288               files     \nMax realtime priority     0                    0                    \n";

    #[test]
    fn names_with_spaces_and_unlimited_values() {
        let limits = parse(REAL);
        let files = limits.open_files().unwrap();
        assert_eq!((files.soft, files.hard), (Some(1024), Some(524_288)));
        assert_eq!(limits.0["Max cpu time"].soft, None);
        assert_eq!(limits.0.len(), 3);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = parse(&bytes).open_files();
        }
    }
}
