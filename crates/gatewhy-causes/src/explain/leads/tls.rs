//! TLS between the gateway and the backend.
use super::super::lead::{Lead, certain, is_not_edge, lead, likely, possible};
use gatewhy_facts::log_line::Record;
use gatewhy_facts::symptom::Symptom;

/// X.509 verify errors (`x509_vfy.h`).
fn is_expired(record: &Record<'_>) -> bool {
    matches!(record.number, Some(9 | 10)) || super::super::lead::text_has(record, "expired")
}

fn is_name(record: &Record<'_>) -> bool {
    matches!(record.number, Some(62..=64))
        || super::super::lead::text_has(record, " is valid for ")
        || super::super::lead::text_has(record, "doesn't contain any IP SANs")
}

fn is_untrusted(record: &Record<'_>) -> bool {
    !is_expired(record) && !is_name(record)
}

fn is_known_untrusted(record: &Record<'_>) -> bool {
    matches!(record.number, Some(2 | 18..=22 | 24..=29))
        || super::super::lead::text_has(record, "unknown authority")
}

pub(super) static LEADS: &[Lead] = &[
    lead(
        &[Symptom::TlsNotSpoken],
        &[
            likely("protocol-mismatch", "the port answered in plain text: the proxy speaks TLS to a plain HTTP port"),
            possible("tls-version-mismatch", "an old TLS that the proxy does not know looks alike"),
        ],
    ),
    lead(
        &[Symptom::TlsVersionMismatch, Symptom::TlsCipherMismatch],
        &[
            likely("tls-version-mismatch", "the two sides have no TLS version or cipher in common"),
            possible("tls-handshake-failed", "another parameter may be at fault"),
        ],
    ),
    lead(
        &[Symptom::TlsAlertHandshakeFailure],
        &[
            likely("tls-sni-missing", "many servers answer a handshake without a server name so, and nginx sends none by default"),
            possible("tls-version-mismatch", "no cipher or parameter in common looks the same"),
            possible("tls-client-certificate-missing", "before TLS 1.3 a missing client certificate looks the same"),
            possible("tls-handshake-failed", "the alert says no more"),
        ],
    ),
    lead(
        &[Symptom::TlsAlertUnrecognizedName],
        &[
            likely("tls-sni-missing", "the backend does not know the server name it was sent"),
            possible("tls-name-mismatch", "the name that the proxy sends may be the wrong one"),
        ],
    ),
    lead(
        &[Symptom::TlsAlertCertificateRequired],
        &[certain("tls-client-certificate-missing", "the backend's alert says so: it wants a client certificate")],
    ),
    lead(
        &[Symptom::TlsAlertCertificate],
        &[
            likely("tls-client-certificate-missing", "the backend does not accept the proxy's client certificate"),
            possible("tls-handshake-failed", "the alert says no more"),
        ],
    ),
    lead(
        &[Symptom::CertificateRejected, Symptom::TlsVerifyFailed],
        &[
            certain("tls-certificate-expired", "the line says so: {text}").when(is_expired),
            certain("tls-name-mismatch", "the line says so: {text}").when(is_name),
            certain("tls-certificate-untrusted", "the line says so: {text}; the CA file, a missing intermediate, or the verify depth").when(is_known_untrusted),
            likely("tls-certificate-untrusted", "the proxy verifies, and did not accept the chain").when(is_untrusted),
            possible("tls-certificate-expired", "the line does not say what was wrong with the certificate").when(is_untrusted),
            possible("tls-name-mismatch", "the line does not say what was wrong with the certificate").when(is_untrusted),
            possible("tls-sni-missing", "without a server name the backend may show the certificate of another site").when(is_untrusted),
        ],
    )
    .when(is_not_edge),
    lead(
        &[Symptom::CertificateNameMismatch],
        &[certain("tls-name-mismatch", "the line says so: the certificate is not for {text}")],
    ),
    lead(
        &[Symptom::TlsClosed],
        &[
            likely("tls-handshake-failed", "the backend broke the handshake off without a word"),
            possible("tls-sni-missing", "some servers close when no server name comes"),
            possible("protocol-mismatch", "the port may not speak TLS"),
            possible("tls-version-mismatch", "some servers close when nothing is in common"),
            possible("backend-restarting", "a restart may cut handshakes off"),
        ],
    ),
    lead(
        &[Symptom::TlsHandshakeTimeout],
        &[
            likely("protocol-mismatch", "a plain-text server waits silently for the rest of a line"),
            possible("backend-hung", "a stuck process accepts and says nothing"),
            possible("tls-handshake-failed", "the handshake may be slow"),
        ],
    ),
    lead(
        &[Symptom::TlsHandshakeFailed, Symptom::TlsAlert, Symptom::TlsFailed],
        &[
            likely("tls-handshake-failed", "the line names no deeper reason: {text}"),
            possible("tls-sni-missing", "a missing server name is the commonest reason"),
            possible("tls-version-mismatch", "or no version or cipher in common"),
            possible("tls-client-certificate-missing", "or a client certificate that was not sent"),
            possible("tls-certificate-untrusted", "or, where the proxy verifies, the certificate"),
            possible("tls-certificate-expired", "or its date"),
            possible("tls-name-mismatch", "or its name"),
            possible("protocol-mismatch", "or the port speaks no TLS at all"),
        ],
    )
    .when(is_not_edge),
];
