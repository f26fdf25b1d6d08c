//! The backend hardly gets the processor time that it needs.
use crate::case::exchange::link::Link;
use crate::case::service::cpu_starved::{By, Limited, Starved};
use crate::prelude::*;
use gatewhy_facts::path::HostPath;

cause! {
    /// The backend hardly gets the processor time that it needs.
    ///
    /// ## How it looks
    ///
    /// Everything is slow, then 504; connections are accepted late. Nothing is in the logs:
    /// the application does not know that it stands still.
    ///
    /// ## Why it happens
    ///
    /// A limit of its unit, its slice or its container (`CPUQuota=`, `--cpus`) lets it run
    /// for a few milliseconds of every tenth of a second. Or other processes use the
    /// processors up: a backup, an import, another site, the pool's own workers.
    ///
    /// ## How to be sure
    ///
    /// Its processes want to run (state R) and got next to nothing while they were asked;
    /// `cpu.stat` of the control group counts `nr_throttled`; or the processors it may use
    /// were busy with others all the time.
    ///
    /// ## How to fix it
    ///
    /// Raise the limit, or make the others give way (`CPUWeight=`, `Nice=`, another hour).
    ///
    /// ## What looks the same
    ///
    /// `backend-slow`: it waits for something, and no processor would help. `backend-hung`
    /// with a loop that never ends: that one gets all the processor it wants.
    id: "cpu-saturated",
    explains: ["backend-slow", "backend-hung", "worker-pool-exhausted", "listen-backlog-full", "connect-timeout"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| {
        let stall = link.stall();
        let stall = stall.found()?;
        match link.starved(stall) {
            Fact::Absent(_) => None,
            Fact::Unknown(gap) => Some(Verdict::cannot_tell([&gap])),
            Fact::Found(starved, source) => {
                let finding = match &starved.by {
                    By::Quota(limited) => by_limit(link, &starved, limited, &source),
                    By::Busy { processors, .. } => by_others(link, &starved, *processors, &source),
                };
                Some(finding.weigh().with_gaps(&stall.gaps))
            }
        }
    })
}

fn name(link: Link<'_, '_>) -> String {
    let service = link.live_service();
    let unit = service.found().map(|service| service.unit.id.clone());
    unit.unwrap_or_else(|| link.program())
}

/// What its processes got while they were asked.
fn got(starved: &Starved, source: &Source) -> Evidence {
    let secs = |micros: u64| {
        format!(
            "{}.{:02} s",
            micros / 1_000_000,
            micros % 1_000_000 / 10_000
        )
    };
    let who = match starved.processes {
        1 => "its process wants to run (state R), and".to_owned(),
        count => format!("{count} of its processes want to run (state R), and together"),
    };
    let text = format!(
        "{who} got {} of processor time in {}",
        secs(starved.got),
        secs(starved.elapsed)
    );
    Evidence::strong(text, source)
}

fn by_limit(link: Link<'_, '_>, starved: &Starved, limited: &Limited, source: &Source) -> Finding {
    let name = name(link);
    let percent = limited.quota.percent();
    let whose = if limited.unit == name {
        "its limit".to_owned()
    } else {
        format!("the limit of {}", limited.unit)
    };
    let summary = format!(
        "{name} hardly gets processor time: {whose} is {percent}% of one processor, and it is used up"
    );
    let met = format!(
        "{} had to stop in {} of the {} periods of {} ms in which it wanted to run",
        limited.unit,
        limited.met.throttled,
        limited.met.periods,
        limited.quota.period_micros / 1_000
    );
    let met = if limited.sure {
        Evidence::proof(met, &limited.source)
    } else {
        Evidence::strong(met, &limited.source)
    };
    Finding::new(HopName::Machine, &limited.unit, summary)
        .because(met)
        .because(got(starved, source))
        .because_all(setting(link, limited).map(|(source, text)| Evidence::strong(text, &source)))
        .because_all(link.proxy_saw())
        .because_all(link.we_saw())
        .fix(raised(link, limited))
}

/// The line that sets the limit, where it stands in the unit's own files.
fn setting(link: Link<'_, '_>, limited: &Limited) -> Option<(Source, String)> {
    let unit = link.case.unit(&limited.unit);
    link.case.set_in_unit(unit.found()?, "CPUQuota")
}

fn raised(link: Link<'_, '_>, limited: &Limited) -> Fix {
    let unit = &limited.unit;
    let wanted = limited.quota.percent().saturating_mul(10).clamp(100, 400);
    let kind = unit.rsplit('.').next();
    let is_unit = matches!(kind, Some("service" | "slice"));
    if !is_unit {
        let fix = Fix::new("give the container more processor time, or take its limit away")
            .advise("where it was started: docker update --cpus, resources.limits.cpu in Kubernetes, limits.cpu");
        return link.case.verified(fix);
    }
    let fix = Fix::new(format!(
        "give {unit} more processor time: CPUQuota={wanted}%"
    ))
    .run(
        format!("systemctl set-property --runtime {unit} CPUQuota={wanted}%"),
        "at once, without a restart, until the next boot",
    );
    let fix = match setting(link, limited) {
        Some((source, before)) => fix.edit(
            (&HostPath::new(&*source.place), source.line.unwrap_or(1)),
            (&before, &format!("CPUQuota={wanted}%")),
            "so that it lasts",
        ),
        None => fix.advise(format!(
            "set CPUQuota= for {unit} where it is set now (systemctl cat {unit}), so that it lasts"
        )),
    };
    link.case.verified(fix)
}

fn by_others(link: Link<'_, '_>, starved: &Starved, processors: u64, source: &Source) -> Finding {
    let name = name(link);
    let users = starved.users();
    let which = match processors {
        1 => "the one processor that it may use is".to_owned(),
        count => format!("the {count} processors that it may use are"),
    };
    let (by, text) = if starved.is_by_seen() {
        let first = users.split(' ').next().unwrap_or_default();
        let text = format!("processor time used meanwhile: {users}");
        (first.to_owned(), Evidence::proof(text, source))
    } else {
        let text =
            format!("of the processes that are seen from here only these used some: {users}");
        let by = "something outside: another container, another virtual machine".to_owned();
        (by, Evidence::weak(text, source))
    };
    let summary = format!("{name} hardly gets processor time: {which} busy with {by}");
    Finding::new(HopName::Machine, "processors", summary)
        .because(text)
        .because(got(starved, source))
        .because_all(link.proxy_saw())
        .because_all(link.we_saw())
        .fix(relieved(link, &name))
}

fn relieved(link: Link<'_, '_>, name: &str) -> Fix {
    let fix = Fix::new("let what uses the processors up give way, or stop it")
        .run("ps -eo pcpu,pid,unit,comm --sort=-pcpu | head", "who uses the processors, and in which service")
        .run(format!("systemctl set-property --runtime {name} CPUWeight=1000"), "gives the site ten times the share of another service")
        .advise("Nice=19 and CPUWeight=10 in the unit of a job that may take longer; or another hour for it; or more processors");
    link.case.verified(fix)
}
