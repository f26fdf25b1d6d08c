//! The backend accepts connections and never answers.
use crate::case::exchange::link::Link;
use crate::case::exchange::stall::{Stall, Why};
use crate::prelude::*;

cause! {
    /// The backend accepts connections and never answers.
    ///
    /// ## How it looks
    ///
    /// 504 after the proxy's read time-out, on every page, even the simplest.
    ///
    /// ## Why it happens
    ///
    /// Its process is stopped, its event loop is blocked by a computation or a lock, or all
    /// of it waits for something that does not come.
    ///
    /// ## How to be sure
    ///
    /// Its process exists and the kernel completes connections, but nobody accepts or
    /// answers: the accept queue grows (`ss -ltn`, Recv-Q), the process is stopped (state
    /// T) or busy without answering.
    ///
    /// ## How to fix it
    ///
    /// See what it is doing (state, wait channel, stack), then restart it. Take blocking
    /// work off the event loop.
    ///
    /// ## What looks the same
    ///
    /// `backend-slow`: an answer comes, later. `worker-pool-exhausted`: workers are busy
    /// with other requests, and each of them will end.
    id: "backend-hung",
    explains: ["listen-backlog-full", "connect-timeout"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| match link.stall() {
        Fact::Absent(_) => None,
        Fact::Unknown(gap) => Some(Verdict::cannot_tell([&gap])),
        Fact::Found(stall, _) => {
            let verdict = match stall.why {
                Why::Frozen => hung(link, &stall, "its process is stopped (state T)").weigh(),
                Why::NotAccepting => accepts_nobody(link, &stall),
                Why::WorkersBusy => Verdict::ruled_out("its workers are busy with other requests"),
                Why::QueueShort => {
                    Verdict::ruled_out("it accepts connections, one after the other")
                }
                Why::Working => Verdict::ruled_out("it accepted our request and works on it"),
            };
            Some(verdict.with_gaps(&stall.gaps))
        }
    })
}

/// A server with a thread or a process for each request stops accepting as well when it
/// has none to spare: then it is full, which looks the same from here.
fn accepts_nobody(link: Link<'_, '_>, stall: &Stall) -> Verdict {
    let unborn = match link.unborn_workers() {
        Fact::Found(..) => return Verdict::ruled_out("its workers die before they serve"),
        Fact::Unknown(gap) => Some(gap),
        Fact::Absent(_) => None,
    };
    let verdict = accepts_none(link, stall);
    verdict.with_gaps(unborn.as_slice())
}

fn accepts_none(link: Link<'_, '_>, stall: &Stall) -> Verdict {
    let how = "it accepts no connection, though its process exists";
    match link.may_be_full(&stall.processes) {
        Fact::Absent(_) => hung(link, stall, how).weigh(),
        Fact::Unknown(gap) => hung(link, stall, how).weigh().with_gaps(&[gap]),
        Fact::Found(held, source) => {
            let how = format!(
                "it accepts no connection, and holds {held} that it accepted: if each has a thread, it may just be full"
            );
            let text = format!("its processes hold {held} connections that they accepted here");
            let finding = hung(link, stall, &how).because(Evidence::weak(text, &source));
            Verdict::Suspected(finding.at_most(Strength::Strong))
        }
    }
}

fn hung(link: Link<'_, '_>, stall: &Stall, how: &str) -> Finding {
    let service = link.live_service();
    let unit = service.found().map(|service| service.unit.id.clone());
    let name = unit.clone().unwrap_or_else(|| link.program());
    let frozen = stall.why == Why::Frozen;
    let finding = Finding::new(
        HopName::Backend,
        name.clone(),
        format!("{name} hangs: {how}"),
    );
    let state = stall.state().map(|state| {
        if frozen {
            Evidence {
                strength: Strength::Proof,
                ..state
            }
        } else {
            state
        }
    });
    let finding = finding
        .because_all(state)
        .because_all(stall.queue())
        .because_all(link.we_saw())
        .because_all(link.proxy_saw());
    mended(
        finding.because_all(link.configured()),
        link,
        stall,
        unit.as_deref(),
    )
}

fn mended(finding: Finding, link: Link<'_, '_>, stall: &Stall, unit: Option<&str>) -> Finding {
    let verified = |fix| link.case.verified(fix);
    if stall.why == Why::Frozen {
        let finding = finding.fix(verified(go_on(stall, unit)));
        return match unit {
            Some(unit) => finding.fix(verified(restart(unit))),
            None => finding,
        };
    }
    let pid = stall.processes.first().map_or(0, |process| process.pid);
    let waits = format!("cat /proc/{pid}/wchan /proc/{pid}/stack");
    let look = |fix: Fix| fix.run(waits.clone(), "what it waits for: look before it is gone");
    finding.fix(verified(match unit {
        Some(unit) => {
            let command = format!("systemctl restart {unit}");
            look(Fix::new(command.clone())).run(command, "ends it and starts it anew")
        }
        None => by_hand(
            look(Fix::new(format!(
                "end process {pid}, and start it as it was started"
            ))),
            pid,
        ),
    }))
}

/// Stopped processes go on; whatever they had begun, they end.
fn go_on(stall: &Stall, unit: Option<&str>) -> Fix {
    let frozen = stall
        .processes
        .iter()
        .filter(|process| process.state.is_frozen());
    let pids: Vec<String> = frozen.map(|process| process.pid.to_string()).collect();
    let command = match unit {
        Some(unit) => format!("systemctl kill -s CONT {unit}"),
        None => format!("kill -CONT {}", pids.join(" ")),
    };
    Fix::new(command.clone())
        .run(command, "lets the stopped processes go on")
        .advise("find out who stopped them: a debugger, a frozen container or control group, SIGSTOP by hand")
}

fn restart(unit: &str) -> Fix {
    let command = format!("systemctl restart {unit}");
    Fix::new(format!("or {command}, where they stop again"))
        .run(command, "ends them and starts them anew")
}

/// Nobody starts it again but whoever started it.
fn by_hand(fix: Fix, pid: u32) -> Fix {
    fix.run(
        format!("tr '\\0' ' ' </proc/{pid}/cmdline; readlink /proc/{pid}/cwd"),
        "how it was started, and where: no service starts it again",
    )
    .advise(format!(
        "kill {pid}, then start it with that command, better as a service"
    ))
}
