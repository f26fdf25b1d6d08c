//! From a request to its backends.
use super::condition;
use super::config::{Config, Set, Value};
use crate::fact::{Fact, Gap};
use crate::forward::{
    Address, Configuration, Request, Route, Routes, Scheme, Script, Target, Timeout, host_and_port,
};
use crate::nginx::files::{Files, Kind};
use crate::nginx::pattern;
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::Place;
use core::time::Duration;

/// Directives that name backends, with their module and what is spoken there.
const BACKENDS: &[(&str, &str, Scheme)] = &[
    ("fastcgi.server", "mod_fastcgi", Scheme::FastCgi),
    ("proxy.server", "mod_proxy", Scheme::Http),
    ("scgi.server", "mod_scgi", Scheme::Scgi),
    ("ajp13.server", "mod_ajp13", Scheme::Ajp),
    ("wstunnel.server", "mod_wstunnel", Scheme::Http),
    ("uwsgi.server", "mod_uwsgi", Scheme::Uwsgi),
];

/// Processes that lighttpd starts for a backend when nothing is written.
const PROCESSES: usize = 4;
/// The most of them that are looked at.
const MOST_PROCESSES: usize = 16;

/// Follows a request through the configuration.
pub fn route(config: &Config, files: &dyn Files, request: &Request) -> Route {
    let mut state = State::new(config, files, request);
    state.follow();
    state.out
}

/// The text of a directive as it holds for a request.
pub(super) fn setting(
    config: &Config,
    files: &dyn Files,
    request: &Request,
    key: &str,
) -> Option<String> {
    State::new(config, files, request).text(key)
}

/// Whether a directive names backends.
pub(super) fn names_backends(key: &str) -> bool {
    BACKENDS.iter().any(|(name, ..)| *name == key)
}

/// Whether a module is loaded.
pub(super) fn has_module(config: &Config, module: &str) -> bool {
    modules(config).iter().any(|name| name == module)
}

struct State<'c> {
    config: &'c Config,
    files: &'c dyn Files,
    request: Request,
    out: Route,
}

impl<'c> State<'c> {
    fn new(config: &'c Config, files: &'c dyn Files, request: &Request) -> Self {
        Self {
            config,
            files,
            request: request.clone(),
            out: Route {
                gaps: config.gaps.clone(),
                ..Route::default()
            },
        }
    }

    fn follow(&mut self) {
        if let Some(log) = self.text("server.errorlog") {
            self.out.error_log = Some(HostPath::new(log));
        }
        if self.redirected() {
            return;
        }
        self.rewrite("url.rewrite-once");
        self.rewrite("url.rewrite");
        self.out.sent.clone_from(&self.request.target);
        let path = self.index();
        for (key, module, scheme) in self.ordered() {
            let Some(set) = self.set(key).filter(|_| has_module(self.config, module)) else {
                continue;
            };
            if let Some((pattern, members)) = matching(&set.value, &path) {
                self.conditions(&set);
                let name = format!("{key} \"{pattern}\"");
                self.out.blocks.push((name, set.place.clone()));
                self.backends(members, scheme, &path);
                return;
            }
        }
    }

    /// The value that holds for the request: the last one whose conditions do.
    fn set(&mut self, key: &str) -> Option<Set> {
        let mut found: Option<&Set> = None;
        let mut unknown: Vec<Place> = Vec::new();
        for set in self.config.sets.iter().filter(|set| set.key == key) {
            let each = set.under.iter();
            let each: Vec<Option<bool>> = each
                .map(|number| condition::holds(self.config, *number, &self.request))
                .collect();
            if each.contains(&Some(false)) {
                continue;
            }
            if each.contains(&None) {
                unknown.push(set.place.clone());
                continue;
            }
            // What stands outside all conditions goes first, wherever it stands.
            if !(set.under.is_empty() && found.is_some_and(|other| !other.under.is_empty())) {
                found = Some(set);
            }
        }
        let gaps = unknown.iter().map(|place| {
            let what = format!("{key} ({}:{})", place.file, place.span.line);
            Gap::new(what, "the condition around it is not evaluated", "")
        });
        self.out.gaps.extend(gaps);
        found.cloned()
    }

    fn text(&mut self, key: &str) -> Option<String> {
        self.set(key)?.value.text().map(ToOwned::to_owned)
    }

    /// The conditions around a directive, as a person would name them.
    fn conditions(&mut self, set: &Set) {
        let all = set.under.iter();
        let all = all.filter_map(|number| self.config.conditions.get(*number));
        let named = all.map(|condition| {
            let name = match condition.subject.as_str() {
                "" => "else".to_owned(),
                subject => {
                    let subject = subject.replace('[', "[\"").replace(']', "\"]");
                    format!("${subject} {} \"{}\"", condition.sign, condition.value)
                }
            };
            (name, condition.place.clone())
        });
        self.out.blocks.extend(named.collect::<Vec<_>>());
    }

    /// Modules ask in the order in which they are loaded.
    fn ordered(&self) -> Vec<(&'static str, &'static str, Scheme)> {
        let loaded = modules(self.config);
        let mut all: Vec<_> = BACKENDS.to_vec();
        all.sort_by_key(|(_, module, _)| {
            let at = loaded.iter().position(|name| name == module);
            at.unwrap_or(usize::MAX)
        });
        all
    }

    fn redirected(&mut self) -> bool {
        let Some(set) = self.set("url.redirect") else {
            return false;
        };
        let target = &self.request.target;
        let fits = set.value.members().iter().any(|(pattern, _)| {
            let pattern = pattern.as_deref().unwrap_or_default();
            let found = pattern::find(pattern.as_bytes(), false, target.as_bytes());
            found.is_ok_and(|found| found.is_some())
        });
        if fits {
            self.out.answer = Some((301, set.place.clone()));
        }
        fits
    }

    /// `( "^/old/(.*)" => "/new/$1" )`
    fn rewrite(&mut self, key: &str) {
        let Some(set) = self.set(key) else {
            return;
        };
        for (pattern, to) in set.value.members() {
            let (Some(pattern), Some(to)) = (pattern, to.text()) else {
                continue;
            };
            let subject = self.request.target.clone();
            let found = pattern::find(pattern.as_bytes(), false, subject.as_bytes());
            let Ok(Some(found)) = found else {
                continue;
            };
            self.request.target = replaced(to, |number| {
                let group = found.groups.get(number)?;
                Some(String::from_utf8_lossy(group).into_owned())
            });
            return;
        }
    }

    /// The path, for a folder that of its index where that is there.
    fn index(&mut self) -> String {
        let path = self.request.path().to_owned();
        if !path.ends_with('/') {
            return path;
        }
        let Some(root) = self.text("server.document-root") else {
            return path;
        };
        let Some(names) = self.set("index-file.names") else {
            return path;
        };
        for name in names.value.members().iter().filter_map(|(_, v)| v.text()) {
            let file = HostPath::new(format!("{}{path}{name}", root.trim_end_matches('/')));
            match self.files.kind(&file) {
                Fact::Found(Kind::File | Kind::Link, _) => return format!("{path}{name}"),
                Fact::Found(..) | Fact::Absent(_) => {}
                Fact::Unknown(gap) => self.out.gaps.push(gap),
            }
        }
        path
    }

    fn backends(&mut self, members: &Value, scheme: Scheme, path: &str) {
        let single = [(None, members.clone())];
        let is_one = members.get("host").is_some() || members.get("socket").is_some();
        let all = if is_one {
            &single[..]
        } else {
            members.members()
        };
        for (name, member) in all {
            let targets = targets(name.as_deref(), member, scheme);
            self.out.targets.extend(targets);
        }
        if self.out.targets.len() > 1 {
            self.out.group = self.out.blocks.last().map(|(name, _)| name.clone());
        }
        if let Some((_, first)) = all.first() {
            self.out.connect = timeout(first, "connect-timeout");
            self.out.read = timeout(first, "read-timeout");
        }
        self.mapped();
        if scheme == Scheme::FastCgi {
            let own = all
                .first()
                .and_then(|(_, first)| first.get("docroot")?.text());
            let own = own.map(ToOwned::to_owned);
            let root = own.or_else(|| self.text("server.document-root"));
            let root = HostPath::new(root.unwrap_or_else(|| "/".to_owned()));
            self.out.script = Some(Script {
                file: root.join(path.trim_start_matches('/')),
                root,
                name: path.to_owned(),
            });
        }
    }

    /// `proxy.header = ( "map-urlpath" => ( "/outside/" => "/inside/" ) )`
    fn mapped(&mut self) {
        let Some(set) = self.set("proxy.header") else {
            return;
        };
        let map = set.value.get("map-urlpath");
        let members = map.map(Value::members).unwrap_or_default();
        for (from, to) in members {
            let (Some(from), Some(to)) = (from, to.text()) else {
                continue;
            };
            if let Some(rest) = self.out.sent.strip_prefix(from.as_str()) {
                self.out.sent = format!("{to}{rest}");
                return;
            }
        }
    }
}

/// The modules that are loaded, in order.
fn modules(config: &Config) -> Vec<String> {
    let sets = config.sets.iter().rfind(|set| set.key == "server.modules");
    let members = sets.map(|set| set.value.members()).unwrap_or_default();
    let names = members.iter().filter_map(|(_, value)| value.text());
    names.map(ToOwned::to_owned).collect()
}

/// The members whose pattern fits: a path's beginning, its ending, or all for none.
fn matching<'v>(value: &'v Value, path: &str) -> Option<(&'v str, &'v Value)> {
    let members = value.members().iter();
    let mut fitting = members.filter_map(|(key, members)| {
        let key = key.as_deref().unwrap_or_default();
        let fits = match key {
            "" => true,
            key if key.starts_with('/') => path.starts_with(key),
            key => path.ends_with(key),
        };
        fits.then_some((key, members))
    });
    fitting.next()
}

/// A backend, or one for each process that lighttpd starts itself.
fn targets(name: Option<&str>, member: &Value, scheme: Scheme) -> Vec<Target> {
    let text = |key| member.get(key).and_then(Value::text);
    let port = text("port").and_then(|port| port.parse::<u16>().ok());
    let at = member
        .get("host")
        .or_else(|| member.get("socket"))
        .and_then(Value::place);
    let place = at.or_else(|| member.place()).unwrap_or_default();
    let target = |address: Address, written: String| Target {
        name: name.unwrap_or_default().to_owned(),
        address,
        scheme,
        written,
        place: place.clone(),
    };
    let socket = text("socket").or_else(|| text("host").filter(|host| host.starts_with('/')));
    if let Some(path) = socket {
        if text("bin-path").is_none() {
            return vec![target(Address::Unix(HostPath::new(path)), path.to_owned())];
        }
        let count = text("max-procs").and_then(|count| count.parse().ok());
        let count: usize = count.unwrap_or(PROCESSES);
        let each = (0..count.min(MOST_PROCESSES)).map(|number| {
            let path = format!("{path}-{number}");
            target(Address::Unix(HostPath::new(path.clone())), path)
        });
        return each.collect();
    }
    let host = text("host").unwrap_or("127.0.0.1");
    let usual = if scheme == Scheme::Ajp { 8009 } else { 80 };
    match host_and_port(host, port.unwrap_or(usual)) {
        Some((host, port)) => vec![target(
            Address::Host(host, port),
            text("host").unwrap_or("").to_owned(),
        )],
        None => Vec::new(),
    }
}

/// Seconds; 0 stands for ever.
fn timeout(member: &Value, key: &'static str) -> Option<Timeout> {
    let value = member.get(key)?;
    let secs: u64 = value.text()?.parse().ok()?;
    (secs > 0).then(|| Timeout {
        time: Duration::from_secs(secs),
        directive: key,
        place: value.place(),
    })
}

/// `$1` and `%1` in a replacement; the latter is a condition's and is not known.
fn replaced(to: &str, group: impl Fn(usize) -> Option<String>) -> String {
    let mut out = String::new();
    let mut letters = to.chars().peekable();
    while let Some(letter) = letters.next() {
        let number = letters.peek().and_then(|next| next.to_digit(10));
        match number.filter(|_| letter == '$') {
            Some(number) => {
                letters.next();
                let number = usize::try_from(number).unwrap_or(0);
                out.push_str(&group(number).unwrap_or_default());
            }
            None => out.push(letter),
        }
    }
    out
}

/// The ports that the configuration listens on, with their lines.
pub fn ports(config: &Config) -> Vec<(u16, Place)> {
    let set = config.sets.iter().filter(|set| set.key == "server.port");
    let main = set.filter_map(|set| Some((set.value.text()?.parse().ok()?, set.place.clone())));
    let mut all: Vec<(u16, Place)> = main.collect();
    if all.is_empty() && config.is_there {
        all.push((80, Place::default()));
    }
    let sockets = config.conditions.iter();
    let sockets = sockets.filter(|one| one.subject == "SERVER[socket]" && one.sign == "==");
    all.extend(sockets.filter_map(|one| {
        let (_, port) = one.value.rsplit_once(':')?;
        Some((port.parse().ok()?, one.place.clone()))
    }));
    all
}

impl Configuration for Config {
    fn load(files: &dyn Files, main: &HostPath) -> Self {
        super::config::load(files, main)
    }

    fn is_there(&self) -> bool {
        self.is_there
    }

    fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    fn ports(&self) -> Vec<(u16, Place)> {
        ports(self)
    }
}

impl Routes for Config {
    fn route(&self, files: &dyn Files, request: &Request) -> Route {
        route(self, files, request)
    }
}
