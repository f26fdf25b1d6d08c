//! Masking secrets changes nothing else that parsers see.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
use gatewhy_facts::nginx::directive_names::{Context, Names};
use gatewhy_facts::nginx::error_log;
use gatewhy_facts::nginx::tree::{self, Body, Directive, Inside};
use gatewhy_facts::path::HostPath;
use gatewhy_facts::php_fpm::{ini, log};
use gatewhy_facts::redact;
use gatewhy_facts::untrusted::shown;
use std::fs;
use std::path::Path;

fn clean(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    redact::text(&mut out);
    out
}

fn without_secret(line: &[u8]) -> Vec<u8> {
    let mut line = line.to_vec();
    if let Some(at) = memchr::memmem::find(&line, b"secret=") {
        let is_value = |b: &&mut u8| b.is_ascii_alphanumeric();
        line[at + 7..]
            .iter_mut()
            .take_while(is_value)
            .for_each(|b| *b = b'*');
    }
    line
}

/// In logs recorded from real servers only the lines with a
/// `secret=` in their URL may change, and only its value.
#[test]
fn recorded_logs_stay_as_they_are() {
    let logs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/logs");
    let mut seen = 0;
    for entry in fs::read_dir(logs).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        let new = clean(&bytes);
        let lines = bytes.split(|b| *b == b'\n').zip(new.split(|b| *b == b'\n'));
        for (old, new) in lines {
            let old = shown(&without_secret(old)).to_string();
            let new = shown(&without_secret(new)).to_string();
            assert_eq!(new, old, "{}", path.display());
        }
        seen += 1;
    }
    assert!(seen >= 8);
}

const NGINX: &str = r#"
http {
    map $http_upgrade $connection_upgrade { default upgrade; '' close; }
    upstream app { server 127.0.0.1:3000 max_fails=2; keepalive 8; }
    server {
        listen 443 ssl;
        ssl_certificate_key /etc/ssl/private/shop.key;
        set $internal_token "hush; hush";
        location / {
            proxy_set_header Authorization "Basic c2hvcDpodXNo";
            proxy_set_header X-Api-Key hush; proxy_set_header Cookie "a=hush; $http_cookie";
            proxy_pass http://shop:hush@127.0.0.1:3000/?token=hush; # password = "hush"
            if ($arg_token != 'hush') { return 403; }
        }
        location ~ \.php$ {
            fastcgi_param DB_PASSWORD 'hush }';
            fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
            fastcgi_pass unix:/run/php/php-fpm.sock;
        }
    }
}
"#;

/// Names, places and the number and places of arguments, but not their bytes.
fn shape(directives: &[std::sync::Arc<Directive>], out: &mut Vec<String>) {
    for directive in directives {
        let name = String::from_utf8_lossy(&directive.name.bytes);
        let spans: Vec<_> = directive.args.iter().map(|a| a.span).collect();
        out.push(format!("{name} {spans:?} {:?}", directive.place.span));
        if let Body::Block(inner) | Body::Entries(inner) = &directive.body {
            shape(inner, out);
        }
    }
}

fn nginx(text: &[u8]) -> (Vec<String>, usize) {
    let file = HostPath::new("/etc/nginx/nginx.conf");
    let tree = tree::parse(
        &file,
        text,
        Inside::Directives(Context::Main),
        &Names::new(),
    );
    let mut out = Vec::new();
    shape(&tree.directives, &mut out);
    (out, tree.problems.len())
}

#[test]
fn an_nginx_configuration_keeps_its_shape() {
    let new = clean(NGINX.as_bytes());
    assert!(
        memchr::memmem::find(&new, b"hush").is_none(),
        "{}",
        String::from_utf8_lossy(&new)
    );
    assert_eq!(nginx(&new), nginx(NGINX.as_bytes()));
    let (directives, problems) = nginx(&new);
    assert_eq!((directives.len() > 20, problems), (true, 0));
    for kept in [
        "127.0.0.1:3000",
        "$http_cookie",
        "shop.key",
        "php-fpm.sock",
        "max_fails=2",
    ] {
        assert!(
            memchr::memmem::find(&new, kept.as_bytes()).is_some(),
            "{kept}"
        );
    }
}

const POOL: &str = "[www]
user = www-data
listen = /run/php/php-fpm.sock ; where
env[DB_PASSWORD] = \"hush ; hush\"
env[STRIPE] = hush
env[PATH] = /usr/bin:/bin
php_admin_value[mysqli.default_pw] = 'hush'
php_admin_value[session.save_path] = \"tcp://127.0.0.1:6379?auth=hushhush\"
pm.max_children = 5
";

#[test]
fn a_pool_keeps_its_shape() {
    let shape = |text: &[u8]| {
        let ini = ini::parse(&HostPath::new("/etc/php/fpm/pool.d/www.conf"), text);
        let shape = ini.entries.iter().map(|e| match &e.content {
            ini::Content::Section(name) => format!("[{name}]"),
            ini::Content::Value {
                key,
                subscript,
                value,
                span,
            } => {
                format!("{key} {subscript:?} {} {span:?}", value.len())
            }
        });
        (shape.collect::<Vec<_>>(), ini.problems.len())
    };
    let new = clean(POOL.as_bytes());
    assert!(
        memchr::memmem::find(&new, b"hush").is_none(),
        "{}",
        String::from_utf8_lossy(&new)
    );
    assert_eq!(shape(&new), shape(POOL.as_bytes()));
}

const ERRORS: &str = r#"2026/11/20 03:12:04 [error] 812#812: *5 connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.1, server: shop.example, request: "GET /reset?token=hush1234 HTTP/1.1", upstream: "http://127.0.0.1:3000/reset?token=hush1234", host: "shop.example", referrer: "https://shop.example/?api_key=hush1234"
2026/11/20 03:12:05 [error] 812#812: *6 FastCGI sent in stderr: "PHP message: PHP Fatal error:  Uncaught PDOException: SQLSTATE[HY000] in /srv/db.php:3
Stack trace:
#0 /srv/db.php(3): PDO->__construct('mysql:host=db', 'shop', 'hush1234')" while reading response header from upstream, client: 10.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "fastcgi://unix:/run/php/php-fpm.sock:", host: "shop.example"
"#;

#[test]
fn an_error_log_keeps_its_records() {
    let shape = |text: &[u8]| -> Vec<String> {
        let log = error_log::read(text);
        let shape = log.records.iter().map(|r| {
            let lengths = [
                r.message.len(),
                r.raw.len(),
                r.context.request.map_or(0, <[u8]>::len),
            ];
            format!(
                "{} {:?} {:?} {:?} {:?} {lengths:?}",
                r.line, r.at, r.errno, r.phase, r.symptom
            )
        });
        shape.collect()
    };
    let new = clean(ERRORS.as_bytes());
    assert!(
        memchr::memmem::find(&new, b"hush").is_none(),
        "{}",
        String::from_utf8_lossy(&new)
    );
    assert_eq!(shape(&new), shape(ERRORS.as_bytes()));
    assert_eq!(shape(&new).len(), 2);
}

#[test]
fn an_fpm_log_keeps_its_records() {
    let text = b"[20-Nov-2026 03:12:04] WARNING: [pool www] child 812, script '/srv/index.php' \
        (request: \"GET /index.php?token=hush1234\") execution timed out (5.1 sec), terminating\n";
    let shape = |text: &[u8]| {
        let records = log::read(text);
        records
            .iter()
            .map(|r| format!("{:?} {:?} {}", r.at, r.level, r.message.len()))
            .collect::<Vec<_>>()
    };
    let new = clean(text);
    assert!(memchr::memmem::find(&new, b"hush").is_none());
    assert_eq!(shape(&new), shape(text));
}

/// Texts of nothing but beginnings, which a careless search reads again for each.
#[test]
fn hostile_texts_take_no_longer_than_others() {
    let beginnings = [
        "eyJ",
        "AKIA",
        "-----BEGIN PRIVATE KEY-----",
        "password=",
        "password=\"",
        "Cookie: a=b; ",
        "://",
        "mysql ",
        "_connect(",
        "set $password \"",
        ":$apr1$",
        "Basic ",
        ":a",
        "?token=",
        "Environment=",
        "env[",
        "token=\\\"\\\\",
        "proxy_set_header Authorization ",
    ];
    for beginning in beginnings {
        let text = beginning.repeat((512 << 10) / beginning.len());
        let start = std::time::Instant::now();
        clean(text.as_bytes());
        assert!(
            start.elapsed().as_secs() < 5,
            "{beginning}: {:?}",
            start.elapsed()
        );
    }
}
