//! The error log: `[time] [module:level] [pid P:tid N] (errno)text: [client A] AHnnnnn: message`.
//!
//! The numbers `AHnnnnn` are permanent, the words behind them are not.
use crate::log_time::{self, Civil};
use crate::prelude::*;
use crate::scan;
use crate::symptom::Symptom;
use core::net::SocketAddr;

/// One line of the log; every slice is a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorRecord<'a> {
    /// The whole line.
    pub raw: &'a [u8],
    /// When it was written, on the host's wall clock.
    pub at: Option<Civil>,
    /// The module: `proxy`, `proxy_fcgi`, `mpm_event`.
    pub module: &'a [u8],
    /// `error`, `crit` …
    pub level: &'a [u8],
    /// The process.
    pub pid: Option<u32>,
    /// The thread.
    pub tid: Option<u64>,
    /// The error number: the system's, or APR's (70007 is a time-out, 70014 the end).
    pub errno: Option<u32>,
    /// The visitor, with the port.
    pub client: Option<&'a [u8]>,
    /// The number of the message: 1102 for `AH01102`.
    pub code: Option<u32>,
    /// The message with its number.
    pub message: &'a [u8],
    /// The message with all that stands before it but time, module and process.
    pub told: &'a [u8],
    /// What it means, where that is known.
    pub symptom: Option<Symptom>,
}

/// The backend that a message names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named<'a> {
    /// `127.0.0.1:3000`
    Tcp(SocketAddr),
    /// `/run/php/x.sock`
    Unix(&'a [u8]),
    /// `app.internal:3000`, as the configuration has it.
    Name(&'a [u8]),
}

/// The records of a log, oldest first.
pub fn read(text: &[u8]) -> Vec<ErrorRecord<'_>> {
    let lines = text.split(|byte| *byte == b'\n');
    lines.filter_map(parse).collect()
}

/// One line; `None` when it is none of httpd's.
pub fn parse(line: &[u8]) -> Option<ErrorRecord<'_>> {
    let (time, rest) = scan::split_once(line.strip_prefix(b"[")?, "] [")?;
    let (about, rest) = scan::split_once(rest, "] ")?;
    let (module, level) = scan::split_once(about, ":").unwrap_or((b"", about));
    let (process, rest) = match rest.strip_prefix(b"[pid ") {
        Some(text) => scan::split_once(text, "] ")?,
        None => (&b""[..], rest),
    };
    let told = rest;
    let (errno, rest) = take_errno(behind_source(rest));
    let (client, rest) = match rest.strip_prefix(b"[client ") {
        Some(text) => {
            let (client, rest) = scan::split_once(text, "] ")?;
            (Some(client), rest)
        }
        None => (None, rest),
    };
    // Some modules put the error number behind the client.
    let (late, rest) = take_errno(rest);
    let errno = errno.or(late);
    let code = code_of(rest);
    Some(ErrorRecord {
        raw: line,
        at: civil(time),
        module,
        level,
        pid: scan::number(process).and_then(|(pid, _)| u32::try_from(pid).ok()),
        tid: scan::split_once(process, ":tid ").and_then(|(_, tid)| scan::whole_number(tid)),
        errno,
        client,
        code,
        message: rest,
        told,
        symptom: symptom(code, errno, rest),
    })
}

/// What stands behind `proxy_util.c(3216): `, which `ErrorLogFormat`'s `%F` puts there.
fn behind_source(text: &[u8]) -> &[u8] {
    let found = || {
        let (file, rest) = scan::split_once(text, "(")?;
        let (line, rest) = scan::split_once(rest, "): ")?;
        let is_file = file.ends_with(b".c") && !file.contains(&b' ');
        (is_file && scan::whole_number::<u32>(line).is_some()).then_some(rest)
    };
    found().unwrap_or(text)
}

/// `(111)Connection refused: `
fn take_errno(text: &[u8]) -> (Option<u32>, &[u8]) {
    let found = || {
        let (number, rest) = scan::number(text.strip_prefix(b"(")?)?;
        let (_, rest) = scan::split_once(rest.strip_prefix(b")")?, ": ")?;
        Some((u32::try_from(number).ok()?, rest))
    };
    match found() {
        Some((number, rest)) => (Some(number), rest),
        None => (None, text),
    }
}

fn code_of(message: &[u8]) -> Option<u32> {
    let (number, rest) = scan::number(message.strip_prefix(b"AH")?)?;
    rest.starts_with(b": ").then_some(())?;
    u32::try_from(number).ok()
}

/// `Sat Nov 21 12:40:00.123456 2026`, or `2026-11-21 12:40:00` where the format has
/// `%{c}t`.
fn civil(text: &[u8]) -> Option<Civil> {
    const MONTHS: &[u8] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
    if let Some((civil, _)) = log_time::year_first(text) {
        return Some(civil);
    }
    let text = text.get(4..)?;
    let name = text.get(..3)?;
    let month = MONTHS.chunks(3).position(|month| month == name)?;
    let rest = text.get(3..)?.trim_ascii_start();
    let (day, rest) = scan::number(rest)?;
    let (hour, rest) = scan::number(rest.strip_prefix(b" ")?)?;
    let (minute, rest) = scan::number(rest.strip_prefix(b":")?)?;
    let (second, rest) = scan::number(rest.strip_prefix(b":")?)?;
    let year = rest.rsplit(|byte| *byte == b' ').next()?;
    Some(Civil {
        year: scan::whole_number(year)?,
        month: i8::try_from(month.checked_add(1)?).ok()?,
        day: i8::try_from(day).ok()?,
        hour: i8::try_from(hour).ok()?,
        minute: i8::try_from(minute).ok()?,
        second: i8::try_from(second).ok()?,
    })
}

/// APR's numbers for what has none in the system.
const TIMED_OUT: u32 = 70_007;

fn symptom(code: Option<u32>, errno: Option<u32>, message: &[u8]) -> Option<Symptom> {
    use Symptom as S;
    let timed_out = errno == Some(TIMED_OUT);
    Some(match code? {
        939 | 957 => connect(errno),
        2454 => match errno {
            Some(2) => S::SocketMissing,
            Some(13) => S::ConnectDenied,
            _ => connect(errno),
        },
        940 | 1167 | 1170 => S::NoLiveUpstreams,
        959 => S::UpstreamDisabled,
        1102 | 1067 | 1030 if timed_out => S::ResponseTimeout,
        1075 if timed_out => S::ResponseTimeout,
        1102 | 1075 | 1030 => match errno {
            Some(104) => S::ResetBeforeResponse,
            _ => S::ClosedBeforeResponse,
        },
        1067 => S::ClosedBeforeResponse,
        1068 => S::FastCgiVersion,
        1069 | 1072 => S::FastCgiRecordInvalid,
        10_124 => S::HeaderTooBig,
        1070 | 1098 | 1106 | 2429 | 2430 => S::HeaderInvalid,
        1084 if errno == Some(32) || errno == Some(104) => S::ResetWhileSending,
        1110 => match errno {
            Some(104) => S::ResetInBody,
            Some(TIMED_OUT) => S::BodyTimeout,
            _ => S::ClosedInBody,
        },
        1071 if scan::holds(message, "Primary script unknown") => S::ScriptUnknown,
        1071 => S::FastCgiStderr,
        898 => companion(message)?,
        934 | 941 => S::ConnectionLimited,
        161 | 484 | 286 => S::WorkerConnectionsUsedUp,
        51 | 52 => S::WorkerCrashed,
        1144 | 961 | 1961 => S::GatewayMisconfigured,
        2003 => S::TlsHandshakeFailed,
        2004 | 2039 => S::CertificateRejected,
        2005 | 2411 => S::CertificateNameMismatch,
        72 => match errno {
            Some(98) => S::StartAddressInUse,
            Some(13) => S::StartBindDenied,
            _ => S::StartAddressAbsent,
        },
        _ => return None,
    })
}

fn connect(errno: Option<u32>) -> Symptom {
    use Symptom as S;
    match errno {
        Some(111) => S::ConnectRefused,
        Some(13 | 1) => S::ConnectDenied,
        Some(113) => S::HostUnreachable,
        Some(101) => S::NetworkUnreachable,
        Some(104) => S::ConnectReset,
        Some(110) => S::ConnectTimeoutKernel,
        Some(TIMED_OUT) => S::ConnectTimeout,
        Some(99) => S::NoLocalAddress,
        Some(11) => S::BacklogFull,
        _ => S::ConnectFailed,
    }
}

/// `AH00898` stands for whatever the text behind it says.
fn companion(message: &[u8]) -> Option<Symptom> {
    use Symptom as S;
    let texts = [
        ("DNS lookup failure", S::NameLookupFailed),
        ("Error during SSL Handshake", S::TlsHandshakeFailed),
        ("Corrupt status line", S::StatusLineMissing),
        ("Timeout on 100-Continue", S::ResponseTimeout),
    ];
    let found = texts.iter().find(|(text, _)| scan::holds(message, text));
    found.map(|(_, symptom)| *symptom)
}

impl<'a> ErrorRecord<'a> {
    /// The backend that the message names.
    pub fn named(&self) -> Option<Named<'a>> {
        let message = self.message;
        if let Some((_, rest)) = scan::split_once(message, "Unix domain socket ") {
            let end = memchr::memmem::find(rest, b" (").unwrap_or(rest.len());
            return rest.get(..end).map(Named::Unix);
        }
        let after = [
            "attempt to connect to ",
            "remote server ",
            "failed to ",
            "disabled connection for (",
        ]
        .iter()
        .find_map(|lead| scan::split_once(message, lead).map(|(_, rest)| rest))?;
        let end = after.iter().position(|b| matches!(b, b' ' | b')' | b'('));
        let word = after.get(..end.unwrap_or(after.len()))?;
        let text = core::str::from_utf8(word).ok()?;
        match text.parse() {
            Ok(address) => Some(Named::Tcp(address)),
            Err(_) if text.contains(':') => Some(Named::Name(word)),
            Err(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_refused_connection_names_its_backend() {
        let line = b"[Sat Nov 21 12:40:01.123456 2026] [proxy:error] [pid 42:tid 139] (111)Connection refused: AH00957: http: attempt to connect to 127.0.0.1:3000 (127.0.0.1:3000) failed";
        let record = parse(line).unwrap();
        assert_eq!(record.symptom, Some(Symptom::ConnectRefused));
        assert_eq!(
            (record.pid, record.tid, record.code),
            (Some(42), Some(139), Some(957))
        );
        assert_eq!(
            record.named(),
            Some(Named::Tcp("127.0.0.1:3000".parse().unwrap()))
        );
        assert_eq!(record.at.unwrap().second, 1);
    }

    #[test]
    fn a_format_with_an_iso_time_or_the_source_file_is_read_too() {
        let lines: [&[u8]; 2] = [
            b"[2026-11-21 12:40:01.123456] [proxy:error] [pid 42:tid 139] (111)Connection refused: AH00957: http: attempt to connect to 127.0.0.1:3000 (127.0.0.1:3000) failed",
            b"[Sat Nov 21 12:40:01 2026] [error] [pid 42] proxy_util.c(3216): (111)Connection refused: [client 192.0.2.1:5] AH00957: http: attempt to connect to 127.0.0.1:3000 (127.0.0.1:3000) failed",
        ];
        for line in lines {
            let record = parse(line).unwrap();
            assert_eq!(record.symptom, Some(Symptom::ConnectRefused));
            assert_eq!(
                record.at.map(|at| (at.month, at.day, at.second)),
                Some((11, 21, 1))
            );
        }
    }

    #[test]
    fn the_client_and_the_error_number_may_stand_in_either_order() {
        let line = b"[Sat Nov 21 12:40:01.123456 2026] [proxy_http:error] [pid 4:tid 5] (70007)The timeout specified has expired: [client 127.0.0.1:5] AH01102: error reading status line from remote server 127.0.0.1:3000";
        let record = parse(line).unwrap();
        assert_eq!(record.symptom, Some(Symptom::ResponseTimeout));
        assert_eq!(record.client, Some(&b"127.0.0.1:5"[..]));
        let line = b"[Sat Nov 21 12:40:01.1 2026] [proxy:error] [pid 4:tid 5] (2)No such file or directory: AH02454: fcgi: attempt to connect to Unix domain socket /run/php/a.sock (localhost:8000) failed";
        let record = parse(line).unwrap();
        assert_eq!(record.named(), Some(Named::Unix(b"/run/php/a.sock")));
        assert_eq!(record.symptom, Some(Symptom::SocketMissing));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(text in proptest::collection::vec(any::<u8>(), 0..200)) {
            for record in read(&text) {
                let _ = record.named();
            }
        }
    }
}
