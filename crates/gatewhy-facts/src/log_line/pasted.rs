//! Lines that somebody pasted: wrapped, shortened, or taken out of JSON.
use super::json::{Object, unescape};
use super::record::{Record, Server};
use super::{nginx, recognise, strip_wrappers};
use crate::nginx::error_log::letters::{self, Field, Spoken};
use crate::prelude::*;
use crate::scan;
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

/// Puts wrapped lines together again. Empty lines are left out.
pub fn join(text: &[u8]) -> Vec<Pasted> {
    let mut all: Vec<Pasted> = Vec::new();
    for line in scan::lines(text).map(|line| line.bytes) {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let own = unwrapped(line);
        if let Some(last) = all.last_mut().filter(|last| last.takes(&own)) {
            last.text = [last.text.as_slice(), b" ", own.trim_ascii()].concat();
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

impl Pasted {
    /// What it says, with more patience than [`recognise`] has: the beginning may
    /// be missing or somebody else's.
    pub fn record(&self) -> Option<Record<'_>> {
        let found = recognise(&self.text);
        if found.is_some_and(|record| record.symptom.is_some()) {
            return found;
        }
        without_beginning(&self.text)
            .or(found)
            .map(|record| {
                if record.symptom.is_some() {
                    record
                } else {
                    letters(record)
                }
            })
            .or_else(|| {
                Some(letters(Record::new(Server::Application, &self.text)))
                    .filter(|r| r.symptom.is_some())
            })
    }

    /// Whether a line without a beginning of its own makes this one whole.
    fn takes(&self, line: &[u8]) -> bool {
        let symptom = |text: &[u8]| recognise(text).and_then(|record| record.symptom);
        if self.lines.len() >= MOST_JOINED || begins(line) || symptom(line).is_some() {
            return false;
        }
        let joined = [self.text.as_slice(), b" ", line.trim_ascii()].concat();
        let (before, after) = (symptom(&self.text), symptom(&joined));
        let whole = after.is_some() && before.is_none();
        whole || (after.is_some() && recognise(&self.text).is_some_and(|r| is_cut(&r)))
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

/// Whether nginx's fields are missing though it writes them for every request.
fn is_cut(record: &Record<'_>) -> bool {
    record.server == Server::Nginx && record.request.is_none() && record.at.is_some()
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

fn without_beginning(text: &[u8]) -> Option<Record<'_>> {
    let starts = OPENINGS.iter().filter_map(|opening| {
        let at = memchr::memmem::find(text, opening.as_bytes())?;
        let apart = at == 0 || text.get(at - 1).is_some_and(|b| !b.is_ascii_alphanumeric());
        apart.then_some(at)
    });
    let at = starts.min()?;
    let rest = text.get(at..)?.trim_ascii_end();
    let rest = rest
        .strip_suffix(b"\"")
        .filter(|rest| !rest.contains(&b'"'))
        .unwrap_or(rest);
    nginx::error(rest).filter(|record| record.symptom.is_some())
}

/// A number somewhere in a message that nobody knows, and that is letters.
fn letters(mut record: Record<'_>) -> Record<'_> {
    let numbers = record.message.split(|b| !b.is_ascii_digit());
    let known = numbers
        .filter(|digits| digits.len() >= 9)
        .find_map(|digits| {
            let number = scan::whole_number(digits)?;
            let decoded = letters::decode_number(Field::FirstFour, number)?;
            (decoded.spoken != Spoken::Text).then_some(number)
        });
    if known.is_some() {
        record.symptom = Some(Symptom::ForeignProtocol);
        record.number = known;
    }
    record
}
