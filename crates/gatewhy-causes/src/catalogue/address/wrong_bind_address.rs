//! The backend listens on the right port, but not on the address that the proxy dials.
use crate::case::exchange::link::Link;
use crate::case::exchange::wrong_address::{Told, weigh_astray};
use crate::case::service::listens_elsewhere::Way;
use crate::prelude::*;

cause! {
    /// The backend listens on the right port, but not on the address that the proxy dials.
    ///
    /// ## How it looks
    ///
    /// 502 at once with `connect() failed (111: Connection refused)`, though `ss -ltn`
    /// shows the port.
    ///
    /// ## Why it happens
    ///
    /// It listens on `::1` and the proxy dials `127.0.0.1`, or on one interface and the
    /// proxy dials another. `localhost` stands for both loopback addresses.
    ///
    /// ## How to be sure
    ///
    /// The port is listened on, at another address; a connection there is answered.
    ///
    /// ## How to fix it
    ///
    /// Let both say the same address: `127.0.0.1` in both, or let the backend listen on
    /// all.
    ///
    /// ## What looks the same
    ///
    /// `firewall-blocked`: somebody listens on that very address. `wrong-port`: another
    /// port.
    id: "wrong-bind-address",
    explains: ["no-live-upstream"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    let mut verdicts = weigh_astray(
        case,
        |_, way| matches!(way, Way::OtherAddress | Way::OtherNetwork),
        tell,
    );
    verdicts.extend(case.judge(|link| inside(link)));
    verdicts
}

/// The address is another container's on this host, and the server in it listens on
/// its loopback only.
fn inside(link: Link<'_, '_>) -> Option<Verdict> {
    let address = link.peer.dial.tcp()?;
    let network = match link.backend_apart()? {
        Fact::Found(network, _) => network,
        Fact::Absent(_) | Fact::Unknown(_) => return None,
    };
    let place = network.place();
    let Some(bound) = network.bound_inside(address.port()) else {
        let nobody = network.nobody_on(address.port())?;
        return Some(Verdict::ruled_out(nobody.text));
    };
    let summary = format!(
        "the server in {place} listens on {}, its own loopback; nobody outside reaches {address}",
        bound.local
    );
    let text = format!(
        "in {place}, {} is listened on and {address} is not",
        bound.local
    );
    let fix = Fix::new(format!(
        "let the server in {place} listen on 0.0.0.0:{}",
        address.port()
    ))
    .advise("set its host to 0.0.0.0 (HOST, --host, --bind), and restart the container")
    .advise("the port needs no publishing for a proxy on the same host or network");
    let finding = Finding::new(HopName::Backend, address.to_string(), summary)
        .because(Evidence::proof(text, &network.source))
        .because_all(link.we_saw())
        .because_all(link.proxy_saw())
        .because_all(link.configured())
        .fix(link.case.verified(fix));
    Some(finding.weigh())
}

fn tell(link: Link<'_, '_>, told: &Told) -> Finding {
    let proxy = link.case.proxy_name();
    let address = link.address();
    let summary = match told.elsewhere.way {
        Way::OtherNetwork if link.case.proxy_apart().is_some() => format!(
            "{proxy} runs in {}, where {address} is that place itself; {} runs outside",
            link.case.proxy_place().unwrap_or_default(),
            told.who(),
        ),
        Way::OtherNetwork => format!(
            "{} runs in a network of its own, where {proxy} cannot reach {address}{}",
            told.who(),
            told.private()
        ),
        _ => format!("nobody listens on {address}; {}", told.whereabouts()),
    };
    let finding = Finding::new(HopName::Backend, address, summary);
    told.fixes(link, finding)
}
