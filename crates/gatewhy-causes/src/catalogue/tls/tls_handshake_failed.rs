//! The TLS handshake with the backend fails, and no deeper reason was found.
use crate::case::exchange::link::Link;
use crate::case::exchange::tls::{Why, weigh_tls};
use crate::prelude::*;

cause! {
    /// The TLS handshake with the backend fails, and no deeper reason was found.
    ///
    /// ## How it looks
    ///
    /// 502 with `SSL_do_handshake() failed` or `peer closed connection in SSL handshake`;
    /// 504 when it hangs.
    ///
    /// ## Why it happens
    ///
    /// See the other causes of this family.
    ///
    /// ## How to be sure
    ///
    /// A handshake from this host fails as well.
    ///
    /// ## How to fix it
    ///
    /// Compare what each side offers: `openssl s_client -connect ADDRESS -servername NAME`.
    ///
    /// ## What looks the same
    ///
    /// Each other cause of the family `tls-*`; `protocol-mismatch`.
    id: "tls-handshake-failed",
    explains: [],
    last_resort: true,
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| {
        let mine = |why: &Why| matches!(why, Why::Handshake);
        weigh_tls(link, mine, |_| failed(link))
    })
}

fn failed(link: Link<'_, '_>) -> Finding {
    let proxy = link.case.proxy_name();
    let (program, address) = (link.program(), link.address());
    let handshake = link.handshake();
    let summary = match handshake.found() {
        Some(ours) if !ours.made => format!(
            "no TLS handshake with {program} on {address} succeeds: {}",
            ours.words
        ),
        Some(_) => {
            format!(
                "{proxy}'s TLS handshake with {program} on {address} fails, and our own succeeds"
            )
        }
        None => format!("{proxy}'s TLS handshake with {program} on {address} fails"),
    };
    let wrote = link.wrote_meanwhile();
    let fix = compare(link, wrote.is_empty());
    Finding::new(HopName::Backend, address, summary)
        .because_all(wrote)
        .fix(fix)
}

fn compare(link: Link<'_, '_>, is_silent: bool) -> Fix {
    let name = link.case.tls_server_name();
    let program = link.program();
    let fix = Fix::new(if is_silent {
        format!("look into {program}: it does not say why it breaks the handshake off")
    } else {
        format!("look into {program}: what it wrote at that moment may tell why")
    });
    let fix = fix.run(
        link.s_client(name.as_deref()),
        "the same handshake, with everything that each side says",
    );
    let service = link.live_service();
    let fix = match service.found() {
        Some(service) => fix.run(
            format!("journalctl -u {} --since -5min --no-pager", service.unit.id),
            "what it wrote at that moment",
        ),
        None => fix,
    };
    link.case.verified(
        fix.advise(
            "a tunnel or balancer that closes at once has nobody behind it: look there next",
        ),
    )
}
