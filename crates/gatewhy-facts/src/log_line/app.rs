//! Backends in the words of their runtimes: Gunicorn, uWSGI, Node.js, Java, Python.
use super::record::{LoggedAt, Record, Server};
use super::table::{self, Row};
use crate::app_log::{self, Address, AppEvent, Kind, Output};
use crate::log_time;
use crate::nginx::error_log::Peer;
use crate::scan;
use crate::symptom::Symptom;

/// What a runtime's own line says. Lines whose words anybody may print are left
/// out here: see [`hint`].
pub(super) fn exact(line: &[u8]) -> Option<Record<'_>> {
    let own = uwsgi_or_gunicorn(line).or_else(|| gunicorn(line));
    own.or_else(|| {
        of_events(line)
            .filter(|(event, _)| event.exact)
            .map(|(_, record)| record)
    })
}

/// What words in a line of some application hint at.
pub(super) fn hint(line: &[u8]) -> Option<Record<'_>> {
    let (event, record) = of_events(line).or_else(|| of_layout(line))?;
    (event.kind != Kind::Listening).then_some(record)
}

/// `2026-11-20 03:12:04,185 [http-8080-exec-5] ERROR a.b.Class - MESSAGE`, the layout of
/// Log4j and Logback.
fn of_layout(line: &[u8]) -> Option<(AppEvent<'_>, Record<'_>)> {
    const LEVELS: [&[u8]; 3] = [b"ERROR", b"FATAL", b"WARN"];
    let (civil, rest) = log_time::year_first(line)?;
    let (fraction, rest) = scan::split_once(rest, " [")?;
    let digits = |b: &u8| b.is_ascii_digit() || matches!(b, b',' | b'.');
    fraction.iter().all(digits).then_some(())?;
    let (_, rest) = scan::split_once(rest, "] ")?;
    let (level, rest) = scan::split_once(rest, " ")?;
    LEVELS.contains(&level).then_some(())?;
    let (logger, message) = scan::split_once(rest.trim_ascii_start(), " ")?;
    let message = message.trim_ascii_start().strip_prefix(b"- ")?;
    let (event, record) = grails(logger, message).or_else(|| of_events(message))?;
    let at = Some(LoggedAt::Civil(civil));
    Some((event, Record { at, ..record }))
}

/// Grails names the exception's class without its package, and the request behind it.
fn grails<'a>(logger: &[u8], message: &'a [u8]) -> Option<(AppEvent<'a>, Record<'a>)> {
    const WORDS: &[u8] = b"OutOfMemoryError occurred when processing request: ";
    let own = logger.ends_with(b"GrailsExceptionResolver") && message.starts_with(WORDS);
    let (event, _) = own.then(|| of_events(b"java.lang.OutOfMemoryError"))??;
    let record = Record::new(Server::Java, message).symptom(symptom(&event));
    Some((event, record))
}

fn of_events(line: &[u8]) -> Option<(AppEvent<'_>, Record<'_>)> {
    let output = Output {
        text: line,
        ..Output::default()
    };
    let event = app_log::read([output]).into_iter().next()?;
    let mut record = Record::new(server(&event, line), line);
    record.at = event.at.map(LoggedAt::Moment);
    record.pid = event.pid;
    record.text = event.subject;
    record.number = event.number;
    record.peer = event.address.map(peer);
    record.symptom = Some(symptom(&event));
    Some((event, record))
}

fn peer(address: Address<'_>) -> Peer<'_> {
    match address {
        Address::Unix(path) => Peer::Unix(path),
        Address::Inet(host, port) => {
            let ip = host.and_then(|host| core::str::from_utf8(host).ok()?.parse().ok());
            match (ip, host) {
                (Some(ip), _) => Peer::Inet(core::net::SocketAddr::new(ip, port)),
                (None, Some(host)) => Peer::Name(host),
                (None, None) => Peer::Inet(core::net::SocketAddr::from(([0, 0, 0, 0], port))),
            }
        }
    }
}

/// Which runtime writes like that.
fn server(event: &AppEvent<'_>, line: &[u8]) -> Server {
    let gunicorn = line.starts_with(b"[") && event.at.is_some();
    let uwsgi = [
        "uWSGI",
        "HARAKIRI",
        "DAMN ! worker",
        "invalid request block size",
        "*** ",
        "unable to load app ",
    ]
    .iter()
    .any(|words| scan::holds(line, words));
    let java = [
        "java.",
        "javax.",
        "org.springframework",
        "Exception in thread",
        "Web server failed to start",
    ]
    .iter()
    .any(|words| scan::holds(line, words));
    let python = [
        "Traceback",
        "ModuleNotFoundError",
        "ImportError",
        "OSError",
        "INFO:     Uvicorn",
        "ERROR:    ",
    ]
    .iter()
    .any(|words| scan::holds(line, words));
    let node = [
        "EADDRINUSE",
        "ECONNREFUSED",
        "ETIMEDOUT",
        "JavaScript heap",
        "Cannot find module",
        "Node.js v",
        "Error: ",
    ]
    .iter()
    .any(|words| scan::holds(line, words));
    match () {
        () if gunicorn => Server::Gunicorn,
        () if uwsgi => Server::Uwsgi,
        () if java => Server::Java,
        () if python => Server::Python,
        () if node => Server::Node,
        () => Server::Application,
    }
}

fn symptom(event: &AppEvent<'_>) -> Symptom {
    match event.kind {
        Kind::HeapExhausted => Symptom::BackendHeapExhausted,
        Kind::AddressInUse => Symptom::BackendAddressInUse,
        Kind::AddressDenied | Kind::AddressAbsent | Kind::ListenFailed => {
            Symptom::BackendCannotListen
        }
        Kind::ModuleMissing | Kind::SyntaxInvalid | Kind::BootFailed => Symptom::BackendStartFailed,
        Kind::Exception => Symptom::BackendUncaught,
        Kind::DependencyRefused => Symptom::DependencyRefused,
        Kind::DependencyTimeout => Symptom::DependencyTimeout,
        Kind::DependencyNameUnknown => Symptom::DependencyNameUnknown,
        Kind::DatabaseTooManyConnections => Symptom::DatabaseConnectionsUsedUp,
        Kind::PermissionDenied => Symptom::BackendPermissionDenied,
        Kind::OutOfFiles => Symptom::BackendOutOfFiles,
        Kind::WorkerTimeout => Symptom::BackendWorkerTimeout,
        Kind::WorkerKilled => match event.number {
            Some(9 | 15) | None => Symptom::BackendWorkerKilled,
            Some(_) => Symptom::BackendWorkerCrashed,
        },
        Kind::WorkerExited => Symptom::BackendWorkerExited,
        Kind::WorkerStarted | Kind::Starting | Kind::Listening => Symptom::BackendStarting,
        Kind::WorkerRecycled => Symptom::BackendWorkerRecycled,
        Kind::RequestFailed => Symptom::BackendRequestFailed,
        Kind::RequestInvalid => Symptom::BackendRequestInvalid,
        Kind::BlockTooLarge => Symptom::BackendRequestTooBig,
        Kind::BodyTooLarge => Symptom::BackendBodyTooBig,
        Kind::ListenQueueFull => Symptom::BackendQueueFull,
        Kind::Reloading => Symptom::BackendReloading,
        Kind::Stopping => Symptom::BackendStopping,
        Kind::Crashed => Symptom::BackendWorkerCrashed,
    }
}

/// The last lines of tracebacks, and exceptions that name a reason by themselves.
const PYTHON: &[Row] = &[
    (
        "ModuleNotFoundError: No module named {}",
        Symptom::BackendStartFailed,
    ),
    ("ImportError: {}", Symptom::BackendStartFailed),
    (
        "gunicorn.errors.HaltServer: <HaltServer '{}' {_}",
        Symptom::BackendStartFailed,
    ),
    (
        "{_}PortInUseException: Port {#} is already in use{_}",
        Symptom::BackendAddressInUse,
    ),
    ("OSError: [Errno 98] {}", Symptom::BackendAddressInUse),
    (
        "{_}code 400, message Bad request version ({_}",
        Symptom::BackendRequestInvalid,
    ),
    (
        "{_}code 400, message Bad request syntax ('\\x16\\x03{_}",
        Symptom::BackendRequestInvalid,
    ),
    (
        "A server is already running. Check {}",
        Symptom::BackendStartFailed,
    ),
    (
        "urllib.error.HTTPError: HTTP Error 504: {}",
        Symptom::DependencyTimeout,
    ),
];

/// Lines of uWSGI and Gunicorn that tell nothing of a worker's life.
const ROWS: &[Row] = &[
    (
        "SIGPIPE: writing to a closed pipe/socket/fd {_}",
        Symptom::BackendClientGone,
    ),
    (
        "uwsgi_response_{_}: Broken pipe{_}",
        Symptom::BackendClientGone,
    ),
    ("uwsgi_response_{_}TIMEOUT !!!", Symptom::BackendClientGone),
    ("IOError: write error", Symptom::BackendClientGone),
    ("OSError: write error", Symptom::BackendClientGone),
    (
        "invalid HTTP request size (max {_#})...skip",
        Symptom::BackendRequestTooBig,
    ),
    (
        "Listen queue size is greater than the system max net.core.somaxconn ({#}).",
        Symptom::BackendStartFailed,
    ),
    (
        "worker respawning too fast !!! {_}",
        Symptom::BackendRestartLoop,
    ),
    (
        "HARAKIRI !!! worker {_#} status !!!",
        Symptom::BackendWorkerTimeout,
    ),
    (
        "HARAKIRI [core {_#}] {_} - {}",
        Symptom::BackendWorkerTimeout,
    ),
    (
        "OOPS ! failed loading app in worker {_}",
        Symptom::BackendStartFailed,
    ),
    (
        "--- no python application found, check your startup logs for errors ---",
        Symptom::BackendUnavailable,
    ),
    (
        "*** EVIL RELOAD ON WORKER {_}",
        Symptom::BackendWorkerRecycled,
    ),
    (
        "{_}The work of process {_} is done. Seeya!",
        Symptom::BackendWorkerRecycled,
    ),
    (
        "worker {_#} killed successfully (pid: {_#})",
        Symptom::BackendWorkerRecycled,
    ),
    (
        "Listen queue size is greater than the system max net.core.somaxconn ({#}).",
        Symptom::BackendStartFailed,
    ),
];

/// `[pid: …] … => generated 0 bytes …`: a request that got no answer.
pub(super) fn request_without_answer(line: &[u8]) -> Option<Record<'_>> {
    // The path stands before; only what is behind the last arrow is uWSGI's.
    let (_, result) = scan::rsplit_once(line, " => generated ")?;
    let failed =
        result.starts_with(b"0 bytes in ") && scan::holds(result, " 500) 0 headers in 0 bytes");
    let record = Record::new(Server::Uwsgi, line).symptom(Symptom::BackendRequestFailed);
    failed.then_some(record)
}

/// `[TIME] [PID] [LEVEL] message` of Gunicorn, where it tells nothing of a worker's life.
fn gunicorn(line: &[u8]) -> Option<Record<'_>> {
    const ROWS: &[Row] = &[
        ("Unhandled exception in main loop", Symptom::BackendUncaught),
        (
            "Socket error processing request.",
            Symptom::BackendRequestFailed,
        ),
    ];
    log_time::year_first(line.strip_prefix(b"[")?)?;
    let (_, rest) = scan::split_once(line, "] [")?;
    let (_, message) = scan::split_once(rest, "] ")?;
    let message = message
        .strip_prefix(b"[")
        .and_then(|rest| Some(scan::split_once(rest, "] ")?.1))
        .unwrap_or(message);
    table::told(Record::new(Server::Gunicorn, message), ROWS)
}

fn uwsgi_or_gunicorn(line: &[u8]) -> Option<Record<'_>> {
    if let Some(found) = table::told(Record::new(Server::Python, line), PYTHON) {
        return Some(found);
    }
    if line == b"Killed" {
        let record = Record::new(Server::Application, line);
        return Some(record.symptom(Symptom::BackendWorkerKilled).number(Some(9)));
    }
    // `Fri Nov 20 03:12:04 2026 - ` stands before some lines of uWSGI.
    let text = match scan::split_once(line, " - ") {
        Some((date, rest)) if date.len() == 24 => rest,
        _ => line,
    };
    let mut record = table::told(Record::new(Server::Uwsgi, text), ROWS)?;
    if record.symptom == Some(Symptom::BackendWorkerTimeout) {
        record.number = None;
    }
    Some(record)
}
