//! Connections that the proxy keeps open to the backend, and how long the backend
//! lets them be idle.
use crate::case::Case;
use crate::case::exchange::link::Link;
use crate::case::gateway::log::Logged;
use crate::case::service::backend::Software;
use core::time::Duration;
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::nginx::backend_settings::{BackendSettings, Family};
use gatewhy_facts::nginx::setting::Setting;
use gatewhy_facts::prelude::*;
use gatewhy_facts::protocol::http1::nginx::Release;
use gatewhy_facts::symptom::Symptom;
use gatewhy_facts::time::Moment;

/// The release that keeps connections to every backend, and speaks HTTP/1.1 to it,
/// unless told otherwise.
const KEEPS_BY_DEFAULT: Release = Release(1, 29, 7);
/// How far back failures still tell of the present.
const RECENT_SECS: i64 = 3_600;
/// A refusal so near to a broken connection tells of a restart.
const SAME_OUTAGE_SECS: i64 = 60;

/// The proxy keeps connections to this backend open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptOpen {
    /// How long it keeps an idle one: `keepalive_timeout` of the group.
    pub timeout: Setting<Duration>,
    /// The `keepalive` directive; without one it is the release's default.
    pub keepalive: Option<Setting<u64>>,
}

/// How long the backend lets a connection be idle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdleLimit {
    /// Whole seconds; less than one second is 0.
    pub secs: u64,
    /// Whether the backend said so just now; else it is the software's default.
    pub announced: bool,
    /// Where it was said.
    pub source: Source,
}

impl<'c, 'k> Link<'c, 'k> {
    /// Whether the proxy keeps connections to this backend for further requests.
    pub fn kept_open(&self) -> Option<KeptOpen> {
        let settings = self.case.backend_settings()?;
        let default = self.case.release().is_some_and(|r| r >= KEEPS_BY_DEFAULT);
        let group = self.case.group();
        let keepalive = group.and_then(|group| group.keepalive.as_ref());
        let keeps = match keepalive {
            Some(written) => written.value > 0,
            None => default,
        };
        let speaks = speaks_persistently(settings, default) && self.sends_no_close(default);
        (keeps && speaks).then(|| KeptOpen {
            timeout: group.map_or_else(
                || Setting::default_value(Duration::from_mins(1)),
                |group| group.keepalive_timeout.clone(),
            ),
            keepalive: group.and_then(|group| group.keepalive.clone()),
        })
    }

    /// `Connection: close`, which old releases send by themselves, ends a connection.
    fn sends_no_close(&self, default: bool) -> bool {
        let headers = self.case.call().map(|call| &call.request.headers);
        let mut headers = headers.into_iter().flatten().rev();
        match headers.find(|(name, _)| name.eq_ignore_ascii_case("connection")) {
            Some((_, Ok(value))) => value.is_empty() || value.eq_ignore_ascii_case(b"keep-alive"),
            Some((_, Err(_))) => false,
            None => default,
        }
    }

    /// How long the backend lets a connection be idle, if it keeps any.
    pub fn idle_limit(&self) -> Fact<IdleLimit> {
        let kept = self.case.direct_kept(self.peer);
        let software = self.software();
        kept.and_then(|direct, source| {
            let text = direct.answer_text();
            let closes = direct.answer.values(text, "connection");
            if closes
                .iter()
                .any(|value| value.eq_ignore_ascii_case(b"close"))
            {
                return Fact::Absent(source);
            }
            let announced = direct.answer.value(text, "keep-alive").and_then(announced);
            let limit = |secs, announced| IdleLimit {
                secs,
                announced,
                source: source.clone(),
            };
            match (announced, usual_limit(software)) {
                (Some(secs), _) => Fact::Found(limit(secs, true), source.clone()),
                (None, Some(secs)) => Fact::Found(limit(secs, false), source.clone()),
                (None, None) => Fact::Absent(source.clone()),
            }
        })
    }

    /// When the process that listens here was started.
    pub fn listens_since(&self) -> Option<Moment> {
        let pid = self.pid().found().copied()?;
        let processes = self.case.processes();
        let ticks = processes.found()?.get(pid)?.stat.start_ticks;
        Some(self.case.clock()?.at_ticks(ticks))
    }

    /// Records of the last hour of connections that broke before an answer, while
    /// the process that listens now was there all the time.
    pub fn broken_lately(&self) -> Vec<&'c Logged<'k>> {
        let Some(since) = self.listens_since() else {
            return Vec::new();
        };
        let recent = self.recent(RECENT_SECS);
        let with = |symptom: &[Symptom]| -> Vec<&'c Logged<'k>> {
            let fits = |l: &&&'c Logged<'k>| l.record.symptom.is_some_and(|s| symptom.contains(&s));
            recent.iter().filter(fits).copied().collect()
        };
        let refused = with(&[Symptom::ConnectRefused, Symptom::SocketMissing]);
        let near = |a: Moment, b: Moment| a.since(b).abs() <= SAME_OUTAGE_SECS * 1_000_000;
        let mut broken = with(&BROKEN);
        broken.retain(|logged| {
            logged.at > since.plus_secs(1) && !refused.iter().any(|r| near(r.at, logged.at))
        });
        broken
    }
}

/// How a connection looks that the backend closed as the proxy used it again.
pub const BROKEN: [Symptom; 3] = [
    Symptom::ClosedBeforeResponse,
    Symptom::ResetBeforeResponse,
    Symptom::ResetWhileSending,
];

impl Case<'_> {
    /// Whether a visitor got an error for this record's request: what the access log
    /// has for that second. Unknown when that log could not be read.
    pub fn visitor_failed(&self, logged: &Logged<'_>) -> Option<bool> {
        let log = self.access_log();
        let records = log.found()?;
        let line = logged.record.request.as_deref()?;
        let near = |at: Moment| at.since(logged.at).abs() <= 2_000_000;
        Some(records.iter().any(|record| {
            record.status.is_some_and(|status| status >= 500)
                && record.request == Some(line)
                && record.at.is_some_and(near)
        }))
    }
}

/// HTTP/1.1, which keeps connections; older releases speak 1.0 unless told.
fn speaks_persistently(settings: &BackendSettings, default: bool) -> bool {
    settings.family == Family::Proxy
        && match &settings.http_version {
            Some(version) => version.value != "1.0",
            None => default,
        }
}

/// `timeout=5` of a `Keep-Alive` header.
fn announced(value: &[u8]) -> Option<u64> {
    let mut parts = value.split(|b| *b == b',').map(<[u8]>::trim_ascii);
    let secs = parts.find_map(|part| part.strip_prefix(b"timeout="))?;
    core::str::from_utf8(secs).ok()?.trim().parse().ok()
}

/// What software does that does not say it: gunicorn's `--keep-alive`. Node says it.
const fn usual_limit(software: Software) -> Option<u64> {
    match software {
        Software::Gunicorn => Some(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_announced_time_is_read() {
        assert_eq!(announced(b"timeout=5"), Some(5));
        assert_eq!(announced(b"max=100, timeout=15"), Some(15));
        assert_eq!(announced(b"max=100"), None);
    }
}
