//! Backends, probes, directors and subroutines of a VCL, includes followed.
use super::statement::{self, Statement};
use super::tokens::{self, Token};
use crate::fact::{Fact, Gap};
use crate::forward::Configuration;
use crate::nginx::files::Files;
use crate::nginx::glob;
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::Place;

/// The deepest nesting of includes that is followed.
const DEPTH: usize = 16;
/// The most files that are read.
const FILES: usize = 500;
/// Where includes are looked for.
const FOLDERS: [&str; 2] = ["/etc/varnish", "/usr/share/varnish/vcl"];

/// A VCL, as far as it could be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vcl {
    /// The backends, in order: the first is the default, unless one has that name.
    pub backends: Vec<Backend>,
    /// Probes with a name: what they ask for, and the line.
    pub probes: BTreeMap<String, (String, Place)>,
    /// Subroutines by name; pieces of one name are run one after the other.
    pub subs: BTreeMap<String, Vec<Statement>>,
    /// What could not be looked at.
    pub gaps: Vec<Gap>,
    /// Whether the main file is there at all.
    pub is_there: bool,
}

/// A backend.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backend {
    /// Its name.
    pub name: String,
    /// Where it begins.
    pub place: Place,
    /// Its settings without the leading dot, each with its line.
    pub settings: BTreeMap<String, (String, Place)>,
    /// What its probe asks for.
    pub probe: Option<(String, Place)>,
}

/// Reads a VCL from its main file.
pub fn load(files: &dyn Files, main: &HostPath) -> Vcl {
    let mut loader = Loader {
        files,
        read: 0,
        out: Vcl::default(),
    };
    let mut all = Vec::new();
    loader.out.is_there = loader.file(main, DEPTH, &mut all);
    let mut out = loader.out;
    declarations(&all, &mut out);
    for backend in &mut out.backends {
        let named = backend.settings.get("probe").map(|(name, _)| name);
        let probe = named.and_then(|name| out.probes.get(name));
        backend.probe = backend.probe.take().or_else(|| probe.cloned());
    }
    out
}

struct Loader<'f> {
    files: &'f dyn Files,
    read: usize,
    out: Vcl,
}

impl Loader<'_> {
    fn file(&mut self, path: &HostPath, depth: usize, into: &mut Vec<Token>) -> bool {
        self.read = self.read.saturating_add(1);
        if depth == 0 || self.read > FILES {
            let why = "includes are nested too deeply, or too many";
            self.out.gaps.push(Gap::new(path.to_string(), why, ""));
            return false;
        }
        let files = self.files;
        match files.read(path) {
            Fact::Found(text, _) => {
                let tokens = tokens::tokens(text.bytes, path);
                self.included(tokens, path, depth, into);
                true
            }
            Fact::Absent(_) => false,
            Fact::Unknown(gap) => {
                self.out.gaps.push(gap);
                false
            }
        }
    }

    /// The tokens with every `include "FILE";` replaced by what the file holds.
    fn included(
        &mut self,
        tokens: Vec<Token>,
        path: &HostPath,
        depth: usize,
        into: &mut Vec<Token>,
    ) {
        let mut tokens = tokens.into_iter();
        while let Some(token) = tokens.next() {
            if token.word() != Some("include") {
                into.push(token);
                continue;
            }
            // `include +glob "…"`
            let mut name = tokens.next();
            while name
                .as_ref()
                .is_some_and(|t| t.is("+") || t.word() == Some("glob"))
            {
                name = tokens.next();
            }
            let name = name.as_ref().and_then(Token::text).unwrap_or_default();
            self.include(name, path, depth.saturating_sub(1), into);
        }
    }

    fn include(&mut self, name: &str, from: &HostPath, depth: usize, into: &mut Vec<Token>) {
        if name.starts_with("./") || name.starts_with('/') {
            let path = from.parent().join(name.trim_start_matches("./"));
            if !glob::is_pattern(path.as_str()) {
                self.file(&path, depth, into);
                return;
            }
            match glob::expand(self.files, path.as_str()) {
                Ok(all) => {
                    for (path, _) in &all {
                        self.file(path, depth, into);
                    }
                }
                Err(gap) => self.out.gaps.push(gap),
            }
            return;
        }
        for folder in FOLDERS {
            if self.file(&HostPath::new(folder).join(name), depth, into) {
                return;
            }
        }
    }
}

/// `backend …`, `probe …`, `sub …`; what else there is has no part in a request's way.
fn declarations(tokens: &[Token], out: &mut Vcl) {
    let mut at = 0_usize;
    while let Some(token) = tokens.get(at) {
        let rest = tokens.get(at..).unwrap_or_default();
        let name = rest.get(1).and_then(Token::text).unwrap_or_default();
        let taken = match token.word() {
            Some("backend") => backend(name, rest, out),
            Some("probe") => {
                let (settings, taken) = settings(rest, 2);
                if let Some(asks) = asked(&settings, &token.place) {
                    out.probes.insert(name.to_owned(), asks);
                }
                taken
            }
            Some("sub") => {
                let (body, taken) = statement::block(rest, 2);
                out.subs.entry(name.to_owned()).or_default().extend(body);
                taken
            }
            _ => 1,
        };
        at = at.saturating_add(taken.max(1));
    }
}

fn backend(name: &str, rest: &[Token], out: &mut Vcl) -> usize {
    let place = rest.get(1).map(|t| t.place.clone()).unwrap_or_default();
    let (all, taken) = settings(rest, 2);
    let mut found = Backend {
        name: name.to_owned(),
        place,
        ..Backend::default()
    };
    for (key, value) in all {
        match (key.as_str(), value) {
            ("probe", Setting::Block(inner, place)) => found.probe = asked(&inner, &place),
            (_, Setting::Text(text, place)) => {
                found.settings.insert(key, (text, place));
            }
            (_, Setting::Block(..)) => {}
        }
    }
    out.backends.push(found);
    taken
}

/// The value of `.key = …`.
enum Setting {
    /// A word or a string.
    Text(String, Place),
    /// A block.
    Block(Vec<(String, Setting)>, Place),
}

/// `{ .key = value; … }` from a token on, and how many tokens that takes.
fn settings(tokens: &[Token], from: usize) -> (Vec<(String, Setting)>, usize) {
    let mut all = Vec::new();
    let mut at = from;
    if !tokens.get(at).is_some_and(|token| token.is("{")) {
        return (all, at);
    }
    at = at.saturating_add(1);
    while let Some(token) = tokens.get(at) {
        at = at.saturating_add(1);
        if token.is("}") {
            break;
        }
        let Some(key) = token.word().and_then(|word| word.strip_prefix('.')) else {
            continue;
        };
        if !tokens.get(at).is_some_and(|token| token.is("=")) {
            continue;
        }
        at = at.saturating_add(1);
        let Some(value) = tokens.get(at) else {
            break;
        };
        if value.is("{") {
            let rest = tokens.get(at..).unwrap_or_default();
            // A probe holds no blocks of its own.
            let (inner, taken) = flat(rest);
            all.push((key.to_owned(), Setting::Block(inner, value.place.clone())));
            at = at.saturating_add(taken);
        } else {
            let text = value.text().unwrap_or_default().to_owned();
            all.push((key.to_owned(), Setting::Text(text, value.place.clone())));
            at = at.saturating_add(1);
        }
    }
    (all, at)
}

/// A block without blocks in it.
fn flat(tokens: &[Token]) -> (Vec<(String, Setting)>, usize) {
    let end = tokens.iter().position(|token| token.is("}"));
    let end = end.unwrap_or(tokens.len());
    let inside = tokens.get(1..end).unwrap_or_default();
    let triples = inside.windows(3).filter_map(|three| match three {
        [key, sign, value] if sign.is("=") => {
            let key = key.word()?.strip_prefix('.')?.to_owned();
            let text = value.text()?.to_owned();
            Some((key, Setting::Text(text, value.place.clone())))
        }
        _ => None,
    });
    (triples.collect(), end.saturating_add(1))
}

/// What a probe asks for: its URL, or that of its request; `/` unless told.
fn asked(settings: &[(String, Setting)], place: &Place) -> Option<(String, Place)> {
    let mut told = settings.iter().filter_map(|(key, value)| match value {
        Setting::Text(text, place) => Some((key.as_str(), text, place)),
        Setting::Block(..) => None,
    });
    let found = told.find_map(|(key, text, place)| match key {
        "url" => Some((text.clone(), place.clone())),
        "request" => Some((text.split(' ').nth(1)?.to_owned(), place.clone())),
        _ => None,
    });
    found.or_else(|| Some(("/".to_owned(), place.clone())))
}

impl Configuration for Vcl {
    fn load(files: &dyn Files, main: &HostPath) -> Self {
        load(files, main)
    }

    fn is_there(&self) -> bool {
        self.is_there
    }

    fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    fn ports(&self) -> Vec<(u16, Place)> {
        // They stand on varnishd's command line.
        Vec::new()
    }
}
