//! What happened to the worker that had our request, when the connection broke:
//! the backend's own log and the kernel's tell.
use crate::case::exchange::direct::Outcome;
use crate::case::exchange::link::Link;
use crate::case::service::backend::Software;
use crate::case::service::killed::{Killed, Victim, program_of};
use crate::case::software::fpm::PoolOf;
use crate::evidence::{Evidence, Strength};
use crate::verdict::{Finding, Verdict};
use gatewhy_facts::app_log::{self, Kind, Output};
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::php_fpm::log::{Event, FpmRecord};
use gatewhy_facts::prelude::*;
use gatewhy_facts::symptom::Symptom;
use gatewhy_facts::systemd::show::Unit;
use gatewhy_facts::untrusted::shown_within;

/// How far back a record still belongs to requests of just now.
const LATELY_SECS: i64 = 600;

/// What happened to a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fate {
    /// What.
    pub how: How,
    /// The record that says so.
    pub evidence: Evidence,
    /// Whether it happened during our own requests, and not some minutes before.
    pub own: bool,
    /// What could not be looked at and might tell otherwise.
    pub gaps: Vec<Gap>,
    /// The kernel's kill, when that is how.
    pub kill: Option<Killed>,
}

/// How a worker ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// By a signal that nobody sent on purpose, or an exit code.
    Crashed {
        /// The signal; none for an exit code.
        signal: Option<u8>,
    },
    /// The kernel killed it for want of memory.
    OomKilled,
    /// Its own supervisor killed it because the request took too long.
    TimedOut,
}

impl Link<'_, '_> {
    /// Whether the proxy, or we ourselves, saw the connection break before an
    /// answer, or waited in vain for one.
    pub fn broke_off(&self) -> bool {
        let logged = matches!(
            self.own_symptom(),
            Some(
                Symptom::ClosedBeforeResponse
                    | Symptom::ResetBeforeResponse
                    | Symptom::FastCgiClosed
                    | Symptom::ClosedInBody
                    | Symptom::ResetInBody
                    | Symptom::ResetWhileSending
            )
        );
        logged || matches!(self.direct_outcome(), Some(Outcome::ClosedEarly(_)))
    }

    /// What happened to the worker. Absent when its logs tell nothing.
    pub fn fate(&self) -> Fact<Fate> {
        let nothing = Source::new("the backend's logs");
        if self.listener().is_absent() || !(self.broke_off() || self.is_stalled()) {
            return Fact::Absent(nothing);
        }
        if let Some(gap) = self.direct().gap().filter(|gap| gap.is_pending()) {
            return Fact::Unknown(gap.clone());
        }
        if let Some(gap) = self.case.clock_gap() {
            return Fact::Unknown(gap);
        }
        let unknown = [
            self.listener_gap(),
            self.pid().gap().cloned(),
            self.case.fpm_gap(),
            self.live_service().gap().cloned(),
        ];
        if let Some(gap) = unknown.into_iter().flatten().next() {
            return Fact::Unknown(gap);
        }
        let told = match self.software() {
            Software::PhpFpm => self.configured_pool().map(|pool| self.fpm_fate(&pool)),
            _ => self
                .live_service()
                .found()
                .map(|service| self.journal_fate(&service.unit)),
        };
        told.unwrap_or(Fact::Absent(nothing))
    }

    /// A finding about a worker's fate, with its record: proven when it happened to
    /// our own request and the connection broke off.
    pub fn worker_verdict(&self, mut finding: Finding, fate: &Fate) -> Verdict {
        let strength = if self.is_sure_of(fate) {
            Strength::Proof
        } else {
            fate.evidence.strength
        };
        finding.evidence.insert(
            0,
            Evidence {
                strength,
                ..fate.evidence.clone()
            },
        );
        finding.weigh()
    }

    /// Whether it is beyond doubt that this is what happened to our own request.
    pub fn is_sure_of(&self, fate: &Fate) -> bool {
        fate.own && self.broke_off() && fate.gaps.is_empty()
    }

    fn fpm_fate(&self, pool: &PoolOf<'_>) -> Fact<Fate> {
        let log = self.case.fpm_log(pool, 1);
        log.and_then(|records, source| {
            let told = records
                .iter()
                .rev()
                .find_map(|record| self.fate_in(record, pool, &source));
            told.map_or(Fact::Absent(source.clone()), |fate| {
                Fact::Found(fate, source)
            })
        })
    }

    /// One record of FPM's log. A worker that was killed after its time was up is
    /// logged as ended by that signal too; the reason stands in the record before.
    fn fate_in(&self, record: &FpmRecord<'_>, pool: &PoolOf<'_>, source: &Source) -> Option<Fate> {
        if record
            .pool
            .is_some_and(|name| name != pool.pool.name.as_bytes())
        {
            return None;
        }
        let clock = self.case.clock()?;
        let at = record.at?.moment(clock.utc_offset_secs)?;
        let how = match &record.event {
            Event::Terminated(_) => How::TimedOut,
            Event::ExitedOnSignal { signal: 15, .. } => return None,
            Event::ExitedOnSignal { signal, .. } => How::Crashed {
                signal: Some(*signal),
            },
            Event::ExitedWithCode { code, .. } if *code != 0 => How::Crashed { signal: None },
            _ => return None,
        };
        let text = format!("PHP-FPM logged: {}", shown_within(record.message, 160));
        let pid = match &record.event {
            Event::ExitedOnSignal { pid, .. } => Some(*pid),
            _ => None,
        };
        let version = pool.fpm.unit.strip_prefix("php").unwrap_or_default();
        let version = version.strip_suffix("-fpm.service").unwrap_or_default();
        let program = format!("php-fpm{version}");
        let victim = Victim {
            unit: &pool.fpm.unit,
            pid,
            program: Some(program.as_bytes()),
            at,
        };
        self.fate_of(how, text, source, &victim)
    }

    fn journal_fate(&self, of: &Unit) -> Fact<Fate> {
        let unit = of.id.as_str();
        self.case.journal_again(unit).and_then(|journal, source| {
            let output = journal
                .entries
                .iter()
                .filter(|entry| !entry.is_by_systemd());
            let output: Vec<Output<'_>> = output
                .map(|entry| Output {
                    text: entry.message.as_deref().unwrap_or_default(),
                    at: Some(entry.at),
                    pid: entry.pid,
                })
                .collect();
            let events = app_log::read(output);
            let told = events.iter().rev().find_map(|event| {
                let how = match event.kind {
                    Kind::WorkerTimeout => How::TimedOut,
                    Kind::WorkerKilled if !timed_out_before(&events, event) => How::Crashed {
                        signal: event.number.and_then(|n| u8::try_from(n).ok()),
                    },
                    Kind::Crashed => How::Crashed { signal: Some(11) },
                    _ => return None,
                };
                let at = event.at?;
                let text = format!("{unit} wrote: {}", shown_within(event.text, 160));
                let victim = Victim {
                    unit,
                    pid: event.pid,
                    program: program_of(of),
                    at,
                };
                self.fate_of(how, text, &source, &victim)
            });
            told.map_or(Fact::Absent(source.clone()), |fate| {
                Fact::Found(fate, source)
            })
        })
    }

    fn fate_of(
        &self,
        how: How,
        text: String,
        source: &Source,
        victim: &Victim<'_>,
    ) -> Option<Fate> {
        let (now, at) = (self.case.clock()?.now, victim.at);
        if now.since(at) > LATELY_SECS * 1_000_000 {
            return None;
        }
        let own = at >= now.plus_secs(-1);
        let evidence = Evidence::strong(text, &source.clone().at_time(at));
        let mut fate = Fate {
            how,
            evidence,
            own,
            gaps: Vec::new(),
            kill: None,
        };
        if matches!(how, How::Crashed { signal: Some(9) }) {
            self.ask_the_kernel(&mut fate, victim);
        }
        Some(fate)
    }

    /// Signal 9 is the kernel's when its log has a kill in this unit at that time.
    fn ask_the_kernel(&self, fate: &mut Fate, victim: &Victim<'_>) {
        match self.case.kernel_log_again() {
            Fact::Found(log, source) => {
                if let Some(kill) = self.case.kill_of(&log, victim) {
                    fate.how = How::OomKilled;
                    let when = self.case.at_kernel(kill.at_us).unwrap_or(victim.at);
                    let text = format!("the kernel logged: {}", shown_within(&kill.text, 160));
                    fate.evidence = Evidence::strong(text, &source.at_time(when));
                    fate.gaps.extend(kill.gap());
                    fate.kill = Some(kill);
                }
            }
            Fact::Unknown(gap) => fate.gaps.push(gap),
            Fact::Absent(_) => {}
        }
    }
}

/// gunicorn kills a worker whose time is up, and then logs its death as well.
fn timed_out_before(events: &[app_log::AppEvent<'_>], killed: &app_log::AppEvent<'_>) -> bool {
    events.iter().any(|event| {
        event.kind == Kind::WorkerTimeout && event.pid == killed.pid && event.line <= killed.line
    })
}
