//! Lines of `option httplog`, and what else HAProxy tells its log.
//!
//! `CLIENT [DATE] FRONTEND BACKEND/SERVER TR/Tw/Tc/Tr/Ta STATUS BYTES CC SC TERMINATION
//! AC/FC/BC/SC/RETRIES SQ/BQ "REQUEST"`, perhaps with a syslog header in front. Of
//! `option tcplog`: `… Tw/Tc/Tt BYTES TERMINATION COUNTS QUEUES`, without a request.
use crate::log_time::{self, Civil};
use crate::prelude::*;
use crate::scan;
use crate::symptom::Symptom;
use crate::time::Moment;

/// One request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// The whole line.
    pub raw: &'a [u8],
    /// The line from the visitor on.
    pub message: &'a [u8],
    /// The visitor with the port: `127.0.0.1:50000`.
    pub client: &'a [u8],
    /// When it came in, on the host's wall clock.
    pub at: Option<Civil>,
    /// The frontend; `~` behind the name stands for TLS and is left out.
    pub frontend: &'a [u8],
    /// The backend.
    pub backend: &'a [u8],
    /// The server; `<NOSRV>` when none was chosen.
    pub server: &'a [u8],
    /// Milliseconds that it waited for a place; -1 when it got none.
    pub queue_ms: i64,
    /// Milliseconds to connect; -1 when that failed.
    pub connect_ms: i64,
    /// Milliseconds until the response's header; -1 when none came.
    pub response_ms: i64,
    /// Milliseconds from its first byte to the end of all; -1 when nobody knows.
    pub total_ms: i64,
    /// The status that the visitor got; -1 for none.
    pub status: i64,
    /// How it ended: `SC--`, `sH--`, `----`.
    pub termination: &'a [u8],
    /// Retries.
    pub retries: i64,
    /// The request line.
    pub request: &'a [u8],
    /// Whether it is about a connection that was passed on, of which no request is known.
    pub is_connection: bool,
    /// What the termination tells; none for what ended well, or was the visitor's doing.
    pub symptom: Option<Symptom>,
}

/// A line about the health of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health<'a> {
    /// The backend.
    pub backend: &'a [u8],
    /// The server.
    pub server: &'a [u8],
    /// Whether it came up.
    pub up: bool,
    /// Why it went down: `Layer7 wrong status, code: 404, info: "Not Found"`.
    pub reason: &'a [u8],
}

/// Reads the line of a request.
pub fn request(line: &[u8]) -> Option<Request<'_>> {
    let at = memchr::memmem::find(line, b" [").filter(|at| client_before(line, *at).is_some());
    let open = match at {
        Some(open) => open,
        None => {
            memchr::memmem::find_iter(line, b" [").find(|at| client_before(line, *at).is_some())?
        }
    };
    let client = client_before(line, open)?;
    let start = open.checked_sub(client.len())?;
    let rest = line.get(open.checked_add(2)?..)?;
    let (date, rest) = scan::split_once(rest, "] ")?;
    let mut words = rest.splitn(4, |byte| *byte == b' ');
    let frontend = words.next()?;
    let (backend, server) = scan::split_once(words.next()?, "/")?;
    let times = numbers(words.next()?);
    let behind = words.next()?;
    let of_connection = times.len() == 3;
    let ending = if of_connection {
        Ending::of_connection(behind)?
    } else {
        Ending::of_request(behind)?
    };
    let time = |at: usize| times.get(at).copied().unwrap_or(-1);
    let mut found = Request {
        raw: line,
        message: line.get(start..)?,
        client,
        at: log_time::day_first(date).map(|(civil, _)| civil),
        frontend: frontend.strip_suffix(b"~").unwrap_or(frontend),
        backend,
        server,
        queue_ms: time(usize::from(!of_connection)),
        connect_ms: time(if of_connection { 1 } else { 2 }),
        response_ms: if of_connection { -1 } else { time(3) },
        total_ms: time(if of_connection { 2 } else { 4 }),
        status: ending.status,
        termination: ending.termination,
        retries: ending.retries,
        request: ending.request,
        is_connection: of_connection,
        symptom: None,
    };
    found.symptom = if of_connection {
        found.connection_tells(ending.bytes)
    } else {
        found.tells()
    };
    Some(found)
}

/// What stands behind the times.
struct Ending<'a> {
    status: i64,
    bytes: i64,
    termination: &'a [u8],
    retries: i64,
    request: &'a [u8],
}

impl<'a> Ending<'a> {
    fn of_request(text: &'a [u8]) -> Option<Self> {
        let mut words = text.splitn(7, |byte| *byte == b' ');
        let status = number(words.next()?)?;
        let bytes = number(words.next()?).unwrap_or(0);
        let (_request_cookie, _response_cookie) = (words.next()?, words.next()?);
        let termination = words.next()?;
        let counts = numbers(words.next()?);
        let behind = words.next().unwrap_or_default();
        let quote = memchr::memchr(b'"', behind)?;
        let text = behind.get(quote.checked_add(1)?..)?;
        Some(Self {
            status,
            bytes,
            termination,
            retries: counts.get(4).copied().unwrap_or(0),
            request: text.strip_suffix(b"\"").unwrap_or(text),
        })
    }

    fn of_connection(text: &'a [u8]) -> Option<Self> {
        let mut words = text.split(|byte| *byte == b' ');
        let bytes = number(words.next()?)?;
        let termination = words.next().filter(|word| word.len() == 2)?;
        let counts = numbers(words.next()?);
        Some(Self {
            status: -1,
            bytes,
            termination,
            retries: counts.get(4).copied()?,
            request: b"",
        })
    }
}

/// The `ADDRESS:PORT` that ends at `end`.
fn client_before(line: &[u8], end: usize) -> Option<&[u8]> {
    let before = line.get(..end)?;
    let start = before
        .iter()
        .rposition(|b| *b == b' ')
        .map_or(0, |at| at.saturating_add(1));
    let word = before.get(start..)?;
    let (_, port) = scan::rsplit_once(word, ":")?;
    let digits = !port.is_empty() && port.iter().all(u8::is_ascii_digit);
    digits.then_some(word)
}

fn numbers(text: &[u8]) -> Vec<i64> {
    let each = text.split(|byte| *byte == b'/');
    each.map(|text| number(text).unwrap_or(-1)).collect()
}

fn number(text: &[u8]) -> Option<i64> {
    let text = core::str::from_utf8(text).ok()?;
    text.trim_start_matches('+').parse().ok()
}

impl Request<'_> {
    /// Whether no server could be used.
    pub fn has_no_server(&self) -> bool {
        self.server == b"<NOSRV>"
    }

    /// When it ended, on a clock `offset` seconds east of UTC: the log has the time at
    /// which it came in.
    pub fn ended(&self, offset: i32) -> Option<Moment> {
        let ms = self.total_ms.max(0);
        Some(self.at?.moment(offset)?.plus_secs(ms.div_euclid(1_000)))
    }

    /// Whether the status is the server's own: it sent a whole header, and the proxy
    /// had nothing to say about it. `None` for other endings.
    pub fn is_from_server(&self) -> Option<bool> {
        match self.termination.get(..2)? {
            _ if self.is_connection => None,
            b"--" => Some(!self.has_no_server() && self.response_ms >= 0),
            b"LR" | b"PR" => Some(false),
            _ => None,
        }
    }

    fn tells(&self) -> Option<Symptom> {
        use Symptom as S;
        let state = self.termination.get(..2)?;
        Some(match state {
            b"SC" if self.has_no_server() => S::NoLiveUpstreams,
            b"SC" => S::ConnectFailed,
            b"sC" => S::ConnectTimeout,
            b"sQ" | b"SQ" => S::ConnectionLimited,
            b"PC" => S::OutOfFiles,
            b"RC" => S::NoLocalAddress,
            b"SH" => S::ClosedBeforeResponse,
            b"sH" => S::ResponseTimeout,
            b"PH" if self.status == 502 => S::HeaderInvalid,
            b"SD" => S::ClosedInBody,
            b"sD" => S::BodyTimeout,
            b"PD" => S::ChunkInvalid,
            _ => return None,
        })
    }

    /// Whether a rule of HAProxy's own answered in place of a server: `Some(true)` where
    /// it refused (`PR`), `Some(false)` where it just answered (`LR`).
    pub fn answered_itself(&self) -> Option<bool> {
        match self.termination.get(..2)? {
            b"PR" | b"PT" if self.has_no_server() => Some(true),
            b"LR" => Some(false),
            _ => None,
        }
    }

    /// Of a connection that it passes on, HAProxy knows no answer: only whether the server
    /// sent anything before the end.
    fn connection_tells(&self, bytes: i64) -> Option<Symptom> {
        use Symptom as S;
        match self.termination {
            b"SD" if bytes == 0 => Some(S::ClosedBeforeResponse),
            b"sD" if bytes == 0 => Some(S::ResponseTimeout),
            b"SD" | b"sD" => None,
            _ => self.tells(),
        }
    }
}

/// Reads a line about the health of a server.
pub fn health(line: &[u8]) -> Option<Health<'_>> {
    let (_, rest) = scan::split_once(line, "Server ")?;
    let (name, rest) = scan::split_once(rest, " is ")?;
    let (backend, server) = scan::split_once(name, "/")?;
    let up = rest.starts_with(b"UP");
    if !up && !rest.starts_with(b"DOWN") {
        return None;
    }
    let reason = scan::split_once(rest, "reason: ").map_or(&b""[..], |(_, reason)| reason);
    let end = memchr::memmem::find(reason, b", check duration").unwrap_or(reason.len());
    Some(Health {
        backend,
        server,
        up,
        reason: reason.get(..end)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_request_is_taken_apart() {
        let line = b"<134>Nov 21 12:40:00 web1 haproxy[33]: 127.0.0.1:50832 [21/Nov/2026:12:40:01.123] web~ app/a 0/0/-1/-1/3005 503 217 - - SC-- 1/1/0/0/3 0/0 \"GET /a?b HTTP/1.1\"";
        let found = request(line).unwrap();
        assert_eq!(found.client, b"127.0.0.1:50832");
        assert_eq!(
            (found.frontend, found.backend, found.server),
            (&b"web"[..], &b"app"[..], &b"a"[..])
        );
        assert_eq!(
            (found.connect_ms, found.status, found.retries),
            (-1, 503, 3)
        );
        assert_eq!(found.request, b"GET /a?b HTTP/1.1");
        assert_eq!(found.symptom, Some(Symptom::ConnectFailed));
        assert_eq!(found.at.unwrap().second, 1);
    }

    #[test]
    fn a_connection_has_no_request() {
        let line =
            b"127.0.0.1:38014 [21/Nov/2026:22:51:07.480] tls shop/a 1/-1/3004 0 SC 1/1/0/0/3 0/0";
        let found = request(line).unwrap();
        assert_eq!((found.backend, found.server), (&b"shop"[..], &b"a"[..]));
        assert_eq!((found.connect_ms, found.status, found.retries), (-1, -1, 3));
        assert_eq!(found.symptom, Some(Symptom::ConnectFailed));
        assert!(found.is_connection && found.request.is_empty());
        let line = b"10.0.0.9:38014 [21/Nov/2026:22:51:07.480] tls shop/a 1/0/4 0 SD 1/1/0/0/0 0/0";
        let symptom = request(line).unwrap().symptom;
        assert_eq!(symptom, Some(Symptom::ClosedBeforeResponse));
        let passed =
            b"10.0.0.9:38014 [21/Nov/2026:22:51:07.480] tls shop/a 1/0/4 512 SD 1/1/0/0/0 0/0";
        assert_eq!(request(passed).unwrap().symptom, None);
    }

    #[test]
    fn health_lines_name_the_reason() {
        let line = b"Server app/a is DOWN, reason: Layer7 wrong status, code: 404, info: \"Not Found\", check duration: 1ms. 0 active and 0 backup servers left.";
        let found = health(line).unwrap();
        assert_eq!(
            found.reason,
            b"Layer7 wrong status, code: 404, info: \"Not Found\""
        );
        assert!(!found.up);
        assert_eq!(health(b"Server x is stopping"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(text in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = (request(&text), health(&text));
        }
    }
}
