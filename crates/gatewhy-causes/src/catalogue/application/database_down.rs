//! The application cannot reach its database, which does not run, or hangs.
use crate::case::exchange::link::Link;
use crate::case::exchange::stall::state_words;
use crate::case::service::doors::Door;
use crate::case::service::down::{Down, How};
use crate::case::service::waits_for::Awaited;
use crate::case::software::database::{Complaint, Engine, Through, Trouble};
use crate::prelude::*;

cause! {
    /// The application cannot reach its database, which does not run, or hangs.
    ///
    /// ## How it looks
    ///
    /// 500 or 503 of the application's own: `Error establishing a database connection`,
    /// `SQLSTATE[HY000] [2002]`, `Connection refused`. A database that hangs makes 504 of
    /// it: the workers wait.
    ///
    /// ## Why it happens
    ///
    /// The database server was stopped, died (often for want of memory), or does not start
    /// after an upgrade or a change of its settings.
    ///
    /// ## How to be sure
    ///
    /// Nothing listens on the database's socket and port, and its unit is not running. Or
    /// the workers wait for it, and it does not greet a new client.
    ///
    /// ## How to fix it
    ///
    /// Mend what its log says, and start it; the application comes back by itself.
    ///
    /// ## What looks the same
    ///
    /// `database-connections-exhausted`: it runs, and turns clients away. A wrong password
    /// gives the same page in WordPress.
    id: "database-down",
    explains: ["backend-answered-error"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| {
        let Some(complaint) = link.database_complaint() else {
            return silent(link);
        };
        if complaint.trouble == Trouble::TooMany {
            let why = "the database answers, and takes no more connections";
            return Some(Verdict::ruled_out(why));
        }
        match case.database_door_of(&complaint) {
            Fact::Unknown(gap) => Some(Verdict::cannot_tell([&gap])),
            Fact::Found(door, _) => Some(Verdict::ruled_out(format!(
                "{} listens on {}",
                complaint.engine.name(),
                door.dial
            ))),
            Fact::Absent(source) if runs_otherwise(case, &complaint) => {
                let door = case.database_door(complaint.engine);
                Some(other_door(link, &complaint, door.found()?, &source))
            }
            Fact::Absent(source) => match case.database_down(complaint.engine) {
                Fact::Unknown(gap) => Some(Verdict::cannot_tell([&gap])),
                Fact::Absent(_) => Some(elsewhere(link, &complaint)),
                Fact::Found(down, _) => {
                    let finding = down_here(link, &complaint, &down, &source);
                    let verdict = if complaint.engine.is_perhaps_spared() {
                        Verdict::Suspected(finding.at_most(Strength::Strong))
                    } else {
                        finding.weigh()
                    };
                    Some(verdict.with_gaps(&down.gaps))
                }
            },
        }
    })
}

/// The application waits for a database on this host that takes connections and does
/// not say a word. `MySQL` speaks first; `PostgreSQL` does not.
fn silent(link: Link<'_, '_>) -> Option<Verdict> {
    let stall = link.stall();
    let stall = stall.found()?;
    let awaited = link.awaits(stall);
    let servers = awaited
        .found()?
        .iter()
        .filter_map(|a| Some((a, a.what.server()?)));
    let mut mysql = servers.filter(|(_, dial)| link.case.database_at(dial) == Some(Engine::MySql));
    let (awaited, _) = mysql.next()?;
    let door = link.case.database_door(Engine::MySql);
    let door = door.found()?;
    let greeting = link.case.database_greeting(door);
    if let Some(gap) = greeting.gap() {
        return Some(Verdict::cannot_tell([gap]));
    }
    let source = greeting.source()?.clone();
    if !greeting.found()?.is_empty() {
        return Some(Verdict::ruled_out("the database greets new clients"));
    }
    Some(
        hung(link, awaited, door, &source)
            .weigh()
            .with_gaps(&stall.gaps),
    )
}

fn hung(link: Link<'_, '_>, awaited: &Awaited, door: &Door, source: &Source) -> Finding {
    let (program, server) = (link.program(), door.program());
    let holder = door.holder.found();
    let state = holder.and_then(|holder| {
        let stat = link.case.process(holder.pid).found()?.stat.clone().ok()?;
        let text = format!(
            "process {} ({server}) is {}",
            holder.pid,
            state_words(stat.state)
        );
        Some(Evidence::strong(
            text,
            &Source::new(format!("/proc/{}/stat", holder.pid)),
        ))
    });
    let summary =
        format!("{program} waits for its database: {server} takes connections and does not answer");
    let said = format!(
        "asked directly, {server} on {} takes the connection and does not greet",
        door.dial
    );
    let fix = Fix::new(format!(
        "see why {server} hangs; restart it if nothing else helps"
    ));
    let unit = holder.and_then(|holder| link.case.unit_of(holder.pid).found().cloned());
    let fix = match unit {
        Some(unit) => fix
            .run(
                format!("journalctl -u {unit} -n 50 --no-pager"),
                "its last words: a full disk, a repair, too little memory",
            )
            .run(format!("systemctl restart {unit}"), "starts it anew"),
        None => fix,
    };
    Finding::new(HopName::Backend, server, summary)
        .because(Evidence::proof(said, source))
        .because_all(state)
        .because(awaited.evidence(link))
        .because_all(link.configured())
        .explains("worker-pool-exhausted")
        .explains("backend-slow")
        .fix(link.case.verified(fix))
}

fn down_here(link: Link<'_, '_>, complaint: &Complaint, down: &Down, source: &Source) -> Finding {
    let (program, unit) = (link.program(), down.unit());
    let state = match down.how {
        How::Runs => format!("{unit} runs and does not listen"),
        how => how.words(unit),
    };
    let summary = format!("{program} cannot reach its database: {state}");
    let nobody = format!(
        "nobody listens on a socket or port of {} on this host",
        complaint.engine.name()
    );
    let fix = Fix::new(format!("systemctl start {unit}"))
        .run(
            format!("journalctl -u {unit} -n 50 --no-pager"),
            "why it stopped, or does not start",
        )
        .run(
            format!("systemctl start {unit}"),
            "starts it; the application needs no restart",
        );
    // What it writes while it is stopped tells nothing.
    let orderly = matches!(down.how, How::Stopped | How::NeverStarted | How::Ended);
    let words = if orderly { Vec::new() } else { down.words() };
    let finding = Finding::new(HopName::Backend, unit, summary)
        .because(complaint.evidence.clone())
        .because(down.state(link.case))
        .because(Evidence::strong(nobody, source))
        .because_all(words)
        .because_all(link.configured())
        .fix(link.case.verified(fix));
    if !link.is_stalled() {
        return finding;
    }
    let waits = ["worker-pool-exhausted", "backend-slow", "backend-hung"];
    waits.into_iter().fold(finding, Finding::explains)
}

/// Whether a database of that kind listens here, another way than the application came,
/// and the application does not say that it means another machine's.
fn runs_otherwise(case: &Case<'_>, complaint: &Complaint) -> bool {
    let far = complaint.addresses();
    let far = far.iter().any(|ip| case.is_own_address(*ip) == Some(false));
    !far && case.database_door(complaint.engine).found().is_some()
}

/// It runs, and not where the application looks for it: on its socket alone, or on its
/// port alone. The application may mean another machine's.
fn other_door(link: Link<'_, '_>, complaint: &Complaint, door: &Door, source: &Source) -> Verdict {
    let (program, name) = (link.program(), complaint.engine.name());
    let (way, look) = match complaint.through {
        Some(Through::Socket) => (
            "by its unix socket",
            "its socket setting (socket, unix_socket_directories, unixsocket), and the socket that the application's settings name",
        ),
        _ => (
            "by TCP",
            "what keeps it from its port (skip-networking, bind-address, listen_addresses, port 0)",
        ),
    };
    let summary = format!(
        "{program} cannot reach its database {way}: {} listens on {} alone",
        door.program(),
        door.dial
    );
    let nobody = format!(
        "nobody listens {} where {name} usually does",
        way.replace("by", "on")
    );
    let fix = Fix::new(format!(
        "let {} take connections {way} again, or let the application dial {}",
        door.program(),
        door.dial
    ))
    .run("ss -ltnxp", "shows who listens where")
    .advise(format!("in the settings of {name}: {look}"));
    let finding = Finding::new(HopName::Backend, link.address(), summary)
        .because(complaint.evidence.clone())
        .because(Evidence::strong(nobody, source))
        .because_all(link.configured())
        .fix(link.case.verified(fix))
        .at_most(Strength::Strong);
    Verdict::Suspected(finding)
}

/// This host has no such database: the application's is on another machine.
fn elsewhere(link: Link<'_, '_>, complaint: &Complaint) -> Verdict {
    let program = link.program();
    let summary = format!("{program} cannot reach its database, which is not on this host");
    let strength = match complaint.trouble {
        Trouble::Unreachable => Strength::Strong,
        Trouble::Unnamed | Trouble::TooMany => Strength::Weak,
    };
    let fix = Fix::new("look at the database's machine, and at the address in the application's settings")
        .advise("take host, port and user from the application's settings (wp-config.php, .env, DATABASE_URL), and connect with them from this host");
    let finding = Finding::new(HopName::Backend, link.address(), summary)
        .because(complaint.evidence.clone())
        .because_all(link.we_saw())
        .fix(link.case.verified(fix))
        .at_most(strength);
    Verdict::Suspected(finding)
}
