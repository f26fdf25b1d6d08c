//! The configuration: sections and their lines.
use super::dynamic::{self, Map};
use super::lists::{self, Lists};
use super::words;
use crate::fact::{Fact, Gap};
use crate::forward::Configuration;
use crate::nginx::files::{Files, Kind};
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::{Place, Span};
use core::time::Duration;

/// One line of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its words; never empty.
    pub words: Vec<String>,
    /// Where it stands.
    pub place: Place,
}

/// A section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// `global`, `defaults`, `frontend`, `backend`, `listen` …
    pub kind: String,
    /// Its name; empty when it has none.
    pub name: String,
    /// Where it begins.
    pub place: Place,
    /// Its lines.
    pub lines: Vec<Line>,
    /// Which `defaults` section holds for it, by its place in the configuration.
    pub defaults: Option<usize>,
}

/// A configuration, as far as it could be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The sections, in order.
    pub sections: Vec<Section>,
    /// The files that were read.
    pub files: Vec<HostPath>,
    /// The maps that name backends, by their files; or why one is not known.
    pub maps: BTreeMap<String, Result<Map, Gap>>,
    /// The values that conditions have in files.
    pub lists: Lists,
    /// What could not be looked at.
    pub gaps: Vec<Gap>,
}

impl Line {
    /// A word; empty when there is none.
    pub fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", String::as_str)
    }

    /// Whether it begins with these words.
    pub fn is(&self, lead: &[&str]) -> bool {
        lead.iter()
            .enumerate()
            .all(|(at, word)| self.word(at) == *word)
    }

    /// The word behind a parameter.
    pub fn value(&self, name: &str) -> Option<&str> {
        let mut words = self.words.iter();
        words.find(|word| *word == name)?;
        words.next().map(String::as_str)
    }

    /// Whether it has that parameter.
    pub fn has(&self, name: &str) -> bool {
        self.words.iter().any(|word| word == name)
    }
}

/// Reads a configuration from its file, or from the `.cfg` files of a folder.
pub fn load(files: &dyn Files, main: &HostPath) -> Config {
    let mut out = Config::default();
    let folder = matches!(files.kind(main).found(), Some(Kind::Folder));
    if !folder {
        read_file(files, main, &mut out);
        dynamic::read_maps(files, &mut out);
        lists::read(files, &mut out);
        return out;
    }
    match files.list(main) {
        Fact::Found(mut names, _) => {
            names.sort();
            let names = names
                .iter()
                .filter(|(name, _)| name.rsplit_once('.').is_some_and(|(_, end)| end == "cfg"));
            names.for_each(|(name, _)| read_file(files, &main.join(name), &mut out));
        }
        Fact::Absent(_) => {}
        Fact::Unknown(gap) => out.gaps.push(gap),
    }
    dynamic::read_maps(files, &mut out);
    lists::read(files, &mut out);
    out
}

fn read_file(files: &dyn Files, path: &HostPath, out: &mut Config) {
    match files.read(path) {
        Fact::Found(text, _) => {
            out.files.push(path.clone());
            parse(text.bytes, path, out);
        }
        Fact::Absent(_) => {}
        Fact::Unknown(gap) => out.gaps.push(gap),
    }
}

const KINDS: [&str; 15] = [
    "global",
    "defaults",
    "frontend",
    "backend",
    "listen",
    "userlist",
    "peers",
    "resolvers",
    "mailers",
    "cache",
    "program",
    "http-errors",
    "ring",
    "log-forward",
    "fcgi-app",
];

/// Reads the text of one file behind what was read before.
pub fn parse(text: &[u8], path: &HostPath, out: &mut Config) {
    let mut start = 0_usize;
    for (at, raw) in text.split(|byte| *byte == b'\n').enumerate() {
        let words = words::words(raw);
        let lead = raw.len().saturating_sub(raw.trim_ascii_start().len());
        let span = Span {
            start: start.saturating_add(lead),
            end: start.saturating_add(raw.trim_ascii_end().len().max(lead)),
            line: u32::try_from(at.saturating_add(1)).unwrap_or(u32::MAX),
        };
        start = start.saturating_add(raw.len()).saturating_add(1);
        let place = Place {
            file: path.clone(),
            span,
        };
        let Some(first) = words.first() else {
            continue;
        };
        if KINDS.contains(&first.as_str()) {
            out.begin(&words, place);
        } else if let Some(section) = out.sections.last_mut() {
            section.lines.push(Line { words, place });
        }
    }
}

impl Config {
    fn begin(&mut self, words: &[String], place: Place) {
        let named = words.iter().skip_while(|word| *word != "from").nth(1);
        let is_defaults = |section: &&Section| section.kind == "defaults";
        let by_name = |name: &String| {
            let mut all = self.sections.iter();
            all.position(|s| s.kind == "defaults" && s.name == *name)
        };
        let last = || self.sections.iter().rposition(|s| is_defaults(&s));
        let defaults = named.and_then(by_name).or_else(last);
        let kind = words.first().cloned().unwrap_or_default();
        let name = words.get(1).filter(|name| *name != "from").cloned();
        self.sections.push(Section {
            defaults: defaults.filter(|_| kind != "defaults"),
            kind,
            name: name.unwrap_or_default(),
            place,
            lines: Vec::new(),
        });
    }

    /// The section of that kind, or a `listen` of that name.
    pub fn backend(&self, name: &str) -> Option<&Section> {
        let mut all = self.sections.iter();
        all.find(|s| s.name == name && matches!(s.kind.as_str(), "backend" | "listen"))
    }

    /// What takes connections: `frontend` and `listen`.
    pub fn entrances(&self) -> impl Iterator<Item = &Section> {
        let all = self.sections.iter();
        all.filter(|s| matches!(s.kind.as_str(), "frontend" | "listen"))
    }

    /// The section `global`.
    pub fn global(&self) -> impl Iterator<Item = &Line> {
        let all = self.sections.iter().filter(|s| s.kind == "global");
        all.flat_map(|section| &section.lines)
    }

    /// The `chroot` line: sockets that HAProxy connects to are named from there on. Those
    /// that it binds were opened before.
    pub fn chroot(&self) -> Option<&Line> {
        let lines = self.global().filter(|line| line.is(&["chroot"]));
        lines.last().filter(|line| line.word(1).starts_with('/'))
    }

    /// Where the socket is that a server's line names.
    #[must_use]
    pub fn dialled(&self, named: &HostPath) -> HostPath {
        let root = self.chroot().map_or("", |line| line.word(1));
        HostPath::new(format!("{}{named}", root.trim_end_matches('/')))
    }

    /// The last line of a section that begins so; else that of its defaults.
    pub fn setting<'c>(&'c self, section: &'c Section, lead: &[&str]) -> Option<&'c Line> {
        let own = section.lines.iter().rfind(|line| line.is(lead));
        own.or_else(|| {
            let defaults = self.sections.get(section.defaults?)?;
            defaults.lines.iter().rfind(|line| line.is(lead))
        })
    }

    /// A `timeout` of a section with its line.
    pub fn timeout(&self, section: &Section, name: &str) -> Option<(Duration, Place)> {
        let line = self.setting(section, &["timeout", name])?;
        Some((duration(line.word(2))?, line.place.clone()))
    }
}

/// Milliseconds unless a unit is named.
pub fn duration(text: &str) -> Option<Duration> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let number: u64 = digits.parse().ok()?;
    let micros = match unit {
        "us" => 1,
        "" | "ms" => 1_000,
        "s" => 1_000_000,
        "m" => 60_000_000,
        "h" => 3_600_000_000,
        "d" => 86_400_000_000,
        _ => return None,
    };
    Some(Duration::from_micros(number.checked_mul(micros)?))
}

impl Configuration for Config {
    fn load(files: &dyn Files, main: &HostPath) -> Self {
        load(files, main)
    }

    fn is_there(&self) -> bool {
        !self.files.is_empty()
    }

    fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    fn ports(&self) -> Vec<(u16, Place)> {
        let all = super::route::binds(self).into_iter();
        all.map(|(bound, line)| (bound.port(), line.place.clone()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sections_take_what_defaults_give() {
        let text = b"global\n maxconn 10\ndefaults\n timeout server 5s\nbackend app\n server a 127.0.0.1:3000 check # x\n";
        let mut config = Config::default();
        parse(text, &HostPath::new("/h.cfg"), &mut config);
        let app = config.backend("app").unwrap();
        let (time, place) = config.timeout(app, "server").unwrap();
        assert_eq!((time.as_secs(), place.span.line), (5, 4));
        assert_eq!(
            app.lines[0].words,
            ["server", "a", "127.0.0.1:3000", "check"]
        );
        assert_eq!(config.global().count(), 1);
        assert_eq!(duration("90"), Some(Duration::from_millis(90)));
        assert_eq!(duration("1x"), None);
    }

    #[test]
    fn sockets_of_servers_are_below_the_chroot() {
        let dialled = |text: &[u8]| {
            let mut config = Config::default();
            parse(text, &HostPath::new("/h.cfg"), &mut config);
            config.dialled(&HostPath::new("/run/a.sock")).to_string()
        };
        assert_eq!(
            dialled(b"global\n chroot /var/lib/haproxy/\n"),
            "/var/lib/haproxy/run/a.sock"
        );
        assert_eq!(dialled(b"global\n maxconn 9\n"), "/run/a.sock");
        assert_eq!(dialled(b"global\n chroot /\n"), "/run/a.sock");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(text in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut config = Config::default();
            parse(&text, &HostPath::new("/h.cfg"), &mut config);
            for line in config.sections.iter().flat_map(|s| &s.lines) {
                prop_assert!(line.place.span.end <= text.len());
            }
        }
    }
}
