//! The access log: what visitors got.
use super::failure::{Failure, Told};
use super::logs::Span;
use super::site::Site;
use super::window::Window;
use crate::case::Case;
use crate::case::programs::kind::Kind;
use crate::case::routing::peer::Dial;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::nginx::access_log::{self, AccessRecord};
use gatewhy_facts::nginx::error_log::Peer as Named;
use gatewhy_facts::nginx::log_format::LogFormat;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::LogLines;
use gatewhy_facts::time::Moment;
use gatewhy_facts::untrusted::shown;

/// Failures so far apart are looked at apart.
const APART_SECS: i64 = 300;
/// The most stretches of the access log that are read whole.
const STRETCHES: usize = 8;
/// How much is read around failures.
const BEFORE_SECS: i64 = 60;
const AFTER_SECS: i64 = 120;
/// A line about a request that failed is written in the same second, give or take.
const SAME_SECS: i64 = 2;
/// A retry may take as long as a backend is waited for.
const RETRY_SECS: i64 = 65;
/// The visitor gave up.
const GAVE_UP: u16 = 499;

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answered {
    /// The visitor got this error; and whether the backend made it, where that is told.
    Failed(u16, Option<bool>),
    /// The visitor got a good answer after all.
    Well,
    /// The log does not tell.
    Unknown,
}

/// One line.
#[derive(Clone, Debug)]
pub(super) struct Line<'k> {
    pub(super) at: Moment,
    /// What the visitor got; 0 for nothing.
    pub(super) status: u16,
    /// The visitor's address, where the log has it.
    pub(super) client: Option<Cow<'k, [u8]>>,
    /// The request line.
    pub(super) request: Option<Cow<'k, [u8]>>,
    /// Whether the backend itself made that status, where the log tells.
    pub(super) from_backend: Option<bool>,
    /// The backend that was asked last, where the log tells.
    pub(super) dial: Option<Dial>,
    /// What went wrong on the way, in a log that tells that in the same line.
    pub(super) told: Option<Told<'k>>,
    /// How many tries failed before the one that counts, where the log tells.
    pub(super) retries: u64,
    /// Whether it is about this site; none when nobody could tell.
    pub(super) ours: Option<bool>,
    pub(super) path: String,
    pub(super) used: bool,
}

/// Lines of a log, and what could not be read of it.
pub(super) type Read<'k> = (Vec<Line<'k>>, Vec<Gap>);

/// The site's answers near the failures.
#[derive(Clone, Debug, Default)]
pub struct Answers<'k> {
    lines: Vec<Line<'k>>,
    /// Stretches of time of which every line was read.
    whole: Vec<Span>,
    /// What could not be read.
    pub(super) gaps: Vec<Gap>,
}

impl<'k> Case<'k> {
    /// The answers near the failures whose moments are given, and near every gateway
    /// error of this site that only the access log tells of.
    pub(super) fn answers_within(
        &self,
        span: Span,
        site: &Site,
        times: &[Moment],
    ) -> Fact<Answers<'k>> {
        // Of few minutes every line is read, so that the share is known.
        let all = self.request.window == Some(Window::Lately);
        let which = if all { LogLines::All } else { LogLines::Failed };
        let failed = match self.answer_lines(span, site, which) {
            Fact::Found(read, _) => read,
            Fact::Absent(source) => return Fact::Absent(source),
            Fact::Unknown(gap) => return Fact::Unknown(gap),
        };
        let (lines, gaps) = failed;
        let mut answers = Answers {
            lines,
            gaps,
            whole: Vec::new(),
        };
        if all {
            let whole = answers.gaps.is_empty() && self.has_every_answer();
            answers.whole.extend(whole.then_some(span));
            answers.lines.sort_by_key(|line| line.at);
            return Fact::Found(answers, Source::new("the access log"));
        }
        let mut times = times.to_vec();
        let errors = answers.lines.iter().filter(|line| line.is_failure());
        times.extend(errors.map(|line| line.at));
        times.sort_unstable();
        for stretch in stretches(&times) {
            let near = stretch.widened(BEFORE_SECS, AFTER_SECS);
            match self.answer_lines(near, site, LogLines::All) {
                Fact::Found((lines, gaps), _) => {
                    answers.lines.retain(|line| !near.holds(line.at));
                    answers.lines.extend(lines);
                    if gaps.is_empty() && self.has_every_answer() {
                        answers.whole.push(near);
                    }
                    answers.gaps.extend(gaps);
                }
                Fact::Absent(_) => {}
                Fact::Unknown(gap) => return Fact::Unknown(gap),
            }
        }
        answers.lines.sort_by_key(|line| line.at);
        Fact::Found(answers, Source::new("the access log"))
    }

    /// Whether every answer of a span is among the lines.
    fn has_every_answer(&self) -> bool {
        match self.proxy_kind() {
            Kind::Varnish => self.varnish_logs_all(),
            Kind::Traefik => self.traefik_logs_all(),
            _ => true,
        }
    }

    /// The lines of the log that tells what visitors got.
    fn answer_lines(&self, span: Span, site: &Site, which: LogLines) -> Fact<Read<'k>> {
        if self.proxy_kind() == Kind::Haproxy {
            return self.haproxy_lines(span, which);
        }
        if self.proxy_kind() == Kind::Caddy {
            return self.caddy_lines(span, site);
        }
        if self.proxy_kind() == Kind::Varnish {
            return self.varnish_lines(span, site, which);
        }
        if self.proxy_kind() == Kind::Traefik {
            return self.traefik_lines(span, site, which);
        }
        if self.proxy_kind() == Kind::Envoy {
            return self.envoy_lines(span, site, which);
        }
        if let Some(format) = self.access_format_in_journal() {
            return self.access_lines_in_journal(span, site, &format);
        }
        let (path, format) = match self.proxy_kind() {
            Kind::Nginx => self.access_log_setting(),
            Kind::Apache => self.apache_access_log(),
            Kind::Lighttpd => self.lighttpd_access_log(),
            Kind::Haproxy
            | Kind::Caddy
            | Kind::Varnish
            | Kind::Traefik
            | Kind::Envoy
            | Kind::SocketProxy => (None, LogFormat::combined()),
        };
        let Some(path) = path else {
            return Fact::Absent(Source::new("the access log, which is off"));
        };
        let log = self.log_within(&path, span, which);
        log.map(|log| {
            let lines = lines_of(&log.files, &format, site, span);
            let mut gaps = log.gaps;
            if lines.is_empty() && !log.files.is_empty() {
                let why = "none of its lines is in the format that the configuration names";
                gaps.push(Gap::new(path.to_string(), why, ""));
            }
            (lines, gaps)
        })
    }
}

fn lines_of<'k>(
    files: &[(HostPath, &'k [u8])],
    format: &LogFormat,
    site: &Site,
    span: Span,
) -> Vec<Line<'k>> {
    let mut all = Vec::new();
    for (path, bytes) in files {
        let path = path.to_string();
        let records = access_log::read(bytes, format).records.into_iter();
        let lines = records.filter_map(|record| line_of(&record, site, &path));
        all.extend(lines.filter(|line| span.holds(line.at)));
    }
    all
}

pub(super) fn line_of<'k>(record: &AccessRecord<'k>, site: &Site, path: &str) -> Option<Line<'k>> {
    Some(Line {
        at: record.at?,
        status: record.status?,
        client: record.client.map(Cow::Borrowed),
        request: record.request.map(Cow::Borrowed),
        from_backend: record.is_from_backend(),
        dial: last_dial(record),
        told: None,
        retries: 0,
        ours: ours(record, site),
        path: path.to_owned(),
        used: false,
    })
}

/// Stretches of moments that are near each other, the newest few.
fn stretches(times: &[Moment]) -> Vec<Span> {
    let mut all: Vec<Span> = Vec::new();
    for at in times {
        match all.last_mut() {
            Some(last) if *at <= last.until.plus_secs(APART_SECS) => last.until = *at,
            _ => all.push(Span {
                from: *at,
                until: *at,
            }),
        }
    }
    all.split_off(all.len().saturating_sub(STRETCHES))
}

impl<'k> Answers<'k> {
    /// What became of a request whose tries failed; the line is used up.
    pub(super) fn of_request(&mut self, failure: &Failure<'k>) -> Answered {
        let Some((kind, at)) = self.best_line(failure) else {
            return Answered::Unknown;
        };
        let Some(line) = self.lines.get_mut(at) else {
            return Answered::Unknown;
        };
        line.used = true;
        match kind {
            Fit::Well => Answered::Well,
            Fit::Failed | Fit::GaveUp => Answered::Failed(line.status, line.from_backend),
        }
    }

    /// The line that fits a request best.
    fn best_line(&self, failure: &Failure<'k>) -> Option<(Fit, usize)> {
        let told = failure.tries.first()?;
        if told.record.request.is_none() {
            return self.nearest_line(failure, told);
        }
        let (from, until) = (
            failure.at.plus_secs(-SAME_SECS),
            failure.last.plus_secs(RETRY_SECS),
        );
        let mut best: Option<(Fit, usize)> = None;
        for (at, line) in self.lines_between(from, until) {
            let Some(fit) = line.fit(told, failure) else {
                continue;
            };
            best = best.into_iter().chain([(fit, at)]).min();
            if fit == Fit::Failed || line.at > failure.last.plus_secs(SAME_SECS) {
                break;
            }
        }
        best
    }

    /// The nearest line of the same visitor: what there is where the error log names no
    /// request, and the access log has the time at which requests came.
    fn nearest_line(&self, failure: &Failure<'k>, told: &Told<'k>) -> Option<(Fit, usize)> {
        told.client.as_ref()?;
        let (from, until) = (
            failure.at.plus_secs(-RETRY_SECS),
            failure.last.plus_secs(SAME_SECS),
        );
        let lines = self.lines_between(from, until);
        let fitting = lines.filter_map(|(at, line)| {
            let fit = line.fit(told, failure)?;
            let late = line.at >= failure.at.plus_secs(-SAME_SECS);
            // One good answer of that visitor's is as good as another.
            let apart = line.at.since(failure.at).abs();
            (fit != Fit::Well || late).then_some((fit, apart, at))
        });
        fitting.min().map(|(fit, _, at)| (fit, at))
    }

    fn lines_between(
        &self,
        from: Moment,
        until: Moment,
    ) -> impl Iterator<Item = (usize, &Line<'k>)> {
        let first = self.lines.partition_point(|line| line.at < from);
        let near = self.lines.iter().enumerate().skip(first);
        near.take_while(move |(_, line)| line.at <= until)
    }

    /// Takes out what a log that tells everything in one line says of failed requests.
    pub(super) fn take_told(&mut self) -> Vec<Failure<'k>> {
        let mut failures = Vec::new();
        for line in self.lines.iter_mut().filter(|line| line.ours == Some(true)) {
            let Some(told) = line.told.take().filter(|told| told.failure().is_some()) else {
                continue;
            };
            line.used = true;
            failures.push(Failure {
                at: line.at,
                last: line.at,
                tries: vec![told],
                status: (line.status > 0).then_some(line.status),
                from_backend: line.from_backend,
                answered_by: None,
                source: Source::new(line.path.clone()).at_time(line.at),
            });
        }
        failures
    }

    /// Tries that another server made good, where the log tells it.
    pub(super) fn retried(&self) -> u64 {
        let good = self
            .lines
            .iter()
            .filter(|line| line.ours == Some(true) && (100..GAVE_UP).contains(&line.status));
        good.map(|line| line.retries).fold(0, u64::saturating_add)
    }

    /// The gateway errors of this site that no record of the error log explains.
    pub(super) fn other_failures(&self) -> Vec<Failure<'k>> {
        let lines = self.lines.iter();
        let rest =
            lines.filter(|line| !line.used && line.is_gateway_error() && line.ours == Some(true));
        rest.map(|line| Failure {
            at: line.at,
            last: line.at,
            tries: Vec::new(),
            status: Some(line.status),
            from_backend: line.from_backend,
            answered_by: line.dial.clone(),
            source: Source::new(line.path.clone()).at_time(line.at),
        })
        .collect()
    }

    /// How many requests the site got in a span; unknown where not every line of it
    /// was read, or lines may be another site's.
    pub fn requests(&self, span: Span) -> Option<u64> {
        if !self.is_whole(span) {
            return None;
        }
        let lines = self.lines.iter().filter(|line| span.holds(line.at));
        let ours: Option<Vec<bool>> = lines.map(|line| line.ours).collect();
        let count = ours?.into_iter().filter(|ours| *ours).count();
        u64::try_from(count).ok()
    }

    /// The moment of the site's first good answer in a span, where the log tells.
    pub fn first_good(&self, span: Span) -> Option<Moment> {
        let good = self.lines.iter().find(|line| line.is_good_in(span));
        good.map(|line| line.at)
    }

    /// Whether the site gave a good answer in a span.
    pub fn answered(&self, span: Span) -> Option<bool> {
        self.any(span, |_| true)
    }

    /// Whether a backend of the site gave a good answer in a span, as far as paths tell.
    pub fn served(&self, span: Span) -> Option<bool> {
        self.any(span, |line| line.request.as_deref().is_some_and(is_dynamic))
    }

    /// How often the site failed again after a good answer that came after a failure:
    /// what is broken once and mended never does.
    pub(super) fn relapses(&self) -> usize {
        let own = self.lines.iter().filter(|line| line.ours != Some(false));
        let told = own.filter(|line| line.is_gateway_error() || line.is_good());
        let (mut relapses, mut failed, mut well_since) = (0_usize, false, false);
        for line in told {
            if line.is_gateway_error() {
                relapses = relapses.saturating_add(usize::from(failed && well_since));
                (failed, well_since) = (true, false);
            } else {
                well_since = true;
            }
        }
        relapses
    }

    fn any(&self, span: Span, fits: impl Fn(&Line<'k>) -> bool) -> Option<bool> {
        let mut good = self.lines.iter().filter(|line| line.is_good_in(span));
        let found = good.any(fits);
        (found || self.is_whole(span)).then_some(found)
    }

    /// Whether every line of a span was read.
    fn is_whole(&self, span: Span) -> bool {
        self.whole
            .iter()
            .any(|whole| whole.from <= span.from && span.until <= whole.until)
    }
}

impl Line<'_> {
    fn is_gateway_error(&self) -> bool {
        matches!(self.status, 502..=504)
    }

    fn is_good_in(&self, span: Span) -> bool {
        self.is_good() && span.holds(self.at)
    }

    fn is_good(&self) -> bool {
        self.ours != Some(false) && (100..GAVE_UP).contains(&self.status)
    }

    /// Whether it is a gateway's error, or tells itself what went wrong.
    fn is_failure(&self) -> bool {
        self.is_gateway_error() || self.told.as_ref().is_some_and(|t| t.failure().is_some())
    }

    /// How well it fits a request that failed, if it may be about it.
    fn fit(&self, told: &Told<'_>, failure: &Failure<'_>) -> Option<Fit> {
        let request = told.record.request.as_deref();
        let same = !self.used
            && self.ours != Some(false)
            && (self.client.is_none() || self.client == told.client)
            && (request.is_none() || self.request.as_deref() == request);
        let near = self.at <= failure.last.plus_secs(SAME_SECS);
        match self.status {
            _ if !same => None,
            500.. if near => Some(Fit::Failed),
            GAVE_UP if near => Some(Fit::GaveUp),
            500.. | GAVE_UP => None,
            _ => Some(Fit::Well),
        }
    }
}

fn last_dial(record: &AccessRecord<'_>) -> Option<Dial> {
    match record.tries.as_ref()?.last()?.peer? {
        Named::Inet(address) => Some(Dial::Tcp(address)),
        Named::Unix(path) => Some(Dial::Unix(HostPath::new(shown(path).to_string()))),
        Named::Name(_) => None,
    }
}

/// How a line of the access log fits a failed request, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// The visitor got an error.
    Failed,
    /// The visitor did not wait for it.
    GaveUp,
    /// The visitor was served after all.
    Well,
}

/// Whether a request is none for a file that the proxy may have served itself.
fn is_dynamic(request: &[u8]) -> bool {
    let target = request.split(|b| *b == b' ').nth(1).unwrap_or_default();
    let path = target.split(|b| *b == b'?').next().unwrap_or_default();
    let name = path.rsplit(|b| *b == b'/').next().unwrap_or_default();
    !name.contains(&b'.') || name.ends_with(b".php")
}

fn ours(record: &AccessRecord<'_>, site: &Site) -> Option<bool> {
    match record.host {
        Some(host) => Some(site.is_named(host)),
        None => site.alone.then_some(true),
    }
}
