//! A backend that wants the processor and hardly gets it: what it got while it was
//! asked, and what keeps it from more.
use crate::case::exchange::link::Link;
use crate::case::exchange::stall::Stall;
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::linux::cpu_group::{self, CpuGroup, CpuQuota, Throttling};
use gatewhy_facts::linux::stat::{ProcessState, Stat};
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::Question;
use gatewhy_facts::untrusted::shown;

/// A time too short to tell anything, in microseconds.
const SHORTEST: u64 = 500_000;
/// Who gets less than this part of the time in which it wants to run is starved.
const PART: u64 = 4;
/// How many of those that use the most are told.
const TOLD: usize = 3;

/// A backend that wants the processor and hardly gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Starved {
    /// How many of its processes want to run.
    pub processes: u64,
    /// The processor time that they got together, in microseconds.
    pub got: u64,
    /// In so many microseconds, at least.
    pub elapsed: u64,
    /// What keeps them from more.
    pub by: By,
}

/// What keeps processes from the processor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// The limit of a control group.
    Quota(Limited),
    /// The processors that they may use are busy with others.
    Busy {
        /// How many processors they may use.
        processors: u64,
        /// Who uses the most: name, process and microseconds.
        most: Vec<(String, u32, u64)>,
    },
}

/// A control group that has used its processor time up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limited {
    /// The unit or slice.
    pub unit: String,
    /// Its limit.
    pub quota: CpuQuota,
    /// How often it met the limit.
    pub met: Throttling,
    /// Whether it is surely at its limit now.
    pub sure: bool,
    /// Where the limit was read.
    pub source: Source,
}

/// The processor time that processes used between two looks, in microseconds.
struct Use {
    all: BTreeMap<u32, (String, u64)>,
}

impl Link<'_, '_> {
    /// Why the backend hardly gets the processor that it wants. Absent when it does not
    /// want it, gets it, or nothing is seen that keeps it away.
    pub fn starved(&self, stall: &Stall) -> Fact<Starved> {
        let source = Source::new("/proc (processor time before and after our requests)");
        let Some(starved) = self.wants_in_vain(stall) else {
            return Fact::Absent(source);
        };
        match self.limited(stall, &starved) {
            Fact::Found(limited, _) => {
                let by = By::Quota(limited);
                Fact::Found(Starved { by, ..starved }, source)
            }
            Fact::Unknown(gap) => Fact::Unknown(gap),
            Fact::Absent(_) => Fact::Found(starved, source),
        }
    }

    /// What its processes got, when they wanted to run and got little.
    fn wants_in_vain(&self, stall: &Stall) -> Option<Starved> {
        let elapsed = self.direct().found()?.conversation.micros();
        let used = self.used_meanwhile()?;
        let busy = Self::busy(stall);
        let wanting: Vec<u32> = busy
            .into_iter()
            .filter(|pid| self.wants_to_run(*pid))
            .collect();
        let first = *wanting.first()?;
        let got = wanting
            .iter()
            .fold(0, |sum: u64, pid| sum.saturating_add(used.of(*pid)));
        let processes = wanting.len() as u64;
        let wanted = elapsed.saturating_mul(processes);
        let starved = elapsed >= SHORTEST && got.saturating_mul(PART) < wanted;
        let process = self.case.process_again(first).found().cloned()?;
        let processors = process.status.as_ref().ok()?.processors?;
        let by = By::Busy {
            processors: u64::from(processors),
            most: used.most(),
        };
        starved.then_some(Starved {
            processes,
            got,
            elapsed,
            by,
        })
    }

    /// Whether it runs, or would if it were let: seen twice, or in one of its threads.
    fn wants_to_run(&self, pid: u32) -> bool {
        let runs = |stat: &Stat| stat.state == ProcessState::Running;
        let Some(process) = self.case.process_again(pid).found().cloned() else {
            return false;
        };
        let again = self.case.processes_again();
        let listed = again
            .found()
            .and_then(|all| all.get(pid).map(|listed| runs(&listed.stat)));
        let now = process.stat.as_ref().is_ok_and(runs);
        let in_thread = process.threads.iter().skip(1).any(runs);
        now && listed == Some(true) || in_thread
    }

    fn used_meanwhile(&self) -> Option<Use> {
        let clock = self.case.clock()?;
        let before = self.case.processes();
        let before = before.found()?;
        let ticks = |stat: &Stat| stat.user_ticks.saturating_add(stat.system_ticks);
        let again = self.case.processes_again();
        let again = again.found()?;
        let all = again.0.iter().map(|(pid, listed)| {
            let same = before
                .get(*pid)
                .filter(|b| b.stat.start_ticks == listed.stat.start_ticks);
            let used = ticks(&listed.stat).saturating_sub(same.map_or(0, |b| ticks(&b.stat)));
            let micros = u64::try_from(clock.ticks_to_micros(used)).unwrap_or_default();
            (*pid, (shown(&listed.stat.comm).to_string(), micros))
        });
        Some(Use { all: all.collect() })
    }

    /// The control group whose limit keeps the backend from more: its own, or one above.
    fn limited(&self, stall: &Stall, starved: &Starved) -> Fact<Limited> {
        let nothing = Fact::Absent(Source::new("/sys/fs/cgroup"));
        let Some(pid) = Self::busy(stall).first().copied() else {
            return nothing;
        };
        let group = self.case.process(pid).and_then(|process, source| {
            let groups = process.cgroups.as_ref().ok();
            match groups.and_then(|groups| cpu_group::cpu_group(groups)) {
                Some(group) => Fact::Found(group, source),
                None => Fact::Absent(source),
            }
        });
        let groups = match group {
            Fact::Found(group, _) => group.with_ancestors(),
            Fact::Absent(_) => return nothing,
            Fact::Unknown(gap) => return Fact::Unknown(gap),
        };
        let at_limit = |quota: &CpuQuota| {
            let may = quota.percent().saturating_mul(starved.elapsed / 100);
            starved.got.saturating_mul(10) >= may.saturating_mul(6)
        };
        let mut best: Option<Fact<Limited>> = None;
        for (depth, group) in groups.iter().enumerate() {
            match self.met(group) {
                Fact::Unknown(gap) => return Fact::Unknown(gap),
                Fact::Absent(_) => {}
                Fact::Found(mut limited, source) => {
                    limited.sure |= depth == 0 && at_limit(&limited.quota);
                    let better = best.as_ref().is_none_or(|best| {
                        limited.sure && best.found().is_some_and(|best| !best.sure)
                    });
                    if better {
                        best = Some(Fact::Found(limited, source));
                    }
                }
            }
        }
        best.unwrap_or(nothing)
    }

    /// A group's limit, if it has one and has met it.
    fn met(&self, group: &CpuGroup) -> Fact<Limited> {
        let read = |path: &gatewhy_facts::path::HostPath| {
            self.case.known.file(&Question::file(path.as_str()))
        };
        let period = group.period_file().map(|path| read(&path));
        if let Some(Fact::Unknown(gap)) = period {
            return Fact::Unknown(gap);
        }
        let period = period.as_ref().and_then(|fact| fact.found().copied());
        let quota = read(&group.quota_file()).and_then(|bytes, source| {
            match cpu_group::quota(bytes, period) {
                Some(quota) => Fact::Found(quota, source),
                None => Fact::Absent(source),
            }
        });
        quota.and_then(|quota, source| {
            let stat = read(&group.stat_file());
            stat.and_then(|bytes, _| match cpu_group::throttling(bytes) {
                Some(met) if met.throttled > 0 => Fact::Found(
                    Limited {
                        unit: group.unit().to_owned(),
                        quota,
                        met,
                        sure: met.throttled.saturating_mul(2) >= met.periods,
                        source: source.clone(),
                    },
                    source.clone(),
                ),
                _ => Fact::Absent(source.clone()),
            })
        })
    }
}

impl Use {
    fn of(&self, pid: u32) -> u64 {
        self.all.get(&pid).map_or(0, |(_, micros)| *micros)
    }

    /// Who used the most, by program: workers of one name count together, under the one
    /// that used the most.
    fn most(&self) -> Vec<(String, u32, u64)> {
        let mut named: BTreeMap<&str, (u32, u64, u64)> = BTreeMap::new();
        for (pid, (name, micros)) in &self.all {
            let entry = named.entry(name).or_insert((*pid, *micros, 0));
            if *micros > entry.1 {
                (entry.0, entry.1) = (*pid, *micros);
            }
            entry.2 = entry.2.saturating_add(*micros);
        }
        let all = named.into_iter();
        let mut all: Vec<_> = all
            .map(|(name, (pid, _, sum))| (name.to_owned(), pid, sum))
            .filter(|(_, _, sum)| *sum > 0)
            .collect();
        all.sort_by_key(|(_, _, sum)| core::cmp::Reverse(*sum));
        all
    }
}

impl Starved {
    /// Whether those who use the processors are seen. Else it is somebody outside: another
    /// container, another virtual machine.
    pub fn is_by_seen(&self) -> bool {
        let By::Busy { processors, most } = &self.by else {
            return true;
        };
        let used = most
            .iter()
            .fold(0, |sum: u64, (_, _, micros)| sum.saturating_add(*micros));
        used.saturating_mul(5) >= self.elapsed.saturating_mul(*processors).saturating_mul(2)
    }

    /// Who uses the processors, as a list for people.
    pub fn users(&self) -> String {
        let By::Busy { most, .. } = &self.by else {
            return String::new();
        };
        let told = most.iter().take(TOLD).map(|(name, pid, micros)| {
            format!(
                "{name} {}.{} s (process {pid})",
                micros / 1_000_000,
                micros % 1_000_000 / 100_000
            )
        });
        told.collect::<Vec<_>>().join(", ")
    }
}
