//! What Traefik's files hold: the static file, and those of its file provider.
use crate::document::{self, Node};
use crate::fact::{Fact, Gap};
use crate::forward::Configuration;
use crate::nginx::files::{Files, Kind};
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::Place;

/// The most files of one folder that are read.
const FILES: usize = 256;
/// The endings that Traefik looks for, in its order.
const ENDINGS: [&str; 3] = ["toml", "yaml", "yml"];
/// Providers whose routes stand in no file.
const ELSEWHERE: [&str; 14] = [
    "docker",
    "swarm",
    "kubernetesIngress",
    "kubernetesCRD",
    "kubernetesGateway",
    "kubernetesIngressNGINX",
    "consulCatalog",
    "nomad",
    "ecs",
    "consul",
    "etcd",
    "zooKeeper",
    "redis",
    "http",
];

/// Traefik's configuration on disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The static file.
    pub fixed: Node,
    /// The documents of the file provider, in order.
    pub dynamic: Vec<Node>,
    /// What could not be looked at.
    pub gaps: Vec<Gap>,
    /// Whether the static file is there at all.
    pub is_there: bool,
}

/// A port that Traefik listens on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryPoint<'c> {
    /// Its name.
    pub name: &'c str,
    /// Its port.
    pub port: u16,
    /// Everything set of it.
    pub node: &'c Node,
    /// The line with its address.
    pub place: Place,
}

/// With a field that it does not know Traefik does not start; the port that was meant
/// is the one that stands there.
fn misspelt(point: &Node) -> Option<&Node> {
    let is_port = |node: &&Node| {
        let port = node.text().and_then(|text| text.rsplit_once(':'));
        port.is_some_and(|(_, port)| port.parse::<u16>().is_ok())
    };
    point.members().iter().map(|(_, node)| node).find(is_port)
}

impl Configuration for Config {
    fn load(files: &dyn Files, main: &HostPath) -> Self {
        let mut out = Self::default();
        match out.fixed(files, main) {
            Some(fixed) => out.with(files, fixed),
            None => out,
        }
    }

    fn is_there(&self) -> bool {
        self.is_there
    }

    fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    fn ports(&self) -> Vec<(u16, Place)> {
        let points = self.entry_points().into_iter();
        points.map(|point| (point.port, point.place)).collect()
    }
}

impl Config {
    /// The configuration whose static part is given otherwise than by a file.
    pub fn of(files: &dyn Files, fixed: Node) -> Self {
        Self::default().with(files, fixed)
    }

    /// Adds the files that the static part names.
    fn with(self, files: &dyn Files, fixed: Node) -> Self {
        let mut out = self;
        out.is_there = true;
        out.elsewhere(&fixed);
        let provider = fixed.at(&["providers", "file"]);
        if let Some(name) = provider.get("filename").text() {
            out.read(files, &HostPath::new(name));
        }
        if let Some(folder) = provider.get("directory").text() {
            out.folder(files, &HostPath::new(folder), 8);
        }
        out.fixed = fixed;
        out
    }

    /// The static file; by another ending where the usual one is not there.
    fn fixed(&mut self, files: &dyn Files, main: &HostPath) -> Option<Node> {
        let stem = main.as_str().rsplit_once('.').map_or("", |(stem, _)| stem);
        let others = ENDINGS
            .iter()
            .map(|end| HostPath::new(format!("{stem}.{end}")));
        let is_usual = stem == "/etc/traefik/traefik";
        let others = others.filter(|other| is_usual && other != main);
        for path in core::iter::once(main.clone()).chain(others) {
            match document::load(files, &path) {
                Fact::Found(node, _) => return Some(node),
                Fact::Absent(_) => {}
                Fact::Unknown(gap) => {
                    self.gaps.push(gap);
                    return None;
                }
            }
        }
        None
    }

    /// Routes may come from where no file tells them.
    fn elsewhere(&mut self, fixed: &Node) {
        for name in ELSEWHERE {
            let Some(node) = fixed.get("providers").find(name) else {
                continue;
            };
            let place = node.place();
            let what = format!("providers.{name} ({}:{})", place.file, place.span.line);
            let why = "routes that it gives stand in no file";
            self.gaps.push(Gap::new(what, why, ""));
        }
    }

    fn read(&mut self, files: &dyn Files, path: &HostPath) {
        // A template that is not filled in says nothing.
        let is_template = |text: &[u8]| memchr::memmem::find(text, b"{{").is_some();
        if let Fact::Found(text, _) = files.read(path)
            && is_template(text.bytes)
        {
            let why = "it is a template, which is not filled in";
            self.gaps.push(Gap::new(path.to_string(), why, ""));
            return;
        }
        match document::load(files, path) {
            Fact::Found(node, _) => self.dynamic.push(node),
            Fact::Absent(_) => {}
            Fact::Unknown(gap) => self.gaps.push(gap),
        }
    }

    fn folder(&mut self, files: &dyn Files, folder: &HostPath, depth: usize) {
        let names = match files.list(folder) {
            Fact::Found(names, _) => names,
            Fact::Absent(_) => return,
            Fact::Unknown(gap) => {
                self.gaps.push(gap);
                return;
            }
        };
        for (name, kind) in names.into_iter().take(FILES) {
            let path = folder.join(&name);
            let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
            match kind {
                Kind::Folder if depth > 0 => self.folder(files, &path, depth.saturating_sub(1)),
                Kind::File | Kind::Link if ENDINGS.contains(&ending) => self.read(files, &path),
                _ => {}
            }
        }
    }

    /// The entry points, in order. Without any, Traefik listens on port 80.
    pub fn entry_points(&self) -> Vec<EntryPoint<'_>> {
        let members = self.fixed.get("entryPoints").members().iter();
        let points = members.clone().filter_map(|(name, node)| {
            let address = node.find("address").or_else(|| misspelt(node))?;
            let written = address.text()?;
            let written = written.strip_suffix("/tcp").unwrap_or(written);
            Some(EntryPoint {
                name,
                port: written.rsplit_once(':')?.1.parse().ok()?,
                node,
                place: address.place(),
            })
        });
        let mut all: Vec<EntryPoint<'_>> = points.collect();
        if members.len() == 0 && self.is_there {
            all.push(EntryPoint {
                name: "http",
                port: 80,
                node: &self.fixed,
                place: self.fixed.place(),
            });
        }
        all
    }

    /// Members of a part of the file provider's `http`: `routers`, `services` …
    pub fn part(&self, name: &str) -> impl Iterator<Item = (&str, &Node)> {
        let parts = self
            .dynamic
            .iter()
            .map(move |node| node.at(&["http", name]));
        let members = parts.flat_map(Node::members);
        members.map(|(name, node)| (name.as_str(), node))
    }

    /// A member of such a part, by a name that may say its provider.
    pub fn member(&self, part: &str, name: &str) -> Option<&Node> {
        let plain = name.strip_suffix("@file").unwrap_or(name);
        let mut members = self.part(part);
        members
            .find(|(known, _)| *known == plain)
            .map(|(_, node)| node)
    }

    /// The file that errors are logged to; none for the standard output.
    pub fn log_file(&self) -> Option<HostPath> {
        let path = self.fixed.at(&["log", "filePath"]).text();
        path.map(HostPath::new)
    }

    /// The file that requests are logged to; none where they are not, or to the
    /// standard output.
    pub fn access_log(&self) -> Option<&str> {
        self.fixed.at(&["accessLog", "filePath"]).text()
    }

    /// Whether it logs requests at all.
    pub fn logs_requests(&self) -> bool {
        let log = self.fixed.find("accessLog");
        log.is_some_and(|log| !matches!(log.text(), Some("false")))
    }

    /// Whether all of those are logged that failed as a gateway's do, and all others:
    /// its filters may leave some out.
    pub fn logs_failed_and_others(&self) -> (bool, bool) {
        let filters = self.fixed.at(&["accessLog", "filters"]);
        let codes = filters.get("statusCodes").texts();
        let takes = |status: u16| codes.iter().any(|range| in_range(range, status));
        let all = filters.members().is_empty();
        (all || (502..=504).all(takes), all)
    }

    /// Whether it logs why a backend failed: only at its finest levels.
    pub fn logs_reasons(&self) -> bool {
        let level = self.fixed.at(&["log", "level"]).text().unwrap_or_default();
        ["DEBUG", "TRACE"]
            .iter()
            .any(|fine| level.eq_ignore_ascii_case(fine))
    }

    /// Whether the certificates of a service's servers are not checked.
    pub fn trusts_anything(&self, transport: Option<&Node>) -> bool {
        let fixed = self.fixed.get("serversTransport");
        transport.unwrap_or(fixed).get("insecureSkipVerify").is_on()
    }
}

/// Whether a status lies in `500-599`, or in a list of such: `200,502-504`.
fn in_range(ranges: &str, status: u16) -> bool {
    ranges.split(',').any(|range| {
        let (from, until) = range.split_once('-').unwrap_or((range, range));
        let ends = (from.trim().parse::<u16>(), until.trim().parse::<u16>());
        matches!(ends, (Ok(from), Ok(until)) if (from..=until).contains(&status))
    })
}
