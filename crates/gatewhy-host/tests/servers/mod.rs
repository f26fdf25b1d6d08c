//! Servers that misbehave in one way each, as threads of the test.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "every test program uses its part of this module"
)]
use gatewhy_facts::answer::{Answer, Outcome};
use gatewhy_facts::protocol::tape::{Conversation, How, Step};
use gatewhy_facts::question::{Endpoint, Exchange, Until, View};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

pub const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

/// A server that treats each of its connections with `behave`.
pub fn serve(behave: impl Fn(TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().take(8) {
            behave(stream.unwrap());
        }
    });
    address
}

/// A server that reads a request, sends these bytes, and closes.
pub fn says(bytes: impl Into<Vec<u8>>) -> SocketAddr {
    let bytes = bytes.into();
    serve(move |mut stream| {
        read_request(&mut stream);
        let _ = stream.write_all(&bytes);
    })
}

/// A server that reads a request, sends these bytes, and keeps the line open.
pub fn says_and_waits(bytes: impl Into<Vec<u8>>) -> SocketAddr {
    let bytes = bytes.into();
    serve(move |mut stream| {
        read_request(&mut stream);
        let _ = stream.write_all(&bytes);
        wait_for_close(&mut stream);
    })
}

pub fn read_request(stream: &mut TcpStream) {
    let mut all = Vec::new();
    let mut buffer = [0; 1024];
    while !all.ends_with(b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(n) if n > 0 => all.extend_from_slice(&buffer[..n]),
            _ => return,
        }
    }
}

pub fn wait_for_close(stream: &mut TcpStream) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
    let mut buffer = [0; 1024];
    while stream.read(&mut buffer).is_ok_and(|n| n > 0) {}
}

/// A port of this machine where nobody listens.
pub fn closed_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

pub fn http(endpoint: Endpoint) -> Exchange {
    Exchange {
        endpoint,
        view: View::Host,
        tls: None,
        send: GET.to_vec(),
        until: Until::HttpMessage { limit: 1 << 20 },
        patience_ms: 600,
        attempt: 0,
    }
}

pub fn get(address: SocketAddr) -> Exchange {
    http(Endpoint::Tcp(address))
}

/// What an exchange brought, checked to have kept its patience.
pub struct Held {
    pub answer: Vec<u8>,
    pub cut: bool,
    pub took: Duration,
}

impl Held {
    pub fn said(&self) -> Conversation<'_> {
        Conversation::read(&self.answer)
    }

    pub fn end(&self) -> (Step, How) {
        let end = self.said().end().unwrap();
        (end.step, end.how)
    }
}

pub fn hold(exchange: &Exchange) -> Held {
    let start = Instant::now();
    let answer = gatewhy_host::probe::exchange(exchange);
    let patience = Duration::from_millis(u64::from(exchange.patience_ms));
    let slack = Duration::from_millis(400);
    assert!(
        start.elapsed() < patience + slack,
        "took {:?}",
        start.elapsed()
    );
    got(answer)
}

pub fn got(answer: Answer) -> Held {
    let took = answer.took;
    match answer.outcome {
        Outcome::Got { bytes, cut } => Held {
            answer: bytes,
            cut,
            took,
        },
        other => panic!("no conversation: {other}"),
    }
}
