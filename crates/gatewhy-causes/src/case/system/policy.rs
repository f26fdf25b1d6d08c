//! What forbids the proxy to connect besides the rights of files and packet filters: the
//! sandbox that its unit puts around it, and the kernel's security modules.
use crate::case::Case;
use crate::case::exchange::direct::Outcome;
use crate::case::exchange::link::Link;
use crate::case::routing::peer::Dial;
use crate::case::service::units::unit_source;
use crate::evidence::Evidence;
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::linux::denial::{self, Denial, SecurityModule};
use gatewhy_facts::linux::kernel_event::KernelEvent;
use gatewhy_facts::linux::walk::{Access, Passage};
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::{Part, Question, View};
use gatewhy_facts::symptom::Symptom;
use gatewhy_facts::systemd::sandbox;
use gatewhy_facts::systemd::show::Unit;
use gatewhy_facts::untrusted::{shown, shown_within};

/// How much of the audit log's end is read.
const TAIL: u32 = 64 << 10;
/// `EAFNOSUPPORT`: no socket of that kind may be made.
const NO_SUCH_FAMILY: u16 = 97;
/// What `ProtectHome=` hides.
const HOMES: [&str; 3] = ["/home", "/root", "/run/user"];

/// What forbids the proxy to connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ban {
    /// A setting of the proxy's unit that forbids a system call or a kind of socket.
    Sandbox(Setting),
    /// A folder that may be entered, only not in the proxy's eyes.
    Screened {
        /// The folder.
        path: String,
        /// The setting that hides it, where that is known.
        setting: Option<Setting>,
    },
    /// A security module watches over the proxy.
    Module(Confined),
    /// The kernel forbids it to the proxy alone, and nothing tells why.
    Untold,
}

/// A setting of the proxy's unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// Its value, as systemd prints it.
    pub value: String,
    /// What it keeps back: `AF_UNIX`, `connect`, a folder.
    pub lacks: String,
    /// The unit.
    pub unit: String,
}

/// A process that a security module watches over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confined {
    /// Which module.
    pub module: SecurityModule,
    /// Its label: SELinux's context, AppArmor's profile.
    pub label: String,
    /// Where the label was read.
    pub source: Source,
    /// The refusal, as the module logged it.
    pub denied: Option<Evidence>,
    /// Whether SELinux's switch for a web server's connections is off.
    pub switch_off: bool,
}

impl Link<'_, '_> {
    /// What forbids the proxy to connect. Absent when nothing does, or what does is the
    /// socket's own rights, a packet filter or a route.
    pub fn ban(&self) -> Fact<Ban> {
        let nothing = Fact::Absent(Source::new(self.address()));
        let denied = self
            .own_record()
            .filter(|logged| logged.record.symptom == Some(Symptom::ConnectDenied));
        let Some(denied) = denied else {
            return nothing;
        };
        let screened = self.screened();
        if !screened.is_absent() {
            return screened;
        }
        // The rights themselves refuse: no policy is needed.
        if self.refusal().found().is_some() {
            return nothing;
        }
        let sandbox = self.case.proxy_unit().and_then(|unit, source| {
            match self.sandboxed(&unit, denied.record.errno) {
                Some(setting) => Fact::Found(Ban::Sandbox(setting), source),
                None => Fact::Absent(source),
            }
        });
        if !sandbox.is_absent() || denied.record.errno == Some(NO_SUCH_FAMILY) {
            return sandbox;
        }
        match self.refused_otherwise() {
            Fact::Found(..) => nothing,
            Fact::Unknown(gap) => Fact::Unknown(gap),
            Fact::Absent(_) => self.confined(),
        }
    }

    /// Whether something refuses that is no policy: the socket's rights, a packet filter,
    /// or a route that forbids, to everybody.
    fn refused_otherwise(&self) -> Fact<()> {
        let filtered = self.stopped().map(|_| ());
        let refused = self.refusal().map(|_| ());
        let direct = self
            .direct()
            .and_then(|direct, source| match direct.outcome {
                Outcome::Denied => Fact::Found((), source),
                _ => Fact::Absent(source),
            });
        let all = [filtered, refused, direct];
        let found = all.iter().find(|fact| fact.found().is_some());
        let unknown = all.iter().find(|fact| fact.gap().is_some());
        let first = all.first();
        found
            .or(unknown)
            .or(first)
            .cloned()
            .unwrap_or_else(|| Fact::Absent(Source::new("")))
    }

    /// A folder on the way that refuses the worker only in the proxy's own view of the
    /// files. Absent when nothing refuses, or the rights themselves do.
    pub fn screened(&self) -> Fact<Ban> {
        let nothing = Fact::Absent(Source::new(self.address()));
        let Some(path) = self.peer.dial.unix() else {
            return nothing;
        };
        if self.case.proxy_view() == View::Host {
            return nothing;
        }
        let refusal = match self.refusal() {
            Fact::Found(refusal, _) => refusal,
            Fact::Absent(_) => return nothing,
            Fact::Unknown(gap) => return Fact::Unknown(gap),
        };
        let who = match self.case.worker_credentials() {
            Fact::Found(who, _) => who,
            Fact::Absent(_) => return nothing,
            Fact::Unknown(gap) => return Fact::Unknown(gap),
        };
        self.walk_in(path, View::Host).and_then(|walk, source| {
            if walk.may(&who, Access::Connect) != Passage::Allowed {
                return Fact::Absent(source);
            }
            let path = refusal.path();
            let unit = self.case.proxy_unit();
            let setting = unit.found().and_then(|unit| hides(unit, &path));
            Fact::Found(Ban::Screened { path, setting }, source)
        })
    }

    /// The setting of the unit that forbids the connection.
    fn sandboxed(&self, unit: &Unit, errno: Option<u16>) -> Option<Setting> {
        let of = |name: &'static str, lacks: &str| {
            Some(Setting {
                name,
                value: unit.told(name)?.to_owned(),
                lacks: lacks.to_owned(),
                unit: unit.id.clone(),
            })
        };
        if errno == Some(NO_SUCH_FAMILY) {
            let family = self.family()?;
            let set = of("RestrictAddressFamilies", family)?;
            return (!sandbox::allows_family(&set.value, family)).then_some(set);
        }
        let call = if self.made_no_socket() {
            "socket"
        } else {
            "connect"
        };
        let set = of("SystemCallFilter", call)?;
        (!sandbox::allows_call(&set.value, call)).then_some(set)
    }

    /// The kind of socket that leads to the peer.
    fn family(&self) -> Option<&'static str> {
        Some(match &self.peer.dial {
            Dial::Unix(_) => "AF_UNIX",
            Dial::Tcp(address) if address.is_ipv6() => "AF_INET6",
            Dial::Tcp(_) => "AF_INET",
            Dial::Name(..) => return None,
        })
    }

    fn made_no_socket(&self) -> bool {
        self.own_record()
            .is_some_and(|logged| logged.record.message.starts_with(b"socket() failed"))
    }

    /// The security module that watches over the proxy's workers. Nothing else is left
    /// that forbids a connection to one process and permits it to another.
    fn confined(&self) -> Fact<Ban> {
        let found = self.case.proxy_confined().and_then(|mut confined, source| {
            confined.denied = self.denial();
            confined.switch_off &= self.peer.dial.tcp().is_some();
            Fact::Found(Ban::Module(confined), source)
        });
        match found {
            Fact::Absent(source) => Fact::Found(Ban::Untold, source),
            other => other,
        }
    }

    /// The newest refusal in the kernel's log or the audit log that fits the peer.
    fn denial(&self) -> Option<Evidence> {
        let fits = |denial: &Denial| {
            !denial.permissive
                && match &self.peer.dial {
                    Dial::Tcp(address) => denial.port.is_none_or(|port| port == address.port()),
                    Dial::Unix(path) => denial
                        .object
                        .as_ref()
                        .is_none_or(|object| object == path.as_str().as_bytes()),
                    Dial::Name(..) => false,
                }
                && denial.operation.ends_with(b"connect")
                && denial
                    .comm
                    .as_ref()
                    .is_some_and(|comm| comm == self.case.proxy_name().as_bytes())
        };
        self.case
            .denial_in_kernel_log(&fits)
            .or_else(|| self.case.denial_in_audit_log(&fits))
    }
}

type Fits<'a> = &'a dyn Fn(&Denial) -> bool;

impl Case<'_> {
    /// The module that watches over the proxy's worker, when one enforces its policy.
    fn proxy_confined(&self) -> Fact<Confined> {
        let Some(proxy) = self.proxy().found().copied() else {
            return Fact::Absent(Source::new("the proxy, which does not run"));
        };
        let pid = proxy.workers.first().copied().unwrap_or(proxy.master);
        self.enforcing().and_then(|module, _| {
            let label = format!("/proc/{pid}/attr/current");
            self.known
                .file(&Question::file(label))
                .and_then(|bytes, source| {
                    let label = shown(bytes.trim_ascii_end().trim_ascii()).to_string();
                    let label = label.trim_end_matches("\\x00").to_owned();
                    if !confines(module, &label) {
                        return Fact::Absent(source);
                    }
                    let switch_off = module == SecurityModule::SeLinux && self.may_not_connect();
                    let (denied, at) = (None, source.clone());
                    Fact::Found(
                        Confined {
                            module,
                            label,
                            source: at,
                            denied,
                            switch_off,
                        },
                        source,
                    )
                })
        })
    }

    /// The security module of this kernel that refuses, and does not only log.
    fn enforcing(&self) -> Fact<SecurityModule> {
        let says = |path: &str, word: &[u8]| {
            let fact = self.known.file(&Question::file(path));
            fact.map(|bytes| bytes.trim_ascii() == word)
        };
        let all = [
            (
                says("/sys/fs/selinux/enforce", b"1"),
                SecurityModule::SeLinux,
            ),
            (
                says("/sys/module/apparmor/parameters/enabled", b"Y"),
                SecurityModule::AppArmor,
            ),
        ];
        for (fact, module) in all {
            match fact {
                Fact::Found(true, source) => return Fact::Found(module, source),
                Fact::Unknown(gap) => return Fact::Unknown(gap),
                Fact::Found(false, _) | Fact::Absent(_) => {}
            }
        }
        Fact::Absent(Source::new("/sys/fs/selinux and /sys/module/apparmor"))
    }

    /// Whether SELinux's switch that lets a web server connect is off.
    fn may_not_connect(&self) -> bool {
        let path = "/sys/fs/selinux/booleans/httpd_can_network_connect";
        let switch = self.known.file(&Question::file(path));
        switch.found().is_some_and(|bytes| bytes.starts_with(b"0"))
    }

    fn denial_in_kernel_log(&self, fits: Fits<'_>) -> Option<Evidence> {
        let log = self.kernel_log();
        let Fact::Found(log, source) = &log else {
            return None;
        };
        log.events.iter().rev().find_map(|happened| {
            let KernelEvent::Denied(denial) = &happened.event else {
                return None;
            };
            let mut source = source.clone();
            source.time = self.at_kernel(happened.at_us);
            let text = format!("the kernel logged: {}", shown_within(&happened.text, 200));
            fits(denial).then(|| Evidence::strong(text, &source))
        })
    }

    /// Where auditd runs, the kernel's refusals go to its log.
    fn denial_in_audit_log(&self, fits: Fits<'_>) -> Option<Evidence> {
        let (bytes, round) = (TAIL, 1);
        let question = Question::File {
            path: HostPath::new("/var/log/audit/audit.log"),
            view: View::Host,
            part: Part::Tail { bytes, round },
        };
        let log = self
            .known
            .bytes(&question, "/var/log/audit/audit.log", "run as root");
        let Fact::Found(text, source) = log else {
            return None;
        };
        let lines = text.rsplit(|byte| *byte == b'\n');
        let mut denials =
            lines.filter(|line| denial::read(line).is_some_and(|denial| fits(&denial)));
        let text = format!("the audit log says: {}", shown_within(denials.next()?, 200));
        Some(Evidence::strong(text, &source))
    }
}

impl Setting {
    /// The setting as evidence: the line of the unit's own file, where it stands in one.
    pub fn evidence(&self, case: &Case<'_>) -> Evidence {
        let (name, lacks) = (self.name, &self.lacks);
        let unit = case.unit(&self.unit);
        let line = unit.found().and_then(|unit| case.set_in_unit(unit, name));
        let (source, text) = line.unwrap_or_else(|| {
            let text = format!("{name}={}", shown_within(self.value.as_bytes(), 80));
            (unit_source(&self.unit), text)
        });
        Evidence::proof(
            format!(
                "{} is set up with {text}, which leaves out {lacks}",
                self.unit
            ),
            &source,
        )
    }
}

/// Whether a label stands for a policy that refuses.
fn confines(module: SecurityModule, label: &str) -> bool {
    match module {
        SecurityModule::SeLinux => !label.is_empty() && !label.contains("unconfined"),
        SecurityModule::AppArmor => label.ends_with("(enforce)"),
    }
}

/// The setting of the unit that hides a folder from its processes.
fn hides(unit: &Unit, path: &str) -> Option<Setting> {
    let below = |folder: &str| {
        let folder = folder.trim_start_matches(['-', '+']).trim_end_matches('/');
        path == folder
            || path
                .strip_prefix(folder)
                .is_some_and(|rest| rest.starts_with('/'))
    };
    let of = |name: &'static str| {
        let value = unit
            .told(name)
            .filter(|value| !value.is_empty())?
            .to_owned();
        let (lacks, unit) = (path.to_owned(), unit.id.clone());
        Some(Setting {
            name,
            value,
            lacks,
            unit,
        })
    };
    let home = of("ProtectHome").filter(|set| set.value == "yes" || set.value == "tmpfs");
    let home = home.filter(|_| HOMES.iter().any(|folder| below(folder)));
    let listed = ["InaccessiblePaths", "TemporaryFileSystem"].into_iter();
    let mut listed = listed.filter_map(of).filter(|set| {
        let folders = set.value.split_whitespace();
        folders
            .map(|word| word.split(':').next().unwrap_or(word))
            .any(below)
    });
    home.or_else(|| listed.next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_policy_that_refuses_confines() {
        assert!(confines(
            SecurityModule::SeLinux,
            "system_u:system_r:httpd_t:s0"
        ));
        assert!(!confines(
            SecurityModule::SeLinux,
            "unconfined_u:unconfined_r:unconfined_t:s0"
        ));
        assert!(confines(SecurityModule::AppArmor, "nginx (enforce)"));
        assert!(!confines(SecurityModule::AppArmor, "nginx (complain)"));
        assert!(!confines(SecurityModule::AppArmor, "unconfined"));
    }
}
