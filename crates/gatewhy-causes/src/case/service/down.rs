//! How a service came to be down. Exactly one answer, so that the causes of one
//! family exclude each other.
use crate::case::Case;
use crate::case::exchange::link::Link;
use crate::case::service::backend::Service;
use crate::case::service::fault::Fault;
use crate::case::service::killed::{Killed, Victim, program_of};
use crate::case::service::not_listening::has_ended;
use crate::case::service::own_log::OwnLog;
use crate::case::service::served::Served;
use crate::case::service::units::{self, journal_source, unit_source};
use crate::case::software::tomcat::NoPort;
use crate::evidence::{Evidence, Strength};
use crate::verdict::{Finding, Verdict};
use gatewhy_facts::app_log::Kind;
use gatewhy_facts::fact::{Fact, Gap};
use gatewhy_facts::linux::process::Process;
use gatewhy_facts::linux::stat::ProcessState;
use gatewhy_facts::prelude::*;
use gatewhy_facts::systemd::exit::Exit;
use gatewhy_facts::systemd::journal::{self, Entry, UnitEvent};
use gatewhy_facts::systemd::show::{ActiveState, Unit};
use gatewhy_facts::time::Moment;
use gatewhy_facts::untrusted::shown_within;
use gatewhy_fixes::{Fix, shell};

/// A state entered so many seconds ago is a restart that is under way.
pub(super) const RESTART_SECS: i64 = 90;
/// Restarts from which on it is a loop.
const LOOP: u32 = 2;
/// How many of its last words are quoted.
const QUOTED: usize = 6;

/// A service that does not listen where it should.
#[derive(Clone, Debug)]
pub struct Down {
    /// The service.
    pub service: Service,
    /// How it came to be down.
    pub how: How,
    /// When it went down, or was last seen to change.
    pub at: Option<Moment>,
    /// What could not be looked at and might tell otherwise.
    pub gaps: Vec<Gap>,
    /// The kernel's kill, when that is how.
    pub kill: Option<Killed>,
    /// What it wrote before it ended, oldest first.
    pub last_words: Vec<Entry>,
    /// What its last words tell.
    pub fault: Option<Fault>,
    /// The file that it writes to besides, where its last words tell nothing.
    pub own_log: Option<OwnLog>,
    /// Whether it had served before it ended.
    pub served: Served,
    /// How it came down if what could not be looked at tells otherwise.
    pub other: Option<How>,
    /// Whether a signal 9 ended it, and whose it was could not be looked at.
    pub perhaps_memory: bool,
    /// The port that it did not open, when that is how.
    pub no_port: Option<NoPort>,
}

/// How a service came to be down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It runs: it listens elsewhere, or not yet.
    Runs,
    /// It runs, no longer freshly, and listens nowhere at all.
    Deaf,
    /// It was never started since the machine booted.
    NeverStarted,
    /// Somebody stopped it.
    Stopped,
    /// It ended by itself, with exit code 0.
    Ended,
    /// It died after it had been serving.
    Crashed,
    /// It dies at its start.
    StartFailed,
    /// It dies again and again, for no reason that its words tell.
    Looping,
    /// The kernel killed it for want of memory.
    OomKilled,
    /// Its runtime's own heap was full.
    HeapExhausted,
    /// A start, stop or reload is under way.
    Restarting,
    /// It runs, and could not open this port.
    PortFailed,
}

impl Link<'_, '_> {
    /// How the service that should listen here came to be down. Absent when no
    /// service is known to belong here.
    pub fn down(&self) -> Fact<Down> {
        if !self.listener().is_absent() {
            return match self.listener() {
                Fact::Unknown(gap) => Fact::Unknown(gap),
                Fact::Found(_, source) | Fact::Absent(source) => Fact::Absent(source),
            };
        }
        self.missing_service().map(|service| {
            let no_port = self.case.port_that_failed(&service, &self.peer.dial);
            let mut down = self.case.how_down(service);
            match no_port {
                Fact::Found(no_port, _) if down.may_lack_it(&no_port) => {
                    down.how = How::PortFailed;
                    down.no_port = Some(no_port);
                }
                Fact::Unknown(gap) => down.gaps.push(gap),
                _ => {}
            }
            down
        })
    }
}

impl Case<'_> {
    /// How a service came to be down.
    pub fn how_down(&self, service: Service) -> Down {
        let loops = service.unit.processes.restarts.unwrap_or(0) >= LOOP;
        let last_words = if loops {
            self.words_of_loop(&service.unit.id)
        } else {
            self.own_words(&service.unit.id)
        };
        let fault = Fault::last(&last_words);
        let silent = fault.is_none() && !service.unit.is_active();
        let own_log = silent.then(|| self.own_log(&service.unit)).flatten();
        let mut down = Down {
            at: self.went_down(&service.unit),
            service,
            how: How::Runs,
            gaps: Vec::new(),
            kill: None,
            last_words,
            fault,
            own_log,
            served: Served::Unknown,
            other: None,
            perhaps_memory: false,
            no_port: None,
        };
        down.served = self.served(&down.service.unit);
        down.gaps.extend(down.service.gaps.iter().cloned());
        down.gaps
            .extend(self.journal(&down.service.unit.id).gap().cloned());
        down.gaps.extend(self.death_gaps(&down.service.unit));
        down.how = self.judge_down(&mut down);
        down
    }

    /// What tells how a service died, and could not be looked at.
    fn death_gaps(&self, unit: &Unit) -> Vec<Gap> {
        let mut gaps = Vec::new();
        gaps.extend(self.clock_gap());
        if unit.is_failed() || unit.is_auto_restarting() {
            gaps.extend(self.kernel_log().gap().cloned());
            gaps.extend(self.answered_gap());
        }
        gaps
    }

    fn went_down(&self, unit: &Unit) -> Option<Moment> {
        let times = &unit.times;
        self.at(times
            .main_exit
            .or(times.inactive_enter)
            .or(times.state_change))
    }

    fn judge_down(&self, down: &mut Down) -> How {
        let state = down.service.unit.active_state.clone();
        match state {
            Some(ActiveState::Active) if self.is_warming_up(down) => {
                if down.service.unit.processes.restarts.unwrap_or(0) >= LOOP {
                    self.judge_failed(down)
                } else {
                    How::Restarting
                }
            }
            Some(ActiveState::Active) if self.is_deaf(down) => How::Deaf,
            Some(ActiveState::Active) if has_ended(&down.service.unit) => How::Ended,
            Some(ActiveState::Active) => How::Runs,
            Some(ActiveState::Reloading | ActiveState::Deactivating) => How::Restarting,
            Some(ActiveState::Inactive) => self.judge_inactive(down),
            Some(ActiveState::Activating) if down.service.unit.is_auto_restarting() => {
                self.judge_failed(down)
            }
            Some(ActiveState::Activating) if self.is_fresh(&down.service.unit) => How::Restarting,
            _ => self.judge_failed(down),
        }
    }

    fn is_fresh(&self, unit: &Unit) -> bool {
        let changed = self.at(unit.times.state_change);
        let now = self.clock().map(|clock| clock.now);
        matches!((now, changed), (Some(now), Some(then)) if now.since(then) < RESTART_SECS * 1_000_000)
            && unit.processes.restarts.unwrap_or(0) == 0
    }

    fn judge_inactive(&self, down: &Down) -> How {
        let unit = &down.service.unit;
        if down.lacks_condition() || self.lacks_another(unit) {
            return How::StartFailed;
        }
        let unknown = unit.times.active_enter.is_none() && unit.times.main_start.is_none();
        if unknown && !self.ran_since_boot(&unit.id) {
            return How::NeverStarted;
        }
        // A socket has no end of its own.
        if unit.id.ends_with(".socket") {
            return How::Stopped;
        }
        match self.journal(&unit.id) {
            Fact::Found(told, _) if !journal::was_stopped_on_request(&told) => How::Ended,
            Fact::Found(..) | Fact::Absent(_) | Fact::Unknown(_) => How::Stopped,
        }
    }

    /// Whether the journal tells of a run since the machine booted: systemd forgets units
    /// that are stopped and that nothing refers to, with their times.
    pub(super) fn ran_since_boot(&self, unit: &str) -> bool {
        let booted = self.clock().map(|clock| clock.booted());
        let journal = self.journal(unit);
        let mut told = journal.found().into_iter().flat_map(|told| told.events());
        told.any(|(entry, event)| {
            matches!(event, UnitEvent::Started) && booted.is_some_and(|booted| entry.at >= booted)
        })
    }

    fn judge_failed(&self, down: &mut Down) -> How {
        if let Some(how) = self.judge_memory(down) {
            return how;
        }
        let unit = &down.service.unit;
        let loops = self.gave_up(unit) || unit.processes.restarts.unwrap_or(0) >= LOOP;
        let fault = unit.failed_step().is_some()
            || unit.was_unprepared()
            || unit.failed_command().is_some()
            || down.fault.as_ref().is_some_and(Fault::is_at_start);
        match (fault, loops) {
            (true, _) => How::StartFailed,
            (false, true) => How::Looping,
            (false, false) => self.judge_served(down),
        }
    }

    /// Nothing but whether it had served tells a crash from a failed start.
    fn judge_served(&self, down: &mut Down) -> How {
        let (how, other) = down.served.ways();
        if how == How::StartFailed && down.served != Served::Never {
            down.gaps.extend(self.unlogged_answers());
        }
        down.other = other.filter(|_| !down.gaps.is_empty());
        how
    }

    /// Memory first: it explains every other way to end.
    fn judge_memory(&self, down: &mut Down) -> Option<How> {
        if down
            .fault
            .as_ref()
            .is_some_and(|fault| fault.kind == Kind::HeapExhausted)
        {
            return Some(How::HeapExhausted);
        }
        match self.kill_at_exit(&down.service.unit) {
            // Another host of the same machine may have a service of that name.
            Fact::Found(..) if down.says_why_it_left() => {}
            Fact::Found(mut kill, _) => {
                kill.sure &= may_be_its_end(&down.service.unit, &kill);
                if let Some(gap) = kill.gap() {
                    down.gaps.push(gap);
                    down.other = Some(How::Crashed);
                }
                down.kill = Some(kill);
                return Some(How::OomKilled);
            }
            // Only a death by signal 9 could be the kernel's doing.
            Fact::Unknown(gap) if down.service.unit.failed_by_signal() == Some(9) => {
                down.gaps.push(gap);
                down.perhaps_memory = true;
            }
            Fact::Absent(_) | Fact::Unknown(_) => {}
        }
        down.service.unit.was_oom_killed().then_some(How::OomKilled)
    }

    /// The kernel's kill in this unit at the time it ended.
    fn kill_at_exit(&self, unit: &Unit) -> Fact<Killed> {
        if let Some(gap) = self.clock_gap() {
            return Fact::Unknown(gap);
        }
        self.kernel_log().and_then(|log, source| {
            let kill = self.at(unit.times.main_exit).and_then(|at| {
                let victim = Victim {
                    unit: &unit.id,
                    pid: unit.processes.exec_main_pid,
                    program: program_of(unit).filter(|_| unit.failed_by_signal() == Some(9)),
                    at,
                };
                self.kill_of(&log, &victim)
            });
            match kill {
                Some(kill) => Fact::Found(kill, source),
                None => Fact::Absent(source),
            }
        })
    }

    /// Whether systemd gave up starting it.
    pub fn gave_up(&self, unit: &Unit) -> bool {
        unit.gave_up()
            || self
                .journal(&unit.id)
                .found()
                .is_some_and(|told| journal::gave_up(told))
    }
}

impl Down {
    /// The unit's name.
    pub fn unit(&self) -> &str {
        &self.service.unit.id
    }

    /// Whether it left by itself, and its last words name a reason that has nothing to do
    /// with memory.
    fn says_why_it_left(&self) -> bool {
        let unit = &self.service.unit;
        let by_code = matches!(unit.processes.exec_main_exit, Some(Exit::Code(_)));
        by_code && !unit.was_oom_killed() && self.fault.as_ref().is_some_and(Fault::names_a_reason)
    }

    /// The signal that ended it, where systemd takes that for a clean end.
    pub fn signalled(&self) -> Option<Exit> {
        let ended = self.service.unit.processes.exec_main_exit;
        ended.filter(|exit| self.how == How::Ended && exit.signal().is_some())
    }

    /// Why it is not another cause of the family, in words.
    fn words_of_end(&self) -> String {
        match self.signalled() {
            Some(signal) => format!("{} was ended by {signal}", self.unit()),
            None if self.how == How::Ended && self.service.unit.is_active() => {
                format!("what {} started has ended", self.unit())
            }
            None => self.how.words(self.unit()),
        }
    }

    /// Whether systemd did not start it, since a condition of its unit did not hold when
    /// it was last asked to.
    pub fn lacks_condition(&self) -> bool {
        let unit = &self.service.unit;
        unit.condition_result == Some(false) && unit.times.condition.is_some()
    }

    /// That condition, as the unit has it: `ConditionPathExists=/etc/app.conf`.
    pub fn condition(&self, case: &Case<'_>) -> Option<String> {
        let journal = case.journal(self.unit());
        let mut all = journal.found()?.entries.iter().rev();
        all.find_map(|entry| match entry.event() {
            Some(UnitEvent::ConditionFailed { check }) => check,
            _ => None,
        })
    }

    /// Whether everything that could tell otherwise was looked at.
    pub const fn is_sure(&self) -> bool {
        self.gaps.is_empty()
    }

    /// Whether it is up without a port: where it has only just started, it has to have
    /// said so itself.
    fn may_lack_it(&self, no_port: &NoPort) -> bool {
        matches!(self.how, How::Runs | How::Deaf)
            || self.how == How::Restarting && no_port.said.is_some()
    }

    fn may_be(&self, ways: &[How]) -> bool {
        self.other.is_some_and(|how| ways.contains(&how))
    }

    /// The unit's state as evidence: proof when nothing is missing.
    pub fn state(&self, case: &Case<'_>) -> Evidence {
        let unit = &self.service.unit;
        let mut text = format!("{} is {}", unit.id, units::state_phrase(unit));
        if unit.was_unprepared() {
            text.push_str(", systemd could not get what its start needs");
        } else if let Some(exit) = unit.exit_in_words() {
            text.push_str(&format!(", its main process ended with {exit}"));
        }
        if let Some(at) = self.at {
            text.push_str(&format!(", {}", case.ago(at)));
        }
        let mut source = unit_source(&unit.id);
        source.time = self.at;
        if self.is_sure() {
            Evidence::proof(text, &source)
        } else {
            Evidence::strong(text, &source)
        }
    }

    /// The step that shows the file that it writes to besides.
    pub fn look_into_its_log(&self, fix: Fix) -> Fix {
        match &self.own_log {
            Some(log) => fix.run(
                format!("tail -n 50 {}", shell::word(log.path.as_str())),
                "its own log: what it writes does not go to the journal alone",
            ),
            None => fix,
        }
    }

    /// What the service manager says of its failure, as evidence: the program that
    /// is missing, the step that failed.
    pub fn manager(&self, case: &Case<'_>) -> Vec<Evidence> {
        let journal = case.journal(self.unit());
        let Some(journal) = journal.found() else {
            return Vec::new();
        };
        let names = |entry: &&Entry| entry.event().as_ref().is_some_and(names_the_fault);
        let mut told: Vec<&Entry> = journal.last_run().iter().filter(names).collect();
        if told.is_empty() {
            // The present run goes on; the one before tells.
            told.extend(journal.entries.iter().rev().find(names));
        }
        let words = told.into_iter().take(QUOTED).map(|entry| {
            let text = format!("systemd wrote: {}", shown_within(words_of(entry), 160));
            Evidence::strong(text, &journal_source(self.unit(), entry))
        });
        words.collect()
    }

    /// Why this service is thought to belong to the address.
    pub fn belongs(&self) -> Vec<Evidence> {
        self.service.why.clone().into_iter().collect()
    }
}

/// Whether a process died between two looks at it: it is not there, not yet buried, or
/// was gone before it was read to its end.
pub(super) fn is_gone(process: &Fact<Rc<Process>>) -> bool {
    let Fact::Found(process, _) = process else {
        return process.is_absent();
    };
    let state = process.stat.as_ref().map(|stat| stat.state);
    let mut read = process.namespaces.values();
    matches!(state, Ok(ProcessState::Zombie | ProcessState::Dead))
        || read.any(|space| matches!(space, Err(why) if why.starts_with("No such")))
}

pub(in crate::case) fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    !needle.is_empty()
        && haystack
            .windows(needle.len())
            .any(|window| window == needle)
}

impl How {
    /// Why it is not another cause of the family, in words.
    pub fn words(self, unit: &str) -> String {
        match self {
            Self::Runs => format!("{unit} runs"),
            Self::Deaf => format!("{unit} runs, and listens nowhere"),
            Self::NeverStarted => format!("{unit} was never started"),
            Self::Stopped => format!("{unit} was stopped by request"),
            Self::Ended => format!("{unit} ended by itself without an error"),
            Self::Crashed => format!("{unit} died once, after it had been serving"),
            Self::StartFailed => format!("{unit} does not get as far as to serve"),
            Self::Looping => format!("{unit} dies again after every start"),
            Self::OomKilled => format!("the kernel killed {unit} for want of memory"),
            Self::HeapExhausted => format!("{unit} filled its own heap"),
            Self::Restarting => format!("{unit} is starting or stopping just now"),
            Self::PortFailed => format!("{unit} runs, and did not open this port"),
        }
    }
}

/// One verdict of a cause that tells how a service came to be down: a finding for
/// the ways that it stands for, and a near miss for the others.
pub fn weigh_down(
    link: Link<'_, '_>,
    ways: &[How],
    tell: impl Fn(&Down) -> Finding,
) -> Option<Verdict> {
    if link.listener().found().is_some() {
        return Some(Verdict::ruled_out(format!(
            "{} listens on {}",
            link.program(),
            link.address()
        )));
    }
    match link.kept_down() {
        Fact::Found(down, _) if ways.contains(&down.how) => {
            return Some(down.finding(link).weigh().with_gaps(&down.gaps));
        }
        Fact::Found(down, _) => {
            let verdict = Verdict::ruled_out(down.how.words(&down.name));
            return Some(verdict.with_gaps(&down.gaps));
        }
        Fact::Unknown(gap) => return Some(Verdict::cannot_tell([&gap])),
        Fact::Absent(_) => {}
    }
    match link.down() {
        Fact::Unknown(gap) => Some(Verdict::cannot_tell([&gap])),
        Fact::Absent(_) => None,
        Fact::Found(down, _) if ways.contains(&down.how) => {
            let finding = tied(seen_from(link, &down, tell(&down)), &down);
            Some(finding.weigh().with_gaps(&down.gaps))
        }
        Fact::Found(down, _) if down.may_be(ways) => {
            let finding = seen_from(link, &down, tell(&down)).at_most(Strength::Weak);
            Some(finding.weigh().with_gaps(&down.gaps))
        }
        Fact::Found(down, _) => {
            let verdict = Verdict::ruled_out(down.words_of_end());
            // What has served has started, whatever else is not known.
            let started = down.served == Served::Yes && ways == [How::StartFailed];
            let gaps = if started {
                &down.service.gaps
            } else {
                &down.gaps
            };
            Some(verdict.with_gaps(gaps))
        }
    }
}

/// Whether a kill may have been the end of the unit's main process: where that left with
/// an exit code it was at most one of its children, of which only the name tells.
fn may_be_its_end(unit: &Unit, kill: &Killed) -> bool {
    let by_code = matches!(unit.processes.exec_main_exit, Some(Exit::Code(_)));
    let same_name = program_of(unit).is_some_and(|name| kill.kill.comm == name);
    !by_code || same_name || unit.was_oom_killed()
}

/// What the link tells besides the service.
fn seen_from(link: Link<'_, '_>, down: &Down, finding: Finding) -> Finding {
    finding
        .because_all(link.nobody_listens())
        .because_all(link.proxy_saw())
        .because_all(down.belongs())
        .because_all(link.configured())
}

/// What ties the service to the address only weakly can prove nothing; where nothing
/// tells whether it had served, or who killed it, no way is likely.
pub(crate) fn tied(finding: Finding, down: &Down) -> Finding {
    let open = down.other.is_some() && down.served == Served::Unknown && down.kill.is_none();
    // A queue's worker may share its settings with a server: it listens nowhere, rightly.
    let may_be_no_server = down.how == How::Deaf && down.served != Served::Yes;
    if open || down.perhaps_memory || may_be_no_server {
        return finding.at_most(Strength::Weak);
    }
    let why = down.service.why.as_ref();
    // A busy site is answered in the very second of a start that fails, by the run before.
    let by_code = down.service.unit.failed_by_signal().is_none();
    let answered_by_whom = down.how == How::Crashed && down.served == Served::Perhaps && by_code;
    // systemd calls it started. Whether it will listen, nobody can know: its workers may
    // have died, and its master waits.
    let started = down.how == How::Restarting && down.service.unit.is_active();
    // What a deaf one waits for, or why it closed its port, is not known.
    if down.how == How::Deaf
        || started
        || answered_by_whom
        || why.is_some_and(|why| why.strength == Strength::Weak)
    {
        return finding.at_most(Strength::Strong);
    }
    finding
}

/// Lines of systemd that name what is wrong, and not only that something is.
const fn names_the_fault(event: &UnitEvent) -> bool {
    matches!(
        event,
        UnitEvent::StepFailed { .. }
            | UnitEvent::ConditionFailed { .. }
            | UnitEvent::CannotLocate { .. }
            | UnitEvent::CannotPrepare { .. }
            | UnitEvent::ControlExited { .. }
            | UnitEvent::StartTimeout { .. }
            | UnitEvent::DependencyFailed
            | UnitEvent::BadSetting { .. }
            | UnitEvent::CannotListen { .. }
            | UnitEvent::Watchdog { .. }
    )
}

pub(in crate::case) fn words_of(entry: &Entry) -> &[u8] {
    entry.message.as_deref().unwrap_or_default().trim_ascii()
}
