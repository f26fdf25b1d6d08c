//! The proxy's configuration on disk does not load.
use crate::case::gateway::misconfigured::{Misconfigured, Still, host_of};
use crate::case::gateway::unspoken::{Lack, Unspoken};
use crate::case::visit::front::{Front, Why};
use crate::prelude::*;
use gatewhy_facts::source_text::Place;

cause! {
    /// The proxy's configuration on disk does not load.
    ///
    /// ## How it looks
    ///
    /// After a reboot or restart nothing listens; a reload seems to work and changes
    /// nothing.
    ///
    /// ## Why it happens
    ///
    /// A typing error, a missing file or certificate, a name in `upstream` that does not
    /// resolve at start. Apache also starts with settings that fail at the first request:
    /// a backend with `https://` and no `SSLProxyEngine On` (`AH00961`).
    ///
    /// ## How to be sure
    ///
    /// nginx said so (`[emerg] … in FILE:LINE`) when it was last started, and the file has
    /// not changed since; or the fault is plain to see in the file.
    ///
    /// ## How to fix it
    ///
    /// Mend the named line, check with `nginx -t`, then start or reload.
    ///
    /// ## What looks the same
    ///
    /// `proxy-config-not-loaded`: it would load, and nobody reloaded.
    id: "proxy-config-invalid",
    explains: ["proxy-down", "proxy-config-not-loaded"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    if let Some(unspoken) = case.unspoken() {
        return without_tls(case, &unspoken).into_iter().collect();
    }
    let verdict = match case.front() {
        Fact::Unknown(gap) => Some(Verdict::cannot_tell([&gap])),
        Fact::Found(front, _) => front
            .fault
            .as_ref()
            .and_then(|fault| at_start(case, front, fault)),
        Fact::Absent(_) => at_reload(case),
    };
    verdict.into_iter().collect()
}

/// nginx does not start, or would not.
fn at_start(case: &Case<'_>, front: &Front, fault: &Misconfigured) -> Option<Verdict> {
    if !is_mine(fault) {
        return None;
    }
    let name = front.name();
    let verb = match front.why {
        Why::StartFailed => "cannot start",
        Why::NotLoaded(_) => "cannot take up its configuration",
        _ => "would not start",
    };
    let state = front
        .unit
        .as_ref()
        .filter(|_| front.why == Why::StartFailed);
    let finding = Finding::new(
        HopName::Proxy,
        name,
        format!("{name} {verb}: {}", fault.text()),
    )
    .because_all(state.map(|unit| case.unit_state(unit)))
    .because_all(told(case, fault))
    .because_all(front.nobody_listens());
    let proves = matches!(front.why, Why::StartFailed | Why::NotLoaded(_));
    let most = if proves {
        front.most()
    } else {
        Strength::Strong
    };
    Some(verdict(case, finding, fault, most))
}

/// nginx runs with what it had, since a reload failed.
fn at_reload(case: &Case<'_>) -> Option<Verdict> {
    let proxy = case.proxy_name();
    let outdated = case.outdated();
    let outdated = *outdated.found()?;
    let fault = outdated.fault.as_ref().filter(|fault| is_mine(fault))?;
    let finding = Finding::new(
        HopName::Proxy,
        case.proxy_name(),
        format!(
            "{proxy} cannot take up the configuration on disk: {}",
            fault.text()
        ),
    );
    let finding = finding
        .because_all(told(case, fault))
        .because_all(outdated.does(case))
        .because_all(outdated.newer(case));
    Some(verdict(case, finding, fault, outdated.sure))
}

/// Apache runs, and may not speak the TLS that a backend's URL asks for.
fn without_tls(case: &Case<'_>, unspoken: &Unspoken) -> Option<Verdict> {
    let Lack::Tls(off) = &unspoken.lack else {
        return None;
    };
    let proxy = case.proxy_name();
    let summary = format!(
        "{proxy} may not speak TLS to its backends, which {}:// asks for: SSLProxyEngine is not on",
        unspoken.scheme
    );
    let fix = if unspoken.mended {
        Fix::new(format!(
            "reload {proxy}: its files switch SSLProxyEngine on"
        ))
    } else {
        switch_on(case, off.as_ref(), unspoken.outer.as_ref())
    };
    let fix = fix
        .run(case.test_command(), "must say that the test is successful")
        .run(
            format!("systemctl reload {}", case.proxy_unit_name()),
            "takes up the files",
        );
    let finding = case.unspoken_finding(unspoken, summary);
    Some(finding.fix(case.verified(fix)).weigh())
}

/// In place of the line that says otherwise, or as a line of the site.
fn switch_on(case: &Case<'_>, off: Option<&Place>, outer: Option<&Place>) -> Fix {
    const LINE: &str = "SSLProxyEngine On";
    let why = "lets the site speak TLS to its backends";
    let fix = Fix::new(format!("{LINE} for this site, or http:// in its place"));
    let edited = match (off, outer) {
        (Some(place), _) => case.line_text(place).map(|before| {
            fix.clone()
                .edit((&place.file, place.span.line), (&before, LINE), why)
        }),
        (None, Some(place)) => case.add_before(fix.clone(), place, &[LINE.to_owned()], why),
        (None, None) => None,
    };
    edited.unwrap_or_else(|| fix.advise(format!("{LINE} belongs into the site's <VirtualHost>")))
}

fn is_mine(fault: &Misconfigured) -> bool {
    fault.module().is_none() && !fault.is_taken_address()
}

fn told(case: &Case<'_>, fault: &Misconfigured) -> Vec<Evidence> {
    let words = fault.words(case);
    words
        .into_iter()
        .chain(fault.now().cloned())
        .chain(fault.line(case))
        .collect()
}

fn verdict(case: &Case<'_>, finding: Finding, fault: &Misconfigured, most: Strength) -> Verdict {
    let finding = finding.fix(mend(case, fault));
    match (&fault.still, most) {
        (Still::Yes(now), Strength::Proof) if now.strength == Strength::Proof => finding.weigh(),
        (Still::Yes(_), most) => finding.at_most(most.min(Strength::Strong)).weigh(),
        (Still::Changed(_) | Still::Unknown(_), _) => finding.at_most(Strength::Weak).weigh(),
    }
}

fn mend(case: &Case<'_>, fault: &Misconfigured) -> Fix {
    let place = fault.place_text();
    let at = place.as_deref().unwrap_or("the named file");
    let fix = Fix::new(format!(
        "mend {at}, then {} && systemctl restart {}",
        case.test_command(),
        case.proxy_unit_name()
    ))
    .advise(format!("mend {at}: {}", advice(case.proxy_name(), fault)))
    .run(case.test_command(), "must say that the test is successful")
    .run(
        format!("systemctl reload-or-restart {}", case.proxy_unit_name()),
        format!("starts {}, or lets it take up the files", case.proxy_name()),
    );
    case.verified(fix)
}

/// What to do about the fault.
fn advice(proxy: &str, fault: &Misconfigured) -> String {
    use gatewhy_facts::symptom::Symptom;
    let said = fault.said.as_ref();
    let named = said.and_then(|said| said.names.as_deref()).unwrap_or("it");
    match said.map(|said| said.symptom) {
        Some(Symptom::StartHostNotFound) => format!(
            "write {} as it is spelt in DNS or /etc/hosts, or take the server out while it has no address",
            host_of(named)
        ),
        Some(Symptom::StartCertificateUnusable | Symptom::StartFileUnusable) => format!(
            "put {named} back (from the backup, or renew the certificate), or name the file that is there"
        ),
        Some(Symptom::StartAddressAbsent) => {
            format!("{named} is no address of this host: write one that is, or bring it up")
        }
        Some(Symptom::StartBindDenied) => format!(
            "{proxy} may not listen on {named}: ports below 1024 need root or CAP_NET_BIND_SERVICE"
        ),
        _ => advice_by_words(proxy, &fault.message),
    }
}

fn advice_by_words(proxy: &str, message: &str) -> String {
    let has = |words: &str| message.contains(words);
    match () {
        () if has("unexpected \"}\"") || has("unexpected end of file") => {
            "a brace or semicolon is missing, often in a line before".into()
        }
        () if has("invalid number of arguments") || has("is not terminated by") => {
            "look for a missing semicolon at the end of this line or the one before".into()
        }
        () if has("unknown directive") => format!("it is misspelt, or newer than this {proxy}"),
        () if has("duplicate") => "it is set twice: take one out".into(),
        () if has("is not allowed here") => "it belongs into another block".into(),
        () if has("unknown") && has("variable") => {
            "the variable is misspelt, or its map is not included".into()
        }
        () => format!("as {proxy} says"),
    }
}
