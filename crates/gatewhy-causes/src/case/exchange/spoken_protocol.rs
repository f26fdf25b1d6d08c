//! Which protocol the backend really speaks: it is asked in others.
use crate::case::exchange::direct::{Direct, Outcome};
use crate::case::exchange::link::Link;
use crate::case::routing::peer::Protocol;
use crate::case::service::backend::Software;
use crate::evidence::Evidence;
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::prelude::*;
use gatewhy_facts::protocol::identify::{self, asks_for_tls, identify};
use gatewhy_facts::protocol::tape::{How, Step};

/// What a backend speaks in place of the protocol that the proxy speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// The protocol.
    pub protocol: Protocol,
    /// How that is known, as a sentence fragment.
    pub seen: String,
    /// Where it was seen.
    pub source: Source,
}

impl Link<'_, '_> {
    /// The protocol that the backend answers in, when it gives no answer in the
    /// proxy's. Absent when it does, or answers in none.
    pub fn speaks_instead(&self) -> Fact<Spoken> {
        let others = self.others();
        // Asked at once where a wrong protocol may look like a hang: both sides wait.
        if let Some(first) = others
            .first()
            .filter(|_| self.peer.protocol != Protocol::Http)
        {
            let _ = self.case.direct_as(self.peer, *first);
        }
        self.direct().and_then(|direct, source| {
            if !is_lost(&direct.outcome, self.peer.protocol, self.software()) {
                return Fact::Absent(source);
            }
            if shows_http2(&direct) && self.peer.protocol != Protocol::Grpc {
                let seen = "it answers with frames of HTTP/2".to_owned();
                return Fact::Found(spoken(Protocol::Grpc, seen, &source), source);
            }
            if let Some(spoken) = self.speaks_ajp() {
                return Fact::Found(spoken, source);
            }
            // A worker that died of the request says nothing about protocols.
            match self.fate() {
                Fact::Found(fate, _) if fate.own => return Fact::Absent(source),
                Fact::Unknown(gap) if gap.is_pending() => return Fact::Unknown(gap),
                _ => {}
            }
            self.first_understood(&others, source)
        })
    }

    /// Tomcat hangs up on whoever speaks HTTP to its AJP connector, and its file tells which
    /// port is which.
    fn speaks_ajp(&self) -> Option<Spoken> {
        if !matches!(self.peer.protocol, Protocol::Http | Protocol::Https) {
            return None;
        }
        let service = self.live_service();
        let unit = &service.found()?.unit;
        let at = self.case.connector_of(unit, &self.peer.dial);
        let at = at.found().filter(|at| at.connector.ajp)?;
        let unchanged = self.case.is_newer(&at.file, unit).found() == Some(&false);
        let source = Source::new(at.file.to_string()).at_line(at.connector.line);
        let seen = format!("the connector for this port: {}", at.connector.written());
        unchanged.then(|| spoken(Protocol::Ajp, seen, &source))
    }

    /// The likeliest is asked alone: who keeps silent there as well is hung, and
    /// would keep all the others waiting.
    fn first_understood(&self, others: &[Protocol], looked: Source) -> Fact<Spoken> {
        let Some((first, rest)) = others.split_first() else {
            return Fact::Absent(looked);
        };
        match self.in_protocol(*first) {
            Fact::Found(Ok(spoken), source) => return Fact::Found(spoken, source),
            Fact::Found(Err(Outcome::Silent), _) => return Fact::Absent(looked),
            Fact::Unknown(gap) => return Fact::Unknown(gap),
            Fact::Found(Err(_), _) | Fact::Absent(_) => {}
        }
        let mut missing = None;
        for other in rest {
            match self.in_protocol(*other) {
                Fact::Found(Ok(spoken), source) => return Fact::Found(spoken, source),
                Fact::Found(Err(_), _) | Fact::Absent(_) => {}
                Fact::Unknown(gap) => missing = Some(gap),
            }
        }
        missing.map_or(Fact::Absent(looked), Fact::Unknown)
    }

    /// Whether it answers in that protocol, and what it did if it does not.
    fn in_protocol(&self, other: Protocol) -> Fact<Result<Spoken, Outcome>> {
        self.case
            .direct_as(self.peer, other)
            .and_then(|direct, source| {
                let told = understood(&direct, other)
                    .map(|seen| spoken(other, seen, &source))
                    .ok_or(direct.outcome);
                Fact::Found(told, source)
            })
    }

    /// The protocols that are mistaken for the proxy's. PHP-FPM speaks FastCGI only.
    fn others(&self) -> Vec<Protocol> {
        use Protocol as P;
        let all: &[P] = match (self.peer.protocol, self.software()) {
            (P::FastCgi, Software::PhpFpm) | (P::Memcached, _) => &[],
            (_, Software::PhpFpm) => &[P::FastCgi],
            (P::Http, _) => &[P::Https, P::FastCgi, P::Uwsgi, P::Scgi],
            (P::Https, _) => &[P::Http, P::FastCgi, P::Uwsgi],
            (P::FastCgi, _) => &[P::Http, P::Https, P::Uwsgi],
            (P::Uwsgi, _) => &[P::Http, P::Https, P::FastCgi],
            (P::Scgi, _) => &[P::Http, P::Https, P::FastCgi, P::Uwsgi],
            (P::Grpc | P::Ajp, _) => &[P::Http, P::Https],
        };
        all.to_vec()
    }

    /// What nginx's own message shows of the other protocol: its number, or the
    /// words of its TLS library.
    pub fn decoded(&self) -> Option<Evidence> {
        let logged = self.own_record()?;
        let number = logged.record.number?;
        let text = letters(number)?;
        Some(Evidence::strong(
            format!("the number {number} in nginx's message is {text}"),
            &logged.source,
        ))
    }
}

fn spoken(protocol: Protocol, seen: String, source: &Source) -> Spoken {
    Spoken {
        protocol,
        seen,
        source: source.clone(),
    }
}

/// Whether it gave no answer in the protocol that was spoken. An HTTP server that
/// keeps silent hears HTTP: a server of another protocol closes, or complains.
fn is_lost(outcome: &Outcome, asked: Protocol, software: Software) -> bool {
    match outcome {
        Outcome::Foreign | Outcome::ClosedEarly(_) | Outcome::TlsFailed => true,
        Outcome::Silent => {
            asked != Protocol::Http || matches!(software, Software::PhpFpm | Software::Uwsgi)
        }
        _ => false,
    }
}

fn shows_http2(direct: &Direct<'_>) -> bool {
    identify(direct.conversation.received, b"") == identify::Protocol::Http2
}

/// How it shows that it understands this protocol; `None` when it does not.
fn understood(direct: &Direct<'_>, protocol: Protocol) -> Option<String> {
    match protocol {
        Protocol::Http => match direct.outcome {
            Outcome::Answered(_) if asks_for_tls(direct.conversation.received) => None,
            Outcome::Answered(_) => Some(format!("asked in HTTP, {}", direct.outcome.words())),
            _ => None,
        },
        Protocol::Https => speaks_tls(direct),
        Protocol::FastCgi => {
            let reply = direct.fastcgi.as_ref()?;
            let whole = reply.end.is_some() || !reply.stdout.is_empty();
            (whole && reply.oddities.is_empty())
                .then(|| format!("asked in FastCGI, {}", direct.outcome.words()))
        }
        Protocol::Uwsgi | Protocol::Scgi => match direct.outcome {
            // An HTTP server complains about the bytes of these protocols in HTTP.
            Outcome::Answered(400 | 405 | 408 | 414 | 431 | 501 | 505) => None,
            Outcome::Answered(_) => Some(format!(
                "asked in {}, {}",
                protocol.word(),
                direct.outcome.words()
            )),
            _ => None,
        },
        Protocol::Ajp | Protocol::Grpc | Protocol::Memcached => None,
    }
}

fn speaks_tls(direct: &Direct<'_>) -> Option<String> {
    match direct.conversation.step(Step::Tls)?.how {
        How::Ok => Some(match direct.outcome {
            Outcome::Answered(_) => format!("asked over TLS, {}", direct.outcome.words()),
            _ => "it completes a TLS handshake".to_owned(),
        }),
        How::Alert(number) => Some(format!(
            "it answers a TLS handshake with the alert {number}"
        )),
        _ => None,
    }
}

/// What a number in a message is, read as the bytes it was made of.
fn letters(number: u64) -> Option<String> {
    let bytes = number.to_be_bytes();
    let start = bytes.iter().position(|byte| *byte != 0)?;
    let bytes = bytes.get(start..)?;
    if bytes.iter().all(u8::is_ascii_graphic) {
        let text = String::from_utf8_lossy(bytes);
        let from = if "HTTP/".starts_with(text.as_ref()) {
            ", the beginning of an HTTP answer"
        } else {
            ""
        };
        let word = if bytes.len() == 1 {
            "letter"
        } else {
            "letters"
        };
        return Some(format!("the {word} {text}{from}"));
    }
    match bytes {
        [21] => Some("the first byte of a TLS alert".to_owned()),
        [22] => Some("the first byte of a TLS handshake".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_letters_of_the_other_protocol() {
        assert_eq!(
            letters(72).as_deref(),
            Some("the letter H, the beginning of an HTTP answer")
        );
        assert_eq!(
            letters(4_740_180).as_deref(),
            Some("the letters HTT, the beginning of an HTTP answer")
        );
        assert_eq!(
            letters(21).as_deref(),
            Some("the first byte of a TLS alert")
        );
        assert_eq!(letters(0), None);
    }
}
