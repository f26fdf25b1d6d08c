//! Apache httpd's error log, in the default form and in custom ones.
//!
//! Messages have permanent numbers (`AH00957`); the error's number stands before
//! the message, in the system's words or those of the runtime library (APR).
use super::apache_modules::{CONNECTS, MODULES, OLD, boxed, jk, nameless_module};
use super::errno;
use super::record::{LoggedAt, Record, Server};
use super::table::{self, Row};
use crate::log_time::{self, Civil};
use crate::nginx::error_log::Peer;
use crate::nginx::error_log::template::fit;
use crate::nginx::error_log::{fastcgi, tls};
use crate::scan;
use crate::symptom::Symptom;

/// Errors of APR (`apr_errno.h`).
const TIMEUP: u32 = 70_007;
const INCOMPLETE: u32 = 70_008;
const END_OF_FILE: u32 = 70_014;
const GENERAL: u32 = 20_014;
/// What `mod_ssl` returns to a proxy whose handshake with the backend failed
/// (`ssl_engine_io.c`): the status 502, and an error of its own since.
const TLS_FAILED: u32 = 502;
const TLS_FAILED_OWN: u32 = 120_001;
const NO_AJP_HEADER: u32 = 120_006;
const BAD_AJP_HEADER: u32 = 120_007;

/// A line in httpd's own form.
pub(super) fn own_error(line: &[u8]) -> Option<Record<'_>> {
    header(line)?;
    error(line)
}

/// One line of the error log.
pub(super) fn error(line: &[u8]) -> Option<Record<'_>> {
    let header = header(line);
    let numbered = numbered(line).and_then(|found| {
        let Some(rest) = header else {
            return scan::may_precede(found.0).then_some(found);
        };
        let between = found.0.get(line.len() - rest.len()..).unwrap_or_default();
        let message = if is_head(between) {
            found.2
        } else {
            boxed(between, found.2)?
        };
        Some((found.0, found.1, message))
    });
    let (before, code, message) = match (numbered, header) {
        (Some((before, code, message)), _) => (before, Some(code), message),
        (None, Some(rest)) => {
            let message = bare_message(rest);
            let before = line.get(..line.len() - message.len());
            (before.unwrap_or_default(), None, message)
        }
        (None, None) => return None,
    };
    let status = status(before).or_else(|| status_behind(message));
    let mut record = Record::new(Server::Apache, message);
    record.at = time(line).map(LoggedAt::Civil);
    record.pid = scan::between(before, "[pid ", "]")
        .and_then(|p| Some(scan::number(p)?.0))
        .and_then(|p| u32::try_from(p).ok());
    record.client = scan::between(before, "[client ", "]");
    record.errno = status
        .and_then(|n| u16::try_from(n).ok())
        .filter(|n| *n < 1_000);
    record.code = code;
    record.peer = peer(message);
    record.text = record.peer.is_none().then(|| detail(message)).flatten();
    let number = code.and_then(|code| scan::whole_number(code.get(2..)?));
    let found = match number {
        Some(number) => of_number(number, record, status),
        None => unnumbered(record, before),
    };
    Some(found.unwrap_or(record))
}

/// `The timeout specified has expired: proxy: error reading status line from …`:
/// version 2.2 without its header; and messages of modules from elsewhere without it.
pub(super) fn nameless(text: &[u8]) -> Option<Record<'_>> {
    if let Some(found) = nameless_module(text) {
        return Some(found);
    }
    let bare = text.starts_with(b"No protocol handler was valid for the URL ");
    let at = if bare {
        0
    } else {
        memchr::memmem::find(text, b"proxy: ")?
    };
    let (words, message) = text.split_at_checked(at)?;
    scan::may_precede(words).then_some(())?;
    let expired = scan::holds(words, "The timeout specified has expired");
    let status = if expired {
        Some(TIMEUP)
    } else {
        errno::number(words).map(u32::from)
    };
    let (_, number) = OLD
        .iter()
        .find(|(template, _)| fit(template, message).is_some())?;
    let mut record = Record::new(Server::Apache, message);
    record.peer = peer(message);
    of_number(*number, record, status)
}

const LEVELS: [&[u8]; 9] = [
    b"emerg", b"alert", b"crit", b"error", b"warn", b"notice", b"info", b"debug", b"trace1",
];

/// `[Fri Nov 20 03:12:04.123456 2026] [proxy:error] [pid 812:tid 140] `: what follows.
fn header(line: &[u8]) -> Option<&[u8]> {
    time(line)?;
    let (_, rest) = scan::split_once(line, "]")?;
    let rest = rest.strip_prefix(b" [")?;
    // Version 2.2 left the blank out before an error's number.
    let (module, rest) = scan::split_once(rest, "]")?;
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    let is_level = |word: &[u8]| {
        let level = word.rsplit(|b| *b == b':').next();
        level.is_some_and(|level| LEVELS.contains(&level))
    };
    if is_level(module) {
        return Some(rest);
    }
    // mod_jk: the process stands before the level.
    let (level, behind) = scan::split_once(rest.strip_prefix(b"[")?, "] ")?;
    is_level(level).then_some(behind)
}

fn time(line: &[u8]) -> Option<Civil> {
    let inside = line.strip_prefix(b"[")?;
    if let Some((civil, _)) = log_time::year_first(inside) {
        return Some(civil);
    }
    // `Fri Nov 20 03:12:04.123456 2026`: the date in the order that a parser knows.
    let (inside, _) = scan::split_once(inside, "]")?;
    let (month, day) = (inside.get(4..7)?, inside.get(8..10)?);
    let year = inside.get(inside.len().checked_sub(4)?..)?;
    let clock = inside.get(11..19)?;
    let day = [
        day.first().map(|b| if *b == b' ' { b'0' } else { *b })?,
        *day.get(1)?,
    ];
    let mut spelt = [b' '; 20];
    let parts: [(usize, &[u8]); 7] = [
        (0, &day),
        (2, b"-"),
        (3, month),
        (6, b"-"),
        (7, year),
        (11, b" "),
        (12, clock),
    ];
    for (at, part) in parts {
        spelt.get_mut(at..at + part.len())?.copy_from_slice(part);
    }
    log_time::day_first(&spelt).map(|(civil, _)| civil)
}

/// Behind the brackets that may follow the level.
fn bare_message(mut rest: &[u8]) -> &[u8] {
    while let Some((_, behind)) = rest
        .strip_prefix(b"[")
        .and_then(|rest| scan::split_once(rest, "] "))
    {
        rest = behind;
    }
    if rest.first() == Some(&b'(') && status(rest).is_some() {
        rest = scan::split_once(rest, ": ").map_or(rest, |(_, rest)| rest);
    }
    match rest.strip_prefix(b"[client ") {
        Some(client) => scan::split_once(client, "] ").map_or(rest, |(_, rest)| rest),
        None => rest,
    }
}

/// A line cut at a message's number.
type Numbered<'a> = (&'a [u8], &'a [u8], &'a [u8]);

/// Before, `AH00957`, and the message.
fn numbered(line: &[u8]) -> Option<Numbered<'_>> {
    let mut places = memchr::memmem::find_iter(line, b"AH");
    places.find_map(|at| {
        let code = line.get(at..at + 7)?;
        let digits = code.get(2..)?.iter().all(u8::is_ascii_digit);
        let starts = at == 0
            || line
                .get(at - 1)
                .is_some_and(|b| matches!(b, b' ' | b']' | b'['));
        let message = line.get(at + 7..)?.strip_prefix(b": ")?;
        (digits && starts).then_some((line.get(..at)?, code, message))
    })
}

/// What may stand between header and message: brackets, `(111)Connection refused: `,
/// `mod_proxy_fcgi.c(914): `.
fn is_head(mut before: &[u8]) -> bool {
    while !before.is_empty() {
        let bracket = before
            .strip_prefix(b"[")
            .and_then(|rest| scan::split_once(rest, "] "));
        let (word, behind) = match bracket {
            Some((_, behind)) => (&b""[..], behind),
            None => match scan::split_once(before, ": ") {
                Some(parts) => parts,
                None => return false,
            },
        };
        let place = || scan::holds(word, ".c(") && word.ends_with(b")");
        let error = || word.first() == Some(&b'(') && word.contains(&b')');
        if bracket.is_none() && !error() && !place() {
            return false;
        }
        before = behind;
    }
    true
}

/// `(111)Connection refused: `; on Windows `(OS 10061)No connection could be made …`.
fn status(before: &[u8]) -> Option<u32> {
    let mut places = memchr::memchr_iter(b'(', before);
    places.find_map(|at| {
        let inside = before.get(at + 1..)?;
        let inside = inside.strip_prefix(b"OS ").unwrap_or(inside);
        let (number, rest) = scan::number(inside)?;
        let words = rest.strip_prefix(b")")?;
        words.first().filter(|b| b.is_ascii_alphabetic())?;
        // Times that are up are told as APR's own error on all systems but Windows.
        match errno::of_any_system(number, words) {
            Some(110) if number == 10_060 => Some(TIMEUP),
            Some(ours) => Some(u32::from(ours)),
            None => u32::try_from(number).ok(),
        }
    })
}

/// Custom forms put the error behind the message: `… failed (111)Connection refused`.
fn status_behind(message: &[u8]) -> Option<u32> {
    let (_, rest) = scan::rsplit_once(message, " (")?;
    let (number, rest) = scan::number(rest)?;
    let error = rest.first() == Some(&b')') || rest.first() == Some(&b':');
    error.then(|| u32::try_from(number).ok())?
}

const BEFORE: [&str; 7] = [
    "attempt to connect to ",
    " socket for target ",
    "make connection to backend: ",
    "disabling worker for (",
    "disabled connection for (",
    "remote server ",
    "read response failed from ",
];

/// Whom httpd talked to.
pub(super) fn peer(message: &[u8]) -> Option<Peer<'_>> {
    if let Some((_, rest)) = scan::split_once(message, "to WSGI daemon process '") {
        return Some(Peer::Unix(scan::between(rest, "' on '", "'")?));
    }
    if let Some((_, rest)) = scan::split_once(message, "Unix domain socket ") {
        return Some(Peer::Unix(rest.split(|b| *b == b' ').next()?));
    }
    let rest = BEFORE
        .iter()
        .find_map(|before| Some(scan::split_once(message, before)?.1))?;
    // `remote server returned by /path` names none.
    if rest.starts_with(b"returned by ") {
        return None;
    }
    let end = |b: &u8| matches!(b, b' ' | b')' | b',');
    Some(Peer::parse(rest.split(end).next()?))
}

/// What a message names: a quoted text, or what follows its colon.
fn detail(message: &[u8]) -> Option<&[u8]> {
    scan::between(message, "'", "'").or_else(|| Some(scan::split_once(message, ": ")?.1))
}

fn of_number(number: u32, record: Record<'_>, status: Option<u32>) -> Option<Record<'_>> {
    match number {
        898 => return table::told(record, PROXY_ERRORS),
        1071 => return of_stderr(record),
        1068 => {
            return table::told(
                record,
                &[("Got bogus version {#}", Symptom::FastCgiVersion)],
            );
        }
        1080 => return bad_signature(record),
        51 | 52 => {
            let (_, rest) = scan::split_once(record.message, " (")?;
            let signal = scan::number(rest).map(|(n, _)| n);
            return Some(record.symptom(Symptom::WorkerCrashed).number(signal));
        }
        2039 => {
            let rest = record
                .message
                .strip_prefix(b"Certificate Verification: Error (")?;
            let (number, words) = scan::number(rest)?;
            let record = record
                .symptom(Symptom::CertificateRejected)
                .number(Some(number));
            return Some(record.text(words.strip_prefix(b"): ")));
        }
        2004 => {
            return Some(
                record
                    .symptom(Symptom::CertificateRejected)
                    .number(Some(10)),
            );
        }
        1144 => {
            let scheme = scan::between(record.message, "(scheme '", "')");
            return Some(record.symptom(Symptom::HandlerMissing).text(scheme));
        }
        _ => {}
    }
    let symptom = by_status(number, status, record.peer).or_else(|| by_table(number))?;
    Some(record.symptom(symptom))
}

/// Messages whose meaning is in the error's number.
fn by_status(number: u32, status: Option<u32>, peer: Option<Peer<'_>>) -> Option<Symptom> {
    let gone = matches!(status, Some(104 | 32));
    let errno = status.and_then(|n| u16::try_from(n).ok());
    Some(match (number, status) {
        (939 | 957 | 2454, Some(TIMEUP)) => Symptom::ConnectTimeout,
        (939 | 957 | 2454, Some(_)) => errno::connect(errno?, peer),
        (939 | 957 | 2454, None) => Symptom::ConnectFailed,
        (952 | 2453, Some(24)) => Symptom::OutOfFiles,
        (952 | 2453, Some(1 | 13)) => Symptom::ConnectDenied,
        (1102 | 1067 | 1075 | 878 | 1030 | 992 | 860 | 897, Some(TIMEUP)) => {
            Symptom::ResponseTimeout
        }
        (1102 | 1067 | 1075 | 878 | 1030 | 992 | 860, _) if gone => Symptom::ResetBeforeResponse,
        (878, Some(BAD_AJP_HEADER)) => Symptom::AjpSignature,
        (
            1102 | 1067 | 1075 | 878 | 1030 | 992 | 860,
            Some(END_OF_FILE | GENERAL | NO_AJP_HEADER) | None,
        ) => Symptom::ClosedBeforeResponse,
        (1110, Some(INCOMPLETE | END_OF_FILE)) => Symptom::ClosedInBody,
        (1110, Some(TIMEUP)) => Symptom::BodyTimeout,
        (1110, Some(GENERAL)) => Symptom::ChunkInvalid,
        (1110, _) => Symptom::ResetInBody,
        (1084 | 1097 | 10154 | 3351, Some(TIMEUP)) => Symptom::SendTimeout,
        (1084 | 1097 | 10154, Some(TLS_FAILED | TLS_FAILED_OWN)) => Symptom::TlsHandshakeFailed,
        (1089..=1091, Some(28)) => Symptom::DiskFull,
        (1089..=1091, Some(13)) => Symptom::FileDenied,
        (72, Some(13)) => Symptom::StartBindDenied,
        (72, Some(99)) => Symptom::StartAddressAbsent,
        _ => return None,
    })
}

fn by_table(number: u32) -> Option<Symptom> {
    NUMBERS
        .iter()
        .find(|(numbers, _)| numbers.contains(&number))
        .map(|(_, symptom)| *symptom)
}

/// Messages that mean one thing, by their numbers.
const NUMBERS: &[(&[u32], Symptom)] = &[
    (&[952, 2453], Symptom::ConnectFailed),
    (&[956], Symptom::SourceAddressUnusable),
    (&[950, 958], Symptom::ConnectFailed),
    (&[959], Symptom::UpstreamDisabled),
    (&[934, 940, 1167, 1170, 1171], Symptom::NoLiveUpstreams),
    (&[941], Symptom::GatewayConnectionLimit),
    (&[1174, 2460, 3303], Symptom::ServerMarkedDown),
    (&[3302], Symptom::ServerUp),
    (&[916, 917], Symptom::RequestDenied),
    (&[961, 1961], Symptom::TlsNotEnabled),
    (&[960], Symptom::ClosedBeforeResponse),
    (&[1114, 1079, 896, 10101, 866, 2452], Symptom::ConnectFailed),
    (&[1145, 1146, 1149, 1150], Symptom::SettingsIgnored),
    (&[10124], Symptom::HeaderLineTooBig),
    (
        &[10404, 1102, 1067, 1075, 878, 1030, 992, 860],
        Symptom::ClosedBeforeResponse,
    ),
    (
        &[1070, 1098, 1099, 1100, 1106, 2429, 2430],
        Symptom::HeaderInvalid,
    ),
    (
        &[1073, 1074, 1084, 1097, 10154, 3351],
        Symptom::ResetWhileSending,
    ),
    (
        &[858, 868, 876, 893, 1029, 10098],
        Symptom::ResetWhileSending,
    ),
    (&[1086, 10408, 10415], Symptom::ClientRequestInvalid),
    (&[1095, 1096, 2608], Symptom::ClientIoFailed),
    (&[1089, 1090, 1091], Symptom::FileFailed),
    (&[10214, 10220, 10221, 10224, 10240], Symptom::UpgradedIdle),
    (&[1069, 1072, 2537], Symptom::FastCgiRecordInvalid),
    (&[1031], Symptom::AjpSignature),
    (&[1081, 3229], Symptom::HeaderTooBig),
    (
        &[
            968, 969, 970, 971, 972, 973, 974, 975, 976, 977, 978, 979, 980, 981, 982, 983, 984,
            985, 986, 987, 988,
        ],
        Symptom::RequestTooBigForProtocol,
    ),
    (&[10259], Symptom::RequestTooBigForProtocol),
    (&[897], Symptom::ResponseTimeout),
    (&[1997, 2003], Symptom::TlsHandshakeFailed),
    (&[2005, 2411], Symptom::CertificateNameMismatch),
    (&[161, 484, 286, 288, 3490], Symptom::GatewayWorkersUsedUp),
    (&[287, 10159], Symptom::GatewayWorkersLow),
    (&[45, 46, 169, 170, 295, 296, 491, 492], Symptom::Stopping),
    (&[72], Symptom::StartAddressInUse),
    (&[2324], Symptom::WorkerGone),
    (&[159], Symptom::GatewayOutOfMemory),
    (&[171, 173, 493, 494], Symptom::Reloading),
    (&[526, 15, 14, 20], Symptom::StartConfigInvalid),
];

/// What stands behind `AH00898: `.
const PROXY_ERRORS: &[Row] = &[
    (
        "DNS lookup failure for: {} returned by {_}",
        Symptom::NameNotFound,
    ),
    ("DNS lookup failure for: {}", Symptom::NameNotFound),
    (
        "Error during SSL Handshake with remote server{_}",
        Symptom::TlsHandshakeFailed,
    ),
    (
        "Error reading from remote server{_}",
        Symptom::ClosedBeforeResponse,
    ),
    ("Timeout on 100-Continue{_}", Symptom::ResponseTimeout),
    (
        "Corrupt status line returned by remote server: {}",
        Symptom::StatusLineMissing,
    ),
    ("Malformed connection header{_}", Symptom::HeaderInvalid),
    ("Unexpected Upgrade: {}", Symptom::UpgradeFailed),
    ("Too many {_} interim responses{_}", Symptom::HeaderInvalid),
    ("URI cannot be parsed: {}", Symptom::ClientRequestInvalid),
    (
        "Connect to remote machine blocked{_}",
        Symptom::RequestDenied,
    ),
];

/// `Got error 'PHP message: …'`: the application talks through httpd's log.
fn of_stderr(record: Record<'_>) -> Option<Record<'_>> {
    let text = record.message.strip_prefix(b"Got error '")?;
    let text = text.strip_suffix(b"'").unwrap_or(text);
    let (symptom, captured) = fastcgi::of_text(text);
    Some(
        record
            .symptom(symptom)
            .text(captured.text)
            .number(captured.number),
    )
}

/// `ajp_msg_check_header() got bad signature 4854`: hexadecimal.
fn bad_signature(record: Record<'_>) -> Option<Record<'_>> {
    let (_, digits) = scan::rsplit_once(record.message, " ")?;
    let digits = core::str::from_utf8(digits).ok()?;
    let number = u64::from_str_radix(digits, 16).ok();
    Some(record.symptom(Symptom::AjpSignature).number(number))
}

/// Messages without a number.
const UNNUMBERED: &[Row] = &[
    (
        "Premature end of script headers: {}",
        Symptom::FastCgiClosed,
    ),
    (
        "End of script output before headers: {}",
        Symptom::FastCgiClosed,
    ),
    (
        "malformed header from script '{}': Bad header: {_}",
        Symptom::HeaderInvalid,
    ),
    (
        "malformed header from script. Bad header={}: {_}",
        Symptom::HeaderInvalid,
    ),
    (
        "Invalid status line from script '{}': {_}",
        Symptom::StatusInvalid,
    ),
    (
        "Script timed out before returning headers: {}",
        Symptom::ResponseTimeout,
    ),
    (
        "no listening sockets available, shutting down",
        Symptom::StartAddressInUse,
    ),
    (
        "server reached MaxClients setting, consider raising the MaxClients setting",
        Symptom::GatewayWorkersUsedUp,
    ),
    (
        "proxy: Error reading from remote server returned by {_}",
        Symptom::ClosedBeforeResponse,
    ),
    ("proxy: DNS lookup failure for: {}", Symptom::NameNotFound),
    (
        "proxy: No protocol handler was valid for the URL {_}",
        Symptom::HandlerMissing,
    ),
    (
        "proxy: {_} disabled connection for ({})",
        Symptom::NoLiveUpstreams,
    ),
    (
        "proxy: {_} failed to make connection to backend: {}",
        Symptom::ConnectFailed,
    ),
];

/// What `apachectl` says behind httpd's own words.
pub(super) fn control(line: &[u8]) -> Option<Record<'_>> {
    const ROWS: &[Row] = &[
        ("Action 'start' failed.", Symptom::StartConfigInvalid),
        ("Action 'configtest' failed.", Symptom::StartConfigInvalid),
    ];
    table::told(Record::new(Server::Apache, line), ROWS)
}

fn unnumbered<'a>(record: Record<'a>, before: &'a [u8]) -> Option<Record<'a>> {
    let of_module = || {
        let rows = [UNNUMBERED, MODULES];
        rows.iter().find_map(|rows| table::told(record, rows))
    };
    if let Some(found) = jk(record).or_else(of_module) {
        return Some(found);
    }
    if let Some((_, number)) = OLD
        .iter()
        .find(|(template, _)| fit(template, record.message).is_some())
    {
        return of_number(*number, record, status(before));
    }
    if let Some(errors) = record.message.strip_prefix(b"SSL Library Error: ") {
        let (symptom, captured) = tls::of_reason(errors);
        return Some(
            record
                .symptom(symptom)
                .text(captured.text)
                .number(captured.number),
        );
    }
    // Version 2.2 has no numbers.
    let attempt = record.message.starts_with(b"proxy: ")
        && scan::holds(record.message, "attempt to connect to ");
    if attempt || begins_to_connect(record.message) {
        let symptom = match status(before) {
            Some(TIMEUP) => Symptom::ConnectTimeout,
            Some(code) => errno::connect(u16::try_from(code).ok()?, record.peer),
            None => Symptom::ConnectFailed,
        };
        return Some(record.symptom(symptom));
    }
    let text = record.message.strip_prefix(b"PHP ")?;
    let (symptom, captured) = fastcgi::of_text(text);
    Some(
        record
            .symptom(symptom)
            .text(captured.text)
            .number(captured.number),
    )
}

/// A connection to a module's own process that could not be made.
fn begins_to_connect(message: &[u8]) -> bool {
    CONNECTS.iter().any(|words| {
        let mut parts = words.split("{_}");
        let first = parts.next().unwrap_or_default();
        message.starts_with(first.as_bytes()) && parts.all(|part| scan::holds(message, part))
    })
}
