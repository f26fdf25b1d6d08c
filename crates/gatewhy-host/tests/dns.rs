//! The DNS probe against servers that misbehave.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
use gatewhy_facts::answer::Outcome;
use gatewhy_facts::bundle;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::time::{Duration, Instant};

/// What a query brought: its tries without their times, and the message.
fn ask(server: SocketAddr) -> (Vec<String>, Vec<u8>) {
    let answer = gatewhy_host::probe::dns(server, "db.internal", 1);
    let Outcome::Got { bytes, .. } = answer.outcome else {
        panic!("{}", answer.outcome);
    };
    let tries = String::from_utf8(bundle::part(&bytes, "outcome").unwrap().to_vec()).unwrap();
    let tries = tries
        .lines()
        .map(|l| l.rsplit_once(' ').unwrap().0.to_owned());
    (
        tries.collect(),
        bundle::part(&bytes, "message").unwrap().to_vec(),
    )
}

/// A server that answers each UDP query with what `reply` makes of it.
fn serve(reply: impl Fn(Vec<u8>, usize) -> Vec<Vec<u8>> + Send + 'static) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    std::thread::spawn(move || {
        let mut buffer = [0; 512];
        let mut round = 0;
        while let Ok((n, from)) = socket.recv_from(&mut buffer) {
            for message in reply(buffer[..n].to_vec(), round) {
                socket.send_to(&message, from).unwrap();
            }
            round += 1;
        }
    });
    address
}

fn answer_to(mut query: Vec<u8>, flags: [u8; 2]) -> Vec<u8> {
    query[2] = 0x80 | flags[0];
    query[3] = flags[1];
    query
}

#[test]
fn an_answer_comes_back_as_it_is() {
    let (tries, message) = ask(serve(|query, _| vec![answer_to(query, [0, 3])]));
    assert_eq!(tries, ["udp ok"]);
    assert_eq!(message[3] & 15, 3, "NXDOMAIN");
    assert!(message.ends_with(b"\x02db\x08internal\0\0\x01\0\x01"));
}

#[test]
fn a_lost_query_is_sent_again() {
    let server = serve(|query, round| match round {
        0 => Vec::new(),
        _ => vec![answer_to(query, [0, 0])],
    });
    assert_eq!(ask(server).0, ["udp timeout", "udp ok"]);
}

#[test]
fn a_silent_server_takes_two_seconds() {
    let start = Instant::now();
    let (tries, message) = ask(serve(|_, _| Vec::new()));
    assert_eq!(tries, ["udp timeout", "udp timeout"]);
    assert!(message.is_empty() && start.elapsed() < Duration::from_millis(2500));
}

#[test]
fn nobody_there_is_told_at_once() {
    let closed = UdpSocket::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let start = Instant::now();
    assert_eq!(ask(closed).0, ["udp refused", "udp refused"]);
    assert!(start.elapsed() < Duration::from_millis(500));
}

/// Answers with another number, to another question, or that are no answers.
#[test]
fn foreign_messages_are_not_taken() {
    let server = serve(|query, _| {
        let mut other_id = answer_to(query.clone(), [0, 0]);
        other_id[0] ^= 1;
        let mut other_name = answer_to(query.clone(), [0, 0]);
        other_name[13] = b'x';
        let right = answer_to(query.clone(), [0, 5]);
        vec![other_id, other_name, query, b"\0".to_vec(), right]
    });
    let (tries, message) = ask(server);
    assert_eq!(
        (tries.as_slice(), message[3] & 15),
        (&["udp ok".to_owned()][..], 5)
    );
}

#[test]
fn a_truncated_answer_is_asked_for_again_over_tcp() {
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = tcp.local_addr().unwrap();
    let udp = UdpSocket::bind(address).unwrap();
    std::thread::spawn(move || {
        let mut buffer = [0; 512];
        let (n, from) = udp.recv_from(&mut buffer).unwrap();
        let short = answer_to(buffer[..n].to_vec(), [2, 0]);
        udp.send_to(&short, from).unwrap();
        let (mut stream, _) = tcp.accept().unwrap();
        let n = stream.read(&mut buffer).unwrap();
        let mut whole = answer_to(buffer[2..n].to_vec(), [0, 0]);
        whole.extend_from_slice(b"more");
        let length = u16::try_from(whole.len()).unwrap().to_be_bytes();
        stream.write_all(&[&length, &whole[..]].concat()).unwrap();
    });
    let (tries, message) = ask(address);
    assert_eq!(tries, ["udp ok", "tcp ok"]);
    assert!(message.ends_with(b"more"));
}

#[test]
fn a_name_that_dns_cannot_carry_is_no_question() {
    let nowhere = "127.0.0.1:9".parse().unwrap();
    let answer = gatewhy_host::probe::dns(nowhere, "a..b", 1);
    assert!(matches!(answer.outcome, Outcome::Unsupported(_)));
}
