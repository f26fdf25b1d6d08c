//! What a visitor sees: the site asked by a real client, from inside the host.

use std::fmt;
use std::time::Duration;

use anyhow::Result;
use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use crate::child;
use crate::host::Host;
use crate::scenario::Scenario;

/// How often an intermittent failure is looked for.
const SAMPLES: usize = 20;

/// What a visitor's request came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Observed {
    /// A whole answer with this status.
    Status(u16),
    /// A successful status, but the body ends too early.
    Cut,
    /// The connection was closed without an answer.
    Closed,
    /// Nobody accepts the connection.
    Refused,
    /// No answer in time.
    Hang,
    /// Some requests succeed, and some fail.
    Intermittent,
    /// Something else went wrong: the client's own exit code.
    Other(i32),
}

impl Observed {
    /// What curl's exit code and the status it printed mean.
    fn from_curl(exit: Option<i32>, status: u16) -> Self {
        match exit {
            Some(0) => Self::Status(status),
            Some(7) => Self::Refused,
            Some(18) => Self::Cut,
            // 56 is a reset; it may come before or after the header.
            // 35: it was closed, or reset, in the TLS handshake.
            Some(35 | 52) => Self::Closed,
            Some(56) if status == 0 => Self::Closed,
            Some(56) => Self::Cut,
            Some(28) => Self::Hang,
            other => Self::Other(other.unwrap_or(-1)),
        }
    }
}

impl fmt::Display for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "{status}"),
            Self::Cut => f.write_str("cut"),
            Self::Closed => f.write_str("closed"),
            Self::Refused => f.write_str("refused"),
            Self::Hang => f.write_str("hang"),
            Self::Intermittent => f.write_str("intermittent"),
            Self::Other(exit) => write!(f, "curl exit code {exit}"),
        }
    }
}

impl Serialize for Observed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Observed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StatusOrWord)
    }
}

struct StatusOrWord;

impl Visitor<'_> for StatusOrWord {
    type Value = Observed;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a status code, or one of \"cut\", \"closed\", \"refused\", \"hang\", \"intermittent\"",
        )
    }

    fn visit_i64<E: Error>(self, status: i64) -> Result<Observed, E> {
        u16::try_from(status)
            .map(Observed::Status)
            .map_err(E::custom)
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Observed, E> {
        let words = [
            Observed::Cut,
            Observed::Closed,
            Observed::Refused,
            Observed::Hang,
            Observed::Intermittent,
        ];
        let found = words.into_iter().find(|known| known.to_string() == word);
        found.ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(word), &self))
    }
}

/// Asks the site once; where an intermittent failure is `expected`, many times.
pub(crate) fn observe(host: &Host, scenario: &Scenario, expected: Observed) -> Result<Observed> {
    if expected != Observed::Intermittent {
        return ask(host, scenario);
    }
    let mut seen = Vec::new();
    for _ in 0..SAMPLES {
        let next = ask(host, scenario)?;
        if seen.iter().any(|earlier| *earlier != next) {
            return Ok(Observed::Intermittent);
        }
        seen.push(next);
    }
    Ok(seen.first().copied().unwrap_or(Observed::Other(-1)))
}

fn ask(host: &Host, scenario: &Scenario) -> Result<Observed> {
    let mut curl = host.command("curl");
    curl.args([
        "--silent",
        "--insecure",
        "--noproxy",
        "*",
        "--output",
        "/dev/null",
    ])
    .args([
        "--write-out",
        "%{http_code}",
        "--max-time",
        &scenario.patience.to_string(),
        &scenario.url,
    ]);
    let ended = child::finish(&mut curl, Duration::from_secs(scenario.patience + 5))?;
    let status = String::from_utf8_lossy(&ended.stdout)
        .trim()
        .parse()
        .unwrap_or(0);
    Ok(Observed::from_curl(ended.code, status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_codes_are_read() {
        #[derive(Deserialize)]
        struct Line {
            broken: Observed,
        }
        let read = |text: &str| toml::from_str::<Line>(text).map(|line| line.broken);
        assert_eq!(read("broken = 502").unwrap(), Observed::Status(502));
        assert_eq!(read("broken = 'hang'").unwrap(), Observed::Hang);
        assert!(read("broken = 'gone'").is_err());
        assert!(read("broken = 70000").is_err());
    }

    #[test]
    fn a_reset_after_the_header_is_a_cut_body() {
        assert_eq!(Observed::from_curl(Some(56), 200), Observed::Cut);
        assert_eq!(Observed::from_curl(Some(56), 0), Observed::Closed);
        assert_eq!(Observed::from_curl(Some(60), 0), Observed::Other(60));
    }
}
