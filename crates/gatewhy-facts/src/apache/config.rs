//! The whole configuration: includes followed, conditions decided, variables put in.
use super::environment::{self, Variables};
use super::words::{self, Line};
use crate::fact::{Fact, Gap};
use crate::forward::Configuration;
use crate::nginx::files::Files;
use crate::nginx::glob;
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::{Place, Problem};

/// The deepest nesting of includes and sections that is followed.
const DEPTH: usize = 24;
/// The most files that are read.
const FILES: usize = 2_000;

/// A directive, or a section with directives in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// Its name as written, without the `<` of a section.
    pub name: String,
    /// Its arguments, variables put in.
    pub args: Vec<String>,
    /// Where it stands.
    pub place: Place,
    /// What stands in it, for a section.
    pub block: Vec<Directive>,
}

/// A configuration, as far as it could be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// What stands at the top, in order; `IfModule` and its kin are resolved.
    pub directives: Vec<Directive>,
    /// Modules that are loaded: `proxy_module`.
    pub modules: BTreeSet<String>,
    /// Every file that was read, in order.
    pub files: Vec<HostPath>,
    /// What httpd would refuse.
    pub problems: Vec<Problem>,
    /// What could not be looked at.
    pub gaps: Vec<Gap>,
    /// Whether the main file is there at all.
    pub is_there: bool,
}

impl Directive {
    /// Whether it has this name; names have no case.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// An argument; empty when there is none.
    pub fn arg(&self, at: usize) -> &str {
        self.args.get(at).map_or("", String::as_str)
    }
}

/// Reads a configuration from its main file.
pub fn load(files: &dyn Files, main: &HostPath) -> Config {
    let mut loader = Loader {
        files,
        root: main.parent(),
        variables: environment::usual(),
        defines: BTreeSet::new(),
        out: Config::default(),
    };
    loader.environment();
    let mut top = Vec::new();
    loader.out.is_there = loader.file(main, DEPTH, &mut top);
    loader.out.directives = top;
    loader.out
}

/// Reads the `.htaccess` of a folder: what it says depends on the modules that the whole
/// configuration loads.
pub fn load_of_folder(files: &dyn Files, path: &HostPath, modules: &BTreeSet<String>) -> Config {
    let mut loader = Loader {
        files,
        root: path.parent(),
        variables: environment::usual(),
        defines: BTreeSet::new(),
        out: Config {
            modules: modules.clone(),
            ..Config::default()
        },
    };
    let mut top = Vec::new();
    loader.out.is_there = loader.file(path, DEPTH, &mut top);
    loader.out.directives = top;
    loader.out
}

struct Loader<'f> {
    files: &'f dyn Files,
    root: HostPath,
    variables: Variables,
    defines: BTreeSet<String>,
    out: Config,
}

/// A section that is open while a file is read.
struct Open {
    section: Directive,
    /// Whether its content counts: the condition holds.
    keep: Keep,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    /// A condition that holds: the content belongs to what is around it.
    Inline,
    /// A condition that does not hold.
    Drop,
    /// A section of its own.
    Section,
}

impl Loader<'_> {
    fn environment(&mut self) {
        let path = self.root.join("envvars");
        match self.files.read(&path) {
            Fact::Found(text, _) => {
                let set = environment::parse(text.bytes);
                self.variables.extend(set);
            }
            Fact::Absent(_) => {}
            Fact::Unknown(gap) => self.out.gaps.push(gap),
        }
    }

    /// Reads a file into `into`; whether it is there.
    fn file(&mut self, path: &HostPath, depth: usize, into: &mut Vec<Directive>) -> bool {
        let files = self.files;
        if depth == 0 || self.out.files.len() >= FILES {
            let why = "includes are nested too deeply, or too many";
            self.out.gaps.push(Gap::new(path.to_string(), why, ""));
            return false;
        }
        match files.read(path) {
            Fact::Found(text, _) => {
                self.out.files.push(path.clone());
                self.lines(path, &words::lines(text.bytes), depth, into);
                true
            }
            Fact::Absent(_) => false,
            Fact::Unknown(gap) => {
                self.out.gaps.push(gap);
                false
            }
        }
    }

    fn lines(&mut self, path: &HostPath, lines: &[Line], depth: usize, into: &mut Vec<Directive>) {
        let mut open: Vec<Open> = Vec::new();
        for line in lines {
            let place = Place {
                file: path.clone(),
                span: line.span,
            };
            let first = line.words.first().map_or("", String::as_str);
            if let Some(name) = first.strip_prefix("</") {
                self.close(name.trim_end_matches('>'), place, &mut open, into);
            } else if let Some(name) = first.strip_prefix('<') {
                let section = self.section(name, line, place);
                let keep = self.keep(&section, &open);
                open.push(Open { section, keep });
            } else if !open.iter().any(|o| o.keep == Keep::Drop) {
                let args = line.words.iter().skip(1);
                let directive = Directive {
                    name: first.to_owned(),
                    args: args
                        .map(|word| environment::expanded(word, &self.variables))
                        .collect(),
                    place,
                    block: Vec::new(),
                };
                self.directive(directive, depth, innermost(&mut open, into));
            }
        }
        while let Some(last) = open.pop() {
            let what = format!("<{}> is not closed", last.section.name);
            let place = last.section.place.clone();
            self.out.problems.push(Problem { place, what });
            put(last, &mut open, into);
        }
    }

    fn close(&mut self, name: &str, place: Place, open: &mut Vec<Open>, into: &mut Vec<Directive>) {
        match open.pop() {
            Some(last) if last.section.is(name) => put(last, open, into),
            Some(last) => {
                let what = format!("</{name}> closes <{}>", last.section.name);
                self.out.problems.push(Problem { place, what });
                put(last, open, into);
            }
            None => {
                let what = format!("</{name}> without <{name}>");
                self.out.problems.push(Problem { place, what });
            }
        }
    }

    fn section(&self, name: &str, line: &Line, place: Place) -> Directive {
        let mut args: Vec<String> = line.words.iter().skip(1).cloned().collect();
        if let Some(last) = args.last_mut() {
            *last = last.trim_end_matches('>').to_owned();
        }
        args.retain(|word| !word.is_empty());
        Directive {
            name: name.trim_end_matches('>').to_owned(),
            args: args
                .iter()
                .map(|word| environment::expanded(word, &self.variables))
                .collect(),
            place,
            block: Vec::new(),
        }
    }

    fn keep(&self, section: &Directive, open: &[Open]) -> Keep {
        if open.iter().any(|o| o.keep == Keep::Drop) {
            return Keep::Drop;
        }
        let word = section.arg(0);
        let (wanted, word) = match word.strip_prefix('!') {
            Some(word) => (false, word),
            None => (true, word),
        };
        let holds = match () {
            () if section.is("IfModule") => self.has_module(word),
            () if section.is("IfDefine") => self.defines.contains(word),
            () if section.is("IfFile") => !self.files.kind(&self.root.join(word)).is_absent(),
            () if section.is("IfVersion") => true,
            () => return Keep::Section,
        };
        if holds == wanted {
            Keep::Inline
        } else {
            Keep::Drop
        }
    }

    /// By its name or its source file; what is linked into the program counts.
    fn has_module(&self, word: &str) -> bool {
        const BUILT_IN: [&str; 9] = [
            "core",
            "so",
            "http",
            "log_config",
            "logio",
            "version",
            "unixd",
            "watchdog",
            "core",
        ];
        let bare = word.trim_end_matches(".c");
        let bare = bare.strip_prefix("mod_").unwrap_or(bare);
        let bare = bare.strip_suffix("_module").unwrap_or(bare);
        let bare = match bare {
            "prefork" | "worker" | "event" => {
                return self.out.modules.contains(&format!("mpm_{bare}_module"));
            }
            other => other,
        };
        BUILT_IN.contains(&bare) || self.out.modules.contains(&format!("{bare}_module"))
    }

    fn directive(&mut self, directive: Directive, depth: usize, into: &mut Vec<Directive>) {
        match () {
            () if directive.is("Include") => self.include(&directive, true, depth, into),
            () if directive.is("IncludeOptional") => self.include(&directive, false, depth, into),
            () if directive.is("Define") => {
                self.defines.insert(directive.arg(0).to_owned());
                let (name, value) = (directive.arg(0), directive.arg(1));
                self.variables.insert(name.to_owned(), value.to_owned());
            }
            () if directive.is("UnDefine") => {
                self.defines.remove(directive.arg(0));
                self.variables.remove(directive.arg(0));
            }
            () => {
                if directive.is("LoadModule") {
                    self.out.modules.insert(directive.arg(0).to_owned());
                }
                if directive.is("ServerRoot") {
                    self.root = HostPath::new(directive.arg(0));
                }
                into.push(directive);
            }
        }
    }

    fn include(
        &mut self,
        directive: &Directive,
        must: bool,
        depth: usize,
        into: &mut Vec<Directive>,
    ) {
        let path = self.root.join(directive.arg(0));
        let folder = matches!(
            self.files.kind(&path).found(),
            Some(crate::nginx::files::Kind::Folder)
        );
        let pattern = if folder {
            format!("{path}/*")
        } else {
            path.to_string()
        };
        if !glob::is_pattern(&pattern) {
            if !self.file(&path, depth.saturating_sub(1), into) && must {
                let what = format!("{path} cannot be included");
                let place = directive.place.clone();
                self.out.problems.push(Problem { place, what });
            }
            return;
        }
        match glob::expand(self.files, &pattern) {
            Ok(found) => {
                for (path, _) in found {
                    self.file(&path, depth.saturating_sub(1), into);
                }
            }
            Err(gap) => self.out.gaps.push(gap),
        }
    }
}

/// The block that lines go to: that of the innermost section, or what is around all.
fn innermost<'a>(open: &'a mut [Open], into: &'a mut Vec<Directive>) -> &'a mut Vec<Directive> {
    let at = open.iter_mut().rev().find(|o| o.keep == Keep::Section);
    match at {
        Some(open) => &mut open.section.block,
        None => into,
    }
}

/// Puts a section that is closed where it belongs.
fn put(last: Open, open: &mut [Open], into: &mut Vec<Directive>) {
    let dropped = open.iter().any(|o| o.keep == Keep::Drop);
    if last.keep == Keep::Section && !dropped {
        innermost(open, into).push(last.section);
    }
}

impl Configuration for Config {
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
        let all = super::site::listens(self).into_iter();
        all.map(|(_, port, directive)| (port, directive.place.clone()))
            .collect()
    }
}
