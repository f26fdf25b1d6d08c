//! Real incidents from public threads (`tests/data/incidents.jsonl`, `threads.jsonl`,
//! `public.jsonl`, `issues.jsonl` and `reports.jsonl`, addresses masked): what the lines
//! tell must be told. They are a sample; the rules follow the servers' sources.
use gatewhy::lines::{self, Explained};
use gatewhy_causes::explain::Settings;
use gatewhy_causes::verdict::Confidence;
use serde_json::Value;

const INCIDENTS: [&str; 5] = [
    include_str!("../data/incidents.jsonl"),
    include_str!("../data/threads.jsonl"),
    include_str!("../data/public.jsonl"),
    include_str!("../data/issues.jsonl"),
    include_str!("../data/reports.jsonl"),
];

/// Where the lines do not hold what the thread found: a response's head does not
/// say that the site behind it is a package registry.
const BEYOND_THE_LINES: [&str; 1] = ["inc-214"];

struct Incident {
    id: String,
    log: String,
    config: String,
    accept: Vec<String>,
    determined_by: String,
}

fn incidents() -> Vec<Incident> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list =
        |value: &Value| -> Vec<String> { value.as_array().unwrap().iter().map(text).collect() };
    let lines = INCIDENTS.iter().flat_map(|file| file.lines());
    let all = lines.map(|line| {
        let value: Value = serde_json::from_str(line).unwrap();
        Incident {
            id: text(&value["id"]),
            log: list(&value["log"]).join("\n"),
            config: list(&value["config"]).join("\n"),
            accept: list(&value["accept"]),
            determined_by: text(&value["determined_by"]),
        }
    });
    all.collect()
}

fn explained(text: &str, config: &str) -> Explained {
    let mut settings = Settings::default();
    settings.read(config.as_bytes());
    lines::explain(text.as_bytes(), &settings)
}

/// The ids of the causes, of the only line or of all together.
fn ids(explained: &Explained) -> Vec<&'static str> {
    let of_line = explained.lines.first().map(|line| &line.explanation.causes);
    let causes = explained.incident.as_ref().or(of_line);
    causes
        .map(|all| all.iter().map(|cause| cause.id).collect())
        .unwrap_or_default()
}

#[test]
fn what_the_lines_tell_is_told() {
    let mut first = 0;
    let mut named = 0;
    let mut asked = 0;
    let mut missed = Vec::new();
    for incident in incidents()
        .iter()
        .filter(|incident| !incident.accept.is_empty())
    {
        let found = ids(&explained(&incident.log, &incident.config));
        let accepted = |id: &&&str| incident.accept.iter().any(|accept| accept == **id);
        let is_named = found.iter().any(|id| accepted(&id));
        asked += 1;
        named += usize::from(is_named);
        first += usize::from(found.first().is_some_and(|id| accepted(&id)));
        let tellable = incident.determined_by != "context"
            && !BEYOND_THE_LINES.contains(&incident.id.as_str());
        if tellable && !is_named {
            missed.push(format!(
                "{}: {found:?}, not {:?}",
                incident.id, incident.accept
            ));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
    assert!(named * 100 >= asked * 97, "{named} of {asked} named");
    assert!(first * 100 >= asked * 85, "{first} of {asked} first");
}

#[test]
fn what_is_no_failure_of_a_gateway_is_called_so() {
    let negatives = incidents()
        .into_iter()
        .filter(|incident| incident.accept.is_empty() && incident.determined_by == "log");
    for incident in negatives {
        let explained = explained(&incident.log, &incident.config);
        // A line that only continues another has no meaning of its own.
        for line in explained.lines.iter().filter(|line| !line.continues) {
            assert!(!line.explanation.gateway_failure, "{}", incident.id);
            assert!(
                line.explanation.instead.is_some() || line.server.is_none(),
                "{} says nothing else",
                incident.id
            );
        }
    }
}

/// Nothing that an incident's line says is certain unless the thread found it.
#[test]
fn certainty_is_never_wrong() {
    for incident in incidents()
        .iter()
        .filter(|incident| !incident.accept.is_empty() && incident.determined_by == "log")
    {
        let explained = explained(&incident.log, "");
        let causes = explained
            .incident
            .or_else(|| Some(explained.lines.first()?.explanation.causes.clone()));
        let certain: Vec<_> = causes
            .unwrap_or_default()
            .into_iter()
            .filter(|c| c.confidence == Confidence::Certain)
            .collect();
        let confirmed = certain
            .iter()
            .any(|cause| incident.accept.iter().any(|accept| accept == cause.id));
        assert!(
            certain.is_empty() || confirmed,
            "{}: {certain:?}",
            incident.id
        );
    }
}

fn first(text: &str) -> (&'static str, Confidence) {
    let explained = explained(text, "");
    let causes = explained.incident.unwrap();
    let cause = causes.first().unwrap();
    (cause.id, cause.confidence)
}

const PREMATURE: &str = "2026/11/20 03:12:04 [error] 812#812: *5 upstream prematurely closed connection while reading response header from upstream, client: 203.0.113.9, server: shop.test, request: \"GET / HTTP/1.1\", upstream: \"http://127.0.0.1:8000/\", host: \"shop.test\"\n";
const TIMED_OUT: &str = "2026/11/20 03:12:04 [error] 812#812: *5 upstream timed out (110: Connection timed out) while reading response header from upstream, client: 203.0.113.9, server: shop.test, request: \"GET / HTTP/1.1\", upstream: \"fastcgi://unix:/run/a.sock:\", host: \"shop.test\"\n";
const SIGKILL: &str = "[2026-11-20 03:12:04 +0000] [900] [ERROR] Worker (pid:901) was sent SIGKILL! Perhaps out of memory?\n";

#[test]
fn signal_9_after_a_timeout_is_the_supervisor_s_own() {
    let timeout = "[2026-11-20 03:12:03 +0000] [900] [CRITICAL] WORKER TIMEOUT (pid:901)\n";
    let text = format!("{timeout}{SIGKILL}{PREMATURE}");
    assert_eq!(
        first(&text),
        ("backend-worker-timeout", Confidence::Certain)
    );
    let together = explained(&text, "");
    let found = ids(&together);
    assert!(!found.contains(&"backend-oom-killed"), "{found:?}");
    assert!(
        !found.contains(&"keepalive-race"),
        "settled, and still doubtful: {found:?}"
    );
}

#[test]
fn signal_9_of_the_process_that_the_kernel_names_is_want_of_memory() {
    let oom = "Nov 20 03:12:04 web1 kernel: Out of memory: Killed process 901 (gunicorn) total-vm:1kB, anon-rss:1kB, file-rss:0kB\n";
    assert_eq!(
        first(&format!("{PREMATURE}{oom}{SIGKILL}")),
        ("backend-oom-killed", Confidence::Certain)
    );
}

#[test]
fn busy_workers_are_the_reason_for_late_answers_and_full_queues() {
    let full = "[20-Nov-2026 03:12:03] WARNING: [pool www] server reached pm.max_children setting (5), consider raising it\n";
    assert_eq!(
        first(&format!("{TIMED_OUT}{full}")),
        ("worker-pool-exhausted", Confidence::Certain)
    );
}

#[test]
fn no_live_upstreams_is_a_consequence_of_what_came_before() {
    let none = "2026/11/20 03:12:05 [error] 812#812: *6 no live upstreams while connecting to upstream, client: 203.0.113.9, server: shop.test, request: \"GET / HTTP/1.1\", upstream: \"http://app/\", host: \"shop.test\"\n";
    let refused = "2026/11/20 03:12:04 [error] 812#812: *5 connect() failed (111: Connection refused) while connecting to upstream, client: 203.0.113.9, server: shop.test, request: \"GET / HTTP/1.1\", upstream: \"http://127.0.0.1:3000/\", host: \"shop.test\"\n";
    let together = explained(&format!("{refused}{none}"), "");
    let found = ids(&together);
    assert_eq!(found.first(), Some(&"backend-stopped"));
    assert_eq!(found.last(), Some(&"no-live-upstream"));
}

#[test]
fn a_service_that_systemd_gave_up_is_a_crash_loop_with_its_own_reason_first() {
    let text = "Nov 20 03:12:01 web1 node[901]: Error: listen EADDRINUSE: address already in use 127.0.0.1:3000\n\
        Nov 20 03:12:01 web1 systemd[1]: shop.service: Main process exited, code=exited, status=1/FAILURE\n\
        Nov 20 03:12:01 web1 systemd[1]: shop.service: Start request repeated too quickly.\n";
    let together = explained(text, "");
    let found = ids(&together);
    assert_eq!(
        found.get(..2),
        Some(&["backend-start-failed", "backend-crash-looping"][..])
    );
}

#[test]
fn configuration_settles_what_a_line_leaves_open() {
    let refused = "2026/11/20 03:12:04 [error] 812#812: *5 connect() failed (111: Connection refused) while connecting to upstream, client: 203.0.113.9, server: shop.test, request: \"GET / HTTP/1.1\", upstream: \"http://127.0.0.1:3000/\", host: \"shop.test\"";
    let cause = |config: &str| {
        let explained = explained(refused, config);
        let first = explained
            .lines
            .first()
            .unwrap()
            .explanation
            .causes
            .first()
            .unwrap();
        (first.id, first.confidence)
    };
    assert_eq!(cause(""), ("backend-stopped", Confidence::Likely));
    assert_eq!(
        cause("ExecStart=/usr/bin/gunicorn --bind 127.0.0.1:8000 app"),
        ("wrong-port", Confidence::Certain)
    );
    assert_eq!(
        cause("listen = 10.0.0.9:3000"),
        ("wrong-bind-address", Confidence::Certain)
    );
    assert_eq!(
        cause("listen = /run/shop.sock"),
        ("wrong-socket-path", Confidence::Certain)
    );
    assert_eq!(
        cause("listen = 127.0.0.1:3000"),
        ("backend-stopped", Confidence::Likely)
    );
}

#[test]
fn json_keeps_its_contract() {
    let explained = explained(PREMATURE, "");
    let Value::Array(lines) = lines::array(&explained.lines) else {
        panic!("no array")
    };
    let line = lines.first().unwrap().as_object().unwrap();
    let names: Vec<_> = line.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "line",
            "server",
            "symptom",
            "error_type",
            "gateway_failure",
            "causes",
            "next"
        ]
    );
    assert_eq!(line["server"], "nginx");
    assert_eq!(line["symptom"], "closed-before-response");
    assert_eq!(line["error_type"], "connection_terminated");
    assert_eq!(line["gateway_failure"], true);
    let cause = line["causes"][0].as_object().unwrap();
    assert_eq!(
        cause.keys().map(String::as_str).collect::<Vec<_>>(),
        ["id", "confidence", "why"]
    );
    assert!(
        line["next"]
            .as_array()
            .unwrap()
            .iter()
            .all(Value::is_string)
    );
    let both = lines::document(&explained.lines, &[]);
    assert_eq!(
        both.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["lines", "incident"]
    );
    assert!(both["incident"]["causes"].is_array());
}

/// What a line says never becomes a command, nor a control byte on the terminal.
#[test]
fn lines_cannot_write_commands_or_control_bytes() {
    let text = "2026/11/20 03:12:04 [crit] 812#812: *5 connect() to unix:/tmp/a';rm -rf x;' failed (2: No such file or directory) while connecting to upstream, client: \x1b]0;x\x07, server: s, request: \"GET / HTTP/1.1\", upstream: \"http://unix:/tmp/a';rm -rf x;':/\", host: \"x\"";
    let explained = explained(text, "");
    let json = lines::array(&explained.lines).to_string();
    let next = &lines::array(&explained.lines)[0]["next"];
    assert!(!next.to_string().contains("rm -rf"), "{next}");
    let page = lines::page(&explained.lines, None, 80);
    let plain = anstream::adapter::strip_str(&page).to_string();
    assert!(!plain.replace('\n', "").contains(char::is_control));
    assert!(!json.contains('\x1b'));
}
