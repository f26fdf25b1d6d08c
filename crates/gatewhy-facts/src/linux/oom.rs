//! Out-of-memory kills: several records of the kernel's log make one.
//!
//! A report starts with who asked for memory, which is seldom the victim; then
//! come usage, limit and control groups; the last record names who was killed.
//! Which of them exist, and their words, changed over the kernel's versions.
use super::field;
use super::kernel_event::KernelEvent;
use super::kernel_log::{Happened, Record};
pub use super::oom_table::Holder;
use super::oom_table::Table;
use crate::prelude::*;

/// A process killed by the kernel for want of memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OomKill {
    /// The victim, in the first pid namespace: a container knows it by another id.
    pub pid: u32,
    /// Its name, at most 15 bytes, chosen by itself.
    pub comm: Vec<u8>,
    /// Its user, where the kernel says so (since 5.0; RHEL 6).
    pub uid: Option<u32>,
    /// The victim's control group.
    pub task_group: Option<Vec<u8>>,
    /// The control group whose limit was reached: itself or one above the
    /// victim's. `None` with [`Constraint::Machine`].
    pub limited_group: Option<Vec<u8>>,
    /// What was short of memory.
    pub constraint: Constraint,
    /// Usage and limit of that group in KiB.
    pub usage_and_limit_kib: Option<(u64, u64)>,
    /// The victim's anonymous resident memory in KiB.
    pub anon_rss_kib: Option<u64>,
    /// The victim's address space in KiB.
    pub total_vm_kib: Option<u64>,
    /// The name of the process whose request could not be met.
    pub invoked_by: Option<Vec<u8>>,
    /// The process that held the most of what was short.
    pub largest: Option<Holder>,
}

/// What was short of memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Constraint {
    /// The whole machine.
    Machine,
    /// A control group with a limit.
    Group,
    /// Some memory nodes only (`cpuset` or memory policy).
    Nodes,
    /// The log does not say.
    #[default]
    Unknown,
}

/// A report under way.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// What is known so far of the victim that was chosen.
    chosen: OomKill,
    /// When it was chosen, and the record that said so; a kill must follow.
    pending: Option<(u64, Vec<u8>)>,
    /// The control group that is killed as a whole: several kills follow.
    whole_group: Option<Vec<u8>>,
    /// The processes that the kernel chose among.
    table: Table,
}

impl Report {
    /// Takes one record; gives the kills that are complete with it.
    pub(crate) fn read(&mut self, record: &Record) -> Vec<Happened> {
        let text = record.text.as_slice();
        if let Some(comm) = before(text, b" invoked oom-killer: ") {
            let unfinished = self.take();
            self.whole_group = None;
            self.chosen.invoked_by = Some(comm.to_vec());
            self.table = Table::default();
            return unfinished;
        }
        if let Some(rest) = text.strip_prefix(b"oom-kill:") {
            let unfinished = self.take_kept();
            self.chosen_line(rest);
            self.pending = Some((record.at_us, text.to_vec()));
            return unfinished;
        }
        if self.table.read(text) {
            self.chosen.largest.clone_from(&self.table.largest);
            return Vec::new();
        }
        if self.groups_line(text) || self.usage_line(text) || self.whole_group_line(text) {
            return Vec::new();
        }
        killed(text).map_or_else(Vec::new, |kill| self.complete(kill, record))
    }

    /// The kill that was announced and whose last record never came.
    pub(crate) fn finish(mut self) -> Vec<Happened> {
        self.take()
    }

    fn take(&mut self) -> Vec<Happened> {
        let kill = core::mem::take(&mut self.chosen);
        self.pending.take().map_or_else(Vec::new, |(at_us, text)| {
            vec![Happened {
                at_us,
                event: KernelEvent::OomKill(kill),
                text,
            }]
        })
    }

    /// As [`Self::take`], but what the report said so far stays.
    fn take_kept(&mut self) -> Vec<Happened> {
        let kept = self.chosen.clone();
        let unfinished = self.take();
        if unfinished.is_empty() {
            self.chosen = kept;
        }
        unfinished
    }

    /// `constraint=C,nodemask=…,oom_memcg=G,task_memcg=G,task=NAME,pid=N,uid=N`;
    /// the name is the process's own choice, so the numbers are read from the end.
    fn chosen_line(&mut self, rest: &[u8]) {
        let constraint = before(rest, b",").and_then(|c| c.strip_prefix(b"constraint="));
        self.chosen.constraint = constraint.map_or(Constraint::Unknown, constraint_of);
        let Some((front, uid)) = split_last(rest, b",uid=") else {
            return;
        };
        let Some((front, pid)) = split_last(front, b",pid=") else {
            return;
        };
        self.chosen.uid = field::number(uid);
        self.chosen.pid = field::number(pid).unwrap_or_default();
        let Some((front, task)) = split_first(front, b",task_memcg=") else {
            return;
        };
        let Some((group, comm)) = split_first(task, b",task=") else {
            return;
        };
        self.chosen.task_group = Some(group.to_vec());
        self.chosen.comm = comm.to_vec();
        let limited = split_first(front, b",oom_memcg=").map(|(_, group)| group.to_vec());
        self.chosen.limited_group = limited.or(self.chosen.limited_group.take());
    }

    /// `Task in GROUP killed as a result of limit of GROUP` (before 5.0).
    fn groups_line(&mut self, text: &[u8]) -> bool {
        let Some(rest) = text.strip_prefix(b"Task in ") else {
            return false;
        };
        let Some((task, limited)) = split_first(rest, b" killed as a result of limit of ") else {
            return false;
        };
        self.chosen.task_group = Some(task.to_vec());
        self.chosen.limited_group = Some(limited.to_vec());
        self.chosen.constraint = Constraint::Group;
        true
    }

    /// `memory: usage 30720kB, limit 30720kB, failcnt 149`
    fn usage_line(&mut self, text: &[u8]) -> bool {
        let Some(rest) = text.strip_prefix(b"memory: usage ") else {
            return false;
        };
        let both = split_first(rest, b"kB, limit ").and_then(|(usage, rest)| {
            Some((field::number(usage)?, field::number(before(rest, b"kB")?)?))
        });
        self.chosen.usage_and_limit_kib = both;
        both.is_some()
    }

    /// `Tasks in GROUP are going to be killed due to memory.oom.group set`
    fn whole_group_line(&mut self, text: &[u8]) -> bool {
        let group = text
            .strip_prefix(b"Tasks in ")
            .and_then(|rest| before(rest, b" are going to be killed due to memory.oom.group set"));
        self.whole_group = group.map(<[u8]>::to_vec).or(self.whole_group.take());
        group.is_some()
    }

    /// The kernel limits its reports, and not this last line of each: without a
    /// report of its own, a kill must not inherit that of another.
    fn complete(&mut self, kill: OomKill, record: &Record) -> Vec<Happened> {
        let same = self.chosen.pid == 0 || self.chosen.pid == kill.pid;
        if !same && self.whole_group.is_none() {
            self.chosen = OomKill::default();
        }
        let chosen = &self.chosen;
        let group = if same {
            &chosen.task_group
        } else {
            &self.whole_group
        };
        let kill = OomKill {
            uid: kill.uid.or(chosen.uid.filter(|_| same)),
            task_group: group.clone(),
            limited_group: chosen.limited_group.clone(),
            constraint: match kill.constraint {
                Constraint::Unknown => chosen.constraint,
                known if chosen.constraint == Constraint::Unknown => known,
                _ => chosen.constraint,
            },
            usage_and_limit_kib: chosen.usage_and_limit_kib,
            invoked_by: chosen.invoked_by.clone(),
            largest: chosen.largest.clone(),
            ..kill
        };
        self.pending = None;
        // A report without a process id serves one kill.
        if self.chosen.pid == 0 {
            self.chosen = OomKill::default();
        }
        vec![Happened {
            at_us: record.at_us,
            event: KernelEvent::OomKill(kill),
            text: record.text.clone(),
        }]
    }
}

/// The last record of a report, in the words of every era:
/// `[PREFIX: ]Killed process N (NAME) total-vm:NkB, anon-rss:NkB, …`, and of
/// RHEL 6 `Killed process N, UID N, (NAME) total-vm:…`.
fn killed(text: &[u8]) -> Option<OomKill> {
    let (prefix, rest) = split_first(text, b"Killed process ")?;
    let constraint = match prefix {
        b"" => Constraint::Unknown,
        b"Out of memory: " | b"Out of memory (oom_kill_allocating_task): " => Constraint::Machine,
        b"Memory cgroup out of memory: " => Constraint::Group,
        _ => return None,
    };
    let (who, sizes) = split_last(rest, b") total-vm:")?;
    let (numbers, comm) = split_first(who, b"(")?;
    let (pid, uid) = match split_first(numbers, b", UID ") {
        Some((pid, uid)) => (pid, field::number(before(uid, b",")?)),
        None => (field::trim(numbers), uid_at_end(sizes)),
    };
    Some(OomKill {
        pid: field::number(pid)?,
        comm: comm.to_vec(),
        uid,
        constraint,
        total_vm_kib: before(sizes, b"kB").and_then(field::number),
        anon_rss_kib: split_first(sizes, b" anon-rss:")
            .and_then(|(_, rss)| field::number(before(rss, b"kB")?)),
        ..OomKill::default()
    })
}

/// `UID:33` between the sizes (since 5.3).
fn uid_at_end(sizes: &[u8]) -> Option<u32> {
    let (_, uid) = split_first(sizes, b" UID:")?;
    field::number(field::words(uid).next()?)
}

fn constraint_of(word: &[u8]) -> Constraint {
    match word {
        b"CONSTRAINT_NONE" => Constraint::Machine,
        b"CONSTRAINT_MEMCG" => Constraint::Group,
        b"CONSTRAINT_CPUSET" | b"CONSTRAINT_MEMORY_POLICY" => Constraint::Nodes,
        _ => Constraint::Unknown,
    }
}

pub(super) fn before<'a>(text: &'a [u8], end: &[u8]) -> Option<&'a [u8]> {
    split_first(text, end).map(|(front, _)| front)
}

pub(super) fn split_first<'a>(text: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let found = memchr::memmem::find(text, at)?;
    Some((text.get(..found)?, text.get(found + at.len()..)?))
}

pub(super) fn split_last<'a>(text: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let found = memchr::memmem::rfind(text, at)?;
    Some((text.get(..found)?, text.get(found + at.len()..)?))
}
