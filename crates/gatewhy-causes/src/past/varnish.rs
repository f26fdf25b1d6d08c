//! The past of Varnish. Why a request failed stands in its memory only, as far back as
//! that reaches, and without the requests that went well; what visitors got stands in
//! the file of `varnishncsa`, where that runs.
use super::access::{Line, Read};
use super::failure::Told;
use super::logs::Span;
use super::site::Site;
use crate::case::Case;
use crate::case::programs::kind::Kind;
use crate::case::programs::varnish::MEMORY;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::nginx::access_log::{self, AccessRecord};
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::LogLines;
use gatewhy_facts::time::Moment;
use gatewhy_facts::varnish::log::Transaction;
use gatewhy_facts::varnish::ncsa::{self, Ncsa};

/// Both tell when the request came, to the second.
const SAME_SECS: i64 = 1;

impl<'k> Case<'k> {
    /// Nothing that the lines do not tell already, and why some may not be explained.
    pub(super) fn varnish_told_within(
        &self,
        span: Span,
        site: &Site,
    ) -> Fact<(Vec<Told<'k>>, Vec<Gap>)> {
        let kept = self.varnish_kept_within();
        let gap = match &kept {
            Fact::Unknown(gap) if gap.is_pending() => return Fact::Unknown(gap.clone()),
            Fact::Unknown(gap) => Some(gap.clone()),
            Fact::Absent(_) => self.is_older(span, site, None).then(overwritten),
            Fact::Found((kept, cut), _) => {
                let oldest = kept.iter().filter_map(|one| one.at).min();
                let older = *cut || self.is_older(span, site, oldest);
                older.then(overwritten)
            }
        };
        Fact::Found((Vec::new(), gap.into_iter().collect()), Source::new(MEMORY))
    }

    /// Whether the file tells of a failure that the memory no longer holds.
    fn is_older(&self, span: Span, site: &Site, oldest: Option<Moment>) -> bool {
        let written = self.varnish_written(span, site, LogLines::Failed);
        let lines = written.found().map(|(lines, _)| lines.as_slice());
        let mut failed = lines.unwrap_or_default().iter();
        failed.any(|line| {
            let before = oldest.is_none_or(|oldest| line.at < oldest.plus_secs(-SAME_SECS));
            (502..=504).contains(&line.status) && line.ours == Some(true) && before
        })
    }

    /// What visitors got, with what went wrong where the memory still holds it.
    pub(super) fn varnish_lines(&self, span: Span, site: &Site, which: LogLines) -> Fact<Read<'k>> {
        let kept = match self.varnish_kept_within() {
            Fact::Unknown(gap) if gap.is_pending() => return Fact::Unknown(gap),
            kept => kept
                .found()
                .map(|(kept, _)| kept.clone())
                .unwrap_or_default(),
        };
        let mut told: Vec<Line<'k>> = kept
            .iter()
            .filter_map(|one| self.varnish_line(one, site))
            .filter(|line| span.holds(line.at))
            .collect();
        match self.varnish_written(span, site, which) {
            Fact::Unknown(gap) if gap.is_pending() => Fact::Unknown(gap),
            Fact::Found((mut lines, gaps), source) => {
                told.retain(|line| !is_joined(&mut lines, line));
                lines.append(&mut told);
                Fact::Found((lines, gaps), source)
            }
            Fact::Absent(_) => Fact::Found((told, Vec::new()), Source::new(MEMORY)),
            Fact::Unknown(gap) => Fact::Found((told, vec![gap]), Source::new(MEMORY)),
        }
    }

    /// The failed requests that its memory holds of the window.
    fn varnish_kept_within(&self) -> Fact<(Vec<Transaction<'k>>, bool)> {
        let Some((window, clock)) = self.request.window.zip(self.clock()) else {
            return Fact::Absent(Source::new(MEMORY));
        };
        self.varnish_kept(window.between(&clock).0, 0)
    }

    /// Whether its memory could be read: what is missing there was overwritten.
    pub(super) fn varnish_holds_something(&self) -> bool {
        self.proxy_kind() == Kind::Varnish && self.varnish_kept_within().found().is_some()
    }

    /// A request that failed, out of its memory.
    fn varnish_line(&self, one: &Transaction<'k>, site: &Site) -> Option<Line<'k>> {
        let at = one.at?;
        let owned = |text: &[u8]| Cow::<[u8]>::Owned(text.to_vec());
        let client = one.client.split(|byte| *byte == b' ').next();
        let client = client.map(owned);
        let source = Source::new(MEMORY).at_time(at);
        let told = one.failures.last().map(|failure| Told {
            at,
            record: self.varnish_record(one, failure),
            client: client.clone(),
            connection: None,
            server: None,
            named: None,
            source,
        });
        Some(Line {
            at,
            status: one.status.unwrap_or(0),
            client,
            request: Some(owned(one.url)),
            from_backend: told.as_ref().map(|_| false),
            dial: None,
            retries: u64::try_from(one.failures.len().saturating_sub(1)).unwrap_or(0),
            told,
            ours: one.host.map(|host| site.is_host(host)),
            path: MEMORY.to_owned(),
            used: false,
        })
    }

    /// The lines of the file that `varnishncsa` writes.
    fn varnish_written(&self, span: Span, site: &Site, which: LogLines) -> Fact<Read<'k>> {
        let ncsa = match self.varnish_ncsa() {
            Fact::Found(Some(ncsa), _) => ncsa,
            Fact::Unknown(gap) if gap.is_pending() => return Fact::Unknown(gap),
            Fact::Found(None, source) => return Fact::Absent(source),
            // Where it does not run now, its file may tell of then.
            Fact::Absent(_) | Fact::Unknown(_) => Ncsa::usual(),
        };
        let log = self.log_within(&ncsa.path, span, which);
        log.map(|log| {
            let mut lines = Vec::new();
            for (path, bytes) in &log.files {
                let path = path.to_string();
                let records = access_log::read(bytes, &ncsa.format).records.into_iter();
                let of = records.filter_map(|record| written(&record, site, &path));
                lines.extend(of.filter(|line| span.holds(line.at)));
            }
            (lines, log.gaps)
        })
    }

    /// Whether Varnish's file has every answer: by itself it keeps only those that failed.
    pub(super) fn varnish_logs_all(&self) -> bool {
        let ncsa = self.varnish_ncsa().found().cloned().flatten();
        ncsa.is_some_and(|ncsa| ncsa.all)
    }

    /// How `varnishncsa` was started; none in it where what it writes is of no use.
    fn varnish_ncsa(&self) -> Fact<Option<Ncsa>> {
        self.processes().and_then(|all, source| {
            let mut running = all.0.values().filter(|listed| is_ncsa(&listed.stat.comm));
            match running.next() {
                Some(one) => Fact::Found(Ncsa::of_arguments(&one.arguments), source),
                None => Fact::Absent(source),
            }
        })
    }
}

fn is_ncsa(name: &[u8]) -> bool {
    name == b"varnishncsa"
}

fn overwritten() -> Gap {
    let why =
        "its log is kept in memory only: what is older was overwritten, or went with a restart";
    let allow = "run varnishlog as a service that writes to a file";
    Gap::new("why Varnish failed to serve every request", why, allow)
}

/// A line of `varnishncsa`'s.
fn written<'k>(record: &AccessRecord<'k>, site: &Site, path: &str) -> Option<Line<'k>> {
    let url = record.request.and_then(ncsa::of_request_line);
    let host = record.host.or(url.map(|(host, _)| host));
    Some(Line {
        at: record.at?,
        status: record.status?,
        client: record.client.map(Cow::Borrowed),
        request: url
            .map(|(_, target)| target)
            .or(record.request)
            .map(Cow::Borrowed),
        from_backend: None,
        dial: None,
        told: None,
        retries: 0,
        ours: host.map(|host| site.is_host(host)),
        path: path.to_owned(),
        used: false,
    })
}

/// Whether a line of the file is about the same request; it is told why it failed then.
fn is_joined<'k>(lines: &mut [Line<'k>], told: &Line<'k>) -> bool {
    let same = lines.iter_mut().find(|line| {
        line.told.is_none()
            && line.ours == told.ours
            && line.status == told.status
            && line.client == told.client
            && line.request == told.request
            && line.at.since(told.at).abs() <= SAME_SECS * 1_000_000
    });
    let Some(line) = same else {
        return false;
    };
    line.told.clone_from(&told.told);
    line.from_backend = told.from_backend;
    line.retries = told.retries;
    true
}
