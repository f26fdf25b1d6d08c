//! Caddyfiles and JSON configurations, and where requests go by them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
#![allow(
    clippy::indexing_slicing,
    reason = "a test that cannot go on may panic"
)]
use gatewhy_facts::answer::Answer;
use gatewhy_facts::caddy::{self, route};
use gatewhy_facts::forward::{Address, Request, Route, Scheme};
use gatewhy_facts::known::Known;
use gatewhy_facts::nginx::files::KnownFiles;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::question::{Question, View};
use proptest::prelude::*;

/// A host with these files and no others.
fn host(files: &[(&str, &str)]) -> Known {
    let mut known = Known::new();
    for (path, text) in files {
        known.learn(Question::file(*path), Answer::got(text.as_bytes().to_vec()));
        let question = Question::Walk {
            path: HostPath::new(*path),
            view: View::Host,
        };
        let walk = format!("644 0 0 f 8:1 3 - 6 {path}\0\n");
        known.learn(question, Answer::got(walk.into_bytes()));
    }
    known
}

fn asked(known: &Known, main: &str, url: &str) -> Route {
    let files = KnownFiles {
        known,
        view: View::Host,
    };
    let config = caddy::load(&files, &HostPath::new(main));
    let (host, target) = url.split_once('/').unwrap();
    let (name, port) = host.split_once(':').unwrap_or((host, "80"));
    let request = Request {
        local: format!("127.0.0.1:{port}").parse().unwrap(),
        socket: None,
        host: name.to_owned(),
        host_header: host.to_owned(),
        target: format!("/{target}"),
        tls: false,
    };
    route::route(&config, &files, &request)
}

fn targets(route: &Route) -> Vec<String> {
    route.targets.iter().map(|t| t.written.clone()).collect()
}

const SITES: &str = r#"
{
	auto_https off
	log {
		output file /var/log/caddy/all.log
	}
}
(app) {
	reverse_proxy {args.0} {
		transport http {
			dial_timeout 2s
			response_header_timeout 10s
		}
	}
}
http://shop.test, http://www.shop.test {
	@api {
		path /api/* /v1/*
		not header X-Old yes
	}
	reverse_proxy 127.0.0.1:1
	handle_path /strip/* {
		reverse_proxy unix//run/s.sock
	}
	handle @api {
		import app 127.0.0.1:2
	}
	redir /old /new 301
}
http://*.shop.test {
	respond "no" 503
}
:80 {
	root * /srv/www
	php_fastcgi 127.0.0.1:9000
	file_server
}
"#;

#[test]
fn the_most_exact_site_and_the_order_of_directives() {
    let known = host(&[("/c/Caddyfile", SITES)]);
    let of = |url| asked(&known, "/c/Caddyfile", url);
    assert_eq!(targets(&of("shop.test/x")), ["127.0.0.1:1"]);
    let api = of("www.shop.test/api/list?a=1");
    assert_eq!(targets(&api), ["127.0.0.1:2"]);
    assert_eq!(api.sent, "/api/list?a=1");
    let read = api.read.unwrap();
    assert_eq!(
        (read.time.as_secs(), read.directive),
        (10, "response_header_timeout")
    );
    assert_eq!(read.place.unwrap().span.line, 12);
    assert_eq!(api.error_log, Some(HostPath::new("/var/log/caddy/all.log")));
    let names: Vec<&str> = api.blocks.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["site http://www.shop.test", "handle @api", "reverse_proxy"]
    );
    let stripped = of("shop.test/strip/a");
    assert_eq!(stripped.sent, "/a");
    assert_eq!(
        stripped.targets[0].address,
        Address::Unix(HostPath::new("/run/s.sock"))
    );
    assert_eq!(of("shop.test/old").answer.unwrap().0, 301);
    assert_eq!(of("x.shop.test/").answer.unwrap().0, 503);
}

#[test]
fn php_scripts_are_found_on_disk() {
    let known = host(&[
        ("/c/Caddyfile", SITES),
        ("/srv/www/index.php", ""),
        ("/srv/www/a.php", ""),
        ("/srv/www/pic.png", ""),
    ]);
    let absent = |path: &str| Question::Walk {
        path: HostPath::new(path),
        view: View::Host,
    };
    let mut known = known;
    for path in [
        "/srv/www/",
        "/srv/www/page",
        "/srv/www/page/index.php",
        "/srv/www/pic.png/index.php",
        "/srv/www/a.php/index.php",
    ] {
        let walk = b"755 0 0 d 8:1 2 - 5 /\0\n0 0 0 - 0:0 0 - 0 /srv\0\n";
        known.learn(absent(path), Answer::got(walk.to_vec()));
    }
    let of = |url| asked(&known, "/c/Caddyfile", url);
    let script = of("other/a.php/info").script.unwrap();
    assert_eq!(
        (script.file.as_str(), script.name.as_str()),
        ("/srv/www/a.php", "/a.php")
    );
    let page = of("other/page?x");
    assert_eq!(page.targets[0].scheme, Scheme::FastCgi);
    assert_eq!(page.script.unwrap().file.as_str(), "/srv/www/index.php");
    assert!(of("other/pic.png").targets.is_empty());
}

#[test]
fn names_without_a_port_are_redirected_to_tls() {
    let known = host(&[(
        "/c/Caddyfile",
        "shop.test\nreverse_proxy https://a.internal backend {\n to b:81\n}\n",
    )]);
    assert_eq!(
        asked(&known, "/c/Caddyfile", "shop.test/")
            .answer
            .unwrap()
            .0,
        308
    );
    let tls = asked(&known, "/c/Caddyfile", "shop.test:443/");
    assert_eq!(targets(&tls), ["a.internal", "backend", "b:81"]);
    assert_eq!(tls.targets[0].scheme, Scheme::Https);
    assert_eq!(tls.tls_name.as_deref(), Some("a.internal"));
}

#[test]
fn what_is_not_evaluated_is_a_gap() {
    let text = ":80 {\n @x expression `{method} == 'GET'`\n reverse_proxy @x a:1\n reverse_proxy {$UPSTREAM}\n}\n";
    let known = host(&[("/c/Caddyfile", text)]);
    let found = asked(&known, "/c/Caddyfile", "x/");
    assert!(found.targets.is_empty());
    assert_eq!(found.gaps.len(), 2, "{:?}", found.gaps);
}

#[test]
fn json_is_read_with_its_lines() {
    let text = r#"{
 "apps": {"http": {"servers": {"web": {
  "listen": [":80", "127.0.0.1:8080"],
  "routes": [
   {"match": [{"host": ["a.test"], "not": [{"path": ["/x"]}]}],
    "handle": [{"handler": "subroute", "routes": [
      {"handle": [{"handler": "rewrite", "strip_path_prefix": "/p"}]},
      {"handle": [{"handler": "reverse_proxy",
        "health_checks": {"active": {"uri": "/up"}},
        "transport": {"protocol": "http", "response_header_timeout": 5000000000},
        "upstreams": [{"dial": "127.0.0.1:3000"}]}]}]}],
    "terminal": true},
   {"handle": [{"handler": "static_response", "status_code": "503"}]}
  ]}}}}}"#;
    let known = host(&[("/c/caddy.json", text)]);
    let of = |url| asked(&known, "/c/caddy.json", url);
    let found = of("a.test/p/q");
    assert_eq!(
        (found.sent.as_str(), found.targets[0].place.span.line),
        ("/q", 11)
    );
    assert_eq!(found.read.unwrap().time.as_secs(), 5);
    assert_eq!(found.check.unwrap().0, "/up");
    assert_eq!(of("a.test/x").answer.unwrap().0, 503);
}

#[test]
fn imports_that_import_themselves_end() {
    let known = host(&[(
        "/c/Caddyfile",
        "import Caddyfile\n:80 {\n import Caddyfile\n}\n",
    )]);
    assert!(!asked(&known, "/c/Caddyfile", "x/").gaps.is_empty());
}

proptest! {
    #[test]
    fn no_text_panics(text in proptest::collection::vec(any::<u8>(), 0..300)) {
        let known = host(&[("/c/Caddyfile", &String::from_utf8_lossy(&text))]);
        let _ = asked(&known, "/c/Caddyfile", "x/y");
    }

    #[test]
    fn no_words_panic(words in proptest::collection::vec(prop_oneof![
        Just("{"), Just("}"), Just("\n"), Just(":80"), Just("not"), Just("@a"), Just("handle"),
        Just("reverse_proxy"), Just("php_fastcgi"), Just("route"), Just("/x*"), Just("path"),
        Just("unix/"), Just("import"), Just("(a)"), Just("a"), Just("uri"), Just("strip_prefix"),
        Just("file"), Just("try_files"), Just("https://"), Just("split"), Just("\"")
    ], 0..60)) {
        let known = host(&[("/c/Caddyfile", &words.join(" "))]);
        let _ = asked(&known, "/c/Caddyfile", "x/y.php");
    }
}

#[test]
fn who_is_asked_whether_a_request_may_go_on_is_no_backend_of_it() {
    let file = "http://a.test {\n\tforward_auth auth:9091 {\n\t\turi /api/verify\n\t}\n\treverse_proxy app:3000\n}\n";
    let adapted = r#"{"apps":{"http":{"servers":{"s":{"listen":[":80"],"routes":[{"handle":[
        {"handler":"reverse_proxy","rewrite":{"method":"GET","uri":"/api/verify"},
         "handle_response":[{"match":{"status_code":[2]},"routes":[{"handle":[{"handler":"vars"}]}]}],
         "upstreams":[{"dial":"auth:9091"}]},
        {"handler":"reverse_proxy","upstreams":[{"dial":"app:3000"}]}]}]}}}}}"#;
    for (main, text) in [
        ("/etc/caddy/Caddyfile", file),
        ("/etc/caddy/caddy.json", adapted),
    ] {
        let known = host(&[(main, text)]);
        let route = asked(&known, main, "a.test/x");
        let targets: Vec<&str> = route.targets.iter().map(|t| t.written.as_str()).collect();
        assert_eq!(targets, ["app:3000"], "{main}");
        let before: Vec<&str> = route.asked.iter().map(|t| t.written.as_str()).collect();
        assert_eq!(before, ["auth:9091"], "{main}");
        assert!(route.gaps.is_empty(), "{:?}", route.gaps);
    }
}
