//! The backend's response header is malformed.
use crate::case::exchange::header::Refused;
use crate::case::exchange::link::Link;
use crate::prelude::*;
use gatewhy_facts::symptom::Symptom;
use gatewhy_facts::untrusted::shown_within;

cause! {
    /// The backend's response header is malformed.
    ///
    /// ## How it looks
    ///
    /// 502 with `upstream sent invalid header`, `duplicate header line` or
    /// `"Content-Length" and "Transfer-Encoding" headers at the same time`; often after an
    /// upgrade of nginx. With PHP also `upstream sent invalid status`.
    ///
    /// ## Why it happens
    ///
    /// The application sets headers by hand: a line break or a blank in a name, the length
    /// twice, a value from elsewhere with a control character in it. nginx became stricter
    /// in 1.21.1 and 1.23.0.
    ///
    /// ## How to be sure
    ///
    /// Ask the backend directly and read the bytes: the fault is in them.
    ///
    /// ## How to fix it
    ///
    /// Mend the header in the application.
    ///
    /// ## What looks the same
    ///
    /// `protocol-mismatch`: it is not HTTP at all. `response-header-too-big`: nothing is
    /// wrong but the size.
    id: "response-header-invalid",
    explains: [],
    weigh: weigh,
}

/// What nginx logs about a head that it does not take.
const LOGGED: [Symptom; 7] = [
    Symptom::HeaderInvalid,
    Symptom::HeaderDuplicate,
    Symptom::LengthConflict,
    Symptom::LengthInvalid,
    Symptom::TransferEncodingUnknown,
    Symptom::StatusInvalid,
    Symptom::EarlyHintsInvalid,
];

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    let proxy = case.proxy_name();
    case.judge(|link| {
        let refused = link.refused_in_head();
        let logged = link.logged_as(&LOGGED).is_some();
        if logged && refused.is_empty() && link.beyond_header_limit().is_some() {
            return Some(Verdict::ruled_out(
                "nothing is wrong with its header but the size",
            ));
        }
        match refused.first() {
            Some(first) if logged => Some(finding(link, first, Strength::Proof).weigh()),
            Some(first) => match link.own_symptom() {
                None => unlogged(link, first),
                // What is refused differs from release to release.
                Some(other) => case.release().map(|_| {
                    Verdict::ruled_out(format!("{proxy} says otherwise: {}", other.says()))
                }),
            },
            None if logged => Some(Verdict::Suspected(not_for_us(link))),
            _ => near_miss(link),
        }
    })
}

fn finding(link: Link<'_, '_>, refused: &Refused, strength: Strength) -> Finding {
    let proxy = link.case.proxy_name();
    let program = link.program();
    let summary = format!(
        "{program} sends a header that {proxy} does not take: {}{}",
        refused.words(),
        name(link, refused)
            .map(|name| format!(" ({name})"))
            .unwrap_or_default()
    );
    let direct = link.direct();
    let source = direct.source().cloned().unwrap_or_default();
    let text = format!("{}; {proxy} calls it \"{}\"", refused.words(), refused.says);
    let bytes = Evidence {
        text,
        source,
        strength,
        excerpt: Some(refused.excerpt.clone()),
    };
    Finding::new(HopName::Backend, link.address(), summary)
        .because(bytes)
        .because_all(link.proxy_saw())
        .because_all(link.configured())
        .fix(mend(
            link,
            &name(link, refused).unwrap_or_else(|| "it".to_owned()),
        ))
}

/// The name of the header that the fault stands in.
fn name(link: Link<'_, '_>, refused: &Refused) -> Option<String> {
    let direct = link.direct();
    let direct = direct.found()?;
    let name = direct
        .header_at(refused.oddity.start)?
        .name(direct.answer_text());
    (!name.trim_ascii().is_empty()).then(|| shown_within(name, 60))
}

/// nginx logged nothing about our request: its log goes elsewhere or is not readable.
fn unlogged(link: Link<'_, '_>, refused: &Refused) -> Option<Verdict> {
    let gateway = link.case.seen_status() == Some(502);
    gateway.then(|| Verdict::Suspected(finding(link, refused, Strength::Strong)))
}

/// nginx saw such a header, and our own question was answered without it.
fn not_for_us(link: Link<'_, '_>) -> Finding {
    let proxy = link.case.proxy_name();
    let logged = link.logged_as(&LOGGED);
    let quoted = logged.and_then(|logged| logged.record.text.clone());
    let quoted = quoted.map(|text| format!(": {}", shown_within(&text, 80)));
    let summary = format!(
        "{} sends a header that {proxy} does not take{}",
        link.program(),
        quoted.unwrap_or_default()
    );
    Finding::new(HopName::Backend, link.address(), summary)
        .because_all(logged.map(|logged| {
            let text = format!("{proxy} logged for our request: {}", logged.message());
            Evidence::strong(text, &logged.source)
        }))
        .because_all(link.we_saw())
        .fix(mend(link, "it"))
}

fn mend(link: Link<'_, '_>, name: &str) -> Fix {
    let fix = Fix::new(format!("mend the header in {}", link.program()));
    let fix = match link.ask_command() {
        Some(command) => fix.run(
            format!("{command} | head -40 | cat -A"),
            "shows the answer's header with its invisible bytes",
        ),
        None => fix,
    };
    let advice = format!(
        "find where the application sets {name}: names hold letters, digits and hyphens, values no \
         control characters, and a length or a status is set once, by the framework"
    );
    link.case.verified(fix.advise(advice))
}

fn near_miss(link: Link<'_, '_>) -> Option<Verdict> {
    let alike = [Symptom::HeaderTooBig, Symptom::StatusLineMissing];
    link.own_symptom()
        .filter(|symptom| alike.contains(symptom))?;
    let direct = link.direct();
    let clean = direct.found()?.answer.head_complete && link.refused_in_head().is_empty();
    // What is refused differs from release to release.
    let known = link.case.release().is_some();
    (clean && known)
        .then(|| Verdict::ruled_out("asked directly, its header is one that nginx takes"))
}
