//! The application cannot reach its database, which does not run.
use crate::case::database::{Complaint, Trouble};
use crate::case::down::{Down, How};
use crate::case::link::Link;
use crate::prelude::*;

cause! {
    /// The application cannot reach its database, which does not run.
    ///
    /// ## How it looks
    ///
    /// 500 or 503 of the application's own: `Error establishing a database connection`,
    /// `SQLSTATE[HY000] [2002]`, `Connection refused`.
    ///
    /// ## Why it happens
    ///
    /// The database server was stopped, died (often for want of memory), or does not start
    /// after an upgrade or a change of its settings.
    ///
    /// ## How to be sure
    ///
    /// Nothing listens on the database's socket and port, and its unit is not running.
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
        let complaint = link.database_complaint()?;
        if complaint.trouble == Trouble::TooMany {
            let why = "the database answers, and takes no more connections";
            return Some(Verdict::ruled_out(why));
        }
        match case.database_door(complaint.engine) {
            Fact::Unknown(gap) => Some(Verdict::cannot_tell([&gap])),
            Fact::Found(door, _) => Some(Verdict::ruled_out(format!(
                "{} listens on {}",
                complaint.engine.name(),
                door.dial
            ))),
            Fact::Absent(source) => match case.database_down(complaint.engine) {
                Fact::Unknown(gap) => Some(Verdict::cannot_tell([&gap])),
                Fact::Absent(_) => Some(elsewhere(link, &complaint)),
                Fact::Found(down, _) => {
                    let finding = down_here(link, &complaint, &down, &source);
                    Some(finding.weigh().with_gaps(&down.gaps))
                }
            },
        }
    })
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
    Finding::new(HopName::Backend, unit, summary)
        .because(complaint.evidence.clone())
        .because(down.state(link.case))
        .because(Evidence::strong(nobody, source))
        .because_all(words)
        .because_all(link.configured())
        .fix(link.case.verified(fix))
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
