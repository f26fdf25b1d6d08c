//! The fields of one entry. A value is a string, an array of bytes when it is not
//! printable text, `null` when it is long, or an array of those when the field
//! occurs several times.
use crate::prelude::*;
use crate::scan;
use serde_json::{Map, Value};

/// The fields of one entry.
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    pub(super) fn from_line(line: &[u8]) -> Option<Self> {
        match serde_json::from_slice(line).ok()? {
            Value::Object(fields) => Some(Self(fields)),
            _ => None,
        }
    }

    /// The first value of the field.
    pub(super) fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        bytes(self.0.get(name)?)
    }

    /// The first value as text, every invalid byte replaced.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let bytes = self.bytes(name)?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    pub(super) fn number<T: core::str::FromStr>(&self, name: &str) -> Option<T> {
        self.text(name)?.parse().ok()
    }
}

fn bytes(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::String(text) => Some(text.clone().into_bytes()),
        Value::Array(values) => match values.first() {
            Some(Value::Number(_)) => from_numbers(values),
            Some(first @ (Value::String(_) | Value::Array(_))) => once(first),
            _ => None,
        },
        _ => None,
    }
}

/// A value within a list of values: text or bytes, no list again.
fn once(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::String(text) => Some(text.clone().into_bytes()),
        Value::Array(values) => from_numbers(values),
        _ => None,
    }
}

/// Text in colours comes as numbers, in which nobody has looked for secrets yet. The
/// colours say nothing.
fn from_numbers(values: &[Value]) -> Option<Vec<u8>> {
    let bytes: Vec<u8> = values.iter().map(byte).collect::<Option<_>>()?;
    let mut bytes = scan::without_colours(&bytes);
    crate::redact::text(&mut bytes);
    Some(bytes)
}

fn byte(value: &Value) -> Option<u8> {
    u8::try_from(value.as_u64()?).ok()
}
