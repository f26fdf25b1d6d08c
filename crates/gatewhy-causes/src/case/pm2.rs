//! Applications that PM2 starts, and not systemd: which one belongs to an address, and
//! how it came to be down.
//!
//! PM2 is looked for only where it shows itself: its daemon runs, or a service of this
//! host starts it. What it knows is read from its files; to ask its program would start
//! a daemon.
use super::Case;
use super::backend::Service;
use super::down::How;
use super::expected::{Says, mention};
use super::fault::Fault;
use super::link::Link;
use super::peer::Dial;
use super::units::unit_source;
use crate::evidence::{Evidence, Strength};
use crate::verdict::{Finding, HopName};
use gatewhy_facts::document;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::nginx::files::Files;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::pm2::{self, Fate, Saved};
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::{Part, Question, View};
use gatewhy_facts::systemd::show::Unit;
use gatewhy_facts::systemd::unit_name::UnitName;
use gatewhy_facts::untrusted::shown_within;
use gatewhy_fixes::Fix;

/// How much of the end of a log is read.
const TAIL: u32 = 64 << 10;
/// The most applications of one list that are looked at.
const APPS: usize = 24;

/// A PM2 of this host.
#[derive(Clone, Debug)]
struct Pm2 {
    /// Its folder.
    home: HostPath,
    /// Its daemon and that one's user, when it runs.
    daemon: Option<(u32, Option<u32>)>,
    /// The service that starts it.
    unit: Option<Unit>,
}

/// An application of PM2's that should listen where nobody does.
#[derive(Clone, Debug)]
pub struct Pm2Down {
    /// The application.
    pub app: Saved,
    /// How it came to be down.
    pub how: How,
    pm2: Pm2,
    why: Evidence,
    state: Evidence,
    said: Option<Evidence>,
    fault: Option<Fault>,
    restarts: Option<u64>,
    /// What could not be looked at.
    pub gaps: Vec<Gap>,
}

impl Case<'_> {
    /// The PM2s of this host.
    fn pm2s(&self) -> Vec<Pm2> {
        let processes = self.processes();
        let all = processes.found().into_iter().flat_map(|all| &all.0);
        let running = all.filter_map(|(pid, listed)| {
            let home = pm2::home(listed.arguments.first()?)?;
            Some((home, (*pid, listed.uid)))
        });
        let mut all: Vec<Pm2> = running
            .map(|(home, daemon)| Pm2 {
                home,
                daemon: Some(daemon),
                unit: None,
            })
            .collect();
        for unit in self.own_service_units().iter() {
            let Some(home) = home_of(unit) else { continue };
            match all.iter_mut().find(|pm2| pm2.home == home) {
                Some(pm2) => pm2.unit = Some(unit.clone()),
                None => all.push(Pm2 {
                    home,
                    daemon: None,
                    unit: Some(unit.clone()),
                }),
            }
        }
        all
    }

    /// Whether one of the daemon's processes runs that script.
    fn runs_script(&self, daemon: u32, script: &HostPath) -> Option<bool> {
        let processes = self.processes();
        let all = processes.found()?;
        let runs = all.children(daemon).any(|child| {
            let words = child.arguments.iter();
            words
                .into_iter()
                .any(|word| super::down::contains(word, script.as_str().as_bytes()))
        });
        Some(runs)
    }

    fn tail_of(&self, path: &HostPath) -> Fact<&[u8]> {
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

    /// What ties a saved application to an address: its `PORT`, its arguments, or its
    /// script's own words.
    fn ties(&self, list: &HostPath, app: &Saved, dial: &Dial) -> Option<Evidence> {
        let port = match dial {
            Dial::Tcp(address) => Some(address.port()),
            Dial::Name(_, port) => Some(*port),
            Dial::Unix(_) => None,
        };
        let unit = UnitName::new(&app.name);
        let words = app.arguments.join(" ");
        let in_list = app.port.is_some() && app.port == port
            || mention(words.as_bytes(), dial, &unit).is_some();
        if in_list {
            let source = Source::new(list.to_string()).at_line(app.line);
            let text = format!("PM2's saved list has {} on {dial}", app.name);
            return Some(Evidence::strong(text, &source));
        }
        // What its environment says goes before the script's own default.
        if app.port.is_some() {
            return None;
        }
        let files = self.host_files();
        let text = files.read(&app.script);
        let (line, shown, says) = mention(text.found()?.bytes, dial, &unit)?;
        let source = Source::new(app.script.to_string()).at_line(line);
        let text = format!("{} of PM2 is set up to listen there: {shown}", app.name);
        (says == Says::Listens).then(|| Evidence::strong(text, &source))
    }
}

/// The folder of the PM2 that a unit starts.
fn home_of(unit: &Unit) -> Option<HostPath> {
    let mut words = unit.commands.start.iter().flat_map(|exec| &exec.argv);
    let starts =
        words.any(|word| word.ends_with("/pm2") || word == "pm2" || word.ends_with("pm2-runtime"));
    let mut set = unit.context.environment.iter();
    let home = set.find(|variable| variable.name == "PM2_HOME")?;
    starts
        .then(|| home.value.as_deref().map(HostPath::new))
        .flatten()
}

/// Whether something better ties a service to the address than that it is in trouble,
/// and it is no PM2.
fn is_set_up(service: &Service) -> bool {
    let why = service.why.as_ref();
    home_of(&service.unit).is_none() && why.is_none_or(|why| why.strength > Strength::Weak)
}

impl Link<'_, '_> {
    /// The application of PM2's that should listen here, and how it came to be down.
    /// Absent when somebody listens, or none of a PM2 is set up for the address.
    pub fn pm2_down(&self) -> Fact<Pm2Down> {
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
        for pm2 in self.case.pm2s() {
            if pm2.daemon.is_none() {
                if let Some(gap) = self.case.processes().gap() {
                    return Fact::Unknown(gap.clone());
                }
                // A title has no more room than the words it replaces, and may be cut.
                if pm2.unit.as_ref().is_some_and(Unit::is_active) {
                    continue;
                }
            }
            let list = pm2.home.join("dump.pm2");
            let node = match document::load(&self.case.host_files(), &list) {
                Fact::Found(node, _) => node,
                Fact::Absent(_) => continue,
                Fact::Unknown(gap) => return Fact::Unknown(gap),
            };
            let apps = pm2::saved(&node).into_iter().take(APPS);
            let mut tied = apps.filter_map(|app| {
                let why = self.case.ties(&list, &app, &self.peer.dial)?;
                Some((app, why))
            });
            if let Some((app, why)) = tied.next() {
                let source = why.source.clone();
                let down = self.how_of(pm2, app, why);
                return down.map_or(Fact::Absent(source.clone()), |down| {
                    Fact::Found(down, source)
                });
            }
        }
        Fact::Absent(Source::new("the lists of PM2"))
    }

    fn how_of(&self, pm2: Pm2, app: Saved, why: Evidence) -> Option<Pm2Down> {
        let Some((pid, _)) = pm2.daemon else {
            let state = without_daemon(&pm2);
            return Some(Pm2Down {
                app,
                how: How::Stopped,
                pm2,
                why,
                state,
                said: None,
                fault: None,
                restarts: None,
                gaps: Vec::new(),
            });
        };
        // It runs: it listens elsewhere, or not yet.
        if self.case.runs_script(pid, &app.script)? {
            return None;
        }
        let text = format!(
            "PM2 (process {pid}) runs, and none of its processes is {} ({})",
            app.name, app.script
        );
        let state = Evidence::proof(text, &Source::new("/proc"));
        let log = pm2.home.join("pm2.log");
        let told = self.case.tail_of(&log);
        let told_gap = told.gap().cloned();
        let told = told
            .found()
            .and_then(|text| pm2::fate(text, &app.name, &app.script));
        let said = told.map(|(_, line)| {
            let text = format!("PM2 logged: {}", shown_within(line, 160));
            Evidence::strong(text, &Source::new(log.to_string()))
        });
        let errors = app.error_log.as_ref().map(|path| self.case.tail_of(path));
        let errors_gap = errors.as_ref().and_then(|text| text.gap().cloned());
        let errors = errors.as_ref().and_then(|text| text.found().copied());
        let stopped = matches!(told, Some((Fate::Stopped, _)));
        let fault = errors.filter(|_| !stopped).and_then(Fault::in_text);
        let restarts = match told {
            Some((Fate::Errored(count), _)) => Some(count),
            _ => None,
        };
        Some(Pm2Down {
            how: how_down(told.map(|(fate, _)| fate), fault.as_ref()),
            app,
            pm2,
            why,
            state,
            said,
            fault,
            restarts,
            gaps: told_gap.into_iter().chain(errors_gap).collect(),
        })
    }
}

fn without_daemon(pm2: &Pm2) -> Evidence {
    let folder = &pm2.home;
    match &pm2.unit {
        Some(unit) => {
            let text = format!(
                "{} is {}, and no PM2 runs for {folder}",
                unit.id,
                super::units::state_word(unit)
            );
            Evidence::proof(text, &unit_source(&unit.id))
        }
        None => Evidence::proof(format!("no PM2 runs for {folder}"), &Source::new("/proc")),
    }
}

fn how_down(fate: Option<Fate>, fault: Option<&Fault>) -> How {
    use gatewhy_facts::app_log::Kind;
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

impl Pm2Down {
    /// The finding of the cause whose way it is.
    pub fn finding(&self, link: Link<'_, '_>) -> Finding {
        let name = &self.app.name;
        let end = match self.restarts {
            Some(count) => format!("; PM2 gave up after {count} restarts"),
            None => String::new(),
        };
        let why = self
            .fault
            .as_ref()
            .map(|fault| format!(": {}", fault.words()));
        let why = why.unwrap_or_default();
        let what = match self.how {
            How::Stopped | How::NeverStarted if self.pm2.daemon.is_none() => {
                format!("PM2, which starts {name}, does not run")
            }
            How::Stopped => format!("{name} was stopped in PM2"),
            How::StartFailed => format!("{name} cannot start under PM2{why}{end}"),
            How::Looping => format!("{name} dies after every start under PM2{why}{end}"),
            How::HeapExhausted => format!("{name} ended because its own heap was full{end}"),
            How::Ended => {
                format!("{name} ended by itself with exit code 0, and PM2 did not start it again")
            }
            _ => format!("{name} ended, and PM2 did not start it again{why}"),
        };
        let told = self.fault.as_ref().zip(self.app.error_log.as_ref());
        let told = told.map(|(fault, log)| {
            let text = format!("it wrote: {}", shown_within(fault.text.trim_ascii(), 160));
            Evidence::strong(text, &Source::new(log.to_string()))
        });
        let finding = Finding::new(HopName::Backend, name.clone(), what)
            .because_all(told)
            .because_all(self.said.clone())
            .because(self.state.clone())
            .because_all(link.nobody_listens())
            .because_all(link.proxy_saw())
            .because(self.why.clone())
            .because_all(link.configured());
        let finding = finding.fix(self.fix(link));
        if self.gaps.is_empty() {
            finding
        } else {
            finding.at_most(Strength::Strong)
        }
    }

    fn fix(&self, link: Link<'_, '_>) -> Fix {
        let name = &self.app.name;
        let unit = self.pm2.unit.as_ref().filter(|_| self.pm2.daemon.is_none());
        if let Some(unit) = unit {
            let fix = Fix::new(format!("systemctl enable --now {}", unit.id)).safe();
            let fix = fix.run(
                format!("systemctl enable --now {}", unit.id),
                "starts PM2, which starts what its list has, now and after a reboot",
            );
            return link.case.verified(fix);
        }
        let user = self
            .pm2
            .daemon
            .and_then(|(_, uid)| uid)
            .filter(|uid| *uid != 0);
        let user = user.map_or_else(String::new, |uid| format!("sudo -u '#{uid}' "));
        let pm2 = format!("{user}env PM2_HOME={} pm2", self.pm2.home);
        let fix = match self.how {
            How::Stopped | How::Ended => Fix::new(format!("pm2 restart {name}")).safe(),
            How::HeapExhausted => Fix::new(format!(
                "pm2 restart {name}, and raise its heap limit or find the leak"
            )),
            _ => Fix::new(format!("mend what {name} wrote, then pm2 restart {name}")),
        };
        let fix = match self.how {
            How::Stopped | How::Ended => fix,
            How::HeapExhausted => fix.advise("raise --max-old-space-size (pm2's node_args); if it fills at the same pace, it is a leak: take a heap snapshot"),
            _ => fix.run(
                format!("{pm2} logs {name} --err --lines 80 --nostream"),
                "its own words name the fault",
            ),
        };
        let fix = fix.run(format!("{pm2} restart {name}"), "starts it again");
        link.case.verified(fix)
    }
}
