//! Applications that PM2 starts, and not systemd: which one belongs to an address, and
//! how it came to be down.
//!
//! PM2 is looked for only where it shows itself: its daemon runs, or a service of this
//! host starts it. What it knows is read from its files; to ask its program would start
//! a daemon.
use crate::case::Case;
use crate::case::exchange::link::Link;
use crate::case::routing::peer::Dial;
use crate::case::service::down::{self, How};
use crate::case::service::expected::mention;
use crate::case::service::units::{self, unit_source};
use crate::case::software::process_managers::{self, Commands, Kept};
use crate::evidence::Evidence;
use gatewhy_facts::document;
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::path::HostPath;
use gatewhy_facts::pm2::{self, Saved};
use gatewhy_facts::prelude::*;
use gatewhy_facts::systemd::show::Unit;
use gatewhy_facts::systemd::unit_name::UnitName;
use gatewhy_fixes::Fix;

const MANAGER: &str = "PM2";
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
                .any(|word| down::contains(word, script.as_str().as_bytes()))
        });
        Some(runs)
    }

    /// What ties a saved application to an address: its `PORT`, its arguments, or its
    /// script's own words.
    fn ties(&self, list: &HostPath, app: &Saved, dial: &Dial) -> Fact<Evidence> {
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
            return Fact::Found(Evidence::strong(text, &source), source);
        }
        // What its environment says goes before the script's own default.
        if app.port.is_some() {
            return Fact::Absent(Source::new(list.to_string()));
        }
        self.says_it_listens(&app.script, &format!("{} of PM2", app.name), dial)
    }
}

/// The folder of the PM2 that a unit starts.
pub(in crate::case) fn home_of(unit: &Unit) -> Option<HostPath> {
    let mut words = unit.commands.start_words();
    let starts =
        words.any(|word| word.ends_with("/pm2") || word == "pm2" || word.ends_with("pm2-runtime"));
    let mut set = unit.context.environment.iter();
    let home = set.find(|variable| variable.name == "PM2_HOME")?;
    starts
        .then(|| home.value.as_deref().map(HostPath::new))
        .flatten()
}

impl Link<'_, '_> {
    /// The application of PM2's that should listen here, and how it came to be down.
    pub(in crate::case) fn kept_by_pm2(&self) -> Fact<Kept> {
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
            let tied = apps.map(|app| {
                let tie = self.case.ties(&list, &app, &self.peer.dial);
                (app, tie)
            });
            let tied = match process_managers::first_tied(tied) {
                Ok(tied) => tied,
                Err(gap) => return Fact::Unknown(gap),
            };
            if let Some((app, why)) = tied {
                let source = why.source.clone();
                let down = self.how_of(&pm2, app, why);
                return down.map_or(Fact::Absent(source.clone()), |down| {
                    Fact::Found(down, source)
                });
            }
        }
        Fact::Absent(Source::new("the lists of PM2"))
    }

    fn how_of(&self, pm2: &Pm2, app: Saved, why: Evidence) -> Option<Kept> {
        let Some((pid, _)) = pm2.daemon else {
            let state = without_daemon(pm2);
            let kept = Kept::new(MANAGER, &app.name, How::Stopped, why, state);
            let fix = self.fix_of(pm2, &kept);
            return Some(Kept {
                manager_runs: false,
                fix,
                ..kept
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
        let mut kept = Kept::new(MANAGER, &app.name, How::Stopped, why, state);
        let log = pm2.home.join("pm2.log");
        let told = self.case.tail_of(&log);
        kept.gaps.extend(told.gap().cloned());
        let told = told
            .found()
            .and_then(|text| pm2::fate(text, &app.name, &app.script));
        kept.said = told.map(|(_, line)| kept.logged(line, &log));
        let fate = told.map(|(fate, _)| fate);
        self.case.read_errors(&mut kept, app.error_log, fate);
        kept.how = process_managers::how_down(fate, kept.fault.as_ref());
        kept.fix = self.fix_of(pm2, &kept);
        Some(kept)
    }

    fn fix_of(&self, pm2: &Pm2, kept: &Kept) -> Fix {
        let unit = pm2.unit.as_ref().filter(|_| pm2.daemon.is_none());
        if let Some(unit) = unit {
            return self.case.verified(process_managers::enabled(
                unit,
                "starts PM2, which starts what its list has, now and after a reboot",
            ));
        }
        let user = pm2.daemon.and_then(|(_, uid)| uid).filter(|uid| *uid != 0);
        let user = user.map_or_else(String::new, |uid| format!("sudo -u '#{uid}' "));
        let program = format!("{user}env PM2_HOME={} pm2", pm2.home);
        let name = &kept.name;
        let commands = Commands {
            short: format!("pm2 restart {name}"),
            restart: format!("{program} restart {name}"),
            words: format!("{program} logs {name} --err --lines 80 --nostream"),
        };
        self.case.verified(commands.fix(kept))
    }
}

fn without_daemon(pm2: &Pm2) -> Evidence {
    let folder = &pm2.home;
    match &pm2.unit {
        Some(unit) => {
            let text = format!(
                "{} is {}, and no PM2 runs for {folder}",
                unit.id,
                units::state_word(unit)
            );
            Evidence::proof(text, &unit_source(&unit.id))
        }
        None => Evidence::proof(format!("no PM2 runs for {folder}"), &Source::new("/proc")),
    }
}
