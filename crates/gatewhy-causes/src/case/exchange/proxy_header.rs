//! The PROXY protocol: whether both ends of a link agree on a header that says who the
//! visitor is, before the request or the TLS handshake.
use crate::case::Case;
use crate::case::exchange::direct::{Direct, Outcome};
use crate::case::exchange::link::Link;
use crate::case::gateway::log::Logged;
use crate::case::programs::kind::Kind;
use crate::case::routing::peer::{Peer, Protocol};
use crate::case::routing::route::source_of;
use crate::case::visit::site::Seen;
use crate::evidence::Evidence;
use core::net::SocketAddr;
use gatewhy_facts::apache::site;
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::haproxy::route;
use gatewhy_facts::nginx::authority::Authority;
use gatewhy_facts::nginx::listen::Listen;
use gatewhy_facts::nginx::stream::Stream;
use gatewhy_facts::prelude::*;
use gatewhy_facts::source_text::Place;
use gatewhy_fixes::Fix;

/// What a server answers that takes the header for the beginning of a request.
const BAD_REQUEST: u16 = 400;

/// A server that does not expect the header: what it does with it, and without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confused {
    /// What it does with the header that the proxy sends.
    pub with: Outcome,
    /// What it answers without.
    pub without: Outcome,
}

impl Link<'_, '_> {
    /// Whether it closes every connection that does not begin with a header of the
    /// PROXY protocol, and answers one that does.
    pub fn wants_proxy_header(&self) -> Fact<Outcome> {
        self.direct().and_then(|direct, source| {
            if self.peer.sends_proxy.is_some() || !is_hung_up_on(&direct, self.peer.protocol) {
                return Fact::Absent(source);
            }
            let with = self.case.direct_with_proxy_header(self.peer);
            with.and_then(|with, source| match with.outcome {
                Outcome::Answered(BAD_REQUEST) if self.peer.protocol == Protocol::Http => {
                    Fact::Absent(source)
                }
                Outcome::Answered(_) => Fact::Found(with.outcome, source),
                _ => Fact::Absent(source),
            })
        })
    }

    /// Whether it fails for the header that the proxy begins with, and not without.
    pub fn trips_over_proxy_header(&self) -> Fact<Confused> {
        self.case.trips_over_header(self.peer)
    }
}

impl Case<'_> {
    /// Whether a server answers our request well, and not behind the header that the
    /// proxy sends before it.
    fn trips_over_header(&self, peer: &Peer) -> Fact<Confused> {
        if peer.sends_proxy.is_none() {
            return Fact::Absent(Source::new("the proxy's configuration"));
        }
        self.direct(peer).and_then(|with, source| {
            if !may_be_confused(&with, peer.protocol) {
                return Fact::Absent(source);
            }
            let without = self.direct_without_proxy_header(peer);
            without.and_then(|without, source| match without.outcome {
                Outcome::Answered(BAD_REQUEST) => Fact::Absent(source),
                Outcome::Answered(_) => Fact::Found(
                    Confused {
                        with: with.outcome,
                        without: without.outcome,
                    },
                    source,
                ),
                _ => Fact::Absent(source),
            })
        })
    }

    /// Whether a 400 is no fault of the visitor's: a server on the way, by the files on
    /// disk, takes the proxy's own header for the request. Absent when none does.
    pub(in crate::case) fn refused_for_proxy_header(&self) -> Fact<()> {
        let told = |peer: &&Peer| peer.sends_proxy.is_some();
        self.any_peer(told, |peer| self.trips_over_header(peer).map(drop))
    }
}

/// A listener of the proxy itself that takes nobody who does not begin with the header.
#[derive(Clone, Debug)]
pub struct Demanding {
    /// The line that says so.
    pub place: Place,
    /// The directive's word for it.
    pub word: &'static str,
    /// What is seen when the header is sent.
    pub with: Seen,
    /// Our request with it.
    pub source: Source,
}

impl Case<'_> {
    /// Whether the proxy hangs up on visitors because they do not begin with the header,
    /// and answers those who do.
    pub fn demands_header(&self) -> Fact<Demanding> {
        let nothing = || Fact::Absent(Source::new("the proxy's configuration"));
        let hung_up = self.failed_visit().is_some_and(|visit| {
            let closed = matches!(visit.seen(), Seen::ClosedWithoutAnswer | Seen::TlsFailed);
            let said = visit.conversation.tls.as_ref();
            closed && said.is_none_or(|tls| tls.received.is_empty())
        });
        if self.request.inner.is_some() || !hung_up {
            return nothing();
        }
        let Some((place, word)) = self.listens_for_header() else {
            return nothing();
        };
        self.visit_told()
            .and_then(|visit, source| match visit.seen() {
                with @ (Seen::Status(_) | Seen::Cut(_)) => Fact::Found(
                    Demanding {
                        place,
                        word,
                        with,
                        source: source.clone(),
                    },
                    source,
                ),
                _ => Fact::Absent(source),
            })
    }

    /// The line that makes the proxy expect the header where visitors arrive.
    fn listens_for_header(&self) -> Option<(Place, &'static str)> {
        let door = self.front_door().found().copied()?;
        match self.proxy_kind() {
            Kind::Nginx => self.nginx_listens_for_header(door),
            Kind::Haproxy => {
                let config = self.haproxy();
                let binds = route::binds(config.found()?);
                let own = binds.iter().find(|(bound, line)| {
                    let any = bound.ip().is_unspecified() || bound.ip() == door.ip();
                    any && bound.port() == door.port() && line.has("accept-proxy")
                });
                own.map(|(_, line)| (line.place.clone(), "accept-proxy"))
            }
            Kind::Apache => {
                let config = self.apache();
                // It counts before any name is known: the first site of the address.
                let (first, _) = site::choose(config.found()?, door, "");
                let set = first.last("RemoteIPProxyProtocol")?;
                set.arg(0)
                    .eq_ignore_ascii_case("on")
                    .then(|| (set.place.clone(), "RemoteIPProxyProtocol"))
            }
            _ => None,
        }
    }

    fn nginx_listens_for_header(&self, door: SocketAddr) -> Option<(Place, &'static str)> {
        let nginx = self.nginx();
        let nginx = nginx.found()?;
        let http = nginx.http.iter().flat_map(|http| &http.servers);
        let http = http.flat_map(|server| &server.listens);
        let streams = nginx.stream.iter().flat_map(Stream::listens);
        let fits = |listen: &&Listen| match &listen.address {
            Authority::Ip(bound) => {
                let same = bound.ip() == door.ip();
                let any = bound.ip().is_unspecified() && bound.is_ipv4() == door.is_ipv4();
                bound.port() == door.port() && (same || any)
            }
            Authority::Unix(_) | Authority::Name { .. } => false,
        };
        let on: Vec<&Listen> = http.chain(streams).filter(fits).collect();
        // One listen of an address speaks for all of it; the exact one goes first.
        let exact = |listen: &&&Listen| listen.address == Authority::Ip(door);
        let some_exact = on.iter().any(|listen| exact(&listen));
        let mut on = on.iter().filter(|listen| !some_exact || exact(listen));
        let listen = on.find(|listen| listen.options.proxy_protocol)?;
        Some((listen.place.clone()?, "proxy_protocol"))
    }
}

/// Whether it hung up without a word.
fn is_hung_up_on(direct: &Direct<'_>, protocol: Protocol) -> bool {
    let closed = match protocol {
        Protocol::Http => matches!(direct.outcome, Outcome::ClosedEarly(_)),
        Protocol::Https => {
            let silent = direct
                .conversation
                .tls
                .as_ref()
                .is_none_or(|tls| tls.received.is_empty());
            silent && matches!(direct.outcome, Outcome::TlsFailed | Outcome::ClosedEarly(_))
        }
        _ => false,
    };
    closed && direct.conversation.received.is_empty()
}

/// Whether it may have taken the header for a request, or for a handshake.
fn may_be_confused(with: &Direct<'_>, protocol: Protocol) -> bool {
    matches!(
        (&with.outcome, protocol),
        (
            Outcome::Answered(BAD_REQUEST) | Outcome::ClosedEarly(_),
            Protocol::Http
        ) | (
            Outcome::TlsFailed | Outcome::ClosedEarly(_),
            Protocol::Https
        )
    )
}

impl Link<'_, '_> {
    /// What makes the proxy send the header, where it can.
    pub fn can_send_proxy_header(&self) -> Option<&'static str> {
        match self.case.proxy_kind() {
            Kind::Haproxy => Some("send-proxy"),
            Kind::Nginx if self.case.is_streamed() => Some("proxy_protocol on"),
            _ => None,
        }
    }

    /// Lets the proxy send the header.
    pub fn header_sent_too(&self) -> Option<Fix> {
        let place = self.peer.place.as_ref()?;
        let line = self.case.line_text(place)?;
        let who = self.case.proxy_name();
        let title = format!("let {who} send the header");
        let why = "says who the visitor is before anything else";
        let fix = match self.case.proxy_kind() {
            Kind::Haproxy => {
                let after = format!("{line} send-proxy");
                Fix::new(title).edit((&place.file, place.span.line), (&line, &after), why)
            }
            Kind::Nginx if self.case.is_streamed() => {
                let way = self.case.way();
                let block = way.found()?.blocks.last()?.place.clone();
                let at = format!("{}:{}", block.file, block.span.line);
                Fix::new(title).advise(format!(
                    "add proxy_protocol on; to the stream server at {at}"
                ))
            }
            _ => return None,
        };
        Some(self.case.reloaded(fix))
    }

    /// Takes the header out of the proxy's configuration.
    pub fn header_left_out(&self) -> Option<Fix> {
        let place = self.peer.sends_proxy.as_ref()?;
        let line = self.case.line_text(place)?;
        let after = match self.case.proxy_kind() {
            Kind::Haproxy => without_words(&line),
            _ => line.replacen("proxy_protocol on", "proxy_protocol off", 1),
        };
        let title = format!("let {} leave the header out", self.case.proxy_name());
        let why = "the server behind takes the first bytes for a request";
        let fix = Fix::new(title).edit((&place.file, place.span.line), (&line, &after), why);
        (after != line).then(|| self.case.reloaded(fix))
    }

    /// The line that makes the proxy send the header.
    pub fn header_configured(&self) -> Option<Evidence> {
        let place = self.peer.sends_proxy.as_ref()?;
        let source = source_of(place);
        let text = format!("{} is told to send it", self.case.proxy_name());
        Some(Evidence::strong(text, &source).with_excerpt(self.case.excerpt(place)))
    }

    /// What the nginx behind wrote of a connection of ours that began without the header.
    pub fn missed_header(&self) -> Option<Evidence> {
        let records = self.case.recent_records(5);
        let broken = |logged: &&&Logged<'_>| {
            gatewhy_facts::scan::holds(&logged.record.message, "broken header")
        };
        let logged = records.iter().find(broken)?;
        let text = format!("nginx logged just now: {}", logged.message());
        Some(Evidence::strong(text, &logged.source))
    }
}

/// A line of HAProxy's without the parameters that make it send the header.
fn without_words(line: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut words = line.split(' ');
    while let Some(word) = words.next() {
        if word == "proxy-v2-options" {
            words.next();
        } else if !word.starts_with("send-proxy") {
            kept.push(word);
        }
    }
    kept.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_loses_only_the_header() {
        let line = "server a 127.0.0.1:80 check send-proxy-v2 proxy-v2-options crc32c weight 5";
        assert_eq!(without_words(line), "server a 127.0.0.1:80 check weight 5");
        assert_eq!(
            without_words("server a 10.0.0.1:80"),
            "server a 10.0.0.1:80"
        );
    }
}
