//! Directives and blocks of one file, with their places.
//!
//! Broken input is understood as far as it goes: each [`Problem`] holds nginx's
//! own message where nginx would refuse to start.
use super::directive_names::{Context, Names, Verdict};
use super::lexer::{End, Lexer, Word};
use crate::fact::{Gap, Source};
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::{Place, Problem, Span};
use alloc::sync::Arc;

/// The deepest nesting of blocks that is read.
pub const DEPTH: usize = 64;

/// The directives of a block, in order. They are shared, because a file that is
/// included in ten thousand servers is parsed once.
pub type Block = Vec<Arc<Directive>>;

/// One directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// Its name; for an entry of a `map` and the like, the entry's first word.
    pub name: Word,
    /// Its arguments.
    pub args: Vec<Word>,
    /// What it opens.
    pub body: Body,
    /// From its first byte up to its terminator, for a block up to its `{`.
    pub place: Place,
}

/// What stands between the braces of a directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Nothing: it ends with `;`.
    None,
    /// Directives.
    Block(Block),
    /// Words with another meaning: the entries of `map`, `geo`, `split_clients`,
    /// `types` and `charset_map`. No directive stands there, whatever its name.
    Entries(Block),
    /// Lua code.
    Lua(Span),
    /// An `include` that could not be read, or not yet.
    Unread(Box<Gap>),
}

/// What the words of a file mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Inside {
    /// Directives, in that context.
    Directives(Context),
    /// Entries of a `map` or the like: the file is included there.
    Entries,
}

/// A parsed file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// What stands outside all of its blocks.
    pub directives: Block,
    /// What nginx would refuse, in order; nginx stops at the first.
    pub problems: Vec<Problem>,
    /// Directives that none of nginx's own modules knows: it refuses them, unless
    /// a module that knows them is loaded.
    pub foreign: Vec<Problem>,
}

impl Directive {
    /// Whether it has that name.
    pub fn is(&self, name: &str) -> bool {
        self.name.bytes == name.as_bytes()
    }

    /// The bytes of an argument, counted from 0.
    pub fn arg(&self, index: usize) -> Option<&[u8]> {
        self.args.get(index).map(|word| word.bytes.as_slice())
    }

    /// The directives in its braces; none when it opens no block of directives.
    pub fn block(&self) -> &[Arc<Self>] {
        match &self.body {
            Body::Block(block) => block,
            Body::None | Body::Entries(_) | Body::Lua(_) | Body::Unread(_) => &[],
        }
    }

    /// The entries in its braces.
    pub fn entries(&self) -> &[Arc<Self>] {
        match &self.body {
            Body::Entries(entries) => entries,
            Body::None | Body::Block(_) | Body::Lua(_) | Body::Unread(_) => &[],
        }
    }

    /// Where it stands, as a source for people.
    pub fn source(&self) -> Source {
        source(&self.place)
    }
}

/// A place as a source for people.
pub fn source(place: &Place) -> Source {
    Source::new(place.file.to_string()).at_line(place.span.line)
}

/// Parses one file.
pub fn parse(file: &HostPath, text: &[u8], inside: Inside, names: &Names) -> Tree {
    let mut parser = Parser {
        file,
        names,
        lexer: Lexer::new(text),
        problems: Vec::new(),
        foreign: Vec::new(),
        open: Vec::new(),
        done: Vec::new(),
        inside,
        too_deep: 0,
    };
    parser.run();
    let Parser {
        lexer,
        mut problems,
        foreign,
        done,
        ..
    } = parser;
    let place = |span| Place {
        file: file.clone(),
        span,
    };
    problems.extend(lexer.into_faults().into_iter().map(|fault| Problem {
        place: place(fault.span),
        what: fault.what,
    }));
    problems.sort_by_key(|problem| problem.place.span.start);
    Tree {
        directives: done,
        problems,
        foreign,
    }
}

struct Parser<'a> {
    file: &'a HostPath,
    names: &'a Names,
    lexer: Lexer<'a>,
    problems: Vec<Problem>,
    foreign: Vec<Problem>,
    /// Blocks that are open, outermost first, each with what came before it.
    open: Vec<Open>,
    done: Block,
    inside: Inside,
    /// Braces open below [`DEPTH`].
    too_deep: usize,
}

struct Open {
    directive: Directive,
    before: Block,
    outer: Inside,
}

impl Parser<'_> {
    fn run(&mut self) {
        let mut words = Vec::new();
        let end_of_file = loop {
            let (end, span) = self.lexer.read(&mut words);
            match end {
                End::Semicolon | End::Missing => self.simple(&mut words, end, span),
                End::Open => self.opened(&mut words, span),
                End::Close => self.closed(span),
                End::File => break span,
            }
        };
        if !self.open.is_empty() {
            let here = end_of_file;
            self.problem(here, "unexpected end of file, expecting \"}\"".into());
        }
        while !self.open.is_empty() {
            self.close();
        }
    }

    fn simple(&mut self, words: &mut Vec<Word>, end: End, span: Span) {
        let Some(directive) = self.directive(words, span) else {
            return;
        };
        if end == End::Semicolon {
            self.judge(&directive, false, span);
        }
        self.done.push(Arc::new(directive));
    }

    fn opened(&mut self, words: &mut Vec<Word>, span: Span) {
        if self.open.len() >= DEPTH {
            if self.too_deep == 0 {
                self.problem(span, format!("more than {DEPTH} blocks in each other"));
            }
            self.too_deep += 1;
            return;
        }
        let is_split = self.missing_semicolon(words, span);
        if self.inside == Inside::Entries {
            self.problem(span, "unexpected \"{\"".into());
        }
        let Some(directive) = self.directive(words, span) else {
            let name = Word {
                span,
                ..Word::default()
            };
            return self.open(Directive {
                name,
                args: Vec::new(),
                body: Body::None,
                place: self.place(span),
            });
        };
        if is_split != Some(false) {
            self.judge(&directive, true, span);
        }
        self.open(directive);
    }

    /// Notes what nginx says of a directive.
    fn judge(&mut self, directive: &Directive, opens_block: bool, end: Span) {
        let Inside::Directives(context) = self.inside else {
            return;
        };
        let name = &directive.name.bytes;
        let arguments = directive.args.len();
        match self.names.verdict(name, context, arguments, opens_block) {
            Verdict::Fine => {}
            Verdict::Refused(what) => self.problem(end, what),
            Verdict::Foreign => {
                let name = crate::untrusted::shown(name);
                self.foreign.push(Problem {
                    place: directive.place.clone(),
                    what: format!("unknown directive \"{name}\""),
                });
            }
        }
    }

    fn open(&mut self, mut directive: Directive) {
        if is_lua_block(&directive.name.bytes) {
            directive.body = Body::Lua(self.lexer.lua_block());
            self.done.push(Arc::new(directive));
            return;
        }
        let inside = self.inside.below(&directive.name.bytes);
        self.open.push(Open {
            directive,
            before: core::mem::take(&mut self.done),
            outer: self.inside,
        });
        self.inside = inside;
    }

    fn closed(&mut self, span: Span) {
        if self.too_deep > 0 {
            self.too_deep -= 1;
        } else if self.open.is_empty() {
            self.problem(span, "unexpected \"}\"".into());
        } else {
            self.close();
        }
    }

    fn close(&mut self) {
        let Some(mut open) = self.open.pop() else {
            return;
        };
        let body = core::mem::replace(&mut self.done, open.before);
        open.directive.body = match self.inside {
            Inside::Directives(_) => Body::Block(body),
            Inside::Entries => Body::Entries(body),
        };
        self.inside = open.outer;
        self.done.push(Arc::new(open.directive));
    }

    /// A line without `;` before a block: nginx reads both as one directive and
    /// says so. A word that is a block's name and begins a line starts the block.
    /// Gives whether it could be told where the block starts; `None` when nothing
    /// is missing.
    fn missing_semicolon(&mut self, words: &mut Vec<Word>, end: Span) -> Option<bool> {
        let first = words.first()?;
        let Inside::Directives(context) = self.inside else {
            return None;
        };
        let forms = self.names.forms(&first.bytes);
        if forms.is_empty() || forms.iter().any(|form| form.is_block) {
            return None;
        }
        let arguments = words.len().saturating_sub(1);
        let verdict = self.names.verdict(&first.bytes, context, arguments, true);
        let Verdict::Refused(what) = verdict else {
            return None;
        };
        self.problem(end, what);
        let starts_line = |pair: &[Word]| match pair {
            [before, word] => {
                before.span.line < word.span.line && self.sometimes_block(&word.bytes)
            }
            _ => false,
        };
        let Some(at) = words.windows(2).position(starts_line) else {
            return Some(false);
        };
        let mut rest = words.split_off(at.saturating_add(1));
        let behind = words.last().map_or(end, |word| word.span);
        if let Some(directive) = self.directive(words, behind) {
            self.done.push(Arc::new(directive));
        }
        words.append(&mut rest);
        Some(true)
    }

    /// Takes the words away.
    fn directive(&self, words: &mut Vec<Word>, end: Span) -> Option<Directive> {
        let mut words = words.drain(..);
        let name = words.next()?;
        let span = Span {
            end: end.end,
            ..name.span
        };
        Some(Directive {
            name,
            args: words.collect(),
            body: Body::None,
            place: self.place(span),
        })
    }

    fn sometimes_block(&self, name: &[u8]) -> bool {
        let forms = self.names.forms(name);
        forms.iter().any(|form| form.is_block) || is_lua_block(name)
    }

    fn place(&self, span: Span) -> Place {
        Place {
            file: self.file.clone(),
            span,
        }
    }

    fn problem(&mut self, span: Span, what: String) {
        let place = self.place(span);
        self.problems.push(Problem { place, what });
    }
}

impl Inside {
    /// What stands inside a block of that name.
    #[must_use]
    pub fn below(self, name: &[u8]) -> Self {
        match (self, name) {
            (_, b"map" | b"geo" | b"split_clients" | b"types" | b"charset_map") => Self::Entries,
            (Self::Directives(context), name) => Self::Directives(context.inside(name)),
            (Self::Entries, _) => Self::Directives(Context::Other),
        }
    }
}

fn is_lua_block(name: &[u8]) -> bool {
    name.ends_with(b"_by_lua_block")
}
