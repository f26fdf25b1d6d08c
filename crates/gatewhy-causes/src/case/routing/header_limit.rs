//! Answer heads that are too large for a proxy which has no word of its own for it:
//! HAProxy and Apache call them invalid.
use crate::case::exchange::link::Link;
use crate::case::programs::kind::Kind;
use gatewhy_facts::source_text::Place;

/// HAProxy's `tune.bufsize` unless it is set.
const BUFSIZE: u64 = 16_384;
/// HAProxy's `tune.maxrewrite` unless it is set: it is kept free in that buffer.
const MAXREWRITE: u64 = 1_024;
/// Apache's `responsefieldsize` unless it is set: one header line.
const FIELD: u64 = 8_192;

/// A limit that the backend's answer head goes beyond.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderLimit {
    /// The setting.
    pub directive: &'static str,
    /// Where it is set; none for the default.
    pub place: Option<Place>,
    /// How many bytes fit.
    pub bytes: u64,
    /// How many were measured.
    pub measured: u64,
    /// Whether it is about one line, and not the whole head.
    pub of_a_line: bool,
}

impl Link<'_, '_> {
    /// The limit that the answer head goes beyond; none when it fits, or the proxy is
    /// one that says so by itself.
    pub fn beyond_header_limit(&self) -> Option<HeaderLimit> {
        let limit = match self.case.proxy_kind() {
            Kind::Haproxy => self.haproxy_limit(),
            Kind::Apache => self.apache_limit(),
            _ => None,
        }?;
        (limit.measured > limit.bytes).then_some(limit)
    }

    fn haproxy_limit(&self) -> Option<HeaderLimit> {
        let config = self.case.haproxy();
        let config = config.found()?;
        let set = |name: &str| config.global().filter(|line| line.is(&[name])).last();
        let number = |name: &str, default: u64| {
            let line = set(name);
            line.and_then(|line| line.word(1).parse().ok())
                .unwrap_or(default)
        };
        let kept = number("tune.maxrewrite", MAXREWRITE);
        Some(HeaderLimit {
            directive: "tune.bufsize",
            place: set("tune.bufsize").map(|line| line.place.clone()),
            bytes: number("tune.bufsize", BUFSIZE).saturating_sub(kept),
            measured: self.head_bytes()?.0,
            of_a_line: false,
        })
    }

    fn apache_limit(&self) -> Option<HeaderLimit> {
        let route = self.case.apache_route();
        let set = route.found()?.pass.as_ref()?.field_limit.clone();
        let direct = self.direct();
        let lines = direct.found()?.answer.headers.iter();
        let longest = lines
            .map(|line| line.end.saturating_sub(line.start))
            .max()?;
        Some(HeaderLimit {
            directive: "responsefieldsize",
            bytes: set.as_ref().map_or(FIELD, |(bytes, _)| *bytes),
            place: set.map(|(_, place)| place),
            measured: u64::try_from(longest).unwrap_or(u64::MAX),
            of_a_line: true,
        })
    }
}
