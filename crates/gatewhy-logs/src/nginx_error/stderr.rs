//! `FastCGI sent in stderr`: an application's words, which may hold anything, lines
//! that look like records included.
use super::Start;
use super::header::Clock;
use super::memory::{CLIENT, FINDER};
use fearless_simd::{Level, dispatch};
use gatewhy_facts::nginx::error_log::{LONGEST, application_words};
use gatewhy_facts::symptom::Symptom;
use memchr::memmem::Finder;
use std::sync::LazyLock;

/// How every such message begins.
pub(super) const STDERR: &[u8] = b"FastCGI sent in stderr: \"";

/// A record that quotes an application, and that has the usual shape.
pub(super) struct Quoted {
    /// Its length, with its last newline.
    pub(super) length: usize,
    /// What the words mean.
    pub(super) symptom: Symptom,
}

const WHILE: &[u8] = b" while ";
static SCRIPT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"script"));

/// How much of an application's words tells what they mean, unless there are several
/// messages, or one that names a script.
const TELLING: usize = 128;

/// Reads a record whose message is at `offset`. `None` where it is not sure where the
/// record ends.
pub(super) fn read(start: &Start<'_>, offset: usize, said: &mut Said) -> Option<Quoted> {
    let text = start.text;
    let window = text.get(..LONGEST).unwrap_or(text);
    let from = offset + STDERR.len();
    let (quote, behind) = start.quotes.find_close(from, window.len(), |at| {
        let quote = closing_quote(window, at).filter(|quote| *quote >= from)?;
        Some((quote, window.get(quote + 1..)?))
    })?;
    let close = quote + 1 + closes(behind)?;
    let length = if close < start.end {
        start.end
    } else {
        close + line_length(window.get(close..)?) + 1
    };
    let ends = length <= window.len() && window.get(length - 1) == Some(&b'\n');
    let sure = ends && is_followed_by_record(text, length) && !is_forged(start, window, length);
    let words = window.get(from..quote)?;
    sure.then(|| Quoted {
        length,
        symptom: said.meaning(words),
    })
}

/// The quote that the fields follow, perhaps behind what nginx was doing, if that or
/// they begin with the letter at `at`.
fn closing_quote(text: &[u8], at: usize) -> Option<usize> {
    let is_while = text.get(at) == Some(&b'w');
    let (mark, length) = if is_while { (WHILE, 2) } else { (CLIENT, 3) };
    let quote = at.checked_sub(length)?;
    text.get(quote + 1..)?.starts_with(mark).then_some(quote)
}

/// Length of the words for what nginx was doing, where the fields follow a quote for
/// certain.
fn closes(behind: &[u8]) -> Option<usize> {
    const LONGEST_PHASE: usize = 60;
    const USUAL: &[u8] = b" while reading response header from upstream, client: ";
    if behind.starts_with(USUAL) {
        return Some(USUAL.len() - CLIENT.len());
    }
    if behind.starts_with(CLIENT) {
        return Some(0);
    }
    let words = behind.strip_prefix(WHILE)?;
    let end = FINDER.find(words)?;
    let phase = words
        .get(..end)
        .filter(|phase| phase.len() <= LONGEST_PHASE)?;
    is_phase(phase).then_some(behind.len() - words.len() + end)
}

fn is_phase(words: &[u8]) -> bool {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b" /.-_".contains(b);
    // The last `while` is the one that counts; an earlier one is somebody's word.
    let only = || memchr::memmem::find(words, b" while ").is_none();
    !words.is_empty() && words.iter().all(plain) && only()
}

/// Whether a record begins at `at`, or nothing at all.
fn is_followed_by_record(text: &[u8], at: usize) -> bool {
    let next = text.get(at..).unwrap_or_default();
    let Some(stamp) = next.first_chunk::<21>() else {
        return next.is_empty();
    };
    let marks = [
        (4, b'/'),
        (7, b'/'),
        (10, b' '),
        (13, b':'),
        (16, b':'),
        (20, b'['),
    ];
    marks.iter().all(|(at, mark)| stamp.get(*at) == Some(mark))
}

/// Whether a line from `from` on, as far as one record reaches and before the next that
/// quotes an application, has a second set of fields: then the first is forged.
fn is_forged(start: &Start<'_>, window: &[u8], from: usize) -> bool {
    let found = start.quotes.find_close(from, window.len(), |at| {
        let quote = closing_quote(window, at)?;
        let before = window.get(from..quote)?;
        let line = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        let own = before.get(line..)?;
        if quotes_application(own) {
            return Some(false);
        }
        let behind = window.get(quote + 1..)?;
        let rest = behind.get(..line_length(behind)).unwrap_or(behind);
        (FINDER.find(own).is_some() && FINDER.find(rest).is_some()).then_some(true)
    });
    found.unwrap_or(false)
}

/// Whether a line begins with the header of a record, and with an application's words.
fn quotes_application(line: &[u8]) -> bool {
    let header = line.first_chunk().and_then(|text| {
        let mut clock = Clock::default();
        dispatch!(Level::new(), simd => clock.take(simd, text))
    });
    let message = header.and_then(|header| line.get(header.length..));
    message.is_some_and(|message| message.starts_with(STDERR))
}

fn line_length(text: &[u8]) -> usize {
    memchr::memchr(b'\n', text).unwrap_or(text.len())
}

/// What is known of applications' words.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// Words up to where a path begins, as long as only they tell what is meant.
    known: Vec<(Box<[u8]>, Symptom)>,
}

impl Said {
    /// Most texts that are known.
    const MOST: usize = 16;

    /// What an application's words mean.
    fn meaning(&mut self, words: &[u8]) -> Symptom {
        let known = self.known.iter().find(|(w, _)| words.starts_with(w));
        if let Some((start, symptom)) = known {
            let rest = words.get(start.len()..).unwrap_or_default();
            return if tells_more(rest) {
                application_words(words)
            } else {
                *symptom
            };
        }
        if tells_more(words) {
            return application_words(words);
        }
        let telling = words.get(..TELLING).unwrap_or(words);
        let symptom = application_words(telling);
        let path = memchr::memmem::find(telling, b" in /");
        if let (Some(at), true) = (path, self.known.len() < Self::MOST) {
            let before = telling.get(..at + 5).unwrap_or_default();
            self.known.push((before.into(), symptom));
        }
        symptom
    }
}

/// Whether there are several messages, or one that names a script.
fn tells_more(words: &[u8]) -> bool {
    memchr::memchr(b';', words).is_some() || SCRIPT.find(words).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nginx_error::with_zeros;
    use crate::quotes::Map;
    use crate::tally::Place;
    use gatewhy_facts::nginx::error_log;
    use proptest::prelude::*;

    /// What an application may write to its error stream, and what nginx puts around it.
    const PARTS: [&str; 17] = [
        "2026/11/20 03:12:04 [error] 1#1: *1 FastCGI sent in stderr: \"",
        "2026/11/20 03:12:04 [error] 1#1: *1 connect() failed (111: Connection refused)",
        "2026/11/20 03:12:04 [notice] 1#1: signal process started",
        "PHP message: PHP Fatal error:  Uncaught Exception: x in /a/b.php",
        "Primary script unknown",
        "; ",
        " in /var/www/script.php",
        "\"",
        " while reading response header from upstream",
        " while connecting to upstream",
        " while an unknown thing, and another",
        ", client: 192.0.2.1, server: x",
        "\" while reading response header from upstream, client: 192.0.2.1, server: x",
        ", request: \"GET / HTTP/1.1\"",
        ", upstream: \"http://192.0.2.2:80/\"",
        ", upstream: \"fastcgi://unix:/run/a.sock:\", host: \"x\"",
        "\n2026/11/20 03:12:05 [error] 1#1: *1 x\n",
    ];

    fn read_first(text: &[u8], said: &mut Said) -> Option<Quoted> {
        let mut map = Map::default();
        map.read_with_closes(text);
        let first = with_zeros(text);
        let header = first
            .first_chunk()
            .and_then(|head| dispatch!(Level::new(), simd => Clock::default().take(simd, head)));
        let start = Start {
            text,
            first: &first,
            end: (line_length(text) + 1).min(text.len()),
            quotes: map.quotes(0, text.len()),
            place: Place::default(),
        };
        read(&start, header?.length, said)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3_000))]
        #[test]
        fn a_record_ends_and_means_what_its_reader_says(
            parts in proptest::collection::vec((0..PARTS.len(), 0..24_usize), 1..30),
        ) {
            let mut log = PARTS.first().unwrap().to_string();
            for (part, more) in parts {
                log.push_str(PARTS.get(part).unwrap());
                match more {
                    0..4 => log.push('\n'),
                    4 => log.push_str(&"x".repeat(700)),
                    _ => {}
                }
            }
            let mut said = Said::default();
            for _ in 0..3 {
                if let Some(quoted) = read_first(log.as_bytes(), &mut said) {
                    let (record, length) = error_log::first(log.as_bytes()).unwrap();
                    prop_assert_eq!(quoted.length, length);
                    prop_assert_eq!(Some(quoted.symptom), record.symptom);
                }
            }
        }
    }

    #[test]
    fn the_usual_shapes_are_read_the_short_way() {
        let tail = "\" while reading response header from upstream, client: 192.0.2.1, server: x, request: \"GET / HTTP/1.1\", upstream: \"fastcgi://unix:/run/a.sock:\"\n";
        for words in [
            "Primary script unknown",
            "PHP message: PHP Warning:  x in /a/b.php on line 1",
            "a\nb",
        ] {
            let record = [PARTS.first().unwrap(), words, tail].concat();
            let log = record.repeat(3);
            let found = read_first(log.as_bytes(), &mut Said::default());
            assert_eq!(
                found.map(|quoted| quoted.length),
                Some(record.len()),
                "{words}"
            );
        }
    }
}
