//! A document in YAML, JSON or TOML, each value with its place.
//!
//! - `yaml`: YAML, of which JSON is a part.
//! - `toml`: TOML.
pub mod toml;
pub mod yaml;

use crate::fact::{Fact, Gap};
use crate::nginx::files::Files;
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::Place;

/// The deepest nesting that is read.
const DEPTH: usize = 64;
/// The most values of one document.
const NODES: usize = 100_000;

/// A value and where it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it stands; nowhere when there is nothing.
    pub place: Option<Place>,
}

/// A value. Numbers and switches are kept as they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    #[default]
    Null,
    /// A text, a number, a switch.
    Text(String),
    /// Values in order.
    List(Vec<Node>),
    /// Values with names, in order.
    Map(Vec<(String, Node)>),
}

static NOTHING: Node = Node {
    value: Value::Null,
    place: None,
};

impl Node {
    /// A member by its name. Case and underscores do not count: the programs whose
    /// documents these are take `loadBalancer` and `load_balancer` alike.
    pub fn find(&self, name: &str) -> Option<&Self> {
        let mut members = self.members().iter();
        members
            .find(|(key, _)| is_same(key, name))
            .map(|(_, node)| node)
    }

    /// The same; a value of nothing when there is none.
    pub fn get(&self, name: &str) -> &Self {
        self.find(name).unwrap_or(&NOTHING)
    }

    /// Members of members.
    pub fn at(&self, names: &[&str]) -> &Self {
        names.iter().fold(self, |node, name| node.get(name))
    }

    /// Where it stands.
    pub fn place(&self) -> Place {
        self.place.clone().unwrap_or_default()
    }

    /// Whether there is nothing.
    pub fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    /// Values with names.
    pub fn members(&self) -> &[(String, Self)] {
        match &self.value {
            Value::Map(members) => members,
            Value::Null | Value::Text(_) | Value::List(_) => &[],
        }
    }

    /// Values in order.
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            Value::Null | Value::Text(_) | Value::Map(_) => &[],
        }
    }

    /// The text.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The texts of a list, or a single one.
    pub fn texts(&self) -> Vec<&str> {
        let items = self.items().iter().filter_map(Self::text);
        self.text().into_iter().chain(items).collect()
    }

    /// Whether a switch is on.
    pub fn is_on(&self) -> bool {
        self.text()
            .is_some_and(|text| text.eq_ignore_ascii_case("true"))
    }

    /// The number.
    pub fn number<T: core::str::FromStr>(&self) -> Option<T> {
        self.text()?.parse().ok()
    }
}

fn is_same(a: &str, b: &str) -> bool {
    let plain = |text: &str| {
        let letters = text.bytes().filter(|b| !matches!(b, b'_' | b'-'));
        letters.map(|b| b.to_ascii_lowercase()).collect::<Vec<u8>>()
    };
    a == b || plain(a) == plain(b)
}

/// A document, or why there is none.
pub type Read = Result<Node, Gap>;

/// Reads a file, by the ending of its name; absent when it is not there.
pub fn load(files: &dyn Files, path: &HostPath) -> Fact<Node> {
    files.read(path).and_then(|text, source| {
        let Ok(words) = core::str::from_utf8(text.bytes) else {
            return Fact::Unknown(Gap::new(path.to_string(), "it is no UTF-8", ""));
        };
        if text.cut {
            return Fact::Unknown(Gap::new(path.to_string(), "it is too long", ""));
        }
        let is_toml = path
            .as_str()
            .rsplit_once('.')
            .is_some_and(|(_, end)| end == "toml");
        let read = if is_toml {
            toml::read(words, path)
        } else {
            yaml::read(words, path)
        };
        match read {
            Ok(node) => Fact::Found(node, source),
            Err(gap) => Fact::Unknown(gap),
        }
    })
}

/// Why a document could not be read, with the line.
fn unreadable(path: &HostPath, line: usize, why: &str) -> Gap {
    Gap::new(format!("{path}:{line}"), why.to_owned(), "")
}
