//! Sockets, as the kernel's `sock_diag` interface dumps them.
use super::trouble;
use gatewhy_facts::answer::Outcome;
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::netlink::{SOCK_DIAG, SocketAddrNetlink};
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, sendto, socket_with,
};
use std::time::Duration;

/// The most bytes of one dump: about 100,000 sockets.
const BYTES: usize = 16 << 20;
/// How long the kernel may take for one message.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often a dump is taken again when the tables changed under it.
const TRIES: usize = 3;

const AF_UNIX: u8 = 1;
const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;
const TCP: u8 = 6;
const LISTEN: u32 = 1 << 10;
/// Every state but `LISTEN`, `TIME_WAIT` included.
const NOT_LISTENING: u32 = 0xfff & !LISTEN;
/// `ESTABLISHED`, `SYN_SENT` and `CLOSE_WAIT`.
const CONNECTED: u32 = 1 << 1 | 1 << 2 | 1 << 8;
/// `INET_DIAG_INFO`: the kernel's `tcp_info` with each socket.
const WITH_INFO: u8 = 1 << 1;
/// `UDIAG_SHOW_NAME | VFS | PEER | ICONS | RQLEN | UID`.
const UNIX_SHOW: u32 = 0x01 | 0x02 | 0x04 | 0x08 | 0x10 | 0x40;

const DONE: u16 = 3;
const ERROR: u16 = 2;
const DUMP_INTERRUPTED: u16 = 0x10;

/// Answers `Question::TcpListeners`.
pub(super) fn listeners() -> Result<Outcome, Outcome> {
    dump(&[
        inet(AF_INET, LISTEN, 0, &[]),
        inet(AF_INET6, LISTEN, 0, &[]),
    ])
}

/// Answers `Question::TcpConnections`.
pub(super) fn connections(port: u16) -> Result<Outcome, Outcome> {
    let only = either_port(port);
    dump(&[
        inet(AF_INET, NOT_LISTENING, WITH_INFO, &only),
        inet(AF_INET6, NOT_LISTENING, WITH_INFO, &only),
    ])
}

/// Answers `Question::TcpConnected`.
pub(super) fn connected() -> Result<Outcome, Outcome> {
    dump(&[
        inet(AF_INET, CONNECTED, WITH_INFO, &[]),
        inet(AF_INET6, CONNECTED, WITH_INFO, &[]),
    ])
}

/// Answers `Question::UnixSockets`.
pub(super) fn unix() -> Result<Outcome, Outcome> {
    let mut request = vec![AF_UNIX, 0, 0, 0];
    request.extend_from_slice(&u32::MAX.to_ne_bytes());
    request.extend_from_slice(&0u32.to_ne_bytes());
    request.extend_from_slice(&UNIX_SHOW.to_ne_bytes());
    request.extend_from_slice(&[0xff; 8]);
    dump(&[request])
}

/// An `inet_diag_req_v2`, with a filter program as its attribute if there is one.
fn inet(family: u8, states: u32, with: u8, filter: &[u8]) -> Vec<u8> {
    let mut request = vec![family, TCP, with, 0];
    request.extend_from_slice(&states.to_ne_bytes());
    request.extend_from_slice(&[0; 48]);
    if !filter.is_empty() {
        let length = u16::try_from(filter.len() + 4).unwrap_or(u16::MAX);
        request.extend_from_slice(&length.to_ne_bytes());
        request.extend_from_slice(&1u16.to_ne_bytes());
        request.extend_from_slice(filter);
    }
    request
}

/// The kernel's filter program for *local port is P, or remote port is P*.
///
/// Each instruction is a code, how many bytes to go on when it holds, and how
/// many when not; a comparison is followed by its port. Ending exactly behind
/// the program accepts a socket, jumping further refuses it.
fn either_port(port: u16) -> Vec<u8> {
    const JUMP: u8 = 1;
    const SOURCE_AT_LEAST: u8 = 2;
    const SOURCE_AT_MOST: u8 = 3;
    const DESTINATION_AT_LEAST: u8 = 4;
    const DESTINATION_AT_MOST: u8 = 5;
    let mut program = Vec::with_capacity(36);
    let mut instruction = |code: u8, yes: u8, no: u16| {
        program.extend_from_slice(&[code, yes]);
        program.extend_from_slice(&no.to_ne_bytes());
        if code != JUMP {
            program.extend_from_slice(&[0, 0]);
            program.extend_from_slice(&port.to_ne_bytes());
        }
    };
    instruction(SOURCE_AT_LEAST, 8, 20);
    instruction(SOURCE_AT_MOST, 8, 12);
    instruction(JUMP, 4, 20);
    instruction(DESTINATION_AT_LEAST, 8, 20);
    instruction(DESTINATION_AT_MOST, 8, 12);
    program
}

/// All requests one after the other; their replies as one string of messages.
fn dump(requests: &[Vec<u8>]) -> Result<Outcome, Outcome> {
    let failed = |error| match error {
        Errno::PROTONOSUPPORT | Errno::AFNOSUPPORT | Errno::NOENT | Errno::INVAL => {
            Outcome::Unsupported(format!("netlink sock_diag: {}", trouble::words(error)))
        }
        other => trouble::outcome("netlink sock_diag", other),
    };
    let mut bytes = Vec::new();
    let mut cut = false;
    for request in requests {
        cut |= dump_steady(request, &mut bytes).map_err(failed)?;
    }
    Ok(Outcome::Got { bytes, cut })
}

/// One request, again while the kernel says that the dump is inconsistent.
fn dump_steady(request: &[u8], bytes: &mut Vec<u8>) -> Result<bool, Errno> {
    let start = bytes.len();
    let mut end = End::default();
    for _ in 0..TRIES {
        bytes.truncate(start);
        end = dump_once(request, bytes)?;
        if !end.interrupted {
            break;
        }
    }
    Ok(end.cut || end.interrupted)
}

/// How a dump ended.
#[derive(Default)]
struct End {
    interrupted: bool,
    cut: bool,
}

fn dump_once(request: &[u8], bytes: &mut Vec<u8>) -> Result<End, Errno> {
    let socket = ask(request)?;
    let mut end = End::default();
    let mut datagram = Vec::with_capacity(1 << 16);
    let budget = bytes.len() + BYTES;
    loop {
        datagram.clear();
        let spare = rustix::buffer::spare_capacity(&mut datagram);
        recv(&socket, spare, RecvFlags::empty())?;
        bytes.extend_from_slice(&datagram);
        for header in headers(&datagram) {
            end.interrupted |= header.flags & DUMP_INTERRUPTED != 0;
            match header.kind {
                DONE => return Ok(end),
                ERROR => return Err(header.error()),
                _ => {}
            }
        }
        if datagram.is_empty() || bytes.len() > budget {
            end.cut = true;
            return Ok(end);
        }
    }
}

/// Sends the request; the socket then holds the replies.
fn ask(request: &[u8]) -> Result<OwnedFd, Errno> {
    let kind = SocketType::RAW;
    let socket = socket_with(
        AddressFamily::NETLINK,
        kind,
        SocketFlags::CLOEXEC,
        Some(SOCK_DIAG),
    )?;
    set_socket_timeout(&socket, Timeout::Recv, Some(PATIENCE))?;
    let length = u32::try_from(request.len() + 16).unwrap_or(u32::MAX);
    let mut message = Vec::with_capacity(request.len() + 16);
    message.extend_from_slice(&length.to_ne_bytes());
    // SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, sequence, port.
    message.extend_from_slice(&20u16.to_ne_bytes());
    message.extend_from_slice(&0x301u16.to_ne_bytes());
    message.extend_from_slice(&1u32.to_ne_bytes());
    message.extend_from_slice(&0u32.to_ne_bytes());
    message.extend_from_slice(request);
    sendto(
        &socket,
        &message,
        SendFlags::empty(),
        &SocketAddrNetlink::new(0, 0),
    )?;
    Ok(socket)
}

/// What a dump needs of a message's header.
struct Header {
    kind: u16,
    flags: u16,
    /// The first four bytes of the body: the error's number.
    first: i32,
}

impl Header {
    fn error(&self) -> Errno {
        Errno::from_raw_os_error(self.first.saturating_neg())
    }
}

fn headers(mut datagram: &[u8]) -> impl Iterator<Item = Header> {
    core::iter::from_fn(move || {
        let head = datagram.get(..16)?;
        let length = u32::from_ne_bytes(head.get(..4)?.try_into().ok()?);
        let length = usize::try_from(length).ok()?.max(16);
        let first = datagram.get(16..20).and_then(|b| b.try_into().ok());
        let header = Header {
            kind: u16::from_ne_bytes(head.get(4..6)?.try_into().ok()?),
            flags: u16::from_ne_bytes(head.get(6..8)?.try_into().ok()?),
            first: first.map_or(0, i32::from_ne_bytes),
        };
        datagram = datagram
            .get(length.next_multiple_of(4)..)
            .unwrap_or_default();
        Some(header)
    })
}
