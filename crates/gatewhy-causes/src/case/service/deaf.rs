//! Services that run and listen nowhere: not yet, or not any more.
use crate::case::Case;
use crate::case::service::down::{Down, RESTART_SECS, is_gone};
use gatewhy_facts::fact::Gap;
use gatewhy_facts::prelude::*;

impl Case<'_> {
    /// Started moments ago, and nothing of it listens anywhere yet. What it does in a
    /// network of its own cannot be seen from here.
    pub(super) fn is_warming_up(&self, down: &mut Down) -> bool {
        let pid = down.service.unit.processes.main_pid;
        let Some(pid) = pid.filter(|_| self.is_young(down)) else {
            return false;
        };
        let (silent, here) = self.silence(down, pid);
        silent && (here || is_gone(&self.process(pid)))
    }

    /// It had time enough to open a port, and none of its processes has one.
    pub(super) fn is_deaf(&self, down: &mut Down) -> bool {
        let pid = down.service.unit.processes.main_pid;
        let Some(pid) = pid.filter(|_| !self.is_young(down)) else {
            return false;
        };
        let (silent, here) = self.silence(down, pid);
        silent && here && !is_gone(&self.process(pid))
    }

    fn is_young(&self, down: &Down) -> bool {
        let times = &down.service.unit.times;
        let started = self.at(times.active_enter.or(times.main_start));
        let now = self.clock().map(|clock| clock.now);
        matches!((now, started), (Some(now), Some(then)) if now.since(then) < RESTART_SECS * 1_000_000)
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
