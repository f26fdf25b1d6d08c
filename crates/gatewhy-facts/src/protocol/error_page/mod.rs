//! Who wrote an answer, told from the outside: by its headers and its page.
//!
//! Both can lie: an administrator may rename a server, a CDN replaces pages. So a
//! mark says how telling it is, and a header that every answer of a CDN bears says
//! only that the CDN is on the way.
use super::http1::{self, Framing, Reading};
use crate::prelude::*;
use crate::untrusted::shown_within;

mod edge_fault;
mod marks;

pub use edge_fault::EdgeFault;
pub use marks::{Mark, Telling};

/// A program, or a service, that answers visitors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Software {
    /// nginx, and what is built on it.
    Nginx,
    /// Apache httpd.
    Apache,
    /// HAProxy.
    Haproxy,
    /// Caddy.
    Caddy,
    /// Varnish, on somebody's own machine.
    Varnish,
    /// Envoy.
    Envoy,
    /// Traefik.
    Traefik,
    /// lighttpd.
    Lighttpd,
    /// Tomcat.
    Tomcat,
    /// gunicorn.
    Gunicorn,
    /// Amazon's Application Load Balancer.
    Alb,
    /// Cloudflare.
    Cloudflare,
    /// Amazon `CloudFront`.
    CloudFront,
    /// Fastly.
    Fastly,
    /// Akamai.
    Akamai,
    /// Google's load balancers.
    Google,
    /// Squid, which most often stands on the visitor's side.
    Squid,
}

/// What an answer tells of the parties it came through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signs {
    /// All marks that were found, the most telling first.
    pub marks: Vec<Mark>,
    /// What the edge says of its way to the origin, if it says so.
    pub fault: Option<EdgeFault>,
    /// What the caches on the way say.
    pub cache: Option<Cache>,
}

/// What caches say of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cache {
    /// Whether one of them says that it had the answer already.
    pub hit: bool,
    /// Seconds since the origin made it.
    pub age: Option<u64>,
    /// The header that tells, for people.
    pub text: String,
}

impl Software {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Apache => "Apache httpd",
            Self::Haproxy => "HAProxy",
            Self::Caddy => "Caddy",
            Self::Varnish => "Varnish",
            Self::Envoy => "Envoy",
            Self::Traefik => "Traefik",
            Self::Lighttpd => "lighttpd",
            Self::Tomcat => "Tomcat",
            Self::Gunicorn => "gunicorn",
            Self::Alb => "AWS Application Load Balancer",
            Self::Cloudflare => "Cloudflare",
            Self::CloudFront => "CloudFront",
            Self::Fastly => "Fastly",
            Self::Akamai => "Akamai",
            Self::Google => "Google's load balancer",
            Self::Squid => "Squid",
        }
    }

    /// Whether it fetches what it answers from an origin elsewhere, as a rule.
    pub const fn is_edge(self) -> bool {
        matches!(
            self,
            Self::Varnish
                | Self::Alb
                | Self::Cloudflare
                | Self::CloudFront
                | Self::Fastly
                | Self::Akamai
                | Self::Google
        )
    }
}

/// What of an answer is looked at.
struct Sight<'a> {
    answer: &'a Reading,
    received: &'a [u8],
    status: u16,
    body: Cow<'a, [u8]>,
}

impl Sight<'_> {
    fn header(&self, name: &str) -> Option<&[u8]> {
        self.answer.value(self.received, name)
    }

    /// Whether a header is there and holds these letters, in any case.
    fn header_has(&self, name: &str, letters: &str) -> bool {
        self.header(name)
            .is_some_and(|value| holds_letters(value, letters))
    }

    fn body_has(&self, words: &str) -> bool {
        memchr::memmem::find(&self.body, words.as_bytes()).is_some()
    }
}

fn holds_letters(value: &[u8], letters: &str) -> bool {
    let value = value.to_ascii_lowercase();
    memchr::memmem::find(&value, letters.as_bytes()).is_some()
}

/// Reads the signs of an answer.
pub fn read(answer: &Reading, received: &[u8]) -> Signs {
    let Some(status) = answer.code() else {
        return Signs::default();
    };
    let body = received.get(answer.body.start..).unwrap_or_default();
    let body = match answer.body.framing {
        Framing::Chunked => Cow::Owned(http1::decode_chunks(body)),
        _ => Cow::Borrowed(body),
    };
    let sight = Sight {
        answer,
        received,
        status,
        body,
    };
    let marks = marks::all(&sight);
    let edge = marks.iter().map(|mark| mark.by).find(|by| by.is_edge());
    Signs {
        fault: edge.and_then(|edge| edge_fault::read(edge, &sight)),
        cache: cache(&sight),
        marks,
    }
}

fn cache(sight: &Sight<'_>) -> Option<Cache> {
    const SAY: [&str; 5] = [
        "CF-Cache-Status",
        "X-Cache",
        "X-Cache-Status",
        "X-Proxy-Cache",
        "Cache-Status",
    ];
    let age = sight.header("Age");
    let age = age.and_then(|age| core::str::from_utf8(age).ok()?.trim().parse().ok());
    let said = SAY
        .iter()
        .find_map(|name| Some((*name, sight.header(name)?)));
    let hit = match said {
        Some((_, value)) => holds_letters(value, "hit") || holds_letters(value, "stale"),
        None => age.is_some_and(|age| age > 0),
    };
    let text = match (said, age) {
        (Some((name, value)), Some(age)) => {
            format!("{name}: {}, Age: {age}", shown_within(value, 60))
        }
        (Some((name, value)), None) => format!("{name}: {}", shown_within(value, 60)),
        (None, Some(age)) => format!("Age: {age}"),
        (None, None) => return None,
    };
    Some(Cache { hit, age, text })
}

impl Signs {
    /// Who made the answer, and by which mark. A mark of being on the way does not
    /// count.
    pub fn maker(&self) -> Option<&Mark> {
        self.marks
            .iter()
            .find(|mark| mark.telling > Telling::OnTheWay)
    }

    /// Whether the edge says that the origin itself made the error.
    pub fn is_origins(&self) -> bool {
        self.fault == Some(EdgeFault::OriginAnswered)
    }

    /// The first party that fetches answers from elsewhere, with its mark.
    pub fn edge(&self) -> Option<&Mark> {
        self.marks.iter().find(|mark| mark.by.is_edge())
    }
}

#[cfg(test)]
mod tests;
