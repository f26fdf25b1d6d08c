//! Servers of quite another kind at the address that is dialled.
use crate::case::exchange::direct::{Direct, Outcome};
use crate::case::exchange::link::Link;
use crate::case::routing::peer::Protocol;
use crate::case::service::doors::speaks_no_http;
use gatewhy_facts::fact::Fact;
use gatewhy_facts::prelude::*;
use gatewhy_facts::protocol::identify::{self, identify};

/// A server that no gateway can pass requests to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stranger {
    /// Its program.
    pub program: String,
    /// What it speaks, when its bytes told.
    pub speaks: Option<String>,
}

impl Link<'_, '_> {
    /// The stranger that listens here. Absent when it is not known to be one.
    pub fn stranger(&self) -> Fact<Stranger> {
        self.direct().and_then(|direct, source| {
            let speaks = foreign(&direct);
            let named = self
                .comm()
                .filter(|comm| speaks_no_http(comm) && !answers(&direct));
            if self.peer.protocol == Protocol::Memcached || (speaks.is_none() && named.is_none()) {
                return Fact::Absent(source);
            }
            let program = self.comm().unwrap_or_else(|| "a program".to_owned());
            let speaks = speaks.map(|protocol| protocol.to_string());
            Fact::Found(Stranger { program, speaks }, source)
        })
    }
}

const fn answers(direct: &Direct<'_>) -> bool {
    matches!(direct.outcome, Outcome::Answered(_))
}

/// The protocol that its bytes show, when that is none a gateway passes requests in.
fn foreign(direct: &Direct<'_>) -> Option<identify::Protocol> {
    use identify::Protocol as P;
    if answers(direct) {
        return None;
    }
    let protocol = identify(direct.conversation.received, b"");
    let stranger = matches!(
        protocol,
        P::Ssh
            | P::Smtp
            | P::Ftp
            | P::Pop3
            | P::Imap
            | P::MySql
            | P::PostgreSql
            | P::Redis
            | P::Memcached
            | P::Amqp
            | P::Rtsp
    );
    stranger.then_some(protocol)
}
