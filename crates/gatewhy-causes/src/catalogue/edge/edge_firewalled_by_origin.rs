//! The origin answers others, and not the edge before it.
use crate::case::from_outside::edge::{Edge, Origin};
use crate::case::from_outside::fronted::Fronted;
use crate::prelude::*;
use gatewhy_facts::protocol::error_page::EdgeFault;
use gatewhy_facts::time::for_people;

cause! {
    /// The origin answers others, and takes no connections from the edge before it.
    ///
    /// ## How it looks
    ///
    /// Cloudflare's 521 or 522, or another edge's words for a connection that fails, while
    /// the origin answers when it is asked directly.
    ///
    /// ## Why it happens
    ///
    /// A firewall, fail2ban or a limit on connections at the origin counts the edge as one
    /// busy stranger: all visitors come from its few addresses.
    ///
    /// ## How to be sure
    ///
    /// `gatewhy URL --origin ADDRESS` reaches the origin. On the origin itself, gatewhy holds
    /// the packet filter's rules against the addresses that Cloudflare and Fastly publish
    /// (`--cdn-ranges FILE` takes newer lists, and that of CloudFront), where the access log has shown requests from them; the counters of the rules move, and
    /// `tcpdump` shows the edge's attempts unanswered.
    ///
    /// ## How to fix it
    ///
    /// Let the edge's published address ranges through, before any rule that limits or bans.
    ///
    /// ## What looks the same
    ///
    /// `edge-origin-address-stale`: the edge dials another machine, perhaps one that is gone.
    /// `edge-cannot-reach-origin`: nobody reaches the origin.
    id: "edge-firewalled-by-origin",
    explains: ["edge-cannot-reach-origin"],
    when: Intermittent,
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    let outside = case.edge().map(|edge| verdict(case, &edge));
    let here = || Some(at_origin(case, &case.fronted()?));
    outside.or_else(here).into_iter().collect()
}

/// On the origin: what its packet filter does to the CDN before it.
fn at_origin(case: &Case<'_>, fronted: &Fronted) -> Verdict {
    let shut = match case.shut_out(fronted) {
        Fact::Found(shut, _) => shut,
        Fact::Absent(_) => Vec::new(),
        Fact::Unknown(gap) => return Verdict::cannot_tell([&gap]),
    };
    let Some(first) = shut.first() else {
        return Verdict::ruled_out(format!("no rule of this host stops {}", fronted.cdn));
    };
    let name = fronted.cdn.as_str();
    let (verb, port) = (first.by.verb(), case.request.port);
    // The first address of a range stands for all of it.
    let published = case.cdn_list().of(name).count();
    let ranges: BTreeSet<&str> = shut.iter().map(|shut| shut.range.text.as_str()).collect();
    let whole = shut
        .iter()
        .filter(|shut| !fronted.clients.contains(&shut.ip));
    let whole = whole.count();
    let what = match whole {
        0 => format!("{}, which is {name}'s,", first.ip),
        _ if whole == published => format!("all of {name}'s addresses"),
        _ => format!("{} of {name}'s {published} address ranges", ranges.len()),
    };
    let summary = format!(
        "this host's firewall {verb} {what} at port {port}: visitors who come through {name} are kept out"
    );
    let (from, others) = fronted.requests;
    let came = format!(
        "{from} requests in the access log came from {name}, {others} from others; the last from {name}{}",
        case.clock().map_or_else(String::new, |clock| {
            let secs = clock.now.since(fronted.last) / 1_000_000;
            format!(" {} ago", for_people(secs))
        })
    );
    let rule = first.by.rule.rule.as_ref();
    let text = rule.map_or_else(
        || {
            format!(
                "the policy of {} drops what no rule lets in",
                first.by.chain()
            )
        },
        |rule| {
            format!(
                "{} {verb} {} ({}): {rule}",
                first.by.chain(),
                first.ip,
                first.range.text
            )
        },
    );
    Finding::new(HopName::Machine, name, summary)
        .because(Evidence::proof(text, &first.by.source()))
        .because(Evidence::strong(came, &fronted.source))
        .because(Evidence::weak(
            format!("{} is in {}", first.range.text, first.range.listed()),
            &Source::new(first.range.place()),
        ))
        .fix(let_in(name))
        .weigh()
}

fn let_in(name: &str) -> Fix {
    Fix::new(format!("let {name}'s published address ranges in, before any rule that limits or bans"))
        .run("nft --handle list ruleset", "which rule it is; its counter moves while visitors fail")
        .run("fail2ban-client banned", "whether it was banned for what its visitors did")
        .advise(format!("take {name}'s addresses out of what is banned: ignoreip in fail2ban, and the visitor's own address from its header in the logs that it reads"))
}

fn verdict(case: &Case<'_>, edge: &Edge) -> Verdict {
    let strength = match edge.fault {
        EdgeFault::Refused | EdgeFault::ConnectTimeout => Strength::Strong,
        EdgeFault::Unreachable => Strength::Weak,
        _ => return Verdict::ruled_out(edge.not_it()),
    };
    match &edge.origin {
        Origin::Unknown(gap) => return Verdict::cannot_tell([gap]),
        Origin::Bad(..) if edge.origin_is_shut() => {
            return Verdict::ruled_out("the origin does not take our connection either");
        }
        Origin::Bad(..) => {
            return Verdict::ruled_out("the origin fails when asked directly as well");
        }
        Origin::Good(_) => {}
    }
    let name = edge.name;
    let origin = case
        .request
        .origin
        .map_or_else(|| "the origin".to_owned(), |at| at.to_string());
    let summary = format!(
        "{origin} answers us and not {name}: a firewall there, or {name} dials another address"
    );
    let fix = Fix::new(format!("let {name}'s published address ranges through the origin's firewall"))
        .run("nft list ruleset", "on the origin: which rule drops or rejects them, and its counter")
        .advise(format!("{name} publishes its address ranges; allow them to the site's ports before any rule that limits or bans"))
        .advise("look for them among the banned: fail2ban-client banned");
    Finding::new(HopName::Edge, origin, summary)
        .because(edge.says(case))
        .because_all(edge.origin_evidence(strength))
        .because(edge.mark.clone())
        .fix(fix)
        .at_most(strength)
        .weigh()
}
