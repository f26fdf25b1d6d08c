//! What PHP itself writes about a script: `PHP Fatal error:  … in FILE on line N`.
//!
//! It reaches nginx's error log as FastCGI stderr, FPM's log as *said into
//! stderr*, or a file of its own.
use crate::scan;

/// One message of PHP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhpMessage<'a> {
    /// `Fatal error`, `Warning`, `Parse error`, `Notice`, `Deprecated` …
    pub severity: &'a [u8],
    /// The message without its severity and place.
    pub text: &'a [u8],
    /// The script and its line.
    pub place: Option<(&'a [u8], u32)>,
    /// `Allowed memory size of N bytes exhausted`: N.
    pub memory_limit: Option<u64>,
    /// `Maximum execution time of N seconds exceeded`: N.
    pub time_limit: Option<u64>,
    /// Whether an exception was not caught.
    pub uncaught: bool,
}

const SEVERITIES: [&str; 10] = [
    "Fatal error",
    "Parse error",
    "Recoverable fatal error",
    "Core error",
    "Compile error",
    "Warning",
    "Notice",
    "Deprecated",
    "Strict Standards",
    "Unknown error",
];

/// The messages in one text. FPM puts `PHP message: ` before each and `; ` between.
pub fn messages(text: &[u8]) -> impl Iterator<Item = PhpMessage<'_>> {
    const MARK: &str = "PHP message: ";
    let first = text.strip_prefix(MARK.as_bytes()).unwrap_or(text);
    let mut rest = Some(first);
    core::iter::from_fn(move || {
        let text = rest?;
        let (one, next) = match scan::split_once(text, "; PHP message: ") {
            Some((one, next)) => (one, Some(next)),
            None => (text, None),
        };
        rest = next;
        Some(one)
    })
    .filter_map(PhpMessage::parse)
}

impl<'a> PhpMessage<'a> {
    /// Reads one message, with or without `PHP ` before it.
    pub fn parse(text: &'a [u8]) -> Option<Self> {
        let text = text.strip_prefix(b"PHP ").unwrap_or(text);
        let severity = SEVERITIES.iter().find(|s| text.starts_with(s.as_bytes()))?;
        let (severity, rest) = text.split_at_checked(severity.len())?;
        let rest = rest.strip_prefix(b":")?.trim_ascii_start();
        let (text, place) = split_place(rest);
        Some(Self {
            severity,
            text,
            place,
            memory_limit: limit(rest, b"Allowed memory size of ", " bytes exhausted"),
            time_limit: limit(rest, b"Maximum execution time of ", " second"),
            uncaught: rest.starts_with(b"Uncaught "),
        })
    }

    /// Whether the script ended there.
    pub fn is_fatal(&self) -> bool {
        self.severity.ends_with(b"error")
    }
}

fn limit(text: &[u8], before: &[u8], after: &str) -> Option<u64> {
    let (number, rest) = scan::number(text.strip_prefix(before)?)?;
    rest.starts_with(after.as_bytes()).then_some(number)
}

/// ` in FILE on line N` at the end, or ` in FILE:N` before a stack trace.
fn split_place(text: &[u8]) -> (&[u8], Option<(&[u8], u32)>) {
    let first = scan::split_once(text, "\n").map_or(text, |(first, _)| first);
    let found = [" on line ", ":"].into_iter().find_map(|mark| {
        let (head, line) = scan::rsplit_once(first, mark)?;
        let (message, file) = scan::rsplit_once(head, " in ")?;
        Some((message, (file, scan::whole_number(line.trim_ascii_end())?)))
    });
    found.map_or((first, None), |(message, place)| (message, Some(place)))
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use std::vec::Vec;

    fn one(text: &[u8]) -> PhpMessage<'_> {
        PhpMessage::parse(text).unwrap()
    }

    #[test]
    fn limits_are_read_with_their_place() {
        let memory = one(
            b"PHP Fatal error:  Allowed memory size of 134217728 bytes exhausted \
              (tried to allocate 2097152 bytes) in /srv/mem.php on line 3",
        );
        assert_eq!(memory.memory_limit, Some(134_217_728));
        assert_eq!(memory.place, Some((&b"/srv/mem.php"[..], 3)));
        let time = one(b"PHP Fatal error:  Maximum execution time of 1 second exceeded in /srv/time.php on line 1");
        assert_eq!((time.time_limit, time.is_fatal()), (Some(1), true));
    }

    #[test]
    fn an_uncaught_exception_ends_before_its_stack_trace() {
        let thrown = one(
            b"PHP Fatal error:  Uncaught RuntimeException: no such table: users in /srv/throw.php:12\n\
              Stack trace:\n#0 {main}\n  thrown in /srv/throw.php on line 12",
        );
        assert!(thrown.uncaught);
        assert_eq!(
            thrown.text,
            b"Uncaught RuntimeException: no such table: users"
        );
        assert_eq!(thrown.place, Some((&b"/srv/throw.php"[..], 12)));
    }

    #[test]
    fn several_messages_stand_in_one_text() {
        let text = b"PHP message: one; PHP message: PHP Warning:  careful in /srv/a.php on line 1";
        let found: Vec<_> = messages(text).collect();
        assert_eq!(found.len(), 1);
        assert_eq!(
            found.first().map(|m| (m.severity, m.is_fatal())),
            Some((&b"Warning"[..], false))
        );
    }

    proptest::proptest! {
        #[test]
        fn no_input_panics(bytes: Vec<u8>) {
            let _ = messages(&bytes).count();
        }
    }
}
