//! What one hop saw when it talked to the next one.
//!
//! A symptom is not a cause: *connection refused* is what the gateway saw, *the
//! service crashed* may be why. Every symptom has a permanent id and maps to an
//! error type of RFC 9209.
use crate::proxy_status::ErrorType;
use core::fmt;

/// Whose conversation a symptom is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    /// The gateway and the hop behind it.
    Upstream,
    /// The gateway and the visitor, or a proxy in front.
    Client,
    /// The gateway and a name server.
    Resolver,
    /// The application, which talks through the gateway's log.
    Application,
    /// The gateway itself: its limits, files, configuration, processes.
    Gateway,
    /// The backend, in its own log or its supervisor's words.
    Backend,
    /// The machine that they run on, in the kernel's words.
    Machine,
}

macro_rules! symptoms {
    ($( $(#[$doc:meta])* $name:ident = $id:literal, [$($kind:ident)?], $about:ident, $says:literal; )*) => {
        /// What one hop saw. The documentation of a variant says what the log's
        /// `text` and `number` are for it, where there are any.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Symptom { $( $(#[$doc])* $name, )* }

        static TABLE: &[Row] = &[$( Row {
            symptom: Symptom::$name,
            id: $id,
            kind: &[$(ErrorType::$kind)?],
            about: About::$about,
            says: $says,
        }, )*];
    };
}

struct Row {
    symptom: Symptom,
    id: &'static str,
    kind: &'static [ErrorType],
    about: About,
    says: &'static str,
}

symptoms! {
    /// `ECONNREFUSED`. Text: the peer, where the message names it.
    ConnectRefused = "connect-refused", [ConnectionRefused], Upstream, "nothing accepts connections at the backend's address, or a firewall rejects them";
    /// `ENOENT` on a unix socket. Text: the peer.
    SocketMissing = "socket-missing", [DestinationUnavailable], Upstream, "there is no socket at the path the gateway connects to";
    /// `EACCES` or `EPERM`. Text: the peer.
    ConnectDenied = "connect-denied", [ProxyConfigurationError], Upstream, "the gateway's worker may not open the connection: socket permissions, or a security policy";
    /// `EAGAIN` on a unix socket: the listen queue is full. Text: the peer.
    BacklogFull = "backlog-full", [ConnectionLimitReached], Upstream, "the backend's queue of waiting connections is full";
    /// `EADDRNOTAVAIL` on connect. Text: the peer.
    NoLocalAddress = "no-local-address", [ConnectionLimitReached], Upstream, "no local port or address is left for a connection to this backend";
    /// `bind()` before a connect failed (`proxy_bind`). Text: the address.
    SourceAddressUnusable = "source-address-unusable", [ProxyConfigurationError], Gateway, "the source address that the gateway shall use is not on this host";
    /// `EHOSTUNREACH` or `EHOSTDOWN`. Text: the peer.
    HostUnreachable = "host-unreachable", [DestinationIpUnroutable], Upstream, "the backend's host does not answer, or a firewall says it is unreachable";
    /// `ENETUNREACH` or `ENETDOWN`. Text: the peer.
    NetworkUnreachable = "network-unreachable", [DestinationIpUnroutable], Upstream, "there is no route to the backend's address";
    /// The gateway's own timer ran out while connecting.
    ConnectTimeout = "connect-timeout", [ConnectionTimeout], Upstream, "the backend's host did not answer the connection attempt in time";
    /// The kernel gave up connecting before the gateway's timer. Text: the peer.
    ConnectTimeoutKernel = "connect-timeout-kernel", [ConnectionTimeout], Upstream, "the kernel gave up connecting to the backend's host";
    /// `ECONNRESET` while connecting. Text: the peer.
    ConnectReset = "connect-reset", [ConnectionTerminated], Upstream, "the connection was reset while it was being made";
    /// Any other failure to connect; the error number tells which. Text: the peer.
    ConnectFailed = "connect-failed", [DestinationUnavailable], Upstream, "the connection to the backend could not be made";
    /// Every server of the group is marked failed or busy.
    NoLiveUpstreams = "no-live-upstreams", [DestinationUnavailable], Upstream, "every server of the upstream group is marked as failed";
    /// The gateway takes a server out for a while.
    UpstreamDisabled = "upstream-disabled", [], Upstream, "the gateway stopped using a server after it failed";

    /// DNS answered NXDOMAIN. Text: the name.
    NameNotFound = "name-not-found", [DnsError], Resolver, "the backend's name does not exist in DNS";
    /// DNS answered SERVFAIL. Text: the name.
    NameServerFailure = "name-server-failure", [DnsError], Resolver, "the name server failed to look the backend's name up";
    /// DNS answered REFUSED. Text: the name.
    NameQueryRefused = "name-query-refused", [DnsError], Resolver, "the name server refuses to answer the gateway";
    /// No answer within `resolver_timeout`. Text: the name.
    NameTimeout = "name-timeout", [DnsTimeout], Resolver, "the name server did not answer in time";
    /// Any other failed lookup. Text: the name. Number: the response code.
    NameLookupFailed = "name-lookup-failed", [DnsError], Resolver, "the backend's name could not be looked up";
    /// The name server cannot be reached; the record's `resolver` field says which.
    ResolverUnreachable = "resolver-unreachable", [DnsError], Resolver, "the name server that the gateway uses cannot be reached";
    /// The name server's answer makes no sense, or reports an error. Text: the rest of the message.
    ResolverAnswerOdd = "resolver-answer-odd", [DnsError], Resolver, "the name server sent an answer that does not fit the question";
    /// No `resolver` is configured for a name that needs one. Text: the name.
    NoResolver = "no-resolver", [ProxyConfigurationError], Gateway, "a backend's name must be looked up, and no resolver is configured";
    /// A variable in the upstream's address expanded to something unusable. Text: it.
    UpstreamAddressInvalid = "upstream-address-invalid", [ProxyConfigurationError], Gateway, "the backend's address, made from variables, is not a usable address";

    /// End of connection before any complete response header.
    ClosedBeforeResponse = "closed-before-response", [ConnectionTerminated], Upstream, "the backend closed the connection without a response";
    /// `ECONNRESET` before a complete response header.
    ResetBeforeResponse = "reset-before-response", [ConnectionTerminated], Upstream, "the backend's side reset the connection before a response";
    /// `EPIPE` or `ECONNRESET` while the request was being sent.
    ResetWhileSending = "reset-while-sending", [ConnectionTerminated], Upstream, "the backend closed the connection while the request was still being sent";
    /// Any other read or write error toward the backend; the error number tells which.
    UpstreamIoFailed = "upstream-io-failed", [ConnectionTerminated], Upstream, "reading from or writing to the backend failed";
    /// No response header within the gateway's read time-out.
    ResponseTimeout = "response-timeout", [HttpResponseTimeout], Upstream, "the backend accepted the request and did not answer in time";
    /// The request could not be written within the send time-out.
    SendTimeout = "send-timeout", [ConnectionWriteTimeout], Upstream, "the backend did not take in the request in time";
    /// The gateway's timer ran out in some other phase of the conversation.
    UpstreamTimeout = "upstream-timeout", [ConnectionReadTimeout], Upstream, "the backend did not go on with the conversation in time";

    /// The header block does not fit the buffer; the upstream's scheme names the directive.
    HeaderTooBig = "header-too-big", [HttpResponseHeaderSectionSize], Upstream, "the backend's response header is larger than the gateway's buffer";
    /// A header line that nginx refuses. Text: its beginning, as nginx quotes it.
    HeaderInvalid = "header-invalid", [HttpProtocolError], Upstream, "the backend sent a header line that is not allowed in HTTP";
    /// A header that may stand once was sent twice. Text: the second line.
    HeaderDuplicate = "header-duplicate", [HttpProtocolError], Upstream, "the backend sent a header twice that may be sent only once";
    /// The same, and the gateway let it pass. Text: the second line.
    HeaderDuplicateIgnored = "header-duplicate-ignored", [], Upstream, "the backend sent a header twice; the gateway ignored the second";
    /// `Content-Length` together with `Transfer-Encoding`.
    LengthConflict = "length-conflict", [HttpProtocolError], Upstream, "the backend sent Content-Length and Transfer-Encoding together";
    /// `Content-Length` is no length. Text: the line.
    LengthInvalid = "length-invalid", [HttpProtocolError], Upstream, "the backend sent a Content-Length that is not a number";
    /// Text: the coding.
    TransferEncodingUnknown = "transfer-encoding-unknown", [HttpResponseTransferCoding], Upstream, "the backend uses a transfer coding that the gateway does not know";
    /// The first bytes are no HTTP/1 status line; nginx passes them on as HTTP/0.9.
    StatusLineMissing = "status-line-missing", [HttpProtocolError], Upstream, "what the backend sent does not begin with an HTTP status line: another protocol";
    /// A `Status:` or `:status` value that is no status. Text: it.
    StatusInvalid = "status-invalid", [HttpProtocolError], Upstream, "the backend sent a status that is not an HTTP status";
    /// Text before the request, or before TLS was done.
    ResponseBeforeRequest = "response-before-request", [HttpProtocolError], Upstream, "the backend sent bytes before the request was sent";
    /// An interim 103 response that the gateway refuses.
    EarlyHintsInvalid = "early-hints-invalid", [HttpProtocolError], Upstream, "the backend sent early hints that the gateway does not accept";

    /// Number: the byte where the FastCGI version must be 1.
    FastCgiVersion = "fastcgi-version", [HttpProtocolError], Upstream, "the backend does not speak FastCGI";
    /// A FastCGI record that must not come here. Number: its type or id byte.
    FastCgiRecordInvalid = "fastcgi-record-invalid", [HttpProtocolError], Upstream, "the backend's FastCGI records make no sense";
    /// The FastCGI stream ended without a response. Text: `stdout` or `request`.
    FastCgiClosed = "fastcgi-closed", [HttpResponseIncomplete], Upstream, "the FastCGI application ended without a complete response";
    /// Parameters do not fit one record. Number: their bytes.
    RequestTooBigForProtocol = "request-too-big-for-protocol", [ProxyInternalError], Gateway, "the request's headers do not fit the protocol to the backend (64 KiB)";

    /// The backend reset the HTTP/2 stream. Number: HTTP/2 error code.
    Http2StreamReset = "http2-stream-reset", [ConnectionTerminated], Upstream, "the backend refused the HTTP/2 request";
    /// The backend sent GOAWAY. Number: HTTP/2 error code.
    Http2Goaway = "http2-goaway", [ConnectionTerminated], Upstream, "the backend ended the HTTP/2 connection";
    /// The HTTP/2 stream ended too early.
    Http2StreamClosed = "http2-stream-closed", [HttpResponseIncomplete], Upstream, "the backend closed the HTTP/2 stream without a complete response";
    /// Number: the length field, often letters of another protocol.
    Http2FrameTooLarge = "http2-frame-too-large", [HttpProtocolError], Upstream, "the backend sent an HTTP/2 frame that is too large, or does not speak HTTP/2";
    /// Any other breach of HTTP/2. Text: the rest of the message.
    Http2Invalid = "http2-invalid", [HttpProtocolError], Upstream, "the backend broke the rules of HTTP/2";
    /// Text: the response, where it is quoted.
    MemcachedInvalid = "memcached-invalid", [HttpProtocolError], Upstream, "the memcached server's response makes no sense";

    /// A failed handshake without a deeper reason. Text: OpenSSL's reason.
    TlsHandshakeFailed = "tls-handshake-failed", [TlsProtocolError], Upstream, "the TLS handshake with the backend failed";
    /// `wrong version number` and its kin: no TLS on that port. Text: the reason.
    TlsNotSpoken = "tls-not-spoken", [TlsProtocolError], Upstream, "the backend does not speak TLS on that port";
    /// No TLS version in common. Text: the reason.
    TlsVersionMismatch = "tls-version-mismatch", [TlsProtocolError], Upstream, "gateway and backend have no TLS version in common";
    /// No cipher or parameter in common, seen by our side. Text: the reason.
    TlsCipherMismatch = "tls-cipher-mismatch", [TlsProtocolError], Upstream, "gateway and backend have no cipher in common";
    /// Alert 40. It also stands for missing server name or client certificate. Text: the reason.
    TlsAlertHandshakeFailure = "tls-alert-handshake-failure", [TlsAlertReceived], Upstream, "the backend broke the TLS handshake off: no common parameters, no server name, or no client certificate";
    /// Alert 112. Text: the reason.
    TlsAlertUnrecognizedName = "tls-alert-unrecognized-name", [TlsAlertReceived], Upstream, "the backend does not know the server name it was asked for";
    /// Alerts 41 to 46 and 48: about our client certificate. Number: the alert. Text: the reason.
    TlsAlertCertificate = "tls-alert-certificate", [TlsAlertReceived], Upstream, "the backend does not accept the gateway's client certificate";
    /// Alert 116, or 40 after a certificate request. Text: the reason.
    TlsAlertCertificateRequired = "tls-alert-certificate-required", [TlsAlertReceived], Upstream, "the backend demands a client certificate";
    /// Any other alert. Number: the alert, where the line has it. Text: the reason.
    TlsAlert = "tls-alert", [TlsAlertReceived], Upstream, "the backend broke TLS off with an alert";
    /// OpenSSL says `certificate verify failed`. Text: the reason.
    TlsVerifyFailed = "tls-verify-failed", [TlsCertificateError], Upstream, "the backend's certificate was not accepted";
    /// Number: X.509 verify error. Text: its words.
    CertificateRejected = "certificate-rejected", [TlsCertificateError], Upstream, "the backend's certificate was not accepted";
    /// Text: the name that was expected.
    CertificateNameMismatch = "certificate-name-mismatch", [TlsCertificateError], Upstream, "the backend's certificate is for another name";
    /// The peer closed the connection in the handshake.
    TlsClosed = "tls-closed", [ConnectionTerminated], Upstream, "the backend closed the connection during the TLS handshake";
    /// The gateway's timer ran out during the handshake.
    TlsHandshakeTimeout = "tls-handshake-timeout", [ConnectionTimeout], Upstream, "the TLS handshake with the backend was not done in time";
    /// TLS failed after the handshake. Text: the reason.
    TlsFailed = "tls-failed", [TlsProtocolError], Upstream, "the TLS connection to the backend failed after the handshake";

    /// End of connection within the body.
    ClosedInBody = "closed-in-body", [HttpResponseIncomplete], Upstream, "the backend closed the connection in the middle of the body";
    /// `ECONNRESET` within the body.
    ResetInBody = "reset-in-body", [HttpResponseIncomplete], Upstream, "the connection was reset in the middle of the body";
    /// The gateway's timer ran out within the body.
    BodyTimeout = "body-timeout", [ConnectionReadTimeout], Upstream, "the backend stopped sending in the middle of the body";
    /// Chunk framing is wrong.
    ChunkInvalid = "chunk-invalid", [HttpResponseTransferCoding], Upstream, "the backend's chunked body is malformed";
    /// More bytes than the length says, or after the last chunk.
    BodyTooLong = "body-too-long", [HttpProtocolError], Upstream, "the backend sent more than it announced";
    /// Trailer fields too large or malformed. Text: the line, where quoted.
    TrailerInvalid = "trailer-invalid", [HttpProtocolError], Upstream, "the backend's trailer fields are too large or malformed";
    /// An upgraded connection (WebSocket) was idle too long.
    UpgradedIdle = "upgraded-idle", [ConnectionReadTimeout], Upstream, "an upgraded connection was idle for longer than the gateway waits";
    /// Upgrade asked for where none is possible.
    UpgradeFailed = "upgrade-failed", [HttpUpgradeFailed], Gateway, "the connection could not be upgraded";
    /// A response or request was put on disk: not an error. Text: the file.
    BufferedToDisk = "buffered-to-disk", [], Gateway, "a large body was put into a temporary file";

    /// Any other text of the application. Text: it.
    FastCgiStderr = "fastcgi-stderr", [], Application, "the application wrote to its error stream";
    /// Text: the message. Number: the limit in bytes.
    PhpMemoryLimit = "php-memory-limit", [], Application, "a PHP script needed more than memory_limit";
    /// Text: the message. Number: seconds.
    PhpExecutionTime = "php-execution-time", [], Application, "a PHP script ran longer than max_execution_time";
    /// Text: the message.
    PhpUncaught = "php-uncaught", [], Application, "a PHP script ended with an uncaught exception";
    /// Text: the message.
    PhpFatal = "php-fatal", [], Application, "a PHP script ended with a fatal error";
    /// Usually answered with 404.
    ScriptUnknown = "script-unknown", [], Application, "PHP-FPM finds no script at the path it was given";
    /// Text: the script.
    ScriptUnreadable = "script-unreadable", [], Application, "PHP-FPM may not read the script";
    /// Text: the script.
    ScriptDenied = "script-denied", [], Application, "PHP-FPM does not run files with that extension";

    /// Number: the limit.
    WorkerConnectionsUsedUp = "worker-connections-used-up", [ConnectionLimitReached], Gateway, "a worker of the gateway has no connection left";
    /// Number: the limit. Idle connections are closed to go on.
    WorkerConnectionsLow = "worker-connections-low", [], Gateway, "a worker of the gateway is about to run out of connections";
    /// `EMFILE` in the gateway. Text: the call or file.
    OutOfFiles = "out-of-files", [ProxyInternalError], Gateway, "the gateway has no file descriptor left";
    /// `ENFILE`. Text: the call or file.
    SystemOutOfFiles = "system-out-of-files", [ProxyInternalError], Gateway, "the whole system has no file handle left";
    /// `EACCES` on a file. Text: the path.
    FileDenied = "file-denied", [ProxyInternalError], Gateway, "the gateway may not open a file it needs";
    /// `ENOENT` on a temporary or cache file. Text: the path.
    FileMissing = "file-missing", [ProxyInternalError], Gateway, "a file or folder that the gateway needs is not there";
    /// `ENOSPC` or `EDQUOT`. Text: the path.
    DiskFull = "disk-full", [ProxyInternalError], Gateway, "there is no space left where the gateway writes";
    /// `EROFS`. Text: the path.
    ReadOnlyFileSystem = "read-only-file-system", [ProxyInternalError], Gateway, "the gateway writes to a file system that is read-only";
    /// Any other error on a file; the error number tells which. Text: the path.
    FileFailed = "file-failed", [ProxyInternalError], Gateway, "an operation on a file failed in the gateway";
    /// A worker died by a signal. Number: the signal.
    WorkerCrashed = "worker-crashed", [ProxyInternalError], Gateway, "a worker process of the gateway was killed by a signal";
    /// A worker ended for good. Number: exit code.
    WorkerGone = "worker-gone", [ProxyInternalError], Gateway, "a worker process of the gateway ended and is not started again";
    /// `malloc()` or `fork()` failed in the gateway.
    GatewayOutOfMemory = "gateway-out-of-memory", [ProxyInternalError], Gateway, "the gateway got no memory from the system";
    /// A shared memory zone is full. Text: the zone.
    ZoneFull = "zone-full", [ProxyInternalError], Gateway, "a shared memory zone of the gateway is full";
    /// `limit_req`. Text: the zone.
    RateLimited = "rate-limited", [ProxyInternalResponse], Gateway, "the gateway's own rate limit refused the request";
    /// `limit_conn`. Text: the zone.
    ConnectionLimited = "connection-limited", [ProxyInternalResponse], Gateway, "the gateway's own connection limit refused the request";
    /// A limit that only warns, or only slows down. Text: the zone.
    LimitNoted = "limit-noted", [], Gateway, "a limit of the gateway delayed a request, or would have refused it";
    /// Number: the status of the sub-request.
    AuthRequestFailed = "auth-request-failed", [ProxyInternalError], Gateway, "the sub-request that decides about access answered with an error";
    /// Text: the URI.
    RewriteCycle = "rewrite-cycle", [ProxyConfigurationError], Gateway, "rewrite rules or error pages of the gateway send a request in a circle";
    /// Number: bytes.
    RequestBodyTooLarge = "request-body-too-large", [HttpRequestError], Client, "the visitor's upload is larger than the gateway allows";
    /// A pool, zone or address that the configuration names does not work. Text: it.
    GatewayMisconfigured = "gateway-misconfigured", [ProxyConfigurationError], Gateway, "the gateway's configuration names something that does not work";

    /// The visitor closed first: status 499.
    ClientClosed = "client-closed", [], Client, "the visitor, or a proxy in front, gave up first";
    /// The visitor was too slow.
    ClientTimeout = "client-timeout", [], Client, "the visitor did not read or send in time";
    /// A read, write or TLS error toward the visitor.
    ClientIoFailed = "client-io-failed", [], Client, "the connection to the visitor failed";
    /// A request that is not HTTP. Text: the rest of the message.
    ClientRequestInvalid = "client-request-invalid", [HttpRequestError], Client, "the visitor sent a request that is not proper HTTP";

    /// Start or reload failed: a name in the configuration. Text: the name.
    StartHostNotFound = "start-host-not-found", [], Gateway, "the gateway does not start: a backend's name cannot be looked up";
    /// Start failed: address taken. Text: the address.
    StartAddressInUse = "start-address-in-use", [], Gateway, "the gateway does not start: its address is already in use";
    /// Start failed: may not bind. Text: the address.
    StartBindDenied = "start-bind-denied", [], Gateway, "the gateway does not start: it may not listen on its address";
    /// Start failed: address not on this host. Text: the address.
    StartAddressAbsent = "start-address-absent", [], Gateway, "the gateway does not start: its address is not on this host";
    /// Start failed: certificate or key. Text: the file.
    StartCertificateUnusable = "start-certificate-unusable", [], Gateway, "the gateway does not start: a certificate or key cannot be loaded";
    /// Start or reload failed: a file or folder. Text: the path.
    StartFileUnusable = "start-file-unusable", [], Gateway, "the gateway does not start: a file or folder cannot be used";
    /// Start or reload failed: any other error in the configuration. Text: the message.
    StartConfigInvalid = "start-config-invalid", [], Gateway, "the gateway does not start: its configuration is not valid";
    /// A signal was to be sent to a gateway that does not run. Text: its pid file, or the
    /// call.
    GatewayNotRunning = "gateway-not-running", [], Gateway, "a reload or stop did not reach the gateway: no such process runs";
    /// A new configuration is being taken up.
    Reloading = "reloading", [], Gateway, "the gateway took up a new configuration";
    /// A signal to stop. Text: the signal's name.
    Stopping = "stopping", [], Gateway, "the gateway was told to stop";

    /// The backend's own error, passed on as it is. Number: its status.
    PassedOnError = "passed-on-error", [], Upstream, "the backend itself answered with an error, and the gateway passed it on";
    /// An access line with 502, 503 or 504 that does not say why. Number: the status.
    GatewayAnsweredError = "gateway-answered-error", [], Gateway, "a gateway answered with an error; this line does not say why";
    /// Every server is at its connection limit and the queue's time ran out.
    QueueTimeout = "queue-timeout", [ConnectionLimitReached], Upstream, "no server of the backend had a free slot in time";
    /// The gateway's own limit on connections. Text: the limit's name.
    GatewayConnectionLimit = "gateway-connection-limit", [ConnectionLimitReached], Gateway, "the gateway's own connection limit is reached";
    /// No memory, source port or descriptor was left for a connection to the backend.
    GatewayResourcesExhausted = "gateway-resources-exhausted", [ConnectionLimitReached], Gateway, "the gateway had no memory, port or descriptor left for a connection";
    /// Every worker of the gateway is busy. Text: the directive that limits them.
    GatewayWorkersUsedUp = "gateway-workers-used-up", [ConnectionLimitReached], Gateway, "every worker of the gateway is busy, so visitors wait";
    /// The gateway is about to run out of workers.
    GatewayWorkersLow = "gateway-workers-low", [], Gateway, "the gateway is about to run out of workers";
    /// Too large, malformed or refused by a rule: the line does not say which.
    ResponseInvalid = "response-invalid", [HttpProtocolError], Upstream, "the backend's response was malformed, too large, or refused by a rule";
    /// One header line does not fit. Text: its name.
    HeaderLineTooBig = "header-line-too-big", [HttpResponseHeaderSize], Upstream, "one line of the backend's response header is larger than the gateway accepts";
    /// The compressed body cannot be read.
    ContentCodingInvalid = "content-coding-invalid", [HttpResponseContentCoding], Upstream, "the backend's compressed body is damaged";
    /// A health check took a server out. Text: the check's words.
    ServerMarkedDown = "server-marked-down", [DestinationUnavailable], Upstream, "a health check took the server out of service";
    /// A health check failed; the server may still be in service. Text: why.
    HealthCheckFailed = "health-check-failed", [], Upstream, "a health check of the backend failed";
    /// Set to maintenance, drain or stopped by hand. Text: the server.
    ServerDisabledByAdmin = "server-disabled-by-admin", [DestinationUnavailable], Gateway, "somebody took the server out of service by hand";
    /// A server is used again.
    ServerUp = "server-up", [], Gateway, "a server is in service again";
    /// Nobody is registered behind the gateway. Text: the group.
    NoTargets = "no-targets", [DestinationUnavailable], Upstream, "no server is registered behind the gateway";
    /// A limit on parallel requests or connections (circuit breaker).
    CircuitOpen = "circuit-open", [ConnectionLimitReached], Gateway, "the gateway's circuit breaker refuses further requests to this backend";
    /// No rule of the gateway takes the request: usually 404.
    NoRoute = "no-route", [DestinationNotFound], Gateway, "no rule of the gateway takes this request";
    /// The gateway refuses by rule: usually 403.
    RequestDenied = "request-denied", [HttpRequestDenied], Gateway, "a rule of the gateway refuses this request";
    /// No module takes the scheme. Text: the scheme.
    HandlerMissing = "handler-missing", [ProxyConfigurationError], Gateway, "no loaded module of the gateway speaks the backend's protocol";
    /// `https` to the backend is not switched on.
    TlsNotEnabled = "tls-not-enabled", [ProxyConfigurationError], Gateway, "the gateway shall speak TLS to the backend, and that is not switched on";
    /// Settings of a backend are ignored because another one shares its connections.
    SettingsIgnored = "settings-ignored", [], Gateway, "the gateway ignores settings of a backend because it shares another one's connections";
    /// Number: the two bytes where AJP's signature must be.
    AjpSignature = "ajp-signature", [HttpProtocolError], Upstream, "the backend does not speak AJP";
    /// The gateway's cache has no room or workspace. Text: its words.
    GatewayWorkspaceExhausted = "gateway-workspace-exhausted", [ProxyInternalError], Gateway, "the gateway's cache or workspace has no room left";
    /// The gateway serves what it had answered before.
    ServedFromCache = "served-from-cache", [ProxyInternalResponse], Gateway, "the gateway served a stored answer";
    /// The request went in a circle.
    LoopDetected = "loop-detected", [ProxyLoopDetected], Gateway, "the request came back to the same gateway";
    /// An answer of the origin that the edge cannot use (520).
    OriginAnswerOdd = "origin-answer-odd", [HttpProtocolError], Upstream, "the origin's answer was empty, too large or not HTTP";
    /// A program at the edge failed (Cloudflare 1101, 1102).
    EdgeWorkerFailed = "edge-worker-failed", [ProxyInternalError], Gateway, "a program that runs at the edge failed";
    /// A number in the message is letters of another protocol. Number: it.
    ForeignProtocol = "foreign-protocol", [HttpProtocolError], Upstream, "a number in the message is letters of another protocol";
    /// A package registry answered with an error. Number: the status.
    RegistryError = "registry-error", [], Upstream, "a package registry answered with an error";
    /// A registry leaves out the one behind it, which has failed before. Text: its name
    /// or words.
    UplinkOffline = "uplink-offline", [], Upstream, "a package registry leaves out the registry behind it, which has failed before";

    /// The supervisor ends a worker that took too long. Number: seconds, where told.
    BackendWorkerTimeout = "backend-worker-timeout", [ConnectionTerminated], Backend, "a request took longer than the backend's supervisor allows, so the worker was killed";
    /// A worker was killed. Number: the signal.
    BackendWorkerKilled = "backend-worker-killed", [ConnectionTerminated], Backend, "a worker of the backend was killed by a signal";
    /// A worker crashed by a signal of its own making. Number: the signal.
    BackendWorkerCrashed = "backend-worker-crashed", [ConnectionTerminated], Backend, "a worker of the backend crashed";
    /// A worker ended with an exit code other than 0. Number: the code.
    BackendWorkerExited = "backend-worker-exited", [ConnectionTerminated], Backend, "a worker of the backend ended with an error code";
    /// A worker ended as it should, after so many requests or when idle.
    BackendWorkerRecycled = "backend-worker-recycled", [], Backend, "a worker of the backend was replaced, as configured";
    /// The runtime's own heap limit.
    BackendHeapExhausted = "backend-heap-exhausted", [ConnectionTerminated], Backend, "the backend's runtime reached its own heap limit";
    /// It cannot start. Text: why.
    BackendStartFailed = "backend-start-failed", [ConnectionRefused], Backend, "the backend cannot start";
    /// It cannot listen: the address is taken. Text: the address.
    BackendAddressInUse = "backend-address-in-use", [], Backend, "the backend cannot listen: its address is already in use";
    /// It cannot listen: it may not, or the address is not there. Text: the address.
    BackendCannotListen = "backend-cannot-listen", [ConnectionRefused], Backend, "the backend cannot listen on its address";
    /// It begins. A stream of these is a crash loop.
    BackendStarting = "backend-starting", [], Backend, "the backend, or a worker of it, starts";
    /// It was told to stop.
    BackendStopping = "backend-stopping", [], Backend, "the backend is stopping";
    /// It takes in a new configuration.
    BackendReloading = "backend-reloading", [], Backend, "the backend is reloading";
    /// It fails again and again.
    BackendRestartLoop = "backend-restart-loop", [ConnectionRefused], Backend, "the backend fails again and again after it is started";
    /// No further worker may be started. Number: the limit.
    BackendWorkersBusy = "backend-workers-busy", [ConnectionLimitReached], Backend, "every worker of the backend is busy and no more may be started";
    /// The pool grows.
    BackendBusy = "backend-busy", [], Backend, "the backend starts more workers because most are busy";
    /// A request takes long. Text: what runs.
    BackendSlowRequest = "backend-slow-request", [], Backend, "a request takes long in the backend";
    /// The accept queue is full. Number: its length.
    BackendQueueFull = "backend-queue-full", [ConnectionLimitReached], Backend, "the backend's queue of waiting connections is full";
    /// No file descriptor left.
    BackendOutOfFiles = "backend-out-of-files", [], Backend, "the backend has no file descriptor left";
    /// This client may not connect. Text: its address.
    BackendRefusedClient = "backend-refused-client", [ConnectionTerminated], Backend, "the backend closes connections from an address that it does not allow";
    /// The request's own headers are too large, or not its protocol. Number: the size.
    BackendRequestTooBig = "backend-request-too-big", [ConnectionTerminated], Backend, "the backend refused the request: larger than its buffer, or another protocol";
    /// The request's body. The application may answer with 413, or close the connection.
    BackendBodyTooBig = "backend-body-too-big", [HttpRequestError], Backend, "the backend refused the request: its body is larger than the backend takes";
    /// The request is not what the backend understands. Text: why.
    BackendRequestInvalid = "backend-request-invalid", [HttpRequestError], Backend, "the backend could not read the request";
    /// One request ended in an error of the application: usually 500.
    BackendRequestFailed = "backend-request-failed", [], Backend, "a request ended in an error of the application";
    /// An error that nobody caught ended the process. Text: it.
    BackendUncaught = "backend-uncaught", [ConnectionTerminated], Backend, "an error that nobody caught ended the backend";
    /// The application is not loaded or says that it is not available: its own 503 or 404.
    BackendUnavailable = "backend-unavailable", [], Backend, "the application is not available and says so itself";
    /// The other side went away before the backend had answered.
    BackendClientGone = "backend-client-gone", [], Backend, "the gateway or visitor had gone before the backend answered";
    /// A file or socket may not be opened. Text: the line's words.
    BackendPermissionDenied = "backend-permission-denied", [], Backend, "the backend may not open something it needs";
    /// A server that the application needs refused the connection.
    DependencyRefused = "dependency-refused", [], Backend, "a server that the application needs refused its connection";
    /// A server that the application needs did not answer in time.
    DependencyTimeout = "dependency-timeout", [], Backend, "a server that the application needs did not answer in time";
    /// The name of a server that the application needs is not known. Text: it.
    DependencyNameUnknown = "dependency-name-unknown", [], Backend, "the name of a server that the application needs cannot be looked up";
    /// The database cannot be reached.
    DatabaseUnreachable = "database-unreachable", [], Backend, "the application cannot reach its database";
    /// The database takes no more connections.
    DatabaseConnectionsUsedUp = "database-connections-used-up", [], Backend, "the database takes no more connections";
    /// The site is in maintenance by its own switch.
    MaintenanceMode = "maintenance-mode", [], Backend, "the site says that it is in maintenance";

    /// A unit's main process ended with an exit code. Number: the code. Text: the unit.
    UnitExited = "unit-exited", [ConnectionTerminated], Backend, "the service's main process ended with an error code";
    /// A unit's main process was killed. Number: the signal. Text: the unit.
    UnitKilled = "unit-killed", [ConnectionTerminated], Backend, "the service's main process was killed by a signal";
    /// A unit's process was killed for its memory. Text: the unit.
    UnitOomKilled = "unit-oom-killed", [ConnectionTerminated], Backend, "a process of the service was killed because memory ran out";
    /// A unit is down because something went wrong. Text: the unit.
    UnitFailed = "unit-failed", [ConnectionRefused], Backend, "the service is down because something went wrong";
    /// A unit could not be started. Text: the unit.
    UnitStartFailed = "unit-start-failed", [ConnectionRefused], Backend, "the service could not be started";
    /// A unit took too long to start, stop or answer its watchdog. Text: the unit.
    UnitTimeout = "unit-timeout", [ConnectionTerminated], Backend, "the service took too long, and systemd ended it";
    /// A unit will be started again. Number: how often that has happened.
    UnitRestarting = "unit-restarting", [ConnectionRefused], Backend, "systemd starts the service again";
    /// A unit was started too often and stays down. Text: the unit.
    UnitGaveUp = "unit-gave-up", [ConnectionRefused], Backend, "the service was started too often, so systemd leaves it down";
    /// A unit was stopped on request. Text: the unit.
    UnitStopped = "unit-stopped", [ConnectionRefused], Backend, "the service was stopped";
    /// A unit starts or has started. Text: the unit.
    UnitStarted = "unit-started", [], Backend, "the service starts";
    /// A unit reloads. Text: the unit.
    UnitReloaded = "unit-reloaded", [], Backend, "the service took in a new configuration";
    /// A process of a stopped unit still runs. Text: the unit.
    UnitLeftOver = "unit-left-over", [], Backend, "a process of the stopped service still runs, and may hold its address";

    /// A process was killed for want of memory. Number: its pid. Text: its name.
    OomKilled = "oom-killed", [ConnectionTerminated], Machine, "the kernel killed a process because memory ran out";
    /// Memory ran out; this line names who asked, not who was killed. Text: who asked.
    OomInvoked = "oom-invoked", [], Machine, "memory ran out; another line names the process that was killed";
    /// A process crashed. Number: its pid. Text: its name.
    ProcessCrashed = "process-crashed", [ConnectionTerminated], Machine, "a process crashed";
    /// A listener's queue overflows. Number: the port.
    SynFlooding = "syn-flooding", [ConnectionTimeout], Machine, "more connections arrive at a port than its queue holds";
    /// The table of tracked connections is full.
    ConntrackFull = "conntrack-full", [ConnectionTimeout], Machine, "the kernel's table of tracked connections is full, so packets are dropped";
    /// A process waits for storage. Number: its pid. Text: its name.
    HungTask = "hung-task", [HttpResponseTimeout], Machine, "a process hangs in the kernel, most often because storage does not answer";
    /// A file system or device fails. Text: the device.
    StorageError = "storage-error", [ProxyInternalError], Machine, "a file system or device fails";
    /// TCP has no memory, or too many sockets without a process.
    TcpMemory = "tcp-memory", [ConnectionTerminated], Machine, "the kernel has no memory left for TCP";
    /// The table of neighbours is full.
    NeighbourTableFull = "neighbour-table-full", [DestinationIpUnroutable], Machine, "the kernel's table of neighbours is full";
    /// A control group may have no further process. Text: the group.
    ForkRefused = "fork-refused", [], Machine, "a service may start no further process";
    /// SELinux or AppArmor refused something. Text: to whom. Number: the port, where told.
    PolicyDenied = "policy-denied", [ProxyConfigurationError], Machine, "a security policy refused an operation";
}

impl Symptom {
    /// The permanent id, such as `connect-refused`.
    pub fn id(self) -> &'static str {
        self.row().map_or("", |row| row.id)
    }

    /// The error type of RFC 9209; none for what is no error by itself.
    pub fn error_type(self) -> Option<ErrorType> {
        self.row()?.kind.first().copied()
    }

    /// What was seen, in plain words, as the end of a sentence.
    pub fn says(self) -> &'static str {
        self.row().map_or("", |row| row.says)
    }

    /// Whose conversation it is about.
    pub fn about(self) -> About {
        self.row().map_or(About::Gateway, |row| row.about)
    }

    /// Whether it was seen between the gateway and the hop behind it.
    pub fn is_about_upstream(self) -> bool {
        self.about() == About::Upstream
    }

    /// The symptom of that id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::all().find(|symptom| symptom.id() == id)
    }

    /// Every symptom there is.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.symptom)
    }

    fn row(self) -> Option<&'static Row> {
        // The table is made in the order of the variants.
        TABLE.get(self as usize)
    }
}

impl fmt::Display for Symptom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    #[test]
    fn the_table_stands_in_the_order_of_the_variants_and_ids_are_unique() {
        let mut ids = BTreeSet::new();
        for (at, row) in TABLE.iter().enumerate() {
            assert_eq!(row.symptom as usize, at, "{}", row.id);
            assert!(ids.insert(row.id), "{} twice", row.id);
            assert!(
                row.id
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
                "{}",
                row.id
            );
            assert!(!row.says.ends_with('.'), "{}", row.id);
            assert_eq!(Symptom::from_id(row.id), Some(row.symptom));
        }
    }

    #[test]
    fn what_is_about_the_visitor_is_not_about_the_upstream() {
        assert!(Symptom::ConnectRefused.is_about_upstream());
        assert!(!Symptom::ClientIoFailed.is_about_upstream());
        assert!(!Symptom::FastCgiStderr.is_about_upstream());
        assert_eq!(
            Symptom::ConnectRefused.error_type(),
            Some(ErrorType::ConnectionRefused)
        );
        assert_eq!(Symptom::UpstreamDisabled.error_type(), None);
    }
}
