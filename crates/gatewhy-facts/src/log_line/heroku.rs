//! Heroku's router, and what the platform says of an application's processes.
//! The codes are those of its documentation, "Heroku Error Codes".
use super::record::{Record, Server, Timing};
use super::table::{self, Row};
use crate::nginx::error_log::Peer;
use crate::scan;
use crate::symptom::Symptom;

const CODES: &[(&[u8], Symptom)] = &[
    (b"H10", Symptom::BackendWorkerCrashed),
    (b"H11", Symptom::QueueTimeout),
    (b"H12", Symptom::ResponseTimeout),
    (b"H13", Symptom::ClosedBeforeResponse),
    (b"H14", Symptom::NoTargets),
    (b"H15", Symptom::BodyTimeout),
    (b"H17", Symptom::ResponseInvalid),
    (b"H18", Symptom::ClosedInBody),
    (b"H19", Symptom::ConnectTimeout),
    (b"H20", Symptom::BackendStartFailed),
    (b"H21", Symptom::ConnectRefused),
    (b"H22", Symptom::GatewayConnectionLimit),
    (b"H25", Symptom::ResponseInvalid),
    (b"H26", Symptom::ClientRequestInvalid),
    (b"H27", Symptom::ClientClosed),
    (b"H28", Symptom::ClientTimeout),
    (b"H80", Symptom::ServerDisabledByAdmin),
    (b"H81", Symptom::NoTargets),
    (b"H82", Symptom::NoTargets),
    (b"H99", Symptom::GatewayAnsweredError),
];

/// `at=error code=H12 desc="Request timeout" method=GET path="/" …`. The path is a
/// visitor's, and stands behind the code.
pub(super) fn router(line: &[u8]) -> Option<Record<'_>> {
    let message = own(line);
    let (level, rest) = scan::split_once(message.strip_prefix(b"at=")?, " ")?;
    let known = matches!(level, b"info" | b"warning" | b"error");
    // Who shares a log leaves out what names the application.
    let shortened = || rest.starts_with(b"code=H") && scan::holds(rest, " status=");
    (known && (scan::holds(rest, " dyno=") || shortened())).then_some(())?;
    let mut record = Record::new(Server::Heroku, message);
    if let Some((code, rest)) = rest
        .strip_prefix(b"code=")
        .and_then(|rest| scan::split_once(rest, " "))
    {
        let found = CODES.iter().find(|(known, _)| *known == code);
        record.symptom = found.map(|(_, symptom)| *symptom);
        record.code = Some(code);
        record.text = scan::between(rest, "desc=\"", "\"");
    }
    // Behind everything that a visitor may write.
    let (_, tail) = scan::rsplit_once(rest, " dyno=").unwrap_or((rest, rest));
    let dyno = tail.split(|b| *b == b' ').next();
    record.peer = dyno.filter(|d| !d.is_empty()).map(Peer::Name);
    record.status = scan::split_once(tail, "status=").and_then(|(_, n)| leading(n));
    let passed_on = record.code.is_none() && record.status.is_some_and(|status| status >= 500);
    if passed_on {
        record.symptom = Some(Symptom::PassedOnError);
        record.number = record.status.map(u64::from);
    }
    let ms = |name| scan::split_once(tail, name).and_then(|(_, n)| leading(n));
    record.timing = Timing {
        connect_ms: ms("connect="),
        total_ms: ms("service="),
        logged: true,
        ..Timing::default()
    };
    Some(record)
}

/// Without what names the router where syslog's own words are not whole, and without
/// which connection broke.
fn own(line: &[u8]) -> &[u8] {
    const NAMES: [&str; 3] = ["heroku router - - ", "heroku[router]: ", "heroku/router "];
    let named = NAMES.iter().find_map(|name| {
        let (before, rest) = scan::split_once(line, name)?;
        // One word, a time or a name: behind more of them a visitor may have written.
        let word = before.trim_ascii_end();
        (before.len() <= 64 && !word.contains(&b' ')).then_some(rest)
    });
    let text = named.unwrap_or(line);
    let socks = [&b"sock=client "[..], b"sock=backend "];
    let broken = socks.iter().find_map(|sock| text.strip_prefix(*sock));
    broken.unwrap_or(text)
}

fn leading<T: TryFrom<u64>>(text: &[u8]) -> Option<T> {
    T::try_from(scan::number(text)?.0).ok()
}

const PLATFORM: &[Row] = &[
    ("Error R10 ({}) -> {_}", Symptom::BackendStartFailed),
    ("Error R15 ({}){_}", Symptom::UnitOomKilled),
    (
        "State changed from {_} to crashed",
        Symptom::BackendWorkerCrashed,
    ),
    ("Process exited with status 0", Symptom::BackendStopping),
    (
        "Process exited with status {#}",
        Symptom::BackendWorkerExited,
    ),
    (
        "Stopping all processes with SIGTERM",
        Symptom::BackendStopping,
    ),
    ("Restarting", Symptom::BackendStopping),
];

/// What the platform says: only where the log says that it was the platform.
pub(super) fn platform(line: &[u8]) -> Option<Record<'_>> {
    table::told(Record::new(Server::Heroku, line), PLATFORM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_router_s_line_is_known_without_what_stood_before_it() {
        let tail = "at=error code=H12 desc=\"Request timeout\" method=GET  connect=10ms service=30001ms status=503 bytes=0";
        for before in [
            "",
            "sock=client ",
            "018-11-30T13:18:41.960184+00:00 heroku[router]: ",
            "shop heroku/router ",
        ] {
            let line = [before, tail].concat();
            let told = router(line.as_bytes()).and_then(|record| record.symptom);
            assert_eq!(told, Some(Symptom::ResponseTimeout), "{line}");
        }
        let visitor = b"10.0.0.1 - - \"GET /heroku/router at=error code=H12 status=503";
        assert!(router(visitor).is_none());
    }
}
