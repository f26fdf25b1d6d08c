//! The proxy and the backend speak different protocols.
use crate::case::exchange::link::Link;
use crate::case::exchange::proxy_header::Demanding;
use crate::case::exchange::spoken_protocol::Spoken;
use crate::case::remedies::converse::name;
use crate::case::routing::peer::Protocol;
use crate::case::routing::route::source_of;
use crate::prelude::*;
use gatewhy_facts::symptom::Symptom;

cause! {
    /// The proxy and the backend speak different protocols.
    ///
    /// ## How it looks
    ///
    /// 502, with `upstream sent unsupported FastCGI protocol version: 72`, `upstream
    /// prematurely closed connection`, `wrong version number`, or a page of garbage.
    ///
    /// ## Why it happens
    ///
    /// `proxy_pass` to a FastCGI, uwsgi or TLS port, `fastcgi_pass` to an HTTP server,
    /// `https://` to a plain port. The PROXY protocol, a header that says who the visitor is:
    /// a server that expects it hangs up on whoever comes without, the proxy's own listener
    /// as well; one that does not expect it takes it for a request, and answers 400 to every
    /// visitor. Numbers in the messages are letters of the other protocol: 72 is `H`.
    ///
    /// ## How to be sure
    ///
    /// Ask the backend in both protocols: it answers the other one.
    ///
    /// ## How to fix it
    ///
    /// Use the directive or scheme of the protocol that the backend speaks.
    ///
    /// ## What looks the same
    ///
    /// `tls-version-mismatch`: both speak TLS. `response-header-too-big`: the right
    /// protocol, too much of it.
    id: "protocol-mismatch",
    explains: [
        "response-header-invalid", "response-closed-early", "tls-handshake-failed",
        "keepalive-race", "backend-hung", "backend-slow",
    ],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    match case.demands_header() {
        Fact::Found(demanding, _) => return vec![header_demanded(case, &demanding).weigh()],
        Fact::Unknown(gap) => return vec![Verdict::cannot_tell([&gap])],
        Fact::Absent(_) => {}
    }
    case.judge(|link| {
        if link.listener().is_absent() || link.nobody_answers_the_door() {
            return None;
        }
        if let Some(stranger) = link.stranger().found() {
            let why = format!(
                "{} is no web backend in any protocol: the address is wrong",
                stranger.program
            );
            return Some(Verdict::ruled_out(why));
        }
        match link.supplanted() {
            Fact::Found(down, _) => {
                let unit = down.unit();
                let why = format!("{unit} is set up to listen there, and another program does");
                return Some(Verdict::ruled_out(why));
            }
            Fact::Unknown(gap) => return Some(Verdict::cannot_tell([&gap])),
            Fact::Absent(_) => {}
        }
        if let Some(confused) = unexpected_header(link) {
            return Some(confused);
        }
        match link.speaks_instead() {
            Fact::Found(spoken, _) => Some(mismatch(link, &spoken).weigh()),
            Fact::Absent(_) => proxy_header(link).or_else(|| other_reason(link)),
            Fact::Unknown(gap) => Some(Verdict::cannot_tell([&gap])),
        }
    })
}

/// The proxy itself hangs up on visitors who do not begin with the header. Whether a load
/// balancer elsewhere, which sends it, stands before it is not known here.
fn header_demanded(case: &Case<'_>, demanding: &Demanding) -> Finding {
    let (proxy, word) = (case.proxy_name(), demanding.word);
    let door = case
        .entrance()
        .found()
        .map_or_else(String::new, ToString::to_string);
    let summary = format!(
        "{proxy} expects the PROXY protocol on {door} ({word}) and hangs up on whoever comes without it; with it, the answer is {}",
        demanding.with.words(case.request.patience_ms)
    );
    let seen = format!(
        "asked with a PROXY header first: {}",
        demanding.with.words(case.request.patience_ms)
    );
    let line = Evidence::strong("the listener", &source_of(&demanding.place))
        .with_excerpt(case.excerpt(&demanding.place));
    let balancer = Fix::new("where a load balancer stands before it: let that send the header")
        .advise("visitors then come through it, and this host answers nobody else; where it sends the header already, all is as it should be")
        .run(format!("curl -sk -o /dev/null -w '%{{http_code}}\\n' --haproxy-protocol {}", shell::quoted(&case.request.url)), "asks as the load balancer does");
    let bare = Fix::new(format!("where visitors come directly: take {word} away")).advise(format!(
        "remove {word} from {}:{}",
        demanding.place.file, demanding.place.span.line
    ));
    Finding::new(HopName::Proxy, door, summary)
        .because(Evidence::proof(seen, &demanding.source))
        .because_all(case.own_fate())
        .because(line)
        .fix(case.verified(balancer))
        .fix(case.reloaded(bare))
}

/// A server that wants the PROXY protocol first, and gets none.
fn proxy_header(link: Link<'_, '_>) -> Option<Verdict> {
    let (outcome, source) = match link.wants_proxy_header() {
        Fact::Found(outcome, source) => (outcome, source),
        Fact::Unknown(gap) => return Some(Verdict::cannot_tell([&gap])),
        Fact::Absent(_) => return None,
    };
    let (address, program) = (link.address(), link.program());
    let proxy = link.case.proxy_name();
    let lacks = match link.can_send_proxy_header() {
        Some(directive) => format!("{proxy} sends none: {directive} is missing"),
        None => format!("{proxy} does not speak it here"),
    };
    let summary = format!("{program} on {address} expects the PROXY protocol first, and {lacks}");
    let seen = format!("asked with a PROXY header first, {}", outcome.words());
    let fix = Fix::new(format!("let {program} take connections without it on {address}"))
        .advise(format!("take proxy_protocol (nginx), accept-proxy (HAProxy), RemoteIPProxyProtocol (Apache) or --proxy-protocol off {program}'s listener on {address}, or give it a second listener without it; then restart it"))
        .advise("visitors' addresses then go in X-Forwarded-For where HTTP is spoken");
    let finding = Finding::new(HopName::Backend, address, summary)
        .because(Evidence::proof(seen, &source))
        .because_all(link.we_saw())
        .because_all(link.proxy_saw())
        .because_all(link.missed_header())
        .because_all(link.configured());
    let finding = match link.header_sent_too() {
        Some(sent) => finding.fix(sent),
        None => finding,
    };
    Some(finding.fix(link.case.verified(fix)).weigh())
}

/// A server that takes the header of the PROXY protocol for a request, or a handshake.
fn unexpected_header(link: Link<'_, '_>) -> Option<Verdict> {
    let (confused, source) = match link.trips_over_proxy_header() {
        Fact::Found(confused, source) => (confused, source),
        Fact::Unknown(gap) => return Some(Verdict::cannot_tell([&gap])),
        Fact::Absent(_) => return None,
    };
    let (address, program) = (link.address(), link.program());
    let proxy = link.case.proxy_name();
    let summary = format!(
        "{proxy} begins with a header of the PROXY protocol, which {program} on {address} does not expect"
    );
    let without = format!("asked without that header, {}", confused.without.words());
    let with = format!("asked with it, as {proxy} does, {}", confused.with.words());
    let fix = Fix::new(format!("or let {program} expect it on {address}")).advise(format!(
        "where {program} shall know visitors' addresses: listen … proxy_protocol with set_real_ip_from (nginx), RemoteIPProxyProtocol On (Apache), accept-proxy (HAProxy) at its listener on {address}, if nobody else connects there without it"
    ));
    let finding = Finding::new(HopName::Backend, address, summary)
        .because(Evidence::proof(without, &source))
        .because(Evidence::strong(with, &source))
        .because_all(link.proxy_saw())
        .because_all(link.header_configured());
    let finding = match link.header_left_out() {
        Some(left_out) => finding.fix(left_out),
        None => finding,
    };
    Some(finding.fix(link.case.verified(fix)).weigh())
}

/// A message that sounds like it, and a backend that answers in the right protocol.
fn other_reason(link: Link<'_, '_>) -> Option<Verdict> {
    let direct = link.direct();
    let seen = direct.found()?;
    let alike = link.own_symptom().is_some_and(sounds_like_it);
    (alike && seen.is_good()).then(|| {
        Verdict::ruled_out(format!(
            "asked directly in {}, {}",
            name(link.peer.protocol),
            seen.outcome.words()
        ))
    })
}

/// What a proxy sees of a backend that does not understand it.
const fn sounds_like_it(symptom: Symptom) -> bool {
    use Symptom as S;
    matches!(
        symptom,
        S::StatusLineMissing
            | S::FastCgiVersion
            | S::FastCgiRecordInvalid
            | S::TlsNotSpoken
            | S::TlsClosed
            | S::Http2FrameTooLarge
            | S::Http2Invalid
            | S::HeaderInvalid
            | S::ClosedBeforeResponse
            | S::ResetBeforeResponse
            | S::ResponseTimeout
    )
}

fn mismatch(link: Link<'_, '_>, spoken: &Spoken) -> Finding {
    let proxy = link.case.proxy_name();
    let (ours, theirs) = (name(link.peer.protocol), name(spoken.protocol));
    let address = link.address();
    let program = link.program();
    let summary = format!("{proxy} speaks {ours} to {address}, where {program} speaks {theirs}");
    let finding = Finding::new(HopName::Backend, address, summary)
        .because(Evidence::proof(spoken.seen.clone(), &spoken.source))
        .because_all(link.we_saw())
        .because_all(link.proxy_saw())
        .because_all(link.decoded())
        .because_all(link.configured());
    let finding = finding.fix(link.speak_instead(spoken.protocol));
    match (link.peer.protocol, spoken.protocol) {
        (Protocol::Http, Protocol::Https) => finding.fix(plain_again(link)),
        _ => finding,
    }
}

/// The other way round: the backend was switched to TLS, perhaps by mistake.
fn plain_again(link: Link<'_, '_>) -> Fix {
    let proxy = link.case.proxy_name();
    let unit = link.live_service();
    let who = unit
        .found()
        .map_or_else(|| link.program(), |service| service.unit.id.clone());
    let fix = Fix::new(format!("or switch TLS off in {who}"));
    link.case.verified(fix.advise(format!(
        "if TLS between {proxy} and {who} is not wanted, switch it off there and restart it"
    )))
}
