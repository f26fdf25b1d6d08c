//! What a visitor's side shows: a response's head, an error page's words, the
//! complaint of a package manager.
use super::cloud;
use super::database::holds_folded;
use super::record::{Record, Server};
use crate::scan;
use crate::symptom::Symptom;

/// `HTTP/1.1 502 Bad Gateway`, with `< ` before it as curl prints it.
pub(super) fn status_line(line: &[u8]) -> Option<Record<'_>> {
    let text = line.strip_prefix(b"< ").unwrap_or(line);
    let rest = text.strip_prefix(b"HTTP/")?;
    let (version, rest) = scan::split_once(rest, " ")?;
    (version.len() <= 3).then_some(())?;
    let (status, _) = scan::number(rest)?;
    let status = u16::try_from(status).ok()?;
    let mut record = Record::new(maker(text), text);
    record.status = Some(status);
    record.symptom = match status {
        502..=504 => Some(Symptom::GatewayAnsweredError),
        520..=530 => {
            record.server = Server::Cloudflare;
            cloud::of_cloudflare(status)
        }
        _ => None,
    };
    Some(record)
}

/// Header fields that tell whose answer it is, or passed it on. They can be
/// rewritten, so they only name the place to look at.
const HEADERS: &[(&str, Server)] = &[
    (" x-served-by: cache-", Server::Fastly),
    (" cf-ray: ", Server::Cloudflare),
    (" server: cloudflare", Server::Cloudflare),
    (" x-amz-cf-id: ", Server::CloudFront),
    (" server: awselb/", Server::Alb),
    (" server: envoy", Server::Envoy),
    (" server: istio-envoy", Server::Envoy),
    (" server: caddy", Server::Caddy),
    (" x-varnish: ", Server::Varnish),
    (" server: nginx", Server::Nginx),
    (" server: openresty", Server::Nginx),
    (" server: apache", Server::Apache),
    (" server: lighttpd", Server::Lighttpd),
];

fn maker(head: &[u8]) -> Server {
    let known = HEADERS.iter().find(|(field, _)| holds_folded(head, field));
    known.map_or(Server::HttpResponse, |(_, server)| *server)
}

/// Pages that tell who made them (titles and texts; see also the makers' own logs).
const PAGES: &[(&str, Server, u16, Symptom)] = &[
    (
        "backend fetch failed",
        Server::Varnish,
        503,
        Symptom::GatewayAnsweredError,
    ),
    (
        "guru meditation",
        Server::Varnish,
        503,
        Symptom::GatewayAnsweredError,
    ),
    (
        "the proxy server received an invalid response from an upstream server",
        Server::Apache,
        502,
        Symptom::ClosedBeforeResponse,
    ),
    (
        "<title>502 proxy error</title>",
        Server::Apache,
        502,
        Symptom::ClosedBeforeResponse,
    ),
    (
        "unable to service your request due to maintenance downtime or capacity problems",
        Server::Apache,
        503,
        Symptom::ConnectFailed,
    ),
    (
        "no server is available to handle this request",
        Server::Haproxy,
        503,
        Symptom::NoLiveUpstreams,
    ),
    (
        "the server returned an invalid or incomplete response",
        Server::Haproxy,
        502,
        Symptom::ClosedBeforeResponse,
    ),
    (
        "the server didn't respond in time",
        Server::Haproxy,
        504,
        Symptom::ResponseTimeout,
    ),
    (
        "web server received an invalid response while acting as a gateway or proxy server",
        Server::HttpResponse,
        502,
        Symptom::GatewayAnsweredError,
    ),
    (
        "<h1>502 bad gateway</h1>",
        Server::HttpResponse,
        502,
        Symptom::GatewayAnsweredError,
    ),
    (
        "<h1>503 service temporarily unavailable</h1>",
        Server::HttpResponse,
        503,
        Symptom::GatewayAnsweredError,
    ),
    (
        "<h1>504 gateway time-out</h1>",
        Server::HttpResponse,
        504,
        Symptom::GatewayAnsweredError,
    ),
    (
        "briefly unavailable for scheduled maintenance",
        Server::Application,
        503,
        Symptom::MaintenanceMode,
    ),
    (
        "no available server",
        Server::Traefik,
        503,
        Symptom::NoLiveUpstreams,
    ),
    (
        "web server is down",
        Server::Cloudflare,
        521,
        Symptom::ConnectRefused,
    ),
    (
        "connection timed out | ",
        Server::Cloudflare,
        522,
        Symptom::ConnectTimeout,
    ),
    (
        "origin is unreachable",
        Server::Cloudflare,
        523,
        Symptom::HostUnreachable,
    ),
    (
        "a timeout occurred | ",
        Server::Cloudflare,
        524,
        Symptom::ResponseTimeout,
    ),
    (
        "invalid ssl certificate | ",
        Server::Cloudflare,
        526,
        Symptom::CertificateRejected,
    ),
    (
        "ssl handshake failed | ",
        Server::Cloudflare,
        525,
        Symptom::TlsHandshakeFailed,
    ),
    (
        "argo tunnel error",
        Server::Cloudflare,
        530,
        Symptom::NameLookupFailed,
    ),
    (
        "worker threw exception",
        Server::Cloudflare,
        500,
        Symptom::EdgeWorkerFailed,
    ),
];

/// A line of such a page, or a short complaint with a status.
pub(super) fn page(line: &[u8]) -> Option<Record<'_>> {
    if let Some(found) = cloudflare_code(line) {
        return Some(found);
    }
    let (_, server, status, symptom) =
        PAGES.iter().find(|(words, ..)| holds_folded(line, words))?;
    let mut record = Record::new(*server, line).symptom(*symptom);
    record.status = Some(*status);
    Some(record)
}

/// `error code: 521`, `Error 1016`
fn cloudflare_code(line: &[u8]) -> Option<Record<'_>> {
    let text = line.trim_ascii();
    let rest = ["error code: ", "Error code: ", "Error ", "error "]
        .iter()
        .find_map(|words| text.strip_prefix(words.as_bytes()))?;
    let (code, rest) = scan::number(rest)?;
    let code = u16::try_from(code).ok()?;
    let ends = rest.first().is_none_or(|b| !b.is_ascii_alphanumeric());
    let symptom = cloud::of_cloudflare(code).filter(|_| ends)?;
    let mut record = Record::new(Server::Cloudflare, text).symptom(symptom);
    record.status = (code < 600).then_some(code);
    record.number = Some(u64::from(code));
    Some(record)
}

/// `curl: (22) The requested URL returned error: 503`, and a bare `502 Bad Gateway`.
pub(super) fn status_words(line: &[u8]) -> Option<Record<'_>> {
    const BARE: [(&str, u16); 4] = [
        ("502 bad gateway", 502),
        ("503 service unavailable", 503),
        ("503 service temporarily unavailable", 503),
        ("504 gateway time", 504),
    ];
    let text = line.trim_ascii();
    let told = scan::split_once(text, "The requested URL returned error: ")
        .and_then(|(_, rest)| scan::number(rest))
        .and_then(|(status, _)| u16::try_from(status).ok());
    let title = BARE.iter().find(|(words, _)| {
        let page = text.starts_with(b"<") && holds_folded(text, words);
        let begins = text
            .get(..words.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(words.as_bytes()));
        page || begins
    });
    let status = told
        .or(title.map(|(_, status)| *status))
        .filter(|status| (502..=504).contains(status))?;
    let mut record = Record::new(Server::HttpResponse, text).symptom(Symptom::GatewayAnsweredError);
    record.status = Some(status);
    Some(record)
}

/// How package managers and container engines begin to say that a registry failed
/// them; which registry it is makes no difference.
const CLIENTS: &[&str] = &[
    "pulling image",
    "unexpected status code [manifests",
    "Could not transfer artifact",
    "npm ERR!",
    "npm error",
    "npm http",
    "error An unexpected error occurred: \"https://registry",
    "Error response from daemon",
    "/artifactory/",
    "nexus",
    "ERR_PNPM",
    "Could not fetch URL",
    "Could not fetch specs",
    "spurious network error",
    "failed to download from `",
    "could not be fully loaded",
    "received unexpected HTTP status: ",
];

/// The same in two pieces, where one alone may be anybody's words: apt, Gradle, pip,
/// `RubyGems`, Yarn, npm.
const PAIRS: &[(&str, &str)] = &[
    ("Failed to fetch http", " [IP: "),
    ("Received status code ", " from server: "),
    ("HTTP error ", " while getting http"),
    ("bad response ", " (http"),
    ("YN0035", "Response Code: "),
    ("npm verb ", "Bad Gateway"),
    ("npm WARN ", "status code "),
    ("npm warn ", "status code "),
];

fn is_client(line: &[u8]) -> bool {
    let mut pairs = PAIRS.iter();
    CLIENTS.iter().any(|words| scan::holds(line, words))
        || pairs.any(|(one, other)| scan::holds(line, one) && scan::holds(line, other))
}

/// A number 502, 503 or 504 that stands by itself, or npm's `E502`.
fn status_in(line: &[u8]) -> Option<u16> {
    let word = |b: &u8| b.is_ascii_alphanumeric();
    let words = line.split(|b| !word(b));
    let numbers =
        words.filter_map(|word| scan::whole_number(word.strip_prefix(b"E").unwrap_or(word)));
    let mut numbers = numbers.filter(|status| (502..=504).contains(status));
    numbers.next()
}

/// `error https://registry.example/…: Request failed "502 Bad Gateway"`, as Yarn 1
/// says it; in a sentence of its own the quotation marks have backslashes.
pub(super) fn yarn(line: &[u8]) -> Option<Record<'_>> {
    let rest = line.strip_prefix(b"error ")?;
    let own =
        rest.starts_with(b"http") || rest.starts_with(b"An unexpected error occurred: \"http");
    let (_, answer) = scan::rsplit_once(rest, ": Request failed ").filter(|_| own)?;
    let mut record = Record::new(Server::RegistryClient, line).symptom(Symptom::RegistryError);
    record.status = Some(status_in(answer)?);
    Some(record)
}

/// A package manager's complaint about its registry.
pub(super) fn registry(line: &[u8]) -> Option<Record<'_>> {
    is_client(line).then_some(())?;
    let mut record = Record::new(Server::RegistryClient, line).symptom(Symptom::RegistryError);
    // Verdaccio's own words, which npm quotes.
    if line.ends_with(b" - uplink is offline") {
        return Some(record.symptom(Symptom::UplinkOffline));
    }
    record.status = Some(status_in(line)?);
    Some(record)
}
