//! The states of units.
use crate::prelude::*;

/// An enum of words that systemd prints; words of other versions are kept.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$doc])* $variant,)*
            /// A word that is not in this list.
            Other(String),
        }

        impl $name {
            /// From the word that systemd prints.
            pub fn from_word(word: &str) -> Self {
                match word {
                    $($word => Self::$variant,)*
                    other => Self::Other(other.to_owned()),
                }
            }

            /// The word that systemd prints.
            pub fn word(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)*
                    Self::Other(word) => word,
                }
            }
        }
    };
}

words! {
    /// Whether the unit's definition was read (`LoadState`).
    LoadState {
        /// It was.
        Loaded = "loaded",
        /// There is no such unit.
        NotFound = "not-found",
        /// It has a setting that makes it useless, such as no `ExecStart=`.
        BadSetting = "bad-setting",
        /// Its file could not be read.
        Error = "error",
        /// An administrator forbade it (a link to `/dev/null`).
        Masked = "masked",
        /// It is another name of a unit.
        Merged = "merged",
        /// It was not looked at yet.
        Stub = "stub",
    }
}

words! {
    /// What all kinds of units have in common (`ActiveState`).
    ActiveState {
        /// Up.
        Active = "active",
        /// Up, and taking in new configuration.
        Reloading = "reloading",
        /// Down, as it should be or never started.
        Inactive = "inactive",
        /// Down because something went wrong.
        Failed = "failed",
        /// On its way up; also while it waits for its next automatic restart.
        Activating = "activating",
        /// On its way down.
        Deactivating = "deactivating",
        /// Busy with housekeeping while down (`systemctl clean`).
        Maintenance = "maintenance",
    }
}

words! {
    /// What services and sockets tell more exactly (`SubState`).
    SubState {
        /// Nothing runs.
        Dead = "dead",
        /// `ExecCondition=` runs.
        Condition = "condition",
        /// `ExecStartPre=` runs.
        StartPre = "start-pre",
        /// `ExecStart=` was started and has not said that it is ready.
        Start = "start",
        /// `ExecStartPost=` runs.
        StartPost = "start-post",
        /// The main process runs.
        Running = "running",
        /// Everything ran to its end, and the unit counts as up.
        Exited = "exited",
        /// It takes in new configuration.
        Reload = "reload",
        /// `ExecStop=` runs.
        Stop = "stop",
        /// The watchdog's signal was sent.
        StopWatchdog = "stop-watchdog",
        /// Waits for the processes to obey SIGTERM.
        StopSigterm = "stop-sigterm",
        /// Waits for the processes to obey SIGKILL.
        StopSigkill = "stop-sigkill",
        /// `ExecStopPost=` runs.
        StopPost = "stop-post",
        /// Waits for the processes that are left to obey SIGTERM.
        FinalSigterm = "final-sigterm",
        /// Waits for the processes that are left to obey SIGKILL.
        FinalSigkill = "final-sigkill",
        /// Something went wrong.
        Failed = "failed",
        /// Waits for `RestartSec=` to pass.
        AutoRestart = "auto-restart",
        /// An automatic restart is about to start (systemd 254 and later).
        AutoRestartQueued = "auto-restart-queued",
        /// A socket: systemd listens, and starts the service when somebody comes.
        Listening = "listening",
    }
}

words! {
    /// How the last run ended (`Result`).
    ServiceResult {
        /// Well, or it still runs.
        Success = "success",
        /// systemd could not get something it needs: a file, memory, an address.
        Resources = "resources",
        /// It did not speak the protocol that `Type=` promises.
        Protocol = "protocol",
        /// It took too long to start, stop or run.
        Timeout = "timeout",
        /// A process ended with an exit code other than 0.
        ExitCode = "exit-code",
        /// A process was ended by a signal.
        Signal = "signal",
        /// A process was ended by a signal, and its memory dumped.
        CoreDump = "core-dump",
        /// It stopped telling the watchdog that it is alive.
        Watchdog = "watchdog",
        /// Started too often in too short a time.
        StartLimitHit = "start-limit-hit",
        /// The kernel or systemd-oomd killed it for its memory.
        OomKill = "oom-kill",
        /// `ExecCondition=` said no.
        ExecCondition = "exec-condition",
        /// A socket: the service behind it was started too often.
        ServiceStartLimitHit = "service-start-limit-hit",
        /// A socket: too many connections came too fast.
        TriggerLimitHit = "trigger-limit-hit",
    }
}

words! {
    /// When systemd starts the service again by itself (`Restart`).
    RestartPolicy {
        /// Never.
        No = "no",
        /// Whatever happened.
        Always = "always",
        /// After a clean end only.
        OnSuccess = "on-success",
        /// After anything but a clean end.
        OnFailure = "on-failure",
        /// After a signal, a timeout or the watchdog.
        OnAbnormal = "on-abnormal",
        /// After a signal that is no clean end.
        OnAbort = "on-abort",
        /// After the watchdog.
        OnWatchdog = "on-watchdog",
    }
}

impl RestartPolicy {
    /// Whether it restarts a service whose last run had this result (the table in
    /// systemd.service(5)); `None` for a policy that this list does not know.
    pub const fn covers(&self, result: &ServiceResult) -> Option<bool> {
        use ServiceResult as R;
        let fine = matches!(result, R::Success | R::ExecCondition);
        Some(match self {
            Self::No => false,
            Self::Always => true,
            Self::OnSuccess => matches!(result, R::Success),
            Self::OnFailure => !fine,
            Self::OnAbnormal => !fine && !matches!(result, R::ExitCode),
            Self::OnAbort => matches!(result, R::Signal | R::CoreDump),
            Self::OnWatchdog => matches!(result, R::Watchdog),
            Self::Other(_) => return None,
        })
    }
}
