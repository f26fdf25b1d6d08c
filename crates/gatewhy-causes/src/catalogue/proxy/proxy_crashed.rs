//! A process of the proxy died by a signal.
use crate::case::gateway::workers::DeadWorker;
use crate::case::service::units;
use crate::case::visit::front::{Front, Why};
use crate::prelude::*;
use gatewhy_facts::systemd::exit::signal_name;
use gatewhy_facts::systemd::journal::UnitEvent;

cause! {
    /// A process of the proxy died by a signal.
    ///
    /// ## How it looks
    ///
    /// Connections are closed without an answer; nginx's master logs `worker process 123
    /// exited on signal 11` and starts another. When the master itself dies, nobody
    /// listens any more.
    ///
    /// ## Why it happens
    ///
    /// A bug in nginx or in a module (signal 11 or 6), most often a module that was built
    /// for another version; the kernel's OOM killer (signal 9); or a kill by hand.
    ///
    /// ## How to be sure
    ///
    /// The master's record stands in the main error log, the moment fits, and the workers
    /// are younger than that. The kernel's log names the library whose code crashed, or the
    /// OOM kill.
    ///
    /// ## How to fix it
    ///
    /// Update nginx and its modules together, or take out the module that the kernel names;
    /// keep a core dump for its authors.
    ///
    /// ## What looks the same
    ///
    /// `backend-crashed`: the backend closes, and nginx answers 502. `proxy-down`: it was
    /// stopped in an orderly way.
    id: "proxy-crashed",
    explains: ["proxy-down", "response-closed-early"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    let front = case.front();
    if let Some(front) = front.found()
        && let Why::Died(signal) = front.why
    {
        return vec![all_of_it(case, front, signal)];
    }
    let dead = case.dead_worker();
    dead.iter().map(|dead| worker(case, dead)).collect()
}

/// The master died, and took everything with it.
fn all_of_it(case: &Case<'_>, front: &Front, signal: i32) -> Verdict {
    let name = front.name();
    let ago = case.ago_if(front.at);
    let by_hand = on_request(case, name);
    let hand = if by_hand.is_some() {
        ", which systemd was asked to send"
    } else {
        ""
    };
    let summary = format!("{name} died with {}{hand}{ago}", words(signal));
    let finding = Finding::new(HopName::Proxy, name, summary)
        .because_all(front.unit.as_ref().map(|unit| case.unit_state(unit)))
        .because_all(by_hand)
        .because_all(front.nobody_listens());
    let fix = case.start_proxy(name)
        .run(format!("journalctl -u {name} -n 50 --no-pager"), "what happened before")
        .advise(format!("give {name} Restart=on-failure (systemctl edit {name}), so that it comes back by itself"));
    finding
        .fix(case.verified(fix))
        .at_most(front.most())
        .weigh()
}

/// systemd says so when somebody asked it to send the signal.
fn on_request(case: &Case<'_>, unit: &str) -> Option<Evidence> {
    let journal = case.journal(unit);
    let mut events = journal.found()?.events();
    events
        .rfind(|(_, event)| matches!(event, UnitEvent::SignalOnRequest { .. }))
        .map(|(entry, _)| {
            let source = units::journal_source(unit, entry);
            Evidence::strong(format!("systemd wrote: {}", entry.text()), &source)
        })
}

fn worker(case: &Case<'_>, dead: &DeadWorker) -> Verdict {
    let how = dead.signal.map_or_else(
        || "ended, and no new one can be started".to_owned(),
        |signal| format!("died with {}", words(i32::from(signal))),
    );
    let times = if dead.count > 1 {
        format!(" ({} in the last minute)", dead.count)
    } else {
        String::new()
    };
    let memory = dead
        .kernel
        .as_ref()
        .is_some_and(|kernel| kernel.out_of_memory);
    let whose = match dead
        .kernel
        .as_ref()
        .and_then(|kernel| kernel.object.as_ref())
    {
        Some(object) => format!(", in the code of {object}"),
        None if memory => ": the kernel killed it for want of memory".to_owned(),
        None => String::new(),
    };
    let finding = Finding::new(
        HopName::Proxy,
        "nginx",
        format!("a worker of nginx {how}{times}{whose}"),
    )
    .because_all(dead.replaced.clone())
    .because(dead.record.clone())
    .because_all(dead.kernel.as_ref().map(|kernel| kernel.evidence.clone()))
    .because_all(case.own_fate().map(|fate| Evidence {
        strength: Strength::Strong,
        ..fate
    }))
    .fix(look(case, dead, memory));
    // Our own connection went with it only if it died while we asked.
    let most = if dead.own {
        Strength::Proof
    } else {
        Strength::Strong
    };
    finding.at_most(most).weigh()
}

fn words(signal: i32) -> String {
    signal_name(signal).map_or_else(
        || format!("signal {signal}"),
        |name| format!("signal {signal} ({name})"),
    )
}

fn look(case: &Case<'_>, dead: &DeadWorker, memory: bool) -> Fix {
    if memory {
        let fix = Fix::new("give the machine room: the kernel kills nginx's workers").run(
            "ps -eo rss,comm,args --sort=-rss | head",
            "who holds the memory",
        );
        return case.verified(fix);
    }
    if dead.signal == Some(9) || dead.signal == Some(15) {
        let fix = Fix::new("find out who kills nginx's workers")
            .run(
                "journalctl --since -1h _COMM=sudo + _COMM=kill + _COMM=systemctl",
                "kills by hand",
            )
            .advise("look for scripts (monit, cron) that end nginx's processes");
        return case.verified(fix);
    }
    let fix = Fix::new(
        "update nginx and its modules together, or take out the module that crashes",
    )
    .run(
        "ls -l /etc/nginx/modules-enabled/ && nginx -V",
        "the modules that are loaded; suspect the one that changed last",
    )
    .run(
        "grep -E ' (install|upgrade) (nginx|libnginx)' /var/log/dpkg.log | tail",
        "what was installed lately",
    )
    .run(
        "apt-get install --only-upgrade 'nginx*' 'libnginx-mod-*' && systemctl restart nginx",
        "brings nginx and its modules to versions that belong together",
    )
    .run(
        "dmesg -T | grep -i nginx | tail",
        "the kernel names the library whose code crashed",
    );
    case.verified(fix)
}
