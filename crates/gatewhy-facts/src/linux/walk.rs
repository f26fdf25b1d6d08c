//! The elements along a path (`Question::Walk`), and who may pass them.
use super::access_list::{self, AclEntry};
use super::field;
use super::users::Credentials;
use crate::prelude::*;
use crate::time::Moment;

/// What stands along a path, from `/` down, links included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk {
    /// Each element in the order in which the kernel meets it.
    pub elements: Vec<Element>,
    /// How it ended.
    pub end: End,
}

/// One element: a folder on the way, a link, or what the path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// Its absolute path, links before it resolved.
    pub path: Vec<u8>,
    /// Permission bits, the lower twelve.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// What it is.
    pub kind: Kind,
    /// Its device, `MAJOR:MINOR`.
    pub device: (u32, u32),
    /// Its inode.
    pub inode: u64,
    /// Its access control list, if it has one beyond the permission bits.
    pub access_list: Vec<AclEntry>,
    /// When its content, owner or permissions last changed (`ctime`), where the
    /// answer tells it. Nobody can set it back, as `touch` and `rsync` can the time
    /// of modification.
    pub changed: Option<Moment>,
    /// Where it leads, for a link.
    pub target: Option<Vec<u8>>,
}

/// The kind of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A unix socket.
    Socket,
    /// A device or a FIFO.
    Other,
}

/// How a walk ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// At what the path names: the last element.
    Reached,
    /// This element is not there.
    Missing(Vec<u8>),
    /// We ourselves could not look at this element; why.
    Refused(Vec<u8>, String),
}

/// What somebody wants to do with what a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read a file, or list a folder.
    Read,
    /// Write a file.
    Write,
    /// Connect to a unix socket: needs permission to write it.
    Connect,
    /// Create or remove names in a folder: needs to write and pass it.
    Change,
    /// Execute a program.
    Execute,
}

/// Whether somebody may do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Passage<'a> {
    /// Yes, as far as owner, group, mode and access list go.
    Allowed,
    /// No: this element is the first that refuses.
    Refused {
        /// It.
        element: &'a Element,
        /// What it does not grant: `r`, `w`, `x` or `wx`.
        lacks: &'static str,
        /// Whose permissions count for that user there.
        class: Class,
    },
    /// This element is not there.
    Missing(&'a [u8]),
    /// We could not look.
    Unknown(&'a str),
}

/// Whose permissions of a file count for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The owner's.
    Owner,
    /// The group's.
    Group,
    /// Everybody else's.
    Other,
    /// An entry of the access control list.
    Listed,
}

/// Reads the records `MODE UID GID KIND MAJOR:MINOR INODE ACL [CHANGED ]PATH\0[TARGET\0]\n`.
pub fn parse(bytes: &[u8]) -> Walk {
    let mut walk = Walk {
        elements: Vec::new(),
        end: End::Reached,
    };
    let mut rest = bytes;
    while let Some((head, behind)) = field::split_once(rest, 0) {
        let columns: Vec<&[u8]> = head.splitn(8, |byte| *byte == b' ').collect();
        let kind = columns.get(3).and_then(|kind| kind.first()).copied();
        let (target, behind) = match kind {
            Some(b'l' | b'?') => field::split_once(behind, 0).unzip(),
            _ => (None, Some(behind)),
        };
        let path = last(&columns).1.to_vec();
        match kind {
            Some(b'-') => walk.end = End::Missing(path),
            Some(b'?') => walk.end = End::Refused(path, field::text(target.unwrap_or_default())),
            _ => walk.elements.extend(element(&columns, target)),
        }
        let behind = behind.unwrap_or_default();
        rest = behind.strip_prefix(b"\n").unwrap_or(behind);
    }
    walk
}

/// The last columns: a path begins with `/`, a time does not.
fn last<'a>(columns: &[&'a [u8]]) -> (Option<Moment>, &'a [u8]) {
    let rest = columns.get(7).copied().unwrap_or_default();
    if rest.starts_with(b"/") {
        return (None, rest);
    }
    let (time, path) = field::split_once(rest, b' ').unwrap_or((b"", rest));
    (field::number(time).map(Moment), path)
}

fn element(columns: &[&[u8]], target: Option<&[u8]>) -> Option<Element> {
    let (changed, path) = last(columns);
    let mut columns = columns.iter().copied();
    let mode = core::str::from_utf8(columns.next()?).ok()?;
    Some(Element {
        mode: u32::from_str_radix(mode, 8).ok()?,
        uid: field::number(columns.next()?)?,
        gid: field::number(columns.next()?)?,
        kind: kind(columns.next()?),
        device: device(columns.next()?)?,
        inode: field::number(columns.next()?)?,
        access_list: access_list::from_hexadecimal(columns.next()?),
        changed,
        path: path.to_vec(),
        target: target.map(<[u8]>::to_vec),
    })
}

fn kind(letter: &[u8]) -> Kind {
    match letter {
        b"f" => Kind::File,
        b"d" => Kind::Folder,
        b"l" => Kind::Link,
        b"s" => Kind::Socket,
        _ => Kind::Other,
    }
}

fn device(word: &[u8]) -> Option<(u32, u32)> {
    let (major, minor) = field::split_once(word, b':')?;
    Some((field::number(major)?, field::number(minor)?))
}

impl Walk {
    /// What the path names, if it is there.
    pub fn reached(&self) -> Option<&Element> {
        match self.end {
            End::Reached => self.elements.last().filter(|e| e.kind != Kind::Link),
            End::Missing(_) | End::Refused(..) => None,
        }
    }

    /// When the thing that the path names, or a link that leads there by name, last
    /// changed: a link that was turned elsewhere is a change too.
    pub fn changed(&self) -> Option<Moment> {
        let reached = self.reached().and_then(|element| element.changed);
        let links = self.elements.iter().filter(|e| e.kind == Kind::Link);
        let turned = links.filter_map(|link| link.changed).max();
        reached.max(turned)
    }

    /// Whether `who` may do that with what the path names, and if not, which
    /// element is the first to refuse. Security modules are not asked.
    pub fn may(&self, who: &Credentials, access: Access) -> Passage<'_> {
        let last = self.reached().map(|_| self.elements.len() - 1);
        for (at, element) in self.elements.iter().enumerate() {
            let needs = if Some(at) == last {
                access.bits()
            } else {
                PASS
            };
            if let Some(refused) = element.refuses(who, needs, Some(at) == last) {
                return refused;
            }
        }
        match &self.end {
            End::Reached => Passage::Allowed,
            End::Missing(path) => Passage::Missing(path),
            End::Refused(_, why) => Passage::Unknown(why),
        }
    }
}

const READ: u32 = 4;
const WRITE: u32 = 2;
const PASS: u32 = 1;

impl Access {
    const fn bits(self) -> u32 {
        match self {
            Self::Read => READ,
            Self::Write | Self::Connect => WRITE,
            Self::Change => WRITE | PASS,
            Self::Execute => PASS,
        }
    }
}

impl Element {
    /// The refusal, if this element does not grant what is needed. A link has
    /// no permissions of its own, and a file on the way is no folder.
    fn refuses(&self, who: &Credentials, needs: u32, last: bool) -> Option<Passage<'_>> {
        let passes_by = self.kind == Kind::Link || (!last && self.kind != Kind::Folder);
        if passes_by || self.overridden(who, needs) {
            return None;
        }
        let (granted, class) = self.granted(who, needs);
        let lacking = needs & !granted;
        (lacking != 0).then_some(Passage::Refused {
            element: self,
            lacks: letters(lacking),
            class,
        })
    }

    /// Whether capabilities stand in for permissions.
    fn overridden(&self, who: &Credentials, needs: u32) -> bool {
        let folder = self.kind == Kind::Folder;
        // Even root may not execute a file that nobody may execute.
        let executes = !folder && needs & PASS != 0 && self.mode & 0o111 == 0;
        let looks = needs & WRITE == 0 && (folder || needs == READ);
        (who.overrides && !executes) || (who.searches && looks)
    }

    /// The permissions that `who` has, and by virtue of what.
    fn granted(&self, who: &Credentials, needs: u32) -> (u32, Class) {
        if who.uid == self.uid {
            return (self.mode >> 6 & 7, Class::Owner);
        }
        if !self.access_list.is_empty() {
            return access_list::granted(&self.access_list, self.gid, who, needs);
        }
        if who.in_group(self.gid) {
            return (self.mode >> 3 & 7, Class::Group);
        }
        (self.mode & 7, Class::Other)
    }
}

const fn letters(bits: u32) -> &'static str {
    match bits {
        READ => "r",
        WRITE => "w",
        PASS => "x",
        3 => "wx",
        5 => "rx",
        6 => "rw",
        _ => "rwx",
    }
}

#[cfg(test)]
#[path = "walk_tests.rs"]
mod tests;
