//! Unit files: what an administrator wrote, with the place of every line.
//!
//! systemd tells the settings that are in force (`systemctl show`); only the files
//! tell where a setting was made, and how its arguments were quoted.
mod lines;
#[cfg(test)]
mod tests;

use super::environment_file::Assignment;
use super::exec_line::{self, ExecLine, is_variable_name};
use super::quoted::Words;
use super::unit_name::UnitName;
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::{Place, Problem};
use core::fmt;

/// One file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitFile {
    /// Its settings, in order.
    pub settings: Vec<Setting>,
    /// Lines that systemd ignores.
    pub problems: Vec<Problem>,
}

/// One setting as written: `ExecStart=/usr/bin/node server.js`.
#[derive(Clone, PartialEq, Eq)]
pub struct Setting {
    /// `Unit`, `Service`, `Install` …
    pub section: String,
    /// The name before the `=`.
    pub key: String,
    /// What follows, continued lines joined; empty for a setting that takes back
    /// the ones before it. `Environment=` may hold secrets: see
    /// [`Setting::shown_value`].
    pub value: String,
    /// Where it stands, from its name to the end of its last line.
    pub place: Place,
}

/// A unit's files together: its own and its drop-ins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Definition {
    settings: Vec<Setting>,
    /// Lines of all files that systemd ignores.
    pub problems: Vec<Problem>,
}

/// A command with the place of its setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedExec {
    /// The command.
    pub line: ExecLine,
    /// Where it stands.
    pub place: Place,
}

/// One `EnvironmentFile=`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentFileLine {
    /// Its path or pattern, specifiers replaced.
    pub path: HostPath,
    /// `-`: it may be missing.
    pub may_miss: bool,
    /// Where it stands.
    pub place: Place,
}

/// Reads one file.
pub fn parse(file: &HostPath, bytes: &[u8]) -> UnitFile {
    let mut unit = UnitFile::default();
    let mut section: Option<String> = None;
    for line in lines::logical(bytes) {
        let (span, file) = (line.span, file.clone());
        let place = Place { file, span };
        match lines::meaning(&line.bytes) {
            lines::Meaning::Section(name) => section = Some(name),
            lines::Meaning::Setting { key, value } => match section.clone() {
                Some(section) => unit.settings.push(Setting {
                    section,
                    key,
                    value,
                    place,
                }),
                None => unit.problems.push(Problem {
                    place,
                    what: "a setting outside of any section".to_owned(),
                }),
            },
            lines::Meaning::Nothing => {}
            lines::Meaning::Fault(what) => unit.problems.push(Problem {
                place,
                what: what.to_owned(),
            }),
        }
    }
    unit
}

/// Puts a unit's files together, in the order in which systemd reads them: its
/// `FragmentPath`, then its `DropInPaths` as listed.
pub fn merge(files: impl IntoIterator<Item = UnitFile>) -> Definition {
    let mut whole = Definition::default();
    for file in files {
        whole.settings.extend(file.settings);
        whole.problems.extend(file.problems);
    }
    whole
}

impl Setting {
    /// The value for people: of `Environment=` only the names.
    pub fn shown_value(&self) -> Cow<'_, str> {
        if self.key != "Environment" {
            return Cow::Borrowed(&self.value);
        }
        let words = Words::of(&self.value).map_while(Result::ok);
        let names = words.map(|word| match word.text.split_once('=') {
            Some((name, _)) => format!("{name}=…"),
            None => word.text,
        });
        Cow::Owned(names.collect::<Vec<_>>().join(" "))
    }
}

/// Never prints the values of variables.
impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, value) = (self.place.span.line, self.shown_value());
        write!(f, "[{}] {}={value} at {line}", self.section, self.key)
    }
}

impl Definition {
    /// The settings in force of one that may be made several times: those after the
    /// last empty one.
    pub fn all(&self, section: &str, key: &str) -> Vec<&Setting> {
        let made: Vec<_> = self.made(section, key).collect();
        let reset = made.iter().rposition(|setting| setting.value.is_empty());
        let from = reset.map_or(0, |at| at.saturating_add(1));
        made.get(from..).unwrap_or_default().to_vec()
    }

    /// The setting in force of one that counts once: the last, unless it is empty,
    /// which takes it back.
    pub fn last(&self, section: &str, key: &str) -> Option<&Setting> {
        let last = self.made(section, key).last();
        last.filter(|setting| !setting.value.is_empty())
    }

    /// Every such setting, those taken back included.
    pub fn made(&self, section: &str, key: &str) -> impl Iterator<Item = &Setting> {
        let settings = self.settings.iter();
        settings.filter(move |setting| setting.section == section && setting.key == key)
    }

    /// All settings of all files, in order.
    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }

    /// The commands of `ExecStart`, `ExecStartPre` … of a service.
    pub fn commands(&self, key: &str, unit: &UnitName) -> Vec<PlacedExec> {
        let settings = self.all("Service", key).into_iter();
        let commands = settings.flat_map(|setting| {
            let (lines, _) = exec_line::parse(&setting.value, unit);
            lines.into_iter().map(|line| PlacedExec {
                line,
                place: setting.place.clone(),
            })
        });
        commands.collect()
    }

    /// Commands that systemd does not understand, with why.
    pub fn broken_commands(&self, key: &str, unit: &UnitName) -> Vec<Problem> {
        let settings = self.all("Service", key).into_iter();
        let broken = settings.filter_map(|setting| {
            let (_, why) = exec_line::parse(&setting.value, unit);
            Some(Problem {
                place: setting.place.clone(),
                what: why?.to_owned(),
            })
        });
        broken.collect()
    }

    /// The variables of `Environment=`, in order; of several with one name the last
    /// counts, and the files of `EnvironmentFile=` count more.
    pub fn environment(&self, unit: &UnitName) -> Vec<Assignment> {
        let settings = self.all("Service", "Environment").into_iter();
        let variables = settings.flat_map(|setting| {
            // systemd drops the rest of a line at the first broken word.
            let words = Words::of(&setting.value).map_while(Result::ok);
            words.filter_map(|word| {
                let text = unit.expand(&word.text).text;
                let (name, value) = text.split_once('=')?;
                is_variable_name(name).then(|| Assignment {
                    name: name.to_owned(),
                    value: value.to_owned(),
                    place: setting.place.clone(),
                })
            })
        });
        variables.collect()
    }

    /// The files of `EnvironmentFile=`, in order; later ones count more.
    pub fn environment_files(&self, unit: &UnitName) -> Vec<EnvironmentFileLine> {
        let settings = self.all("Service", "EnvironmentFile").into_iter();
        let files = settings.map(|setting| {
            let path = setting.value.strip_prefix('-');
            let may_miss = path.is_some();
            let path = unit.expand(path.unwrap_or(&setting.value)).text;
            EnvironmentFileLine {
                path: HostPath::new(path),
                may_miss,
                place: setting.place.clone(),
            }
        });
        files.collect()
    }
}

/// The variables that a service's processes get, by name: those of `Environment=`,
/// then those of its files in order.
pub fn variables<'a>(
    environment: impl IntoIterator<Item = &'a Assignment>,
    files: impl IntoIterator<Item = &'a Assignment>,
) -> BTreeMap<String, String> {
    let all = environment.into_iter().chain(files);
    all.map(|variable| (variable.name.clone(), variable.value.clone()))
        .collect()
}
