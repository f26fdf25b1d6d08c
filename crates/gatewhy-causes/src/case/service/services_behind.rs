//! The services that the proxy's configuration sends requests to: their journals
//! tell what its own log cannot.
use crate::case::Case;
use crate::case::routing::peer::Dial;
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::linux::unix_sockets::UnixName;
use gatewhy_facts::prelude::*;

/// The most addresses that are looked at.
const ADDRESSES: usize = 64;

impl Case<'_> {
    /// The units behind every address of this host that the configuration dials:
    /// the one that listens there, or the one whose files name the address.
    pub fn services_behind(&self) -> Vec<String> {
        let dialled = self.dialled();
        let dialled = dialled.found().into_iter().flatten().take(ADDRESSES);
        let mut units: Vec<String> = dialled
            .filter_map(|found| self.unit_at(&found.dial))
            .collect();
        // Where the configuration is not nginx's: those on the way of a request.
        for link in self.links() {
            units.extend(
                link.service()
                    .found()
                    .map(|service| service.unit.id.clone()),
            );
        }
        units.sort();
        units.dedup();
        units.retain(|unit| unit.ends_with(".service"));
        units
    }

    fn unit_at(&self, dial: &Dial) -> Option<String> {
        let inode = match dial {
            Dial::Tcp(address) if self.is_own_address(address.ip()) == Some(true) => {
                self.tcp_listener(*address).map(|listener| listener.inode)
            }
            Dial::Unix(path) => self.bound_to(path.as_str().as_bytes()),
            Dial::Tcp(_) | Dial::Name(..) => return None,
        };
        let live = inode
            .and_then(|inode, _| self.holders(inode))
            .and_then(|pids, source| {
                let first = pids.into_iter().find(|pid| *pid != 1);
                first.map_or(Fact::Absent(source), |pid| self.unit_of(pid))
            });
        let meant = || {
            let service = self.service_set_up_for(dial);
            service.found().map(|service| service.unit.id.clone())
        };
        live.found().cloned().or_else(meant)
    }

    /// The inode of the unix socket that listens under that name.
    fn bound_to(&self, name: &[u8]) -> Fact<u64> {
        self.sockets().unix.as_ref().and_then(|all, source| {
            let mut listening = all.iter().filter(|socket| socket.queue().is_some());
            let is_it = |bound: &UnixName| matches!(bound, UnixName::Path(path) if path == name);
            match listening.find(|socket| is_it(&socket.name)) {
                Some(socket) => Fact::Found(u64::from(socket.inode), source),
                None => Fact::Absent(Source::new("listening unix sockets")),
            }
        })
    }
}
