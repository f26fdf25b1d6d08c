//! Whether the backend's certificate stands the proxy's check.
use crate::case::exchange::handshake::Handshake;
use crate::case::exchange::link::Link;
use crate::case::exchange::tls::{Seen, TlsFault, Why};
use crate::case::programs::kind::Kind;
use crate::evidence::Evidence;
use gatewhy_facts::fact::{Fact, Gap};
use gatewhy_facts::prelude::*;
use gatewhy_facts::symptom::Symptom;
use gatewhy_facts::tls::alert;
use gatewhy_facts::tls::certificate::{Certificate, Validity};
use gatewhy_facts::tls::chain::{Roots, Trust};
use gatewhy_facts::untrusted::shown;

/// Why the proxy does not take a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFault {
    /// Why.
    pub doubt: Doubt,
    /// The certificate that it is about, where it was seen.
    pub certificate: Option<Box<Certificate>>,
}

/// What is wrong with a certificate or its chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// It is out of date; none when only nginx's word is at hand.
    Dates(Option<Validity>),
    /// The way from it does not end in a trusted root.
    Trust(Trust),
    /// The way is longer than allowed.
    Depth {
        /// Certificates between the backend's own and the root.
        intermediates: usize,
        /// How many the proxy allows.
        allowed: u64,
    },
    /// nginx's own word, the number of the check that failed.
    Said(u32),
    /// It is for other names.
    Name {
        /// The name that the proxy checks.
        wanted: String,
    },
}

impl Link<'_, '_> {
    /// What the proxy's check finds in the chain of a handshake, in OpenSSL's order:
    /// a fault of the dates is found last, and so is the one that is told.
    fn doubts(&self, handshake: &Handshake) -> Fact<Vec<CertificateFault>> {
        let Some(own) = handshake.chain.own() else {
            return Fact::Absent(handshake.source.clone());
        };
        let Some(clock) = self.case.clock() else {
            return Fact::Unknown(Gap::new("the host's clock", "it could not be read", ""));
        };
        let demands = self.demands();
        let roots = match self.trusted() {
            Fact::Found(roots, _) => Some(roots),
            // Only nginx has no others than those of the file.
            Fact::Absent(_) if self.case.proxy_kind() == Kind::Nginx => Some(Roots::default()),
            Fact::Absent(_) => None,
            Fact::Unknown(gap) => return Fact::Unknown(gap),
        };
        let about = |doubt, certificate: &Certificate| CertificateFault {
            doubt,
            certificate: Some(Box::new(certificate.clone())),
        };
        let mut doubts = Vec::new();
        let outdated = handshake.chain.not_valid(clock.now);
        if let Some((certificate, validity)) = outdated.filter(|_| demands.dates) {
            doubts.push(about(Doubt::Dates(Some(validity)), certificate));
        }
        let roots = roots.filter(|_| demands.authority);
        let doubted = roots.and_then(|roots| trust_doubt(handshake, &roots, demands.depth));
        doubts.extend(doubted.map(|doubt| about(doubt, own)));
        let wanted = demands.name.filter(|name| !self.covers(own, name));
        doubts.extend(wanted.map(|wanted| about(Doubt::Name { wanted }, own)));
        Fact::Found(doubts, handshake.source.clone())
    }
}

impl Link<'_, '_> {
    /// Programs in Go look for the address that they dial among the certificate's own.
    fn covers(&self, certificate: &Certificate, name: &str) -> bool {
        let in_go = matches!(self.case.proxy_kind(), Kind::Caddy | Kind::Traefik);
        match name.parse() {
            Ok(address) if in_go => certificate.is_for_address(address),
            _ => certificate.is_for_host(name),
        }
    }
}

fn trust_doubt(handshake: &Handshake, roots: &Roots, depth: Option<u64>) -> Option<Doubt> {
    let is_deeper = |count: usize, allowed: u64| u64::try_from(count).is_ok_and(|n| n > allowed);
    match (handshake.chain.trust(roots), depth) {
        (Trust::Trusted(way), Some(allowed)) if is_deeper(way.intermediates, allowed) => {
            Some(Doubt::Depth {
                intermediates: way.intermediates,
                allowed,
            })
        }
        (Trust::Trusted(_), _) => None,
        (other, _) => Some(Doubt::Trust(other)),
    }
}

impl Doubt {
    /// Whether both are of one kind, so that one cause stands for them.
    fn is_like(&self, other: &Self) -> bool {
        let kind = |doubt: &Self| match doubt {
            Self::Dates(_) => 0,
            Self::Trust(_) | Self::Depth { .. } | Self::Said(_) => 1,
            Self::Name { .. } => 2,
        };
        kind(self) == kind(other)
    }
}

impl Seen<'_, '_, '_> {
    /// The proxy's check fails, or would fail.
    pub(in crate::case) fn certificate(&self) -> Result<Option<TlsFault>, Gap> {
        if !self.link.verifies() {
            return Ok(None);
        }
        let said = self.said();
        let doubts = match self.ours.map(|ours| self.link.doubts(ours)) {
            Some(Fact::Found(doubts, _)) => doubts,
            Some(Fact::Unknown(gap)) if gap.is_pending() || said.is_none() => return Err(gap),
            _ => Vec::new(),
        };
        let seen = match &said {
            Some(said) => doubts.iter().find(|doubt| doubt.doubt.is_like(&said.doubt)),
            None => doubts.first(),
        };
        let Some(fault) = seen.or(said.as_ref()) else {
            return Ok(None);
        };
        if let Named::Better(name, evidence) = self.better_by_name()? {
            return Ok(Some(
                self.fault(Why::ServerName { name, sent: None }, [evidence]),
            ));
        }
        let sure = seen.is_some() && (said.is_some() || self.proxy_agrees());
        let first = self.shown(fault, sure);
        let besides = doubts
            .iter()
            .filter(|other| *other != fault)
            .map(|other| self.besides(other));
        let mut told = self.fault(Why::Certificate(fault.clone()), first);
        told.evidence.extend(besides.flatten());
        Ok(Some(told))
    }

    /// What nginx's record says of the certificate.
    fn said(&self) -> Option<CertificateFault> {
        let record = &self.record?.record;
        let number = record.number.and_then(|number| u32::try_from(number).ok());
        let doubt = match (record.symptom?, number) {
            (Symptom::CertificateNameMismatch, _) => Doubt::Name {
                wanted: record
                    .text
                    .as_deref()
                    .map(|text| shown(text).to_string())
                    .unwrap_or_default(),
            },
            (Symptom::CertificateRejected, Some(9 | 10)) => Doubt::Dates(None),
            (_, None) if self.record?.record.names_dates() => Doubt::Dates(None),
            (Symptom::CertificateRejected | Symptom::TlsVerifyFailed, number) => {
                Doubt::Said(number.unwrap_or(0))
            }
            _ => return None,
        };
        Some(CertificateFault {
            doubt,
            certificate: None,
        })
    }

    /// A backend that is not told a name may show the certificate of another site.
    fn better_by_name(&self) -> Result<Named, Gap> {
        let sends = self
            .link
            .tls_settings()
            .is_some_and(|tls| tls.server_name.value);
        let name = self
            .link
            .checked_name()
            .filter(|name| self.link.other_names().contains(name));
        let Some(name) = name.filter(|_| !sends) else {
            return Ok(Named::NoHelp);
        };
        let named = match self.link.handshake_as(Some(name.clone())) {
            Fact::Found(named, _) => named,
            Fact::Unknown(gap) => return Err(gap),
            Fact::Absent(_) => return Ok(Named::NoHelp),
        };
        match self.link.doubts(&named) {
            Fact::Found(doubts, source) if doubts.is_empty() => {
                let subject = named
                    .chain
                    .own()
                    .map(|own| shown(own.subject.as_bytes()).to_string());
                let text = format!(
                    "told the name {name}, it shows another certificate ({}), which stands the check",
                    subject.unwrap_or_default()
                );
                let evidence = if self.record.is_some() {
                    Evidence::proof(text, &source)
                } else {
                    Evidence::strong(text, &source)
                };
                Ok(Named::Better(name, evidence))
            }
            Fact::Found(..) | Fact::Absent(_) => Ok(Named::NoHelp),
            Fact::Unknown(gap) => Err(gap),
        }
    }

    /// The certificate as it was shown to us, as evidence.
    fn shown(&self, fault: &CertificateFault, sure: bool) -> Option<Evidence> {
        let ours = self.ours?;
        let text = fault.words(self.link)?;
        Some(if sure {
            Evidence::proof(text, &ours.source)
        } else {
            Evidence::strong(text, &ours.source)
        })
    }

    fn besides(&self, fault: &CertificateFault) -> Option<Evidence> {
        let text = format!("besides: {}", fault.words(self.link)?);
        Some(Evidence::weak(text, &self.ours?.source))
    }
}

/// Whether telling the name helps.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Named {
    Better(String, Evidence),
    NoHelp,
}

impl CertificateFault {
    /// What is wrong with the certificate that was shown, for people.
    pub fn words(&self, link: Link<'_, '_>) -> Option<String> {
        let certificate = self.certificate.as_ref()?;
        let subject = shown(certificate.subject.as_bytes()).to_string();
        let issuer = shown(certificate.issuer.as_bytes()).to_string();
        let offset = link.case.clock().map_or(0, |clock| clock.utc_offset_secs);
        Some(match &self.doubt {
            Doubt::Dates(Some(Validity::NotYet(_))) => {
                format!(
                    "the certificate {subject} is valid from {} on",
                    certificate.not_before.local(offset)
                )
            }
            Doubt::Dates(_) => {
                format!(
                    "the certificate {subject} was valid until {}",
                    certificate.not_after.local(offset)
                )
            }
            Doubt::Trust(trust) => format!(
                "the certificate {subject}, issued by {issuer}: {}",
                trust_words(trust)
            ),
            Doubt::Depth {
                intermediates,
                allowed,
            } => format!(
                "there are {intermediates} certificates between {subject} and the root, and {} follows {allowed}",
                link.case.proxy_name()
            ),
            Doubt::Said(number) => {
                let number = *number;
                alert::verify_number(number)
                    .unwrap_or("the certificate is not accepted")
                    .to_owned()
            }
            Doubt::Name { wanted } => format!(
                "the certificate is for {}, and not for {wanted}",
                names(certificate)
            ),
        })
    }
}

/// The names of a certificate, at most four.
pub fn names(certificate: &Certificate) -> String {
    const MOST: usize = 4;
    let mut all: Vec<String> = certificate.dns_names.clone();
    all.extend(certificate.addresses.iter().map(ToString::to_string));
    if all.is_empty() {
        all.extend(certificate.common_name.clone());
    }
    if all.is_empty() {
        return "no name".into();
    }
    let more = all.len().saturating_sub(MOST);
    all.truncate(MOST);
    let text = all
        .iter()
        .map(|name| shown(name.as_bytes()).to_string())
        .collect::<Vec<_>>()
        .join(", ");
    if more == 0 {
        text
    } else {
        format!("{text} and {more} more")
    }
}

fn trust_words(trust: &Trust) -> String {
    let name = |text: &String| shown(text.as_bytes()).to_string();
    match trust {
        Trust::Trusted(_) => "it is trusted".into(),
        Trust::SelfSigned => "it is self-signed, and not among the trusted ones".into(),
        Trust::UntrustedRoot(root) => {
            format!("its root {} is not among the trusted ones", name(root))
        }
        Trust::IssuerMissing(issuer) => {
            format!(
                "the certificate of {} is neither sent nor among the trusted ones",
                name(issuer)
            )
        }
        Trust::IssuerKeyDiffers(issuer) => {
            format!(
                "the trusted certificate of {} has another key: it was renewed",
                name(issuer)
            )
        }
        Trust::TrustedButNoRoot(subject) => {
            format!(
                "{} is trusted, but is no root, and its own issuer is not at hand",
                name(subject)
            )
        }
        Trust::IssuerMayNotSign(issuer) => format!("{} may not sign certificates", name(issuer)),
        Trust::NoCertificate => "there is no certificate".into(),
    }
}
