//! `gatewhy logs` as people and programs run it: the README's example, the JSON
//! contract, and what must not be counted.
#![allow(clippy::unwrap_used, reason = "a test")]
use jsonschema::Validator;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const README: &str = include_str!("../../../README.md");
const EXPLAINING: &str = include_str!("../../../docs/design/explaining-lines.md");
const SCHEMA: &str = include_str!("../../../docs/reference/logs.schema.json");

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn gatewhy(inside: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gatewhy"))
        .args(arguments)
        .current_dir(inside)
        .env("NO_COLOR", "1")
        .env("COLUMNS", "80")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn printed(inside: &Path, arguments: &[&str]) -> String {
    String::from_utf8(gatewhy(inside, arguments).stdout).unwrap()
}

fn json(inside: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&printed(inside, arguments)).unwrap()
}

/// Writes files into a folder of this test's own.
fn logs(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(&folder).unwrap();
    for (file, text) in files {
        std::fs::write(folder.join(file), text).unwrap();
    }
    folder
}

fn validator() -> Validator {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

fn refused(text: &str) -> String {
    format!(
        "2026/11/20 {text} [error] 8#8: *97 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.1, server: x, request: \"GET / HTTP/1.1\", upstream: \"http://127.0.0.1:3000/\", host: \"x\"\n"
    )
}

const OOM: &str = "2026-11-20T03:12:01.123456+00:00 web1 kernel: [12345.6] Out of memory: Killed process 4711 (node) total-vm:2097152kB, anon-rss:1048576kB, file-rss:0kB, shmem-rss:0kB, UID:33 pgtables:4096kB oom_score_adj:0\n";

/// What the README shows between two of its marks.
fn shown(begin: &str) -> &'static str {
    let (_, example) = README.split_once(begin).unwrap();
    example.split_once("<!-- end of").unwrap().0
}

#[test]
fn the_readme_shows_what_is_really_printed() {
    let inside = folder("tests/logs/full-pool");
    let report = printed(&inside, &["logs", "."]);
    let real = format!("```text\n$ gatewhy logs .\n{}\n```\n", report.trim_end());
    assert_eq!(
        shown("<!-- logs full-pool -->\n"),
        real,
        "put this into README.md:\n{real}"
    );
}

#[test]
fn the_document_shows_how_a_line_is_really_explained() {
    let (_, example) = EXPLAINING.split_once("```text\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let quoted = example.lines().map_while(|line| line.strip_prefix("│ "));
    let line = quoted.collect::<Vec<_>>().join(" ");
    let real = printed(&folder("tests"), &["explain", &line]);
    assert_eq!(example.trim_end(), real.trim_end());
}

#[test]
fn reports_keep_the_published_contract() {
    let validator = validator();
    let facts = folder("../gatewhy-facts/tests/logs");
    let own = folder("tests/logs/full-pool");
    for (inside, arguments) in [
        (&own, vec!["logs", "--json", "."]),
        (&facts, vec!["logs", "--json", "."]),
        (
            &facts,
            vec!["logs", "--json", "nginx-access.log", "nginx-json.log"],
        ),
        (&facts, vec!["logs", "--json", "--upstream", "nobody", "."]),
        (&facts, vec!["logs", "--json", "README.md", "missing.log"]),
    ] {
        let report = json(inside, &arguments);
        let errors: Vec<String> = validator
            .iter_errors(&report)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert_eq!(errors, [""; 0], "{arguments:?}");
        let mut more = report;
        more["another"] = json!(1);
        assert!(!validator.is_valid(&more));
    }
}

#[test]
fn another_log_tells_the_reason() {
    let report = json(&folder("tests/logs/full-pool"), &["logs", "--json", "."]);
    let told = &report["by_symptom"][0]["told_elsewhere"];
    assert_eq!(told["cause"], "worker-pool-exhausted");
    assert_eq!(told["file"], "./php8.2-fpm.log");
    assert_eq!(
        report["by_symptom"][0]["causes"][0],
        "worker-pool-exhausted"
    );
}

#[test]
fn what_apache_says_in_two_lines_is_counted_once() {
    let inside = folder("tests/logs/apache-refused");
    let report = json(&inside, &["logs", "--json", "error.log"]);
    assert_eq!(report["failures"], 5);
    let upstreams = &report["by_symptom"][0]["upstreams"];
    assert_eq!(
        *upstreams,
        json!([{"upstream": "127.0.0.1:3001", "count": 5}])
    );
}

/// syslog's lines have no year: that of the file is taken.
#[test]
fn a_line_without_a_year_is_joined() {
    let (_, kernel) = OOM.split_once(" web1 ").unwrap();
    let syslog = format!("Nov 20 03:12:01 web1 {kernel}");
    let files = [("error.log", &*refused("03:12:04")), ("syslog", &*syslog)];
    let folder = logs("join-yearless", &files);
    let at: jiff::Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
    let file = std::fs::File::options()
        .append(true)
        .open(folder.join("syslog"));
    file.unwrap().set_modified(at.into()).unwrap();
    let report = json(&folder, &["logs", "--json", "."]);
    let told = &report["by_symptom"][0]["told_elsewhere"];
    assert_eq!(told["cause"], "backend-oom-killed", "{report:#}");
    assert_eq!(told["file"], "./syslog");
}

/// A proxy that was started itself is no reason why its backend fails.
#[test]
fn the_proxys_own_start_is_no_reason() {
    let journal = "2026-11-20T03:12:01Z journal systemd[1]: Starting nginx.service - A high performance web server and a reverse proxy server...\n";
    let files = [
        ("error.log", &*refused("03:12:04")),
        ("journal.log", journal),
    ];
    let folder = logs("join-proxy", &files);
    let report = json(&folder, &["logs", "--json", "."]);
    assert_eq!(report["by_symptom"][0]["told_elsewhere"], Value::Null);
}

#[test]
fn only_what_happened_shortly_before_is_a_reason() {
    let case = |name: &str, failures: &str| {
        let folder = logs(name, &[("error.log", failures), ("kern.log", OOM)]);
        let report = Command::new(env!("CARGO_BIN_EXE_gatewhy"))
            .args(["logs", "--json", "."])
            .current_dir(folder)
            .env("TZ", "UTC")
            .output()
            .unwrap();
        let report: Value = serde_json::from_slice(&report.stdout).unwrap();
        report["by_symptom"][0]["told_elsewhere"]["cause"].clone()
    };
    let begins = |at| refused(at) + &refused("03:40:00");
    assert_eq!(
        case("join-behind", &begins("03:12:04")),
        "backend-oom-killed"
    );
    assert_eq!(case("join-before", &begins("03:10:00")), Value::Null);
    assert_eq!(case("join-late", &begins("03:15:00")), Value::Null);
    assert_eq!(case("join-other-day", &refused("23:59:59")), Value::Null);
}

#[test]
fn a_pattern_stands_for_the_files_that_fit() {
    let line = refused("03:12:04");
    let files = [("a.log", &*line), ("b.log", &line), ("c.txt", &line)];
    let folder = logs("patterns", &files);
    let count = |pattern: &str| json(&folder, &["logs", "--json", pattern])["failures"].clone();
    assert_eq!(count("*.log"), 2);
    assert_eq!(count("[bc].*"), 2);
    assert_eq!(count("../patterns/?.txt"), 1);
    let none = gatewhy(&folder, &["logs", "*.gz"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&none.stderr).contains("no file fits"));
}
