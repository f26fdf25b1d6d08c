//! Members of the upstream group are marked down by hand.
use crate::case::exchange::link::Link;
use crate::case::programs::kind::Kind;
use crate::case::routing::peer::Peer;
use crate::case::routing::route::source_of;
use crate::prelude::*;
use gatewhy_facts::haproxy::stats::Row;
use gatewhy_facts::scan;
use gatewhy_facts::source_text::Place;
use gatewhy_facts::symptom::Symptom;
use gatewhy_facts::untrusted::shown;
use gatewhy_fixes::shell::word;

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
    /// Varnish: `varnishadm backend.list` says `sick` in the column Admin; a backend without a
    /// probe is sick for no other reason.
    ///
    /// ## How to fix it
    ///
    /// Take `down` out of the member's line, and reload. Varnish: `varnishadm
    /// backend.set_health NAME auto`.
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
    if case.proxy_kind() == Kind::Haproxy {
        return by_hand(case).into_iter().collect();
    }
    if case.proxy_kind() == Kind::Varnish {
        return set_sick(case).into_iter().collect();
    }
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

/// Varnish takes a backend without a probe for healthy, unless somebody set it to `sick`
/// (`VBE_Healthy` in `cache_backend.c`). The VCL that runs may have a probe that the file
/// does not have, so this is no proof.
fn set_sick(case: &Case<'_>) -> Option<Verdict> {
    let logged = case.own_failure()?;
    let name = scan::between(&logged.record.message, "backend ", ": unhealthy")?;
    let name = shown(name).to_string();
    if case.is_healthy() != Some(false) || case.check().is_some() {
        return None;
    }
    let gaps = case.route_gaps();
    let summary = format!(
        "backend {name} has no probe, and Varnish takes it for sick: it was set so by hand"
    );
    let seen: Vec<Evidence> = case
        .peers()
        .iter()
        .filter_map(|peer| answers(case, peer))
        .collect();
    let backend = word(&format!("boot.{name}"));
    let fix = Fix::new("let Varnish use the backend again")
        .run(
            "varnishadm backend.list",
            "sick in the column Admin: set by hand; ask first who did",
        )
        .run(
            format!("varnishadm backend.set_health {backend} auto"),
            "takes the backend into use again",
        );
    let finding = Finding::new(HopName::Proxy, name, summary)
        .because_all(case.said())
        .because_all(case.own_fate())
        .because_all(seen)
        .fix(case.verified(fix))
        .at_most(Strength::Strong);
    Some(finding.weigh().with_gaps(&gaps))
}

/// Maintenance or drain, as the stats socket tells it.
fn by_hand(case: &Case<'_>) -> Option<Verdict> {
    if case.is_healthy() != Some(false) {
        return None;
    }
    let route = case.haproxy_route();
    let (name, _) = route.found()?.backend.as_ref()?.clone();
    let stats = case.haproxy_stats();
    let rows = match &stats {
        Fact::Found(rows, _) => rows,
        Fact::Absent(_) => return None,
        Fact::Unknown(gap) => return Some(Verdict::cannot_tell([gap])),
    };
    let servers: Vec<&Row> = rows
        .iter()
        .filter(|row| row.value("pxname") == name && row.value("svname") != "BACKEND")
        .collect();
    let off: Vec<&Row> = servers
        .iter()
        .copied()
        .filter(|row| row.is_by_hand() || row.off_with().is_some())
        .collect();
    if off.is_empty()
        || servers
            .iter()
            .any(|row| row.value("status").starts_with("UP") || row.value("status") == "no check")
    {
        return None;
    }
    // One that tracks another comes back with that.
    let mut names: Vec<String> = off
        .iter()
        .map(|row| match row.off_with() {
            Some(other) => other.to_owned(),
            None => format!("{name}/{}", row.value("svname")),
        })
        .collect();
    names.sort();
    names.dedup();
    let source = stats.source()?.clone();
    let told = off.iter().map(|row| {
        let text = format!("{name}/{} is {}", row.value("svname"), row.value("status"));
        Evidence::proof(text, &source)
    });
    let summary = format!("set by hand to maintenance or drain: {}", names.join(", "));
    let back = names
        .iter()
        .fold(Fix::new("put the servers back"), |fix, server| {
            fix.run(
                format!(
                    "echo 'set server {server} state ready' | socat - {}",
                    case.stats_path()
                ),
                "takes the server into use again; ask first who took it out",
            )
        });
    let finding = Finding::new(HopName::Proxy, name.clone(), summary)
        .because_all(told)
        .because_all(case.own_fate())
        .fix(case.verified(back));
    let all = off.len() == servers.len();
    let most = if all {
        Strength::Proof
    } else {
        Strength::Strong
    };
    Some(finding.at_most(most).weigh())
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
