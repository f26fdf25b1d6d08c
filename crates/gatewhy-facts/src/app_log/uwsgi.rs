//! uWSGI: lines without levels, marked by stars and exclamation marks.
use super::{AppEvent, Kind};
use crate::scan;

/// A line of uWSGI's own log.
pub(super) fn line(text: &[u8]) -> Option<AppEvent<'_>> {
    // Times stand before some lines: `Fri Nov 20 03:12:04 2026 - *** …`.
    let message = match scan::split_once(text, " - *** ") {
        Some((date, rest)) if date.len() <= 30 => rest,
        _ => text.strip_prefix(b"*** ").unwrap_or(text),
    };
    about_worker(message, text).or_else(|| about_server(message, text))
}

fn number_after(message: &[u8], mark: &str) -> Option<u64> {
    let (_, rest) = scan::split_once(message, mark)?;
    scan::number(rest).map(|(number, _)| number)
}

fn pid_after(message: &[u8], mark: &str) -> Option<u32> {
    number_after(message, mark).and_then(|pid| u32::try_from(pid).ok())
}

fn about_worker<'a>(message: &'a [u8], text: &'a [u8]) -> Option<AppEvent<'a>> {
    if message.starts_with(b"HARAKIRI ON WORKER ") {
        return Some(AppEvent::new(Kind::WorkerTimeout, text).pid(pid_after(message, "(pid: ")));
    }
    if let Some(rest) = message.strip_prefix(b"DAMN ! worker ") {
        let signal = number_after(rest, "killed by signal ");
        let kind = if signal.is_some() {
            Kind::WorkerKilled
        } else {
            Kind::Crashed
        };
        return Some(
            AppEvent::new(kind, text)
                .pid(pid_after(rest, "(pid: "))
                .number(signal),
        );
    }
    if message.starts_with(b"!!! uWSGI process ") && scan::holds(message, "got Segmentation Fault")
    {
        return Some(AppEvent::new(Kind::Crashed, text).pid(pid_after(message, "process ")));
    }
    let started = message.starts_with(b"Respawned uWSGI worker ")
        || message.starts_with(b"spawned uWSGI worker ");
    if started {
        let pid = pid_after(message, "pid: ");
        return Some(AppEvent::new(Kind::WorkerStarted, text).pid(pid));
    }
    None
}

fn about_server<'a>(message: &'a [u8], text: &'a [u8]) -> Option<AppEvent<'a>> {
    if message.starts_with(b"uWSGI listen queue of socket ") {
        return Some(
            AppEvent::new(Kind::ListenQueueFull, text).number(number_after(message, "full !!! (")),
        );
    }
    if message.starts_with(b"invalid request block size: ") {
        let size = number_after(message, "block size: ");
        return Some(AppEvent::new(Kind::BlockTooLarge, text).number(size));
    }
    if message.starts_with(b"Invalid (too big) CONTENT_LENGTH. skip.") {
        return Some(AppEvent::new(Kind::BodyTooLarge, text));
    }
    if message.starts_with(b"no app loaded.") || message.starts_with(b"unable to load app ") {
        return Some(AppEvent::new(Kind::BootFailed, text).subject(message));
    }
    if message.starts_with(b"Starting uWSGI ") {
        return Some(AppEvent::new(Kind::Starting, text));
    }
    None
}
