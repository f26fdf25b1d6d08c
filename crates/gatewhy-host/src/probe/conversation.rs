//! One conversation from the first packet to the last.
use super::tls::TlsChannel;
use super::wire::{NoSocket, Wire};
use super::{Heard, namespace, old_tls};
use gatewhy_facts::answer::Outcome;
use gatewhy_facts::protocol::fastcgi::FastCgiProgress;
use gatewhy_facts::protocol::http1::{Drain, Progress, Want};
use gatewhy_facts::protocol::tape::{How, Phase, Step, TlsRecord};
use gatewhy_facts::question::{Endpoint, Exchange, Until, View};
use gatewhy_facts::tls::hello::{ServerSays, read_server};
use std::time::{Duration, Instant};

/// How long a peer that speaks another protocol is listened to after its last byte.
const FOREIGN_SILENCE: Duration = Duration::from_millis(150);

/// The most bytes of an answer that are looked at, though not kept.
const COUNTED: usize = 64 << 20;

/// Holds the conversation; an error when it could not be tried.
pub(super) fn hold(exchange: &Exchange, deadline: Instant) -> Result<Heard, Outcome> {
    let mut talk = Talk {
        heard: Heard::default(),
        since: Instant::now(),
    };
    let wire = match connect(exchange, deadline)? {
        Ok(wire) => wire,
        Err(how) => {
            talk.phase(Step::Connect, how);
            return Ok(talk.heard);
        }
    };
    talk.phase(Step::Connect, How::Ok);
    match exchange.endpoint {
        Endpoint::Tcp(_) => talk.heard.said.local = wire.local(),
        Endpoint::Unix(_) => talk.heard.said.peer = wire.peer(),
    }
    talk.run(exchange, &wire);
    // A server that serves one connection at a time must be free for the next.
    drop(wire);
    talk.offer_old_versions(exchange, deadline);
    Ok(talk.heard)
}

fn connect(exchange: &Exchange, deadline: Instant) -> Result<Result<Wire, How>, Outcome> {
    let no_socket = |e: NoSocket| Outcome::Failed(format!("cannot make a socket: {}", e.0));
    match &exchange.endpoint {
        Endpoint::Tcp(address) => {
            let wire = Wire::tcp(*address, deadline).map_err(no_socket)?;
            Ok(wire.connect_tcp(*address).map(|()| wire))
        }
        Endpoint::Unix(path) => {
            let wire = Wire::unix(deadline).map_err(no_socket)?;
            let connected = match exchange.view {
                View::Host => wire.connect_unix(path.as_str()),
                View::Process(pid) => connect_in_root_of(pid, path.as_str(), &wire)?,
            };
            Ok(connected.map(|()| wire))
        }
    }
}

/// The way through `/proc/self/fd` also takes paths of any length.
fn connect_in_root_of(pid: u32, path: &str, wire: &Wire) -> Result<Result<(), How>, Outcome> {
    use rustix::fd::AsRawFd;
    let root = namespace::root_of(pid)?;
    let connected = match crate::live::walk::find(&root, path) {
        Ok(fd) => wire.connect_unix(&format!("/proc/self/fd/{}", fd.as_raw_fd())),
        Err(errno) => Err(super::wire::how(errno)),
    };
    Ok(connected)
}

/// A conversation under way.
struct Talk {
    heard: Heard,
    /// When the present step began.
    since: Instant,
}

impl Talk {
    /// Notes that a step is over, and begins the next.
    fn phase(&mut self, step: Step, how: How) {
        let now = Instant::now();
        let micros = now.saturating_duration_since(self.since).as_micros();
        self.heard.said.phases.push(Phase {
            step,
            how,
            micros: u64::try_from(micros).unwrap_or(u64::MAX),
        });
        self.since = now;
    }

    fn run(&mut self, exchange: &Exchange, wire: &Wire) {
        let Some(offer) = &exchange.tls else {
            return self.speak(exchange, &mut Channel::Plain(wire));
        };
        if !offer.before.is_empty()
            && let Err(how) = Channel::Plain(wire).send(&offer.before)
        {
            return self.phase(Step::Tls, how);
        }
        let mut channel = match TlsChannel::new(wire, offer) {
            Ok(channel) => channel,
            Err(why) => return self.no_session(why),
        };
        let shaken = channel.shake();
        self.phase(Step::Tls, shaken.err().unwrap_or(How::Ok));
        let mut channel = Channel::Tls(Box::new(channel));
        if shaken.is_ok() {
            self.speak(exchange, &mut channel);
        }
        if let Channel::Tls(channel) = channel {
            let (record, certificates, raw) = channel.notes();
            self.heard.said.tls = Some(record);
            self.heard.certificates = certificates;
            self.heard.tls_received = raw;
        }
    }

    /// The name cannot be sent, so there is nothing to say to the peer.
    fn no_session(&mut self, why: String) {
        self.phase(Step::Tls, How::TlsFailed);
        self.heard.said.tls = Some(TlsRecord {
            error: Some(why),
            ..TlsRecord::default()
        });
    }

    /// A refused handshake does not say what would be taken: ask.
    fn offer_old_versions(&mut self, exchange: &Exchange, deadline: Instant) {
        let Some(offer) = &exchange.tls else { return };
        let end = self.heard.said.end().map(|p| (p.step, p.how));
        let refused = match end {
            Some((Step::Tls, How::Alert(alert))) => may_be_about_versions(alert),
            Some((Step::Tls, How::TlsFailed)) => !self.heard.tls_received.is_empty(),
            Some((Step::Tls, how)) => matches!(how, How::Closed | How::Reset),
            _ => false,
        };
        let plain = read_server(&self.heard.tls_received) == ServerSays::NotTls;
        // The old handshakes begin at once, without what is to stand before them.
        if plain || !refused || !offer.before.is_empty() {
            return;
        }
        let again = |until| connect(exchange, until).ok()?.ok();
        let offers = old_tls::offers(offer.server_name.as_deref(), deadline, again);
        if let Some(tls) = &mut self.heard.said.tls {
            tls.offers = offers;
        }
    }

    fn speak(&mut self, exchange: &Exchange, channel: &mut Channel<'_>) {
        if exchange.until == Until::Connected {
            return;
        }
        if !exchange.send.is_empty() {
            let sent = channel.send(&exchange.send);
            self.phase(Step::Send, sent.err().unwrap_or(How::Ok));
            // A peer that closes while we send may have said why: go on and read.
        }
        let how = self.listen(exchange, channel);
        self.end(exchange, how);
    }

    fn listen(&mut self, exchange: &Exchange, channel: &mut Channel<'_>) -> How {
        let mut watch = Watch::new(exchange);
        let deadline = channel.deadline();
        let mut until = deadline;
        let mut buffer = vec![0; 16 << 10];
        loop {
            match channel.recv(&mut buffer, until) {
                Ok(n) => self.take(buffer.get(..n).unwrap_or_default()),
                Err(How::TimedOut) if Instant::now() < deadline => return How::Foreign,
                Err(how) => return how,
            }
            if self.heard.received.len() > watch.limit {
                return self.drain(exchange, channel, watch.limit);
            }
            match watch.look(&self.heard.received) {
                Want::More => until = deadline,
                Want::Nothing => return How::Ok,
                Want::Foreign => until = Instant::now() + FOREIGN_SILENCE,
            }
        }
    }

    /// The answer is longer than what is kept of it: the rest is only counted, to
    /// see whether all of it comes.
    fn drain(&mut self, exchange: &Exchange, channel: &mut Channel<'_>, limit: usize) -> How {
        let is_http = matches!(exchange.until, Until::HttpMessage { .. });
        let drain = Drain::new(&self.heard.received, &exchange.send).filter(|_| is_http);
        let mut counted = self.heard.received.len();
        self.heard.received.truncate(limit);
        self.heard.cut = true;
        let Some(mut drain) = drain else {
            return How::Limit;
        };
        let mut want = drain.take(b"");
        let deadline = channel.deadline();
        let mut buffer = vec![0; 64 << 10];
        let mut how = How::Limit;
        while want == Want::More && counted < COUNTED {
            match channel.recv(&mut buffer, deadline) {
                Ok(n) => {
                    counted = counted.saturating_add(n);
                    want = drain.take(buffer.get(..n).unwrap_or_default());
                }
                Err(ended) => {
                    how = ended;
                    break;
                }
            }
        }
        self.heard.said.counted = u64::try_from(counted).ok();
        if want == Want::Nothing { How::Ok } else { how }
    }

    fn take(&mut self, bytes: &[u8]) {
        let first = self.heard.received.is_empty();
        self.heard.received.extend_from_slice(bytes);
        if first {
            self.phase(Step::FirstByte, How::Ok);
        }
    }

    fn end(&mut self, exchange: &Exchange, how: How) {
        if self.heard.received.is_empty() {
            self.phase(Step::FirstByte, how);
        } else if exchange.until != Until::FirstBytes {
            self.phase(Step::End, how);
        }
    }
}

/// Whether an alert may mean that no version or cipher suite is in common.
fn may_be_about_versions(alert: u8) -> bool {
    use gatewhy_facts::tls::alert::{Meaning, meaning};
    !matches!(
        meaning(alert),
        Some(
            Meaning::UnknownName
                | Meaning::ClientCertificateMissing
                | Meaning::ClientCertificateRefused
        )
    )
}

/// What bytes go through.
enum Channel<'a> {
    Plain(&'a Wire),
    Tls(Box<TlsChannel<'a>>),
}

impl Channel<'_> {
    fn send(&mut self, bytes: &[u8]) -> Result<(), How> {
        match self {
            Self::Plain(wire) => wire.send(bytes),
            Self::Tls(channel) => channel.send(bytes),
        }
    }

    fn recv(&mut self, buffer: &mut [u8], until: Instant) -> Result<usize, How> {
        match self {
            Self::Plain(wire) => wire.recv(buffer, until),
            Self::Tls(channel) => channel.recv(buffer, until),
        }
    }

    fn deadline(&self) -> Instant {
        match self {
            Self::Plain(wire) => wire.deadline(),
            Self::Tls(channel) => channel.deadline(),
        }
    }
}

/// Tells when an answer is complete.
struct Watch {
    limit: usize,
    kind: Kind,
}

enum Kind {
    FirstBytes,
    Http(Progress),
    FastCgi(FastCgiProgress),
}

impl Watch {
    fn new(exchange: &Exchange) -> Self {
        let (limit, kind) = match exchange.until {
            Until::Connected | Until::FirstBytes => (u32::MAX, Kind::FirstBytes),
            Until::HttpMessage { limit } => (limit, Kind::Http(Progress::new(&exchange.send))),
            Until::FastCgiEnd { limit } => (limit, Kind::FastCgi(FastCgiProgress::default())),
        };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Self { limit, kind }
    }

    fn look(&mut self, received: &[u8]) -> Want {
        match &mut self.kind {
            Kind::FirstBytes => Want::Nothing,
            Kind::Http(progress) => progress.look(received),
            Kind::FastCgi(progress) => progress.look(received),
        }
    }
}
