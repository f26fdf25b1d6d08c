//! The proxy's configuration needs a module that is not loaded.
use crate::case::exchange::link::Link;
use crate::case::gateway::misconfigured::{Misconfigured, Still};
use crate::case::programs::kind::Kind;
use crate::case::visit::front::{Front, Why};
use crate::prelude::*;
use gatewhy_facts::nginx::modules::{How, Missing};
use gatewhy_facts::scan;

cause! {
    /// The proxy's configuration needs a module that is not loaded.
    ///
    /// ## How it looks
    ///
    /// After an upgrade, a restart or a move to another machine nginx does not start:
    /// `unknown directive "stream"`, `dlopen() "…/ngx_http_geoip2_module.so" failed`,
    /// `module "…" is not binary compatible`.
    ///
    /// ## Why it happens
    ///
    /// Packages ship many modules on their own. The package was removed or never
    /// installed here, its line in `modules-enabled` is gone, or it was built for another
    /// version of nginx.
    ///
    /// ## How to be sure
    ///
    /// nginx's journal names the directive or the module's file, and the configuration has
    /// not changed since. `nginx -V` tells what is built in, `ls
    /// /etc/nginx/modules-enabled` what is loaded.
    ///
    /// ## How to fix it
    ///
    /// Install or enable the module, in the version that belongs to this nginx; or take
    /// the directive out. Check with `nginx -t`, then start.
    ///
    /// ## What looks the same
    ///
    /// `proxy-config-invalid`: the directive is misspelt, or newer than this nginx.
    id: "proxy-module-missing",
    explains: ["proxy-down", "proxy-config-not-loaded"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    if case.proxy_kind() == Kind::Apache
        && case.is_healthy() == Some(false)
        && let Some(verdict) = without_handler(case)
    {
        return vec![verdict];
    }
    let front = case.front();
    if let Fact::Unknown(gap) = &front {
        return vec![Verdict::cannot_tell([gap])];
    }
    let outdated = case.outdated();
    let fault = match (front.found().copied(), outdated.found().copied()) {
        (Some(front), _) => front.fault.as_ref().map(|fault| (fault, Some(front))),
        (None, Some(outdated)) => outdated.fault.as_ref().map(|fault| (fault, None)),
        (None, None) => None,
    };
    let verdict =
        fault.and_then(|(fault, front)| Some(verdict(case, front, fault, fault.module()?)));
    verdict.into_iter().collect()
}

fn verdict(
    case: &Case<'_>,
    front: Option<&Front>,
    fault: &Misconfigured,
    missing: &Missing,
) -> Verdict {
    let name = front.map_or("nginx", Front::name);
    let failed = front.filter(|front| front.why == Why::StartFailed);
    let state = failed.and_then(|front| front.unit.as_ref());
    let finding = Finding::new(HopName::Proxy, name, summary(name, fault, missing))
        .because_all(state.map(|unit| case.unit_state(unit)))
        .because_all(fault.words(case))
        .because_all(fault.now().cloned())
        .because_all(fault.line(case))
        .because_all(front.and_then(Front::nobody_listens))
        .fix(install(case, fault, missing));
    let holds = matches!(&fault.still, Still::Yes(now) if now.strength == Strength::Proof);
    let most = match (holds, &fault.still) {
        (true, _) => front.map_or(Strength::Strong, Front::most),
        (false, Still::Yes(_)) => Strength::Strong,
        (false, _) => Strength::Weak,
    };
    finding.at_most(most).weigh()
}

fn summary(name: &str, fault: &Misconfigured, missing: &Missing) -> String {
    let module = module_name(missing);
    let place = fault
        .place_text()
        .map(|place| format!(" ({place})"))
        .unwrap_or_default();
    match (missing.how, &missing.directive) {
        (How::Incompatible, _) => {
            format!("{name} cannot start: {module} was built for another version of nginx")
        }
        (How::NotLoadable, _) => {
            format!("{name} cannot start: the file of {module} cannot be loaded")
        }
        (How::NotLoaded, Some(directive)) => format!(
            "{name} cannot start: the directive {directive}{place} needs {module}, which is not loaded"
        ),
        (How::NotLoaded, None) => format!("{name} cannot start: {module} is not loaded"),
    }
}

fn module_name(missing: &Missing) -> String {
    let file = missing.module.map(|module| module.file.to_owned());
    file.or_else(|| missing.file.clone())
        .unwrap_or_else(|| "a module".into())
}

fn install(case: &Case<'_>, fault: &Misconfigured, missing: &Missing) -> Fix {
    let fix = match missing.module {
        Some(module) => Fix::new(format!("apt-get install --reinstall {}, then start nginx", module.package))
            .run(
                format!("apt-get install --reinstall {}", module.package),
                "brings the module and its line in /etc/nginx/modules-enabled (elsewhere: the package of that name)",
            )
            .run("ls -l /etc/nginx/modules-enabled/", "the module's line must be there; else link it from /usr/share/nginx/modules-available"),
        None => Fix::new(format!("install {} for this version of nginx, then start it", module_name(missing)))
            .run("nginx -V", "the version that the module must be built for"),
    };
    let place = fault.place_text();
    let fix = fix.advise(format!(
        "or take the directive out{}",
        place.map(|place| format!(" ({place})")).unwrap_or_default()
    ));
    let fix = fix
        .run("nginx -t", "must say that the test is successful")
        .run(
            "systemctl reload-or-restart nginx",
            "starts nginx, or lets it take up the files",
        );
    case.verified(fix)
}

/// What Apache says when no module takes the scheme of a backend's address.
const NO_HANDLER: &str = "AH01144";

/// Apache's module of each scheme, without `mod_`.
const HANDLERS: [(&str, &str); 11] = [
    ("http", "proxy_http"),
    ("https", "proxy_http"),
    ("fcgi", "proxy_fcgi"),
    ("ajp", "proxy_ajp"),
    ("uwsgi", "proxy_uwsgi"),
    ("scgi", "proxy_scgi"),
    ("balancer", "proxy_balancer"),
    ("h2", "proxy_http2"),
    ("h2c", "proxy_http2"),
    ("ws", "proxy_wstunnel"),
    ("wss", "proxy_wstunnel"),
];

/// Apache knows where to send the request, and has no module that speaks so.
fn without_handler(case: &Case<'_>) -> Option<Verdict> {
    let own = case.own_records();
    let mut own = own.iter().rev();
    let logged = own.find(|logged| scan::holds(&logged.record.message, NO_HANDLER))?;
    let message = String::from_utf8_lossy(&logged.record.message).into_owned();
    let (_, rest) = message.split_once("(scheme '")?;
    let scheme = rest.split('\'').next()?.to_ascii_lowercase();
    let module = HANDLERS
        .iter()
        .find(|(of, _)| *of == scheme)
        .map(|(_, m)| *m);
    let said = Evidence::strong(
        format!("Apache logged for our request: {}", logged.message()),
        &logged.source,
    );
    let proxy = case.proxy_name();
    let Some(module) = module else {
        return Some(misspelt(case, &scheme).because(said).weigh());
    };
    let config = case.apache();
    let (config, source) = (config.found()?, config.source()?);
    if config.modules.contains(&format!("{module}_module")) {
        let why = format!("{module}_module is loaded by the files on disk");
        return Some(Verdict::ruled_out(why));
    }
    let summary = format!(
        "{proxy} has no module that speaks {scheme} to a backend: mod_{module} is not loaded"
    );
    let absent = format!("no LoadModule line that counts loads {module}_module");
    let fix = Fix::new(format!("a2enmod {module}, then restart {proxy}"))
        .run(
            format!("a2enmod {module}"),
            "links its line in mods-enabled (elsewhere: LoadModule in conf.modules.d)",
        )
        .run(case.test_command(), "must say Syntax OK")
        .run(
            case.reload_command().replace(" reload ", " restart "),
            "loads it",
        );
    let finding = Finding::new(HopName::Proxy, format!("mod_{module}"), summary)
        .because(said)
        .because(Evidence::proof(absent, source))
        .because_all(case.links().iter().find_map(Link::configured))
        .fix(case.verified(fix));
    Some(finding.weigh())
}

/// A scheme that no module of Apache's has.
fn misspelt(case: &Case<'_>, scheme: &str) -> Finding {
    let scheme = shown(scheme.as_bytes());
    let summary =
        format!("no module of Apache's takes the scheme {scheme} of the backend's address");
    let fix = Fix::new(format!(
        "correct the scheme {scheme} where the backend is named"
    ))
    .advise("http, https, fcgi, ajp, uwsgi, scgi, h2, h2c, ws, wss and balancer have modules");
    Finding::new(HopName::Proxy, scheme.to_string(), summary)
        .because_all(case.links().iter().find_map(Link::configured))
        .fix(case.reloaded(fix))
}
