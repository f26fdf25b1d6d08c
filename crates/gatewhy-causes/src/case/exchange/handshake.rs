//! TLS handshakes of our own with a backend, and what the proxy offers in its own.
use crate::case::exchange::link::Link;
use crate::case::programs::kind::Kind;
use crate::case::routing::peer::Protocol;
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::nginx::backend_settings::TlsSettings;
use gatewhy_facts::nginx::setting::Setting;
use gatewhy_facts::prelude::*;
use gatewhy_facts::protocol::http1::nginx::Release;
use gatewhy_facts::protocol::tape::{Conversation, How, Offer, Step};
use gatewhy_facts::tls::alert;
use gatewhy_facts::tls::chain::Chain;
use gatewhy_facts::tls::hello::{ServerSays, read_server};

/// The first release that offers TLS 1.3 to backends unless told otherwise.
const OFFERS_TLS13: Release = Release(1, 23, 4);
/// The first release that offers neither TLS 1.0 nor 1.1 to them.
const LEAVES_OLD_OUT: Release = Release(1, 27, 3);

/// One handshake of ours, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handshake {
    /// Whether it was done, and not taken back afterwards.
    pub made: bool,
    /// The version agreed on: `TLSv1.3`.
    pub version: Option<String>,
    /// The cipher suite agreed on, by its IANA name.
    pub cipher: Option<String>,
    /// The alert with which the peer refused.
    pub alert: Option<u8>,
    /// Whether the peer asked for a client certificate.
    pub wants_certificate: bool,
    /// The peer's certificates.
    pub chain: Chain,
    /// Versions the peer would take with old parameters, with the cipher suite's
    /// number; only asked when it refused.
    pub takes: Vec<(String, u16)>,
    /// Whether what came in place of a handshake is no TLS.
    pub is_foreign: bool,
    /// What came of it, in words.
    pub words: String,
    /// The conversation.
    pub source: Source,
}

impl Handshake {
    fn of(conversation: &Conversation<'_>, source: Source) -> Option<Self> {
        let phase = conversation.step(Step::Tls)?;
        let tls = conversation.tls.clone().unwrap_or_default();
        let made = phase.how == How::Ok && tls.alert.is_none();
        let foreign = !tls.received.is_empty() && read_server(tls.received) == ServerSays::NotTls;
        let takes = tls
            .offers
            .iter()
            .filter_map(|(version, offer)| match offer {
                Offer::Accepted(cipher) => Some((version.clone(), *cipher)),
                Offer::Alert(_) | Offer::Refused | Offer::TimedOut => None,
            });
        Some(Self {
            made,
            words: words(phase.how, tls.alert, tls.version.as_deref()),
            takes: takes.collect(),
            version: tls.version,
            cipher: tls.cipher,
            alert: tls.alert,
            wants_certificate: tls.wants_client_certificate,
            chain: Chain::read(&conversation.certificates),
            is_foreign: foreign || phase.how == How::Foreign,
            source,
        })
    }

    /// Whether it was refused although the peer had shown its certificate: for want
    /// of ours.
    pub const fn is_refused_client(&self) -> bool {
        self.wants_certificate && !self.made
    }

    /// Whether it got as far as the peer's certificate.
    pub fn saw_certificate(&self) -> bool {
        self.chain.own().is_some()
    }
}

fn words(how: How, alert: Option<u8>, version: Option<&str>) -> String {
    let alert = alert.or(match how {
        How::Alert(number) => Some(number),
        _ => None,
    });
    match (how, alert) {
        (_, Some(number)) => format!(
            "the backend refuses it with the alert {} ({number})",
            alert::name(number).unwrap_or("unknown")
        ),
        (How::Ok, None) => format!("it succeeds ({})", version.unwrap_or("TLS")),
        (How::Closed | How::Reset, None) => "the backend closes the connection".into(),
        (How::TimedOut, None) => "the backend does not answer it".into(),
        (_, None) => "it fails".into(),
    }
}

impl Link<'_, '_> {
    /// Whether the proxy speaks TLS to this backend.
    pub fn is_tls(&self) -> bool {
        self.peer.protocol == Protocol::Https || self.case.call().is_some_and(|call| call.tls)
    }

    /// TLS settings towards the backend.
    pub fn tls_settings(&self) -> Option<&TlsSettings> {
        self.case.backend_settings().map(|settings| &settings.tls)
    }

    /// A handshake with the server name that the proxy sends, or without one when it
    /// sends none.
    pub fn handshake(&self) -> Fact<Handshake> {
        self.handshake_as(self.case.tls_server_name())
    }

    /// A handshake with this server name.
    pub fn handshake_as(&self, name: Option<String>) -> Fact<Handshake> {
        self.case
            .direct_named(self.peer, name)
            .and_then(
                |direct, source| match Handshake::of(&direct.conversation, source.clone()) {
                    Some(handshake) => Fact::Found(handshake, source),
                    None => Fact::Absent(source),
                },
            )
    }

    /// The name that the proxy checks and, when told to, sends.
    pub fn checked_name(&self) -> Option<String> {
        if self.case.proxy_kind() != Kind::Nginx {
            return self.demands().name;
        }
        let name = self.case.call()?.request.tls_name.as_ref().ok()?;
        String::from_utf8(name.clone()).ok()
    }

    /// Names to try that the proxy does not send: the one it checks, the one it asks
    /// for, the visitor's.
    pub fn other_names(&self) -> Vec<String> {
        let sent = self.case.tls_server_name();
        let asked = self
            .case
            .call()
            .and_then(|call| call.request.host.clone().ok());
        let asked = asked.and_then(|host| String::from_utf8(host).ok());
        let asked = asked.map(|host| host.split(':').next().unwrap_or_default().to_owned());
        let visitor = Some(self.case.request.host.clone());
        let mut names: Vec<String> = Vec::new();
        for name in [self.checked_name(), asked, visitor].into_iter().flatten() {
            if is_host_name(&name) && sent.as_ref() != Some(&name) && !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The versions that the proxy offers: as configured, else its release's default.
    pub fn offered_versions(&self) -> Setting<Vec<String>> {
        let written = self.tls_settings().and_then(|tls| tls.protocols.clone());
        written.unwrap_or_else(|| {
            let release = self.case.release();
            let since = |first: Release| release.is_none_or(|release| release >= first);
            let all = [
                ("TLSv1", !since(LEAVES_OLD_OUT)),
                ("TLSv1.1", !since(LEAVES_OLD_OUT)),
                ("TLSv1.2", true),
                ("TLSv1.3", since(OFFERS_TLS13)),
            ];
            let offered = all.iter().filter(|(_, is_offered)| *is_offered);
            Setting::default_value(offered.map(|(name, _)| (*name).to_owned()).collect())
        })
    }
}

/// Names that may stand in a server name indication: no addresses, no group names.
fn is_host_name(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    let address = name.parse::<core::net::IpAddr>().is_ok();
    !address && name.contains('.') && name.bytes().all(plain) && !name.ends_with('.')
}

/// `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` as OpenSSL and nginx write it.
pub fn openssl_name(iana: &str) -> String {
    let name = iana.trim_start_matches("TLS_").replace("_WITH_", "_");
    let name = name
        .replace("AES_128", "AES128")
        .replace("AES_256", "AES256");
    let name = name.replace("CHACHA20_POLY1305_SHA256", "CHACHA20-POLY1305");
    let name = name
        .strip_prefix("RSA_")
        .map(ToOwned::to_owned)
        .unwrap_or(name);
    name.replace("_CBC_", "_").replace('_', "-")
}

/// A suite of TLS 1.2 and older by its number, as OpenSSL writes it.
pub const fn suite_name(number: u16) -> Option<&'static str> {
    Some(match number {
        0x0004 => "RC4-MD5",
        0x0005 => "RC4-SHA",
        0x000a => "DES-CBC3-SHA",
        0x0016 => "DHE-RSA-DES-CBC3-SHA",
        0x002f => "AES128-SHA",
        0x0033 => "DHE-RSA-AES128-SHA",
        0x0035 => "AES256-SHA",
        0x0039 => "DHE-RSA-AES256-SHA",
        0x003c => "AES128-SHA256",
        0x003d => "AES256-SHA256",
        0x0067 => "DHE-RSA-AES128-SHA256",
        0x006b => "DHE-RSA-AES256-SHA256",
        0x009c => "AES128-GCM-SHA256",
        0x009d => "AES256-GCM-SHA384",
        0x009e => "DHE-RSA-AES128-GCM-SHA256",
        0x009f => "DHE-RSA-AES256-GCM-SHA384",
        0xc007 => "ECDHE-ECDSA-RC4-SHA",
        0xc008 => "ECDHE-ECDSA-DES-CBC3-SHA",
        0xc009 => "ECDHE-ECDSA-AES128-SHA",
        0xc00a => "ECDHE-ECDSA-AES256-SHA",
        0xc011 => "ECDHE-RSA-RC4-SHA",
        0xc012 => "ECDHE-RSA-DES-CBC3-SHA",
        0xc013 => "ECDHE-RSA-AES128-SHA",
        0xc014 => "ECDHE-RSA-AES256-SHA",
        0xc023 => "ECDHE-ECDSA-AES128-SHA256",
        0xc024 => "ECDHE-ECDSA-AES256-SHA384",
        0xc027 => "ECDHE-RSA-AES128-SHA256",
        0xc028 => "ECDHE-RSA-AES256-SHA384",
        0xc02b => "ECDHE-ECDSA-AES128-GCM-SHA256",
        0xc02c => "ECDHE-ECDSA-AES256-GCM-SHA384",
        0xc02f => "ECDHE-RSA-AES128-GCM-SHA256",
        0xc030 => "ECDHE-RSA-AES256-GCM-SHA384",
        0xcca8 => "ECDHE-RSA-CHACHA20-POLY1305",
        0xcca9 => "ECDHE-ECDSA-CHACHA20-POLY1305",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_have_the_names_that_nginx_knows() {
        let name = openssl_name;
        assert_eq!(
            name("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
            "ECDHE-ECDSA-AES128-GCM-SHA256"
        );
        assert_eq!(
            name("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
            "ECDHE-RSA-CHACHA20-POLY1305"
        );
        assert_eq!(name("TLS_RSA_WITH_AES_256_CBC_SHA256"), "AES256-SHA256");
    }

    #[test]
    fn addresses_and_group_names_are_not_sent_as_names() {
        assert!(is_host_name("api.internal"));
        assert!(!is_host_name("127.0.0.1") && !is_host_name("::1"));
        assert!(!is_host_name("backend") && !is_host_name("a.b/c"));
    }
}
