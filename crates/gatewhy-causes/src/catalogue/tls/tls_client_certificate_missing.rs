//! The backend demands a client certificate, and the proxy sends none that it accepts.
use crate::case::exchange::link::Link;
use crate::case::exchange::tls::{Why, weigh_tls};
use crate::case::remedies::insert::Wanted;
use crate::prelude::*;
use gatewhy_facts::nginx::files::Files;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::tls::chain::Roots;

cause! {
    /// The backend demands a client certificate, and the proxy sends none that it accepts.
    ///
    /// ## How it looks
    ///
    /// 502 with `alert certificate required`, `alert handshake failure` or `alert unknown
    /// ca`; or the backend answers 400 `No required SSL certificate was sent`.
    ///
    /// ## Why it happens
    ///
    /// Mutual TLS is on at the backend; `proxy_ssl_certificate` is not set, or its
    /// certificate is from another authority.
    ///
    /// ## How to be sure
    ///
    /// The backend asks for a certificate in the handshake and refuses without one.
    ///
    /// ## How to fix it
    ///
    /// Set `proxy_ssl_certificate` and `proxy_ssl_certificate_key` to a certificate that
    /// the backend's authority signed.
    ///
    /// ## What looks the same
    ///
    /// `tls-sni-missing`: another alert, no request for a certificate.
    id: "tls-client-certificate-missing",
    explains: ["no-live-upstream", "response-closed-early"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| {
        let mine = |why: &Why| matches!(why, Why::ClientCertificate { .. });
        weigh_tls(link, mine, |told| match told.why {
            Why::ClientCertificate { sent: true } => refused(link),
            _ => missing(link),
        })
    })
}

fn missing(link: Link<'_, '_>) -> Finding {
    let directive = link.tls_directive("certificate");
    let summary = format!(
        "{} on {} wants a client certificate, and {} sends none ({directive} is not set)",
        link.program(),
        link.address(),
        link.case.proxy_name()
    );
    Finding::new(HopName::Proxy, link.address(), summary).fix(send(link))
}

fn refused(link: Link<'_, '_>) -> Finding {
    let summary = format!(
        "{} on {} does not take the client certificate that nginx sends",
        link.program(),
        link.address()
    );
    let setting = link.tls_settings().and_then(|tls| tls.certificate.as_ref());
    let finding = Finding::new(HopName::Proxy, link.address(), summary).because_all(link.tls_line(
        setting,
        &format!("{} sends this certificate", link.case.proxy_name()),
    ));
    let file = setting.map(|setting| link.case.config_path().parent().join(&setting.value));
    let finding = finding.because_all(file.as_ref().and_then(|file| what_it_is(link, file)));
    let file = file.map_or_else(|| "FILE".to_owned(), |file| file.to_string());
    let fix = Fix::new("send a certificate that the backend's authority signed");
    let fix = fix.run(
        format!(
            "openssl x509 -noout -subject -issuer -dates -in {}",
            shell::word(&file)
        ),
        "who issued it, and until when it is valid",
    );
    let fix = fix.advise(format!("have it signed anew, and put it into {file}"));
    finding.fix(link.case.reloaded(fix))
}

/// The files are for a person to bring; the lines are as they should be.
fn send(link: Link<'_, '_>) -> Fix {
    let (certificate, key) = (
        link.tls_directive("certificate"),
        link.tls_directive("certificate_key"),
    );
    let fix = Fix::new(format!("send one: {certificate}"));
    let fix = fix.advise(
        "have the backend's authority sign a certificate for this proxy, and put it and its key \
         into /etc/nginx/client.crt and client.key (readable by root alone)",
    );
    let wanted = [
        Wanted {
            name: certificate,
            value: "/etc/nginx/client.crt".into(),
            place: None,
        },
        Wanted {
            name: key,
            value: "/etc/nginx/client.key".into(),
            place: None,
        },
    ];
    let edited = link
        .case
        .set_for_backend(fix.clone(), &wanted, "who nginx is, for this backend");
    link.case.reloaded(edited.unwrap_or(fix))
}

/// Whose the certificate is that nginx sends, and until when.
fn what_it_is(link: Link<'_, '_>, file: &HostPath) -> Option<Evidence> {
    let files = link.case.files();
    let text = files.read(file);
    let own = Roots::read(text.found()?.bytes)
        .certificates
        .into_iter()
        .next()?;
    let clock = link.case.clock()?;
    let until = own.not_after.local(clock.utc_offset_secs);
    let ended = if own.not_after < clock.now {
        "it ended"
    } else {
        "valid until"
    };
    let words = format!(
        "it is {}, issued by {}, {ended} {until}",
        shown(own.subject.as_bytes()),
        shown(own.issuer.as_bytes())
    );
    Some(Evidence::weak(words, text.source()?))
}
