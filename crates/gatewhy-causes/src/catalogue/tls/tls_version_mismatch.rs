//! The proxy and the backend have no TLS version or cipher in common.
use crate::case::exchange::link::Link;
use crate::case::exchange::tls::{Why, weigh_tls};
use crate::case::remedies::insert::Wanted;
use crate::prelude::*;

cause! {
    /// The proxy and the backend have no TLS version or cipher in common.
    ///
    /// ## How it looks
    ///
    /// 502 with `alert protocol version`, `unsupported protocol`, `no shared cipher` or
    /// `alert handshake failure`.
    ///
    /// ## Why it happens
    ///
    /// One side is very old or very strict: `proxy_ssl_protocols`, `proxy_ssl_ciphers`, or
    /// the backend's settings. Before release 1.23.4 nginx does not offer TLS 1.3 to
    /// backends unless told to.
    ///
    /// ## How to be sure
    ///
    /// A handshake with other versions works; the proxy's settings do not include them.
    ///
    /// ## How to fix it
    ///
    /// Let both allow TLS 1.2 or 1.3.
    ///
    /// ## What looks the same
    ///
    /// `protocol-mismatch`: the port does not speak TLS at all.
    id: "tls-version-mismatch",
    explains: ["no-live-upstream"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| {
        let mine = |why: &Why| matches!(why, Why::Version { .. } | Why::Cipher { .. });
        weigh_tls(link, mine, |told| match &told.why {
            Why::Version {
                theirs,
                ours,
                or_cipher,
            } => {
                let finding = version(link, theirs, ours);
                if *or_cipher {
                    or_cipher_suite(link, finding)
                } else {
                    finding
                }
            }
            Why::Cipher { theirs } => cipher(link, theirs.as_deref()),
            _ => cipher(link, None),
        })
    })
}

fn version(link: Link<'_, '_>, theirs: &[String], ours: &[String]) -> Finding {
    let proxy = link.case.proxy_name();
    let whom = format!("{} on {}", link.program(), link.address());
    let ours_words = ours.join(", ");
    let summary = if theirs.is_empty() {
        format!("{proxy} offers {ours_words}, and {whom} takes none of them")
    } else {
        format!(
            "{proxy} offers {ours_words}, and {whom} takes {}",
            theirs.join(", ")
        )
    };
    let directive = link.tls_directive("protocols");
    let setting = link.tls_settings().and_then(|tls| tls.protocols.as_ref());
    let finding = Finding::new(HopName::Proxy, link.address(), summary);
    let finding = match link.tls_line(setting, &format!("{directive} in force")) {
        Some(written) => finding.because(written),
        None => finding.because(by_default(link, &directive, &ours_words)),
    };
    if theirs.iter().any(|version| is_current(version)) || theirs.is_empty() {
        return finding.fix(offer(link, "TLSv1.2 TLSv1.3"));
    }
    finding.fix(update(link)).fix(offer_old(link, theirs))
}

/// The backend refused without a reason: what nginx's list leaves out may be it.
fn or_cipher_suite(link: Link<'_, '_>, finding: Finding) -> Finding {
    let directive = link.tls_directive("ciphers");
    let setting = link.tls_settings().and_then(|tls| tls.ciphers.as_ref());
    let text =
        format!("{directive} leaves the rest of the cipher suites out: that may be it as well");
    match link.tls_line(setting, &text) {
        Some(written) => finding.because(written).fix(offer_suite(link, None)),
        None => finding,
    }
}

fn is_current(version: &str) -> bool {
    matches!(version, "TLSv1.2" | "TLSv1.3")
}

fn by_default(link: Link<'_, '_>, directive: &str, ours: &str) -> Evidence {
    let proxy = link.case.proxy_name();
    let case = link.case;
    let version = case.proxy().found().and_then(|proxy| proxy.version.clone());
    let text = format!(
        "{directive} is not set: the default of {proxy} {} is {ours}",
        version.unwrap_or_default()
    );
    Evidence::weak(text, &Source::new(case.config_path().to_string()))
}

fn offer(link: Link<'_, '_>, versions: &str) -> Fix {
    let proxy = link.case.proxy_name();
    let directive = link.tls_directive("protocols");
    let fix = Fix::new(format!("let {proxy} offer more: {directive} {versions}"));
    let setting = link.tls_settings().and_then(|tls| tls.protocols.as_ref());
    let wanted = Wanted::instead_of(setting, directive, versions.to_owned());
    let edited =
        link.case
            .set_for_backend(fix.clone(), &[wanted], "the versions that are in use today");
    link.case.reloaded(edited.unwrap_or(fix))
}

fn update(link: Link<'_, '_>) -> Fix {
    let fix = Fix::new("let the backend take TLS 1.2 or 1.3");
    let fix = fix
        .advise("what it takes now has been broken for years: update that server, or its settings");
    link.case.verified(fix)
}

/// OpenSSL refuses old versions at its default level, whatever nginx says.
fn offer_old(link: Link<'_, '_>, theirs: &[String]) -> Fix {
    let proxy = link.case.proxy_name();
    let (protocols, ciphers) = (
        link.tls_directive("protocols"),
        link.tls_directive("ciphers"),
    );
    let fix = Fix::new(format!(
        "or, until then, let {proxy} offer the old version to this backend alone"
    ));
    let settings = link.tls_settings();
    let named: Vec<&str> = theirs
        .iter()
        .map(|name| if name == "TLSv1.0" { "TLSv1" } else { name })
        .collect();
    let value = format!("{} TLSv1.2", named.join(" "));
    let wanted = [
        Wanted::instead_of(
            settings.and_then(|tls| tls.protocols.as_ref()),
            protocols,
            value,
        ),
        Wanted::instead_of(
            settings.and_then(|tls| tls.ciphers.as_ref()),
            ciphers,
            "DEFAULT@SECLEVEL=0".to_owned(),
        ),
    ];
    let edited = link.case.set_for_backend(
        fix.clone(),
        &wanted,
        "OpenSSL leaves old versions out unless told",
    );
    link.case.reloaded(edited.unwrap_or(fix))
}

fn cipher(link: Link<'_, '_>, theirs: Option<&str>) -> Finding {
    let proxy = link.case.proxy_name();
    let whom = format!("{} on {}", link.program(), link.address());
    let takes = theirs.map(|suite| format!(", which takes {suite}"));
    let directive = link.tls_directive("ciphers");
    let setting = link.tls_settings().and_then(|tls| tls.ciphers.as_ref());
    let summary = format!(
        "{proxy} offers no cipher suite that suits {whom}{}",
        takes.unwrap_or_default()
    );
    let finding = Finding::new(HopName::Proxy, link.address(), summary)
        .because_all(link.tls_line(setting, &format!("{directive} in force")));
    finding.fix(offer_suite(link, theirs))
}

fn offer_suite(link: Link<'_, '_>, theirs: Option<&str>) -> Fix {
    let proxy = link.case.proxy_name();
    let directive = link.tls_directive("ciphers");
    let setting = link.tls_settings().and_then(|tls| tls.ciphers.as_ref());
    let old = setting.map(|setting| setting.value.clone());
    let value = match (old, theirs) {
        (Some(old), Some(suite)) => format!("{old}:{suite}"),
        (None, Some(suite)) => format!("DEFAULT:{suite}"),
        (_, None) => "DEFAULT".to_owned(),
    };
    let fix = Fix::new(format!("let {proxy} offer one that it takes: {directive}"));
    let wanted = Wanted::instead_of(setting, directive, value);
    let edited =
        link.case
            .set_for_backend(fix.clone(), &[wanted], "a suite that the backend takes");
    link.case.reloaded(edited.unwrap_or(fix))
}
