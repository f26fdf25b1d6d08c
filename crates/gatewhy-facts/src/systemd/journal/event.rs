//! What happens to a unit.
use crate::prelude::*;
use crate::systemd::exit::Exit;
use crate::systemd::show::ServiceResult;

/// One thing that happened to a unit, as systemd tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnitEvent {
    /// A start has begun.
    Starting,
    /// It came up, or ran to its end as it should.
    Started,
    /// A start has failed.
    StartFailed,
    /// A unit that it needs could not be started, so it was not.
    DependencyFailed,
    /// Somebody asked for its end: an administrator, a dependency, a shutdown.
    /// A restart by hand looks the same until it starts again.
    Stopping,
    /// It is down.
    Stopped,
    /// It ended as it should.
    Deactivated,
    /// It takes in new configuration.
    Reloading,
    /// It has taken it in.
    Reloaded,
    /// It has not.
    ReloadFailed,
    /// Its main process ended.
    MainExited(Exit),
    /// A helper (`ExecStartPre=`, `ExecReload=` …) ended badly.
    ControlExited {
        /// Which of the unit's commands: `ExecStartPre`; empty when not told.
        command: String,
        /// How it ended.
        exit: Exit,
    },
    /// It is down because something went wrong.
    FailedWith(ServiceResult),
    /// It will be started again after `RestartSec=`.
    RestartScheduled {
        /// How often that has happened since the last start by hand.
        counter: Option<u32>,
    },
    /// It was started too often: systemd leaves it down.
    StartTooQuick,
    /// The kernel killed one of its processes for its memory; which one it does not
    /// say.
    OomKilledProcess,
    /// systemd-oomd killed it because of memory pressure; the kernel's log has
    /// nothing of it.
    OomdKilled,
    /// It took too long to start.
    StartTimeout {
        /// At what: `start`, `start-pre`, `start-post` …
        state: String,
    },
    /// It took too long to stop, so systemd went on to a harder signal.
    StopTimeout {
        /// At what: `stop-sigterm` …
        state: String,
    },
    /// It ran longer than `RuntimeMaxSec=`.
    RuntimeLimit,
    /// It did not tell in time that it is alive.
    Watchdog {
        /// The time that it has, as systemd prints it: `30s`.
        limit: String,
    },
    /// systemd sent a signal to one of its processes because it did not end.
    ProcessKilled {
        /// Which.
        pid: Option<u32>,
        /// Its name.
        comm: String,
        /// The signal with `SIG`.
        signal: String,
    },
    /// Somebody sent a signal through systemd (`systemctl kill`).
    SignalOnRequest {
        /// systemd's words.
        text: String,
    },
    /// systemd could not get its program to run.
    StepFailed {
        /// What it tried: `EXEC`, `USER`, `CHDIR`, `NAMESPACE` …
        step: String,
        /// The program.
        command: String,
        /// What the system said.
        text: String,
    },
    /// systemd could not get what a start needs before it ran any program: a file of
    /// `EnvironmentFile=`, a control group, a process.
    CannotPrepare {
        /// systemd's words: `Failed to load environment files: No such file or directory`.
        text: String,
    },
    /// The program is not there, or cannot be run.
    CannotLocate {
        /// The program.
        path: String,
        /// What the system said.
        text: String,
    },
    /// `Condition…=` or `ExecCondition=` did not hold: it was not started.
    ConditionFailed {
        /// The condition, when told.
        check: Option<String>,
    },
    /// `Assert…=` did not hold: it was not started.
    AssertFailed,
    /// A socket unit could not listen.
    CannotListen {
        /// Where.
        address: String,
        /// What the system said.
        text: String,
    },
    /// An old process of it stays behind, and may hold its port.
    LeftOver {
        /// Which.
        pid: Option<u32>,
        /// Its name.
        comm: String,
    },
    /// A setting in its file is not understood.
    BadSetting {
        /// systemd's words, with file and line.
        text: String,
    },
    /// A line of an `EnvironmentFile=` is not understood, so its variable is not
    /// set. The value, which systemd prints, may be a secret and is left out.
    VariableIgnored {
        /// What stands before the `=`.
        name: String,
        /// The file.
        file: String,
    },
    /// A process of it dumped its memory.
    CoreDumped {
        /// Which.
        pid: Option<u32>,
        /// Its name.
        comm: String,
        /// Which signal it was.
        signal: Option<i32>,
    },
    /// Anything else that failed, in systemd's words without the unit's name.
    Trouble {
        /// The words.
        text: String,
    },
}
