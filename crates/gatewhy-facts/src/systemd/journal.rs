//! `journalctl --output=json`: what a unit wrote, and what systemd wrote about it.
mod classify;
mod event;
mod field;
#[cfg(test)]
mod tests;

use crate::prelude::*;
use crate::time::Moment;

pub use classify::from_text;
pub use event::UnitEvent;

/// Entries of the journal in its order, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Journal {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Lines that are no entry: cut at a budget, or something else.
    pub unreadable_lines: usize,
}

/// One entry of the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// When the journal received it.
    pub at: Moment,
    /// The same in microseconds of that boot's monotonic clock.
    pub monotonic_us: Option<u64>,
    /// Of which boot.
    pub boot_id: Option<String>,
    /// Who wrote it; the kernel vouches for that.
    pub pid: Option<u32>,
    /// The writer's name (at most 15 bytes).
    pub comm: Option<String>,
    /// The system unit that it is about: the one that systemd names, or else the
    /// writer's own.
    pub unit: Option<String>,
    /// Likewise the unit of a user's systemd.
    pub user_unit: Option<String>,
    /// Which run of the unit: [`Unit::invocation_id`](super::show::Unit).
    pub invocation_id: Option<String>,
    /// What the writer calls itself.
    pub identifier: Option<String>,
    /// The text. None when it was too long for journalctl to print.
    pub message: Option<Vec<u8>>,
    /// Syslog priority, 0 (emergency) to 7 (debug).
    pub priority: Option<u8>,
    /// What kind of message it is, for writers that tell.
    pub message_id: Option<String>,
    /// The way it came: `stdout` (also standard error), `syslog`, `journal`, `kernel` …
    pub transport: Option<String>,
    /// What systemd adds to its own messages.
    pub details: Details,
}

/// The fields with which systemd says in data what its message says in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// `exited`, `killed`, `dumped`
    pub exit_code: Option<String>,
    /// An exit code, or a signal's number or name.
    pub exit_status: Option<String>,
    /// As [`ServiceResult`](super::show::ServiceResult).
    pub unit_result: Option<String>,
    /// Which of the unit's commands it is about: `ExecStart`, `ExecStartPre` …
    pub command: Option<String>,
    /// How often it was restarted.
    pub restarts: Option<u32>,
    /// `start`, `stop`, `restart`, `reload` …
    pub job_type: Option<String>,
    /// `done`, `failed`, `dependency`, `canceled` …
    pub job_result: Option<String>,
    /// The error's number.
    pub errno: Option<i32>,
    /// Whose memory was dumped.
    pub coredump_pid: Option<u32>,
    /// That process's name.
    pub coredump_comm: Option<String>,
    /// The signal that ended it.
    pub coredump_signal: Option<i32>,
}

/// Reads the output, one JSON object a line.
pub fn parse(bytes: &[u8]) -> Journal {
    let mut journal = Journal::default();
    for line in bytes.split(|byte| *byte == b'\n') {
        match entry(line) {
            Some(entry) => journal.entries.push(entry),
            None if line.trim_ascii().is_empty() => {}
            None => journal.unreadable_lines = journal.unreadable_lines.saturating_add(1),
        }
    }
    journal
}

fn entry(line: &[u8]) -> Option<Entry> {
    let fields = field::Fields::from_line(line)?;
    let text = |name| fields.text(name);
    let mut entry = Entry {
        at: Moment(fields.number("__REALTIME_TIMESTAMP")?),
        monotonic_us: fields.number("__MONOTONIC_TIMESTAMP"),
        boot_id: text("_BOOT_ID"),
        pid: fields.number("_PID"),
        comm: text("_COMM"),
        unit: text("_SYSTEMD_UNIT"),
        user_unit: text("_SYSTEMD_USER_UNIT"),
        invocation_id: text("_SYSTEMD_INVOCATION_ID"),
        identifier: text("SYSLOG_IDENTIFIER"),
        message: fields.bytes("MESSAGE"),
        priority: fields.number("PRIORITY"),
        message_id: text("MESSAGE_ID"),
        transport: text("_TRANSPORT"),
        details: details(&fields),
    };
    // Whoever writes to the journal may name any unit; only these are believed.
    let (unit, user_unit) = if entry.is_by_systemd() {
        entry.invocation_id = text("INVOCATION_ID").or(entry.invocation_id);
        (text("UNIT"), text("USER_UNIT"))
    } else if entry.is_by_coredump() {
        (text("COREDUMP_UNIT"), text("COREDUMP_USER_UNIT"))
    } else {
        (None, None)
    };
    entry.unit = unit.or(entry.unit);
    entry.user_unit = user_unit.or(entry.user_unit);
    Some(entry)
}

fn details(fields: &field::Fields) -> Details {
    Details {
        exit_code: fields.text("EXIT_CODE"),
        exit_status: fields.text("EXIT_STATUS"),
        unit_result: fields.text("UNIT_RESULT"),
        command: fields.text("COMMAND"),
        restarts: fields.number("N_RESTARTS"),
        job_type: fields.text("JOB_TYPE"),
        job_result: fields.text("JOB_RESULT"),
        errno: fields.number("ERRNO"),
        coredump_pid: fields.number("COREDUMP_PID"),
        coredump_comm: fields.text("COREDUMP_COMM"),
        coredump_signal: fields.number("COREDUMP_SIGNAL"),
    }
}

impl Entry {
    /// Whether systemd wrote it: its first process, a user's systemd, or the child
    /// that is about to become the unit's program (its name is in parentheses).
    /// A program cannot pretend that: what it prints comes by another transport,
    /// and the kernel tells its name.
    pub fn is_by_systemd(&self) -> bool {
        let comm = self.comm.as_deref().unwrap_or_default();
        let child = comm.starts_with('(') && comm.ends_with(')');
        let native = self.transport.as_deref() == Some("journal");
        native && (self.pid == Some(1) || comm == "systemd" || child)
    }

    /// Whether systemd-coredump wrote it.
    pub fn is_by_coredump(&self) -> bool {
        self.transport.as_deref() == Some("journal")
            && self.comm.as_deref() == Some("systemd-coredum")
    }

    /// What happened to the unit, when systemd says so here.
    pub fn event(&self) -> Option<UnitEvent> {
        classify::event(self)
    }

    /// The text with every invalid byte replaced; empty when there is none.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.message.as_deref().unwrap_or_default())
    }
}

impl Journal {
    /// What happened to units, oldest first.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = (&Entry, UnitEvent)> {
        let entries = self.entries.iter();
        entries.filter_map(|entry| Some((entry, entry.event()?)))
    }

    /// What the unit's own processes wrote: not systemd about it.
    pub fn own_output(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        let entries = self.entries.iter();
        entries.filter(|entry| !entry.is_by_systemd() && !entry.is_by_coredump())
    }

    /// The entries from the last attempt to start the unit on; all of them when
    /// none is known.
    pub fn last_run(&self) -> &[Entry] {
        last_run_of(&self.entries)
    }

    /// The entries from the attempt before that one; none when none is known.
    pub fn run_before_last(&self) -> &[Entry] {
        let earlier = self.entries.len().saturating_sub(self.last_run().len());
        last_run_of(self.entries.get(..earlier).unwrap_or_default())
    }
}

fn last_run_of(entries: &[Entry]) -> &[Entry] {
    let begins = |entry: &Entry| {
        matches!(
            entry.event(),
            Some(UnitEvent::Starting | UnitEvent::Started | UnitEvent::CannotPrepare { .. })
        )
    };
    let Some(at) = entries.iter().rposition(begins) else {
        return entries;
    };
    // A simple service prints before systemd says that it started it.
    let run = entries.get(at).and_then(|e| e.invocation_id.as_ref());
    let same = |entry: &Entry| run.is_some() && entry.invocation_id.as_ref() == run;
    let from = entries.iter().position(same).unwrap_or(at).min(at);
    entries.get(from..).unwrap_or_default()
}

/// Whether systemd stopped starting the unit because it was started too often, and
/// nobody has started it since. `Result` need not say so
/// ([`Unit::gave_up`](super::show::Unit::gave_up)).
pub fn gave_up(journal: &Journal) -> bool {
    let ends = journal.events().rev().find_map(|(_, event)| match event {
        UnitEvent::StartTooQuick => Some(true),
        UnitEvent::Starting | UnitEvent::Started | UnitEvent::Stopped => Some(false),
        _ => None,
    });
    ends == Some(true)
}

/// Whether the last start was given up because a unit that it needs could not be started.
pub fn lacked_another(journal: &Journal) -> bool {
    let ends = journal.events().rev().find_map(|(_, event)| match event {
        UnitEvent::DependencyFailed => Some(true),
        UnitEvent::Starting | UnitEvent::Started | UnitEvent::Stopping | UnitEvent::Stopped => {
            Some(false)
        }
        _ => None,
    });
    ends == Some(true)
}

/// Whether the last thing that happened to the unit's life was somebody asking for
/// its end: an administrator, a dependency, or a shutdown.
pub fn was_stopped_on_request(journal: &Journal) -> bool {
    let ends = journal.events().rev().find_map(|(_, event)| match event {
        UnitEvent::Stopping => Some(true),
        UnitEvent::Starting
        | UnitEvent::Started
        | UnitEvent::RestartScheduled { .. }
        | UnitEvent::StartTooQuick => Some(false),
        _ => None,
    });
    ends == Some(true)
}
