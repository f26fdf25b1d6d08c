//! The gateway itself: limits, files, configuration, its own answers; the visitor.
use super::super::lead::{
    Guess, Lead, certain, is_signal_9, lead, likely, no_failure, possible, text_has,
};
use gatewhy_facts::log_line::{Record, Server};
use gatewhy_facts::scan;
use gatewhy_facts::symptom::Symptom;

/// Where gateways keep bodies and cached responses.
fn is_temp(record: &Record<'_>) -> bool {
    [
        "temp",
        "tmp",
        "cache",
        "/proxy/",
        "/fastcgi/",
        "/uwsgi/",
        "body",
    ]
    .iter()
    .any(|word| text_has(record, word))
}

fn is_not_temp(record: &Record<'_>) -> bool {
    !is_temp(record)
}

fn is_unknown_directive(record: &Record<'_>) -> bool {
    ["unknown directive", "Invalid command", "dlopen("]
        .iter()
        .any(|words| text_has(record, words))
}

/// A port that Linux lets every user listen on.
fn is_free_port(record: &Record<'_>) -> bool {
    let text = record
        .text
        .and_then(|text| text.rsplit(|b| *b == b':').next());
    let port = text.filter(|port| !port.is_empty());
    let port = port.and_then(scan::whole_number::<u16>);
    port.is_some_and(|port| port >= 1024)
}

fn is_child_of_httpd(record: &Record<'_>) -> bool {
    record.server == Server::Apache
}

fn is_status(record: &Record<'_>, status: u16) -> bool {
    record.status == Some(status)
}

fn is_502(record: &Record<'_>) -> bool {
    is_status(record, 502)
}

fn is_503(record: &Record<'_>) -> bool {
    is_status(record, 503)
}

fn is_504(record: &Record<'_>) -> bool {
    is_status(record, 504)
}

fn is_varnish(record: &Record<'_>) -> bool {
    record.server == Server::Varnish
}

fn is_haproxy(record: &Record<'_>) -> bool {
    record.server == Server::Haproxy
}

/// A check that found nobody listening, in HAProxy's words.
fn could_not_connect(record: &Record<'_>) -> bool {
    [
        "Layer4 connection problem",
        "refused",
        "L4 unsuccessful connection",
    ]
    .iter()
    .any(|words| text_has(record, words))
}

pub(super) static LEADS: &[Lead] = &[
    lead(
        &[Symptom::PassedOnError],
        &[
            likely("backend-answered-error", "the backend sent the error itself: look in the application and what it needs"),
            possible("database-down", "an application often says so when what it needs is down"),
        ],
    ),
    lead(
        &[Symptom::GatewayAnsweredError],
        &[
            likely("backend-stopped", "the commonest reason for a 502"),
            possible("backend-crashed", "a backend that dies during a request gives 502"),
            possible("wrong-port", "a wrong port or address gives 502"),
            possible("wrong-socket-path", "a wrong socket gives 502"),
            possible("response-header-too-big", "a header that is too large gives 502"),
            possible("protocol-mismatch", "another protocol gives 502"),
            possible("backend-worker-timeout", "a supervisor that ends a slow worker gives 502"),
            possible("backend-answered-error", "the error may be the backend's own"),
        ],
    )
    .when(is_502),
    lead(
        &[Symptom::GatewayAnsweredError],
        &[
            likely("backend-slow", "the commonest reason for a 504"),
            possible("worker-pool-exhausted", "a request that waits for a worker gives 504"),
            possible("backend-hung", "a backend that never answers gives 504"),
            possible("connect-timeout", "a host that does not answer gives 504"),
            possible("firewall-blocked", "a rule that drops gives 504"),
            possible("backend-answered-error", "the error may be the backend's own"),
        ],
    )
    .when(is_504),
    lead(
        &[Symptom::GatewayAnsweredError],
        &[
            possible("no-live-upstream", "no server may be left"),
            possible("backend-stopped", "HAProxy, Apache, Envoy and Varnish answer 503 where nginx answers 502"),
            possible("proxy-rate-limited", "a limit of the gateway answers 503"),
            possible("proxy-answered-error", "a maintenance rule answers 503"),
            possible("backend-answered-error", "the error may be the backend's own"),
            possible("worker-pool-exhausted", "a full backend may refuse with 503"),
        ],
    )
    .when(is_503),
    lead(
        &[Symptom::QueueTimeout],
        &[
            likely("worker-pool-exhausted", "every server is at its maxconn and none became free in time"),
            likely("proxy-rate-limited", "the queue's own time limit answered"),
            possible("proxy-out-of-connections", "the gateway's own limit for the server may be too low"),
            possible("backend-slow", "slow requests keep the slots"),
        ],
    ),
    lead(
        &[Symptom::GatewayConnectionLimit, Symptom::GatewayWorkersUsedUp],
        &[
            certain("proxy-out-of-connections", "the gateway says so: its limit is reached"),
            possible("backend-slow", "a slow backend makes connections pile up"),
            possible("worker-pool-exhausted", "so does one whose workers are all busy"),
        ],
    ),
    no_failure(
        &[Symptom::GatewayWorkersLow, Symptom::WorkerConnectionsLow],
        "an early warning: the gateway is close to its limit and still serves",
    )
    .of(&[possible("proxy-out-of-connections", "the limit is near")]),
    lead(
        &[Symptom::GatewayResourcesExhausted],
        &[
            likely("ephemeral-ports-exhausted", "source ports run out first"),
            possible("proxy-out-of-files", "or file descriptors"),
            possible("memory-exhausted", "or memory"),
        ],
    ),
    lead(
        &[Symptom::ServerMarkedDown],
        &[
            likely("backend-stopped", "the check could not connect: {text}")
                .when(could_not_connect),
            likely("connect-timeout", "the check's connection was not answered")
                .when(|record| text_has(record, "Layer4 timeout")),
            likely("backend-slow", "the check connected and got no answer in time")
                .when(|record| text_has(record, "Layer7 timeout") || text_has(record, "Layer6 timeout")),
            likely("health-check-failing", "the server answers, but not what the check expects: {text}")
                .when(|record| text_has(record, "Layer7 wron") || text_has(record, "Layer7 invalid") || text_has(record, "status code")),
            likely("protocol-mismatch", "the check speaks TLS and the server does not, or the other way round")
                .when(|record| text_has(record, "Layer6 invalid response")),
            likely("tls-handshake-failed", "the check's TLS handshake failed: {text}")
                .when(|record| text_has(record, "SSL handshake failure")),
            possible("tls-sni-missing", "a check sends no server name of its own accord (check-sni)")
                .when(|record| text_has(record, "SSL handshake failure")),
            possible("tls-certificate-untrusted", "\"verify required\" refuses a certificate so")
                .when(|record| text_has(record, "Layer6 invalid response")),
            possible("tls-certificate-expired", "as it does one that is expired")
                .when(|record| text_has(record, "Layer6 invalid response")),
            possible("tls-name-mismatch", "as it does one for another name (verifyhost)")
                .when(|record| text_has(record, "Layer6 invalid response")),
            possible("health-check-failing", "the check itself may be wrong: its path, host, port or expectation"),
            possible("backend-stopped", "the server may be down"),
            possible("backend-crashed", "the server may have crashed"),
            possible("backend-slow", "the server may be too slow for the check"),
            possible("backend-hung", "the server may accept and never answer"),
            possible("backend-restarting", "the server may be restarting"),
        ],
    ),
    no_failure(
        &[Symptom::HealthCheckFailed],
        "a failed check: requests fail only when no other server is left",
    )
    .of(&[
        likely("backend-stopped", "the check could not connect: {text}").when(could_not_connect),
        likely("connect-timeout", "the check's connection was not answered")
            .when(|record| text_has(record, "Layer4 timeout")),
        likely("backend-slow", "the check connected and got no answer in time")
            .when(|record| text_has(record, "Layer7 timeout") || text_has(record, "Layer6 timeout")),
        likely("protocol-mismatch", "the check speaks TLS and the server does not, or the other way round")
            .when(|record| text_has(record, "Layer6 invalid response")),
        likely("tls-handshake-failed", "the check's TLS handshake failed: {text}")
            .when(|record| text_has(record, "SSL handshake failure")),
        possible("tls-sni-missing", "a check sends no server name of its own accord (check-sni)")
            .when(|record| text_has(record, "SSL handshake failure")),
        possible("tls-certificate-untrusted", "\"verify required\" refuses a certificate so")
            .when(|record| text_has(record, "Layer6 invalid response")),
        possible("tls-certificate-expired", "as it does one that is expired")
            .when(|record| text_has(record, "Layer6 invalid response")),
        likely("health-check-failing", "the server answers, but not what the check expects: {text}")
            .when(|record| text_has(record, "Layer7 wron") || text_has(record, "Layer7 invalid")),
        possible("health-check-failing", "the check's path, host, port or expectation may be wrong"),
        possible("backend-stopped", "the server may be down"),
        possible("backend-slow", "the server may be too slow for the check"),
        possible("backend-hung", "the server may accept and never answer"),
    ]),
    lead(
        &[Symptom::ServerDisabledByAdmin],
        &[certain("upstream-disabled-by-admin", "the line says so: somebody set it")],
    ),
    no_failure(&[Symptom::ServerUp], "good news: the server is in service again"),
    lead(
        &[Symptom::NoTargets],
        &[
            likely("no-live-upstream", "no server is registered or selected: a group, service or label that matches nothing"),
            possible("backend-stopped", "the servers may be stopped"),
            possible("health-check-failing", "the servers may be registered and not ready"),
            possible("backend-crash-looping", "the servers may never become ready"),
            possible("upstream-disabled-by-admin", "somebody may have taken them out"),
        ],
    ),
    lead(
        &[Symptom::CircuitOpen],
        &[
            likely("proxy-rate-limited", "the gateway's own limit on parallel requests answered"),
            possible("backend-slow", "a slow backend makes requests pile up"),
            possible("worker-pool-exhausted", "so does one whose workers are all busy"),
        ],
    ),
    no_failure(&[Symptom::NoRoute], "no rule takes this request: a 404, or a missing route"),
    no_failure(&[Symptom::RequestDenied], "the gateway refused the request by rule"),
    lead(
        &[Symptom::HandlerMissing],
        &[certain("proxy-module-missing", "the line says so: no loaded module takes the scheme {text}")],
    ),
    lead(
        &[Symptom::TlsNotEnabled],
        &[
            certain("proxy-config-invalid", "the line says so: SSLProxyEngine is not on for an https:// target"),
            possible("proxy-module-missing", "mod_ssl may not be loaded"),
        ],
    ),
    no_failure(
        &[Symptom::SettingsIgnored],
        "a note at start: two targets share one worker and its settings; with unix sockets also its socket",
    )
    .of(&[possible("wrong-socket-path", "two unix targets with the same URL behind the | share the first one's socket")]),
    lead(
        &[Symptom::GatewayWorkspaceExhausted],
        &[
            likely("memory-exhausted", "the gateway's own storage or workspace is too small"),
            possible("response-header-too-big", "large headers fill the workspace"),
        ],
    ),
    lead(
        &[Symptom::LoopDetected],
        &[certain("proxy-loop", "the line says so: the request came back to the same gateway")],
    ),
    lead(
        &[Symptom::ServedFromCache],
        &[likely("error-page-cached", "a stored answer was served")],
    ),
    lead(
        &[Symptom::WorkerConnectionsUsedUp],
        &[
            certain("proxy-out-of-connections", "the line says so: all {number} are in use"),
            possible("backend-slow", "a slow backend makes connections pile up"),
            possible("proxy-loop", "a loop uses up connections within a second"),
        ],
    ),
    lead(
        &[Symptom::OutOfFiles, Symptom::SystemOutOfFiles],
        &[certain("proxy-out-of-files", "the line says so: no file descriptor is left")],
    ),
    lead(
        &[Symptom::FileDenied],
        &[
            likely("proxy-temp-unwritable", "the worker user may not write {text}").when(is_temp),
            possible("proxy-temp-unwritable", "{text} may be a temporary or cache file").when(is_not_temp),
            possible("security-policy-denied", "SELinux and AppArmor give the same error"),
        ],
    ),
    lead(
        &[Symptom::FileMissing, Symptom::ReadOnlyFileSystem, Symptom::FileFailed],
        &[
            likely("proxy-temp-unwritable", "the gateway cannot use {text}"),
            possible("disk-full", "a damaged or full file system becomes read-only"),
        ],
    ),
    lead(
        &[Symptom::DiskFull],
        &[
            certain("disk-full", "the line says so: no space (or no inode, or quota) is left for {text}"),
            likely("proxy-temp-unwritable", "as a consequence the gateway cannot write its files"),
        ],
    ),
    lead(
        &[Symptom::WorkerCrashed],
        &[
            likely("memory-exhausted", "signal 9 is most often the out-of-memory killer").when(is_signal_9),
            likely("proxy-crashed", "a worker was killed by signal 9").when(is_signal_9),
            likely("proxy-crashed", "a child of httpd died by signal {number}, most often a worker").when(is_child_of_httpd),
            possible("backend-crashed", "the daemon processes of mod_wsgi, mod_fcgid and mod_cgid are children of httpd as well").when(is_child_of_httpd),
            certain("proxy-crashed", "the line says so: a worker died by signal {number}"),
            possible("proxy-down", "until a new one is started"),
        ],
    ),
    lead(
        &[Symptom::WorkerGone],
        &[certain("proxy-crashed", "the line says so"), possible("proxy-down", "no worker may be left")],
    ),
    lead(
        &[Symptom::GatewayOutOfMemory],
        &[likely("memory-exhausted", "the system gave no memory"), possible("proxy-crashed", "the gateway may not survive it")],
    ),
    lead(
        &[Symptom::ZoneFull],
        &[
            likely("proxy-rate-limited", "a full zone of limit_req or limit_conn refuses requests"),
            possible("proxy-config-invalid", "the zone is configured too small"),
        ],
    ),
    lead(
        &[Symptom::RateLimited, Symptom::ConnectionLimited],
        &[certain("proxy-rate-limited", "the line says so: zone {text}")],
    ),
    no_failure(&[Symptom::LimitNoted], "a limit that only delays, or only would have refused (dry run)"),
    lead(
        &[Symptom::AuthRequestFailed],
        &[
            likely("backend-answered-error", "the server that decides about access answered {number}"),
            possible("backend-stopped", "the server that decides about access may be down"),
            possible("backend-slow", "or too slow"),
        ],
    ),
    no_failure(
        &[Symptom::RewriteCycle],
        "rules that send a request round in the gateway itself: a 500",
    )
    .of(&[possible("proxy-loop", "the rules send the request in a circle")]),
    no_failure(&[Symptom::RequestBodyTooLarge], "a limit on uploads: status 413").of(&[
        certain("request-body-too-large", "the line says so: the upload is larger than the limit"),
        possible("proxy-config-not-loaded", "if a larger limit is on disk, it is not loaded yet"),
    ]),
    lead(
        &[Symptom::GatewayMisconfigured],
        &[likely("proxy-config-invalid", "the configuration names something that does not work: {text}")],
    ),
    lead(
        &[Symptom::StartHostNotFound],
        &[
            certain("proxy-config-invalid", "the line says so: the configuration does not load"),
            likely("dns-name-not-found", "{text} has no address, at least not at that moment"),
            possible("dns-resolver-failed", "at boot names are often asked before DNS is up"),
            possible("proxy-down", "at a start (not a reload) the gateway is down"),
        ],
    ),
    lead(
        &[Symptom::StartAddressInUse],
        &[
            likely("proxy-down", "it does not start: another process, often a second web server, holds {text}"),
            possible("proxy-config-invalid", "two servers of the configuration may claim the same address"),
        ],
    ),
    lead(
        &[Symptom::StartBindDenied],
        &[
            likely("security-policy-denied", "ports from 1024 on need no right: a security policy such as SELinux refuses it").when(is_free_port),
            likely("proxy-down", "it does not start: it may not listen on {text} (below 1024 needs a right)"),
            possible("security-policy-denied", "a security policy may refuse the port"),
            possible("proxy-config-invalid", "the address may be the wrong one"),
        ],
    ),
    lead(
        &[Symptom::StartAddressAbsent],
        &[
            likely("proxy-down", "it does not start: {text} is not an address of this host"),
            likely("proxy-config-invalid", "the configuration names an address that is not there"),
        ],
    ),
    lead(
        &[Symptom::StartFileUnusable],
        &[
            certain("disk-full", "the line says so").when(|record| record.errno == Some(28)),
            certain("proxy-temp-unwritable", "the line says so: it cannot make or use {text}").when(is_temp),
            certain("proxy-config-invalid", "the line says so: it does not start with this configuration"),
            possible("proxy-temp-unwritable", "{text} may be missing or not allowed").when(is_not_temp),
            possible("proxy-down", "at a start (not a reload) the gateway is down"),
            possible("security-policy-denied", "SELinux and AppArmor give the same error").when(|record| record.errno == Some(13)),
        ],
    ),
    lead(
        &[Symptom::StartConfigInvalid, Symptom::StartCertificateUnusable],
        &[
            likely("proxy-module-missing", "a directive of a module that is not loaded, or misspelt").when(is_unknown_directive),
            certain("proxy-config-invalid", "the line says so: the configuration does not load"),
            possible("proxy-down", "at a start (not a reload) the gateway is down"),
        ],
    ),
    lead(
        &[Symptom::GatewayNotRunning],
        &[
            likely("proxy-down", "no process has the number that its pid file should hold"),
            likely("proxy-config-not-loaded", "if workers still serve, they have the configuration of their start: this reload did not reach them"),
            possible("proxy-crashed", "a master that died leaves its pid file, or its workers, behind"),
            possible("proxy-config-invalid", "it may have failed to start"),
        ],
    ),
    no_failure(&[Symptom::Reloading], "a marker: the gateway took up a new configuration"),
    no_failure(&[Symptom::Stopping], "a marker: the gateway was told to stop")
        .of(&[possible("proxy-down", "from here on it does not run, unless it is started again")]),
    no_failure(
        &[Symptom::ClientClosed],
        "the visitor, or a proxy in front, gave up first; many of these at the same duration mean that the backend is slower than somebody in front waits",
    ),
    no_failure(&[Symptom::ClientTimeout], "a slow visitor"),
    no_failure(&[Symptom::ClientIoFailed], "the connection to the visitor failed; the backend is not involved"),
    no_failure(
        &[Symptom::ClientRequestInvalid],
        "who connected did not begin with the PROXY protocol that this listener demands; it is hung up on",
    )
    .of(&[likely("protocol-mismatch", "if a proxy in front connects here, it does not send the PROXY protocol")])
    .when(|record| record.message.starts_with(b"broken header: ")),
    no_failure(&[Symptom::ClientRequestInvalid], "the visitor's request is not proper HTTP: a 400"),
];

/// Gateways that answer 503 for everything.
static ANY_REASON: &[Guess] = &[
    likely(
        "backend-stopped",
        "the fetch failed: most often nobody listens",
    ),
    possible("no-live-upstream", "every backend may be sick"),
    possible(
        "backend-slow",
        "this gateway answers 503 also when a backend is too slow",
    ),
    possible("backend-crashed", "or breaks off"),
    possible(
        "response-header-too-big",
        "or answers with a header that is too large",
    ),
    possible("wrong-port", "or listens elsewhere"),
    possible("backend-answered-error", "or answers with an error itself"),
    possible("keepalive-race", "or closes idle connections too soon"),
    possible(
        "proxy-answered-error",
        "or the gateway's own rules answer so",
    ),
];

/// `HAProxy` says little about a failed connect, Varnish about any failure.
pub(super) static SPECIAL: &[Lead] = &[
    lead(&[Symptom::GatewayAnsweredError], ANY_REASON).when(is_varnish),
    lead(
        &[Symptom::NoLiveUpstreams],
        &[
            likely(
                "no-live-upstream",
                "no server of the backend is left (<NOSRV>)",
            ),
            possible(
                "health-check-failing",
                "health checks may take out servers that would answer",
            ),
            possible("backend-stopped", "the servers may be stopped"),
            possible(
                "backend-restarting",
                "a restart takes as long as the checks need to see it",
            ),
            possible(
                "backend-slow",
                "checks also fail when they are not answered in time",
            ),
            possible("backend-crashed", "the servers may have crashed"),
            possible("connect-timeout", "the servers may not be reached"),
            possible(
                "upstream-disabled-by-admin",
                "servers may be in maintenance",
            ),
            possible(
                "proxy-answered-error",
                "no use_backend may fit the request, and there is no default_backend",
            ),
        ],
    )
    .when(is_haproxy),
    lead(
        &[Symptom::ConnectFailed],
        &[
            likely(
                "backend-stopped",
                "refused, missing socket and \"no server left\" are all logged as SC",
            ),
            possible(
                "no-live-upstream",
                "no server of the backend may be left (<NOSRV>)",
            ),
            possible("wrong-port", "the backend may listen on another port"),
            possible(
                "protocol-mismatch",
                "a failed TLS handshake is logged as SC, too",
            ),
            possible(
                "tls-handshake-failed",
                "a failed TLS handshake is logged as SC, too",
            ),
            possible(
                "tls-certificate-untrusted",
                "as is a certificate that \"verify required\" refuses",
            ),
            possible(
                "wrong-bind-address",
                "the backend may listen on another address only",
            ),
            possible("firewall-blocked", "a firewall that rejects looks the same"),
            possible(
                "backend-restarting",
                "during a restart nobody listens for a moment",
            ),
            possible("backend-crashed", "a crashed backend listens no more"),
        ],
    )
    .when(is_haproxy),
];
