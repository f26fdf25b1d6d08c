//! Java: `java.lang.OutOfMemoryError: Java heap space`, frames behind it.
use super::reader::Frame;
use super::{Address, AppEvent, Kind};
use crate::scan;

/// What may stand before an exception's class at the beginning of a line.
const OPENINGS: [&str; 3] = ["Caused by: ", "Terminating due to ", "Exception: "];

const EXCEPTIONS: &[(&str, Kind)] = &[
    ("java.lang.OutOfMemoryError", Kind::HeapExhausted),
    (
        "java.net.BindException: Address already in use",
        Kind::AddressInUse,
    ),
    (
        "java.net.BindException: Permission denied",
        Kind::AddressDenied,
    ),
    (
        "java.net.BindException: Cannot assign requested address",
        Kind::AddressAbsent,
    ),
    (
        "java.net.ConnectException: Connection refused",
        Kind::DependencyRefused,
    ),
    (
        "java.net.ConnectException: Connection timed out",
        Kind::DependencyTimeout,
    ),
    ("java.net.SocketTimeoutException", Kind::DependencyTimeout),
    (
        "java.net.UnknownHostException: ",
        Kind::DependencyNameUnknown,
    ),
    ("java.lang.ClassNotFoundException: ", Kind::ModuleMissing),
    ("java.lang.NoClassDefFoundError: ", Kind::ModuleMissing),
];

/// A line that begins with an exception, or a server's word about its port.
pub(super) fn line(text: &[u8]) -> Option<AppEvent<'_>> {
    let (class, in_thread) = after_opening(text);
    let known = EXCEPTIONS
        .iter()
        .find_map(|(name, kind)| Some((*kind, class.strip_prefix(name.as_bytes())?)));
    if let Some((kind, rest)) = known {
        let message = rest.strip_prefix(b": ").unwrap_or(rest);
        let subject = if message.is_empty() { class } else { message };
        return Some(AppEvent {
            fatal: in_thread,
            ..AppEvent::new(kind, text).subject(subject)
        });
    }
    if in_thread {
        return Some(AppEvent::new(Kind::Exception, text).subject(class).fatal());
    }
    spring(text)
        .or_else(|| tomcat(text))
        .or_else(|| launcher(text))
}

/// The virtual machine does not start: what `HotSpot` and its launcher say of options, memory
/// and the program.
fn launcher(text: &[u8]) -> Option<AppEvent<'_>> {
    const WORDS: [&str; 7] = [
        "Unrecognized VM option ",
        "Unrecognized option: ",
        "Invalid maximum heap size: ",
        "Invalid initial heap size: ",
        "Initial heap size set to a larger value than the maximum heap size",
        "Error: Unable to access jarfile ",
        "Error: Could not find or load main class ",
    ];
    let said = WORDS.iter().any(|word| text.starts_with(word.as_bytes()));
    said.then(|| AppEvent::new(Kind::BootFailed, text).subject(text).fatal())
}

/// Tomcat that cannot read its configuration ends with words of its own.
fn tomcat(text: &[u8]) -> Option<AppEvent<'_>> {
    if text == b"Cannot start server. Server instance is not configured." {
        return Some(AppEvent::new(Kind::BootFailed, text).fatal());
    }
    let rest = text.strip_prefix(b"org.xml.sax.SAXParseException; systemId: file:")?;
    let (file, rest) = scan::split_once(rest, "; lineNumber: ")?;
    let (line, rest) = scan::number(rest)?;
    let (_, message) = scan::split_once(rest, "; columnNumber: ")?;
    let (_, message) = scan::split_once(message, "; ")?;
    let mut event = AppEvent::new(Kind::SyntaxInvalid, text).subject(message);
    event.file_line = Some((file, u32::try_from(line).ok()?));
    Some(event)
}

/// Behind `Exception in thread "main" ` (nobody caught it) or `Caused by: `.
fn after_opening(text: &[u8]) -> (&[u8], bool) {
    if let Some(rest) = text.strip_prefix(b"Exception in thread \"") {
        return scan::split_once(rest, "\" ").map_or((text, false), |(_, class)| (class, true));
    }
    let opening = OPENINGS
        .iter()
        .find_map(|opening| text.strip_prefix(opening.as_bytes()));
    (opening.unwrap_or(text), false)
}

/// Spring Boot says it in words.
fn spring(text: &[u8]) -> Option<AppEvent<'_>> {
    let taken = text.strip_prefix(b"Web server failed to start. Port ");
    if let Some((port, rest)) = taken.and_then(scan::number) {
        let in_use = rest.starts_with(b" was already in use");
        let address = Address::Inet(None, u16::try_from(port).ok()?);
        return in_use.then(|| {
            AppEvent::new(Kind::AddressInUse, text)
                .address(Some(address))
                .fatal()
        });
    }
    None
}

/// `\tat com.example.Shop.load(Shop.java:42)`: a frame of a stack.
pub(super) fn frame(text: &[u8]) -> Option<Frame<'_>> {
    let call = text.strip_prefix(b"\tat ")?;
    let platform = [
        "java.",
        "javax.",
        "jdk.",
        "sun.",
        "org.springframework.",
        "org.apache.",
    ];
    if platform
        .iter()
        .any(|package| call.starts_with(package.as_bytes()))
    {
        return Some(Frame::Library);
    }
    let place = scan::between(call, "(", ")").and_then(|place| scan::rsplit_once(place, ":"));
    let own = place.and_then(|(file, line)| Some(Frame::Own(file, scan::whole_number(line)?)));
    Some(own.unwrap_or(Frame::Library))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_the_virtual_machine_does_not_know_keep_it_from_starting() {
        let event = line(b"Unrecognized VM option 'UseConcMarkSweepGC'").unwrap();
        assert_eq!((event.kind, event.fatal), (Kind::BootFailed, true));
        assert!(line(b"Unrecognized VM flavour").is_none());
    }

    #[test]
    fn tomcat_names_the_line_of_its_file_that_does_not_parse() {
        let text = b"org.xml.sax.SAXParseException; systemId: file:/var/lib/tomcat10/conf/server.xml; lineNumber: 70; columnNumber: 53; Element type \"Connector\" must be followed by either attribute specifications, \">\" or \"/>\".";
        let event = line(text).unwrap();
        assert_eq!(event.kind, Kind::SyntaxInvalid);
        let place = (&b"/var/lib/tomcat10/conf/server.xml"[..], 70);
        assert_eq!(event.file_line, Some(place));
        assert!(
            event
                .subject
                .unwrap()
                .starts_with(b"Element type \"Connector\"")
        );
        let last = b"Cannot start server. Server instance is not configured.";
        assert!(line(last).is_some_and(|event| event.fatal && event.kind == Kind::BootFailed));
    }
}
