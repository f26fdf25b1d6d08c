//! What a configuration settles.
use super::super::Candidate;
use super::Settings;
use super::address::Address;
use crate::verdict::Confidence;
use gatewhy_facts::log_line::Record;
use gatewhy_facts::nginx::error_log::Peer;
use gatewhy_facts::prelude::*;
use gatewhy_facts::symptom::Symptom;

/// The causes of one line, being sharpened.
struct Causes<'c>(&'c mut Vec<Candidate>);

impl Causes<'_> {
    /// This one comes first, so sure, for this reason.
    fn first(&mut self, id: &'static str, confidence: Confidence, why: String) {
        let known = self.0.iter().position(|cause| cause.id == id);
        let check = known
            .map(|at| self.0.remove(at))
            .and_then(|cause| cause.check);
        // What other rules settled before stays in front.
        let at = self
            .0
            .iter()
            .take_while(|cause| cause.confidence > confidence)
            .count();
        let cause = Candidate {
            id,
            confidence,
            why,
            check,
        };
        self.0.insert(at, cause);
    }

    /// The configuration says that it is not so.
    fn out(&mut self, id: &str) {
        self.0.retain(|cause| cause.id != id);
    }

    /// The configuration says nothing for it.
    fn last(&mut self, id: &str) {
        for cause in self.0.iter_mut().filter(|cause| cause.id == id) {
            cause.confidence = Confidence::Possible;
        }
        self.0
            .sort_by_key(|cause| core::cmp::Reverse(cause.confidence));
    }
}

const NOT_REACHED: &[Symptom] = &[
    Symptom::ConnectRefused,
    Symptom::SocketMissing,
    Symptom::ConnectFailed,
    Symptom::ConnectTimeout,
    Symptom::ConnectTimeoutKernel,
    Symptom::HostUnreachable,
    Symptom::NetworkUnreachable,
];

/// Changes the causes of a line by what the configuration says.
pub(in super::super) fn sharpen(
    settings: &Settings,
    record: &Record<'_>,
    causes: &mut Vec<Candidate>,
) {
    let Some(symptom) = record.symptom.filter(|_| !settings.is_empty()) else {
        return;
    };
    let mut causes = Causes(causes);
    if NOT_REACHED.contains(&symptom) {
        stale(settings, record, &mut causes);
        elsewhere(settings, record, &mut causes);
    }
    match symptom {
        Symptom::NoLiveUpstreams => all_down(settings, &mut causes),
        Symptom::TlsAlertHandshakeFailure
        | Symptom::TlsAlertUnrecognizedName
        | Symptom::TlsHandshakeFailed
        | Symptom::TlsClosed => server_name(settings, &mut causes),
        Symptom::TlsNotSpoken | Symptom::TlsHandshakeTimeout => {
            scheme(settings, record, &mut causes);
        }
        Symptom::CertificateRejected | Symptom::TlsVerifyFailed => verify(settings, &mut causes),
        Symptom::ClosedBeforeResponse
        | Symptom::ResetBeforeResponse
        | Symptom::ResetWhileSending => {
            broken_off(settings, record, &mut causes);
        }
        Symptom::ResponseTimeout => limits(settings, &mut causes),
        Symptom::BacklogFull => queue(settings, &mut causes),
        Symptom::HeaderTooBig => buffer(settings, record, &mut causes),
        Symptom::RequestBodyTooLarge => body(settings, record, &mut causes),
        Symptom::BackendWorkerKilled | Symptom::UnitKilled => memory(settings, record, &mut causes),
        _ => {}
    }
}

/// A name that the proxy looked up at its start only.
fn stale(settings: &Settings, record: &Record<'_>, causes: &mut Causes<'_>) {
    let Some(Peer::Inet(address)) = record.peer else {
        return;
    };
    let again = settings.find(&["resolver"]).is_some() || settings.has_word("resolve");
    let targets = settings.targets();
    let named = targets.iter().find(|target| {
        let fits = target.port.is_none_or(|port| port == address.port());
        target.is_name() && fits
    });
    if let Some(target) = named.filter(|_| !again && !address.ip().is_loopback()) {
        let host = target.host.clone().unwrap_or_default();
        causes.first(
            "dns-stale-address",
            Confidence::Likely,
            format!("the configuration names {host}, which is looked up at the start only; {} may be its old address", address.ip()),
        );
    }
}

/// The backend's own configuration says where it listens.
fn elsewhere(settings: &Settings, record: &Record<'_>, causes: &mut Causes<'_>) {
    let listeners = settings.listeners();
    let Some(peer) = record.peer.filter(|_| !listeners.is_empty()) else {
        return;
    };
    let same_port =
        |own: &Address| matches!(peer, Peer::Inet(dialled) if own.port == Some(dialled.port()));
    if listeners.iter().any(|own| own.takes(peer)) {
        causes.out("wrong-port");
        causes.out("wrong-socket-path");
        if !listeners.iter().any(Address::is_loopback) {
            causes.last("wrong-bind-address");
        }
        return;
    }
    let own = listeners
        .iter()
        .find(|own| same_port(own))
        .or(listeners.first());
    let Some(own) = own else { return };
    let id = match (peer, &own.path) {
        _ if same_port(own) => "wrong-bind-address",
        (Peer::Unix(_), _) | (_, Some(_)) => "wrong-socket-path",
        _ => "wrong-port",
    };
    causes.first(
        id,
        Confidence::Certain,
        format!(
            "the configuration says that the backend listens on {own}, and the proxy dials {peer}"
        ),
    );
}

/// Servers that are set to `down`.
fn all_down(settings: &Settings, causes: &mut Causes<'_>) {
    let servers: Vec<_> = settings
        .statements
        .iter()
        .filter(|s| s.name == "server")
        .collect();
    let down = servers
        .iter()
        .filter(|s| {
            s.words
                .iter()
                .any(|word| word == "down" || word == "disabled")
        })
        .count();
    if down == 0 {
        return;
    }
    if down == servers.len() {
        causes.first(
            "upstream-disabled-by-admin",
            Confidence::Certain,
            "the configuration says so: every server is set to \"down\"".into(),
        );
    } else {
        causes.first(
            "no-live-upstream",
            Confidence::Likely,
            "the configuration counts servers that are \"down\": with two or more servers in a group, one error takes the only real one out for fail_timeout".into(),
        );
    }
}

/// nginx sends a server name only when told to.
fn server_name(settings: &Settings, causes: &mut Causes<'_>) {
    if settings.is_on("proxy_ssl_server_name") {
        causes.out("tls-sni-missing");
        if let Some(name) = settings.value(&["proxy_ssl_name"]) {
            causes.first(
                "tls-name-mismatch",
                Confidence::Likely,
                format!("the configuration sends the name {name}"),
            );
        }
        return;
    }
    let nginx = settings
        .find(&["proxy_pass", "proxy_ssl_verify", "proxy_ssl_server_name"])
        .is_some();
    if nginx {
        causes.first(
            "tls-sni-missing",
            Confidence::Likely,
            "the configuration does not set proxy_ssl_server_name on, so no server name is sent"
                .into(),
        );
    }
}

/// TLS where the port or the backend is plain.
fn scheme(settings: &Settings, record: &Record<'_>, causes: &mut Causes<'_>) {
    const SAYS: [&str; 3] = [
        "nginx.ingress.kubernetes.io/backend-protocol",
        "virtual_proto",
        "backend-protocol",
    ];
    let said = settings
        .value(&SAYS)
        .is_some_and(|value| value.eq_ignore_ascii_case("https"));
    let targets = settings.targets();
    let secure = targets
        .iter()
        .find(|target| matches!(target.scheme.as_deref(), Some("https" | "grpcs" | "wss")));
    let port = record.port().or(secure.and_then(|target| target.port));
    if !said && secure.is_none() {
        return;
    }
    let why = match port {
        Some(port) => {
            format!("the configuration speaks TLS to port {port}, which answered in plain text")
        }
        None => {
            "the configuration speaks TLS to the backend, which answered in plain text".to_owned()
        }
    };
    causes.first("protocol-mismatch", Confidence::Certain, why);
}

fn verify(settings: &Settings, causes: &mut Causes<'_>) {
    if !settings.is_on("proxy_ssl_verify")
        || causes
            .0
            .iter()
            .all(|cause| cause.id != "tls-certificate-untrusted")
    {
        return;
    }
    let depth = settings
        .value(&["proxy_ssl_verify_depth"])
        .unwrap_or("1, its default");
    let confidence = causes
        .0
        .iter()
        .find(|cause| cause.id == "tls-certificate-untrusted")
        .map_or(Confidence::Likely, |cause| cause.confidence);
    causes.first(
        "tls-certificate-untrusted",
        confidence,
        format!("the configuration verifies with proxy_ssl_verify_depth {depth}: the CA file, a missing intermediate, or a longer chain"),
    );
}

/// What may have broken a connection off.
fn broken_off(settings: &Settings, record: &Record<'_>, causes: &mut Causes<'_>) {
    if let Some(clients) = settings.value(&["listen.allowed_clients"]) {
        causes.first(
            "backend-refused-client",
            Confidence::Likely,
            format!("the pool allows {clients} only"),
        );
    }
    for name in ["request_terminate_timeout", "harakiri", "--timeout"] {
        if let Some(limit) = settings
            .value(&[name])
            .filter(|limit| limit.trim_end_matches('s') != "0")
        {
            causes.first(
                "backend-worker-timeout",
                Confidence::Likely,
                format!("the configuration ends workers: {name} {limit}"),
            );
        }
    }
    if let Some(number) = settings
        .value(&["keepalive"])
        .filter(|number| number.parse::<u32>().is_ok_and(|n| n > 0))
    {
        causes.first(
            "keepalive-race",
            Confidence::Likely,
            format!("the configuration reuses connections: keepalive {number}"),
        );
    }
    let plain = settings
        .targets()
        .into_iter()
        .find(|t| t.scheme.as_deref() == Some("http") && matches!(t.port, Some(443 | 8443)));
    let port = record.port();
    if let Some(target) = plain.filter(|target| port.is_none_or(|port| target.port == Some(port))) {
        causes.first(
            "protocol-mismatch",
            Confidence::Likely,
            format!("the configuration speaks plain HTTP to {target}, a port for TLS"),
        );
    }
}

fn limits(settings: &Settings, causes: &mut Causes<'_>) {
    if let Some(limit) = settings.value(&[
        "proxy_read_timeout",
        "fastcgi_read_timeout",
        "uwsgi_read_timeout",
        "proxytimeout",
    ]) {
        causes.first(
            "backend-slow",
            Confidence::Likely,
            format!("the configuration waits {limit}, and the backend needed longer"),
        );
    }
    if let Some(number) = settings.value(&["pm.max_children"]) {
        causes.first(
            "worker-pool-exhausted",
            Confidence::Likely,
            format!("the pool has {number} workers; when all are busy, requests wait"),
        );
    }
}

/// A queue that is shorter than Linux makes them by itself.
fn queue(settings: &Settings, causes: &mut Causes<'_>) {
    let length = settings.value(&["listen.backlog", "backlog", "--backlog", "listen_backlog"]);
    if let Some(length) = length
        .and_then(|text| text.parse::<u32>().ok())
        .filter(|length| *length < 128)
    {
        causes.first(
            "listen-backlog-full",
            Confidence::Likely,
            format!("the configuration makes the queue only {length} long"),
        );
    }
}

/// Every module has its own directive.
fn buffer(settings: &Settings, record: &Record<'_>, causes: &mut Causes<'_>) {
    let needed = match record.scheme {
        Some(b"http" | b"https") | None => "proxy_buffer_size",
        Some(b"fastcgi") => "fastcgi_buffer_size",
        Some(b"uwsgi" | b"suwsgi") => "uwsgi_buffer_size",
        Some(b"grpc" | b"grpcs") => "grpc_buffer_size",
        Some(b"passenger") => "passenger_buffer_size",
        Some(_) => return,
    };
    let why = match settings.value(&[needed]) {
        Some(size) => format!("the header is larger than {needed} {size}"),
        None => format!(
            "the header is larger than {needed}, which the configuration leaves at one page (4 or 8 KB)"
        ),
    };
    causes.first("response-header-too-big", Confidence::Certain, why);
}

/// A limit on disk that the running proxy does not have.
fn body(settings: &Settings, record: &Record<'_>, causes: &mut Causes<'_>) {
    let limit = settings.value(&["client_max_body_size"]).and_then(bytes);
    if let (Some(limit), Some(sent)) = (limit, record.number)
        && (limit == 0 || limit > sent)
    {
        causes.first("proxy-config-not-loaded", Confidence::Likely, format!("the configuration allows {limit} bytes (0: any), more than the {sent} that were refused: it is not loaded, or not for this server"));
    }
}

/// `16k`, `8m`, `1g`
fn bytes(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let (digits, factor) = match lower.as_bytes().last()? {
        b'k' => (lower.strip_suffix('k')?, 1 << 10),
        b'm' => (lower.strip_suffix('m')?, 1 << 20),
        b'g' => (lower.strip_suffix('g')?, 1 << 30),
        _ => (lower.as_str(), 1),
    };
    digits.parse::<u64>().ok()?.checked_mul(factor)
}

/// A limit on memory explains signal 9.
fn memory(settings: &Settings, record: &Record<'_>, causes: &mut Causes<'_>) {
    const NAMES: [&str; 7] = [
        "memorymax",
        "memorylimit",
        "mem_limit",
        "memory",
        "--memory",
        "--memory-limit",
        "memoryhigh",
    ];
    let limit = settings.value(&NAMES).filter(|_| record.number == Some(9));
    if let Some(limit) = limit {
        causes.first("backend-oom-killed", Confidence::Likely, format!("the configuration limits memory to {limit}, and signal 9 is how the kernel enforces it"));
    }
}
