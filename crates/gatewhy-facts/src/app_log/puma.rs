//! Puma in cluster mode: its master holds the port while no worker gets as far as to serve.
use super::{AppEvent, Kind};
use crate::scan;

/// `[794] ! Unable to start worker`, `[794] Early termination of worker`.
pub(super) fn line(text: &[u8]) -> Option<AppEvent<'_>> {
    let (pid, rest) = scan::number(text.strip_prefix(b"[")?)?;
    let kind = match rest.strip_prefix(b"] ")? {
        b"! Unable to start worker" => Kind::BootFailed,
        b"Early termination of worker" => Kind::WorkerExited,
        _ => return None,
    };
    let pid = u32::try_from(pid).ok();
    let event = AppEvent::new(kind, text).pid(pid);
    Some(AppEvent {
        fatal: kind == Kind::BootFailed,
        ..event
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_that_does_not_start_is_told_with_its_process() {
        let event = line(b"[794] ! Unable to start worker").unwrap();
        assert_eq!((event.kind, event.pid), (Kind::BootFailed, Some(794)));
        let ended = line(b"[794] Early termination of worker").unwrap();
        assert_eq!(ended.kind, Kind::WorkerExited);
        assert!(line(b"[794] * Listening on http://127.0.0.1:9292").is_none());
    }
}
