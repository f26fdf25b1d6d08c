//! Whatever a visitor sends stands somewhere in a log. Every message that is known
//! is put there, as the server that writes the log would escape it, and changes
//! nothing.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
use gatewhy_facts::log_line::{Pasted, join, recognise};
use std::collections::BTreeMap;
use std::fs;

/// How a server writes what it does not want to stand as it is.
#[derive(Clone, Copy)]
enum Escape {
    /// nginx's error log: as it came, without line ends.
    Raw,
    /// nginx's access log.
    Hex,
    /// Apache, and JSON.
    Backslash,
    /// `HAProxy`.
    Hash,
    /// A browser: nothing but what a URL may hold.
    Percent,
}

impl Escape {
    fn of(self, text: &str) -> String {
        match self {
            Self::Raw => text.to_owned(),
            Self::Hex => text.replace('\\', "\\x5C").replace('"', "\\x22"),
            Self::Backslash => text.replace('\\', "\\\\").replace('"', "\\\""),
            Self::Hash => text
                .replace('#', "#23")
                .replace('"', "#22")
                .replace('{', "#7B")
                .replace('|', "#7C")
                .replace('}', "#7D"),
            Self::Percent => text
                .replace('%', "%25")
                .replace(' ', "%20")
                .replace('"', "%22")
                .replace('{', "%7B")
                .replace('}', "%7D"),
        }
    }
}

/// Lines about requests that went well, or about visitors, with `FORGED` where a
/// visitor's words stand.
const LINES: &[(Escape, &str)] = &[
    (
        Escape::Hex,
        r#"203.0.113.9 - - [20/Nov/2026:03:12:04 +0000] "GET /FORGED HTTP/1.1" 200 157 "-" "curl/7.88""#,
    ),
    (
        Escape::Hex,
        r#"203.0.113.9 - - [20/Nov/2026:03:12:04 +0000] "FORGED" 400 157 "-" "-""#,
    ),
    (
        Escape::Hex,
        r#"203.0.113.9 - - [20/Nov/2026:03:12:04 +0000] "GET / HTTP/1.1" 200 157 "FORGED" "-""#,
    ),
    (
        Escape::Hex,
        r#"203.0.113.9 - - [20/Nov/2026:03:12:04 +0000] "GET / HTTP/1.1" 200 157 "-" "FORGED""#,
    ),
    (
        Escape::Hex,
        r#"203.0.113.9 - FORGED [20/Nov/2026:03:12:04 +0000] "GET / HTTP/1.1" 401 157 "-" "-""#,
    ),
    (
        Escape::Hex,
        r#"203.0.113.9 - - [20/Nov/2026:03:12:04 +0000] "GET /FORGED HTTP/1.1" 200 157 "-" "-" "-" rt=0.001 uct="0.000" uht="0.001" urt="0.001" us="200" ua="127.0.0.1:3000""#,
    ),
    (
        Escape::Hex,
        r#"[20/Nov/2026:03:12:04 +0000] - 200 200 - GET https shop.test "/FORGED" [Client 203.0.113.9] [Length 154] [Gzip -] [Sent-to app] "FORGED" "FORGED""#,
    ),
    (
        Escape::Hex,
        r#"2016-01-15T16:13:56.982182+00:00 heroku[router]: at=info method=GET path="/FORGED" host=shop.test fwd="203.0.113.9" dyno=web.1 connect=2ms service=30ms status=200 bytes=0"#,
    ),
    (
        Escape::Backslash,
        r#"203.0.113.9 - - [20/Nov/2026:03:12:04 +0000] "GET /FORGED HTTP/1.1" 200 157 "-" "curl/7.88""#,
    ),
    (
        Escape::Backslash,
        r#"203.0.113.9 - - [20/Nov/2026:03:12:04 +0000] "GET / HTTP/1.1" 404 157 "FORGED" "FORGED""#,
    ),
    (
        Escape::Percent,
        r#"203.0.113.9 - - [20/Nov/2026:03:12:04 +0000] "GET /FORGED HTTP/1.1" 200 157 "-" "curl/7.88""#,
    ),
    (
        Escape::Backslash,
        r#"{"time":"2026-11-20T03:12:04+00:00","remote_addr":"203.0.113.9","request":"GET /FORGED HTTP/1.1","status":"200","upstream_status":"200","upstream_addr":"127.0.0.1:3000","http_user_agent":"FORGED"}"#,
    ),
    (
        Escape::Raw,
        r#"2026/11/20 03:12:04 [error] 812#812: *5 open() "/srv/www/FORGED" failed (2: No such file or directory), client: 203.0.113.9, server: shop.test, request: "GET / HTTP/1.1", host: "shop.test""#,
    ),
    (
        Escape::Raw,
        r#"2026/11/20 03:12:04 [info] 812#812: *5 client sent invalid method while reading client request line, client: 203.0.113.9, server: shop.test, request: "FORGED""#,
    ),
    (
        Escape::Raw,
        r#"2026/11/20 03:12:04 [error] 812#812: *5 access forbidden by rule, client: 203.0.113.9, server: shop.test, request: "GET /FORGED HTTP/1.1", host: "FORGED", referrer: "FORGED""#,
    ),
    (
        Escape::Backslash,
        "[Fri Nov 20 03:12:04.123456 2026] [core:info] [pid 812:tid 140] (2)No such file or directory: [client 203.0.113.9:4000] AH00128: File does not exist: /srv/www/FORGED, referer: FORGED",
    ),
    (
        Escape::Backslash,
        "[Fri Nov 20 03:12:04 2026] [error] [client 203.0.113.9] File does not exist: /srv/www/FORGED, referer: FORGED",
    ),
    (
        Escape::Backslash,
        "[Fri Nov 20 03:12:04.123456 2026] [authz_core:error] [pid 812:tid 140] [client 203.0.113.9:4000] AH01630: client denied by server configuration: /srv/www/FORGED",
    ),
    (
        Escape::Backslash,
        "[Fri Nov 20 03:12:04.123456 2026] [php:notice] [pid 812] [client 203.0.113.9:4000] script '/srv/www/FORGED' not found or unable to stat",
    ),
    (
        Escape::Hash,
        r#"Nov 20 03:12:04 web1 haproxy[812]: 203.0.113.9:5000 [20/Nov/2026:03:12:01.001] web app/a1 0/0/0/1/2 200 208 - - ---- 1/1/0/0/0 0/0 {FORGED} "GET /FORGED HTTP/1.1""#,
    ),
    (
        Escape::Backslash,
        r#"{"level":"info","ts":1795144324.1,"logger":"http.log.access.log0","msg":"handled request","request":{"remote_ip":"203.0.113.9","proto":"HTTP/2.0","method":"GET","host":"shop.test","uri":"/FORGED","headers":{"User-Agent":["FORGED"]}},"status":200,"size":5}"#,
    ),
    (
        Escape::Backslash,
        r#"{"ClientHost":"203.0.113.9","DownstreamStatus":200,"OriginStatus":200,"RequestPath":"/FORGED","request_User-Agent":"FORGED","time":"2026-11-20T03:12:04Z"}"#,
    ),
    (
        Escape::Backslash,
        r#"203.0.113.9 - - [20/Nov/2026:03:12:04 +0000] "GET /FORGED HTTP/2.0" 200 5 "FORGED" "FORGED" 12 "shop@docker" "http://172.18.0.3:3000" 3ms"#,
    ),
    (
        Escape::Percent,
        r#"[2026-11-20T03:12:04.123Z] "GET /FORGED HTTP/1.1" 200 - via_upstream - "-" 0 91 1 1 "-" "curl" "id" "shop.test" "127.0.0.1:3000""#,
    ),
    (
        Escape::Raw,
        r#"[2026-11-20T03:12:04.123Z] "GET / HTTP/1.1" 200 - 0 91 1 1 "-" "FORGED" "id" "shop.test" "127.0.0.1:3000""#,
    ),
    (
        Escape::Backslash,
        r#"{"start_time":"2026-11-20T03:12:04.123Z","response_code":200,"response_flags":"-","path":"/FORGED","user_agent":"FORGED","response_code_details":"via_upstream"}"#,
    ),
    (
        Escape::Backslash,
        r#"https 2026-11-20T03:12:04.123456Z app/shop/50dc6c495c0c9188 203.0.113.9:2817 10.0.0.9:80 0.001 0.002 0.001 200 200 94 326 "GET https://shop.test:443/FORGED HTTP/1.1" "FORGED" - - arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/shop/1 "Root=1-1-1""#,
    ),
    (
        Escape::Backslash,
        r#"{"ClientIP":"203.0.113.9","EdgeResponseStatus":200,"OriginResponseStatus":200,"ClientRequestURI":"/FORGED","ClientRequestUserAgent":"FORGED"}"#,
    ),
    (
        Escape::Percent,
        "[pid: 66|app: 0|req: 434/412] 203.0.113.9 () {52 vars in 1096 bytes} [Fri Nov 20 03:12:04 2026] GET /FORGED => generated 197 bytes in 157 msecs (HTTP/1.1 200) 5 headers in 158 bytes (1 switches on core 0)",
    ),
    (
        Escape::Backslash,
        "[2026-11-20 03:12:04 +0000] [811] [DEBUG] GET /FORGED",
    ),
    (Escape::Raw, "-   ReqURL         /FORGED"),
    (Escape::Raw, "-   ReqHeader      User-Agent: FORGED"),
    (
        Escape::Backslash,
        r#"Started GET "/FORGED" for 203.0.113.9 at 2026-11-20 03:12:04 +0000"#,
    ),
    (Escape::Percent, "GET /FORGED 200 1.234 ms - 12"),
    (
        Escape::Raw,
        "20-Nov-2026 03:12:04.123 INFO [http-nio-8080-exec-1] org.apache.coyote.http11.Http11Processor.service Error parsing HTTP request header java.lang.IllegalArgumentException: Invalid character found in the request target [/FORGED ]. The valid characters are defined in RFC 7230 and RFC 3986",
    ),
    (
        Escape::Raw,
        r#"[20-Nov-2026 03:12:04] WARNING: [pool www] child 812, script '/srv/www/FORGED' (request: "GET /FORGED") executing too slow (5.1 sec), logging"#,
    ),
];

fn messages() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/signatures");
    let files = fs::read_dir(folder).unwrap();
    let mut all: Vec<String> = files
        .flat_map(|file| {
            let text = fs::read_to_string(file.unwrap().path()).unwrap();
            let line = |row: &str| row.splitn(3, ' ').nth(2).unwrap().to_owned();
            text.lines().map(line).collect::<Vec<_>>()
        })
        .collect();
    // What is believed at the start of a line only, in the middle as well.
    let inside: Vec<String> = all.iter().map(|line| format!("x {line} x")).collect();
    all.extend(inside);
    all.sort();
    all
}

fn what(line: &[u8]) -> (Option<String>, Option<String>) {
    let told = |record: Option<gatewhy_facts::log_line::Record<'_>>| {
        record.map(|record| format!("{} {:?}", record.server.id(), record.symptom))
    };
    let pasted = join(line);
    (
        told(recognise(line)),
        told(pasted.first().and_then(Pasted::record)),
    )
}

#[test]
fn visitors_cannot_forge_what_a_line_says() {
    let messages = messages();
    assert!(messages.len() > 600, "{}", messages.len());
    // By line and by what it was taken for: how often, and one of them.
    let mut forged: BTreeMap<(usize, String), (usize, String)> = BTreeMap::new();
    for (number, (escape, line)) in LINES.iter().enumerate() {
        let honest = what(line.replace("FORGED", "x").as_bytes());
        for message in &messages {
            let hostile = line.replace("FORGED", &escape.of(message));
            let got = what(hostile.as_bytes());
            if got != honest {
                let entry = forged.entry((number, format!("{got:?}, not {honest:?}")));
                entry.or_insert((0, hostile)).0 += 1;
            }
        }
    }
    assert!(forged.is_empty(), "{forged:#?}");
}
