//! Conversations with other parties.
use gatewhy_facts::answer::{Answer, Outcome};
use gatewhy_facts::question::Exchange;
use std::net::SocketAddr;

/// Holds one conversation.
pub fn exchange(_: &Exchange) -> Answer {
    Answer::none(Outcome::Unsupported("no probes in this build".to_owned()))
}

/// Asks one DNS server.
pub fn dns(_: SocketAddr, _: &str, _: u16) -> Answer {
    Answer::none(Outcome::Unsupported("no probes in this build".to_owned()))
}
