//! The logs that this host's nginx is configured to write.
use gatewhy_causes::case::Case;
use gatewhy_causes::diagnose::Request;
use gatewhy_facts::fact::Fact;
use gatewhy_facts::known::Known;
use gatewhy_facts::nginx::model::Nginx;
use gatewhy_facts::nginx::tree::Directive;
use gatewhy_facts::question::View;
use gatewhy_host::Host as _;
use gatewhy_host::live::LiveHost;
use gatewhy_logs::hour::Stamp;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// More rounds than reading a configuration takes.
const MOST_ROUNDS: usize = 40;

/// The logs of this host.
#[derive(Debug, Default)]
pub(super) struct Configured {
    /// Where they are, rotated ones too.
    pub(super) paths: Vec<PathBuf>,
    /// Formats of access logs.
    pub(super) formats: Vec<String>,
}

/// Reads nginx's configuration, of the one that runs or the one that is installed.
/// The error says why that cannot be done.
pub(super) fn find(since: Option<Stamp>) -> Result<Configured, String> {
    let request = Request::parse(None)?;
    let mut known = Known::new();
    for _ in 0..MOST_ROUNDS {
        known.forget_asked();
        let found = logs_of(&known, &request);
        let wanted = known.wanted();
        if wanted.is_empty() {
            return found.map(|(root, logs)| logs.on_disk(&root, since));
        }
        let answers = LiveHost.answer(&wanted);
        for (question, answer) in wanted.into_iter().zip(answers) {
            known.learn(question, answer);
        }
    }
    Err("reading nginx's configuration takes too many steps".to_owned())
}

/// The folder that nginx sees as `/`, and what its configuration names.
fn logs_of(known: &Known, request: &Request) -> Result<(PathBuf, Named), String> {
    let case = Case::new(known, request);
    let main = case.config_path();
    let root = match case.proxy_view() {
        View::Process(pid) => PathBuf::from(format!("/proc/{pid}/root")),
        View::Host => PathBuf::from("/"),
    };
    match case.nginx() {
        Fact::Found(nginx, _) => {
            let folder = main.parent();
            Ok((root, Named::of(nginx, Path::new(folder.as_str()))))
        }
        Fact::Absent(_) => Err("no nginx is installed here".to_owned()),
        Fact::Unknown(gap) => Err(format!("cannot read {}: {}", gap.what, gap.allow_by)),
    }
}

/// What the configuration names.
#[derive(Debug, Default)]
struct Named {
    paths: BTreeSet<PathBuf>,
    formats: Vec<String>,
}

impl Named {
    fn of(nginx: &Nginx, folder: &Path) -> Self {
        let mut named = Self::default();
        named.walk(&nginx.directives, folder);
        for usual in ["access.log", "error.log"] {
            if !named.paths.iter().any(|path| path.ends_with(usual)) {
                named.paths.insert(Path::new("/var/log/nginx").join(usual));
            }
        }
        named
    }

    fn walk(&mut self, directives: &[Arc<Directive>], folder: &Path) {
        for directive in directives {
            if directive.is("access_log") || directive.is("error_log") {
                self.paths
                    .extend(directive.arg(0).and_then(|arg| path_of(arg, folder)));
            } else if directive.is("log_format") {
                self.formats.push(format_of(directive));
            }
            self.walk(directive.block(), folder);
        }
    }

    /// The files that are there, with those that were rotated away.
    fn on_disk(self, root: &Path, since: Option<Stamp>) -> Configured {
        let mut found = Configured {
            formats: self.formats,
            ..Configured::default()
        };
        for path in self.paths {
            let path = root.join(path.strip_prefix("/").unwrap_or(&path));
            found.paths.extend(with_rotated(&path, since));
        }
        found
    }
}

fn path_of(arg: &[u8], folder: &Path) -> Option<PathBuf> {
    let text = std::str::from_utf8(arg).ok()?;
    let elsewhere = ["syslog:", "memory:", "stderr", "|", "/dev/"];
    if text == "off" || elsewhere.iter().any(|start| text.starts_with(start)) {
        return None;
    }
    Some(folder.join(text))
}

/// `escape=…`, a blank, and the pieces joined, as nginx joins them.
fn format_of(directive: &Directive) -> String {
    let words = directive.args.iter().skip(1);
    let mut format = String::new();
    for word in words {
        let text = String::from_utf8_lossy(&word.bytes);
        format.push_str(&text);
        if text.starts_with("escape=") {
            format.push(' ');
        }
    }
    format
}

/// The file and what was rotated away from it: `access.log.2.gz`,
/// `access.log-20261120`. A name with variables stands for every file that fits.
fn with_rotated(path: &Path, since: Option<Stamp>) -> Vec<PathBuf> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Vec::new();
    };
    let name = name.to_string_lossy();
    let fixed = name.split('$').next().unwrap_or_default();
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .filter(|entry| {
            let entry_name = entry.file_name();
            let entry_name = entry_name.to_string_lossy();
            let rest = entry_name.strip_prefix(fixed);
            let is_it = |rest: &str| rest.is_empty() || rest.starts_with(['.', '-']);
            rest.is_some_and(|rest| fixed.len() < name.len() || is_it(rest))
        })
        .filter(|entry| is_recent(entry, since))
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found
}

/// Whether it was written to since then.
fn is_recent(entry: &std::fs::DirEntry, since: Option<Stamp>) -> bool {
    let Ok(meta) = entry.metadata() else {
        return false;
    };
    let written = meta
        .modified()
        .ok()
        .and_then(|at| jiff::Timestamp::try_from(at).ok());
    let written = written.map(|at| Stamp::of_moment(at, &jiff::tz::TimeZone::system()));
    meta.is_file() && since.is_none_or(|since| written.is_none_or(|at| at >= since))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_are_logs() {
        let folder = Path::new("/etc/nginx");
        let path = |text: &str| path_of(text.as_bytes(), folder);
        assert_eq!(
            path("logs/a.log"),
            Some(PathBuf::from("/etc/nginx/logs/a.log"))
        );
        assert_eq!(
            path("/var/log/a.log"),
            Some(PathBuf::from("/var/log/a.log"))
        );
        assert_eq!(path("off"), None);
        assert_eq!(path("syslog:server=unix:/dev/log"), None);
        assert_eq!(path("/dev/stdout"), None);
    }
}
