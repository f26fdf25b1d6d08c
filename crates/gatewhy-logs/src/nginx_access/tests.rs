//! The short way past lines that went well, against the reader that knows all ways
//! to cut a line.
use super::format::{AccessFormat, Values};
use crate::quotes::Map;
use fearless_simd::{Level, dispatch};
use proptest::prelude::*;

const FORMATS: [&str; 4] = [
    r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" rt=$request_time ua="$upstream_addr" us="$upstream_status""#,
    r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" us="$upstream_status" urt="$upstream_response_time" x"#,
    r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#,
    r#"$remote_addr [$time_local] "$host" "$request" $status "$upstream_status""#,
];

fn line(format: &str, values: &[&str]) -> Vec<u8> {
    let names = [
        "$remote_addr",
        "$remote_user",
        "$time_local",
        "$request_time",
        "$request",
        "$status",
        "$body_bytes_sent",
        "$http_referer",
        "$http_user_agent",
        "$upstream_addr",
        "$upstream_status",
        "$upstream_response_time",
        "$host",
    ];
    let all = names.iter().zip(values);
    let line = all.fold(format.to_owned(), |text, (name, value)| {
        text.replace(name, value)
    });
    line.into_bytes()
}

fn time_if_fine<'a>(format: &AccessFormat, line: &'a [u8]) -> Option<&'a [u8]> {
    let map = Map::of(line);
    let quotes = map.quotes(0, line.len());
    let plan = format.plain()?;
    let time = dispatch!(Level::new(), simd => plan.time_if_fine(simd, line, quotes))?;
    Some(time.as_slice())
}

/// What the counts need must be where the reader finds it.
fn compare_values(format: &AccessFormat, line: &[u8]) {
    let map = Map::of(line);
    let quotes = map.quotes(0, line.len());
    let head = format.head(line, quotes);
    let Some(quick) = head.and_then(|head| format.split_behind(line, &head, quotes)) else {
        return;
    };
    if let Some(read) = format.read(line) {
        let shown = String::from_utf8_lossy(line);
        assert_eq!(quick, Values::of_fields(&read), "{shown}");
    }
}

fn compare(format: &AccessFormat, line: &[u8]) {
    compare_values(format, line);
    let Some(time) = time_if_fine(format, line) else {
        return;
    };
    let Some(read) = format.read(line) else {
        return;
    };
    let shown = String::from_utf8_lossy(line);
    assert_eq!(read.raw("time_local"), Some(time), "{shown}");
    let good = |status: &[u8]| matches!(status.first(), Some(b'1'..=b'4')) && status != b"499";
    assert!(read.raw("status").is_some_and(good), "{shown}");
    let upstream = read.raw("upstream_status");
    assert!(upstream.is_none_or(|s| s == b"-" || good(s)), "{shown}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn a_line_that_is_passed_by_went_well(
        status in proptest::sample::select(vec!["200", "304", "499", "502", "-", "2000", "99"]),
        tried in proptest::sample::select(vec!["200", "-", "502, 200", "502", "", "200 : 504", "404"]),
        user in "[ -!#-~]{0,12}",
        agent in "[ -!#-~]{0,20}",
        changes in proptest::collection::vec((0..200_usize, any::<u8>()), 0..3),
    ) {
        let values = [
            "192.0.2.1", &user, "20/Nov/2026:03:12:04 +0000", "0.004", "GET / HTTP/1.1", status, "157",
            &agent, "curl us=", "10.0.0.1:80", tried, "0.001", "shop.test",
        ];
        for text in FORMATS {
            let format = AccessFormat::new(text).unwrap();
            let mut line = line(text, &values);
            compare(&format, &line);
            for (at, byte) in &changes {
                if let Some(old) = line.get_mut(*at) {
                    *old = *byte;
                }
            }
            compare(&format, &line);
        }
    }
}

#[test]
fn lines_that_went_well_are_passed_by_in_every_usual_format() {
    for text in FORMATS {
        let format = AccessFormat::new(text).unwrap();
        let values = |status, tried| {
            [
                "192.0.2.1",
                "-",
                "20/Nov/2026:03:12:04 +0000",
                "0.004",
                "GET / HTTP/1.1",
                status,
                "157",
                "-",
                "curl",
                "10.0.0.1:80",
                tried,
                "0.001",
                "shop.test",
            ]
        };
        let fine = line(text, &values("200", "200"));
        assert!(time_if_fine(&format, &fine).is_some(), "{text}");
        assert!(time_if_fine(&format, &line(text, &values("304", "-"))).is_some());
        assert_eq!(
            time_if_fine(&format, &line(text, &values("502", "502"))),
            None
        );
        let retried = line(text, &values("200", "502, 200"));
        let retried = time_if_fine(&format, &retried);
        assert_eq!(
            retried.is_none(),
            text.contains("$upstream_status"),
            "{text}"
        );
    }
}
