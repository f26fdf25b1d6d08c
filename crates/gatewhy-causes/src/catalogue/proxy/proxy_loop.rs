//! The proxy sends the request to itself.
use crate::case::gateway::own_ring::Circle;
use crate::case::routing::route::source_of;
use crate::case::system::host::sockets_source;
use crate::prelude::*;

cause! {
    /// The proxy sends the request to itself.
    ///
    /// ## How it looks
    ///
    /// 500, 502 or 504 after a while, or 400 once the headers have grown too large; one
    /// visitor gives hundreds of lines in the access log, and nginx logs `worker_connections
    /// are not enough`.
    ///
    /// ## Why it happens
    ///
    /// `proxy_pass` names nginx's own address and port: a wrong port, a name that leads back
    /// to this host, or two servers that pass to each other.
    ///
    /// ## How to be sure
    ///
    /// The address that is dialled is a socket that this nginx itself holds, and the request
    /// that arrives there is passed to the same address again.
    ///
    /// ## How to fix it
    ///
    /// Name the application's address in `proxy_pass`.
    ///
    /// ## What looks the same
    ///
    /// Two proxies in a row are no loop: the second passes on to something else.
    /// `proxy-out-of-connections` without a loop.
    id: "proxy-loop",
    explains: ["proxy-out-of-connections", "backend-answered-error", "backend-hung", "backend-slow", "response-closed-early", "response-header-too-big", "proxy-out-of-files"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    if case.is_healthy() != Some(false) {
        return Vec::new();
    }
    match case.circle() {
        Fact::Absent(_) | Fact::Unknown(_) => Vec::new(),
        Fact::Found(circle, _) => vec![verdict(case, circle)],
    }
}

fn verdict(case: &Case<'_>, circle: &Circle) -> Verdict {
    let way = circle.way();
    let summary = match circle.passes.as_slice() {
        [only] => format!(
            "nginx sends the request to itself: it dials {}, where it listens itself",
            only.dial
        ),
        _ => format!("nginx sends the request round in a circle: {way}"),
    };
    let sockets = circle.passes.iter().map(|pass| {
        let text = format!("nginx itself listens on {}", pass.dial);
        Evidence::proof(text, &sockets_source())
    });
    let lines = circle.passes.iter().map(|pass| {
        let text = format!(
            "and passes what arrives there for {} to {}",
            pass.host, pass.dial
        );
        Evidence::strong(text, &source_of(&pass.place)).with_excerpt(case.excerpt(&pass.place))
    });
    let logged = case.own_failure().map(|logged| {
        let text = format!("nginx logged for our request: {}", logged.message());
        Evidence::strong(text, &logged.source)
    });
    let finding = Finding::new(HopName::Proxy, way.clone(), summary)
        .because_all(sockets)
        .because_all(lines)
        .because_all(logged)
        .fix(fix(case, circle));
    let sure = case.route_gaps().is_empty() && !case.files_may_be_unknown_to_nginx();
    let most = if sure {
        Strength::Proof
    } else {
        Strength::Strong
    };
    finding.at_most(most).weigh()
}

fn fix(case: &Case<'_>, circle: &Circle) -> Fix {
    let place = circle.passes.first().map(|pass| &pass.place);
    let at = place.map(|place| format!("{}:{}", place.file, place.span.line));
    let at = at.unwrap_or_else(|| "nginx's configuration".to_owned());
    let fix = Fix::new(format!("name the application's own address in {at}"))
        .run("ss -ltnxp", "where the application listens")
        .advise(format!("name that address in {at}"));
    case.reloaded(fix)
}
