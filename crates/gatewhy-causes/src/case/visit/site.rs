//! What a visitor gets: the request, sent through the proxy.
use crate::case::Case;
use crate::case::exchange::direct::{self, PROXY_HEADER};
use crate::case::request::Request;
use crate::case::routing::peer::Dial;
use crate::case::system::host::sockets_source;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::prelude::*;
use gatewhy_facts::protocol::http_request;
use gatewhy_facts::protocol::http1::{self, Context, Reading};
use gatewhy_facts::protocol::tape::{Conversation, How, Step};
use gatewhy_facts::question::{Exchange, Question, TlsOffer, Until};

/// The most bytes of the site's answer that are kept.
const ANSWER_LIMIT: u32 = 1 << 20;
/// The attempt that is made after all others; `--requests` gives lower numbers.
const LAST_ATTEMPT: u8 = u8::MAX;

/// One request through the proxy and what came of it.
#[derive(Clone, Debug)]
pub struct Visit<'k> {
    /// The conversation.
    pub conversation: Conversation<'k>,
    /// The answer, read as HTTP.
    pub answer: Reading,
}

/// What one visit showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A status, with a whole message behind it.
    Status(u16),
    /// A status, and then a message that was cut short.
    Cut(u16),
    /// Nothing listens where the URL leads.
    Refused,
    /// The connection could not be made, for another reason.
    NotConnected(How),
    /// The TLS handshake with the visitor failed.
    TlsFailed,
    /// The proxy closed the connection without an answer.
    ClosedWithoutAnswer,
    /// No answer in the time we waited.
    NoAnswer,
    /// Something that is not HTTP.
    NotHttp,
}

impl<'k> Visit<'k> {
    /// Reads the answer to the site's exchange.
    pub fn read(bytes: &'k [u8]) -> Self {
        let conversation = Conversation::read(bytes);
        let context = Context {
            sent: b"",
            ended: conversation.ended_by_peer(),
        };
        let answer = http1::read(conversation.received, &context);
        Self {
            conversation,
            answer,
        }
    }

    /// What it showed, in one of few kinds.
    pub fn seen(&self) -> Seen {
        let how = |step| self.conversation.step(step).map(|phase| phase.how);
        match how(Step::Connect) {
            Some(How::Ok) => {}
            Some(How::Refused) => return Seen::Refused,
            Some(how) => return Seen::NotConnected(how),
            None => return Seen::NotConnected(How::TimedOut),
        }
        if how(Step::Tls).is_some_and(|how| how != How::Ok) {
            return Seen::TlsFailed;
        }
        let end = self.conversation.end().map(|phase| phase.how);
        match self.answer.code() {
            Some(status) if self.is_cut() => Seen::Cut(status),
            Some(status) => Seen::Status(status),
            None if !self.conversation.received.is_empty() => Seen::NotHttp,
            None if end == Some(How::TimedOut) => Seen::NoAnswer,
            None => Seen::ClosedWithoutAnswer,
        }
    }

    /// Whether the body ended before it should have. A body that is merely slow,
    /// or longer than we keep, is not cut.
    fn is_cut(&self) -> bool {
        self.conversation.ended_by_peer() && !self.answer.is_complete()
    }
}

impl Seen {
    /// Whether a visitor would call it working. A client's own error (4xx) is not
    /// the gateway's.
    pub fn is_good(self) -> bool {
        matches!(self, Self::Status(status) if status < 500)
    }

    /// In words.
    pub fn words(self, patience_ms: u32) -> String {
        match self {
            Self::Status(status) => format!("{status} {}", reason(status)).trim_end().to_owned(),
            Self::Cut(status) => format!("{status} with a body that is cut short"),
            Self::Refused => "connection refused".into(),
            Self::NotConnected(How::TimedOut) => "no connection in time".into(),
            Self::NotConnected(how) => format!("no connection ({how})"),
            Self::TlsFailed => "TLS handshake failed".into(),
            Self::ClosedWithoutAnswer => "connection closed without an answer".into(),
            Self::NoAnswer => format!(
                "no answer within {}.{} s",
                patience_ms / 1000,
                patience_ms % 1000 / 100
            ),
            Self::NotHttp => "an answer that is not HTTP".into(),
        }
    }
}

/// The standard reason phrase of statuses that gateways make.
pub fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        301 => "Moved Permanently",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        431 => "Request Header Fields Too Large",
        499 => "Client Closed Request",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}

impl<'k> Case<'k> {
    /// Where the visitor's request is sent: the proxy of this host when one
    /// listens on the URL's port, else where the name leads.
    pub fn front_door(&self) -> Fact<SocketAddr> {
        if self.entry_socket().is_some() {
            return Fact::Absent(Source::new("the proxy before this one"));
        }
        if let Some(public) = self.public_door() {
            return public;
        }
        if let Some(dial) = self.request.dial {
            return Fact::Found(dial, Source::new("command line"));
        }
        if let Some(gap) = self.sockets().tcp.gap().filter(|gap| gap.is_pending()) {
            return Fact::Unknown(gap.clone());
        }
        if let Some(elsewhere) = self.door_in_hosts_file() {
            return elsewhere;
        }
        if let Some(unheard) = self.unheard_door() {
            return unheard;
        }
        let listening = self.tcp_addresses().into_iter().map(|(address, _)| address);
        match local_door(listening, self.request.port) {
            Some(door) => Fact::Found(door, sockets_source()),
            None => self.outside_door(),
        }
    }

    /// No listener here: the name decides. A name of this very host, or one that
    /// nobody knows, leads to loopback, where the refusal will be seen.
    fn outside_door(&self) -> Fact<SocketAddr> {
        let port = self.request.port;
        if let Ok(ip) = self.request.host.parse::<IpAddr>() {
            return Fact::Found(SocketAddr::new(ip, port), Source::new("the URL"));
        }
        self.resolved(&self.request.host)
            .and_then(|addresses, source| match addresses.first() {
                Some(ip) => Fact::Found(SocketAddr::new(*ip, port), source),
                None => Fact::Absent(source),
            })
    }

    /// The visits made, in order.
    pub fn visits(&self) -> &[Fact<Visit<'k>>] {
        self.cells.visits.get_or_init(|| self.make_visits())
    }

    fn make_visits(&self) -> Vec<Fact<Visit<'k>>> {
        let door = match self.entrance() {
            Fact::Found(door, _) => door,
            Fact::Absent(source) => return vec![Fact::Absent(source)],
            Fact::Unknown(gap) => return vec![Fact::Unknown(gap)],
        };
        let mut visits = Vec::new();
        for attempt in 0..self.request.requests {
            let visit = self.visit(&door, attempt);
            let pending = visit.gap().is_some_and(Gap::is_pending);
            visits.push(visit);
            if pending {
                break;
            }
        }
        visits
    }

    /// Where the site sends the visitor on, when that is the same host: the failure
    /// a person means may be there.
    pub fn redirect(&self) -> Option<String> {
        let visit = self.visits().first()?.found()?;
        if !matches!(visit.seen(), Seen::Status(301 | 302 | 303 | 307 | 308)) {
            return None;
        }
        let location = visit
            .answer
            .value(visit.conversation.received, "Location")?;
        let location = core::str::from_utf8(location).ok()?;
        let next = if location.starts_with('/') {
            let scheme = if self.request.tls { "https" } else { "http" };
            format!("{scheme}://{}{location}", self.request.host_header())
        } else {
            location.to_owned()
        };
        let target = Request::parse(Some(&next)).ok()?;
        (target.host == self.request.host).then_some(next)
    }

    pub(in crate::case) fn visitor_request(&self) -> Vec<u8> {
        self.request_for(&self.request.path)
    }

    fn request_for(&self, path: &str) -> Vec<u8> {
        if let Some(inner) = self
            .request
            .inner
            .as_ref()
            .filter(|_| path == self.request.path)
        {
            return inner.bytes.clone();
        }
        let host = self.request.host_header();
        http_request::Request {
            method: "GET",
            target: path.as_bytes(),
            host: host.as_bytes(),
            minor: 1,
            extra: &[],
        }
        .bytes()
    }

    /// The same page asked for by another name: with one more argument, which hardly
    /// any application minds and which no cache has an answer for.
    pub fn fresh_visit(&self) -> Fact<Visit<'k>> {
        let path = &self.request.path;
        let joint = if path.contains('?') { '&' } else { '?' };
        let path = format!("{path}{joint}gatewhy-fresh=1");
        self.entrance()
            .and_then(|door, _| self.visit_path(&door, &path, 0))
    }

    /// The page once more, after all other visits.
    pub fn last_visit(&self) -> Fact<Visit<'k>> {
        self.entrance()
            .and_then(|door, _| self.visit(&door, LAST_ATTEMPT))
    }

    /// The site's page at another address.
    pub(in crate::case) fn visit_at(&self, door: SocketAddr) -> Fact<Visit<'k>> {
        self.visit(&Dial::Tcp(door), 0)
    }

    fn visit(&self, door: &Dial, attempt: u8) -> Fact<Visit<'k>> {
        self.visit_path(door, &self.request.path, attempt)
    }

    /// The page as somebody asks for it who begins with a header of the PROXY protocol.
    pub(in crate::case) fn visit_told(&self) -> Fact<Visit<'k>> {
        self.entrance()
            .and_then(|door, _| self.visit_as(&door, &self.request.path, 0, true))
    }

    fn visit_path(&self, door: &Dial, path: &str, attempt: u8) -> Fact<Visit<'k>> {
        let inner = self.request.inner.as_ref();
        let told = inner.is_some_and(|inner| inner.proxy_header);
        self.visit_as(door, path, attempt, told)
    }

    fn visit_as(&self, door: &Dial, path: &str, attempt: u8, told: bool) -> Fact<Visit<'k>> {
        let request = self.request;
        let name = match &request.inner {
            Some(inner) => inner.tls_name.clone(),
            None => (!request.host.contains(':') && request.host.parse::<IpAddr>().is_err())
                .then(|| request.host.clone()),
        };
        // What was asked directly for the outer case is not asked again.
        let limit = match request.inner {
            Some(_) => direct::ANSWER_LIMIT,
            None => ANSWER_LIMIT,
        };
        let Some(endpoint) = door.endpoint() else {
            let why = "its name has no known address";
            return Fact::Unknown(Gap::new(door.to_string(), why, ""));
        };
        let asked = self.request_for(path);
        let first = if told { PROXY_HEADER } else { b"" };
        let question = Question::Exchange(Exchange {
            endpoint,
            view: self.entrance_view(),
            tls: request.tls.then(|| TlsOffer {
                server_name: name,
                before: first.to_vec(),
            }),
            send: if request.tls {
                asked
            } else {
                [first, &asked].concat()
            },
            until: Until::HttpMessage { limit },
            patience_ms: request.patience_ms,
            attempt,
        });
        let place = if path == request.path {
            format!("GET {} at {door}", request.url)
        } else {
            format!("GET {path} at {door}")
        };
        self.known.bytes(&question, &place, "").map(Visit::read)
    }
}

/// The address to dial for a listener on `port`: loopback for wildcards.
fn local_door(all: impl Iterator<Item = SocketAddr>, port: u16) -> Option<SocketAddr> {
    let mut doors: Vec<SocketAddr> = all
        .filter(|address| address.port() == port)
        .map(dialled)
        .collect();
    doors.sort_by_key(|door| (!door.ip().is_loopback(), door.is_ipv6(), *door));
    doors.first().copied()
}

fn dialled(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
