//! The backend has no file descriptor left.
use crate::case::exchange::link::Link;
use crate::prelude::*;

cause! {
    /// The backend has no file descriptor left.
    ///
    /// ## How it looks
    ///
    /// Connections are made and not answered (504), or closed at once (502). Many
    /// runtimes log nothing: they just stop to accept.
    ///
    /// ## Why it happens
    ///
    /// Each connection and each open file takes a descriptor. The limit is low
    /// (`LimitNOFILE=`, 1024 unless set), or the application forgets to close what
    /// it opened.
    ///
    /// ## How to be sure
    ///
    /// The process has as many descriptors as its limit allows (`/proc/PID/fd`,
    /// `/proc/PID/limits`).
    ///
    /// ## How to fix it
    ///
    /// Restart it to have them back. Raise `LimitNOFILE=` in its unit; when the
    /// number grows without end, find what is never closed.
    ///
    /// ## What looks the same
    ///
    /// `backend-hung`: descriptors are left. `proxy-out-of-files`: it is the proxy
    /// that has none.
    id: "backend-out-of-files",
    explains: ["backend-hung", "listen-backlog-full", "response-closed-early", "backend-answered-error", "backend-slow"],
    weigh: weigh,
}

/// A few descriptors are kept for moments in which the last ones come and go.
const MARGIN: u64 = 3;

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| {
        if !link.is_stalled() && !link.broke_off() {
            return None;
        }
        let pid = link.pid().found().copied()?;
        match case.process(pid) {
            Fact::Unknown(gap) => Some(Verdict::cannot_tell([&gap])),
            Fact::Absent(_) => None,
            Fact::Found(process, source) => {
                let open = u64::from(*process.descriptors.as_ref().ok()?);
                let limit = process.limits.as_ref().ok()?.open_files()?.soft?;
                (open.saturating_add(MARGIN) >= limit)
                    .then(|| used_up(link, pid, (open, limit), &source).weigh())
            }
        }
    })
}

fn used_up(link: Link<'_, '_>, pid: u32, (open, limit): (u64, u64), source: &Source) -> Finding {
    let service = link.live_service();
    let unit = service.found().map(|service| service.unit.id.clone());
    let name = unit.clone().unwrap_or_else(|| link.program());
    let finding = Finding::new(
        HopName::Backend,
        name.clone(),
        format!("{name} has no file descriptor left: {open} of {limit} are open"),
    );
    let finding = finding.because(Evidence::proof(
        format!("process {pid} has {open} open files, and may have {limit}"),
        source,
    ));
    let finding = finding
        .because_all(link.we_saw())
        .because_all(link.proxy_saw())
        .because_all(link.configured());
    let fix = Fix::new(format!("restart {name}, and raise its LimitNOFILE")).run(
        format!("ls -l /proc/{pid}/fd | tail -20"),
        "what it has open: the same again and again is a leak",
    );
    let fix = match unit {
        Some(unit) => fix
            .advise(format!(
                "systemctl edit {unit}: [Service] LimitNOFILE={}",
                limit.saturating_mul(16).clamp(16_384, 1_048_576)
            ))
            .run(
                format!("systemctl restart {unit}"),
                "gives it back its descriptors, with the new limit",
            ),
        None => fix,
    };
    finding.fix(link.case.verified(fix))
}
