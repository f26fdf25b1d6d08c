//! lighttpd's configuration, and where requests go by it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
#![allow(
    clippy::indexing_slicing,
    reason = "a test that cannot go on may panic"
)]
use gatewhy_facts::answer::Answer;
use gatewhy_facts::forward::{Request, Route, Scheme};
use gatewhy_facts::known::Known;
use gatewhy_facts::lighttpd::{config, route};
use gatewhy_facts::nginx::files::KnownFiles;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::question::{Question, View};
use proptest::prelude::*;

fn asked(files: &[(&str, &str)], url: &str) -> Route {
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
    let files = KnownFiles {
        known: &known,
        view: View::Host,
    };
    let config = config::load(&files, &HostPath::new("/l/lighttpd.conf"));
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

const MAIN: &str = r#"
server.modules = ( "mod_access" )
server.modules += ( "mod_proxy", "mod_fastcgi" ) # more
server.port = 80
server.errorlog = "/var/log/lighttpd/error.log"
server.document-root = "/srv/www"
index-file.names = ( "index.php", "index.html" )
include "more.conf"
fastcgi.server = ( ".php" => (( "socket" => "/run/php.sock" )) )
$SERVER["socket"] == ":8080" { server.document-root = "/srv/other" }
$HTTP["host"] =~ "^(www\.)?shop\.test$" {
    $HTTP["url"] =^ "/api/" {
        proxy.server = ( "" => ( "a" => ( "host" => "127.0.0.1", "port" => var.base + "1", "read-timeout" => 30 ),
                                 "b" => ( "host" => "::1", "port" => 3002 ) ) )
        proxy.header = ( "map-urlpath" => ( "/api/" => "/v1/" ) )
    }
    else $HTTP["url"] =~ "^/(old|new)" {
        url.rewrite-once = ( "^/old/(.*)" => "/new/$1?from=old" )
        proxy.server = ( "" => ( ( "host" => "/run/app.sock" ) ) )
    }
    else {
        scgi.server = ()
    }
}
$HTTP["useragent"] =~ "bot" { proxy.server = ( "" => (( "host" => "10.0.0.1" )) ) }
"#;

const MORE: &str = "var.base = \"300\"\n";

fn of(url: &str) -> Route {
    let files = [
        ("/l/lighttpd.conf", MAIN),
        ("/l/more.conf", MORE),
        ("/srv/www/index.php", ""),
    ];
    asked(&files, url)
}

#[test]
fn conditions_nest_and_have_alternatives() {
    let api = of("www.shop.test/api/x?y=1");
    let ports: Vec<_> = api.targets.iter().map(|t| t.written.clone()).collect();
    assert_eq!(ports, ["127.0.0.1", "::1"]);
    assert_eq!(api.sent, "/v1/x?y=1");
    let read = api.read.unwrap();
    assert_eq!(
        (read.time.as_secs(), read.place.unwrap().span.line),
        (30, 13)
    );
    let names: Vec<_> = api.blocks.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "$HTTP[\"host\"] =~ \"^(www\\.)?shop\\.test$\"",
            "$HTTP[\"url\"] =^ \"/api/\"",
            "proxy.server \"\""
        ]
    );
    let old = of("shop.test/old/a");
    assert_eq!(old.targets[0].written, "/run/app.sock");
    assert_eq!(old.sent, "/new/a?from=old");
}

#[test]
fn folders_lead_to_their_index() {
    let page = of("other/");
    assert_eq!(page.targets[0].scheme, Scheme::FastCgi);
    let script = page.script.unwrap();
    assert_eq!(
        (script.file.as_str(), script.name.as_str()),
        ("/srv/www/index.php", "/index.php")
    );
    assert_eq!(page.gaps.len(), 1, "{:?}", page.gaps);
    assert!(of("other/picture.png").targets.is_empty());
}

#[test]
fn processes_of_its_own_have_sockets_of_their_own() {
    let text = "server.modules = (\"mod_fastcgi\")\nfastcgi.server = ( \"/\" => (( \"bin-path\" => \"/srv/app\", \"socket\" => \"/run/a\", \"max-procs\" => 2 )))\n";
    let found = asked(&[("/l/lighttpd.conf", text)], "x/y");
    let sockets: Vec<_> = found.targets.iter().map(|t| t.written.as_str()).collect();
    assert_eq!(sockets, ["/run/a-0", "/run/a-1"]);
}

#[test]
fn files_that_include_themselves_end() {
    let found = asked(
        &[(
            "/l/lighttpd.conf",
            "include \"lighttpd.conf\"\ninclude \"lighttpd.conf\"\n",
        )],
        "x/",
    );
    assert!(!found.gaps.is_empty());
}

proptest! {
    #[test]
    fn no_text_panics(text in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = asked(&[("/l/lighttpd.conf", &String::from_utf8_lossy(&text))], "x/y");
    }

    #[test]
    fn no_words_panic(words in proptest::collection::vec(prop_oneof![
        Just("("), Just(")"), Just("{"), Just("}"), Just("\n"), Just("=>"), Just("="), Just("+="), Just("+"),
        Just(","), Just("$HTTP[\"url\"]"), Just("=~"), Just("\"^/\""), Just("else"), Just("include"),
        Just("proxy.server"), Just("server.modules"), Just("\"mod_proxy\""), Just("\"host\""), Just("\"port\""),
        Just("\"\""), Just("80"), Just("url.rewrite"), Just("$SERVER[\"socket\"]"), Just("==")
    ], 0..80)) {
        let _ = asked(&[("/l/lighttpd.conf", &words.join(" "))], "x/y.php");
    }
}

#[test]
fn the_access_log_of_the_site_is_known_with_the_form_of_its_lines() {
    use gatewhy_facts::lighttpd::access_log;
    let with = |text: &str| {
        let mut known = Known::new();
        known.learn(
            Question::file("/l/lighttpd.conf"),
            Answer::got(text.as_bytes().to_vec()),
        );
        let files = KnownFiles {
            known: &known,
            view: View::Host,
        };
        let config = config::load(&files, &HostPath::new("/l/lighttpd.conf"));
        let request = Request {
            local: "127.0.0.1:80".parse().unwrap(),
            socket: None,
            host: "api.test".to_owned(),
            host_header: "api.test".to_owned(),
            target: "/".to_owned(),
            tls: false,
        };
        access_log::of_request(&config, &files, &request)
    };
    let site = "server.modules += ( \"mod_accesslog\" )
accesslog.filename = \"/var/log/all.log\"
$HTTP[\"host\"] == \"api.test\" { accesslog.filename = \"/var/log/api.log\" }
$HTTP[\"host\"] == \"b.test\" { accesslog.filename = \"/var/log/b.log\" }
";
    let (path, format) = with(site).unwrap();
    assert_eq!(path, HostPath::new("/var/log/api.log"));
    // What lighttpd 1.4.69 wrote.
    let line = b"127.0.0.1 api.test - [22/Nov/2026:02:00:15 +0000] \"GET / HTTP/1.1\" 503 361 \"-\" \"curl/7.88.1\"";
    let log = gatewhy_facts::nginx::access_log::read(line, &format);
    let record = log.records.first().unwrap();
    assert_eq!(
        (record.host, record.status),
        (Some(&b"api.test"[..]), Some(503))
    );
    assert_eq!(with(&site.replace("mod_accesslog", "mod_proxy")), None);
    assert_eq!(with(&site.replace("/var/log/api.log", "|/bin/x")), None);
}
