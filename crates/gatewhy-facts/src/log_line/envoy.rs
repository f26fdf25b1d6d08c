//! Envoy, Istio's proxy too: access logs with response flags, and the texts that
//! it answers itself.
use super::errno;
use super::json::Object;
use super::record::{LoggedAt, Record, Server};
use super::wrapper;
use crate::log_time;
use crate::nginx::error_log::Peer;
use crate::scan;
use crate::symptom::Symptom;

/// Response flags (`response_flags.rst`), the telling ones first: several may stand
/// together.
const FLAGS: &[(&str, Symptom)] = &[
    ("UF", Symptom::ConnectFailed),
    ("UH", Symptom::NoLiveUpstreams),
    ("UO", Symptom::CircuitOpen),
    ("UPE", Symptom::ResponseInvalid),
    ("UT", Symptom::ResponseTimeout),
    ("UC", Symptom::ClosedBeforeResponse),
    ("UR", Symptom::ResetBeforeResponse),
    ("LR", Symptom::UpstreamTimeout),
    ("DF", Symptom::NameLookupFailed),
    ("NC", Symptom::NoTargets),
    ("NR", Symptom::NoRoute),
    ("LH", Symptom::HealthCheckFailed),
    ("UMSDR", Symptom::ResponseTimeout),
    ("DT", Symptom::ResponseTimeout),
    ("SI", Symptom::ResponseTimeout),
    ("OM", Symptom::GatewayResourcesExhausted),
    ("DO", Symptom::CircuitOpen),
    ("RL", Symptom::RateLimited),
    ("RLSE", Symptom::RateLimited),
    ("UAEX", Symptom::RequestDenied),
    ("FI", Symptom::GatewayAnsweredError),
    ("DI", Symptom::GatewayAnsweredError),
    ("NFCF", Symptom::GatewayMisconfigured),
    ("RFCF", Symptom::ServedFromCache),
    ("DPE", Symptom::ClientRequestInvalid),
    ("IH", Symptom::ClientRequestInvalid),
    ("DC", Symptom::ClientClosed),
    ("DR", Symptom::ClientClosed),
    ("URX", Symptom::ConnectFailed),
];

fn is_flags(word: &[u8]) -> bool {
    let known = |flag: &[u8]| FLAGS.iter().any(|(name, _)| name.as_bytes() == flag);
    word == b"-" || word.split(|b| *b == b',').all(known)
}

/// What flags, details and status mean together.
fn judge<'a>(
    mut record: Record<'a>,
    flags: &'a [u8],
    details: Option<&'a [u8]>,
    reason: Option<&'a [u8]>,
) -> Record<'a> {
    let status = record.status.unwrap_or_default();
    let reason = reason.filter(|reason| *reason != b"-");
    record.code = Some(flags);
    record.text = reason.or(details);
    record.errno = record.text.and_then(connect_errno);
    let first = FLAGS.iter().find(|(name, _)| {
        flags
            .split(|b| *b == b',')
            .any(|flag| flag == name.as_bytes())
    });
    record.symptom = match first {
        Some((_, symptom)) => Some(deeper(*symptom, details, reason)),
        None if status >= 500 && details.is_none_or(|details| details == b"via_upstream") => {
            Some(Symptom::PassedOnError)
        }
        None => details.and_then(of_words).filter(|_| status >= 500),
    };
    record
}

/// A failed connection says more in its details.
fn deeper(symptom: Symptom, details: Option<&[u8]>, reason: Option<&[u8]>) -> Symptom {
    let texts = [reason, details];
    let found = texts.into_iter().flatten().find_map(of_words);
    match symptom {
        Symptom::ConnectFailed | Symptom::ResetBeforeResponse | Symptom::ClosedBeforeResponse => {
            found.unwrap_or(symptom)
        }
        known => known,
    }
}

/// Words of `%RESPONSE_CODE_DETAILS%`, of transport failures and of Envoy's own
/// bodies, where blanks may be underscores; telling ones first.
const WORDS: &[(&str, Symptom)] = &[
    ("WRONG_VERSION_NUMBER", Symptom::TlsNotSpoken),
    ("CERTIFICATE_VERIFY_FAILED", Symptom::TlsVerifyFailed),
    ("ALERT_HANDSHAKE_FAILURE", Symptom::TlsAlertHandshakeFailure),
    (
        "ALERT_CERTIFICATE_REQUIRED",
        Symptom::TlsAlertCertificateRequired,
    ),
    ("ALERT_UNKNOWN_CA", Symptom::TlsAlertCertificate),
    ("UNRECOGNIZED_NAME", Symptom::TlsAlertUnrecognizedName),
    ("PROTOCOL_VERSION", Symptom::TlsVersionMismatch),
    ("TLS error", Symptom::TlsHandshakeFailed),
    ("TLS_error", Symptom::TlsHandshakeFailed),
    ("Connection refused", Symptom::ConnectRefused),
    ("Connection_refused", Symptom::ConnectRefused),
    ("No route to host", Symptom::HostUnreachable),
    ("Network is unreachable", Symptom::NetworkUnreachable),
    ("Cannot assign requested address", Symptom::NoLocalAddress),
    ("connection timeout", Symptom::ConnectTimeout),
    ("connection_timeout", Symptom::ConnectTimeout),
    ("connection failure", Symptom::ConnectFailed),
    ("connection_failure", Symptom::ConnectFailed),
    ("connection termination", Symptom::ClosedBeforeResponse),
    ("connection_termination", Symptom::ClosedBeforeResponse),
    ("protocol error", Symptom::ResponseInvalid),
    ("protocol_error", Symptom::ResponseInvalid),
    ("remote reset", Symptom::ResetBeforeResponse),
    ("remote_reset", Symptom::ResetBeforeResponse),
    ("remote refused", Symptom::Http2StreamReset),
    ("overflow", Symptom::CircuitOpen),
    ("local reset", Symptom::UpstreamTimeout),
    ("no healthy upstream", Symptom::NoLiveUpstreams),
    ("no_healthy_upstream", Symptom::NoLiveUpstreams),
    ("cluster_not_found", Symptom::NoTargets),
    ("response_timeout", Symptom::ResponseTimeout),
    ("per_try_timeout", Symptom::ResponseTimeout),
    ("upstream request timeout", Symptom::ResponseTimeout),
    ("maintenance_mode", Symptom::ServerDisabledByAdmin),
    ("after_response_started", Symptom::ClosedInBody),
    ("headers_too_large", Symptom::HeaderTooBig),
    ("http1.", Symptom::ResponseInvalid),
    ("http2.", Symptom::Http2Invalid),
];

/// The system's number that a failed connection has in the transport's reason:
/// `delayed connect error: 111`, in access logs `delayed_connect_error:_111`.
fn connect_errno(text: &[u8]) -> Option<u16> {
    let (_, rest) = scan::split_once(text, "connect error: ")
        .or_else(|| scan::split_once(text, "connect_error:_"))?;
    let (number, _) = scan::number(rest)?;
    u16::try_from(number).ok()
}

fn of_words(text: &[u8]) -> Option<Symptom> {
    if let Some(number) = connect_errno(text) {
        return Some(errno::connect(number, None));
    }
    let found = WORDS.iter().find(|(words, _)| scan::holds(text, words));
    found.map(|(_, symptom)| *symptom)
}

/// `[TIME] "REQUEST" STATUS FLAGS …`, with or without Istio's details.
pub(super) fn access(line: &[u8]) -> Option<Record<'_>> {
    if let Some(found) = unquoted(line) {
        return Some(found);
    }
    // Who quotes a line often leaves its time out.
    let (at, rest) = match line.strip_prefix(b"[") {
        Some(rest) => {
            let (time, rest) = scan::split_once(rest, "] \"")?;
            (Some(wrapper::iso(time)?), rest)
        }
        None => (None, line.strip_prefix(b"\"")?),
    };
    let (request, rest) = scan::split_once(rest, "\" ")?;
    let mut words = rest.split(|b| *b == b' ');
    let status: u16 = scan::whole_number(words.next()?)?;
    let flags = words.next().filter(|word| is_flags(word))?;
    let third = words.next();
    let details = third.filter(|word| word.iter().any(u8::is_ascii_alphabetic));
    let mut record = Record::new(Server::Envoy, line);
    record.at = at;
    record.request = Some(request);
    record.status = Some(status);
    record.timing.total_ms = duration(rest, details.is_some());
    if let Some((authority, upstream)) = last_quoted(rest) {
        record.host = Some(authority).filter(|authority| *authority != b"-");
        record.peer = (upstream != b"-").then(|| Peer::parse(upstream));
        let mut quoted = rest.split(|b| *b == b'"').skip(1);
        let reason = details.and_then(|_| quoted.next());
        return Some(judge(record, flags, details, reason));
    }
    let mut quoted = rest.split(|b| *b == b'"').skip(1).step_by(2);
    let reason = details.and_then(|_| quoted.next());
    let addresses =
        quoted.filter_map(
            |text| match Peer::parse(text.strip_prefix(b"tcp://").unwrap_or(text)) {
                peer @ (Peer::Inet(_) | Peer::Unix(_)) => Some(peer),
                Peer::Name(_) => None,
            },
        );
    record.peer = addresses.last();
    Some(judge(record, flags, details, reason))
}

/// The last two of the quoted fields, where they are what the default format has there:
/// `… "AUTHORITY" "UPSTREAM"`, Istio's words behind them. They are looked for from the
/// end, as a visitor's agent before them may have quotation marks.
fn last_quoted(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut pieces = rest.rsplit(|b| *b == b'"').skip(1);
    let upstream = pieces.next()?;
    let upstream = upstream.strip_prefix(b"tcp://").unwrap_or(upstream);
    pieces.next().filter(|between| *between == b" ")?;
    let authority = pieces.next()?;
    pieces.next().filter(|between| *between == b" ")?;
    let is_address = matches!(Peer::parse(upstream), Peer::Inet(_) | Peer::Unix(_));
    let is_host = !authority.is_empty() && !authority.contains(&b' ');
    ((upstream == b"-" || is_address) && is_host).then_some((authority, upstream))
}

/// The same without quotation marks, as some formats have it:
/// `TIME METHOD PATH PROTOCOL STATUS FLAGS …`. Only with flags, which nobody else
/// writes, and where no visitor's words can stand before them.
fn unquoted(line: &[u8]) -> Option<Record<'_>> {
    let mut words = line.split(|b| *b == b' ');
    let at = wrapper::iso(words.next()?)?;
    let (method, path) = (words.next()?, words.next()?);
    let plain = !method.is_empty() && method.iter().all(u8::is_ascii_uppercase);
    let protocol = words.next()?.strip_prefix(b"HTTP/")?;
    let known = matches!(protocol, b"1.0" | b"1.1" | b"2" | b"3") && path.starts_with(b"/");
    let status: u16 = scan::whole_number(words.next()?)?;
    let flags = words
        .next()
        .filter(|word| *word != b"-" && is_flags(word))?;
    let mut record = Record::new(Server::Envoy, line);
    record.at = Some(at);
    record.request = Some(path);
    record.status = Some(status);
    (plain && known).then(|| judge(record, flags, None, None))
}

/// The third of the numbers: bytes received, bytes sent, milliseconds. They stand behind
/// the reason of a failed connection, which has quotation marks, where there is one.
fn duration(rest: &[u8], with_details: bool) -> Option<u32> {
    let (skipped, at) = if with_details { (b'"', 2) } else { (b' ', 2) };
    let numbers = rest.splitn(at + 1, |b| *b == skipped).nth(at)?;
    let mut words = numbers.trim_ascii_start().split(|b| *b == b' ');
    let (received, sent) = (words.next()?, words.next()?);
    let count = |word| scan::whole_number::<u64>(word).is_some();
    (count(received) && count(sent)).then(|| scan::whole_number(words.next()?))?
}

/// The same in JSON, by the names that Istio and the examples use.
pub(super) fn json(line: &[u8]) -> Option<Record<'_>> {
    let fields = Object::parse(line)?;
    let get = |names: &[&str]| member(fields, names);
    let flags = get(&["responseflags", "flags"]).filter(|flags| is_flags(flags))?;
    let mut record = Record::new(Server::Envoy, line);
    record.at = get(&["starttime", "timestamp", "time"]).and_then(wrapper::iso);
    let status = get(&["responsecode", "status", "statuscode", "httpstatus"])?;
    record.status = scan::whole_number(status);
    record.timing.total_ms = get(&["duration"]).and_then(scan::whole_number);
    record.host = get(&["authority", "host"]);
    record.request = get(&["path", "requestpath", "requesturl"]);
    record.peer = get(&["upstreamhost"]).map(Peer::parse);
    record.group = get(&["upstreamcluster"]);
    let reason = get(&["upstreamtransportfailurereason"]);
    let details = get(&["responsecodedetails", "details"]);
    Some(judge(record, flags, details, reason))
}

/// The first member that is called so: everybody names them, as `response_flags` or
/// `responseFlags`.
fn member<'a>(fields: Object<'a>, names: &[&str]) -> Option<&'a [u8]> {
    let is_called = |known: &[u8], name: &str| {
        let letters = known.iter().filter(|b| !matches!(b, b'_' | b'-'));
        letters.map(u8::to_ascii_lowercase).eq(name.bytes())
    };
    names.iter().find_map(|name| {
        let mut found = fields.members().filter(|(known, _)| is_called(known, name));
        found
            .find(|(_, value)| !value.is_empty() && *value != b"null")
            .map(|(_, value)| value)
    })
}

/// Its details alone, as people quote them: `503 UC upstream_reset_before_…{…}`.
pub(super) fn details(line: &[u8]) -> Option<Record<'_>> {
    const DETAILS: [&str; 2] = [
        "upstream_reset_before_response_started",
        "upstream_reset_after_response_started",
    ];
    let quoted = DETAILS.iter().any(|words| scan::holds(line, words));
    (quoted && !scan::holds(line, " HTTP/")).then_some(())?;
    let mut record = Record::new(Server::Envoy, line);
    let mut words = line.split(u8::is_ascii_whitespace);
    record.status = words
        .clone()
        .find_map(scan::whole_number)
        .filter(|status| (100..600).contains(status));
    let flags = words.find(|word| word.len() > 1 && is_flags(word));
    Some(judge(record, flags.unwrap_or(b"UC"), Some(line), None))
}

/// Envoy's own log, where it tells why a connection to an upstream failed:
/// `[TIME][THREAD][debug][pool] [FILE:LINE] [C9] client disconnected, failure reason: …`,
/// and the same as Istio writes it, with tabs and without the brackets.
pub(super) fn own(line: &[u8]) -> Option<Record<'_>> {
    let text = line.strip_prefix(b"[Envoy (Epoch 0)] ").unwrap_or(line);
    let clock = text.strip_prefix(b"[").unwrap_or(text);
    let (civil, _) = log_time::year_first(clock)?;
    let told = OWN.iter().find_map(|(words, symptom)| {
        let (before, rest) = scan::split_once(text, words)?;
        let placed = scan::holds(before, ".cc:") && before.ends_with(b"] ");
        placed.then_some((rest, symptom))
    })?;
    let mut record = Record::new(Server::Envoy, text);
    record.at = Some(LoggedAt::Civil(civil));
    record.text = Some(told.0);
    record.symptom = (*told.1).or_else(|| of_words(told.0));
    record.symptom.map(|_| record)
}

/// How such messages begin, and what they mean; none where the reason tells.
const OWN: &[(&str, Option<Symptom>)] = &[
    ("client disconnected, failure reason: ", None),
    ("upstream reset: reset reason: ", None),
    (
        "no healthy host for HTTP connection pool",
        Some(Symptom::NoLiveUpstreams),
    ),
    ("upstream timeout", Some(Symptom::ResponseTimeout)),
];

/// What Envoy answers itself.
pub(super) fn body(line: &[u8]) -> Option<Record<'_>> {
    const BODIES: [&str; 3] = [
        "upstream connect error or disconnect/reset before headers",
        "no healthy upstream",
        "upstream request timeout",
    ];
    BODIES.iter().find(|words| scan::holds(line, words))?;
    let mut record = Record::new(Server::Envoy, line);
    record.text = scan::split_once(line, "reset reason: ").map(|(_, rest)| rest);
    record.errno = record.text.and_then(connect_errno);
    record.symptom = of_words(record.text.unwrap_or(line)).or(Some(Symptom::ClosedBeforeResponse));
    Some(record)
}
