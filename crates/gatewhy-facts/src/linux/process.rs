//! One process in depth (`Question::Process`).
use super::cgroup::{self, Membership};
use super::field;
use super::limits::{self, Limits};
use super::processes;
use super::stat::{self, Stat};
use super::status::{self, Status};
use crate::bundle;
use crate::prelude::*;

/// A part that was read, or why it could not be.
pub type Part<T> = Result<T, String>;

/// What `/proc/PID` holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its `stat` file.
    pub stat: Part<Stat>,
    /// Its arguments.
    pub arguments: Part<Vec<Vec<u8>>>,
    /// Its `status` file.
    pub status: Part<Status>,
    /// Its limits.
    pub limits: Part<Limits>,
    /// Its place in every hierarchy of control groups.
    pub cgroups: Part<Vec<Membership>>,
    /// The kernel function it waits in; `0` when it runs or may not be told.
    pub wchan: Part<Vec<u8>>,
    /// The system call it waits in, with its arguments in hexadecimal; or `running`.
    pub syscall: Part<Vec<u8>>,
    /// Its executable as it was when it started.
    pub exe: Part<Executable>,
    /// Its working folder.
    pub cwd: Part<Vec<u8>>,
    /// Its root folder: not `/` in a chroot.
    pub root: Part<Vec<u8>>,
    /// Its namespaces by name (`mnt`, `net`, `pid`, `user`), as `mnt:[4026531841]`.
    pub namespaces: BTreeMap<String, Part<Vec<u8>>>,
    /// How many descriptors it has open.
    pub descriptors: Part<u32>,
    /// Where its first descriptors lead: a path, `socket:[INODE]`, `pipe:[INODE]`.
    pub open: BTreeMap<u32, Vec<u8>>,
    /// Its threads; the first has the process's own id.
    pub threads: Vec<Stat>,
}

/// The executable of a running process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Executable {
    /// Its path when it was started.
    pub path: Vec<u8>,
    /// Whether that file has been removed or replaced since.
    pub deleted: bool,
    /// Device `MAJOR:MINOR` and inode.
    pub id: Option<(String, u64)>,
}

/// Reads the bundle. A part `NAME!` says why `NAME` could not be read.
pub fn parse(bytes: &[u8]) -> Process {
    let parts: BTreeMap<&str, &[u8]> = bundle::parts(bytes).collect();
    let get = |name: &str| part(&parts, name);
    let text = |name: &str| get(name).map(<[u8]>::to_vec);
    let namespaces = ["mnt", "net", "pid", "user"];
    Process {
        stat: get("stat").and_then(|b| stat::parse(b).ok_or_else(damaged)),
        arguments: get("cmdline").map(processes::arguments),
        status: get("status").map(status::parse),
        limits: get("limits").map(limits::parse),
        cgroups: get("cgroup").map(cgroup::memberships),
        wchan: text("wchan"),
        syscall: get("syscall").map(|b| field::trim(b).to_vec()),
        exe: get("exe").map(|link| executable(link, get("exe-id").ok())),
        cwd: text("cwd"),
        root: text("root"),
        namespaces: namespaces
            .into_iter()
            .map(|name| (name.to_owned(), text(&format!("ns/{name}"))))
            .collect(),
        descriptors: get("fds").and_then(|b| field::number(b).ok_or_else(damaged)),
        open: numbered(&parts, "fd/", |rest| rest.parse().ok())
            .map(|(fd, link)| (fd, link.to_vec()))
            .collect(),
        threads: numbered(&parts, "", |rest| {
            rest.strip_suffix("/stat")?.parse::<u32>().ok()
        })
        .filter_map(|(_, bytes)| stat::parse(bytes))
        .collect(),
    }
}

fn part<'a>(parts: &BTreeMap<&str, &'a [u8]>, name: &str) -> Part<&'a [u8]> {
    if let Some(bytes) = parts.get(name) {
        return Ok(bytes);
    }
    let refused = parts.get(format!("{name}!").as_str());
    Err(refused.map_or_else(|| "not asked".to_owned(), |why| field::text(why)))
}

fn damaged() -> String {
    "not understood".to_owned()
}

fn numbered<'a>(
    parts: &BTreeMap<&'a str, &'a [u8]>,
    prefix: &str,
    number: impl Fn(&str) -> Option<u32>,
) -> impl Iterator<Item = (u32, &'a [u8])> {
    let matching = parts
        .iter()
        .filter_map(move |(name, bytes)| Some((number(name.strip_prefix(prefix)?)?, *bytes)));
    matching.collect::<BTreeMap<_, _>>().into_iter()
}

fn executable(link: &[u8], id: Option<&[u8]>) -> Executable {
    let (path, deleted) = match link.strip_suffix(b" (deleted)") {
        Some(path) => (path, true),
        None => (link, false),
    };
    let id = id.and_then(|id| {
        let (device, inode) = field::split_once(id, b' ')?;
        Some((field::text(device), field::number(inode)?))
    });
    Executable {
        path: path.to_vec(),
        deleted,
        id,
    }
}

impl Process {
    /// The descriptor's socket inode, for sockets among the first descriptors.
    pub fn socket(&self, fd: u32) -> Option<u64> {
        let link = self.open.get(&fd)?;
        field::number(link.strip_prefix(b"socket:[")?.strip_suffix(b"]")?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn real() -> Vec<u8> {
        let mut all = Vec::new();
        let stat = b"77 (nginx) S 1 77 77 0 -1 4194560 0 0 0 0 5 6 0 0 20 0 1 0 700 0 12";
        bundle::push(&mut all, "stat", stat);
        bundle::push(&mut all, "wchan", b"ep_poll");
        bundle::push(&mut all, "exe", b"/usr/sbin/nginx (deleted)");
        bundle::push(&mut all, "exe-id", b"8:1 1234");
        bundle::push(&mut all, "cwd!", b"Permission denied");
        bundle::push(&mut all, "ns/net", b"net:[4026531840]");
        bundle::push(&mut all, "fds", b"14");
        bundle::push(&mut all, "fd/6", b"socket:[881]");
        bundle::push(&mut all, "77/stat", stat);
        all
    }

    #[test]
    fn what_was_refused_is_said_and_not_absent() {
        let process = parse(&real());
        assert_eq!(process.cwd, Err("Permission denied".to_owned()));
        let exe = process.exe.as_ref().unwrap();
        assert_eq!(
            (exe.path.as_slice(), exe.deleted),
            (&b"/usr/sbin/nginx"[..], true)
        );
        assert_eq!(exe.id, Some(("8:1".to_owned(), 1234)));
        assert_eq!(
            (process.socket(6), process.descriptors.clone()),
            (Some(881), Ok(14))
        );
        assert_eq!(process.threads.len(), 1);
        assert_eq!(process.namespaces["net"], Ok(b"net:[4026531840]".to_vec()));
        assert!(process.limits.is_err());
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>, name in "[a-z0-9/!-]{0,12}", part: Vec<u8>) {
            let _ = parse(&bytes);
            let mut whole = real();
            bundle::push(&mut whole, &name, &part);
            let _ = parse(&whole);
        }
    }
}
