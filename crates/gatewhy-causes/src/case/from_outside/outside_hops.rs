//! The hops of a site that is seen from outside only, for the report: names,
//! addresses, times, certificates, who answers, and caches.
use crate::case::Case;
use crate::case::from_outside::edge::Origin;
use crate::case::from_outside::outside_notes::SOON;
use crate::case::system::dns::{self, A, AAAA, PORT, Told};
use crate::case::visit::site::Visit;
use crate::diagnosis::{Hop, HopState, Link as Shown};
use crate::verdict::HopName;
use core::net::SocketAddr;
use gatewhy_facts::fact::Fact;
use gatewhy_facts::prelude::*;
use gatewhy_facts::protocol::error_page::{self, EdgeFault, Signs};
use gatewhy_facts::protocol::tape::{How, Step};
use gatewhy_facts::time::for_people;
use gatewhy_facts::tls::certificate::{Certificate, Validity};
use gatewhy_facts::tls::chain::{Chain, Trust};
use gatewhy_facts::untrusted::shown_within;

impl Case<'_> {
    /// The hops from the visitor inwards, as far as they can be told from outside.
    pub(in crate::case) fn outside_hops(&self) -> Vec<Hop> {
        let mut hops: Vec<Hop> = self.resolver_hop().into_iter().collect();
        let Some(visit) = self.failed_visit() else {
            return hops;
        };
        let signs = error_page::read(&visit.answer, visit.conversation.received);
        hops.push(self.front_hop(visit, &signs));
        hops.extend(self.origin_hop(&signs));
        hops
    }

    /// The name and what name servers make of it.
    fn resolver_hop(&self) -> Option<Hop> {
        if self.request.host.parse::<core::net::IpAddr>().is_ok() {
            return None;
        }
        let host = &self.request.host;
        let resolved = self.resolved(host);
        let addresses = match &resolved {
            Fact::Found(all, _) => join(all),
            Fact::Absent(_) => "no address".to_owned(),
            Fact::Unknown(_) => "not known".to_owned(),
        };
        let told = self.told_by_system_servers();
        let mut details: Vec<String> = self
            .hosts_line()
            .map(|line| line.text)
            .into_iter()
            .collect();
        details.extend(
            told.iter()
                .filter_map(Fact::found)
                .map(|told| told.words(host)),
        );
        let agree = self.stale_name().is_none();
        Some(Hop {
            name: HopName::Resolver,
            kind: "resolver",
            software: Some("system resolver".to_owned()),
            version: None,
            address: format!("{host} is {addresses}"),
            state: match (&resolved, agree) {
                (Fact::Found(..), true) => HopState::Ok,
                (Fact::Unknown(_), _) => HopState::Unknown,
                (Fact::Found(..) | Fact::Absent(_), _) => HopState::Broken,
            },
            details,
            link: None,
        })
    }

    fn front_hop(&self, visit: &Visit<'_>, signs: &Signs) -> Hop {
        let edge = signs.edge();
        let door = self
            .front_door()
            .found()
            .map_or_else(String::new, ToString::to_string);
        let (software, version) = match edge {
            Some(mark) => (mark.by.name().to_owned(), None),
            None => named_software(visit, signs),
        };
        let passes = edge.is_some() && signs.fault != Some(EdgeFault::Worker);
        let good = visit.seen().is_good();
        let mut details = self.visit_details(visit);
        details.extend(signs.marks.iter().take(2).map(|mark| {
            let name = mark.by.name();
            format!("{name}: {}", mark.text)
        }));
        details.extend(
            signs
                .cache
                .as_ref()
                .map(|cache| format!("cache: {}", cache.text)),
        );
        details.extend(
            self.other_doors()
                .iter()
                .map(|(at, other)| self.other_door(*at, other)),
        );
        Hop {
            name: if edge.is_some() {
                HopName::Edge
            } else {
                HopName::Proxy
            },
            kind: if edge.is_some() { "edge" } else { "proxy" },
            software: Some(software),
            version,
            address: door,
            state: match (good, passes, visit.answer.code()) {
                (true, ..) | (false, true, Some(_)) => HopState::Ok,
                (false, false, Some(_)) if edge.is_none() => HopState::Unknown,
                (false, ..) => HopState::Broken,
            },
            details,
            link: None,
        }
    }

    /// The machine behind the edge, asked past it.
    fn origin_hop(&self, signs: &Signs) -> Option<Hop> {
        let edge = signs.edge()?;
        let asked = self.origin_visit();
        let found = asked.as_ref().and_then(Fact::found);
        let own = found.map(|visit| error_page::read(&visit.answer, visit.conversation.received));
        let (software, version) = match (found, &own) {
            (Some(visit), Some(own)) if visit.answer.code().is_some() => named_software(visit, own),
            _ => ("the origin".to_owned(), None),
        };
        let address = match self.request.origin {
            Some(origin) if asked.is_some() => origin.to_string(),
            _ => "address not known here".to_owned(),
        };
        let state = match self.edge().map(|edge| edge.origin) {
            Some(Origin::Good(_)) => HopState::Ok,
            Some(Origin::Bad(..)) => HopState::Broken,
            _ if found.is_some_and(|visit| visit.seen().is_good()) => HopState::Ok,
            _ if found.is_some() => HopState::Broken,
            _ => HopState::Unknown,
        };
        let seen = signs.fault.map(EdgeFault::words);
        Some(Hop {
            name: HopName::Proxy,
            kind: "origin",
            software: Some(software),
            version,
            state,
            details: found
                .map(|visit| self.visit_details(visit))
                .unwrap_or_default(),
            link: Some(Shown {
                protocol: if self.request.tls { "https" } else { "http" }.to_owned(),
                address: address.clone(),
                state: if seen.is_some() {
                    HopState::Broken
                } else {
                    HopState::Unknown
                },
                seen: match seen {
                    Some(words) => format!("{} {words}", edge.by.name()),
                    None => "not seen from outside".to_owned(),
                },
                configured_at: None,
                connect_timeout_ms: None,
                read_timeout_ms: None,
            }),
            address,
        })
    }

    /// What came, each step's time, and the certificate.
    fn visit_details(&self, visit: &Visit<'_>) -> Vec<String> {
        let words = visit.seen().words(self.request.patience_ms);
        let mut details = vec![format!("{words}: {}", times(visit))];
        if let Some(tls) = &visit.conversation.tls {
            let parts = [&tls.version, &tls.cipher, &tls.alpn];
            let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
            details.extend((!parts.is_empty()).then(|| parts.join(", ")));
            details.extend(tls.error.as_ref().map(|why| format!("TLS: {why}")));
        }
        let chain = Chain::read(&visit.conversation.certificates);
        details.extend(chain.own().map(|own| self.certificate_line(own, &chain)));
        let location = visit.answer.value(visit.conversation.received, "Location");
        details.extend(location.map(|to| format!("sends visitors on to {}", shown_within(to, 80))));
        details
    }

    fn certificate_line(&self, own: &Certificate, chain: &Chain) -> String {
        let host = &self.request.host;
        let names = if own.is_for_host(host) {
            format!("certificate for {host}")
        } else {
            let names = own.dns_names.join(", ");
            format!(
                "certificate for {}, not for {host}: browsers refuse it",
                shown_within(names.as_bytes(), 60)
            )
        };
        let trust = match self.trust_of(chain) {
            Some(Trust::Trusted(_)) | None => "",
            Some(Trust::SelfSigned) => ", self-signed: browsers refuse it",
            Some(Trust::IssuerMissing(_)) => ", its issuer was not sent and is not known here",
            Some(_) => ", not trusted here",
        };
        let validity = self.clock().map(|clock| own.validity(clock.now));
        let until = match validity {
            Some(Validity::Expired(secs)) => {
                format!(", expired {} ago: browsers refuse it", for_people(secs))
            }
            Some(Validity::NotYet(secs)) => format!(", valid only in {}", for_people(secs)),
            Some(Validity::Valid(secs)) if secs < SOON => {
                format!(", ends soon, in {}", for_people(secs))
            }
            Some(Validity::Valid(secs)) => format!(", valid for {}", for_people(secs)),
            None => String::new(),
        };
        format!("{names}{trust}{until}")
    }

    fn other_door(&self, at: SocketAddr, visit: &Fact<Visit<'_>>) -> String {
        match visit {
            Fact::Found(visit, _) => {
                let words = visit.seen().words(self.request.patience_ms);
                format!("at {at} as well: {words}, {}", times(visit))
            }
            Fact::Absent(_) => format!("at {at}: no answer"),
            Fact::Unknown(gap) if gap.is_pending() => format!("at {at}: not answered in time"),
            Fact::Unknown(_) => format!("at {at}: could not be asked"),
        }
    }
}

/// Who answers, by its page, else by the name that it gives itself.
fn named_software(visit: &Visit<'_>, signs: &Signs) -> (String, Option<String>) {
    let server = visit.answer.value(visit.conversation.received, "Server");
    let server = server.map(|value| shown_within(value, 40));
    let product = server.as_deref().and_then(|text| text.split(' ').next());
    let (name, version) = match product.and_then(|product| product.split_once('/')) {
        Some((name, version)) => (name.to_owned(), Some(version.to_owned())),
        None => (product.unwrap_or("unknown program").to_owned(), None),
    };
    match signs.maker() {
        Some(mark) => (mark.by.name().to_owned(), version),
        None => (name, version),
    }
}

/// How long each step took that was begun.
fn times(visit: &Visit<'_>) -> String {
    let name = |step| match step {
        Step::Connect => Some("connect"),
        Step::Tls => Some("TLS"),
        Step::FirstByte => Some("first byte"),
        Step::End => Some("rest"),
        Step::Send => None,
    };
    let phases = visit.conversation.phases.iter();
    let each = phases.filter_map(|phase| {
        let name = name(phase.step)?;
        let failed = match phase.how {
            How::Ok | How::Closed | How::Limit => String::new(),
            how => format!(" ({how})"),
        };
        Some(format!("{name} {}{failed}", millis(phase.micros)))
    });
    each.collect::<Vec<_>>().join(" · ")
}

fn millis(micros: u64) -> String {
    match micros {
        ..10_000 => format!("{}.{} ms", micros / 1000, micros % 1000 / 100),
        _ => format!("{} ms", micros / 1000),
    }
}

fn join(all: &[core::net::IpAddr]) -> String {
    let all: Vec<String> = all.iter().map(ToString::to_string).collect();
    all.join(", ")
}

impl Case<'_> {
    /// What each of the system's name servers says of the site's name.
    pub(in crate::case) fn told_by_system_servers(&self) -> Vec<Fact<Told>> {
        let host = &self.request.host;
        let servers = self.system_servers().into_iter();
        let asked: Vec<_> = servers
            .map(|ip| {
                let server = SocketAddr::new(ip, PORT);
                let kinds = [A, AAAA];
                (
                    server,
                    kinds
                        .map(|kind| self.ask_server(server, host, kind))
                        .to_vec(),
                )
            })
            .collect();
        let told = asked
            .into_iter()
            .map(|(server, answers)| match dns::told(server, answers) {
                Ok(told) => {
                    let source = told.source.clone();
                    Fact::Found(told, source)
                }
                Err(gap) => Fact::Unknown(gap),
            });
        told.collect()
    }
}
