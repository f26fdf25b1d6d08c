//! The backend closed the connection before its answer was complete, and no deeper reason was found.
use crate::case::exchange::direct::Outcome;
use crate::case::exchange::link::Link;
use crate::prelude::*;
use gatewhy_facts::protocol::http1::Kind;
use gatewhy_facts::symptom::Symptom;

cause! {
    /// The backend closed the connection before its answer was complete, and no deeper reason was found.
    ///
    /// ## How it looks
    ///
    /// 502 with `upstream prematurely closed connection` or `recv() failed (104: Connection
    /// reset by peer)`; or a page that is cut.
    ///
    /// ## Why it happens
    ///
    /// A worker died or was killed, the application closed the connection itself, or it
    /// refuses this client.
    ///
    /// ## How to be sure
    ///
    /// Ask the backend directly: it closes the connection in the same way.
    ///
    /// ## How to fix it
    ///
    /// Look into the backend's log at that very second.
    ///
    /// ## What looks the same
    ///
    /// `backend-crashed`, `backend-oom-killed`, `backend-worker-timeout`, `keepalive-race`,
    /// `protocol-mismatch`: each looks the same to the proxy.
    id: "response-closed-early",
    explains: [],
    last_resort: true,
    weigh: weigh,
}

/// The connection ended before the head was complete.
const BEFORE: [Symptom; 5] = [
    Symptom::ClosedBeforeResponse,
    Symptom::ResetBeforeResponse,
    Symptom::ResetWhileSending,
    Symptom::FastCgiClosed,
    Symptom::Http2StreamClosed,
];
/// The connection ended in the middle of the body.
const WITHIN: [Symptom; 2] = [Symptom::ClosedInBody, Symptom::ResetInBody];

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    let links = case.links().into_iter();
    let relays = links.filter(|link| link.is_relay() && link.logged_as(&BEFORE).is_some());
    let mut verdicts: Vec<Verdict> = relays.flat_map(relayed).collect();
    verdicts.extend(closed(case));
    verdicts
}

/// A relay closes a connection because of the backend behind it.
fn relayed(link: Link<'_, '_>) -> Vec<Verdict> {
    let why = format!("{} only passes connections on", link.program());
    let gap = link.gap_behind_relay();
    let unseen = gap.map(|gap| Verdict::cannot_tell([&gap]));
    core::iter::once(Verdict::ruled_out(why))
        .chain(unseen)
        .collect()
}

fn closed(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| {
        if link.logged_as(&WITHIN).is_some() {
            return Some(Verdict::Suspected(within(link)));
        }
        let before = link.logged_as(&BEFORE).is_some();
        // A backend that is gone now has a cause of its own.
        if !before || link.listener().is_absent() || link.is_relay() {
            return None;
        }
        if let Some(gap) = case.network_gap() {
            return Some(Verdict::cannot_tell([&gap]));
        }
        Some(match deeper(link) {
            Some(why) => Verdict::ruled_out(why),
            None => Verdict::Suspected(early(link)),
        })
    })
}

/// Why it closes, where that was seen.
fn deeper(link: Link<'_, '_>) -> Option<String> {
    if let Fact::Found(spoken, _) = link.speaks_instead() {
        return Some(format!("it speaks another protocol: {}", spoken.seen));
    }
    if link.guests().is_some_and(|guests| !guests.is_welcome()) {
        return Some("listen.allowed_clients shuts nginx out".into());
    }
    let fate = link.fate();
    let fate = fate.found().filter(|fate| fate.own)?;
    Some(fate.evidence.text.clone())
}

/// Never proven: what closed the connection is in the backend, and its reason has
/// not been seen.
fn early(link: Link<'_, '_>) -> Finding {
    let proxy = link.case.proxy_name();
    let program = link.program();
    let again = matches!(link.direct_outcome(), Some(Outcome::ClosedEarly(_)));
    let summary = if again {
        format!(
            "{program} on {} closes the connection without an answer",
            link.address()
        )
    } else {
        format!(
            "{program} on {} closed {proxy}'s connection without an answer",
            link.address()
        )
    };
    let finding = Finding::new(HopName::Backend, link.address(), summary);
    let finding = finding
        .because_all(logged(link, &BEFORE))
        .because_all(link.we_saw());
    seek(link, finding)
}

/// The visitor has a status and a part of the page.
fn within(link: Link<'_, '_>) -> Finding {
    let program = link.program();
    let summary = format!(
        "{program} on {} closes the connection in the middle of its answer{}",
        link.address(),
        missing(link).unwrap_or_default()
    );
    let finding = Finding::new(HopName::Backend, link.address(), summary);
    let finding = finding
        .because_all(logged(link, &WITHIN))
        .because_all(cut(link));
    seek(link, finding)
}

fn logged(link: Link<'_, '_>, symptoms: &[Symptom]) -> Option<Evidence> {
    let proxy = link.case.proxy_name();
    let logged = link.logged_as(symptoms)?;
    let text = format!("{proxy} logged for our request: {}", logged.message());
    Some(Evidence::strong(text, &logged.source))
}

/// How much of the body the backend owes, when it told the length.
fn missing(link: Link<'_, '_>) -> Option<String> {
    let direct = link.direct();
    let direct = direct.found()?;
    let oddities = &direct.answer.oddities;
    let missing = oddities.iter().find_map(|oddity| match oddity.kind {
        Kind::ShortBody { missing } => missing,
        _ => None,
    })?;
    let missing = missing.saturating_sub(direct.conversation.unkept());
    Some(format!(
        ": {missing} bytes of its Content-Length never come"
    ))
}

fn cut(link: Link<'_, '_>) -> Option<Evidence> {
    let direct = link.direct();
    let source = direct.source()?.clone();
    let answer = &direct.found()?.answer;
    let came = answer.body.bytes;
    let length = link.direct_header("content-length");
    let text = match length.filter(|_| !answer.body.complete) {
        Some(length) => {
            format!("asked directly, its Content-Length is {length} and {came} bytes come")
        }
        None if !answer.body.complete => {
            format!("asked directly, it breaks off after {came} bytes")
        }
        None => format!("asked directly, all of its {came} bytes come"),
    };
    Some(Evidence::strong(text, &source))
}

/// What to look at next: nothing here tells why it closes.
fn seek(link: Link<'_, '_>, finding: Finding) -> Finding {
    let finding = finding
        .because_all(link.wrote_meanwhile())
        .because_all(link.configured());
    let fix = Fix::new(format!(
        "find out why {} closes the connection",
        link.program()
    ));
    let fix = match link.ask_command() {
        Some(command) => fix.run(command, "asks the backend itself, past the proxy"),
        None => fix,
    };
    let service = link.live_service();
    let fix = match service.found() {
        Some(service) => fix.run(
            format!("journalctl -u {} --since -5min --no-pager", service.unit.id),
            "what it wrote at that moment",
        ),
        None => fix,
    };
    let fix = fix.advise(
        "it may close on purpose (this path, this client, this protocol), or a worker of it died: \
         the line it wrote at that second tells",
    );
    finding.fix(link.case.verified(fix))
}
