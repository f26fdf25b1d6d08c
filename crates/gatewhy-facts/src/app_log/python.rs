//! Python: a traceback, of which the last line says what it was.
use super::{AppEvent, Kind};
use crate::scan;

/// Whether a traceback begins here.
pub(super) fn begins_traceback(text: &[u8]) -> bool {
    text.ends_with(b"Traceback (most recent call last):")
}

/// A traceback whose last line has not come yet.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Traceback<'a> {
    own: Option<(&'a [u8], u32)>,
    any: Option<(&'a [u8], u32)>,
}

impl<'a> Traceback<'a> {
    /// Takes in a line of the stack; false for the line that ends it.
    pub(super) fn takes(&mut self, text: &'a [u8]) -> bool {
        if let Some(place) = frame(text) {
            self.any = Some(place);
            if is_own(place.0) {
                self.own = Some(place);
            }
            return true;
        }
        text.starts_with(b"  ") || text.is_empty()
    }

    /// The event that the last line makes of it.
    pub(super) fn end(&self, text: &'a [u8]) -> Option<AppEvent<'a>> {
        let mut event = exception(text)?;
        event.file_line = self.own.or(self.any);
        Some(event)
    }
}

/// `  File "/srv/app.py", line 12, in handler`
fn frame(text: &[u8]) -> Option<(&[u8], u32)> {
    let rest = text.strip_prefix(b"  File \"")?;
    let (file, rest) = scan::split_once(rest, "\", line ")?;
    let (line, _) = scan::number(rest)?;
    Some((file, u32::try_from(line).ok()?))
}

fn is_own(file: &[u8]) -> bool {
    let libraries = [
        "<frozen",
        "/site-packages/",
        "/dist-packages/",
        "/lib/python",
    ];
    !libraries.iter().any(|library| scan::holds(file, library))
}

/// Exceptions with a meaning of their own; the rest of the message is the subject.
const EXCEPTIONS: &[(&str, Kind)] = &[
    ("ModuleNotFoundError: No module named ", Kind::ModuleMissing),
    ("ImportError: ", Kind::ModuleMissing),
    ("SyntaxError: ", Kind::SyntaxInvalid),
    ("IndentationError: ", Kind::SyntaxInvalid),
    ("TabError: ", Kind::SyntaxInvalid),
    ("MemoryError", Kind::HeapExhausted),
    ("OSError: [Errno 98] ", Kind::AddressInUse),
    ("OSError: [Errno 99] ", Kind::AddressAbsent),
    ("OSError: [Errno 24] ", Kind::OutOfFiles),
    ("PermissionError: [Errno 13] ", Kind::PermissionDenied),
    (
        "ConnectionRefusedError: [Errno 111] ",
        Kind::DependencyRefused,
    ),
    ("TimeoutError: [Errno 110] ", Kind::DependencyTimeout),
    ("socket.gaierror: ", Kind::DependencyNameUnknown),
];

/// `package.SomeError: message`
fn exception(text: &[u8]) -> Option<AppEvent<'_>> {
    let known = EXCEPTIONS
        .iter()
        .find_map(|(before, kind)| Some((*kind, text.strip_prefix(before.as_bytes())?)));
    if let Some((kind, rest)) = known {
        let name = rest
            .strip_prefix(b"'")
            .and_then(|r| r.strip_suffix(b"'"))
            .unwrap_or(rest);
        return Some(AppEvent::new(kind, text).subject(name));
    }
    if let Some(event) = super::generic::dependency(text) {
        return Some(AppEvent {
            exact: true,
            ..event
        });
    }
    let class = scan::split_once(text, ":").map_or(text, |(class, _)| class);
    let plain = class
        .iter()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'));
    (plain && !class.is_empty()).then(|| AppEvent::new(Kind::Exception, text).subject(text))
}

/// Lines that frameworks print instead of a traceback.
pub(super) fn line(text: &[u8]) -> Option<AppEvent<'_>> {
    if let Some(rest) = text.strip_prefix(b"INFO:     Uvicorn running on ") {
        let address = rest
            .split(|b| *b == b' ')
            .next()
            .and_then(super::Address::parse);
        return Some(AppEvent::new(Kind::Listening, text).address(address));
    }
    if let Some(rest) =
        text.strip_prefix(b"ERROR:    [Errno 98] error while attempting to bind on address ")
    {
        let address =
            scan::split_once(rest, ": address already in use").map_or(rest, |(tuple, _)| tuple);
        let address = super::Address::parse_tuple(address);
        return Some(AppEvent::new(Kind::AddressInUse, text).address(address));
    }
    if text.starts_with(b"ERROR:    Error loading ASGI app.")
        || text.starts_with(b"Failed to find attribute '")
    {
        return Some(AppEvent::new(Kind::BootFailed, text).subject(text).fatal());
    }
    None
}
