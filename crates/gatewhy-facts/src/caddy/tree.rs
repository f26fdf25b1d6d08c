//! Lines of a Caddyfile with the lines in their blocks, imports put in.
use super::words::{self, Word};
use crate::fact::{Fact, Gap};
use crate::nginx::files::Files;
use crate::nginx::glob;
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::Place;

/// The deepest nesting of blocks and imports that is followed.
const DEPTH: usize = 24;
/// The most imports that are followed.
const IMPORTS: usize = 1_000;

/// A line, with the block behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Its words, without the brace.
    pub words: Vec<Word>,
    /// What stands in its block.
    pub block: Vec<Line>,
    /// Whether it has one.
    pub has_block: bool,
}

impl Line {
    /// A word; empty when there is none.
    pub fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |word| word.text.as_str())
    }

    /// The words from one on.
    pub fn from(&self, at: usize) -> Vec<String> {
        let words = self.words.iter().skip(at);
        words.map(|word| word.text.clone()).collect()
    }

    /// Where it begins.
    pub fn place(&self) -> Place {
        self.words
            .first()
            .map(|word| word.place.clone())
            .unwrap_or_default()
    }
}

/// Reads a text into lines with blocks.
pub fn parse(text: &[u8], file: &HostPath) -> Vec<Line> {
    let mut open: Vec<Line> = Vec::new();
    let mut top: Vec<Line> = Vec::new();
    for mut words in words::lines(text, file) {
        let is = |word: Option<&Word>, brace: &str| {
            word.is_some_and(|word| !word.quoted && word.text == brace)
        };
        if is(words.first(), "}") {
            if let Some(done) = open.pop() {
                add(&mut open, &mut top, done);
            }
            continue;
        }
        let has_block = is(words.last(), "{");
        if has_block {
            words.pop();
        }
        let line = Line {
            words,
            block: Vec::new(),
            has_block,
        };
        if has_block && open.len() < DEPTH {
            open.push(line);
        } else {
            add(&mut open, &mut top, line);
        }
    }
    while let Some(done) = open.pop() {
        add(&mut open, &mut top, done);
    }
    top
}

fn add(open: &mut [Line], top: &mut Vec<Line>, line: Line) {
    match open.last_mut() {
        Some(outer) => outer.block.push(line),
        None => top.push(line),
    }
}

/// Puts imports in.
pub struct Importer<'f> {
    /// Where files come from.
    pub files: &'f dyn Files,
    /// `(name) { … }`
    pub snippets: BTreeMap<String, Vec<Line>>,
    /// How many imports there were.
    pub count: usize,
    /// What could not be looked at.
    pub gaps: Vec<Gap>,
}

impl Importer<'_> {
    /// The lines with every `import` replaced by what it stands for; snippets are
    /// remembered and left out.
    pub fn expand(&mut self, lines: Vec<Line>, depth: usize) -> Vec<Line> {
        let mut out = Vec::new();
        for mut line in lines {
            let first = line.word(0).to_owned();
            let snippet = first.strip_prefix('(').and_then(|n| n.strip_suffix(')'));
            if let Some(name) = snippet.filter(|_| line.has_block) {
                self.snippets.insert(name.to_owned(), line.block);
            } else if first == "import" {
                out.extend(self.import(&line, depth));
            } else {
                line.block = self.expand(line.block, depth);
                out.push(line);
            }
        }
        out
    }

    fn import(&mut self, line: &Line, depth: usize) -> Vec<Line> {
        self.count = self.count.saturating_add(1);
        let name = line.word(1).to_owned();
        if depth >= DEPTH || self.count > IMPORTS {
            let why = "imports are nested too deeply, or too many";
            self.gaps.push(Gap::new(format!("import {name}"), why, ""));
            return Vec::new();
        }
        let mut lines = match self.snippets.get(&name) {
            Some(lines) => lines.clone(),
            None => self.read(&name, line),
        };
        fill_in(&mut lines, &line.from(2));
        self.expand(lines, depth.saturating_add(1))
    }

    fn read(&mut self, name: &str, line: &Line) -> Vec<Line> {
        let path = line.place().file.parent().join(name);
        if !glob::is_pattern(path.as_str()) {
            return self.file(&path);
        }
        match glob::expand(self.files, path.as_str()) {
            // A pattern does not match hidden files.
            Ok(all) => all.iter().flat_map(|(path, _)| self.file(path)).collect(),
            Err(gap) => {
                self.gaps.push(gap);
                Vec::new()
            }
        }
    }

    fn file(&mut self, path: &HostPath) -> Vec<Line> {
        match self.files.read(path) {
            Fact::Found(text, _) => parse(text.bytes, path),
            Fact::Absent(_) => Vec::new(),
            Fact::Unknown(gap) => {
                self.gaps.push(gap);
                Vec::new()
            }
        }
    }
}

/// `{args.0}` and `{args[0]}` of a snippet.
fn fill_in(lines: &mut [Line], args: &[String]) {
    for line in lines {
        for word in &mut line.words {
            if !word.text.contains("{args") {
                continue;
            }
            for (at, arg) in args.iter().enumerate().take(32) {
                let both = [format!("{{args.{at}}}"), format!("{{args[{at}]}}")];
                for name in &both {
                    word.text = word.text.replace(name.as_str(), arg);
                }
            }
        }
        fill_in(&mut line.block, args);
    }
}

/// `{$NAME:default}`: the variable's value, else the default. Whether there was any.
pub fn with_environment(lines: &mut [Line], variables: &[(String, String)]) -> bool {
    let mut any = false;
    for line in lines {
        for word in &mut line.words {
            any |= word.text.contains("{$");
            word.text = filled(&word.text, variables);
        }
        any |= with_environment(&mut line.block, variables);
    }
    any
}

fn filled(text: &str, variables: &[(String, String)]) -> String {
    let value = |name: &str| {
        let mut all = variables.iter().filter(|(known, _)| known == name);
        let (_, value) = all.next()?;
        // An empty one counts as not set; of several words each would be one of its own.
        (!value.is_empty() && !value.contains(char::is_whitespace)).then_some(value.as_str())
    };
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("{$") {
        let Some((inside, after)) = behind.split_once('}') else {
            break;
        };
        out.push_str(before);
        let (name, usual) = match inside.split_once(':') {
            Some((name, usual)) => (name, Some(usual)),
            None => (inside, None),
        };
        match value(name).or(usual) {
            Some(value) => out.push_str(value),
            None => out.push_str(&format!("{{${inside}}}")),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_nest_and_need_not_be_closed() {
        let lines = parse(
            b":80 {\n handle /a {\n  respond 200\n }\n reverse_proxy x {\n",
            &"/c".into(),
        );
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].block.len(), 2);
        assert_eq!(lines[0].block[0].block[0].word(1), "200");
        assert!(lines[0].block[1].has_block);
    }

    #[test]
    fn the_environment_gives_defaults() {
        assert_eq!(filled("a{$P:3000}b", &[]), "a3000b");
        assert_eq!(filled("{$P}", &[]), "{$P}");
        assert_eq!(filled("{$P", &[]), "{$P");
        let set = [("P".to_owned(), "4000".to_owned())];
        assert_eq!(filled("a{$P:3000}b{$P}", &set), "a4000b4000");
        assert_eq!(filled("{$Q:1}", &set), "1");
    }
}
