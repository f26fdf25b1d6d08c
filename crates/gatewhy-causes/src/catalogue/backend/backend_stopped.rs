//! The backend is not running: it was stopped in an orderly way, or never started.
use crate::case::exchange::link::Link;
use crate::case::service::down::{Down, How, weigh_down};
use crate::case::service::listens_elsewhere::Found;
use crate::case::service::rival::Rival;
use crate::case::service::units::is_enabled;
use crate::case::software::fpm::PoolOf;
use crate::prelude::*;
use gatewhy_facts::systemd::exit::Exit;
use gatewhy_facts::systemd::show::Unit;

cause! {
    /// The backend is not running: it was stopped in an orderly way, or never started.
    ///
    /// ## How it looks
    ///
    /// A 502 at once, on every request: nginx logs `connect() failed (111: Connection
    /// refused)` for a TCP address, `(2: No such file or directory)` or `(111: …)` for a
    /// unix socket.
    ///
    /// ## Why it happens
    ///
    /// Somebody stopped the service, it was never enabled and the machine rebooted, or a
    /// package upgrade left it stopped. Another unit that excludes it (`Conflicts=`) was
    /// started. A signal that systemd takes for a clean end (SIGHUP from a script after the
    /// rotation of logs) ended it. nginx has nobody to talk to.
    ///
    /// ## How to be sure
    ///
    /// No process listens at the address (`ss -ltnxp`), and the service manager says that
    /// the unit is inactive with the result *success*, or that there never was one.
    /// `systemctl status UNIT` and `journalctl -u UNIT` tell when and by whom it was
    /// stopped.
    ///
    /// ## How to fix it
    ///
    /// Start it, and enable it so that it comes back after a reboot: `systemctl enable
    /// --now UNIT`. If there is no unit, write one: an application started by hand dies
    /// with the session.
    ///
    /// ## What looks the same
    ///
    /// `backend-crashed`: the unit has an exit code or a signal. `wrong-port` and
    /// `wrong-socket-path`: the backend runs and listens elsewhere. `firewall-blocked`: a
    /// firewall can refuse in the backend's name.
    id: "backend-stopped",
    explains: ["no-live-upstream"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| {
        let ways = [How::Stopped, How::NeverStarted, How::Ended];
        weigh_down(link, &ways, |down| service(case, down)).or_else(|| nobody(link))
    })
}

fn service(case: &Case<'_>, down: &Down) -> Finding {
    let unit = down.unit();
    if let Some(rival) = case.rival_of(down) {
        return kept_out(case, down, &rival);
    }
    if let Some(signal) = down.signalled() {
        return signalled(case, down, signal);
    }
    if down.service.unit.is_active() {
        return left(case, down);
    }
    let summary = match down.how {
        How::NeverStarted => format!("{unit} was never started since the machine booted"),
        How::Ended => {
            format!("{unit} ended by itself without an error, and nobody started it again")
        }
        _ => format!("{unit} was stopped{}", case.ago_if(down.at)),
    };
    let masked = is_barred(&down.service.unit);
    let summary = if masked {
        format!("{summary}, and is masked: it cannot be started")
    } else {
        summary
    };
    let fix = if masked {
        unmask(case, unit)
    } else {
        case.start_fix(unit, is_enabled(&down.service.unit))
    };
    Finding::new(HopName::Backend, unit, summary)
        .because(down.state(case))
        .fix(fix)
}

/// A signal that a program without a handler for it dies of, and that systemd takes for a
/// clean end: SIGHUP, SIGINT, SIGTERM, SIGPIPE.
fn signalled(case: &Case<'_>, down: &Down, signal: Exit) -> Finding {
    let unit = down.unit();
    let summary = format!(
        "{unit} was ended by {signal}{}, without a request to stop it, and nobody started it again",
        case.ago_if(down.at)
    );
    let fix = Fix::new(format!("systemctl start {unit}, then find who sends that signal"))
        .run(format!("systemctl start {unit}"), "brings the site back")
        .run(
            "grep -rnE 'kill|HUP' /etc/logrotate.d /etc/cron.d /etc/cron.daily",
            "who sends signals: a script after the rotation of logs, a job by the clock",
        )
        .advise(format!(
            "systemd takes this signal for a clean end, so that Restart=on-failure does nothing: give {unit} Restart=always (systemctl edit {unit})"
        ));
    Finding::new(HopName::Backend, unit, summary)
        .because(down.state(case))
        .fix(case.verified(fix))
}

/// What a script started has ended, and systemd does not know: to start the unit again
/// would do nothing.
fn left(case: &Case<'_>, down: &Down) -> Finding {
    let unit = down.unit();
    let summary = format!(
        "what {unit} started has ended, and nobody started it again; systemd still calls the unit active (exited)"
    );
    let fix = Fix::new(format!("systemctl restart {unit}"))
        .run(
            format!("systemctl restart {unit}"),
            "starts it anew; to start what is active does nothing",
        )
        .advise("it ended by itself: its own log tells why; a unit of systemd's own with Restart=on-failure would have brought it back");
    Finding::new(HopName::Backend, unit, summary)
        .because(down.state(case))
        .fix(case.verified(fix))
}

/// Another unit runs that excludes it: systemd stops the one when the other is started.
fn kept_out(case: &Case<'_>, down: &Down, rival: &Rival) -> Finding {
    let (unit, other) = (down.unit(), &rival.unit.id);
    let ago = case.ago_if(down.at);
    let summary = if rival.took_its_place {
        format!(
            "{unit} was stopped{ago}, when {other} was started: the two exclude each other (Conflicts=)"
        )
    } else {
        format!(
            "{unit} was stopped{ago}; {other} runs, and the two exclude each other (Conflicts=)"
        )
    };
    let fix = Fix::new(format!(
        "systemctl start {unit}, if {other} may stop: they exclude each other"
    ))
    .run(
        format!("systemctl start {unit}"),
        format!("brings the site back, and stops {other}"),
    )
    .advise(format!(
        "take Conflicts= out of the unit that has it, if both should run: {}",
        rival.said.source.place
    ));
    Finding::new(HopName::Backend, unit, summary)
        .because(down.state(case))
        .because(rival.said.clone())
        .fix(case.verified(fix))
}

/// Whether its unit is a link to /dev/null: systemd refuses to start it.
fn is_barred(unit: &Unit) -> bool {
    let state = unit.unit_file_state.as_deref().unwrap_or_default();
    unit.is_masked() || state.starts_with("masked")
}

fn unmask(case: &Case<'_>, unit: &str) -> Fix {
    let both = format!("systemctl unmask {unit} && systemctl start {unit}");
    let fix = Fix::new(both)
        .advise(format!(
            "somebody masked {unit}, so that nothing starts it: see that the reason is gone"
        ))
        .run(
            format!("systemctl unmask {unit}"),
            "lets it be started again",
        )
        .run(format!("systemctl start {unit}"), "starts the backend");
    case.verified(fix)
}

/// Nothing listens, and no service of this host is set up to: an application that
/// was started by hand, or never installed.
fn nobody(link: Link<'_, '_>) -> Option<Verdict> {
    let nobody = link.nobody_listens()?;
    let address = link.address();
    if let Some(there) = link
        .elsewhere()
        .found()
        .filter(|e| e.sure == Strength::Proof)
    {
        let who = there
            .found
            .first()
            .map_or_else(|| "the backend".to_owned(), Found::who);
        return Some(Verdict::ruled_out(format!(
            "{who} runs, and listens elsewhere"
        )));
    }
    if let Some(pool) = link.configured_pool() {
        return Some(no_fpm(link, &pool, nobody));
    }
    let summary = format!("nothing listens on {address}, and no service of this host is set up to");
    let fix = Fix::new(format!("start the application that should listen on {address}"))
        .advise("start the application, under a systemd unit with Restart=on-failure, so that it comes back after a crash and a reboot")
        .run("ss -ltnxp", "shows who listens where, in case it listens elsewhere");
    let evidence = Evidence {
        strength: Strength::Strong,
        ..nobody
    };
    let finding = Finding::new(HopName::Backend, address, summary)
        .because(evidence)
        .because_all(link.proxy_saw());
    Some(Verdict::Suspected(
        finding
            .because_all(link.configured())
            .fix(link.case.verified(fix)),
    ))
}

/// A pool of PHP-FPM is set up for the address, and PHP-FPM is no service here.
fn no_fpm(link: Link<'_, '_>, pool: &PoolOf<'_>, nobody: Evidence) -> Verdict {
    let address = link.address();
    let name = &pool.pool.name;
    let summary = format!(
        "php-fpm does not run: nothing listens on {address}, where its pool {name} is set up to"
    );
    let text = format!("pool {name} is set up to listen there");
    let main = &pool.fpm.main;
    let program = pool
        .fpm
        .unit
        .trim_end_matches("-fpm.service")
        .trim_start_matches("php");
    let fix = Fix::new("start php-fpm").run(
        format!(
            "php-fpm{program} --daemonize --fpm-config {}",
            shell::word(main.as_str())
        ),
        "starts it; in a container the service manager of the container should",
    );
    let finding = Finding::new(HopName::Backend, address, summary)
        .because(Evidence {
            strength: Strength::Strong,
            ..nobody
        })
        .because(Evidence::strong(text, &pool.listen_source()))
        .because_all(link.proxy_saw())
        .because_all(link.configured());
    Verdict::Suspected(finding.fix(link.case.verified(fix)))
}
