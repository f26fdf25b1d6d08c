//! A non-blocking stream socket with a deadline.
use gatewhy_facts::protocol::tape::{How, PeerProcess};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketAddrUnix, SocketFlags, SocketType, sockopt,
};
use std::net::SocketAddr;
use std::time::Instant;

/// One end of a stream connection. Every wait ends at the deadline.
#[derive(Debug)]
pub(super) struct Wire {
    fd: OwnedFd,
    deadline: Instant,
}

/// A socket that could not even be made, which says nothing about the peer.
#[derive(Debug)]
pub(super) struct NoSocket(pub(super) Errno);

impl Wire {
    fn new(family: AddressFamily, deadline: Instant) -> Result<Self, NoSocket> {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let fd = rustix::net::socket_with(family, SocketType::STREAM, flags, None);
        let fd = fd.map_err(NoSocket)?;
        Ok(Self { fd, deadline })
    }

    /// A socket for that family of addresses, not connected yet.
    pub(super) fn tcp(address: SocketAddr, deadline: Instant) -> Result<Self, NoSocket> {
        let family = if address.is_ipv4() {
            AddressFamily::INET
        } else {
            AddressFamily::INET6
        };
        let wire = Self::new(family, deadline)?;
        // Without it, small writes wait for the peer's delayed acknowledgements,
        // which would look like the peer's own slowness.
        let _ = sockopt::set_tcp_nodelay(&wire.fd, true);
        Ok(wire)
    }

    /// A unix stream socket, not connected yet.
    pub(super) fn unix(deadline: Instant) -> Result<Self, NoSocket> {
        Self::new(AddressFamily::UNIX, deadline)
    }

    pub(super) fn connect_tcp(&self, address: SocketAddr) -> Result<(), How> {
        match rustix::net::connect(&self.fd, &address) {
            Err(Errno::INPROGRESS) => {
                self.wait(PollFlags::OUT, self.deadline)?;
                let error = sockopt::socket_error(&self.fd).map_err(how)?;
                error.map_err(how)
            }
            other => other.map_err(how),
        }
    }

    /// Unix sockets connect at once or not at all: a full backlog is `EAGAIN`.
    pub(super) fn connect_unix(&self, path: &str) -> Result<(), How> {
        let address = SocketAddrUnix::new(path).map_err(how)?;
        rustix::net::connect(&self.fd, &address).map_err(how)
    }

    pub(super) const fn deadline(&self) -> Instant {
        self.deadline
    }

    pub(super) fn local(&self) -> Option<SocketAddr> {
        let address = rustix::net::getsockname(&self.fd).ok()?;
        SocketAddr::try_from(address).ok()
    }

    pub(super) fn peer(&self) -> Option<PeerProcess> {
        let peer = sockopt::socket_peercred(&self.fd).ok()?;
        Some(PeerProcess {
            pid: u32::try_from(peer.pid.as_raw_nonzero().get()).ok()?,
            uid: peer.uid.as_raw(),
            gid: peer.gid.as_raw(),
        })
    }

    /// Hands all bytes to the kernel.
    pub(super) fn send(&self, mut bytes: &[u8]) -> Result<(), How> {
        while !bytes.is_empty() {
            match rustix::net::send(&self.fd, bytes, SendFlags::NOSIGNAL) {
                Ok(n) => bytes = bytes.get(n..).unwrap_or_default(),
                Err(Errno::AGAIN) => self.wait(PollFlags::OUT, self.deadline)?,
                Err(Errno::INTR) => {}
                Err(e) => return Err(how(e)),
            }
        }
        Ok(())
    }

    /// The next bytes, at least one; [`How::Closed`] at the end of the stream.
    pub(super) fn recv(&self, buffer: &mut [u8], until: Instant) -> Result<usize, How> {
        loop {
            if Instant::now() >= self.deadline {
                return Err(How::TimedOut);
            }
            match rustix::net::recv(&self.fd, &mut *buffer, RecvFlags::empty()) {
                Ok((_, 0)) => return Err(How::Closed),
                Ok((_, n)) => return Ok(n),
                Err(Errno::AGAIN) => self.wait(PollFlags::IN, until)?,
                Err(Errno::INTR) => {}
                Err(e) => return Err(how(e)),
            }
        }
    }

    fn wait(&self, events: PollFlags, until: Instant) -> Result<(), How> {
        wait(&self.fd, events, until.min(self.deadline))
    }
}

/// Waits until a descriptor is ready, at most until then.
pub(super) fn wait(fd: &OwnedFd, events: PollFlags, until: Instant) -> Result<(), How> {
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(How::TimedOut);
        }
        let timeout = Timespec::try_from(left).ok();
        let mut fds = [PollFd::new(fd, events)];
        match poll(&mut fds, timeout.as_ref()) {
            Ok(0) | Err(Errno::INTR) => {}
            Ok(_) => return Ok(()),
            Err(e) => return Err(how(e)),
        }
    }
}

/// An error number in the words of a tape.
pub(super) fn how(error: Errno) -> How {
    match error {
        Errno::CONNREFUSED => How::Refused,
        Errno::CONNRESET => How::Reset,
        other => How::Errno(other.raw_os_error()),
    }
}
