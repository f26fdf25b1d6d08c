//! What a visitor's own programs say of an answer: a browser's page and console, HTTP
//! libraries, `wget`. They tell the status, and nothing of who made the answer.
use super::record::{Record, Server};
use crate::scan;
use crate::symptom::Symptom;

/// Statuses of gateways with the phrases that stand beside them.
const PHRASES: [(&str, u16); 6] = [
    ("Bad Gateway", 502),
    ("Service Unavailable", 503),
    ("Service Temporarily Unavailable", 503),
    ("Gateway Timeout", 504),
    ("Gateway Time-out", 504),
    ("Gateway Time-Out", 504),
];

/// Words before the status that are the whole beginning of a line.
const OPENINGS: [&str; 5] = [
    "HTTP ERROR ",
    "AxiosError: Request failed with status code ",
    "Error: Request failed with status code ",
    "AxiosError [ERR_BAD_RESPONSE]: Request failed with status code ",
    "HTTP request sent, awaiting response... ",
];

/// Words before the status anywhere in a line.
const BEFORE: [&str; 3] = [
    "the server responded with a status of ",
    "net::ERR_ABORTED ",
    "HttpServerErrorException$",
];

/// An error of Axios, by which many programs for Node.js ask others: an answer that came,
/// not an error of the program's own.
pub(super) fn axios(line: &[u8]) -> Option<Record<'_>> {
    scan::holds(line, "Request failed with status code ").then_some(())?;
    Some(told(line, opening(line.trim_ascii())?))
}

/// A status that somebody's program tells.
pub(super) fn line(line: &[u8]) -> Option<Record<'_>> {
    let text = line.trim_ascii();
    let status = opening(text)
        .or_else(|| behind(text))
        .or_else(|| with_phrase(text))
        .or_else(|| body(text))?;
    Some(told(text, status))
}

fn told(text: &[u8], status: u16) -> Record<'_> {
    let mut record = Record::new(Server::HttpResponse, text).symptom(Symptom::GatewayAnsweredError);
    record.status = Some(status);
    record
}

fn gateway(text: &[u8]) -> Option<(u16, &[u8])> {
    let (status, rest) = scan::number(text)?;
    let status = u16::try_from(status).ok()?;
    (502..=504).contains(&status).then_some((status, rest))
}

fn opening(text: &[u8]) -> Option<u16> {
    let rest = OPENINGS
        .iter()
        .find_map(|words| text.strip_prefix(words.as_bytes()))?;
    let (status, rest) = gateway(rest)?;
    rest.first()
        .is_none_or(|b| !b.is_ascii_alphanumeric())
        .then_some(status)
}

fn behind(text: &[u8]) -> Option<u16> {
    let (_, rest) = BEFORE
        .iter()
        .find_map(|words| scan::split_once(text, words))?;
    // Spring puts the name of its class before: `BadGateway: 502 Bad Gateway`.
    let rest = scan::split_once(rest, ": ")
        .filter(|(name, _)| name.iter().all(u8::is_ascii_alphabetic))
        .map_or(rest, |(_, rest)| rest);
    Some(gateway(rest)?.0)
}

/// `GET https://… 502 (Bad Gateway)`, `ERROR 502: Bad Gateway.`, `502 Server Error: Bad
/// Gateway for url: https://…`
fn with_phrase(text: &[u8]) -> Option<u16> {
    let ends = text.strip_suffix(b".").unwrap_or(text);
    let told = PHRASES.iter().find_map(|(phrase, status)| {
        let bracket = ends
            .strip_suffix(b")")
            .and_then(|rest| rest.strip_suffix(phrase.as_bytes()))
            .and_then(|rest| rest.strip_suffix(b" ("));
        let wget = || {
            let rest = ends.strip_suffix(phrase.as_bytes())?.strip_suffix(b": ")?;
            scan::holds(rest, " ERROR ").then_some(rest)
        };
        let found = bracket.or_else(wget)?;
        let (_, word) = scan::rsplit_once(found, " ")?;
        (scan::whole_number(word) == Some(*status)).then_some(*status)
    });
    told.or_else(|| {
        // Python's requests.
        let (before, rest) = scan::split_once(text, " Server Error: ")?;
        let phrase = PHRASES.iter().find(|(phrase, _)| {
            let behind = rest.strip_prefix(phrase.as_bytes());
            behind.is_some_and(|rest| rest.starts_with(b" for url: http"))
        });
        let word = before.rsplit(|b| *b == b' ').next()?;
        let (_, status) = phrase?;
        (scan::whole_number(word) == Some(*status)).then_some(*status)
    })
}

/// The whole body of Traefik's answers, and of Go's own proxy.
fn body(text: &[u8]) -> Option<u16> {
    match text {
        b"Bad Gateway" => Some(502),
        b"Gateway Timeout" => Some(504),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::recognise;
    use super::*;

    fn status(text: &str) -> Option<u16> {
        let record = recognise(text.as_bytes())?;
        assert_eq!(record.server, Server::HttpResponse, "{text}");
        assert_eq!(
            record.symptom,
            Some(Symptom::GatewayAnsweredError),
            "{text}"
        );
        record.status
    }

    #[test]
    fn what_a_visitor_s_programs_say_of_an_answer_is_read() {
        for (text, expected) in [
            ("HTTP ERROR 502", 502),
            ("GET https://shop.test/api/items 502 (Bad Gateway)", 502),
            (
                "Failed to load resource: the server responded with a status of 504 ()",
                504,
            ),
            ("AxiosError: Request failed with status code 503", 503),
            ("2026-11-21 09:48:56 ERROR 502: Bad Gateway.", 502),
            (
                "requests.exceptions.HTTPError: 503 Server Error: Service Unavailable for url: https://shop.test/",
                503,
            ),
            (
                "org.springframework.web.client.HttpServerErrorException$BadGateway: 502 Bad Gateway: [no body]",
                502,
            ),
            ("Gateway Timeout", 504),
        ] {
            assert_eq!(status(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn the_same_numbers_elsewhere_tell_nothing() {
        for text in [
            "GET https://shop.test/502 200 (OK)",
            "Request failed with status code 404",
            "the Bad Gateway of 502",
            "HTTP ERROR 5021",
        ] {
            assert_eq!(status(text), None, "{text}");
        }
    }
}
