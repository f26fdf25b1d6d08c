//! The kernel's own lines. Anybody may write their words to a log, so they count
//! only where the kernel's name, its clock, or nothing at all stands before them.
use super::record::{Record, Server};
use super::table::{self, Row};
use crate::scan;
use crate::symptom::Symptom;

const ROWS: &[Row] = &[
    ("{} invoked oom-killer: {_}", Symptom::OomInvoked),
    (
        "TCP: request_sock_TCP{_}: Possible SYN flooding on port {#}. {_}",
        Symptom::SynFlooding,
    ),
    (
        "TCP: Possible SYN flooding on port {#}. {_}",
        Symptom::SynFlooding,
    ),
    (
        "possible SYN flooding on port {#}. {_}",
        Symptom::SynFlooding,
    ),
    (
        "TCP: request_sock_TCP{_}: Possible SYN flooding on port {_}:{#}. {_}",
        Symptom::SynFlooding,
    ),
    (
        "nf_conntrack: {_}table full, dropping packet{_}",
        Symptom::ConntrackFull,
    ),
    (
        "nf_conntrack: {_}: table full, dropping packet{_}",
        Symptom::ConntrackFull,
    ),
    (
        "ip_conntrack: table full, dropping packet{_}",
        Symptom::ConntrackFull,
    ),
    ("TCP: too many orphaned sockets", Symptom::TcpMemory),
    ("TCP: too many of orphaned sockets", Symptom::TcpMemory),
    (
        "TCP: out of memory -- consider tuning tcp_mem",
        Symptom::TcpMemory,
    ),
    ("VFS: file-max limit {#} reached", Symptom::SystemOutOfFiles),
    (
        "INFO: task {}:{#} blocked for more than {_#} seconds.{_}",
        Symptom::HungTask,
    ),
    ("{_} neighbor table overflow!", Symptom::NeighbourTableFull),
    ("Neighbour table overflow.", Symptom::NeighbourTableFull),
    (
        "cgroup: fork rejected by pids controller in {}",
        Symptom::ForkRefused,
    ),
    ("EXT4-fs error (device {}): {_}", Symptom::StorageError),
    (
        "EXT4-fs ({}): Remounting filesystem read-only",
        Symptom::StorageError,
    ),
    ("XFS ({}): {_}shut{_}", Symptom::StorageError),
    ("{_}I/O error, dev {}, sector {_}", Symptom::StorageError),
    ("Buffer I/O error on dev {}, {_}", Symptom::StorageError),
];

/// A line of the kernel.
pub(super) fn line(line: &[u8]) -> Option<Record<'_>> {
    let record = Record::new(Server::Kernel, line);
    oom(record)
        .or_else(|| crash(record))
        .or_else(|| denied(record))
        .or_else(|| table::told(record, ROWS))
}

const PREFIXES: [&[u8]; 4] = [
    b"",
    b"Out of memory: ",
    b"Out of memory (oom_kill_allocating_task): ",
    b"Memory cgroup out of memory: ",
];

/// The record that names the victim, in the words of every era.
fn oom(record: Record<'_>) -> Option<Record<'_>> {
    if let Some(rest) = record.message.strip_prefix(b"oom-kill:constraint=") {
        // The name is the process's own choice, so the numbers are read from the end.
        let (front, _) = scan::rsplit_once(rest, ",uid=")?;
        let (front, pid) = scan::rsplit_once(front, ",pid=")?;
        let (_, name) = scan::split_once(front, ",task=")?;
        return Some(victim(record, pid, name));
    }
    if let Some(rest) = record.message.strip_prefix(b"oom_reaper: reaped process ") {
        let (pid, rest) = scan::split_once(rest, " (")?;
        return Some(victim(record, pid, scan::rsplit_once(rest, "), ")?.0));
    }
    let rest = PREFIXES
        .iter()
        .rev()
        .find_map(|prefix| {
            record
                .message
                .strip_prefix(*prefix)
                .filter(|_| !prefix.is_empty())
        })
        .unwrap_or(record.message);
    let rest = rest
        .strip_prefix(b"Killed process ")
        .or_else(|| rest.strip_prefix(b"Kill process "))?;
    let (pid, rest) = scan::number(rest)?;
    let (_, rest) = scan::split_once(rest, "(")?;
    let (name, _) = scan::rsplit_once(rest, ") total-vm:")
        .or_else(|| scan::rsplit_once(rest, ") score "))
        .or_else(|| scan::split_once(rest, ")"))?;
    let pid = u32::try_from(pid).ok();
    let number = pid.map(u64::from);
    Some(
        record
            .symptom(Symptom::OomKilled)
            .pid(pid)
            .number(number)
            .text(Some(name)),
    )
}

fn victim<'a>(record: Record<'a>, pid: &[u8], name: &'a [u8]) -> Record<'a> {
    let pid: Option<u32> = scan::whole_number(pid);
    record
        .symptom(Symptom::OomKilled)
        .pid(pid)
        .number(pid.map(u64::from))
        .text(Some(name))
}

/// `NAME[PID]: segfault at …`, `traps: NAME[PID] general protection fault …`
fn crash(record: Record<'_>) -> Option<Record<'_>> {
    let segfault = scan::rsplit_once(record.message, "]: segfault at ").map(|(who, _)| who);
    let trap = || {
        let rest = record.message.strip_prefix(b"traps: ")?;
        let (who, how) = scan::rsplit_once(rest, "] ")?;
        scan::holds(how, " ip:").then_some(who)
    };
    let (name, pid) = scan::rsplit_once(segfault.or_else(trap)?, "[")?;
    let pid: u32 = scan::whole_number(pid)?;
    let record = record.symptom(Symptom::ProcessCrashed).pid(Some(pid));
    Some(record.number(Some(u64::from(pid))).text(Some(name)))
}

/// SELinux and AppArmor, in the audit system's words.
fn denied(record: Record<'_>) -> Option<Record<'_>> {
    let text = record.message;
    let is_audit = text.starts_with(b"audit: type=")
        || text.starts_with(b"type=")
        || text.starts_with(b"AVC ");
    let selinux = scan::holds(text, "avc:  denied  {") || scan::holds(text, "avc: denied {");
    let apparmor = scan::holds(text, "apparmor=\"DENIED\"");
    let loose = text.starts_with(b"avc:  denied") || text.starts_with(b"apparmor=\"DENIED\"");
    ((is_audit || loose) && (selinux || apparmor)).then_some(())?;
    let name = scan::between(text, "comm=\"", "\"");
    let port = scan::split_once(text, " dest=").and_then(|(_, rest)| scan::number(rest));
    let record = record.symptom(Symptom::PolicyDenied).text(name);
    Some(record.number(port.map(|(number, _)| number)))
}
