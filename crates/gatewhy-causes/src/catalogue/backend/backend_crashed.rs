//! The backend died by itself: a signal, or an exit code that is not zero.
use crate::case::exchange::link::Link;
use crate::case::service::down::{Down, How, weigh_down};
use crate::case::service::lost_worker::{self, Fate};
use crate::prelude::*;

cause! {
    /// The backend died by itself: a signal, or an exit code that is not zero.
    ///
    /// ## How it looks
    ///
    /// A burst of 502 with `upstream prematurely closed connection` or `recv() failed
    /// (104`, then `connect() failed (111` on every request. With PHP-FPM, single requests
    /// fail while the pool lives on.
    ///
    /// ## Why it happens
    ///
    /// An uncaught exception, a bug in an extension (signal 11), an assertion (signal 6),
    /// or a kill by hand (signal 9). Or systemd ended it: its watchdog was not told in time
    /// (`WatchdogSec=`), its time was over (`RuntimeMaxSec=`). Without a restart policy it
    /// stays down.
    ///
    /// ## How to be sure
    ///
    /// The unit's result is *exit-code*, *signal* or *core-dump* (`systemctl show -p
    /// Result,ExecMainCode,ExecMainStatus UNIT`), or PHP-FPM logs `child … exited on signal
    /// 11`. The lines just before in the journal say why.
    ///
    /// ## How to fix it
    ///
    /// Read the last lines it wrote; they name the fault. Start it again, and give the unit
    /// `Restart=on-failure`, so that one crash is not an outage.
    ///
    /// ## What looks the same
    ///
    /// `backend-oom-killed` is also signal 9, but the kernel's log names the process.
    /// `backend-worker-timeout`: its own supervisor killed the worker.
    /// `backend-crash-looping`: more than one crash.
    id: "backend-crashed",
    explains: ["no-live-upstream", "response-closed-early", "wrong-socket-path"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| match link.fate() {
        Fact::Unknown(gap) => Some(Verdict::cannot_tell([&gap])),
        Fact::Absent(_) => weigh_down(link, &[How::Crashed], |down| died(case, down)),
        Fact::Found(fate, _) => {
            let verdict = match fate.how {
                lost_worker::How::Crashed { signal } => worker_died(link, &fate, signal),
                lost_worker::How::OomKilled => {
                    Verdict::ruled_out("the kernel killed the worker for want of memory")
                }
                lost_worker::How::TimedOut => {
                    Verdict::ruled_out("its own supervisor killed the worker")
                }
            };
            Some(verdict.with_gaps(&fate.gaps))
        }
    })
}

/// A worker died with our request, and its service lives on.
fn worker_died(link: Link<'_, '_>, fate: &Fate, signal: Option<u8>) -> Verdict {
    let name = link
        .service()
        .found()
        .map_or_else(|| link.program(), |service| service.unit.id.clone());
    let path = link.case.request.path_only();
    let how = signal.map_or_else(
        || "an exit code".to_owned(),
        |signal| format!("signal {signal} ({})", signal_name(signal)),
    );
    let finding = Finding::new(
        HopName::Backend,
        name.clone(),
        format!("a worker of {name} dies with {how} when it is asked for {path}"),
    );
    let finding = finding
        .because_all(link.we_saw())
        .because_all(link.proxy_saw())
        .because_all(link.configured());
    let fix = Fix::new("find the code or extension that crashes; until then, switch it off")
        .run("coredumpctl list --since=-1h", "core dumps, if they are kept: they name the function")
        .advise("a crash in one script only: read what it calls; in many: suspect an extension that was upgraded last (php -m)");
    link.worker_verdict(finding.fix(link.case.verified(fix)), fate)
}

/// The signal that cannot be caught.
const SIGKILL: i32 = 9;

fn signal_name(signal: u8) -> &'static str {
    gatewhy_facts::systemd::exit::signal_name(i32::from(signal)).map_or("unknown", |name| name)
}

/// `RuntimeMaxSec=`: nothing is wrong with it, systemd ended it by the clock.
fn out_of_time(case: &Case<'_>, down: &Down) -> Finding {
    let unit = down.unit();
    let set = case.set_in_unit(&down.service.unit, "RuntimeMaxSec");
    let at = set.as_ref().map(|(source, _)| source.place.clone());
    let limit = set.as_ref().map_or("RuntimeMaxSec=", |(_, line)| line);
    let summary = format!(
        "systemd ended {unit}{}, which had run as long as it may ({limit})",
        case.ago_if(down.at)
    );
    let line = set
        .as_ref()
        .map(|(source, line)| Evidence::strong(format!("the limit: {line}"), source));
    let fix = Fix::new(format!(
        "systemctl start {unit}, and give it Restart=always or a longer RuntimeMaxSec="
    ))
    .run(format!("systemctl start {unit}"), "brings the site back")
    .advise(format!(
        "without Restart=always or on-failure nothing starts it again when its time is over{}",
        at.map(|at| format!("; the limit stands in {at}"))
            .unwrap_or_default()
    ));
    Finding::new(HopName::Backend, unit, summary)
        .because(down.state(case))
        .because_all(line)
        .fix(case.verified(fix))
}

fn died(case: &Case<'_>, down: &Down) -> Finding {
    if down.service.unit.used_up_its_time() {
        return out_of_time(case, down);
    }
    let unit = down.unit();
    let exit = down
        .service
        .unit
        .exit_in_words()
        .unwrap_or_else(|| "an error".into());
    let ago = case.ago_if(down.at);
    let finding = Finding::new(
        HopName::Backend,
        unit,
        format!("{unit} died with {exit}{ago}"),
    );
    let finding = finding.because(down.state(case));
    // Whoever is killed has no last words.
    if down.service.unit.failed_by_signal() == Some(SIGKILL) {
        return finding.fix(killed(case, unit));
    }
    finding.because_all(down.words()).fix(restart(case, down))
}

/// Nothing is wrong with it, as far as it can tell.
fn killed(case: &Case<'_>, unit: &str) -> Fix {
    let fix = Fix::new(format!("systemctl start {unit}, then find who killed it"))
        .run(format!("systemctl start {unit}"), "brings the site back")
        .run(
            "journalctl -k --since -1h --no-pager | grep -iE 'out of memory|oom|killed process'",
            "whether the kernel did, for want of memory",
        )
        .run(
            "journalctl --since -1h --no-pager _COMM=sudo + _COMM=systemctl",
            "who gave commands at that time; monit and cron kill, too",
        );
    case.verified(fix.advise(format!(
        "give {unit} Restart=on-failure (systemctl edit {unit}), so that one death is not an outage"
    )))
}

fn restart(case: &Case<'_>, down: &Down) -> Fix {
    let unit = down.unit();
    let fix = Fix::new(format!(
        "systemctl start {unit}, then mend what its last words name"
    ));
    let fix = fix.run(format!("systemctl start {unit}"), "brings the site back");
    let fix = fix.run(
        format!("journalctl -u {unit} -n 50 --no-pager"),
        "its last words: the fault to mend",
    );
    let fix = down.look_into_its_log(fix);
    case.verified(fix.advise(format!(
        "give {unit} Restart=on-failure (systemctl edit {unit}), so that one crash is not an outage"
    )))
}
