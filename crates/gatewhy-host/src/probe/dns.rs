//! One question to one DNS server, as nginx's `resolver` asks it: plain UDP
//! without EDNS, and TCP when the answer is truncated.
use super::wire::{Wire, how};
use gatewhy_facts::answer::{Answer, Outcome};
use gatewhy_facts::bundle;
use gatewhy_facts::protocol::tape::How;
use rustix::io::Errno;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// How long one try waits; there are two over UDP, and one over TCP.
const PATIENCE: Duration = Duration::from_secs(1);
const UDP_TRIES: usize = 2;
/// The header of a message; the question comes behind it.
const HEADER: usize = 12;

/// Asks `server` for records of `kind` (1 is A, 28 is AAAA). The answer is
/// documented at [`Question::Dns`](gatewhy_facts::question::Question::Dns).
pub fn dns(server: SocketAddr, name: &str, kind: u16) -> Answer {
    let start = Instant::now();
    let outcome = match query(name, kind) {
        Some(query) => ask(server, &query),
        None => Outcome::Unsupported("this name has no form in a DNS message".to_owned()),
    };
    Answer {
        outcome,
        took: start.elapsed(),
    }
}

fn ask(server: SocketAddr, query: &[u8]) -> Outcome {
    let mut tries = Tries::default();
    let mut message = Vec::new();
    for _ in 0..UDP_TRIES {
        let done = tries.note("udp", || over_udp(server, query));
        if let Some(answer) = done {
            message = answer;
            break;
        }
    }
    if is_truncated(&message) {
        let whole = tries.note("tcp", || over_tcp(server, query));
        message = whole.unwrap_or(message);
    }
    let mut bytes = Vec::new();
    bundle::push(&mut bytes, "outcome", tries.lines.as_bytes());
    bundle::push(&mut bytes, "message", &message);
    Outcome::Got { bytes, cut: false }
}

#[derive(Default)]
struct Tries {
    lines: String,
}

impl Tries {
    fn note(
        &mut self,
        transport: &str,
        work: impl FnOnce() -> Result<Vec<u8>, How>,
    ) -> Option<Vec<u8>> {
        use std::fmt::Write;
        let start = Instant::now();
        let got = work();
        let outcome = got.as_ref().err().copied().unwrap_or(How::Ok);
        let micros = start.elapsed().as_micros();
        let _ = writeln!(self.lines, "{transport} {outcome} {micros}");
        got.ok()
    }
}

/// The message that asks; `None` for names that DNS cannot carry.
fn query(name: &str, kind: u16) -> Option<Vec<u8>> {
    let id = RandomState::new().build_hasher().finish().to_be_bytes();
    let mut out = vec![id[0], id[1], 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.trim_end_matches('.').split('.') {
        let length = u8::try_from(label.len()).ok();
        out.push(length.filter(|n| (1..=63).contains(n))?);
        out.extend_from_slice(label.as_bytes());
    }
    out.push(0);
    if out.len() - HEADER > 255 {
        return None;
    }
    out.extend_from_slice(&kind.to_be_bytes());
    out.extend_from_slice(&[0, 1]);
    Some(out)
}

fn over_udp(server: SocketAddr, query: &[u8]) -> Result<Vec<u8>, How> {
    let any: SocketAddr = if server.is_ipv4() {
        (Ipv4Addr::UNSPECIFIED, 0).into()
    } else {
        (Ipv6Addr::UNSPECIFIED, 0).into()
    };
    let deadline = Instant::now() + PATIENCE;
    let socket = UdpSocket::bind(any).map_err(io_how)?;
    // A connected socket hears ICMP refusals, and nobody else's answers.
    socket.connect(server).map_err(io_how)?;
    socket.send(query).map_err(io_how)?;
    let mut buffer = [0; 4096];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(How::TimedOut);
        }
        socket.set_read_timeout(Some(left)).map_err(io_how)?;
        let n = socket.recv(&mut buffer).map_err(io_how)?;
        let answer = buffer.get(..n).unwrap_or_default();
        if is_answer(answer, query) {
            return Ok(answer.to_vec());
        }
    }
}

fn over_tcp(server: SocketAddr, query: &[u8]) -> Result<Vec<u8>, How> {
    let deadline = Instant::now() + PATIENCE;
    let wire = Wire::tcp(server, deadline).map_err(|e| how(e.0))?;
    wire.connect_tcp(server)?;
    let length = u16::try_from(query.len()).unwrap_or(u16::MAX);
    wire.send(&[&length.to_be_bytes(), query].concat())?;
    let mut received = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let n = wire.recv(&mut buffer, deadline)?;
        received.extend(buffer.iter().take(n));
        if let Some((length, rest)) = received.split_first_chunk() {
            let length = usize::from(u16::from_be_bytes(*length));
            if let Some(answer) = rest.get(..length) {
                return Ok(answer.to_vec());
            }
        }
    }
}

/// Whether a message answers the query: same number, a response, and the same
/// question, if it repeats one.
fn is_answer(answer: &[u8], query: &[u8]) -> bool {
    let same_id = answer.get(..2) == query.get(..2);
    let response = answer.get(2).is_some_and(|flags| flags & 0x80 != 0);
    let question = query.get(HEADER..).unwrap_or_default();
    let repeated = answer.get(HEADER..HEADER + question.len());
    let same = repeated.is_none_or(|q| q.eq_ignore_ascii_case(question));
    same_id && response && same && answer.len() >= HEADER
}

fn is_truncated(message: &[u8]) -> bool {
    message.get(2).is_some_and(|flags| flags & 2 != 0)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "this is how map_err hands it over"
)]
fn io_how(error: std::io::Error) -> How {
    use std::io::ErrorKind::{TimedOut, WouldBlock};
    match Errno::from_io_error(&error) {
        _ if matches!(error.kind(), WouldBlock | TimedOut) => How::TimedOut,
        Some(errno) => how(errno),
        None => How::Errno(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_dns_cannot_carry_are_refused() {
        assert!(
            query("db.internal.", 1).is_some_and(|q| q.ends_with(b"\x08internal\0\0\x01\0\x01"))
        );
        assert_eq!(query("a..b", 1), None);
        assert_eq!(query(&"x".repeat(64), 1), None);
        assert_eq!(query(&"abc.".repeat(70), 1), None);
    }
}
