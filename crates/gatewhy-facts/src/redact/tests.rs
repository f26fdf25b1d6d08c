use super::*;
use crate::path::HostPath;
use crate::protocol::{fastcgi, http1, tape};
use crate::question::{Command, Endpoint, Part, Until, View};
use proptest::prelude::*;

const CANARY: &str = "c4n4ryS3cret";

fn clean(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    super::text(&mut bytes);
    assert_eq!(bytes.len(), text.len());
    String::from_utf8(bytes).unwrap()
}

/// Where secrets hide. Every line holds the canary, and none may keep it.
const HIDING_PLACES: &str = r#"
Authorization: Bearer c4n4ryS3cret
Authorization: Digest username="x", response="c4n4ryS3cret"
proxy-authorization: Basic c4n4ryS3cret=
X-Api-Key: c4n4ryS3cret
x-auth-token:c4n4ryS3cret
Cookie: a=1; PHPSESSID=c4n4ryS3cret; b=c4n4ryS3cret
Set-Cookie: sid=c4n4ryS3cret; Path=/; HttpOnly
10.0.0.1 - - [20/Nov/2026:03:12:04 +0000] "GET /reset?token=c4n4ryS3cret&x=1 HTTP/1.1" 502 157 "https://x/?api_key=c4n4ryS3cret" "curl"
"GET /login?next=%2Freset%3Ftoken%3Dc4n4ryS3cret%26x%3D1 HTTP/1.1"
GET /oauth/callback?code=c4n4ryS3cret&state=c4n4ryS3cret
"-" "Basic c4n4ryS3cret=" "laravel_session=c4n4ryS3cret; x=y"
proxy_set_header Authorization "Basic c4n4ryS3cret";
proxy_set_header X-Api-Key c4n4ryS3cret;
location / { proxy_set_header X-Token c4n4ryS3cret; }
fastcgi_param DB_PASSWORD c4n4ryS3cret;
fastcgi_param HTTP_AUTHORIZATION "c4n4ryS3cret";
set $backend_token "c4n4ryS3cret";
secure_link_secret c4n4ryS3cret;
proxy_pass http://shop:c4n4ryS3cret@127.0.0.1:3000;
if ($http_x_api_key != "c4n4ryS3cret") { return 403; }
more_set_headers "Authorization: Bearer c4n4ryS3cret";
env[DB_PASSWORD] = "c4n4ryS3cret"
env[STRIPE] = c4n4ryS3cret
php_admin_value[mysqli.default_pw] = c4n4ryS3cret
php_admin_value[session.save_path] = "tcp://127.0.0.1:6379?auth=c4n4ryS3cret"
Environment=NODE_ENV=production DB_PASSWORD=c4n4ryS3cret "WORDS=two c4n4ryS3cret"
Environment="SENTRY=c4n4ryS3cret" PORT=3000
ExecStart=/usr/bin/app --password=c4n4ryS3cret --token c4n4ryS3cret
mysql -u root -pc4n4ryS3cret shop
COMMAND=/usr/bin/redis-cli -h db -a c4n4ryS3cret info
curl -u admin:c4n4ryS3cret http://x/
DB_PASSWORD=c4n4ryS3cret
export AWS_SECRET_ACCESS_KEY="c4n4ryS3cret"
APP_KEY=base64:c4n4ryS3cret=
DATABASE_URL=postgres://shop:c4n4ryS3cret@db/shop
DB_PASSWORD = pa ss & c4n4ryS3cret
define( 'DB_PASSWORD', 'c4n4ryS3cret' );
'password' => 'c4n4ryS3cret',
{"user":"x","password":"it\"s c4n4ryS3cret"}
{"MESSAGE":"login {\"password\":\"c4n4ryS3cret\"}"}
password: c4n4ryS3cret
requirepass=c4n4ryS3cret
#0 /srv/db.php(12): PDO->__construct('mysql:host=db', 'shop', 'c4n4ryS3cret')
#1 /srv/db.php(12): mysqli_connect('db', 'shop', 'c4n4ryS3cret', 'x')
token eyJhbGciOiJIUzI1NiJ9.c4n4ryS3cret.c4n4ryS3cret
https://hooks.slack.com/services/T0000000/B000000/c4n4ryS3cret
admin:$apr1$x1y2z3a4$c4n4ryS3cretabcdefgh
"#;

#[test]
fn no_canary_survives_in_any_hiding_place() {
    for line in HIDING_PLACES.lines().filter(|l| !l.is_empty()) {
        assert!(line.contains(CANARY), "{line}");
        let alone = clean(line);
        assert!(!alone.contains(CANARY), "{line}\n{alone}");
    }
    let together = clean(HIDING_PLACES);
    let left: Vec<&str> = together.lines().filter(|l| l.contains(CANARY)).collect();
    assert_eq!(left, [""; 0]);
    assert_eq!(together.lines().count(), HIDING_PLACES.lines().count());
}

#[test]
fn private_keys_go_and_certificates_stay() {
    let key =
        "-----BEGIN EC PRIVATE KEY-----\nc4n4ryS3cret\nabcd==\n-----END EC PRIVATE KEY-----\n";
    let shown = clean(key);
    assert!(!shown.contains(CANARY) && shown.starts_with("-----BEGIN EC PRIVATE KEY-----\n****"));
    assert!(!clean(&key[..50]).contains("c4n4"), "its end was cut off");
    assert!(
        !clean(&key[31..]).contains(CANARY),
        "its beginning was cut off"
    );
    let certificate = include_str!("../../tests/certificates/leaf.pem");
    assert_eq!(clean(certificate), certificate);
}

/// What a diagnosis needs. None of it may change.
const HARMLESS: &str = r#"
2026/11/20 03:12:04 [error] 812#812: *5 connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.1, server: shop.example, request: "GET /a?page=2&sort=key HTTP/1.1", upstream: "http://127.0.0.1:3000/a?page=2", host: "shop.example", referrer: "https://shop.example/?q=tokens"
SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number)
PHP message: PHP Warning:  mysqli_connect(): (HY000/1045): Access denied for user 'shop'@'localhost' (using password: YES) in /srv/db.php on line 3
PHP Parse error:  syntax error, unexpected token ";", expecting "," in /srv/a.php on line 9
SyntaxError: Unexpected token < in JSON at position 0
[pool www] child 812, script '/srv/index.php' (request: "GET /index.php?p=1") execution timed out (5.1 sec), terminating
proxy_set_header Authorization $http_authorization;
proxy_set_header Cookie "$http_cookie";
proxy_pass http://app; proxy_pass_header Authorization;
fastcgi_pass unix:/run/php/php8.2-fpm.sock; fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
ssl_certificate_key /etc/ssl/private/shop.key; ssl_password_file /etc/nginx/pass;
proxy_cache_key "$scheme$host$request_uri"; limit_req_zone $binary_remote_addr zone=one:10m rate=1r/s;
auth_basic "Restricted"; auth_basic_user_file /etc/nginx/htpasswd; server_tokens off;
rewrite ^/(.*)$ /x$1$2 last; map $http_upgrade $connection_upgrade { default upgrade; '' close; }
env[PATH] = /usr/local/bin:/usr/bin:/bin
env[HOSTNAME] = $HOSTNAME
php_admin_value[memory_limit] = 128M
php_admin_value[error_log] = /var/log/fpm-php.www.log
listen.allowed_clients = 127.0.0.1
Environment=NODE_ENV=production PORT=3000 "NODE_OPTIONS=--max-old-space-size=512" DB_HOST=db REPLICAS=3
PassEnvironment=DB_PASSWORD
EnvironmentFile=-/etc/default/shop
KeyringMode=private
SuccessExitStatus=0 SIGTERM
{"__CURSOR":"s=abc;i=1f","_AUDIT_SESSION":"4","MESSAGE":"Started shop.service - Shop.","_PID":"1"}
kernel: Out of memory: Killed process 812 (node) total-vm:1048576kB, anon-rss:524288kB, UID:33 pgtables:1200kB oom_score_adj:0
/usr/sbin/php-fpm8.2 -p /srv --fpm-config /etc/php/8.2/fpm/php-fpm.conf
nginx: master process /usr/sbin/nginx -p /etc/nginx -c nginx.conf
Content-Length: 12
HTTP/1.1 302 Found
Location: /login?return=%2Fcart&code=302
"#;

#[test]
fn what_a_diagnosis_needs_stays() {
    for line in HARMLESS.lines() {
        assert_eq!(clean(line), line);
    }
    assert_eq!(clean(HARMLESS), HARMLESS);
}

#[test]
fn names_and_attributes_of_cookies_stay() {
    let line = "Set-Cookie: sid=c4n4ryS3cret; Path=/; Max-Age=60\r\n";
    assert_eq!(
        clean(line),
        "Set-Cookie: sid=************; Path=/; Max-Age=60\r\n"
    );
    assert_eq!(clean("Cookie: a=bb; c=ddd\r\n"), "Cookie: a=**; c=***\r\n");
}

#[test]
fn what_a_url_points_at_stays() {
    let line = "Environment=DATABASE_URL=postgres://shop:hush@db.internal:5432/shop";
    assert_eq!(
        clean(line),
        "Environment=DATABASE_URL=postgres://shop:****@db.internal:5432/shop"
    );
}

fn answered(question: &Question, bytes: &[u8]) -> Vec<u8> {
    let mut answer = Answer::got(bytes);
    redact(question, &mut answer);
    match answer.outcome {
        Outcome::Got { bytes, .. } => bytes,
        other => panic!("{other}"),
    }
}

fn file(path: &str) -> Question {
    Question::File {
        path: HostPath::new(path),
        view: View::Host,
        part: Part::Head(1 << 20),
    }
}

fn exchange(until: Until, send: &[u8]) -> Question {
    Question::Exchange(Exchange {
        endpoint: Endpoint::Unix("/run/app.sock".into()),
        view: View::Host,
        tls: None,
        send: send.to_vec(),
        until,
        patience_ms: 1000,
        attempt: 0,
    })
}

#[test]
fn environment_files_keep_harmless_names_only() {
    let text = b"# shop\nPORT=3000\nSTRIPE='c4n4ryS3cret'\nexport DB_HOST=db\n";
    let clean = answered(&file("/srv/shop/.env"), text);
    assert_eq!(
        clean,
        b"# shop\nPORT=3000\nSTRIPE='************'\nexport DB_HOST=db\n"
    );
}

#[test]
fn command_lines_of_processes_are_cleaned_in_place() {
    let mut all = Vec::new();
    bundle::push(
        &mut all,
        "7/cmdline",
        b"/usr/bin/mysql\0-u\0x\0-pc4n4ryS3cret\0",
    );
    bundle::push(
        &mut all,
        "8/cmdline",
        b"app\0--token\0c4n4ryS3cret\0--port\x003000\0",
    );
    let clean = answered(&Question::Processes, &all);
    assert_eq!(
        bundle::part(&clean, "7/cmdline"),
        Some(&b"/usr/bin/mysql\0-u\0x\0-p************\0"[..])
    );
    assert_eq!(
        bundle::part(&clean, "8/cmdline"),
        Some(&b"app\0--token\0************\0--port\x003000\0"[..])
    );
}

#[test]
fn an_exchange_keeps_its_shape_and_its_certificates() {
    let received = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=c4n4ryS3cret\r\nContent-Length: 0\r\n\r\n";
    let certificate = b"password=c4n4ryS3cret";
    let said = tape::Conversation {
        received,
        certificates: vec![certificate],
        ..tape::Conversation::default()
    };
    let question = exchange(Until::HttpMessage { limit: 1 }, b"");
    let clean = answered(&question, &tape::encode(&said));
    let heard = tape::Conversation::read(&clean);
    assert_eq!(heard.certificates, [certificate]);
    assert_eq!(heard.received.len(), received.len());
    assert!(memchr::memmem::find(heard.received, CANARY.as_bytes()).is_none());
    let measured = |bytes| http1::read(bytes, &http1::Context::default()).head_bytes;
    assert_eq!(measured(heard.received), measured(received));
}

#[test]
fn a_secret_across_two_records_is_found() {
    let record = |content: &[u8]| {
        let mut out = vec![1, 6, 0, 1, 0, u8::try_from(content.len()).unwrap(), 0, 0];
        out.extend_from_slice(content);
        out
    };
    let received = [
        record(b"Set-Cookie: a=c4n4ry"),
        record(b"S3cret; Path=/\r\n\r\n"),
    ]
    .concat();
    let said = tape::Conversation {
        received: &received,
        ..tape::Conversation::default()
    };
    let question = exchange(Until::FastCgiEnd { limit: 1 }, b"");
    let clean = answered(&question, &tape::encode(&said));
    let reply = fastcgi::read(tape::Conversation::read(&clean).received, true);
    assert_eq!(reply.stdout, b"Set-Cookie: a=************; Path=/\r\n\r\n");
}

#[test]
fn keys_of_questions_hold_no_secrets() {
    let send = b"GET /?token=c4n4ryS3cret HTTP/1.1\r\nAuthorization: Basic c4n4ryS3cret\r\nHost: x\r\n\r\n";
    let question = exchange(Until::FirstBytes, send);
    assert!(!key(&question).contains(CANARY));
    assert!(key(&question).contains("Host: x"));
    assert_eq!(key(&Question::Now), "now");
}

#[test]
fn logs_and_journals_are_cleaned() {
    let journal = Question::Run(Command::Journal {
        unit: "shop.service".into(),
        lines: 10,
        round: 0,
    });
    let line = b"{\"MESSAGE\":\"connecting to amqp://shop:c4n4ryS3cret@mq/\"}\n";
    assert!(!answered(&journal, line).windows(4).any(|w| w == b"c4n4"));
    assert!(
        !answered(&Question::KernelLog, b"6,1,2,-;x --password=c4n4ryS3cret").ends_with(b"cret")
    );
}

fn piece() -> impl Strategy<Value = Vec<u8>> {
    let words = prop::sample::select(vec![
        "password",
        "=",
        ":",
        "\"",
        "'",
        "\\",
        "?token=",
        "&",
        "%3F",
        "%3D",
        "Cookie: ",
        ";",
        " ",
        "\n",
        "\r\n",
        "\0",
        "--token",
        "-p",
        "mysql ",
        "://",
        "@",
        "eyJ",
        ".",
        "$http_x",
        "${",
        "Environment=",
        "env[",
        "]",
        "proxy_set_header ",
        "Authorization ",
        "Bearer ",
        "abcDEF123456",
        "-----BEGIN ",
        "PRIVATE KEY-----",
        "-----END ",
        "__construct('",
        "secure_link_secret ",
    ]);
    prop_oneof![
        4 => words.prop_map(|w| w.as_bytes().to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..4),
    ]
}

proptest! {
    #[test]
    fn only_visible_bytes_change_and_only_to_stars(
        pieces in proptest::collection::vec(piece(), 0..30)
    ) {
        let bytes = pieces.concat();
        let mut clean = bytes.clone();
        text(&mut clean);
        prop_assert_eq!(clean.len(), bytes.len());
        for (new, old) in clean.iter().zip(&bytes) {
            prop_assert!(new == old || (*new == b'*' && *old >= b' '));
        }
        let found = settings::in_environment_file(&bytes);
        prop_assert!(found.iter().all(|r| r.start <= r.end && r.end <= bytes.len()));
    }

    /// No secret of an assignment survives, whatever stands around it.
    #[test]
    fn assigned_secrets_never_survive(
        before in "[a-z ]{0,12}",
        name in "(DB_PASSWORD|api_key|secret|accessToken|X-Auth-Token)",
        separator in "( = |=|: |:|\": \"|' => ')",
        value in "[A-Za-z0-9/+!%^*._-]{12,30}",
    ) {
        let line = format!("{before} {name}{separator}{value}\n");
        let mut bytes = line.clone().into_bytes();
        text(&mut bytes);
        let found = memchr::memmem::find(&bytes, value.as_bytes());
        prop_assert!(found.is_none() || value.bytes().all(|b| b == b'*'), "{}", line);
    }

    #[test]
    fn damaged_answers_never_panic(bytes: Vec<u8>) {
        let question = exchange(Until::FastCgiEnd { limit: 9 }, b"");
        prop_assert_eq!(answered(&question, &bytes).len(), bytes.len());
        prop_assert_eq!(answered(&Question::Processes, &bytes).len(), bytes.len());
    }
}

/// A later version asks the same question and must find the answer.
#[test]
fn keys_hold_our_name_and_not_our_version() {
    let get = fastcgi::GetRequest {
        method: "GET",
        script_filename: b"/srv/index.php",
        script_name: b"/index.php",
        request_uri: b"/",
        document_root: b"/srv",
        host: b"shop.test",
        https: false,
        extra: &[(b"LONG".to_vec(), vec![b'x'; 300])],
    };
    let http = b"GET / HTTP/1.1\r\nUser-Agent: ".to_vec();
    let http = [&http, USER_AGENT.as_bytes(), b"\r\n\r\n"].concat();
    for send in [fastcgi::request(&get.params()), http] {
        let key = key(&Question::Exchange(Exchange {
            endpoint: Endpoint::Unix(HostPath::new("/run/php.sock")),
            view: View::Host,
            tls: None,
            send,
            until: Until::FastCgiEnd { limit: 9 },
            patience_ms: 1,
            attempt: 0,
        }));
        assert!(
            key.contains("gatewhy\\") && !key.contains("gatewhy/"),
            "{key}"
        );
        let lengths = key.contains("\\x01\\x01\\x00");
        assert!(!lengths && key.is_ascii(), "{key}");
    }
}

proptest! {
    #[test]
    fn requests_in_words_never_panic(bytes: Vec<u8>) {
        let _ = fastcgi::in_words(&bytes);
        let _ = fastcgi::in_words(&[&[1, 4, 0, 1, 0, 9, 0, 0], bytes.as_slice()].concat());
    }
}

#[test]
fn a_name_behind_a_colour_is_a_name() {
    for line in [
        &b"\x1b[31mpassword=hunter2"[..],
        b"\x1b[1;31mpassword=hunter2",
        b"\x1b[mpassword=hunter2",
        b"\\x1b[31mDB_PASSWORD: hunter2",
        b"#033[0;33mtoken=hunter2hunter2",
        br#"{"MESSAGE":"\u001b[31mpassword=hunter2"}"#,
    ] {
        let mut bytes = line.to_vec();
        text(&mut bytes);
        let shown = String::from_utf8_lossy(&bytes).into_owned();
        assert!(!shown.contains("hunter2"), "{shown}");
        assert_eq!(bytes.len(), line.len());
    }
}

#[test]
fn a_field_behind_a_secret_sounding_uri_stays() {
    let line = br#"request: "GET / HTTP/1.1", subrequest: "/_auth", upstream: "http://127.0.0.1:4180/check", host: "app.test""#;
    let mut bytes = line.to_vec();
    text(&mut bytes);
    assert_eq!(bytes, line);
    let mut pair = br#"array("password", "hunter2")"#.to_vec();
    text(&mut pair);
    assert!(!pair.windows(7).any(|w| w == b"hunter2"));
}

/// Members of a map are judged by their own names.
#[test]
fn a_map_behind_a_secret_name_stays_and_its_secrets_go() {
    let traefik = r#"    auth: {forwardAuth: {address: "http://127.0.0.1:4000/verify"}}"#;
    assert_eq!(clean(traefik), traefik);
    let json = r#"{"secret": {"name": "shop", "token": "c4n4ryS3cret"}, "password": {}}"#;
    let shown = clean(json);
    assert!(shown.contains(r#""name": "shop""#) && !shown.contains(CANARY));
    assert!(shown.ends_with(r#""password": {}}"#), "{shown}");
    let hash = clean("userPassword: {SSHA}c4n4ryS3cretAAAA");
    assert!(!hash.contains(CANARY), "{hash}");
}
