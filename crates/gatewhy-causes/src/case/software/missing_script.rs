//! A script that the application cannot find: what is not there, or refuses, on the
//! way to it, and where it would be.
use crate::case::exchange::link::Link;
use crate::case::system::socket_access::Refusal;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::linux::status::Status;
use gatewhy_facts::linux::users::Credentials;
use gatewhy_facts::linux::walk::{Access, Kind, Passage, Walk};
use gatewhy_facts::nginx::files::{self, Files};
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::View;
use gatewhy_facts::untrusted::shown;

/// The most folders in which the script is looked for.
const MOST_TRIED: usize = 12;

/// Why the application does not find the script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The pool lives in a root folder of its own, and in there the path leads
    /// nowhere.
    Jailed {
        /// The pool's root folder on the host.
        root: HostPath,
    },
    /// The pool sees other files than the host: a mount namespace of its own.
    Hidden {
        /// What is not there in the pool's eyes.
        missing: String,
    },
    /// Something on the way refuses the pool's user.
    Refused(Box<Refusal>),
    /// A folder on the way is not there.
    NoFolder {
        /// The folder.
        missing: String,
        /// The link that leads there, and its target.
        link: Option<(String, String)>,
    },
    /// Its folder is there, and the script is not in it.
    NoFile {
        /// The folder.
        folder: HostPath,
    },
    /// It is there, and may be read.
    Nothing,
}

/// A place where the script lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundScript {
    /// The script.
    pub path: HostPath,
    /// The root folder that leads there, where that follows from the URI.
    pub root: Option<HostPath>,
}

impl Link<'_, '_> {
    /// What keeps the application from the script that the proxy names.
    pub fn lost_script(&self) -> Fact<Lost> {
        let gap = |why: &str| Fact::Unknown(Gap::new("the script's path", why, ""));
        let Some(script) = self.script() else {
            return gap("SCRIPT_FILENAME is not known");
        };
        if self.is_local() != Some(true) {
            return gap("the application is on another machine");
        }
        let view = self.application_view();
        let seen = self.walk_in(&script, view);
        let who = self.application_user();
        seen.and_then(|walk, source| {
            who.and_then(|who, _| self.judge_walk(&walk, &who, &script, source))
        })
    }

    fn judge_walk(
        &self,
        walk: &Walk,
        who: &Credentials,
        script: &HostPath,
        source: Source,
    ) -> Fact<Lost> {
        let lost = match walk.may(who, Access::Read) {
            Passage::Allowed => Lost::Nothing,
            Passage::Unknown(why) => {
                return Fact::Unknown(Gap::new(script.to_string(), why, "run as root"));
            }
            Passage::Refused {
                element,
                lacks,
                class,
            } => {
                let refusal = Refusal {
                    element: element.clone(),
                    lacks,
                    class,
                    user: self.case.user_name(who.uid),
                    group: self.case.group_name(who.gid),
                    passes_anew: false,
                    source: Source::new(format!("permissions along {script}")),
                };
                Lost::Refused(Box::new(refusal))
            }
            Passage::Missing(missing) => {
                let missing = shown(missing).to_string();
                match self.seen_by_host(script) {
                    Fact::Unknown(gap) => return Fact::Unknown(gap),
                    Fact::Found(..) => self.out_of_sight(missing),
                    Fact::Absent(_) => not_there(walk, script, missing),
                }
            }
        };
        Fact::Found(lost, source)
    }

    /// Whether the host itself sees the script, where the pool does not.
    fn seen_by_host(&self, script: &HostPath) -> Fact<()> {
        self.walk_in(script, View::Host)
            .and_then(|walk, source| match walk.end {
                gatewhy_facts::linux::walk::End::Reached => Fact::Found((), source),
                gatewhy_facts::linux::walk::End::Missing(_) => Fact::Absent(source),
                gatewhy_facts::linux::walk::End::Refused(_, why) => {
                    Fact::Unknown(Gap::new(script.to_string(), why, "run as root"))
                }
            })
    }

    fn out_of_sight(&self, missing: String) -> Lost {
        match self.application_root() {
            Some(root) => Lost::Jailed { root },
            None => Lost::Hidden { missing },
        }
    }

    /// The root folder of the application's process, when it is not the host's.
    pub fn application_root(&self) -> Option<HostPath> {
        let process = self.case.process(self.worker()?);
        let root = process.found()?.root.as_ref().ok()?.clone();
        let root = String::from_utf8(root).ok()?;
        (root != "/").then(|| HostPath::new(root))
    }

    /// The user that the application's worker runs as, with its groups.
    pub fn application_user(&self) -> Fact<Credentials> {
        let Some(pid) = self.worker() else {
            return Fact::Unknown(Gap::new(
                "the pool's user",
                "its process is not known",
                "run as root",
            ));
        };
        self.case.process(pid).and_then(|process, source| {
            let status = process.status.as_ref().ok();
            match status.and_then(Status::credentials) {
                Some(credentials) => Fact::Found(credentials, source),
                None => Fact::Unknown(Gap::new(
                    "the pool's user",
                    "its process could not be read",
                    "run as root",
                )),
            }
        })
    }

    /// Places near the path where such a script does lie: what is missing may be one
    /// folder too much, too few, or under another name.
    pub fn found_elsewhere(&self, missing: &str) -> Option<FoundScript> {
        let script = self.script()?;
        let missing = HostPath::new(missing);
        let parent = missing.parent();
        let rest = script
            .as_str()
            .strip_prefix(missing.as_str())?
            .trim_start_matches('/');
        let name = if rest.is_empty() {
            missing.file_name()
        } else {
            rest
        };
        let files = self.application_files();
        let listed = files.list(&parent);
        let folders = listed.found().into_iter().flatten();
        let folders =
            folders.filter(|(_, kind)| matches!(kind, files::Kind::Folder | files::Kind::Link));
        let beside = folders.map(|(folder, _)| parent.join(folder).join(name));
        let above = (!rest.is_empty()).then(|| parent.join(rest));
        let tried = above.into_iter().chain(beside).take(MOST_TRIED);
        let mut there = tried.filter(|path| self.is_file(path));
        let path = there.next()?;
        let root = self
            .script_name()
            .and_then(|name| path.as_str().strip_suffix(name.as_str()).map(HostPath::new));
        Some(FoundScript { path, root })
    }

    /// Whether a regular file is there in the application's eyes.
    fn is_file(&self, path: &HostPath) -> bool {
        let walk = self.walk_in(path, self.application_view());
        let reached = walk.found().and_then(Walk::reached);
        reached.is_some_and(|element| element.kind == Kind::File)
    }
}

/// Behind a link, what is missing has another path than the one that was asked for.
fn not_there(walk: &Walk, script: &HostPath, missing: String) -> Lost {
    let path = HostPath::new(missing.clone());
    if path.file_name() == script.file_name() {
        return Lost::NoFile {
            folder: path.parent(),
        };
    }
    let turned = !script.as_str().starts_with(&missing);
    let mut links = walk
        .elements
        .iter()
        .filter(|element| turned && element.kind == Kind::Link);
    let link = links.next_back().and_then(|link| {
        let target = link.target.as_ref()?;
        Some((shown(&link.path).to_string(), shown(target).to_string()))
    });
    Lost::NoFolder { missing, link }
}
