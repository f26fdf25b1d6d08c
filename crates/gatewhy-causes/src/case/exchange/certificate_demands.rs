//! What the proxy of the case demands of a backend's certificate.
use crate::case::exchange::link::Link;
use crate::case::programs::kind::Kind;
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::nginx::files::Files;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::tls::chain::Roots;
use gatewhy_facts::tls::demands::Demands;

impl Link<'_, '_> {
    /// What the proxy demands of this backend's certificate.
    pub fn demands(&self) -> Demands {
        match self.case.proxy_kind() {
            Kind::Nginx => self.nginx_demands(),
            Kind::Apache => self.apache_demands(),
            Kind::Haproxy => self.haproxy_demands(),
            _ => self.case.way_found().map(|way| way.demands.clone()),
        }
        .unwrap_or_default()
    }

    fn nginx_demands(&self) -> Option<Demands> {
        let tls = self.tls_settings().filter(|tls| tls.verify.value)?;
        let trusted = tls.trusted_certificate.as_ref();
        Some(Demands {
            authority: true,
            dates: true,
            name: self.checked_name(),
            depth: Some(tls.verify_depth.value),
            trusted: trusted.and_then(|file| Some((file.value.clone(), file.place.clone()?))),
        })
    }

    fn apache_demands(&self) -> Option<Demands> {
        let route = self.case.apache_route();
        Some(route.found()?.pass.as_ref()?.tls.clone())
    }

    fn haproxy_demands(&self) -> Option<Demands> {
        let route = self.case.haproxy_route();
        // Of what it only passes on it demands nothing.
        let mut servers = route.found().filter(|r| !r.passes_tls)?.servers.iter();
        let server = servers.find(|server| Some(&server.place) == self.peer.place.as_ref())?;
        Some(server.demands.clone())
    }

    /// The certificates that the proxy trusts. Absent when no file of them is named.
    pub fn trusted(&self) -> Fact<Roots> {
        let Some(path) = self.trust_file() else {
            return Fact::Absent(Source::new(self.tls_directive("trusted_certificate")));
        };
        let files = self.case.files();
        match files.read(&path) {
            Fact::Found(text, source) => Fact::Found(Roots::read(text.bytes), source),
            Fact::Absent(source) => Fact::Absent(source),
            Fact::Unknown(gap) => Fact::Unknown(gap),
        }
    }

    /// The file of certificates that the proxy trusts, as a path.
    pub fn trust_file(&self) -> Option<HostPath> {
        let (file, _) = self.demands().trusted?;
        Some(self.trust_folder().join(&file))
    }

    /// Where a file of trusted certificates is that has no folder in its name:
    /// HAProxy's `ca-base`, else beside the configuration.
    fn trust_folder(&self) -> HostPath {
        let config = self.case.haproxy();
        let base = config.found().and_then(|config| {
            let line = config.global().find(|line| line.is(&["ca-base"]))?;
            Some(HostPath::new(line.word(1)))
        });
        base.unwrap_or_else(|| self.case.config_path().parent())
    }

    /// The name of a setting of this family in the proxy's own words: `proxy_ssl_name`,
    /// `ca-file`, `SSLProxyCACertificateFile`.
    pub fn tls_directive(&self, rest: &str) -> String {
        let words = match self.case.proxy_kind() {
            Kind::Apache => apache_words(rest),
            Kind::Haproxy => haproxy_words(rest),
            Kind::Caddy => caddy_words(rest),
            Kind::Traefik => traefik_words(rest),
            Kind::Envoy => envoy_words(rest),
            _ => None,
        };
        words.map_or_else(
            || format!("{}_ssl_{rest}", self.peer.protocol.directive_prefix()),
            ToOwned::to_owned,
        )
    }
}

fn apache_words(rest: &str) -> Option<&'static str> {
    Some(match rest {
        "trusted_certificate" => "SSLProxyCACertificateFile",
        "verify" => "SSLProxyVerify",
        "verify_depth" => "SSLProxyVerifyDepth",
        "name" => "the host in ProxyPass",
        "server_name" => "the host in ProxyPass, or ProxyPreserveHost,",
        "protocols" => "SSLProxyProtocol",
        "ciphers" => "SSLProxyCipherSuite",
        "certificate" | "certificate_key" => "SSLProxyMachineCertificateFile",
        _ => return None,
    })
}

fn haproxy_words(rest: &str) -> Option<&'static str> {
    Some(match rest {
        "trusted_certificate" => "ca-file",
        "verify" => "verify",
        "name" => "verifyhost",
        "server_name" => "sni",
        "protocols" => "ssl-min-ver",
        "ciphers" => "ciphers",
        "certificate" => "crt",
        "certificate_key" => "key",
        _ => return None,
    })
}

fn caddy_words(rest: &str) -> Option<&'static str> {
    Some(match rest {
        "trusted_certificate" => "tls_trusted_ca_certs",
        "verify" => "tls_insecure_skip_verify",
        "name" | "server_name" => "tls_server_name",
        "ciphers" | "protocols" => "transport http",
        "certificate" | "certificate_key" => "tls_client_auth",
        _ => return None,
    })
}

fn traefik_words(rest: &str) -> Option<&'static str> {
    Some(match rest {
        "trusted_certificate" => "rootCAs",
        "verify" => "insecureSkipVerify",
        "name" | "server_name" => "serverName",
        "protocols" | "ciphers" => "serversTransport",
        "certificate" => "certificates.certFile",
        "certificate_key" => "certificates.keyFile",
        _ => return None,
    })
}

fn envoy_words(rest: &str) -> Option<&'static str> {
    Some(match rest {
        "trusted_certificate" => "trusted_ca",
        "verify" => "trust_chain_verification",
        "name" => "match_typed_subject_alt_names",
        "server_name" => "sni",
        "protocols" => "tls_params.tls_minimum_protocol_version",
        "ciphers" => "tls_params.cipher_suites",
        "certificate" => "tls_certificates.certificate_chain",
        "certificate_key" => "tls_certificates.private_key",
        _ => return None,
    })
}
