//! Who has the port that a service could not take.
use crate::case::Case;
use crate::case::routing::peer::Dial;
use crate::case::service::doors::Door;
use crate::case::service::fault::Fault;
use crate::case::system::host::sockets_source;
use crate::evidence::Evidence;
use gatewhy_facts::app_log::Kind;
use gatewhy_facts::prelude::*;

/// A port that another program has.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The port.
    pub port: u16,
    /// Its program and process.
    pub process: String,
    /// Its unit.
    pub unit: Option<String>,
    /// That it listens there.
    pub evidence: Evidence,
}

impl Case<'_> {
    /// Who listens at the port that a service says is in use; none where nobody does now.
    pub fn taken_from(&self, fault: &Fault) -> Option<Taken> {
        let address = fault.address.as_deref()?;
        if fault.kind != Kind::AddressInUse {
            return None;
        }
        let port: u16 = address.rsplit(':').next()?.parse().ok()?;
        let doors = self.all_doors(None);
        let has_it = |door: &&Door| matches!(&door.dial, Dial::Tcp(at) if at.port() == port);
        let door = doors.found()?.iter().find(has_it)?;
        let holder = door.holder.found()?;
        let process = format!("{} (process {})", holder.comm, holder.pid);
        let text = format!("{process} listens on {}", door.listener.address);
        Some(Taken {
            port,
            process,
            unit: self.unit_of(holder.pid).found().cloned(),
            evidence: Evidence::strong(text, &sockets_source()),
        })
    }
}
