//! The frozen JSON contract, version 1; `docs/reference/diagnosis.schema.json` is
//! its schema.
use gatewhy_causes::diagnosis::{Diagnosis, Hop, Link, Observed, RankedCause};
use gatewhy_causes::evidence::Evidence;
use gatewhy_causes::past::report::{Line, Told};
use gatewhy_facts::fact::{Gap, Why};
use gatewhy_facts::time::Moment;
use gatewhy_facts::untrusted::shown;
use gatewhy_fixes::{Disposition, Fix, Step};
use serde_json::{Value, json};

/// The version of the contract.
pub const SCHEMA_VERSION: u32 = 1;

/// The diagnosis as one JSON object.
pub fn diagnosis(diagnosis: &Diagnosis, elapsed_ms: u64) -> Value {
    let ruled_out = diagnosis.ruled_out.iter();
    let mut out = json!({
        "schema_version": SCHEMA_VERSION,
        "target": diagnosis.target,
        "verdict": diagnosis.verdict.word(),
        "observed": observed(&diagnosis.observed),
        "hops": diagnosis.hops.iter().map(hop).collect::<Vec<_>>(),
        "causes": diagnosis.causes.iter().map(cause).collect::<Vec<_>>(),
        "ruled_out": ruled_out.map(|r| json!({"id": r.id, "why": r.why})).collect::<Vec<_>>(),
        "unchecked": diagnosis.unchecked.iter().map(gap).collect::<Vec<_>>(),
        "elapsed_ms": elapsed_ms,
        "gatewhy_version": env!("CARGO_PKG_VERSION"),
    });
    if !diagnosis.notes.is_empty() {
        out["notes"] = json!(diagnosis.notes);
    }
    if let Some(past) = &diagnosis.past {
        out["window"] =
            json!({"from": moment(past.from), "to": moment(past.until), "retried": past.retried});
        if let Some(requests) = past.requests {
            out["window"]["requests"] = json!(requests);
        }
        if past.unasked {
            out["window"]["unasked"] = json!(true);
        }
        out["episodes"] = past.episodes.iter().map(episode).collect();
    }
    clean(out)
}

fn moment(at: Moment) -> String {
    format!("{}Z", at.local(0).replace(' ', "T"))
}

fn episode(told: &Told) -> Value {
    let mut out = json!({
        "from": moment(told.from),
        "to": moment(told.until),
        "failures": told.failures,
        "upstream": told.upstream,
        "symptom": told.symptom,
        "members": told.members.iter().map(|(address, failures)| json!({"address": address, "failures": failures})).collect::<Vec<_>>(),
        "causes": told.causes.iter().map(|cause| cause.id).collect::<Vec<_>>(),
        "timeline": told.timeline.iter().map(line).collect::<Vec<_>>(),
    });
    if let Some(requests) = told.requests {
        out["requests"] = json!(requests);
    }
    if let Some(again) = told.served_again {
        out["served_again"] = json!(moment(again));
    }
    out
}

fn line(line: &Line) -> Value {
    json!({
        "time": moment(line.at),
        "text": line.text,
        "source": line.source.place,
        "context": line.context,
    })
}

/// The last encoder: whatever a string holds, no control byte leaves in it.
fn clean(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(shown(text.as_bytes()).to_string()),
        Value::Array(items) => items.into_iter().map(clean).collect(),
        Value::Object(fields) => fields.into_iter().map(|(k, v)| (k, clean(v))).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

fn observed(seen: &Observed) -> Value {
    json!({
        "status": seen.status,
        "what": seen.what,
        "generated_by": seen.generated_by,
        "error_type": seen.error_type,
        "requests": seen.requests,
        "failures": seen.failures,
    })
}

fn hop(hop: &Hop) -> Value {
    json!({
        "name": hop.name.word(),
        "kind": hop.kind,
        "software": hop.software,
        "version": hop.version,
        "address": hop.address,
        "state": hop.state.word(),
        "details": hop.details,
        "link": hop.link.as_ref().map(link),
    })
}

fn link(link: &Link) -> Value {
    json!({
        "protocol": link.protocol,
        "address": link.address,
        "state": link.state.word(),
        "seen": link.seen,
        "configured_at": link.configured_at,
        "connect_timeout_ms": link.connect_timeout_ms,
        "read_timeout_ms": link.read_timeout_ms,
    })
}

fn cause(cause: &RankedCause) -> Value {
    json!({
        "id": cause.id,
        "confidence": cause.confidence.word(),
        "hop": cause.hop.word(),
        "subject": cause.subject,
        "summary": cause.summary,
        "explains": cause.explains,
        "evidence": cause.evidence.iter().map(evidence).collect::<Vec<_>>(),
        "fixes": cause.fixes.iter().map(fix).collect::<Vec<_>>(),
    })
}

fn evidence(evidence: &Evidence) -> Value {
    let mut out = json!({ "source": evidence.source.place });
    if let Some(line) = evidence.source.line {
        out["line"] = json!(line);
    }
    if let Some(time) = evidence.source.time {
        out["time"] = json!(moment(time));
    }
    out["text"] = json!(evidence.text);
    out
}

fn fix(fix: &Fix) -> Value {
    json!({
        "title": fix.title,
        "disposition": match fix.disposition {
            Disposition::Safe => "safe",
            Disposition::NeedsReview => "needs-review",
        },
        "steps": fix.steps.iter().map(step).collect::<Vec<_>>(),
        "commands": fix.commands().collect::<Vec<_>>(),
    })
}

fn step(step: &Step) -> Value {
    match step {
        Step::Edit {
            file,
            line,
            before,
            after,
            why,
        } => json!({
            "do": "edit", "file": file.as_str(), "line": line,
            "before": before, "after": after, "why": why,
        }),
        Step::Run { command, why } => json!({"do": "run", "command": command, "why": why}),
        Step::Verify { command, expect } => {
            json!({"do": "verify", "command": command, "expect": expect})
        }
        Step::Advise { text } => json!({"do": "advise", "text": text}),
    }
}

fn gap(gap: &Gap) -> Value {
    let why = match &gap.why {
        Why::Pending => "not answered in time",
        Why::Refused(why) => why,
    };
    json!({"what": gap.what, "why": why, "allow_by": gap.allow_by})
}
