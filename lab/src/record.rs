//! Makes a recorded host of a broken one: the answers that `gatewhy` got, what
//! must be said of them, and which programs they come from.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use gatewhy_facts::answer::Outcome;
use gatewhy_facts::recording::{self, Decoder, Limits, Record};
use serde::Serialize;
use std::collections::BTreeMap;

use crate::child;
use crate::diagnose::{self, Diagnosis};
use crate::host::Host;
use crate::run::Settings;
use crate::scenario::Scenario;

/// The version of `host.toml`.
const FORMAT: u32 = 1;
/// Longest that one diagnosis may take.
const LIMIT: Duration = Duration::from_secs(40);
/// The kernel keeps its log's time a little apart from the clock it gives to others.
const MARGIN_US: u64 = 1_000_000;
/// What decides how a host behaves, where it is installed.
const PACKAGES: [&str; 8] = [
    "nginx",
    "apache2",
    "haproxy",
    "varnish",
    "systemd",
    "php8.2-fpm",
    "nodejs",
    "gunicorn",
];

/// `host.toml`.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct About<'a> {
    format: u32,
    made_by: String,
    title: &'a str,
    url: &'a str,
    arguments: &'a [String],
    versions: BTreeMap<String, String>,
    expect: Expect<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Expect<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    or_first: &'a [String],
    verdict: &'a str,
    exit: i32,
    also: &'a [String],
    never: &'a [String],
}

/// Records `host` below `folder`, and says what is wrong with the recording. What
/// was recorded before is replaced only when nothing is.
pub(crate) fn record(
    host: &Host,
    scenario: &Scenario,
    settings: &Settings,
    folder: &Path,
) -> Result<Vec<String>> {
    if scenario.expect.refused.is_some() {
        return Ok(Vec::new());
    }
    let named = machine_folders(settings);
    let answers = host_only(host.booted_us, &named, &answers(host, scenario)?)?;
    let told = tells_of_this_machine(&answers, settings);
    if !told.is_empty() {
        return Ok(told);
    }
    let kept = settings.results.join(&scenario.name).join("answers.rec");
    fs::write(&kept, &answers)?;
    let complaints = replay(&kept, scenario, settings)?;
    if !complaints.is_empty() {
        return Ok(complaints);
    }
    let target = folder.join(scenario.name.replace('/', "-"));
    fs::create_dir_all(&target)?;
    fs::write(target.join("answers.rec"), &answers)?;
    fs::write(target.join("host.toml"), about(host, scenario)?)?;
    Ok(Vec::new())
}

fn answers(host: &Host, scenario: &Scenario) -> Result<Vec<u8>> {
    let path = host.path("/lab/recorded/answers");
    // Whoever gatewhy runs as may write there.
    let mut folder = host.command("sh");
    let make = "rm -rf /lab/recorded; mkdir -m 1777 /lab/recorded";
    child::finish(folder.args(["-c", make]), LIMIT)?;
    let mut command = host.command("env");
    command
        .args(scenario.started())
        .args(["diagnose", &scenario.url])
        .args(["--record", "/lab/recorded/answers"])
        .args(&scenario.arguments)
        .args(&scenario.vantage);
    let ended = child::finish(&mut command, LIMIT)?;
    fs::read(&path).with_context(|| format!("gatewhy left no recording: {}", ended.text()))
}

/// The recording without what the kernel logged before the host was booted: those
/// lines are this machine's. A smaller log, long since overwritten, would look so.
/// Mounts that the host got from this machine's folders come from neutral ones.
fn host_only(booted_us: u64, named: &[(String, &str)], recording: &[u8]) -> Result<Vec<u8>> {
    let mut decoder = Decoder::new(Limits::default());
    decoder.feed(recording)?;
    let mut out = recording::encode_start();
    let mut count = 0;
    while let Some(mut record) = decoder.take()? {
        trim(&mut record, booted_us.saturating_sub(MARGIN_US));
        rename_mounts(&mut record, named);
        out.extend(recording::encode(&record));
        count += 1;
    }
    decoder.finish()?;
    out.extend(recording::encode_end(count));
    Ok(out)
}

/// In place of what is left out stands one record, so that the log still tells how far
/// back it reached.
fn trim(record: &mut Record, since_us: u64) {
    let is_log = matches!(record.key.as_str(), "kernel-log" | "again kernel-log");
    if let (true, Outcome::Got { bytes, .. }) = (is_log, &mut record.answer.outcome) {
        let mut recent = false;
        let mut left_out = None;
        let lines = bytes.split_inclusive(|byte| *byte == b'\n');
        let kept = lines.filter(|line| {
            // Lines of a record's dictionary follow it, and carry no time.
            if let Some(at) = logged_us(line) {
                recent = at >= since_us;
                left_out = Some(at).filter(|_| !recent).or(left_out);
            }
            recent
        });
        let kept: Vec<u8> = kept.flatten().copied().collect();
        let before = left_out.map(|at| format!("6,0,{at},-;earlier records are left out\n"));
        *bytes = before.unwrap_or_default().into_bytes();
        bytes.extend(kept);
    }
}

/// This machine's folders that a host's mounts come from, and what they are called
/// in a recording.
fn machine_folders(settings: &Settings) -> Vec<(String, &'static str)> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    let project = project.unwrap_or(Path::new(env!("CARGO_MANIFEST_DIR")));
    vec![
        (settings.base.display().to_string(), "/lab/base"),
        (settings.results.display().to_string(), "/lab/results"),
        (project.display().to_string(), "/lab/project"),
    ]
}

fn rename_mounts(record: &mut Record, named: &[(String, &str)]) {
    let is_mounts = record.key.contains("mountinfo");
    if let (true, Outcome::Got { bytes, .. }) = (is_mounts, &mut record.answer.outcome) {
        for (folder, neutral) in named {
            *bytes = replaced(bytes, folder.as_bytes(), neutral.as_bytes());
        }
    }
}

fn replaced(bytes: &[u8], wanted: &[u8], by: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        match rest.strip_prefix(wanted) {
            Some(after) if !wanted.is_empty() => {
                out.extend_from_slice(by);
                rest = after;
            }
            _ => {
                out.push(*first);
                rest = after;
            }
        }
    }
    out
}

/// The time in `PRIORITY,SEQUENCE,MICROSECONDS,FLAGS;TEXT`.
fn logged_us(line: &[u8]) -> Option<u64> {
    let head = line.split(|byte| *byte == b';').next()?;
    let time = head.split(|byte| *byte == b',').nth(2)?;
    std::str::from_utf8(time).ok()?.parse().ok()
}

/// What in a recording would tell of the machine that the lab runs on.
fn tells_of_this_machine(recording: &[u8], settings: &Settings) -> Vec<String> {
    let mut own = vec![
        env!("CARGO_MANIFEST_DIR").to_owned(),
        settings.base.display().to_string(),
        settings.results.display().to_string(),
    ];
    own.extend(fs::read_to_string("/proc/sys/kernel/hostname").ok());
    let own = own.iter().map(|text| text.trim());
    let told = own.filter(|text| text.len() > 3 && contains(recording, text.as_bytes()));
    told.map(|text| format!("the recording holds {text:?}, which is this machine's"))
        .collect()
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

fn replay(recording: &Path, scenario: &Scenario, settings: &Settings) -> Result<Vec<String>> {
    let Some(gatewhy) = &settings.gatewhy else {
        bail!("there is no program to replay the recording with");
    };
    let run = |more: &[&str]| {
        let mut command = Command::new(gatewhy);
        command.arg("diagnose").arg(&scenario.url);
        command.args(&scenario.arguments).args(more);
        child::finish(command.arg("--from").arg(recording), LIMIT)
    };
    let diagnosis = Diagnosis {
        json: run(&["--json"])?,
        human: run(&["--color=never"])?,
        cost: diagnose::Cost::default(),
    };
    let complaints = diagnose::complaints(&scenario.expect, &diagnosis);
    Ok(complaints
        .into_iter()
        .map(|complaint| format!("in the recording: {complaint}"))
        .collect())
}

fn about(host: &Host, scenario: &Scenario) -> Result<String> {
    let expect = &scenario.expect;
    let about = About {
        format: FORMAT,
        made_by: format!("lab/scenarios/{}", scenario.name),
        title: &scenario.title,
        url: &scenario.url,
        arguments: &scenario.arguments,
        versions: versions(host)?,
        expect: Expect {
            first: expect.first.as_deref(),
            or_first: &expect.or_first,
            verdict: expect.verdict(),
            exit: expect.exit(),
            also: &expect.also,
            never: &expect.never,
        },
    };
    Ok(toml::to_string(&about)?)
}

/// Versions of the system and of the programs that matter, as the host has them.
fn versions(host: &Host) -> Result<BTreeMap<String, String>> {
    let mut query = host.command("sh");
    query.args(["-c", ". /etc/os-release; echo \"os $ID-$VERSION_ID\"; dpkg-query -W -f '${Package} ${Version}\\n' \"$@\" 2>/dev/null || :", "versions"]);
    let ended = child::finish(query.args(PACKAGES), Duration::from_secs(10))?;
    let lines = String::from_utf8_lossy(&ended.stdout).into_owned();
    let pairs = lines.lines().filter_map(|line| line.split_once(' '));
    let known = pairs.filter(|(_, version)| !version.is_empty());
    Ok(known
        .map(|(name, version)| (name.to_owned(), version.to_owned()))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatewhy_facts::answer::Answer;

    #[test]
    fn what_the_kernel_logged_before_the_boot_goes() {
        let log =
            "6,1,100,-;the machine's disk\n SUBSYSTEM=scsi\n6,2,5000000,-;the host\n DEVICE=x\n";
        let mut out = recording::encode_start();
        for key in ["kernel-log", "now"] {
            let (key, answer) = (key.to_owned(), Answer::got(log));
            out.extend(recording::encode(&Record { key, answer }));
        }
        out.extend(recording::encode_end(2));
        let kept = String::from_utf8(host_only(5_500_000, &[], &out).unwrap()).unwrap();
        let once = "6,2,5000000,-;the host\n DEVICE=x\n";
        assert_eq!(kept.matches(once).count(), 2);
        assert_eq!(
            kept.matches("the machine's disk").count(),
            1,
            "other answers stay"
        );
        assert!(host_only(0, &[], b"no recording").is_err());
    }
    #[test]
    fn folders_of_this_machine_get_neutral_names_in_mounts_alone() {
        let named = [("/home/me/base".to_owned(), "/lab/base")];
        let mut out = recording::encode_start();
        for key in ["file /proc/self/mountinfo", "now"] {
            let answer = Answer::got("lowerdir=/home/me/base:/b /home/me");
            let key = key.to_owned();
            out.extend(recording::encode(&Record { key, answer }));
        }
        out.extend(recording::encode_end(2));
        let kept = String::from_utf8(host_only(0, &named, &out).unwrap()).unwrap();
        assert_eq!(kept.matches("lowerdir=/lab/base:/b /home/me").count(), 1);
        assert_eq!(kept.matches("lowerdir=/home/me/base:/b").count(), 1);
    }
}
