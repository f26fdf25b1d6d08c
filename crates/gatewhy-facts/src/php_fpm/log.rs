//! FPM's error log: `[21-Nov-2026 09:46:48] WARNING: [pool www] …`.
//!
//! Scripts and request lines stand inside some messages, and what workers said
//! inside others; a message is read from its ends, never searched for words.
use super::php_message::{self, PhpMessage};
use crate::log_time::{self, Civil};
use crate::prelude::*;
use crate::scan;

/// How grave FPM thinks it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// `DEBUG`
    Debug,
    /// `NOTICE`
    Notice,
    /// `WARNING`
    Warning,
    /// `ERROR`
    Error,
    /// `ALERT`
    Alert,
}

/// One record; every slice is a part of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FpmRecord<'a> {
    /// Line in what was read, counted from 1.
    pub line: u32,
    /// When it was written, on the host's wall clock; none in the journal.
    pub at: Option<Civil>,
    /// How grave it is.
    pub level: Level,
    /// The pool it is about.
    pub pool: Option<&'a [u8]>,
    /// The message without the pool.
    pub message: &'a [u8],
    /// What it means.
    pub event: Event<'a>,
}

/// What happened. Times are in milliseconds unless they say otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// Every worker is busy and no more may be started. Logged once per episode,
    /// and never by a pool with `pm = static`.
    MaxChildrenReached {
        /// `pm.max_children`.
        limit: u64,
    },
    /// More workers are started to keep some idle.
    SeemsBusy {
        /// How many more.
        spawning: u64,
        /// Idle now.
        idle: u64,
        /// In all now.
        total: u64,
    },
    /// `process.max` of the whole of FPM is reached.
    ProcessMaxReached,
    /// `request_slowlog_timeout` passed.
    TooSlow(Slow<'a>),
    /// `request_terminate_timeout` passed: the worker is killed, and the proxy
    /// sees a reset.
    Terminated(Slow<'a>),
    /// A worker was killed by a signal.
    ExitedOnSignal {
        /// The worker.
        pid: u32,
        /// The signal's number.
        signal: u8,
        /// Whether it left a core dump.
        core_dumped: bool,
        /// How old the worker was: not the length of a request.
        age_ms: u64,
    },
    /// A worker ended by itself.
    ExitedWithCode {
        /// The worker.
        pid: u32,
        /// Exit code; 0 after `pm.max_requests` or when it was idle.
        code: u8,
        /// How old the worker was.
        age_ms: u64,
    },
    /// A worker was started.
    Started {
        /// The worker.
        pid: u32,
    },
    /// `emergency_restart_threshold` is reached: FPM reloads itself.
    EmergencyReload {
        /// Crashed workers.
        crashes: u64,
        /// Within so many seconds.
        within_secs: u64,
    },
    /// A worker could not be started.
    WorkerStartFailed {
        /// FPM's words.
        why: &'a [u8],
    },
    /// The listening socket could not be made: FPM does not start.
    BindFailed {
        /// The address.
        address: &'a [u8],
        /// The system's error number.
        errno: u16,
    },
    /// Another FPM already listens there: this one does not start.
    AlreadyListening {
        /// The address.
        address: &'a [u8],
    },
    /// A user or group of the configuration does not exist.
    UnknownAccount {
        /// Its name.
        name: &'a [u8],
    },
    /// The configuration is refused: FPM does not start.
    ConfigInvalid {
        /// File and line, where the message has them.
        place: Option<(&'a [u8], u32)>,
        /// FPM's words.
        why: &'a [u8],
    },
    /// FPM gives up starting; the reason is a line before.
    StartFailed,
    /// `listen.allowed_clients` does not hold the address that connected.
    ClientDropped {
        /// The address.
        address: &'a [u8],
    },
    /// `security.limit_extensions` refuses a script.
    ScriptDenied {
        /// The script.
        script: &'a [u8],
    },
    /// A worker wrote to its output (`catch_workers_output`).
    Said {
        /// The worker.
        pid: u32,
        /// What it wrote: one line.
        text: &'a [u8],
    },
    /// FPM runs.
    Running {
        /// Its main process.
        pid: u32,
    },
    /// Requests are accepted from now on.
    Ready,
    /// A listening socket was taken over from the FPM before.
    InheritedSocket {
        /// The address.
        address: &'a [u8],
    },
    /// A reload begins.
    Reloading,
    /// FPM was told to stop.
    Stopping,
    /// Anything else.
    Other,
}

/// A request that takes long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slow<'a> {
    /// The worker.
    pub pid: u32,
    /// The script's path.
    pub script: &'a [u8],
    /// Method and URI, as the visitor sent them.
    pub request: &'a [u8],
    /// How long it has taken, milliseconds.
    pub for_ms: u64,
}

/// The records of a log, or of its last part. Lines without FPM's beginning are
/// left out: what workers write comes with FPM's beginning before every line.
pub fn read(log: &[u8]) -> Vec<FpmRecord<'_>> {
    let lines = scan::lines(log);
    let records = lines.filter_map(|line| {
        let record = parse(line.bytes).filter(|record| record.at.is_some())?;
        Some(FpmRecord {
            line: line.number,
            ..record
        })
    });
    records.collect()
}

const LEVELS: &[(&str, Level)] = &[
    ("DEBUG", Level::Debug),
    ("NOTICE", Level::Notice),
    ("WARNING", Level::Warning),
    ("ERROR", Level::Error),
    ("ALERT", Level::Alert),
];

/// Reads one line: `[TIME] LEVEL: …` of a file, or `LEVEL: …`, `[LEVEL] …` of the
/// journal. `None` when it is not FPM's.
pub fn parse(line: &[u8]) -> Option<FpmRecord<'_>> {
    let (at, rest) = match time(line) {
        Some((at, rest)) => (Some(at), rest),
        None => (None, line),
    };
    let (level, rest) = level(rest)?;
    let rest = without_place(rest);
    let (pool, message) = pool(rest);
    Some(FpmRecord {
        line: 1,
        at,
        level,
        pool,
        message,
        event: event(message, level, pool.is_some()),
    })
}

/// `[21-Nov-2026 09:46:48] `, with microseconds when FPM debugs.
fn time(line: &[u8]) -> Option<(Civil, &[u8])> {
    let (at, rest) = log_time::day_first(line.strip_prefix(b"[")?)?;
    let (fraction, rest) = scan::split_once(rest, "] ")?;
    fraction
        .iter()
        .all(|b| b.is_ascii_digit() || *b == b'.')
        .then_some((at, rest))
}

fn level(text: &[u8]) -> Option<(Level, &[u8])> {
    LEVELS.iter().find_map(|(name, level)| {
        let plain = text
            .strip_prefix(name.as_bytes())
            .and_then(|rest| rest.strip_prefix(b": "));
        let bracketed = || {
            text.strip_prefix(b"[")?
                .strip_prefix(name.as_bytes())?
                .strip_prefix(b"] ")
        };
        Some((*level, plain.or_else(bracketed)?))
    })
}

/// Without the place in FPM's source that stands before a message where `log_level` is
/// debug (`zlog_buf_prefix`): `pid 812, fpm_children_bury(), line 252: `.
fn without_place(text: &[u8]) -> &[u8] {
    let place = || {
        let rest = text.strip_prefix(b"pid ").unwrap_or(text);
        let rest = scan::number(rest).map_or(rest, |(_, rest)| rest);
        let rest = rest.strip_prefix(b", ").unwrap_or(rest);
        let (function, rest) = scan::split_once(rest, "(), line ")?;
        let plain = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
        function.iter().all(plain).then_some(())?;
        scan::number(rest)?.1.strip_prefix(b": ")
    };
    place().unwrap_or(text)
}

fn pool(text: &[u8]) -> (Option<&[u8]>, &[u8]) {
    let found = text
        .strip_prefix(b"[pool ")
        .and_then(|rest| scan::split_once(rest, "] "));
    found.map_or((None, text), |(name, rest)| (Some(name), rest))
}

fn event(message: &[u8], level: Level, has_pool: bool) -> Event<'_> {
    let found = of_worker(message)
        .or_else(|| of_capacity(message))
        .or_else(|| of_start(message))
        .or_else(|| of_life(message));
    let refused = || Event::ConfigInvalid {
        place: None,
        why: message,
    };
    // FPM says ALERT only about a pool's configuration.
    let config = (level == Level::Alert && has_pool).then(refused);
    found.or(config).unwrap_or(Event::Other)
}

/// `child PID …`
fn of_worker(message: &[u8]) -> Option<Event<'_>> {
    let rest = message.strip_prefix(b"child ")?;
    let (pid, rest) = scan::number(rest)?;
    let pid = u32::try_from(pid).ok()?;
    if rest == b" started" {
        return Some(Event::Started { pid });
    }
    if let Some(said) = rest.strip_prefix(b" said into std") {
        let (_, text) = scan::split_once(said, ": \"")?;
        return Some(Event::Said {
            pid,
            text: text.strip_suffix(b"\"").unwrap_or(text),
        });
    }
    if let Some(rest) = rest.strip_prefix(b", script '") {
        return slow(pid, rest);
    }
    let (how, age) = scan::rsplit_once(rest, " after ")?;
    let age_ms = millis(age.strip_suffix(b" seconds from start")?)?;
    if let Some(code) = how.strip_prefix(b" exited with code ") {
        return Some(Event::ExitedWithCode {
            pid,
            code: scan::whole_number(code)?,
            age_ms,
        });
    }
    let (signal, name) = scan::number(how.strip_prefix(b" exited on signal ")?)?;
    let core_dumped = scan::holds(name, "core dumped");
    Some(Event::ExitedOnSignal {
        pid,
        signal: u8::try_from(signal).ok()?,
        core_dumped,
        age_ms,
    })
}

/// `SCRIPT' (request: "METHOD URI") executing too slow (1.0 sec), logging`
fn slow(pid: u32, text: &[u8]) -> Option<Event<'_>> {
    let too_slow = split_slow(text, "\") executing too slow (", b" sec), logging");
    let is_slow = too_slow.is_some();
    let terminated = || split_slow(text, "\") execution timed out (", b" sec), terminating");
    let (head, secs) = too_slow.or_else(terminated)?;
    let (script, request) = scan::split_once(head, "' (request: \"")?;
    let slow = Slow {
        pid,
        script,
        request,
        for_ms: millis(secs)?,
    };
    Some(if is_slow {
        Event::TooSlow(slow)
    } else {
        Event::Terminated(slow)
    })
}

fn split_slow<'a>(text: &'a [u8], middle: &str, end: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    scan::rsplit_once(text.strip_suffix(end)?, middle)
}

/// `4.001950` seconds in milliseconds.
fn millis(text: &[u8]) -> Option<u64> {
    let (secs, rest) = scan::number(text)?;
    let digits = rest.strip_prefix(b".")?;
    let thousandths: u64 = scan::whole_number(digits.get(..3)?)?;
    secs.checked_mul(1_000)?.checked_add(thousandths)
}

/// The number between two texts of which the first begins the message.
fn number_in(message: &[u8], before: &[u8], after: &str) -> Option<u64> {
    let (number, rest) = scan::number(message.strip_prefix(before)?)?;
    rest.starts_with(after.as_bytes()).then_some(number)
}

fn of_capacity(message: &[u8]) -> Option<Event<'_>> {
    for before in [
        &b"server reached pm.max_children setting ("[..],
        b"server reached max_children setting (",
    ] {
        if let Some(limit) = number_in(message, before, "), consider raising it") {
            return Some(Event::MaxChildrenReached { limit });
        }
    }
    if message.starts_with(b"The maximum number of processes has been reached.") {
        return Some(Event::ProcessMaxReached);
    }
    if let Some(crashes) = number_in(message, b"failed processes threshold (", " in ") {
        let (_, rest) = scan::split_once(message, " in ")?;
        return Some(Event::EmergencyReload {
            crashes,
            within_secs: scan::number(rest)?.0,
        });
    }
    let rest = message.strip_prefix(b"seems busy (")?;
    let after =
        |mark| scan::split_once(rest, mark).and_then(|(_, rest)| Some(scan::number(rest)?.0));
    Some(Event::SeemsBusy {
        spawning: after("spawning ")?,
        idle: after("there are ")?,
        total: after("idle, and ")?,
    })
}

fn of_start(message: &[u8]) -> Option<Event<'_>> {
    if let Some(rest) = message.strip_prefix(b"unable to bind listening socket for address '") {
        let (address, why) = scan::rsplit_once(rest, "': ")?;
        let errno = scan::rsplit_once(why, " (")
            .and_then(|(_, n)| scan::whole_number(n.strip_suffix(b")")?));
        return Some(Event::BindFailed {
            address,
            errno: errno?,
        });
    }
    if let Some(address) = message.strip_prefix(b"Another FPM instance seems to already listen on ")
    {
        return Some(Event::AlreadyListening { address });
    }
    for before in [
        &b"cannot get uid for user '"[..],
        b"cannot get gid for group '",
        b"cannot get gid for user '",
    ] {
        if let Some(rest) = message.strip_prefix(before) {
            return Some(Event::UnknownAccount {
                name: scan::split_once(rest, "'")?.0,
            });
        }
    }
    let gives_up = message == b"FPM initialization failed"
        || message == b"failed to post process the configuration"
        || message.starts_with(b"failed to load configuration file");
    if gives_up {
        return Some(Event::StartFailed);
    }
    let worker = message == b"child failed to initialize"
        || message == b"unable to malloc new child"
        || message.starts_with(b"fork() failed");
    if worker {
        return Some(Event::WorkerStartFailed { why: message });
    }
    config_error(message)
}

/// `[FILE:LINE] why`, and refusals without a place.
fn config_error(message: &[u8]) -> Option<Event<'_>> {
    let placed = message.strip_prefix(b"[").and_then(|rest| {
        let (place, why) = scan::split_once(rest, "] ")?;
        let (file, line) = scan::rsplit_once(place, ":")?;
        Some((Some((file, scan::whole_number(line)?)), why))
    });
    let whole = [
        &b"No pool defined."[..],
        b"Unable to create or open slowlog(",
        b"failed to open error_log (",
        b"Unable to open file '",
    ];
    let plain = || {
        whole
            .iter()
            .any(|w| message.starts_with(w))
            .then_some((None, message))
    };
    let (place, why) = placed.or_else(plain)?;
    Some(Event::ConfigInvalid { place, why })
}

fn of_life(message: &[u8]) -> Option<Event<'_>> {
    if let Some(pid) = message.strip_prefix(b"fpm is running, pid ") {
        return Some(Event::Running {
            pid: scan::whole_number(pid)?,
        });
    }
    if let Some(rest) = message.strip_prefix(b"using inherited socket fd=") {
        return Some(Event::InheritedSocket {
            address: scan::between(rest, "\"", "\"")?,
        });
    }
    if let Some(rest) = message.strip_prefix(b"Connection disallowed: IP address '") {
        return Some(Event::ClientDropped {
            address: scan::split_once(rest, "'")?.0,
        });
    }
    if let Some(rest) = message.strip_prefix(b"Access to the script '") {
        let (script, _) = scan::rsplit_once(rest, "' has been denied")?;
        return Some(Event::ScriptDenied { script });
    }
    match message {
        b"ready to handle connections" => Some(Event::Ready),
        b"Reloading in progress ..." => Some(Event::Reloading),
        b"Terminating ..." | b"Finishing ..." => Some(Event::Stopping),
        _ => None,
    }
}

impl<'a> Event<'a> {
    /// What PHP itself said, where a worker's output holds it.
    pub fn php_messages(&self) -> impl Iterator<Item = PhpMessage<'a>> {
        let text: &[u8] = match self {
            Self::Said { text, .. } => text.strip_prefix(b"NOTICE: ").unwrap_or(text),
            _ => b"",
        };
        php_message::messages(text)
    }

    /// The permanent name of this kind of event.
    pub const fn id(&self) -> &'static str {
        match self {
            Self::MaxChildrenReached { .. } => "max-children-reached",
            Self::SeemsBusy { .. } => "seems-busy",
            Self::ProcessMaxReached => "process-max-reached",
            Self::TooSlow(_) => "too-slow",
            Self::Terminated(_) => "terminated",
            Self::ExitedOnSignal { .. } => "exited-on-signal",
            Self::ExitedWithCode { .. } => "exited-with-code",
            Self::Started { .. } => "started",
            Self::EmergencyReload { .. } => "emergency-reload",
            Self::WorkerStartFailed { .. } => "worker-start-failed",
            Self::BindFailed { .. } => "bind-failed",
            Self::AlreadyListening { .. } => "already-listening",
            Self::UnknownAccount { .. } => "unknown-account",
            Self::ConfigInvalid { .. } => "config-invalid",
            Self::StartFailed => "start-failed",
            Self::ClientDropped { .. } => "client-dropped",
            Self::ScriptDenied { .. } => "script-denied",
            Self::Said { .. } => "said",
            Self::Running { .. } => "running",
            Self::Ready => "ready",
            Self::InheritedSocket { .. } => "inherited-socket",
            Self::Reloading => "reloading",
            Self::Stopping => "stopping",
            Self::Other => "other",
        }
    }
}
