//! What one certificate says.
//!
//! Signatures are not checked here: whoever offers a forged certificate under a
//! trusted issuer's name is refused by the proxy, not by this reading.
use crate::prelude::*;
use crate::time::Moment;
use core::net::IpAddr;
use x509_cert::Certificate as X509;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::{Decode, Encode};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, KeyUsage, SubjectAltName, SubjectKeyIdentifier,
};

/// A certificate, read. Its texts come from strangers: show them through
/// [`shown`](crate::untrusted::shown).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Whom it is for, as RFC 4514 writes names: `CN=shop.example,O=Lab`.
    pub subject: String,
    /// Who signed it, likewise.
    pub issuer: String,
    /// The subject's common name, which OpenSSL falls back to.
    pub common_name: Option<String>,
    /// DNS names it is for (subject alternative names), at most 1000.
    pub dns_names: Vec<String>,
    /// Addresses it is for, likewise.
    pub addresses: Vec<IpAddr>,
    /// From when it is valid.
    pub not_before: Moment,
    /// Until when it is valid.
    pub not_after: Moment,
    /// Whether it may sign other certificates.
    pub is_ca: bool,
    /// Its public key.
    pub key: Key,
    /// The algorithm of its signature.
    pub signed_with: Signature,
    /// The whole, as it came.
    pub der: Vec<u8>,
    identity: Identity,
}

/// What ties a certificate to its issuer's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Identity {
    subject: Vec<u8>,
    issuer: Vec<u8>,
    key_id: Option<Vec<u8>>,
    issuer_key_id: Option<Vec<u8>>,
}

/// A public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// RSA with a modulus of so many bits.
    Rsa(usize),
    /// An elliptic curve of so many bits.
    Curve(usize),
    /// Ed25519 or Ed448.
    Edwards,
    /// DSA, or anything else.
    Other,
}

/// The digest and kind of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// With MD5 or SHA-1, which OpenSSL no longer takes at its default level.
    Weak,
    /// With SHA-2 or an Edwards curve.
    Sound,
    /// Unknown.
    Other,
}

/// Whether a certificate is valid at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// It is, and stays so for so many seconds.
    Valid(i64),
    /// It begins in so many seconds.
    NotYet(i64),
    /// It ended so many seconds ago.
    Expired(i64),
}

const MOST_NAMES: usize = 1000;

impl Certificate {
    /// Reads a certificate in DER; the reason when that is none.
    pub fn read(der: &[u8]) -> Result<Self, String> {
        let x509 = X509::from_der(der).map_err(|e| e.to_string())?;
        let tbs = x509.tbs_certificate();
        let names = tbs.get_extension::<SubjectAltName>().ok().flatten();
        let (dns_names, addresses) = alternative_names(names.map(|(_, n)| n.0).unwrap_or_default());
        let common_name = tbs.subject().common_name().ok().flatten();
        Ok(Self {
            subject: tbs.subject().to_string(),
            issuer: tbs.issuer().to_string(),
            common_name: common_name.map(|n| n.value().into_owned()),
            dns_names,
            addresses,
            not_before: moment(tbs.validity().not_before),
            not_after: moment(tbs.validity().not_after),
            is_ca: is_ca(&x509),
            key: key(&x509),
            signed_with: signature(x509.signature_algorithm().oid),
            der: der.to_vec(),
            identity: identity(&x509),
        })
    }

    /// Whether subject and issuer are the same, so that it can only be trusted as
    /// it is.
    pub fn is_self_issued(&self) -> bool {
        self.identity.subject == self.identity.issuer && self.may_be_issued_by(self)
    }

    /// Whether `issuer` is named as this certificate's issuer: the name agrees, and
    /// the key's identifier where both tell it.
    pub fn may_be_issued_by(&self, issuer: &Self) -> bool {
        let same_key = match (&self.identity.issuer_key_id, &issuer.identity.key_id) {
            (Some(wanted), Some(has)) => wanted == has,
            _ => true,
        };
        self.names_as_issuer(issuer) && same_key
    }

    /// Whether `issuer` has the name of this certificate's issuer, perhaps with
    /// another key.
    pub fn names_as_issuer(&self, issuer: &Self) -> bool {
        self.identity.issuer == issuer.identity.subject
    }

    /// Whether it is valid at a moment.
    pub const fn validity(&self, at: Moment) -> Validity {
        if at.0 < self.not_before.0 {
            return Validity::NotYet(self.not_before.since(at) / 1_000_000);
        }
        if at.0 > self.not_after.0 {
            return Validity::Expired(at.since(self.not_after) / 1_000_000);
        }
        Validity::Valid(self.not_after.since(at) / 1_000_000)
    }

    /// Whether it is for a host name, by the rules of RFC 6125 as OpenSSL's
    /// `X509_check_host` has them, which nginx, httpd and HAProxy call: DNS names
    /// with a wildcard in the first label; the common name only when there are no
    /// DNS names; never an address.
    pub fn is_for_host(&self, host: &str) -> bool {
        if self.dns_names.is_empty() {
            let name = self.common_name.as_deref();
            return name.is_some_and(|name| name_matches(name, host));
        }
        self.dns_names.iter().any(|name| name_matches(name, host))
    }

    /// Whether it is for an address.
    pub fn is_for_address(&self, address: IpAddr) -> bool {
        self.addresses.contains(&address)
    }
}

/// Whether a name of a certificate, perhaps with a wildcard, covers a host.
fn name_matches(pattern: &str, host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let pattern = pattern.strip_suffix('.').unwrap_or(pattern);
    if pattern.eq_ignore_ascii_case(host) {
        return !host.is_empty();
    }
    let (Some((wild, rest)), Some((label, host_rest))) =
        (pattern.split_once('.'), host.split_once('.'))
    else {
        return false;
    };
    let Some((before, after)) = wild.split_once('*') else {
        return false;
    };
    // One wildcard, over one whole label, never over a top-level domain.
    let sane = !after.contains('*') && rest.contains('.') && !rest.contains('*');
    let international = label
        .get(..4)
        .is_some_and(|l| l.eq_ignore_ascii_case("xn--"));
    let partial = !before.is_empty() || !after.is_empty();
    sane && rest.eq_ignore_ascii_case(host_rest)
        && !(partial && international)
        && label_matches(before, after, label)
}

fn label_matches(before: &str, after: &str, label: &str) -> bool {
    let Some(middle) = label
        .len()
        .checked_sub(before.len().saturating_add(after.len()))
    else {
        return false;
    };
    let starts = label
        .get(..before.len())
        .is_some_and(|l| l.eq_ignore_ascii_case(before));
    let end = label.len().saturating_sub(after.len());
    let ends = label
        .get(end..)
        .is_some_and(|l| l.eq_ignore_ascii_case(after));
    middle > 0 && starts && ends
}

fn alternative_names(names: Vec<GeneralName>) -> (Vec<String>, Vec<IpAddr>) {
    let (mut dns, mut addresses) = (Vec::new(), Vec::new());
    for name in names.into_iter().take(MOST_NAMES) {
        match name {
            GeneralName::DnsName(name) => dns.push(name.as_str().to_owned()),
            GeneralName::IpAddress(octets) => addresses.extend(address(octets.as_bytes())),
            _ => {}
        }
    }
    (dns, addresses)
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    if let Ok(v4) = <[u8; 4]>::try_from(octets) {
        return Some(v4.into());
    }
    <[u8; 16]>::try_from(octets).ok().map(IpAddr::from)
}

fn moment(time: x509_cert::time::Time) -> Moment {
    let secs = time.to_unix_duration().as_secs();
    Moment::from_secs(i64::try_from(secs).unwrap_or(i64::MAX))
}

/// Certificates without constraints (version 1 roots) may sign when they are
/// trusted as they are.
fn is_ca(x509: &X509) -> bool {
    let tbs = x509.tbs_certificate();
    let constraints = tbs.get_extension::<BasicConstraints>().ok().flatten();
    let usage = tbs.get_extension::<KeyUsage>().ok().flatten();
    let signs = usage.is_none_or(|(_, usage)| usage.key_cert_sign());
    match constraints {
        Some((_, constraints)) => constraints.ca && signs,
        None => tbs.extensions().is_none() && tbs.subject() == tbs.issuer(),
    }
}

fn identity(x509: &X509) -> Identity {
    let tbs = x509.tbs_certificate();
    let key_id = tbs.get_extension::<SubjectKeyIdentifier>().ok().flatten();
    let issuer = tbs.get_extension::<AuthorityKeyIdentifier>().ok().flatten();
    let issuer = issuer.and_then(|(_, id)| id.key_identifier);
    Identity {
        subject: tbs.subject().to_der().unwrap_or_default(),
        issuer: tbs.issuer().to_der().unwrap_or_default(),
        key_id: key_id.map(|(_, id)| id.0.as_bytes().to_vec()),
        issuer_key_id: issuer.map(|id| id.as_bytes().to_vec()),
    }
}

const RSA: &str = "1.2.840.113549.1.1.";
const ECDSA: &str = "1.2.840.10045.4.";

fn signature(oid: ObjectIdentifier) -> Signature {
    let oid = oid.to_string();
    let kind = |prefix: &str| oid.strip_prefix(prefix);
    match (kind(RSA), kind(ECDSA), oid.as_str()) {
        (Some("2" | "3" | "4" | "5"), ..) | (_, Some("1"), _) => Signature::Weak,
        (Some("10" | "11" | "12" | "13" | "14"), ..) => Signature::Sound,
        (_, Some("3.1" | "3.2" | "3.3" | "3.4"), _) => Signature::Sound,
        (.., "1.3.101.112" | "1.3.101.113") => Signature::Sound,
        _ => Signature::Other,
    }
}

fn key(x509: &X509) -> Key {
    let info = x509.tbs_certificate().subject_public_key_info();
    let bits = info.subject_public_key.raw_bytes();
    match info.algorithm.oid.to_string().as_str() {
        "1.2.840.113549.1.1.1" => modulus_bits(bits).map_or(Key::Other, Key::Rsa),
        "1.2.840.10045.2.1" => {
            let curve = info.algorithm.parameters.as_ref();
            let curve = curve.and_then(|p| p.decode_as::<ObjectIdentifier>().ok());
            curve_bits(curve).map_or(Key::Other, Key::Curve)
        }
        "1.3.101.112" | "1.3.101.113" => Key::Edwards,
        _ => Key::Other,
    }
}

fn curve_bits(curve: Option<ObjectIdentifier>) -> Option<usize> {
    Some(match curve?.to_string().as_str() {
        "1.2.840.10045.3.1.1" => 192,
        "1.2.840.10045.3.1.7" | "1.3.132.0.10" => 256,
        "1.3.132.0.33" => 224,
        "1.3.132.0.34" => 384,
        "1.3.132.0.35" => 521,
        _ => return None,
    })
}

/// The size of the first number in `SEQUENCE { modulus, exponent }`.
fn modulus_bits(key: &[u8]) -> Option<usize> {
    let (sequence, _) = element(key, 0x30)?;
    let (modulus, _) = element(sequence, 0x02)?;
    let number = modulus.strip_prefix(&[0]).unwrap_or(modulus);
    let spare = number.first()?.leading_zeros();
    let bits = number.len().checked_mul(8)?;
    bits.checked_sub(usize::try_from(spare).ok()?)
}

/// The content of a DER element with this tag, and what follows it.
pub(super) fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_first()?;
    if *first != tag {
        return None;
    }
    if *length < 0x80 {
        return rest.split_at_checked(usize::from(*length));
    }
    let size = usize::from(*length & 0x7f);
    let (digits, rest) = rest.split_at_checked(size).filter(|_| size <= 4)?;
    let length = digits
        .iter()
        .fold(0_usize, |n, d| (n << 8) | usize::from(*d));
    rest.split_at_checked(length)
}
