//! Lines that somebody pasted: wrapped, shortened, or taken out of JSON.
use super::guard::quotes_visitor;
use super::json::{Object, unescape};
use super::record::{Record, Server};
use super::{loosely, nginx, recognise, strictly, strip_wrappers};
use crate::nginx::error_log::letters::{self, Field, Spoken};
use crate::prelude::*;
use crate::scan::{self, may_precede};
use crate::symptom::Symptom;
use crate::time::Moment;

/// One line of what was pasted, or several that were one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pasted {
    /// The lines as they were pasted; all but the first only continue it.
    pub lines: Vec<Vec<u8>>,
    /// The one line that they are, for [`recognise`].
    pub text: Vec<u8>,
}

/// Most lines that are one.
const MOST_JOINED: usize = 6;

/// Most header lines of a response.
const MOST_HEADERS: usize = 60;

/// Puts wrapped lines together again. Empty lines are left out.
pub fn join(text: &[u8]) -> Vec<Pasted> {
    let mut all: Vec<Pasted> = Vec::new();
    for line in scan::lines(text).map(|line| line.bytes) {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let own = closed_up(unwrapped(line));
        if let Some(last) = all.last_mut().filter(|last| last.takes(&own)) {
            last.text = [last.text.trim_ascii_end(), b" ", own.trim_ascii()].concat();
            last.lines.push(line.to_vec());
        } else {
            all.push(Pasted {
                lines: vec![line.to_vec()],
                text: own.into_owned(),
            });
        }
    }
    all
}

/// Gaps that a terminal or a page left where nginx writes one blank.
fn closed_up(line: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    let gap = memchr::memmem::find(&line, b"   ");
    if gap.is_none() || !scan::holds(&line, " while ") {
        return line;
    }
    let mut out = Vec::with_capacity(line.len());
    for byte in line.iter() {
        if *byte != b' ' || out.last() != Some(&b' ') {
            out.push(*byte);
        }
    }
    Cow::Owned(out)
}

impl Pasted {
    /// What it says, with more patience than [`recognise`] has:
    /// the beginning may be missing or somebody else's. A line in a known format is
    /// never searched for words: visitors write into it.
    pub fn record(&self) -> Option<Record<'_>> {
        let text = self.text.as_slice();
        strictly(text)
            .or_else(|| without_beginning(text))
            .or_else(|| without_name(text))
            .or_else(|| loosely(text))
            .or_else(|| letters(Record::new(Server::Application, text)))
    }

    /// Whether a proxy of Node.js names its error only in the next line.
    fn awaits_error(&self, line: &[u8]) -> bool {
        let record = recognise(&self.text);
        let open = record.is_some_and(|r| r.server == Server::NodeProxy && r.errno.is_none());
        let is_error = line.starts_with(b"Error: ") || line.starts_with(b"See https://nodejs.org/");
        open && is_error && self.lines.len() < MOST_JOINED
    }

    /// Whether a response's head goes on: `Name: value`, with `< ` before it as curl
    /// prints it.
    fn awaits_header(&self, line: &[u8]) -> bool {
        let first = self.lines.first().map(Vec::as_slice).unwrap_or_default();
        let head = first
            .strip_prefix(b"< ")
            .unwrap_or(first)
            .starts_with(b"HTTP/");
        let line = line.strip_prefix(b"< ").unwrap_or(line);
        let name = scan::split_once(line, ":")
            .map(|(name, _)| name)
            .unwrap_or_default();
        let token = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        head && !name.is_empty() && name.iter().all(token) && self.lines.len() < MOST_HEADERS
    }

    /// Whether a line without a beginning of its own makes this one whole.
    fn takes(&self, line: &[u8]) -> bool {
        if self.awaits_error(line) || self.awaits_header(line) {
            return true;
        }
        let symptom = |text: &[u8]| recognise(text).and_then(|record| record.symptom);
        if self.lines.len() >= MOST_JOINED || begins(line) || symptom(line).is_some() {
            return false;
        }
        let joined = [self.text.trim_ascii_end(), b" ", line.trim_ascii()].concat();
        let (before, after) = (symptom(&self.text), symptom(&joined));
        let whole = after.is_some() && before.is_none();
        whole || (after.is_some() && recognise(&self.text).is_some_and(|r| is_cut(&r, &self.text)))
    }
}

/// Whether a line has a beginning of its own, such as a time.
fn begins(line: &[u8]) -> bool {
    let (wrapper, rest) = strip_wrappers(line);
    wrapper != super::Wrapper::default()
        || rest.len() != line.trim_ascii_end().len()
        || line
            .first()
            .is_some_and(|b| matches!(b, b'[' | b'{' | b'<'))
        || line
            .get(..4)
            .is_some_and(|year| year.iter().all(u8::is_ascii_digit))
}

/// Whether nginx's fields are missing though it writes them for every request, or
/// end in the middle.
fn is_cut(record: &Record<'_>, text: &[u8]) -> bool {
    let quotes = memchr::memchr_iter(b'"', text).count();
    let open = quotes % 2 == 1 || text.trim_ascii_end().ends_with(b":");
    record.server == Server::Nginx && record.at.is_some() && (record.request.is_none() || open)
}

/// A container's or the journal's JSON gives the line in it; anything else is as it is.
fn unwrapped(line: &[u8]) -> Cow<'_, [u8]> {
    let Some(object) = Object::parse(line) else {
        return Cow::Borrowed(line);
    };
    if let (Some(log), Some(_)) = (object.get("log"), object.get("stream")) {
        return Cow::Owned(unescape(log).trim_ascii_end().to_vec());
    }
    let Some(message) = object.get("MESSAGE") else {
        return Cow::Borrowed(line);
    };
    let time = object
        .get("__REALTIME_TIMESTAMP")
        .and_then(scan::whole_number);
    let at = Moment(time.unwrap_or_default()).local(0).replace(' ', "T");
    let who = object
        .get("SYSLOG_IDENTIFIER")
        .or_else(|| object.get("_COMM"));
    let pid = object.get("_PID").unwrap_or(b"0");
    let head = [
        at.as_bytes(),
        b"Z - ",
        who.unwrap_or(b"unknown"),
        b"[",
        pid,
        b"]: ",
    ]
    .concat();
    Cow::Owned([head.as_slice(), &unescape(message)].concat())
}

/// How messages begin that are known whatever stands before them.
const OPENINGS: &[&str] = &[
    "connect() to ",
    "connect() failed (",
    "SSL_do_handshake() failed (",
    "recv() failed (",
    "readv() failed (",
    "upstream prematurely closed ",
    "upstream timed out (",
    "upstream sent ",
    "upstream SSL certificate ",
    "no live upstreams while",
    "no resolver defined to resolve ",
    "FastCGI sent in stderr: \"",
    "host not found in upstream ",
];

/// Messages that stand behind a beginning that is their server's own, or that are
/// believed only of their server: a person who pastes them leaves that out.
const WITHOUT_NAME: &[(&str, Server, Symptom)] = &[
    (
        "WORKER TIMEOUT (pid:",
        Server::Gunicorn,
        Symptom::BackendWorkerTimeout,
    ),
    (
        "was sent SIGKILL! Perhaps out of memory?",
        Server::Gunicorn,
        Symptom::BackendWorkerKilled,
    ),
    (
        "perhaps misspelled or defined by a module not included in the server configuration",
        Server::Apache,
        Symptom::StartConfigInvalid,
    ),
    (
        "failed because the control process exited with error code",
        Server::Systemd,
        Symptom::UnitStartFailed,
    ),
    (
        "failed because a fatal signal was delivered",
        Server::Systemd,
        Symptom::UnitKilled,
    ),
    (
        "failed because a timeout was exceeded",
        Server::Systemd,
        Symptom::UnitTimeout,
    ),
];

fn without_name(text: &[u8]) -> Option<Record<'_>> {
    let (_, text) = strip_wrappers(text);
    if quotes_visitor(text) {
        return None;
    }
    let found = WITHOUT_NAME
        .iter()
        .find(|(words, ..)| scan::holds(text, words));
    if let Some((words, server, symptom)) = found {
        let mut record = Record::new(*server, text).symptom(*symptom);
        let behind = scan::split_once(text, words).and_then(|(_, rest)| scan::number(rest));
        record.pid = behind.and_then(|(pid, _)| u32::try_from(pid).ok());
        record.number = (*symptom == Symptom::BackendWorkerKilled).then_some(9);
        record.text = scan::between(text, "Job for ", " failed");
        return Some(record);
    }
    super::systemd::job(text).filter(|record| record.symptom == Some(Symptom::UnitStartFailed))
}

fn without_beginning(text: &[u8]) -> Option<Record<'_>> {
    if let Some(record) = of_php_fpm(text).or_else(|| of_haproxy(text)) {
        return Some(record);
    }
    let starts = OPENINGS.iter().filter_map(|opening| {
        let at = memchr::memmem::find(text, opening.as_bytes())?;
        let before = text.get(..at)?;
        let bare = before
            .strip_suffix(b"\"")
            .or_else(|| before.strip_suffix(b"'"))
            .unwrap_or(before);
        may_precede(bare).then_some(at)
    });
    let at = starts.min()?;
    let rest = text.get(at..)?.trim_ascii_end();
    let rest = rest
        .strip_suffix(b"\"")
        .filter(|rest| !rest.contains(&b'"'))
        .unwrap_or(rest);
    nginx::message(rest).filter(|record| record.symptom.is_some())
}

/// `child 812 exited on signal 11 (SIGSEGV)`, whatever the beginning became.
fn of_php_fpm(text: &[u8]) -> Option<Record<'_>> {
    let (before, rest) = scan::split_once(text, "child ")?;
    may_precede(before).then_some(())?;
    let (pid, rest) = scan::number(rest)?;
    let (signal, _) = scan::number(rest.strip_prefix(b" exited on signal ")?)?;
    let symptom = match signal {
        3 | 9 | 15 => Symptom::BackendWorkerKilled,
        _ => Symptom::BackendWorkerCrashed,
    };
    let record = Record::new(Server::PhpFpm, text).symptom(symptom);
    Some(record.pid(u32::try_from(pid).ok()).number(Some(signal)))
}

/// `haproxy Server …`, a line of syslog without its punctuation.
fn of_haproxy(text: &[u8]) -> Option<Record<'_>> {
    let at = memchr::memmem::find(text, b"Server ").filter(|at| *at > 0)?;
    let server = text.get(at..)?;
    may_precede(text.get(..at)?).then_some(())?;
    let record = super::haproxy::event(server)?;
    let marked = record.symptom == Some(Symptom::ServerMarkedDown);
    (marked && scan::holds(server, " is DOWN, reason: Layer")).then_some(record)
}

/// A number somewhere in a message that nobody knows, and that is letters.
fn letters(record: Record<'_>) -> Option<Record<'_>> {
    let numbers = record.message.split(|b| !b.is_ascii_digit());
    let number = numbers
        .filter(|digits| digits.len() >= 9)
        .find_map(|digits| {
            let number = scan::whole_number(digits)?;
            let decoded = letters::decode_number(Field::FirstFour, number)?;
            (decoded.spoken != Spoken::Text).then_some(number)
        });
    Some(
        record
            .symptom(Symptom::ForeignProtocol)
            .number(Some(number?)),
    )
}
