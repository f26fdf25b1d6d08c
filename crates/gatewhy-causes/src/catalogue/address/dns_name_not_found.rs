//! The backend's name has no address.
use crate::case::exchange::link::Link;
use crate::case::programs::kind::Kind;
use crate::case::routing::peer::Dial;
use crate::case::routing::route::source_of;
use crate::case::system::dns::{Named, Told};
use crate::prelude::*;

cause! {
    /// The backend's name has no address.
    ///
    /// ## How it looks
    ///
    /// 502 with `… could not be resolved (3: Host not found)`.
    ///
    /// ## Why it happens
    ///
    /// A typing error, a name that was removed, or a name that only `/etc/hosts` or the
    /// search domain knows: nginx's `resolver` uses neither.
    ///
    /// ## How to be sure
    ///
    /// The name server that nginx uses answers NXDOMAIN, or has no address for the name.
    ///
    /// ## How to fix it
    ///
    /// Correct the name, or add it to the zone. For names of `/etc/hosts`, do not use a
    /// variable: then the system's resolver is asked, once, at start.
    ///
    /// ## What looks the same
    ///
    /// `dns-resolver-failed`: the name server does not answer.
    id: "dns-name-not-found",
    explains: [],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    let named = case.named_backends();
    let told = named.iter().filter_map(|named| judge(case, named));
    told.chain(unknown_to_the_system(case)).collect()
}

/// Names that the proxy asks the system for, at every request or every start, and that
/// the system does not know. nginx does not start with one.
fn unknown_to_the_system(case: &Case<'_>) -> Vec<Verdict> {
    if case.proxy_kind() == Kind::Nginx || case.is_healthy() != Some(false) {
        return Vec::new();
    }
    let asks_others: Vec<_> = case
        .named_backends()
        .into_iter()
        .map(|named| named.name)
        .collect();
    let unknown = case.peers().iter().filter_map(|peer| {
        let Dial::Name(name, _) = &peer.dial else {
            return None;
        };
        let link = Link { case, peer };
        if asks_others.contains(name) {
            return None;
        }
        match case.resolved(name) {
            Fact::Unknown(gap) => Some(Verdict::cannot_tell([&gap])),
            Fact::Found(all, _) if !all.is_empty() => None,
            Fact::Found(_, source) | Fact::Absent(source) => {
                Some(unknown_name(link, name, &source).weigh())
            }
        }
    });
    unknown.collect()
}

fn unknown_name(link: Link<'_, '_>, name: &str, source: &Source) -> Finding {
    let case = link.case;
    let name = shown(name.as_bytes());
    let summary = format!("the backend's name {name} has no address on this host");
    let fix = Fix::new(format!("correct the name {name}, or make it known"))
        .run(format!("getent ahosts {}", shell::word(&name.to_string())), "what the system says of it")
        .advise("put the name back into its zone or into /etc/hosts, or change it in the proxy's configuration");
    Finding::new(HopName::Proxy, name.to_string(), summary)
        .because(Evidence::proof(
            format!("the system knows no address for {name}"),
            source,
        ))
        .because_all(
            link.proxy_saw()
                .into_iter()
                .chain(case.failure_logged())
                .take(1),
        )
        .because_all(link.configured())
        .fix(case.reloaded(fix))
}

fn judge(case: &Case<'_>, named: &Named) -> Option<Verdict> {
    let words = named.resolver.as_ref().filter(|words| !words.is_empty())?;
    let told = match case.told_by_servers(&named.name, words) {
        Ok(told) => told,
        Err(gap) => return Some(Verdict::cannot_tell([&gap])),
    };
    let none = told.iter().find(|told| told.is_none())?;
    let some = told.iter().any(|told| told.is_answer() && !told.is_none());
    let finding = missing(case, named, none);
    // With several servers nginx asks one after the other: it fails now and then.
    Some(if some {
        Verdict::Suspected(finding.at_most(Strength::Strong))
    } else {
        finding.weigh()
    })
}

fn missing(case: &Case<'_>, named: &Named, told: &Told) -> Finding {
    let proxy = case.proxy_name();
    let name = shown(named.name.as_bytes());
    let summary = format!(
        "the backend's name {name} has no address at the name server that {proxy} asks, {}",
        told.server
    );
    let place = source_of(&named.place);
    let line = Evidence::weak(format!("{proxy} looks {name} up for this request"), &place)
        .with_excerpt(case.excerpt(&named.place));
    let system = case.resolved(&named.name);
    let knows = system.found().filter(|all| !all.is_empty());
    let elsewhere = knows.zip(system.source()).map(|(all, source)| {
        let all: Vec<String> = all.iter().map(ToString::to_string).collect();
        Evidence::strong(
            format!("the system itself knows it: {}", all.join(", ")),
            source,
        )
    });
    let finding = Finding::new(HopName::Proxy, name.to_string(), summary)
        .because(Evidence::proof(told.words(&named.name), &told.source))
        .because_all(case.failure_logged())
        .because_all(elsewhere)
        .because_all(case.in_hosts_file(&named.name))
        .because(line);
    let finding = if knows.is_some() {
        finding.fix(case.without_variable(named))
    } else {
        finding
    };
    finding.fix(correct(case, named, told))
}

fn correct(case: &Case<'_>, named: &Named, told: &Told) -> Fix {
    let name = shown(named.name.as_bytes());
    let fix = Fix::new(format!(
        "correct the name {name}, or put it back into its zone"
    ));
    let fix = fix.run(
        format!("dig @{} -p {} {name}", told.server.ip(), told.server.port()),
        "what that name server says of it",
    );
    let fix = fix.advise("put the name back into the zone, or change the name in the proxy's configuration, test that and reload");
    case.verified(fix)
}
