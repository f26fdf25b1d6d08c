//! One recorded conversation: how far it got, how long each step took, and every
//! byte that came back.
//!
//! [`encode`] writes what [`Conversation::read`] reads: the answer to a
//! [`Question::Exchange`](crate::question::Question::Exchange).
use crate::bundle;
use crate::prelude::*;
use core::fmt;

mod tls_lines;
pub use tls_lines::{Offer, TlsRecord};

/// A step of a conversation, in the order in which they happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Until the connection is made.
    Connect,
    /// The TLS handshake.
    Tls,
    /// Until the whole request is handed to the kernel.
    Send,
    /// From then until the peer's first byte.
    FirstByte,
    /// From the first byte to the end of the answer.
    End,
}

/// How a step came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// Done as it should be.
    Ok,
    /// `ECONNREFUSED`: nobody listens, or somebody says so.
    Refused,
    /// Not done when the patience ran out.
    TimedOut,
    /// `ECONNRESET`: the peer, or somebody in its name, broke the connection.
    Reset,
    /// The peer closed the connection in an orderly way.
    Closed,
    /// The peer speaks another protocol, and fell silent.
    Foreign,
    /// As many bytes as were wanted came, and there was more.
    Limit,
    /// The peer ended the TLS handshake with this alert.
    Alert(u8),
    /// TLS failed on our side; the TLS part says why.
    TlsFailed,
    /// Another error number of the operating system.
    Errno(i32),
}

/// A step, how it came out, and how long it took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phase {
    /// Which step.
    pub step: Step,
    /// How it came out.
    pub how: How,
    /// Microseconds it took, not counting the steps before it.
    pub micros: u64,
}

/// The process at the other end of a unix socket, as the kernel tells it
/// (`SO_PEERCRED`): who called `listen`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerProcess {
    /// Process id, `0` when it is in a namespace we cannot see.
    pub pid: u32,
    /// User id.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
}

/// A whole conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conversation<'a> {
    /// The steps that were begun, in order. The last one is where it ended.
    pub phases: Vec<Phase>,
    /// Our own end's address, for TCP.
    pub local: Option<core::net::SocketAddr>,
    /// The process at the other end, for unix sockets.
    pub peer: Option<PeerProcess>,
    /// What the peer sent, inside TLS where there was TLS.
    pub received: &'a [u8],
    /// How many bytes the peer sent, when not all of them are kept.
    pub counted: Option<u64>,
    /// What is known of the TLS handshake, if one was wanted.
    pub tls: Option<TlsRecord<'a>>,
    /// The peer's certificates in DER, its own first, as it sent them.
    pub certificates: Vec<&'a [u8]>,
}

impl Conversation<'_> {
    /// How a step came out, if it was begun.
    pub fn step(&self, step: Step) -> Option<Phase> {
        self.phases.iter().copied().find(|p| p.step == step)
    }

    /// Whether the connection was made.
    pub fn connected(&self) -> bool {
        self.step(Step::Connect).is_some_and(|p| p.how == How::Ok)
    }

    /// The step at which it ended, and how.
    pub fn end(&self) -> Option<Phase> {
        self.phases.last().copied()
    }

    /// Whether the peer ended it, so that nothing more would have come.
    pub fn ended_by_peer(&self) -> bool {
        self.end()
            .is_some_and(|p| matches!(p.how, How::Closed | How::Reset | How::Alert(_)))
    }

    /// Bytes that the peer sent and that are not kept.
    pub fn unkept(&self) -> u64 {
        self.counted
            .unwrap_or_default()
            .saturating_sub(self.received.len() as u64)
    }

    /// Microseconds of all steps together.
    pub fn micros(&self) -> u64 {
        self.phases
            .iter()
            .fold(0, |sum, p| sum.saturating_add(p.micros))
    }
}

impl<'a> Conversation<'a> {
    /// Reads the answer to an exchange. Parts that are damaged are left out.
    pub fn read(answer: &'a [u8]) -> Self {
        let mut out = Self::default();
        for (name, bytes) in bundle::parts(answer) {
            match name {
                "phases" => out.phases = lines(bytes).filter_map(phase).collect(),
                "local" => out.local = text(bytes).and_then(|t| t.parse().ok()),
                "peer" => out.peer = text(bytes).and_then(peer),
                "received" => out.received = bytes,
                "counted" => out.counted = text(bytes).and_then(|t| t.parse().ok()),
                "tls" => out.tls_record().read_lines(bytes),
                "tls-received" => out.tls_record().received = bytes,
                _ if name.starts_with("certificate/") => out.certificates.push(bytes),
                _ => {}
            }
        }
        out
    }

    fn tls_record(&mut self) -> &mut TlsRecord<'a> {
        self.tls.get_or_insert_default()
    }
}

/// Writes a conversation down as the answer to an exchange.
pub fn encode(conversation: &Conversation<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    let phases: String = conversation
        .phases
        .iter()
        .map(ToString::to_string)
        .collect();
    bundle::push(&mut out, "phases", phases.as_bytes());
    if let Some(local) = conversation.local {
        bundle::push(&mut out, "local", local.to_string().as_bytes());
    }
    if let Some(peer) = conversation.peer {
        let line = format!("{} {} {}", peer.pid, peer.uid, peer.gid);
        bundle::push(&mut out, "peer", line.as_bytes());
    }
    bundle::push(&mut out, "received", conversation.received);
    if let Some(counted) = conversation.counted {
        bundle::push(&mut out, "counted", counted.to_string().as_bytes());
    }
    if let Some(tls) = &conversation.tls {
        bundle::push(&mut out, "tls", tls.lines().as_bytes());
        bundle::push(&mut out, "tls-received", tls.received);
    }
    for (n, der) in conversation.certificates.iter().enumerate() {
        bundle::push(&mut out, &format!("certificate/{n}"), der);
    }
    out
}

fn text(bytes: &[u8]) -> Option<&str> {
    core::str::from_utf8(bytes).ok()
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &str> {
    bytes.split(|b| *b == b'\n').filter_map(text)
}

fn phase(line: &str) -> Option<Phase> {
    let mut words = line.split(' ');
    Some(Phase {
        step: Step::from_word(words.next()?)?,
        how: How::from_word(words.next()?)?,
        micros: words.next()?.parse().ok()?,
    })
}

fn peer(line: &str) -> Option<PeerProcess> {
    let mut words = line.split(' ').map(str::parse);
    Some(PeerProcess {
        pid: words.next()?.ok()?,
        uid: words.next()?.ok()?,
        gid: words.next()?.ok()?,
    })
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {} {}", self.step, self.how, self.micros)
    }
}

impl Step {
    const WORDS: [(Self, &'static str); 5] = [
        (Self::Connect, "connect"),
        (Self::Tls, "tls"),
        (Self::Send, "send"),
        (Self::FirstByte, "first-byte"),
        (Self::End, "end"),
    ];

    fn from_word(word: &str) -> Option<Self> {
        let found = Self::WORDS.iter().find(|(_, w)| *w == word);
        found.map(|(step, _)| *step)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = Self::WORDS.iter().find(|(step, _)| step == self);
        f.write_str(found.map_or("", |(_, word)| word))
    }
}

impl How {
    const WORDS: [(Self, &'static str); 8] = [
        (Self::Ok, "ok"),
        (Self::Refused, "refused"),
        (Self::TimedOut, "timeout"),
        (Self::Reset, "reset"),
        (Self::Closed, "closed"),
        (Self::Foreign, "foreign"),
        (Self::Limit, "limit"),
        (Self::TlsFailed, "tls-failed"),
    ];

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        if let Some((how, _)) = Self::WORDS.iter().find(|(_, w)| *w == word) {
            return Some(*how);
        }
        match word.split_once(':')? {
            ("alert", n) => n.parse().ok().map(Self::Alert),
            ("errno", n) => n.parse().ok().map(Self::Errno),
            _ => None,
        }
    }
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alert(n) => write!(f, "alert:{n}"),
            Self::Errno(n) => write!(f, "errno:{n}"),
            named => {
                let found = Self::WORDS.iter().find(|(how, _)| how == named);
                f.write_str(found.map_or("", |(_, word)| word))
            }
        }
    }
}

#[cfg(test)]
mod tests;
