//! Which old TLS versions a server would take, each on a connection of its own.
use super::wire::Wire;
use gatewhy_facts::protocol::tape::{How, Offer};
use gatewhy_facts::tls::hello::{OldVersion, ServerSays, client_hello, read_server};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, Instant};

/// How long one offer may take, within the conversation's own deadline.
const PATIENCE: Duration = Duration::from_millis(500);

/// Offers every version; `connect` makes a fresh connection with a deadline.
pub(super) fn offers(
    server_name: Option<&str>,
    deadline: Instant,
    connect: impl Fn(Instant) -> Option<Wire>,
) -> Vec<(String, Offer)> {
    let mut out = Vec::new();
    for version in OldVersion::ALL {
        let until = deadline.min(Instant::now() + PATIENCE);
        if Instant::now() >= deadline {
            break;
        }
        let Some(wire) = connect(until) else { break };
        out.push((
            version.name().to_owned(),
            offer(&wire, version, server_name),
        ));
    }
    out
}

fn offer(wire: &Wire, version: OldVersion, server_name: Option<&str>) -> Offer {
    if wire
        .send(&client_hello(version, server_name, random()))
        .is_err()
    {
        return Offer::Refused;
    }
    let mut received = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match wire.recv(&mut buffer, wire.deadline()) {
            Ok(n) => received.extend(buffer.iter().take(n)),
            Err(How::TimedOut) => return Offer::TimedOut,
            Err(_) => return Offer::Refused,
        }
        match read_server(&received) {
            ServerSays::Unfinished => {}
            ServerSays::Alert(alert) => return Offer::Alert(alert),
            says => return says.took(version).map_or(Offer::Refused, Offer::Accepted),
        }
    }
}

/// Fresh bytes; nothing secret depends on them.
fn random() -> [u8; 32] {
    let mut out = [0; 32];
    for piece in out.chunks_mut(8) {
        let fresh = RandomState::new().build_hasher().finish();
        piece.copy_from_slice(&fresh.to_ne_bytes());
    }
    out
}
