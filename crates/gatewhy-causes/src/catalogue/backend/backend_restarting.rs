//! The backend is being restarted or reloaded just now.
use crate::case::service::down::{Down, How, weigh_down};
use crate::case::service::units::state_phrase;
use crate::prelude::*;

cause! {
    /// The backend is being restarted or reloaded just now.
    ///
    /// ## How it looks
    ///
    /// 502 for some seconds: refused connections or a missing socket, then all is well.
    ///
    /// ## Why it happens
    ///
    /// A deploy, an upgrade or an administrator restarts it, and nothing takes requests
    /// meanwhile.
    ///
    /// ## How to be sure
    ///
    /// The unit's state is *activating*, *deactivating* or *reloading*, entered moments
    /// ago, and nobody listens yet.
    ///
    /// ## How to fix it
    ///
    /// Wait. To have no gap next time: two instances behind the proxy restarted one after
    /// the other, or socket activation, or a graceful reload.
    ///
    /// ## What looks the same
    ///
    /// `backend-crash-looping`: restarts that never end. `backend-stopped`: nobody starts
    /// it again.
    id: "backend-restarting",
    explains: ["no-live-upstream"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| weigh_down(link, &[How::Restarting], |down| restarting(case, down)))
}

fn restarting(case: &Case<'_>, down: &Down) -> Finding {
    let unit = down.unit();
    let summary = format!(
        "{unit} is being started or stopped just now: {}",
        state_phrase(&down.service.unit)
    );
    let fix = Fix::new("wait some seconds and ask again").safe().run(
        format!("systemctl status {unit}"),
        "shows when it is active",
    );
    Finding::new(HopName::Backend, unit, summary)
        .because(down.state(case))
        .fix(case.verified(fix))
}
