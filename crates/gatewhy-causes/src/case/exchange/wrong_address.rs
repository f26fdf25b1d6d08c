//! What the causes about wrong addresses have in common: words, evidence, fixes.
use crate::case::Case;
use crate::case::exchange::link::Link;
use crate::case::routing::peer::Dial;
use crate::case::service::listens_elsewhere::{Elsewhere, Found, Way, Whereabouts};
use crate::case::service::units::unit_source;
use crate::evidence::{Evidence, Strength};
use crate::verdict::{Finding, Verdict};
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::systemd::show::Unit;
use gatewhy_fixes::Fix;

/// How many listeners are named when it is not clear which is meant.
const NAMED: usize = 3;

/// A backend that is elsewhere, ready to be told.
#[derive(Clone, Debug)]
pub struct Told {
    /// Where it is.
    pub elsewhere: Elsewhere,
}

/// The verdicts of one cause of the family: a finding for the ways that are its own.
/// Two addresses of one name (`localhost`) give one finding.
pub fn weigh_astray<'c, 'k>(
    case: &'c Case<'k>,
    mine: impl Fn(Link<'c, 'k>, Way) -> bool,
    tell: impl Fn(Link<'c, 'k>, &Told) -> Finding,
) -> Vec<Verdict> {
    let mut told: Vec<Elsewhere> = Vec::new();
    let mut verdicts = Vec::new();
    for link in case.links() {
        match link.whereabouts() {
            Fact::Absent(_) => {}
            Fact::Unknown(gap) if link.nobody_answers_the_door() => {
                verdicts.push(Verdict::cannot_tell([&gap]));
            }
            Fact::Unknown(_) => {}
            Fact::Found(Whereabouts::Not(why), _) => {
                if mine(link, Way::Moved) {
                    verdicts.push(Verdict::ruled_out(why));
                }
            }
            Fact::Found(Whereabouts::Elsewhere(elsewhere), _) if mine(link, elsewhere.way) => {
                if let Some(gap) = link.blame_gap() {
                    verdicts.push(Verdict::cannot_tell([&gap]));
                    continue;
                }
                let elsewhere = *elsewhere;
                let again = told
                    .iter()
                    .any(|other| !other.found.is_empty() && other.found == elsewhere.found);
                told.push(elsewhere.clone());
                if !again {
                    verdicts.push(verdict(link, &Told { elsewhere }, &tell));
                }
            }
            Fact::Found(Whereabouts::Elsewhere(_), _) => {}
        }
    }
    verdicts
}

fn verdict<'c, 'k>(
    link: Link<'c, 'k>,
    told: &Told,
    tell: impl Fn(Link<'c, 'k>, &Told) -> Finding,
) -> Verdict {
    let strength = told.elsewhere.sure;
    let finding = tell(link, told)
        .because_all(told.evidence(link))
        .because_all(told.nobody_there(link))
        .because_all(link.proxy_saw())
        .because_all(told.elsewhere.tie())
        .because_all(link.configured());
    if strength == Strength::Proof {
        finding.weigh()
    } else {
        // That nobody is set up for the address follows from it, if it is so.
        let finding = finding.explains("backend-stopped");
        Verdict::Suspected(finding.at_most(strength))
    }
}

impl Told {
    /// The service or program that is meant.
    pub fn who(&self) -> String {
        let expected = self.elsewhere.expected.as_ref();
        let found = self.elsewhere.found.first().map(Found::who);
        found
            .or_else(|| expected.map(|service| service.unit.id.clone()))
            .unwrap_or_else(|| "the backend".to_owned())
    }

    /// Where it listens, as the end of a sentence.
    pub fn whereabouts(&self) -> String {
        let one = |found: &Found| format!("{} listens on {}", found.who(), found.address());
        match self.elsewhere.found.as_slice() {
            [] => "it is not known where the backend listens".to_owned(),
            [only] => one(only),
            several => {
                let named: Vec<String> = several
                    .iter()
                    .take(NAMED)
                    .map(|found| format!("{} of {}", found.address(), found.who()))
                    .collect();
                format!("one of these may be meant: {}", named.join(", "))
            }
        }
    }

    /// That a service runs with older settings.
    pub fn not_restarted(&self, link: Link<'_, '_>) -> String {
        format!(
            "{} is set up to listen on {}, and was not restarted since",
            self.unit().map_or("the backend", |unit| unit.id.as_str()),
            link.address()
        )
    }

    /// The setting that gives a service a world of its own, in brackets.
    pub fn private(&self) -> String {
        match self.private_key() {
            None => String::new(),
            Some("RootDirectory") => " (RootDirectory=)".to_owned(),
            Some(key) => format!(" ({key}=yes)"),
        }
    }

    fn private_key(&self) -> Option<&'static str> {
        let context = &self.unit()?.context;
        match self.elsewhere.way {
            Way::OtherFiles if context.private_tmp == Some(true) => Some("PrivateTmp"),
            Way::OtherFiles if context.root_directory.is_some() => Some("RootDirectory"),
            Way::OtherNetwork if context.private_network == Some(true) => Some("PrivateNetwork"),
            _ => None,
        }
    }

    fn unit(&self) -> Option<&Unit> {
        self.elsewhere
            .expected
            .as_ref()
            .map(|service| &service.unit)
    }

    fn evidence(&self, link: Link<'_, '_>) -> Vec<Evidence> {
        let found = self.elsewhere.found.iter().take(NAMED);
        let mut evidence: Vec<Evidence> =
            found.map(|found| found.evidence(Strength::Proof)).collect();
        if let (Some(unit), Some(text)) =
            (self.unit(), self.of_unit(link.case.proxy_apart().is_some()))
        {
            evidence.push(Evidence::proof(text, &unit_source(&unit.id)));
            let key = self.private_key();
            let set = key.and_then(|key| link.case.set_in_unit(unit, key));
            evidence.extend(set.map(|(source, line)| Evidence::strong(line, &source)));
        }
        evidence
    }

    /// That the proxy finds nobody: for a socket that exists elsewhere, that it does
    /// not see the file.
    fn nobody_there(&self, link: Link<'_, '_>) -> Option<Evidence> {
        let proxy = link.case.proxy_name();
        if !matches!(self.elsewhere.way, Way::OtherFiles | Way::FileGone) {
            return link.nobody_listens();
        }
        let path = link.peer.dial.unix()?;
        let text = format!("{proxy} does not find that socket at {path}");
        Some(Evidence::proof(
            text,
            &Source::new(format!("permissions along {path}")),
        ))
    }

    fn of_unit(&self, apart: bool) -> Option<String> {
        let unit = self.unit()?;
        let private = self.private();
        match self.elsewhere.way {
            Way::OtherFiles => Some(format!(
                "{} runs in a mount namespace of its own{private}",
                unit.id
            )),
            Way::OtherNetwork if apart => Some(format!(
                "{} runs in another network namespace than the proxy",
                unit.id
            )),
            Way::OtherNetwork => Some(format!(
                "{} runs in a network namespace of its own{private}",
                unit.id
            )),
            Way::NotRestarted => Some(format!("{} runs", unit.id)),
            Way::FileGone | Way::Moved | Way::OtherAddress | Way::Stranger => None,
        }
    }

    /// With the fixes for this way.
    pub fn fixes(&self, link: Link<'_, '_>, finding: Finding) -> Finding {
        match self.elsewhere.way {
            Way::Moved | Way::OtherAddress | Way::Stranger => self.dial_there(link, finding),
            Way::OtherFiles => finding.fix(self.share_folder(link)),
            Way::FileGone | Way::NotRestarted => finding.fix(self.restart(link)),
            Way::OtherNetwork => finding.fix(self.share_network(link)),
        }
    }

    /// The proxy follows, or the backend goes back.
    fn dial_there(&self, link: Link<'_, '_>, finding: Finding) -> Finding {
        if let Some(unit) = self.unit().filter(|_| self.elsewhere.lacks_a_door()) {
            return finding.fix(self.open_again(link, unit));
        }
        let finding = match self.elsewhere.found.first() {
            Some(found) => finding.fix(link.dial_instead(&found.door.dial)),
            None => finding.fix(look_for_it(link)),
        };
        match self.unit() {
            Some(unit) => finding.fix(self.go_back(link, unit)),
            None => finding,
        }
    }

    /// Its settings are right; what keeps it from listening there is not known.
    fn open_again(&self, link: Link<'_, '_>, unit: &Unit) -> Fix {
        let (unit, address) = (&unit.id, link.address());
        let fix = Fix::new(format!("see why {unit} does not listen on {address}; systemctl restart {unit} opens its doors anew"))
            .run(
                format!("journalctl -u {unit} -n 50 --no-pager"),
                "its own words: an error while it opened that port, or why it closed it",
            )
            .run(format!("systemctl restart {unit}"), "starts it anew, with all its doors");
        let named: Vec<String> = self.elsewhere.found.iter().map(Found::address).collect();
        let fix = fix.advise(format!(
            "only if {} is meant (and not metrics or administration): let {} dial that",
            named.join(" or "),
            link.case.proxy_name()
        ));
        link.case.verified(fix)
    }

    fn go_back(&self, link: Link<'_, '_>, unit: &Unit) -> Fix {
        let address = link.address();
        let fix = Fix::new(format!("or let {} listen on {address} again", unit.id));
        let place = self
            .elsewhere
            .set_at()
            .map_or_else(String::new, |(file, line)| {
                format!(" ({file}:{line} still names it)")
            });
        let fix = fix.advise(format!(
            "set the address in {}'s own settings to {address}{place}",
            unit.id
        ));
        let fix = fix.run(
            format!("systemctl restart {}", unit.id),
            "takes the setting up",
        );
        link.case.verified(fix)
    }

    fn restart(&self, link: Link<'_, '_>) -> Fix {
        let unit = self.unit().map(|unit| unit.id.clone());
        let Some(unit) = unit.or_else(|| self.elsewhere.found.first()?.unit.clone()) else {
            let fix = Fix::new(format!("restart {}", self.who()));
            return link
                .case
                .verified(fix.advise(format!("restart {}: it makes its socket anew", self.who())));
        };
        let fix = Fix::new(format!("systemctl restart {unit}")).safe();
        let fix = match self.elsewhere.way {
            Way::NotRestarted => fix.run(
                format!("journalctl -u {unit} -n 20 --no-pager"),
                "whether it complained about its new settings",
            ),
            _ => fix,
        };
        let fix = fix.run(format!("systemctl restart {unit}"), "makes its socket anew");
        link.case.verified(fix)
    }

    /// A folder that both see: below `/run`.
    fn share_folder(&self, link: Link<'_, '_>) -> Fix {
        let Some(unit) = self.unit() else {
            return self.restart(link);
        };
        let name = unit.id.trim_end_matches(".service");
        let file = link
            .peer
            .dial
            .unix()
            .map_or("app.sock", |path| path.file_name());
        let socket = Dial::Unix(format!("/run/{name}/{file}").as_str().into());
        let title = format!("move the socket to {socket}, which both see");
        let drop_in = format!("/etc/systemd/system/{}.d/socket.conf", unit.id);
        let fix = Fix::new(title).run(
            format!(
                "mkdir -p {0}.d && printf '[Service]\\nRuntimeDirectory={name}\\n' > {drop_in}",
                drop_in.trim_end_matches(".d/socket.conf")
            ),
            "a folder for the socket, made anew at every start",
        );
        let fix = bind_there(link, fix, unit, &socket);
        let fix = fix.run(
            format!("systemctl daemon-reload && systemctl restart {}", unit.id),
            "takes both up",
        );
        let mut fix = fix;
        fix.steps.extend(link.dial_instead(&socket).steps);
        fix
    }

    /// The proxy's network is the private one.
    fn out_of_container(&self, link: Link<'_, '_>, place: &str) -> Fix {
        let (proxy, unit) = (link.case.proxy_name(), self.unit());
        let unit = unit.map_or("the service", |unit| unit.id.as_str());
        let port = link.peer.dial.tcp().map_or(0, |address| address.port());
        let fix = Fix::new(format!("let {proxy} dial this host's address, as seen from {place}"))
            .advise(format!("in {place} the host is its gateway (ip route), with Docker also host.docker.internal: dial that address, port {port}"))
            .advise(format!("let {unit} listen on that address too, not on 127.0.0.1 alone"))
            .advise("or give the container the host's network (--network=host)");
        link.case.verified(fix)
    }

    fn share_network(&self, link: Link<'_, '_>) -> Fix {
        if let Some(place) = link.case.proxy_place() {
            return self.out_of_container(link, &place);
        }
        let unit = self.unit().map_or("the service", |unit| unit.id.as_str());
        let fix = Fix::new(format!(
            "let {unit} share the host's network, or listen on a unix socket"
        ));
        let fix = fix
            .advise(format!("take PrivateNetwork=yes out of {unit} (systemctl edit {unit}), or let it listen on a unix socket below /run and the proxy dial that"))
            .run(
                format!("systemctl daemon-reload && systemctl restart {unit}"),
                "takes it up",
            );
        link.case.verified(fix)
    }
}

/// The service's own line with the other path, where it is known.
fn bind_there(link: Link<'_, '_>, fix: Fix, unit: &Unit, socket: &Dial) -> Fix {
    let (Some(from), Some(to)) = (link.peer.dial.unix(), socket.unix()) else {
        return fix;
    };
    let named = link.case.expected_at(&link.peer.dial);
    let line = named
        .named
        .iter()
        .find(|found| found.unit == unit.id)
        .and_then(|found| {
            let file = HostPath::new(found.why.source.place.clone());
            let number = found.why.source.line?;
            let text = link.case.line_of(&file, number)?;
            Some((file, number, String::from_utf8(text).ok()?))
        });
    match line {
        Some((file, number, text)) => {
            let after = text.replace(from.as_str(), to.as_str());
            fix.edit(
                (&file, number),
                (text.trim(), after.trim()),
                "the service's side",
            )
        }
        None => fix.advise(format!("let {} listen on {socket}", unit.id)),
    }
}

fn look_for_it(link: Link<'_, '_>) -> Fix {
    let proxy = link.case.proxy_name();
    let fix = Fix::new(format!(
        "find out where the backend listens, and let {proxy} dial that"
    ));
    let fix = fix.run("ss -ltnxp", "shows who listens where");
    link.case.verified(fix)
}
