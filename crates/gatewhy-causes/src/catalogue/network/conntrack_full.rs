//! The kernel's table of tracked connections is full; new ones are dropped.
use crate::case::exchange::direct::Outcome;
use crate::case::exchange::link::Link;
use crate::case::system::conntrack::Tracked;
use crate::prelude::*;
use gatewhy_facts::symptom::Symptom;

cause! {
    /// The kernel's table of tracked connections is full; new ones are dropped.
    ///
    /// ## How it looks
    ///
    /// 504 after the connect time-out, or visitors that cannot connect at all, while open
    /// connections go on. The kernel logs `nf_conntrack: table full, dropping packet`.
    ///
    /// ## Why it happens
    ///
    /// A firewall that looks at states (`ct state`, NAT, Docker) keeps a record of each
    /// connection, for days where nobody closes it. More connections than
    /// `net.netfilter.nf_conntrack_max`: a flood, many short connections, a leak.
    ///
    /// ## How to be sure
    ///
    /// `nf_conntrack_count` has reached `nf_conntrack_max`, and connection attempts are not
    /// answered though no rule drops them.
    ///
    /// ## How to fix it
    ///
    /// Raise the maximum (a record is some 300 bytes), shorten the time-outs, let the proxy
    /// keep its connections to the backend open, or do not track what no rule asks about.
    ///
    /// ## What looks the same
    ///
    /// `firewall-blocked` with a rule that drops; `connect-timeout` where the other machine
    /// is silent.
    id: "conntrack-full",
    explains: ["connect-timeout", "backend-hung"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| {
        if !is_unanswered(link) {
            return None;
        }
        // A rule that drops needs no table.
        match link.stopped() {
            Fact::Found(stopped, _) if stopped.is_certain() => return None,
            Fact::Unknown(gap) => return Some(Verdict::cannot_tell([&gap])),
            Fact::Found(..) | Fact::Absent(_) => {}
        }
        match case.tracked() {
            Fact::Absent(_) => None,
            Fact::Unknown(gap) => Some(Verdict::cannot_tell([&gap])),
            Fact::Found(tracked, source) if tracked.is_full() => {
                Some(full(link, tracked, &source).weigh())
            }
            // A rule that may stop it says more than a table with room.
            Fact::Found(..) if link.stopped().found().is_some() => None,
            Fact::Found(tracked, _) => Some(Verdict::ruled_out(format!(
                "the kernel tracks {} connections, of {} that it may",
                tracked.count, tracked.most
            ))),
        }
    })
}

/// Whether a connection attempt to a TCP address got no answer.
fn is_unanswered(link: Link<'_, '_>) -> bool {
    let told = match link.own_symptom() {
        Some(symptom) => matches!(
            symptom,
            Symptom::ConnectTimeout | Symptom::ConnectTimeoutKernel
        ),
        None => link.direct_outcome() == Some(Outcome::ConnectTimeout),
    };
    let here = link.case.proxy_apart().is_none() && link.peer.dial.tcp().is_some();
    told && here && !link.queue_is_full()
}

fn full(link: Link<'_, '_>, tracked: Tracked, source: &Source) -> Finding {
    let (count, most) = (tracked.count, tracked.most);
    let summary = format!(
        "the kernel tracks {count} connections, as many as it may: it drops new ones, those to {} too",
        link.address()
    );
    let text = format!("nf_conntrack_count is {count}, nf_conntrack_max is {most}");
    Finding::new(HopName::Machine, "nf_conntrack", summary)
        .because(Evidence::proof(text, source))
        .because_all(link.case.dropped_for_the_table())
        .because_all(link.we_saw())
        .because_all(link.proxy_saw())
        .because_all(link.configured())
        .fix(larger(link, most))
}

fn larger(link: Link<'_, '_>, most: u64) -> Fix {
    let wanted = most.saturating_mul(2);
    let set = format!("net.netfilter.nf_conntrack_max={wanted}");
    let fix = Fix::new(format!("sysctl -w {set}, and see who holds so many connections"))
        .run(format!("sysctl -w {set}"), "makes room at once; some 300 bytes of memory each")
        .run(
            format!("echo 'net.netfilter.nf_conntrack_max = {wanted}' >> /etc/sysctl.d/90-gatewhy.conf"),
            "so that it lasts, where the module is loaded before the settings are (nf_conntrack in /etc/modules-load.d)",
        )
        .run(
            "conntrack -L 2>/dev/null | grep -o 'src=[^ ]*' | sort | uniq -c | sort -rn | head",
            "who holds the most",
        )
        .advise("shorten net.netfilter.nf_conntrack_tcp_timeout_established (5 days unless set), and let the proxy keep connections to its backend open (keepalive)");
    link.case.verified(fix)
}
