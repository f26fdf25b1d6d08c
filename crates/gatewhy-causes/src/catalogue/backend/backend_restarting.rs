//! The backend is being restarted or reloaded just now.
use crate::case::service::down::{Down, How, weigh_down};
use crate::case::service::units::state_phrase;
use crate::prelude::*;
use gatewhy_facts::systemd::show::ActiveState;

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
    let finding = Finding::new(HopName::Backend, unit, summary(case, down));
    let finding = finding.because(down.state(case));
    match down.service.unit.active_state {
        Some(ActiveState::Deactivating) => finding.fix(stopping(case, unit)),
        Some(ActiveState::Active) if down.fault.is_some() => {
            finding.because_all(down.words()).fix(wait(case, unit))
        }
        _ => finding.fix(wait(case, unit)),
    }
}

fn summary(case: &Case<'_>, down: &Down) -> String {
    let unit = down.unit();
    let since = case.ago_if(down.at);
    let state = state_phrase(&down.service.unit);
    match down.service.unit.active_state {
        Some(ActiveState::Active) => {
            format!("{unit} was started{since}, and listens nowhere yet: {state}")
        }
        Some(ActiveState::Deactivating) => format!(
            "{unit} is stopping, {state}: it listens no more, and its processes have not ended yet"
        ),
        _ => format!("{unit} is being started or stopped just now: {state}"),
    }
}

fn wait(case: &Case<'_>, unit: &str) -> Fix {
    let fix = Fix::new("wait some seconds and ask again").safe().run(
        format!("systemctl status {unit}"),
        "shows when it is active",
    );
    let look = "if nothing listens then: its own words name what it waits for, or what ended";
    case.verified(fix.run(format!("journalctl -u {unit} -n 50 --no-pager"), look))
}

/// systemd kills what has not ended by itself when `TimeoutStopSec` is over.
fn stopping(case: &Case<'_>, unit: &str) -> Fix {
    let title = format!("wait some seconds; if it stays so: systemctl kill -s KILL {unit}");
    let fix = Fix::new(title)
        .run(
            format!("systemctl show -p TimeoutStopUSec {unit}; systemctl list-jobs"),
            "how long systemd waits before it kills, and whether a start follows",
        )
        .run(
            format!("systemctl kill -s KILL {unit}"),
            "ends what is left of it, with the requests that it still serves; a restart then goes on",
        )
        .run(
            format!("systemctl start {unit}"),
            "where it was only stopped",
        );
    case.verified(fix)
}
