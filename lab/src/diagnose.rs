//! Runs `gatewhy` in a broken host, measures it, and compares what it says with
//! what the scenario expects.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::Value;

use crate::child::{self, Finished};
use crate::host::Host;
use crate::scenario::{Expect, Scenario};

/// Longest that one diagnosis may take.
const LIMIT: Duration = Duration::from_secs(40);
/// Runs its arguments; the times and the peak memory go to `/lab/cost`. The inner
/// program measures memory (KiB), the shell measures time (seconds, to the millisecond).
const MEASURE: &str = "TIMEFORMAT='%R %U %S'; exec 3>&2; \
    { time /usr/bin/time --quiet --format=%M --output=/lab/peak \"$@\" 2>&3; } 2>/lab/times; exit $?";

/// What one diagnosis cost.
#[derive(Debug, Default, Clone, Copy, Serialize)]
pub(crate) struct Cost {
    /// From start to end, in milliseconds.
    pub(crate) wall_ms: f64,
    /// User and system time, children included, in milliseconds.
    pub(crate) cpu_ms: f64,
    /// Peak resident memory, in KiB.
    pub(crate) peak_kib: u64,
}

/// What `gatewhy` said about one host.
pub(crate) struct Diagnosis {
    /// What the run for JSON left behind.
    pub(crate) json: Finished,
    /// The report for people, 80 columns wide.
    pub(crate) human: Finished,
    /// What the run for JSON cost.
    pub(crate) cost: Cost,
}

/// Diagnoses the host twice: as JSON, measured, and as the report for people.
pub(crate) fn diagnose(host: &Host, scenario: &Scenario) -> Result<Diagnosis> {
    let (json, cost) = measured(host, scenario)?;
    let mut report = host.command("env");
    report
        .arg("COLUMNS=80")
        .args(scenario.started())
        .args(["diagnose", &scenario.url])
        .args(&scenario.arguments)
        .args(&scenario.vantage)
        .arg("--color=never");
    let human = child::finish(&mut report, LIMIT)?;
    Ok(Diagnosis { json, human, cost })
}

/// One run for JSON, and what it cost.
pub(crate) fn measured(host: &Host, scenario: &Scenario) -> Result<(Finished, Cost)> {
    let mut measured = host.command("bash");
    measured
        .args(["-c", MEASURE, "measure"])
        .args(scenario.started())
        .args(["diagnose", &scenario.url])
        .args(&scenario.arguments)
        .args(&scenario.vantage)
        .arg("--json");
    let json = child::finish(&mut measured, LIMIT)?;
    let cost = cost(host)?;
    Ok((json, cost))
}

fn cost(host: &Host) -> Result<Cost> {
    let times = fs::read_to_string(host.path("/lab/times")).context("no times were measured")?;
    let peak = fs::read_to_string(host.path("/lab/peak")).context("no memory was measured")?;
    let mut seconds = times
        .lines()
        .last()
        .unwrap_or_default()
        .split_whitespace()
        .map(str::parse::<f64>);
    let mut next = || {
        seconds
            .next()
            .context("a time is missing")?
            .context("a time is no number")
    };
    let (wall, user, system) = (next()?, next()?, next()?);
    let peak_kib = peak
        .trim()
        .parse()
        .context("the peak memory is no number")?;
    Ok(Cost {
        wall_ms: wall * 1000.0,
        cpu_ms: (user + system) * 1000.0,
        peak_kib,
    })
}

/// What is wrong with a diagnosis; empty when all is as expected.
pub(crate) fn complaints(expect: &Expect, diagnosis: &Diagnosis) -> Vec<String> {
    let mut complaints = Vec::new();
    if diagnosis.json.code != Some(expect.exit()) {
        complaints.push(format!(
            "exit code {:?}, expected {}",
            diagnosis.json.code,
            expect.exit()
        ));
    }
    if let Some(words) = &expect.refused {
        complaints.extend(not_refused(words, &diagnosis.json));
        return complaints;
    }
    match serde_json::from_slice::<Value>(&diagnosis.json.stdout) {
        Ok(report) => {
            complaints.extend(wrong_verdict(expect, &report));
            complaints.extend(wrong_causes(expect, &cause_ids(&report)));
            complaints.extend(missing_strings(expect, &report, &diagnosis.human));
        }
        Err(error) => complaints.push(format!("the output is not JSON: {error}")),
    }
    complaints
}

/// What is wrong with a refusal that must hold these words.
fn not_refused(words: &str, ended: &Finished) -> Vec<String> {
    let said = String::from_utf8_lossy(&ended.stderr);
    let mut complaints = Vec::new();
    if !said.contains(words) {
        complaints.push(format!("does not refuse with {words:?}: {}", said.trim()));
    }
    if !ended.stdout.is_empty() {
        complaints.push("prints a report all the same".to_owned());
    }
    complaints
}

/// The ids of the causes that the JSON report lists, in its order.
pub(crate) fn cause_ids(report: &Value) -> Vec<String> {
    let causes = report
        .get("causes")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    causes
        .iter()
        .filter_map(|cause| cause.get("id")?.as_str())
        .map(str::to_owned)
        .collect()
}

fn wrong_verdict(expect: &Expect, report: &Value) -> Option<String> {
    let verdict = report
        .get("verdict")
        .and_then(Value::as_str)
        .unwrap_or_default();
    (verdict != expect.verdict())
        .then(|| format!("verdict {verdict:?}, expected {:?}", expect.verdict()))
}

fn wrong_causes(expect: &Expect, ids: &[String]) -> Vec<String> {
    let mut complaints = Vec::new();
    let first = ids.first();
    let allowed = |id: &String| expect.first.as_ref() == Some(id) || expect.or_first.contains(id);
    match (&expect.first, first) {
        (Some(wanted), Some(id)) if !allowed(id) => {
            complaints.push(format!("first cause {id}, expected {wanted}"));
        }
        (Some(wanted), None) => complaints.push(format!("no cause, expected {wanted}")),
        (None, Some(id)) => complaints.push(format!("cause {id}, expected none")),
        (Some(_), Some(_)) | (None, None) => {}
    }
    let missing = expect.also.iter().filter(|id| !ids.contains(id));
    complaints.extend(missing.map(|id| format!("cause {id} is missing")));
    let forbidden = expect.never.iter().filter(|id| ids.contains(id));
    complaints.extend(forbidden.map(|id| format!("cause {id} must not be listed")));
    complaints
}

fn missing_strings(expect: &Expect, report: &Value, human: &Finished) -> Vec<String> {
    let mut texts = vec![human.text()];
    collect_strings(report, &mut texts);
    let said = |words: &&String| texts.iter().any(|text| text.contains(words.as_str()));
    let missing = expect.strings.iter().filter(|wanted| !said(wanted));
    let missing = missing.map(|wanted| format!("says nothing of {wanted:?}"));
    let unwanted = expect.without.iter().filter(said);
    let unwanted = unwanted.map(|words| format!("must not speak of {words:?}"));
    missing.chain(unwanted).collect()
}

fn collect_strings(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| collect_strings(item, texts)),
        Value::Object(fields) => fields
            .values()
            .for_each(|field| collect_strings(field, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(exit: i32, json: &str, human: &str) -> Diagnosis {
        let finished = |text: &str| Finished {
            code: Some(exit),
            stdout: text.as_bytes().to_vec(),
            stderr: Vec::new(),
        };
        let cost = Cost {
            wall_ms: 1.0,
            cpu_ms: 1.0,
            peak_kib: 1,
        };
        Diagnosis {
            json: finished(json),
            human: finished(human),
            cost,
        }
    }

    fn expect(text: &str) -> Expect {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn a_right_answer_has_no_complaints() {
        let json =
            r#"{"verdict":"broken","causes":[{"id":"backend-stopped","summary":"node.service"}]}"#;
        let wanted = expect("first = 'backend-stopped'\nstrings = ['node.service', 'start it']");
        assert_eq!(
            complaints(&wanted, &said(1, json, "start it")),
            Vec::<String>::new()
        );
    }

    #[test]
    fn every_kind_of_wrong_answer_is_told() {
        let json = r#"{"verdict":"healthy","causes":[{"id":"wrong-port"},{"id":"disk-full"}]}"#;
        let wanted = expect(
            "first = 'backend-stopped'\nalso = ['no-live-upstream']\nnever = ['disk-full']\nstrings = ['x.service']",
        );
        assert_eq!(complaints(&wanted, &said(3, json, "")).len(), 6);
    }

    #[test]
    fn a_healthy_site_has_no_causes() {
        let healthy = r#"{"verdict":"healthy","causes":[]}"#;
        assert_eq!(
            complaints(&Expect::default(), &said(0, healthy, "")),
            Vec::<String>::new()
        );
        let accused = r#"{"verdict":"healthy","causes":[{"id":"disk-full"}]}"#;
        assert_eq!(
            complaints(&Expect::default(), &said(0, accused, "")).len(),
            1
        );
    }
}
