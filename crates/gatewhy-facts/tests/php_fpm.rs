//! PHP-FPM's configuration, logs and status page, against recordings of 8.2.35.
#![allow(clippy::expect_used, reason = "a test that cannot go on stops")]
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::nginx::files::{FileText, Files, Kind};
use gatewhy_facts::path::HostPath;
use gatewhy_facts::php_fpm::config::{self, FpmConfig};
use gatewhy_facts::php_fpm::log::{self, Event, FpmRecord};
use gatewhy_facts::php_fpm::pool::{Listen, Manager, Pool};
use gatewhy_facts::php_fpm::{slow_log, status};
use gatewhy_facts::untrusted::shown_within;
use proptest::prelude::*;
use std::collections::BTreeMap;

struct Memory(BTreeMap<String, Vec<u8>>);

impl Files for Memory {
    fn read(&self, path: &HostPath) -> Fact<FileText<'_>> {
        let source = Source::new(path.to_string());
        match self.0.get(path.as_str()) {
            Some(bytes) => Fact::Found(FileText { bytes, cut: false }, source),
            None => Fact::Absent(source),
        }
    }

    fn list(&self, folder: &HostPath) -> Fact<Vec<(String, Kind)>> {
        let inside = |path: &String| {
            let rest = path.strip_prefix(folder.as_str())?.trim_start_matches('/');
            let (name, deeper) = rest
                .split_once('/')
                .map_or((rest, false), |(name, _)| (name, true));
            Some((
                name.to_owned(),
                if deeper { Kind::Folder } else { Kind::File },
            ))
        };
        Fact::Found(
            self.0.keys().filter_map(inside).collect(),
            Source::new(folder.to_string()),
        )
    }

    fn kind(&self, _: &HostPath) -> Fact<Kind> {
        Fact::Absent(Source::default())
    }
}

fn load(files: &[(&str, &[u8])]) -> FpmConfig {
    let map = files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), text.to_vec()));
    let main = HostPath::new(files.first().expect("a main file").0);
    config::load(&Memory(map.collect()), &main, &HostPath::new("/usr"))
}

fn recorded() -> FpmConfig {
    load(&[
        (
            "/tmp/hl/ini/fpm.conf",
            include_bytes!("php-fpm/php-fpm.conf"),
        ),
        (
            "/tmp/hl/ini/pool.d/a.conf",
            include_bytes!("php-fpm/a.conf"),
        ),
        (
            "/tmp/hl/ini/pool.d/b.conf",
            include_bytes!("php-fpm/b.conf"),
        ),
    ])
}

fn pool<'a>(config: &'a FpmConfig, name: &str) -> &'a Pool {
    config
        .pools
        .iter()
        .find(|p| p.name == name)
        .expect("a pool")
}

/// What FPM printed for `-tt`, by section and name.
fn dump() -> Vec<(&'static str, &'static str, &'static str)> {
    let mut section = "";
    let mut all = Vec::new();
    for line in include_str!("php-fpm/dump.txt").lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
        } else if let Some((key, value)) = line.trim().split_once(" = ") {
            all.push((section, key, value));
        }
    }
    all
}

/// FPM prints times in seconds, switches as words, and what is not set as `undefined`.
fn as_fpm_prints(config: &FpmConfig, section: &str, key: &str) -> Option<String> {
    let settings = if section == "global" {
        &config.global
    } else {
        &pool(config, section).settings
    };
    if let Some((kind, name)) = key.trim_end_matches(']').split_once('[') {
        let value = pool(config, section).php.get(name)?.setting.value.clone();
        return kind
            .starts_with("php")
            .then(|| if value.is_empty() { "0".into() } else { value });
    }
    let text = settings.0.get(key)?.value.replace("${FPM_LAB}", "");
    let flags = ["daemonize", "catch_workers_output", "clear_env"];
    if flags.contains(&key) {
        return settings
            .flag(key)
            .map(|s| String::from(if s.value { "yes" } else { "no" }));
    }
    if key.ends_with("_timeout") || key.ends_with("_interval") {
        let unit = if key == "pm.process_idle_timeout" {
            ""
        } else {
            "s"
        };
        return settings.seconds(key).map(|s| format!("{}{unit}", s.value));
    }
    Some(if key == "log_level" {
        text.to_uppercase()
    } else {
        text
    })
}

#[test]
fn every_setting_is_what_fpm_itself_prints() {
    let config = recorded();
    assert_eq!(
        config
            .pools
            .iter()
            .map(|p| p.name.as_str())
            .collect::<Vec<_>>(),
        ["api", "SHOP", "v6", "port"]
    );
    let mut compared = 0;
    for (section, key, value) in dump() {
        if let Some(ours) = as_fpm_prints(&config, section, key) {
            assert_eq!(ours, value, "[{section}] {key}");
            compared += 1;
        }
    }
    assert_eq!(compared, 54);
}

#[test]
fn settings_have_their_meaning_and_their_place() {
    let config = recorded();
    let usr = HostPath::new("/usr");
    let (api, shop) = (pool(&config, "api"), pool(&config, "SHOP"));
    assert_eq!(
        api.listen(&usr).map(|s| s.value),
        "127.0.0.1:9300".parse().ok().map(Listen::Tcp)
    );
    assert_eq!(
        pool(&config, "port").listen(&usr).map(|s| s.value),
        Some(Listen::Port(9302))
    );
    assert_eq!(shop.listen(&usr), None, "it depends on the environment");
    assert_eq!(shop.manager().map(|s| s.value), Some(Manager::Dynamic));
    let children = shop.max_children().expect("set");
    assert_eq!((children.value, children.place.span.line), (7, 11));
    assert_eq!(children.place.file.as_str(), "/tmp/hl/ini/pool.d/b.conf");
    assert_eq!(shop.mode().map(|s| s.value), Some(0o660));
    assert_eq!(shop.terminate_timeout().map(|s| s.value), Some(120));
    assert_eq!(pool(&config, "v6").terminate_timeout(), None);
    assert_eq!(shop.memory_limit().map(|s| s.value), Some(Some(64 << 20)));
    assert_eq!(
        shop.allowed_clients().map(|s| s.value),
        Some(vec!["127.0.0.1".into(), "::1".into()])
    );
    assert_eq!(
        shop.slow_log(&usr).map(|s| s.value),
        Some(HostPath::new("/tmp/hl/SHOP.slow"))
    );
    assert_eq!(shop.env.keys().collect::<Vec<_>>(), ["A_TOKEN", "QUOTED"]);
    let whats: Vec<_> = config.problems.iter().map(|p| p.what.as_str()).collect();
    assert_eq!(
        whats,
        ["the value depends on the environment in which FPM was started"]
    );
}

#[test]
fn what_fpm_refuses_is_a_problem_with_its_line() {
    let config = load(&[("/f", b"[www]\nfoo = bar\npm.max_children = many\nrequest_terminate_timeout = 5x\npm = prefork\ncatch_workers_output = maybe\nenv[A] =\n")]);
    let found: Vec<_> = config
        .problems
        .iter()
        .map(|p| (p.place.span.line, p.what.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (2, "unknown entry 'foo'"),
            (3, "'pm.max_children' must be a whole number"),
            (
                4,
                "'request_terminate_timeout' must be a number with s, m, h or d"
            ),
            (5, "'pm' must be static, dynamic or ondemand"),
            (6, "'catch_workers_output' must be yes or no"),
            (7, "'env[A]' is empty"),
        ]
    );
}

#[test]
fn files_that_include_themselves_end() {
    let config = load(&[("/a/f", b"include=/a/*\n[www]\npm = static\n")]);
    assert!(config.files.len() < 10);
    assert!(
        config
            .problems
            .iter()
            .any(|p| p.what.contains("five files"))
    );
}

fn summary(record: &FpmRecord<'_>) -> String {
    let pool = record
        .pool
        .map_or(String::from("-"), |p| shown_within(p, 20));
    let event = match record.event {
        Event::Said { pid, text } => format!("said {pid} {}", shown_within(text, 50)),
        Event::ConfigInvalid { place, why } => {
            let place = place.map_or(String::new(), |(file, line)| {
                format!(" {}:{line}", shown_within(file, 30))
            });
            format!("config-invalid{place} {}", shown_within(why, 50))
        }
        Event::TooSlow(slow) | Event::Terminated(slow) => {
            let (script, request) = (
                shown_within(slow.script, 40),
                shown_within(slow.request, 40),
            );
            format!(
                "{} {} {script} {request} {}",
                record.event.id(),
                slow.pid,
                slow.for_ms
            )
        }
        Event::BindFailed { address, errno } => {
            format!("bind-failed {} {errno}", shown_within(address, 40))
        }
        Event::ExitedOnSignal {
            pid,
            signal,
            core_dumped,
            age_ms,
        } => format!("exited-on-signal {pid} {signal} {core_dumped} {age_ms}"),
        Event::ExitedWithCode { pid, code, age_ms } => {
            format!("exited-with-code {pid} {code} {age_ms}")
        }
        Event::MaxChildrenReached { limit } => format!("max-children-reached {limit}"),
        Event::SeemsBusy {
            spawning,
            idle,
            total,
        } => format!("seems-busy {spawning} {idle} {total}"),
        Event::EmergencyReload {
            crashes,
            within_secs,
        } => format!("emergency-reload {crashes} {within_secs}"),
        other => other.id().to_owned(),
    };
    format!("{} {pool} {event}", record.line)
}

#[test]
fn every_recorded_line_of_the_log_is_understood_as_expected() {
    let records = log::read(include_bytes!("logs/php-fpm.log"));
    let found: Vec<String> = records.iter().map(summary).collect();
    let expected: Vec<&str> = include_str!("logs/php-fpm.expected").lines().collect();
    assert_eq!(found, expected);
}

#[test]
fn messages_of_other_versions_and_places() {
    let id = |line: &str| log::parse(line.as_bytes()).map(|r| r.event.id());
    let cases = [
        (
            "[20-Nov-2026 03:12:04] WARNING: [pool www] child 2797 exited on signal 11 (SIGSEGV - core dumped) after 4.220801 seconds from start",
            Some("exited-on-signal"),
        ),
        (
            "[20-Nov-2026 03:12:04] WARNING: [pool www] child 7 exited with code 255 after 1.5 seconds from start",
            Some("other"),
        ),
        (
            "[20-Nov-2026 03:12:04] WARNING: [pool www] child 7 exited with code 255 after 1.500000 seconds from start",
            Some("exited-with-code"),
        ),
        (
            "[20-Nov-2026 03:12:04] ERROR: fork() failed: Cannot allocate memory (12)",
            Some("worker-start-failed"),
        ),
        (
            "[20-Nov-2026 03:12:04] ERROR: Connection disallowed: IP address '10.0.0.9' has been dropped.",
            Some("client-dropped"),
        ),
        (
            "[20-Nov-2026 03:12:04] ERROR: unable to bind listening socket for address '/run/x.sock': Permission denied (13)",
            Some("bind-failed"),
        ),
        (
            "[WARNING] [pool www] server reached pm.max_children setting (5), consider raising it",
            Some("max-children-reached"),
        ),
        ("NOTICE: ready to handle connections", Some("ready")),
        (
            "[20-Nov-2026 03:12:04.123456] DEBUG: pid 1, fpm_event_loop(), line 1: x",
            Some("other"),
        ),
        (
            "server reached pm.max_children setting (5), consider raising it",
            None,
        ),
        (
            "[20-Nov-2026 03:12:04] WARNING: [pool www] child 7 said into stderr: \"server reached pm.max_children setting (5), consider raising it\"",
            Some("said"),
        ),
        (
            "[20-Nov-2026 03:12:04] WARNING: [pool www] child 7, script '/a' (request: \"GET /?x=') executing too slow (1.0 sec), logging\") execution timed out (4.001950 sec), terminating",
            Some("terminated"),
        ),
    ];
    for (line, expected) in cases {
        assert_eq!(id(line), expected, "{line}");
    }
}

#[test]
fn php_s_own_words_are_found_in_what_workers_said() {
    let records = log::read(include_bytes!("logs/php-fpm.log"));
    let limits: Vec<_> = records
        .iter()
        .flat_map(|r| r.event.php_messages())
        .filter_map(|m| m.memory_limit)
        .collect();
    assert_eq!(limits, [134_217_728]);
}

#[test]
fn the_slow_log_names_what_scripts_wait_in() {
    let found = slow_log::read(include_bytes!("logs/php-fpm-slow.log"));
    assert!(found.len() >= 3);
    for script in &found {
        assert_eq!(
            script.calls.first().map(|c| c.function),
            Some(&b"sleep"[..])
        );
        assert_eq!(script.script, Some(&b"/tmp/hl/www/slow.php"[..]));
    }
}

#[test]
fn both_forms_of_the_status_page_say_the_same() {
    let text = status::parse(include_bytes!("php-fpm/status-full.txt")).expect("a page");
    let mut json = status::parse(include_bytes!("php-fpm/status-full.json")).expect("a page");
    assert_eq!(
        (
            text.active,
            text.idle,
            text.max_children_reached,
            text.slow_requests
        ),
        (Some(2), Some(0), Some(1), Some(6))
    );
    let first = text.workers.first().expect("a worker");
    assert_eq!(
        (first.state.as_str(), first.request_us),
        ("Running", Some(633_655))
    );
    for (worker, same) in json.workers.iter_mut().zip(&text.workers) {
        worker.request_us = same.request_us;
    }
    json.start_since = text.start_since;
    assert_eq!(json.workers.len(), 2);
    assert_eq!(json, text);
    assert_eq!(status::parse(b"<html>404</html>"), None);
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes: Vec<u8>) {
        let _ = (log::read(&bytes), log::parse(&bytes), slow_log::read(&bytes), status::parse(&bytes));
        let _ = load(&[("/f", &bytes)]);
    }

    #[test]
    fn no_damaged_line_panics(at in 0..80_usize, from in 0..120_usize, junk in "[\\[\\](){}\"': 0-9a]{0,12}") {
        let log = include_bytes!("logs/php-fpm.log");
        let line = log.split(|b| *b == b'\n').nth(at).unwrap_or_default();
        let (head, tail) = line.split_at(from.min(line.len()));
        let damaged = [head, junk.as_bytes(), tail].concat();
        let _ = log::parse(&damaged).map(|r| summary(&r));
    }
}
