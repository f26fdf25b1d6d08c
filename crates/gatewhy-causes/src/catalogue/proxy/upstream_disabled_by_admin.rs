//! Members of the upstream group are marked down by hand.
use crate::case::link::Link;
use crate::case::peer::Peer;
use crate::case::route::source_of;
use crate::prelude::*;
use gatewhy_facts::source_text::Place;
use gatewhy_facts::symptom::Symptom;

cause! {
    /// Members of the upstream group are marked down by hand.
    ///
    /// ## How it looks
    ///
    /// 502 at once with `no live upstreams while connecting to upstream`, though the members
    /// run and answer.
    ///
    /// ## Why it happens
    ///
    /// Somebody took the members out for maintenance (`server … down;`) and did not put
    /// them back, or took out the last one that was left.
    ///
    /// ## How to be sure
    ///
    /// The configuration marks every member `down`; asked directly, they answer.
    ///
    /// ## How to fix it
    ///
    /// Take `down` out of the member's line, and reload.
    ///
    /// ## What looks the same
    ///
    /// `no-live-upstream`: the members failed, and nginx took them out by itself for
    /// `fail_timeout`.
    id: "upstream-disabled-by-admin",
    explains: ["no-live-upstream"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    let peers = case.peers_on_disk();
    let mut down: Vec<&Peer> = peers.iter().filter(|peer| peer.down).collect();
    down.dedup_by(|a, b| a.place == b.place);
    let verdict = if down.is_empty() || case.is_healthy() != Some(false) {
        None
    } else if peers.iter().all(|peer| peer.down) {
        Some(all_down(case, &down))
    } else {
        spare(case, &down)
    };
    verdict.into_iter().collect()
}

/// Nobody is left.
fn all_down(case: &Case<'_>, down: &[&Peer]) -> Verdict {
    let group = down
        .first()
        .and_then(|peer| peer.group.clone())
        .unwrap_or_default();
    let names: Vec<String> = down.iter().map(|peer| peer.written.clone()).collect();
    let summary = format!(
        "every member of upstream {group} is marked down by hand: {}",
        names.join(", ")
    );
    let record = own_record(case);
    let fate = case.own_fate().filter(|_| record.is_some());
    let finding = Finding::new(HopName::Proxy, group, summary)
        .because_all(fate)
        .because_all(record)
        .because_all(down.iter().filter_map(|peer| marked(case, peer)))
        .because_all(down.iter().filter_map(|peer| answers(case, peer)))
        .fix(put_back(case, down));
    let sure = case.route_gaps().is_empty() && !case.files_may_be_unknown_to_nginx();
    let most = if sure {
        Strength::Proof
    } else {
        Strength::Strong
    };
    finding.at_most(most).weigh()
}

/// The others fail, and one that was taken out would answer.
fn spare(case: &Case<'_>, down: &[&Peer]) -> Option<Verdict> {
    let well: Vec<&Peer> = down
        .iter()
        .copied()
        .filter(|peer| answers(case, peer).is_some())
        .collect();
    let first = well.first()?;
    let summary = format!(
        "{} is marked down by hand; it answers, and could take over",
        first.written
    );
    let finding = Finding::new(HopName::Proxy, first.written.clone(), summary)
        .because_all(well.iter().filter_map(|peer| answers(case, peer)))
        .because_all(well.iter().filter_map(|peer| marked(case, peer)))
        .fix(put_back(case, &well));
    Some(finding.at_most(Strength::Weak).weigh())
}

/// nginx's word about our own request: there was nobody to pass it to.
fn own_record(case: &Case<'_>) -> Option<Evidence> {
    let own = case.own_records();
    let logged = own
        .into_iter()
        .rev()
        .find(|logged| logged.record.symptom == Some(Symptom::NoLiveUpstreams))?;
    let text = format!("nginx logged for our request: {}", logged.message());
    Some(Evidence::strong(text, &logged.source))
}

fn marked(case: &Case<'_>, peer: &Peer) -> Option<Evidence> {
    let place: &Place = peer.place.as_ref()?;
    let text = format!("{} is marked down", peer.written);
    Some(Evidence::strong(text, &source_of(place)).with_excerpt(case.excerpt(place)))
}

fn answers(case: &Case<'_>, peer: &Peer) -> Option<Evidence> {
    let link = Link { case, peer };
    link.direct().found().filter(|direct| direct.is_good())?;
    let seen = link.we_saw()?;
    Some(Evidence {
        text: format!("{} {}", peer.written, seen.text),
        ..seen
    })
}

/// The members that answer first; all of them when none does.
fn put_back(case: &Case<'_>, down: &[&Peer]) -> Fix {
    let well: Vec<&&Peer> = down
        .iter()
        .filter(|peer| answers(case, peer).is_some())
        .collect();
    let wanted: Vec<&Peer> = if well.is_empty() {
        down.to_vec()
    } else {
        well.into_iter().copied().collect()
    };
    let names: Vec<String> = wanted.iter().map(|peer| peer.written.clone()).collect();
    let mut fix = Fix::new(format!(
        "take \"down\" out of the line of {}, and reload",
        names.join(", ")
    ));
    for peer in wanted {
        let Some(place) = &peer.place else { continue };
        let before = case.line_text(place).filter(|text| text.contains(" down"));
        fix = match before {
            Some(before) => {
                let after = before.replacen(" down", "", 1);
                fix.edit(
                    (&place.file, place.span.line),
                    (&before, &after),
                    "puts the member back",
                )
            }
            None => fix.advise(format!(
                "take down out of {}:{}",
                place.file, place.span.line
            )),
        };
    }
    case.reloaded(fix)
}
