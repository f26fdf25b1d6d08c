//! Words that many runtimes share. They may stand anywhere in a line, so what is
//! found here is a hint and never exact.
use super::{Address, AppEvent, Kind};
use crate::prelude::*;
use crate::scan;

/// Words in lower case; every one of a row must be there.
const WORDS: &[(&[&str], Kind)] = &[
    (&["address already in use"], Kind::AddressInUse),
    (&["bind: permission denied"], Kind::AddressDenied),
    (&["permission denied - bind(2)"], Kind::AddressDenied),
    (
        &["bind: cannot assign requested address"],
        Kind::AddressAbsent,
    ),
    (&["too many open files"], Kind::OutOfFiles),
    (&["no file descriptors available"], Kind::OutOfFiles),
    (&["segmentation fault"], Kind::Crashed),
    (&["permission denied"], Kind::PermissionDenied),
    // raw-body of Node, Django, Java's servlets.
    (
        &["payloadtoolargeerror: request entity too large"],
        Kind::BodyTooLarge,
    ),
    (
        &["request body exceeded settings.data_upload_max_memory_size"],
        Kind::BodyTooLarge,
    ),
    (&["sizelimitexceededexception"], Kind::BodyTooLarge),
    (&["listening on"], Kind::Listening),
    (&["listening at"], Kind::Listening),
];

/// Words about servers that the application needs.
const DEPENDENCY: &[(&[&str], Kind)] = &[
    (
        &["sorry, too many clients already"],
        Kind::DatabaseTooManyConnections,
    ),
    (
        &["remaining connection slots are reserved"],
        Kind::DatabaseTooManyConnections,
    ),
    (
        &["too many connections for role"],
        Kind::DatabaseTooManyConnections,
    ),
    (
        &["1040", "too many connections"],
        Kind::DatabaseTooManyConnections,
    ),
    (&["er_con_count_error"], Kind::DatabaseTooManyConnections),
    (&["max_user_connections"], Kind::DatabaseTooManyConnections),
    (&["connection refused"], Kind::DependencyRefused),
    (&["econnrefused"], Kind::DependencyRefused),
    (
        &["can't connect to mysql server on", "(111"],
        Kind::DependencyRefused,
    ),
    (&["dial tcp", "i/o timeout"], Kind::DependencyTimeout),
    (&["dial tcp", "no such host"], Kind::DependencyNameUnknown),
];

/// A line with such words. Lines that quote a request are left out: visitors
/// write there.
pub(super) fn line(text: &[u8]) -> Option<AppEvent<'_>> {
    if scan::holds(text, " HTTP/") {
        return None;
    }
    panic(text).or_else(|| dependency(text)).or_else(|| {
        let lower = text.to_ascii_lowercase();
        let kind = find(WORDS, &lower)?;
        let event = AppEvent {
            exact: false,
            ..AppEvent::new(kind, text)
        };
        Some(event.subject(text).address(address_in(text)))
    })
}

/// The same for servers that the application needs.
pub(super) fn dependency(text: &[u8]) -> Option<AppEvent<'_>> {
    let lower = text.to_ascii_lowercase();
    let kind = find(DEPENDENCY, &lower)?;
    let event = AppEvent {
        exact: false,
        ..AppEvent::new(kind, text)
    };
    Some(event.subject(text).address(address_in(text)))
}

fn find(table: &[(&[&str], Kind)], lower: &[u8]) -> Option<Kind> {
    let row = table
        .iter()
        .find(|(words, _)| words.iter().all(|w| scan::holds(lower, w)));
    row.map(|(_, kind)| *kind)
}

/// Go and Rust programs that end themselves.
fn panic(text: &[u8]) -> Option<AppEvent<'_>> {
    if let Some(message) = text.strip_prefix(b"panic: ") {
        return Some(
            AppEvent::new(Kind::Exception, text)
                .subject(message)
                .fatal(),
        );
    }
    if text.starts_with(b"fatal error: runtime: out of memory") {
        return Some(AppEvent::new(Kind::HeapExhausted, text).fatal());
    }
    let rest = text.strip_prefix(b"thread '")?;
    let (_, place) = scan::split_once(rest, "panicked at ")?;
    let mut parts = place.split(|b| *b == b':');
    let (file, line) = (parts.next()?, parts.next()?);
    let mut event = AppEvent::new(Kind::Exception, text).subject(place);
    event.file_line = scan::whole_number(line).map(|line| (file, line));
    Some(event)
}

/// The first address in a line: `tcp 127.0.0.1:5432:`, `on port 3000`,
/// `for "0.0.0.0" port 3000`, `unix /run/x.sock:`.
fn address_in(text: &[u8]) -> Option<Address<'_>> {
    let words = text
        .split(|b| b" \"'(),".contains(b))
        .filter(|word| !word.is_empty());
    let words: Vec<&[u8]> = words.collect();
    let spelt = words.iter().find_map(|word| address_word(word));
    spelt.or_else(|| {
        let at = words
            .iter()
            .position(|word| word.eq_ignore_ascii_case(b"port"))?;
        let (port, _) = scan::number(words.get(at + 1)?)?;
        Some(Address::Inet(
            host_before(&words, at),
            u16::try_from(port).ok()?,
        ))
    })
}

/// The word before *port*, when it is an address.
fn host_before<'a>(words: &[&'a [u8]], at: usize) -> Option<&'a [u8]> {
    let host = words.get(at.checked_sub(1)?)?;
    let is_address = core::str::from_utf8(host)
        .ok()?
        .parse::<core::net::IpAddr>()
        .is_ok();
    is_address.then_some(*host)
}

/// A word that is an address and nothing else; paths only of sockets.
fn address_word(word: &[u8]) -> Option<Address<'_>> {
    let word = word
        .strip_suffix(b":")
        .or_else(|| word.strip_suffix(b"."))
        .unwrap_or(word);
    if is_clock(word) {
        return None;
    }
    let address = Address::parse(word)?;
    let is_plain_file = matches!(address, Address::Unix(path) if !path.ends_with(b".sock"));
    (!is_plain_file).then_some(address)
}

/// `03:12:04`, which would also be an address.
fn is_clock(word: &[u8]) -> bool {
    word.first().is_some_and(u8::is_ascii_digit)
        && word.iter().all(|b| b.is_ascii_digit() || *b == b':')
}
