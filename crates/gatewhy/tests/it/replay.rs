//! Every recorded host, replayed: what is said of it, to the byte.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test -p gatewhy --test it replay` writes the reports
//! anew; look at the difference before you commit it.
use crate::hosts::{self, Recorded};
use gatewhy::report::{human, json};
use gatewhy_causes::diagnose::{Guard, diagnose};
use gatewhy_causes::diagnosis::Diagnosis;
use gatewhy_facts::known::Known;
use gatewhy_host::Host as _;
use serde_json::Value;
use std::fs;
use std::process::Command;

/// Width of the committed reports.
const COLUMNS: usize = 80;

#[test]
fn there_are_recorded_hosts_and_nothing_else_beside_them() {
    assert!(hosts::all().len() >= 70, "{} hosts", hosts::all().len());
    hosts::hold(|host| {
        let entries = fs::read_dir(&host.folder).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        let mut wrong = Vec::new();
        if names != ["answers.rec", "host.toml", "report.json", "report.txt"] {
            wrong.push(format!("its folder holds {names:?}"));
        }
        let about = &host.about;
        let scenario = hosts::root().join(&about.made_by).join("scenario.toml");
        if about.format != 1 || about.title.is_empty() || !scenario.exists() {
            wrong.push(format!(
                "made by {}, format {}",
                about.made_by, about.format
            ));
        }
        if !["os", "nginx"]
            .iter()
            .all(|name| about.versions.contains_key(*name))
        {
            wrong.push("versions are missing".into());
        }
        wrong
    });
}

#[test]
fn reports_are_as_committed() {
    hosts::hold(|host| {
        let pairs = [
            ("report.txt", human_report(host.diagnosis())),
            ("report.json", json_report(host, host.diagnosis())),
        ];
        let found = pairs.iter().filter_map(|(name, text)| {
            let path = host.folder.join(name);
            if std::env::var_os("UPDATE_SNAPSHOTS").is_some() && std::env::var_os("CI").is_none() {
                fs::write(&path, text).unwrap();
                return None;
            }
            difference(&fs::read_to_string(&path).unwrap_or_default(), text)
                .map(|what| format!("{name} {what}"))
        });
        found.collect()
    });
}

#[test]
fn diagnoses_are_as_expected() {
    hosts::hold(|host| wrong(host, host.diagnosis()));
}

#[test]
fn replaying_twice_gives_the_same_bytes() {
    hosts::hold(|host| {
        let (one, two) = (host.diagnosis(), &host.investigate().diagnosis);
        let same = human_report(one) == human_report(two)
            && json_report(host, one) == json_report(host, two);
        (!same)
            .then(|| "two replays differ".into())
            .into_iter()
            .collect()
    });
}

/// One answer at a time, the last question first and the first one first.
#[test]
fn the_order_of_answers_does_not_matter() {
    hosts::hold(|host| {
        let whole = json_report(host, host.diagnosis());
        let orders = [false, true].into_iter();
        let differing = orders.filter_map(|last_first| {
            let slow = one_at_a_time(host, last_first);
            difference(&whole, &json_report(host, &slow))
        });
        differing.collect()
    });
}

/// The real program on a real command line says the same, and its exit code fits.
#[test]
fn the_program_says_the_same() {
    hosts::hold(|host| {
        let run = Command::new(env!("CARGO_BIN_EXE_gatewhy"))
            .args(["diagnose", &host.about.url, "--json", "--from"])
            .arg(host.recording())
            .args(&host.about.arguments)
            .env_clear()
            .output()
            .unwrap();
        let mut wrong = Vec::new();
        if run.status.code() != Some(host.about.expect.exit) {
            wrong.push(format!("exit code {:?}", run.status.code()));
        }
        let mut printed = String::from_utf8(run.stdout).unwrap();
        printed = without_version(&printed);
        wrong.extend(difference(&json_report(host, host.diagnosis()), &printed));
        wrong
    });
}

fn wrong(host: &Recorded, diagnosis: &Diagnosis) -> Vec<String> {
    let expect = &host.about.expect;
    let ids: Vec<&str> = diagnosis.causes.iter().map(|cause| cause.id).collect();
    let listed = |id: &String| ids.contains(&id.as_str());
    let mut wrong = Vec::new();
    let right = match (&expect.first, ids.first()) {
        (None, None) => true,
        (Some(first), Some(id)) => first == id || expect.or_first.iter().any(|or| or == id),
        _ => false,
    };
    if !right {
        wrong.push(format!(
            "first cause {:?}, expected {:?}",
            ids.first(),
            expect.first
        ));
    }
    if diagnosis.verdict.word() != expect.verdict {
        wrong.push(format!("verdict {}", diagnosis.verdict.word()));
    }
    let missing = expect.also.iter().filter(|id| !listed(id));
    wrong.extend(missing.map(|id| format!("{id} is missing")));
    let forbidden = expect.never.iter().filter(|id| listed(id));
    wrong.extend(forbidden.map(|id| format!("{id} must not be listed")));
    wrong
}

/// The diagnosis when each answer comes alone, and all others have to wait.
fn one_at_a_time(host: &Recorded, last_first: bool) -> Diagnosis {
    let (recorded, request) = (host.open(), host.request());
    let mut known = Known::new();
    for _ in 0..1000 {
        known.forget_asked();
        let diagnosis = diagnose(
            &request,
            &known,
            &Guard(&|work| {
                work();
                true
            }),
        );
        let mut wanted = known.wanted();
        if last_first {
            wanted.reverse();
        }
        let Some(question) = wanted.into_iter().next() else {
            return diagnosis;
        };
        let answer = recorded.answer(std::slice::from_ref(&question)).remove(0);
        known.learn(question, answer);
    }
    panic!("{}: questions never end", host.name)
}

/// The report for people, without colours.
pub(crate) fn human_report(diagnosis: &Diagnosis) -> String {
    let styled = human::diagnosis(diagnosis, COLUMNS);
    anstream::adapter::strip_str(&styled).to_string()
}

/// The JSON report as the program prints it, apart from its own version.
pub(crate) fn json_report(host: &Recorded, diagnosis: &Diagnosis) -> String {
    let elapsed = host.open().note("note elapsed_ms").unwrap_or("0").parse();
    let value = json::diagnosis(diagnosis, elapsed.unwrap());
    without_version(&format!("{value:#}\n"))
}

fn without_version(report: &str) -> String {
    let mut value: Value = serde_json::from_str(report).unwrap();
    value["gatewhy_version"] = "VERSION".into();
    format!("{value:#}\n")
}

/// The first line in which two texts differ.
fn difference(committed: &str, now: &str) -> Option<String> {
    if committed == now {
        return None;
    }
    let (mut old, mut new) = (committed.lines(), now.lines());
    for line in 1.. {
        let (before, after) = (old.next(), new.next());
        if before != after || before.is_none() {
            let shown = |line: Option<&str>| line.unwrap_or("(the end)").to_owned();
            return Some(format!(
                "differs at line {line}\n    - {}\n    + {}",
                shown(before),
                shown(after)
            ));
        }
    }
    None
}
