//! The proxy or the application has no name server to ask, or the one it asks does not
//! answer.
use crate::case::exchange::link::Link;
use crate::case::programs::kind::Kind;
use crate::case::routing::peer::Dial;
use crate::case::routing::route::source_of;
use crate::case::service::waits_for::{Awaited, What};
use crate::case::system::dns::{Named, Told};
use crate::prelude::*;
use gatewhy_facts::dns::lookup::Meaning;
use gatewhy_facts::symptom::Symptom;

cause! {
    /// There is no name server to ask, or it does not answer.
    ///
    /// ## How it looks
    ///
    /// 502 with `no resolver defined to resolve …`, or with `… could not be resolved (110:
    /// Operation timed out)` after `resolver_timeout`. Or 504: the application waits for
    /// the address of a partner, and answers nobody in the meantime.
    ///
    /// ## Why it happens
    ///
    /// A name in a variable needs `resolver`: nginx does not read `/etc/resolv.conf`. Or
    /// the address there is wrong, or that server is down. Applications ask the servers of
    /// `/etc/resolv.conf`, one after the other, five seconds each unless told otherwise.
    ///
    /// ## How to be sure
    ///
    /// No `resolver` is in force at that place, or the name server there does not answer a
    /// question sent by hand. Busy workers hold a socket to port 53 and have had no answer.
    ///
    /// ## How to fix it
    ///
    /// Set `resolver` to a name server that answers, such as the one in `/etc/resolv.conf`;
    /// for the application, mend that file.
    ///
    /// ## What looks the same
    ///
    /// `dns-name-not-found`: the server answers that there is no such name.
    id: "dns-resolver-failed",
    explains: ["worker-pool-exhausted", "backend-slow", "listen-backlog-full"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    let named = case.named_backends();
    let asked = named.iter().filter_map(|named| {
        let words = named.resolver.as_ref()?;
        Some(if words.is_empty() {
            no_resolver(case, named)
        } else {
            silent(case, named, words)
        })
    });
    let waiting = case.judge(workers_wait);
    let system = case
        .peers()
        .iter()
        .filter_map(|peer| system_silent(Link { case, peer }));
    asked
        .flatten()
        .chain(system)
        .take(1)
        .chain(waiting)
        .collect()
}

/// The proxy asks the system for the backend's name, and the system's name servers say
/// nothing. nginx does so only when it starts.
fn system_silent(link: Link<'_, '_>) -> Option<Verdict> {
    let case = link.case;
    let Dial::Name(name, _) = &link.peer.dial else {
        return None;
    };
    if case.proxy_kind() == Kind::Nginx {
        return None;
    }
    let resolved = case.resolved(name);
    let gap = resolved.gap()?;
    // What stands in the system's own file is asked of nobody.
    if gap.is_pending() || case.is_in_hosts_file(name) != Some(false) {
        return Some(Verdict::cannot_tell([gap]));
    }
    let mut words: Vec<String> = case
        .system_servers()
        .iter()
        .map(ToString::to_string)
        .collect();
    words.push("ipv6=off".to_owned());
    let told = match case.told_by_servers(name, &words) {
        Ok(told) => told,
        Err(gap) => return Some(Verdict::cannot_tell([&gap])),
    };
    let silent = |told: &Told| matches!(told.meaning, Meaning::NoAnswer(_));
    let first = told.first().filter(|_| told.iter().all(silent))?;
    let (proxy, shown_name) = (case.proxy_name(), shown(name.as_bytes()));
    let servers: Vec<String> = told
        .iter()
        .map(|told| told.server.ip().to_string())
        .collect();
    let servers = servers.join(", ");
    let summary = format!(
        "{proxy} asks the system for the address of {shown_name}, and its name server {servers} does not answer"
    );
    let finding = Finding::new(HopName::Proxy, servers.clone(), summary)
        .because_all(
            told.iter()
                .map(|told| Evidence::proof(told.words(name), &told.source)),
        )
        .because_all(case.failure_logged())
        .because_all(link.configured())
        .fix(mend_system(case, &servers, first));
    Some(finding.weigh())
}

fn mend_system(case: &Case<'_>, servers: &str, told: &Told) -> Fix {
    let fix = Fix::new(format!(
        "bring the name server {servers} back, or name another in /etc/resolv.conf"
    ))
    .run(
        format!(
            "dig +tries=1 +time=2 @{} {}",
            told.server.ip(),
            case.request.host
        ),
        "whether it answers now",
    )
    .advise(
        "name a server that answers in /etc/resolv.conf, or put the backend's name into /etc/hosts",
    );
    case.reloaded(fix)
}

/// The workers wait for a name server that says nothing.
fn workers_wait(link: Link<'_, '_>) -> Option<Verdict> {
    let stall = link.stall();
    let stall = stall.found()?;
    let awaited = link.awaits(stall);
    let mut asked = awaited
        .found()?
        .iter()
        .filter_map(|awaited| match awaited.what {
            What::Name(server) => Some((awaited, server)),
            _ => None,
        });
    let (awaited, server) = asked.next()?;
    // A few that wait for a name keep nobody from being served.
    if awaited.processes.saturating_mul(2) <= awaited.of {
        return None;
    }
    let case = link.case;
    let told = match case.told_by_servers(&case.request.host, &[server.to_string()]) {
        Ok(told) => told,
        Err(gap) => return Some(Verdict::cannot_tell([&gap])),
    };
    let told = told.first()?;
    if !matches!(told.meaning, Meaning::NoAnswer(_)) {
        return Some(Verdict::ruled_out(told.words(&case.request.host)));
    }
    let finding = unanswered(link, awaited, told);
    Some(finding.weigh().with_gaps(&stall.gaps))
}

fn unanswered(link: Link<'_, '_>, awaited: &Awaited, told: &Told) -> Finding {
    let case = link.case;
    let (program, server) = (link.program(), told.server.ip());
    let summary = format!(
        "{program} waits for the name server {server}, which does not answer ({} of {} busy workers)",
        awaited.processes, awaited.of
    );
    let fix = Fix::new(format!(
        "bring the name server {server} back, or name another in /etc/resolv.conf"
    ))
    .run(
        format!("dig +tries=1 +time=2 @{server} {}", case.request.host),
        "whether it answers now",
    )
    .advise("name a server that answers in /etc/resolv.conf (or in the settings that write it: resolvectl, NetworkManager, the DHCP server), with options timeout:1 attempts:2");
    let fix = match link.live_service().found() {
        Some(service) => fix.run(
            format!("systemctl restart {}", service.unit.id),
            "frees the workers, and lets the application read the file anew",
        ),
        None => fix,
    };
    Finding::new(HopName::Backend, server.to_string(), summary)
        .because(Evidence::proof(
            told.words(&case.request.host),
            &told.source,
        ))
        .because(awaited.evidence(link))
        .because_all(link.limit_line())
        .because_all(link.proxy_saw())
        .because_all(link.configured())
        .fix(case.verified(fix))
}

/// A name that is looked up at every request, and nobody to ask.
fn no_resolver(case: &Case<'_>, named: &Named) -> Option<Verdict> {
    let symptom = case.own_failure().and_then(|logged| logged.record.symptom);
    let sure = match symptom {
        Some(Symptom::NoResolver) => true,
        Some(_) => return None,
        None => false,
    };
    let name = shown(named.name.as_bytes());
    let summary = format!(
        "{name} is looked up at every request, because a variable names it, and nginx has no resolver to ask"
    );
    let place = source_of(&named.place);
    let line = Evidence::proof(
        "a variable names the backend here, and no resolver is in force",
        &place,
    )
    .with_excerpt(case.excerpt(&named.place));
    let in_hosts = case.in_hosts_file(&named.name);
    let mut fixes = vec![give_resolver(case, named), case.without_variable(named)];
    if in_hosts.is_some() {
        // A name server hardly knows a name of that file.
        fixes.reverse();
    }
    let finding = Finding::new(HopName::Proxy, name.to_string(), summary)
        .because(line)
        .because_all(case.failure_logged())
        .because_all(in_hosts);
    let finding = fixes.into_iter().fold(finding, Finding::fix);
    Some(if sure {
        finding.weigh()
    } else {
        Verdict::Suspected(finding.at_most(Strength::Strong))
    })
}

/// The name servers are there on paper, and do not answer.
fn silent(case: &Case<'_>, named: &Named, words: &[String]) -> Option<Verdict> {
    let told = match case.told_by_servers(&named.name, words) {
        Ok(told) => told,
        Err(gap) => return Some(Verdict::cannot_tell([&gap])),
    };
    if let Some(answer) = told.iter().find(|told| told.is_answer()) {
        let doubted = case
            .own_failure()
            .is_some_and(|logged| is_about_lookup(logged.record.symptom));
        return doubted.then(|| Verdict::ruled_out(answer.words(&named.name)));
    }
    let first = told.first()?;
    let servers: Vec<String> = told.iter().map(|told| told.server.to_string()).collect();
    let summary = format!(
        "{}'s name server {} does not tell the address of {}",
        case.proxy_name(),
        servers.join(", "),
        shown(named.name.as_bytes())
    );
    let evidence = told
        .iter()
        .map(|told| Evidence::proof(told.words(&named.name), &told.source));
    let finding = Finding::new(HopName::Proxy, first.server.to_string(), summary)
        .because_all(evidence)
        .because_all(case.failure_logged())
        .because_all(resolver_line(case))
        .fix(mend(case, first));
    Some(finding.weigh())
}

const fn is_about_lookup(symptom: Option<Symptom>) -> bool {
    use Symptom as S;
    matches!(
        symptom,
        Some(
            S::NameTimeout
                | S::NameServerFailure
                | S::NameQueryRefused
                | S::NameLookupFailed
                | S::NameNotFound
                | S::ResolverUnreachable
                | S::ResolverAnswerOdd
        )
    )
}

fn resolver_line(case: &Case<'_>) -> Option<Evidence> {
    let place = case.settings()?.resolver.as_ref()?.place.as_ref()?;
    let evidence = Evidence::weak("nginx asks the name server named here", &source_of(place));
    Some(evidence.with_excerpt(case.excerpt(place)))
}

fn give_resolver(case: &Case<'_>, named: &Named) -> Fix {
    let server = case
        .system_servers()
        .first()
        .map_or_else(|| "NAMESERVER".to_owned(), ToString::to_string);
    let title = format!("give nginx a resolver: resolver {server} valid=30s;");
    let Some(line) = case.line_text(&named.place) else {
        return case.reloaded(Fix::new(title).advise(format!(
            "add resolver {server} valid=30s; in front of the directive"
        )));
    };
    let after = format!("resolver {server} valid=30s; {line}");
    case.nginx_edit(
        &title,
        &named.place,
        (&line, &after),
        "a name server that knows the name; /etc/hosts is not asked",
    )
}

fn mend(case: &Case<'_>, told: &Told) -> Fix {
    let own: Vec<String> = case
        .system_servers()
        .iter()
        .map(ToString::to_string)
        .collect();
    let other = if own.is_empty() {
        String::new()
    } else {
        format!(" (the system itself asks {})", own.join(", "))
    };
    let fix = Fix::new(format!(
        "bring the name server {} back, or let nginx ask another",
        told.server
    ));
    let fix = fix.run(
        format!("ss -lnup 'sport = :{}'", told.server.port()),
        "shows whether anybody listens there, if it is this host",
    );
    let fix = fix.advise(format!(
        "start it, or name another server in resolver{other}"
    ));
    case.reloaded(fix)
}
