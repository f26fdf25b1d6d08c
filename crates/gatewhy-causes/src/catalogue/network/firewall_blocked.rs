//! A firewall rule drops or rejects the connection to the backend.
use crate::case::exchange::direct::Outcome;
use crate::case::exchange::link::Link;
use crate::case::remedies::admit::drop_in;
use crate::case::remedies::unblock::{loaded_from, unblock};
use crate::case::system::filter::Stopped;
use crate::case::system::host::sockets_source;
use crate::case::system::unit_filter::{Dropped, Side};
use crate::prelude::*;
use gatewhy_facts::linux::firewall::How;
use gatewhy_facts::symptom::Symptom;

cause! {
    /// A firewall rule drops or rejects the connection to the backend.
    ///
    /// ## How it looks
    ///
    /// 504 after the connect time-out (dropped), or 502 at once (rejected: refused, `No
    /// route to host` or `Permission denied`), though the backend runs.
    ///
    /// ## Why it happens
    ///
    /// A rule of nftables or iptables matches the port, the address or the worker's user.
    /// Or the unit of the backend or of the proxy has `IPAddressDeny=`: then the kernel drops
    /// the packets of that unit alone, which no list of rules shows.
    ///
    /// ## How to be sure
    ///
    /// The rule itself, and its counter, which moves with each attempt. Of a unit:
    /// `systemctl show -p IPAddressDeny -p IPAddressAllow UNIT`, and of its slices.
    ///
    /// ## How to fix it
    ///
    /// Remove or amend that rule, at the place it is loaded from, and reload the rules.
    ///
    /// ## What looks the same
    ///
    /// Nobody listens: also refused, but no rule counts. `listen-backlog-full` drops
    /// connection attempts too.
    id: "firewall-blocked",
    explains: ["connect-timeout", "host-unreachable"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.links().into_iter().flat_map(judge).collect()
}

fn judge(link: Link<'_, '_>) -> Vec<Verdict> {
    // Where nobody listens, no rule is needed to refuse. The rules of another network
    // are not known.
    let elsewhere = link.peer.dial.tcp().is_none() || link.case.proxy_apart().is_some();
    if elsewhere || link.listener().is_absent() {
        return Vec::new();
    }
    let Some(way) = way(link) else {
        return Vec::new();
    };
    let by_unit = || by_unit(link);
    if let Some(verdict) = (way == Failed::Silent).then(by_unit).flatten() {
        return vec![verdict];
    }
    match link.stopped() {
        Fact::Unknown(gap) => {
            let mut verdicts = vec![Verdict::cannot_tell([&gap])];
            if !gap.is_pending() {
                verdicts.extend(unseen_rule(link));
            }
            verdicts
        }
        Fact::Absent(_) => {
            let why = format!(
                "no rule of this host stops connections to {}",
                link.address()
            );
            // A unit that could not be looked at may have a list of its own.
            let unseen = link.dropped_by_unit().gap().cloned();
            let unseen = unseen.filter(|_| way == Failed::Silent);
            vec![Verdict::ruled_out(why).with_gaps(unseen.as_slice())]
        }
        Fact::Found(stopped, _) if !fits(&stopped, way) => Vec::new(),
        Fact::Found(stopped, _) => vec![verdict(link, &stopped)],
    }
}

/// The kernel drops packets in the name of a unit, which no packet filter shows.
fn by_unit(link: Link<'_, '_>) -> Option<Verdict> {
    let dropped = link.dropped_by_unit();
    let dropped = match &dropped {
        Fact::Found(dropped, _) => dropped,
        Fact::Unknown(gap) if gap.is_pending() => return Some(Verdict::cannot_tell([gap])),
        Fact::Unknown(_) | Fact::Absent(_) => return None,
    };
    let stopped = link.stopped();
    if let Some(gap) = stopped.gap().filter(|gap| gap.is_pending()) {
        return Some(Verdict::cannot_tell([gap]));
    }
    // Another rule may be met first; of two, the one in the packet filter is told.
    if stopped.found().is_some_and(Stopped::is_certain) {
        return None;
    }
    let sure = stopped.is_absent() && dropped.is_seen(link);
    let finding = denied(link, dropped);
    Some(if sure {
        finding.weigh()
    } else {
        Verdict::Suspected(finding.at_most(Strength::Strong))
    })
}

fn denied(link: Link<'_, '_>, dropped: &Dropped) -> Finding {
    let (address, unit) = (link.address(), &dropped.unit);
    let summary = match dropped.side {
        Side::Backend => format!(
            "IPAddressDeny= of {unit} drops connections from {} to {address}",
            dropped.other
        ),
        Side::Proxy => format!("IPAddressDeny= of {unit} drops its connections to {address}"),
    };
    Finding::new(HopName::Machine, unit.clone(), summary)
        .because_all(dropped.evidence(link.case))
        .because_all(somebody(link))
        .because_all(link.proxy_saw())
        .because_all(link.we_saw())
        .fix(link.case.verified(allow(dropped)))
}

/// Lists the other end where what is listed is let through.
fn allow(dropped: &Dropped) -> Fix {
    let (unit, other) = (&dropped.unit, dropped.other);
    let fix = Fix::new(format!("let {unit} speak to {other}"));
    let why = "what IPAddressAllow= lists is let through, whatever IPAddressDeny= says";
    let line = format!("IPAddressAllow={other}");
    if unit.ends_with(".socket") {
        return fix.advise(format!("systemctl edit {unit}: [Socket] {line}; {why}"));
    }
    drop_in(fix, unit, &line, why)
}

/// The rules may not be looked at; but somebody listens, and even we are refused.
fn unseen_rule(link: Link<'_, '_>) -> Option<Verdict> {
    let refused = link.direct_outcome() == Some(Outcome::Refused);
    let listens = somebody(link).filter(|_| refused)?;
    let address = link.address();
    let summary = format!(
        "connections to {address} are refused although somebody listens there: a packet filter"
    );
    let fix = Fix::new("look for the rule that rejects them").run(
        "nft list ruleset; iptables-save; ip6tables-save",
        "shows the rules, as root",
    );
    let finding = Finding::new(HopName::Machine, address, summary)
        .because(listens)
        .because_all(link.we_saw())
        .because_all(link.proxy_saw())
        .fix(link.case.verified(fix));
    Some(Verdict::Suspected(finding.at_most(Strength::Strong)))
}

/// How the connection failed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Failed {
    /// Somebody said no.
    Refused,
    /// Nobody said anything.
    Silent,
}

/// How the proxy's connection failed, or ours where the proxy's log says nothing.
fn way(link: Link<'_, '_>) -> Option<Failed> {
    use Symptom as S;
    match link.own_symptom() {
        Some(
            S::ConnectRefused
            | S::HostUnreachable
            | S::NetworkUnreachable
            | S::ConnectDenied
            | S::ConnectReset
            | S::ConnectFailed,
        ) => Some(Failed::Refused),
        Some(S::ConnectTimeout | S::ConnectTimeoutKernel) => Some(Failed::Silent),
        Some(_) => None,
        None => match link.direct_outcome()? {
            Outcome::Refused
            | Outcome::Denied
            | Outcome::Unreachable(_)
            | Outcome::NotConnected(_) => Some(Failed::Refused),
            Outcome::ConnectTimeout => Some(Failed::Silent),
            _ => None,
        },
    }
}

fn fits(stopped: &Stopped, way: Failed) -> bool {
    (way == Failed::Silent) == (stopped.rule.how == How::Dropped)
}

fn verdict(link: Link<'_, '_>, stopped: &Stopped) -> Verdict {
    let finding = found(link, stopped);
    match (stopped.is_certain(), stopped.moved()) {
        (true, _) => finding.weigh(),
        (false, true) => Verdict::Suspected(finding.at_most(Strength::Strong)),
        (false, false) => Verdict::Suspected(finding.at_most(Strength::Weak)),
    }
}

fn found(link: Link<'_, '_>, stopped: &Stopped) -> Finding {
    let address = link.address();
    let whose = if stopped.worker_alone {
        let worker = link.case.worker_credentials();
        let user = worker.found().map(|who| link.case.user_name(who.uid));
        format!(
            " of {}",
            user.unwrap_or_else(|| "the proxy's user".to_owned())
        )
    } else {
        String::new()
    };
    let what = if stopped.rule.rule.is_some() {
        "a rule"
    } else {
        "the policy"
    };
    let summary = format!(
        "{what} of the packet filter ({}) {} connections{whose} to {address}",
        stopped.chain(),
        stopped.verb()
    );
    let finding = Finding::new(HopName::Machine, stopped.chain(), summary)
        .because(rule(stopped))
        .because_all(counter(stopped))
        .because_all(somebody(link))
        .because_all(link.proxy_saw())
        .because_all(link.we_saw())
        .because_all(from_file(link, stopped));
    unblock(link, stopped)
        .into_iter()
        .fold(finding, Finding::fix)
}

fn rule(stopped: &Stopped) -> Evidence {
    let text = stopped.rule.rule.as_ref().map_or_else(
        || format!("chain {} drops what no rule accepts", stopped.chain()),
        |rule| format!("in {}: {rule}", stopped.chain()),
    );
    let doubts = if stopped.is_certain() {
        String::new()
    } else {
        format!(" (not judged: {})", stopped.rule.unjudged.join(", "))
    };
    Evidence::proof(format!("{text}{doubts}"), &stopped.source())
}

fn counter(stopped: &Stopped) -> Option<Evidence> {
    let (before, after) = stopped.counted?;
    let text = if after > before {
        format!("its counter went from {before} to {after} with one more attempt")
    } else {
        format!("its counter stayed at {before} during one more attempt")
    };
    Some(Evidence::strong(text, &stopped.source()))
}

fn somebody(link: Link<'_, '_>) -> Option<Evidence> {
    let listener = link.listener();
    let listener = listener.found()?;
    let text = format!("{} listens on {}", link.program(), listener.address);
    Some(Evidence::strong(text, &sockets_source()))
}

fn from_file(link: Link<'_, '_>, stopped: &Stopped) -> Option<Evidence> {
    let (file, line, text) = loaded_from(link, stopped)?;
    let source = Source::new(file.to_string()).at_line(line);
    Some(Evidence::weak(
        format!("the rule is loaded from here: {text}"),
        &source,
    ))
}
