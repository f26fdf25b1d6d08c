//! Why TLS between the proxy and a backend fails: one answer, so that the causes of
//! the family exclude each other.
use crate::case::exchange::handshake::{Handshake, openssl_name, suite_name};
use crate::case::exchange::keepalive::BROKEN;
use crate::case::exchange::link::Link;
use crate::case::exchange::trust::{CertificateFault, Doubt};
use crate::case::gateway::log::Logged;
use crate::case::programs::kind::Kind;
use crate::case::routing::peer::Dial;
use crate::case::routing::route::source_of;
use crate::evidence::{Evidence, Strength};
use crate::verdict::{Finding, Verdict};
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::prelude::*;
use gatewhy_facts::symptom::Symptom;
use gatewhy_facts::untrusted::shown_within;

/// Why it fails, with what speaks for it, the most telling first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFault {
    /// Why.
    pub why: Why,
    /// What speaks for it.
    pub evidence: Vec<Evidence>,
}

/// Why TLS fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The proxy checks the certificate, and it does not stand the check.
    Certificate(CertificateFault),
    /// The backend wants to be told this name.
    ServerName {
        /// The name with which it works.
        name: String,
        /// The name that the proxy sends in its place.
        sent: Option<String>,
    },
    /// No version in common.
    Version {
        /// What the backend takes, as far as it is known.
        theirs: Vec<String>,
        /// What the proxy offers.
        ours: Vec<String>,
        /// Whether a cipher suite may be what is missing: the backend did not say.
        or_cipher: bool,
    },
    /// No cipher suite in common.
    Cipher {
        /// One that the backend takes, as OpenSSL writes it.
        theirs: Option<String>,
    },
    /// The backend wants a client certificate.
    ClientCertificate {
        /// Whether the proxy sends one, which is not taken.
        sent: bool,
    },
    /// No deeper reason found.
    Handshake,
}

/// What nginx logs when a handshake or its check fails.
const LOGGED: [Symptom; 15] = [
    Symptom::TlsHandshakeFailed,
    Symptom::TlsNotSpoken,
    Symptom::TlsVersionMismatch,
    Symptom::TlsCipherMismatch,
    Symptom::TlsAlertHandshakeFailure,
    Symptom::TlsAlertUnrecognizedName,
    Symptom::TlsAlertCertificate,
    Symptom::TlsAlertCertificateRequired,
    Symptom::TlsAlert,
    Symptom::TlsVerifyFailed,
    Symptom::CertificateRejected,
    Symptom::CertificateNameMismatch,
    Symptom::TlsClosed,
    Symptom::TlsHandshakeTimeout,
    Symptom::TlsFailed,
];

impl<'c, 'k> Link<'c, 'k> {
    /// The proxy's record about TLS: of our request, or of the one before for which it
    /// passes the backend over. A certificate does not mend itself.
    pub fn tls_record(&self) -> Option<&'c Logged<'k>> {
        let by_phase = self.own_record().filter(|logged| logged.record.handshaking);
        let told = self.logged_as(&LOGGED).or(by_phase);
        let before = || {
            let about_tls = |logged: &&Logged<'_>| {
                let symptom = logged.record.symptom;
                symptom.is_some_and(|symptom| LOGGED.contains(&symptom))
            };
            self.record_before().filter(about_tls)
        };
        told.or_else(|| self.record_of_any_failure())
            .or_else(before)
    }

    /// HAProxy has one word for a connection that is refused and for a handshake that
    /// fails: it is the latter where we can connect.
    fn record_of_any_failure(&self) -> Option<&'c Logged<'k>> {
        let haproxy = self.case.proxy_kind() == Kind::Haproxy && self.is_tls();
        let failed = |logged: &&Logged<'_>| logged.record.symptom == Some(Symptom::ConnectFailed);
        let record = self.own_record().filter(failed).filter(|_| haproxy)?;
        self.handshake().found().map(|_| record)
    }

    /// Why TLS with this backend fails. Absent when it does not, or is not spoken.
    pub fn tls_fault(&self) -> Fact<TlsFault> {
        let nothing = Source::new(self.address());
        if !self.is_tls() {
            return Fact::Absent(nothing);
        }
        let handshake = self.handshake();
        if let Some(gap) = handshake.gap().filter(|gap| gap.is_pending()) {
            return Fact::Unknown(gap.clone());
        }
        let ours = handshake.found();
        // A backend may hang up without an alert when it does not take a certificate.
        let refused = ours.is_some_and(Handshake::is_refused_client);
        let hung_up = refused.then(|| self.logged_as(&BROKEN)).flatten();
        let record = self.tls_record().or(hung_up);
        let fails = ours.is_some_and(|ours| !ours.made);
        let gateway = self.case.seen_status().is_none_or(|status| status >= 500);
        if record.is_none() && (self.own_record().is_some() || !gateway) {
            return Fact::Absent(nothing);
        }
        let view = Seen {
            link: *self,
            record,
            ours,
        };
        // Nobody took the connection: nobody broke a handshake off.
        let unmade = record.is_none() && handshake.is_absent();
        let unseen = record.is_none() && !fails && !self.verifies();
        if view.is_foreign() || unmade || unseen {
            return Fact::Absent(nothing);
        }
        match view.decide() {
            // What our own handshake would tell apart.
            Ok(Some(fault)) if fault.why == Why::Handshake && handshake.is_unknown() => {
                Fact::Unknown(handshake.gap().cloned().unwrap_or_else(|| {
                    Gap::new(self.address(), "our own handshake is not known", "")
                }))
            }
            Ok(Some(fault)) => Fact::Found(fault, nothing),
            Ok(None) => Fact::Absent(nothing),
            Err(gap) => Fact::Unknown(gap),
        }
    }

    /// Whether the proxy checks the backend's certificate.
    pub fn verifies(&self) -> bool {
        self.demands().is_any()
    }
}

/// What was seen of one link's TLS, from both sides.
#[derive(Clone, Copy, Debug)]
pub(in crate::case) struct Seen<'a, 'c, 'k> {
    pub(in crate::case) link: Link<'c, 'k>,
    /// nginx's own record.
    pub(in crate::case) record: Option<&'a Logged<'k>>,
    /// Our own handshake, as nginx makes it.
    pub(in crate::case) ours: Option<&'a Handshake>,
}

impl Seen<'_, '_, '_> {
    /// What nginx logged.
    pub(in crate::case) fn symptom(&self) -> Option<Symptom> {
        self.record.and_then(|logged| logged.record.symptom)
    }

    /// Another protocol is spoken there: not a matter of this family.
    fn is_foreign(&self) -> bool {
        self.symptom() == Some(Symptom::TlsNotSpoken)
            || self.ours.is_some_and(|ours| ours.is_foreign)
    }

    fn decide(&self) -> Result<Option<TlsFault>, Gap> {
        if let Some(fault) = self.client_certificate() {
            return Ok(Some(fault));
        }
        let checked = matches!(
            self.symptom(),
            Some(
                Symptom::CertificateRejected
                    | Symptom::CertificateNameMismatch
                    | Symptom::TlsVerifyFailed
            )
        );
        let shown = self.ours.is_some_and(|ours| ours.made);
        if checked || (self.record.is_none() && shown) {
            return self.certificate();
        }
        // Other proxies say only that the handshake failed.
        if shown
            && self.link.case.proxy_kind() != Kind::Nginx
            && let Some(fault) = self.certificate()?
        {
            return Ok(Some(fault));
        }
        if let Some(fault) = self.server_name()? {
            return Ok(Some(fault));
        }
        let fault = match self.ours {
            Some(ours) if ours.made => self.settings_differ(ours),
            Some(ours) => self.both_refused(ours),
            None => self.by_record(),
        };
        match (fault, self.untried_name()) {
            (Some(fault), _) => Ok(Some(fault)),
            (None, Some(gap)) => Err(gap),
            (None, None) => Ok(Some(self.fault(Why::Handshake, self.we_shook()))),
        }
    }

    /// A fault with its evidence: ours first, then nginx's own record.
    pub(in crate::case) fn fault(
        &self,
        why: Why,
        first: impl IntoIterator<Item = Evidence>,
    ) -> TlsFault {
        let mut evidence: Vec<Evidence> = first.into_iter().collect();
        evidence.extend(self.proxy_said().or_else(|| self.failed_check()));
        TlsFault { why, evidence }
    }

    /// Whether the proxy, too, is known to fail.
    pub(in crate::case) fn proxy_agrees(&self) -> bool {
        self.record.is_some() || self.failed_check().is_some()
    }

    /// HAProxy's health check of this server fails in the handshake, or Envoy counts that
    /// its own check of the certificate did.
    fn failed_check(&self) -> Option<Evidence> {
        let case = self.link.case;
        if let Some(counted) = self.link.envoy_counts_bad_certificates() {
            return Some(counted);
        }
        let route = case.haproxy_route();
        let mut servers = route.found()?.servers.iter();
        let own = servers.find(|s| Some(&s.place) == self.link.peer.place.as_ref())?;
        let backend = &route.found()?.backend.as_ref()?.0;
        let stats = case.haproxy_stats();
        let row = stats
            .found()?
            .iter()
            .find(|row| row.value("pxname") == backend && row.value("svname") == own.name)?;
        let status = row.value("check_status");
        let text = format!(
            "{backend}/{} is {}: {status} {}",
            own.name,
            row.value("status"),
            row.value("last_chk")
        );
        let source = stats.source()?;
        (status.starts_with("L6") && row.is_down()).then(|| Evidence::strong(text, source))
    }

    fn proxy_said(&self) -> Option<Evidence> {
        let proxy = self.link.case.proxy_name();
        let logged = self.record?;
        let text = logged.said_by(proxy);
        Some(Evidence::strong(text, &logged.source))
    }

    /// Our own handshake as evidence.
    fn we_shook(&self) -> Option<Evidence> {
        let ours = self.ours?;
        Some(Evidence::strong(self.tried(ours), &ours.source))
    }

    fn tried(&self, ours: &Handshake) -> String {
        let proxy = self.link.case.proxy_name();
        let name = self.link.case.tls_server_name();
        let with = name.map_or_else(
            || "without a server name".to_owned(),
            |name| format!("with the name {name}"),
        );
        format!(
            "our own handshake, {with} as {proxy} does it: {}",
            ours.words
        )
    }

    /// Proof when nginx failed too, in its own words; else strong.
    fn agreed(&self, is_same: bool, text: String, source: &Source) -> Evidence {
        if is_same && self.record.is_some() {
            Evidence::proof(text, source)
        } else {
            Evidence::strong(text, source)
        }
    }

    fn client_certificate(&self) -> Option<TlsFault> {
        let alert = matches!(
            self.symptom(),
            Some(Symptom::TlsAlertCertificate | Symptom::TlsAlertCertificateRequired)
        );
        let wanted = self.ours.filter(|ours| ours.is_refused_client());
        if !alert && (wanted.is_none() || self.checks_failed()) {
            return None;
        }
        let sent = self
            .link
            .tls_settings()
            .is_some_and(|tls| tls.certificate.is_some());
        let first = wanted.map(|ours| {
            let text = format!(
                "in our own handshake it asks for a client certificate; without one, {}",
                ours.words
            );
            // With a certificate at nginx's side only its own record tells.
            self.agreed(alert || !sent, text, &ours.source)
        });
        Some(self.fault(Why::ClientCertificate { sent }, first))
    }

    fn checks_failed(&self) -> bool {
        matches!(
            self.symptom(),
            Some(Symptom::CertificateRejected | Symptom::CertificateNameMismatch)
        )
    }

    /// A handshake with another name than the proxy's gets further.
    fn server_name(&self) -> Result<Option<TlsFault>, Gap> {
        let Some(ours) = self
            .ours
            .filter(|ours| !ours.made && !ours.saw_certificate())
        else {
            return Ok(None);
        };
        for name in self.link.other_names() {
            let named = self.link.handshake_as(Some(name.clone()));
            match named {
                Fact::Found(named, source) if named.saw_certificate() => {
                    let text = format!(
                        "{}; with the name {name}: {}",
                        self.tried(ours),
                        named.words
                    );
                    let first = self.agreed(true, text, &source);
                    let sent = self.link.case.tls_server_name();
                    return Ok(Some(self.fault(Why::ServerName { name, sent }, [first])));
                }
                Fact::Unknown(gap) if gap.is_pending() => return Err(gap),
                Fact::Found(..) | Fact::Absent(_) | Fact::Unknown(_) => {}
            }
        }
        Ok(None)
    }

    /// Why it is not known whether another name would get further.
    fn untried_name(&self) -> Option<Gap> {
        self.ours
            .filter(|ours| !ours.made && !ours.saw_certificate())?;
        let mut names = self.link.other_names().into_iter();
        names.find_map(|name| self.link.handshake_as(Some(name)).gap().cloned())
    }

    /// Ours succeeds where nginx's fails: it offers less than we do.
    fn settings_differ(&self, ours: &Handshake) -> Option<TlsFault> {
        let proxy = self.link.case.proxy_name();
        let symptom = self.symptom()?;
        let offered = self.link.offered_versions().value;
        let version = ours.version.clone()?;
        let refused = matches!(symptom, Symptom::TlsVersionMismatch);
        if refused || (!offered.contains(&version) && is_refusal(symptom)) {
            let sure = refused && !offered.contains(&version) && self.is_release_known();
            let text = format!(
                "our own handshake succeeds with {version}; {proxy} offers {}",
                offered.join(", ")
            );
            let first = self.agreed(sure, text, &ours.source);
            let why = Why::Version {
                theirs: vec![version],
                ours: offered,
                or_cipher: !refused,
            };
            return Some(self.fault(why, [first]));
        }
        let cipher = openssl_name(ours.cipher.as_deref()?);
        let list = self.link.tls_settings()?.ciphers.as_ref();
        let sure = list.is_some_and(|list| lacks(&list.value, &cipher)) && version != "TLSv1.3";
        if is_refusal(symptom) && (list.is_some() || symptom == Symptom::TlsCipherMismatch) {
            let text = format!("our own handshake succeeds with {version} and {cipher}");
            let first = self.agreed(sure, text, &ours.source);
            return Some(self.fault(
                Why::Cipher {
                    theirs: Some(cipher),
                },
                [first],
            ));
        }
        None
    }

    fn is_release_known(&self) -> bool {
        self.link.offered_versions().is_written() || self.link.case.release().is_some()
    }

    /// Both are refused: the peer takes only what neither offers.
    fn both_refused(&self, ours: &Handshake) -> Option<TlsFault> {
        let old: Vec<String> = ours
            .takes
            .iter()
            .map(|(version, _)| version.clone())
            .collect();
        if old.is_empty() {
            return self.by_record();
        }
        let offered = self.link.offered_versions().value;
        let modern = ours.takes.iter().find(|(version, _)| version == "TLSv1.2");
        let Some((_, suite)) = modern else {
            let text = format!("it refuses TLS 1.2 and 1.3, and takes {}", old.join(", "));
            let first = self.agreed(true, text, &ours.source);
            return Some(self.fault(
                Why::Version {
                    theirs: old,
                    ours: offered,
                    or_cipher: false,
                },
                [first],
            ));
        };
        let suite =
            suite_name(*suite).map_or_else(|| format!("suite {suite:#06x}"), ToOwned::to_owned);
        let list = self.link.tls_settings()?.ciphers.as_ref();
        let sure = list.is_some_and(|list| lacks(&list.value, &suite));
        let text = format!("it refuses modern cipher suites, and takes {suite} with TLSv1.2");
        let first = self.agreed(sure, text, &ours.source);
        Some(self.fault(
            Why::Cipher {
                theirs: Some(suite),
            },
            [first],
        ))
    }

    /// Only nginx's own word is at hand.
    fn by_record(&self) -> Option<TlsFault> {
        let ours = self.link.offered_versions().value;
        let why = match self.symptom()? {
            Symptom::TlsVersionMismatch => Why::Version {
                theirs: Vec::new(),
                ours,
                or_cipher: false,
            },
            Symptom::TlsCipherMismatch => Why::Cipher { theirs: None },
            _ => return None,
        };
        Some(self.fault(why, self.we_shook()))
    }
}

/// Whether the backend refused what it was offered.
const fn is_refusal(symptom: Symptom) -> bool {
    matches!(
        symptom,
        Symptom::TlsVersionMismatch
            | Symptom::TlsCipherMismatch
            | Symptom::TlsAlertHandshakeFailure
            | Symptom::TlsAlert
            | Symptom::TlsHandshakeFailed
            | Symptom::TlsClosed
    )
}

/// Whether a list of single suites does not hold this one; a list with OpenSSL's
/// own keywords may mean any.
fn lacks(list: &str, suite: &str) -> bool {
    let words: Vec<&str> = list
        .split([':', ',', ' '])
        .filter(|word| !word.is_empty())
        .collect();
    let single = |word: &&str| word.contains('-') && !word.contains(['+', '@', '!']);
    words.iter().all(single) && !words.contains(&suite)
}

impl Why {
    /// Why another cause of the family is not it, in words.
    pub fn words(&self) -> String {
        match self {
            Self::Certificate(fault) => match &fault.doubt {
                Doubt::Dates(_) => "the certificate is out of date".into(),
                Doubt::Trust(_) | Doubt::Depth { .. } | Doubt::Said(_) => {
                    "the certificate's authority is not trusted".into()
                }
                Doubt::Name { .. } => "the certificate is for another name".into(),
            },
            Self::ServerName { name, .. } => {
                format!("with the server name {name} the handshake gets further")
            }
            Self::Version { .. } => "there is no TLS version in common".into(),
            Self::Cipher { .. } => "there is no cipher suite in common".into(),
            Self::ClientCertificate { .. } => "the backend wants a client certificate".into(),
            Self::Handshake => "the handshake fails for a reason that was not found".into(),
        }
    }
}

/// One verdict of a cause of this family: a finding for what it stands for, a near
/// miss for what is proven to be another.
pub fn weigh_tls(
    link: Link<'_, '_>,
    is_mine: impl Fn(&Why) -> bool,
    tell: impl Fn(&TlsFault) -> Finding,
) -> Option<Verdict> {
    match link.tls_fault() {
        Fact::Unknown(gap) => Some(Verdict::cannot_tell([&gap])),
        Fact::Absent(_) => None,
        Fact::Found(fault, _) if is_mine(&fault.why) => {
            let mut finding = tell(&fault);
            let fixes = core::mem::take(&mut finding.fixes);
            let lines = core::mem::replace(&mut finding.evidence, fault.evidence.clone());
            let mut finding = finding.because_all(lines).because_all(link.configured());
            finding.fixes = fixes;
            Some(finding.weigh())
        }
        Fact::Found(fault, _) => {
            let sure = fault
                .evidence
                .iter()
                .any(|evidence| evidence.strength == Strength::Proof);
            sure.then(|| Verdict::ruled_out(fault.why.words()))
        }
    }
}

impl Link<'_, '_> {
    /// A setting of TLS as evidence, with its line.
    pub fn tls_line<T>(
        &self,
        setting: Option<&gatewhy_facts::nginx::setting::Setting<T>>,
        text: &str,
    ) -> Option<Evidence> {
        let place = setting?.place.as_ref()?;
        let evidence = Evidence::weak(shown_within(text.as_bytes(), 120), &source_of(place));
        Some(evidence.with_excerpt(self.case.excerpt(place)))
    }

    /// `openssl s_client` as the proxy would call.
    pub fn s_client(&self, name: Option<&str>) -> String {
        let name = name.map_or_else(
            || " -noservername".to_owned(),
            |name| format!(" -servername {name}"),
        );
        let to = match &self.peer.dial {
            Dial::Unix(path) => format!("-unix {path}"),
            other => format!("-connect {other}"),
        };
        format!("openssl s_client {to}{name} -showcerts </dev/null")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_list_of_single_suites_is_known_to_lack_one() {
        let suite = "ECDHE-RSA-AES128-GCM-SHA256";
        assert!(lacks("ECDHE-ECDSA-AES128-GCM-SHA256:AES256-SHA256", suite));
        assert!(!lacks(suite, suite));
        assert!(!lacks("HIGH:!aNULL", suite));
        assert!(!lacks("DEFAULT@SECLEVEL=0", suite));
    }
}
