//! How a process ended, with systemd's names for exit codes.
use core::fmt;

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// By itself, with this exit code.
    Code(i32),
    /// By this signal.
    Signal(i32),
    /// By this signal, with a core dump.
    Dumped(i32),
}

/// Exit codes that systemd's child uses before the program itself runs, by the
/// step that failed (`systemd-analyze exit-status`).
const STEPS: [(i32, &str); 43] = [
    (200, "CHDIR"),
    (201, "NICE"),
    (202, "FDS"),
    (203, "EXEC"),
    (204, "MEMORY"),
    (205, "LIMITS"),
    (206, "OOM_ADJUST"),
    (207, "SIGNAL_MASK"),
    (208, "STDIN"),
    (209, "STDOUT"),
    (210, "CHROOT"),
    (211, "IOPRIO"),
    (212, "TIMERSLACK"),
    (213, "SECUREBITS"),
    (214, "SETSCHEDULER"),
    (215, "CPUAFFINITY"),
    (216, "GROUP"),
    (217, "USER"),
    (218, "CAPABILITIES"),
    (219, "CGROUP"),
    (220, "SETSID"),
    (221, "CONFIRM"),
    (222, "STDERR"),
    (224, "PAM"),
    (225, "NETWORK"),
    (226, "NAMESPACE"),
    (227, "NO_NEW_PRIVILEGES"),
    (228, "SECCOMP"),
    (229, "SELINUX_CONTEXT"),
    (230, "PERSONALITY"),
    (231, "APPARMOR"),
    (232, "ADDRESS_FAMILIES"),
    (233, "RUNTIME_DIRECTORY"),
    (235, "CHOWN"),
    (236, "SMACK_PROCESS_LABEL"),
    (237, "KEYRING"),
    (238, "STATE_DIRECTORY"),
    (239, "CACHE_DIRECTORY"),
    (240, "LOGS_DIRECTORY"),
    (241, "CONFIGURATION_DIRECTORY"),
    (242, "NUMA_POLICY"),
    (243, "CREDENTIALS"),
    (244, "BPF"),
];

/// Signals of Linux on x86, ARM and most others, by number from 1.
const SIGNALS: [&str; 31] = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
    "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG",
    "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
];

/// The step of starting a program that an exit code of 200 to 244 stands for
/// (`EXEC` for 203): systemd gave up before the program itself ran.
///
/// A program may use these codes too; then nothing tells the two apart but the
/// journal.
pub fn step_name(code: i32) -> Option<&'static str> {
    let found = STEPS.iter().find(|(number, _)| *number == code);
    found.map(|(_, name)| *name)
}

/// A signal's name without `SIG`.
pub fn signal_name(number: i32) -> Option<&'static str> {
    let index = usize::try_from(number).ok()?.checked_sub(1)?;
    SIGNALS.get(index).copied()
}

/// A signal's number; `KILL` and `SIGKILL` are the same.
pub fn signal_number(name: &str) -> Option<i32> {
    let name = name.strip_prefix("SIG").unwrap_or(name);
    let index = SIGNALS.iter().position(|known| *known == name)?;
    i32::try_from(index).ok()?.checked_add(1)
}

impl Exit {
    /// From the words of the journal and of `ExecStart=`: a code (`exited`,
    /// `killed`, `dumped`) and a status (`1`, `1/FAILURE`, `9/KILL`, `KILL`).
    pub fn from_words(code: &str, status: &str) -> Option<Self> {
        let word = status.split('/').next().unwrap_or_default().trim();
        let number = word.parse().ok().or_else(|| signal_number(word))?;
        match code.trim() {
            "exited" => Some(Self::Code(number)),
            "killed" => Some(Self::Signal(number)),
            "dumped" => Some(Self::Dumped(number)),
            _ => None,
        }
    }

    /// From `ExecMainCode` (`CLD_EXITED` …) and `ExecMainStatus`; `None` for a
    /// process that has not ended.
    pub const fn from_numbers(code: i32, status: i32) -> Option<Self> {
        match code {
            1 => Some(Self::Code(status)),
            2 => Some(Self::Signal(status)),
            3 => Some(Self::Dumped(status)),
            _ => None,
        }
    }

    /// The signal that ended it.
    pub const fn signal(self) -> Option<i32> {
        match self {
            Self::Signal(number) | Self::Dumped(number) => Some(number),
            Self::Code(_) => None,
        }
    }

    /// Exit code 0.
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Code(0))
    }

    /// What systemd takes for a clean end without `SuccessExitStatus=`: code 0,
    /// or SIGHUP, SIGINT, SIGTERM or SIGPIPE (systemd.service(5)).
    pub const fn is_clean(self) -> bool {
        matches!(self, Self::Code(0) | Self::Signal(1 | 2 | 13 | 15))
    }

    /// The step at which systemd could not start the program, by the exit code.
    pub fn failed_step(self) -> Option<&'static str> {
        match self {
            Self::Code(code) => step_name(code),
            Self::Signal(_) | Self::Dumped(_) => None,
        }
    }
}

/// `exit code 1`, `203/EXEC`, `signal 9 (KILL)`, `signal 11 (SEGV) with a core dump`.
impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => match step_name(*code) {
                Some(name) => write!(f, "{code}/{name}"),
                None => write!(f, "exit code {code}"),
            },
            Self::Signal(number) => named_signal(*number, f),
            Self::Dumped(number) => {
                named_signal(*number, f)?;
                f.write_str(" with a core dump")
            }
        }
    }
}

fn named_signal(number: i32, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match signal_name(number) {
        Some(name) => write!(f, "signal {number} ({name})"),
        None => write!(f, "signal {number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    #[test]
    fn ends_are_told_in_words() {
        let said = |code, status| Exit::from_words(code, status).unwrap().to_string();
        assert_eq!(said("exited", "1/FAILURE"), "exit code 1");
        assert_eq!(said("exited", "203"), "203/EXEC");
        assert_eq!(said("killed", "9/KILL"), "signal 9 (KILL)");
        assert_eq!(said("killed", "TERM"), "signal 15 (TERM)");
        assert_eq!(said("killed", "34"), "signal 34");
        assert_eq!(said("dumped", "6/ABRT"), "signal 6 (ABRT) with a core dump");
        assert_eq!(Exit::from_words("(null)", "0/0"), None);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(code: String, status: String, number: i32) {
            let _ = Exit::from_words(&code, &status);
            for exit in [Exit::Code(number), Exit::Signal(number), Exit::Dumped(number)] {
                proptest::prop_assert!(!exit.to_string().is_empty());
            }
        }
    }
}
