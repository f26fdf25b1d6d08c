//! The backend crashes, is started again, and crashes again.
use crate::case::remedies::start::start_mended;
use crate::case::service::down::{Down, How, weigh_down};
use crate::prelude::*;

cause! {
    /// The backend crashes, is started again, and crashes again.
    ///
    /// ## How it looks
    ///
    /// 502 most of the time, with moments that work; or steadily, once the service manager
    /// has given up with `Start request repeated too quickly`.
    ///
    /// ## Why it happens
    ///
    /// What kills it is still there after the restart: a bad deploy, a missing dependency,
    /// a poisoned job. systemd gives up after `StartLimitBurst` starts within
    /// `StartLimitIntervalSec`.
    ///
    /// ## How to be sure
    ///
    /// The restart counter rises (`systemctl show -p NRestarts UNIT`), the state is
    /// *auto-restart*, or the result is *start-limit-hit*. The journal holds the same last
    /// words again and again.
    ///
    /// ## How to fix it
    ///
    /// Mend what the first failure's own output names, not the limit. Then `systemctl
    /// reset-failed UNIT && systemctl start UNIT`.
    ///
    /// ## What looks the same
    ///
    /// `backend-start-failed`: it never gets as far as to serve. `backend-oom-killed`: the
    /// kernel kills it each time.
    id: "backend-crash-looping",
    explains: ["backend-crashed", "no-live-upstream"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| weigh_down(link, &[How::Looping], |down| loops(case, down)))
}

fn loops(case: &Case<'_>, down: &Down) -> Finding {
    let unit = down.unit();
    let times = down.service.unit.processes.restarts.unwrap_or(0);
    let end = if case.gave_up(&down.service.unit) {
        "; systemd gave up"
    } else {
        ""
    };
    let exit = down
        .service
        .unit
        .exit_in_words()
        .unwrap_or_else(|| "an error".into());
    let summary =
        format!("{unit} dies with {exit} after every start, {times} restarts so far{end}");
    let finding = Finding::new(HopName::Backend, unit, summary)
        .because(down.state(case))
        .because_all(down.words());
    let fix = Fix::new(format!(
        "mend what {unit} wrote before it died, then start it again"
    ))
    .run(
        format!("journalctl -u {unit} -n 80 --no-pager"),
        "the first failure's own output names the fault",
    );
    let fix = down.look_into_its_log(fix);
    finding.fix(case.verified(start_mended(fix, unit)))
}
