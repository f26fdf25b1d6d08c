//! Whether Apache's workers are all taken: visitors then wait in the kernel's queue.
use crate::case::Case;
use crate::case::programs::kind::Kind;
use crate::case::visit::site::Seen;
use crate::evidence::Evidence;
use gatewhy_facts::apache::config::Directive;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::linux::sockets;
use gatewhy_facts::prelude::*;
use gatewhy_facts::source_text::Place;
use gatewhy_facts::symptom::Symptom;

/// Where Apache's own default stands: none is written.
const DEFAULT_PREFORK: u64 = 256;

/// Workers that are all taken.
#[derive(Clone, Debug)]
pub struct Full {
    /// `MaxRequestWorkers`.
    pub limit: u64,
    /// The line that sets it.
    pub place: Option<Place>,
    /// Connections that wait at the proxy's own port.
    pub queue: Evidence,
    /// How many workers there are, where each takes one connection.
    pub workers: Option<Evidence>,
    /// What Apache said of it.
    pub record: Option<Evidence>,
}

impl Case<'_> {
    /// Whether visitors wait in the queue in front of an Apache that accepts nobody.
    pub fn full(&self) -> Fact<Full> {
        let nothing = Fact::Absent(Source::new("the visitor's connection"));
        if self.proxy_kind() != Kind::Apache || self.seen() != Some(Seen::NoAnswer) {
            return nothing;
        }
        let queue = match self.waiting_at_the_door() {
            Fact::Found((0, _), source) | Fact::Absent(source) => return Fact::Absent(source),
            Fact::Found((waiting, door), source) => {
                let text =
                    format!("{waiting} connections wait at {door} that Apache has not accepted");
                Evidence::proof(text, &source)
            }
            Fact::Unknown(gap) => return Fact::Unknown(gap),
        };
        let (limit, place) = match self.max_request_workers() {
            Fact::Found(set, _) => set,
            Fact::Absent(_) => (DEFAULT_PREFORK, None),
            Fact::Unknown(gap) => return Fact::Unknown(gap),
        };
        let source = queue.source.clone();
        let full = Full {
            limit,
            place,
            queue,
            workers: self.as_many_workers(limit),
            record: self.said_full(),
        };
        if full.workers.is_none() && full.record.is_none() {
            return Fact::Absent(source);
        }
        Fact::Found(full, source)
    }

    /// Connections in the queue of the socket that visitors reach, after our visit.
    pub(in crate::case) fn waiting_at_the_door(&self) -> Fact<(u32, String)> {
        let Some(door) = self.front_door().found().copied() else {
            return Fact::Unknown(Gap::new("the visitor's connection", "no address", ""));
        };
        self.listening_again().and_then(|all, source| {
            let found = all.iter().find(|socket| socket.takes(door));
            match found.and_then(sockets::TcpSocket::queue) {
                Some(queue) => Fact::Found((queue.length, door.to_string()), source),
                None => Fact::Absent(source),
            }
        })
    }

    fn max_request_workers(&self) -> Fact<(u64, Option<Place>)> {
        let is_it = |d: &&Directive| d.is("MaxRequestWorkers") || d.is("MaxClients");
        self.apache().and_then(|config, source| {
            let set = config.directives.iter().rfind(is_it);
            match set.and_then(|d| Some((d.arg(0).parse().ok()?, Some(d.place.clone())))) {
                Some(found) => Fact::Found(found, source),
                None => Fact::Absent(source),
            }
        })
    }

    /// With prefork, each child takes one connection.
    fn as_many_workers(&self, limit: u64) -> Option<Evidence> {
        let config = self.apache();
        let prefork = config.found()?.modules.contains("mpm_prefork_module");
        let proxy = self.proxy();
        let workers = u64::try_from(proxy.found()?.workers.len()).ok()?;
        let text = format!("{workers} worker processes run, each for one visitor at a time");
        (prefork && workers >= limit).then(|| Evidence::proof(text, &Source::new("/proc")))
    }

    fn said_full(&self) -> Option<Evidence> {
        let log = self.log();
        let mut all = log.found()?.iter().rev();
        let logged = all.find(|l| l.record.symptom == Some(Symptom::WorkerConnectionsUsedUp))?;
        let text = format!("Apache logged: {}", logged.message());
        Some(Evidence::strong(text, &logged.source))
    }
}
