//! A configuration with all its includes.
//!
//! `include` is read as nginx reads it: relative to the folder of the main file,
//! patterns by `glob(3)`, each included file complete in itself. What cannot be
//! read is a gap and stays visible at its place; it is never taken for empty.
use super::directive_names::{Context, Names};
use super::files::{FileText, Files, Kind};
use super::glob;
use super::tree::{self, Block, Body, Directive, Inside};
use crate::fact::{Fact, Gap};
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::{Place, Problem};
use alloc::sync::Arc;

/// The deepest chain of files that include each other.
pub const INCLUDE_DEPTH: usize = 64;
/// The deepest nesting of blocks, over all files.
pub const BLOCK_DEPTH: usize = 128;
/// The most files that are read.
pub const FILES: usize = 20_000;
/// The most bytes that are read, over all files.
pub const BYTES: usize = 256 << 20;
/// The most directives, each include counted in full.
pub const DIRECTIVES: usize = 5_000_000;

/// A configuration as it is on disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The main file.
    pub main: HostPath,
    /// All files read, in the order in which nginx reads them first.
    pub files: Vec<HostPath>,
    /// The directives outside all blocks, includes put in place.
    pub directives: Block,
    /// Why nginx would refuse this configuration; nginx stops at the first.
    pub problems: Vec<Problem>,
    /// Directives that none of nginx's own modules knows: it refuses them, unless
    /// a module that knows them is loaded.
    pub foreign: Vec<Problem>,
    /// Files and folders that could not be read, or not yet.
    pub gaps: Vec<Gap>,
}

/// Reads a configuration from its main file on.
pub fn load(files: &dyn Files, main: &HostPath) -> Config {
    let mut loader = Loader {
        files,
        names: Names::new(),
        prefix: main.parent(),
        cache: BTreeMap::new(),
        seen: BTreeSet::new(),
        duplicates: BTreeSet::new(),
        open: Vec::new(),
        config: Config {
            main: main.clone(),
            ..Config::default()
        },
        bytes: 0,
        nesting: 0,
    };
    match loader.file(main, None, Inside::Directives(Context::Main)) {
        Ok(file) => loader.config.directives.clone_from(&file.directives),
        Err(Unread::Refused(what)) => loader.problem(Place::default(), what),
        Err(Unread::Gap(gap)) => loader.gap(gap),
    }
    loader.config
}

struct Loader<'a> {
    files: &'a dyn Files,
    names: Names,
    prefix: HostPath,
    cache: BTreeMap<(HostPath, Inside), Arc<Loaded>>,
    seen: BTreeSet<HostPath>,
    /// Directives that were found to be the second of their name.
    duplicates: BTreeSet<Place>,
    /// The files being read, each included by the one before it.
    open: Vec<(HostPath, Inside)>,
    config: Config,
    bytes: usize,
    /// Blocks open at this point, over all files.
    nesting: usize,
}

/// A file with its includes.
#[derive(Debug, Default)]
struct Loaded {
    directives: Block,
    size: Size,
}

/// How large a tree is, includes counted in full.
#[derive(Clone, Copy, Debug, Default)]
struct Size {
    depth: usize,
    total: usize,
}

enum Unread {
    /// nginx refuses it, with these words.
    Refused(String),
    /// Nobody knows what it holds.
    Gap(Gap),
}

impl<'a> Loader<'a> {
    fn file(
        &mut self,
        path: &HostPath,
        kind: Option<Kind>,
        inside: Inside,
    ) -> Result<Arc<Loaded>, Unread> {
        let key = (path.clone(), inside);
        if let Some(loaded) = self.cache.get(&key) {
            return Ok(Arc::clone(loaded));
        }
        if self.open.contains(&key) {
            let what =
                format!("\"{path}\" includes itself: open() fails (24: Too many open files)");
            return Err(Unread::Refused(what));
        }
        if self.open.len() >= INCLUDE_DEPTH || self.nesting > tree::DEPTH {
            let what = "files include each other too deep, or below too many blocks";
            return Err(Unread::Gap(Gap::new(path.to_string(), what, "")));
        }
        let text = self.text(path, kind)?;
        // `nginx -T` prints a file once, however often it is read.
        if self.seen.insert(path.clone()) {
            self.config.files.push(path.clone());
        }
        let mut parsed = tree::parse(path, text.bytes, inside, &self.names);
        if text.cut {
            let why = format!("only its first {} bytes were read", text.bytes.len());
            self.gap(Gap::new(path.to_string(), why, ""));
            parsed.problems.clear();
        }
        self.config.problems.append(&mut parsed.problems);
        self.config.foreign.append(&mut parsed.foreign);
        self.open.push(key.clone());
        let mut size = Size::default();
        let directives = self.expand(parsed.directives, inside, 0, &mut size);
        self.open.pop();
        let loaded = Arc::new(Loaded { directives, size });
        self.cache.insert(key, Arc::clone(&loaded));
        Ok(loaded)
    }

    fn text(&mut self, path: &HostPath, kind: Option<Kind>) -> Result<FileText<'a>, Unread> {
        if kind == Some(Kind::Folder) {
            let what = format!("pread() \"{path}\" failed (21: Is a directory)");
            return Err(Unread::Refused(what));
        }
        let budget = |what: String| Err(Unread::Gap(Gap::new(path.to_string(), what, "")));
        if self.config.files.len() >= FILES {
            return budget(format!("more than {FILES} files"));
        }
        let files = self.files;
        match files.read(path) {
            Fact::Found(text, _) if self.bytes.saturating_add(text.bytes.len()) > BYTES => {
                budget(format!("more than {BYTES} bytes of configuration"))
            }
            Fact::Found(text, _) => {
                self.bytes = self.bytes.saturating_add(text.bytes.len());
                Ok(text)
            }
            Fact::Absent(_) => Err(Unread::Refused(format!(
                "open() \"{path}\" failed (2: No such file or directory)"
            ))),
            Fact::Unknown(gap) => Err(Unread::Gap(gap)),
        }
    }

    /// Puts included files in place of the directives that name them.
    fn expand(&mut self, list: Block, inside: Inside, depth: usize, size: &mut Size) -> Block {
        size.depth = size.depth.max(depth);
        let mut out = Block::with_capacity(list.len());
        for mut directive in list {
            size.total = size.total.saturating_add(1);
            if directive.is("include") && matches!(directive.body, Body::None) {
                self.include(&directive, inside, depth, size, &mut out);
                continue;
            }
            // Fresh from the parser, so nobody else holds it.
            if let Some(fresh) = Arc::get_mut(&mut directive) {
                self.expand_body(fresh, inside, depth, size);
            }
            out.push(directive);
        }
        self.note_duplicates(&out, inside);
        out
    }

    /// Most directives may stand once on a level, included files counted in.
    fn note_duplicates(&mut self, level: &[Arc<Directive>], inside: Inside) {
        let Inside::Directives(context) = inside else {
            return;
        };
        for directive in repeated(level) {
            let name = directive.name.bytes.as_slice();
            let is_single = self.names.is_single(name, context);
            if is_single && self.duplicates.insert(directive.place.clone()) {
                let name = crate::untrusted::shown(name);
                let what = format!("\"{name}\" directive is duplicate");
                self.problem(directive.place.clone(), what);
            }
        }
    }

    fn expand_body(
        &mut self,
        directive: &mut Directive,
        inside: Inside,
        depth: usize,
        size: &mut Size,
    ) {
        let inside = inside.below(&directive.name.bytes);
        let list = match &mut directive.body {
            Body::Block(list) | Body::Entries(list) => list,
            Body::None | Body::Lua(_) | Body::Unread(_) => return,
        };
        let inner = core::mem::take(list);
        self.nesting = self.nesting.saturating_add(1);
        *list = self.expand(inner, inside, depth.saturating_add(1), size);
        self.nesting = self.nesting.saturating_sub(1);
    }

    fn include(
        &mut self,
        directive: &Arc<Directive>,
        inside: Inside,
        depth: usize,
        size: &mut Size,
        out: &mut Block,
    ) {
        let paths = match self.paths(directive) {
            Ok(paths) => paths,
            Err(unread) => return self.unread(directive, unread, out),
        };
        for (path, kind) in paths {
            match self.file(&path, kind, inside) {
                Ok(loaded) => {
                    let grown = Size {
                        depth: depth.saturating_add(loaded.size.depth),
                        total: size.total.saturating_add(loaded.size.total),
                    };
                    if grown.depth > BLOCK_DEPTH || grown.total > DIRECTIVES {
                        let why = "too many directives, or too many blocks in each other";
                        let gap = Gap::new(path.to_string(), why, "");
                        self.unread(directive, Unread::Gap(gap), out);
                        continue;
                    }
                    size.depth = size.depth.max(grown.depth);
                    size.total = grown.total;
                    out.extend(loaded.directives.iter().cloned());
                }
                Err(unread) => self.unread(directive, unread, out),
            }
        }
    }

    /// Notes why a file is missing here; a gap stays in its place in the tree.
    fn unread(&mut self, directive: &Directive, unread: Unread, out: &mut Block) {
        match unread {
            Unread::Refused(what) => self.problem(directive.place.clone(), what),
            Unread::Gap(gap) => {
                self.gap(gap.clone());
                let body = Body::Unread(Box::new(gap));
                let placed = Directive {
                    body,
                    ..directive.clone()
                };
                out.push(Arc::new(placed));
            }
        }
    }

    /// The files that an `include` means, sorted bytewise.
    fn paths(&self, directive: &Directive) -> Result<Vec<(HostPath, Option<Kind>)>, Unread> {
        let [word] = directive.args.as_slice() else {
            let what = "invalid number of arguments in \"include\" directive";
            return Err(Unread::Refused(what.into()));
        };
        let Ok(path) = core::str::from_utf8(&word.bytes) else {
            let what = crate::untrusted::shown(&word.bytes).to_string();
            return Err(Unread::Gap(Gap::new(what, "its name is not UTF-8", "")));
        };
        let path = self.prefix.join(path);
        if !glob::is_pattern(path.as_str()) {
            return Ok(vec![(path, None)]);
        }
        glob::expand(self.files, path.as_str()).map_err(Unread::Gap)
    }

    fn problem(&mut self, place: Place, what: String) {
        self.config.problems.push(Problem { place, what });
    }

    fn gap(&mut self, gap: Gap) {
        if !self.config.gaps.contains(&gap) {
            self.config.gaps.push(gap);
        }
    }
}

/// The directives of a level whose name stood there before.
fn repeated(level: &[Arc<Directive>]) -> Vec<&Arc<Directive>> {
    // Comparing each with each is faster than a set, as long as they are few.
    if level.len() <= 32 {
        let is_repeated = |(index, directive): &(usize, &Arc<Directive>)| {
            let mut before = level.iter().take(*index);
            before.any(|other| other.name.bytes == directive.name.bytes)
        };
        let all = level.iter().enumerate().filter(is_repeated);
        return all.map(|(_, directive)| directive).collect();
    }
    let mut seen = BTreeSet::new();
    let all = level.iter();
    all.filter(|directive| !seen.insert(directive.name.bytes.as_slice()))
        .collect()
}
