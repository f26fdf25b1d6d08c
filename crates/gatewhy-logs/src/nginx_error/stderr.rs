//! `FastCGI sent in stderr`: an application's words, which may hold anything, lines
//! that look like records included.
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

const CLIENT: &[u8] = b", client: ";
static FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(CLIENT));
static CLOSED: LazyLock<[Finder<'static>; 2]> =
    LazyLock::new(|| [b"\", client: ".as_slice(), b"\" while "].map(Finder::new));
static MARKS: LazyLock<[Finder<'static>; 3]> =
    LazyLock::new(|| [b"; ".as_slice(), b"error", b"script"].map(Finder::new));

/// How much of an application's words tells what they mean, unless there are several
/// messages, or one that names a script.
const TELLING: usize = 128;

/// Reads the record that `text` begins with, whose message is at `offset`. The text
/// is at `start` in its block. `None` where it is not sure where the record ends.
pub(super) fn read(text: &[u8], offset: usize, start: usize, said: &mut Said) -> Option<Quoted> {
    let window = text.get(..LONGEST).unwrap_or(text);
    let message = window.get(offset..)?;
    let (close, quote) = FINDER
        .find_iter(message)
        .find_map(|at| Some((at, closing_quote(message.get(..at)?)?)))?;
    let rest = message.get(close..)?;
    let length = offset + close + memchr::memchr(b'\n', rest)? + 1;
    let sure = is_followed_by_record(text, length) && said.plain.holds(window, length, start);
    let words = message.get(STDERR.len()..quote)?;
    sure.then(|| Quoted {
        length,
        symptom: said.meaning(words),
    })
}

/// Offset of the quote that closes an application's words, where the text ends
/// behind it, or behind it and the words for what nginx was doing.
fn closing_quote(text: &[u8]) -> Option<usize> {
    const LONGEST_PHASE: usize = 60;
    const USUAL_PHASE: &[u8] = b"reading response header from upstream";
    let head = if text.last() == Some(&b'"') {
        text
    } else {
        let from = text.len().saturating_sub(LONGEST_PHASE + 8);
        let tail = text.get(from..)?;
        let quote = memchr::memrchr(b'"', tail)?;
        let phase = tail.get(quote + 1..)?.strip_prefix(b" while ")?;
        let fits = phase == USUAL_PHASE || is_phase(phase);
        (fits && phase.len() <= LONGEST_PHASE).then_some(())?;
        text.get(..=from + quote)?
    };
    (head.len() > STDERR.len()).then_some(head.len() - 1)
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

/// Whether a line has a second set of fields behind a closing quote: then the first
/// set is forged.
fn holds_fields_twice(lines: &[u8]) -> bool {
    // Either of these stands before fields that follow a closing quote.
    CLOSED.iter().any(|closed| {
        let mut places = closed.find_iter(lines);
        places.any(|at| has_fields_twice(lines, at))
    })
}

/// Whether the line with a closing quote at `at` has fields before and behind it.
fn has_fields_twice(text: &[u8], at: usize) -> bool {
    let (before, behind) = text.split_at_checked(at).unwrap_or((text, b""));
    let start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
    let Some(first) = before.get(start..).and_then(|own| FINDER.find(own)) else {
        return false;
    };
    let from = start + first + CLIENT.len();
    let end = memchr::memchr(b'\n', behind).map_or(text.len(), |newline| at + newline);
    let own = text.get(from..end).unwrap_or_default();
    FINDER.find_iter(own).any(|at| {
        own.get(..at)
            .is_some_and(|own| closing_quote(own).is_some())
    })
}

/// Lines of a block that are known to have no fields twice, as offsets in the block.
#[derive(Debug, Default)]
struct Plain {
    from: usize,
    to: usize,
}

impl Plain {
    /// Whether all lines are so in `window`, which is at `start` in its block, from
    /// `from` on.
    fn holds(&mut self, window: &[u8], from: usize, start: usize) -> bool {
        let (at, end) = (start + from, start + window.len());
        let known = (self.from..=self.to).contains(&at);
        let unknown = if known { self.to.max(at) } else { at };
        if unknown >= end {
            return true;
        }
        let lines = window.get(unknown - start..).unwrap_or_default();
        if holds_fields_twice(lines) {
            return false;
        }
        // The last line may go on.
        let whole = memchr::memrchr(b'\n', lines).map_or(0, |newline| newline + 1);
        *self = Self {
            from: if known { self.from } else { at },
            to: unknown + whole,
        };
        true
    }
}

/// What is known of applications' words.
#[derive(Debug, Default)]
pub(super) struct Said {
    plain: Plain,
    /// Words up to where a path begins, as long as only they tell what is meant.
    known: Vec<(Box<[u8]>, Symptom)>,
}

impl Said {
    /// Most texts that are known.
    const MOST: usize = 16;

    /// Another block begins: offsets mean other places.
    pub(super) fn begin_block(&mut self) {
        self.plain = Plain::default();
    }

    /// What an application's words mean.
    fn meaning(&mut self, words: &[u8]) -> Symptom {
        let holds = |at: usize| MARKS.get(at).is_some_and(|m| m.find(words).is_some());
        if holds(0) || holds(2) {
            return application_words(words);
        }
        let known = self.known.iter().position(|(w, _)| words.starts_with(w));
        if let Some((_, symptom)) = known.and_then(|at| self.known.get(at)) {
            return *symptom;
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
