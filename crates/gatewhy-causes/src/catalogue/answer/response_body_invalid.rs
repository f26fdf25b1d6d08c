//! The backend's answer has a malformed body.
use crate::case::exchange::link::Link;
use crate::prelude::*;
use gatewhy_facts::protocol::http1::{Kind, Oddity};
use gatewhy_facts::symptom::Symptom;
use gatewhy_facts::untrusted::shown_within;

cause! {
    /// The backend's answer has a malformed body.
    ///
    /// ## How it looks
    ///
    /// A page that is cut, or a 502: `upstream sent invalid chunked response while
    /// reading upstream`. The status may be 200: it was sent before the fault.
    ///
    /// ## Why it happens
    ///
    /// The application frames its body by hand, and wrongly; or something writes into
    /// the stream: a debug print, a second response.
    ///
    /// ## How to be sure
    ///
    /// Ask the backend directly and read the bytes: the chunk's size line is no
    /// number, or no line end follows a chunk.
    ///
    /// ## How to fix it
    ///
    /// Let the framework frame the body; never set `Transfer-Encoding` by hand.
    ///
    /// ## What looks the same
    ///
    /// `response-closed-early`: what came is right, and the rest is missing.
    id: "response-body-invalid",
    explains: ["response-closed-early"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| {
        let logged = link.own_symptom() == Some(Symptom::ChunkInvalid);
        let direct = link.direct();
        let fault = direct.found().and_then(|direct| {
            let odd = direct
                .answer
                .oddities
                .iter()
                .find(|odd| odd.kind == Kind::BadChunk)?;
            Some(bytes(direct.conversation.received, odd))
        });
        if !logged && fault.is_none() {
            return None;
        }
        Some(malformed(link, fault).weigh())
    })
}

/// The offending bytes, shown.
fn bytes(received: &[u8], odd: &Oddity) -> String {
    let line = received
        .get(odd.start..odd.end.max(odd.start.saturating_add(1)))
        .unwrap_or_default();
    shown_within(line, 60)
}

fn malformed(link: Link<'_, '_>, fault: Option<String>) -> Finding {
    let name = link
        .live_service()
        .found()
        .map_or_else(|| link.program(), |service| service.unit.id.clone());
    let finding = Finding::new(
        HopName::Backend,
        name.clone(),
        format!("{name} sends a body that is not framed as it says (chunked)"),
    );
    let direct = link.direct();
    let seen = fault.zip(direct.source().cloned()).map(|(bytes, source)| {
        Evidence::proof(
            format!("asked directly, it sends \"{bytes}\" where the size of a chunk must stand"),
            &source,
        )
    });
    let fix = Fix::new("let the application's framework frame the body")
        .advise("do not set Transfer-Encoding or write chunk sizes by hand; look for prints into the response stream");
    let finding = finding
        .because_all(seen)
        .because_all(link.proxy_saw())
        .because_all(link.configured());
    finding.fix(link.case.verified(fix))
}
