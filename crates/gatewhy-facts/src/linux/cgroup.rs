//! Control groups of both versions: where a process is, and its memory there.
use super::field;
use super::memory::Memory;
use crate::path::HostPath;
use crate::prelude::*;

/// A line of `/proc/PID/cgroup`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Controllers of a version 1 hierarchy; empty for version 2.
    pub controllers: Vec<String>,
    /// The group's path, as seen from our own cgroup namespace.
    pub path: String,
}

/// A hierarchy's version, which decides how its files are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// One hierarchy a controller: `memory.limit_in_bytes`.
    One,
    /// One hierarchy for all: `memory.max`.
    Two,
}

/// The folder whose files tell a group's memory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MemoryGroup {
    /// How its files are named.
    pub version: Version,
    /// The group's folder.
    pub folder: HostPath,
}

/// A limit in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MemoryLimit {
    /// So many bytes.
    Bytes(u64),
    /// None.
    Unlimited,
}

/// How often a group met its limits, since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryEvents {
    /// Processes killed for want of memory. `None` where the kernel does not count.
    pub oom_kill: Option<u64>,
    /// Times the limit was reached and nothing could be freed.
    pub oom: Option<u64>,
    /// Times the hard limit was reached.
    pub max: Option<u64>,
    /// Times the soft limit slowed it down.
    pub high: Option<u64>,
}

/// Reads `/proc/PID/cgroup`: `NUMBER:CONTROLLERS:PATH` a line.
pub fn memberships(bytes: &[u8]) -> Vec<Membership> {
    field::lines(bytes).filter_map(membership).collect()
}

fn membership(line: &[u8]) -> Option<Membership> {
    let (_, rest) = field::split_once(line, b':')?;
    let (controllers, path) = field::split_once(rest, b':')?;
    let names = controllers.split(|byte| *byte == b',');
    Some(Membership {
        controllers: names.filter(|n| !n.is_empty()).map(field::text).collect(),
        path: field::text(path),
    })
}

/// Where the memory of a process with these memberships is accounted: the
/// version 1 hierarchy if memory is there, else version 2. `None` when the group
/// is outside our own cgroup namespace.
pub fn memory_group(memberships: &[Membership]) -> Option<MemoryGroup> {
    let of = |name: &str| {
        memberships
            .iter()
            .find(|m| m.controllers.iter().any(|c| c == name))
    };
    let unified = || memberships.iter().find(|m| m.controllers.is_empty());
    let (version, mount, path) = match of("memory") {
        Some(group) => (Version::One, "/sys/fs/cgroup/memory", &group.path),
        None => (Version::Two, "/sys/fs/cgroup", &unified()?.path),
    };
    let outside = path.split('/').any(|element| element == "..");
    (!outside).then(|| MemoryGroup {
        version,
        folder: HostPath::new(format!("{mount}{}", path.trim_end_matches('/'))),
    })
}

/// The path of the process's unit: the version 2 path, or that of systemd's own
/// hierarchy.
pub fn unit_path(memberships: &[Membership]) -> Option<&str> {
    let systemd = |m: &&Membership| m.controllers.iter().any(|c| c == "name=systemd");
    let unified = |m: &&Membership| m.controllers.is_empty() && m.path != "/";
    let found = memberships.iter().find(unified);
    found
        .or_else(|| memberships.iter().find(systemd))
        .map(|m| m.path.as_str())
}

/// The systemd unit that a control group's path belongs to: its last element
/// that is a service, socket, scope or mount.
pub fn unit(path: &str) -> Option<&str> {
    let suffixes = [".service", ".scope", ".socket", ".mount", ".swap"];
    path.rsplit('/')
        .find(|element| suffixes.iter().any(|suffix| element.ends_with(suffix)))
}

impl MemoryGroup {
    /// The uppermost groups that can be seen, of both versions.
    pub fn roots() -> [Self; 2] {
        let of = |version, folder| Self {
            version,
            folder: HostPath::new(folder),
        };
        [
            of(Version::One, "/sys/fs/cgroup/memory"),
            of(Version::Two, "/sys/fs/cgroup"),
        ]
    }

    /// The file with the limit that ends in a kill.
    pub fn limit_file(&self) -> HostPath {
        self.file("memory.limit_in_bytes", "memory.max")
    }

    /// The file with the memory in use.
    pub fn current_file(&self) -> HostPath {
        self.file("memory.usage_in_bytes", "memory.current")
    }

    /// The file with the counters of [`MemoryEvents`].
    pub fn events_file(&self) -> HostPath {
        self.file("memory.oom_control", "memory.events")
    }

    /// The file with what the memory is used for.
    pub fn stat_file(&self) -> HostPath {
        self.file("memory.stat", "memory.stat")
    }

    /// This group and those above it: each may have a limit of its own.
    pub fn with_ancestors(&self) -> Vec<Self> {
        let root = match self.version {
            Version::One => "/sys/fs/cgroup/memory",
            Version::Two => "/sys/fs/cgroup",
        };
        let mut all = Vec::new();
        let mut folder = self.folder.clone();
        while folder.as_str().len() > root.len() && folder.as_str().starts_with(root) {
            all.push(Self {
                version: self.version,
                folder: folder.clone(),
            });
            folder = folder.parent();
        }
        all
    }

    fn file(&self, one: &str, two: &str) -> HostPath {
        self.folder.join(match self.version {
            Version::One => one,
            Version::Two => two,
        })
    }
}

/// Reads `memory.max` or `memory.limit_in_bytes`.
pub fn limit(bytes: &[u8]) -> Option<MemoryLimit> {
    // Version 1 has no word for it: the largest number of whole pages.
    const UNLIMITED: u64 = i64::MAX as u64 - (1 << 16);
    match field::trim(bytes) {
        b"max" => Some(MemoryLimit::Unlimited),
        number => match field::number(number)? {
            UNLIMITED.. => Some(MemoryLimit::Unlimited),
            bytes => Some(MemoryLimit::Bytes(bytes)),
        },
    }
}

/// Reads `memory.current` or `memory.usage_in_bytes`.
pub fn current(bytes: &[u8]) -> Option<u64> {
    field::number(field::trim(bytes))
}

/// The memory of a group with a limit in bytes, from its files: caches of files are
/// given back when memory is short, as on the machine, which gives the swap.
/// `None` when the file with what is used is not understood.
pub fn memory_of(limit: u64, used: &[u8], stat: &[u8], machine: Memory) -> Option<Memory> {
    let stat = keyed(stat);
    // Version 1 has the numbers of all groups below under names of their own.
    let cache = |name: &str| {
        let total = stat.get(&format!("total_{name}"));
        total.or_else(|| stat.get(name)).copied().unwrap_or(0)
    };
    let caches = cache("inactive_file").saturating_add(cache("active_file"));
    let held = current(used)?.saturating_sub(caches);
    Some(Memory {
        total: limit >> 10,
        available: limit.saturating_sub(held) >> 10,
        ..machine
    })
}

/// Reads `memory.events` or `memory.oom_control`.
pub fn events(bytes: &[u8]) -> MemoryEvents {
    let keyed = keyed(bytes);
    let get = |name: &str| keyed.get(name).copied();
    MemoryEvents {
        oom_kill: get("oom_kill"),
        oom: get("oom"),
        max: get("max"),
        high: get("high"),
    }
}

/// Reads any file of `NAME NUMBER` lines: `memory.stat`, `cpu.stat`, `pids.events`.
pub fn keyed(bytes: &[u8]) -> BTreeMap<String, u64> {
    let pair = |line| {
        let (name, number) = field::split_once(line, b' ')?;
        Some((field::text(name), field::number(field::trim(number))?))
    };
    field::lines(bytes).filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HYBRID: &[u8] = b"9:pids:/system.slice/php8.2-fpm.service\n6:memory:/system.slice/php8.2-fpm.service\n1:name=systemd:/system.slice/php8.2-fpm.service\n0::/system.slice/php8.2-fpm.service\n";
    const UNIFIED: &[u8] = b"0::/system.slice/system-app.slice/app@1.service\n";

    #[test]
    fn memory_is_found_in_both_hierarchies() {
        let one = memory_group(&memberships(HYBRID)).unwrap();
        assert_eq!(
            one.limit_file().as_str(),
            "/sys/fs/cgroup/memory/system.slice/php8.2-fpm.service/memory.limit_in_bytes"
        );
        let two = memory_group(&memberships(UNIFIED)).unwrap();
        assert_eq!(
            two.events_file().as_str(),
            "/sys/fs/cgroup/system.slice/system-app.slice/app@1.service/memory.events"
        );
        let above: Vec<_> = two
            .with_ancestors()
            .iter()
            .map(|g| g.folder.file_name().to_owned())
            .collect();
        assert_eq!(above, ["app@1.service", "system-app.slice", "system.slice"]);
    }

    #[test]
    fn the_unit_is_the_last_element_that_is_one() {
        let all = memberships(HYBRID);
        assert_eq!(unit_path(&all).and_then(unit), Some("php8.2-fpm.service"));
        let nested = "/user.slice/user-1000.slice/user@1000.service/app.slice/node.service/worker";
        assert_eq!(unit(nested), Some("node.service"));
        assert_eq!(unit("/"), None);
    }

    #[test]
    fn a_group_outside_our_namespace_is_not_looked_up() {
        assert_eq!(memory_group(&memberships(b"0::/../../docker/abc\n")), None);
    }

    #[test]
    fn limits_and_events_of_both_versions() {
        assert_eq!(limit(b"max\n"), Some(MemoryLimit::Unlimited));
        assert_eq!(
            limit(b"9223372036854771712\n"),
            Some(MemoryLimit::Unlimited)
        );
        assert_eq!(limit(b"67108864\n"), Some(MemoryLimit::Bytes(67_108_864)));
        let one = events(b"oom_kill_disable 0\nunder_oom 0\noom_kill 3\n");
        assert_eq!((one.oom_kill, one.max), (Some(3), None));
        let two = events(b"low 0\nhigh 0\nmax 12\noom 2\noom_kill 1\noom_group_kill 0\n");
        assert_eq!(
            (two.oom_kill, two.max, two.oom),
            (Some(1), Some(12), Some(2))
        );
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>, path: String) {
            let _ = (limit(&bytes), events(&bytes), current(&bytes));
            let all = memberships(&bytes);
            let _ = (memory_group(&all), unit_path(&all));
            let group = [Membership { controllers: Vec::new(), path }];
            let _ = memory_group(&group).map(|g| g.with_ancestors());
        }
    }
}
