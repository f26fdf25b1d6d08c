//! Secrets are removed on the way in, before anything is kept, shown or judged.
//!
//! Every masked byte becomes `*`, so that lengths, line ends, quotes and columns
//! stay: parsers see the same structure, and header sizes remain true. Values that
//! are variables (`$http_authorization`) or plain answers (`password: YES`) stay.
//!
//! Names decide, and formats that give themselves away: key blocks, JSON web
//! tokens, `user:password@` in URLs, password hashes. Where a whole place holds
//! nothing but settings of an application (environments), only values with
//! harmless names stay.
use crate::answer::{Answer, Outcome};
use crate::bundle;
use crate::prelude::*;
use crate::protocol::fastcgi;
use crate::protocol::http_request::USER_AGENT;
use crate::question::{Command, Exchange, Question};
use core::ops::Range;

mod assignments;
mod byte_arrays;
mod command_lines;
mod formats;
mod names;
mod settings;

pub use names::is_secret_name;

/// Places to mask.
type Ranges = Vec<Range<usize>>;

/// Removes the secrets from an answer.
pub fn redact(question: &Question, answer: &mut Answer) {
    if let Question::Again(question) = question {
        return redact(question, answer);
    }
    let Outcome::Got { bytes, .. } = &mut answer.outcome else {
        return;
    };
    match question {
        Question::File { path, .. } => {
            text(bytes);
            if settings::is_environment_file(path.file_name()) {
                let found = settings::in_environment_file(bytes);
                mask(bytes, &found);
            }
        }
        Question::Exchange(exchange) => redact_exchange(exchange, bytes),
        Question::Processes | Question::Process { .. } => redact_parts(bytes, |_| true),
        Question::Run(Command::Journal { .. } | Command::JournalWithin { .. }) => {
            byte_arrays::mask(bytes);
            text(bytes);
        }
        Question::KernelLog | Question::Run(_) => text(bytes),
        Question::Now
        | Question::Whoami
        | Question::Folder { .. }
        | Question::Walk { .. }
        | Question::FileSystem { .. }
        | Question::TcpListeners
        | Question::TcpConnections { .. }
        | Question::TcpConnected
        | Question::UnixSockets
        | Question::SocketOwners
        | Question::Networks
        | Question::Resolve { .. }
        | Question::Dns { .. }
        | Question::Again(_) => {}
    }
}

/// The question's key without secrets: what a recording may hold. Our own version
/// is left out, so that recordings outlive it.
pub fn key(question: &Question) -> String {
    let name = match question {
        Question::Exchange(exchange) => {
            let mut clean = exchange.clone();
            clean.send = without_version(&exchange.send);
            text(&mut clean.send);
            clean.to_string()
        }
        Question::Again(question) => format!("again {}", key(question)),
        other => other.to_string(),
    };
    crate::untrusted::shown(name.as_bytes()).to_string()
}

/// What we send, with our name alone as the user agent. A FastCGI request is put
/// into words, as its lengths change with the version.
fn without_version(send: &[u8]) -> Vec<u8> {
    let agent = USER_AGENT.as_bytes();
    let mut rest = send;
    let words = fastcgi::in_words(send);
    if let Some(words) = &words {
        rest = words;
    }
    let mut out = Vec::new();
    while let Some(at) = memchr::memmem::find(rest, agent) {
        out.extend_from_slice(rest.get(..at).unwrap_or_default());
        out.extend_from_slice(b"gatewhy");
        rest = rest.get(at + agent.len()..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

/// Removes the secrets from any text: configuration, logs, headers, command lines.
pub fn text(bytes: &mut [u8]) {
    let found = found_in(bytes);
    mask(bytes, &found);
}

/// Where they stand.
fn found_in(bytes: &[u8]) -> Ranges {
    let finders = [
        formats::find,
        assignments::find,
        settings::find,
        command_lines::find,
    ];
    finders.iter().flat_map(|find| find(bytes)).collect()
}

fn mask(bytes: &mut [u8], ranges: &[Range<usize>]) {
    for range in ranges {
        let hidden = bytes.get_mut(range.clone()).unwrap_or_default();
        // Control bytes stay: they separate lines, arguments and records.
        for byte in hidden.iter_mut().filter(|b| **b >= b' ' && **b != 0x7f) {
            *byte = b'*';
        }
    }
}

fn redact_exchange(exchange: &Exchange, answer: &mut [u8]) {
    use crate::question::Until;
    let framed = matches!(exchange.until, Until::FastCgiEnd { .. });
    for (name, place) in part_places(answer) {
        if !matches!(name.as_str(), "received" | "tls-received") {
            continue;
        }
        let received = answer.get_mut(place).unwrap_or_default();
        if framed {
            redact_records(received);
        }
        text(received);
    }
}

/// A secret may be cut in two by a record's border: put the contents together,
/// clean them, and take them apart again.
fn redact_records(received: &mut [u8]) {
    let places = fastcgi::contents(received);
    let pieces = places.iter().filter_map(|p| received.get(p.clone()));
    let mut all: Vec<u8> = pieces.flatten().copied().collect();
    text(&mut all);
    let mut clean = all.into_iter();
    for place in places {
        for byte in received.get_mut(place).unwrap_or_default() {
            *byte = clean.next().unwrap_or(b'*');
        }
    }
}

fn redact_parts(answer: &mut [u8], wanted: impl Fn(&str) -> bool) {
    for (name, place) in part_places(answer) {
        if wanted(&name) {
            text(answer.get_mut(place).unwrap_or_default());
        }
    }
}

/// The parts of a bundle by their places.
fn part_places(answer: &[u8]) -> Vec<(String, Range<usize>)> {
    let mut at = 0_usize;
    let mut out = Vec::new();
    for (name, bytes) in bundle::parts(answer) {
        let head = format!("{name} {}\n", bytes.len()).len();
        let start = at.saturating_add(head);
        let end = start.saturating_add(bytes.len());
        out.push((name.to_owned(), start..end));
        at = end.saturating_add(1);
    }
    out
}

#[cfg(test)]
mod tests;
