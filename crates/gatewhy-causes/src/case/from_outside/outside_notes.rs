//! What visitors may run into although an answer came: told in the first lines of the
//! report, of a site that is only seen from outside.
use crate::case::Case;
use crate::case::visit::site::{Seen, Visit};
use core::net::SocketAddr;
use gatewhy_facts::fact::Fact;
use gatewhy_facts::prelude::*;
use gatewhy_facts::protocol::error_page;
use gatewhy_facts::protocol::tape::How;
use gatewhy_facts::time::for_people;
use gatewhy_facts::tls::certificate::Validity;
use gatewhy_facts::tls::chain::{Chain, Trust};
use gatewhy_facts::untrusted::shown_within;

/// A certificate that ends so soon is worth a word, in seconds.
pub(in crate::case) const SOON: i64 = 14 * 86_400;
/// The machine that asks has no way there: `EADDRNOTAVAIL`, `ENETUNREACH`.
const NO_WAY: [i32; 2] = [99, 101];

impl Case<'_> {
    /// What visitors may run into, as sentences.
    pub(crate) fn outside_notes(&self) -> Vec<String> {
        let Some(visit) = self.failed_visit().filter(|_| self.is_outside()) else {
            return Vec::new();
        };
        let mut notes = self.address_notes(visit);
        notes.extend(self.certificate_note(visit));
        notes.extend(cache_note(visit));
        notes
    }

    /// Addresses of the site that answer otherwise than the first.
    fn address_notes(&self, first: &Visit<'_>) -> Vec<String> {
        let others = self.other_doors();
        let count = others.len().saturating_add(1);
        let front_good = first.seen().is_good();
        let mut notes = Vec::new();
        let mut bad: Vec<String> = Vec::new();
        let mut good: Vec<SocketAddr> = Vec::new();
        for (at, visit) in &others {
            let Fact::Found(visit, _) = visit else {
                continue;
            };
            let seen = visit.seen();
            match seen {
                seen if seen.is_good() => good.push(*at),
                Seen::NotConnected(How::Errno(number))
                    if at.is_ipv6() && NO_WAY.contains(&number) =>
                {
                    notes.push(format!(
                        "this machine has no way over IPv6: whether {at} answers is not known"
                    ));
                }
                seen => bad.push(format!("{at}: {}", seen.words(self.request.patience_ms))),
            }
        }
        if front_good && !bad.is_empty() {
            let text = bad.join("; ");
            notes.insert(
                0,
                format!(
                    "{} of {count} addresses of the site fail ({text})",
                    bad.len()
                ),
            );
        }
        if let Some(at) = good.first().filter(|_| !front_good) {
            notes.insert(0, format!("another address of the site answers well: {at}"));
        }
        notes
    }

    /// What browsers mind of the certificate, or will soon.
    fn certificate_note(&self, visit: &Visit<'_>) -> Option<String> {
        let chain = Chain::read(&visit.conversation.certificates);
        let own = chain.own()?;
        let host = &self.request.host;
        let validity = self.clock().map(|clock| own.validity(clock.now));
        if let Some(Validity::Expired(secs)) = validity {
            let ago = for_people(secs);
            return Some(format!(
                "browsers refuse the certificate: it expired {ago} ago"
            ));
        }
        if let Some(Validity::NotYet(secs)) = validity {
            let after = for_people(secs);
            return Some(format!(
                "browsers refuse the certificate: it is valid only in {after}"
            ));
        }
        if !own.is_for_host(host) {
            let names = shown_within(own.dns_names.join(", ").as_bytes(), 60);
            return Some(format!(
                "browsers refuse the certificate: it is for {names}, not for {host}"
            ));
        }
        if matches!(self.trust_of(&chain), Some(Trust::SelfSigned)) {
            return Some("browsers refuse the certificate: it is self-signed".to_owned());
        }
        match validity {
            Some(Validity::Valid(secs)) if secs < SOON => Some(format!(
                "the certificate ends soon, in {}",
                for_people(secs)
            )),
            _ => None,
        }
    }
}

/// That an error comes out of a cache, and may be older than what is wrong now.
fn cache_note(visit: &Visit<'_>) -> Option<String> {
    let failed = matches!(visit.seen(), Seen::Status(500..));
    let signs = error_page::read(&visit.answer, visit.conversation.received);
    let cache = signs.cache.filter(|cache| cache.hit && failed)?;
    Some(format!(
        "this error comes from a cache on the way: {}",
        cache.text
    ))
}
