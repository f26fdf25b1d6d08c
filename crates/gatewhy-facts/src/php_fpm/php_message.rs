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

/// ` in FILE on line N` at the end of a line, or ` in FILE:N` before a stack trace.
fn split_place(text: &[u8]) -> (&[u8], Option<(&[u8], u32)>) {
    if let Some((head, line)) = scan::rsplit_once(text, " on line ") {
        let number = scan::number(line).and_then(|(n, _)| u32::try_from(n).ok());
        if let (Some((message, file)), Some(line)) = (scan::rsplit_once(head, " in "), number) {
            return (message, Some((file, line)));
        }
    }
    let first = scan::split_once(text, "\n").map_or(text, |(first, _)| first);
    let found = scan::rsplit_once(first, ":").and_then(|(head, line)| {
        let (message, file) = scan::rsplit_once(head, " in ")?;
        Some((message, (file, scan::whole_number(line)?)))
    });
    found.map_or((text, None), |(message, place)| (message, Some(place)))
}
