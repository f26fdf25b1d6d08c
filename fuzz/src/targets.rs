//! What is fuzzed. The same targets run over their seeds, cut and damaged, in the
//! tests of `gatewhy`, so that they stay true without a fuzzer.
#[path = "backends.rs"]
mod backends;
#[path = "lines.rs"]
mod lines;
#[path = "proxies.rs"]
mod proxies;

use gatewhy_causes::diagnose::{Guard, Request, diagnose};
use gatewhy_facts::answer::{Answer, Outcome};
use gatewhy_facts::dns;
use gatewhy_facts::known::Known;
use gatewhy_facts::linux::{self, firewall};

use gatewhy_facts::nginx::{
    access_log, authority, config, lexer, log_format, model, pattern, route,
};
use gatewhy_facts::path::HostPath;
use gatewhy_facts::php_fpm;
use gatewhy_facts::protocol::{fastcgi, http1, identify, tape};
use gatewhy_facts::question::{Command, Question};
use gatewhy_facts::recording::{self, Decoder, Limits, Record};
use gatewhy_facts::systemd;
use gatewhy_facts::time::Moment;
use gatewhy_facts::tls::{certificate, chain, hello};
use gatewhy_facts::untrusted::{is_harmless, shown};
use gatewhy_facts::{bundle, redact};
use proxies::Only;
use std::collections::BTreeMap;

/// One thing to fuzz.
#[derive(Debug)]
pub(crate) struct Target {
    /// Its name.
    pub(crate) name: &'static str,
    /// Reads the input; panics when a parser does, or breaks its promise.
    pub(crate) run: fn(&[u8]),
    /// How the questions begin whose recorded answers are seeds.
    pub(crate) asked: &'static [&'static str],
    /// Which parts of such an answer are, when not all of it.
    pub(crate) part: Option<&'static str>,
    /// Files and folders of further seeds.
    pub(crate) files: &'static [&'static str],
}

const fn target(name: &'static str, run: fn(&[u8])) -> Target {
    Target {
        name,
        run,
        asked: &[],
        part: None,
        files: &[],
    }
}

impl Target {
    const fn asked(mut self, asked: &'static [&'static str]) -> Self {
        self.asked = asked;
        self
    }

    const fn part(mut self, part: &'static str) -> Self {
        self.part = Some(part);
        self
    }

    const fn files(mut self, files: &'static [&'static str]) -> Self {
        self.files = files;
        self
    }
}

/// Everything that is fuzzed.
pub(crate) static TARGETS: &[Target] = &[
    target("nginx-lexer", nginx_lexer).asked(&["file /etc/nginx/"]),
    target("nginx-config", nginx_config).asked(&["file /etc/nginx/"]),
    target("nginx-route", nginx_route)
        .files(&["crates/gatewhy-facts/tests/nginx_routing/live.conf"]),
    target("nginx-error-log", lines::nginx_errors)
        .asked(&["file /var/log/nginx/error"])
        .files(&["crates/gatewhy-facts/tests/logs/nginx-error.log"]),
    target("nginx-access-log", nginx_access_log)
        .asked(&["file /var/log/nginx/access"])
        .files(&[
            "crates/gatewhy-facts/tests/logs/nginx-access.log",
            "crates/gatewhy-facts/tests/logs/nginx-combined.log",
        ]),
    target("nginx-log-format", nginx_log_format)
        .files(&["crates/gatewhy-facts/tests/logs/nginx-json.log"]),
    target("nginx-pattern", nginx_pattern),
    target("apache-config", proxies::apache).asked(&["file /etc/apache2/"]),
    target("haproxy-config", proxies::haproxy).asked(&["file /etc/haproxy/"]),
    target("caddy-config", proxies::caddy).asked(&["file /etc/caddy/"]),
    target("lighttpd-config", proxies::lighttpd).asked(&["file /etc/lighttpd/"]),
    target("varnish-vcl", proxies::varnish).asked(&["file /etc/varnish/"]),
    target("traefik-config", proxies::traefik).asked(&["file /etc/traefik/"]),
    target("envoy-config", proxies::envoy).asked(&["file /etc/envoy/"]),
    target("nginx-stream", backends::nginx_stream).asked(&["file /etc/nginx/"]),
    target("traefik-words", backends::traefik_words).asked(&["file /etc/systemd/"]),
    target("proxy-states", backends::states)
        .asked(&["exchange", "file /var/log/haproxy"])
        .part("received"),
    target("tomcat-server-xml", backends::tomcat).asked(&["file /var/lib/tomcat10/"]),
    target("pm2", backends::pm2).asked(&["file /home/"]),
    target("supervisor", backends::supervisor)
        .asked(&["file /etc/supervisor/", "file /var/log/supervisor/"]),
    target("varnish-log", proxies::varnish_log).asked(&["run varnishlog"]),
    target("error-page", proxies::error_page)
        .asked(&["exchange"])
        .part("received"),
    target("log-window", proxies::log_window).asked(&["file /var/log/"]),
    target("php-fpm-config", php_fpm_config)
        .asked(&["file /etc/php/"])
        .files(&["crates/gatewhy-facts/tests/php-fpm"]),
    target("php-fpm-log", lines::php_fpm)
        .asked(&["file /var/log/php"])
        .files(&[
            "crates/gatewhy-facts/tests/logs/php-fpm.log",
            "crates/gatewhy-facts/tests/logs/php-fpm-slow.log",
        ]),
    target("php-fpm-status", php_fpm_status).files(&[
        "crates/gatewhy-facts/tests/php-fpm/status-full.json",
        "crates/gatewhy-facts/tests/php-fpm/status-full.txt",
    ]),
    target("logs", lines::logs)
        .asked(&["file /var/log/nginx/"])
        .files(&[
            "crates/gatewhy-facts/tests/logs/nginx-error.log",
            "crates/gatewhy-facts/tests/logs/nginx-access.log",
            "crates/gatewhy-facts/tests/signatures",
        ]),
    target("log-line", lines::recognise)
        .asked(&["file /var/log/", "run journalctl"])
        .files(&[
            "crates/gatewhy-facts/tests/signatures",
            "crates/gatewhy-facts/tests/logs/nginx-json.log",
        ]),
    target("explain", lines::explain).files(&["crates/gatewhy-facts/tests/signatures"]),
    target("app-log", lines::app).files(&["crates/gatewhy-facts/tests/app"]),
    target("http1", http1).asked(&["exchange"]).part("received"),
    target("fastcgi", fastcgi)
        .asked(&["exchange"])
        .part("received"),
    target("tape", tape).asked(&["exchange"]),
    target("tls-hello", tls_hello)
        .asked(&["exchange"])
        .part("tls-received"),
    target("certificate", certificate)
        .asked(&["exchange"])
        .part("0"),
    target("certificates-pem", certificates_pem)
        .files(&["crates/gatewhy-facts/tests/certificates"]),
    target("recording", recording),
    target("bundle", bundle).asked(&["processes", "exchange"]),
    target("kernel-log", kernel_log)
        .asked(&["kernel-log"])
        .files(&["crates/gatewhy-facts/src/linux/recorded/oom_memcg_v1_6.18.kmsg"]),
    target("sockets", sockets)
        .asked(&["tcp-", "unix-sockets"])
        .files(&["crates/gatewhy-facts/src/linux/recorded"]),
    target("processes", processes).asked(&["process"]),
    target("proc-files", proc_files).asked(&[
        "file /proc/",
        "file /sys/",
        "file-system",
        "now",
        "whoami",
        "socket-owners",
    ]),
    target("walk", walk).asked(&["walk"]),
    target("users", users).asked(&["file /etc/passwd", "file /etc/group"]),
    target("systemd-show", systemd_show)
        .asked(&["run systemctl"])
        .files(&[
            "crates/gatewhy-facts/tests/data/systemd/show.txt",
            "crates/gatewhy-facts/tests/data/systemd/list-units.txt",
        ]),
    target("systemd-journal", systemd_journal)
        .asked(&["run journalctl"])
        .files(&["crates/gatewhy-facts/tests/data/systemd/journal.json"]),
    target("systemd-unit", systemd_unit)
        .asked(&["file /etc/systemd/"])
        .files(&[
            "crates/gatewhy-facts/tests/data/systemd/quoting@.service",
            "crates/gatewhy-facts/tests/data/systemd/environment",
        ]),
    target("dns-message", dns_message)
        .asked(&["dns"])
        .part("message")
        .files(&["crates/gatewhy-facts/tests/data/dns"]),
    target("resolver-files", resolver_files).asked(&[
        "file /etc/resolv.conf",
        "file /etc/hosts",
        "file /etc/nsswitch.conf",
        "resolve",
    ]),
    target("nft", nft)
        .asked(&["run nft"])
        .files(&["crates/gatewhy-facts/src/linux/recorded/nft_1.0.6.json"]),
    target("iptables", iptables)
        .asked(&["run ip"])
        .files(&["crates/gatewhy-facts/src/linux/recorded/iptables_nft_1.8.9.txt"]),
    target("redact", redact).asked(&["file ", "run ", "exchange"]),
    target("untrusted", untrusted).asked(&["file /var/log/"]),
    target("diagnosis", diagnosis),
];

fn main_file() -> HostPath {
    HostPath::new("/etc/nginx/nginx.conf")
}

fn nginx_lexer(data: &[u8]) {
    let mut lexer = lexer::Lexer::new(data);
    let mut words = Vec::new();
    for _ in 0..=data.len() {
        words.clear();
        let (end, span) = lexer.read(&mut words);
        assert!(span.start <= span.end && span.end <= data.len());
        if end == lexer::End::File {
            return;
        }
    }
    panic!("more statements than bytes");
}

fn nginx_config(data: &[u8]) {
    let config = config::load(&Only("/etc/nginx/nginx.conf", data), &main_file());
    drop(model::read(&config));
}

/// The first line is `HOST TARGET`, the rest the configuration.
fn nginx_route(data: &[u8]) {
    let (line, text) = halves(data, b'\n');
    let (host, path) = halves(line, b' ');
    let files = Only("/etc/nginx/nginx.conf", text);
    let nginx = model::read(&config::load(&files, &main_file()));
    let Some(http) = &nginx.http else { return };
    let local = authority::Authority::Ip(([127, 0, 0, 1], 80).into());
    let target = format!("/{}", String::from_utf8_lossy(path));
    let request = route::Request::get(local, &String::from_utf8_lossy(host), &target);
    drop(route::route(
        &nginx,
        http,
        &files,
        &route::Host::default(),
        &request,
    ));
}

fn halves(data: &[u8], at: u8) -> (&[u8], &[u8]) {
    let mut parts = data.splitn(2, |byte| *byte == at);
    let first = parts.next().unwrap_or_default();
    (first, parts.next().unwrap_or_default())
}

fn nginx_access_log(data: &[u8]) {
    drop(access_log::read(data, &log_format::LogFormat::combined()));
}

/// The first line is the format, the rest the log.
fn nginx_log_format(data: &[u8]) {
    let (format, log) = halves(data, b'\n');
    let format = String::from_utf8_lossy(format);
    let arguments: Vec<&str> = format.split('\t').collect();
    if let Ok(format) = log_format::LogFormat::from_arguments(&arguments) {
        drop(access_log::read(log, &format));
    }
}

/// The first line is the pattern, the rest its subject.
fn nginx_pattern(data: &[u8]) {
    let (regex, subject) = halves(data, b'\n');
    let _ = pattern::check(regex, false);
    let _ = pattern::find(regex, true, subject);
}

fn php_fpm_config(data: &[u8]) {
    let file = HostPath::new("/etc/php-fpm.conf");
    drop(php_fpm::ini::parse(&file, data));
    let config = php_fpm::config::load(
        &Only("/etc/nginx/nginx.conf", data),
        &main_file(),
        &HostPath::new("/"),
    );
    let prefix = HostPath::new("/usr");
    for pool in &config.pools {
        let _ = (
            pool.listen(&prefix),
            pool.manager(),
            pool.backlog(),
            pool.mode(),
        );
        let _ = (
            pool.allowed_clients(),
            pool.memory_limit(),
            pool.slow_log(&prefix),
        );
    }
}

fn php_fpm_status(data: &[u8]) {
    drop(php_fpm::status::parse(data));
}

/// The whole and its beginning are read; a piecewise reader must not be worse.
fn http1(data: &[u8]) {
    for (sent, ended) in [
        (&b"GET / HTTP/1.1\r\n\r\n"[..], true),
        (b"HEAD / HTTP/1.0\r\n\r\n", false),
    ] {
        let reading = http1::read(data, &http1::Context { sent, ended });
        for header in &reading.headers {
            let _ = (header.name(data).len(), header.value(data).len());
            assert!(header.end <= data.len());
        }
        assert!(
            reading
                .oddities
                .iter()
                .all(|o| o.start <= o.end && o.end <= data.len())
        );
        let mut progress = http1::Progress::new(sent);
        let _ = progress.look(data.get(..data.len() / 2).unwrap_or_default());
        let _ = progress.look(data);
    }
    drop(http1::read_cgi(data, true));
    let _ = identify::identify(data, b"GET / HTTP/1.1\r\n\r\n");
}

fn fastcgi(data: &[u8]) {
    drop(fastcgi::read(data, true));
    drop(fastcgi::in_words(data));
    let mut progress = fastcgi::FastCgiProgress::default();
    let _ = progress.look(data.get(..data.len() / 2).unwrap_or_default());
    let _ = progress.look(data);
}

fn tape(data: &[u8]) {
    let conversation = tape::Conversation::read(data);
    let _ = (conversation.end(), conversation.micros());
    let again = tape::encode(&conversation);
    assert_eq!(
        tape::Conversation::read(&again),
        conversation,
        "written and read back"
    );
}

fn tls_hello(data: &[u8]) {
    let _ = hello::read_server(data);
}

fn certificate(data: &[u8]) {
    if let Ok(read) = certificate::Certificate::read(data) {
        let _ = (
            read.is_for_host("shop.example"),
            read.validity(Moment::from_secs(1 << 31)),
        );
        let _ = read.may_be_issued_by(&read);
    }
}

fn certificates_pem(data: &[u8]) {
    let roots = chain::Roots::read(data);
    let _ = chain::Chain::read(&[data]).trust(&roots);
}

fn recording(data: &[u8]) {
    let mut decoder = Decoder::new(Limits {
        line: 1 << 10,
        answer: 1 << 12,
        whole: 1 << 16,
        records: 99,
    });
    for piece in data.chunks(7) {
        if decoder.feed(piece).is_err() {
            return;
        }
        while let Ok(Some(record)) = decoder.take() {
            drop(recording::encode(&record));
        }
    }
    let _ = decoder.finish();
    round_trip(data);
}

/// Any bytes can be recorded.
fn round_trip(data: &[u8]) {
    let record = Record {
        key: "file /x".into(),
        answer: Answer::got(data),
    };
    let whole = [
        recording::encode_start(),
        recording::encode(&record),
        recording::encode_end(1),
    ];
    let mut decoder = Decoder::new(Limits::default());
    decoder.feed(&whole.concat()).expect("short enough");
    assert_eq!(decoder.take(), Ok(Some(record)));
}

fn bundle(data: &[u8]) {
    let mut again = Vec::new();
    for (name, bytes) in bundle::parts(data) {
        bundle::push(&mut again, name, bytes);
    }
    assert_eq!(bundle::parts(&again).count(), bundle::parts(data).count());
}

fn kernel_log(data: &[u8]) {
    let log = linux::kernel_log::parse(data);
    let _ = log.oom_kills().count();
}

fn sockets(data: &[u8]) {
    drop(linux::sockets::tcp(data));
    for socket in linux::unix_sockets::unix(data) {
        let _ = (socket.queue(), socket.listens_at(b"/run/x.sock"));
    }
}

fn processes(data: &[u8]) {
    let all = linux::processes::parse(data);
    let _ = (all.children(1).count(), all.descends(2, 1));
    drop(linux::process::parse(data));
    let _ = linux::stat::parse(data);
    drop(linux::processes::arguments(data));
}

fn proc_files(data: &[u8]) {
    let mounts = linux::mountinfo::parse(data);
    let _ = linux::mountinfo::location(&mounts, b"/run/php/x.sock");
    let groups = linux::cgroup::memberships(data);
    let _ = linux::cgroup::memory_group(&groups).map(|group| group.with_ancestors());
    let _ = (
        linux::cgroup::limit(data),
        linux::cgroup::events(data),
        linux::cgroup::keyed(data),
    );
    let _ = (
        linux::memory::meminfo(data),
        linux::memory::pressure(data),
        linux::memory::loadavg(data),
    );
    let _ = (
        linux::sysctl::port_range(data),
        linux::sysctl::file_nr(data),
        linux::netstat::parse(data),
    );
    let _ = (
        linux::limits::parse(data),
        linux::status::parse(data),
        linux::owners::parse(data),
    );
    let _ = (
        linux::clock::parse(data),
        linux::viewer::parse(data),
        linux::file_system::parse(data),
    );
    let _ = (
        linux::interfaces::parse(data, data),
        linux::neighbours::parse(data),
        linux::route::parse(data),
    );
}

fn walk(data: &[u8]) {
    drop(linux::walk::parse(data));
}

fn users(data: &[u8]) {
    let groups = linux::users::group(data);
    for user in linux::users::passwd(data) {
        drop(linux::users::credentials(&user, &groups));
    }
}

fn systemd_show(data: &[u8]) {
    drop(systemd::show::parse(data));
    drop(systemd::unit_list::parse(data));
}

fn systemd_journal(data: &[u8]) {
    let journal = systemd::journal::parse(data);
    let _ = (
        systemd::journal::gave_up(&journal),
        systemd::journal::was_stopped_on_request(&journal),
    );
}

fn systemd_unit(data: &[u8]) {
    let file = HostPath::new("/etc/systemd/system/shop@.service");
    drop(systemd::unit_file::merge([systemd::unit_file::parse(
        &file, data,
    )]));
    drop(systemd::environment_file::parse(&file, data));
    let unit = systemd::unit_name::UnitName::new("shop@3.service");
    drop(systemd::exec_line::parse(
        &String::from_utf8_lossy(data),
        &unit,
    ));
}

fn dns_message(data: &[u8]) {
    drop(dns::message::parse(data));
    drop(dns::lookup::parse(data));
}

fn resolver_files(data: &[u8]) {
    let file = HostPath::new("/etc/x");
    drop(dns::resolv_conf::parse(&file, data));
    drop(dns::hosts::parse(&file, data));
    drop(dns::nsswitch::hosts(data));
}

fn nft(data: &[u8]) {
    packets(&linux::nft::parse(data));
}

fn iptables(data: &[u8]) {
    packets(&linux::iptables::parse(data, false));
    packets(&linux::iptables::parse(data, true));
}

fn packets(rules: &firewall::Ruleset) {
    for to in ["127.0.0.1:3000", "[::1]:80", "192.0.2.9:443"] {
        let packet = firewall::Packet::local(to.parse().expect("an address"), Some(33), Some(33));
        for way in [firewall::Direction::Outgoing, firewall::Direction::Incoming] {
            drop(firewall::blocking_rules(rules, &packet, way));
        }
    }
}

/// Nothing is made longer or shorter, and once is enough.
fn redact(data: &[u8]) {
    let mut once = data.to_vec();
    redact::text(&mut once);
    assert_eq!(once.len(), data.len());
    let lines = |bytes: &[u8]| bytes.split(|byte| *byte == b'\n').count();
    assert_eq!(lines(&once), lines(data));
    for question in [Question::file("/srv/app/.env"), Question::Processes] {
        let mut answer = Answer::got(data);
        redact::redact(&question, &mut answer);
        assert!(matches!(answer.outcome, Outcome::Got { bytes, .. } if bytes.len() == data.len()));
    }
}

fn untrusted(data: &[u8]) {
    assert!(shown(data).to_string().chars().all(is_harmless));
}

/// A whole diagnosis of a host that answers with what a stranger wrote: every
/// question gets one of the input's pieces, separated by `\xff\xff`.
fn diagnosis(data: &[u8]) {
    let pieces: Vec<&[u8]> = split(data);
    let request = Request::parse(Some("http://shop.test/")).expect("a URL");
    let guard = Guard(&|work| {
        work();
        true
    });
    let (mut known, mut given) = (Known::new(), BTreeMap::new());
    for _ in 0..12 {
        known.forget_asked();
        drop(diagnose(&request, &known, &guard));
        for question in known.wanted() {
            let next = given.len();
            let piece = pieces.get(*given.entry(kind(&question)).or_insert(next));
            let absent = Answer::none(Outcome::Absent);
            known.learn(question, piece.map_or(absent, |bytes| Answer::got(*bytes)));
        }
    }
}

/// Questions that get the same piece.
fn kind(question: &Question) -> String {
    match question {
        Question::File { path, .. } | Question::Folder { path, .. } => path.to_string(),
        Question::Run(Command::SystemctlShow { .. }) => "show".into(),
        other => other
            .to_string()
            .split(' ')
            .next()
            .unwrap_or_default()
            .to_owned(),
    }
}

fn split(data: &[u8]) -> Vec<&[u8]> {
    let mut rest = data;
    let mut pieces = Vec::new();
    while let Some(at) = rest.windows(2).position(|pair| pair == b"\xff\xff") {
        pieces.push(rest.get(..at).unwrap_or_default());
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    pieces.push(rest);
    pieces
}
