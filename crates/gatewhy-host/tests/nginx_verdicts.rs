//! A real nginx is the judge of what we say that nginx does with faulty answers.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod servers;

use gatewhy_facts::protocol::fastcgi;
use gatewhy_facts::protocol::http1::nginx::{Release, Verdict, head_fits, verdict};
use gatewhy_facts::protocol::http1::{self, Context};
use servers::{GET, get, hold, says, says_and_waits};
use std::fmt::Write as _;
use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running nginx with one location for each backend.
struct Nginx {
    child: Child,
    folder: PathBuf,
    address: SocketAddr,
    release: Release,
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The nginx to ask: `GATEWHY_TEST_NGINX`, or the distribution's.
fn program() -> PathBuf {
    std::env::var_os("GATEWHY_TEST_NGINX").map_or("/usr/sbin/nginx".into(), PathBuf::from)
}

fn installed() -> Option<Release> {
    let out = Command::new(program()).arg("-v").output().ok()?;
    let text = String::from_utf8(out.stderr).ok()?;
    let version = text
        .trim()
        .split_once("nginx/")?
        .1
        .split(' ')
        .next()?
        .to_owned();
    let mut numbers = version.split('.').map(|n| n.parse().ok());
    Some(Release(
        numbers.next()??,
        numbers.next()??,
        numbers.next()??,
    ))
}

impl Nginx {
    /// `locations` are the directives that pass requests on.
    fn start(name: &str, locations: &[String]) -> Option<Self> {
        let release = installed()?;
        let folder = std::env::temp_dir().join(format!("gatewhy-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        let address = servers::closed_port();
        fs::write(folder.join("nginx.conf"), config(address, locations)).unwrap();
        let child = Command::new(program())
            .args([
                "-p",
                folder.to_str()?,
                "-c",
                "nginx.conf",
                "-e",
                "error.log",
            ])
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let nginx = Self {
            child,
            folder,
            address,
            release,
        };
        let end = Instant::now() + Duration::from_secs(5);
        while TcpStream::connect(nginx.address).is_err() {
            assert!(Instant::now() < end, "nginx did not start: {}", nginx.log());
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(nginx)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("error.log")).unwrap_or_default()
    }

    /// The status and body that come through nginx, and what it logs meanwhile.
    fn through(&self, location: usize) -> (u16, Vec<u8>, String) {
        let before = self.log().len();
        let mut exchange = get(self.address);
        exchange.send = format!("GET /{location} HTTP/1.0\r\n\r\n").into_bytes();
        exchange.patience_ms = 3000;
        let held = hold(&exchange);
        let said = held.said();
        let context = Context {
            sent: GET,
            ended: said.ended_by_peer(),
        };
        let page = http1::read(said.received, &context);
        let body = said.received[page.body.start..].to_vec();
        std::thread::sleep(Duration::from_millis(30));
        (
            page.code().unwrap_or(0),
            body,
            self.log()[before..].to_owned(),
        )
    }
}

fn config(address: SocketAddr, locations: &[String]) -> String {
    let mut out = format!(
        "daemon off; master_process off; pid nginx.pid;\n\
         events {{ worker_connections 64; }}\n\
         http {{ access_log off; client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3;\n\
         uwsgi_temp_path t4; scgi_temp_path t5; proxy_read_timeout 2s;\n\
         proxy_buffer_size 4k; proxy_buffers 4 4k; fastcgi_buffer_size 4k; fastcgi_buffers 4 4k;\n\
         proxy_http_version 1.1; server {{ listen {address};\n"
    );
    for (n, location) in locations.iter().enumerate() {
        let _ = writeln!(out, "location = /{n} {{ {location} }}");
    }
    out + "} }\n"
}

const FAULTS: [&str; 24] = [
    "A: b\r\nContent-Length: 2\r\n\r\nok",
    "Foo\r\nContent-Length: 2\r\n\r\nok",
    "Foo bar\r\n\r\nok",
    "Foo : bar\r\n\r\nok",
    "Fo\x01o: bar\r\n\r\nok",
    "Fo\0o: bar\r\n\r\nok",
    ": bar\r\n\r\nok",
    "A: b\r\n folded\r\n\r\nok",
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "A: b\0c\r\n\r\nok",
    "A: b\x1bc\r\nContent-Length: 2\r\n\r\nok",
    "A: b\rc: d\r\n\r\nok",
    "A: b\nContent-Length: 2\n\nok",
    "Content-Length: 2\r\nContent-Length: 2\r\n\r\nok",
    "Content-Length: two\r\n\r\nok",
    "Transfer-Encoding: gzip\r\n\r\nok",
    "Transfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\nnonsense\r\n",
    "Transfer-Encoding: chunked\r\n\r\n2\nok\n0\n\n",
    "Transfer-Encoding: chunked\r\n\r\n9\r\nok",
    "Content-Length: 9\r\n\r\nok",
    "Content-Length: 2\r\n\r\nok and more",
    "Content-Len",
    "A: b\r\n\r\nok",
];

const OTHERS: [&[u8]; 5] = [
    b"SSH-2.0-OpenSSH_9.2p1\r\n",
    b"HTTP/1.1 two hundred\r\n\r\n",
    b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    b"<html>hello</html>",
    b"\x15\x03\x03\0\x02\x02\x28",
];

#[test]
fn nginx_does_what_our_rules_say() {
    let faults = FAULTS.map(|rest| format!("HTTP/1.1 200 OK\r\n{rest}").into_bytes());
    let all: Vec<Vec<u8>> = faults
        .into_iter()
        .chain(OTHERS.map(<[u8]>::to_vec))
        .collect();
    let pass = |bytes: &Vec<u8>| format!("proxy_pass http://{};", says(bytes.clone()));
    let locations: Vec<String> = all.iter().map(pass).collect();
    let Some(nginx) = Nginx::start("verdicts", &locations) else {
        eprintln!("skipped: no nginx");
        return;
    };
    for (n, bytes) in all.iter().enumerate() {
        judge(&nginx, n, bytes);
    }
}

/// The gravest verdict over everything odd about an answer.
fn ours(bytes: &[u8], release: Release) -> Verdict {
    let context = Context {
        sent: GET,
        ended: true,
    };
    let oddities = http1::read(bytes, &context).oddities;
    let verdicts = oddities.iter().map(|o| verdict(o.kind, Some(release)));
    let rank = |v: &Verdict| match v {
        Verdict::Refuses(_) => 4,
        Verdict::PassesAsHttp09 => 3,
        Verdict::CutsBody(_) => 2,
        Verdict::TakesAsFinal | Verdict::Warns(_) => 1,
        Verdict::Accepts => 0,
    };
    verdicts.max_by_key(rank).unwrap_or(Verdict::Accepts)
}

fn judge(nginx: &Nginx, n: usize, bytes: &[u8]) {
    let ours = ours(bytes, nginx.release);
    let (code, body, log) = nginx.through(n);
    let shown = gatewhy_facts::untrusted::shown(bytes).to_string();
    let told = format!("{shown}\nwe say {ours:?}, nginx answers {code}\n{log}");
    match ours {
        Verdict::Refuses(text) => assert!(code == 502 && log.contains(text), "{told}"),
        Verdict::PassesAsHttp09 => {
            assert!(log.contains("no valid HTTP/1.0 header"), "{told}");
            assert!(body.ends_with(bytes) || code == 0, "{told}");
        }
        Verdict::CutsBody(text) => {
            assert!(matches!(code, 0 | 200) && log.contains(text), "{told}");
        }
        Verdict::Warns(_) | Verdict::Accepts | Verdict::TakesAsFinal => {
            let errors = log.contains("[error]");
            assert!(code == 200 && !errors && body.starts_with(b"ok"), "{told}");
        }
    }
}

#[test]
fn nginx_measures_heads_as_we_do() {
    let sizes = [4095, 4096, 4097, 5000];
    let heads = sizes.map(|size| {
        let fixed = "HTTP/1.1 200 OK\r\nX-Fill: \r\nContent-Length: 2\r\n\r\n";
        fixed.replace(
            "Fill: ",
            &format!("Fill: {}", "x".repeat(size - fixed.len())),
        )
    });
    let pass = |head: &String| format!("proxy_pass http://{};", says(format!("{head}ok")));
    let records = sizes.map(|size| {
        let head = format!(
            "Status: 200 OK\r\nX-Fill: {}\r\n\r\n",
            "x".repeat(size - 46)
        );
        record(7, b"notice")
            .into_iter()
            .chain(record(6, head.as_bytes()))
            .collect::<Vec<u8>>()
    });
    let fcgi = |bytes: &Vec<u8>| {
        let all = [
            &bytes[..],
            &record(6, b"ok"),
            &record(6, b""),
            &record(3, &[0; 8]),
        ]
        .concat();
        format!("fastcgi_pass {};", speaks_fastcgi(all))
    };
    let locations: Vec<String> = heads
        .iter()
        .map(pass)
        .chain(records.iter().map(fcgi))
        .collect();
    let Some(nginx) = Nginx::start("sizes", &locations) else {
        eprintln!("skipped: no nginx");
        return;
    };
    for (n, head) in heads.iter().enumerate() {
        let page = http1::read(head.as_bytes(), &Context::default());
        fits(&nginx, n, page.head_bytes);
    }
    for (n, bytes) in records.iter().enumerate() {
        let reply = fastcgi::read(bytes, false);
        let head = http1::read_cgi(&reply.stdout, false).head_bytes;
        fits(
            &nginx,
            heads.len() + n,
            reply.received_bytes_of_head(head).unwrap(),
        );
    }
}

fn fits(nginx: &Nginx, location: usize, bytes: usize) {
    let (code, _, log) = nginx.through(location);
    let wanted = if head_fits(bytes, 4096) { 200 } else { 502 };
    assert_eq!(code, wanted, "a head of {bytes} bytes\n{log}");
    assert_eq!(code == 502, log.contains("too big header"), "{log}");
}

fn record(kind: u8, content: &[u8]) -> Vec<u8> {
    let [hi, lo] = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[1, kind, 0, 1, hi, lo, 0, 0], content].concat()
}

/// A FastCGI request ends with an empty record of type 5.
fn speaks_fastcgi(answer: Vec<u8>) -> SocketAddr {
    use std::io::{Read, Write};
    servers::serve(move |mut stream| {
        let mut all = Vec::new();
        let mut buffer = [0; 4096];
        while !all.ends_with(&[1, 5, 0, 1, 0, 0, 0, 0]) {
            match stream.read(&mut buffer) {
                Ok(n) if n > 0 => all.extend_from_slice(&buffer[..n]),
                _ => return,
            }
        }
        let _ = stream.write_all(&answer);
    })
}

#[test]
fn nginx_names_fastcgi_faults_as_we_do() {
    let good = record(6, b"Status: 200 OK\r\n\r\nok");
    let end = record(3, &[0; 8]);
    let streams: [Vec<u8>; 7] = [
        [&good[..], &end].concat(),
        b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
        record(9, b""),
        record(6, b""),
        end,
        record(6, b"Status: no\r\n\r\n"),
        vec![1, 6, 0, 2, 0, 0, 0, 0],
    ];
    let pass = |bytes: &Vec<u8>| format!("fastcgi_pass {};", speaks_fastcgi(bytes.clone()));
    let locations: Vec<String> = streams.iter().map(pass).collect();
    let Some(nginx) = Nginx::start("fastcgi", &locations) else {
        eprintln!("skipped: no nginx");
        return;
    };
    for (n, bytes) in streams.iter().enumerate() {
        let reply = fastcgi::read(bytes, true);
        let page = http1::read_cgi(&reply.stdout, true);
        let stream = reply
            .oddities
            .iter()
            .find_map(|o| fastcgi::Reply::nginx_says(o.kind));
        let head = page
            .oddities
            .iter()
            .find_map(|o| match verdict(o.kind, Some(nginx.release)) {
                Verdict::Refuses(text) => Some(text),
                _ => None,
            });
        let (code, _, log) = nginx.through(n);
        let wanted = if reply.stdout.is_empty() {
            stream
        } else {
            head.or(stream)
        };
        let named = wanted.is_none_or(|text| log.contains(text));
        assert_eq!(
            code,
            if wanted.is_some() { 502 } else { 200 },
            "{n}: {wanted:?}\n{log}"
        );
        assert!(named, "{n}: {wanted:?}\n{log}");
    }
}

/// A backend that answers with an interim answer first.
#[test]
fn nginx_takes_interim_answers_as_our_rules_say() {
    let bytes =
        "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let locations = [format!("proxy_pass http://{};", says_and_waits(bytes))];
    let Some(nginx) = Nginx::start("interim", &locations) else {
        eprintln!("skipped: no nginx");
        return;
    };
    let kind = http1::read(bytes.as_bytes(), &Context::default()).oddities[0].kind;
    let (code, ..) = nginx.through(0);
    let wanted = match verdict(kind, Some(nginx.release)) {
        Verdict::TakesAsFinal => 103,
        _ => 200,
    };
    assert_eq!(code, wanted);
}
