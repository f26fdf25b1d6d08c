//! The proxy's own processes are held up.
use crate::case::gateway::held_processes::Halted;
use crate::prelude::*;

cause! {
    /// The proxy's own processes are held up.
    ///
    /// ## How it looks
    ///
    /// Visitors connect, or wait to connect, and get no answer at all: no status, no line
    /// in any log. Every site of the proxy is affected, and the backends are well.
    ///
    /// ## Why it happens
    ///
    /// Its processes were stopped by a signal (`SIGSTOP`, a debugger, a frozen container),
    /// or sleep in the kernel in a call to a disk or a file server that does not return:
    /// a log, a cache or static files on a network file system.
    ///
    /// ## How to be sure
    ///
    /// Their state is T (stopped) or D (waiting in the kernel) again and again, and the
    /// queue of the proxy's port grows (`ss -ltn`, Recv-Q).
    ///
    /// ## How to fix it
    ///
    /// Let stopped processes go on (`kill -CONT`); bring the disk or file server back.
    ///
    /// ## What looks the same
    ///
    /// `backend-hung`: the proxy waits for its backend, and says so in its log in the end.
    /// `proxy-out-of-connections`: its workers run, and have no place left.
    id: "proxy-hung",
    explains: ["proxy-out-of-connections", "connect-timeout"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    match case.halted() {
        Fact::Absent(_) => Vec::new(),
        Fact::Unknown(gap) => vec![Verdict::cannot_tell([&gap])],
        Fact::Found(halted, _) => vec![hung(case, &halted).weigh()],
    }
}

fn hung(case: &Case<'_>, halted: &Halted) -> Finding {
    let proxy = case.proxy_name();
    let how = if halted.by_signal {
        "are stopped by a signal (state T)"
    } else {
        "wait in the kernel for a disk or a file server (state D)"
    };
    let summary = format!("{proxy} serves nobody: all its processes that take requests {how}");
    Finding::new(HopName::Proxy, proxy, summary)
        .because(halted.state.clone())
        .because_all(halted.queue.clone())
        .fix(mend(case, halted))
}

fn mend(case: &Case<'_>, halted: &Halted) -> Fix {
    let pids: Vec<String> = halted.pids.iter().map(ToString::to_string).collect();
    let pids = pids.join(" ");
    let fix = if halted.by_signal {
        Fix::new(format!("kill -CONT {pids}"))
            .run(format!("kill -CONT {pids}"), "lets the stopped processes go on")
            .advise("find out who stopped them: a debugger, a freeze of the container or of its control group, SIGSTOP by hand")
    } else {
        let first = halted.pids.first().copied().unwrap_or_default();
        Fix::new("bring the disk or file server back that its processes wait for")
            .run(
                format!("cat /proc/{first}/wchan /proc/{first}/stack; ls -l /proc/{first}/fd"),
                "what they wait for",
            )
            .run(
                "dmesg | tail -50",
                "what the kernel says of disks and file servers",
            )
    };
    case.verified(fix)
}
