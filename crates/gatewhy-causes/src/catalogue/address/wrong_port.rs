//! The proxy names a port where nobody, or a stranger, listens; the backend listens on another.
use crate::case::exchange::link::Link;
use crate::case::exchange::wrong_address::{Told, weigh_astray};
use crate::case::routing::peer::Dial;
use crate::case::service::listens_elsewhere::Way;
use crate::prelude::*;

cause! {
    /// The proxy names a port where nobody, or a stranger, listens; the backend listens on another.
    ///
    /// ## How it looks
    ///
    /// 502 at once with `connect() failed (111: Connection refused)` while the service is
    /// running.
    ///
    /// ## Why it happens
    ///
    /// The application's port was changed (an environment variable, a default) and the
    /// proxy's configuration was not, or the other way round.
    ///
    /// ## How to be sure
    ///
    /// Nobody listens on the port that the proxy names; the backend's process listens on
    /// another, and answers there.
    ///
    /// ## How to fix it
    ///
    /// Change the port in the proxy's configuration, or in the application's; then reload
    /// or restart.
    ///
    /// ## What looks the same
    ///
    /// `backend-stopped`: no backend runs at all. `wrong-bind-address`: the right port on
    /// another address.
    id: "wrong-port",
    explains: ["no-live-upstream"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    weigh_astray(
        case,
        |link, way| {
            let ways = [Way::Moved, Way::NotRestarted, Way::Stranger];
            matches!(link.peer.dial, Dial::Tcp(_)) && ways.contains(&way)
        },
        tell,
    )
}

fn tell(link: Link<'_, '_>, told: &Told) -> Finding {
    let proxy = link.case.proxy_name();
    let address = link.address();
    let summary = match told.elsewhere.way {
        Way::Stranger => stranger(link, told),
        Way::NotRestarted => told.not_restarted(link),
        Way::Moved if told.elsewhere.lacks_a_door() => format!(
            "nobody listens on {address}, where its settings want it: {} only",
            told.whereabouts()
        ),
        _ => format!(
            "{proxy} dials {address}, where nobody listens; {}",
            told.whereabouts()
        ),
    };
    let finding = Finding::new(HopName::Backend, address, summary);
    told.fixes(link, finding.because_all(strange(link)))
}

/// Who has the port in place of the backend.
fn stranger(link: Link<'_, '_>, told: &Told) -> String {
    let proxy = link.case.proxy_name();
    let stranger = link.stranger();
    let program = stranger
        .found()
        .map_or("a program", |found| found.program.as_str());
    let mut summary = format!(
        "{proxy} dials {}, but that is {program}, which is no web backend",
        link.address()
    );
    if !told.elsewhere.found.is_empty() {
        summary.push_str("; ");
        summary.push_str(&told.whereabouts());
    }
    summary
}

fn strange(link: Link<'_, '_>) -> Option<Evidence> {
    let stranger = link.stranger();
    let (Some(source), Some(found)) = (stranger.source(), stranger.found()) else {
        return None;
    };
    let text = match &found.speaks {
        Some(protocol) => format!("{} answers there, in {protocol}", found.program),
        None => format!(
            "{} listens there, and gives no answer to {}",
            found.program,
            link.peer.protocol.word()
        ),
    };
    Some(Evidence::proof(text, source))
}
