//! The backend cannot start.
use crate::case::down::{Down, How, weigh_down};
use crate::case::fault::Fault;
use crate::prelude::*;

cause! {
    /// The backend cannot start.
    ///
    /// ## How it looks
    ///
    /// A 502 at once on every request, usually right after a deploy, an upgrade or a
    /// reboot.
    ///
    /// ## Why it happens
    ///
    /// Its configuration is invalid, its port or socket is taken, a module is missing, its
    /// program or folder is not there, or a file is not readable for its user.
    ///
    /// ## How to be sure
    ///
    /// The unit failed within moments of its start; its journal names the reason:
    /// `EADDRINUSE`, `Cannot find module`, `ModuleNotFoundError`, `203/EXEC`, a
    /// configuration file and line.
    ///
    /// ## How to fix it
    ///
    /// Mend what the named line says, then start the unit. PHP-FPM: `php-fpm -t` names file
    /// and line.
    ///
    /// ## What looks the same
    ///
    /// `backend-stopped`: nothing failed, somebody stopped it. `backend-crashed`: it had
    /// been serving.
    id: "backend-start-failed",
    explains: ["backend-crash-looping", "backend-crashed", "no-live-upstream"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| weigh_down(link, &[How::StartFailed], |down| failed(case, down)))
}

fn failed(case: &Case<'_>, down: &Down) -> Finding {
    let unit = down.unit();
    let step = case.failed_step(&down.service.unit);
    let reason = down
        .fault
        .as_ref()
        .map(Fault::words)
        .or_else(|| step.as_ref().map(|step| step.words.clone()))
        .or_else(|| down.service.unit.exit_in_words())
        .or_else(|| down.manager(case).first().map(|told| told.text.clone()));
    let summary = format!(
        "{unit} cannot start: {}",
        reason.unwrap_or_else(|| "see its last words".into())
    );
    let finding = Finding::new(HopName::Backend, unit, summary)
        .because(down.state(case))
        .because_all(step.and_then(|step| step.evidence))
        .because_all(down.words())
        .because_all(down.manager(case));
    let fix = Fix::new(format!(
        "mend what keeps {unit} from starting, then start it"
    ))
    .run(
        format!("journalctl -u {unit} -n 50 --no-pager"),
        "its own words name the fault",
    )
    .run(
        format!("systemctl reset-failed {unit}"),
        "forgets the failed starts",
    )
    .run(
        format!("systemctl start {unit}"),
        "starts it once the fault is mended",
    );
    finding.fix(case.verified(fix))
}
