//! The frozen JSON contract of `logs --json`, version 1.
use super::join;
use gatewhy_facts::untrusted::shown;
use gatewhy_logs::report::{Report, Row, Upstream};
use serde_json::{Map, Value, json};
use std::iter;

/// The report as one JSON object, laid out for people too.
pub(super) fn printed(from: &Report) -> String {
    let value = report(from);
    // Writing a value to memory does not fail; the longer way never does.
    let mut text = serde_json::to_string_pretty(&value).unwrap_or_else(|_| format!("{value:#}"));
    text.push('\n');
    text
}

/// The report as one JSON object.
fn report(report: &Report) -> Value {
    let period = report
        .period
        .map(|(from, to)| json!({"from": from.to_string(), "to": to.to_string()}));
    let files = report.files.iter().map(|file| {
        let path = path(&file.path);
        json!({"path": path, "format": file.format, "bytes": file.bytes})
    });
    let skipped = report
        .skipped
        .iter()
        .map(|file| json!({"path": path(&file.path), "why": text(file.why.as_bytes())}));
    json!({
        "schema_version": 1,
        "period": period.unwrap_or_else(|| json!({"from": null, "to": null})),
        "files": files.collect::<Vec<_>>(),
        "lines": report.lines,
        "records": report.records,
        "requests": report.requests,
        "failures": report.failures,
        "told_twice": report.told_twice,
        "by_symptom": report.by_symptom.iter().map(|one| failed(report, one)).collect::<Vec<_>>(),
        "by_hour": by_hour(report),
        "other": report.other.iter().map(row).collect::<Vec<_>>(),
        "skipped": skipped.collect::<Vec<_>>(),
    })
}

/// A kind of failure, with what another log tells of its reason.
fn failed(report: &Report, kind: &Row) -> Value {
    let mut value = row(kind);
    let joined = join::of(report, kind);
    if let (Some(joined), Some(causes)) = (&joined, value.get_mut("causes")) {
        let others = causes.as_array().into_iter().flatten();
        let others = others
            .filter(|id| id.as_str() != Some(joined.cause.id))
            .cloned();
        *causes = iter::once(json!(joined.cause.id)).chain(others).collect();
    }
    let told = joined.map(|joined| {
        let file = report.path(joined.event.place);
        json!({
            "cause": joined.cause.id,
            "confidence": joined.cause.confidence.word(),
            "why": joined.cause.why,
            "file": file.map(path),
            "time": joined.event.at.to_string(),
            "line": text(&joined.event.line),
        })
    });
    if let Some(fields) = value.as_object_mut() {
        fields.insert("told_elsewhere".to_owned(), json!(told));
    }
    value
}

fn row(row: &Row) -> Value {
    let upstreams = row
        .upstreams
        .iter()
        .map(|(upstream, count)| match upstream {
            Upstream::Named(name) => json!({"upstream": text(name), "count": count}),
            Upstream::Cut => json!({"upstream": null, "count": count, "why": "the line was cut"}),
            Upstream::Unnamed => json!({"upstream": null, "count": count}),
            Upstream::Other => {
                json!({"upstream": null, "count": count, "why": "too many upstreams"})
            }
        });
    json!({
        "symptom": row.symptom.id(),
        "error_type": row.symptom.error_type().map(|kind| kind.to_string()),
        "count": row.count,
        "first": row.first.map(|at| at.to_string()),
        "last": row.last.map(|at| at.to_string()),
        "upstreams": upstreams.collect::<Vec<_>>(),
        "causes": super::causes::of(row).iter().map(|cause| cause.id).collect::<Vec<_>>(),
        "example": text(&row.example),
    })
}

fn by_hour(report: &Report) -> Vec<Value> {
    let hours = report.by_hour.iter().map(|(hour, row)| {
        let symptoms: Map<String, Value> = row
            .symptoms
            .iter()
            .map(|(symptom, count)| (symptom.id().to_owned(), json!(count)))
            .collect();
        json!({
            "hour": hour.to_string(),
            "requests": report.requests.map(|_| row.requests),
            "failures": row.failures,
            "by_symptom": symptoms,
        })
    });
    hours.collect()
}

fn text(bytes: &[u8]) -> String {
    shown(bytes).to_string()
}

fn path(path: &std::path::Path) -> String {
    text(path.as_os_str().as_encoded_bytes())
}
