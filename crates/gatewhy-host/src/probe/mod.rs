//! Probes: short conversations with what a proxy would talk to.
//!
//! Blocking, with one deadline over the whole conversation. A conversation that
//! fails is an answer; only one that could not be tried is none.
use gatewhy_facts::answer::{Answer, Outcome};
use gatewhy_facts::protocol::tape::{self, Conversation};
use gatewhy_facts::question::{Endpoint, Exchange, View};
use std::time::{Duration, Instant};

mod conversation;
mod dns;
mod namespace;
mod old_tls;
mod tls;
mod wire;

pub use dns::dns;
use namespace::Place;

/// Holds one conversation. The answer is documented at [`Exchange`].
pub fn exchange(exchange: &Exchange) -> Answer {
    let start = Instant::now();
    let outcome = match &exchange.endpoint {
        Endpoint::Tcp(_) => in_network_of(exchange.view, || talk(exchange, start)),
        Endpoint::Unix(_) => talk(exchange, start),
    };
    Answer {
        outcome,
        took: start.elapsed(),
    }
}

/// Runs `work` inside the network namespace that a view means.
fn in_network_of(view: View, work: impl FnOnce() -> Outcome + Send) -> Outcome {
    let place = match view {
        View::Host => Ok(Place::Here),
        View::Process(pid) => namespace::network_of(pid),
    };
    match place {
        Ok(Place::Here) => work(),
        Ok(Place::There(fd)) => namespace::run_in(&fd, work).unwrap_or_else(|why| why),
        Err(why) => why,
    }
}

fn talk(exchange: &Exchange, start: Instant) -> Outcome {
    let deadline = start + Duration::from_millis(u64::from(exchange.patience_ms));
    match conversation::hold(exchange, deadline) {
        Ok(heard) => Outcome::Got {
            bytes: tape::encode(&heard.as_conversation()),
            cut: heard.cut,
        },
        Err(why) => why,
    }
}

/// A conversation that owns what it heard.
#[derive(Debug, Default)]
struct Heard {
    said: Conversation<'static>,
    received: Vec<u8>,
    certificates: Vec<Vec<u8>>,
    tls_received: Vec<u8>,
    cut: bool,
}

impl Heard {
    fn as_conversation(&self) -> Conversation<'_> {
        let mut out: Conversation<'_> = self.said.clone();
        out.received = &self.received;
        out.certificates = self.certificates.iter().map(Vec::as_slice).collect();
        if let Some(tls) = &mut out.tls {
            tls.received = &self.tls_received;
        }
        out
    }
}
