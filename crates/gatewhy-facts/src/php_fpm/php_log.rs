//! PHP's own log, where `error_log` names a file: `[21-Nov-2026 10:50:30 UTC] PHP …`.
use super::php_message::PhpMessage;
use crate::log_time::{self, Civil};
use crate::prelude::*;
use crate::scan;

/// One message of PHP with its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhpRecord<'a> {
    /// Line in what was read, counted from 1.
    pub line: u32,
    /// When, on the clock of `zone`.
    pub at: Civil,
    /// The name of PHP's time zone (`date.timezone`): `UTC`, `Europe/Berlin`.
    pub zone: &'a [u8],
    /// The message.
    pub message: PhpMessage<'a>,
}

/// Reads a log, or its tail. Lines that are no message of PHP's are left out: those
/// that scripts write themselves, and stack traces.
pub fn read(log: &[u8]) -> Vec<PhpRecord<'_>> {
    scan::lines(log)
        .filter_map(|line| record(line.bytes, line.number))
        .collect()
}

fn record(text: &[u8], line: u32) -> Option<PhpRecord<'_>> {
    let (at, rest) = log_time::day_first(text.strip_prefix(b"[")?)?;
    let (zone, message) = scan::split_once(rest, "]")?;
    let message = PhpMessage::parse(message.trim_ascii())?;
    Some(PhpRecord {
        line,
        at,
        zone: zone.trim_ascii(),
        message,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_with_their_time_and_zone() {
        let log =
            b"[21-Nov-2026 10:50:30 UTC] PHP Fatal error:  Allowed memory size of 33554432 bytes \
            exhausted (tried to allocate 100032 bytes) in /var/www/shop/export.php on line 3\n\
            [21-Nov-2026 10:50:31 Europe/Berlin] my own line\nStack trace:\n";
        let all = read(log);
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].line, all[0].zone), (1, &b"UTC"[..]));
        assert_eq!(all[0].message.memory_limit, Some(33_554_432));
        assert_eq!(
            all[0].message.place,
            Some((&b"/var/www/shop/export.php"[..], 3))
        );
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read(bytes: Vec<u8>) {
            let _ = read(&bytes);
            let _ = read(&[b"[21-Nov-2026 10:50:30 UTC] PHP Fatal error:", bytes.as_slice()].concat());
        }
    }
}
