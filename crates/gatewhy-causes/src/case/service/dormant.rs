//! Services of this host that systemd's list does not show as one would think: instances
//! of templates that do not run, and scripts in /etc/init.d, whose units are "active
//! (exited)" whatever became of what they started.
use crate::case::Case;
use crate::case::routing::peer::Dial;
use crate::case::service::backend::Service;
use crate::case::service::expected::{Says, mention};
use crate::case::service::units::is_enabled;
use crate::evidence::Evidence;
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::nginx::files::Files;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::systemd::show::Unit;
use gatewhy_facts::systemd::unit_name::UnitName;

/// Where scripts of the older kind are, of which systemd makes units.
const SCRIPTS: &str = "/etc/init.d/";
/// Where their settings are.
const SETTINGS: &str = "/etc/default";
/// The most templates that are looked at.
const TEMPLATES: usize = 16;

impl Case<'_> {
    /// The instance of an own template that would listen there: with its name in the place
    /// of `%i` the template names the address, and without it does not.
    pub(in crate::case) fn instance_for(&self, dial: &Dial) -> Fact<Service> {
        let named = instance_of(dial);
        let templates = self.own_templates().into_iter().take(TEMPLATES);
        for file in templates {
            let template = file.file_name().to_owned();
            let name = template.replacen("@.", &format!("@{named}."), 1);
            let (unit, bare) = (UnitName::new(&name), UnitName::new(&template));
            let text = match self.text_of(&file) {
                Fact::Found(text, _) => text,
                Fact::Unknown(gap) => return Fact::Unknown(gap),
                Fact::Absent(_) => continue,
            };
            let told = mention(&text, dial, &unit)
                .filter(|(.., says)| dial.unix().is_some() || *says == Says::Listens)
                .filter(|_| mention(&text, dial, &bare).is_none());
            let Some((line, shown, _)) = told else {
                continue;
            };
            let source = Source::new(file.to_string()).at_line(line);
            let text = format!("{name} is set up to listen there: {shown}");
            return self.unit(&name).map(|unit| {
                let known = is_enabled(&unit) || self.ran_since_boot(&name);
                let why = if known {
                    Evidence::strong(text.clone(), &source)
                } else {
                    Evidence::weak(text.clone(), &source)
                };
                Service::sure(unit, Some(why))
            });
        }
        Fact::Absent(Source::new("the templates of this host's services"))
    }

    /// The script in /etc/init.d that names the address, itself or in its settings.
    pub(in crate::case) fn script_for(&self, dial: &Dial) -> Fact<Service> {
        let nobody = Fact::Absent(Source::new(SCRIPTS));
        let names = self.exited_services();
        if names.is_empty() {
            return nobody;
        }
        let units = match self.units(&names) {
            Fact::Found(units, _) => units,
            Fact::Unknown(gap) => return Fact::Unknown(gap),
            Fact::Absent(_) => return nobody,
        };
        for unit in units.iter() {
            match self.script_names(unit, dial) {
                Fact::Found(why, source) => {
                    return Fact::Found(Service::sure(unit.clone(), Some(why)), source);
                }
                Fact::Unknown(gap) => return Fact::Unknown(gap),
                Fact::Absent(_) => {}
            }
        }
        nobody
    }

    fn text_of(&self, file: &HostPath) -> Fact<Vec<u8>> {
        let files = self.host_files();
        files.read(file).map(|text| text.bytes.to_vec())
    }

    fn script_names(&self, unit: &Unit, dial: &Dial) -> Fact<Evidence> {
        let script = unit.told("SourcePath").unwrap_or_default();
        let Some(name) = script.strip_prefix(SCRIPTS) else {
            return Fact::Absent(Source::new(SCRIPTS));
        };
        let settings = HostPath::new(SETTINGS).join(name);
        for file in [HostPath::new(script), settings] {
            let text = match self.text_of(&file) {
                Fact::Found(text, _) => text,
                Fact::Unknown(gap) => return Fact::Unknown(gap),
                Fact::Absent(_) => continue,
            };
            let told = mention(&text, dial, &UnitName::new(&unit.id));
            if let Some((line, shown, says)) = told
                && says >= Says::Address
                && !is_of_filter(&shown)
            {
                let source = Source::new(file.to_string()).at_line(line);
                let text = format!("{} is set up to listen there: {shown}", unit.id);
                // What a script does with a number is not known for sure.
                return Fact::Found(Evidence::weak(text, &source), source);
            }
        }
        Fact::Absent(Source::new(SCRIPTS))
    }
}

/// Whether a line of a script is about packets, and not about who listens.
fn is_of_filter(line: &str) -> bool {
    [
        "iptables",
        "ip6tables",
        "nft ",
        "--dport",
        "--sport",
        "ufw ",
    ]
    .iter()
    .any(|word| line.contains(word))
}

/// What an instance for an address is most often called: its port, or the name of its
/// socket without the end.
fn instance_of(dial: &Dial) -> String {
    match dial {
        Dial::Tcp(address) => address.port().to_string(),
        Dial::Name(_, port) => port.to_string(),
        Dial::Unix(path) => {
            let name = path.file_name();
            name.split('.').next().unwrap_or(name).to_owned()
        }
    }
}
