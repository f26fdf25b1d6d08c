//! The services behind an episode's backends, and what their journals hold of it.
use super::episode::{Episode, Via};
use super::life::{self, Life};
use super::logs::Span;
use crate::case::Case;
use crate::case::exchange::link::Link;
use crate::case::routing::peer::{Dial, Peer, Protocol};
use crate::case::service::backend::Service;
use crate::case::software::fpm::PoolOf;
use gatewhy_facts::fact::{Fact, Gap};
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::Entries;
use gatewhy_facts::systemd::journal::Journal;
use gatewhy_facts::systemd::show::Unit;

/// The most backends of an episode that are looked at.
const MEMBERS: usize = 4;
/// How much is read of a journal before the first failure: what a service wrote before
/// it died, and a start that takes long.
pub(super) const BEFORE_SECS: i64 = 180;
/// And after the last.
pub(super) const AFTER_SECS: i64 = 120;

/// One backend of an episode.
#[derive(Debug)]
pub(super) struct Backend {
    /// Where the proxy dialled.
    pub(super) dial: Dial,
    /// The service that listens there now, or should.
    pub(super) service: Fact<Service>,
    /// Its journal around the episode.
    pub(super) journal: Fact<Journal>,
    /// What the service manager told of it.
    pub(super) life: Fact<Life>,
}

impl Backend {
    /// Whether it is beyond doubt that this service is the one behind the address: it
    /// listens there now, or is configured to.
    pub(super) fn is_sure(&self) -> bool {
        self.service
            .found()
            .is_some_and(|service| service.why.is_none() || is_fpm(&service.unit))
    }

    pub(super) fn unit(&self) -> Option<&Unit> {
        self.service.found().map(|service| &service.unit)
    }

    /// The service's name; the address where it is not known.
    pub(super) fn name(&self) -> String {
        self.unit()
            .map_or_else(|| self.dial.to_string(), |unit| unit.id.clone())
    }

    /// What could not be looked at of it.
    pub(super) fn gap(&self) -> Option<Gap> {
        let gaps = [self.service.gap(), self.journal.gap()];
        gaps.into_iter().flatten().next().cloned()
    }
}

fn is_fpm(unit: &Unit) -> bool {
    unit.id.starts_with("php") && unit.id.ends_with("fpm.service")
}

impl Case<'_> {
    /// The backends of an episode, those with most failures first.
    pub(super) fn backends_of(&self, episode: &Episode<'_, '_>) -> Vec<Backend> {
        let tried = episode.members().into_iter();
        let mut members: Vec<Dial> = tried.map(|(dial, _)| dial).collect();
        if members.is_empty() {
            members = self.members_named(&episode.via);
        }
        members.truncate(MEMBERS);
        let span = episode.span.widened(BEFORE_SECS, AFTER_SECS);
        let of = members.into_iter();
        of.map(|dial| self.backend_at(dial, span)).collect()
    }

    fn backend_at(&self, dial: Dial, span: Span) -> Backend {
        let peer = self.past_peer(&dial);
        let link = Link {
            case: self,
            peer: &peer,
        };
        let service = link.service();
        let journal = match &service {
            Fact::Found(service, _) => {
                self.journal_within(Entries::Unit(service.unit.id.clone()), span)
            }
            Fact::Absent(source) => Fact::Absent(source.clone()),
            Fact::Unknown(gap) => Fact::Unknown(gap.clone()),
        };
        let life = match (&journal, &service) {
            (Fact::Found(journal, source), Fact::Found(service, _)) => {
                Fact::Found(life::read(journal, &service.unit.id), source.clone())
            }
            (Fact::Unknown(gap), _) => Fact::Unknown(gap.clone()),
            (Fact::Absent(source) | Fact::Found(_, source), _) => Fact::Absent(source.clone()),
        };
        Backend {
            dial,
            service,
            journal,
            life,
        }
    }

    /// The peer of that address, or one made up for an address that the configuration
    /// no longer has.
    pub(super) fn past_peer(&self, dial: &Dial) -> Peer {
        let known = self.peers().iter().find(|peer| peer.dial.is_same(dial));
        known.cloned().unwrap_or_else(|| Peer {
            dial: dial.clone(),
            protocol: match dial {
                Dial::Unix(path) if path.as_str().contains("php") => Protocol::FastCgi,
                _ => Protocol::Http,
            },
            written: dial.to_string(),
            place: None,
            group: None,
            down: false,
            backup: false,
            sends_proxy: None,
            name: None,
        })
    }

    /// The pool of PHP-FPM that listens there.
    pub(super) fn pool_at(&self, dial: &Dial) -> Option<PoolOf<'_>> {
        let pools = self.pools().into_iter();
        pools
            .into_iter()
            .find(|pool| pool.dial().is_some_and(|at| at.is_same(dial)))
    }

    fn members_named(&self, via: &Via) -> Vec<Dial> {
        match via {
            Via::Peer(dial) => vec![dial.clone()],
            Via::Proxy => Vec::new(),
            Via::Named(name) => self.members_of(name),
        }
    }
}
