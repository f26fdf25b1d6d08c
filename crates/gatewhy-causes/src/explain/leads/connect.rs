//! Making a connection to the backend, and names.
use super::super::lead::{
    Lead, is_elsewhere, is_in_container, is_loopback, is_not_edge, is_not_unix, is_placeholder,
    is_unix, is_v6, lead, likely, no_failure, possible,
};
use gatewhy_facts::log_line::{Record, Server};
use gatewhy_facts::symptom::Symptom;

fn is_v6_loopback(record: &Record<'_>) -> bool {
    is_v6(record) && is_loopback(record)
}

fn is_loopback_in_container(record: &Record<'_>) -> bool {
    is_loopback(record) && is_in_container(record)
}

/// Where controllers of nginx send what has no endpoints (`newDefaultServer`,
/// `NewUpstreamWithDefaultServer`).
fn is_ingress_default(record: &Record<'_>) -> bool {
    record.server == Server::Nginx && record.port() == Some(8181) && is_loopback(record)
}

fn is_tmp(record: &Record<'_>) -> bool {
    let path = record.socket_path().unwrap_or_default();
    path.starts_with(b"/tmp/") || path.starts_with(b"/var/tmp/")
}

/// Apache's module for FastCGI names its server and not the address.
fn is_of_own_socket(record: &Record<'_>) -> bool {
    record.peer.is_none() && record.message.starts_with(b"FastCGI: ")
}

/// Envoy has one flag for every connection that was not made.
fn is_of_envoy(record: &Record<'_>) -> bool {
    record.server == Server::Envoy && record.errno.is_none()
}

fn is_operation_not_permitted(record: &Record<'_>) -> bool {
    record.errno == Some(1)
}

/// An address of Docker's own networks (its default pools), dialled from a container.
fn is_in_docker_network(record: &Record<'_>) -> bool {
    let docker = match record.peer {
        Some(gatewhy_facts::nginx::error_log::Peer::Inet(address)) => match address.ip() {
            core::net::IpAddr::V4(ip) => matches!(ip.octets(), [172, 16..=31, ..]),
            core::net::IpAddr::V6(_) => false,
        },
        _ => false,
    };
    docker && is_in_container(record)
}

/// A name in place of an address: looked up again and again, or a group.
fn is_numeric_elsewhere(record: &Record<'_>) -> bool {
    is_elsewhere(record)
        && matches!(
            record.peer,
            Some(gatewhy_facts::nginx::error_log::Peer::Inet(_))
        )
}

pub(super) static LEADS: &[Lead] = &[
    lead(
        &[Symptom::ConnectRefused, Symptom::SocketMissing, Symptom::PassedOnError],
        &[likely(
            "no-live-upstream",
            "{peer} is a placeholder that stands for \"no endpoint\"",
        )],
    )
    .when(is_placeholder),
    lead(
        &[Symptom::ConnectRefused],
        &[
            likely(
                "backend-stopped",
                "the socket file {path} is there and nobody listens on it: its process has ended",
            ),
            possible("backend-crashed", "a process that died leaves its socket file behind"),
            possible("backend-oom-killed", "a process that the kernel killed leaves its socket file behind"),
            possible("backend-start-failed", "a backend that cannot start leaves an old socket file as it was"),
            possible("backend-crash-looping", "between two crashes nobody listens"),
            possible("wrong-socket-path", "the file may be an old one, and the backend listens on another path or on a port"),
            possible("wrong-port", "the backend may have been moved from the socket to a TCP port"),
            possible("backend-restarting", "during a restart nobody listens for a moment"),
        ],
    )
    .when(is_unix),
    lead(
        &[Symptom::ConnectRefused],
        &[
            likely("wrong-bind-address", "only IPv6 loopback was dialled: backends often listen on 127.0.0.1 alone, and localhost means both")
                .when(is_v6_loopback),
            likely("wrong-bind-address", "the proxy runs in a container, where loopback is that container alone").when(is_loopback_in_container),
            likely("backend-stopped", "nothing listens at {peer}, most often because the backend does not run"),
            likely("dns-stale-address", "{peer} is an address in a container network: after a restart it may belong to another container, and nginx keeps the one that the name had when it started")
                .when(is_in_docker_network),
            possible("wrong-bind-address", "the backend may listen on another address only, such as loopback inside its own container")
                ,
            possible("wrong-port", "the backend may listen on another port than {port}"),
            possible("no-live-upstream", "ingress controllers of Kubernetes send requests of a service without endpoints to 127.0.0.1:8181, a placeholder")
                .when(is_ingress_default),
            possible("dns-stale-address", "{peer} may be the address that the name had when the proxy started")
                .when(is_elsewhere),
            possible("backend-start-failed", "a backend that fails to start never listens"),
            possible("backend-crashed", "a crashed backend listens no more"),
            possible("backend-crash-looping", "between two crashes nobody listens"),
            possible("backend-oom-killed", "a backend that the kernel killed listens no more"),
            possible("backend-restarting", "during a restart nobody listens for a moment"),
            possible("firewall-blocked", "a firewall that rejects looks the same, one on this host, too"),
            possible("proxy-config-not-loaded", "the configuration on disk may name another address than the one in use"),
            possible("disk-full", "a service that finds no room to write does not start"),
        ],
    )
    .when(is_not_unix),
    lead(
        &[Symptom::SocketMissing],
        &[
            likely("backend-stopped", "most backends create {path} when they start and remove it when they end"),
            likely("wrong-socket-path", "under /tmp a service with PrivateTmp sees another folder; and the backend may use another path")
                .when(is_tmp),
            possible("wrong-socket-path", "the backend may use another path than {path}, as after an upgrade that changed its version"),
            possible("backend-start-failed", "a backend that fails to start makes no socket"),
            possible("backend-crashed", "some supervisors remove the socket after a crash"),
            possible("backend-crash-looping", "between two attempts there is no socket"),
            possible("disk-full", "a service that finds no room to write does not start"),
            possible("backend-restarting", "during a restart there is no socket for a moment"),
        ],
    ),
    lead(
        &[Symptom::ConnectDenied],
        &[
            likely("socket-permission-denied", "the proxy's worker user may not open {path}, or may not pass one of its folders"),
            possible("security-policy-denied", "SELinux and AppArmor give the same error"),
        ],
    )
    .when(is_unix),
    lead(
        &[Symptom::ConnectDenied],
        &[
            likely("socket-permission-denied", "modules that start or reach a backend of their own do so over a unix socket, which the proxy's user may not open"),
            possible("security-policy-denied", "SELinux and AppArmor give the same error"),
        ],
    )
    .when(is_of_own_socket),
    lead(
        &[Symptom::ConnectDenied],
        &[
            likely("firewall-blocked", "\"operation not permitted\" on connect comes from a rule for outgoing packets")
                .when(is_operation_not_permitted),
            likely("security-policy-denied", "on TCP only a security policy refuses a connect (SELinux: httpd_can_network_connect)"),
            possible("firewall-blocked", "some rules for outgoing packets give this error"),
            possible("host-unreachable", "a route of the kind \"prohibit\" gives this error"),
            possible("socket-permission-denied", "if the backend is a unix socket: its owner, group or mode"),
        ],
    )
    .when(is_not_unix),
    lead(
        &[Symptom::BacklogFull],
        &[
            likely("worker-pool-exhausted", "the queue fills when every worker is busy"),
            likely("listen-backlog-full", "the queue may be too short for a burst while workers are free"),
            possible("backend-slow", "slow requests keep the workers busy"),
            possible("backend-hung", "a process that accepts nothing fills its queue"),
        ],
    ),
    lead(
        &[Symptom::NoLocalAddress],
        &[
            likely("wrong-bind-address", "{peer} is IPv6, and this host may have none").when(is_v6),
            likely("ephemeral-ports-exhausted", "no local port is left for {peer}: every request opens a connection of its own"),
            possible("listen-backlog-full", "if the backend is a unix socket, its queue is full").when(is_unix),
        ],
    ),
    lead(
        &[Symptom::SourceAddressUnusable],
        &[
            likely("wrong-source-address", "the configuration names a source address that this host does not have (proxy_bind)"),
            possible("proxy-config-invalid", "an address that may not be used as a source is a mistake of the configuration"),
        ],
    ),
    lead(
        &[Symptom::HostUnreachable],
        &[
            likely("dns-stale-address", "{peer} is an address in a container network, and no container has it any more: nginx keeps the one that the name had when it started")
                .when(is_in_docker_network),
            likely("host-unreachable", "no host answers for {peer} on the local network"),
            likely("firewall-blocked", "a firewall that rejects with host-prohibited (the default of firewalld) looks the same"),
            possible("dns-stale-address", "{peer} may be an old address of the backend").when(is_elsewhere),
            possible("backend-stopped", "a container or machine that is gone answers no ARP").when(is_elsewhere),
        ],
    ),
    lead(
        &[Symptom::NetworkUnreachable],
        &[
            likely("host-unreachable", "there is no route to {peer}; for IPv6 often because the host has none"),
            possible("firewall-blocked", "a firewall that rejects with net-prohibited looks the same"),
            possible("dns-stale-address", "{peer} may be an old address of the backend").when(is_elsewhere),
        ],
    ),
    lead(
        &[Symptom::ConnectTimeout, Symptom::ConnectTimeoutKernel],
        &[
            likely("listen-backlog-full", "on the same host an unanswered connection means a full accept queue").when(is_loopback),
            likely("worker-pool-exhausted", "the accept queue fills when every worker is busy").when(is_loopback),
            likely("firewall-blocked", "a rule that drops packets gives exactly this").when(is_elsewhere),
            likely("connect-timeout", "the backend's host does not answer at {peer}"),
            possible("host-unreachable", "the host may be down or the route lost").when(is_elsewhere),
            possible("dns-stale-address", "{peer} may be an old address of the backend").when(is_numeric_elsewhere),
            possible("listen-backlog-full", "a full accept queue drops connections without a word"),
            possible("worker-pool-exhausted", "a full accept queue is most often the result of busy workers"),
            possible("backend-hung", "a process that accepts nothing fills its queue"),
            possible("conntrack-full", "a full connection table drops new connections"),
            possible("firewall-blocked", "a rule of this host may drop packets even on loopback").when(is_loopback),
        ],
    )
    .when(is_not_edge),
    lead(
        &[Symptom::ConnectReset],
        &[
            possible("backend-restarting", "a listener that is being closed resets what it has not accepted"),
            possible("listen-backlog-full", "with tcp_abort_on_overflow a full queue resets"),
            possible("firewall-blocked", "a firewall or middlebox may reset connections"),
            possible("backend-crashed", "a process that dies resets its connections"),
        ],
    ),
    lead(
        &[Symptom::ConnectFailed],
        &[
            likely("backend-stopped", "no connection was made: most often nobody listens"),
            possible("wrong-port", "the backend may listen on another port"),
            possible("wrong-bind-address", "the backend may listen on another address only"),
            possible("backend-start-failed", "a backend that fails to start never listens"),
            possible("backend-crashed", "a crashed backend listens no more"),
            possible("wrong-socket-path", "the backend may listen on another path"),
            possible("backend-restarting", "during a restart nobody listens for a moment"),
            possible("protocol-mismatch", "a failed TLS handshake counts as a failed connection"),
            possible("tls-handshake-failed", "of Envoy's TLS handshake with the backend, too").when(is_of_envoy),
            possible("tls-certificate-expired", "such as one that an expired certificate ends").when(is_of_envoy),
            possible("connect-timeout", "Envoy's UF is also a connection that nobody answered in time").when(is_of_envoy),
            possible("firewall-blocked", "a firewall may be in between"),
        ],
    )
    .when(is_not_edge),
    lead(
        &[Symptom::NoLiveUpstreams],
        &[
            likely("no-live-upstream", "every server of the group is marked failed: the lines before say how"),
            possible("backend-stopped", "the servers were marked after they refused connections"),
            possible("backend-restarting", "one short gap suffices with max_fails=1"),
            possible("backend-slow", "servers are also marked after time-outs"),
            possible("backend-crashed", "the servers were marked after they broke connections off"),
            possible("connect-timeout", "servers are also marked when they do not answer"),
            possible("upstream-disabled-by-admin", "servers may be set to \"down\""),
            possible("health-check-failing", "health checks may take out servers that would answer"),
        ],
    ),
    no_failure(
        &[Symptom::UpstreamDisabled],
        "a consequence: the proxy now leaves this server out for a while; the line before it says why",
    ),
    lead(
        &[Symptom::NameNotFound],
        &[
            likely("dns-name-not-found", "the name server says that {text} does not exist"),
            possible("dns-resolver-failed", "the configured name server may not know internal names; nginx reads neither /etc/hosts nor search domains"),
        ],
    ),
    lead(
        &[Symptom::NameServerFailure, Symptom::NameQueryRefused],
        &[
            likely("dns-resolver-failed", "the name server answers, and cannot or will not look {text} up"),
            possible("dns-name-not-found", "the zone of {text} may be broken"),
        ],
    ),
    lead(
        &[Symptom::NameTimeout, Symptom::ResolverUnreachable],
        &[
            likely("dns-resolver-failed", "the name server does not answer"),
            possible("firewall-blocked", "packets to the name server may be dropped"),
        ],
    ),
    lead(
        &[Symptom::NameLookupFailed, Symptom::ResolverAnswerOdd],
        &[
            likely("dns-name-not-found", "{text} cannot be looked up"),
            possible("dns-resolver-failed", "the name server may be at fault"),
        ],
    )
    .when(is_not_edge),
    lead(
        &[Symptom::NoResolver],
        &[super::super::lead::certain(
            "dns-resolver-failed",
            "a name that is only known at run time needs a \"resolver\", and none is configured",
        )],
    ),
    lead(
        &[Symptom::UpstreamAddressInvalid],
        &[
            likely("proxy-config-invalid", "an address made from variables came out as \"{text}\""),
            possible("proxy-module-missing", "the scheme may be missing or misspelt"),
        ],
    ),
];
