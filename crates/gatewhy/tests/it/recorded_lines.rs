//! Every line of the recorded hosts' logs that tells of trouble is understood. The
//! hosts are real, so these are the servers' own words.
use crate::hosts::{Recorded, all};
use gatewhy::lines;
use gatewhy_causes::case::Case;
use gatewhy_causes::explain::Settings;
use gatewhy_facts::answer::Outcome;
use gatewhy_facts::known::Known;
use gatewhy_facts::log_line::{Server, recognise};
use gatewhy_facts::recording::{Decoder, Limits};
use gatewhy_facts::scan;
use gatewhy_facts::systemd::journal;
use gatewhy_host::Host as _;
use std::collections::BTreeSet;
use std::fs;

/// The lines of a host's logs and journals, as files and `journalctl` have them.
fn lines_of(host: &Recorded) -> BTreeSet<Vec<u8>> {
    let mut decoder = Decoder::new(Limits::default());
    decoder.feed(&fs::read(host.recording()).unwrap()).unwrap();
    let mut found = BTreeSet::new();
    while let Some(record) = decoder.take().unwrap() {
        let Outcome::Got { bytes, .. } = &record.answer.outcome else {
            continue;
        };
        let key = record.key.as_str();
        let log = key.starts_with("file /var/log/") && !key.contains("dpkg");
        if log || key.contains("kernel-log") || key.starts_with("run varnishlog") {
            found.extend(scan::lines(bytes).map(|line| line.bytes.to_vec()));
        } else if key.starts_with("run journalctl") {
            for entry in journal::parse(bytes).entries {
                let name = entry
                    .identifier
                    .clone()
                    .or(entry.comm.clone())
                    .unwrap_or_default();
                let head = format!(
                    "2026-11-20T03:12:04Z host {name}[{}]: ",
                    entry.pid.unwrap_or(0)
                );
                let message = entry.message.unwrap_or_default();
                let lines = message.split(|b| *b == b'\n');
                found.extend(lines.map(|line| [head.as_bytes(), line].concat()));
            }
        }
    }
    found
}

/// What marks a line as one that tells of trouble, by the rules of its own log.
fn tells_of_trouble(line: &[u8]) -> bool {
    const MARKS: [&str; 22] = [
        " [error] ",
        " [crit] ",
        " [alert] ",
        " [emerg] ",
        ":error] ",
        ":crit] ",
        ":alert] ",
        ":emerg] ",
        "] WARNING: [pool",
        "] ERROR: ",
        "] ALERT: ",
        " [ERROR] ",
        " [CRITICAL] ",
        "\"level\":\"error\"",
        "FetchError ",
        " is DOWN",
        "Killed process",
        "segfault at",
        "oom-kill:",
        "Main process exited",
        "Failed with result",
        "Failed to ",
    ];
    MARKS.iter().any(|mark| scan::holds(line, mark))
}

/// Lines that tell of no failure between a gateway and its backend, and why not.
const NOTHING: &[(&str, &str)] = &[
    ("] open() \"", "a static file that is not there: a 404"),
    (" open() \"", "a static file that is not there: a 404"),
    ("Former worker", "HAProxy's worker ended as told"),
    (
        "AH00549: Failed to resolve server name",
        "Apache looks for its own name when it starts, and goes on without",
    ),
    (
        "[ERROR] Retrying in 1 second.",
        "gunicorn tries again; the line before says what failed",
    ),
    (
        "ACL set, listen.",
        "PHP-FPM says which of two settings of a socket holds",
    ),
    (
        "ignoring: Device or resource busy",
        "systemd says itself that it does not matter",
    ),
    (
        "Failed to set up",
        "a container has no right to set something; nothing depends on it",
    ),
    (
        "AH01630: client denied",
        "Apache's own rules let nobody in there: a 403",
    ),
    (
        "Failed to parse PID from file",
        "systemd read the file before its program had written it",
    ),
    (
        "Failed to get properties",
        "the journal of a program that asks another",
    ),
];

#[test]
fn every_line_that_tells_of_trouble_is_understood() {
    let mut asked = 0;
    let mut missed = BTreeSet::new();
    for host in all() {
        for line in lines_of(host).iter().filter(|line| tells_of_trouble(line)) {
            let none = NOTHING.iter().any(|(words, _)| scan::holds(line, words));
            let told = recognise(line).and_then(|record| record.symptom).is_some();
            asked += 1;
            if !told && !none {
                missed.insert(format!("{}: {}", host.name, String::from_utf8_lossy(line)));
            }
        }
    }
    assert!(asked > 2_000, "{asked} lines");
    assert!(
        missed.is_empty(),
        "{} of {asked}: {missed:#?}",
        missed.len()
    );
}

/// What the log of the proxy leaves open holds the cause that was proven on the host.
#[test]
fn what_a_proxys_lines_leave_open_holds_the_real_cause() {
    let mut asked = 0;
    let mut missed = Vec::new();
    for host in all() {
        let Some(cause) = &host.about.expect.first else {
            continue;
        };
        let text = of_proxies(host);
        let explained = lines::explain(&text, &Settings::default());
        let failed = explained
            .lines
            .iter()
            .any(|line| line.explanation.gateway_failure);
        if !failed {
            continue;
        }
        let of_line = explained.lines.first().map(|line| &line.explanation.causes);
        let found = explained.incident.as_ref().or(of_line).unwrap();
        let causes = host.about.expect.or_first.iter().chain([cause]);
        asked += 1;
        if !found
            .iter()
            .any(|found| causes.clone().any(|cause| cause == found.id))
        {
            let ids: Vec<_> = found.iter().map(|cause| cause.id).collect();
            missed.push(format!("{}: {cause} is not in {ids:?}", host.name));
        }
    }
    assert!(asked > 250, "{asked} hosts");
    assert!(
        (asked - missed.len()) * 100 >= asked * MOSTLY,
        "{missed:#?}"
    );
}

/// Percent of the hosts; the others' causes are of a kind that no line hints at.
const MOSTLY: usize = 95;

/// The last failures in the proxies' logs.
fn of_proxies(host: &Recorded) -> Vec<u8> {
    const LAST: usize = 6;
    let proxies = [
        Server::Nginx,
        Server::Apache,
        Server::Haproxy,
        Server::Caddy,
        Server::Lighttpd,
        Server::Varnish,
        Server::SocketProxy,
    ];
    let lines: Vec<Vec<u8>> = lines_of(host)
        .into_iter()
        .filter(|line| {
            let record = recognise(line);
            record.is_some_and(|r| proxies.contains(&r.server) && r.symptom.is_some())
        })
        .collect();
    lines
        .iter()
        .rev()
        .take(LAST)
        .rev()
        .flat_map(|line| [line.as_slice(), b"\n"].concat())
        .collect()
}

/// `gatewhy logs` reads the journal of the application behind the proxy: the one that
/// listens there, or the one that should.
#[test]
fn the_application_behind_the_proxy_is_found() {
    let hosts = [
        ("gunicorn-worker-oom", "app.service"),
        ("node-heap-exhausted", "api.service"),
        ("node-start-exec-missing", "api.service"),
        ("disk-inodes", "app.service"),
    ];
    for (name, unit) in hosts {
        let host = all().iter().find(|host| host.name == name).unwrap();
        let (answers, request) = (host.open(), host.request());
        let mut known = Known::new();
        let units = (0..40).find_map(|_| {
            known.forget_asked();
            let units = Case::new(&known, &request).services_behind();
            let wanted = known.wanted();
            let all = answers.answer(&wanted);
            for (question, answer) in wanted.iter().cloned().zip(all) {
                known.learn(question, answer);
            }
            wanted.is_empty().then_some(units)
        });
        let units = units.unwrap();
        assert!(units.iter().any(|found| found == unit), "{name}: {units:?}");
    }
}
