//! gunicorn: `[2026-11-21 10:11:58 +0000] [8373] [CRITICAL] WORKER TIMEOUT (pid:8416)`.
use super::{Address, AppEvent, Kind};
use crate::log_time;
use crate::scan;
use crate::time::Moment;

/// A line of gunicorn's own log.
pub(super) fn line(text: &[u8]) -> Option<AppEvent<'_>> {
    let Some((at, pid, message)) = header(text) else {
        return before_its_log(text);
    };
    let event = about_worker(message, text)
        .or_else(|| about_master(message, text))
        .or_else(|| about_address(message, text))?;
    Some(AppEvent {
        at: Some(at),
        pid: event.pid.or(Some(pid)),
        ..event
    })
}

/// What `Application.run` prints when the master cannot even begin.
fn before_its_log(text: &[u8]) -> Option<AppEvent<'_>> {
    let why = text.strip_prefix(b"Error: ")?;
    let known = why.starts_with(b"Already running on PID ")
        || why.starts_with(b"Error: '") && scan::holds(why, "' isn't writable [")
        || why.starts_with(b"can't chdir to '");
    let why = why.strip_prefix(b"Error: ").unwrap_or(why);
    known.then(|| AppEvent::new(Kind::BootFailed, text).subject(why).fatal())
}

fn header(text: &[u8]) -> Option<(Moment, u32, &[u8])> {
    let (civil, rest) = log_time::year_first(text.strip_prefix(b"[")?)?;
    let (offset, rest) = log_time::zone(rest.strip_prefix(b" ")?)?;
    let (pid, rest) = scan::number(rest.strip_prefix(b"] [")?)?;
    let (_, message) = scan::split_once(rest.strip_prefix(b"] [")?, "] ")?;
    Some((civil.moment(offset)?, u32::try_from(pid).ok()?, message))
}

fn pid_after<'a>(message: &'a [u8], before: &str) -> Option<(u32, &'a [u8])> {
    let (pid, rest) = scan::number(message.strip_prefix(before.as_bytes())?)?;
    Some((u32::try_from(pid).ok()?, rest))
}

fn about_worker<'a>(message: &'a [u8], text: &'a [u8]) -> Option<AppEvent<'a>> {
    let of = |kind, pid| AppEvent::new(kind, text).pid(Some(pid));
    if let Some((pid, _)) = pid_after(message, "WORKER TIMEOUT (pid:") {
        return Some(of(Kind::WorkerTimeout, pid));
    }
    if let Some((pid, _)) = pid_after(message, "Booting worker with pid: ") {
        return Some(of(Kind::WorkerStarted, pid));
    }
    if let Some((pid, rest)) = pid_after(message, "Worker with pid ") {
        let signal = rest.strip_prefix(b" was terminated due to signal ")?;
        return Some(of(Kind::WorkerKilled, pid).number(scan::number(signal).map(|(n, _)| n)));
    }
    if let Some((pid, rest)) = pid_after(message, "Worker (pid:") {
        if let Some(code) = rest.strip_prefix(b") exited with code ") {
            return Some(of(Kind::WorkerExited, pid).number(scan::number(code).map(|(n, _)| n)));
        }
        let name = rest.strip_prefix(b") was sent ")?;
        let (name, _) = scan::split_once(name, "!")?;
        return Some(
            of(Kind::WorkerKilled, pid)
                .number(signal_number(name))
                .subject(name),
        );
    }
    if message == b"Autorestarting worker after current request." {
        return Some(AppEvent::new(Kind::WorkerRecycled, text));
    }
    if message.starts_with(b"Exception in worker process") {
        return Some(AppEvent::new(Kind::BootFailed, text).fatal());
    }
    let uri = message.strip_prefix(b"Error handling request ")?;
    Some(AppEvent::new(Kind::RequestFailed, text).subject(uri))
}

/// Numbers of Linux signals, by the names that Python prints.
fn signal_number(name: &[u8]) -> Option<u64> {
    const NAMES: &[(&str, u64)] = &[
        ("SIGHUP", 1),
        ("SIGINT", 2),
        ("SIGQUIT", 3),
        ("SIGILL", 4),
        ("SIGABRT", 6),
        ("SIGBUS", 7),
        ("SIGFPE", 8),
        ("SIGKILL", 9),
        ("SIGSEGV", 11),
        ("SIGTERM", 15),
        ("SIGSYS", 31),
    ];
    NAMES
        .iter()
        .find(|(text, _)| text.as_bytes() == name)
        .map(|(_, number)| *number)
}

fn about_master<'a>(message: &'a [u8], text: &'a [u8]) -> Option<AppEvent<'a>> {
    if let Some(version) = message.strip_prefix(b"Starting gunicorn ") {
        return Some(AppEvent::new(Kind::Starting, text).subject(version));
    }
    if let Some(why) = message.strip_prefix(b"Reason: ") {
        return Some(AppEvent::new(Kind::BootFailed, text).subject(why).fatal());
    }
    if message == b"Shutting down: Master" {
        return Some(AppEvent::new(Kind::Stopping, text));
    }
    if message.starts_with(b"Invalid request from ip=") {
        return Some(AppEvent::new(Kind::RequestInvalid, text));
    }
    match message.strip_prefix(b"Handling signal: ")? {
        b"hup" => Some(AppEvent::new(Kind::Reloading, text)),
        b"term" | b"int" | b"quit" => Some(AppEvent::new(Kind::Stopping, text)),
        _ => None,
    }
}

fn about_address<'a>(message: &'a [u8], text: &'a [u8]) -> Option<AppEvent<'a>> {
    if let Some(rest) = message.strip_prefix(b"Listening at: ") {
        let address = rest.split(|b| *b == b' ').next().and_then(Address::parse);
        return Some(AppEvent::new(Kind::Listening, text).address(address));
    }
    let kinds = [
        ("Connection in use: ", Kind::AddressInUse),
        ("Invalid address: ", Kind::AddressAbsent),
        ("Can't connect to ", Kind::ListenFailed),
    ];
    kinds.into_iter().find_map(|(before, kind)| {
        let address = Address::parse_tuple(message.strip_prefix(before.as_bytes())?);
        Some(AppEvent::new(kind, text).address(address))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_master_that_cannot_begin_says_so_without_a_time() {
        let stale = line(
            b"Error: Already running on PID 186 (or pid file '/run/shop/gunicorn.pid' is stale)",
        )
        .unwrap();
        assert_eq!((stale.kind, stale.fatal), (Kind::BootFailed, true));
        let log = line(b"Error: Error: '/var/log/shop/error.log' isn't writable [PermissionError(13, 'Permission denied')]").unwrap();
        assert!(log.subject.is_some_and(|why| why.starts_with(b"'/var/log")));
        assert!(line(b"Error: no such order").is_none());
    }
}
