//! The backend asked directly, past the proxy.
use crate::case::Case;
use crate::case::routing::peer::{Dial, Peer, Protocol};
use crate::case::visit::site;
use gatewhy_facts::fact::Fact;
use gatewhy_facts::prelude::*;
use gatewhy_facts::protocol::http1::{self, Context, Reading};
use gatewhy_facts::protocol::identify::{self, identify};
use gatewhy_facts::protocol::tape::{Conversation, How, Step};
use gatewhy_facts::protocol::{cgi_like, fastcgi};
use gatewhy_facts::question::{Exchange, Question, TlsOffer, Until};

/// The most bytes of a backend's answer that are kept: large enough to measure
/// any header that a proxy's buffers could be set to.
pub(in crate::case) const ANSWER_LIMIT: u32 = 256 << 10;

/// How long a backend is waited for that is asked in a protocol which it may not
/// speak: who does answers at once.
const GUESS_MS: u32 = 1_000;

/// What a server that expects the PROXY protocol wants to hear first.
pub(in crate::case) const PROXY_HEADER: &[u8] = b"PROXY TCP4 127.0.0.1 127.0.0.1 54321 80\r\n";

/// How a client of HTTP/2 begins: the preface and an empty SETTINGS frame.
const HTTP2_OPENING: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// A container that listens for AJP answers this at once.
const AJP_PING: &[u8] = b"\x12\x34\0\x01\x0a";
/// With this.
const AJP_PONG: &[u8] = b"AB\0\x01\x09";

/// What a direct conversation showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// `ECONNREFUSED`.
    Refused,
    /// There is no socket file there.
    NoSocket,
    /// Not allowed to connect.
    Denied,
    /// The queue of a unix socket is full (`EAGAIN`).
    QueueFull,
    /// The connection was not made in time.
    ConnectTimeout,
    /// No route, or the host does not answer: the error number.
    Unreachable(i32),
    /// The connection failed otherwise.
    NotConnected(How),
    /// The TLS handshake failed.
    TlsFailed,
    /// Closed or reset before a whole answer head: whether it was a reset.
    ClosedEarly(bool),
    /// Connected, and no answer in time.
    Silent,
    /// An HTTP (or CGI) answer with this status.
    Answered(u16),
    /// Bytes that are not the protocol that was spoken.
    Foreign,
    /// It takes connections; more was not asked, or it speaks the protocol and
    /// nothing of an answer can be read from it.
    Open,
}

/// A direct conversation with its reading.
#[derive(Clone, Debug)]
pub struct Direct<'k> {
    /// The conversation.
    pub conversation: Conversation<'k>,
    /// The answer head and body; for FastCGI that of its standard output.
    pub answer: Reading,
    /// FastCGI's own layer.
    pub fastcgi: Option<fastcgi::Reply>,
    /// What it showed.
    pub outcome: Outcome,
}

impl<'k> Direct<'k> {
    /// Reads the answer to a direct exchange.
    pub fn read(bytes: &'k [u8], protocol: Protocol) -> Self {
        let conversation = Conversation::read(bytes);
        let ended = conversation.ended_by_peer();
        let reply =
            (protocol == Protocol::FastCgi).then(|| fastcgi::read(conversation.received, ended));
        let answer = match &reply {
            Some(reply) if reply.stdout.is_empty() => Reading::default(),
            Some(reply) => http1::read_cgi(&reply.stdout, ended || reply.end.is_some()),
            None if is_cgi(protocol, conversation.received) => {
                http1::read_cgi(conversation.received, ended)
            }
            None => http1::read(
                conversation.received,
                &Context {
                    sent: b"GET ",
                    ended,
                },
            ),
        };
        let mut direct = Self {
            conversation,
            answer,
            fastcgi: reply,
            outcome: Outcome::Silent,
        };
        direct.outcome = direct.judge(protocol);
        direct
    }

    fn judge(&self, protocol: Protocol) -> Outcome {
        let how = |step| self.conversation.step(step).map(|phase| phase.how);
        match how(Step::Connect) {
            Some(How::Ok) if self.is_only_open(protocol) => Outcome::Open,
            // Who speaks HTTP/2 never answers its preface so.
            Some(How::Ok) if protocol == Protocol::Grpc && self.is_http1() => Outcome::Foreign,
            Some(How::Ok) => self.after_connect(),
            Some(How::Refused) => Outcome::Refused,
            Some(How::TimedOut) | None => Outcome::ConnectTimeout,
            Some(How::Errno(2)) => Outcome::NoSocket,
            Some(How::Errno(1 | 13)) => Outcome::Denied,
            Some(How::Errno(11)) => Outcome::QueueFull,
            Some(How::Errno(number @ (101 | 113))) => Outcome::Unreachable(number),
            Some(other) => Outcome::NotConnected(other),
        }
    }

    fn is_only_open(&self, protocol: Protocol) -> bool {
        match protocol {
            Protocol::Memcached => true,
            Protocol::Ajp => self.conversation.received.starts_with(AJP_PONG),
            Protocol::Grpc => self.answer.other_protocol() == Some(identify::Protocol::Http2),
            _ => false,
        }
    }

    fn is_http1(&self) -> bool {
        self.conversation.received.starts_with(b"HTTP/1.")
    }

    fn after_connect(&self) -> Outcome {
        let how = |step| self.conversation.step(step).map(|phase| phase.how);
        if how(Step::Tls).is_some_and(|how| how != How::Ok) {
            return Outcome::TlsFailed;
        }
        if let Some(code) = self.answer.code().filter(|_| self.answer.head_complete) {
            return Outcome::Answered(code);
        }
        let foreign = self.answer.other_protocol().is_some()
            || self
                .fastcgi
                .as_ref()
                .is_some_and(|reply| !reply.oddities.is_empty() && reply.stdout.is_empty());
        if foreign && !self.conversation.received.is_empty() {
            return Outcome::Foreign;
        }
        match self.conversation.end().map(|phase| phase.how) {
            Some(How::Reset) => Outcome::ClosedEarly(true),
            Some(How::Closed) => Outcome::ClosedEarly(false),
            Some(How::Errno(32)) => Outcome::ClosedEarly(true),
            // In TLS 1.3 a client is refused behind the handshake.
            Some(How::Alert(_) | How::TlsFailed) => Outcome::TlsFailed,
            _ => Outcome::Silent,
        }
    }

    /// Milliseconds from the connection to the end of the answer head.
    pub fn answer_ms(&self) -> u64 {
        let first = self
            .conversation
            .step(Step::FirstByte)
            .map_or(0, |phase| phase.micros);
        first / 1000
    }

    /// What it showed, in words: as [`Outcome::words`], and how much came of an answer
    /// that was not finished.
    pub fn words(&self) -> String {
        match (&self.outcome, self.conversation.received.len()) {
            (Outcome::Silent, came) if came > 0 => {
                format!("it begins to answer and does not get on: {came} bytes of a header came")
            }
            (outcome, _) => outcome.words(),
        }
    }

    /// Whether it gave an answer that a proxy would pass on without error.
    pub const fn is_good(&self) -> bool {
        matches!(self.outcome, Outcome::Answered(code) if code < 500)
    }
}

impl Outcome {
    /// In words, as the end of "asked directly, …".
    pub fn words(&self) -> String {
        match self {
            Self::Refused => "the connection is refused".into(),
            Self::NoSocket => "there is no such socket".into(),
            Self::Denied => "connecting is not permitted".into(),
            Self::QueueFull => "its queue of waiting connections is full".into(),
            Self::ConnectTimeout => "the connection attempt is not answered".into(),
            Self::Unreachable(101) => "the network is unreachable".into(),
            Self::Unreachable(_) => "there is no route to the host".into(),
            Self::NotConnected(how) => format!("the connection fails ({how})"),
            Self::TlsFailed => "the TLS handshake fails".into(),
            Self::ClosedEarly(true) => "it resets the connection without an answer".into(),
            Self::ClosedEarly(false) => "it closes the connection without an answer".into(),
            Self::Silent => "it accepts the connection and does not answer".into(),
            Self::Answered(code) => format!("it answers {code} {}", site::reason(*code))
                .trim_end()
                .to_owned(),
            Self::Foreign => "it answers in another protocol".into(),
            Self::Open => "it takes the connection".into(),
        }
    }
}

/// Whether these are the header lines of CGI, where an application may send those.
fn is_cgi(protocol: Protocol, received: &[u8]) -> bool {
    matches!(protocol, Protocol::Uwsgi | Protocol::Scgi)
        && identify(received, b"") == identify::Protocol::CgiHead
}

impl<'k> Case<'k> {
    /// The same request sent to the peer itself, as the proxy would send it.
    pub fn direct(&self, peer: &Peer) -> Fact<Direct<'k>> {
        let protocol = peer.protocol;
        self.ask_directly(peer, protocol, self.offered_name(peer))
            .map(|bytes| Direct::read(bytes, protocol))
    }

    /// The same without the header of the PROXY protocol that the proxy begins with.
    pub fn direct_without_proxy_header(&self, peer: &Peer) -> Fact<Direct<'k>> {
        let bare = Peer {
            sends_proxy: None,
            ..peer.clone()
        };
        let (protocol, name) = (bare.protocol, self.offered_name(&bare));
        self.converse_for(GUESS_MS, &bare, protocol, name, self.opening(protocol))
            .map(|bytes| Direct::read(bytes, protocol))
    }

    /// The peer asked in another protocol than the proxy uses.
    pub fn direct_as(&self, peer: &Peer, protocol: Protocol) -> Fact<Direct<'k>> {
        let name = (protocol == Protocol::Https).then(|| self.request.host.clone());
        let patience = match protocol {
            Protocol::FastCgi => self.request.patience_ms,
            _ => self.request.patience_ms.min(GUESS_MS),
        };
        self.converse_for(patience, peer, protocol, name, self.opening(protocol))
            .map(|bytes| Direct::read(bytes, protocol))
    }

    /// The peer asked with a header of the PROXY protocol before the request.
    pub fn direct_with_proxy_header(&self, peer: &Peer) -> Fact<Direct<'k>> {
        let told = Peer {
            sends_proxy: Some(gatewhy_facts::source_text::Place::default()),
            ..peer.clone()
        };
        let (protocol, name) = (told.protocol, self.offered_name(&told));
        self.converse_for(GUESS_MS, &told, protocol, name, self.opening(protocol))
            .map(|bytes| Direct::read(bytes, protocol))
    }

    /// The peer asked over TLS with a given server name.
    pub fn direct_named(&self, peer: &Peer, name: Option<String>) -> Fact<Direct<'k>> {
        self.ask_directly(peer, Protocol::Https, name)
            .map(|bytes| Direct::read(bytes, Protocol::Https))
    }

    /// The peer asked by a client that would keep the connection open.
    pub fn direct_kept(&self, peer: &Peer) -> Fact<Direct<'k>> {
        let (send, until) = self.opening(peer.protocol);
        let send = kept_open(&send);
        self.converse(peer, peer.protocol, self.offered_name(peer), (send, until))
            .map(|bytes| Direct::read(bytes, peer.protocol))
    }

    /// The peer asked for another target of its own, over HTTP, and not waited for long:
    /// what it tells of itself.
    pub fn direct_at(&self, peer: &Peer, target: &str) -> Fact<Direct<'k>> {
        let (_, until) = self.opening(Protocol::Http);
        let asked = (self.backend_request_for(target.as_bytes()), until);
        let (protocol, name) = (peer.protocol, self.offered_name(peer));
        self.converse_for(GUESS_MS, peer, protocol, name, asked)
            .map(|bytes| Direct::read(bytes, protocol))
    }

    fn ask_directly(
        &self,
        peer: &Peer,
        protocol: Protocol,
        name: Option<String>,
    ) -> Fact<&'k [u8]> {
        self.converse(peer, protocol, name, self.opening(protocol))
    }

    fn converse(
        &self,
        peer: &Peer,
        protocol: Protocol,
        name: Option<String>,
        opening: (Vec<u8>, Until),
    ) -> Fact<&'k [u8]> {
        self.converse_for(self.request.patience_ms, peer, protocol, name, opening)
    }

    fn converse_for(
        &self,
        patience_ms: u32,
        peer: &Peer,
        protocol: Protocol,
        name: Option<String>,
        (send, until): (Vec<u8>, Until),
    ) -> Fact<&'k [u8]> {
        let Some(endpoint) = peer.dial.endpoint() else {
            let place = format!("{} asked directly", peer.dial);
            return Fact::Unknown(gatewhy_facts::fact::Gap::new(
                place,
                "its name has no known address",
                "",
            ));
        };
        let first = if peer.sends_proxy.is_some() {
            PROXY_HEADER
        } else {
            b""
        };
        let tls = protocol == Protocol::Https;
        let question = Question::Exchange(Exchange {
            endpoint,
            view: self.dial_view(&peer.dial),
            tls: tls.then(|| TlsOffer {
                server_name: name,
                before: first.to_vec(),
            }),
            send: if tls { send } else { [first, &send].concat() },
            until,
            patience_ms,
            attempt: 0,
        });
        let place = format!("{} asked directly ({})", peer.dial, protocol.word());
        self.known
            .bytes(&question, &place, "run as root, on the proxy's host")
    }

    /// Files, and so unix sockets, and addresses are seen as the proxy sees them.
    fn dial_view(&self, dial: &Dial) -> gatewhy_facts::question::View {
        match dial {
            Dial::Unix(_) => self.proxy_view(),
            // Loopback is another one in each network.
            Dial::Tcp(_) | Dial::Name(..) => match self.proxy_apart() {
                Some(pid) => gatewhy_facts::question::View::Process(pid),
                None => gatewhy_facts::question::View::Host,
            },
        }
    }

    /// The bytes that open a conversation, and when it is over.
    fn opening(&self, protocol: Protocol) -> (Vec<u8>, Until) {
        let http = Until::HttpMessage {
            limit: ANSWER_LIMIT,
        };
        match protocol {
            Protocol::Http | Protocol::Https => (self.backend_request(), http),
            Protocol::FastCgi => (
                fastcgi::request(&self.backend_params()),
                Until::FastCgiEnd {
                    limit: ANSWER_LIMIT,
                },
            ),
            Protocol::Uwsgi => (cgi_like::uwsgi_request(&self.backend_params()), http),
            Protocol::Scgi => (cgi_like::scgi_request(&self.backend_params()), http),
            Protocol::Ajp => (AJP_PING.to_vec(), Until::FirstBytes),
            Protocol::Grpc => (HTTP2_OPENING.to_vec(), Until::FirstBytes),
            Protocol::Memcached => (Vec::new(), Until::Connected),
        }
    }

    /// The server name that the proxy sends in its TLS handshake with the peer.
    fn offered_name(&self, peer: &Peer) -> Option<String> {
        (peer.protocol == Protocol::Https)
            .then(|| self.tls_server_name())
            .flatten()
    }
}

/// The same request without the wish to close the connection behind it.
fn kept_open(request: &[u8]) -> Vec<u8> {
    let text = b"Connection: close\r\n";
    let at = request
        .windows(text.len())
        .position(|window| window == text);
    let Some((before, rest)) = at.and_then(|at| request.split_at_checked(at)) else {
        return request.to_vec();
    };
    let after = rest.get(text.len()..).unwrap_or_default();
    [before, b"Connection: keep-alive\r\n", after].concat()
}
