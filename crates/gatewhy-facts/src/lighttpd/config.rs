//! Assignments with the conditions under which they hold, includes followed.
use super::condition::Condition;
use super::tokens::{self, Kind, Token};
use crate::fact::{Fact, Gap};
use crate::nginx::files::Files;
use crate::nginx::glob;
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::{Place, Span};

/// The deepest nesting of includes, conditions and lists that is followed.
const DEPTH: usize = 16;
/// The most files that are read.
const FILES: usize = 1_000;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A string or number.
    Text(String, Place),
    /// Members, with the keys of those that have one.
    List(Vec<(Option<String>, Value)>),
}

/// An assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set {
    /// What is set.
    pub key: String,
    /// The value, after `+=` the whole of it.
    pub value: Value,
    /// Where it stands.
    pub place: Place,
    /// The conditions around it, outermost first, as places in the configuration's
    /// list.
    pub under: Vec<usize>,
}

/// A configuration, as far as it could be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The assignments, in order.
    pub sets: Vec<Set>,
    /// The conditions, in order.
    pub conditions: Vec<Condition>,
    /// What could not be looked at.
    pub gaps: Vec<Gap>,
    /// Whether the main file is there at all.
    pub is_there: bool,
}

impl Value {
    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text, _) => Some(text),
            Self::List(_) => None,
        }
    }

    /// The members; none of a text.
    pub fn members(&self) -> &[(Option<String>, Value)] {
        match self {
            Self::List(members) => members,
            Self::Text(..) => &[],
        }
    }

    /// The member of that key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let mut members = self.members().iter();
        let found = members.find(|(name, _)| name.as_deref() == Some(key));
        found.map(|(_, value)| value)
    }

    /// Where its first text stands.
    pub fn place(&self) -> Option<Place> {
        match self {
            Self::Text(_, place) => Some(place.clone()),
            Self::List(members) => members.iter().find_map(|(_, value)| value.place()),
        }
    }
}

/// Reads a configuration from its main file.
pub fn load(files: &dyn Files, main: &HostPath) -> Config {
    let mut loader = Loader {
        files,
        read: 0,
        variables: BTreeMap::new(),
        out: Config::default(),
    };
    loader.out.is_there = loader.file(main, &[], DEPTH);
    loader.out
}

struct Loader<'f> {
    files: &'f dyn Files,
    read: usize,
    variables: BTreeMap<String, Value>,
    out: Config,
}

/// The tokens of one file, read one after the other.
struct Reader<'t> {
    tokens: &'t [Token],
    at: usize,
    file: &'t HostPath,
}

impl Reader<'_> {
    fn peek(&self) -> Option<&Kind> {
        self.tokens.get(self.at).map(|token| &token.kind)
    }

    fn next(&mut self) -> Option<Kind> {
        let kind = self.peek().cloned();
        self.at = self.at.saturating_add(1);
        kind
    }

    fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(Kind::Sign(found)) if *found == sign)
    }

    fn takes(&mut self, sign: &str) -> bool {
        let is = self.is(sign);
        if is {
            self.at = self.at.saturating_add(1);
        }
        is
    }

    fn skip_ends(&mut self) {
        while self.peek() == Some(&Kind::End) {
            self.at = self.at.saturating_add(1);
        }
    }

    fn place(&self) -> Place {
        let span = self
            .tokens
            .get(self.at)
            .map_or_else(Span::default, |t| t.span);
        Place {
            file: self.file.clone(),
            span,
        }
    }
}

impl Loader<'_> {
    fn file(&mut self, path: &HostPath, under: &[usize], depth: usize) -> bool {
        self.read = self.read.saturating_add(1);
        if depth == 0 || self.read > FILES {
            let why = "includes are nested too deeply, or too many";
            self.out.gaps.push(Gap::new(path.to_string(), why, ""));
            return false;
        }
        let files = self.files;
        match files.read(path) {
            Fact::Found(text, _) => {
                let tokens = tokens::tokens(text.bytes);
                let mut reader = Reader {
                    tokens: &tokens,
                    at: 0,
                    file: path,
                };
                self.statements(&mut reader, under, depth);
                true
            }
            Fact::Absent(_) => false,
            Fact::Unknown(gap) => {
                self.out.gaps.push(gap);
                false
            }
        }
    }

    /// Statements up to the end, or to the brace that closes a condition.
    fn statements(&mut self, reader: &mut Reader<'_>, under: &[usize], depth: usize) {
        let mut last: Option<usize> = None;
        loop {
            reader.skip_ends();
            let place = reader.place();
            match reader.next() {
                None => return,
                Some(Kind::Sign("}")) if !under.is_empty() => return,
                Some(Kind::Sign("$")) => {
                    last = self.conditional(reader, under, depth, None);
                }
                Some(Kind::Word(word)) if word == "else" => {
                    last = self.alternative(reader, under, depth, last);
                }
                Some(Kind::Word(word)) if word == "include" => {
                    let name = self.value(reader, depth);
                    self.include(name.text().unwrap_or_default(), &place, under, depth);
                }
                Some(Kind::Word(word)) if word == "include_shell" => {
                    let command = self.value(reader, depth);
                    self.shell(command.text().unwrap_or_default(), &place);
                }
                Some(Kind::Word(key)) => self.assign(reader, key, place, under, depth),
                Some(_) => {}
            }
        }
    }

    fn conditional(
        &mut self,
        reader: &mut Reader<'_>,
        under: &[usize],
        depth: usize,
        not: Option<usize>,
    ) -> Option<usize> {
        let condition = condition(reader, not)?;
        Some(self.block(reader, condition, under, depth))
    }

    /// `else { … }`, `else $HTTP… { … }`, `else if …`
    fn alternative(
        &mut self,
        reader: &mut Reader<'_>,
        under: &[usize],
        depth: usize,
        last: Option<usize>,
    ) -> Option<usize> {
        if matches!(reader.peek(), Some(Kind::Word(word)) if word == "if") {
            reader.next();
        }
        if reader.takes("$") {
            return self.conditional(reader, under, depth, last);
        }
        let condition = Condition {
            place: reader.place(),
            not: last,
            ..Condition::default()
        };
        Some(self.block(reader, condition, under, depth))
    }

    fn block(
        &mut self,
        reader: &mut Reader<'_>,
        condition: Condition,
        under: &[usize],
        depth: usize,
    ) -> usize {
        let number = self.out.conditions.len();
        self.out.conditions.push(condition);
        reader.skip_ends();
        if reader.takes("{") && depth > 0 {
            let inner: Vec<usize> = under.iter().copied().chain([number]).collect();
            self.statements(reader, &inner, depth.saturating_sub(1));
        }
        number
    }

    fn include(&mut self, name: &str, place: &Place, under: &[usize], depth: usize) {
        let path = place.file.parent().join(name);
        let depth = depth.saturating_sub(1);
        if !glob::is_pattern(path.as_str()) {
            self.file(&path, under, depth);
            return;
        }
        match glob::expand(self.files, path.as_str()) {
            Ok(all) => all.iter().for_each(|(path, _)| {
                self.file(path, under, depth);
            }),
            Err(gap) => self.out.gaps.push(gap),
        }
    }

    /// What a program prints is not known. Debian's own print types of files, and
    /// the port for IPv6.
    fn shell(&mut self, command: &str, place: &Place) {
        if command.starts_with("/usr/share/lighttpd/") {
            return;
        }
        let what = format!("include_shell ({}:{})", place.file, place.span.line);
        let gap = Gap::new(what, "what the program prints is not known", "");
        self.out.gaps.push(gap);
    }

    fn assign(
        &mut self,
        reader: &mut Reader<'_>,
        key: String,
        place: Place,
        under: &[usize],
        depth: usize,
    ) {
        let adds = reader.is("+=");
        if !adds && !reader.is("=") && !reader.is(":=") {
            return;
        }
        reader.next();
        let mut value = self.value(reader, depth);
        if adds {
            value = self.added(&key, under, value);
        }
        if key.starts_with("var.") {
            self.variables.insert(key.clone(), value.clone());
        }
        self.out.sets.push(Set {
            key,
            value,
            place,
            under: under.to_vec(),
        });
    }

    /// The value so far, of this condition or of those around it, with more behind it.
    fn added(&self, key: &str, under: &[usize], more: Value) -> Value {
        let holds = |set: &&Set| set.key == key && under.starts_with(&set.under);
        let before = self.out.sets.iter().rfind(holds).map(|set| &set.value);
        match (before, more) {
            (Some(Value::List(before)), Value::List(more)) => {
                Value::List(before.iter().cloned().chain(more).collect())
            }
            (Some(Value::Text(before, _)), Value::Text(more, place)) => {
                Value::Text(format!("{before}{more}"), place)
            }
            (_, more) => more,
        }
    }

    /// Texts, numbers, variables and lists, joined by `+`.
    fn value(&mut self, reader: &mut Reader<'_>, depth: usize) -> Value {
        let mut value = self.single(reader, depth);
        while reader.takes("+") {
            let more = self.single(reader, depth);
            value = match (value, more) {
                (Value::Text(a, place), Value::Text(b, _)) => Value::Text(format!("{a}{b}"), place),
                (Value::List(a), Value::List(b)) => Value::List(a.into_iter().chain(b).collect()),
                (value, _) => value,
            };
        }
        value
    }

    fn single(&mut self, reader: &mut Reader<'_>, depth: usize) -> Value {
        let place = reader.place();
        if reader.is("(") && depth > 0 {
            reader.next();
            return Value::List(self.list(reader, depth.saturating_sub(1)));
        }
        match reader.peek() {
            Some(Kind::Text(text)) => {
                let text = text.clone();
                reader.next();
                Value::Text(text, place)
            }
            Some(Kind::Word(word)) => {
                let word = word.clone();
                reader.next();
                let known = self.variables.get(&word).cloned();
                let set = || self.out.sets.iter().rfind(|set| set.key == word);
                known
                    .or_else(|| set().map(|set| set.value.clone()))
                    .unwrap_or(Value::Text(word, place))
            }
            _ => Value::Text(String::new(), place),
        }
    }

    fn list(&mut self, reader: &mut Reader<'_>, depth: usize) -> Vec<(Option<String>, Value)> {
        let mut members = Vec::new();
        loop {
            reader.skip_ends();
            if reader.takes(")") || reader.peek().is_none() {
                return members;
            }
            if reader.takes(",") {
                continue;
            }
            let before = reader.at;
            let first = self.value(reader, depth);
            reader.skip_ends();
            if reader.takes("=>") {
                reader.skip_ends();
                let key = first.text().map(ToOwned::to_owned);
                let value = self.value(reader, depth);
                members.push((key, value));
            } else {
                members.push((None, first));
            }
            if reader.at == before {
                reader.next();
            }
        }
    }
}

/// `HTTP["host"] =~ "…"`, behind the `$`.
fn condition(reader: &mut Reader<'_>, not: Option<usize>) -> Option<Condition> {
    let place = reader.place();
    let Some(Kind::Word(family)) = reader.next() else {
        return None;
    };
    let mut subject = family;
    if reader.takes("[") {
        if let Some(Kind::Text(name)) = reader.next() {
            subject = format!("{subject}[{name}]");
        }
        reader.takes("]");
    }
    let Some(Kind::Sign(sign)) = reader.next() else {
        return None;
    };
    let Some(Kind::Text(value) | Kind::Word(value)) = reader.next() else {
        return None;
    };
    Some(Condition {
        subject,
        sign: sign.to_owned(),
        value,
        place,
        not,
    })
}
