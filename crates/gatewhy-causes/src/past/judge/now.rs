//! A backend that requests failed at, and that is as it was then: our own request was
//! served by another one.
use super::{Said, Trial};
use crate::case::exchange::direct::Outcome;
use crate::case::exchange::link::Link;
use crate::past::episode::Family;
use crate::verdict::{Finding, HopName};
use gatewhy_facts::prelude::*;
use gatewhy_facts::symptom::Symptom;
use gatewhy_fixes::Fix;

/// What a proxy sees of a backend that takes requests and does not answer.
const LATE: [Symptom; 3] = [
    Symptom::ResponseTimeout,
    Symptom::UpstreamTimeout,
    Symptom::ConnectTimeout,
];
/// Failures older than that may have had another reason than today's.
const RECENT_SECS: i64 = 900;

pub(super) fn weigh(trial: &Trial<'_, '_, '_>) -> Vec<Said> {
    let late = trial.episode.family == Family::Away && trial.episode.has(&LATE);
    let clock = trial.case.clock();
    let recent = clock.is_some_and(|clock| clock.now.plus_secs(-RECENT_SECS) <= trial.span().until);
    // Of a site that fails now, the present's causes tell.
    if !late || !recent || trial.case.is_healthy() != Some(true) {
        return Vec::new();
    }
    let backends = trial.backends.iter();
    let silent = backends.filter_map(|backend| {
        let mut peers = trial.case.peers().iter();
        let peer = peers.find(|peer| peer.dial.is_same(&backend.dial))?;
        let link = Link {
            case: trial.case,
            peer,
        };
        let is_silent = link.direct_outcome() == Some(Outcome::Silent);
        is_silent.then(|| ("backend-hung", hung(trial, link, &backend.name()).weigh()))
    });
    silent.collect()
}

fn hung(trial: &Trial<'_, '_, '_>, link: Link<'_, '_>, name: &str) -> Finding {
    let address = link.address();
    let summary = format!(
        "{name} at {address} takes requests and does not answer them, from {} until now",
        trial.time(trial.span().from)
    );
    let fix = Fix::new(format!("see what {name} waits for, then restart it"))
        .run(
            format!("ps -L -o pid,tid,stat,wchan:30,time,comm -p $(systemctl show -p MainPID --value {name})"),
            "whether it is stopped (T), computes, waits for a lock, or waits for somebody else",
        )
        .run(format!("systemctl restart {name}"), "ends it and starts it anew");
    Finding::new(HopName::Backend, name, summary)
        .because_all(link.we_saw())
        .because_all(trial.proxy_told())
        .because_all(link.configured())
        .fix(trial.case.verified(fix))
}
