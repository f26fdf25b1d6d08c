//! One failure, as a record for other programs.
use super::route;
use gatewhy_causes::explain;
use gatewhy_facts::log_line::{self, Record};
use gatewhy_facts::untrusted::shown;
use gatewhy_logs::tally::Failure;
use serde_json::{Value, json};
use std::path::PathBuf;

/// The failure as one JSON object.
pub(super) fn json(failure: &Failure<'_>, files: &[PathBuf]) -> Value {
    let record = log_line::recognise(failure.record);
    let file = usize::try_from(failure.place.file)
        .ok()
        .and_then(|at| files.get(at));
    let causes = record.as_ref().map_or_else(Vec::new, |record| {
        explain::line(record, &explain::Settings::default())
            .causes
            .iter()
            .map(|cause| cause.id)
            .collect()
    });
    json!({
        "time": failure.at.to_string(),
        "server": record.as_ref().map(|record| record.server.id()),
        "symptom": failure.what.symptom.id(),
        "error_type": failure.what.symptom.error_type().map(|kind| kind.to_string()),
        "upstream": (!failure.upstream.is_empty()).then(|| text(failure.upstream)),
        "host": record.as_ref().and_then(|record| record.host).map(text),
        "route": record.as_ref().and_then(|record| record.request).map(route),
        "client": record.as_ref().and_then(|record| record.client).map(text),
        "status": record.as_ref().and_then(|record| record.status),
        "causes": causes,
        "file": file.map(|path| text(path.as_os_str().as_encoded_bytes())),
        "offset": failure.place.offset,
        "line": text(failure.record),
    })
}

/// The host that the visitor asked for.
pub(super) fn host(record: Option<&Record<'_>>) -> String {
    let host = record.and_then(|record| record.host);
    host.map_or_else(|| "(none)".to_owned(), text)
}

/// The visitor's address.
pub(super) fn client(record: Option<&Record<'_>>) -> String {
    let client = record.and_then(|record| record.client);
    client.map_or_else(|| "(none)".to_owned(), text)
}

/// The shape of the request's path.
pub(super) fn route_of(record: Option<&Record<'_>>) -> String {
    let request = record.and_then(|record| record.request);
    request.map_or_else(|| "(none)".to_owned(), route)
}

fn route(request: &[u8]) -> String {
    shown(route::shape(request).as_bytes()).to_string()
}

fn text(bytes: &[u8]) -> String {
    shown(bytes).to_string()
}
