//! A CDN, or another edge, that says why it could not fetch from the origin.
//! Exactly one fault, so that the causes of the family exclude each other.
use crate::case::Case;
use crate::case::visit::site::{Seen, Visit};
use crate::evidence::{Evidence, Strength};
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::prelude::*;
use gatewhy_facts::protocol::error_page::{EdgeFault, Mark};
use gatewhy_facts::time::for_people;
use gatewhy_facts::tls::certificate::Validity;
use gatewhy_facts::tls::chain::Chain;
use gatewhy_facts::untrusted::shown_within;

/// An edge that failed to get the page.
#[derive(Clone, Debug)]
pub struct Edge {
    /// Its name.
    pub name: &'static str,
    /// By what it is known, and where that was seen.
    pub mark: Evidence,
    /// What it says of its way to the origin.
    pub fault: EdgeFault,
    /// The status that the visitor got.
    pub status: u16,
    /// The origin, asked directly.
    pub origin: Origin,
}

/// The origin, asked past the edge.
#[derive(Clone, Debug)]
pub enum Origin {
    /// It answers well.
    Good(Evidence),
    /// It does not; what was seen instead.
    Bad(Seen, Evidence),
    /// It was not, or not yet, asked.
    Unknown(Gap),
}

impl Case<'_> {
    /// The edge and what it says, when visitors reach one that failed.
    pub fn edge(&self) -> Option<Edge> {
        if !self.is_outside() || self.is_healthy() != Some(false) {
            return None;
        }
        let signs = self.signs()?;
        let (mark, fault) = (signs.edge()?, signs.fault?);
        let status = self.failed_visit()?.answer.code()?;
        Some(Edge {
            name: mark.by.name(),
            mark: self.mark_evidence(mark),
            fault,
            status,
            origin: self.origin(),
        })
    }

    fn mark_evidence(&self, mark: &Mark) -> Evidence {
        let text = format!("{} answers visitors: {}", mark.by.name(), mark.text);
        Evidence::weak(text, &self.front_source())
    }

    /// Where the visitor's answer was seen.
    pub(in crate::case) fn front_source(&self) -> Source {
        let door = self.front_door();
        match door.found() {
            Some(door) => self.visit_source(*door),
            None => Source::new(format!("GET {}", self.request.url)),
        }
    }

    fn origin(&self) -> Origin {
        match self.origin_visit() {
            None => Origin::Unknown(Gap::new(
                "the origin behind the edge",
                "its address is not known here",
                "add --origin ADDRESS",
            )),
            Some(Fact::Unknown(gap)) => Origin::Unknown(gap),
            Some(Fact::Absent(source)) => {
                Origin::Unknown(Gap::new(source.place, "there is no answer", ""))
            }
            Some(Fact::Found(visit, source)) => {
                let seen = visit.seen();
                let words = seen.words(self.request.patience_ms);
                let text = format!("asked directly, past the edge: {words}");
                if seen.is_good() {
                    return Origin::Good(Evidence::strong(text, &source));
                }
                Origin::Bad(seen, Evidence::strong(text, &source))
            }
        }
    }

    /// What is wrong with the certificate that the origin shows for the site's name:
    /// what an edge in strict mode minds.
    pub fn origin_certificate_doubt(&self) -> Option<Evidence> {
        let Some(Fact::Found(visit, source)) = self.origin_visit() else {
            return None;
        };
        let text = self.certificate_doubt(&visit)?;
        Some(Evidence::proof(text, &source))
    }

    fn certificate_doubt(&self, visit: &Visit<'_>) -> Option<String> {
        let chain = Chain::read(&visit.conversation.certificates);
        let own = chain.own()?;
        let now = self.clock()?.now;
        if let Some((_, validity)) = chain.not_valid(now) {
            return Some(match validity {
                Validity::Expired(secs) => {
                    format!("the origin's certificate expired {} ago", for_people(secs))
                }
                Validity::NotYet(secs) | Validity::Valid(secs) => {
                    format!(
                        "the origin's certificate is only valid in {}",
                        for_people(secs)
                    )
                }
            });
        }
        let host = &self.request.host;
        if !own.is_for_host(host) {
            let names = own.dns_names.join(", ");
            let names = shown_within(names.as_bytes(), 80);
            return Some(format!(
                "the origin's certificate is for {names}, not for {host}"
            ));
        }
        own.is_self_issued().then(|| {
            let subject = shown_within(own.subject.as_bytes(), 80);
            format!("the origin's certificate is self-signed ({subject})")
        })
    }
}

impl Edge {
    /// What the edge says, as evidence.
    pub fn says(&self, case: &Case<'_>) -> Evidence {
        let text = format!(
            "{} answers {} and {}",
            self.name,
            self.status,
            self.fault.words()
        );
        Evidence::strong(text, &case.front_source())
    }

    /// Why it is none of the causes that are about another fault.
    pub fn not_it(&self) -> String {
        format!("{} {}", self.name, self.fault.words())
    }

    /// The origin's own answer as evidence, as strong as it may be here.
    pub fn origin_evidence(&self, strength: Strength) -> Option<Evidence> {
        let (Origin::Good(seen) | Origin::Bad(_, seen)) = &self.origin else {
            return None;
        };
        Some(Evidence {
            strength,
            ..seen.clone()
        })
    }

    /// Whether the origin is known not to take our connection either.
    pub const fn origin_is_shut(&self) -> bool {
        matches!(
            &self.origin,
            Origin::Bad(Seen::Refused | Seen::NotConnected(_), _)
        )
    }
}
