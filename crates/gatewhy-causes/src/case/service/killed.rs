//! Which of the kernel's out-of-memory kills is the death that somebody saw.
//!
//! The kernel names the victim's control group in a report that it limits to a few
//! in some seconds; its last line, which names process and program, always comes.
//! Its clock also drifts apart from the one that everybody else writes with, by as
//! much as seconds in a day: process ids tell better than times.
use crate::case::Case;
use gatewhy_facts::fact::Gap;
use gatewhy_facts::linux::cgroup;
use gatewhy_facts::linux::kernel_log::KernelLog;
use gatewhy_facts::linux::oom::{Constraint, OomKill};
use gatewhy_facts::prelude::*;
use gatewhy_facts::systemd::show::Unit;
use gatewhy_facts::time::Moment;

/// A kill and an exit so many microseconds apart are the same event.
const SAME_EVENT_US: i64 = 3_000_000;
/// The kernel's clock may be off by one part in so many since boot.
const DRIFT: i64 = 10_000;
/// The longest name of a process that the kernel keeps.
const COMM: usize = 15;

/// A process that died.
#[derive(Clone, Copy, Debug)]
pub struct Victim<'a> {
    /// The unit it belonged to.
    pub unit: &'a str,
    /// Its id, as its supervisor knows it.
    pub pid: Option<u32>,
    /// Its name, where it is known and signal 9 is what ended it.
    pub program: Option<&'a [u8]>,
    /// When it died.
    pub at: Moment,
}

/// An out-of-memory kill and when it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Killed {
    /// Microseconds since boot.
    pub at_us: u64,
    /// The kill.
    pub kill: OomKill,
    /// The record that says so.
    pub text: Vec<u8>,
    /// Whether it is this victim beyond doubt.
    pub sure: bool,
}

/// How a kill and a victim belong together, the surest last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tie {
    /// The same name at the same time.
    Name,
    /// The same control group, and not quite the same time.
    Group,
    /// The same process, or the same control group at the same time.
    Sure,
}

/// Whose memory was at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The unit's own, by its limit.
    Unit,
    /// That of a slice, which the unit shares with others.
    Slice(String),
    /// All that this host has: the machine's, or, where the host is a container, its
    /// container's.
    Host,
    /// The record does not say.
    Unknown,
}

impl Killed {
    /// Whose memory was at its end.
    pub fn bound(&self, unit: &str) -> Bound {
        match self.kill.constraint {
            Constraint::Machine => Bound::Host,
            Constraint::Nodes | Constraint::Unknown => Bound::Unknown,
            Constraint::Group => self.group_bound(unit).unwrap_or(Bound::Unknown),
        }
    }

    fn group_bound(&self, unit: &str) -> Option<Bound> {
        let limited = self.kill.limited_group.as_deref()?;
        if is_in_unit(limited, unit) {
            return Some(Bound::Unit);
        }
        let task = self.kill.task_group.as_deref()?;
        let below = task.strip_prefix(limited)?;
        let name = String::from_utf8_lossy(limited.rsplit(|byte| *byte == b'/').next()?);
        if name.ends_with(".slice") {
            return Some(Bound::Slice(name.into_owned()));
        }
        let own = [".service", ".scope"].iter().any(|end| name.ends_with(end));
        (!own && is_in_unit(below, unit)).then_some(Bound::Host)
    }

    /// What would have to be known to be sure.
    pub fn gap(&self) -> Option<Gap> {
        let why = "its record does not say whose process it killed, or when exactly";
        (!self.sure).then(|| Gap::new("the kernel's log of this kill", why, ""))
    }
}

impl Case<'_> {
    /// The kernel's kill of this process, if its log has one.
    pub fn kill_of(&self, log: &KernelLog, victim: &Victim<'_>) -> Option<Killed> {
        let kills = log.oom_kills().filter_map(|(happened, kill)| {
            let tie = tie(kill, self.apart(happened.at_us, victim.at)?, victim)?;
            let killed = Killed {
                at_us: happened.at_us,
                kill: kill.clone(),
                text: happened.text.clone(),
                sure: tie == Tie::Sure,
            };
            Some((tie, killed))
        });
        kills.max_by_key(|(tie, _)| *tie).map(|(_, killed)| killed)
    }

    /// Microseconds between a kernel event and another; none when the kernel's drift
    /// cannot explain them.
    fn apart(&self, at_us: u64, at: Moment) -> Option<i64> {
        let apart = self.at_kernel(at_us)?.since(at).abs();
        let up = i64::try_from(at_us).ok()?;
        (apart <= SAME_EVENT_US.saturating_add(up / DRIFT)).then_some(apart)
    }
}

fn tie(kill: &OomKill, apart: i64, victim: &Victim<'_>) -> Option<Tie> {
    let same_time = apart <= SAME_EVENT_US;
    let same_process = victim.pid == Some(kill.pid);
    let same_name = victim.program.is_some_and(|name| is_named(kill, name));
    match &kill.task_group {
        Some(group) if !is_in_unit(group, victim.unit) => None,
        Some(_) if same_time || same_process => Some(Tie::Sure),
        Some(_) => Some(Tie::Group),
        None if same_process && same_name => Some(Tie::Sure),
        None if same_time && same_name => Some(Tie::Name),
        None => None,
    }
}

/// The program that a unit starts, as the kernel names its process.
pub fn program_of(unit: &Unit) -> Option<&[u8]> {
    let path = unit.commands.start.last()?.path.as_str();
    Some(path.rsplit('/').next()?.as_bytes())
}

fn is_named(kill: &OomKill, program: &[u8]) -> bool {
    let kept = program.get(..COMM).unwrap_or(program);
    !kill.comm.is_empty() && kill.comm == kept
}

/// Whether this control group is the unit's or below it, wherever the host itself
/// stands in the machine's hierarchy.
fn is_in_unit(group: &[u8], unit: &str) -> bool {
    let group = String::from_utf8_lossy(group);
    group.split('/').any(|part| part == unit) || cgroup::unit(&group) == Some(unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Request;
    use gatewhy_facts::answer::Answer;
    use gatewhy_facts::known::Known;
    use gatewhy_facts::linux::kernel_log;
    use gatewhy_facts::question::Question;

    const SUMMARY: &str = "6,1,9000000,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/system.slice/api.service,task_memcg=/system.slice/api.service,task=node,pid=71,uid=997\n";
    const LAST: &str = "3,2,9000100,-;Memory cgroup out of memory: Killed process 71 (node) total-vm:609264kB, anon-rss:14428kB, file-rss:36936kB, shmem-rss:0kB, UID:997 pgtables:608kB oom_score_adj:900\n";

    /// What the kernel's log says of a death so many seconds after 9 s of uptime.
    fn found(log: &str, unit: &str, pid: u32, program: &str, late_secs: i64) -> Option<bool> {
        let mut known = Known::new();
        let now = "realtime_us 1795165200000000\nboottime_us 400000000000\nmonotonic_us 400000000000\nutc_offset_secs 0\nclock_ticks 100\npage_size 4096\n";
        known.learn(Question::Now, Answer::got(now));
        let request = Request::parse(Some("http://shop.test/")).unwrap();
        let case = Case::new(&known, &request);
        let victim = Victim {
            unit,
            pid: Some(pid),
            program: Some(program.as_bytes()),
            at: case.at_kernel(9_000_000).unwrap().plus_secs(late_secs),
        };
        let log = kernel_log::parse(log.as_bytes());
        case.kill_of(&log, &victim).map(|kill| kill.sure)
    }

    #[test]
    fn a_kill_in_the_units_group_at_that_time_is_its_own() {
        let log = [SUMMARY, LAST].concat();
        assert_eq!(found(&log, "api.service", 3, "node", 1), Some(true));
        assert_eq!(found(&log, "other.service", 71, "node", 1), None);
        assert_eq!(found(&log, "api.service", 3, "node", 600), None);
    }

    #[test]
    fn without_the_group_the_process_tells_and_the_name_alone_is_not_sure() {
        assert_eq!(found(LAST, "api.service", 71, "node", 1), Some(true));
        assert_eq!(found(LAST, "api.service", 3, "node", 1), Some(false));
        assert_eq!(found(LAST, "api.service", 3, "python3", 1), None);
        assert_eq!(found(LAST, "api.service", 3, "node", 600), None);
    }
}
