//! What a refused system call means for a question.
use gatewhy_facts::answer::Outcome;
use rustix::fs::Stat;
use rustix::io::Errno;

/// The outcome for `error`, met while attempting `attempt` (`open /etc/x`).
///
/// `ESRCH` counts as absent: a process that ended while we looked is gone.
pub(super) fn outcome(attempt: &str, error: Errno) -> Outcome {
    match error {
        Errno::NOENT | Errno::NOTDIR | Errno::SRCH => Outcome::Absent,
        Errno::ACCESS | Errno::PERM => Outcome::Denied(format!("{attempt}: {}", words(error))),
        other => Outcome::Failed(format!("{attempt}: {}", words(other))),
    }
}

/// As [`outcome`], and says whose the refused object is, so that a person sees
/// which group or user would do.
pub(super) fn outcome_for(attempt: &str, stat: &Stat, error: Errno) -> Outcome {
    match outcome(attempt, error) {
        Outcome::Denied(why) => {
            let mode = stat.st_mode & 0o7777;
            Outcome::Denied(format!(
                "{why} (mode {mode:04o}, uid {}, gid {})",
                stat.st_uid, stat.st_gid
            ))
        }
        other => other,
    }
}

/// The system's words for an error, without its number.
pub(super) fn words(error: Errno) -> String {
    let text = error.to_string();
    match text.rfind(" (os error") {
        Some(at) => text.get(..at).unwrap_or(&text).to_owned(),
        None => text,
    }
}
