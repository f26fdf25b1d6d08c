//! Lines that somebody pasted: wrapped, shortened, or taken out of JSON.
use super::json::Object;
use super::json_wrapped::kept;
use super::paste_markup;
use super::record::{Record, Role, Server};
use super::visitor_words::quotes_visitor;
use super::{loosely, nginx, recognise, strictly, strip_wrappers};
use crate::log_time;
use crate::nginx::error_log::letters::{self, Field, Spoken};
use crate::prelude::*;
use crate::scan::{self, may_precede};
use crate::symptom::Symptom;

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

/// Most lines of an object of JSON.
const MOST_MEMBERS: usize = 80;

/// Puts wrapped lines together again. Empty lines are left out.
pub fn join(text: &[u8]) -> Vec<Pasted> {
    let told = || scan::lines(text).map(|line| line.bytes);
    let full = || told().filter(|line| !line.trim_ascii().is_empty());
    // What everybody quotes so in a letter is no line's own.
    let quoted = full().all(|line| line.starts_with(b">"));
    let bare = |line| {
        let behind = scan::split_once(line, ">").filter(|_| quoted);
        behind.map_or(line, |(_, rest)| rest)
    };
    let lines: Vec<Own<'_>> = full()
        .map(|line| {
            let own = undressed(closed_up(breaking(unwrapped(bare(line)))));
            let symptom = says(&own);
            (line, own, symptom)
        })
        .collect();
    let mut all: Vec<Pasted> = Vec::new();
    let mut rest = lines.as_slice();
    while let Some(((line, own, _), behind)) = rest.split_first() {
        if let Some(last) = all.last_mut().filter(|last| last.takes(own)) {
            last.text = spaced(&last.text, own);
            last.lines.push(line.to_vec());
            rest = behind;
            continue;
        }
        let (count, text) = whole(rest).unwrap_or_else(|| (1, own.to_vec()));
        let parts = rest.iter().take(count).map(|(line, ..)| line.to_vec());
        all.push(Pasted {
            lines: parts.collect(),
            text,
        });
        rest = rest.get(count..).unwrap_or_default();
    }
    all
}

/// A line as it was given, without what stood round it, and what it says alone.
type Own<'a> = (&'a [u8], Cow<'a, [u8]>, Option<Symptom>);

fn says(text: &[u8]) -> Option<Symptom> {
    recognise(text).and_then(|record| record.symptom)
}

fn spaced(before: &[u8], after: &[u8]) -> Vec<u8> {
    [before.trim_ascii_end(), b" ", after.trim_ascii()].concat()
}

/// Put together without a blank, where only so a format takes it: a terminal that is
/// full tears words.
fn torn(before: &[u8], after: &[u8]) -> Option<Vec<u8>> {
    let inside = before.last().is_some_and(u8::is_ascii_alphanumeric)
        && after.first().is_some_and(u8::is_ascii_alphanumeric);
    let close = inside.then(|| [before, after.trim_ascii_end()].concat())?;
    let told = strictly(&close).is_some_and(|record| record.symptom.is_some());
    told.then_some(close)
}

/// How many of these lines are one, and that one: each further line has to make it
/// say something, or something else, or to hold the rest of its fields.
fn whole(lines: &[Own<'_>]) -> Option<(usize, Vec<u8>)> {
    let (_, first, told) = lines.first()?;
    if strip_wrappers(first).1.starts_with(b"{") {
        return object(lines);
    }
    let mut best = told.map(|symptom| (1, first.to_vec(), symptom));
    let mut text = first.to_vec();
    // Without a beginning it is seldom the first piece of more than two.
    let most = if best.is_some() || begins(first) {
        MOST_JOINED
    } else {
        2
    };
    for (at, (_, line, own)) in lines.iter().enumerate().take(most).skip(1) {
        let another = own.is_some() && (best.is_some() || !begins(first));
        if begins(line) || another {
            break;
        }
        let close = torn(&text, line);
        text = spaced(&text, line);
        if let Some(close) = close.filter(|_| says(&text).is_none()) {
            text = close;
        }
        let Some(symptom) = says(&text) else { continue };
        let better = best.as_ref().is_none_or(|(_, shorter, known)| {
            let told = strictly(&text).is_some_and(|record| record.symptom == Some(symptom));
            let cut = recognise(shorter).is_some_and(|record| is_cut(&record, shorter, line));
            (told && *known != symptom) || cut
        });
        if better {
            best = Some((at + 1, text.clone(), symptom));
        }
    }
    best.map(|(count, text, _)| (count, text))
}

/// An object of JSON over several lines: wrapped by a terminal, or spread out.
fn object(lines: &[Own<'_>]) -> Option<(usize, Vec<u8>)> {
    let (_, first, _) = lines.first()?;
    let is_whole = |text: &[u8]| {
        let own = strip_wrappers(text).1;
        closes(own) && Object::parse(own).is_some()
    };
    let opens = strip_wrappers(first).1.get(1..)?.trim_ascii_start();
    if is_whole(first) || !(opens.is_empty() || opens.starts_with(b"\"")) {
        return None;
    }
    let (mut wide, mut close) = (first.to_vec(), first.to_vec());
    for (at, (_, line, _)) in lines.iter().enumerate().take(MOST_MEMBERS).skip(1) {
        wide.truncate(wide.trim_ascii_end().len());
        wide.push(b' ');
        wide.extend_from_slice(line.trim_ascii());
        close.extend_from_slice(line.trim_ascii());
        if line.trim_ascii_end().ends_with(b"}") {
            // The end of an inner object is none of the whole.
            if let Some(found) = [&wide, &close].into_iter().find(|text| is_whole(text)) {
                return Some((at + 1, found.clone()));
            }
        }
    }
    None
}

/// Whether every brace outside of strings has its partner.
fn closes(text: &[u8]) -> bool {
    let (mut depth, mut quoted, mut escaped) = (0_u32, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' if !quoted => depth = depth.saturating_add(1),
            b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    depth == 0 && !quoted
}

/// With blanks where a page put ones at which it does not break.
fn breaking(line: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    const HARD: &[u8] = "\u{a0}".as_bytes();
    let Some(at) = memchr::memmem::find(&line, HARD) else {
        return line;
    };
    let (before, mut rest) = line.split_at(at);
    let mut out = before.to_vec();
    while let Some((first, behind)) = rest.split_first() {
        let hard = rest.strip_prefix(HARD);
        out.push(if hard.is_some() { b' ' } else { *first });
        rest = hard.unwrap_or(behind);
    }
    Cow::Owned(out)
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

/// Without what a page or a person put round it, where that is what keeps it from
/// being read.
fn undressed(line: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    let Some(record) = strictly(&line) else {
        return paste_markup::off(&line)
            .filter(|bare| strictly(bare).is_some() || says_more(bare, &line))
            .map_or(line, Cow::Owned);
    };
    // `Error: ` is what Node.js writes, and what people write before a line.
    let words = record.server == Server::Node && record.at.is_none();
    let own = words.then(|| paste_markup::behind_words(&line)).flatten();
    let own = own.map(<[u8]>::to_vec);
    let tells = |text: &Vec<u8>| strictly(text).is_some_and(|r| r.symptom.is_some());
    own.or_else(|| paste_markup::quotes_and_tail_off(&line))
        .filter(tells)
        .map_or(line, Cow::Owned)
}

fn says_more(bare: &[u8], line: &[u8]) -> bool {
    let tells = |text| patiently(text).is_some_and(|record| record.symptom.is_some());
    tells(bare) && !tells(line)
}

/// With more patience than a format has: the beginning may be missing or somebody
/// else's.
fn patiently(text: &[u8]) -> Option<Record<'_>> {
    without_beginning(text)
        .or_else(|| without_name(text))
        .or_else(|| super::response::quoted_status(text))
        .or_else(|| loosely(text))
}

impl Pasted {
    /// What it says, with more patience than [`recognise`] has:
    /// the beginning may be missing or somebody else's. A line in a known format is
    /// never searched for words: visitors write into it.
    pub fn record(&self) -> Option<Record<'_>> {
        let text = self.text.as_slice();
        strictly(text)
            .or_else(|| patiently(text))
            .or_else(|| letters(Record::new(Server::Application, text)))
    }

    /// Whether a proxy of Node.js names its error only in the next line.
    fn awaits_error(&self, line: &[u8]) -> bool {
        let record = recognise(&self.text);
        let open = record.is_some_and(|r| r.server == Server::NodeProxy && r.errno.is_none());
        let line = behind_same_name(&self.text, line);
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

    /// Whether a line only goes on with this one.
    fn takes(&self, line: &[u8]) -> bool {
        self.awaits_error(line) || self.awaits_header(line)
    }
}

/// Without the `[NAME] ` that a runner of several programs (concurrently, Nx) puts
/// before each line of one, where the line before begins so.
fn behind_same_name<'a>(before: &[u8], line: &'a [u8]) -> &'a [u8] {
    let name = scan::split_once(line, "] ").filter(|_| line.starts_with(b"["));
    let shared = name.filter(|(name, rest)| {
        let length = line.len() - rest.len();
        name.len() <= 40 && line.get(..length) == before.get(..length)
    });
    shared.map_or(line, |(_, rest)| rest)
}

/// Whether a line has a beginning of its own, such as a time.
fn begins(line: &[u8]) -> bool {
    let (wrapper, rest) = strip_wrappers(line);
    wrapper != super::Wrapper::default()
        || rest.len() != line.trim_ascii_end().len()
        || line
            .first()
            .is_some_and(|b| matches!(b, b'[' | b'{' | b'<') && !line.starts_with(b"[client "))
        || log_time::year_first(line).is_some()
        || log_time::day_first(line).is_some()
}

/// Whether nginx's fields are missing though it writes them for every request, or
/// end in the middle, and the next line may hold them.
fn is_cut(record: &Record<'_>, text: &[u8], next: &[u8]) -> bool {
    let odd = memchr::memchr_iter(b'"', text).count() % 2 == 1;
    let open = odd || text.trim_ascii_end().ends_with(b":");
    let goes_on = || {
        ["upstream", "client: ", "request: \"", "host: \""]
            .iter()
            .any(|field| scan::holds(next, field))
    };
    match record.server {
        Server::Nginx => (record.request.is_none() || open) && (record.at.is_some() || goes_on()),
        server => odd && server.role() == Role::Gateway,
    }
}

/// A container's or the journal's JSON gives the line in it; anything else is as it is.
fn unwrapped(line: &[u8]) -> Cow<'_, [u8]> {
    kept(line).map_or(Cow::Borrowed(line), |kept| kept.text)
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
    let nameless = super::systemd::nameless(text)
        .or_else(|| super::apache::nameless(text))
        .or_else(|| super::haproxy::reason(text));
    nameless.or_else(|| {
        super::systemd::job(text).filter(|record| record.symptom == Some(Symptom::UnitStartFailed))
    })
}

fn without_beginning(text: &[u8]) -> Option<Record<'_>> {
    let named = of_php_fpm(text)
        .or_else(|| of_haproxy(text))
        .or_else(|| of_gunicorn(text));
    if named.is_some() {
        return named;
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

/// `Worker with pid 812 was terminated due to signal 9`, without its time.
fn of_gunicorn(text: &[u8]) -> Option<Record<'_>> {
    let (before, rest) = scan::split_once(text, "Worker with pid ")?;
    may_precede(before).then_some(())?;
    let (pid, rest) = scan::number(rest)?;
    let (signal, _) = scan::number(rest.strip_prefix(b" was terminated due to signal ")?)?;
    let symptom = match signal {
        9 | 15 => Symptom::BackendWorkerKilled,
        _ => Symptom::BackendWorkerCrashed,
    };
    let record = Record::new(Server::Gunicorn, text).symptom(symptom);
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
