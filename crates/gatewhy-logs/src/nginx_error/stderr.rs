//! `FastCGI sent in stderr`: an application's words, which may hold anything.
use memchr::memmem::Finder;
use std::sync::LazyLock;

/// How every such message begins.
pub(super) const STDERR: Start = Start(b"FastCGI sent in stderr: \"");

pub(super) struct Start(&'static [u8]);

impl Start {
    pub(super) fn is_start_of(&self, message: &[u8]) -> bool {
        message.starts_with(self.0)
    }

    pub(super) const fn bytes(&self) -> &'static [u8] {
        self.0
    }
}

/// nginx's longest record.
const LONGEST: usize = 2_048;
/// How much of an application's text is looked at.
const MUCH: usize = 1_024;

static CLIENT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b", client: "));
static QUOTE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\" while "));

/// Whether the record is one line, with nothing in it but harmless words of an
/// application: then it needs no closer look.
///
/// `text` begins with the record, whose first line is `end` bytes long.
pub(super) fn is_plain_and_harmless(text: &[u8], end: usize, message: &[u8]) -> bool {
    let Some(quoted) = message.get(STDERR.bytes().len()..) else {
        return false;
    };
    let Some(client) = CLIENT.find(quoted) else {
        return false;
    };
    let head = quoted.get(..client).unwrap_or_default();
    let Some(close) = QUOTE.find(head) else {
        return false;
    };
    let words = head.get(..close).unwrap_or_default();
    let phase = head.get(close + 8..).unwrap_or_default();
    let closes = phase == b"reading response header from upstream" || phase == b"reading upstream";
    let first = words.first().copied().unwrap_or(b'P');
    closes
        && words.len() < MUCH
        && !words.contains(&b'"')
        && !matches!(first, b'U' | b'A')
        && !has_word_of_script_or_error(words)
        && followed_by_other(text, end)
}

/// Words of PHP-FPM about a script, or of PHP about an error.
fn has_word_of_script_or_error(words: &[u8]) -> bool {
    static WORDS: LazyLock<[Finder<'static>; 4]> = LazyLock::new(|| {
        [
            Finder::new(b"error"),
            Finder::new(b"script"),
            Finder::new(b"client"),
            Finder::new(b"stderr"),
        ]
    });
    WORDS.iter().any(|word| word.find(words).is_some())
}

/// Whether another record follows at once, and no line that nginx may have written
/// in the same go holds a second set of fields.
fn followed_by_other(text: &[u8], end: usize) -> bool {
    let window = text.get(end..text.len().min(LONGEST)).unwrap_or_default();
    let mut from = 0;
    let mut line_start = 0;
    // Two sets of fields in one line: forged by the application.
    while let Some(at) = window.get(from..).and_then(|rest| CLIENT.find(rest)) {
        let at = from + at;
        let newline = window
            .get(line_start..at)
            .and_then(|skipped| memchr::memrchr(b'\n', skipped));
        match newline {
            Some(newline) => line_start += newline + 1,
            None if from > 0 => return false,
            None => {}
        }
        from = at + 1;
    }
    starts_with_stamp(text.get(end..).unwrap_or_default())
}

fn starts_with_stamp(next: &[u8]) -> bool {
    // At the end of a block nothing follows: its end is that of a record.
    let Some(stamp) = next.first_chunk::<21>() else {
        return next.is_empty();
    };
    let marks = [(4, b'/'), (7, b'/'), (10, b' '), (13, b':'), (16, b':'), (20, b'[')];
    marks.iter().all(|(at, mark)| stamp.get(*at) == Some(mark))
        && stamp.iter().take(4).all(u8::is_ascii_digit)
}
