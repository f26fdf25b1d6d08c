//! The logs that this host's proxy and PHP-FPM are configured to write.
use super::journal;
use gatewhy_causes::case::Case;
use gatewhy_causes::case::programs::kind::Kind;
use gatewhy_causes::diagnose::Request;
use gatewhy_facts::apache::{config as apache, piped};
use gatewhy_facts::caddy::model as caddy;
use gatewhy_facts::fact::Fact;
use gatewhy_facts::known::Known;
use gatewhy_facts::nginx::model::Nginx;
use gatewhy_facts::nginx::tree::Directive;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::question::View;
use gatewhy_host::Host as _;
use gatewhy_host::live::LiveHost;
use gatewhy_logs::hour::Stamp;
use gatewhy_logs::scan::Text;
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
    /// What is in the journal.
    pub(super) texts: Vec<Text>,
}

/// Reads the configuration of the proxy and of PHP-FPM, of those that run or those
/// that are installed. The error says why that cannot be done.
pub(super) fn find(since: Option<Stamp>) -> Result<Configured, String> {
    let request = Request::parse(None)?;
    let mut known = Known::new();
    for _ in 0..MOST_ROUNDS {
        known.forget_asked();
        let found = logs_of(&known, &request);
        let wanted = known.wanted();
        if wanted.is_empty() {
            return found.map(|logs| logs.on_disk(since));
        }
        let answers = LiveHost.answer(&wanted);
        for (question, answer) in wanted.into_iter().zip(answers) {
            known.learn(question, answer);
        }
    }
    Err("reading the configuration takes too many steps".to_owned())
}

/// What the configuration names.
fn logs_of(known: &Known, request: &Request) -> Result<Named, String> {
    let case = Case::new(known, request);
    let root = match case.proxy_view() {
        View::Process(pid) => PathBuf::from(format!("/proc/{pid}/root")),
        View::Host => PathBuf::from("/"),
    };
    let main = case.config_path();
    let mut named = Named::new(root, Path::new(main.parent().as_str()));
    let read = match case.proxy_kind() {
        Kind::Nginx => case.nginx().map(|nginx| named.nginx(nginx)),
        Kind::Apache => case.apache().map(|config| named.apache(config)),
        // Its log goes to syslog, which Debian's package has write this file.
        Kind::Haproxy => case.haproxy().map(|_| named.add("/var/log/haproxy.log")),
        // These files are what their packages set up.
        Kind::Lighttpd => case.proxy().map(|_| {
            named.add("/var/log/lighttpd/error.log");
            named.add("/var/log/lighttpd/access.log");
        }),
        Kind::Varnish => case
            .proxy()
            .map(|_| named.add("/var/log/varnish/varnishncsa.log")),
        Kind::Envoy => case.envoy().map(|config| {
            for path in config.access_logs() {
                named.add(path);
            }
        }),
        Kind::Traefik => case.traefik().map(|config| {
            let log = config.log_file().map(|path| path.to_string());
            for path in log.as_deref().into_iter().chain(config.access_log()) {
                named.add(path);
            }
        }),
        Kind::Caddy => case.caddy().map(|config| named.caddy(config)),
        // It writes to the journal only.
        Kind::SocketProxy => case.proxy().map(|_| ()),
    };
    named.fpm(&case);
    named.journals = journal::of(known, &units(&case));
    match read {
        Fact::Unknown(gap) => Err(format!("cannot read {}: {}", gap.what, gap.allow_by)),
        Fact::Absent(_) if named.paths.is_empty() && named.journals.is_empty() => {
            Err("no proxy that gatewhy knows is installed here, and no PHP-FPM".to_owned())
        }
        _ => Ok(named),
    }
}

/// The services of the proxy, of PHP-FPM, and of the applications behind.
fn units(case: &Case<'_>) -> Vec<String> {
    let fpms = case.fpms();
    let fpms = fpms.found().into_iter().flat_map(|all| all.iter());
    let mut units: Vec<String> = fpms.map(|fpm| fpm.unit.clone()).collect();
    units.push(case.proxy_unit_name());
    units.extend(case.services_behind());
    units.sort();
    units.dedup();
    units
}

/// What the configuration names.
#[derive(Debug, Default)]
struct Named {
    /// The folder that the proxy sees as `/`.
    root: PathBuf,
    /// Where relative paths begin.
    folder: PathBuf,
    /// Files, as we see them.
    paths: BTreeSet<PathBuf>,
    formats: Vec<String>,
    journals: Vec<Text>,
}

impl Named {
    fn new(root: PathBuf, folder: &Path) -> Self {
        Self {
            root,
            folder: folder.to_owned(),
            ..Self::default()
        }
    }

    /// A log of the proxy.
    fn add(&mut self, path: &str) {
        let path = self.folder.join(path);
        let path = path.strip_prefix("/").unwrap_or(&path).to_owned();
        self.paths.insert(self.root.join(path));
    }

    fn nginx(&mut self, nginx: &Nginx) {
        self.walk(&nginx.directives);
        for usual in ["access.log", "error.log"] {
            if !self.paths.iter().any(|path| path.ends_with(usual)) {
                self.add(&format!("/var/log/nginx/{usual}"));
            }
        }
    }

    fn apache(&mut self, config: &apache::Config) {
        let root = config.directives.iter().rfind(|d| d.is("ServerRoot"));
        if let Some(root) = root {
            self.folder = PathBuf::from(root.arg(0));
        }
        self.walk_apache(&config.directives);
    }

    fn walk_apache(&mut self, directives: &[apache::Directive]) {
        const LOGS: [&str; 4] = ["ErrorLog", "CustomLog", "TransferLog", "GlobalLog"];
        for directive in directives {
            if LOGS.iter().any(|name| directive.is(name)) {
                self.add_of_apache(directive.arg(0));
            }
            self.walk_apache(&directive.block);
        }
    }

    /// A file, or those that `rotatelogs` writes.
    fn add_of_apache(&mut self, target: &str) {
        if let Some(rotated) = piped::rotated(target) {
            self.add(&any_that_fits(&rotated.pattern()));
        } else if is_file(target) {
            self.add(target);
        }
    }

    /// The files that Caddy writes; all else is in its journal.
    fn caddy(&mut self, config: &caddy::Config) {
        for path in &config.logs {
            self.add(path.as_str());
        }
    }

    /// PHP-FPM's own log, and its pools' slow and access logs. They are where the
    /// host sees them.
    fn fpm(&mut self, case: &Case<'_>) {
        let prefix = HostPath::new("/usr");
        for pool in case.pools() {
            let slow = pool.pool.slow_log(&prefix).map(|setting| setting.value);
            let paths = pool.error_log().into_iter().chain(slow);
            self.paths
                .extend(paths.map(|path| PathBuf::from(path.as_str())));
        }
    }

    fn walk(&mut self, directives: &[Arc<Directive>]) {
        for directive in directives {
            if directive.is("access_log") || directive.is("error_log") {
                let path = directive
                    .arg(0)
                    .and_then(|arg| std::str::from_utf8(arg).ok());
                if let Some(path) = path.filter(|path| is_file(path)) {
                    self.add(path);
                }
            } else if directive.is("log_format") {
                self.formats.push(format_of(directive));
            }
            self.walk(directive.block());
        }
    }

    /// The files that are there, with those that were rotated away.
    fn on_disk(self, since: Option<Stamp>) -> Configured {
        let mut found = Configured {
            formats: self.formats,
            texts: self.journals,
            ..Configured::default()
        };
        for path in self.paths {
            found.paths.extend(with_rotated(&path, since));
        }
        found
    }
}

/// Whether a log is written to a file, and not to a program or to syslog.
fn is_file(target: &str) -> bool {
    let elsewhere = ["syslog", "memory:", "stderr", "|", "/dev/", "journald"];
    target != "off"
        && !target.is_empty()
        && !elsewhere.iter().any(|start| target.starts_with(start))
}

/// A pattern as a name with a variable, which stands for every file that begins so.
fn any_that_fits(pattern: &str) -> String {
    match pattern.find(['*', '[']).and_then(|at| pattern.get(..at)) {
        Some(fixed) => format!("{fixed}$time"),
        None => pattern.to_owned(),
    }
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
        for path in ["logs/a.log", "/var/log/a.log", "offline.log"] {
            assert!(is_file(path), "{path}");
        }
        for other in [
            "off",
            "",
            "syslog:server=unix:/dev/log",
            "syslog:local1",
            "/dev/stdout",
            "|/usr/bin/rotatelogs x",
        ] {
            assert!(!is_file(other), "{other}");
        }
    }

    #[test]
    fn rotatelogs_writes_files_too() {
        let name = format!("gatewhy-rotatelogs-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let at = |name: &str| folder.join(name);
        for name in [
            "error.2026-11-20",
            "error.2026-11-21",
            "access.log",
            "other",
        ] {
            std::fs::write(at(name), b"").unwrap();
        }
        let mut named = Named::new(PathBuf::from("/"), &folder);
        named.add_of_apache("|/usr/bin/rotatelogs -l error.%Y-%m-%d 86400");
        named.add_of_apache("|/usr/bin/logger -t apache");
        let found = named.on_disk(None).paths;
        let wanted = [at("error.2026-11-20"), at("error.2026-11-21")];
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(found, wanted);
    }

    #[test]
    fn paths_begin_in_the_proxys_own_root() {
        let mut named = Named::new(PathBuf::from("/proc/7/root"), Path::new("/etc/nginx"));
        named.add("logs/a.log");
        named.add("/var/log/b.log");
        let paths: Vec<String> = named
            .paths
            .iter()
            .map(|p| p.display().to_string())
            .collect();
        assert_eq!(
            paths,
            [
                "/proc/7/root/etc/nginx/logs/a.log",
                "/proc/7/root/var/log/b.log"
            ]
        );
    }
}
