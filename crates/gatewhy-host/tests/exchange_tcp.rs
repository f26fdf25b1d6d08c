//! The exchange probe against TCP servers that misbehave.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod servers;

use gatewhy_facts::protocol::http1::{self, Context, Kind, Reading};
use gatewhy_facts::protocol::identify::{Protocol, identify};
use gatewhy_facts::protocol::tape::{How, Step};
use gatewhy_facts::question::{Endpoint, Until};
use servers::{GET, Held, closed_port, get, hold, says, says_and_waits, serve};
use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;

const HEAD: &str = "HTTP/1.1 200 OK\r\n";

fn reading(held: &Held) -> Reading {
    let said = held.said();
    let context = Context {
        sent: GET,
        ended: said.ended_by_peer(),
    };
    http1::read(said.received, &context)
}

fn kinds(held: &Held) -> Vec<Kind> {
    reading(held).oddities.iter().map(|o| o.kind).collect()
}

fn with_head(rest: &str) -> SocketAddr {
    says(format!("{HEAD}{rest}"))
}

#[test]
fn a_sound_answer_ends_when_it_is_complete() {
    let held = hold(&get(says_and_waits(format!(
        "{HEAD}Content-Length: 2\r\n\r\nok"
    ))));
    assert_eq!(held.end(), (Step::End, How::Ok));
    assert!(reading(&held).is_complete() && kinds(&held).is_empty());
    assert!(
        held.took < Duration::from_millis(300),
        "it must not wait for the close"
    );
    let said = held.said();
    let steps: Vec<Step> = said.phases.iter().map(|p| p.step).collect();
    assert_eq!(
        steps,
        [Step::Connect, Step::Send, Step::FirstByte, Step::End]
    );
    assert!(said.local.is_some_and(|a| a.ip().is_loopback()));
}

#[test]
fn a_chunked_answer_ends_with_its_last_chunk() {
    let body = "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
    let held = hold(&get(says_and_waits(format!("{HEAD}{body}"))));
    assert_eq!(held.end(), (Step::End, How::Ok));
}

#[test]
fn nothing_sent() {
    let held = hold(&get(says("")));
    assert_eq!(held.end(), (Step::FirstByte, How::Closed));
    assert!(held.said().connected());
}

#[test]
fn reset_before_the_answer() {
    // Closing with unread data in the buffer makes the kernel send a reset.
    let held = hold(&get(serve(|stream| {
        std::thread::sleep(Duration::from_millis(50));
        drop(stream);
    })));
    assert_eq!(held.end(), (Step::FirstByte, How::Reset));
}

#[test]
fn garbage() {
    let held = hold(&get(says_and_waits(*b"\x93\x01garbage")));
    assert_eq!(held.end(), (Step::End, How::Foreign));
    assert_eq!(kinds(&held), [Kind::NotHttp(Protocol::Unknown)]);
}

#[test]
fn http_0_9() {
    let held = hold(&get(says("<html><body>hello</body></html>")));
    assert_eq!(held.end(), (Step::End, How::Closed));
    assert_eq!(kinds(&held), [Kind::NotHttp(Protocol::BareHtml)]);
}

#[test]
fn half_a_head_then_closed() {
    let held = hold(&get(with_head("Content-Ty")));
    assert_eq!(held.end(), (Step::End, How::Closed));
    assert_eq!(kinds(&held), [Kind::ClosedInHead]);
}

#[test]
fn half_a_head_then_silence() {
    let held = hold(&get(says_and_waits(format!("{HEAD}Content-Ty"))));
    assert_eq!(held.end(), (Step::End, How::TimedOut));
    assert_eq!(kinds(&held), []);
    assert!(!reading(&held).head_complete);
}

#[test]
fn faulty_heads() {
    let table: [(&str, Kind); 7] = [
        ("Foo bar\r\n\r\n", Kind::ByteInName(b' ')),
        ("Foo\r\n\r\n", Kind::NoColon),
        ("A: b\0c\r\n\r\n", Kind::NulInValue),
        ("A: b\r\n folded\r\n\r\n", Kind::FoldedLine),
        ("A: b\n\n", Kind::BareLineFeed),
        (
            "Content-Length: 0\r\nContent-Length: 1\r\n\r\n",
            Kind::DuplicateLength { same: false },
        ),
        ("Content-Length: x\r\n\r\n", Kind::BadLength),
    ];
    for (rest, kind) in table {
        let held = hold(&get(with_head(rest)));
        assert!(kinds(&held).contains(&kind), "{rest:?}: {:?}", kinds(&held));
    }
}

#[test]
fn bad_status_line() {
    let held = hold(&get(says("HTTP/1.1 two hundred\r\n\r\n")));
    assert_eq!(kinds(&held), [Kind::BadStatusLine]);
}

#[test]
fn a_head_of_forty_kilobytes_is_measured() {
    let cookie = "x".repeat(40_000);
    let rest = format!("Set-Cookie: a={cookie}\r\nContent-Length: 0\r\n\r\n");
    let held = hold(&get(with_head(&rest)));
    assert_eq!(reading(&held).head_bytes, HEAD.len() + rest.len());
}

#[test]
fn short_body() {
    let held = hold(&get(with_head("Content-Length: 9\r\n\r\nab")));
    assert_eq!(held.end(), (Step::End, How::Closed));
    assert_eq!(kinds(&held), [Kind::ShortBody { missing: Some(7) }]);
}

#[test]
fn bad_chunk() {
    let held = hold(&get(says_and_waits(format!(
        "{HEAD}Transfer-Encoding: chunked\r\n\r\nnot a size\r\n"
    ))));
    assert_eq!(held.end(), (Step::End, How::Foreign));
    assert_eq!(kinds(&held), [Kind::BadChunk]);
}

#[test]
fn half_a_chunk() {
    let held = hold(&get(with_head("Transfer-Encoding: chunked\r\n\r\n9\r\nab")));
    assert_eq!(kinds(&held), [Kind::ShortBody { missing: None }]);
}

#[test]
fn other_protocols() {
    let table: [(&[u8], Protocol); 5] = [
        (b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64", Protocol::Http2),
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", Protocol::Ssh),
        (b"220 mx.example ESMTP\r\n", Protocol::Smtp),
        (b"-ERR unknown command\r\n", Protocol::Redis),
        (b"\x15\x03\x03\0\x02\x02\x28", Protocol::Tls),
    ];
    for (bytes, protocol) in table {
        let held = hold(&get(says_and_waits(bytes)));
        assert_eq!(held.end(), (Step::End, How::Foreign));
        assert_eq!(identify(held.said().received, GET), protocol);
    }
}

#[test]
fn a_server_that_hangs() {
    let held = hold(&get(says_and_waits("")));
    assert_eq!(held.end(), (Step::FirstByte, How::TimedOut));
    assert!(held.took >= Duration::from_millis(600));
}

/// A byte every 100 ms never pauses long, and must end all the same.
#[test]
fn a_server_that_drips() {
    let address = serve(|mut stream| {
        servers::read_request(&mut stream);
        for byte in format!("{HEAD}X: {}", "y".repeat(99)).bytes() {
            if stream.write_all(&[byte]).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    });
    let held = hold(&get(address));
    assert_eq!(held.end(), (Step::End, How::TimedOut));
    let dripped = held.said().received.len();
    assert!((4..=8).contains(&dripped), "{dripped} bytes");
}

#[test]
fn a_server_that_never_stops_is_cut_at_the_limit() {
    let address = serve(|mut stream| {
        servers::read_request(&mut stream);
        let _ = stream.write_all(HEAD.as_bytes());
        while stream.write_all(&[b'x'; 4096]).is_ok() {}
    });
    let mut exchange = get(address);
    exchange.until = Until::HttpMessage { limit: 10_000 };
    let held = hold(&exchange);
    assert_eq!((held.end(), held.cut), ((Step::End, How::Limit), true));
    assert_eq!(held.said().received.len(), 10_000);
}

/// It answers before it has read everything, and closes: the answer counts.
#[test]
fn an_early_answer_to_a_long_request_is_heard() {
    let address = serve(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
        std::thread::sleep(Duration::from_millis(100));
    });
    let mut exchange = get(address);
    exchange.send = vec![b'a'; 16 << 20];
    let held = hold(&exchange);
    let send = held.said().step(Step::Send).map(|p| p.how);
    assert!(
        matches!(send, Some(How::Reset | How::Errno(32))),
        "{send:?}"
    );
    assert!(held.said().received.is_empty() || reading(&held).code() == Some(413));
}

#[test]
fn refused() {
    let held = hold(&get(closed_port()));
    assert_eq!(held.end(), (Step::Connect, How::Refused));
}

#[test]
fn an_address_without_a_route_is_told_with_its_number() {
    // Class E addresses have no route and no socket may connect to them.
    let held = hold(&get("255.255.255.255:80".parse().unwrap()));
    let (step, how) = held.end();
    assert_eq!(step, Step::Connect);
    assert!(matches!(how, How::Errno(13 | 101)), "{how}");
}

#[test]
fn a_full_tcp_backlog_times_out() {
    use rustix::net::{AddressFamily, SocketType, bind, listen, socket};
    let fd = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    bind(&fd, &any).unwrap();
    listen(&fd, 0).unwrap();
    let address = SocketAddr::try_from(rustix::net::getsockname(&fd).unwrap()).unwrap();
    let _first = std::net::TcpStream::connect(address).unwrap();
    let mut exchange = get(address);
    exchange.until = Until::Connected;
    let ends: Vec<_> = (0..2).map(|_| hold(&exchange).end()).collect();
    assert!(ends.contains(&(Step::Connect, How::TimedOut)), "{ends:?}");
}

#[test]
fn first_bytes_are_enough_when_asked_so() {
    let mut exchange = get(says_and_waits("220 mx.example ESMTP\r\n"));
    exchange.until = Until::FirstBytes;
    let held = hold(&exchange);
    assert_eq!(held.end(), (Step::FirstByte, How::Ok));
    exchange.until = Until::Connected;
    assert_eq!(hold(&exchange).end(), (Step::Connect, How::Ok));
}

#[test]
fn nothing_is_sent_when_there_is_nothing_to_send() {
    let address = serve(|mut stream| {
        let _ = stream.write_all(b"SSH-2.0-x\r\n");
        servers::wait_for_close(&mut stream);
    });
    let mut exchange = get(address);
    exchange.send.clear();
    exchange.until = Until::FirstBytes;
    let held = hold(&exchange);
    assert_eq!(held.said().step(Step::Send), None);
    assert_eq!(held.said().received, b"SSH-2.0-x\r\n");
}

#[test]
fn the_whole_conversation_has_one_deadline() {
    let mut exchange = get(says_and_waits(""));
    exchange.patience_ms = 100;
    assert!(hold(&exchange).took < Duration::from_millis(300));
    exchange.patience_ms = 0;
    exchange.endpoint = Endpoint::Tcp(says_and_waits(""));
    assert_eq!(hold(&exchange).end().1, How::TimedOut);
}
