//! What Docker, Kubernetes and its ingress controller say of containers.
use super::record::{Record, Server};
use super::table::{self, Row};
use crate::scan;
use crate::symptom::Symptom;

const CONTROLLER: &[Row] = &[
    (
        "{_}Service \"{}\" does not have any active Endpoint{_}",
        Symptom::NoTargets,
    ),
    (
        "{_}service \"{}\" does not have any active endpoints{_}",
        Symptom::NoTargets,
    ),
    (
        "{_}Service \\\"{}\\\" does not have any active Endpoint{_}",
        Symptom::NoTargets,
    ),
    (
        "{_}Error obtaining Endpoints for Service \"{}\"{_}",
        Symptom::NoTargets,
    ),
    (
        "{_}error obtaining service endpoints: {}",
        Symptom::NoTargets,
    ),
];

/// The controller beside an ingress nginx.
pub(super) fn controller(line: &[u8]) -> Option<Record<'_>> {
    if !scan::holds(line, "ndpoint") {
        return None;
    }
    table::told(Record::new(Server::IngressController, line), CONTROLLER)
}

const EVENTS: &[Row] = &[
    (
        "Back-off restarting failed container{}",
        Symptom::BackendRestartLoop,
    ),
    ("{_}CrashLoopBackOff{}", Symptom::BackendRestartLoop),
    ("{_}OOMKilled{_}", Symptom::UnitOomKilled),
    (
        "OutOfMemoryError: Container killed due to memory usage",
        Symptom::UnitOomKilled,
    ),
    ("Readiness probe failed: {}", Symptom::HealthCheckFailed),
    ("Liveness probe failed: {}", Symptom::HealthCheckFailed),
    ("Startup probe failed: {}", Symptom::HealthCheckFailed),
    (
        "Container {} failed liveness probe, will be restarted",
        Symptom::BackendRestartLoop,
    ),
    ("{_}Error: ImagePullBackOff{_}", Symptom::BackendStartFailed),
    ("{_}Failed to pull image {}", Symptom::BackendStartFailed),
    (
        "Error: failed to start container {}",
        Symptom::BackendStartFailed,
    ),
    ("{_}FailedScheduling{}", Symptom::NoTargets),
    ("{_}Exited (0) {_}", Symptom::BackendStopping),
    ("{_}Exited ({#}) {_}", Symptom::BackendWorkerExited),
    ("{} exited with code 0", Symptom::BackendStopping),
    ("{} exited with code {#}", Symptom::BackendWorkerExited),
    (
        "{} exited with code {#} (restarting)",
        Symptom::BackendRestartLoop,
    ),
    (
        "{_}Bind for {} failed: port is already allocated{_}",
        Symptom::BackendAddressInUse,
    ),
    (
        "{_}dependency failed to start: container {} is unhealthy",
        Symptom::BackendStartFailed,
    ),
    ("{_}container {} exited ({_#})", Symptom::BackendStartFailed),
];

/// An event or a line of `docker compose`. Events of `kubectl` have columns before
/// the message: `12s  Warning  BackOff  pod/shop-1  Back-off restarting …`.
pub(super) fn event(line: &[u8]) -> Option<Record<'_>> {
    let text = columns(line).unwrap_or(line);
    let record = table::told(Record::new(Server::Container, text), EVENTS)?;
    // A name that holds blanks is no container's: somebody's prose.
    let prose = record.text.is_some_and(|name| {
        matches!(
            record.symptom,
            Some(Symptom::BackendWorkerExited | Symptom::BackendStopping)
        ) && name.contains(&b' ')
    });
    (!prose).then_some(record)
}

const STARTS: [&str; 7] = [
    "Back-off ",
    "Readiness ",
    "Liveness ",
    "Startup ",
    "Error: ",
    "Failed to ",
    "Container ",
];

fn columns(line: &[u8]) -> Option<&[u8]> {
    let mark = [
        " Warning ",
        " Normal ",
        "\tWarning\t",
        "Warning ",
        "Normal ",
    ]
    .into_iter()
    .find(|mark| scan::holds(line, mark))?;
    let (_, rest) = scan::split_once(line, mark)?;
    let at = STARTS
        .iter()
        .filter_map(|start| memchr::memmem::find(rest, start.as_bytes()))
        .min()?;
    rest.get(at..)
}
