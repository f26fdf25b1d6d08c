//! Connection attempts to the backend are not answered, and no deeper reason was found.
use crate::case::exchange::direct::Outcome;
use crate::case::exchange::link::Link;
use crate::case::system::route_to::Reach;
use crate::prelude::*;
use gatewhy_facts::symptom::Symptom;

cause! {
    /// Connection attempts to the backend are not answered, and no deeper reason was found.
    ///
    /// ## How it looks
    ///
    /// 504 after `proxy_connect_timeout` (60 s unless set) with `upstream timed out … while
    /// connecting to upstream`.
    ///
    /// ## Why it happens
    ///
    /// The host is off or its address is wrong, a firewall on the way drops packets, or the
    /// backend's accept queue is full.
    ///
    /// ## How to be sure
    ///
    /// A connection attempt from this host is not answered either; nothing on this host
    /// drops it.
    ///
    /// ## How to fix it
    ///
    /// Check the address and the far host; a shorter `proxy_connect_timeout` (a few
    /// seconds) makes such failures quick.
    ///
    /// ## What looks the same
    ///
    /// `firewall-blocked`: a rule of this host. `listen-backlog-full`: on this host, with a
    /// full queue. `backend-slow`: the connection is made.
    id: "connect-timeout",
    explains: [],
    last_resort: true,
    weigh: weigh,
}

/// How long a proxy should wait for a connection, in seconds: far more than any
/// round trip takes.
const SHORT: u64 = 5;

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| {
        if !is_unanswered(link) || link.listener().is_absent() {
            return None;
        }
        if let Some(why) = deeper(link) {
            // Without the proxy's log, it may have seen something else.
            let unread = case.log_gap().or_else(|| case.clock_gap());
            return Some(Verdict::ruled_out(why).with_gaps(unread.as_slice()));
        }
        let unit = link.dropped_by_unit().gap().cloned();
        let gaps = [link.stopped().gap().cloned(), link.reach_gap(), unit];
        if let Some(gap) = gaps.iter().flatten().find(|gap| gap.is_pending()) {
            return Some(Verdict::cannot_tell([gap]));
        }
        let sure = link.stopped().is_absent()
            && link.reach().found().is_some()
            && has_room(case)
            && !link.dropped_by_unit().is_unknown()
            && link.direct_outcome() == Some(Outcome::ConnectTimeout);
        let finding = unanswered(link);
        Some(if sure {
            finding.weigh()
        } else {
            Verdict::Suspected(finding.at_most(Strength::Strong))
        })
    })
}

/// Whether the kernel is known to have room for another connection in its table.
fn has_room(case: &Case<'_>) -> bool {
    match case.tracked() {
        Fact::Found(tracked, _) => !tracked.is_full(),
        Fact::Absent(_) => true,
        Fact::Unknown(_) => false,
    }
}

/// Whether the connection attempt got no answer: the proxy's, or ours where the
/// proxy still waits.
fn is_unanswered(link: Link<'_, '_>) -> bool {
    match link.own_symptom() {
        Some(Symptom::ConnectTimeout | Symptom::ConnectTimeoutKernel) => true,
        Some(_) => false,
        None => link.direct_outcome() == Some(Outcome::ConnectTimeout),
    }
}

/// What explains the silence, if anything known does.
fn deeper(link: Link<'_, '_>) -> Option<String> {
    if let Some(stopped) = link
        .stopped()
        .found()
        .filter(|stopped| stopped.is_certain())
    {
        return Some(format!(
            "{} {} the attempts",
            stopped.chain(),
            stopped.verb()
        ));
    }
    if let Some(dropped) = link.dropped_by_unit().found() {
        return Some(format!(
            "IPAddressDeny= of {} drops the attempts",
            dropped.unit
        ));
    }
    if link.queue_is_full() {
        return Some("the backend's queue of waiting connections is full".to_owned());
    }
    match link.reach().found()? {
        Reach::NoRoute(_) => Some("there is no route".to_owned()),
        Reach::NextHopSilent(hop) => Some(format!("{} does not answer at layer 2", hop.address)),
        Reach::Leaves(_) | Reach::Sent => None,
    }
}

fn unanswered(link: Link<'_, '_>) -> Finding {
    let address = link.address();
    let summary = format!(
        "{address} does not answer connection attempts, and nothing on this host stops them"
    );
    let seen = link.we_saw().map(|seen| Evidence {
        strength: Strength::Proof,
        ..seen
    });
    let finding = Finding::new(HopName::Backend, address, summary)
        .because_all(seen)
        .because_all(link.proxy_saw())
        .because_all(layer_two(link))
        .because_all(no_rule(link))
        .because_all(link.configured());
    finding.fix(fix(link))
}

fn layer_two(link: Link<'_, '_>) -> Option<Evidence> {
    let reach = link.reach();
    let (Some(Reach::Leaves(hop)), Some(source)) = (reach.found(), reach.source()) else {
        return None;
    };
    let what = if hop.is_router {
        "the router"
    } else {
        "the machine itself"
    };
    let text = format!(
        "{what} answers at layer 2: {} on {}",
        hop.address, hop.device
    );
    Some(Evidence::strong(text, source))
}

fn no_rule(link: Link<'_, '_>) -> Option<Evidence> {
    match link.stopped() {
        Fact::Absent(source) => Some(Evidence::strong(
            "no rule of this host's packet filter stops them",
            &source,
        )),
        Fact::Found(..) | Fact::Unknown(_) => None,
    }
}

fn fix(link: Link<'_, '_>) -> Fix {
    let fix = Fix::new(format!(
        "look at {} itself: its firewall, and whether it is overloaded",
        link.address()
    ));
    let fix = fix.advise("on that machine: see whether the backend listens (ss -ltn), whether its firewall lets this host in, and whether it is the right address");
    link.case.verified(sooner(link, fix))
}

/// A proxy that waits for a minute makes a failure of another machine its own.
fn sooner(link: Link<'_, '_>, fix: Fix) -> Fix {
    let proxy = link.case.proxy_name();
    let wait = link.case.waits().and_then(|waits| waits.connect.as_ref());
    let seconds = wait.map(|wait| (wait.time.as_secs(), wait.directive.as_str()));
    match seconds {
        Some((waits, directive)) if waits > SHORT => fix.advise(format!(
            "{proxy} waits {waits} s for each attempt; {}{SHORT}s{} makes such failures quick",
            link.case.assigned(directive),
            link.case.line_end()
        )),
        _ => fix,
    }
}
