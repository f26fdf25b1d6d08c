//! The past in Traefik's logs. The access log tells what visitors got and from which
//! server; why it failed stands in Traefik's own log at the level `DEBUG` only, and that
//! names neither visitor nor request. Neither is on unless the configuration says so.
use super::access::{Line, Read};
use super::failure::Told;
use super::logs::Span;
use super::site::Site;
use super::written::Written;
use crate::case::Case;
use crate::case::gateway::record::Record;
use crate::case::programs::kind::Kind;
use crate::case::routing::peer::Dial;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::log_line::{self, Server};
use gatewhy_facts::log_window;
use gatewhy_facts::nginx::error_log::Peer as Named;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::LogLines;
use gatewhy_facts::scan;
use gatewhy_facts::time::Moment;
use gatewhy_facts::traefik::access_log::{self, Answered};
use gatewhy_facts::untrusted::shown;

/// Both logs tell of a failure when it is answered.
const SAME_SECS: u64 = 1;
const ALLOW_ACCESS: &str = "accessLog: {} in Traefik's static configuration, and restart it";
const ALLOW_REASONS: &str = "log: {level: DEBUG} in Traefik's static configuration, and restart it";

impl<'k> Case<'k> {
    /// What Traefik logged of failed requests where it keeps no access log; else the
    /// lines of that tell it, and this only why some may not be explained.
    pub(super) fn traefik_told_within(&self, span: Span) -> Fact<(Vec<Told<'k>>, Vec<Gap>)> {
        let config = self.traefik();
        let Fact::Found(config, source) = config else {
            return Fact::Unknown(config.gap().cloned().unwrap_or_else(nothing_logged));
        };
        match (config.logs_requests(), config.logs_reasons()) {
            (false, false) => Fact::Unknown(nothing_logged()),
            (false, true) => self.traefik_reasons(span),
            (true, true) => Fact::Found((Vec::new(), Vec::new()), source),
            (true, false) => Fact::Found((Vec::new(), vec![no_reasons()]), source),
        }
    }

    /// What visitors got, with the reason where one is logged.
    pub(super) fn traefik_lines(&self, span: Span, site: &Site, which: LogLines) -> Fact<Read<'k>> {
        let config = self.traefik();
        let config = match &config {
            Fact::Found(config, _) if config.logs_requests() => config,
            Fact::Unknown(gap) => return Fact::Unknown(gap.clone()),
            Fact::Found(..) | Fact::Absent(_) => {
                return Fact::Absent(Source::new("Traefik's access log, which is off"));
            }
        };
        let offset = self.clock().map_or(0, |clock| clock.utc_offset_secs);
        let path = config.access_log().map(HostPath::new);
        let written = self.written_to(path.as_ref(), span, which, |line| {
            log_window::time_of(line, offset)
        });
        written.and_then(|(written, mut gaps), source| {
            let lines = written.iter();
            let mut lines: Vec<Line<'k>> = lines
                .filter_map(|line| self.traefik_line(line, site))
                .collect();
            if lines.is_empty() && path.is_some() && !written.is_empty() {
                let why = "none of its lines is one of Traefik's access log";
                gaps.push(Gap::new(source.place.clone(), why, ""));
            }
            gaps.extend((!config.logs_failed_and_others().0).then(filtered));
            if config.logs_reasons() {
                match self.traefik_reasons(span) {
                    Fact::Found((told, more), _) => {
                        explain(&mut lines, told);
                        gaps.extend(more);
                    }
                    Fact::Unknown(gap) if gap.is_pending() => return Fact::Unknown(gap),
                    Fact::Unknown(gap) => gaps.push(gap),
                    Fact::Absent(_) => {}
                }
            }
            Fact::Found((lines, gaps), source)
        })
    }

    /// Whether Traefik's access log leaves nothing out.
    pub(super) fn traefik_logs_all(&self) -> bool {
        let config = self.traefik();
        config
            .found()
            .is_some_and(|config| config.logs_requests() && config.logs_failed_and_others().1)
    }

    /// Whether Traefik writes down that requests failed, and not why.
    pub(super) fn traefik_tells_no_reasons(&self) -> bool {
        let config = self.traefik();
        self.proxy_kind() == Kind::Traefik && config.found().is_some_and(|c| !c.logs_reasons())
    }

    fn traefik_line(&self, written: &Written<'k>, site: &Site) -> Option<Line<'k>> {
        let told = access_log::read(&written.text)?;
        let owned = |text: &[u8]| Cow::Owned(text.to_vec());
        let dial = told.server.and_then(|server| self.traefik_dial(server));
        Some(Line {
            at: moment(written, &told),
            status: told.status,
            client: told.client.map(owned),
            request: told.path.map(owned),
            from_backend: told.from_backend,
            ours: self.is_traefiks_ours(&told, dial.as_ref(), site),
            dial,
            told: None,
            retries: told.retries,
            path: written.place.clone(),
            used: false,
        })
    }

    /// Whether a line is about this site: by its host, else by its router, else by its
    /// server.
    fn is_traefiks_ours(
        &self,
        told: &Answered<'_>,
        dial: Option<&Dial>,
        site: &Site,
    ) -> Option<bool> {
        if let Some(host) = told.host {
            return Some(site.is_host(host));
        }
        let way = self.way_found()?;
        let mut routers = way.blocks.iter();
        let own = routers.find_map(|block| block.name.strip_prefix("router "));
        if let (Some(router), Some(own)) = (told.router, own) {
            let name = scan::rsplit_once(router, "@").map_or(router, |(name, _)| name);
            return Some(name == own.as_bytes());
        }
        let dial = dial?;
        Some(way.peers.iter().any(|peer| peer.dial.is_same(dial)))
    }

    /// The server of a line, as the configuration dials it.
    fn traefik_dial(&self, server: Named<'_>) -> Option<Dial> {
        let Named::Name(name) = server else {
            return self.dial_told(Some(server));
        };
        let name = shown(name).to_string();
        let mut peers = self.peers().iter();
        let known = peers.find(|peer| peer.written == name);
        known.map(|peer| peer.dial.clone()).or_else(|| {
            let (host, port) = name.rsplit_once(':')?;
            Some(Dial::Name(host.to_owned(), port.parse().ok()?))
        })
    }

    /// The errors of backends in Traefik's own log. A line that names no address is about
    /// nobody known.
    fn traefik_reasons(&self, span: Span) -> Fact<(Vec<Told<'k>>, Vec<Gap>)> {
        self.own_written(span, LogLines::All)
            .map(|(written, gaps)| {
                let told = written.iter().filter_map(|line| self.traefik_reason(line));
                (told.collect(), gaps)
            })
    }

    fn traefik_reason(&self, written: &Written<'k>) -> Option<Told<'k>> {
        if access_log::read(&written.text).is_some() {
            return None;
        }
        let plain = Written {
            text: Cow::Owned(scan::without_colours(&written.text)),
            at: written.at,
            place: written.place.clone(),
        };
        let told = plain.read_as(Server::Traefik)?;
        status_of(&told)?;
        let upstream = match told.peer {
            Some(Named::Name(_)) | None => None,
            peer => self.dial_told(peer),
        };
        let record = Record {
            upstream,
            ..Record::told(&plain.text, &told)
        };
        Some(plain.told(&told, record)).filter(|told| told.failure().is_some())
    }
}

/// The status that a line says was answered.
fn status_of(told: &log_line::Record<'_>) -> Option<u16> {
    const WORDS: [(&str, u16); 3] = [
        ("502 Bad Gateway", 502),
        ("504 Gateway Timeout", 504),
        ("500 Internal Server Error", 500),
    ];
    let mut known = WORDS.iter();
    let found = known.find(|(words, _)| scan::holds(told.message, words));
    found.map(|(_, status)| *status)
}

/// Gives each reason to the request that it is about: the nearest that failed so at that
/// address. A reason without an address is left where another site's request may be meant.
fn explain<'k>(lines: &mut [Line<'k>], told: Vec<Told<'k>>) {
    for reason in told {
        let status = log_line::recognise(&reason.record.raw).and_then(|told| status_of(&told));
        let upstream = reason.record.upstream.as_ref();
        let fits = |line: &&mut Line<'_>| {
            line.told.is_none()
                && line.from_backend != Some(true)
                && Some(line.status) == status
                && line.at.secs().abs_diff(reason.at.secs()) <= SAME_SECS
                && (upstream.is_none() || line.dial.as_ref() == upstream)
        };
        let mut fitting: Vec<&mut Line<'k>> = lines.iter_mut().filter(fits).collect();
        if upstream.is_none() && fitting.iter().any(|line| line.ours != Some(true)) {
            continue;
        }
        fitting.sort_by_key(|line| apart(line.at, reason.at));
        let Some(line) = fitting.into_iter().next() else {
            continue;
        };
        let record = Record {
            upstream: line.dial.clone(),
            ..reason.record
        };
        let client = line.client.clone();
        line.from_backend = Some(false);
        line.told = Some(Told {
            record,
            client,
            ..reason
        });
    }
}

/// How far two moments are apart. One that is told to the second may be anywhere in it:
/// then lines and reasons go by their order.
fn apart(one: Moment, other: Moment) -> i64 {
    if one == Moment::from_secs(one.secs()) || other == Moment::from_secs(other.secs()) {
        return Moment::from_secs(one.secs())
            .since(Moment::from_secs(other.secs()))
            .abs();
    }
    one.since(other).abs()
}

/// When the request of a line was answered, as exactly as it is told: the journal knows
/// it better than the line, and the common format only the second.
fn moment(written: &Written<'_>, told: &Answered<'_>) -> Moment {
    let to_the_second = written.at == Moment::from_secs(written.at.secs());
    match (to_the_second, written.text.starts_with(b"{")) {
        (false, _) => written.at,
        (true, true) => told.at,
        (true, false) => Moment::from_secs(told.at.secs()),
    }
}

fn nothing_logged() -> Gap {
    let why = "Traefik's access log is off, and its own log not at the level DEBUG";
    Gap::new("the requests that Traefik served", why, ALLOW_ACCESS)
}

fn no_reasons() -> Gap {
    let why = "it logs that at the level DEBUG only";
    Gap::new("why Traefik failed to serve a request", why, ALLOW_REASONS)
}

fn filtered() -> Gap {
    let why = "accessLog.filters leaves some of 502, 503 and 504 out";
    Gap::new(
        "every failed request in Traefik's access log",
        why,
        "take the filters out",
    )
}
