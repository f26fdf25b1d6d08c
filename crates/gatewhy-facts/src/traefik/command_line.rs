//! Traefik's static configuration by options (`--entryPoints.web.address=:80`) or by its
//! environment (`TRAEFIK_ENTRYPOINTS_WEB_ADDRESS`). They count only where no file is found;
//! the environment only where no option is given.
use crate::document::{Node, Value};
use crate::prelude::*;
use crate::source_text::Place;

/// How variables of the static configuration begin.
const LEAD: &str = "TRAEFIK_";
/// The most settings that are read.
const SETTINGS: usize = 1_024;
/// The deepest path of a setting.
const DEPTH: usize = 16;

/// One setting: its path, its value, and the text by which it is found in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// `entryPoints`, `web`, `address`.
    pub path: Vec<String>,
    /// The value; `true` for an option without one.
    pub value: String,
    /// The option, or the variable, as it is written.
    pub written: String,
}

/// The settings of a command line, without the program's name.
pub fn options<'w>(words: impl Iterator<Item = &'w str>) -> Vec<Setting> {
    let mut words = words.peekable();
    let mut all = Vec::new();
    while let Some(word) = words.next() {
        let Some(option) = word.strip_prefix("--").or_else(|| word.strip_prefix('-')) else {
            continue;
        };
        let (name, value) = if let Some((name, value)) = option.split_once('=') {
            (name, value.to_owned())
        } else {
            let value = words.next_if(|next| !next.starts_with('-'));
            (option, value.unwrap_or("true").to_owned())
        };
        let path = name.split('.').map(ToOwned::to_owned);
        all.push(Setting {
            path: path.take(DEPTH).collect(),
            value,
            written: word.to_owned(),
        });
        if all.len() >= SETTINGS {
            break;
        }
    }
    all
}

/// The settings of an environment.
pub fn variables<'v>(variables: impl Iterator<Item = (&'v str, &'v str)>) -> Vec<Setting> {
    let own = variables.filter_map(|(name, value)| {
        let path = name.strip_prefix(LEAD)?.split('_');
        Some(Setting {
            path: path.map(str::to_lowercase).take(DEPTH).collect(),
            value: value.to_owned(),
            written: name.to_owned(),
        })
    });
    own.take(SETTINGS).collect()
}

/// The settings as a document, each with its place.
pub fn document(settings: &[Setting], place: &dyn Fn(&Setting) -> Place) -> Node {
    let mut whole = Node::default();
    for setting in settings {
        set(&mut whole, &setting.path, &setting.value, &place(setting));
    }
    whole
}

fn set(node: &mut Node, path: &[String], value: &str, place: &Place) {
    node.place.get_or_insert_with(|| place.clone());
    let Some((first, rest)) = path.split_first() else {
        node.value = Value::Text(value.to_owned());
        return;
    };
    if !matches!(node.value, Value::Map(_)) {
        node.value = Value::Map(Vec::new());
    }
    let Value::Map(members) = &mut node.value else {
        return;
    };
    let known = members
        .iter()
        .position(|(name, _)| name.eq_ignore_ascii_case(first));
    let at = known.unwrap_or(members.len());
    if known.is_none() {
        members.push((first.clone(), Node::default()));
    }
    if let Some((_, member)) = members.get_mut(at) {
        set(member, rest, value, place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text<'n>(node: &'n Node, path: &[&str]) -> Option<&'n str> {
        node.at(path).text()
    }

    #[test]
    fn options_make_a_document() {
        let words = "--entrypoints.web.address=:80 --api --providers.file.directory /etc/traefik/routes --log.level=INFO";
        let all = options(words.split(' '));
        assert_eq!(all.len(), 4);
        let whole = document(&all, &|_| Place::default());
        assert_eq!(
            text(&whole, &["entryPoints", "web", "address"]),
            Some(":80")
        );
        assert_eq!(text(&whole, &["api"]), Some("true"));
        let folder = text(&whole, &["providers", "file", "directory"]);
        assert_eq!(folder, Some("/etc/traefik/routes"));
    }

    #[test]
    fn the_environment_makes_the_same() {
        let set = [
            ("PATH", "/bin"),
            ("TRAEFIK_ENTRYPOINTS_WEB_ADDRESS", ":80"),
            ("TRAEFIK_PROVIDERS_FILE_FILENAME", "/etc/traefik/routes.yml"),
        ];
        let whole = document(&variables(set.into_iter()), &|_| Place::default());
        assert_eq!(
            text(&whole, &["entryPoints", "web", "address"]),
            Some(":80")
        );
        assert!(text(&whole, &["providers", "file", "filename"]).is_some());
    }

    proptest! {
        #[test]
        fn any_words_are_read(words in proptest::collection::vec("[-=.a-zA-Z]{0,12}", 0..12)) {
            let all = options(words.iter().map(String::as_str));
            let _ = document(&all, &|_| Place::default());
        }
    }
}
