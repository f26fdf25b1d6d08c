//! Messages about TLS toward the backend.
//!
//! OpenSSL 1.1, 3.x and `BoringSSL` write the same reasons in different shapes;
//! only the words of the reason and the alert number are compared.
use super::phase::Phase;
use super::template::{Captured, Row, row};
use crate::prelude::*;
use crate::scan;
use crate::symptom::Symptom;

/// What a message about TLS means.
pub(super) fn recognise<'a>(
    message: &'a [u8],
    phase: Option<Phase<'_>>,
) -> Option<(Symptom, Captured<'a>)> {
    if let Some(found) = CERTIFICATE
        .iter()
        .find_map(|r| Some((r.symptom, r.fits(message, None, phase)?)))
    {
        return Some(found);
    }
    let is_upstream = phase.is_some_and(Phase::is_upstream);
    if message == b"peer closed connection in SSL handshake" && is_upstream {
        return Some((Symptom::TlsClosed, Captured::default()));
    }
    let (call, reason) = split_call(message)?;
    let alert = alert_number(reason.unwrap_or_default());
    let captured = Captured {
        text: reason.and_then(first_reason),
        number: alert,
    };
    if !is_upstream {
        return Some((Symptom::ClientIoFailed, captured));
    }
    let handshake = call == b"SSL_do_handshake";
    let general = if handshake {
        Symptom::TlsHandshakeFailed
    } else {
        Symptom::TlsFailed
    };
    let words = captured.text.map(plain_words).unwrap_or_default();
    let symptom = of_alert(&words, alert).or_else(|| of_words(&words));
    Some((symptom.unwrap_or(general), captured))
}

/// What OpenSSL's queue of errors (`error:…`) means in a handshake with the backend.
pub(crate) fn of_reason(errors: &[u8]) -> (Symptom, Captured<'_>) {
    let captured = Captured {
        text: first_reason(errors),
        number: alert_number(errors),
    };
    let words = captured.text.map(plain_words).unwrap_or_default();
    let symptom = of_alert(&words, captured.number).or_else(|| of_words(&words));
    (symptom.unwrap_or(Symptom::TlsHandshakeFailed), captured)
}

static CERTIFICATE: &[Row] = &[
    row(
        "upstream SSL certificate verify error: ({#}:{})",
        Symptom::CertificateRejected,
    ),
    row(
        "upstream SSL certificate does not match \"{}\"",
        Symptom::CertificateNameMismatch,
    ),
];

/// `SSL_do_handshake() failed (SSL: error:…)`: the call and what is in the brackets.
fn split_call(message: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let (call, rest) = scan::split_once(message, "() failed")?;
    let is_call =
        call.starts_with(b"SSL_") && call.iter().all(|b| b.is_ascii_alphabetic() || *b == b'_');
    if !is_call {
        return None;
    }
    let inside = rest.strip_prefix(b" (SSL: ");
    Some((
        call,
        inside.map(|text| text.strip_suffix(b")").unwrap_or(text)),
    ))
}

/// The reason of the first error: `error:CODE:LIBRARY:FUNCTION:REASON[:DATA]`.
fn first_reason(errors: &[u8]) -> Option<&[u8]> {
    let mut fields = errors.strip_prefix(b"error:")?.split(|b| *b == b':');
    let reason = fields.nth(3)?;
    let end = memchr::memmem::find(reason, b" error").unwrap_or(reason.len());
    reason.get(..end)
}

fn alert_number(errors: &[u8]) -> Option<u64> {
    let (_, rest) = scan::split_once(errors, "SSL alert number ")?;
    scan::number(rest).map(|(number, _)| number)
}

/// `SSLV3_ALERT_BAD_CERTIFICATE` and `sslv3 alert bad certificate` are the same.
fn plain_words(reason: &[u8]) -> String {
    scan::lossy(reason).to_ascii_lowercase().replace('_', " ")
}

/// Alerts of RFC 8446 section 6, by number or by name.
const ALERTS: &[(u64, &str, Symptom)] = &[
    (
        40,
        "alert handshake failure",
        Symptom::TlsAlertHandshakeFailure,
    ),
    (41, "alert no certificate", Symptom::TlsAlertCertificate),
    (42, "alert bad certificate", Symptom::TlsAlertCertificate),
    (
        43,
        "alert unsupported certificate",
        Symptom::TlsAlertCertificate,
    ),
    (
        44,
        "alert certificate revoked",
        Symptom::TlsAlertCertificate,
    ),
    (
        45,
        "alert certificate expired",
        Symptom::TlsAlertCertificate,
    ),
    (
        46,
        "alert certificate unknown",
        Symptom::TlsAlertCertificate,
    ),
    (48, "alert unknown ca", Symptom::TlsAlertCertificate),
    (70, "alert protocol version", Symptom::TlsVersionMismatch),
    (
        71,
        "alert insufficient security",
        Symptom::TlsCipherMismatch,
    ),
    (112, "unrecognized name", Symptom::TlsAlertUnrecognizedName),
    (
        116,
        "alert certificate required",
        Symptom::TlsAlertCertificateRequired,
    ),
];

fn of_alert(words: &str, number: Option<u64>) -> Option<Symptom> {
    let known = ALERTS.iter().find(|(alert, name, _)| {
        number.map_or_else(|| words.ends_with(name), |number| number == *alert)
    });
    let other = number.is_some() || words.contains(" alert ");
    known
        .map(|row| row.2)
        .or(other.then_some(Symptom::TlsAlert))
}

/// Reasons that our own side found.
const REASONS: &[(&str, Symptom)] = &[
    ("wrong version number", Symptom::TlsNotSpoken),
    ("unknown protocol", Symptom::TlsNotSpoken),
    ("packet length too long", Symptom::TlsNotSpoken),
    ("http request", Symptom::TlsNotSpoken),
    ("https proxy request", Symptom::TlsNotSpoken),
    ("unsupported protocol", Symptom::TlsVersionMismatch),
    ("version too low", Symptom::TlsVersionMismatch),
    ("wrong ssl version", Symptom::TlsVersionMismatch),
    ("no protocols available", Symptom::TlsVersionMismatch),
    ("inappropriate fallback", Symptom::TlsVersionMismatch),
    ("no shared cipher", Symptom::TlsCipherMismatch),
    ("no ciphers available", Symptom::TlsCipherMismatch),
    ("wrong cipher returned", Symptom::TlsCipherMismatch),
    ("no suitable key share", Symptom::TlsCipherMismatch),
    ("no shared signature algorithms", Symptom::TlsCipherMismatch),
    (
        "no suitable signature algorithm",
        Symptom::TlsCipherMismatch,
    ),
    ("dh key too small", Symptom::TlsCipherMismatch),
    ("ee key too small", Symptom::TlsCipherMismatch),
    (
        "unsafe legacy renegotiation disabled",
        Symptom::TlsCipherMismatch,
    ),
    ("certificate verify failed", Symptom::TlsVerifyFailed),
    ("unexpected eof while reading", Symptom::TlsClosed),
];

fn of_words(words: &str) -> Option<Symptom> {
    let known = REASONS.iter().find(|(reason, _)| *reason == words);
    known.map(|(_, symptom)| *symptom)
}
