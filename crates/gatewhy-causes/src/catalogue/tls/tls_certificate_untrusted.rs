//! The proxy does not trust the authority behind the backend's certificate.
use crate::case::exchange::link::Link;
use crate::case::exchange::tls::{Why, weigh_tls};
use crate::case::exchange::trust::{CertificateFault, Doubt};
use crate::case::programs::kind::Kind;
use crate::case::remedies::insert::Wanted;
use crate::case::routing::route::source_of;
use crate::prelude::*;
use gatewhy_facts::source_text::Place;
use gatewhy_facts::symptom::Symptom;
use gatewhy_facts::tls::alert;
use gatewhy_facts::tls::chain::Trust;

cause! {
    /// The proxy does not trust the authority behind the backend's certificate.
    ///
    /// ## How it looks
    ///
    /// 502 with `upstream SSL certificate verify error: (18:self-signed certificate)`,
    /// `(19:…)`, `(20:unable to get local issuer certificate)` or `(21:…)`. HAProxy: 503,
    /// its check says `L6RSP`. Apache, with `SSLProxyVerify require`: 500 or 502 and
    /// `Error during SSL Handshake with remote server`.
    ///
    /// ## Why it happens
    ///
    /// A self-signed certificate or a private authority that
    /// `proxy_ssl_trusted_certificate` does not hold, a missing intermediate certificate,
    /// or a chain longer than `proxy_ssl_verify_depth` (1).
    ///
    /// ## How to be sure
    ///
    /// The chain that the backend shows does not end in one of the trusted certificates.
    ///
    /// ## How to fix it
    ///
    /// Put the authority's certificate into `proxy_ssl_trusted_certificate`; let the
    /// backend send its whole chain.
    ///
    /// ## What looks the same
    ///
    /// `tls-certificate-expired`, `tls-name-mismatch`.
    id: "tls-certificate-untrusted",
    explains: ["no-live-upstream"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| {
        if let Some(verdict) = by_own_words(link) {
            return Some(verdict);
        }
        let mine = |why: &Why| match why {
            Why::Certificate(fault) => is_mine(&fault.doubt),
            _ => false,
        };
        weigh_tls(link, mine, |told| match &told.why {
            Why::Certificate(CertificateFault { doubt, .. }) => untrusted(link, doubt),
            _ => untrusted(link, &Doubt::Said(0)),
        })
    })
}

/// Of proxies written in Go, and of Envoy, only what they log tells that the check failed.
fn by_own_words(link: Link<'_, '_>) -> Option<Verdict> {
    let how = match link.case.proxy_kind() {
        Kind::Caddy => {
            "transport http { tls_trust_pool file FILE } (before 2.8: tls_trusted_ca_certs FILE)"
        }
        Kind::Traefik => "serversTransport of the service: rootCAs: [FILE]",
        Kind::Envoy => {
            "transport_socket of the cluster: validation_context: trusted_ca: {filename: FILE}"
        }
        _ => return None,
    };
    let told = [Symptom::TlsVerifyFailed, Symptom::CertificateRejected];
    let logged = link.logged_as(&told)?;
    // Envoy gives no reason; Go does, and expiry is another one.
    let why = match logged.record.names_unknown_authority() {
        true => "its authority is not among the trusted ones",
        false if logged.record.symptom == Some(Symptom::TlsVerifyFailed) => {
            "it does not stand the check"
        }
        false => return None,
    };
    let proxy = link.case.proxy_name();
    let whose = format!("{} on {}", link.program(), link.address());
    let summary = format!("{proxy} does not trust the certificate of {whose}: {why}");
    let said = format!("{proxy} logged for our request: {}", logged.message());
    let fix = Fix::new(format!(
        "let {proxy} trust the authority that signed the backend's certificate"
    ))
    .advise(format!("name the authority's certificate: {how}"));
    let finding = Finding::new(HopName::Backend, link.address(), summary)
        .because(Evidence::strong(said, &logged.source))
        .because_all(link.configured())
        .fix(link.case.reloaded(fix));
    Some(finding.weigh())
}

const fn is_mine(doubt: &Doubt) -> bool {
    matches!(
        doubt,
        Doubt::Trust(_) | Doubt::Depth { .. } | Doubt::Said(_)
    )
}

fn untrusted(link: Link<'_, '_>, doubt: &Doubt) -> Finding {
    let proxy = link.case.proxy_name();
    let whose = format!(
        "the certificate of {} on {}",
        link.program(),
        link.address()
    );
    let why = match doubt {
        Doubt::Trust(Trust::SelfSigned) => "it is self-signed".to_owned(),
        Doubt::Trust(Trust::UntrustedRoot(root)) => {
            format!(
                "its authority {} is not among the trusted ones",
                shown(root.as_bytes())
            )
        }
        Doubt::Trust(Trust::IssuerMissing(issuer)) => format!(
            "the certificate of its issuer {} is neither sent nor among the trusted ones",
            shown(issuer.as_bytes())
        ),
        Doubt::Trust(Trust::IssuerKeyDiffers(issuer)) => {
            format!("its issuer {} has a new key", shown(issuer.as_bytes()))
        }
        Doubt::Trust(Trust::TrustedButNoRoot(_)) => "what is trusted is no root".to_owned(),
        Doubt::Trust(Trust::IssuerMayNotSign(_)) => {
            "its issuer may not sign certificates".to_owned()
        }
        Doubt::Depth {
            intermediates,
            allowed,
        } => format!(
            "its chain has {intermediates} intermediate certificates, and {proxy} follows {allowed}"
        ),
        Doubt::Said(number) => alert::verify_number(*number)
            .unwrap_or("it does not stand the check")
            .to_owned(),
        Doubt::Trust(_) | Doubt::Dates(_) | Doubt::Name { .. } => {
            "it does not stand the check".to_owned()
        }
    };
    let summary = format!("{proxy} does not trust {whose}: {why}");
    let trusted = link.demands().trusted;
    let text = format!(
        "{proxy} trusts what is in this file ({})",
        link.tls_directive("trusted_certificate")
    );
    let finding = Finding::new(HopName::Backend, link.address(), summary)
        .because_all(trusted.map(|(_, place)| line(link, &place, &text)));
    match doubt {
        Doubt::Depth { intermediates, .. } => finding.fix(deeper(link, *intermediates)),
        Doubt::Trust(Trust::IssuerMissing(_)) => finding.fix(whole_chain(link)).fix(trust(link)),
        _ => finding.fix(trust(link)),
    }
}

/// The file that holds the trusted certificates.
fn file(link: Link<'_, '_>) -> String {
    link.trust_file().map_or_else(
        || format!("the file of {}", link.tls_directive("trusted_certificate")),
        |path| path.to_string(),
    )
}

fn line(link: Link<'_, '_>, place: &Place, text: &str) -> Evidence {
    Evidence::weak(text, &source_of(place)).with_excerpt(link.case.excerpt(place))
}

fn trust(link: Link<'_, '_>) -> Fix {
    let name = link.case.tls_server_name();
    let file = file(link);
    let fix = Fix::new(format!("put the authority's certificate into {file}"));
    let fix = fix.run(
        format!("{} 2>/dev/null | openssl x509 -noout -subject -issuer -fingerprint -sha256", link.s_client(name.as_deref())),
        "whose certificate it is: compare the fingerprint with the backend's own before you trust it",
    );
    let fix = fix.advise(format!(
        "append the root certificate that the backend's administrator gives you to {file}, in PEM; \
         for a self-signed one that is the certificate itself"
    ));
    link.case.reloaded(fix)
}

fn whole_chain(link: Link<'_, '_>) -> Fix {
    let fix = Fix::new("let the backend send its whole chain");
    let fix = fix.advise(
        "the server's certificate file must hold its own certificate first and the intermediate ones behind it: \
         cat server.crt intermediate.crt > chain.crt",
    );
    let service = link.live_service();
    let fix = match service.found() {
        Some(service) => fix.run(
            format!("systemctl restart {}", service.unit.id),
            "loads the chain",
        ),
        None => fix,
    };
    link.case.verified(fix)
}

fn deeper(link: Link<'_, '_>, intermediates: usize) -> Fix {
    let name = link.tls_directive("verify_depth");
    let fix = Fix::new(format!(
        "let {} follow the chain: {name} {intermediates}",
        link.case.proxy_name()
    ));
    let setting = link.tls_settings().map(|tls| &tls.verify_depth);
    let wanted = Wanted::instead_of(setting, name, intermediates.to_string());
    let edited = link
        .case
        .set_for_backend(fix.clone(), &[wanted], "as long as the chain is");
    link.case.reloaded(edited.unwrap_or(fix))
}
