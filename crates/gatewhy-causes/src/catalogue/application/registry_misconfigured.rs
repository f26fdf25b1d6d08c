//! The package registry does not start, as its own configuration is wrong.
use crate::case::exchange::link::Link;
use crate::case::remedies::start::start_mended;
use crate::case::service::down::{Down, tied};
use crate::case::software::registry::Unstartable;
use crate::prelude::*;

cause! {
    /// The package registry does not start, as its own configuration is wrong.
    ///
    /// ## How it looks
    ///
    /// 502 for every package: nobody listens on the registry's port.
    ///
    /// ## Why it happens
    ///
    /// Its configuration was changed, and does not parse any more; or it names a folder for
    /// the packages that the user of the service may not use.
    ///
    /// ## How to be sure
    ///
    /// Its last words name file and line: `cannot open config file … YAMLException`, or
    /// `EACCES: permission denied` for the database in its storage.
    ///
    /// ## How to fix it
    ///
    /// Mend the line, or the folder's owner, and start it.
    ///
    /// ## What looks the same
    ///
    /// `registry-outage`: it runs, and the registry that it fetches from does not.
    /// `wrong-port`: it runs and listens elsewhere (`listen` in its configuration).
    id: "registry-misconfigured",
    explains: ["backend-start-failed", "backend-crash-looping", "backend-crashed"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| {
        let down = link.down();
        let down = down.found()?;
        let wrong = down.unstartable()?;
        let finding = tied(told(link, down, &wrong), down);
        Some(finding.weigh().with_gaps(&down.gaps))
    })
}

fn told(link: Link<'_, '_>, down: &Down, wrong: &Unstartable) -> Finding {
    let unit = down.unit();
    let summary = format!(
        "{unit}, a package registry, does not start: {}",
        wrong.reason
    );
    let fix = Fix::new(wrong.mend).run(
        format!("journalctl -u {unit} -n 50 --no-pager"),
        "its own words name file and line",
    );
    Finding::new(HopName::Backend, unit, summary)
        .because(down.state(link.case))
        .because(wrong.said.clone())
        .because_all(link.configured())
        .fix(link.case.verified(start_mended(fix, unit)))
}
