//! What an edge says of its way to the origin.
use super::{Sight, Software};

/// What went wrong between an edge and its origin, in the edge's own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EdgeFault {
    /// The origin refused the connection.
    Refused,
    /// The origin did not take the connection in time.
    ConnectTimeout,
    /// There is no way to the origin's address.
    Unroutable,
    /// The origin's name has no address.
    Unresolved,
    /// The origin's address is one that the edge may not use.
    ProhibitedAddress,
    /// The origin closed, or sent what is no answer.
    BadAnswer,
    /// The origin took the request and did not answer in time.
    Slow,
    /// No TLS connection could be agreed on.
    TlsFailed,
    /// The origin's certificate was not accepted.
    CertificateRefused,
    /// The tunnel from the origin to the edge is down.
    TunnelDown,
    /// A program that runs on the edge failed.
    Worker,
    /// The origin could not be fetched from, and no more is said.
    Unreachable,
    /// The origin itself answered with this error, and the edge shows its own page.
    OriginAnswered,
}

impl EdgeFault {
    /// In words, after the edge's name.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Refused => "says that the origin refuses its connections",
            Self::ConnectTimeout => "says that the origin does not take its connections in time",
            Self::Unroutable => "says that the origin's address cannot be reached",
            Self::Unresolved => "says that the origin's name has no address",
            Self::ProhibitedAddress => "says that it may not use the origin's address",
            Self::BadAnswer => "says that the origin closed, or sent no proper answer",
            Self::Slow => "says that the origin took the request and did not answer in time",
            Self::TlsFailed => "says that the TLS handshake with the origin failed",
            Self::CertificateRefused => "says that the origin's certificate is not valid",
            Self::TunnelDown => "says that the tunnel from the origin is down",
            Self::Worker => "says that a program running on it failed",
            Self::Unreachable => "could not fetch the page from the origin",
            Self::OriginAnswered => "says that the origin itself answered so",
        }
    }

    /// Whether no conversation with the origin came about.
    pub const fn is_connection(self) -> bool {
        matches!(
            self,
            Self::Refused
                | Self::ConnectTimeout
                | Self::Unroutable
                | Self::TunnelDown
                | Self::Unreachable
        )
    }
}

/// What this edge says in an answer.
pub(super) fn read(edge: Software, sight: &Sight<'_>) -> Option<EdgeFault> {
    match edge {
        Software::Cloudflare => cloudflare(sight),
        Software::CloudFront => by_words(sight, &CLOUDFRONT),
        Software::Fastly => by_words(sight, &FASTLY).or_else(|| by_words(sight, &VARNISH)),
        Software::Varnish => by_words(sight, &VARNISH),
        _ => None,
    }
}

/// Cloudflare's statuses; behind 530, and behind some others, a code of four digits
/// stands in the page.
fn cloudflare(sight: &Sight<'_>) -> Option<EdgeFault> {
    if let Some(fault) = page_code(sight).and_then(of_code) {
        return Some(fault);
    }
    Some(match sight.status {
        520 => EdgeFault::BadAnswer,
        521 => EdgeFault::Refused,
        522 => EdgeFault::ConnectTimeout,
        523 => EdgeFault::Unroutable,
        524 => EdgeFault::Slow,
        525 => EdgeFault::TlsFailed,
        526 => EdgeFault::CertificateRefused,
        527 | 530 => EdgeFault::Unreachable,
        502 | 504 if is_branded(sight) => EdgeFault::OriginAnswered,
        _ => return None,
    })
}

/// The page with a layout that Cloudflare puts in the place of the origin's.
fn is_branded(sight: &Sight<'_>) -> bool {
    sight.body_has("cf-error-details") || sight.body_has("cf-wrapper")
}

/// The four digits of `error code: 1016`, or of a page with a layout.
fn page_code(sight: &Sight<'_>) -> Option<u16> {
    const BEFORE: [&str; 3] = [
        "error code: ",
        "cf-error-code\">",
        "data-translate=\"error\">Error</span>\n<span>",
    ];
    BEFORE.iter().find_map(|lead| {
        let at = memchr::memmem::find(&sight.body, lead.as_bytes())?;
        let from = at.checked_add(lead.len())?;
        let digits = sight.body.get(from..from.checked_add(4)?)?;
        let code: u16 = core::str::from_utf8(digits).ok()?.parse().ok()?;
        (1000..2000).contains(&code).then_some(code)
    })
}

fn of_code(code: u16) -> Option<EdgeFault> {
    Some(match code {
        1000 | 1002 => EdgeFault::ProhibitedAddress,
        1001 | 1016 | 1018 => EdgeFault::Unresolved,
        1033 => EdgeFault::TunnelDown,
        1101 | 1102 | 1104 => EdgeFault::Worker,
        _ => return None,
    })
}

type Words = (&'static str, EdgeFault);

/// Amazon's documentation of its error pages.
const CLOUDFRONT: [Words; 6] = [
    (
        "able to resolve the origin domain name",
        EdgeFault::Unresolved,
    ),
    ("t resolve the origin domain name", EdgeFault::Unresolved),
    (
        "attempted to establish a connection with the origin, but either the attempt failed",
        EdgeFault::Unreachable,
    ),
    ("able to connect to the origin", EdgeFault::Unreachable),
    ("The Lambda function", EdgeFault::Worker),
    (
        "connect to the server for this app or website at this time",
        EdgeFault::Unreachable,
    ),
];

/// Fastly's documentation of its 503 pages.
const FASTLY: [Words; 9] = [
    ("connection refused", EdgeFault::Refused),
    ("Connection timed out", EdgeFault::ConnectTimeout),
    ("connection timed out", EdgeFault::ConnectTimeout),
    ("first byte timeout", EdgeFault::Slow),
    ("No route to host", EdgeFault::Unroutable),
    ("match against certificate", EdgeFault::CertificateRefused),
    ("certificate has expired", EdgeFault::CertificateRefused),
    (
        "unable to verify certificate",
        EdgeFault::CertificateRefused,
    ),
    ("Backend is unhealthy", EdgeFault::Unreachable),
];

/// Its only words for a fetch that failed, whatever the reason.
const VARNISH: [Words; 2] = [
    ("Backend fetch failed", EdgeFault::Unreachable),
    ("No backend", EdgeFault::Unreachable),
];

fn by_words(sight: &Sight<'_>, all: &[Words]) -> Option<EdgeFault> {
    let mut all = all.iter();
    let found = all.find(|(words, _)| sight.status >= 500 && sight.body_has(words));
    found.map(|(_, fault)| *fault)
}
