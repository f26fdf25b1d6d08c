//! VCL, and where requests go by it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
#![allow(
    clippy::indexing_slicing,
    reason = "a test that cannot go on may panic"
)]
use gatewhy_facts::answer::Answer;
use gatewhy_facts::forward::{Address, Request, Route};
use gatewhy_facts::known::Known;
use gatewhy_facts::nginx::files::KnownFiles;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::question::{Question, View};
use gatewhy_facts::varnish::command_line::CommandLine;
use gatewhy_facts::varnish::{route, vcl};
use proptest::prelude::*;
use std::time::Duration;

fn asked(files: &[(&str, &str)], url: &str) -> Route {
    let mut known = Known::new();
    for (path, text) in files {
        known.learn(Question::file(*path), Answer::got(text.as_bytes().to_vec()));
    }
    let files = KnownFiles {
        known: &known,
        view: View::Host,
    };
    let vcl = vcl::load(&files, &HostPath::new("/etc/varnish/default.vcl"));
    let (host, target) = url.split_once('/').unwrap();
    let request = Request {
        local: "127.0.0.1:80".parse().unwrap(),
        socket: None,
        host: host.to_owned(),
        host_header: host.to_owned(),
        target: format!("/{target}"),
        tls: false,
    };
    let command = CommandLine::read(["-p", "connect_timeout=1"]);
    route::route(&vcl, &command, &request)
}

const MAIN: &str = r#"
vcl 4.1;
import directors; # of servers
include "backends.vcl";
/* acl of friends */
acl friends { "127.0.0.1"; ! "10.0.0.0"/8; }
sub vcl_init {
    new pool = directors.round_robin();
    pool.add_backend(one);
    pool.add_backend(two);
}
sub vcl_recv {
    if (req.http.host ~ "(?i)^www\.") {
        set req.http.host = regsub(req.http.host, "^www\.", "");
    }
    if (req.method == "PURGE") { return (purge); }
    if (req.url ~ "^/pool/" && !(req.http.X-Old || req.method != "GET")) {
        set req.backend_hint = pool.backend();
        set req.url = regsub(req.url, "^/pool(/.*)$", "\1");
        return (pass);
    } elsif (req.http.host == "sock.test") {
        set req.backend_hint = sock;
    } else if (req.url == "/closed") {
        return (synth(503, "Closed"));
    }
    call more;
}
sub more {
    if (client.ip ~ friends) { set req.backend_hint = two; }
    if (std.port(client.ip) > 5) { set req.http.X-Y = "1"; }
}
"#;

const BACKENDS: &str = r#"
probe up { .request = "GET /up HTTP/1.1" "Host: x"; .interval = 5s; }
backend one {
    .host = "127.0.0.1";
    .port = "3001";
    .first_byte_timeout = 2m;
    .probe = up;
}
backend two { .host = "localhost"; .probe = { .url = "/two"; .window = 5; } }
backend sock { .path = "/run/app.sock"; }
"#;

fn of(url: &str) -> Route {
    let files = [
        ("/etc/varnish/default.vcl", MAIN),
        ("/etc/varnish/backends.vcl", BACKENDS),
    ];
    asked(&files, url)
}

#[test]
fn a_director_stands_for_its_backends() {
    let found = of("www.shop.test/pool/a?b");
    let written: Vec<_> = found.targets.iter().map(|t| t.written.as_str()).collect();
    assert_eq!(written, ["127.0.0.1:3001", "localhost:80"]);
    assert_eq!(found.sent, "/a?b");
    assert_eq!(found.host.as_deref(), Some("shop.test"));
    let read = found.read.unwrap();
    assert_eq!(read.time, Duration::from_mins(2));
    assert_eq!(read.place.unwrap().span.line, 6);
    assert_eq!(found.connect.unwrap().time, Duration::from_secs(1));
    assert_eq!(found.check.unwrap().0, "/up");
    assert!(found.gaps.is_empty(), "{:?}", found.gaps);
}

#[test]
fn conditions_choose_and_unknown_ones_are_gaps() {
    let sock = of("sock.test/");
    assert_eq!(
        sock.targets[0].address,
        Address::Unix(HostPath::new("/run/app.sock"))
    );
    assert_eq!(sock.gaps.len(), 1, "{:?}", sock.gaps);
    assert!(
        sock.gaps[0].what.contains("default.vcl:29"),
        "{:?}",
        sock.gaps
    );
    assert_eq!(of("x/closed").answer.unwrap().0, 503);
    assert_eq!(of("x/").targets[0].written, "127.0.0.1:3001");
}

#[test]
fn files_that_include_themselves_end() {
    let text = "include \"default.vcl\"; include \"default.vcl\";";
    let found = asked(&[("/etc/varnish/default.vcl", text)], "x/");
    assert!(!found.gaps.is_empty());
}

#[test]
fn subroutines_that_call_themselves_end() {
    let text = "backend a { .host = \"h\"; } sub vcl_recv { call vcl_recv; call vcl_recv; }";
    let found = asked(&[("/etc/varnish/default.vcl", text)], "x/");
    assert_eq!(found.targets[0].written, "h:80");
}

proptest! {
    #[test]
    fn no_text_panics(text in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = asked(&[("/etc/varnish/default.vcl", &String::from_utf8_lossy(&text))], "x/y");
    }

    #[test]
    fn no_words_panic(words in proptest::collection::vec(prop_oneof![
        Just("("), Just(")"), Just("{"), Just("}"), Just(";"), Just("="), Just("if"), Just("else"),
        Just("elsif"), Just("set"), Just("req.url"), Just("~"), Just("!"), Just("&&"), Just("||"), Just("call"),
        Just("sub"), Just("vcl_recv"), Just("backend"), Just("a"), Just(".host"), Just("\"h\""), Just("return"),
        Just("synth"), Just("regsub"), Just(","), Just("include"), Just("probe"), Just(".probe"), Just("{\""), Just("\"}")
    ], 0..80)) {
        let _ = asked(&[("/etc/varnish/default.vcl", &words.join(" "))], "x/y");
        let text = format!("backend a {{ .host = \"h\"; }} sub vcl_recv {{ {} }}", words.join(" "));
        let _ = asked(&[("/etc/varnish/default.vcl", &text)], "x/y");
    }
}
