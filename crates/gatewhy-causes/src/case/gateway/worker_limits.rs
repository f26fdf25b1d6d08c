//! Whether the proxy's workers have room left: connections and open files.
use crate::case::Case;
use crate::case::gateway::record::Record;
use crate::case::visit::site::Seen;
use crate::evidence::Evidence;
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::linux::process::{self, Process};
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::Question;
use gatewhy_facts::symptom::Symptom;
use gatewhy_facts::time::Moment;
use gatewhy_facts::untrusted::shown_within;

/// The most workers looked at.
const WORKERS: usize = 64;
/// How far back a record about no request in particular may be about ours.
const LATELY_SECS: i64 = 60;

/// What one worker holds, after our requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// The worker.
    pub pid: u32,
    /// How many descriptors it has open.
    pub descriptors: u64,
    /// How many of them are connections or other sockets.
    pub sockets: u64,
    /// How many descriptors it may have open; none is unlimited.
    pub files_limit: Option<u64>,
}

/// A record that tells of no room.
#[derive(Clone, Debug)]
pub struct Shortage {
    /// The record.
    pub evidence: Evidence,
    /// Whether it is about our own request.
    pub own: bool,
    /// The worker that wrote it.
    pub pid: Option<u32>,
    /// The limit that it names.
    pub limit: Option<u64>,
    /// What it is.
    pub symptom: Symptom,
    /// When it was written, to the second.
    pub at: Moment,
}

impl Case<'_> {
    /// The newest record that tells of no room: about our own request, or about no
    /// request at all, written while visitors get no answer.
    pub fn shortage(&self, symptoms: &[Symptom]) -> Option<Shortage> {
        let wanted = |symptom: Option<Symptom>| symptom.is_some_and(|s| symptoms.contains(&s));
        let mut own = self.own_records();
        own.retain(|logged| wanted(logged.record.symptom));
        if let Some(logged) = own.last() {
            let source = logged.source.clone();
            return Some(shortage(&logged.record, logged.at, &source, true));
        }
        let unanswered = matches!(
            self.seen(),
            Some(Seen::NoAnswer | Seen::ClosedWithoutAnswer | Seen::NotConnected(_))
        );
        if !unanswered || self.is_healthy() != Some(false) {
            return None;
        }
        let since = self.clock()?.now.plus_secs(-LATELY_SECS);
        let log = self.main_log();
        let mut lately = log.found()?.iter().rev();
        let (record, at) = lately.find(|(record, at)| wanted(record.symptom) && *at >= since)?;
        let source = Source::new(self.main_log_path().to_string()).at_time(*at);
        Some(shortage(&Record::from(*record), *at, &source, false))
    }

    /// What the workers hold, after our requests. Absent when nginx does not run.
    pub fn rooms(&self) -> Fact<Vec<Room>> {
        self.proxy().and_then(|proxy, _| {
            let mut rooms = Vec::new();
            for pid in proxy.workers.iter().take(WORKERS) {
                match self.room(*pid) {
                    Fact::Found(room, _) => rooms.push(room),
                    // It ended meanwhile.
                    Fact::Absent(_) => {}
                    Fact::Unknown(gap) => return Fact::Unknown(gap),
                }
            }
            Fact::Found(rooms, Source::new("/proc/PID/fd of nginx's workers"))
        })
    }

    /// What one worker holds, after our requests.
    pub fn room(&self, pid: u32) -> Fact<Room> {
        let question = Question::Process { pid }.again();
        let place = format!("/proc/{pid}/fd");
        let fact = self
            .known
            .read(&question, &place, "run as root", process::parse);
        fact.and_then(|process, source| {
            match (process.descriptors.as_ref(), process.limits.as_ref()) {
                (Ok(descriptors), Ok(limits)) => Fact::Found(
                    Room {
                        pid,
                        descriptors: u64::from(*descriptors),
                        sockets: sockets(&process, *descriptors),
                        files_limit: limits.open_files().and_then(|limit| limit.soft),
                    },
                    source,
                ),
                (Err(why), _) | (_, Err(why)) => Fact::Unknown(gatewhy_facts::fact::Gap::new(
                    place.clone(),
                    why.clone(),
                    "run as root",
                )),
            }
        })
    }
}

/// What is no socket (logs, `epoll`, the channel) is opened at the start and so
/// among the first descriptors, which are looked at one by one.
fn sockets(process: &Process, descriptors: u32) -> u64 {
    let others = process
        .open
        .values()
        .filter(|link| !link.starts_with(b"socket:"))
        .count();
    u64::from(descriptors).saturating_sub(others as u64)
}

impl Case<'_> {
    /// Lets each worker open so many files, unless it may already.
    #[must_use]
    pub fn more_files(&self, fix: gatewhy_fixes::Fix, wanted: u64) -> gatewhy_fixes::Fix {
        let rooms = self.rooms();
        let limit = rooms
            .found()
            .and_then(|rooms| rooms.first())
            .and_then(|room| room.files_limit);
        if limit.is_some_and(|limit| limit >= wanted) {
            return fix;
        }
        let why = "a connection needs a descriptor, and so do files and logs";
        let line = format!("worker_rlimit_nofile {wanted};");
        let nginx = self.nginx();
        let Some(nginx) = nginx.found() else {
            return fix.advise(format!("set {line} at the top of nginx.conf"));
        };
        if let Some(place) = nginx
            .worker_rlimit_nofile
            .as_ref()
            .and_then(|s| s.place.as_ref())
            && let Some(before) = self.line_text(place)
        {
            return fix.edit((&place.file, place.span.line), (&before, &line), why);
        }
        let events = nginx.directives.iter().find(|d| d.is("events"));
        let added = events.and_then(|events| {
            self.add_before(
                fix.clone(),
                &events.place,
                core::slice::from_ref(&line),
                why,
            )
        });
        added.unwrap_or_else(|| fix.advise(format!("set {line} at the top of nginx.conf")))
    }
}

fn shortage(record: &Record<'_>, at: Moment, source: &Source, own: bool) -> Shortage {
    let whose = if own { " for our request" } else { "" };
    let message = shown_within(&record.message, 160);
    let text = match record.errno {
        Some(24) => format!("nginx logged{whose}: {message} (24: Too many open files)"),
        _ => format!("nginx logged{whose}: {message}"),
    };
    Shortage {
        evidence: Evidence::strong(text, source),
        own,
        pid: record.pid,
        limit: record.number,
        symptom: record.symptom.unwrap_or(Symptom::OutOfFiles),
        at,
    }
}

impl Room {
    /// Whether it may open no further file.
    pub fn is_out_of_files(&self) -> bool {
        // A descriptor that was free for a moment is taken at once.
        self.files_limit
            .is_some_and(|limit| self.descriptors.saturating_add(1) >= limit)
    }

    /// Whether it has no connection left, or nearly none: an idle one that is closed
    /// makes room for a moment.
    pub const fn is_out_of_connections(&self, limit: u64) -> bool {
        self.sockets.saturating_mul(10) >= limit.saturating_mul(9)
    }
}
