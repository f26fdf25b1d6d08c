//! A security policy forbids the proxy to connect to the backend.
use crate::case::exchange::link::Link;
use crate::case::system::policy::{Ban, Confined, Setting};
use crate::prelude::*;
use gatewhy_facts::linux::denial::SecurityModule;
use gatewhy_facts::path::HostPath;

cause! {
    /// A security policy forbids the proxy to connect to the backend.
    ///
    /// ## How it looks
    ///
    /// 502 at once: `connect() failed (13: Permission denied)` on a TCP address, or on a
    /// socket whose rights are fine; `socket() failed (97: Address family not supported by
    /// protocol)`. Asked from a shell, the backend answers.
    ///
    /// ## Why it happens
    ///
    /// Something watches over the proxy's process besides the rights of files: the sandbox
    /// of its systemd unit (`RestrictAddressFamilies=`, `SystemCallFilter=`,
    /// `ProtectHome=`, `InaccessiblePaths=`), SELinux (a web server may not connect to the
    /// network unless `httpd_can_network_connect` is on), or an AppArmor profile.
    ///
    /// ## How to be sure
    ///
    /// `systemctl show nginx` tells what the sandbox leaves out. SELinux: `getenforce` says
    /// `Enforcing`, and `ausearch -m avc -ts recent` shows the refusal; AppArmor: the
    /// kernel's log has `apparmor="DENIED"`. The sandbox was seen in the lab; SELinux and
    /// AppArmor are judged by their documented formats, and never called certain.
    ///
    /// ## How to fix it
    ///
    /// Add what is missing to the setting, and restart the proxy. SELinux: `setsebool -P
    /// httpd_can_network_connect 1`, or label the port or the socket. Do not switch the
    /// policy off.
    ///
    /// ## What looks the same
    ///
    /// `socket-permission-denied`: the rights of the socket or of a folder refuse.
    /// `firewall-blocked` and a route that prohibits give the same error to everybody.
    id: "security-policy-denied",
    explains: [],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| match link.ban() {
        Fact::Absent(_) => None,
        Fact::Unknown(gap) => Some(Verdict::cannot_tell([&gap])),
        Fact::Found(ban, _) => Some(match &ban {
            Ban::Sandbox(setting) => sandboxed(link, setting).weigh(),
            Ban::Screened { path, setting } => screened(link, path, setting.as_ref()).weigh(),
            Ban::Module(confined) => {
                Verdict::Suspected(watched(link, confined).at_most(Strength::Strong))
            }
            Ban::Untold => Verdict::Suspected(untold(link)),
        }),
    })
}

fn found(link: Link<'_, '_>, subject: &str, summary: String) -> Finding {
    Finding::new(HopName::Proxy, subject, summary)
        .because_all(link.proxy_saw())
        .because_all(link.we_saw())
        .because_all(link.configured())
}

fn backend(link: Link<'_, '_>) -> String {
    let service = link.live_service();
    match service.found() {
        Some(service) => format!("{} on {}", service.unit.id, link.address()),
        None => link.address(),
    }
}

fn sandboxed(link: Link<'_, '_>, setting: &Setting) -> Finding {
    let proxy = link.case.proxy_name();
    let (unit, name) = (&setting.unit, setting.name);
    let what = match setting.lacks.as_str() {
        "AF_UNIX" => "to make unix sockets (AF_UNIX)".to_owned(),
        family if family.starts_with("AF_") => format!("to make network sockets ({family})"),
        call => format!("the system call {call}"),
    };
    let summary = format!(
        "the sandbox of {unit} ({name}=) forbids {proxy} {what}: it cannot reach {}",
        backend(link)
    );
    Finding::new(HopName::Proxy, unit, summary)
        .because(setting.evidence(link.case))
        .because_all(link.proxy_saw())
        .because_all(link.we_saw())
        .because_all(link.configured())
        .fix(loosened(link, setting))
}

/// The setting with what it leaves out, and a restart: a sandbox is made at the start.
fn loosened(link: Link<'_, '_>, setting: &Setting) -> Fix {
    let (unit, name, lacks) = (&setting.unit, setting.name, &setting.lacks);
    let title = if setting.value.starts_with('~') {
        format!("take {lacks} out of {name}= of {unit}")
    } else {
        format!("add {lacks} to {name}= of {unit}")
    };
    let fix = Fix::new(title);
    let line = link.case.unit(unit);
    let line = line
        .found()
        .and_then(|unit| link.case.set_in_unit(unit, name));
    let fix = match line.and_then(|(source, before)| {
        let after = with(&before, lacks)?;
        Some((HostPath::new(&*source.place), source.line?, before, after))
    }) {
        Some((file, line, before, after)) => {
            fix.edit((&file, line), (&before, &after), "what the proxy needs to connect")
        }
        None => fix.advise(format!("take what forbids {lacks} out of {name}= in {unit} (systemctl cat {unit} shows where it is set)")),
    };
    restarted(link, fix, unit)
}

fn restarted(link: Link<'_, '_>, fix: Fix, unit: &str) -> Fix {
    let fix = fix
        .run("systemctl daemon-reload", "reads the unit anew")
        .run(
            format!("systemctl restart {unit}"),
            "a sandbox is made at the start; a reload keeps the old one",
        );
    link.case.verified(fix)
}

/// The line with a word more, or with the word that forbids taken out.
fn with(line: &str, word: &str) -> Option<String> {
    let (name, value) = line.split_once('=')?;
    let value = value.trim();
    let Some(forbidden) = value.strip_prefix('~') else {
        return Some(format!("{name}={value} {word}").replace("= ", "="));
    };
    let left: Vec<&str> = forbidden
        .split_whitespace()
        .filter(|other| other.split(':').next() != Some(word))
        .collect();
    let changed = left.len() < forbidden.split_whitespace().count();
    changed.then(|| match left.as_slice() {
        [] => format!("{name}="),
        left => format!("{name}=~{}", left.join(" ")),
    })
}

fn screened(link: Link<'_, '_>, path: &str, setting: Option<&Setting>) -> Finding {
    let case = link.case;
    let proxy = case.proxy_name();
    let unit = case.proxy_unit();
    let unit = unit
        .found()
        .map_or_else(|| format!("{proxy}.service"), |unit| unit.id.clone());
    let by = setting
        .map(|set| format!(" ({}=)", set.name))
        .unwrap_or_default();
    let summary = format!(
        "the sandbox of {unit}{by} hides {path} from {proxy}, and with it the socket {}; its real rights are fine",
        link.address()
    );
    let source = Source::new(format!("permissions along {}", link.address()));
    let text = format!("{path} lets {proxy}'s worker pass on the host, and not as {proxy} sees it");
    let finding = Finding::new(HopName::Proxy, &unit, summary)
        .because_all(setting.map(|setting| setting.evidence(case)))
        .because(Evidence::proof(text, &source))
        .because_all(link.proxy_saw())
        .because_all(link.we_saw())
        .because_all(link.configured());
    finding.fix(shown_again(link, path, &unit, setting))
}

fn shown_again(link: Link<'_, '_>, path: &str, unit: &str, setting: Option<&Setting>) -> Fix {
    let moved = "better still: let the backend make its socket below /run (RuntimeDirectory= in its unit), where no home folder is in the way";
    let home = setting.filter(|set| set.name == "ProtectHome");
    let line = home.and_then(|set| {
        let shown = link.case.unit(&set.unit);
        link.case.set_in_unit(shown.found()?, set.name)
    });
    let line = line
        .and_then(|(source, before)| Some((HostPath::new(&*source.place), source.line?, before)));
    let fix = match line {
        Some((file, line, before)) => Fix::new(format!(
            "let {unit} see the home folders, without writing there"
        ))
        .edit(
            (&file, line),
            (&before, "ProtectHome=read-only"),
            "a socket may be connected to all the same",
        ),
        None => Fix::new(format!("let {unit} see {path}")).advise(format!(
            "take {path} out of what the unit hides (systemctl cat {unit})"
        )),
    };
    restarted(link, fix, unit).advise(moved)
}

fn watched(link: Link<'_, '_>, confined: &Confined) -> Finding {
    let proxy = link.case.proxy_name();
    let name = match confined.module {
        SecurityModule::SeLinux => "SELinux",
        SecurityModule::AppArmor => "AppArmor",
    };
    let summary = format!(
        "{name} forbids {proxy} to connect to {}: no right and no rule of a packet filter does",
        backend(link)
    );
    let label = format!(
        "{name} enforces its policy, and {proxy}'s worker runs as {}",
        confined.label
    );
    let switch = confined.switch_off.then(|| {
        let path = "/sys/fs/selinux/booleans/httpd_can_network_connect";
        Evidence::strong("httpd_can_network_connect is off", &Source::new(path))
    });
    let mut finding = found(link, name, summary);
    let told = confined.denied.iter().cloned().chain(switch);
    let told: Vec<Evidence> = told
        .chain([Evidence::strong(label, &confined.source)])
        .collect();
    finding.evidence.splice(0..0, told);
    finding.fix(permitted(link, confined))
}

fn permitted(link: Link<'_, '_>, confined: &Confined) -> Fix {
    let tcp = link.peer.dial.tcp();
    let fix = match (confined.module, tcp) {
        (SecurityModule::SeLinux, Some(_)) => Fix::new("setsebool -P httpd_can_network_connect 1")
            .run("ausearch -m avc -ts recent", "shows what was refused to whom")
            .run("setsebool -P httpd_can_network_connect 1", "lets web servers connect to any port, for good"),
        (SecurityModule::SeLinux, None) => Fix::new("give the socket a label that the web server may connect to")
            .run("ausearch -m avc -ts recent", "shows what was refused to whom")
            .run(format!("ls -Z {}", shell::word(link.address().trim_start_matches("unix:"))), "the socket's label")
            .advise("put the socket below /run with a label of httpd_var_run_t (semanage fcontext, restorecon), or make a module from the refusal: audit2allow"),
        (SecurityModule::AppArmor, _) => Fix::new("let the profile permit the connection")
            .run("journalctl -k --since -10min --grep 'apparmor=\"DENIED\"'", "shows what was refused to whom")
            .advise(format!("add the rule to the profile of {} in /etc/apparmor.d, then apparmor_parser -r that file (aa-logprof offers the rule)", confined.label)),
    };
    link.case.verified(fix)
}

fn untold(link: Link<'_, '_>) -> Finding {
    let proxy = link.case.proxy_name();
    let summary = format!(
        "something forbids {proxy} alone to connect to {}: a security policy, for rights, rules and routes permit it",
        backend(link)
    );
    let fix = Fix::new("look for what refuses it")
        .run(
            "getenforce; ausearch -m avc -ts recent",
            "SELinux, where there is one",
        )
        .run(
            "journalctl -k --since -10min --grep 'DENIED|denied'",
            "AppArmor's and SELinux's refusals",
        )
        .run(
            format!(
                "systemctl show {} -p SystemCallFilter,RestrictAddressFamilies,IPAddressDeny",
                link.case.proxy_unit_name()
            ),
            "the sandbox of the unit",
        );
    found(link, &link.address(), summary)
        .at_most(Strength::Weak)
        .fix(link.case.verified(fix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_added_or_no_longer_forbidden() {
        assert_eq!(
            with("RestrictAddressFamilies=AF_INET", "AF_UNIX").as_deref(),
            Some("RestrictAddressFamilies=AF_INET AF_UNIX")
        );
        assert_eq!(
            with("SystemCallFilter=~connect @clock", "connect").as_deref(),
            Some("SystemCallFilter=~@clock")
        );
        assert_eq!(
            with("SystemCallFilter=~connect:EACCES", "connect").as_deref(),
            Some("SystemCallFilter=")
        );
        // A group holds it: which word to take out is not for us to say.
        assert_eq!(with("SystemCallFilter=~@network-io", "connect"), None);
    }
}
