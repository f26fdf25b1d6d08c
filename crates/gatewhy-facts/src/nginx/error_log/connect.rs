//! Messages about making a connection to the backend.
use super::template::{During, Row, row};
use crate::symptom::Symptom;

const ENOENT: u16 = 2;
const EPERM: u16 = 1;
const EAGAIN: u16 = 11;
const EACCES: u16 = 13;
const EAFNOSUPPORT: u16 = 97;
const EADDRNOTAVAIL: u16 = 99;
const ENETDOWN: u16 = 100;
const ENETUNREACH: u16 = 101;
const ECONNRESET: u16 = 104;
const ETIMEDOUT: u16 = 110;
const ECONNREFUSED: u16 = 111;
const EHOSTDOWN: u16 = 112;
const EHOSTUNREACH: u16 = 113;

/// `connect()` fails at once, with the peer named, or later, without it.
const AT_ONCE: &str = "connect() to {} failed";
const LATER: &str = "connect() failed";
/// Before that: the process may not even make a socket of that kind.
const SOCKET: &str = "socket() failed";

pub(super) static TABLE: &[Row] = &[
    connect(AT_ONCE, Symptom::ConnectRefused, &[ECONNREFUSED]),
    connect(LATER, Symptom::ConnectRefused, &[ECONNREFUSED]),
    connect(AT_ONCE, Symptom::SocketMissing, &[ENOENT]),
    connect(AT_ONCE, Symptom::ConnectDenied, &[EACCES, EPERM]),
    connect(LATER, Symptom::ConnectDenied, &[EACCES, EPERM]),
    connect(
        SOCKET,
        Symptom::ConnectDenied,
        &[EACCES, EPERM, EAFNOSUPPORT],
    ),
    connect(AT_ONCE, Symptom::BacklogFull, &[EAGAIN]),
    connect(AT_ONCE, Symptom::NoLocalAddress, &[EADDRNOTAVAIL]),
    connect(LATER, Symptom::NoLocalAddress, &[EADDRNOTAVAIL]),
    connect(
        AT_ONCE,
        Symptom::HostUnreachable,
        &[EHOSTUNREACH, EHOSTDOWN],
    ),
    connect(LATER, Symptom::HostUnreachable, &[EHOSTUNREACH, EHOSTDOWN]),
    connect(
        AT_ONCE,
        Symptom::NetworkUnreachable,
        &[ENETUNREACH, ENETDOWN],
    ),
    connect(LATER, Symptom::NetworkUnreachable, &[ENETUNREACH, ENETDOWN]),
    connect(AT_ONCE, Symptom::ConnectTimeoutKernel, &[ETIMEDOUT]),
    connect(LATER, Symptom::ConnectTimeoutKernel, &[ETIMEDOUT]),
    connect(AT_ONCE, Symptom::ConnectReset, &[ECONNRESET]),
    connect(LATER, Symptom::ConnectReset, &[ECONNRESET]),
    row(AT_ONCE, Symptom::ConnectFailed).during(During::Connecting),
    row(LATER, Symptom::ConnectFailed).during(During::Connecting),
    row("upstream timed out", Symptom::ConnectTimeout).during(During::Connecting),
    row("bind({}) failed", Symptom::SourceAddressUnusable).during(During::Connecting),
    row("no live upstreams", Symptom::NoLiveUpstreams),
    row(
        "upstream server temporarily disabled",
        Symptom::UpstreamDisabled,
    ),
];

const fn connect(template: &'static str, symptom: Symptom, errno: &'static [u16]) -> Row {
    row(template, symptom)
        .errno(errno)
        .during(During::Connecting)
}
