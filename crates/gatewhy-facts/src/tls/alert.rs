//! Alerts (RFC 8446 section 6) and the reasons OpenSSL prints in proxies' logs.

/// The name of an alert as the IANA registry has it, `handshake_failure`.
pub const fn name(alert: u8) -> Option<&'static str> {
    Some(match alert {
        0 => "close_notify",
        10 => "unexpected_message",
        20 => "bad_record_mac",
        21 => "decryption_failed",
        22 => "record_overflow",
        30 => "decompression_failure",
        40 => "handshake_failure",
        41 => "no_certificate",
        42 => "bad_certificate",
        43 => "unsupported_certificate",
        44 => "certificate_revoked",
        45 => "certificate_expired",
        46 => "certificate_unknown",
        47 => "illegal_parameter",
        48 => "unknown_ca",
        49 => "access_denied",
        50 => "decode_error",
        51 => "decrypt_error",
        60 => "export_restriction",
        70 => "protocol_version",
        71 => "insufficient_security",
        80 => "internal_error",
        86 => "inappropriate_fallback",
        90 => "user_canceled",
        100 => "no_renegotiation",
        109 => "missing_extension",
        110 => "unsupported_extension",
        111 => "certificate_unobtainable",
        112 => "unrecognized_name",
        113 => "bad_certificate_status_response",
        114 => "bad_certificate_hash_value",
        115 => "unknown_psk_identity",
        116 => "certificate_required",
        120 => "no_application_protocol",
        121 => "ech_required",
        _ => return None,
    })
}

/// What stands behind an alert or an OpenSSL reason, seen from a proxy that talks
/// to a backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meaning {
    /// The peer does not speak TLS there.
    NotTls,
    /// No version in common.
    Version,
    /// No cipher suite or other parameter in common; a peer that misses a server
    /// name, or wants a client certificate in TLS 1.2, says the same.
    HandshakeRefused,
    /// No cipher suite in common, and nothing else.
    Cipher,
    /// The peer does not serve the name it was asked for.
    UnknownName,
    /// The peer wants a client certificate and got none.
    ClientCertificateMissing,
    /// The peer does not take the client certificate it got.
    ClientCertificateRefused,
    /// We, or the proxy, do not take the peer's certificate.
    VerifyFailed,
    /// The peer closed the connection without saying so in TLS.
    ClosedEarly,
    /// Something broke inside the peer.
    InternalError,
}

/// What an alert from the peer means.
pub const fn meaning(alert: u8) -> Option<Meaning> {
    Some(match alert {
        40 => Meaning::HandshakeRefused,
        42..=46 | 48 => Meaning::ClientCertificateRefused,
        70 | 86 => Meaning::Version,
        71 => Meaning::Cipher,
        80 => Meaning::InternalError,
        112 => Meaning::UnknownName,
        116 => Meaning::ClientCertificateMissing,
        _ => return None,
    })
}

/// The reason texts of OpenSSL 3 and 1.1, without their numbers, which differ
/// between the two.
const REASONS: [(&str, Meaning); 20] = [
    ("wrong version number", Meaning::NotTls),
    ("packet length too long", Meaning::NotTls),
    ("record layer failure", Meaning::NotTls),
    ("unknown protocol", Meaning::NotTls),
    ("http request", Meaning::NotTls),
    ("tlsv1 alert protocol version", Meaning::Version),
    ("unsupported protocol", Meaning::Version),
    ("version too low", Meaning::Version),
    ("no protocols available", Meaning::Version),
    ("alert handshake failure", Meaning::HandshakeRefused),
    ("no shared cipher", Meaning::Cipher),
    ("insufficient security", Meaning::Cipher),
    ("unrecognized name", Meaning::UnknownName),
    (
        "alert certificate required",
        Meaning::ClientCertificateMissing,
    ),
    ("alert unknown ca", Meaning::ClientCertificateRefused),
    ("alert bad certificate", Meaning::ClientCertificateRefused),
    (
        "alert certificate expired",
        Meaning::ClientCertificateRefused,
    ),
    ("certificate verify failed", Meaning::VerifyFailed),
    ("unexpected eof while reading", Meaning::ClosedEarly),
    ("alert internal error", Meaning::InternalError),
];

/// What an OpenSSL error in a log line means: `SSL_do_handshake() failed (SSL:
/// error:0A00010B:SSL routines::wrong version number)`.
pub fn openssl_meaning(line: &[u8]) -> Option<Meaning> {
    let found = REASONS
        .iter()
        .find(|(text, _)| memchr::memmem::find(line, text.as_bytes()).is_some());
    found.map(|(_, meaning)| *meaning)
}

/// What an X.509 verification number means that nginx and httpd print.
pub const fn verify_number(number: u32) -> Option<&'static str> {
    Some(match number {
        2 | 20 => "the issuer's certificate is not among the trusted ones",
        9 => "the certificate is not yet valid",
        10 => "the certificate has expired",
        18 => "the certificate is self-signed",
        19 => "the chain ends in a self-signed certificate that is not trusted",
        21 => "the chain is incomplete: the server sends no intermediate certificate",
        22 => "the chain is longer than the verify depth",
        23 => "the certificate was revoked",
        24 => "an issuer in the chain may not issue certificates",
        62 => "the certificate is for another host name",
        64 => "the certificate is for another address",
        66 => "the certificate's key is too small",
        67 | 68 => "the certificate is signed with too weak a digest",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openssl_lines_of_both_shapes_are_understood() {
        let new =
            b"SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number)";
        let old = b"error:1408F10B:SSL routines:ssl3_get_record:wrong version number";
        assert_eq!(openssl_meaning(new), Some(Meaning::NotTls));
        assert_eq!(openssl_meaning(old), Some(Meaning::NotTls));
        let alert = b"SSL routines::sslv3 alert handshake failure:SSL alert number 40";
        assert_eq!(openssl_meaning(alert), Some(Meaning::HandshakeRefused));
        assert_eq!(openssl_meaning(b"connect() failed"), None);
    }

    #[test]
    fn alerts_have_names_and_meanings() {
        assert_eq!(name(116), Some("certificate_required"));
        assert_eq!(meaning(70), Some(Meaning::Version));
        assert_eq!((name(200), meaning(0)), (None, None));
    }
}
