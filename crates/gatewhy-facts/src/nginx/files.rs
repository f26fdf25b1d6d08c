//! The host's files, as far as a configuration needs them.
use crate::answer::Outcome;
use crate::fact::{Fact, Gap, Source, Why};
use crate::known::Known;
use crate::linux::walk::{self, End, Walk};
use crate::path::HostPath;
use crate::prelude::*;
use crate::question::{Part, Question, View};

/// The most bytes of one file that are read.
pub const FILE_BYTES: u32 = 1 << 20;

/// What kind of thing a name in a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link, to anything.
    Link,
    /// A socket, a device or a pipe.
    Other,
}

/// The text of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileText<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Whether there is more than [`FILE_BYTES`].
    pub cut: bool,
}

/// Where files are read from.
pub trait Files {
    /// The text of a file.
    fn read(&self, path: &HostPath) -> Fact<FileText<'_>>;
    /// The names in a folder.
    fn list(&self, folder: &HostPath) -> Fact<Vec<(String, Kind)>>;
    /// What stands at a path, links followed.
    fn kind(&self, path: &HostPath) -> Fact<Kind>;
}

/// The files of the diagnosed host, from the answers so far.
#[derive(Clone, Copy, Debug)]
pub struct KnownFiles<'a> {
    /// The answers.
    pub known: &'a Known,
    /// As whom the files are seen: nginx may run in another mount namespace.
    pub view: View,
}

const ALLOW: &str = "run as root";

impl Files for KnownFiles<'_> {
    fn read(&self, path: &HostPath) -> Fact<FileText<'_>> {
        let question = Question::File {
            path: path.clone(),
            view: self.view,
            part: Part::Head(FILE_BYTES),
        };
        let place = path.to_string();
        let Some(answer) = self.known.ask(&question) else {
            return Fact::Unknown(pending(place));
        };
        match &answer.outcome {
            Outcome::Got { bytes, cut } => {
                Fact::Found(FileText { bytes, cut: *cut }, Source::new(place))
            }
            Outcome::Absent => Fact::Absent(Source::new(place)),
            other => Fact::Unknown(Gap::new(place, other.to_string(), ALLOW)),
        }
    }

    fn list(&self, folder: &HostPath) -> Fact<Vec<(String, Kind)>> {
        let question = Question::Folder {
            path: folder.clone(),
            view: self.view,
        };
        let place = folder.to_string();
        let fact = self.known.bytes(&question, &place, ALLOW);
        fact.and_then(|bytes, source| match names(bytes) {
            Some(names) => Fact::Found(names, source),
            None => Fact::Unknown(Gap::new(place, "a file name there is not UTF-8", "")),
        })
    }

    fn kind(&self, path: &HostPath) -> Fact<Kind> {
        let question = Question::Walk {
            path: path.clone(),
            view: self.view,
        };
        let place = path.to_string();
        let fact = self.known.bytes(&question, &place, ALLOW);
        fact.and_then(|bytes, source| kind_at(&walk::parse(bytes), source))
    }
}

fn pending(what: String) -> Gap {
    Gap {
        what,
        why: Why::Pending,
        allow_by: String::new(),
    }
}

/// `KIND NAME\0…`; `None` when a name is not UTF-8, for then it cannot be asked for.
fn names(bytes: &[u8]) -> Option<Vec<(String, Kind)>> {
    let entries = bytes.split(|byte| *byte == 0);
    let parsed = entries.filter_map(|entry| match entry {
        [kind, b' ', name @ ..] => Some((name, *kind)),
        _ => None,
    });
    parsed
        .map(|(name, kind)| Some((String::from_utf8(name.to_vec()).ok()?, kind_of(kind))))
        .collect()
}

/// What a walk reached; a walk that ended early for want of permission tells nothing.
fn kind_at(walk: &Walk, source: Source) -> Fact<Kind> {
    match (&walk.end, walk.reached()) {
        (End::Missing(_), _) => Fact::Absent(source),
        (End::Refused(_, why), _) => Fact::Unknown(Gap::new(source.place, why.clone(), ALLOW)),
        (End::Reached, Some(element)) => Fact::Found(
            match element.kind {
                walk::Kind::File => Kind::File,
                walk::Kind::Folder => Kind::Folder,
                walk::Kind::Link => Kind::Link,
                walk::Kind::Socket | walk::Kind::Other => Kind::Other,
            },
            source,
        ),
        (End::Reached, None) => {
            Fact::Unknown(Gap::new(source.place, "the answer is not understood", ""))
        }
    }
}

const fn kind_of(letter: u8) -> Kind {
    match letter {
        b'f' => Kind::File,
        b'd' => Kind::Folder,
        b'l' => Kind::Link,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::Answer;

    #[test]
    fn a_walk_that_ends_early_is_no_file() {
        let mut known = Known::new();
        let mut learn = |path: &str, walk: &[u8]| {
            let question = Question::Walk {
                path: HostPath::new(path),
                view: View::Host,
            };
            known.learn(question, Answer::got(walk.to_vec()));
        };
        learn("/a", b"755 0 0 d 8:1 2 - 5 /\0\n644 0 0 f 8:1 3 - 6 /a\0\n");
        learn("/b", b"755 0 0 d 8:1 2 - /\0\n0 0 0 - 0:0 0 - 0 /b\0\n");
        learn("/c", b"0 0 0 ? 0:0 0 - 0 /c\0Permission denied\0\n");
        learn("/e", b"nothing of the kind");
        let files = KnownFiles {
            known: &known,
            view: View::Host,
        };
        let kind = |path| files.kind(&HostPath::new(path));
        assert_eq!(kind("/a").found(), Some(&Kind::File));
        assert!(kind("/b").is_absent());
        assert!(kind("/c").is_unknown() && kind("/e").is_unknown());
    }
}
