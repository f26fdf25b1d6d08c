//! Whether the proxy's worker may pass to a unix socket, and what refuses it.
use crate::case::Case;
use crate::case::exchange::link::Link;
use crate::case::routing::peer::Dial;
use crate::evidence::Evidence;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::linux::users::Credentials;
use gatewhy_facts::linux::walk::{Access, Class, Element, Kind, Passage, Walk};
use gatewhy_facts::prelude::*;
use gatewhy_facts::untrusted::shown;

/// What keeps the worker from a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The first element of the path that refuses.
    pub element: Element,
    /// What it does not grant: `x` of a folder, `w` of the socket.
    pub lacks: &'static str,
    /// Whose permissions count for the worker there.
    pub class: Class,
    /// The worker's user.
    pub user: String,
    /// Its primary group.
    pub group: String,
    /// Whether a worker that is started now would be let in: it has groups by now
    /// that the running ones have not.
    pub passes_anew: bool,
    /// Where it was read.
    pub source: Source,
}

impl Link<'_, '_> {
    /// What refuses the worker on its way to the socket. Absent when nothing does.
    pub fn refusal(&self) -> Fact<Refusal> {
        let Dial::Unix(path) = &self.peer.dial else {
            return Fact::Absent(Source::new(self.address()));
        };
        let walk = self.case.walk(path);
        walk.and_then(|walk, _| self.case.refused(&walk, Access::Connect, path.as_str()))
    }
}

impl Case<'_> {
    /// What refuses the proxy's worker along a path. Absent when nothing does.
    pub fn refused(&self, walk: &Walk, access: Access, path: &str) -> Fact<Refusal> {
        let source = Source::new(format!("permissions along {path}"));
        self.worker_credentials()
            .and_then(|who, _| match walk.may(&who, access) {
                Passage::Allowed | Passage::Missing(_) => Fact::Absent(source),
                Passage::Unknown(why) => Fact::Unknown(Gap::new(path, why, "run as root")),
                Passage::Refused {
                    element,
                    lacks,
                    class,
                } => {
                    let anew = self.credentials_of(who.uid);
                    let passes =
                        |who: &Credentials| matches!(walk.may(who, access), Passage::Allowed);
                    Fact::Found(
                        Refusal {
                            element: element.clone(),
                            lacks,
                            class,
                            user: self.user_name(who.uid),
                            group: self.group_name(who.gid),
                            passes_anew: anew.found().is_some_and(passes),
                            source: source.clone(),
                        },
                        source,
                    )
                }
            })
    }
}

impl Refusal {
    /// The element's path.
    pub fn path(&self) -> String {
        shown(&self.element.path).to_string()
    }

    /// Whether it is the socket itself and not a folder above.
    pub fn is_socket(&self) -> bool {
        self.element.kind == Kind::Socket
    }

    /// What the worker may not do, in words.
    pub fn what(&self) -> String {
        let verb = if self.is_socket() { "open" } else { "enter" };
        format!("{} may not {verb} {}", self.user, self.path())
    }

    /// The refusal as evidence: the element as `ls -l` shows it.
    pub fn evidence(&self, case: &Case<'_>) -> Evidence {
        let element = &self.element;
        let owner = case.user_name(element.uid);
        let group = case.group_name(element.gid);
        let (need, class) = (self.lacks, self.class_words(&owner, &group));
        let text = format!(
            "{} {owner}:{group} {}: {class}, without {need}",
            mode_words(element.kind, element.mode),
            self.path()
        );
        Evidence::proof(text, &self.source)
    }

    fn class_words(&self, owner: &str, group: &str) -> String {
        let user = &self.user;
        match self.class {
            Class::Owner => format!("{user} is its owner"),
            Class::Group => format!("{user} is in its group {group}"),
            Class::Listed => format!("{user} is in its access control list"),
            Class::Other => format!("{user} is neither {owner} nor in the group {group}"),
        }
    }
}

/// Kind and permissions as `ls -l` shows them.
fn mode_words(kind: Kind, mode: u32) -> String {
    let mut text = String::from(match kind {
        Kind::Folder => "d",
        Kind::Socket => "s",
        Kind::Link => "l",
        Kind::File | Kind::Other => "-",
    });
    for shift in [6, 3, 0] {
        for (bit, letter) in [(4, 'r'), (2, 'w'), (1, 'x')] {
            text.push(if mode >> shift & bit != 0 {
                letter
            } else {
                '-'
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_written_as_ls_does() {
        assert_eq!(mode_words(Kind::Socket, 0o660), "srw-rw----");
        assert_eq!(mode_words(Kind::Folder, 0o751), "drwxr-x--x");
    }
}
