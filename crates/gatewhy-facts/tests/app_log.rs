//! Output of backends, recorded from Node.js 20, gunicorn 20.1, Python 3.11,
//! `OpenJDK` 17 and Rust, and lines of other versions.
use gatewhy_facts::app_log::{AppEvent, Kind, Output, lines_of, read};
use gatewhy_facts::untrusted::shown_within;
use proptest::prelude::*;

fn events(text: &[u8]) -> Vec<AppEvent<'_>> {
    read(lines_of(text))
}

fn summary(event: &AppEvent<'_>) -> String {
    let mut parts = vec![event.line.to_string(), event.kind.id().to_owned()];
    parts.extend(event.pid.map(|pid| format!("pid={pid}")));
    parts.extend(event.number.map(|n| format!("n={n}")));
    parts.extend(event.address.map(|a| format!("address={a}")));
    parts.extend(
        event
            .file_line
            .map(|(file, line)| format!("at={}:{line}", shown_within(file, 40))),
    );
    parts.extend(event.fatal.then(|| String::from("fatal")));
    parts.extend((!event.exact).then(|| String::from("hint")));
    parts.extend(event.subject.map(|s| format!("({})", shown_within(s, 40))));
    parts.join(" ")
}

fn compare(log: &[u8], expected: &str) {
    let found: Vec<String> = events(log).iter().map(summary).collect();
    assert_eq!(found, expected.lines().collect::<Vec<_>>());
}

#[test]
fn node_s_output_is_understood_as_expected() {
    compare(
        include_bytes!("app/node.log"),
        include_str!("app/node.expected"),
    );
}

#[test]
fn gunicorn_s_output_is_understood_as_expected() {
    compare(
        include_bytes!("app/gunicorn.log"),
        include_str!("app/gunicorn.expected"),
    );
}

#[test]
fn python_s_output_is_understood_as_expected() {
    compare(
        include_bytes!("app/python.log"),
        include_str!("app/python.expected"),
    );
}

#[test]
fn java_s_output_is_understood_as_expected() {
    compare(
        include_bytes!("app/java.log"),
        include_str!("app/java.expected"),
    );
}

#[test]
fn rust_s_output_is_understood_as_expected() {
    compare(
        include_bytes!("app/rust.log"),
        include_str!("app/rust.expected"),
    );
}

/// From the programs' sources, their documentation and public reports.
const OTHER_LINES: &[(&str, &str)] = &[
    (
        "[2020-09-12 05:37:52 +0000] [18] [ERROR] Worker (pid:21) was sent SIGKILL! Perhaps out of memory?",
        "1 worker-killed pid=21 n=9 (SIGKILL)",
    ),
    (
        "[2024-01-02 05:37:52 +0200] [18] [ERROR] Worker (pid:21) was sent code 134!",
        "1 worker-killed pid=21 (code 134)",
    ),
    (
        "[2024-01-02 05:37:52 +0200] [18] [ERROR] Worker (pid:21) exited with code 3.",
        "1 worker-exited pid=21 n=3",
    ),
    (
        "[2024-01-02 05:37:52 +0200] [18] [WARNING] Invalid request from ip=10.0.0.1: Invalid HTTP Version: 'HTTP/9.x'",
        "1 request-invalid pid=18",
    ),
    (
        "FATAL ERROR: Ineffective mark-compacts near heap limit Allocation failed - JavaScript heap out of memory",
        "1 heap-exhausted fatal",
    ),
    (
        "FATAL ERROR: CALL_AND_RETRY_LAST Allocation failed - JavaScript heap out of memory",
        "1 heap-exhausted fatal",
    ),
    ("FATAL ERROR: v8::FromJustMaybe", ""),
    (
        "Error: listen EADDRINUSE :::3000",
        "1 address-in-use address=:::3000 (listen EADDRINUSE :::3000)",
    ),
    (
        "0|shop  | Error: connect ECONNREFUSED 10.0.0.5:6379",
        "1 dependency-refused address=10.0.0.5:6379 (connect ECONNREFUSED 10.0.0.5:6379)",
    ),
    (
        "Error: getaddrinfo ENOTFOUND db.internal",
        "1 dependency-name-unknown (db.internal)",
    ),
    (
        "Fri Nov 20 03:12:04 2026 - *** uWSGI listen queue of socket \"/run/a.sock\" (fd: 3) full !!! (101/100) ***",
        "1 listen-queue-full n=101",
    ),
    (
        "Fri Nov 20 03:12:04 2026 - *** HARAKIRI ON WORKER 2 (pid: 4711, try: 1) ***",
        "1 worker-timeout pid=4711",
    ),
    (
        "DAMN ! worker 2 (pid: 4711) died, killed by signal 9 :( trying respawn ...",
        "1 worker-killed pid=4711 n=9",
    ),
    (
        "DAMN ! worker 1 (pid: 4711) died :( trying respawn ...",
        "1 crashed pid=4711",
    ),
    (
        "invalid request block size: 21573 (max 4096)...skip",
        "1 block-too-large n=21573",
    ),
    (
        "unable to load app 0 (mountpoint='') (callable not found or import error)",
        "1 boot-failed (unable to load app 0 (mountpoint='') (c…)",
    ),
    (
        "Web server failed to start. Port 8080 was already in use.",
        "1 address-in-use address=*:8080 fatal",
    ),
    (
        "Terminating due to java.lang.OutOfMemoryError: Java heap space",
        "1 heap-exhausted (Java heap space)",
    ),
    (
        "2026/11/20 03:12:04 listen tcp 127.0.0.1:8080: bind: address already in use",
        "1 address-in-use address=127.0.0.1:8080 hint (2026/11/20 03:12:04 listen tcp 127.0.0.…)",
    ),
    (
        "2026/11/20 03:12:04 listen tcp :80: bind: permission denied",
        "1 address-denied address=*:80 hint (2026/11/20 03:12:04 listen tcp :80: bin…)",
    ),
    (
        "Address already in use - bind(2) for \"127.0.0.1\" port 3000 (Errno::EADDRINUSE)",
        "1 address-in-use address=127.0.0.1:3000 hint (Address already in use - bind(2) for \"1…)",
    ),
    (
        "dial tcp 127.0.0.1:5432: connect: connection refused",
        "1 dependency-refused address=127.0.0.1:5432 hint (dial tcp 127.0.0.1:5432: connect: conne…)",
    ),
    (
        "psycopg2.OperationalError: FATAL:  sorry, too many clients already",
        "1 database-too-many-connections hint (psycopg2.OperationalError: FATAL:  sorr…)",
    ),
    (
        "ERROR 1040 (HY000): Too many connections",
        "1 database-too-many-connections hint (ERROR 1040 (HY000): Too many connections)",
    ),
    (
        "SQLSTATE[HY000] [2002] Connection refused",
        "1 dependency-refused hint (SQLSTATE[HY000] [2002] Connection refus…)",
    ),
    (
        "INFO:     Uvicorn running on http://127.0.0.1:8000 (Press CTRL+C to quit)",
        "1 listening address=127.0.0.1:8000",
    ),
    (
        "Example app listening on port 3000!",
        "1 listening address=*:3000 hint (Example app listening on port 3000!)",
    ),
    (
        "panic: runtime error: index out of range [1]",
        "1 exception fatal (runtime error: index out of range [1])",
    ),
    (
        "10.0.0.1 - - \"GET /?q=address already in use HTTP/1.1\" 200",
        "",
    ),
    (
        "GET /?e=Error: listen EADDRINUSE: address already in use 127.0.0.1:80 HTTP/1.1",
        "",
    ),
    ("all is well", ""),
];

#[test]
fn lines_of_other_programs_and_versions() {
    for (line, expected) in OTHER_LINES {
        let found: Vec<String> = events(line.as_bytes()).iter().map(summary).collect();
        assert_eq!(found.join("|"), *expected, "{line}");
    }
}

#[test]
fn a_traceback_of_a_request_is_not_fatal_and_one_at_the_start_is() {
    let of = |text: &[u8], kind| {
        events(text)
            .iter()
            .filter(|e| e.kind == kind)
            .map(|e| e.fatal)
            .collect::<Vec<_>>()
    };
    let log = include_bytes!("app/gunicorn.log");
    assert_eq!(of(log, Kind::ModuleMissing), [true]);
    let exceptions = events(log);
    let request = exceptions
        .iter()
        .find(|e| e.text == b"ValueError: no such user");
    assert_eq!(
        request.map(|e| (e.fatal, e.file_line)),
        Some((false, Some((&b"/tmp/hl/app/ok.py"[..], 5))))
    );
}

#[test]
fn workers_that_write_at_the_same_time_are_told_apart() {
    let lines: [(u32, &[u8]); 6] = [
        (1, b"Traceback (most recent call last):"),
        (
            2,
            b"Error: listen EADDRINUSE: address already in use 127.0.0.1:80",
        ),
        (1, b"  File \"/srv/a.py\", line 3, in f"),
        (2, b"    at start (/srv/b.js:7:1)"),
        (1, b"KeyError: 'x'"),
        (2, b"Node.js v20.20.2"),
    ];
    let output = lines.iter().map(|(pid, text)| Output {
        text,
        at: None,
        pid: Some(*pid),
    });
    let found: Vec<_> = read(output)
        .iter()
        .map(|e| (e.pid, e.kind, e.file_line.map(|(_, line)| line)))
        .collect();
    assert_eq!(
        found,
        [
            (Some(2), Kind::AddressInUse, Some(7)),
            (Some(1), Kind::Exception, Some(3)),
        ]
    );
}

proptest! {
    #[test]
    fn no_bytes_panic(text: Vec<u8>) {
        let _ = events(&text);
    }

    #[test]
    fn pieces_of_real_output_in_any_order_never_panic_and_stay_in_the_text(
        picks in proptest::collection::vec((0..3_usize, 0..200_usize, 0..60_usize), 0..20),
    ) {
        let logs: [&[u8]; 3] = [include_bytes!("app/node.log"), include_bytes!("app/gunicorn.log"), include_bytes!("app/java.log")];
        let mut text = Vec::new();
        for (log, line, cut) in picks {
            let line = logs[log].split(|b| *b == b'\n').nth(line).unwrap_or_default();
            text.extend_from_slice(&line[cut.min(line.len())..]);
            text.push(b'\n');
        }
        for event in events(&text) {
            prop_assert!(text.as_ptr_range().contains(&event.text.as_ptr()));
            prop_assert!(usize::try_from(event.line).is_ok_and(|line| line <= text.split(|b| *b == b'\n').count()));
        }
    }
}
