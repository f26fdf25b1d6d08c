//! Hosts whose lab was killed before it could end them.

use std::fs;
use std::path::Path;

use rustix::process::{Pid, Signal, kill_process};

/// Ends what is left of labs that no longer run. Only control groups that a lab
/// named after its own, now gone, process id are touched.
pub(crate) fn sweep() {
    let roots = [
        "/sys/fs/cgroup",
        "/sys/fs/cgroup/systemd",
        "/sys/fs/cgroup/memory",
        "/sys/fs/cgroup/pids",
        "/sys/fs/cgroup/unified",
    ];
    for root in roots {
        for entry in fs::read_dir(root).into_iter().flatten().flatten() {
            if is_stale(&entry.file_name().to_string_lossy()) {
                remove(&entry.path());
            }
        }
    }
}

fn is_stale(group: &str) -> bool {
    let owner = group
        .strip_prefix("gwlab-")
        .and_then(|rest| rest.split('-').next());
    owner.is_some_and(|pid| pid.parse::<u32>().is_ok() && !Path::new("/proc").join(pid).exists())
}

/// Kills the members of a control group and of those below it, then removes them.
fn remove(group: &Path) {
    for entry in fs::read_dir(group).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            remove(&entry.path());
        }
    }
    let members = fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
    for pid in members
        .lines()
        .filter_map(|line| Pid::from_raw(line.parse().ok()?))
    {
        let _ = kill_process(pid, Signal::KILL);
    }
    // It may still be busy with dying members; the next sweep gets it then.
    let _ = fs::remove_dir(group);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_groups_of_labs_that_are_gone_are_stale() {
        assert!(!is_stale(&format!("gwlab-{}-0", std::process::id())));
        assert!(is_stale("gwlab-4194999-0"));
        assert!(!is_stale("gwlab-x") && !is_stale("system.slice"));
    }
}
