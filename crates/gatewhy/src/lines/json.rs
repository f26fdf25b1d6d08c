//! The contract of `explain --json`.
use super::Line;
use gatewhy_causes::explain::Candidate;
use gatewhy_facts::log_line::Server;
use gatewhy_facts::symptom::Symptom;
use gatewhy_facts::untrusted::shown;
use serde_json::{Value, json};

/// Most commands to go on with.
const MOST_NEXT: usize = 8;

/// An array with an object for each line.
pub fn array(lines: &[Line]) -> Value {
    lines.iter().map(line).collect()
}

/// Lines of one incident, and what they mean together.
pub fn document(lines: &[Line], causes: &[Candidate]) -> Value {
    json!({
        "lines": array(lines),
        "incident": { "causes": causes.iter().map(cause).collect::<Vec<_>>() },
    })
}

fn line(line: &Line) -> Value {
    let kind = line.symptom.and_then(Symptom::error_type);
    json!({
        "line": shown(&line.text).to_string(),
        "server": line.server.map(Server::id),
        "symptom": line.symptom.map(Symptom::id),
        "error_type": kind.map(|kind| kind.to_string()),
        "gateway_failure": line.explanation.gateway_failure,
        "causes": line.explanation.causes.iter().map(cause).collect::<Vec<_>>(),
        "next": next(line),
    })
}

fn cause(cause: &Candidate) -> Value {
    json!({
        "id": cause.id,
        "confidence": cause.confidence.word(),
        "why": shown(cause.why.as_bytes()).to_string(),
    })
}

fn next(line: &Line) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for command in line
        .explanation
        .causes
        .iter()
        .filter_map(|cause| cause.check.as_ref())
    {
        if !all.contains(command) && all.len() < MOST_NEXT {
            all.push(shown(command.as_bytes()).to_string());
        }
    }
    if all.is_empty() && line.explanation.gateway_failure {
        all.push("gatewhy diagnose URL".to_owned());
    }
    all
}
