//! Access logs: recordings of nginx 1.22.1 in three formats of the same requests,
//! and lines that are built as nginx builds them and read back.
#![allow(clippy::expect_used, reason = "a test that cannot go on stops")]
use gatewhy_facts::nginx::access_log::{self, AccessRecord};
use gatewhy_facts::nginx::log_format::{Escape, Link, LogFormat, Unfit};
use gatewhy_facts::time::Moment;
use proptest::prelude::*;

const FULL: &str = "$remote_addr [$time_local] \"$request\" $status $request_time host=$host \"$upstream_addr\" \"$upstream_status\" \"$upstream_response_time\" \"$upstream_header_time\" \"$upstream_connect_time\" \"$http_user_agent\"";
const JSON: &str = "{\"t\":\"$time_iso8601\",\"msec\":$msec,\"r\":\"$request\",\"s\":$status,\"rt\":$request_time,\"ua\":\"$upstream_addr\",\"us\":\"$upstream_status\",\"urt\":\"$upstream_response_time\",\"uht\":\"$upstream_header_time\",\"uct\":\"$upstream_connect_time\",\"agent\":\"$http_user_agent\"}";

fn format(arguments: &[&str]) -> LogFormat {
    LogFormat::from_arguments(arguments).expect("a format")
}

fn by_request<'a>(records: &'a [AccessRecord<'a>], uri: &str) -> &'a AccessRecord<'a> {
    let line = format!("GET {uri} HTTP/1.1");
    records
        .iter()
        .find(|r| r.request == Some(line.as_bytes()))
        .expect("recorded")
}

#[test]
fn three_formats_of_the_same_requests_say_the_same() {
    let full = access_log::read(include_bytes!("logs/nginx-access.log"), &format(&[FULL]));
    let json = access_log::read(
        include_bytes!("logs/nginx-json.log"),
        &format(&["escape=json", JSON]),
    );
    let combined = access_log::read(
        include_bytes!("logs/nginx-combined.log"),
        &LogFormat::combined(),
    );
    for log in [&full, &json, &combined] {
        assert_eq!(log.unfit, []);
        assert_eq!(log.records.len(), full.records.len());
        assert!(log.records.iter().all(|r| !r.ambiguous));
    }
    for ((full, json), combined) in full
        .records
        .iter()
        .zip(&json.records)
        .zip(&combined.records)
    {
        assert_eq!(full.tries, json.tries);
        assert_eq!(
            (full.status, full.request_ms),
            (json.status, json.request_ms)
        );
        assert_eq!((full.at, full.status), (combined.at, combined.status));
        assert_eq!(full.at.map(Moment::secs), json.at.map(Moment::secs));
        assert_eq!(combined.tries, None);
    }
}

#[test]
fn tries_tell_who_made_the_answer() {
    let log = access_log::read(include_bytes!("logs/nginx-access.log"), &format(&[FULL]));
    let tries = |uri| by_request(&log.records, uri).tries.clone().expect("logged");
    let short = |uri| -> Vec<_> {
        tries(uri)
            .iter()
            .map(|t| (t.peer.map(|p| p.to_string()), t.status, t.header_ms))
            .collect()
    };
    assert_eq!(
        short("/retry"),
        [
            (Some("127.0.0.1:9001".into()), Some(502), None),
            (Some("127.0.0.1:9114".into()), Some(200), Some(1))
        ]
    );
    assert_eq!(
        tries("/retry").last().map(|t| t.link),
        Some(Link::NextServer)
    );
    assert_eq!(short("/bind"), [(None, None, None)]);
    assert_eq!(short("/limit"), []);
    assert_eq!(
        short("/p/9103"),
        [(Some("127.0.0.1:9103".into()), Some(504), None)]
    );
    let of = |uri| by_request(&log.records, uri).is_from_backend();
    assert_eq!(
        (of("/p/9117"), of("/p/9101"), of("/limit")),
        (Some(true), Some(false), Some(false))
    );
    assert_eq!(by_request(&log.records, "/p/9106").status, Some(9));
}

#[test]
fn a_redirect_to_another_group_is_told_from_a_retry() {
    let format = format(&["$upstream_addr|$upstream_status"]);
    let log = access_log::read(
        b"10.0.0.1:80, unix:/a b : 10.0.0.2:80|502, 502 : 200\n",
        &format,
    );
    assert_eq!(
        log.unfit.len(),
        1,
        "a socket path with a space cannot be told from garbage"
    );
    let log = access_log::read(
        b"10.0.0.1:80, unix:/ab : 10.0.0.2:80|502, 502 : 200\n",
        &format,
    );
    let tries = log.records[0].tries.clone().expect("logged");
    let links: Vec<_> = tries.iter().map(|t| (t.link, t.status)).collect();
    assert_eq!(
        links,
        [
            (Link::First, Some(502)),
            (Link::NextServer, Some(502)),
            (Link::Redirected, Some(200))
        ]
    );
}

#[test]
fn what_does_not_fit_is_told_and_not_guessed() {
    let combined = LogFormat::combined();
    let unfit = |line: &[u8]| combined.read(line).err();
    assert_eq!(
        unfit(b"127.0.0.1 - - [21/Nov/2026:09:46:52 +0000] \"GET / HTTP/1.1\" abc 5 \"-\" \"-\""),
        Some(Unfit::NotThisFormat)
    );
    assert_eq!(
        unfit(b"ET / HTTP/1.1\" 200 5 \"-\" \"-\""),
        Some(Unfit::NotThisFormat)
    );
    assert_eq!(unfit(b"shop.example:80 127.0.0.1 - - [21/Nov/2026:09:46:52 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"-\""), Some(Unfit::NotThisFormat));
    assert_eq!(unfit(b""), Some(Unfit::NotThisFormat));
}

#[test]
fn a_user_name_with_spaces_and_a_date_shifts_nothing() {
    let line = b"10.0.0.1 - a [21/Nov/2026:09:46:52 +0000] b [22/Nov/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 502 5 \"-\" \"-\"";
    let combined = LogFormat::combined();
    let fields = combined.read(line).expect("fits");
    assert_eq!(
        fields.value("remote_user"),
        Some(&b"a [21/Nov/2026:09:46:52 +0000] b"[..])
    );
    assert_eq!(fields.value("status"), Some(&b"502"[..]));
    assert_eq!(fields.value("http_referer"), None);
}

#[test]
fn without_escapes_only_what_all_readings_agree_on_is_told() {
    let format = format(&[
        "escape=none",
        "$status \"$request\" $bytes_sent \"$http_user_agent\" $msec",
    ]);
    let fields = format
        .read(b"502 \"GET /\" 7 \"x\" HTTP/1.1\" 5 \"curl\" 1.000")
        .expect("fits");
    assert!(fields.ambiguous);
    assert_eq!(fields.value("status"), Some(&b"502"[..]));
    assert_eq!(fields.value("bytes_sent"), None);
    assert_eq!(fields.value("msec"), Some(&b"1.000"[..]));
}

#[test]
fn a_flood_of_readings_is_refused_in_bounded_time() {
    let format = format(&["escape=none", "$a $b $c $d $e $f"]);
    let line = vec![b' '; 20_000];
    assert_eq!(format.read(&line).err(), Some(Unfit::TooManyReadings));
}

#[test]
fn formats_that_nginx_refuses_are_refused() {
    for arguments in [
        &["escape=yaml", "$status"][..],
        &["${status"],
        &["$"],
        &["$ x"],
    ] {
        assert!(
            LogFormat::from_arguments(arguments).is_err(),
            "{arguments:?}"
        );
    }
    assert!(format(&["a${status}b", "$host"]).has("host"));
}

/// nginx's `ngx_http_log_escape` and `ngx_escape_json`.
fn escape(value: &[u8], escape: Escape) -> Vec<u8> {
    let mut out = Vec::new();
    for byte in value {
        match (escape, byte) {
            (Escape::Default, b'"' | b'\\' | 0..=31 | 127..) => {
                out.extend(format!("\\x{byte:02X}").bytes());
            }
            (Escape::Json, b'"' | b'\\') => out.extend([b'\\', *byte]),
            (Escape::Json, 0..=31) => out.extend(format!("\\u{byte:04X}").bytes()),
            _ => out.push(*byte),
        }
    }
    out
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    let nasty = proptest::sample::select(vec![
        &b"\" "[..],
        b"] \"",
        b" 502 ",
        b"\\x22",
        b"\" 200 0 \"-\" \"-\"",
        b"[",
        b"\n",
        b"-",
    ]);
    let piece = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..8),
        nasty.prop_map(<[u8]>::to_vec)
    ];
    proptest::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn what_nginx_wrote_is_read_back(
        user in text(), request in text(), agent in text(), status in 0..1000_u16, bytes in any::<u32>(), json in any::<bool>(),
    ) {
        let how = if json { Escape::Json } else { Escape::Default };
        let body = "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent \"$http_user_agent\"";
        let format = if json { format(&["escape=json", body]) } else { format(&[body]) };
        let mut line = b"10.0.0.1 - ".to_vec();
        line.extend(escape(&user, how));
        line.extend(b" [21/Nov/2026:09:46:52 +0000] \"");
        line.extend(escape(&request, how));
        line.extend(format!("\" {status:03} {bytes} \"").bytes());
        line.extend(escape(&agent, how));
        line.push(b'"');
        let fields = format.read(&line).expect("nginx wrote it");
        prop_assert!(!fields.ambiguous);
        let plain = |name| fields.raw(name).map(|v| how.undo(v).into_owned());
        prop_assert_eq!(plain("remote_user"), Some(user));
        prop_assert_eq!(plain("request"), Some(request));
        prop_assert_eq!(plain("http_user_agent"), Some(agent));
        let record = AccessRecord::from_fields(&fields);
        prop_assert_eq!(record.status, Some(status));
    }

    #[test]
    fn no_line_and_no_format_panics(pieces in proptest::collection::vec("[$a-c{} \"]{0,4}", 0..6), line in proptest::collection::vec(any::<u8>(), 0..60)) {
        let texts: Vec<&str> = pieces.iter().map(String::as_str).collect();
        if let Ok(format) = LogFormat::from_arguments(&texts) {
            let _ = format.read(&line);
        }
    }

    #[test]
    fn no_log_panics(log: Vec<u8>) {
        let _ = access_log::read(&log, &LogFormat::combined());
    }
}
