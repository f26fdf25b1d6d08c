//! systemd's words about units, as they stand in the journal and in syslog.
use super::record::{Record, Server};
use super::table::{self, Row};
use crate::scan;
use crate::symptom::Symptom;
use crate::systemd::{exit, socket_proxy};

/// `shop.service: …`
const OF_UNIT: &[Row] = &[
    (
        "A process of this unit has been killed by the OOM killer.",
        Symptom::UnitOomKilled,
    ),
    ("{_}killed by systemd-oomd{_}", Symptom::UnitOomKilled),
    ("Failed with result 'oom-kill'.", Symptom::UnitOomKilled),
    ("Failed with result 'start-limit-hit'.", Symptom::UnitGaveUp),
    ("Failed with result 'timeout'.", Symptom::UnitTimeout),
    ("Failed with result 'watchdog'.", Symptom::UnitTimeout),
    ("Failed with result '{_}'.", Symptom::UnitFailed),
    ("Unit entered failed state.", Symptom::UnitFailed),
    (
        "Scheduled restart job, restart counter is at {#}.",
        Symptom::UnitRestarting,
    ),
    (
        "Service RestartSec={_} expired, scheduling restart.",
        Symptom::UnitRestarting,
    ),
    (
        "Service hold-off time over, scheduling restart.",
        Symptom::UnitRestarting,
    ),
    (
        "{_} holdoff time over, scheduling restart.",
        Symptom::UnitRestarting,
    ),
    ("Start request repeated too quickly.", Symptom::UnitGaveUp),
    (
        "start request repeated too quickly, refusing to start.",
        Symptom::UnitGaveUp,
    ),
    (
        "start operation timed out. Terminating.",
        Symptom::UnitTimeout,
    ),
    (
        "Start operation timed out. Terminating.",
        Symptom::UnitTimeout,
    ),
    ("State '{_}' timed out. {_}", Symptom::UnitTimeout),
    ("Watchdog timeout (limit {_})!{_}", Symptom::UnitTimeout),
    (
        "Failed at step {_} spawning {_}: {_}",
        Symptom::UnitStartFailed,
    ),
    (
        "Failed to determine {_} credentials: {_}",
        Symptom::UnitStartFailed,
    ),
    (
        "Failed to determine supplementary groups: {_}",
        Symptom::UnitStartFailed,
    ),
    ("Failed to locate executable {_}", Symptom::UnitStartFailed),
    (
        "Failed to load environment files: {_}",
        Symptom::UnitStartFailed,
    ),
    ("Failed to run '{_}' task: {_}", Symptom::UnitStartFailed),
    (
        "Changing to the requested working directory failed: {_}",
        Symptom::UnitStartFailed,
    ),
    (
        "Unit process {_} remains running after unit stopped.",
        Symptom::UnitLeftOver,
    ),
    ("Found left-over process {_}", Symptom::UnitLeftOver),
    ("Deactivated successfully.", Symptom::UnitStopped),
    ("Succeeded.", Symptom::UnitStopped),
];

/// What systemd says of a unit by its description.
const OF_JOB: &[Row] = &[
    ("Failed to start {}", Symptom::UnitStartFailed),
    ("Dependency failed for {}", Symptom::UnitStartFailed),
    ("Stopping {}", Symptom::UnitStopped),
    ("Stopped {}", Symptom::UnitStopped),
    ("Starting {}", Symptom::UnitStarted),
    ("Started {}", Symptom::UnitStarted),
    ("Reloading {}", Symptom::UnitReloaded),
    ("Reloaded {}", Symptom::UnitReloaded),
    (
        "Killed {} due to memory pressure{_}",
        Symptom::UnitOomKilled,
    ),
];

/// A line about a unit by its name; its words are systemd's alone.
pub(super) fn unit(line: &[u8]) -> Option<Record<'_>> {
    let (name, message) = scan::split_once(line, ": ")?;
    let kinds: [&[u8]; 4] = [b".service", b".socket", b".scope", b".slice"];
    let is_unit = kinds.iter().any(|kind| name.ends_with(kind)) && !name.contains(&b' ');
    is_unit.then_some(())?;
    let record = Record::new(Server::Systemd, message);
    let found = exited(record)
        .or_else(|| killing(record))
        .or_else(|| table::told(record, OF_UNIT))
        .unwrap_or(record);
    Some(found.text(Some(name)))
}

/// `main process exited, code=killed, status=9/KILL` without the unit's name.
pub(super) fn nameless(line: &[u8]) -> Option<Record<'_>> {
    exited(Record::new(Server::Systemd, line))
}

/// A line of a job: only where the journal or syslog says that systemd wrote it.
pub(super) fn job(line: &[u8]) -> Option<Record<'_>> {
    let found = table::told(Record::new(Server::Systemd, line), OF_JOB)?;
    let text = found.text.map(|text| {
        let text = text.strip_suffix(b"...").unwrap_or(text);
        let text = text.strip_suffix(b".").unwrap_or(text);
        // `shop.service - The shop`
        scan::split_once(text, " - ").map_or(text, |(unit, _)| unit)
    });
    Some(found.text(text))
}

/// `Main process exited, code=killed, status=9/KILL`
fn exited(record: Record<'_>) -> Option<Record<'_>> {
    let (who, rest) = scan::split_once(record.message, " process exited, code=")?;
    who.eq_ignore_ascii_case(b"main")
        .then_some(())
        .or_else(|| who.eq_ignore_ascii_case(b"control").then_some(()))?;
    let (code, status) = scan::split_once(rest, ", status=")?;
    let number = scan::number(status).map(|(number, _)| number);
    let signal = || {
        let name = status.split(|b| *b == b'/').next_back()?;
        exit::signal_number(core::str::from_utf8(name).ok()?).and_then(|n| u64::try_from(n).ok())
    };
    let record = record.number(number.or_else(signal));
    match code {
        b"exited" if number == Some(0) => Some(record.symptom(Symptom::UnitStopped)),
        b"exited" => Some(record.symptom(Symptom::UnitExited)),
        b"killed" | b"dumped" => Some(record.symptom(Symptom::UnitKilled)),
        _ => None,
    }
}

/// `Killing process 301 (node) with signal SIGKILL.`: systemd's own doing.
fn killing(record: Record<'_>) -> Option<Record<'_>> {
    let rest = record.message.strip_prefix(b"Killing process ")?;
    let (pid, rest) = scan::number(rest)?;
    scan::holds(rest, "with signal SIG").then_some(())?;
    let pid = u32::try_from(pid).ok();
    Some(record.symptom(Symptom::UnitTimeout).pid(pid))
}

/// What the relay says of the one address that it passes connections on to.
pub(super) fn socket_proxy(line: &[u8]) -> Option<Record<'_>> {
    let symptom = socket_proxy::symptom(line)?;
    Some(Record::new(Server::SocketProxy, line).symptom(symptom))
}
