//! The proxy's temporary and cache files, and why it cannot write them.
use crate::case::Case;
use crate::case::gateway::log::Logged;
use crate::case::system::socket_access::Refusal;
use crate::evidence::Evidence;
use alloc::sync::Arc;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::linux::walk::{Access, End};
use gatewhy_facts::nginx::tree::Directive;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::symptom::Symptom;
use gatewhy_facts::untrusted::shown;

/// How far back a record tells of what still happens.
const LATELY_SECS: i64 = 600;
/// The deepest nesting of blocks that is followed.
const DEPTH: usize = 32;
/// What a record of a failed write may be about.
const SYMPTOMS: [Symptom; 4] = [
    Symptom::FileDenied,
    Symptom::FileMissing,
    Symptom::ReadOnlyFileSystem,
    Symptom::FileFailed,
];

/// A temporary or cache file that the proxy could not write.
#[derive(Clone, Debug)]
pub struct Unwritten {
    /// The record, about our own request where there is one.
    pub record: Evidence,
    /// Whether it is about our own request.
    pub own: bool,
    /// The folder for such files.
    pub folder: HostPath,
    /// Why it cannot be written now.
    pub why: WhyNot,
}

/// Why a folder cannot be written.
#[derive(Clone, Debug)]
pub enum WhyNot {
    /// The worker's user may not.
    Refused(Box<Refusal>),
    /// Its file system is mounted read-only.
    ReadOnly(Source),
    /// It is not there.
    Missing(Source),
    /// It can be written now, as far as owners and permissions go.
    Writable(Source),
    /// Nobody could look.
    Unknown(Gap),
}

impl<'k> Case<'k> {
    /// A temporary or cache file that the proxy could not write for our request, or
    /// lately for another.
    pub fn unwritten(&self) -> Option<Unwritten> {
        let own = self.own_records().into_iter().rev();
        let lately = self.recent_records(LATELY_SECS).into_iter().rev();
        own.chain(lately)
            .find_map(|logged| self.unwritten_in(logged))
    }

    fn unwritten_in(&self, logged: &Logged<'k>) -> Option<Unwritten> {
        let record = &logged.record;
        record.symptom.filter(|s| SYMPTOMS.contains(s))?;
        record.request.as_ref()?;
        let path = HostPath::new(shown(record.text.as_deref()?).to_string());
        let folder = self
            .scratch_folders()
            .into_iter()
            .find(|folder| is_below(&path, folder))?;
        let whose = if logged.own {
            "our request"
        } else {
            "another request"
        };
        let text = format!("nginx logged for {whose}: {}", logged.message());
        Some(Unwritten {
            record: Evidence::strong(text, &logged.source),
            own: logged.own,
            why: self.why_not(&path, &folder),
            folder,
        })
    }

    /// Folders for temporary and cache files: those of the configuration, and those
    /// that nginx was built with.
    fn scratch_folders(&self) -> Vec<HostPath> {
        let mut folders = Vec::new();
        let nginx = self.nginx();
        let base = self.config_path().parent();
        if let Some(nginx) = nginx.found() {
            collect(&nginx.directives, &base, DEPTH, &mut folders);
        }
        if let Some(proxy) = self.proxy().found() {
            folders.extend(proxy.temp_folders.iter().cloned());
        }
        folders
    }

    /// What is in the way now: of the deepest folder that is there.
    fn why_not(&self, path: &HostPath, folder: &HostPath) -> WhyNot {
        let walk = match self.walk(path) {
            Fact::Found(walk, _) => walk,
            Fact::Absent(source) => return WhyNot::Missing(source),
            Fact::Unknown(gap) => return WhyNot::Unknown(gap),
        };
        if let End::Missing(missing) = &walk.end
            && is_below(folder, &HostPath::new(shown(missing).to_string()))
        {
            return WhyNot::Missing(Source::new(folder.to_string()));
        }
        let Some(last) = walk.elements.iter().rev().find(|e| is_folder(e)) else {
            return WhyNot::Missing(Source::new(folder.to_string()));
        };
        let deepest = HostPath::new(shown(&last.path).to_string());
        let walk = match self.walk(&deepest) {
            Fact::Found(walk, _) => walk,
            Fact::Absent(source) => return WhyNot::Missing(source),
            Fact::Unknown(gap) => return WhyNot::Unknown(gap),
        };
        match self.refused(&walk, Access::Change, deepest.as_str()) {
            Fact::Found(refusal, _) => WhyNot::Refused(Box::new(refusal)),
            Fact::Unknown(gap) => WhyNot::Unknown(gap),
            Fact::Absent(source) => match self.file_system(&deepest, self.proxy_view()) {
                Fact::Found(held, source) if held.read_only => WhyNot::ReadOnly(source),
                Fact::Unknown(gap) => WhyNot::Unknown(gap),
                Fact::Found(..) | Fact::Absent(_) => WhyNot::Writable(source),
            },
        }
    }
}

fn is_folder(element: &gatewhy_facts::linux::walk::Element) -> bool {
    element.kind == gatewhy_facts::linux::walk::Kind::Folder
}

/// Whether `path` is `folder` or below it.
fn is_below(path: &HostPath, folder: &HostPath) -> bool {
    let folder = folder.as_str().trim_end_matches('/');
    path.as_str()
        .strip_prefix(folder)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// `*_temp_path` and `*_cache_path` of all levels.
fn collect(block: &[Arc<Directive>], base: &HostPath, depth: usize, folders: &mut Vec<HostPath>) {
    let Some(deeper) = depth.checked_sub(1) else {
        return;
    };
    for directive in block {
        let name = directive.name.bytes.as_slice();
        if (name.ends_with(b"_temp_path") || name.ends_with(b"_cache_path"))
            && let Some(path) = directive.arg(0)
        {
            folders.push(base.join(&String::from_utf8_lossy(path)));
        }
        collect(directive.block(), base, deeper, folders);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_holds_what_is_below_it_and_not_what_begins_alike() {
        let is_below =
            |path: &str, folder: &str| is_below(&HostPath::new(path), &HostPath::new(folder));
        assert!(is_below(
            "/var/lib/nginx/proxy/2/00",
            "/var/lib/nginx/proxy/"
        ));
        assert!(is_below("/a", "/a"));
        assert!(!is_below("/var/lib/nginx/proxy2", "/var/lib/nginx/proxy"));
        assert!(is_below("/a", "/"));
    }
}
