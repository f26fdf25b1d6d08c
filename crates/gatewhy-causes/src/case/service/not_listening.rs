//! Services that run and listen nowhere: not yet, or not any more.
use crate::case::Case;
use crate::case::service::down::{Down, RESTART_SECS, is_gone};
use crate::evidence::Strength;
use gatewhy_facts::fact::Gap;
use gatewhy_facts::prelude::*;
use gatewhy_facts::systemd::show::{SubState, Unit};

impl Case<'_> {
    /// Started moments ago, and nothing of it listens anywhere yet. What it does in a
    /// network of its own cannot be seen from here.
    pub(super) fn is_warming_up(&self, down: &mut Down) -> bool {
        let pid = down.service.unit.processes.main_pid;
        let Some(pid) = pid.filter(|_| self.is_young(down) == Some(true)) else {
            return false;
        };
        let (silent, here) = self.silence(down, pid);
        silent && (here || is_gone(&self.process(pid)))
    }

    /// It had time enough to open a port, and none of its processes has one.
    pub(super) fn is_deaf(&self, down: &mut Down) -> bool {
        let unit = &down.service.unit;
        let why = down.service.why.as_ref();
        let tied = why.is_some_and(|why| why.strength >= Strength::Strong);
        let pid = unit.processes.main_pid;
        let Some(pid) = pid.filter(|_| self.is_young(down) == Some(false)) else {
            return false;
        };
        if !tied || works_elsewhere(unit) || !self.family_is_here(pid) {
            return false;
        }
        let (silent, here) = self.silence(down, pid);
        silent && here && !is_gone(&self.process(pid))
    }

    /// Whether it has run for a few moments only; unknown where no time is known.
    fn is_young(&self, down: &Down) -> Option<bool> {
        let times = &down.service.unit.times;
        let started = self.at(times.active_enter.or(times.main_start))?;
        let now = self.clock()?.now;
        Some(now.since(started) < RESTART_SECS * 1_000_000)
    }

    /// Whether all that it started lives in the network of its main process.
    fn family_is_here(&self, pid: u32) -> bool {
        let processes = self.processes();
        let Some(all) = processes.found() else {
            return false;
        };
        let family = all.0.keys().filter(|other| all.descends(**other, pid));
        let family: Vec<u32> = family.copied().take(MOST_LOOKED_AT).collect();
        let mut others = family.iter().filter(|other| **other != pid);
        family.len() < MOST_LOOKED_AT && others.all(|other| self.shares_network_with(*other, pid))
    }

    /// Whether no process of it listens, and whether all that they could listen in is the
    /// network that is seen from here.
    fn silence(&self, down: &mut Down, pid: u32) -> (bool, bool) {
        let (listens, elsewhere) = (self.listens_anywhere(pid), self.sees_other("net", pid));
        if listens.is_none() {
            let what = format!("the sockets of process {pid}");
            let gap = Gap::new(what, "they could not be read", "run as root");
            down.gaps.push(gap);
        }
        down.gaps.extend(elsewhere.as_ref().err().cloned());
        (listens == Some(false), elsewhere == Ok(Some(false)))
    }
}

/// Most processes of a service that are looked at one by one.
const MOST_LOOKED_AT: usize = 32;
/// Programs that let others work for them, where they are not their children: their own
/// sockets tell nothing.
const GO_BETWEENS: [&str; 6] = [
    "docker",
    "podman",
    "systemd-nspawn",
    "machinectl",
    "lxc-start",
    "ssh",
];

/// Whether systemd calls it active though all that it started has ended: a script that
/// starts a daemon and leaves (`RemainAfterExit=`, /etc/init.d). A go-between's work is
/// done by others.
pub(super) fn has_ended(unit: &Unit) -> bool {
    let exited = matches!(unit.sub_state, Some(SubState::Exited));
    let empty = unit.limits.tasks_current.is_none_or(|tasks| tasks == 0);
    // One that only does a piece of work ends when that is done.
    let is_work = unit.kind.as_deref() == Some("oneshot");
    exited && empty && !is_work && !works_elsewhere(unit)
}

fn works_elsewhere(unit: &Unit) -> bool {
    let programs = unit
        .commands
        .start
        .iter()
        .filter_map(|exec| exec.argv.first());
    let mut names = programs.map(|program| program.rsplit('/').next().unwrap_or_default());
    names.any(|name| GO_BETWEENS.contains(&name))
}
