//! Control groups of both versions: how much processor time a process may use.
use super::cgroup::{self, Membership, Version};
use super::field;
use crate::path::HostPath;
use crate::prelude::*;

/// The folder whose files tell a group's processor time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CpuGroup {
    /// How its files are named.
    pub version: Version,
    /// The group's folder.
    pub folder: HostPath,
}

/// A limit on processor time: so much of it in each period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CpuQuota {
    /// Microseconds of processor time in a period.
    pub micros: u64,
    /// The period in microseconds.
    pub period_micros: u64,
}

/// How often a group met its limit, since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Throttling {
    /// Periods in which it wanted to run.
    pub periods: u64,
    /// Periods in which it had to stop because its time was used up.
    pub throttled: u64,
}

/// Where the processor time of a process with these memberships is limited: the version
/// 1 hierarchy if the controller is there, else version 2. `None` when the group is
/// outside our own cgroup namespace.
pub fn cpu_group(memberships: &[Membership]) -> Option<CpuGroup> {
    let of_cpu = |m: &&Membership| m.controllers.iter().any(|c| c == "cpu");
    let unified = |m: &&Membership| m.controllers.is_empty();
    let (version, mount, group) = match memberships.iter().find(of_cpu) {
        Some(group) => (Version::One, "/sys/fs/cgroup/cpu", group),
        None => (
            Version::Two,
            "/sys/fs/cgroup",
            memberships.iter().find(unified)?,
        ),
    };
    let path = &group.path;
    let outside = path.split('/').any(|element| element == "..");
    (!outside).then(|| CpuGroup {
        version,
        folder: HostPath::new(format!("{mount}{}", path.trim_end_matches('/'))),
    })
}

impl CpuGroup {
    /// This group and those above it, the uppermost that can be seen included: each may
    /// have a limit of its own.
    pub fn with_ancestors(&self) -> Vec<Self> {
        let root = match self.version {
            Version::One => "/sys/fs/cgroup/cpu",
            Version::Two => "/sys/fs/cgroup",
        };
        let mut all = Vec::new();
        let mut folder = self.folder.clone();
        while folder.as_str().starts_with(root) {
            all.push(Self {
                version: self.version,
                folder: folder.clone(),
            });
            if folder.as_str().len() <= root.len() {
                break;
            }
            folder = folder.parent();
        }
        all
    }

    /// The file with the limit; in version 1 the period has one of its own.
    pub fn quota_file(&self) -> HostPath {
        self.folder.join(match self.version {
            Version::One => "cpu.cfs_quota_us",
            Version::Two => "cpu.max",
        })
    }

    /// The file with the period, in version 1.
    pub fn period_file(&self) -> Option<HostPath> {
        (self.version == Version::One).then(|| self.folder.join("cpu.cfs_period_us"))
    }

    /// The file with the counters of [`Throttling`].
    pub fn stat_file(&self) -> HostPath {
        self.folder.join("cpu.stat")
    }

    /// The unit or slice that the group is.
    pub fn unit(&self) -> &str {
        self.folder.file_name()
    }
}

/// Reads `cpu.max` (`2000 100000`, `max 100000`), or `cpu.cfs_quota_us` (`-1` is none)
/// with `cpu.cfs_period_us`.
pub fn quota(limit: &[u8], period: Option<&[u8]>) -> Option<CpuQuota> {
    let mut words = field::words(limit);
    let micros = field::number(words.next()?)?;
    let period_micros = match period {
        Some(period) => field::number(field::trim(period))?,
        None => field::number(words.next()?)?,
    };
    (period_micros > 0).then_some(CpuQuota {
        micros,
        period_micros,
    })
}

/// Reads `cpu.stat`; `None` where the kernel does not count.
pub fn throttling(bytes: &[u8]) -> Option<Throttling> {
    let keyed = cgroup::keyed(bytes);
    Some(Throttling {
        periods: *keyed.get("nr_periods")?,
        throttled: *keyed.get("nr_throttled")?,
    })
}

impl CpuQuota {
    /// The part of one processor that may be used, in hundredths: 150 is one and a half.
    pub fn percent(&self) -> u64 {
        self.micros
            .saturating_mul(100)
            .checked_div(self.period_micros)
            .unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_of_both_versions() {
        let two = CpuQuota {
            micros: 2_000,
            period_micros: 100_000,
        };
        assert_eq!(quota(b"2000 100000\n", None), Some(two));
        assert_eq!(quota(b"max 100000\n", None), None);
        assert_eq!(quota(b"2000\n", Some(b"100000\n")), Some(two));
        assert_eq!(quota(b"-1\n", Some(b"100000\n")), None);
        assert_eq!(two.percent(), 2);
        assert_eq!(quota(b"1 0\n", None), None);
    }

    #[test]
    fn throttling_is_counted() {
        let text = b"usage_usec 55\nnr_periods 40\nnr_throttled 39\nthrottled_usec 3800000\n";
        assert_eq!(
            throttling(text),
            Some(Throttling {
                periods: 40,
                throttled: 39
            })
        );
        // The root of version 2, and groups without the controller.
        assert_eq!(throttling(b"usage_usec 55\n"), None);
    }

    #[test]
    fn groups_of_both_versions() {
        let hybrid = cgroup::memberships(
            b"6:cpu,cpuacct:/system.slice/app.service\n0::/system.slice/app.service\n",
        );
        let one = cpu_group(&hybrid).unwrap();
        assert_eq!(
            one.quota_file().as_str(),
            "/sys/fs/cgroup/cpu/system.slice/app.service/cpu.cfs_quota_us"
        );
        let two = cpu_group(&cgroup::memberships(b"0::/a.slice/app.service\n")).unwrap();
        let units: Vec<String> = two
            .with_ancestors()
            .iter()
            .map(|g| g.unit().to_owned())
            .collect();
        assert_eq!(units, ["app.service", "a.slice", "cgroup"]);
        assert_eq!(cpu_group(&cgroup::memberships(b"0::/../x\n")), None);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>, path: String) {
            let _ = (quota(&bytes, None).map(|q| q.percent()), quota(&bytes, Some(&bytes)), throttling(&bytes));
            let group = [Membership { controllers: Vec::new(), path }];
            let _ = cpu_group(&group).map(|g| g.with_ancestors());
        }
    }
}
