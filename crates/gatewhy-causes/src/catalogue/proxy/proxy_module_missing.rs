//! The proxy's configuration needs a module that is not loaded.
use crate::case::gateway::misconfigured::{Misconfigured, Still};
use crate::case::gateway::unspoken::{Lack, Unspoken};
use crate::case::visit::front::{Front, Why};
use crate::prelude::*;
use gatewhy_facts::nginx::modules::{How, Missing};

cause! {
    /// The proxy's configuration needs a module that is not loaded.
    ///
    /// ## How it looks
    ///
    /// After an upgrade, a restart or a move to another machine nginx does not start:
    /// `unknown directive "stream"`, `dlopen() "…/ngx_http_geoip2_module.so" failed`,
    /// `module "…" is not binary compatible`.
    ///
    /// Apache does start, and answers 500 to each request that it should pass on: `AH01144:
    /// No protocol handler was valid for the URL … (scheme 'http')`.
    ///
    /// ## Why it happens
    ///
    /// Packages ship many modules on their own. The package was removed or never
    /// installed here, its line in `modules-enabled` is gone, or it was built for another
    /// version of nginx.
    ///
    /// Apache's `mod_proxy` alone speaks to nobody: each scheme has a module, `proxy_http`,
    /// `proxy_fcgi`, `proxy_ajp`, `proxy_uwsgi`; a balancer needs `proxy_balancer` as well.
    ///
    /// ## How to be sure
    ///
    /// nginx's journal names the directive or the module's file, and the configuration has
    /// not changed since. `nginx -V` tells what is built in, `ls
    /// /etc/nginx/modules-enabled` what is loaded. Apache: `apachectl -M`.
    ///
    /// ## How to fix it
    ///
    /// Install or enable the module, in the version that belongs to this nginx; or take
    /// the directive out. Check with `nginx -t`, then start. Apache: `a2enmod proxy_http`,
    /// or its `LoadModule` line, and a restart.
    ///
    /// ## What looks the same
    ///
    /// `proxy-config-invalid`: the directive is misspelt, or newer than this nginx.
    id: "proxy-module-missing",
    explains: ["proxy-down", "proxy-config-not-loaded"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    if let Some(unspoken) = case.unspoken() {
        return at_request(case, &unspoken).into_iter().collect();
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

/// Apache runs, and no module of it takes the backend's scheme.
fn at_request(case: &Case<'_>, unspoken: &Unspoken) -> Option<Verdict> {
    let proxy = case.proxy_name();
    let scheme = &unspoken.scheme;
    let (summary, fix) = match &unspoken.lack {
        Lack::Module(module) if unspoken.mended => (
            format!(
                "{proxy} runs without mod_{module}, which speaks {scheme}:// to backends; its files load it by now"
            ),
            Fix::new(format!("restart {proxy}: its files load mod_{module}")),
        ),
        Lack::Module(module) => (
            format!("{proxy} cannot pass requests on with {scheme}://: mod_{module} is not loaded"),
            load(case, module),
        ),
        Lack::Scheme => (
            format!(
                "{proxy} cannot pass requests on with {scheme}://: no module of its speaks that"
            ),
            Fix::new("write a scheme that there is: http, https, fcgi, ajp, uwsgi, scgi, ws"),
        ),
        Lack::Tls(_) => return None,
    };
    let fix = fix
        .run(case.test_command(), "must say that the test is successful")
        .run(
            format!("systemctl restart {}", case.proxy_unit_name()),
            "loads modules, which a reload does not always",
        );
    Some(
        case.unspoken_finding(unspoken, summary)
            .fix(case.verified(fix))
            .weigh(),
    )
}

fn load(case: &Case<'_>, module: &str) -> Fix {
    let is_debian = case.config_path().as_str().starts_with("/etc/apache2/");
    if is_debian {
        return Fix::new(format!("a2enmod {module} && systemctl restart apache2")).run(
            format!("a2enmod {module}"),
            "loads the module from the next start on",
        );
    }
    Fix::new(format!(
        "load mod_{module}, then restart {}",
        case.proxy_name()
    ))
    .advise(format!(
        "with the other LoadModule lines: LoadModule {module}_module modules/mod_{module}.so"
    ))
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
