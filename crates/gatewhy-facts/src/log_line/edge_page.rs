//! Error pages of content delivery networks, which say in words of their own why the
//! edge could not serve: Fastly's synthetic 503 and `CloudFront`'s sentences.
use super::database::holds_folded;
use super::record::{Record, Server};
use crate::scan;
use crate::symptom::Symptom;

/// A line of such a page.
pub(super) fn line(line: &[u8]) -> Option<Record<'_>> {
    fastly(line).or_else(|| cloudfront(line))
}

/// What Fastly puts into `obj.response` ("Fastly-generated 503 errors in VCL"); the
/// letters are not always of the same case.
const FASTLY: &[(&str, Symptom)] = &[
    ("all backends failed or unhealthy", Symptom::NoLiveUpstreams),
    ("backend is unhealthy", Symptom::NoLiveUpstreams),
    ("backend read error", Symptom::ClosedBeforeResponse),
    ("backend write error", Symptom::ResetWhileSending),
    ("backend.max_conn reached", Symptom::GatewayConnectionLimit),
    ("between bytes timeout", Symptom::BodyTimeout),
    ("certificate has expired", Symptom::CertificateRejected),
    ("connection refused", Symptom::ConnectRefused),
    ("connection timed out", Symptom::ConnectTimeout),
    ("first byte timeout", Symptom::ResponseTimeout),
    (
        "hostname doesn't match against certificate",
        Symptom::CertificateNameMismatch,
    ),
    ("loop detected", Symptom::GatewayAnsweredError),
    ("network unreachable", Symptom::NetworkUnreachable),
    ("no stale object available", Symptom::GatewayAnsweredError),
    (
        "unable to get local issuer certificate",
        Symptom::CertificateRejected,
    ),
    ("unknown domain", Symptom::GatewayMisconfigured),
];

/// `<title>503 first byte timeout</title>`, `<h1>Error 503 first byte timeout</h1>`, or
/// the heading alone.
fn fastly(line: &[u8]) -> Option<Record<'_>> {
    let heading = ["<title>503 ", "<h1>Error 503 "]
        .iter()
        .find_map(|opening| {
            let (_, rest) = scan::split_once(line, opening)?;
            Some(scan::split_once(rest, "</")?.0)
        });
    let text = heading.or_else(|| line.trim_ascii().strip_prefix(b"Error 503 "))?;
    let text = text.trim_ascii();
    let (_, symptom) = FASTLY
        .iter()
        .find(|(words, _)| text.eq_ignore_ascii_case(words.as_bytes()))?;
    let mut record = Record::new(Server::Fastly, line).symptom(*symptom);
    record.status = Some(503);
    Some(record.text(Some(text)))
}

/// Sentences of `CloudFront`'s page; the same page without them is also shown for
/// requests that it refuses.
const CLOUDFRONT: &[(&str, Option<u16>, Symptom)] = &[
    (
        "cloudfront wasn't able to connect to the origin",
        Some(502),
        Symptom::ConnectFailed,
    ),
    (
        "cloudfront attempted to establish a connection with the origin, but either the attempt failed or the origin closed the connection",
        None,
        Symptom::ConnectFailed,
    ),
    (
        "cloudfront couldn't connect to the origin or the origin returned an incorrect response",
        Some(502),
        Symptom::OriginAnswerOdd,
    ),
    (
        "cloudfront wasn't able to resolve the origin domain name",
        Some(502),
        Symptom::NameLookupFailed,
    ),
    (
        "the lambda function associated with the cloudfront distribution",
        None,
        Symptom::EdgeWorkerFailed,
    ),
    (
        "the cloudfront function associated with the cloudfront distribution",
        None,
        Symptom::EdgeWorkerFailed,
    ),
    (
        "<h1>502 bad gateway error</h1>",
        Some(502),
        Symptom::GatewayAnsweredError,
    ),
    (
        "<h1>502 error</h1>",
        Some(502),
        Symptom::GatewayAnsweredError,
    ),
    (
        "<h1>503 error</h1>",
        Some(503),
        Symptom::GatewayAnsweredError,
    ),
    (
        "<h1>504 error</h1>",
        Some(504),
        Symptom::GatewayAnsweredError,
    ),
    (
        "<h1>504 gateway timeout error</h1>",
        Some(504),
        Symptom::GatewayAnsweredError,
    ),
];

fn cloudfront(line: &[u8]) -> Option<Record<'_>> {
    let (_, status, symptom) = CLOUDFRONT
        .iter()
        .find(|(words, ..)| holds_folded(line, words))?;
    let mut record = Record::new(Server::CloudFront, line).symptom(*symptom);
    record.status = *status;
    Some(record)
}

#[cfg(test)]
mod tests {
    use super::super::recognise;
    use super::*;

    fn told(text: &str) -> Option<(Server, Option<Symptom>)> {
        recognise(text.as_bytes()).map(|record| (record.server, record.symptom))
    }

    #[test]
    fn fastly_says_in_its_heading_why() {
        let timeout = Some((Server::Fastly, Some(Symptom::ResponseTimeout)));
        assert_eq!(told("    <title>503 first byte timeout</title>"), timeout);
        assert_eq!(told("<h1>Error 503 first byte timeout</h1>"), timeout);
        assert_eq!(told("Error 503 First byte timeout"), timeout);
        // Anybody may write these words elsewhere.
        assert_eq!(told("a first byte timeout of 503 ms"), None);
    }

    #[test]
    fn cloudfront_s_page_is_a_failure_only_by_its_sentence() {
        let failed = Some((Server::CloudFront, Some(Symptom::ConnectFailed)));
        assert_eq!(
            told("CloudFront wasn't able to connect to the origin."),
            failed
        );
        assert_eq!(told("<H2>The request could not be satisfied.</H2>"), None);
        assert_eq!(told("<H1>403 ERROR</H1>"), None);
    }
}
