//! A chain of certificates against a bundle of trusted ones.
use super::certificate::{Certificate, Validity};
use crate::prelude::*;
use crate::time::Moment;

/// What a server sent as its chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chain {
    /// The certificates that could be read, the server's own first.
    pub certificates: Vec<Certificate>,
    /// Those that could not: place in the chain, counted from 0, and why.
    pub unreadable: Vec<(usize, String)>,
}

/// Certificates that a proxy trusts, as a bundle of PEM blocks holds them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roots {
    /// Those that could be read.
    pub certificates: Vec<Certificate>,
    /// How many blocks could not be read.
    pub unreadable: usize,
}

/// Where the way from a server's certificate leads. By names and key identifiers:
/// signatures are not checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// To a trusted root.
    Trusted(Way),
    /// The server's own certificate is self-signed, and not among the trusted ones.
    SelfSigned,
    /// To a root that is not among the trusted ones; its subject.
    UntrustedRoot(String),
    /// To an issuer that the server did not send and that is not trusted; its name.
    /// With no more than the server's own certificate sent, an intermediate is
    /// missing in most cases.
    IssuerMissing(String),
    /// To an issuer of which only one with another key is at hand; its name.
    IssuerKeyDiffers(String),
    /// To a trusted certificate that is no root, and its own issuer is not at hand:
    /// OpenSSL wants a whole way. Its subject.
    TrustedButNoRoot(String),
    /// Through a certificate that may not sign; its subject.
    IssuerMayNotSign(String),
    /// There is no certificate.
    NoCertificate,
}

/// A way to a root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// Subject of the root.
    pub root: String,
    /// Certificates between the server's own and the root: what `verify_depth`
    /// must allow.
    pub intermediates: usize,
    /// Whether the server sent these certificates in this order, and no others.
    pub in_order: bool,
}

/// The longest way that is followed.
const LONGEST_WAY: usize = 16;

impl Chain {
    /// Reads what a server sent.
    pub fn read(ders: &[&[u8]]) -> Self {
        let mut out = Self::default();
        for (n, der) in ders.iter().enumerate() {
            match Certificate::read(der) {
                Ok(certificate) => out.certificates.push(certificate),
                Err(why) => out.unreadable.push((n, why)),
            }
        }
        out
    }

    /// The server's own certificate.
    pub fn own(&self) -> Option<&Certificate> {
        self.certificates.first()
    }

    /// The first certificate that is not valid at a moment, and how.
    pub fn not_valid(&self, at: Moment) -> Option<(&Certificate, Validity)> {
        let judged = self.certificates.iter().map(|c| (c, c.validity(at)));
        let mut bad = judged.filter(|(_, v)| !matches!(v, Validity::Valid(_)));
        bad.next()
    }

    /// Follows the way from the server's certificate to a trusted root.
    pub fn trust(&self, roots: &Roots) -> Trust {
        let Some(own) = self.own() else {
            return Trust::NoCertificate;
        };
        let mut way = vec![own];
        while way.len() <= LONGEST_WAY {
            let Some(last) = way.last().copied() else {
                break;
            };
            if last.is_self_issued() {
                return self.at_root(last, &way, roots);
            }
            match self.issuer_of(last, roots) {
                Some(issuer) if way.contains(&issuer) => break,
                Some(issuer) if !issuer.is_ca => {
                    return Trust::IssuerMayNotSign(issuer.subject.clone());
                }
                Some(issuer) => way.push(issuer),
                None => return self.without_issuer(last, roots),
            }
        }
        Trust::IssuerMissing(way.last().map(|c| c.issuer.clone()).unwrap_or_default())
    }

    fn issuer_of<'a>(
        &'a self,
        certificate: &Certificate,
        roots: &'a Roots,
    ) -> Option<&'a Certificate> {
        // Trusted ones first, as OpenSSL does by default.
        let all = roots.certificates.iter().chain(&self.certificates);
        all.into_iter().find(|c| certificate.may_be_issued_by(c))
    }

    fn at_root(&self, root: &Certificate, way: &[&Certificate], roots: &Roots) -> Trust {
        if roots.holds(root) {
            return Trust::Trusted(Way {
                root: root.subject.clone(),
                intermediates: way.len().saturating_sub(2),
                in_order: self.in_order(way),
            });
        }
        if way.len() == 1 {
            return Trust::SelfSigned;
        }
        Trust::UntrustedRoot(root.subject.clone())
    }

    fn without_issuer(&self, last: &Certificate, roots: &Roots) -> Trust {
        let mut all = roots.certificates.iter().chain(&self.certificates);
        if all.any(|c| last.names_as_issuer(c)) {
            return Trust::IssuerKeyDiffers(last.issuer.clone());
        }
        if roots.holds(last) {
            return Trust::TrustedButNoRoot(last.subject.clone());
        }
        Trust::IssuerMissing(last.issuer.clone())
    }

    /// Whether what was sent is the beginning of the way and nothing else.
    fn in_order(&self, way: &[&Certificate]) -> bool {
        let sent = self.certificates.iter();
        sent.len() <= way.len() && sent.zip(way).all(|(sent, on_way)| sent == *on_way)
    }
}

impl Roots {
    /// Reads all `CERTIFICATE` blocks of a PEM file.
    pub fn read(pem: &[u8]) -> Self {
        let mut out = Self::default();
        for der in super::pem::blocks(pem) {
            match Certificate::read(&der) {
                Ok(certificate) => out.certificates.push(certificate),
                Err(_) => out.unreadable = out.unreadable.saturating_add(1),
            }
        }
        out
    }

    fn holds(&self, certificate: &Certificate) -> bool {
        self.certificates.iter().any(|c| c.der == certificate.der)
    }
}
