//! What came back from the backend, or did not.
use super::super::lead::{
    Guess, Lead, certain, is_alb, is_fastcgi, is_loopback, is_not_https, is_uwsgi, lead, likely,
    no_failure, possible,
};
use gatewhy_facts::log_line::{Record, Server};
use gatewhy_facts::symptom::Symptom;

fn is_post(record: &Record<'_>) -> bool {
    record
        .request
        .is_some_and(|request| request.starts_with(b"POST"))
}

fn is_fast(record: &Record<'_>) -> bool {
    record.timing.total_ms.is_some_and(|ms| ms < 50)
}

/// Far longer than a stale connection needs to be found out.
fn is_long(record: &Record<'_>) -> bool {
    record.timing.total_ms.is_some_and(|ms| ms >= 5_000)
}

fn is_not_long(record: &Record<'_>) -> bool {
    !is_long(record)
}

/// Plain HTTP to a port that by custom speaks TLS.
fn is_plain_to_tls_port(record: &Record<'_>) -> bool {
    record.scheme == Some(b"http") && matches!(record.port(), Some(443 | 4443 | 6443 | 8443 | 9443))
}

/// Varnish's words for a response that did not begin, in versions 4 and 5.
fn is_first_read(record: &Record<'_>) -> bool {
    record.message == b"http first read error: EOF"
}

/// Envoy's own answer without a reason, as before version 1.9: it also stood for
/// connections that were never made.
fn is_unreasoned_envoy(record: &Record<'_>) -> bool {
    record.server == Server::Envoy && record.text.is_none() && record.code.is_none()
}

/// HAProxy's own page says "invalid or incomplete".
fn is_haproxy_page(record: &Record<'_>) -> bool {
    record.server == Server::Haproxy && record.code.is_none()
}

const CRASHED: Guess = possible(
    "backend-crashed",
    "a process that dies closes its connections",
);
const OOM: Guess = possible(
    "backend-oom-killed",
    "so does one that the kernel kills for memory",
);
const TIMEOUT: Guess = possible(
    "backend-worker-timeout",
    "so does one that its own supervisor ends after a time limit",
);
const RESTARTING: Guess = possible(
    "backend-restarting",
    "a reload or deploy may cut requests off",
);
const EARLY: Guess = possible(
    "response-closed-early",
    "the application may close by itself, as after an error before its header",
);
const RACE: Guess = possible(
    "keepalive-race",
    "a backend that closes idle connections sooner than the proxy reuses them does this now and then",
)
.when(is_not_long);

const HEAP: Guess = possible(
    "backend-heap-exhausted",
    "a runtime whose own heap is full ends the process",
);
const NOT_IN_CONTAINER: Guess = possible(
    "wrong-bind-address",
    "Docker accepts on a published port itself, and drops the connection when nothing in the container listens on its outer address",
)
.when(is_loopback);

pub(super) static LEADS: &[Lead] = &[
    lead(
        &[Symptom::ClosedBeforeResponse],
        &[
            likely("keepalive-race", "the target closed with a request outstanding, as with a keep-alive time below the balancer's 60 s"),
            possible("backend-crashed", "a target that dies closes its connections"),
            possible("backend-restarting", "a deploy may cut requests off"),
            possible("backend-stopped", "a target that refuses or resets is logged alike"),
            possible("response-header-invalid", "a malformed or oversized answer is logged alike"),
            possible("protocol-mismatch", "as is a failed TLS handshake, or plain HTTP to a TLS port"),
            OOM,
            TIMEOUT,
        ],
    )
    .when(is_alb),
    lead(
        &[Symptom::ClosedBeforeResponse],
        &[
            likely("keepalive-race", "the connection ended at once, as a stale one does").when(is_fast),
            possible("backend-stopped", "before version 1.9 Envoy said the same of a connection that was never made").when(is_unreasoned_envoy),
            possible("response-header-invalid", "the page is also that of an answer that HAProxy cannot read, such as one with a malformed header").when(is_haproxy_page),
            possible("response-header-too-big", "and of one whose header does not fit its buffer").when(is_haproxy_page),
            likely("backend-worker-timeout", "the backend closed only after a long time, as one does that ends requests at a limit of its own").when(is_long),
            likely("protocol-mismatch", "port {port} most often speaks TLS, and a TLS port closes when it hears plain HTTP").when(is_plain_to_tls_port),
            CRASHED,
            RACE,
            TIMEOUT,
            OOM,
            RESTARTING,
            EARLY,
            possible("protocol-mismatch", "a TLS port closes when it hears plain HTTP, and other protocols do alike").when(is_not_https),
            possible("backend-refused-client", "some backends close at once for a client they do not allow"),
            possible("proxy-answered-error", "an nginx behind hangs up (444) on names that it does not know, where it is told to"),
            HEAP,
            possible("backend-slow", "older versions of Varnish write the same when first_byte_timeout has passed").when(is_first_read),
            NOT_IN_CONTAINER,
        ],
    ),
    lead(
        &[Symptom::ResetBeforeResponse],
        &[
            likely("backend-crashed", "a PHP-FPM worker that dies resets its connection").when(is_fastcgi),
            likely("backend-worker-timeout", "request_terminate_timeout ends a worker just so").when(is_fastcgi),
            CRASHED,
            TIMEOUT,
            OOM,
            possible("backend-refused-client", "listen.allowed_clients drops connections just so").when(is_fastcgi),
            possible("request-header-too-big", "uWSGI drops requests larger than its buffer-size").when(is_uwsgi),
            possible("protocol-mismatch", "a backend that hears another protocol may reset"),
            RACE,
            RESTARTING,
            possible("response-closed-early", "a backend that does not read the whole request resets when it closes"),
            possible("firewall-blocked", "a middlebox may reset connections"),
            HEAP,
            NOT_IN_CONTAINER,
        ],
    ),
    lead(
        &[Symptom::ResetWhileSending],
        &[
            likely("request-body-too-large", "a backend that refuses a large upload closes while it is being sent").when(is_post),
            RACE,
            CRASHED,
            possible("request-body-too-large", "a backend that refuses a request closes while it is being sent"),
            RESTARTING,
            TIMEOUT,
            OOM,
            EARLY,
        ],
    ),
    lead(
        &[Symptom::UpstreamIoFailed],
        &[
            likely("host-unreachable", "the kernel waited in vain for the other side: the way to it broke").when(|record| record.errno == Some(110)),
CRASHED, RESTARTING, EARLY, possible("host-unreachable", "the way to the backend may have broken")],
    ),
    lead(
        &[Symptom::ResponseTimeout, Symptom::UpstreamTimeout],
        &[
            likely("backend-slow", "the backend took the request and needed longer than the proxy waits"),
            likely("worker-pool-exhausted", "a request may also wait in the queue because every worker is busy"),
            possible("backend-hung", "a stopped or blocked process accepts and never answers"),
            possible("database-down", "what the application waits for may be at fault"),
            possible("cpu-saturated", "everything is slow on a machine without processor time"),
            possible("memory-exhausted", "everything is slow on a machine that swaps"),
            possible("wordpress-cron-overload", "in WordPress, wp-cron may take the workers").when(is_fastcgi),
            possible("dns-resolver-failed", "the name server that the application asks may not answer"),
            possible("loopback-timeout", "a worker that asks its own site waits for another worker, and in the end for itself"),
            possible("backend-out-of-files", "a backend without a free descriptor leaves connections waiting"),
            possible("protocol-mismatch", "a backend that hears another protocol may wait for more"),
            possible("backend-start-failed", "a master may hold the port while its workers cannot start"),
        ],
    ),
    lead(
        &[Symptom::SendTimeout],
        &[
            likely("backend-hung", "the backend reads nothing"),
            likely("backend-slow", "the backend reads the request too slowly"),
            possible("worker-pool-exhausted", "no worker reads a request that waits in the queue"),
        ],
    ),
    lead(
        &[Symptom::HeaderTooBig],
        &[certain("response-header-too-big", "the proxy says so: the header did not fit {buffer}")],
    ),
    lead(
        &[Symptom::HeaderLineTooBig],
        &[certain("response-header-too-big", "the proxy says so: one header line is over its limit")],
    ),
    lead(
        &[Symptom::HeaderInvalid],
        &[
            likely("response-header-invalid", "the proxy quotes what it refuses: {text}"),
            possible("protocol-mismatch", "the bytes may be of another protocol"),
        ],
    ),
    lead(
        &[Symptom::LengthConflict, Symptom::LengthInvalid, Symptom::HeaderDuplicate],
        &[
            certain("response-header-invalid", "the proxy says which header it refuses"),
            possible("response-body-invalid", "the length that is meant may be wrong as well"),
        ],
    ),
    lead(
        &[Symptom::StatusInvalid, Symptom::EarlyHintsInvalid, Symptom::TrailerInvalid],
        &[
            likely("response-header-invalid", "the proxy says what it refuses"),
            possible("protocol-mismatch", "the bytes may be of another protocol"),
        ],
    ),
    lead(
        &[Symptom::TransferEncodingUnknown],
        &[
            likely("response-header-invalid", "the proxy does not know the coding {text}"),
            possible("response-body-invalid", "the body's framing cannot be read"),
        ],
    ),
    no_failure(
        &[Symptom::HeaderDuplicateIgnored],
        "a fault in the response that the proxy let pass",
    ),
    lead(
        &[Symptom::StatusLineMissing],
        &[
            likely("protocol-mismatch", "the first bytes are no HTTP/1 status line: the port speaks something else"),
            possible("response-header-invalid", "a program may print its page without a header"),
            possible("wrong-port", "the program at {peer} may be another one than meant"),
        ],
    ),
    lead(
        &[Symptom::ResponseBeforeRequest],
        &[likely("protocol-mismatch", "a server that speaks first is no HTTP server")],
    ),
    lead(
        &[Symptom::ResponseInvalid],
        &[
            likely("response-header-invalid", "a malformed status line or header is logged like that"),
            likely("response-header-too-big", "a header larger than the buffer is logged like that"),
            possible("protocol-mismatch", "another protocol than HTTP is logged like that"),
            possible("proxy-answered-error", "a deny rule for responses is logged like that"),
        ],
    ),
    lead(
        &[Symptom::FastCgiVersion, Symptom::AjpSignature, Symptom::ForeignProtocol],
        &[likely("protocol-mismatch", "{decoded}")],
    ),
    lead(
        &[Symptom::FastCgiRecordInvalid, Symptom::MemcachedInvalid],
        &[
            likely("protocol-mismatch", "what came is not of the protocol that was expected"),
            possible("response-body-invalid", "the stream may be damaged"),
        ],
    ),
    lead(
        &[Symptom::FastCgiClosed],
        &[
            likely("backend-crashed", "the script's process ended without a whole response"),
            TIMEOUT,
            OOM,
            EARLY,
        ],
    ),
    lead(
        &[Symptom::RequestTooBigForProtocol],
        &[certain("request-header-too-big", "the request's headers and parameters are over 64 KiB")],
    ),
    lead(
        &[Symptom::Http2StreamReset, Symptom::Http2StreamClosed],
        &[
            likely("response-closed-early", "the backend ended the stream: {decoded}"),
            CRASHED,
            RESTARTING,
            possible("worker-pool-exhausted", "servers refuse streams when they have too many"),
        ],
    ),
    lead(
        &[Symptom::Http2Goaway],
        &[
            likely("backend-restarting", "servers say goodbye when they stop or reload: {decoded}"),
            RACE,
            EARLY,
        ],
    ),
    lead(
        &[Symptom::Http2FrameTooLarge],
        &[
            likely("protocol-mismatch", "{decoded}"),
            possible("response-header-too-big", "a frame may really be that large"),
        ],
    ),
    lead(
        &[Symptom::Http2Invalid],
        &[
            likely("protocol-mismatch", "what came is not proper HTTP/2"),
            possible("response-header-invalid", "the backend's HTTP/2 may be at fault"),
        ],
    ),
    lead(
        &[Symptom::ClosedInBody, Symptom::ResetInBody],
        &[
            likely("response-closed-early", "the body ended before its end; the visitor keeps the first status, often 200"),
            CRASHED,
            TIMEOUT,
            OOM,
            possible("response-body-invalid", "the announced length may be wrong"),
            RESTARTING,
        ],
    ),
    lead(
        &[Symptom::BodyTimeout],
        &[
            likely("backend-slow", "the backend paused for longer than the proxy waits between two reads"),
            possible("backend-hung", "the backend may be stuck in the middle of a response"),
        ],
    ),
    lead(
        &[Symptom::ChunkInvalid, Symptom::ContentCodingInvalid],
        &[certain("response-body-invalid", "the proxy says so: the body's framing is wrong")],
    ),
    no_failure(
        &[Symptom::BodyTooLong],
        "a fault in the response: more bytes than announced; the visitor got all that was announced",
    )
    .of(&[certain("response-body-invalid", "the proxy says so: more bytes came than were announced")]),
    no_failure(
        &[Symptom::UpgradedIdle],
        "an idle WebSocket or other upgraded connection was closed after the read time-out; a heartbeat keeps it open",
    ),
    lead(
        &[Symptom::UpgradeFailed],
        &[
            likely("response-header-invalid", "the backend did not answer the upgrade as it must"),
            possible("proxy-module-missing", "the module for upgraded connections may be missing"),
        ],
    ),
    no_failure(
        &[Symptom::BufferedToDisk],
        "normal: a large body is kept in a file while one side is slower than the other",
    ),
    no_failure(
        &[Symptom::FastCgiStderr],
        "the application's own message, in the proxy's log; no failure by itself",
    )
    .of(&[
        certain("database-connections-exhausted", "the line says so").when(super::backend::says_database_full),
        likely("database-down", "the application could not reach a server it needs").when(super::backend::says_database_down),
    ]),
];
