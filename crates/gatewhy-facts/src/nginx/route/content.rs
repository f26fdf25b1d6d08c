//! `try_files`, `index` and files: what happens without a backend, or before one.
use super::super::files::Kind;
use super::super::handler::Handler;
use super::super::model::Matcher;
use super::super::scope::flag;
use super::super::tree::Directive;
use super::super::units::number;
use super::answer::{Answer, Outcome};
use super::router::{Next, Router, refuse};
use crate::fact::{Fact, Gap};
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::Place;
use alloc::sync::Arc;

/// How `root` or `alias` maps a URI to a path.
enum Mapping {
    /// `root`: the whole URI is put behind it.
    Root,
    /// `alias` in a location of that many bytes: the rest is put behind it.
    Alias(usize),
    /// `alias` in a regular expression: it is the whole path.
    Whole,
}

impl Router<'_> {
    /// The folder of `root` or `alias`, absolute.
    pub(super) fn root_path(&self) -> Result<Vec<u8>, Gap> {
        self.root().map(|(folder, _)| folder)
    }

    fn root(&self) -> Result<(Vec<u8>, Mapping), Gap> {
        let root = super::super::settings::root(&self.scope());
        let mut folder = self.text(&root.folder.value)?;
        let mapping = if root.alias {
            self.alias_mapping()
        } else {
            Mapping::Root
        };
        if matches!(mapping, Mapping::Root) && folder.len() > 1 && folder.ends_with(b"/") {
            folder.pop();
        }
        if !folder.starts_with(b"/") {
            let Some(prefix) = &self.host.prefix else {
                let what = crate::untrusted::shown(&folder).to_string();
                let why = "it is relative to nginx's prefix, which is not known";
                return Err(Gap::new(what, why, ""));
            };
            let below = String::from_utf8_lossy(&folder).into_owned();
            folder = prefix.join(&below).as_str().as_bytes().to_vec();
        }
        Ok((folder, mapping))
    }

    /// `alias` cuts off the path of the location it is written in.
    fn alias_mapping(&self) -> Mapping {
        let written = self.chain.iter().rfind(|location| {
            let block = location.directive.block();
            block.iter().any(|d| d.is("alias"))
        });
        match written.map(|location| &location.matcher) {
            Some(Matcher::Exact(path) | Matcher::Prefix { path, .. }) => Mapping::Alias(path.len()),
            Some(Matcher::Named(name)) => Mapping::Alias(name.len()),
            Some(Matcher::Regex { .. }) | None => Mapping::Whole,
        }
    }

    /// `alias` needs the URI that its location matched.
    pub(super) fn alias_is_lost(&self) -> bool {
        !self.valid_location && super::super::settings::root(&self.scope()).alias
    }

    /// The path of a URI.
    pub(super) fn file_path(&self, uri: &[u8]) -> Result<Vec<u8>, Gap> {
        let (mut folder, mapping) = self.root()?;
        match mapping {
            Mapping::Root => folder.extend_from_slice(uri),
            Mapping::Alias(cut) => folder.extend_from_slice(uri.get(cut..).unwrap_or_default()),
            Mapping::Whole if self.add_uri_to_alias => folder.extend_from_slice(uri),
            Mapping::Whole => {}
        }
        Ok(folder)
    }

    /// What stands at a path; an empty one names nothing.
    pub(super) fn kind(&self, path: &[u8]) -> Result<Option<Kind>, Gap> {
        if path.is_empty() {
            return Ok(None);
        }
        let path = HostPath::new(String::from_utf8_lossy(path).into_owned());
        match self.files.kind(&path) {
            Fact::Found(kind, _) => Ok(Some(kind)),
            Fact::Absent(_) => Ok(None),
            Fact::Unknown(gap) => Err(gap),
        }
    }

    /// Runs `try_files` of the innermost level.
    pub(super) fn try_files(&mut self) -> Result<Next, Gap> {
        let level = self.scope().own();
        let Some(directive) = level.iter().rfind(|d| d.is("try_files")) else {
            return Ok(Next::On);
        };
        let directive = Arc::clone(directive);
        let Some((last, names)) = directive.args.split_last() else {
            return Ok(Next::On);
        };
        let (folder, mapping) = self.root()?;
        if matches!(mapping, Mapping::Alias(_)) && !self.valid_location {
            let why = "\"alias\" cannot be used where the URI was rewritten";
            return Ok(Next::Done(refuse(500, why, Some(&directive))));
        }
        for word in names {
            if let Some(next) = self.try_one(&folder, &mapping, &word.bytes, &directive)? {
                return Ok(next);
            }
        }
        if let Some(code) = last.bytes.strip_prefix(b"=") {
            let status = number(code).and_then(|code| u16::try_from(code).ok());
            let why = "none of try_files exists";
            return Ok(Next::Done(refuse(
                status.unwrap_or(500),
                why,
                Some(&directive),
            )));
        }
        let target = self.tried_name(&last.bytes, &mapping)?;
        let shown = crate::untrusted::shown(&target).to_string();
        self.note(
            format!("try_files: none exists, on to \"{shown}\""),
            Some(directive.place.clone()),
        );
        Ok(redirect_to(&target))
    }

    fn try_one(
        &mut self,
        folder: &[u8],
        mapping: &Mapping,
        written: &[u8],
        directive: &Directive,
    ) -> Result<Option<Next>, Gap> {
        let (written, wants_folder) = match written.strip_suffix(b"/") {
            Some(cut) => (cut, true),
            None => (written, false),
        };
        let name = self.tried_name(written, mapping)?;
        let path = [folder, &name].concat();
        let kind = self.kind(&path)?;
        let fits = kind.is_some() && (kind == Some(Kind::Folder)) == wants_folder;
        if !fits {
            return Ok(None);
        }
        let shown = crate::untrusted::shown(&path).to_string();
        self.note(
            format!("try_files: {shown} exists"),
            Some(directive.place.clone()),
        );
        match mapping {
            Mapping::Root => self.uri = name,
            Mapping::Alias(cut) => {
                let head = self.uri.get(..*cut).unwrap_or_default().to_vec();
                self.uri = [head, name].concat();
            }
            Mapping::Whole if !wants_folder => {
                self.uri = name;
                self.add_uri_to_alias = true;
            }
            Mapping::Whole => {}
        }
        Ok(Some(Next::On))
    }

    /// A name of `try_files`; with `alias`, what a variable put in front of the
    /// rest is cut off.
    fn tried_name(&self, written: &[u8], mapping: &Mapping) -> Result<Vec<u8>, Gap> {
        let name = self.text(written)?;
        if let Mapping::Alias(cut) = mapping
            && written.contains(&b'$')
            && let Some(head) = self.uri.get(..*cut)
            && let Some(rest) = name.strip_prefix(head)
        {
            return Ok(rest.to_vec());
        }
        Ok(name)
    }

    /// The last phase: the handler, or files.
    pub(super) fn content(&mut self) -> Result<Next, Gap> {
        match self.handler.clone() {
            Some(Handler::Pass(pass)) => self.call(&pass).map(Next::Done),
            Some(Handler::Module { name, place }) => {
                Ok(Next::Done(Outcome::Module { name, place }))
            }
            Some(Handler::Static) | None => self.files_content(),
        }
    }

    fn files_content(&mut self) -> Result<Next, Gap> {
        if !matches!(self.method.as_str(), "GET" | "HEAD" | "POST") {
            return Ok(Next::Done(refuse(
                405,
                "files take GET and HEAD only",
                None,
            )));
        }
        if self.alias_is_lost() {
            let why = "\"alias\" cannot be used where the URI was rewritten";
            return Ok(Next::Done(refuse(500, why, None)));
        }
        if self.uri.ends_with(b"/") {
            return self.index();
        }
        let path = self.file_path(&self.uri)?;
        let shown = HostPath::new(String::from_utf8_lossy(&path).into_owned());
        Ok(Next::Done(match self.kind(&path)? {
            None => refuse(404, &format!("{shown} does not exist"), None),
            Some(Kind::Folder) => {
                let mut target = self.escaped_uri();
                target.push(b'/');
                if !self.args.is_empty() {
                    target.push(b'?');
                    target.extend_from_slice(&self.args);
                }
                Outcome::Answer(Answer {
                    status: 301,
                    text: target,
                    why: format!("{shown} is a folder"),
                    place: None,
                    error_page: None,
                })
            }
            Some(Kind::Other) => refuse(404, &format!("{shown} is not a regular file"), None),
            Some(Kind::File | Kind::Link) if self.method == "POST" => {
                refuse(405, "files take GET and HEAD only", None)
            }
            Some(Kind::File | Kind::Link) => Outcome::File(shown),
        }))
    }

    /// The first index that exists is redirected to, from the inside.
    fn index(&mut self) -> Result<Next, Gap> {
        let indices = super::super::settings::index(&self.scope());
        let folder = self.file_path(&self.uri)?;
        for written in &indices.value {
            let name = self.text(written)?;
            let args = self.args.clone();
            if name.starts_with(b"/") {
                self.note_index(&name, indices.place.as_ref());
                return Ok(Next::Redirect { uri: name, args });
            }
            if self.kind(&[folder.as_slice(), &name].concat())?.is_some() {
                let uri = [self.uri.as_slice(), &name].concat();
                self.note_index(&uri, indices.place.as_ref());
                return Ok(Next::Redirect { uri, args });
            }
        }
        let shown = HostPath::new(String::from_utf8_lossy(&folder).into_owned());
        if self.kind(&folder)? != Some(Kind::Folder) {
            let outcome = refuse(404, &format!("{shown} does not exist"), None);
            return Ok(Next::Done(outcome));
        }
        let scope = self.scope();
        if let Some(autoindex) = scope.nearest("autoindex")
            && self.method != "POST"
            && autoindex.arg(0).and_then(flag) == Some(true)
        {
            return Ok(Next::Done(Outcome::Module {
                name: "autoindex".into(),
                place: autoindex.place.clone(),
            }));
        }
        let why = format!("directory index of \"{shown}\" is forbidden");
        Ok(Next::Done(refuse(403, &why, None)))
    }

    fn note_index(&self, uri: &[u8], place: Option<&Place>) {
        let shown = crate::untrusted::shown(uri);
        self.note(format!("index: on to \"{shown}\""), place.cloned());
    }
}

/// An internal redirect to a URI with arguments, or to a named location.
pub(super) fn redirect_to(target: &[u8]) -> Next {
    if target.starts_with(b"@") {
        return Next::Named(target.to_vec());
    }
    let at = memchr::memchr(b'?', target).unwrap_or(target.len());
    let (uri, args) = target.split_at(at);
    Next::Redirect {
        uri: uri.to_vec(),
        args: args.get(1..).unwrap_or_default().to_vec(),
    }
}
