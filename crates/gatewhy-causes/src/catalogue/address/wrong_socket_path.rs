//! The proxy names a unix socket where nobody listens, and the backend listens on another.
use crate::case::exchange::link::Link;
use crate::case::exchange::wrong_address::{Told, weigh_astray};
use crate::case::routing::peer::Dial;
use crate::case::service::listens_elsewhere::Way;
use crate::prelude::*;

cause! {
    /// The proxy names a unix socket where nobody listens, and the backend listens on another.
    ///
    /// ## How it looks
    ///
    /// 502 at once with `connect() to unix:… failed (2: No such file or directory)`, often
    /// after an upgrade of PHP.
    ///
    /// ## Why it happens
    ///
    /// The socket's name holds the version (`php7.4-fpm.sock`), the pool was renamed, or
    /// the socket lies in a folder that only the service sees (`PrivateTmp`). HAProxy
    /// with `chroot` looks for the sockets of its servers inside that folder.
    ///
    /// ## How to be sure
    ///
    /// Nobody listens on the path that the proxy names; a pool that runs listens on another
    /// path, and no other one is configured for this path.
    ///
    /// ## How to fix it
    ///
    /// Change the path in the proxy's configuration to the one that the backend listens on,
    /// and reload.
    ///
    /// ## What looks the same
    ///
    /// `backend-stopped`: a backend is configured for that very path and does not run.
    id: "wrong-socket-path",
    explains: ["no-live-upstream"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    weigh_astray(
        case,
        |link, way| matches!(link.peer.dial, Dial::Unix(_)) && way != Way::OtherNetwork,
        tell,
    )
}

fn tell(link: Link<'_, '_>, told: &Told) -> Finding {
    let proxy = link.case.proxy_name();
    let address = link.address();
    let who = told.who();
    let summary = match told.elsewhere.way {
        Way::OtherFiles => format!(
            "{who} listens on {address} in a folder of its own, which {proxy} does not see{}",
            told.private()
        ),
        Way::FileGone => format!(
            "the socket file of {address} was removed or replaced while {who} still listens on the old one"
        ),
        Way::NotRestarted => told.not_restarted(link),
        _ => format!(
            "{proxy} dials {address}{}, where nobody listens; {}",
            link.in_chroot(),
            told.whereabouts()
        ),
    };
    let finding = Finding::new(HopName::Backend, address, summary).because_all(link.chroot_line());
    told.fixes(link, finding)
}
