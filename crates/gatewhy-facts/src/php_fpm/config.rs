//! FPM's whole configuration: the main file and what it includes.
use super::ini::{self, Content, Entry};
use super::pool::{PhpValue, Pool, Setting, Settings};
use super::pool::{flag, integer, manager, seconds};
use crate::fact::{Fact, Gap};
use crate::nginx::files::{Files, Kind};
use crate::nginx::glob;
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::{Place, Problem};

/// Everything that FPM reads at its start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FpmConfig {
    /// The `[global]` section.
    pub global: Settings,
    /// The pools, in the order of their first sections.
    pub pools: Vec<Pool>,
    /// The files that were read, in that order.
    pub files: Vec<HostPath>,
    /// What FPM would refuse, so that it does not start, or what is unclear.
    pub problems: Vec<Problem>,
    /// Files that nobody could look at.
    pub gaps: Vec<Gap>,
}

/// FPM includes at most so many files within each other.
const DEEPEST: usize = 5;
/// The most files that are read in all.
const MOST_FILES: usize = 1_000;

/// Reads the configuration that begins with `main`. `prefix` is FPM's prefix
/// (`-p`, else the one it was built with), for relative paths.
pub fn load(files: &dyn Files, main: &HostPath, prefix: &HostPath) -> FpmConfig {
    let mut loader = Loader {
        files,
        prefix,
        config: FpmConfig::default(),
        pool: None,
    };
    loader.file(main, 0);
    loader.config
}

struct Loader<'a> {
    files: &'a dyn Files,
    prefix: &'a HostPath,
    config: FpmConfig,
    /// The pool that lines belong to; `None` for the global section.
    pool: Option<usize>,
}

impl Loader<'_> {
    fn file(&mut self, path: &HostPath, depth: usize) {
        let text = match self.files.read(path) {
            Fact::Found(text, _) => text,
            Fact::Absent(_) => return self.complain(&at_start_of(path), "the file is not there"),
            Fact::Unknown(gap) => return self.config.gaps.push(gap),
        };
        if self.config.files.len() >= MOST_FILES {
            return self.complain(&at_start_of(path), "too many files are included");
        }
        self.config.files.push(path.clone());
        if text.cut {
            let gap = Gap::new(
                path.to_string(),
                "the file is too large to be read whole",
                "",
            );
            self.config.gaps.push(gap);
        }
        let ini = ini::parse(path, text.bytes);
        self.config.problems.extend(ini.problems);
        for entry in ini.entries {
            self.entry(&entry, depth);
        }
    }

    fn entry(&mut self, entry: &Entry, depth: usize) {
        match &entry.content {
            Content::Section(name) => self.section(name, &entry.place),
            Content::Value {
                key,
                subscript: None,
                value,
                ..
            } if key == "include" => {
                self.include(value, &entry.place, depth);
            }
            Content::Value {
                key,
                subscript,
                value,
                span,
            } => {
                let setting = Setting {
                    value: self.expanded(value),
                    place: entry.place.clone(),
                    span: *span,
                };
                match subscript {
                    None => self.set(key, setting),
                    Some(name) => self.set_in_array(key, name, setting),
                }
            }
        }
    }

    fn section(&mut self, name: &str, place: &Place) {
        if name.eq_ignore_ascii_case("global") {
            self.pool = None;
            return;
        }
        let known = self
            .config
            .pools
            .iter()
            .position(|p| p.name.eq_ignore_ascii_case(name));
        self.pool = Some(known.unwrap_or(self.config.pools.len()));
        if known.is_none() {
            let pool = Pool {
                name: name.to_owned(),
                place: place.clone(),
                ..Pool::default()
            };
            self.config.pools.push(pool);
        }
    }

    fn include(&mut self, pattern: &str, place: &Place, depth: usize) {
        if depth >= DEEPEST {
            return self.complain(place, "FPM includes at most five files within each other");
        }
        let pattern = self.prefix.join(pattern);
        match glob::expand(self.files, pattern.as_str()) {
            Ok(paths) => {
                let is_folder = |kind: Option<Kind>| kind == Some(Kind::Folder);
                for (path, _) in paths.into_iter().filter(|(_, kind)| !is_folder(*kind)) {
                    self.file(&path, depth + 1);
                }
            }
            Err(gap) => self.config.gaps.push(gap),
        }
    }

    /// `$pool` stands for the pool's name in every value.
    fn expanded(&self, value: &str) -> String {
        let name = self.current().map_or("$pool", |pool| pool.name.as_str());
        value.replace("$pool", name)
    }

    fn current(&self) -> Option<&Pool> {
        self.config.pools.get(self.pool?)
    }

    fn current_mut(&mut self) -> Option<&mut Pool> {
        self.config.pools.get_mut(self.pool?)
    }

    fn set(&mut self, key: &str, setting: Setting<String>) {
        let name = key.to_ascii_lowercase();
        let keys = if self.pool.is_some() {
            POOL_KEYS
        } else {
            GLOBAL_KEYS
        };
        match keys.iter().find(|(known, _)| *known == name) {
            None => self.complain(&setting.place, &format!("unknown entry '{key}'")),
            Some((_, kind)) if !kind.accepts(&setting.value) => {
                self.complain(&setting.place, &format!("'{name}' {}", kind.wants()));
            }
            Some(_) => {}
        }
        let settings = match self.pool {
            Some(at) => self.config.pools.get_mut(at).map(|pool| &mut pool.settings),
            None => Some(&mut self.config.global),
        };
        if let Some(settings) = settings {
            settings.0.insert(name, setting);
        }
    }

    fn set_in_array(&mut self, key: &str, name: &str, setting: Setting<String>) {
        if key == "access.suppress_path" {
            return;
        }
        let known = [
            "env",
            "php_value",
            "php_flag",
            "php_admin_value",
            "php_admin_flag",
        ];
        if !known.contains(&key) || name.is_empty() || self.pool.is_none() {
            return self.complain(&setting.place, &format!("unknown entry '{key}[{name}]'"));
        }
        let empty = setting.value.is_empty() && !key.ends_with("_flag");
        if empty {
            self.complain(&setting.place, &format!("'{key}[{name}]' is empty"));
        }
        let Some(pool) = self.current_mut() else {
            return;
        };
        if key == "env" {
            pool.env.insert(name.to_owned(), setting.place);
            return;
        }
        // An admin value cannot be changed by a plain one.
        let admin = key.starts_with("php_admin");
        if admin || !pool.php.get(name).is_some_and(|known| known.admin) {
            pool.php
                .insert(name.to_owned(), PhpValue { setting, admin });
        }
    }

    fn complain(&mut self, place: &Place, what: &str) {
        let problem = Problem {
            place: place.clone(),
            what: what.to_owned(),
        };
        self.config.problems.push(problem);
    }
}

/// What FPM accepts as a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Accepts {
    Text,
    Integer,
    Seconds,
    Flag,
    Manager,
}

impl Accepts {
    fn accepts(self, value: &String) -> bool {
        // What the environment adds is not known.
        value.contains("${")
            || match self {
                Self::Text => true,
                Self::Integer => integer(value).is_some(),
                Self::Seconds => seconds(value).is_some(),
                Self::Flag => flag(value).is_some(),
                Self::Manager => manager(value).is_some(),
            }
    }

    const fn wants(self) -> &'static str {
        match self {
            Self::Text => "must be a text",
            Self::Integer => "must be a whole number",
            Self::Seconds => "must be a number with s, m, h or d",
            Self::Flag => "must be yes or no",
            Self::Manager => "must be static, dynamic or ondemand",
        }
    }
}

const GLOBAL_KEYS: &[(&str, Accepts)] = &[
    ("pid", Accepts::Text),
    ("error_log", Accepts::Text),
    ("log_level", Accepts::Text),
    ("log_limit", Accepts::Integer),
    ("log_buffering", Accepts::Flag),
    ("syslog.facility", Accepts::Text),
    ("syslog.ident", Accepts::Text),
    ("emergency_restart_threshold", Accepts::Integer),
    ("emergency_restart_interval", Accepts::Seconds),
    ("process_control_timeout", Accepts::Seconds),
    ("process.max", Accepts::Integer),
    ("process.priority", Accepts::Integer),
    ("daemonize", Accepts::Flag),
    ("rlimit_files", Accepts::Integer),
    ("rlimit_core", Accepts::Text),
    ("events.mechanism", Accepts::Text),
    ("systemd_interval", Accepts::Seconds),
];

const POOL_KEYS: &[(&str, Accepts)] = &[
    ("prefix", Accepts::Text),
    ("user", Accepts::Text),
    ("group", Accepts::Text),
    ("listen", Accepts::Text),
    ("listen.backlog", Accepts::Integer),
    ("listen.owner", Accepts::Text),
    ("listen.group", Accepts::Text),
    ("listen.mode", Accepts::Text),
    ("listen.acl_users", Accepts::Text),
    ("listen.acl_groups", Accepts::Text),
    ("listen.allowed_clients", Accepts::Text),
    ("listen.setfib", Accepts::Integer),
    ("process.priority", Accepts::Integer),
    ("process.dumpable", Accepts::Flag),
    ("pm", Accepts::Manager),
    ("pm.max_children", Accepts::Integer),
    ("pm.start_servers", Accepts::Integer),
    ("pm.min_spare_servers", Accepts::Integer),
    ("pm.max_spare_servers", Accepts::Integer),
    ("pm.max_spawn_rate", Accepts::Integer),
    ("pm.process_idle_timeout", Accepts::Seconds),
    ("pm.max_requests", Accepts::Integer),
    ("pm.status_path", Accepts::Text),
    ("pm.status_listen", Accepts::Text),
    ("ping.path", Accepts::Text),
    ("ping.response", Accepts::Text),
    ("access.log", Accepts::Text),
    ("access.format", Accepts::Text),
    ("slowlog", Accepts::Text),
    ("request_slowlog_timeout", Accepts::Seconds),
    ("request_slowlog_trace_depth", Accepts::Integer),
    ("request_terminate_timeout", Accepts::Seconds),
    ("request_terminate_timeout_track_finished", Accepts::Flag),
    ("rlimit_files", Accepts::Integer),
    ("rlimit_core", Accepts::Text),
    ("chroot", Accepts::Text),
    ("chdir", Accepts::Text),
    ("catch_workers_output", Accepts::Flag),
    ("decorate_workers_output", Accepts::Flag),
    ("clear_env", Accepts::Flag),
    ("security.limit_extensions", Accepts::Text),
    ("apparmor_hat", Accepts::Text),
];

fn at_start_of(file: &HostPath) -> Place {
    Place {
        file: file.clone(),
        ..Place::default()
    }
}
