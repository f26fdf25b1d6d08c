//! The backend's certificate has expired, or is not valid yet, and the proxy checks it.
use crate::case::exchange::link::Link;
use crate::case::exchange::tls::{Why, weigh_tls};
use crate::case::exchange::trust::{CertificateFault, Doubt};
use crate::prelude::*;
use gatewhy_facts::time::for_people;
use gatewhy_facts::tls::certificate::Validity;

cause! {
    /// The backend's certificate has expired, or is not valid yet, and the proxy checks it.
    ///
    /// ## How it looks
    ///
    /// 502 with `upstream SSL certificate verify error: (10:certificate has expired)`.
    /// Apache: 500 or 502 and `Error during SSL Handshake with remote server` (AH00898).
    /// HAProxy: 503, and its check says `L6RSP SSL handshake failure`.
    ///
    /// ## Why it happens
    ///
    /// It was not renewed, or renewed and not loaded; or the clock is wrong.
    ///
    /// ## How to be sure
    ///
    /// The certificate that the backend shows ends before now; `proxy_ssl_verify` is on.
    /// Apache checks it unless `SSLProxyCheckPeerExpire off` is set, HAProxy unless the
    /// server says `verify none`.
    ///
    /// ## How to fix it
    ///
    /// Renew it on the backend and reload that server.
    ///
    /// ## What looks the same
    ///
    /// `tls-certificate-untrusted`: valid, but from an unknown authority.
    id: "tls-certificate-expired",
    explains: ["no-live-upstream"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| {
        let mine = |why: &Why| {
            matches!(
                why,
                Why::Certificate(CertificateFault {
                    doubt: Doubt::Dates(_),
                    ..
                })
            )
        };
        weigh_tls(link, mine, |fault| match &fault.why {
            Why::Certificate(CertificateFault {
                doubt: Doubt::Dates(validity),
                ..
            }) => out_of_date(link, *validity),
            _ => out_of_date(link, None),
        })
    })
}

fn out_of_date(link: Link<'_, '_>, validity: Option<Validity>) -> Finding {
    let proxy = link.case.proxy_name();
    let (program, address) = (link.program(), link.address());
    let summary = match validity {
        Some(Validity::Expired(secs)) => format!(
            "the certificate of {program} on {address} expired {} ago, and {proxy} checks it",
            for_people(secs)
        ),
        Some(Validity::NotYet(secs)) => format!(
            "the certificate of {program} on {address} is not valid for another {}, and {proxy} checks it",
            for_people(secs)
        ),
        Some(Validity::Valid(_)) | None => {
            format!("{proxy} finds the certificate of {program} on {address} out of date")
        }
    };
    let finding = Finding::new(HopName::Backend, address, summary);
    match validity {
        Some(Validity::NotYet(_)) => finding.fix(set_clock(link)),
        _ => finding.fix(renew(link)),
    }
}

fn renew(link: Link<'_, '_>) -> Fix {
    let name = link.case.tls_server_name();
    let fix = Fix::new("renew the certificate on the backend, and let that server load it");
    let fix = fix.run(
        format!(
            "{} 2>/dev/null | openssl x509 -noout -subject -dates",
            link.s_client(name.as_deref())
        ),
        "the certificate that it shows now",
    );
    let service = link.live_service();
    let fix = match service.found() {
        Some(service) => fix
            .advise(format!(
                "renew it where {} has it from; if the file is new already, the service still shows the old one",
                service.unit.id
            ))
            .run(format!("systemctl restart {}", service.unit.id), "loads the new certificate"),
        None => fix.advise("renew it there, and reload that server: it shows the old one until then"),
    };
    link.case.verified(fix)
}

fn set_clock(link: Link<'_, '_>) -> Fix {
    let fix = Fix::new("compare the clocks: the certificate begins in the future");
    let fix = fix.run(
        "timedatectl",
        "shows this host's time, and whether it is synchronised",
    );
    link.case.verified(
        fix.advise("set the clock that is wrong, or use the certificate from its first day on"),
    )
}
