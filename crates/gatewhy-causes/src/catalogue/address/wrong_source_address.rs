//! The proxy shall connect from an address that this host does not have.
use crate::case::exchange::direct::Direct;
use crate::case::exchange::link::Link;
use crate::case::programs::kind::Kind;
use crate::case::remedies::insert::Wanted;
use crate::case::routing::route::source_of;
use crate::case::routing::source_address::{SourceAddress, address};
use crate::prelude::*;
use core::net::IpAddr;
use gatewhy_facts::symptom::Symptom;

cause! {
    /// The proxy shall connect from an address that this host does not have.
    ///
    /// ## How it looks
    ///
    /// 500 from nginx at once, with `bind(198.51.100.7) failed (99: Cannot assign
    /// requested address) while connecting to upstream`. HAProxy answers 503, with `SC` or
    /// `RC` in the termination state, though the server listens. Apache httpd logs `AH00956`, and goes on with another
    /// address.
    ///
    /// ## Why it happens
    ///
    /// `proxy_bind` (`source` in HAProxy) names the address that connections to the
    /// backend come from, often because a firewall there lets only that one in. The address moved to another machine, was not set up again after a
    /// restart, or the configuration came from another host.
    ///
    /// ## How to be sure
    ///
    /// `ip address` does not show the address, and the same request sent to the backend
    /// from this host is answered.
    ///
    /// ## How to fix it
    ///
    /// Give the host its address back, so that it is there after the next boot as well;
    /// or name one that it has; or take the directive out, where the backend lets any of
    /// this host's addresses in.
    ///
    /// ## What looks the same
    ///
    /// `connect() … failed (99: …)` has the same number and another reason: no local
    /// port is left (`ephemeral-ports-exhausted`). `bind() to 0.0.0.0:80 failed` is
    /// about an address that the proxy listens on.
    id: "wrong-source-address",
    explains: ["no-live-upstream"],
    weigh: weigh,
}

/// `EADDRNOTAVAIL`.
const NO_ADDRESS: u16 = 99;

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| {
        let logged = link.own_record()?;
        let set = link.source_address();
        let told = logged.record.text.as_deref().and_then(address);
        let ip = told.or(set.as_ref().and_then(|set| set.ip));
        let missing = ip.and_then(|ip| link.has_not(ip));
        let fits = match logged.record.symptom? {
            Symptom::SourceAddressUnusable => logged.record.errno == Some(NO_ADDRESS),
            // HAProxy says no more than that no connection was made.
            Symptom::NoLocalAddress | Symptom::ConnectFailed => {
                let reached = link.direct().found().is_some_and(Direct::is_good);
                link.case.proxy_kind() == Kind::Haproxy && missing.is_some() && reached
            }
            _ => false,
        };
        fits.then(|| tell(link, ip, set, missing).weigh())
    })
}

fn tell(
    link: Link<'_, '_>,
    ip: Option<IpAddr>,
    set: Option<SourceAddress>,
    missing: Option<Evidence>,
) -> Finding {
    let case = link.case;
    let shown = ip.map_or_else(|| "an address".to_owned(), |ip| ip.to_string());
    let summary = format!(
        "{} shall connect to {} from {shown}, which this host does not have",
        case.proxy_name(),
        link.address()
    );
    let finding = Finding::new(HopName::Proxy, shown.clone(), summary)
        .because_all(missing)
        .because_all(link.proxy_saw())
        .because_all(set.as_ref().map(|set| configured(case, set)))
        .because_all(link.we_saw())
        .fix(give_back(case, &shown));
    match set.and_then(|set| any_address(case, set.any?)) {
        Some(fix) => finding.fix(fix),
        None => finding,
    }
}

fn configured(case: &Case<'_>, set: &SourceAddress) -> Evidence {
    let text = format!("{} sets it", set.directive);
    Evidence::strong(text, &source_of(&set.place)).with_excerpt(case.excerpt(&set.place))
}

fn give_back(case: &Case<'_>, shown: &str) -> Fix {
    let fix = Fix::new(format!("give this host {shown} back"))
        .run("ip -brief address", "the addresses that it has")
        .advise(format!(
            "ip address add {shown} dev INTERFACE brings it back until the next boot; put it into the network's configuration as well"
        ));
    case.verified(fix)
}

/// Lets the system choose the address.
fn any_address(case: &Case<'_>, wanted: Wanted) -> Option<Fix> {
    let fix = Fix::new("or let the system choose the address");
    let why = "any address of this host, which the backend has to let in";
    let fix = case.set_for_backend(fix, &[wanted], why)?;
    Some(case.reloaded(fix))
}
