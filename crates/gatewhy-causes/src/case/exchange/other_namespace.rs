//! Backends that listen at the very address that is dialled, in another namespace.
use crate::case::Case;
use crate::case::exchange::link::Link;
use crate::case::routing::peer::Dial;
use crate::case::service::backend::Service;
use crate::case::service::doors::Door;
use crate::case::service::listens_elsewhere::{Elsewhere, Found, Way, known};
use crate::evidence::Strength;
use gatewhy_facts::fact::Gap;
use gatewhy_facts::linux::process::Process;
use gatewhy_facts::linux::walk::{End, Kind};
use gatewhy_facts::prelude::*;

impl Link<'_, '_> {
    /// A socket of the same path whose file is not the one that the proxy sees.
    pub(in crate::case) fn same_path(&self) -> Result<Option<Elsewhere>, Gap> {
        let Dial::Unix(path) = &self.peer.dial else {
            return Ok(None);
        };
        let doors = known(self.case.doors(None))?.unwrap_or_default();
        let Some(door) = doors
            .into_iter()
            .find(|door| door.dial.is_same(&self.peer.dial))
        else {
            return Ok(None);
        };
        let Some(holder) = door.holder.found().cloned() else {
            return door.gap().cloned().map_or(Ok(None), Err);
        };
        let way = match self.case.sees_other("mnt", holder.pid)? {
            Some(true) => Way::OtherFiles,
            Some(false) => Way::FileGone,
            None => return Ok(None),
        };
        // The file is there, and yet another: only then is it certain that the path
        // as the program spelt it is the one that is dialled.
        let seen = known(self.case.walk(path))?;
        let absent = seen.is_none_or(|walk| {
            matches!(walk.end, End::Missing(_))
                || walk.reached().is_some_and(|file| file.kind != Kind::Socket)
        });
        let sure = if absent || way == Way::OtherFiles {
            Strength::Proof
        } else {
            Strength::Strong
        };
        let unit = known(self.case.unit_of(holder.pid))?;
        let expected = match &unit {
            Some(name) => known(self.case.unit(name))?,
            None => None,
        };
        Ok(Some(Elsewhere {
            way,
            sure,
            found: vec![not_asked(door, unit)],
            expected: expected.map(|unit| Service::sure(unit, None)),
        }))
    }

    /// A service that is set up for this address and runs in a network namespace of
    /// its own.
    pub(in crate::case) fn other_network(
        &self,
        service: &Service,
    ) -> Result<Option<Elsewhere>, Gap> {
        let Some(pid) = service.unit.processes.main_pid else {
            return Ok(None);
        };
        if self.case.sees_other("net", pid)? != Some(true) {
            return Ok(None);
        }
        Ok(Some(Elsewhere {
            way: Way::OtherNetwork,
            sure: Strength::Proof,
            found: Vec::new(),
            expected: Some(service.clone()),
        }))
    }
}

impl Case<'_> {
    /// Whether a process has another namespace of that kind than the proxy's master;
    /// none when they cannot be compared.
    pub(in crate::case) fn sees_other(&self, kind: &str, pid: u32) -> Result<Option<bool>, Gap> {
        let Some(master) = self.proxy().found().map(|proxy| proxy.master) else {
            return Ok(None);
        };
        let (ours, theirs) = (known(self.process(master))?, known(self.process(pid))?);
        let of = |process: Option<Rc<Process>>| {
            process.and_then(|process| process.namespaces.get(kind)?.as_ref().ok().cloned())
        };
        Ok(of(ours).zip(of(theirs)).map(|(a, b)| a != b))
    }
}

const fn not_asked(door: Door, unit: Option<String>) -> Found {
    Found {
        door,
        unit,
        reply: None,
        good: false,
    }
}
