//! Envoy behind the seam.
//!
//! It logs each request, with flags that tell how it failed, but only where its
//! configuration says so: to a file, or to the standard output and so to the journal.
use crate::case::Case;
use crate::case::gateway::access_log::is_good;
use crate::case::gateway::log::Logged;
use crate::case::gateway::record::Record;
use crate::case::programs::kind::Kind;
use gatewhy_facts::envoy::config::Config;
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::log_line::{self, Server};
use gatewhy_facts::prelude::*;
use gatewhy_facts::scan;
use gatewhy_facts::time::Moment;

impl<'k> Case<'k> {
    /// Envoy's bootstrap file; absent when the proxy is another one.
    pub fn envoy(&self) -> Fact<&Config> {
        let load = || self.on_disk(Kind::Envoy);
        self.cells.envoy.get_or_init(load).as_ref()
    }

    /// What Envoy logged of requests: in the file that the configuration names, or in the
    /// journal of its unit.
    pub(in crate::case) fn envoy_log(&self, round: u8) -> Fact<Vec<Logged<'k>>> {
        self.own_lines(round, |line, at, place| self.envoy_logged(line, at, place))
    }

    fn envoy_logged(
        &self,
        line: &[u8],
        written: Option<Moment>,
        place: &str,
    ) -> Option<Logged<'k>> {
        let told = log_line::recognise(line).filter(|told| told.server == Server::Envoy)?;
        let offset = self.clock().map_or(0, |clock| clock.utc_offset_secs);
        let begun = told.at.and_then(|at| at.moment(offset));
        let at = written.or(begun)?;
        Some(Logged {
            own: self.is_our_line(&told, begun.unwrap_or(at)),
            record: Record {
                upstream: self.dial_told(told.peer),
                ..Record::told(line, &told)
            },
            at,
            source: Source::new(place.to_owned()).at_time(at),
        })
    }

    /// No visitor is named with a port: a line is ours by its time and request.
    fn is_our_line(&self, told: &log_line::Record<'_>, begun: Moment) -> bool {
        let since = self.clock().map(|clock| clock.now.plus_secs(-1));
        let path = self.request.path.as_bytes();
        let line = told.request.unwrap_or_default();
        let asked = line == path || scan::between(line, "GET ", " ") == Some(path);
        let host = self.request.host_header();
        let same = told.host.is_none_or(|named| named == host.as_bytes());
        asked && same && since.is_some_and(|since| begun >= since)
    }

    /// Whether Envoy passed a good answer on between two moments; none when it logs no
    /// requests.
    pub(in crate::case) fn envoy_answered(&self, from: Moment, until: Moment) -> Option<bool> {
        let logged = self.log();
        let lines = logged.found()?;
        let status = |line: &Logged<'_>| log_line::recognise(&line.record.raw)?.status;
        let mut answers = lines
            .iter()
            .filter_map(|line| Some((line.at, status(line)?)))
            .peekable();
        answers.peek()?;
        Some(answers.any(|(at, status)| {
            let then = at >= from.plus_secs(-1) && at <= until.plus_secs(1);
            then && is_good(u64::from(status))
        }))
    }
}

/// When the request of a line was over, which is when it counts: a line is dated by the
/// request's begin.
pub(crate) fn ended(told: &log_line::Record<'_>, offset: i32) -> Option<Moment> {
    let begun = told.at?.moment(offset)?;
    let millis = i64::from(told.timing.total_ms.unwrap_or(0));
    Some(Moment(begun.0.saturating_add(millis.saturating_mul(1_000))))
}
