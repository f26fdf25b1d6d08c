//! Whether the visitor's own machine uses an address that the site's name no longer
//! has: a line of the hosts file, or a resolver that remembers.
use crate::case::Case;
use crate::case::visit::site::Visit;
use crate::evidence::{Evidence, Strength};
use core::net::{IpAddr, SocketAddr};
use gatewhy_facts::dns::hosts;
use gatewhy_facts::dns::lookup::Meaning;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::Question;
use gatewhy_facts::tls::chain::{Chain, Roots, Trust};

/// Where distributions keep the certificates that a machine trusts.
const TRUSTED: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
];

/// An address that this machine uses, beside others that name servers tell.
#[derive(Clone, Debug)]
pub struct StaleName {
    /// The addresses that this machine uses.
    pub used: Vec<IpAddr>,
    /// An address that it does not use.
    pub other: IpAddr,
    /// The line of the hosts file that has the name, if one has.
    pub hosts: Option<Evidence>,
    /// What the name server says.
    pub told: Evidence,
    /// What the site does at the other address; as strong as it may be.
    pub seen: Result<Evidence, Gap>,
    /// Whether it answers well there.
    pub good: bool,
}

impl Case<'_> {
    /// The line of the hosts file that has the site's name, and is what this machine
    /// uses.
    pub(in crate::case) fn hosts_line(&self) -> Option<Evidence> {
        let path = HostPath::new("/etc/hosts");
        let file = self.known.file(&Question::file(path.as_str()));
        let hosts = hosts::parse(&path, file.found()?);
        let entry = hosts.named(&self.request.host).next()?;
        let source = Source::new(path.to_string()).at_line(entry.span.line);
        let text = format!(
            "the hosts file says that {} is {}",
            self.request.host, entry.address
        );
        Some(Evidence::strong(text, &source))
    }

    /// An address that name servers tell and this machine does not use, when all that
    /// it uses differ from what that server tells.
    pub fn stale_name(&self) -> Option<StaleName> {
        if !self.is_outside() || self.request.dial.is_some() {
            return None;
        }
        let host = &self.request.host;
        let used = self.resolved(host).found()?.clone();
        let all = self.told_by_system_servers();
        let told = all
            .iter()
            .filter_map(Fact::found)
            .find(|told| match &told.meaning {
                Meaning::Addresses(other) => !other.iter().any(|ip| used.contains(ip)),
                _ => false,
            })?;
        let Meaning::Addresses(others) = &told.meaning else {
            return None;
        };
        let other = *others.first()?;
        let visit = self.visit_at(SocketAddr::new(other, self.request.port));
        let good = visit.found().is_some_and(|visit| visit.seen().is_good());
        Some(StaleName {
            hosts: self.hosts_line(),
            told: Evidence::strong(told.words(host), &told.source),
            seen: self.seen_there(&visit, good),
            used,
            other,
            good,
        })
    }

    fn seen_there(&self, visit: &Fact<Visit<'_>>, good: bool) -> Result<Evidence, Gap> {
        match visit {
            Fact::Found(visit, source) => {
                let words = visit.seen().words(self.request.patience_ms);
                let text = format!("the same request there: {words}");
                let strength = if good {
                    Strength::Proof
                } else {
                    Strength::Weak
                };
                Ok(Evidence {
                    strength,
                    ..Evidence::strong(text, source)
                })
            }
            Fact::Absent(source) => Err(Gap::new(source.place.clone(), "there is no answer", "")),
            Fact::Unknown(gap) => Err(gap.clone()),
        }
    }

    /// Whether every name server told the addresses that this machine uses.
    pub fn servers_agree(&self) -> Option<bool> {
        let used = self.resolved(&self.request.host).found()?.clone();
        let told = self.told_by_system_servers();
        if told.is_empty() || told.iter().any(Fact::is_unknown) {
            return None;
        }
        let mut told = told.iter().filter_map(Fact::found);
        Some(told.all(|told| match &told.meaning {
            Meaning::Addresses(all) => all.iter().all(|ip| used.contains(ip)),
            _ => false,
        }))
    }

    /// Where the way from a site's certificate leads, by what this machine trusts.
    pub(in crate::case) fn trust_of(&self, chain: &Chain) -> Option<Trust> {
        let mut files = TRUSTED
            .iter()
            .map(|path| self.known.file(&Question::file(*path)));
        let roots = files.find_map(|file| match file {
            Fact::Found(pem, _) => Some(Ok(Roots::read(pem))),
            Fact::Unknown(gap) => Some(Err(gap)),
            Fact::Absent(_) => None,
        });
        Some(chain.trust(&roots?.ok()?))
    }

    /// Whether the visitor's answer came over TLS from somebody with a certificate for
    /// the site that this machine trusts: nobody between can have changed it.
    pub fn is_sealed(&self) -> bool {
        let Some(visit) = self.failed_visit() else {
            return false;
        };
        let chain = Chain::read(&visit.conversation.certificates);
        let for_host = chain
            .own()
            .is_some_and(|own| own.is_for_host(&self.request.host));
        for_host && matches!(self.trust_of(&chain), Some(Trust::Trusted(_)))
    }
}
