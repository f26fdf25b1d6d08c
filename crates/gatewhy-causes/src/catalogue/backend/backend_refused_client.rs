//! The backend accepts the proxy's connection and closes it at once, because this client may not speak to it.
use crate::case::exchange::link::Link;
use crate::case::routing::route;
use crate::case::software::fpm::PoolOf;
use crate::case::software::tomcat::Placed;
use crate::prelude::*;
use core::net::IpAddr;

cause! {
    /// The backend accepts the proxy's connection and closes it at once, because this client may not speak to it.
    ///
    /// ## How it looks
    ///
    /// A 502 at once on every request, with `recv() failed (104: Connection reset by
    /// peer)` or `upstream prematurely closed connection`; the backend's own log is
    /// usually silent.
    ///
    /// ## Why it happens
    ///
    /// PHP-FPM's `listen.allowed_clients` does not name the address that the proxy
    /// comes from: the proxy moved, or comes by IPv6, or by the host's other address.
    /// Tomcat's AJP connector has a `secret`, and Apache sends none: it answers 403.
    ///
    /// ## How to be sure
    ///
    /// The pool has such a list, and the address from which the proxy connects is not
    /// on it; a connection from there is closed without an answer.
    ///
    /// ## How to fix it
    ///
    /// Add the proxy's address to the list, and restart PHP-FPM.
    ///
    /// ## What looks the same
    ///
    /// `backend-crashed`: a worker dies, and says so in the log. `protocol-mismatch`:
    /// the backend speaks something else.
    id: "backend-refused-client",
    explains: ["response-closed-early", "protocol-mismatch"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| {
        match link.unsaid_secret() {
            Fact::Found(at, _) if case.seen_status() == Some(403) => {
                return Some(without_secret(link, &at).weigh());
            }
            Fact::Unknown(gap) => return Some(Verdict::cannot_tell([&gap])),
            Fact::Found(..) | Fact::Absent(_) => {}
        }
        let guests = link.guests()?;
        if guests.is_welcome() {
            let why = format!("listen.allowed_clients names {}", guests.from);
            return Some(Verdict::ruled_out(why));
        }
        Some(refused(link, &guests.pool, guests.from, &guests.allowed).weigh())
    })
}

/// Tomcat answers 403 to whoever does not name its connector's secret.
fn without_secret(link: Link<'_, '_>, at: &Placed) -> Finding {
    let (proxy, address) = (link.case.proxy_name(), link.address());
    let source = Source::new(at.file.to_string()).at_line(at.connector.line);
    let connector = at.connector.written();
    let summary = format!(
        "Tomcat on {address} wants a secret with every request, and {proxy} sends none: it answers 403"
    );
    let fix = Fix::new(format!("let {proxy} send the secret"))
        .advise(format!("add secret=… to the line that leads to {address} (ProxyPass or BalancerMember), with the value of secret=\"…\" in {}:{}", at.file, at.connector.line))
        .advise("where only this host can reach the connector (address=\"127.0.0.1\"): secretRequired=\"false\" and no secret, then restart Tomcat");
    Finding::new(HopName::Backend, address, summary)
        .because(Evidence::strong(
            format!("{connector} has a secret, and secretRequired is not false"),
            &source,
        ))
        .because(Evidence::strong(
            format!("no line of {proxy}'s configuration names one (secret=…)"),
            &Source::new(link.case.config_path().to_string()),
        ))
        .because_all(link.we_saw())
        .because_all(link.configured())
        .fix(link.case.reloaded(fix))
}

fn refused(link: Link<'_, '_>, pool: &PoolOf<'_>, from: IpAddr, allowed: &[String]) -> Finding {
    let proxy = link.case.proxy_name();
    let list = allowed.join(",");
    let summary = format!(
        "pool {} of {} talks to {list} only, and {proxy} comes from {from}",
        pool.pool.name, pool.fpm.unit
    );
    let finding = Finding::new(HopName::Backend, pool.fpm.unit.clone(), summary);
    let Some(setting) = pool.pool.allowed_clients() else {
        return finding;
    };
    let source = route::source_of(&setting.place);
    let line = format!("listen.allowed_clients = {list}");
    let finding = finding.because(Evidence::proof(
        format!("{line}: {from} is not on it"),
        &source,
    ));
    let finding = finding
        .because_all(link.we_saw())
        .because_all(link.proxy_saw())
        .because_all(link.configured());
    let fix = Fix::new(format!("add {from} to listen.allowed_clients"))
        .edit(
            (&setting.place.file, setting.place.span.line),
            (&line, &format!("{line},{from}")),
            "lets the proxy in",
        )
        .run(
            format!("systemctl restart {}", pool.fpm.unit),
            "takes it up",
        );
    finding.fix(link.case.verified(fix))
}
