//! The proxy does not tell the backend which server name it wants.
use crate::case::exchange::link::Link;
use crate::case::exchange::tls::{Why, weigh_tls};
use crate::case::remedies::insert::Wanted;
use crate::prelude::*;

cause! {
    /// The proxy does not tell the backend which server name it wants.
    ///
    /// ## How it looks
    ///
    /// 502 with `SSL_do_handshake() failed … alert handshake failure` or `unrecognized
    /// name`.
    ///
    /// ## Why it happens
    ///
    /// `proxy_ssl_server_name` is off unless set; a backend that serves several names
    /// cannot choose a certificate.
    ///
    /// ## How to be sure
    ///
    /// The handshake fails without the name and works with it; or the certificate is
    /// another site's without it.
    ///
    /// ## How to fix it
    ///
    /// `proxy_ssl_server_name on;` and, where the name differs, `proxy_ssl_name`.
    ///
    /// ## What looks the same
    ///
    /// `tls-version-mismatch`: it fails with the name too.
    id: "tls-sni-missing",
    explains: ["no-live-upstream"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| {
        let mine = |why: &Why| matches!(why, Why::ServerName { .. });
        weigh_tls(link, mine, |told| match &told.why {
            Why::ServerName { name, sent } => missing(link, name, sent.as_deref()),
            _ => missing(link, "", None),
        })
    })
}

fn missing(link: Link<'_, '_>, name: &str, sent: Option<&str>) -> Finding {
    let proxy = link.case.proxy_name();
    let whom = format!("{} on {}", link.program(), link.address());
    let directive = link.tls_directive("server_name");
    let summary = match sent {
        Some(sent) => {
            format!("{proxy} asks {whom} for the server name {sent}, and only {name} works there")
        }
        None => format!(
            "{proxy} does not tell {whom} which server name it wants ({directive} is off); with {name} it works"
        ),
    };
    let setting = link.tls_settings().map(|tls| &tls.server_name);
    let finding = Finding::new(HopName::Proxy, link.address(), summary)
        .because_all(link.tls_line(setting, &format!("{directive} is set here")));
    finding.fix(tell(link, name))
}

/// The name is sent, and it is the right one.
fn tell(link: Link<'_, '_>, name: &str) -> Fix {
    let proxy = link.case.proxy_name();
    let settings = link.tls_settings();
    let (sends, named) = (
        link.tls_directive("server_name"),
        link.tls_directive("name"),
    );
    let fix = Fix::new(format!("let {proxy} tell the name: {sends} on"));
    let mut wanted = Vec::new();
    if !settings.is_some_and(|tls| tls.server_name.value) {
        wanted.push(Wanted::instead_of(
            settings.map(|tls| &tls.server_name),
            sends,
            "on".to_owned(),
        ));
    }
    if link.checked_name().as_deref() != Some(name) {
        let setting = settings.and_then(|tls| tls.name.as_ref());
        wanted.push(Wanted::instead_of(setting, named, name.to_owned()));
    }
    let edited = link.case.set_for_backend(
        fix.clone(),
        &wanted,
        "the backend chooses its certificate by this name",
    );
    link.case.reloaded(edited.unwrap_or(fix))
}
