//! Load balancers and CDNs: AWS Application Load Balancer, Amazon `CloudFront`,
//! Cloudflare Logpush.
use super::json::Object;
use super::nginx::millis;
use super::record::{LoggedAt, Record, Server, Timing};
use super::wrapper;
use crate::log_time;
use crate::nginx::error_log::Peer;
use crate::scan;
use crate::symptom::Symptom;

/// `TYPE TIME ELB CLIENT TARGET T1 T2 T3 STATUS TARGET_STATUS RECEIVED SENT "REQUEST" …`
pub(super) fn alb(line: &[u8]) -> Option<Record<'_>> {
    let mut words = line.split(|b| *b == b' ');
    let kind = words.next()?;
    matches!(kind, b"http" | b"https" | b"h2" | b"grpcs" | b"ws" | b"wss").then_some(())?;
    let at = wrapper::iso(words.next()?)?;
    let balancer = words.next().filter(|name| name.starts_with(b"app/"))?;
    let client = words.next()?;
    let target = words.next()?;
    let (_, processing, sending) = (words.next()?, words.next()?, words.next()?);
    let status = scan::whole_number(words.next()?)?;
    let target_status: Option<u16> = scan::whole_number(words.next()?);
    let mut record = Record::new(Server::Alb, line);
    record.at = Some(at);
    record.group = Some(balancer);
    record.client = Some(client);
    record.request = scan::between(line, " \"", "\" ");
    record.status = Some(status);
    record.peer = (target != b"-").then(|| Peer::parse(target));
    record.timing = Timing {
        connect_ms: None,
        header_ms: millis(processing),
        total_ms: millis(sending),
        logged: true,
    };
    record.symptom = of_alb(status, target_status, target != b"-");
    Some(record)
}

fn of_alb(status: u16, target: Option<u16>, has_target: bool) -> Option<Symptom> {
    if status >= 500 && target == Some(status) {
        return Some(Symptom::PassedOnError);
    }
    Some(match status {
        460 => Symptom::ClientClosed,
        463 | 464 => Symptom::ClientRequestInvalid,
        502 => Symptom::ClosedBeforeResponse,
        503 if !has_target => Symptom::NoTargets,
        503 => Symptom::GatewayAnsweredError,
        504 if has_target => Symptom::ResponseTimeout,
        504 => Symptom::ConnectTimeout,
        561 => Symptom::AuthRequestFailed,
        _ => return None,
    })
}

/// Standard logs, separated by tabs, in the order of version 1.0:
/// date, time, edge, bytes, client, method, host, path, status, …
pub(super) fn cloudfront(line: &[u8]) -> Option<Record<'_>> {
    let mut fields = line.split(|b| *b == b'\t');
    let (date, time) = (fields.next()?, fields.next()?);
    (date.len() == 10 && time.len() == 8).then_some(())?;
    let mut spelt = [b' '; 20];
    spelt.get_mut(..10)?.copy_from_slice(date);
    spelt.get_mut(11..19)?.copy_from_slice(time);
    let (civil, _) = log_time::year_first(&spelt)?;
    let (_edge, _bytes, client, _method) = (
        fields.next()?,
        fields.next()?,
        fields.next()?,
        fields.next()?,
    );
    let (host, path) = (fields.next()?, fields.next()?);
    let status = scan::whole_number(fields.next()?)?;
    let result = line
        .split(|b| *b == b'\t')
        .find(|field| RESULTS.iter().any(|(name, _)| name.as_bytes() == *field));
    let mut record = Record::new(Server::CloudFront, line);
    record.at = civil.moment(0).map(LoggedAt::Moment);
    record.client = Some(client);
    record.host = Some(host);
    record.request = Some(path);
    record.status = Some(status);
    record.code = result;
    let known = RESULTS
        .iter()
        .find(|(name, _)| Some(name.as_bytes()) == result);
    let gateway = (502..=504).contains(&status);
    record.symptom = known
        .map(|(_, symptom)| *symptom)
        .or(gateway.then_some(Symptom::GatewayAnsweredError));
    Some(record)
}

/// Detailed result types of the edge.
const RESULTS: &[(&str, Symptom)] = &[
    ("OriginConnectError", Symptom::ConnectRefused),
    ("OriginDnsError", Symptom::NameLookupFailed),
    ("OriginCommError", Symptom::OriginAnswerOdd),
    ("OriginReadError", Symptom::OriginAnswerOdd),
    ("OriginReadTimeout", Symptom::ResponseTimeout),
    ("OriginReadTimeoutError", Symptom::ResponseTimeout),
    ("OriginWriteError", Symptom::ResetWhileSending),
    ("OriginHeaderTooBigError", Symptom::HeaderTooBig),
    ("OriginInvalidResponseError", Symptom::OriginAnswerOdd),
    ("OriginError", Symptom::PassedOnError),
    ("ClientCommError", Symptom::ClientClosed),
    ("AbortedOrigin", Symptom::OriginAnswerOdd),
];

/// Cloudflare's own statuses.
pub(super) const CLOUDFLARE: &[(u16, Symptom)] = &[
    (520, Symptom::OriginAnswerOdd),
    (521, Symptom::ConnectRefused),
    (522, Symptom::ConnectTimeout),
    (523, Symptom::HostUnreachable),
    (524, Symptom::ResponseTimeout),
    (525, Symptom::TlsHandshakeFailed),
    (526, Symptom::CertificateRejected),
    (530, Symptom::NameLookupFailed),
    (1000, Symptom::NameLookupFailed),
    (1016, Symptom::NameLookupFailed),
    (1033, Symptom::NameLookupFailed),
    (1101, Symptom::EdgeWorkerFailed),
    (1102, Symptom::EdgeWorkerFailed),
];

/// What one of Cloudflare's codes means.
pub(super) fn of_cloudflare(code: u16) -> Option<Symptom> {
    CLOUDFLARE
        .iter()
        .find(|(known, _)| *known == code)
        .map(|(_, symptom)| *symptom)
}

/// Logpush, dataset `http_requests`.
pub(super) fn cloudflare(line: &[u8]) -> Option<Record<'_>> {
    let fields = Object::parse(line)?;
    let status: u16 = scan::whole_number(fields.get("EdgeResponseStatus")?)?;
    let origin: Option<u16> = fields
        .get("OriginResponseStatus")
        .and_then(scan::whole_number)
        .filter(|s| *s > 0);
    let mut record = Record::new(Server::Cloudflare, line);
    record.at = fields.get("EdgeStartTimestamp").and_then(wrapper::iso);
    record.client = fields.get("ClientIP");
    record.host = fields.get("ClientRequestHost");
    record.request = fields.get("ClientRequestURI");
    record.peer = fields.get("OriginIP").map(Peer::parse);
    record.status = Some(status);
    let worker = fields
        .get("WorkerStatus")
        .is_some_and(|w| !matches!(w, b"ok" | b"unknown"));
    record.symptom = match (status, origin) {
        (500..=599, _) if worker => Some(Symptom::EdgeWorkerFailed),
        (500..=504, Some(origin)) if origin == status => Some(Symptom::PassedOnError),
        (499, _) => Some(Symptom::ClientClosed),
        (502..=504, _) => Some(Symptom::GatewayAnsweredError),
        _ => of_cloudflare(status),
    };
    Some(record)
}
