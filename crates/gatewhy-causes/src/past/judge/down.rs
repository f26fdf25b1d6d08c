//! The service behind the address went down: why, and when it was back.
use super::words;
use super::{Said, Trial, manager_told};
use crate::case::service::fault::prevents_start;
use crate::case::service::killed::{Bound, Killed, Victim, program_of};
use crate::evidence::{Evidence, Strength};
use crate::past::backend::Backend;
use crate::past::episode::Family;
use crate::past::life::{Down, How, Life};
use crate::verdict::{Finding, HopName, Verdict};
use gatewhy_facts::app_log::Kind;
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::prelude::*;
use gatewhy_facts::symptom::Symptom;
use gatewhy_facts::systemd::exit::Exit;
use gatewhy_facts::untrusted::shown;
use gatewhy_fixes::Fix;

/// How long a program may take from its start until it listens.
const WARM_UP_SECS: i64 = 90;
/// So many ends in one time down are a loop.
const LOOP: usize = 3;
/// A stop and a start so near each other were one restart.
const RESTART_SECS: i64 = 3;
/// The manager's lines that are shown.
const LINES: usize = 3;
/// What a service that goes down shows the proxy.
const AWAY: [Symptom; 5] = [
    // HAProxy has one word for all of them.
    Symptom::ConnectFailed,
    Symptom::ConnectRefused,
    Symptom::SocketMissing,
    Symptom::ConnectReset,
    Symptom::NoLiveUpstreams,
];

/// The causes that are told apart here: where one is found, it is none of the others.
pub(super) const FAMILY: [&str; 8] = [
    "backend-oom-killed",
    "backend-crashed",
    "backend-crash-looping",
    "backend-heap-exhausted",
    "backend-start-failed",
    "backend-stopped",
    "backend-restarting",
    "backend-hung",
];

pub(super) fn weigh(trial: &Trial<'_, '_, '_>) -> Vec<Said> {
    let mut said: Vec<Said> = Vec::new();
    // What it does not tell may have been a backend that was away.
    let untold = trial.seen.untold && matches!(trial.episode.family, Family::Answered(_));
    if trial.episode.family != Family::Away && !untold {
        return said;
    }
    for backend in &trial.backends {
        let Fact::Found(life, _) = &backend.life else {
            continue;
        };
        if let Some(down) = covering(life, trial) {
            said.push(went_down(trial, backend, down));
        } else if let Some(down) = ending(life, trial) {
            said.push(was_ended(trial, backend, down));
        }
    }
    if said.is_empty() {
        return said;
    }
    let others: Vec<&str> = FAMILY
        .into_iter()
        .filter(|id| !said.iter().any(|(known, _)| known == id))
        .collect();
    let why = "the service manager and the kernel tell how it went down";
    said.extend(others.into_iter().map(|id| (id, Verdict::ruled_out(why))));
    said
}

fn covering<'l>(life: &'l Life, trial: &Trial<'_, '_, '_>) -> Option<&'l Down> {
    let covers = |down: &&Down| {
        down.covers(trial.span(), WARM_UP_SECS)
            && explains_most(down, trial)
            && !was_well(down, trial)
    };
    // The latest that began before: what was over by then is not the reason.
    life.downs.iter().rev().find(covers)
}

/// Whether most of the failures lie in the time down, or, when nobody listened, in the
/// while that a program needs until it listens again.
fn explains_most(down: &Down, trial: &Trial<'_, '_, '_>) -> bool {
    let failures = &trial.episode.failures;
    let within = failures.iter().filter(|failure| {
        let symptom = failure.symptom();
        let nobody = symptom.is_some_and(|symptom| AWAY.contains(&symptom));
        let after = if nobody { WARM_UP_SECS } else { 0 };
        let until = down.up.map(|up| up.plus_secs(after).secs());
        let soon = until.is_none_or(|until| failure.at.secs() <= until);
        failure.at >= down.from.plus_secs(-2) && soon
    });
    within.count().saturating_mul(2) >= failures.len()
}

/// Whether all failures came when it was up again, and served or was listening.
fn was_well(down: &Down, trial: &Trial<'_, '_, '_>) -> bool {
    let Some(up) = down.up.filter(|up| trial.span().from > up.plus_secs(1)) else {
        return false;
    };
    let between = crate::past::logs::Span {
        from: up,
        until: trial.span().from,
    };
    let served = trial.seen.answers.served(between) == Some(true);
    served || !trial.episode.has(&AWAY)
}

/// A restart that made an end of failures that had begun before it.
fn ending<'l>(life: &'l Life, trial: &Trial<'_, '_, '_>) -> Option<&'l Down> {
    life.downs
        .iter()
        .find(|down| down.ends_trouble(trial.span()))
}

fn went_down(trial: &Trial<'_, '_, '_>, backend: &Backend, down: &Down) -> Said {
    match down.how {
        How::Oom => oom(trial, backend, down, kill(trial, backend, down).as_ref()),
        How::Exited(exit) => {
            match kill(trial, backend, down).filter(|_| exit.signal() == Some(9)) {
                Some(killed) => oom(trial, backend, down, Some(&killed)),
                None => exited(trial, backend, down, exit),
            }
        }
        How::Watchdog => hung(trial, backend, down, true),
        How::StartFailed => start_failed(trial, backend, down),
        How::Requested => requested(trial, backend, down),
        How::Ended => stopped(trial, backend, down, "ended by itself"),
    }
}

/// The kernel's record of the death, if its log has one.
fn kill(trial: &Trial<'_, '_, '_>, backend: &Backend, down: &Down) -> Option<Killed> {
    let unit = backend.unit()?;
    let journal = backend.journal.found()?;
    let before = journal
        .own_output()
        .rev()
        .find(|entry| entry.at <= down.from);
    let victim = Victim {
        unit: &unit.id,
        pid: before.and_then(|entry| entry.pid),
        program: program_of(unit),
        at: down.from,
    };
    trial.case.kill_of(trial.kernel.found()?, &victim)
}

fn oom(trial: &Trial<'_, '_, '_>, backend: &Backend, down: &Down, kill: Option<&Killed>) -> Said {
    let name = backend.name();
    let bound = kill.map(|kill| kill.bound(&name));
    let why = match &bound {
        Some(Bound::Unit) => ": it reached its own memory limit".to_owned(),
        Some(Bound::Slice(slice)) => {
            format!(": {slice}, which it belongs to, reached its memory limit")
        }
        Some(Bound::Host) => ": the host ran out of memory".to_owned(),
        Some(Bound::Unknown) | None => String::new(),
    };
    let summary = format!(
        "the kernel killed {name} for want of memory at {}{why}{}",
        trial.time(down.from),
        back(trial, down)
    );
    let sure = kill.is_some_and(|kill| kill.sure);
    let mut finding = Finding::new(HopName::Backend, name.clone(), summary);
    if let Some(kill) = kill {
        finding = finding.because(kernel_told(trial, kill));
    }
    finding = finding.because_all(manager_told(&name, &down.lines, LINES));
    // systemd counts the kills in the unit's own group; else the kernel must be sure.
    if !sure && down.how != How::Oom {
        finding = finding.at_most(Strength::Strong);
    }
    let limited = match &bound {
        Some(Bound::Unit) => Some(&name),
        Some(Bound::Slice(slice)) => Some(slice),
        Some(Bound::Host | Bound::Unknown) | None => None,
    };
    let fix = Fix::new(format!(
        "give {name} room, or find what needs so much memory"
    ));
    let fix = match limited {
        Some(limited) => fix.run(
            format!("systemctl show -p MemoryMax -p MemoryPeak -p MemoryCurrent {limited}"),
            "the limit, the most that was ever used, and what is used now",
        ),
        None => fix.run(
            "ps -eo rss,comm,args --sort=-rss | head",
            "shows who holds the host's memory now",
        ),
    };
    let fix = fix.advise("workers × memory of one worker must fit into the limit: fewer workers, more memory, or find the leak");
    (
        "backend-oom-killed",
        trial.agreed(backend, finding.fix(fix)),
    )
}

fn kernel_told(trial: &Trial<'_, '_, '_>, kill: &Killed) -> Evidence {
    let mut source = Source::new("kernel log (dmesg)");
    source.time = trial.case.at_kernel(kill.at_us);
    let held = kill
        .kill
        .anon_rss_kib
        .map(|kib| format!(", which held {} MiB", kib / 1024))
        .unwrap_or_default();
    let text = format!(
        "the kernel killed process {} ({}){held}",
        kill.kill.pid,
        shown(&kill.kill.comm)
    );
    if kill.sure {
        Evidence::proof(text, &source)
    } else {
        Evidence::strong(text, &source)
    }
}

/// `; it was up again 27 s later`
fn back(trial: &Trial<'_, '_, '_>, down: &Down) -> String {
    let again = trial.span().until;
    match (down.up, down.secs()) {
        (Some(up), Some(secs)) if again.since(up) > 5_000_000 => format!(
            "; it was started again {} later and served from {} on",
            seconds(secs),
            trial.time(again)
        ),
        (_, Some(..=0)) => "; it was up again within a second".to_owned(),
        (_, Some(secs)) => format!("; it was up again {} later", seconds(secs)),
        _ => String::new(),
    }
}

fn seconds(secs: i64) -> String {
    match secs {
        ..=0 => "a moment".to_owned(),
        secs => gatewhy_facts::time::for_people(secs),
    }
}

fn exited(trial: &Trial<'_, '_, '_>, backend: &Backend, down: &Down, exit: Exit) -> Said {
    let name = backend.name();
    let last = words::last_words(backend, down);
    let heap = last
        .as_ref()
        .filter(|told| told.kind == Kind::HeapExhausted);
    let start = last.as_ref().filter(|told| prevents_start(told.kind));
    let (id, what) = match () {
        () if heap.is_some() => (
            "backend-heap-exhausted",
            format!("{name} reached the heap limit of its own runtime and ended ({exit})"),
        ),
        () if start.is_some() => (
            "backend-start-failed",
            format!("{name} could not start ({exit})"),
        ),
        () if down.ends >= LOOP => (
            "backend-crash-looping",
            format!("{name} crashed {} times in a row ({exit})", down.ends),
        ),
        () => ("backend-crashed", format!("{name} crashed ({exit})")),
    };
    let said = last
        .as_ref()
        .map(|told| format!(": {}", told.short()))
        .unwrap_or_default();
    let summary = format!(
        "{what} at {}{said}{}",
        trial.time(down.from),
        back(trial, down)
    );
    let mut finding = Finding::new(HopName::Backend, name.clone(), summary)
        .because_all(manager_told(&name, &down.lines, LINES));
    finding = finding.because_all(last.map(|told| told.evidence(&name)));
    // Signal 9 is the kernel's or a person's: its log tells.
    if exit.signal() == Some(9) && !trial.kernel.is_absent() && trial.kernel.found().is_none() {
        finding = finding.at_most(Strength::Strong);
    }
    let fix = Fix::new(format!("read what {name} wrote before it ended"))
        .run(
            format!(
                "journalctl -u {name} --since '{}' --until '{}'",
                trial.stamp(down.from.plus_secs(-60)),
                trial.stamp(down.from.plus_secs(5))
            ),
            "the last lines before it ended, with the stack trace if it wrote one",
        )
        .run(
            format!("systemctl show -p Restart -p RestartUSec {name}"),
            "whether and how soon it is started again: every second counts here",
        );
    (id, trial.agreed(backend, finding.fix(fix)))
}

fn start_failed(trial: &Trial<'_, '_, '_>, backend: &Backend, down: &Down) -> Said {
    let name = backend.name();
    let summary = format!(
        "{name} could not start at {}{}",
        trial.time(down.from),
        back(trial, down)
    );
    let finding = Finding::new(HopName::Backend, name.clone(), summary)
        .because_all(manager_told(&name, &down.lines, LINES))
        .because_all(words::last_words(backend, down).map(|told| told.evidence(&name)));
    ("backend-start-failed", trial.agreed(backend, finding))
}

/// Somebody asked for the end: a restart, or a stop with a start later.
fn requested(trial: &Trial<'_, '_, '_>, backend: &Backend, down: &Down) -> Said {
    let refused = backend.life.found().is_some_and(|life| {
        let within = |at| down.from <= at && down.up.is_none_or(|up| at <= up);
        life.refusals.iter().any(|(at, _)| within(*at))
    });
    if refused || down.ends >= LOOP {
        return start_failed(trial, backend, down);
    }
    if is_restart(down) {
        return restarted(trial, backend, down);
    }
    stopped(trial, backend, down, "was stopped")
}

/// The manager goes from the end to the next start without a pause when a restart was
/// asked for.
fn is_restart(down: &Down) -> bool {
    let times: Vec<_> = down.lines.iter().map(|(at, _)| *at).collect();
    let ends = down
        .lines
        .iter()
        .rfind(|(_, text)| text.starts_with("Stopped "));
    let Some((ended, _)) = ends else {
        return down.secs().is_some_and(|secs| secs <= RESTART_SECS);
    };
    let next = times.iter().find(|at| **at > *ended).or(down.up.as_ref());
    next.is_some_and(|next| next.since(*ended) <= RESTART_SECS * 1_000_000)
}

fn restarted(trial: &Trial<'_, '_, '_>, backend: &Backend, down: &Down) -> Said {
    let name = backend.name();
    let forced = if down.forced {
        ", and had to be killed as it did not stop in time"
    } else {
        ""
    };
    let summary = format!(
        "{name} was restarted at {}{forced}{}",
        trial.time(down.from),
        back(trial, down)
    );
    let finding = Finding::new(HopName::Backend, name.clone(), summary).because_all(manager_told(
        &name,
        &down.lines,
        LINES,
    ));
    let fix = Fix::new("make restarts graceful, so that nobody notices the next one")
        .advise("let one instance serve while the other restarts (two members in the upstream), or let systemd hold the socket (socket activation)")
        .advise("send readiness (Type=notify), so that a restart ends only when it listens again");
    (
        "backend-restarting",
        trial.agreed(backend, finding.fix(fix)),
    )
}

fn stopped(trial: &Trial<'_, '_, '_>, backend: &Backend, down: &Down, what: &str) -> Said {
    let name = backend.name();
    let summary = format!(
        "{name} {what} at {}{}",
        trial.time(down.from),
        back(trial, down)
    );
    let finding = Finding::new(HopName::Backend, name.clone(), summary).because_all(manager_told(
        &name,
        &down.lines,
        LINES,
    ));
    let fix = Fix::new(format!("find out who stopped {name}")).run(
        format!(
            "journalctl --since '{}' --until '{}'",
            trial.stamp(down.from.plus_secs(-30)),
            trial.stamp(down.from.plus_secs(2))
        ),
        "what else happened then: a person's sudo, a timer, a package upgrade",
    );
    ("backend-stopped", trial.agreed(backend, finding.fix(fix)))
}

/// Failures that had begun before the restart that ended them.
fn was_ended(trial: &Trial<'_, '_, '_>, backend: &Backend, down: &Down) -> Said {
    match down.how {
        How::Watchdog => hung(trial, backend, down, true),
        How::Oom => late(oom(
            trial,
            backend,
            down,
            kill(trial, backend, down).as_ref(),
        )),
        How::Exited(exit) => late(went_down_late(trial, backend, down, exit)),
        How::Requested | How::StartFailed | How::Ended => hung(trial, backend, down, false),
    }
}

fn went_down_late(trial: &Trial<'_, '_, '_>, backend: &Backend, down: &Down, exit: Exit) -> Said {
    match kill(trial, backend, down).filter(|_| exit.signal() == Some(9)) {
        Some(killed) => oom(trial, backend, down, Some(&killed)),
        None => exited(trial, backend, down, exit),
    }
}

/// What came after the first failures explains them less surely.
fn late((id, verdict): Said) -> Said {
    let weaker = match verdict {
        Verdict::Proven(finding) => finding.at_most(Strength::Strong).weigh(),
        other => other,
    };
    (id, weaker)
}

/// It had stopped answering before it was restarted.
fn hung(trial: &Trial<'_, '_, '_>, backend: &Backend, down: &Down, by_watchdog: bool) -> Said {
    let name = backend.name();
    let span = trial.span();
    let refused = trial
        .episode
        .first(&AWAY)
        .is_some_and(|at| at < down.from.plus_secs(-1));
    let before = crate::past::logs::Span {
        from: span.from.plus_secs(1),
        until: down.from.plus_secs(-1),
    };
    let alone = !trial.case.has_other_members(&trial.episode.via);
    let some_served = alone && trial.seen.answers.served(before) == Some(true);
    let (id, what) = match () {
        () if refused => ("backend-stopped", "did not listen"),
        () if some_served => ("backend-slow", "answered some requests too late"),
        () => ("backend-hung", "did not answer any more"),
    };
    let who = if by_watchdog {
        "its watchdog ended it"
    } else {
        "it was restarted"
    };
    let summary = format!(
        "{name} {what} from {} on, until {who} at {}{}",
        trial.time(span.from),
        trial.time(down.from),
        back(trial, down)
    );
    let mut finding = Finding::new(HopName::Backend, name.clone(), summary)
        .because_all(manager_told(&name, &down.lines, LINES));
    if !by_watchdog {
        finding = finding.at_most(Strength::Strong);
    }
    let fix = Fix::new(format!("when {name} hangs again, see what it does before you restart it"))
        .run(
            format!("ps -L -o pid,tid,stat,wchan:30,time,comm -p $(systemctl show -p MainPID --value {name})"),
            "whether it computes, waits for a lock, or waits for somebody else",
        )
        .advise("let systemd notice it: WatchdogSec= with a program that reports, or a health check that restarts it");
    (id, trial.agreed(backend, finding.fix(fix)))
}
