//! What programs got from systemd on a real host: each printed its arguments and
//! its environment.
use super::environment_file::Assignment;
use crate::prelude::*;
use serde_json::Value;

const QUOTING: &str = include_str!("../../tests/data/systemd/quoting.argv.json");
const RESET: &str = include_str!("../../tests/data/systemd/reset.argv.json");

/// One run: a JSON object.
fn runs(unit: &str) -> Vec<Value> {
    let text = if unit == "quoting" { QUOTING } else { RESET };
    let runs = text.split("\n---\n").filter(|run| !run.trim().is_empty());
    runs.map(|run| serde_json::from_str(run).unwrap()).collect()
}

/// The program wrote every byte as a character of its own.
fn text(value: &Value) -> String {
    let bytes = value.as_str().unwrap().chars();
    let bytes: Vec<u8> = bytes.map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    String::from_utf8(bytes).unwrap()
}

/// The arguments of every run, without the program's name.
pub(super) fn arguments(unit: &str) -> Vec<Vec<String>> {
    let runs = runs(unit);
    let argv = runs.iter().map(|run| run["argv"].as_array().unwrap());
    argv.map(|argv| argv.iter().map(text).collect()).collect()
}

/// The environment of the first run.
pub(super) fn environment(unit: &str) -> BTreeMap<String, String> {
    let run = runs(unit).remove(0);
    let variables = run["env"].as_object().unwrap().iter();
    variables
        .map(|(name, value)| (name.clone(), text(value)))
        .collect()
}

/// By name, the last of each.
pub(super) fn as_map(assignments: &[Assignment]) -> BTreeMap<String, String> {
    super::unit_file::variables(assignments, [])
}
