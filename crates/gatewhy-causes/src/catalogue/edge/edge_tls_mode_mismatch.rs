//! The edge wants TLS that its origin does not offer.
use crate::case::from_outside::edge::{Edge, Origin};
use crate::prelude::*;
use gatewhy_facts::protocol::error_page::EdgeFault;

cause! {
    /// The edge's TLS mode does not fit what the origin offers.
    ///
    /// ## How it looks
    ///
    /// Cloudflare's 525 (no handshake) or 526 (certificate refused in the mode *Full
    /// (strict)*); Fastly's `certificate has expired`.
    ///
    /// ## Why it happens
    ///
    /// The origin's certificate expired, is self-signed or for another name, or the origin
    /// does not speak TLS at the port that the edge dials.
    ///
    /// ## How to be sure
    ///
    /// `gatewhy URL --origin ADDRESS` shows the certificate that the origin sends for the
    /// site's name.
    ///
    /// ## How to fix it
    ///
    /// A valid certificate at the origin (a public one, or one of the edge's own authority
    /// for origins); never the mode without checks.
    ///
    /// ## What looks the same
    ///
    /// `tls-certificate-expired`: the same between a proxy of your own and its backend.
    /// `edge-cannot-reach-origin`: no connection at all.
    id: "edge-tls-mode-mismatch",
    explains: [],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.edge()
        .map(|edge| verdict(case, &edge))
        .into_iter()
        .collect()
}

fn verdict(case: &Case<'_>, edge: &Edge) -> Verdict {
    let wants = match edge.fault {
        EdgeFault::CertificateRefused => "does not take the origin's certificate",
        EdgeFault::TlsFailed => "gets no TLS connection to the origin",
        _ => return Verdict::ruled_out(edge.not_it()),
    };
    let doubt = case.origin_certificate_doubt();
    let doubt = doubt.filter(|_| edge.fault == EdgeFault::CertificateRefused);
    let summary = match &doubt {
        Some(doubt) => format!("{} {wants}: {}", edge.name, doubt.text),
        None => format!("{} {wants}", edge.name),
    };
    let failed = match &edge.origin {
        Origin::Bad(..) => edge.origin_evidence(Strength::Strong),
        Origin::Good(_) | Origin::Unknown(_) => None,
    };
    let fix = Fix::new("give the origin a certificate that the edge takes")
        .run(
            format!(
                "certbot certificates; certbot renew --cert-name {}",
                case.request.host
            ),
            "on the origin, where certbot keeps the certificate",
        )
        .advise(format!(
            "or one that {} issues for origins; leave its checks on",
            edge.name
        ));
    Finding::new(HopName::Edge, edge.name, summary)
        .because_all(doubt)
        .because(edge.says(case))
        .because_all(failed)
        .because(edge.mark.clone())
        .fix(fix)
        .weigh()
}
