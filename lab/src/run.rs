//! Runs scenarios: boot, set up, see it work, break it, see it broken, diagnose.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde::Serialize;

use crate::bench::{self, Bench};
use crate::child;
use crate::console::say;
use crate::diagnose::{self, Cost};
use crate::host::{Host, Recipe};
use crate::observe::{Observed, observe};
use crate::record;
use crate::scenario::{Need, Scenario};

/// Longest that a setup or a fault may take.
const SCRIPT_LIMIT: Duration = Duration::from_mins(1);

/// Where everything comes from and goes to.
pub(crate) struct Settings {
    /// Root folder of the base.
    pub(crate) base: PathBuf,
    /// The shell functions for scenarios.
    pub(crate) library: PathBuf,
    /// The program under test; none to check the scenarios alone.
    pub(crate) gatewhy: Option<PathBuf>,
    /// One folder per scenario is kept here.
    pub(crate) results: PathBuf,
    /// Where recorded hosts go, if wanted.
    pub(crate) record: Option<PathBuf>,
    /// Go on after a scenario failed.
    pub(crate) keep_going: bool,
    /// How often a host that failed is booted again, alone.
    pub(crate) again: u8,
    /// Measure each diagnosis several times.
    pub(crate) bench: bool,
    /// How many hosts at once.
    pub(crate) jobs: usize,
}

/// How far a host is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Stage {
    /// Set up, and seen to work.
    Healthy,
    /// Broken as well, and seen to fail.
    Broken,
}

/// How one scenario ended.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    /// The scenario.
    pub(crate) name: String,
    /// Passed, failed or skipped.
    pub(crate) state: State,
    /// How often it was booted again after it had failed.
    pub(crate) again: u8,
    /// What was wrong, or why it was skipped.
    pub(crate) complaints: Vec<String>,
    /// The first cause that was named.
    pub(crate) first: Option<String>,
    /// What the diagnosis cost, if there was one.
    pub(crate) cost: Option<Cost>,
    /// What several diagnoses cost, if that was asked for.
    #[serde(skip)]
    pub(crate) bench: Option<Bench>,
    /// From boot to end, in seconds.
    pub(crate) seconds: f64,
}

/// Whether a scenario did what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// All as expected.
    Passed,
    /// Something was not; it will be booted again.
    Unsteady,
    /// Something was not.
    Failed,
    /// The machine lacks what it needs.
    Skipped,
}

/// Runs all `scenarios`, some at once, and tells each outcome as it comes. Those that
/// fail are run again, one after the other, as often as the settings allow.
pub(crate) fn run(scenarios: Vec<Scenario>, settings: &Settings) -> Vec<Outcome> {
    let mut left = scenarios;
    let mut outcomes = Vec::new();
    for again in 0..=settings.again {
        let jobs = if again == 0 { settings.jobs } else { 1 };
        let round = run_once(&left, settings, again, jobs);
        let unsteady = |o: &Outcome| o.state == State::Unsteady;
        left.retain(|scenario| round.iter().any(|o| unsteady(o) && o.name == scenario.name));
        outcomes.extend(round.into_iter().filter(|o| !unsteady(o)));
        if left.is_empty() {
            break;
        }
        say!("{} to be booted again, alone", left.len());
    }
    outcomes.sort_by(|a, b| a.name.cmp(&b.name));
    outcomes
}

fn run_once(scenarios: &[Scenario], settings: &Settings, again: u8, jobs: usize) -> Vec<Outcome> {
    let waiting = Mutex::new(scenarios.iter().collect());
    let outcomes = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| work(&waiting, &outcomes, settings, again));
        }
    });
    outcomes
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
}

fn work(
    waiting: &Mutex<VecDeque<&Scenario>>,
    outcomes: &Mutex<Vec<Outcome>>,
    settings: &Settings,
    again: u8,
) {
    loop {
        let next = waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front();
        let Some(scenario) = next else { return };
        let mut outcome = run_one(scenario, settings);
        outcome.again = again;
        if outcome.state == State::Failed && again < settings.again {
            outcome.state = State::Unsteady;
            set_aside(&settings.results, &scenario.name, again);
        }
        tell(&outcome);
        if outcome.state == State::Failed && !settings.keep_going {
            waiting
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clear();
        }
        outcomes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(outcome);
    }
}

/// Prints how one scenario ended.
pub(crate) fn tell(outcome: &Outcome) {
    let state = match outcome.state {
        State::Unsteady => "odd ",
        State::Passed => "ok  ",
        State::Failed => "FAIL",
        State::Skipped => "skip",
    };
    let cost = outcome.cost.map_or_else(String::new, |cost| {
        format!(
            "  {:4.0} ms  cpu {:3.0} ms  {:3} MiB",
            cost.wall_ms,
            cost.cpu_ms,
            cost.peak_kib / 1024
        )
    });
    let first = outcome.first.as_deref().unwrap_or_default();
    say!(
        "{state} {:44} {first:28} {:5.1} s{cost}",
        outcome.name,
        outcome.seconds
    );
    for complaint in &outcome.complaints {
        for line in complaint.lines() {
            say!("         {line}");
        }
    }
}

fn run_one(scenario: &Scenario, settings: &Settings) -> Outcome {
    let start = Instant::now();
    let mut outcome = Outcome {
        name: scenario.name.clone(),
        state: State::Passed,
        again: 0,
        complaints: Vec::new(),
        first: None,
        cost: None,
        bench: None,
        seconds: 0.0,
    };
    if let Err(error) = through(scenario, settings, &mut outcome) {
        outcome.state = State::Failed;
        outcome.complaints.push(format!("{error:#}"));
    }
    outcome.seconds = start.elapsed().as_secs_f64();
    let _ = keep(
        &settings.results,
        &scenario.name,
        "outcome.json",
        &serde_json::to_vec_pretty(&outcome).unwrap_or_default(),
    );
    outcome
}

fn through(scenario: &Scenario, settings: &Settings, outcome: &mut Outcome) -> Result<()> {
    let host = boot(scenario, settings)?;
    if let Some(need) = scenario.needs.iter().find(|need| !offers(&host, **need)) {
        outcome.state = State::Skipped;
        outcome
            .complaints
            .push(format!("this machine has no {need:?}"));
        return Ok(());
    }
    let prepared = prepare(&host, scenario, Stage::Broken, &settings.results);
    keep_logs(&host, settings, &scenario.name);
    prepared?;
    if settings.gatewhy.is_none() {
        return Ok(());
    }
    examine(&host, scenario, settings, outcome)
}

/// Boots the host of a scenario.
pub(crate) fn boot(scenario: &Scenario, settings: &Settings) -> Result<Host> {
    let recipe = Recipe {
        base: &settings.base,
        scenario: &scenario.folder,
        library: &settings.library,
        gatewhy: settings.gatewhy.as_deref(),
        url_host: scenario.url_host(),
    };
    Host::boot(&recipe)
}

/// Runs setup and fault up to `stage`, and checks that the site does what the scenario says.
pub(crate) fn prepare(
    host: &Host,
    scenario: &Scenario,
    stage: Stage,
    results: &Path,
) -> Result<()> {
    step(host, scenario, "setup", scenario.healthy, results)?;
    if stage == Stage::Broken {
        step(host, scenario, "fault", scenario.broken, results)?;
    }
    Ok(())
}

fn step(
    host: &Host,
    scenario: &Scenario,
    script: &str,
    expected: Observed,
    results: &Path,
) -> Result<()> {
    let ended = host.run_script(script, SCRIPT_LIMIT)?;
    keep(
        results,
        &scenario.name,
        &format!("{script}.txt"),
        ended.text().as_bytes(),
    )?;
    ensure!(
        ended.success(),
        "{script}.sh failed ({:?}):\n{}",
        ended.code,
        last_lines(&ended.text())
    );
    let seen = observe(host, scenario, expected)?;
    ensure!(
        seen == expected,
        "after {script}.sh the visitor sees {seen}, not {expected}"
    );
    Ok(())
}

fn examine(
    host: &Host,
    scenario: &Scenario,
    settings: &Settings,
    outcome: &mut Outcome,
) -> Result<()> {
    let diagnosis = diagnose::diagnose(host, scenario)?;
    keep(
        &settings.results,
        &scenario.name,
        "diagnose.json",
        &diagnosis.json.stdout,
    )?;
    keep(
        &settings.results,
        &scenario.name,
        "diagnose.stderr.txt",
        &diagnosis.json.stderr,
    )?;
    keep(
        &settings.results,
        &scenario.name,
        "diagnose.txt",
        diagnosis.human.text().as_bytes(),
    )?;
    let report = serde_json::from_slice(&diagnosis.json.stdout).unwrap_or_default();
    outcome.first = diagnose::cause_ids(&report).into_iter().next();
    outcome.cost = Some(diagnosis.cost);
    outcome.complaints = diagnose::complaints(&scenario.expect, &diagnosis);
    let kept = scenario.recorded && outcome.complaints.is_empty();
    if let (Some(folder), true) = (&settings.record, kept) {
        outcome.complaints = record::record(host, scenario, settings, folder)?;
    }
    if settings.bench {
        outcome.bench = Some(bench::measure(host, scenario)?);
    }
    if !outcome.complaints.is_empty() {
        outcome.state = State::Failed;
    }
    Ok(())
}

fn offers(host: &Host, need: Need) -> bool {
    let test = match need {
        Need::MemoryController => {
            "test -w /sys/fs/cgroup/memory/system.slice || grep -qw memory /sys/fs/cgroup/cgroup.controllers"
        }
        Need::CpuController => {
            "test -w /sys/fs/cgroup/cpu/cgroup.procs || grep -qw cpu /sys/fs/cgroup/cgroup.controllers"
        }
        Need::KernelLog => {
            "dd if=/dev/kmsg of=/dev/null bs=8192 count=1 iflag=nonblock status=none"
        }
    };
    let mut command = host.command("sh");
    child::finish(command.args(["-c", test]), Duration::from_secs(5))
        .is_ok_and(|ended| ended.success())
}

/// What the host's own logs say, for whoever looks into a result.
fn keep_logs(host: &Host, settings: &Settings, name: &str) {
    let source = "cat /var/log/nginx/error.log; echo ----; journalctl --no-pager --quiet -b | grep -v ' kernel: '";
    let mut command = host.command("sh");
    if let Ok(ended) = child::finish(command.args(["-c", source]), Duration::from_secs(10)) {
        let _ = keep(&settings.results, name, "logs.txt", ended.text().as_bytes());
    }
}

fn keep(results: &Path, name: &str, file: &str, bytes: &[u8]) -> Result<()> {
    let folder = results.join(name);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(file), bytes).with_context(|| format!("cannot keep {file} of {name}"))
}

/// Keeps what was seen of a host that will be booted again.
fn set_aside(results: &Path, name: &str, again: u8) {
    let aside = results.join(format!("{name}.odd-{again}"));
    let _ = fs::remove_dir_all(&aside);
    let _ = fs::rename(results.join(name), aside);
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines
        .iter()
        .skip(lines.len().saturating_sub(15))
        .copied()
        .collect::<Vec<_>>()
        .join("\n")
}
