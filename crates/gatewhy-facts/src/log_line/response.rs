//! What a visitor's side shows: a response's head, an error page's words, the
//! complaint of a package manager.
use super::cloud;
use super::database::holds_folded;
use super::node_proxy;
use super::record::{LoggedAt, Record, Server};
use super::visitor_words::quotes_visitor;
use crate::log_time;
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
        "an error occurred in the application and your page could not be served",
        Server::Heroku,
        503,
        Symptom::GatewayAnsweredError,
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

/// What Cloudflare's pages are called.
const TITLES: [&str; 8] = [
    "Bad gateway",
    "Web server is returning an unknown error",
    "Web server is down",
    "Connection timed out",
    "Origin is unreachable",
    "A timeout occurred",
    "SSL handshake failed",
    "Invalid SSL certificate",
];

/// `error code: 521`, `Error 1016`, `Connection timed out Error code 522`, and the title
/// `shop.example | 522: Connection timed out`
fn cloudflare_code(line: &[u8]) -> Option<Record<'_>> {
    let text = line.trim_ascii();
    // Behind the site's name and a bar, which look like the name of a container.
    let title = || {
        let rest = scan::rsplit_once(text, " | ").map_or(text, |(_, rest)| rest);
        let (_, words) = scan::split_once(rest, ": ")?;
        let known = TITLES.iter().any(|known| words == known.as_bytes());
        known.then_some(rest)
    };
    // The page's heading and its code stand in one line where they are copied.
    let heading = || {
        let rest = scan::rsplit_once(text, " Error code ")?.1;
        (rest.len() == 3).then_some(rest)
    };
    let rest = [
        "error code: ",
        "Error code: ",
        "Error code ",
        "Error ",
        "error ",
    ]
    .iter()
    .find_map(|words| text.strip_prefix(words.as_bytes()))
    .or_else(title)
    .or_else(heading)?;
    let (code, rest) = scan::number(rest)?;
    let code = u16::try_from(code).ok()?;
    let ends = rest.first().is_none_or(|b| !b.is_ascii_alphanumeric());
    let headed = || {
        let own = heading().is_some() || title().is_some();
        let gateway = own && (502..=504).contains(&code);
        gateway.then_some(Symptom::GatewayAnsweredError)
    };
    let symptom = cloud::of_cloudflare(code)
        .or_else(headed)
        .filter(|_| ends)?;
    let mut record = Record::new(Server::Cloudflare, text).symptom(symptom);
    record.status = (code < 600).then_some(code);
    record.number = Some(u64::from(code));
    Some(record)
}

/// `… HTTP/1.1 522 Origin Connection Time-out` at the end of what a program complains
/// of: a status with the phrase that belongs to it.
pub(super) fn quoted_status(text: &[u8]) -> Option<Record<'_>> {
    const PHRASES: [(&str, u16); 12] = [
        (" 502 Bad Gateway", 502),
        (" 503 Service Unavailable", 503),
        (" 503 Service Temporarily Unavailable", 503),
        (" 504 Gateway Timeout", 504),
        (" 504 Gateway Time-out", 504),
        (" 520 Origin Error", 520),
        (" 521 Origin Down", 521),
        (" 522 Origin Connection Time-out", 522),
        (" 523 Origin Unreachable", 523),
        (" 524 Origin Time-out", 524),
        (" 525 Origin SSL Handshake Error", 525),
        (" 526 Origin SSL Certificate Error", 526),
    ];
    let (before, answer) = scan::rsplit_once(text, ": HTTP/1.")?;
    let answer = answer.get(1..)?.trim_ascii_end();
    let (_, status) = PHRASES
        .iter()
        .find(|(phrase, _)| answer == phrase.as_bytes())?;
    let own = text.get(before.len() + 2..)?;
    let record = status_line(own).filter(|_| !quotes_visitor(before))?;
    Some(Record {
        status: Some(*status),
        ..record
    })
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
    "npm info retry",
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
    let error = line.strip_prefix(b"error ");
    let rest = error.unwrap_or(line);
    let own = (error.is_some() && rest.starts_with(b"http"))
        || rest.starts_with(b"An unexpected error occurred: \"http");
    let (_, answer) = scan::rsplit_once(rest, ": Request failed ").filter(|_| own)?;
    let mut record = Record::new(Server::RegistryClient, line).symptom(Symptom::RegistryError);
    record.status = Some(status_in(answer)?);
    Some(record)
}

/// `npm error network request to https://registry.example/… failed, reason: socket hang
/// up`, and Yarn's `https://registry.example/…: connect ECONNREFUSED 192.0.2.1:443`: no
/// answer at all. The reason is Node.js's.
fn unanswered(line: &[u8]) -> Option<Record<'_>> {
    let npm = ["npm ERR! ", "npm error ", "npm WARN ", "npm warn "]
        .iter()
        .any(|start| line.starts_with(start.as_bytes()));
    let reason = match scan::split_once(line, " failed, reason: ") {
        Some((_, reason)) if npm && scan::holds(line, "request to http") => reason,
        _ => {
            let (_, rest) = scan::split_once(line, "An unexpected error occurred: \"http")?;
            scan::rsplit_once(rest, ": ").map(|(_, reason)| reason)?
        }
    };
    let (symptom, errno) = node_proxy::of_reason(reason)?;
    let mut record = Record::new(Server::RegistryClient, line).symptom(symptom);
    record.errno = errno;
    Some(record.text(Some(reason)))
}

/// `2015/01/05 19:26:37 HTTP code: 502`, as Docker said it before version 1.7.
fn old_docker(line: &[u8]) -> Option<Record<'_>> {
    let (civil, rest) = log_time::year_first(line)?;
    let status = scan::whole_number(rest.strip_prefix(b" HTTP code: ")?)?;
    let mut record = Record::new(Server::RegistryClient, line).symptom(Symptom::RegistryError);
    record.at = Some(LoggedAt::Civil(civil));
    record.status = Some(status);
    (502..=504).contains(&status).then_some(record)
}

/// A package manager's complaint about its registry.
pub(super) fn registry(line: &[u8]) -> Option<Record<'_>> {
    if let Some(found) = unanswered(line).or_else(|| old_docker(line)) {
        return Some(found);
    }
    is_client(line).then_some(())?;
    let mut record = Record::new(Server::RegistryClient, line).symptom(Symptom::RegistryError);
    // Verdaccio's own words, which npm quotes.
    if line.ends_with(b" - uplink is offline") {
        return Some(record.symptom(Symptom::UplinkOffline));
    }
    record.status = Some(status_in(line)?);
    Some(record)
}
