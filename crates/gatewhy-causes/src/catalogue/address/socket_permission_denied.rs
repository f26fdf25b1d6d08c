//! The proxy's worker may not open the backend's unix socket.
use crate::case::exchange::link::Link;
use crate::case::remedies::admit::admit;
use crate::case::system::policy::Ban;
use crate::case::system::socket_access::Refusal;
use crate::prelude::*;
use gatewhy_facts::symptom::Symptom;

cause! {
    /// The proxy's worker may not open the backend's unix socket.
    ///
    /// ## How it looks
    ///
    /// 502 at once with `connect() to unix:… failed (13: Permission denied)`.
    ///
    /// ## Why it happens
    ///
    /// The socket's owner, group and mode do not admit the worker's user (PHP-FPM:
    /// `listen.owner`, `listen.group`, `listen.mode`), or a folder above it may not be
    /// entered by that user.
    ///
    /// ## How to be sure
    ///
    /// Walk the path as the worker's user: the first folder without `x`, or the socket
    /// without `w`, for that user and its groups.
    ///
    /// ## How to fix it
    ///
    /// Set owner, group or mode of exactly that element, in the backend's configuration so
    /// that it lasts.
    ///
    /// ## What looks the same
    ///
    /// `security-policy-denied`: SELinux and AppArmor say the same `(13: Permission
    /// denied)`, and the modes are fine.
    id: "socket-permission-denied",
    explains: [],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    let proxy = case.proxy_name();
    case.judge(|link| {
        link.peer.dial.unix()?;
        let denied = match link.own_symptom() {
            Some(Symptom::ConnectDenied) => Some(true),
            // It is left alone for a while: why, an earlier request met.
            Some(Symptom::NoLiveUpstreams) | None => None,
            Some(_) => Some(false),
        };
        match link.screened() {
            Fact::Unknown(gap) => return Some(Verdict::cannot_tell([&gap])),
            Fact::Found(Ban::Screened { path, .. }, _) => {
                return Some(Verdict::ruled_out(format!(
                    "the rights of {path} are fine; only {proxy}'s sandbox does not let it pass"
                )));
            }
            _ => {}
        }
        match (link.refusal(), denied) {
            (_, Some(false)) => None,
            (Fact::Found(refusal, _), Some(true)) => Some(refused(link, &refusal).weigh()),
            (Fact::Found(refusal, _), None) => {
                Some(Verdict::Suspected(refused(link, &refusal).at_most(Strength::Strong)))
            }
            (Fact::Absent(_), Some(true)) => Some(
                Verdict::ruled_out(format!(
                    "owner, group and mode of every element of {} let {proxy}'s worker pass: look for a security policy",
                    link.address()
                ))
                .with_gaps(case.network_gap().as_slice()),
            ),
            (Fact::Unknown(gap), Some(true)) => Some(Verdict::cannot_tell([&gap])),
            (Fact::Absent(_) | Fact::Unknown(_), None) => None,
        }
    })
}

fn refused(link: Link<'_, '_>, refusal: &Refusal) -> Finding {
    let proxy = link.case.proxy_name();
    let address = link.address();
    let on_the_way = if refusal.is_socket() {
        String::new()
    } else {
        format!(", on the way to {address}")
    };
    let summary = format!("{proxy}'s worker user {}{on_the_way}", refusal.what());
    Finding::new(HopName::Backend, address, summary)
        .because(refusal.evidence(link.case))
        .because_all(link.proxy_saw())
        .because_all(link.configured())
        .fix(admit(link, refusal))
}
