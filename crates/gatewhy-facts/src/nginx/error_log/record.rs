//! One record of the error log.
use super::classify::Message;
use super::context::{self, Context};
use super::fastcgi;
use super::phase::{self, Phase};
use super::startup;
use crate::log_line::errno;
use crate::log_time::{self, Civil};
use crate::scan;
use crate::symptom::Symptom;
use memchr::memmem;

/// The longest record nginx writes, with its newline (`NGX_MAX_ERROR_STR`).
pub const LONGEST: usize = 2_048;

/// How grave nginx thinks it is, from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// `debug`
    Debug,
    /// `info`
    Info,
    /// `notice`
    Notice,
    /// `warn`
    Warn,
    /// `error`
    Error,
    /// `crit`
    Crit,
    /// `alert`
    Alert,
    /// `emerg`
    Emerg,
}

impl Level {
    /// By its name.
    pub fn of(name: &[u8]) -> Option<Self> {
        let (_, level) = LEVELS.iter().find(|(text, _)| text.as_bytes() == name)?;
        Some(*level)
    }
}

/// One record; every slice is a part of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorRecord<'a> {
    /// The whole record without its last newline, continuation lines included.
    pub raw: &'a [u8],
    /// Its first line, counted from 1 in what was read.
    pub line: u32,
    /// Offset of its first byte in what was read.
    pub start: usize,
    /// When it was written, on the host's wall clock.
    pub at: Option<Civil>,
    /// How grave it is.
    pub level: Option<Level>,
    /// Process that wrote it.
    pub pid: Option<u32>,
    /// Thread that wrote it; 0 in old versions.
    pub tid: Option<u64>,
    /// nginx's number of the connection.
    pub connection: Option<u64>,
    /// The message, without error number, phase and fields.
    pub message: &'a [u8],
    /// The system's or the resolver's error number.
    pub errno: Option<u16>,
    /// What nginx was doing.
    pub phase: Option<Phase<'a>>,
    /// The fields: client, server, request, upstream …
    pub context: Context<'a>,
    /// What it means, where that is known.
    pub symptom: Option<Symptom>,
    /// What the message names or quotes; see the symptom.
    pub text: Option<&'a [u8]>,
    /// The number in the message; see the symptom.
    pub number: Option<u64>,
    /// File and line of the configuration that the message is about.
    pub place: Option<(&'a [u8], u32)>,
    /// Whether nginx ran out of room, so that fields at the end are missing.
    pub cut: bool,
}

/// What stands before the message.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Header {
    at: Option<Civil>,
    level: Option<Level>,
    pid: Option<u32>,
    tid: Option<u64>,
    connection: Option<u64>,
}

const LEVELS: &[(&str, Level)] = &[
    ("debug", Level::Debug),
    ("info", Level::Info),
    ("notice", Level::Notice),
    ("warn", Level::Warn),
    ("error", Level::Error),
    ("crit", Level::Crit),
    ("alert", Level::Alert),
    ("emerg", Level::Emerg),
];

impl Header {
    /// Takes `YYYY/MM/DD HH:MM:SS [level] PID#TID: *CONNECTION ` off the front.
    pub(super) fn take(line: &[u8]) -> Option<(Self, &[u8])> {
        let (at, rest) = log_time::year_first(line)?;
        if line.get(4) != Some(&b'/') {
            return None;
        }
        let (mut header, rest) = Self::take_level(rest.strip_prefix(b" ")?)?;
        header.at = Some(at);
        Some((header, rest))
    }

    /// Takes `[level] PID#TID: *CONNECTION ` off the front; all but the level may be missing.
    pub(super) fn take_level(line: &[u8]) -> Option<(Self, &[u8])> {
        let (name, rest) = scan::split_once(line.strip_prefix(b"[")?, "]")?;
        // Versions before 0.9 wrote `[emerg]: ` to the terminal; other levels with a colon
        // are those of loggers of applications.
        let at_start = matches!(name, b"emerg" | b"alert");
        let colon = || rest.strip_prefix(b": ").filter(|_| at_start);
        let rest = rest.strip_prefix(b" ").or_else(colon)?;
        let level = Level::of(name)?;
        let mut header = Self {
            level: Some(level),
            ..Self::default()
        };
        let rest = header.take_process(rest).unwrap_or(rest);
        let rest = header.take_connection(rest).unwrap_or(rest);
        Some((header, rest))
    }

    fn take_process<'a>(&mut self, text: &'a [u8]) -> Option<&'a [u8]> {
        let (pid, rest) = scan::number(text)?;
        let (tid, rest) = scan::number(rest.strip_prefix(b"#")?)?;
        let rest = rest.strip_prefix(b": ")?;
        self.pid = u32::try_from(pid).ok();
        self.tid = Some(tid);
        Some(rest)
    }

    /// Takes `*CONNECTION ` off the front.
    pub(super) fn take_connection<'a>(&mut self, text: &'a [u8]) -> Option<&'a [u8]> {
        let (number, rest) = scan::number(text.strip_prefix(b"*")?)?;
        let rest = rest.strip_prefix(b" ")?;
        self.connection = Some(number);
        Some(rest)
    }
}

impl<'a> ErrorRecord<'a> {
    /// Reads what stands behind a header.
    pub(super) fn after(header: Header, raw: &'a [u8], text: &'a [u8]) -> Self {
        let text = fields_of_one_line(text);
        let (before, fields) = split_fields(text);
        let (before, phase) = match phase::strip(before) {
            (_, None) if fields.is_empty() => phase::strip_shortened(before)
                .map_or((before, None), |(head, phase)| (head, Some(phase))),
            found => found,
        };
        let (before, place) = match header.level {
            Some(Level::Emerg) => startup::strip_place(before),
            _ => (before, None),
        };
        let (message, errno) = split_errno(before);
        let context = context::parse(fields);
        let message_parts = Message {
            level: header.level,
            text: message,
            errno,
            phase,
            has_upstream: context.upstream.is_some(),
        };
        let found = message_parts.classify();
        Self {
            raw,
            line: 1,
            start: 0,
            at: header.at,
            level: header.level,
            pid: header.pid,
            tid: header.tid,
            connection: header.connection,
            message,
            errno,
            phase,
            context,
            symptom: found.map(|(symptom, _)| symptom),
            text: found.and_then(|(_, captured)| captured.text),
            number: found.and_then(|(_, captured)| captured.number),
            place,
            cut: context.cut || raw.len() >= LONGEST - 1,
        }
    }
}

/// Without continuation lines, where the first line already has its fields.
fn fields_of_one_line(text: &[u8]) -> &[u8] {
    if text.starts_with(fastcgi::STDERR) {
        return text;
    }
    let end = memchr::memchr(b'\n', text).unwrap_or(text.len());
    let first = text.get(..end).unwrap_or(text);
    if scan::holds(first, ", client: ") {
        first
    } else {
        text
    }
}

/// Splits the fields off. They begin at the first `, client: `, since visitors
/// write only into later fields; behind quoted text of an application at the
/// first one that follows the closing quote.
fn split_fields(text: &[u8]) -> (&[u8], &[u8]) {
    let quoted = text.starts_with(fastcgi::STDERR);
    let client = memmem::find_iter(text, b", client: ")
        .find(|at| !quoted || closes_quote(text.get(..*at).unwrap_or_default()));
    // The stream module says so of datagrams.
    let datagram = || memmem::find(text, b", udp client: ");
    let resolver =
        || Some(memmem::find(text, b" while resolving, resolver: ")? + " while resolving".len());
    let at = client.or_else(datagram).or_else(resolver);
    at.and_then(|at| text.split_at_checked(at))
        .unwrap_or((text, b""))
}

/// Whether a quoted text and perhaps the phase end here.
pub(super) fn closes_quote(text: &[u8]) -> bool {
    let (head, _) = phase::strip(text);
    head.len() > fastcgi::STDERR.len() && head.ends_with(b"\"")
}

/// Splits ` (NUMBER: words)` off the end.
fn split_errno(text: &[u8]) -> (&[u8], Option<u16>) {
    let found = scan::rsplit_once(text, " (").and_then(|(message, inside)| {
        let (number, rest) = scan::number(inside.strip_suffix(b")")?)?;
        let words = rest.strip_prefix(b": ")?;
        Some((message, errno::of_any_system(number, words)?))
    });
    found.map_or((text, None), |(message, errno)| (message, Some(errno)))
}
