//! nginx's error log.
use super::dice::Dice;
use super::{Truth, civil};
use std::io::{self, Write};

/// Whom a record is about.
#[derive(Clone, Copy, PartialEq)]
enum Peer {
    /// `10.0.0.3:8080`
    Inet,
    /// `unix:/run/app.sock`
    Unix,
    /// The name of a group.
    Group,
    /// The name in the message, which has no upstream yet.
    Name,
}

/// One kind of record. `{peer}` and `{name}` stand for whom it is about.
struct Kind {
    level: &'static str,
    message: &'static str,
    scheme: &'static str,
    peer: Peer,
    symptom: &'static str,
    weight: u64,
}

const fn kind(
    weight: u64,
    level: &'static str,
    peer: Peer,
    scheme: &'static str,
    message: &'static str,
    symptom: &'static str,
) -> Kind {
    Kind {
        level,
        message,
        scheme,
        peer,
        symptom,
        weight,
    }
}

#[rustfmt::skip]
const FAILURES: &[Kind] = &[
    kind(180, "error", Peer::Inet, "http", "connect() failed (111: Connection refused) while connecting to upstream", "connect-refused"),
    kind(40, "crit", Peer::Unix, "fastcgi", "connect() to {peer} failed (2: No such file or directory) while connecting to upstream", "socket-missing"),
    kind(25, "crit", Peer::Unix, "http", "connect() to {peer} failed (13: Permission denied) while connecting to upstream", "connect-denied"),
    kind(40, "error", Peer::Unix, "fastcgi", "connect() to {peer} failed (11: Resource temporarily unavailable) while connecting to upstream", "backlog-full"),
    kind(20, "error", Peer::Unix, "http", "connect() to {peer} failed (111: Connection refused) while connecting to upstream", "connect-refused"),
    kind(15, "crit", Peer::Inet, "http", "connect() to {peer} failed (99: Cannot assign requested address) while connecting to upstream", "no-local-address"),
    kind(20, "error", Peer::Inet, "http", "connect() failed (113: No route to host) while connecting to upstream", "host-unreachable"),
    kind(10, "error", Peer::Inet, "http", "connect() to {peer} failed (101: Network is unreachable) while connecting to upstream", "network-unreachable"),
    kind(40, "error", Peer::Inet, "http", "upstream timed out (110: Connection timed out) while connecting to upstream", "connect-timeout"),
    kind(160, "error", Peer::Inet, "http", "upstream timed out (110: Connection timed out) while reading response header from upstream", "response-timeout"),
    kind(12, "error", Peer::Inet, "http", "upstream timed out (110: Connection timed out) while sending request to upstream", "send-timeout"),
    kind(20, "error", Peer::Inet, "http", "upstream timed out (110: Connection timed out) while reading upstream", "body-timeout"),
    kind(8, "error", Peer::Inet, "https", "upstream timed out (110: Connection timed out) while SSL handshaking to upstream", "tls-handshake-timeout"),
    kind(12, "info", Peer::Inet, "http", "upstream timed out (110: Connection timed out) while proxying upgraded connection", "upgraded-idle"),
    kind(10, "error", Peer::Inet, "http", "connect() failed (110: Connection timed out) while connecting to upstream", "connect-timeout-kernel"),
    kind(90, "error", Peer::Inet, "http", "recv() failed (104: Connection reset by peer) while reading response header from upstream", "reset-before-response"),
    kind(15, "error", Peer::Inet, "http", "recv() failed (104: Connection reset by peer) while reading upstream", "reset-in-body"),
    kind(15, "error", Peer::Inet, "http", "writev() failed (32: Broken pipe) while sending request to upstream", "reset-while-sending"),
    kind(120, "error", Peer::Inet, "http", "upstream prematurely closed connection while reading response header from upstream", "closed-before-response"),
    kind(20, "error", Peer::Inet, "http", "upstream prematurely closed connection while reading upstream", "closed-in-body"),
    kind(90, "error", Peer::Group, "http", "no live upstreams while connecting to upstream", "no-live-upstreams"),
    kind(30, "error", Peer::Inet, "http", "upstream sent too big header while reading response header from upstream", "header-too-big"),
    kind(8, "error", Peer::Unix, "fastcgi", "upstream sent invalid header: \"HTTP\\x20...\" while reading response header from upstream", "header-invalid"),
    kind(6, "error", Peer::Inet, "http", "upstream sent duplicate header line: \"Content-Length: 12\", previous value: \"Content-Length: 14\" while reading response header from upstream", "header-duplicate"),
    kind(5, "error", Peer::Inet, "http", "upstream sent \"Content-Length\" and \"Transfer-Encoding\" headers at the same time while reading response header from upstream", "length-conflict"),
    kind(8, "error", Peer::Inet, "http", "upstream sent no valid HTTP/1.0 header while reading response header from upstream", "status-line-missing"),
    kind(8, "error", Peer::Inet, "fastcgi", "upstream sent unsupported FastCGI protocol version: 72 while reading response header from upstream", "fastcgi-version"),
    kind(6, "error", Peer::Inet, "grpc", "upstream sent too large http2 frame: 4740180 while reading response header from upstream", "http2-frame-too-large"),
    kind(8, "error", Peer::Unix, "fastcgi", "upstream prematurely closed FastCGI stdout while reading response header from upstream", "fastcgi-closed"),
    kind(12, "error", Peer::Inet, "https", "SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number) while SSL handshaking to upstream", "tls-not-spoken"),
    kind(10, "error", Peer::Inet, "https", "SSL_do_handshake() failed (SSL: error:0A000410:SSL routines::sslv3 alert handshake failure:SSL alert number 40) while SSL handshaking to upstream", "tls-alert-handshake-failure"),
    kind(6, "error", Peer::Inet, "https", "SSL_do_handshake() failed (SSL: error:0A000458:SSL routines::tlsv1 unrecognized name:SSL alert number 112) while SSL handshaking to upstream", "tls-alert-unrecognized-name"),
    kind(6, "error", Peer::Inet, "https", "SSL_do_handshake() failed (SSL: error:0A000086:SSL routines::certificate verify failed) while SSL handshaking to upstream", "tls-verify-failed"),
    kind(10, "error", Peer::Inet, "https", "upstream SSL certificate verify error: (10:certificate has expired) while SSL handshaking to upstream", "certificate-rejected"),
    kind(6, "error", Peer::Inet, "https", "upstream SSL certificate does not match \"app.internal\" while SSL handshaking to upstream", "certificate-name-mismatch"),
    kind(8, "error", Peer::Inet, "https", "peer closed connection in SSL handshake while SSL handshaking to upstream", "tls-closed"),
    kind(8, "error", Peer::Inet, "http", "upstream sent invalid chunked response while reading upstream", "chunk-invalid"),
    kind(5, "warn", Peer::Inet, "http", "upstream sent more data than specified in \"Content-Length\" header while reading upstream", "body-too-long"),
    kind(25, "error", Peer::Name, "", "{name} could not be resolved (3: Host not found)", "name-not-found"),
    kind(15, "error", Peer::Name, "", "{name} could not be resolved (110: Operation timed out)", "name-timeout"),
    kind(6, "error", Peer::Name, "", "{name} could not be resolved (2: Server failure)", "name-server-failure"),
    kind(8, "error", Peer::Name, "", "no resolver defined to resolve {name}", "no-resolver"),
    kind(15, "alert", Peer::Inet, "http", "socket() failed (24: Too many open files) while connecting to upstream", "out-of-files"),
    kind(12, "error", Peer::Inet, "http", "512 worker_connections are not enough while connecting to upstream", "worker-connections-used-up"),
];

/// What looks like a failure and is none, and what is nobody's failure.
/// `{path}` and `{amount}` are new each time. An empty symptom: nothing is counted.
#[rustfmt::skip]
const OTHERS: &[Kind] = &[
    kind(160, "error", Peer::Name, "", "open() \"/usr/share/nginx/html{path}\" failed (2: No such file or directory)", ""),
    kind(60, "error", Peer::Name, "", "directory index of \"/var/www{path}/\" is forbidden", ""),
    kind(60, "error", Peer::Name, "", "access forbidden by rule", ""),
    kind(60, "warn", Peer::Inet, "http", "an upstream response is buffered to a temporary file /var/lib/nginx/proxy{path} while reading upstream", "buffered-to-disk"),
    kind(30, "warn", Peer::Name, "", "a client request body is buffered to a temporary file /var/lib/nginx/body{path}", "buffered-to-disk"),
    kind(80, "error", Peer::Name, "", "limiting requests, excess: {amount} by zone \"api\"", "rate-limited"),
    kind(20, "warn", Peer::Name, "", "delaying request, excess: {amount}, by zone \"api\"", "limit-noted"),
    kind(10, "error", Peer::Name, "", "limiting connections by zone \"addr\"", "connection-limited"),
    kind(40, "info", Peer::Inet, "http", "client prematurely closed connection, so upstream connection is closed too while sending request to upstream", "client-closed"),
    kind(40, "info", Peer::Name, "", "client prematurely closed connection while reading client request headers", "client-closed"),
    kind(40, "info", Peer::Name, "", "client timed out (110: Connection timed out) while waiting for request", "client-timeout"),
    kind(20, "info", Peer::Name, "", "recv() failed (104: Connection reset by peer) while reading client request line", "client-io-failed"),
    kind(20, "info", Peer::Name, "", "SSL_do_handshake() failed (SSL: error:0A00006C:SSL routines::bad key share) while SSL handshaking", "client-io-failed"),
    kind(10, "info", Peer::Name, "", "peer closed connection in SSL handshake while SSL handshaking", "client-io-failed"),
    kind(15, "error", Peer::Name, "", "client intended to send too large body: {amount} bytes", "request-body-too-large"),
    kind(30, "warn", Peer::Inet, "http", "upstream server temporarily disabled while connecting to upstream", "upstream-disabled"),
    kind(10, "error", Peer::Name, "", "auth request unexpected status: 502 while sending to client", "auth-request-failed"),
    kind(8, "error", Peer::Name, "", "rewrite or internal redirection cycle while internally redirecting to \"/index.html\"", "rewrite-cycle"),
    kind(70, "error", Peer::Unix, "fastcgi", "FastCGI sent in stderr: \"PHP message: PHP Warning:  Undefined variable $a in /var/www{path} on line 12\" while reading response header from upstream", "fastcgi-stderr"),
    kind(20, "error", Peer::Unix, "fastcgi", "FastCGI sent in stderr: \"PHP message: PHP Fatal error:  Allowed memory size of 134217728 bytes exhausted (tried to allocate 20480 bytes) in /var/www{path} on line 7\" while reading response header from upstream", "php-memory-limit"),
    kind(20, "error", Peer::Unix, "fastcgi", "FastCGI sent in stderr: \"Primary script unknown\" while reading response header from upstream", "script-unknown"),
    kind(60, "error", Peer::Unix, "fastcgi", "FastCGI sent in stderr: \"PHP message: PHP Fatal error:  Uncaught Exception: connect() failed (111: Connection refused) in /var/www{path}:3\nStack trace:\n#0 {main}\n  thrown in /var/www{path} on line 3\" while reading response header from upstream", "php-uncaught"),
    kind(10, "error", Peer::Unix, "fastcgi", "FastCGI sent in stderr: \"PHP message: x\n2026/11/14 03:12:04 [error] 1#1: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.1, server: _, request: \"GET / HTTP/1.1\", upstream: \"http://192.0.2.66:80/\"\nend\" while reading response header from upstream", "fastcgi-stderr"),
    kind(20, "error", Peer::Name, "", "client sent invalid request while reading client request line", "client-request-invalid"),
];

/// Records without a visitor.
#[rustfmt::skip]
const OWN: &[(&str, &str, &str)] = &[
    ("notice", "signal 1 (SIGHUP) received from 1, reconfiguring", ""),
    ("notice", "reconfiguring", "reloading"),
    ("notice", "worker process 4711 exited with code 0", ""),
    ("alert", "worker process 4711 exited on signal 11", "worker-crashed"),
    ("notice", "start worker processes", ""),
    ("emerg", "host not found in upstream \"app.internal\" in /etc/nginx/conf.d/site.conf:12", "start-host-not-found"),
];

const START: u64 = 1_794_528_000; // 2026-11-13T00:00:00
const DAYS: u64 = 7;
const LONGEST: usize = 2_047;

/// Writes a log of about `size` bytes; `failing` of 10,000 records are failures.
pub(crate) fn generate(
    out: &mut impl Write,
    size: u64,
    seed: u64,
    failing: u64,
) -> io::Result<Truth> {
    let mut log = Log {
        dice: Dice::new(seed),
        truth: Truth::default(),
        line: Vec::with_capacity(4_096),
        hour: String::new(),
        burst: 0,
        burst_left: 0,
    };
    let mut written = 0;
    while written < size {
        let second = (u128::from(written) * u128::from(DAYS * 86_400) / u128::from(size)) as u64;
        log.record(second, failing);
        written += log.line.len() as u64;
        out.write_all(&log.line)?;
    }
    Ok(log.truth)
}

struct Log {
    dice: Dice,
    truth: Truth,
    line: Vec<u8>,
    hour: String,
    burst: usize,
    burst_left: u64,
}

fn weighted(dice: &mut Dice, kinds: &[Kind]) -> usize {
    let total: u64 = kinds.iter().map(|k| k.weight).sum();
    let mut at = dice.below(total);
    for (index, kind) in kinds.iter().enumerate() {
        if at < kind.weight {
            return index;
        }
        at -= kind.weight;
    }
    0
}

impl Log {
    fn record(&mut self, second: u64, failing: u64) {
        self.line.clear();
        // Workers write slightly out of order.
        let second = (START + second)
            .saturating_sub(self.dice.below(2))
            .max(START);
        self.stamp(second);
        let before = self.truth.lines;
        if self.dice.chance(8) {
            self.own();
        } else if self.dice.chance(failing) {
            if self.burst_left == 0 && self.dice.chance(20) {
                self.burst = weighted(&mut self.dice, FAILURES);
                self.burst_left = self.dice.below(2_000);
            }
            let at = if self.burst_left > 0 && self.dice.chance(7_000) {
                self.burst_left -= 1;
                self.burst
            } else {
                weighted(&mut self.dice, FAILURES)
            };
            self.about_request(&FAILURES[at], true);
        } else {
            let at = weighted(&mut self.dice, OTHERS);
            self.about_request(&OTHERS[at], false);
        }
        self.truth.records += 1;
        self.truth.lines = before + self.line.iter().filter(|b| **b == b'\n').count() as u64;
    }

    fn stamp(&mut self, second: u64) {
        let (year, month, day) = civil(second / 86_400);
        let clock = second % 86_400;
        let (h, m, s) = (clock / 3_600, clock / 60 % 60, clock % 60);
        self.hour.clear();
        let _ = std::fmt::Write::write_fmt(
            &mut self.hour,
            format_args!("{year}-{month:02}-{day:02}T{h:02}"),
        );
        let _ = write!(
            self.line,
            "{year}/{month:02}/{day:02} {h:02}:{m:02}:{s:02} "
        );
    }

    fn own(&mut self) {
        let (level, message, symptom) = *self.dice.pick(OWN);
        let _ = writeln!(self.line, "[{level}] 1#1: {message}");
        if !symptom.is_empty() {
            *self.truth.others.entry(symptom).or_default() += 1;
        }
    }

    fn about_request(&mut self, kind: &Kind, failed: bool) {
        let dice = &mut self.dice;
        let pid = 800 + dice.below(4);
        let connection = dice.below(50_000_000);
        let _ = write!(self.line, "[{}] {pid}#{pid}: *{connection} ", kind.level);
        let peer = match kind.peer {
            Peer::Inet if dice.chance(300) => format!("[2001:db8::{:x}]:8080", 1 + dice.below(4)),
            Peer::Inet => format!("10.0.{}.{}:8080", dice.below(3), 1 + dice.below(12)),
            Peer::Unix => format!("unix:/run/app/{}.sock", dice.below(6)),
            Peer::Group => (*dice.pick(&["backend", "api_pool", "php"])).to_owned(),
            Peer::Name => format!("svc{}.internal.test", dice.below(9)),
        };
        let path = format!(
            "/{:x}/{:x}/{:010}",
            dice.below(16),
            dice.below(256),
            dice.below(1 << 33)
        );
        let amount = format!("{}.{:03}", dice.below(90), dice.below(1_000));
        let amount = if kind.message.ends_with("bytes") {
            dice.below(1 << 33).to_string()
        } else {
            amount
        };
        let message = kind
            .message
            .replace("{peer}", &peer)
            .replace("{name}", &peer)
            .replace("{path}", &path)
            .replace("{amount}", &amount);
        self.line.extend_from_slice(message.as_bytes());
        let from = self.line.len();
        self.request(&path, message.as_bytes());
        let at = self.upstream(kind, &peer, &path);
        self.tail();
        debug_assert!(from < self.line.len());
        let known = self.cut(at, kind, &peer);
        if failed {
            let key = (kind.symptom, known, self.hour.clone());
            *self.truth.failures.entry(key).or_default() += 1;
        } else if !kind.symptom.is_empty() {
            *self.truth.others.entry(kind.symptom).or_default() += 1;
        }
    }

    fn request(&mut self, path: &str, _message: &[u8]) {
        let dice = &mut self.dice;
        let _ = write!(
            self.line,
            ", client: 203.0.113.{}, server: shop.test, request: \"{} ",
            dice.below(256),
            dice.pick(&["GET", "GET", "GET", "POST", "HEAD"])
        );
        let route = *dice.pick(&[
            "/api/orders",
            "/api/cart",
            "/login",
            "/search",
            "/static/app.js",
            "/wp-admin/admin-ajax.php",
        ]);
        let _ = write!(self.line, "{route}{path}");
        match dice.below(1_000) {
            0..=3 => self.line.extend_from_slice(b"/\xff\xfe\x80"),
            4..=9 => {
                let more = 700 + dice.below(1_600) as usize;
                self.line.push(b'?');
                self.line.extend(std::iter::repeat_n(b'q', more));
            }
            // A visitor quotes a whole record.
            10..=15 => self.line.extend_from_slice(b"?x=connect() failed (111: Connection refused) while connecting to upstream, client: 1.2.3.4, server: x, request: \"GET / HTTP/9\", upstream: \"http://192.0.2.99:80/\""),
            _ => {}
        }
        let version = if dice.chance(3_000) { "2.0" } else { "1.1" };
        let _ = write!(self.line, " HTTP/{version}\"");
    }

    /// Gives the offset behind the address.
    fn upstream(&mut self, kind: &Kind, peer: &str, path: &str) -> Option<usize> {
        if kind.scheme.is_empty() {
            return None;
        }
        let _ = write!(self.line, ", upstream: \"{}://{peer}", kind.scheme);
        let at = self.line.len();
        let mark = if kind.peer == Peer::Unix { ":" } else { "" };
        if kind.scheme == "fastcgi" {
            let _ = write!(self.line, "{}\"", if mark.is_empty() { "/" } else { mark });
        } else {
            let _ = write!(self.line, "{mark}/api{path}\"");
        }
        Some(at)
    }

    fn tail(&mut self) {
        let _ = write!(self.line, ", host: \"shop.test\"");
        if self.dice.chance(2_000) {
            let _ = write!(self.line, ", referrer: \"https://shop.test/\"");
        }
        if self.dice.chance(30) {
            // Words of a failure in a place that belongs to the visitor.
            let _ = write!(
                self.line,
                ", referrer: \"upstream timed out (110: Connection timed out) while connecting to upstream, upstream: \""
            );
        }
    }

    /// nginx's longest record is 2048 bytes with its newline. Gives the upstream that
    /// can still be read.
    fn cut(&mut self, at: Option<usize>, kind: &Kind, peer: &str) -> String {
        let is_cut = self.line.len() > LONGEST;
        self.line.truncate(LONGEST);
        self.line.push(b'\n');
        match at {
            _ if kind.peer == Peer::Name => peer.to_owned(),
            Some(at) if is_cut && at >= LONGEST => "(cut)".to_owned(),
            _ => peer.to_owned(),
        }
    }
}
