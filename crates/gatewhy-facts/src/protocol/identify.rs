//! Which protocol a peer speaks, from the first bytes it sent.
//!
//! Only what the bytes prove is named. A peer that says nothing, or closes, is
//! [`Protocol::Silent`]: many servers do that when they hear a foreign protocol.
use core::fmt;

/// A protocol, as its server's first bytes show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// Not one byte came.
    Silent,
    /// A status line `HTTP/…`.
    Http1,
    /// An HTTP/2 SETTINGS or GOAWAY frame.
    Http2,
    /// HTML without a status line: HTTP/0.9, or a program that prints a page only.
    BareHtml,
    /// Header lines without a status line, `Status:` or `Content-Type:` first:
    /// CGI, SCGI, or the inside of FastCGI or uwsgi.
    CgiHead,
    /// A FastCGI record.
    FastCgi,
    /// An AJP13 packet of a servlet container.
    Ajp,
    /// A TLS record: an alert or a handshake message.
    Tls,
    /// An SSH banner.
    Ssh,
    /// An SMTP greeting or error.
    Smtp,
    /// An FTP greeting.
    Ftp,
    /// A POP3 greeting.
    Pop3,
    /// An IMAP greeting.
    Imap,
    /// A `MySQL` or `MariaDB` greeting or error packet.
    MySql,
    /// A `PostgreSQL` message.
    PostgreSql,
    /// A Redis reply.
    Redis,
    /// A memcached reply.
    Memcached,
    /// An AMQP protocol header.
    Amqp,
    /// An RTSP status line.
    Rtsp,
    /// A PROXY protocol header, which only a client may send.
    ProxyHeader,
    /// Our own bytes came back.
    Echo,
    /// None of these.
    Unknown,
}

/// The protocol of `received`, the answer to `sent`.
pub fn identify(received: &[u8], sent: &[u8]) -> Protocol {
    if received.is_empty() {
        return Protocol::Silent;
    }
    if is_echo(received, sent) {
        return Protocol::Echo;
    }
    by_prefix(received)
        .or_else(|| by_frame(received))
        .or_else(|| by_text(received))
        .unwrap_or(Protocol::Unknown)
}

/// Whether this could still become, or is, an HTTP/1 status line.
pub fn may_be_http1(received: &[u8]) -> bool {
    let n = received.len().min(5);
    received.get(..n) == b"HTTP/".get(..n)
}

/// Whether this could still become, or is, a record of a FastCGI application.
pub fn may_be_fastcgi(received: &[u8]) -> bool {
    let version = received.first().is_none_or(|v| *v == 1);
    let kind = received
        .get(1)
        .is_none_or(|k| matches!(k, 3 | 6 | 7 | 10 | 11));
    version && kind
}

/// Whether a plain HTTP answer complains that TLS was expected, in the words of
/// nginx, Apache httpd, Go's `net/http` or Tomcat.
pub fn asks_for_tls(received: &[u8]) -> bool {
    const WORDS: [&[u8]; 4] = [
        b"The plain HTTP request was sent to HTTPS port",
        b"speaking plain HTTP to an SSL-enabled server port",
        b"Client sent an HTTP request to an HTTPS server",
        b"This combination of host and port requires TLS",
    ];
    WORDS
        .iter()
        .any(|words| memchr::memmem::find(received, words).is_some())
}

fn is_echo(received: &[u8], sent: &[u8]) -> bool {
    let n = received.len().min(sent.len());
    n >= 8 && received.get(..n) == sent.get(..n)
}

fn by_prefix(received: &[u8]) -> Option<Protocol> {
    const PREFIXES: [(&[u8], Protocol); 21] = [
        (b"HTTP/", Protocol::Http1),
        (b"SSH-", Protocol::Ssh),
        (b"RTSP/", Protocol::Rtsp),
        (b"AMQP", Protocol::Amqp),
        (b"+OK ", Protocol::Pop3),
        (b"* OK", Protocol::Imap),
        (b"* BYE", Protocol::Imap),
        (b"* BAD", Protocol::Imap),
        (b"-ERR ", Protocol::Redis),
        (b"-NOAUTH", Protocol::Redis),
        (b"-DENIED", Protocol::Redis),
        (b"-WRONGTYPE", Protocol::Redis),
        (b"-LOADING", Protocol::Redis),
        (b"-MISCONF", Protocol::Redis),
        (b"$-1\r\n", Protocol::Redis),
        (b"+PONG\r\n", Protocol::Redis),
        (b"+OK\r\n", Protocol::Redis),
        (b"ERROR\r\n", Protocol::Memcached),
        (b"CLIENT_ERROR ", Protocol::Memcached),
        (b"PROXY ", Protocol::ProxyHeader),
        (b"\r\n\r\n\0\r\nQUIT\n", Protocol::ProxyHeader),
    ];
    let found = PREFIXES.iter().find(|(p, _)| received.starts_with(p));
    found.map(|(_, protocol)| *protocol)
}

fn by_frame(received: &[u8]) -> Option<Protocol> {
    match received {
        [20..=24, 3, 0..=4, ..] => Some(Protocol::Tls),
        [1, 3 | 6 | 7 | 10 | 11, _, _, _, _, _, _, ..] => Some(Protocol::FastCgi),
        [0, 0, len, 4, 0 | 1, 0, 0, 0, 0, ..] if len % 6 == 0 => Some(Protocol::Http2),
        [0, _, _, 7, 0, 0, 0, 0, 0, ..] => Some(Protocol::Http2),
        [b'A', b'B', _, _, 3..=6 | 9, ..] => Some(Protocol::Ajp),
        [_, _, 0, 0, 9 | 10, version, ..] if version.is_ascii_digit() => Some(Protocol::MySql),
        [_, _, 0, 0 | 1, 0xff, _, _, ..] => Some(Protocol::MySql),
        [b'E', 0, 0, _, _, b'S' | b'F', ..] => Some(Protocol::PostgreSql),
        _ => None,
    }
}

fn by_text(received: &[u8]) -> Option<Protocol> {
    let head = received.get(..received.len().min(512))?;
    let lower = head.to_ascii_lowercase();
    let trimmed = lower.trim_ascii_start();
    if lower.starts_with(b"220") || lower.starts_with(b"421") || lower.starts_with(b"554") {
        return Some(mail_or_files(&lower));
    }
    if trimmed.starts_with(b"<!doctype html") || trimmed.starts_with(b"<html") {
        return Some(Protocol::BareHtml);
    }
    let cgi: [&[u8]; 3] = [b"status:", b"content-type:", b"x-powered-by:"];
    if cgi.iter().any(|name| lower.starts_with(name)) {
        return Some(Protocol::CgiHead);
    }
    None
}

/// SMTP and FTP greet alike; the words behind the number tell them apart.
fn mail_or_files(lower: &[u8]) -> Protocol {
    if memchr::memmem::find(lower, b"ftp").is_some() {
        return Protocol::Ftp;
    }
    match lower.get(3) {
        Some(b' ' | b'-') => Protocol::Smtp,
        _ => Protocol::Unknown,
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Silent => "nothing",
            Self::Http1 => "HTTP/1",
            Self::Http2 => "HTTP/2",
            Self::BareHtml => "HTML without HTTP headers",
            Self::CgiHead => "CGI headers without a status line",
            Self::FastCgi => "FastCGI",
            Self::Ajp => "AJP",
            Self::Tls => "TLS",
            Self::Ssh => "SSH",
            Self::Smtp => "SMTP",
            Self::Ftp => "FTP",
            Self::Pop3 => "POP3",
            Self::Imap => "IMAP",
            Self::MySql => "MySQL",
            Self::PostgreSql => "PostgreSQL",
            Self::Redis => "Redis",
            Self::Memcached => "memcached",
            Self::Amqp => "AMQP",
            Self::Rtsp => "RTSP",
            Self::ProxyHeader => "a PROXY protocol header",
            Self::Echo => "an echo of what it is sent",
            Self::Unknown => "an unknown protocol",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;
    use proptest::prelude::*;

    #[test]
    fn real_greetings_are_told_apart() {
        let table: [(&[u8], Protocol); 22] = [
            (b"", Protocol::Silent),
            (b"HTTP/1.1 400 Bad Request\r\n", Protocol::Http1),
            (b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", Protocol::Ssh),
            (b"220 mail.example.org ESMTP Postfix\r\n", Protocol::Smtp),
            (b"220 (vsFTPd 3.0.3)\r\n", Protocol::Ftp),
            (b"+OK Dovecot ready.\r\n", Protocol::Pop3),
            (b"* OK [CAPABILITY IMAP4rev1] ready\r\n", Protocol::Imap),
            (b"\x4a\0\0\0\x0a5.5.5-10.11.6-MariaDB\0", Protocol::MySql),
            (
                b"\x45\0\0\0\xff\x6a\x04Host '10.0.0.1' is not allowed",
                Protocol::MySql,
            ),
            (b"E\0\0\0\x8bSFATAL\0VFATAL\0C0A000\0", Protocol::PostgreSql),
            (
                b"-ERR wrong number of arguments for 'get' command\r\n",
                Protocol::Redis,
            ),
            (b"-NOAUTH Authentication required.\r\n", Protocol::Redis),
            (b"ERROR\r\n", Protocol::Memcached),
            (b"\x15\x03\x01\0\x02\x02\x46", Protocol::Tls),
            (b"\x16\x03\x03\0\x7a\x02\0\0\x76", Protocol::Tls),
            (b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x80", Protocol::Http2),
            (b"\x01\x06\0\x01\0\x20\0\0Status: 404", Protocol::FastCgi),
            (b"AB\0\x02\x04\0", Protocol::Ajp),
            (b"AMQP\0\0\x09\x01", Protocol::Amqp),
            (b"<!DOCTYPE HTML>\n<html>", Protocol::BareHtml),
            (
                b"Status: 200 OK\r\nContent-Type: text/html\r\n",
                Protocol::CgiHead,
            ),
            (b"\x99\x98 hello", Protocol::Unknown),
        ];
        for (bytes, protocol) in table {
            assert_eq!(identify(bytes, b"GET / HTTP/1.0\r\n\r\n"), protocol);
        }
        assert_eq!(identify(b"GET / HTTP", b"GET / HTTP/1.0"), Protocol::Echo);
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken(received: Vec<u8>, sent: Vec<u8>) {
            let _ = (identify(&received, &sent), asks_for_tls(&received));
            prop_assert_eq!(received.starts_with(b"HTTP/"),
                received.len() >= 5 && may_be_http1(&received));
        }
    }
}
