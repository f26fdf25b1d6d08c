//! The JSON contract: every replayed report against the published schema.
use crate::{hosts, replay};
use gatewhy_facts::proxy_status::ErrorType;
use jsonschema::Validator;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const SCHEMA: &str = include_str!("../../../../docs/reference/diagnosis.schema.json");

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

fn validator() -> Validator {
    jsonschema::draft202012::meta::validate(&schema()).expect("the schema itself is valid");
    jsonschema::draft202012::new(&schema()).unwrap()
}

fn report(host: &hosts::Recorded) -> Value {
    let text = replay::json_report(host, host.diagnosis());
    let mut report: Value = serde_json::from_str(&text).unwrap();
    report["gatewhy_version"] = env!("CARGO_PKG_VERSION").into();
    report
}

#[test]
fn every_report_keeps_the_contract() {
    let validator = validator();
    hosts::hold(|host| {
        let report = report(host);
        let errors = validator.iter_errors(&report);
        errors
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect()
    });
}

/// The schema is tight: a report with one field more or one less, anywhere, is
/// refused.
#[test]
fn fields_are_neither_added_nor_dropped_unnoticed() {
    let validator = validator();
    let optional = [
        "line",
        "time",
        "window",
        "episodes",
        "served_again",
        "unasked",
        "notes",
    ];
    let counts = |place: &str| place.starts_with("/episodes/") || place == "/window";
    hosts::hold(|host| {
        let report = report(host);
        let mut missed = Vec::new();
        for place in objects(&report, String::new()) {
            let fields = report.pointer(&place).unwrap().as_object().unwrap();
            let mut more = report.clone();
            more.pointer_mut(&place).unwrap()["another"] = json!(1);
            if validator.is_valid(&more) {
                missed.push(format!("{place} may have one field more"));
            }
            for name in fields
                .keys()
                .filter(|name| !optional.contains(&name.as_str()))
                .filter(|name| !(counts(&place) && *name == "requests"))
            {
                let mut less = report.clone();
                less.pointer_mut(&place)
                    .unwrap()
                    .as_object_mut()
                    .unwrap()
                    .shift_remove(name);
                if validator.is_valid(&less) {
                    missed.push(format!("{place} may lack {name}"));
                }
            }
        }
        missed
    });
}

/// JSON pointers to every object in a value.
fn objects(value: &Value, at: String) -> Vec<String> {
    match value {
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items
                .flat_map(|(n, item)| objects(item, format!("{at}/{n}")))
                .collect()
        }
        Value::Object(fields) => {
            let inner = fields
                .iter()
                .flat_map(|(name, field)| objects(field, format!("{at}/{name}")));
            let mut all: Vec<String> = inner.collect();
            all.push(at);
            all
        }
        _ => Vec::new(),
    }
}

#[test]
fn error_types_are_those_of_the_rfc() {
    let schema = schema();
    let listed = schema["$defs"]["error_type"]["enum"].as_array().unwrap();
    let listed: BTreeSet<_> = listed.iter().filter_map(Value::as_str).collect();
    assert_eq!(listed, ErrorType::all().map(ErrorType::name).collect());
}

#[test]
fn control_bytes_break_the_contract() {
    let host = hosts::all()
        .iter()
        .find(|host| host.about.expect.first.is_some())
        .unwrap();
    let mut report = report(host);
    assert!(validator().is_valid(&report));
    report["causes"][0]["summary"] = json!("\u{1b}[2J");
    assert!(!validator().is_valid(&report));
}
