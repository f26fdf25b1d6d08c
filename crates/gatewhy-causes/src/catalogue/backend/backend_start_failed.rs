//! The backend cannot start.
use crate::case::exchange::link::Link;
use crate::case::exchange::stall::Stall;
use crate::case::remedies::start::start_mended;
use crate::case::service::down::{Down, How, weigh_down};
use crate::case::service::failing_workers::Unborn;
use crate::case::service::fault::Fault;
use crate::case::service::taken::Taken;
use crate::case::service::units::{state_word, unit_source};
use crate::case::software::tomcat::NoPort;
use crate::case::system::host::sockets_source;
use crate::prelude::*;
use gatewhy_facts::app_log::Kind;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::systemd::show::Unit;

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
    /// program or folder is not there, a file is not readable for its user, a condition of
    /// its unit does not hold; or it runs, and waits for something (a database, a lock)
    /// before it opens its port.
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
    let ways = [How::StartFailed, How::PortFailed, How::Deaf];
    case.judge(|link| {
        match link.deaf_connector() {
            Fact::Found((service, no_port), _) => {
                return Some(deaf(link, &service.unit, &no_port));
            }
            Fact::Unknown(gap) => return Some(Verdict::cannot_tell([&gap])),
            Fact::Absent(_) => {}
        }
        match link.unborn_workers() {
            Fact::Found(unborn, _) => return Some(childless(link, unborn)),
            Fact::Unknown(gap) => return Some(Verdict::cannot_tell([&gap])),
            Fact::Absent(_) => {}
        }
        match link.supplanted() {
            Fact::Found(down, _) => return Some(without_room(link, &down)),
            Fact::Unknown(gap) => return Some(Verdict::cannot_tell([&gap])),
            Fact::Absent(_) => {}
        }
        weigh_down(link, &ways, |down| match &down.no_port {
            Some(no_port) => without_port(case, &down.service.unit, no_port),
            None if down.how == How::Deaf => runs_in_vain(case, down),
            None if down.lacks_condition() => skipped(case, down),
            None if case.lacks_another(&down.service.unit) => unaided(case, down),
            None => failed(case, down),
        })
    })
}

/// Another program has its address, and does not speak its protocol.
fn without_room(link: Link<'_, '_>, down: &Down) -> Verdict {
    let (unit, address, program) = (down.unit(), link.address(), link.program());
    let service = link.live_service();
    let other = service.found().map(|service| service.unit.id.clone());
    let who = match &other {
        Some(other) => format!("{program} ({other})"),
        None => program,
    };
    let summary = format!("{unit} cannot start: {who} listens on {address} in its place");
    let fix = Fix::new(format!("give {address} back to {unit}"));
    let fix = match &other {
        Some(other) => fix
            .advise(format!("let {other} listen elsewhere by its own settings, or stop it where nobody needs it; or give the pool another address, and the proxy the same"))
            .run(format!("systemctl stop {other}"), "makes room; whoever uses it is cut off"),
        None => fix.advise("let the other program listen elsewhere, or stop it"),
    };
    let fix = start_mended(fix, unit);
    let listens = link.listener();
    let listens = listens
        .source()
        .map(|source| Evidence::proof(format!("{who} listens on {address}"), source));
    Finding::new(HopName::Backend, unit, summary)
        .explains("protocol-mismatch")
        .because(down.state(link.case))
        .because_all(listens)
        .because_all(down.words())
        .because_all(down.belongs())
        .because_all(link.proxy_saw())
        .because_all(link.configured())
        .fix(link.case.verified(fix))
        .weigh()
        .with_gaps(&down.gaps)
}

/// Its port takes connections, and nobody serves them.
fn deaf(link: Link<'_, '_>, unit: &Unit, no_port: &NoPort) -> Verdict {
    let stall = link.stall();
    let finding = without_port(link.case, unit, no_port).explains("backend-hung");
    let finding = finding.because_all(stall.found().and_then(Stall::queue));
    finding
        .because_all(link.proxy_saw())
        .because_all(link.configured())
        .weigh()
}

/// Its master holds the port and starts one worker after the other, in vain.
fn childless(link: Link<'_, '_>, unborn: Unborn) -> Verdict {
    let unit = &unborn.unit;
    let summary = format!(
        "{unit} runs, and its workers cannot start: {} of them ended at once in the last minute; its master lets visitors in, and nobody answers",
        unborn.count
    );
    let fix = Fix::new(format!("mend what keeps {unit}'s workers from starting"))
        .run(
            format!("journalctl -u {unit} -n 50 --no-pager"),
            "its own words name the fault",
        )
        .run(
            format!("systemctl restart {unit}"),
            "once it is mended; a restart alone changes nothing",
        );
    let stall = link.stall();
    Finding::new(HopName::Backend, unit.clone(), summary)
        .explains("backend-hung")
        .because_all(unborn.said)
        .because_all(stall.found().and_then(Stall::queue))
        .because_all(link.we_saw())
        .because_all(link.proxy_saw())
        .because_all(link.configured())
        .fix(link.case.verified(fix))
        .weigh()
}

/// The service runs; one of its ports it could not open, and it went on without.
fn without_port(case: &Case<'_>, of: &Unit, no_port: &NoPort) -> Finding {
    let unit = &of.id;
    let connector = no_port.at.connector.written();
    let summary = format!(
        "{unit} runs, and its connector for this port did not start: {}",
        no_port.reason
    );
    let place = (&no_port.at.file, no_port.at.connector.line);
    let source = Source::new(place.0.to_string()).at_line(place.1);
    let state = format!("{unit} is {} all the while", state_word(of));
    let finding = Finding::new(HopName::Backend, unit, summary)
        .because_all(no_port.said.clone())
        .because(Evidence::proof(state, &unit_source(unit)))
        .because(Evidence::strong(connector, &source));
    let fix = Fix::new(format!(
        "mend the connector in {}:{}, then restart {unit}",
        place.0, place.1
    ));
    let fix = if no_port.at.connector.lacks_secret() {
        fix.advise("give it secret=\"...\" and the proxy the same (Apache: ProxyPass ... secret=...), or, where only this host can reach it (address=\"127.0.0.1\"), secretRequired=\"false\"")
    } else {
        fix.advise("mend what its own words name")
    };
    let fix = fix.run(format!("systemctl restart {unit}"), "opens the port");
    finding.fix(case.verified(start_mended(fix, unit)))
}

/// It runs, and never got as far as to open its port, or has closed it again.
fn runs_in_vain(case: &Case<'_>, down: &Down) -> Finding {
    let unit = down.unit();
    let summary = format!(
        "{unit} runs, and listens nowhere: it has not opened its port, or has closed it again"
    );
    let pid = down.service.unit.processes.main_pid.unwrap_or_default();
    let fix = Fix::new(format!(
        "see what {unit} waits for before it opens its port"
    ))
    .run(
        format!("journalctl -u {unit} -n 50 --no-pager"),
        "its own words: a database, a lock, a migration",
    )
    .run(
        format!("ss -tanp | grep pid={pid},"),
        "whom it is connected to, or tries to reach",
    )
    .run(
        format!("systemctl restart {unit}"),
        "once what it waits for is there",
    );
    let listens = format!("no process of {unit} has a listening socket");
    Finding::new(HopName::Backend, unit, summary)
        .because(down.state(case))
        .because(Evidence::strong(listens, &sockets_source()))
        .because_all(down.words())
        .fix(case.verified(fix))
}

/// systemd skips its start: a `Condition…=` of the unit does not hold.
fn skipped(case: &Case<'_>, down: &Down) -> Finding {
    let unit = down.unit();
    let condition = down.condition(case);
    let named = condition.as_deref().unwrap_or("a Condition…= of its unit");
    let summary = format!("systemd skips the start of {unit}: {named} does not hold");
    let fix = Fix::new(format!(
        "make {named} hold, or take it out of the unit; then start {unit}"
    ))
    .run(
        format!("systemctl cat {unit} | grep -E '^(Condition|Assert)'"),
        "what must hold before it is started",
    )
    .run(
        format!("systemctl start {unit} && systemctl is-active {unit}"),
        "the first word alone tells nothing: a start that is skipped counts as done",
    );
    Finding::new(HopName::Backend, unit, summary)
        .because(down.state(case))
        .because_all(down.manager(case))
        .fix(case.verified(fix))
}

/// systemd did not start it, since a unit that it needs could not be started.
fn unaided(case: &Case<'_>, down: &Down) -> Finding {
    let unit = down.unit();
    let lacking = case.others_lacking(&down.service.unit);
    let other = lacking.first().map(|other| other.id.clone());
    let named = other.as_deref().unwrap_or("a unit that it requires");
    let summary = format!("{unit} was not started: {named}, which it needs, could not be started");
    let fix = Fix::new(format!("mend {named}, then start {unit}"));
    let fix = match &other {
        Some(other) => fix
            .run(
                format!("journalctl -b -u {other} -n 50 --no-pager"),
                "why it does not start",
            )
            .run(format!("systemctl start {other}"), "once it is mended"),
        None => fix.run("systemctl --failed", "the units that failed"),
    };
    let fix = fix.run(format!("systemctl start {unit}"), "starts the backend");
    Finding::new(HopName::Backend, unit, summary)
        .because(down.state(case))
        .because_all(lacking.iter().take(2).map(|other| case.unit_state(other)))
        .because_all(down.manager(case))
        .fix(case.verified(fix))
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
    let taken = down.fault.as_ref().and_then(|fault| case.taken_from(fault));
    let folder = down.fault.as_ref().and_then(folder_gone);
    let fix = match (&taken, &folder) {
        (Some(taken), _) => make_room(unit, taken),
        (None, Some(folder)) => make_folder(&down.service.unit, folder),
        (None, None) => Fix::new(format!(
            "mend what keeps {unit} from starting, then start it"
        )),
    };
    let fix = fix.run(
        format!("journalctl -u {unit} -n 50 --no-pager"),
        "its own words name the fault",
    );
    let fix = down.look_into_its_log(fix);
    Finding::new(HopName::Backend, unit, summary)
        .because(down.state(case))
        .because_all(taken.map(|taken| taken.evidence))
        .because_all(step.and_then(|step| step.evidence))
        .because_all(down.words())
        .because_all(down.manager(case))
        .fix(case.verified(start_mended(fix, unit)))
}

/// Another program has its port.
fn make_room(unit: &str, taken: &Taken) -> Fix {
    let title = match &taken.unit {
        Some(own) if own == unit => format!(
            "end {}, left over from an earlier run; then start {unit}",
            taken.process
        ),
        by => format!(
            "stop {}, or give one of both another port; then start {unit}",
            by.as_ref().unwrap_or(&taken.process)
        ),
    };
    Fix::new(title).run(
        format!("ss -ltnp 'sport = :{}'", taken.port),
        "who has the port",
    )
}

/// The folder below /run for its socket, where that is what is missing: nothing that is
/// made there by hand outlasts a boot. bind(2) says so of a folder on the way only.
fn folder_gone(fault: &Fault) -> Option<HostPath> {
    let text = String::from_utf8_lossy(&fault.text);
    let missing = fault.kind == Kind::ListenFailed && text.contains("No such file or directory");
    let mut words = text.split(|c: char| c.is_whitespace() || matches!(c, '\'' | '"'));
    let socket = words.find(|word| word.starts_with("/run/") || word.starts_with("/var/run/"))?;
    let folder = HostPath::new(socket.trim_end_matches(':')).parent();
    let is_run = matches!(folder.as_str(), "/run" | "/var/run");
    (missing && !is_run).then_some(folder)
}

/// Makes it now and at every boot.
fn make_folder(of: &Unit, folder: &HostPath) -> Fix {
    let unit = &of.id;
    let user = of.context.user.as_deref().unwrap_or("root");
    let group = of.context.group.as_deref().unwrap_or(user);
    let file = format!("/etc/tmpfiles.d/{}.conf", folder.file_name());
    let line = shell::quoted(&format!("d {folder} 0755 {user} {group} -"));
    let file = shell::word(&file);
    Fix::new(format!(
        "make {folder} again, and have it made at every boot; then start {unit}"
    ))
    .run(
        format!("echo {line} >> {file}"),
        "/run is empty after a boot: this has the folder made each time",
    )
    .run(format!("systemd-tmpfiles --create {file}"), "makes it now")
}
