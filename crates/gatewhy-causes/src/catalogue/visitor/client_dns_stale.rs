//! The visitor's machine uses an address that the name no longer has.
use crate::case::from_outside::stale_name::StaleName;
use crate::prelude::*;

cause! {
    /// This machine uses an address for the site that its name no longer has.
    ///
    /// ## How it looks
    ///
    /// The site fails from here, or for some visitors, and works for everybody else.
    ///
    /// ## Why it happens
    ///
    /// A line in the hosts file from a test or a move, or a resolver that keeps an old answer.
    ///
    /// ## How to be sure
    ///
    /// The name servers tell another address, and the site answers well there.
    ///
    /// ## How to fix it
    ///
    /// Remove the line; or empty the resolver's cache, and lower the record's TTL before the
    /// next move.
    ///
    /// ## What looks the same
    ///
    /// `dns-stale-address`: the proxy, and not the visitor, uses an old address.
    id: "client-dns-stale",
    explains: [],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    if !case.is_outside() || case.request.dial.is_some() {
        return Vec::new();
    }
    match case.stale_name() {
        Some(stale) => vec![verdict(case, &stale)],
        None if case.servers_agree() == Some(true) => {
            vec![Verdict::ruled_out(
                "every name server tells the addresses that are used",
            )]
        }
        None => Vec::new(),
    }
}

fn verdict(case: &Case<'_>, stale: &StaleName) -> Verdict {
    let host = &case.request.host;
    let seen = match &stale.seen {
        Err(gap) => return Verdict::cannot_tell([gap]),
        Ok(_) if !stale.good => {
            return Verdict::ruled_out(format!(
                "the site fails at {}, its other address, as well",
                stale.other
            ));
        }
        Ok(seen) => seen.clone(),
    };
    let used: Vec<String> = stale.used.iter().map(ToString::to_string).collect();
    let used = used.join(", ");
    let summary = format!(
        "this machine takes {host} for {used}; the site answers at {}",
        stale.other
    );
    let fix = match &stale.hosts {
        Some(line) => {
            let at = line
                .source
                .line
                .map_or_else(String::new, |line| format!(":{line}"));
            Fix::new(format!("remove {host} from {}{at}", line.source.place))
        }
        None => Fix::new("empty the resolver's cache, or wait until the old answer's TTL is over")
            .run("resolvectl flush-caches", "where systemd-resolved runs"),
    };
    let fix = fix.verify(format!("getent ahosts {host}"), stale.other.to_string());
    Finding::new(HopName::Resolver, host.clone(), summary)
        .because(seen)
        .because_all(stale.hosts.clone())
        .because(stale.told.clone())
        .fix(fix)
        .weigh()
}
