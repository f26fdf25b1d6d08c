//! Applications that another process manager starts than systemd: which one belongs to an
//! address, how it came to be down, and that manager's own way to bring it back.
use crate::case::Case;
use crate::case::exchange::link::Link;
use crate::case::routing::peer::Dial;
use crate::case::service::backend::Service;
use crate::case::service::down::How;
use crate::case::service::expected::{Says, mention};
use crate::case::service::fault::Fault;
use crate::case::software::pm2;
use crate::case::software::supervisord;
use crate::evidence::{Evidence, Strength};
use crate::verdict::{Finding, HopName};
use gatewhy_facts::app_log::Kind;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::fate::Fate;
use gatewhy_facts::nginx::files::Files;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::{Part, Question, View};
use gatewhy_facts::systemd::show::Unit;
use gatewhy_facts::systemd::unit_name::UnitName;
use gatewhy_facts::untrusted::shown_within;
use gatewhy_fixes::Fix;

/// How much of the end of a log is read.
const TAIL: u32 = 64 << 10;

/// An application of a process manager's that should listen where nobody does.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its name, as the manager's program takes it.
    pub name: String,
    /// How it came to be down.
    pub how: How,
    /// The manager: `PM2`, `Supervisor`.
    pub(in crate::case) manager: &'static str,
    /// Whether the manager itself runs.
    pub(in crate::case) manager_runs: bool,
    /// Whether the manager gave up.
    pub(in crate::case) gave_up: bool,
    /// After how many restarts, where it says so.
    pub(in crate::case) restarts: Option<u64>,
    /// What ties it to the address.
    pub(in crate::case) why: Evidence,
    /// What is seen of it.
    pub(in crate::case) state: Evidence,
    /// What the manager logged of it last.
    pub(in crate::case) said: Option<Evidence>,
    /// What it wrote at its end, and where.
    pub(in crate::case) fault: Option<Fault>,
    pub(in crate::case) error_log: Option<HostPath>,
    /// What brings it back.
    pub(in crate::case) fix: Fix,
    /// What could not be looked at.
    pub gaps: Vec<Gap>,
}

/// The commands of a manager's own program for one application.
pub(in crate::case) struct Commands {
    /// To start it again, as it is said.
    pub(in crate::case) short: String,
    /// To start it again, as it is typed.
    pub(in crate::case) restart: String,
    /// To read what it wrote.
    pub(in crate::case) words: String,
}

impl Link<'_, '_> {
    /// The application of a process manager's that should listen here, and how it came to
    /// be down. Absent when somebody listens, or none is set up for the address.
    pub fn kept_down(&self) -> Fact<Kept> {
        match self.listener() {
            Fact::Unknown(gap) => return Fact::Unknown(gap),
            Fact::Found(_, source) => return Fact::Absent(source),
            Fact::Absent(_) => {}
        }
        // A service whose own settings name the address goes before a list that may be old.
        match self.missing_service() {
            Fact::Unknown(gap) => return Fact::Unknown(gap),
            Fact::Found(service, source) if is_set_up(&service) => return Fact::Absent(source),
            Fact::Found(..) | Fact::Absent(_) => {}
        }
        match self.kept_by_pm2() {
            Fact::Absent(_) => self.kept_by_supervisor(),
            known => known,
        }
    }
}

/// Whether something better ties a service to the address than that it is in trouble,
/// and it is no process manager.
fn is_set_up(service: &Service) -> bool {
    let why = service.why.as_ref();
    let manager =
        pm2::home_of(&service.unit).is_some() || supervisord::config_of(&service.unit).is_some();
    !manager && why.is_none_or(|why| why.strength > Strength::Weak)
}

/// The first of several applications that something ties to an address. What could not be
/// read may have tied one.
pub(in crate::case) fn first_tied<T>(
    all: impl Iterator<Item = (T, Fact<Evidence>)>,
) -> Result<Option<(T, Evidence)>, Gap> {
    let mut unread = None;
    for (app, tie) in all {
        match tie {
            Fact::Found(why, _) => return Ok(Some((app, why))),
            Fact::Absent(_) => {}
            Fact::Unknown(gap) => unread = Some(gap),
        }
    }
    unread.map_or(Ok(None), Err)
}

impl Case<'_> {
    /// Whether a script or a settings file of an application says that it listens there.
    pub(in crate::case) fn says_it_listens(
        &self,
        path: &HostPath,
        whose: &str,
        dial: &Dial,
    ) -> Fact<Evidence> {
        let files = self.host_files();
        files.read(path).and_then(|text, source| {
            let unit = UnitName::new(whose);
            let Some((line, shown, Says::Listens)) = mention(text.bytes, dial, &unit) else {
                return Fact::Absent(source);
            };
            let place = Source::new(path.to_string()).at_line(line);
            let text = format!("{whose} is set up to listen there: {shown}");
            Fact::Found(Evidence::strong(text, &place), place)
        })
    }

    pub(in crate::case) fn tail_of(&self, path: &HostPath) -> Fact<&[u8]> {
        let question = Question::File {
            path: path.clone(),
            view: View::Host,
            part: Part::Tail {
                bytes: TAIL,
                round: 0,
            },
        };
        self.known
            .bytes(&question, &path.to_string(), "run as root")
    }

    /// Adds what the application wrote at its end, unless somebody stopped it.
    pub(in crate::case) fn read_errors(
        &self,
        kept: &mut Kept,
        log: Option<HostPath>,
        fate: Option<Fate>,
    ) {
        // A log that tells nothing of it was rotated away, or is elsewhere: that somebody
        // stopped it is then the likeliest, and no more.
        if fate.is_none() {
            let what = format!("{}'s log", kept.manager);
            let why = format!("it tells nothing of {}", kept.name);
            kept.gaps.push(Gap::new(what, why, ""));
        }
        if let Some(Fate::Errored(count)) = fate {
            kept.gave_up = true;
            kept.restarts = count;
        }
        let errors = log.as_ref().map(|path| self.tail_of(path));
        kept.gaps
            .extend(errors.as_ref().and_then(|text| text.gap().cloned()));
        let errors = errors.as_ref().and_then(|text| text.found().copied());
        let stopped = matches!(fate, None | Some(Fate::Stopped));
        kept.fault = errors.filter(|_| !stopped).and_then(Fault::in_text);
        kept.error_log = log;
    }
}

/// How an application came to be down that its manager does not start again.
pub(in crate::case) fn how_down(fate: Option<Fate>, fault: Option<&Fault>) -> How {
    let heap = fault.is_some_and(|fault| fault.kind == Kind::HeapExhausted);
    let at_start = fault.is_some_and(Fault::is_at_start);
    match fate {
        None | Some(Fate::Stopped) => How::Stopped,
        Some(_) if heap => How::HeapExhausted,
        Some(Fate::Errored(_)) if at_start => How::StartFailed,
        Some(Fate::Errored(_)) => How::Looping,
        Some(Fate::Exited(0)) => How::Ended,
        Some(Fate::Exited(_) | Fate::Killed) => How::Crashed,
        Some(Fate::Online) => How::Restarting,
    }
}

/// The fix where the manager itself does not run.
pub(in crate::case) fn enabled(unit: &Unit, why: &str) -> Fix {
    let command = format!("systemctl enable --now {}", unit.id);
    Fix::new(command.clone()).safe().run(command, why)
}

impl Kept {
    pub(in crate::case) fn new(
        manager: &'static str,
        name: &str,
        how: How,
        why: Evidence,
        state: Evidence,
    ) -> Self {
        Self {
            name: name.to_owned(),
            how,
            manager,
            manager_runs: true,
            gave_up: false,
            restarts: None,
            why,
            state,
            said: None,
            fault: None,
            error_log: None,
            fix: Fix::new(""),
            gaps: Vec::new(),
        }
    }

    /// A line of the manager's log as evidence.
    pub(in crate::case) fn logged(&self, line: &[u8], log: &HostPath) -> Evidence {
        let text = format!("{} logged: {}", self.manager, shown_within(line, 160));
        Evidence::strong(text, &Source::new(log.to_string()))
    }

    /// The finding of the cause whose way it is.
    pub fn finding(&self, link: Link<'_, '_>) -> Finding {
        let told = self.fault.as_ref().zip(self.error_log.as_ref());
        let told = told.map(|(fault, log)| {
            let text = format!("it wrote: {}", shown_within(fault.text.trim_ascii(), 160));
            Evidence::strong(text, &Source::new(log.to_string()))
        });
        let finding = Finding::new(HopName::Backend, self.name.clone(), self.summary())
            .because_all(told)
            .because_all(self.said.clone())
            .because(self.state.clone())
            .because_all(link.nobody_listens())
            .because_all(link.proxy_saw())
            .because(self.why.clone())
            .because_all(link.configured());
        let finding = finding.fix(self.fix.clone());
        if self.gaps.is_empty() {
            finding
        } else {
            finding.at_most(Strength::Strong)
        }
    }

    fn summary(&self) -> String {
        let (name, manager) = (&self.name, self.manager);
        let end = match self.restarts {
            Some(count) => format!("; {manager} gave up after {count} restarts"),
            None if self.gave_up => format!("; {manager} gave up"),
            None => String::new(),
        };
        let why = self.fault.as_ref();
        let why = why.map_or_else(String::new, |fault| format!(": {}", fault.words()));
        match self.how {
            How::Stopped | How::NeverStarted if !self.manager_runs => {
                format!("{manager}, which starts {name}, does not run")
            }
            How::Stopped => format!("{name} was stopped in {manager}"),
            How::NeverStarted => format!("{name} was not started in {manager}"),
            How::StartFailed => format!("{name} cannot start under {manager}{why}{end}"),
            How::Looping => format!("{name} dies after every start under {manager}{why}{end}"),
            How::HeapExhausted => format!("{name} ended because its own heap was full{end}"),
            How::Restarting => format!("{manager} is just starting {name} again"),
            How::Ended => format!(
                "{name} ended by itself with exit code 0, and {manager} did not start it again"
            ),
            _ => format!("{name} ended, and {manager} did not start it again{why}"),
        }
    }
}

impl Commands {
    /// What brings an application back, by how it came to be down.
    pub(in crate::case) fn fix(&self, kept: &Kept) -> Fix {
        let short = &self.short;
        let fix = match kept.how {
            How::Stopped | How::NeverStarted | How::Ended => Fix::new(short.clone()).safe(),
            How::HeapExhausted => Fix::new(format!(
                "{short}, and raise its heap limit or find the leak"
            ))
            .advise("raise its heap limit (node: --max-old-space-size); if it fills at the same pace, it is a leak: take a heap snapshot"),
            _ => Fix::new(format!("mend what {} wrote, then {short}", kept.name))
                .run(self.words.clone(), "its own words name the fault"),
        };
        fix.run(self.restart.clone(), "starts it again")
    }
}
