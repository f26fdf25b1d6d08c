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
