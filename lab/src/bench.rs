//! What diagnoses cost: each host is diagnosed several times, and the questions
//! of the last run say where the time went.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;

use crate::child;
use crate::console::say;
use crate::diagnose::{self, Cost};
use crate::host::Host;
use crate::run::Outcome;
use crate::scenario::Scenario;

/// How often each host is diagnosed.
const RUNS: usize = 5;
/// Longest that one diagnosis may take.
const LIMIT: Duration = Duration::from_secs(40);

/// What the diagnoses of one host cost.
#[derive(Debug)]
pub(crate) struct Bench {
    /// Of each run.
    costs: Vec<Cost>,
    /// Milliseconds by kind of question, in one more run.
    questions: BTreeMap<String, f64>,
}

/// Diagnoses the host again and again.
pub(crate) fn measure(host: &Host, scenario: &Scenario) -> Result<Bench> {
    let costs: Result<Vec<Cost>> = (0..RUNS)
        .map(|_| Ok(diagnose::measured(host, scenario)?.1))
        .collect();
    let mut verbose = host.command("gatewhy");
    verbose
        .args(["diagnose", &scenario.url, "--verbose", "--json"])
        .args(&scenario.arguments);
    let ended = child::finish(&mut verbose, LIMIT)?;
    Ok(Bench {
        costs: costs?,
        questions: questions(&String::from_utf8_lossy(&ended.stderr)),
    })
}

/// Sums the lines `MILLISECONDS ms  QUESTION` by kind of question.
fn questions(stderr: &str) -> BTreeMap<String, f64> {
    let mut sums = BTreeMap::new();
    for line in stderr.lines() {
        let Some((ms, question)) = line.split_once(" ms  ") else {
            continue;
        };
        if let Ok(ms) = ms.trim().parse::<f64>() {
            *sums.entry(kind(question)).or_insert(0.0) += ms;
        }
    }
    sums
}

/// `file`, `process`, `run systemctl`: what is asked, without of what.
fn kind(question: &str) -> String {
    let question = question.strip_prefix("again ").unwrap_or(question);
    let mut words = question.split(' ');
    let first = words.next().unwrap_or_default();
    match (first, words.next()) {
        ("run", Some(program)) => {
            let name = program.rsplit('/').next().unwrap_or(program);
            format!("run {name}")
        }
        _ => first.to_owned(),
    }
}

/// Prints median and worst of each host and of all, and the share of time by kind
/// of question.
pub(crate) fn print(outcomes: &[Outcome]) {
    let benches: Vec<(&str, &Bench)> = outcomes
        .iter()
        .filter_map(|outcome| Some((outcome.name.as_str(), outcome.bench.as_ref()?)))
        .collect();
    say!(
        "\n{:44} {:>15} {:>15} {:>15}",
        format!("{RUNS} runs each: median / worst"),
        "wall, ms",
        "cpu, ms",
        "peak, MiB"
    );
    for (name, bench) in &benches {
        row(name, &bench.costs);
    }
    let all: Vec<Cost> = benches
        .iter()
        .flat_map(|(_, bench)| bench.costs.iter().copied())
        .collect();
    row("all", &all);
    shares(benches.iter().map(|(_, bench)| *bench));
}

fn row(name: &str, costs: &[Cost]) {
    let wall = costs.iter().map(|cost| cost.wall_ms).collect();
    let cpu = costs.iter().map(|cost| cost.cpu_ms).collect();
    let kib = |cost: &Cost| f64::from(u32::try_from(cost.peak_kib).unwrap_or(u32::MAX));
    let peak = costs.iter().map(|cost| kib(cost) / 1024.0).collect();
    say!(
        "{name:44} {:>15} {:>15} {:>15}",
        spread(wall),
        spread(cpu),
        spread(peak)
    );
}

/// `MEDIAN / WORST`.
fn spread(mut values: Vec<f64>) -> String {
    values.sort_by(f64::total_cmp);
    match (values.get(values.len() / 2), values.last()) {
        (Some(median), Some(worst)) => format!("{median:.0} / {worst:.0}"),
        _ => "-".to_owned(),
    }
}

/// Questions run side by side, so their times add up to more than the wall time.
fn shares<'a>(benches: impl Iterator<Item = &'a Bench>) {
    let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
    for bench in benches {
        for (kind, ms) in &bench.questions {
            *sums.entry(kind).or_insert(0.0) += ms;
        }
    }
    let total: f64 = sums.values().sum();
    let mut sorted: Vec<(&str, f64)> = sums.into_iter().collect();
    sorted.sort_by(|a, b| b.1.total_cmp(&a.1));
    say!("\nTime by question (several are asked at once):");
    for (kind, ms) in sorted.iter().take(15) {
        say!(
            "  {:5.1} %  {ms:8.0} ms  {kind}",
            100.0 * ms / total.max(0.001)
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_summed_by_kind() {
        let text = "     1.50 ms  file /a head=9  → 3 bytes\n     2.00 ms  again file /b  → absent\n\
                    \n    40.00 ms  run systemctl show x.service  → 9 bytes\n     1.00 ms  run /usr/sbin/nginx -V  → 1 byte\n4 questions\n";
        let sums: Vec<(String, f64)> = questions(text).into_iter().collect();
        let wanted = [("file", 3.5), ("run nginx", 1.0), ("run systemctl", 40.0)];
        assert_eq!(sums, wanted.map(|(kind, ms)| (kind.to_owned(), ms)));
    }

    #[test]
    fn median_and_worst_stand_beside_each_other() {
        assert_eq!(spread(vec![9.0, 1.0, 2.0]), "2 / 9");
        assert_eq!(spread(vec![]), "-");
    }
}
