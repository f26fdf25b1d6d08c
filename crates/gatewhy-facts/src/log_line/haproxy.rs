//! `HAProxy`: one line a request or connection, whose termination state says who
//! ended it and when.
use super::record::{LoggedAt, Record, Server, Timing};
use crate::log_time;
use crate::nginx::error_log::Peer;
use crate::scan;
use crate::symptom::Symptom;

/// A request (`option httplog`, `httpslog`, `tcplog`) or a connection that failed
/// before one.
pub(super) fn request(line: &[u8]) -> Option<Record<'_>> {
    let (client, rest) = scan::split_once(line, " [")?;
    if client.contains(&b' ') || !client.contains(&b':') {
        return None;
    }
    let (time, rest) = scan::split_once(rest, "] ")?;
    let (civil, fraction) = log_time::day_first(time)?;
    fraction.starts_with(b".").then_some(())?;
    let mut record = Record::new(Server::Haproxy, line);
    record.at = Some(LoggedAt::Civil(civil));
    record.client = Some(client);
    if let Some((_, message)) =
        scan::split_once(rest, ": ").filter(|(name, _)| !name.contains(&b' '))
    {
        record.message = message;
        return Some(record.symptom(Symptom::ClientIoFailed));
    }
    let mut words = rest.split(|b| *b == b' ').filter(|word| !word.is_empty());
    let _frontend = words.next()?;
    let (backend, server) = split_at(words.next()?, b'/')?;
    // Formats of their own put a value or two before the times.
    let is_times = |word: &&[u8]| {
        let count = word.split(|b| *b == b'/').count();
        timing(word, count).is_some()
    };
    let timers = words.by_ref().take(3).find(is_times)?;
    let count = timers.split(|b| *b == b'/').count();
    record.group = Some(backend);
    record.peer = Some(Peer::Name(server));
    record.timing = timing(timers, count)?;
    let status = if count == 5 {
        scan::whole_number(words.next()?)
    } else {
        None
    };
    record.status = status;
    let state = words.find(|word| is_state(word))?;
    record.request = scan::rsplit_once(rest, " \"").and_then(|(_, r)| r.strip_suffix(b"\""));
    Some(judge(record, state))
}

fn split_at(word: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let place = memchr::memchr(at, word)?;
    Some((word.get(..place)?, word.get(place + 1..)?))
}

/// `TR/Tw/Tc/Tr/Ta` or, of connections, `Tw/Tc/Tt`; -1 for what never ended.
fn timing(timers: &[u8], count: usize) -> Option<Timing> {
    let value = |at: usize| {
        let word = timers.split(|b| *b == b'/').nth(at)?;
        scan::whole_number(word.strip_prefix(b"+").unwrap_or(word))
    };
    let shape = |b: &u8| b.is_ascii_digit() || matches!(b, b'/' | b'-' | b'+');
    let known = matches!(count, 3 | 5) && timers.iter().all(shape);
    known.then(|| Timing {
        connect_ms: value(if count == 5 { 2 } else { 1 }),
        header_ms: if count == 5 { value(3) } else { None },
        total_ms: value(count - 1),
        logged: true,
    })
}

/// Two letters, and of HTTP two more about the cookie.
fn is_state(word: &[u8]) -> bool {
    let letter = |at: usize, letters: &[u8]| word.get(at).is_some_and(|b| letters.contains(b));
    let two = letter(0, b"CSPLRIDUKcs-") && letter(1, b"RQCHDLT-");
    let four = letter(2, b"NIDVEOU-") && letter(3, b"NIUPRD-");
    two && (word.len() == 2 || (word.len() == 4 && four))
}

fn judge<'a>(mut record: Record<'a>, state: &'a [u8]) -> Record<'a> {
    record.code = state.get(..2);
    let none = matches!(record.peer, Some(Peer::Name(b"<NOSRV>")));
    record.symptom = symptom(state, record.status, none);
    record
}

/// What a termination state means (configuration manual, section 8.5).
fn symptom(state: &[u8], status: Option<u16>, no_server: bool) -> Option<Symptom> {
    let failed = status.is_some_and(|status| (500..=599).contains(&status));
    Some(match (state.first()?, state.get(1)?) {
        (b'C', _) => Symptom::ClientClosed,
        (b'c', _) => Symptom::ClientTimeout,
        (b'S', b'C') if no_server => Symptom::NoLiveUpstreams,
        (b'S', b'C') => Symptom::ConnectFailed,
        (b's', b'C') => Symptom::ConnectTimeout,
        (b's' | b'S', b'Q') => Symptom::QueueTimeout,
        (b'S', b'H' | b'R' | b'-') => Symptom::ClosedBeforeResponse,
        (b's', b'H' | b'R' | b'-') => Symptom::ResponseTimeout,
        (b'S', _) => Symptom::ClosedInBody,
        (b's', _) => Symptom::BodyTimeout,
        (b'P', b'C') => Symptom::GatewayConnectionLimit,
        (b'P', b'H') => Symptom::ResponseInvalid,
        (b'P', b'D' | b'L') => Symptom::ChunkInvalid,
        (b'P', _) => Symptom::RequestDenied,
        (b'R', _) => Symptom::GatewayResourcesExhausted,
        (b'D', _) => Symptom::ServerMarkedDown,
        (b'K', _) => Symptom::ServerDisabledByAdmin,
        (b'U', _) => Symptom::ServerUp,
        (b'I', _) => Symptom::GatewayMisconfigured,
        (b'L', _) if failed => Symptom::GatewayAnsweredError,
        (b'-', _) if failed => Symptom::PassedOnError,
        _ => return None,
    })
}

/// The form of `option httplog clf`: an access line with the same values at its end.
pub(super) fn common(line: &[u8]) -> Option<Record<'_>> {
    let access = super::nginx::access(line)?;
    let (_, tail) = scan::split_once(line, " \"\" \"\" ")?;
    let mut words = tail.split(|b| *b == b' ').filter(|word| !word.is_empty());
    let state = words.find(|word| word.len() == 4 && is_state(word))?;
    let server = tail.split(|b| *b == b'"').nth(5);
    let record = Record {
        server: Server::Haproxy,
        symptom: None,
        peer: server.map(Peer::Name),
        ..access
    };
    Some(judge(record, state))
}

/// `Server BACKEND/NAME is DOWN, reason: …` and other notices.
pub(super) fn event(line: &[u8]) -> Option<Record<'_>> {
    let message = line
        .strip_prefix(b"[")
        .and_then(|rest| scan::split_once(rest, " : "))
        .map_or(line, |(_, message)| message);
    let record = Record::new(Server::Haproxy, message);
    if let Some(found) = super::table::told(record, EVENTS) {
        return Some(found);
    }
    of_server(record)
        .or_else(|| captured(line))
        .or_else(|| at_start(record, line))
}

/// `[20/Nov/2026:03:12:04.123] backend NAME (#3): invalid response`: how `show errors`
/// begins what it kept of a message that HAProxy could not read.
fn captured(line: &[u8]) -> Option<Record<'_>> {
    let (time, rest) = scan::split_once(line.strip_prefix(b"[")?, "] ")?;
    let (civil, _) = log_time::day_first(time)?;
    let (proxy, what) = scan::split_once(rest, "): invalid ")?;
    let (name, _) = scan::split_once(proxy, " (#")?;
    let symptom = match what.trim_ascii() {
        b"response" => Symptom::ResponseInvalid,
        b"request" => Symptom::ClientRequestInvalid,
        _ => return None,
    };
    let mut record = Record::new(Server::Haproxy, rest).symptom(symptom);
    record.at = Some(LoggedAt::Civil(civil));
    record.group = name.strip_prefix(b"backend ");
    (record.group.is_some() || name.starts_with(b"frontend ")).then_some(record)
}

/// The reason of a failed check by itself, as people quote it:
/// `Layer6 invalid response, info: "SSL handshake failure"`.
pub(super) fn reason(text: &[u8]) -> Option<Record<'_>> {
    const FAILED: [&str; 4] = [
        "timeout",
        "connection problem",
        "invalid response",
        "wrong status",
    ];
    let text = text.strip_prefix(b"reason: ").unwrap_or(text);
    let (layer, rest) = scan::number(text.strip_prefix(b"Layer")?)?;
    let rest = rest.strip_prefix(b" ")?;
    let known = FAILED
        .iter()
        .find(|words| rest.starts_with(words.as_bytes()));
    (matches!(layer, 4 | 6 | 7) && known.is_some()).then_some(())?;
    let record = Record::new(Server::Haproxy, text).symptom(Symptom::HealthCheckFailed);
    Some(record.text(Some(text)))
}

/// `[Backup ]Server BACKEND/NAME …`
fn of_server(record: Record<'_>) -> Option<Record<'_>> {
    let text = record
        .message
        .strip_prefix(b"Backup ")
        .unwrap_or(record.message);
    let text = text
        .strip_prefix(b"Server ")
        .or_else(|| text.strip_prefix(b"Health check for server "))?;
    let (name, rest) = scan::split_once(text, " ")?;
    let backend = split_at(name, b'/').map(|(backend, _)| backend);
    // Without its backend a server's name could stand in anybody's sentence.
    let telling = backend.is_some() || rest.starts_with(b"is DOWN, reason: Layer");
    telling.then_some(())?;
    let mut record = record;
    record.group = backend;
    record.peer = Some(Peer::Name(name));
    let (symptom, words) = server_state(rest)?;
    Some(record.symptom(symptom).text(words))
}

/// Why HAProxy takes a server out whose name it looks up (`resolvers`).
const DNS: [(&str, Symptom); 6] = [
    ("No IP for server", Symptom::NameNotFound),
    ("DNS NX status", Symptom::NameNotFound),
    ("DNS timeout status", Symptom::NameTimeout),
    ("DNS refused status", Symptom::NameQueryRefused),
    ("unspecified DNS error", Symptom::NameServerFailure),
    ("entry removed from SRV record", Symptom::NameNotFound),
];

/// What stands behind a server's name.
fn server_state(rest: &[u8]) -> Option<(Symptom, Option<&[u8]>)> {
    if let Some((_, reason)) = scan::split_once(rest, "is DOWN, reason: ") {
        let reason = reason.split(|b| *b == b'.').next()?;
        return Some((Symptom::ServerMarkedDown, Some(reason)));
    }
    if let Some(reason) = rest.strip_prefix(b"failed, reason: ") {
        return Some((Symptom::HealthCheckFailed, Some(reason)));
    }
    let has = |words: &str| scan::holds(rest, words);
    let leaving = has("leaving maintenance");
    // Its name has no address, which HAProxy calls maintenance as well.
    if !leaving && let Some((_, symptom)) = DNS.iter().find(|(words, _)| has(words)) {
        return Some((*symptom, Some(rest)));
    }
    let by_hand = has("maintenance") || has("drain") || rest.starts_with(b"is stopping");
    if by_hand && !leaving {
        return Some((Symptom::ServerDisabledByAdmin, Some(rest)));
    }
    if rest.starts_with(b"is UP") || has("READY") || leaving {
        return Some((Symptom::ServerUp, None));
    }
    let down = rest.starts_with(b"is DOWN") || rest.starts_with(b"is going DOWN");
    down.then_some((Symptom::ServerMarkedDown, Some(rest)))
}

/// `[ALERT] (812) : config : …`: it does not start.
fn at_start<'a>(record: Record<'a>, line: &'a [u8]) -> Option<Record<'a>> {
    let rest = line.strip_prefix(b"[ALERT]")?;
    let rest = scan::split_once(rest, " : ").map_or(rest, |(_, rest)| rest);
    let bind =
        scan::holds(rest, "cannot bind socket") || scan::holds(rest, "cannot bind UNIX socket");
    let symptom = match bind {
        true if scan::holds(rest, "Permission denied") => Symptom::StartBindDenied,
        true if scan::holds(rest, "annot assign") => Symptom::StartAddressAbsent,
        true => Symptom::StartAddressInUse,
        false => Symptom::StartConfigInvalid,
    };
    Some(
        Record {
            message: rest,
            ..record
        }
        .symptom(symptom)
        .text(Some(rest)),
    )
}

const EVENTS: &[super::table::Row] = &[
    (
        "backend {} has no server available!",
        Symptom::NoLiveUpstreams,
    ),
    (
        "proxy {} has no server available!",
        Symptom::NoLiveUpstreams,
    ),
    (
        "listener {} has no server available!",
        Symptom::NoLiveUpstreams,
    ),
    (
        "Connect() failed for backend {}: can't connect to destination unix socket, check backlog size on the server.{_}",
        Symptom::BacklogFull,
    ),
    (
        "Connect() failed for backend {}: no free ports.{_}",
        Symptom::NoLocalAddress,
    ),
    (
        "Connect() failed for backend {}: local address already in use.{_}",
        Symptom::NoLocalAddress,
    ),
    (
        "Connect() failed for server {}: no free ports.{_}",
        Symptom::NoLocalAddress,
    ),
    (
        "Cannot bind to {_}source address before connect() for backend {}",
        Symptom::SourceAddressUnusable,
    ),
    (
        "Proxy {} reached the configured maximum connection limit. {_}",
        Symptom::GatewayConnectionLimit,
    ),
    ("Proxy {} reached process FD limit {_}", Symptom::OutOfFiles),
    (
        "Proxy {} reached system FD limit {_}",
        Symptom::SystemOutOfFiles,
    ),
    (
        "Proxy {} reached system memory limit {_}",
        Symptom::GatewayOutOfMemory,
    ),
    (
        "Proxy {} has insufficient permissions to open server socket{_}",
        Symptom::ConnectDenied,
    ),
    (
        "Proxy {} cannot create a server socket: {_}",
        Symptom::GatewayResourcesExhausted,
    ),
    ("Proxy {} stopped {_}", Symptom::Stopping),
    ("Proxy {} started.", Symptom::ServerUp),
    (
        "Starting proxy {}: cannot bind socket {_}",
        Symptom::StartAddressInUse,
    ),
    (
        "Current worker {_} exited with code {#}{_}",
        Symptom::WorkerGone,
    ),
    ("Server {}: can't find {_}", Symptom::GatewayMisconfigured),
];
