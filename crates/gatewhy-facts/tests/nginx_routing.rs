//! Routing where a running nginx cannot easily be asked: TLS names, IPv6, files
//! that nobody may look at, configurations that are only half known.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
use gatewhy_facts::fact::{Fact, Gap, Source, Why};
use gatewhy_facts::nginx::authority::Authority;
use gatewhy_facts::nginx::config;
use gatewhy_facts::nginx::files::{FileText, Files, Kind};
use gatewhy_facts::nginx::model::{self, Nginx};
use gatewhy_facts::nginx::route::{Host, Outcome, Request, Resolution, Route, route};
use gatewhy_facts::path::HostPath;
use proptest::prelude::*;

/// A configuration in one file; other paths are absent, or unknown below `/secret`.
struct OneFile {
    config: Vec<u8>,
    files: &'static [&'static str],
}

impl Files for OneFile {
    fn read(&self, path: &HostPath) -> Fact<FileText<'_>> {
        let source = Source::new(path.as_str());
        match path.as_str() {
            "/etc/nginx/nginx.conf" => {
                let text = FileText {
                    bytes: &self.config,
                    cut: false,
                };
                Fact::Found(text, source)
            }
            other if other.starts_with("/secret") => Fact::Unknown(gap(other)),
            _ => Fact::Absent(source),
        }
    }

    fn list(&self, folder: &HostPath) -> Fact<Vec<(String, Kind)>> {
        Fact::Absent(Source::new(folder.as_str()))
    }

    fn kind(&self, path: &HostPath) -> Fact<Kind> {
        let source = Source::new(path.as_str());
        match path.as_str() {
            known if self.files.contains(&known) => Fact::Found(Kind::File, source),
            other if other.starts_with("/secret") => Fact::Unknown(gap(other)),
            _ => Fact::Absent(source),
        }
    }
}

fn gap(what: &str) -> Gap {
    Gap {
        what: what.to_owned(),
        why: Why::Pending,
        allow_by: String::new(),
    }
}

struct Site {
    files: OneFile,
    nginx: Nginx,
}

impl Site {
    fn new(http: &str) -> Self {
        let site = Self::with_problems(http, &[]);
        assert_eq!(site.nginx.problems, []);
        site
    }

    fn with_problems(http: &str, files: &'static [&'static str]) -> Self {
        let config = format!("events {{}} http {{ {http} }}").into_bytes();
        let files = OneFile { config, files };
        let config = config::load(&files, &HostPath::new("/etc/nginx/nginx.conf"));
        let nginx = model::read(&config);
        Self { files, nginx }
    }

    fn route(&self, request: &Request) -> Route {
        let http = self.nginx.http.as_ref().unwrap();
        route(&self.nginx, http, &self.files, &Host::default(), request)
    }

    /// `STATUS TEXT` of nginx's own answer, or what else happens.
    fn answer(&self, request: &Request) -> String {
        shown(&self.route(request))
    }

    fn problems(http: &str) -> Vec<String> {
        let site = Self::with_problems(http, &[]);
        site.nginx.problems.into_iter().map(|p| p.what).collect()
    }
}

fn shown(route: &Route) -> String {
    match &route.outcome {
        Outcome::Answer(answer) => {
            format!(
                "{} {}",
                answer.status,
                String::from_utf8_lossy(&answer.text)
            )
        }
        Outcome::Backend(call) => {
            let peers = call.peers.iter().map(|peer| peer.address.to_string());
            peers.collect::<Vec<_>>().join(" ")
        }
        Outcome::File(path) => path.to_string(),
        Outcome::Undecided(gap) => format!("undecided: {}", gap.what),
        other => format!("{other:?}"),
    }
}

fn at(address: &str) -> Authority {
    Authority::Ip(address.parse().unwrap())
}

fn get(address: &str, host: &str, target: &str) -> Request {
    Request::get(at(address), host, target)
}

#[test]
fn the_tls_name_chooses_first_and_the_host_again() {
    let site = Site::new(
        "ssl_certificate /c; ssl_certificate_key /k;
         server { listen 443 ssl; server_name a.test; merge_slashes off; return 200 \"a $uri\"; }
         server { listen 443 ssl; server_name b.test; return 200 \"b $uri\"; }
         server { listen 443 ssl; server_name ~^(?<n>.+)\\.re$; return 200 \"re $n $1\"; }",
    );
    let tls = |sni: Option<&str>, host: &str, target: &str| {
        let mut request = get("192.0.2.1:443", host, target);
        request.tls = true;
        request.sni = sni.map(str::to_owned);
        site.answer(&request)
    };
    assert_eq!(tls(None, "b.test", "/"), "200 b /");
    assert_eq!(tls(Some("b.test"), "b.test", "/"), "200 b /");
    assert_eq!(tls(Some("a.test"), "b.test", "/"), "200 b /");
    // Nobody has the host's name: the default server, not the one of the handshake.
    assert_eq!(tls(Some("b.test"), "x.test", "/"), "200 a /");
    // The request line is read with the settings of the handshake's server.
    assert_eq!(tls(Some("b.test"), "b.test", "//x"), "200 b /x");
    assert_eq!(tls(Some("a.test"), "b.test", "//x"), "200 b //x");
    assert_eq!(tls(Some("me.re"), "me.re", "/"), "200 re me me");
    let plain = get("192.0.2.1:443", "a.test", "/");
    assert!(site.answer(&plain).starts_with("400"));
}

#[test]
fn ipv6_sockets_take_ipv4_only_when_told_to() {
    let only = Site::new("server { listen [::]:80; return 200 six; }");
    assert_eq!(only.answer(&get("[::1]:80", "x", "/")), "200 six");
    assert_eq!(
        only.route(&get("127.0.0.1:80", "x", "/")).outcome,
        Outcome::NotListening
    );
    let both = Site::new("server { listen [::]:80 ipv6only=off; return 200 both; }");
    assert_eq!(both.answer(&get("127.0.0.1:80", "x", "/")), "200 both");
    let own = Site::new(
        "server { listen [::]:80 ipv6only=off; return 200 six; } server { listen 80; return 200 four; }",
    );
    assert_eq!(own.answer(&get("127.0.0.1:80", "x", "/")), "200 four");
    assert_eq!(own.answer(&get("[2001:db8::1]:80", "x", "/")), "200 six");
    assert_eq!(
        own.route(&get("127.0.0.1:81", "x", "/")).outcome,
        Outcome::NotListening
    );
}

#[test]
fn a_server_without_listen_or_name_has_the_implied_ones() {
    let site = Site::new("server { return 200 first; } server { server_name x; return 200 x; }");
    assert_eq!(site.answer(&get("192.0.2.1:80", "x", "/")), "200 x");
    assert_eq!(site.answer(&get("192.0.2.1:80", "y", "/")), "200 first");
    let mut old = get("192.0.2.1:80", "x", "/");
    old.headers.clear();
    assert!(site.answer(&old).starts_with("400"));
    old.protocol = "HTTP/1.0".into();
    assert_eq!(site.answer(&old), "200 first");
}

#[test]
fn unix_sockets_and_names_in_listen_are_candidates() {
    let site = Site::new(
        "server { listen unix:/run/n.sock; return 200 unix; }
         server { listen localhost:81; return 200 local; }
         server { listen app.internal:82; return 200 named; }",
    );
    let unix = Authority::Unix(HostPath::new("/run/n.sock"));
    assert_eq!(site.answer(&Request::get(unix, "x", "/")), "200 unix");
    assert_eq!(site.answer(&get("127.0.0.1:81", "x", "/")), "200 local");
    let named = site.route(&get("192.0.2.1:82", "x", "/"));
    assert_eq!(named.outcome, Outcome::NotListening);
    assert!(!named.gaps.is_empty(), "the name's address is not known");
}

#[test]
fn what_nobody_could_look_at_is_undecided_and_never_guessed() {
    let site = Site::new(
        "server { listen 80; root /secret;
           location / { try_files $uri @app; }
           location /if { if (-f /secret/flag) { return 503; } return 200 open; }
           location /static { }
           location /index/ { }
           location /unset { return 200 \"$upstream_cache_status\"; }
           location /known { try_files /known =404; root /srv; }
           location @app { proxy_pass http://127.0.0.1:3000; } }",
    );
    let answer = |target: &str| site.answer(&get("192.0.2.1:80", "x", target));
    assert_eq!(answer("/a"), "undecided: /secret/a");
    assert_eq!(answer("/if"), "undecided: /secret/flag");
    assert_eq!(answer("/static"), "undecided: /secret/static");
    assert_eq!(answer("/index/"), "undecided: /secret/index/index.html");
    assert!(answer("/unset").starts_with("undecided: the value of $upstream_cache_status"));
    assert_eq!(answer("/known"), "404 ");
}

#[test]
fn an_include_that_could_not_be_read_is_a_gap_of_the_route() {
    let http = "include /secret/servers; server { listen 80; include /secret/locations;
        location / { include /secret/settings; proxy_pass http://127.0.0.1:3000; } }";
    let site = Site::new(http);
    let found = site.route(&get("192.0.2.1:80", "x", "/"));
    let gaps: Vec<_> = found.gaps.iter().map(|gap| gap.what.as_str()).collect();
    assert_eq!(
        gaps,
        ["/secret/servers", "/secret/locations", "/secret/settings"]
    );
    assert_eq!(shown(&found), "127.0.0.1:3000");
}

#[test]
fn names_are_resolved_when_nginx_starts_or_while_it_runs() {
    let site = Site::new(
        "resolver 127.0.0.53;
         upstream group { server app.test:81; server 127.0.0.1 backup; server late.test resolve; zone z 64k; }
         server { listen 80;
           location /a { proxy_pass http://app.test; }
           location /b { set $h other.test; proxy_pass http://$h:8080; }
           location /c { set $h app.test; proxy_pass http://$h; }
           location /d { proxy_pass http://group; }
           location /e { resolver 192.0.2.53; proxy_pass http://$http_x_to/; }
           location /f { set $h unix:/run/a.sock:/x; proxy_pass http://$h; } }",
    );
    let peers = |target: &str| {
        let mut request = get("192.0.2.1:80", "x", target);
        request
            .headers
            .push(("X-To".into(), b"third.test".to_vec()));
        match site.route(&request).outcome {
            Outcome::Backend(call) => call.peers,
            other => panic!("{other:?}"),
        }
    };
    let run_time = |server: &str| Resolution::AtRunTime(vec![server.to_owned()]);
    assert_eq!(peers("/a")[0].resolution, Resolution::AtStart);
    assert_eq!(peers("/b")[0].resolution, run_time("127.0.0.53"));
    // The same name and port stand elsewhere without a variable.
    assert_eq!(peers("/c")[0].resolution, Resolution::AtStart);
    let group = peers("/d");
    let all: Vec<_> = group.iter().map(|peer| peer.resolution.clone()).collect();
    assert_eq!(
        all,
        [
            Resolution::AtStart,
            Resolution::None,
            run_time("127.0.0.53")
        ]
    );
    assert!(group[1].backup && !group[0].backup);
    assert_eq!(peers("/e")[0].resolution, run_time("192.0.2.53"));
    assert_eq!(peers("/f")[0].address.to_string(), "unix:/run/a.sock");
}

#[test]
fn the_backend_is_asked_by_the_name_that_nginx_uses() {
    let site = Site::new(
        "upstream group { server 127.0.0.1:443; }
         server { listen 80;
           location /a { proxy_pass https://group; }
           location /b { proxy_pass https://app.test:8443; proxy_set_header Host $host; }
           location /c { proxy_pass https://app.test; proxy_ssl_name $host; }
           location /d { proxy_pass http://unix:/run/a.sock; } }",
    );
    let names = |target: &str| match site
        .route(&get("192.0.2.1:80", "v.test:81", target))
        .outcome
    {
        Outcome::Backend(call) => {
            let text = |bytes: Result<Vec<u8>, Gap>| String::from_utf8(bytes.unwrap()).unwrap();
            format!(
                "{} {} {}",
                call.tls,
                text(call.request.host),
                text(call.request.tls_name)
            )
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(names("/a"), "true group group");
    assert_eq!(names("/b"), "true v.test app.test");
    assert_eq!(names("/c"), "true app.test v.test");
    assert!(names("/d").starts_with("false localhost"));
}

#[test]
fn a_large_body_and_an_unknown_visitor_are_seen() {
    let site = Site::new(
        "server { listen 80; location / { proxy_pass http://127.0.0.1:1; }
           location /big { client_max_body_size 2m; proxy_pass http://127.0.0.1:1; }
           location /in { allow 192.0.2.0/24; deny all; proxy_pass http://127.0.0.1:1; } }",
    );
    let mut request = get("192.0.2.1:80", "x", "/");
    request
        .headers
        .push(("Content-Length".into(), b"1048577".to_vec()));
    assert!(site.answer(&request).starts_with("413"));
    request.target = b"/big".to_vec();
    assert_eq!(site.answer(&request), "127.0.0.1:1");
    let mut request = get("192.0.2.1:80", "x", "/in");
    assert!(
        site.answer(&request)
            .starts_with("undecided: whether the visitor is")
    );
    request.client = "192.0.2.9".parse().ok();
    assert_eq!(site.answer(&request), "127.0.0.1:1");
    request.client = "198.51.100.9".parse().ok();
    assert!(site.answer(&request).starts_with("403"));
}

/// Configurations with what nginx says of each.
const REFUSED: &[(&str, &str)] = &[
    ("upstream a { }", "no servers are inside upstream"),
    (
        "upstream a { server b:1; } upstream A { server b:2; }",
        "duplicate upstream \"A\"",
    ),
    (
        "server { listen 80; listen 80; }",
        "a duplicate listen 0.0.0.0:80",
    ),
    (
        "server { listen 80 default_server; } server { listen 80 default_server; }",
        "a duplicate default server for 0.0.0.0:80",
    ),
    (
        "server { location /a { } location /a { } }",
        "duplicate location \"/a\"",
    ),
    (
        "server { location /a { location /b { } } }",
        "location \"/b\" is outside location \"/a\"",
    ),
    (
        "server { location /a { location @b { } } }",
        "named location \"@b\" can be on the server level only",
    ),
    (
        "server { location = /a { location /a/b { } } }",
        "location \"/a/b\" cannot be inside the exact location \"/a\"",
    ),
    (
        "server { location / { proxy_pass app:80; } }",
        "invalid URL prefix",
    ),
    (
        "server { location / { fastcgi_pass app; } }",
        "no port in upstream \"app\"",
    ),
    (
        "upstream a { server b:1; } server { location / { proxy_pass http://a:81; } }",
        "upstream \"a\" may not have port 81",
    ),
    (
        "server { access_log /a odd; }",
        "unknown log format \"odd\"",
    ),
    (
        "server { listen 443 ssl; }",
        "no \"ssl_certificate\" is defined for the \"listen ... ssl\" directive",
    ),
    ("server { listen 80 oops; }", "invalid parameter \"oops\""),
    (
        "server { listen 99999; }",
        "invalid port in \"99999\" of the \"listen\" directive",
    ),
    (
        "server { server_name a.*.b; }",
        "server name \"a.*.b\" is invalid",
    ),
    (
        "server { root /a; root /b; }",
        "\"root\" directive is duplicate",
    ),
    (
        "server { proxy_pass http://a; }",
        "\"proxy_pass\" directive is not allowed here",
    ),
    (
        "server { root; }",
        "invalid number of arguments in \"root\" directive",
    ),
];

#[test]
fn what_nginx_refuses_as_a_whole_is_said_in_its_words() {
    for (http, expected) in REFUSED {
        assert_eq!(Site::problems(http), [*expected], "{http}");
    }
    for fine in [
        "server { location /a { } location = /a { } location ~ /a { } location ~ /a { } }",
        "server { listen 443 ssl; ssl_reject_handshake on; }",
        "server { listen 80; } server { listen 80 default_server; listen [::]:80 default_server; }",
        "log_format odd x; server { access_log /a odd if=$x; access_log off; }",
        "server { location ~ \\.php$ { fastcgi_pass unix:/run/p.sock; } }",
    ] {
        assert_eq!(Site::problems(fine), [] as [String; 0], "{fine}");
    }
}

/// Text that is a configuration more often than not.
fn http_like() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "server { ",
        "listen 80; ",
        "server_name ~^(.+)$; ",
        "location / { ",
        "location ~ ^/(a|b)(.*)$ { ",
        "location = /a { ",
        "location ^~ /a/ { ",
        "location @n { ",
        "} ",
        "} ",
        "return 200 \"$1$uri\"; ",
        "rewrite ^/(.*)$ /$1$1 last; ",
        "rewrite ^ /b? break; ",
        "if ($uri ~ (a)) { ",
        "if (-f $request_filename) { ",
        "set $x \"$x$uri\"; ",
        "try_files $uri $uri/ @n; ",
        "try_files $uri /a; ",
        "error_page 404 403 500 /a; ",
        "error_page 404 @n; ",
        "proxy_pass http://$x; ",
        "proxy_pass http://127.0.0.1:1/$1; ",
        "alias /x; ",
        "root /$1; ",
        "index a /a; ",
        "internal; ",
        "fastcgi_pass 127.0.0.1:9; ",
        "limit_except GET { ",
        "deny all; ",
        "break; ",
        "map $uri $x { ~(.) $1; default $x; } ",
        "split_clients $uri $x { 50% a; * b; } ",
        "rewrite (((a)*)*)*$ /x; ",
        "include /secret/x; ",
        "recursive_error_pages on; ",
        "return 404; ",
        "absolute_redirect off; ",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_configuration_and_target_come_to_an_end(http in http_like(), target in "/[ab/.%0-9?&#+]{0,12}", raw: Vec<u8>) {
        let site = Site::with_problems(&http, &["/x/a", "/a"]);
        for target in [target.as_bytes().to_vec(), raw] {
            let mut request = get("192.0.2.1:80", "x", "/");
            request.target = target;
            let found = site.route(&request);
            prop_assert!(found.trace.len() < 1_000);
        }
    }
}
