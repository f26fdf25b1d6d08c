//! Node.js: errors at the beginning of a line, their stack behind them.
use super::reader::Frame;
use super::{Address, AppEvent, Kind};
use crate::scan;

/// A line that begins with an error, or tells that the heap is full.
pub(super) fn line(text: &[u8]) -> Option<AppEvent<'_>> {
    if text.starts_with(b"FATAL ERROR: ") {
        let heap = text.ends_with(b"JavaScript heap out of memory")
            || text.ends_with(b"process out of memory");
        return heap.then(|| AppEvent::new(Kind::HeapExhausted, text).fatal());
    }
    let (name, message) = split_error(text)?;
    let event = AppEvent::new(Kind::Exception, text).subject(message);
    if name == b"SyntaxError" {
        return Some(AppEvent {
            kind: Kind::SyntaxInvalid,
            ..event
        });
    }
    Some(of_message(message, text).unwrap_or(event))
}

/// `TypeError [CODE]: message`: the class and the message.
fn split_error(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.strip_prefix(b"Uncaught ").unwrap_or(text);
    let (name, message) = scan::split_once(text, ": ")?;
    let name = scan::split_once(name, " [").map_or(name, |(name, _)| name);
    let is_class = name.ends_with(b"Error") || name == b"UnhandledPromiseRejection";
    let plain = name
        .iter()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$'));
    (is_class && plain && name.first()?.is_ascii_uppercase()).then_some((name, message))
}

/// Messages of system calls: `CALL CODE: words ADDRESS`, `CALL CODE ADDRESS`.
const CALLS: &[(&str, Kind)] = &[
    (
        "listen EADDRINUSE: address already in use ",
        Kind::AddressInUse,
    ),
    ("listen EACCES: permission denied ", Kind::AddressDenied),
    (
        "listen EPERM: operation not permitted ",
        Kind::AddressDenied,
    ),
    (
        "listen EADDRNOTAVAIL: address not available ",
        Kind::AddressAbsent,
    ),
    ("listen EADDRINUSE ", Kind::AddressInUse),
    ("listen EACCES ", Kind::AddressDenied),
    ("bind EADDRINUSE ", Kind::AddressInUse),
    ("connect ECONNREFUSED ", Kind::DependencyRefused),
    ("connect ETIMEDOUT ", Kind::DependencyTimeout),
    ("connect EHOSTUNREACH ", Kind::DependencyTimeout),
];

fn of_message<'a>(message: &'a [u8], text: &'a [u8]) -> Option<AppEvent<'a>> {
    for (before, kind) in CALLS {
        if let Some(rest) = message.strip_prefix(before.as_bytes()) {
            let address = rest.split(|b| *b == b' ').next().and_then(Address::parse);
            return Some(AppEvent::new(*kind, text).subject(message).address(address));
        }
    }
    if let Some(name) = message.strip_prefix(b"getaddrinfo ") {
        let (_, name) = scan::split_once(name, " ")?;
        return Some(AppEvent::new(Kind::DependencyNameUnknown, text).subject(name));
    }
    let missing = ["Cannot find module '", "Cannot find package '"];
    if let Some(name) = missing
        .iter()
        .find_map(|before| message.strip_prefix(before.as_bytes()))
    {
        let (name, _) = scan::split_once(name, "'")?;
        return Some(AppEvent::new(Kind::ModuleMissing, text).subject(name));
    }
    let files = message.starts_with(b"EMFILE") || message.starts_with(b"ENFILE");
    files.then(|| AppEvent::new(Kind::OutOfFiles, text).subject(message))
}

/// `/srv/app.js:12` on a line of its own, before a thrown error.
pub(super) fn throw_site(text: &[u8]) -> Option<Frame<'_>> {
    let (file, line) = scan::rsplit_once(text, ":")?;
    let line = scan::whole_number(line)?;
    if file.starts_with(b"node:") {
        return Some(Frame::Library);
    }
    let path = file.strip_prefix(b"file://").unwrap_or(file);
    let is_script = [".js", ".mjs", ".cjs", ".ts"]
        .iter()
        .any(|e| path.ends_with(e.as_bytes()));
    (path.starts_with(b"/") && is_script).then_some(Frame::Own(path, line))
}

/// `    at name (FILE:LINE:COLUMN)`: a frame of a stack.
pub(super) fn frame(text: &[u8]) -> Option<Frame<'_>> {
    let call = text.strip_prefix(b"    at ")?;
    let call = call.strip_suffix(b" {").unwrap_or(call);
    let place = match scan::rsplit_once(call, " (") {
        Some((_, place)) => place.strip_suffix(b")").unwrap_or(place),
        None => call,
    };
    Some(own_place(place).map_or(Frame::Library, |(file, line)| Frame::Own(file, line)))
}

fn own_place(place: &[u8]) -> Option<(&[u8], u32)> {
    let (place, _column) = scan::rsplit_once(place, ":")?;
    let (file, line) = scan::rsplit_once(place, ":")?;
    let file = file.strip_prefix(b"file://").unwrap_or(file);
    let own = file.starts_with(b"/") && !scan::holds(file, "/node_modules/");
    own.then_some((file, scan::whole_number(line)?))
}

/// Lines between an error and the end of what Node.js prints of it.
pub(super) fn is_detail(text: &[u8]) -> bool {
    text.is_empty()
        || text == b"}"
        || text.starts_with(b"  ")
        || text.starts_with(b"- /")
        || text == b"Require stack:"
        || text.starts_with(b"Emitted 'error' event")
}
