//! The error log's reader against a recording of nginx 1.22.1.
//!
//! `nginx-error.log` was written by nginx in front of backends that refuse, hang,
//! reset, speak other protocols and so on. `nginx-error.expected` has a line for
//! every record, checked by hand: line, symptom, peer, number, text.
#![allow(clippy::expect_used, reason = "a test that cannot go on stops")]
use gatewhy_facts::nginx::access_log;
use gatewhy_facts::nginx::error_log::{self, Effect, ErrorRecord};
use gatewhy_facts::nginx::log_format::LogFormat;
use gatewhy_facts::symptom::{About, Symptom};
use gatewhy_facts::untrusted::shown_within;
use proptest::prelude::*;

const LOG: &[u8] = include_bytes!("logs/nginx-error.log");
const EXPECTED: &str = include_str!("logs/nginx-error.expected");

fn summary(record: &ErrorRecord<'_>) -> String {
    let peer = record
        .context
        .upstream
        .map_or(String::from("-"), |u| u.peer.to_string());
    let number = record.number.map_or(String::from("-"), |n| n.to_string());
    let text = record
        .text
        .map_or(String::from("-"), |t| shown_within(t, 40));
    let symptom = record.symptom.map_or("-", Symptom::id);
    let mut flags = String::new();
    if record.cut {
        flags.push_str(" cut");
    }
    if record.context.ambiguous {
        flags.push_str(" ambiguous");
    }
    let place = record
        .place
        .map(|(file, line)| format!(" at {}:{line}", shown_within(file, 40)));
    flags.push_str(place.as_deref().unwrap_or_default());
    format!("{} {symptom} {peer} {number} {text}{flags}", record.line)
}

#[test]
fn process_and_connection_are_read() {
    let line = b"2026/11/22 13:24:55 [error] 220#221: *13 no live upstreams, client: 127.0.0.1";
    let record = error_log::read(line).records.pop().expect("a record");
    let ids = (record.pid, record.tid, record.connection);
    assert_eq!(ids, (Some(220), Some(221), Some(13)));
    let own = b"2026/11/22 13:24:55 [notice] 220#221: signal 1 (SIGHUP) received";
    let record = error_log::read(own).records.pop().expect("a record");
    assert_eq!((record.pid, record.connection), (Some(220), None));
}

#[test]
fn every_recorded_line_is_understood_as_expected() {
    let log = error_log::read(LOG);
    assert_eq!(log.skipped, 0);
    let found: Vec<String> = log.records.iter().map(summary).collect();
    let expected: Vec<&str> = EXPECTED.lines().collect();
    assert_eq!(found, expected);
}

fn symptom_of(line: &str) -> &'static str {
    let record = error_log::parse(line.as_bytes());
    record.and_then(|r| r.symptom).map_or("-", Symptom::id)
}

/// Messages that are hard to bring about on one machine, or that only newer or
/// older versions write; from nginx's format strings and from public reports.
const OTHER_MESSAGES: &[(&str, &str)] = &[
    (
        "connect() failed (113: No route to host) while connecting to upstream",
        "host-unreachable",
    ),
    (
        "connect() to 10.0.0.2:80 failed (101: Network is unreachable) while connecting to upstream",
        "network-unreachable",
    ),
    (
        "connect() failed (110: Connection timed out) while connecting to upstream",
        "connect-timeout-kernel",
    ),
    (
        "connect() to 10.0.0.2:80 failed (99: Cannot assign requested address) while connecting to upstream",
        "no-local-address",
    ),
    (
        "connect() to 10.0.0.2:80 failed (13: Permission denied) while connecting to upstream",
        "connect-denied",
    ),
    (
        "connect() failed (104: Connection reset by peer) while connecting to upstream",
        "connect-reset",
    ),
    (
        "connect() failed (22: Invalid argument) while connecting to upstream",
        "connect-failed",
    ),
    (
        "socket() failed (24: Too many open files) while connecting to upstream",
        "out-of-files",
    ),
    (
        "writev() failed (32: Broken pipe) while sending request to upstream",
        "reset-while-sending",
    ),
    (
        "sendfile() failed (104: Connection reset by peer) while sending request to upstream",
        "reset-while-sending",
    ),
    (
        "recv() failed (110: Connection timed out) while reading response header from upstream",
        "upstream-io-failed",
    ),
    (
        "upstream sent duplicate header line: \"Content-Length: 2\", previous value: \"Content-Length: 2\" while reading response header from upstream",
        "header-duplicate",
    ),
    (
        "upstream sent duplicate header line: \"Date: a\", previous value: \"Date: b\", ignored while reading response header from upstream",
        "header-duplicate-ignored",
    ),
    (
        "upstream sent \"Content-Length\" and \"Transfer-Encoding\" headers at the same time while reading response header from upstream",
        "length-conflict",
    ),
    (
        "upstream sent unknown \"Transfer-Encoding\": \"zip\" while reading response header from upstream",
        "transfer-encoding-unknown",
    ),
    (
        "upstream sent HTTP/1.0 response with early hints while reading response header from upstream",
        "early-hints-invalid",
    ),
    (
        "upstream prematurely sent response while SSL handshaking to upstream",
        "response-before-request",
    ),
    (
        "upstream prematurely closed FastCGI stdout while reading response header from upstream",
        "fastcgi-closed",
    ),
    (
        "upstream violated stream flow control, received 9 data frame with window 1 while reading upstream",
        "http2-invalid",
    ),
    (
        "SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number) while SSL handshaking to upstream",
        "tls-not-spoken",
    ),
    (
        "SSL_do_handshake() failed (SSL: error:1408F10B:SSL routines:ssl3_get_record:wrong version number) while SSL handshaking to upstream",
        "tls-not-spoken",
    ),
    (
        "SSL_do_handshake() failed (SSL: error:100000f7:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER) while SSL handshaking to upstream",
        "tls-not-spoken",
    ),
    (
        "SSL_do_handshake() failed (SSL: error:0A000410:SSL routines::ssl/tls alert handshake failure:SSL alert number 40) while SSL handshaking to upstream",
        "tls-alert-handshake-failure",
    ),
    (
        "SSL_do_handshake() failed (SSL: error:0A000086:SSL routines::certificate verify failed) while SSL handshaking to upstream",
        "tls-verify-failed",
    ),
    (
        "SSL_do_handshake() failed (SSL: error:0A000102:SSL routines::unsupported protocol) while SSL handshaking to upstream",
        "tls-version-mismatch",
    ),
    (
        "SSL_read() failed (SSL: error:0A00045C:SSL routines::tlsv13 alert certificate required:SSL alert number 116) while reading response header from upstream",
        "tls-alert-certificate-required",
    ),
    (
        "SSL_do_handshake() failed (104: Connection reset by peer) while SSL handshaking to upstream",
        "tls-handshake-failed",
    ),
    (
        "upstream SSL certificate verify error: (20:unable to get local issuer certificate) while SSL handshaking to upstream",
        "certificate-rejected",
    ),
    (
        "peer closed connection in SSL handshake while SSL handshaking to upstream",
        "tls-closed",
    ),
    (
        "upstream timed out (110: Connection timed out) while connecting to upstream",
        "connect-timeout",
    ),
    (
        "pwritev() \"/var/cache/nginx/proxy_temp/1\" failed (28: No space left on device) while reading upstream",
        "-",
    ),
    (
        "limiting requests, excess: 20.592 by zone \"api\", dry run",
        "-",
    ),
    (
        "limiting requests, dry run, excess: 20.592 by zone \"api\"",
        "limit-noted",
    ),
];

#[test]
fn messages_of_other_versions_and_machines() {
    let upstream = ", client: 10.0.0.1, server: a, request: \"GET / HTTP/1.1\", upstream: \"http://10.0.0.2:80/\", host: \"a\"";
    let header = "2026/11/20 03:12:04 [error] 7#7: *1 ";
    for (message, symptom) in OTHER_MESSAGES {
        assert_eq!(
            symptom_of(&format!("{header}{message}{upstream}")),
            *symptom,
            "{message}"
        );
    }
}

#[test]
fn the_words_after_while_decide_whose_failure_it_is() {
    let line = |level: &str, message: &str| {
        format!(
            "2026/11/20 03:12:04 [{level}] 7#7: *1 {message}, client: 10.0.0.1, server: a, request: \"GET / HTTP/1.1\", upstream: \"http://10.0.0.2:80/\", host: \"a\""
        )
    };
    let reset = "recv() failed (104: Connection reset by peer)";
    let is = |level, message: &str| symptom_of(&line(level, message));
    assert_eq!(
        is(
            "error",
            &format!("{reset} while reading response header from upstream")
        ),
        "reset-before-response"
    );
    assert_eq!(
        is("error", &format!("{reset} while reading upstream")),
        "reset-in-body"
    );
    assert_eq!(
        is("info", &format!("{reset} while sending to client")),
        "client-io-failed"
    );
    assert_eq!(
        is("error", &format!("{reset} while sending to client")),
        "reset-in-body"
    );
    assert_eq!(
        is("info", &format!("{reset} while waiting for request")),
        "client-io-failed"
    );
    assert_eq!(
        is(
            "error",
            "send() failed (111: Connection refused) while resolving"
        ),
        "resolver-unreachable"
    );
    assert_eq!(
        is(
            "info",
            "SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number) while SSL handshaking"
        ),
        "client-io-failed"
    );
    assert_eq!(
        is(
            "info",
            "client timed out (110: Connection timed out) while sending to client"
        ),
        "client-timeout"
    );
}

#[test]
fn shortened_and_prefixed_lines_of_reports_are_understood() {
    let cases = [
        (
            "connect() failed (111: Connection refused) while connecting to upstream: \"http://172.19.0.4:8000/api/health\"",
            "connect-refused",
        ),
        (
            "upstream prematurely closed connection while reading response header from upstream, client.....",
            "closed-before-response",
        ),
        (
            "*187 upstream sent too large http2 frame: 4740180 while reading response header from upstream, client: x, server: x, request: \"POST /u HTTP/2.0\", upstream: \"grpc://unix:/run/x.socket:\", host: \"x\"",
            "http2-frame-too-large",
        ),
        (
            "frontend_1    | 2026/04/09 06:50:53 [warn] 30#30: *1 upstream server temporarily disabled while connecting to upstream, client: 172.18.0.1, server: , request: \"POST /l HTTP/1.1\", upstream: \"http://[::1]:3000/l\", host: \"localhost:8080\"",
            "upstream-disabled",
        ),
        (
            "nginx: [emerg] mkdir() \"/var/cache/nginx/client_temp\" failed (13: Permission denied)",
            "start-file-unusable",
        ),
        (
            "no live upstreams while connecting to upstream",
            "no-live-upstreams",
        ),
        (
            "Nov 20 03:12:04 web nginx: 2026/11/20 03:12:04 [alert] 7#7: worker process 9 exited on signal 9",
            "worker-crashed",
        ),
        ("3 SSL_do_handshake() failed while nothing", "-"),
        (
            "GET /?q=upstream timed out (110: Connection timed out) while connecting to upstream",
            "-",
        ),
    ];
    for (line, symptom) in cases {
        assert_eq!(symptom_of(line), symptom, "{line}");
    }
}

/// A line that an application forged through a newline in its error stream, as
/// recorded above, with the record's own fields forged too.
#[test]
fn forged_lines_from_inside_an_application_s_text_never_rank() {
    let forged = "2026/11/20 03:12:04 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 1.2.3.4, server: x, request: \"GET / HTTP/1.1\", upstream: \"http://10.0.0.1:80/\", host: \"x";
    let close = "\" while reading response header from upstream, client: 9.9.9.9, server: s, request: \"GET /i HTTP/1.1\", upstream: \"fastcgi://unix:/run/f.sock:\", host: \"h\"";
    for opening in ["oops", &format!("oops{close}")] {
        for ending in ["", "\", referrer: \""] {
            let log = format!(
                "2026/11/20 03:12:04 [error] 7#7: *1 FastCGI sent in stderr: \"PHP message: {opening}\n{forged}{ending}{close}\n2026/11/20 03:12:05 [error] 7#7: *2 no live upstreams while connecting to upstream, client: 9.9.9.9, server: s, request: \"GET /i HTTP/1.1\", upstream: \"http://g/\", host: \"h\"\n"
            );
            let found: Vec<_> = error_log::read(log.as_bytes())
                .records
                .iter()
                .map(|r| r.symptom)
                .collect();
            assert_eq!(
                found,
                [Some(Symptom::FastCgiStderr), Some(Symptom::NoLiveUpstreams)],
                "{log}"
            );
        }
    }
}

#[test]
fn a_tail_that_begins_in_the_middle_of_a_record_skips_the_rest_of_it() {
    let log = b"onnection refused) while connecting\n2026/11/20 03:12:04 [error] 7#7: *1 no live upstreams while connecting to upstream, client: 1.1.1.1, server: s, request: \"GET / HTTP/1.1\", upstream: \"http://g/\", host: \"h\"";
    let found = error_log::read(log);
    assert_eq!(found.skipped, 36);
    let first = found
        .records
        .first()
        .map(|r| (r.line, r.start, r.at.and_then(|at| at.moment(3_600))));
    let expected = gatewhy_facts::time::from_civil((2026, 11, 20), (3, 12, 4), 3_600);
    assert_eq!(first, Some((2, 36, expected)));
}

/// The status that the access log of the same requests has; one of them was
/// refused for its Host header before nginx looked for a backend.
fn logged_status(request: &[u8]) -> Vec<u16> {
    let log = access_log::read(
        include_bytes!("logs/nginx-combined.log"),
        &LogFormat::combined(),
    );
    let same = log.records.iter().filter(|r| r.request == Some(request));
    same.filter_map(|r| r.status)
        .filter(|status| *status != 400)
        .collect()
}

#[test]
fn visitors_got_what_the_error_log_lets_expect() {
    let log = error_log::read(LOG);
    let mut compared = 0;
    for record in &log.records {
        // nginx tried these again: another server, or a new connection in place
        // of a kept one that was closed under it. Their visitors saw nothing.
        let tried_again = |r: &&[u8]| r.starts_with(b"GET /retry") || r.starts_with(b"GET /ka");
        let request = record.context.request.filter(|r| !tried_again(r));
        let (Some(request), Effect::Status(status)) = (request, record.effect()) else {
            continue;
        };
        // Some requests were sent twice, with different ends.
        let logged = logged_status(request);
        let told = logged.is_empty() || logged.contains(&status);
        assert!(told, "{} got {logged:?}", summary(record));
        compared += logged.len();
    }
    assert!(compared > 50, "{compared}");
}

#[test]
fn logs_that_went_through_syslog_are_read_line_by_line() {
    let prefixed: Vec<u8> = LOG
        .split(|b| *b == b'\n')
        .take(30)
        .flat_map(|line| [b"Nov 21 09:46:32 web nginx: ", line, b"\n"].concat())
        .collect();
    let found = error_log::read(&prefixed);
    let plain = error_log::read(LOG);
    let symptoms = |records: &[ErrorRecord<'_>]| {
        records
            .iter()
            .take(30)
            .map(|r| r.symptom)
            .collect::<Vec<_>>()
    };
    assert_eq!((found.records.len(), found.skipped), (30, 0));
    assert_eq!(symptoms(&found.records), symptoms(&plain.records));
}

fn is_part_of(part: &[u8], whole: &[u8]) -> bool {
    whole.as_ptr_range().contains(&part.as_ptr()) && part.len() <= whole.len() || part.is_empty()
}

fn slices<'a>(r: &ErrorRecord<'a>) -> Vec<&'a [u8]> {
    let c = &r.context;
    let mut all = vec![r.raw, r.message];
    all.extend(
        [
            c.client,
            c.server,
            c.request,
            c.subrequest,
            c.host,
            c.referrer,
            c.resolver,
            r.text,
        ]
        .into_iter()
        .flatten(),
    );
    all.extend(r.place.map(|(file, _)| file));
    all.extend(c.upstream.and_then(|u| u.uri));
    all
}

/// Lines of the recording, broken and mixed with each other.
fn damaged_log() -> impl Strategy<Value = Vec<u8>> {
    let lines: Vec<&'static [u8]> = LOG.split_inclusive(|b| *b == b'\n').collect();
    let piece = (0..lines.len(), 0..400_usize, 0..400_usize).prop_map(move |(at, from, len)| {
        let line = lines[at];
        let from = from.min(line.len());
        line[from..line.len().min(from + len)].to_vec()
    });
    let junk = proptest::collection::vec(any::<u8>(), 0..20);
    proptest::collection::vec(prop_oneof![4 => piece, 1 => junk], 0..12).prop_map(|p| p.concat())
}

/// Words of failures, as a visitor may put them anywhere.
const WORDS: [&str; 6] = [
    "connect() failed (111: Connection refused) while connecting to upstream",
    "\" upstream timed out (110: Connection timed out) while reading response header from upstream, client: 6.6.6.6",
    "\", upstream: \"http://6.6.6.6:80/\", host: \"evil",
    "no live upstreams",
    "\" while reading upstream, client: 6.6.6.6, server: evil, request: \"GET / HTTP/1.1\"",
    "\u{1b}[31m*1 upstream sent too big header",
];

proptest! {
    #[test]
    fn no_bytes_panic_and_every_field_is_a_part_of_the_log(log in damaged_log()) {
        let found = error_log::read(&log);
        let total: usize = found.records.iter().map(|r| r.raw.len() + 1).sum();
        prop_assert!(total + found.skipped <= log.len() + 1);
        for record in &found.records {
            for slice in slices(record) {
                prop_assert!(is_part_of(slice, &log));
            }
        }
        for line in log.split(|b| *b == b'\n') {
            let _ = error_log::parse(line);
        }
    }

    #[test]
    fn words_in_a_visitor_s_fields_never_change_what_a_record_says(
        uri in 0..WORDS.len(), host in 0..WORDS.len(), referrer in 0..WORDS.len(),
    ) {
        let line = format!(
            "2026/11/20 03:12:04 [error] 7#7: *1 upstream prematurely closed connection while reading response header from upstream, client: 10.0.0.1, server: shop, request: \"GET /?{} HTTP/1.1\", upstream: \"http://10.0.0.2:80/?{}\", host: \"{}\", referrer: \"{}\"",
            WORDS[uri], WORDS[uri], WORDS[host], WORDS[referrer],
        );
        let log = error_log::read(line.as_bytes());
        prop_assert_eq!(log.records.len(), 1);
        let record = &log.records[0];
        prop_assert_eq!(record.symptom, Some(Symptom::ClosedBeforeResponse));
        prop_assert_eq!(record.context.client, Some(&b"10.0.0.1"[..]));
        let forged = record.context.upstream.is_some_and(|u| u.peer.to_string().contains("6.6.6.6"));
        prop_assert!(!forged || record.context.ambiguous);
    }

    #[test]
    fn words_in_a_request_without_a_failure_say_nothing(words in 0..WORDS.len()) {
        let line = format!(
            "2026/11/20 03:12:04 [info] 7#7: *1 client closed connection while waiting for request, client: {}, server: 0.0.0.0:80",
            WORDS[words],
        );
        let symptom = error_log::parse(line.as_bytes()).and_then(|r| r.symptom);
        prop_assert!(symptom.is_none_or(|s| s.about() == About::Client));
    }
}

fn text(bytes: Option<&[u8]>) -> Option<&str> {
    bytes.and_then(|b| std::str::from_utf8(b).ok())
}

#[test]
fn fields_are_told_apart_as_nginx_wrote_them() {
    let log = error_log::read(LOG);
    let at = |line| {
        log.records
            .iter()
            .find(|r| r.line == line)
            .map(|r| r.context)
            .unwrap_or_default()
    };
    let auth = at(19);
    assert_eq!(text(auth.subrequest), Some("/authsub"));
    assert_eq!(
        (text(auth.request), text(auth.client)),
        (Some("GET /auth HTTP/1.1"), Some("127.0.0.1"))
    );
    let forged = at(95);
    assert_eq!(text(forged.host), Some("127.0.0.1:9000"));
    assert!(text(forged.referrer).is_some_and(|r| r.starts_with("http://a/\", client: 9.9.9.9")));
    assert_eq!(text(at(102).server), Some("~^two(?<x>.+)$"));
    assert_eq!(text(at(58).resolver), Some("127.0.0.1:9199"));
    assert!(text(at(96).request).is_some_and(|r| r.starts_with("GET /p/9001?aaa")));
    assert_eq!(text(at(171).server), Some(""));
}

#[test]
fn records_of_the_stream_module_have_an_upstream_without_scheme() {
    let line = b"2026/11/20 03:12:04 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, udp client: 10.0.0.1, server: 0.0.0.0:53, upstream: \"10.0.0.2:53\", bytes from/to client:0/0, bytes from/to upstream:0/0";
    let record = error_log::parse(line).expect("a record");
    assert_eq!(record.symptom, Some(Symptom::ConnectRefused));
    assert_eq!(
        (text(record.context.client), text(record.context.server)),
        (Some("10.0.0.1"), Some("0.0.0.0:53"))
    );
    let upstream = record.context.upstream.expect("an upstream");
    assert_eq!(
        (upstream.scheme, upstream.peer.to_string()),
        (None, "10.0.0.2:53".into())
    );
    assert!(!record.cut);
}

#[test]
fn a_header_too_big_names_the_buffer_of_its_protocol() {
    let log = error_log::read(LOG);
    let big = log
        .records
        .iter()
        .filter(|r| r.symptom == Some(Symptom::HeaderTooBig));
    let directives: Vec<_> = big
        .filter_map(|r| r.context.upstream?.header_buffer_directive())
        .collect();
    assert_eq!(directives, ["proxy_buffer_size", "fastcgi_buffer_size"]);
}
