//! Error numbers of Linux, and what they mean for a connection.
use crate::nginx::error_log::Peer;
use crate::symptom::Symptom;

/// What a failed `connect()` with this number means.
pub(crate) fn connect(errno: u16, peer: Option<Peer<'_>>) -> Symptom {
    let is_unix = matches!(peer, Some(Peer::Unix(_)));
    match errno {
        2 => Symptom::SocketMissing,
        1 | 13 => Symptom::ConnectDenied,
        11 if is_unix || peer.is_none() => Symptom::BacklogFull,
        11 | 98 | 99 => Symptom::NoLocalAddress,
        23 => Symptom::SystemOutOfFiles,
        24 => Symptom::OutOfFiles,
        100 | 101 => Symptom::NetworkUnreachable,
        104 => Symptom::ConnectReset,
        110 => Symptom::ConnectTimeoutKernel,
        111 => Symptom::ConnectRefused,
        112 | 113 => Symptom::HostUnreachable,
        _ => Symptom::ConnectFailed,
    }
}

/// The number that the words of `strerror` stand for; `None` for other words.
pub(crate) fn number(words: &[u8]) -> Option<u16> {
    const WORDS: &[(&str, u16)] = &[
        ("operation not permitted", 1),
        ("no such file or directory", 2),
        ("resource temporarily unavailable", 11),
        ("cannot allocate memory", 12),
        ("permission denied", 13),
        ("too many open files in system", 23),
        ("too many open files", 24),
        ("no space left on device", 28),
        ("read-only file system", 30),
        ("broken pipe", 32),
        ("address already in use", 98),
        ("cannot assign requested address", 99),
        ("can't assign requested address", 99),
        ("network is down", 100),
        ("network is unreachable", 101),
        ("software caused connection abort", 103),
        ("connection reset by peer", 104),
        ("transport endpoint is not connected", 107),
        ("connection timed out", 110),
        ("operation timed out", 110),
        ("connection refused", 111),
        ("host is down", 112),
        ("no route to host", 113),
        ("disk quota exceeded", 122),
        ("socket is not connected", 107),
        // musl, as in Alpine.
        ("no file descriptors available", 24),
        ("address in use", 98),
        ("address not available", 99),
        ("network unreachable", 101),
        ("host is unreachable", 113),
        // Windows, as programs in Go print it.
        (
            "no connection could be made because the target machine actively refused",
            111,
        ),
        (
            "a connection attempt failed because the connected party did not",
            110,
        ),
    ];
    let begins = |text: &str| {
        words
            .get(..text.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(text.as_bytes()))
    };
    WORDS
        .iter()
        .find(|(text, _)| begins(text))
        .map(|(_, number)| *number)
}

/// Linux's number for an error that a server on another system names: BSD and macOS
/// count otherwise (61 is a refused connection), and so does Windows (10061).
pub(crate) fn of_any_system(number: u64, words: &[u8]) -> Option<u16> {
    let known = u16::try_from(number).ok()?;
    let windows = || {
        const NUMBERS: &[(u16, u16)] = &[
            (10_013, 13),
            (10_024, 24),
            (10_048, 98),
            (10_049, 99),
            (10_050, 100),
            (10_051, 101),
            (10_053, 103),
            (10_054, 104),
            (10_060, 110),
            (10_061, 111),
            (10_064, 112),
            (10_065, 113),
        ];
        let found = NUMBERS.iter().find(|(theirs, _)| *theirs == known);
        found.map(|(_, ours)| *ours)
    };
    if known >= 10_000 {
        return windows().or(Some(known));
    }
    // Numbers from 35 on differ; below, only what a word may mean twice.
    let by_words = (known >= 35).then(|| self::number(words)).flatten();
    by_words.or(Some(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_systems_count_otherwise() {
        let of = of_any_system;
        assert_eq!(of(111, b"Connection refused"), Some(111));
        assert_eq!(of(61, b"Connection refused"), Some(111));
        assert_eq!(of(60, b"Operation timed out"), Some(110));
        assert_eq!(of(35, b"Resource temporarily unavailable"), Some(11));
        assert_eq!(of(49, b"Can't assign requested address"), Some(99));
        assert_eq!(of(10_054, b"forcibly closed"), Some(104));
        assert_eq!(of(113, b"Host is unreachable"), Some(113));
        assert_eq!(of(61, b"Keine Daten"), Some(61));
        assert_eq!(of(70_007, b"The timeout specified has expired"), None);
    }
}
