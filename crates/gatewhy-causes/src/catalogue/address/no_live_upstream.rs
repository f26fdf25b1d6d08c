//! Every member of the upstream group is out of use, and nothing deeper was found.
use crate::case::exchange::direct::Direct;
use crate::case::exchange::link::Link;
use crate::case::gateway::log::Logged;
use crate::case::programs::kind::Kind;
use crate::case::routing::route;
use crate::case::routing::way::Group;
use crate::prelude::*;
use gatewhy_facts::nginx::upstream::{Member, Upstream};
use gatewhy_facts::symptom::Symptom;
use gatewhy_facts::time::for_people;

cause! {
    /// Every member of the upstream group is out of use, and nothing deeper was found.
    ///
    /// ## How it looks
    ///
    /// 502 at once with `no live upstreams while connecting to upstream`.
    ///
    /// ## Why it happens
    ///
    /// Each member failed `max_fails` times within `fail_timeout`, or is marked `down`. For
    /// that long nginx does not even try.
    ///
    /// nginx says the same when every server has as many connections as its `max_conns`
    /// allows.
    ///
    /// ## How to be sure
    ///
    /// The log says so; the members' own failures stand in the lines before it.
    ///
    /// lighttpd says `all handlers … are down` once, and answers 503 without a word for the
    /// backend's `disable-time`.
    ///
    /// ## How to fix it
    ///
    /// Look at the members: their cause comes first. If they are well again, wait for
    /// `fail_timeout` or reload.
    ///
    /// ## What looks the same
    ///
    /// A consequence of nearly everything: look behind it.
    id: "no-live-upstream",
    explains: [],
    last_resort: true,
    weigh: weigh,
}

/// So far back lighttpd's last word about its backends is looked for.
const NOTED_SECS: i64 = 3_600;
/// How a backend fails that is away for a while: an answer to us is one to lighttpd, too.
const AWAY: [Symptom; 4] = [
    Symptom::ConnectRefused,
    Symptom::SocketMissing,
    Symptom::ConnectReset,
    Symptom::ConnectTimeout,
];

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    if case.proxy_kind() == Kind::Lighttpd && case.own_failure().is_none() {
        return held_down(case).into_iter().collect();
    }
    let proxy = case.proxy_name();
    let Some(logged) = case
        .own_failure()
        .filter(|logged| logged.record.symptom == Some(Symptom::NoLiveUpstreams))
    else {
        return Vec::new();
    };
    let Some(group) = case.group() else {
        let other = case.way_group();
        return other
            .map(|group| plain(case, group, logged))
            .into_iter()
            .collect();
    };
    if group.servers.iter().all(|member| member.down) {
        let why = format!(
            "every server of {} is marked down in the configuration",
            group.name
        );
        return vec![Verdict::ruled_out(why)];
    }
    let links = case.links();
    let pending = links.iter().find_map(|link| link.direct().gap().cloned());
    if let Some(gap) = pending {
        return vec![Verdict::cannot_tell([&gap])];
    }
    let seen = Evidence::strong(
        format!("{proxy} logged for our request: {}", logged.message()),
        &logged.source,
    );
    match crowded(case, group, &links) {
        Fact::Found(finding, _) => return vec![finding.because(seen).weigh()],
        Fact::Unknown(gap) => return vec![Verdict::cannot_tell([&gap])],
        Fact::Absent(_) => {}
    }
    // We ask without the checks of certificates that the proxy makes.
    let well = links.iter().all(|link| {
        let answers = link.direct().found().is_some_and(Direct::is_good);
        answers && link.tls_fault().found().is_none()
    });
    vec![if well && !links.is_empty() {
        // What the proxy checks besides, and what could not be checked here.
        let mut gaps = case.route_gaps();
        gaps.extend(
            case.nginx()
                .found()
                .map(|nginx| nginx.gaps.clone())
                .into_iter()
                .flatten(),
        );
        gaps.extend(
            links
                .iter()
                .filter_map(|link| link.tls_fault().gap().cloned()),
        );
        let verdict = recovered(case, group, &links).because(seen).weigh();
        verdict.with_gaps(&gaps)
    } else {
        Verdict::Suspected(behind(case, group).because(seen).because_all(marked(group)))
    }]
}

/// lighttpd says once that no backend is left, and answers 503 without a word for as long
/// as it leaves them alone (`disable-time`; `gw_backend.c`), though they may answer again.
fn held_down(case: &Case<'_>) -> Option<Verdict> {
    if case.seen_status() != Some(503) {
        return None;
    }
    let links = case.links();
    let well = |link: &Link<'_, '_>| link.direct().found().is_some_and(Direct::is_good);
    if links.is_empty() || !links.iter().all(well) {
        return None;
    }
    let recent = case.recent_records(NOTED_SECS);
    let mut last = recent.iter().rev();
    let note = last.find(|logged| {
        matches!(
            logged.record.symptom,
            Some(Symptom::NoLiveUpstreams | Symptom::ServerUp)
        )
    })?;
    // Where it may not open the socket, that we may tells nothing.
    let failed = last
        .find(|logged| logged.upstream_symptom().is_some())
        .filter(|logged| logged.upstream_symptom().is_some_and(|s| AWAY.contains(&s)))?;
    let ours = |link: &Link<'_, '_>| failed.record.is_about(&link.peer.dial);
    let noted = note.record.symptom == Some(Symptom::NoLiveUpstreams)
        && note.at <= failed.at.plus_secs(1)
        && links.iter().any(ours);
    noted.then_some(())?;
    let name = failed.record.upstream.as_ref()?.to_string();
    let summary = format!(
        "lighttpd leaves {name} alone for its disable-time, because it failed before, though it answers again"
    );
    let answers = links.iter().filter_map(Link::we_saw);
    let logged = [failed, note].into_iter().map(|logged| {
        let text = format!("lighttpd logged: {}", logged.message());
        Evidence::strong(text, &logged.source)
    });
    let fix = Fix::new("let lighttpd forget that the backend failed")
        .run(
            "systemctl restart lighttpd",
            "begins anew with every backend; open connections end",
        )
        .advise("a shorter \"disable-time\" brings a backend back sooner next time");
    let finding = Finding::new(HopName::Proxy, name, summary)
        .because_all(answers)
        .because_all(logged)
        .because_all(case.own_fate())
        .fix(case.verified(fix))
        .at_most(Strength::Strong);
    Some(finding.weigh().with_gaps(&case.route_gaps()))
}

/// A group of another proxy than nginx.
fn plain(case: &Case<'_>, group: &Group, logged: &Logged<'_>) -> Verdict {
    let proxy = case.proxy_name();
    if group.all_down {
        let why = format!(
            "every member of {} is switched off in the configuration",
            group.name
        );
        return Verdict::ruled_out(why);
    }
    let links = case.links();
    if let Some(gap) = links.iter().find_map(|link| link.direct().gap().cloned()) {
        return Verdict::cannot_tell([&gap]);
    }
    let said = format!("{proxy} logged for our request: {}", logged.message());
    let seen = Evidence::strong(said, &logged.source);
    let well = |link: &Link<'_, '_>| link.direct().found().is_some_and(Direct::is_good);
    let (name, secs, directive) = (&group.name, group.retry_secs, group.directive);
    let line = group.place.as_ref().map(|place| {
        let source = route::source_of(place);
        let text = format!("a failed member is left alone for {secs} s ({directive})");
        Evidence::weak(text, &source).with_excerpt(case.excerpt(place))
    });
    if links.is_empty() || !links.iter().all(well) {
        let summary = format!("every member of {name} failed, and {proxy} keeps them out of use");
        let finding = Finding::new(HopName::Proxy, name.clone(), summary).because(seen);
        return Verdict::Suspected(finding.because_all(line));
    }
    let summary = format!(
        "{proxy} keeps every member of {name} out of use for {secs} s after it failed ({directive}), though they answer again"
    );
    let answers = links.iter().filter_map(|link| {
        let mut seen = link.we_saw()?;
        seen.strength = Strength::Proof;
        Some(seen)
    });
    let fix = Fix::new(case.reload_command())
        .safe()
        .run(case.reload_command(), "forgets which members failed");
    let fix = fix.advise(format!(
        "a shorter {directive}= brings them back sooner next time"
    ));
    Finding::new(HopName::Proxy, name.clone(), summary)
        .because_all(answers)
        .because(seen)
        .because_all(line)
        .fix(case.verified(fix))
        .weigh()
}

/// Every member has as many connections as its `max_conns` allows: nginx says the
/// same then as when all have failed.
fn crowded(case: &Case<'_>, group: &Upstream, links: &[Link<'_, '_>]) -> Fact<Finding> {
    let source = Source::new("TCP connections (sock_diag)");
    let mut told = Vec::new();
    for link in links {
        let place = link.peer.place.as_ref();
        let mut members = group.servers.iter();
        let Some(member) = members.find(|member| Some(&member.place) == place) else {
            return Fact::Absent(source);
        };
        match (member.max_conns, link.connections()) {
            (0, _) | (_, Fact::Absent(_)) => return Fact::Absent(source),
            (_, Fact::Unknown(gap)) => return Fact::Unknown(gap),
            (most, Fact::Found(open, at)) if open >= most => {
                let text = format!(
                    "{open} connections to {} are open, and max_conns={most} allows no more",
                    link.address()
                );
                told.push(Evidence::proof(text, &at).with_excerpt(case.excerpt(&member.place)));
            }
            (_, Fact::Found(..)) => return Fact::Absent(source),
        }
    }
    if told.is_empty() {
        return Fact::Absent(source);
    }
    let summary = format!(
        "every server of {} has as many connections as its max_conns allows, so nginx sends no more",
        group.name
    );
    let fix = Fix::new("raise max_conns, or let visitors wait less")
        .advise("max_conns should be what the backend can serve at once: its workers or threads, plus what may wait")
        .advise("connections that stay open for long (slow pages, websockets, keepalive) use it up: see which requests they are");
    let finding = Finding::new(HopName::Proxy, group.name.clone(), summary)
        .because_all(told)
        .fix(case.verified(fix));
    Fact::Found(finding, source)
}

/// Every member answers again: only the proxy's memory of their failures is left.
fn recovered(case: &Case<'_>, group: &Upstream, links: &[Link<'_, '_>]) -> Finding {
    let proxy = case.proxy_name();
    let longest = group.servers.iter().map(|member| member.fail_timeout).max();
    let secs = i64::try_from(longest.unwrap_or_default().as_secs()).unwrap_or(i64::MAX);
    let summary = format!(
        "{proxy} keeps every server of {} out of use for up to {} after they failed, though they answer again",
        group.name,
        for_people(secs)
    );
    let fix = Fix::new(case.reload_command()).safe().run(
        case.reload_command(),
        "forgets which servers failed, without dropping a request",
    );
    let fix = fix.advise("a shorter fail_timeout= (10s is the default), or max_fails=0 for a single server, brings them back sooner next time");
    let answers = links.iter().filter_map(|link| {
        let mut seen = link.we_saw()?;
        seen.text = format!("{}: {}", link.address(), seen.text);
        seen.strength = Strength::Proof;
        Some(seen)
    });
    Finding::new(HopName::Proxy, group.name.clone(), summary)
        .because_all(answers)
        .because_all(marked(group))
        .fix(case.verified(fix))
}

/// Some member does not answer: its own cause comes first.
fn behind(case: &Case<'_>, group: &Upstream) -> Finding {
    let proxy = case.proxy_name();
    let summary = format!(
        "every server of {} failed, and {proxy} keeps them out of use",
        group.name
    );
    let fix = Fix::new(format!(
        "mend the servers; {proxy} takes them back by itself"
    ))
    .run(
        case.reload_command(),
        "takes them back at once, when they answer again",
    );
    Finding::new(HopName::Proxy, group.name.clone(), summary).fix(fix)
}

/// The members' lines, which say how long a failure counts.
fn marked(group: &Upstream) -> Vec<Evidence> {
    let told = |member: &Member| {
        let source = route::source_of(&member.place);
        let text = format!(
            "{}: max_fails={} fail_timeout={}s",
            shown(member.written.as_bytes()),
            member.max_fails,
            member.fail_timeout.as_secs()
        );
        Evidence::weak(text, &source)
    };
    group.servers.iter().take(4).map(told).collect()
}
