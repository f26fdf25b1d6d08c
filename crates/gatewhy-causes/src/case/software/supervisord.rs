//! Programs that Supervisor starts, and not systemd. What it knows is read from its
//! configuration and its log; to ask its program would need its socket.
use crate::case::Case;
use crate::case::exchange::link::Link;
use crate::case::routing::peer::Dial;
use crate::case::service::down::How;
use crate::case::service::expected::{self, mention};
use crate::case::service::fault::Fault;
use crate::case::service::units::{self, unit_source};
use crate::case::software::process_managers::{self, Commands, Kept};
use crate::evidence::Evidence;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::fate::Fate;
use gatewhy_facts::nginx::files::Files;
use gatewhy_facts::nginx::glob;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::supervisord::{self, Program, Section, Told};
use gatewhy_facts::systemd::show::Unit;
use gatewhy_facts::systemd::unit_name::UnitName;

const MANAGER: &str = "Supervisor";
/// Where it looks for its configuration, unless told.
const USUAL: [&str; 2] = ["/etc/supervisord.conf", "/etc/supervisor/supervisord.conf"];
/// The most files that are included, and programs that are looked at.
const FILES: usize = 64;
const PROGRAMS: usize = 64;
/// Two ends within so many seconds are a loop.
const LOOP_SECS: i64 = 60;

/// A Supervisor of this host.
#[derive(Clone, Debug)]
struct Supervisor {
    /// Where it looks for its configuration.
    config: Vec<HostPath>,
    /// Its process.
    daemon: Option<u32>,
    /// The service that starts it.
    unit: Option<Unit>,
}

/// Its configuration, with the files that it includes.
struct Config {
    file: HostPath,
    sections: Vec<(HostPath, Section)>,
}

impl Config {
    fn daemon(&self, name: &str) -> Option<&str> {
        let mut own = self.sections.iter().map(|(_, section)| section);
        own.find(|section| section.name == "supervisord")?
            .value(name)
    }

    /// The log of the daemon, where it is named in full.
    fn log(&self) -> Option<HostPath> {
        let path = self.daemon("logfile")?;
        path.starts_with('/').then(|| HostPath::new(path))
    }
}

/// Where the Supervisor that a unit starts looks for its configuration; none when the
/// unit starts another program.
pub(in crate::case) fn config_of(unit: &Unit) -> Option<Vec<HostPath>> {
    let words = unit.commands.start_words();
    told_config(words)
}

fn told_config<'a>(words: impl Iterator<Item = &'a str>) -> Option<Vec<HostPath>> {
    let mut words = words.take(12);
    let program = words.next()?;
    // Its script begins with the name of an interpreter.
    let interpreted = base(program).starts_with("python");
    let named = if interpreted {
        words.find(|word| !word.starts_with('-'))?
    } else {
        program
    };
    (base(named) == "supervisord").then_some(())?;
    while let Some(word) = words.next() {
        let path = match word {
            "-c" | "--configuration" => words.next(),
            other => other
                .strip_prefix("--configuration=")
                .or_else(|| other.strip_prefix("-c")),
        };
        if let Some(path) = path.filter(|path| path.starts_with('/')) {
            return Some(vec![HostPath::new(path)]);
        }
    }
    Some(USUAL.map(HostPath::new).to_vec())
}

fn base(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

impl Case<'_> {
    fn supervisors(&self) -> Vec<Supervisor> {
        let processes = self.processes();
        let all = processes.found().into_iter().flat_map(|all| &all.0);
        let running = all.filter_map(|(pid, listed)| {
            let words = listed
                .arguments
                .iter()
                .map(|word| core::str::from_utf8(word).unwrap_or_default());
            Some((*pid, told_config(words)?))
        });
        let running = running.map(|(pid, config)| Supervisor {
            config,
            daemon: Some(pid),
            unit: None,
        });
        let mut all: Vec<Supervisor> = running.collect();
        for unit in self.units_of_supervisor() {
            let Some(config) = config_of(&unit) else {
                continue;
            };
            match all.iter_mut().find(|own| own.config == config) {
                Some(own) => own.unit = Some(unit),
                None => all.push(Supervisor {
                    config,
                    daemon: None,
                    unit: Some(unit),
                }),
            }
        }
        all
    }

    /// The services that may start it: an administrator's own, and what packages call it.
    fn units_of_supervisor(&self) -> Vec<Unit> {
        let mut all = self.own_service_units().to_vec();
        let mut usual = self.loaded_names("supervisor");
        usual.retain(|name| name == "supervisor.service" || name == "supervisord.service");
        if !usual.is_empty() {
            let units = self.units(&usual);
            all.extend(
                units
                    .found()
                    .into_iter()
                    .flat_map(|units| units.iter().cloned()),
            );
        }
        all
    }

    fn supervisor_config(&self, tried: &[HostPath]) -> Fact<Config> {
        let files = self.host_files();
        for path in tried {
            let read = files.read(path);
            match read.map(|text| supervisord::sections(text.bytes)) {
                Fact::Absent(_) => {}
                Fact::Unknown(gap) => return Fact::Unknown(gap),
                Fact::Found(sections, source) => {
                    return match self.with_included(path, sections) {
                        Ok(config) => Fact::Found(config, source),
                        Err(gap) => Fact::Unknown(gap),
                    };
                }
            }
        }
        Fact::Absent(Source::new("the configuration of Supervisor"))
    }

    /// An included file includes no other.
    fn with_included(&self, file: &HostPath, own: Vec<Section>) -> Result<Config, Gap> {
        let files = self.host_files();
        let folder = file.parent();
        let mut all: Vec<HostPath> = Vec::new();
        for pattern in own.iter().flat_map(Section::included) {
            let found = glob::expand(&files, folder.join(pattern).as_str())?;
            all.extend(found.into_iter().map(|(path, _)| path));
        }
        let mut sections: Vec<(HostPath, Section)> = own
            .into_iter()
            .map(|section| (file.clone(), section))
            .collect();
        for path in all.into_iter().take(FILES) {
            match files.read(&path) {
                Fact::Absent(_) => {}
                Fact::Unknown(gap) => return Err(gap),
                Fact::Found(text, _) => {
                    let more = supervisord::sections(text.bytes).into_iter();
                    sections.extend(more.map(|section| (path.clone(), section)));
                }
            }
        }
        Ok(Config {
            file: file.clone(),
            sections,
        })
    }

    /// What ties a program to an address: its command, its environment, or the words of
    /// a settings file that its command names.
    fn ties_program(&self, file: &HostPath, program: &Program, dial: &Dial) -> Fact<Evidence> {
        let unit = UnitName::new(&program.name);
        let own = format!("{}\n{}", program.command, program.environment);
        if mention(own.as_bytes(), dial, &unit).is_some() {
            let source = Source::new(file.to_string()).at_line(program.line);
            let text = format!("Supervisor's {} is set up for {dial}", program.name);
            return Fact::Found(Evidence::strong(text, &source), source);
        }
        let folder = program
            .directory
            .clone()
            .unwrap_or_else(|| HostPath::new("/"));
        let words = program.command.split_whitespace().skip(1);
        let named = words.filter(|word| expected::is_text_file(word)).take(4);
        let whose = format!("{} of Supervisor", program.name);
        let told = named.map(|word| {
            let path = folder.join(word);
            ((), self.says_it_listens(&path, &whose, dial))
        });
        match process_managers::first_tied(told) {
            Ok(Some(((), why))) => Fact::Found(why.clone(), why.source),
            Ok(None) => Fact::Absent(Source::new(file.to_string())),
            Err(gap) => Fact::Unknown(gap),
        }
    }

    /// Where the program's words go: the file that is named, or the one whose name
    /// Supervisor made up.
    fn errors_of(&self, program: &Program, config: &Config) -> Fact<HostPath> {
        let source = Source::new(config.file.to_string());
        if let Some(path) = &program.error_log {
            return Fact::Found(path.clone(), source);
        }
        let Some(folder) = config.daemon("childlogdir").map(HostPath::new) else {
            return Fact::Absent(source);
        };
        let begin = format!("{}-stderr---", program.process);
        self.host_files().list(&folder).and_then(|names, source| {
            let mut names = names.into_iter().map(|(name, _)| name);
            match names.find(|name| name.starts_with(&begin)) {
                Some(name) => Fact::Found(folder.join(&name), source),
                None => Fact::Absent(source),
            }
        })
    }
}

impl Link<'_, '_> {
    /// The program of Supervisor's that should listen here, and how it came to be down.
    pub(in crate::case) fn kept_by_supervisor(&self) -> Fact<Kept> {
        for own in self.case.supervisors() {
            if let (None, Some(gap)) = (own.daemon, self.case.processes().gap()) {
                return Fact::Unknown(gap.clone());
            }
            let config = match self.case.supervisor_config(&own.config) {
                Fact::Found(config, _) => config,
                Fact::Absent(_) => continue,
                Fact::Unknown(gap) => return Fact::Unknown(gap),
            };
            let here = config.file.parent();
            let sections = config.sections.iter();
            let programs = sections.flat_map(|(file, section)| {
                let mut all = config.sections.iter();
                let group = all.find_map(|(_, other)| other.group_of(section));
                let programs = section.programs(&here, group).into_iter();
                programs.map(move |program| (file, program))
            });
            let tied = programs.take(PROGRAMS).map(|(file, program)| {
                let tie = self.case.ties_program(file, &program, &self.peer.dial);
                (program, tie)
            });
            let tied = match process_managers::first_tied(tied) {
                Ok(tied) => tied,
                Err(gap) => return Fact::Unknown(gap),
            };
            if let Some((program, why)) = tied {
                let source = why.source.clone();
                return match self.how_of_program(&own, &config, &program, why) {
                    Some(kept) => Fact::Found(kept, source),
                    None => Fact::Absent(source),
                };
            }
        }
        Fact::Absent(Source::new("the programs of Supervisor"))
    }

    fn how_of_program(
        &self,
        own: &Supervisor,
        config: &Config,
        program: &Program,
        why: Evidence,
    ) -> Option<Kept> {
        let Some(pid) = own.daemon else {
            return self.without_supervisor(own, program, why);
        };
        let log = config.log();
        let text = log.as_ref().map(|path| self.case.tail_of(path));
        let told = text.as_ref().and_then(|text| text.found().copied());
        let told = told
            .map(|text| supervisord::told(text, &program.process))
            .unwrap_or_default();
        let last = told.last();
        let looping = self.is_looping(&told);
        // It runs: it listens elsewhere, or not yet.
        if last.is_some_and(|last| self.case.runs_still(pid, last)) && !looping {
            return None;
        }
        let state = format!(
            "Supervisor (process {pid}) runs, and {} does not listen",
            program.name
        );
        let state = Evidence::proof(state, &Source::new("/proc"));
        let mut kept = Kept::new(MANAGER, &program.name, How::Stopped, why, state);
        kept.gaps
            .extend(text.as_ref().and_then(|text| text.gap().cloned()));
        kept.said = last
            .zip(log.as_ref())
            .map(|(last, log)| kept.logged(last.line, log));
        let fate = last.map(|last| last.fate);
        let errors = self.case.errors_of(program, config);
        // Of one that loops, the last word may be that it was started.
        let ended = told
            .iter()
            .rev()
            .map(|told| told.fate)
            .find(|fate| *fate != Fate::Online);
        let telling = if looping { ended } else { fate };
        kept.gaps.extend(errors.gap().cloned());
        self.case
            .read_errors(&mut kept, errors.found().cloned(), telling);
        kept.how = how_down(program, fate, looping, &kept);
        kept.fix = self.case.verified(commands(program, config).fix(&kept));
        Some(kept)
    }

    fn without_supervisor(
        &self,
        own: &Supervisor,
        program: &Program,
        why: Evidence,
    ) -> Option<Kept> {
        let unit = own.unit.as_ref().filter(|unit| !unit.is_active())?;
        let state = format!(
            "{} is {}, and no Supervisor runs",
            unit.id,
            units::state_word(unit)
        );
        let state = Evidence::proof(state, &unit_source(&unit.id));
        let fix = process_managers::enabled(
            unit,
            "starts Supervisor, and it its programs, now and after a reboot",
        );
        Some(Kept {
            manager_runs: false,
            fix: self.case.verified(fix),
            ..Kept::new(MANAGER, &program.name, How::Stopped, why, state)
        })
    }

    /// Whether it ended twice and more in the last minute, nobody having asked for it.
    fn is_looping(&self, told: &[Told<'_>]) -> bool {
        let Some(clock) = self.case.clock() else {
            return false;
        };
        let since = clock.now.plus_secs(-LOOP_SECS);
        let lately = told.iter().filter(|told| {
            let at = told.at.and_then(|at| at.moment(clock.utc_offset_secs));
            let ended = matches!(told.fate, Fate::Exited(_) | Fate::Killed);
            ended && at.is_some_and(|at| at >= since)
        });
        let over = matches!(told.last().map(|last| last.fate), Some(Fate::Stopped));
        !over && lately.count() > 1
    }
}

impl Case<'_> {
    /// Whether the process that was started last is still there.
    fn runs_still(&self, daemon: u32, last: &Told<'_>) -> bool {
        let processes = self.processes();
        let Some(all) = processes.found() else {
            return false;
        };
        let mut own = all.children(daemon);
        last.fate == Fate::Online && own.any(|child| Some(child.stat.pid) == last.pid)
    }
}

fn how_down(program: &Program, fate: Option<Fate>, looping: bool, kept: &Kept) -> How {
    let how = process_managers::how_down(fate, kept.fault.as_ref());
    let at_start = kept.fault.as_ref().is_some_and(Fault::is_at_start);
    match fate {
        None if !program.starts => How::NeverStarted,
        Some(Fate::Exited(_) | Fate::Killed | Fate::Online) if looping => {
            if at_start {
                How::StartFailed
            } else {
                How::Looping
            }
        }
        Some(Fate::Exited(code)) if program.restarts && code != 0 => How::Restarting,
        Some(Fate::Killed) if program.restarts => How::Restarting,
        _ => how,
    }
}

fn commands(program: &Program, config: &Config) -> Commands {
    let usual = USUAL.contains(&config.file.as_str());
    let with = if usual {
        String::new()
    } else {
        format!(" -c {}", config.file)
    };
    let name = &program.name;
    Commands {
        short: format!("supervisorctl restart {name}"),
        restart: format!("supervisorctl{with} restart {name}"),
        words: format!("supervisorctl{with} tail -8000 {name} stderr"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_daemon_itself_is_one() {
        let read = |line: &str| told_config(line.split(' '));
        let own = Some(vec![HostPath::new("/srv/s.conf")]);
        assert_eq!(
            read("/usr/bin/python3 -E /usr/bin/supervisord -n -c /srv/s.conf"),
            own
        );
        assert_eq!(
            read("/opt/bin/supervisord --configuration=/srv/s.conf"),
            own
        );
        assert_eq!(
            read("supervisord -n").map(|tried| tried.len()),
            Some(USUAL.len())
        );
        assert_eq!(read("grep supervisord"), None);
        assert_eq!(read("tail -f /var/log/supervisord"), None);
    }
}
