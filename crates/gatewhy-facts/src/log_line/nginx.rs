//! nginx: its error log, and access logs in the forms that are common.
use super::json::Object;
use super::record::{LoggedAt, Record, Server, Timing};
use super::visitor_words::quotes_visitor;
use crate::log_time;
use crate::nginx::error_log::{self, ErrorRecord, Level, Peer, Upstream};
use crate::scan;
use crate::symptom::Symptom;

/// A record of the error log that begins the line.
pub(super) fn own_error(line: &[u8]) -> Option<Record<'_>> {
    (line.get(4) == Some(&b'/')).then_some(())?;
    log_time::year_first(line)?;
    error(line)
}

/// A record of the error log, or of NGINX Unit's, which looks alike.
pub(super) fn error(line: &[u8]) -> Option<Record<'_>> {
    if line.starts_with(b"nginx: configuration file ") && line.ends_with(b" test failed") {
        return Some(Record::new(Server::Nginx, line).symptom(Symptom::StartConfigInvalid));
    }
    let found = error_log::parse(line)?;
    if found.level.is_none() && quotes_visitor(found.message) {
        return None;
    }
    let server = if is_unit(line) {
        Server::Unit
    } else {
        Server::Nginx
    };
    let found = starless(&found).unwrap_or(found);
    Some(from_error(&found, server))
}

/// `1240#1240: 778896 upstream sent …`: Markdown takes the asterisk before the
/// connection's number for its own.
fn starless<'a>(found: &ErrorRecord<'a>) -> Option<ErrorRecord<'a>> {
    (found.symptom.is_none() && found.level.is_some()).then_some(())?;
    let at = memchr::memmem::find(found.raw, found.message)?;
    let (_, rest) = scan::number(found.raw.get(at..)?)?;
    let inner = error_log::parse_message(rest.strip_prefix(b" ")?);
    inner.symptom?;
    Some(ErrorRecord {
        at: found.at,
        level: found.level,
        pid: found.pid,
        ..inner
    })
}

/// A message without anything before it.
pub(super) fn message(text: &[u8]) -> Option<Record<'_>> {
    let found = error_log::parse_message(text);
    Some(from_error(&found, Server::Nginx)).filter(|record| record.symptom.is_some())
}

/// From a record that the error log's own reader gives.
pub fn from_error<'a>(found: &ErrorRecord<'a>, server: Server) -> Record<'a> {
    let upstream = found
        .context
        .upstream
        .or_else(|| quoted_upstream(found.raw));
    let guessed = found.symptom.or_else(|| shortened(found)).or_else(|| {
        let (_, tail) = scan::split_once(found.message, "accept4(")?;
        (found.errno == Some(24) && tail.ends_with(b"failed")).then_some(Symptom::OutOfFiles)
    });
    let guessed = guessed.or_else(|| signal_failed(found));
    let lua = lua(found.message, found.errno);
    let mut record = Record::new(server, found.message);
    record.at = found.at.map(LoggedAt::Civil);
    record.symptom = guessed.or(lua.map(|(symptom, _)| symptom));
    record.errno = found.errno;
    record.peer = upstream
        .map(|upstream| upstream.peer)
        .or_else(|| named_peer(found));
    record.scheme = upstream.and_then(|upstream| upstream.scheme);
    record.client = found.context.client;
    record.host = found.context.host.or(found.context.server);
    record.request = found.context.request;
    record.pid = found.pid;
    record.text = found.text.or(lua.map(|(_, text)| text));
    record.number = found.number;
    record
}

/// Unit writes no colon behind process and thread.
fn is_unit(line: &[u8]) -> bool {
    let Some((head, rest)) = scan::split_once(line, "] ") else {
        return false;
    };
    let numbers = scan::number(rest).and_then(|(_, rest)| scan::number(rest.strip_prefix(b"#")?));
    log_time::year_first(head).is_some() && numbers.is_some_and(|(_, rest)| rest.starts_with(b" "))
}

/// `connect() to unix:/run/x failed`: the message names the peer itself.
fn named_peer<'a>(found: &ErrorRecord<'a>) -> Option<Peer<'a>> {
    scan::between(found.message, "connect() to ", " failed").map(Peer::parse)
}

/// `upstream: "…"` in a line that was put together by hand.
fn quoted_upstream(raw: &[u8]) -> Option<Upstream<'_>> {
    scan::between(raw, "upstream: \"", "\"").map(Upstream::parse)
}

/// Lines that somebody shortened before the words after *while*, and calls that
/// modules make by themselves: the call and the error number still tell.
fn shortened(found: &ErrorRecord<'_>) -> Option<Symptom> {
    if found.phase.is_some() || found.level.is_some_and(|level| level <= Level::Notice) {
        return None;
    }
    let connect = found.message.starts_with(b"connect() ") && found.message.ends_with(b"failed");
    // Cut within the address, as an editor shows a long line: nginx tells of a
    // connection only when it failed.
    let unfinished = found.errno.is_none() && !scan::holds(found.message, " failed");
    if unfinished && found.message.starts_with(b"connect() to ") {
        return Some(Symptom::ConnectFailed);
    }
    if connect {
        return Some(super::errno::connect(found.errno?, named_peer(found)));
    }
    let read = matches!(found.message, b"recv() failed" | b"readv() failed");
    if read && found.errno == Some(104) && found.context.client.is_none() {
        return Some(Symptom::ResetBeforeResponse);
    }
    // What was cut off must have been the phase, not the visitor's fields.
    let timed_out = found.message == b"upstream timed out";
    timed_out.then_some(Symptom::UpstreamTimeout)
}

/// `nginx -s reload` where no nginx runs (`ngx_signal_process`): the pid file is not
/// there, holds no number, or that of a process that is gone (ESRCH). No connection
/// and no visitor have to do with it.
fn signal_failed(found: &ErrorRecord<'_>) -> Option<Symptom> {
    let own = found.connection.is_none() && found.context.client.is_none();
    let pid_file = scan::between(found.message, "open() \"", "\" failed");
    let missing = found.errno == Some(2) && pid_file.is_some_and(|path| path.ends_with(b".pid"));
    let odd = found.message.starts_with(b"invalid PID number \"");
    let gone = found.errno == Some(3)
        && found.message.starts_with(b"kill(")
        && found.message.ends_with(b") failed");
    (own && found.level >= Some(Level::Error) && (missing || odd || gone))
        .then_some(Symptom::GatewayNotRunning)
}

/// `[lua] FILE:LINE: FUNCTION(): …`: what a script says of its own sockets.
fn lua(message: &[u8], errno: Option<u16>) -> Option<(Symptom, &[u8])> {
    let text = message.strip_prefix(b"[lua] ")?;
    if let Some((head, _)) = scan::split_once(text, " could not be resolved") {
        let name = head.rsplit(u8::is_ascii_whitespace).next()?;
        let symptom = match errno {
            Some(2) => Symptom::NameServerFailure,
            Some(3) => Symptom::NameNotFound,
            Some(5) => Symptom::NameQueryRefused,
            Some(110) => Symptom::NameTimeout,
            _ => Symptom::NameLookupFailed,
        };
        return Some((symptom, name));
    }
    if let Some((_, rest)) = scan::split_once(text, "dns/balancer resolve for '") {
        let (name, why) = scan::split_once(rest, "' with: ")?;
        let missing = scan::holds(why, ": 3 name error") || scan::holds(why, "empty record");
        let symptom = if missing {
            Symptom::NameNotFound
        } else {
            Symptom::NameLookupFailed
        };
        return Some((symptom, name));
    }
    if let Some((_, name)) = scan::split_once(text, "no resolver defined to resolve \"") {
        return Some((Symptom::NoResolver, name.split(|b| *b == b'"').next()?));
    }
    None
}

/// A line in the common form of access logs: `CLIENT IDENT USER [TIME] "REQUEST"
/// STATUS BYTES …`, with what often follows.
pub(super) fn access(line: &[u8]) -> Option<Record<'_>> {
    // A user's name may hold brackets; no quote stands before the request's.
    let (head, _) = scan::split_once(line, "] \"")?;
    let (before, _) = scan::rsplit_once(head, " [")?;
    let client = before.split(|b| *b == b' ').rev().nth(2)?;
    let rest = line.get(before.len() + 2..)?;
    let (civil, zone) = log_time::day_first(rest)?;
    let (offset, rest) = log_time::zone(zone.strip_prefix(b" ")?)?;
    let (request, rest) = take_request(rest.strip_prefix(b"] \"")?)?;
    let (status, tail) = scan::number(rest.strip_prefix(b" ")?)?;
    let status = u16::try_from(status).ok().filter(|s| *s < 1_000)?;
    let mut record = Record::new(Server::AccessLog, line);
    record.at = civil.moment(offset).map(LoggedAt::Moment);
    record.client = Some(client);
    record.request = Some(request);
    record.status = Some(status);
    let tail = behind_quotes(tail);
    let upstream = ingress_tail(tail).or_else(|| named_tail(tail));
    Some(judge_access(record, upstream.unwrap_or_default()))
}

/// The request ends where its closing quote is followed by a status.
fn take_request(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut from = 0;
    while let Some(at) = memchr::memchr(b'"', text.get(from..)?) {
        let at = from + at;
        let escaped = at > 0 && text.get(at - 1) == Some(&b'\\');
        let rest = text.get(at + 1..)?;
        let status = rest
            .get(1..4)
            .is_some_and(|s| s.iter().all(u8::is_ascii_digit));
        if !escaped && rest.first() == Some(&b' ') && status {
            return Some((text.get(..at)?, rest));
        }
        from = at + 1;
    }
    None
}

/// What an access line says of the backend.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct UpstreamFields<'a> {
    pub(super) address: Option<&'a [u8]>,
    pub(super) status: Option<&'a [u8]>,
    pub(super) connect: Option<&'a [u8]>,
    pub(super) header: Option<&'a [u8]>,
    pub(super) response: Option<&'a [u8]>,
}

/// What stands behind size, referrer and user agent: visitors choose these.
fn behind_quotes(mut tail: &[u8]) -> &[u8] {
    while let Some(rest) = tail.strip_prefix(b" ") {
        tail = match rest.first() {
            Some(b'"') => match rest.get(1..).and_then(behind_quote) {
                Some(behind) => behind,
                None => return b"",
            },
            Some(b) if b.is_ascii_digit() || *b == b'-' => {
                let end = memchr::memchr(b' ', rest).unwrap_or(rest.len());
                match rest.split_at_checked(end) {
                    Some((word, behind)) if word.iter().all(u8::is_ascii_digit) || word == b"-" => {
                        behind
                    }
                    _ => return tail,
                }
            }
            _ => return tail,
        };
    }
    tail
}

/// Behind the quote that closes what the text begins with.
fn behind_quote(text: &[u8]) -> Option<&[u8]> {
    let mut quotes = memchr::memchr_iter(b'"', text);
    let closes = |at: &usize| {
        let before = text.get(..*at).unwrap_or_default();
        let slashes = before.iter().rev().take_while(|b| **b == b'\\').count();
        slashes % 2 == 0
    };
    text.get(quotes.find(closes)? + 1..)
}

/// ingress-nginx: `LENGTH TIME [NAME] [] ADDRESS LENGTH TIME STATUS ID`.
fn ingress_tail(tail: &[u8]) -> Option<UpstreamFields<'_>> {
    let (_, rest) = scan::split_once(tail, "] [")?;
    let (_, rest) = scan::split_once(rest, "] ")?;
    // Lists over several tries hold `, `, so the fields are counted from both ends.
    let words = rest.split(|b| *b == b' ').count();
    let each = words.checked_sub(1)? / 4;
    if each == 0 || words != each * 4 + 1 {
        return None;
    }
    let mut lists = Lists { rest };
    let address = lists.take(each)?;
    lists.take(each)?;
    let response = lists.take(each)?;
    let status = lists.take(each)?;
    Some(UpstreamFields {
        address: Some(address),
        status: Some(status),
        response: Some(response),
        ..UpstreamFields::default()
    })
}

struct Lists<'a> {
    rest: &'a [u8],
}

impl<'a> Lists<'a> {
    /// The next so many words, with the blanks between them.
    fn take(&mut self, words: usize) -> Option<&'a [u8]> {
        let mut blanks = memchr::memchr_iter(b' ', self.rest);
        let end = blanks.nth(words.checked_sub(1)?).unwrap_or(self.rest.len());
        let taken = self.rest.get(..end)?;
        self.rest = self.rest.get(end + 1..).unwrap_or_default();
        Some(taken)
    }
}

pub(super) const ADDRESS: &[&str] = &["upstream_addr", "upstream", "ua", "uaddr"];
pub(super) const STATUS: &[&str] = &["upstream_status", "us", "ustatus"];
const CONNECT: &[&str] = &["upstream_connect_time", "uct"];
const HEADER: &[&str] = &["upstream_header_time", "uht"];
const RESPONSE: &[&str] = &["upstream_response_time", "urt", "ut"];

/// `NAME=VALUE` or `NAME="VALUE"` behind the user agent.
fn named_tail(tail: &[u8]) -> Option<UpstreamFields<'_>> {
    let get = |names: &[&str]| names.iter().find_map(|name| named(tail, name));
    let found = UpstreamFields {
        address: get(ADDRESS),
        status: get(STATUS),
        connect: get(CONNECT),
        header: get(HEADER),
        response: get(RESPONSE),
    };
    (found.status.is_some() || found.header.is_some()).then_some(found)
}

fn named<'a>(tail: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let mut from = 0;
    while let Some(at) = memchr::memmem::rfind(tail.get(..tail.len() - from)?, name.as_bytes()) {
        let starts = at.checked_sub(1).and_then(|at| tail.get(at));
        let behind = tail.get(at + name.len()..)?;
        let value = behind
            .strip_prefix(b"=")
            .or_else(|| behind.strip_prefix(b": "));
        let apart = starts.is_none_or(|b| matches!(b, b' ' | b'"' | b',' | b'|'));
        if let Some(value) = value.filter(|_| apart) {
            return Some(match value.strip_prefix(b"\"") {
                Some(quoted) => quoted.split(|b| *b == b'"').next()?,
                None => value.split(|b| *b == b' ').next()?,
            });
        }
        from = tail.len() - at;
    }
    None
}

/// From a JSON access log: nginx's variables by their own names.
pub(super) fn json(line: &[u8]) -> Option<Record<'_>> {
    let fields = Object::parse(line)?;
    let status = scan::whole_number(fields.get("status")?)?;
    let [address, tried, connect, header, response] =
        fields.pick([ADDRESS, STATUS, CONNECT, HEADER, RESPONSE]);
    let upstream = UpstreamFields {
        address,
        status: tried,
        connect,
        header,
        response,
    };
    upstream.address.or(upstream.status)?;
    let [at, client, host, request] = fields.pick([
        &["time_iso8601", "time", "@timestamp"],
        &["remote_addr", "client_ip", "client"],
        &["host", "http_host", "server_name"],
        &["request", "request_uri", "uri"],
    ]);
    let mut record = Record::new(Server::Nginx, line);
    record.at = at.and_then(super::wrapper::iso);
    record.status = Some(status);
    record.client = client;
    record.host = host;
    record.request = request;
    Some(judge_access(record, upstream))
}

/// What status and tries together mean.
pub(super) fn judge_access<'a>(mut record: Record<'a>, upstream: UpstreamFields<'a>) -> Record<'a> {
    let last = |list: Option<&'a [u8]>| {
        let list = list?;
        let item = list
            .rsplit(|b| matches!(b, b',' | b' '))
            .find(|i| !i.is_empty())?;
        (item != b"-").then_some(item)
    };
    let told = upstream.status.is_some();
    if told {
        record.server = Server::Nginx;
    }
    record.peer = last(upstream.address).map(Peer::parse);
    record.timing = Timing {
        connect_ms: last(upstream.connect).and_then(millis),
        header_ms: last(upstream.header).and_then(millis),
        total_ms: last(upstream.response).and_then(millis),
        logged: upstream.header.is_some(),
    };
    record.symptom = access_symptom(&record, last(upstream.status), upstream);
    record
}

fn access_symptom(
    record: &Record<'_>,
    last_status: Option<&[u8]>,
    upstream: UpstreamFields<'_>,
) -> Option<Symptom> {
    let status = record.status?;
    if status == 499 {
        return Some(Symptom::ClientClosed);
    }
    if status == 9 {
        return Some(Symptom::StatusLineMissing);
    }
    if !(500..=599).contains(&status) {
        // Another server, or the same on a new connection, answered after all.
        let first = upstream.status?.split(|b| *b == b',').next()?;
        return (first == b"502").then_some(Symptom::ClosedBeforeResponse);
    }
    let gateway = matches!(status, 502..=504);
    if upstream.header.is_some() && last_status.is_some() {
        return match record.timing.header_ms {
            Some(_) => Some(Symptom::PassedOnError),
            None => Some(unanswered(status, record.timing)),
        };
    }
    if upstream.status.is_some() && last_status.is_some() && !gateway {
        return Some(Symptom::PassedOnError);
    }
    gateway.then_some(Symptom::GatewayAnsweredError)
}

/// nginx made the error; how far it came tells what it was.
fn unanswered(status: u16, timing: Timing) -> Symptom {
    match (status, timing.connect_ms) {
        (504, None) => Symptom::ConnectTimeout,
        (504, Some(_)) => Symptom::ResponseTimeout,
        (_, None) => Symptom::ConnectFailed,
        (_, Some(_)) => Symptom::ClosedBeforeResponse,
    }
}

/// `0.004` in milliseconds.
pub(super) fn millis(text: &[u8]) -> Option<u32> {
    let (secs, rest) = scan::number(text)?;
    let digits = rest.strip_prefix(b".").unwrap_or(b"000");
    let three = digits.get(..digits.len().min(3))?;
    let part: u32 = scan::whole_number(three)?;
    let scale = match three.len() {
        1 => 100,
        2 => 10,
        _ => 1,
    };
    let secs = u32::try_from(secs).ok()?.checked_mul(1_000)?;
    secs.checked_add(part * scale)
}
