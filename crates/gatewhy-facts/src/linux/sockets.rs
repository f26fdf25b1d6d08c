//! TCP sockets (`Question::TcpListeners`, `Question::TcpConnections`,
//! `Question::TcpConnected`).
use super::netlink::{self, array, port_at, u32_at};
use crate::prelude::*;
use core::cmp::Ordering;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// `SOCK_DIAG_BY_FAMILY`, the kind of a message that holds a socket.
pub(crate) const SOCKET: u16 = 20;

/// One TCP socket, as the kernel's `inet_diag_msg` tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TcpSocket {
    /// Its state.
    pub state: TcpState,
    /// Its own address.
    pub local: SocketAddr,
    /// The other side's; port 0 for a listener.
    pub remote: SocketAddr,
    /// `idiag_rqueue`: bytes not yet read; of a listener, the connections nobody
    /// has accepted yet.
    pub receive_queue: u32,
    /// `idiag_wqueue`: bytes not yet acknowledged; of a listener, the most
    /// connections that may wait.
    pub send_queue: u32,
    /// The owner.
    pub uid: u32,
    /// 0 for a connection that no process holds: not accepted yet, or closing.
    pub inode: u32,
    /// The interface it is bound to; 0 for none.
    pub interface: u32,
    /// How often the last segment was sent again.
    pub retransmits: u8,
    /// Whether an IPv6 listener refuses IPv4; `None` where the kernel is silent.
    pub v6_only: Option<bool>,
    /// More about a connection.
    pub info: Option<TcpInfo>,
}

/// What the kernel measured of a connection (`tcp_info`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpInfo {
    /// Segments sent and not acknowledged.
    pub unacknowledged: u32,
    /// Milliseconds since data was last sent.
    pub last_sent_ms: u32,
    /// Milliseconds since data last came.
    pub last_received_ms: u32,
    /// Smoothed round trip time in microseconds.
    pub rtt_us: u32,
    /// Bytes that came in all (since Linux 4.1), the lower 32 bits.
    pub received: Option<u32>,
}

/// The states of TCP, and `NewSynReceived` as the kernel counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TcpState {
    /// Both sides may send.
    Established,
    /// We asked for a connection.
    SynSent,
    /// The other side asked.
    SynReceived,
    /// We closed first and wait for the acknowledgement.
    FinWait1,
    /// We closed first and wait for the other side's close.
    FinWait2,
    /// Both closed; old segments are waited out.
    TimeWait,
    /// Not connected.
    Closed,
    /// The other side closed, and our process has not.
    CloseWait,
    /// Closed after the other side, and waiting for the acknowledgement.
    LastAck,
    /// Waits for connections.
    Listening,
    /// Both closed at once.
    Closing,
    /// Another number.
    Other(u8),
}

/// How full a listener's accept queue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Connections that nobody has accepted yet.
    pub length: u32,
    /// The backlog: the kernel lets the queue grow one beyond it.
    pub limit: u32,
}

/// Reads the messages; those that are no TCP socket are left out.
pub fn tcp(bytes: &[u8]) -> Vec<TcpSocket> {
    netlink::messages(bytes)
        .filter(|(kind, _)| *kind == SOCKET)
        .filter_map(|(_, body)| socket(body))
        .collect()
}

fn socket(body: &[u8]) -> Option<TcpSocket> {
    let family = *body.first()?;
    let attributes = netlink::attributes(body.get(72..)?);
    Some(TcpSocket {
        state: TcpState::from_number(*body.get(1)?),
        retransmits: *body.get(3)?,
        local: SocketAddr::new(address(family, body, 8)?, port_at(body, 4)?),
        remote: SocketAddr::new(address(family, body, 24)?, port_at(body, 6)?),
        interface: u32_at(body, 40)?,
        receive_queue: u32_at(body, 56)?,
        send_queue: u32_at(body, 60)?,
        uid: u32_at(body, 64)?,
        inode: u32_at(body, 68)?,
        // INET_DIAG_SKV6ONLY
        v6_only: attributes.get(&11).and_then(|b| b.first()).map(|b| *b != 0),
        // INET_DIAG_INFO
        info: attributes.get(&2).and_then(|b| info(b)),
    })
}

fn address(family: u8, body: &[u8], at: usize) -> Option<IpAddr> {
    match family {
        2 => Some(Ipv4Addr::from(array::<4>(body, at)?).into()),
        10 => Some(Ipv6Addr::from(array::<16>(body, at)?).into()),
        _ => None,
    }
}

fn info(bytes: &[u8]) -> Option<TcpInfo> {
    Some(TcpInfo {
        unacknowledged: u32_at(bytes, 24)?,
        last_sent_ms: u32_at(bytes, 44)?,
        last_received_ms: u32_at(bytes, 52)?,
        rtt_us: u32_at(bytes, 68)?,
        received: u32_at(bytes, 128),
    })
}

impl TcpInfo {
    /// Whether something was sent that had no answer yet. The stamps are as coarse as
    /// the kernel's ticks: when both are the same, either may have come first.
    pub fn awaits_answer(&self) -> Awaits {
        match self.last_sent_ms.cmp(&self.last_received_ms) {
            _ if self.received == Some(0) => Awaits::Yes,
            Ordering::Less => Awaits::Yes,
            Ordering::Equal => Awaits::Perhaps,
            Ordering::Greater => Awaits::No,
        }
    }
}

/// Whether an answer is awaited on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Awaits {
    /// The last bytes were received.
    No,
    /// The stamps do not tell.
    Perhaps,
    /// The last bytes were sent.
    Yes,
}

impl TcpState {
    const fn from_number(number: u8) -> Self {
        match number {
            1 => Self::Established,
            2 => Self::SynSent,
            3 | 12 => Self::SynReceived,
            4 => Self::FinWait1,
            5 => Self::FinWait2,
            6 => Self::TimeWait,
            7 => Self::Closed,
            8 => Self::CloseWait,
            9 => Self::LastAck,
            10 => Self::Listening,
            11 => Self::Closing,
            other => Self::Other(other),
        }
    }
}

impl TcpSocket {
    /// The accept queue, of a listener.
    pub fn queue(&self) -> Option<Queue> {
        (self.state == TcpState::Listening).then_some(Queue {
            length: self.receive_queue,
            limit: self.send_queue,
        })
    }

    /// Whether a connection to `dialled` from this host reaches this listener:
    /// same port, and bound to that address or to all of its family. An IPv6
    /// listener on `::` takes IPv4 too, unless it is IPv6 only.
    pub fn takes(&self, dialled: SocketAddr) -> bool {
        if self.state != TcpState::Listening || self.local.port() != dialled.port() {
            return false;
        }
        let (bound, dialled) = (self.local.ip(), dialled.ip().to_canonical());
        match (bound, dialled) {
            _ if bound.to_canonical() == dialled => true,
            (IpAddr::V4(bound), IpAddr::V4(_)) => bound.is_unspecified(),
            (IpAddr::V6(bound), IpAddr::V6(_)) => bound.is_unspecified(),
            (IpAddr::V6(bound), IpAddr::V4(_)) => {
                bound.is_unspecified() && self.v6_only != Some(true)
            }
            (IpAddr::V4(_), IpAddr::V6(_)) => false,
        }
    }

    /// Whether the kernel made the connection and no process has accepted it.
    pub fn waits_for_accept(&self) -> bool {
        self.inode == 0 && matches!(self.state, TcpState::Established | TcpState::CloseWait)
    }
}

impl Queue {
    /// Whether the next connection finds no place.
    pub const fn is_full(self) -> bool {
        self.length > self.limit
    }
}

#[cfg(test)]
#[path = "sockets_tests.rs"]
mod tests;
