//! The running proxy uses an older configuration than the one on disk.
use crate::case::gateway::loaded_config::{Outdated, Way};
use crate::prelude::*;

cause! {
    /// The running proxy uses an older configuration than the one on disk.
    ///
    /// ## How it looks
    ///
    /// The file is right, and the failure is the old one: the log shows an address that is
    /// no longer in the configuration.
    ///
    /// ## Why it happens
    ///
    /// Somebody edited the file and did not reload, or the reload failed: `nginx -s reload`
    /// reports nothing when the new configuration cannot be used.
    ///
    /// ## How to be sure
    ///
    /// Files are newer than the newest worker process, and what nginx does (the address in
    /// its log) is not what the files say. Caddy tells by its admin API what it runs with:
    /// `curl localhost:2019/config/`.
    ///
    /// ## How to fix it
    ///
    /// `nginx -t && systemctl reload nginx`.
    ///
    /// ## What looks the same
    ///
    /// `proxy-config-invalid`: a reload would fail.
    id: "proxy-config-not-loaded",
    explains: ["proxy-down", "wrong-port", "wrong-socket-path", "backend-stopped", "no-live-upstream", "dns-stale-address", "wrong-bind-address"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    match case.outdated() {
        Fact::Absent(_) => Vec::new(),
        Fact::Unknown(gap) => vec![Verdict::cannot_tell([&gap])],
        Fact::Found(outdated, _) => vec![verdict(case, outdated)],
    }
}

fn verdict(case: &Case<'_>, outdated: &Outdated) -> Verdict {
    let finding = Finding::new(HopName::Proxy, case.proxy_name(), summary(case, outdated))
        .because_all(outdated.does(case))
        .because_all(outdated.newer(case))
        .fix(reload(case, outdated));
    let most = match (&outdated.way, case.disk_leads_to_answer()) {
        // A reload would mend nothing: what is dialled now is what fails.
        (Way::Dials { .. }, Some(false) | None) => Strength::Weak,
        (Way::Dials { .. }, Some(true)) | (Way::NotListening(_), _) => outdated.sure,
    };
    finding.at_most(most).weigh()
}

fn summary(case: &Case<'_>, outdated: &Outdated) -> String {
    let proxy = case.proxy_name();
    let since = outdated.newer.first();
    let since = since.map_or_else(
        || "it was not reloaded".to_owned(),
        |file| {
            format!(
                "{} was changed {}, and {proxy} not reloaded",
                file.path,
                case.ago(file.at)
            )
        },
    );
    match &outdated.way {
        Way::Dials { used, on_disk, .. } => {
            let disk: Vec<String> = on_disk
                .iter()
                .take(3)
                .map(|(dial, _)| dial.to_string())
                .collect();
            let disk = if disk.is_empty() {
                "no backend".to_owned()
            } else {
                disk.join(", ")
            };
            format!("{proxy} still dials {used}, while its files say {disk}: {since}")
        }
        Way::NotListening(_) => format!(
            "{proxy} does not listen on port {}, though its files say so: {since}",
            case.request.port
        ),
    }
}

fn reload(case: &Case<'_>, outdated: &Outdated) -> Fix {
    let fix = Fix::new(format!(
        "{} && {}",
        case.test_command(),
        case.reload_command()
    ));
    let fix = match &outdated.fault {
        None => fix.safe(),
        Some(fault) => fix.advise(format!(
            "the last reload failed; mend this first: {}",
            fault.text()
        )),
    };
    case.reloaded(fix)
}
