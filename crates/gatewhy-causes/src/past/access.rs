//! The access log: what visitors got.
use super::failure::Failure;
use super::logs::Span;
use super::site::Site;
use crate::case::Case;
use crate::case::kind::Kind;
use crate::case::peer::Dial;
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
struct Line<'k> {
    at: Moment,
    status: u16,
    record: AccessRecord<'k>,
    /// Whether it is about this site; none when nobody could tell.
    ours: Option<bool>,
    path: String,
    used: bool,
}

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
        if self.proxy_kind() != Kind::Nginx {
            return Fact::Absent(Source::new("the access log"));
        }
        let (path, format) = self.access_log_setting();
        let Some(path) = path else {
            return Fact::Absent(Source::new("access_log off"));
        };
        let failed = match self.log_within(&path, span, LogLines::Failed) {
            Fact::Found(lines, _) => lines,
            Fact::Absent(source) => return Fact::Absent(source),
            Fact::Unknown(gap) => return Fact::Unknown(gap),
        };
        let mut answers = Answers {
            gaps: failed.gaps.clone(),
            ..Answers::default()
        };
        answers.take(&failed.files, &format, site, span);
        let mut times = times.to_vec();
        let errors = answers.lines.iter().filter(|line| line.is_gateway_error());
        times.extend(errors.map(|line| line.at));
        times.sort_unstable();
        for stretch in stretches(&times) {
            let near = stretch.widened(BEFORE_SECS, AFTER_SECS);
            match self.log_within(&path, near, LogLines::All) {
                Fact::Found(lines, _) => {
                    answers.lines.retain(|line| !near.holds(line.at));
                    answers.take(&lines.files, &format, site, near);
                    if lines.gaps.is_empty() {
                        answers.whole.push(near);
                    }
                    answers.gaps.extend(lines.gaps);
                }
                Fact::Absent(_) => {}
                Fact::Unknown(gap) => return Fact::Unknown(gap),
            }
        }
        answers.lines.sort_by_key(|line| line.at);
        Fact::Found(answers, Source::new(path.to_string()))
    }
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
    fn take(
        &mut self,
        files: &[(HostPath, &'k [u8])],
        format: &LogFormat,
        site: &Site,
        span: Span,
    ) {
        for (path, bytes) in files {
            let path = path.to_string();
            for record in access_log::read(bytes, format).records {
                let (Some(at), Some(status)) = (record.at, record.status) else {
                    continue;
                };
                if !span.holds(at) {
                    continue;
                }
                self.lines.push(Line {
                    at,
                    status,
                    ours: ours(&record, site),
                    record,
                    path: path.clone(),
                    used: false,
                });
            }
        }
    }

    /// What became of a request whose tries failed; the line is used up.
    pub(super) fn of_request(&mut self, failure: &Failure<'k>) -> Answered {
        let Some(told) = failure.tries.first() else {
            return Answered::Unknown;
        };
        let Some(request) = told.record.request.as_deref() else {
            return Answered::Unknown;
        };
        let (from, near) = (
            failure.at.plus_secs(-SAME_SECS),
            failure.last.plus_secs(SAME_SECS),
        );
        let until = failure.last.plus_secs(RETRY_SECS);
        let first = self.lines.partition_point(|line| line.at < from);
        let mut best: Option<(u8, usize)> = None;
        for (at, line) in self.lines.iter().enumerate().skip(first) {
            if line.at > until {
                break;
            }
            let same = !line.used
                && line.ours != Some(false)
                && line.record.request == Some(request)
                && (line.record.client.is_none() || line.record.client == told.client.as_deref());
            if !same {
                continue;
            }
            let rank = match line.status {
                500.. if line.at <= near => 0,
                GAVE_UP if line.at <= near => 1,
                500.. | GAVE_UP => continue,
                _ => 2,
            };
            if best.is_none_or(|(known, _)| rank < known) {
                best = Some((rank, at));
            }
            if rank == 0 || line.at > near {
                break;
            }
        }
        let Some((rank, at)) = best else {
            return Answered::Unknown;
        };
        let Some(line) = self.lines.get_mut(at) else {
            return Answered::Unknown;
        };
        line.used = true;
        match rank {
            2 => Answered::Well,
            _ => Answered::Failed(line.status, line.record.is_from_backend()),
        }
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
            from_backend: line.record.is_from_backend(),
            answered_by: line.last_dial(),
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
        self.any(span, |line| line.record.request.is_some_and(is_dynamic))
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
        self.ours != Some(false) && (100..GAVE_UP).contains(&self.status) && span.holds(self.at)
    }

    fn last_dial(&self) -> Option<Dial> {
        match self.record.tries.as_ref()?.last()?.peer? {
            Named::Inet(address) => Some(Dial::Tcp(address)),
            Named::Unix(path) => Some(Dial::Unix(HostPath::new(shown(path).to_string()))),
            Named::Name(_) => None,
        }
    }
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
