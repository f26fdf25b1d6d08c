//! Edges: the origin is one hop further on.
use super::super::lead::{Lead, is_alb, is_edge, lead, likely, possible};
use gatewhy_facts::log_line::{Record, Server};
use gatewhy_facts::symptom::Symptom;

fn is_cdn(record: &Record<'_>) -> bool {
    is_edge(record) && !is_alb(record)
}

/// A registry that asks another one. Artifactory's lines are about the services of its
/// own as well.
fn is_registry(record: &Record<'_>) -> bool {
    matches!(record.server, Server::Verdaccio | Server::Nexus)
}

fn is_registry_client(record: &Record<'_>) -> bool {
    record.server == Server::RegistryClient
}

pub(super) static LEADS: &[Lead] = &[
    lead(
        &[Symptom::ConnectRefused],
        &[
            likely("edge-cannot-reach-origin", "the origin refused the edge's connection: its web server does not run or listens elsewhere"),
            likely("edge-firewalled-by-origin", "a firewall at the origin may reject the edge's addresses"),
            possible("proxy-down", "the origin's web server may be down"),
            possible("edge-origin-address-stale", "the edge may have an old address of the origin"),
        ],
    )
    .when(is_cdn),
    lead(
        &[Symptom::ConnectTimeout, Symptom::ConnectTimeoutKernel],
        &[
            likely("edge-firewalled-by-origin", "a firewall at the origin may drop the edge's packets"),
            likely("edge-cannot-reach-origin", "the origin does not answer the edge"),
            possible("edge-origin-address-stale", "the edge may have an old address of the origin"),
            possible("proxy-out-of-connections", "an overloaded origin does not answer in time"),
            possible("listen-backlog-full", "a full accept queue drops connections"),
        ],
    )
    .when(is_cdn),
    lead(
        &[Symptom::ConnectFailed],
        &[
            likely("edge-cannot-reach-origin", "the edge got no connection to the origin, or the origin closed it"),
            likely("edge-tls-mode-mismatch", "a TLS handshake that fails is told in the same words: CloudFront wants a trusted certificate for the name that it asks, and a version and cipher in common"),
            possible("edge-firewalled-by-origin", "a firewall at the origin may not let the edge in"),
            possible("proxy-down", "the origin's web server may be down"),
            possible("tls-certificate-expired", "the origin's certificate may have expired"),
            possible("tls-name-mismatch", "it may be for another name"),
            possible("edge-origin-address-stale", "the edge may have an old address of the origin"),
        ],
    )
    .when(is_cdn),
    lead(
        &[Symptom::ConnectTimeout, Symptom::ConnectFailed],
        &[
            likely("connect-timeout", "the target did not accept the connection within the balancer's 10 s"),
            likely("firewall-blocked", "a security group or network ACL may drop the packets"),
            possible("backend-stopped", "nothing may listen on the target's port"),
            possible("worker-pool-exhausted", "a full accept queue drops connections"),
            possible("wrong-port", "the target group may name another port"),
        ],
    )
    .when(is_alb),
    lead(
        &[Symptom::HostUnreachable, Symptom::NetworkUnreachable],
        &[
            likely("edge-origin-address-stale", "the address that the edge has for the origin leads nowhere"),
            likely("edge-cannot-reach-origin", "there is no way to the origin"),
        ],
    )
    .when(is_cdn),
    lead(
        &[Symptom::TlsHandshakeFailed, Symptom::TlsFailed, Symptom::TlsAlert],
        &[
            likely("edge-tls-mode-mismatch", "the edge's TLS mode and the origin's TLS do not fit"),
            possible("tls-version-mismatch", "no version or cipher in common"),
            possible("tls-sni-missing", "the origin may not know the name"),
            possible("tls-certificate-expired", "the origin's certificate may have expired"),
        ],
    )
    .when(is_edge),
    lead(
        &[Symptom::CertificateRejected, Symptom::TlsVerifyFailed],
        &[
            likely("edge-tls-mode-mismatch", "strict mode does not accept the origin's certificate"),
            likely("tls-certificate-expired", "it may have expired"),
            possible("tls-certificate-untrusted", "it may be self-signed or lack its intermediate"),
            possible("tls-name-mismatch", "it may be for another name"),
        ],
    )
    .when(is_edge),
    lead(
        &[Symptom::OriginAnswerOdd],
        &[
            likely("edge-cannot-reach-origin", "the origin broke off or answered something that is not HTTP"),
            possible("backend-crashed", "a process of the origin that dies closes its connections"),
            possible("keepalive-race", "the origin may close idle connections sooner than the edge reuses them"),
            possible("response-header-too-big", "headers may be over the edge's limit"),
            possible("response-header-invalid", "the header may be malformed"),
            possible("edge-firewalled-by-origin", "a firewall may reset some connections"),
        ],
    ),
    lead(
        &[Symptom::NameLookupFailed, Symptom::NameNotFound],
        &[
            likely("edge-cannot-reach-origin", "the edge could not look the origin up, or its tunnel is down"),
            likely("dns-name-not-found", "the origin's name may have no address"),
            possible("edge-origin-address-stale", "the record may be wrong"),
        ],
    )
    .when(is_edge),
    lead(
        &[Symptom::GatewayAnsweredError],
        &[
            likely("edge-cannot-reach-origin", "the edge answered, and it asks an origin that may be in trouble"),
            likely("backend-answered-error", "an edge also passes the origin's own error on"),
            possible("error-page-cached", "an edge may serve a stored error"),
            possible("backend-stopped", "behind the origin the backend may be down"),
            possible("edge-firewalled-by-origin", "the origin may not let the edge in"),
            possible("backend-slow", "the origin may be too slow for the edge"),
        ],
    )
    .when(is_edge),
    lead(
        &[Symptom::EdgeWorkerFailed],
        &[likely("edge-worker-failed", "the program at the edge failed or used up its time")],
    ),
    lead(
        &[
            Symptom::ConnectRefused,
            Symptom::ConnectTimeout,
            Symptom::ConnectFailed,
            Symptom::ResponseTimeout,
            Symptom::UpstreamTimeout,
            Symptom::ResetBeforeResponse,
            Symptom::ClosedBeforeResponse,
        ],
        &[
            likely("registry-outage", "the registry behind this one does not answer it"),
            likely("registry-misconfigured", "this registry may have to ask through a proxy, or asks a wrong address"),
            possible("firewall-blocked", "a firewall may not let this machine out"),
            possible("connect-timeout", "packets may get lost on the way"),
        ],
    )
    .when(is_registry),
    lead(
        &[
            Symptom::ConnectRefused,
            Symptom::ConnectTimeout,
            Symptom::ConnectTimeoutKernel,
            Symptom::ConnectFailed,
            Symptom::ConnectReset,
            Symptom::HostUnreachable,
            Symptom::NetworkUnreachable,
            Symptom::ResponseTimeout,
            Symptom::ResetBeforeResponse,
            Symptom::ClosedBeforeResponse,
        ],
        &[
            likely("registry-outage", "the registry, or the edge in front of it, did not answer: {text}"),
            likely("client-proxy-interference", "a proxy or firewall on your side may break connections off"),
            possible("registry-misconfigured", "if it is your own registry, its address may be set wrongly, or its proxy may be at fault"),
            possible("backend-stopped", "if it is your own registry, it may not run"),
            possible("firewall-blocked", "a firewall may not let this machine out"),
        ],
    )
    .when(is_registry_client),
    lead(
        &[Symptom::UplinkOffline],
        &[
            likely("registry-outage", "the registry behind this one failed a few times, so it is not asked for a while"),
            likely("registry-misconfigured", "its address, proxy or time-out may be set wrongly in this one"),
            possible("dns-resolver-failed", "its name may not be looked up from here"),
            possible("firewall-blocked", "a firewall may not let this machine out"),
        ],
    ),
    lead(
        &[Symptom::RegistryError],
        &[
            likely("registry-outage", "the registry answered {status}: it, or the edge in front of it, is in trouble"),
            possible("registry-misconfigured", "if it is your own registry, its proxy or heap may be at fault"),
            possible("edge-cannot-reach-origin", "the registry's edge may not reach its origin"),
            possible("client-proxy-interference", "a proxy on your side may answer in its place"),
        ],
    ),
];
