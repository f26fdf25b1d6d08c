//! The backend's certificate is for another name than the one the proxy checks.
use crate::case::exchange::link::Link;
use crate::case::exchange::tls::{Why, weigh_tls};
use crate::case::exchange::trust::{CertificateFault, Doubt, names};
use crate::case::programs::kind::Kind;
use crate::case::remedies::insert::Wanted;
use crate::prelude::*;
use gatewhy_facts::tls::certificate::Certificate;

cause! {
    /// The backend's certificate is for another name than the one the proxy checks.
    ///
    /// ## How it looks
    ///
    /// 502 with `upstream SSL certificate does not match "…"`. Apache: 500 or 502 and
    /// `Error during SSL Handshake with remote server` (AH00898); it checks names unless
    /// `SSLProxyCheckPeerName off` is set. HAProxy: 503, and its check says `L6RSP`.
    ///
    /// ## Why it happens
    ///
    /// nginx checks the name in `proxy_pass` (an address, or the name of the `upstream`
    /// block) unless `proxy_ssl_name` says otherwise.
    ///
    /// ## How to be sure
    ///
    /// The names in the certificate do not include the name in force.
    ///
    /// ## How to fix it
    ///
    /// Set `proxy_ssl_name` to a name in the certificate, or get a certificate for the
    /// name.
    ///
    /// ## What looks the same
    ///
    /// `tls-sni-missing`: the backend would have another certificate, if only it were told
    /// the name.
    id: "tls-name-mismatch",
    explains: ["no-live-upstream"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| {
        let mine = |why: &Why| {
            matches!(
                why,
                Why::Certificate(CertificateFault {
                    doubt: Doubt::Name { .. },
                    ..
                })
            )
        };
        weigh_tls(link, mine, |told| match &told.why {
            Why::Certificate(CertificateFault {
                doubt: Doubt::Name { wanted },
                certificate,
            }) => mismatch(link, wanted, certificate.as_deref()),
            _ => mismatch(link, "", None),
        })
    })
}

fn mismatch(link: Link<'_, '_>, wanted: &str, certificate: Option<&Certificate>) -> Finding {
    let proxy = link.case.proxy_name();
    let has = certificate.map_or_else(|| "another name".to_owned(), names);
    let summary = format!(
        "{proxy} expects a certificate for {wanted}, and {} on {} shows one for {has}",
        link.program(),
        link.address()
    );
    let name = link.tls_settings().and_then(|tls| tls.name.as_ref());
    let text = format!("{proxy} checks the name {wanted}");
    let finding = Finding::new(HopName::Proxy, link.address(), summary)
        .because_all(link.tls_line(name, &text));
    let finding = match better_name(certificate) {
        Some(name) => finding.fix(rename(link, &name)),
        None => finding,
    };
    finding.fix(other_certificate(link, wanted))
}

/// A name of the certificate that is one host's.
fn better_name(certificate: Option<&Certificate>) -> Option<String> {
    let certificate = certificate?;
    let own = certificate.dns_names.iter().chain(&certificate.common_name);
    own.into_iter()
        .find(|name| !name.contains('*') && name.bytes().all(|b| b.is_ascii_graphic()))
        .cloned()
}

fn rename(link: Link<'_, '_>, name: &str) -> Fix {
    let proxy = link.case.proxy_name();
    let directive = link.tls_directive("name");
    let title = match link.case.proxy_kind() {
        Kind::Apache => format!(
            "send the request to https://{name}, with ProxyPreserveHost Off: Apache checks the host in ProxyPass"
        ),
        _ => format!("let {proxy} expect that name: {directive} {name}"),
    };
    let fix = Fix::new(title);
    let setting = link.tls_settings().and_then(|tls| tls.name.as_ref());
    let wanted = Wanted::instead_of(setting, directive, name.to_owned());
    let edited = link.case.set_for_backend(
        fix.clone(),
        &[wanted],
        "the name in the backend's certificate",
    );
    let fix = edited.unwrap_or_else(|| {
        let place = link.peer.place.as_ref();
        let at = place.map(|place| format!(" at {}:{}", place.file, place.span.line));
        let at = at.unwrap_or_default();
        let line = match link.case.proxy_kind() {
            Kind::Apache => {
                format!("https://{name} in place of the host, and ProxyPreserveHost Off")
            }
            _ => format!("{} {name}", link.tls_directive("name")),
        };
        fix.advise(format!("write {line}{at}"))
    });
    let fix = fix.advise("only if that is the right server: a name that is taken from whoever answers there checks nothing");
    link.case.reloaded(fix)
}

fn other_certificate(link: Link<'_, '_>, wanted: &str) -> Fix {
    let proxy = link.case.proxy_name();
    let fix = Fix::new(format!("or give the backend a certificate for {wanted}"));
    let service = link.live_service();
    let fix = fix.advise(format!(
        "if the wrong server answers there, the address in {proxy} is the fault"
    ));
    link.case.verified(match service.found() {
        Some(service) => fix.run(
            format!("systemctl restart {}", service.unit.id),
            "loads the new certificate",
        ),
        None => fix,
    })
}
