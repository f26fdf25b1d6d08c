//! Writes rules again much as `nft list ruleset` prints them, to be quoted.
use super::word;
use crate::prelude::*;
use serde_json::Value;

/// A whole rule.
pub(super) fn rule(statements: &[Value], comment: Option<&str>) -> String {
    let mut words: Vec<String> = statements.iter().map(statement).collect();
    if let Some(comment) = comment {
        words.push(format!("comment \"{comment}\""));
    }
    words.join(" ")
}

/// One statement of a rule.
pub(super) fn statement(value: &Value) -> String {
    let Some((kind, body)) = value.as_object().and_then(|object| object.iter().next()) else {
        return value.as_str().unwrap_or("?").to_owned();
    };
    match kind.as_str() {
        "match" => matching(body),
        "counter" => counter(body),
        "reject" => {
            let with = reject(body);
            if with.is_empty() {
                "reject".to_owned()
            } else {
                format!("reject with {with}")
            }
        }
        "jump" | "goto" => format!("{kind} {}", word(body, "target").unwrap_or("?")),
        "vmap" => format!("{} vmap {}", part(body, "key"), part(body, "data")),
        "xt" => format!(
            "xt {} {}",
            word(body, "type").unwrap_or("?"),
            word(body, "name").unwrap_or("?")
        ),
        "limit" => {
            let rate = body.get("rate").map(operand).unwrap_or_default();
            format!(
                "limit rate {rate}/{}",
                word(body, "per").unwrap_or("second")
            )
        }
        _ if body.is_null() => kind.clone(),
        _ => format!("{kind} {}", operand(body)),
    }
}

fn counter(body: &Value) -> String {
    let number = |name| body.get(name).and_then(Value::as_u64).unwrap_or(0);
    format!(
        "counter packets {} bytes {}",
        number("packets"),
        number("bytes")
    )
}

fn part(body: &Value, name: &str) -> String {
    body.get(name).map(operand).unwrap_or_default()
}

/// What a `reject` answers with; empty for the default.
pub(super) fn reject(body: &Value) -> String {
    let words = [word(body, "type"), word(body, "expr")];
    let words: Vec<&str> = words.into_iter().flatten().collect();
    words.join(" ")
}

/// `LEFT RIGHT`, or with an operator that is not `==`.
pub(super) fn matching(body: &Value) -> String {
    let (left, right) = (part(body, "left"), part(body, "right"));
    match word(body, "op") {
        Some("==" | "in") | None => format!("{left} {right}"),
        Some(operator) => format!("{left} {operator} {right}"),
    }
}

/// What a statement looks at, or a value.
pub(super) fn operand(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Array(all) => all.iter().map(operand).collect::<Vec<_>>().join(","),
        Value::Object(object) => match object.iter().next() {
            Some((kind, body)) => expression(kind, body),
            None => String::new(),
        },
        Value::Null | Value::Bool(_) => String::new(),
    }
}

fn expression(kind: &str, body: &Value) -> String {
    let two = |first, second| {
        let words: Vec<&str> = [word(body, first), word(body, second)]
            .into_iter()
            .flatten()
            .collect();
        words.join(" ")
    };
    match kind {
        "payload" => two("protocol", "field"),
        "meta" => match word(body, "key") {
            Some(key @ ("iif" | "oif" | "iifname" | "oifname")) => key.to_owned(),
            key => format!("meta {}", key.unwrap_or("?")),
        },
        "ct" | "fib" | "socket" | "rt" => {
            let key = word(body, "key").or_else(|| word(body, "result"));
            format!("{kind} {}", key.unwrap_or("?"))
        }
        "prefix" => {
            let length = body.get("len").map(operand).unwrap_or_default();
            format!("{}/{length}", word(body, "addr").unwrap_or("?"))
        }
        "range" => ends(body, "-"),
        "set" => format!("{{ {} }}", elements(body)),
        "elem" => part(body, "val"),
        _ if body.is_null() => kind.to_owned(),
        _ => format!("{kind} {}", operand(body)),
    }
}

/// The elements of a set; of a map, `KEY : VERDICT`.
fn elements(body: &Value) -> String {
    let all = body.as_array().map_or(&[][..], Vec::as_slice);
    let one = |value: &Value| match value.as_array() {
        Some(_) => ends(value, " : "),
        None => operand(value),
    };
    all.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn ends(body: &Value, between: &str) -> String {
    let end = |at: usize| body.get(at).map(operand).unwrap_or_default();
    format!("{}{between}{}", end(0), end(1))
}
