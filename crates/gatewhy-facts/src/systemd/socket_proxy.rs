//! `systemd-socket-proxyd`: takes connections from a `.socket` unit and passes their bytes
//! on to one address (`systemd-socket-proxyd(8)`).
use crate::forward::Address;
use crate::log_line::errno;
use crate::path::HostPath;
use crate::prelude::*;
use crate::scan;
use crate::symptom::Symptom;

/// Its executable's name.
pub const PROGRAM: &str = "systemd-socket-proxyd";
/// What the kernel keeps of that name.
pub const COMM: &[u8] = b"systemd-socket-";

/// Where a command line of it passes connections on to; none when that names nothing
/// that can be dialled. The words begin with the program's own.
pub fn target<'w>(words: impl Iterator<Item = &'w str>) -> Option<(Address, &'w str)> {
    let mut words = words.skip(1);
    while let Some(word) = words.next() {
        match word {
            "--" => {
                let written = words.next()?;
                return Some((address(written)?, written));
            }
            // The two options that take a value, which may be the next word.
            "-c" | "--connections-max" | "--exit-idle-time" => {
                words.next();
            }
            _ if word.starts_with('-') => {}
            _ => return Some((address(word)?, word)),
        }
    }
    None
}

/// Whether a command line is its own.
pub fn is_it(program: &str) -> bool {
    program.rsplit('/').next() == Some(PROGRAM)
}

/// As `resolve_remote()` of its source reads it: the last colon divides, brackets mean
/// nothing, and the port is 80 unless it is named.
fn address(text: &str) -> Option<Address> {
    if text.starts_with('/') {
        return Some(Address::Unix(HostPath::new(text)));
    }
    // An abstract socket has no path.
    if text.starts_with('@') {
        return None;
    }
    let (host, service) = text.rsplit_once(':').unwrap_or((text, "80"));
    let port = match service {
        "http" => 80,
        "https" => 443,
        number => number.parse().ok()?,
    };
    Some(Address::Host(host.to_owned(), port))
}

/// What a message of its journal says of the connection to its target.
pub fn symptom(message: &[u8]) -> Option<Symptom> {
    let failed = b"Failed to connect to remote host: ";
    if let Some(words) = message.strip_prefix(failed) {
        let number = errno::number(words);
        return Some(number.map_or(Symptom::ConnectFailed, |number| {
            errno::connect(number, None)
        }));
    }
    if message.starts_with(b"Failed to resolve host: ") {
        return Some(Symptom::NameLookupFailed);
    }
    scan::holds(message, "Hit connection limit, refusing connection")
        .then_some(Symptom::GatewayConnectionLimit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[allow(
        clippy::unnecessary_wraps,
        reason = "it is compared with what may be none"
    )]
    fn host(name: &str, port: u16) -> Option<Address> {
        Some(Address::Host(name.to_owned(), port))
    }

    fn of(line: &str) -> Option<Address> {
        target(line.split(' ')).map(|(address, _)| address)
    }

    #[test]
    fn the_target_stands_behind_the_options() {
        let program = "/usr/lib/systemd/systemd-socket-proxyd";
        assert!(is_it(program) && !is_it("/usr/bin/systemd-socket-activate"));
        assert_eq!(
            of(&format!("{program} 127.0.0.1:3000")),
            host("127.0.0.1", 3000)
        );
        let line = format!("{program} --exit-idle-time=5min -c 20 localhost");
        assert_eq!(of(&line), host("localhost", 80));
        let path = Some(Address::Unix(HostPath::new("/run/app.sock")));
        assert_eq!(
            of(&format!("{program} --connections-max 5 /run/app.sock")),
            path
        );
        assert_eq!(of(&format!("{program} ::1:8080")), host("::1", 8080));
        assert_eq!(of(&format!("{program} @abstract")), None);
        assert_eq!(of(&format!("{program} app:postgresql")), None);
        assert_eq!(of(program), None);
    }

    #[test]
    fn its_words_about_the_target() {
        let said =
            |text: &str| symptom(format!("Failed to connect to remote host: {text}").as_bytes());
        assert_eq!(said("Connection refused"), Some(Symptom::ConnectRefused));
        assert_eq!(
            said("No such file or directory"),
            Some(Symptom::SocketMissing)
        );
        assert_eq!(said("Weather"), Some(Symptom::ConnectFailed));
        let limit = b"Hit connection limit, refusing connection.";
        assert_eq!(symptom(limit), Some(Symptom::GatewayConnectionLimit));
        assert_eq!(symptom(b"Started."), None);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(line: String, message: Vec<u8>) {
            let _ = target(line.split(' '));
            let _ = symptom(&message);
        }
    }
}
