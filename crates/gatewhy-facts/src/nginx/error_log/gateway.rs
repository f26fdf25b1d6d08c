//! Messages about nginx itself and about the visitor.
use super::template::{During, Row, row};
use crate::symptom::Symptom;

const ENOENT: u16 = 2;
const ENOMEM: u16 = 12;
const EACCES: u16 = 13;
const ENFILE: u16 = 23;
const EMFILE: u16 = 24;
const ENOSPC: u16 = 28;
const EROFS: u16 = 30;
const EDQUOT: u16 = 122;

/// Limits of processes, connections and memory; refusals of nginx's own making.
pub(super) static TABLE: &[Row] = &[
    row(
        "{#} worker_connections are not enough",
        Symptom::WorkerConnectionsUsedUp,
    ),
    row(
        "{#} worker_connections are not enough, reusing connections",
        Symptom::WorkerConnectionsLow,
    ),
    row(
        "the new socket has number {#}, but only {#} files are available",
        Symptom::OutOfFiles,
    ),
    row("{} failed", Symptom::OutOfFiles).errno(&[EMFILE]),
    row("{} failed", Symptom::SystemOutOfFiles).errno(&[ENFILE]),
    row(
        "{} process {_#} exited on signal {#}",
        Symptom::WorkerCrashed,
    ),
    row(
        "{} process {_#} exited on signal {#} (core dumped)",
        Symptom::WorkerCrashed,
    ),
    row(
        "{} process {_#} exited with fatal code {#} and cannot be respawned",
        Symptom::WorkerGone,
    ),
    row("could not respawn {}", Symptom::WorkerGone),
    row("malloc({#}) failed", Symptom::GatewayOutOfMemory),
    row("memalign({#}, {#}) failed", Symptom::GatewayOutOfMemory),
    row(
        "posix_memalign({#}, {#}) failed",
        Symptom::GatewayOutOfMemory,
    ),
    row(
        "fork() failed while spawning \"{}\"",
        Symptom::GatewayOutOfMemory,
    ),
    row("{} failed", Symptom::GatewayOutOfMemory).errno(&[ENOMEM]),
    row("could not allocate node in {}", Symptom::ZoneFull),
    row("could not allocate node", Symptom::ZoneFull),
    row(
        "could not allocate new session in SSL session shared cache \"{}\"",
        Symptom::ZoneFull,
    ),
    row(
        "ngx_slab_alloc() failed: no memory in {}",
        Symptom::ZoneFull,
    ),
    row("ngx_slab_alloc() failed: no memory", Symptom::ZoneFull),
    row(
        "limiting requests, excess: {_} by zone \"{}\"",
        Symptom::RateLimited,
    ),
    row(
        "limiting requests, dry run, excess: {_} by zone \"{}\"",
        Symptom::LimitNoted,
    ),
    row(
        "delaying request, excess: {_}, by zone \"{}\"",
        Symptom::LimitNoted,
    ),
    row(
        "delaying request, dry run, excess: {_}, by zone \"{}\"",
        Symptom::LimitNoted,
    ),
    row(
        "limiting connections by zone \"{}\"",
        Symptom::ConnectionLimited,
    ),
    row(
        "limiting connections, dry run, by zone \"{}\"",
        Symptom::LimitNoted,
    ),
    row(
        "auth request unexpected status: {#}",
        Symptom::AuthRequestFailed,
    ),
    row(
        "rewrite or internal redirection cycle while {_} \"{}\"",
        Symptom::RewriteCycle,
    ),
    row(
        "subrequests cycle while processing \"{}\"",
        Symptom::RewriteCycle,
    ),
    row(
        "client intended to send too large body: {#} bytes",
        Symptom::RequestBodyTooLarge,
    ),
    row(
        "client intended to send too large chunked body: {} bytes",
        Symptom::RequestBodyTooLarge,
    ),
    row(
        "thread pool \"{}\" not found",
        Symptom::GatewayMisconfigured,
    ),
    row("cache \"{}\" not found", Symptom::GatewayMisconfigured),
    row(
        "invalid local address \"{}\"",
        Symptom::GatewayMisconfigured,
    ),
    row(
        "could not find named location \"{}\"",
        Symptom::GatewayMisconfigured,
    ),
    row(
        "{}_buffer_size {#} is not enough for cache key, it should be increased to at least {#}",
        Symptom::GatewayMisconfigured,
    ),
    row("reconfiguring", Symptom::Reloading),
    row("signal 15 ({}) received{}", Symptom::Stopping),
    row("signal 3 ({}) received{}", Symptom::Stopping),
];

/// Calls on files, with the path in quotes.
pub(super) static FILES: &[Row] = &[
    file("{_} \"{}\" failed", Symptom::FileDenied, &[EACCES]),
    file("{_} \"{}\" failed", Symptom::DiskFull, &[ENOSPC, EDQUOT]),
    file("{_} \"{}\" failed", Symptom::ReadOnlyFileSystem, &[EROFS]),
    file("{_} \"{}\" failed", Symptom::FileMissing, &[ENOENT]),
];

const fn file(template: &'static str, symptom: Symptom, errno: &'static [u16]) -> Row {
    row(template, symptom).errno(errno)
}

/// The visitor's side; the same words may be about the backend in other phases.
pub(super) static CLIENT: &[Row] = &[
    row(
        "client prematurely closed connection",
        Symptom::ClientClosed,
    ),
    row(
        "client prematurely closed connection, so upstream connection is closed too",
        Symptom::ClientClosed,
    ),
    row(
        "{_} reported that client prematurely closed connection",
        Symptom::ClientClosed,
    ),
    row(
        "{_} reported that client prematurely closed connection, so upstream connection is closed too",
        Symptom::ClientClosed,
    ),
    row("client closed connection", Symptom::ClientClosed),
    row("client timed out", Symptom::ClientTimeout),
    row("client sent {}", Symptom::ClientRequestInvalid),
    row("broken header: \"{}", Symptom::ClientRequestInvalid),
    client_io("recv() failed"),
    client_io("readv() failed"),
    client_io("send() failed"),
    client_io("writev() failed"),
    client_io("sendfile() failed"),
    client_io("peer closed connection in SSL handshake"),
];

const fn client_io(template: &'static str) -> Row {
    row(template, Symptom::ClientIoFailed).during(During::NotUpstream)
}
