//! Which event an entry tells of: by its message id, or else by its words.
use super::{Entry, UnitEvent};
use crate::prelude::*;
use crate::systemd::exit::Exit;
use crate::systemd::show::ServiceResult;

/// Message ids (`sd-messages.h`), each with the words that mean the same.
const IDS: [(&str, Kind); 18] = [
    ("7d4958e842da4a758f6c1cdc7b36dcc5", Kind::Starting),
    ("39f53479d3a045ac8e11786248231fbf", Kind::StartDone),
    ("be02cf6855d2428ba40df7e9d022f03d", Kind::StartFailed),
    ("de5b426a63be47a7b6ac3eaac82e2f6f", Kind::Stopping),
    ("9d1aaa27d60140bd96365438aad20286", Kind::Stopped),
    ("7ad2d189f7e94e70a38c781354912448", Kind::Deactivated),
    ("d34d037fff1847e6ae669a370e694725", Kind::Reloading),
    ("7b05ebc668384222baa8881179cfda54", Kind::ReloadDone),
    ("98e322203f7a4ed290d09fe03c09fe15", Kind::ProcessExit),
    ("d9b373ed55a64feb8242e02dbe79a49c", Kind::FailedWith),
    ("5eb03494b6584870a536b337290809b3", Kind::RestartScheduled),
    ("fe6faa94e7774663a0da52717891d8ef", Kind::OomKill),
    ("d989611b15e44c9dbf31e3c81256e4ed", Kind::OomdKill),
    ("641257651c1b4ec9a8624d7a40a9e1e7", Kind::SpawnFailed),
    ("0e4284a0caca4bfc81c0bb6786972673", Kind::Skipped),
    ("c772d24e9a884cbeb9ea12625c306c01", Kind::BadSetting),
    ("fc2e22bc6ee647b6b90729ab34a250b1", Kind::CoreDump),
    ("ae8f7b866b0347b9af31fe1c80b127c0", Kind::Consumed),
];

/// Groups of messages that share an id.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Starting,
    StartDone,
    StartFailed,
    Stopping,
    Stopped,
    Deactivated,
    Reloading,
    ReloadDone,
    ProcessExit,
    FailedWith,
    RestartScheduled,
    OomKill,
    OomdKill,
    SpawnFailed,
    Skipped,
    BadSetting,
    CoreDump,
    Consumed,
}

/// What an entry tells, when systemd wrote it.
pub(super) fn event(entry: &Entry) -> Option<UnitEvent> {
    let id = entry.message_id.as_deref().unwrap_or_default();
    let kind = IDS.iter().find(|(known, _)| *known == id);
    let kind = kind.map(|(_, kind)| *kind);
    if kind == Some(Kind::CoreDump) && entry.is_by_coredump() {
        return Some(core_dump(entry));
    }
    if !entry.is_by_systemd() {
        return None;
    }
    let text = entry.text();
    let told = kind.and_then(|kind| by_kind(kind, entry, &text));
    told.or_else(|| {
        if kind.is_some() {
            None
        } else {
            from_text(&text)
        }
    })
}

fn by_kind(kind: Kind, entry: &Entry, text: &str) -> Option<UnitEvent> {
    let details = &entry.details;
    let words = without_unit(text);
    Some(match kind {
        Kind::Starting => UnitEvent::Starting,
        Kind::StartDone => skipped(text).unwrap_or(UnitEvent::Started),
        Kind::StartFailed => start_failed(details.job_result.as_deref(), text),
        Kind::Stopping => UnitEvent::Stopping,
        Kind::Stopped => UnitEvent::Stopped,
        Kind::Deactivated => UnitEvent::Deactivated,
        Kind::Reloading => UnitEvent::Reloading,
        Kind::ReloadDone => match details.job_result.as_deref() {
            Some("done") => UnitEvent::Reloaded,
            Some(_) => UnitEvent::ReloadFailed,
            None => return from_text(text),
        },
        Kind::ProcessExit => process_exit(entry).or_else(|| from_text(text))?,
        Kind::FailedWith => match &details.unit_result {
            Some(result) => UnitEvent::FailedWith(ServiceResult::from_word(result)),
            None => return from_text(text),
        },
        Kind::RestartScheduled => UnitEvent::RestartScheduled {
            counter: details.restarts.or_else(|| last_number(words)),
        },
        Kind::OomKill => UnitEvent::OomKilledProcess,
        Kind::OomdKill => UnitEvent::OomdKilled,
        Kind::Skipped => UnitEvent::ConditionFailed { check: None },
        Kind::BadSetting => UnitEvent::BadSetting { text: text.into() },
        Kind::SpawnFailed => return from_text(text),
        Kind::CoreDump | Kind::Consumed => return None,
    })
}

fn core_dump(entry: &Entry) -> UnitEvent {
    let details = &entry.details;
    UnitEvent::CoreDumped {
        pid: details.coredump_pid,
        comm: details.coredump_comm.clone().unwrap_or_default(),
        signal: details.coredump_signal,
    }
}

fn start_failed(job_result: Option<&str>, text: &str) -> UnitEvent {
    match job_result {
        Some("dependency") => UnitEvent::DependencyFailed,
        Some("assert") => UnitEvent::AssertFailed,
        Some(_) => UnitEvent::StartFailed,
        None => from_text(text).unwrap_or(UnitEvent::StartFailed),
    }
}

fn process_exit(entry: &Entry) -> Option<UnitEvent> {
    let details = &entry.details;
    let status = details.exit_status.as_deref()?;
    let exit = Exit::from_words(details.exit_code.as_deref()?, status)?;
    Some(match details.command.as_deref()? {
        "ExecStart" => UnitEvent::MainExited(exit),
        command => UnitEvent::ControlExited {
            command: command.to_owned(),
            exit,
        },
    })
}

/// What one of systemd's lines tells by its words alone, as it also appears in
/// `/var/log/syslog`; `None` for lines that tell nothing of a unit's life.
///
/// Covers systemd 219 to 257.
pub fn from_text(text: &str) -> Option<UnitEvent> {
    let words = without_unit(text);
    job_done(text)
        .or_else(|| process_ended(words))
        .or_else(|| refused(words))
        .or_else(|| took_too_long(words))
        .or_else(|| could_not(words))
        .or_else(|| about_process(words))
        .or_else(|| variable_ignored(words))
        .or_else(|| trouble(words).filter(|_| words.len() != text.len()))
}

/// `x.service: Failed …` without the unit's name.
fn without_unit(text: &str) -> &str {
    match text.split_once(": ") {
        Some((unit, rest)) if unit.contains('.') && !unit.contains([' ', '/']) => rest,
        _ => text,
    }
}

/// Lines that begin with a verb and go on with the unit's title.
fn job_done(text: &str) -> Option<UnitEvent> {
    if let Some(skipped) = skipped(text) {
        return Some(skipped);
    }
    let verbs = [
        ("Starting ", UnitEvent::Starting),
        ("Started ", UnitEvent::Started),
        ("Finished ", UnitEvent::Started),
        ("Listening on ", UnitEvent::Started),
        ("Failed to start ", UnitEvent::StartFailed),
        ("Failed to listen on ", UnitEvent::StartFailed),
        ("Timed out starting ", UnitEvent::StartFailed),
        ("Dependency failed for ", UnitEvent::DependencyFailed),
        ("Assertion failed for ", UnitEvent::AssertFailed),
        ("Stopping ", UnitEvent::Stopping),
        ("Stopped ", UnitEvent::Stopped),
        ("Reloading ", UnitEvent::Reloading),
        ("Reloaded ", UnitEvent::Reloaded),
        ("Reload failed for ", UnitEvent::ReloadFailed),
    ];
    let found = verbs.into_iter().find(|(verb, _)| text.starts_with(verb));
    found.map(|(_, event)| event)
}

/// `x.service was skipped because of a failed condition check (ConditionPathExists=/x).`
fn skipped(text: &str) -> Option<UnitEvent> {
    let tells = text.contains(" was skipped because of a")
        || (text.starts_with("Condition check resulted in ") && text.contains("being skipped"));
    let check = text.split_once(" check (").and_then(|(_, rest)| {
        let (check, _) = rest.rsplit_once(')')?;
        Some(check.to_owned())
    });
    tells.then_some(UnitEvent::ConditionFailed { check })
}

fn process_ended(words: &str) -> Option<UnitEvent> {
    let (who, rest) = words.split_once(" process exited, code=")?;
    let (code, status) = rest.split_once(", status=")?;
    let exit = Exit::from_words(code, status)?;
    match who {
        // Before systemd 230 the line began in lower case.
        "Main" | "main" => Some(UnitEvent::MainExited(exit)),
        "Control" | "control" => Some(UnitEvent::ControlExited {
            command: String::new(),
            exit,
        }),
        _ => None,
    }
}

fn refused(words: &str) -> Option<UnitEvent> {
    let begins = |start: &str| words.starts_with(start);
    if let Some(result) = words.strip_prefix("Failed with result '") {
        let result = result.trim_end_matches(['.', '\'']);
        return Some(UnitEvent::FailedWith(ServiceResult::from_word(result)));
    }
    if begins("Start request repeated too quickly") || begins("start request repeated too quickly")
    {
        return Some(UnitEvent::StartTooQuick);
    }
    if begins("Scheduled restart job") || words.contains("holdoff time over, scheduling restart") {
        let counter = last_number(words);
        return Some(UnitEvent::RestartScheduled { counter });
    }
    if begins("Starting requested but asserts failed") {
        return Some(UnitEvent::AssertFailed);
    }
    if begins("Deactivated successfully") || words == "Succeeded." {
        return Some(UnitEvent::Deactivated);
    }
    if words.contains("killed by the OOM killer") {
        return Some(UnitEvent::OomKilledProcess);
    }
    if words.contains("killed by systemd-oomd") {
        return Some(UnitEvent::OomdKilled);
    }
    None
}

fn took_too_long(words: &str) -> Option<UnitEvent> {
    if let Some(limit) = words.strip_prefix("Watchdog timeout (limit ") {
        let limit = limit.trim_end_matches(['!', ')']).to_owned();
        return Some(UnitEvent::Watchdog { limit });
    }
    if words.starts_with("Service reached runtime time limit") {
        return Some(UnitEvent::RuntimeLimit);
    }
    if let Some((state, _)) = words.split_once(" operation timed out.") {
        return Some(timed_out(state));
    }
    let (state, _) = words.strip_prefix("State '")?.split_once("' timed out")?;
    Some(timed_out(state))
}

fn timed_out(state: &str) -> UnitEvent {
    let state = state.to_ascii_lowercase();
    match state.as_str() {
        "start" | "start-pre" | "start-post" | "condition" => UnitEvent::StartTimeout { state },
        _ => UnitEvent::StopTimeout { state },
    }
}

fn could_not(words: &str) -> Option<UnitEvent> {
    if let Some(rest) = words.strip_prefix("Failed at step ") {
        let (step, rest) = rest.split_once(" spawning ")?;
        let (command, text) = rest.rsplit_once(": ")?;
        return Some(UnitEvent::StepFailed {
            step: step.to_owned(),
            command: command.to_owned(),
            text: text.to_owned(),
        });
    }
    if let Some(rest) = words.strip_prefix("Failed to locate executable ") {
        let (path, text) = rest.rsplit_once(": ")?;
        return Some(UnitEvent::CannotLocate {
            path: path.to_owned(),
            text: text.to_owned(),
        });
    }
    if is_unprepared(words) {
        let text = words.to_owned();
        return Some(UnitEvent::CannotPrepare { text });
    }
    let (address, text) = words
        .strip_prefix("Failed to create listening socket (")?
        .rsplit_once("): ")?;
    Some(UnitEvent::CannotListen {
        address: address.to_owned(),
        text: text.to_owned(),
    })
}

/// `Failed to load environment files: …`, and of each task of a start (`start-pre`,
/// `start` …) `Failed to run 'start' task: …`, since version 254 `to spawn`.
fn is_unprepared(words: &str) -> bool {
    let task = words
        .strip_prefix("Failed to run '")
        .or_else(|| words.strip_prefix("Failed to spawn '"));
    words.starts_with("Failed to load environment files: ")
        || task.is_some_and(|task| task.starts_with("start") && task.contains("' task: "))
}

fn about_process(words: &str) -> Option<UnitEvent> {
    if words.starts_with("Sent signal ") && words.ends_with("on client request.") {
        let text = words.to_owned();
        return Some(UnitEvent::SignalOnRequest { text });
    }
    if let Some(rest) = words.strip_prefix("Killing process ") {
        let (process, signal) = rest.rsplit_once(" with signal ")?;
        let (pid, comm) = process_and_name(process);
        let signal = signal.trim_end_matches('.').to_owned();
        return Some(UnitEvent::ProcessKilled { pid, comm, signal });
    }
    let stays = [
        ("Unit process ", " remains running after unit stopped"),
        ("Found left-over process ", " in control group while"),
    ];
    stays.iter().find_map(|(before, behind)| {
        let (process, _) = words.strip_prefix(before)?.split_once(behind)?;
        let (pid, comm) = process_and_name(process);
        Some(UnitEvent::LeftOver { pid, comm })
    })
}

/// `301 (sh)`
fn process_and_name(words: &str) -> (Option<u32>, String) {
    let (pid, comm) = words.split_once(' ').unwrap_or((words, ""));
    let comm = comm.strip_prefix('(').unwrap_or(comm);
    let comm = comm.strip_suffix(')').unwrap_or(comm);
    (pid.parse().ok(), comm.to_owned())
}

/// `Ignoring invalid environment assignment 'export A=b': /etc/shop/env`
fn variable_ignored(words: &str) -> Option<UnitEvent> {
    let rest = words.strip_prefix("Ignoring invalid environment assignment '")?;
    let (assignment, file) = rest.rsplit_once("': ")?;
    let name = assignment.split('=').next().unwrap_or_default();
    Some(UnitEvent::VariableIgnored {
        name: name.to_owned(),
        file: file.to_owned(),
    })
}

/// Other lines that name a failure.
fn trouble(words: &str) -> Option<UnitEvent> {
    let tells = [
        "Failed to ",
        "failed: ",
        "Can't ",
        "Refusing",
        "denied",
        "fatal error",
    ];
    let text = words.to_owned();
    tells
        .iter()
        .any(|tell| words.contains(tell))
        .then_some(UnitEvent::Trouble { text })
}

fn last_number(words: &str) -> Option<u32> {
    let word = words.trim_end_matches('.').rsplit(' ').next()?;
    word.parse().ok()
}
