//! Where the request arrives: an address, or for a proxy behind another one perhaps a
//! unix socket.
use crate::case::Case;
use crate::case::routing::peer::Dial;
use core::net::SocketAddr;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::linux::walk;
use gatewhy_facts::nginx::authority::Authority;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::question::{Question, View};

/// The address that stands for a unix socket where only an address will do: no
/// listener has it.
const NOWHERE: SocketAddr =
    SocketAddr::new(core::net::IpAddr::V4(core::net::Ipv4Addr::UNSPECIFIED), 0);

impl Case<'_> {
    /// The unix socket at which another proxy hands the request over.
    pub fn entry_socket(&self) -> Option<&HostPath> {
        let inner = self.request.inner.as_ref()?;
        inner.socket.as_ref().map(|(path, _)| path)
    }

    /// Where the request arrives.
    pub fn entrance(&self) -> Fact<Dial> {
        if let Some(path) = self.entry_socket() {
            let source = Source::new("the proxy before this one");
            return Fact::Found(Dial::Unix(path.clone()), source);
        }
        self.front_door().map(Dial::Tcp)
    }

    /// From whose mount namespace that is.
    pub(in crate::case) fn entrance_view(&self) -> View {
        let inner = self.request.inner.as_ref();
        let socket = inner.and_then(|inner| inner.socket.as_ref());
        socket.map_or(View::Host, |(_, view)| *view)
    }

    /// The inode of the listening socket there.
    pub(in crate::case) fn entrance_inode(&self) -> Option<u64> {
        match self.entrance() {
            Fact::Found(Dial::Tcp(_), _) => self.door_socket(),
            Fact::Found(Dial::Unix(path), _) => {
                // Its name tells little: HAProxy binds it under another one and renames.
                let question = Question::Walk {
                    path: path.clone(),
                    view: self.entrance_view(),
                };
                let walk = self.known.bytes(&question, path.as_str(), "run as root");
                let walk = walk.map(walk::parse);
                let file = walk.found()?.reached()?;
                let socket = self.listener_on(file, &path);
                Some(u64::from(socket.found()?.inode))
            }
            Fact::Found(Dial::Name(..), _) | Fact::Absent(_) | Fact::Unknown(_) => None,
        }
    }

    /// The entrance as configurations name it.
    pub(in crate::case) fn entrance_authority(&self) -> Result<Authority, Gap> {
        match self.entrance() {
            Fact::Found(Dial::Tcp(door), _) => Ok(Authority::Ip(door)),
            Fact::Found(Dial::Unix(path), _) => Ok(Authority::Unix(path)),
            Fact::Unknown(gap) => Err(gap),
            Fact::Found(Dial::Name(..), _) | Fact::Absent(_) => Err(Gap::new(
                "the request's way",
                "no address to send it to",
                "",
            )),
        }
    }

    /// The entrance's address and, in its place, its unix socket.
    pub(in crate::case) fn entrance_parts(&self) -> Result<(SocketAddr, Option<HostPath>), Gap> {
        Ok(match self.entrance_authority()? {
            Authority::Ip(door) => (door, None),
            Authority::Unix(path) => (NOWHERE, Some(path)),
            Authority::Name { .. } => (NOWHERE, None),
        })
    }
}
