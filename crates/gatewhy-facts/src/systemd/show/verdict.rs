//! What a unit's properties amount to.
use super::{ActiveState, Bound, Exec, LoadState, ServiceResult, SubState, Unit};
use crate::prelude::*;
use crate::systemd::exit::Exit;

impl Unit {
    /// Whether systemd has a definition of it at all.
    pub const fn exists(&self) -> bool {
        !matches!(self.load_state, Some(LoadState::NotFound) | None)
    }

    /// Whether an administrator forbade it.
    pub const fn is_masked(&self) -> bool {
        matches!(self.load_state, Some(LoadState::Masked))
    }

    /// Whether it is up.
    pub const fn is_active(&self) -> bool {
        matches!(
            self.active_state,
            Some(ActiveState::Active | ActiveState::Reloading)
        )
    }

    /// Whether it is down because something went wrong.
    pub const fn is_failed(&self) -> bool {
        matches!(self.active_state, Some(ActiveState::Failed))
    }

    /// Whether its main process runs, ready or not.
    pub const fn is_running(&self) -> bool {
        self.processes.main_pid.is_some() || matches!(self.sub_state, Some(SubState::Running))
    }

    /// Whether it waits for its next automatic restart.
    pub const fn is_auto_restarting(&self) -> bool {
        matches!(
            self.sub_state,
            Some(SubState::AutoRestart | SubState::AutoRestartQueued)
        )
    }

    /// How its last run ended: the command before the start that went wrong, or
    /// else the main process.
    pub fn last_exit(&self) -> Option<Exit> {
        let failed = self.failed_command().and_then(|command| command.exit);
        failed.or(self.processes.exec_main_exit)
    }

    /// The `ExecStartPre=` or `ExecStartPost=` command that made its start fail.
    pub fn failed_command(&self) -> Option<&Exec> {
        if self.is_active() || matches!(self.result, Some(ServiceResult::Success) | None) {
            return None;
        }
        let helpers = self.commands.start_pre.iter();
        let mut helpers = helpers.chain(&self.commands.start_post);
        helpers.find(|command| {
            let went_wrong = command.exit.is_some_and(|exit| !exit.is_success());
            went_wrong && !command.ignores_failure
        })
    }

    /// The signal that ended its last run, when it did so against the rules.
    pub fn failed_by_signal(&self) -> Option<i32> {
        use ServiceResult as R;
        let by_signal = matches!(
            self.result,
            Some(R::Signal | R::CoreDump | R::OomKill | R::Watchdog)
        );
        self.last_exit()
            .filter(|_| by_signal)
            .and_then(Exit::signal)
    }

    /// Whether systemd knows that the kernel or systemd-oomd killed it for its
    /// memory. With control groups of version 1 it never knows: there the kernel's
    /// log alone tells.
    pub const fn was_oom_killed(&self) -> bool {
        matches!(self.result, Some(ServiceResult::OomKill))
    }

    /// The step at which systemd could not start the program (`EXEC`, `USER` …).
    pub fn failed_step(&self) -> Option<&'static str> {
        let failed = matches!(self.result, Some(ServiceResult::ExitCode));
        self.last_exit().filter(|_| failed)?.failed_step()
    }

    /// Whether systemd ended its last run because the time that `RuntimeMaxSec=` allows was
    /// used up.
    pub fn used_up_its_time(&self) -> bool {
        let Some(Bound::At(most)) = self.rules.runtime_max else {
            return false;
        };
        let (from, until) = (self.times.active_enter, self.times.active_exit);
        let up = from.and_then(|from| until?.checked_sub(from));
        let timed_out = matches!(self.result, Some(ServiceResult::Timeout));
        timed_out && most > 0 && up.is_some_and(|up| up >= most)
    }

    /// Whether systemd could not get what its start needs, and ran no program: a file
    /// of `EnvironmentFile=`, a control group.
    pub const fn was_unprepared(&self) -> bool {
        matches!(self.result, Some(ServiceResult::Resources))
    }

    /// How its last run ended, in words: `exit code 1`, `203/EXEC`,
    /// `signal 9 (KILL)`, `timeout`; none for one that went well or never ended.
    pub fn exit_in_words(&self) -> Option<String> {
        use ServiceResult as R;
        match (self.result.as_ref()?, self.last_exit()) {
            (R::Success, Some(exit)) if exit.is_clean() => None,
            (R::Success, None) => None,
            (R::Success | R::ExitCode | R::Signal | R::CoreDump, Some(exit)) => {
                Some(exit.to_string())
            }
            (R::OomKill, Some(exit)) => Some(format!("{exit}, killed for its memory")),
            (R::ExitCode, None) => Some("an exit code that is not zero".to_owned()),
            (result, _) => Some(result.word().to_owned()),
        }
    }

    /// Whether systemd stopped restarting it, as far as its properties tell.
    ///
    /// `Result` says `start-limit-hit` only when the first refused start was one by
    /// hand. After automatic restarts it keeps the last run's result; then these
    /// tell: it is failed although its policy would restart it, it was restarted as
    /// often as allowed, and its last run was shorter than the interval. The journal
    /// is surer: see [`gave_up`](crate::systemd::journal::gave_up).
    pub fn gave_up(&self) -> bool {
        use ServiceResult as R;
        if matches!(
            self.result,
            Some(R::StartLimitHit | R::ServiceStartLimitHit | R::TriggerLimitHit)
        ) {
            return self.is_failed();
        }
        self.is_failed() && self.restarts_are_used_up() == Some(true)
    }

    fn restarts_are_used_up(&self) -> Option<bool> {
        if self.rules.restart_prevent_exit_status.is_some() {
            return None;
        }
        let covered = self.rules.restart.as_ref()?.covers(self.result.as_ref()?)?;
        let burst = self.rules.start_limit_burst?;
        let Bound::At(interval) = self.rules.start_limit_interval? else {
            return Some(false);
        };
        let often = burst > 0 && interval > 0 && self.processes.restarts? >= burst;
        Some(covered && often && self.last_run()? < interval)
    }

    /// How long the last run took, in microseconds; none while it runs.
    fn last_run(&self) -> Option<u64> {
        self.times.main_exit?.checked_sub(self.times.main_start?)
    }
}
