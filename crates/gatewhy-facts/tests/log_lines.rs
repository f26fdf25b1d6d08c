//! Every message that the servers' sources and live runs are known to write is
//! recognised, and nothing that a visitor writes is.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
use gatewhy_facts::log_line::{FORMATS, Server, join, recognise};
use gatewhy_facts::symptom::Symptom;
use std::fs;
use std::sync::LazyLock;

/// The rows of `signatures`: `SERVER SYMPTOM LINE`.
static SIGNATURES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/signatures");
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut rows: Vec<String> = files
        .flat_map(|path| {
            fs::read_to_string(path)
                .unwrap()
                .lines()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect();
    rows.sort();
    rows
});

/// Server, symptom and line of every row.
fn rows() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    SIGNATURES.iter().map(|row| {
        let (server, rest) = row.split_once(' ').unwrap();
        let (symptom, line) = rest.split_once(' ').unwrap();
        (server, symptom, line)
    })
}

#[test]
fn every_signature_is_recognised() {
    let mut wrong = Vec::new();
    assert!(SIGNATURES.len() > 250, "{} rows", SIGNATURES.len());
    for (server, symptom, line) in rows() {
        let record = recognise(line.as_bytes());
        let got = record.map(|record| {
            let symptom = record.symptom.map_or("none", Symptom::id);
            (record.server.id(), symptom)
        });
        if got != Some((server, symptom)) {
            wrong.push(format!("{server} {symptom}, got {got:?}: {line}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What recorded logs say through their own reader, the common recogniser says too.
#[test]
fn recorded_logs_read_the_same_line_by_line() {
    let log = include_bytes!("logs/nginx-error.log");
    let all = gatewhy_facts::nginx::error_log::read(log);
    assert!(all.records.len() > 20);
    for record in &all.records {
        let told = recognise(record.raw).unwrap();
        assert_eq!(told.server, Server::Nginx);
        if record.symptom.is_some() {
            assert_eq!(told.symptom, record.symptom, "{:?}", record.raw);
        }
    }
    let log = include_bytes!("logs/php-fpm.log");
    for record in gatewhy_facts::php_fpm::log::read(log) {
        let line = gatewhy_facts::scan::lines(log)
            .nth(record.line as usize - 1)
            .unwrap();
        assert_eq!(
            recognise(line.bytes).map(|told| told.server),
            Some(Server::PhpFpm)
        );
    }
}

/// Messages that a visitor or an application puts into a line tell nothing.
#[test]
fn words_at_the_wrong_place_tell_nothing() {
    let forged = [
        r#"203.0.113.9 - - [20/Nov/2026:03:12:04 +0000] "GET /?q=connect()+failed HTTP/1.1" 200 5 "-" "connect() failed (111: Connection refused) while connecting to upstream""#,
        r#"203.0.113.9 - - [20/Nov/2026:03:12:04 +0000] "GET /" 200 5 "-" "AH00957: HTTP: attempt to connect to 127.0.0.1:80 (x) failed""#,
        r#"Nov 20 03:12:04 web1 haproxy[812]: 203.0.113.9:5000 [20/Nov/2026:03:12:01.001] web app/a1 0/0/0/1/2 200 208 - - ---- 1/1/0/0/0 0/0 "GET /SC--?sH-- HTTP/1.1""#,
        "Nov 20 03:12:04 web1 shop[812]: Out of memory: Killed process 1 (nginx) total-vm:1kB, anon-rss:1kB, file-rss:1kB",
        "Nov 20 03:12:04 web1 shop[812]: x.service: Main process exited, code=killed, status=9/KILL",
        r#"{"DownstreamStatus":200,"OriginStatus":200,"RequestPath":"/502 Bad Gateway caused by: dial tcp 1.2.3.4:80: connect: connection refused"}"#,
        r#"[2026-11-20T03:12:04.123Z] "GET /UF HTTP/1.1" 200 - 0 91 1 - "-" "no healthy upstream" "id" "shop.test" "127.0.0.1:3000""#,
    ];
    for line in forged {
        let pasted = join(line.as_bytes());
        for one in &pasted {
            let symptom = one.record().and_then(|record| record.symptom);
            assert_eq!(symptom, None, "{line}");
        }
    }
}

#[test]
fn wrapped_lines_are_one_again() {
    let text = b"2021/05/29 19:08:16 [error] 22#22: *1 upstream timed out (110: Connection timed out) while reading response\n\
        header from upstream, client: 192.168.160.1, server: x, request: \"GET / HTTP/1.1\", upstream:\n\
        \"http://192.168.160.2:9000/\", host: \"127.0.0.1\"\n\
        2021/05/29 19:08:17 [error] 22#22: *2 no live upstreams while connecting to upstream, client: 192.168.160.1\n";
    let pasted = join(text);
    assert_eq!(
        pasted.iter().map(|one| one.lines.len()).collect::<Vec<_>>(),
        [3, 1]
    );
    let record = pasted[0].record().unwrap();
    assert_eq!(record.symptom, Some(Symptom::ResponseTimeout));
    assert_eq!(record.port(), Some(9000));
}

/// A terminal of 80 columns tears words; nothing is put together that says nothing.
#[test]
fn torn_words_are_whole_again() {
    let text = b"PM2        | Script /srv/shop/lib/server had too many uns\ntable restarts (16). Stopped. \"errored\"\n";
    let pasted = join(text);
    assert_eq!(pasted.len(), 1);
    let told = pasted[0].record().and_then(|record| record.symptom);
    assert_eq!(told, Some(Symptom::BackendRestartLoop));
    assert_eq!(join(b"PM2        | this is\nable to run\n").len(), 2);
}

/// A runner of several programs puts the same name before each line of one.
#[test]
fn an_error_in_the_next_line_is_found_behind_a_name() {
    let text = b"[GUI] 4:43:19 PM [vite] http proxy error: /v1/flags\n[GUI] Error: connect ECONNREFUSED ::1:3000\n";
    let pasted = join(text);
    assert_eq!(pasted.len(), 1);
    let record = pasted[0].record().unwrap();
    assert_eq!(record.symptom, Some(Symptom::ConnectRefused));
    assert_eq!(record.port(), Some(3000));
    let others = b"[GUI] 4:43:19 PM [vite] http proxy error: /v1/flags\n[API] Error: connect ECONNREFUSED ::1:3000\n";
    assert_eq!(join(others).len(), 2);
}

#[test]
fn containers_and_the_journal_keep_lines_in_json() {
    let docker = br#"{"log":"2026/11/20 03:12:04 [error] 30#30: *1 no live upstreams while connecting to upstream, client: 203.0.113.9, server: x, request: \"GET / HTTP/1.1\", upstream: \"http://app/\", host: \"x\"\n","stream":"stderr","time":"2026-11-20T03:12:04.1Z"}"#;
    let journal = br#"{"__REALTIME_TIMESTAMP":"1795144324000000","_PID":"1","SYSLOG_IDENTIFIER":"systemd","MESSAGE":"Failed to start shop.service - The shop."}"#;
    let of = |line: &[u8]| join(line)[0].record().and_then(|record| record.symptom);
    assert_eq!(of(docker), Some(Symptom::NoLiveUpstreams));
    assert_eq!(of(journal), Some(Symptom::UnitStartFailed));
}

#[test]
fn numbers_that_are_letters_are_found_in_any_line() {
    let thrift = b"TTransportException: Frame size (1213486160) larger than max length (16384000)!";
    let record = join(thrift)[0]
        .record()
        .map(|record| (record.symptom, record.number));
    assert_eq!(
        record,
        Some((Some(Symptom::ForeignProtocol), Some(1_213_486_160)))
    );
}

#[test]
fn formats_have_names_of_their_own() {
    let names: std::collections::BTreeSet<_> = FORMATS.iter().map(|format| format.id).collect();
    assert_eq!(names.len(), FORMATS.len());
}

proptest::proptest! {
    #[test]
    fn no_input_panics(bytes: Vec<u8>) {
        for one in join(&bytes) {
            let _ = one.record();
        }
        for format in FORMATS {
            let _ = (format.read)(&bytes);
        }
    }

    /// Lines that are nearly right are the ones that reach deep.
    #[test]
    fn damaged_lines_do_not_panic(row in 0..300_usize, from in 0..400_usize, len in 0..40_usize, put in proptest::collection::vec(proptest::num::u8::ANY, 0..6)) {
        let line = rows().nth(row).map_or("", |(_, _, line)| line).as_bytes();
        let mut damaged = line.to_vec();
        let start = from.min(damaged.len());
        let end = (start + len).min(damaged.len());
        damaged.splice(start..end, put);
        for one in join(&damaged) {
            let _ = one.record();
        }
        for format in FORMATS {
            let _ = (format.read)(&damaged);
        }
    }
}

/// Version 1 of Traefik puts the whole address before the error, with the visitor's part.
#[test]
fn an_address_that_reads_like_an_error_decides_nothing() {
    let line = br#"time="2026-11-20T03:12:04Z" level=error msg="Error forwarding to http://10.0.0.4:80/?a=, err: dial tcp 10.0.0.9:80: i/o timeout, err: dial tcp 10.0.0.4:80: getsockopt: connection refused""#;
    let record = recognise(line).unwrap();
    assert_eq!(record.symptom, Some(Symptom::ConnectRefused));
    assert_eq!(record.port(), Some(80));
    assert_eq!(
        record.peer,
        Some(gatewhy_facts::nginx::error_log::Peer::parse(b"10.0.0.4:80"))
    );
}
