//! Failures of the last minutes, of which nobody asked: our own request was served,
//! and the proxy's log tells that others were not.
use super::failure::is_failure;
use super::logs::Span;
use super::window::Window;
use crate::case::Case;
use crate::case::gateway::log::Logged;
use crate::case::programs::kind::Kind;
use crate::case::request::Request;
use gatewhy_facts::haproxy;
use gatewhy_facts::log_line::{self, Server};

/// So far back is looked without being asked.
pub(super) const SECS: i64 = 600;
/// Fewer failures may be a restart that hardly anybody noticed.
pub(super) const LEAST: u64 = 3;
/// So often it has to fail again after a good answer: once may be a restart by hand that
/// did not help at first.
const RELAPSES: usize = 2;
/// The most requests that are made to meet every member of a group.
const MOST: u8 = 8;

/// The same request, with a look at the last minutes; none where their logs tell of no
/// failure. A group's members are then asked in turn, so that one that fails is met.
pub(crate) fn request(case: &Case<'_>) -> Option<Request> {
    let wanted = case.request.window.is_none() && case.request.inner.is_none();
    if !wanted || case.is_healthy() != Some(true) || case.is_outside() || !case.fails_lately() {
        return None;
    }
    let look = Request {
        window: Some(Window::Lately),
        ..case.request.clone()
    };
    Case::new(case.known, &look)
        .comes_and_goes_lately()
        .then(|| Request {
            requests: look.requests.max(turns(case.peers().len())),
            ..look
        })
}

/// So many requests, that each member is met twice where they take turns.
fn turns(members: usize) -> u8 {
    match u8::try_from(members).unwrap_or(MOST) {
        0 | 1 => 1,
        members => members.saturating_mul(2).min(MOST),
    }
}

impl Case<'_> {
    /// Whether the logs' ends tell of failures of others in the last minutes, whichever
    /// site they asked for.
    fn fails_lately(&self) -> bool {
        match self.proxy_kind() {
            Kind::Nginx
            | Kind::Apache
            | Kind::Haproxy
            | Kind::Lighttpd
            | Kind::Varnish
            | Kind::Traefik
            | Kind::Envoy => {}
            Kind::Caddy | Kind::SocketProxy => return false,
        }
        let recent = self.recent_records(SECS).into_iter();
        let failed = recent.filter(|logged| !logged.own && is_failed(logged));
        is_enough(failed.count()) || is_enough(self.answered_badly())
    }

    /// Whether requests of this site's visitors failed again and again in the last
    /// minutes, with good answers between, as far as is known yet. What was broken once
    /// and answers since is over.
    fn comes_and_goes_lately(&self) -> bool {
        let (Some(window), Some(clock)) = (self.request.window, self.clock()) else {
            return false;
        };
        let (from, until) = window.between(&clock);
        let seen = self.seen_within(Span { from, until });
        seen.found().is_some_and(|seen| {
            is_enough(seen.failures.len()) && seen.answers.relapses() >= RELAPSES
        })
    }

    /// How many requests the access log has a gateway's error for.
    fn answered_badly(&self) -> usize {
        let (log, Some(clock)) = (self.access_log(), self.clock()) else {
            return 0;
        };
        let since = clock.now.plus_secs(-SECS);
        if self.proxy_kind() == Kind::Traefik {
            let answers = self.traefik_answers();
            let lines = answers.iter().flatten();
            let failed = lines.filter(|(at, status)| *at >= since && (502..=504).contains(status));
            return failed.count();
        }
        let records = log.found().into_iter().flatten();
        let failed = records.filter(|record| {
            record.at.is_some_and(|at| at >= since) && matches!(record.status, Some(502..=504))
        });
        failed.count()
    }
}

fn is_enough(count: usize) -> bool {
    u64::try_from(count).unwrap_or(u64::MAX) >= LEAST
}

fn is_failed(logged: &Logged<'_>) -> bool {
    let answered = || {
        let raw = &logged.record.raw;
        let by_haproxy = haproxy::log::request(raw).map(|told| told.status);
        let by_envoy = || {
            let told = log_line::recognise(raw).filter(|told| told.server == Server::Envoy);
            told?.status.map(i64::from)
        };
        let status = by_haproxy.or_else(by_envoy);
        status.is_some_and(|status| (502..=504).contains(&status))
    };
    logged.record.symptom.is_some_and(is_failure) || answered()
}
