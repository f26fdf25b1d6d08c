//! `/proc/PID/mountinfo` and namespaces: whether two processes that name the
//! same path mean the same file.
use super::field;
use crate::prelude::*;

/// One mount of a process's mount namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The device as `MAJOR:MINOR`: equal means the same file system.
    pub device: Vec<u8>,
    /// Which folder of the file system is mounted.
    pub root: Vec<u8>,
    /// Where.
    pub at: Vec<u8>,
    /// Whether this mount, or the whole file system, is read-only.
    pub read_only: bool,
    /// The kind of file system (`ext4`, `tmpfs`, `overlay`, `nfs4`).
    pub kind: Vec<u8>,
    /// What is mounted: a device, a server's path, or a mere name.
    pub source: Vec<u8>,
}

/// A file independently of mount namespaces: its file system, and its path there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// `MAJOR:MINOR` of the file system.
    pub device: Vec<u8>,
    /// The path from that file system's own root.
    pub path: Vec<u8>,
}

/// Reads the file; later mounts lie over earlier ones.
pub fn parse(bytes: &[u8]) -> Vec<Mount> {
    field::lines(bytes).filter_map(mount).collect()
}

/// `36 35 98:0 /root /at rw,noatime master:1 - ext4 /dev/sda1 rw`
fn mount(line: &[u8]) -> Option<Mount> {
    let words: Vec<&[u8]> = field::words(line).collect();
    let dash = words.iter().skip(6).position(|word| *word == b"-")? + 6;
    let read_only = |options: &[u8]| options.split(|byte| *byte == b',').any(|o| o == b"ro");
    Some(Mount {
        device: words.get(2)?.to_vec(),
        root: unescape(words.get(3)?),
        at: unescape(words.get(4)?),
        read_only: read_only(words.get(5)?) || words.get(dash + 3).is_some_and(|o| read_only(o)),
        kind: words.get(dash + 1)?.to_vec(),
        source: unescape(words.get(dash + 2)?),
    })
}

/// Undoes `\040` for a space, and the like.
fn unescape(word: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(word.len());
    let mut rest = word;
    while let Some((first, behind)) = rest.split_first() {
        let escaped = (*first == b'\\').then(|| octal(behind)).flatten();
        out.push(escaped.unwrap_or(*first));
        rest = behind
            .get(if escaped.is_some() { 3 } else { 0 }..)
            .unwrap_or_default();
    }
    out
}

fn octal(behind: &[u8]) -> Option<u8> {
    let digits = core::str::from_utf8(behind.get(..3)?).ok()?;
    u8::from_str_radix(digits, 8).ok()
}

/// The mount that a path lies on. The path must be absolute, its links resolved.
pub fn holding<'a>(mounts: &'a [Mount], path: &[u8]) -> Option<&'a Mount> {
    let mut found: Option<&Mount> = None;
    for mount in mounts {
        let longer = found.is_none_or(|best| mount.at.len() >= best.at.len());
        if longer && below(path, &mount.at).is_some() {
            found = Some(mount);
        }
    }
    found
}

/// Where the path really is.
pub fn location(mounts: &[Mount], path: &[u8]) -> Option<Location> {
    let mount = holding(mounts, path)?;
    let rest = below(path, &mount.at)?;
    let root = mount.root.strip_suffix(b"/").unwrap_or(&mount.root);
    Some(Location {
        device: mount.device.clone(),
        path: [root, rest].concat(),
    })
}

/// Whether the path means the same file in two mount namespaces; `None` when one
/// of them does not tell. A service with `PrivateTmp=` has a `/tmp` of its own.
pub fn same_file(ours: &[Mount], theirs: &[Mount], path: &[u8]) -> Option<bool> {
    Some(location(ours, path)? == location(theirs, path)?)
}

/// What follows `folder` in `path`: empty, or starting with `/`.
fn below<'a>(path: &'a [u8], folder: &[u8]) -> Option<&'a [u8]> {
    let rest = path.strip_prefix(folder.strip_suffix(b"/").unwrap_or(folder))?;
    (rest.is_empty() || rest.first() == Some(&b'/')).then_some(rest)
}

/// The number of a namespace, from a link like `mnt:[4026531841]`.
pub fn namespace(link: &[u8]) -> Option<u64> {
    let (_, number) = field::split_once(link, b'[')?;
    field::number(number.strip_suffix(b"]")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &[u8] = b"21 28 0:20 / /proc rw,nosuid - proc proc rw\n28 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro\n30 28 0:26 / /run rw,nosuid shared:5 - tmpfs tmpfs rw,size=99k\n44 28 8:1 /srv/a\\040b /mnt/a\\040b ro,relatime shared:9 - ext4 /dev/sda1 rw\n";
    const SERVICE: &[u8] = b"28 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n30 28 0:26 / /run rw,nosuid - tmpfs tmpfs rw\n51 28 8:1 /tmp/systemd-private-1f-app.service-x/tmp /tmp rw - ext4 /dev/sda1 rw\n";

    #[test]
    fn a_private_tmp_is_another_place() {
        let (host, service) = (parse(HOST), parse(SERVICE));
        assert_eq!(same_file(&host, &service, b"/tmp/app.sock"), Some(false));
        assert_eq!(same_file(&host, &service, b"/run/app.sock"), Some(true));
        let real = location(&service, b"/tmp/app.sock").unwrap();
        assert_eq!(
            real.path,
            b"/tmp/systemd-private-1f-app.service-x/tmp/app.sock"
        );
        assert_eq!(location(&host, &real.path), Some(real));
    }

    #[test]
    fn names_with_spaces_and_prefixes_that_only_look_alike() {
        let host = parse(HOST);
        let mount = holding(&host, b"/mnt/a b/c").unwrap();
        assert!(mount.read_only);
        assert_eq!(mount.root, b"/srv/a b");
        assert_eq!(holding(&host, b"/runner/x").unwrap().at, b"/");
        assert_eq!(namespace(b"mnt:[4026531841]"), Some(4_026_531_841));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>, path: Vec<u8>) {
            let mounts = parse(&bytes);
            let _ = (location(&mounts, &path), namespace(&path), unescape(&path));
            let _ = same_file(&parse(HOST), &parse(SERVICE), &path);
        }
    }
}
