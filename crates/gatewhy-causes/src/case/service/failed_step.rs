//! A unit's step that failed before its program ran: the setting that names it, and
//! what stands there.
use crate::case::Case;
use crate::evidence::Evidence;
use gatewhy_facts::fact::Source;
use gatewhy_facts::linux::walk::{self, End};
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::{Question, View};
use gatewhy_facts::systemd::journal::lacked_another;
use gatewhy_facts::systemd::show::{ActiveState, Unit};
use gatewhy_facts::untrusted::shown;

/// A step that failed, and the setting that it stumbled over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedStep {
    /// In plain words: `its folder /srv/app is not there (200/CHDIR)`.
    pub words: String,
    /// The setting, or what stands where it points.
    pub evidence: Option<Evidence>,
}

impl Case<'_> {
    /// The step of the unit's start that failed, when systemd names one that rests on
    /// a setting.
    pub fn failed_step(&self, unit: &Unit) -> Option<FailedStep> {
        if unit.was_unprepared() {
            return self.missing_environment(unit);
        }
        let exit = unit.exit_in_words()?;
        let step = unit.failed_step()?;
        let (what, path, key) = match step {
            "EXEC" => {
                let program = &unit.commands.start.first()?.path;
                (
                    format!("its program {}", shown(program.as_bytes())),
                    Some(program.clone()),
                    "ExecStart",
                )
            }
            "CHDIR" => {
                let folder = unit.context.working_directory.clone()?;
                let folder = folder.trim_start_matches(['!', '-']).to_owned();
                (
                    format!("its folder {}", shown(folder.as_bytes())),
                    Some(folder),
                    "WorkingDirectory",
                )
            }
            "USER" => (format!("its user {}", unit.told("User")?), None, "User"),
            "GROUP" => (format!("its group {}", unit.told("Group")?), None, "Group"),
            _ => return None,
        };
        let missing = path.as_ref().and_then(|path| self.missing_element(path));
        let fault = match (&missing, step) {
            (Some(_), _) => "is not there",
            (None, "EXEC") => "cannot be executed",
            (None, "CHDIR") => "cannot be entered",
            _ => "is not known to this host",
        };
        let seen = missing
            .map(|(element, source)| Evidence::strong(format!("there is no {element}"), &source));
        let set = || {
            let (source, line) = self.set_in_unit(unit, key)?;
            Some(Evidence::strong(line, &source))
        };
        Some(FailedStep {
            words: format!("{what} {fault} ({exit})"),
            evidence: seen.or_else(set),
        })
    }

    /// The file of `EnvironmentFile=` that is not there, when one is not.
    fn missing_environment(&self, unit: &Unit) -> Option<FailedStep> {
        let needed = unit.context.environment_files.iter();
        let mut needed = needed.filter(|file| !file.may_miss);
        let (missing, source) = needed.find_map(|file| self.missing_element(&file.path))?;
        Some(FailedStep {
            words: format!("its EnvironmentFile, {missing}, is not there"),
            evidence: Some(Evidence::proof(format!("there is no {missing}"), &source)),
        })
    }

    /// The first element of a path that is not there.
    fn missing_element(&self, path: &str) -> Option<(String, Source)> {
        let question = Question::Walk {
            path: HostPath::new(path),
            view: View::Host,
        };
        let fact = self
            .known
            .bytes(&question, path, "run as root")
            .map(walk::parse);
        let source = fact.source()?.clone();
        match &fact.found()?.end {
            End::Missing(element) => Some((shown(element).to_string(), source)),
            End::Reached | End::Refused(..) => None,
        }
    }
}

impl Case<'_> {
    /// Whether its last start was given up because a unit that it needs failed, and nothing
    /// was tried since.
    pub fn lacks_another(&self, unit: &Unit) -> bool {
        let journal = self.journal(&unit.id);
        !unit.is_active() && journal.found().is_some_and(|told| lacked_another(told))
    }

    /// The units that it needs and that are not up; a failed one first.
    pub fn others_lacking(&self, unit: &Unit) -> Vec<Unit> {
        if unit.requires.is_empty() {
            return Vec::new();
        }
        let units = self.units(&unit.requires);
        let units = units.found().into_iter().flat_map(|units| units.iter());
        let mut down: Vec<Unit> = units.filter(|unit| !unit.is_active()).cloned().collect();
        down.sort_by_key(|unit| unit.active_state != Some(ActiveState::Failed));
        down
    }
}
