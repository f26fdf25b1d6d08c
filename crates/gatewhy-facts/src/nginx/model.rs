//! The configuration as nginx understands it: processes, groups, servers and
//! locations.
use super::config::Config;
use super::listen::{Listen, ServerName, listens, server_names};
use super::setting::Setting;
use super::stream::{self, Stream};
use super::tree::{Block, Directive};
use super::units::number;
use super::upstream::{Upstream, gaps, upstream};
use super::word_bytes::WordBytes;
use crate::fact::Gap;
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::{Place, Problem};
use alloc::sync::Arc;

/// A whole configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nginx {
    /// The main file.
    pub main: HostPath,
    /// All files, in the order in which nginx reads them.
    pub files: Vec<HostPath>,
    /// What stands outside all blocks.
    pub directives: Block,
    /// `user`: the workers' user, and group if written. nginx was built with a
    /// default (`nobody`, or `www-data`, or `nginx`), which only the binary knows.
    pub user: Option<Setting<(String, Option<String>)>>,
    /// `worker_processes`; `auto` is none, 1 by default.
    pub worker_processes: Setting<Option<u64>>,
    /// `worker_connections`; 512 by default.
    pub worker_connections: Setting<u64>,
    /// `worker_rlimit_nofile`
    pub worker_rlimit_nofile: Option<Setting<u64>>,
    /// `pid`
    pub pid: Option<Setting<String>>,
    /// The `http` block.
    pub http: Option<Http>,
    /// The `stream` block.
    pub stream: Option<Stream>,
    /// Why nginx would refuse this configuration.
    pub problems: Vec<Problem>,
    /// Directives that none of nginx's own modules knows: it refuses them, unless
    /// a module that knows them is loaded.
    pub foreign: Vec<Problem>,
    /// Files and folders that could not be read, or not yet.
    pub gaps: Vec<Gap>,
}

/// The `http` block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http {
    /// The block's own directive.
    pub directive: Arc<Directive>,
    /// Its `upstream` blocks.
    pub upstreams: Vec<Upstream>,
    /// Its `server` blocks, in order.
    pub servers: Vec<Server>,
    /// Includes of this level that could not be read: they may hold servers.
    pub gaps: Vec<Gap>,
}

impl Http {
    /// The `map`, `split_clients` or `geo` that gives a variable its value.
    pub fn definition(&self, name: &[u8]) -> Option<&Arc<Directive>> {
        let defines = |d: &&Arc<Directive>| {
            let defined = d.args.last().map(|word| word.bytes.as_slice());
            let defined = defined.and_then(|variable| variable.strip_prefix(b"$"));
            matches!(d.name.bytes.as_slice(), b"map" | b"split_clients" | b"geo")
                && defined.is_some_and(|defined| defined.eq_ignore_ascii_case(name))
        };
        self.directive.block().iter().rfind(defines)
    }
}

/// A `server` block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The block's own directive.
    pub directive: Arc<Directive>,
    /// Its sockets; `*:80` when it names none.
    pub listens: Vec<Listen>,
    /// Its names; the empty one when it has none.
    pub names: Vec<ServerName>,
    /// Its locations, in order.
    pub locations: Vec<Location>,
    /// Includes of this level that could not be read.
    pub gaps: Vec<Gap>,
}

/// A `location` block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The block's own directive.
    pub directive: Arc<Directive>,
    /// Which requests it takes.
    pub matcher: Matcher,
    /// Its nested locations, in order.
    pub locations: Vec<Location>,
    /// Includes of this level that could not be read.
    pub gaps: Vec<Gap>,
}

/// Which URIs a location takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Matcher {
    /// `= /path`
    Exact(WordBytes),
    /// `/path`, or `^~ /path`, which keeps regular expressions out.
    Prefix {
        /// The path.
        path: WordBytes,
        /// Written with `^~`.
        no_regex: bool,
    },
    /// `~ pattern`, or `~* pattern` without regard to case.
    Regex {
        /// The expression.
        pattern: WordBytes,
        /// Written with `~*`.
        caseless: bool,
    },
    /// `@name`: only reached from inside.
    Named(WordBytes),
}

/// Reads the model out of a configuration.
pub fn read(config: &Config) -> Nginx {
    let mut problems = config.problems.clone();
    let all = &config.directives;
    let last = |name: &str| all.iter().rfind(|d| d.is(name));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let events: Vec<_> = all.iter().filter(|d| d.is("events")).collect();
    let connections = events.iter().flat_map(|d| d.block());
    let connections = connections.filter(|d| d.is("worker_connections"));
    let processes = |bytes: &[u8]| match bytes {
        b"auto" => Some(None),
        other => number(other).map(Some),
    };
    let http = all.iter().find(|d| d.is("http"));
    Nginx {
        main: config.main.clone(),
        files: config.files.clone(),
        directives: all.clone(),
        user: last("user").and_then(|d| {
            let group = d.arg(1).map(text);
            Setting::parsed(d, |user| Some((text(user), group)))
        }),
        worker_processes: last("worker_processes")
            .and_then(|d| Setting::parsed(d, processes))
            .unwrap_or_else(|| Setting::default_value(Some(1))),
        worker_connections: connections
            .filter_map(|d| Setting::parsed(d, number))
            .next_back()
            .unwrap_or_else(|| Setting::default_value(512)),
        worker_rlimit_nofile: last("worker_rlimit_nofile").and_then(|d| Setting::parsed(d, number)),
        pid: last("pid").and_then(|d| Setting::parsed(d, |path| Some(text(path)))),
        http: http.map(|directive| read_http(directive, &mut problems)),
        stream: all.iter().find(|d| d.is("stream")).map(stream::read),
        problems,
        foreign: config.foreign.clone(),
        gaps: config.gaps.clone(),
    }
}

fn read_http(directive: &Arc<Directive>, problems: &mut Vec<Problem>) -> Http {
    let block = directive.block();
    let mut http = Http {
        directive: Arc::clone(directive),
        upstreams: Vec::new(),
        servers: Vec::new(),
        gaps: gaps(block),
    };
    for directive in block {
        match directive.name.bytes.as_slice() {
            b"upstream" => http.upstreams.push(upstream(directive, problems)),
            b"server" => http.servers.push(read_server(directive, problems)),
            _ => {}
        }
    }
    super::model_problems::check(&http, problems);
    http
}

fn read_server(directive: &Arc<Directive>, problems: &mut Vec<Problem>) -> Server {
    let block = directive.block();
    // A vector that grows takes room for four at once: too much for ten thousand servers.
    let all = |name| block.iter().filter(move |d| d.is(name));
    let mut server = Server {
        directive: Arc::clone(directive),
        listens: Vec::with_capacity(all("listen").count()),
        names: Vec::with_capacity(all("server_name").map(|d| d.args.len()).sum()),
        locations: Vec::with_capacity(all("location").count()),
        gaps: gaps(block),
    };
    for directive in block {
        match directive.name.bytes.as_slice() {
            b"listen" => server.listens.extend(listens(directive, problems)),
            b"server_name" => server.names.extend(server_names(directive, problems)),
            b"location" => server.locations.extend(read_location(directive, problems)),
            _ => {}
        }
    }
    if server.listens.is_empty() {
        server.listens.push(Listen::implied());
    }
    if server.names.is_empty() {
        server.names.push(ServerName {
            written: WordBytes::default(),
            kind: super::listen::NameKind::Exact(WordBytes::default()),
            place: None,
        });
    }
    server
}

fn read_location(directive: &Arc<Directive>, problems: &mut Vec<Problem>) -> Option<Location> {
    let Some(matcher) = matcher(directive) else {
        let what = match directive.args.as_slice() {
            [modifier, _] => format!(
                "invalid location modifier \"{}\"",
                crate::untrusted::shown(&modifier.bytes)
            ),
            _ => "invalid number of arguments in \"location\" directive".into(),
        };
        let place = directive.place.clone();
        problems.push(Problem { place, what });
        return None;
    };
    let block = directive.block();
    let nested = block.iter().filter(|d| d.is("location"));
    Some(Location {
        directive: Arc::clone(directive),
        matcher,
        locations: nested.filter_map(|d| read_location(d, problems)).collect(),
        gaps: gaps(block),
    })
}

fn matcher(directive: &Directive) -> Option<Matcher> {
    let (modifier, name) = match directive.args.as_slice() {
        [modifier, name] => (modifier.bytes.as_slice(), name.bytes.as_slice()),
        [name] => split_modifier(&name.bytes),
        _ => return None,
    };
    let name = WordBytes::from(name);
    Some(match modifier {
        b"=" => Matcher::Exact(name),
        b"^~" => Matcher::Prefix {
            path: name,
            no_regex: true,
        },
        b"~" | b"~*" => Matcher::Regex {
            pattern: name,
            caseless: modifier.len() == 2,
        },
        b"" if directive.args.len() == 1 && name.starts_with(b"@") => Matcher::Named(name),
        b"" if directive.args.len() == 1 => Matcher::Prefix {
            path: name,
            no_regex: false,
        },
        _ => return None,
    })
}

/// A modifier may be glued to its pattern.
fn split_modifier(word: &[u8]) -> (&[u8], &[u8]) {
    let length = match word {
        [b'^', b'~', ..] | [b'~', b'*', ..] => 2,
        [b'=' | b'~', ..] => 1,
        _ => 0,
    };
    word.split_at(length)
}

impl Http {
    /// The group of that name; nginx compares without regard to case.
    pub fn upstream(&self, name: &str) -> Option<&Upstream> {
        let mut all = self.upstreams.iter();
        all.find(|upstream| upstream.name.eq_ignore_ascii_case(name))
    }
}

impl Server {
    /// Where the block stands.
    pub fn place(&self) -> &Place {
        &self.directive.place
    }
}

impl Location {
    /// The location as it is written: `~ \.php$`.
    pub fn written(&self) -> String {
        let words = self.directive.args.iter();
        let words = words.map(|word| crate::untrusted::shown(&word.bytes).to_string());
        words.collect::<Vec<_>>().join(" ")
    }
}
