//! Traefik's access log, in JSON or in the common log format with what Traefik adds.
//!
//! `OriginStatus` is no proof that a backend answered: where the reverse proxy of Go's
//! library makes a 502 itself, it writes it in the backend's place, and it is logged as
//! the origin's (`pkg/middlewares/accesslog/field_middleware.go`). Only the length of
//! the answer tells: Traefik's own is the status in words and nothing else.
use crate::log_line::json::Object;
use crate::log_time;
use crate::nginx::error_log::Peer;
use crate::scan;
use crate::time::Moment;

/// One request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered<'a> {
    /// When it ended.
    pub at: Moment,
    /// What the visitor got.
    pub status: u16,
    /// The visitor's address.
    pub client: Option<&'a [u8]>,
    /// The host that was asked for; the common format does not have it.
    pub host: Option<&'a [u8]>,
    /// Path and query.
    pub path: Option<&'a [u8]>,
    /// The router that took it, with its provider: `shop@file`.
    pub router: Option<&'a [u8]>,
    /// The server that was chosen for it.
    pub server: Option<Peer<'a>>,
    /// Whether the backend itself made that status, where it is told.
    pub from_backend: Option<bool>,
    /// How many tries were made after the first.
    pub retries: u64,
}

/// Reads a line.
pub fn read(line: &[u8]) -> Option<Answered<'_>> {
    let line = line.trim_ascii();
    if line.starts_with(b"{") {
        return json(line);
    }
    common(line)
}

fn json(line: &[u8]) -> Option<Answered<'_>> {
    let fields = Object::parse(line)?;
    let number = |name| fields.get(name).and_then(scan::whole_number::<u64>);
    let status = u16::try_from(number("DownstreamStatus")?).ok()?;
    let begun = fields.get("StartUTC").and_then(iso);
    // In nanoseconds.
    let took = number("Duration").and_then(|nanos| i64::try_from(nanos / 1_000).ok());
    let ended = begun.zip(took).map(|(at, micros)| later(at, micros));
    let url = fields
        .get("ServiceURL")
        .or_else(|| fields.get("ServiceAddr"));
    let origin = number("OriginStatus").and_then(|origin| u16::try_from(origin).ok());
    Some(Answered {
        at: ended.or_else(|| fields.get("time").and_then(iso))?,
        status,
        client: fields.get("ClientHost"),
        host: fields.get("RequestHost"),
        path: fields.get("RequestPath"),
        router: fields.get("RouterName"),
        server: url.and_then(server),
        from_backend: is_from_backend(status, origin, number("OriginContentSize")),
        retries: number("RetryAttempts").unwrap_or(0),
    })
}

/// Whether a backend made the status: it did where what it sent has another length than
/// Traefik's own words; where it has the same length nobody can tell.
fn is_from_backend(status: u16, origin: Option<u16>, size: Option<u64>) -> Option<bool> {
    let own = own_words(status)?.len();
    let other = size?.cmp(&u64::try_from(own).ok()?).is_ne();
    (origin? == status && other).then_some(true)
}

/// What Traefik answers itself where a backend fails (`pkg/proxy/httputil`).
const fn own_words(status: u16) -> Option<&'static str> {
    match status {
        500 => Some("Internal Server Error"),
        502 => Some("Bad Gateway"),
        504 => Some("Gateway Timeout"),
        _ => None,
    }
}

fn iso(text: &[u8]) -> Option<Moment> {
    let (civil, rest) = log_time::year_first(text)?;
    let (micros, rest) = match rest.strip_prefix(b".") {
        Some(fraction) => micros(fraction),
        None => (0, rest),
    };
    let (offset, _) = log_time::zone(rest)?;
    Some(later(civil.moment(offset)?, micros))
}

/// The microseconds of a fraction of a second, and what is behind it.
fn micros(fraction: &[u8]) -> (i64, &[u8]) {
    let count = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
    let (digits, rest) = fraction.split_at(count);
    let six = digits.iter().chain(core::iter::repeat(&b'0')).take(6);
    let micros = six.fold(0_i64, |sum, digit| {
        sum.saturating_mul(10)
            .saturating_add(i64::from(digit.wrapping_sub(b'0')))
    });
    (micros, rest)
}

const fn later(at: Moment, micros: i64) -> Moment {
    Moment(at.0.saturating_add(micros))
}

/// The address in a URL.
fn server(url: &[u8]) -> Option<Peer<'_>> {
    let rest = scan::split_once(url, "://").map_or(url, |(_, rest)| rest);
    let address = rest.split(|b| *b == b'/').next()?;
    (!address.is_empty() && address != b"-").then(|| Peer::parse(address))
}

/// `CLIENT - USER [TIME] "METHOD PATH PROTOCOL" STATUS SIZE "REFERER" "AGENT" COUNT
/// "ROUTER" "SERVER" MILLISECONDSms`. A path has no blanks; the words of a visitor that
/// may have quotation marks stand between the size and the count.
fn common(line: &[u8]) -> Option<Answered<'_>> {
    let (client, rest) = scan::split_once(line, " ")?;
    let (_, rest) = scan::split_once(rest, " [")?;
    let (time, rest) = scan::split_once(rest, "] \"")?;
    let (civil, zone) = log_time::day_first(time)?;
    let begun = civil.moment(log_time::zone(zone.trim_ascii())?.0)?;
    let mut words = rest.split(|b| *b == b' ');
    let (_method, path, protocol) = (words.next()?, words.next()?, words.next()?);
    protocol.strip_suffix(b"\"")?.strip_prefix(b"HTTP/")?;
    let status = scan::whole_number(words.next()?)?;
    let (rest, took) = scan::rsplit_once(rest, "\" ")?;
    let millis: i64 = scan::whole_number(took.strip_suffix(b"ms")?)?;
    let (rest, url) = scan::rsplit_once(rest, "\" \"")?;
    let (_, router) = scan::rsplit_once(rest, " \"")?;
    Some(Answered {
        at: later(begun, millis.checked_mul(1_000)?),
        status,
        client: Some(client),
        host: None,
        path: Some(path),
        router: Some(router).filter(|router| *router != b"-"),
        server: server(url),
        from_backend: None,
        retries: 0,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
    use super::*;
    use crate::prelude::*;

    /// As version 3.7 wrote it, with its server stopped, resetting, and answering itself.
    const JSON: &str = r#"{"ClientAddr":"127.0.0.1:60242","ClientHost":"127.0.0.1","ClientPort":"60242","ClientUsername":"-","DownstreamContentSize":11,"DownstreamStatus":502,"Duration":738267,"OriginContentSize":11,"OriginDuration":423159,"OriginStatus":502,"Overhead":315108,"RequestAddr":"api.test","RequestContentSize":0,"RequestCount":7,"RequestHost":"api.test","RequestMethod":"GET","RequestPath":"/down","RequestPort":"-","RequestProtocol":"HTTP/1.1","RequestScheme":"http","RetryAttempts":0,"RouterName":"api@file","ServiceAddr":"127.0.0.1:3000","ServiceName":"api@file","ServiceURL":"http://127.0.0.1:3000","StartLocal":"2026-11-22T13:05:52.538843451Z","StartUTC":"2026-11-22T13:05:52.538843451Z","entryPointName":"web","level":"info","msg":"","time":"2026-11-22T13:05:52Z"}"#;

    #[test]
    fn only_another_length_than_its_own_words_is_the_backends_answer() {
        let told = read(JSON.as_bytes()).unwrap();
        assert_eq!((told.status, told.from_backend), (502, None));
        assert_eq!(told.host, Some(b"api.test".as_slice()));
        assert_eq!(told.at.0 % 1_000_000, 539_581);
        let own = JSON.replace(r#""OriginContentSize":11"#, r#""OriginContentSize":4"#);
        assert_eq!(read(own.as_bytes()).unwrap().from_backend, Some(true));
        let other = own.replace(r#""OriginStatus":502"#, r#""OriginStatus":0"#);
        assert_eq!(read(other.as_bytes()).unwrap().from_backend, None);
    }

    #[test]
    fn the_common_format_ends_with_router_and_server() {
        let line = r#"127.0.0.1 - - [22/Nov/2026:13:05:55 +0000] "GET /?q=%22x%20"y HTTP/1.1" 502 6 "-" "x "HTTP/1.1" 1 "other@file" "http://192.0.2.1:80" 1ms" 4 "api@file" "http://127.0.0.1:3000" 4ms"#;
        let told = read(line.as_bytes()).unwrap();
        assert_eq!(told.status, 502);
        assert_eq!(told.path, Some(b"/?q=%22x%20\"y".as_slice()));
        assert_eq!(told.router, Some(b"api@file".as_slice()));
        assert_eq!(told.server, Some(Peer::parse(b"127.0.0.1:3000")));
        let nobody = r#"127.0.0.1 - - [22/Nov/2026:13:05:55 +0000] "GET / HTTP/1.1" 503 20 "-" "-" 4 "api@file" "-" 0ms"#;
        assert_eq!(read(nobody.as_bytes()).unwrap().server, None);
        assert_eq!(
            read(b"127.0.0.1 - - [22/Nov/2026:13:05:55 +0000] \"GET / HTTP/1.1\" 200 6"),
            None
        );
    }

    proptest::proptest! {
        #[test]
        fn no_input_panics(bytes: Vec<u8>) {
            let _ = read(&bytes);
            let begun = b"127.0.0.1 - - [22/Nov/2026:13:05:55 +0000] \"GET / HTTP/1.1\" 200 ";
            let _ = read(&[begun.as_slice(), &bytes].concat());
        }
    }
}
