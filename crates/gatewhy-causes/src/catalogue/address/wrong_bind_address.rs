//! The backend listens on the right port, but not on the address that the proxy dials.
use crate::case::astray::{Told, weigh_astray};
use crate::case::elsewhere::Way;
use crate::case::link::Link;
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
    weigh_astray(
        case,
        |_, way| matches!(way, Way::OtherAddress | Way::OtherNetwork),
        tell,
    )
}

fn tell(link: Link<'_, '_>, told: &Told) -> Finding {
    let proxy = link.case.proxy_name();
    let address = link.address();
    let summary = match told.elsewhere.way {
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
