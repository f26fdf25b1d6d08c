//! The file that a service writes to in place of the journal: systemd's
//! `StandardError=append:FILE`, uWSGI's `logto`, gunicorn's `--error-logfile`.
//!
//! What stands there has no sure time, so that it is shown and decides nothing.
use crate::case::Case;
use crate::case::service::down::contains;
use crate::case::service::fault::Fault;
use crate::evidence::Evidence;
use gatewhy_facts::fact::Source;
use gatewhy_facts::nginx::files::Files as _;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::systemd::show::Unit;
use gatewhy_facts::untrusted::shown_within;

/// How many of its last lines are shown.
const SHOWN: usize = 3;
/// Options of programs that name their log.
const OPTIONS: [&str; 7] = [
    "--logto",
    "--logto2",
    "--daemonize",
    "--error-logfile",
    "--log-file",
    "--logfile",
    "--stderr-log",
];

/// A service's own log, and its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnLog {
    /// The file.
    pub path: HostPath,
    /// The line that names a fault, and the last ones.
    pub lines: Vec<Vec<u8>>,
}

impl Case<'_> {
    /// The end of the file that a service writes to. None when it writes to the journal
    /// alone, as far as its unit and its command tell, or the file has nothing.
    pub(in crate::case) fn own_log(&self, unit: &Unit) -> Option<OwnLog> {
        let path = self
            .log_of_unit(unit)
            .or_else(|| self.log_of_command(unit))?;
        let text = self.tail_of(&path);
        let text = text.found()?;
        let all = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        let all: Vec<&[u8]> = all.filter(|line| !line.is_empty()).collect();
        let last = all
            .get(all.len().saturating_sub(SHOWN)..)
            .unwrap_or_default();
        let fault = Fault::in_text(text).map(|fault| fault.text);
        let names = |line: &&&[u8]| fault.as_deref().is_some_and(|f| holds(line, f));
        let told = all.iter().rfind(names).filter(|line| !last.contains(line));
        let lines: Vec<Vec<u8>> = told.into_iter().chain(last).map(|l| l.to_vec()).collect();
        (!lines.is_empty()).then_some(OwnLog { path, lines })
    }

    /// Where systemd writes what the service says.
    fn log_of_unit(&self, unit: &Unit) -> Option<HostPath> {
        let keys = ["StandardError", "StandardOutput"];
        keys.iter().find_map(|key| {
            let (_, line) = self.set_in_unit(unit, key)?;
            let (_, value) = line.split_once('=')?;
            let (how, path) = value.trim().split_once(':')?;
            let is_file = matches!(how, "append" | "file" | "truncate");
            (is_file && is_plain(path)).then(|| HostPath::new(path))
        })
    }

    /// Where the program itself writes, by its command line or its settings file.
    fn log_of_command(&self, unit: &Unit) -> Option<HostPath> {
        let words: Vec<&str> = unit.commands.start_words().collect();
        let folder = HostPath::new(unit.context.working_directory.as_deref().unwrap_or("/"));
        let named = OPTIONS.iter().find_map(|option| value_of(&words, option));
        let named = named.map(ToOwned::to_owned).or_else(|| {
            let file = words.iter().find(|word| is_settings(word))?;
            let file = file.rsplit('=').next().unwrap_or(file);
            let files = self.host_files();
            let text = files.read(&folder.join(file));
            logto(text.found()?.bytes)
        })?;
        is_plain(&folder.join(&named).to_string()).then(|| folder.join(&named))
    }
}

impl OwnLog {
    /// Its last lines, as evidence.
    pub fn evidence(&self) -> Vec<Evidence> {
        let source = Source::new(self.path.to_string());
        let words = self.lines.iter().map(|line| {
            let text = format!("its own log: {}", shown_within(line, 160));
            Evidence::weak(text, &source)
        });
        words.collect()
    }
}

fn holds(line: &[u8], text: &[u8]) -> bool {
    let first = text.split(|byte| *byte == b'\n').next().unwrap_or(text);
    contains(line, first)
}

/// A file that can be read by its name alone.
fn is_plain(path: &str) -> bool {
    path.starts_with('/') && !path.starts_with("/dev/") && !path.contains(['%', '$'])
}

fn is_settings(word: &str) -> bool {
    let ends = [".ini", ".yaml", ".yml"];
    ends.iter().any(|end| word.ends_with(end))
}

/// `--option VALUE` or `--option=VALUE`.
fn value_of<'w>(words: &[&'w str], option: &str) -> Option<&'w str> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if let Some(rest) = word.strip_prefix(option) {
            return match rest.strip_prefix('=') {
                Some(value) => Some(value),
                None if rest.is_empty() => words.next().copied(),
                None => continue,
            };
        }
    }
    None
}

/// `logto = FILE` of uWSGI's ini, `logto: FILE` of its YAML.
fn logto(text: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(text);
    let mut lines = text.lines().map(str::trim);
    lines.find_map(|line| {
        let rest = line
            .strip_prefix("logto")
            .or_else(|| line.strip_prefix("daemonize"))?;
        let value = rest.trim_start().strip_prefix(['=', ':'])?.trim();
        let value = value.trim_matches(['"', '\'']);
        (!value.is_empty()).then(|| value.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_found_in_a_command_and_in_a_settings_file() {
        let words = ["gunicorn", "--error-logfile=/a.log", "--logto", "/b.log"];
        assert_eq!(value_of(&words, "--error-logfile"), Some("/a.log"));
        assert_eq!(value_of(&words, "--logto"), Some("/b.log"));
        assert_eq!(value_of(&words, "--log"), None);
        assert_eq!(
            logto(b"[uwsgi]\nlogto = /c.log\n").as_deref(),
            Some("/c.log")
        );
        assert_eq!(
            logto(b"uwsgi:\n  logto: '/d.log'\n").as_deref(),
            Some("/d.log")
        );
        assert_eq!(logto(b"log-master = true\nlogto2=/x\n"), None);
        assert!(!is_plain("/dev/stdout") && !is_plain("/var/log/%i.log") && is_plain("/a"));
    }
}
